"""Between which numbers clicks lie: sums of groups, and larger buckets."""

from __future__ import annotations

import numpy as np

from bitly_data.bounds import NO_BOUND, Bounds, added, exact


def bounds(at_least: list[int], at_most: list[int]) -> Bounds:
    return Bounds(np.array(at_least, dtype=np.int64), np.array(at_most, dtype=np.int64))


def told(found: Bounds) -> list[tuple[int, int]]:
    return list(zip(found.at_least.tolist(), found.at_most.tolist(), strict=True))


def test_a_counted_bucket_is_its_own_bounds() -> None:
    found = exact(np.array([5, 7]), np.array([True, False]))

    assert told(found) == [(5, 5), (NO_BOUND, NO_BOUND)]


def test_a_sum_has_at_least_what_is_known_of_any_and_at_most_what_is_known_of_all() -> None:
    found = added([bounds([5, 3, -1], [5, 9, -1]), bounds([2, -1, -1], [4, -1, 7])])

    assert told(found) == [(7, 9), (3, -1), (-1, -1)]
    assert told(added([bounds([1], [2])])) == [(1, 2)]


def test_a_larger_bucket_has_the_bounds_of_its_parts() -> None:
    days = bounds([1, 2, -1, 4, -1, -1], [1, 9, -1, 4, -1, -1])

    assert told(days.regrouped(np.array([0, 2, 4]))) == [(3, 10), (4, -1), (-1, -1)]


def test_what_is_cut_off_before_has_no_bounds() -> None:
    days = bounds([1, 2, 3], [4, 5, 6])

    assert told(days.from_place(1)) == [(2, 5), (3, 6)]
    assert told(days.from_place(2, before=2)) == [(-1, -1), (-1, -1), (3, 6)]
