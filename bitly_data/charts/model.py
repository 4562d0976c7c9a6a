"""Frame to chart: everything that a reader sees, as plain values in no library's words.

The figure on the page (`figures.py`) and the picture files (`report/pictures.py`) are drawn from
the same `Chart`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bitly_data.frames import lengths, series_names, total
from bitly_data.labels import (
    bucket_label,
    count_text,
    length_text,
    offset_text,
    tick_label,
    zone_label,
)
from bitly_data.package_files import theme_file
from bitly_data.series import COUNTED, PARTIAL, REBUILT, STATES, UNKNOWN

THEME_FILE = theme_file()
# Line patterns beside the colours; dotted is kept for the running bucket.
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")
# A band behind the lines that both themes show and no line is lost in.
BAND_OPACITY = 0.12
# So many labels fit below a chart on a phone and on a wide screen.
MOST_TICKS = 7
# Beyond this many buckets a marker on each is a smear.
MOST_MARKERS = 62
# So many words fit side by side above the lines.
MOST_MARK_TEXTS = 8
PANEL_COLUMNS = 2

# How a state is drawn: a sign, and the words for it in the chart's key. A bucket that is not known
# is a gap with its sign on the axis.
SIGNS = {
    "counted": "●",
    "rebuilt": "◆",
    "partial": "○",
    "capped": "□",
    "outside_window": "◁",
    "failed": "✕",
}
STATE_WORDS = {
    "counted": "counted",
    "rebuilt": "rebuilt",
    "partial": "dotted: still filling",
    "capped": "cut off by the limit",
    "outside_window": "outside the window",
    "failed": "not answered",
}


@dataclass(frozen=True)
class Look:
    """The colours of one theme."""

    background: str
    text: str
    grid: str
    colors: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One series: float64[n], NaN where not known; `states`: int8[n], indexes into STATES.

    `labels` are the line's own buckets, where they are not those of the axis.
    """

    name: str
    values: NDArray[np.float64]
    states: NDArray[np.int8]
    style: int  # which colour and pattern
    labels: tuple[str, ...] | None = None

    @property
    def running(self) -> NDArray[np.bool_]:
        """bool[n]: still filling, or cut by the range."""
        running: NDArray[np.bool_] = self.states == PARTIAL
        return running

    @property
    def marked(self) -> NDArray[np.bool_]:
        """bool[n]: which points carry a marker.

        All of a short line; of a long one the ends of what was rebuilt, and some within it.
        """
        count = len(self.values)
        if count <= MOST_MARKERS:
            return np.ones(count, dtype=np.bool_)
        rebuilt = self.states == REBUILT
        inside = rebuilt & np.roll(rebuilt, 1) & np.roll(rebuilt, -1)
        inside[[0, -1]] = False
        spaced = np.arange(count) % -(-count // MOST_MARKERS) == 0
        marked: NDArray[np.bool_] = rebuilt & (spaced | ~inside)
        return marked


@dataclass(frozen=True)
class Note:
    """Something that is true of some buckets (bool[n]) beside their state, in a word.

    `shape`: "band" behind the lines, "stroke" or "triangle" on the axis.
    """

    word: str
    flags: NDArray[np.bool_]
    shape: str


@dataclass(frozen=True)
class Chart:
    """What a reader sees; all lines share one axis of `labels`.

    `marks` are words that stand above a bucket: how long a day is, which offset begins.
    """

    title: str
    subtitle: str
    labels: tuple[str, ...]
    ticks: tuple[tuple[int, str], ...]
    lines: tuple[Line, ...]
    panels: bool = False  # each line in a panel of its own, on one scale
    percent: bool = False
    notes: tuple[Note, ...] = ()
    marks: tuple[tuple[int, str], ...] = ()
    alt: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """One line that says how each state in the chart is drawn; empty if all is counted."""
        codes = {
            int(code)
            for line in self.lines
            for code in np.unique(
                line.states[~np.isnan(line.values) | np.isin(line.states, UNKNOWN)]
            )
        }
        if codes <= {COUNTED}:
            return ""
        return " · ".join(
            f"{SIGNS[STATES[code]]} {STATE_WORDS[STATES[code]]}" for code in sorted(codes)
        )

    def label(self, line: Line, at: int) -> str:
        """A point's bucket in full, with its state where that is not plainly counted."""
        text = (line.labels or self.labels)[at]
        state = STATES[line.states[at]]
        said = ", ".join(
            [
                *(self._lengths.get(at, []) if line.labels is None else []),
                *([] if state == "counted" else [STATE_WORDS[state].split(": ")[-1]]),
            ]
        )
        return f"{text} ({said})" if said else text

    @cached_property
    def _lengths(self) -> dict[int, list[str]]:
        # An hour's own words say its offset.
        return {
            at: [word for word in text.split(", ") if not word.startswith("UTC")]
            for at, text in self.marks
        }


@lru_cache(maxsize=2)
def look(*, dark: bool) -> Look:
    """The colours of the theme file, the one place they are written."""
    theme = tomllib.loads(THEME_FILE.read_text("utf-8"))["theme"]["dark" if dark else "light"]
    return Look(
        theme["backgroundColor"],
        theme["textColor"],
        "#333c47" if dark else "#dfe4ea",
        tuple(theme["chartCategoricalColors"]),
    )


def line_chart(
    frame: pd.DataFrame,
    unit: str,
    title: str,
    source: str,
    *,
    notes: Sequence[Note] = (),
    more: Sequence[Line] = (),
) -> Chart:
    """Clicks by bucket, a line a series; a gap where the number is not known.

    `more` are lines of other buckets, set against these by their place.
    """
    names = series_names(frame)
    first = (frame["series"] == names[0]).to_numpy() if names else np.zeros(0, dtype=np.bool_)
    moments = [stamp.to_pydatetime() for stamp in frame["bucket"][first]]
    lines = (*(line_of(frame, name, index) for index, name in enumerate(names)), *more)
    labels = tuple(bucket_label(moment, unit) for moment in moments)
    marks = _marks(moments, lengths(frame)[first], unit)
    return Chart(
        title=title,
        subtitle=_subtitle(labels, frame, source),
        labels=labels,
        ticks=_ticks(moments, unit),
        lines=lines,
        notes=tuple(note for note in notes if note.flags.any()),
        marks=marks,
        alt=alt_text(frame, title, labels, marks),
    )


def line_of(frame: pd.DataFrame, name: str, style: int) -> Line:
    """The line of one series of a frame."""
    rows = frame[frame["series"] == name]
    return Line(
        name,
        rows["clicks"].to_numpy(dtype="float64", na_value=np.nan),
        rows["state"].cat.codes.to_numpy().astype(np.int8),
        style,
    )


def placed(line: Line, places: NDArray[np.int64], labels: Sequence[str]) -> Line:
    """A line of other buckets by their place on the axis: `places` int64[n], -1 where none is."""
    there = places >= 0
    at = np.where(there, places, 0)
    own = np.array([*labels, ""], dtype=object)
    return replace(
        line,
        values=np.where(there, np.append(line.values, np.nan)[at], np.nan),
        states=np.where(there, np.append(line.states, COUNTED)[at], COUNTED).astype(np.int8),
        labels=tuple(own[np.where(there, places, len(labels))]),
    )


def _subtitle(labels: Sequence[str], frame: pd.DataFrame, source: str) -> str:
    span = f"{labels[0]} to {labels[-1]}" if len(labels) > 1 else "".join(labels)
    zone = zone_label(frame.attrs["timezone"])
    if frame.attrs["offset"] is not None:  # upstream's own buckets
        zone += f", all by UTC{offset_text(frame['bucket'].iloc[0])}"
    return " · ".join(part for part in (span, zone, source) if part)


def _marks(
    moments: Sequence[datetime], seconds: NDArray[np.int64], unit: str
) -> tuple[tuple[int, str], ...]:
    """Buckets that are not as long as their unit, and the first one of another offset."""
    hours = unit in ("minute", "hour")
    found = []
    for index, (moment, one) in enumerate(zip(moments, seconds.tolist(), strict=True)):
        changed = hours and index and moment.utcoffset() != moments[index - 1].utcoffset()
        words = [f"UTC{offset_text(moment)}" if changed else "", length_text(one, unit)]
        if any(words):
            found.append((index, ", ".join(filter(None, words))))
    return tuple(found)


def mark_texts(chart: Chart) -> list[tuple[int, str]]:
    """The marks with their words, where these have room beside one another."""
    room = max(len(chart.labels) / MOST_MARK_TEXTS, 1) * (2 if chart.panels else 1)
    result: list[tuple[int, str]] = []
    last = -room
    for index, text in chart.marks:
        shown = text if index - last >= room else ""
        last = index if shown else last
        result.append((index, shown))
    return result


def _ticks(moments: Sequence[datetime], unit: str) -> tuple[tuple[int, str], ...]:
    if not moments:
        return ()
    step = max(1, -(-len(moments) // MOST_TICKS))
    with_year = moments[0].year != moments[-1].year
    with_offset = len({moment.utcoffset() for moment in moments}) > 1
    return tuple(
        (index, tick_label(moments[index], unit, with_year=with_year, with_offset=with_offset))
        for index in range(0, len(moments), step)
    )


def alt_text(
    frame: pd.DataFrame, title: str, labels: Sequence[str], marks: Sequence[tuple[int, str]] = ()
) -> str:
    """Total, peak and trend of each series, for people who do not see the chart."""
    parts = [f"{title}."]
    for name in series_names(frame):
        rows = frame[frame["series"] == name].reset_index(drop=True)
        known = total(rows)
        if not known.known:
            parts.append(f"{name}: not known.")
            continue
        peak = int(rows["clicks"].fillna(-1).to_numpy(dtype="int64").argmax())
        missing = (
            f" in {known.known} of {known.known + known.unknown} buckets" if known.unknown else ""
        )
        parts.append(
            f"{name}: {count_text(known.clicks)} clicks{missing}, peak "
            f"{count_text(int(rows['clicks'][peak]))} at {labels[peak]}, "
            f"{trend_text(rows)}."
        )
    if marks:
        parts.append("Marked: " + "; ".join(f"{labels[at]} {text}" for at, text in marks) + ".")
    return " ".join(parts)


def trend_text(rows: pd.DataFrame) -> str:
    """The second half of the finished buckets against the first: rising, falling or level."""
    return _trend(rows.loc[rows["state"] != "partial", "clicks"].dropna().to_numpy(dtype="float64"))


def _trend(finished: NDArray[np.float64]) -> str:
    half = len(finished) // 2
    if half == 0:
        return "too short for a trend"
    before, after = finished[:half].mean(), finished[-half:].mean()
    # A tenth is the least that the eye reads as a slope in a line chart.
    if after > before * 1.1:
        return "rising"
    return "falling" if after < before * 0.9 else "level"


def share_chart(chart: Chart, whole: NDArray[np.float64]) -> Chart:
    """The same lines as per cent of `whole` (float64[n] clicks); a gap where that is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        lines = tuple(
            replace(line, values=np.where(whole > 0, line.values / whole * 100, np.nan))
            for line in chart.lines
        )
    title = f"{chart.title}, share of their total"
    told = " ".join(_share_text(line, chart.labels) for line in lines)
    return replace(chart, title=title, lines=lines, percent=True, alt=f"{title}. {told}")


def _share_text(line: Line, labels: Sequence[str]) -> str:
    known = ~np.isnan(line.values)
    if not known.any():
        return f"{line.name}: not known."
    peak = int(np.nanargmax(line.values))
    finished = line.values[known & ~line.running]
    return (
        f"{line.name}: {line.values[known].mean():.0f} % on average, peak "
        f"{line.values[peak]:.0f} % at {labels[peak]}, {_trend(finished)}."
    )


def panel_chart(chart: Chart) -> Chart:
    """The same lines as small multiples on one scale."""
    return replace(chart, panels=True)


def panel_places(count: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The place of each panel as fractions of the drawing: (left, right), (bottom, top)."""
    rows = -(-count // PANEL_COLUMNS)
    columns = min(PANEL_COLUMNS, count)
    width, height = 1 / columns, 1 / max(rows, 1)
    return [
        (
            (
                index % columns * width + 0.04 * (index % columns),
                (index % columns + 1) * width - 0.04 * (index % columns == 0) * (columns > 1),
            ),
            (
                1 - (index // columns + 1) * height + 0.28 * height,
                1 - index // columns * height - 0.1 * height,
            ),
        )
        for index in range(count)
    ]


@dataclass(frozen=True)
class Stretch:
    """A run of points drawn as one stroke."""

    x: list[int]
    y: list[float]
    running: bool


def stretches(line: Line) -> list[Stretch]:
    """A line as strokes: finished runs between gaps, and the dotted way to and from a bucket that
    is still filling or cut by the range.
    """
    known = np.flatnonzero(~np.isnan(line.values))
    running = line.running
    result: list[Stretch] = []
    for _, group in groupby(enumerate(known.tolist()), key=lambda pair: pair[1] - pair[0]):
        run = [index for _, index in group]
        pieces = [
            (dotted, list(part))
            for dotted, part in groupby(run, key=lambda index: bool(running[index]))
        ]
        for at, (dotted, part) in enumerate(pieces):
            way = part
            if dotted:  # from the finished point before it, and on to the one after it
                way = [
                    *(pieces[at - 1][1][-1:] if at else []),
                    *part,
                    *(pieces[at + 1][1][:1] if at + 1 < len(pieces) else []),
                ]
            result.append(Stretch(way, line.values[way].tolist(), running=dotted))
    return result


def unknown_places(line: Line) -> dict[str, list[int]]:
    """Where a sign on the axis says why a number is not known: places by state.

    On a long axis one sign stands for a run.
    """
    found: dict[str, list[int]] = {}
    for code in UNKNOWN:
        flags = line.states == code
        if flags.any():
            found[STATES[code]] = (
                np.flatnonzero(flags).tolist()
                if len(flags) <= MOST_MARKERS
                else [(first + last) // 2 for first, last in runs(flags)]
            )
    return found


def parts_of_lines(text: str, width: int) -> list[str]:
    """A text of parts, ` · ` between them, as lines of whole parts where these fit `width`."""
    lines: list[str] = []
    for part in text.split(" · ") if text else []:
        if lines and len(lines[-1]) + 3 + len(part) <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines


def color_of(line: Line, theme: Look) -> str:
    """The line's colour."""
    return theme.colors[line.style % len(theme.colors)]


def dash_of(line: Line) -> str:
    """The line's pattern, in plotly's word; with the colours it comes again after fifty lines."""
    return DASHES[(line.style + line.style // len(look(dark=False).colors)) % len(DASHES)]


def runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The unbroken runs of a bool[n] as first and last index."""
    at = np.flatnonzero(marks)
    breaks = np.flatnonzero(np.diff(at) > 1)
    firsts, lasts = at[np.concatenate([[0], breaks + 1])], at[np.concatenate([breaks, [-1]])]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def highest(chart: Chart) -> float:
    """The highest known value of a chart; 0 without any."""
    return max(
        (float(np.nanmax(line.values)) for line in chart.lines if not np.isnan(line.values).all()),
        default=0.0,
    )
