"""Sessions of questions while the file of the archive is broken, taken away and put back.

Whatever becomes of the file, each answer is there and right, by the client, by the command line and
on the pages; what was not kept is said; and no call is made for what cannot be kept.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apptest import again, errors, metrics, opened, said
from broken_files import BESIDE, damage_page, flush, held, write_foreign
from command_line import Run, runner
from counted_bitly import Bitly, bitly

from bitly_data.archive import Archive, database
from bitly_data.archive.trouble import BUSY, DAMAGED, FULL, of_sqlite, of_system
from bitly_data.client import Client, new_answers
from bitly_data.errors import ArchiveError
from bitly_data.query import ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.settings import REMOTE, V4, Settings

DAY = 86_400
DOMAINS = ("go.ex.com", "x.ex.com", "y.ex.org")
LINKS = 12
STEPS = 14
# Long over: whatever a settling time is, this is beyond it [days].
AGO = 4
TOKEN = "s3cret-t0ken"


@dataclass
class Asked:
    """A server with questions that are long over, and what is right."""

    server: Bitly
    address: str
    questions: list[ClickQuery]
    right: list[tuple[list[int], list[int]]]

    def open(self, archive: Path | None) -> Client:
        most = 1_000_000
        return Client.open(
            Settings(
                kind=REMOTE,
                base_url=self.address,
                token=TOKEN,
                api=V4,
                calls_per_minute=most,
                calls_per_hour=most,
                archive=None if archive is None else str(archive),
            )
        )


def write_log(path: Path, now: int) -> None:
    chance = random.Random(5)
    clicks = [
        {"t": chance.randrange(now - 20 * DAY, now), "hh": DOMAINS[number % 3], "h": f"b{number}"}
        | {"l": "ann", "u": f"http://ex.com/{number}", "hc": now - 30 * DAY}
        for number in (chance.randrange(LINKS) for _ in range(900))
    ]
    lines = sorted(clicks, key=lambda click: int(click["t"]))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def questions(end: int) -> list[ClickQuery]:
    by_domain = [ClickQuery(domains=(name,), units=6, until=end) for name in DOMAINS]
    return [
        ClickQuery(units=6, until=end),
        ClickQuery(unit="hour", units=30, until=end),
        ClickQuery(target="link", link="go.ex.com/b0", units=6, until=end),
        ClickQuery(target="link", link="x.ex.com/b1", unit="hour", units=20, until=end),
        *by_domain,
        by_domain[0].replace(unit="hour", units=9),
    ]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    path, now = tmp_path_factory.mktemp("asked") / "clicks.log", int(time.time())
    write_log(path, now)
    clock = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
    local = LocalBitly.open(ServerOptions(clicks=(str(path),), now=clock))
    server = bitly(local, "premium")
    server.now = now
    with server.on_loopback() as address:
        found = Asked(server, address, questions(now // DAY * DAY - AGO * DAY - 1), [])
        client = found.open(None)
        for question in found.questions:
            series = client.load(question)
            found.right.append((series.clicks.tolist(), series.states.tolist()))
        client.close()
        yield found
    local.close()


# -- sessions -------------------------------------------------------------------------------------


@dataclass
class Session:
    """A client, the file of its archive, and what is wrong with that."""

    asked: Asked
    folder: Path
    chance: random.Random
    run: Run
    client: Client = field(init=False)
    foreign: bytes | None = None
    is_certain: bool = False  # nothing can be kept now
    holds: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.path = self.folder / "archive.db"
        self.client = self.asked.open(self.path)

    def calls(self) -> int:
        """The calls for clicks since this was last asked."""
        return self.asked.server.calls()[0]

    # What people do.

    def ask(self) -> None:
        """A question, asked of the archive and of the server and not of what is remembered."""
        index = self.chance.randrange(len(self.asked.questions))
        self.client.answers = new_answers()
        self.calls()
        series = self.client.load(self.asked.questions[index])
        assert (series.clicks.tolist(), series.states.tolist()) == self.asked.right[index]
        if self.calls() and self.is_certain:
            assert self.client.archive_notices

    def command(self) -> None:
        """The same on the command line, which opens the file anew."""
        before = self.path.read_bytes() if self.path.exists() else None
        last = datetime.fromtimestamp(self.asked.questions[0].until or 0, UTC)
        words = ["--base-url", self.asked.address, "--token", TOKEN, "--api", "v4"]
        words += ["--archive", str(self.path), "--units", "6", "--until", f"{last:%Y-%m-%d}"]
        result = self.run("clicks", "organization", *words)
        assert "Traceback" not in result.err
        if result.code == 2:  # what is no archive is refused
            assert f"The archive {str(self.path)!r} cannot be used: " in result.err
            assert before is not None and self.path.read_bytes() == before
            return
        assert result.code == 0, result
        assert [int(row["clicks"]) for row in result.rows] == self.asked.right[0][0]
        if before is None:  # where there is no file, one is made
            self.is_certain = False

    def fetch(self) -> None:
        """The button that fetches in the background what is missing."""
        queries = [self.chance.choice(self.asked.questions[4:])]
        self.client.answers = new_answers()
        plan = self.client.cost(queries)
        assert plan is not None
        self.calls()
        try:
            background = self.client.start_background(plan.missing)
        except ArchiveError as problem:
            assert self.calls() == 0
            assert problem.user_message.startswith("Nothing was asked, as the answers cannot be")
            return
        assert not self.is_certain
        assert background.wait(60)
        assert background.problem is None or isinstance(background.problem, ArchiveError)

    def restart(self) -> None:
        """The app is started anew; what it refuses is moved away, as it says."""
        self.client.close()
        before = self.path.read_bytes() if self.path.exists() else None
        try:
            self.client = self.asked.open(self.path)
        except ArchiveError as problem:
            assert problem.user_message.endswith(".")
            assert before is not None and self.path.read_bytes() == before
            self.clear()
            self.client = self.asked.open(self.path)
        self.is_certain = self.path.stat().st_mode & 0o222 == 0

    # What goes wrong.

    def fill_disk(self) -> None:
        connection = self.database._connection
        if connection is not None:
            with suppress(sqlite3.Error):  # of a file that is damaged already
                (pages,) = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA max_page_count = {pages}")

    def damage(self) -> None:
        if self.path.exists() and self.foreign is None:
            if self.chance.random() < 0.5:
                with suppress(Exception):
                    flush(self.path)
            damage_page(self.path, self.chance)

    def damage_header(self) -> None:
        if self.path.exists() and self.foreign is None and self.path.stat().st_size:
            with self.path.open("r+b") as file:
                file.write(self.chance.randbytes(4096))

    def take_away(self) -> None:
        if self.path.exists() and self.foreign is None:
            self.path.replace(self.folder / "away")
            self.is_certain = True

    def put_back(self) -> None:
        if (self.folder / "away").exists() and not self.path.exists():
            (self.folder / "away").replace(self.path)
            self.is_certain = False

    def put_foreign(self) -> None:
        other = self.folder / "other"
        self.foreign = write_foreign(other) if not other.exists() else other.read_bytes()
        shutil.copy(other, self.folder / "copy")
        (self.folder / "copy").replace(self.path)
        self.is_certain = True

    def only_read(self) -> None:
        if self.path.exists() and self.foreign is None:
            self.path.chmod(0o400)
            self.restart()

    def hold(self) -> None:
        if self.path.exists() and self.foreign is None:
            with suppress(Exception):
                self.holds.enter_context(held(self.path))

    def clear(self) -> None:
        """Nothing is left of the file."""
        for end in ("", *BESIDE):
            with suppress(FileNotFoundError):
                os.remove(f"{self.path}{end}")
        self.foreign = None

    @property
    def database(self) -> database.Database:
        assert self.client.archive is not None
        return self.client.archive.file.database

    def end(self) -> None:
        """All is mended: everything is right, is kept, and is not asked for again."""
        with suppress(Exception):
            self.holds.close()
        self.client.close()
        self.clear()
        for number in range(2):
            client = self.asked.open(self.path)
            self.calls()
            for question, right in zip(self.asked.questions, self.asked.right, strict=True):
                series = client.load(question)
                assert (series.clicks.tolist(), series.states.tolist()) == right
            assert client.archive_notices == ()
            assert (self.calls() == 0) == (number == 1)
            client.close()


PEOPLE: list[Callable[[Session], None]] = [Session.ask, Session.ask, Session.command, Session.fetch]
TROUBLE: list[Callable[[Session], None]] = [
    Session.fill_disk,
    Session.damage,
    Session.damage_header,
    Session.take_away,
    Session.put_back,
    Session.put_foreign,
    Session.only_read,
    Session.hold,
    Session.restart,
    Session.restart,
]


@pytest.mark.sampled("archive-sessions", "seed")
def test_whatever_becomes_of_the_file_each_answer_is_there_and_right(
    asked: Asked,
    seed: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.02)
    chance = random.Random(seed)
    monkeypatch.setattr(database, "REST", chance.choice([0.0, 0.1, 1e6]))
    session = Session(asked, tmp_path, chance, runner(capsys))
    steps: list[str] = []
    try:
        for _ in range(STEPS):
            step = chance.choice(TROUBLE if chance.random() < 0.4 else PEOPLE)
            steps.append(step.__name__)
            step(session)
            if session.foreign is not None:
                assert session.path.read_bytes() == session.foreign
        session.end()
    except BaseException as problem:
        problem.add_note(f"after {' '.join(steps)}")
        raise
    capsys.readouterr()


# -- the command line and the pages ---------------------------------------------------------------


def break_by(how: str, path: Path) -> str:
    """Do something to a file; a piece of what is said of it."""
    if how == "damaged":
        flush(path)
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096)
        return "it is damaged"
    if how == "away":
        path.rename(path.with_name("away"))
        return "it is no longer there"
    if how == "only read":
        path.chmod(0o400)
        return "it may only be read"
    other = path.with_name("other")
    write_foreign(other)
    other.replace(path)
    return "it is not an archive of clicks"


@pytest.mark.parametrize("how", ["damaged", "only read"])
def test_the_command_line_says_what_was_not_kept_once(
    asked: Asked, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "archive.db"
    Archive(str(path)).close()
    words = break_by(how, path)
    last = datetime.fromtimestamp(asked.questions[0].until or 0, UTC)
    source = ["--base-url", asked.address, "--token", TOKEN, "--api", "v4", "--archive", str(path)]
    result = runner(capsys)(
        "clicks", "organization", *source, "--units", "6", "--until", f"{last:%Y-%m-%d}"
    )
    assert result.code == 0
    assert [int(row["clicks"]) for row in result.rows] == asked.right[0][0]
    assert result.err.count(words) == 1
    (line,) = [line for line in result.err.splitlines() if words in line]
    assert line.startswith("bitly_data: New numbers are shown, but not kept in the archive ")
    report = runner(capsys)("doctor", *source)
    assert "(0 buckets of this account)" in report.out and words in report.out


@pytest.fixture
def configured(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the archive that the pages use."""
    path = tmp_path / "archive.db"
    for name, value in {
        "BITLY_BASE_URL": asked.address,
        "BITLY_ACCESS_TOKEN": TOKEN,
        "BITLY_API": "v4",
        "BITLY_ARCHIVE": str(path),
        "BITLY_CALLS_PER_MINUTE": "100000",
        "BITLY_CALLS_PER_HOUR": "100000",
    }.items():
        monkeypatch.setenv(name, value)
    return path


