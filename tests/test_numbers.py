"""Frames, totals, change and coverage on series made by hand."""

import csv
import io
import json

import numpy as np
import pytest

from bitly_data.coverage import covered_hours, hour_spans
from bitly_data.frames import ROW_COLUMNS, SCHEMA, to_frame, to_rows, total
from bitly_data.query import ClickQuery, edges_of
from bitly_data.report.tables import never_formula, to_csv, to_json
from bitly_data.series import (
    CAPPED,
    COUNTED,
    FAILED,
    OUTSIDE_WINDOW,
    REBUILT,
    STATES,
    ClickSeries,
    Provenance,
    failed,
    rolled_up,
    side_by_side,
)

# 3 November 2024, 12:00 UTC: the day on which New York sets its clocks back.
NOON = 1_730_635_200


def series(clicks, states=None, name="organization", **changes):
    query = ClickQuery(units=len(clicks), timezone="America/New_York", until=NOON, **changes)
    return ClickSeries(
        query,
        name,
        edges_of(query, NOON),
        np.array(clicks, dtype=np.int64),
        np.array(states or [COUNTED] * len(clicks), dtype=np.int8),
        Provenance("v3", "test", ("/v3/organization/clicks",), NOON, 1),
    )


def frame_of(name):
    return to_frame(series([1], name=name))


@pytest.mark.parametrize("many", [[], [series([1, 2])], [series([1]), series([2], name="x")]])
def test_every_frame_has_the_schema_the_empty_one_too(many):
    frame = to_frame(many)

    assert list(frame.columns) == list(SCHEMA)
    assert str(frame["bucket"].dtype).startswith("datetime64[us, ")
    assert str(frame["clicks"].dtype) == "Int64"
    assert str(frame["state"].dtype) == "category"
    assert str(frame["series"].dtype) == "str"


def test_series_of_different_zones_do_not_share_a_frame():
    other = series([1])
    other = ClickSeries(
        other.query.replace(timezone="UTC"),
        "x",
        other.edges,
        other.clicks,
        other.states,
        other.provenance,
    )
    with pytest.raises(ValueError, match="zones"):
        to_frame([series([1]), other])


def test_a_total_says_how_many_buckets_it_does_not_know():
    known = total(to_frame(series([5, 7, 9], [CAPPED, COUNTED, FAILED])))

    assert (known.clicks, known.known, known.unknown) == (7, 1, 2)


def test_rows_carry_the_offset_that_holds_and_the_same_instant_in_utc():
    rows = to_rows(to_frame(series([1] * 8, unit="hour")))

    assert tuple(rows.columns) == ROW_COLUMNS
    assert rows["bucket"][:2].tolist() == ["2024-11-03T01:00:00-04:00", "2024-11-03T01:00:00-05:00"]
    assert rows["bucket_utc"][:2].tolist() == ["2024-11-03T05:00:00Z", "2024-11-03T06:00:00Z"]


def test_an_unknown_number_is_empty_in_csv_and_null_in_json():
    frame = to_frame(series([5, 7], [CAPPED, REBUILT]))

    assert to_csv(frame).splitlines()[1].endswith(",organization,,capped")
    assert [row["clicks"] for row in json.loads(to_json(frame))] == [None, 7]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        (" =1", "' =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ('"=1+1', "'\"=1+1"),
        # a cell of its own where semicolons part the columns
        ("a;=1+1", "a;'=1+1"),
        ("a; @x;b", "a;' @x;b"),
        ('a;"=1+1;', "a;'\"=1+1;"),
        ("=1;-2", "'=1;'-2"),
        # what a Japanese spreadsheet reads as the signs above
        ("＝1+1", "'＝1+1"),
        ("a;＋1", "a;'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("go.ex.com", "go.ex.com"),
        ("a;b", "a;b"),
        ("x=1", "x=1"),
        ("bit.ly/a-b", "bit.ly/a-b"),
        ("'=1", "'=1"),
        ("", ""),
    ],
)
def test_a_name_is_never_a_formula_in_a_spreadsheet(name, cell):
    assert never_formula(name) == cell
    assert never_formula("\rx") == "'\rx"
    (_, row) = csv.reader(io.StringIO(to_csv(frame_of(name)), newline=""))
    assert row[3] == cell


@pytest.mark.parametrize("name", ["a;=1+1", "a;=1+1;", 'a";=1+1;', 'a;"=1+1;', "a,;=1+1;"])
def test_nor_where_semicolons_part_the_columns(name):
    line = to_csv(frame_of(name)).splitlines()[1]
    for row in (next(csv.reader([line], delimiter=";")), line.split(";")):
        assert not [cell for cell in row if cell.strip(' "').startswith("=")]


def test_rolling_up_an_unknown_bucket_is_unknown():
    assert rolled_up(series([1, 2])).clicks.tolist() == [3]
    assert not rolled_up(series([1, 2], [COUNTED, FAILED])).known.any()


@pytest.mark.parametrize("first", [COUNTED, CAPPED, OUTSIDE_WINDOW, FAILED])
def test_beside_a_longer_series_of_all_time_the_unknown_stays_unknown(first):
    long, short = side_by_side([series([1, 2, 3, 4]), series([5, 7], [first, COUNTED])], ["a", "b"])

    assert short.edges.tolist() == long.edges.tolist()
    assert short.states.tolist() == [first, first, first, COUNTED]
    assert total(to_frame(short)).unknown == (0 if first == COUNTED else 3)


@pytest.mark.parametrize("unit", ["day", "month"])
@pytest.mark.parametrize("upstream_buckets", [False, True])
def test_beside_others_a_series_without_an_answer_is_failed_all_along(unit, upstream_buckets):
    query = ClickQuery(unit=unit, units=-1, until=NOON, timezone="America/New_York")
    provenance = Provenance(
        "v3", "x", ("/x",), NOON, 1, offset=-18_000 if upstream_buckets else None
    )
    there = ClickSeries(
        query,
        "a",
        edges_of(query.replace(units=3), NOON),
        np.array([1, 2, 3]),
        np.zeros(3, dtype=np.int8),
        provenance,
    )
    both = to_frame(side_by_side([failed(query, "No.", NOON), there], ["b", "a"]))

    rows = both[both["series"] == "b"]
    assert rows["state"].tolist() == [STATES[FAILED]] * 3
    assert rows["clicks"].isna().all()
    assert rows["bucket"].tolist() == both[both["series"] == "a"]["bucket"].tolist()
    assert both.attrs["offset"] == provenance.offset


def test_coverage_tells_whole_part_and_none_and_not_the_future():
    hours = np.array([10, 11, 14])
    first = np.array([10, 12, 11, 20]) * 3600
    end = np.array([12, 13, 13, 22]) * 3600

    assert covered_hours(first, end, hours, now=30 * 3600).tolist() == ["", "not", "partly", "not"]
    assert covered_hours(first, end, hours, now=19 * 3600).tolist()[-1] == ""
    assert hour_spans(hours) == [(36_000, 43_200), (50_400, 54_000)]
    assert hour_spans(np.array([], dtype=np.int64)) == []
