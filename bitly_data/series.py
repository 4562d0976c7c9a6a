"""What a source answers: buckets oldest first, a state each, and where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets, zones
from bitly_data.bounds import NO_BOUND
from bitly_data.coverage import COVERED, NOT, PARTLY, covered_hours, covered_words
from bitly_data.query import ALL_TIME, ClickQuery, edges_of

# Offered from here as well, beside what carries them.
from bitly_data.states import CAPPED as CAPPED
from bitly_data.states import COUNTED as COUNTED
from bitly_data.states import FAILED as FAILED
from bitly_data.states import NOT_BEGUN as NOT_BEGUN
from bitly_data.states import NOT_IN_LOG as NOT_IN_LOG
from bitly_data.states import NOTHING_THERE as NOTHING_THERE
from bitly_data.states import OUTSIDE_WINDOW as OUTSIDE_WINDOW
from bitly_data.states import PARTIAL as PARTIAL
from bitly_data.states import REBUILT as REBUILT
from bitly_data.states import STATES as STATES
from bitly_data.states import UNKNOWN as UNKNOWN

if TYPE_CHECKING:
    from bitly_data.frames import Frame

_IS_KNOWN = ~np.isin(np.arange(len(STATES)), UNKNOWN)  # bool, by state
_NOBODY = "none"  # the source of a series that nobody answered


@dataclass(frozen=True)
class Provenance:
    """Where and when a series came from."""

    source: str  # "v3"
    account: str  # a label for people, never a token
    endpoints: tuple[str, ...]  # paths asked, in order, each once
    fetched_at: int  # upstream's clock [epoch s]
    requests: int  # how many were sent
    echoed: dict[str, str] = field(default_factory=dict)  # what upstream said it answered
    note: str = ""  # what a reader must know about the buckets, if anything
    # The one offset [s] that upstream's buckets have, where they are shown as it answers.
    offset: int | None = None
    # The release of the time zone database that the zone is of, such as "2026f".
    timezone_release: str = field(default_factory=zones.release)
    # The account's groups that were counted, by name; empty where there is none to choose.
    groups: tuple[str, ...] = ()

    @property
    def groups_text(self) -> str:
        """Which of the account's groups were counted, in words; empty where there are no others."""
        if len(self.groups) > 1:
            return f"{len(self.groups):,} groups together"
        return f"group {self.groups[0]}" if self.groups else ""


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a click log covers.

    `hours`: int64[m], the UTC hours (epoch // 3600, ascending) in which at least one line was
    logged. Hours that begin after `now` [epoch s] are nobody's to log.
    """

    hours: NDArray[np.int64]
    now: int

    def __post_init__(self) -> None:
        self.hours.setflags(write=False)

    def extents(self, edges: NDArray[np.int64]) -> NDArray[np.str_]:
        """str[n], how much of each bucket is covered: `COVERED`, `PARTLY` or `NOT`.

        `edges`: int64[n + 1], ascending epoch seconds.
        """
        return covered_hours(edges[:-1], edges[1:], self.hours, self.now)

    def words(self, edges: NDArray[np.int64]) -> list[str]:
        """The same for a reader: n texts, empty where the log covers the bucket."""
        return covered_words(edges[:-1], edges[1:], self.hours, self.now)

    def covers(self, edges: NDArray[np.int64]) -> bool:
        """Whether the log covers all of these buckets wholly."""
        return bool((self.extents(edges) == COVERED).all())


@dataclass(frozen=True)
class Total:
    """A sum that says what it is a sum of [count]."""

    clicks: int
    known: int  # buckets that are in it
    unknown: int  # buckets that are not, because their number is not known
    bounded: int = 0  # of the unknown buckets, those with a lower bound
    listed: int = 0  # the lower bounds of these, added up
    at_most: int | None = None  # of all buckets, where each has an upper bound or is known

    @property
    def at_least(self) -> int:
        """The known clicks and the lower bounds, added up."""
        return self.clicks + self.listed


def _no_bounds() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class ClickSeries:
    """The clicks of one thing.

    `edges`: int64[n + 1], ascending epoch seconds; bucket i is `[edges[i], edges[i + 1])`.
    `clicks`: int64[n] [count], meaningless where the state is one of `UNKNOWN`.
    `states`: int8[n], indexes into `STATES`.
    `coverage`: what a click log covers; `None` where the clicks are all there ever were.
    `at_least` and `at_most`: int64[n] [count], between which the clicks lie where they are not
    known; `NO_BOUND` where they are, and where there is no such bound.
    """

    query: ClickQuery
    name: str
    edges: NDArray[np.int64]
    clicks: NDArray[np.int64]
    states: NDArray[np.int8]
    provenance: Provenance
    coverage: Coverage | None = None
    at_least: NDArray[np.int64] = field(default_factory=_no_bounds)
    at_most: NDArray[np.int64] = field(default_factory=_no_bounds)

    def __post_init__(self) -> None:
        count = len(self.edges) - 1
        if len(self.clicks) != count or len(self.states) != count:
            raise ValueError("a series has one count and one state for each bucket")
        for name in ("at_least", "at_most"):
            bounds = getattr(self, name)
            if len(bounds) not in (0, count):
                raise ValueError("a series has a bound for each bucket, or none at all")
            none = self.known if len(bounds) else np.ones(count, dtype=np.bool_)
            whole = bounds if len(bounds) else np.full(count, NO_BOUND, dtype=np.int64)
            object.__setattr__(self, name, np.where(none, NO_BOUND, whole))
        for numbers in (self.edges, self.clicks, self.states, self.at_least, self.at_most):
            numbers.setflags(write=False)  # whoever asks for the same shares them

    @property
    def zone(self) -> tzinfo:
        """The zone that its buckets are those of: the asked one, or that of upstream's offset."""
        offset = self.provenance.offset
        return self.query.zone if offset is None else buckets.fixed_zone(offset)

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool[n]: whether the number of clicks is known."""
        known: NDArray[np.bool_] = _IS_KNOWN[self.states]
        return known

    @property
    def bounded(self) -> NDArray[np.bool_]:
        """bool[n]: whether the number is not known, but that there are at least so many."""
        bounded: NDArray[np.bool_] = self.at_least >= 0
        return bounded

    @property
    def floor(self) -> NDArray[np.int64]:
        """int64[n]: the clicks that there are at the least, by all that is known [count]."""
        return np.where(self.known, self.clicks, np.maximum(self.at_least, 0))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """int64[n]: how long each bucket is [s]."""
        return np.diff(self.edges)

    @property
    def total(self) -> Total:
        """The clicks of all known buckets, and what is known of the others."""
        known, bounded = self.known, self.bounded
        count, clicks = int(known.sum()), int(self.clicks[known].sum())
        has_most = bounded.any() and bool((known | (self.at_most >= 0)).all())
        return Total(
            clicks,
            count,
            len(known) - count,
            int(bounded.sum()),
            int(self.at_least[bounded].sum()),
            clicks + int(self.at_most[~known].sum()) if has_most else None,
        )

    @property
    def lacking(self) -> int:
        """How many buckets are not known of which there is a number to know."""
        codes = [code for code in UNKNOWN if code not in NOTHING_THERE]
        return int(np.isin(self.states, codes).sum())

    @property
    def is_whole(self) -> bool:
        """Whether every number is known of which there is one to know."""
        return not self.lacking

    @property
    def answered(self) -> bool:
        """Whether somebody answered; where nobody did, `provenance.note` says why."""
        return self.provenance.source != _NOBODY

    def to_frame(self) -> Frame:
        """The series as a pandas frame by `frames.SCHEMA`."""
        # pandas takes a third of a second to import, and who wants no frame needs none.
        from bitly_data.frames import to_frame

        return to_frame(self)


def coverage_words(series: ClickSeries) -> list[str]:
    """n texts: what a click log does not cover of each bucket; empty where there is nothing."""
    if series.coverage is None:
        return [""] * len(series.clicks)
    return series.coverage.words(series.edges)


def groups_of(many: Iterable[ClickSeries]) -> str:
    """Which of the account's groups are in series, in words; empty where there are no others."""
    return next((text for one in many if (text := one.provenance.groups_text)), "")


def only_known(series: ClickSeries) -> ClickSeries:
    """The same series, without a number where there can be none.

    A bucket of which a click log covers no hour is not in the log, and one that it covers in part
    is partial, as far as upstream's number is known at all. What begins after the moment of asking
    has not begun, whatever upstream says of it.
    """
    states, edges = series.states.copy(), series.edges
    now = series.provenance.fetched_at
    if series.coverage is not None:
        now = min(now, series.coverage.now)
        extents, known = series.coverage.extents(edges), series.known
        states[known & (extents == PARTLY)] = PARTIAL
        states[known & (extents == NOT)] = NOT_IN_LOG
    states[edges[:-1] > now] = NOT_BEGUN
    nothing = np.isin(states, NOTHING_THERE)
    return replace(
        series,
        states=states,
        at_least=np.where(nothing, NO_BOUND, series.at_least),
        at_most=np.where(nothing, NO_BOUND, series.at_most),
    )


def rolled_up(series: ClickSeries) -> ClickSeries:
    """The whole range as one bucket; not known if one of its buckets is not.

    Where there is nothing to know of some of them, it is partial, as a day is whose hours are not
    all in a click log, or not all over. Where it is not known, what is known of its buckets is how
    many there are at the least.
    """
    total = series.total
    at_least = total.at_least if total.known or total.bounded else NO_BOUND
    at_most = NO_BOUND if total.at_most is None else total.at_most
    return replace(
        series,
        edges=series.edges[[0, -1]],
        clicks=np.array([total.clicks], dtype=np.int64),
        states=np.array([_state_of_all(series.states)], dtype=np.int8),
        at_least=np.array([at_least], dtype=np.int64),
        at_most=np.array([at_most], dtype=np.int64),
    )


def _state_of_all(states: NDArray[np.int8]) -> int:
    nothing = np.isin(states, NOTHING_THERE)
    if nothing.all():
        return int(states.min())
    return max(int(states[~nothing].max()), PARTIAL if nothing.any() else COUNTED)


def failed(query: ClickQuery, why: str, now: int, coverage: Coverage | None = None) -> ClickSeries:
    """The series of a question that got no answer: all of its buckets are asked for and unknown.

    Of all time it is the one bucket that holds the end. `now` in epoch seconds; `coverage` is that
    of the source that was asked.
    """
    finite = query.replace(units=1) if query.units == ALL_TIME else query
    edges = edges_of(finite.replace(limit=None), now if query.until is None else query.until)
    if query.rollup:
        edges = edges[[0, -1]]
    count = len(edges) - 1
    return ClickSeries(
        query,
        query.series_name,
        edges,
        np.zeros(count, dtype=np.int64),
        np.full(count, FAILED, dtype=np.int8),
        Provenance(_NOBODY, "", (), now, 0, note=why),
        coverage,
    )


def at_the_moment_of(series: ClickSeries, query: ClickQuery) -> ClickQuery:
    """A question that ends at the "now" of a series, so that both are of one moment.

    Minutes always end when they are asked for.
    """
    if query.until is not None or query.unit == "minute":
        return query
    return query.replace(until=series.provenance.fetched_at)


def side_by_side(many: Sequence[ClickSeries], names: Sequence[str]) -> list[ClickSeries]:
    """Series of one question over the same buckets, each with its name.

    A series of all time begins with its own first click, or with what is not known of it: the
    shorter ones get buckets before, without clicks or not known. One that nobody answered gets
    the buckets of the others.
    """
    longest = max(many, key=lambda item: (item.answered, len(item.clicks)))
    return [
        replace(_stretched(item, longest), name=name)
        for item, name in zip(many, names, strict=True)
    ]


def _stretched(series: ClickSeries, longest: ClickSeries) -> ClickSeries:
    if not series.answered:
        count = len(longest.clicks)
        return replace(
            series,
            edges=longest.edges,
            clicks=np.zeros(count, dtype=np.int64),
            states=np.full(count, FAILED, dtype=np.int8),
            at_least=_no_bounds(),
            at_most=_no_bounds(),
            provenance=replace(series.provenance, offset=longest.provenance.offset),
        )
    missing = len(longest.clicks) - len(series.clicks)
    if missing <= 0:
        return series
    # Only where it does not begin with what upstream keeps to itself is that its first click, with
    # none before.
    first = series.states[0]
    before = first if first in UNKNOWN and first not in NOTHING_THERE else COUNTED
    nothing = np.full(missing, NO_BOUND, dtype=np.int64)
    return only_known(
        replace(
            series,
            edges=longest.edges,
            clicks=np.concatenate([np.zeros(missing, dtype=np.int64), series.clicks]),
            states=np.concatenate([np.full(missing, before, dtype=np.int8), series.states]),
            at_least=np.concatenate([nothing, series.at_least]),
            at_most=np.concatenate([nothing, series.at_most]),
        )
    )
