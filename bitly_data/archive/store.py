"""Finished buckets in one SQLite file.

Several processes may share the file (write-ahead log); within one, a lock lets threads take turns,
as every statement is short. Each row belongs to the account that upstream said it answered.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bitly_data.errors import QuestionError
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.model import Listed

FORMAT = 1
# How long another process may hold the file before this one gives up [s].
PATIENCE = 10.0

_TABLES = """
CREATE TABLE IF NOT EXISTS counts (
    account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER, clicks INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL, PRIMARY KEY (account, kind, name, unit, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lists (
    account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER, fetched_at INTEGER NOT NULL,
    PRIMARY KEY (account, kind, name, unit, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listed (
    account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER, link TEXT,
    clicks INTEGER NOT NULL, login TEXT, destination TEXT,
    PRIMARY KEY (account, kind, name, unit, start, link)) WITHOUT ROWID;
"""
_BUCKET = "account = ? AND kind = ? AND name = ? AND unit = ?"
_RANGE = f"{_BUCKET} AND start >= ? AND start < ?"


class Archive:
    """Finished buckets of all accounts, in a file or, without a path, in memory.

    Raises `QuestionError` if the file cannot be used.
    """

    def __init__(self, path: str | None = None) -> None:
        self._lock = threading.Lock()
        self.path = path
        try:
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=PATIENCE, check_same_thread=False, isolation_level=None
            )
            self._open()
        except sqlite3.Error as problem:
            raise QuestionError(
                f"The archive {path!r} cannot be used: {_words(problem)}."
            ) from None

    def _open(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, FORMAT):
            raise sqlite3.DatabaseError("it was written by a newer version of this app")
        self._connection.execute("PRAGMA journal_mode = WAL")
        # In a write-ahead log the file stays whole in any case; the last seconds may be lost with
        # the machine's power, and are asked for again.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)
        self._connection.execute(f"PRAGMA user_version = {FORMAT}")

    def of_account(self, account: str) -> AccountArchive:
        """What is kept of one account, by the id that upstream answered."""
        return AccountArchive(self, account)

    def close(self) -> None:
        """Let go of the file; nothing can be asked afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in one transaction: all of the block is kept, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _words(problem: sqlite3.Error) -> str:
    """What is wrong with a file, in words that go on after its name."""
    text = str(problem)
    return {
        "file is not a database": "it is not an archive of clicks",
        "unable to open database file": "it cannot be opened or made",
    }.get(text, text)


@dataclass(frozen=True)
class AccountArchive:
    """The finished buckets of one account (a `BucketStore`)."""

    archive: Archive
    account: str

    def counts(self, key: CountKey, start: int, end: int) -> dict[int, int]:
        """The clicks of the kept buckets that start in [start, end) [epoch s]."""
        with self.archive.reading() as connection:
            return dict(
                connection.execute(
                    f"SELECT start, clicks FROM counts WHERE {_RANGE}",
                    (*self._row_key(key), start, end),
                ).fetchall()
            )

    def keep_counts(self, key: CountKey, counts: Mapping[int, int], fetched_at: int) -> None:
        """Keep the clicks of finished buckets by their start; what is there already stays."""
        if not counts:
            return
        with self.archive.writing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO counts VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (*self._row_key(key), start, clicks, fetched_at)
                    for start, clicks in counts.items()
                ],
            )

    def lists(self, key: CountKey, start: int, end: int) -> dict[int, list[Listed]]:
        """The kept lists of the buckets that start in [start, end) [epoch s]."""
        span = (*self._row_key(key), start, end)
        with self.archive.reading() as connection:
            starts = connection.execute(f"SELECT start FROM lists WHERE {_RANGE}", span).fetchall()
            rows = connection.execute(
                "SELECT start, link, clicks, login, destination FROM listed "
                f"WHERE {_RANGE} ORDER BY start, clicks DESC, link",
                span,
            ).fetchall()
        found: dict[int, list[Listed]] = {at: [] for (at,) in starts}
        for at, *row in rows:
            found[at].append(Listed(*row))
        return found

    def listed(self, key: CountKey, start: int, end: int) -> set[int]:
        """The starts of the buckets in [start, end) [epoch s] whose list is kept."""
        with self.archive.reading() as connection:
            return {
                at
                for (at,) in connection.execute(
                    f"SELECT start FROM lists WHERE {_RANGE}", (*self._row_key(key), start, end)
                )
            }

    def keep_list(self, key: CountKey, start: int, rows: Sequence[Listed], fetched_at: int) -> None:
        """Keep the list of one finished bucket; one that is there already stays."""
        row_key = (*self._row_key(key), start)
        with self.archive.writing() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO lists VALUES (?, ?, ?, ?, ?, ?)", (*row_key, fetched_at)
            ).rowcount
            if added:
                connection.executemany(
                    "INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [(*row_key, row.link, row.clicks, row.login, row.destination) for row in rows],
                )

    def size(self) -> int:
        """How many buckets are kept, those of the lists included."""
        with self.archive.reading() as connection:
            (count,) = connection.execute(
                "SELECT (SELECT count(*) FROM counts WHERE account = ?) "
                "+ (SELECT count(*) FROM lists WHERE account = ?)",
                (self.account, self.account),
            ).fetchone()
        return int(count)

    def logins(self) -> tuple[str, ...]:
        """Who made the links in the kept lists, the most clicked first."""
        with self.archive.reading() as connection:
            rows = connection.execute(
                "SELECT login FROM listed WHERE account = ? AND login <> '' GROUP BY login "
                "ORDER BY sum(clicks) DESC, login",
                (self.account,),
            ).fetchall()
        return tuple(login for (login,) in rows)

    def _row_key(self, key: CountKey) -> tuple[str, str, str, str]:
        return self.account, key.kind, key.name, key.unit
