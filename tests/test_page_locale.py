"""A page in the locale of whoever looks: numbers and dates follow it, words stay English."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from apptest import (
    EVERY_PAGE,
    again,
    captions,
    figure,
    hovered,
    metrics,
    opened,
    plain,
    table,
)
from streamlit.testing.v1 import AppTest

from bitly_data.buckets import WEEKDAYS
from bitly_data.client import Client
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries

# 1,234 as English has it, alone: not in an address, and no list of numbers.
ENGLISH = re.compile(r"(?<![\w.,/#(-])\d{1,3}(?:,\d{3})+(?![\d,])")
# English names of days and months that German has otherwise.
ENGLISH_DATE = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d|\d (?:Mar|May|Oct|Dec)\b")
# A working day in the demo's year.
NOW = "2026-11-10T15:20:00Z"
LONG = {"units": "400", "tz": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", NOW)


def words(app: AppTest) -> list[str]:
    """Everything that a reader sees, but the cells of numbers, which the browser writes."""
    found = [
        item.value
        for kind in ("caption", "warning", "info", "error", "markdown", "metric")
        for item in app.get(kind)
    ]
    found += [str(part) for item in app.metric for part in (item.help, item.delta) if part]
    found += [item.label for item in app.button]
    for item in app.get("plotly_chart"):
        shown = json.loads(item.proto.spec)
        found += [item.proto.alt, *texts_of(shown["layout"])]
        found += [text for trace in shown["data"] for text in hovered(trace)]
    for item in app.dataframe:
        found += [
            str(cell)
            for name in item.value.select_dtypes(["object", "str"])
            for cell in item.value[name]
        ]
    return [plain(text) for text in found if text]


def texts_of(value: Any) -> list[str]:
    """Every text in a part of a figure."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in texts_of(part)]


def test_a_german_page_has_german_numbers_and_dates() -> None:
    english, german = (
        opened("overview", timeout=120, **LONG),
        opened("overview", timeout=120, locale="de-DE", **LONG),
    )
    assert any(map(ENGLISH.search, words(english)))
    assert any(map(ENGLISH_DATE.search, words(english)))
    for text in words(german):
        assert not ENGLISH.search(text), text
        assert not ENGLISH_DATE.search(text), text
    wanted = metrics(english)["Total clicks"].replace(",", ".")
    assert "." in wanted
    assert metrics(german)["Total clicks"] == wanted
    assert metrics(german).keys() == metrics(english).keys()
    told, english_told = (hovered(figure(app)["data"][0]) for app in (german, english))
    assert told == [text.replace(",", ".") for text in english_told] != english_told
    assert re.fullmatch(r"\d\d?\.\d\d?\.\d{4}", table(german)["Day"].iloc[0])
    assert table(german)["Clicks"].tolist() == table(english)["Clicks"].tolist()


def test_two_readers_never_see_each_other_s_numbers() -> None:
    def seen(locale: str | None) -> tuple[str, str, str]:
        app = opened("overview", locale=locale, **LONG)
        return metrics(app)["Total clicks"], hovered(figure(app)["data"][0])[0], captions(app)

    first = {locale: seen(locale) for locale in (None, "de-DE", "fr-FR", "de-CH")}
    assert len({one[0] for one in first.values()}) == len(first)
    assert first == {locale: seen(locale) for locale in first}
    assert seen("xx") == seen("") == first[None]


@pytest.mark.parametrize("place", ["link", "overview", "compare", "connection"])
def test_no_page_mixes_two_ways_of_writing(place: str) -> None:
    app = opened(place, locale="de-DE", **({} if place == "connection" else LONG))
    assert len(words(app)) > 5
    for text in words(app):
        assert not ENGLISH.search(text), text


def in_indian_groups(number: int) -> str:
    """The last three digits, then two by two."""
    rest, last = divmod(number, 1000)
    if not rest:
        return str(last)
    head, pairs = str(rest), []
    while len(head) > 2:
        head, pairs = head[:-2], [head[-2:], *pairs]
    return ",".join([head, *pairs, f"{last:03}"])


def in_arabic(number: int) -> str:
    """Arabic digits, with the separator of thousands that goes with them."""
    return f"{number:,}".translate(str.maketrans("0123456789,", "٠١٢٣٤٥٦٧٨٩٬"))


