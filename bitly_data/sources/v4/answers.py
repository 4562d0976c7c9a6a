"""Answering a question from UTC's counts: one question in, one `ClickSeries` out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np

from bitly_data.bounds import Bounds, added
from bitly_data.buckets import DAY_SECONDS, NOMINAL_SECONDS
from bitly_data.errors import AccessError, AnswerError, QuestionError
from bitly_data.hosts import plain_link
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import ClickSeries, rolled_up
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import V4Account
from bitly_data.sources.v4.calendar import Calendar, from_first_click, own_states, regrouped
from bitly_data.sources.v4.counts import Counted, UtcCounts
from bitly_data.sources.v4.facts import NO_HOURS, is_wall
from bitly_data.sources.v4.lists import list_note
from bitly_data.sources.v4.scope import Scope, refuse_others
from bitly_data.sources.v4.shares import GroupShares
from bitly_data.sources.v4.spans import utc_floor
from bitly_data.states import CAPPED, COUNTED, OUTSIDE_WINDOW, PARTIAL

# Bitly began in July 2008; what is asked for all time begins before it [UTC days].
ALL_DAYS = 20 * 366

NO_ALL_TIME = (
    "This account's plan has no series of a group, so it is not known where all time "
    "begins: choose a number of units."
)
NO_GROUP = (
    "The token belongs to no group, so there are no links to count: check BITLY_ACCESS_TOKEN."
)


@dataclass(frozen=True)
class Answers:
    """The series of questions; `account_label` is how the account is shown."""

    account_label: str
    scope: Scope

    @property
    def account(self) -> V4Account:
        return self.scope.account

    @property
    def counts(self) -> UtcCounts:
        return self.scope.counts

    def series(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        refuse_others(query)
        self.account.user()  # with it comes upstream's clock
        log = RequestLog(self.account.now())
        series = self._summary(query, log) if _may_be_one_number(query) else None
        if series is not None:
            return series
        series = self._series(query, log)
        if query.limit is not None:
            series = _limited(series, query.limit)
        return rolled_up(series) if query.rollup else series

    def _series(self, query: ClickQuery, log: RequestLog) -> ClickSeries:
        is_all_time = query.units == ALL_TIME
        first, whole = self.first_click(query, log) if is_all_time else (None, True)
        calendar, counted = self._counted_or_days(query, log, first)
        if self.is_cut_short(query, log, calendar, counted):
            calendar = self.scope.calendar(query, log.now, first)
            counted = self._counted(query, log, calendar)
        newest = calendar.edges[-2:]
        if not is_all_time and query.until is None and not newest[0] <= log.now < newest[1]:
            # Upstream's clock, known by now, is in another bucket than ours.
            calendar = self.scope.calendar(query, log.now)
            counted = self._counted(query, log, calendar)
        counted = self._unborn(query, calendar, counted)
        return self._in_asked_buckets(query, log, calendar, counted, whole=whole)

    def _in_asked_buckets(
        self,
        query: ClickQuery,
        log: RequestLog,
        calendar: Calendar,
        counted: Counted,
        *,
        whole: bool,
    ) -> ClickSeries:
        """The series that UTC's buckets make; `whole`: of all time, no clicks were before it."""
        edges = calendar.edges
        found = regrouped(calendar, counted)
        states = own_states(
            edges, found.states, min(log.now, log.over), own=calendar.unit == query.unit
        )
        found = replace(found, states=states)
        if query.units == ALL_TIME:
            edges, found = from_first_click(query, calendar, found, whole=whole)
        notes = [calendar.note, *counted.notes]
        capped = found.states == CAPPED
        if capped.any():
            listed = int(np.maximum(found.bounds.at_least[capped], 0).sum())
            notes.append(list_note(query, int(capped.sum()), listed))
        note = " ".join(note for note in notes if note)
        return ClickSeries(
            query,
            query.series_name,
            edges,
            found.clicks,
            found.states,
            log.provenance(
                "v4", self.account_label, note, calendar.offset, self.scope.groups(query)
            ),
            at_least=found.bounds.at_least,
            at_most=found.bounds.at_most,
        )

    def _counted_or_days(
        self, query: ClickQuery, log: RequestLog, first: int | None
    ) -> tuple[Calendar, Counted]:
        """The UTC buckets of a question; where the plan has no hours, by days of UTC."""
        calendar = self.scope.calendar(query, log.now, first)
        try:
            return calendar, self._counted(query, log, calendar)
        except AnswerError as problem:
            # Hours have another way: days of UTC. Where those are refused as well, it is no plan's
            # wall, and that error is raised.
            if not is_wall(problem) or calendar.unit != "hour" or query.unit == "hour":
                raise
            self.account.facts.put(NO_HOURS, self.account.of_scope(query.target), True)
            calendar = self.scope.calendar(query, log.now, first)
            if calendar.unit == "hour":
                raise
            try:
                return calendar, self._counted(query, log, calendar)
            except AnswerError:
                self.account.facts.drop(NO_HOURS, self.account.of_scope(query.target))
                raise

    def is_cut_short(
        self, query: ClickQuery, log: RequestLog, calendar: Calendar, counted: Counted
    ) -> bool:
        """Whether days, weeks or months lack hours for which there are days."""
        if (
            calendar.unit != "hour"
            or query.unit == "hour"
            or query.zone_days
            or not (counted.states == OUTSIDE_WINDOW).any()
        ):
            return False
        for key in self.scope.keys(query, "hour"):
            self.counts.first_day(log, key, calendar.whole[0])
        return self.scope.has_older_days(query, *calendar.whole)

    def first_click(self, query: ClickQuery, log: RequestLog) -> tuple[int, bool]:
        """The UTC day of the first click that can be had [epoch s], and whether it is the first
        of all: with a history that is cut off there may be clicks before.

        Of a domain or a login it is that of the groups, at the latest.
        """
        newest = query.until if query.until is not None else log.now
        last = utc_floor(newest, "day") + DAY_SECONDS
        start = max(last - ALL_DAYS * DAY_SECONDS, 0)
        for key in self.scope.keys(query, "day") if query.target != LINK else ():
            if isinstance(self.counts.series_or_wall(log, key, start, last), AnswerError):
                raise QuestionError(NO_ALL_TIME)  # a list of each day would be thousands of calls
        days = _of_groups(query).replace(timezone="UTC", unit="day", units=1, rollup=False)
        calendar = Calendar("day", UTC, np.array([start, last], dtype=np.int64))
        counted = self._unborn(days, calendar, self._counted(days, log, calendar))
        clicked = np.flatnonzero(counted.clicks)
        first = int(clicked[0]) if len(clicked) else len(counted.clicks) - 1
        return (
            last - (len(counted.clicks) - first) * DAY_SECONDS,
            not (counted.states == OUTSIDE_WINDOW).any(),
        )

    def _unborn(self, query: ClickQuery, calendar: Calendar, counted: Counted) -> Counted:
        """The same, where before a link was made there are no clicks, however short the history.

        That is known of a hash: a custom back-half may have led to another link before.
        """
        outside = counted.states == OUTSIDE_WINDOW
        if query.target != LINK or not outside.any():
            return counted
        try:
            about = self.account.link(str(query.link))
        except AnswerError:
            return counted
        is_hash = [plain_link(name) for name in about.ids[:1]] == [plain_link(str(query.link))]
        if not is_hash or (query.all_addresses and len(about.ids) > 1):
            return counted
        start, end = calendar.whole
        width = NOMINAL_SECONDS[calendar.unit]
        ends = np.arange(start, end, width, dtype=np.int64) + width
        states = np.where(outside & (ends <= about.created), COUNTED, counted.states)
        return replace(Counted.exactly(counted.clicks, states.astype(np.int8)), notes=counted.notes)

    def _counted(self, query: ClickQuery, log: RequestLog, calendar: Calendar) -> Counted:
        """The UTC buckets that the requested ones are made from, all links or groups together."""
        start, end = calendar.whole
        shares = GroupShares(self.counts)
        parts = [
            self.counts.series(log, key, start, end)
            if key.kind == bucket_store.LINK
            else shares.counted(query, log, key, start, end)
            for key in self.scope.keys(query, calendar.unit)
        ]
        if not parts:
            raise AccessError(NO_GROUP)
        return Counted(
            np.sum([part.clicks for part in parts], axis=0),
            np.max([part.states for part in parts], axis=0),
            added([part.bounds for part in parts]),
            tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )

    def _summary(self, query: ClickQuery, log: RequestLog) -> ClickSeries | None:
        """A link's total in one number, where upstream has it for the very range; else `None`."""
        calendar = self.scope.calendar(query, log.now)
        start, end = calendar.whole
        key = CountKey(bucket_store.LINK, str(query.link), calendar.unit)
        if query.limit is not None or not self.counts.gaps(key, start, end) or end <= log.now:
            return None
        # Upstream counts back from now, not from the end of a week or a month that still runs.
        units = (utc_floor(log.now, key.unit) - start) // NOMINAL_SECONDS[key.unit] + 1
        span = wire.Span(key.unit, units)
        total = self.account.ask(
            wire.link_summary_request(key.name, span),
            lambda path, status, body: wire.parse_total(path, status, body, span),
            log,
        )
        again = self.scope.calendar(query, log.now)
        is_same = log.is_aligned and np.array_equal(again.edges, calendar.edges)
        if total is None or not is_same:
            return None
        return ClickSeries(
            query,
            query.series_name,
            calendar.edges[[0, -1]],
            np.array([total], dtype=np.int64),
            np.array([PARTIAL], dtype=np.int8),
            log.provenance("v4", self.account_label, calendar.note, calendar.offset),
        )


