"""Since when a link could be clicked: it was made then, or first clicked."""

from __future__ import annotations

import numpy as np
import pytest
from support import epoch
from view_cases import NOW, YESTERDAY, answer

from bitly_data.charts.model import coverage_notes
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import ClickSeries, Coverage
from bitly_data.states import COUNTED, FAILED, OUTSIDE_WINDOW, PARTIAL
from bitly_data.views import beginning, clicks
from bitly_data.views.beginning import Beginning
from bitly_data.views.values import Metric

MONTH = ClickQuery(target=LINK, link="go.ex.com/new", units=30, until=YESTERDAY)
# 22 days without the link, and eight with it.
NEW = [0] * 22 + [4, 0, 20, 10, 8, 10, 10, 10]
TREND = tuple(map(float, NEW))
MADE = Beginning(epoch("2026-11-02T09:30:00"), is_made=True)
FIRST_DAY = Beginning(epoch("2026-11-02T00:00:00"), is_made=False)


def figures(series: ClickSeries, since: Beginning | None) -> dict[str, Metric]:
    found = clicks.metrics(series, coverage_notes(series), since)
    return {metric.label: metric for metric in found}


def test_days_before_a_link_was_made_are_no_part_of_its_average() -> None:
    series = answer(MONTH, NEW)
    assert figures(series, None)["Average per day"] == Metric(
        "Average per day", "2.4", help="Over 30 finished days.", trend=TREND
    )
    found = figures(series, MADE)
    assert found["Average per day"] == Metric(
        "Average per day",
        "9",
        help="Over 8 finished days since the link was made (Mon 2 Nov 2026).",
        trend=TREND[22:],
    )
    assert found["Best day"] == Metric(
        "Best day",
        "20",
        help="Of the days since the link was made (Mon 2 Nov 2026).",
        delta="Wed 4 Nov 2026",
        trend=TREND[22:],
        trend_kind="bar",
    )
    assert found["Total clicks"] == Metric("Total clicks", "72", help="30 days", trend=TREND)


def test_where_it_is_not_known_when_it_was_made_the_first_click_is_the_beginning() -> None:
    found = figures(answer(MONTH, NEW), FIRST_DAY)["Average per day"]
    assert (found.value, found.help) == (
        "9",
        "Over 8 finished days since its first click (Mon 2 Nov 2026).",
    )


def test_days_without_clicks_after_it_was_made_count() -> None:
    week_before = Beginning(epoch("2026-10-26T12:00:00"), is_made=True)
    assert figures(answer(MONTH, NEW), week_before)["Average per day"].help == (
        "Over 15 finished days since the link was made (Mon 26 Oct 2026)."
    )


@pytest.mark.parametrize("is_made", [True, False])
def test_a_link_older_than_the_range_is_averaged_over_all_of_it(is_made: bool) -> None:
    old = Beginning(epoch("2025-01-01T00:00:00"), is_made=is_made)
    assert figures(answer(MONTH, NEW), old)["Average per day"] == Metric(
        "Average per day", "2.4", help="Over 30 finished days.", trend=TREND
    )


def test_clicks_before_it_was_made_are_those_of_a_link_that_had_its_address() -> None:
    late = Beginning(epoch("2026-11-06T12:00:00"), is_made=True)
    assert beginning.first_bucket(answer(MONTH, NEW), late) == 22
    assert beginning.first_bucket(answer(MONTH, [1] * 30), late) == 0


def test_a_link_made_after_the_range_has_no_average() -> None:
    later = Beginning(epoch("2026-11-10T01:00:00"), is_made=True)
    found = figures(answer(MONTH, [0] * 30), later)["Average per day"]
    assert (found.value, found.help) == (
        "–",
        "No finished day is known in full since the link was made, which was later.",
    )
    # No click, and nobody knows since when there could have been one.
    assert figures(answer(MONTH, [0] * 30), None)["Average per day"].value == "0"


def test_what_a_log_lacks_before_the_beginning_is_not_named() -> None:
    hours = np.arange(epoch("2026-10-27T00:00:00"), YESTERDAY + 1, 3600) // 3600
    hours = hours[hours != epoch("2026-11-03T05:00:00") // 3600]
    series = answer(MONTH, NEW, coverage=Coverage(hours, NOW))
    assert figures(series, MADE)["Average per day"].help == (
        "Over 7 finished days since the link was made (Mon 2 Nov 2026), without 1 partly in the "
        "log."
    )


@pytest.mark.parametrize(
    ("numbers", "states", "parts", "wanted"),
    [
        ([0, 1], [COUNTED, PARTIAL], {}, True),
        ([1, 0], [COUNTED, PARTIAL], {}, False),
        ([0, 0], [FAILED, FAILED], {}, False),
        ([9, 0], [OUTSIDE_WINDOW, COUNTED], {}, True),
        ([0, 1], [COUNTED, PARTIAL], {"target": "organization", "link": None}, False),
        ([1], [PARTIAL], {"rollup": True}, False),
    ],
)
def test_it_is_asked_for_only_where_a_link_begins_without_clicks(
    numbers: list[int], states: list[int], parts: dict[str, object], wanted: bool
) -> None:
    query = MONTH.replace(units=2, until=NOW, **parts)  # type: ignore[arg-type]
    assert beginning.is_wanted(answer(query, numbers, states)) is wanted


def test_the_first_click_is_found_in_days_of_utc() -> None:
    query = MONTH.replace(unit="hour", timezone="Asia/Tokyo", units=7)
    asked = beginning.question(query)
    assert (asked.link, asked.unit, asked.units, asked.timezone) == (
        "go.ex.com/new",
        "day",
        ALL_TIME,
        "UTC",
    )
    assert asked.until == YESTERDAY
    days = answer(asked, [4, 0, 1])
    assert beginning.first_click(days) == Beginning(epoch("2026-11-07T00:00:00"), is_made=False)
    assert beginning.first_click(answer(asked, [0])) is None
    # The history is cut off: the first click may be older.
    cut = answer(asked, [0, 4, 1], [OUTSIDE_WINDOW, COUNTED, COUNTED])
    assert beginning.first_click(cut) is None
