"""What is one link, and how does it do among links like it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bitly_data import buckets
from bitly_data.hosts import link_host
from bitly_data.labels import at_least_text, count_text, day_text, many_text
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ALL_TIME, ORGANIZATION, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.sources.model import Link, RankedLink, RankedLinks
from bitly_data.views import links, missing_data, rankings
from bitly_data.views.addresses import MOST_COUNTED
from bitly_data.views.answers import Answers
from bitly_data.views.links import TITLE
from bitly_data.views.page_query import PageQuery
from bitly_data.views.values import (
    CAPTION,
    COUNT,
    UNKNOWN_TEXT,
    WAITING_TEXT,
    WHOLE,
    Column,
    Metric,
    Notice,
    Table,
)
from bitly_data.views.widths import shortened

RANK, ALL_TIME_LABEL, IN_LOG_LABEL = "Rank", "All time", "In the log"
WAITING = (Metric(RANK, WAITING_TEXT), Metric(ALL_TIME_LABEL, WAITING_TEXT))
# Links made within so many days of each other are of one age: a season.
SAME_AGE_DAYS = 45
# Of a ranking so many are shown on either side of the link.
_NEIGHBOURS = 3
# Of columns of numbers [px]; a title takes the rest of half a page, which so many letters fit.
_RANK_WIDTH, _CLICKS_WIDTH = 84, 74
_LETTERS = 40


@dataclass(frozen=True)
class Head:
    """What a link is: `url` is where it can be opened, `destination` where it leads."""

    title: str
    link: str
    url: str
    destination: str = ""
    more: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """The place of a link in a group of `of` links; not `is_whole`: there may be more of these."""

    place: int
    of: int
    is_whole: bool = True


@dataclass(frozen=True)
class AmongValue:
    """How a link does among others: groups of links like it, and its neighbours in the ranking.

    `links` has the link of each row of the neighbours.
    """

    groups: Table | None
    neighbours: Table | None
    links: tuple[str, ...] = ()
    notice: Notice | None = None


def head(link: str, about: Link | None, now: int, page_query: PageQuery) -> Head:
    """What is known of a link; `about` is `None` for one that is not the account's."""
    title = links.name_of(link, about)
    if about is None:
        return Head(title, link, f"https://{link}")
    zone, locale = page_query.query.zone, page_query.locale
    more = ""
    if about.created:
        more = f"made {day_text(buckets.local(about.created, zone), locale)}"
    if about.login:
        more = f"{more or 'made'} by {about.login}"
    if about.created:
        more += f", {_ago(about.created, now, page_query)}"
    destination = links.without_scheme(about.long_url)
    return Head(title, link, f"https://{link}", destination, more, about.tags)


def _ago(created: int, now: int, page_query: PageQuery) -> str:
    zone = page_query.query.zone
    days = (buckets.day_of(now, zone) - buckets.day_of(created, zone)).days
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{many_text(days, 'day', page_query.locale)} ago"


def ranking_question(query: ClickQuery) -> ClickQuery | None:
    """The ranking of the link's period; minutes have none."""
    if query.unit == "minute":
        return None
    return rankings.period(query.replace(target=ORGANIZATION, link=None, all_addresses=False))


def all_time_question(query: ClickQuery) -> ClickQuery:
    """All clicks that the link ever had."""
    return query.replace(
        unit="month",
        units=ALL_TIME,
        until=None,
        rollup=True,
        limit=None,
        upstream_buckets=False,
    )


def place_in(
    ranking: RankedLinks, link: str, is_like: Callable[[Link], bool] = lambda one: True
) -> Place | None:
    """The place of a link among the clicked ones that are like it; `None` where it is not known.

    Of a cut list that is known as long as no link without a row can have more clicks.
    """
    clicks = next((row.clicks for row in ranking.rows if row.link.link == link), None)
    if clicks is None:
        return None
    if not ranking.is_whole and not (
        ranking.at_most_each is not None and clicks >= ranking.at_most_each
    ):
        return None
    like = [row.clicks for row in ranking.rows if is_like(row.link)]
    return Place(1 + sum(one > clicks for one in like), len(like), ranking.is_whole)


def groups_of(about: Link) -> list[tuple[str, Callable[[Link], bool]]]:
    """The groups of links that a link is one of, in words, and who else is in them."""
    host = link_host(about.link.partition("/")[0])
    found: list[tuple[str, Callable[[Link], bool]]] = [
        (f"On {host}", lambda one: link_host(one.link.partition("/")[0]) == host)
    ]
    if about.login:
        found.append((f"By {about.login}", lambda one: one.login == about.login))
    if about.created:
        most = SAME_AGE_DAYS * buckets.DAY_SECONDS
        found.append(
            (
                f"Made within {SAME_AGE_DAYS} days of it",
                lambda one: bool(one.created) and abs(one.created - about.created) <= most,
            )
        )
    return found


def place_text(place: Place | None, locale: Locale = ENGLISH) -> str:
    """A place as people say it: `3 of 40`, or `3 of ≥ 100`."""
    if place is None:
        return UNKNOWN_TEXT
    of = count_text(place.of, locale) if place.is_whole else at_least_text(place.of, locale)
    return f"{locale.number(place.place)} of {of}"


