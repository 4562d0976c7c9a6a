"""Whoever is killed in the middle of its work loses no more than the answer on its way.

A process that fetches from v4 and keeps finished buckets in a file is killed (SIGKILL) at a random
call, before, while or after its answer is written down. Whatever the moment: the file
can be read, holds no bucket or list that is not the right one, and the same question, asked again,
gives the same numbers as if nothing had happened and asks for nothing that was kept.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any, NamedTuple

import pytest
from counted_bitly import DOMAINS, LOGINS, Bitly, bitly, write_organization

from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.settings import NAMES

ROOT = Path(__file__).parents[1]
# How long a process may take before the test gives up [s]: one that hangs is a fault.
PATIENCE = 120
# From a call to its answer being kept takes some milliseconds here; kills fall around that [s].
AROUND_AN_ANSWER = 0.03

# Fills in the background with several threads, as a page does; then says what is on the screen.
IN_THE_BACKGROUND = """
from bitly_data import Client, ClickQuery
client = Client.from_env()
queries = [ClickQuery(units=UNITS), *(
    ClickQuery(units=UNITS, domains=(name,)) for name in client.account().short_domains)]
background = client.new_background(client.cost(queries).missing).start()
while not background.wait(60):
    pass
for series in map(client.load, queries):
    print(series.clicks.tolist(), series.states.tolist())
"""


class Question(NamedTuple):
    """What a process is started with: words of the command line, or a script."""

    words: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        return [sys.executable, *self.words]


def clicks(*words: str) -> Question:
    return Question(("-m", "bitly_data", "clicks", "organization", *words))


QUESTIONS = {
    "domains": clicks("--units", "12", "--each"),
    "login": clicks("--units", "15", "--login", LOGINS[0]),
    "hours": clicks("--units", "20", "--unit", "hour", "--domain", DOMAINS[1]),
    "weeks": clicks("--units", "2", "--unit", "week", "--domain", DOMAINS[0], "--format", "json"),
    "background": Question(("-c", IN_THE_BACKGROUND.replace("UNITS", "14"))),
}


class Kept(NamedTuple):
    """What an archive holds: a count by its key, and the rows of a list by that of the list."""

    counts: dict[tuple[Any, ...], int]
    lists: dict[tuple[Any, ...], list[tuple[Any, ...]]]


@dataclass
class Undisturbed:
    """The answer of a process that nobody kills, what it kept, and how many calls it took."""

    out: str
    kept: Kept
    calls: int


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bitly, str]]:
    path = tmp_path_factory.mktemp("kills") / "clicks.log"
    write_organization(path, 40, 100)
    local = LocalBitly.open(ServerOptions(clicks=(str(path),), now="2026-03-17T10:20:30Z"))
    counting = bitly(local)
    with counting.on_loopback() as address:
        yield counting, address
    local.close()


@pytest.fixture(scope="module")
def undisturbed(
    server: tuple[Bitly, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Undisturbed]:
    counting, address = server
    folder = tmp_path_factory.mktemp("undisturbed")
    found = {}
    for name, question in QUESTIONS.items():
        archive = folder / name
        counting.calls()
        out = finished(started(question, address, archive))
        found[name] = Undisturbed(out, kept_in(archive), sum(counting.calls()))
        assert found[name].kept.lists and found[name].kept.counts  # there is something to lose
    return found


def started(question: Question, address: str, archive: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.Popen(
        question.command,
        cwd=ROOT,
        env={
            **environment,
            "BITLY_API": "v4",
            "BITLY_BASE_URL": address,
            "BITLY_ACCESS_TOKEN": "t",
            "BITLY_ARCHIVE": str(archive),
            "BITLY_CALLS_PER_MINUTE": "100000",
            "BITLY_CALLS_PER_HOUR": "100000",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """What it printed; it must have ended well."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return out


