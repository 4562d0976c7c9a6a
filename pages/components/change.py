"""A period against another one on the page: its series, the metric, and the sentence under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bitly_data import buckets, cache
from bitly_data.analysis import comparison
from bitly_data.analysis.comparison import BEFORE, YEAR, Against, Change, NotComparableError
from bitly_data.analysis.scatter import Verdict
from bitly_data.coverage import COVERED, covered_hours
from bitly_data.errors import BitlyError
from bitly_data.labels import bucket_label, count_text, percent_text
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.settings import Settings
from pages.components.say import as_text

NAMES = {BEFORE: "the period before", YEAR: "the same period a year before"}
UNKNOWN_TEXT = "–"


@dataclass(frozen=True)
class Compared:
    """A change, and the series of the other period where there is one.

    `partners`: int64[n], for each bucket that of the other period, -1 where there is none.
    """

    change: Change
    other: ClickSeries | None = None
    partners: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def load_change(series: ClickSeries, settings: Settings, against: Against) -> Compared:
    """The change against another period, or why there is none."""
    if not series.known.any():
        return Compared(Change(why="the period itself is not known"))
    try:
        if series.query.rollup:
            series = cache.load(series.query.with_(rollup=False, limit=None), settings)
        pair = comparison.pair(series, against)
        other = cache.load(pair.other, settings)
        if not (_is_covered(series, pair.cut, settings)
                and _is_covered(other, pair.other_cut, settings)):
            return Compared(Change(why="the click log does not cover both periods"), other,
                            np.array(pair.partners))
        parts = _part(pair.part, settings), _part(pair.other_part, settings)
        history = cache.load(pair.history, settings)
        return Compared(comparison.change(series, other, parts, history, pair), other,
                        np.array(pair.partners))
    except NotComparableError as problem:
        return Compared(Change(why=str(problem)))
    except BitlyError as problem:
        why = problem.user_message.removesuffix(".")
        return Compared(Change(why=f"the other period cannot be had: {why}"))


def load_changes(many: Sequence[ClickSeries], settings: Settings, against: Against
                 ) -> list[Compared]:
    """The change of each series; what they take is asked for side by side."""
    asked: list[ClickQuery] = []
    for series in (item for item in many if item.known.any()):
        with suppress(BitlyError, NotComparableError):
            asked += comparison.pair(series, against).questions
    if asked and not any(series.query.rollup for series in many):
        with suppress(BitlyError):  # each change says by itself what it lacks
            cache.load_many(list(dict.fromkeys(asked)), settings, None)
    return [load_change(series, settings, against) for series in many]


def _part(query: ClickQuery | None, settings: Settings) -> int | None:
    if query is None:
        return 0
    part = cache.load(query, settings)
    return int(part.clicks[0]) if part.known.all() else None


def _is_covered(series: ClickSeries, cut: int, settings: Settings) -> bool:
    """Whether a click log, if it is one, has lines of every hour up to the cut."""
    local = cache.connection(settings).local
    coverage = local.coverage() if local is not None else None
    if local is None or coverage is None or coverage.whole:
        return True
    edges = series.edges.clip(max=cut)
    return bool((covered_hours(edges[:-1], edges[1:], coverage.hours, int(local.clock()))
                 == COVERED).all())


def name_of(against: Against) -> str:
    """The other period in words."""
    return NAMES.get(against.kind, "the chosen period")


def change_metric(compared: Compared, against: Against) -> None:
    """The change as a number, with what it is made of."""
    change, label = compared.change, f"Against {name_of(against)}"
    verdict = change.verdict
    if verdict is None:
        st.metric(label, UNKNOWN_TEXT, border=True, height="stretch",
                  help=as_text(f"Not to be told: {change.why}."))
        return
    value = percent_text(verdict.ratio) if verdict.ratio is not None else UNKNOWN_TEXT
    st.metric(label, value, border=True, height="stretch", delta=verdict.word,
              delta_color="off", delta_arrow="off",
              help=f"{count_text(change.now or 0)} after {count_text(change.before or 0)}.")


def change_sentence(compared: Compared, against: Against, unit: str) -> None:
    """The change in words: from what to what, how sure, and what the calendar made uneven."""
    change, other = compared.change, compared.other
    if change.verdict is None or other is None:
        st.caption(as_text(f"Not set against {name_of(against)}: {change.why}."))
        return
    verdict = change.verdict
    text = (f"{count_text(change.now or 0)} clicks against {count_text(change.before or 0)} in "
            f"{name_of(against)} ({span_text(other, unit)}): {verdict.text}")
    if verdict.low is not None and verdict.high is not None:
        high = percent_text(verdict.high) if math.isfinite(verdict.high) else "no end"
        text += f" (95 % interval {percent_text(verdict.low)} to {high})"
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in change.notes)
    st.caption(as_text(f"{text}.{notes}"))


def finite(verdict: Verdict | None, name: str) -> float | None:
    """A number of a verdict, where there is one that a file can hold."""
    value = getattr(verdict, name, None)
    return value if value is not None and math.isfinite(value) else None


def span_text(series: ClickSeries, unit: str) -> str:
    """The first and the last bucket of a series."""
    first, last = (bucket_label(buckets.local(int(at), series.query.zone), unit)
                   for at in (series.edges[0], series.edges[-2]))
    return first if first == last else f"{first} to {last}"
