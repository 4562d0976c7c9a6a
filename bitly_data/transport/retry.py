"""When a request that failed is sent again, and when it is given up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bitly_data.errors import AnswerError, RateLimitError

# A hint that is longer than any of Bitly's windows (its months) is no hint.
_LONGEST_HINT = 31 * 24 * 3600.0
# Bitly began in July 2008; a clock that says less is none, and one that was stopped for a click log
# of old says more [epoch s].
_OLDEST_DATE = datetime(2008, 7, 1, tzinfo=UTC).timestamp()
# How far ahead of ours a server's clock is believed [s]: machines that keep their time differ by
# seconds, and what ends a bucket by one answer's date alone would keep what was still filling.
_FARTHEST_AHEAD = 300.0
# A machine whose clock says less than `_OLDEST_DATE` was never set; then the server's holds, up to
# some years after this was written [epoch s].
_LATEST_DATE = datetime(2036, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class RetryPolicy:
    """How often, how long and how patiently one request is tried; all times in seconds."""

    # One first try and three more: a passing fault is over by then, a lasting one should be said.
    tries: int = 4
    connect_seconds: float = 10.0
    # From the connection to the last byte, so that a body that comes a byte at a time ends as well.
    try_seconds: float = 30.0
    # All tries with their waits: nobody looks at a spinner for longer.
    request_seconds: float = 60.0
    # For a call of the account's budget; who waits longer is told so, and may come again.
    budget_seconds: float = 10.0
    first_wait: float = 0.5
    longest_wait: float = 8.0

    def wait(self, error: AnswerError, tried: int, spent: float, jitter: float) -> float | None:
        """How long to wait before the next try; `None`: the error is final.

        `tried` tries took `spent` [s] so far; `jitter` is between 0 and 1. An upstream that says
        when to come again is taken at its word; a rate limit without such a word is not tried
        again.
        """
        if not error.retryable or tried >= self.tries:
            return None
        if error.retry_after is not None:
            wait = error.retry_after
        elif isinstance(error, RateLimitError):
            return None
        else:
            # Spread over half as much again, so that many who failed together do not come
            # together again.
            wait = min(self.first_wait * 2 ** (tried - 1), self.longest_wait) * (1 + jitter / 2)
        return wait if spent + wait < self.request_seconds else None


def parse_retry_after(text: str | None, now: float) -> float | None:
    """What a Retry-After header asks for [s from now], given as seconds or as a date (RFC 9110).

    `None` without a header, and for one that is past, absurd or garbled. `now` is the server's
    clock [epoch s].
    """
    if not text:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        instant = _parse_date(text)
        if instant is None:
            return None
        seconds = instant - now
    return seconds if 0 < seconds <= _LONGEST_HINT else None


def parse_server_date(text: str | None, ours: float) -> int:
    """The server's clock as its Date header says it [epoch s].

    `ours` is that clock as far as we know it: it holds where the header is missing or garbled, or
    says what no server's clock can, or is more than some minutes ahead. One that is behind holds,
    as it ends nothing that is not over by ours as well (docs/decisions/0023).
    """
    instant = _parse_date(text or "")
    latest = ours + _FARTHEST_AHEAD if ours >= _OLDEST_DATE else _LATEST_DATE
    if instant is None or not _OLDEST_DATE <= instant <= latest:
        return int(ours)
    return int(instant)


def _parse_date(text: str) -> float | None:
    """The instant of a date in a header [epoch s]; one without a zone is UTC (RFC 9110, 5.6.7)."""
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def seconds_to_next_month(now: int) -> int:
    """How long it is to the first of the next month in UTC [s from `now`, epoch s].

    Then Bitly begins to count a month's calls anew (docs/upstream/v4.md, section 4.2).
    """
    today = datetime.fromtimestamp(now, UTC)
    following = datetime(today.year + today.month // 12, today.month % 12 + 1, 1, tzinfo=UTC)
    return int(following.timestamp()) - now
