"""A chart as a file: PNG and SVG by matplotlib, which needs no browser.

Only the object interface is used: pyplot keeps state for the whole process, and several people
may ask for pictures at once.
"""

from __future__ import annotations

import io
import textwrap
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
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
    stack,
    stack_outline,
    stack_parts,
    stretches,
    unknown_places,
    zero_places,
)
from bitly_data.charts.places import Scale, end_names, has_end_names, peak, scale_of, without_middle
from bitly_data.charts.style import (
    BAND_OPACITY,
    BELOW_AXIS_POINTS,
    MAIN,
    MAIN_POINTS,
    MARK_DASH,
    MARK_OPACITY,
    NOTE_POINTS,
    NOTE_STYLES,
    OTHER,
    QUIET_POINTS,
    STACK_EDGE,
    STATE_STYLES,
    ZERO_STYLE,
    Look,
    StateStyle,
    line_color,
    line_dash,
    look,
    marker_colors,
)
from bitly_data.charts.ticks import MOST_LINES, PANEL_LINES
from bitly_data.states import PARTIAL, STATES

# 10 by 5.6 inches fill a slide; 200 dots an inch stay sharp in print.
WIDTH_INCHES, BODY_INCHES, PANEL_INCHES, DPI = 10.0, 4.8, 2.4, 200
# How far apart names at the lines' ends stand, as a part of the plot: 9 points and a little, of
# about 290 points that the plot is high.
NAME_GAP = 0.042
LEGEND_COLUMNS, LEGEND_INCHES = 3, 0.19
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
    # The font of pictures has not every digit and letter.
    chart = replace(chart, locale=chart.locale.in_picture())
    count = len(chart.lines) if chart.panels else 1
    rows, columns = panel_grid(count)
    title = textwrap.fill(chart.title, 80)
    subtitle = "\n".join(textwrap.fill(part, 110) for part in (chart.subtitle, chart.key) if part)
    head = 0.3 + 0.28 * (title.count("\n") + 1) + 0.2 * (subtitle.count("\n") + 1)
    height = head + (PANEL_INCHES * rows if rows > 1 else BODY_INCHES + _legend_inches(chart))
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
    axes = drawing.subplots(rows, columns, sharey=not chart.own_scales, squeeze=False)
    for index, place in enumerate(axes.flat):
        if chart.panels and index >= count:
            place.set_axis_off()
            continue
        lines = chart.lines[index : index + 1] if chart.panels else chart.lines
        _draw(place, chart, lines, theme)
        if chart.panels:
            total = chart.total_text(chart.lines[index])
            words = without_middle(chart.lines[index].name) + (f"  {total}" if total else "")
            place.set_title(words, loc="left", fontsize=10, color=theme.text)
    if _has_legend(chart):
        drawing.legend(
            loc="outside lower left",
            ncols=LEGEND_COLUMNS,
            frameon=False,
            fontsize=9,
            labelcolor=theme.text,
        )
    return drawing


def _has_legend(chart: Chart) -> bool:
    if chart.panels:
        return False
    return bool(chart.notes) or (len(chart.lines) > 1 and not has_end_names(chart))


