"""A ranking from the rows that a source has and what it knows of the links without one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bitly_data.bounds import NO_BOUND
from bitly_data.errors import QuestionError
from bitly_data.query import ALL_TIME, ORGANIZATION, ClickQuery, edges_of
from bitly_data.series import ClickSeries, Coverage, Provenance, only_known
from bitly_data.sources.model import RankedLink, RankedLinks
from bitly_data.states import CAPPED, COUNTED, NOTHING_THERE, OUTSIDE_WINDOW, PARTIAL


@dataclass(frozen=True)
class Unlisted:
    """The clicks that a question asks for on links without a row [count].

    All of them together lie between `at_least` and `at_most` (`None`: no bound), and no such link
    has more than `each` (`None`: no bound).
    """

    at_least: int = 0
    at_most: int | None = 0
    each: int | None = None


NOTHING = Unlisted()


@dataclass(frozen=True)
class CountedRange:
    """From when to when was counted [epoch s], and what was asked for (`None`: all time).

    `is_cut_back`: upstream keeps nothing of the beginning of what was asked for; `is_gone`: nor of
    the rest.
    """

    start: int
    end: int
    asked: tuple[int, int] | None
    is_cut_back: bool = False
    is_gone: bool = False


def one_range(query: ClickQuery) -> ClickQuery:
    """The question that a ranking answers: the same links and the same range, taken as one.

    How a series would be made of it makes no difference, so none of that is left in it.
    """
    return query.replace(
        rollup=True, limit=None, unlisted=False, zone_days=False, upstream_buckets=False
    )


def refuse_link(query: ClickQuery) -> None:
    """Raise `QuestionError` for a question about one link: of it there is nothing to rank."""
    if query.target != ORGANIZATION:
        raise QuestionError("Links are ranked for the organization: choose no single link.")


def asked_range(query: ClickQuery, now: int) -> tuple[int, int] | None:
    """The range of a question in its own zone, by upstream's clock [epoch s]; `None`: all time."""
    if query.units == ALL_TIME:
        return None
    edges = edges_of(query, now if query.until is None else query.until)
    return int(edges[0]), int(edges[-1])


def ranking(
    query: ClickQuery,
    rows: Sequence[RankedLink],
    unlisted: Unlisted,
    counted: CountedRange,
    most: int,
    provenance: Provenance,
    coverage: Coverage | None,
) -> RankedLinks:
    """The ranking of the first `most` links; without a row where there can be no number."""
    ordered = sorted(rows, key=lambda row: (-row.clicks, row.link.link))
    series = only_known(_all_together(query, ordered, unlisted, counted, provenance, coverage))
    shown, dropped = ordered[:most], ordered[most:]
    is_whole, each = unlisted.at_most == 0, unlisted.each
    if dropped and (is_whole or each is not None):
        each = max(each or 0, dropped[0].clicks)
    is_whole = is_whole and not dropped
    if counted.is_gone or series.states[0] in NOTHING_THERE:
        shown, is_whole, each = [], False, None
    return RankedLinks(
        query,
        tuple(shown),
        series,
        counted.asked,
        is_whole,
        None if is_whole else each,
        counted.is_cut_back,
    )


def _all_together(
    query: ClickQuery,
    rows: Sequence[RankedLink],
    unlisted: Unlisted,
    counted: CountedRange,
    provenance: Provenance,
    coverage: Coverage | None,
) -> ClickSeries:
    """The clicks on all links, listed or not, as one bucket."""
    listed = sum(row.clicks for row in rows)
    at_least, at_most = listed + unlisted.at_least, NO_BOUND
    if unlisted.at_most is not None:
        at_most = listed + unlisted.at_most
    state = PARTIAL if counted.end > provenance.fetched_at else COUNTED
    if at_least != at_most:
        state = CAPPED
    if counted.is_gone:
        state, at_least, at_most = OUTSIDE_WINDOW, NO_BOUND, NO_BOUND
    return ClickSeries(
        query,
        query.series_name,
        np.array([counted.start, counted.end], dtype=np.int64),
        np.array([max(at_least, 0)], dtype=np.int64),
        np.array([state], dtype=np.int8),
        provenance,
        coverage,
        np.array([at_least], dtype=np.int64),
        np.array([at_most], dtype=np.int64),
    )
