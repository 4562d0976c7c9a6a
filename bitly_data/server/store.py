"""Clicks, files and covered hours in one embedded database, and who owns which link.

A *variant* is one distinct combination of everything that lines say about a link: its host, hash,
login, long URL, title, creation, and the custom back-half that it was clicked by. A click is a
time and a variant, so a million clicks are a million pairs of numbers, and every question about
owners and domains is settled on a few thousand variants.

The organization in a click log:

- its short domains are the hosts in the log other than Bitly's own;
- its accounts are the logins that shortened with one of those;
- its tracking domains are the ones it was told (`ClickStore.add_tracking_domains`);
- its clicks are those on links of its accounts, on any host, and those on other people's links
  whose destination lies on a tracking domain. Each click counts once, however many rules let it
  in.
"""

from __future__ import annotations

import glob
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bitly_data.server.clicklog import (
    MOST_NOTES,
    BadLineNote,
    Click,
    FileReport,
    Heartbeat,
    LogReader,
    destination_host,
)

Ints = NDArray[np.int64]

BITLY_DOMAINS: Final = ("bit.ly", "bitly.com", "j.mp")

_HOUR: Final = 3600
_DAY: Final = 86_400
_BATCH: Final = 20_000  # lines
_STORE_FORMAT: Final = 2

_CLICK_SCHEMA: Final = pa.schema(
    [
        ("t", pa.int64()),
        ("host", pa.string()),
        ("hash", pa.string()),
        ("login", pa.string()),
        ("url", pa.string()),
        ("destination", pa.string()),
        ("title", pa.string()),
        ("created", pa.int64()),
        ("keyword", pa.string()),
    ]
)
assert tuple(_CLICK_SCHEMA.names) == Click._fields

_TABLES: Final = f"""
CREATE TABLE about AS SELECT {_STORE_FORMAT} AS format;
CREATE TABLE variants (id INTEGER, host VARCHAR, hash VARCHAR, login VARCHAR, url VARCHAR,
                       destination VARCHAR, title VARCHAR, created BIGINT, keyword VARCHAR);
CREATE TABLE clicks (t BIGINT, variant INTEGER);
CREATE TABLE files (digest VARCHAR PRIMARY KEY, path VARCHAR, lines BIGINT, clicks BIGINT,
                    heartbeats BIGINT, bad BIGINT, first BIGINT, last BIGINT);
CREATE TABLE covered (hour BIGINT PRIMARY KEY);
"""

# Empty text and a creation of 0 stand for "not said", so plain equality joins find every variant.
_VARIANT_KEY: Final = "host, hash, login, url, title, created, keyword"
_ADD_VARIANTS: Final = f"""
INSERT INTO variants (id, {_VARIANT_KEY}, destination)
SELECT (SELECT coalesce(max(id) + 1, 0) FROM variants) + row_number() OVER () - 1,
       {_VARIANT_KEY}, destination
FROM (SELECT DISTINCT {_VARIANT_KEY}, destination FROM batch) AS new
ANTI JOIN variants USING ({_VARIANT_KEY})
"""
_ADD_CLICKS: Final = f"""
INSERT INTO clicks SELECT t, id FROM batch JOIN variants USING ({_VARIANT_KEY})
"""

# A store of the format before: its clicks came by whatever back-half.
_ADD_KEYWORDS: Final = f"""
BEGIN;
ALTER TABLE variants ADD COLUMN IF NOT EXISTS keyword VARCHAR DEFAULT '';
UPDATE about SET format = {_STORE_FORMAT};
COMMIT;
"""

