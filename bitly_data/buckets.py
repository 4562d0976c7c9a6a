"""The calendar: where the buckets of a unit begin and end in a time zone.

Everything here is arithmetic on epoch seconds; there are no clicks in this module.

The rules (`GLOSSARY.md`, *bucket*):

- A bucket is left-closed and named by its start.
- Minutes and hours advance in elapsed time and are aligned to the zone's wall clock. Where a
  zone's offset changes by a fraction of an hour, the hour is cut at the change.
- A day is one unbroken interval from its first local midnight, or from its first instant where
  midnight is skipped. A date that the zone skipped altogether has no bucket.
- Weeks and months begin with one of their days; the first weekday is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bitly_data import units, zones
from bitly_data.units import DAY_SECONDS as DAY_SECONDS
from bitly_data.units import HOUR_SECONDS as HOUR_SECONDS
from bitly_data.units import MINUTE_SECONDS as MINUTE_SECONDS

Edges = NDArray[np.int64]

UNITS = tuple(units.UNITS)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONDAY, SUNDAY = 0, 6  # indexes into WEEKDAYS

# Bitly's specification takes whole-hour offsets from UTC in this range.
LOWEST_OFFSET_HOURS, HIGHEST_OFFSET_HOURS = -14, 14

# A bucket start travels as an epoch second; Python's calendar ends with the year 9999.
EARLIEST = 0
LATEST = int(datetime(9998, 1, 1, tzinfo=UTC).timestamp())

# A number of seconds is one of Bitly's lifetime: it began in 2008. Any other number is a slip, as
# is a date without hyphens that is none (20261301).
_FIRST_SECOND = int(datetime(2008, 1, 1, tzinfo=UTC).timestamp())
_LAST_SECOND = int(datetime(2038, 1, 1, tzinfo=UTC).timestamp())
# In an address a "+" is a space: here that before an offset.
_SPACE_FOR_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d(?::?\d\d)?)$", re.ASCII)

# Nominal lengths, only for estimates ("how many days reach this far back"), never for edges.
NOMINAL_SECONDS = {name: unit.seconds for name, unit in units.UNITS.items()}


def zone_names() -> tuple[str, ...]:
    """Every IANA name of the time zone database, sorted."""
    return zones.names()


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The time zone called `name`: an IANA name, or a whole-hour offset from "-14" to "14".

    Raises `ValueError` for anything else.
    """
    hours = offset_hours(name)
    if hours is not None:
        return timezone(timedelta(hours=hours))
    return zones.named(name)


def fixed_zone(offset: int) -> timezone:
    """The zone of one offset from UTC [s]."""
    return timezone(timedelta(seconds=offset))


def shared_zone(names: Iterable[str], offsets: Iterable[int | None]) -> tuple[str, int | None]:
    """The one zone of several series, "UTC" for none, and the one offset [s] of all their buckets.

    `offsets`: those by which upstream puts its own buckets; where they are not all the same, or
    there are none, the offset is `None` and the buckets are those of the zone. Raises `ValueError`
    if the zones differ.
    """
    zones, shared = set(names) or {"UTC"}, set(offsets)
    if len(zones) > 1:
        raise ValueError("series of different zones do not stand side by side")
    return zones.pop(), shared.pop() if len(shared) == 1 else None


def offset_hours(name: str) -> int | None:
    """The hours of a whole-hour offset such as "-5" [h]; `None` if `name` is not one."""
    digits = name[1:] if name[:1] in ("-", "+") else name
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 2):
        return None
    hours = int(name)
    return hours if LOWEST_OFFSET_HOURS <= hours <= HIGHEST_OFFSET_HOURS else None


def local(epoch: int, tz: tzinfo) -> datetime:
    """The aware local time of an epoch second."""
    return datetime.fromtimestamp(int(epoch), tz)


