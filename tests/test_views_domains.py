"""Domains side by side: what is asked in which order, what is unknown, totals and shares."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from support import epoch
from view_cases import NOW, V3, V4, YESTERDAY, answer, asks, of, texts

from bitly_data.analysis.comparison import YEAR, Against
from bitly_data.errors import AccessError, AnswerError, BitlyError
from bitly_data.query import ALL_TIME, ClickQuery, edges_of
from bitly_data.report.tables import to_csv
from bitly_data.series import ClickSeries, failed
from bitly_data.sources.base import Capabilities
from bitly_data.sources.model import Account
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL
from bitly_data.views import domains
from bitly_data.views.answers import Answer, Unasked
from bitly_data.views.domains import Domains, TotalsValue
from bitly_data.views.page_query import PageQuery
from bitly_data.views.values import CAPTION, INFO, WARNING, Notice

A, B, C = "a.example", "b.example", "c.example"
QUERY = ClickQuery(units=3, domains=(A, B))
MANY = tuple(f"d{number}.example" for number in range(9))


def cells(value: TotalsValue) -> dict[str, list[object]]:
    assert value.section.table is not None
    return {column.name: list(column.values) for column in value.section.table.columns}


Clicks = Mapping[tuple[str, ...], list[int] | BitlyError]


def loaded(
    page_query: PageQuery,
    clicks: Clicks,
    *,
    unlisted: list[int] | None = None,
    states: Mapping[tuple[str, ...], list[int]] | None = None,
    stopped: bool = False,
    **more: object,
) -> tuple[Domains, dict[ClickQuery, Answer]]:
    """The domains of a page, by the clicks of each set of domains; asked in rounds."""
    answers: dict[ClickQuery, Answer] = {}
    while wanted := [q for q in domains.questions(page_query, answers) if q not in answers]:
        for query in wanted:
            found = unlisted if query.unlisted else clicks[query.domains]
            if isinstance(found, BitlyError):
                # The first round gives series of failed buckets, later ones the error itself.
                is_first = len(query.domains) == 1 and query.until == page_query.query.until
                answers[query] = failed(query, found.user_message, NOW) if is_first else found
            else:
                own = None if states is None else states.get(query.domains)
                answers[query] = answer(query, found or [0] * query.units, own, **more)  # type: ignore[arg-type]
    return domains.load(page_query, answers, stopped=stopped), answers


def totals(
    page_query: PageQuery,
    clicks: Clicks,
    changed: Callable[[ClickQuery], Answer] = lambda _: Unasked(45),
    **more: object,
) -> TotalsValue:
    found, answers = loaded(page_query, clicks, **more)  # type: ignore[arg-type]
    while wanted := [
        query
        for query in domains.change_questions(page_query, found, answers)
        if query not in answers
    ]:
        answers |= {query: changed(query) for query in wanted}
    return domains.present_totals(page_query, found, answers)


# -- which domains --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "own", "names", "notice"),
    [
        ((A,), (B, C), (A,), None),
        ((), (A, B), (A, B), Notice(CAPTION, "The organization's short domains.")),
        (
            (),
            MANY,
            MANY[:6],
            Notice(
                CAPTION,
                "The organization's short domains. 3 more can be chosen in the sidebar.",
            ),
        ),
        (
            (),
            (),
            (),
            Notice(
                INFO,
                "This account has no domains of its own to compare: choose some in the sidebar.",
                "info",
            ),
        ),
    ],
)
def test_the_chosen_domains_or_the_organization_s_first_ones(
    chosen: tuple[str, ...], own: tuple[str, ...], names: tuple[str, ...], notice: Notice | None
) -> None:
    page_query = asks(QUERY.replace(domains=chosen), account=Account(short_domains=own))
    assert domains.shown(page_query) == names
    assert domains.choice_notice(page_query) == notice


# -- what is asked --------------------------------------------------------------------------------


def test_a_price_is_that_of_each_and_of_all_as_one() -> None:
    assert [query.domains for query in domains.priced(asks(QUERY))] == [(A,), (B,), (A, B)]
    own = asks(QUERY.replace(domains=()), account=Account(short_domains=(A, B)))
    assert [query.domains for query in domains.priced(own)] == [(A,), (B,), (A, B), ()]


def test_each_domain_comes_first_and_all_as_one_of_their_moment() -> None:
    page_query = asks(QUERY)
    first = domains.questions(page_query, {})
    assert first == [QUERY.replace(domains=(A,)), QUERY.replace(domains=(B,))]
    answers = of(*(answer(query, [1, 2, 3]) for query in first))
    assert domains.questions(page_query, dict(list(answers.items())[:1])) == first
    assert domains.questions(page_query, answers) == [QUERY.replace(until=NOW)]


def test_what_is_listed_nowhere_is_asked_for_where_there_are_lists() -> None:
    page_query = asks(QUERY.replace(login="ann"), V4)
    answers = of(*(answer(query, [1, 2, 3]) for query in domains.questions(page_query, {})))
    whole, unlisted = domains.questions(page_query, answers)
    assert whole == QUERY.replace(login="ann", until=NOW)
    assert (unlisted.unlisted, unlisted.domains, unlisted.login) == (True, (), None)


def test_those_of_before_the_newest_bucket_are_asked_for_anew() -> None:
    """The newest bucket began while they came."""
    page_query = asks(QUERY)
    early, late = domains.questions(page_query, {})
    answers = of(answer(early, [1, 2, 3], at=YESTERDAY), answer(late, [1, 2, 3]))
    again, whole = domains.questions(page_query, answers)
    assert again == QUERY.replace(domains=(A,), until=NOW)
    answers |= of(answer(again, [2, 3, 4]), answer(whole, [3, 5, 7]))
    found = domains.load(page_query, answers)
    assert [series.clicks.tolist() for series in found.each] == [[2, 3, 4], [1, 2, 3]]
    assert np.array_equal(found.each[0].edges, found.each[1].edges)


def test_without_any_answer_nothing_more_is_asked() -> None:
    page_query = asks(QUERY)
    first = domains.questions(page_query, {})
    answers = of(*(failed(query, "No.", NOW) for query in first))
    assert domains.questions(page_query, answers) == []


# -- each and all of them -------------------------------------------------------------------------


def test_each_domain_and_the_one_in_which_each_click_counts_once() -> None:
    found, _ = loaded(asks(QUERY), {(A,): [1, 2, 3], (B,): [10, 0, 5], (A, B): [10, 2, 7]})
    assert [series.name for series in found.each] == [A, B]
    assert (found.whole.name, found.whole.clicks.tolist()) == ("All of them", [10, 2, 7])
    assert found.notices == ()


def test_one_without_an_answer_is_left_out_of_the_whole_and_that_is_said() -> None:
    foreign = AccessError("This domain does not belong to the organization.")
    found, _ = loaded(
        asks(QUERY),
        {(A,): [1, 2, 3], (B,): foreign, (A, B): foreign},
    )
    assert [set(series.states.tolist()) for series in found.each] == [{COUNTED, PARTIAL}, {FAILED}]
    assert found.whole.name == "All with an answer"
    assert found.whole.clicks.tolist() == [1, 2, 3]
    assert found.notices == (Notice(CAPTION, "“All with an answer” leaves out b.example."),)


def test_all_that_have_none_are_named() -> None:
    query = QUERY.replace(domains=(A, B, C))
    foreign = AccessError("No.")
    found, _ = loaded(
        asks(query),
        {(A,): foreign, (B,): [1, 2, 3], (C,): foreign, (A, B, C): foreign},
    )
    assert texts(found.notices) == ["“All with an answer” leaves out a.example, c.example."]


@pytest.mark.parametrize("as_series", [False, True], ids=["error", "failed series"])
def test_a_whole_without_an_answer_is_asked_for_without_those_that_have_none(
    as_series: bool,
) -> None:
    """Asked beside others that have one, its failure comes as a series of failed buckets."""
    page_query = asks(QUERY)
    each = domains.questions(page_query, {})
    answers: dict[ClickQuery, Answer] = {
        **of(answer(each[0], [1, 2, 3])),
        each[1]: failed(each[1], "No.", NOW),
    }
    (whole,) = domains.questions(page_query, answers)
    answers[whole] = failed(whole, "No.", NOW) if as_series else AnswerError("No.")
    assert domains.questions(page_query, answers) == [
        whole,
        whole.replace(domains=(A,)),
    ]


def test_a_whole_that_cannot_be_had_is_not_known_and_that_is_said() -> None:
    tired = AnswerError("The server is tired.")
    clicks: Clicks = {(A,): [1, 2, 3], (B,): [1, 2, 3], (A, B): tired}
    found, _ = loaded(asks(QUERY), clicks)
    assert not found.whole.known.any() and not found.whole.answered
    assert found.whole.name == "All of them"
    assert found.notices == (
        Notice(WARNING, "“All of them” is not known. The server is tired.", "cloud_off"),
    )
    # Who stopped it knows why.
    assert loaded(asks(QUERY), clicks, stopped=True)[0].notices == ()


def test_an_error_of_a_late_one_is_a_series_of_failed_buckets() -> None:
    page_query = asks(QUERY)
    early, late = domains.questions(page_query, {})
    answers = of(answer(early, [1, 2, 3], at=YESTERDAY), answer(late, [1, 2, 3]))
    again, whole = domains.questions(page_query, answers)
    answers |= {again: AnswerError("No."), **of(answer(whole, [3, 5, 7]))}
    found = domains.load(page_query, answers)
    assert found.each[0].provenance.note == "No."
    assert not found.each[0].known.any()
    assert np.array_equal(found.each[0].edges, found.each[1].edges)


def test_of_all_time_each_has_the_buckets_of_the_longest() -> None:
    query = QUERY.replace(units=ALL_TIME, until=NOW)
    page_query = asks(query)
    first, second = domains.questions(page_query, {})
    answers = of(answer(first, [1, 2]), answer(second, [4, 5, 6, 7]))
    (whole,) = domains.questions(page_query, answers)[:1]
    found = domains.load(page_query, answers | of(answer(whole, [4, 5, 7, 9])))
    assert [series.clicks.tolist() for series in found.each] == [[0, 0, 1, 2], [4, 5, 6, 7]]


@pytest.mark.parametrize(
    ("unlisted", "names"),
    [([0, 4, 0], [A, B, "not listed"]), ([0, 0, 0], [A, B])],
)
def test_what_no_list_holds_is_a_series_where_there_is_some(
    unlisted: list[int], names: list[str]
) -> None:
    clicks: Clicks = {(A,): [1, 2, 3], (B,): [1, 2, 3], (A, B): [2, 4, 6]}
    found, _ = loaded(asks(QUERY, V4), clicks, unlisted=unlisted)
    assert [series.name for series in found.each] == names
    assert found.each[-1].clicks.tolist() == (unlisted if len(names) == 3 else [1, 2, 3])


def test_what_no_list_holds_and_is_not_known_is_no_series() -> None:
    page_query = asks(QUERY, V4)
    answers = of(*(answer(query, [1, 2, 3]) for query in domains.questions(page_query, {})))
    whole, unlisted = domains.questions(page_query, answers)
    answers |= of(answer(whole, [2, 4, 6]))
    for found in (AnswerError("No."), answer(unlisted, [9, 9, 9], [FAILED] * 3)):
        assert len(domains.load(page_query, answers | {unlisted: found}).each) == 2


# -- totals ---------------------------------------------------------------------------------------

DISTINCT: Clicks = {(A,): [1, 2, 3], (B,): [10, 0, 8], (A, B): [11, 2, 11]}


def test_a_row_a_domain_and_one_of_all() -> None:
    found = totals(asks(QUERY), DISTINCT)
    assert cells(found) == {
        "Domain": [B, A, "All of them"],  # the most clicks first
        "Trend": [(10.0, 0.0), (1.0, 2.0), (11.0, 2.0)],  # without the day that still fills
        "Clicks": [18, 6, 24],
        "Share": [75.0, 25.0, 100.0],
    }
    file = found.section.file
    assert file is not None and file.name == "Totals by domain"
    assert [series.clicks.tolist() for series in file.series] == [[18], [6], [24]]
    assert {name: list(values) for name, values in file.more.items()} == {
        "share": [0.75, 0.25, 1.0],  # a ratio, as the change is
        "change": [None] * 3,
        "like_for_like": [None] * 3,
        "like_for_like_low": [None] * 3,
        "like_for_like_high": [None] * 3,
    }


def test_a_click_of_two_domains_is_said() -> None:
    both = {**DISTINCT, (A, B): [10, 2, 8]}
    found = totals(asks(QUERY), both)
    assert texts(found.section.notices)[0] == (
        "4 clicks count for more than one of these domains; the row “in more than one row” takes "
        "them away again, so that the rows add up."
    )
    table = cells(found)
    assert table["Domain"] == [B, A, "in more than one row", "All of them"]
    assert table["Clicks"] == [18, 6, -4, 20]
    assert table["Share"] == [90.0, 30.0, -20.0, 100.0]
    assert "count for more than one" not in " ".join(
        texts(totals(asks(QUERY), DISTINCT).section.notices)
    )


@pytest.mark.parametrize("cut", [(A,), (A, B)])
def test_nothing_is_said_of_clicks_of_two_where_some_are_not_known(cut: tuple[str, ...]) -> None:
    both = {**DISTINCT, (A, B): [10, 2, 8]}
    states = {cut: [CAPPED, COUNTED, PARTIAL]}
    found = totals(asks(QUERY), both, states=states)
    assert "count for more than one" not in " ".join(texts(found.section.notices))
    table = cells(found)
    named = dict(zip(table["Domain"], table["Not known"], strict=True))
    assert [named[name] for name in (A, B, "All of them")] == [
        1 if names == cut else None for names in ((A,), (B,), (A, B))
    ]
    shares = dict(zip(table["Domain"], table.get("Share", [None] * 4), strict=False))
    assert [shares[name] for name in (A, B, "All of them")] == (
        [None, 90.0, 100.0] if cut == (A,) else [None] * 3
    )
    if cut == (A,):
        assert table["Clicks"] == [18, 5, -3, 20]
        assert texts(found.section.notices)[0] == (
            "At least 3 clicks are in several rows; “in more than one row” takes them away again."
        )
    else:
        assert texts(found.section.notices)[0] == (
            "The rows do not add up to “All of them”, of which 1 days are not known."
        )


# -- the parts of the organization ----------------------------------------------------------------

OWN = Account(short_domains=(A, B))
EVERY = QUERY.replace(domains=())
# All that the organization has, and what is on its two domains.
PARTS: Clicks = {(A,): [1, 2, 3], (B,): [10, 0, 8], (A, B): [11, 2, 11], (): [12, 2, 19]}


def test_what_is_on_no_own_domain_is_a_row_and_shares_are_of_all_clicks() -> None:
    found = totals(asks(EVERY, account=OWN), PARTS)
    assert cells(found) == {
        "Domain": [B, A, "links of no own domain", "All clicks"],
        "Trend": [(10.0, 0.0), (1.0, 2.0), (1.0, 0.0), (12.0, 2.0)],
        "Clicks": [18, 6, 9, 33],
        "Share": [18 / 33 * 100, 6 / 33 * 100, 9 / 33 * 100, 100.0],
    }
    assert found.section.file is not None
    assert [int(series.clicks[0]) for series in found.section.file.series] == [18, 6, 9, 33]
    assert texts(found.section.notices)[0] == (
        "“links of no own domain”: clicks on links whose short domain is none of the "
        "organization's."
    )
    # Of what was not asked there is no change, and no reason for having none.
    assert "No change for b.example, a.example, All clicks" in texts(found.section.notices)[-1]


def test_the_rest_is_a_line_and_rows_of_the_comparison_too() -> None:
    page_query = asks(EVERY, account=OWN)
    found, _ = loaded(page_query, PARTS)
    assert [one.name for one in found.each] == [A, B, "links of no own domain"]
    assert found.each[-1].clicks.tolist() == [1, 0, 8]
    assert (
        np.sum([one.clicks for one in found.each], axis=0).tolist() == found.whole.clicks.tolist()
    )


@pytest.mark.parametrize("timezone", ["Europe/Tallinn", "Asia/Kathmandu", "-5"])
def test_the_rest_stands_beside_domains_that_come_in_days_of_utc(timezone: str) -> None:
    """By v4 a domain's days are those of UTC; so are those of all clicks, and of the rest."""
    page_query = asks(EVERY.replace(timezone=timezone, until=YESTERDAY), V4, account=OWN)
    answers: dict[ClickQuery, Answer] = {}
    while wanted := [q for q in domains.questions(page_query, answers) if q not in answers]:
        for one in wanted:
            days = edges_of(one.replace(timezone="UTC"), YESTERDAY).tolist()
            offset = 0 if one.domains or one.unlisted else None
            clicks = [0] * 3 if one.unlisted else PARTS[one.domains]
            assert isinstance(clicks, list)
            assert offset == 0 or one.timezone == "UTC"
            answers[one] = answer(one, clicks, edges=days, offset=offset)
    found = domains.load(page_query, answers)
    total = domains.present_totals(page_query, found, answers).section
    each = [1, 2, 3, 10, 0, 8, 1, 0, 8]
    assert total.file is not None
    for many, clicks in ((found.each, each), (total.file.series, [18, 6, 9, 33])):
        rows = list(csv.DictReader(io.StringIO(to_csv(many))))
        assert [int(row["clicks"]) for row in rows] == clicks
        assert {row["timezone"] for row in rows} == {timezone}
        assert {row["bucket"][-6:] for row in rows} == {"+00:00"}