# What follows from the variants and the tracking domains, computed once after every change.
_DERIVE_OWNERS: Final = """
CREATE OR REPLACE TABLE owners AS
WITH seen AS (SELECT variant, count(*) AS clicks, min(t) AS first FROM clicks GROUP BY variant),
accounts AS (SELECT DISTINCT login FROM variants WHERE login <> '' AND host NOT IN $bitly)
SELECT id, host, hash, login, url, title, created, keyword, destination,
       login IN (FROM accounts) AS own,
       len(list_filter($tracking, lambda d:
           destination = d OR ends_with(destination, '.' || d))) > 0 AS tracked,
       coalesce(clicks, 0) AS clicks, first
FROM variants LEFT JOIN seen ON seen.variant = variants.id
"""
_DERIVE_LINKS: Final = """
CREATE OR REPLACE TABLE links AS
WITH named AS (SELECT host, keyword,
                      arg_min(hash, (least(nullif(created, 0), first), hash)) AS hash
               FROM owners WHERE keyword <> '' GROUP BY host, keyword),
custom AS (FROM named ANTI JOIN (SELECT DISTINCT host, hash AS keyword FROM owners) AS hashes
           USING (host, keyword))
SELECT host, hash, arg_min(login, id) AS login, arg_min(url, id) AS url,
       coalesce(arg_min(title, id) FILTER (title <> ''), '') AS title,
       least(min(nullif(created, 0)), min(first)) AS created,
       list_sort(list(DISTINCT keyword) FILTER (
           (host, keyword, hash) IN (SELECT (host, keyword, hash) FROM custom))) AS keywords,
       bool_or(own) AS own
FROM owners GROUP BY host, hash
"""


_LINK_COLUMNS: Final = "host, hash, login, url, title, created, own, keywords"

# A long URL from its host to its path, in small letters.
_DESTINATION: Final = r"regexp_replace(lower(url), '^[a-z][a-z0-9+.-]*://|[?#].*$', '', 'g')"


class ServerProblem(ValueError):
    """The local server cannot be opened as asked; the message is one sentence for a person."""


@dataclass
class ImportReport:
    """What became of the files that were to be read, in the order in which they were."""

    files: list[FileReport] = field(default_factory=list)

    @property
    def clicks(self) -> int:
        """Clicks added; a known file adds none."""
        return sum(file.clicks for file in self.files if not file.skipped_as_known)

    @property
    def heartbeats(self) -> int:
        return sum(file.heartbeats for file in self.files if not file.skipped_as_known)

    @property
    def bad_count(self) -> int:
        """How many lines could not be read."""
        return sum(file.bad_count for file in self.files)

    def bad_lines(self) -> list[BadLineNote]:
        """Which lines could not be read, in the order of reading: the first `MOST_NOTES`."""
        return [note for file in self.files for note in file.bad]

    @property
    def has_problems(self) -> bool:
        """Whether anything in the files was not read."""
        return bool(self.bad_count) or any(file.problem for file in self.files)

    def summary(self) -> str:
        """All of it in one sentence, with at most three of the bad lines by file and number."""
        known = sum(file.skipped_as_known for file in self.files)
        files, clicks = _number(len(self.files) - known, "file"), _number(self.clicks, "click")
        parts = [f"Read {files} with {clicks} and {_number(self.heartbeats, 'heartbeat')}"]
        if known:
            parts.append(f"{_number(known, 'file')} left out as already known")
        if self.bad_count:
            parts.append(f"{_number(self.bad_count, 'line')} could not be read ({self._where()})")
        parts += [
            f"{os.path.basename(file.path)} was read only in part: {file.problem}"
            for file in self.files
            if file.problem
        ]
        return "; ".join(parts) + "."

    def _where(self) -> str:
        places = [
            f"{os.path.basename(note.file)} line {note.line}" for note in self.bad_lines()[:3]
        ]
        more = self.bad_count - len(places)
        return ", ".join(places) + (f" and {more:,} more" if more else "")


@dataclass(frozen=True)
class Coverage:
    """For which time the store knows the clicks.

    `first` and `last` are the first and last line's time [epoch s], `None` in an empty store;
    `hours` are the covered UTC hours (epoch // 3600), ascending: those in which a line lies, be
    it a click or a heartbeat. `whole` says that all time is covered, whatever `hours` says.
    """

    first: int | None
    last: int | None
    hours: Ints
    whole: bool


