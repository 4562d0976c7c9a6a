"""Asking Bitly v4 with v3's questions: one question in, one `ClickSeries` out.

v4 counts in UTC and knows no organization, domain or login (reference sheet of v4, section 6). So

- buckets of a zone are made from UTC hours, or from UTC days where their edges are such; where
  neither fits, or the plan has no hours, they are UTC's own, and the series says so;
- an organization is the sum of its groups;
- a domain or a login is made from the group's most clicked links of each UTC bucket. A list holds
  at most a hundred; the group's own count says what is missing, and a bucket in which anything is
  missing is `capped`. What is missing is a series of its own (`ClickQuery.rest`).

What was counted in a finished bucket is kept and not asked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.buckets import NOMINAL_SECONDS, Edges
from bitly_data.errors import AccessError, AnswerError, NotFoundError, QuestionError
from bitly_data.query import (
    ALL_TIME,
    LINK,
    ONLY_OTHERS,
    REST,
    ClickQuery,
    edges_of,
    refuse_too_many,
)
from bitly_data.series import (
    CAPPED,
    COUNTED,
    FAILED,
    OUTSIDE_WINDOW,
    PARTIAL,
    REBUILT,
    ClickSeries,
    Provenance,
    rolled_up,
)
from bitly_data.sources import kept, v4
from bitly_data.sources.http import Answer, Upstream
from bitly_data.sources.kept import Kept, Of
from bitly_data.sources.memory import Memory
from bitly_data.sources.plan import FetchPlan, Missing, Month, distinct
from bitly_data.sources.rebuild import states_of
from bitly_data.sources.v3 import Account, Link, Request, unreadable

T = TypeVar("T")

# Whose token it is, its groups and its limits hardly ever change [s].
ACCOUNT_SECONDS = 3600.0
# A bucket that still fills is as fresh as anybody looks at it [s].
RUNNING_SECONDS = 60.0
# So far back a first series by day is asked: the longest history of any plan is two years, and
# what is asked beyond a plan's own tells where its history begins.
FIRST_DAYS = 731
# Bitly began in July 2008; what is asked for all time begins before it [UTC days].
ALL_DAYS = 20 * 366
# What an endpoint answers that the plan does not have, or that is not there.
WALLS = (402, 403, 404)

NO_OTHERS = ("Bitly's v4 does not show other people's links to your domains: choose all logins or "
             "one of them.")
UTC_BETWEEN = ("These are {unit}s of UTC: Bitly's v4 counts in hours of UTC, and this zone's "
               "{unit}s begin between them.")
UTC_CHEAP = ("These are {unit}s of UTC, in which domains and logins take one call a day: exact "
             "{unit}s of the zone take one an hour.")
UTC_WALL = "These are {unit}s of UTC: this account's plan has no hours to make the zone's from."
UTC_HISTORY = ("These are {unit}s of UTC: this account's plan has days that are older than its "
               "hours, from which the zone's {unit}s would be made.")
NO_GROUP_SERIES = ("This account's plan has no series of a group, so its clicks were added up "
                   "from the links that Bitly lists.")
NO_ALL_TIME = ("This account's plan has no series of a group, so it is not known where all time "
               "begins: choose a number of units.")


@dataclass
class _Talk:
    """The requests that one question takes, and what they said on the way."""

    query: ClickQuery
    now: int  # upstream's clock [epoch s]
    requests: int = 0
    paths: list[str] = field(default_factory=list)
    echoed: dict[str, str] = field(default_factory=dict)
    listed: int = 0  # clicks that lists name in buckets which they do not show in full
    notes: list[str] = field(default_factory=list)

    def asked(self, path: str) -> None:
        self.requests += 1
        # An address with its ids says too much in a list of endpoints, and one a link too many.
        name = endpoint_name(path)
        if name not in self.paths:
            self.paths.append(name)


@dataclass(frozen=True)
class _Counted:
    """Consecutive UTC buckets from `first` on: clicks int64[n], states int8[n].

    A state is one of COUNTED, CAPPED, OUTSIDE_WINDOW and FAILED here.
    """

    clicks: NDArray[np.int64]
    states: NDArray[np.int8]


@dataclass(frozen=True)
class _Calendar:
    """The asked buckets (`edges`, of `zone`), and the UTC `unit` that they are made from.

    `note` and `offset` [s] where they are UTC's own instead of those of the asked zone.
    """

    unit: str
    zone: tzinfo
    edges: Edges
    note: str = ""
    offset: int | None = None

    @property
    def whole(self) -> tuple[int, int]:
        """The UTC buckets that cover the asked ones: from where to where [epoch s]."""
        width = NOMINAL_SECONDS[self.unit]
        return _floor(int(self.edges[0]), self.unit), _ceiling(int(self.edges[-1]), width)


@dataclass(frozen=True)
class V4Source:
    """Bitly v4 as a source of click series.

    `keep` gives the place for what was counted, by the account's id; `tracking_domains` are
    destinations that count as domains of the organization.
    """

    upstream: Upstream
    account: str
    keep: Callable[[str], Kept]
    tracking_domains: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    memory: Memory = field(default_factory=lambda: Memory(time.monotonic), repr=False)

    # -- the account ----------------------------------------------------------------------------

    def user(self) -> v4.User:
        """Whose token it is; sets upstream's clock. Raises `AnswerError`."""
        return self._account_call("user", Request(v4.USER, ()), v4.parse_user)

    def groups(self) -> list[v4.Group]:
        """The groups whose links the token may see. Raises `AnswerError`."""
        return self._account_call("groups", Request(v4.GROUPS, ()), v4.parse_groups)

    def organizations(self) -> list[v4.Organization]:
        """The organizations and their plans. Raises `AnswerError`."""
        return self._account_call("organizations", Request(v4.ORGANIZATIONS, ()),
                                  v4.parse_organizations)

    def domains(self) -> tuple[str, ...]:
        """The branded short domains. Raises `AnswerError`."""
        return self._account_call("domains", Request(v4.BSDS, ()), v4.parse_domains)

    def plan_limits(self) -> list[v4.Limit]:
        """What the plan of the first organization allows. Raises `AnswerError`."""
        found = self.organizations()
        if not found:
            return []
        request = v4.plan_limits_request(found[0].guid)

        def ask() -> list[v4.Limit]:
            limits = self._ask(request, v4.parse_plan_limits)
            self.memory.put("sent at plan limits", self._sent())
            return limits

        return self.memory.once("plan limits", ACCOUNT_SECONDS, ask)

    def platform_limits(self) -> list[v4.Limit]:
        """What each endpoint allows an hour. Raises `AnswerError`."""
        return self._account_call("platform limits", Request(v4.PLATFORM_LIMITS, ()),
                                  v4.parse_platform_limits)

    def now(self) -> int:
        """Upstream's clock as far as it is known [epoch s]."""
        return int(self.clock()) + int(self.memory.get("skew", float("inf")) or 0)

    def _account_call(self, key: str, request: Request,
                      parse: Callable[[str, int, bytes], T]) -> T:
        return self.memory.once(key, ACCOUNT_SECONDS, lambda: self._ask(request, parse))

    def _ask(self, request: Request, parse: Callable[[str, int, bytes], T],
             talk: _Talk | None = None) -> T:
        def read(answer: Answer) -> T:
            self.memory.add("sent", 1)
            value = parse(answer.path, answer.status, answer.body)
            self.memory.put("skew", answer.date - int(self.clock()))
            return value

        value = self.upstream.ask(request.path, request.params, read)
        if talk is not None:
            talk.asked(request.path)
            talk.now = self.now()
        return value

    def _kept(self) -> Kept:
        return self.keep(self.user().login)

    def fetch_account(self) -> Account:
        """Domains and logins to choose from. Raises `AnswerError`.

        v4 lists no logins: there are the token's own and those of the links that are kept.
        """
        login = self.user().login
        logins = dict.fromkeys((login, *self._kept().logins()))
        return Account(login, self.domains(), self.tracking_domains, tuple(logins))

    def fetch_links(self, most: int = v4.MOST_LISTED, search: str = "") -> tuple[list[Link], int]:
        """The account's newest links, of the first `most`, and how many are known to be there.

        v4 does not say how many there are in all: one more than the list where it goes on. Raises
        `AnswerError`.
        """
        links: list[Link] = []
        goes_on = False
        for group in self.groups():  # each to the full: the newest of all may be in any
            after, count = "", 0
            while count < most:
                page, following = self._ask(v4.links_request(group.guid, search, after),
                                            v4.parse_links)
                links, count = links + page, count + len(page)
                # Upstream that hands out the same place again would never end.
                after = "" if following == after else following
                if not after:
                    break
            goes_on = goes_on or bool(after)
        newest = sorted(links, key=lambda link: -link.created)[:most]
        return newest, len(newest) + (1 if goes_on or len(links) > most else 0)

    # -- questions ------------------------------------------------------------------------------

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        _refuse_others(query)
        self.user()  # with it comes upstream's clock
        talk = _Talk(query, self.now())
        if query.target == LINK and query.rollup and query.units != ALL_TIME:
            total = self._summary(talk)
            if total is not None:
                return total
        series = self._series(talk)
        if query.limit is not None:
            series = _limited(series, query.limit)
        return rolled_up(series) if query.rollup else series

    def missing(self, query: ClickQuery, first: int | None = None) -> list[Missing]:
        """What a question takes that is not kept, one call each; no clicks are asked for.

        Where the plan's history begins is known only after a first answer, and so is where all
        time does: from `first` [epoch s] on, if that is known. Raises as `fetch`.
        """
        return self._calls(query, first, self._gaps, self._unlisted)

    def _calls(self, query: ClickQuery, first: int | None,
               gaps: Callable[[Of, int, int], Sequence[int]],
               lists: Callable[[Of, int, int], Sequence[int]]) -> list[Missing]:
        """The calls that a question takes: a series where there are `gaps`, and the `lists`."""
        _refuse_others(query)
        now = self.now()
        if query.units == ALL_TIME and first is None:
            first = now - ALL_DAYS * buckets.DAY_SECONDS
        calendar = self._calendar(query, now, first)
        start, end = calendar.whole
        found: list[Missing] = []
        for of in self._ofs(query, calendar.unit):
            walled = self.memory.get(("wall", of), ACCOUNT_SECONDS) is not None
            found += [Missing(of)] if not walled and gaps(of, start, end) else []
            if walled or needs_lists(query):
                found += [Missing(of, at) for at in lists(of, start, end)]
        return found

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan:
        """What questions cost, before they are asked. Raises as `fetch`.

        Where they take lists, the groups' series come first: one call each, which says in which
        buckets there is something to list, and where the history begins.
        """
        firsts = [self._asked_first(query) if needs_lists(query) else None for query in queries]
        asked = list(zip(queries, firsts, strict=True))
        missing = distinct([one for query, first in asked for one in self.missing(query, first)])
        everything = distinct([one for query, first in asked for one in self._takes(query, first)])
        budget = self.upstream.budget
        return FetchPlan(missing, len(everything) - len(missing),
                         None if budget is None else budget.left(), self.month())

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls questions take at most; for that nothing is asked. Raises as `fetch`."""
        return len(distinct([one for query in queries for one in self.missing(query)]))

    def _asked_first(self, query: ClickQuery) -> int | None:
        """Ask for the groups' series that a question's lists rest on; where all time begins
        [epoch s], if that is the question.
        """
        _refuse_others(query)
        talk = _Talk(query, self.now())
        first = self._first_click(talk)[0] if query.units == ALL_TIME else None
        calendar = self._calendar(query, talk.now, first)
        for of in self._ofs(query, calendar.unit):
            self._series_or_wall(talk, of, *calendar.whole)
        return first

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The ways to ask a question: as UTC's buckets in few calls, or exactly in many; the one
        way where these are the same.
        """
        _refuse_others(query)
        ways = [query.with_(exact=False), query.with_(exact=True)]
        cheap, exact = (self._calendar(way, self.now()) if query.units != ALL_TIME
                        else self._calendar(way, self.now(), self.now()) for way in ways)
        return [query] if cheap.unit == exact.unit else ways

    def month(self) -> Month | None:
        """The calls of this month, by upstream's own count and what was asked since then."""
        try:
            limits = self.plan_limits()
        except AnswerError:
            return None
        since = self._sent() - int(self.memory.get("sent at plan limits", ACCOUNT_SECONDS) or 0)
        return month_of(limits, since)

    def asked_elsewhere(self, calls: int) -> None:
        """Count calls of the month that somebody else made with this account's token."""
        self.memory.add("sent", calls)

    def _sent(self) -> int:
        return self.memory.add("sent", 0)

    def _takes(self, query: ClickQuery, first: int | None) -> list[Missing]:
        """What a question would take if nothing were kept."""
        return self._calls(query, first, lambda of, start, end: [start], self._begun)

    def _begun(self, of: Of, start: int, end: int) -> Sequence[int]:
        """The starts of the buckets in [start, end) [epoch s] that have begun, as far back as the
        history of the plan is known to go.
        """
        width = NOMINAL_SECONDS[of.unit]
        return range(max(start, _ceiling(self._floor_of(of), width)), min(end, self.now() + 1),
                     width)

    def fill(self, missing: Missing) -> None:
        """Ask for one thing that is missing, and keep it. Raises `AnswerError`."""
        talk = _Talk(ClickQuery(), self.now())
        if missing.start is None:
            at = _floor(talk.now, missing.of.unit)
            self._counted_series(talk, missing.of, at, at + NOMINAL_SECONDS[missing.of.unit])
        else:
            self._rows(talk, missing.of, missing.start)

    # -- buckets of the zone --------------------------------------------------------------------

    def _calendar(self, query: ClickQuery, now: int, first: int | None = None) -> _Calendar:
        """How the asked buckets are had. Of all time they begin with the one that holds `first`
        [epoch s].
        """
        def own(unit: str) -> _Calendar:
            return _Calendar(unit, query.zone, edges)

        def of_utc(note: str) -> _Calendar:
            unit = query.unit if query.unit in ("minute", "hour") else "day"
            return _Calendar(unit, UTC, _edges(query, UTC, now, first),
                             note.format(unit=query.unit), 0)

        if query.as_answered:
            return of_utc("")
        edges = _edges(query, query.zone, now, first)
        if query.unit == "minute":
            return own("minute")
        if query.unit != "hour" and not (edges % buckets.DAY_SECONDS).any():
            return own("day")
        if (edges % buckets.HOUR_SECONDS).any():
            return of_utc(UTC_BETWEEN)
        if query.unit == "hour":
            return own("hour")
        if needs_lists(query) and not query.exact:
            return of_utc(UTC_CHEAP)
        if self.memory.get(("no hours", query.target), ACCOUNT_SECONDS):
            return of_utc(UTC_WALL)
        calendar = own("hour")
        if not query.exact and self._has_older_days(query, *calendar.whole):
            return of_utc(UTC_HISTORY)
        return calendar

    def _has_older_days(self, query: ClickQuery, start: int, end: int) -> bool:
        """Whether there is a part of [start, end) [epoch s] for which the history has days, but no
        hours, as far as that is known.
        """
        floors = [(self._floor_of(of), self._floor_of(replace(of, unit="day")))
                  for of in self._ofs(query, "hour")]
        return any(start < hours > days > 0 and end > days for hours, days in floors)

    def _ofs(self, query: ClickQuery, unit: str) -> list[Of]:
        """What upstream counts for a question: a link, or each group."""
        if query.target == LINK:
            return [Of(kept.LINK, str(query.link), unit)]
        return [Of(kept.GROUP, group.guid, unit) for group in self.groups()]

    def _series(self, talk: _Talk) -> ClickSeries:
        query = talk.query
        first, whole = self._first_click(talk) if query.units == ALL_TIME else (None, True)
        calendar = self._calendar(query, talk.now, first)
        try:
            counted = self._counted(talk, calendar)
        except AnswerError as problem:
            # Hours have another way: days of UTC. Where those are refused as well, it is no plan's
            # wall, and that error is raised.
            if not _is_wall(problem) or calendar.unit != "hour" or query.unit == "hour":
                raise
            self.memory.put(("no hours", query.target), True)
            calendar = self._calendar(query, talk.now, first)
            if calendar.unit == "hour":
                raise
            try:
                counted = self._counted(talk, calendar)
            except AnswerError:
                self.memory.put(("no hours", query.target), None)
                raise
        if self._is_cut_short(talk, calendar, counted):
            calendar = self._calendar(query, talk.now, first)
            counted = self._counted(talk, calendar)
        edges = calendar.edges
        if query.units != ALL_TIME and query.end is None and not edges[-2] <= talk.now < edges[-1]:
            # Upstream's clock, known by now, is in another bucket than ours.
            calendar = self._calendar(query, talk.now)
            counted, edges = self._counted(talk, calendar), calendar.edges
        clicks, states = _regrouped(calendar, counted)
        states = _states(edges, states, talk.now, own=calendar.unit == query.unit)
        if query.units == ALL_TIME:
            edges, clicks, states = _from_first_click(query, calendar, clicks, states, whole=whole)
        notes = [calendar.note, *talk.notes]
        if capped := int((states == CAPPED).sum()):
            notes.append(_list_note(query, capped, talk.listed))
        return ClickSeries(query, query.series_name, edges, clicks, states, Provenance(
            source="v4", account=self.account, endpoints=tuple(talk.paths), fetched_at=talk.now,
            requests=talk.requests, echoed=talk.echoed,
            note=" ".join(note for note in notes if note), offset=calendar.offset))

    def _is_cut_short(self, talk: _Talk, calendar: _Calendar, counted: _Counted) -> bool:
        """Whether days, weeks or months lack hours for which there are days."""
        query = talk.query
        if (calendar.unit != "hour" or query.unit == "hour" or query.exact
                or not (counted.states == OUTSIDE_WINDOW).any()):
            return False
        for of in self._ofs(query, "hour"):
            self._first_day(talk, of, calendar.whole[0])
        return self._has_older_days(query, *calendar.whole)

    def _first_click(self, talk: _Talk) -> tuple[int, bool]:
        """The UTC day of the first click that can be had [epoch s], and whether it is the first
        of all: with a history that is cut off there may be clicks before.

        Of a domain or a login it is that of the groups, at the latest.
        """
        query = talk.query
        newest = query.end if query.end is not None else talk.now
        last = _floor(newest, "day") + buckets.DAY_SECONDS
        start = max(last - ALL_DAYS * buckets.DAY_SECONDS, 0)
        for of in self._ofs(query, "day") if query.target != LINK else ():
            if isinstance(self._series_or_wall(talk, of, start, last), AnswerError):
                raise QuestionError(NO_ALL_TIME)  # a list of each day would be thousands of calls
        days = _of_groups(query).with_(timezone="UTC", unit="day", units=1, rollup=False)
        counted = self._counted(replace(talk, query=days), _Calendar(
            "day", UTC, np.array([start, last], dtype=np.int64)))
        clicked = np.flatnonzero(counted.clicks)
        first = int(clicked[0]) if len(clicked) else len(counted.clicks) - 1
        return (last - (len(counted.clicks) - first) * buckets.DAY_SECONDS,
                not (counted.states == OUTSIDE_WINDOW).any())

    # -- buckets of UTC -------------------------------------------------------------------------

    def _counted(self, talk: _Talk, calendar: _Calendar) -> _Counted:
        """The UTC buckets that the asked ones are made from."""
        query, (start, end) = talk.query, calendar.whole
        if query.target == LINK:
            link, = self._ofs(query, calendar.unit)
            return self._counted_series(talk, link, start, end)
        parts = [self._counted_group(talk, of, start, end)
                 for of in self._ofs(query, calendar.unit)]
        if not parts:
            raise AccessError("The token belongs to no group, so there are no links to count: "
                              "check BITLY_ACCESS_TOKEN.")
        return _Counted(np.sum([part.clicks for part in parts], axis=0),
                        np.max([part.states for part in parts], axis=0))

    def _series_or_wall(self, talk: _Talk, of: Of, start: int, end: int
                        ) -> _Counted | AnswerError:
        """The clicks of a whole group, or the refusal of a plan that has no series of them.

        A refusal is a call as well, so a wall is not knocked at again.
        """
        wall: AnswerError | None = self.memory.get(("wall", of), ACCOUNT_SECONDS)
        if wall is not None:
            return wall
        try:
            return self._counted_series(talk, of, start, end)
        except AnswerError as problem:
            if not _is_wall(problem):
                raise
            return self.memory.put(("wall", of), problem)

    def _counted_group(self, talk: _Talk, of: Of, start: int, end: int) -> _Counted:
        """The clicks of a group, or of what the question narrows it to."""
        total = self._series_or_wall(talk, of, start, end)
        if isinstance(total, AnswerError):
            if of.unit == "hour" and talk.query.unit != "hour" and not talk.query.exact:
                raise total  # days of UTC come before the lists of so many hours, a call each
            total = self._counted_lists(talk, of, start, end)
        if not needs_lists(talk.query):
            return total
        clicks, states = np.zeros_like(total.clicks), total.states.copy()
        for index in np.flatnonzero((total.states == COUNTED) & (total.clicks > 0)).tolist():
            at = start + index * NOMINAL_SECONDS[of.unit]
            rows = self._rows(talk, of, at)
            finished = at + NOMINAL_SECONDS[of.unit] <= talk.now
            if finished and self._is_too_much(rows, int(total.clicks[index])):
                states[index] = FAILED
                continue
            clicks[index], rest = self._share(talk.query, rows, int(total.clicks[index]))
            if talk.query.rest:
                clicks[index] = rest
            elif rest:
                talk.listed += int(clicks[index])
                states[index] = CAPPED
        return _Counted(clicks, states)

    def _share(self, query: ClickQuery, rows: Sequence[v4.Listed], total: int) -> tuple[int, int]:
        """The listed clicks of a domain or a login, and the clicks that may be its own or not."""
        own, other = 0, 0
        for row in rows:
            belongs = self._belongs(query, row)
            if belongs is not None:
                own, other = own + row.clicks * belongs, other + row.clicks * (not belongs)
        # A bucket that still fills may have got clicks between the two answers.
        return own, max(total - own - other, 0)

    def _belongs(self, query: ClickQuery, row: v4.Listed) -> bool | None:
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
        return None if row.destination is None else any(
            row.destination == name or row.destination.endswith(f".{name}") for name in targets)

    def _counted_lists(self, talk: _Talk, of: Of, start: int, end: int) -> _Counted:
        """A group's clicks by its lists alone, where its plan has no series of a group.

        A list that is full may leave links out.
        """
        width = NOMINAL_SECONDS[of.unit]
        count = (end - start) // width
        clicks, states = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int8)
        for index in range(count):
            at = start + index * width
            if at > talk.now:
                break
            rows = self._rows(talk, of, at)
            clicks[index] = sum(row.clicks for row in rows)
            states[index] = CAPPED if len(rows) >= v4.MOST_LISTED else COUNTED
        if NO_GROUP_SERIES not in talk.notes:
            talk.notes.append(NO_GROUP_SERIES)
        return _Counted(clicks, states)

    def _counted_series(self, talk: _Talk, of: Of, start: int, end: int) -> _Counted:
        """The clicks of a link or a whole group in [start, end) [epoch s]."""
        with self.memory.turn(of):
            if gaps := self._gaps(of, start, end):
                self._ask_series(talk, of, gaps[0], gaps[-1])
        width, floor = NOMINAL_SECONDS[of.unit], self._floor_of(of)
        known: dict[int, int | None] = {**self._running(of), **self._kept().counts(of, start, end)}
        starts = np.arange(start, end, width, dtype=np.int64)
        found = [known.get(at, 0 if at > talk.now else None) for at in starts.tolist()]
        states = np.array([COUNTED if count is not None else FAILED for count in found],
                          dtype=np.int8)
        states[(states == FAILED) & (starts < floor)] = OUTSIDE_WINDOW
        return _Counted(np.array([count or 0 for count in found], dtype=np.int64), states)

    def _gaps(self, of: Of, start: int, end: int) -> list[int]:
        """The starts of the buckets in [start, end) that have begun and are not known."""
        known = self._kept().counts(of, start, end).keys() | self._running(of).keys()
        return [at for at in self._begun(of, start, end) if at not in known]

    def _floor_of(self, of: Of) -> int:
        """Where the history of the plan begins, 0 where nothing is known of that [epoch s]."""
        own = int(self.memory.get(("floor", of), ACCOUNT_SECONDS) or 0)
        # What has no days has no hours either.
        return own if of.unit != "hour" else max(own, self._floor_of(replace(of, unit="day")))

    def _running(self, of: Of) -> dict[int, int | None]:
        return self.memory.get(("running", of), RUNNING_SECONDS) or {}

    def _ask_series(self, talk: _Talk, of: Of, oldest: int, newest: int) -> None:
        """Ask for the buckets from `oldest` to `newest` (their starts), and keep what is finished.
        """
        width = NOMINAL_SECONDS[of.unit]
        if of.unit == "hour" and newest + width <= talk.now:
            oldest = max(oldest, self._first_day(talk, of, oldest))
        if of.unit == "day" and (newest + width <= talk.now and self.memory.get(
                ("floor", of), ACCOUNT_SECONDS) is None):
            newest = _floor(talk.now, "day")  # for the same reason
        while oldest <= newest:
            reach = self._ask_span(talk, of, oldest, newest)
            if of.unit != "hour" or not oldest < reach <= newest:
                break
            # Cut off by how many buckets an answer holds, or by the plan, which the next one says.
            oldest, newest = max(oldest, self._first_day(talk, of, oldest)), reach - width

    def _first_day(self, talk: _Talk, of: Of, oldest: int) -> int:
        """Where the days of the history begin [epoch s], asked for where that is not known.

        Of hours before it upstream may answer that there were no clicks.
        """
        days = replace(of, unit="day")
        if self.memory.get(("floor", days), ACCOUNT_SECONDS) is None:
            self._ask_series(talk, days, _floor(oldest, "day"), _floor(talk.now, "day"))
        return self._floor_of(days)

    def _ask_span(self, talk: _Talk, of: Of, oldest: int, newest: int) -> int:
        """One call for a series; the start of the oldest bucket that it answers for [epoch s]."""
        width = NOMINAL_SECONDS[of.unit]
        running = newest + width > talk.now
        units = (newest - oldest) // width + 1
        if running and of.unit != "minute":
            units += 1  # its clock may be a bucket ahead of ours
            if of.unit == "day" and not self._kept().counts(of, oldest - 35 * width, oldest):
                units = max(units, FIRST_DAYS)
        span = v4.Span(of.unit, units, None if running else newest + width - 1)
        answer = self._ask_counts(talk, of, span)
        newest = _floor(talk.now, of.unit) if running else newest
        if answer.echoed.get("unit", span.unit) != span.unit:
            raise unreadable(talk.paths[-1])
        reach, cut = reach_of(answer, span, newest, width)
        if of.unit == "hour" and (empty := self._empty_until(
                of, answer, reach, newest + width)) > reach:
            reach, cut = empty, True
        if any(at % width for at in answer.counts):
            raise v4.not_aligned(talk.paths[-1])
        # A list that names buckets without clicks names all of them.
        unnamed = None if 0 in answer.counts.values() else 0
        known = {at: answer.counts.get(at, unnamed) for at in range(reach, newest + width, width)}
        final = {at: count for at, count in known.items()
                 if count is not None and at + width <= talk.now}
        self._kept().keep_counts(of, final, talk.now)
        open_ones = {at: count for at, count in known.items() if at not in final}
        if running or open_ones:
            self.memory.put(("running", of), self._running(of) | open_ones)
        floor = self.memory.get(("floor", of), ACCOUNT_SECONDS)
        if cut or (running and floor is None):
            # It only ever moves on; an answer that was not cut says nothing of what is before it.
            self.memory.put(("floor", of), max(reach if cut else 0, floor or 0))
        talk.echoed = talk.echoed or answer.echoed
        return reach

    def _empty_until(self, of: Of, answer: v4.Counts, reach: int, end: int) -> int:
        """The end of the newest day [epoch s] that has clicks, but none in its hours: upstream has
        no hours for it, whatever it says. `reach` where there is no such day.
        """
        clicked = {at // buckets.DAY_SECONDS for at, count in answer.counts.items() if count}
        days = self._kept().counts(replace(of, unit="day"), reach, end - buckets.DAY_SECONDS + 1)
        return max((at + buckets.DAY_SECONDS for at, count in days.items()
                    if count and at // buckets.DAY_SECONDS not in clicked), default=reach)

    def _ask_counts(self, talk: _Talk, of: Of, span: v4.Span) -> v4.Counts:
        """A series, by the next way where the plan lacks the first."""
        if of.kind == kept.LINK:
            return self._ask(v4.link_clicks_request(of.name, span), v4.parse_counts, talk)
        ways = v4.group_clicks_requests(of.name, span)
        if self.memory.get("second way", ACCOUNT_SECONDS):
            return self._ask(ways[1], v4.parse_counts, talk)
        try:
            return self._ask(ways[0], v4.parse_counts, talk)
        except AnswerError as problem:
            if not _is_wall(problem):
                raise
            talk.asked(ways[0].path)
            answer = self._ask(ways[1], v4.parse_counts, talk)
            self.memory.put("second way", True)
            return answer

    def _unlisted(self, of: Of, start: int, end: int) -> list[int]:
        """The starts of the buckets whose list is not there, those known to be empty left out."""
        kept_here = self._kept()
        counts = {**self._running(of), **kept_here.counts(of, start, end)}
        lists = kept_here.listed(of, start, end)
        return [at for at in self._begun(of, start, end)
                if at not in lists and counts.get(at) != 0
                and self.memory.get(("list", of, at), RUNNING_SECONDS) is None]

    def _rows(self, talk: _Talk, of: Of, start: int) -> list[v4.Listed]:
        """The most clicked links of a group in one bucket."""
        width = NOMINAL_SECONDS[of.unit]
        with self.memory.turn((of, start)):
            rows = self._kept().lists(of, start, start + 1).get(start)
            if rows is None:
                rows = self.memory.get(("list", of, start), RUNNING_SECONDS)
            if rows is not None:
                return rows
            running = start + width > talk.now
            span = v4.Span(of.unit, 1, None if running else start + width - 1)
            rows = self._ask(v4.sorted_request(of.name, span), v4.parse_sorted, talk)
            if running:
                self.memory.put(("list", of, start), rows)
            elif not self._is_too_much(rows, self._kept().counts(of, start, start + 1).get(start)):
                self._kept().keep_list(of, start, rows, talk.now)
            return rows

    def _is_too_much(self, rows: Sequence[v4.Listed], total: int | None) -> bool:
        """Whether a list says more clicks than the group's count: one of them is wrong."""
        return total is not None and sum(row.clicks for row in rows) > total

    # -- totals ---------------------------------------------------------------------------------

    def _summary(self, talk: _Talk) -> ClickSeries | None:
        """A link's total in one number, where upstream has it for the very range; else `None`."""
        query = talk.query
        calendar = self._calendar(query, talk.now)
        start, end = calendar.whole
        of = Of(kept.LINK, str(query.link), calendar.unit)
        if query.limit is not None or not self._gaps(of, start, end) or end <= talk.now:
            return None
        # Upstream counts back from now, not from the end of a week or a month that still runs.
        width = NOMINAL_SECONDS[calendar.unit]
        span = v4.Span(calendar.unit, (_floor(talk.now, calendar.unit) - start) // width + 1)
        request = v4.link_summary_request(of.name, span)
        total = self._ask(request, lambda path, status, body: v4.parse_total(
            path, status, body, span), talk)
        again = self._calendar(query, talk.now)
        if total is None or not np.array_equal(again.edges, calendar.edges):
            return None
        return ClickSeries(
            query, query.series_name, calendar.edges[[0, -1]], np.array([total], dtype=np.int64),
            np.array([PARTIAL], dtype=np.int8),
            Provenance("v4", self.account, tuple(talk.paths), talk.now, talk.requests,
                       note=calendar.note, offset=calendar.offset))


def endpoint_name(path: str) -> str:
    """An endpoint without the ids in its path: `/v4/bitlinks/…/clicks`."""
    parts = path.split("/")
    if len(parts) > 3 and parts[2] in ("groups", "organizations"):
        parts[3] = "…"
    if len(parts) > 4 and parts[2] == "bitlinks":
        parts[3:5] = ["…"]
    return "/".join(parts)


def _is_wall(problem: AnswerError) -> bool:
    """Whether there may be another way to the same numbers. A rate limit may be a 403, too."""
    return problem.status in WALLS and isinstance(problem, AccessError | NotFoundError)


def month_of(limits: Sequence[v4.Limit], since: int = 0) -> Month | None:
    """The month's calls among a plan's limits, less the calls made `since` upstream counted."""
    found = next((limit for limit in limits if _is_of_calls(limit.name)), None)
    return None if found is None else Month(found.limit, max(found.limit - found.used - since, 0))


def _is_of_calls(name: str) -> bool:
    """Whether a limit is that of a month's calls. Its name was never recorded: `api_calls`, or
    words like "API requests".
    """
    words = name.lower()
    return "api" in words and any(word in words for word in ("call", "request", "usage"))


def _refuse_others(query: ClickQuery) -> None:
    if query.login == ONLY_OTHERS:
        raise QuestionError(NO_OTHERS)


def needs_lists(query: ClickQuery) -> bool:
    """Whether a question takes a list of each bucket: it may be many calls."""
    return bool(query.domains or query.login or query.rest)


def _of_groups(query: ClickQuery) -> ClickQuery:
    """The same question, not narrowed to a domain or a login."""
    return query.with_(domains=(), login=None, rest=False)


def _floor(moment: int, unit: str) -> int:
    width = NOMINAL_SECONDS[unit]
    return moment // width * width


def _ceiling(moment: int, width: int) -> int:
    return -(-moment // width) * width


def _edges(query: ClickQuery, zone: tzinfo, now: int, first: int | None) -> Edges:
    """The asked edges in a zone, from the bucket that holds `first` on where that is given."""
    end = query.end if query.end is not None else now
    if first is not None:
        edges = buckets.between(min(max(first, 1), end), end, query.unit, zone, query.week_start)
        refuse_too_many(len(edges) - 1, query.unit)
        return edges
    if zone is UTC:
        query = query.with_(timezone="UTC")
    return edges_of(query, end)


def reach_of(answer: v4.Counts, span: v4.Span, newest: int, width: int) -> tuple[int, bool]:
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
    if answer.units == v4.EVERYTHING or answer.units >= span.units:
        return asked, False
    return newest - (answer.units - 1) * width, True


def _regrouped(calendar: _Calendar, counted: _Counted
               ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Clicks of the asked buckets, and the worst state of the UTC ones in each."""
    index = (calendar.edges[:-1] - calendar.whole[0]) // NOMINAL_SECONDS[calendar.unit]
    states = np.maximum.reduceat(counted.states, index)
    clicks = np.where(states == COUNTED, np.add.reduceat(counted.clicks, index), 0)
    return clicks, states


def _states(edges: Edges, states: NDArray[np.int8], now: int, *, own: bool) -> NDArray[np.int8]:
    counted = states == COUNTED
    known = states_of(edges, counted, np.full(len(states), own), now)
    return np.where(counted, known, states).astype(np.int8)


def _from_first_click(query: ClickQuery, calendar: _Calendar, clicks: NDArray[np.int64],
                      states: NDArray[np.int8], *, whole: bool
                      ) -> tuple[Edges, NDArray[np.int64], NDArray[np.int8]]:
    """All time from its first click on; where the history is cut off, one more bucket before that
    stands for what was before.
    """
    shown = np.flatnonzero((clicks > 0) | ~np.isin(states, (COUNTED, REBUILT, PARTIAL)))
    first = int(shown[0]) if len(shown) else len(clicks) - 1
    edges, clicks, states = calendar.edges[first:], clicks[first:], states[first:]
    if whole:
        return edges, clicks, states
    before = buckets.floor(int(edges[0]) - 1, query.unit, calendar.zone, query.week_start)
    return (np.concatenate([[before], edges]).astype(np.int64),
            np.concatenate([[0], clicks]).astype(np.int64),
            np.concatenate([[OUTSIDE_WINDOW], states]).astype(np.int8))


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
    return replace(series, edges=series.edges[first:], clicks=series.clicks[first:],
                   states=states[first:])


def _list_note(query: ClickQuery, capped: int, listed: int) -> str:
    many = f"{capped:,} {query.unit}{'' if capped == 1 else 's'}"
    return (f"In {many} more links were clicked than the {v4.MOST_LISTED} that Bitly lists, so "
            f"what is counted there is not known: at least {listed:,} clicks in all. The clicks "
            f"on the other links are the series “{REST}”.")
