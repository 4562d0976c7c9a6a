"""The addresses of one link: what is said of them, and their series beside the sum."""

from __future__ import annotations

import pytest
from view_cases import NOW, V4, answer, asks, of

from bitly_data.errors import AnswerError
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import failed
from bitly_data.states import COUNTED, FAILED, OUTSIDE_WINDOW, PARTIAL
from bitly_data.views import addresses
from bitly_data.views.answers import Unasked
from bitly_data.views.values import CAPTION, Notice

HASH, SPRING, SUMMER = "go.ex.com/Ab", "go.ex.com/spring", "go.ex.com/summer"
ALONE = ClickQuery(target=LINK, link=SPRING, units=3, until=NOW)
TOGETHER = ALONE.replace(all_addresses=True)


@pytest.mark.parametrize(
    ("query", "known", "text"),
    [
        (ALONE, (), None),
        (TOGETHER, (), None),
        (ALONE, (SPRING,), None),
        (TOGETHER, (SPRING,), "No other address leads to this link."),
        (
            ALONE,
            (SPRING, HASH, SUMMER),
            "This link is also reached by go.ex.com/Ab, go.ex.com/summer. Bitly counts that apart: "
            "to add it, switch All addresses on in the sidebar, under More.",
        ),
        (TOGETHER, (SPRING, HASH, SUMMER), "With the clicks by go.ex.com/Ab, go.ex.com/summer."),
        (TOGETHER, (SPRING, HASH), "With the clicks by go.ex.com/Ab."),
    ],
)
def test_what_is_said_of_the_other_addresses(
    query: ClickQuery, known: tuple[str, ...], text: str | None
) -> None:
    found = addresses.notice(asks(query, V4, addresses=known))
    assert found == (None if text is None else Notice(CAPTION, text))


def test_the_clicks_of_the_others_are_told_as_far_as_they_are_known() -> None:
    page_query = asks(ALONE, V4, addresses=(SPRING, HASH, SUMMER))
    hash_, summer = addresses.counted(page_query)
    assert (hash_, summer) == (
        ALONE.replace(link=HASH, rollup=True),
        ALONE.replace(link=SUMMER, rollup=True),
    )
    found = addresses.notice(page_query, of(answer(hash_, [6334]), answer(summer, [1], [PARTIAL])))
    assert found is not None
    assert "reached by go.ex.com/Ab (6,334 clicks), go.ex.com/summer (1 click). " in found.text
    unknown = of(answer(hash_, [0], [OUTSIDE_WINDOW])) | {summer: AnswerError("No.")}
    found = addresses.notice(page_query, unknown)
    assert found == addresses.notice(page_query)
    assert found is not None and "(" not in found.text


def test_the_others_are_not_counted_again_where_they_are_in_the_sum() -> None:
    assert addresses.counted(asks(TOGETHER, V4, addresses=(SPRING, HASH))) == []
    assert addresses.counted(asks(ALONE, V4, addresses=(SPRING,))) == []
    names = (SPRING, *(f"go.ex.com/{number}" for number in range(9)))
    assert len(addresses.counted(asks(ALONE, V4, addresses=names))) == addresses.MOST_COUNTED


def test_each_address_is_asked_for_where_they_are_counted_together() -> None:
    page_query = asks(TOGETHER, V4, addresses=(SPRING, HASH, SUMMER))
    wanted = addresses.questions(page_query, of(answer(TOGETHER, [6, 0, 1])))
    assert wanted == [ALONE.replace(link=name) for name in (SPRING, HASH, SUMMER)]


@pytest.mark.parametrize(
    ("query", "known"), [(ALONE, (SPRING, HASH)), (TOGETHER, (SPRING,)), (TOGETHER, ())]
)
def test_one_address_has_no_parts(query: ClickQuery, known: tuple[str, ...]) -> None:
    page_query = asks(query, V4, addresses=known)
    answers = of(answer(query, [6, 0, 1]))
    assert addresses.questions(page_query, answers) == []
    assert addresses.parts(page_query, answers) == []


def test_of_all_time_each_address_has_the_sum_s_buckets() -> None:
    """Each has a beginning of its own, and the sum has the earliest."""
    query = TOGETHER.replace(units=ALL_TIME)
    page_query = asks(query, V4, addresses=(SPRING, HASH))
    answers = of(answer(query, [1, 0, 0, 5, 7]))
    assert [one.units for one in addresses.questions(page_query, answers)] == [5, 5]
    total = query.replace(rollup=True)
    page_query = asks(total, V4, addresses=(SPRING, HASH))
    answers = of(answer(total, [13], [PARTIAL]))
    assert [one.units for one in addresses.questions(page_query, answers)] == [ALL_TIME] * 2


@pytest.mark.parametrize(
    "found", [AnswerError("No."), Unasked(50), failed(TOGETHER, "Nobody is there.", NOW)]
)
def test_a_sum_without_an_answer_asks_for_no_parts(found: object) -> None:
    page_query = asks(TOGETHER, V4, addresses=(SPRING, HASH))
    assert addresses.questions(page_query, {TOGETHER: found}) == []  # type: ignore[dict-item]


def test_the_parts_are_those_of_the_same_buckets() -> None:
    """A minute may have ended since the sum was counted; then a part is left out, not shifted."""
    names = (SPRING, HASH, SUMMER)
    page_query = asks(TOGETHER, V4, addresses=names)
    answers = of(answer(TOGETHER, [6, 0, 1]))
    spring, hash_, summer = addresses.questions(page_query, answers)
    first = answer(spring, [4, 0, 1])
    later = answer(hash_, [2, 0, 0], edges=[at + 86_400 for at in first.edges.tolist()])
    answers |= of(first, later)
    assert addresses.parts(page_query, answers) == [first]
    answers |= {summer: AnswerError("No.")}
    assert addresses.parts(page_query, answers) == [first]
    whole = answer(hash_, [2, 0, 0])
    assert addresses.parts(page_query, answers | of(whole)) == [first, whole]


def test_the_addresses_shown_and_the_others_are_the_sum() -> None:
    whole = answer(TOGETHER, [6, 0, 3])
    spring = answer(TOGETHER.replace(link=SPRING, all_addresses=False), [4, 0, 1])
    (rest,) = addresses.rest(whole, [spring])
    assert (rest.name, rest.clicks.tolist()) == ("other addresses", [2, 0, 2])
    assert addresses.rest(whole, [spring, rest]) == []
    # An address of which a day has no answer: what the sum has more is on the others.
    states = [FAILED, COUNTED, COUNTED]
    lacking = answer(TOGETHER.replace(link=HASH, all_addresses=False), [9, 0, 2], states)
    (rest,) = addresses.rest(whole, [spring, lacking])
    assert rest.clicks.tolist() == [2, 0, 0]
    assert addresses.rest(whole, []) == []


def test_totals_of_any_range_stand_side_by_side() -> None:
    total = TOGETHER.replace(rollup=True, units=ALL_TIME)
    page_query = asks(total, V4, addresses=(SPRING, HASH))
    answers = of(answer(total, [9], [PARTIAL]))
    spring, hash_ = addresses.questions(page_query, answers)
    parts = [answer(spring, [4], edges=[0, 86_400]), answer(hash_, [5], edges=[86_400, 172_800])]
    assert addresses.parts(page_query, answers | of(*parts)) == parts
