"""Which times the clicks of a log are about, without the few that lie far from all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from bitly_data.server.store.model import Ints
from bitly_data.server.words import DAY_SECONDS, EARLIEST, LATEST

# So many clicks are a handful: what a clock that was not set yet, or a slip, leaves in a log.
HANDFUL: Final = 10
# No log pauses for ten years, and clocks that are wrong show 1970, 2000, 2038 or 2286 [days].
FAR_DAYS: Final = 3653
# Bitly's lifetime, July 2008 to 2099 [days since 1970]: a part of a log in it is the log.
_BITLY_DAYS: Final = (14_061, 47_482)
# 2 March 1970 [epoch s]. The month of a click before it begins before 1970 in some zone, so
# "all time" could not hold it; only a clock that was never set shows such a time.
FIRST_COUNTED: Final = 60 * DAY_SECONDS


@dataclass(frozen=True)
class Span:
    """The times that count: `first` inclusive to `end` exclusive [epoch s]."""

    first: int = EARLIEST
    end: int = LATEST

    def clamp(self, start: int, end: int) -> tuple[int, int]:
        """The part of [start, end) that counts."""
        return max(start, self.first), min(end, self.end)


ALL_TIMES: Final = Span()


def usual_span(days: Ints, lines: Ints) -> Span:
    """The times without the first weeks of 1970 and handfuls of lines far from all others.

    Such a handful lies at the beginning or at the end.
    `days` are those with lines (days since 1970, ascending), `lines` how many each has.
    """
    early = int(np.searchsorted(days, FIRST_COUNTED // DAY_SECONDS))
    earliest = FIRST_COUNTED if early else EARLIEST
    days, lines = days[early:], lines[early:]
    if len(days) < 2:
        return Span(earliest)
    breaks = np.flatnonzero(np.diff(days) > FAR_DAYS) + 1
    parts = list(zip(np.split(days, breaks), np.split(lines, breaks), strict=True))
    weights = [int(counts.sum()) for _, counts in parts]
    began, ends = _BITLY_DAYS
    main = max(
        range(len(parts)),
        key=lambda at: (began <= int(parts[at][0][0]) < ends, weights[at]),
    )
    few = [weight <= HANDFUL and at != main for at, weight in enumerate(weights)]
    low = next(at for at in range(len(parts)) if not few[at])
    high = next(at for at in reversed(range(len(parts))) if not few[at])
    first = int(parts[low - 1][0][-1]) + 1 if low else None
    end = int(parts[high + 1][0][0]) if high < len(parts) - 1 else None
    return Span(
        earliest if first is None else first * DAY_SECONDS,
        LATEST if end is None else end * DAY_SECONDS,
    )
