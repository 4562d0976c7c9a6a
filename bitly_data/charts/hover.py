"""What hovering over a chart says: the bucket once, and each line's number with what it means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bitly_data.charts.model import Chart, Line
from bitly_data.states import COUNTED, UNKNOWN

# So many lines of what made a bucket fit a hover box without hiding the chart.
MOST_MAKERS = 3


def heads(chart: Chart, lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Of each bucket its name, and what is true of all lines there: its length, its state if there
    is one line, the total if there are several that add up.
    """
    totals = _totals(chart, lines)
    single = lines[0] if len(chart.named) == 1 or len(lines) == 1 else None
    found = []
    for at, label in enumerate(chart.labels):
        words = list(chart.length_words(at))
        if single is not None and single.states[at] != COUNTED and not np.isnan(single.values[at]):
            words.append(chart.locale.text(single.in_words(at)))
        below = [f"({', '.join(words)})"] if words else []
        if totals is not None:
            below.append(totals[at])
        found.append((label, "\n".join(text for text in below if text)))
    return found


def _are_parts(chart: Chart, lines: Sequence[Line]) -> bool:
    """Whether the numbers of the lines are parts of one."""
    return chart.adds_up and len(lines) > 1 and chart.whole and not chart.percent


def _totals(chart: Chart, lines: Sequence[Line]) -> list[str] | None:
    """What the lines come to in each bucket; none where their numbers are not parts of one."""
    if not _are_parts(chart, lines):
        return None
    values = np.array([line.values for line in lines])
    floors = np.where(np.isnan(values), [line.at_least for line in lines], values)
    known = ~np.any(np.isnan(values), axis=0)
    some = ~np.all(np.isnan(floors), axis=0)
    return [
        f"{chart.number_text(total)} in total"
        if is_known
        else f"at least {chart.number_text(total)} in total"
        if is_some
        else ""
        for total, is_known, is_some in zip(
            np.nansum(floors, axis=0).tolist(), known.tolist(), some.tolist(), strict=True
        )
    ]


def rows(
    chart: Chart, lines: Sequence[Line], line: Line, places: Sequence[int] | None = None
) -> list[tuple[str, str]]:
    """Of each known bucket of a line, or of those at some places, its number, and what stands
    before the name.
    """
    values = line.values.tolist()
    at = range(len(values)) if places is None else places
    numbers = [
        "" if values[place] != values[place] else chart.number_text(values[place]) for place in at
    ]
    return list(zip(numbers, words(chart, lines, line, at), strict=True))


def words(chart: Chart, lines: Sequence[Line], line: Line, places: Sequence[int]) -> list[str]:
    """What stands before the name of a line in the buckets at these places: its share of the total,
    the line's own bucket, its state. Nothing of one that is not known.
    """
    shares = _shares(chart, lines, line)
    # Of a single line the state stands above its number.
    says_states = len(chart.named) > 1 or line.labels is not None
    marked = (line.states != COUNTED) & says_states
    if not shares and line.labels is None and not marked.any():
        return [""] * len(places)
    known = ~np.isnan(line.values)
    found = []
    for at in places:
        texts = []
        if known[at]:
            texts += [shares[at]] if shares else []
            texts += [line.labels[at]] if line.labels is not None else []
            texts += [f"({chart.locale.text(line.in_words(at))})"] if marked[at] else []
        found.append("  ".join(text for text in texts if text))
    return found


def _shares(chart: Chart, lines: Sequence[Line], line: Line) -> list[str]:
    """n texts: the line's share of the total, where all of that is known and above 0."""
    if not _are_parts(chart, lines):
        return []
    total = np.sum([other.values for other in lines], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(total > 0, line.values / total * 100, np.nan)
    return [
        "" if share != share else f"{chart.locale.number(share)} %" for share in shares.tolist()
    ]


def makers(line: Line, at: int) -> list[str]:
    """What made a bucket, the first few; nothing of a bucket whose number is not known."""
    if not line.makers or line.states[at] in UNKNOWN:
        return []
    return [text for text in line.makers[at].split("\n") if text][:MOST_MAKERS]
