"""Which buckets a click log covers, and in which words."""

from __future__ import annotations

import numpy as np

from bitly_data.coverage import covered_hours, covered_text, hour_spans


def test_coverage_tells_whole_part_and_none_and_not_the_future() -> None:
    hours = np.array([10, 11, 14])
    first = np.array([10, 12, 11, 20]) * 3600
    end = np.array([12, 13, 13, 22]) * 3600

    assert covered_hours(first, end, hours, now=30 * 3600).tolist() == ["", "not", "partly", "not"]
    assert covered_hours(first, end, hours, now=19 * 3600).tolist()[-1] == ""
    assert hour_spans(hours) == [(36_000, 43_200), (50_400, 54_000)]
    assert hour_spans(np.array([], dtype=np.int64)) == []


def test_how_much_a_log_covers_in_a_sentence() -> None:
    assert covered_text(np.array([], dtype=np.int64)) == "It holds no lines."
    assert covered_text(np.array([10])) == (
        "It covers 1 hour between 01 Jan 1970 10:00 and 01 Jan 1970 11:00 UTC."
    )
    assert covered_text(np.array([10, 11, 14])) == (
        "It covers 3 hours between 01 Jan 1970 10:00 and 01 Jan 1970 15:00 UTC."
    )
