"""The most clicked links of an organization in a range, from the sorted lists of its groups.

A list takes one call, whatever the range, and has a hundred links at most. v4 counts in UTC, and
has no filter by domain or login (docs/upstream/v4.md, sections 1.2 and 6). So the range is counted
in hours of UTC where its edges are such, else in the days of UTC that a series of it has; the rows
of a domain or a login are picked here; and the groups' own counts, which are mostly kept already,
say how many clicks are on links without a row and how far back the history goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bitly_data.buckets import NOMINAL_SECONDS
from bitly_data.errors import AccessError, AnswerError
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.series import Coverage
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.model import RankedLink, RankedLinks
from bitly_data.sources.ranked_links import (
    NOTHING,
    CountedRange,
    Unlisted,
    asked_range,
    one_range,
    ranking,
)
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import V4Account, endpoint_name
from bitly_data.sources.v4.answers import NO_GROUP, Answers
from bitly_data.sources.v4.calendar import Calendar
from bitly_data.sources.v4.counts import Counted, UtcCounts
from bitly_data.sources.v4.facts import (
    FINISHED_RANKING,
    LIST_WALL,
    NO_HOURS,
    RANKING_ROUND,
    RUNNING_RANKING,
    is_wall,
)
from bitly_data.sources.v4.facts import LINK as LINK_FACT
from bitly_data.sources.v4.lists import belongs
from bitly_data.sources.v4.scope import Scope, refuse_others
from bitly_data.sources.v4.spans import utc_ceiling, utc_floor
from bitly_data.states import COUNTED

# Upstream's clock, its plan's hours and its history are each found out by one answer.
_MOST_TRIES = 4

Totals = dict[CountKey, Counted | AnswerError]


@dataclass(frozen=True)
class SortedLinks:
    """The rankings of an account's links."""

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

    def ranked(self, query: ClickQuery, most: int, coverage: Coverage | None) -> RankedLinks:
        """The first `most` links of a question. Raises `QuestionError` or `AnswerError`."""
        refuse_others(query)
        query = one_range(query)
        self.account.user()  # with it comes upstream's clock
        log = RequestLog(self.account.now())
        calendar, totals, whole = self._totals(everything_of(query), log)
        asked = asked_range(query, log.now)
        counted, start = self._range(calendar, totals, asked, whole=whole)
        rows: list[RankedLink] = []
        unlisted = NOTHING
        if not counted.is_gone and counted.start <= log.now:
            found = [
                self._of_group(query, log, key, start, calendar.whole[1], total)
                for key, total in totals.items()
            ]
            rows = _each_once([row for own_rows, _ in found for row in own_rows])
            unlisted = _added([rest for _, rest in found])
        provenance = log.provenance(
            "v4",
            self.answers.account_label,
            calendar.note,
            calendar.offset,
            self.scope.groups(query),
        )
        return ranking(query, rows, unlisted, counted, most, provenance, coverage)

    def price(self, query: ClickQuery) -> int:
        """How many lists a ranking takes at most; for that no clicks are asked for.

        Raises `QuestionError` or `AnswerError`.
        """
        refuse_others(query)
        groups = self.scope.keys(everything_of(query), "day")
        told = sum(self.counts.history(key).first is not None for key in groups)
        return len(groups) + len(groups) - told

    def ask_anew(self) -> None:
        """Let every list be asked for once more."""
        self.account.facts.put(RANKING_ROUND, None, self._round + 1)

    @property
    def _round(self) -> int:
        return self.account.facts.get(RANKING_ROUND, None) or 0

    # -- the range ------------------------------------------------------------------------------

    def _totals(self, query: ClickQuery, log: RequestLog) -> tuple[Calendar, Totals, bool]:
        """How the range is counted, and the clicks of each group in it; `whole`: of all time, none
        were before it.
        """
        first, whole = (
            self.answers.first_click(query, log) if query.units == ALL_TIME else (None, True)
        )
        for _ in range(_MOST_TRIES):
            calendar = self.scope.calendar(query, log.now, first)
            keys = self.scope.keys(query, calendar.unit)
            if not keys:
                raise AccessError(NO_GROUP)
            totals: Totals = {key: self._total(log, key, *calendar.whole) for key in keys}
            self._note_hours(query, log, calendar, totals)
            again = self.scope.calendar(query, log.now, first)
            if again.unit == calendar.unit and np.array_equal(again.edges, calendar.edges):
                break
        return calendar, totals, whole

    def _total(self, log: RequestLog, key: CountKey, start: int, end: int) -> Counted | AnswerError:
        """A group's clicks in a range, and with them how far back upstream's history goes; the
        refusal of a plan that has no series of a group.
        """
        if self.counts.history(key).series_wall is None:
            try:
                self.counts.tell_history(log, key, start, end)
            except AnswerError as problem:
                if not is_wall(problem):
                    raise
        return self.counts.series_or_wall(log, key, start, end)

    def _note_hours(
        self, query: ClickQuery, log: RequestLog, calendar: Calendar, totals: Totals
    ) -> None:
        """Find out whether the range has days of UTC where it has no hours."""
        if calendar.unit != "hour" or query.unit == "hour":
            return
        for total in totals.values():
            if isinstance(total, AnswerError):
                self.account.facts.put(NO_HOURS, self.account.of_scope(query.target), True)
            elif self.answers.is_cut_short(query, log, calendar, total):
                return  # that is known by now

    def _range(
        self,
        calendar: Calendar,
        totals: Totals,
        asked: tuple[int, int] | None,
        *,
        whole: bool,
    ) -> tuple[CountedRange, int]:
        """What is counted, as far as the history goes, and the UTC bucket that it begins with."""
        start, end = int(calendar.edges[0]), int(calendar.edges[-1])
        begins = max(utc_ceiling(self.counts.history(key).begins, calendar.unit) for key in totals)
        is_cut = begins > calendar.whole[0]
        counted = CountedRange(
            min(max(start, begins), end) if is_cut else start,
            end,
            asked,
            is_cut_back=is_cut or not whole,
            is_gone=begins >= end,
        )
        if counted.is_gone:
            counted = CountedRange(start, end, asked, is_cut_back=True, is_gone=True)
        return counted, max(calendar.whole[0], begins)

    # -- the lists ------------------------------------------------------------------------------

    def _of_group(
        self,
        query: ClickQuery,
        log: RequestLog,
        key: CountKey,
        start: int,
        end: int,
        total: Counted | AnswerError,
    ) -> tuple[list[RankedLink], Unlisted]:
        """What a group's list has of the question in [start, end) of UTC's buckets, and what is
        known of the links that are not in it.
        """
        found = self._list(log, key, start, end)
        rest = _left_over(found, _clicks_from(total, key, start, end))
        rows, unsure = [], []
        for listed, link in found.rows:
            is_own = belongs(query, listed, self.account.domains)
            if is_own:
                rows.append(RankedLink(link, listed.clicks))
            elif is_own is None:  # upstream does not say whose it is, so it may be one of them
                unsure.append(Unlisted(0, listed.clicks, listed.clicks))
        if query.domains or query.login:
            rest = replace(rest, at_least=0)
        return rows, _added([rest, *unsure])

    def _list(self, log: RequestLog, key: CountKey, start: int, end: int) -> wire.Ranking:
        """The most clicked links of a group in [start, end) [epoch s]. Raises `AnswerError`."""
        width = NOMINAL_SECONDS[key.unit]
        runs = end > log.now
        newest = utc_floor(log.now, key.unit) if runs else end - width
        span = wire.Span(key.unit, (newest - start) // width + 1, None if runs else end - 1)
        request = wire.sorted_request(key.name, span)
        log.draw_on(endpoint_name(request.path))
        facts = self.account.facts

        def ask() -> wire.Ranking:
            found = facts.past_wall(
                LIST_WALL, key, lambda: self.account.ask(request, wire.parse_ranking, log)
            )
            for _, link in found.rows:
                if link.ids[:1] == (link.link,):
                    facts.put(LINK_FACT, link.link, link)
            return found

        return facts.once(
            RUNNING_RANKING if runs or end > log.over else FINISHED_RANKING,
            (key.name, span, self._round),
            ask,
        )


def everything_of(query: ClickQuery) -> ClickQuery:
    """The same range of the whole organization."""
    return query.replace(domains=(), login=None)


def _clicks_from(total: Counted | AnswerError, key: CountKey, start: int, end: int) -> int | None:
    """The clicks of a group's newest buckets, those in [start, end); `None` where they are not all
    known [count].
    """
    if isinstance(total, AnswerError):
        assert is_wall(total)
        return None
    count = (end - start) // NOMINAL_SECONDS[key.unit]
    if not (total.states[-count:] == COUNTED).all():
        return None
    return int(total.clicks[-count:].sum())


def _left_over(found: wire.Ranking, total: int | None) -> Unlisted:
    """What a list leaves out of a group's clicks, whosoever they are.

    A list that says more than the group's count is younger than that, or one of the two is wrong:
    then the count says nothing.
    """
    listed = sum(listed.clicks for listed, _ in found.rows)
    if total is None or total < listed + (found.left_out or 0):
        if found.is_full or found.left_out is None:
            return Unlisted(0, None, None if found.unread else found.lowest)
        return Unlisted(found.left_out, found.left_out, found.left_out or None)
    rest = total - listed
    if not rest:
        return NOTHING
    is_bounded = found.is_full and not found.unread
    return Unlisted(rest, rest, min(rest, found.lowest) if is_bounded else rest)


def _added(many: Sequence[Unlisted]) -> Unlisted:
    """What several groups leave out; a link is in one group."""
    most = [one.at_most for one in many if one.at_most is not None]
    each = [one.each for one in many if one.each is not None]
    is_bounded = all(one.at_most == 0 or one.each is not None for one in many)
    return Unlisted(
        sum(one.at_least for one in many),
        sum(most) if len(most) == len(many) else None,
        max(each, default=None) if is_bounded else None,
    )


def _each_once(rows: Sequence[RankedLink]) -> list[RankedLink]:
    """Rows of one link, by its hash and by its custom back-halves on the same host, as one."""
    found: dict[str, RankedLink] = {}
    for link, clicks in rows:
        before = found[link.link].clicks if link.link in found else 0
        found[link.link] = RankedLink(link, clicks + before)
    return list(found.values())
