"""How do links, domains and logins compare? Lines on one chart, and a row of totals for each.

What is compared is chosen, or it is the account's domains, its logins or its top links. Parts of
one kind add up to a whole, with a row for what is in none of them. Of items of several kinds one
may hold the clicks of another: they stand beside the whole, and are no parts of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bitly_data.errors import BitlyError
from bitly_data.query import LINK, ONLY_OTHERS, ClickQuery
from bitly_data.series import ClickSeries, at_the_moment_of, failed, side_by_side
from bitly_data.sources.base import Capabilities
from bitly_data.sources.model import Account, Link, RankedLinks
from bitly_data.views import missing_data, parts
from bitly_data.views.answers import Answers, is_answered, series_of
from bitly_data.views.lineup import DOMAIN, LOGIN, MOST_ITEMS, Item, item_names, kind_of, titles_of
from bitly_data.views.page_query import PageQuery
from bitly_data.views.parts import Balance
from bitly_data.views.values import CAPTION, INFO, WARNING, Notice

ALL_OF_THEM, ALL_ANSWERED, EVERYTHING = "All of them", "All with an answer", "All clicks"
# What is in none of the parts: all there are of their kind are shown, or only some.
NO_OWN_DOMAIN, NO_OWN_LOGIN, ELSEWHERE = (
    "links of no own domain",
    "links of no own login",
    "everything else",
)
OTHER_LINKS = "all other links"


@dataclass(frozen=True)
class Part:
    """A line: its `series` over the buckets that all share, with its name, and what it counts.

    `item`: `None` for what is in none of the items. `asked`: the answer as it came, by which its
    change is found; `None` for what was made of several answers.
    """

    series: ClickSeries
    item: Item | None = None
    asked: ClickSeries | None = None


@dataclass(frozen=True)
class Lines:
    """Everything that is compared.

    `parts` are the items, `rest` is what the whole has beside them, and `outside` what is no part
    of it. `balance`: what it takes for parts and rest to add up; `None`: the items are of several
    kinds, so that they are no parts. `kind` is that of all items, empty where they are mixed.
    """

    parts: tuple[Part, ...]
    rest: tuple[Part, ...]
    outside: tuple[Part, ...]
    whole: Part
    balance: Balance | None
    kind: str
    notices: tuple[Notice, ...] = ()


# -- what is compared -----------------------------------------------------------------------------


def items_of(page_query: PageQuery) -> tuple[Item, ...]:
    """The chosen items; else the domains, the logins or the ranked links, as far as there are."""
    lineup, query, account = page_query.lineup, page_query.query, page_query.account
    if lineup.items:
        return lineup.items
    if lineup.by == LINK:
        links = page_query.ranked
        return tuple(Item(LINK, item.link) for item in links[: lineup.most or MOST_ITEMS])
    if lineup.by == LOGIN:
        others = (ONLY_OTHERS,) if page_query.capabilities.other_peoples_links else ()
        own = logins_of(account, page_query.links, page_query.capabilities)
        logins = (query.login,) if query.login else (*own[: MOST_ITEMS - 1], *others)
        return tuple(Item(LOGIN, name) for name in logins)
    domains = query.domains or account.short_domains[:MOST_ITEMS]
    return tuple(Item(DOMAIN, name) for name in domains)


def logins_of(
    account: Account, links: Iterable[Link], capabilities: Capabilities
) -> tuple[str, ...]:
    """The account's logins; where upstream lists none, also those that made its newest links."""
    made = (link.login for link in links if link.login) if capabilities.lists else ()
    return tuple(dict.fromkeys((*account.logins, *made)))


def choice_notice(page_query: PageQuery) -> Notice | None:
    """That there is nothing to compare, or what the filters do not narrow."""
    lineup, query = page_query.lineup, page_query.query
    if not items_of(page_query):
        noun = {DOMAIN: "domains of its own", LOGIN: "logins", LINK: "clicked links here"}
        text = f"This account has no {noun[lineup.by]} to compare: choose some above."
        return Notice(INFO, text, "info")
    if lineup.items and (query.domains or query.login):
        return Notice(
            CAPTION, "What was chosen is counted in full; domain and login do not narrow it."
        )
    return None


def ranking_notice(ranking: RankedLinks, most: int) -> Notice | None:
    """That the top links may not be the right ones, as the list of them is not whole."""
    shown = min(most, len(ranking.rows))
    if not shown or ranking.certain >= shown:
        return None
    return Notice(
        CAPTION,
        "Bitly lists its most clicked links only, so a link that is not listed may have as many "
        "clicks as some of these.",
    )


