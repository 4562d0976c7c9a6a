"""Which time it is upstream: by the header, by this machine, and by what a body says."""

from __future__ import annotations

import pytest

from bitly_data.sources.v4.clock import SAME_TIME, UpstreamClock, clock_of

OURS, HOUR, YEARS = 1_770_000_000, 3600, 10 * 366 * 86_400
BEFORE = UpstreamClock(20, 20)


@pytest.mark.parametrize("off", [0, 3, SAME_TIME, -SAME_TIME])
def test_a_header_of_about_the_same_time_holds(off: int) -> None:
    assert clock_of(BEFORE, OURS + off, OURS, None) == UpstreamClock(off, off)


@pytest.mark.parametrize(
    ("off", "over"), [(SAME_TIME + 1, 0), (HOUR, 0), (-SAME_TIME - 1, -301), (-HOUR, -HOUR)]
)
def test_a_header_that_is_far_off_tells_no_time_and_ends_nothing_alone(off: int, over: int) -> None:
    found = clock_of(BEFORE, OURS + off, OURS, None)
    assert found == UpstreamClock(BEFORE.ahead, over, is_known=False)


@pytest.mark.parametrize("off", [-YEARS, -HOUR, HOUR])
def test_a_body_that_agrees_with_the_header_tells_the_time(off: int) -> None:
    found = clock_of(BEFORE, OURS + off, OURS, OURS + off - 2)
    assert found == UpstreamClock(off, min(off, 0))


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_body_that_agrees_with_this_machine_tells_that_the_header_is_wrong(off: int) -> None:
    assert clock_of(BEFORE, OURS + off, OURS, OURS + 1) == UpstreamClock(0, min(off, 0))


def test_a_body_of_a_third_time_tells_nothing() -> None:
    assert not clock_of(BEFORE, OURS + HOUR, OURS, OURS + 9 * HOUR).is_known


def test_what_is_over_is_so_by_the_clock_that_was_believed_before_as_well() -> None:
    stopped = UpstreamClock(-YEARS, -YEARS)
    assert clock_of(stopped, OURS - HOUR, OURS, None) == UpstreamClock(-YEARS, -YEARS, False)
