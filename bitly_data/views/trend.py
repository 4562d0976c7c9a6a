"""A series as a small chart: a sparkline in a key figure or in a row of a table."""

from __future__ import annotations

import math

import numpy as np

from bitly_data.series import ClickSeries
from bitly_data.states import PARTIAL

# A key figure is 190 px wide at the least: more points than one in three pixels are no picture.
_MOST_POINTS = 60
_FEWEST_POINTS = 2  # one point is no line


def trend(series: ClickSeries, first: int = 0) -> tuple[float | None, ...]:
    """The finished buckets from the `first` on, oldest first, `None` where not known [count].

    A long series is summed in equal groups of whole buckets, of which one that is not known in
    full makes the group unknown. What does not fill a group is left out, at the older end. Nothing
    where fewer than two points are known.
    """
    # A bucket that still fills at the right end would look like a fall.
    stop = int(np.searchsorted(series.edges[1:], _moment(series), side="right"))
    known = (series.known & (series.states != PARTIAL))[first:stop]
    size = max(1, math.ceil(len(known) / _MOST_POINTS))
    begin = len(known) % size
    whole = known[begin:].reshape(-1, size).all(axis=1)
    if whole.sum() < _FEWEST_POINTS:
        return ()
    sums = series.clicks[first:stop][begin:].reshape(-1, size).sum(axis=1)
    return tuple(
        float(clicks) if is_known else None
        for clicks, is_known in zip(sums.tolist(), whole.tolist(), strict=True)
    )


def _moment(series: ClickSeries) -> int:
    """Up to when there can be clicks [epoch s]: the moment of asking, of a click log its own."""
    asked = series.provenance.fetched_at
    return asked if series.coverage is None else min(asked, series.coverage.now)