def kept_in(archive: Path) -> Kept:
    """What a file holds, by SQLite alone; it is whole."""
    if not archive.exists():
        return Kept({}, {})
    with closing(sqlite3.connect(archive)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not {"counts", "lists", "listed"} <= tables:
            return Kept({}, {})  # killed while it was made
        key = "account, kind, name, unit, start"
        counts = {
            row[:-1]: row[-1] for row in connection.execute(f"SELECT {key}, clicks FROM counts")
        }
        lists: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {
            tuple(row): [] for row in connection.execute(f"SELECT {key} FROM lists")
        }
        listed = f"SELECT {key}, link, clicks, login, destination FROM listed ORDER BY {key}, link"
        for row in connection.execute(listed):
            lists[row[:5]].append(row[5:])  # a row without its list is an error
    return Kept(counts, lists)


def check_is_part(kept: Kept, whole: Kept) -> None:
    """All that was kept is right, and each list is there in full or not at all."""
    assert kept.counts.items() <= whole.counts.items()
    for key, rows in kept.lists.items():
        assert rows == whole.lists[key]


def written(archive: Path) -> int:
    """The size of an archive's write-ahead log [bytes], 0 where there is none."""
    try:
        return archive.with_name(f"{archive.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def killed(
    counting: Bitly, process: subprocess.Popen[str], archive: Path, chance: random.Random
) -> bool:
    """Kill a process around one of its calls; whether it was still at work then.

    Half of the kills wait until something is being written down: a call takes milliseconds, and
    writing down a fraction of one, which would hardly be met otherwise.
    """
    at = len(counting.asked) + chance.randrange(1, 24)
    delay, into_writing = chance.random() * AROUND_AN_ANSWER, chance.random() < 0.5
    reached = threading.Event()

    def before(path: str) -> None:
        if len(counting.asked) >= at:
            reached.set()

    def kill() -> None:
        while not reached.wait(0.1):
            if process.poll() is not None:
                return  # it was done sooner
        if into_writing:
            size = written(archive)
            while process.poll() is None and written(archive) == size:
                pass
        else:
            sleep(delay)
        process.kill()

    counting.before = before
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        _, err = process.communicate(timeout=PATIENCE)
    finally:
        killer.join()
        counting.before = lambda path: None
    assert "Traceback" not in err
    assert process.returncode in (0, -signal.SIGKILL), err
    return process.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.xdist_group("kills")
@pytest.mark.sampled("kills", "seed")
def test_a_killed_process_loses_no_more_than_the_answer_on_its_way(
    server: tuple[Bitly, str], undisturbed: dict[str, Undisturbed], tmp_path: Path, seed: int
) -> None:
    counting, address = server
    chance = random.Random(seed)
    name = sorted(QUESTIONS)[seed % len(QUESTIONS)]
    question, whole, archive = QUESTIONS[name], undisturbed[name], tmp_path / "archive"
    before = Kept({}, {})
    for _ in range(chance.choice((1, 1, 3))):
        killed(counting, started(question, address, archive), archive, chance)
        kept = kept_in(archive)
        check_is_part(kept, whole.kept)
        check_is_part(before, kept)  # and nothing of an earlier time is gone
        before = kept
    counting.calls()
    assert finished(started(question, address, archive)) == whole.out
    # A call brings one list, or one series, so that what was kept is not asked for again.
    assert sum(counting.calls()) <= whole.calls - len(before.lists)
    assert kept_in(archive) == whole.kept


@pytest.mark.slow
@pytest.mark.xdist_group("kills")
@pytest.mark.sampled("kills", "seed", share=500)
def test_who_shares_the_file_with_a_killed_process_has_the_right_numbers(
    server: tuple[Bitly, str], undisturbed: dict[str, Undisturbed], tmp_path: Path, seed: int
) -> None:
    counting, address = server
    chance = random.Random(seed)
    first, second = (chance.choice(sorted(QUESTIONS)) for _ in range(2))
    archive = tmp_path / "archive"
    other = started(QUESTIONS[second], address, archive)
    killed(counting, started(QUESTIONS[first], address, archive), archive, chance)
    assert finished(other) == undisturbed[second].out
    kept = kept_in(archive)
    check_is_part(undisturbed[second].kept, kept)
    assert finished(started(QUESTIONS[first], address, archive)) == undisturbed[first].out


@pytest.mark.slow
@pytest.mark.xdist_group("kills")
def test_kills_fall_into_the_work(server: tuple[Bitly, str], tmp_path: Path) -> None:
    """The tests above have really killed at work: some have kept a part."""
    counting, address = server
    parts = set()
    for seed in range(5):
        archive = tmp_path / str(seed)
        chance = random.Random(seed)
        if killed(counting, started(QUESTIONS["domains"], address, archive), archive, chance):
            parts.add(len(kept_in(archive).lists))
    assert len(parts) >= 2
