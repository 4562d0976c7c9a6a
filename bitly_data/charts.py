"""Frame to figure: what a chart shows as plain values, and the plotly figure of it.

A `Chart` holds everything that a reader sees, in neither library's words; the figure on the page
and the picture files are drawn from the same one.
"""

from __future__ import annotations

import html
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bitly_data.frames import series_names, total
from bitly_data.labels import bucket_label, count_text, tick_label, zone_label

THEME_FILE = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"
# Line patterns beside the colours; dotted is kept for the running bucket.
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")
# A band behind the lines that both themes show and no line is lost in.
BAND_OPACITY = 0.12
# So many labels fit below a chart on a phone and on a wide screen.
MOST_TICKS = 7
# Beyond this many buckets a marker on each is a smear.
MOST_MARKERS = 62
# Streamlit serves Source Sans; files made by the camera button fall back to what is there.
FONT = '"Source Sans", "Source Sans Pro", sans-serif'
COVERAGE_WORDS = {"partly": "partly in the log", "not": "not in the log"}


@dataclass(frozen=True)
class Look:
    """The colours of one theme."""

    background: str
    text: str
    grid: str
    colors: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One series: float64[n], NaN where not known; `running`: bool[n], still filling."""

    name: str
    values: np.ndarray
    running: np.ndarray
    style: int  # which colour and pattern


@dataclass(frozen=True)
class Chart:
    """What a reader sees; all lines share one axis of `labels`."""

    title: str
    subtitle: str
    labels: tuple[str, ...]
    ticks: tuple[tuple[int, str], ...]
    lines: tuple[Line, ...]
    panels: bool = False  # each line in a panel of its own, on one scale
    percent: bool = False
    uncovered: tuple[tuple[str, np.ndarray], ...] = ()  # word, bool[n]
    alt: str = field(default="", compare=False)


@lru_cache(maxsize=2)
def look(*, dark: bool) -> Look:
    """The colours of the theme file, the one place they are written."""
    theme = tomllib.loads(THEME_FILE.read_text("utf-8"))["theme"]["dark" if dark else "light"]
    return Look(theme["backgroundColor"], theme["textColor"],
                "#333c47" if dark else "#dfe4ea", tuple(theme["chartCategoricalColors"]))


def line_chart(frame: pd.DataFrame, unit: str, title: str, source: str, *,
               uncovered: dict[str, np.ndarray] | None = None) -> Chart:
    """Clicks by bucket, a line a series; a gap where the number is not known.

    `uncovered` marks buckets (bool[n] by "partly" or "not") that a click log does not cover.
    """
    names = series_names(frame)
    starts = frame.loc[frame["series"] == names[0], "bucket"] if names else frame["bucket"]
    moments = [stamp.to_pydatetime() for stamp in starts]
    lines = tuple(_line(frame, name, index) for index, name in enumerate(names))
    labels = tuple(bucket_label(moment, unit) for moment in moments)
    return Chart(
        title=title, subtitle=_subtitle(labels, frame.attrs["timezone"], source, lines),
        labels=labels, ticks=_ticks(moments, unit), lines=lines,
        uncovered=tuple((COVERAGE_WORDS[key], marks) for key, marks in (uncovered or {}).items()
                        if marks.any()),
        alt=alt_text(frame, title, labels))


def _line(frame: pd.DataFrame, name: str, index: int) -> Line:
    rows = frame[frame["series"] == name]
    return Line(name, rows["clicks"].to_numpy(dtype="float64", na_value=np.nan),
                (rows["state"] == "partial").to_numpy(), index)


def _subtitle(labels: Sequence[str], timezone: str, source: str, lines: Sequence[Line]) -> str:
    span = f"{labels[0]} to {labels[-1]}" if len(labels) > 1 else "".join(labels)
    running = any(line.running.any() for line in lines)
    parts = [span, zone_label(timezone), source, "dotted: still filling" if running else ""]
    return " · ".join(part for part in parts if part)


def _ticks(moments: Sequence[Any], unit: str) -> tuple[tuple[int, str], ...]:
    if not moments:
        return ()
    step = max(1, -(-len(moments) // MOST_TICKS))
    with_year = moments[0].year != moments[-1].year
    return tuple((index, tick_label(moments[index], unit, with_year=with_year))
                 for index in range(0, len(moments), step))


def alt_text(frame: pd.DataFrame, title: str, labels: Sequence[str]) -> str:
    """Total, peak and trend of each series, for people who do not see the chart."""
    parts = [f"{title}."]
    for name in series_names(frame):
        rows = frame[frame["series"] == name].reset_index(drop=True)
        known = total(rows)
        if not known.known:
            parts.append(f"{name}: not known.")
            continue
        peak = int(rows["clicks"].fillna(-1).to_numpy(dtype="int64").argmax())
        missing = f" in {known.known} of {known.known + known.unknown} buckets" \
            if known.unknown else ""
        parts.append(f"{name}: {count_text(known.clicks)} clicks{missing}, peak "
                     f"{count_text(int(rows['clicks'][peak]))} at {labels[peak]}, "
                     f"{trend_text(rows)}.")
    return " ".join(parts)


def trend_text(rows: pd.DataFrame) -> str:
    """The second half of the finished buckets against the first: rising, falling or level."""
    finished = rows.loc[rows["state"] != "partial", "clicks"].dropna().to_numpy(dtype="float64")
    half = len(finished) // 2
    if half == 0:
        return "too short for a trend"
    before, after = finished[:half].mean(), finished[-half:].mean()
    # A tenth is the least that the eye reads as a slope in a line chart.
    if after > before * 1.1:
        return "rising"
    return "falling" if after < before * 0.9 else "level"


def share_chart(chart: Chart, whole: np.ndarray) -> Chart:
    """The same lines as per cent of `whole` (float64[n] clicks); a gap where that is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        lines = tuple(replace(line, values=np.where(whole > 0, line.values / whole * 100, np.nan))
                      for line in chart.lines)
    return replace(chart, title=f"{chart.title}, share of their total", lines=lines,
                   percent=True, alt=f"{chart.title} as per cent of their total by bucket.")


