"""A chart as a file: PNG and SVG by matplotlib, which needs no browser.

Only the object interface is used: pyplot keeps state for the whole process, and several people
may ask for pictures at once.
"""

from __future__ import annotations

import io
import textwrap
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from bitly_data.charts.model import (
    Chart,
    Line,
    Note,
    Stretch,
    bound_scale,
    bounded_places,
    mark_texts,
    panel_grid,
    runs,
    scale_top,
    stretches,
    unknown_places,
)
from bitly_data.charts.style import (
    BAND_OPACITY,
    BELOW_AXIS_POINTS,
    MARK_DASH,
    MARK_OPACITY,
    NOTE_POINTS,
    NOTE_STYLES,
    STATE_STYLES,
    Look,
    line_color,
    line_dash,
    look,
    marker_colors,
)
from bitly_data.states import PARTIAL, STATES

# 10 by 5.6 inches fill a slide; 200 dots an inch stay sharp in print.
WIDTH_INCHES, BODY_INCHES, PANEL_INCHES, DPI = 10.0, 4.8, 2.4, 200
# A fixed salt and no date: the same chart gives the same bytes. Text stays text in SVG. A name
# with two dollar signs is a name, not a formula.
_SETTINGS: Any = {
    "svg.hashsalt": "chart",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
}


def to_picture(chart: Chart, kind: str, *, dark: bool = False) -> bytes:
    """The chart as "png", 2,000 pixels wide, or as "svg", whose text stays text."""
    with rc_context(_SETTINGS):
        drawing = drawn(chart, dark=dark)
        buffer = io.BytesIO()
        metadata = {"Title": chart.title, **({"Date": None} if kind == "svg" else {})}
        paper = drawing.get_facecolor()
        drawing.savefig(buffer, format=kind, dpi=DPI, facecolor=paper, metadata=metadata)
    return buffer.getvalue()


def drawn(chart: Chart, *, dark: bool = False) -> Figure:
    """The drawing that a file is made of."""
    theme = look(dark=dark)
    count = len(chart.lines) if chart.panels else 1
    rows, columns = panel_grid(count)
    title = textwrap.fill(chart.title, 80)
    subtitle = "\n".join(textwrap.fill(part, 110) for part in (chart.subtitle, chart.key) if part)
    head = 0.3 + 0.28 * (title.count("\n") + 1) + 0.2 * (subtitle.count("\n") + 1)
    height = head + (BODY_INCHES if rows == 1 else PANEL_INCHES * rows)
    drawing = Figure(
        figsize=(WIDTH_INCHES, height),
        facecolor=theme.background,
        layout=ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 1 - head / height), h_pad=0.06),
    )
    for text, size, down in (
        (title, 15, 0.14),
        (subtitle, 9, 0.22 + 0.28 * (title.count("\n") + 1)),
    ):
        drawing.text(0.015, 1 - down / height, text, fontsize=size, color=theme.text, va="top")
    axes = drawing.subplots(rows, columns, sharey=True, squeeze=False)
    for index, place in enumerate(axes.flat):
        if chart.panels and index >= count:
            place.set_axis_off()
            continue
        _draw(place, chart, (chart.lines[index],) if chart.panels else chart.lines, theme)
        if chart.panels:
            place.set_title(chart.lines[index].name, loc="left", fontsize=10, color=theme.text)
    if not chart.panels and (len(chart.lines) > 1 or chart.notes):
        drawing.legend(
            loc="outside lower left", ncols=3, frameon=False, fontsize=9, labelcolor=theme.text
        )
    return drawing


