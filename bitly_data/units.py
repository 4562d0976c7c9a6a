"""The units that clicks are counted in: a row each, and everything that is special about one.

Another unit that is made of days or months is another row here: the calendar, the controls, labels,
comparisons and the command line follow from it. What Bitly calls its own units is in the sources.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400


@dataclass(frozen=True)
class Unit:
    """A unit of time.

    `seconds` is its nominal length, for estimates only ("how many of them reach this far back").
    `months` says how many months of the calendar it has, from January on; 0: it is none of months.
    `label` and `short` write a bucket by its start, in full and beside a point of a chart, where a
    time of day comes behind: `strftime`, with `{d}` for the day without a zero and `{z}` for the
    offset."""

    name: str
    seconds: int
    label: str
    short: str
    months: int = 0


# Minutes and hours carry their offset, so that the two 01:00 of an autumn night are told apart.
_ROWS = (
    Unit("minute", MINUTE_SECONDS, "%a {d} %b %Y %H:%M {z}", "%a {d} %b"),
    Unit("hour", HOUR_SECONDS, "%a {d} %b %Y %H:%M {z}", "%a {d} %b"),
    Unit("day", DAY_SECONDS, "%a {d} %b %Y", "%a {d} %b"),
    Unit("week", 7 * DAY_SECONDS, "week of {d} %b %Y", "week of {d} %b"),
    Unit("month", 31 * DAY_SECONDS, "%b %Y", "%b %Y", months=1),
)
UNITS = {unit.name: unit for unit in _ROWS}