def test_of_more_domains_than_are_shown_the_rest_is_everything_else() -> None:
    account = Account(short_domains=(*MANY[:6], C))
    clicks: Clicks = {(name,): [1, 0, 0] for name in MANY[:6]}
    clicks = {**clicks, MANY[:6]: [6, 0, 0], (): [7, 1, 0]}
    table = cells(totals(asks(EVERY, account=account), clicks))
    assert table["Domain"][-2:] == ["everything else", "All clicks"]
    assert table["Clicks"][-2:] == [2, 8]


def test_one_without_an_answer_is_in_everything_else() -> None:
    foreign = AccessError("No.")
    clicks: Clicks = {**PARTS, (B,): foreign, (A, B): foreign}
    found = totals(asks(EVERY, account=OWN), clicks)
    table = cells(found)
    assert table["Domain"] == [A, B, "everything else", "All clicks"]
    assert table["Clicks"] == [6, None, 27, 33]


def test_an_organization_without_an_answer_is_said_and_its_domains_are_the_whole() -> None:
    found, _ = loaded(asks(EVERY, account=OWN), {**PARTS, (): AnswerError("The server is tired.")})
    assert found.whole.name == "All of them"
    assert texts(found.notices) == [
        "“All clicks” is not known, so there is no row for the rest. The server is tired."
    ]


