"""The words of time that Bitly's two APIs know, and how long each is.

The server is a Bitly of its own: these are Bitly's words (docs/upstream/v3.md and v4.md, on units),
not the dashboard's. What the dashboard learns to show changes nothing that is answered here. The
calendar's arithmetic (`bitly_data.buckets`) is used beside them, its words are not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

MINUTE_SECONDS: Final = 60
HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 86_400

V3_LINK_UNITS: Final = ("minute", "hour", "day", "week", "month")
# v3's page on the organization's clicks has all of them but minutes.
V3_ORGANIZATION_UNITS: Final = ("hour", "day", "week", "month")
V4_UNITS: Final = ("minute", "hour", "day", "week", "month")

# The units that are equally long wherever the offset from UTC stays; a month never is [s].
SECONDS: Final = {
    "minute": MINUTE_SECONDS,
    "hour": HOUR_SECONDS,
    "day": DAY_SECONDS,
    "week": 7 * DAY_SECONDS,
}
# How many days a unit that is put together from days has at most.
MOST_DAYS: Final = {"week": 7, "month": 31}

# The first day of a week, counted as Python counts: v3's weeks begin on Sunday.
MONDAY, SUNDAY = 0, 6
DAYS_OF_A_WEEK: Final = 7

# The times that can be asked for [epoch s]: none before 1970, and Python's calendar, which ends
# with the year 9999, needs room after them for buckets and offsets.
EARLIEST: Final = 0
LATEST: Final = int(datetime(9998, 1, 1, tzinfo=UTC).timestamp())


def counted_width(unit: str) -> int:
    """The width of the store's counts that a unit is made of [s]: weeks and months are of days."""
    return SECONDS[unit] if unit in ("minute", "hour") else DAY_SECONDS
