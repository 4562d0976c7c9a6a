"""One series in full: key figures, what is said of them, chart, table and file."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from counter import database
from support import epoch
from view_cases import NOW, YESTERDAY, answer, asks, of, texts

from bitly_data.analysis.comparison import YEAR, Against
from bitly_data.charts.model import coverage_notes
from bitly_data.errors import AnswerError
from bitly_data.locales import ENGLISH, Locale, locale_of
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import ClickSeries, Coverage, failed
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    PARTIAL,
    REBUILT,
)
from bitly_data.views import clicks
from bitly_data.views.answers import Answer
from bitly_data.views.values import Metric

QUERY = ClickQuery(units=4, until=NOW)
SPRING = ClickQuery(target=LINK, link="go.ex.com/spring", units=4, until=NOW)


def figures(series: ClickSeries, locale: Locale = ENGLISH) -> dict[str, Metric]:
    found = clicks.metrics(series, coverage_notes(series), locale=locale)
    return {metric.label: metric for metric in found}


# -- key figures ----------------------------------------------------------------------------------


def test_total_average_and_best() -> None:
    found = figures(answer(QUERY, [10, 1400, 7, 900]))
    assert found == {
        "Total clicks": Metric("Total clicks", "2,317", help="4 days", trend=(10.0, 1400.0, 7.0)),
        # The day that is still filling is in the total and not in the average.
        "Average per day": Metric(
            "Average per day", "472", help="Over 3 finished days.", trend=(10.0, 1400.0, 7.0)
        ),
        "Best day": Metric(
            "Best day",
            "1,400",
            delta="Sun 8 Nov 2026",
            trend=(10.0, 1400.0, 7.0),
            trend_kind="bar",
        ),
    }


def test_a_running_bucket_can_be_the_best() -> None:
    assert figures(answer(QUERY, [1, 2, 3, 9]))["Best day"].delta == "Tue 10 Nov 2026"


def test_an_average_below_100_keeps_a_decimal() -> None:
    found = figures(answer(QUERY.replace(until=YESTERDAY), [1, 0, 1, 1]))
    assert found["Average per day"] == Metric(
        "Average per day", "0.8", help="Over 4 finished days.", trend=(1.0, 0.0, 1.0, 1.0)
    )


def test_one_finished_bucket_is_one() -> None:
    found = figures(answer(ClickQuery(unit="month", units=2, until=NOW), [3, 9]))
    assert found["Average per month"] == Metric(
        "Average per month", "3", help="Over 1 finished month."
    )
    assert found["Best month"].delta == "Nov 2026"


def test_no_finished_bucket_has_no_average() -> None:
    found = figures(answer(QUERY.replace(units=1), [3]))
    assert found["Average per day"] == Metric(
        "Average per day", "–", help="No finished day is known in full."
    )


def test_what_is_not_known_is_in_no_figure() -> None:
    found = figures(answer(QUERY, [99, 2, 4, 1], [CAPPED, REBUILT, COUNTED, PARTIAL]))
    assert found["Total clicks"].value == "7"
    assert found["Average per day"] == Metric(
        "Average per day", "3", help="Over 2 finished days.", trend=(None, 2.0, 4.0)
    )
    assert found["Best day"].value == "4"


def test_a_total_of_which_a_part_is_bounded_is_a_lower_bound() -> None:
    series = answer(
        QUERY,
        [0, 0, 4, 0],
        [CAPPED, CAPPED, COUNTED, CAPPED],
        at_least=[33_000, 0, -1, 405],
        at_most=[34_000, 2, -1, 500],
    )
    found = figures(series)
    assert found["Total clicks"] == Metric(
        "Total clicks",
        "≥ 33,409",
        help="4 days. At least this many, as for 3 of 4 days only a minimum is known. "
        "At most 34,506.",
    )
    assert found["Average per day"] == Metric(
        "Average per day",
        "4",
        help="Over 1 finished day. Some are left out, as for 3 of 4 days only a minimum is known.",
    )
    # Four clicks are known of one day, and of another that it had more.
    assert found["Best day"] == Metric(
        "Best day",
        "≥ 33,000",
        help="By what is known of the days: for 3 of 4 days only a minimum is known.",
        delta="Sat 7 Nov 2026",
        trend_kind="bar",
    )
    german = figures(series, locale=locale_of("de-DE"))
    assert german["Total clicks"].value == "≥ 33.409"
    assert str(german["Total clicks"].help).endswith("At most 34.506.")
    assert german["Best day"].value == "≥ 33.000"
    assert "7. Nov. 2026" in str(german["Best day"].delta)


def test_a_total_of_bounds_alone_is_one_and_without_any_click_none() -> None:
    bounds = figures(answer(QUERY, [0] * 4, [CAPPED] * 4, at_least=[0, 3, 0, 1]))
    assert [metric.value for metric in bounds.values()] == ["≥ 4", "–", "≥ 3"]
    assert (
        bounds["Total clicks"].help
        == "4 days. At least this many, as for 4 of 4 days only a minimum is known."
    )
    assert bounds["Best day"].help.endswith(": for 4 of 4 days only a minimum is known.")
    none = figures(answer(QUERY, [0] * 4, [CAPPED] * 4, at_least=[0] * 4))
    assert none["Total clicks"].value == "–"
    # One of several reasons: the buckets without any bound are not in it either.
    mixed = answer(QUERY, [0, 0, 5, 0], [CAPPED, FAILED, COUNTED, FAILED], at_least=[9, -1, -1, -1])
    assert figures(mixed)["Total clicks"].value == "≥ 14"


def test_a_known_bucket_above_all_bounds_is_the_best() -> None:
    series = answer(
        QUERY, [0, 9, 4, 0], [CAPPED, COUNTED, COUNTED, CAPPED], at_least=[9, -1, -1, 1]
    )
    assert figures(series)["Best day"] == Metric(
        "Best day",
        "9",
        help="Of the days that are known. Some are left out, as for 2 of 4 days only a minimum is "
        "known.",
        delta="Sun 8 Nov 2026",
        trend=(None, 9.0, 4.0),
        trend_kind="bar",
    )


def test_nothing_known_is_no_zero() -> None:
    found = figures(answer(QUERY, [0] * 4, [FAILED] * 4))
    assert [metric.value for metric in found.values()] == ["–", "–", "–"]
    assert found["Best day"].help == "None of the days is known."


def test_a_range_without_clicks_has_no_best() -> None:
    found = figures(answer(QUERY, [0] * 4))
    assert found["Total clicks"].value == "0"
    assert found["Best day"] == Metric(
        "Best day", "–", help="No clicks yet.", trend=(0.0, 0.0, 0.0), trend_kind="bar"
    )
    some = figures(answer(QUERY, [0] * 4, [CAPPED, COUNTED, COUNTED, PARTIAL]))
    assert some["Best day"].help == "No clicks in the days that are known."


def test_an_empty_period_says_of_when_the_newest_click_before_it_is() -> None:
    series = answer(QUERY, [0] * 4)
    begin = int(series.edges[0])

    def said(*days: int, locale: str = "en") -> str:
        found = np.array([begin + day * 86_400 for day in days], dtype=np.int64)
        return clicks.nothing_clicked(series, found, locale_of(locale))

    assert said() == said(0, 3) == "No clicks in this period."
    day = datetime.fromtimestamp(begin - 7 * 86_400, UTC)
    assert said(-400, -7, 9) == (
        f"No clicks in this period. The newest click before it is of {day.day} {day:%b %Y}."
    )
    assert said(-7, locale="ja-JP").endswith(f" {day:%Y/}{day.month}/{day.day}.")


def test_what_a_log_covers_of_the_finished_buckets_is_said() -> None:
    query = ClickQuery(unit="hour", units=6, until=epoch("2024-05-01T15:30:00"))
    hour = epoch("2024-05-01T15:00:00") // 3600
    log = Coverage(np.array([hour - 5, hour - 1]), epoch("2024-05-01T15:30:00"))
    series = answer(query, [2, 0, 0, 0, 1, 0], at=epoch("2024-05-01T15:30:00"), coverage=log)
    # The running hour is not in the log either, and not in the average.
    assert figures(series)["Average per hour"] == Metric(
        "Average per hour",
        "1.5",
        help="Over 2 finished hours, without 3 not in the log.",
        trend=(2.0, None, None, None, 1.0),
    )
    assert figures(series)["Total clicks"].help == "6 hours, 4 of them not known"
    assert figures(series)["Best hour"].help == "Of the hours that are known."
    # Hours after the log's own now are nobody's to log.
    days = answer(QUERY.replace(until=epoch("2024-05-02T12:00:00")), [0, 0, 3, 0], coverage=log)
    assert figures(days)["Average per day"] == Metric(
        "Average per day",
        "–",
        help="No finished day is known in full: 1 partly in the log and 2 not in the log.",
    )
    assert figures(days)["Total clicks"].value == "3"


def test_totals_only_is_one_number() -> None:
    series = answer(QUERY.replace(rollup=True), [1234], [PARTIAL])
    assert clicks.metrics(series, []) == (Metric("Total clicks", "1,234", help="4 days"),)


def test_all_key_figures_have_the_same_trend_and_a_total_alone_none() -> None:
    found = clicks.metrics(answer(QUERY, [10, 1400, 7, 900]), [])
    assert {metric.trend for metric in found} == {(10.0, 1400.0, 7.0)}
    assert [metric.trend_kind for metric in found] == ["area", "area", "bar"]
    (total,) = clicks.metrics(answer(QUERY.replace(rollup=True), [9], [PARTIAL]), [])
    assert total.trend == ()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (ClickQuery(unit="hour", units=1), "1 hour"),
        (ClickQuery(unit="week", units=ALL_TIME), "all time in weeks"),
        (ClickQuery(unit="day", units=1000), "1,000 days"),
    ],
)
def test_the_length_of_the_range_is_beside_the_total(query: ClickQuery, words: str) -> None:
    count = 3 if query.units == ALL_TIME else query.units
    assert figures(answer(query, [1] * count))["Total clicks"].help == words


# -- where they came from -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        (0, "without a new request, because the answer was kept"),
        (1, "in 1 request"),
        (12, "in 12 requests"),
    ],
)
def test_the_source_says_how_many_requests(requests: int, words: str) -> None:
    series = answer(QUERY, [1] * 4, requests=requests, endpoints=("/v4/a", "/v4/b"))
    assert clicks.source_text(series) == f"From /v4/a, /v4/b, {words}."


def test_rebuilt_buckets_are_explained_where_there_are_some() -> None:
    series = answer(QUERY, [1] * 4, [COUNTED, REBUILT, COUNTED, PARTIAL])
    assert clicks.source_text(series).endswith(
        "Buckets marked “rebuilt” were made from smaller ones, because Bitly's own would not be "
        "this zone's."
    )


# -- what is asked --------------------------------------------------------------------------------


def test_the_question_comes_first_and_its_addresses_next() -> None:
    query = SPRING.replace(all_addresses=True)
    page_query = asks(query, addresses=("go.ex.com/spring", "go.ex.com/Ab"))
    assert clicks.questions(page_query, {}) == [query]
    each = clicks.questions(page_query, of(answer(query, [1] * 4)))
    assert [one.link for one in each] == ["go.ex.com/spring", "go.ex.com/Ab"]
    assert clicks.questions(asks(QUERY), of(answer(QUERY, [1] * 4))) == []


def test_the_other_period_is_asked_for_before_the_chart_only_where_it_is_part_of_it() -> None:
    answers = of(answer(QUERY, [1] * 4))
    assert clicks.overlay_questions(asks(QUERY), answers) == []
    wanted = clicks.overlay_questions(asks(QUERY, overlay=True), answers)
    assert QUERY.replace(until=epoch("2026-11-06T23:59:59")) in wanted
    total = QUERY.replace(rollup=True)
    assert (
        clicks.overlay_questions(asks(total, overlay=True), of(answer(total, [4], [COUNTED]))) == []
    )


# -- all of it ------------------------------------------------------------------------------------


def test_a_section_has_everything_from_one_series() -> None:
    series = answer(QUERY, [10, 1400, 7, 900], [CAPPED, COUNTED, COUNTED, PARTIAL])
    section = clicks.present(asks(QUERY), of(series))
    assert section.title == "Clicks of the organization by day"
    assert [metric.label for metric in section.metrics] == [
        "Total clicks",
        "Average per day",
        "Best day",
    ]
    assert texts(section.notices) == [
        "2,307 clicks in 3 of 4 days; 1 not known. Cut off by the length of Bitly's lists: "
        "Sat 7 Nov 2026."
    ]
    assert section.chart is not None and section.table is not None and section.file is not None
    assert (section.chart.title, section.file.name) == (section.title, section.title)
    assert [line.name for line in section.chart.lines] == ["organization"]
    assert section.chart.subtitle.endswith(f" · UTC · demo data · time zones {database()[0]}")
    assert len(section.table.columns[0].values) == 4
    assert section.file.series == (series,)
    assert section.source == "From /v3/organization/clicks, in 1 request."


def test_a_link_is_named() -> None:
    section = clicks.present(asks(SPRING), of(answer(SPRING, [1] * 4)))
    assert section.title == "Clicks on go.ex.com/spring by day"


def test_totals_only_has_a_row_and_no_chart() -> None:
    query = QUERY.replace(rollup=True)
    section = clicks.present(asks(query, overlay=True), of(answer(query, [9], [PARTIAL])))
    assert section.chart is None
    assert section.table is not None and section.table.columns[2].values == (9,)


def test_what_a_log_does_not_cover_is_marked_in_the_chart() -> None:
    log = Coverage(np.array([NOW // 3600 - 30]), NOW)
    section = clicks.present(asks(QUERY), of(answer(QUERY, [0, 0, 1, 0], coverage=log)))
    assert section.chart is not None
    words = {note.word: note.flags.tolist() for note in section.chart.notes}
    assert words == {
        "partly in the log": [False, False, True, False],
        "not in the log": [True, True, False, True],
    }


@pytest.mark.parametrize("rollup", [False, True])
def test_a_series_with_its_parts(rollup: bool) -> None:
    query = SPRING.replace(all_addresses=True, rollup=rollup)
    names = ("go.ex.com/spring", "go.ex.com/Ab")
    count = 1 if rollup else 4
    states = [PARTIAL] if rollup else None
    page_query = asks(query, addresses=names)
    answers = of(answer(query, [5] * count, states))
    for one, value in zip(clicks.questions(page_query, answers), (2, 3), strict=True):
        answers |= of(answer(one, [value] * count, states))
    section = clicks.present(page_query, answers)
    assert section.table is not None
    assert set(section.table.columns[1].values) == {
        "go.ex.com/spring, all its addresses",
        *names,
    }
    assert section.metrics[0].value == str(5 * count)  # each click once
    if section.chart is not None:
        assert len(section.chart.lines) == 3


def overlaid(query: ClickQuery, against: Against) -> dict[ClickQuery, Answer]:
    """The answers with the other period, whose buckets count up from 101."""
    page_query = asks(query, overlay=True, against=against)
    answers = of(answer(query, [50] * query.units))
    for one in clicks.overlay_questions(page_query, answers):
        count = 1 if one.rollup else one.units
        states = [COUNTED] * count
        answers |= of(answer(one, list(range(101, 101 + count)), states))
    return answers


def test_the_other_period_is_a_line_beside_and_rows_of_its_own() -> None:
    query = QUERY.replace(units=14, until=YESTERDAY, timezone="America/New_York")
    answers = overlaid(query, Against())
    section = clicks.present(asks(query, overlay=True), answers)
    assert section.chart is not None and section.table is not None and section.file is not None
    _, other = section.chart.lines
    assert other.name == "organization, the period before"
    assert other.values.tolist() == list(range(101, 115))
    assert other.labels is not None and len(other.labels) == 14
    assert {series.name for series in section.file.series} == {"organization", other.name}
    assert len(section.table.columns[0].values) == 28
    assert section.metrics[0].value == "700"  # the period itself


def test_a_long_day_of_the_other_period_is_named_in_its_line() -> None:
    query = QUERY.replace(units=7, until=epoch("2026-11-09T12:00:00"), timezone="America/New_York")
    answers = overlaid(query, Against())
    section = clicks.present(asks(query, overlay=True), answers)
    assert section.chart is not None and section.chart.lines[1].labels is not None
    assert "Sun 1 Nov 2026 (25 h)" in section.chart.lines[1].labels


def test_a_leap_day_has_no_partner_in_the_year_before() -> None:
    query = QUERY.replace(units=6, until=epoch("2012-03-02T12:00:00"))
    against = Against(YEAR)
    answers = overlaid(query, against)
    section = clicks.present(asks(query, overlay=True, against=against), answers)
    assert section.chart is not None
    labels = section.chart.lines[1].labels
    assert labels is not None and labels[3] == ""
    assert np.isnan(section.chart.lines[1].values[3])
    assert (labels[2], labels[4]) == ("Mon 28 Feb 2011", "Tue 1 Mar 2011")
    assert section.chart.lines[1].name == "organization, the same period a year before"


def test_without_the_other_period_the_series_stands_alone() -> None:
    answers = of(answer(QUERY, [1] * 4))
    section = clicks.present(asks(QUERY, overlay=True), answers)
    assert section.chart is not None and len(section.chart.lines) == 1


def test_what_has_no_answer_is_raised() -> None:
    with pytest.raises(AnswerError, match="tired"):
        clicks.present(asks(QUERY), of(failed(QUERY, "The server is tired.", NOW)))
