"""A chart's numbers as a table: newest first, a row a bucket and series."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from apptest import written
from support import epoch
from view_cases import NOW, YESTERDAY, answer

from bitly_data import buckets
from bitly_data.locales import locale_of
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries, Coverage
from bitly_data.states import CAPPED, COUNTED, PARTIAL, REBUILT
from bitly_data.views.rows import rows_table
from bitly_data.views.values import COUNT, TEXT, TIME, Table

QUERY = ClickQuery(units=3, until=NOW)


def cells(table: Table) -> dict[str, list[object]]:
    return {column.name: list(column.values) for column in table.columns}


def test_a_row_a_bucket_newest_first() -> None:
    table = rows_table([answer(QUERY, [5, 0, 7])])
    assert cells(table) == {
        "Day": ["Tue 10 Nov 2026", "Mon 9 Nov 2026", "Sun 8 Nov 2026"],
        "Series": ["organization"] * 3,
        "Clicks": [7, 0, 5],
        "State": ["partial", "counted", "counted"],
    }
    assert [column.kind for column in table.columns] == [TIME, TEXT, COUNT, TEXT]


def test_what_is_not_known_is_no_number() -> None:
    table = rows_table([answer(QUERY, [99, 2, 3], [CAPPED, REBUILT, PARTIAL])])
    assert cells(table)["Clicks"] == [3, 2, None]
    assert cells(table)["State"] == ["partial", "rebuilt", "capped"]


def test_a_lower_bound_has_a_column_of_its_own() -> None:
    one = answer(QUERY, [0, 2, 3], [CAPPED, REBUILT, PARTIAL], at_least=[33_405, -1, -1])
    table = rows_table([one])
    assert cells(table)["Clicks"] == [3, 2, None]
    assert cells(table)["At least"] == [None, None, 33_405]
    assert [column.name for column in table.columns] == [
        "Day",
        "Series",
        "Clicks",
        "At least",
        "State",
    ]
    assert [
        (column.kind, column.title) for column in table.columns if column.name == "At least"
    ] == [(COUNT, "At least (≥)")]
    # Of two series one has none, and a bound of 0 is one.
    many = [one, answer(QUERY, [0, 2, 3], [CAPPED, CAPPED, PARTIAL], at_least=[-1, 0, -1])]
    assert cells(rows_table(many))["At least"] == [None, None, None, 0, 33_405, None]


def test_several_series_share_a_bucket_s_rows_in_their_order() -> None:
    many = [answer(QUERY, [index, 10 + index, 20 + index], name=f"d{index}") for index in range(3)]
    table = cells(rows_table(many))
    assert table["Series"] == ["d0", "d1", "d2"] * 3
    assert table["Clicks"] == [20, 21, 22, 10, 11, 12, 0, 1, 2]
    assert table["Day"][:3] == ["Tue 10 Nov 2026"] * 3


def test_another_period_s_rows_come_by_their_own_time() -> None:
    other = answer(QUERY.replace(until=epoch("2026-11-07T12:00:00")), [1, 2, 3], name="before")
    table = cells(rows_table([answer(QUERY, [5, 0, 7]), other]))
    assert table["Series"] == ["organization"] * 3 + ["before"] * 3
    assert table["Clicks"] == [7, 0, 5, 3, 2, 1]


def test_the_first_column_is_named_after_the_unit() -> None:
    for unit, label in (
        ("week", "week of 9 Nov 2026"),
        ("month", "Nov 2026"),
        ("hour", "Tue 10 Nov 2026 15:00 +00:00"),
    ):
        table = cells(rows_table([answer(QUERY.replace(unit=unit), [1, 2, 3])]))
        assert table[unit.capitalize()][0] == label


def test_lengths_stand_in_a_column_only_where_one_is_uneven() -> None:
    query = ClickQuery(units=10, timezone="America/New_York", until=NOW)
    table = cells(rows_table([answer(query, [1] * 10)]))
    assert table["Length"] == [""] * 9 + ["25 h"]
    assert "Length" not in cells(rows_table([answer(query.replace(units=5), [1] * 5)]))
    total = answer(query.replace(rollup=True), [10], [COUNTED])
    assert "Length" not in cells(rows_table([total]))


def test_what_a_log_covers_stands_in_a_column_only_where_it_is_not_all() -> None:
    finished = ClickQuery(unit="hour", units=3, until=YESTERDAY)
    hours = np.array([YESTERDAY // 3600 - 2, YESTERDAY // 3600])
    series = answer(finished, [1, 0, 2], coverage=Coverage(hours, NOW))
    assert cells(rows_table([series]))["Click log"] == ["", "not in the log", ""]
    day = finished.replace(unit="day", units=2)
    series = answer(day, [0, 3], coverage=Coverage(hours, NOW))
    assert cells(rows_table([series]))["Click log"] == [
        "2 of 24 hours in the log",
        "not in the log",
    ]
    whole = np.arange(YESTERDAY // 3600 - 2, YESTERDAY // 3600 + 1)
    series = answer(finished, [1, 0, 2], coverage=Coverage(whole, NOW))
    assert "Click log" not in cells(rows_table([series]))


def new_york(unit: str, end: str, count: int) -> ClickSeries:
    query = ClickQuery("link", "bit.ly/a", unit=unit, units=count, timezone="America/New_York")
    edges = buckets.last(count, epoch(end), unit, query.zone)
    return replace(answer(QUERY, [0, 0, 0]), query=query, edges=edges, **zeros(count))


def zeros(count: int) -> dict[str, np.ndarray]:
    return {
        "clicks": np.zeros(count, dtype=np.int64),
        "states": np.zeros(count, dtype=np.int8),
        "at_least": np.full(count, -1, dtype=np.int64),
        "at_most": np.full(count, -1, dtype=np.int64),
    }


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("tag", ["en", "de-DE"])
def test_a_table_sorts_by_time(unit: str, tag: str) -> None:
    """Also where an hour comes twice: its second one is a thousandth of a second later."""
    for end in ("2026-11-01T12:00:00", "2026-03-08T12:00:00", "2026-07-01T12:00:00"):
        table = rows_table([new_york(unit, end, 30)], locale_of(tag))
        first = table.columns[0]
        assert (first.name, first.kind) == (unit.capitalize(), TIME)
        assert list(first.clock) == sorted(set(first.clock), reverse=True)
        wall = [datetime.fromtimestamp(one // 1000, UTC) for one in first.clock]
        offsets = next((one.values for one in table.columns if one.name == "Offset"), [""] * 30)
        texts = [written(moment, first.pattern) for moment in wall]
        if tag == "en":  # as it was before the browser wrote it
            behind = [f" {str(one).removeprefix('UTC')}" if one else "" for one in offsets]
            assert [a + b for a, b in zip(texts, behind, strict=True)] == list(first.values)
        else:
            assert all(str(moment.year) in text for moment, text in zip(wall, texts, strict=True))


def test_minutes_of_a_repeated_hour_have_utc_beside_them() -> None:
    """The wall clock goes back in the middle of them, so that nothing on it sorts by time."""
    table = rows_table([new_york("minute", "2026-11-01T06:10:00", 40)])
    text, utc = table.columns[:2]
    assert (text.name, text.kind, utc.name, utc.kind) == ("Minute", TEXT, "UTC", TIME)
    assert text.values[0] == "Sun 1 Nov 2026 01:10 -05:00"
    assert text.values[-1] == "Sun 1 Nov 2026 01:31 -04:00"
    assert list(utc.clock) == sorted(set(utc.clock), reverse=True)
    assert utc.clock[0] == epoch("2026-11-01T06:10:00") * 1000


def test_cells_that_are_words_follow_the_locale() -> None:
    table = cells(rows_table([new_york("day", "2026-11-02T12:00:00", 3)], locale_of("de-DE")))
    assert table["Day"] == ["Mo., 2. Nov. 2026", "So., 1. Nov. 2026", "Sa., 31. Okt. 2026"]
    assert table["Length"] == ["", "25 h", ""]
