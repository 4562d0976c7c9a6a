"""Which buckets a click log covers, wholly, in part or not at all, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bitly_data.buckets import HOUR_SECONDS


class BadLine(Protocol):
    """A line that could not be read: in which file, which line, and why."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...


class LogFacts(Protocol):
    """What whoever serves a click log says of it.

    `hours`: int64[n], the UTC hours (epoch // 3600) with at least one line. `newest_click` in epoch
    seconds. `whose` says on whose links the clicks are, and `summary` how they were read; of the
    `bad_count` lines that could not be, `bad_lines` are the first.
    """

    @property
    def hours(self) -> NDArray[np.int64]: ...
    @property
    def newest_click(self) -> int | None: ...
    @property
    def whose(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def bad_lines(self) -> Sequence[BadLine]: ...
    @property
    def bad_count(self) -> int: ...
    @property
    def has_problems(self) -> bool: ...


COVERED, PARTLY, NOT = "", "partly", "not"
WORDS = {PARTLY: "partly in the log", NOT: "not in the log"}


def covered_hours(
    first: NDArray[np.int64], end: NDArray[np.int64], hours: NDArray[np.int64], now: int
) -> NDArray[np.str_]:
    """For each bucket `[first, end)` [epoch s]: "", "partly" or "not" covered.

    `hours` are the UTC hours (epoch // 3600, ascending) in which at least one line was logged.
    Hours that begin after `now` are nobody's to log.
    """
    logged, there = _seconds_of(first, end, hours, now)
    words = np.where(logged >= there, COVERED, np.where(logged > 0, PARTLY, NOT))
    return words.astype(np.str_)


def covered_words(
    first: NDArray[np.int64], end: NDArray[np.int64], hours: NDArray[np.int64], now: int
) -> list[str]:
    """The same for a reader, such as "3 of 24 hours in the log"; empty where all is covered."""
    extents = covered_hours(first, end, hours, now).tolist()
    logged, there = _seconds_of(first, end, hours, now)
    return [
        f"{_in_hours(part)} of {_in_hours(whole)} {'hour' if whole == HOUR_SECONDS else 'hours'} "
        "in the log"
        if extent == PARTLY
        else WORDS.get(extent, "")
        for extent, part, whole in zip(extents, logged.tolist(), there.tolist(), strict=True)
    ]


def _seconds_of(
    first: NDArray[np.int64], end: NDArray[np.int64], hours: NDArray[np.int64], now: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How much of each bucket is covered, and could be [s], to the end of the hour that runs."""
    last = np.minimum(end, (max(now, 0) // HOUR_SECONDS + 1) * HOUR_SECONDS)
    # A bucket may begin and end within an hour of UTC: a minute, or an hour of half past.
    low, high = np.minimum(first, last), last
    return _logged_before(high, hours) - _logged_before(low, hours), high - low


def _logged_before(moments: NDArray[np.int64], hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much before each moment is covered [s]."""
    hour = moments // HOUR_SECONDS
    whole = np.searchsorted(hours, hour)
    is_logged = np.searchsorted(hours, hour, side="right") > whole
    return whole * HOUR_SECONDS + np.where(is_logged, moments % HOUR_SECONDS, 0)


def _in_hours(seconds: int) -> str:
    """Whole hours, or to a decimal, as those of some zones begin at half past."""
    return f"{seconds / HOUR_SECONDS:,.1f}".removesuffix(".0")


def hour_spans(hours: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Covered hours as unbroken spans `(start, end)` [epoch s], oldest first."""
    if not len(hours):
        return []
    breaks = np.flatnonzero(np.diff(hours) > 1)
    starts = hours[np.concatenate([[0], breaks + 1])]
    ends = hours[np.concatenate([breaks, [len(hours) - 1]])] + 1
    return [
        (int(start) * HOUR_SECONDS, int(end) * HOUR_SECONDS)
        for start, end in zip(starts, ends, strict=True)
    ]


def covered_text(hours: NDArray[np.int64]) -> str:
    """How many hours a click log covers, and between which times, in a sentence."""
    spans = hour_spans(hours)
    if not spans:
        return "It holds no lines."
    return (
        f"It covers {len(hours):,} {'hour' if len(hours) == 1 else 'hours'} between "
        f"{_hour(spans[0][0])} and {_hour(spans[-1][1])} UTC."
    )


def _hour(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%d %b %Y %H:00")
