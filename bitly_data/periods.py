"""Periods by the names that people use: "last 7 days", "this month", "1 to 26 October". Pure.

A period says when; a question needs a unit, how many of them, and a moment in the newest. Presets
stay relative: "7d" is always the last seven days, counted back from the moment of asking. A range
is its first and its last day, or its first and last hour, each of them included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.query import MOST_BUCKETS
from bitly_data.units import DAY_SECONDS, HOUR_SECONDS, UNITS

ALL, ROLLING, CALENDAR = "all", "rolling", "calendar"
# A unit is chosen by itself where none is.
AUTO = ""
# Months of the calendar that are no unit of clicks.
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
# Up to so many days a chart is read by hours, by days and by weeks; beyond that by months.
_MOST_DAYS_BY_HOUR, _MOST_DAYS_BY_DAY, _MOST_DAYS_BY_WEEK = 2, 200, 1100
_DAY, _HOUR = "%Y-%m-%d", "%Y-%m-%dT%H"
# So many hours, days, weeks or months up to now: "45d".
_ROLLING = re.compile(r"([1-9]\d{0,4})([hdwm])", re.ASCII)
_LETTERS = {unit[0]: unit for unit in ("hour", "day", "week", "month")}
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d)?\.\.(\d{4}-\d\d-\d\d)(T\d\d)?", re.ASCII)


@dataclass(frozen=True)
class Preset:
    """A period by its name. `count`: so many units up to now, or (calendar) so many units back.

    `label` is what people call it, `short` fits into a bar.
    """

    label: str
    short: str
    kind: str
    unit: str = "day"
    count: int = 0


PRESETS: Mapping[str, Preset] = {
    "today": Preset("Today", "Today", CALENDAR, "day", 0),
    "yesterday": Preset("Yesterday", "Yesterday", CALENDAR, "day", 1),
    "24h": Preset("Last 24 hours", "24 h", ROLLING, "hour", 24),
    "7d": Preset("Last 7 days", "7 d", ROLLING, "day", 7),
    "30d": Preset("Last 30 days", "30 d", ROLLING, "day", 30),
    "90d": Preset("Last 90 days", "90 d", ROLLING, "day", 90),
    "this-week": Preset("This week", "This week", CALENDAR, "week", 0),
    "last-week": Preset("Last week", "Last week", CALENDAR, "week", 1),
    "this-month": Preset("This month", "This month", CALENDAR, "month", 0),
    "last-month": Preset("Last month", "Last month", CALENDAR, "month", 1),
    "this-quarter": Preset("This quarter", "This quarter", CALENDAR, "quarter", 0),
    "last-quarter": Preset("Last quarter", "Last quarter", CALENDAR, "quarter", 1),
    "this-year": Preset("This year", "This year", CALENDAR, "year", 0),
    "last-year": Preset("Last year", "Last year", CALENDAR, "year", 1),
    ALL: Preset("All time", "All", ALL),
}


# What a page begins with: the first of these of which so many buckets have clicks. Fewer are lone
# points; then the one that has most of them, which may also be one by hours.
_ENOUGH = 7
_TO_BEGIN = (("30d", AUTO), ("90d", AUTO), (ALL, AUTO))
_BY_HOUR = (("24h", AUTO), ("7d", "hour"))


@dataclass(frozen=True)
class Moment:
    """When and where a period is read: now [epoch s], the zone, and the day that a week begins."""

    now: int
    zone: tzinfo
    week_start: int = buckets.MONDAY


@dataclass(frozen=True)
class Span:
    """A period on the clock: from `start` up to `end` [epoch s]; `None`: it is still running.

    `months` and `days` are the step to the period before it on the calendar, where it has one of
    its own: a month before a month, whatever their lengths.
    """

    start: int
    end: int | None
    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class Buckets:
    """A period as a question asks it; `until` [epoch s] lies in its newest bucket, `None`: now."""

    unit: str
    units: int
    until: int | None


def parse_period(text: str) -> str:
    """A preset's name or a range, as it stands in an address.

    Raises `ValueError` with what could be written instead.
    """
    if preset_of(text) is not None:
        return text
    try:
        first, last = _ends(text)
    except ValueError:
        raise ValueError(
            "choose today, yesterday, 7d (or h, w, m), this-week, last-week (or month, quarter, "
            "year), all, or a range as 2026-10-01..2026-10-31."
        ) from None
    if last < first:
        raise ValueError("the range ends before it begins.")
    if not (first.year > 1970 and last.year < 9998):
        raise ValueError("choose days between 1971 and 9997.")
    return text


def preset_of(period: str) -> Preset | None:
    """A preset by its name, or as many units as are asked for; `None` for a range."""
    if period in PRESETS:
        return PRESETS[period]
    found = _ROLLING.fullmatch(period)
    if found is None:
        return None
    count, unit = int(found[1]), _LETTERS[found[2]]
    return Preset(f"Last {count} {unit}s", f"{count} {unit}s", ROLLING, unit, count)


def rolling(units: int, unit: str) -> str:
    """The period of so many hours, days, weeks or months up to now."""
    return f"{units}{unit[0]}"


def is_range(period: str) -> bool:
    """Whether a period is a range rather than a preset."""
    return bool(period) and preset_of(period) is None


def range_of_edges(edges: buckets.Edges, unit: str, zone: tzinfo) -> str:
    """The range that buckets of a unit cover: in hours where the unit is one, else in days."""
    if unit == "hour":
        ends = (int(edges[0]), int(edges[-2]))
        return "..".join(buckets.local(one, zone).strftime(_HOUR) for one in ends)
    return range_of_days(*(buckets.day_of(int(at), zone) for at in (edges[0], edges[-1] - 1)))


def range_of_days(first: date, last: date) -> str:
    """The range from one day to another."""
    return f"{first:{_DAY}}..{last:{_DAY}}"


def days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a range. Raises `ValueError` for anything else."""
    first, last = _ends(period)
    return first.date(), last.date()


