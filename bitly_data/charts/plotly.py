"""Chart to plotly figure, as the page shows it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from bitly_data.charts import hover
from bitly_data.charts.model import (
    Chart,
    Line,
    Note,
    Stretch,
    bound_scale,
    bounded_places,
    mark_texts,
    panel_grid,
    panel_places,
    runs,
    stack,
    stack_outline,
    stack_parts,
    stretches,
    unknown_places,
    zero_places,
)
from bitly_data.charts.places import (
    Scale,
    end_names,
    has_end_names,
    peak,
    scale_of,
    so_far,
    without_middle,
)
from bitly_data.charts.style import (
    BAND_OPACITY,
    HEIGHT,
    MAIN,
    MAIN_PIXELS,
    MARK_DASH,
    MARK_OPACITY,
    MOST_THICK,
    NAME_MARGIN,
    NAME_PIXELS,
    NOTE_PIXELS,
    NOTE_STYLES,
    OTHER,
    OUTLINE_PIXELS,
    PANEL_COLUMNS,
    PANEL_PIXELS,
    PHONE_HEIGHT,
    QUIET_PIXELS,
    SEVERAL_PIXELS,
    STACK_EDGE,
    STATE_STYLES,
    TEXT_PIXELS,
    TICK_PIXELS,
    ZERO_STYLE,
    Look,
    StateStyle,
    font,
    line_color,
    line_dash,
    look,
    marker_colors,
)
from bitly_data.charts.ticks import MOST_LINES, PANEL_LINES, PHONE_LINES
from bitly_data.states import COUNTED, PARTIAL, STATES

T = TypeVar("T")
# What Streamlit gives to plotly.js. Its bar of tools offers nothing that the page does not, and a
# double click would undo a period that the page has set. All words come written by the reader's
# locale, and numbers with its separators, so that the chart library needs none of its own.
CONFIG = {"displayModeBar": False, "doubleClick": False, "locale": "en"}

# A line's name behind its number. plotly.js looks for fields in a hover text, and in no other text
# of a figure without `meta`, so a name is never written into one. Without the empty `<extra>` it
# writes the name once more.
_ROW = "%{fullData.name}<extra></extra>"
# A whole number it writes itself, with the separators of the layout, where the locale has no more.
_WRITTEN = "<b>%{y:,.0f}</b>"
# A name in a hover box or a legend: so many letters leave room for the chart.
NAME_LETTERS_IN_BOX = 40

# Room around the plot [px]: the axis' words below it, and each line of them.
TOP_PIXELS, RIGHT_PIXELS, BELOW_PIXELS, LINE_PIXELS = 8, 10, 12, 14
# Numbers stand inside at the left: so much of the axis is kept free for them, more on a phone. At
# the other end, and where they stand outside, markers are seen whole.
LEFT_PART, PHONE_LEFT_PART, PANEL_LEFT_PART, RIGHT_PART = 0.045, 0.10, 0.14, 0.022
# A legend below the plot has a row of notes [px].
NOTES_PIXELS = 24


@dataclass(frozen=True)
class _Drawing:
    """What all parts of a figure are drawn by."""

    chart: Chart
    theme: Look
    compact: bool

    @property
    def many(self) -> bool:
        return len(self.chart.named) > 1

    @property
    def names_at_ends(self) -> bool:
        return not self.compact and has_end_names(self.chart)

    @property
    def legend(self) -> str:
        """Where the legend stands: "" for none, "right"; "notes": below, of notes alone.

        A phone has no room for one that is whole: there the table below the chart has the names,
        in the colours of their lines, and a touch tells them.
        """
        if self.many and not self.chart.panels and not self.names_at_ends and not self.compact:
            return "right"
        return "notes" if self.chart.notes else ""

    @property
    def columns(self) -> int:
        return 1 if self.compact else PANEL_COLUMNS

    @property
    def ticks(self) -> tuple[tuple[int, str], ...]:
        return self.chart.few_ticks if self.compact or self.chart.panels else self.chart.ticks

    @property
    def below(self) -> int:
        """The height of the axis' words [px]."""
        lines = max((text.count("\n") + 1 for _, text in self.ticks), default=1)
        return BELOW_PIXELS + LINE_PIXELS * lines

    @property
    def bottom(self) -> int:
        """The whole margin below the plot [px]."""
        return self.below + (NOTES_PIXELS if self.legend == "notes" else 0)

    @property
    def height(self) -> int:
        if self.chart.panels:
            rows, _ = panel_grid(len(self.chart.lines), self.columns)
            return PANEL_PIXELS * rows + TOP_PIXELS + self.bottom
        # What stands below the axis' words comes on top of the height that a chart has.
        return (PHONE_HEIGHT if self.compact else HEIGHT) + self.bottom - self.below

    @property
    def plot_height(self) -> int:
        return self.height - TOP_PIXELS - self.bottom

    def lines_at(self, index: int) -> tuple[Line, ...]:
        """The lines that share the axes of the line with that number."""
        return (self.chart.lines[index],) if self.chart.panels else self.chart.lines

    def scale(self, index: int = 0) -> Scale:
        """The scale of the whole chart, or of the panel of a line."""
        if not self.chart.own_scales:
            return self.common_scale
        return scale_of(self.chart, self.chart.lines[index : index + 1], self.most_grid_lines)

    @cached_property
    def common_scale(self) -> Scale:
        """The scale that all lines share, where they have not their own."""
        return scale_of(self.chart, self.chart.lines, self.most_grid_lines)

    @property
    def most_grid_lines(self) -> int:
        if self.chart.panels:
            return PANEL_LINES
        return PHONE_LINES if self.compact else MOST_LINES

    @property
    def writes_numbers(self) -> bool:
        """Whether plotly.js writes the chart's numbers as the reader's locale does."""
        chart = self.chart
        return chart.whole and not chart.percent and chart.locale.is_simple

    def color(self, line: Line) -> str:
        # Panels are told apart by their names, so one colour is enough.
        return line_color(0 if self.chart.panels else line.style, self.theme, line.role)

    def dash(self, line: Line) -> str:
        return line_dash(0 if self.chart.panels else line.style, self.theme, line.role).plotly

    def width(self, line: Line) -> float:
        if line.role != MAIN or len(line.values) > MOST_THICK:
            return QUIET_PIXELS
        return SEVERAL_PIXELS if self.many else MAIN_PIXELS


