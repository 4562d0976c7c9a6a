"""The plans of an account of Bitly's v4: how far back, how many calls, and what lies behind a wall.

They are those of Bitly's price list of August 2026 (docs/upstream/v4.md, on plans; an enterprise's
numbers of calls, links and codes are a matter of contract, and those here are large enough not to
matter). Growth's "4 months" are the 134 days that a Growth account got in October 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bitly_data.server.words import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS


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
    links_per_month: int
    codes_per_month: int
    history_hours: int | None = None
    group_clicks: bool = True
    custom_bitlinks: bool = True
    cities_and_devices: bool = True
    webhooks: bool = False
    tells_limit: bool = False  # says so where a reference lies before the history
    groups: int = 1


PLANS: Final = {
    plan.name: plan
    for plan in (
        Plan(
            "free",
            30,
            1_000,
            5,
            2,
            history_hours=24,
            group_clicks=False,
            custom_bitlinks=False,
            cities_and_devices=False,
            tells_limit=True,
        ),
        Plan(
            "core",
            30,
            5_000,
            100,
            5,
            group_clicks=False,
            custom_bitlinks=False,
            cities_and_devices=False,
        ),
        Plan("growth", 134, 25_000, 500, 10, custom_bitlinks=False, cities_and_devices=False),
        Plan("premium", 365, 50_000, 3_000, 200),
        Plan("enterprise", 730, 1_000_000, 1_000_000, 1_000_000, webhooks=True, groups=2),
    )
}


def history_start(plan: Plan, unit: str, now: int) -> int:
    """From when on clicks can be asked in buckets of a unit [epoch s].

    Minutes reach back an hour on every plan, as they did in v3.
    """
    if unit == "minute":
        return now // MINUTE_SECONDS * MINUTE_SECONDS - HOUR_SECONDS + MINUTE_SECONDS
    if unit == "hour" and plan.history_hours is not None:
        return now // HOUR_SECONDS * HOUR_SECONDS - (plan.history_hours - 1) * HOUR_SECONDS
    return max(now // DAY_SECONDS * DAY_SECONDS - (plan.history_days - 1) * DAY_SECONDS, 0)
