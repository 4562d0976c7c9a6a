"""Which links were clicked? A row a link, and one for the others, so that the rows add up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from urllib.parse import urlsplit

import numpy as np

from bitly_data import buckets
from bitly_data.bounds import NO_BOUND
from bitly_data.hosts import link_host, plain_host
from bitly_data.labels import count_text, day_pattern, day_text, many_text
from bitly_data.locales import Locale
from bitly_data.query import LINK, ClickQuery
from bitly_data.series import ClickSeries, Total
from bitly_data.sources.model import Link, RankedLinks
from bitly_data.states import NOT_BEGUN, NOT_IN_LOG, OUTSIDE_WINDOW
from bitly_data.views import change, missing_data
from bitly_data.views.page_query import ALL_LINKS, PageQuery
from bitly_data.views.rankings import Changes, Counts, Found, LinkChange
from bitly_data.views.trend import trend
from bitly_data.views.values import (
    AT_LEAST,
    AT_LEAST_TITLE,
    CAPTION,
    CHANGE,
    COUNT,
    INFO,
    SHARE,
    TIME,
    TREND,
    WARNING,
    Cell,
    Column,
    Notice,
    Table,
    TableFile,
    Trend,
)
from bitly_data.views.widths import AIR, fitting, shortened, text_width

HOW_TO = "A click on a row opens the link; ticked ones can be compared."
TITLE, CLICKS, CHANGED = "Title", "Clicks", "Change"
OTHERS, ALL_TIME_TITLE, IN_LOG_TITLE = "others", "All time", "In the log"
# How wide the columns are [px]; those of words share what is left of the page's content.
_WIDTHS = {
    "Trend": 58,
    CLICKS: 62,
    AT_LEAST: 66,
    "Share": 84,
    CHANGED: 64,
    "Made": 94,
    ALL_TIME_TITLE: 66,
    IN_LOG_TITLE: 66,
}
_HALF_WIDTHS = {**_WIDTHS, "Share": 64}
# What each of these takes of it, in a whole page and in half of one.
_PARTS = {TITLE: 0.36, "Link": 0.33, "Destination": 0.31}
_HALF_PARTS = {TITLE: 1.0}
# The content of a page, without the boxes to tick and the ranks; that of its half; and the least
# for words [px].
_CONTENT, _HALF_CONTENT, _LEAST = 830, 375, 110
# A host is cut to this before what stands behind it is: that tells links apart.
_HOST_LETTERS = 6
_NOT_KNOWN = {
    NOT_IN_LOG: "The click log has no hour of this period.",
    NOT_BEGUN: "This period has not begun yet.",
    OUTSIDE_WINDOW: "This period is older than what Bitly keeps for this account.",
}


@dataclass(frozen=True)
class LinkRow:
    """A link with its numbers; without an address it stands for all that have no row.

    `clicks` is `None` where the number is not known, `at_least` a lower bound of it; `share` [per
    cent] is that of all clicks.
    """

    link: str
    title: str
    about: Link | None = None
    clicks: int | None = None
    at_least: int | None = None
    share: float | None = None
    change: LinkChange = field(default_factory=LinkChange)
    all_time: int | None = None

    @property
    def known(self) -> int:
        """By what it stands in the order: the clicks that there are at the least."""
        return self.clicks if self.clicks is not None else self.at_least or -1


@dataclass(frozen=True)
class Rows:
    """The rows that are shown, of so many links that are `there`; `total` is that of all clicks."""

    shown: tuple[LinkRow, ...]
    others: LinkRow | None
    there: int
    matching: Total
    total: Total

    @property
    def every(self) -> tuple[LinkRow, ...]:
        return (*self.shown, *([self.others] if self.others is not None else []))


@dataclass(frozen=True)
class LinksValue:
    """A table of links; `links` has the address in each of its rows, empty in that of the others.

    `is_empty`: a search or a tag matched nothing, or nothing was clicked.
    """

    table: Table | None
    links: tuple[str, ...] = ()
    summary: Notice | None = None
    notices: tuple[Notice, ...] = ()
    file: TableFile | None = None


def trend_questions(page_query: PageQuery, links: Sequence[LinkRow]) -> list[ClickQuery]:
    """The series of each link, for its small chart."""
    return [own_question(page_query.query, row.link, row.about) for row in links if row.link]


def whole_question(page_query: PageQuery) -> ClickQuery:
    """The series of all clicks, in which the others' small chart is what the links leave."""
    return page_query.query.replace(rollup=False, limit=None, upstream_buckets=False)


