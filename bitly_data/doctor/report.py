"""What a check found, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from bitly_data.sources.check import FAILED, EndpointUse, Health, Part, Window
from bitly_data.sources.fetch_plan import Month
from bitly_data.transport.rate_limit import Left


@dataclass(frozen=True)
class Report:
    """What a check found. Texts of upstream are single lines; what it did not say is empty.

    `parts` are the groups and organizations that were asked, `month` is that of the first
    organization. `windows` is by day, and by hour where that differs. `clock_difference` is
    upstream's clock less ours [s], `None` where no answer bore a date. `timezone_release` is that
    of the time zone database, and `timezone_database` says whose it is. `archived` counts the kept
    buckets of the account; `None` where nothing is kept, or it is not known whose they are.
    `archive_problems` are sentences: what is not kept and why, who else may read the file.

    `tells_limits`: the API says how far back clicks can be had, and how many calls a month has.
    `keeps`: finished buckets of the account are kept.
    """

    kind: str
    why: str
    host: str
    api: str
    checked_at: int
    login: str = ""
    name: str = ""
    organizations: tuple[tuple[str, str], ...] = ()  # name, plan
    groups: tuple[str, ...] = ()
    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    month: Month | None = None
    hourly: tuple[EndpointUse, ...] = ()  # those of which something is used
    left: Left | None = None
    windows: tuple[Window, ...] = ()
    archive: str | None = None
    archived: int | None = None
    archive_problems: tuple[str, ...] = ()
    clock_difference: int | None = None
    timezone_release: str = ""
    timezone_database: str = ""
    clicks: str = ""  # what a local server's clicks are
    newest_click: int | None = None
    health: tuple[Health, ...] = ()
    parts: tuple[Part, ...] = ()
    calls: int = 0
    tells_limits: bool = False
    keeps: bool = False

    @property
    def is_healthy(self) -> bool:
        """Whether everything answers; that a plan lacks something is an answer, too."""
        states = [item.state for item in self.health] + [item.state for item in self.parts]
        return FAILED not in states
