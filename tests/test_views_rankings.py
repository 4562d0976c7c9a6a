"""What rankings are asked for, and what they tell of the change of a link."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from ranking_cases import link, ranked
from support import epoch
from view_cases import NOW, YESTERDAY, asks

from bitly_data.analysis.comparison import YEAR, Against
from bitly_data.errors import AccessError, AnswerError, BitlyError
from bitly_data.query import ALL_TIME, ClickQuery, edges_of
from bitly_data.series import Coverage
from bitly_data.sources.model import RankedLinks
from bitly_data.sources.ranked_links import Unlisted
from bitly_data.views import rankings
from bitly_data.views.page_query import PageQuery
from bitly_data.views.rankings import Changes, Counts, Found, LinkChange

A, B, C = link("go.ex/A"), link("go.ex/B"), link("go.ex/C")
WEEK = ClickQuery(units=7, until=YESTERDAY)
Answer = Callable[[ClickQuery], RankedLinks | BitlyError]


def found(page_query: PageQuery, answer: Answer) -> Found:
    answers: dict[ClickQuery, RankedLinks | BitlyError] = {}
    while wanted := [q for q in rankings.questions(page_query, answers) if q not in answers]:
        answers |= {query: answer(query) for query in wanted}
    return rankings.found(page_query, answers)


def spans(page_query: PageQuery) -> list[tuple[str, str] | None]:
    """The ranges that are asked for, in the order in which they are."""
    asked: list[ClickQuery] = []

    def answer(query: ClickQuery) -> RankedLinks:
        asked.append(query)
        return ranked(query, {A: 1})

    found(page_query, answer)
    assert all(query.rollup for query in asked)
    ends = [None if q.units == ALL_TIME else edges_of(q, q.until or NOW) for q in asked]
    return [
        None if one is None else (str(one[0].astype("M8[s]")), str(one[-1].astype("M8[s]")))
        for one in ends
    ]


def test_a_finished_period_takes_three_rankings() -> None:
    assert spans(asks(WEEK)) == [
        ("2026-11-03T00:00:00", "2026-11-10T00:00:00"),
        ("2026-10-27T00:00:00", "2026-11-03T00:00:00"),
        None,
    ]


def test_of_a_running_one_the_day_that_is_not_over_is_not_compared() -> None:
    assert spans(asks(WEEK.replace(until=None))) == [
        ("2026-11-04T00:00:00", "2026-11-11T00:00:00"),
        ("2026-11-04T00:00:00", "2026-11-10T00:00:00"),
        ("2026-10-28T00:00:00", "2026-11-03T00:00:00"),
        None,
    ]


def test_a_running_month_is_compared_up_to_the_same_day() -> None:
    month = ClickQuery(unit="month", units=1)
    assert spans(asks(month, against=Against(months=-1)))[1:3] == [
        ("2026-11-01T00:00:00", "2026-11-10T00:00:00"),
        ("2026-10-01T00:00:00", "2026-10-10T00:00:00"),
    ]


def test_today_is_compared_by_whole_hours() -> None:
    assert spans(asks(ClickQuery(unit="day", units=1)))[1:3] == [
        ("2026-11-10T00:00:00", "2026-11-10T15:00:00"),
        ("2026-11-09T00:00:00", "2026-11-09T15:00:00"),
    ]


def test_domains_and_login_are_those_of_the_page() -> None:
    query = WEEK.replace(domains=("go.ex",), login="ann", limit=3, zone_days=True)
    asked: list[ClickQuery] = []
    found(asks(query), lambda one: asked.append(one) or ranked(one, {A: 1}))  # type: ignore[func-returns-value]
    assert {(one.domains, one.login, one.limit, one.zone_days) for one in asked} == {
        (("go.ex",), "ann", None, False)
    }


def test_all_time_has_no_change() -> None:
    value = found(asks(ClickQuery(units=ALL_TIME)), lambda query: ranked(query, {A: 1}))
    assert (value.part, value.why) == (None, "all time has no other period")


def test_a_period_without_an_answer_is_its_error() -> None:
    with pytest.raises(AccessError):
        found(asks(WEEK), lambda query: AccessError("No such list."))


def test_another_period_without_an_answer_says_why() -> None:
    def answer(query: ClickQuery) -> RankedLinks | BitlyError:
        return ranked(query, {A: 1}) if query.until == WEEK.until else AnswerError("Bitly is down.")

    value = found(asks(WEEK), answer)
    assert value.why == "the other period is not available: Bitly is down"
    assert (value.all_time, Changes(value).of(A)) == (None, LinkChange())


def test_what_is_older_than_what_is_kept_is_not_compared_and_not_all_time() -> None:
    value = found(
        asks(WEEK),
        lambda query: ranked(query, {A: 1}, is_cut_back=query.until != WEEK.until),
    )
    assert value.why == "the other period is older than what Bitly keeps for this account"
    assert value.all_time is None


def test_periods_that_a_log_has_in_part_are_not_compared() -> None:
    hours = np.arange(epoch("2026-11-03T00:00:00") // 3600, NOW // 3600, dtype=np.int64)
    coverage = Coverage(hours, NOW)
    value = found(asks(WEEK), lambda query: ranked(query, {A: 1}, coverage=coverage))
    assert value.why == "the click log does not have all of both periods"


# -- the change of a link -------------------------------------------------------------------------


def changes(now: RankedLinks, before: RankedLinks) -> Changes:
    return Changes(Found(now, now, before))


BEFORE = ClickQuery(units=7, until=epoch("2026-11-02T12:00:00"), rollup=True)
NOW_QUERY = WEEK.replace(rollup=True)


@pytest.mark.parametrize(
    ("now", "before", "percent", "tone"),
    [
        (150, 100, 50.0, "more"),
        (50, 100, -50.0, "fewer"),
        (103, 100, 3.0, ""),
        (95, 100, -5.0, ""),
        (0, 100, -100.0, "fewer"),
        (30, 10, 200.0, ""),  # of so few clicks nothing is said in colour
        (40, 0, math.inf, "more"),
        (4, 0, math.inf, ""),
    ],
)
def test_a_change_is_a_number_with_a_tone(now: int, before: int, percent: float, tone: str) -> None:
    found = changes(
        ranked(NOW_QUERY, {A: now} if now else {}), ranked(BEFORE, {A: before} if before else {})
    ).of(A)
    assert found.percent == pytest.approx(percent)
    assert found.tone == tone


def test_nothing_after_nothing_is_no_change() -> None:
    assert changes(ranked(NOW_QUERY, {B: 1}), ranked(BEFORE, {B: 1})).of(A) == LinkChange()


CUT = Unlisted(10, 10, 5)  # ten clicks on links that are not listed, five each at the most


def test_a_link_that_a_cut_list_lacks_has_no_change() -> None:
    both = changes(ranked(NOW_QUERY, {A: 50, B: 50}), ranked(BEFORE, {A: 40}, CUT))
    assert both.of(A).percent == pytest.approx(25)
    assert both.of(B) == LinkChange()


def test_but_one_that_was_made_since_is_new() -> None:
    made = link("go.ex/B", created=epoch("2026-11-03T00:00:00"))
    sooner = link("go.ex/C", created=epoch("2026-11-02T23:59:59"))
    both = changes(ranked(NOW_QUERY, {made: 50, sooner: 5}), ranked(BEFORE, {A: 40}, CUT))
    assert both.of(made).percent == math.inf
    assert both.of(sooner) == LinkChange()


def test_lengths_that_differ_are_evened_out() -> None:
    before = ranked(BEFORE.replace(units=14), {A: 200})
    assert changes(ranked(NOW_QUERY, {A: 150}), before).of(A).percent == pytest.approx(50)


def test_the_others_change_by_what_all_have_and_these_have() -> None:
    both = changes(
        ranked(NOW_QUERY, {A: 50, B: 30}, Unlisted(20, 20, 9)), ranked(BEFORE, {A: 60, B: 20})
    )
    assert both.without([A]).percent == pytest.approx((50 / 20 - 1) * 100)
    unknown = changes(ranked(NOW_QUERY, {A: 50}, Unlisted(0, None, None)), ranked(BEFORE, {A: 60}))
    assert unknown.without([A]) == LinkChange()


def test_counts_of_a_whole_list_and_of_one_that_is_cut() -> None:
    whole, cut = Counts(ranked(WEEK, {A: 5})), Counts(ranked(WEEK, {A: 5}, CUT))
    assert [whole.of("go.ex/A"), whole.of("go.ex/B")] == [5, 0]
    assert [cut.of("go.ex/A"), cut.of("go.ex/B")] == [5, None]
    assert (whole.without([A]), cut.without([A]), cut.without([B])) == (0, 10, None)
    assert cut.of_own(link("go.ex/Z", created=NOW)) == 0


def test_a_year_before() -> None:
    assert spans(asks(WEEK, against=Against(YEAR)))[1] == (
        "2025-11-03T00:00:00",
        "2025-11-10T00:00:00",
    )
