"""Whose token it is and what it may: the account behind Bitly v4, and each call made for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bitly_data.errors import AccessError, AnswerError
from bitly_data.sources.check import one_line
from bitly_data.sources.fetch_plan import Month
from bitly_data.sources.model import Link
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.clock import SAME_TIME, UpstreamClock, clock_of
from bitly_data.sources.v4.facts import (
    DOMAINS,
    GROUPS,
    LINK,
    LINK_WALL,
    ORGANIZATIONS,
    PLAN_LIMITS,
    USER,
    Fact,
    Facts,
    PlanLimits,
)
from bitly_data.transport.client import Answer, HttpClient
from bitly_data.transport.request import Request

T = TypeVar("T")
# Longer than any name that people give a group, and short enough for an address [letters].
_LONGEST_NAME = 100
Parse = Callable[[str, int, bytes], T]


@dataclass
class Tally:
    """What an account's answers add up to, shared by all threads: the `calls` that were made, and
    upstream's `clock` as the last of them told.
    """

    calls: int = 0
    clock: UpstreamClock = field(default_factory=UpstreamClock)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, calls: int) -> None:
        """Count calls."""
        with self._lock:
            self.calls += calls


@dataclass(frozen=True)
class V4Account:
    """The account that a token belongs to, as Bitly v4 tells of it.

    `clock` is this machine's [epoch s]. What is asked here is remembered as one of the `facts`.
    `group` is the name of the only group that is counted; empty: all of them are, added up.
    """

    upstream: HttpClient
    clock: Callable[[], float]
    facts: Facts = field(repr=False)
    tally: Tally = field(default_factory=Tally, repr=False)
    group: str = ""

    def user(self) -> wire.User:
        """Whose token it is; sets upstream's clock. Raises `AnswerError`."""
        return self._once(USER, Request(wire.USER), wire.parse_user)

    def every_group(self) -> dict[str, wire.Group]:
        """The groups whose links the token may see, by the names that tell them apart.

        Raises `AnswerError`.
        """
        return named(self._once(GROUPS, Request(wire.GROUPS), wire.parse_groups))

    def groups(self) -> list[wire.Group]:
        """Those of them that are counted: the chosen one, or all.

        Raises `AnswerError`, also where the chosen one is not there.
        """
        every = self.every_group()
        if not self.group:
            return list(every.values())
        if self.group not in every:
            raise AccessError(
                f"The account has no group “{self.group}”: choose another one, or all groups."
            )
        return [every[self.group]]

    def counted_groups(self) -> tuple[str, ...]:
        """The names of the groups that are counted, where there are several to choose from; else
        none. Raises `AnswerError`.
        """
        if self.group:
            return (self.group,)
        names = tuple(self.every_group())
        return names if len(names) > 1 else ()

    def of_scope(self, target: str) -> tuple[str, str]:
        """By what it is remembered that something holds for the groups that are counted."""
        return self.group, target

    def organizations(self) -> list[wire.Organization]:
        """The organizations and their plans. Raises `AnswerError`."""
        request = Request(wire.ORGANIZATIONS)
        return self._once(ORGANIZATIONS, request, wire.parse_organizations)

    def domains(self) -> tuple[str, ...]:
        """The branded short domains, whichever group is counted. Raises `AnswerError`."""
        return self._once(DOMAINS, Request(wire.BSDS), wire.parse_domains)

    def own_domains(self) -> tuple[str, ...]:
        """The branded short domains of what is counted: the chosen group's, where it has some of
        its own, else all. Raises `AnswerError`.
        """
        own = self.groups()[0].domains if self.group else ()
        return own or self.domains()

    def plan_limits(self) -> PlanLimits | None:
        """What the plan allows of the chosen group's organization, else of the first one; `None`
        without one. Raises `AnswerError`.
        """
        guids = [one.guid for one in self.organizations()]
        if not guids:
            return None
        chosen = [one.organization for one in self.groups()] if self.group else []
        guid = next((one for one in chosen if one in guids), guids[0])
        request = wire.plan_limits_request(guid)

        def ask() -> PlanLimits:
            limits = self.ask(request, wire.parse_plan_limits)
            return PlanLimits(limits, self.tally.calls)

        return self.facts.once(PLAN_LIMITS, guid, ask)

    def link(self, address: str) -> Link:
        """What upstream knows of a link, by any of its addresses. Raises `AnswerError`."""
        request = wire.link_request(address)
        return self.facts.once(
            LINK,
            address,
            lambda: self.facts.past_wall(
                LINK_WALL, address, lambda: self.ask(request, wire.parse_bitlink)
            ),
        )

    def _once(self, fact: Fact[None, T], request: Request, parse: Parse[T]) -> T:
        return self.facts.once(fact, None, lambda: self.ask(request, parse))

    def ask(self, request: Request, parse: Parse[T], log: RequestLog | None = None) -> T:
        """What `parse` makes of one answer; the call is noted in `log`. Raises `AnswerError`."""

        clock = self.tally.clock

        def read(answer: Answer) -> T:
            self.tally.add(1)
            value = parse(answer.path, answer.status, answer.body)
            nonlocal clock
            ours = self.own_now()
            clock = clock_of(clock, answer.date, ours, _reference(request, answer, ours))
            return value

        value = self.upstream.send(request, read)
        self.tally.clock = clock
        if log is not None:
            log.add(endpoint_name(request.path))
            ours = self.own_now()
            log.see(ours + clock.ahead, ours + clock.over, is_known=clock.is_known)
        return value

    def now(self) -> int:
        """Upstream's clock as far as it is known and believed [epoch s]."""
        return self.own_now() + self.tally.clock.ahead

    def own_now(self) -> int:
        """This machine's clock [epoch s]."""
        return int(self.clock())

    def month(self) -> Month | None:
        """The calls of this month, by upstream's own count and what was asked since then."""
        try:
            found = self.plan_limits()
        except AnswerError:
            return None
        if found is None:
            return None
        return month_of(found.limits, self.tally.calls - found.calls_before)


