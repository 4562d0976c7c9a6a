"""The store: clicks come in, and who clicked what and when is counted and listed."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from bitly_data.hosts import BITLY_HOSTS, link_host, plain_host
from bitly_data.server.errors import ServerProblem
from bitly_data.server.logfile import MOST_NOTES, log_entries
from bitly_data.server.store import conditions
from bitly_data.server.store.database import Database
from bitly_data.server.store.doubles import find_doubles
from bitly_data.server.store.intake import Intake, Progress, add_demo, demo_rows, nobody_hears
from bitly_data.server.store.model import (
    Coverage,
    Ints,
    LinkFilter,
    LinkRow,
    Organization,
    Selection,
)
from bitly_data.server.store.report import FarClick, ImportReport
from bitly_data.server.store.schema import (
    ADD_SPELLINGS,
    DERIVE_HOSTS,
    DERIVE_LINKS,
    DERIVE_OWNERS,
    SPELLINGS,
)
from bitly_data.server.store.span import (
    ALL_TIMES,
    FIRST_COUNTED,
    HANDFUL,
    Span,
    usual_span,
)
from bitly_data.server.words import DAY_SECONDS, HOUR_SECONDS

_LINK_COLUMNS: Final = """
host, hash, login, url, title, created, own, keywords,
(SELECT list_sort(flatten(list(list_transform(
     list_prepend(there.hash, coalesce(there.keywords, [])), lambda name: there.host || '/' || name
 )))) FROM other_hosts JOIN links AS there
 ON there.host = other_hosts.other AND there.hash = other_hosts.hash
 WHERE other_hosts.host = links.host AND other_hosts.hash = links.hash AND there.created <= $now)
