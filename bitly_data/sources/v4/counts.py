"""Clicks of links and groups in UTC buckets: what is kept, and what is not asked for.

What was counted in a finished bucket is kept, and not asked for again once it has settled; until
then it is asked once an hour at most (docs/decisions/0023). A bucket that still fills is remembered
for a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bitly_data.bounds import Bounds, exact
from bitly_data.buckets import DAY_SECONDS, LATEST, NOMINAL_SECONDS
from bitly_data.errors import AnswerError
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import (
    ASK_AGAIN_SECONDS,
    SETTLING_SECONDS,
    BucketStore,
    CountKey,
    Observed,
    Seen,
)
from bitly_data.sources.model import Listed
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import V4Account, endpoint_name
from bitly_data.sources.v4.doubt import (
    AS_BEFORE,
    CONFIRMED,
    Doubt,
    doubt_of,
    without,
)
from bitly_data.sources.v4.facts import (
    ANEW,
    ANEW_LISTS,
    DOUBTFUL,
    FILLING,
    FILLING_LIST,
    FIRST_BUCKET,
    LIST_WALL,
    SECOND_WAY,
    SERIES_WALL,
    SHORT_LIST,
    WRONG_LIST,
    Fact,
    Facts,
    History,
    is_wall,
)
from bitly_data.sources.v4.spans import (
    Covered,
    covered_by,
    span_for,
    utc_ceiling,
    utc_floor,
)
from bitly_data.sources.wire import unreadable
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

    `store_of` gives the place for what was counted, by the account's id; `settling` is the time
    after which a bucket settles [s]. Ranges are [start, end) [epoch s].
    """

    account: V4Account
    store_of: Callable[[str], BucketStore]
    settling: float = SETTLING_SECONDS

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

    def clicked_days(self, keys: Iterable[CountKey]) -> list[int]:
        """The UTC days on which links or groups were clicked, ascending [epoch s], by their days
        and hours that are kept; nothing is asked.
        """
        days = {
            utc_floor(at, "day")
            for key in keys
            for unit in ("day", "hour")
            for at, clicks in self.store.counts(replace(key, unit=unit), 0, LATEST).items()
            if clicks
        }
        return sorted(days)

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
        known = np.array([count is not None for count in clicks], dtype=np.bool_)
        states = np.where(known, COUNTED, FAILED).astype(np.int8)
        states[~known & (starts < begins)] = OUTSIDE_WINDOW
        counts = np.array([count or 0 for count in clicks], dtype=np.int64)
        at_least, at_most = exact(counts, known).at_least.copy(), exact(counts, known).at_most
        for at, one in self._out_of_date(key, start, end).items():
            # Nobody can be asked what it was in the end; late clicks only add to it.
            if at < begins:
                at_least[(at - start) // NOMINAL_SECONDS[key.unit]] = one.clicks
        return Counted(counts, states, Bounds(at_least, at_most))

    def gaps(self, key: CountKey, start: int, end: int) -> list[int]:
        """The starts of the buckets in a range that have begun and are to be asked for: those whose
        clicks are not there, or have not settled and were not asked for lately.
        """
        width, now, ours = NOMINAL_SECONDS[key.unit], self.account.now(), self.account.own_now()
        anew = self.facts.get(ANEW, key) or frozenset()
        stale = {
            at for at, one in self._unsettled(key, start, end).items() if one.seen.is_stale(ours)
        }
        # What a bucket had while it was filling is not what it had in the end.
        there = (self.store.counts(key, start, end).keys() - stale) | {
            at for at, count in self._filling(key).items() if count is None or at + width > now
        }
        there = (there | self._doubtful(key)) - anew
        return [at for at in self.begun(key, start, end) if at not in there]

    def _unsettled(self, key: CountKey, start: int, end: int) -> dict[int, Observed]:
        """What is kept of the buckets in a range that have not settled."""
        return self.store.unsettled(key, start, end, NOMINAL_SECONDS[key.unit] + self.settling)

    def _out_of_date(self, key: CountKey, start: int, end: int) -> dict[int, Observed]:
        """What is kept of the buckets in a range that should have settled by now, and have not been
        seen so for more than an hour: it may be anything by now.
        """
        ours, width = self.account.own_now(), NOMINAL_SECONDS[key.unit]
        return {
            at: one
            for at, one in self._unsettled(key, start, end).items()
            if ours >= at + width + self.settling and one.seen.is_stale(ours)
        }

    def _doubtful(self, key: CountKey) -> set[int]:
        """The buckets whose answers contradicted each other within the hour."""
        ours = self.account.own_now()
        found = self.facts.get(DOUBTFUL, key) or {}
        return {at for at, asked in found.items() if 0 <= ours - asked < ASK_AGAIN_SECONDS}

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
        """The clicks of the buckets in a range that are kept, and of those that still fill; `None`
        where they are not known.
        """
        kept: dict[int, int | None] = {**self.store.counts(key, start, end)}
        for at in self._out_of_date(key, start, end):
            del kept[at]
        return {**self._filling(key), **kept, **dict.fromkeys(self._doubtful(key))}

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

    def tell_history(self, log: RequestLog, key: CountKey, start: int, end: int) -> None:
        """Have upstream answer for a range as a whole, where no answer has told of late how far
        back its history goes and a part of the range is kept: whoever asks for all of it in one
        number must know whether upstream still has all of it. Raises `AnswerError`.
        """
        begun = self.begun(key, start, end)
        if self.history(key).first is not None or not begun:
            return
        gaps = self.gaps(key, start, end)
        if not gaps or gaps[0] > begun[0]:
            with self.facts.turn(key):
                self._ask_series(log, key, begun[0], begun[-1])

    def _ask_span(self, log: RequestLog, key: CountKey, oldest: int, newest: int) -> int:
        """One call for a series; the start of the oldest bucket that it answers for [epoch s]."""
        days_before = oldest - _DAYS_BEFORE * DAY_SECONDS
        first_time = key.unit == "day" and not self.store.counts(key, days_before, oldest)
        span = span_for(key.unit, oldest, newest, log.now, first_time=first_time)
        answer = self._ask_counts(log, key, span)
        if span.end is None:
            newest = utc_floor(log.now, key.unit)
        days = self._days_of(key, span, newest)
        # What it counted back from: the end that it was asked for, or now.
        last = newest if span.end is not None or log.is_aligned else None
        now, over = log.now, log.over
        covered = covered_by(answer, span, newest, over, days, log.last, last)
        # What is over by one clock and not by the other is not finished, and does not fill either.
        between = [at for at in covered.filling if at + NOMINAL_SECONDS[key.unit] <= now]
        covered = replace(covered, filling={**covered.filling, **dict.fromkeys(between)})
        covered = self._checked(log, key, covered, over)
        self._keep(key, covered, over, running=span.end is None and last is not None)
        self._was_asked(ANEW, key, range(oldest, newest + 1, NOMINAL_SECONDS[key.unit]))
        log.echo(answer.echoed)
        return covered.reach

    def _was_asked(
        self, fact: Fact[CountKey, frozenset[int]], key: CountKey, starts: Iterable[int]
    ) -> None:
        """Note that some buckets (`starts`) were asked anew, where somebody wanted that."""
        if anew := self.facts.get(fact, key):
            self.facts.put(fact, key, anew.difference(starts))

    def ask_anew(self, key: CountKey, start: int, end: int, *, with_lists: bool) -> None:
        """Let what is kept of the buckets in a range be asked for once more, and forget where the
        history begins; nothing is asked here.
        """
        self.facts.drop(FIRST_BUCKET, key)
        self.facts.drop(FILLING, key)
        self.facts.drop(DOUBTFUL, key)
        kept = frozenset(self.store.counts(key, start, end))
        self.facts.put(ANEW, key, (self.facts.get(ANEW, key) or frozenset()) | kept)
        if with_lists or not self._has_series(key):
            lists = self.store.listed(key, start, end)
            self.facts.put(
                ANEW_LISTS, key, (self.facts.get(ANEW_LISTS, key) or frozenset()) | lists
            )
            begun = self.begun(key, start, end)
            for at in kept | lists | (set() if self._has_series(key) else set(begun)):
                self.facts.drop(WRONG_LIST, (key, at))
                self.facts.drop(FILLING_LIST, (key, at))

    def _checked(self, log: RequestLog, key: CountKey, covered: Covered, over: int) -> Covered:
        """What an answer covers up to what is `over` [epoch s]; what it does not decide is looked
        at once more, and what still contradicts itself is not known.
        """
        if not covered.finished:
            return covered
        kept = self.store.observed(key, min(covered.finished), max(covered.finished) + 1)
        doubt = doubt_of(covered, kept, key.unit, over, self.settling)
        if doubt is None:
            return covered
        try:
            verdict = self._second_look(log, key, doubt)
        except AnswerError:
            # Without a second look nothing is decided; it may be had in a minute.
            unknown: dict[int, int | None] = dict.fromkeys(doubt.starts)
            rest = without(covered, doubt.starts)
            return replace(rest, filling={**rest.filling, **unknown})
        if verdict == CONFIRMED:
            return covered
        return self._contradicted(key, covered, doubt, kept, verdict)

    def _contradicted(
        self,
        key: CountKey,
        covered: Covered,
        doubt: Doubt,
        kept: Mapping[int, Observed],
        verdict: str,
    ) -> Covered:
        """What an answer covers that a second look did not confirm.

        What has settled stays. Else what was kept stays where the second look confirms it: of one
        bucket, or, until they should have settled, of several; their sum alone may be right by
        chance.
        """
        ours, width = self.account.own_now(), NOMINAL_SECONDS[key.unit]
        finished, doubtful = without(covered, doubt.starts).finished, dict[int, int]()
        for at in doubt.starts:
            end, before = at + width, kept.get(at)
            if before is not None and before.seen.has_settled(end, self.settling):
                continue
            if before is not None and verdict == AS_BEFORE and len(doubt.starts) == 1:
                finished[at] = before.clicks
            elif before is not None and verdict == AS_BEFORE and ours < end + self.settling:
                seen = before.seen  # asked, but not seen so once more
                self.store.keep_counts(key, {at: before.clicks}, seen.fetched_at, ours)
            else:
                doubtful[at] = ours
        self.facts.put(DOUBTFUL, key, (self.facts.get(DOUBTFUL, key) or {}) | doubtful)
        return replace(without(covered, doubt.starts), finished=finished)

    def _second_look(self, log: RequestLog, key: CountKey, doubt: Doubt) -> str:
        """What one call more says of an answer that does not decide everything.

        Raises `AnswerError`.
        """
        span = doubt.span
        if key.kind == bucket_store.LINK:
            total = self.account.ask(
                wire.link_summary_request(key.name, span),
                lambda path, status, body: wire.parse_total(path, status, body, span),
                log,
            )
            if total is None:  # it answers for another span, and is no second look at this one
                raise unreadable(log.last)
            return doubt.verdict(total, is_whole=True)
        rows = self.facts.past_wall(
            LIST_WALL,
            key,
            lambda: self.account.ask(wire.sorted_request(key.name, span), wire.parse_sorted, log),
        )
        return doubt.verdict(sum(row.clicks for row in rows), is_whole=False)

    def _days_of(self, key: CountKey, span: wire.Span, newest: int) -> dict[int, int]:
        """The kept clicks of the days whose hours are asked for in a span up to `newest`."""
        if key.unit != "hour":
            return {}
        width = NOMINAL_SECONDS["hour"]
        return self.store.counts(
            replace(key, unit="day"), newest - (span.units - 1) * width, newest + width
        )

    def _keep(self, key: CountKey, covered: Covered, over: int, *, running: bool) -> None:
        """Keep what an answer covers up to what is `over` [epoch s]; `running`: it was asked for up
        to now.
        """
        self.store.keep_counts(key, covered.finished, over, self.account.own_now())
        self._empty_lists(key, covered, over)
        doubts = self.facts.get(DOUBTFUL, key) or {}
        if doubts.keys() & covered.finished.keys():
            left = {at: asked for at, asked in doubts.items() if at not in covered.finished}
            self.facts.put(DOUBTFUL, key, left)
        if running or covered.filling:
            self.facts.put(FILLING, key, self._filling(key) | covered.filling)
        first = self.history(key).first
        if covered.cut or (running and first is None):
            # It only ever moves on; an answer that was not cut says nothing of what is before it.
            self.facts.put(FIRST_BUCKET, key, max(covered.reach if covered.cut else 0, first or 0))

    def _empty_lists(self, key: CountKey, covered: Covered, over: int) -> None:
        """Of what has no click any more nobody asks for a list: it is empty as well."""
        empty = [at for at, count in covered.finished.items() if not count]
        if key.kind == bucket_store.GROUP and empty:
            for at in self.store.listed(key, min(empty), max(empty) + 1).intersection(empty):
                self.store.keep_list(key, at, [], over, self.account.own_now())

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
        """The starts of the buckets whose list is to be asked for: it is not there or out of date,
        or may be once the clicks are asked for again; those known to be empty are left out.
        """
        if self.history(key).list_wall is not None:
            return []
        clicks, lists = self._clicks(key, start, end), self._lists_there(key, start, end)
        # What is asked for again may be another number, and then its list is another one as well.
        open_counts = set[int]()
        if self._has_series(key):
            open_counts.update(self.gaps(key, start, end))
            open_counts.intersection_update(self.store.counts(key, start, end))
        return [
            at
            for at in self.begun(key, start, end)
            if (at not in lists or at in open_counts)
            and (clicks.get(at) != 0 or at in open_counts)
            and self._remembered_rows(key, at) is None
        ]

    def _has_series(self, key: CountKey) -> bool:
        return self.history(key).series_wall is None

    def _lists_there(self, key: CountKey, start: int, end: int) -> set[int]:
        """The starts of the buckets whose list is kept and need not be asked for."""
        seen = self.store.lists_seen(key, start, end)
        anew = self.facts.get(ANEW_LISTS, key) or frozenset()
        counts = self.store.observed(key, start, end) if self._has_series(key) else {}
        return {
            at
            for at, list_seen in seen.items()
            if at not in anew and not self._is_out_of_date(key, at, list_seen, counts.get(at))
        }

    def _is_out_of_date(self, key: CountKey, at: int, seen: Seen, count: Observed | None) -> bool:
        """Whether a kept list is to be asked for again.

        The group's count says whether anything changed since. Where there is none, or it is not
        final either when it should be, a list settles as a count does.
        """
        end, ours = at + NOMINAL_SECONDS[key.unit], self.account.own_now()
        is_later = count is not None and count.seen.since > seen.fetched_at
        if is_later and count is not None and count.seen.restated:
            return True
        is_vouched_for = (
            count is not None and not is_later and count.seen.has_settled(end, self.settling)
        )
        if is_vouched_for or seen.has_settled(end, self.settling) or not seen.is_stale(ours):
            return False
        return count is None or ours >= end + self.settling

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
            rows = None
            if self._lists_there(key, start, start + 1):
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
        self._was_asked(ANEW_LISTS, key, [start])
        total = self.store.counts(key, start, start + 1).get(start)
        if running or start + width > log.over:
            is_short = sum(row.clicks for row in rows) < (self._filling(key).get(start) or 0)
            self.facts.put(SHORT_LIST, (key, start), is_short)
            self.facts.put(FILLING_LIST, (key, start), rows)
        elif is_too_much(rows, total) or (total and not rows):
            self.facts.put(WRONG_LIST, (key, start), rows)
        else:
            self.store.keep_list(key, start, rows, log.over, self.account.own_now())
        return rows

    def leaves_out(self, key: CountKey, start: int) -> bool:
        """Whether the list of a bucket that still fills is known to leave clicks out."""
        return self.facts.get(SHORT_LIST, (key, start)) or False

    def _remembered_rows(self, key: CountKey, start: int) -> list[Listed] | None:
        """A list that is not kept for good: of a bucket that still fills, or one that is wrong."""
        rows = self.facts.get(WRONG_LIST, (key, start))
        if rows is None and start + NOMINAL_SECONDS[key.unit] > self.account.now():
            rows = self.facts.get(FILLING_LIST, (key, start))
        return rows


def is_too_much(rows: Sequence[Listed], total: int | None) -> bool:
    """Whether a list says more clicks than the group's count: one of them is wrong."""
    return total is not None and sum(row.clicks for row in rows) > total