def span_of(period: str, at: Moment) -> Span | None:
    """When a period is; `None` for all time. Raises `ValueError` for what is no period."""
    preset = preset_of(period)
    if preset is None:
        return _span_of_range(period, at)
    if preset.kind == ALL:
        return None
    if preset.kind == ROLLING:
        edges = buckets.last(preset.count, at.now, preset.unit, at.zone, at.week_start)
        return Span(int(edges[0]), None)
    today = buckets.day_of(at.now, at.zone)
    newest = _first(today, preset.unit, at)
    first = _to(newest, preset.unit, -preset.count, at)
    end = None
    if preset.count:
        end = buckets.day_start(_step(newest, preset.unit, 1 - preset.count), at.zone)
    return _calendar_span(buckets.day_start(first, at.zone), end, preset.unit)


def buckets_of(period: str, unit: str, at: Moment) -> Buckets | None:
    """A period in buckets of a unit (`AUTO`: one that a chart is read by); `None` for all time.

    The buckets are whole ones: those at the ends may reach beyond the period. More of them than
    can be asked for are told as about so many, and are not looked up one by one.
    """
    span = span_of(period, at)
    if span is None:
        return None
    unit = unit or unit_for(period, at)
    newest = max(at.now if span.end is None else span.end - 1, span.start)
    until = None if span.end is None else newest
    about = (newest - span.start) // buckets.NOMINAL_SECONDS[unit] + 1
    if about > MOST_BUCKETS:
        return Buckets(unit, about, until)
    edges = buckets.between(span.start, newest, unit, at.zone, at.week_start)
    return Buckets(unit, len(edges) - 1, until)


