"""The days of the demo: from when on there are clicks, and in which slots a day is drawn."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HOUR, DAY = 3600, 86_400
SLOT = 1800  # seconds; India's clocks are half an hour off, so whole hours would not do
SLOTS = DAY // SLOT
EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR = 2024
_FEWEST_YEARS = 2  # before the clock's own year: enough for any period and the one before it
# Ten years of clicks are opened in three to four seconds, and each more takes half of one.
_MOST_YEARS = 9
_EARLIEST_YEAR = 1970  # a click is an epoch second


def history_start(now: float) -> date:
    """The first day (UTC) with clicks, for a clock at `now` (epoch s).

    A fixed date rather than "two years ago", so that the start does not slide day by day. Only a
    clock that stands before 2026 has an earlier one, two years before its own (1970 at least),
    and one that stands after 2033 a later one, nine years before its own.
    """
    year = utc_day(now).year
    start = min(max(_FIRST_YEAR, year - _MOST_YEARS), year - _FEWEST_YEARS)
    return date(max(start, _EARLIEST_YEAR), 1, 1)


def utc_day(now: float) -> date:
    """The UTC date at `now` (epoch s)."""
    return datetime.fromtimestamp(now, UTC).date()


def quarter_month(day: date) -> int:
    """The first month of the quarter of `day`."""
    return (day.month - 1) // 3 * 3 + 1
