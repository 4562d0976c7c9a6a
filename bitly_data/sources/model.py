"""What an account has, whichever API tells of it: links, domains and logins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries, Coverage, Provenance


@dataclass(frozen=True)
class Link:
    """A Bitlink of the account; `created` in epoch seconds, 0 where it is not known.

    `ids`: all that lead to it, this one included; empty where upstream did not say. `tags` are the
    words that people sort their links by. `group` is the id of the group that it is in, empty where
    upstream did not say; it tells nobody apart.
    """

    link: str
    title: str
    long_url: str
    login: str
    created: int
    ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    group: str = field(default="", compare=False)


@dataclass(frozen=True)
class LinkPage:
    """Some of the account's links: those that can be asked for, how many upstream listed on the
    page, and how many there are in all (`None`: it did not say).
    """

    links: list[Link]
    listed: int
    total: int | None


@dataclass(frozen=True)
class Account:
    """What an organization can be narrowed by."""

    login: str = ""
    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A link in a sorted list: `host/hash`, its clicks, and what its body says.

    `login` and `destination` (the long URL's host) are `None` where upstream did not say.
    """

    link: str
    clicks: int
    login: str | None
    destination: str | None


class RankedLink(NamedTuple):
    """A link and its clicks in a range [count]."""

    link: Link
    clicks: int


@dataclass(frozen=True)
class RankedLinks:
    """The links of an organization that were clicked in a range, most clicks first, ties by name.

    `query` is the question, rolled up: one range, which its zone has from `asked[0]` to `asked[1]`
    [epoch s], `None` for all time. `counted` is what was counted instead where that range cannot be
    had, and otherwise the same, as a series of one bucket: its clicks are those of all links
    together, listed or not, and are bounded where they are not known.

    `is_whole`: every link that was clicked is listed; else each that is not has at most
    `at_most_each` clicks [count], `None` where there is no such bound. `is_cut_back`: a part of
    what was asked for is older than upstream keeps, and is not in the numbers.
    """

    query: ClickQuery
    rows: tuple[RankedLink, ...]
    counted: ClickSeries
    asked: tuple[int, int] | None
    is_whole: bool
    at_most_each: int | None = None
    is_cut_back: bool = False

    @property
    def edges(self) -> tuple[int, int]:
        """From when to when was really counted [epoch s]."""
        return int(self.counted.edges[0]), int(self.counted.edges[-1])

    @property
    def is_asked_range(self) -> bool:
        """Whether that is what was asked for."""
        return not self.is_cut_back and self.asked in (None, self.edges)

    @property
    def total(self) -> int | None:
        """The clicks of all links together; `None` where that is not known [count]."""
        return int(self.counted.clicks[0]) if self.counted.known[0] else None

    @property
    def listed(self) -> int:
        """The clicks of the rows together [count]."""
        return sum(row.clicks for row in self.rows)

    @property
    def unlisted(self) -> int | None:
        """The clicks of all links without a row; `None` where that is not known [count]."""
        return None if self.total is None else self.total - self.listed

    @property
    def unlisted_at_least(self) -> int:
        """How many those are at the least, by all that is known [count]."""
        return max(int(self.counted.floor[0]) - self.listed, 0)

    @property
    def unlisted_at_most(self) -> int | None:
        """How many those are at the most; `None` where there is no bound [count]."""
        if self.total is not None:
            return self.unlisted
        most = int(self.counted.at_most[0])
        return most - self.listed if most >= 0 else None

    @property
    def certain(self) -> int:
        """How many of the first rows have a rank that no link without a row can take away."""
        if self.is_whole:
            return len(self.rows)
        if self.at_most_each is None:
            return 0
        return sum(row.clicks >= self.at_most_each for row in self.rows)

    @property
    def state(self) -> int:
        """What is known of the range as a whole: an index into `STATES`."""
        return int(self.counted.states[0])

    @property
    def coverage(self) -> Coverage | None:
        """What a click log covers; `None` where the clicks are all there ever were."""
        return self.counted.coverage

    @property
    def provenance(self) -> Provenance:
        """Where the ranking comes from; its `note` says which range was counted, and why."""
        return self.counted.provenance
