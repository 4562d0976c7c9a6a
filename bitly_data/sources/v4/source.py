"""Asking Bitly v4 with v3's questions: one question in, one `ClickSeries` out.

v4 counts in UTC and knows no organization, domain or login (reference sheet of v4, section 6). So

- buckets of a zone are made from UTC hours, or from UTC days where their edges are such; where
  neither fits, or the plan has no hours, they are UTC's own, and the series says so;
- an organization is the sum of its groups, and a link with all its addresses that of its ids,
  which Bitly counts apart;
- a domain or a login is made from the group's most clicked links of each UTC bucket. A list holds
  at most a hundred; the group's own count says what is missing, and a bucket in which anything is
  missing is `capped`. What is missing is a series of its own (`ClickQuery.unlisted`). Asked exactly
  (`ClickQuery.zone_days`), such a day is made from the lists of its hours.

What was counted in a finished bucket is kept and not asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cached_property

import numpy as np

from bitly_data import buckets
from bitly_data.buckets import NOMINAL_SECONDS
from bitly_data.errors import AccessError, AnswerError, QuestionError
from bitly_data.query import ALL_TIME, LINK, ONLY_OTHERS, ORGANIZATION, UNLISTED, ClickQuery
from bitly_data.series import ClickSeries, Coverage, Provenance, rolled_up
from bitly_data.sources import bucket_store
from bitly_data.sources.base import Capabilities
from bitly_data.sources.bucket_store import BucketStore, CountKey
from bitly_data.sources.check import CheckCost, Findings, Owner, Probe
from bitly_data.sources.fetch_plan import FetchPlan, Missing, distinct
from bitly_data.sources.model import Account, Link, Listed
from bitly_data.sources.v4 import check, wire
from bitly_data.sources.v4.account import ACCOUNT_SECONDS, Talk, V4Account, is_wall
from bitly_data.sources.v4.calendar import (
    Calendar,
    calendar_of,
    from_first_click,
    needs_lists,
    own_states,
    regrouped,
)
from bitly_data.sources.v4.counts import Counted, UtcCounts, is_too_much, utc_floor
from bitly_data.states import CAPPED, COUNTED, FAILED, OUTSIDE_WINDOW, PARTIAL
from bitly_data.transport.client import HttpClient

# Bitly began in July 2008; what is asked for all time begins before it [UTC days].
ALL_DAYS = 20 * 366

CAPABILITIES = Capabilities(
    name="v4",
    own_zone_days=False,
    buckets_by_one_offset=False,
    other_peoples_links=False,
    counts_links=False,
    addresses=True,
    lists=True,
    tells_limits=True,
)

NO_OTHERS = (
    "Bitly's v4 does not show other people's links to your domains: choose all logins or "
    "one of them."
)
NO_GROUP_SERIES = (
    "This account's plan has no series of a group, so its clicks were added up "
    "from the links that Bitly lists."
)
NO_ALL_TIME = (
    "This account's plan has no series of a group, so it is not known where all time "
    "begins: choose a number of units."
)


@dataclass(frozen=True)
class V4Source(V4Account):
    """Bitly v4 as a source of click series.

    `store_of` gives the place for what was counted, by the account's id; `tracking_domains` are
    destinations that count as domains of the organization; `coverage` gives what a click log covers
    by now, if there is one behind it.
    """

    store_of: Callable[[str], BucketStore]
    tracking_domains: tuple[str, ...] = ()
    coverage: Callable[[], Coverage | None] = field(default=lambda: None, kw_only=True, repr=False)

    @cached_property
    def _utc(self) -> UtcCounts:
        return UtcCounts(self, self.store_of)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def check_cost(self) -> CheckCost:
        return check.COST

    def check(self, probe: Probe) -> Findings:
        """Ask each endpoint once through the probe; its calls are calls of the month."""
        findings = check.check_account(probe, self.store_of, self.tracking_domains)
        self.count_calls(probe.calls)
        return findings

    def owner(self, upstream: HttpClient) -> Owner:
        """Whose token it is, in one call by this client. Raises `AnswerError`."""
        return check.describe_owner(upstream)

    def fetch_account(self) -> Account:
        """Domains and logins to choose from. Raises `AnswerError`.

        v4 lists no logins: there are the token's own and those of the links that are kept.
        """
        login = self.user().login
        logins = dict.fromkeys((login, *self._utc.store.logins()))
        return Account(login, self.domains(), self.tracking_domains, tuple(logins))

    def fetch_links(self, most: int = wire.MOST_LISTED, search: str = "") -> tuple[list[Link], int]:
        """The account's newest links, of the first `most`, and how many are known to be there.

        v4 does not say how many there are in all: one more than the list where it goes on. Raises
        `AnswerError`.
        """
        links: list[Link] = []
        goes_on = False
        for group in self.groups():  # each to the full: the newest of all may be in any
            after, count = "", 0
            while count < most:
                page, following = self.ask(
                    wire.links_request(group.guid, search, after), wire.parse_links
                )
                links, count = links + page, count + len(page)
                # Upstream that hands out the same place again would never end.
                after = "" if following == after else following
                if not after:
                    break
            goes_on = goes_on or bool(after)
        for link in links:
            self.memory.put(("link", link.link), link)
        newest = sorted(links, key=lambda link: -link.created)[:most]
        return newest, len(newest) + (1 if goes_on or len(links) > most else 0)

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """All the ids that lead to a link (its hash and its custom back-halves), itself first.

        Raises `AnswerError`.
        """
        return tuple(dict.fromkeys((link, *self._about(link).ids)))

    def _about(self, link: str) -> Link:
        return self.memory.once(
            ("link", link),
            ACCOUNT_SECONDS,
            lambda: self.past_wall(
                ("no link", link), lambda: self.ask(wire.link_request(link), wire.parse_bitlink)
            ),
        )

    # -- questions ------------------------------------------------------------------------------

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        return replace(self._answer(query), coverage=self.coverage())

    def _answer(self, query: ClickQuery) -> ClickSeries:
        _refuse_others(query)
        self.user()  # with it comes upstream's clock
        talk = Talk(self.now())
        if (
            query.target == LINK
            and query.rollup
            and query.units != ALL_TIME
            and not query.all_addresses
        ):
            total = self._summary(query, talk)
            if total is not None:
                return total
        series = self._series(query, talk)
        if query.limit is not None:
            series = _limited(series, query.limit)
        return rolled_up(series) if query.rollup else series

    def missing(self, query: ClickQuery, first: int | None = None) -> list[Missing]:
        """What a question takes that is not kept, one call each; no clicks are asked for.

        Where the plan's history begins is known only after a first answer, and so is where all
        time does: from `first` [epoch s] on, if that is known. Raises as `fetch`.
        """
        return self._calls(query, first, self._utc.gaps, self._utc.without_list)

    def _calls(
        self,
        query: ClickQuery,
        first: int | None,
        gaps: Callable[[CountKey, int, int], Sequence[int]],
        lists: Callable[[CountKey, int, int], Sequence[int]],
    ) -> list[Missing]:
        """The calls that a question takes: a series where there are `gaps`, and the `lists`."""
        _refuse_others(query)
        now = self.now()
        if query.units == ALL_TIME and first is None:
            first = now - ALL_DAYS * buckets.DAY_SECONDS
        calendar = self._calendar(query, now, first)
        start, end = calendar.whole
        found: list[Missing] = []

        def take(key: CountKey, start: int, end: int) -> None:
            walled = self._utc.wall_of(key) is not None
            found.extend([Missing(key)] if not walled and gaps(key, start, end) else [])
            if walled or needs_lists(query):
                found.extend(Missing(key, at) for at in lists(key, start, end))

        for key in self._count_keys(query, calendar.unit):
            take(key, start, end)
            if _goes_to_hours(query, key):
                hours = replace(key, unit="hour")
                for at in self._utc.incomplete(key, start, end):
                    if at >= self._utc.floor_of(hours):
                        take(hours, at, at + buckets.DAY_SECONDS)
        return found

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan:
        """What questions cost, before they are asked. Raises as `fetch`.

        Of organizations the groups' series come first: one call each, which says where the history
        begins and, where lists are taken, in which buckets there is something to list; or that a
        plan has no such series, so that there is a list of each bucket to take.
        """
        firsts = [
            self._asked_first(query) if query.target == ORGANIZATION else None for query in queries
        ]
        asked = list(zip(queries, firsts, strict=True))
        missing = distinct([one for query, first in asked for one in self.missing(query, first)])
        everything = distinct([one for query, first in asked for one in self._takes(query, first)])
        budget = self.upstream.budget
        return FetchPlan(
            missing,
            len(everything) - len(missing),
            None if budget is None else budget.left(),
            self.month() if missing else None,
        )

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls questions take at most; for that nothing is asked. Raises as `fetch`."""
        return len(distinct([one for query in queries for one in self.missing(query)]))

    def _asked_first(self, query: ClickQuery) -> int | None:
        """Ask for the groups' series that a question rests on; where all time begins [epoch s], if
        that is the question.
        """
        _refuse_others(query)
        talk = Talk(self.now())
        first = self._first_click(query, talk)[0] if query.units == ALL_TIME else None
        calendar = self._calendar(query, talk.now, first)
        for key in self._count_keys(query, calendar.unit):
            total = self._utc.series_or_wall(talk, key, *calendar.whole)
            if isinstance(total, AnswerError) and _prefers_days(query, key):
                self.memory.put(("no hours", query.target), True)
                return self._asked_first(query)
            if _goes_to_hours(query, key) and (days := self._utc.incomplete(key, *calendar.whole)):
                self._utc.series_or_wall(
                    talk, replace(key, unit="hour"), days[0], days[-1] + buckets.DAY_SECONDS
                )
        return first

    def is_before_history(self, query: ClickQuery) -> bool:
        """Whether a question begins before the history that it can be answered from, as far as is
        known. Raises as `fetch`.
        """
        if query.units == ALL_TIME:
            return False
        calendar = self._calendar(query, self.now())
        start, _ = calendar.whole
        return any(
            start < self._utc.floor_of(key) for key in self._count_keys(query, calendar.unit)
        )

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The ways to ask a question: as UTC's buckets in few calls, or exactly in many; the one
        way where these are the same, as far as is known.
        """
        _refuse_others(query)
        ways = [query.replace(zone_days=False), query.replace(zone_days=True)]
        cheap, exact = (
            self._calendar(way, self.now())
            if query.units != ALL_TIME
            else self._calendar(way, self.now(), self.now())
            for way in ways
        )
        return ways if cheap.unit != exact.unit or self._has_incomplete(query, exact) else [query]

    def _has_incomplete(self, query: ClickQuery, calendar: Calendar) -> bool:
        """Whether there are days whose lists are too short and whose hours may tell the rest."""
        start, end = calendar.whole
        if query.units == ALL_TIME:
            start = 0
        return any(
            _goes_to_hours(query.replace(zone_days=True), key)
            and bool(self._utc.incomplete(key, start, end))
            for key in self._count_keys(query, calendar.unit)
        )

    def _takes(self, query: ClickQuery, first: int | None) -> list[Missing]:
        """What a question would take if nothing were kept."""
        return self._calls(query, first, lambda key, start, end: [start], self._utc.begun)

    def fill(self, missing: Missing) -> None:
        """Ask for one thing that is missing, and keep it. Raises `AnswerError`."""
        talk = Talk(self.now())
        if missing.start is None:
            at = utc_floor(talk.now, missing.key.unit)
            self._utc.series(talk, missing.key, at, at + NOMINAL_SECONDS[missing.key.unit])
        else:
            self._utc.rows(talk, missing.key, missing.start)

    def _calendar(self, query: ClickQuery, now: int, first: int | None = None) -> Calendar:
        return calendar_of(
            query,
            now,
            first,
            has_hours=not self.memory.get(("no hours", query.target), ACCOUNT_SECONDS),
            has_older_days=lambda start, end: self._has_older_days(query, start, end),
        )

    def _has_older_days(self, query: ClickQuery, start: int, end: int) -> bool:
        """Whether there is a part of [start, end) [epoch s] for which the history has days, but no
        hours, as far as that is known.
        """
        floors = [
            (self._utc.floor_of(key), self._utc.floor_of(replace(key, unit="day")))
            for key in self._count_keys(query, "hour")
        ]
        return any(start < hours > days > 0 and end > days for hours, days in floors)

    def _count_keys(self, query: ClickQuery, unit: str) -> list[CountKey]:
        """What upstream counts for a question: a link by each of its ids, or each group."""
        if query.target == LINK:
            link = str(query.link)
            ids = self.addresses_of(link) if query.all_addresses else (link,)
            return [CountKey(bucket_store.LINK, name, unit) for name in ids]
        return [CountKey(bucket_store.GROUP, group.guid, unit) for group in self.groups()]

    def _series(self, query: ClickQuery, talk: Talk) -> ClickSeries:
        first, whole = self._first_click(query, talk) if query.units == ALL_TIME else (None, True)
        calendar = self._calendar(query, talk.now, first)
        try:
            counted = self._counted(query, talk, calendar)
        except AnswerError as problem:
            # Hours have another way: days of UTC. Where those are refused as well, it is no plan's
            # wall, and that error is raised.
            if not is_wall(problem) or calendar.unit != "hour" or query.unit == "hour":
                raise
            self.memory.put(("no hours", query.target), True)
            calendar = self._calendar(query, talk.now, first)
            if calendar.unit == "hour":
                raise
            try:
                counted = self._counted(query, talk, calendar)
            except AnswerError:
                self.memory.put(("no hours", query.target), None)
                raise
        if self._is_cut_short(query, talk, calendar, counted):
            calendar = self._calendar(query, talk.now, first)
            counted = self._counted(query, talk, calendar)
        edges = calendar.edges
        if (
            query.units != ALL_TIME
            and query.until is None
            and not edges[-2] <= talk.now < edges[-1]
        ):
            # Upstream's clock, known by now, is in another bucket than ours.
            calendar = self._calendar(query, talk.now)
            counted, edges = self._counted(query, talk, calendar), calendar.edges
        counted = self._unborn(query, calendar, counted)
        clicks, states = regrouped(calendar, counted)
        states = own_states(edges, states, talk.now, own=calendar.unit == query.unit)
        if query.units == ALL_TIME:
            edges, clicks, states = from_first_click(query, calendar, clicks, states, whole=whole)
        notes = [calendar.note, *talk.notes]
        if capped := int((states == CAPPED).sum()):
            notes.append(_list_note(query, capped, talk.listed))
        return ClickSeries(
            query,
            query.series_name,
            edges,
            clicks,
            states,
            Provenance(
                source="v4",
                account=self.account,
                endpoints=tuple(talk.endpoints),
                fetched_at=talk.now,
                requests=talk.requests,
                echoed=talk.echoed,
                note=" ".join(note for note in notes if note),
                offset=calendar.offset,
            ),
        )

    def _is_cut_short(
        self, query: ClickQuery, talk: Talk, calendar: Calendar, counted: Counted
    ) -> bool:
        """Whether days, weeks or months lack hours for which there are days."""
        if (
            calendar.unit != "hour"
            or query.unit == "hour"
            or query.zone_days
            or not (counted.states == OUTSIDE_WINDOW).any()
        ):
            return False
        for key in self._count_keys(query, "hour"):
            self._utc.first_day(talk, key, calendar.whole[0])
        return self._has_older_days(query, *calendar.whole)

    def _first_click(self, query: ClickQuery, talk: Talk) -> tuple[int, bool]:
        """The UTC day of the first click that can be had [epoch s], and whether it is the first
        of all: with a history that is cut off there may be clicks before.

        Of a domain or a login it is that of the groups, at the latest.
        """
        newest = query.until if query.until is not None else talk.now
        last = utc_floor(newest, "day") + buckets.DAY_SECONDS
        start = max(last - ALL_DAYS * buckets.DAY_SECONDS, 0)
        for key in self._count_keys(query, "day") if query.target != LINK else ():
            if isinstance(self._utc.series_or_wall(talk, key, start, last), AnswerError):
                raise QuestionError(NO_ALL_TIME)  # a list of each day would be thousands of calls
        days = _of_groups(query).replace(timezone="UTC", unit="day", units=1, rollup=False)
        calendar = Calendar("day", UTC, np.array([start, last], dtype=np.int64))
        counted = self._unborn(days, calendar, self._counted(days, talk, calendar))
        clicked = np.flatnonzero(counted.clicks)
        first = int(clicked[0]) if len(clicked) else len(counted.clicks) - 1
        return (
            last - (len(counted.clicks) - first) * buckets.DAY_SECONDS,
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
            about = self._about(str(query.link))
        except AnswerError:
            return counted
        if about.ids[:1] != (query.link,) or (query.all_addresses and len(about.ids) > 1):
            return counted
        start, end = calendar.whole
        width = NOMINAL_SECONDS[calendar.unit]
        ends = np.arange(start, end, width, dtype=np.int64) + width
        return replace(
            counted,
            states=np.where(outside & (ends <= about.created), COUNTED, counted.states).astype(
                np.int8
            ),
        )

    # -- buckets of UTC -------------------------------------------------------------------------

    def _counted(self, query: ClickQuery, talk: Talk, calendar: Calendar) -> Counted:
        """The UTC buckets that the asked ones are made from."""
        start, end = calendar.whole
        parts = [
            self._utc.series(talk, key, start, end)
            if key.kind == bucket_store.LINK
            else self._counted_group(query, talk, key, start, end)
            for key in self._count_keys(query, calendar.unit)
        ]
        if not parts:
            raise AccessError(
                "The token belongs to no group, so there are no links to count: "
                "check BITLY_ACCESS_TOKEN."
            )
        return Counted(
            np.sum([part.clicks for part in parts], axis=0),
            np.max([part.states for part in parts], axis=0),
        )

    def _counted_group(
        self, query: ClickQuery, talk: Talk, key: CountKey, start: int, end: int
    ) -> Counted:
        """The clicks of a group, or of what the question narrows it to."""
        total = self._utc.series_or_wall(talk, key, start, end)
        if isinstance(total, AnswerError):
            if _prefers_days(query, key):
                raise total
            total = self._counted_lists(talk, key, start, end)
        if not needs_lists(query):
            return total
        clicks, states = np.zeros_like(total.clicks), total.states.copy()
        for index in np.flatnonzero((total.states == COUNTED) & (total.clicks > 0)).tolist():
            at = start + index * NOMINAL_SECONDS[key.unit]
            rows = self._utc.rows(talk, key, at)
            count = int(total.clicks[index])
            finished = at + NOMINAL_SECONDS[key.unit] <= talk.now
            if finished and is_too_much(rows, count):
                states[index] = FAILED
                continue
            if not finished and len(rows) < wire.MOST_LISTED:
                # A list that is not full leaves nothing out: the count is of a later moment.
                count = min(count, sum(row.clicks for row in rows))
            clicks[index], rest = self._share(query, rows, count)
            if rest and _goes_to_hours(query, key) and len(rows) >= wire.MOST_LISTED:
                hours = self._counted_hours(query, talk, key, at)
                if hours is not None:
                    clicks[index] = hours
                    continue
            if query.unlisted:
                clicks[index] = rest
            elif rest:
                talk.listed += int(clicks[index])
                states[index] = CAPPED
        return Counted(clicks, states)

    def _counted_hours(self, query: ClickQuery, talk: Talk, key: CountKey, day: int) -> int | None:
        """The clicks of a day by the lists of its hours; `None` where those are not all known
        either.

        Of what is not listed it is all or nothing: it goes with the listed clicks of the day.
        """
        hours, listed = replace(key, unit="hour"), talk.listed
        if day < self._utc.floor_of(hours):
            return None
        try:
            found = self._counted_group(query, talk, hours, day, day + buckets.DAY_SECONDS)
        except AnswerError as problem:
            if not is_wall(problem):
                raise
            return None
        finally:
            talk.listed = listed  # the day's own list says it once more
        if not (found.states == COUNTED).all() or (query.unlisted and found.clicks.any()):
            return None
        return int(found.clicks.sum())

    def _share(self, query: ClickQuery, rows: Sequence[Listed], total: int) -> tuple[int, int]:
        """The listed clicks of a domain or a login, and the clicks that may be its own or not."""
        own, other = 0, 0
        for row in rows:
            belongs = self._belongs(query, row)
            if belongs is not None:
                own, other = own + row.clicks * belongs, other + row.clicks * (not belongs)
        # A bucket that still fills may have got clicks between the two answers.
        return own, max(total - own - other, 0)

    def _belongs(self, query: ClickQuery, row: Listed) -> bool | None:
        """Whether a link is one of those asked for; `None`: upstream does not say whose it is."""
        if query.login:
            if row.login is None:
                return None
            if row.login != query.login:
                return False
        if not query.domains:
            return True
        host = row.link.split("/", 1)[0]
        if host in query.domains:
            return True
        targets = [name for name in query.domains if name not in self.domains()]
        if not targets:
            return False
        return (
            None
            if row.destination is None
            else any(
                row.destination == name or row.destination.endswith(f".{name}") for name in targets
            )
        )

    def _counted_lists(self, talk: Talk, key: CountKey, start: int, end: int) -> Counted:
        """A group's clicks by its lists alone, where its plan has no series of a group.

        A list that is full may leave links out.
        """
        width = NOMINAL_SECONDS[key.unit]
        count = (end - start) // width
        clicks, states = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int8)
        for index in range(count):
            at = start + index * width
            if at > talk.now:
                break
            rows = self._utc.rows(talk, key, at)
            clicks[index] = sum(row.clicks for row in rows)
            states[index] = CAPPED if len(rows) >= wire.MOST_LISTED else COUNTED
        # Where the history begins nothing says: what is empty up to the first click may lie before.
        begun = max(min(count, (talk.now - start) // width), 0)
        clicked = np.flatnonzero(clicks[:begun])
        states[: clicked[0] if len(clicked) else begun] = OUTSIDE_WINDOW
        if NO_GROUP_SERIES not in talk.notes:
            talk.notes.append(NO_GROUP_SERIES)
        return Counted(clicks, states)

    # -- totals ---------------------------------------------------------------------------------

    def _summary(self, query: ClickQuery, talk: Talk) -> ClickSeries | None:
        """A link's total in one number, where upstream has it for the very range; else `None`."""
        calendar = self._calendar(query, talk.now)
        start, end = calendar.whole
        key = CountKey(bucket_store.LINK, str(query.link), calendar.unit)
        if query.limit is not None or not self._utc.gaps(key, start, end) or end <= talk.now:
            return None
        # Upstream counts back from now, not from the end of a week or a month that still runs.
        width = NOMINAL_SECONDS[calendar.unit]
        span = wire.Span(calendar.unit, (utc_floor(talk.now, calendar.unit) - start) // width + 1)
        request = wire.link_summary_request(key.name, span)
        total = self.ask(
            request, lambda path, status, body: wire.parse_total(path, status, body, span), talk
        )
        again = self._calendar(query, talk.now)
        if total is None or not np.array_equal(again.edges, calendar.edges):
            return None
        return ClickSeries(
            query,
            query.series_name,
            calendar.edges[[0, -1]],
            np.array([total], dtype=np.int64),
            np.array([PARTIAL], dtype=np.int8),
            Provenance(
                "v4",
                self.account,
                tuple(talk.endpoints),
                talk.now,
                talk.requests,
                note=calendar.note,
                offset=calendar.offset,
            ),
        )


def _refuse_others(query: ClickQuery) -> None:
    if query.login == ONLY_OTHERS:
        raise QuestionError(NO_OTHERS)


def _prefers_days(query: ClickQuery, key: CountKey) -> bool:
    """Whether days of UTC come before the lists of so many hours, a call each."""
    return key.unit == "hour" and query.unit != "hour" and not query.zone_days


def _goes_to_hours(query: ClickQuery, key: CountKey) -> bool:
    """Whether days whose lists leave clicks out are made from the lists of their hours."""
    return query.zone_days and query.unit != "hour" and key.unit == "day" and needs_lists(query)


def _of_groups(query: ClickQuery) -> ClickQuery:
    """The same question, not narrowed to a domain or a login."""
    return query.replace(domains=(), login=None, unlisted=False)


def _limited(series: ClickSeries, limit: int) -> ClickSeries:
    """Only the newest buckets, as v3's limit has it; of all time those with clicks count."""
    clicked = np.flatnonzero(series.clicks)
    states = series.states.copy()
    if series.query.units != ALL_TIME:
        states[:-limit] = CAPPED
        return replace(series, states=states)
    if len(clicked) <= limit:
        return series
    first = max(int(clicked[-limit]) - 1, 0)
    states[first] = CAPPED
    return replace(
        series, edges=series.edges[first:], clicks=series.clicks[first:], states=states[first:]
    )


def _list_note(query: ClickQuery, capped: int, listed: int) -> str:
    many = f"{capped:,} {query.unit}{'' if capped == 1 else 's'}"
    return (
        f"In {many} more links were clicked than the {wire.MOST_LISTED} that Bitly lists, so "
        f"what is counted there is not known: at least {listed:,} clicks in all. The clicks "
        f"on the other links are the series “{UNLISTED}”."
    )