def named(groups: list[wire.Group]) -> dict[str, wire.Group]:
    """Groups by their names as one line each; by its id where a name is not alone, or is none."""
    names = [one_line(group.name)[:_LONGEST_NAME].strip() for group in groups]
    return {
        name if name and names.count(name) == 1 else group.guid: group
        for name, group in zip(names, groups, strict=True)
    }


def _reference(request: Request, answer: Answer, ours: int) -> int | None:
    """From when an answer says that it counted back, where it was asked up to now [epoch s].

    It is looked for only where the clocks do not show the same time.
    """
    names = {name for name, _ in request.params}
    if abs(answer.date - ours) <= SAME_TIME or "units" not in names or "unit_reference" in names:
        return None
    return wire.parse_reference(answer.path, answer.status, answer.body)


def endpoint_name(path: str) -> str:
    """An endpoint without the ids in its path: `/v4/bitlinks/…/clicks`.

    An address with its ids says too much in a list of endpoints, and is one a link too many.
    """
    parts = path.split("/")
    if len(parts) > 3 and parts[2] in ("groups", "organizations"):
        parts[3] = "…"
    if len(parts) > 4 and parts[2] == "bitlinks":
        parts[3:5] = ["…"]
    return "/".join(parts)


def month_of(limits: Sequence[wire.Limit], since: int = 0) -> Month | None:
    """The month's calls among a plan's limits, less the calls made `since` upstream counted."""
    found = next((limit for limit in limits if _is_of_calls(limit.name)), None)
    return None if found is None else Month(found.limit, max(found.limit - found.used - since, 0))


def _is_of_calls(name: str) -> bool:
    """Whether a limit is that of a month's calls. Its name was never recorded: `api_calls`, or
    words like "API requests".
    """
    words = name.lower()
    return "api" in words and any(word in words for word in ("call", "request", "usage"))
