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
# What Streamlit's theme has no colour for: the lines of a grid, quieter than any line of clicks;
# the axis; the other period and the rest, at 3:1 on the background as a line must be (WCAG 1.4.11).
GRIDS = {"light": "#edf0f5", "dark": "#222b37"}
AXES = {"light": "#c9d1dc", "dark": "#3a4656"}
QUIETS = {"light": "#8290a3", "dark": "#8793a4"}
# How strong the area below a single line is: dark paper swallows more of it.
AREAS = {"light": 0.10, "dark": 0.14}

# What a line is of: what is asked about, the other period behind it, or the rest of many.
MAIN, OTHER, OTHERS = "main", "other", "others"
# Of a main line, of the quiet ones, and of each where there are several [px]; as text is 1.25
# times as large in a picture, its lines are in points.
MAIN_PIXELS, QUIET_PIXELS, SEVERAL_PIXELS = 2.25, 1.5, 2.0
MAIN_POINTS, QUIET_POINTS = 1.8, 1.2
# Of more buckets than two a pixel thick strokes run into one another.
MOST_THICK = 400
# A stack's areas: the grid is seen through them, and paper stands between them [px].
STACK_OPACITY, RUNNING_OPACITY, STACK_EDGE = 0.82, 0.35, 1

# The heights of a chart [px]: the first one of a page is above the fold at 1280 by 800, and at 375
# by 812. Of small multiples it is that of each row.
HEIGHT, PHONE_HEIGHT, PANEL_PIXELS = 420, 260, 150
# Room for the names at the lines' ends, how far apart these stand, and how many letters fit.
NAME_MARGIN, NAME_PIXELS, NAME_LETTERS = 184, 17, 24
TICK_PIXELS, TEXT_PIXELS = 11, 12

# What a marker is filled with: the colour of its outline, that of the paper, or nothing.
SOLID, PAPER, OPEN = "solid", "paper", "open"


@dataclass(frozen=True)
class Dash:
    """The pattern of a stroke, in both libraries' words."""

    plotly: str
    matplotlib: Any


# Of a bucket that is partial because a click log lacks some of its hours.
PARTLY_IN_LOG = "dotted: partly in the log"

# Line patterns for whoever has more lines than there are colours; dotted is kept for the running
# bucket and for the rest of many lines.
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


# A log scale has no place for a 0: it is a gap with this sign on the axis.
ZERO_STYLE = StateStyle("▽", "0 clicks", "triangle-down-open", "v", 8, 6, fill=OPEN)

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

PANEL_COLUMNS = 3  # so many small multiples side by side; on a phone one stands below the other


@dataclass(frozen=True)
class Look:
    """The colours of one theme."""

    background: str
    text: str
    muted: str  # of ticks and notes
    grid: str
    axis: str
    quiet: str  # of the other period's line and of the rest
    area: float  # how strong the area below a line is, from 0 to 1
    colors: tuple[str, ...]  # of the lines, in their order
    more: str = ""  # of a change, as text
    fewer: str = ""

    def of_change(self, tone: str) -> str:
        """The colour of a change: "more", "fewer", or neither."""
        return {"more": self.more, "fewer": self.fewer}.get(tone, self.muted)


@lru_cache(maxsize=2)
def look(*, dark: bool) -> Look:
    """The colours of the theme file, the one place they are written."""
    name = "dark" if dark else "light"
    theme = tomllib.loads(THEME_FILE.read_text("utf-8"))["theme"][name]
    return Look(
        theme["backgroundColor"],
        theme["textColor"],
        theme["grayTextColor"],
        GRIDS[name],
        AXES[name],
        QUIETS[name],
        AREAS[name],
        tuple(theme["chartCategoricalColors"]),
        theme["greenTextColor"],
        theme["redTextColor"],
    )


@lru_cache(maxsize=1)
def font() -> str:
    """The stack of fonts of the app, for a figure: else it has one of its own."""
    return str(tomllib.loads(THEME_FILE.read_text("utf-8"))["theme"]["font"])


def line_color(index: int, theme: Look, role: str = MAIN) -> str:
    """The colour of the line with that number; quiet unless it is a main one."""
    return theme.colors[index % len(theme.colors)] if role == MAIN else theme.quiet


def line_dash(index: int, theme: Look, role: str = MAIN) -> Dash:
    """Its pattern: with the colours it comes again after fifty lines."""
    if role == OTHERS:
        return DOTTED
    return DASHES[index // len(theme.colors) % len(DASHES)] if role == MAIN else DASHES[0]


def marker_colors(state: str, line: str, theme: Look) -> tuple[str, str | None]:
    """The outline and the filling of a state's marker on a line of that colour.

    The filling is `None` where the marker is open.
    """
    own = STATE_STYLES[state]
    outline = own.color or line
    return outline, {SOLID: outline, PAPER: theme.background, OPEN: None}[own.fill]
