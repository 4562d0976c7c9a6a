"""Which buckets a click log covers, and in which words."""

from __future__ import annotations

import numpy as np

from bitly_data.coverage import covered_hours, covered_text, covered_words, hour_spans


def test_coverage_tells_whole_part_and_none_and_not_the_future() -> None:
    hours = np.array([10, 11, 14])
    first = np.array([10, 12, 11, 20]) * 3600
    end = np.array([12, 13, 13, 22]) * 3600

    assert covered_hours(first, end, hours, now=30 * 3600).tolist() == ["", "not", "partly", "not"]
    assert covered_hours(first, end, hours, now=19 * 3600).tolist()[-1] == ""
    assert hour_spans(hours) == [(36_000, 43_200), (50_400, 54_000)]
    assert hour_spans(np.array([], dtype=np.int64)) == []


def words(first: float, end: float, hours: list[int], now: float = 1000) -> str:
    """What is said of one bucket; all in hours of UTC."""
    bounds = [np.array([int(at * 3600)]) for at in (first, end)]
    (text,) = covered_words(*bounds, np.array(hours, dtype=np.int64), int(now * 3600))
    return text


def test_a_bucket_says_how_many_of_its_hours_are_in_the_log() -> None:
    assert words(24, 48, [25, 30, 47, 48]) == "3 of 24 hours in the log"
    assert words(0, 720, list(range(719))) == "719 of 720 hours in the log"
    assert words(24, 48, list(range(24, 48))) == ""
    assert words(24, 48, [23, 48]) == "not in the log"
    assert words(0, 1000, list(range(999)), 2000) == "999 of 1,000 hours in the log"


def test_of_a_bucket_that_runs_only_the_hours_count_that_have_begun() -> None:
    assert words(24, 48, [25, 30], now=33.5) == "2 of 10 hours in the log"
    assert words(24, 48, list(range(24, 34)), now=33.5) == ""
    # What has not begun is nobody's to log.
    assert words(48, 72, [], now=47.9) == ""


def test_hours_of_zones_at_half_past_are_counted_in_halves() -> None:
    # A day of Kolkata, from half past, of which the log has the first and the last hour of UTC.
    assert words(18.5, 42.5, [18, 42]) == "1 of 24 hours in the log"
    assert words(18.5, 42.5, [18, 20]) == "1.5 of 24 hours in the log"
    assert words(18.5, 19.5, [18]) == "0.5 of 1 hour in the log"
    assert words(18.5, 19.5, [18, 19]) == ""
    minute = 1 / 60
    assert words(18 + 30 * minute, 18 + 31 * minute, [18]) == ""
    assert words(18 + 30 * minute, 18 + 31 * minute, [19]) == "not in the log"


def test_how_much_a_log_covers_in_a_sentence() -> None:
    assert covered_text(np.array([], dtype=np.int64)) == "It holds no lines."
    assert covered_text(np.array([10])) == (
        "It covers 1 hour between 01 Jan 1970 10:00 and 01 Jan 1970 11:00 UTC."
    )
    assert covered_text(np.array([10, 11, 14])) == (
        "It covers 3 hours between 01 Jan 1970 10:00 and 01 Jan 1970 15:00 UTC."
    )
