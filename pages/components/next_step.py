"""The one step that goes on from a problem: ask once more, or choose somebody else to ask."""

from __future__ import annotations

import streamlit as st

from bitly_data.errors import (
    AccessError,
    BitlyError,
    ClickLogError,
    GoneError,
    MonthlyLimitError,
    NotFoundError,
    QuestionError,
)
from pages.components.controls import query_params
from pages.components.destinations import LINKS_FILE
from pages.components.text import show_error

CONNECTION_FILE = "pages/connection.py"
# Nobody waits for longer than this to press a button again [s].
LONGEST_WAIT = 3600
# What asking once more does not mend: another account or another source may.
_OF_THE_SOURCE = (AccessError, ClickLogError, GoneError, MonthlyLimitError)


def show_problem(problem: BitlyError, key: str) -> None:
    """The sentence of a problem, and the step that goes on from it. A page has a `key` once."""
    show_error(problem)
    offer_step(problem, key)


def offer_step(problem: BitlyError, key: str) -> None:
    """The step alone, where the sentence stands there already."""
    lasts = problem.retry_after is not None and problem.retry_after > LONGEST_WAIT
    if isinstance(problem, _OF_THE_SOURCE) or lasts:
        open_connection()
    elif isinstance(problem, NotFoundError):
        _all_links()
    elif not isinstance(problem, QuestionError):  # that is mended where the question is asked
        try_again(key)


def try_again(key: str) -> None:
    """Ask once more for what has no answer: what failed is not kept, so drawing the page does."""
    st.button("Try again", key=f"{key}_again", icon=":material/refresh:")


def open_connection() -> None:
    """Lead to the page that says what the account may ask, and takes another."""
    st.page_link(
        CONNECTION_FILE,
        label="Open Connection",
        icon=":material/cable:",
        query_params=query_params(),
    )


def _all_links() -> None:
    """Lead to the links that there are; on their own page to all of them, whatever was searched."""
    kept = {name: values for name, values in query_params().items() if name in ("period", "tz")}
    st.page_link(LINKS_FILE, label="All links", icon=":material/arrow_forward:", query_params=kept)
