"""What a view presents: frozen values that a page lays out and a report writes. Plain text only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bitly_data.charts.model import Chart
from bitly_data.series import ClickSeries, groups_of

UNKNOWN_TEXT, WAITING_TEXT = "–", "…"
# Kinds of a notice, from quiet to loud.
CAPTION, INFO, WARNING, ERROR = "caption", "info", "warning", "error"
# Kinds of a column: words, clicks, per cent, whole numbers, times.
TEXT, COUNT, PERCENT, WHOLE, TIME = "text", "count", "percent", "whole", "time"
# A sparkline, a part of a whole as a bar, a change: the last two in per cent.
TREND, SHARE, CHANGE = "trend", "share", "change"
# Kinds of a small chart in a key figure.
AREA, BAR = "area", "bar"
# The column of lower bounds beside that of clicks, and what stands above it.
AT_LEAST, AT_LEAST_TITLE = "At least", "At least (≥)"

# A trend is the numbers of its sparkline, oldest first, `None` where not known.
Trend = tuple[float | None, ...]
Cell = str | int | float | None | Trend


@dataclass(frozen=True)
class Metric:
    """A number with its label, what is to be known of it (`help`), and a word below (`delta`).

    Of a change: `tone` is which way it clearly points, "more" or "fewer", or "usual" where it does
    not, or empty where that cannot be told; `delta` says so in words, never a colour alone.

    `trend` is a small chart of finished buckets, oldest first, `None` where not known [count];
    empty where there are too few to draw. `trend_kind` is AREA or BAR. `short` is the label where
    there is little room; empty: the same.
    """

    label: str
    value: str
    help: str = ""
    delta: str = ""
    tone: str = ""
    trend: tuple[float | None, ...] = ()
    trend_kind: str = AREA
    short: str = field(default="", compare=False)


@dataclass(frozen=True)
class Notice:
    """A sentence beside the numbers; `icon` is the name of a Material icon."""

    kind: str
    text: str
    icon: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: `values` of its `kind`, `None` where nothing is known.

    `title` is what stands above it where that is not its `name`, `width` how wide it is [px], 0: as
    it comes. A change from nothing is `inf`; `tones` ("more", "fewer" or nothing) say what colour a
    change has, where that is not told by its size. `colors` of words are the numbers of the lines
    that they name, -1 for none: so a table is a chart's legend. Times are their labels, and what
    they are sorted by: `clock`, the wall clock [ms since 1970 began on it], which a browser writes
    by `pattern` (moment.js).
    """

    name: str
    values: Sequence[Cell]
    kind: str = TEXT
    title: str = ""
    clock: Sequence[int | None] = ()
    pattern: str = ""
    width: int = 0
    tones: Sequence[str] = ()
    most: float = 0  # of a share: what fills the bar; 0: the largest one
    colors: Sequence[int] = ()


@dataclass(frozen=True)
class Table:
    """Columns of the same length; `on_phone` names those that a phone has room for, empty: all.

    `hidden` are not shown and only say what a row is, for whoever clicks on it. So many rows from
    the top are `ranked`; they are numbered where a click on one leads somewhere.
    """

    columns: tuple[Column, ...]
    on_phone: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    ranked: int = 0


@dataclass(frozen=True)
class RowsFile:
    """A file of rows, a row a bucket: of these series, with `more` columns of numbers."""

    name: str
    series: tuple[ClickSeries, ...]
    more: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    @property
    def groups(self) -> str:
        """Which of the account's groups are counted in it, in words; empty where there are none to
        choose from.
        """
        return groups_of(self.series)


@dataclass(frozen=True)
class TableFile:
    """A file of a table: its columns by name, all of the same length, `None` where not known."""

    name: str
    columns: Mapping[str, Sequence[Cell]]


@dataclass(frozen=True)
class Section:
    """A part of a page, from top to bottom; what is empty is not drawn."""

    title: str = ""
    metrics: tuple[Metric, ...] = ()
    notices: tuple[Notice, ...] = ()
    chart: Chart | None = None
    table: Table | None = None
    file: RowsFile | None = None
    source: str = ""  # where the numbers came from
