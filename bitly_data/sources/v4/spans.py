"""Which of upstream's UTC buckets to ask for, and which of them an answer covers. Pure.

Upstream may answer for fewer buckets than it was asked for, and leave out those without clicks; it
says so in more than one way (docs/upstream/v4.md, section 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bitly_data import buckets
from bitly_data.buckets import NOMINAL_SECONDS
from bitly_data.sources.v4 import wire
from bitly_data.sources.wire import unreadable

# So far back a first series by day is asked: the longest history of any plan is two years, and
# what is asked beyond a plan's own tells where its history begins.
FIRST_DAYS = 731


@dataclass(frozen=True)
class Covered:
    """What an answer says of the buckets from `reach` [epoch s] on, clicks by their starts [count].

    `finished` are over and known; `filling` are the others, `None` where upstream garbled the
    count. `cut`: upstream has nothing before `reach`, though it was asked for. `silent` are those
    of the finished that are empty because the answer does not name them, or has no click at all.
    """

    reach: int
    cut: bool
    finished: dict[int, int]
    filling: dict[int, int | None]
    silent: frozenset[int] = frozenset()


def span_for(unit: str, oldest: int, newest: int, now: int, *, first_time: bool) -> wire.Span:
    """What to ask for, to have the buckets from `oldest` to `newest` (starts) [epoch s].

    `first_time`: of days, nothing shortly before is kept, so that it is not known how far the
    history goes.
    """
    width = NOMINAL_SECONDS[unit]
    units = (newest - oldest) // width + 1
    if newest + width <= now:
        return wire.Span(unit, units, newest + width - 1)
    if unit != "minute":
        units += 1  # its clock may be a bucket ahead of ours
    if unit == "day" and first_time:
        units = max(units, FIRST_DAYS)
    return wire.Span(unit, units)


def covered_by(
    answer: wire.Counts,
    span: wire.Span,
    newest: int,
    now: int,
    days: Mapping[int, int],
    endpoint: str,
    last: int | None,
) -> Covered:
    """The buckets up to `newest` (start) that the answer to a span covers, by upstream's clock.

    `days`: of hours, the clicks of the days that are kept. `last`: the bucket that it counted back
    from; where that is not known, it covers only those that it names. Raises `UnreadableError` for
    buckets of another unit, or that are not UTC's; `endpoint` is who answered.
    """
    if answer.echoed.get("unit", span.unit) != span.unit:
        raise unreadable(endpoint)
    width = NOMINAL_SECONDS[span.unit]
    if last is None:
        reach, cut = min(answer.counts, default=newest + width), False
    else:
        reach, cut = reach_of(answer, span, last, width)
    if span.unit == "hour" and (empty := _empty_until(answer, days, reach, newest + width)) > reach:
        reach, cut = empty, True
    if any(at % width for at in answer.counts):
        raise wire.not_aligned(endpoint)
    # A list that names buckets without clicks names all of them.
    unnamed = None if last is None or 0 in answer.counts.values() else 0
    said = {at: answer.counts.get(at, unnamed) for at in range(reach, newest + width, width)}
    finished = {at: count for at, count in said.items() if count is not None and at + width <= now}
    filling = {at: count for at, count in said.items() if at not in finished}
    is_empty = not any(answer.counts.values())
    silent = frozenset(
        at for at, count in finished.items() if not count and (is_empty or at not in answer.counts)
    )
    return Covered(reach, cut, finished, filling, silent)


def reach_of(answer: wire.Counts, span: wire.Span, newest: int, width: int) -> tuple[int, bool]:
    """The start of the oldest bucket that an answer holds [epoch s], and whether upstream cut off
    what was asked before it.

    A list that names buckets without clicks names all of them; one that does not may leave any of
    them out, so there the number that upstream says decides.
    """
    wanted = newest - (span.units - 1) * width
    oldest = min(answer.counts, default=newest + width)
    named = 0 in answer.counts.values()
    if answer.echoed.get("unit") != span.unit and not 0 <= (answer.units or 0) < span.units:
        return newest + width, True  # it answers something else
    if answer.units is None or named:
        return max(oldest, wanted), oldest > wanted
    if answer.units == wire.EVERYTHING or answer.units >= span.units:
        return wanted, False
    return newest - (answer.units - 1) * width, True


def _empty_until(answer: wire.Counts, days: Mapping[int, int], reach: int, end: int) -> int:
    """The end of the newest day [epoch s] that has clicks, but none in its hours: upstream has no
    hours for it, whatever it says. `reach` where there is no such day.
    """
    clicked = {at // buckets.DAY_SECONDS for at, count in answer.counts.items() if count}
    return max(
        (
            at + buckets.DAY_SECONDS
            for at, count in days.items()
            if count
            and reach <= at <= end - buckets.DAY_SECONDS
            and at // buckets.DAY_SECONDS not in clicked
        ),
        default=reach,
    )


def utc_floor(moment: int, unit: str) -> int:
    """The start of the UTC bucket that holds a moment [epoch s]."""
    width = NOMINAL_SECONDS[unit]
    return moment // width * width


def utc_ceiling(moment: int, unit: str) -> int:
    """The start of the first UTC bucket that does not begin before a moment [epoch s]."""
    width = NOMINAL_SECONDS[unit]
    return -(-moment // width) * width
