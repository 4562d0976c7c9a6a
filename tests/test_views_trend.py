"""The small chart of a series: finished buckets, gaps, groups."""

from __future__ import annotations

import numpy as np
import pytest
from support import epoch
from view_cases import NOW, YESTERDAY, answer

from bitly_data.query import ClickQuery
from bitly_data.series import Coverage
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    NOT_IN_LOG,
    OUTSIDE_WINDOW,
    PARTIAL,
    REBUILT,
)
from bitly_data.views.trend import trend

QUERY = ClickQuery(units=4, until=NOW)


def test_a_trend_is_of_finished_buckets() -> None:
    """The last day still fills, and the one before is over."""
    assert trend(answer(QUERY, [5, 6, 7, 99])) == (5.0, 6.0, 7.0)
    assert trend(answer(QUERY.replace(until=YESTERDAY), [5, 6, 7, 99]))[-1] == 99.0
    # Of days that have not begun there is nothing to draw, nor of the one that is running.
    ahead = answer(QUERY.replace(units=10, until=epoch("2026-11-16T00:00:00")), [3] * 10)
    assert trend(ahead) == (3.0, 3.0, 3.0)


@pytest.mark.parametrize("state", [CAPPED, FAILED, PARTIAL, OUTSIDE_WINDOW, NOT_IN_LOG])
def test_a_trend_has_no_number_where_none_is_known(state: int) -> None:
    series = answer(QUERY, [5, 6, 7, 9], [COUNTED, state, REBUILT, PARTIAL])
    assert trend(series) == (5.0, None, 7.0)
    assert trend(answer(QUERY, [5, 6, 7, 9], [state, COUNTED, state, PARTIAL])) == ()


@pytest.mark.parametrize(
    ("units", "size", "points"), [(60, 1, 60), (61, 2, 30), (120, 2, 60), (125, 3, 41)]
)
def test_a_long_trend_is_summed_in_equal_groups(units: int, size: int, points: int) -> None:
    query = QUERY.replace(units=units, until=YESTERDAY)
    found = trend(answer(query, list(range(units))))
    assert len(found) == points
    # The newest group ends with the newest bucket; what fills none is at the older end.
    last = range(units)[units - points * size :]
    assert found == tuple(float(sum(last[at : at + size])) for at in range(0, len(last), size))


def test_a_group_with_one_unknown_bucket_is_unknown() -> None:
    query = QUERY.replace(units=120, until=YESTERDAY)
    states = [COUNTED] * 120
    states[7], states[118] = FAILED, CAPPED
    found = trend(answer(query, [1] * 120, states))
    assert [at for at, one in enumerate(found) if one is None] == [3, 59]
    assert set(found) == {2.0, None}


def test_a_trend_ends_where_the_click_log_does() -> None:
    """The hour in which the log ends is not whole, however much later somebody looks."""
    query = ClickQuery(unit="hour", units=6, until=epoch("2024-05-01T15:30:00"))
    hour = epoch("2024-05-01T15:00:00") // 3600
    log = Coverage(np.arange(hour - 5, hour + 1), epoch("2024-05-01T14:30:00"))
    series = answer(query, [2, 3, 4, 5, 6, 7], coverage=log)
    assert trend(series) == (2.0, 3.0, 4.0, 5.0)
