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

from bitly_data.charts.model import (
    BAND_OPACITY,
    PANEL_COLUMNS,
    Chart,
    Line,
    Look,
    Note,
    color_of,
    dash_of,
    look,
    mark_texts,
    runs,
    stretches,
    unknown_places,
)
from bitly_data.series import REBUILT

# 10 by 5.6 inches fill a slide; 200 dots an inch stay sharp in print.
WIDTH_INCHES, BODY_INCHES, PANEL_INCHES, DPI = 10.0, 4.8, 2.4, 200
_DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (5, 3)),
    "dashdot": (0, (6, 3, 1, 3)),
    "longdash": (0, (9, 3)),
    "longdashdot": (0, (9, 3, 1, 3)),
}
_DOTTED = (0, (1, 1.6))
# matplotlib's words for the signs of `charts.SIGNS` and for those of a note.
_MARKERS = {"capped": "s", "outside_window": "<", "failed": "x"}
_NOTE_MARKERS = {"stroke": "|", "triangle": "^"}
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
    theme = look(dark=dark)
    with rc_context(_SETTINGS):
        drawing = _drawn(chart, theme)
        buffer = io.BytesIO()
        metadata = {"Title": chart.title, **({"Date": None} if kind == "svg" else {})}
        drawing.savefig(buffer, format=kind, dpi=DPI, facecolor=theme.background, metadata=metadata)
    return buffer.getvalue()


def _drawn(chart: Chart, theme: Look) -> Figure:
    count = len(chart.lines) if chart.panels else 1
    columns = min(PANEL_COLUMNS, count)
    rows = -(-count // columns)
    title = textwrap.fill(chart.title, 80)
    subtitle = "\n".join(textwrap.fill(part, 110) for part in (chart.subtitle, chart.key) if part)
    head = 0.3 + 0.28 * (title.count("\n") + 1) + 0.2 * (subtitle.count("\n") + 1)
    height = head + (BODY_INCHES if rows == 1 else PANEL_INCHES * rows)
    drawing = Figure(
        figsize=(WIDTH_INCHES, height),
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
        place.axvline(at, color=theme.text, alpha=0.35, linewidth=0.8, linestyle=(0, (6, 4)))
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
    place.set_ylim(bottom=0)
    place.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=not chart.percent))
    place.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.0f}{' %' if chart.percent else ''}")
    )
    place.grid(axis="y", color=theme.grid, linewidth=0.8)
    place.set_axisbelow(True)
    place.set_facecolor(theme.background)
    place.tick_params(colors=theme.text, labelsize=9, length=0)
    for side in place.spines.values():
        side.set_visible(False)


def _note(place: Axes, note: Note, theme: Look) -> None:
    if note.shape == "band":
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
        marker=_NOTE_MARKERS[note.shape],
        clip_on=False,
        markersize=6,
        label=note.word,
    )


def _stroke(place: Axes, line: Line, theme: Look) -> None:
    color = color_of(line, theme)
    # matplotlib leaves names that begin with "_" out of the legend.
    name: str | None = f" {line.name}" if line.name.startswith("_") else line.name
    pointed = line.marked
    for stretch in stretches(line):
        place.plot(
            stretch.x,
            stretch.y,
            color=color,
            linewidth=1.8,
            label=name or "_nolegend_",
            linestyle=_DOTTED if stretch.running else _DASHES[dash_of(line)],
        )
        name = None  # a line of several strokes has one entry in the legend
        if stretch.running:
            at = [index for index in stretch.x if line.running[index]]
            _points(
                place, line, at, color, marker="o", markersize=5, markerfacecolor=theme.background
            )
            continue
        at = [index for index in stretch.x if pointed[index] or len(stretch.x) == 1]
        _points(
            place,
            line,
            [index for index in at if line.states[index] != REBUILT],
            color,
            marker="o",
            markersize=3.5,
        )
        _points(
            place,
            line,
            [index for index in at if line.states[index] == REBUILT],
            color,
            marker="D",
            markersize=4,
        )
    for state, places in unknown_places(line).items():
        place.plot(
            places,
            np.zeros(len(places)),
            color=color,
            linestyle="none",
            clip_on=False,
            marker=_MARKERS[state],
            markersize=6,
            markerfacecolor="none",
            label="_nolegend_",
        )


def _points(place: Axes, line: Line, at: list[int], color: str, **looks: Any) -> None:
    place.plot(at, line.values[at], color=color, linestyle="none", label="_nolegend_", **looks)