@pytest.mark.parametrize("how", ["damaged", "away", "only read", "foreign"])
def test_a_page_shows_its_numbers_and_says_what_was_not_kept(
    asked: Asked, how: str, configured: Path
) -> None:
    end = f"{datetime.fromtimestamp(asked.questions[0].until or 0, UTC):%Y-%m-%dT%H:%M:%SZ}"
    if how in ("damaged", "only read"):  # before the page is opened; else while it is
        Archive(str(configured)).close()
        words = break_by(how, configured)
        app = opened("overview", tz="UTC", unit="hour", units="30", until=end)
    else:
        app = opened("overview", tz="UTC", units="3", until=end)
        assert not any("not kept" in text for text in said(app))
        words = break_by(how, configured)
        app.query_params.update({"unit": "hour", "units": "30"})
        again(app)
    assert metrics(app)["Total clicks"] == f"{sum(asked.right[1][0]):,}"
    assert [text for text in said(app) if "not kept" in text and words in text] != []
    assert len([text for text in said(app) if "not kept" in text]) == 1

    # A view of many calls is not begun.
    app.query_params.update({"domain": "go.ex.com", "units": "120", "unit": "hour"})
    again(app)
    asked.server.calls()
    app.button(key="overview_start").click()
    again(app)
    assert asked.server.calls()[0] == 0
    assert any(
        text.startswith("Nothing was asked, as the answers cannot be kept") and words in text
        for text in errors(app)
    )


def test_a_file_that_was_never_an_archive_is_refused_on_a_page(configured: Path) -> None:
    before = write_foreign(configured)
    app = opened("overview")
    (text,) = errors(app)
    assert text.startswith("The archive ") and "it is not an archive of clicks" in text
    assert configured.read_bytes() == before


# -- words ----------------------------------------------------------------------------------------


def test_each_error_of_sqlite_has_its_words() -> None:
    def error(code: int | None, words: str = "x") -> sqlite3.Error:
        made = sqlite3.OperationalError(words)
        if code is not None:
            made.sqlite_errorcode = code
        return made

    assert of_sqlite(error(sqlite3.SQLITE_FULL)) == FULL
    assert of_sqlite(error(sqlite3.SQLITE_BUSY_SNAPSHOT)) == BUSY
    assert of_sqlite(error(sqlite3.SQLITE_CORRUPT_INDEX)) == DAMAGED
    assert of_sqlite(error(None, "Could not decode to UTF-8")) == DAMAGED
    assert "(disk I/O error)" in of_sqlite(error(sqlite3.SQLITE_IOERR_WRITE, "disk I/O error")).why
    assert "(No space left on device)" in of_system(OSError(28, "No space left on device")).why