def _is_chosen(page_query: PageQuery) -> bool:
    """Whether the items are the whole: somebody chose them, all of one kind."""
    lineup, query = page_query.lineup, page_query.query
    if lineup.items:
        return bool(kind_of(lineup.items))
    return bool({DOMAIN: query.domains, LOGIN: query.login}.get(lineup.by))


def _base(page_query: PageQuery) -> ClickQuery:
    """The question without an item: what was chosen is narrowed by nothing else."""
    query = page_query.query
    if page_query.lineup.items:
        return query.replace(domains=(), login=None)
    if page_query.lineup.by == DOMAIN:
        return query.replace(domains=())
    return query.replace(login=None) if page_query.lineup.by == LOGIN else query


# -- what is asked --------------------------------------------------------------------------------


def priced(page_query: PageQuery) -> list[ClickQuery]:
    """What the page needs before it can show anything."""
    base, items = _base(page_query), items_of(page_query)
    return list(
        dict.fromkeys(
            [
                *(item.asked(base) for item in items),
                *_together_queries(base, items, [item.name for item in items]),
                *([] if _is_chosen(page_query) else [base]),
            ]
        )
    )


def _together_queries(
    base: ClickQuery, items: Sequence[Item], answered: Sequence[str]
) -> list[ClickQuery]:
    """All domains as one, in which each click counts once, then those that have an answer. Links
    and logins share no click, so that their sum is that.
    """
    if kind_of(items) != DOMAIN:
        return []
    ways = dict.fromkeys((tuple(item.name for item in items), tuple(answered)))
    return [base.replace(domains=names) for names in ways if names]


@dataclass(frozen=True)
class _Asking:
    """What is asked beside the items, once these are answered.

    `at` is the question at the moment of the newest answer. `in_utc`: some answers are in days of
    UTC, as these cost less, so all others are asked for in such days as well.
    """

    page_query: PageQuery
    items: tuple[Item, ...]
    first: dict[Item, ClickSeries]  # as they were answered
    at: ClickQuery
    newest: ClickSeries
    in_utc: bool

    @classmethod
    def of(cls, page_query: PageQuery, answers: Answers) -> _Asking | None:
        """`None` while an item is not asked yet, or where none has an answer."""
        base, items = _base(page_query), items_of(page_query)
        found = {item: answers.get(item.asked(base)) for item in items}
        first = {
            item: one
            for item, one in found.items()
            if isinstance(one, ClickSeries) and one.answered
        }
        if None in found.values() or not first:
            return None
        told = [*first.values(), *_of_whole(base, answers)]
        by_utc = [one for one in told if one.provenance.offset is not None]
        in_utc = bool(by_utc) and base.timezone != "UTC" and not base.upstream_buckets
        newest = max(by_utc if in_utc else told, key=lambda one: int(one.edges[-1]))
        return cls(page_query, items, first, at_the_moment_of(newest, base), newest, in_utc)

    def item_query(self, item: Item) -> ClickQuery:
        """The question whose answer stands for an item: of the same buckets as the others."""
        asked, series = item.asked(_base(self.page_query)), self.first.get(item)
        if series is None:
            return asked
        if self.in_utc and series.provenance.offset is None:
            return item.asked(self.at).replace(timezone="UTC")
        return asked if series.edges[-1] == self.newest.edges[-1] else item.asked(self.at)

    @property
    def whole(self) -> ClickQuery | None:
        """All clicks, on whatever item; `None` where the items are the whole."""
        if _is_chosen(self.page_query):
            return None
        return self.at.replace(timezone="UTC") if self.in_utc and self._is_exact else self.at

    @property
    def _is_exact(self) -> bool:
        """Whether all clicks would be answered in the zone's own days where items are not."""
        return not (self.at.domains or self.at.login)

    @property
    def together(self) -> list[ClickQuery]:
        answered = [item.name for item in self.items if item in self.first]
        return _together_queries(self.at, self.items, answered)

    @property
    def unlisted(self) -> ClickQuery | None:
        """What upstream's lists leave out of domains and logins; `None` where all is listed."""
        is_listed = kind_of(self.items) in (DOMAIN, LOGIN)
        if not (self.page_query.capabilities.lists and is_listed):
            return None
        return self.at.replace(domains=(), login=None, unlisted=True)


