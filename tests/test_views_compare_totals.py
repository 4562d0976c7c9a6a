"""The totals of a comparison: order, shares, changes as numbers, best buckets, what adds up."""

from __future__ import annotations

import csv
import io
import math

import pytest
from compared import LINKS, ONE, REFUSED, TWO, A, B, cells, page, totals_of
from view_cases import V4, answer

from bitly_data.query import ClickQuery
from bitly_data.report.tables import to_csv
from bitly_data.states import CAPPED, COUNTED, FAILED
from bitly_data.views.answers import Answer
from bitly_data.views.compare_totals import TotalsValue
from bitly_data.views.lineup import LOGIN
from bitly_data.views.values import CHANGE, SHARE, TREND
from bitly_data.views.widths import PAGE_WIDTH, RANK_WIDTH

OWN = {A: [1, 2, 4], B: [8, 16, 8], f"{A} {B}": [9, 18, 12], "all": [10, 20, 12]}


def said(value: TotalsValue) -> str:
    return " ".join(notice.text for notice in value.section.notices)


def before(clicks: int):  # type: ignore[no-untyped-def]
    """Every other period has so many clicks in each bucket."""

    def changed(query: ClickQuery) -> Answer:
        units = 1 if query.rollup else query.units
        return answer(query, [clicks] * units)

    return changed


def test_rows_stand_in_the_order_of_the_lines_and_add_up() -> None:
    found = cells(totals_of(page(), OWN))
    assert found["Domain"] == [B, A, "links of no own domain", "All clicks"]
    assert found["Clicks"] == [32, 7, 3, 42]
    assert sum(found["Clicks"][:-1]) == found["Clicks"][-1]
    assert found["Share"] == pytest.approx([32 / 42 * 100, 7 / 42 * 100, 3 / 42 * 100, 100])
    assert found["Best day"] == ["Mon 9 Nov", "Tue 10 Nov", "Mon 9 Nov", "Mon 9 Nov"]
    assert found["Clicks on it"] == [16, 4, 2, 20]
    assert found["Trend"][0] == (8.0, 16.0)  # the day that still fills is left out


def test_columns_fill_the_page_and_have_their_kinds() -> None:
    table = totals_of(page(), OWN, before(20)).section.table
    assert table is not None
    assert sum(column.width for column in table.columns) == PAGE_WIDTH - RANK_WIDTH
    kinds = {column.name: column.kind for column in table.columns}
    assert (kinds["Trend"], kinds["Share"], kinds["Change"]) == (TREND, SHARE, CHANGE)
    assert table.columns[0].colors == (0, 1, -1, -1)
    assert table.on_phone == ("Domain", "Clicks", "Change")


def test_a_change_is_a_number_and_from_nothing_it_is_infinite() -> None:
    found = cells(totals_of(page(), OWN, before(20)))
    # Up to the last full day: 24 and 3 clicks against 40 of two days before.
    assert found["Change"][:2] == pytest.approx([-40, -92.5])
    assert found["Change"][2] is None  # nobody was asked for what is left
    found = cells(
        totals_of(page(by=LOGIN), {"@ann": [400, 800, 0], "all": [400, 800, 0]}, before(0))
    )
    assert math.isinf(found["Change"][0])


def test_a_change_that_takes_many_calls_is_offered() -> None:
    value = totals_of(page(), OWN)
    assert len(value.expensive) == 3 and not value.is_told
    assert "its numbers take 45 calls more" in said(value)


def test_what_is_not_known_is_no_number() -> None:
    found = cells(totals_of(page(ONE, TWO), {ONE: [1, 2, 4], TWO: REFUSED}))
    assert found["Link"] == ["First link", TWO, "All with an answer"]
    assert found["Clicks"] == [7, None, 7]
    assert found["Share"] == [100, None, 100]
    assert found["Best day"][1] is None and found["Clicks on it"][1] is None
    assert found["Trend"][1] is None
    assert found["Not known"] == [None, 3, None]


