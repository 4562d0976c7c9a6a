"""Links, domains and logins side by side: what is asked, what adds up, what is no part."""

from __future__ import annotations

import pytest
from compared import (
    ACCOUNT,
    ANN,
    BOB,
    LINKS,
    ONE,
    REFUSED,
    TWO,
    A,
    B,
    answered,
    lines_of,
    numbers,
    page,
    parts_of,
    what,
)
from view_cases import NOW, V3, V4

from bitly_data.query import LINK, ONLY_OTHERS, ClickQuery
from bitly_data.sources.model import Account
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL
from bitly_data.views import compare
from bitly_data.views.compare import ELSEWHERE, NO_OWN_DOMAIN, OTHER_LINKS, top_and_others
from bitly_data.views.lineup import ALL_LINES, DOMAIN, LOGIN, MOST_ITEMS, Item
from bitly_data.views.parts import DIFFERENCE, IN_SEVERAL

# -- what is compared -----------------------------------------------------------------------------


def texts(page_query: compare.PageQuery) -> list[str]:
    return [item.text for item in compare.items_of(page_query)]


def test_without_items_there_are_the_account_s_domains_logins_or_top_links() -> None:
    assert texts(page()) == [A, B]
    assert texts(page(by=LOGIN)) == ["@ann", "@bob", "!"]
    assert texts(page(by=LINK, ranked=LINKS)) == [ONE, TWO]
    assert texts(page(by=LINK, ranked=LINKS, most=1)) == [ONE]


def test_where_upstream_lists_no_logins_those_of_the_links_are_there() -> None:
    account = Account("ann", (A,), (), (ANN,))
    assert texts(page(by=LOGIN, source=V4, account=account)) == ["@ann", "@bob"]
    assert texts(page(by=LOGIN, source=V3, account=account)) == ["@ann", "!"]


def test_a_filter_narrows_what_nobody_chose() -> None:
    assert texts(page(query={"domains": (B,)})) == [B]
    assert texts(page(by=LOGIN, query={"login": BOB})) == ["@bob"]
    narrowed = answered(page(by=LOGIN, query={"domains": (A,)}), {})
    assert {what(query) for query in narrowed} == {f"{A} @ann", f"{A} @bob", f"{A} @!", A}
    narrowed = answered(page(query={"login": ANN}), {})
    assert {what(query) for query in narrowed} == {
        f"{A} @ann",
        f"{B} @ann",
        f"{A} {B} @ann",
        "@ann",
    }


def test_what_was_chosen_is_counted_in_full() -> None:
    page_query = page(ONE, "@bob", A, query={"domains": (B,), "login": ANN})
    assert {what(query) for query in answered(page_query, {})} == {ONE, "@bob", A, "all"}
    notice = compare.choice_notice(page_query)
    assert notice is not None and "do not narrow it" in notice.text


def test_no_more_items_than_an_address_holds() -> None:
    many = Account("ann", tuple(f"d{at}.example" for at in range(80)), (), ())
    assert len(compare.items_of(page(account=many))) == MOST_ITEMS


@pytest.mark.parametrize("by", [DOMAIN, LOGIN, LINK])
def test_nothing_to_compare_is_said_with_what_to_do(by: str) -> None:
    page_query = page(by=by, source=V4, account=Account(), links=())
    notice = compare.choice_notice(page_query)
    assert notice is not None and notice.text.endswith("choose some above.")
    assert compare.questions(page_query, {}) == []


# -- what is asked --------------------------------------------------------------------------------


def test_each_item_comes_first_then_the_whole_of_their_moment() -> None:
    page_query = page()
    first = compare.questions(page_query, {})
    assert [what(query) for query in first] == [A, B]
    answers = answered(page_query, {})
    late = [query for query in answers if query not in first]
    assert {what(query) for query in late} == {f"{A} {B}", "all"}
    assert {query.until for query in late} == {NOW}


def test_what_is_not_listed_is_asked_for_of_domains_and_logins_only() -> None:
    asked = {
        by: {what(q) for q in answered(page(by=by, source=V4, ranked=LINKS), {})}
        for by in (DOMAIN, LOGIN, LINK)
    }
    assert "unlisted" in asked[DOMAIN] and "unlisted" in asked[LOGIN]
    assert asked[LINK] == {ONE, TWO, "all"}


