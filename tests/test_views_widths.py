"""How wide columns are, and what is cut to fit into them."""

from __future__ import annotations

import pytest

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
    found = fitting(text, width)
    assert text_width(found) + AIR <= width
    longer = shortened(text, len(found) + 1)
    assert found == text or text_width(longer) + AIR > width or longer == found


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