def own_question(query: ClickQuery, link: str, about: Link | None = None) -> ClickQuery:
    """The same period of one link, asked by itself; with all its addresses where it has several."""
    several = about is not None and len(about.ids) > 1
    return query.replace(
        target=LINK,
        link=link,
        domains=(),
        login=None,
        rollup=False,
        limit=None,
        zone_days=False,
        unlisted=False,
        all_addresses=several,
    )


def rows(page_query: PageQuery, found: Found, own: Mapping[str, ClickSeries] | None = None) -> Rows:
    """The rows of a page's listing, most clicks first.

    `page_query.links` are links that need not have been clicked; `own` are series of links that
    were asked by themselves, which tell more than a ranking that leaves links out.
    """
    listing, counts = page_query.listing, _Numbers(found, own or {})
    if listing.items:
        every = [_row(link, _about(page_query, found, link), counts) for link in listing.items]
        ordered = sorted(every, key=lambda row: (-row.known, row.link))
    else:
        abouts = [row.link for row in found.now.rows]
        listed = {one.link for one in abouts}
        if listing.is_narrowed or listing.top == ALL_LINKS:
            abouts += [
                one
                for one in page_query.links
                if one.link not in listed and is_asked_for(one, page_query.query)
            ]
        kept = [one for one in abouts if matches(one, listing.search, listing.tag)]
        every = [_row(one.link, one, counts) for one in kept]
        ordered = sorted(every, key=lambda row: (-row.known, row.link))
    top = len(ordered) if listing.top == ALL_LINKS or listing.items else listing.top
    shown, rest = ordered[:top], ordered[top:]
    if listing.is_narrowed:
        return _narrowed(shown, rest, counts)
    others = _others(shown, rest, found, counts)
    total = found.now.counted.total
    return Rows(tuple(shown), others, sum(row.known > 0 for row in ordered), total, total)


class _Numbers:
    """What is known of links by the rankings, and by series of their own."""

    def __init__(self, found: Found, own: Mapping[str, ClickSeries]) -> None:
        self.now, self.changes, self.own = Counts(found.now), Changes(found), own
        self.all_time = None if found.all_time is None else Counts(found.all_time)
        self.total = found.now.total

    def share(self, clicks: int | None) -> float | None:
        """The part of all clicks [per cent]."""
        return clicks / self.total * 100 if clicks is not None and self.total else None


def _row(link: str, about: Link | None, counts: _Numbers) -> LinkRow:
    """A link's row; of one that is not the account's only its own series tells anything."""
    clicks = None if about is None else counts.now.of_own(about)
    at_least = None
    series = counts.own.get(link)
    if clicks is None and series is not None:
        total = series.total
        clicks = total.clicks if total.known and series.is_whole else None
        at_least = total.at_least if clicks is None and total.at_least else None
    ever = counts.all_time
    return LinkRow(
        link,
        name_of(link, about),
        about,
        clicks,
        at_least,
        None if about is None else counts.share(clicks),
        LinkChange() if about is None else counts.changes.of(about),
        None if about is None or ever is None else _ever(about, clicks, counts.now, ever),
    )


def _ever(about: Link, clicks: int | None, now: Counts, ever: Counts) -> int | None:
    """The clicks of all time; of a link that a period up to now has whole, those of the period."""
    listed = ever.of_own(about)
    up_to_now = now.ranking.edges[1] >= ever.ranking.provenance.fetched_at
    return (
        clicks if listed is None and up_to_now and about.created >= now.ranking.edges[0] else listed
    )


def _about(page_query: PageQuery, found: Found, link: str) -> Link | None:
    """What is known of a link, if it is one of the account's."""
    listed = (row.link for row in found.now.rows)
    return next((one for one in (*listed, *page_query.links) if one.link == link), None)


def _others(
    shown: Sequence[LinkRow], rest: Sequence[LinkRow], found: Found, counts: _Numbers
) -> LinkRow | None:
    """All clicks on links without a row of their own; `None` where there are none."""
    links, now = [row.about for row in shown if row.about is not None], found.now
    clicks, total = counts.now.without(links), now.counted.total
    at_least = None
    if clicks is None:
        at_least = total.at_least - sum(row.known for row in shown if row.known > 0)
    if not clicks and not at_least and not rest:
        return None
    return LinkRow(
        "",
        _others_text(len(rest)) if now.is_whole else OTHERS,
        None,
        clicks,
        at_least if at_least and at_least > 0 else None,
        counts.share(clicks),
        counts.changes.without(links),
        counts.all_time.without(links) if counts.all_time is not None else None,
    )


