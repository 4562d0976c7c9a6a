"""Hours to days, where there are more of them than a chart can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.query import ALL_TIME
from bitly_data.series import ClickSeries
from bitly_data.states import COUNTED, NOTHING_THERE, PARTIAL, UNKNOWN

# Of so many hours each still has a pixel of a chart on a wide screen; it is a month and a little.
MOST_HOURS = 750
_NO_BOUND = -1  # as `series.NO_BOUND`: a number of clicks is never below 0


def for_drawing(many: Sequence[ClickSeries]) -> tuple[list[ClickSeries], bool]:
    """The series as a chart shows them, and whether their hours were made to days for that."""
    if not many or many[0].query.unit != "hour" or len(many[0].clicks) <= MOST_HOURS:
        return list(many), False
    return [by_day(series) for series in many], True


def first_hours(series: ClickSeries) -> NDArray[np.int64]:
    """int64[days]: the place of the first bucket of each day that the range touches."""
    starts = series.edges[:-1]
    days = (starts + buckets.offsets_at(starts, series.zone)) // buckets.DAY_SECONDS
    return np.flatnonzero(np.diff(days, prepend=days[:1] - 1))


def by_day(series: ClickSeries) -> ClickSeries:
    """The same clicks by day in the series' zone; the worst state of its hours is that of a day.

    A day with an hour that is not known is not known: what is known of its hours is how many clicks
    it has at the least. A day that the range cuts is partial, and so is one of which a click log
    lacks hours, or whose last hours have not begun.
    """
    first = first_hours(series)
    if not len(first):
        return series
    edges = np.append(series.edges[:-1][first], series.edges[-1])
    states = _states(series, first)
    cut = _is_cut(series, edges) & ~np.isin(states, UNKNOWN)
    states = np.where(cut, np.maximum(states, PARTIAL), states).astype(np.int8)
    known = series.known
    any_known = np.logical_or.reduceat(known | series.bounded, first)
    has_most = np.logical_and.reduceat(known | (series.at_most >= 0), first)
    most = np.add.reduceat(np.where(known, series.clicks, np.maximum(series.at_most, 0)), first)
    query = series.query
    units = query.units if query.units == ALL_TIME else len(first)
    return replace(
        series,
        query=query.replace(unit="day", units=units, limit=None),
        edges=edges,
        clicks=np.add.reduceat(np.where(known, series.clicks, 0), first),
        states=states,
        at_least=np.where(any_known, np.add.reduceat(series.floor, first), _NO_BOUND),
        at_most=np.where(has_most, most, _NO_BOUND),
    )


def _states(series: ClickSeries, first: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8[days]: the worst state of each day's hours, as far as there is something to know."""
    nothing = np.isin(series.states, NOTHING_THERE)
    worst = np.maximum.reduceat(np.where(nothing, COUNTED, series.states), first)
    partly = np.where(np.logical_or.reduceat(nothing, first), PARTIAL, COUNTED)
    # Where there is nothing to know of all hours, the best of their reasons is the day's.
    none = np.logical_and.reduceat(nothing, first)
    states: NDArray[np.int8] = np.where(
        none, np.minimum.reduceat(series.states, first), np.maximum(worst, partly)
    ).astype(np.int8)
    return states


def _is_cut(series: ClickSeries, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[days]: whether the range has only a part of a day; it can cut the first and the last."""
    cut = np.zeros(len(edges) - 1, dtype=np.bool_)
    first, end = int(edges[0]), int(edges[-1])
    cut[0] = buckets.floor(first, "day", series.zone) != first
    cut[-1] |= buckets.ceiling(end - 1, "day", series.zone) != end
    return cut


def day_places(
    series: ClickSeries, other: ClickSeries, partners: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64[days]: which day of `other` each day of `series` is set against, -1 where none is.

    `partners`: int64[hours], the same of their hours.
    """
    of_hour = np.searchsorted(first_hours(other), np.arange(len(other.clicks)), side="right") - 1
    hours = partners[first_hours(series)]
    return np.where(hours >= 0, of_hour[np.maximum(hours, 0)], -1)
