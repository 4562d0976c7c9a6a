"""Counts of equal stretches of time, summed into larger buckets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bitly_data.server.store.model import Ints


def fold(starts: Sequence[int], times: Ints, counts: Ints) -> Ints:
    """The counts of stretches (see `ClickStore.count_by`) summed into larger buckets.

    `starts` are the buckets' starts [epoch s], newest first, as are the sums that come back; every
    stretch lies in one of the buckets, the newest of which has no end here.
    """
    ascending = np.array(starts[::-1], dtype=np.int64)
    rows = np.searchsorted(ascending, times, side="right") - 1
    totals = np.zeros(len(starts), dtype=np.int64)
    np.add.at(totals, rows, counts)
    return totals[::-1]
