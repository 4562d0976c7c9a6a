"""A second opinion: clicks counted straight from the lines of a click log, by its own calendar.

Nothing here comes from the package, so that no mistake can be on both sides of a comparison. Of
time zones only `datetime.fromtimestamp` is asked: which time a clock on the wall shows. The zones
are read from the files of the newest time zone database here, whichever Python would take.
"""

from __future__ import annotations

import gzip
import json
import os
import sysconfig
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import numpy as np
import tzdata

BITLY = ("bit.ly", "bitly.com", "j.mp")
EPOCH_DAY = date(1970, 1, 1).toordinal()
HOUR, DAY = 3600, 86_400
WIDTHS = {"minute": 60, "hour": HOUR}
SERVER_WEEK = 4  # what to add to an epoch day so that // 7 counts Sundays


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The clicks and the heartbeats (their `t` alone) of the logs in file order, nothing else."""
    clicks = []
    for path in paths:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as lines:
            for line in lines:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict) and {"t", "h", "hh"} <= record.keys():
                    clicks.append(record)
                elif isinstance(record, dict) and "_heartbeat_" in record:
                    clicks.append({"t": record["_heartbeat_"]})
    return clicks


@cache
def database() -> tuple[str, Path]:
    """The release of the newest time zone database here ("2026f"), and where its zones lie."""
    package = Path(tzdata.__file__).parent / "zoneinfo"
    system = [Path(place) for place in (sysconfig.get_config_var("TZPATH") or "").split(os.pathsep)]
    found = []
    for place in (package, *system):
        source = place / "tzdata.zi"
        if source.is_file():
            words = source.read_text("utf-8").split(maxsplit=3)  # "# version 2026f"
            found.append((words[2], place))
    return max(found, key=lambda one: one[0])


@cache
def tz(name: str) -> tzinfo:
    if name.lstrip("+-").isdigit():
        return timezone(timedelta(hours=int(name)))
    with (database()[1] / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@cache
def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


@cache
def one_host(text: str) -> str:
    """The host of a link in one spelling; Bitly's own three are one."""
    host = text.lower().split(":")[0].strip(".").removeprefix("www.")
    return BITLY[0] if host in BITLY else host


def one_link(link: str) -> str:
    """A link with its host in one spelling."""
    host, _, back_half = link.partition("/")
    return f"{one_host(host)}/{back_half}"


