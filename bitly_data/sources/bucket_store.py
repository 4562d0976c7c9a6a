"""What a source needs of a place that keeps counted buckets; `archive` is one.

How a bucket becomes final is docs/decisions/0023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bitly_data.sources.model import Listed

LINK, GROUP = "link", "group"
# After so long Bitly's late clicks are in: its numbers may lag some hours (docs/upstream/v4.md,
# section 2), and a weekend's batch of them some more [s]. A setting.
SETTLING_SECONDS = 48 * 3600.0
# What has not settled is asked again when it was last asked so long ago [s].
ASK_AGAIN_SECONDS = 3600


@dataclass(frozen=True)
class CountKey:
    """What is counted in which of upstream's buckets: a link or a group, by UTC hour or day."""

    kind: str
    name: str
    unit: str


@dataclass(frozen=True)
class Seen:
    """When something was seen as it is now; all in epoch seconds.

    `since` and `fetched_at` are the first and the last time that it came so, by the clock that is
    believed; `asked_at` is when it was last asked, by this machine's. `restated`: it was another
    before.
    """

    since: int
    fetched_at: int
    asked_at: int
    restated: bool = False

    def has_settled(self, end: int, settling: float) -> bool:
        """Whether it is final, of a bucket that ended at `end` [epoch s]: it came so after the
        settling time [s], and as it had come before, or there was nothing before.
        """
        came_again = not self.restated or self.since < self.fetched_at
        return came_again and self.fetched_at >= end + settling

    def is_stale(self, now: float) -> bool:
        """Whether it is time to ask again, by this machine's clock [epoch s]."""
        # A clock that was set back would keep everybody from asking until it is there again.
        return not 0 <= now - self.asked_at < ASK_AGAIN_SECONDS

    def and_then(self, later: Seen, *, same: bool) -> Seen:
        """What is known after another answer, which said the `same` or something else."""
        if not same:
            return Seen(later.since, later.fetched_at, later.asked_at, restated=True)
        return Seen(
            min(self.since, later.since),
            max(self.fetched_at, later.fetched_at),
            max(self.asked_at, later.asked_at),
            self.restated,
        )

    @classmethod
    def once(cls, fetched_at: int, asked_at: int | None = None) -> Seen:
        """What was seen for the first time."""
        return cls(fetched_at, fetched_at, fetched_at if asked_at is None else asked_at)


@dataclass(frozen=True)
class Observed:
    """The newest number of a bucket [count], and when it was seen."""

    clicks: int
    seen: Seen


@dataclass(frozen=True)
class Restated:
    """A number that was another one later: the clicks [count], from when to when it came so
    [epoch s]. `link` is empty, or names a row of a list.
    """

    start: int
    link: str
    clicks: int
    since: int
    fetched_at: int


class BucketStore(Protocol):
    """Finished buckets of one account. The newest answer holds; earlier numbers stay beside it.

    All times are epoch seconds; a range is left-closed. `fetched_at` is when something came, by the
    clock that is believed, `asked_at` the same by this machine's (none: the same moment).
    """

    def counts(self, key: CountKey, start: int, end: int) -> dict[int, int]:
        """The clicks of the kept buckets that start in the range [count]."""

    def observed(self, key: CountKey, start: int, end: int) -> dict[int, Observed]:
        """The same, each with when it was seen."""

    def unsettled(self, key: CountKey, start: int, end: int, seconds: float) -> dict[int, Observed]:
        """Those of them that have not settled so long after their start [s]."""

    def keep_counts(
        self,
        key: CountKey,
        counts: Mapping[int, int],
        fetched_at: int,
        asked_at: int | None = None,
    ) -> None:
        """Keep the clicks of finished buckets by their start."""

    def lists(self, key: CountKey, start: int, end: int) -> dict[int, list[Listed]]:
        """The kept lists of the most clicked links of the buckets that start in the range."""

    def listed(self, key: CountKey, start: int, end: int) -> set[int]:
        """The starts of the buckets in the range whose list is kept."""

    def lists_seen(self, key: CountKey, start: int, end: int) -> dict[int, Seen]:
        """When the kept lists of the range were seen, by the starts of their buckets."""

    def keep_list(
        self,
        key: CountKey,
        start: int,
        rows: Sequence[Listed],
        fetched_at: int,
        asked_at: int | None = None,
    ) -> None:
        """Keep the list of one finished bucket."""

    def restated(self, key: CountKey, start: int, end: int) -> list[Restated]:
        """The numbers of the range that were replaced, in the order in which that happened."""

    def size(self) -> int:
        """How many buckets are kept, those of the lists included."""

    def logins(self, groups: Sequence[str] | None = None) -> tuple[str, ...]:
        """Who made the links in the kept lists, or in those of some groups, the most clicked
        first.
        """
