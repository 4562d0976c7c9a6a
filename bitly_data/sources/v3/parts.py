"""What an answer is made of: edges, clicks and states, and what a limit leaves of them. Pure."""

from __future__ import annotations

from datetime import timezone

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.query import ClickQuery, edges_of, refuse_too_many
from bitly_data.sources.bucket_states import states_of
from bitly_data.sources.v3.rebuild import upstream_floor, upstream_last
from bitly_data.states import CAPPED, UNKNOWN

# Edges int64[n + 1] [epoch s], clicks int64[n], states int8[n].
Parts = tuple[buckets.Edges, NDArray[np.int64], NDArray[np.int8]]


def one_bucket(start: int, end: int, total: int, now: int, *, own: bool) -> Parts:
    """A total as one bucket; `own`: upstream's own buckets add up to it."""
    edges = np.array([start, end], dtype=np.int64)
    return (
        edges,
        np.array([total], dtype=np.int64),
        states_of(edges, np.array([True]), np.array([own]), now),
    )


def from_first_click(parts: Parts) -> Parts:
    """Without the buckets before the first one that has clicks, or is not known."""
    edges, clicks, states = parts
    begun = np.flatnonzero((clicks > 0) | np.isin(states, UNKNOWN))
    first = int(begun[0]) if len(begun) else len(clicks) - 1
    return edges[first:], clicks[first:], states[first:]


def with_capped(query: ClickQuery, parts: Parts, fixed: timezone | None = None) -> Parts:
    """The buckets that a limit cut off, put before those that came.

    `fixed`: they are upstream's own, by its one offset.
    """
    edges, clicks, states = parts
    missing = query.units - len(clicks)
    if missing <= 0:
        return parts
    before = (
        upstream_last(missing, int(edges[0]) - 1, query.unit, fixed)[:-1]
        if fixed
        else edges_of(query, int(edges[-1]) - 1)[:missing]
    )
    return (
        np.concatenate([before, edges]),
        np.concatenate([np.zeros(missing, dtype=np.int64), clicks]),
        np.concatenate([np.full(missing, CAPPED, dtype=np.int8), states]),
    )


def all_time_limited(
    query: ClickQuery, parts: Parts, *, whole: bool, fixed: timezone | None = None
) -> Parts:
    """With a limit that was reached: one more bucket before, which stands for all that is cut.

    `whole`: upstream itself cut nothing off. `fixed`: the buckets are upstream's own.
    """
    edges, clicks, states = parts
    with_clicks = np.flatnonzero(clicks)
    if query.limit is None or (whole and len(with_clicks) <= query.limit):
        return parts
    first = int(with_clicks[-query.limit]) if len(with_clicks) >= query.limit else 0
    last = int(edges[first]) - 1
    before = (
        upstream_floor(last, query.unit, fixed)
        if fixed
        else buckets.floor(last, query.unit, query.zone, query.week_start)
    )
    return (
        np.concatenate([[before], edges[first:]]).astype(np.int64),
        np.concatenate([[0], clicks[first:]]).astype(np.int64),
        np.concatenate([[CAPPED], states[first:]]).astype(np.int8),
    )


def refuse_too_long(query: ClickQuery, first: int, newest: int) -> None:
    """Raise `QuestionError` if there are too many buckets from one moment to another [epoch s]."""
    refuse_too_many((newest - first) // buckets.NOMINAL_SECONDS[query.unit] + 1, query.unit)
