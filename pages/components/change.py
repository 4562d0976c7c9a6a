"""A period against another one on the page: its series, the metric, and the sentence under it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from bitly_data import buckets, cache
from bitly_data.analysis import comparison
from bitly_data.analysis.comparison import BEFORE, YEAR, Against, Change, NotComparableError
from bitly_data.analysis.scatter import Verdict
from bitly_data.coverage import COVERED, covered_hours
from bitly_data.errors import BitlyError
from bitly_data.labels import bucket_label, count_text, percent_text
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.settings import Settings
from pages.components.load import load_ahead
from pages.components.say import as_text

NAMES = {BEFORE: "the period before", YEAR: "the same period a year before"}
UNKNOWN_TEXT, WAITING_TEXT = "–", "…"
# A comparison only stands beside what was asked: it is not worth more calls than this by itself.
MOST_BESIDE = 5


@dataclass(frozen=True)
class Compared:
    """A change, and the series of the other period where there is one.

    `partners`: int64[n], for each bucket that of the other period, -1 where there is none.
    `dear`: the questions that were not asked for it, as they take many calls.
    """

    change: Change
    other: ClickSeries | None = None
    partners: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    dear: tuple[ClickQuery, ...] = ()


def load_change(
    series: ClickSeries,
    settings: Settings,
    against: Against,
    load: Callable[[ClickQuery], ClickSeries] | None = None,
) -> Compared:
    """The change against another period, or why there is none.

    `load` answers what it takes beside the series; the cached door, where there is none.
    """
    if not series.known.any():
        return Compared(Change(why="the period itself is not known"))
    if load is None:
        load = partial(cache.load, chosen=settings)
    try:
        if _lacks_buckets(series):
            series = load(_in_buckets(series.query))
        pair = comparison.pair(series, against)
        if (too_dear := _too_dear(pair.questions, [pair.other], settings)) is not None:
            return too_dear
        other = load(pair.other)
        if not (
            _is_covered(series, pair.cut, settings) and _is_covered(other, pair.other_cut, settings)
        ):
            return Compared(
                Change(why="the click log does not cover both periods"),
                other,
                np.array(pair.partners),
            )
        parts = _part(pair.part, load), _part(pair.other_part, load)
        history = load(pair.history)
        return Compared(
            comparison.change(series, other, parts, history, pair), other, np.array(pair.partners)
        )
    except NotComparableError as problem:
        return Compared(Change(why=str(problem)))
    except BitlyError as problem:
        why = problem.user_message.removesuffix(".")
        return Compared(Change(why=f"the other period cannot be had: {why}"))


def load_changes(
    many: Sequence[ClickSeries], settings: Settings, against: Against, *, asking: bool = True
) -> list[Compared]:
    """The change of each series; what they take is asked for side by side.

    Without `asking` there are those whose parts are kept.
    """
    known = [series for series in many if series.known.any()]
    ahead = partial(load_ahead, settings=settings, asking=asking)
    in_buckets = {_in_buckets(series.query): None for series in known if _lacks_buckets(series)}
    load_buckets = ahead(list(in_buckets), key="buckets") if in_buckets else None
    asked: dict[ClickQuery, None] = {}
    others = []
    for series in known:
        with suppress(BitlyError, NotComparableError):
            if load_buckets is not None:
                series = load_buckets(_in_buckets(series.query))
            pair = comparison.pair(series, against)
            asked |= dict.fromkeys(pair.questions)
            others.append(pair.other)
    if (too_dear := _too_dear(list(asked), others, settings)) is not None:
        return [too_dear] * len(many)
    load_rest = ahead(list(asked), key="changes") if asked else None

    def load(query: ClickQuery) -> ClickSeries:
        of_buckets = query in in_buckets or load_rest is None
        answer = load_buckets if of_buckets else load_rest
        assert answer is not None  # whoever asks has asked ahead
        return answer(query)

    return [load_change(series, settings, against, load) for series in many]


def _too_dear(
    questions: Sequence[ClickQuery], others: Sequence[ClickQuery], settings: Settings
) -> Compared | None:
    """What stands for a change whose numbers take many calls that nobody has asked for.

    They are not offered where the `others`, which it is set against, are older than what is kept.
    """
    try:
        plan = cache.plan(questions, settings)
        if plan is None or plan.calls <= MOST_BESIDE:
            return None
        if any(cache.is_before_history(other, settings) for other in others):
            return Compared(
                Change(why="the other period is older than what Bitly keeps for this account")
            )
    except BitlyError:
        return None  # the questions themselves will say so
    return Compared(
        Change(why=f"its numbers take {plan.calls:,} calls more"), dear=tuple(questions)
    )


def _lacks_buckets(series: ClickSeries) -> bool:
    """Whether a total must be asked for in buckets to be compared; all time is not compared."""
    return series.query.rollup and series.query.units != ALL_TIME


def _in_buckets(query: ClickQuery) -> ClickQuery:
    return query.replace(rollup=False, limit=None)


def _part(query: ClickQuery | None, load: Callable[[ClickQuery], ClickSeries]) -> int | None:
    if query is None:
        return 0
    part = load(query)
    return int(part.clicks[0]) if part.known.all() else None


def _is_covered(series: ClickSeries, cut: int, settings: Settings) -> bool:
    """Whether a click log, if it is one, has lines of every hour up to the cut."""
    local = cache.connection(settings).local
    coverage = local.coverage() if local is not None else None
    if local is None or coverage is None or coverage.whole:
        return True
    edges = series.edges.clip(max=cut)
    return bool(
        (covered_hours(edges[:-1], edges[1:], coverage.hours, int(local.clock())) == COVERED).all()
    )


def name_of(against: Against) -> str:
    """The other period in words."""
    return NAMES.get(against.kind, "the chosen period")


@dataclass(frozen=True)
class ChangePlace:
    """Where a change will stand: a metric, and a sentence under it."""

    metric: DeltaGenerator
    sentence: DeltaGenerator

    def keep(self, against: Against) -> None:
        """The metric without its number, so that nothing moves when that comes."""
        self.metric.metric(_label(against), WAITING_TEXT, border=True, height="stretch")

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Says that the other period is being asked for."""
        with self.sentence, st.spinner("Counting clicks of the other period", show_time=True):
            yield

    def fill(self, compared: Compared, against: Against, unit: str) -> None:
        """The change as a number, with what it is made of, and in words."""
        with self.metric:
            _change_metric(compared, against)
        with self.sentence:
            _change_sentence(compared, against, unit)