@dataclass(frozen=True)
class Organization:
    """Whose clicks these are. Domains and accounts come with the most clicked first."""

    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()  # sorted by name
    accounts: tuple[str, ...] = ()
    member_since: int | None = None  # creation of its oldest link [epoch s]


@dataclass(frozen=True)
class Selection:
    """Some of the clicks: a condition on the columns of `owners`, and its parameters."""

    condition: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class LinkRow:
    """A link as the account that made it sees it. An unknown title is ""."""

    host: str
    hash: str
    login: str
    url: str
    title: str
    created: int  # [epoch s]
    own: bool  # made by an account of the organization
    keywords: tuple[str, ...]  # its custom back-halves

    @property
    def name(self) -> str:
        return f"{self.host}/{self.hash}"

    @property
    def address(self) -> str:
        return f"http://{self.name}"


@dataclass(frozen=True)
class LinkFilter:
    """Which links of the organization to list; an empty field does not restrict."""

    links: tuple[tuple[str, str], ...] = ()  # (host, hash)
    login: str | None = None
    logins: tuple[str, ...] | None = None  # any of them; an empty tuple is nobody
    text: str = ""  # part of the address, the long URL or the title, in any case
    destination: str = ""  # how host (or a domain above it) and path of the long URL begin
    created_before: int | None = None  # [epoch s], exclusive
    created_after: int | None = None  # [epoch s], exclusive
    after: tuple[int, str, str] | None = None  # only what is listed after this created, host, hash
    has_keyword: bool | None = None  # with a custom back-half, or without one


