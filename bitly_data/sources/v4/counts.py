"""Clicks of links and groups in UTC buckets: what is kept, and what is not asked for.

What was counted in a finished bucket is kept and not asked for again; a bucket that still fills
is remembered for a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bitly_data.bounds import Bounds, exact
from bitly_data.buckets import DAY_SECONDS, NOMINAL_SECONDS
from bitly_data.errors import AnswerError
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import BucketStore, CountKey
from bitly_data.sources.model import Listed
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import V4Account, endpoint_name
from bitly_data.sources.v4.facts import (
    FILLING,
    FILLING_LIST,
    FIRST_BUCKET,
    LIST_WALL,
    SECOND_WAY,
    SERIES_WALL,
    WRONG_LIST,
    Facts,
    History,
    is_wall,
)
from bitly_data.sources.v4.spans import Covered, covered_by, span_for, utc_ceiling, utc_floor
from bitly_data.states import COUNTED, FAILED, OUTSIDE_WINDOW
from bitly_data.transport.request import Request

# Where nothing of so many days before is kept, days are asked for the first time, or after a pause
# that is longer than the shortest history of any plan, 30 days [UTC days].
_DAYS_BEFORE = 35


@dataclass(frozen=True)
class Counted:
    """Consecutive UTC buckets: clicks int64[n], states int8[n].

    A state is one of COUNTED, CAPPED, OUTSIDE_WINDOW and FAILED here. `bounds` are those of the
    clicks, also where these are counted; `notes` say how it was counted.
    """

    clicks: NDArray[np.int64]
    states: NDArray[np.int8]
    bounds: Bounds
    notes: tuple[str, ...] = ()

    @classmethod
    def exactly(cls, clicks: NDArray[np.int64], states: NDArray[np.int8]) -> Counted:
        """Buckets of which either the number or nothing is known."""
        return cls(clicks, states, exact(clicks, states == COUNTED))


@dataclass(frozen=True)
class UtcCounts:
    """The UTC buckets of an account's links and groups.

    `store_of` gives the place for what was counted, by the account's id. Ranges are [start, end)
    [epoch s].
    """

    account: V4Account
    store_of: Callable[[str], BucketStore]

    @property
    def store(self) -> BucketStore:
        """The finished buckets. Raises `AnswerError` where it is not known whose they are."""
        return self.store_of(self.account.user().login)

    @property
    def facts(self) -> Facts:
        return self.account.facts

    def history(self, key: CountKey) -> History:
        """How far back the buckets go, as far as is known; nothing is asked."""
        return self.facts.history(key)

    # -- series ---------------------------------------------------------------------------------

    def series(self, log: RequestLog, key: CountKey, start: int, end: int) -> Counted:
        """The clicks of a link or a whole group in a range. Raises `AnswerError`."""
        with self.facts.turn(key):
            if gaps := self.gaps(key, start, end):
                self._ask_series(log, key, gaps[0], gaps[-1])
        log.draw_on(endpoint_name(self._ways(key, wire.Span(key.unit, 1))[0].path))
        found, begins = self._clicks(key, start, end), self.history(key).begins
        starts = np.arange(start, end, NOMINAL_SECONDS[key.unit], dtype=np.int64)
        clicks = [found.get(at, 0 if at > log.now else None) for at in starts.tolist()]
        states = np.array(
            [COUNTED if count is not None else FAILED for count in clicks], dtype=np.int8
        )
        states[(states == FAILED) & (starts < begins)] = OUTSIDE_WINDOW
        return Counted.exactly(np.array([count or 0 for count in clicks], dtype=np.int64), states)

    def gaps(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets in a range that have begun and whose clicks are not there."""
        width, now = NOMINAL_SECONDS[key.unit], self.account.now()
        # What a bucket had while it was filling is not what it had in the end.
        there = self.store.counts(key, start, end).keys() | {
            at for at, count in self._filling(key).items() if count is None or at + width > now
        }
        return [at for at in self.begun(key, start, end) if at not in there]

    def begun(self, key: CountKey, start: int, end: int) -> Sequence[int]:
        """The starts of the buckets in a range that have begun, as far back as the history of the
        plan is known to go.
        """
        return range(
            max(start, utc_ceiling(self.history(key).begins, key.unit)),
            min(end, self.account.now() + 1),
            NOMINAL_SECONDS[key.unit],
        )

    def _clicks(self, key: CountKey, start: int, end: int) -> dict[int, int | None]:
        """The clicks of the buckets in a range that are kept, and of those that still fill."""
        return {**self._filling(key), **self.store.counts(key, start, end)}

    def _filling(self, key: CountKey) -> dict[int, int | None]:
        return self.facts.get(FILLING, key) or {}

    def _ask_series(self, log: RequestLog, key: CountKey, oldest: int, newest: int) -> None:
        """Ask for the buckets from `oldest` to `newest` (starts), and keep what is finished."""
        width = NOMINAL_SECONDS[key.unit]
        is_over = newest + width <= log.now
        if key.unit == "hour" and is_over:
            oldest = max(oldest, self.first_day(log, key, oldest))
        if key.unit == "day" and is_over and self.history(key).first is None:
            # Only up to now does an answer say where the history begins.
            newest = utc_floor(log.now, "day")
        while oldest <= newest:
            reach = self._ask_span(log, key, oldest, newest)
            if key.unit != "hour" or not oldest < reach <= newest:
                break
            # Cut off by how many buckets an answer holds, or by the plan, which the next one says.
            oldest, newest = max(oldest, self.first_day(log, key, oldest)), reach - width

    def first_day(self, log: RequestLog, key: CountKey, oldest: int) -> int:
        """Where the days of the history begin [epoch s], asked for where that is not known.

        Of hours before it upstream may answer that there were no clicks.
        """
        days = replace(key, unit="day")
        if self.history(days).first is None:
            self._ask_series(log, days, utc_floor(oldest, "day"), utc_floor(log.now, "day"))
        return self.history(days).begins

    def _ask_span(self, log: RequestLog, key: CountKey, oldest: int, newest: int) -> int:
        """One call for a series; the start of the oldest bucket that it answers for [epoch s]."""
        days_before = oldest - _DAYS_BEFORE * DAY_SECONDS
        first_time = key.unit == "day" and not self.store.counts(key, days_before, oldest)
        span = span_for(key.unit, oldest, newest, log.now, first_time=first_time)
        answer = self._ask_counts(log, key, span)
        if span.end is None:
            newest = utc_floor(log.now, key.unit)
        days = self._days_of(key, span, newest)
        covered = covered_by(answer, span, newest, log.now, days, log.last)
        self._keep(key, covered, log.now, running=span.end is None)
        log.echo(answer.echoed)
        return covered.reach

    def _days_of(self, key: CountKey, span: wire.Span, newest: int) -> dict[int, int]:
        """The kept clicks of the days whose hours are asked for in a span up to `newest`."""
        if key.unit != "hour":
            return {}
        width = NOMINAL_SECONDS["hour"]
        return self.store.counts(
            replace(key, unit="day"), newest - (span.units - 1) * width, newest + width
        )

    def _keep(self, key: CountKey, covered: Covered, now: int, *, running: bool) -> None:
        """Keep what an answer covers; `running`: it was asked for up to now."""
        self.store.keep_counts(key, covered.finished, now)
        if running or covered.filling:
            self.facts.put(FILLING, key, self._filling(key) | covered.filling)
        first = self.history(key).first
        if covered.cut or (running and first is None):
            # It only ever moves on; an answer that was not cut says nothing of what is before it.
            self.facts.put(FIRST_BUCKET, key, max(covered.reach if covered.cut else 0, first or 0))

    def _ask_counts(self, log: RequestLog, key: CountKey, span: wire.Span) -> wire.Counts:
        """A series, by the next way where the plan lacks the first."""
        first, *others = self._ways(key, span)
        try:
            return self.account.ask(first, wire.parse_counts, log)
        except AnswerError as problem:
            if not (others and is_wall(problem)):
                raise
            log.add(endpoint_name(first.path))
            answer = self.account.ask(others[0], wire.parse_counts, log)
            self.facts.put(SECOND_WAY, None, True)
            return answer

    def _ways(self, key: CountKey, span: wire.Span) -> tuple[Request, ...]:
        """The requests for a series, the one to try first; those known to be walled left out."""
        if key.kind == bucket_store.LINK:
            return (wire.link_clicks_request(key.name, span),)
        ways = wire.group_clicks_requests(key.name, span)
        return ways[1:] if self.facts.get(SECOND_WAY, None) else ways

    def series_or_wall(
        self, log: RequestLog, key: CountKey, start: int, end: int
    ) -> Counted | AnswerError:
        """The clicks of a whole group, or the refusal of a plan that has no series of them."""
        try:
            return self.facts.past_wall(SERIES_WALL, key, lambda: self.series(log, key, start, end))
        except AnswerError as problem:
            if not is_wall(problem):
                raise
            return problem

    # -- lists ----------------------------------------------------------------------------------

    def without_list(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets whose list is not there, those known to be empty left out."""
        clicks = self._clicks(key, start, end)
        if self.history(key).list_wall is not None:
            return []
        lists = self.store.listed(key, start, end)
        return [
            at
            for at in self.begun(key, start, end)
            if at not in lists and clicks.get(at) != 0 and self._remembered_rows(key, at) is None
        ]

    def incomplete(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets in a range whose list is known to leave clicks out."""
        clicks = self._clicks(key, start, end)
        lists = self.store.lists(key, start, end)
        for at in self._filling(key):
            rows = self._remembered_rows(key, at)
            if rows is not None and start <= at < end:
                lists[at] = rows
        return sorted(
            at
            for at, rows in lists.items()
            if len(rows) >= wire.MOST_LISTED
            and (clicks.get(at) or 0) > sum(row.clicks for row in rows)
        )

    def rows(self, log: RequestLog, key: CountKey, start: int) -> list[Listed]:
        """The most clicked links of a group in one bucket. Raises `AnswerError`."""
        log.draw_on(endpoint_name(wire.sorted_request(key.name, wire.Span(key.unit, 1)).path))
        with self.facts.turn((key, start)):
            rows = self.store.lists(key, start, start + 1).get(start)
            if rows is None:
                rows = self._remembered_rows(key, start)
            return self._new_rows(log, key, start) if rows is None else rows

    def _new_rows(self, log: RequestLog, key: CountKey, start: int) -> list[Listed]:
        width = NOMINAL_SECONDS[key.unit]
        running = start + width > log.now
        span = wire.Span(key.unit, 1, None if running else start + width - 1)
        request = wire.sorted_request(key.name, span)
        rows = self.facts.past_wall(
            LIST_WALL, key, lambda: self.account.ask(request, wire.parse_sorted, log)
        )
        if running:
            self.facts.put(FILLING_LIST, (key, start), rows)
        elif is_too_much(rows, self.store.counts(key, start, start + 1).get(start)):
            self.facts.put(WRONG_LIST, (key, start), rows)
        else:
            self.store.keep_list(key, start, rows, log.now)
        return rows

    def _remembered_rows(self, key: CountKey, start: int) -> list[Listed] | None:
        """A list that is not kept for good: of a bucket that still fills, or one that is wrong."""
        rows = self.facts.get(WRONG_LIST, (key, start))
        if rows is None and start + NOMINAL_SECONDS[key.unit] > self.account.now():
            rows = self.facts.get(FILLING_LIST, (key, start))
        return rows


def is_too_much(rows: Sequence[Listed], total: int | None) -> bool:
    """Whether a list says more clicks than the group's count: one of them is wrong."""
    return total is not None and sum(row.clicks for row in rows) > total
