"""The days that two periods are judged by, from series of days and of hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from counter import tz

from bitly_data.analysis.past import NOT_ALL_KNOWN, OTHER_HOURS, OVERLAP, Past, days_of, history_of
from bitly_data.analysis.verdict import History
from bitly_data.query import ClickQuery, edges_of
from bitly_data.series import COUNTED, FAILED, PARTIAL, ClickSeries, Provenance

NEW_YORK = "America/New_York"


def at(text: str, zone: str = NEW_YORK) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=tz(zone)).timestamp())


def series_of(
    unit: str, units: int, end: str, *, zone: str = NEW_YORK, clicks: np.ndarray | None = None
) -> ClickSeries:
    """So many buckets up to that moment: 1, 2, 3 … clicks."""
    query = ClickQuery(unit=unit, units=units, until=at(end, zone) - 1, timezone=zone)
    edges = edges_of(query, at(end, zone) - 1)
    counts = np.arange(1, len(edges)) if clicks is None else clicks
    states = np.full(len(edges) - 1, COUNTED, np.int8)
    return ClickSeries(query, "x", edges, counts, states, Provenance("v3", "test", (), 2**33, 1))


def found(past: Past) -> History:
    history, why = history_of(past)
    assert history is not None, why
    return history


def days_past(days: int, end: str, *, between: int = 0, zone: str = NEW_YORK) -> Past:
    """A period of so many days up to that moment against the ones before it."""
    history = series_of("day", 60, end, zone=zone)
    edges = history.edges.tolist()
    return Past(
        (history,),
        (edges[-1 - days], edges[-1]),
        (edges[-1 - 2 * days - between], edges[-1 - days - between]),
        "day",
    )


@pytest.mark.parametrize(
    "end", ["2024-06-20", "2024-03-20", "2024-11-10"], ids=["plain", "short day", "long day"]
)
@pytest.mark.parametrize(("days", "between"), [(1, 0), (7, 0), (20, 1)])
def test_days_stand_in_their_places_whatever_the_clocks_do(
    end: str, days: int, between: int
) -> None:
    history = found(days_past(days, end, between=between))
    assert history.clicks.tolist() == list(range(1, 61))
    assert history.known.all()
    assert history.now == (60 - days, 60)
    assert history.before == (60 - 2 * days - between, 60 - days - between)
    assert history.period == days


def test_days_of_utc_stand_for_those_of_a_zone() -> None:
    past = days_past(7, "2024-06-20")
    in_utc = series_of("day", 60, "2024-06-20", zone="UTC")
    history = found(replace(past, series=(in_utc,)))
    assert (history.now, history.before) == ((53, 60), (46, 53))


def test_the_other_period_may_lie_far_back() -> None:
    past = days_past(7, "2024-06-20")
    other = series_of("day", 7, "2023-06-20")
    edges = other.edges.tolist()
    history = found(replace(past, series=(*past.series, other), before=(edges[0], edges[-1])))
    assert history.before == (0, 7)
    assert history.clicks[:7].tolist() == list(range(1, 8))
    assert history.now.stop == len(history.clicks) == 366 + 7
    # What lies between is not known, and so counts nowhere.
    assert not history.known[7:-60].any()
    assert history.known[-60:].all()


def test_a_chosen_period_may_lie_behind() -> None:
    past = days_past(7, "2024-06-20")
    other = series_of("day", 7, "2024-07-20")
    edges = other.edges.tolist()
    history = found(replace(past, series=(*past.series, other), before=(edges[0], edges[-1])))
    assert (history.now, history.before) == ((53, 60), (83, 90))
    assert history.clicks[83:].tolist() == list(range(1, 8))


def test_periods_that_overlap_are_not_judged() -> None:
    past = days_past(7, "2024-06-20")
    begin = int(past.series[0].edges[50])
    assert history_of(replace(past, before=(begin, begin + 7 * 86_400))) == (None, OVERLAP)


def test_before_the_first_click_there_is_no_history() -> None:
    clicks = np.r_[np.zeros(20, np.int64), np.arange(1, 41)]
    past = replace(
        days_past(7, "2024-06-20"), series=(series_of("day", 60, "2024-06-20", clicks=clicks),)
    )
    history = found(past)
    assert history.known.tolist() == [False] * 20 + [True] * 40
    assert history.begun == "11 May 2024"
    assert found(days_past(7, "2024-06-20")).begun == ""


@pytest.mark.parametrize("state", [FAILED, PARTIAL])
def test_a_day_of_the_periods_that_is_not_known_by_itself_leaves_no_history(state: int) -> None:
    past = days_past(7, "2024-06-20")
    for place, is_judged in ((40, True), (50, False), (58, False)):
        states = past.series[0].states.copy()
        states[place] = state
        history, why = history_of(replace(past, series=(replace(past.series[0], states=states),)))
        assert (history is not None) == is_judged
        assert why == ("" if is_judged else NOT_ALL_KNOWN)
        if history is not None:
            assert not history.known[place]


def test_only_what_is_compared_counts() -> None:
    past = days_past(7, "2024-06-20")
    edges = past.series[0].edges.tolist()
    counted = tuple((edges[place], edges[place + 1]) for place in (46, 47, 53, 54))
    history = found(replace(past, counted=counted))
    assert np.flatnonzero(~history.known).tolist() == [48, 49, 50, 51, 52, 55, 56, 57, 58, 59]


def hours_past(hours: int, away: int, end: str = "2024-06-20T14:00") -> Past:
    """So many hours up to that moment, against as many so many hours before."""
    history = series_of("hour", 60 * 24, end)
    last = int(history.edges[-1])
    now = (last - hours * 3600, last)
    before = (now[0] - away * 3600, now[1] - away * 3600)
    return Past((history,), now, before, "hour")


def test_hours_are_added_up_to_days_that_end_with_the_period() -> None:
    history = found(hours_past(72, 72))
    assert (len(history.clicks), history.now, history.before) == (60, (57, 60), (54, 57))
    assert history.clicks[0] == sum(range(1, 25))
    assert int(history.clicks.sum()) == sum(range(1, 60 * 24 + 1))


@pytest.mark.parametrize(
    ("hours", "away"), [(23, 24), (6, 24), (6, 168), (1, 24), (23, 23), (24, 25)]
)
def test_hours_of_a_day_meet_the_same_hours_of_others(hours: int, away: int) -> None:
    """An hour's difference is that of a clock that was changed between the two."""
    history = found(hours_past(hours, away))
    day = np.arange(1, 60 * 24 + 1).reshape(60, 24)
    assert history.clicks.tolist() == day[:, 24 - hours :].sum(1).tolist()
    assert history.now == (59, 60)
    assert history.before.stop == 60 - round(away / 24)


