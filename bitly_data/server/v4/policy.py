"""The plan of a server's account and the habits of its answers."""

from __future__ import annotations

from dataclasses import dataclass

from bitly_data.server.errors import ServerProblem
from bitly_data.server.v4.plans import PLANS, Plan
from bitly_data.server.words import DAYS_OF_A_WEEK, MONDAY

SPARSE, DENSE = ZERO_DAYS = ("sparse", "dense")
EPOCH, ISO = GROUP_TS = ("epoch", "iso")
NEWEST, OLDEST = GROUP_ORDER = ("newest", "oldest")


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
                raise ServerProblem(f"{value!r} cannot be used: choose one of {', '.join(words)}.")
        if self.week_start not in range(DAYS_OF_A_WEEK):
            raise ServerProblem(
                f"{self.week_start!r} is not a day of the week: choose 0 (Monday) to 6 (Sunday)."
            )
        numbers = (
            self.calls_used,
            self.calls_per_minute,
            self.calls_per_hour,
            self.calls_per_month,
        )
        if any(number is not None and number < 0 for number in numbers):
            raise ServerProblem("A number of calls cannot be less than zero.")

    @property
    def bought(self) -> Plan:
        return PLANS[self.plan]

    @property
    def month_limit(self) -> int:
        """How many calls a month has."""
        return self.bought.calls_per_month if self.calls_per_month is None else self.calls_per_month