def _narrowed(shown: Sequence[LinkRow], rest: Sequence[LinkRow], counts: _Numbers) -> Rows:
    """The rows of a search, a tag or of named links: the others are those of them without a row."""
    matching = _total([*shown, *rest])
    others = None
    if rest:
        of_rest = _total(rest)
        clicks = of_rest.clicks if not of_rest.unknown else None
        others = LinkRow(
            "",
            _others_text(len(rest)),
            None,
            clicks,
            None if clicks is not None else of_rest.at_least or None,
            counts.share(clicks),
        )
    total = counts.now.ranking.counted.total
    return Rows(tuple(shown), others, len(shown) + len(rest), matching, total)


def _others_text(count: int) -> str:
    return "1 other" if count == 1 else f"{count:,} {OTHERS}" if count else OTHERS


def _total(many: Sequence[LinkRow]) -> Total:
    known = [row.clicks for row in many if row.clicks is not None]
    bounds = [row.at_least for row in many if row.clicks is None and row.at_least]
    return Total(sum(known), len(known), len(many) - len(known), len(bounds), sum(bounds))


def matches(link: Link, search: str, tag: str = "") -> bool:
    """Whether each word of a search is in the title, the link or the destination, and the tag is
    one of the link's.
    """
    if tag and tag not in link.tags:
        return False
    text = " ".join((link.title, link.link, link.long_url)).casefold()
    return all(word in text for word in search.casefold().split())


def is_asked_for(link: Link, query: ClickQuery) -> bool:
    """Whether a link is one of the domains and the login of a question."""
    if query.login and link.login != query.login:
        return False
    domains = set(map(plain_host, query.domains))
    if not domains or link_host(link.link.partition("/")[0]) in map(link_host, domains):
        return True
    target = plain_host(urlsplit(link.long_url).hostname or "")
    return any(target == one or target.endswith(f".{one}") for one in domains)


def name_of(link: str, about: Link | None) -> str:
    """What a link is called: its title, where it has none where it leads, else itself."""
    if about is None:
        return link
    return " ".join(about.title.split()) or without_scheme(about.long_url) or link


def without_scheme(url: str) -> str:
    """An address as people read it."""
    text = url.partition("://")[2] or url
    return text.removeprefix("www.").rstrip("/")


def short_address(address: str, letters: int) -> str:
    """The same for an address: its host gives way before the path that tells it from others."""
    host, slash, path = address.partition("/")
    room = max(letters - len(slash) - len(path), _HOST_LETTERS)
    return shortened(f"{shortened(host, room)}{slash}{path}", letters)


# -- what is shown --------------------------------------------------------------------------------


def present(
    page_query: PageQuery,
    found: Found,
    chosen: Rows,
    trends: Mapping[str, ClickSeries],
    whole: ClickSeries | None = None,
    *,
    is_half: bool = False,
) -> LinksValue:
    """The table with what is to be known of it; `whole` is the series of all clicks, of which the
    others are what is left. `is_half`: for half a page, with the columns that fit.
    """
    if not chosen.every:
        return LinksValue(None, notices=_nothing(page_query, found))
    charts = _charts(chosen, trends, whole)
    columns = _columns(page_query, found, chosen, charts, is_half=is_half)
    return LinksValue(
        Table(columns, on_phone=(TITLE, CLICKS, AT_LEAST, CHANGED), ranked=len(chosen.shown)),
        tuple(row.link for row in chosen.every),
        Notice(CAPTION, f"{summary(page_query, chosen, is_whole=found.now.is_whole)} {HOW_TO}"),
        tuple(notices(page_query, found)),
        None if is_half else _file(chosen, page_query.locale, found.now.provenance.groups_text),
    )


def _charts(
    chosen: Rows, trends: Mapping[str, ClickSeries], whole: ClickSeries | None
) -> list[Trend | None]:
    """A small chart for each row; for the others what is left of all clicks."""
    series = [trends.get(row.link) for row in chosen.shown]
    charts = [None if one is None else trend(one) or None for one in series]
    if chosen.others is not None:
        known = [one for one in series if one is not None]
        left = left_of(whole, known) if whole is not None and len(known) == len(series) else None
        charts.append(None if left is None else trend(left) or None)
    return charts


