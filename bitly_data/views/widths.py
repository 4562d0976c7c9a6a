"""How wide the columns of tables are: a browser cuts off what does not fit and does not say so.
Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from unicodedata import east_asian_width

from bitly_data.charts.places import without_middle
from bitly_data.views.values import Column

# A table over the whole page, and one over half of it, with its ranks of up to three digits [px].
PAGE_WIDTH, HALF_WIDTH, RANK_WIDTH = 898, 443, 34
# What a name has at least [px].
_NAME_WIDTH = 120
# The air in a cell, and how large its letters are [px].
AIR = 16
_FONT = 12.25
# How wide letters are in DejaVu Sans, the widest of the fonts that the theme names or falls back to
# [parts of the font's size].
_NARROW, _USUAL, _CAPITAL, _WIDE = 0.38, 0.62, 0.72, 1.0
_NARROW_LETTERS, _WIDE_LETTERS = frozenset("fijlrtI.,:;'|!/()[]- "), frozenset("mwMW@%…")


def text_width(text: str) -> float:
    """How wide a text is in a table [px], at the most of most texts."""
    return _FONT * sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return _NARROW
    if letter in _WIDE_LETTERS or east_asian_width(letter) in "WF":
        return _WIDE
    return _CAPITAL if letter.isupper() else _USUAL


def shortened(text: str, letters: int) -> str:
    """A text of so many letters at most; what is cut off is said."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def fitting(text: str, width: int, shorten: Callable[[str, int], str] = without_middle) -> str:
    """A text that is shortened until a column of that `width` has room for it [px].

    Without another way it loses its middle, as names in charts do: those of one campaign begin
    alike.
    """
    room = width - AIR
    letters = min(len(text), int(room / (_FONT * _NARROW)))
    while letters > 1 and text_width(shorten(text, letters)) > room:
        letters -= 1
    return shorten(text, letters)


def headed(column: Column) -> Column:
    """The column, wide enough for what stands above it."""
    needed = math.ceil(text_width(column.title or column.name)) + AIR
    return replace(column, width=max(column.width, needed))


def left_over(columns: Sequence[Column], whole: int, least: int = _NAME_WIDTH) -> int:
    """What ranks and other columns leave of a table's width to one of words, at `least` so much
    [px].
    """
    return max(whole - RANK_WIDTH - sum(one.width for one in columns), least)
