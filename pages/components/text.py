"""Sentences with somebody else's words in them: shown as they are, never as Markdown."""

from __future__ import annotations

import re

import streamlit as st

from bitly_data.errors import BitlyError
from bitly_data.locales import Locale, first_weekday, locale_of

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Addresses become links, emoji names pictures and arrows other signs however they are escaped,
# unless something stands in them. A small text without letters shows nothing and is not copied.
_RECOGNIZED = re.compile(
    r"(?<=:)(?=\S)|(?=@)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE
)
_NOTHING = ":small[]"
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")


def reader_locale() -> Locale:
    """How the reader writes numbers and dates, as the browser says; English if it does not."""
    return locale_of(st.context.locale)


def reader_week_start() -> int:
    """The day that the reader's weeks begin on, Monday first, as the browser's language says."""
    return first_weekday(st.context.locale)


def is_phone() -> bool:
    """Whether a phone asks for the page, as its browser says; how wide that is is not known."""
    return "Mobile" in st.context.headers.get("User-Agent", "")


def as_text(sentence: str) -> str:
    """Markdown that shows the sentence as it is: no image is fetched, nothing can be clicked.

    Its numbers are written as the reader's locale has them: an error does not know who reads it.
    """
    # Blanks that are part of a number, as in French, stay as they are.
    pieces = _RECOGNIZED.split(_BLANKS.sub(" ", reader_locale().text(sentence)).strip(" "))
    return _NOTHING.join(_PUNCTUATION.sub(r"\\\1", piece) for piece in pieces)


def show_error(problem: BitlyError) -> None:
    """The one sentence of a problem."""
    st.error(as_text(problem.user_message), icon=":material/error:")
