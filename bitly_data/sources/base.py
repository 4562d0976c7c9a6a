"""What every source of clicks offers, and what each of them can: the contract that all else uses.

Whoever asks looks at `Capabilities` and never at which API answers, so another API is one folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries, Coverage
from bitly_data.sources.check import CheckCost, Findings, Owner, Probe
from bitly_data.sources.fetch_plan import FetchPlan, Missing
from bitly_data.sources.model import Account, Link, RankedLinks
from bitly_data.transport.client import HttpClient


@dataclass(frozen=True)
class Capabilities:
    """What an API can, as far as those who ask it must know.

    `name` is for people ("v4") and is compared with nothing.
    """

    name: str
    # The zone's own days cost no more than any others; else there is a choice (`zone_days`).
    own_zone_days: bool
    # One UTC offset is on all of an answer's own buckets; else they are those of UTC.
    buckets_by_one_offset: bool
    # Other people's links to the organization's domains are counted, and can be asked for alone.
    other_peoples_links: bool
    # It says how many links there are in all; else only that there are more.
    counts_links: bool
    # It says which addresses lead to one link, and counts them apart.
    addresses: bool
    # Domains and logins are made from lists that may leave links out (`unlisted`).
    lists: bool
    # It says how far back clicks can be had, and how many calls a month has.
    tells_limits: bool
    # It ranks links by their clicks in a range, in a call or a few (`fetch_ranked_links`).
    ranks_links: bool
    # Its links have tags.
    tags: bool
    # What it counts is of one group of the account or of several, of which one can be chosen.
    groups: bool


class Source(Protocol):
    """Somebody who answers questions about clicks.

    `clock` is upstream's clock as far as it is known before the first answer [epoch s]; `coverage`
    gives what a click log covers by now, `None` where the clicks are all there ever were.
    """

    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def upstream(self) -> HttpClient: ...
    @property
    def clock(self) -> Callable[[], float]: ...
    @property
    def coverage(self) -> Callable[[], Coverage | None]: ...
    @property
    def check_cost(self) -> CheckCost: ...

    def check(self, probe: Probe) -> Findings:
        """Ask each endpoint once through the probe; no error of an endpoint ends it."""

    def owner(self, upstream: HttpClient) -> Owner:
        """Whose token it is, in one call by this client. Raises `AnswerError`."""

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""

    def groups(self) -> tuple[str, ...]:
        """The names of the account's groups, of which one can be counted alone; empty where there
        are none to choose from. Raises `AnswerError`.
        """

    def of_group(self, name: str) -> Source:
        """The same source, counting one group alone; empty: all of them. What upstream has shown
        is known to both.
        """

    def fetch_account(self) -> Account:
        """Domains and logins to choose from. Raises `AnswerError`."""

    def fetch_links(self, most: int, search: str = "") -> tuple[list[Link], int]:
        """The account's newest links, of the first `most`, and how many are known to be there.

        `search` narrows both. Raises `AnswerError`.
        """

    def fetch_ranked_links(self, query: ClickQuery, most: int) -> RankedLinks:
        """The first `most` links of an organization by their clicks in the range of a question.

        Raises `QuestionError` for a question about one link, else as `fetch`.
        """

    def ranking_price(self, query: ClickQuery) -> int:
        """How many calls a ranking takes at most; for that no clicks are asked for. Raises as
        `fetch_ranked_links`.
        """

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """All the addresses that lead to a link, itself first. Raises `AnswerError`."""

    def has_link(self, link: str) -> bool:
        """Whether a link is one of those that are counted, as far as upstream tells. Raises
        `AnswerError`.
        """

    def made(self, link: str) -> int:
        """When a link was made [epoch s], 0 where the list of links alone says that. Raises
        `AnswerError`.
        """

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan | None:
        """What questions cost before they are asked; `None` where each takes a few calls at most.

        Raises as `fetch`.
        """

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls questions take at most; for that nothing is asked. Raises as `fetch`."""

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The ways to ask a question, the cheapest first. Raises as `fetch`."""

    def is_before_history(self, query: ClickQuery) -> bool:
        """Whether a question begins before the history that it can be answered from, as far as is
        known. Raises as `fetch`.
        """

    def clicked_days(self, query: ClickQuery) -> Sequence[int]:
        """The UTC days on which there were clicks on all that a question counts, ascending [epoch
        s], as far as is known; nothing is asked for clicks. Raises as `fetch`.
        """

    def ask_anew(self, query: ClickQuery) -> None:
        """Let the finished buckets of a question that are kept be asked once more when it is asked;
        nothing is asked for clicks here. Raises as `fetch`.
        """

    def fill(self, missing: Missing) -> None:
        """Ask for one thing that a fetch plan lacks, and keep it. Raises `AnswerError`."""