def _legend_inches(chart: Chart) -> float:
    """The room for a long legend, which would else take that of the plot; a short one fits."""
    rows = -(-(len(chart.lines) + len(chart.notes)) // LEGEND_COLUMNS) if _has_legend(chart) else 0
    return max(0, rows - 3) * LEGEND_INCHES


def _draw(place: Axes, chart: Chart, lines: tuple[Line, ...], theme: Look) -> None:
    # Of the whole chart where panels share one scale: what is set for one holds for all of them.
    shared = lines if chart.own_scales else chart.lines
    most = PANEL_LINES if chart.panels else MOST_LINES
    scale = scale_of(chart, shared, most)
    _axes(place, chart, scale, theme)
    # The other period stands behind what is asked about.
    for line in sorted(lines, key=lambda line: line.role != OTHER):
        _line(place, chart, line, scale, theme)
    for note in chart.notes:
        _note(place, note, theme)
    for at, text in mark_texts(chart):
        place.axvline(
            at, color=theme.text, alpha=MARK_OPACITY, linewidth=0.8, linestyle=MARK_DASH.matplotlib
        )
        left = at < len(chart.labels) / 2
        _words(
            place,
            text,
            (at, 1),
            8,
            theme.text,
            xycoords=("data", "axes fraction"),
            va="top",
            ha="left" if left else "right",
            xytext=(2 if left else -2, 0),
        )
    _names(place, chart, scale, theme)
    top = peak(chart)
    if top is not None:
        text = f"{top.number} · {top.text}"
        _words(
            place,
            text,
            (top.at, top.height),
            9,
            theme.text,
            ha=top.side,
            va="bottom",
            xytext=(0, 5),
        )


def _axes(place: Axes, chart: Chart, scale: Scale, theme: Look) -> None:
    """The limits of both axes, their ticks and their look."""
    last = max(len(chart.labels) - 1, 0)
    edge = 0 if chart.stacked and last else max(0.02 * last, 0.5)
    place.set_xlim(-edge, last + edge)
    ticks = chart.few_ticks if chart.panels else chart.ticks
    place.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
    if scale.log:
        place.set_yscale("log")
    place.set_ylim(scale.low, scale.high)
    place.set_yticks([value for value, _ in scale.ticks], [text for _, text in scale.ticks])
    place.minorticks_off()
    place.grid(axis="y", color=theme.grid, linewidth=0.8)
    place.set_axisbelow(True)
    place.set_facecolor(theme.background)
    place.tick_params(colors=theme.muted, labelsize=9, length=0)
    place.tick_params(axis="x", pad=BELOW_AXIS_POINTS)
    for name, side in place.spines.items():
        side.set_visible(name == "bottom")
        side.set_color(theme.axis)


def _words(
    place: Axes, text: str, at: tuple[float, float], size: float, color: str, **more: Any
) -> None:
    """A text beside a point; `xytext` moves it by points."""
    place.annotate(
        text,
        at,
        fontsize=size,
        color=color,
        textcoords="offset points",
        annotation_clip=False,
        **more,
    )


def _names(place: Axes, chart: Chart, scale: Scale, theme: Look) -> None:
    """The names of lines at their right ends, in their colours."""
    if not has_end_names(chart):
        return
    for line, name, height in end_names(chart, scale, 1.0, NAME_GAP):
        _words(
            place,
            name,
            (1, height),
            9,
            theme.muted if line.role != MAIN else _color(chart, line, theme),
            xycoords="axes fraction",
            va="center",
            ha="left",
            xytext=(8, 0),
        )


def _color(chart: Chart, line: Line, theme: Look) -> str:
    # Panels are told apart by their names, so one colour is enough.
    return line_color(0 if chart.panels else line.style, theme, line.role)


def _line(place: Axes, chart: Chart, line: Line, scale: Scale, theme: Look) -> None:
    """Everything that is drawn of a line: its area, strokes or bar, and signs."""
    color = _color(chart, line, theme)
    if chart.stacked:
        _stacked(place, chart, line, color, theme)
    elif chart.is_bar:
        _bar(place, chart, line, color, theme)
    else:
        single = len(chart.named) == 1 or chart.panels
        if single and line.role != OTHER and not chart.log:
            _area(place, line, color, theme)
        _stroke(place, chart, line, color, theme)
    _signs(place, chart, line, color, scale, theme)


def _area(place: Axes, line: Line, color: str, theme: Look) -> None:
    """The area below the finished stretches of a line."""
    for piece in stretches(line):
        if not piece.running and len(piece.x) > 1:
            place.fill_between(piece.x, piece.y, color=color, alpha=theme.area, linewidth=0)


def _stacked(place: Axes, chart: Chart, line: Line, color: str, theme: Look) -> None:
    """A line's area between what is below and above it, paler where it is still filling."""
    index = next(at for at, other in enumerate(chart.lines) if other is line)
    below, above = stack(chart)[index]
    for opacity, flags in stack_parts(chart, above):
        for first, last in flags:
            place.fill(
                *stack_outline(below, above, first, last),
                facecolor=(color, opacity),
                edgecolor=theme.background,
                linewidth=STACK_EDGE,
            )
    # Its entry in a legend.
    place.plot([], [], color=color, linewidth=6, label=_legend_name(chart, line))


def _bar(place: Axes, chart: Chart, line: Line, color: str, theme: Look) -> None:
    """One bucket: a bar with its number; hollow while it is still filling."""
    left, width = bar_place(chart, line)
    value = float(line.values[0])
    running = bool(line.states[0] == PARTIAL)
    outline, filling = marker_colors("partial" if running else "counted", color, theme)
    known = not np.isnan(value)
    low = place.get_ylim()[0]
    bar = Rectangle(
        (left, low if known else 0),
        width if known else 0,
        (value - low) if known else 0,
        facecolor=filling or theme.background,
        edgecolor=outline,
        linewidth=1,
        label=_legend_name(chart, line),
    )
    place.add_patch(bar)
    if known:
        text = chart.number_text(value)
        _words(
            place,
            text,
            (left + width / 2, value),
            9,
            theme.text,
            ha="center",
            va="bottom",
            xytext=(0, 3),
        )


def bar_place(chart: Chart, line: Line) -> tuple[float, float]:
    """Where a line's bar begins and how wide it is, of all that stand at the one bucket."""
    if chart.panels or len(chart.lines) == 1:
        return -0.1, 0.2
    index = next(at for at, other in enumerate(chart.lines) if other is line)
    each = 0.7 / len(chart.lines)
    return -0.35 + index * each + each * 0.05, each * 0.9


def _legend_name(chart: Chart, line: Line) -> str:
    # Where names stand at the ends of the lines they are not said twice.
    if has_end_names(chart):
        return "_nolegend_"
    # matplotlib leaves names that begin with "_" out of the legend.
    return f" {line.name}" if line.name.startswith("_") else line.name


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


def _stroke(place: Axes, chart: Chart, line: Line, color: str, theme: Look) -> None:
    """A line with its markers."""
    name: str | None = _legend_name(chart, line)
    marked, pieces = chart.marked(line), stretches(line)
    if not pieces:  # its signs are told by its entry in the legend alone
        _way(place, line, Stretch([], [], running=False), name, color, theme)
    for piece in pieces:
        _way(place, line, piece, name, color, theme)
        name = None  # a line of several strokes has one entry in the legend
        pointed = [at for at in piece.x if piece.running or marked[at] or len(piece.x) == 1]
        for code in np.unique(line.states[pointed]).tolist():
            # The finished buckets where a dotted way begins and ends have their own markers.
            if (code == PARTIAL) == piece.running:
                at = [index for index in pointed if line.states[index] == code]
                own = STATE_STYLES[STATES[code]]
                colors = marker_colors(STATES[code], color, theme)
                _points(place, own, at, line.values[at], colors)


def _signs(place: Axes, chart: Chart, line: Line, color: str, scale: Scale, theme: Look) -> None:
    """The signs on the axis where a line has a gap, and those at lower bounds."""
    # Bars stand side by side at one place, and so do their signs.
    beside = 0.0
    if chart.is_bar:
        left, width = bar_place(chart, line)
        beside = left + width / 2
    for state, at in unknown_places(line).items():
        own, colors = STATE_STYLES[state], marker_colors(state, color, theme)
        _points(place, own, at, np.full(len(at), scale.floor), colors, beside=beside)
    for state, at in bounded_places(line).items():
        own, colors = STATE_STYLES[state], marker_colors(state, color, theme)
        heights = line.at_least[at].clip(min=scale.floor)
        _points(
            place,
            own,
            at,
            # In a stack what is below it is not known either, so that a height says nothing.
            np.full(len(at), scale.floor) if chart.stacked else heights,
            colors,
            beside=beside,
            markersize=own.matplotlib_size * bound_scale(line),
        )
    zeros = zero_places(line)
    if zeros:
        _points(place, ZERO_STYLE, zeros, np.full(len(zeros), scale.floor), (color, None))


def _way(
    place: Axes, line: Line, piece: Stretch, name: str | None, color: str, theme: Look
) -> None:
    """One stroke, with its entry in the legend if it has a name."""
    dash = line_dash(line.style, theme, line.role)
    if piece.running:
        own = STATE_STYLES["partial"]
        color, dash = own.color or color, own.dash or dash
    place.plot(
        piece.x,
        piece.y,
        color=color,
        linewidth=MAIN_POINTS if line.role == MAIN else QUIET_POINTS,
        label=name or "_nolegend_",
        linestyle=dash.matplotlib,
    )


def _points(
    place: Axes,
    own: StateStyle,
    at: list[int],
    heights: NDArray[np.float64],
    colors: tuple[str, str | None],
    *,
    beside: float = 0.0,
    **more: Any,
) -> None:
    """The markers of one state at the places `at` of a line, or `beside` these."""
    outline, filling = colors
    look_of_state: dict[str, Any] = {
        "color": outline,
        "linestyle": "none",
        "marker": own.matplotlib_marker,
        "markersize": own.matplotlib_size,
        "markerfacecolor": filling or "none",
        "label": "_nolegend_",
        "clip_on": False,  # what is at 0 stands on the axis, whole
    }
    place.plot([index + beside for index in at], heights, **(look_of_state | more))