def figure(
    chart: Chart, *, dark: bool = False, compact: bool = False, selectable: bool = False
) -> go.Figure:
    """The plotly figure of a chart, without its title, which the page writes above it.

    `compact` is for a phone; `selectable`: dragging along the time selects buckets. The axis is
    ordinal: plotly.js drops UTC offsets and would put two 01:00 on one place.
    """
    drawing = _Drawing(chart, look(dark=dark), compact)
    result = go.Figure(layout=_layout(drawing, selectable=selectable))
    # The other period stands behind what is asked about.
    order = sorted(range(len(chart.lines)), key=lambda index: chart.lines[index].role != OTHER)
    traces: list[Any] = []
    for index in order:
        axes = _axes(index) if chart.panels else {}
        traces += [trace.update(axes) for trace in _traces_of(drawing, index)]
    if drawing.legend == "notes":  # the lines have their names elsewhere
        for trace in traces:
            trace.update(showlegend=False)
    traces += [_note_trace(drawing, note) for note in chart.notes]
    if selectable:
        for trace in traces:
            if trace.type == "scatter":  # else what is not selected fades
                trace.update(unselected={"marker": {"opacity": 1}})
    result.add_traces(traces)
    # All at once: each that plotly is given alone makes it check all of them anew.
    result.update_layout(
        shapes=[*_bands(drawing), *_mark_lines(drawing)],
        annotations=[
            *(_panel_names(drawing) if chart.panels else []),
            *_mark_words(drawing),
            *_tick_words(drawing),
            *_end_names(drawing),
            *_point_words(drawing),
        ],
    )
    return result


# Lines ----------------------------------------------------------------------------------------


