"""What is not known of a series, and which buckets are not as long as others, in words."""

from __future__ import annotations

import pytest
from support import epoch
from view_cases import NOW, YESTERDAY, answer, texts

from bitly_data.locales import locale_of
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.states import CAPPED, COUNTED, FAILED, OUTSIDE_WINDOW, PARTIAL, REBUILT
from bitly_data.views.missing_data import (
    lengths_in_words,
    lengths_text,
    missing_text,
    notices,
    total_text,
)
from bitly_data.views.values import CAPTION, WARNING, Notice

NEW_YORK = "America/New_York"


def days(states: list[int], **query: object) -> str:
    asked = ClickQuery(units=len(states), until=YESTERDAY, **query)  # type: ignore[arg-type]
    return missing_text(answer(asked, [7] * len(states), states))


@pytest.mark.parametrize("state", [COUNTED, REBUILT, PARTIAL])
def test_a_number_that_is_known_is_not_missing(state: int) -> None:
    assert days([state] * 3) == ""


def test_a_limit_names_itself_and_what_it_cut_off() -> None:
    assert days([CAPPED] * 10 + [COUNTED] * 20, limit=20) == (
        "140 clicks in 20 of 30 days; 10 not known. Cut off by the limit of 20: "
        "Sun 11 Oct 2026 to Tue 20 Oct 2026."
    )


def test_a_list_that_is_too_short_is_not_a_limit_of_the_question() -> None:
    assert days([COUNTED, CAPPED, COUNTED]) == (
        "14 clicks in 2 of 3 days; 1 not known. "
        "Cut off by the length of Bitly's lists: Sun 8 Nov 2026."
    )


def test_lower_bounds_are_counted_and_added_up() -> None:
    query = ClickQuery(units=3, until=NOW)
    series = answer(query, [0, 7, 0], [CAPPED, COUNTED, CAPPED], at_least=[33_000, -1, 405])
    assert missing_text(series) == (
        "At least 33,412 clicks: 7 in 1 of 3 days, and at least 33,405 in 2 more. Cut off by the "
        "length of Bitly's lists: Sun 8 Nov 2026; Tue 10 Nov 2026."
    )
    series = answer(query, [0, 7, 0], [OUTSIDE_WINDOW, COUNTED, CAPPED], at_least=[-1, -1, 405])
    assert missing_text(series).startswith(
        "At least 412 clicks: 7 in 1 of 3 days, and at least 405 in 1 more; 1 not known. "
    )
    # Where no number is known there is none in the sentence either, not even a 0.
    series = answer(query, [0, 0, 0], [OUTSIDE_WINDOW, CAPPED, CAPPED], at_least=[-1, 7, 405])
    assert missing_text(series).startswith(
        "At least 412 clicks in 2 of 3 days; 1 not known. Cut off"
    )
    series = answer(query, [0, 0, 0], [CAPPED] * 3, at_least=[0, 7, 405])
    assert missing_text(series).startswith("At least 412 clicks in 3 of 3 days. Cut off")
    total = answer(query.replace(rollup=True), [0], [CAPPED], at_least=[412])
    assert missing_text(total).startswith("At least 412 clicks; the number is not known. Cut off")


def test_lower_bounds_are_written_by_the_locale() -> None:
    query = ClickQuery(units=3, until=NOW)
    series = answer(query, [0, 7, 0], [CAPPED, COUNTED, CAPPED], at_least=[33_000, -1, 405])
    german = locale_of("de-DE")
    assert missing_text(series, german).startswith(
        "At least 33.412 clicks: 7 in 1 of 3 days, and at least 33.405 in 2 more. "
    )
    assert total_text(series.total, german) == "≥ 33.412"
    assert total_text(series.total) == "≥ 33,412"


def test_what_is_older_than_is_kept() -> None:
    assert days([OUTSIDE_WINDOW, OUTSIDE_WINDOW, COUNTED]) == (
        "7 clicks in 1 of 3 days; 2 not known. "
        "Older than what is kept: Sat 7 Nov 2026 to Sun 8 Nov 2026."
    )


