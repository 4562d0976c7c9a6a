"""The days that two periods are judged by, from series of days or of hours.

Hours are added up to days of 24 that end where the period ends, so that no rhythm of the day is
left. A period of hours that is shorter than a day, or whole days but for one hour, can be judged
against the same hours of another day: then those hours are what each day is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.analysis.scatter import WEEK, Span, most_history
from bitly_data.analysis.verdict import History
from bitly_data.labels import bucket_label
from bitly_data.series import ClickSeries
from bitly_data.states import PARTIAL

_HOURS = 24
# Days that end at a full hour are many hours, so a period of less than a week is judged by fewer.
_FEWER_DAYS = 91
OVERLAP = "The two periods overlap."
OTHER_HOURS = "The two periods are not the same hours of the day."
NOT_ALL_KNOWN = "Some days of the two periods are not known one by one."

_Moments = tuple[int, int]


@dataclass(frozen=True)
class Past:
    """Series of days or hours (`grain`), and the two periods whose days they hold [epoch s].

    `counted`: what of the periods is counted, where that is not all of them [epoch s].
    """

    series: tuple[ClickSeries, ...]
    now: _Moments
    before: _Moments
    grain: str
    counted: tuple[_Moments, ...] | None = None


def history_of(past: Past) -> tuple[History | None, str]:
    """The days one by one; or none, and in a sentence why not."""
    short = 0
    if past.grain == "hour":
        hours = [
            _steps(end - start, buckets.HOUR_SECONDS) for start, end in (past.now, past.before)
        ]
        short = -hours[0] % _HOURS
        away = _steps(past.now[1] - past.before[1], buckets.HOUR_SECONDS) % _HOURS
        # A clock that changed between the two makes an hour's difference, and so does one that is
        # not over.
        if min(away, _HOURS - away) > 1 or (hours[0] > _HOURS and short > 1):
            return None, OTHER_HOURS
    spans = _span(past.now, past), _span(past.before, past)
    if min(one.stop for one in spans) > max(one.start for one in spans):
        return None, OVERLAP
    return _placed(past, spans, short)


def _placed(past: Past, spans: tuple[Span, Span], short: int) -> tuple[History | None, str]:
    """The history of two spans of days, which are counted from the end of the period."""
    found = [_days(one, past, short) for one in past.series]
    first = min(int(days[0]) for days, _, _ in found if len(days))
    stop = max(spans[0].stop, spans[1].stop)
    clicks, known = np.zeros(stop - first, np.int64), np.zeros(stop - first, bool)
    for days, counts, are_known in found:
        inside = days < stop
        clicks[days[inside] - first] = counts[inside]
        known[days[inside] - first] = are_known[inside]
    now, before = (Span(max(0, one.start - first), one.stop - first) for one in spans)
    if past.counted is None:
        if not (known[slice(*now)].all() and known[slice(*before)].all()):
            return None, NOT_ALL_KNOWN
    else:
        known &= _is_counted(past, first, (now, before), len(known))
    begun = np.flatnonzero(known & (clicks > 0))
    # Before the first click there was nothing that could scatter.
    start = int(begun[0]) if len(begun) else len(known)
    is_late = bool(known[:start].any()) and start < len(known)
    known[:start] = False
    zone = past.series[0].zone
    name = partial(_name, zone=zone, end=past.now[1], first=first, grain=past.grain)
    return History(clicks, known, now, before, name, name(start) if is_late else ""), ""


def _span(period: _Moments, past: Past) -> Span:
    """The days of a period, counted from the end of the one in question: -1 is its last one."""
    stop = _steps(period[1] - past.now[1], buckets.DAY_SECONDS)
    return Span(stop - days_of(period, past.grain), stop)


def days_of(period: tuple[int, int], grain: str) -> int:
    """How many days a period [epoch s] has, one that hours only begin with them."""
    hours = _steps(period[1] - period[0], buckets.HOUR_SECONDS)
    return max(1, -(-hours // _HOURS) if grain == "hour" else round(hours / _HOURS))


def units_of_history(period: tuple[int, int], grain: str) -> int:
    """How many days or hours, as `grain` says, a period [epoch s] is best judged by."""
    many = days_of(period, grain)
    if grain == "day":
        return most_history(many)
    return (_FEWER_DAYS if many < WEEK else most_history(many)) * _HOURS


def _steps(seconds: int, width: int) -> int:
    """How many days or hours a length is; one in which clocks change is one, too."""
    return round(seconds / width)


def _days(
    series: ClickSeries, past: Past, short: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Places, clicks and whether they are known (each of length n) of a series' days."""
    width = buckets.NOMINAL_SECONDS[past.grain]
    places = np.rint((series.edges[:-1] - past.now[1]) / width).astype(np.int64)
    known = series.known & (series.states != PARTIAL)
    if past.grain == "day":
        return places, series.clicks, known
    days, hours = places // _HOURS, places % _HOURS
    taken = known & (hours >= short)
    each = np.arange(int(days[0]), int(days[-1]) + 1)
    index = days - days[0]
    clicks = np.bincount(index[taken], series.clicks[taken], len(each)).astype(np.int64)
    # An hour that is there twice, where clocks change within it, is known if both parts are.
    lacking = np.bincount(index[~known & (hours >= short)], minlength=len(each))
    there = np.zeros((len(each), _HOURS), bool)
    there[index, hours] = True
    return each, clicks, there[:, short:].all(1) & (lacking == 0)


def _is_counted(
    past: Past, first: int, periods: tuple[Span, Span], length: int
) -> NDArray[np.bool_]:
    """bool[length]: the days of the two periods that are counted, and all others."""
    found = np.ones(length, bool)
    for period in periods:
        found[slice(*period)] = False
    for one in past.counted or ():
        days = _span(one, past)
        found[max(0, days.start - first) : days.stop - first] = True
    return found


def _name(place: int, *, zone: tzinfo, end: int, first: int, grain: str) -> str:
    """A day by its date; of a day made of hours, when it ended."""
    last = buckets.local(end - 1, zone)
    date = last.date() + timedelta(days=place + first + 1)
    text = bucket_label(datetime(date.year, date.month, date.day), "day").partition(" ")[2]
    return text if grain == "day" else f"the 24 hours up to {text} {last:%H}:59"
