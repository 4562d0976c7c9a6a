"""Chart to plotly figure, as the page shows it."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from bitly_data.charts.model import (
    BAND_OPACITY,
    MOST_TICKS,
    PANEL_COLUMNS,
    STATE_WORDS,
    Chart,
    Line,
    Look,
    Note,
    Stretch,
    color_of,
    dash_of,
    highest,
    look,
    mark_texts,
    panel_places,
    parts_of_lines,
    runs,
    stretches,
    unknown_places,
)
from bitly_data.series import REBUILT

# Streamlit serves Source Sans; files made by the camera button fall back to what is there.
FONT = '"Source Sans", "Source Sans Pro", sans-serif'
# plotly's words for the signs of `charts.SIGNS`.
_SYMBOLS = {
    "counted": "circle",
    "rebuilt": "diamond",
    "partial": "circle",
    "capped": "square-open",
    "outside_window": "triangle-left-open",
    "failed": "x-thin",
}
# A line's name beside the hover text. plotly.js looks for fields in a hover text, and in no other
# text of a figure without `meta`, so a name is never written into one.
_NAME = "<extra>%{fullData.name}</extra>"
_NOTE_SYMBOLS = {"band": "square", "stroke": "line-ns", "triangle": "triangle-up"}


def figure(chart: Chart, *, dark: bool = False) -> go.Figure:
    """The plotly figure of a chart.

    The axis is ordinal: plotly.js drops UTC offsets and would put two 01:00 on one place.
    """
    theme = look(dark=dark)
    many = len(chart.lines) > 1
    result = go.Figure(layout=_layout(chart, theme, legend=many and not chart.panels))
    for index, line in enumerate(chart.lines):
        axes = _axes(index) if chart.panels else {}
        for trace in [*_traces(chart, line, theme), *_unknown_traces(chart, line, theme)]:
            result.add_trace(trace.update(axes))
    for note in chart.notes:
        _add_note(result, chart, note, theme)
    if chart.panels:
        _lay_out_panels(result, chart, theme)
    _add_marks(result, chart, theme)
    return result


def _traces(chart: Chart, line: Line, theme: Look) -> list[go.Scatter]:
    color = color_of(line, theme)
    unit = " %" if chart.percent else ""
    marked = line.marked
    solid_x: list[int | None] = []
    solid_y: list[float | None] = []
    sizes: list[int] = []
    dotted: list[Stretch] = []
    for stretch in stretches(line):
        if stretch.running:
            dotted.append(stretch)
            continue
        solid_x += [*stretch.x, None]
        solid_y += [*stretch.y, None]
        # A stroke of one point is nothing but its marker.
        sizes += [
            *(_size(line, at) if marked[at] or len(stretch.x) == 1 else 0 for at in stretch.x),
            0,
        ]
    hover = "%{customdata}<br><b>%{y:,.6~r}" + unit + "</b>" + _NAME
    common: dict[str, Any] = {
        "name": html.escape(line.name, quote=False),
        "legendgroup": str(line.style),
    }
    traces = [
        go.Scatter(
            x=solid_x,
            y=solid_y,
            mode="lines+markers",
            customdata=[None if at is None else chart.label(line, at) for at in solid_x],
            hovertemplate=hover,
            connectgaps=False,
            line={"color": color, "dash": dash_of(line), "width": 2},
            marker={
                "color": color,
                "size": sizes,
                "symbol": ["circle" if at is None else _symbol(line, at) for at in solid_x],
            },
            **common,
        )
    ]
    traces += [
        go.Scatter(
            x=stretch.x,
            y=stretch.y,
            mode="lines+markers",
            showlegend=not solid_x and stretch is dotted[0],
            customdata=[chart.label(line, at) for at in stretch.x],
            hovertemplate=hover,
            line={"color": color, "dash": "dot", "width": 2},
            marker={
                "color": theme.background,
                "line": {"color": color, "width": 1.5},
                # the finished buckets where the dotted way begins and ends have their own
                "size": [7 if line.running[at] else 0 for at in stretch.x],
            },
            **common,
        )
        for stretch in dotted
    ]
    return traces if solid_x else traces[1:] or traces


def _symbol(line: Line, at: int) -> str:
    return _SYMBOLS["rebuilt" if line.states[at] == REBUILT else "counted"]


def _size(line: Line, at: int) -> int:
    return 7 if line.states[at] == REBUILT else 5


def _unknown_traces(chart: Chart, line: Line, theme: Look) -> list[go.Scatter]:
    """Signs on the axis where the line has a gap, one trace a state."""
    color, name = color_of(line, theme), html.escape(line.name, quote=False)
    return [
        go.Scatter(
            x=places,
            y=[0] * len(places),
            mode="markers",
            name=name,
            showlegend=False,
            legendgroup=str(line.style),
            cliponaxis=False,
            customdata=[(line.labels or chart.labels)[at] for at in places],
            marker={
                "symbol": _SYMBOLS[state],
                "size": 8,
                "color": color,
                "line": {"color": color, "width": 1.5},
            },
            hovertemplate=f"%{{customdata}}<br><b>not known</b>: {STATE_WORDS[state]}" + _NAME,
        )
        for state, places in unknown_places(line).items()
    ]


def _add_note(result: go.Figure, chart: Chart, note: Note, theme: Look) -> None:
    """A band behind the lines, or a sign on the axis at each bucket."""
    at = np.flatnonzero(note.flags).tolist()
    band = note.shape == "band"
    if band:
        places = range(len(chart.lines)) if chart.panels else [0]
        for panel in places:
            for first, last in runs(note.flags):
                result.add_shape(
                    type="rect",
                    x0=first - 0.5,
                    x1=last + 0.5,
                    y0=0,
                    y1=1,
                    xref=_axes(panel)["xaxis"],
                    yref=f"{_axes(panel)['yaxis']} domain",
                    layer="below",
                    line_width=0,
                    fillcolor=theme.text,
                    opacity=BAND_OPACITY,
                )
    marker: dict[str, Any] = {
        "symbol": _NOTE_SYMBOLS[note.shape],
        "size": 9,
        "color": theme.text,
        "opacity": BAND_OPACITY if band else 1,
        "line": {"width": 0 if band else 1.5, "color": theme.text},
    }
    # The band's entry in the legend: a point that is not there.
    result.add_trace(
        go.Scatter(
            x=[None] if band else at,
            y=[None] if band else [0] * len(at),
            mode="markers",
            name=note.word,
            cliponaxis=False,
            marker=marker,
            customdata=None if band else [chart.labels[index] for index in at],
            hovertemplate=f"%{{customdata}}<extra>{note.word}</extra>",
        )
    )


def _add_marks(result: go.Figure, chart: Chart, theme: Look) -> None:
    """A thin upright line at each marked bucket, and its words above where there is room."""
    for panel in range(len(chart.lines)) if chart.panels else [0]:
        axes = _axes(panel)
        for at, text in mark_texts(chart):
            result.add_shape(
                type="line",
                x0=at,
                x1=at,
                y0=0,
                y1=1,
                xref=axes["xaxis"],
                yref=f"{axes['yaxis']} domain",
                layer="below",
                line={"color": theme.text, "width": 1, "dash": "longdash"},
                opacity=0.35,
            )
            if text:
                result.add_annotation(
                    text=text,
                    showarrow=False,
                    x=at,
                    xref=axes["xaxis"],
                    y=1,
                    yref=f"{axes['yaxis']} domain",
                    yanchor="top",
                    xanchor="left" if at < len(chart.labels) / 2 else "right",
                    font={"size": 11, "color": theme.text},
                    bgcolor=theme.background,
                    borderpad=1,
                    opacity=0.9,
                )


def _layout(chart: Chart, theme: Look, *, legend: bool) -> dict[str, Any]:
    title = _wrapped(chart.title, 44)
    below = "<br>".join(
        _wrapped(part, 62)
        for text in (chart.subtitle, chart.key)
        for part in parts_of_lines(text, 62)
    )
    lines_of_ticks = max((text.count("\n") + 1 for _, text in chart.ticks), default=1)
    above = 34 + 21 * (title.count("<br>") + 1) + 17 * (below.count("<br>") + 1)
    return {
        "title": {
            "text": title,
            "subtitle": {"text": below},
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "pad": {"t": 12},
            "font": {"size": 16, "color": theme.text},
        },
        "margin": {"l": 8, "r": 12, "t": above, "b": 8},
        "height": 286 + 14 * lines_of_ticks + above,
        "hovermode": "closest" if chart.panels else "x unified",
        "xaxis": _x_axis(chart),
        "yaxis": _y_axis(chart, theme),
        "showlegend": legend or bool(chart.notes),
        "legend": {
            "orientation": "h",
            "y": -0.08 - 0.06 * lines_of_ticks,
            "yanchor": "top",
            "x": 0,
        },
        "paper_bgcolor": theme.background,
        "plot_bgcolor": theme.background,
        "font": {"color": theme.text, "family": FONT},
        "colorway": list(theme.colors),
    }


def _wrapped(text: str, width: int) -> str:
    return "<br>".join(html.escape(part, quote=False) for part in textwrap.wrap(text, width))


def _x_axis(chart: Chart) -> dict[str, Any]:
    last = max(len(chart.labels) - 1, 0)
    edge = max(0.02 * last, 0.5)
    return {
        "type": "linear",
        "tickvals": [at for at, _ in chart.ticks],
        "ticktext": _tick_texts(chart.ticks),
        "range": [-edge, last + edge],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        "tickangle": 0,
        # The bucket's full name stands in the hover text itself.
        "unifiedhovertitle": {"text": " "},
    }


def _tick_texts(ticks: Sequence[tuple[int, str]]) -> list[str]:
    return [text.replace("\n", "<br>") for _, text in ticks]


def _y_axis(chart: Chart, theme: Look) -> dict[str, Any]:
    return {
        "rangemode": "tozero",
        "gridcolor": theme.grid,
        "zeroline": False,
        "automargin": True,
        "tickformat": ",~r" if chart.percent else ",",
        "ticksuffix": " %" if chart.percent else "",
        "minallowed": 0,
        # Clicks are whole: without this a small series has ticks at halves.
        **({"dtick": 1} if not chart.percent and highest(chart) < MOST_TICKS else {}),
    }


def _axes(index: int) -> dict[str, str]:
    suffix = "" if index == 0 else str(index + 1)
    return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}


def _lay_out_panels(result: go.Figure, chart: Chart, theme: Look) -> None:
    places = panel_places(len(chart.lines))
    rows = -(-len(places) // PANEL_COLUMNS)
    for index, ((left, right), (bottom, top)) in enumerate(places):
        names = _axes(index)
        few = chart.ticks[:: max(1, -(-len(chart.ticks) // 3))]
        x_axis = _x_axis(chart) | {
            "domain": [left, right],
            "anchor": names["yaxis"],
            "automargin": False,
            "tickvals": [at for at, _ in few],
            "ticktext": _tick_texts(few),
        }
        y_axis = _y_axis(chart, theme) | {
            "domain": [bottom, top],
            "anchor": names["xaxis"],
            "nticks": 4,
        }
        if index:
            y_axis["matches"] = "y"
        result.update_layout(
            {
                names["xaxis"].replace("x", "xaxis"): x_axis,
                names["yaxis"].replace("y", "yaxis"): y_axis,
            }
        )
        result.add_annotation(
            text=html.escape(chart.lines[index].name, quote=False),
            showarrow=False,
            x=left,
            xref="paper",
            xanchor="left",
            y=top,
            yref="paper",
            yanchor="bottom",
            font={"size": 13, "color": theme.text},
        )
    margins = result.layout.margin
    result.update_layout(height=int(190 * rows + margins.t))
