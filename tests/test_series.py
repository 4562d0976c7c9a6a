"""What a source answers: totals, series side by side, and what a click log covers of one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import at_noon as series

from bitly_data.series import (
    Coverage,
    Total,
    coverage_words,
    only_known,
    rolled_up,
    side_by_side,
)
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    NOT_BEGUN,
    NOT_IN_LOG,
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


def logged(*days: int, of: int = 6) -> Coverage:
    """A log that has all hours of some days of a series, by their places, to the end of it."""
    edges = series([0] * of).edges
    hours = [range(edges[day] // 3600, edges[day + 1] // 3600) for day in days]
    return Coverage(
        np.array(sorted(hour for day in hours for hour in day), dtype=np.int64), int(edges[-1])
    )


def named(states: np.ndarray) -> list[str]:
    return [STATES[code] for code in states]


def test_a_number_that_nobody_can_know_is_taken_away() -> None:
    states = [COUNTED, REBUILT, PARTIAL, COUNTED, FAILED, CAPPED]
    plain = replace(series([1, 2, 3, 4, 5, 6], states), coverage=logged(0, 3))
    found = only_known(replace(plain, provenance=replace(plain.provenance, fetched_at=2**40)))

    # Why a number was not given stays what it was.
    assert found.states.tolist() == [COUNTED, NOT_IN_LOG, NOT_IN_LOG, COUNTED, FAILED, CAPPED]
    assert found.total == Total(5, 2, 4)
    assert plain.states.tolist() == states
    assert only_known(found).states.tolist() == found.states.tolist()


def test_a_day_that_the_log_has_in_part_is_partial() -> None:
    hours = logged(0, 1, 2).hours[1:-1]
    plain = series([1, 2, 3], [COUNTED, REBUILT, PARTIAL])
    covered = replace(plain, coverage=Coverage(hours, int(plain.edges[-1])))
    wide = replace(covered, edges=series([0] * 6).edges[:4])

    assert only_known(wide).states.tolist() == [PARTIAL, REBUILT, PARTIAL]


@pytest.mark.parametrize("state", [COUNTED, REBUILT, PARTIAL, CAPPED, OUTSIDE_WINDOW, FAILED])
def test_what_begins_after_the_moment_of_asking_has_not_begun(state: int) -> None:
    plain = series([5, 5, 5], [state] * 3)
    moment = int(plain.edges[1])  # the second day begins just now
    asked = replace(plain, provenance=replace(plain.provenance, fetched_at=moment))

    assert only_known(asked).states.tolist() == [state, state, NOT_BEGUN]


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([COUNTED, REBUILT], REBUILT),
        ([NOT_IN_LOG, COUNTED], PARTIAL),
        ([COUNTED, NOT_BEGUN], PARTIAL),
        ([NOT_IN_LOG, NOT_BEGUN], NOT_IN_LOG),
        ([NOT_BEGUN, NOT_BEGUN], NOT_BEGUN),
        ([NOT_IN_LOG, CAPPED], CAPPED),
        ([PARTIAL, OUTSIDE_WINDOW, NOT_BEGUN], OUTSIDE_WINDOW),
    ],
)
def test_a_range_is_known_in_part_where_there_is_nothing_to_know_of_the_rest(
    states: list[int], whole: int
) -> None:
    assert named(rolled_up(series([1] * len(states), states)).states) == [STATES[whole]]


def test_of_all_time_the_days_before_a_first_click_are_in_the_log_or_not() -> None:
    log = logged(1, 2, 3, of=4)
    long = replace(series([1, 2, 3, 4]), coverage=log)
    short = only_known(replace(series([5]), coverage=log))
    _, stretched = side_by_side([only_known(long), short], ["long", "short"])

    assert named(stretched.states) == ["not_in_log", "counted", "counted", "counted"]
    # One without any click is its newest bucket, whatever the log has of that.
    empty = only_known(replace(series([0]), coverage=logged(1, of=4)))
    assert named(empty.states) == ["not_in_log"]
    _, beside = side_by_side(
        [only_known(replace(long, coverage=empty.coverage)), empty], ["a", "b"]
    )
    assert named(beside.states) == ["not_in_log", "counted", "not_in_log", "not_in_log"]
