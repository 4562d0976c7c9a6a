"""The forms of a chart of several lines: chart to chart, each with words for what it shows.

What is not known stays so in each of them: it is a gap or a lower bound, and never a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitly_data.charts.model import Chart, Line, remarked
from bitly_data.charts.style import OTHER
from bitly_data.labels import many_text
from bitly_data.states import COUNTED, NOT_BEGUN, PARTIAL, REBUILT, UNKNOWN

NORMAL = 100  # what a line's own normal is in an indexed chart


def stacked_chart(chart: Chart) -> Chart:
    """The same lines as areas one on another, which add up to their total.

    The other period's line is left out, as it is part of no total. Raises `ValueError` for a chart
    on a log scale, on which heights do not add up.
    """
    if chart.log:
        raise ValueError("heights on a log scale do not add up")
    lines = tuple(line for line in chart.lines if line.role != OTHER)
    words = "one on another: the upper edge is the total"
    return replace(chart, lines=lines, stacked=True, adds_up=True, alt=f"{chart.alt} {words}.")


def _finished(line: Line) -> NDArray[np.bool_]:
    """bool[n]: which buckets are known and whole."""
    flags: NDArray[np.bool_] = np.isin(line.states, (COUNTED, REBUILT)) & ~np.isnan(line.values)
    return flags


def indexed_chart(chart: Chart) -> Chart:
    """Each line by its own normal, the median of its known whole buckets, which is 100.

    A line whose normal is 0, or that has no such bucket, has no numbers; the chart says which.
    """
    lines, without = [], []
    for line in chart.lines:
        known = line.values[_finished(line)]
        normal = float(np.median(known)) if len(known) else 0.0
        if not normal:
            without.append(line.name)
        lines.append(_times(line, NORMAL / normal if normal else np.nan))
    words = ["100 is each line's own median"]
    if without:
        words.append(f"no normal to go by: {', '.join(without)}")
    return _formed(chart, lines, "by its own normal", words)


def _times(line: Line, factor: float) -> Line:
    return replace(
        line,
        values=line.values * factor,
        at_least=line.at_least * factor,
        at_most=line.at_most * factor,
    )


def cumulative_chart(chart: Chart) -> Chart:
    """The clicks of each line added up from the first bucket on.

    From a bucket that is not known on there are only lower bounds, and from one that is partial on
    every sum is partial. What has not begun has no sum.
    """
    lines = [_added_up(line) for line in chart.lines]
    words = []
    if any(
        np.isin(line.states, [code for code in UNKNOWN if code != NOT_BEGUN]).any()
        for line in chart.lines
    ):
        words.append("a lower bound from the first bucket on that is not known")
    return _formed(chart, lines, "added up", words, whole=chart.whole)


def _added_up(line: Line) -> Line:
    begun = line.states != NOT_BEGUN
    unknown = np.isnan(line.values) & begun
    lost = np.logical_or.accumulate(unknown)
    floors = np.nan_to_num(np.where(np.isnan(line.values), line.at_least, line.values))
    ceilings = np.where(np.isnan(line.values), line.at_most, line.values)
    sums = np.cumsum(floors)
    # The worst state so far: it is what keeps the sum from being a number, or a whole one.
    worst = np.maximum.accumulate(np.where(begun, line.states, COUNTED))
    first = int(np.argmax(line.states == PARTIAL))
    return replace(
        line,
        values=np.where(lost | ~begun, np.nan, sums),
        at_least=np.where(lost & begun, sums, np.nan),
        # A sum with NaN in it is NaN: without each upper bound there is none of the sum.
        at_most=np.where(lost & begun, np.cumsum(np.where(begun, ceilings, 0)), np.nan),
        states=np.where(begun, worst, NOT_BEGUN).astype(np.int8),
        in_log=tuple(line.in_log[first] if state == PARTIAL else "" for state in worst.tolist())
        if line.in_log
        else (),
        makers=(),
    )


def moving_average_chart(chart: Chart, count: int) -> Chart:
    """The mean of the last `count` buckets, where all of them are known and whole; else a gap."""
    lines = [_averaged(line, count) for line in chart.lines]
    length = many_text(count, chart.unit or "bucket", chart.locale)
    words = [f"mean of {length}, a gap where one of them is not known or not over"]
    return _formed(chart, lines, f"mean of {length}", words)


def _averaged(line: Line, count: int) -> Line:
    finished = _finished(line)
    sums = np.cumsum(np.concatenate([[0.0], np.where(finished, line.values, 0)]))
    known = np.cumsum(np.concatenate([[0], finished]))
    means = np.full(len(line.values), np.nan)
    at = np.arange(count, len(line.values) + 1)
    whole = known[at] - known[at - count] == count
    means[at - 1] = np.where(whole, (sums[at] - sums[at - count]) / count, np.nan)
    nothing = np.full(len(means), np.nan)
    return replace(line, values=means, at_least=nothing, at_most=nothing, makers=())


def log_chart(chart: Chart) -> Chart:
    """The same numbers on a log scale: as far up for each tenfold. A 0 is a gap with its own sign.

    Raises `ValueError` for a stack.
    """
    if chart.stacked:
        raise ValueError("heights on a log scale do not add up")
    lines = [
        replace(
            line,
            values=np.where(line.values == 0, np.nan, line.values),
            zeros=tuple(np.flatnonzero(line.values == 0).tolist()),
        )
        for line in chart.lines
    ]
    words = "log scale"
    return replace(
        remarked(chart, words), lines=tuple(lines), log=True, alt=f"{chart.alt} On a {words}."
    )


def _formed(
    chart: Chart, lines: Sequence[Line], words: str, remarks: Sequence[str], *, whole: bool = False
) -> Chart:
    """The chart of other numbers: its title, what is to be read beside it, and its text."""
    title = f"{chart.title}, {words}"
    formed = replace(
        remarked(chart, *remarks),
        title=title,
        lines=tuple(lines),
        whole=whole,
        # Neither per cents of a normal nor means of different buckets have a total.
        adds_up=chart.adds_up and whole,
    )
    told = " ".join(_line_text(line, formed) for line in lines)
    return replace(formed, alt=f"{title}. {told}")


def _line_text(line: Line, chart: Chart) -> str:
    """The last number and the highest one of a line, for people who do not see it."""
    known = np.flatnonzero(~np.isnan(line.values))
    if not len(known):
        return f"{line.name}: not known."
    write: Callable[[float], str] = chart.number_text
    peak, last = int(np.nanargmax(line.values)), int(known[-1])
    return (
        f"{line.name}: {write(line.values[last])} at {chart.labels[last]}, peak "
        f"{write(line.values[peak])} at {chart.labels[peak]}."
    )
