"""What of upstream's a question is about: the links or groups, and the UTC buckets of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bitly_data.errors import QuestionError
from bitly_data.hosts import plain_link
from bitly_data.query import LINK, ONLY_OTHERS, ClickQuery
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.v4.account import V4Account
from bitly_data.sources.v4.calendar import Calendar, calendar_of, needs_lists
from bitly_data.sources.v4.counts import UtcCounts
from bitly_data.sources.v4.facts import NO_HOURS

NO_OTHERS = (
    "Bitly's v4 does not show other people's links to your domains: choose all logins or "
    "one of them."
)


@dataclass(frozen=True)
class Scope:
    """What is counted for a question, and in which buckets, as far as that is known by now."""

    account: V4Account
    counts: UtcCounts

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """All the ids that lead to a link (its hash and its custom back-halves, on each host),
        itself first. Raises `AnswerError`.
        """
        names: dict[str, str] = {}
        for name in (link, *self.account.link(link).ids):
            names.setdefault(plain_link(name), name)  # whatever its spelling, it is there once
        return tuple(names.values())

    def keys(self, query: ClickQuery, unit: str) -> list[CountKey]:
        """What upstream counts for a question: a link by each of its ids, or each group.

        Raises `AnswerError`.
        """
        if query.target == LINK:
            link = str(query.link)
            ids = self.addresses_of(link) if query.all_addresses else (link,)
            return [CountKey(bucket_store.LINK, name, unit) for name in ids]
        return [CountKey(bucket_store.GROUP, group.guid, unit) for group in self.account.groups()]

    def groups(self, query: ClickQuery) -> tuple[str, ...]:
        """The names of the groups that are counted for a question; empty where there are no others,
        and of a link, which is counted by itself. Raises `AnswerError`.
        """
        return () if query.target == LINK else self.account.counted_groups()

    def calendar(self, query: ClickQuery, now: int, first: int | None = None) -> Calendar:
        """How the requested buckets are had; of all time from `first` on [epoch s].

        Raises `QuestionError` or `AnswerError`.
        """
        return calendar_of(
            query,
            now,
            first,
            has_hours=not self.account.facts.get(NO_HOURS, self.account.of_scope(query.target)),
            has_older_days=lambda start, end: self.has_older_days(query, start, end),
        )

    def has_older_days(self, query: ClickQuery, start: int, end: int) -> bool:
        """Whether there is a part of [start, end) [epoch s] for which the history has days, but no
        hours, as far as that is known.
        """
        begins = [
            (
                self.counts.history(key).begins,
                self.counts.history(replace(key, unit="day")).begins,
            )
            for key in self.keys(query, "hour")
        ]
        return any(start < hours > days > 0 and end > days for hours, days in begins)


def refuse_others(query: ClickQuery) -> None:
    """Raise `QuestionError` for other people's links, which v4 does not count."""
    if query.login == ONLY_OTHERS:
        raise QuestionError(NO_OTHERS)


def prefers_days(query: ClickQuery, key: CountKey) -> bool:
    """Whether days of UTC come before the lists of so many hours, a call each."""
    return key.unit == "hour" and query.unit != "hour" and not query.zone_days


def goes_to_hours(query: ClickQuery, key: CountKey) -> bool:
    """Whether days whose lists leave clicks out are made from the lists of their hours."""
    return query.zone_days and query.unit != "hour" and key.unit == "day" and needs_lists(query)
