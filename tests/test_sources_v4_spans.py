"""What is asked of v4 for a range of UTC buckets, and what an answer covers of it."""

from __future__ import annotations

import pytest

from bitly_data.errors import UnreadableError
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.spans import (
    FIRST_DAYS,
    Covered,
    covered_by,
    reach_of,
    span_for,
    utc_ceiling,
    utc_floor,
)

HOUR, DAY = 3600, 86_400
# A day that is twelve hours old.
TODAY = 20_000 * DAY
NOW = TODAY + 12 * HOUR


def answer(
    counts: dict[int, int | None], units: int | None = None, unit: str = "day"
) -> wire.Counts:
    return wire.Counts(counts, units, {"unit": unit} if unit else {})


def covered(
    found: wire.Counts, span: wire.Span, newest: int = TODAY, days: dict[int, int] | None = None
) -> Covered:
    return covered_by(found, span, newest, NOW, days or {}, "/v4/x", newest)


@pytest.mark.parametrize(
    ("unit", "oldest", "newest", "first_time", "expected"),
    [
        # What is over is asked for up to its last second.
        ("day", TODAY - 5 * DAY, TODAY - DAY, False, ("day", 5, TODAY - 1)),
        ("hour", TODAY, TODAY + 2 * HOUR, True, ("hour", 3, TODAY + 3 * HOUR - 1)),
        # What still fills is asked for up to now, with a bucket more: its clock may be ahead.
        ("day", TODAY - 5 * DAY, TODAY, False, ("day", 7, None)),
        ("hour", TODAY, NOW, True, ("hour", 14, None)),
        # Nobody looks at minutes before the last hour.
        ("minute", NOW - 59 * 60, NOW, True, ("minute", 60, None)),
        # A first series by day tells where the history begins.
        ("day", TODAY - 5 * DAY, TODAY, True, ("day", FIRST_DAYS, None)),
        ("day", TODAY - 1000 * DAY, TODAY, True, ("day", 1002, None)),
        ("day", TODAY - 5 * DAY, TODAY - DAY, True, ("day", 5, TODAY - 1)),
    ],
)
def test_what_is_asked_for(
    unit: str,
    oldest: int,
    newest: int,
    first_time: bool,
    expected: tuple[str, int, int | None],
) -> None:
    span = span_for(unit, oldest, newest, NOW, first_time=first_time)
    assert (span.unit, span.units, span.end) == expected


DAYS = wire.Span("day", 4)
THREE = {TODAY - 2 * DAY: 3, TODAY - DAY: 0, TODAY: 2}


@pytest.mark.parametrize(
    ("found", "reach", "cut"),
    [
        # Zeros are named, so what is not named is not there.
        (answer(THREE, 4), TODAY - 2 * DAY, True),
        (answer({TODAY - 3 * DAY: 0, **THREE}, 4), TODAY - 3 * DAY, False),
        # Zeros are not named: how many it says it answered for decides.
        (answer({TODAY: 2}, 4), TODAY - 3 * DAY, False),
        (answer({TODAY: 2}, wire.EVERYTHING), TODAY - 3 * DAY, False),
        (answer({TODAY: 2}, 2), TODAY - DAY, True),
        (answer({}, 0), TODAY + DAY, True),
        # It does not say how many: what it names is all there is.
        (answer({TODAY - DAY: 1, TODAY: 2}), TODAY - DAY, True),
        (answer({}), TODAY + DAY, True),
        # It says nothing of the unit: it may be of anything, unless it says that it was cut.
        (answer({TODAY: 2}, 4, unit=""), TODAY + DAY, True),
        (answer({TODAY: 2}, 3, unit=""), TODAY - 2 * DAY, True),
    ],
)
def test_how_far_back_an_answer_reaches(found: wire.Counts, reach: int, cut: bool) -> None:
    assert reach_of(found, DAYS, TODAY, DAY) == (reach, cut)


def test_finished_buckets_are_told_from_those_that_fill() -> None:
    found = covered(answer({TODAY - 3 * DAY: 0, **THREE}, 4), DAYS)
    assert found.finished == {TODAY - 3 * DAY: 0, TODAY - 2 * DAY: 3, TODAY - DAY: 0}
    assert found.filling == {TODAY: 2}
    assert (found.reach, found.cut) == (TODAY - 3 * DAY, False)


def test_what_a_sparse_answer_leaves_out_has_no_clicks() -> None:
    found = covered(answer({TODAY - 2 * DAY: 3}, 4), DAYS)
    assert found.finished == {TODAY - 3 * DAY: 0, TODAY - 2 * DAY: 3, TODAY - DAY: 0}
    assert found.filling == {TODAY: 0}


def test_a_hole_in_a_dense_answer_and_a_garbled_count_are_not_known() -> None:
    found = covered(answer({TODAY - 3 * DAY: 0, TODAY - 2 * DAY: None, TODAY: 2}, 4), DAYS)
    assert found.finished == {TODAY - 3 * DAY: 0}
    assert found.filling == {TODAY - 2 * DAY: None, TODAY - DAY: None, TODAY: 2}


def test_of_days_that_were_clicked_but_have_no_hours_nothing_is_covered() -> None:
    yesterday = TODAY - DAY
    span = wire.Span("hour", 36, NOW - 1)
    hours = answer({TODAY + HOUR: 5}, 36, unit="hour")
    newest = NOW - HOUR
    assert covered(hours, span, newest).reach == newest - 35 * HOUR
    emptied = covered(hours, span, newest, {yesterday: 7, TODAY - 2 * DAY: 9})
    assert (emptied.reach, emptied.cut) == (TODAY, True)
    assert min(emptied.finished) == TODAY
    # Its hours say so too, or there was nothing to say: then they are as they came.
    clicked = answer({yesterday + 15 * HOUR: 7, TODAY + HOUR: 5}, 36, unit="hour")
    assert covered(clicked, span, newest, {yesterday: 7}).reach == newest - 35 * HOUR
    assert covered(hours, span, newest, {yesterday: 0}).reach == newest - 35 * HOUR
    # A day that is not over has hours still to come.
    assert covered(answer({}, 36, unit="hour"), span, newest, {TODAY: 7}).cut is False


def test_buckets_of_another_unit_and_of_no_utc_are_refused() -> None:
    with pytest.raises(UnreadableError, match="/v4/x is not in Bitly's form"):
        covered(answer({TODAY: 2}, 4, unit="hour"), DAYS)
    with pytest.raises(UnreadableError, match="not those of UTC"):
        covered(answer({TODAY + 7 * HOUR: 2}, 4), DAYS)


def test_utc_buckets_begin_where_they_do() -> None:
    assert utc_floor(NOW, "day") == TODAY
    assert utc_ceiling(NOW, "day") == TODAY + DAY
    assert utc_floor(TODAY, "day") == utc_ceiling(TODAY, "day") == TODAY
    assert utc_floor(NOW + 1, "hour") == NOW