def _lies_on(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


class Counter:
    """The clicks of some logs up to `now` [epoch s], of an organization with `tracking` domains.

    Without `accounts` each link is the organization's own.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        tracking: Sequence[str],
        now: int,
        accounts: Sequence[str] = (),
    ) -> None:
        self.tracking, self.now, self.accounts = tuple(tracking), now, tuple(accounts)
        lines = list(read(paths))
        self.logged = {line["t"] // HOUR for line in lines}  # the hours that have a line
        clicks = sorted(
            (line for line in lines if "h" in line and line["t"] <= now),
            key=lambda click: click["t"],
        )
        self.t = np.array([click["t"] for click in clicks], dtype=np.int64)
        self.host = np.array([one_host(click["hh"]) for click in clicks])
        self.link = np.array([f"{one_host(click['hh'])}/{click['h']}" for click in clicks])
        # By which of a link's addresses: its hash or a custom back-half.
        self.address = np.array(
            [f"{one_host(click['hh'])}/{click.get('kw') or click['h']}" for click in clicks]
        )
        self.login = np.array([click.get("l") or "" for click in clicks])
        # By (hash, login, long URL): the links that are one, on several hosts.
        self.kin: dict[tuple[str, str, str], set[str]] = {}
        for name, click in zip(self.link.tolist(), clicks, strict=True):
            if click.get("u"):
                of = (click["h"], click.get("l") or "", click["u"])
                self.kin.setdefault(of, set()).add(name)
        made: dict[str, int] = {}
        for name, click in zip(self.link.tolist(), clicks, strict=True):
            made[name] = min(made.get(name, 2**62), click["t"], click.get("hc") or 2**62)
        self.made = made  # when a link was there at the latest [epoch s]
        target = np.array([_host(click.get("u") or "") for click in clicks])
        self.on = {
            domain: np.isin(
                target, [host for host in set(target.tolist()) if _lies_on(host, domain)]
            )
            for domain in tracking
        }
        self.own = (
            np.isin(self.login, self.accounts)
            if self.accounts
            else np.ones(len(self.t), dtype=bool)
        )

    # -- which clicks -------------------------------------------------------------------------

    def of_link(self, link: str) -> np.ndarray:
        """The indexes of a link's clicks."""
        return np.flatnonzero(self.link == one_link(link))

    def of_address(self, address: str, *, together: bool = False) -> np.ndarray:
        """The indexes of the clicks by one address of a link, or by all that lead to its link."""
        by = self.address == one_link(address)
        if together and by.any():
            link = str(self.link[by][0])
            hosts = set().union({link}, *(links for links in self.kin.values() if link in links))
            return np.flatnonzero(np.isin(self.link, sorted(hosts)))
        return self.of_link(address) if together else np.flatnonzero(by)

    def addresses(self, address: str) -> list[str]:
        """The addresses by which the link of one of them was clicked, and its hash on each host:
        the one that is asked for, the hash on its host, and the others by their names.
        """
        rows = self.of_address(address, together=True)
        host = one_link(address).partition("/")[0]
        hashes = sorted(set(self.link[rows].tolist()))
        hashes.sort(key=lambda link: link.partition("/")[0] != host)
        others = sorted({*hashes, *self.address[rows].tolist()})
        return list(dict.fromkeys([one_link(address), *hashes[:1], *others]))

    def of_organization(self, domains: Sequence[str] = (), login: str | None = None) -> np.ndarray:
        """The indexes of the organization's clicks, on some domains or by one login only."""
        nothing = np.zeros(len(self.t), dtype=bool)
        keep = ~nothing
        if domains:
            keep &= np.logical_or.reduce(
                [np.isin(self.host, domains), *(self.on.get(name, nothing) for name in domains)]
            )
        if login == "!":
            assert self.accounts and self.tracking, "whose links are whose was not said"
            keep &= ~self.own & np.logical_or.reduce([nothing, *self.on.values()])
        elif login is not None:
            keep &= self.own & (self.login == login)
        return np.flatnonzero(keep)

    # -- in which buckets ---------------------------------------------------------------------

    def by_server(
        self, rows: np.ndarray, unit: str, units: int, zone: str, end: int
    ) -> list[tuple[int, int]]:
        """(start, clicks), newest first: one offset for all buckets, weeks from Sunday."""
        offset = offset_at(self.now, zone)
        local = self.t[rows] + offset
        newest = int(_fixed_index(np.array([end + offset]), unit)[0])
        first = newest - units + 1
        counts = _counted(_fixed_index(local, unit), first, units)
        return [
            (_fixed_start(first + at, unit) - offset, int(counts[at]))
            for at in reversed(range(units))
        ]

    def by_zone(
        self, rows: np.ndarray, unit: str, units: int, zone: str, end: int, first_weekday: int = 0
    ) -> list[tuple[int, int]]:
        """(start, clicks), oldest first: true local buckets of the zone, weeks from Monday (0)."""
        return self.within(rows, edges(unit, units, zone, end, first_weekday))

    def within(self, rows: np.ndarray, bounds: Sequence[int]) -> list[tuple[int, int]]:
        """(start, clicks), oldest first: each click in the last bucket that has begun by then."""
        index = np.searchsorted(np.array(bounds), self.t[rows], side="right") - 1
        counts = _counted(index, 0, len(bounds) - 1)
        return list(zip(bounds[:-1], counts.tolist(), strict=True))

    # -- what the log has of them -------------------------------------------------------------

    def covered(self, start: int, end: int, now: int | None = None) -> tuple[int, int]:
        """How much of [start, end) lies in hours of UTC that have a line, and how much in hours
        that have begun [s, s].
        """
        now = self.now if now is None else now
        found, there, at = 0, 0, start
        while at < end and at // HOUR <= now // HOUR:
            following = min(at // HOUR * HOUR + HOUR, end)
            there += following - at
            found += following - at if at // HOUR in self.logged else 0
            at = following
        return found, there

    def seen(
        self, pairs: Sequence[tuple[int, int]], end: int, now: int | None = None
    ) -> list[tuple[int, int | None]]:
        """The same buckets, the last of which ends at `end`, with no number where the log has none
        of their hours or they have not begun.
        """
        ends = [*(start for start, _ in pairs[1:]), end]
        now = self.now if now is None else now
        return [
            (start, clicks if start <= now and self.covered(start, stop, now)[0] else None)
            for (start, clicks), stop in zip(pairs, ends, strict=True)
        ]


# -- the calendar of a zone -----------------------------------------------------------------------


@cache
def changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """(instant, offset from then on) [epoch s, s] of a year and some days before and after it.

    Found by looking at a clock on the wall every hour; where it was set within the hour, every
    second. The first is no change, but where the looking begins.
    """
    low, high = utc(f"{year - 1}-12-20T00:00:00"), utc(f"{year + 1}-01-12T00:00:00")
    found = [(low, offset_at(low, zone))]
    for hour in range(low, high, HOUR):
        if offset_at(hour + HOUR, zone) == found[-1][1]:
            continue
        for second in range(hour + 1, hour + HOUR + 1):
            if offset_at(second, zone) != found[-1][1]:
                found.append((second, offset_at(second, zone)))
    return tuple(found)


def stretches(zone: str, low: int, high: int) -> list[tuple[int, int, int]]:
    """(start, end, offset) [epoch s, epoch s, s]: the stretches of one offset that together are
    [low, high), oldest first.
    """
    found = [(low, offset_at(low, zone))]
    for year in range(_year(low), _year(high) + 1):
        for at, offset in changes(zone, year):
            if found[-1][0] < at < high and offset != found[-1][1]:
                found.append((at, offset))
    return [(start, end, offset) for (start, offset), (end, _) in pairwise([*found, (high, 0)])]


@cache
def first_instant(day: date, zone: str) -> int:
    """When a clock on the wall shows the start of a date, or a later time, for the first time."""
    midnight = (day.toordinal() - EPOCH_DAY) * DAY  # what it then shows, read as if it were UTC
    for start, end, offset in stretches(zone, midnight - 3 * DAY, midnight + 3 * DAY):
        at = max(start, midnight - offset)
        if at < end:
            return at
    raise AssertionError("no clock is three days off")


def day_at(at: int, zone: str) -> date:
    """The date of the day that holds an instant: the latest that has begun by then."""
    day = datetime.fromtimestamp(at, tz(zone)).date() + timedelta(days=2)
    while first_instant(day, zone) > at:
        day -= timedelta(days=1)
    return day


def edges(unit: str, units: int, zone: str, end: int, first_weekday: int = 0) -> list[int]:
    """The starts of the last `units` buckets and the end of the newest, which holds `end`."""
    if unit in WIDTHS:
        # A change can only make an hour shorter.
        found = elapsed_edges(unit, zone, end - (units + 2) * WIDTHS[unit], end)
        return found[-units - 1 :]
    day = _first_date(day_at(end, zone), unit, first_weekday)
    found = [first_instant(_next_date(day, unit), zone)]
    while len(found) <= units:
        if first_instant(day, zone) != found[-1]:  # a date that was skipped has no length
            found.append(first_instant(day, zone))
        day = _first_date(day - timedelta(days=1), unit, first_weekday)
    return found[::-1]


def edges_since(first: int, unit: str, zone: str, end: int, first_weekday: int = 0) -> list[int]:
    """The same for the buckets from the one that holds `first` to the one that holds `end`."""
    if unit in WIDTHS:
        found = elapsed_edges(unit, zone, first - 2 * WIDTHS[unit], end)
        return found[max(at for at, edge in enumerate(found) if edge <= first) :]
    units = 1
    while (found := edges(unit, units, zone, end, first_weekday))[0] > first:
        units += 1 + (found[0] - first) // (31 * DAY)
    return found[max(at for at, edge in enumerate(found) if edge <= first) :]


def elapsed_edges(unit: str, zone: str, low: int, end: int) -> list[int]:
    """The starts of all minutes or hours from `low` on, up to the first one after `end`.

    One starts wherever a clock on the wall shows a whole one, and where the clock is set by less
    than one.
    """
    width, found, before = WIDTHS[unit], set(), None
    for start, stop, offset in stretches(zone, low, end + 2 * width):
        found.update(range(start + -(start + offset) % width, stop, width))
        if before is not None and (offset - before) % width:
            found.add(start)
        before = offset
    ordered = sorted(found)
    return ordered[: next(at for at, edge in enumerate(ordered) if edge > end) + 1]


def _first_date(day: date, unit: str, first_weekday: int) -> date:
    if unit == "week":
        return day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return day.replace(day=1) if unit == "month" else day


def _next_date(day: date, unit: str) -> date:
    if unit == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if unit == "week" else 1)


def _year(epoch: int) -> int:
    return datetime.fromtimestamp(epoch, UTC).year


# -- the calendar of a server that has one offset -------------------------------------------------


def server_bucket(at: int, unit: str, offset: int) -> tuple[int, int]:
    """Start and end of the server's bucket that holds an instant, by one offset [s]."""
    index = int(_fixed_index(np.array([at + offset]), unit)[0])
    return _fixed_start(index, unit) - offset, _fixed_start(index + 1, unit) - offset


def _counted(index: np.ndarray, first: int, units: int) -> np.ndarray:
    return np.bincount(index[(index >= first) & (index < first + units)] - first, minlength=units)


def offset_at(epoch: int, zone: str) -> int:
    return int(datetime.fromtimestamp(epoch, tz(zone)).utcoffset().total_seconds())  # type: ignore


def _of_days(days: np.ndarray, unit: str, week: int) -> np.ndarray:
    if unit == "day":
        return days
    if unit == "week":
        return (days + week) // 7
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_day(index: int, unit: str, week: int) -> date:
    if unit == "month":
        return date(1970 + index // 12, index % 12 + 1, 1)
    return date.fromordinal(EPOCH_DAY + (index * 7 - week if unit == "week" else index))


def _fixed_index(local: np.ndarray, unit: str) -> np.ndarray:
    if unit in ("minute", "hour"):
        return local // (60 if unit == "minute" else 3600)
    return _of_days(local // 86_400, unit, SERVER_WEEK)


def _fixed_start(index: int, unit: str) -> int:
    if unit in ("minute", "hour"):
        return index * (60 if unit == "minute" else 3600)
    return (_first_day(index, unit, SERVER_WEEK).toordinal() - EPOCH_DAY) * 86_400


def utc(text: str) -> int:
    """The epoch second of an ISO time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