class ClickStore:
    """Clicks, files and covered hours in one embedded database, in memory unless a path is given.

    Reading is safe from any thread, also while something is being added: all of one call comes in
    at once, the clicks together with whose they are, so a count sees the files or days of that
    call with all that follows from them, or nothing of it. Raises `ServerProblem` if `path`
    cannot be used.
    """

    def __init__(self, path: str | None = None) -> None:
        self._connection = _open_database(path)
        self._lock = threading.RLock()  # one writer at a time
        self._tracking: set[str] = set()
        self._demo_until: date | None = None
        self.organization = Organization()
        with self._change():
            pass

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # -- filling ------------------------------------------------------------------------------

    def add_tracking_domains(self, domains: Iterable[str]) -> None:
        """Count clicks on anybody's links to these domains and their subdomains as well.

        They hold for this store object; a store file does not keep them. Raises `ServerProblem`
        for something that is not a domain.
        """
        names = {_domain_name(text) for text in domains}
        with self._lock:
            if names <= self._tracking:
                return
            with self._change():
                self._tracking |= names

    def import_paths(self, paths: Iterable[str]) -> ImportReport:
        """Add the click logs that the paths name: files, folders (with all below) or globs.

        A file whose unpacked content the store has already is left out. Raises `ServerProblem` if
        a path names nothing or cannot be read; then none of the files is added.
        """
        names = [name for path in paths for name in _expand(path)]
        report = ImportReport()
        with self._lock, self._change():
            room = MOST_NOTES
            for name in names:
                report.files.append(self._import_file(name, room))
                room -= len(report.files[-1].bad)
        return report

    def fill_demo(self, now: float) -> None:
        """Add the demo organization's clicks up to the end of the UTC day of `now` [epoch s]."""
        from bitly_data.demo import TRACKING_DOMAINS

        with self._lock:
            self._tracking |= set(TRACKING_DOMAINS)
            self._add_demo_days(now)

    def advance(self, now: float) -> None:
        """Let the demo's clicks catch up with the clock; cheap while the UTC day is the same."""
        until = self._demo_until
        if until is None or _utc_day(now) <= until:
            return
        with self._lock:  # whoever waits here needs the new day as well
            if self._demo_until is not None and _utc_day(now) > self._demo_until:
                self._add_demo_days(now)

    def _import_file(self, path: str, most_notes: int) -> FileReport:
        try:
            if self._knows(LogReader(path).read_through()):
                return FileReport(path, skipped_as_known=True)
            reader = LogReader(path, most_notes)
            self._add_log(reader)
        except OSError as error:
            raise ServerProblem(
                f"The click log {path!r} cannot be read: {error.strerror}."
            ) from None
        return reader.report

    def _knows(self, digest: str) -> bool:
        return bool(
            self._connection.execute(
                "SELECT count(*) FROM files WHERE digest = ?", [digest]
            ).fetchall()[0][0]
        )

    def _add_log(self, reader: LogReader) -> None:
        hours: set[int] = set()
        first: int | None = None
        last: int | None = None
        for batch in _batches(reader.records()):
            times = [record.t for record in batch]
            hours.update(t // _HOUR for t in times)
            first = min(times) if first is None else min(first, *times)
            last = max(times) if last is None else max(last, *times)
            self._add_clicks(_click_table([line for line in batch if isinstance(line, Click)]))
        self._add_hours(hours)
        report = reader.report
        self._connection.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                reader.digest,
                report.path,
                report.lines,
                report.clicks,
                report.heartbeats,
                report.bad_count,
                first,
                last,
            ],
        )

    def _add_clicks(self, batch: Any, *, only_links: bool = False) -> None:
        """Add rows of `_CLICK_SCHEMA`, an Arrow table or a frame; perhaps only their variants."""
        self._connection.register("batch", batch)
        self._connection.execute(_ADD_VARIANTS)
        if not only_links:
            self._connection.execute(_ADD_CLICKS)
        self._connection.unregister("batch")

    def _add_hours(self, hours: set[int]) -> None:
        self._connection.register("batch", pa.table({"hour": pa.array(sorted(hours), pa.int64())}))
        self._connection.execute("INSERT OR IGNORE INTO covered SELECT hour FROM batch")
        self._connection.unregister("batch")

    def _add_demo_days(self, now: float) -> None:
        # The generator takes a moment to import; a server with a click log needs none of it.
        from bitly_data.demo import DemoDays, history_start

        demo = DemoDays(now)
        first = (
            history_start(now) if self._demo_until is None else self._demo_until + timedelta(days=1)
        )
        links = demo.links.assign(destination=[destination_host(url) for url in demo.links["url"]])
        clicks = demo.table(first, _utc_day(now))
        clicks["destination"] = clicks["url"].cat.rename_categories(str).map(destination_host)
        with self._change():
            self._add_clicks(links, only_links=True)  # a link can be there before its first click
            self._add_clicks(clicks)
        self._demo_until = _utc_day(now)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """What is added meanwhile and all that follows from it, in one transaction."""
        with self._transaction():
            yield
            self._connection.execute(
                _DERIVE_OWNERS, {"bitly": list(BITLY_DOMAINS), "tracking": sorted(self._tracking)}
            )
            self._connection.execute(_DERIVE_LINKS)
        self.organization = self._whose()

    def _whose(self) -> Organization:
        return Organization(
            short_domains=self._by_clicks("host", "host NOT IN $bitly", bitly=list(BITLY_DOMAINS)),
            tracking_domains=tuple(sorted(self._tracking)),
            accounts=self._by_clicks("login", "own"),
            member_since=self._value("SELECT min(created) FROM links WHERE own"),
        )

    def _by_clicks(self, column: str, condition: str, **parameters: list[str]) -> tuple[str, ...]:
        rows = self._rows(
            f"SELECT {column} FROM owners WHERE {condition} GROUP BY {column} "
            f"ORDER BY sum(clicks) DESC, {column}",
            parameters,
        )
        return tuple(str(name) for (name,) in rows)

    # -- what there is ------------------------------------------------------------------------

    @property
    def is_demo(self) -> bool:
        return self._demo_until is not None

    def coverage(self) -> Coverage:
        """For which time the clicks are known; the demo's are for all time."""
        if self.is_demo:
            ((first, last),) = self._rows("SELECT min(t), max(t) FROM clicks")
            return Coverage(first, last, np.empty(0, dtype=np.int64), whole=True)
        ((first, last),) = self._rows("SELECT min(first), max(last) FROM files")
        hours = self._columns("SELECT hour FROM covered ORDER BY hour")["hour"]
        return Coverage(first, last, hours, whole=False)

    def newest_click(self, until: int | None = None) -> int | None:
        """The time of the newest click [epoch s], or of the newest not after `until`."""
        if until is None:
            return self._value("SELECT max(t) FROM clicks")
        return self._value("SELECT max(t) FROM clicks WHERE t <= $until", {"until": until})

    # -- counting -----------------------------------------------------------------------------

    def link_clicks(self, host: str, back_half: str, now: int) -> Selection | None:
        """The clicks of one link, by whichever of its back-halves, or `None` if there is no such
        link by `now` [epoch s].
        """
        link = self.link(host, back_half, now)
        if link is None:
            return None
        return Selection("host = $host AND hash = $hash", {"host": link.host, "hash": link.hash})

    def back_half_clicks(self, host: str, back_half: str, now: int) -> Selection | None:
        """The clicks that came by this back-half of a link alone, be it the hash or a custom one.

        A custom one is that of the first link which had it, and of none if it is another's hash:
        other clicks by it are those of their link's hash.
        """
        link = self.link(host, back_half, now)
        if link is None:
            return None
        names = {"host": link.host, "hash": link.hash}
        if back_half != link.hash:
            return Selection(
                "host = $host AND hash = $hash AND keyword = $keyword",
                names | {"keyword": back_half},
            )
        return Selection(
            "host = $host AND hash = $hash AND NOT list_contains($keywords, keyword)",
            names | {"keywords": list(link.keywords)},
        )

    def organization_clicks(
        self, domains: Sequence[str] = (), login: str | None = None
    ) -> Selection:
        """The organization's clicks, perhaps on some domains or by one login only.

        `domains` are short or tracking domains of the organization, taken together; `login` is
        one of its accounts, or "!" for other people's links only.
        """
        parts, parameters = ["(own OR tracked)"], dict[str, Any]()
        if login == "!":
            parts.append("NOT own")
        elif login is not None:
            parts.append("own AND login = $login")
            parameters["login"] = login
        if domains:
            tracking = [name for name in domains if name in self.organization.tracking_domains]
            parts.append(
                "(host IN $hosts OR len(list_filter($targets, lambda d: destination = d "
                "OR ends_with(destination, '.' || d))) > 0)"
            )
            parameters |= {"hosts": list(domains), "targets": tracking}
        return Selection(" AND ".join(parts), parameters)

    def clicks_of_accounts(self, logins: Sequence[str]) -> Selection:
        """The clicks on the organization's own links, of some of its accounts only."""
        return Selection("own AND login IN $logins", {"logins": list(logins)})

    def count(self, selection: Selection, start: int, end: int) -> int:
        """The number of selected clicks in [start, end) [epoch s]."""
        return int(
            self._value(f"SELECT count(*) {_from(selection)}", _bounded(selection, start, end)) or 0
        )

    def count_by(
        self,
        selection: Selection,
        start: int,
        end: int,
        *,
        width: int,
        offset: int,
        newest: int | None = None,
    ) -> tuple[Ints, Ints]:
        """Counts per stretch of `width` seconds of the selected clicks in [start, end).

        The stretches are aligned to the wall clock of a fixed `offset` from UTC [s]; `width`
        divides a day. Returns their starts [epoch s], newest first, and their counts; stretches
        without a click are left out, and so are all but the `newest` ones.
        """
        # SQL division cuts towards zero, so keep the dividend positive where the offset is not.
        shift = offset + 2 * _DAY
        columns = self._columns(
            f"SELECT (t + $shift) // $width AS stretch, count(*) AS clicks {_from(selection)} "
            "GROUP BY stretch ORDER BY stretch DESC LIMIT $newest",
            _bounded(selection, start, end)
            | {"shift": shift, "width": width, "newest": newest or 2**62},
        )
        starts: Ints = columns["stretch"] * width - shift
        return starts, columns["clicks"]

    def count_links(
        self, selection: Selection, start: int, end: int, limit: int
    ) -> list[tuple[str, str, int]]:
        """(host, hash, clicks) of the links with selected clicks in [start, end) [epoch s].

        At most `limit`, the most clicked first.
        """
        return self._rows(
            "SELECT host, hash, sum(found.clicks)::BIGINT AS total FROM owners JOIN ("
            f"SELECT variant, count(*) AS clicks {_from(selection)} GROUP BY variant) AS found "
            "ON found.variant = owners.id GROUP BY host, hash "
            "ORDER BY total DESC, host, hash LIMIT $limit",
            _bounded(selection, start, end) | {"limit": limit},
        )

    # -- listing ------------------------------------------------------------------------------

    def link(self, host: str, back_half: str, now: int) -> LinkRow | None:
        """One link, anybody's, or `None` if there is no such link by `now` [epoch s].

        What is the hash of one link and a custom back-half of another is the former.
        """
        rows = self._rows(
            f"SELECT {_LINK_COLUMNS} FROM links WHERE host = $host AND created <= $now "
            "AND (hash = $name OR list_contains(keywords, $name)) "
            "ORDER BY hash <> $name, created, hash LIMIT 1",
            {"host": host.lower(), "name": back_half, "now": now},
        )
        return _link_row(rows[0]) if rows else None

    def links(
        self, wanted: LinkFilter, now: int, limit: int, offset: int
    ) -> tuple[list[LinkRow], int]:
        """The organization's links there are by `now` [epoch s], newest first, and their number.

        The list is the part of at most `limit` links from `offset` on.
        """
        condition, parameters = _link_condition(wanted, now)
        rows = self._rows(
            f"SELECT {_LINK_COLUMNS} FROM links WHERE {condition} "
            "ORDER BY created DESC, host, hash LIMIT $limit OFFSET $offset",
            parameters | {"limit": limit, "offset": offset},
        )
        total = self._value(f"SELECT count(*) FROM links WHERE {condition}", parameters) or 0
        return [_link_row(row) for row in rows], total

    # -- the database -------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def _rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        with self._connection.cursor() as cursor:
            return cursor.execute(query, dict(parameters or {})).fetchall()

    def _columns(self, query: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Ints]:
        with self._connection.cursor() as cursor:
            columns = cursor.execute(query, dict(parameters or {})).fetchnumpy()
        return {name: np.asarray(values, dtype=np.int64) for name, values in columns.items()}

    def _value(self, query: str, parameters: Mapping[str, Any] | None = None) -> int | None:
        """The one number that a query gives; `None` for no row."""
        rows = self._rows(query, parameters)
        return rows[0][0] if rows else None