def panel_chart(chart: Chart) -> Chart:
    """The same lines as small multiples on one scale."""
    return replace(chart, panels=True)


@dataclass(frozen=True)
class Stretch:
    """A run of points drawn as one stroke."""

    x: list[int]
    y: list[float]
    running: bool


def stretches(line: Line) -> list[Stretch]:
    """A line as strokes: finished runs between gaps, then the dotted way to a running bucket."""
    known = np.flatnonzero(~np.isnan(line.values))
    result = []
    for _, group in groupby(enumerate(known.tolist()), key=lambda pair: pair[1] - pair[0]):
        run = [index for _, index in group]
        solid = [index for index in run if not line.running[index]]
        dotted = [index for index in run if line.running[index]]
        if solid:
            result.append(Stretch(solid, line.values[solid].tolist(), running=False))
        if dotted:
            way = solid[-1:] + dotted
            result.append(Stretch(way, line.values[way].tolist(), running=True))
    return result


def figure(chart: Chart, *, dark: bool = False) -> go.Figure:
    """The plotly figure of a chart.

    The axis is ordinal: plotly.js drops UTC offsets and would put two 01:00 on one place.
    """
    theme = look(dark=dark)
    many = len(chart.lines) > 1
    result = go.Figure(layout=_layout(chart, theme, legend=many and not chart.panels))
    for index, line in enumerate(chart.lines):
        axes = _axes(index) if chart.panels else {}
        for trace in _traces(chart, line, theme):
            result.add_trace(trace.update(axes))
    for word, marks in chart.uncovered:
        _mark_uncovered(result, chart, word, marks, theme)
    if chart.panels:
        _lay_out_panels(result, chart, theme)
    return result


def color_of(line: Line, theme: Look) -> str:
    """The line's colour."""
    return theme.colors[line.style % len(theme.colors)]


def dash_of(line: Line) -> str:
    """The line's pattern, in plotly's word."""
    return DASHES[line.style % len(DASHES)]


