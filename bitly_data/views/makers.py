"""Who made this peak? The links behind the clicks of one bucket. Pure."""

from __future__ import annotations

import numpy as np

from bitly_data import buckets
from bitly_data.labels import bucket_label, count_text
from bitly_data.query import LINK, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.sources.model import RankedLinks
from bitly_data.views import missing_data
from bitly_data.views.links import name_of, why_not_known
from bitly_data.views.page_query import PageQuery
from bitly_data.views.values import CAPTION, COUNT, INFO, SHARE, Column, Notice, Section, Table
from bitly_data.views.widths import shortened

# So many links are shown by name, and so many of them where a pointer rests on the chart.
MOST_SHOWN, MOST_IN_HOVER = 10, 3
# A name is cut so that the numbers beside it stay on the screen, and in the chart [letters].
LONGEST_NAME, LONGEST_IN_HOVER = 60, 32
OTHERS = "others"
# Each takes a call, and nobody has asked for it yet.
MOST_PEAKS = 3


def question(page_query: PageQuery, series: ClickSeries) -> ClickQuery | None:
    """The question whose ranking tells the links of the bucket that is looked at; `None` where
    there is none, as a link is made of no other links.
    """
    query = page_query.query
    if page_query.bucket is None or query.target == LINK or query.unit == "minute":
        return None
    at = int(np.searchsorted(series.edges, page_query.bucket, side="right")) - 1
    return of_bucket(series, at) if 0 <= at < len(series.clicks) else None


def of_bucket(series: ClickSeries, at: int) -> ClickQuery:
    """The question for one bucket of a series."""
    return series.query.replace(
        units=1, until=int(series.edges[at + 1]) - 1, rollup=True, limit=None, zone_days=False
    )


def present(page_query: PageQuery, series: ClickSeries, ranked: RankedLinks) -> Section:
    """The links of a bucket, most clicks first, and the others as one row, so that they add up."""
    locale, start = page_query.locale, buckets.local(ranked.edges[0], series.zone)
    label = bucket_label(start, series.query.unit, locale)
    total = missing_data.total_text(ranked.counted.total, locale)
    title = f"{label}: {total} {'click' if total == '1' else 'clicks'}"
    if not ranked.rows:
        text = why_not_known(ranked) or "No link was clicked then."
        return Section(title=title, notices=(Notice(INFO, text, "info"),))
    rows = ranked.rows[:MOST_SHOWN]
    names = [shortened(name_of(row.link.link, row.link), LONGEST_NAME) for row in rows]
    links = [row.link.link for row in rows]
    clicks: list[int | None] = [row.clicks for row in rows]
    left = None if ranked.total is None else ranked.total - sum(row.clicks for row in rows)
    if left or not ranked.is_whole:
        beyond = len(ranked.rows) - len(rows)
        names.append(f"{locale.number(beyond)} {OTHERS}" if ranked.is_whole else OTHERS)
        links.append("")
        clicks.append(left)
    whole = ranked.total
    shares = [one / whole * 100 if one is not None and whole else None for one in clicks]
    table = Table(
        (
            Column("Link", tuple(links), width=220),
            Column("Title", tuple(names), width=366),
            Column("Clicks", tuple(clicks), COUNT, width=90),
            Column("Share", tuple(shares), SHARE, width=160),
        ),
        on_phone=("Title", "Clicks"),
        ranked=len(rows),
    )
    return Section(title=title, notices=tuple(_notices(ranked, page_query)), table=table)


def peaks(page_query: PageQuery, series: ClickSeries) -> list[int]:
    """The buckets whose links are told where a pointer rests: those with the most clicks by what is
    known, and the one that is looked at.
    """
    query = series.query
    if query.target == LINK or query.unit == "minute" or query.rollup:
        return []
    floor = np.where(series.known, series.floor, 0)
    highest = np.argsort(-floor, kind="stable")[:MOST_PEAKS]
    found = [int(at) for at in highest if floor[at] > 0]
    if page_query.bucket is not None:
        at = int(np.searchsorted(series.edges, page_query.bucket, side="right")) - 1
        found += [at] if 0 <= at < len(floor) and at not in found else []
    return found


def in_hover(page_query: PageQuery, ranked: RankedLinks) -> str:
    """The first links of a bucket, a line each: `810 Ridgeline jacket launch`."""
    return "\n".join(
        f"{count_text(row.clicks, page_query.locale)} "
        f"{shortened(name_of(row.link.link, row.link), LONGEST_IN_HOVER)}"
        for row in ranked.rows[:MOST_IN_HOVER]
    )


def _notices(ranked: RankedLinks, page_query: PageQuery) -> list[Notice]:
    texts = [ranked.provenance.note] if not ranked.is_asked_range else []
    if not ranked.is_whole:
        listed = page_query.locale.number(len(ranked.rows))
        texts.append(f"Bitly lists the {listed} most clicked links; the others are one row.")
    return [Notice(CAPTION, text) for text in texts if text]