def _label(against: Against) -> str:
    return f"Against {name_of(against)}"


def _change_metric(compared: Compared, against: Against) -> None:
    change, label = compared.change, _label(against)
    verdict = change.verdict
    if verdict is None:
        st.metric(
            label,
            UNKNOWN_TEXT,
            border=True,
            height="stretch",
            help=as_text(f"Not to be told: {change.why}."),
        )
        return
    value = percent_text(verdict.ratio) if verdict.ratio is not None else UNKNOWN_TEXT
    st.metric(
        label,
        value,
        border=True,
        height="stretch",
        delta=verdict.word,
        delta_color="off",
        delta_arrow="off",
        help=f"{count_text(change.now or 0)} after {count_text(change.before or 0)}.",
    )


def _change_sentence(compared: Compared, against: Against, unit: str) -> None:
    """From what to what, how sure, and what the calendar made uneven."""
    change, other = compared.change, compared.other
    if change.verdict is None or other is None:
        st.caption(as_text(f"Not set against {name_of(against)}: {change.why}."))
        return
    verdict = change.verdict
    text = (
        f"{count_text(change.now or 0)} clicks against {count_text(change.before or 0)} in "
        f"{name_of(against)} ({span_text(other, unit)}): {verdict.text}"
    )
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
    first, last = (
        bucket_label(buckets.local(int(at), series.zone), unit)
        for at in (series.edges[0], series.edges[-2])
    )
    return first if first == last else f"{first} to {last}"
