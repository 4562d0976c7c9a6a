"""The states of a bucket, from best to worst."""

from bitly_data import series, states
from bitly_data.charts.style import STATE_STYLES
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
)


def test_the_worst_of_several_is_the_largest_number() -> None:
    assert COUNTED < REBUILT < PARTIAL < NOT_IN_LOG < CAPPED < OUTSIDE_WINDOW < FAILED < NOT_BEGUN
    assert [STATES[code] for code in (COUNTED, PARTIAL, FAILED)] == ["counted", "partial", "failed"]
    assert [STATES[code] for code in states.NOTHING_THERE] == ["not_in_log", "not_begun"]
    assert len(STATES) == NOT_BEGUN + 1


def test_what_is_not_known_is_worse_than_all_that_is() -> None:
    assert min(states.UNKNOWN) > max(set(range(len(STATES))) - set(states.UNKNOWN))
    assert series.UNKNOWN == states.UNKNOWN
    assert set(states.NOTHING_THERE) < set(states.UNKNOWN)


def test_each_state_has_a_look() -> None:
    assert set(STATE_STYLES) == set(STATES)
