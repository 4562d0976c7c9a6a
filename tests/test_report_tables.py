"""Series as CSV and JSON: rows, formulas, and the same bytes as a frame would give."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from counter import database
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import at_noon as series

from bitly_data import buckets
from bitly_data.query import ClickQuery
from bitly_data.report.tables import ROW_COLUMNS, Row, never_formula, rows, to_csv, to_json
from bitly_data.series import ClickSeries, Provenance
from bitly_data.states import CAPPED, REBUILT, STATES, UNKNOWN


def test_rows_carry_the_offset_that_holds_and_the_same_instant_in_utc() -> None:
    found = list(rows([series([1] * 8, unit="hour")]))

    assert {tuple(row) for row in found} == {ROW_COLUMNS}
    assert tuple(Row.__annotations__) == (*ROW_COLUMNS, "groups")
    assert [row["date"] for row in found[:2]] == ["2024-11-03 01:00:00"] * 2
    assert [row["bucket"] for row in found[:2]] == [
        "2024-11-03T01:00:00-04:00",
        "2024-11-03T01:00:00-05:00",
    ]
    assert [row["bucket_utc"] for row in found[:2]] == [
        "2024-11-03T05:00:00Z",
        "2024-11-03T06:00:00Z",
    ]


def test_an_unknown_number_is_empty_in_csv_and_null_in_json() -> None:
    many = [series([5, 7], [CAPPED, REBUILT])]

    assert to_csv(many).splitlines()[1].endswith(",organization,,capped,")
    assert [row["clicks"] for row in json.loads(to_json(many))] == [None, 7]
    assert [row["at_least"] for row in json.loads(to_json(many))] == [None, None]


def test_a_lower_bound_stands_in_a_column_of_its_own() -> None:
    many = [series([5, 7, 9], [CAPPED, CAPPED, REBUILT], at_least=[4, 0, 3])]

    assert [line.rsplit(",", 3)[1:] for line in to_csv(many).splitlines()[1:]] == [
        ["", "capped", "4"],
        ["", "capped", "0"],
        ["9", "rebuilt", ""],
    ]
    assert [row["at_least"] for row in json.loads(to_json(many))] == [4, 0, None]


def test_series_of_one_name_have_their_own_groups() -> None:
    """As two accounts may have a link by one title."""
    one, other = (
        replace(item, provenance=replace(item.provenance, groups=groups))
        for item, groups in ((series([1]), ("Ann",)), (series([2]), ("Bob", "=Cy")))
    )
    found = list(csv.DictReader(io.StringIO(to_csv([one, other]))))
    assert [row["groups"] for row in found] == ["group Ann", "2 groups together"]
    assert [row["groups"] for row in rows([one, other])] == ["group Ann", "2 groups together"]


def test_no_series_is_a_header_and_an_empty_list() -> None:
    assert to_csv([]) == ",".join(ROW_COLUMNS) + "\n"
    assert to_json([]) == "[]\n"


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
def test_a_name_is_never_a_formula_in_a_spreadsheet(name: str, cell: str) -> None:
    assert never_formula(name) == cell
    assert never_formula("\rx") == "'\rx"
    (_, row) = csv.reader(io.StringIO(to_csv([series([1], name=name)]), newline=""))
    assert row[5] == cell


@pytest.mark.parametrize("name", ["a;=1+1", "a;=1+1;", 'a";=1+1;', 'a;"=1+1;', "a,;=1+1;"])
def test_nor_where_semicolons_part_the_columns(name: str) -> None:
    line = to_csv([series([1], name=name)]).splitlines()[1]
    for row in (next(csv.reader([line], delimiter=";")), line.split(";")):
        assert not [cell for cell in row if cell.strip(' "').startswith("=")]


def test_further_columns_have_one_number_a_row() -> None:
    many = [series([1, 2]), series([3, 4], name="x")]
    lines = to_csv(many, {"share": [0.1234567, None, 100.0, -0.0000001]}).splitlines()

    assert lines[0].endswith("state,at_least,share")
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == ["0.123457", "", "100.0", "-0.0"]
    with pytest.raises(ValueError, match="shorter"):
        to_csv(many, {"share": [1.0]})


def test_series_of_different_zones_share_no_file() -> None:
    other = replace(series([1]), query=series([1]).query.replace(timezone="UTC"))
    with pytest.raises(ValueError, match="zones"):
        to_csv([series([1]), other])


# -- the same bytes as by way of a frame ----------------------------------------------------------

# Zones by the hour, half hour and quarter, with changes of a whole hour, of half an hour and of
# two hours, a skipped day, and an offset with seconds (Liberia until 1972).
ZONES = [
    "UTC",
    "-5",
    "14",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Africa/Monrovia",
]
NAMES = (
    "a.example",
    'b "q", x',
    "=1+1",
    "a;=1",
    "two\nlines",
    "ü＝",
    "\rx",
    "",
    "\U0001f517\u2028",
)


@st.composite
def many_series(draw: st.DrawFn) -> list[ClickSeries]:
    """One to three series of the same buckets."""
    unit = draw(st.sampled_from(("hour", "day", "week", "month")))
    zone = draw(st.sampled_from(ZONES))
    until = draw(st.integers(60_000_000, 4_000_000_000))
    units = draw(st.integers(1, 20))
    query = ClickQuery(unit=unit, units=units, timezone=zone, until=until)
    edges = buckets.last(units, until, unit, query.zone)
    offsets = draw(st.sampled_from(((None,), (-18_000,), (None, 20_700))))
    count = len(edges) - 1
    return [
        ClickSeries(
            query,
            draw(st.sampled_from(NAMES) | st.text(st.characters(codec="utf-8"), max_size=6)),
            edges,
            np.array(draw(st.lists(st.integers(0, 10**12), min_size=count, max_size=count))),
            np.array(
                draw(st.lists(st.integers(0, 5), min_size=count, max_size=count)), dtype=np.int8
            ),
            Provenance("v3", "x", (), until, 1, offset=draw(st.sampled_from(offsets))),
            at_least=np.array(draw(st.lists(st.integers(-1, 99), min_size=count, max_size=count))),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]


def reference_rows(many: Sequence[ClickSeries]) -> pd.DataFrame:
    """The rows by pandas' own calendar and writers."""
    offsets = {one.provenance.offset for one in many}
    offset = offsets.pop() if len(offsets) == 1 else None
    zone = many[0].query.zone if offset is None else buckets.fixed_zone(offset)
    parts = []
    for one in many:
        utc = pd.to_datetime(one.edges[:-1], unit="s", utc=True)
        clicks = pd.Series(one.clicks, dtype="Int64")
        clicks[np.isin(one.states, UNKNOWN)] = pd.NA
        parts.append(
            pd.DataFrame(
                {
                    "date": utc.tz_convert(zone).strftime("%Y-%m-%d %H:%M:%S"),
                    "bucket": [stamp.isoformat() for stamp in utc.tz_convert(zone)],
                    "bucket_utc": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "timezone": one.query.timezone,
                    "timezone_release": database()[0],
                    "series": one.name,
                    "clicks": clicks,
                    "state": [STATES[state] for state in one.states],
                    "at_least": pd.Series(
                        [
                            bound if state in UNKNOWN and bound >= 0 else None
                            for bound, state in zip(one.at_least, one.states, strict=True)
                        ],
                        dtype="Int64",
                    ),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def reference_csv(many: Sequence[ClickSeries], more: Mapping[str, Sequence[float | None]]) -> str:
    frame = reference_rows(many)
    for name, values in more.items():
        frame[name] = pd.Series(list(values), dtype="float64").round(6)
    frame["series"] = frame["series"].map(never_formula)
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text


def reference_json(many: Sequence[ClickSeries]) -> str:
    frame = reference_rows(many)
    for name in ("clicks", "at_least"):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return json.dumps(frame.to_dict("records"), ensure_ascii=False, indent=1) + "\n"


@settings(deadline=None)
@given(many_series(), st.data())
def test_files_are_byte_for_byte_those_of_a_frame(
    many: list[ClickSeries], data: st.DataObject
) -> None:
    count = sum(len(one.clicks) for one in many)
    number = st.none() | st.floats(-1e15, 1e15) | st.floats(-1000, 1000)
    columns = st.lists(number, min_size=count, max_size=count)
    more = data.draw(
        st.dictionaries(st.sampled_from(("share", 'a,"b"', "x\ny")), columns, max_size=2)
    )

    assert to_csv(many) == reference_csv(many, {})
    assert to_csv(many, more) == reference_csv(many, more)
    assert to_json(many) == reference_json(many)
