"""One round of calls to a source: what they found, and how each of them went."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bitly_data import zones
from bitly_data.client import Client
from bitly_data.coverage import covered_text
from bitly_data.doctor.report import Report
from bitly_data.doctor.text import person_text
from bitly_data.errors import BitlyError
from bitly_data.settings import DEMO, REMOTE
from bitly_data.sources.check import FAILED, NOT_ASKED, OK, WALL, Findings, Health, Parse, one_line
from bitly_data.transport.client import Answer
from bitly_data.transport.request import Request
from bitly_data.transport.retry import RetryPolicy

T = TypeVar("T")

# A check is watched by somebody, and a dozen calls follow each other.
PATIENCE = RetryPolicy(
    tries=1, connect_seconds=5.0, try_seconds=10.0, request_seconds=15.0, budget_seconds=1.0
)
# What the clock of an answer shows that bears no date [epoch s].
NO_DATE = 0


@dataclass
class EndpointProbe:
    """A `Probe` of one client: each call is made once and timed, and the first to an endpoint is
    noted.

    `wall` is this machine's clock [epoch s], `timer` a monotonic one [s].
    """

    client: Client
    wall: Callable[[], float]
    timer: Callable[[], float]
    health: list[Health] = field(default_factory=list)
    clock_difference: int | None = None
    calls: int = 0
    seen: int = NO_DATE  # upstream's clock, as it was last seen [epoch s]

    def __post_init__(self) -> None:
        # Its clock is only used for answers without a date, which tell nothing of upstream's.
        self.upstream = replace(
            self.client.source.upstream, policy=PATIENCE, clock=lambda: float(NO_DATE)
        )
        if self.client.settings.kind != REMOTE:  # a server in this process shows its clock
            self._see(int(self.client.now))

    @property
    def now(self) -> int:
        """Upstream's clock as far as it is known, else ours [epoch s]."""
        return self.seen or int(self.wall())

    def ask(self, request: Request, parse: Parse[T], name: str | None = None) -> T | None:
        """What an endpoint answers, noted by its `name` (else its path); `None` if it does not."""
        value, health = self.attempt(request, parse, name or request.path)
        self.note(health)
        return value

    def attempt(self, request: Request, parse: Parse[T], name: str) -> tuple[T | None, Health]:
        """The same without noting it: how the endpoint is comes beside the answer."""
        began = self.timer()
        self.calls += 1

        def read(answer: Answer) -> T:
            if answer.date != NO_DATE:
                self._see(answer.date)
            return parse(answer.path, answer.status, answer.body)

        try:
            value = self.upstream.send(request, read)
        except BitlyError as problem:
            state = WALL if problem.status == 402 else FAILED
            return None, Health(name, state, self._since(began), one_line(problem.user_message))
        return value, Health(name, OK, self._since(began))

    def note(self, health: Health) -> None:
        """Keep how an endpoint is, if it is the first time that it is said."""
        if all(item.endpoint != health.endpoint for item in self.health):
            self.health.append(health)

    def leave_out(self, name: str, why: str) -> None:
        """Note an endpoint that is not asked."""
        self.note(Health(name, NOT_ASKED, None, why))

    def noted(self, name: str) -> Health:
        """What was noted of an endpoint that was asked or left out."""
        return next(item for item in self.health if item.endpoint == name)

    def _see(self, moment: int) -> None:
        if self.clock_difference is None:
            self.clock_difference = moment - int(self.wall())
        self.seen = moment

    def _since(self, began: float) -> int:
        return max(round((self.timer() - began) * 1000), 0)


def examine(
    client: Client,
    wall: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.perf_counter,
) -> Report:
    """Check a connection, in at most `client.source.check_cost.most` calls; no error ends it.

    `wall` is this machine's clock [epoch s], `timer` a monotonic one [s].
    """
    probe = EndpointProbe(client, wall, timer)
    checked_at = int(wall())
    return _report(client, probe, client.source.check(probe), checked_at)


def _report(client: Client, probe: EndpointProbe, found: Findings, checked_at: int) -> Report:
    """What the source found, beside who answers and what is kept."""
    settings, capabilities, log = client.settings, client.capabilities, client.log
    is_remote = settings.kind == REMOTE
    return Report(
        kind=settings.kind,
        why=settings.why,
        host=settings.account_label if is_remote else "in this process",
        api=capabilities.name,
        checked_at=checked_at,
        login=found.owner.login,
        name=found.owner.name,
        organizations=found.organizations,
        groups=found.groups,
        short_domains=found.short_domains,
        tracking_domains=found.tracking_domains,
        logins=found.logins,
        month=found.month,
        hourly=found.hourly,
        left=client.calls_left,
        windows=found.windows,
        # A local server's clicks never come into the file.
        archive=settings.archive if is_remote and found.keeps else None,
        archived=found.archived,
        archive_problems=_archive_problems(client),
        clock_difference=probe.clock_difference,
        timezone_release=zones.release(),
        timezone_database=zones.DATABASE.place,
        clicks=clicks_text(client),
        newest_click=None if log is None else log.newest_click,
        health=tuple(probe.health),
        parts=found.parts,
        calls=probe.calls,
        tells_limits=capabilities.tells_limits,
        keeps=found.keeps,
    )


def _archive_problems(client: Client) -> tuple[str, ...]:
    """What is wrong with the archive, looked through to its end."""
    if client.archive is None:
        return ()
    client.archive.find_damage()
    return client.archive_notices


def clicks_text(client: Client) -> str:
    """What the clicks of a local server are; empty for any other."""
    log = client.log
    if log is None:
        return ""
    if client.settings.kind == DEMO:
        return "The demo organization: made-up clicks, up to this very moment."
    return " ".join(filter(None, (covered_text(log.hours), log.whose, log.summary)))


def describe_account(client: Client) -> str:
    """Whose account it is and whether it answers, in one call. Raises `BitlyError`."""
    clicks = clicks_text(client)
    if clicks:
        return f"It opens. {clicks}"
    owner = client.source.owner(replace(client.source.upstream, policy=PATIENCE))
    if not owner.login:
        return "It works. The server does not say who the token belongs to."
    return f"It works: the token belongs to {person_text(owner)}."
