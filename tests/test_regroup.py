"""Hours to days for a chart: no click is lost, and nothing unknown becomes a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from samples import series

from bitly_data import buckets
from bitly_data.analysis.regroup import MOST_HOURS, by_day, day_places, first_hours, for_drawing
from bitly_data.series import ClickSeries
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    NOT_BEGUN,
    NOT_IN_LOG,
    NOTHING_THERE,
    PARTIAL,
    STATES,
    UNKNOWN,
)


def hours(
    clicks: list[int],
    states: list[int] | None = None,
    *,
    end: str,
    zone: str = "UTC",
    **more: object,
) -> ClickSeries:
    moment = int(datetime.fromisoformat(end).timestamp())
    return series(clicks, states, unit="hour", timezone=zone, end=moment, **more)  # type: ignore[arg-type]


def test_whole_days_of_hours_are_days() -> None:
    one = by_day(hours([1] * 24 + [2] * 24, end="2026-11-26T23:30:00Z"))
    assert (one.clicks.tolist(), one.states.tolist()) == ([24, 48], [COUNTED, COUNTED])
    assert (one.query.unit, one.query.units) == ("day", 2)
    assert one.total.unknown == 0


def test_a_day_that_the_range_cuts_is_partial() -> None:
    one = by_day(hours([1] * 30, end="2026-11-26T11:30:00Z"))
    assert one.clicks.tolist() == [18, 12]
    assert one.states.tolist() == [PARTIAL, PARTIAL]


def test_an_hour_that_is_not_known_makes_its_day_a_lower_bound() -> None:
    states = [COUNTED] * 48
    states[3], states[30] = FAILED, CAPPED
    bounds, most = [-1] * 48, [-1] * 48
    bounds[30], most[30] = 5, 9
    one = by_day(hours([1] * 48, states, end="2026-11-26T23:30:00Z", at_least=bounds, at_most=most))
    assert one.states.tolist() == [FAILED, CAPPED]
    assert (one.at_least.tolist(), one.at_most.tolist()) == ([23, 28], [-1, 32])
    nothing = by_day(hours([0] * 24, [FAILED] * 24, end="2026-11-26T23:30:00Z"))
    assert nothing.at_least.tolist() == [-1]


def test_hours_of_which_there_is_nothing_to_know_make_a_day_partial() -> None:
    states = [COUNTED] * 12 + [NOT_BEGUN] * 12 + [NOT_BEGUN] * 24
    one = by_day(hours([1] * 48, states, end="2026-11-26T23:30:00Z"))
    assert one.states.tolist() == [PARTIAL, NOT_BEGUN]
    assert one.clicks[0] == 12
    log = by_day(hours([1] * 24, [NOT_IN_LOG] * 23 + [COUNTED], end="2026-11-26T23:30:00Z"))
    assert (log.states.tolist(), log.clicks.tolist()) == ([PARTIAL], [1])


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
@pytest.mark.parametrize("seed", range(8))
def test_days_are_those_of_the_zone_and_no_click_is_lost(zone: str, seed: int) -> None:
    draw = np.random.default_rng(seed)
    count = int(draw.integers(1, 900))
    states = (draw.integers(0, len(STATES), count) * (draw.random(count) < 0.05)).tolist()
    one = hours(draw.integers(0, 99, count).tolist(), states, end="2026-11-20T12:30:00Z", zone=zone)
    days = by_day(one)
    assert (days.edges[0], days.edges[-1]) == (one.edges[0], one.edges[-1])
    for at, start in enumerate(days.edges[:-1].tolist()):
        inside = slice(*np.searchsorted(one.edges, days.edges[at : at + 2]).tolist())
        assert not at or buckets.floor(start, "day", one.zone) == start
        assert len({buckets.day_of(x, one.zone) for x in one.edges[:-1][inside].tolist()}) == 1
        hours_of, clicks = set(one.states[inside].tolist()), one.clicks[inside][one.known[inside]]
        if days.states[at] not in UNKNOWN:
            assert not hours_of & ({*UNKNOWN} - {*NOTHING_THERE})
            assert days.clicks[at] == clicks.sum()
        elif hours_of - {*UNKNOWN}:
            assert days.at_least[at] == clicks.sum()
    assert days.total.at_least == one.total.at_least


def test_only_what_is_too_long_is_drawn_by_day() -> None:
    short = hours([1] * MOST_HOURS, end="2026-11-26T23:30:00Z")
    long = hours([1] * (MOST_HOURS + 1), end="2026-11-26T23:30:00Z")
    assert for_drawing([short]) == ([short], False)
    drawn, is_by_day = for_drawing([long, long])
    assert is_by_day and [len(one.clicks) for one in drawn] == [32, 32]
    days = series([1] * 2000)
    assert for_drawing([days]) == ([days], False)
    assert for_drawing([]) == ([], False)


def test_days_of_the_other_period_stay_beside_their_days() -> None:
    main = hours([1] * 48, end="2026-11-26T23:30:00Z")
    other = hours([1] * 48, end="2026-11-19T23:30:00Z")
    assert day_places(main, other, np.arange(48)).tolist() == [0, 1]
    shifted = np.concatenate([np.full(24, -1), np.arange(24)])
    assert day_places(main, other, shifted).tolist() == [-1, 0]
    assert first_hours(replace(main)).tolist() == [0, 24]
