"""Bitly v4 as a source: v3's questions, answered from what v4 counts.

v4 counts in UTC and knows no organization, domain or login (docs/upstream/v4.md, section 6;
docs/decisions/0004). So

- buckets of a zone are made from UTC hours, or from UTC days where their edges are such; where
  neither fits, or the plan has no hours, they are UTC's own, and the series says so (`calendar`);
- an organization is the sum of its groups, or the one that was chosen; a link with all its
  addresses is that of its ids, which Bitly counts apart (`scope`);
- a domain or a login is made from the group's most clicked links of each UTC bucket (`shares`). A
  list holds at most a hundred; the group's own count says what is missing, and a bucket in which
  anything is missing is `capped`. What is missing is a series of its own (`ClickQuery.unlisted`).
  Asked for in the zone's own days (`ClickQuery.zone_days`), such a day is made from the lists of
  its hours.

What was counted in a finished bucket is kept; once it has settled, it is not asked for again
(`counts`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bitly_data.errors import AccessError, NotFoundError
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries, Coverage, only_known
from bitly_data.sources.base import Capabilities
from bitly_data.sources.bucket_store import SETTLING_SECONDS, BucketStore
from bitly_data.sources.check import CheckCost, Findings, Owner, Probe
from bitly_data.sources.fetch_plan import FetchPlan, Missing
from bitly_data.sources.model import Account, Link, RankedLinks
from bitly_data.sources.ranked_links import one_range, refuse_link
from bitly_data.sources.v4 import check, wire
from bitly_data.sources.v4.account import Tally, V4Account
from bitly_data.sources.v4.answers import Answers
from bitly_data.sources.v4.cost import Cost
from bitly_data.sources.v4.counts import UtcCounts
from bitly_data.sources.v4.facts import LINK, Facts
from bitly_data.sources.v4.scope import Scope
from bitly_data.sources.v4.sorted_links import SortedLinks, everything_of
from bitly_data.transport.client import HttpClient
from bitly_data.transport.ttl_cache import TTLCache

CAPABILITIES = Capabilities(
    name="v4",
    own_zone_days=False,
    buckets_by_one_offset=False,
    other_peoples_links=False,
    counts_links=False,
    addresses=True,
    lists=True,
    tells_limits=True,
    ranks_links=True,
    tags=True,
    groups=True,
)


@dataclass(eq=False)
class V4Source:
    """Bitly v4 as a source of click series.

    `account_label` is how the account is shown; `store_of` gives the place for what was counted, by
    the account's id; `tracking_domains` are destinations that count as domains of the organization.
    `settling` is the time after which a bucket settles [s]; `clock` is this machine's [epoch s];
    `cache` is where the account's facts are remembered; `coverage` gives what a click log covers by
    now, if there is one behind it.
    `group` is the name of the only group that is counted, `tally` what the calls add up to.
    """

    upstream: HttpClient
    account_label: str
    store_of: Callable[[str], BucketStore]
    tracking_domains: tuple[str, ...] = ()
    settling: float = field(default=SETTLING_SECONDS, kw_only=True)
    clock: Callable[[], float] = field(default=time.time, kw_only=True)
    cache: TTLCache = field(
        default_factory=lambda: TTLCache(time.monotonic), repr=False, kw_only=True
    )
    coverage: Callable[[], Coverage | None] = field(default=lambda: None, repr=False, kw_only=True)
    tally: Tally = field(default_factory=Tally, repr=False, kw_only=True)
    group: str = field(default="", kw_only=True)

    account: V4Account = field(init=False, repr=False)
    _counts: UtcCounts = field(init=False, repr=False)
    _scope: Scope = field(init=False, repr=False)
    _answers: Answers = field(init=False, repr=False)
    _cost: Cost = field(init=False, repr=False)
    _sorted: SortedLinks = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.account = V4Account(
            self.upstream, self.clock, Facts(self.cache), self.tally, self.group
        )
        self._counts = UtcCounts(self.account, self.store_of, self.settling)
        self._scope = Scope(self.account, self._counts)
        self._answers = Answers(self.account_label, self._scope)
        self._cost = Cost(self._answers)
        self._sorted = SortedLinks(self._answers)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # -- the account ----------------------------------------------------------------------------

    @property
    def check_cost(self) -> CheckCost:
        return check.COST

    def check(self, probe: Probe) -> Findings:
        """Ask each endpoint once through the probe; its calls are calls of the month."""
        findings = check.check_account(probe, self.store_of, self.tracking_domains)
        self.account.tally.add(probe.calls)
        return findings

    def owner(self, upstream: HttpClient) -> Owner:
        """Whose token it is, in one call by this client. Raises `AnswerError`."""
        return check.describe_owner(upstream)

    def groups(self) -> tuple[str, ...]:
        """The names of the groups, where there are several. Raises `AnswerError`."""
        names = tuple(self.account.every_group())
        return names if len(names) > 1 else ()

    def of_group(self, name: str) -> V4Source:
        """The same, counting one group alone; empty: all of them."""
        return replace(self, group=name)

    def fetch_account(self) -> Account:
        """Domains and logins to choose from. Raises `AnswerError`.

        v4 lists no logins: there are the token's own, in its own group, and those of the links that
        are kept.
        """
        user = self.account.user()
        groups = [one.guid for one in self.account.groups()] if self.group else None
        own = [user.login] if groups is None or user.default_group in groups else []
        logins = dict.fromkeys((*own, *self._counts.store.logins(groups)))
        domains = self.account.own_domains()
        return Account(user.login, domains, self.tracking_domains, tuple(logins))

    def fetch_links(self, most: int = wire.MOST_LISTED, search: str = "") -> tuple[list[Link], int]:
        """The account's newest links, of the first `most`, and how many are known to be there.

        v4 does not say how many there are in all: one more than the list where it goes on. Raises
        `AnswerError`.
        """
        links: list[Link] = []
        goes_on = False
        for group in self.account.groups():  # each to the full: the newest of all may be in any
            found, is_cut = self._links_of_group(group.guid, most, search)
            links += found
            goes_on = goes_on or is_cut
        links = _each_once(links)
        for link in links:
            self.account.facts.put(LINK, link.link, link)
        newest = sorted(links, key=lambda link: -link.created)[:most]
        return newest, len(newest) + (1 if goes_on or len(links) > most else 0)

    def _links_of_group(self, guid: str, most: int, search: str) -> tuple[list[Link], bool]:
        """At least `most` links of a group, or all of them, and whether there are more."""
        links: list[Link] = []
        after = ""
        while len(links) < most:
            page, following = self.account.ask(
                wire.links_request(guid, search, after), wire.parse_links
            )
            links += page
            # Upstream that hands out the same place again would never end.
            after = "" if following == after else following
            if not after:
                break
        return links, bool(after)

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """All the ids that lead to a link, itself first. Raises `AnswerError`."""
        return self._scope.addresses_of(link)

    def has_link(self, link: str) -> bool:
        """Whether a link is in one of the groups that are counted. Raises `AnswerError`."""
        try:
            group = self.account.link(link).group
        except (AccessError, NotFoundError) as problem:
            if problem.status not in (403, 404):
                raise
            return False
        return not group or group in [one.guid for one in self.account.groups()]

    def made(self, link: str) -> int:
        """When a link was made [epoch s]. Raises `AnswerError`."""
        return self.account.link(link).created

    # -- questions ------------------------------------------------------------------------------

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        return only_known(replace(self._answers.series(query), coverage=self.coverage()))

    def fetch_ranked_links(self, query: ClickQuery, most: int = wire.MOST_LISTED) -> RankedLinks:
        """The first `most` links of an organization by their clicks in the range of a question.

        Raises `QuestionError` or `AnswerError`.
        """
        refuse_link(query)
        return self._sorted.ranked(query, most, self.coverage())

    def ranking_price(self, query: ClickQuery) -> int:
        """How many calls a ranking takes at most: a list of each group, and what the groups' own
        counts take. Raises as `fetch_ranked_links`.
        """
        refuse_link(query)
        return self._sorted.price(query) + self._cost.price([everything_of(one_range(query))])

    def missing(self, query: ClickQuery) -> list[Missing]:
        """What a question takes that is not kept or has to be asked again. Raises as `fetch`."""
        return self._cost.missing(query)

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan:
        """What questions cost, before they are asked. Raises as `fetch`."""
        return self._cost.plan(queries)

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls questions take at most; for that nothing is asked. Raises as `fetch`."""
        return self._cost.price(queries)

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The ways to ask a question, the cheapest first. Raises as `fetch`."""
        return self._cost.choices(query)

    def is_before_history(self, query: ClickQuery) -> bool:
        """Whether a question begins before the history that it can be answered from, as far as is
        known. Raises as `fetch`.
        """
        return self._cost.is_before_history(query)

    def clicked_days(self, query: ClickQuery) -> Sequence[int]:
        """The UTC days with clicks, as far as they are kept: a first answer has the whole history.
        None for a part of the groups, which their counts say nothing of. Raises as `fetch`.
        """
        if query.domains or query.login is not None:
            return ()
        return self._counts.clicked_days(self._scope.keys(query, "day"))

    def ask_anew(self, query: ClickQuery) -> None:
        """Let the finished buckets of a question be asked once more. Raises as `fetch`."""
        self._cost.ask_anew(query)
        self._sorted.ask_anew()

    def fill(self, missing: Missing) -> None:
        """Ask for one thing that is missing, and keep it. Raises `AnswerError`."""
        self._cost.fill(missing)


def _each_once(links: Sequence[Link]) -> list[Link]:
    """Links by their addresses, in their order; what a link of its own says of it comes first.

    One that is clicked through several hosts is listed by each, and each names the others.
    """
    by_name: dict[str, Link] = {}
    for link in links:
        if link.link not in by_name or link.ids[:1] == (link.link,):
            by_name[link.link] = link
    return list(by_name.values())