def test_domains_without_a_common_answer_leave_a_difference() -> None:
    tired = AnswerError("The server is tired.")
    page_query = asks(EVERY, account=OWN)
    clicks: Clicks = {**PARTS, (A, B): tired}
    table = cells(totals(page_query, clicks))
    assert table["Domain"] == [B, A, "difference", "All clicks"]
    assert table["Clicks"] == [18, 6, 9, 33]


def test_clicks_that_came_while_it_was_counted_are_a_difference() -> None:
    found = totals(asks(EVERY, account=OWN), {**PARTS, (A,): [1, 2, 1]})
    table = cells(found)
    assert table["Domain"] == [B, A, "links of no own domain", "difference", "All clicks"]
    assert table["Clicks"] == [18, 4, 9, 2, 33]
    assert texts(found.section.notices)[0] == (
        "“difference”: 2 clicks of the total are in no other row, as they came meanwhile."
    )


def bounded(query: ClickQuery, clicks: list[int], at_least: int, at_most: int) -> ClickSeries:
    return answer(
        query,
        clicks,
        [CAPPED, COUNTED, PARTIAL],
        at_least=[at_least, -1, -1],
        at_most=[at_most, -1, -1],
    )


@pytest.mark.parametrize("login", [None, "ann"])
def test_lower_bounds_and_what_is_not_listed_add_up_to_all_clicks(login: str | None) -> None:
    query = EVERY.replace(login=login)
    page_query = asks(query, V4, account=OWN)
    answers: dict[ClickQuery, Answer] = {}
    while wanted := [q for q in domains.questions(page_query, answers) if q not in answers]:
        for one in wanted:
            if one.unlisted:
                answers[one] = answer(one, [7, 0, 0])
            elif one.domains:
                own = {(A,): ([0, 2, 3], 20), (B,): ([0, 0, 8], 5), (A, B): ([0, 2, 11], 25)}
                clicks, least = own[one.domains]
                answers[one] = bounded(one, clicks, least, least + 7)
            elif login:
                answers[one] = bounded(one, [0, 2, 19], 28, 35)
            else:
                answers[one] = answer(one, [35, 2, 19])
    found = domains.load(page_query, answers)
    table = cells(domains.present_totals(page_query, found, answers))
    rest = "links of no own domain"
    if login is None:
        assert table["Domain"] == [A, B, rest, "not listed", "All clicks"]
        assert table["Clicks"] == [None, None, None, 7, 56]
        assert table["At least"] == [25, 13, 11, None, None]
        assert found.each[2].at_most.tolist() == [10, -1, -1]
    else:
        # What no list shows may be hers or not: it is no part of her clicks.
        assert table["Domain"] == [A, B, rest, "All clicks", "not listed"]
        assert table["Clicks"] == [None, None, None, None, 7]
        assert table["At least"] == [25, 13, 11, 49, None]


