"""What several tests need: a click log of a few lines, and a server in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOW = "2013-05-17T11:59:59"
# (time in UTC, short link, login, long URL, how many clicks): every number of clicks in it is a
# power of two, so that a sum says what it is a sum of.
CLICKS = (
    ("2013-05-17T11:59:30", "go.ex.com/Ab", "ann", "http://ex.com/a", 1),
    ("2013-05-17T02:00:00", "go.ex.com/Ab", "ann", "http://ex.com/a", 2),
    ("2013-05-15T12:00:00", "go.ex.com/Ab", "ann", "http://ex.com/a", 4),
    ("2013-05-08T12:00:00", "go.ex.com/Ab", "ann", "http://ex.com/a", 8),
    ("2013-04-10T12:00:00", "go.ex.com/Ab", "ann", "http://ex.com/a", 16),
    ("2013-05-17T03:00:00", "bit.ly/Bc", "ann", "http://ex.com/b", 32),
    ("2013-05-16T12:00:00", "x.ex.com/Cd", "bob", "http://ex.com/c", 64),
    ("2013-05-17T05:00:00", "j.mp/De", "eve", "http://www.shop.example/d", 128),
    ("2013-05-17T05:00:00", "j.mp/Ef", "eve", "http://nobody.example/e", 256),
)


def epoch(text: str) -> int:
    """The epoch second of an ISO time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def write_clicks(path: Path, clicks: Iterable[tuple[str, str, str, str, int]] = CLICKS) -> str:
    """Write a click log and say where it is."""
    lines = []
    for time, link, login, url, count in clicks:
        host, _, back_half = link.partition("/")
        line = {"t": epoch(time), "hh": host, "h": back_half, "l": login, "u": url}
        lines += [json.dumps(line)] * count
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def add_heartbeats(path: Path, start: int, end: int) -> None:
    """A heartbeat in each hour of [start, end) [epoch s]: the log was written all the time."""
    with path.open("a") as log:
        log.writelines(f'{{"_heartbeat_":{at}}}\n' for at in range(start, end, 3600))


@contextmanager
def served(*words: str) -> Iterator[str]:
    """`python -m bitly_data serve` with these words; gives its address, stops it in the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "bitly_data", "serve", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            address = process.stdout.readline().strip()
            assert address, "the server did not start"
            yield address
        finally:
            process.terminate()


# The tables of a file that was made before there was an application id.
FIRST_ARCHIVE = """
CREATE TABLE counts (
    account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER, clicks INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL, PRIMARY KEY (account, kind, name, unit, start)) WITHOUT ROWID;
CREATE TABLE lists (
    account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER, fetched_at INTEGER NOT NULL,
    PRIMARY KEY (account, kind, name, unit, start)) WITHOUT ROWID;
CREATE TABLE listed (
    account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER, link TEXT,
    clicks INTEGER NOT NULL, login TEXT, destination TEXT,
    PRIMARY KEY (account, kind, name, unit, start, link)) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
