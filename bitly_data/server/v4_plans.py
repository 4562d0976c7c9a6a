"""What an account of Bitly's v4 may do: plans, the habits of an answer, and the calls counted.

The plans are those of Bitly's price list of August 2026 (an enterprise's number of calls is a
matter of contract; the one here is large enough not to matter). Growth's "4 months" are the 134
days that a Growth account got in October 2025. An hour is ten times a minute, and both hold for
each endpoint, as Bitly's page on rate limits says; the month's calls are all calls together.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bitly_data.buckets import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, MONDAY, WEEKDAYS
from bitly_data.server.store import ServerProblem

SPARSE, DENSE = ZERO_DAYS = ("sparse", "dense")
EPOCH, ISO = GROUP_TS = ("epoch", "iso")
NEWEST, OLDEST = GROUP_ORDER = ("newest", "oldest")


@dataclass(frozen=True)
class Plan:
    """What an account has paid for.

    `history_days` are the UTC days, today's among them, for which clicks can be asked, and
    `history_hours` the hours for which they can be asked by the hour (`None`: as many as there
    are in those days). The walls say which endpoints answer at all; `groups` is how many groups
    an organization is divided into.
    """

    name: str
    history_days: int
    calls_per_month: int
    history_hours: int | None = None
    group_clicks: bool = True
    custom_bitlinks: bool = True
    tells_limit: bool = False  # says so where a reference lies before the history
    groups: int = 1


PLANS: Final = {
    plan.name: plan
    for plan in (
        Plan(
            "free",
            30,
            1_000,
            history_hours=24,
            group_clicks=False,
            custom_bitlinks=False,
            tells_limit=True,
        ),
        Plan("core", 30, 5_000, group_clicks=False, custom_bitlinks=False),
        Plan("growth", 134, 25_000, custom_bitlinks=False),
        Plan("premium", 365, 50_000),
        Plan("enterprise", 730, 1_000_000, groups=2),
    )
}


@dataclass(frozen=True)
class V4Policy:
    """What one server decides for itself where v4's record tells of several ways, or of none.

    `plan` is a name in `PLANS`. `zero_days` says whether a series has the buckets without a click
    (`dense`, as in 2025) or not (`sparse`, as until 2020); with it goes how `units=-1` is echoed.
    `group_ts` is how a group's series writes times: `iso` like all others, or `epoch` seconds as
    text; `group_order` which of its buckets comes first. `week_start` is the first day of a week.

    `calls_used` are the calls of the month that the first call falls in, made before it. The
    limits per minute and hour hold for each endpoint, and `None` is no limit; `calls_per_month`
    replaces the plan's. Raises `ServerProblem` for a word or a number that is none of these.
    """

    plan: str = "enterprise"
    zero_days: str = DENSE
    group_ts: str = ISO
    group_order: str = NEWEST
    week_start: int = MONDAY
    calls_used: int = 0
    calls_per_minute: int | None = 100
    calls_per_hour: int | None = 1000
    calls_per_month: int | None = None

    def __post_init__(self) -> None:
        for value, words in (
            (self.plan, PLANS),
            (self.zero_days, ZERO_DAYS),
            (self.group_ts, GROUP_TS),
            (self.group_order, GROUP_ORDER),
        ):
            if value not in words:
                raise ServerProblem(f"{value!r} is none of {', '.join(words)}.")
        if self.week_start not in range(len(WEEKDAYS)):
            raise ServerProblem(f"{self.week_start!r} is no day of the week: 0 is Monday.")
        numbers = (
            self.calls_used,
            self.calls_per_minute,
            self.calls_per_hour,
            self.calls_per_month,
        )
        if any(number is not None and number < 0 for number in numbers):
            raise ServerProblem("There are no fewer calls than none.")

    @property
    def bought(self) -> Plan:
        return PLANS[self.plan]

    @property
    def month_limit(self) -> int:
        """How many calls a month has."""
        return self.bought.calls_per_month if self.calls_per_month is None else self.calls_per_month


class Quota:
    """The calls of one account by the server's clock; safe from any thread.

    Minutes, hours and months are those of the clock (UTC), not the last sixty seconds. A call that
    is refused here is not counted.
    """

    def __init__(self, policy: V4Policy) -> None:
        self._policy = policy
        self._lock = threading.Lock()
        self._month: tuple[int, int] | None = None
        self._used = policy.calls_used
        self._minute: tuple[int, Counter[str]] = (-1, Counter())
        self._hour: tuple[int, Counter[str]] = (-1, Counter())

    def take(self, endpoint: str, now: float) -> str | None:
        """Count one call at `now` [epoch s], or say by which of Bitly's messages it is refused."""
        policy = self._policy
        with self._lock:
            self._turn(now)
            minute, hour = self._minute[1], self._hour[1]
            if self._used >= policy.month_limit:
                return "API_USAGE_LIMIT_EXCEEDED"
            if _reached(policy.calls_per_minute, minute[endpoint]) or _reached(
                policy.calls_per_hour, hour[endpoint]
            ):
                return "RATE_LIMIT_EXCEEDED"
            self._used += 1
            minute[endpoint] += 1
            hour[endpoint] += 1
        return None

    def used_in_month(self, now: float) -> int:
        """The calls counted in the month of `now` [epoch s]."""
        with self._lock:
            self._turn(now)
            return self._used

    def used_in_hour(self, now: float) -> dict[str, int]:
        """The calls counted in the hour of `now` [epoch s], by endpoint."""
        with self._lock:
            self._turn(now)
            return dict(self._hour[1])

    def _turn(self, now: float) -> None:
        """Begin what has begun since the last call."""
        moment = datetime.fromtimestamp(now, UTC)
        month = (moment.year, moment.month)
        if self._month is not None and month != self._month:
            self._used = 0
        self._month = month
        minute, hour = int(now // MINUTE_SECONDS), int(now // HOUR_SECONDS)
        if minute != self._minute[0]:
            self._minute = (minute, Counter())
        if hour != self._hour[0]:
            self._hour = (hour, Counter())


def _reached(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit


def history_start(plan: Plan, unit: str, now: int) -> int:
    """From when on clicks can be asked in buckets of a unit [epoch s].

    Minutes reach back an hour on every plan, as they did in v3.
    """
    if unit == "minute":
        return now // MINUTE_SECONDS * MINUTE_SECONDS - HOUR_SECONDS + MINUTE_SECONDS
    if unit == "hour" and plan.history_hours is not None:
        return now // HOUR_SECONDS * HOUR_SECONDS - (plan.history_hours - 1) * HOUR_SECONDS
    return max(now // DAY_SECONDS * DAY_SECONDS - (plan.history_days - 1) * DAY_SECONDS, 0)
