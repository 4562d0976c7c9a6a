"""What a view costs, in words: the offer, the price of exact days, progress, calls left."""

from __future__ import annotations

import pytest
from view_cases import NOW, answer

from bitly_data.query import ClickQuery
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.fetch_plan import FetchPlan, Missing, Month, plan_text
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL
from bitly_data.transport.fan_out import Progress
from bitly_data.transport.rate_limit import Left
from bitly_data.views import cost
from bitly_data.views.values import CAPTION, Notice

NEW_YORK = ClickQuery(units=3, until=NOW, timezone="America/New_York")
GROUP = CountKey(bucket_store.GROUP, "Bg", "day")


def plan(calls: int, month: Month | None = None, stored: int = 0) -> FetchPlan:
    missing = tuple(Missing(GROUP, day * 86_400) for day in range(calls))
    return FetchPlan(missing, stored, None, month)


# -- the offer ------------------------------------------------------------------------------------


def test_an_offer_says_the_plan_and_how_to_make_it_cheaper() -> None:
    found = cost.offer(plan(121, stored=1), [NEW_YORK], None)
    assert found.text == plan_text(plan(121, stored=1))
    assert found.text.startswith("It takes 121 calls; the answer to 1 more is kept already")
    assert (found.possible, found.agree) == (True, "")
    assert found.hint == (
        "It goes on while you look at other pages, and what has come is kept. Fewer units, or no "
        "domain and no login, take fewer calls."
    )


@pytest.mark.parametrize(("calls", "words"), [(0, "0 calls"), (1, "1 call"), (1045, "1,045 calls")])
def test_an_exact_view_says_what_the_days_of_utc_take(calls: int, words: str) -> None:
    hint = cost.offer(plan(121), [NEW_YORK.replace(zone_days=True)], calls).hint
    assert hint.endswith(
        f" In days of UTC it takes up to {words}: switch Exact off in the sidebar."
    )


@pytest.mark.parametrize(
    ("calls", "month", "possible", "agree"),
    [
        (500, Month(5_000, 5_000), True, ""),
        (501, Month(5_000, 5_000), True, "Spend 10% of a month's calls on this view"),
        (1_500, Month(5_000, 5_000), True, "Spend 30% of a month's calls on this view"),
        # It cannot begin, so there is nothing to agree to.
        (501, Month(5_000, 500), False, ""),
        (10, Month(5_000, 9), False, ""),
        (9_999, None, True, ""),
    ],
)
def test_much_of_a_month_must_be_agreed_to_by_name(
    calls: int, month: Month | None, possible: bool, agree: str
) -> None:
    found = cost.offer(plan(calls, month), [NEW_YORK], None)
    assert (found.possible, found.agree) == (possible, agree)


def test_the_same_questions_in_days_of_utc() -> None:
    exact = NEW_YORK.replace(zone_days=True)
    assert cost.in_utc([exact, exact.replace(domains=("a.example",))]) == [
        NEW_YORK,
        NEW_YORK.replace(domains=("a.example",)),
    ]
    assert cost.in_utc([NEW_YORK]) == cost.in_utc([]) == []


# -- what could be had exactly --------------------------------------------------------------------


def test_what_is_not_exact() -> None:
    own = answer(NEW_YORK, [1, 2, 3])
    utc = answer(NEW_YORK, [1, 2, 3], offset=0)
    capped = answer(NEW_YORK, [1, 2, 3], [CAPPED, COUNTED, PARTIAL])
    failed = answer(NEW_YORK, [1, 2, 3], [FAILED, COUNTED, PARTIAL])
    found = cost.lacking([own, utc, capped, failed])
    assert [one is other for one, other in zip(found, (utc, capped), strict=True)] == [True] * 2
    assert cost.lacking([own]) == []


@pytest.mark.parametrize(("unit", "days"), [("day", "days"), ("week", "weeks")])
def test_both_ways_to_count_days_have_their_price(unit: str, days: str) -> None:
    utc = answer(NEW_YORK.replace(unit=unit), [1, 2, 3], offset=0)
    assert cost.zone_days_notice([utc], 1200) == Notice(
        CAPTION,
        f"In {days} of UTC. Exact {days} of America/New_York take up to 1,200 calls more: switch "
        "Exact on in the sidebar, under More.",
    )


def test_lists_of_hours_may_be_long_enough_where_those_of_days_are_not() -> None:
    capped = answer(NEW_YORK, [1, 2, 3], [CAPPED, COUNTED, PARTIAL])
    assert cost.zone_days_notice([capped], 1).text == (
        "For some days Bitly's list is too short to show every link. The lists of their hours may "
        "be long enough, and take up to 1 call more: switch Exact on in the sidebar, under More."
    )


@pytest.mark.parametrize(
    ("calls", "words"), [(1, "1 call"), (45, "45 calls"), (1045, "1,045 calls")]
)
def test_a_comparison_that_was_not_asked_for_has_a_button(calls: int, words: str) -> None:
    assert cost.comparison_label(plan(calls)) == f"Compare anyway ({words})"
    told = cost.comparison_label(plan(calls), is_told=True)
    assert told == f"Find out how sure that is ({words})"


# -- how far it is --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(0, 0, 20, 2, 0), "0 of 20 are here."),
        (
            Progress(0, 0, 2000, 2, 50),
            "0 of 2,000 are here; the account's calls are used up for "
            "now, it goes on in 50 seconds.",
        ),
        (Progress(1500, 0, 2000, 300, 0), "1,500 of 2,000 are here; ready in about 2 minutes."),
        (
            Progress(20, 20, 20, 5, 0),
            "0 of 20 are here; 20 without an answer; ready in about 1 second.",
        ),
    ],
)
def test_progress_in_words(progress: Progress, text: str) -> None:
    assert cost.progress_text(progress) == text


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (
            Left(90, 100, 940, 1000, 0.0, 0.0),
            "Calls left, by our own count in this process: 90 of 100 this minute, 940 of 1,000 "
            "this hour.",
        ),
        (
            Left(0, 100, 0, 1000, 1800.0, 0.0),
            "Calls left, by our own count in this process: 0 of 100 this minute, 0 of 1,000 this "
            "hour; all of them are back in 30 minutes.",
        ),
        (
            Left(100, 100, 999, 1000, 59.0, 45.0),
            "Calls left, by our own count in this process: 100 of 100 this minute, 999 of 1,000 "
            "this hour; all of them are back in 59 seconds. The server said that there were "
            "too many calls, so the app asks again in 45 seconds.",
        ),
    ],
)
def test_the_calls_that_are_left_in_words(left: Left, text: str) -> None:
    assert cost.calls_left_text(left) == text
