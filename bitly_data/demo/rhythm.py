"""When people click: the working week in local time, holidays, the season and growth."""

from __future__ import annotations

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bitly_data import zones
from bitly_data.demo.audiences import AUDIENCES, CELLS, ZONES
from bitly_data.demo.dates import DAY, EPOCH, HOUR, SLOT, SLOTS, Floats, Ints

# Relative clicks per local hour, 0 to 23. Working days peak in the late morning, with a dent at
# lunch and a second look in the evening; weekends begin late and lean to the evening.
_WORKING_HOURS = (
    10, 6, 4, 3, 4, 9, 22, 45, 78, 105, 122, 100,
    72, 84, 92, 84, 74, 62, 50, 46, 50, 46, 32, 18,
)  # fmt: skip
_WEEKEND_HOURS = (
    24, 16, 10, 6, 5, 7, 12, 24, 42, 62, 78, 80,
    72, 66, 64, 64, 66, 68, 74, 86, 92, 84, 60, 38,
)  # fmt: skip
_WEEKDAYS = (1.0, 1.06, 1.04, 1.0, 0.88, 0.50, 0.46)  # Monday to Sunday, share of a working day
_HOLIDAY = 0.4  # 24 December to 1 January, local dates


def _weekly_rhythm() -> Floats:
    """Weekday x local slot: shares of a working day's clicks; a working day sums to about 1."""
    rows = []
    for weekday, level in enumerate(_WEEKDAYS):
        hours = np.array(_WORKING_HOURS if weekday < 5 else _WEEKEND_HOURS, dtype=np.float64)
        rows.append(np.repeat(hours / hours.sum(), HOUR // SLOT) * (level * SLOT / HOUR))
    return np.array(rows)


_WEEK = _weekly_rhythm()


def audience_flow(first: int, last: int) -> Floats:
    """Day x audience x cell, cumulative along the cells: shares of a working day's clicks.

    `first` and `last` are ordinals of UTC days. A cell is (zone, slot of the UTC day).
    """
    rhythm = np.stack([_zone_rhythm(zone.name, first, last) for zone in ZONES], axis=1)
    cells = AUDIENCES[None, :, :, None] * rhythm[:, None, :, :]
    return np.cumsum(cells.reshape(len(cells), len(AUDIENCES), CELLS), axis=2)


def _zone_rhythm(zone: str, first: int, last: int) -> Floats:
    """Day x slot of the UTC day: shares of a working day's clicks of people in `zone`."""
    slots: Ints = (np.arange(first, last + 1, dtype=np.int64) - EPOCH)[:, None] * DAY + np.arange(
        SLOTS, dtype=np.int64
    ) * SLOT
    local = slots + offsets(zone, slots)
    local_day = local // DAY
    weekday = (local_day + 3) % 7  # 1 January 1970 was a Thursday
    shares: Floats = _WEEK[weekday, local % DAY // SLOT]
    return np.where(is_holiday(local_day), shares * _HOLIDAY, shares)


def offsets(zone: str, slots: Ints) -> Ints:
    """Offsets from UTC (s) at `slots` (day x slot, epoch s).

    The zone is asked once a day; only a day whose ends differ is asked slot by slot.
    """
    info = zones.named(zone)
    edges = np.array([offset_at(info, int(t)) for t in (*slots[:, 0], slots[-1, 0] + DAY)])
    found = np.repeat(edges[:-1, None], SLOTS, axis=1)
    for row in np.flatnonzero(edges[:-1] != edges[1:]):
        found[row] = [offset_at(info, int(t)) for t in slots[row]]
    return found


def offset_at(zone: ZoneInfo, t: int) -> int:
    """The zone's offset from UTC (s) at `t` (epoch s)."""
    offset = datetime.fromtimestamp(t, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def is_holiday(days: Ints) -> NDArray[np.bool_]:
    """Whether `days` (days since 1970) fall from 24 December to 1 January; same shape."""
    dates = days.astype("datetime64[D]")
    year_day = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    to_new_year = (dates.astype("datetime64[Y]") + 1).astype("datetime64[D]") - dates
    return np.asarray((year_day == 0) | (to_new_year.astype(np.int64) <= 8))


def level_of(ordinal: int) -> float:
    """By how much a day (its ordinal) is busier than most: slow growth and the season, around 1.

    Growth levels off on both sides, so that a clock set far away still shows a usable demo. The
    season is highest in November and lowest in May: people dress for the cold.
    """
    growth = 1.0 + 0.35 * math.tanh((ordinal - date(2025, 7, 1).toordinal()) / 700.0)
    peak_day = date(2025, 11, 15).toordinal()
    return growth * (1.0 + 0.10 * math.cos(2 * math.pi * (ordinal - peak_day) / 365.25))
