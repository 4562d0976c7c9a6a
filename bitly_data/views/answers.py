"""What was answered, by question; a question without an answer has the reason in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bitly_data.errors import AnswerError, BitlyError
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries


@dataclass(frozen=True)
class Unasked:
    """It was not asked, as it takes more calls than what only stands beside is worth.

    `calls` [calls] are those of all that was wanted together. `before_history`: it begins before
    what upstream keeps, as far as is known.
    """

    calls: int
    before_history: bool = False


Answer = ClickSeries | BitlyError | Unasked
Answers = Mapping[ClickQuery, Answer]


def is_answered(answer: Answer | None) -> bool:
    """Whether an answer is a series that somebody gave, and no reason for having none."""
    return isinstance(answer, ClickSeries) and answer.answered


def series_of(answers: Answers, query: ClickQuery) -> ClickSeries:
    """The series that answers a question. Raises the `BitlyError` that stands in its place."""
    answer = answers.get(query)
    if isinstance(answer, BitlyError):
        raise answer
    if not isinstance(answer, ClickSeries):
        raise AnswerError("It was not asked for.")
    if not answer.answered:
        raise AnswerError(answer.provenance.note)
    return answer
