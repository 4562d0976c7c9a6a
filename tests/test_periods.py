"""Periods: each name and range in several zones, at moments where calendars are hard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitly_data import buckets, periods
from bitly_data.periods import PRESETS, Moment, Span
from bitly_data.query import MOST_BUCKETS

HOUR = 3600
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Tallinn",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "-5",
)
# On the wall clock of each zone: clocks that change, ends of months and years, a leap day, the day
# after the one that Apia skipped, days on which weeks begin.
WALL_CLOCKS = (
    "2026-03-08T03:30",
    "2026-11-01T01:30",
    "2026-03-29T04:00",
    "2026-10-04T02:10",
    "2018-11-04T01:00",
    "2026-10-31T23:59",
    "2026-11-01T00:00",
    "2026-12-31T23:00",
    "2027-01-01T00:00",
    "2028-02-29T12:00",
    "2028-03-01T00:00",
    "2011-12-31T00:00",
    "2012-01-02T10:00",
    "2026-11-02T00:00",
    "2026-11-08T23:59",
)
NAMED = [name for name in PRESETS if name != periods.ALL]
CALENDAR = [name for name in NAMED if PRESETS[name].kind == periods.CALENDAR]
RANGES = (
    "2026-10-01..2026-10-26",
    "2026-02-01..2026-02-28",
    "2026-11-01..2026-11-01",
    "2026-11-01T00..2026-11-01T05",
    "2026-10-30T22..2026-11-02T03",
    "2011-12-28..2012-01-03",
)


def moment(wall: str, name: str, week_start: int = buckets.MONDAY) -> Moment:
    zone = buckets.zone(name)
    return Moment(
        int(datetime.fromisoformat(wall).replace(tzinfo=zone).timestamp()), zone, week_start
    )


def days(at: Moment, span: Span) -> tuple[str, str]:
    """The first and the last date of a span, as its zone has them."""
    end = at.now + 1 if span.end is None else span.end
    return tuple(str(buckets.day_of(one, at.zone)) for one in (span.start, end - 1))  # type: ignore[return-value]


def edges(name: str, unit: str, at: Moment) -> buckets.Edges:
    """The buckets that a question of the period has."""
    asked = periods.buckets_of(name, unit, at)
    assert asked is not None
    end = at.now if asked.until is None else asked.until
    return buckets.last(asked.units, end, asked.unit, at.zone, at.week_start)


# -- what each name is, by hand -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        # A Thursday, the 26th; the year before was no leap year.
        ("today", "2026-11-26", "2026-11-26"),
        ("yesterday", "2026-11-25", "2026-11-25"),
        ("7d", "2026-11-20", "2026-11-26"),
        ("30d", "2026-10-28", "2026-11-26"),
        ("90d", "2026-08-29", "2026-11-26"),
        ("45d", "2026-10-13", "2026-11-26"),
        ("2w", "2026-11-16", "2026-11-26"),
        ("3m", "2026-09-01", "2026-11-26"),
        ("this-week", "2026-11-23", "2026-11-26"),
        ("last-week", "2026-11-16", "2026-11-22"),
        ("this-month", "2026-11-01", "2026-11-26"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("this-quarter", "2026-10-01", "2026-11-26"),
        ("last-quarter", "2026-07-01", "2026-09-30"),
        ("this-year", "2026-01-01", "2026-11-26"),
        ("last-year", "2025-01-01", "2025-12-31"),
        ("2026-10-01..2026-10-26", "2026-10-01", "2026-10-26"),
        ("2026-11-20..2026-12-05", "2026-11-20", "2026-11-26"),  # it is still running
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_what_a_name_means(name: str, first: str, last: str, zone: str) -> None:
    at = moment("2026-11-26T15:20", zone)
    span = periods.span_of(name, at)
    assert span is not None
    assert days(at, span) == (first, last)
    assert (span.end is None) == (last == "2026-11-26")
    assert span.start == buckets.day_start(date.fromisoformat(first), at.zone)


def test_hours_up_to_now() -> None:
    at = moment("2026-11-01T05:20", "America/New_York")  # the clocks went back at 2
    span = periods.span_of("24h", at)
    assert span == Span(moment("2026-10-31T07:00", "America/New_York").now, None)
    assert len(edges("24h", "hour", at)) == 25
    # A repeated hour is in a range with both of its turns, whichever end it is.
    assert [
        len(edges(f"2026-11-01T{one}", "hour", at)) - 1
        for one in ("00..2026-11-01T01", "01..2026-11-01T02")
    ] == [3, 3]


@pytest.mark.parametrize(
    ("now", "name", "first", "last"),
    [
        ("2028-03-01T00:00", "yesterday", "2028-02-29", "2028-02-29"),
        ("2028-03-31T12:00", "last-month", "2028-02-01", "2028-02-29"),
        ("2027-03-31T12:00", "last-month", "2027-02-01", "2027-02-28"),
        ("2028-05-05T12:00", "last-quarter", "2028-01-01", "2028-03-31"),
        ("2028-01-01T00:00", "last-quarter", "2027-10-01", "2027-12-31"),
        ("2028-01-01T00:00", "last-week", "2027-12-20", "2027-12-26"),
        ("2028-01-01T00:00", "this-week", "2027-12-27", "2028-01-01"),
        ("2029-01-01T00:00", "last-year", "2028-01-01", "2028-12-31"),
    ],
)
def test_ends_of_months_and_years(now: str, name: str, first: str, last: str) -> None:
    at = moment(now, "Europe/Tallinn")
    span = periods.span_of(name, at)
    assert span is not None and days(at, span) == (first, last)


def test_a_date_that_the_zone_skipped_is_no_day_of_a_period() -> None:
    at = moment("2011-12-31T10:00", "Pacific/Apia")
    start = int(datetime(2011, 12, 29, tzinfo=ZoneInfo("Pacific/Apia")).timestamp())
    # The 30th was not: the day before the 31st is the 29th, and a week back holds seven days.
    seven = edges("7d", "day", at)
    assert len(seven) == 8
    assert str(buckets.day_of(int(seven[0]), at.zone)) == "2011-12-24"
    assert seven[-3] == start
    yesterday = periods.span_of("yesterday", at)
    assert yesterday is not None and days(at, yesterday) == ("2011-12-29", "2011-12-29")
    assert periods.step("today", -1, at) == "2011-12-29..2011-12-29"
    assert periods.step("2011-12-29..2011-12-29", 1, at) == "2011-12-31..2011-12-31"
    week = edges("this-week", "day", at)
    assert [str(buckets.day_of(int(one), at.zone)) for one in week[:-1]] == [
        "2011-12-26",
        "2011-12-27",
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
    ]


@pytest.mark.parametrize("week_start", range(7))
def test_a_week_begins_on_its_day(week_start: int) -> None:
    for day in range(1, 15):
        at = moment(f"2026-11-{day:02}T12:00", "America/New_York", week_start)
        this, before = (periods.span_of(name, at) for name in ("this-week", "last-week"))
        assert this is not None and before is not None
        first = buckets.day_of(this.start, at.zone)
        assert first.weekday() == week_start
        assert timedelta() <= date(2026, 11, day) - first < timedelta(days=7)
        assert (before.end, buckets.day_of(before.start, at.zone)) == (
            this.start,
            first - timedelta(days=7),
        )


# -- buckets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", [*NAMED, *RANGES, "45d", "36h", "5w", "14m"])
def test_buckets_hold_the_period_and_none_of_it_is_missing(name: str, zone: str) -> None:
    for wall in WALL_CLOCKS:
        at = moment(wall, zone, week_start=buckets.SUNDAY)
        span = periods.span_of(name, at)
        assert span is not None
        end = at.now + 1 if span.end is None else span.end
        if span.start > at.now:
            end = span.end or span.start + 1
        for unit in ("hour", "day", "week", "month", periods.AUTO):
            found = edges(name, unit, at)
            assert found[0] <= span.start < found[1], (wall, unit)
            assert found[-2] <= max(end - 1, span.start) < found[-1], (wall, unit)
            own = unit or periods.unit_for(name, at)
            assert [buckets.floor(int(one), own, at.zone, at.week_start) for one in found[:9]] == (
                found[:9].tolist()
            )
        # A preset of days begins at its first midnight, and is its own days to the last.
        if PRESETS.get(name) in map(PRESETS.get, CALENDAR):
            assert edges(name, "day", at)[0] == span.start
            assert span.end in (None, edges(name, "day", at)[-1])


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("today", "hour"),
        ("24h", "hour"),
        ("yesterday", "hour"),
        ("7d", "day"),
        ("90d", "day"),
        ("200d", "day"),
        ("201d", "week"),
        ("this-month", "day"),
        ("last-quarter", "day"),
        ("last-year", "month"),
        ("2025-01-01..2025-11-30", "week"),
        ("2023-01-01..2026-10-31", "month"),
        ("24m", "week"),
        ("60m", "month"),
        ("all", "month"),
    ],
)
def test_a_chart_is_read_by_a_unit_that_fits_it(name: str, unit: str) -> None:
    at = moment("2026-11-26T15:20", "America/New_York")
    assert periods.unit_for(name, at) == unit
    if name != periods.ALL:
        asked = periods.buckets_of(name, periods.AUTO, at)
        assert asked is not None and asked.unit == unit and 1 <= asked.units <= 201


def test_all_time_has_no_ends() -> None:
    at = moment("2026-11-26T15:20", "UTC")
    assert periods.span_of(periods.ALL, at) is None
    assert periods.buckets_of(periods.ALL, "day", at) is None
    assert periods.step(periods.ALL, -1, at) is None


def test_more_buckets_than_can_be_asked_for_are_not_looked_up_one_by_one() -> None:
    at = moment("2026-11-26T15:20", "America/New_York")
    for name in ("1971-01-01..9997-12-31", "2027-01-01..9997-12-31"):
        for unit in ("hour", "day"):
            asked = periods.buckets_of(name, unit, at)
            assert asked is not None and asked.units > MOST_BUCKETS


# -- one place on, one back -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "back"),
    [
        ("today", "2026-11-25..2026-11-25"),
        ("yesterday", "2026-11-24..2026-11-24"),
        ("7d", "2026-11-13..2026-11-19"),
        ("30d", "2026-09-28..2026-10-27"),
        ("24h", "2026-11-24T16..2026-11-25T15"),
        ("this-week", "2026-11-16..2026-11-22"),
        ("last-week", "2026-11-09..2026-11-15"),
        ("this-month", "2026-10-01..2026-10-31"),
        ("last-month", "2026-09-01..2026-09-30"),
        ("this-quarter", "2026-07-01..2026-09-30"),
        ("last-quarter", "2026-04-01..2026-06-30"),
        ("this-year", "2025-01-01..2025-12-31"),
        ("last-year", "2024-01-01..2024-12-31"),
        ("2026-10-01..2026-10-26", "2026-09-05..2026-09-30"),
        ("2026-02-01..2026-02-28", "2026-01-01..2026-01-31"),
        ("2028-02-01..2028-02-29", None),  # it has not begun
        ("2024-03-01..2024-03-31", "2024-02-01..2024-02-29"),
        ("2026-11-02T03..2026-11-02T08", "2026-11-01T21..2026-11-02T02"),
    ],
)
def test_a_step_back(name: str, back: str | None) -> None:
    at = moment("2026-11-26T15:20", "America/New_York")
    assert periods.step(name, -1, at) == back or (back is None and name > "2028")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", [*NAMED, *RANGES, "45d", "36h"])
def test_back_and_on_again_is_where_it_was(name: str, zone: str) -> None:
    for wall in WALL_CLOCKS:
        at = moment(wall, zone)
        span = periods.span_of(name, at)
        back = periods.step(name, -1, at)
        assert span is not None
        if back is None or span.start > at.now:
            continue
        before = periods.span_of(back, at)
        assert before is not None and before.end is not None
        # The two meet, with nothing between them; an hour that clocks repeat belongs to both.
        assert before.end == span.start or "T" in back, (wall, back)
        again = periods.step(back, 1, at)
        assert again is not None
        returned = periods.span_of(again, at)
        assert returned is not None
        assert returned.start == span.start or "T" in again, (wall, again)
        # A calendar's month steps to a month, whatever their lengths.
        assert (before.months, before.days) in (
            (span.months, span.days),
            (0, -1),
            (0, -7),
            (0, 0),
            (-1, 0),
            (-3, 0),
        )


def test_nothing_begins_after_now() -> None:
    at = moment("2026-11-26T15:20", "UTC")
    for name in ("today", "7d", "30d", "24h", "this-week", "this-month", "this-year"):
        assert periods.step(name, 1, at) is None, name
    assert periods.step("yesterday", 1, at) == "2026-11-26..2026-11-26"
    assert periods.step("last-month", 1, at) == "2026-11-01..2026-11-30"
    assert periods.step("2027-05-01..2027-05-03", 1, at) is None
    assert periods.step("2027-05-01T00..2027-05-01T03", -1, at) is None
    assert periods.step("1971-01-01..9997-12-31", 1, at) is None
    assert periods.step("1971-01-01..9997-12-31", -1, at) is None
    assert periods.step("1971-01-01..2020-12-31", -1, at) is None


@pytest.mark.parametrize(
    ("name", "months", "days"),
    [
        ("today", 0, -1),
        ("yesterday", 0, -1),
        ("this-week", 0, -7),
        ("last-week", 0, -7),
        ("this-month", -1, 0),
        ("last-month", -1, 0),
        ("this-quarter", -3, 0),
        ("this-year", -12, 0),
        ("last-year", -12, 0),
        ("7d", 0, 0),
        ("30d", 0, 0),
        ("2028-02-01..2028-02-29", -1, 0),
        ("2027-02-01..2027-02-28", -1, 0),
        ("2028-02-01..2028-02-28", 0, 0),
        ("2028-01-01..2028-12-31", -12, 0),
        ("2028-01-01..2028-03-31", -3, 0),
        ("2028-02-01..2028-04-30", 0, 0),
        ("2028-02-28..2028-03-05", 0, -7) if date(2028, 2, 28).weekday() == 0 else ("7d", 0, 0),
        ("2028-02-29..2028-02-29", 0, -1),
    ],
)
def test_the_step_to_the_period_before(name: str, months: int, days: int) -> None:
    for zone in ZONES:
        span = periods.span_of(name, moment("2028-11-26T15:20", zone))
        assert span is not None and (span.months, span.days) == (months, days)


# -- as text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*PRESETS, *RANGES, "1h", "99999d", "45d", "5w", "12m"])
def test_a_period_is_read_as_it_is_written(text: str) -> None:
    assert periods.parse_period(text) == text
    assert periods.is_range(text) == (".." in text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "This-month",
        "0d",
        "07d",
        "100000d",
        "7x",
        "7 d",
        "٧d",
        "2026-10-01",
        "2026-10-01..",
        "2026-10-01..2026-13-01",
        "2026-02-01..2026-02-29",
        "2026-10-02..2026-10-01",
        "2026-10-01T24..2026-10-02T01",
        "2026-10-01T01..2026-10-02",
        "2026-10-01..2026-10-02 ",
        "1970-12-31..2026-10-02",
        "2026-10-01..9998-01-01",
        "0000-01-01..2026-10-01",
    ],
)
def test_what_is_no_period_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        periods.parse_period(text)


def test_a_preset_has_two_names_of_its_own() -> None:
    assert len({one.label for one in PRESETS.values()}) == len(PRESETS)
    preset = periods.preset_of("45d")
    assert preset is not None
    assert (preset.label, preset.short, preset.unit, preset.count) == (
        "Last 45 days",
        "45 days",
        "day",
        45,
    )
    assert periods.rolling(45, "day") == "45d"
    assert not periods.is_range("") and periods.preset_of("2026-10-01..2026-10-02") is None


@given(
    st.dates(date(1971, 1, 2), date(2030, 1, 1)),
    st.integers(0, 400),
    st.sampled_from(ZONES),
    st.sampled_from(["day", "hour"]),
)
def test_the_range_of_buckets_is_those_buckets(
    first: date, length: int, zone: str, unit: str
) -> None:
    at = moment("2031-01-01T00:00", zone)
    begin = buckets.day_start(first, at.zone)
    found = buckets.between(begin, begin + length * HOUR, unit, at.zone)
    written = periods.range_of_edges(found, unit, at.zone)
    assert periods.parse_period(written) == written
    again = edges(written, unit, at)
    assert again[0] <= found[0] and again[-1] >= found[-1]
    # Only hours that clocks repeat make it longer, as their names do not tell them apart.
    assert len(again) - len(found) in ((0,) if unit == "day" else (0, 1, 2))
    if unit == "day":
        assert periods.days_of(written)[0] == buckets.day_of(int(found[0]), at.zone)
        assert len(edges(written, unit, at)) == len(found)


# -- what a page begins with ----------------------------------------------------------------------


def hourly(at: Moment, *back: int) -> np.ndarray:
    """Moments so many hours before now."""
    return np.sort(np.array([at.now - hours * HOUR for hours in back], dtype=np.int64))


@pytest.mark.parametrize(
    ("back", "best"),
    [
        (range(0, 8 * 24, 24), ("30d", "")),  # seven finished days, and one that runs
        (range(0, 80 * 24, 9 * 24), ("90d", "")),
        (range(0, 300 * 24, 30 * 24), ("all", "")),
        (range(5), ("24h", "")),
        (range(60), ("7d", "hour")),
        ([0], ("30d", "")),
        ([0, 26], ("30d", "")),
        ([0, 26, 50], ("30d", "")),
        # As many buckets of 90 days as of all time, which has more clicks.
        ([0, 40 * 24, 40 * 24 - 1, 70 * 24, 100 * 24], ("all", "")),
    ],
)
def test_the_best_period_to_begin_with_shows_most(back: Any, best: tuple[str, str]) -> None:
    at = moment("2026-11-18T15:20", "Europe/Tallinn")
    found = periods.best_to_begin(at, hourly(at, *back), at.now)
    assert found[0] == best
    assert len(set(found)) == len(found) == 5


def test_without_a_click_there_is_nothing_to_begin_with() -> None:
    at = moment("2026-11-18T15:20", "UTC")
    assert periods.best_to_begin(at, hourly(at), at.now) == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_buckets_with_clicks_are_the_zone_s(zone: str) -> None:
    at = moment("2026-11-18T15:20", zone)
    midnight = buckets.day_start(date(2026, 11, 18), at.zone)
    clicked = np.array([midnight - 900, midnight, midnight + 900], dtype=np.int64)
    assert periods.clicked_buckets("30d", "", at, clicked) == 2
    assert periods.clicked_buckets("30d", "", at, clicked, at.now) == 1  # today is not over
    assert periods.clicked_buckets("30d", "", at, clicked, at.now + 86_400) == 2
    assert periods.clicked_buckets("24h", "", at, clicked, at.now) == 2
    assert periods.clicked_buckets("all", "", at, clicked) == 1
    assert periods.clicked_buckets("2026-11-17..2026-11-17", "day", at, clicked) == 1
