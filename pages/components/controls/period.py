"""A period as the controls hold it: what it asks, and how another one follows from it. Pure."""

from __future__ import annotations

from dataclasses import replace

from bitly_data import buckets, periods
from bitly_data.analysis.comparison import BEFORE
from bitly_data.errors import QuestionError
from bitly_data.periods import AUTO, ROLLING, Moment, Span
from bitly_data.query import ALL_TIME, DEFAULT_UNIT, DEFAULT_UNITS, MOST_BUCKETS
from pages.components.controls.table import Choices
from pages.components.controls.values import END_DEFAULT

# What a page begins with as a rule, and what stands in the address as nothing then.
DEFAULT_PERIOD = "30d"


def moment(choices: Choices, newest: int | None, now: float, zone: str) -> Moment:
    """Where periods are counted back from: now, or the newest click of a click log [epoch s]."""
    end = int(now) if newest is None else newest
    return Moment(end, buckets.zone(choices.timezone or zone), week_start_of(choices))


def week_start_of(choices: Choices) -> int:
    """The day that weeks begin on; Monday where nothing says it."""
    return buckets.MONDAY if choices.week_start is None else choices.week_start


def resolved(choices: Choices, at: Moment) -> Choices:
    """The choices with the unit, the units and the end that their period stands for.

    Of a period that begins before 1970 these are its own units, which the question refuses.
    """
    if not choices.period:
        return choices
    try:
        found = periods.buckets_of(choices.period, choices.unit, at)
    except (ValueError, OverflowError):
        return _refused(choices)
    if found is None:
        return replace(choices, unit=choices.unit or "month", units=ALL_TIME, until=END_DEFAULT)
    until = END_DEFAULT if found.until is None else found.until
    return replace(choices, unit=found.unit, units=found.units, until=until)


def _refused(choices: Choices) -> Choices:
    preset = periods.preset_of(choices.period)
    if preset is None or preset.kind != ROLLING:
        return replace(choices, unit="day", units=MOST_BUCKETS, until=END_DEFAULT)
    return replace(choices, unit=preset.unit, units=preset.count, until=END_DEFAULT)


def is_default(choices: Choices) -> bool:
    """Whether nothing is said of a period, so that the address names none."""
    plain = Choices()
    return not choices.period and (choices.unit, choices.units, choices.until) == (
        plain.unit,
        plain.units,
        plain.until,
    )


def with_period(choices: Choices, period: str, unit: str = AUTO) -> Choices:
    """The choices with another period; the one that pages begin with is left unsaid."""
    plain = Choices()
    if period == DEFAULT_PERIOD and unit in (AUTO, DEFAULT_UNIT):
        period, unit = "", DEFAULT_UNIT
    return replace(
        choices, period=period, unit=unit, units=plain.units, until=plain.until, bucket=None
    )


def name_of(choices: Choices) -> str:
    """The period that the choices are, also where units say it; empty where it has no name."""
    if choices.period:
        return choices.period
    if choices.until != END_DEFAULT or choices.unit == "minute":
        return ""
    if choices.units == ALL_TIME:
        return periods.ALL
    return periods.rolling(choices.units, choices.unit)


def with_unit(choices: Choices, unit: str, at: Moment) -> Choices:
    """The same period in another unit, as far as it has one: minutes are the last hour's."""
    if unit == "minute" or (not choices.period and choices.unit == "minute"):
        kept = choices.units if not choices.period else DEFAULT_UNITS
        return replace(choices, period="", unit=unit, units=kept, until=END_DEFAULT)
    period = name_of(choices)
    if not period:
        try:
            period = periods.range_of_edges(_edges(choices, at), choices.unit, at.zone)
        except QuestionError:
            return replace(choices, unit=unit)
    return with_period(choices, period, unit)


def by_units(choices: Choices, at: Moment) -> Choices:
    """The choices without a period: the unit, the units and the end that it stood for."""
    return replace(resolved(choices, at), period="")


def span_of(choices: Choices, at: Moment) -> Span | None:
    """When the period is, with its step to the one before; `None` for all time, for minutes, and
    for one that begins before 1970.
    """
    if choices.period:
        return _span(choices.period, at)
    if choices.units == ALL_TIME or choices.unit == "minute":
        return None
    if choices.until == END_DEFAULT:
        return _span(periods.rolling(choices.units, choices.unit), at)
    try:
        edges = _edges(choices, at)
    except QuestionError:
        return None
    start, end = int(edges[0]), int(edges[-1])
    return Span(start, None if start <= at.now < end else end)


def _span(name: str, at: Moment) -> Span | None:
    try:
        return periods.span_of(name, at)
    except (ValueError, OverflowError):  # it begins before 1970
        return None


def stepped(choices: Choices, by: int, at: Moment) -> str | None:
    """The period so many places on, as a range; `None` where there is none."""
    span = span_of(choices, at)
    return None if span is None else periods.step(choices.period, by, at, span)


def calendar_step(choices: Choices, at: Moment) -> tuple[int, int]:
    """The step to the period before on the calendar: months and days, 0 where it has none."""
    if not choices.period or choices.against != BEFORE:
        return 0, 0
    span = _span(choices.period, at)
    return (0, 0) if span is None else (span.months, span.days)


def _edges(choices: Choices, at: Moment) -> buckets.Edges:
    """The edges of so many units up to the end. Raises `QuestionError` for those before 1970."""
    until = choices.until if isinstance(choices.until, int) else at.now
    try:
        return buckets.last(choices.units, until, choices.unit, at.zone, at.week_start)
    except (ValueError, OverflowError):
        raise QuestionError("The range begins before 1970.") from None
