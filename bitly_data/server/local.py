"""A local server from its options: what it serves, when it thinks it is, and what its log holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bitly_data.server.app import create_app
from bitly_data.server.clock import checked_clock, parse_clock
from bitly_data.server.errors import ServerProblem
from bitly_data.server.logfile import BadLineNote
from bitly_data.server.store import ClickStore, Coverage, ImportReport, Organization
from bitly_data.server.store.intake import Progress, nobody_hears
from bitly_data.server.store.model import Ints
from bitly_data.server.v4 import Quota, V4Policy
from bitly_data.server.v4.plans import history_start

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# The newest click in the log, as a time for the clock.
LATEST: Final = "latest"


@dataclass(frozen=True)
class ServerOptions:
    """What a local server serves, and when it thinks it is.

    `clicks` are files, folders or globs of click logs; without any (and without a `store` that
    holds some) it is the demo organization. `store` is a file in which imported clicks stay.
    `accounts` are the organization's own logins; without any, all are.
    `now` stops the clock: an ISO 8601 time (UTC unless it says otherwise) or "latest", the newest
    click in the log; `None` is the machine's clock. `v4` are plan and habits of the v4 face; where
    the clock is stopped its limits per minute and hour do not hold, as such a minute never ends.
    """

    clicks: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    store: str | None = None
    now: str | None = None
    v4: V4Policy = field(default_factory=V4Policy)


def open_store(
    options: ServerOptions, now: float | None = None, on_progress: Progress = nobody_hears
) -> tuple[ClickStore, ImportReport]:
    """The store that the options name, filled, and what was read to fill it.

    `now` [epoch s] is how far the demo goes (`None`: the machine's clock). `on_progress` hears
    which file is read, and how many clicks came in so far. Raises `ServerProblem`.
    """
    store = ClickStore(options.store)
    try:
        report = store.import_paths(options.clicks, on_progress)
        store.add_tracking_domains(options.tracking_domains)
        store.name_accounts(options.accounts)
        if not options.clicks:
            _fill_without_log(store, options, time.time() if now is None else now)
    except BaseException:
        store.close()
        raise
    return store, report


def _fill_without_log(store: ClickStore, options: ServerOptions, now: float) -> None:
    if options.store is None:
        store.fill_demo(now)
    elif store.coverage().first is None:
        # The demo would stay in the file and mix with whatever is imported later.
        raise ServerProblem(f"The store {options.store!r} is empty: name a click log to fill it.")


@dataclass(frozen=True, eq=False)
class LogFacts:
    """What whoever shows a local server's clicks has to say about the log they come from.

    `hours` are the covered UTC hours (int64[n], epoch // 3600, ascending, not to be written to);
    `whole` says that all time is covered, whatever `hours` says, as the demo's is. `now` is the
    server's clock, and `newest_click` the newest click by it, `None` without one [epoch s].

    `whose` says on whose links the clicks are; all of them belong to the organization.
    `summary` says in one sentence what was read, and is empty where nothing was; `bad_lines` are
    the first lines that could not be read, `bad_count` is how many there are in all, and
    `has_problems` says that anything was not read.
    """

    hours: Ints
    whole: bool
    now: int
    newest_click: int | None
    whose: str
    summary: str
    bad_lines: tuple[BadLineNote, ...]
    bad_count: int
    has_problems: bool
    is_demo: bool


class LocalBitly:
    """A local server ready to be asked, in this process (`app`) or over a port (`serve`)."""

    def __init__(
        self,
        store: ClickStore,
        report: ImportReport,
        clock: Callable[[], float],
        token: str | None = None,
        v4: V4Policy | None = None,
    ) -> None:
        self.store = store
        self.report = report
        self.v4 = V4Policy() if v4 is None else v4
        self.quota = Quota(self.v4)  # v4's calls so far
        self.app: WSGIApplication = create_app(
            store, clock=clock, token=token, v4_policy=self.v4, quota=self.quota
        )
        self._clock = clock

    @classmethod
    def open(
        cls,
        options: ServerOptions,
        token: str | None = None,
        clock: Callable[[], float] = time.time,
        on_progress: Progress = nobody_hears,
    ) -> LocalBitly:
        """Open what the options name. With a `token` only that access token will do.
        `on_progress` hears which file is read, and how many clicks came in so far.

        Raises `ServerProblem` for a path, store, domain or time that cannot be used.
        """
        fixed = None if options.now is None or options.now == LATEST else parse_clock(options.now)
        now = checked_clock(clock()) if fixed is None else fixed
        store, report = open_store(options, now, on_progress)
        if options.now == LATEST and not store.is_demo:  # the demo's newest click is always now
            fixed = store.newest_click()
            if fixed is None:
                store.close()
                raise ServerProblem(
                    "There is no latest click to stop the clock at: the click log has no clicks."
                )
        if fixed is None:
            return cls(store, report, clock, token, options.v4)
        stopped = float(fixed)
        return cls(
            store,
            report,
            lambda: stopped,
            token,
            replace(options.v4, calls_per_minute=None, calls_per_hour=None),
        )

    @property
    def is_demo(self) -> bool:
        """Whether the clicks are those of the demo organization."""
        return self.store.is_demo

    def clock(self) -> float:
        """The time of this server [epoch s]."""
        return self._clock()

    def coverage(self) -> Coverage:
        """For which time the clicks are known."""
        return self.store.coverage()

    def newest_click(self) -> int | None:
        """The newest click there is by this server's clock [epoch s]."""
        return self.store.newest_click(int(self.clock()))

    def clicked(self, *, by_v4: bool) -> Ints:
        """The quarters of an hour with clicks that a face answers for: int64[n], their starts
        [epoch s], ascending. No zone's hours begin elsewhere since Bitly is there.

        By v3 these are all clicks, by v4 those on own links, as far back as the plan goes.
        """
        now = int(self.clock())
        since = history_start(self.v4.bought, "day", now) if by_v4 else 0
        selection = (
            self.store.clicks_of_accounts(self.store.organization.accounts)
            if by_v4
            else self.store.organization_clicks()
        )
        starts, _ = self.store.count_by(selection, since, now + 1, width=15 * 60, offset=0)
        return starts[::-1]

    def log_facts(self) -> LogFacts:
        """What there is to say of the log by this server's clock."""
        coverage, report, now = self.coverage(), self.report, int(self.clock())
        coverage.hours.flags.writeable = False
        return LogFacts(
            hours=coverage.hours,
            whole=coverage.whole,
            now=now,
            newest_click=self.store.newest_click(now),
            whose=_whose_text(self.store.organization),
            summary=report.summary() if report.files else "",
            bad_lines=tuple(report.bad_lines()),
            bad_count=report.bad_count,
            has_problems=report.has_problems,
            is_demo=self.is_demo,
        )

    def close(self) -> None:
        """Let go of the store; nothing can be asked afterwards."""
        self.store.close()


def _whose_text(organization: Organization) -> str:
    """On whose links the clicks are, and which of the named accounts have none."""
    if not organization.named:
        return "Every click counts as the organization's own, as no account of it is named."
    clicks, others = organization.clicks, organization.others_clicks
    text = (
        f"{others:,} of the log's {clicks:,} click{'' if clicks == 1 else 's'} "
        f"{'is' if others == 1 else 'are'} on links of others; every click counts as the "
        "organization's by v3, and by v4 those on its own links."
    )
    absent = organization.accounts_without_clicks
    return f"{text} No click is on a link of {', '.join(absent)}." if absent and clicks else text
