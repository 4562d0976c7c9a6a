"""How a bucket, a zone and a number are written for a person, in the person's `locale`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery
from bitly_data.units import UNITS

_PLAIN_DAY = "{d} %b %Y"
# Where the offset begins in an ISO 8601 time that is written to the second.
_OFFSET_AT = len("2024-11-03T01:00:00")


def offset_text(moment: datetime) -> str:
    """An aware time's offset, such as `-04:00`; Liberia's of before 1972 has seconds as well."""
    return moment.isoformat(timespec="seconds")[_OFFSET_AT:]


def _written(moment: datetime, pattern: str, locale: Locale) -> str:
    return locale.written(moment, pattern.replace("{z}", offset_text(moment)))


def bucket_label(start: datetime, unit: str, locale: Locale = ENGLISH) -> str:
    """A bucket by its start, in full."""
    return _written(start, UNITS[unit].label, locale)


def short_label(start: datetime, unit: str, locale: Locale = ENGLISH) -> str:
    """A bucket by its start, without what a reader of its period knows anyway."""
    if unit not in ("minute", "hour"):
        return bucket_label(start, unit, locale)
    return _written(start, "{d} %b %H:%M {z}", locale)


def bucket_labels(
    starts: NDArray[np.int64], zone: tzinfo, unit: str, locale: Locale = ENGLISH
) -> list[str]:
    """The labels of n buckets by their starts [ascending epoch s], as `bucket_label` writes one."""
    if unit not in ("minute", "hour"):
        return [bucket_label(buckets.local(at, zone), unit, locale) for at in starts.tolist()]
    offsets = buckets.offsets_at(starts, zone)
    days, seconds = np.divmod(starts + offsets, buckets.DAY_SECONDS)
    # A date, a time and an offset come again and again: each is written once.
    dates = _each_once(
        days, lambda day: bucket_label(_utc(day * buckets.DAY_SECONDS), "day", locale)
    )
    times = _each_once(seconds, lambda second: f"{_utc(second):%H:%M}")
    zones = _each_once(offsets, _offset_in_words)
    return [
        f"{date} {time} {offset}" for date, time, offset in zip(dates, times, zones, strict=True)
    ]


def short_labels(
    starts: NDArray[np.int64], zone: tzinfo, unit: str, locale: Locale = ENGLISH
) -> list[str]:
    """n buckets by their starts [ascending epoch s] without their year, for a word on a chart."""
    days, seconds = np.divmod(starts + buckets.offsets_at(starts, zone), buckets.DAY_SECONDS)
    dates = _each_once(
        days,
        lambda day: locale.written(_utc(day * buckets.DAY_SECONDS), UNITS[unit].short),
    )
    if unit not in ("minute", "hour"):
        return dates
    times = _each_once(seconds, lambda second: f"{_utc(second):%H:%M}")
    return [f"{date} {time}" for date, time in zip(dates, times, strict=True)]


def iso_labels(starts: NDArray[np.int64], zone: tzinfo) -> list[str]:
    """n instants [ascending epoch s] by ISO 8601 with the offset that holds there."""
    offsets = buckets.offsets_at(starts, zone)
    local = np.datetime_as_string((starts + offsets).astype("datetime64[s]")).tolist()
    return [
        moment + offset
        for moment, offset in zip(local, _each_once(offsets, _offset_in_words), strict=True)
    ]


def iso_utc_labels(starts: NDArray[np.int64]) -> list[str]:
    """n instants [epoch s] by ISO 8601 in UTC, with a Z."""
    texts: list[str] = np.datetime_as_string(
        starts.astype("datetime64[s]"), timezone="UTC"
    ).tolist()
    return texts


def _each_once(numbers: NDArray[np.int64], write: Callable[[int], str]) -> list[str]:
    """n texts of n numbers, each number written once."""
    found, index = np.unique(numbers, return_inverse=True)
    texts = [write(number) for number in found.tolist()]
    return [texts[at] for at in index.tolist()]


def _utc(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _offset_in_words(offset: int) -> str:
    return offset_text(buckets.local(0, buckets.fixed_zone(offset)))


def moment_label(moment: datetime, locale: Locale = ENGLISH) -> str:
    """An aware time to the minute, with its offset."""
    return _written(moment, UNITS["minute"].label, locale)


def table_pattern(unit: str, offset: str = "", locale: Locale = ENGLISH) -> str:
    """How a table in the browser writes a bucket's start (moment.js), with a text behind it."""
    pattern = locale.table_pattern(UNITS[unit].label.replace("{z}", "").strip())
    return f"{pattern} [{offset}]" if offset else pattern


