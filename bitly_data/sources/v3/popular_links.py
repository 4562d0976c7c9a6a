"""The most clicked links of an organization in a range, and what the link history says of them.

v3 ranks the links of an organization, perhaps of some domains, or of a user, in buckets of one
offset from UTC as everywhere (docs/upstream/v3.md, sections 5 and 7.1). It names each link and its
clicks, and nothing else: title, destination and login come from the link history, which is asked by
the links' addresses. A login is picked here; a link that is not in the history is somebody else's.
What has no row is had from the organization's own count of the range.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bitly_data.buckets import EARLIEST, HOUR_SECONDS, ceiling
from bitly_data.errors import AccessError, AnswerError, NotFoundError
from bitly_data.hosts import link_host, plain_host, plain_link
from bitly_data.query import ALL_TIME, HIGHEST_LIMIT, ONLY_OTHERS, ClickQuery
from bitly_data.series import Coverage
from bitly_data.sources.model import Account, Link, RankedLink, RankedLinks
from bitly_data.sources.ranked_links import CountedRange, Unlisted, asked_range, ranking
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.all_time import first_month
from bitly_data.sources.v3.finite import total_question
from bitly_data.sources.v3.reader import ClicksReader, all_time_end
from bitly_data.sources.v3.rebuild import NoAlignmentError, alignment, hours_zone
from bitly_data.transport.client import Answer

# A title hardly ever changes; whoever changed one sees it after some minutes [s]. What is known of
# so many links takes a few MB.
BOOK_SECONDS, MOST_IN_BOOK = 900.0, 20_000
# The range is put once more where upstream's clock turns out to be in another bucket than ours.
_MOST_TRIES = 2
BY_HOURS = (
    "This range is counted in whole hours of UTC: no zone that Bitly takes has hours that begin "
    "and end where the range does."
)


@dataclass(frozen=True)
class Range:
    """The buckets to rank the links of (`request`), and from when to when they are [epoch s]."""

    request: v3.ClicksRequest
    start: int
    end: int
    note: str = ""


@dataclass
class LinkBook:
    """What the link history said of links, for some minutes: `None` of one that it does not have.

    Rankings of many ranges name the same links again and again.
    """

    monotonic: Callable[[], float] = time.monotonic
    _told: dict[str, tuple[float, Link | None]] = field(default_factory=dict)

    def is_told(self, name: str) -> bool:
        """Whether it was asked about a link lately."""
        found = self._told.get(plain_link(name))
        return found is not None and self.monotonic() - found[0] < BOOK_SECONDS

    def of(self, name: str) -> Link | None:
        """What was said of a link that was asked about."""
        found = self._told.get(plain_link(name))
        return None if found is None else found[1]

    def note(self, names: Sequence[str], links: Sequence[Link]) -> None:
        """Keep what was said of these."""
        if len(self._told) > MOST_IN_BOOK:
            self._told.clear()
        said = {plain_link(link.link): link for link in reversed(links)}
        now = self.monotonic()
        for name in map(plain_link, names):
            self._told[name] = (now, said.get(name))


@dataclass
class PopularLinks:
    """One ranking; `account` gives the domains of the organization, in a call.

    `refused` are the endpoints that this account is known not to have, `book` is what is known of
    its links.
    """

    reader: ClicksReader
    account: Callable[[], Account]
    refused: set[str]
    book: LinkBook = field(default_factory=LinkBook)

    @property
    def query(self) -> ClickQuery:
        return self.reader.query

    def ranked(self, most: int, label: str, coverage: Coverage | None) -> RankedLinks:
        """The first `most` links; `label` is that of the account. Raises `AnswerError`."""
        counted, pages = self._pages(most)
        clicks = {name: count for page in pages for name, count in page.rows}
        ordered = sorted(clicks.items(), key=lambda row: (-row[1], row[0]))
        rows, looked = self._rows(ordered, most)
        unlisted = self._unlisted(counted, pages, rows, ordered[:looked], ordered[looked:])
        if self.query.units == ALL_TIME:
            counted = Range(counted.request, self._beginning(), counted.end)
        return ranking(
            self.query,
            rows,
            unlisted,
            CountedRange(counted.start, counted.end, asked_range(self.query, self.reader.now)),
            most,
            self.reader.provenance(label, counted.note),
            coverage,
        )

    # -- the range ------------------------------------------------------------------------------

    def _pages(self, most: int) -> tuple[Range, list[v3.Popular]]:
        """The lists that the question takes, and the range that they are of."""
        for _ in range(_MOST_TRIES):
            counted = range_of(self.query, self.reader.now)
            pages = [
                self._popular(counted.request, domains, hosts, most)
                for domains, hosts in self._narrowings()
            ]
            if range_of(self.query, self.reader.now) == counted:
                break
        return counted, pages

    def _beginning(self) -> int:
        """The start of the month with the first click; where no count tells it, that of all."""
        try:
            return first_month(self.reader, self.reader.oldest_month())
        except AnswerError as problem:
            if not _is_wall(problem):
                raise
            return EARLIEST

    # -- the lists ------------------------------------------------------------------------------

    def _narrowings(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """For each list the domains that it is asked of, and the hosts that its links must be on
        (none: on any).

        Other people's links are those to the organization's own destinations.
        """
        chosen = tuple(map(plain_host, self.query.domains))
        if self.query.login != ONLY_OTHERS:
            return [(chosen, ())]
        tracking = tuple(map(plain_host, self.account().tracking_domains))
        if not tracking:
            return []
        targets = tuple(name for name in chosen if name in tracking)
        hosts = tuple(link_host(name) for name in chosen if name not in tracking)
        found = [(targets or tracking, ())] if targets or not chosen else []
        return [*found, (tracking, hosts)] if hosts else [*found]

    def _popular(
        self,
        wanted: v3.ClicksRequest,
        domains: tuple[str, ...],
        hosts: tuple[str, ...],
        most: int,
    ) -> v3.Popular:
        try:
            found = self._ask_popular(wanted, domains, most, of_organization=True)
        except AnswerError as problem:
            if not _is_wall(problem) or self.query.login == ONLY_OTHERS:
                raise
            found = self._ask_popular(wanted, (), most, of_organization=False)
            self.refused.add(v3.ORGANIZATION_POPULAR)
        if not hosts:
            return found
        return found.of(lambda name: link_host(name.partition("/")[0]) in hosts)

    def _ask_popular(
        self,
        wanted: v3.ClicksRequest,
        domains: Sequence[str],
        most: int,
        *,
        of_organization: bool,
    ) -> v3.Popular:
        if of_organization and v3.ORGANIZATION_POPULAR in self.refused:
            raise AccessError("Not asked again, as it was refused.")
        picked_here = self.query.login or (self.query.domains and not of_organization)
        # One more than is wanted tells whether there are more.
        limit = HIGHEST_LIMIT if picked_here else min(most + 1, HIGHEST_LIMIT)
        request = v3.popular_request(wanted, limit, domains, of_organization=of_organization)
        log = self.reader.log

        def read(answer: Answer) -> v3.Popular:
            found = v3.parse_popular(answer.path, answer.status, answer.body, limit)
            if wanted.end is None or not log.requests:
                log.now = answer.date
            return found

        found = self.reader.attempt.send(request, read)
        log.add(request.path)
        log.echo(found.echoed)
        return found

    # -- the rows -------------------------------------------------------------------------------

    def _rows(self, ordered: Sequence[tuple[str, int]], most: int) -> tuple[list[RankedLink], int]:
        """The first `most` links that are asked for, and at how many there was a look for them."""
        rows: list[RankedLink] = []
        looked = 0
        while looked < len(ordered) and len(rows) < most:
            # Of links that all are asked for no more than the wanted ones are looked up.
            few = v3.MOST_NAMED if self._is_picked_here else most - len(rows)
            part = ordered[looked : looked + min(v3.MOST_NAMED, few)]
            self._look_up([name for name, _ in part])
            looked += len(part)
            rows += [
                RankedLink(self.book.of(name) or Link(name, "", "", "", 0), count)
                for name, count in part
                if self._is_asked_for(name)
            ]
        return rows, looked

    @property
    def _is_picked_here(self) -> bool:
        """Whether some rows of a list are not asked for."""
        return bool(self.query.login or (self.query.domains and self._is_of_user))

    @property
    def _is_of_user(self) -> bool:
        return v3.ORGANIZATION_POPULAR in self.refused

    def _look_up(self, names: Sequence[str]) -> None:
        """Ask what the link history says of some links, `v3.MOST_NAMED` at most."""
        names = [name for name in names if not self.book.is_told(name)]
        if not names:
            return
        page = self.reader.attempt.send(
            v3.named_links_request(names),
            lambda answer: v3.parse_links(answer.path, answer.status, answer.body),
        )
        self.reader.log.add(v3.LINK_HISTORY)
        self.book.note(names, page.links)

    def _is_asked_for(self, name: str) -> bool:
        about = self.book.of(name)
        login = self.query.login
        if login == ONLY_OTHERS:
            return about is None
        if login and (about is None or about.login != login):
            return False
        return not (self.query.domains and self._is_of_user) or self._is_on_domains(name, about)

    def _is_on_domains(self, name: str, about: Link | None) -> bool:
        domains = set(map(plain_host, self.query.domains))
        if link_host(name.partition("/")[0]) in map(link_host, domains):
            return True
        target = plain_host(about.long_url.partition("://")[2].split("/")[0]) if about else ""
        return any(target == one or target.endswith(f".{one}") for one in domains)

    # -- what has no row ------------------------------------------------------------------------

    def _unlisted(
        self,
        counted: Range,
        pages: Sequence[v3.Popular],
        rows: Sequence[RankedLink],
        looked: Sequence[tuple[str, int]],
        others: Sequence[tuple[str, int]],
    ) -> Unlisted:
        """What is known of the links that are asked for and have no row.

        `looked` are those that were looked up, `others` those behind them.
        """
        listed = sum(row.clicks for row in rows)
        is_cut = any(page.is_full or page.unread for page in pages)
        total = None
        if is_cut or self._is_picked_here or not pages:
            total = self._total(counted.request)
        if total is not None and total >= listed:
            each = self._most_each(pages, rows, looked, others)
            return _rest(total - listed, each)
        behind = [count for _, count in others]
        at_least = 0 if self._is_picked_here else sum(behind)
        if is_cut:
            return Unlisted(at_least, None, None)
        return Unlisted(at_least, sum(behind), max(behind, default=None))

    def _most_each(
        self,
        pages: Sequence[v3.Popular],
        rows: Sequence[RankedLink],
        looked: Sequence[tuple[str, int]],
        others: Sequence[tuple[str, int]],
    ) -> int | None:
        """The most clicks that a link without a row can have; `None`: no list tells."""
        if any(page.unread for page in pages):
            return None
        bounds = [count for _, count in others[:1]]
        bounds += [page.lowest for page in pages if page.is_full]
        if self.query.login:
            # A link that is not in the history may be there all the same: then it lacks a row.
            there = {row.link.link for row in rows}
            bounds += [count for name, count in looked if name not in there]
        return max(bounds, default=None)

    def _total(self, wanted: v3.ClicksRequest) -> int | None:
        """The organization's clicks of the question; `None` where it does not tell them."""
        try:
            return self.reader.one_number(wanted)
        except AnswerError as problem:
            if not (_is_wall(problem) and self._is_of_user):
                raise
            return None


