"""Which time it is upstream, by one answer: its header, its body and this machine's clock. Pure.

No clock is believed alone (docs/decisions/0023). Where header and machine show the same time, it is
that. Where they do not, the header may be wrong, or the machine, or the server is one whose clock
was set: then what it says of a running span decides, and nothing is over that is not over by both.
"""

from __future__ import annotations

from dataclasses import dataclass

# Two clocks that differ by no more show the same time: what an answer takes, and what machines that
# keep their time differ by [s].
SAME_TIME = 300


@dataclass(frozen=True)
class UpstreamClock:
    """Upstream's clock, as far as an answer tells, against this machine's.

    `ahead`: by how much it is ahead [s]. `over`: what ended before so much later than this
    machine's clock is over [s]. `is_known`: the answer was counted back from just that time.
    """

    ahead: int = 0
    over: int = 0
    is_known: bool = True


def clock_of(before: UpstreamClock, date: int, ours: int, said: int | None) -> UpstreamClock:
    """The clock after an answer that came at `ours`, and whose header says `date` [epoch s].

    `said` is the moment that it says it counted back from, where it was asked up to now.
    """
    ahead = date - ours
    if abs(ahead) <= SAME_TIME:
        return UpstreamClock(ahead, ahead, True)
    over = min(ahead, 0)
    if said is not None and abs(said - date) <= SAME_TIME:
        return UpstreamClock(ahead, over, True)
    if said is not None and abs(said - ours) <= SAME_TIME:
        return UpstreamClock(0, over, True)
    return UpstreamClock(before.ahead, min(over, before.ahead), False)
