"""Asking Bitly v3: one question in, one `ClickSeries` out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.errors import QuestionError
from bitly_data.query import ALL_TIME, HIGHEST_LIMIT, MOST_BUCKETS, ClickQuery, edges_of
from bitly_data.series import CAPPED, ClickSeries, Provenance
from bitly_data.sources import v3
from bitly_data.sources.http import Answer, Upstream
from bitly_data.sources.rebuild import Grid, grid_for, grid_starts, regroup, states_of

# An answer that makes no headway is asked on for no longer than this many times in a row.
MOST_PAGES = 2_000


@dataclass
class _Conversation:
    """The requests that one question takes, and what they said on the way."""

    upstream: Upstream
    query: ClickQuery
    endpoint: str
    wire: str
    now: int  # upstream's clock as far as it is known [epoch s]
    paths: list[str] = field(default_factory=list)
    echoed: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    def ask(self, ask: v3.Ask) -> v3.Clicks:
        # Plain text holds one number; the series that a total rests on comes as JSON.
        wire = "json" if self.wire == "txt" and not ask.rollup else self.wire
        request = v3.clicks_request(self.query, ask, self.endpoint, wire)
        answer = self.upstream.get(request.path, request.params)
        self.requests += 1
        self.now = answer.date
        if request.path not in self.paths:
            self.paths.append(request.path)
        clicks = v3.parse_clicks(answer.path, answer.status, answer.body, wire)
        self.echoed = self.echoed or clicks.echoed
        return clicks

    def counts(self, ask: v3.Ask) -> dict[int, int | None]:
        """The counts of a series that was asked for.

        Upstream may answer one bucket as an integer; more than one in an integer are not known.
        """
        clicks = self.ask(ask)
        if clicks.counts is None:
            raise v3.unreadable(self.paths[-1])
        return clicks.counts

    def provenance(self, account: str) -> Provenance:
        return Provenance(source="v3", account=account, endpoints=tuple(self.paths),
                          fetched_at=self.now, requests=self.requests, echoed=self.echoed)


@dataclass(frozen=True)
class V3Source:
    """Bitly v3 as a source of click series.

    `clock` is upstream's clock as far as it is known before the first answer.
    """

    upstream: Upstream
    account: str
    endpoint: str = "auto"
    wire: str = "json"
    clock: Callable[[], float] = time.time

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        if self.wire == "txt" and not query.rollup:
            raise QuestionError("Plain text is offered for totals only: add --rollup, or choose "
                                "json or xml.")
        talk = _Conversation(self.upstream, query, self.endpoint, self.wire, int(self.clock()))
        if query.units == ALL_TIME:
            edges, clicks, states = (_all_time_total if query.rollup else _all_time)(talk)
        else:
            edges, clicks, states = (_total if query.rollup else _finite)(talk)
        return ClickSeries(query, query.series_name, edges, clicks, states,
                           talk.provenance(self.account))

    def fetch_account(self) -> v3.Account:
        """Domains and logins to choose from. Raises `AnswerError`."""
        answer = self._get(v3.account_request())
        return v3.parse_account(answer.path, answer.status, answer.body)

    def fetch_links(self, most: int = 500) -> tuple[list[v3.Link], int]:
        """The account's newest links, of the first `most`, and how many there are in all.

        Raises `AnswerError`.
        """
        links: list[v3.Link] = []
        listed, total = 0, None
        while listed < most:
            asked = min(v3.MOST_LINKS, most - listed)
            answer = self._get(v3.links_request(listed, asked))
            page = v3.parse_links(answer.path, answer.status, answer.body)
            links += page.links
            listed, total = listed + page.listed, page.total
            if page.listed < asked or listed == total:
                break
        return links, listed if total is None else total

    def _get(self, request: v3.Request) -> Answer:
        return self.upstream.get(request.path, request.params)


_Parts = tuple[buckets.Edges, NDArray[np.int64], NDArray[np.int8]]


def _finite(talk: _Conversation) -> _Parts:
    """A series of a known number of buckets."""
    query = talk.query
    wanted = query.units if query.limit is None else min(query.units, query.limit)
    shown = query.with_(units=wanted, limit=None)
    end = query.end if query.end is not None else talk.now
    edges = edges_of(shown, end)
    grid = grid_for(query, int(edges[0]), int(edges[-1]), talk.now)
    counts = _walk(talk, grid, _asked_units(grid, edges, end, query))
    if query.end is None and counts:
        # Upstream's newest bucket says where its "now" lies, whatever our clock says.
        edges = edges_of(shown, max(counts))
        moved = grid_for(query, int(edges[0]), int(edges[-1]), talk.now)
        if moved != grid or int(edges[0]) < min(counts):
            grid = moved
            counts = _walk(talk, grid, _asked_units(grid, edges, max(counts), query))
    if grid.direct and not _on_edges(counts, edges):
        # Upstream's own buckets are not the zone's after all (its clock, its zone data).
        grid = Grid("hour", query.timezone, direct=query.unit == "hour",
                    width=buckets.HOUR_SECONDS)
        if query.unit not in ("minute", "hour"):
            counts = _walk(talk, grid, _asked_units(grid, edges, end, query))
    clicks, states = _filled(edges, grid, counts, talk.now)
    return _with_capped(query, edges, clicks, states)


def _on_edges(counts: dict[int, int | None], edges: buckets.Edges) -> bool:
    return bool(np.isin(np.fromiter(counts, dtype=np.int64), edges).all())


def _asked_units(grid: Grid, edges: buckets.Edges, end: int, query: ClickQuery) -> int:
    """How many of upstream's buckets reach from the newest asked one back to `edges[0]`."""
    if grid.direct:
        return len(edges) - 1
    newest = int(edges[-1]) - 1 if query.end is not None else end
    return (newest - int(edges[0])) // grid.width + 1


