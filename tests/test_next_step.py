"""Each problem has one sentence, and one step that goes on from it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from bitly_data.errors import (
    AccessError,
    AnswerError,
    BitlyError,
    GoneError,
    MonthlyLimitError,
    NotFoundError,
    QuestionError,
    RateLimitError,
    UnreachableError,
    UnreadableError,
)
from pages.components import next_step

AGAIN, CONNECTION, LINKS = "Try again", "Open Connection", "All links"


@pytest.mark.parametrize(
    ("problem", "step"),
    [
        (AnswerError("No."), AGAIN),
        (UnreachableError("No."), AGAIN),
        (UnreadableError("No."), AGAIN),
        (RateLimitError("No."), AGAIN),
        (MonthlyLimitError("No."), CONNECTION),
        (AccessError("No."), CONNECTION),
        (GoneError("No."), CONNECTION),
        (NotFoundError("No."), LINKS),
        (QuestionError("No."), None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BitlyError) else str(value),
)
def test_a_problem_has_one_step(
    monkeypatch: pytest.MonkeyPatch, problem: BitlyError, step: str | None
) -> None:
    steps: list[str] = []
    monkeypatch.setattr(next_step.st, "page_link", lambda _, label, **__: steps.append(label))

    def page(problem: object) -> None:
        from pages.components.next_step import show_problem

        show_problem(problem, "any")

    app = AppTest.from_function(page, kwargs={"problem": problem}).run()
    steps += [one.label for one in app.button]
    assert not app.exception
    assert [one.value for one in app.error] == ["No\\."]
    assert steps == ([] if step is None else [step])


def test_two_problems_of_a_page_have_a_button_each() -> None:
    def page() -> None:
        from bitly_data.errors import AnswerError
        from pages.components.next_step import show_problem

        show_problem(AnswerError("One."), "one")
        show_problem(AnswerError("Two."), "two")

    app = AppTest.from_function(page).run()
    assert not app.exception
    assert [one.key for one in app.button] == ["one_again", "two_again"]
