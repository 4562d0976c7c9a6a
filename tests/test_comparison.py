"""Which period another one is set against, and what of the two is counted."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bitly_data.analysis.comparison import (
    BEFORE,
    CHOSEN,
    YEAR,
    Against,
    NotComparableError,
    change,
    pair,
)
from bitly_data.query import ALL_TIME, LINK, ClickQuery, edges_of
from bitly_data.series import COUNTED, FAILED, PARTIAL, ClickSeries, Provenance

NEW_YORK = "America/New_York"


def at(text: str, zone: str = NEW_YORK) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def series_of(unit: str, units: int, end: str, now: str = "2030-01-01T00:00", *,
              zone: str = NEW_YORK, **more: object) -> ClickSeries:
    query = ClickQuery(unit=unit, units=units, end=at(end, zone), timezone=zone, **more)
    edges = edges_of(query, at(end, zone))
    states = np.where(edges[1:] > at(now, zone), PARTIAL, COUNTED).astype(np.int8)
    return ClickSeries(query, "x", edges, np.arange(1, len(edges)), states,
                       Provenance("v3", "test", (), at(now, zone), 1))


def local(epoch: int, zone: str = NEW_YORK) -> str:
    return datetime.fromtimestamp(int(epoch), UTC).astimezone(ZoneInfo(zone)).isoformat()[:16]


def period(query: ClickQuery) -> tuple[str, str]:
    edges = edges_of(query, int(query.end or 0))
    return local(edges[0], query.timezone), local(edges[-1], query.timezone)


@pytest.mark.parametrize(("unit", "units", "end", "against", "first", "last"), [
    # the period before, over a clock change: days and hours of the wall clock
    ("day", 30, "2024-11-10", Against(), "2024-09-12T00:00", "2024-10-12T00:00"),
    ("day", 30, "2024-11-10", Against(weekdays=True), "2024-09-07T00:00", "2024-10-07T00:00"),
    ("day", 7, "2024-11-10", Against(weekdays=True), "2024-10-28T00:00", "2024-11-04T00:00"),
    ("week", 4, "2024-11-10", Against(), "2024-09-16T00:00", "2024-10-14T00:00"),
    ("month", 2, "2024-03-31", Against(), "2023-12-01T00:00", "2024-02-01T00:00"),
    ("hour", 24, "2024-11-03T23:30", Against(), "2024-11-02T01:00", "2024-11-03T01:00"),
    ("hour", 25, "2024-11-03T23:30", Against(weekdays=True), "2024-10-27T00:00",
     "2024-10-28T00:00"),
    ("hour", 24, "2024-11-20T12:30", Against(weekdays=True), "2024-11-12T13:00",
     "2024-11-13T13:00"),
    # a year before
    ("day", 30, "2024-11-10", Against(YEAR), "2023-10-12T00:00", "2023-11-11T00:00"),
    ("day", 30, "2024-11-10", Against(YEAR, weekdays=True), "2023-10-14T00:00",
     "2023-11-13T00:00"),
    ("day", 30, "2024-03-10", Against(YEAR), "2023-02-10T00:00", "2023-03-11T00:00"),
    ("day", 1, "2024-02-29", Against(YEAR), "2023-02-28T00:00", "2023-03-01T00:00"),
    ("day", 30, "2025-03-10", Against(YEAR), "2024-02-09T00:00", "2024-03-11T00:00"),
    ("week", 4, "2024-11-10", Against(YEAR), "2023-10-16T00:00", "2023-11-13T00:00"),
    ("month", 12, "2024-12-31", Against(YEAR), "2023-01-01T00:00", "2024-01-01T00:00"),
    ("hour", 24, "2024-11-20T23:30", Against(YEAR), "2023-11-20T00:00", "2023-11-21T00:00"),
    # one that was chosen
    ("day", 30, "2024-11-10", Against(CHOSEN, at("2022-05-04T13:00")), "2022-04-05T00:00",
     "2022-05-05T00:00"),
    ("day", 7, "2024-11-10", Against(CHOSEN, at("2022-05-04T13:00"), weekdays=True),
     "2022-04-25T00:00", "2022-05-02T00:00"),
    ("month", 3, "2024-11-10", Against(CHOSEN, at("2022-05-31T13:00")), "2022-03-01T00:00",
     "2022-06-01T00:00"),
    ("hour", 5, "2024-11-10T03:30", Against(CHOSEN, at("2022-05-04T13:10")), "2022-05-04T09:00",
     "2022-05-04T14:00"),
])
def test_the_other_period_is_found_on_the_calendar(
        unit: str, units: int, end: str, against: Against, first: str, last: str) -> None:
    found = pair(series_of(unit, units, end), against)
    assert period(found.other) == (first, last)
    assert found.part is found.other_part is None


def test_a_running_period_is_set_against_the_same_elapsed_part() -> None:
    found = pair(series_of("day", 3, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert (local(found.cut), local(found.other_cut)) == ("2024-11-20T14:00", "2024-11-17T14:00")
    for part, day in ((found.part, "20"), (found.other_part, "17")):
        assert part is not None
        assert part.rollup
        assert period(part) == (f"2024-11-{day}T00:00", f"2024-11-{day}T14:00")
    assert "same part" in " ".join(found.notes)


def test_the_elapsed_part_goes_by_the_wall_clock_over_a_clock_change() -> None:
    """On 3 November New York has 01:00 twice; noon there is set against noon."""
    found = pair(series_of("day", 1, "2024-11-03T12:10", "2024-11-03T12:10"), Against())
    assert found.part is not None
    assert found.other_part is not None
    assert (found.part.units, found.other_part.units) == (13, 12)
    assert local(found.other_cut) == "2024-11-02T12:00"


def test_the_running_hour_is_left_out_on_both_sides() -> None:
    found = pair(series_of("hour", 5, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert (local(found.cut), local(found.other_cut)) == ("2024-11-20T14:00", "2024-11-20T09:00")
    assert found.part is found.other_part is None


@pytest.mark.parametrize(("now", "cut", "note"), [
    ("2025-03-31T10:20", "2025-03-01T00:00", "31 March 2025"),
    ("2025-03-28T10:20", "2025-02-28T10:00", ""), ("2025-03-30T10:20", "2025-03-01T00:00", "30 ")])
def test_day_31_is_set_against_all_of_a_shorter_month(now: str, cut: str, note: str) -> None:
    found = pair(series_of("month", 1, now, now), Against())
    assert local(found.other_cut) == cut
    assert note in " ".join(found.notes)
    assert (found.exposure == 1) == (note == "")


def test_29_february_is_said() -> None:
    found = pair(series_of("day", 30, "2024-03-10"), Against(YEAR))
    assert "29 February 2024 has no such day" in " ".join(found.notes)
    assert "30 days against 29" in " ".join(found.notes)
    assert found.exposure == pytest.approx(30 / 29, rel=0.01)
    found = pair(series_of("day", 30, "2025-03-10"), Against(YEAR))
    assert "30 days against 31" in " ".join(found.notes)
    assert pair(series_of("day", 30, "2025-06-10"), Against(YEAR)).notes == ()


@pytest.mark.parametrize(("series", "against", "why"), [
    (series_of("day", 3, "2024-11-20T14:37").query.with_(units=ALL_TIME), Against(), "all time"),
    (ClickQuery(target=LINK, link="a.b/c", unit="minute"), Against(), "minutes"),
    (None, Against(CHOSEN), "chosen"),
    (None, Against(CHOSEN, at("2029-12-31")), "not over"),
])
def test_what_has_no_other_period(series: ClickQuery | None, against: Against, why: str) -> None:
    known = series_of("day", 3, "2024-11-20", "2029-12-31T12:00")
    if series is not None:
        known = ClickSeries(series, "x", known.edges, known.clicks, known.states, known.provenance)
    with pytest.raises(NotComparableError, match=why):
        pair(known, against)


def test_a_period_that_has_only_begun() -> None:
    with pytest.raises(NotComparableError, match="begun"):
        pair(series_of("day", 1, "2024-11-20T00:20", "2024-11-20T00:20"), Against())


def test_sums_hold_whole_buckets_and_the_parts() -> None:
    series = series_of("day", 28, "2024-11-20T14:37", "2024-11-20T14:37")
    found = pair(series, Against(BEFORE))
    other = series_of("day", 28, "2024-10-23")
    assert found.history is None  # two neighbouring periods of four weeks are enough
    told = change(series, other, (5, 7), None, found)
    assert (told.now, told.before) == (sum(range(1, 28)) + 5, sum(range(1, 28)) + 7)
    assert told.verdict is not None
    assert told.verdict.ratio == pytest.approx(383 / 385 - 1)


def test_a_part_that_is_not_known_makes_the_change_unknown() -> None:
    series = series_of("day", 28, "2024-11-20")
    found = pair(series, Against(BEFORE))
    other = series_of("day", 28, "2024-10-23")
    assert change(series, other, (None, 0), None, found).why
    states = other.states.copy()
    states[3] = FAILED
    failed = ClickSeries(other.query, "x", other.edges, other.clicks, states, other.provenance)
    assert change(series, failed, (0, 0), None, found).why == "some buckets are not known"


def test_short_periods_bring_their_history() -> None:
    found = pair(series_of("day", 1, "2024-11-20T14:37", "2024-11-20T14:37"), Against())
    assert found.history is not None
    assert found.history.units == 91
    assert period(found.history)[1] == "2024-11-20T00:00"
