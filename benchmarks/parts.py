"""What parts of the product cost beside a naive way and the least that is possible, by turns.

All in this process, in seconds of CPU; what they make is compared before it is timed.
"""

from __future__ import annotations

import io
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.csv

from bitly_data import buckets
from bitly_data.charts.model import line_chart
from bitly_data.charts.plotly import figure
from bitly_data.frames import to_frame
from bitly_data.query import ClickQuery
from bitly_data.report.writers import WRITERS
from bitly_data.series import ClickSeries, Provenance
from bitly_data.sources.v3.wire import parse_clicks
from bitly_data.states import COUNTED

Ways = Mapping[str, Callable[[], Any]]
PRODUCT, NAIVE, LIMIT = "product", "naive", "limit"
_END = 1_790_000_000
_PATH = "/v3/organization/clicks"


def many_series(lines: int, units: int, unit: str) -> list[ClickSeries]:
    """Series of so many buckets with clicks in each."""
    rng = np.random.default_rng(0)
    query = ClickQuery(unit=unit, units=units, until=_END)
    edges = buckets.last(units, _END, unit, buckets.zone("UTC"))
    return [
        ClickSeries(
            query,
            f"bit.ly/{line:06x}",
            edges,
            rng.integers(1, 5_000, units),
            np.full(units, COUNTED, dtype=np.int8),
            Provenance("v3", "benchmark", (_PATH,), _END, 1),
        )
        for line in range(lines)
    ]


def plain_frame(many: list[ClickSeries]) -> pd.DataFrame:
    """The same as most people would have it: a row a bucket, times without a zone."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "time": pd.to_datetime(item.edges[:-1], unit="s"),
                    "series": item.name,
                    "clicks": item.clicks,
                }
            )
            for item in many
        ]
    )


def figure_ways(lines: int, units: int, unit: str) -> Ways:
    """From series to the JSON of a figure."""
    many = many_series(lines, units, unit)

    def bare() -> str:
        traces = [
            go.Scatter(x0=0, dx=1, y=item.clicks, name=item.name, mode="lines") for item in many
        ]
        return str(go.Figure(traces).to_json())

    return {
        PRODUCT: lambda: figure(line_chart(many, "Clicks", "benchmark")).to_json(),
        NAIVE: lambda: px.line(plain_frame(many), x="time", y="clicks", color="series").to_json(),
        LIMIT: bare,
    }


def body_ways(count: int) -> Ways:
    """From an answer to counts by their time, in which nothing stands twice."""
    times = range(_END - count * 3600, _END, 3600)
    rows = [{"dt": t, "clicks": t % 4_999} for t in reversed(times)]
    data = {"organization_clicks": rows, "tz_offset": 0, "unit": "hour", "units": count}
    body = json.dumps({"status_code": 200, "status_txt": "OK", "data": data}).encode()

    def naive() -> int:
        frame = pd.DataFrame(json.loads(body)["data"]["organization_clicks"])
        frame["time"] = pd.to_datetime(frame["dt"], unit="s")
        return len(frame)

    return {
        PRODUCT: lambda: len(parse_clicks(_PATH, 200, body).counts or {}),
        NAIVE: naive,
        LIMIT: lambda: body.count(b'"dt"'),
    }


def table_ways(lines: int, units: int) -> Ways:
    """From series to one table."""
    many = many_series(lines, units, "day")

    def bare() -> int:
        starts = np.concatenate([item.edges[:-1] for item in many])
        clicks = np.concatenate([item.clicks for item in many])
        return len(pa.table({"start": starts, "clicks": clicks}))

    return {
        PRODUCT: lambda: len(to_frame(many)),
        NAIVE: lambda: len(plain_frame(many)),
        LIMIT: bare,
    }


def csv_ways(lines: int, units: int) -> Ways:
    """From series to a CSV file."""
    many = many_series(lines, units, "day")

    def bare() -> int:
        names = pa.DictionaryArray.from_arrays(
            np.repeat(np.arange(lines, dtype=np.int32), units), [item.name for item in many]
        )
        starts = np.concatenate([item.edges[:-1] for item in many])
        clicks = np.concatenate([item.clicks for item in many])
        table = pa.table({"start": starts, "series": names.cast(pa.string()), "clicks": clicks})
        file = io.BytesIO()
        pyarrow.csv.write_csv(table, file)
        return file.getvalue().count(b"\n") - 1

    return {
        PRODUCT: lambda: WRITERS["csv"].to_file(many, {}).count(b"\n") - 1,
        NAIVE: lambda: plain_frame(many).to_csv(index=False).count("\n") - 1,
        LIMIT: bare,
    }


def all_ways() -> Iterator[tuple[str, Ways]]:
    """What is measured; figures are not equal, all else is."""
    yield "figure: 10 lines of 8,760", figure_ways(10, 8_760, "hour")
    yield "figure: 50 lines of 365", figure_ways(50, 365, "day")
    yield "answer to counts: 8,760", body_ways(8_760)
    yield "answer to counts: 100,000", body_ways(100_000)
    yield "table: 1,000 series of 365", table_ways(1_000, 365)
    yield "CSV: 1,000 series of 365", csv_ways(1_000, 365)


def rows(rounds: int) -> Iterator[dict[str, Any]]:
    """A row a part, with the CPU that each way takes [ms]."""
    for name, ways in all_ways():
        made = {way: make() for way, make in ways.items()}  # and warm
        if not name.startswith("figure"):
            assert len(set(made.values())) == 1, (name, made)
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, make in ways.items():
                begin = time.process_time()
                make()
                seconds[way].append(time.process_time() - begin)
        middle = {way: statistics.median(found) * 1e3 for way, found in seconds.items()}
        sizes = {way: len(text) for way, text in made.items() if isinstance(text, str)}
        yield {"row": name, "cpu_ms": middle, "bytes": sizes}