def test_the_price_is_that_of_all_that_is_asked_first() -> None:
    assert [what(query) for query in compare.priced(page())] == [A, B, f"{A} {B}", "all"]
    assert [what(query) for query in compare.priced(page(ONE, TWO))] == [ONE, TWO]
    assert [what(query) for query in compare.priced(page(A, B))] == [A, B, f"{A} {B}"]
    assert [what(query) for query in compare.priced(page(A, ONE))] == [A, ONE, "all"]


def test_an_answer_of_before_the_newest_bucket_is_asked_for_again() -> None:
    page_query = page(ONE, TWO)
    early = {"clicks": [1, 2, 4], "at": NOW - 86_400}
    answers = answered(page_query, {ONE: early, TWO: [8, 16, 32]})
    again = [query for query in answers if query.until == NOW]
    assert [what(query) for query in again] == [ONE]


def test_links_beside_days_of_utc_are_asked_in_such_days() -> None:
    page_query = page(ONE, A, source=V4, query={"timezone": "Asia/Kolkata"})
    by_utc = {"clicks": [8, 16, 32], "offset": 0}
    answers = answered(page_query, {A: by_utc, ONE: [1, 2, 4], "all": [16, 32, 64]})
    in_utc = {what(query) for query in answers if query.timezone == "UTC"}
    assert in_utc == {ONE, "all"}
    lines = compare.load(page_query, answers)
    shown = [*(part.series for part in lines.parts), lines.whole.series]
    assert {series.query.timezone for series in shown} == {"Asia/Kolkata"}
    assert {series.provenance.offset for series in shown} == {0}
    assert len({tuple(series.edges.tolist()) for series in shown}) == 1


def test_links_are_asked_in_days_of_utc_where_their_whole_is() -> None:
    query = {"timezone": "Asia/Kolkata", "login": ANN}
    page_query = page(by=LINK, source=V4, ranked=LINKS, query=query)
    by_utc = {"clicks": [8, 16, 32], "offset": 0}
    answers = answered(page_query, {"@ann": by_utc, ONE: [1, 2, 4], TWO: [1, 1, 1]})
    assert {what(one) for one in answers if one.timezone == "UTC"} == {ONE, TWO}
    lines = compare.load(page_query, answers)
    assert parts_of(lines)[OTHER_LINKS] == [6, 13, 27]


# -- what adds up ---------------------------------------------------------------------------------


def test_domains_have_a_row_for_what_is_on_none_of_them() -> None:
    clicks = {A: [1, 2, 4], B: [8, 0, 0], f"{A} {B}": [9, 2, 4], "all": [10, 12, 14]}
    lines = lines_of(page(), clicks)
    assert parts_of(lines) == {A: [1, 2, 4], B: [8, 0, 0], NO_OWN_DOMAIN: [1, 10, 10]}
    assert numbers(lines.whole.series) == [10, 12, 14]
    assert lines.balance is not None and lines.balance.rows(lines.whole.series) == []


def test_domains_that_share_clicks_are_balanced() -> None:
    clicks = {A: [1, 2, 4], B: [8, 2, 0], f"{A} {B}": [9, 2, 4]}
    lines = lines_of(page(A, B), clicks)
    assert lines.balance is not None
    (shared,) = lines.balance.rows(lines.whole.series)
    assert (shared.name, shared.total.clicks) == (IN_SEVERAL, -2)
    assert lines.whole.series.total.clicks == 15


def test_logins_add_up_with_what_is_of_none() -> None:
    clicks = {"@ann": [1, 2, 4], "@bob": [8, 0, 0], "@!": [16, 0, 0], "all": [32, 2, 4]}
    lines = lines_of(page(by=LOGIN), clicks)
    assert parts_of(lines) == {
        "ann": [1, 2, 4], "bob": [8, 0, 0], "other people's links": [16, 0, 0],
        ELSEWHERE: [7, 0, 0],
    }  # fmt: skip


def test_links_add_up_with_all_other_links() -> None:
    lines = lines_of(page(by=LINK, ranked=LINKS), {ONE: [1, 2, 4], TWO: [8, 0, 0], "all": [16] * 3})
    assert parts_of(lines) == {"First link": [1, 2, 4], TWO: [8, 0, 0], OTHER_LINKS: [7, 14, 12]}


def test_chosen_links_are_their_own_whole() -> None:
    lines = lines_of(page(ONE, TWO), {ONE: [1, 2, 4], TWO: [8, 0, 0]})
    assert numbers(lines.whole.series) == [9, 2, 4]
    assert lines.whole.asked is None and lines.rest == ()