def _rest(clicks: int, each: int | None) -> Unlisted:
    """So many clicks on links without a row, of which none has more than `each`, if that is known
    [count].
    """
    return Unlisted(clicks, clicks, min(clicks, each) if clicks and each else clicks or None)


def _is_wall(problem: AnswerError) -> bool:
    """Whether an account does not have an endpoint, or a server; a domain that it does not know is
    another matter.
    """
    return isinstance(problem, AccessError) or (
        isinstance(problem, NotFoundError) and problem.status == 404
    )


def range_of(query: ClickQuery, now: int) -> Range:
    """What to ask for, to have a range in one answer."""
    if query.units == ALL_TIME:
        newest = query.until if query.until is not None else now
        end = ceiling(newest, query.unit, query.zone, query.week_start)
        return Range(_all_time(query, now), EARLIEST, end)
    try:
        question = total_question(query, now)
        first, last = int(question.edges[0]), int(question.edges[-1])
        if question.request is not None:
            return Range(question.request, first, last)
    except NoAlignmentError:
        first, last = asked_range(query, now) or (0, 0)
    start, end = first // HOUR_SECONDS * HOUR_SECONDS, -(-last // HOUR_SECONDS) * HOUR_SECONDS
    units = (end - start) // HOUR_SECONDS
    reference: int | None = end - 1
    if query.until is None:
        reference, units = None, (now - start) // HOUR_SECONDS + 1
    request = v3.ClicksRequest("hour", units, "0", reference, rollup=True)
    return Range(request, start, end, BY_HOURS)


def _all_time(query: ClickQuery, now: int) -> v3.ClicksRequest:
    end = all_time_end(query)
    if end is None:
        return v3.ClicksRequest("hour", ALL_TIME, query.timezone, None, rollup=True)
    try:
        zone = hours_zone(query, alignment(end + 1), now)
    except NoAlignmentError:
        zone = "0"
    return v3.ClicksRequest("hour", ALL_TIME, zone, end, rollup=True)
