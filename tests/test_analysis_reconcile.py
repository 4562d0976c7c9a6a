"""Right buckets beside those that Bitly itself answers."""

from __future__ import annotations

import numpy as np

from bitly_data.analysis.reconcile import beside
from bitly_data.query import ClickQuery
from bitly_data.series import COUNTED, FAILED, ClickSeries, Provenance

HOUR, DAY = 3600, 86_400


def series(edges: list[int], clicks: list[int], states: list[int] | None = None) -> ClickSeries:
    return ClickSeries(
        ClickQuery(units=len(clicks)),
        "x",
        np.array(edges),
        np.array(clicks),
        np.array(states or [COUNTED] * len(clicks), dtype=np.int8),
        Provenance("v3", "test", (), 0, 1),
    )


def test_buckets_that_share_their_middle_belong_together() -> None:
    right = series([0, DAY, 2 * DAY + HOUR, 3 * DAY + HOUR], [1, 2, 3])
    answered = series([-DAY, 0, DAY, 2 * DAY, 3 * DAY], [9, 1, 2, 3])
    found = beside(right, answered)
    assert found.partner.tolist() == [1, 2, 3]
    assert found.same_hours.tolist() == [True, False, False]
    assert found.differs.tolist() == [False, True, True]
    assert found.positions == {1: 0, 2: 1, 3: 2}


def test_same_hours_with_other_clicks_differ_and_what_is_not_known_does_not() -> None:
    right = series([0, DAY, 2 * DAY, 3 * DAY], [1, 2, 3])
    answered = series([0, DAY, 2 * DAY, 3 * DAY], [1, 5, 3], [COUNTED, COUNTED, FAILED])
    found = beside(right, answered)
    assert found.differs.tolist() == [False, True, False]
    assert found.both_known.tolist() == [True, True, False]
    assert not beside(right, right).differs.any()


def test_a_bucket_without_a_partner() -> None:
    right = series([0, DAY, 2 * DAY, 3 * DAY], [1, 2, 3])
    found = beside(right, series([DAY, 2 * DAY], [2]))
    assert found.partner.tolist() == [-1, 0, -1]
    assert found.both_known.tolist() == [False, True, False]
    assert not found.differs.any()
    assert not found.same_hours[[0, 2]].any()
