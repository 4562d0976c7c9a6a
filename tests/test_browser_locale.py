"""A real browser of another language: one way to write numbers over the whole page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import test_browser
from test_browser import NOW, Visit, serving, visiting

from bitly_data.locales import first_weekday, locale_of

# What follows belongs to the browser's group: one Chromium at a time is enough for two cores.
pytestmark = test_browser.pytestmark
chromium = test_browser.chromium

# 1,234 as English has it, alone: not in an address, and no list of numbers.
ENGLISH = re.compile(r"(?<![\w.,/#(-])\d{1,3}(?:,\d{3})+(?![\d,])")
GERMAN = re.compile(r"(?<![\w.,/#(-])\d{1,3}(?:\.\d{3})+(?![\d.])")
# Of these the browser and Babel have the same release of the CLDR, or no change between two.
SAME = [
    "en-US",
    "en-GB",
    "en-IN",
    "en-ZA",
    "de-DE",
    "de-CH",
    "de-LI",
    "fr-FR",
    "fr-CA",
    "it-IT",
    "it-CH",
    "es-ES",
    "es-MX",
    "es-AR",
    "pt-PT",
    "pt-BR",
    "nl-NL",
    "sv-SE",
    "nb-NO",
    "da-DK",
    "fi-FI",
    "pl-PL",
    "cs-CZ",
    "hu-HU",
    "ru-RU",
    "uk-UA",
    "bg-BG",
    "tr-TR",
    "he-IL",
    "ar",
    "ar-EG",
    "ar-SA",
    "fa-IR",
    "hi-IN",
    "bn-BD",
    "mr-IN",
    "ja-JP",
    "zh-CN",
    "zh-TW",
    "ko-KR",
    "vi-VN",
    "id-ID",
    "et-EE",
    "lv-LV",
    "sl-SI",
]
NUMBERS = (0, 12, 999, 1000, 1234, 9999, 17_005, 123_456, 1_234_567, -1234, 12_345_678_901)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving(BITLY_NOW=NOW) as address:
        yield address


def cells(visit: Visit) -> list[list[str]]:
    """The rows of the chart's numbers as a screen reader has them: numbers without separators,
    and times by ISO 8601, as they are sorted.
    """
    table = visit.numbers()
    table.scroll_into_view_if_needed()
    return table.locator("canvas").first.evaluate(
        "canvas => [...canvas.querySelectorAll('tbody tr')].map("
        "row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
    )


@pytest.mark.parametrize("place", ["overview", "link"])
def test_a_german_browser_shows_no_english_number(chromium: Any, demo: str, place: str) -> None:
    with visiting(chromium, demo, locale="de-DE") as visit:
        visit.open(place, unit="month", units="14")
        assert visit.tab.evaluate("navigator.language") == "de-DE"
        page, drawn = visit.tab.locator("body").inner_text(), " ".join(visit.shown()[1])
        table = " ".join(text for row in cells(visit) for text in row)
        for text in (page, drawn, table):
            assert not ENGLISH.search(text), ENGLISH.findall(text)
        assert "Okt" in drawn
        if place == "overview":  # a link of the demo has few clicks
            assert GERMAN.search(visit.metric("Total clicks"))
            assert re.search(r"\.000", drawn), drawn


def test_a_table_sorts_by_time(chromium: Any, demo: str) -> None:
    with visiting(chromium, demo, locale="de-DE") as visit:
        visit.open("overview", units="40", tz="Europe/Berlin")
        before = [row[0] for row in cells(visit)]
        assert before[0] == "2026-11-03 00:00:00.000"
        assert before == sorted(before, reverse=True)
        table = visit.numbers()
        table.locator(".dvn-scroller").click(position={"x": 40, "y": 15})

        def first() -> str:
            return cells(visit)[0][0]

        visit.until(lambda: first() == "2026-09-25 00:00:00.000", first)
        after = [row[0] for row in cells(visit)]
        assert after == sorted(after)


def test_numbers_are_those_of_the_browser(chromium: Any, demo: str) -> None:
    """What the browser writes in a table and what the page writes beside it are the same."""
    with visiting(chromium, demo) as visit:
        visit.open("overview")
        written = visit.tab.evaluate(
            "([tags, numbers]) => tags.map(tag => numbers.map("
            "number => new Intl.NumberFormat(tag).format(number)))",
            [SAME, NUMBERS],
        )
        weeks = visit.tab.evaluate(
            "tags => tags.map(tag => new Intl.Locale(tag).getWeekInfo().firstDay)", SAME
        )
    for tag, texts in zip(SAME, written, strict=True):
        assert [locale_of(tag).number(number) for number in NUMBERS] == texts, tag
    assert [first_weekday(tag) + 1 for tag in SAME] == weeks
