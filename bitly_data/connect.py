"""From settings to somebody who answers: the local server in this process, or one over the wire."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from bitly_data.archive import AccountArchive, Archive
from bitly_data.errors import QuestionError
from bitly_data.server import LocalBitly, ServerOptions, ServerProblem, V4Policy
from bitly_data.settings import BITLY_URL, DEMO, REMOTE, V4, Settings
from bitly_data.sources.budget import Budget, Left
from bitly_data.sources.http import LOCAL_URL, Upstream, new_session, new_turns
from bitly_data.sources.retry import RetryPolicy
from bitly_data.sources.source import V3Source
from bitly_data.sources.v4_source import V4Source

# The local server asks for some token, as Bitly did; in this process any will do.
LOCAL_TOKEN = "local"  # noqa: S105 - not a secret
# How patiently a server is asked.
POLICY = RetryPolicy()


@dataclass(frozen=True)
class Connection:
    """A source that is ready to be asked, and the local server behind it if there is one."""

    settings: Settings
    source: V3Source | V4Source
    local: LocalBitly | None

    @property
    def calls_left(self) -> Left | None:
        """What is left of the account's calls; `None`: they are not counted."""
        budget = self.source.upstream.budget
        return None if budget is None else budget.left()

    @property
    def newest_click(self) -> int | None:
        """Where a click log's range ends by default [epoch s]; `None`: now."""
        if self.local is None or self.settings.kind == DEMO:
            return None
        return self.local.newest_click()


def connect(
    settings: Settings, budget: Budget | None = None, turns: threading.Semaphore | None = None
) -> Connection:
    """Open the source that the settings name.

    `budget` is the account's, and `turns` are those of the server's host, where several
    connections share them; the local server needs none.
    Raises `QuestionError` if a click log cannot be opened.
    """
    if settings.kind == REMOTE:
        upstream = Upstream(
            settings.base_url or BITLY_URL,
            settings.token,
            new_session(),
            policy=POLICY,
            bearer=settings.api == V4,
            budget=budget or Budget(settings.calls_per_minute, settings.calls_per_hour),
            turns=turns or new_turns(),
        )
        return Connection(settings, _source(settings, upstream), None)
    try:
        local = LocalBitly.open(
            ServerOptions(
                clicks=settings.click_log,
                tracking_domains=settings.tracking_domains,
                now=settings.now,
                v4=V4Policy(settings.plan, calls_per_minute=None, calls_per_hour=None),
            ),
            clock=time.time,
        )
    except ServerProblem as problem:
        raise QuestionError(str(problem)) from None
    upstream = Upstream(
        LOCAL_URL, LOCAL_TOKEN, new_session(local.app), clock=local.clock, bearer=settings.api == V4
    )
    return Connection(settings, _source(settings, upstream), local)


def _source(settings: Settings, upstream: Upstream) -> V3Source | V4Source:
    if settings.api != V4:
        return V3Source(
            upstream,
            settings.account_label,
            endpoint=settings.endpoint,
            wire=settings.wire,
            clock=upstream.clock,
        )
    # A local server's clicks are its own: they never come into the file of a real account.
    archive = Archive(settings.archive if settings.kind == REMOTE else None)
    host = urlsplit(upstream.base_url).netloc

    def keep(account: str) -> AccountArchive:
        return archive.of_account(f"{host}/{account}")

    return V4Source(
        upstream, settings.account_label, keep, settings.tracking_domains, clock=upstream.clock
    )
