"""Finished buckets in one SQLite file; each row belongs to the account that upstream said it
answered.

The newest answer holds. The number that it replaced stays in `restated`, from when to when it came
so; nothing is ever taken out of there (docs/decisions/0023).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bitly_data.archive.database import Database, Layout
from bitly_data.sources.bucket_store import GROUP, CountKey, Observed, Restated, Seen
from bitly_data.sources.model import Listed

FORMAT = 2

_KEY = "account TEXT, kind TEXT, name TEXT, unit TEXT, start INTEGER"
_SEEN = """fetched_at INTEGER NOT NULL, since INTEGER NOT NULL DEFAULT 0,
    asked_at INTEGER NOT NULL DEFAULT 0, restated INTEGER NOT NULL DEFAULT 0"""
_TABLES = (
    f"""CREATE TABLE IF NOT EXISTS counts ({_KEY}, clicks INTEGER NOT NULL, {_SEEN},
    PRIMARY KEY (account, kind, name, unit, start)) WITHOUT ROWID""",
    f"""CREATE TABLE IF NOT EXISTS lists ({_KEY}, {_SEEN},
    PRIMARY KEY (account, kind, name, unit, start)) WITHOUT ROWID""",
    f"""CREATE TABLE IF NOT EXISTS listed ({_KEY}, link TEXT,
    clicks INTEGER NOT NULL, login TEXT, destination TEXT,
    PRIMARY KEY (account, kind, name, unit, start, link)) WITHOUT ROWID""",
    # Two answers may come within a second, so a row is known by its number alone.
    f"""CREATE TABLE IF NOT EXISTS restated (id INTEGER PRIMARY KEY, {_KEY}, link TEXT NOT NULL,
    clicks INTEGER NOT NULL, since INTEGER NOT NULL, fetched_at INTEGER NOT NULL)""",
    """CREATE INDEX IF NOT EXISTS restated_of
    ON restated (account, kind, name, unit, start)""",
)
# Format 1 kept the first answer and when it came: that is one observation.
_FROM_1 = tuple(
    statement
    for table in ("counts", "lists")
    for statement in (
        f"ALTER TABLE {table} ADD COLUMN since INTEGER NOT NULL DEFAULT 0",
        f"ALTER TABLE {table} ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0",
        f"ALTER TABLE {table} ADD COLUMN restated INTEGER NOT NULL DEFAULT 0",
        f"UPDATE {table} SET since = fetched_at, asked_at = fetched_at",
    )
)
_SEEN_COLUMNS = "since, fetched_at, asked_at, restated"
# The tables of the first files, which had the number 1 and no application id.
_ROW_KEY = ("account", "kind", "name", "unit", "start")
UNNAMED = {
    "counts": (*_ROW_KEY, "clicks", "fetched_at"),
    "lists": (*_ROW_KEY, "fetched_at"),
    "listed": (*_ROW_KEY, "link", "clicks", "login", "destination"),
}
_BUCKET = "account = ? AND kind = ? AND name = ? AND unit = ?"
_RANGE = f"{_BUCKET} AND start >= ? AND start < ?"


def _make_tables(connection: sqlite3.Connection, number: int) -> None:
    """Make the tables that are not there, and take over those of the format of this number."""
    for statement in (*(_FROM_1 if number == 1 else ()), *_TABLES):
        connection.execute(statement)


LAYOUT = Layout(FORMAT, _make_tables, UNNAMED)


class Archive:
    """Finished buckets of all accounts, in a file or, without a path, in memory.

    Raises `ArchiveError` if the file cannot be one; see `Database`.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.database = Database(path, LAYOUT)

    def of_account(self, account: str) -> AccountArchive:
        """What is kept of one account, by the id that upstream answered."""
        return AccountArchive(self, account)

    def close(self) -> None:
        """Let go of the file; nothing can be asked afterwards."""
        self.database.close()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection, for one thread at a time. Raises `ArchiveError`."""
        return self.database.reading()

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection in one transaction: all of the block is kept, or nothing.

        Raises `ArchiveError`.
        """
        return self.database.writing()


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

    def observed(self, key: CountKey, start: int, end: int) -> dict[int, Observed]:
        """The same, each with when it was seen."""
        with self.archive.reading() as connection:
            return self._observed(connection, key, start, end)

    def unsettled(self, key: CountKey, start: int, end: int, seconds: float) -> dict[int, Observed]:
        """Those of them that have not settled so long after their start [s]."""
        # As `Seen.has_settled` says it: nearly all of a year have settled, and stay where they are.
        condition = " AND NOT (fetched_at >= start + ? AND (NOT restated OR since < fetched_at))"
        with self.archive.reading() as connection:
            return self._observed(connection, key, start, end, condition, seconds)

    def _observed(
        self,
        connection: sqlite3.Connection,
        key: CountKey,
        start: int,
        end: int,
        condition: str = "",
        *more: float,
    ) -> dict[int, Observed]:
        rows = connection.execute(
            f"SELECT start, clicks, {_SEEN_COLUMNS} FROM counts WHERE {_RANGE}{condition}",
            (*self._row_key(key), start, end, *more),
        )
        return {at: Observed(clicks, _seen(*seen)) for at, clicks, *seen in rows}

    def keep_counts(
        self,
        key: CountKey,
        counts: Mapping[int, int],
        fetched_at: int,
        asked_at: int | None = None,
    ) -> None:
        """Keep the clicks of finished buckets by their start; another number that was there is
        kept beside.
        """
        if not counts:
            return
        new = Seen.once(fetched_at, asked_at)
        with self.archive.writing() as connection:
            there = self._observed(connection, key, min(counts), max(counts) + 1)
            kept: list[tuple[int, Observed]] = []
            gone: list[Restated] = []
            for start, clicks in counts.items():
                now, before = _after(there.get(start), Observed(clicks, new))
                if now is not None:
                    kept.append((start, now))
                if before is not None:
                    seen = before.seen
                    gone.append(Restated(start, "", before.clicks, seen.since, seen.fetched_at))
            connection.executemany(
                f"INSERT OR REPLACE INTO counts (account, kind, name, unit, start, clicks, "
                f"{_SEEN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(*self._row_key(key), at, one.clicks, *_columns(one.seen)) for at, one in kept],
            )
            self._keep_restated(connection, key, gone)

    def _keep_restated(
        self, connection: sqlite3.Connection, key: CountKey, gone: Sequence[Restated]
    ) -> None:
        connection.executemany(
            "INSERT INTO restated (account, kind, name, unit, start, link, clicks, since, "
            "fetched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*self._row_key(key), one.start, one.link, one.clicks, one.since, one.fetched_at)
                for one in gone
            ],
        )

    def restated(self, key: CountKey, start: int, end: int) -> list[Restated]:
        """The numbers of [start, end) [epoch s] that were replaced, in the order in which that
        happened.
        """
        with self.archive.reading() as connection:
            rows = connection.execute(
                "SELECT start, link, clicks, since, fetched_at FROM restated "
                f"WHERE {_RANGE} ORDER BY id",
                (*self._row_key(key), start, end),
            ).fetchall()
        return [Restated(*row) for row in rows]

    def lists(self, key: CountKey, start: int, end: int) -> dict[int, list[Listed]]:
        """The kept lists of the buckets that start in [start, end) [epoch s]."""
        with self.archive.reading() as connection:
            return self._lists(connection, key, start, end)

    def _lists(
        self, connection: sqlite3.Connection, key: CountKey, start: int, end: int
    ) -> dict[int, list[Listed]]:
        span = (*self._row_key(key), start, end)
        starts = connection.execute(f"SELECT start FROM lists WHERE {_RANGE}", span).fetchall()
        rows = connection.execute(
            "SELECT start, link, clicks, login, destination FROM listed "
            f"WHERE {_RANGE} ORDER BY start, clicks DESC, link",
            span,
        ).fetchall()
        found: dict[int, list[Listed]] = {at: [] for (at,) in starts}
        for at, *row in rows:
            if at in found:  # a damaged file may have lost the list and not its rows
                found[at].append(Listed(*row))
        return found

    def listed(self, key: CountKey, start: int, end: int) -> set[int]:
        """The starts of the buckets in [start, end) [epoch s] whose list is kept."""
        return set(self.lists_seen(key, start, end))

    def lists_seen(self, key: CountKey, start: int, end: int) -> dict[int, Seen]:
        """When the kept lists of [start, end) [epoch s] were seen, by their buckets' starts."""
        with self.archive.reading() as connection:
            return self._lists_seen(connection, key, start, end)

    def _lists_seen(
        self, connection: sqlite3.Connection, key: CountKey, start: int, end: int
    ) -> dict[int, Seen]:
        rows = connection.execute(
            f"SELECT start, {_SEEN_COLUMNS} FROM lists WHERE {_RANGE}",
            (*self._row_key(key), start, end),
        )
        return {at: _seen(*seen) for at, *seen in rows}

    def keep_list(
        self,
        key: CountKey,
        start: int,
        rows: Sequence[Listed],
        fetched_at: int,
        asked_at: int | None = None,
    ) -> None:
        """Keep the list of one finished bucket; numbers of another list that was there are kept
        beside.
        """
        row_key, new = (*self._row_key(key), start), Seen.once(fetched_at, asked_at)
        with self.archive.writing() as connection:
            before = self._lists_seen(connection, key, start, start + 1).get(start)
            old = self._lists(connection, key, start, start + 1).get(start, [])
            if before is not None and new.asked_at < before.asked_at:
                return  # a later answer came in between
            same = sorted(old, key=_link) == sorted(rows, key=_link)
            now = new if before is None else before.and_then(new, same=same)
            connection.execute(
                f"INSERT OR REPLACE INTO lists (account, kind, name, unit, start, "
                f"{_SEEN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row_key, *_columns(now)),
            )
            if before is not None and not same:
                self._keep_restated(connection, key, _replaced(start, old, rows, before))
                connection.execute(f"DELETE FROM listed WHERE {_BUCKET} AND start = ?", row_key)
            if before is None or not same:
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

    def logins(self, groups: Sequence[str] | None = None) -> tuple[str, ...]:
        """Who made the links in the kept lists, or in those of some groups, the most clicked
        first.
        """
        marks = ", ".join("?" * len(groups or ()))
        only = "" if groups is None else f" AND kind = '{GROUP}' AND name IN ({marks})"
        with self.archive.reading() as connection:
            rows = connection.execute(
                f"SELECT login FROM listed WHERE account = ? AND login <> ''{only} GROUP BY login "
                "ORDER BY sum(clicks) DESC, login",
                (self.account, *(groups or ())),
            ).fetchall()
        return tuple(login for (login,) in rows)

    def _row_key(self, key: CountKey) -> tuple[str, str, str, str]:
        return self.account, key.kind, key.name, key.unit


