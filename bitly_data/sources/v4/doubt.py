"""What one answer cannot decide, and what a second look at the same span says of it. Pure.

An answer may leave buckets out, be empty, or say less than an earlier one. Each of these may be
right. So it is asked once what the clicks of the span are in one number: of a link by its
`clicks/summary`, of a group by the list of its most clicked links, which may leave links out
(docs/decisions/0023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bitly_data.buckets import NOMINAL_SECONDS
from bitly_data.sources.bucket_store import Observed
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.spans import Covered

CONFIRMED, AS_BEFORE, CONTRADICTED = "confirmed", "as before", "contradicted"


@dataclass(frozen=True)
class Doubt:
    """Buckets of a unit that an answer does not decide (`starts`, ascending [epoch s]).

    `said` are the clicks that the answer has from the first to the last of them; `before` the same
    with what was kept of these, `None` where something was not [count].
    """

    unit: str
    starts: tuple[int, ...]
    said: int
    before: int | None

    @property
    def span(self) -> wire.Span:
        """What is asked for in one number."""
        width, first, last = NOMINAL_SECONDS[self.unit], self.starts[0], self.starts[-1]
        return wire.Span(self.unit, (last - first) // width + 1, last + width - 1)

    def verdict(self, total: int, *, is_whole: bool) -> str:
        """What a number of clicks says of the answer; not `is_whole`: there may be more."""
        if total == self.said or (not is_whole and total < self.said):
            return CONFIRMED
        if self.before is None:
            return CONTRADICTED
        as_before = total == self.before or (not is_whole and total < self.before)
        return AS_BEFORE if as_before else CONTRADICTED


def doubt_of(
    covered: Covered, kept: Mapping[int, Observed], unit: str, now: int, settling: float
) -> Doubt | None:
    """What of an answer is not decided by it, `None` where it all is.

    `kept` is what was kept of its buckets, `now` the clock that is believed [epoch s], `settling`
    the time after which a bucket settles [s].
    """
    width = NOMINAL_SECONDS[unit]
    starts = sorted(
        at
        for at, clicks in covered.finished.items()
        if _is_doubtful(
            clicks, kept.get(at), at + width, now, settling, silent=at in covered.silent
        )
    )
    if not starts:
        return None
    between = range(starts[0], starts[-1] + width, width)
    doubtful = set(starts)
    return Doubt(
        unit,
        tuple(starts),
        sum(covered.finished.get(at, 0) for at in between),
        sum(kept[at].clicks if at in doubtful else covered.finished.get(at, 0) for at in between)
        if kept.keys() >= doubtful
        else None,
    )


def _is_doubtful(
    clicks: int, before: Observed | None, end: int, now: int, settling: float, *, silent: bool
) -> bool:
    """Whether an answer does not decide what a bucket has that ended at `end` [epoch s]."""
    if before is None:
        return silent
    has_settled = before.seen.has_settled(end, settling)
    if clicks == before.clicks:
        # Silence is not said again: it settles nothing.
        return silent and not has_settled and now >= end + settling
    # Clicks come late, and none goes; and what has settled was thought to be the last word.
    return clicks < before.clicks or has_settled


def without(covered: Covered, starts: Iterable[int]) -> Covered:
    """The same, of which some finished buckets are not known."""
    gone = set(starts)
    finished = {at: count for at, count in covered.finished.items() if at not in gone}
    return Covered(
        covered.reach, covered.cut, finished, covered.filling, covered.silent.difference(gone)
    )