def one_of(name: str, clicks: list[int], states: list[int], least: list[int]) -> ClickSeries:
    query = QUERY.replace(domains=(name,))
    return answer(query, clicks, states, at_least=least, at_most=[-1] * 3)


CUT, WHOLE_KNOWN, NO_BOUNDS = [CAPPED] * 3, [COUNTED] * 3, [-1] * 3
RANKED = {
    "bounds.example": one_of("bounds.example", [0] * 3, CUT, [400, 0, 5]),
    "known.example": one_of("known.example", [100, 200, 3], WHOLE_KNOWN, NO_BOUNDS),
    "part.example": one_of("part.example", [0, 1, 1], [CAPPED, COUNTED, COUNTED], [300, -1, -1]),
    "few.example": one_of("few.example", [0, 0, 3], [FAILED, FAILED, COUNTED], NO_BOUNDS),
    "none.example": one_of("none.example", [0, 0, 0], WHOLE_KNOWN, NO_BOUNDS),
    "unknown.example": one_of("unknown.example", [0, 0, 0], [FAILED] * 3, NO_BOUNDS),
}


@pytest.mark.parametrize("turn", range(6))
def test_domains_are_ranked_by_what_is_known_of_them(turn: int) -> None:
    many = [*RANKED.values()]
    shown = domains.ranked([*many[turn:], *many[:turn]])
    assert [one.name for one in shown] == list(RANKED)
    assert [one.name for one in domains.ranked([*reversed(many)])] == list(RANKED)


