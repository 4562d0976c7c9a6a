"""Two click logs in a local server, counted once more, and the sources that read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counter import Counter, utc
from tiers import WITHOUT_SHARED
from views import USAGOV, USAGOV_ACCOUNTS, USAGOV_TRACKING

from bitly_data.archive import Archive
from bitly_data.demo import LOGINS, TRACKING_DOMAINS
from bitly_data.demo import write_log as write_demo
from bitly_data.server import LocalBitly, ServerOptions, V4Policy
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session


@dataclass(frozen=True)
class Log:
    """A click log in a local server, counted once more."""

    local: LocalBitly
    counter: Counter
    moments: tuple[int, ...]  # the newest click, and earlier ones [epoch s]
    foreign: str  # a link of somebody else

    def at(self, moment: int, plan: str, **habits: Any) -> LocalBitly:
        policy = V4Policy(plan, calls_per_minute=None, calls_per_hour=None, **habits)
        return LocalBitly(self.local.store, self.local.report, lambda: float(moment), v4=policy)


def open_log(
    paths: tuple[Path, ...],
    tracking: tuple[str, ...],
    accounts: tuple[str, ...],
    moments: tuple[str, ...],
) -> Log:
    counter = Counter(paths, tracking, 2**40, accounts)
    local = LocalBitly.open(
        ServerOptions(
            clicks=tuple(map(str, paths)),
            tracking_domains=tracking,
            accounts=accounts,
            now="latest",
        )
    )
    times = (int(counter.t[-1]), *map(utc, moments))
    foreign = str(counter.link[np.flatnonzero(~counter.own)[0]])
    return Log(local, counter, times, foreign)


@contextmanager
def demo_log(folder: Path) -> Iterator[Log]:
    """The demo's own log, written into a folder."""
    path = folder / "clicks.log"
    write_demo(str(path), utc("2026-11-24T09:41:27"))
    log = open_log(
        (path,), TRACKING_DOMAINS, LOGINS, ("2026-04-02T23:30:00", "2025-11-02T05:59:59")
    )
    yield log
    log.local.close()


@contextmanager
def usagov_log() -> Iterator[Log]:
    """The real log; what needs it is skipped where it is not there."""
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    # One is in the midst of clicks.
    log = open_log(
        tuple(sorted(USAGOV.glob("*.gz"))),
        USAGOV_TRACKING,
        USAGOV_ACCOUNTS,
        ("2013-03-15T00:12:00", "2013-01-13T12:00:00"),
    )
    yield log
    log.local.close()


def v3_of(local: LocalBitly) -> V3Source:
    return V3Source(
        HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock),
        "x",
        clock=local.clock,
    )


def v4_of(local: LocalBitly, archive: Archive | None = None) -> V4Source:
    return V4Source(
        HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock, bearer=True),
        "x",
        (archive or Archive()).of_account,
        clock=local.clock,
    )