def day_text(day: datetime, locale: Locale = ENGLISH) -> str:
    """A day without its weekday: `7 Nov 2026`."""
    return _written(day, _PLAIN_DAY, locale)


def day_pattern(locale: Locale = ENGLISH) -> str:
    """How a table in the browser writes such a day (moment.js)."""
    return locale.table_pattern(_PLAIN_DAY)


def length_text(seconds: int, unit: str, locale: Locale = ENGLISH) -> str:
    """How long a day or an hour is, if it is not as long as most: `23 h`, `24.5 h`, `30 min`."""
    if unit == "day" and seconds != buckets.DAY_SECONDS:
        return f"{locale.short(seconds / buckets.HOUR_SECONDS, 2)} h"
    if unit == "hour" and seconds != buckets.HOUR_SECONDS:
        return f"{locale.short(seconds / buckets.MINUTE_SECONDS, 2)} min"
    return ""


def zone_label(name: str) -> str:
    """A time zone as it is offered: an IANA name, or `UTC-05:00` for hours."""
    hours = buckets.offset_hours(name)
    if hours is None:
        return name
    return f"UTC{hours:+03d}:00"


def count_text(number: float, locale: Locale = ENGLISH) -> str:
    """A number of clicks with separators; a mean below 100 keeps one decimal."""
    whole = float(number).is_integer() or abs(number) >= 100
    return locale.number(number, 0 if whole else 1)


def at_least_text(number: float, locale: Locale = ENGLISH) -> str:
    """A lower bound of a number of clicks, where the number itself is not known."""
    return f"≥ {count_text(number, locale)}"


def many_text(count: int, name: str, locale: Locale = ENGLISH) -> str:
    """So many of a thing: `1 day`, `20,001 days`."""
    return f"{locale.number(count)} {name}{'' if count == 1 else 's'}"


def percent_text(ratio: float, locale: Locale = ENGLISH) -> str:
    """A change with its sign: `+12 %`."""
    return f"{locale.number(ratio * 100, sign=True)} %"


def range_text(query: ClickQuery, locale: Locale = ENGLISH) -> str:
    """The length of the range: `30 days`, `1 hour`, `all time in weeks`."""
    if query.units == ALL_TIME:
        return f"all time in {query.unit}s"
    return many_text(query.units, query.unit, locale)


def dates_text(first: datetime, last: datetime, locale: Locale = ENGLISH) -> str:
    """From one day to another, month and year once: `28 Oct – 26 Nov 2026`, `Thu 26 Nov 2026`."""
    if first.date() == last.date():
        return _written(first, "%a {d} %b %Y", locale)
    end = _written(last, "{d} %b %Y", locale)
    if not locale.is_english or first.year != last.year:
        return f"{_written(first, '{d} %b %Y', locale)} – {end}"
    begin = str(first.day) if first.month == last.month else _written(first, "{d} %b", locale)
    return f"{begin}{'–' if first.month == last.month else ' – '}{end}"


def edges_text(edges: NDArray[np.int64], unit: str, zone: tzinfo, locale: Locale = ENGLISH) -> str:
    """The time that buckets cover: days, and where they begin within one day, the hours of it."""
    first, last = (buckets.local(int(at), zone) for at in (edges[0], edges[-1] - 1))
    within_day = buckets.floor(int(edges[0]), "day", zone) != edges[0]
    if unit in ("minute", "hour") and within_day and first.date() == last.date():
        return f"{dates_text(first, last, locale)}, {first:%H:%M} – {last:%H:%M}"
    return dates_text(first, last, locale)


def what_text(query: ClickQuery, groups: Sequence[str] = ()) -> str:
    """What is counted, for a title; `groups` are the account's that were."""
    if query.target == LINK:
        return f"Clicks on {query.series_name}"
    whose = f"the group {groups[0]}" if len(groups) == 1 else "the organization"
    if query.series_name == ORGANIZATION:
        return f"Clicks of {whose}"
    return f"Clicks of {whose}: {query.series_name}"