def fold(starts: Sequence[int], times: Ints, counts: Ints) -> Ints:
    """The counts of stretches (see `count_by`) summed into larger buckets.

    `starts` are the buckets' starts [epoch s], newest first, as are the sums that come back; every
    stretch lies in one of the buckets, the newest of which has no end here.
    """
    ascending = np.array(starts[::-1], dtype=np.int64)
    rows = np.searchsorted(ascending, times, side="right") - 1
    totals = np.zeros(len(starts), dtype=np.int64)
    np.add.at(totals, rows, counts)
    return totals[::-1]


def _link_row(row: Sequence[Any]) -> LinkRow:
    host, link_hash, login, url, title, created, own, keywords = row
    return LinkRow(host, link_hash, login, url, title, created, own, tuple(keywords or ()))


def _from(selection: Selection) -> str:
    return (
        "FROM clicks WHERE t >= $start AND t < $end AND variant IN "
        f"(SELECT id FROM owners WHERE {selection.condition})"
    )


def _bounded(selection: Selection, start: int, end: int) -> dict[str, Any]:
    return {**selection.parameters, "start": start, "end": end}


def _link_condition(wanted: LinkFilter, now: int) -> tuple[str, dict[str, Any]]:
    parts, parameters = ["own AND created <= $now"], dict[str, Any](now=now)
    if wanted.links:
        parts.append("host || '/' || hash IN $links")
        parameters["links"] = [f"{host}/{link_hash}" for host, link_hash in wanted.links]
    if wanted.login is not None:
        parts.append("login = $login")
        parameters["login"] = wanted.login
    if wanted.logins is not None:
        parts.append("login IN $logins")
        parameters["logins"] = list(wanted.logins)
    if wanted.destination:
        parts.append(
            f"(starts_with({_DESTINATION}, $destination) "
            f"OR contains({_DESTINATION}, '.' || $destination))"
        )
        parameters["destination"] = wanted.destination.lower()
    if wanted.after is not None:
        parts.append(
            "(created < $last_created OR created = $last_created "
            "AND (host > $last_host OR host = $last_host AND hash > $last_hash))"
        )
        parameters |= dict(
            zip(("last_created", "last_host", "last_hash"), wanted.after, strict=True)
        )
    if wanted.has_keyword is not None:
        parts.append("(keywords IS NOT NULL) = $has_keyword")
        parameters["has_keyword"] = wanted.has_keyword
    if wanted.text:
        parts.append(
            "(contains(lower('http://' || host || '/' || hash), lower($text)) "
            "OR len(list_filter(keywords, lambda k: contains("
            "lower('http://' || host || '/' || k), lower($text)))) > 0 "
            "OR contains(lower(url), lower($text)) "
            "OR contains(lower(title), lower($text)))"
        )
        parameters["text"] = wanted.text
    if wanted.created_before is not None:
        parts.append("created < $before")
        parameters["before"] = wanted.created_before
    if wanted.created_after is not None:
        parts.append("created > $after")
        parameters["after"] = wanted.created_after
    return " AND ".join(parts), parameters


