"""What a source needs of a place that keeps counted buckets; `archive` is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bitly_data.sources.model import Listed

LINK, GROUP = "link", "group"


@dataclass(frozen=True)
class CountKey:
    """What is counted in which of upstream's buckets: a link or a group, by UTC hour or day."""

    kind: str
    name: str
    unit: str


class BucketStore(Protocol):
    """Finished buckets of one account; what is kept is never asked for again.

    All times are epoch seconds; a range is left-closed.
    """

    def counts(self, key: CountKey, start: int, end: int) -> dict[int, int]:
        """The clicks of the kept buckets that start in the range [count]."""

    def keep_counts(self, key: CountKey, counts: Mapping[int, int], fetched_at: int) -> None:
        """Keep the clicks of finished buckets by their start."""

    def lists(self, key: CountKey, start: int, end: int) -> dict[int, list[Listed]]:
        """The kept lists of the most clicked links of the buckets that start in the range."""

    def listed(self, key: CountKey, start: int, end: int) -> set[int]:
        """The starts of the buckets in the range whose list is kept."""

    def keep_list(self, key: CountKey, start: int, rows: Sequence[Listed], fetched_at: int) -> None:
        """Keep the list of one finished bucket."""

    def size(self) -> int:
        """How many buckets are kept, those of the lists included."""

    def logins(self) -> tuple[str, ...]:
        """Who made the links in the kept lists, the most clicked first."""