def test_what_is_no_domain_stands_behind_all_that_are() -> None:
    rest = answer(EVERY, [900, 900, 900], WHOLE_KNOWN, name="links of no own domain")
    shown = domains.ranked([rest, *reversed(RANKED.values())])
    assert [one.name for one in shown] == [*RANKED, rest.name]


def test_the_table_with_lower_bounds_is_ranked_by_them() -> None:
    page_query = asks(QUERY, V3)
    answers: dict[ClickQuery, Answer] = {}
    own = {(A,): ([0, 2, 3], 20), (B,): ([0, 0, 8], 500), (A, B): ([0, 2, 11], 520)}
    while wanted := [q for q in domains.questions(page_query, answers) if q not in answers]:
        for one in wanted:
            clicks, least = own[one.domains]
            answers[one] = bounded(one, clicks, least, least + 7)
    found = domains.load(page_query, answers)
    table = cells(domains.present_totals(page_query, found, answers))
    assert table["Domain"] == [B, A, "All of them"]
    assert table["At least"] == [508, 25, 533]


def test_a_total_above_of_another_moment_says_so() -> None:
    page_query = asks(EVERY, account=OWN)
    found, answers = loaded(page_query, PARTS)
    above = answer(EVERY, [12, 2, 17], at=NOW - 40)
    same = answer(EVERY, [12, 2, 19], at=NOW - 40)
    said = texts(domains.present_totals(page_query, found, answers, above).section.notices)
    assert "The total above, 31, was counted at 15:19:20, “All clicks” at 15:20:00." in said
    said = texts(domains.present_totals(page_query, found, answers, same).section.notices)
    assert not [text for text in said if "The total above" in text]


