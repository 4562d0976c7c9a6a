"""One link: what it is, its rank among links like it, its addresses."""

from __future__ import annotations

import pytest
from ranking_cases import MADE, link, ranked
from support import epoch
from view_cases import NOW, V4, YESTERDAY, answer, asks, of

from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery
from bitly_data.sources.model import Link
from bitly_data.sources.ranked_links import NOTHING, Unlisted
from bitly_data.states import COUNTED, OUTSIDE_WINDOW
from bitly_data.views import link as view
from bitly_data.views import links
from bitly_data.views.link import Head, Place
from bitly_data.views.values import UNKNOWN_TEXT, Table

DAY = 86_400
JACKET = link(
    "go.ex/Jack", "Ridgeline jacket", "https://www.shop.example/a", created=NOW - 19 * DAY
)
STORES = link("go.ex/Stor", "Find a store", created=NOW - 70 * DAY)
LETTER = link("bit.ly/Lett", "Letter", login="bob", created=NOW - 3 * DAY)
OLD = link("go.ex/Old", "Old", login="bob", created=MADE)
CLICKS = {STORES: 90, LETTER: 60, JACKET: 60, OLD: 10}
QUERY = ClickQuery(target=LINK, link="go.ex/Jack", units=7, until=YESTERDAY)
PAGE = asks(QUERY, V4)
CUT = Unlisted(40, 40, 10)


def ranking(clicks: dict[Link, int] = CLICKS, unlisted: Unlisted = NOTHING, **more: object):  # type: ignore[no-untyped-def]
    question = view.ranking_question(QUERY)
    assert question is not None
    return ranked(question, clicks, unlisted, **more)  # type: ignore[arg-type]


def cells(table: Table | None) -> dict[str, list[object]]:
    assert table is not None
    return {column.name: list(column.values) for column in table.columns}


# -- what it is -----------------------------------------------------------------------------------


def test_a_link_in_a_line() -> None:
    about = link("go.ex/Jack", "Jacket", "https://www.shop.example/a/", created=NOW, tags=("x",))
    assert view.head("go.ex/Jack", about, NOW + 19 * DAY, PAGE) == Head(
        "Jacket",
        "go.ex/Jack",
        "https://go.ex/Jack",
        "shop.example/a",
        "made 10 Nov 2026 by ann, 19 days ago",
        ("x",),
    )


@pytest.mark.parametrize(
    ("zone", "created", "now", "ago"),
    [
        ("UTC", "2026-11-09T23:59:59", "2026-11-10T00:00:00", "yesterday"),
        ("UTC", "2026-11-09T00:00:00", "2026-11-09T23:59:59", "today"),
        ("Asia/Tokyo", "2026-11-09T16:00:00", "2026-11-10T02:00:00", "today"),
        ("America/New_York", "2026-11-01T04:00:00", "2026-11-03T05:00:00", "2 days ago"),
    ],
)
def test_ages_are_days_of_the_calendar(zone: str, created: str, now: str, ago: str) -> None:
    page = asks(QUERY.replace(timezone=zone), V4)
    about = link("go.ex/Jack", login="", created=epoch(created))
    assert view.head("go.ex/Jack", about, epoch(now), page).more.endswith(f", {ago}")


def test_what_is_not_known_of_a_link_is_left_out() -> None:
    assert view.head("x.y/z", None, NOW, PAGE) == Head("x.y/z", "x.y/z", "https://x.y/z")
    bare = view.head("x.y/z", Link("x.y/z", "", "", "ann", 0), NOW, PAGE)
    assert (bare.title, bare.destination, bare.more) == ("x.y/z", "", "made by ann")


# -- questions ------------------------------------------------------------------------------------


def test_the_ranking_is_of_the_same_period_and_all_time_of_the_same_link() -> None:
    question = view.ranking_question(QUERY.replace(all_addresses=True))
    assert question is not None
    assert (question.target, question.link, question.rollup) == (ORGANIZATION, None, True)
    assert (question.units, question.until, question.all_addresses) == (7, YESTERDAY, False)
    assert view.ranking_question(QUERY.replace(unit="minute", units=60, until=None)) is None
    ever = view.all_time_question(QUERY.replace(all_addresses=True))
    assert (ever.link, ever.units, ever.until, ever.rollup) == ("go.ex/Jack", ALL_TIME, None, True)
    assert ever.all_addresses


# -- its rank -------------------------------------------------------------------------------------


def test_places_in_groups_of_links_like_it() -> None:
    found = ranking()
    assert view.place_in(found, "go.ex/Jack") == Place(2, 4)  # as many clicks are as good a place
    assert view.place_in(found, "go.ex/Old") == Place(4, 4)
    value = view.among(PAGE, found, JACKET)
    assert cells(value.groups) == {
        "Links like it": ["On go.ex", "By ann", "Made within 45 days of it"],
        "Rank": ["2 of 3", "2 of 2", "1 of 2"],
    }