def best_to_begin(at: Moment, clicked: NDArray[np.int64], now: float) -> list[tuple[str, str]]:
    """Periods to begin with, each with its unit, those first that show most; none without a click.

    `clicked`: int64[n], moments that stand for the clicks [epoch s], ascending. Buckets that are
    not over by `now` [epoch s] do not count, as they are not finished.
    """
    if not len(clicked):
        return []
    seen = {
        one: (
            clicked_buckets(*one, at, clicked, now),
            int(np.count_nonzero(clicked >= _ends_of(one[0], at, clicked)[0])),
        )
        for one in (*_TO_BEGIN, *_BY_HOUR)
    }
    enough = [one for one in _TO_BEGIN if seen[one][0] >= _ENOUGH]
    # Of two with as many buckets it is the one with more clicks in them, and else the first.
    others = [one for one in seen if one not in enough]
    return [*enough, *sorted(others, key=lambda one: seen[one], reverse=True)]


def clicked_buckets(
    period: str, unit: str, at: Moment, clicked: NDArray[np.int64], now: float | None = None
) -> int:
    """How many buckets of a period have clicks; by a clock, only those that are over by then.

    `clicked` as above, with one of them at least.
    """
    start, newest = _ends_of(period, at, clicked)
    unit = unit or unit_for(period, at)
    edges = buckets.between(start, max(newest, start), unit, at.zone, at.week_start)
    if now is not None:
        edges = edges[edges <= now]
    places = np.searchsorted(edges, clicked, side="right")
    return len(np.unique(places[(places > 0) & (places < len(edges))]))


def _ends_of(period: str, at: Moment, clicked: NDArray[np.int64]) -> tuple[int, int]:
    """When a period begins, and a moment in its newest bucket [epoch s]; all time begins with the
    first click.
    """
    span = span_of(period, at)
    if span is None:
        return int(clicked[0]), at.now
    return span.start, at.now if span.end is None else span.end - 1


def unit_for(period: str, at: Moment) -> str:
    """The unit by which the chart of a period can be read."""
    span = span_of(period, at)
    if span is None:
        return "month"
    end = at.now if span.end is None else span.end
    days = (end - span.start) / DAY_SECONDS
    if days <= _MOST_DAYS_BY_HOUR:
        return "hour"
    if days <= _MOST_DAYS_BY_DAY:
        return "day"
    # A year by weeks would begin or end in another year.
    if days <= _MOST_DAYS_BY_WEEK and not span.months:
        return "week"
    return "month"


def step(period: str, by: int, at: Moment, current: Span | None = None) -> str | None:
    """The period as long as this one, `by` places on, as a range; `None` where there is none.

    A month steps to a month. `current` is when a period is that has no name. Nothing begins after
    now, or before 1971.
    """
    span = current if current is not None else span_of(period, at)
    if span is None:
        return None
    try:
        return _stepped(span, by, at)
    except (ValueError, OverflowError):  # no such date, or none that a range may have
        return None


def _stepped(span: Span, by: int, at: Moment) -> str | None:
    unit = calendar_unit(span, at)
    if unit:
        first = _to(buckets.day_of(span.start, at.zone), unit, by, at)
        last = _step(first, unit, 1) - timedelta(days=1)
    elif (span.end is None and at.now - span.start < DAY_SECONDS) or not _is_days(span, at):
        return _step_hours(span, by, at)
    else:
        end = at.now + 1 if span.end is None else span.end
        first = buckets.day_of(span.start, at.zone)
        last = buckets.day_of(end - 1, at.zone)
        length = (last - first).days + 1
        first, last = (one + timedelta(days=by * length) for one in (first, last))
    if first > buckets.day_of(at.now, at.zone) or first.year < 1971:
        return None
    return range_of_days(first, last)


def calendar_unit(span: Span, at: Moment) -> str:
    """The day, week, month, quarter or year that a span is, or is a begun one of; else nothing."""
    first = buckets.day_of(span.start, at.zone)
    if buckets.day_start(first, at.zone) != span.start:
        return ""
    end = at.now if span.end is None else span.end - 1
    last = buckets.day_of(end, at.zone)
    for unit in ("day", "week", *_MONTHS):
        following = _step(first, unit, 1)
        if _first(first, unit, at) != first:
            continue
        is_whole = span.end is not None and buckets.day_start(following, at.zone) == span.end
        is_begun = span.end is None and (span.months, span.days) == _before(unit)
        if is_whole or (is_begun and last < following):
            return unit
    return ""


