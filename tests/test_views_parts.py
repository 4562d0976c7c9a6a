"""Parts that add up to their total: the remainder, what is in several, and what is not known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from view_cases import NOW, answer

from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.states import CAPPED, COUNTED, FAILED, OUTSIDE_WINDOW
from bitly_data.views.parts import DIFFERENCE, IN_SEVERAL, Balance, balance, remainder

DAYS = 4
QUERY = ClickQuery(units=DAYS, until=NOW)


def series(clicks: list[int], states: list[int] | None = None, **bounds: list[int]) -> ClickSeries:
    return answer(QUERY, clicks, states or [COUNTED] * DAYS, **bounds)  # type: ignore[arg-type]


def test_what_is_in_no_part_is_the_whole_less_its_parts() -> None:
    rest = remainder(series([5, 0, 2, 9]), series([3, 0, 2, 1]), None, "rest")

    assert rest is not None and rest.name == "rest"
    assert rest.clicks.tolist() == [2, 0, 0, 8]
    assert remainder(series([5, 0, 2, 9]), series([5, 0, 2, 9]), None, "rest") is None


def test_where_one_of_both_is_not_known_the_rest_is_not() -> None:
    whole = series([5, 5, 5, 5], [COUNTED, OUTSIDE_WINDOW, COUNTED, COUNTED])
    rest = remainder(whole, series([1] * 4, [COUNTED, COUNTED, FAILED, COUNTED]), None, "rest")

    assert rest is not None
    assert rest.states.tolist() == [COUNTED, OUTSIDE_WINDOW, FAILED, COUNTED]
    assert rest.floor.tolist() == [4, 0, 0, 4]
    assert not rest.bounded.any()


def test_the_rest_of_bounds_is_a_bound() -> None:
    together = series([0, 1, 1, 1], [CAPPED, COUNTED, COUNTED, COUNTED], at_least=[20, -1, -1, -1])
    rest = remainder(series([35, 1, 1, 1]), together, series([7, 0, 0, 0]), "rest")

    assert rest is not None
    assert (rest.at_least.tolist(), rest.at_most.tolist()) == ([8, -1, -1, -1], [15, -1, -1, -1])
    assert rest.states.tolist() == together.states.tolist()


def test_without_what_is_not_listed_the_rest_may_be_in_the_parts() -> None:
    states = [CAPPED, CAPPED, CAPPED, COUNTED]
    together = series([0, 0, 0, 1], states, at_least=[20, 20, 20, -1], at_most=[70, 30, -1, -1])
    rest = remainder(series([70, 70, 70, 1]), together, None, "rest")

    assert rest is not None
    # Of the first day all may be in the parts; of the third nobody knows.
    assert rest.at_least.tolist() == [0, 40, -1, -1]
    assert rest.at_most.tolist() == [50, 50, -1, -1]


def test_a_click_of_the_newest_answer_makes_no_rest_below_0() -> None:
    rest = remainder(series([1, 1, 1, 1]), series([0, 1, 1, 2]), None, "rest")

    assert rest is not None and rest.clicks.tolist() == [1, 0, 0, 0]


def test_without_a_total_there_is_nothing_to_add_up_to() -> None:
    whole = series([1] * DAYS, [FAILED, COUNTED, COUNTED, COUNTED])

    found = balance([series([1] * DAYS)], [], series([1] * DAYS), whole)
    assert found == Balance(0, None)
    assert found.rows(whole) == []


def test_each_reason_has_its_row() -> None:
    whole = series([9] * DAYS)
    rows = Balance(3, 5).rows(whole)

    assert [(one.name, one.clicks.tolist()) for one in rows] == [
        (IN_SEVERAL, [-3]),
        (DIFFERENCE, [5]),
    ]
    assert Balance().rows(whole) == []


# For each click: its day, and which of three domains it is on.
CLICKS = st.lists(st.tuples(st.integers(0, DAYS - 1), st.sets(st.integers(0, 2))), max_size=60)
STATES = st.lists(
    st.sampled_from([COUNTED, COUNTED, COUNTED, FAILED, CAPPED]), min_size=DAYS, max_size=DAYS
)


@given(CLICKS, st.lists(STATES, min_size=3, max_size=3), STATES)
def test_rows_add_up_whatever_is_known(
    clicks: list[tuple[int, set[int]]], of_each: list[list[int]], of_together: list[int]
) -> None:
    """Some days have no answer, and of some only a part of the clicks is listed."""

    def counted(keep: set[int], states: list[int]) -> ClickSeries:
        days = [day for day, on in clicks if not keep or on & keep]
        numbers = [days.count(day) for day in range(DAYS)]
        return series(numbers, states, at_least=[number // 2 for number in numbers])

    parts = [counted({index}, states) for index, states in enumerate(of_each)]
    together, whole = counted({0, 1, 2}, of_together), counted(set(), [COUNTED] * DAYS)
    rest = remainder(whole, together, None, "rest")
    more = [] if rest is None else [rest]
    found = balance(parts, more, together, whole)
    rows = [*parts, *more, *found.rows(whole)]
    assert sum(one.total.at_least for one in rows) == whole.total.clicks
    if all(one.known.all() for one in (*parts, together)):
        shared = sum(len(on) - 1 for _, on in clicks if len(on) > 1)
        assert found == Balance(shared, 0)
        assert (rest is None) == all(on for _, on in clicks)
    assert np.all([one.floor >= 0 for one in more])
