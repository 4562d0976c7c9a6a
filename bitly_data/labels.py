"""How a bucket, a zone and a number are written for a person."""

from __future__ import annotations

from datetime import datetime

from bitly_data import buckets
from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery

# Minutes and hours carry their offset, so that the two 01:00 of an autumn night are told apart.
_FORMATS = {
    "minute": "%a {d} %b %Y %H:%M {z}",
    "hour": "%a {d} %b %Y %H:%M {z}",
    "day": "%a {d} %b %Y",
    "week": "week of {d} %b %Y",
    "month": "%b %Y",
}
_SHORT = {
    "minute": "%H:%M",
    "hour": "{d} %b\n%H:%M",
    "day": "{d} %b",
    "week": "{d} %b",
    "month": "%b\n%Y",
}


def offset_text(moment: datetime) -> str:
    """An aware time's offset, such as `-04:00`."""
    return moment.isoformat()[-6:]


def _written(moment: datetime, pattern: str) -> str:
    return moment.strftime(
        pattern.replace("{d}", str(moment.day)).replace("{z}", offset_text(moment))
    )


def bucket_label(start: datetime, unit: str) -> str:
    """A bucket by its start, in full."""
    return _written(start, _FORMATS[unit])


def moment_label(moment: datetime) -> str:
    """An aware time to the minute, with its offset."""
    return _written(moment, _FORMATS["minute"])


def tick_label(start: datetime, unit: str, *, with_year: bool, with_offset: bool = False) -> str:
    """A bucket by its start, short enough for an axis; an hour or a month takes two lines.

    `with_offset` puts the offset below minutes and hours, where it changes on the axis.
    """
    year = "\n%Y" if with_year and unit in ("day", "week") else ""
    offset = "\n{z}" if with_offset and unit in ("minute", "hour") else ""
    return _written(start, _SHORT[unit] + year + offset)


def length_text(seconds: int, unit: str) -> str:
    """How long a day or an hour is, if it is not as long as most: `23 h`, `24.5 h`, `30 min`."""
    if unit == "day" and seconds != buckets.DAY_SECONDS:
        return f"{seconds / buckets.HOUR_SECONDS:.4g} h"
    if unit == "hour" and seconds != buckets.HOUR_SECONDS:
        return f"{seconds / buckets.MINUTE_SECONDS:.4g} min"
    return ""


def zone_label(name: str) -> str:
    """A time zone as it is offered: an IANA name, or `UTC-05:00` for hours."""
    hours = buckets.offset_hours(name)
    if hours is None:
        return name
    return f"UTC{hours:+03d}:00"


def count_text(number: float) -> str:
    """A number of clicks with separators; a mean below 100 keeps one decimal."""
    whole = float(number).is_integer() or abs(number) >= 100
    return f"{number:,.0f}" if whole else f"{number:,.1f}"


def percent_text(ratio: float) -> str:
    """A change with its sign: `+12 %`."""
    return f"{ratio * 100:+,.0f} %"


def range_text(query: ClickQuery) -> str:
    """The length of the range: `30 days`, `1 hour`, `all time in weeks`."""
    if query.units == ALL_TIME:
        return f"all time in {query.unit}s"
    return f"{query.units:,} {query.unit}{'' if query.units == 1 else 's'}"


def what_text(query: ClickQuery) -> str:
    """What is counted, for a title."""
    if query.target == LINK:
        return f"Clicks on {query.series_name}"
    if query.series_name == ORGANIZATION:
        return "Clicks of the organization"
    return f"Clicks of the organization: {query.series_name}"
