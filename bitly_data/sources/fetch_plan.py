"""What a set of questions will cost before it is asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bitly_data.buckets import HOUR_SECONDS, MINUTE_SECONDS
from bitly_data.errors import duration_text
from bitly_data.sources.bucket_store import CountKey
from bitly_data.transport.rate_limit import Left

# As fast as an answer comes, with five at a time: a careful guess until there are measurements [s].
CALL_SECONDS = 0.2
# More of a month's calls than this are not spent without being asked for by name.
MUCH_OF_A_MONTH = 0.1
# A view of 30 days by domain; what costs no more is loaded without a word.
FEW_CALLS = 40
# Where a month has many calls left, this part of them is few too: 100 of a million.
LITTLE_OF_A_MONTH = 0.0001


@dataclass(frozen=True)
class Missing:
    """Something that is to be asked for: a list of one bucket of a group, or a series.

    `start` [epoch s] is `None` for a series.
    """

    key: CountKey
    start: int | None = None

    @property
    def calls(self) -> int:
        """How many it takes at most: one, and for a series another where it contradicts itself."""
        return 1 if self.start is not None else 2


@dataclass(frozen=True)
class Month:
    """The calls that a plan has a month, and how many are left [calls]."""

    limit: int
    left: int


@dataclass(frozen=True)
class FetchPlan:
    """The calls that questions take, those whose answer is kept already, and what there is left.

    `left` is `None` where calls are not counted, `month` where upstream does not say. Beside these
    calls a question may take one more for each group, where a history is longer than expected.
    """

    missing: tuple[Missing, ...]
    stored: int
    left: Left | None
    month: Month | None

    @property
    def calls(self) -> int:
        return calls_of(self.missing)

    @property
    def is_wide(self) -> bool:
        """Whether it is shown before it is begun."""
        left = 0 if self.month is None else self.month.left
        return self.calls > max(FEW_CALLS, left * LITTLE_OF_A_MONTH)

    @property
    def asks_first(self) -> bool:
        """Whether it would eat more than a tenth of what the month has."""
        return self.month is not None and self.calls > self.month.limit * MUCH_OF_A_MONTH

    @property
    def is_possible(self) -> bool:
        """Whether the month has that many calls left."""
        return self.month is None or self.calls <= self.month.left

    @property
    def seconds(self) -> float:
        """How long it will take [s]: by the pace of the answers, and by what a minute and an hour
        still have.
        """
        pace = self.calls * CALL_SECONDS
        if self.left is None:
            return pace
        return max(
            pace,
            self.left.refused_for
            + max(
                _waits(self.calls, self.left.minute, self.left.per_minute, MINUTE_SECONDS),
                _waits(self.calls, self.left.hour, self.left.per_hour, HOUR_SECONDS),
            ),
        )


def plan_text(plan: FetchPlan) -> str:
    """A plan in words: what it takes, what is there, what is left, how long it takes."""
    parts = [
        f"It takes {calls_text(plan.calls)}; the "
        f"{'answer' if plan.stored == 1 else 'answers'} to {plan.stored:,} more "
        f"{'is' if plan.stored == 1 else 'are'} kept already"
    ]
    if plan.month is not None:
        parts.append(
            f"this account has {plan.month.left:,} of {plan.month.limit:,} calls left this month"
        )
    if plan.left is not None:
        parts.append(
            f"{plan.left.hour:,} of {plan.left.per_hour:,} are left this hour by our own count"
        )
    if plan.calls:
        parts.append(f"it will take about {duration_text(plan.seconds)}")
    return "; ".join(parts) + "."


def calls_text(count: int) -> str:
    """A number of calls in words."""
    return f"{count:,} call{'' if count == 1 else 's'}"


def _waits(calls: int, left: int, each: int, seconds: float) -> float:
    """How long calls wait for as many as `each` span of so many `seconds` allows [s]."""
    return -(-max(calls - left, 0) // each) * seconds


def calls_of(missing: Sequence[Missing]) -> int:
    """How many calls these take at most."""
    return sum(one.calls for one in missing)


def distinct(missing: Sequence[Missing]) -> tuple[Missing, ...]:
    """Each once, in the order in which they came: questions of one page share their calls."""
    return tuple(dict.fromkeys(missing))