def _traces_of(drawing: _Drawing, index: int) -> list[Any]:
    """Everything that is drawn of a line: its area, strokes or bar, and signs."""
    chart, line = drawing.chart, drawing.chart.lines[index]
    scale = drawing.scale(index)
    signs = _sign_traces(drawing, line, scale)
    if chart.stacked:
        return [*_stack_traces(drawing, index), *signs]
    if chart.is_bar:
        return [*_bar_traces(drawing, index), *signs]
    strokes = _stroke_traces(drawing, index)
    single = len(chart.named) == 1 or chart.panels
    if single and line.role != OTHER and not chart.log:
        return [*_area_trace(drawing, line), *strokes, *signs]
    return [*strokes, *signs]


def _area_trace(drawing: _Drawing, line: Line) -> list[go.Scatter]:
    """The area below the finished stretches of a line, each down to 0 at both ends.

    plotly.js' own area would go on across a gap, as if something were known there.
    """
    x: list[float] = []
    y: list[float] = []
    for piece in stretches(line):
        if not piece.running and len(piece.x) > 1:
            x += [piece.x[0], *piece.x, piece.x[-1]]
            y += [0, *piece.y, 0]
    if not x:
        return []
    return [_filled(x, y, drawing.color(line), drawing.theme.area, fill="tozeroy")]


def _filled(
    x: Sequence[float | None], y: Sequence[float | None], color: str, opacity: float, **more: Any
) -> go.Scatter:
    """An area that nobody hovers over; numbers are told by the traces of lines."""
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        line={"width": 0, **more.pop("line", {})},
        fillcolor=_see_through(color, opacity),
        **more,
    )


def _see_through(color: str, opacity: float) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _stroke_traces(drawing: _Drawing, index: int) -> list[go.Scatter]:
    """The finished stretches of a line as one trace, and each one that is still filling."""
    line = drawing.chart.lines[index]
    running = [piece for piece in stretches(line) if piece.running]
    finished = ~np.isnan(line.values) & ~line.running
    has_finished = bool(finished.any())
    traces = [
        _running_trace(drawing, index, piece, legend=not has_finished and not at)
        for at, piece in enumerate(running)
    ]
    if has_finished or not running:
        traces.insert(0, _finished_trace(drawing, index, finished))
    return traces


def _told(
    drawing: _Drawing, index: int, at: NDArray[np.int64], *, is_height: bool
) -> dict[str, Any]:
    """What hovering says of the points of a line at these places before its name, and what made the
    bucket; -1 is a gap. `is_height`: a point is as high as its number.
    """
    chart, lines, line = drawing.chart, drawing.lines_at(index), drawing.chart.lines[index]
    places = at[at >= 0].tolist()
    if is_height and drawing.writes_numbers:
        number = _WRITTEN
        words = hover.words(chart, lines, line, places)
        told = [_beside(text) for text in words] if any(words) else [""] * len(places)
    else:
        number = ""
        rows = hover.rows(chart, lines, line, places)
        told = [f"<b>{text}</b>{_beside(words)}" for text, words in rows]
    if number and not line.makers and not any(told):
        return {"hovertemplate": f"{number}  {_ROW}"}
    texts: list[Any] = [["", ""] if line.makers else ""] * len(at)
    for place, bucket, text in zip(np.flatnonzero(at >= 0), places, told, strict=True):
        made = "".join(f"<br>   {_name(maker)}" for maker in hover.makers(line, bucket))
        texts[place] = [text, made] if line.makers else text
    fields = ("%{customdata[0]}", "%{customdata[1]}") if line.makers else ("%{customdata}", "")
    row = _ROW.replace("<extra>", f"{fields[1]}<extra>")
    return {"customdata": _unchecked(texts), "hovertemplate": f"{number}{fields[0]}  {row}"}


def _beside(words: str) -> str:
    return f"  {html.escape(words, quote=False)}" if words else ""


def _name(text: str) -> str:
    return html.escape(without_middle(text, NAME_LETTERS_IN_BOX), quote=False)


def _common(
    drawing: _Drawing, index: int, at: NDArray[np.int64], *, is_height: bool
) -> dict[str, Any]:
    """What all traces of a line have whose points are at these places; -1 is a gap."""
    line = drawing.chart.lines[index]
    return {
        "name": _name(line.name),
        "legendgroup": str(line.style),
        **_told(drawing, index, at, is_height=is_height),
    }


