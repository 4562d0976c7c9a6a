"""The calendar against a walk over the clock, instant by instant, by a clock on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pytest
from counter import tz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bitly_data import buckets

HOUR, DAY = 3600, 86_400
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Tallinn",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
    "America/Sao_Paulo",
)
FROM, TO = 978_307_200, 1_893_456_000  # 2001 to 2029

zones = st.sampled_from(ZONES)
instants = st.integers(FROM, TO)
units = st.sampled_from(buckets.UNITS)
counts = st.integers(1, 70)
week_starts = st.integers(0, 6)
offline = settings(deadline=None, max_examples=150, derandomize=True)


def epoch(*parts: int, zone: str = "UTC") -> int:
    return int(datetime(*parts, tzinfo=tz(zone)).timestamp())  # type: ignore[misc, arg-type]


def wall(at: int, zone: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromtimestamp(at, tz(zone)).replace(tzinfo=None)


@lru_cache(maxsize=100_000)
def first_instant(day: date, zone: str) -> int:
    """When a wall clock first shows `day` or later: found by walking in steps of five minutes."""
    at = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - 16 * HOUR
    midnight = datetime(day.year, day.month, day.day)
    while wall(at, zone) < midnight:
        at += 300
    while wall(at - 1, zone) >= midnight:  # St John's changed its clocks at 00:01
        at -= 1
    return at


@offline
@given(zones, instants, units, counts, week_starts)
@example("Pacific/Apia", epoch(2012, 1, 3), "day", 10, 0)
@example("America/St_Johns", epoch(2010, 11, 9), "day", 5, 0)
@example("America/St_Johns", epoch(2010, 11, 7, 2, 30), "hour", 9, 0)
@example("Australia/Lord_Howe", epoch(2013, 4, 7), "hour", 30, 0)
@example("Africa/Casablanca", epoch(2013, 8, 9), "week", 30, 6)
@example("America/Sao_Paulo", epoch(2013, 10, 21), "month", 30, 0)
def test_the_buckets_tile_and_the_newest_holds_the_end(
    name: str, end: int, unit: str, count: int, week_start: int
) -> None:
    zone = buckets.zone(name)
    edges = buckets.last(count, end, unit, zone, week_start)
    assert len(edges) == count + 1
    assert np.all(np.diff(edges) > 0)
    assert edges[-2] <= end < edges[-1]
    assert edges[-2] == buckets.floor(end, unit, zone, week_start)
    assert edges[-1] == buckets.ceiling(end, unit, zone, week_start)
    assert np.array_equal(edges, buckets.between(int(edges[0]), end, unit, zone, week_start))


@offline
@given(zones, instants, units, counts, week_starts, st.data())
def test_every_instant_falls_in_exactly_one_bucket(
    name: str, end: int, unit: str, count: int, week_start: int, data: st.DataObject
) -> None:
    zone = buckets.zone(name)
    edges = buckets.last(count, end, unit, zone, week_start)
    at = data.draw(st.integers(int(edges[0]), int(edges[-1]) - 1))
    start = buckets.floor(at, unit, zone, week_start)
    assert (
        np.flatnonzero((edges[:-1] <= at) & (at < edges[1:])).tolist()
        == np.flatnonzero(edges[:-1] == start).tolist()
    )


@offline
@given(zones, instants, counts)
@example("Pacific/Apia", epoch(2012, 1, 3), 10)
@example("America/St_Johns", epoch(2010, 11, 9), 5)
@example("America/Sao_Paulo", epoch(2013, 10, 21), 5)
@example("Africa/Casablanca", epoch(2012, 10, 1), 70)
def test_days_begin_when_the_wall_clock_first_shows_their_date(
    name: str, end: int, count: int
) -> None:
    starts = buckets.last(count, end, "day", buckets.zone(name))[:-1].tolist()
    for start in starts:
        shown = wall(start, name)
        midnight = datetime(shown.year, shown.month, shown.day)
        assert shown == midnight or wall(start - 1, name) < midnight
        assert start == first_instant(shown.date(), name)


@offline
@given(zones, instants, st.integers(1, 20), st.sampled_from(["week", "month"]), week_starts)
def test_weeks_and_months_begin_with_their_first_day(
    name: str, end: int, count: int, unit: str, week_start: int
) -> None:
    edges = buckets.last(count, end, unit, buckets.zone(name), week_start).tolist()
    day = wall(edges[-2], name).date()
    for start in edges[-2::-1]:
        first = (
            day.replace(day=1)
            if unit == "month"
            else day - timedelta(days=(day.weekday() - week_start) % 7)
        )
        assert start == first_instant(first, name)
        day = first - timedelta(days=1)


@offline
@given(zones, instants, st.integers(1, 70), st.sampled_from([("hour", HOUR), ("minute", 60)]))
@example("Asia/Kathmandu", epoch(2013, 5, 17), 30, ("hour", HOUR))
@example("Australia/Lord_Howe", epoch(2013, 4, 7), 30, ("hour", HOUR))
def test_hours_and_minutes_pass_in_elapsed_time(
    name: str, end: int, count: int, unit: tuple[str, int]
) -> None:
    edges = buckets.last(count, end, unit[0], buckets.zone(name))
    lengths = np.diff(edges)
    assert lengths.max() <= unit[1]
    for start, length in zip(edges.tolist(), lengths.tolist(), strict=False):
        shown = wall(start, name)
        aligned = (shown.minute * 60 + shown.second) % unit[1] == 0
        before = wall(start - 1, name) + timedelta(seconds=1)
        after = wall(start + length - 1, name) + timedelta(seconds=1)
        # Only a change of the clock, at either end, cuts an hour; only at one is it not aligned.
        assert aligned or before != shown
        assert length == unit[1] or before != shown or after != wall(start + length, name)


# -- days that are known --------------------------------------------------------------------------


def test_a_date_that_apia_skipped_has_no_bucket() -> None:
    zone = buckets.zone("Pacific/Apia")
    edges = buckets.last(4, epoch(2011, 12, 31, 12, zone="Pacific/Apia"), "day", zone)
    assert [wall(start, "Pacific/Apia").date() for start in edges[:-1].tolist()] == [
        date(2011, 12, 27),
        date(2011, 12, 28),
        date(2011, 12, 29),
        date(2011, 12, 31),
    ]
    assert np.diff(edges).tolist() == [DAY] * 4


def test_the_evening_that_st_john_s_had_twice_is_part_of_the_next_day() -> None:
    zone = buckets.zone("America/St_Johns")
    midnight = epoch(2010, 11, 7, 2, 30)
    edges = buckets.last(2, midnight + 600, "day", zone)  # 23:10 on the wall, for the second time
    assert wall(midnight + 600, "America/St_Johns").date() == date(2010, 11, 6)
    assert edges.tolist() == [midnight - DAY, midnight, midnight + DAY + HOUR]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", (2013, 3, 10), 23),
        ("America/New_York", (2013, 11, 3), 25),
        ("Europe/Tallinn", (2013, 3, 31), 23),
        ("Europe/Tallinn", (2013, 10, 27), 25),
        ("Australia/Lord_Howe", (2013, 10, 6), 23.5),
        ("Australia/Lord_Howe", (2013, 4, 7), 24.5),
        ("America/Sao_Paulo", (2013, 10, 20), 23),
        ("Asia/Kathmandu", (2013, 3, 10), 24),
    ],
)
def test_the_length_of_a_day(zone: str, day: tuple[int, int, int], hours: float) -> None:
    noon = epoch(*day, 12, zone=zone)
    edges = buckets.last(1, noon, "day", buckets.zone(zone))
    assert (edges[1] - edges[0]) / HOUR == hours


@pytest.mark.parametrize(("text", "hours"), [("-14", -14), ("14", 14), ("+5", 5), ("0", 0)])
def test_whole_hours_are_zones(text: str, hours: int) -> None:
    assert buckets.offset_at(0, buckets.zone(text)) == hours * HOUR


@pytest.mark.parametrize(
    "text", ["15", "-15", "5.5", "Europe/Nowhere", "", "../etc/passwd", "\u0665", "localtime"]
)
def test_what_is_no_zone(text: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        buckets.zone(text)


@offline
@given(zones, st.integers(0, 40 * DAY), units, st.integers(1, 2000))
def test_nothing_begins_before_1970(name: str, end: int, unit: str, count: int) -> None:
    try:
        edges = buckets.last(count, end, unit, buckets.zone(name))
    except ValueError as problem:
        assert "before 1970" in str(problem)
    else:
        assert edges[0] >= 0