def _traces(chart: Chart, line: Line, theme: Look) -> list[go.Scatter]:
    color = color_of(line, theme)
    unit = " %" if chart.percent else ""
    name = html.escape(line.name, quote=False)
    markers = len(chart.labels) <= MOST_MARKERS
    solid_x: list[int | None] = []
    solid_y: list[float | None] = []
    sizes: list[int] = []
    dotted: list[Stretch] = []
    for stretch in stretches(line):
        if stretch.running:
            dotted.append(stretch)
        else:
            solid_x += [*stretch.x, None]
            solid_y += [*stretch.y, None]
            # A stroke of one point is nothing but its marker.
            sizes += [5 if markers or len(stretch.x) == 1 else 0] * (len(stretch.x) + 1)
    hover = "%{customdata}<br><b>%{y:,.6~r}" + unit + "</b><extra>" + name + "</extra>"
    common: dict[str, Any] = {"name": name, "legendgroup": str(line.style)}
    traces = [go.Scatter(
        x=solid_x, y=solid_y, mode="lines+markers", customdata=_hover_labels(chart, solid_x),
        hovertemplate=hover, connectgaps=False,
        line={"color": color, "dash": dash_of(line), "width": 2},
        marker={"color": color, "size": sizes}, **common)]
    traces += [
        go.Scatter(
            x=stretch.x, y=stretch.y, mode="lines+markers",
            showlegend=not solid_x and stretch is dotted[0],
            customdata=[f"{chart.labels[at]}{' (still filling)' if line.running[at] else ''}"
                        for at in stretch.x],
            hovertemplate=hover, line={"color": color, "dash": "dot", "width": 2},
            marker={"color": theme.background, "line": {"color": color, "width": 1.5},
                    # the finished bucket where the dotted way begins has its own marker
                    "size": [7 if line.running[at] else 0 for at in stretch.x]}, **common)
        for stretch in dotted]
    return traces if solid_x else traces[1:] or traces


def _hover_labels(chart: Chart, x: Sequence[int | None]) -> list[str | None]:
    return [None if at is None else chart.labels[at] for at in x]


def runs(marks: np.ndarray) -> list[tuple[int, int]]:
    """The unbroken runs of a bool[n] as first and last index."""
    at = np.flatnonzero(marks)
    breaks = np.flatnonzero(np.diff(at) > 1)
    firsts, lasts = at[np.concatenate([[0], breaks + 1])], at[np.concatenate([breaks, [-1]])]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def _mark_uncovered(result: go.Figure, chart: Chart, word: str, marks: np.ndarray, theme: Look
                    ) -> None:
    """A band where the log has nothing, a stroke on the axis where it has a part."""
    at = np.flatnonzero(marks).tolist()
    whole = word == COVERAGE_WORDS["not"]
    if whole:
        places = range(len(chart.lines)) if chart.panels else [0]
        result.update_layout(shapes=[
            {"type": "rect", "x0": first - 0.5, "x1": last + 0.5, "y0": 0, "y1": 1,
             "xref": _axes(panel)["xaxis"], "yref": f"{_axes(panel)['yaxis']} domain",
             "layer": "below", "line_width": 0, "fillcolor": theme.text,
             "opacity": BAND_OPACITY} for panel in places for first, last in runs(marks)])
    marker: dict[str, Any] = {"symbol": "square" if whole else "line-ns", "size": 9,
                              "color": theme.text, "opacity": BAND_OPACITY if whole else 1,
                              "line": {"width": 0 if whole else 1.5, "color": theme.text}}
    # The band's entry in the legend: a point that is not there.
    result.add_trace(go.Scatter(
        x=[None] if whole else at, y=[None] if whole else [0] * len(at), mode="markers",
        name=word, cliponaxis=False, marker=marker,
        customdata=None if whole else [chart.labels[index] for index in at],
        hovertemplate=f"%{{customdata}}<extra>{word}</extra>"))


