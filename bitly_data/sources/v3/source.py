"""Bitly v3 as a source: one question in, one `ClickSeries` out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bitly_data.errors import QuestionError
from bitly_data.query import ALL_TIME, ORGANIZATION, ClickQuery
from bitly_data.series import ClickSeries, Coverage, only_known
from bitly_data.sources.base import Capabilities
from bitly_data.sources.check import CheckCost, Findings, Owner, Probe
from bitly_data.sources.fetch_plan import FEW_CALLS, FetchPlan, Missing
from bitly_data.sources.model import Account, Link, RankedLinks
from bitly_data.sources.ranked_links import one_range, refuse_link
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v3 import check
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.addresses import addresses_of, fetch_all_addresses, others_of
from bitly_data.sources.v3.all_time import all_time, all_time_total
from bitly_data.sources.v3.finite import calls_of, finite, finite_total
from bitly_data.sources.v3.parts import Parts
from bitly_data.sources.v3.popular_links import LinkBook, PopularLinks
from bitly_data.sources.v3.reader import ClicksReader
from bitly_data.sources.v3.rebuild import NoAlignmentError
from bitly_data.sources.v3.unfinished import Unfinished
from bitly_data.sources.v3.upstream_buckets import upstream_buckets
from bitly_data.transport.client import HttpClient

CAPABILITIES = Capabilities(
    name="v3",
    own_zone_days=True,
    buckets_by_one_offset=True,
    other_peoples_links=True,
    counts_links=True,
    addresses=True,
    lists=False,
    tells_limits=False,
    ranks_links=True,
    tags=True,
    groups=False,
)
# A search for a back-half finds the longer ones too; hardly ever more than a page of them.
MOST_SEARCHED = 10 * v3.MOST_LINKS
NOT_ALIGNED = (
    "These are Bitly's own buckets, by its one offset from UTC and its weeks: no zone "
    "that Bitly takes has hours that line up with this one's."
)


@dataclass(frozen=True)
class V3Source:
    """Bitly v3 as a source of click series.

    A question that the account's calls run out on goes on from there when it is asked again.
    `account_label` is how the account is shown; `endpoint` and `wire` are as in `clicks_request`.
    `clock` is upstream's clock as far as it is known before the first answer; `coverage` gives what
    a click log covers by now, if there is one behind it.
    """

    upstream: HttpClient
    account_label: str
    endpoint: str = "auto"
    wire: str = "json"
    clock: Callable[[], float] = time.time
    unfinished: Unfinished = field(default_factory=Unfinished, repr=False)
    coverage: Callable[[], Coverage | None] = field(default=lambda: None, kw_only=True, repr=False)
    # What this account was refused, so that it is not asked for each time.
    refused: set[str] = field(default_factory=set, kw_only=True, repr=False)
    book: LinkBook = field(default_factory=LinkBook, kw_only=True, repr=False)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def check_cost(self) -> CheckCost:
        return check.COST

    def check(self, probe: Probe) -> Findings:
        """Ask each endpoint once through the probe; no error of an endpoint ends it."""
        return check.check_account(probe, self.wire)

    def owner(self, upstream: HttpClient) -> Owner:
        """Whose token it is, in one call by this client. Raises `AnswerError`."""
        return check.describe_owner(upstream)

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        if query.all_addresses:
            others = others_of(str(query.link), self._named)
            return fetch_all_addresses(query, others, self.fetch)
        if self.wire == "txt" and not query.rollup:
            raise QuestionError(
                "Plain text is offered for totals only: add --rollup, or choose json or xml."
            )
        note = ""
        with self.unfinished.attempt(query, self.upstream, self.clock()) as attempt:
            log = RequestLog(attempt.now)
            reader = ClicksReader(attempt, query, self.endpoint, self.wire, log)
            try:
                edges, clicks, states = _parts(reader)
            except NoAlignmentError:
                edges, clicks, states = upstream_buckets(reader)
                note = NOT_ALIGNED
        origin = reader.provenance(self.account_label, note)
        name, coverage = query.series_name, self.coverage()
        return only_known(ClickSeries(query, name, edges, clicks, states, origin, coverage))

    def groups(self) -> tuple[str, ...]:
        """None: v3 tells of no groups."""
        return ()

    def of_group(self, name: str) -> V3Source:
        """The same, as there is none to choose."""
        return self

    def has_link(self, link: str) -> bool:
        """Whether a link is one of the account's. Raises `AnswerError`."""
        found, _ = self.fetch_links(search=link)
        return any(link in (one.link, *one.ids) for one in found)

    def fetch_account(self) -> Account:
        """Domains and logins to choose from. Raises `AnswerError`."""
        return self.upstream.send(
            v3.account_request(),
            lambda answer: v3.parse_account(answer.path, answer.status, answer.body),
        )

    def fetch_links(self, most: int = 500, search: str = "") -> tuple[list[Link], int]:
        """The account's newest links, of the first `most`, and how many there are in all.

        `search` narrows them to those in whose link, title or address upstream finds it. Raises
        `AnswerError`.
        """
        links: list[Link] = []
        listed, total = 0, None
        question = ("links", most, search)
        with self.unfinished.attempt(question, self.upstream, self.clock()) as attempt:
            while listed < most:
                size = min(v3.MOST_LINKS, most - listed)
                page = attempt.send(
                    v3.links_request(listed, size, search),
                    lambda answer: v3.parse_links(answer.path, answer.status, answer.body),
                )
                links += page.links
                listed, total = listed + page.listed, page.total
                if page.listed < size or listed == total:
                    break
        return links, listed if total is None else total

    def fetch_ranked_links(self, query: ClickQuery, most: int = v3.MOST_LINKS) -> RankedLinks:
        """The first `most` links of an organization by their clicks in the range of a question.

        Raises `QuestionError` or `AnswerError`.
        """
        refuse_link(query)
        query = one_range(query)
        question = ("ranked links", most, query)
        with self.unfinished.attempt(question, self.upstream, self.clock()) as attempt:
            log = RequestLog(attempt.now)
            reader = ClicksReader(attempt, query, self.endpoint, "json", log)
            ranked = PopularLinks(reader, self.fetch_account, self.refused, self.book)
            return ranked.ranked(most, self.account_label, self.coverage())

    def ranking_price(self, query: ClickQuery) -> int:
        """Nothing that is worth a word."""
        refuse_link(query)
        return 0

    def _named(self, text: str) -> list[Link]:
        """The account's links with a text in their address, with their custom back-halves."""
        links: list[Link] = []
        for offset in range(0, MOST_SEARCHED, v3.MOST_LINKS):
            page = self.upstream.send(
                v3.links_request(offset, v3.MOST_LINKS, text),
                lambda answer: v3.parse_links(answer.path, answer.status, answer.body),
            )
            links += page.links
            if page.listed < v3.MOST_LINKS:
                break
        return links

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """The link by each host that it has in the account's link history, itself first.

        Raises `AnswerError`.
        """
        return addresses_of(link, self._named)

    def made(self, link: str) -> int:
        """Not known: v3 says it in its list of links alone."""
        return 0

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan | None:
        """None: whatever the question is, it takes a few calls."""
        return None

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """Of the questions of which each by itself takes more than a few; the others, which are
        nearly all, are not worth a word. Of all time it is not known.
        """
        now = int(self.clock())
        by_range: dict[ClickQuery, int] = {}
        found = 0
        for query in queries:
            # No bucket takes more than a call or two.
            if query.rollup or query.upstream_buckets or query.units <= FEW_CALLS:
                continue
            key = query.replace(
                target=ORGANIZATION, link=None, domains=(), login=None, all_addresses=False
            )
            if key not in by_range:
                by_range[key] = calls_of(query, now)
            found += by_range[key] if by_range[key] > FEW_CALLS else 0
        return found

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The one way."""
        return [query]

    def is_before_history(self, query: ClickQuery) -> bool:
        """Never, as far as is known: v3 does not say what it keeps."""
        return False

    def clicked_days(self, query: ClickQuery) -> Sequence[int]:
        """None: no bucket is kept beyond the answer that it came with."""
        return ()

    def ask_anew(self, query: ClickQuery) -> None:
        """Nothing: no bucket is kept beyond the answer that it came with."""

    def fill(self, missing: Missing) -> None:
        """Nothing: there is no plan that could lack anything."""
        raise AssertionError("v3 has no plans")


def _parts(reader: ClicksReader) -> Parts:
    """The requested buckets, right in their zone. Raises `NoAlignmentError`."""
    query = reader.query
    if query.upstream_buckets:
        return upstream_buckets(reader)
    if query.units == ALL_TIME:
        return all_time_total(reader) if query.rollup else all_time(reader)
    return finite_total(reader) if query.rollup else finite(reader)