def test_what_is_not_known_at_all_has_no_total() -> None:
    found = totals(
        asks(QUERY), {(A,): [1, 2, 3], (B,): AccessError("No."), (A, B): AccessError("No.")}
    )
    table = cells(found)
    assert table["Domain"] == [A, B, "All with an answer"]
    assert table["Clicks"] == [6, None, 6]
    assert table["Share"] == [100.0, None, 100.0]
    assert table["Not known"] == [None, 3, None]
    assert "No change for b.example: the period itself is not known." in texts(
        found.section.notices
    )


def test_no_clicks_have_no_shares() -> None:
    found = totals(asks(QUERY), {(A,): [0] * 3, (B,): [0] * 3, (A, B): [0] * 3})
    assert "Share" not in cells(found)
    assert cells(found)["Clicks"] == [0, 0, 0]


def test_the_unit_of_what_is_not_known_stands_above_it() -> None:
    week = asks(QUERY.replace(unit="week"))
    found = totals(week, DISTINCT, states={(A,): [CAPPED, COUNTED, PARTIAL]})
    assert found.section.table is not None
    assert found.section.table.columns[-1].title == "Weeks not known"


@pytest.mark.parametrize(
    ("against", "words"),
    [
        (Against(), "the period before"),
        (Against(YEAR), "the same period a year before"),
    ],
)
def test_which_change_it_is_is_said(against: Against, words: str) -> None:
    found = totals(asks(QUERY, against=against), DISTINCT)
    assert texts(found.section.notices)[0] == (
        f"3 days. The change is against {words}. A period that is still running counts up to its "
        "last full day."
    )


