"""Where ticks stand and what stands there: round numbers, and dates of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from bitly_data import buckets
from bitly_data.charts.ticks import (
    MOST_LINES,
    PANEL_LINES,
    Calendar,
    log_values,
    round_values,
    tick_texts,
)
from bitly_data.locales import ENGLISH, locale_of


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (2, [0, 1, 2]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4]),
        (9, [0, 2, 4, 6, 8]),
        (14, [0, 5, 10]),
        (999, [0, 200, 400, 600, 800]),
        (1000, [0, 250, 500, 750, 1000]),
        (4492, [0, 1000, 2000, 3000, 4000]),
        (278_500_000, [0, 100_000_000, 200_000_000]),
    ],
)
def test_a_scale_of_clicks_has_whole_round_steps(top: float, expected: list[float]) -> None:
    assert round_values(top, whole=True) == expected


def test_a_scale_of_anything_has_three_lines_or_more_and_is_never_crowded() -> None:
    for top in np.concatenate([np.geomspace(1e-3, 1e15, 2000), np.arange(2, 2000)]).tolist():
        for most in (MOST_LINES, PANEL_LINES):
            values = round_values(top, whole=False, most=most)
            assert 2 <= len(values) <= most
            assert most < MOST_LINES or len(values) >= 3
            assert values[-1] <= top * (1 + 1e-8)
            step = values[1] / 10 ** np.floor(np.log10(values[1] * (1 + 1e-9)))
            assert min(abs(step - round_one) for round_one in (1, 2, 2.5, 5, 10)) < 1e-6
            whole = round_values(top, whole=True, most=most)
            assert all(float(value).is_integer() for value in whole)
            assert len(set(whole)) == len(whole) >= 2


def test_no_two_lines_of_a_scale_are_written_alike() -> None:
    for tag in ("en", "de-DE", "ar-EG", "ja-JP", "en-IN"):
        for top in np.geomspace(1, 1e13, 300).tolist():
            texts = [locale_of(tag).compact(value) for value in round_values(top, whole=True)]
            assert len(set(texts)) == len(texts), (tag, texts)


def test_a_log_scale_has_powers_of_ten() -> None:
    assert log_values(66, 4500) == [100, 1000]
    assert log_values(1, 1000) == [1, 10, 100, 1000]
    assert log_values(1, 1e12) == [1.0, 1e3, 1e6, 1e9, 1e12]


def ticks(
    count: int, unit: str, end: str, *, few: bool = False, timezone: str = "Europe/Tallinn"
) -> list[str]:
    zone = buckets.zone(timezone)
    starts = buckets.last(count, int(datetime.fromisoformat(end).timestamp()), unit, zone)[:-1]
    kind, places = Calendar(starts + buckets.offsets_at(starts, zone), unit, 0).places(few=few)
    years = {buckets.local(int(starts[at]), zone).year for at in (0, -1)}
    texts = tick_texts(
        kind,
        [buckets.local(int(starts[at]), zone) for at in places],
        ENGLISH,
        with_offset=False,
        with_year=len(years) > 1,
    )
    return [text.replace("\n", "/") for text in texts]


END = "2026-11-26T12:00:00+00:00"


@pytest.mark.parametrize(
    ("count", "unit", "expected"),
    [
        (24, "hour", ["15:00/25 Nov", "18:00", "21:00", "00:00/26 Nov", "03:00", "06:00"]),
        (7, "day", ["Fri 20/Nov", "Sat 21", "Sun 22", "Mon 23", "Tue 24", "Wed 25", "Thu 26"]),
        (30, "day", ["2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
        (72, "hour", ["18:00/23 Nov", "00:00/24 Nov", "06:00", "12:00", "18:00", "00:00/25 Nov"]),
        (120, "day", ["Aug/2026", "Sep", "Oct", "Nov"]),
        (60, "day", ["28 Sep", "5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov"]),
        (400, "day", ["Nov/2025", "Dec", "Jan/2026", "Feb", "Mar", "Apr"]),
        (730, "day", ["Jan/2025", "Apr", "Jul", "Oct", "Jan/2026", "Apr"]),
        (1500, "day", ["Jan/2023", "Jul", "Jan/2024", "Jul", "Jan/2025", "Jul"]),
        (12, "week", ["7 Sep", "14 Sep", "21 Sep", "28 Sep", "5 Oct", "12 Oct"]),
        (12, "month", ["Dec/2025", "Jan/2026", "Feb", "Mar", "Apr", "May"]),
        (60, "minute", ["13:05/26 Nov", "13:10", "13:15", "13:20", "13:25", "13:30"]),
    ],
)
def test_ticks_follow_the_calendar_and_say_a_year_where_it_changes(
    count: int, unit: str, expected: list[str]
) -> None:
    assert ticks(count, unit, END)[:6] == expected[:6]


def test_across_a_new_year_the_year_is_said_twice() -> None:
    new_year = "2027-01-10T12:00:00+00:00"
    assert ticks(5, "day", "2027-01-02T12:00:00+00:00") == [
        "Tue 29/Dec 2026",
        "Wed 30",
        "Thu 31",
        "Fri 1/Jan 2027",
        "Sat 2",
    ]
    assert ticks(30, "day", new_year) == ["14 Dec/2026", "21 Dec", "28 Dec", "4 Jan/2027"]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Pacific/Apia", "America/New_York", "UTC"])
@pytest.mark.parametrize("unit", ["minute", "hour", "day", "week", "month"])
@pytest.mark.parametrize("count", [1, 2, 5, 31, 60, 500])
def test_there_are_ticks_wherever_there_is_a_chart(zone: str, unit: str, count: int) -> None:
    for few, most in ((False, 17), (True, 6)):
        texts = ticks(count, unit, END, few=few, timezone=zone)
        assert 1 <= len(texts) <= most
        assert all(texts)


def test_a_week_may_begin_on_a_sunday() -> None:
    days = np.arange(20_000, 20_030) * 86_400  # 20,000 days after 1970: a Friday
    assert Calendar(days, "day", 0).places() == ("week", [3, 10, 17, 24])
    assert Calendar(days, "day", 6).places() == ("week", [2, 9, 16, 23])


def test_hours_of_half_past_have_ticks_at_the_first_of_each_day() -> None:
    local = np.arange(24 * 5) * 3600 + 1800
    assert Calendar(local, "hour", 0).places(few=True)[1] == [24, 48, 72, 96]


def test_offsets_stand_below_the_date() -> None:
    moments = [datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (22, 23)]
    texts = tick_texts("hour", moments, ENGLISH, with_offset=True, with_year=False)
    assert texts == ["22:00\n1 Nov\n+00:00", "23:00\n+00:00"]
