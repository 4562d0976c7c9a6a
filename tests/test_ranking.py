"""The largest of many and all others as one, which adds up whatever is not known."""

from __future__ import annotations

import random

import numpy as np
import pytest
from samples import series

from bitly_data.analysis.ranking import (
    Part,
    others_name,
    sum_of,
    top_and_others,
    top_series_and_others,
)
from bitly_data.bounds import NO_BOUND
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    NOT_BEGUN,
    NOT_IN_LOG,
    OUTSIDE_WINDOW,
    PARTIAL,
    REBUILT,
)

A, B, C = Part("a", 5), Part("b", 9), Part("c", 2)


# -- rows -----------------------------------------------------------------------------------------


def test_the_largest_come_first_and_the_others_add_up() -> None:
    top, others = top_and_others([A, B, C], 1)
    assert top == [B]
    assert others == Part("2 others", 7, count=2)
    assert top_and_others([A, B, C], 3) == ([B, A, C], None)
    assert top_and_others([A, B, C], 2) == ([B, A], Part("1 other", 2, count=1))
    assert top_and_others([], 3) == ([], None)
    assert top_and_others([A], 0) == ([], Part("1 other", 5, count=1))


def test_ties_go_by_name_and_zero_is_a_number() -> None:
    parts = [Part("b", 0), Part("a", 0), Part("c", None)]
    top, others = top_and_others(parts, 2)
    assert [part.name for part in top] == ["a", "b"]
    assert others == Part("1 other", None, None, None, count=1)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        # Unknown stays unknown, and what is known of it is a bound.
        ([Part("x", 3), Part("y", None)], Part("2 others", None, 3, None, 2)),
        ([Part("x", 3), Part("y", None, 1, 4)], Part("2 others", None, 4, 7, 2)),
        ([Part("x", None, 2), Part("y", None, 1, 4)], Part("2 others", None, 3, None, 2)),
        ([Part("x", None), Part("y", None)], Part("2 others", None, None, None, 2)),
        ([Part("x", None, None, 4), Part("y", 2)], Part("2 others", None, 2, 6, 2)),
        ([Part("x", 0), Part("y", 0)], Part("2 others", 0, count=2)),
    ],
)
def test_others_are_as_known_as_the_worst_of_them(rest: list[Part], expected: Part) -> None:
    assert top_and_others([Part("top", 100), *rest], 1)[1] == expected


def test_a_part_is_as_large_as_what_is_known_of_it() -> None:
    parts = [Part("unknown", None), Part("bounded", None, 7), Part("most", None, None, 99), A, B]
    top, others = top_and_others(parts, 3)
    assert [part.name for part in top] == ["b", "bounded", "a"]
    assert others == Part("2 others", None, None, None, 2)


def test_what_is_in_no_part_goes_with_the_others() -> None:
    beyond = Part("not listed", 40, count=None)
    assert top_and_others([A, B, C], 2, beyond)[1] == Part("Others", 42, count=None)
    assert top_and_others([A], 2, beyond)[1] == Part("Others", 40, count=None)
    bounded = Part("not listed", None, 1, 40, count=None)
    assert top_and_others([A, B, C], 2, bounded)[1] == Part("Others", None, 3, 42, None)
    assert others_name(1_200) == "1,200 others"


def test_parts_and_others_are_everything() -> None:
    chance = random.Random(12)
    for _ in range(300):
        parts = []
        for number in range(chance.randrange(9)):
            clicks = chance.randrange(50)
            least, most = clicks - chance.randrange(clicks + 1), clicks + chance.randrange(9)
            parts.append(
                chance.choice(
                    [
                        Part(str(number), clicks),
                        Part(str(number), None, least, most),
                        Part(str(number), None, least),
                        Part(str(number), None),
                    ]
                )
            )
        top, others = top_and_others(parts, chance.randrange(10))
        rows = top + ([others] if others else [])
        assert sum(row.floor for row in rows) == sum(part.floor for part in parts)
        whole = [row.ceiling for row in rows]
        if None not in whole:
            assert sum(whole) == sum(part.ceiling for part in parts)  # type: ignore[arg-type,misc]
        assert sum(row.count or 0 for row in rows) == len(parts)
        assert all(part.clicks is not None for part in parts) <= all(
            row.clicks is not None for row in rows
        )