def _layout(chart: Chart, theme: Look, *, legend: bool) -> dict[str, Any]:
    title, subtitle = (_wrapped(text, width) for text, width in
                       ((chart.title, 44), (chart.subtitle, 62)))
    above = 34 + 21 * (title.count("<br>") + 1) + 17 * (subtitle.count("<br>") + 1)
    return {
        "title": {"text": title, "subtitle": {"text": subtitle}, "x": 0, "xanchor": "left",
                  "y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 12},
                  "font": {"size": 16, "color": theme.text}},
        "margin": {"l": 8, "r": 12, "t": above, "b": 8},
        "height": 300 + above, "hovermode": "closest" if chart.panels else "x unified",
        "xaxis": _x_axis(chart), "yaxis": _y_axis(chart, theme),
        "showlegend": legend or bool(chart.uncovered),
        "legend": {"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        "paper_bgcolor": theme.background, "plot_bgcolor": theme.background,
        "font": {"color": theme.text, "family": FONT}, "colorway": list(theme.colors),
    }


def _wrapped(text: str, width: int) -> str:
    return "<br>".join(html.escape(part, quote=False) for part in textwrap.wrap(text, width))


def _x_axis(chart: Chart) -> dict[str, Any]:
    last = max(len(chart.labels) - 1, 0)
    edge = max(0.02 * last, 0.5)
    return {"type": "linear", "tickvals": [at for at, _ in chart.ticks],
            "ticktext": _tick_texts(chart.ticks), "range": [-edge, last + edge],
            "showgrid": False, "zeroline": False, "automargin": True, "tickangle": 0,
            # The bucket's full name stands in the hover text itself.
            "unifiedhovertitle": {"text": " "}}


def _tick_texts(ticks: Sequence[tuple[int, str]]) -> list[str]:
    return [text.replace("\n", "<br>") for _, text in ticks]


def _y_axis(chart: Chart, theme: Look) -> dict[str, Any]:
    return {"rangemode": "tozero", "gridcolor": theme.grid, "zeroline": False,
            "automargin": True, "tickformat": ",~r" if chart.percent else ",",
            "ticksuffix": " %" if chart.percent else "", "minallowed": 0,
            # Clicks are whole: without this a small series has ticks at halves.
            **({"dtick": 1} if not chart.percent and highest(chart) < MOST_TICKS else {})}


def highest(chart: Chart) -> float:
    """The highest known value of a chart; 0 without any."""
    return max((float(np.nanmax(line.values)) for line in chart.lines
                if not np.isnan(line.values).all()), default=0.0)


def _axes(index: int) -> dict[str, str]:
    suffix = "" if index == 0 else str(index + 1)
    return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}


PANEL_COLUMNS = 2


def panel_places(count: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The place of each panel as fractions of the drawing: (left, right), (bottom, top)."""
    rows = -(-count // PANEL_COLUMNS)
    columns = min(PANEL_COLUMNS, count)
    width, height = 1 / columns, 1 / max(rows, 1)
    return [((index % columns * width + 0.04 * (index % columns),
              (index % columns + 1) * width - 0.04 * (index % columns == 0) * (columns > 1)),
             (1 - (index // columns + 1) * height + 0.28 * height,
              1 - index // columns * height - 0.1 * height))
            for index in range(count)]


def _lay_out_panels(result: go.Figure, chart: Chart, theme: Look) -> None:
    places = panel_places(len(chart.lines))
    rows = -(-len(places) // PANEL_COLUMNS)
    for index, ((left, right), (bottom, top)) in enumerate(places):
        names = _axes(index)
        few = chart.ticks[:: max(1, -(-len(chart.ticks) // 3))]
        x_axis = _x_axis(chart) | {
            "domain": [left, right], "anchor": names["yaxis"], "automargin": False,
            "tickvals": [at for at, _ in few], "ticktext": _tick_texts(few)}
        y_axis = _y_axis(chart, theme) | {
            "domain": [bottom, top], "anchor": names["xaxis"], "nticks": 4}
        if index:
            y_axis["matches"] = "y"
        result.update_layout({names["xaxis"].replace("x", "xaxis"): x_axis,
                              names["yaxis"].replace("y", "yaxis"): y_axis})
        result.add_annotation(
            text=html.escape(chart.lines[index].name, quote=False), showarrow=False, x=left,
            xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom",
            font={"size": 13, "color": theme.text})
    margins = result.layout.margin
    result.update_layout(height=int(190 * rows + margins.t))
