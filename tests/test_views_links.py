"""A table of links: which rows there are, what they add up to, what is not known, what is said."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from ranking_cases import MADE, link, ranked
from view_cases import NOW, V3, YESTERDAY, answer, asks, texts

from bitly_data.locales import locale_of
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.report.tables import columns_csv
from bitly_data.series import ClickSeries, Coverage
from bitly_data.sources.model import Link, RankedLinks
from bitly_data.sources.ranked_links import NOTHING, Unlisted
from bitly_data.states import COUNTED, OUTSIDE_WINDOW
from bitly_data.views import links
from bitly_data.views.links import LinksValue, Rows
from bitly_data.views.page_query import ALL_LINKS, Listing, PageQuery
from bitly_data.views.rankings import Found
from bitly_data.views.values import Column

WEEK = ClickQuery(units=7, until=YESTERDAY)
BEFORE = WEEK.replace(units=7, until=YESTERDAY - 7 * 86_400)
EVER = ClickQuery(unit="month", units=ALL_TIME, rollup=True)
JACKET = link("go.ex/Jack", "Ridgeline jacket", "https://www.shop.example/jackets/ridge?x=1")
STORES = link("go.ex/Stor", "Find a store", "https://shop.example/stores", tags=("always",))
LETTER = link("bit.ly/Lett", "", "https://shop.example/letter", tags=("mail", "always"))
CLICKS = {JACKET: 60, STORES: 30, LETTER: 10}
CUT = Unlisted(20, 20, 5)  # twenty clicks on links that are not listed


def rank(
    clicks: Mapping[Link, int], unlisted: Unlisted = NOTHING, query: ClickQuery = WEEK
) -> RankedLinks:
    return ranked(query.replace(rollup=True), clicks, unlisted)


def page(listing: Listing | None = None, **more: object) -> PageQuery:
    query = more.pop("query", WEEK)
    return asks(query, V3, listing=listing or Listing(), **more)  # type: ignore[arg-type]


def shown(rows: Rows) -> list[tuple[str, int | None]]:
    return [(row.title, row.clicks) for row in rows.every]


def presented(
    page_query: PageQuery,
    found: Found,
    trends: Mapping[str, ClickSeries] | None = None,
    whole: ClickSeries | None = None,
    *,
    is_half: bool = False,
) -> LinksValue:
    own = trends or {}
    rows = links.rows(page_query, found, own)
    return links.present(page_query, found, rows, own, whole, is_half=is_half)


def columns(value: LinksValue) -> dict[str, Column]:
    assert value.table is not None
    return {column.name: column for column in value.table.columns}


def cells(value: LinksValue) -> dict[str, list[object]]:
    return {name: list(column.values) for name, column in columns(value).items()}


# -- which rows -----------------------------------------------------------------------------------


def test_most_clicks_first_and_the_others_make_it_up_to_the_total() -> None:
    rows = links.rows(page(Listing(top=1)), Found(rank(CLICKS)))
    assert shown(rows) == [("Ridgeline jacket", 60), ("2 others", 40)]
    assert rows.total.clicks == sum(row.clicks or 0 for row in rows.every) == 100


def test_what_no_list_shows_is_one_of_the_others() -> None:
    rows = links.rows(page(Listing(top=1)), Found(rank(CLICKS, CUT)))
    assert shown(rows) == [("Ridgeline jacket", 60), ("others", 60)]
    every = links.rows(page(Listing(top=25)), Found(rank(CLICKS, CUT)))
    assert shown(every)[-1] == ("others", 20)
    assert sum(row.clicks or 0 for row in every.every) == every.total.clicks == 120


def test_all_shown_leaves_no_others() -> None:
    assert links.rows(page(), Found(rank(CLICKS))).others is None
    assert shown(links.rows(page(Listing(top=2)), Found(rank(CLICKS))))[-1] == ("1 other", 10)


def test_of_what_is_not_listed_only_a_bound_may_be_known() -> None:
    rows = links.rows(page(Listing(top=1)), Found(rank(CLICKS, Unlisted(5, None, None))))
    assert rows.others is not None
    assert (rows.others.clicks, rows.others.at_least, rows.others.share) == (None, 45, None)
    value = presented(page(Listing(top=1)), Found(rank(CLICKS, Unlisted(5, None, None))))
    assert cells(value)["Clicks"] == [60, None]
    assert cells(value)["At least"] == [None, 45]
    assert value.summary is not None and value.summary.text == f"≥ 105 clicks. {links.HOW_TO}"
    assert "how many clicks are on others is not known" in texts(value.notices)[0]


def test_shares_are_of_all_clicks() -> None:
    value = presented(page(), Found(rank(CLICKS, CUT)))
    assert cells(value)["Share"] == pytest.approx([50, 25, 10 / 1.2, 20 / 1.2])
    assert columns(value)["Share"].most == pytest.approx(50)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("jacket", ["Ridgeline jacket"]),
        ("JACK", ["Ridgeline jacket"]),
        ("go.ex/stor", ["Find a store"]),
        ("shop.example/letter", ["shop.example/letter"]),
        ("shop store", ["Find a store"]),
        ("shop", ["Ridgeline jacket", "Find a store", "shop.example/letter"]),
        ("nothing", []),
    ],
)
def test_a_search_goes_over_title_link_and_destination(search: str, found: list[str]) -> None:
    rows = links.rows(page(Listing(search=search)), Found(rank(CLICKS, CUT)))
    assert [row.title for row in rows.shown] == found
    assert rows.others is None


def test_a_search_finds_links_without_clicks() -> None:
    quiet = link("go.ex/Quiet", "Quiet jacket")
    listed = (quiet, JACKET)
    rows = links.rows(page(Listing(search="jacket"), links=listed), Found(rank(CLICKS)))
    assert shown(rows) == [("Ridgeline jacket", 60), ("Quiet jacket", 0)]
    cut = links.rows(page(Listing(search="jacket"), links=listed), Found(rank(CLICKS, CUT)))
    assert shown(cut) == [("Ridgeline jacket", 60), ("Quiet jacket", None)]  # not listed, not none


def test_the_others_of_a_search_are_those_that_match() -> None:
    value = presented(page(Listing(top=1, search="shop")), Found(rank(CLICKS, CUT)))
    assert cells(value)["Title"] == ["Ridgeline jacket", "2 others"]
    assert cells(value)["Clicks"] == [60, 40]
    assert value.summary is not None
    assert value.summary.text.startswith("3 links match “shop”: 100 of 120 clicks. ")


def test_by_tag() -> None:
    rows = links.rows(page(Listing(tag="always")), Found(rank(CLICKS)))
    assert [row.link for row in rows.shown] == ["go.ex/Stor", "bit.ly/Lett"]
    value = presented(page(Listing(tag="mail")), Found(rank(CLICKS)))
    assert value.summary is not None
    assert value.summary.text.startswith("1 link has the tag “mail”: 10 of 100 clicks. ")


def test_all_lists_links_that_were_not_clicked_as_far_as_they_are_asked_for() -> None:
    quiet = link("go.ex/Quiet")
    bob, elsewhere = link("go.ex/Bob", login="bob"), link("bit.ly/Else", url="http://x.example")
    query = WEEK.replace(domains=("go.ex",), login="ann")
    rows = links.rows(
        page(Listing(top=ALL_LINKS), query=query, links=(quiet, bob, elsewhere)),
        Found(rank(CLICKS, query=query)),
    )
    assert [row.link for row in rows.shown][-1:] == ["go.ex/Quiet"]
    assert len(rows.shown) == 4 and rows.there == 3
    to_shop = WEEK.replace(domains=("shop.example",))
    assert links.is_asked_for(link("j.mp/x", url="https://www.shop.example/a"), to_shop)
    assert links.is_asked_for(link("j.mp/x", url="https://en.shop.example/a"), to_shop)
    assert not links.is_asked_for(link("j.mp/x", url="https://myshop.example/a"), to_shop)


def test_pasted_links_are_by_their_own_series() -> None:
    listing = Listing(items=("go.ex/Jack", "foreign.example/x", "foreign.example/y"))
    own = {
        "foreign.example/x": own_series("foreign.example/x", [4, 0, 3, 0, 0, 0, 0]),
    }
    rows = links.rows(page(listing), Found(rank(CLICKS, CUT)), own)
    assert shown(rows) == [
        ("Ridgeline jacket", 60),
        ("foreign.example/x", 7),
        ("foreign.example/y", None),
    ]
    assert [row.share for row in rows.shown] == [50, None, None]  # no part of the account's clicks
    assert links.summary(page(listing), rows) == "67 clicks on 3 links of your list."


def own_series(name: str, clicks: list[int], states: list[int] | None = None) -> ClickSeries:
    return answer(links.own_question(WEEK, name), clicks, states)


def test_a_pasted_link_that_is_known_in_part_has_a_bound() -> None:
    own = {
        "a.example/x": own_series(
            "a.example/x", [4, 0, 3, 0, 0, 0, 0], [COUNTED] * 6 + [OUTSIDE_WINDOW]
        )
    }
    rows = links.rows(page(Listing(items=("a.example/x",))), Found(rank(CLICKS)), own)
    (row,) = rows.shown
    assert (row.clicks, row.at_least) == (None, 7)


# -- changes, all time, trends --------------------------------------------------------------------


def test_change_and_all_time_of_each_row() -> None:
    found = Found(
        rank(CLICKS),
        rank(CLICKS),
        rank({JACKET: 30, STORES: 40}, query=BEFORE),
        ranked(EVER, {JACKET: 500, STORES: 90}, Unlisted(30, 30, 20)),
    )
    value = presented(page(Listing(top=2)), found)
    assert cells(value)["Change"] == pytest.approx([100, -25, math.inf])
    assert list(columns(value)["Change"].tones) == ["more", "fewer", ""]
    assert cells(value)["All time"] == [500, 90, 30]
    assert "The change is against the period before." in texts(value.notices)[0]


def test_all_time_of_a_link_that_was_made_in_a_period_up_to_now() -> None:
    new = link("go.ex/New", created=NOW - 86_400)
    running = WEEK.replace(until=None)
    found = Found(
        ranked(running.replace(rollup=True), {new: 9, JACKET: 3}),
        all_time=ranked(EVER, {STORES: 90}, Unlisted(30, 30, 20)),
    )
    assert [row.all_time for row in links.rows(page(query=running), found).shown] == [9, None]


def test_without_another_period_there_is_no_column_and_it_is_said() -> None:
    value = presented(page(), Found(rank(CLICKS), why="all time has no other period"))
    assert "Change" not in cells(value) and "All time" not in cells(value)
    assert "No change is shown: all time has no other period." in texts(value.notices)[0]


def test_small_charts_and_what_is_left_for_the_others() -> None:
    whole = answer(WEEK, [9, 9, 9, 9, 9, 9, 9])
    trends = {"go.ex/Jack": own_series("go.ex/Jack", [1, 2, 3, 4, 5, 6, 7])}
    value = presented(page(Listing(top=1)), Found(rank(CLICKS)), trends, whole)
    assert cells(value)["Trend"] == [(1, 2, 3, 4, 5, 6, 7), (8, 7, 6, 5, 4, 3, 2)]
    assert "Trend" not in cells(presented(page(), Found(rank(CLICKS))))


def test_what_is_left_is_not_known_where_a_link_is_not() -> None:
    whole = answer(WEEK, [9] * 7)
    part = own_series("go.ex/Jack", [1] * 7, [OUTSIDE_WINDOW] + [COUNTED] * 6)
    left = links.left_of(whole, [part])
    assert left is not None
    assert left.known.tolist() == [False] + [True] * 6
    assert left.clicks.tolist() == [0] + [8] * 6
    other = answer(WEEK.replace(units=6), [9] * 6)
    assert links.left_of(other, [part]) is None


def test_a_link_with_several_addresses_is_asked_with_all_of_them() -> None:
    several = link("go.ex/A", ids=("go.ex/A", "go.ex/launch"))
    rows = links.rows(page(), Found(rank({several: 3, JACKET: 2})))
    asked = links.trend_questions(page(), rows.shown)
    assert [(one.link, one.all_addresses, one.rollup) for one in asked] == [
        ("go.ex/A", True, False),
        ("go.ex/Jack", False, False),
    ]


# -- what is shown --------------------------------------------------------------------------------


def test_names_are_shortened_and_say_so() -> None:
    long = link("go.ex/" + "a" * 80, "منتج " * 40, "https://shop.example/" + "b" * 300)
    html = link("go.ex/Html", "<script>alert(1)</script>", "https://shop.example/<b>")
    value = presented(page(), Found(rank({long: 3, html: 2})))
    named = cells(value)
    for name in ("Title", "Link", "Destination"):
        text = str(named[name][0])
        assert len(text) < 50
        assert (len(text) - 1) * 7 < columns(value)[name].width
    assert str(named["Link"][0]).endswith("…") and str(named["Destination"][0]).endswith("…")
    begin, end = str(named["Title"][0]).split("…")
    whole = ("منتج " * 40).strip()
    assert begin and whole.startswith(begin) and end and whole.endswith(end)
    assert str(named["Title"][1]).startswith("<script>alert(1)<")
    assert value.file is not None
    csv = columns_csv(value.file.columns)
    assert ("منتج " * 40).strip() in csv and "b" * 300 in csv


def test_a_title_is_one_line_and_where_there_is_none_it_is_where_the_link_leads() -> None:
    broken = link("go.ex/A", " two\nlines ", "https://a.example/x")
    bare = link("go.ex/B", "", "https://www.b.example/y/")
    nothing = Link("go.ex/C", "", "", "", 0)
    rows = links.rows(page(), Found(rank({broken: 3, bare: 2, nothing: 1})))
    assert [row.title for row in rows.shown] == ["two lines", "b.example/y", "go.ex/C"]


@pytest.mark.parametrize(
    ("address", "letters", "text"),
    [
        ("go.ex/abc", 20, "go.ex/abc"),
        ("go.aurora.example/3E9abcd", 20, "go.aurora.e…/3E9abcd"),
        ("go.aurora.example/a-long-back-half", 20, "go.au…/a-long-back-…"),
        ("a-long-host-alone.example", 10, "a-long-ho…"),
        ("", 10, ""),
    ],
)
def test_an_address_keeps_what_tells_it_from_others(address: str, letters: int, text: str) -> None:
    assert links.short_address(address, letters) == text
    assert len(text) <= letters


def test_the_day_on_which_a_link_was_made_is_that_of_the_zone() -> None:
    query = WEEK.replace(timezone="Asia/Tokyo")
    late = link("go.ex/A", created=MADE + 20 * 3600)
    unknown = link("go.ex/B", created=0)
    value = presented(page(query=query), Found(rank({late: 3, unknown: 2}, query=query)))
    made = columns(value)["Made"]
    assert list(made.values) == ["2 Jan 2020", None]
    assert list(made.clock) == [(MADE + 29 * 3600) * 1000, None]
    assert made.pattern == "D MMM YYYY"


def test_columns_fill_the_page_and_a_phone_has_three() -> None:
    found = Found(rank(CLICKS), rank(CLICKS), rank(CLICKS, query=BEFORE), ranked(EVER, CLICKS))
    trends = {one.link: own_series(one.link, [1] * 7) for one in CLICKS}
    for half, room in ((False, 830), (True, 375)):
        value = presented(page(), found, trends, is_half=half)
        widths = [column.width for column in columns(value).values()]
        assert room - 8 < sum(widths) <= room and min(widths) >= 58
        assert value.table is not None
        there = [name for name in value.table.on_phone if name in cells(value)]
        assert there == ["Title", "Clicks", "Change"]


def test_half_a_page_has_the_columns_that_fit_and_no_file() -> None:
    trends = {one.link: own_series(one.link, [1] * 7) for one in CLICKS}
    value = presented(page(), Found(rank(CLICKS)), trends, is_half=True)
    assert list(cells(value)) == ["Title", "Trend", "Clicks", "Share"]
    assert value.file is None
    assert value.links == ("go.ex/Jack", "go.ex/Stor", "bit.ly/Lett")


def test_numbers_are_the_readers() -> None:
    many = {link(f"go.ex/L{number}"): 2_000 for number in range(1, 30)}
    value = presented(page(Listing(top=2), locale=locale_of("de-DE")), Found(rank(many)))
    assert value.summary is not None and value.summary.text.startswith(
        "58.000 clicks on 29 links. "
    )


def test_a_file_has_all_of_it_and_nothing_for_what_is_not_known() -> None:
    formula = link("go.ex/F", "=1+1", tags=("a", "b"))
    found = Found(
        rank({JACKET: 60, formula: 30}, CUT),
        rank({JACKET: 60, formula: 30}, CUT),
        rank({JACKET: 40}, query=BEFORE),
    )
    value = presented(page(Listing(top=2)), found)
    assert value.file is not None
    rows = columns_csv(value.file.columns).splitlines()
    assert rows[0] == (
        "title,link,destination,login,made_utc,tags,clicks,at_least,share,change,all_time"
    )
    assert rows[1] == (
        "Ridgeline jacket,go.ex/Jack,https://www.shop.example/jackets/ridge?x=1,ann,"
        "2020-01-01 00:00:00,,60,,0.545455,0.5,"
    )
    assert rows[2].startswith("'=1+1,go.ex/F,") and rows[2].endswith(",a b,30,,0.272727,,")
    assert rows[3] == "others,,,,,,20,,0.181818,,"


# -- nothing to show ------------------------------------------------------------------------------


def test_a_search_without_a_match_says_so() -> None:
    value = presented(page(Listing(search="<b>none</b>")), Found(rank(CLICKS)))
    assert value.table is None
    assert texts(value.notices) == [
        "No link matches “<b>none</b>”. Title, link and destination were searched."
    ]
    assert texts(presented(page(Listing(tag="x")), Found(rank(CLICKS))).notices) == [
        "No link has the tag “x”."
    ]


def test_a_period_without_clicks_and_one_that_is_not_known_are_told_apart() -> None:
    quiet = presented(page(), Found(rank({})))
    assert texts(quiet.notices)[0] == (
        "No link was clicked in this period. Choose a longer one above."
    )
    coverage = Coverage(np.array([MADE // 3600], dtype=np.int64), NOW)
    lost = presented(
        page(), Found(ranked(WEEK.replace(rollup=True), {JACKET: 5}, coverage=coverage))
    )
    assert lost.table is None
    assert texts(lost.notices) == ["The click log has no hour of this period."]
    old = ranked(WEEK.replace(rollup=True), {}, is_gone=True)
    assert texts(presented(page(), Found(old)).notices) == [
        "This period is older than what Bitly keeps for this account."
    ]


def test_what_range_was_counted_is_said() -> None:
    found = Found(ranked(WEEK.replace(rollup=True), CLICKS, note="Days of UTC.", is_cut_back=True))
    (told,) = texts(presented(page(), found).notices)
    assert told.startswith("Days of UTC. A part of this period is older than what Bitly keeps")