def _draw(place: Axes, chart: Chart, lines: tuple[Line, ...], theme: Look) -> None:
    for line in lines:
        _stroke(place, line, theme)
    for note in chart.notes:
        _note(place, note, theme)
    for at, text in mark_texts(chart):
        place.axvline(
            at, color=theme.text, alpha=MARK_OPACITY, linewidth=0.8, linestyle=MARK_DASH.matplotlib
        )
        place.annotate(
            text,
            (at, 1),
            xycoords=("data", "axes fraction"),
            fontsize=8,
            va="top",
            ha="left" if at < len(chart.labels) / 2 else "right",
            color=theme.text,
            xytext=(2 if at < len(chart.labels) / 2 else -2, 0),
            textcoords="offset points",
        )
    last = max(len(chart.labels) - 1, 0)
    place.set_xlim(-max(0.02 * last, 0.5), last + max(0.02 * last, 0.5))
    ticks = chart.ticks[:: max(1, -(-len(chart.ticks) // 4))] if chart.panels else chart.ticks
    place.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
    # Of the whole chart: panels share one scale, and what is set for one holds for all of them.
    place.set_ylim(0, scale_top(chart))
    place.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=not chart.percent))
    number, unit = chart.locale.in_picture().number, " %" if chart.percent else ""
    place.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{number(value)}{unit}"))
    place.grid(axis="y", color=theme.grid, linewidth=0.8)
    place.set_axisbelow(True)
    place.set_facecolor(theme.background)
    place.tick_params(colors=theme.text, labelsize=9, length=0)
    place.tick_params(axis="x", pad=BELOW_AXIS_POINTS)
    for side in place.spines.values():
        side.set_visible(False)


def _note(place: Axes, note: Note, theme: Look) -> None:
    own = NOTE_STYLES[note.shape]
    if own.is_band:
        for index, (first, end) in enumerate(runs(note.flags)):
            place.axvspan(
                first - 0.5,
                end + 0.5,
                color=theme.text,
                alpha=BAND_OPACITY,
                linewidth=0,
                label="_nolegend_" if index else note.word,
            )
        return
    at = np.flatnonzero(note.flags)
    place.plot(
        at,
        np.zeros(len(at)),
        color=theme.text,
        linestyle="none",
        marker=own.matplotlib_marker,
        clip_on=False,
        markersize=NOTE_POINTS,
        label=note.word,
    )


def _stroke(place: Axes, line: Line, theme: Look) -> None:
    """A line with its markers, and the signs on the axis where it has a gap."""
    # matplotlib leaves names that begin with "_" out of the legend.
    name: str | None = f" {line.name}" if line.name.startswith("_") else line.name
    marked, pieces = line.marked, stretches(line)
    if not pieces:  # its signs are told by its entry in the legend alone
        _way(place, line, Stretch([], [], running=False), name, theme)
    for piece in pieces:
        _way(place, line, piece, name, theme)
        name = None  # a line of several strokes has one entry in the legend
        pointed = [at for at in piece.x if piece.running or marked[at] or len(piece.x) == 1]
        for code in np.unique(line.states[pointed]).tolist():
            # The finished buckets where a dotted way begins and ends have their own markers.
            if (code == PARTIAL) == piece.running:
                at = [index for index in pointed if line.states[index] == code]
                _points(place, line, at, line.values[at], STATES[code], theme)
    for state, at in unknown_places(line).items():
        _points(place, line, at, np.zeros(len(at)), state, theme)
    for state, at in bounded_places(line).items():
        size = STATE_STYLES[state].matplotlib_size * bound_scale(line)
        _points(place, line, at, line.at_least[at], state, theme, markersize=size)


def _way(place: Axes, line: Line, piece: Stretch, name: str | None, theme: Look) -> None:
    """One stroke, with its entry in the legend if it has a name."""
    color, dash = line_color(line.style, theme), line_dash(line.style, theme)
    if piece.running:
        own = STATE_STYLES["partial"]
        color, dash = own.color or color, own.dash or dash
    place.plot(
        piece.x,
        piece.y,
        color=color,
        linewidth=1.8,
        label=name or "_nolegend_",
        linestyle=dash.matplotlib,
    )


def _points(
    place: Axes,
    line: Line,
    at: list[int],
    heights: NDArray[np.float64],
    state: str,
    theme: Look,
    **more: Any,
) -> None:
    """The markers of one state at the places `at` of a line."""
    own = STATE_STYLES[state]
    outline, filling = marker_colors(state, line_color(line.style, theme), theme)
    look_of_state: dict[str, Any] = {
        "color": outline,
        "linestyle": "none",
        "marker": own.matplotlib_marker,
        "markersize": own.matplotlib_size,
        "markerfacecolor": filling or "none",
        "label": "_nolegend_",
        "clip_on": False,  # what is at 0 stands on the axis, whole
    }
    place.plot(at, heights, **(look_of_state | more))
