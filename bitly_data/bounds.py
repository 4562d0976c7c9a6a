"""Between which numbers the clicks of a bucket lie, where the number itself is not known.

A list that leaves links out still says how many clicks there were at the least, and the count of
everything how many at the most (docs/decisions/0005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Stands where there is no such bound; a number of clicks is never below 0.
NO_BOUND = -1


@dataclass(frozen=True, eq=False)
class Bounds:
    """`at_least` and `at_most`: int64[n] [count], `NO_BOUND` where there is none."""

    at_least: NDArray[np.int64]
    at_most: NDArray[np.int64]

    def regrouped(self, index: NDArray[np.int64]) -> Bounds:
        """The bounds of larger buckets, each from one place in `index` (int64[m]) to the next."""
        known = np.maximum(self.at_least, 0)
        return Bounds(
            _where(
                np.logical_or.reduceat(self.at_least >= 0, index), np.add.reduceat(known, index)
            ),
            _where(
                np.logical_and.reduceat(self.at_most >= 0, index),
                np.add.reduceat(self.at_most, index),
            ),
        )

    def from_place(self, first: int, before: int = 0) -> Bounds:
        """Those from a place on, behind so many (`before`) of which nothing is known."""
        nothing = np.full(before, NO_BOUND, dtype=np.int64)
        return Bounds(
            np.concatenate([nothing, self.at_least[first:]]),
            np.concatenate([nothing, self.at_most[first:]]),
        )


def exact(clicks: NDArray[np.int64], known: NDArray[np.bool_]) -> Bounds:
    """Those of n counted buckets, which are the clicks themselves; none where not `known`."""
    found = _where(known, clicks)
    return Bounds(found, found)


def added(many: Sequence[Bounds]) -> Bounds:
    """Those of a sum: at least what is known of any, at most what is known of all."""
    least, most = (
        np.stack([one.at_least for one in many]),
        np.stack([one.at_most for one in many]),
    )
    return Bounds(
        _where(np.logical_or.reduce(least >= 0), np.maximum(least, 0).sum(axis=0)),
        _where(np.logical_and.reduce(most >= 0), most.sum(axis=0)),
    )


def _where(there: NDArray[np.bool_], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(there, numbers, NO_BOUND).astype(np.int64)
