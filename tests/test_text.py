"""Somebody else's words on a page are shown as they are."""

import pytest
from streamlit.testing.v1 import AppTest

from bitly_data.errors import QuestionError
from pages.components.text import as_text


@pytest.mark.parametrize(
    "words",
    [
        "plain words",
        "**bold** and _slanted_",
        "![x](http://host.example/x.png)",
        "<b>x</b>",
        ":smile: and :material/home:",
        "a -> b",
        "www.example.com and me@example.com",
        "$x$",
        "# head",
    ],
)
def test_nothing_is_left_that_markdown_would_read(words: str) -> None:
    text = as_text(words)
    shown = text.replace(":small[]", "")
    unescaped = "".join(
        letter for at, letter in enumerate(shown) if not (letter == "\\" and shown[at + 1 :])
    )
    assert unescaped == words
    for sign in "*_`[]()<>#$!":
        assert all(shown[at - 1] == "\\" for at, letter in enumerate(shown) if letter == sign)


def test_lines_become_one() -> None:
    assert as_text("a\n\nb\tc") == "a b c"


def test_a_problem_is_one_sentence_and_no_more() -> None:
    def page() -> None:
        from bitly_data.errors import QuestionError
        from pages.components.text import show_error

        show_error(QuestionError("Choose *one* day."))

    app = AppTest.from_function(page).run()
    assert [item.value for item in app.error] == [
        as_text(QuestionError("Choose *one* day.").user_message)
    ]
    assert not app.exception