def test_an_hour_that_is_not_over_is_left_out_of_every_day() -> None:
    history = found(hours_past(71, 72))
    assert history.clicks[-1] == sum(range(60 * 24 - 22, 60 * 24 + 1))
    assert (history.now, history.before) == ((57, 60), (54, 57))


@pytest.mark.parametrize(("hours", "away"), [(6, 6), (30, 30), (30, 48), (24, 36), (5, 29)])
def test_hours_of_unlike_parts_of_the_day_are_not_judged(hours: int, away: int) -> None:
    assert history_of(hours_past(hours, away)) == (None, OTHER_HOURS)


def test_a_day_of_hours_needs_all_of_them() -> None:
    past = hours_past(24, 24)
    states = past.series[0].states.copy()
    states[30] = FAILED
    history = found(replace(past, series=(replace(past.series[0], states=states),)))
    assert np.flatnonzero(~history.known).tolist() == [1]


def test_days_have_names() -> None:
    assert found(days_past(7, "2024-06-20")).day(59) == "19 Jun 2024"
    assert found(days_past(7, "2024-06-20")).day(0) == "21 Apr 2024"
    assert found(hours_past(72, 72)).day(59) == "the 24 hours up to 20 Jun 2024 13:59"
    assert found(hours_past(72, 72)).day(58) == "the 24 hours up to 19 Jun 2024 13:59"


@pytest.mark.parametrize(
    ("grain", "each"),
    [
        ("day", {24: 1, 25: 1, 23: 1, 719: 30}),
        ("hour", {24: 1, 23: 1, 25: 2, 71: 3, 1: 1}),
    ],
)
def test_a_day_with_a_change_of_clocks_is_a_day(grain: str, each: dict[int, int]) -> None:
    assert {hours: days_of((0, hours * 3600), grain) for hours in each} == each
