"""What is right beside what Bitly answers: which buckets belong together, and which differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitly_data.series import ClickSeries


@dataclass(frozen=True)
class Beside:
    """For each right bucket, oldest first.

    `partner`: int64[n], the index of Bitly's bucket that holds its middle, -1 where none does.
    `same_hours`: bool[n], whether the two begin and end together. `both_known`: bool[n], whether
    the clicks of both are known. `differs`: bool[n], whether both are known, and the hours or the
    clicks are not the same.
    """

    partner: NDArray[np.int64]
    same_hours: NDArray[np.bool_]
    both_known: NDArray[np.bool_]
    differs: NDArray[np.bool_]

    @property
    def positions(self) -> dict[int, int]:
        """The right bucket's index for each of Bitly's buckets that belongs to one."""
        return {int(at): index for index, at in enumerate(self.partner) if at >= 0}


def beside(right: ClickSeries, answered: ClickSeries) -> Beside:
    """Set the buckets of two series of the same question side by side."""
    middles = (right.edges[:-1] + right.edges[1:]) // 2
    partner = np.searchsorted(answered.edges, middles, side="right") - 1
    partner[partner >= len(answered.clicks)] = -1
    there = partner >= 0
    same_hours = (
        there
        & (answered.edges[partner] == right.edges[:-1])
        & (answered.edges[np.minimum(partner + 1, len(answered.edges) - 1)] == right.edges[1:])
    )
    known = there & right.known & answered.known[partner]
    same = same_hours & (answered.clicks[partner] == right.clicks)
    return Beside(partner, same_hours, known, known & ~same)
