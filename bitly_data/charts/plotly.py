"""Chart to plotly figure, as the page shows it."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from bitly_data.charts.model import (
    MOST_TICKS,
    Chart,
    Line,
    Note,
    Stretch,
    bound_scale,
    bounded_places,
    highest,
    mark_texts,
    panel_grid,
    panel_places,
    parts_of_lines,
    runs,
    scale_top,
    stretches,
    unknown_places,
)
from bitly_data.charts.style import (
    BAND_OPACITY,
    BELOW_AXIS_PIXELS,
    MARK_DASH,
    MARK_OPACITY,
    NOTE_PIXELS,
    NOTE_STYLES,
    OUTLINE_PIXELS,
    STATE_STYLES,
    Look,
    line_color,
    line_dash,
    look,
    marker_colors,
)
from bitly_data.states import STATES

# Streamlit serves Source Sans; files made by the camera button fall back to what is there.
FONT = '"Source Sans", "Source Sans Pro", sans-serif'
# A line's name beside the hover text. plotly.js looks for fields in a hover text, and in no other
# text of a figure without `meta`, so a name is never written into one.
_NAME = "<extra>%{fullData.name}</extra>"


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
        result.add_trace(_note_trace(chart, note, theme))
    texts: list[dict[str, Any]] = []
    if chart.panels:
        texts += _lay_out_panels(result, chart, theme)
    # All at once: each that plotly is given alone makes it check all of them anew.
    result.update_layout(
        shapes=[*_bands(chart, theme), *_mark_lines(chart, theme)],
        annotations=[*texts, *_mark_words(chart, theme)],
    )
    return result


def _traces(chart: Chart, line: Line, theme: Look) -> list[go.Scatter]:
    """The finished stretches of a line as one trace, and each one that is still filling."""
    pieces = stretches(line)
    finished = [piece for piece in pieces if not piece.running]
    running = [piece for piece in pieces if piece.running]
    if not running:
        return [_finished_trace(chart, line, finished, theme)]
    return [
        *([_finished_trace(chart, line, finished, theme)] if finished else []),
        *(
            _running_trace(chart, line, piece, theme, legend=not finished and not index)
            for index, piece in enumerate(running)
        ),
    ]


def _common(chart: Chart, line: Line, x: Sequence[int | None]) -> dict[str, Any]:
    """What all strokes of a line have, whose points are at `x`; `None` is a gap."""
    unit = " %" if chart.percent else ""
    labels = [None if at is None else chart.label(line, at) for at in x]
    number = "<br><b>%{y:,.6~r}" + unit + "</b>"
    if not chart.locale.is_simple:
        # plotly.js groups by threes, in Latin digits: what it cannot write comes with the label.
        labels = [
            None if at is None else f"{label}<br><b>{_number(chart, line.values[at])}{unit}</b>"
            for at, label in zip(x, labels, strict=True)
        ]
        number = ""
    return {
        "name": html.escape(line.name, quote=False),
        "legendgroup": str(line.style),
        "mode": "lines+markers",
        "cliponaxis": False,  # a 0 stands on the axis, whole
        "customdata": labels,
        "hovertemplate": "%{customdata}" + number + _NAME,
    }


def _number(chart: Chart, value: float) -> str:
    """A number beside a point, as exact as plotly's own `,.6~r` of what is drawn."""
    places = max(0, 5 - math.floor(math.log10(value))) if value > 0 and chart.percent else 0
    return chart.locale.short(value, places)


def _finished_trace(chart: Chart, line: Line, pieces: Sequence[Stretch], theme: Look) -> go.Scatter:
    """Strokes with gaps between them: `None` is where there is nothing."""
    marked, color = line.marked, line_color(line.style, theme)
    x: list[int | None] = []
    y: list[float | None] = []
    shown: list[bool] = []
    for piece in pieces:
        x += [*piece.x, None]
        y += [*piece.y, None]
        # A stroke of one point is nothing but its marker.
        shown += [*(bool(marked[at]) or len(piece.x) == 1 for at in piece.x), False]
    if not pieces:  # its entry in the legend is a point that is not there
        x, y, shown = [None], [None], [False]
    states = ["counted" if at is None else STATES[line.states[at]] for at in x]
    return go.Scatter(
        x=x,
        y=y,
        connectgaps=False,
        line={"color": color, "dash": line_dash(line.style, theme).plotly, "width": 2},
        marker=_markers(states, shown, color, theme),
        **_common(chart, line, x),
    )


