"""What a check of a source is made of: the round of calls that it is given, and what it finds.

Which endpoints there are to ask, and in which order, is known to each source alone; how a call is
made, timed and noted is the same for all, and comes as a `Probe`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bitly_data.sources.fetch_plan import Month
from bitly_data.transport.client import HttpClient
from bitly_data.transport.request import Request

T = TypeVar("T")
Parse = Callable[[str, int, bytes], T]

OK, WALL, FAILED, NOT_ASKED = "ok", "not in the plan", "no answer", "not asked"
GROUP, ORGANIZATION = "group", "organization"
# So many groups, and so many organizations, are asked; each takes a call.
MOST_PARTS = 10
NO_LINK = "Not asked, as no link is known."


@dataclass(frozen=True)
class Health:
    """How one endpoint is: its state, how long its answer took, and what is wrong in a sentence.

    `milliseconds` is `None` where it was not asked.
    """

    endpoint: str
    state: str
    milliseconds: int | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Part:
    """A group or an organization of the account, and how its own endpoint is: a group's series,
    an organization's limits.

    The fields are those of `Health`; `month` is an organization's.
    """

    kind: str
    name: str
    state: str
    milliseconds: int | None = None
    sentence: str = ""
    month: Month | None = None


@dataclass(frozen=True)
class Window:
    """How far back clicks can be had in a unit: from `start` [epoch s] on, `count` of them.

    `whole`: nothing of what was asked for was cut off, so there may be more.
    """

    unit: str
    start: int
    count: int
    whole: bool = False

    @property
    def text(self) -> str:
        many = f"{self.count:,} {self.unit}{'' if self.count == 1 else 's'}"
        return f"{many} or more" if self.whole else many


@dataclass(frozen=True)
class EndpointUse:
    """The calls that an endpoint allows an hour, and how many are used, by upstream's count."""

    name: str
    limit: int
    used: int


@dataclass(frozen=True)
class Owner:
    """Whose token it is; empty where upstream does not say."""

    login: str = ""
    name: str = ""


@dataclass(frozen=True)
class CheckCost:
    """What a check of `one` group and organization costs at most, and what any does [calls]."""

    one: int
    most: int


@dataclass(frozen=True)
class Findings:
    """What a source's check finds beside how each endpoint is.

    Texts of upstream are single lines; what it did not say is empty. `parts` are the groups and
    organizations that were asked, `month` is that of the first organization. `windows` is by day,
    and by hour where that differs. `hourly` are the endpoints of which something is used.
    `keeps`: the source keeps finished buckets; `archived` counts those of the account, `None`
    where it is not known whose they are.
    """

    owner: Owner = Owner()
    organizations: tuple[tuple[str, str], ...] = ()  # name, plan
    groups: tuple[str, ...] = ()
    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    month: Month | None = None
    hourly: tuple[EndpointUse, ...] = ()
    windows: tuple[Window, ...] = ()
    parts: tuple[Part, ...] = ()
    keeps: bool = False
    archived: int | None = None


class Probe(Protocol):
    """A round of calls: each is made once, timed, and noted with what came of it.

    `now` is upstream's clock as far as an answer has told it [epoch s], `calls` is how many were
    made.
    """

    @property
    def now(self) -> int: ...
    @property
    def calls(self) -> int: ...

    def ask(self, request: Request, parse: Parse[T], name: str | None = None) -> T | None:
        """What an endpoint answers, noted by its `name` (else its path); `None` if it does not."""

    def attempt(self, request: Request, parse: Parse[T], name: str) -> tuple[T | None, Health]:
        """The same without noting it: how the endpoint is comes beside the answer."""

    def note(self, health: Health) -> None:
        """Keep how an endpoint is, if it is the first time that it is said."""

    def leave_out(self, name: str, why: str) -> None:
        """Note an endpoint that is not asked."""

    def noted(self, name: str) -> Health:
        """What was noted of an endpoint that was asked or left out."""


def answer_of(upstream: HttpClient, request: Request, parse: Parse[T]) -> T:
    """What `parse` makes of one answer. Raises `AnswerError`."""
    return upstream.send(request, lambda answer: parse(answer.path, answer.status, answer.body))


def one_line(text: str) -> str:
    """Somebody else's words as one line that a terminal can print."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