class _Kept(np.ndarray):
    """Values that nobody changes: plotly copies a figure several times, and of an array of objects
    each value by itself. It makes arrays read-only that it takes.
    """

    def __deepcopy__(self, _: object) -> _Kept:
        return self


def _unchecked(values: Sequence[Any]) -> _Kept:
    """The same values as plotly takes them as they are: of a list it looks at each, over and over,
    and of 50 lines over a year that is half the time of a chart.
    """
    return np.fromiter(values, dtype=object, count=len(values)).view(_Kept)


def _as_numbers(values: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """The same numbers in half the bytes, where these hold them: a browser gets the bytes."""
    small = values.astype(np.float32)
    return small if np.array_equal(small, values, equal_nan=True) else values


def _finished_trace(drawing: _Drawing, index: int, finished: NDArray[np.bool_]) -> go.Scatter:
    """The finished buckets of a line, with gaps between them where there is nothing."""
    line = drawing.chart.lines[index]
    color = drawing.color(line)
    # Only the finished bucket without one beside it is nothing but its marker.
    beside = np.r_[False, finished[:-1]] | np.r_[finished[1:], False]
    shown = finished & (drawing.chart.marked(line) | ~beside)
    # A browser draws each marker by itself, also one of no size: none where none is seen.
    markers: dict[str, Any] = {"mode": "lines"}
    if shown.any():
        states = [STATES[code] for code in np.where(finished, line.states, COUNTED)]
        markers = {
            "mode": "lines+markers",
            "marker": _markers(states, shown.tolist(), color, drawing.theme),
        }
    y = _as_numbers(np.where(finished, line.values, np.nan))
    return go.Scatter(
        # Without any its entry in the legend is a point that is not there.
        **({"x0": 0, "dx": 1, "y": y} if finished.any() else {"x": [None], "y": [None]}),
        connectgaps=False,
        cliponaxis=False,  # a 0 stands on the axis, whole
        line={"color": color, "dash": drawing.dash(line), "width": drawing.width(line)},
        **markers,
        **_common(drawing, index, np.where(finished, np.arange(len(finished)), -1), is_height=True),
    )


def _markers(
    states: Sequence[str], shown: Sequence[bool], color: str, theme: Look
) -> dict[str, Any]:
    """The markers of n points on a line of that colour, by their states."""
    looks = {state: marker_colors(state, color, theme) for state in set(states)}
    sizes = [
        STATE_STYLES[state].plotly_size if there else 0
        for state, there in zip(states, shown, strict=True)
    ]
    markers: dict[str, Any] = {
        "size": _one_if_equal(sizes),
        "symbol": _one_if_equal([STATE_STYLES[state].plotly_symbol for state in states]),
        # Of markers of many sizes plotly.js makes bubbles, pale ones with an edge of paper.
        "opacity": 1,
    }
    if set(looks.values()) <= {(color, color)}:
        return {"color": color, "line": {"width": 0}, **markers}
    each = [looks[state] for state in states]
    return {
        "color": [filling or outline for outline, filling in each],
        "line": {"color": [outline for outline, _ in each], "width": OUTLINE_PIXELS},
        **markers,
    }


def _one_if_equal(values: Sequence[T]) -> T | Sequence[T]:
    """The one value that all have, which plotly need not check a thousand times; else all."""
    return values[0] if values.count(values[0]) == len(values) else values


def _running_trace(
    drawing: _Drawing,
    index: int,
    piece: Stretch,
    *,
    legend: bool,
) -> go.Scatter:
    """The way to and from a bucket that is still filling, with its marker."""
    line = drawing.chart.lines[index]
    own = STATE_STYLES["partial"]
    outline, filling = marker_colors("partial", drawing.color(line), drawing.theme)
    return go.Scatter(
        x=piece.x,
        y=piece.y,
        showlegend=legend,
        mode="lines+markers",
        cliponaxis=False,
        line={
            "color": outline,
            "dash": own.dash.plotly if own.dash else drawing.dash(line),
            "width": drawing.width(line),
        },
        marker={
            "symbol": own.plotly_symbol,
            "color": filling or outline,
            "line": {"color": outline, "width": OUTLINE_PIXELS},
            # The finished buckets where the dotted way begins and ends have their own.
            "size": [own.plotly_size if line.running[at] else 0 for at in piece.x],
        },
        # What is hovered over where it begins and ends is told there.
        hoverinfo="all",
        **_common(drawing, index, np.array(piece.x), is_height=True),
    )


def _bar_traces(drawing: _Drawing, index: int) -> list[go.Bar]:
    """One bucket: a bar with its number; hollow while it is still filling."""
    line = drawing.chart.lines[index]
    color, value = drawing.color(line), line.values[0]
    running = bool(line.states[0] == PARTIAL)
    own = STATE_STYLES["partial" if running else "counted"]
    known = not np.isnan(value) and not (drawing.chart.log and value <= 0)
    outline, filling = marker_colors("partial" if running else "counted", color, drawing.theme)
    return [
        go.Bar(
            x=[0 if known else None],
            y=[value if known else None],
            offsetgroup=str(line.style),
            text=[drawing.chart.number_text(value) if known else ""],
            textposition="outside",
            textfont={"color": drawing.theme.text, "size": TEXT_PIXELS},
            cliponaxis=False,
            marker={
                "color": filling or drawing.theme.background,
                "line": {"color": own.color or outline, "width": OUTLINE_PIXELS},
            },
            **_common(drawing, index, np.zeros(1, np.int64), is_height=True),
        )
    ]


def _stack_traces(drawing: _Drawing, index: int) -> list[go.Scatter]:
    """A line's area between what is below and above it, paler where it is still filling; and its
    upper edge, which is hovered over and stands in the legend.
    """
    chart, line = drawing.chart, drawing.chart.lines[index]
    below, above = stack(chart)[index]
    color, paper = drawing.color(line), drawing.theme.background
    upper = go.Scatter(
        x0=0,
        dx=1,
        y=_as_numbers(above),
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": QUIET_PIXELS},
        **_common(
            drawing,
            index,
            np.where(np.isnan(above), -1, np.arange(len(above))),
            is_height=False,
        ),
    )
    traces = [upper]
    for opacity, flags in stack_parts(chart, above):
        x: list[float | None] = []
        y: list[float | None] = []
        for first, last in flags:
            ways = stack_outline(below, above, first, last)
            x += [*ways[0], None]
            y += [*ways[1], None]
        if x:
            edge = {"color": paper, "width": STACK_EDGE}
            traces.append(_filled(x, y, color, opacity, fill="toself", line=edge))
    return traces


# Signs ----------------------------------------------------------------------------------------


def _sign_traces(drawing: _Drawing, line: Line, scale: Scale) -> list[go.Scatter]:
    """Signs where the line has a gap, on the axis or at a lower bound, one trace a state."""
    chart = drawing.chart
    traces = []
    for state, places in unknown_places(line).items():
        own = STATE_STYLES[state]
        template = f"<b>not known</b>: {own.words}  %{{fullData.name}}<extra></extra>"
        traces.append(_sign_trace(drawing, line, own, places, scale, hovertemplate=template))
    for state, places in bounded_places(line).items():
        own = STATE_STYLES[state]
        trace = _sign_trace(
            drawing,
            line,
            own,
            places,
            scale,
            customdata=[chart.bounds_text(line, at) for at in places],
            hovertemplate=f"<b>%{{customdata}}</b>, {own.words}  %{{fullData.name}}<extra></extra>",
        )
        # In a stack what is below it is not known either, so that a height says nothing.
        heights = line.at_least[places].clip(min=scale.floor).tolist()
        trace.update(
            y=[scale.floor] * len(places) if chart.stacked else heights,
            marker_size=own.plotly_size * bound_scale(line),
        )
        traces.append(trace)
    zeros = zero_places(line)
    if zeros:
        template = "<b>0</b>  %{fullData.name}<extra></extra>"
        traces.append(_sign_trace(drawing, line, ZERO_STYLE, zeros, scale, hovertemplate=template))
    return traces


def _sign_trace(
    drawing: _Drawing,
    line: Line,
    own: StateStyle,
    places: Sequence[int],
    scale: Scale,
    **more: Any,
) -> go.Scatter:
    """Signs on the axis; open, as they are no number's."""
    color = own.color or drawing.color(line)
    return go.Scatter(
        x=places,
        y=[scale.floor] * len(places),
        mode="markers",
        name=_name(line.name),
        showlegend=False,
        legendgroup=str(line.style),
        cliponaxis=False,
        marker={
            "symbol": own.plotly_symbol,
            "size": own.plotly_size,
            "color": color,
            "line": {"color": color, "width": OUTLINE_PIXELS},
        },
        **({"offsetgroup": str(line.style)} if drawing.chart.is_bar else {}),
        **more,
    )


def _note_trace(drawing: _Drawing, note: Note) -> go.Scatter:
    """A sign on the axis at each bucket that the note is of; of a band its entry in the legend."""
    own, theme = NOTE_STYLES[note.shape], drawing.theme
    at = [] if own.is_band else np.flatnonzero(note.flags).tolist()
    return go.Scatter(
        # The band's entry in the legend is a point that is not there.
        x=[None] if own.is_band else at,
        y=[None] if own.is_band else [drawing.scale().floor] * len(at),
        mode="markers",
        name=note.word,
        showlegend=True,
        cliponaxis=False,
        marker={
            "symbol": own.plotly_symbol,
            "size": NOTE_PIXELS,
            "color": theme.text,
            "opacity": BAND_OPACITY if own.is_band else 1,
            "line": {"width": 0 if own.is_band else OUTLINE_PIXELS, "color": theme.text},
        },
        hovertemplate=f"{note.word}<extra></extra>",
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


def _bands(drawing: _Drawing) -> list[dict[str, Any]]:
    """Behind the lines, where a note is shown by a band."""
    return [
        {
            "type": "rect",
            "x0": first - 0.5,
            "x1": last + 0.5,
            "line": {"width": 0},
            "fillcolor": drawing.theme.text,
            "opacity": BAND_OPACITY,
            **_upright(axes),
        }
        for note in drawing.chart.notes
        if NOTE_STYLES[note.shape].is_band
        for axes in _all_axes(drawing.chart)
        for first, last in runs(note.flags)
    ]


def _mark_lines(drawing: _Drawing) -> list[dict[str, Any]]:
    """A thin upright line at each marked bucket."""
    return [
        {
            "type": "line",
            "x0": at,
            "x1": at,
            "line": {"color": drawing.theme.text, "width": 1, "dash": MARK_DASH.plotly},
            "opacity": MARK_OPACITY,
            **_upright(axes),
        }
        for axes in _all_axes(drawing.chart)
        for at, _ in mark_texts(drawing.chart)
    ]


# Words ----------------------------------------------------------------------------------------


def _words(name: str, text: str, size: int, color: str, **more: Any) -> dict[str, Any]:
    """A text on the figure; `name` says what it is for."""
    return {
        "name": name,
        "text": text,
        "showarrow": False,
        "font": {"size": size, "color": color},
        **more,
    }


def _mark_words(drawing: _Drawing) -> list[dict[str, Any]]:
    """The words above marked buckets, where there is room."""
    chart, theme = drawing.chart, drawing.theme
    return [
        _words(
            "mark",
            text,
            TICK_PIXELS,
            theme.text,
            x=at,
            xref=axes["xaxis"],
            y=1,
            yref=f"{axes['yaxis']} domain",
            yanchor="top",
            xanchor="left" if at < len(chart.labels) / 2 else "right",
            bgcolor=theme.background,
            borderpad=1,
            opacity=0.9,
        )
        for axes in _all_axes(chart)
        for at, text in mark_texts(chart)
        if text
    ]


def _tick_words(drawing: _Drawing) -> list[dict[str, Any]]:
    """The buckets below the axis.

    They are texts of our own: the axis itself has one for each bucket, which hovering shows.
    """
    chart = drawing.chart
    count = len(chart.lines)
    last_row = range(max(0, count - drawing.columns), count) if chart.panels else (0,)
    return [
        _words(
            "tick",
            text.replace("\n", "<br>"),
            TICK_PIXELS,
            drawing.theme.muted,
            x=at,
            xref=_axes(index)["xaxis"],
            y=0,
            yref=f"{_axes(index)['yaxis']} domain",
            yanchor="top",
            yshift=-BELOW_PIXELS / 2,
            align="center",
        )
        for index in last_row
        for at, text in drawing.ticks
    ]


def _end_names(drawing: _Drawing) -> list[dict[str, Any]]:
    """The names of lines at their right ends, in their colours."""
    if not drawing.names_at_ends:
        return []
    names = end_names(drawing.chart, drawing.scale(), drawing.plot_height, NAME_PIXELS)
    return [
        _words(
            "name",
            html.escape(name, quote=False),
            TEXT_PIXELS,
            drawing.theme.muted if line.role != MAIN else drawing.color(line),
            x=1,
            xref="paper",
            xanchor="left",
            xshift=RIGHT_PIXELS,
            y=0,
            yref="paper",
            yanchor="middle",
            yshift=round(height, 1),
        )
        for line, name, height in names
    ]


def _point_words(drawing: _Drawing) -> list[dict[str, Any]]:
    """The peak with its number and bucket, and what the last ring means."""
    found = []
    top = peak(drawing.chart, compact=drawing.compact)
    if top is not None:
        text = f"<b>{top.number}</b> · {html.escape(top.text, quote=False)}"
        place = {"x": top.at, "y": top.height, "xanchor": top.side, "yshift": 14}
        if drawing.chart.log:
            place["y"] = float(np.log10(top.height))
        found.append(_words("peak", text, TEXT_PIXELS, drawing.theme.text, **place))
    ring = so_far(drawing.chart, drawing.scale())
    if ring is not None:
        height = float(np.log10(ring.height)) if drawing.chart.log else ring.height
        # Its right end a little right of the ring, where a phone still has room.
        place = {"x": ring.at, "y": height, "xanchor": "right", "xshift": 8, "yshift": -14}
        found.append(_words("so far", ring.text, TICK_PIXELS, drawing.theme.muted, **place))
    return found


# Layout ---------------------------------------------------------------------------------------


def _layout(drawing: _Drawing, *, selectable: bool) -> dict[str, Any]:
    chart, theme = drawing.chart, drawing.theme
    right = NAME_MARGIN if drawing.names_at_ends else RIGHT_PIXELS
    drag = {"dragmode": "select", "selectdirection": "h"} if selectable else {"dragmode": False}
    return {
        # Without `pad` the template leaves room between area and axis.
        "margin": {"l": 0, "r": right, "t": TOP_PIXELS, "b": drawing.bottom, "pad": 0},
        "height": drawing.height,
        "hovermode": "x unified",
        "hoversort": "value descending",
        "hoverlabel": {
            "bgcolor": theme.background,
            "bordercolor": theme.axis,
            "font": {"color": theme.text, "family": font(), "size": TEXT_PIXELS},
        },
        **drag,
        **_all_layout_axes(drawing),
        **_legend(drawing),
        "barmode": "group",
        "scattermode": "group" if chart.is_bar else "overlay",
        "bargap": 0.8 if len(chart.lines) == 1 or chart.panels else 0.3,
        "bargroupgap": 0.1,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": theme.text, "family": font(), "size": TEXT_PIXELS},
        "colorway": list(theme.colors),
        # What `_WRITTEN` writes numbers with.
        "separators": chart.locale.decimal + chart.locale.group,
    }


def _legend(drawing: _Drawing) -> dict[str, Any]:
    """The legend, never taller than the plot: it scrolls."""
    where = drawing.legend
    if not where:
        # The hover box follows it: no room between lines that are no groups.
        return {"showlegend": False, "legend": {"traceorder": "normal"}}
    if where == "right":
        beside = {"x": 1.01, "y": 1, "maxheight": 1, "traceorder": "normal"}
        return {"showlegend": True, "legend": beside}
    below = {
        "orientation": "h",
        "x": 0,
        "y": -drawing.below / drawing.plot_height,
        "yanchor": "top",
        "maxheight": NOTES_PIXELS,
        "traceorder": "normal",
    }
    return {"showlegend": True, "legend": below}


def _all_layout_axes(drawing: _Drawing) -> dict[str, Any]:
    chart = drawing.chart
    if not chart.panels:
        return {"xaxis": _x_axis(drawing, 0), "yaxis": _y_axis(drawing, 0)}
    axes: dict[str, Any] = {}
    for index, (across, up) in enumerate(panel_places(len(chart.lines), drawing.columns)):
        names = _axes(index)
        y_axis = _y_axis(drawing, index) | {"domain": up, "anchor": names["xaxis"]}
        if index and not chart.own_scales:
            y_axis["matches"] = "y"
        x_axis = _x_axis(drawing, index) | {"domain": across, "anchor": names["yaxis"]}
        axes[names["xaxis"].replace("x", "xaxis")] = x_axis
        axes[names["yaxis"].replace("y", "yaxis")] = y_axis
    return axes


def _x_axis(drawing: _Drawing, index: int) -> dict[str, Any]:
    """The buckets by their place; the text at each is the head of what hovering shows."""
    chart = drawing.chart
    last = max(len(chart.labels) - 1, 0)
    left = PHONE_LEFT_PART if drawing.compact else LEFT_PART
    left = 0.0 if chart.stacked else PANEL_LEFT_PART if chart.panels else left
    right = 0.0 if chart.stacked else RIGHT_PART
    edges = (0.5, 0.5) if not last else (left * last, right * last)
    heads = hover.heads(chart, drawing.lines_at(index)) if chart.lines else []
    return {
        "type": "linear",
        "tickmode": "array",
        "tickvals": _unchecked(range(len(heads))),
        "ticktext": _unchecked([_head(label, below) for label, below in heads]),
        "showticklabels": False,
        "ticks": "",
        "range": [-edges[0], last + edges[1]],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": drawing.theme.axis,
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "hovered data",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": drawing.theme.axis,
    }


def _head(label: str, below: str) -> str:
    lines = [html.escape(text, quote=False) for text in below.split("\n") if text]
    return "<br>".join([f"<b>{html.escape(label, quote=False)}</b>", *lines])


def _y_axis(drawing: _Drawing, index: int) -> dict[str, Any]:
    scale, theme = drawing.scale(index), drawing.theme
    ends = [float(np.log10(end)) for end in (scale.low, scale.high)] if scale.log else None
    outside = drawing.chart.stacked
    return {
        "type": "log" if scale.log else "linear",
        "range": ends or [scale.low, scale.high],
        "tickmode": "array",
        "tickvals": [value for value, _ in scale.ticks],
        "ticktext": [text for _, text in scale.ticks],
        "tickfont": {"size": TICK_PIXELS, "color": theme.muted},
        # Inside they need no margin; in a stack its areas would hide them.
        "ticklabelposition": "outside" if outside else "inside top",
        "automargin": outside,
        "fixedrange": True,
        "gridcolor": theme.grid,
        "zeroline": False,
        "showline": False,
        **({} if scale.log else {"rangemode": "tozero", "minallowed": 0}),
    }


def _axes(index: int) -> dict[str, str]:
    suffix = "" if index == 0 else str(index + 1)
    return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}


def _all_axes(chart: Chart) -> list[dict[str, str]]:
    """The axes of every panel, or those of the whole chart."""
    return [_axes(index) for index in range(len(chart.lines) if chart.panels else 1)]


def _panel_names(drawing: _Drawing) -> list[dict[str, Any]]:
    """Above each panel the name of its line and its total."""
    chart = drawing.chart
    found = []
    places = panel_places(len(chart.lines), drawing.columns)
    for line, ((left, _), (_, top)) in zip(chart.lines, places, strict=True):
        total = chart.total_text(line)
        name = html.escape(without_middle(line.name), quote=False)
        found.append(
            _words(
                "panel",
                f"<b>{name}</b>" + (f"  {total}" if total else ""),
                TEXT_PIXELS,
                drawing.theme.text,
                x=left,
                xref="paper",
                xanchor="left",
                y=top,
                yref="paper",
                yanchor="bottom",
            )
        )
    return found
