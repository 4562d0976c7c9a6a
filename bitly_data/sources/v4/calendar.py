"""The buckets that a question asks for, and the UTC ones that v4 can make them from. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.buckets import NOMINAL_SECONDS, Edges
from bitly_data.query import ClickQuery, edges_of, refuse_too_many
from bitly_data.sources.bucket_states import states_of
from bitly_data.sources.v4.counts import Counted
from bitly_data.sources.v4.spans import utc_ceiling, utc_floor
from bitly_data.states import COUNTED, OUTSIDE_WINDOW, PARTIAL, REBUILT

UTC_BETWEEN = (
    "These are {unit}s of UTC: Bitly's v4 counts in hours of UTC, and this zone's "
    "{unit}s begin between them."
)
UTC_CHEAP = (
    "These are {unit}s of UTC, in which domains and logins take one call a day: exact "
    "{unit}s of the zone take one an hour."
)
UTC_WALL = "These are {unit}s of UTC: this account's plan has no hours to make the zone's from."
UTC_HISTORY = (
    "These are {unit}s of UTC: this account's plan has days that are older than its "
    "hours, from which the zone's {unit}s would be made."
)


@dataclass(frozen=True)
class Calendar:
    """The requested buckets (`edges`, of `zone`), and the UTC `unit` that they are made from.

    `note` and `offset` [s] where they are UTC's own instead of those of the requested zone.
    """

    unit: str
    zone: tzinfo
    edges: Edges
    note: str = ""
    offset: int | None = None

    @property
    def whole(self) -> tuple[int, int]:
        """The UTC buckets that cover the requested ones: from where to where [epoch s]."""
        return (
            utc_floor(int(self.edges[0]), self.unit),
            utc_ceiling(int(self.edges[-1]), self.unit),
        )


def calendar_of(
    query: ClickQuery,
    now: int,
    first: int | None = None,
    *,
    has_hours: bool,
    has_older_days: Callable[[int, int], bool],
) -> Calendar:
    """How the requested buckets are had. Of all time they begin with the one that holds `first`
    [epoch s].

    `has_hours`: the plan has them, as far as is known. `has_older_days`: whether a part of
    [start, end) [epoch s] has days, but no hours.
    """

    if query.upstream_buckets:
        return _of_utc(query, now, first, "")
    edges = _edges(query, query.zone, now, first)
    unit = _unit_of_edges(query, edges)
    if unit is None:
        return _of_utc(query, now, first, UTC_BETWEEN)
    calendar = Calendar(unit, query.zone, edges)
    if unit != "hour" or query.unit == "hour":
        return calendar
    if needs_lists(query) and not query.zone_days:
        return _of_utc(query, now, first, UTC_CHEAP)
    if not has_hours:
        return _of_utc(query, now, first, UTC_WALL)
    if not query.zone_days and has_older_days(*calendar.whole):
        return _of_utc(query, now, first, UTC_HISTORY)
    return calendar


def _unit_of_edges(query: ClickQuery, edges: Edges) -> str | None:
    """The largest unit of UTC that buckets with these edges are made of; `None`: there is none."""
    if query.unit == "minute":
        return "minute"
    if query.unit != "hour" and not (edges % buckets.DAY_SECONDS).any():
        return "day"
    return None if (edges % buckets.HOUR_SECONDS).any() else "hour"


def _of_utc(query: ClickQuery, now: int, first: int | None, note: str) -> Calendar:
    """UTC's own buckets, and why these."""
    unit = query.unit if query.unit in ("minute", "hour") else "day"
    return Calendar(unit, UTC, _edges(query, UTC, now, first), note.format(unit=query.unit), 0)


def needs_lists(query: ClickQuery) -> bool:
    """Whether a question takes a list of each bucket: it may be many calls."""
    return bool(query.domains or query.login or query.unlisted)


def _edges(query: ClickQuery, zone: tzinfo, now: int, first: int | None) -> Edges:
    """The requested edges in a zone, from the bucket that holds `first` on where that is given."""
    end = query.until if query.until is not None else now
    if first is not None:
        edges = buckets.between(min(max(first, 1), end), end, query.unit, zone, query.week_start)
        refuse_too_many(len(edges) - 1, query.unit)
        return edges
    if zone is UTC:
        query = query.replace(timezone="UTC")
    return edges_of(query, end)


def regrouped(calendar: Calendar, counted: Counted) -> Counted:
    """Clicks and bounds of the requested buckets, and the worst state of the UTC ones in each."""
    index = (calendar.edges[:-1] - calendar.whole[0]) // NOMINAL_SECONDS[calendar.unit]
    states = np.maximum.reduceat(counted.states, index)
    clicks = np.where(states == COUNTED, np.add.reduceat(counted.clicks, index), 0)
    return Counted(clicks, states, counted.bounds.regrouped(index), counted.notes)


def own_states(edges: Edges, states: NDArray[np.int8], now: int, *, own: bool) -> NDArray[np.int8]:
    """int8[n]: the states of the requested buckets; `own` where upstream's are these."""
    counted = states == COUNTED
    of_known = states_of(edges, counted, np.full(len(states), own), now)
    return np.where(counted, of_known, states).astype(np.int8)


def from_first_click(
    query: ClickQuery,
    calendar: Calendar,
    counted: Counted,
    *,
    whole: bool,
) -> tuple[Edges, Counted]:
    """All time from its first click on; where the history is cut off, one more bucket before that
    stands for what was before.
    """
    clicks, states = counted.clicks, counted.states
    shown = np.flatnonzero((clicks > 0) | ~np.isin(states, (COUNTED, REBUILT, PARTIAL)))
    first = int(shown[0]) if len(shown) else len(clicks) - 1
    edges, clicks, states = calendar.edges[first:], clicks[first:], states[first:]
    if whole:
        return edges, replace(
            counted, clicks=clicks, states=states, bounds=counted.bounds.from_place(first)
        )
    before = buckets.floor(int(edges[0]) - 1, query.unit, calendar.zone, query.week_start)
    return np.concatenate([[before], edges]).astype(np.int64), replace(
        counted,
        clicks=np.concatenate([[0], clicks]).astype(np.int64),
        states=np.concatenate([[OUTSIDE_WINDOW], states]).astype(np.int8),
        bounds=counted.bounds.from_place(first, before=1),
    )
