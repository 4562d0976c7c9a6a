"""The finished buckets of an account, whatever becomes of their file.

What cannot be read is not there, and is asked for. What cannot be written is kept in memory for as
long as the process lives; from then on it is looked for in both places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from bitly_data.archive.store import AccountArchive, Archive
from bitly_data.archive.trouble import Trouble, exposed, not_kept, unasked
from bitly_data.errors import ArchiveError
from bitly_data.sources.bucket_store import BucketStore, CountKey, Observed, Restated, Seen
from bitly_data.sources.model import Listed

T = TypeVar("T")


class GuardedArchive:
    """The archive of a file or, without a path, of this process.

    Raises `ArchiveError` if the file cannot be an archive; later nothing does but `check_room`.
    """

    def __init__(self, path: str | None = None) -> None:
        self.file = Archive(path)
        # Beside a file, for what that does not take; used from the first time on.
        self._memory = Archive()
        self._uses_memory = False

    def of_account(self, account: str) -> BucketStore:
        """What is kept of one account, by the id that upstream answered."""
        return GuardedAccount(self, account)

    def close(self) -> None:
        """Let go of the file and of what is in memory."""
        self.file.close()
        self._memory.close()

    def notices(self) -> tuple[str, ...]:
        """A sentence each: that new numbers are not kept, and that others may read the file."""
        path, database = str(self.file.path), self.file.database
        database.try_again()
        trouble, exposure = database.trouble, database.exposure
        return (
            *([not_kept(path, trouble)] if trouble is not None else []),
            *([exposed(path, exposure)] if exposure is not None else []),
        )

    def check_room(self, calls: int) -> None:
        """Make sure that the answers to so many calls can be kept.

        Raises `ArchiveError`, also where that cannot be said.
        """
        try:
            self.file.database.check_room(calls)
        except ArchiveError as problem:
            raise unasked(str(self.file.path), Trouble(*problem.trouble)) from None

    def find_damage(self) -> None:
        """Look through the whole file, however long that takes."""
        with suppress(ArchiveError):
            self.file.database.find_damage()

    def check_kept(self) -> None:
        """Make sure that nothing went wrong so far. Raises `ArchiveError`."""
        if (trouble := self.file.database.trouble) is not None:
            raise unasked(str(self.file.path), trouble)

    # -- for the accounts -----------------------------------------------------------------------

    def places(self) -> list[Archive]:
        """Where something may be kept, what is newer last."""
        return [self.file, self._memory] if self._uses_memory else [self.file]

    def use_memory(self) -> None:
        """Keep in memory as well from now on: the file did not take something."""
        self._uses_memory = True


@dataclass(frozen=True)
class GuardedAccount:
    """The finished buckets of one account (a `BucketStore`), in the file and in memory."""

    archive: GuardedArchive
    account: str

    def counts(self, key: CountKey, start: int, end: int) -> dict[int, int]:
        """The clicks of the kept buckets that start in [start, end) [epoch s]."""
        parts = self._read(lambda kept: kept.counts(key, start, end), _is_counts)
        return {at: clicks for part in parts for at, clicks in part.items()}

    def observed(self, key: CountKey, start: int, end: int) -> dict[int, Observed]:
        """The same, each with when it was seen, wherever that was."""
        found: dict[int, Observed] = {}
        for part in self._read(lambda kept: kept.observed(key, start, end), _is_observed):
            for at, later in part.items():
                before = found.get(at)
                found[at] = later if before is None else _after(before, later)
        return found

    def unsettled(self, key: CountKey, start: int, end: int, seconds: float) -> dict[int, Observed]:
        """Those of them that have not settled so long after their start [s]."""
        if len(self.archive.places()) > 1:
            both = self.observed(key, start, end)
            return {at: one for at, one in both.items() if not one.seen.has_settled(at, seconds)}
        parts = self._read(lambda kept: kept.unsettled(key, start, end, seconds), _is_observed)
        return parts[0] if parts else {}

    def keep_counts(
        self,
        key: CountKey,
        counts: Mapping[int, int],
        fetched_at: int,
        asked_at: int | None = None,
    ) -> None:
        """Keep the clicks of finished buckets by their start."""
        self._write(lambda kept: kept.keep_counts(key, counts, fetched_at, asked_at))

    def lists(self, key: CountKey, start: int, end: int) -> dict[int, list[Listed]]:
        """The kept lists of the buckets that start in [start, end) [epoch s]."""
        parts = self._read(lambda kept: kept.lists(key, start, end), _is_lists)
        return {at: rows for part in parts for at, rows in part.items()}

    def listed(self, key: CountKey, start: int, end: int) -> set[int]:
        """The starts of the buckets in [start, end) [epoch s] whose list is kept."""
        parts = self._read(lambda kept: kept.listed(key, start, end), _is_starts)
        return {at for part in parts for at in part}

    def lists_seen(self, key: CountKey, start: int, end: int) -> dict[int, Seen]:
        """When the kept lists of the range were seen, by the starts of their buckets."""
        if len(self.archive.places()) == 1:
            parts = self._read(lambda kept: kept.lists_seen(key, start, end), _is_seen_by_start)
            return parts[0] if parts else {}
        found: dict[int, tuple[Seen, Sequence[Listed]]] = {}
        for seen, lists in self._read(
            lambda kept: (kept.lists_seen(key, start, end), kept.lists(key, start, end)),
            lambda both: _is_seen_by_start(both[0]) and _is_lists(both[1]),
        ):
            for at, later in seen.items():
                rows = lists.get(at, [])
                before, old = found.get(at, (None, rows))
                same = sorted(map(repr, old)) == sorted(map(repr, rows))
                found[at] = (before.and_then(later, same=same) if before else later, rows)
        return {at: seen for at, (seen, _) in found.items()}

    def keep_list(
        self,
        key: CountKey,
        start: int,
        rows: Sequence[Listed],
        fetched_at: int,
        asked_at: int | None = None,
    ) -> None:
        """Keep the list of one finished bucket."""
        self._write(lambda kept: kept.keep_list(key, start, rows, fetched_at, asked_at))

    def restated(self, key: CountKey, start: int, end: int) -> list[Restated]:
        """The numbers of the range that were replaced, in the order in which that happened."""
        parts = self._read(lambda kept: kept.restated(key, start, end), lambda part: True)
        return [one for part in parts for one in part]

    def size(self) -> int:
        """How many buckets are kept, those of the lists included."""
        return sum(self._read(lambda kept: kept.size(), _is_count))

    def logins(self, groups: Sequence[str] | None = None) -> tuple[str, ...]:
        """Who made the links in the kept lists, or in those of some groups, the most clicked
        first.
        """
        parts = self._read(lambda kept: kept.logins(groups), _is_names)
        return tuple(dict.fromkeys(login for part in parts for login in part))

    def _read(
        self, read: Callable[[AccountArchive], T], is_possible: Callable[[T], bool]
    ) -> list[T]:
        """What is there, by place; of a place that cannot be read, nothing."""
        found: list[T] = []
        for place in self.archive.places():
            with suppress(ArchiveError):
                part = read(place.of_account(self.account))
                if is_possible(part):
                    found.append(part)
                else:
                    place.database.report_damage()
        return found

    def _write(self, write: Callable[[AccountArchive], None]) -> None:
        """Keep it in the file; in memory as well where the file did not take all there is."""
        try:
            write(self.archive.file.of_account(self.account))
        except ArchiveError:
            self.archive.use_memory()
        for place in self.archive.places()[1:]:
            write(place.of_account(self.account))


def _after(before: Observed, later: Observed) -> Observed:
    """What is known of a bucket that both places have; memory is never older than the file."""
    seen = before.seen.and_then(later.seen, same=before.clicks == later.clicks)
    return Observed(later.clicks, seen)


# A damaged page may hold rows that nobody wrote: SQLite does not look at the type of a value.


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def _is_counts(found: Mapping[int, int]) -> bool:
    return all(_is_count(at) and _is_count(clicks) for at, clicks in found.items())


def _is_starts(found: set[int]) -> bool:
    return all(map(_is_count, found))


def _is_names(found: Sequence[str]) -> bool:
    return all(isinstance(name, str) for name in found)


def _is_lists(found: Mapping[int, Sequence[Listed]]) -> bool:
    return all(_is_count(at) and all(map(_is_row, rows)) for at, rows in found.items())


def _is_row(row: Listed) -> bool:
    texts = [text for text in (row.login, row.destination) if text is not None]
    return _is_names([row.link, *texts]) and _is_count(row.clicks)


def _is_seen(seen: Seen) -> bool:
    return all(isinstance(at, int) for at in (seen.since, seen.fetched_at, seen.asked_at))


def _is_observed(found: Mapping[int, Observed]) -> bool:
    return all(
        _is_count(at) and _is_count(one.clicks) and _is_seen(one.seen) for at, one in found.items()
    )


def _is_seen_by_start(found: Mapping[int, Seen]) -> bool:
    return all(_is_count(at) and _is_seen(seen) for at, seen in found.items())
