"""Series to frame: the schema, what a frame carries, and that nobody pays for one unasked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from counter import database
from samples import NOON
from samples import at_noon as series

from bitly_data import buckets
from bitly_data.frames import SCHEMA, to_frame
from bitly_data.query import ClickQuery, edges_of
from bitly_data.series import ClickSeries, Provenance, failed, side_by_side
from bitly_data.states import CAPPED, FAILED, REBUILT, STATES


@pytest.mark.parametrize("many", [[], [series([1, 2])], [series([1]), series([2], name="x")]])
def test_every_frame_has_the_schema_the_empty_one_too(many: list[ClickSeries]) -> None:
    frame = to_frame(many)

    assert list(frame.columns) == list(SCHEMA)
    assert str(frame["bucket"].dtype).startswith("datetime64[us, ")
    assert str(frame["clicks"].dtype) == "Int64"
    assert str(frame["state"].dtype) == "category"
    assert str(frame["series"].dtype) == "str"
    assert str(frame["at_least"].dtype) == "Int64"


def test_series_of_different_zones_do_not_share_a_frame() -> None:
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


@pytest.mark.parametrize("unit", ["day", "month"])
@pytest.mark.parametrize("upstream_buckets", [False, True])
def test_beside_others_a_series_without_an_answer_is_failed_all_along(
    unit: str, upstream_buckets: bool
) -> None:
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


def test_a_series_makes_a_frame_of_itself() -> None:
    one = series([5, 7], [CAPPED, REBUILT], unit="hour")
    frame = one.to_frame()

    assert frame.equals(to_frame(one))
    assert frame.equals(to_frame([one]))
    assert frame["clicks"].isna().tolist() == [True, False]
    assert frame["clicks"].tolist()[1] == 7
    assert frame["state"].tolist() == ["capped", "rebuilt"]
    assert frame["series"].tolist() == ["organization"] * 2
    starts = [stamp.timestamp() for stamp in frame["bucket"]]
    assert starts == one.edges[:-1].tolist()
    assert frame["bucket"].dt.tz == one.zone


@pytest.mark.parametrize(("offset", "text"), [(None, "-05:00"), (19_800, "+05:30")])
def test_a_frame_carries_its_zone_and_nothing_that_grows_with_it(
    offset: int | None, text: str
) -> None:
    plain = series([1] * 4, unit="hour")
    frame = to_frame(replace(plain, provenance=replace(plain.provenance, offset=offset)))

    assert frame.attrs == {
        "timezone": "America/New_York",
        "timezone_release": database()[0],
        "offset": offset,
    }
    assert frame["bucket"].iloc[-1].isoformat().endswith(text)


def test_what_needs_no_frame_does_not_load_pandas() -> None:
    """What draws and writes from arrays waits for no pandas; a series' own frame brings it."""
    code = """
import sys
import bitly_data.series, bitly_data.report.tables, bitly_data.charts.model, bitly_data.charts.style
print("pandas" in sys.modules)
from bitly_data.series import failed
from bitly_data.query import ClickQuery
series = failed(ClickQuery(units=2), "No.", 1_730_635_200)
bitly_data.report.tables.to_csv([series]), bitly_data.charts.model.line_chart([series], "", "")
print("pandas" in sys.modules)
print(len(series.to_frame()), "pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False", "2", "True"]


def test_buckets_that_share_no_offset_are_those_of_the_zone() -> None:
    assert buckets.shared_zone([], []) == ("UTC", None)
    assert buckets.shared_zone(["UTC", "UTC"], [3600, 3600]) == ("UTC", 3600)
    assert buckets.shared_zone(["UTC", "UTC"], [3600, None]) == ("UTC", None)
    assert buckets.shared_zone(["UTC", "UTC"], [3600, 7200]) == ("UTC", None)
