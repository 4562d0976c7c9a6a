"""A group's clicks, or what a question narrows them to, in UTC buckets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bitly_data.bounds import NO_BOUND, Bounds, exact
from bitly_data.buckets import DAY_SECONDS, NOMINAL_SECONDS
from bitly_data.errors import AnswerError
from bitly_data.query import ClickQuery
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.calendar import needs_lists
from bitly_data.sources.v4.counts import Counted, UtcCounts, is_too_much
from bitly_data.sources.v4.facts import is_wall
from bitly_data.sources.v4.lists import share_of
from bitly_data.sources.v4.scope import goes_to_hours, prefers_days
from bitly_data.states import CAPPED, COUNTED, FAILED, OUTSIDE_WINDOW

NO_GROUP_SERIES = (
    "This account's plan has no series of a group, so its clicks were added up "
    "from the links that Bitly lists."
)


@dataclass(frozen=True)
class _Share:
    """The clicks of one bucket, its state, between which numbers they are, and notes on them."""

    clicks: int
    state: int
    at_least: int
    at_most: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, clicks: int, notes: tuple[str, ...]) -> _Share:
        """A number that is known."""
        return cls(clicks, COUNTED, clicks, clicks, notes)


# Of a list that contradicts the count nothing is taken.
_WRONG = _Share(0, FAILED, NO_BOUND, NO_BOUND)


@dataclass(frozen=True)
class GroupShares:
    """What groups' clicks are for a question: all of them, or those of a domain or a login, by the
    lists of the most clicked links.
    """

    counts: UtcCounts

    def counted(
        self, query: ClickQuery, log: RequestLog, key: CountKey, start: int, end: int
    ) -> Counted:
        """The clicks of a group in [start, end) [epoch s]. Raises `AnswerError`."""
        total = self.counts.series_or_wall(log, key, start, end)
        if isinstance(total, AnswerError):
            if prefers_days(query, key):
                raise total
            total = self._by_lists(log, key, start, end)
        if not needs_lists(query):
            return total
        clicks, states = np.zeros_like(total.clicks), total.states.copy()
        bounds = exact(clicks, states == COUNTED)
        at_least, at_most, notes = bounds.at_least, bounds.at_most.copy(), list(total.notes)
        for index in np.flatnonzero((states <= CAPPED) & (total.clicks > 0)).tolist():
            at, count = start + index * NOMINAL_SECONDS[key.unit], int(total.clicks[index])
            share = (
                self._of_bucket(query, log, key, at, count)
                if states[index] == COUNTED
                else self._of_list(query, log, key, at, count)
            )
            clicks[index], states[index] = share.clicks, share.state
            at_least[index], at_most[index] = share.at_least, share.at_most
            notes += share.notes
        return Counted(clicks, states, Bounds(at_least, at_most), tuple(dict.fromkeys(notes)))

    def _of_list(
        self, query: ClickQuery, log: RequestLog, key: CountKey, at: int, count: int
    ) -> _Share:
        """What a full list says of a bucket of which nobody says how many clicks it has; `count`
        are those that the list names.
        """
        rows = self.counts.rows(log, key, at)
        own, _ = share_of(query, rows, count, self.counts.account.domains)
        # How much a list leaves out it does not say.
        return _Share(0, CAPPED, NO_BOUND if query.unlisted else own, NO_BOUND)

    def _of_bucket(
        self, query: ClickQuery, log: RequestLog, key: CountKey, at: int, count: int
    ) -> _Share:
        """What a list says of the bucket that begins `at` [epoch s] and has `count` clicks."""
        rows = self.counts.rows(log, key, at)
        finished = at + NOMINAL_SECONDS[key.unit] <= log.over
        if finished and is_too_much(rows, count):
            return _WRONG
        is_full = len(rows) >= wire.MOST_LISTED
        if not finished and not is_full and not self.counts.leaves_out(key, at):
            # A list that is not full leaves nothing out: the count is of a later moment.
            count = min(count, sum(row.clicks for row in rows))
        own, rest = share_of(query, rows, count, self.counts.account.domains)
        notes: tuple[str, ...] = ()
        if rest and is_full and goes_to_hours(query, key):
            by_hours, notes = self._by_hours(query, log, key, at)
            if by_hours is not None:
                return _Share.of(by_hours, notes)
        if query.unlisted:
            return _Share.of(rest, notes)
        # What is not listed may be all its own, or nothing of it.
        return _Share(0, CAPPED, own, own + rest, notes) if rest else _Share.of(own, notes)

    def _by_hours(
        self, query: ClickQuery, log: RequestLog, key: CountKey, day: int
    ) -> tuple[int | None, tuple[str, ...]]:
        """The clicks of a day by the lists of its hours, and the notes on them; `None` where those
        are not all known either.

        Of what is not listed it is all or nothing: it goes with the listed clicks of the day. What
        hours list is not said beside it: the day's own list says it once more.
        """
        hours = replace(key, unit="hour")
        if day < self.counts.history(hours).begins:
            return None, ()
        try:
            found = self.counted(query, log, hours, day, day + DAY_SECONDS)
        except AnswerError as problem:
            if not is_wall(problem):
                raise
            return None, ()
        if not (found.states == COUNTED).all() or (query.unlisted and found.clicks.any()):
            return None, found.notes
        return int(found.clicks.sum()), found.notes

    def _by_lists(self, log: RequestLog, key: CountKey, start: int, end: int) -> Counted:
        """A group's clicks by its lists alone, where its plan has no series of a group.

        A list that is full may leave links out.
        """
        width = NOMINAL_SECONDS[key.unit]
        count = (end - start) // width
        clicks, states = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int8)
        for index in range(count):
            at = start + index * width
            if at > log.now:
                break
            rows = self.counts.rows(log, key, at)
            clicks[index] = sum(row.clicks for row in rows)
            states[index] = CAPPED if len(rows) >= wire.MOST_LISTED else COUNTED
        # Where the history begins nothing says: what is empty up to the first click may lie before.
        begun = max(min(count, (log.now - start) // width), 0)
        clicked = np.flatnonzero(clicks[:begun])
        states[: clicked[0] if len(clicked) else begun] = OUTSIDE_WINDOW
        listed = exact(clicks, (states == COUNTED) | (states == CAPPED))
        at_most = np.where(states == COUNTED, clicks, NO_BOUND)
        return Counted(clicks, states, Bounds(listed.at_least, at_most), (NO_GROUP_SERIES,))
