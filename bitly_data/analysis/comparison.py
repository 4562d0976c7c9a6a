"""A period against another one: which other one, which parts of both, and by how much. Pure.

The other period is found on the calendar, never by a number of seconds. Of a period that is still
running the day that is not over is left out, and of the other one what it would be set against; of
hours, and where there is no other day, the hour that is not over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from bitly_data import buckets
from bitly_data.analysis.past import Past, history_of, units_of_history
from bitly_data.analysis.verdict import Totals, Verdict, judge
from bitly_data.query import ALL_TIME, MOST_BUCKETS, ClickQuery, edges_of
from bitly_data.series import PARTIAL, ClickSeries
from bitly_data.units import UNITS

BEFORE, YEAR, CHOSEN = "before", "year", "chosen"

# Lengths that differ by less than half a per cent make no change that a reader sees.
_SAME_LENGTH = 0.005


@dataclass(frozen=True)
class Against:
    """What a reader wants a period set against.

    `until` [epoch s] lies in the newest bucket of a chosen period. `weekdays`: Mondays against
    Mondays, where the unit is a day or an hour. `months` and `days`: the step to the period before
    where the calendar has one, as a month before a month (`periods.Span`); without them it is as
    many buckets as the period has.
    """

    kind: str = BEFORE
    until: int | None = None
    weekdays: bool = False
    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class Pair:
    """The questions that a comparison takes.

    `other`: the other period, in the same buckets. `cut` and `other_cut` [epoch s]: up to where
    the two are set against each other. `part` and `other_part`: the clicks of the bucket that a
    cut goes through, up to it; `None` where it goes through none. `history`: finished days, or the
    hours of such days, up to the cut; `further`: those of the other period, where that lies further
    back. `grain`: which of the two they are. `notes`: what the calendar made uneven.
    """

    other: ClickQuery
    cut: int
    other_cut: int
    part: ClickQuery | None
    other_part: ClickQuery | None
    history: ClickQuery
    further: ClickQuery | None
    grain: str
    partners: tuple[int, ...]  # for each bucket the one it is set against, -1 where none is
    exposure: float = 1.0  # length of the period over that of the other
    notes: tuple[str, ...] = ()

    @property
    def totals(self) -> list[ClickQuery]:
        """What is asked for beside the period itself to tell by how much it changed."""
        return [one for one in (self.other, self.part, self.other_part) if one is not None]

    @property
    def past(self) -> list[ClickQuery]:
        """What is asked for to tell how sure that is."""
        return [self.history, *([self.further] if self.further is not None else [])]


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

    def on(self, day: date, query: ClickQuery) -> date:
        """The same, where the zone has that date: one that it skipped is no partner either."""
        to = self.of(day)
        if buckets.day_of(buckets.day_start(to, query.zone), query.zone) != to:
            self.fallen.append(day)
        return to

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
    query = series.query.replace(upstream_buckets=False)
    edges = series.edges
    other, shift = _other_and_shift(query, edges, against)
    other_edges = edges_of(other, int(other.until or 0))
    now = series.provenance.fetched_at
    cut, grain = _cut(series, now)
    if cut <= edges[0]:
        has = "only begun" if now >= edges[0] else "not begun"
        raise NotComparableError(f"the period has {has}")
    other_cut = _other_cut(query, edges, other_edges, (cut, grain), shift, against)
    if other_cut > now:
        raise NotComparableError("the other period is not over yet")
    if other_cut <= other_edges[0]:
        raise NotComparableError("the other period has no such part")
    lengths = int(cut - edges[0]), int(other_cut - other_edges[0])
    exposure = lengths[0] / lengths[1]
    uneven = abs(exposure - 1) > _SAME_LENGTH
    history = _history(query, (int(edges[0]), cut), grain)
    return Pair(
        other,
        cut,
        other_cut,
        _part(query, edges, cut, grain),
        _part(query, other_edges, other_cut, grain),
        history,
        _further(query, (int(other_edges[0]), other_cut), history, other, grain),
        grain,
        _partners(query, edges, other_edges, shift, against),
        notes=_notes(lengths, shift, uneven=uneven, running=cut < edges[-1], grain=grain),
        exposure=exposure if uneven else 1.0,
    )


def other_period(query: ClickQuery, edges: buckets.Edges, against: Against) -> ClickQuery:
    """The question of the other period, from the edges of the period itself.

    Raises `NotComparableError`, and `QuestionError` where it lies before 1970.
    """
    return _other_and_shift(query, edges, against)[0]


def _other_and_shift(
    query: ClickQuery, edges: buckets.Edges, against: Against
) -> tuple[ClickQuery, _Shift]:
    if query.units == ALL_TIME:
        raise NotComparableError("all time has no other period")
    if query.unit == "minute":
        raise NotComparableError("minutes are kept for an hour only")
    try:
        shift = _shift(query, edges, against)
        return _other(query, edges, shift, against), shift
    except (ValueError, OverflowError):  # no such date, or none that Bitly could know
        raise NotComparableError("the other period would begin before 1970") from None


def _in_order(query: ClickQuery, against: Against) -> bool:
    """Whether the other period is as many buckets, set against these in their order."""
    aligned = against.weekdays and query.unit in ("hour", "day")
    return not aligned and (
        (against.kind == BEFORE and not _is_calendar(query, against))
        or (query.unit == "hour" and against.kind == CHOSEN)
    )


def _is_calendar(query: ClickQuery, against: Against) -> bool:
    """Whether the period before is that of the calendar, in buckets that its step keeps whole."""
    months = UNITS[query.unit].months
    if against.months:
        return query.unit in ("hour", "day") or (bool(months) and against.months % months == 0)
    return bool(against.days) and (
        query.unit in ("hour", "day") or (query.unit == "week" and against.days % 7 == 0)
    )


def _shift(query: ClickQuery, edges: buckets.Edges, against: Against) -> _Shift:
    """From the dates of the period to those of the other, where these are not found in order."""
    aligned = against.weekdays and query.unit in ("hour", "day")
    if against.kind == YEAR:
        return _Shift(days=-364) if query.unit == "week" or aligned else _Shift(months=-12)
    if against.kind == CHOSEN:
        return _chosen_shift(query, buckets.day_of(int(edges[-2]), query.zone), against)
    if not aligned:
        return _Shift(months=against.months, days=against.days)
    # Whole weeks, as many as hold the period by the clock on the wall.
    begins, ends = (
        buckets.local(int(at), query.zone).replace(tzinfo=None) for at in (edges[0], edges[-1])
    )
    return _Shift(days=-7 * -(-(ends - begins) // timedelta(weeks=1)))


def _chosen_shift(query: ClickQuery, newest: date, against: Against) -> _Shift:
    if against.until is None:
        raise NotComparableError("no other period is chosen")
    to = buckets.first_day(buckets.day_of(against.until, query.zone), query.unit, query.week_start)
    if UNITS[query.unit].months:
        return _Shift(months=(to.year - newest.year) * 12 + to.month - newest.month)
    days = (to - newest).days
    if query.unit in ("hour", "day") and against.weekdays:
        days -= days % 7  # the last such weekday not after the chosen day
    return _Shift(days=days)


def _other(query: ClickQuery, edges: buckets.Edges, shift: _Shift, against: Against) -> ClickQuery:
    plain = query.replace(limit=None, rollup=False)
    if _in_order(query, against):
        return plain.replace(
            until=int(edges[0]) - 1 if against.kind == BEFORE else int(against.until or 0)
        )
    if query.unit == "hour":
        first, newest = (_shifted(int(at), query, shift) for at in (edges[0], edges[-2]))
    else:
        days = [shift.on(buckets.day_of(int(at), query.zone), query) for at in edges[:-1]]
        first, newest = (buckets.day_start(day, query.zone) for day in (days[0], days[-1]))
    if against.kind == BEFORE and shift.months and _is_all_of_month(query, edges, newest):
        newest = buckets.ceiling(newest, "month", query.zone) - 1
    units = len(buckets.between(first, newest, query.unit, query.zone, query.week_start)) - 1
    if units < 1:
        raise NotComparableError("the other period has no such part")
    return plain.replace(units=units, until=newest)


def _is_all_of_month(query: ClickQuery, edges: buckets.Edges, newest: int) -> bool:
    """Whether the other period goes on to the end of a month: all of January is before all of
    February, and all of February before a day of March that it does not have.
    """
    following, last, partner = (
        buckets.day_of(at, query.zone) for at in (int(edges[-1]), int(edges[-2]), newest)
    )
    return following.day == 1 or partner.day < last.day


def _shifted(moment: int, query: ClickQuery, shift: _Shift) -> int:
    """The same time of the wall clock on the shifted date [epoch s]."""
    at = buckets.local(moment, query.zone)
    return int(datetime.combine(shift.on(at.date(), query), at.timetz()).timestamp())


def _partners(
    query: ClickQuery, edges: buckets.Edges, other: buckets.Edges, shift: _Shift, against: Against
) -> tuple[int, ...]:
    """For each bucket that of the other period on the shifted date; -1 where there is none."""
    if _in_order(query, against):
        return tuple(range(len(edges) - 1))
    found: list[int] = []
    for at in edges[:-1].tolist():
        fallen = len(shift.fallen)
        to = (
            _shifted(at, query, shift)
            if query.unit == "hour"
            else buckets.day_start(shift.on(buckets.day_of(at, query.zone), query), query.zone)
        )
        index = int(np.searchsorted(other, to, side="right")) - 1
        there = len(shift.fallen) == fallen and 0 <= index < len(other) - 1
        # An hour that is skipped there has the next one's place, which is taken already.
        found.append(index if there and index not in found[-1:] else -1)
    return tuple(found)


def _cut(series: ClickSeries, now: int) -> tuple[int, str]:
    """Up to where the period is set against the other [epoch s], and what ends there.

    Its end, or that of the last day that is over; of hours, and where no day is, of the last hour.
    """
    query, edges = series.query, series.edges
    grain = "hour" if query.unit == "hour" else "day"
    if now >= edges[-1]:
        return int(edges[-1]), grain
    last = buckets.floor(now, grain, series.zone)
    if grain == "day" and edges[0] <= now and last <= edges[0]:
        grain, last = "hour", buckets.floor(now, "hour", series.zone)
    return last, grain


def _other_cut(
    query: ClickQuery,
    edges: buckets.Edges,
    other: buckets.Edges,
    ends: tuple[int, str],
    shift: _Shift,
    against: Against,
) -> int:
    """The same moment of the other period: as far into the bucket that the cut goes through."""
    cut, grain = ends
    if cut >= edges[-1]:
        return int(other[-1])
    in_order = _in_order(query, against)
    at = int(np.searchsorted(edges, cut, side="right")) - 1
    if in_order and edges[at] == cut:
        return int(other[at])
    if in_order:
        to = _as_far_into(query, int(edges[at]), int(other[at]), int(other[at + 1]), cut, shift)
    else:
        fallen = len(shift.fallen)
        to = _shifted(cut, query, shift)
        if len(shift.fallen) > fallen and UNITS[query.unit].months:
            to = int(other[np.searchsorted(other, to, side="right")])  # all of that bucket
        elif len(shift.fallen) > fallen and _holds_all_before(query, cut, against):
            to = buckets.ceiling(to, "day", query.zone)
    # What ends there is asked for, so it is one of their edges.
    return buckets.floor(min(max(to, int(other[0])), int(other[-1])), grain, query.zone)


def _holds_all_before(query: ClickQuery, cut: int, against: Against) -> bool:
    """Whether up to a cut on a date that the other period lacks, all of that date's month counts:
    the 30th of March has all of February before it.
    """
    return against.kind == BEFORE or buckets.floor(cut, "day", query.zone) == cut


def _as_far_into(
    query: ClickQuery, start: int, other: int, other_end: int, cut: int, shift: _Shift
) -> int:
    """The time of the wall clock at a cut, on the same day of another bucket [epoch s]."""
    first, to = (buckets.day_of(at, query.zone) for at in (start, other))
    at = buckets.local(cut, query.zone)
    day = to + (at.date() - first)
    same = {buckets.first_day(at, query.unit, query.week_start) for at in (day, to)}
    if UNITS[query.unit].months and len(same) > 1:
        shift.fallen.append(at.date())
        return other_end  # the 31st of a month of 30 days: all of that month
    moment = datetime.combine(day, at.timetz())
    return min(max(int(moment.timestamp()), other), other_end)


def _part(query: ClickQuery, edges: buckets.Edges, cut: int, grain: str) -> ClickQuery | None:
    """The days or hours from the beginning of the bucket that a cut goes through, up to the cut."""
    start = int(edges[int(np.searchsorted(edges, cut, side="right")) - 1])
    if start == cut:
        return None
    units = len(buckets.between(start, cut - 1, grain, query.zone)) - 1
    return query.replace(unit=grain, units=units, until=cut - 1, rollup=True, limit=None)


def _history(query: ClickQuery, period: tuple[int, int], grain: str) -> ClickQuery:
    """Finished days up to the end of a period [epoch s], as far back as its scatter needs."""
    most, end = units_of_history(period, grain), period[1]
    reaches = (end - buckets.EARLIEST) // buckets.NOMINAL_SECONDS[grain] - 1
    return query.replace(
        unit=grain,
        units=max(min(most, reaches, MOST_BUCKETS), 1),
        until=end - 1,
        limit=None,
        rollup=False,
    )


def _further(
    query: ClickQuery, period: tuple[int, int], history: ClickQuery, other: ClickQuery, grain: str
) -> ClickQuery | None:
    """The same of the other period [epoch s], where the history does not hold it."""
    start, end = period
    edges = edges_of(history, int(history.until or 0))
    if edges[0] <= start and end <= edges[-1]:
        return None
    if query.unit == grain:
        return other
    units = len(buckets.between(start, end - 1, grain, query.zone)) - 1
    return history.replace(units=units, until=end - 1)


def _notes(
    lengths: tuple[int, int], shift: _Shift, *, uneven: bool, running: bool, grain: str
) -> tuple[str, ...]:
    """What a reader must know of the two; `lengths` are theirs [s]."""
    notes = [
        f"{day.day} {day:%B %Y} has no such day to be set against"
        for day in sorted(set(shift.fallen))
    ]
    if uneven:
        notes.append(_uneven_note(lengths))
    if shift.days == -364:
        notes.append("52 weeks before, so that weekdays meet")
    if running:
        notes.append(
            f"up to the last full {grain}"
            + ("" if uneven else ", against the same part of the other period")
        )
    return tuple(notes)


def _uneven_note(lengths: tuple[int, int]) -> str:
    """What two lengths [s] that differ mean for a change."""
    in_hours = min(lengths) < 2 * buckets.DAY_SECONDS
    size, name = (buckets.HOUR_SECONDS, "hour") if in_hours else (buckets.DAY_SECONDS, "day")
    now, before = (f"{length / size:,.1f}".removesuffix(".0") for length in lengths)
    return f"{now} {name}s against {before}, so the change is that of the mean {name}"


def change(
    series: ClickSeries,
    other: ClickSeries,
    parts: tuple[int | None, int | None],
    past: Sequence[ClickSeries],
    pair: Pair,
    why: str = "",
) -> Change:
    """The change between the two, by the series of a `Pair`'s questions.

    `parts` are the clicks of its `part` and `other_part` (0 where there is none, `None` where
    they are not known). `past` are the answers to the questions of that name; without them, for
    the reason `why`, the change is told and not how sure it is.
    """
    now, before = (
        _sum_to(item, cut, part)
        for item, cut, part in ((series, pair.cut, parts[0]), (other, pair.other_cut, parts[1]))
    )
    notes, exposure, both = pair.notes, pair.exposure, None
    if now is None or before is None:
        both = _in_both(series, other, pair)
        if both is None:
            return Change(now, before, notes=pair.notes, why="some buckets are not known")
        if not both.count:
            return Change(why=f"no {series.query.unit} is known in both periods")
        now, before, exposure, notes = both.now, both.before, both.exposure, both.notes
    history = None
    if past:
        found = Past(
            tuple(past),
            (int(series.edges[0]), pair.cut),
            (int(other.edges[0]), pair.other_cut),
            pair.grain,
            None if both is None else both.spans,
        )
        history, why = history_of(found)
    return Change(now, before, judge(Totals(now, before, exposure), history, why), notes)


@dataclass(frozen=True)
class _Both:
    """The clicks of the buckets that both periods know in full [count], and how many these are.

    `exposure` and `notes` are as those of a `Pair`, of these buckets alone; `spans` are these in
    both periods [epoch s].
    """

    now: int
    before: int
    count: int
    exposure: float
    notes: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def _in_both(series: ClickSeries, other: ClickSeries, pair: Pair) -> _Both | None:
    """Bucket by bucket what a click log has of both; `None` where there is none that lacks any.

    A bucket that somebody keeps to himself may be the best one, so the rest of them stands for
    nothing; of one that a log lacks no clicks decide that.
    """
    if series.coverage is None or not (series.is_whole and other.is_whole):
        return None
    partners = np.array(pair.partners)
    full = _finished(series) & (series.edges[1:] <= pair.cut) & (partners >= 0)
    theirs = _finished(other) & (other.edges[1:] <= pair.other_cut)
    ours = np.flatnonzero(full & theirs[partners])
    at = partners[ours]
    lengths = int(series.lengths[ours].sum()), int(other.lengths[at].sum())
    exposure = lengths[0] / lengths[1] if len(ours) else 1.0
    uneven = abs(exposure - 1) > _SAME_LENGTH
    left_out = (
        f"{len(ours):,} of {len(series.clicks):,} {series.query.unit}s are compared, those that "
        "the click log has in full in both periods"
    )
    return _Both(
        int(series.clicks[ours].sum()),
        int(other.clicks[at].sum()),
        len(ours),
        exposure if uneven else 1.0,
        (left_out, _uneven_note(lengths)) if uneven else (left_out,),
        tuple(
            (int(one.edges[index]), int(one.edges[index + 1]))
            for one, indexes in ((series, ours), (other, at))
            for index in indexes
        ),
    )


def _finished(series: ClickSeries) -> np.ndarray:
    """bool[n]: whose clicks are known to the last; a partial bucket's are not."""
    finished: np.ndarray = series.known & (series.states != PARTIAL)
    return finished


def _sum_to(series: ClickSeries, cut: int, part: int | None) -> int | None:
    whole = series.edges[1:] <= cut
    # What is over is partial only where a click log lacks some of it.
    if part is None or not _finished(series)[whole].all():
        return None
    return int(series.clicks[whole].sum()) + part
