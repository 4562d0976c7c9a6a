"""Which buckets a click log covers: a note beside the state, the numbers stay as they are."""

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
    seconds. `summary` says how it was read; of the `bad_count` lines that could not be, `bad_lines`
    are the first.
    """

    @property
    def hours(self) -> NDArray[np.int64]: ...
    @property
    def newest_click(self) -> int | None: ...
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
    last = np.minimum(end, max(now + 1, 1))
    low = first // HOUR_SECONDS
    high = -(-last // HOUR_SECONDS)
    logged = np.searchsorted(hours, high) - np.searchsorted(hours, low)
    there = np.maximum(high - low, 0)
    words = np.where(logged >= there, COVERED, np.where(logged > 0, PARTLY, NOT))
    return words.astype(np.str_)


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
