"""How wide columns are, and what is cut to fit into them."""

from __future__ import annotations

import pytest

from bitly_data.charts.places import without_middle
from bitly_data.views.values import WHOLE, Column
from bitly_data.views.widths import (
    AIR,
    HALF_WIDTH,
    PAGE_WIDTH,
    RANK_WIDTH,
    fitting,
    headed,
    left_over,
    shortened,
    text_width,
)

COLUMNS = [Column("a", (), width=100), Column("b", (), width=60)]


def test_a_long_text_says_that_it_is_cut() -> None:
    assert shortened("Aurora letter", 13) == "Aurora letter"
    assert shortened("Aurora letter", 12) == "Aurora lett…"
    assert shortened("Aurora letter", 8) == "Aurora…"


def test_wide_letters_need_more_room() -> None:
    assert text_width("iii") < text_width("aaa") < text_width("WWW")
    assert text_width("日本") > text_width("ab")


@pytest.mark.parametrize("text", ["Aurora letter, October 2026", "W" * 40, "日本語" * 9, "i" * 90])
@pytest.mark.parametrize("width", [40, 120, 190])
def test_what_fits_is_as_long_as_it_can_be(text: str, width: int) -> None:
    for shorten in (without_middle, shortened):
        found = fitting(text, width, shorten)
        assert text_width(found) + AIR <= width
        lengths = range(len(found), 2 * len(text))
        longer = next((each for n in lengths if len(each := shorten(text, n)) > len(found)), text)
        assert found == text or text_width(longer) + AIR > width


def test_names_that_begin_alike_are_told_apart_by_their_ends() -> None:
    names = ["Autumn layers: behind the scenes", "Autumn layers: shop the edit"]
    assert len({fitting(name, 120) for name in names}) == 2
    assert {fitting(name, 120, shortened) for name in names} == {"Autumn layer…"}


def test_a_short_text_stays() -> None:
    assert fitting("Gift cards", 120) == "Gift cards"


def test_a_column_has_room_for_what_stands_above_it() -> None:
    narrow = Column("Not known", (1,), WHOLE, "Months not known")
    assert headed(narrow).width >= text_width("Months not known") + AIR
    assert headed(Column("Clicks", (1,), width=400)).width == 400


def test_the_name_has_what_the_others_leave() -> None:
    assert left_over(COLUMNS, HALF_WIDTH) == HALF_WIDTH - RANK_WIDTH - 160
    assert left_over(COLUMNS, PAGE_WIDTH) == PAGE_WIDTH - RANK_WIDTH - 160
    assert left_over(COLUMNS, 200) == left_over(COLUMNS * 9, 200) == 120