def _markers(
    states: Sequence[str], shown: Sequence[bool], color: str, theme: Look
) -> dict[str, Any]:
    """The markers of n points on a line of that colour, by their states."""
    looks = {state: marker_colors(state, color, theme) for state in set(states)}
    markers: dict[str, Any] = {
        "size": [
            STATE_STYLES[state].plotly_size if there else 0
            for state, there in zip(states, shown, strict=True)
        ],
        "symbol": [STATE_STYLES[state].plotly_symbol for state in states],
    }
    if set(looks.values()) <= {(color, color)}:
        return {"color": color, **markers}
    each = [looks[state] for state in states]
    return {
        "color": [filling or outline for outline, filling in each],
        "line": {"color": [outline for outline, _ in each], "width": OUTLINE_PIXELS},
        **markers,
    }


def _running_trace(
    chart: Chart, line: Line, piece: Stretch, theme: Look, *, legend: bool
) -> go.Scatter:
    """The way to and from a bucket that is still filling, with its marker."""
    own, color = STATE_STYLES["partial"], line_color(line.style, theme)
    outline, filling = marker_colors("partial", color, theme)
    return go.Scatter(
        x=piece.x,
        y=piece.y,
        showlegend=legend,
        line={
            "color": outline,
            "dash": (own.dash or line_dash(line.style, theme)).plotly,
            "width": 2,
        },
        marker={
            "symbol": own.plotly_symbol,
            "color": filling or outline,
            "line": {"color": outline, "width": OUTLINE_PIXELS},
            # The finished buckets where the dotted way begins and ends have their own.
            "size": [own.plotly_size if line.running[at] else 0 for at in piece.x],
        },
        **_common(chart, line, piece.x),
    )


def _unknown_traces(chart: Chart, line: Line, theme: Look) -> list[go.Scatter]:
    """Signs where the line has a gap, on the axis or at a lower bound, one trace a state."""
    traces = [
        _sign_trace(chart, line, state, places, theme)
        for state, places in unknown_places(line).items()
    ]
    for state, places in bounded_places(line).items():
        trace = _sign_trace(chart, line, state, places, theme)
        trace.update(
            y=line.at_least[places].tolist(),
            marker_size=STATE_STYLES[state].plotly_size * bound_scale(line),
            customdata=[
                [(line.labels or chart.labels)[at], chart.bounds_text(line, at)] for at in places
            ],
            hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b>" + _NAME,
        )
        traces.append(trace)
    return traces


def _sign_trace(
    chart: Chart, line: Line, state: str, places: Sequence[int], theme: Look
) -> go.Scatter:
    """Signs of a state on the axis."""
    own = STATE_STYLES[state]
    outline, filling = marker_colors(state, line_color(line.style, theme), theme)
    return go.Scatter(
        x=places,
        y=[0] * len(places),
        mode="markers",
        name=html.escape(line.name, quote=False),
        showlegend=False,
        legendgroup=str(line.style),
        cliponaxis=False,
        customdata=[(line.labels or chart.labels)[at] for at in places],
        marker={
            "symbol": own.plotly_symbol,
            "size": own.plotly_size,
            "color": filling or outline,
            "line": {"color": outline, "width": OUTLINE_PIXELS},
        },
        hovertemplate=f"%{{customdata}}<br><b>not known</b>: {own.words}" + _NAME,
    )


def _note_trace(chart: Chart, note: Note, theme: Look) -> go.Scatter:
    """A sign on the axis at each bucket that the note is of; of a band its entry in the legend."""
    own = NOTE_STYLES[note.shape]
    at = [] if own.is_band else np.flatnonzero(note.flags).tolist()
    return go.Scatter(
        # The band's entry in the legend is a point that is not there.
        x=[None] if own.is_band else at,
        y=[None] if own.is_band else [0] * len(at),
        mode="markers",
        name=note.word,
        cliponaxis=False,
        marker={
            "symbol": own.plotly_symbol,
            "size": NOTE_PIXELS,
            "color": theme.text,
            "opacity": BAND_OPACITY if own.is_band else 1,
            "line": {"width": 0 if own.is_band else OUTLINE_PIXELS, "color": theme.text},
        },
        customdata=None if own.is_band else [chart.labels[index] for index in at],
        hovertemplate=f"%{{customdata}}<extra>{note.word}</extra>",
    )


