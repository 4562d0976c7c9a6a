"""What was answered: a series, or the reason that stands in its place."""

from __future__ import annotations

import pytest
from view_cases import NOW, answer, of

from bitly_data.errors import AccessError, AnswerError, BitlyError, QuestionError
from bitly_data.query import ClickQuery
from bitly_data.series import failed
from bitly_data.views.answers import Answer, Unasked, series_of

QUERY = ClickQuery(units=2)


def test_the_series_that_answers() -> None:
    series = answer(QUERY, [3, 4])
    other = answer(QUERY.replace(unit="week"), [5, 6])
    assert series_of(of(series, other), QUERY) is series


@pytest.mark.parametrize(
    "problem", [AnswerError("No."), QuestionError("Too long."), AccessError("Not yours.")]
)
def test_an_error_is_raised_where_it_stands(problem: BitlyError) -> None:
    with pytest.raises(type(problem)) as raised:
        series_of({QUERY: problem}, QUERY)
    assert raised.value is problem


@pytest.mark.parametrize("answers", [{}, {QUERY: Unasked(45)}, {QUERY: Unasked(0, True)}])
def test_what_nobody_asked_for_has_no_series(answers: dict[ClickQuery, Answer]) -> None:
    with pytest.raises(AnswerError, match=r"^It was not asked for\.$"):
        series_of(answers, QUERY)


def test_a_series_that_nobody_answered_says_why() -> None:
    with pytest.raises(AnswerError, match=r"^The server is tired\.$"):
        series_of(of(failed(QUERY, "The server is tired.", NOW)), QUERY)


def test_a_series_without_clicks_is_an_answer() -> None:
    assert series_of(of(answer(QUERY, [0, 0])), QUERY).total.clicks == 0
