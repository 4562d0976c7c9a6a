"""What questions cost before they are asked, and the ways to ask them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bitly_data.buckets import DAY_SECONDS, LATEST, NOMINAL_SECONDS
from bitly_data.errors import AnswerError
from bitly_data.query import ALL_TIME, ORGANIZATION, ClickQuery
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.fetch_plan import FetchPlan, Missing, calls_of, distinct
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4.account import V4Account
from bitly_data.sources.v4.answers import ALL_DAYS, Answers
from bitly_data.sources.v4.calendar import Calendar, needs_lists
from bitly_data.sources.v4.counts import UtcCounts
from bitly_data.sources.v4.facts import NO_HOURS
from bitly_data.sources.v4.scope import Scope, goes_to_hours, prefers_days, refuse_others
from bitly_data.sources.v4.spans import utc_floor

# The starts of the buckets of a key in [start, end) [epoch s] that take a call.
_Calls = Callable[[CountKey, int, int], Sequence[int]]


@dataclass(frozen=True)
class Cost:
    """The calls that questions take. Everything raises `QuestionError` or `AnswerError`."""

    answers: Answers

    @property
    def scope(self) -> Scope:
        return self.answers.scope

    @property
    def account(self) -> V4Account:
        return self.scope.account

    @property
    def counts(self) -> UtcCounts:
        return self.scope.counts

    def missing(self, query: ClickQuery, first: int | None = None) -> list[Missing]:
        """What a question takes that is not kept or has to be asked again; no clicks are asked for.

        Where the plan's history begins is known only after a first answer, and so is where all
        time does: from `first` [epoch s] on, if that is known.
        """
        return self._calls(query, first, self.counts.gaps, self.counts.without_list)

    def _everything(self, query: ClickQuery, first: int | None) -> list[Missing]:
        """What a question would take if nothing were kept."""
        return self._calls(query, first, lambda key, start, end: [start], self.counts.begun)

    def _calls(
        self, query: ClickQuery, first: int | None, gaps: _Calls, lists: _Calls
    ) -> list[Missing]:
        """The calls that a question takes: a series where there are `gaps`, and the `lists`."""
        refuse_others(query)
        now = self.account.now()
        if query.units == ALL_TIME and first is None:
            first = now - ALL_DAYS * DAY_SECONDS
        calendar = self.scope.calendar(query, now, first)
        found: list[Missing] = []

        def take(key: CountKey, start: int, end: int) -> None:
            walled = self.counts.history(key).series_wall is not None
            found.extend([Missing(key)] if not walled and gaps(key, start, end) else [])
            if walled or needs_lists(query):
                found.extend(Missing(key, at) for at in lists(key, start, end))

        for key in self.scope.keys(query, calendar.unit):
            take(key, *calendar.whole)
            if goes_to_hours(query, key):
                hours = replace(key, unit="hour")
                for at in self.counts.incomplete(key, *calendar.whole):
                    if at >= self.counts.history(hours).begins:
                        take(hours, at, at + DAY_SECONDS)
        return found

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan:
        """What questions cost, before they are asked.

        Of organizations the groups' series come first: one call each, which says where the history
        begins and, where lists are taken, in which buckets there is something to list; or that a
        plan has no such series, so that there is a list of each bucket to take.
        """
        firsts = [
            self._ask_groups(query) if query.target == ORGANIZATION else None for query in queries
        ]
        both = list(zip(queries, firsts, strict=True))
        missing = distinct([one for query, first in both for one in self.missing(query, first)])
        total = distinct([one for query, first in both for one in self._everything(query, first)])
        budget = self.account.upstream.budget
        return FetchPlan(
            missing,
            len(total) - len(missing),
            None if budget is None else budget.left(),
            self.account.month() if missing else None,
        )

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls questions take at most; for that nothing is asked."""
        return calls_of(distinct([one for query in queries for one in self.missing(query)]))

    def _ask_groups(self, query: ClickQuery) -> int | None:
        """Ask for the groups' series that a question rests on; where all time begins [epoch s], if
        that is the question.
        """
        refuse_others(query)
        log = RequestLog(self.account.now())
        first = self.answers.first_click(query, log)[0] if query.units == ALL_TIME else None
        calendar = self.scope.calendar(query, log.now, first)
        for key in self.scope.keys(query, calendar.unit):
            total = self.counts.series_or_wall(log, key, *calendar.whole)
            if isinstance(total, AnswerError) and prefers_days(query, key):
                self.account.facts.put(NO_HOURS, self.account.of_scope(query.target), True)
                return self._ask_groups(query)
            if goes_to_hours(query, key) and (days := self.counts.incomplete(key, *calendar.whole)):
                hours = replace(key, unit="hour")
                self.counts.series_or_wall(log, hours, days[0], days[-1] + DAY_SECONDS)
        return first

    def is_before_history(self, query: ClickQuery) -> bool:
        """Whether a question begins before the history that it can be answered from, as far as is
        known.
        """
        if query.units == ALL_TIME:
            return False
        calendar = self.scope.calendar(query, self.account.now())
        start, _ = calendar.whole
        return any(
            start < self.counts.history(key).begins for key in self.scope.keys(query, calendar.unit)
        )

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The ways to ask a question: as UTC's buckets in few calls, or in the zone's own days in
        many; the one way where these are the same, as far as is known.
        """
        refuse_others(query)
        now = self.account.now()
        first = now if query.units == ALL_TIME else None
        ways = [query.replace(zone_days=False), query.replace(zone_days=True)]
        cheap, by_zone = (self.scope.calendar(way, now, first) for way in ways)
        return (
            ways if cheap.unit != by_zone.unit or self._has_incomplete(query, by_zone) else [query]
        )

    def _has_incomplete(self, query: ClickQuery, calendar: Calendar) -> bool:
        """Whether there are days whose lists are too short and whose hours may tell the rest."""
        start, end = calendar.whole
        if query.units == ALL_TIME:
            start = 0
        return any(
            goes_to_hours(query.replace(zone_days=True), key)
            and bool(self.counts.incomplete(key, start, end))
            for key in self.scope.keys(query, calendar.unit)
        )

    def ask_anew(self, query: ClickQuery) -> None:
        """Let the finished buckets of a question be asked once more, and what they rest on."""
        refuse_others(query)
        self.account.user()  # with it comes upstream's clock
        now = self.account.now()
        first = now - ALL_DAYS * DAY_SECONDS if query.units == ALL_TIME else None
        start, end = self.scope.calendar(query, now, first).whole
        if not self.account.tally.clock.is_known:
            start, end = 0, LATEST  # where a range is that ends now, only its answer will tell
        self.account.facts.drop(NO_HOURS, self.account.of_scope(query.target))
        # The same range may be had in days or in hours, by what is found out on the way.
        for unit in ("minute",) if query.unit == "minute" else ("hour", "day"):
            for key in self.scope.keys(query, unit):
                self.counts.ask_anew(
                    key, utc_floor(start, unit), end, with_lists=needs_lists(query)
                )

    def fill(self, missing: Missing) -> None:
        """Ask for one thing that is missing, and keep it."""
        key, log = missing.key, RequestLog(self.account.now())
        if missing.start is None:
            at = utc_floor(log.now, key.unit)
            self.counts.series(log, key, at, at + NOMINAL_SECONDS[key.unit])
        else:
            self.counts.rows(log, key, missing.start)
