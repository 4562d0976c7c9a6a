"""Whose token it is and what it may: the account behind Bitly v4, and each call made for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bitly_data.errors import AccessError, AnswerError, NotFoundError
from bitly_data.sources.fetch_plan import Month
from bitly_data.sources.v4 import wire
from bitly_data.transport.client import Answer, HttpClient
from bitly_data.transport.request import Request
from bitly_data.transport.ttl_cache import TTLCache

T = TypeVar("T")

# Whose token it is, its groups and its limits hardly ever change [s].
ACCOUNT_SECONDS = 3600.0
# What an endpoint answers that the plan does not have, or that is not there.
WALLS = (402, 403, 404)


@dataclass
class Talk:
    """The requests that one question takes, and what they said on the way.

    `endpoints` are all that its numbers come from, those whose answers were kept included.
    """

    now: int  # upstream's clock [epoch s]
    requests: int = 0
    endpoints: list[str] = field(default_factory=list)
    last: str = ""  # the endpoint asked last
    echoed: dict[str, str] = field(default_factory=dict)
    listed: int = 0  # clicks that lists name in buckets which they do not show in full
    notes: list[str] = field(default_factory=list)

    def asked(self, path: str) -> None:
        """Note a request."""
        self.requests += 1
        self.last = self.names(path)

    def names(self, path: str) -> str:
        """Note an endpoint; its name, as an address with its ids says too much in a list of
        endpoints, and one a link too many.
        """
        name = endpoint_name(path)
        if name not in self.endpoints:
            self.endpoints.append(name)
        return name


@dataclass(frozen=True)
class V4Account:
    """The account that a token belongs to, as Bitly v4 tells of it.

    `account` is how it is shown, `clock` this machine's [epoch s]. What is asked here is
    remembered for `ACCOUNT_SECONDS`.
    """

    upstream: HttpClient
    account: str
    clock: Callable[[], float] = field(default=time.time, kw_only=True)
    memory: TTLCache = field(
        default_factory=lambda: TTLCache(time.monotonic), repr=False, kw_only=True
    )

    def user(self) -> wire.User:
        """Whose token it is; sets upstream's clock. Raises `AnswerError`."""
        return self._account_call("user", Request(wire.USER, ()), wire.parse_user)

    def groups(self) -> list[wire.Group]:
        """The groups whose links the token may see. Raises `AnswerError`."""
        return self._account_call("groups", Request(wire.GROUPS, ()), wire.parse_groups)

    def organizations(self) -> list[wire.Organization]:
        """The organizations and their plans. Raises `AnswerError`."""
        return self._account_call(
            "organizations", Request(wire.ORGANIZATIONS, ()), wire.parse_organizations
        )

    def domains(self) -> tuple[str, ...]:
        """The branded short domains. Raises `AnswerError`."""
        return self._account_call("domains", Request(wire.BSDS, ()), wire.parse_domains)

    def plan_limits(self) -> list[wire.Limit]:
        """What the plan of the first organization allows. Raises `AnswerError`."""
        found = self.organizations()
        if not found:
            return []
        request = wire.plan_limits_request(found[0].guid)

        def ask() -> list[wire.Limit]:
            limits = self.ask(request, wire.parse_plan_limits)
            self.memory.put("sent at plan limits", self._sent())
            return limits

        return self.memory.once("plan limits", ACCOUNT_SECONDS, ask)

    def platform_limits(self) -> list[wire.Limit]:
        """What each endpoint allows an hour. Raises `AnswerError`."""
        return self._account_call(
            "platform limits", Request(wire.PLATFORM_LIMITS, ()), wire.parse_platform_limits
        )

    def past_wall(self, key: Hashable, ask: Callable[[], T]) -> T:
        """What `ask` gives. A plan's refusal is remembered by `key` and raised again: it is a call
        as well, so it is asked for once.
        """
        wall: AnswerError | None = self.memory.get(key, ACCOUNT_SECONDS)
        if wall is not None:
            # Each raising adds to an error's traceback, with all that its frames hold.
            raise wall.with_traceback(None)
        try:
            return ask()
        except AnswerError as problem:
            if is_wall(problem):
                self.memory.put(key, problem)
            raise

    def now(self) -> int:
        """Upstream's clock as far as it is known [epoch s]."""
        return int(self.clock()) + int(self.memory.get("skew", float("inf")) or 0)

    def _account_call(self, key: str, request: Request, parse: Callable[[str, int, bytes], T]) -> T:
        return self.memory.once(key, ACCOUNT_SECONDS, lambda: self.ask(request, parse))

    def ask(
        self, request: Request, parse: Callable[[str, int, bytes], T], talk: Talk | None = None
    ) -> T:
        """What `parse` makes of one answer; the call is noted in `talk`. Raises `AnswerError`."""

        def read(answer: Answer) -> T:
            self.memory.add("sent", 1)
            value = parse(answer.path, answer.status, answer.body)
            self.memory.put("skew", answer.date - int(self.clock()))
            return value

        value = self.upstream.send(request, read)
        if talk is not None:
            talk.asked(request.path)
            talk.now = self.now()
        return value

    def month(self) -> Month | None:
        """The calls of this month, by upstream's own count and what was asked since then."""
        try:
            limits = self.plan_limits()
        except AnswerError:
            return None
        since = self._sent() - int(self.memory.get("sent at plan limits", ACCOUNT_SECONDS) or 0)
        return month_of(limits, since)

    def count_calls(self, calls: int) -> None:
        """Count calls of the month that somebody else made with this account's token."""
        self.memory.add("sent", calls)

    def _sent(self) -> int:
        return self.memory.add("sent", 0)


def endpoint_name(path: str) -> str:
    """An endpoint without the ids in its path: `/v4/bitlinks/…/clicks`."""
    parts = path.split("/")
    if len(parts) > 3 and parts[2] in ("groups", "organizations"):
        parts[3] = "…"
    if len(parts) > 4 and parts[2] == "bitlinks":
        parts[3:5] = ["…"]
    return "/".join(parts)


def is_wall(problem: AnswerError) -> bool:
    """Whether there may be another way to the same numbers. A rate limit may be a 403, too."""
    return problem.status in WALLS and isinstance(problem, AccessError | NotFoundError)


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
