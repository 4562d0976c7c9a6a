"""Which of upstream's buckets answer a question truly, and how they become the asked ones. Pure.

Bitly v3 puts one UTC offset, that of the moment of asking, on a whole answer, and starts weeks on
Sunday (reference sheet of v3, sections 1.4 and 9). So its own days, weeks and months are the
zone's only where the offset does not change in the range; elsewhere they are made from hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.buckets import DAY_SECONDS, HOUR_SECONDS, Edges
from bitly_data.errors import AnswerError
from bitly_data.query import ClickQuery
from bitly_data.series import COUNTED, FAILED, PARTIAL, REBUILT

# Made from smaller buckets where upstream's own would not be the zone's.
UPSTREAM_WEEK_START = buckets.SUNDAY


@dataclass(frozen=True)
class Grid:
    """Upstream's buckets to ask for: a unit, and the zone parameter that aligns them.

    `direct`: they are the asked buckets themselves. `width` is their length [s], 0 for months.
    """

    unit: str
    timezone: str
    direct: bool
    width: int


def grid_for(query: ClickQuery, start: int, end: int, now: int) -> Grid:
    """The largest of upstream's buckets that tile the asked ones in [start, end) [epoch s].

    `now` is the moment of asking: it decides the offset that upstream will use for a zone name.
    """
    if query.unit == "minute":
        return Grid("minute", query.timezone, direct=True, width=buckets.MINUTE_SECONDS)
    offset = buckets.constant_offset(query.zone, start, end)
    timezone: str | None = query.timezone
    if offset is not None and offset != buckets.offset_at(now, query.zone):
        timezone = str(offset // HOUR_SECONDS) if offset % HOUR_SECONDS == 0 else None
    if query.unit == "hour" or offset is None or timezone is None:
        return Grid("hour", timezone or query.timezone, direct=query.unit == "hour",
                    width=HOUR_SECONDS)
    if query.unit == "week" and query.week_start != UPSTREAM_WEEK_START:
        return Grid("day", timezone, direct=False, width=DAY_SECONDS)
    width = 0 if query.unit == "month" else buckets.NOMINAL_SECONDS[query.unit]
    return Grid(query.unit, timezone, direct=True, width=width)


def grid_starts(grid: Grid, edges: Edges, now: int) -> NDArray[np.int64]:
    """The starts of upstream's buckets between the first and the last of `edges`.

    `now` is the moment of asking, as for `grid_for`. Raises `AnswerError` where upstream's
    buckets do not tile the asked ones: the zone's wall clock changed by a fraction of an hour in
    the range, or since.
    """
    if not grid.width:
        return edges[:-1]
    base = int(edges[0])
    if grid.unit == "hour":
        base = -buckets.offset_at(now, buckets.zone(grid.timezone))
    if np.any((edges - base) % grid.width):
        raise AnswerError("This zone's clock was changed by a fraction of an hour in this range "
                          "or after it, and Bitly's hours do not line up with it: choose UTC, or "
                          "another range.")
    return np.arange(edges[0], edges[-1], grid.width, dtype=np.int64)


def regroup(edges: Edges, starts: NDArray[np.int64], counts: NDArray[np.int64],
            known: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The sum of upstream's buckets in each asked one, and whether all of them are known.

    A bucket made from parts of which one is unknown is unknown, never the sum of the rest.
    """
    first = np.searchsorted(starts, edges[:-1])
    if not len(first):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    return (np.add.reduceat(np.where(known, counts, 0), first),
            np.logical_and.reduceat(known, first))


def states_of(edges: Edges, known: NDArray[np.bool_], *, direct: bool, now: int
              ) -> NDArray[np.int8]:
    """The state of each bucket: a bucket that ends after `now` is still filling."""
    states = np.full(len(edges) - 1, COUNTED if direct else REBUILT, dtype=np.int8)
    states[edges[1:] > now] = PARTIAL
    states[~known] = FAILED
    return states
