"""A second opinion: clicks counted straight from the lines of a click log.

Nothing here comes from the package, so that no mistake can be on both sides of a comparison.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import numpy as np

BITLY = ("bit.ly", "bitly.com", "j.mp")
EPOCH_DAY = date(1970, 1, 1).toordinal()
SERVER_WEEK, OUR_WEEK = 4, 3  # what to add to an epoch day so that // 7 counts Sundays, Mondays


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The clicks of the logs in file order; what is not a click is left out."""
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
    return clicks


@cache
def tz(name: str) -> tzinfo:
    return timezone(timedelta(hours=int(name))) if name.lstrip("+-").isdigit() else ZoneInfo(name)


@cache
def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _lies_on(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


class Counter:
    """The clicks of some logs up to `now` [epoch s], of an organization with `tracking` domains."""

    def __init__(self, paths: Iterable[Path], tracking: Sequence[str], now: int) -> None:
        self.tracking, self.now = tuple(tracking), now
        clicks = sorted((click for click in read(paths) if click["t"] <= now),
                        key=lambda click: click["t"])
        self.t = np.array([click["t"] for click in clicks], dtype=np.int64)
        self.host = np.array([click["hh"].lower() for click in clicks])
        self.link = np.array([f"{click['hh'].lower()}/{click['h']}" for click in clicks])
        self.login = np.array([click.get("l") or "" for click in clicks])
        target = np.array([_host(click.get("u") or "") for click in clicks])
        self.on = {domain: np.isin(target, [host for host in set(target.tolist())
                                            if _lies_on(host, domain)]) for domain in tracking}
        self.accounts = sorted(set(self.login[~np.isin(self.host, BITLY)].tolist()) - {""})
        self.own = np.isin(self.login, self.accounts)
        self._days: dict[str, np.ndarray] = {}

    # -- which clicks -------------------------------------------------------------------------

    def of_link(self, link: str) -> np.ndarray:
        """The indexes of a link's clicks."""
        return np.flatnonzero(self.link == link)

    def of_organization(self, domains: Sequence[str] = (), login: str | None = None
                        ) -> np.ndarray:
        """The indexes of the organization's clicks, on some domains or by one login only."""
        nothing = np.zeros(len(self.t), dtype=bool)
        keep = self.own | np.logical_or.reduce([nothing, *self.on.values()])
        if domains:
            keep &= np.logical_or.reduce([np.isin(self.host, domains),
                                          *(self.on.get(name, nothing) for name in domains)])
        if login == "!":
            keep &= ~self.own
        elif login is not None:
            keep &= self.login == login
        return np.flatnonzero(keep)

    # -- in which buckets ---------------------------------------------------------------------

    def by_server(self, rows: np.ndarray, unit: str, units: int, zone: str, end: int
                  ) -> list[tuple[int, int]]:
        """(start, clicks), newest first: one offset for all buckets, weeks from Sunday."""
        offset = _offset(self.now, zone)
        local = self.t[rows] + offset
        newest = int(_fixed_index(np.array([end + offset]), unit)[0])
        first = newest - units + 1
        counts = _counted(_fixed_index(local, unit), first, units)
        return [(_fixed_start(first + at, unit) - offset, int(counts[at]))
                for at in reversed(range(units))]

    def by_zone(self, rows: np.ndarray, unit: str, units: int, zone: str, end: int,
                first_weekday: int = 0) -> list[tuple[int, int]]:
        """(start, clicks), oldest first: true local buckets of the zone, weeks from Monday (0)."""
        week = OUR_WEEK - first_weekday
        if unit in ("minute", "hour"):
            width = 60 if unit == "minute" else 3600
            shift = _offset(end, zone) % width  # no zone asked for here changes it
            index, newest = (self.t[rows] + shift) // width, (end + shift) // width
            starts = [at * width - shift for at in range(newest - units + 1, newest + 1)]
        else:
            index = _of_days(self._local_days(zone)[rows], unit, week)
            newest = int(_of_days(np.array([_local_day(end, zone)]), unit, week)[0])
            starts = [_local_midnight(at, unit, zone, week)
                      for at in range(newest - units + 1, newest + 1)]
        counts = _counted(index, newest - units + 1, units)
        return list(zip(starts, counts.tolist(), strict=True))

    def _local_days(self, zone: str) -> np.ndarray:
        if zone not in self._days:
            # Within a quarter of an hour the date is the same in every zone asked for here.
            quarters, back = np.unique(self.t // 900, return_inverse=True)
            days = [_local_day(quarter * 900, zone) for quarter in quarters.tolist()]
            self._days[zone] = np.array(days)[back]
        return self._days[zone]


def _counted(index: np.ndarray, first: int, units: int) -> np.ndarray:
    return np.bincount(index[(index >= first) & (index < first + units)] - first,
                       minlength=units)


def _offset(epoch: int, zone: str) -> int:
    return int(datetime.fromtimestamp(epoch, tz(zone)).utcoffset().total_seconds())  # type: ignore


def _local_day(epoch: int, zone: str) -> int:
    return datetime.fromtimestamp(epoch, tz(zone)).toordinal() - EPOCH_DAY


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


@cache
def _local_midnight(index: int, unit: str, zone: str, week: int) -> int:
    day = _first_day(index, unit, week)
    return int(datetime(day.year, day.month, day.day, tzinfo=tz(zone)).timestamp())


def utc(text: str) -> int:
    """The epoch second of an ISO time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