@pytest.mark.parametrize(
    ("locale", "written", "million"),
    [("en-IN", in_indian_groups, "12,34,567"), ("ar-EG", in_arabic, "١٬٢٣٤٬٥٦٧")],
)
@pytest.mark.parametrize("times", [1, 9, 400])  # from thousands to hundreds of millions
def test_what_the_chart_library_cannot_write_comes_with_the_label(
    locale: str,
    written: Callable[[int], str],
    million: str,
    times: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert written(1_234_567) == million
    load = Client.load

    def loaded(self: Client, query: ClickQuery, **options: bool) -> ClickSeries:
        series = load(self, query, **options)
        return replace(series, clicks=series.clicks * times)

    monkeypatch.setattr(Client, "load", loaded)
    asked = {"unit": "month", "units": "all", "timeout": 120}
    english = opened("overview", **asked)
    app = opened("overview", locale=locale, **asked)
    (trace, *_), layout = figure(app)["data"], figure(app)["layout"]
    total = int(metrics(english)["Total clicks"].replace(",", ""))
    assert total > 300_000 * times
    assert metrics(app)["Total clicks"] == written(total)
    best = int(metrics(english)["Best month"].replace(",", ""))
    assert metrics(app)["Best month"] == written(best)
    # Hovering shows each number as the page writes it, and no other.
    assert "%{y" not in trace["hovertemplate"]
    shown = [text.partition("<b>")[2].partition("</b>")[0] for text in hovered(trace) if text]
    assert shown == [written(int(value)) for value in trace["y"] if value is not None]
    assert written(best) in shown
    assert all("%{y" not in trace["hovertemplate"] for trace in figure(app)["data"])
    ticks = layout["yaxis"]
    assert len(ticks["ticktext"]) == len(ticks["tickvals"]) <= 8
    assert ticks["tickvals"][0] == 0
    if times == 1:  # an axis has them in short, in the reader's words
        thousand = {"en-IN": "k", "ar-EG": "\xa0ألف"}[locale]
        assert ticks["ticktext"] == [
            written(int(value) // 1000) + (thousand if value else "") for value in ticks["tickvals"]
        ]


def test_a_reader_who_changes_the_browser_s_language_sees_the_other() -> None:
    app = opened("overview", locale="de-DE", **LONG)
    before = metrics(app)["Total clicks"]
    app.context["locale"] = "en-US"
    assert metrics(again(app))["Total clicks"] == before.replace(".", ",")


@pytest.mark.parametrize(
    ("locale", "day"),
    [("en-US", "sunday"), ("de", "monday"), ("ar-EG", "saturday"), (None, "monday")],
)
def test_weeks_start_as_the_reader_s_do_and_the_address_says_so(
    locale: str | None, day: str
) -> None:
    asked = {"unit": "week", "units": "3", "tz": "UTC"}
    app = opened("overview", locale=locale, **asked)
    assert app.query_params["week"] == day
    assert app.selectbox(key="q_week").value == WEEKDAYS.index(day)
    first = {"sunday": "8 Nov", "monday": "9 Nov", "saturday": "7 Nov"}[day]
    if locale in (None, "en-US"):
        assert table(app)["Week"].iloc[0] == f"week of {first} 2026"
    # Whoever gets the address sees the same weeks, and goes on with them.
    other = opened("overview", locale="fr-FR", week=app.query_params["week"], **asked)
    assert other.query_params["week"] == day
    assert table(other)["Clicks"].tolist() == table(app)["Clicks"].tolist()
    for place in ("links", "compare", "connection", "link"):
        other.switch_page(EVERY_PAGE[place])
        assert again(other).query_params["week"] == day, place


def test_last_week_is_the_reader_s() -> None:
    days = {
        locale: table(opened("overview", locale=locale, period="last-week", tz="UTC"))
        for locale in ("en-US", "en-GB")
    }
    assert {locale: rows["Day"].iloc[-1] for locale, rows in days.items()} == {
        "en-US": "Sun 1 Nov 2026",
        "en-GB": "Mon 2 Nov 2026",
    }
    # A day that somebody chose is another one for nobody.
    app = opened("overview", locale="en-US", period="last-week", tz="UTC")
    app.selectbox(key="q_week").set_value(0)
    assert again(app).query_params["week"] == "monday"
    assert table(app)["Day"].iloc[-1] == "Mon 2 Nov 2026"
