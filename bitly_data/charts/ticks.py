"""Where a chart has ticks, and what stands at them: round numbers, and dates of the calendar."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bitly_data.labels import offset_text
from bitly_data.locales import Locale
from bitly_data.units import UNITS

# A scale has at least three lines and at most so many: fewer on a phone, two in a small multiple.
MOST_LINES, PHONE_LINES, PANEL_LINES = 5, 4, 3
# The steps of a round scale, times a power of ten.
_ROUND = (1, 2, 2.5, 5, 10)
_HOUR, _DAY = 3600, 86_400
# 1 January 1970 was a Thursday: so many days after a Monday.
_THURSDAY = 3
_YEAR_MONTHS = 12


def round_values(top: float, *, whole: bool, most: int = MOST_LINES) -> list[float]:
    """0 and round steps up to `top`, at most so many; `whole`: no parts of one.

    Where there is nothing but 0, the scale ends at 1.
    """
    top = max(top, 1.0) if whole or top <= 0 else top
    power = 10.0 ** math.floor(math.log10(top))
    # A step of a tenth of the top is always too small, one of the tenfold always large enough.
    steps = [power / 10 * step for step in _ROUND] + [power * step for step in _ROUND]
    if whole:
        steps = [step for step in steps if step >= 1 and float(step).is_integer()] or [1.0]
    # A hair of room, so that a top of 0.3 is three steps of 0.1.
    step = next((step for step in steps if top / step * (1 + 1e-9) < most), steps[-1])
    return [index * step for index in range(math.floor(top / step * (1 + 1e-9)) + 1)]


def log_values(low: float, high: float, *, most: int = MOST_LINES) -> list[float]:
    """Powers of ten between the ends of a log scale; each n-th where there are too many."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, -(-(last - first + 1) // most))
    return [10.0**power for power in range(first, last + 1, step)]


@dataclass(frozen=True)
class _Grain:
    """How far apart ticks stand: at each n-th minute, hour, day and so on of the calendar.

    `most` ticks are readable across a wide chart, `few` on a phone or in a small multiple.
    """

    kind: str
    count: int
    most: int
    few: int


_GRAINS = (
    _Grain("minute", 1, 10, 4),
    _Grain("minute", 5, 13, 4),
    _Grain("minute", 10, 13, 4),
    _Grain("minute", 15, 13, 4),
    _Grain("minute", 30, 13, 4),
    _Grain("hour", 1, 10, 4),
    _Grain("hour", 3, 17, 4),
    _Grain("hour", 6, 13, 5),
    _Grain("hour", 12, 13, 4),
    _Grain("day", 1, 14, 5),
    _Grain("day", 2, 0, 5),  # on a wide chart Mondays, and then months, say more
    _Grain("week", 1, 15, 5),
    _Grain("week", 2, 0, 5),
    _Grain("month", 1, 14, 5),
    _Grain("month", 3, 14, 5),
    _Grain("month", 6, 14, 5),
    _Grain("year", 1, 14, 6),
    _Grain("year", 2, 14, 6),
    _Grain("year", 5, 14, 6),
    _Grain("year", 10, 100, 100),
)
_KINDS = ("minute", "hour", "day", "week", "month", "year")


@dataclass(frozen=True)
class Calendar:
    """The starts of n buckets as a zone's clock and calendar have them.

    `clock`: int64[n] [s], epoch seconds and the zone's offset; `week_start`: 0 is Monday.
    """

    clock: NDArray[np.int64]
    unit: str
    week_start: int

    def places(self, *, few: bool = False) -> tuple[str, list[int]]:
        """Where ticks stand, and which kind of them: the finest of which there is room for all."""
        for grain in _GRAINS:
            if _KINDS.index(grain.kind) >= _KINDS.index(self.kind):
                places = self._places_of(grain)
                if 0 < len(places) <= (grain.few if few else grain.most):
                    return grain.kind, places
        return self.kind, [0]

    @property
    def kind(self) -> str:
        """What the buckets are, or are made of: a unit of months is months to a calendar."""
        if self.unit in _KINDS:
            return self.unit
        return "month" if UNITS[self.unit].months else "week"

    def _places_of(self, grain: _Grain) -> list[int]:
        if grain.kind == self.kind and grain.count == 1:
            return list(range(len(self.clock)))
        keys, is_edge = self._keys(grain)
        begins = np.diff(keys, prepend=keys[0]) != 0
        begins[0] = is_edge
        return np.flatnonzero(begins).tolist()

    def _keys(self, grain: _Grain) -> tuple[NDArray[np.int64], bool]:
        """int64[n], the number of the calendar's part that each bucket is in; whether the first
        bucket begins one.
        """
        days, seconds = np.divmod(self.clock, _DAY)
        midnight = not seconds[0]
        if grain.kind in ("minute", "hour"):
            width = grain.count * (60 if grain.kind == "minute" else _HOUR)
            return self.clock // width, not self.clock[0] % width
        if grain.kind == "day":
            return days // grain.count, midnight and not days[0] % grain.count
        if grain.kind == "week":
            since = days + _THURSDAY - self.week_start
            return since // (7 * grain.count), midnight and not since[0] % (7 * grain.count)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        width = grain.count * (_YEAR_MONTHS if grain.kind == "year" else 1)
        first = np.datetime64(int(days[0]), "D")
        is_first = first == first.astype("datetime64[M]").astype("datetime64[D]")
        # 1970 is no decade's first year.
        since = months + 1970 * _YEAR_MONTHS
        return since // width, bool(midnight and is_first and not since[0] % width)


def tick_texts(
    kind: str, starts: list[datetime], locale: Locale, *, with_offset: bool, with_year: bool
) -> list[str]:
    """What stands at ticks of a kind: below it the date, month or year where that changes.

    `with_offset`: the offset as well, as it changes on the axis. `with_year`: the axis has several
    years, so that the first one is named too.
    """
    texts = []
    before: datetime | None = None
    for start in starts:
        lines = [locale.written(start, _FIRST[kind])]
        below = _BELOW[kind](before, start, with_year)
        if below:
            lines.append(locale.written(start, below))
        if with_offset and kind in ("minute", "hour"):
            lines.append(offset_text(start))
        texts.append("\n".join(lines))
        before = start
    return texts


def _date_below(before: datetime | None, start: datetime, with_year: bool) -> str:
    if before is not None and before.date() == start.date():
        return ""
    return "{d} %b"


def _month_below(before: datetime | None, start: datetime, with_year: bool) -> str:
    if before is None:
        return "%b %Y" if with_year else "%b"
    if before.year != start.year:
        return "%b %Y"
    return "" if before.month == start.month else "%b"


def _year_below(before: datetime | None, start: datetime, with_year: bool) -> str:
    if before is None:
        return "%Y" if with_year else ""
    return "" if before.year == start.year else "%Y"


def _year_always(before: datetime | None, start: datetime, with_year: bool) -> str:
    return _year_below(before, start, True)


def _nothing(before: datetime | None, start: datetime, with_year: bool) -> str:
    return ""


_FIRST = {
    "minute": "%H:%M",
    "hour": "%H:%M",
    "day": "%a {d}",
    "week": "{d} %b",
    "month": "%b",
    "year": "%Y",
}
_BELOW: dict[str, Callable[[datetime | None, datetime, bool], str]] = {
    "minute": _date_below,
    "hour": _date_below,
    "day": _month_below,
    "week": _year_below,
    "month": _year_always,
    "year": _nothing,
}
