"""Where the words of a chart stand: its scales, the names at the lines' ends, the peak."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import NDArray

from bitly_data.charts.model import Chart, Line, highest, mark_texts, scale_top, stack
from bitly_data.charts.style import MAIN, NAME_LETTERS, OTHER
from bitly_data.charts.ticks import MOST_LINES, log_values, round_values
from bitly_data.states import PARTIAL

# Names stand at the ends of at least two lines and at most so many; more are a legend.
FEWEST_NAMES, MOST_NAMES = 2, 10
# A log scale begins and ends so far beyond the lowest and the highest number, that both are seen.
LOG_ROOM = 1.5
# Words at the peak reach so far to both sides, as a part of the axis: 65 of 900 px, 65 of 340 px.
PEAK_REACH, PHONE_PEAK_REACH = 0.08, 0.2
# Nearer to the peak than this, as a part of it, another line runs through the words.
PEAK_CLEAR = 0.97
# As many letters of a mark are about as long as the words of a peak.
MARK_LETTERS = 20


@dataclass(frozen=True)
class Scale:
    """A chart's upright axis: where it begins and ends, and (value, text) of its ticks.

    What is on the axis stands at `low`: 0, or on a log scale the lowest number with room below.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    @property
    def floor(self) -> float:
        """Where signs stand that are no number's: on the axis, and a hair inside it, as plotly.js
        hides what rounding puts outside.
        """
        return self.low * (1 + 1e-6) if self.log else self.low


def scale_of(chart: Chart, lines: Sequence[Line], most: int = MOST_LINES) -> Scale:
    """The scale of a chart or of one of its panels, with its numbers in short."""
    unit = " %" if chart.percent else ""
    if chart.log:
        low, high = _log_ends(lines)
        values = log_values(low, high, most=most)
    else:
        low, high = 0.0, scale_top(chart, lines)
        whole = chart.whole and not chart.percent
        values = round_values(highest(chart, lines), whole=whole, most=most)
    return Scale(
        low,
        high,
        tuple((value, chart.locale.compact(value) + unit) for value in values),
        log=chart.log,
    )


def _log_ends(lines: Sequence[Line]) -> tuple[float, float]:
    each = [numbers for line in lines for numbers in (line.values, line.at_least)]
    numbers = np.concatenate([np.empty(0), *each])
    above = numbers[numbers > 0]
    if not len(above):
        return 1 / LOG_ROOM, 10.0
    # From the power of ten below, so that the lowest tick is there.
    low = 10.0 ** math.floor(math.log10(float(above.min())))
    return low / LOG_ROOM, float(above.max()) * LOG_ROOM


def without_middle(name: str, letters: int = NAME_LETTERS) -> str:
    """A name as wide as so many letters, without its middle: both its ends tell links apart."""
    if _width(name) <= letters:
        return name
    ends = letters - 1  # but for the sign that stands for the middle
    before, behind = 0, len(name)
    while before < behind and _width(name[: before + 1]) <= ends - ends // 2:
        before += 1
    while behind > before and _width(name[behind - 1 :]) <= ends // 2:
        behind -= 1
    return f"{name[:before].rstrip()}…{name[behind:].lstrip()}"


def _width(text: str) -> float:
    """About how wide a text is, in letters: those of East Asia are nearly two."""
    return sum(1.8 if east_asian_width(letter) in "WF" else 1.0 for letter in text)


def pushed_apart(wanted: Sequence[float], gap: float, room: float) -> list[float]:
    """The nearest places to those wanted, from 0 to `room`, each `gap` or more from the next.

    Where there is no room for that they are as far apart as there is.
    """
    count = len(wanted)
    if count < 2:
        return [min(max(place, 0.0), room) for place in wanted]
    gap = min(gap, room / (count - 1))
    order = sorted(range(count), key=lambda index: wanted[index])
    found = [0.0] * count
    low = 0.0
    for index in order:
        found[index] = max(wanted[index], low)
        low = found[index] + gap
    high = room
    for index in reversed(order):
        found[index] = min(found[index], high)
        high = found[index] - gap
    return found


def has_end_names(chart: Chart) -> bool:
    """Whether names stand at the ends of the lines, where there is room beside the chart."""
    return not chart.panels and FEWEST_NAMES <= len(chart.named) <= MOST_NAMES


