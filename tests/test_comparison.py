"""Which period another one is set against, and what of the two is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from counter import tz

from bitly_data.analysis.comparison import (
    BEFORE,
    CHOSEN,
    YEAR,
    Against,
    NotComparableError,
    change,
    pair,
)
from bitly_data.errors import QuestionError
from bitly_data.query import ALL_TIME, LINK, ClickQuery, edges_of
from bitly_data.series import (
    CAPPED,
    COUNTED,
    FAILED,
    PARTIAL,
    ClickSeries,
    Coverage,
    Provenance,
    only_known,
)

NEW_YORK = "America/New_York"


def at(text: str, zone: str = NEW_YORK) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=tz(zone)).timestamp())


def series_of(
    unit: str,
    units: int,
    end: str,
    now: str = "2030-01-01T00:00",
    *,
    zone: str = NEW_YORK,
    **more: object,
) -> ClickSeries:
    query = ClickQuery(unit=unit, units=units, until=at(end, zone), timezone=zone, **more)
    edges = edges_of(query, at(end, zone))
    states = np.where(edges[1:] > at(now, zone), PARTIAL, COUNTED).astype(np.int8)
    return ClickSeries(
        query,
        "x",
        edges,
        np.arange(1, len(edges)),
        states,
        Provenance("v3", "test", (), at(now, zone), 1),
    )


def local(epoch: int, zone: str = NEW_YORK) -> str:
    return datetime.fromtimestamp(int(epoch), UTC).astimezone(tz(zone)).isoformat()[:16]


def period(query: ClickQuery) -> tuple[str, str]:
    edges = edges_of(query, int(query.until or 0))
    return local(edges[0], query.timezone), local(edges[-1], query.timezone)


@pytest.mark.parametrize(
    ("unit", "units", "end", "against", "first", "last"),
    [
        # the period before, over a clock change: days and hours of the wall clock
        ("day", 30, "2024-11-10", Against(), "2024-09-12T00:00", "2024-10-12T00:00"),
        ("day", 30, "2024-11-10", Against(weekdays=True), "2024-09-07T00:00", "2024-10-07T00:00"),
        ("day", 7, "2024-11-10", Against(weekdays=True), "2024-10-28T00:00", "2024-11-04T00:00"),
        ("week", 4, "2024-11-10", Against(), "2024-09-16T00:00", "2024-10-14T00:00"),
        ("month", 2, "2024-03-31", Against(), "2023-12-01T00:00", "2024-02-01T00:00"),
        ("hour", 24, "2024-11-03T23:30", Against(), "2024-11-02T01:00", "2024-11-03T01:00"),
        (
            "hour",
            25,
            "2024-11-03T23:30",
            Against(weekdays=True),
            "2024-10-27T00:00",
            "2024-10-28T00:00",
        ),
        (
            "hour",
            24,
            "2024-11-20T12:30",
            Against(weekdays=True),
            "2024-11-12T13:00",
            "2024-11-13T13:00",
        ),
        # a year before
        ("day", 30, "2024-11-10", Against(YEAR), "2023-10-12T00:00", "2023-11-11T00:00"),
        (
            "day",
            30,
            "2024-11-10",
            Against(YEAR, weekdays=True),
            "2023-10-14T00:00",
            "2023-11-13T00:00",
        ),
        ("day", 30, "2024-03-10", Against(YEAR), "2023-02-10T00:00", "2023-03-11T00:00"),
        ("day", 1, "2024-02-29", Against(YEAR), "2023-02-28T00:00", "2023-03-01T00:00"),
        ("day", 30, "2025-03-10", Against(YEAR), "2024-02-09T00:00", "2024-03-11T00:00"),
        ("week", 4, "2024-11-10", Against(YEAR), "2023-10-16T00:00", "2023-11-13T00:00"),
        ("month", 12, "2024-12-31", Against(YEAR), "2023-01-01T00:00", "2024-01-01T00:00"),
        ("hour", 24, "2024-11-20T23:30", Against(YEAR), "2023-11-20T00:00", "2023-11-21T00:00"),
        # one that was chosen
        (
            "day",
            30,
            "2024-11-10",
            Against(CHOSEN, at("2022-05-04T13:00")),
            "2022-04-05T00:00",
            "2022-05-05T00:00",
        ),
        (
            "day",
            7,
            "2024-11-10",
            Against(CHOSEN, at("2022-05-04T13:00"), weekdays=True),
            "2022-04-25T00:00",
            "2022-05-02T00:00",
        ),
        (
            "month",
            3,
            "2024-11-10",
            Against(CHOSEN, at("2022-05-31T13:00")),
            "2022-03-01T00:00",
            "2022-06-01T00:00",
        ),
        (
            "hour",
            5,
            "2024-11-10T03:30",
            Against(CHOSEN, at("2022-05-04T13:10")),
            "2022-05-04T09:00",
            "2022-05-04T14:00",
        ),
    ],
)
def test_the_other_period_is_found_on_the_calendar(
    unit: str, units: int, end: str, against: Against, first: str, last: str
) -> None:
    found = pair(series_of(unit, units, end), against)
    assert period(found.other) == (first, last)
    assert found.part is found.other_part is None


def test_the_running_day_is_left_out_on_both_sides() -> None:
    found = pair(series_of("day", 3, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert (local(found.cut), local(found.other_cut)) == ("2024-11-20T00:00", "2024-11-17T00:00")
    assert found.part is found.other_part is None
    assert found.notes == ("up to the last full day, against the same part of the other period",)


def test_a_running_month_is_set_against_the_same_days() -> None:
    found = pair(series_of("month", 2, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert (local(found.cut), local(found.other_cut)) == ("2024-11-20T00:00", "2024-09-20T00:00")
    for part, month in ((found.part, "11"), (found.other_part, "09")):
        assert part is not None
        assert (part.unit, part.rollup) == ("day", True)
        assert period(part) == (f"2024-{month}-01T00:00", f"2024-{month}-20T00:00")


def test_where_no_day_is_over_the_hours_are_set_against_each_other() -> None:
    found = pair(series_of("day", 1, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert (local(found.cut), local(found.other_cut)) == ("2024-11-20T14:00", "2024-11-19T14:00")
    for part, day in ((found.part, "20"), (found.other_part, "19")):
        assert part is not None
        assert part.rollup
        assert period(part) == (f"2024-11-{day}T00:00", f"2024-11-{day}T14:00")
    assert "same part" in " ".join(found.notes)


def test_the_elapsed_part_goes_by_the_wall_clock_over_a_clock_change() -> None:
    """On 3 November New York has 01:00 twice; noon there is set against noon."""
    found = pair(series_of("day", 1, "2024-11-03T12:10", "2024-11-03T12:10"), Against())
    assert found.part is not None
    assert found.other_part is not None
    assert (found.part.units, found.other_part.units) == (13, 12)
    assert local(found.other_cut) == "2024-11-02T12:00"


def test_the_running_hour_is_left_out_on_both_sides() -> None:
    found = pair(series_of("hour", 5, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert (local(found.cut), local(found.other_cut)) == ("2024-11-20T14:00", "2024-11-20T09:00")
    assert found.part is found.other_part is None


@pytest.mark.parametrize(
    ("now", "cut", "note"),
    [
        ("2025-03-31T10:20", "2025-03-01T00:00", "31 March 2025"),
        ("2025-03-28T10:20", "2025-02-28T00:00", ""),
        ("2025-03-30T10:20", "2025-03-01T00:00", "29 days against 28"),
    ],
)
def test_day_31_is_set_against_all_of_a_shorter_month(now: str, cut: str, note: str) -> None:
    found = pair(series_of("month", 1, now, now), Against())
    assert local(found.other_cut) == cut
    assert note in " ".join(found.notes)
    assert (found.exposure == 1) == (note == "")


def test_29_february_is_said() -> None:
    found = pair(series_of("day", 30, "2024-03-10"), Against(YEAR))
    assert "29 February 2024 has no such day" in " ".join(found.notes)
    assert "30 days against 29" in " ".join(found.notes)
    assert found.exposure == pytest.approx(30 / 29, rel=0.01)
    found = pair(series_of("day", 30, "2025-03-10"), Against(YEAR))
    assert "30 days against 31" in " ".join(found.notes)
    assert pair(series_of("day", 30, "2025-06-10"), Against(YEAR)).notes == ()


@pytest.mark.parametrize(
    ("series", "against", "why"),
    [
        (
            series_of("day", 3, "2024-11-20T14:37").query.replace(units=ALL_TIME),
            Against(),
            "all time",
        ),
        (ClickQuery(target=LINK, link="a.b/c", unit="minute"), Against(), "minutes"),
        (None, Against(CHOSEN), "chosen"),
        (None, Against(CHOSEN, at("2029-12-31")), "not over"),
    ],
)
def test_what_has_no_other_period(series: ClickQuery | None, against: Against, why: str) -> None:
    known = series_of("day", 3, "2024-11-20", "2029-12-31T12:00")
    if series is not None:
        known = ClickSeries(series, "x", known.edges, known.clicks, known.states, known.provenance)
    with pytest.raises(NotComparableError, match=why):
        pair(known, against)


def test_a_period_that_has_only_begun() -> None:
    with pytest.raises(NotComparableError, match="begun"):
        pair(series_of("day", 1, "2024-11-20T00:20", "2024-11-20T00:20"), Against())


def test_sums_hold_whole_buckets_and_the_parts() -> None:
    series = series_of("month", 3, "2024-11-20T14:37", "2024-11-20T14:37")
    found = pair(series, Against(BEFORE))
    other = series_of("month", 3, "2024-08-20")
    told = change(series, other, (5, 7), [], found)
    assert (told.now, told.before) == (1 + 2 + 5, 1 + 2 + 7)


@pytest.mark.parametrize(
    ("unit", "units", "grain", "history"),
    [
        ("day", 7, "day", 182),
        ("day", 30, "day", 182),
        ("day", 90, "day", 270),
        ("hour", 24, "hour", 91 * 24),
        ("hour", 72, "hour", 91 * 24),
        ("hour", 168, "hour", 182 * 24),
        ("week", 4, "day", 182),
        ("month", 3, "day", 273),
        ("month", 12, "day", 1098),
    ],
)
def test_the_history_is_days_as_far_back_as_the_scatter_needs(
    unit: str, units: int, grain: str, history: int
) -> None:
    found = pair(series_of(unit, units, "2024-11-24T23:30"), Against())
    assert (found.history.unit, found.history.units) == (grain, history)
    assert found.further is None
    edges = edges_of(found.history, int(found.history.until or 0))
    assert edges[-1] == found.cut
    other = edges_of(found.other, int(found.other.until or 0))
    assert edges[0] <= other[0]


@pytest.mark.parametrize(
    ("unit", "units", "against", "further"),
    [
        ("day", 30, Against(YEAR), ("day", "2023-10-26T00:00", "2023-11-25T00:00")),
        ("month", 1, Against(YEAR), ("day", "2023-11-01T00:00", "2023-12-01T00:00")),
        ("week", 2, Against(YEAR), ("day", "2023-11-13T00:00", "2023-11-27T00:00")),
        (
            "hour",
            24,
            Against(CHOSEN, at("2022-05-04T13:10")),
            ("hour", "2022-05-03T14:00", "2022-05-04T14:00"),
        ),
    ],
)
def test_days_that_lie_further_back_are_asked_for_alone(
    unit: str, units: int, against: Against, further: tuple[str, str, str]
) -> None:
    found = pair(series_of(unit, units, "2024-11-24T23:30"), against)
    assert found.further is not None
    assert (found.further.unit, *period(found.further)) == further
    assert (found.further == found.other) == (unit == further[0])


def test_periods_that_are_not_equally_long_are_compared_by_their_rates() -> None:
    found = pair(series_of("month", 1, "2025-03-15"), Against())
    assert found.exposure == pytest.approx(31 / 28, rel=0.002)
    assert found.notes == ("31 days against 28, so the change is that of the mean day",)
    leap = pair(series_of("month", 1, "2024-02-10"), Against(YEAR))
    assert leap.exposure == pytest.approx(29 / 28)
    long = pair(series_of("day", 1, "2024-11-03T12:00"), Against())
    assert long.exposure == 25 / 24
    assert long.notes == ("25 hours against 24, so the change is that of the mean hour",)
    # One hour in 30 days is nothing that a reader sees.
    assert pair(series_of("day", 30, "2024-11-10"), Against()).exposure == 1


def test_day_31_says_what_it_is_set_against_and_does_not_say_the_same_part() -> None:
    found = pair(series_of("month", 1, "2025-03-31T10:20", "2025-03-31T10:20"), Against())
    assert found.notes == (
        "31 March 2025 has no such day to be set against",
        "30 days against 28, so the change is that of the mean day",
        "up to the last full day",
    )


def test_29_february_while_it_runs_is_set_against_the_same_hours() -> None:
    found = pair(series_of("day", 1, "2024-02-29T10:20", "2024-02-29T10:20"), Against(YEAR))
    assert local(found.other_cut) == "2023-02-28T10:00"
    assert (found.exposure, "29 February" in found.notes[0]) == (1, True)


@pytest.mark.parametrize("chosen", ["2024-11-25", "2024-12-19", "2024-11-21"])
def test_nothing_is_set_against_what_is_not_over(chosen: str) -> None:
    with pytest.raises(NotComparableError, match="not over"):
        pair(
            series_of("day", 2, "2024-11-20T14:37", "2024-11-20T14:37"), Against(CHOSEN, at(chosen))
        )


def test_hours_of_a_running_day_meet_by_the_wall_clock_where_weekdays_do() -> None:
    now = "2025-11-02T12:20"  # the clocks went back that night
    found = pair(series_of("hour", 13, now, now), Against(weekdays=True))
    assert (local(found.cut), local(found.other_cut)) == ("2025-11-02T12:00", "2025-10-26T12:00")


def test_a_week_of_hours_is_set_against_the_week_before() -> None:
    found = pair(series_of("hour", 168, "2024-05-14T12:30"), Against(weekdays=True))
    assert period(found.other) == ("2024-04-30T13:00", "2024-05-07T13:00")


def test_a_date_that_was_skipped_is_nobody_s_partner() -> None:
    """Apia had no 30 December 2011."""
    zone = "Pacific/Apia"
    found = pair(series_of("day", 1, "2011-12-31", zone=zone), Against())
    assert period(found.other) == ("2011-12-29T00:00", "2011-12-31T00:00")
    found = pair(series_of("day", 4, "2012-01-03", zone=zone), Against())
    assert period(found.other)[1] == "2011-12-31T00:00"
    found = pair(series_of("day", 3, "2012-12-31", zone=zone), Against(YEAR))
    assert found.partners == (0, -1, 1)
    assert "30 December 2012 has no such day" in found.notes[0]


def test_the_part_of_lord_howe_s_short_hour() -> None:
    """On 6 October 2013 its clocks went from 02:00 to 02:30; the day before has whole hours."""
    zone, now = "Australia/Lord_Howe", "2013-10-06T02:40"
    found = pair(series_of("day", 1, now, now, zone=zone), Against())
    assert (local(found.cut, zone), local(found.other_cut, zone)) == (
        "2013-10-06T02:30",
        "2013-10-05T02:00",
    )
    assert found.part is not None
    assert found.other_part is not None
    assert (found.part.units, found.other_part.units) == (2, 2)
    assert found.exposure == 1


@pytest.mark.parametrize(("unit", "units"), [("month", 400), ("day", 11_000), ("week", 1500)])
def test_a_period_before_bitly_could_know_is_refused_in_words(unit: str, units: int) -> None:
    for against in (
        Against(),
        Against(YEAR),
        Against(weekdays=True),
        Against(CHOSEN, at("1970-01-10")),
    ):
        try:
            pair(series_of(unit, units, "2024-11-20"), against)
        except (NotComparableError, QuestionError):
            continue
        assert against.kind == YEAR


def test_a_part_that_is_not_known_makes_the_change_unknown() -> None:
    series = series_of("day", 28, "2024-11-20")
    found = pair(series, Against(BEFORE))
    other = series_of("day", 28, "2024-10-23")
    history = [series_of("day", 182, "2024-11-20")]
    assert change(series, other, (None, 0), history, found).why
    states = other.states.copy()
    states[3] = FAILED
    failed = ClickSeries(other.query, "x", other.edges, other.clicks, states, other.provenance)
    assert change(series, failed, (0, 0), history, found).why == "some buckets are not known"


def logged(series: ClickSeries, *missing: int) -> ClickSeries:
    """The series of a log that lacks an hour of some buckets, by their places."""
    hours = np.arange(series.edges[0] // 3600, series.edges[-1] // 3600)
    gone = [int(series.edges[at]) // 3600 + 1 for at in missing]
    log = Coverage(hours[~np.isin(hours, gone)], 2**40)
    return only_known(replace(series, coverage=log))


def test_two_periods_of_a_log_meet_in_what_it_has_of_both() -> None:
    series = logged(series_of("day", 28, "2024-11-20"), 4, 5)
    found = pair(series, Against(BEFORE))
    other = logged(series_of("day", 28, "2024-10-23"), 5, 20)
    both = change(series, other, (0, 0), [series_of("day", 182, "2024-11-20")], found)
    left = [at for at in range(28) if at not in (4, 5, 20)]
    assert both.now == int(series.clicks[left].sum())
    assert both.before == int(other.clicks[left].sum())
    assert both.notes == (
        "25 of 28 days are compared, those that the click log has in full in both periods",
    )
    nothing = logged(other, *range(28))
    assert change(series, nothing, (0, 0), [other], found).why == "no day is known in both periods"


def test_what_is_left_of_two_periods_is_compared_by_its_rate() -> None:
    series = logged(series_of("month", 3, "2024-11-30"), 0)
    found = pair(series, Against(BEFORE))
    other = logged(series_of("month", 3, "2024-08-31"), 1)
    both = change(series, other, (0, 0), [], found)
    assert (both.now, both.before) == (int(series.clicks[2]), int(other.clicks[2]))
    assert both.notes[0].startswith("1 of 3 months are compared")
    assert both.notes[1] == "30 days against 31, so the change is that of the mean day"


def test_what_a_source_keeps_to_itself_is_no_gap_of_a_log() -> None:
    series = logged(series_of("day", 28, "2024-11-20"), 4)
    found = pair(series, Against(BEFORE))
    other = series_of("day", 28, "2024-10-23")
    states = other.states.copy()
    states[3] = CAPPED
    capped = logged(replace(other, states=states), 6)
    history = [series_of("day", 182, "2024-11-20")]
    assert change(series, capped, (0, 0), history, found).why == "some buckets are not known"


# -- a period of the calendar against the one before ----------------------------------------------

MONTH, QUARTER, YEAR_BEFORE = Against(months=-1), Against(months=-3), Against(months=-12)
DAY, WEEK = Against(days=-1), Against(days=-7)


@pytest.mark.parametrize(
    ("unit", "units", "end", "against", "first", "last"),
    [
        # All of a month against all of the one before, whatever their lengths.
        ("day", 28, "2026-02-28", MONTH, "2026-01-01T00:00", "2026-02-01T00:00"),
        ("day", 29, "2028-02-29", MONTH, "2028-01-01T00:00", "2028-02-01T00:00"),
        ("day", 31, "2026-03-31", MONTH, "2026-02-01T00:00", "2026-03-01T00:00"),
        ("day", 31, "2027-01-31", MONTH, "2026-12-01T00:00", "2027-01-01T00:00"),
        ("hour", 28 * 24, "2026-02-28T23:00", MONTH, "2026-01-01T00:00", "2026-02-01T00:00"),
        # November has an hour more in New York, March one less.
        ("hour", 721, "2026-11-30T23:00", MONTH, "2026-10-01T00:00", "2026-11-01T00:00"),
        ("hour", 743, "2026-03-31T23:00", MONTH, "2026-02-01T00:00", "2026-03-01T00:00"),
        ("month", 1, "2026-02-28", MONTH, "2026-01-01T00:00", "2026-02-01T00:00"),
        # Quarters, years, weeks and days.
        ("day", 90, "2026-03-31", QUARTER, "2025-10-01T00:00", "2026-01-01T00:00"),
        ("day", 91, "2026-06-30", QUARTER, "2026-01-01T00:00", "2026-04-01T00:00"),
        ("month", 3, "2026-06-30", QUARTER, "2026-01-01T00:00", "2026-04-01T00:00"),
        # A month of a quarter, as far as it has come, is set against the first of the one before.
        ("day", 30, "2026-04-30", QUARTER, "2026-01-01T00:00", "2026-02-01T00:00"),
        ("day", 61, "2026-05-31", QUARTER, "2026-01-01T00:00", "2026-03-01T00:00"),
        ("month", 12, "2028-12-31", YEAR_BEFORE, "2027-01-01T00:00", "2028-01-01T00:00"),
        ("day", 366, "2028-12-31", YEAR_BEFORE, "2027-01-01T00:00", "2028-01-01T00:00"),
        ("day", 7, "2026-03-08", WEEK, "2026-02-23T00:00", "2026-03-02T00:00"),
        ("hour", 167, "2026-03-08T23:00", WEEK, "2026-02-23T00:00", "2026-03-02T00:00"),
        ("week", 1, "2026-03-08", WEEK, "2026-02-23T00:00", "2026-03-02T00:00"),
        ("hour", 23, "2026-03-08T23:00", DAY, "2026-03-07T00:00", "2026-03-08T00:00"),
        ("hour", 25, "2026-11-01T23:00", DAY, "2026-10-31T00:00", "2026-11-01T00:00"),
        ("day", 1, "2026-11-01", DAY, "2026-10-31T00:00", "2026-11-01T00:00"),
        # Weeks hold no month: there it is as many of them.
        ("week", 5, "2026-02-28", MONTH, "2025-12-22T00:00", "2026-01-26T00:00"),
        # Mondays against Mondays is asked for by name, and a year before is a year before.
        (
            "day",
            28,
            "2026-02-28",
            replace(MONTH, weekdays=True),
            "2026-01-04T00:00",
            "2026-02-01T00:00",
        ),
        (
            "day",
            28,
            "2026-02-28",
            replace(MONTH, kind=YEAR),
            "2025-02-01T00:00",
            "2025-03-01T00:00",
        ),
    ],
)
def test_the_period_before_is_the_calendar_s(
    unit: str, units: int, end: str, against: Against, first: str, last: str
) -> None:
    found = pair(series_of(unit, units, end), against)
    assert period(found.other) == (first, last)
    # Both are over, so all of each is counted.
    assert (local(found.other_cut), found.part, found.other_part) == (last, None, None)


@pytest.mark.parametrize(
    ("unit", "units", "now", "against", "first", "cut", "other_cut"),
    [
        # This month so far, by day: the finished days, against the same days of the month before.
        (
            "day",
            26,
            "2026-03-26T15:20",
            MONTH,
            "2026-02-01T00:00",
            "2026-03-26T00:00",
            "2026-02-26T00:00",
        ),
        (
            "day",
            26,
            "2026-11-26T15:20",
            MONTH,
            "2026-10-01T00:00",
            "2026-11-26T00:00",
            "2026-10-26T00:00",
        ),
        (
            "day",
            1,
            "2026-11-01T15:20",
            MONTH,
            "2026-10-01T00:00",
            "2026-11-01T15:00",
            "2026-10-01T15:00",
        ),
        # Of the 30th and 31st February has none: all of it.
        (
            "day",
            31,
            "2026-03-31T15:20",
            MONTH,
            "2026-02-01T00:00",
            "2026-03-31T00:00",
            "2026-03-01T00:00",
        ),
        (
            "day",
            30,
            "2026-03-30T15:20",
            MONTH,
            "2026-02-01T00:00",
            "2026-03-30T00:00",
            "2026-03-01T00:00",
        ),
        (
            "day",
            29,
            "2026-03-29T15:20",
            MONTH,
            "2026-02-01T00:00",
            "2026-03-29T00:00",
            "2026-03-01T00:00",
        ),
        (
            "day",
            28,
            "2026-03-28T15:20",
            MONTH,
            "2026-02-01T00:00",
            "2026-03-28T00:00",
            "2026-02-28T00:00",
        ),
        (
            "hour",
            735,
            "2026-03-31T15:20",
            MONTH,
            "2026-02-01T00:00",
            "2026-03-31T15:00",
            "2026-03-01T00:00",
        ),
        (
            "day",
            29,
            "2028-02-29T15:20",
            Against(YEAR),
            "2027-02-01T00:00",
            "2028-02-29T00:00",
            "2027-03-01T00:00",
        ),
        # Today's hours against yesterday's, by the clock on the wall.
        (
            "hour",
            16,
            "2026-11-26T15:20",
            DAY,
            "2026-11-25T00:00",
            "2026-11-26T15:00",
            "2026-11-25T15:00",
        ),
        (
            "hour",
            15,
            "2026-03-08T15:20",
            DAY,
            "2026-03-07T00:00",
            "2026-03-08T15:00",
            "2026-03-07T15:00",
        ),
        (
            "hour",
            17,
            "2026-11-01T15:20",
            DAY,
            "2026-10-31T00:00",
            "2026-11-01T15:00",
            "2026-10-31T15:00",
        ),
        (
            "day",
            4,
            "2026-11-26T15:20",
            WEEK,
            "2026-11-16T00:00",
            "2026-11-26T00:00",
            "2026-11-19T00:00",
        ),
        (
            "day",
            57,
            "2026-11-26T15:20",
            QUARTER,
            "2026-07-01T00:00",
            "2026-11-26T00:00",
            "2026-08-26T00:00",
        ),
        (
            "month",
            2,
            "2026-11-26T15:20",
            QUARTER,
            "2026-07-01T00:00",
            "2026-11-26T00:00",
            "2026-08-26T00:00",
        ),
        (
            "month",
            11,
            "2026-11-26T15:20",
            YEAR_BEFORE,
            "2025-01-01T00:00",
            "2026-11-26T00:00",
            "2025-11-26T00:00",
        ),
    ],
)
def test_a_running_period_of_the_calendar_is_set_against_the_same_part(
    unit: str, units: int, now: str, against: Against, first: str, cut: str, other_cut: str
) -> None:
    found = pair(series_of(unit, units, now, now), against)
    assert period(found.other)[0] == first
    assert (local(found.cut), local(found.other_cut)) == (cut, other_cut)


def test_days_of_two_months_meet_by_their_dates() -> None:
    found = pair(series_of("day", 31, "2026-03-31"), MONTH)
    # The 29th, 30th and 31st of March have no day in February.
    assert found.partners == (*range(28), -1, -1, -1)
    assert any("29" in note for note in found.notes) or found.exposure != 1.0
    shorter = pair(series_of("day", 28, "2026-02-28"), MONTH)
    assert shorter.partners == tuple(range(28))
    assert shorter.exposure == pytest.approx(28 / 31)
    months = pair(series_of("month", 3, "2026-06-30"), QUARTER)
    assert months.partners == (0, 1, 2)


def test_hours_of_a_day_whose_clocks_change_meet_by_the_wall_clock() -> None:
    # At 2 the clocks went on to 3: there is no hour from 2 to 3 to be set against.
    spring = pair(series_of("hour", 23, "2026-03-08T23:00"), DAY)
    assert spring.partners == (0, 1, *range(3, 24))
    # At 2 they went back to 1: the second hour from 1 to 2 has no partner of its own.
    autumn = pair(series_of("hour", 25, "2026-11-01T23:00"), DAY)
    assert autumn.partners == (0, 1, -1, *range(2, 24))