def test_changes_that_take_many_calls_say_so_once_and_can_be_asked_for() -> None:
    found = totals(asks(QUERY), DISTINCT)
    assert texts(found.section.notices)[-1] == (
        "No change for b.example, a.example, All of them: its numbers take 45 calls more."
    )
    assert {query.domains for query in found.expensive} == {(A,), (B,), (A, B)}
    assert len(set(found.expensive)) == len(found.expensive)


def test_each_change_has_its_reason() -> None:
    def changed(query: ClickQuery) -> Answer:
        if query.domains == (A,):
            return AnswerError("The server is tired.")
        if query.domains == (B,):
            return Unasked(45, before_history=True)
        count = 1 if query.rollup else query.units
        return answer(query, [4] * count, [COUNTED] * count)

    found = totals(asks(QUERY), DISTINCT, changed)
    assert texts(found.section.notices)[1:] == [
        "No change for b.example: the other period is older than what Bitly keeps for this "
        "account.",
        "No change for a.example: the other period is not available: The server is tired.",
        "No change for All of them: base too small to tell.",
    ]
    assert found.expensive == ()
    assert "Change" not in cells(found)


def test_changes_are_in_the_table_and_in_the_file() -> None:
    query = QUERY.replace(units=7, until=YESTERDAY)
    clicks: Clicks = {(A,): [20] * 7, (B,): [30] * 7, (A, B): [50] * 7}

    def changed(query: ClickQuery) -> Answer:
        return answer(query, [20] * query.units, [COUNTED] * query.units)

    found = totals(asks(query), clicks, changed)
    table = cells(found)
    assert table["Change"] == pytest.approx([50.0, 0.0, 150.0])
    assert found.section.file is not None
    more = found.section.file.more
    assert list(more["change"]) == [0.5, 0.0, 1.5]
    for low, ratio, high in zip(
        more["like_for_like_low"], more["like_for_like"], more["like_for_like_high"], strict=True
    ):
        assert low is not None and ratio is not None and high is not None
        assert low < ratio < high