# -- series ---------------------------------------------------------------------------------------


def test_other_series_are_one_that_adds_up() -> None:
    many = [
        series([1, 2, 3], name="a"),
        series([7, 0, 0], name="b"),
        series([0, 0, 5], [COUNTED, REBUILT, PARTIAL], name="c"),
    ]
    top, others = top_series_and_others(many, 1)
    assert [one.name for one in top] == ["b"]
    assert others is not None
    assert (others.name, others.clicks.tolist()) == ("2 others", [1, 2, 8])
    assert others.states.tolist() == [COUNTED, REBUILT, PARTIAL]
    assert others.provenance.requests == 2
    assert top_series_and_others(many, 3) == (
        [many[1], many[0], many[2]],
        None,
    )


def test_a_bucket_is_as_known_as_its_worst_part() -> None:
    known = series([10, 10, 10, 10, 10], name="known")
    other = series(
        [1, 0, 0, 0, 0],
        [CAPPED, CAPPED, FAILED, OUTSIDE_WINDOW, COUNTED],
        name="other",
        at_least=[4, 4, NO_BOUND, NO_BOUND, NO_BOUND],
        at_most=[9, NO_BOUND, NO_BOUND, NO_BOUND, NO_BOUND],
    )
    found = sum_of([known, other], "both")
    assert found.states.tolist() == [CAPPED, CAPPED, FAILED, OUTSIDE_WINDOW, COUNTED]
    assert found.known.tolist() == [False, False, False, False, True]
    assert found.clicks[4] == 10
    assert found.at_least.tolist() == [14, 14, 10, 10, NO_BOUND]
    assert found.at_most.tolist() == [19, NO_BOUND, NO_BOUND, NO_BOUND, NO_BOUND]
    assert found.total.at_least == known.total.at_least + other.total.at_least


def test_what_has_no_number_at_all_has_no_bound_either() -> None:
    many = [series([1, 0, 0], [COUNTED, NOT_IN_LOG, NOT_BEGUN], name=name) for name in ("a", "b")]
    found = sum_of(many, "both")
    assert found.states.tolist() == [COUNTED, NOT_IN_LOG, NOT_BEGUN]
    assert found.clicks[0] == 2
    assert found.at_least.tolist() == [NO_BOUND] * 3


def test_what_no_series_has_goes_with_the_others() -> None:
    many = [series([1, 2], name="a"), series([3, 4], name="b")]
    beyond = series([10, 0], name="not listed")
    top, others = top_series_and_others(many, 1, beyond)
    assert [one.name for one in top] == ["b"]
    assert others is not None
    assert (others.name, others.clicks.tolist()) == ("Others", [11, 2])
    _, alone = top_series_and_others(many, 2, beyond)
    assert alone is not None and alone.clicks.tolist() == [10, 0]


def test_a_series_of_which_nothing_is_known_comes_last() -> None:
    many = [
        series([0, 0], [FAILED, FAILED], name="a"),
        series([0, 0], name="b"),
        series([0, 0], [CAPPED, FAILED], name="c", at_least=[3, NO_BOUND]),
    ]
    top, _ = top_series_and_others(many, 3)
    assert [one.name for one in top] == ["c", "b", "a"]


def test_different_buckets_cannot_be_added_up() -> None:
    with pytest.raises(ValueError, match="different buckets"):
        sum_of([series([1, 2]), series([1, 2], timezone="Asia/Kolkata")], "both")
    with pytest.raises(ValueError, match="nothing"):
        sum_of([], "none")
    found = sum_of([series([1, 2])], "one")
    assert np.array_equal(found.clicks, [1, 2])
