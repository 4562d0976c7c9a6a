"""Which buckets a question of v4 is about: UTC only, newest first, as far back as the plan reaches.

Bitly says little about its window (docs/upstream/v4.md, on the history window), so the rules are
these:

- The newest bucket is the one that holds the reference, counted whole, up to the clock. What is
  after the clock is not there yet: a reference in the future is the clock.
- Buckets are whole. All that begin within the plan's history are there, and the running one
  always is; an older one is left out without a word, so that none is ever cut short.
- `units=-1` asks for all buckets in the history, more of them than there are for just those.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from typing import Final

from bitly_data import buckets
from bitly_data.server.calls import BadArgument, Parameters
from bitly_data.server.v4.plans import history_start
from bitly_data.server.v4.policy import V4Policy
from bitly_data.server.v4.times import parse_time
from bitly_data.server.words import EARLIEST, SECONDS, V4_UNITS

ALL: Final = -1  # units: all there are


@dataclass(frozen=True)
class Window:
    """The buckets of a question; all times are epoch seconds.

    `units` is the number of buckets asked for (-1: all), `reference` a time in the newest,
    `history` the start of what the plan gives in this unit.
    """

    unit: str
    units: int
    reference: int
    now: int
    history: int
    week_start: int

    @cached_property
    def newest(self) -> int:
        """The start of the newest bucket, in the history or not."""
        return self.floor(min(self.reference, self.now))

    @cached_property
    def starts(self) -> list[int]:
        """The starts of the buckets that are answered, newest first."""
        if self.newest < self.history and self.newest != self.floor(self.now):
            return []
        return self.starts_from(self.newest)

    def starts_from(self, newest: int) -> list[int]:
        """The starts of all buckets in the history from `newest` back, but at most as asked."""
        count = 2**62 if self.units == ALL else self.units
        oldest = max(self.history, EARLIEST)
        if self.unit != "month":
            width = SECONDS[self.unit]
            count = min(count, max((newest - oldest) // width, 0) + 1)
            return [newest - width * back for back in range(count)]
        starts = [newest]
        while len(starts) < count and (start := self._before(starts[-1])) >= oldest:
            starts.append(start)
        return starts

    @property
    def end(self) -> int:
        """The end of what is counted, exclusive."""
        following = (
            self.newest + SECONDS[self.unit]
            if self.unit != "month"
            else buckets.ceiling(self.newest, self.unit, UTC)
        )
        return min(following, self.now + 1)

    @property
    def is_before_history(self) -> bool:
        """Whether the plan has nothing of the time referred to."""
        return not self.starts and self.reference < self.history

    @property
    def is_cut(self) -> bool:
        """Whether the history has fewer buckets than asked for; all are always more."""
        return self.units == ALL or len(self.starts) < self.units

    def floor(self, moment: int) -> int:
        """The start of the bucket that holds a moment."""
        if self.unit in ("week", "month"):
            return buckets.floor(moment, self.unit, UTC, self.week_start)
        width = SECONDS[self.unit]
        return moment // width * width

    def _before(self, start: int) -> int:
        return self.floor(start - 1)


def window_of(parameters: Parameters, now: int, policy: V4Policy) -> Window:
    """The window that the parameters ask for at `now` [epoch s].

    All three may be missing, as clients do leave them out. Raises `BadArgument`.
    """
    unit = parameters.choice("unit", "day", V4_UNITS)
    units = parameters.integer("units", ALL, ALL, 10**18)
    if units == 0:
        raise BadArgument("units")
    sent = parameters.last("unit_reference")
    reference = now if sent is None else parse_time(sent)
    return window_from(unit, units, reference, now, policy)


def window_from(unit: str, units: int, reference: int, now: int, policy: V4Policy) -> Window:
    """The window of so many buckets up to that which holds `reference` [epoch s]."""
    return Window(
        unit, units, reference, now, history_start(policy.bought, unit, now), policy.week_start
    )