def end_names(chart: Chart, scale: Scale, room: float, gap: float) -> list[tuple[Line, str, float]]:
    """The names at the lines' ends: the line, its name in short, and how high it stands.

    `room` is the height of the plot and `gap` that of a name, in one unit; heights are in it too.
    """
    areas = stack(chart) if chart.stacked else []
    wanted = []
    for index, line in enumerate(chart.lines):
        if line.role == OTHER:
            continue
        if areas:
            below, above = areas[index]
            wanted.append(_part(scale, _last((below + above) / 2)) * room)
        else:
            known = np.where(np.isnan(line.values), line.at_least, line.values)
            wanted.append(_part(scale, _last(known)) * room)
    places = pushed_apart(wanted, gap, room)
    return [
        (line, without_middle(line.name), place)
        for line, place in zip(chart.named, places, strict=True)
    ]


def _last(numbers: NDArray[np.float64]) -> float:
    known = numbers[~np.isnan(numbers)]
    return float(known[-1]) if len(known) else 0.0


def _part(scale: Scale, value: float) -> float:
    """How high a value stands, from 0 at the bottom to 1 at the top."""
    if scale.log:
        value = max(value, scale.low)
        return math.log(value / scale.low) / math.log(scale.high / scale.low)
    return (value - scale.low) / (scale.high - scale.low)


@dataclass(frozen=True)
class Words:
    """Words beside a point: `side` is "left", "right" or "center" of them that stands there."""

    at: int
    height: float
    number: str
    text: str
    side: str


def peak(chart: Chart, *, compact: bool = False) -> Words | None:
    """What is written at the highest point of a chart of one line; nothing where it would run into
    another line, a lower bound or a mark.
    """
    if chart.panels or chart.stacked or chart.is_bar or not chart.short_labels:
        return None
    if len(chart.named) != 1 or chart.named[0].role != MAIN:
        return None
    line = chart.named[0]
    finished = np.where(line.states == PARTIAL, np.nan, line.values)
    if np.isnan(finished).all() or not np.nanmax(finished):
        return None
    at, count = int(np.nanargmax(finished)), len(finished)
    reach = max(1, math.ceil((PHONE_PEAK_REACH if compact else PEAK_REACH) * count))
    side = "left" if at < reach else "right" if at >= count - reach else "center"
    first = at if side == "left" else max(0, at - (2 if side == "right" else 1) * reach)
    end = at + 1 if side == "right" else at + (2 if side == "left" else 1) * reach + 1
    if _in_the_way(chart, line, float(finished[at]), first, end):
        return None
    return Words(
        at, float(finished[at]), chart.number_text(finished[at]), chart.short_labels[at], side
    )


def _in_the_way(chart: Chart, line: Line, height: float, first: int, end: int) -> bool:
    """Whether something stands between these places as high as words above that height. The words
    of a mark begin at its place, and `MARK_LETTERS` of them are as long as the peak's.
    """
    others = [other.values for other in chart.lines if other is not line]
    own = [np.where(line.states == PARTIAL, line.values, np.nan)]
    bounds = [other.at_least for other in chart.lines]
    return any(
        bool((numbers[first:end] > height * PEAK_CLEAR).any())
        for numbers in (*others, *own, *bounds)
    ) or any(
        text and first - (end - first) * len(text) // MARK_LETTERS <= at < end
        for at, text in mark_texts(chart)
    )


def so_far(chart: Chart, scale: Scale) -> Words | None:
    """The words at the ring of a bucket that is still filling, the last one of a single line."""
    if chart.panels or chart.stacked or chart.is_bar or len(chart.named) != 1 or not chart.labels:
        return None
    line = chart.named[0]
    known = np.flatnonzero(~np.isnan(line.values))
    if not len(known) or line.states[known[-1]] != PARTIAL:
        return None
    last = int(known[-1])
    if line.in_log and line.in_log[last]:
        return None
    own = _part(scale, float(line.values[last]))
    # Below the ring, where no other line ends, and not on the words of the axis.
    near = [
        _part(scale, float(value)) - own
        for other in chart.lines
        if other is not line
        for value in other.values[max(0, last - 1) : last + 2]
        if not np.isnan(value)
    ]
    if own < 0.1 or any(-0.12 < distance < 0 for distance in near):
        return None
    return Words(last, float(line.values[last]), "", "so far", "right")
