"""Which of upstream's buckets answer a question truly, and how those requested are made. Pure.

Bitly v3 puts one UTC offset, that of the moment of asking, on a whole answer, and starts weeks on
Sunday (docs/upstream/v3.md, sections 5 and 9; docs/decisions/0003). So a range is cut into pieces,
each asked in buckets and a zone that are true there:

- where the offset stays the same, upstream's own days, weeks and months, in a zone of that offset;
- weeks that begin on another day than upstream's are made from days;
- a bucket in which the clock changes, or that lacks a date which the zone skipped, is made from
  hours. Hours are aligned by the fraction of an hour in the offset alone, so those of any zone with
  the same fraction will do;
- a bucket that begins on one alignment and ends on another (the fraction itself changes in it) is
  the difference of two running totals, each over all hours from the first click on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.buckets import DAY_SECONDS, HOUR_SECONDS, Edges
from bitly_data.query import ClickQuery

# What v3 counts in (docs/upstream/v3.md, section 2); buckets of any other unit are made from days.
UPSTREAM_UNITS = ("minute", "hour", "day", "week", "month")
UPSTREAM_WEEK_START = buckets.SUNDAY
# A zone for hours of each alignment [s past the hour by which it is ahead of UTC]: v3 takes whole
# hours or names, and neither of these two has changed its clock since there are Bitlinks.
_HOUR_ZONES = {0: "0", 30 * 60: "Asia/Kolkata", 45 * 60: "Asia/Kathmandu"}


class NoAlignmentError(Exception):
    """No zone that upstream takes has hours that end where a bucket does."""


@dataclass(frozen=True)
class Piece:
    """Upstream's buckets that tile [start, end) [epoch s]: `count` of `unit`, aligned by the zone
    parameter `timezone`. `own`: they are the requested buckets themselves.
    """

    start: int
    end: int
    unit: str
    timezone: str
    count: int
    own: bool


@dataclass(frozen=True)
class Tiling:
    """How the requested buckets are had: `pieces`, oldest first, tile all of them but those that
    are a difference of running totals (`bridges`, indexes of buckets).
    """

    pieces: tuple[Piece, ...]
    bridges: tuple[int, ...] = ()

    @property
    def single(self) -> Piece | None:
        """The only piece, if one request will do."""
        return self.pieces[0] if len(self.pieces) == 1 and not self.bridges else None


def tiling_of(query: ClickQuery, edges: Edges, now: int, *, only_hours: bool = False) -> Tiling:
    """The pieces of the requested buckets.

    `now` [epoch s] is the moment of asking: it decides the offset that upstream will use for a
    zone name. `only_hours`: upstream's days are not the zone's (its clock or its zone data
    differ), so nothing longer than an hour is asked for. Raises `NoAlignmentError`.
    """
    ways = _ways(query, edges, now, only_hours=only_hours)
    pieces: list[Piece] = []
    bridges: list[int] = []
    at = 0
    for way, group in groupby(ways):
        first, at = at, at + len(list(group))
        if way is None:
            bridges += range(first, at)
        else:
            pieces.append(_piece(query, way, edges[first : at + 1]))
    return Tiling(tuple(pieces), tuple(bridges))


_Way = tuple[str, str]  # unit and zone parameter


def _piece(query: ClickQuery, way: _Way, edges: Edges) -> Piece:
    unit, name = way
    start, end = int(edges[0]), int(edges[-1])
    own = unit == query.unit and _has_own(query)
    count = len(edges) - 1 if own else (end - start) // buckets.NOMINAL_SECONDS[unit]
    return Piece(start, end, unit, name, count, own)


def _has_own(query: ClickQuery) -> bool:
    """Whether upstream has buckets of the unit, with weeks that begin on the day asked for."""
    return query.unit in UPSTREAM_UNITS and (
        query.unit != "week" or query.week_start == UPSTREAM_WEEK_START
    )


def _ways(query: ClickQuery, edges: Edges, now: int, *, only_hours: bool) -> list[_Way | None]:
    """For each bucket what to ask for; `None`: two running totals."""
    if query.unit == "minute":
        return [("minute", query.timezone)] * (len(edges) - 1)
    found = (-edges % HOUR_SECONDS).tolist()
    aligned = list(pairwise(found))
    by_alignment = {pair: _hours_way(query, *pair, now) for pair in set(aligned)}
    hours = [by_alignment[pair] for pair in aligned]
    if query.unit == "hour" or only_hours:
        return hours
    unit = query.unit if _has_own(query) else "day"
    changes = buckets.transitions(query.zone, int(edges[0]), int(edges[-1]) - 1)
    bounds = [int(edges[0]), *changes]
    segment = np.searchsorted(bounds, edges[:-1], side="right") - 1
    names = [_day_zone(query, at, now) for at in bounds]
    whole = _whole_days(query, edges, bounds, segment)
    if unit != "day":
        whole[_lacking_a_date(query, edges)] = False
    return [
        (unit, name) if ok and (name := names[at]) is not None else by_hours
        for at, ok, by_hours in zip(segment.tolist(), whole.tolist(), hours, strict=True)
    ]


def _whole_days(
    query: ClickQuery, edges: Edges, bounds: list[int], segment: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """bool[n]: whether a bucket is whole days of the one offset that holds at its start.

    It is not where the clock changes in it, nor where the change is its edge and skips midnight,
    so that the day begins at one o'clock. `bounds` begin the segments of one offset [epoch s].
    """
    offset = np.array([buckets.offset_at(at, query.zone) for at in bounds])[segment]
    whole = ((edges[:-1] + offset) % DAY_SECONDS == 0) & ((edges[1:] + offset) % DAY_SECONDS == 0)
    inside = [at for at in bounds[1:] if at not in edges]
    whole[np.searchsorted(edges, inside) - 1] = False
    found: NDArray[np.bool_] = whole
    return found


def _lacking_a_date(query: ClickQuery, edges: Edges) -> list[int]:
    """The indexes of buckets that are whole days of one offset, but not all those of upstream's.

    The zone skipped the date with which such a week or month begins or ends (31 December 1994 on
    Kiritimati): upstream's own, by one offset, has that day, and so clicks of the bucket beside.
    """
    changes = buckets.transitions(query.zone, int(edges[0]) - 1, int(edges[-1]))
    beside = np.flatnonzero(np.isin(edges[:-1], changes) | np.isin(edges[1:], changes))
    found = []
    for index in beside.tolist():
        start, end = int(edges[index]), int(edges[index + 1])
        fixed = buckets.fixed_zone(buckets.offset_at(start, query.zone))
        if upstream_last(1, start, query.unit, fixed).tolist() != [start, end]:
            found.append(index)
    return found


def _day_zone(query: ClickQuery, at: int, now: int) -> str | None:
    """The zone parameter for days of the offset that holds at an instant, if upstream takes one."""
    offset = buckets.offset_at(at, query.zone)
    if offset == buckets.offset_at(now, query.zone):
        return query.timezone
    hours, rest = divmod(offset, HOUR_SECONDS)
    return str(hours) if rest == 0 else None


def alignment(moment: int) -> int:
    """By how much [s] a zone is ahead of whole hours for an hour of it to begin at an instant."""
    return -moment % HOUR_SECONDS


def _hours_way(query: ClickQuery, start: int, end: int, now: int) -> _Way | None:
    names = [hours_zone(query, at, now) for at in {start, end}]  # raises where there is none
    return ("hour", names[0]) if start == end else None


def hours_zone(query: ClickQuery, aligned: int, now: int) -> str:
    """The zone parameter for hours of an alignment [s]. Raises `NoAlignmentError`."""
    if buckets.offset_at(now, query.zone) % HOUR_SECONDS == aligned:
        return query.timezone
    if aligned not in _HOUR_ZONES:
        raise NoAlignmentError
    return _HOUR_ZONES[aligned]


def starts_of(piece: Piece, edges: Edges) -> NDArray[np.int64]:
    """int64[count]: the starts of upstream's buckets in a piece of the requested `edges`."""
    if piece.own:
        return edges[(edges >= piece.start) & (edges < piece.end)]
    return np.arange(piece.start, piece.end, buckets.NOMINAL_SECONDS[piece.unit], dtype=np.int64)


