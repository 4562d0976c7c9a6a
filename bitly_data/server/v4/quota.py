"""The calls of one account, counted by minute, hour and month.

An hour is ten times a minute, and both hold for each endpoint, as Bitly's page on rate limits says;
the month's calls are all calls together (docs/upstream/v4.md, on limits).
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

from bitly_data.server.v4.policy import V4Policy
from bitly_data.server.words import HOUR_SECONDS, MINUTE_SECONDS


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
            if _is_reached(policy.calls_per_minute, minute[endpoint]) or _is_reached(
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


def _is_reached(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit
