"""What do the account's rankings tell of each link? Its clicks in a period, and how they changed.

A ranking answers for all links at once, so a table of links takes a handful of calls however long
it is: the period, the same up to where it is compared, the other period, and all time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bitly_data import buckets
from bitly_data.analysis import comparison
from bitly_data.analysis.comparison import NotComparableError, Pair
from bitly_data.analysis.verdict import FEWEST_CLICKS
from bitly_data.errors import BitlyError
from bitly_data.query import ALL_TIME, ClickQuery, edges_of
from bitly_data.series import failed
from bitly_data.sources.model import Link, RankedLinks
from bitly_data.views.page_query import PageQuery

Rankings = Mapping[ClickQuery, RankedLinks | BitlyError]

# A change that is smaller has no colour [per cent].
SMALL_CHANGE = 6
# Lengths that differ by less than half a per cent make no change that a reader sees.
_SAME_LENGTH = 0.005
# What a month of all time is asked in: the largest unit, so the fewest buckets.
_ALL_TIME_UNIT = "month"


@dataclass(frozen=True)
class Found:
    """The rankings of a page.

    `part` and `before` are what is set against each other for a change; without them `why` says why
    there is none. `all_time` is `None` where it is not known.
    """

    now: RankedLinks
    part: RankedLinks | None = None
    before: RankedLinks | None = None
    all_time: RankedLinks | None = None
    why: str = ""


@dataclass(frozen=True)
class LinkChange:
    """A change [per cent], `inf` from nothing, `None` where it is not known; `tone` is "more",
    "fewer" or nothing: small ones have none, nor have those of so few clicks that they say little.
    """

    percent: float | None = None
    tone: str = ""


class Counts:
    """The clicks of each link in a ranking."""

    def __init__(self, ranking: RankedLinks) -> None:
        self.ranking = ranking
        self._clicks = {row.link.link: row.clicks for row in ranking.rows}
        self._otherwise = 0 if ranking.is_whole else None

    def of(self, link: str) -> int | None:
        """The clicks of a link of the account; `None` where they are not known [count]."""
        return self._clicks.get(link, self._otherwise)

    def __contains__(self, link: str) -> bool:
        return link in self._clicks

    def of_own(self, link: Link) -> int | None:
        """The same, by what is known of the link: before it was made nobody clicked on it."""
        if link.link not in self and link.created >= self.ranking.edges[1]:
            return 0
        return self.of(link.link)

    def without(self, links: Sequence[Link]) -> int | None:
        """The clicks of all other links together; `None` where they are not known [count]."""
        total, shown = self.ranking.total, [self.of_own(link) for link in links]
        known = [one for one in shown if one is not None]
        if total is None or len(known) < len(shown):
            return None
        return total - sum(known)


def period(query: ClickQuery) -> ClickQuery:
    """The ranking of a page's period: of all its buckets as one."""
    return query.replace(
        rollup=True, limit=None, upstream_buckets=False, zone_days=False, unlisted=False
    )


def all_time(query: ClickQuery) -> ClickQuery:
    """The ranking of all time, of the same domains and login."""
    return period(query).replace(unit=_ALL_TIME_UNIT, units=ALL_TIME, until=None)


def questions(page_query: PageQuery, answers: Rankings) -> list[ClickQuery]:
    """The period; then, of the same moment, what its change takes, and all time."""
    query = period(page_query.query)
    now = answers.get(query)
    if now is None or isinstance(now, BitlyError):
        return [query]
    wanted = [query, *_compared(page_query, now)[0], all_time(query)]
    return list(dict.fromkeys(wanted))


