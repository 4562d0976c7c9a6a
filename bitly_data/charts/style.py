"""How everything in a chart looks, once, for the figure on the page and for the picture files.

Sizes are in pixels for plotly and in points for matplotlib. A change of a row here shows in both.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bitly_data.package_files import theme_file

THEME_FILE = theme_file()
# Streamlit's theme has no colour for the lines of a grid: quieter than any line of clicks.
GRIDS = {"light": "#dfe4ea", "dark": "#333c47"}

# What a marker is filled with: the colour of its outline, that of the paper, or nothing.
SOLID, PAPER, OPEN = "solid", "paper", "open"


@dataclass(frozen=True)
class Dash:
    """The pattern of a stroke, in both libraries' words."""

    plotly: str
    matplotlib: Any


# Of a bucket that is partial because a click log lacks some of its hours.
PARTLY_IN_LOG = "dotted: partly in the log"

# Line patterns beside the colours; dotted is kept for the running bucket.
DASHES = (
    Dash("solid", "-"),
    Dash("dash", (0, (5, 3))),
    Dash("dashdot", (0, (6, 3, 1, 3))),
    Dash("longdash", (0, (9, 3))),
    Dash("longdashdot", (0, (9, 3, 1, 3))),
)
DOTTED = Dash("dot", (0, (1, 1.6)))


@dataclass(frozen=True)
class StateStyle:
    """How a state is drawn, and what the chart's key says of it.

    A bucket that is not known is a gap with its marker on the axis; one of which a lower bound is
    known has it there instead.
    """

    sign: str  # what stands for the marker in a text
    words: str
    plotly_symbol: str
    matplotlib_marker: Any
    plotly_size: float  # [px]
    matplotlib_size: float  # [pt]
    fill: str = SOLID
    color: str | None = None  # None: that of the line
    dash: Dash | None = None  # of the stroke to and from the bucket; None: that of the line


STATE_STYLES = {
    "counted": StateStyle("●", "counted", "circle", "o", 5, 3.5),
    "rebuilt": StateStyle("◆", "rebuilt", "diamond", "D", 7, 4),
    "partial": StateStyle(
        "○", "dotted: still filling", "circle", "o", 7, 5, fill=PAPER, color=None, dash=DOTTED
    ),
    # Upright, or they would join to a line of zeros where many stand side by side. matplotlib has
    # no such sign: a star of two rays, turned.
    "not_in_log": StateStyle("╱", "not in the log", "line-ne", (2, 2, -45), 8, 6, fill=OPEN),
    "capped": StateStyle("□", "cut off by the limit", "square-open", "s", 8, 6, fill=OPEN),
    "outside_window": StateStyle(
        "◁", "outside the window", "triangle-left-open", "<", 8, 6, fill=OPEN
    ),
    "failed": StateStyle("✕", "not answered", "x-thin", "x", 8, 6, fill=OPEN),
    "not_begun": StateStyle("▷", "not begun", "triangle-right-open", ">", 8, 6, fill=OPEN),
}


# What the chart's key says of a marker that stands at a lower bound, by the sign of its state.
BOUND_WORDS = "at least this many clicks"
# Of many markers at lower bounds each is smaller, so that they stay apart.
CROWDED = 0.5


@dataclass(frozen=True)
class NoteStyle:
    """How something that is true of some buckets is shown: on the axis, or as a band behind."""

    plotly_symbol: str
    matplotlib_marker: str
    is_band: bool = False


NOTE_STYLES = {
    "band": NoteStyle("square", "s", is_band=True),
    "stroke": NoteStyle("line-ns", "|"),
    "triangle": NoteStyle("triangle-up", "^"),
}
NOTE_PIXELS, NOTE_POINTS = 9, 6
# Signs stand on the axis, so half of each lies below it: the words of the axis keep clear.
BELOW_AXIS_PIXELS, BELOW_AXIS_POINTS = 5, 7
# A band behind the lines that both themes show and no line is lost in.
BAND_OPACITY = 0.12

OUTLINE_PIXELS = 1.5  # of a marker that is not solid: as thick as a line, nearly

# The upright line at a marked bucket: seen, and behind everything.
MARK_DASH, MARK_OPACITY = Dash("longdash", (0, (6, 4))), 0.35

PANEL_COLUMNS = 2  # as many small multiples side by side as a phone shows


@dataclass(frozen=True)
class Look:
    """The colours of one theme."""

    background: str
    text: str
    grid: str
    colors: tuple[str, ...]  # of the lines, in their order


@lru_cache(maxsize=2)
def look(*, dark: bool) -> Look:
    """The colours of the theme file, the one place they are written."""
    name = "dark" if dark else "light"
    theme = tomllib.loads(THEME_FILE.read_text("utf-8"))["theme"][name]
    return Look(
        theme["backgroundColor"],
        theme["textColor"],
        GRIDS[name],
        tuple(theme["chartCategoricalColors"]),
    )


def line_color(index: int, theme: Look) -> str:
    """The colour of the line with that number."""
    return theme.colors[index % len(theme.colors)]


def line_dash(index: int, theme: Look) -> Dash:
    """Its pattern; with the colours it comes again after fifty lines."""
    return DASHES[(index + index // len(theme.colors)) % len(DASHES)]


def marker_colors(state: str, line: str, theme: Look) -> tuple[str, str | None]:
    """The outline and the filling of a state's marker on a line of that colour.

    The filling is `None` where the marker is open.
    """
    own = STATE_STYLES[state]
    outline = own.color or line
    return outline, {SOLID: outline, PAPER: theme.background, OPEN: None}[own.fill]