def _after(before: Observed | None, new: Observed) -> tuple[Observed | None, Observed | None]:
    """What is kept of a bucket after a new answer, `None` where that stays as it is, and the number
    that is another one now.
    """
    if before is None:
        return new, None
    same = before.clicks == new.clicks
    if not same and new.seen.asked_at < before.seen.asked_at:
        return None, new  # a later answer came in between
    now = Observed(new.clicks, before.seen.and_then(new.seen, same=same))
    return now, None if same else before


def _replaced(
    start: int, old: Sequence[Listed], rows: Sequence[Listed], seen: Seen
) -> list[Restated]:
    """The numbers of an old list that are others in the new one, or not in it at all."""
    there = {row.link: row.clicks for row in rows}
    return [
        Restated(start, row.link, row.clicks, seen.since, seen.fetched_at)
        for row in old
        if there.get(row.link) != row.clicks
    ]


def _link(row: Listed) -> str:
    return row.link


def _seen(since: int, fetched_at: int, asked_at: int, restated: int) -> Seen:
    return Seen(since, fetched_at, asked_at, bool(restated))


def _columns(seen: Seen) -> tuple[int, int, int, int]:
    """The values of `_SEEN_COLUMNS`."""
    return seen.since, seen.fetched_at, seen.asked_at, int(seen.restated)