def found(page_query: PageQuery, answers: Rankings) -> Found:
    """What the rankings are, as far as they were answered. Raises the `BitlyError` of the period's
    own.
    """
    query = period(page_query.query)
    now = answers[query]
    if isinstance(now, BitlyError):
        raise now
    wanted, why = _compared(page_query, now)
    ever = answers.get(all_time(query))
    lasting = ever if isinstance(ever, RankedLinks) and not ever.is_cut_back else None
    if why:
        return Found(now, all_time=lasting, why=why)
    part, before = (answers.get(one) for one in wanted)
    if not isinstance(part, RankedLinks) or not isinstance(before, RankedLinks):
        problem = next((one for one in (part, before) if isinstance(one, BitlyError)), None)
        told = f": {problem.user_message.removesuffix('.')}" if problem else ""
        return Found(now, all_time=lasting, why=f"the other period is not available{told}")
    if why := _why_not(part, before):
        return Found(now, all_time=lasting, why=why)
    return Found(now, part, before, lasting)


def _why_not(part: RankedLinks, before: RankedLinks) -> str:
    """Why two rankings cannot be set against each other; empty if they can."""
    if before.is_cut_back or part.is_cut_back:
        return "the other period is older than what Bitly keeps for this account"
    if not (_is_covered(part) and _is_covered(before)):
        return "the click log does not have all of both periods"
    return ""


def _is_covered(ranking: RankedLinks) -> bool:
    return ranking.coverage is None or ranking.coverage.covers(ranking.counted.edges)


def _compared(page_query: PageQuery, now: RankedLinks) -> tuple[list[ClickQuery], str]:
    """What is set against each other: the period up to where it is compared, and the same part of
    the other; or nothing, and why not.
    """
    query = page_query.query.replace(rollup=False, limit=None, upstream_buckets=False)
    try:
        shell = failed(query, "", now.provenance.fetched_at)
        pair = comparison.pair(shell, page_query.against)
    except NotComparableError as problem:
        return [], str(problem)
    except BitlyError as problem:
        return [], problem.user_message.removesuffix(".")
    own = period(query)
    if pair.cut < shell.edges[-1]:
        own = _range(query, int(shell.edges[0]), pair.cut, pair.grain)
    return [own, _before(query, pair)], ""


def _before(query: ClickQuery, pair: Pair) -> ClickQuery:
    other = edges_of(pair.other, int(pair.other.until or 0))
    if pair.other_cut >= other[-1]:
        return period(pair.other)
    return _range(query, int(other[0]), pair.other_cut, pair.grain)


def _range(query: ClickQuery, start: int, end: int, unit: str) -> ClickQuery:
    """The whole days or hours from one moment to another [epoch s], as one."""
    units = len(buckets.between(start, end - 1, unit, query.zone, query.week_start)) - 1
    return period(query).replace(unit=unit, units=units, until=end - 1)


class Changes:
    """By how much each link changed."""

    def __init__(self, rankings: Found) -> None:
        self._part = self._before = None
        self._longer = 1.0
        if rankings.part is None or rankings.before is None:
            return
        self._part, self._before = Counts(rankings.part), Counts(rankings.before)
        lengths = [end - start for start, end in (rankings.part.edges, rankings.before.edges)]
        if abs(lengths[0] / lengths[1] - 1) > _SAME_LENGTH:
            self._longer = lengths[0] / lengths[1]

    def of(self, link: Link) -> LinkChange:
        """The change of one link."""
        if self._part is None or self._before is None:
            return LinkChange()
        return self._change(self._part.of_own(link), self._before.of_own(link))

    def without(self, links: Sequence[Link]) -> LinkChange:
        """The change of all other links together."""
        if self._part is None or self._before is None:
            return LinkChange()
        return self._change(self._part.without(links), self._before.without(links))

    def _change(self, now: int | None, before: int | None) -> LinkChange:
        if now is None or before is None or now < 0 or before < 0 or not (now or before):
            return LinkChange()
        if before == 0:
            return LinkChange(float("inf"), "more" if now >= FEWEST_CLICKS else "")
        percent = (now / before / self._longer - 1) * 100
        if abs(percent) < SMALL_CHANGE or before < FEWEST_CLICKS:
            return LinkChange(percent)
        return LinkChange(percent, "more" if percent > 0 else "fewer")