def offset_at(epoch: int, tz: tzinfo) -> int:
    """The zone's offset from UTC at that instant [s]."""
    offset = local(epoch, tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def offsets_at(epochs: NDArray[np.int64], tz: tzinfo) -> NDArray[np.int64]:
    """int64[n]: the zone's offset from UTC at each of n ascending instants [s]."""
    count = len(epochs)
    if not count:
        return np.empty(0, dtype=np.int64)
    first, last = int(epochs[0]), int(epochs[-1])
    # The changes of a zone are looked for day by day: for fewer instants than days, ask each.
    if isinstance(tz, ZoneInfo) and count * DAY_SECONDS <= last - first:
        return np.array([offset_at(at, tz) for at in epochs.tolist()], dtype=np.int64)
    begins = [first, *transitions(tz, first, last)]
    each = np.array([offset_at(at, tz) for at in begins], dtype=np.int64)
    offsets: NDArray[np.int64] = each[np.searchsorted(begins, epochs, side="right") - 1]
    return offsets


def moment_of(text: str, tz: tzinfo) -> float:
    """A time as people write it [epoch s]; one without an offset is one of the zone.

    Takes ISO 8601, a date by itself (its midnight; also 20260228), and seconds since 1970 if they
    are of Bitly's lifetime. Raises `ValueError` for anything else.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) > len("20260228"):
        epoch = int(text) if len(text) <= len(str(_LAST_SECOND)) else 0
        if not _FIRST_SECOND <= epoch < _LAST_SECOND:
            raise ValueError("no second of Bitly's lifetime")
        return epoch
    try:
        moment = datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).timestamp()
    except OverflowError as problem:
        raise ValueError("no time of the calendar") from problem


def transitions(tz: tzinfo, start: int, end: int) -> list[int]:
    """The instants in (start, end] at which the zone's offset changes, ascending."""
    if not isinstance(tz, ZoneInfo):
        return []
    years = range(local(start, UTC).year - 1, local(end, UTC).year + 1)
    return [at for year in years for at in _transitions_of_year(tz, year) if start < at <= end]


@lru_cache(maxsize=16_384)
def _transitions_of_year(tz: ZoneInfo, year: int) -> tuple[int, ...]:
    """The offset changes after 1 January of `year` (UTC) up to and with the next one's."""
    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    last = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    found = []
    # zoneinfo does not list its transitions. No zone changes twice within one day since 1970.
    for low in range(first, last, DAY_SECONDS):
        high = min(low + DAY_SECONDS, last)
        before = offset_at(low, tz)
        if offset_at(high, tz) == before:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset_at(middle, tz) == before:
                low = middle
            else:
                high = middle
        found.append(high)
    return tuple(found)


def day_start(day: date, tz: tzinfo) -> int:
    """The first instant of a local date; for a skipped date, that of the next one there is."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz)  # fold=0: the first of two
    start = int(midnight.timestamp())
    if local(start, tz).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return start
    # Midnight is skipped: the day begins at the change that skips it.
    return max(
        at
        for at in transitions(tz, start - 2 * DAY_SECONDS, start + DAY_SECONDS)
        if local(at, tz).replace(tzinfo=None) >= midnight.replace(tzinfo=None)
        and local(at - 1, tz).replace(tzinfo=None) < midnight.replace(tzinfo=None)
    )


def day_of(epoch: int, tz: tzinfo) -> date:
    """The date of the day bucket that holds an instant.

    It is not always the local date: where clocks go back over midnight, the repeated part of the
    evening belongs to the day whose first midnight has already been.
    """
    day = local(epoch, tz).date()
    following = day + timedelta(days=1)
    return following if day_start(following, tz) <= epoch else day


def first_day(day: date, unit: str, week_start: int) -> date:
    """The first date of the day, week or months that hold `day`."""
    if unit == "week":
        return day - timedelta(days=(day.weekday() - week_start) % 7)
    if months := units.UNITS[unit].months:
        return day.replace(month=day.month - (day.month - 1) % months, day=1)
    return day


def step_day(day: date, unit: str, count: int) -> date:
    """`count` days, weeks or months on from the first date of one."""
    if each := units.UNITS[unit].months:
        months = day.year * 12 + day.month - 1 + each * count
        return date(months // 12, months % 12 + 1, 1)
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def floor(epoch: int, unit: str, tz: tzinfo, week_start: int = MONDAY) -> int:
    """The start of the bucket that holds an instant [epoch s]."""
    if unit in ("minute", "hour"):
        return floor_elapsed(epoch, tz, NOMINAL_SECONDS[unit])
    return day_start(first_day(day_of(epoch, tz), unit, week_start), tz)


def ceiling(epoch: int, unit: str, tz: tzinfo, week_start: int = MONDAY) -> int:
    """The end of the bucket that holds an instant: the start of the next one [epoch s]."""
    return int(last(1, epoch, unit, tz, week_start)[-1])


def _is_cut(at: int, tz: tzinfo, width: int) -> bool:
    return (offset_at(at, tz) - offset_at(at - 1, tz)) % width != 0


def last(units: int, end: int, unit: str, tz: tzinfo, week_start: int = MONDAY) -> Edges:
    """The edges of the `units` buckets of which the last holds the instant `end`.

    Returns `units + 1` ascending epoch seconds: every bucket's start and the last one's end.
    Raises `ValueError` if they reach back before 1970.
    """
    if units < 1:
        raise ValueError("a range has at least one bucket")
    if unit in ("minute", "hour"):
        return _last_elapsed(units, end, unit, tz)
    newest = first_day(day_of(end, tz), unit, week_start)
    edges = [day_start(step_day(newest, unit, 1), tz)]
    for day in _days_back(newest, unit):
        start = day_start(day, tz)
        if start < edges[-1]:  # equal: a skipped date
            edges.append(start)
        if len(edges) > units:
            break
    return _checked(np.array(edges[::-1], dtype=np.int64))


def _days_back(newest: date, unit: str) -> Iterator[date]:
    step = 0
    while True:
        try:
            yield step_day(newest, unit, -step)
        except (ValueError, OverflowError):
            raise ValueError("the range reaches back before 1970") from None
        step += 1


def _last_elapsed(units: int, end: int, unit: str, tz: tzinfo) -> Edges:
    width = NOMINAL_SECONDS[unit]
    # A cut can only shorten a bucket, so `units` full widths back always hold enough of them.
    edges = _elapsed_edges(
        max(end - (units + 1) * width, EARLIEST - DAY_SECONDS), end + width, tz, width
    )
    newest = int(np.searchsorted(edges, end, side="right")) - 1
    if newest + 1 < units:
        raise ValueError("the range reaches back before 1970")
    return _checked(edges[newest + 1 - units : newest + 2])


def _elapsed_edges(low: int, high: int, tz: tzinfo, width: int) -> Edges:
    """Every minute or hour edge from that of `low` to the first after `high`."""
    pieces = [np.array([floor_elapsed(low, tz, width)], dtype=np.int64)]
    bounds = [low, *transitions(tz, low, high + width), high + width]
    for start, stop in pairwise(bounds):
        aligned = start + -(start + offset_at(start, tz)) % width
        if start > low and _is_cut(start, tz, width):
            pieces.append(np.array([start], dtype=np.int64))
        pieces.append(np.arange(aligned, stop, width, dtype=np.int64))
    return np.unique(np.concatenate(pieces))


def floor_elapsed(epoch: int, tz: tzinfo, width: int) -> int:
    """The start of the minute or hour (`width` [s]) that holds an instant [epoch s]."""
    start = epoch - (epoch + offset_at(epoch, tz)) % width
    cuts = [at for at in transitions(tz, start, epoch) if _is_cut(at, tz, width)]
    return cuts[-1] if cuts else start


def between(first: int, end: int, unit: str, tz: tzinfo, week_start: int = MONDAY) -> Edges:
    """The edges of all buckets from the one that holds `first` to the one that holds `end`."""
    if unit in ("minute", "hour"):
        width = NOMINAL_SECONDS[unit]
        edges = _elapsed_edges(first, end + width, tz, width)
        low = int(np.searchsorted(edges, first, side="right")) - 1
        high = int(np.searchsorted(edges, end, side="right"))
        return _checked(edges[low : high + 1])
    day = first_day(day_of(first, tz), unit, week_start)
    edges_list = [day_start(day, tz)]
    while edges_list[-1] <= end:
        day = step_day(day, unit, 1)
        start = day_start(day, tz)
        if start > edges_list[-1]:
            edges_list.append(start)
    return _checked(np.array(edges_list, dtype=np.int64))


def _checked(edges: Edges) -> Edges:
    if edges[0] < EARLIEST:
        raise ValueError("the range reaches back before 1970")
    return edges
