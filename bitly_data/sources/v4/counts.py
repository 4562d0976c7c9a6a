"""Clicks of links and groups in UTC buckets: what is kept, and the rest asked for.

What was counted in a finished bucket is kept and not asked for again; a bucket that still fills
is remembered for a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.buckets import NOMINAL_SECONDS
from bitly_data.errors import AnswerError
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import BucketStore, CountKey
from bitly_data.sources.model import Listed
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import ACCOUNT_SECONDS, Talk, V4Account, is_wall
from bitly_data.sources.wire import unreadable
from bitly_data.states import COUNTED, FAILED, OUTSIDE_WINDOW
from bitly_data.transport.request import Request

# A bucket that still fills is as fresh as anybody looks at it [s].
RUNNING_SECONDS = 60.0
# So far back a first series by day is asked: the longest history of any plan is two years, and
# what is asked beyond a plan's own tells where its history begins.
FIRST_DAYS = 731


@dataclass(frozen=True)
class Counted:
    """Consecutive UTC buckets from `first` on: clicks int64[n], states int8[n].

    A state is one of COUNTED, CAPPED, OUTSIDE_WINDOW and FAILED here.
    """

    clicks: NDArray[np.int64]
    states: NDArray[np.int8]


@dataclass(frozen=True)
class UtcCounts:
    """The UTC buckets of an account's links and groups; `store_of` gives the place for what was
    counted, by the account's id.
    """

    account: V4Account
    store_of: Callable[[str], BucketStore]

    @property
    def store(self) -> BucketStore:
        """The finished buckets. Raises `AnswerError` where it is not known whose they are."""
        return self.store_of(self.account.user().login)

    def series(self, talk: Talk, key: CountKey, start: int, end: int) -> Counted:
        """The clicks of a link or a whole group in [start, end) [epoch s]."""
        with self.account.memory.turn(key):
            if gaps := self.gaps(key, start, end):
                self._ask_series(talk, key, gaps[0], gaps[-1])
        talk.names(self._ways(key, wire.Span(key.unit, 1))[0].path)
        width, floor = NOMINAL_SECONDS[key.unit], self.floor_of(key)
        known = self._known(key, start, end)
        starts = np.arange(start, end, width, dtype=np.int64)
        found = [known.get(at, 0 if at > talk.now else None) for at in starts.tolist()]
        states = np.array(
            [COUNTED if count is not None else FAILED for count in found], dtype=np.int8
        )
        states[(states == FAILED) & (starts < floor)] = OUTSIDE_WINDOW
        return Counted(np.array([count or 0 for count in found], dtype=np.int64), states)

    def gaps(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets in [start, end) that have begun and are not known."""
        width, now = NOMINAL_SECONDS[key.unit], self.account.now()
        # What a bucket had while it was filling is not what it had in the end.
        known = self.store.counts(key, start, end).keys() | {
            at for at, count in self._running(key).items() if count is None or at + width > now
        }
        return [at for at in self.begun(key, start, end) if at not in known]

    def floor_of(self, key: CountKey) -> int:
        """Where the history of the plan begins, 0 where nothing is known of that [epoch s]."""
        own = int(self.account.memory.get(("floor", key), ACCOUNT_SECONDS) or 0)
        # What has no days has no hours either.
        return own if key.unit != "hour" else max(own, self.floor_of(replace(key, unit="day")))

    def _known(self, key: CountKey, start: int, end: int) -> dict[int, int | None]:
        """The clicks of the buckets in [start, end) that are kept, and of those that still fill."""
        return {**self._running(key), **self.store.counts(key, start, end)}

    def _running(self, key: CountKey) -> dict[int, int | None]:
        return self.account.memory.get(("running", key), RUNNING_SECONDS) or {}

    def _ask_series(self, talk: Talk, key: CountKey, oldest: int, newest: int) -> None:
        """Ask for the buckets from `oldest` to `newest` (starts), and keep what is finished."""
        width = NOMINAL_SECONDS[key.unit]
        if key.unit == "hour" and newest + width <= talk.now:
            oldest = max(oldest, self.first_day(talk, key, oldest))
        if key.unit == "day" and (
            newest + width <= talk.now
            and self.account.memory.get(("floor", key), ACCOUNT_SECONDS) is None
        ):
            newest = utc_floor(talk.now, "day")  # for the same reason
        while oldest <= newest:
            reach = self._ask_span(talk, key, oldest, newest)
            if key.unit != "hour" or not oldest < reach <= newest:
                break
            # Cut off by how many buckets an answer holds, or by the plan, which the next one says.
            oldest, newest = max(oldest, self.first_day(talk, key, oldest)), reach - width

    def first_day(self, talk: Talk, key: CountKey, oldest: int) -> int:
        """Where the days of the history begin [epoch s], asked for where that is not known.

        Of hours before it upstream may answer that there were no clicks.
        """
        days = replace(key, unit="day")
        if self.account.memory.get(("floor", days), ACCOUNT_SECONDS) is None:
            self._ask_series(talk, days, utc_floor(oldest, "day"), utc_floor(talk.now, "day"))
        return self.floor_of(days)

    def _ask_span(self, talk: Talk, key: CountKey, oldest: int, newest: int) -> int:
        """One call for a series; the start of the oldest bucket that it answers for [epoch s]."""
        width = NOMINAL_SECONDS[key.unit]
        running = newest + width > talk.now
        units = (newest - oldest) // width + 1
        if running and key.unit != "minute":
            units += 1  # its clock may be a bucket ahead of ours
            if key.unit == "day" and not self.store.counts(key, oldest - 35 * width, oldest):
                units = max(units, FIRST_DAYS)
        span = wire.Span(key.unit, units, None if running else newest + width - 1)
        answer = self._ask_counts(talk, key, span)
        newest = utc_floor(talk.now, key.unit) if running else newest
        if answer.echoed.get("unit", span.unit) != span.unit:
            raise unreadable(talk.last)
        reach, cut = reach_of(answer, span, newest, width)
        if (
            key.unit == "hour"
            and (empty := self._empty_until(key, answer, reach, newest + width)) > reach
        ):
            reach, cut = empty, True
        if any(at % width for at in answer.counts):
            raise wire.not_aligned(talk.last)
        # A list that names buckets without clicks names all of them.
        unnamed = None if 0 in answer.counts.values() else 0
        known = {at: answer.counts.get(at, unnamed) for at in range(reach, newest + width, width)}
        final = {
            at: count for at, count in known.items() if count is not None and at + width <= talk.now
        }
        self.store.keep_counts(key, final, talk.now)
        open_ones = {at: count for at, count in known.items() if at not in final}
        if running or open_ones:
            self.account.memory.put(("running", key), self._running(key) | open_ones)
        floor = self.account.memory.get(("floor", key), ACCOUNT_SECONDS)
        if cut or (running and floor is None):
            # It only ever moves on; an answer that was not cut says nothing of what is before it.
            self.account.memory.put(("floor", key), max(reach if cut else 0, floor or 0))
        talk.echoed = talk.echoed or answer.echoed
        return reach

    def _empty_until(self, key: CountKey, answer: wire.Counts, reach: int, end: int) -> int:
        """The end of the newest day [epoch s] that has clicks, but none in its hours: upstream has
        no hours for it, whatever it says. `reach` where there is no such day.
        """
        clicked = {at // buckets.DAY_SECONDS for at, count in answer.counts.items() if count}
        days = self.store.counts(replace(key, unit="day"), reach, end - buckets.DAY_SECONDS + 1)
        return max(
            (
                at + buckets.DAY_SECONDS
                for at, count in days.items()
                if count and at // buckets.DAY_SECONDS not in clicked
            ),
            default=reach,
        )

    def _ask_counts(self, talk: Talk, key: CountKey, span: wire.Span) -> wire.Counts:
        """A series, by the next way where the plan lacks the first."""
        first, *others = self._ways(key, span)
        try:
            return self.account.ask(first, wire.parse_counts, talk)
        except AnswerError as problem:
            if not (others and is_wall(problem)):
                raise
            talk.asked(first.path)
            answer = self.account.ask(others[0], wire.parse_counts, talk)
            self.account.memory.put("second way", True)
            return answer

    def _ways(self, key: CountKey, span: wire.Span) -> tuple[Request, ...]:
        """The requests for a series, the one to try first; those known to be walled left out."""
        if key.kind == bucket_store.LINK:
            return (wire.link_clicks_request(key.name, span),)
        ways = wire.group_clicks_requests(key.name, span)
        return ways[1:] if self.account.memory.get("second way", ACCOUNT_SECONDS) else ways

    def without_list(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets whose list is not there, those known to be empty left out."""
        counts = self._known(key, start, end)
        if self.account.memory.get(("list wall", key), ACCOUNT_SECONDS) is not None:
            return []
        lists = self.store.listed(key, start, end)
        return [
            at
            for at in self.begun(key, start, end)
            if at not in lists and counts.get(at) != 0 and self._remembered_rows(key, at) is None
        ]

    def incomplete(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets in [start, end) whose list is known to leave clicks out."""
        counts = self._known(key, start, end)
        lists = self.store.lists(key, start, end)
        for at in self._running(key):
            rows = self._remembered_rows(key, at)
            if rows is not None and start <= at < end:
                lists[at] = rows
        return sorted(
            at
            for at, rows in lists.items()
            if len(rows) >= wire.MOST_LISTED
            and (counts.get(at) or 0) > sum(row.clicks for row in rows)
        )

    def rows(self, talk: Talk, key: CountKey, start: int) -> list[Listed]:
        """The most clicked links of a group in one bucket."""
        width = NOMINAL_SECONDS[key.unit]
        talk.names(wire.sorted_request(key.name, wire.Span(key.unit, 1)).path)
        with self.account.memory.turn((key, start)):
            rows = self.store.lists(key, start, start + 1).get(start)
            if rows is None:
                rows = self._remembered_rows(key, start)
            if rows is not None:
                return rows
            running = start + width > talk.now
            span = wire.Span(key.unit, 1, None if running else start + width - 1)
            rows = self._ask_rows(talk, key, span)
            if running:
                self.account.memory.put(("list", key, start), rows)
            elif is_too_much(rows, self.store.counts(key, start, start + 1).get(start)):
                self.account.memory.put(("wrong list", key, start), rows)
            else:
                self.store.keep_list(key, start, rows, talk.now)
            return rows

    def _remembered_rows(self, key: CountKey, start: int) -> list[Listed] | None:
        """A list that is not kept for good: of a bucket that still fills, or one that is wrong."""
        memory = self.account.memory
        rows: list[Listed] | None = memory.get(("wrong list", key, start), ACCOUNT_SECONDS)
        if rows is None and start + NOMINAL_SECONDS[key.unit] > self.account.now():
            rows = memory.get(("list", key, start), RUNNING_SECONDS)
        return rows

    def _ask_rows(self, talk: Talk, key: CountKey, span: wire.Span) -> list[Listed]:
        """One call for a list; where a plan has none, no second one."""
        return self.account.past_wall(
            ("list wall", key),
            lambda: self.account.ask(wire.sorted_request(key.name, span), wire.parse_sorted, talk),
        )

    def series_or_wall(
        self, talk: Talk, key: CountKey, start: int, end: int
    ) -> Counted | AnswerError:
        """The clicks of a whole group, or the refusal of a plan that has no series of them."""
        try:
            return self.account.past_wall(("wall", key), lambda: self.series(talk, key, start, end))
        except AnswerError as problem:
            if not is_wall(problem):
                raise
            return problem

    def wall_of(self, key: CountKey) -> AnswerError | None:
        """The refusal of a group's series, where the plan is known to have none."""
        wall: AnswerError | None = self.account.memory.get(("wall", key), ACCOUNT_SECONDS)
        return wall

    def begun(self, key: CountKey, start: int, end: int) -> Sequence[int]:
        """The starts of the buckets in [start, end) [epoch s] that have begun, as far back as the
        history of the plan is known to go.
        """
        width = NOMINAL_SECONDS[key.unit]
        return range(
            max(start, utc_ceiling(self.floor_of(key), key.unit)),
            min(end, self.account.now() + 1),
            width,
        )


def reach_of(answer: wire.Counts, span: wire.Span, newest: int, width: int) -> tuple[int, bool]:
    """The start of the oldest bucket that an answer holds [epoch s], and whether upstream cut off
    what was asked before it.

    A list that names buckets without clicks names all of them; one that does not may leave any of
    them out, so there the number that upstream says decides.
    """
    asked = newest - (span.units - 1) * width
    oldest = min(answer.counts, default=newest + width)
    named = 0 in answer.counts.values()
    if answer.echoed.get("unit") != span.unit and not 0 <= (answer.units or 0) < span.units:
        return newest + width, True  # it answers something else
    if answer.units is None or named:
        return max(oldest, asked), oldest > asked
    if answer.units == wire.EVERYTHING or answer.units >= span.units:
        return asked, False
    return newest - (answer.units - 1) * width, True


def is_too_much(rows: Sequence[Listed], total: int | None) -> bool:
    """Whether a list says more clicks than the group's count: one of them is wrong."""
    return total is not None and sum(row.clicks for row in rows) > total


def utc_floor(moment: int, unit: str) -> int:
    """The start of the UTC bucket that holds a moment [epoch s]."""
    width = NOMINAL_SECONDS[unit]
    return moment // width * width


def utc_ceiling(moment: int, unit: str) -> int:
    """The start of the first UTC bucket that does not begin before a moment [epoch s]."""
    width = NOMINAL_SECONDS[unit]
    return -(-moment // width) * width
