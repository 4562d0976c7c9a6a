"""Series and charts made by hand, and what a reader finds in a figure and in a picture file."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import numpy as np

from bitly_data import buckets
from bitly_data.charts.model import Chart, line_chart
from bitly_data.charts.plotly import figure
from bitly_data.query import ClickQuery, edges_of
from bitly_data.series import ClickSeries, Provenance
from bitly_data.states import COUNTED, PARTIAL

END = int(datetime(2024, 11, 4, 12, tzinfo=UTC).timestamp())
# 3 November 2024, 12:00 UTC: the day on which New York sets its clocks back.
NOON = 1_730_635_200
SVG = "{http://www.w3.org/2000/svg}"
NAN = float("nan")


def series(
    clicks: list[int],
    states: list[int] | None = None,
    *,
    name: str = "organization",
    unit: str = "day",
    timezone: str = "Europe/Tallinn",
    end: int = END,
    at_least: Sequence[int] = (),
    at_most: Sequence[int] = (),
) -> ClickSeries:
    edges = buckets.last(len(clicks), end, unit, buckets.zone(timezone))
    query = ClickQuery(unit=unit, units=len(clicks), timezone=timezone, until=end)
    return ClickSeries(
        query,
        name,
        edges,
        np.array(clicks, dtype=np.int64),
        np.array(states or [COUNTED] * len(clicks), dtype=np.int8),
        Provenance("v3", "account", (), end, 1),
        at_least=np.array(at_least, dtype=np.int64),
        at_most=np.array(at_most, dtype=np.int64),
    )


def at_noon(
    clicks: list[int],
    states: list[int] | None = None,
    name: str = "organization",
    *,
    at_least: Sequence[int] = (),
    at_most: Sequence[int] = (),
    **changes: Any,
) -> ClickSeries:
    """A series of New York up to the bucket that holds `NOON`."""
    query = ClickQuery(units=len(clicks), timezone="America/New_York", until=NOON, **changes)
    return ClickSeries(
        query,
        name,
        edges_of(query, NOON),
        np.array(clicks, dtype=np.int64),
        np.array(states or [COUNTED] * len(clicks), dtype=np.int8),
        Provenance("v3", "test", ("/v3/organization/clicks",), NOON, 1),
        at_least=np.array(at_least, dtype=np.int64),
        at_most=np.array(at_most, dtype=np.int64),
    )


def chart_of(
    *many: ClickSeries, title: str = "Clicks of the organization by day", **more: object
) -> Chart:
    return line_chart(many, title, "demo data", **more)  # type: ignore[arg-type]


def new_york(
    clicks: list[int], unit: str, end: str, states: list[int] | None = None
) -> ClickSeries:
    return series(
        clicks,
        states,
        unit=unit,
        timezone="America/New_York",
        end=int(datetime.fromisoformat(end).timestamp()),
    )


def picture() -> Chart:
    return chart_of(
        series([1200, 3400, 600], [COUNTED, COUNTED, PARTIAL], name="a.example"),
        series([10, 0, 5], name="b.example"),
    )


def as_sent(chart: Chart, *, dark: bool = False) -> dict[str, Any]:
    """The figure as a browser gets it, its numbers written out."""
    return written_out(json.loads(figure(chart, dark=dark).to_json()))


def written_out(sent: dict[str, Any]) -> dict[str, Any]:
    """A figure with lists in place of bytes, and what plotly.js writes itself: the places of points
    that follow each other, and numbers in hovers with the layout's separators.
    """
    decimal, group = sent["layout"].get("separators", ".,")
    for trace in sent["data"]:
        if isinstance(trace.get("y"), dict):
            kind, data = trace["y"]["dtype"], base64.b64decode(trace["y"]["bdata"])
            numbers = np.frombuffer(data, dtype=np.dtype(kind).newbyteorder("<")).tolist()
            trace["y"] = [None if number != number else number for number in numbers]
        if "x0" in trace:
            assert (trace.pop("x0"), trace.pop("dx")) == (0, 1)
            trace["x"] = [None if y is None else at for at, y in enumerate(trace["y"])]
        template = trace.get("hovertemplate", "")
        if template.startswith("<b>%{y:,.0f}</b>"):
            signs = str.maketrans({",": group, ".": decimal})
            beside = trace.get("customdata") or [""] * len(trace["y"])
            trace["customdata"] = [
                text if y is None else _behind(f"<b>{f'{y:,.0f}'.translate(signs)}</b>", text)
                for y, text in zip(trace["y"], beside, strict=True)
            ]
            told = template.removeprefix("<b>%{y:,.0f}</b>")
            field = "" if told.startswith("%{customdata") else "%{customdata}"
            trace["hovertemplate"] = field + told
    return sent


def _behind(number: str, words: str | list[str]) -> str | list[str]:
    return number + words if isinstance(words, str) else [number + words[0], *words[1:]]


def drawn(chart: Chart, *, dark: bool = False) -> list[dict]:
    """The traces of the figure that can be hovered over, as plain values."""
    return [
        trace for trace in as_sent(chart, dark=dark)["data"] if trace.get("hoverinfo") != "skip"
    ]


def heads(chart: Chart, axis: str = "xaxis") -> list[str]:
    """What hovering over each bucket says above the numbers."""
    return as_sent(chart)["layout"][axis]["ticktext"]


def words(chart: Chart, kind: str, **more: Any) -> list[str]:
    """The texts of a kind on the figure: "tick", "mark", "name", "peak", "so far" or "panel"."""
    return [note.text for note in figure(chart, **more).layout.annotations if note.name == kind]


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


def svg_texts(data: bytes) -> list[str]:
    """Every text of an SVG, as it is read."""
    root = ElementTree.fromstring(data)
    return ["".join(node.itertext()).strip() for node in root.iter(f"{SVG}text")]