def regroup(
    edges: Edges, starts: NDArray[np.int64], counts: NDArray[np.int64], known: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The sum of upstream's buckets in each requested one, and whether all of them are known.

    `starts` are ascending, with at least one in each requested bucket. A bucket made from parts of
    which one is unknown is unknown, never the sum of the rest.
    """
    first = np.searchsorted(starts, edges[:-1])
    if not len(first):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    return (
        np.add.reduceat(np.where(known, counts, 0), first),
        np.logical_and.reduceat(known, first),
    )


def own_buckets(tiling: Tiling, edges: Edges) -> NDArray[np.bool_]:
    """bool[n]: which of the requested buckets are upstream's own."""
    own = np.zeros(len(edges) - 1, dtype=np.bool_)
    for piece in tiling.pieces:
        own[(edges[:-1] >= piece.start) & (edges[:-1] < piece.end)] = piece.own
    return own


def upstream_last(units: int, end: int, unit: str, fixed: timezone) -> Edges:
    """The edges of the last buckets by upstream's one offset, with its weeks."""
    return buckets.last(units, end, unit, fixed, UPSTREAM_WEEK_START)


def upstream_floor(moment: int, unit: str, fixed: timezone) -> int:
    """The start of the bucket that holds an instant, by upstream's one offset."""
    return buckets.floor(moment, unit, fixed, UPSTREAM_WEEK_START)


def upstream_edges(unit: str, starts: NDArray[np.int64], fixed: timezone) -> Edges:
    """The edges of the buckets that upstream itself listed, by its one offset.

    `starts` are ascending; where they do not follow that calendar they stand as they are.
    """
    first, newest = int(starts[0]), int(starts[-1])
    edges = buckets.between(first, newest, unit, fixed, UPSTREAM_WEEK_START)
    if np.isin(starts, edges).all():
        return edges
    return np.append(starts, upstream_last(1, newest, unit, fixed)[-1])