"""
_ALL_ROWS: Final = 2**62  # more than a database holds


class ClickStore:
    """Clicks, files and covered hours in one embedded database, in memory unless a path is given.

    Reading is safe from any thread, also while something is being added: all of one call comes in
    at once, the clicks together with whose they are, so a count sees the files or days of that
    call with all that follows from them, or nothing of it. Raises `ServerProblem` if `path`
    cannot be used.
    """

    def __init__(self, path: str | None = None) -> None:
        self._database = Database(path)
        self._lock = threading.RLock()  # one writer at a time
        self._tracking: set[str] = set()
        self._accounts: set[str] = set()
        self._demo_until: date | None = None
        self._span = ALL_TIMES
        self.organization = Organization()
        with self._change():
            pass

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def add_tracking_domains(self, domains: Iterable[str]) -> None:
        """Take these domains and all below them as destinations of the organization.

        They hold for this store object; a store file does not keep them. Raises `ServerProblem`
        for something that is not a domain.
        """
        names = {_domain_name(text) for text in domains}
        with self._lock:
            if names <= self._tracking:
                return
            with self._change():
                self._tracking |= names

    def name_accounts(self, logins: Iterable[str]) -> None:
        """Take these logins as the organization's own accounts, and all others as other people's.

        They hold for this store object; a store file does not keep them. Raises `ServerProblem`
        for something that is not a login.
        """
        names = {_login(text) for text in logins}
        with self._lock:
            if names <= self._accounts:
                return
            with self._change():
                self._accounts |= names

    def import_paths(
        self, paths: Iterable[str], on_progress: Progress = nobody_hears
    ) -> ImportReport:
        """Add the click logs that the paths name: files, folders (with all below) or globs.

        A file whose unpacked content the store has already is left out, and so is a beginning
        that is another file's. Raises `ServerProblem` if a path names nothing or a file cannot be
        read, and `UnreadableLog` if there is no click in what can; then nothing is added.
        """
        entries = [entry for path in paths for entry in log_entries(path)]
        report = ImportReport()
        with self._lock, self._change():
            with Intake(self._database, on_progress) as intake:
                room = MOST_NOTES
                for entry in entries:
                    found = intake.add(entry, room)
                    room -= len(found.bad)
                    report.files.append(found)
                    if entry.is_named:
                        report.refuse_named(found)
                report.refuse_barren()
                intake.finish()
            report.doubles = find_doubles(self._database, intake.first_number)
            ((newest,),) = self._database.execute("SELECT max(t) FROM clicks")
            if report.clicks and newest < FIRST_COUNTED:
                report.refuse_uncounted()
        report.far, report.far_count = self._far_clicks()
        return report

    def _far_clicks(self) -> tuple[list[FarClick], int]:
        """Some of the clicks that are not counted for their time, oldest first; how many it is."""
        if self._span == ALL_TIMES:
            return [], 0
        rows = self._database.rows(
            "SELECT t, path, count(*) OVER () FROM clicks "
            "LEFT JOIN files ON files.number = clicks.file "
            "WHERE t < $since OR t >= $until ORDER BY t LIMIT $most",
            {**self._bounds(), "most": 2 * HANDFUL},
        )
        return [FarClick(t, path or "") for t, path, _ in rows], rows[0][2] if rows else 0

    def fill_demo(self, now: float) -> None:
        """Add the demo organization's clicks up to the end of the UTC day of `now` [epoch s]."""
        from bitly_data.demo import LOGINS, TRACKING_DOMAINS

        with self._lock:
            self._accounts |= set(LOGINS)
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

    def _add_demo_days(self, now: float) -> None:
        links, clicks = demo_rows(now, self._demo_until)
        with self._change():
            add_demo(self._database, links, clicks)
        self._demo_until = _utc_day(now)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """What is added meanwhile and all that follows from it, in one transaction."""
        with self._database.transaction():
            yield
            self._spell_hosts()
            span = self._usual_span()
            self._database.execute(
                DERIVE_OWNERS,
                {
                    "named": bool(self._accounts),
                    "accounts": sorted(self._accounts),
                    "tracking": sorted(self._tracking),
                    "since": span.first,
                    "until": span.end,
                },
            )
            self._database.execute(DERIVE_LINKS)
            self._database.execute(DERIVE_HOSTS)
        self._span = span
        self.organization = self._whose()

    def _spell_hosts(self) -> None:
        spellings = [str(name) for (name,) in self._database.execute(SPELLINGS)]
        columns = {
            "spelling": spellings,
            "link_host": [link_host(name) for name in spellings],
            "plain_host": [plain_host(name) for name in spellings],
        }
        text = pa.string()
        batch = pa.table({name: pa.array(values, text) for name, values in columns.items()})
        self._database.insert(batch, (ADD_SPELLINGS,))

    def _usual_span(self) -> Span:
        """The times that count, as the writer sees them: without a handful far from all others."""
        rows = self._database.execute(
            "SELECT day, greatest(sum(clicks), sum(hours))::BIGINT FROM ("
            "SELECT t // $day AS day, count(*) AS clicks, 0 AS hours FROM clicks GROUP BY ALL "
            "UNION ALL SELECT hour * $hour // $day, 0, count(*) FROM covered GROUP BY ALL"
            ") GROUP BY day ORDER BY day",
            {"day": DAY_SECONDS, "hour": HOUR_SECONDS},
        )
        days, lines = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        return usual_span(days, lines)

    def _bounds(self) -> dict[str, int]:
        return {"since": self._span.first, "until": self._span.end}

    def _whose(self) -> Organization:
        clicked = self._by_clicks("login", "own AND login <> ''")
        without = tuple(sorted(self._accounts.difference(clicked)))
        ((clicks, others_clicks),) = self._database.rows(
            "SELECT coalesce(sum(clicks), 0)::BIGINT, "
            "coalesce(sum(clicks) FILTER (NOT own), 0)::BIGINT FROM owners"
        )
        return Organization(
            short_domains=self._by_clicks("host", "host NOT IN $bitly", bitly=list(BITLY_HOSTS)),
            tracking_domains=tuple(sorted(self._tracking)),
            accounts=(*clicked, *without),
            named=bool(self._accounts),
            member_since=self._database.value("SELECT min(created) FROM links WHERE own"),
            clicks=clicks,
            others_clicks=others_clicks,
            accounts_without_clicks=without,
        )

    def _by_clicks(self, column: str, condition: str, **parameters: list[str]) -> tuple[str, ...]:
        rows = self._database.rows(
            f"SELECT {column} FROM owners WHERE {condition} GROUP BY {column} "
            f"ORDER BY sum(clicks) DESC, {column}",
            parameters,
        )
        return tuple(str(name) for (name,) in rows)

    @property
    def is_demo(self) -> bool:
        return self._demo_until is not None

    def coverage(self) -> Coverage:
        """For which time the clicks are known; the demo's are for all time."""
        if self.is_demo:
            ((first, last),) = self._database.rows("SELECT min(t), max(t) FROM clicks")
            return Coverage(first, last, np.empty(0, dtype=np.int64), whole=True)
        ((first, last),) = self._database.rows("SELECT min(first), max(last) FROM files")
        hours = self._database.columns(
            "SELECT hour FROM covered WHERE hour * $hour >= $since AND hour * $hour < $until "
            "ORDER BY hour",
            {**self._bounds(), "hour": HOUR_SECONDS},
        )["hour"]
        if not len(hours):
            return Coverage(None, None, hours, whole=False)
        if self._span != ALL_TIMES:  # what lies far from all others is not covered time
            first, last = int(hours[0]) * HOUR_SECONDS, int(hours[-1] + 1) * HOUR_SECONDS - 1
        return Coverage(first, last, hours, whole=False)

    def newest_click(self, until: int | None = None) -> int | None:
        """The time of the newest click [epoch s], or of the newest not after `until`.

        One that lies far from all others is not meant.
        """
        start, end = self._span.clamp(0, self._span.end if until is None else until + 1)
        return self._database.value(
            "SELECT max(t) FROM clicks WHERE t >= $start AND t < $end", {"start": start, "end": end}
        )

    def link_clicks(self, host: str, back_half: str, now: int) -> Selection | None:
        """The clicks of one link, by whichever of its back-halves.

        `None` if there is no such link by `now` [epoch s].
        """
        link = self.link(host, back_half, now)
        return None if link is None else conditions.clicks_of_link(link)

    def back_half_clicks(self, host: str, back_half: str, now: int) -> Selection | None:
        """The clicks that came by this back-half of a link alone, be it the hash or a custom one.

        A custom one is that of the first link which had it, and of none if it is another's hash:
        other clicks by it are those of their link's hash.
        """
        back_half = unicodedata.normalize("NFC", back_half)
        link = self.link(host, back_half, now)
        return None if link is None else conditions.clicks_of_back_half(link, back_half)

    def organization_clicks(
        self, domains: Sequence[str] = (), login: str | None = None
    ) -> Selection:
        """The organization's clicks, perhaps on some domains or by one login only.

        `domains` are short or tracking domains of the organization, taken together; `login` is
        one of its accounts, or "!" for other people's links to its tracking domains.
        """
        return conditions.clicks_of_organization(self.organization, domains, login)

    def clicks_of_accounts(self, logins: Sequence[str]) -> Selection:
        """The clicks on the organization's own links, of some of its accounts only."""
        return conditions.clicks_of_accounts(logins)

    def _bounded(self, selection: Selection, start: int, end: int) -> dict[str, Any]:
        since, until = self._span.clamp(start, end)
        return {**selection.parameters, "start": since, "end": until}

    def count(self, selection: Selection, start: int, end: int) -> int:
        """The number of selected clicks in [start, end) [epoch s]."""
        return int(
            self._database.value(
                f"SELECT count(*) {_from(selection)}", self._bounded(selection, start, end)
            )
            or 0
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
        shift = offset + 2 * DAY_SECONDS
        columns = self._database.columns(
            f"SELECT (t + $shift) // $width AS stretch, count(*) AS clicks {_from(selection)} "
            "GROUP BY stretch ORDER BY stretch DESC LIMIT $newest",
            self._bounded(selection, start, end)
            | {"shift": shift, "width": width, "newest": newest or _ALL_ROWS},
        )
        starts: Ints = columns["stretch"] * width - shift
        return starts, columns["clicks"]

    def count_links(
        self, selection: Selection, start: int, end: int, limit: int
    ) -> list[tuple[str, str, int]]:
        """(host, hash, clicks) of the links with selected clicks in [start, end) [epoch s].

        At most `limit`, the most clicked first.
        """
        return self._database.rows(
            "SELECT host, hash, sum(found.clicks)::BIGINT AS total FROM owners JOIN ("
            f"SELECT variant, count(*) AS clicks {_from(selection)} GROUP BY variant) AS found "
            "ON found.variant = owners.id GROUP BY host, hash "
            "ORDER BY total DESC, host, hash LIMIT $limit",
            self._bounded(selection, start, end) | {"limit": limit},
        )

    def link(self, host: str, back_half: str, now: int) -> LinkRow | None:
        """One link, anybody's, or `None` if there is no such link by `now` [epoch s].

        What is the hash of one link and a custom back-half of another is the former.
        """
        back_half = unicodedata.normalize("NFC", back_half)
        rows = self._database.rows(
            f"SELECT {_LINK_COLUMNS} FROM links WHERE host = $host AND created <= $now "
            "AND (hash = $name OR list_contains(keywords, $name)) "
            "ORDER BY hash <> $name, created, hash LIMIT 1",
            {"host": link_host(host), "name": back_half, "now": now},
        )
        return _link_row(rows[0]) if rows else None

    def link_of_hash(self, back_half: str, now: int) -> LinkRow | None:
        """The link that a hash or custom back-half leads to on whatever host.

        Bitly's own hosts come first, then the link that was there first.
        """
        back_half = unicodedata.normalize("NFC", back_half)
        rows = self._database.rows(
            f"SELECT {_LINK_COLUMNS} FROM links WHERE created <= $now "
            "AND (hash = $name OR list_contains(keywords, $name)) "
            "ORDER BY hash <> $name, host NOT IN $bitly, created, host, hash LIMIT 1",
            {"name": back_half, "bitly": list(BITLY_HOSTS), "now": now},
        )
        return _link_row(rows[0]) if rows else None

    def links(
        self, wanted: LinkFilter, now: int, limit: int, offset: int
    ) -> tuple[list[LinkRow], int]:
        """The organization's links there are by `now` [epoch s], newest first, and their number.

        The list is the part of at most `limit` links from `offset` on.
        """
        listed = conditions.listed_links(wanted, now)
        rows = self._database.rows(
            f"SELECT {_LINK_COLUMNS} FROM links WHERE {listed.condition} "
            "ORDER BY created DESC, host, hash LIMIT $limit OFFSET $offset",
            {**listed.parameters, "now": now, "limit": limit, "offset": offset},
        )
        total = self._database.value(
            f"SELECT count(*) FROM links WHERE {listed.condition}", listed.parameters
        )
        return [_link_row(row) for row in rows], total or 0


def _link_row(row: Sequence[Any]) -> LinkRow:
    host, link_hash, login, url, title, created, own, keywords, elsewhere = row
    custom, others = tuple(keywords or ()), tuple(elsewhere or ())
    return LinkRow(host, link_hash, login, url, title, created, own, custom, others)


def _from(selection: Selection) -> str:
    return (
        "FROM clicks WHERE t >= $start AND t < $end AND variant IN "
        f"(SELECT id FROM owners WHERE {selection.condition})"
    )


def _domain_name(text: str) -> str:
    name = text.strip().rstrip(".")
    if not name or any(not (letter.isalnum() or letter in ".-_") for letter in name):
        raise ServerProblem(f"{text!r} is not a domain: write it like example.com.")
    return plain_host(name)


def _login(text: str) -> str:
    name = text.strip()
    if not name or name == "!" or not name.isprintable():
        raise ServerProblem(f"{text!r} is not a login: give the name of one of your accounts.")
    return name


def _utc_day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()