def test_each_reason_is_said_with_its_own_buckets() -> None:
    assert days([OUTSIDE_WINDOW, CAPPED, FAILED, COUNTED], limit=5) == (
        "7 clicks in 1 of 4 days; 3 not known. Cut off by the limit of 5: Sat 7 Nov 2026. "
        "Older than what is kept: Fri 6 Nov 2026. No answer: Sun 8 Nov 2026."
    )


def test_more_than_three_spans_are_counted() -> None:
    text = days([FAILED, COUNTED] * 3 + [FAILED] * 2 + [COUNTED, FAILED, COUNTED])
    assert text.endswith(
        "No answer: Fri 30 Oct 2026; Sun 1 Nov 2026; Tue 3 Nov 2026 and 2 more spans."
    )


def test_of_all_time_a_limit_cuts_off_everything_before() -> None:
    query = ClickQuery(unit="month", units=ALL_TIME, limit=2)
    series = answer(query, [0, 4, 5], [CAPPED, COUNTED, PARTIAL])
    assert missing_text(series) == (
        "9 clicks in 2 of 3 months; 1 not known. "
        "Cut off by the limit of 2: everything before Oct 2026."
    )


def test_nothing_known_is_said_as_that() -> None:
    two = ClickQuery(units=2, until=YESTERDAY)
    assert missing_text(answer(two, [1, 0], [COUNTED, FAILED])).startswith(
        "1 click in 1 of 2 days;"
    )
    assert days([FAILED, FAILED]).startswith("None of the days is known. No answer")


# -- lengths --------------------------------------------------------------------------------------


def test_a_day_of_25_hours_is_named() -> None:
    query = ClickQuery(units=16, timezone=NEW_YORK, until=NOW)
    series = answer(query, [1] * 16)
    assert lengths_text(series) == (
        "Not 24 hours long, as the clocks change: Sun 1 Nov 2026 (25 h)."
    )
    assert [text for text in lengths_in_words(series) if text] == ["25 h"]
    assert lengths_text(answer(query.replace(units=5), [1] * 5)) == ""


def test_a_half_hour_is_named() -> None:
    query = ClickQuery(
        unit="hour", units=8, timezone="Australia/Lord_Howe", until=epoch("2026-10-03T20:00:00")
    )
    assert lengths_text(answer(query, [1] * 8)) == (
        "Not 60 minutes long, as the clocks change: Sun 4 Oct 2026 02:30 +11:00 (30 min)."
    )


def test_more_than_three_uneven_days_are_counted() -> None:
    query = ClickQuery(units=1000, timezone=NEW_YORK, until=NOW)
    text = lengths_text(answer(query, [1] * 1000))
    assert text.count("23 h") + text.count("25 h") == 3
    assert text.endswith(" and 3 more.")


@pytest.mark.parametrize("unit", ["week", "month"])
def test_weeks_and_months_have_no_usual_length(unit: str) -> None:
    query = ClickQuery(unit=unit, units=4, timezone=NEW_YORK, until=NOW)
    assert lengths_text(answer(query, [1] * 4)) == ""


def test_one_number_has_no_uneven_days() -> None:
    query = ClickQuery(units=16, timezone=NEW_YORK, until=NOW, rollup=True)
    assert lengths_text(answer(query, [16])) == ""


# -- together -------------------------------------------------------------------------------------


def test_what_is_said_first_and_how_loud() -> None:
    query = ClickQuery(units=16, timezone=NEW_YORK, until=NOW, limit=15)
    series = answer(query, [1] * 16, [CAPPED] + [COUNTED] * 15, note="These are days of UTC.")
    found = notices(series)
    assert found[0] == Notice(WARNING, "These are days of UTC.", "schedule")
    assert (found[1].kind, found[1].icon) == (WARNING, "help")
    assert found[1].text.startswith("15 clicks in 15 of 16 days; 1 not known.")
    assert found[2] == Notice(
        CAPTION, "Not 24 hours long, as the clocks change: Sun 1 Nov 2026 (25 h)."
    )
    assert len(found) == 3


def test_nothing_is_said_where_all_is_known_and_even() -> None:
    assert texts(notices(answer(ClickQuery(units=5, until=NOW), [1] * 5))) == []