def _upright(axes: dict[str, str]) -> dict[str, Any]:
    """A shape behind the lines, from the bottom to the top of these axes."""
    return {
        "y0": 0,
        "y1": 1,
        "xref": axes["xaxis"],
        "yref": f"{axes['yaxis']} domain",
        "layer": "below",
    }


def _bands(chart: Chart, theme: Look) -> list[dict[str, Any]]:
    """Behind the lines, where a note is shown by a band."""
    return [
        {
            "type": "rect",
            "x0": first - 0.5,
            "x1": last + 0.5,
            "line": {"width": 0},
            "fillcolor": theme.text,
            "opacity": BAND_OPACITY,
            **_upright(axes),
        }
        for note in chart.notes
        if NOTE_STYLES[note.shape].is_band
        for axes in _all_axes(chart)
        for first, last in runs(note.flags)
    ]


def _mark_lines(chart: Chart, theme: Look) -> list[dict[str, Any]]:
    """A thin upright line at each marked bucket."""
    return [
        {
            "type": "line",
            "x0": at,
            "x1": at,
            "line": {"color": theme.text, "width": 1, "dash": MARK_DASH.plotly},
            "opacity": MARK_OPACITY,
            **_upright(axes),
        }
        for axes in _all_axes(chart)
        for at, _ in mark_texts(chart)
    ]


def _mark_words(chart: Chart, theme: Look) -> list[dict[str, Any]]:
    """The words above marked buckets, where there is room."""
    return [
        {
            "text": text,
            "showarrow": False,
            "x": at,
            "xref": axes["xaxis"],
            "y": 1,
            "yref": f"{axes['yaxis']} domain",
            "yanchor": "top",
            "xanchor": "left" if at < len(chart.labels) / 2 else "right",
            "font": {"size": 11, "color": theme.text},
            "bgcolor": theme.background,
            "borderpad": 1,
            "opacity": 0.9,
        }
        for axes in _all_axes(chart)
        for at, text in mark_texts(chart)
        if text
    ]


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
        "separators": chart.locale.decimal + chart.locale.group,
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
        "ticklabelstandoff": BELOW_AXIS_PIXELS,
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
        **_y_ticks(chart),
    }


def _y_ticks(chart: Chart) -> dict[str, Any]:
    """Ticks of our own, where plotly.js cannot write the locale's numbers."""
    if chart.locale.is_simple:
        return {}
    step = 10.0 ** math.floor(math.log10(scale_top(chart)))
    step *= next(
        part for part in (0.1, 0.2, 0.5, 1, 2) if scale_top(chart) / step / part < MOST_TICKS
    )
    step = step if chart.percent else max(1, round(step))
    values = np.arange(0, scale_top(chart) + step / 2, step).tolist()
    unit = " %" if chart.percent else ""
    return {
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [f"{chart.locale.short(value, 2)}{unit}" for value in values],
    }


def _axes(index: int) -> dict[str, str]:
    suffix = "" if index == 0 else str(index + 1)
    return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}


def _all_axes(chart: Chart) -> list[dict[str, str]]:
    """The axes of every panel, or those of the whole chart."""
    return [_axes(index) for index in range(len(chart.lines) if chart.panels else 1)]


def _lay_out_panels(result: go.Figure, chart: Chart, theme: Look) -> list[dict[str, Any]]:
    """The axes of each panel; gives the names above them."""
    places = panel_places(len(chart.lines))
    rows, _ = panel_grid(len(places))
    names_above: list[dict[str, Any]] = []
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
            # No line can be hidden here, so that the scale need not follow what is shown.
            "range": [0, scale_top(chart)],
        }
        if index:
            y_axis["matches"] = "y"
        result.update_layout(
            {
                names["xaxis"].replace("x", "xaxis"): x_axis,
                names["yaxis"].replace("y", "yaxis"): y_axis,
            }
        )
        names_above.append(
            {
                "text": html.escape(chart.lines[index].name, quote=False),
                "showarrow": False,
                "x": left,
                "xref": "paper",
                "xanchor": "left",
                "y": top,
                "yref": "paper",
                "yanchor": "bottom",
                "font": {"size": 13, "color": theme.text},
            }
        )
    margins = result.layout.margin
    result.update_layout(height=int(190 * rows + margins.t))
    return names_above