def _may_be_one_number(query: ClickQuery) -> bool:
    """Whether upstream may have the total of a question in one number: it has those of links."""
    return (
        query.target == LINK
        and query.rollup
        and query.units != ALL_TIME
        and not query.all_addresses
    )


def _of_groups(query: ClickQuery) -> ClickQuery:
    """The same question, not narrowed to a domain or a login."""
    return query.replace(domains=(), login=None, unlisted=False)


def _limited(series: ClickSeries, limit: int) -> ClickSeries:
    """Only the newest buckets, as v3's limit has it; of all time those with clicks count."""
    clicked = np.flatnonzero(series.clicks)
    states, bounds = series.states.copy(), Bounds(series.at_least, series.at_most)
    if series.query.units != ALL_TIME:
        states[:-limit], cut = CAPPED, max(len(states) - limit, 0)
        shown = bounds.from_place(cut, before=cut)
        return replace(series, states=states, at_least=shown.at_least, at_most=shown.at_most)
    if len(clicked) <= limit:
        return series
    first = max(int(clicked[-limit]) - 1, 0)
    states[first], shown = CAPPED, bounds.from_place(first + 1, before=1)
    return replace(
        series,
        edges=series.edges[first:],
        clicks=series.clicks[first:],
        states=states[first:],
        at_least=shown.at_least,
        at_most=shown.at_most,
    )
