"""A period against another one: which other one, which parts of both, and by how much. Pure.

The other period is found on the calendar, never by a number of seconds. A period that is still
running is set against the same elapsed part of the other, to the last full hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from bitly_data import buckets
from bitly_data.analysis.scatter import Verdict, judge
from bitly_data.query import ALL_TIME, ClickQuery, edges_of
from bitly_data.series import ClickSeries

BEFORE, YEAR, CHOSEN = "before", "year", "chosen"

# How far back the usual scatter of a series is looked for [buckets]: a quarter of days with their
# weekdays, two weeks of hours, a year of weeks, three years of months.
_HISTORY = {"hour": 336, "day": 91, "week": 52, "month": 36}
# With two neighbouring periods of this many buckets together, these are history enough.
_ENOUGH = {"hour": 336, "day": 56, "week": 26, "month": 24}
# After how many buckets a series repeats its rhythm: the days of a week, its hours.
_SEASONS = {"hour": 168, "day": 7, "week": 1, "month": 12}


@dataclass(frozen=True)
class Against:
    """What a reader wants a period set against.

    `end` [epoch s] lies in the newest bucket of a chosen period. `weekdays`: Mondays against
    Mondays, where the unit is a day or an hour.
    """

    kind: str = BEFORE
    end: int | None = None
    weekdays: bool = False


@dataclass(frozen=True)
class Pair:
    """The questions that a comparison takes.

    `other`: the other period, in the same buckets. `cut` and `other_cut` [epoch s]: up to where
    the two are set against each other. `part` and `other_part`: the clicks of the bucket that a
    cut goes through, up to it; `None` where it goes through none. `history`: finished buckets,
    these periods included; `None` where the two periods themselves are history enough. `notes`:
    what the calendar made uneven.
    """

    other: ClickQuery
    cut: int
    other_cut: int
    part: ClickQuery | None
    other_part: ClickQuery | None
    history: ClickQuery | None
    partners: tuple[int, ...]  # for each bucket the one it is set against, -1 where none is
    exposure: float = 1.0  # length of the period over that of the other
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """`now` and `before` are clicks in the parts that were set against each other [count].

    `verdict` is `None` where there is none to tell; `why` says why not.
    """

    now: int | None = None
    before: int | None = None
    verdict: Verdict | None = None
    notes: tuple[str, ...] = ()
    why: str = ""


class NotComparableError(Exception):
    """There is no such other period; the message says why, to go on after a colon."""


@dataclass(frozen=True)
class _Shift:
    """From a date of the period to the one that it is set against."""

    months: int = 0
    days: int = 0
    fallen: list[date] = field(default_factory=list, compare=False)  # dates without a partner

    def of(self, day: date) -> date:
        months = day.year * 12 + day.month - 1 + self.months
        first = date(months // 12, months % 12 + 1, 1)
        last = buckets.step_day(first, "month", 1) - timedelta(days=1)
        if day.day > last.day:
            self.fallen.append(day)
        return min(first + timedelta(days=day.day - 1), last) + timedelta(days=self.days)


def pair(series: ClickSeries, against: Against) -> Pair:
    """The other period of a series, and the questions that the comparison takes.

    Raises `NotComparableError`, and `QuestionError` where the other period lies before 1970.
    """
    query = series.query.with_(as_answered=False)
    if query.units == ALL_TIME:
        raise NotComparableError("all time has no other period")
    if query.unit == "minute":
        raise NotComparableError("minutes are kept for an hour only")
    edges = series.edges
    shift = _shift(query, edges, against)
    other = _other(query, edges, shift, against)
    other_edges = edges_of(other, int(other.end or 0))
    now = series.provenance.fetched_at
    cut = _cut(query, edges, now)
    if cut <= edges[0]:
        raise NotComparableError("the period has only begun")
    if other_edges[-1] > now and cut == edges[-1]:
        raise NotComparableError("the other period is not over yet")
    other_cut = _other_cut(query, edges, other_edges, cut, shift)
    notes = _notes(query, len(edges) - 1, len(other_edges) - 1, shift, running=cut < edges[-1])
    uneven = len(edges) != len(other_edges) or (bool(shift.fallen) and cut < edges[-1])
    return Pair(
        other, cut, other_cut, _part(query, edges, cut), _part(query, other_edges, other_cut),
        _history(query, edges, other_edges, cut),
        _partners(query, edges, other_edges, shift, against), notes=notes,
        exposure=float((cut - edges[0]) / (other_cut - other_edges[0])) if uneven else 1.0)


def _shift(query: ClickQuery, edges: buckets.Edges, against: Against) -> _Shift:
    first, newest = (buckets.day_of(int(at), query.zone) for at in (edges[0], edges[-2]))
    count = len(edges) - 1
    by_day = query.unit in ("hour", "day")
    if against.kind == YEAR:
        if query.unit == "week" or (by_day and against.weekdays):
            return _Shift(days=-364)  # 52 weeks
        return _Shift(months=-12)
    if against.kind == CHOSEN:
        return _chosen_shift(query, newest, against)
    if query.unit == "month":
        return _Shift(months=-count)
    days = (newest - first).days + (7 if query.unit == "week" else 1)
    return _Shift(days=-(-(-days // 7) * 7 if by_day and against.weekdays else days))


def _chosen_shift(query: ClickQuery, newest: date, against: Against) -> _Shift:
    if against.end is None:
        raise NotComparableError("no other period is chosen")
    to = buckets.first_day(buckets.day_of(against.end, query.zone), query.unit, query.week_start)
    if query.unit == "month":
        return _Shift(months=(to.year - newest.year) * 12 + to.month - newest.month)
    days = (to - newest).days
    if query.unit in ("hour", "day") and against.weekdays:
        days -= days % 7  # the last such weekday not after the chosen day
    return _Shift(days=days)


def _other(query: ClickQuery, edges: buckets.Edges, shift: _Shift, against: Against
           ) -> ClickQuery:
    plain = query.with_(limit=None, rollup=False)
    if query.unit == "hour":
        return _other_hours(plain, edges, shift, against)
    days = [shift.of(buckets.day_of(int(at), query.zone)) for at in edges[:-1]]
    first, newest = (buckets.day_start(day, query.zone) for day in (days[0], days[-1]))
    units = len(buckets.between(first, newest, query.unit, query.zone, query.week_start)) - 1
    return plain.with_(units=units, end=newest)


def _other_hours(query: ClickQuery, edges: buckets.Edges, shift: _Shift, against: Against
                 ) -> ClickQuery:
    if against.kind == BEFORE and not against.weekdays:
        return query.with_(end=int(edges[0]) - 1)
    newest = int(edges[-2])
    if against.kind == CHOSEN and not against.weekdays:
        newest = int(against.end or 0)
        return query.with_(end=newest)
    first, newest = (_shifted(int(at), query, shift) for at in (edges[0], newest))
    units = len(buckets.between(first, newest, "hour", query.zone)) - 1
    return query.with_(units=units, end=newest)


def _shifted(moment: int, query: ClickQuery, shift: _Shift) -> int:
    """The same time of the wall clock on the shifted date [epoch s]."""
    at = buckets.local(moment, query.zone)
    day = shift.of(at.date())
    return int(datetime.combine(day, at.timetz()).timestamp())


def _partners(query: ClickQuery, edges: buckets.Edges, other: buckets.Edges, shift: _Shift,
              against: Against) -> tuple[int, ...]:
    """For each bucket that of the other period on the shifted date; -1 where there is none."""
    if query.unit == "hour" and against.kind != YEAR and not against.weekdays:
        return tuple(range(len(edges) - 1))  # as many hours, set against each other in order
    found: list[int] = []
    for at in edges[:-1].tolist():
        fallen = len(shift.fallen)
        to = (_shifted(at, query, shift) if query.unit == "hour" else
              buckets.day_start(shift.of(buckets.day_of(at, query.zone)), query.zone))
        index = int(np.searchsorted(other, to, side="right")) - 1
        there = len(shift.fallen) == fallen and 0 <= index < len(other) - 1
        # An hour that is skipped there has the next one's place, which is taken already.
        found.append(index if there and index not in found[-1:] else -1)
    return tuple(found)


def _cut(query: ClickQuery, edges: buckets.Edges, now: int) -> int:
    """Up to where the period is set against the other: its end, or the last full hour."""
    if now >= edges[-1]:
        return int(edges[-1])
    return buckets.floor(now, "hour", query.zone)


def _other_cut(query: ClickQuery, edges: buckets.Edges, other: buckets.Edges, cut: int,
               shift: _Shift) -> int:
    if cut >= edges[-1]:
        return int(other[-1])
    if query.unit == "hour":
        hours = int(np.searchsorted(edges, cut))
        return int(other[min(hours, len(other) - 1)])
    fallen = len(shift.fallen)
    to = min(max(_shifted(cut, query, shift), int(other[0])), int(other[-1]))
    if len(shift.fallen) > fallen:  # the 31st of a month of 30 days: all of that month
        return int(other[min(int(np.searchsorted(other, to, side="right")), len(other) - 1)])
    return to


def _part(query: ClickQuery, edges: buckets.Edges, cut: int) -> ClickQuery | None:
    """The hours from the beginning of the bucket that a cut goes through, up to the cut."""
    start = int(edges[int(np.searchsorted(edges, cut, side="right")) - 1])
    if start == cut:
        return None
    hours = len(buckets.between(start, cut - 1, "hour", query.zone)) - 1
    return query.with_(unit="hour", units=hours, end=cut - 1, rollup=True, limit=None)


def _history(query: ClickQuery, edges: buckets.Edges, other: buckets.Edges, cut: int
             ) -> ClickQuery | None:
    """Finished buckets up to the cut, as far back as the scatter is looked for."""
    count = len(edges) - 1
    if other[-1] == edges[0] and 2 * count >= _ENOUGH[query.unit]:
        return None
    finished = int(edges[max(int(np.searchsorted(edges, cut, side="right")) - 1, 0)])
    reaches = (finished - buckets.EARLIEST) // buckets.NOMINAL_SECONDS[query.unit] - 1
    return query.with_(units=max(min(_HISTORY[query.unit], reaches), 1), end=finished - 1,
                       limit=None, rollup=False)


def _notes(query: ClickQuery, count: int, other: int, shift: _Shift, *, running: bool
           ) -> tuple[str, ...]:
    notes = [f"{day.day} {day:%B %Y} has no such day to be set against"
             for day in sorted(set(shift.fallen))]
    if count != other:
        notes.append(f"{count:,} {query.unit}s against {other:,}, so the change is that of the "
                     f"mean {query.unit}")
    if shift.days == -364:
        notes.append("52 weeks before, so that weekdays meet")
    if running:
        notes.append("up to the last full hour, against the same part of the other period")
    return tuple(notes)


def change(series: ClickSeries, other: ClickSeries, parts: tuple[int | None, int | None],
           history: ClickSeries | None, pair: Pair) -> Change:
    """The change between the two, by the series of a `Pair`'s questions.

    `parts` are the clicks of its `part` and `other_part` (0 where there is none, `None` where
    they are not known).
    """
    now, before = (_sum_to(item, cut, part) for item, cut, part in (
        (series, pair.cut, parts[0]), (other, pair.other_cut, parts[1])))
    if now is None or before is None:
        return Change(now, before, notes=pair.notes, why="some buckets are not known")
    edges = series.edges
    length = (edges[-1] - edges[0]) / (len(edges) - 1)
    past = [_finished(item, pair.cut) for item in ((history,) if history else (other, series))]
    verdict = judge(now, before, _begun(np.concatenate(past)),
                    buckets=float((pair.cut - edges[0]) / length),
                    season=_SEASONS[series.query.unit], exposure=pair.exposure)
    return Change(now, before, verdict, pair.notes)


def _sum_to(series: ClickSeries, cut: int, part: int | None) -> int | None:
    whole = series.edges[1:] <= cut
    if part is None or not series.known[whole].all():
        return None
    return int(series.clicks[whole].sum()) + part


def _finished(series: ClickSeries, cut: int) -> np.ndarray:
    """int64[n]: the known buckets that end up to the cut, oldest first."""
    return series.clicks[series.known & (series.edges[1:] <= cut)]


def _begun(clicks: np.ndarray) -> np.ndarray:
    """From the first click on: before it there was nothing that could scatter."""
    begun = np.flatnonzero(clicks)
    return clicks[int(begun[0]):] if len(begun) else clicks[:0]