def test_neighbours_are_those_around_it() -> None:
    many = {link(f"go.ex/L{number:02}", f"Link {number}"): 100 - number for number in range(20)}
    page = asks(QUERY.replace(link="go.ex/L10"), V4)
    value = view.among(page, ranking(many), link("go.ex/L10"))
    assert cells(value.neighbours) == {
        "Rank": [8, 9, 10, 11, 12, 13, 14],
        "Title": [f"{'→ ' if number == 10 else ''}Link {number}" for number in range(7, 14)],
        "Clicks": [100 - number for number in range(7, 14)],
    }
    assert value.links == tuple(f"go.ex/L{number:02}" for number in range(7, 14))
    first = asks(QUERY.replace(link="go.ex/L00"), V4)
    assert view.among(first, ranking(many), link("go.ex/L00")).links[0] == "go.ex/L00"


def test_of_a_cut_list_a_place_is_known_where_nobody_unlisted_can_take_it() -> None:
    found = ranking({STORES: 90, JACKET: 60, OLD: 9}, CUT)
    assert view.place_in(found, "go.ex/Jack") == Place(2, 3, is_whole=False)
    assert view.place_in(found, "go.ex/Old") is None  # one that is not listed may have ten
    metric = view.rank_metric(PAGE, found)
    assert (metric.value, metric.delta) == ("2", "of ≥ 3")
    assert metric.help.endswith(" It has 30.2 % of all clicks.")
    assert view.place_in(ranking(CLICKS, Unlisted(1, None, None)), "go.ex/Jack") is None


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, "How other links did is not known."),
        (ranking({STORES: 1}), "It was not clicked in this period."),
        (
            ranking({STORES: 9}, CUT),
            "It is not among the 1 link that Bitly ranks for this period.",
        ),
        (ranking({JACKET: 9}, CUT), "Links that Bitly does not list may have more clicks."),
    ],
)
def test_a_rank_that_is_not_known_says_why(found: object, why: str) -> None:
    metric = view.rank_metric(PAGE, found)  # type: ignore[arg-type]
    assert (metric.value, metric.help) == (UNKNOWN_TEXT, why)


def test_a_link_that_is_not_ranked_has_no_tables() -> None:
    value = view.among(PAGE, ranking({STORES: 1}), JACKET)
    assert value.notice is not None
    assert (value.groups, value.neighbours, value.notice.text) == (
        None,
        None,
        "This link was not clicked in this period.",
    )
    foreign = view.among(PAGE, ranking({STORES: 1}), None)
    assert foreign.notice is not None and "not in the ranking" in foreign.notice.text


def test_titles_are_shortened_and_stay_text() -> None:
    long = link("go.ex/Jack", "منتج " * 40)
    value = view.among(PAGE, ranking({long: 5, link("go.ex/H", "<b>bold</b>"): 4}), long)
    first, second = cells(value.neighbours)["Title"]
    assert str(first).startswith("→ منتج") and str(first).endswith("…") and len(str(first)) <= 42
    assert second == "<b>bold</b>"
    assert links.shortened("منتج", 4) == "منتج"


# -- all time, addresses --------------------------------------------------------------------------


def test_all_time_as_far_as_it_is_known() -> None:
    ever = view.all_time_question(QUERY)
    assert view.all_time_metric(answer(ever, [1_234])).value == "1,234"
    gone = view.all_time_metric(answer(ever, [0], [OUTSIDE_WINDOW]))
    assert gone.value == UNKNOWN_TEXT and gone.help
    bound = view.all_time_metric(answer(ever, [0], [OUTSIDE_WINDOW], at_least=[40]))
    assert bound.value == "≥ 40"
    assert view.all_time_metric(None).value == UNKNOWN_TEXT


def test_addresses_with_their_clicks_as_far_as_these_are_known() -> None:
    names = ("go.ex/Jack", "go.ex/launch", "bit.ly/Jack")
    page = asks(QUERY, V4, addresses=names)
    series = answer(QUERY, [1, 2, 3, 4, 5, 6, 7])
    launch = answer(QUERY.replace(link="go.ex/launch", rollup=True), [5])
    lost = answer(QUERY.replace(link="bit.ly/Jack", rollup=True), [0], [OUTSIDE_WINDOW])
    table, notice = view.addresses_table(page, series, of(series, launch, lost))
    assert cells(table) == {"Address": list(names), "Clicks": [28, 5, None]}
    assert notice is None
    parts = [answer(QUERY.replace(link=name), [1] * 7, [COUNTED] * 7) for name in names[:2]]
    together = QUERY.replace(all_addresses=True)
    page = asks(together, V4, addresses=names[:2])
    whole = answer(together, [2] * 7)
    table, _ = view.addresses_table(page, whole, of(whole, *parts))
    assert cells(table)["Clicks"] == [7, 7]
    table, notice = view.addresses_table(asks(QUERY, V4), series, of(series))
    assert table is None and notice is not None and "not known" in notice.text