def _of_whole(base: ClickQuery, answers: Answers) -> list[ClickSeries]:
    """The answers about all clicks, at whatever moment they were asked for."""
    return [
        one
        for query, one in answers.items()
        if isinstance(one, ClickSeries) and one.answered and query.replace(until=base.until) == base
    ]


def questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """Each item; then, of the same moment, what they are parts of, what is listed nowhere, and
    those that were answered before the newest bucket began or in other days.
    """
    first = [item.asked(_base(page_query)) for item in items_of(page_query)]
    if any(query not in answers for query in first):
        return first
    asking = _Asking.of(page_query, answers)
    if asking is None:
        return []
    together = asking.together
    wanted = [asking.item_query(item) for item in asking.items]
    wanted += [*together[:1], *([asking.whole] if asking.whole is not None else [])]
    wanted += [asking.unlisted] if asking.unlisted is not None else []
    if together and together[0] in answers and not is_answered(answers[together[0]]):
        wanted += together[1:]
    return list(dict.fromkeys(wanted))


# -- what was answered ----------------------------------------------------------------------------


def load(page_query: PageQuery, answers: Answers, *, stopped: bool = False) -> Lines:
    """The lines over the same buckets, and what they are parts of.

    `stopped`: somebody wanted nothing more to be asked.
    """
    asking = _Asking.of(page_query, answers)
    assert asking is not None  # whoever has no answer at all has nothing to load
    items, names = asking.items, _names(page_query, asking.items)
    asked = [_answer_of(asking, item, answers) for item in items]
    together, notices = _together(asking, asked, answers, stopped=stopped)
    whole, why = _whole(asking, together, answers)
    unlisted = _unlisted(asking, answers)
    more = [] if unlisted is None else [unlisted]
    *shown, whole_beside, together_beside = side_by_side(
        [parts.said_in_zone(one, asking.at) for one in (*asked, *more, whole, together)],
        [*names, *(one.name for one in more), whole.name, together.name],
    )
    found = tuple(
        Part(series, item, one) for series, item, one in zip(shown, items, asked, strict=False)
    )
    beside = [
        Part(series, None, one) for series, one in zip(shown[len(items) :], more, strict=True)
    ]
    kind = kind_of(items)
    # A sum of answers is no answer itself, and has no change that could be asked for.
    of_whole = None if whole is together and not asking.together else whole
    lines = Lines(found, (), tuple(beside), Part(whole_beside, None, of_whole), None, kind, why)
    if not kind:
        return lines
    missing = _missing(page_query, kind, whole, together)
    lines = replace(lines, notices=(*notices, *why, *missing))
    return _balanced(asking, lines, together_beside, is_whole=whole is together)


def _missing(
    page_query: PageQuery, kind: str, whole: ClickSeries, together: ClickSeries
) -> list[Notice]:
    """What is not known of the items together though it is of the whole, for which the page says
    what is missing. Links have a row each that says so.
    """
    if kind == LINK or whole is together or not together.answered:
        return []
    said = missing_data.notices(whole, page_query.locale) if whole.answered else []
    plain = missing_data.notices(together, page_query.locale)
    told = missing_data.notices(together, page_query.locale, f"On these {kind}s: ")
    return [notice for notice, same in zip(told, plain, strict=True) if same not in said]


def _balanced(asking: _Asking, lines: Lines, together: ClickSeries, *, is_whole: bool) -> Lines:
    """The lines with what it takes for them to add up to their whole."""
    whole, each = lines.whole.series, [part.series for part in lines.parts]
    rest: tuple[Part, ...] = ()
    if not is_whole and together.answered:
        # Of a login or a domain the lists tell what is listed only, as they do of each part.
        is_part = not (asking.at.login or asking.at.domains)
        inside = lines.outside if is_part else ()
        left = parts.remainder(
            whole,
            together,
            inside[0].series if inside else None,
            _remainder_name(asking),
        )
        rest = (*([] if left is None else [Part(left)]), *inside)
        lines = replace(lines, rest=rest, outside=() if is_part else lines.outside)
    balance = parts.balance(
        [one for one in each if one.answered], [part.series for part in rest], together, whole
    )
    return replace(lines, balance=balance)


