"""A unit is a row of one table: the calendar, labels and comparisons follow from it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from support import epoch

from bitly_data import buckets, units
from bitly_data.charts.ticks import Calendar, tick_texts
from bitly_data.labels import bucket_label, short_labels
from bitly_data.locales import ENGLISH
from bitly_data.query import ClickQuery, edges_of
from bitly_data.sources.v3.rebuild import tiling_of
from bitly_data.units import DAY_SECONDS, Unit

QUARTER = Unit("quarter", 92 * DAY_SECONDS, "quarter from %b %Y", "from %b %Y", months=3)
NOON = epoch("2026-11-20T12:00:00")


@pytest.fixture
def quarter(monkeypatch: pytest.MonkeyPatch) -> str:
    """The table has a row more, as it would have after a change of one line."""
    monkeypatch.setitem(units.UNITS, "quarter", QUARTER)
    monkeypatch.setitem(buckets.NOMINAL_SECONDS, "quarter", QUARTER.seconds)
    monkeypatch.setattr(buckets, "UNITS", tuple(units.UNITS))
    return "quarter"


def test_names_and_lengths_follow_from_the_table() -> None:
    assert buckets.UNITS == ("minute", "hour", "day", "week", "month")
    assert {name: unit.name for name, unit in units.UNITS.items()} == {
        name: name for name in buckets.UNITS
    }
    assert list(buckets.NOMINAL_SECONDS.values()) == sorted(buckets.NOMINAL_SECONDS.values())


@pytest.mark.parametrize("name", buckets.UNITS)
def test_each_unit_can_be_written_in_full_and_on_an_axis(name: str) -> None:
    moment = datetime(2024, 3, 1, 5, 30, tzinfo=UTC)
    (short,) = short_labels(np.array([int(moment.timestamp())]), UTC, name)
    (tick,) = tick_texts(
        Calendar(np.array([int(moment.timestamp())]), name, 0).kind,
        [moment],
        ENGLISH,
        with_offset=True,
        with_year=True,
    )
    for text in (bucket_label(moment, name), short, tick):
        assert text
        assert not set("{}%") & set(text)


def test_a_unit_of_months_begins_with_the_months_of_the_calendar(quarter: str) -> None:
    assert buckets.first_day(date(2026, 11, 20), quarter, buckets.MONDAY) == date(2026, 10, 1)
    assert buckets.first_day(date(2026, 1, 1), quarter, buckets.MONDAY) == date(2026, 1, 1)
    assert buckets.step_day(date(2026, 10, 1), quarter, 1) == date(2027, 1, 1)
    assert buckets.step_day(date(2026, 1, 1), quarter, -1) == date(2025, 10, 1)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Tallinn", "Pacific/Apia", "Asia/Kolkata"])
def test_its_buckets_are_those_of_three_months(quarter: str, zone: str) -> None:
    by_quarter = edges_of(ClickQuery(unit=quarter, units=8, timezone=zone), NOON)
    by_month = edges_of(ClickQuery(unit="month", units=23, timezone=zone), NOON)
    starts = [
        at for at in by_month.tolist() if buckets.day_of(at, buckets.zone(zone)).month % 3 == 1
    ]
    assert by_quarter[:-1].tolist() == starts
    assert bucket_label(buckets.local(starts[-1], buckets.zone(zone)), quarter) == (
        "quarter from Oct 2026"
    )


def test_v3_that_has_no_such_unit_is_asked_for_days(quarter: str) -> None:
    query = ClickQuery(unit=quarter, units=4)
    edges = edges_of(query, NOON)
    (piece,) = tiling_of(query, edges, NOON).pieces
    assert (piece.unit, piece.own) == ("day", False)
    assert (piece.start, piece.end) == (edges[0], edges[-1])
    assert piece.count == np.diff(edges).sum() // DAY_SECONDS
