"""How a bucket, a zone and an offset are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from bitly_data import buckets
from bitly_data.labels import (
    bucket_label,
    bucket_labels,
    iso_labels,
    iso_utc_labels,
    offset_text,
    short_labels,
)
from bitly_data.locales import locale_of

# Whole, half and quarter hours; changes of an hour, half an hour, two hours; a skipped day.
ZONES = [
    "UTC",
    "-5",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Africa/Casablanca",
]
# Around changes of clocks in one zone or another, and in the far future.
MOMENTS = (1_730_635_200, 1_365_400_000, 1_325_300_000, 1_396_000_000, 4_000_000_000)


@pytest.mark.parametrize("unit", buckets.UNITS)
@pytest.mark.parametrize("zone_name", ZONES)
def test_many_labels_are_those_of_each_bucket(zone_name: str, unit: str) -> None:
    zone = buckets.zone(zone_name)
    for until in MOMENTS:
        starts = buckets.last(200, until, unit, zone)[:-1]
        moments = [datetime.fromtimestamp(at, zone) for at in starts.tolist()]
        assert bucket_labels(starts, zone, unit) == [
            bucket_label(moment, unit) for moment in moments
        ]
        assert iso_labels(starts, zone) == [moment.isoformat() for moment in moments]
        assert iso_utc_labels(starts) == [
            moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in moments
        ]
        assert buckets.offsets_at(starts, zone).tolist() == [
            buckets.offset_at(at, zone) for at in starts.tolist()
        ]


def test_no_instants_have_no_labels() -> None:
    nothing = np.empty(0, dtype=np.int64)
    zone = buckets.zone("America/New_York")
    assert bucket_labels(nothing, zone, "hour") == bucket_labels(nothing, zone, "day") == []
    assert iso_labels(nothing, zone) == iso_utc_labels(nothing) == []
    assert buckets.offsets_at(nothing, zone).tolist() == []


def test_an_offset_is_written_whole_where_it_has_seconds() -> None:
    monrovia = datetime.fromtimestamp(1_000_000, buckets.zone("Africa/Monrovia"))
    assert offset_text(monrovia) == "-00:44:30"
    assert offset_text(monrovia.replace(microsecond=5)) == "-00:44:30"
    assert offset_text(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5.75)))) == "+05:45"
    assert bucket_label(monrovia, "hour") == "Mon 12 Jan 1970 13:02 -00:44:30"
    starts = np.array([1_000_000, 70_000_000])
    assert iso_labels(starts, buckets.zone("Africa/Monrovia")) == [
        "1970-01-12T13:02:10-00:44:30",
        "1972-03-21T04:26:40+00:00",
    ]


def test_beside_a_point_of_a_chart_a_bucket_has_no_year() -> None:
    zone, noon = buckets.zone("America/New_York"), np.array([1_730_635_200])
    short = {
        unit: short_labels(noon, zone, unit)[0]
        for unit in ("minute", "hour", "day", "week", "month")
    }
    assert short == {
        "minute": "Sun 3 Nov 07:00",
        "hour": "Sun 3 Nov 07:00",
        "day": "Sun 3 Nov",
        "week": "week of 3 Nov",
        "month": "Nov 2024",
    }
    assert short_labels(noon, zone, "day", locale_of("de-DE")) == ["So., 3. Nov."]