def top_and_others(lines: Lines, most: int) -> tuple[tuple[Part, ...], Part | None]:
    """The parts with the most clicks, as many as have a line of their own, and the others as one.

    They stand by what is known of each, its number or its lower bound; those of which nothing is
    known come last. `most`: `ALL_LINES` leaves nothing over.
    """

    def place(part: Part) -> int:
        total = part.series.total
        return -total.at_least if total.known or total.bounded else 1

    ordered = tuple(sorted(lines.parts, key=place))
    if not most or len(ordered) <= most:
        return ordered, None
    left = [part.series for part in ordered[most:]]
    name = f"{len(left)} other{'' if len(left) == 1 else 's'}"
    return ordered[:most], Part(parts.added(left, name))


def _names(page_query: PageQuery, items: Sequence[Item]) -> list[str]:
    return item_names(items, titles_of((*page_query.links, *page_query.ranked)))


def _answer_of(asking: _Asking, item: Item, answers: Answers) -> ClickSeries:
    """What stands for an item: its answer, or that there is none."""
    query = asking.item_query(item)
    answer = answers.get(query)
    if isinstance(answer, ClickSeries):
        return answer
    why = answer.user_message if isinstance(answer, BitlyError) else "It was not asked for."
    return failed(query, why, asking.newest.provenance.fetched_at)


def _remainder_name(asking: _Asking) -> str:
    """What the clicks on none of the items are called."""
    kind, account = kind_of(asking.items), asking.page_query.account
    if kind == LINK:
        return OTHER_LINKS
    names = {item.name for item in asking.first}
    own = account.short_domains if kind == DOMAIN else account.logins
    # Other people's links are those to the organization's domains only.
    if not names >= set(own) or ONLY_OTHERS in names:
        return ELSEWHERE
    if kind == LOGIN and asking.page_query.capabilities.lists:
        return ELSEWHERE  # not all logins are known
    return NO_OWN_DOMAIN if kind == DOMAIN else NO_OWN_LOGIN


def _unlisted(asking: _Asking, answers: Answers) -> ClickSeries | None:
    """The clicks that upstream's lists leave out; `None` where all are listed."""
    unlisted = None if asking.unlisted is None else answers.get(asking.unlisted)
    if not isinstance(unlisted, ClickSeries):
        return None  # the series beside it have said why
    return unlisted if unlisted.clicks[unlisted.known].any() else None


def _together(
    asking: _Asking, asked: Sequence[ClickSeries], answers: Answers, *, stopped: bool
) -> tuple[ClickSeries, tuple[Notice, ...]]:
    """All items as one; without those that have no answer, if they are why there is none."""
    names = [item.name for item in asking.items]
    if not asking.together:
        there = [parts.said_in_zone(one, asking.at) for one in asked if one.answered]
        same = side_by_side(there, [""] * len(there))
        name = ALL_OF_THEM if len(there) == len(asked) else ALL_ANSWERED
        left = [one for one, it in zip(names, asked, strict=True) if not it.answered]
        return replace(parts.added(same, name), query=asking.at), _left_out(left)
    why = ""
    for way in asking.together:
        try:
            whole = series_of(answers, way)
        except BitlyError as problem:
            why = why or problem.user_message
            continue
        left = [name for name in names if name not in way.domains]
        return replace(whole, name=ALL_ANSWERED if left else ALL_OF_THEM), _left_out(left)
    moment = asking.newest.provenance.fetched_at
    unknown = replace(failed(asking.together[0], why, moment), name=ALL_OF_THEM)
    text = f"“{ALL_OF_THEM}” is not known. {why}"
    return unknown, () if stopped else (Notice(WARNING, text, "cloud_off"),)


def _left_out(names: Sequence[str]) -> tuple[Notice, ...]:
    if not names:
        return ()
    return (Notice(CAPTION, f"“{ALL_ANSWERED}” leaves out {', '.join(names)}."),)


def _whole(
    asking: _Asking, together: ClickSeries, answers: Answers
) -> tuple[ClickSeries, tuple[Notice, ...]]:
    """What the items stand beside; themselves where they were chosen, or where the organization
    has no answer, which is said.
    """
    if asking.whole is None or asking.whole not in answers:
        return together, ()
    try:
        return replace(series_of(answers, asking.whole), name=EVERYTHING), ()
    except BitlyError as problem:
        text = f"“{EVERYTHING}” is not known, so there is no row for the rest. "
        return together, (Notice(WARNING, text + problem.user_message, "cloud_off"),)