def left_of(whole: ClickSeries, shown: Sequence[ClickSeries]) -> ClickSeries | None:
    """The clicks of a whole that are on none of the links shown; not known where one of them is
    not. `None` where they are not counted in the same buckets.
    """
    if any(not np.array_equal(one.edges, whole.edges) for one in shown):
        return None
    known = np.logical_and.reduce([one.known for one in (whole, *shown)])
    left = whole.clicks - np.sum([one.clicks for one in shown], axis=0, dtype=np.int64)
    worst = np.maximum.reduce([one.states for one in (whole, *shown)])
    # A whole that was counted a moment earlier may lack a click or two.
    return replace(
        whole,
        name=OTHERS,
        clicks=np.where(known, left.clip(min=0), 0),
        states=worst,
        at_least=np.full(len(left), NO_BOUND),
        at_most=np.full(len(left), NO_BOUND),
    )


def _columns(
    page_query: PageQuery,
    found: Found,
    chosen: Rows,
    charts: Sequence[Trend | None],
    *,
    is_half: bool,
) -> tuple[Column, ...]:
    every = chosen.every
    shares = tuple(row.share for row in every)
    # The bar of the others would make all others short.
    longest = max((row.share for row in chosen.shown if row.share is not None), default=0.0)
    columns = [
        Column("Trend", tuple(charts), TREND),
        Column(CLICKS, tuple(row.clicks for row in every), COUNT),
        Column(AT_LEAST, tuple(_bound(row) for row in every), COUNT, AT_LEAST_TITLE),
        Column("Share", shares, SHARE, most=longest),
        Column(
            CHANGED,
            tuple(row.change.percent for row in every),
            CHANGE,
            tones=tuple(row.change.tone for row in every),
        ),
    ]
    if not is_half:
        columns.append(_made(every, page_query))
    if not is_half and found.all_time is not None:
        name = ALL_TIME_TITLE if found.all_time.coverage is None else IN_LOG_TITLE
        columns.append(Column(name, tuple(row.all_time for row in every), COUNT))
    widths = _HALF_WIDTHS if is_half else _WIDTHS
    numbers = [
        replace(one, width=_width(one, widths[one.name], page_query.locale))
        for one in columns
        if any(cell is not None for cell in one.values)
    ]
    left = (_HALF_CONTENT if is_half else _CONTENT) - sum(one.width for one in numbers)
    return (*_words(every, page_query.locale, left, is_half=is_half), *numbers)


def _width(column: Column, least: int, locale: Locale) -> int:
    """How wide a column of numbers is [px]: there is room for the largest."""
    known = [one for one in column.values if isinstance(one, int | float) and math.isfinite(one)]
    texts = []
    if column.kind == COUNT:
        texts = [count_text(int(max(known, default=0)), locale)]
    elif column.kind == CHANGE:
        texts = [f"+{locale.number(one)} %" for one in (*known, 0)]
    needed = max(map(text_width, texts), default=0) + AIR
    return max(least, math.ceil(needed))


def _bound(row: LinkRow) -> int | None:
    return row.at_least if row.clicks is None else None


def _words(every: Sequence[LinkRow], locale: Locale, left: int, *, is_half: bool) -> list[Column]:
    """What each row is: its title, the short link and where it leads, in the room that is `left`
    [px].
    """
    widths = {
        name: max(int(left * part), _LEAST)
        for name, part in (_HALF_PARTS if is_half else _PARTS).items()
    }
    texts: dict[str, list[Cell]] = {
        TITLE: [
            fitting(row.title, widths[TITLE]) if row.link else locale.text(row.title)
            for row in every
        ]
    }
    if not is_half:
        targets = [without_scheme(row.about.long_url) if row.about else "" for row in every]
        texts["Link"] = [fitting(row.link, widths["Link"], short_address) or None for row in every]
        texts["Destination"] = [
            fitting(target, widths["Destination"], short_address) or None for target in targets
        ]
    return [Column(name, tuple(cells), width=widths[name]) for name, cells in texts.items()]


def _made(every: Sequence[LinkRow], page_query: PageQuery) -> Column:
    """The day on which each link was made, in the zone of the question."""
    zone, locale = page_query.query.zone, page_query.locale
    texts: list[Cell] = []
    clock: list[int | None] = []
    for row in every:
        at = row.about.created if row.about is not None else 0
        day = buckets.local(at, zone) if at else None
        texts.append(None if day is None else day_text(day, locale))
        # The date on the wall, as if it were UTC's: a table knows no zones.
        wall = None if day is None else day.replace(tzinfo=UTC)
        clock.append(None if wall is None else int(wall.timestamp()) * 1000)
    return Column("Made", tuple(texts), TIME, clock=tuple(clock), pattern=day_pattern(locale))