def test_what_lists_leave_out_is_a_part_of_all_clicks() -> None:
    clicks = {"@ann": [1, 2, 4], "@bob": [8, 0, 0], "unlisted": [0, 1, 0], "all": [10, 3, 5]}
    lines = lines_of(page(by=LOGIN, source=V4), clicks)
    assert parts_of(lines)["not listed"] == [0, 1, 0] and parts_of(lines)[ELSEWHERE] == [1, 0, 1]
    lines = lines_of(page(A, B, source=V4), {**clicks, f"{A} {B}": [1, 1, 1]})
    assert [part.series.name for part in lines.outside] == ["not listed"] and not lines.rest


def test_items_of_several_kinds_stand_beside_all_clicks_and_are_no_parts() -> None:
    lines = lines_of(page(ONE, A, "@ann"), {ONE: [1, 2, 4], A: [8, 8, 8], "@ann": [9, 9, 9]})
    assert lines.balance is None and lines.kind == "" and lines.rest == ()
    assert lines.whole.series.name == "All clicks"


def test_an_item_without_an_answer_is_no_number() -> None:
    lines = lines_of(page(ONE, TWO), {ONE: [1, 2, 4], TWO: REFUSED})
    assert parts_of(lines) == {"First link": [1, 2, 4], TWO: [None] * 3}
    assert set(lines.parts[1].series.states.tolist()) == {FAILED}
    assert lines.whole.series.name == "All with an answer"
    assert [notice.text for notice in lines.notices] == [f"“All with an answer” leaves out {TWO}."]


def test_all_clicks_that_nobody_tells_leave_the_items_as_their_whole() -> None:
    lines = lines_of(page(), {A: [1, 2, 4], B: [0, 0, 0], f"{A} {B}": [1, 2, 4], "all": REFUSED})
    assert lines.whole.series.name == "All of them" and lines.rest == ()
    assert "no row for the rest" in lines.notices[0].text


def test_bounds_stay_bounds() -> None:
    cut = {"clicks": [0, 2, 4], "states": [CAPPED, COUNTED, PARTIAL], "at_least": [5, -1, -1],
           "at_most": [9, -1, -1]}  # fmt: skip
    lines = lines_of(page("@ann", "@bob"), {"@ann": cut, "@bob": [8, 0, 0]})
    whole = lines.whole.series
    assert numbers(whole) == [None, 2, 4]
    assert (whole.at_least[0], whole.at_most[0], whole.total.at_least) == (13, 17, 19)


# -- the most, and the others ---------------------------------------------------------------------


def test_the_others_are_one_line_that_adds_up() -> None:
    names = [f"d{at}.example" for at in range(10)]
    clicks = {name: [at, 0, 1] for at, name in enumerate(names)}
    lines = lines_of(page(*names), {**clicks, " ".join(names): [45, 0, 10]})
    top, others = top_and_others(lines, 8)
    assert [part.series.name for part in top] == names[:1:-1]
    assert others is not None and others.series.name == "2 others"
    assert numbers(others.series) == [1, 0, 2]
    assert top_and_others(lines, ALL_LINES) == (tuple(lines.parts[::-1]), None)
    assert top_and_others(lines, 12)[1] is None


def test_what_is_not_known_comes_last_and_is_no_nought() -> None:
    lines = lines_of(
        page(ONE, TWO, "bit.ly/Three"), {ONE: REFUSED, TWO: [0, 0, 0], "bit.ly/Three": [1, 0, 0]}
    )
    top, others = top_and_others(lines, 1)
    assert [part.series.name for part in top] == ["bit.ly/Three"]
    assert others is not None and numbers(others.series) == [None] * 3
    ordered, _ = top_and_others(lines, ALL_LINES)
    assert [part.series.name for part in ordered] == ["bit.ly/Three", TWO, "First link"]


def test_a_part_knows_what_it_counts_and_its_own_answer() -> None:
    lines = lines_of(page(), {A: [1, 2, 4], "all": [9, 9, 9]})
    assert [part.item for part in lines.parts] == [Item(DOMAIN, A), Item(DOMAIN, B)]
    assert all(part.asked is not None for part in lines.parts)
    assert lines.rest[0].item is None and lines.rest[0].asked is None


def test_the_only_others_are_called_so() -> None:
    assert Item(LOGIN, ONLY_OTHERS).label == "other people's links"
    assert ClickQuery(login=ONLY_OTHERS).login == ONLY_OTHERS and ACCOUNT.logins == (ANN, BOB)
    assert DIFFERENCE not in parts_of(lines_of(page(by=LOGIN), {}))
