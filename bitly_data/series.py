"""What a source answers: buckets oldest first, a state each, and where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.query import ALL_TIME, ClickQuery, edges_of

# From best to worst: where several apply to one bucket, the worst wins.
STATES = ("counted", "rebuilt", "partial", "capped", "outside_window", "failed")
COUNTED, REBUILT, PARTIAL, CAPPED, OUTSIDE_WINDOW, FAILED = range(len(STATES))
# In these the number of clicks is not known.
UNKNOWN = (CAPPED, OUTSIDE_WINDOW, FAILED)
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


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a click log covers.

    `hours`: int64[m], the UTC hours (epoch // 3600, ascending) in which at least one line was
    logged. Hours that begin after `now` [epoch s] are nobody's to log.
    """

    hours: NDArray[np.int64]
    now: int


@dataclass(frozen=True)
class ClickSeries:
    """The clicks of one thing.

    `edges`: int64[n + 1], ascending epoch seconds; bucket i is `[edges[i], edges[i + 1])`.
    `clicks`: int64[n] [count], meaningless where the state is one of `UNKNOWN`.
    `states`: int8[n], indexes into `STATES`.
    `coverage`: what a click log covers; `None` where the clicks are all there ever were.
    """

    query: ClickQuery
    name: str
    edges: NDArray[np.int64]
    clicks: NDArray[np.int64]
    states: NDArray[np.int8]
    provenance: Provenance
    coverage: Coverage | None = None

    def __post_init__(self) -> None:
        count = len(self.edges) - 1
        if len(self.clicks) != count or len(self.states) != count:
            raise ValueError("a series has one count and one state for each bucket")
        for numbers in (self.edges, self.clicks, self.states):
            numbers.setflags(write=False)  # whoever asks for the same shares them

    @property
    def zone(self) -> tzinfo:
        """The zone that its buckets are those of: the asked one, or that of upstream's offset."""
        offset = self.provenance.offset
        return self.query.zone if offset is None else buckets.fixed_zone(offset)

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool[n]: whether the number of clicks is known."""
        return ~np.isin(self.states, UNKNOWN)

    @property
    def answered(self) -> bool:
        """Whether somebody answered; where nobody did, `provenance.note` says why."""
        return self.provenance.source != _NOBODY


def rolled_up(series: ClickSeries) -> ClickSeries:
    """The whole range as one bucket; not known if one of its buckets is not."""
    return replace(
        series,
        edges=series.edges[[0, -1]],
        clicks=np.array([series.clicks[series.known].sum()], dtype=np.int64),
        states=np.array([series.states.max()], dtype=np.int8),
    )


def failed(query: ClickQuery, why: str, now: int) -> ClickSeries:
    """The series of a question that got no answer: all of its buckets are asked for and unknown.

    Of all time it is the one bucket that holds the end. `now` in epoch seconds.
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
            provenance=replace(series.provenance, offset=longest.provenance.offset),
        )
    missing = len(longest.clicks) - len(series.clicks)
    if missing <= 0:
        return series
    # Only where it begins with a known bucket is that its first click, with none before.
    before = series.states[0] if series.states[0] in UNKNOWN else COUNTED
    return replace(
        series,
        edges=longest.edges,
        clicks=np.concatenate([np.zeros(missing, dtype=np.int64), series.clicks]),
        states=np.concatenate([np.full(missing, before, dtype=np.int8), series.states]),
    )