def summary(page_query: PageQuery, chosen: Rows, *, is_whole: bool = True) -> str:
    """How many clicks on how many links the table is about; `is_whole`: all of them are listed."""
    listing, locale = page_query.listing, page_query.locale
    matching = missing_data.total_text(chosen.matching, locale)
    links = many_text(chosen.there, "link", locale)
    if listing.items:
        return f"{matching} clicks on {links} of your list."
    if not listing.is_narrowed:
        # Of a list that is cut it is not known how many links there are.
        return f"{matching} clicks on {links}." if is_whole else f"{matching} clicks."
    words = " and ".join(
        filter(
            None,
            (
                f"match “{listing.search}”" if listing.search else "",
                f"have the tag “{listing.tag}”" if listing.tag else "",
            ),
        )
    )
    if chosen.there == 1:
        words = words.replace("match ", "matches ").replace("have ", "has ")
    total = missing_data.total_text(chosen.total, locale)
    return f"{links} {words}: {matching} of {total} clicks."


def notices(page_query: PageQuery, found: Found) -> list[Notice]:
    """What is to be known of the numbers: what range they are of, what no list shows, what has no
    change and why.
    """
    now, locale = found.now, page_query.locale
    texts = []
    if now.provenance.note:
        texts.append(locale.text(now.provenance.note))
    if now.is_cut_back:
        texts.append("A part of this period is older than what Bitly keeps, and is not counted.")
    if partly := missing_data.partly_text(now.counted, locale):
        texts.append(partly)
    if not now.is_whole and now.rows:
        texts.append(_unlisted_text(now, locale))
    if found.why:
        texts.append(f"No change is shown: {locale.text(found.why)}.")
    else:
        texts.append(f"The change is against {change.name_of(page_query.against)}.")
    return [Notice(CAPTION, " ".join(texts))]


def _unlisted_text(now: RankedLinks, locale: Locale) -> str:
    """What the others stand for, where not every clicked link is listed."""
    listed = many_text(len(now.rows), "link", locale)
    if now.unlisted is None:
        return f"Bitly lists {listed} here; how many clicks are on others is not known."
    return (
        f"Bitly lists {listed} here; {count_text(now.unlisted, locale)} clicks on those that it "
        f"does not list are part of “{OTHERS}”."
    )


def why_not_known(ranking: RankedLinks) -> str:
    """Why a ranking without a row does not say that no link was clicked; empty where it does."""
    return "" if ranking.rows else _NOT_KNOWN.get(ranking.state, "")


def _nothing(page_query: PageQuery, found: Found) -> tuple[Notice, ...]:
    """Why there is no row, and what to do."""
    listing = page_query.listing
    if listing.search:
        text = f"No link matches “{listing.search}”. Title, link and destination were searched."
        return (Notice(INFO, text, "search_off"),)
    if listing.tag:
        return (Notice(INFO, f"No link has the tag “{listing.tag}”.", "label_off"),)
    if why := why_not_known(found.now):
        return (Notice(WARNING, why, "help"),)
    text = "No link was clicked in this period. Choose a longer one above."
    return (Notice(INFO, text, "link"), *notices(page_query, found))


def _file(chosen: Rows, locale: Locale, groups: str) -> TableFile:
    """The rows in full: nothing in it is shortened, and what is not known is empty. `groups` says
    which were counted, where the account has several.
    """
    every = chosen.every
    abouts = [row.about for row in every]

    def of(read: str) -> list[Cell]:
        return [getattr(one, read) if one is not None else None for one in abouts]

    made = [
        f"{buckets.local(one.created, UTC):%Y-%m-%d %H:%M:%S}"
        if one is not None and one.created
        else None
        for one in abouts
    ]
    return TableFile(
        f"Links {groups}".rstrip(),
        {
            "title": [row.title for row in every],
            "link": [row.link or None for row in every],
            "destination": of("long_url"),
            "login": of("login"),
            "made_utc": made,
            "tags": [" ".join(one.tags) if one is not None else None for one in abouts],
            "clicks": [row.clicks for row in every],
            "at_least": [row.at_least if row.clicks is None else None for row in every],
            "share": [_ratio(row.share) for row in every],
            "change": [_ratio(row.change.percent) for row in every],
            "all_time": [row.all_time for row in every],
            **({"groups": [groups] * len(every)} if groups else {}),
        },
    )


def _ratio(percent: float | None) -> float | None:
    """A part of 1, as in every file; none where a change is from nothing."""
    return None if percent is None or percent == float("inf") else round(percent / 100, 6)