def test_columns_fill_the_page_also_where_there_are_many() -> None:
    lines = {A: [7, 0, 0], B: {"clicks": [5, 0, 0], "states": [COUNTED, FAILED, COUNTED]}}
    bound = {"clicks": [0, 2, 4], "states": [CAPPED, COUNTED, COUNTED], "at_least": [5, -1, -1]}
    for every in (lines, lines | {A: bound}):
        table = totals_of(page(), {**OWN, **every}, before(20)).section.table
        assert table is not None
        assert "Not known" in [column.name for column in table.columns]
        assert sum(column.width for column in table.columns) == PAGE_WIDTH - RANK_WIDTH


def test_a_lower_bound_is_said_to_be_one() -> None:
    cut = {"clicks": [0, 2, 4], "states": [CAPPED, COUNTED, COUNTED], "at_least": [5, -1, -1]}
    found = cells(totals_of(page("@ann", "@bob"), {"@ann": cut, "@bob": [8, 0, 0]}))
    assert found["Login"] == ["ann", "bob", "All of them"]
    assert found["Clicks"] == [None, 8, None]
    assert found["At least"] == [11, None, 19]
    assert found.get("Share", [None] * 3) == [None] * 3
    # A day of which at least five are known may be the best one.
    assert found["Best day"] == [None, "Sun 8 Nov", None]


def test_items_of_several_kinds_are_said_not_to_add_up() -> None:
    clicks = {ONE: [1, 2, 4], TWO: [1, 1, 1], A: [8, 8, 8], "all": [10, 10, 10]}
    value = totals_of(page(ONE, A, "bit.ly/Foreign"), {**clicks, "bit.ly/Foreign": [9, 9, 9]})
    found = cells(value)
    assert found["Item"] == ["bit.ly/Foreign", A, "First link", "All clicks"]
    # A link that is not known to be the account's is no part of all its clicks.
    assert found["Share"] == [None, 80, pytest.approx(7 / 30 * 100), 100]
    assert "may hold the same clicks, so they do not add up" in said(value)


def test_shared_clicks_have_a_row_of_their_own() -> None:
    clicks = {A: [1, 2, 4], B: [8, 2, 0], f"{A} {B}": [9, 2, 4]}
    value = totals_of(page(A, B), clicks)
    found = cells(value)
    assert found["Domain"] == [B, A, "in more than one row", "All of them"]
    assert found["Clicks"] == [10, 7, -2, 15]
    assert "2 clicks count for more than one row" in said(value)


def test_others_are_one_row_and_the_title_says_of_how_many() -> None:
    names = [f"d{at}.example" for at in range(10)]
    clicks = {name: [at, 0, 1] for at, name in enumerate(names)}
    value = totals_of(page(*names), {**clicks, " ".join(names): [45, 0, 10]})
    found = cells(value)
    assert value.section.title == "Top 8 of 10 domains"
    assert found["Domain"][-2:] == ["2 others", "All of them"]
    assert sum(found["Clicks"][:-1]) == found["Clicks"][-1] == 55
    assert [item is None for item in value.items] == [False] * 8 + [True, True]
    assert totals_of(page(by="link", ranked=LINKS), {}).section.title == "Top 2 links"


def test_what_is_listed_nowhere_is_no_part_of_what_was_chosen() -> None:
    clicks = {A: [1, 2, 4], B: [8, 0, 0], f"{A} {B}": [9, 2, 4], "unlisted": [0, 1, 0]}
    value = totals_of(page(A, B, source=V4), clicks)
    assert cells(value)["Domain"][-2:] == ["All of them", "not listed"]
    assert "“not listed” is of all links together, so it is no part of “All of them”." in said(
        value
    )


def test_totals_only_have_neither_trend_nor_best_day() -> None:
    clicks = {A: [7], B: [32], f"{A} {B}": [39], "all": [42]}
    found = cells(totals_of(page(query={"rollup": True}), clicks))
    assert found["Clicks"] == [32, 7, 3, 42]
    assert not {"Trend", "Best day", "Clicks on it"} & set(found)


def test_the_file_holds_the_rows_by_their_addresses() -> None:
    value = totals_of(page(ONE, TWO), {ONE: [1, 2, 4], TWO: [8, 16, 8]}, before(20))
    assert value.section.file is not None
    text = to_csv(value.section.file.series, value.section.file.more)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["series"] for row in rows] == [TWO, ONE, "All of them"]
    assert [row["clicks"] for row in rows] == ["32", "7", "39"]
    assert [row["change"] for row in rows] == ["-0.4", "-0.925", ""]