def _ends(text: str) -> tuple[datetime, datetime]:
    found = _RANGE.fullmatch(text)
    if found is None or bool(found[2]) != bool(found[4]):
        raise ValueError("no range")
    pattern = _HOUR if found[2] else _DAY
    first, last = text.split("..")
    return datetime.strptime(first, pattern), datetime.strptime(last, pattern)


def _span_of_range(period: str, at: Moment) -> Span:
    first, last = _ends(period)
    if "T" in period:
        # Of an hour that the clocks repeat, the range holds both.
        start, newest = (
            int(one.replace(tzinfo=at.zone, fold=fold).timestamp())
            for one, fold in ((first, 0), (last, 1))
        )
        start = buckets.floor(start, "hour", at.zone)
        end = buckets.ceiling(max(newest, start), "hour", at.zone)
        return _running(Span(start, end), at)
    start = buckets.day_start(first.date(), at.zone)
    end = buckets.day_start(last.date() + timedelta(days=1), at.zone)
    span = Span(start, end)
    unit = calendar_unit(span, at)
    return _running(_calendar_span(start, end, unit) if unit else span, at)


def _running(span: Span, at: Moment) -> Span:
    """A span that goes on beyond now is one that is running; one that has not begun stays."""
    if span.end is not None and span.start <= at.now < span.end:
        return replace(span, end=None)
    return span


def _calendar_span(start: int, end: int | None, unit: str) -> Span:
    months, days = _before(unit)
    return Span(start, end, months, days)


def _before(unit: str) -> tuple[int, int]:
    """The step from a day, week, month, quarter or year to the one before: months, days."""
    if months := _MONTHS.get(unit):
        return -months, 0
    return 0, -7 if unit == "week" else -1


def _first(day: date, unit: str, at: Moment) -> date:
    months = _MONTHS.get(unit)
    if months and unit not in UNITS:
        return day.replace(month=day.month - (day.month - 1) % months, day=1)
    return buckets.first_day(day, unit, at.week_start)


def _step(day: date, unit: str, count: int) -> date:
    months = _MONTHS.get(unit)
    if months:
        return buckets.step_day(day, "month", months * count)
    return buckets.step_day(day, unit, count)


def _to(day: date, unit: str, count: int, at: Moment) -> date:
    """The same as `_step`; a day that the zone skipped is passed over."""
    day = _step(day, unit, count)
    while unit == "day" and buckets.day_of(buckets.day_start(day, at.zone), at.zone) != day:
        day += timedelta(days=1 if count > 0 else -1)
    return day


def _is_days(span: Span, at: Moment) -> bool:
    """Whether a span is made of whole days, the last of which may still be running."""
    ends = [span.start, *([span.end] if span.end is not None else [])]
    return all(buckets.floor(one, "day", at.zone) == one for one in ends)


def _step_hours(span: Span, by: int, at: Moment) -> str | None:
    end = buckets.ceiling(at.now, "hour", at.zone) if span.end is None else span.end
    if span.start > at.now or (end - span.start) // HOUR_SECONDS > MOST_BUCKETS:
        return None
    length = len(buckets.between(span.start, end - 1, "hour", at.zone)) - 1
    if by < 0:
        edges = buckets.last(length * -by, span.start - 1, "hour", at.zone)[: length + 1]
    else:
        # An hour is that long at most, so these are enough of them.
        edges = buckets.between(end, end + by * length * HOUR_SECONDS, "hour", at.zone)
        edges = edges[(by - 1) * length : by * length + 1]
    if edges[0] > at.now:
        return None
    texts = (buckets.local(int(one), at.zone).strftime(_HOUR) for one in (edges[0], edges[-2]))
    return "..".join(texts)