def _open_database(path: str | None) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(
            path or ":memory:",
            config={
                # Nothing here needs an extension, and none may be fetched behind anybody's back.
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        _check_format(connection)
    except duckdb.Error:
        raise ServerProblem(
            f"The store {path!r} cannot be opened: it is in use by another "
            "process, or it is not a store of clicks."
        ) from None
    return connection


def _check_format(connection: duckdb.DuckDBPyConnection) -> None:
    tables = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()[0][0]
    if not tables:
        connection.execute(_TABLES)
        return
    found = connection.execute("SELECT format FROM about").fetchall()
    if found == [(_STORE_FORMAT - 1,)]:
        connection.execute(_ADD_KEYWORDS)
    elif found != [(_STORE_FORMAT,)]:
        raise duckdb.Error("another format")


def _batches(records: Iterator[Click | Heartbeat]) -> Iterator[list[Click | Heartbeat]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


def _click_table(clicks: list[Click]) -> pa.Table:
    columns = list(zip(*clicks, strict=True)) or [()] * len(_CLICK_SCHEMA)
    return pa.table(
        [pa.array(column, kind.type) for column, kind in zip(columns, _CLICK_SCHEMA, strict=True)],
        schema=_CLICK_SCHEMA,
    )


def _expand(path: str) -> list[str]:
    """The files that a path names, sorted. Raises `ServerProblem` if there are none."""
    name = os.path.expanduser(path)
    if os.path.isdir(name):
        found = [
            os.path.join(folder, file)
            for folder, _, files in os.walk(name)
            for file in files
            if not file.startswith(".")
        ]
    elif os.path.exists(name):  # first as it stands: a file's name may hold a bracket
        found = [name]
    else:
        found = [file for file in glob.glob(name, recursive=True) if os.path.isfile(file)]
    if not found:
        raise ServerProblem(f"No click log is found at {path!r}.")
    return sorted(found)


def _domain_name(text: str) -> str:
    name = text.strip().lower().rstrip(".")
    if not name or any(not (letter.isalnum() or letter in ".-_") for letter in name):
        raise ServerProblem(f"{text!r} is not a domain: write it like example.com.")
    return name


def _utc_day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
