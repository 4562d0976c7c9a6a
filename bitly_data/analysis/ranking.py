"""The largest of many, and all others as one: of rows, and of series. Pure.

What is left over is never lost: the parts add up to what they add up to without it. What is not
known stays so: a sum with an unknown part is bounded, and not a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bitly_data.bounds import NO_BOUND, Bounds, added
from bitly_data.series import ClickSeries
from bitly_data.states import NOTHING_THERE


@dataclass(frozen=True)
class Part:
    """A row: its name, and its clicks [count].

    Where the number is not known `clicks` is `None`, and it lies between `at_least` and `at_most`
    (`None`: no bound); where it is known both are the number. `count` is how many things the row
    stands for, `None` where that is not known; 1 but for a row of others.
    """

    name: str
    clicks: int | None
    at_least: int | None = None
    at_most: int | None = None
    count: int | None = 1

    @property
    def floor(self) -> int:
        """The clicks that there are at the least, by all that is known."""
        return self.clicks if self.clicks is not None else self.at_least or 0

    @property
    def ceiling(self) -> int | None:
        """The clicks that there are at the most; `None` where there is no bound."""
        return self.clicks if self.clicks is not None else self.at_most

    @property
    def is_bounded(self) -> bool:
        """Whether there is a number, or at least a lower bound."""
        return self.clicks is not None or self.at_least is not None


def others_name(count: int | None) -> str:
    """What a row of others is called, by how many there are."""
    return "Others" if count is None else f"{count:,} other{'' if count == 1 else 's'}"


def top_and_others(
    parts: Sequence[Part], most: int, beyond: Part | None = None
) -> tuple[list[Part], Part | None]:
    """The `most` largest parts, the largest first and ties by name, and all others as one row.

    A part is as large as what is known of it, so those of which nothing is known come last.
    `beyond` stands for what is in none of the parts, such as links that a list leaves out. The row
    of others is `None` where there are none.
    """
    ordered = sorted(parts, key=lambda part: (not part.is_bounded, -part.floor, part.name))
    top, rest = ordered[: max(most, 0)], ordered[max(most, 0) :]
    rest += [beyond] if beyond is not None else []
    return top, _one_of(rest) if rest else None


def _one_of(parts: Sequence[Part]) -> Part:
    counts = [part.count for part in parts if part.count is not None]
    count = sum(counts) if len(counts) == len(parts) else None
    clicks = [part.clicks for part in parts if part.clicks is not None]
    if len(clicks) == len(parts):
        return Part(others_name(count), sum(clicks), count=count)
    most = [part.ceiling for part in parts if part.ceiling is not None]
    at_most = sum(most) if len(most) == len(parts) else None
    at_least = sum(part.floor for part in parts) if any(p.is_bounded for p in parts) else None
    return Part(others_name(count), None, at_least, at_most, count)


def top_series_and_others(
    many: Sequence[ClickSeries], most: int, beyond: ClickSeries | None = None
) -> tuple[list[ClickSeries], ClickSeries | None]:
    """The series with the most clicks by what is known of them, ties by name, and the sum of all
    others as one series; `None` where there are none.

    `beyond` is that of what is in none of them. All are of the same buckets. Raises `ValueError`
    where they are not.
    """
    ordered = sorted(
        many, key=lambda one: (not (one.known | one.bounded).any(), -one.total.at_least, one.name)
    )
    top, rest = ordered[: max(most, 0)], ordered[max(most, 0) :]
    if beyond is not None:
        return top, sum_of([*rest, beyond], others_name(None))
    return top, sum_of(rest, others_name(len(rest))) if rest else None


def sum_of(many: Sequence[ClickSeries], name: str) -> ClickSeries:
    """Several series of the same buckets as one: a bucket is as known as its worst part.

    Where some parts of a bucket are known, and not all, their sum is its lower bound. What has no
    number in one part alone, such as a bucket that is not in a click log, has none in the sum.
    Raises `ValueError` where the buckets differ, or there is no series.
    """
    if not many:
        raise ValueError("there is nothing to add up")
    first = many[0]
    if any(not np.array_equal(one.edges, first.edges) for one in many):
        raise ValueError("series of different buckets cannot be added up")
    states = np.stack([one.states for one in many])
    known = np.stack([one.known for one in many])
    clicks = np.stack([np.where(one.known, one.clicks, 0) for one in many]).sum(axis=0)
    bounds = added([_bounds_of(one) for one in many])
    nothing = np.isin(states, NOTHING_THERE).any(axis=0)
    endpoints = dict.fromkeys(path for one in many for path in one.provenance.endpoints)
    return ClickSeries(
        first.query,
        name,
        first.edges,
        np.where(known.all(axis=0), clicks, 0),
        states.max(axis=0),
        replace(
            first.provenance,
            endpoints=tuple(endpoints),
            requests=sum(one.provenance.requests for one in many),
            note=" ".join(dict.fromkeys(one.provenance.note for one in many)).strip(),
        ),
        first.coverage,
        np.where(nothing, NO_BOUND, bounds.at_least),
        np.where(nothing, NO_BOUND, bounds.at_most),
    )


def _bounds_of(series: ClickSeries) -> Bounds:
    """The bounds of a series' buckets; of a known one it is the number itself."""
    return Bounds(
        np.where(series.known, series.clicks, series.at_least),
        np.where(series.known, series.clicks, series.at_most),
    )