@pytest.mark.parametrize(("unit", "units"), [("day", 7), ("hour", 24)])
def test_every_share_and_change_in_a_file_is_a_ratio(unit: str, units: int) -> None:
    query = QUERY.replace(unit=unit, units=units, until=YESTERDAY)
    clicks: Clicks = {(A,): [75] * units, (B,): [25] * units, (A, B): [100] * units}

    def changed(query: ClickQuery) -> Answer:
        return answer(query, [50] * query.units, [COUNTED] * query.units)

    found = totals(asks(query), clicks, changed)
    file = found.section.file
    assert file is not None
    rows = [*csv.DictReader(io.StringIO(to_csv(file.series, file.more)))]
    assert [float(row["share"]) for row in rows] == [0.75, 0.25, 1]
    assert [float(row["change"]) for row in rows] == [0.5, -0.5, 1]
    for row in rows:
        low, high = float(row["like_for_like_low"]), float(row["like_for_like_high"])
        assert -1 <= low < float(row["like_for_like"]) < high < 10
    # The table beside it has per cent, which it says.
    assert cells(found)["Share"] == [75, 25, 100]


def test_a_question_that_two_rows_share_is_asked_once() -> None:
    page_query = asks(QUERY.replace(domains=(A,), until=YESTERDAY))
    found, answers = loaded(page_query, {(A,): [1, 2, 3]})
    for count in (1, 2):  # the other period, then the days before
        wanted = domains.change_questions(page_query, found, answers)
        assert len(set(wanted)) == len(wanted) == count
        answers = {**answers, **{query: answer(query, [1] * query.units) for query in wanted}}


@pytest.mark.parametrize("source", [V3, V4])
def test_one_domain_alone_is_also_all_of_them(source: Capabilities) -> None:
    page_query = asks(QUERY.replace(domains=(A,), until=epoch("2026-11-09T12:00:00")), source)
    found, _ = loaded(page_query, {(A,): [1, 2, 3]}, unlisted=[0, 0, 0])
    assert [series.name for series in found.each] == [A]
    assert isinstance(found.whole, ClickSeries) and found.whole.name == "All of them"
    assert found.whole.total == found.each[0].total