def rank_metric(page_query: PageQuery, ranking: RankedLinks | None) -> Metric:
    """The place among all links that were clicked in the period."""
    link, locale = str(page_query.query.link), page_query.locale
    if ranking is None:
        return Metric(RANK, UNKNOWN_TEXT, help="How other links did is not known.")
    if why := links.why_not_known(ranking):
        return Metric(RANK, UNKNOWN_TEXT, help=why)
    counts = rankings.Counts(ranking)
    place = place_in(ranking, link)
    listed = many_text(len(ranking.rows), "link", locale)
    if place is None:
        why = (
            "It was not clicked in this period."
            if ranking.is_whole and link not in counts
            else f"It is not among the {listed} that Bitly ranks for this period."
            if link not in counts
            else "Links that Bitly does not list may have more clicks."
        )
        return Metric(RANK, UNKNOWN_TEXT, help=why)
    clicks, total = counts.of(link), ranking.total
    share = f"{locale.number(clicks / total * 100, 1)} %" if clicks and total else ""
    help = "By clicks in the period, among all links of the account that were clicked."
    if not place.is_whole:
        help += f" Bitly ranks {listed} of them."
    if share:
        help += f" It has {share} of all clicks."
    number, of = place_text(place, locale).split(" ", 1)
    return Metric(RANK, number, help=help, delta=of)


def all_time_metric(series: ClickSeries | None, locale: Locale = ENGLISH) -> Metric:
    """All clicks that the link ever had, as far as they are known."""
    if series is None:
        return Metric(ALL_TIME_LABEL, UNKNOWN_TEXT, help="It has no answer just now.")
    label = ALL_TIME_LABEL if series.coverage is None else IN_LOG_LABEL
    text = missing_data.total_text(series.total, locale)
    help = "" if series.is_whole else missing_data.missing_text(series, locale)
    return Metric(label, text, help=help)


# -- below the chart ------------------------------------------------------------------------------


def among(page_query: PageQuery, ranking: RankedLinks, about: Link | None) -> AmongValue:
    """The link among links like it, and its neighbours in the ranking of the period."""
    link, locale = str(page_query.query.link), page_query.locale
    if why := links.why_not_known(ranking):
        return AmongValue(None, None, notice=Notice(CAPTION, why))
    at = next((at for at, row in enumerate(ranking.rows) if row.link.link == link), None)
    if at is None or about is None:
        text = (
            "This link was not clicked in this period."
            if about is not None and ranking.is_whole
            else "This link is not in the ranking of the account's links for this period."
        )
        return AmongValue(None, None, notice=Notice(CAPTION, text))
    first = max(at - _NEIGHBOURS, 0)
    shown = ranking.rows[first : at + _NEIGHBOURS + 1]
    notice = None
    if not ranking.is_asked_range and ranking.provenance.note:
        notice = Notice(CAPTION, locale.text(ranking.provenance.note))
    return AmongValue(
        _groups_table(ranking, about, link, locale),
        _neighbours_table(ranking, shown, link),
        tuple(row.link.link for row in shown),
        notice,
    )


def _groups_table(ranking: RankedLinks, about: Link, link: str, locale: Locale) -> Table:
    named = [(text, place_in(ranking, link, is_like)) for text, is_like in groups_of(about)]
    return Table(
        (
            Column("Links like it", tuple(text for text, _ in named)),
            Column(RANK, tuple(place_text(place, locale) for _, place in named), width=_RANK_WIDTH),
        )
    )


def _neighbours_table(ranking: RankedLinks, shown: Sequence[RankedLink], link: str) -> Table:
    """The links around one, which has an arrow."""
    places = [place_in(ranking, row.link.link) for row in shown]
    titles = [
        ("→ " if row.link.link == link else "")
        + shortened(links.name_of(row.link.link, row.link), _LETTERS)
        for row in shown
    ]
    ranks = tuple(None if one is None else one.place for one in places)
    return Table(
        (
            Column(RANK, ranks, WHOLE, width=_RANK_WIDTH),
            Column(TITLE, tuple(titles)),
            Column("Clicks", tuple(row.clicks for row in shown), COUNT, width=_CLICKS_WIDTH),
        ),
        on_phone=(TITLE, RANK, "Clicks"),
    )


def addresses_table(
    page_query: PageQuery, series: ClickSeries, answers: Answers
) -> tuple[Table | None, Notice | None]:
    """The addresses that lead to the link, with the clicks by each in the period as far as these
    are known.
    """
    names = page_query.addresses
    if not names:
        return None, Notice(CAPTION, "Which addresses lead to this link is not known.")
    locale = page_query.locale
    by_name = {
        query.link: answer
        for query, answer in answers.items()
        if isinstance(answer, ClickSeries) and not query.all_addresses
    }
    if not page_query.query.all_addresses:
        by_name[names[0]] = series
    clicks = [_known(by_name.get(name)) for name in names]
    table = Table(
        (
            Column("Address", tuple(links.short_address(name, 50) for name in names)),
            Column("Clicks", tuple(clicks), COUNT, width=_CLICKS_WIDTH),
        )
    )
    left = len(names) - 1 - MOST_COUNTED
    text = f"Clicks of the first {MOST_COUNTED + 1} are counted." if left > 0 else ""
    return table, Notice(CAPTION, locale.text(text)) if text else None


def _known(series: ClickSeries | None) -> int | None:
    """The clicks of an address; of what has not begun, or is in no log, there is no number."""
    if series is None or not series.is_whole or not series.total.known:
        return None
    return series.total.clicks
