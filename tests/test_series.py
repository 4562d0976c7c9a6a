"""What a source answers: totals, series side by side, and what a click log covers of one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import at_noon as series

from bitly_data.series import Coverage, Total, coverage_words, rolled_up, side_by_side
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    OUTSIDE_WINDOW,
    PARTIAL,
    REBUILT,
    STATES,
    UNKNOWN,
)


def test_a_total_says_how_many_buckets_it_does_not_know() -> None:
    total = series([5, 7, 9], [CAPPED, COUNTED, FAILED]).total

    assert (total.clicks, total.known, total.unknown) == (7, 1, 2)


def test_a_total_of_whole_numbers_is_one() -> None:
    total = series([5, 7], [REBUILT, PARTIAL]).total

    assert total == Total(12, 2, 0)
    assert {type(number) for number in (total.clicks, total.known, total.unknown)} == {int}


def test_a_total_keeps_what_is_known_of_the_buckets_that_are_not() -> None:
    states = [CAPPED, COUNTED, CAPPED]
    total = series([5, 7, 9], states, at_least=[4, 6, 0], at_most=[9, 8, 20]).total

    assert total == Total(7, 1, 2, bounded=2, listed=4, at_most=36)
    assert total.at_least == 11
    # An upper bound of all is known where each bucket has one.
    some = series([5, 7, 9], [CAPPED, COUNTED, FAILED], at_least=[4, -1, -1], at_most=[9, -1, -1])
    assert some.total == Total(7, 1, 2, bounded=1, listed=4)


def test_a_known_number_needs_no_bounds() -> None:
    one = series([5, 7], [COUNTED, CAPPED], at_least=[5, 6], at_most=[5, 9])

    assert (one.at_least.tolist(), one.at_most.tolist()) == ([-1, 6], [-1, 9])
    assert (one.bounded.tolist(), one.floor.tolist()) == ([False, True], [5, 6])
    assert series([5, 7], [COUNTED, CAPPED]).at_least.tolist() == [-1, -1]
    with pytest.raises(ValueError, match="bound for each"):
        series([5, 7], at_least=[5])


def test_rolled_up_what_is_known_of_the_buckets_is_a_lower_bound() -> None:
    some = rolled_up(series([5, 7], [CAPPED, COUNTED], at_least=[4, -1], at_most=[9, -1]))

    assert (some.known.tolist(), some.at_least.tolist(), some.at_most.tolist()) == (
        [False],
        [11],
        [16],
    )
    assert rolled_up(series([5, 7], [FAILED, COUNTED])).at_least.tolist() == [7]
    assert rolled_up(series([5, 7], [FAILED, FAILED])).at_least.tolist() == [-1]
    assert rolled_up(series([5, 7])).at_least.tolist() == [-1]


def test_which_numbers_are_known_follows_from_the_state() -> None:
    every = series([1] * len(STATES), list(range(len(STATES))))

    assert every.known.tolist() == [code not in UNKNOWN for code in range(len(STATES))]


def test_a_day_is_as_long_as_its_hours() -> None:
    assert series([1, 2]).lengths.tolist() == [86_400, 25 * 3600]
    assert series([1, 2]).lengths.dtype == np.int64


def test_rolling_up_an_unknown_bucket_is_unknown() -> None:
    assert rolled_up(series([1, 2])).clicks.tolist() == [3]
    assert not rolled_up(series([1, 2], [COUNTED, FAILED])).known.any()


@pytest.mark.parametrize("first", [COUNTED, CAPPED, OUTSIDE_WINDOW, FAILED])
def test_beside_a_longer_series_of_all_time_the_unknown_stays_unknown(
    first: int,
) -> None:
    long, short = side_by_side([series([1, 2, 3, 4]), series([5, 7], [first, COUNTED])], ["a", "b"])

    assert short.edges.tolist() == long.edges.tolist()
    assert short.states.tolist() == [first, first, first, COUNTED]
    assert short.total.unknown == (0 if first == COUNTED else 3)


def test_beside_a_longer_series_bounds_stay_with_their_buckets() -> None:
    short = series([5, 7], [CAPPED, COUNTED], at_least=[4, -1], at_most=[9, -1])
    _, longer = side_by_side([series([1, 2, 3, 4]), short], ["a", "b"])

    assert longer.at_least.tolist() == [-1, -1, 4, -1]
    assert longer.at_most.tolist() == [-1, -1, 9, -1]


def test_a_series_tells_what_a_click_log_covers_of_it() -> None:
    plain = series([1, 2, 3])
    assert coverage_words(plain) == ["", "", ""]
    first, second = plain.edges[:2].tolist()
    hours = np.array([*range(first // 3600, second // 3600), second // 3600 + 5])
    coverage = Coverage(hours, now=int(plain.edges[-1]))
    covered = replace(plain, coverage=coverage)

    assert coverage.extents(plain.edges).tolist() == ["", "partly", "not"]
    assert coverage_words(covered) == ["", "1 of 24 hours in the log", "not in the log"]
    assert coverage.words(plain.edges[:2]) == [""]
    assert coverage.covers(plain.edges[:2])
    assert not coverage.covers(plain.edges[:3])
    # Hours that have not begun are nobody's to log.
    assert Coverage(hours[:-1], now=second - 1).covers(plain.edges)
    with pytest.raises(ValueError, match="read-only"):
        hours[0] = 0


def test_coverage_stays_with_a_series_that_is_rolled_up_or_set_beside_others() -> None:
    coverage = Coverage(np.array([], dtype=np.int64), now=0)
    short = replace(series([2]), coverage=coverage)

    assert rolled_up(short).coverage is coverage
    stretched, _ = side_by_side([short, series([1, 2, 3])], ["a", "b"])
    assert stretched.coverage is coverage
    assert len(coverage_words(stretched)) == 3