def _reference(grid: Grid, query: ClickQuery) -> int | None:
    """What to send as the end: a bucket made from smaller ones is asked for up to its own end."""
    if query.end is None or grid.direct:
        return query.end
    return buckets.ceiling(query.end, query.unit, query.zone, query.week_start) - 1


def _walk(talk: _Conversation, grid: Grid, units: int) -> dict[int, int | None]:
    """Counts of the newest `units` of upstream's buckets, in as many pages as needed."""
    query = talk.query
    end = _reference(grid, query)
    if _is_capped(grid, query):  # sent as the user set it, and not asked on
        return talk.counts(v3.Ask(grid.unit, query.units, grid.timezone, end, rollup=False,
                                  limit=query.limit))
    counts: dict[int, int | None] = {}
    for _ in range(MOST_PAGES):
        page = talk.counts(v3.Ask(grid.unit, units - len(counts), grid.timezone, end,
                                  rollup=False))
        nothing_new = page.keys() <= counts.keys()
        counts = page | counts
        if nothing_new or len(counts) >= units or min(counts) <= buckets.EARLIEST + 1:
            break
        end = min(counts) - 1
    return counts


def _is_capped(grid: Grid, query: ClickQuery) -> bool:
    return grid.direct and query.limit is not None


def _filled(edges: buckets.Edges, grid: Grid, counts: dict[int, int | None], now: int
            ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Clicks and states of the asked buckets; what lies wholly after `now` has no clicks yet."""
    starts = grid_starts(grid, edges, now)
    values = [counts.get(start, 0 if start > now else None) for start in starts.tolist()]
    known = np.array([value is not None for value in values], dtype=np.bool_)
    found = np.array([value or 0 for value in values], dtype=np.int64)
    clicks, complete = regroup(edges, starts, found, known)
    return clicks, states_of(edges, complete, direct=grid.direct, now=now)


def _with_capped(query: ClickQuery, edges: buckets.Edges, clicks: NDArray[np.int64],
                 states: NDArray[np.int8]) -> _Parts:
    """The buckets that a limit cut off, put before those that came."""
    missing = query.units - len(clicks)
    if missing <= 0:
        return edges, clicks, states
    full = edges_of(query, int(edges[-1]) - 1)
    return (full, np.concatenate([np.zeros(missing, dtype=np.int64), clicks]),
            np.concatenate([np.full(missing, CAPPED, dtype=np.int8), states]))


def _total(talk: _Conversation) -> _Parts:
    """One number over a known number of buckets."""
    query = talk.query
    for _ in range(2):
        asked_at = talk.now
        end = query.end if query.end is not None else asked_at
        edges = edges_of(query, end)
        first, last = int(edges[0]), int(edges[-1])
        grid = grid_for(query, first, last, asked_at)
        grid_starts(grid, edges, asked_at)
        total = _one_number(talk, v3.Ask(
            grid.unit, _asked_units(grid, edges, end, query), grid.timezone,
            _reference(grid, query), rollup=True, limit=query.limit))
        # The answer does not say which buckets it holds. Where upstream's clock turns out to be
        # in another bucket than ours, or to mean another offset by the zone's name, the question
        # is put once more by its clock.
        if grid == grid_for(query, first, last, talk.now) and (
                query.end is not None or _same_bucket(grid, asked_at, talk.now, query)):
            break
    return _one_bucket(int(edges[0]), int(edges[-1]), total, talk.now, direct=grid.direct)


def _same_bucket(grid: Grid, first: int, second: int, query: ClickQuery) -> bool:
    # A grid of weeks is only asked for where the question's weeks start as upstream's do.
    return (buckets.floor(first, grid.unit, query.zone, query.week_start)
            == buckets.floor(second, grid.unit, query.zone, query.week_start))


def _one_number(talk: _Conversation, ask: v3.Ask) -> int:
    clicks = talk.ask(ask)
    if clicks.total is not None:
        return clicks.total
    values = list((clicks.counts or {}).values())
    whole = (len(values) == ask.units if ask.units != ALL_TIME
             else len(values) < (ask.limit or HIGHEST_LIMIT))
    if not whole or None in values:
        raise v3.unreadable(talk.paths[-1])
    return sum(value for value in values if value is not None)


def _one_bucket(start: int, end: int, total: int, now: int, *, direct: bool) -> _Parts:
    edges = np.array([start, end], dtype=np.int64)
    return (edges, np.array([total], dtype=np.int64),
            states_of(edges, np.array([True]), direct=direct, now=now))


def _oldest_month(talk: _Conversation) -> int | None:
    """The start of upstream's first month with clicks [epoch s]; `None` without any.

    One request: no link has a thousand months. By upstream's one offset the month may begin some
    hours before or after the zone's.
    """
    months = talk.counts(v3.Ask("month", ALL_TIME, talk.query.timezone, _all_time_end(talk.query),
                                rollup=False))
    return min(months, default=None)


def _all_time_end(query: ClickQuery) -> int | None:
    """The last instant of the bucket that holds the end; `None`: now."""
    if query.end is None:
        return None
    return buckets.ceiling(query.end, query.unit, query.zone, query.week_start) - 1


def _all_time(talk: _Conversation) -> _Parts:
    """All buckets from the first click on; upstream lists only those with clicks."""
    query = talk.query
    month = _oldest_month(talk)
    newest = query.end if query.end is not None else talk.now
    oldest = newest if month is None else month - buckets.DAY_SECONDS
    start = buckets.floor(max(oldest, buckets.EARLIEST), query.unit, query.zone,
                          query.week_start)
    grid = grid_for(query, start, (_all_time_end(query) or newest) + 1, talk.now)
    counts = _walk_sparse(talk, grid)
    first = min(counts) if counts else newest
    _refuse_too_many(query, first, newest)
    edges = buckets.between(first, newest, query.unit, query.zone, query.week_start)
    empty: dict[int, int | None] = dict.fromkeys(grid_starts(grid, edges, talk.now).tolist(), 0)
    if not counts.keys() <= empty.keys():  # a click would be lost
        raise v3.unreadable(talk.paths[-1])
    values = empty | counts
    clicks, states = _filled(edges, grid, values, talk.now)
    whole = not _is_capped(grid, query) or len(counts) < (query.limit or 0)
    return _all_time_limited(query, edges, clicks, states, whole=whole)


def _walk_sparse(talk: _Conversation, grid: Grid) -> dict[int, int | None]:
    """Counts of all of upstream's buckets that have clicks, in as many pages as needed."""
    query = talk.query
    end = _all_time_end(query)
    if _is_capped(grid, query):
        return talk.counts(v3.Ask(grid.unit, ALL_TIME, grid.timezone, end, rollup=False,
                                  limit=query.limit))
    counts: dict[int, int | None] = {}
    for _ in range(MOST_PAGES):
        page = talk.counts(v3.Ask(grid.unit, ALL_TIME, grid.timezone, end, rollup=False))
        nothing_new = page.keys() <= counts.keys()
        counts = page | counts
        if nothing_new or len(page) < HIGHEST_LIMIT or min(counts) <= buckets.EARLIEST + 1:
            break
        end = min(counts) - 1
    return counts


def _refuse_too_many(query: ClickQuery, first: int, newest: int) -> None:
    count = (newest - first) // buckets.NOMINAL_SECONDS[query.unit] + 1
    if count > MOST_BUCKETS:
        raise QuestionError(f"All time is about {count:,} {query.unit}s here, more than "
                            f"{MOST_BUCKETS:,}: choose a larger unit.")


def _all_time_limited(query: ClickQuery, edges: buckets.Edges, clicks: NDArray[np.int64],
                      states: NDArray[np.int8], *, whole: bool) -> _Parts:
    """With a limit that was reached: one more bucket before, which stands for all that is cut.

    `whole`: upstream itself cut nothing off.
    """
    with_clicks = np.flatnonzero(clicks)
    if query.limit is None or (whole and len(with_clicks) <= query.limit):
        return edges, clicks, states
    first = int(with_clicks[-query.limit]) if len(with_clicks) >= query.limit else 0
    before = buckets.floor(int(edges[first]) - 1, query.unit, query.zone, query.week_start)
    return (np.concatenate([[before], edges[first:]]).astype(np.int64),
            np.concatenate([[0], clicks[first:]]).astype(np.int64),
            np.concatenate([[CAPPED], states[first:]]).astype(np.int8))


def _all_time_total(talk: _Conversation) -> _Parts:
    """One number over all time; its range begins with the month of the first click."""
    query = talk.query
    oldest = _oldest_month(talk)
    newest = query.end if query.end is not None else talk.now
    end = buckets.ceiling(newest, query.unit, query.zone, query.week_start)
    grid = grid_for(query.with_(unit="hour"), end - 1, end, talk.now)
    if query.end is not None:  # upstream's last hour must not reach beyond the end
        grid_starts(grid, np.array([end], dtype=np.int64), talk.now)
    total = _one_number(talk, v3.Ask("hour", ALL_TIME, grid.timezone, _all_time_end(query),
                                     rollup=True, limit=query.limit))
    start = (buckets.floor(newest, "month", query.zone) if oldest is None
             else _first_month(talk, oldest))
    return _one_bucket(start, end, total, talk.now, direct=True)


def _first_month(talk: _Conversation, upstream: int) -> int:
    """The start of the zone's month with the first click, from that of upstream's [epoch s].

    Where upstream's month begins or ends some hours from the zone's, the totals up to there say
    on which side the first click is.
    """
    zone = talk.query.zone
    fixed = timezone(timedelta(seconds=buckets.offset_at(talk.now, zone)))
    start = buckets.floor(upstream + 2 * buckets.DAY_SECONDS, "month", zone)
    following = buckets.ceiling(start, "month", zone)

    def none_before(moment: int) -> bool:
        return not _one_number(talk, v3.Ask("hour", ALL_TIME, talk.query.timezone, moment - 1,
                                            rollup=True))

    if upstream < start and not none_before(start):
        return buckets.floor(upstream, "month", zone)
    if following < buckets.ceiling(upstream, "month", fixed) and none_before(following):
        return following
    return start
