"""The totals of a comparison: a row a line, in the order of the lines, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bitly_data import buckets
from bitly_data.analysis.comparison import Change
from bitly_data.analysis.verdict import NEW, Verdict
from bitly_data.labels import bucket_label, short_labels
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import LINK, ClickQuery
from bitly_data.series import ClickSeries, rolled_up
from bitly_data.views import change
from bitly_data.views.answers import Answers
from bitly_data.views.change import Compared
from bitly_data.views.compare import (
    ELSEWHERE,
    NO_OWN_DOMAIN,
    NO_OWN_LOGIN,
    OTHER_LINKS,
    Lines,
    Part,
    top_and_others,
)
from bitly_data.views.lineup import Item, many_items
from bitly_data.views.page_query import PageQuery
from bitly_data.views.parts import balance_texts
from bitly_data.views.trend import trend
from bitly_data.views.values import (
    AT_LEAST,
    AT_LEAST_TITLE,
    CAPTION,
    CHANGE,
    COUNT,
    SHARE,
    TREND,
    WHOLE,
    Cell,
    Column,
    Notice,
    RowsFile,
    Section,
    Table,
)
from bitly_data.views.widths import PAGE_WIDTH, headed, left_over

# The columns' widths [px]; the name has what others leave.
TREND_WIDTH, CLICKS_WIDTH, SHARE_WIDTH, CHANGE_WIDTH, BEST_WIDTH = 110, 86, 140, 90, 120
# The name has at least so much where the others can be narrower.
NAME_WIDTH = 172
# The widths of these then.
NARROW = {"Trend": 70, "Share": 84, "Change": 76, "Clicks": 70, "Clicks on it": 82, AT_LEAST: 86}
_REST = {
    NO_OWN_DOMAIN: "clicks on links whose short domain is none of the organization's",
    NO_OWN_LOGIN: "clicks on links of none of the organization's logins",
    ELSEWHERE: "all clicks on none of the rows above",
    OTHER_LINKS: "all clicks on links without a row of their own",
}


@dataclass(frozen=True)
class TotalsValue:
    """A row a line, and the questions of the changes that were not asked.

    `items`: what each row counts, `None` for others, sums and remainders. `is_told`: the changes
    are known, and only how sure they are was not asked for.
    """

    section: Section
    items: tuple[Item | None, ...]
    expensive: tuple[ClickQuery, ...] = ()
    is_told: bool = False


def change_questions(page_query: PageQuery, lines: Lines, answers: Answers) -> list[ClickQuery]:
    """What the changes of all rows take, each question once."""
    found: dict[ClickQuery, None] = {}
    top, _ = top_and_others(lines, page_query.lineup.most)
    for part in (*top, *lines.rest, *lines.outside, lines.whole):
        if part.asked is not None:
            found |= dict.fromkeys(change.questions(part.asked, page_query.against, answers))
    return list(found)


def present_totals(page_query: PageQuery, lines: Lines, answers: Answers) -> TotalsValue:
    """Trend, total, share, change and best bucket: a row a line, then what makes them add up."""
    top, others = top_and_others(lines, page_query.lineup.most)
    made = [] if lines.balance is None else lines.balance.rows(lines.whole.series)
    rows = [
        *top,
        *([] if others is None else [others]),
        *lines.rest,
        *(Part(series) for series in made),
        lines.whole,
        *lines.outside,
    ]
    compared = [
        Compared(Change())
        if part.asked is None
        else change.compare(part.asked, page_query.against, answers)
        for part in rows
    ]
    shares = [_share(page_query, part, lines) for part in rows]
    expensive = dict.fromkeys(query for one in compared for query in one.expensive)
    section = Section(
        title=_title(page_query, lines, len(top), others),
        table=_table(page_query, lines, rows, shares, compared),
        notices=_notices(page_query, lines, rows, compared),
        file=_file(lines, rows, shares, compared),
    )
    is_told = all(one.change.verdict is not None for one in compared if one.expensive)
    return TotalsValue(section, tuple(part.item for part in rows), tuple(expensive), is_told)


def _title(page_query: PageQuery, lines: Lines, shown: int, others: Part | None) -> str:
    every = many_items([part.item for part in lines.parts if part.item is not None])
    if others is not None:
        return f"Top {shown} of {every}"
    lineup = page_query.lineup
    return f"Top {every}" if lineup.by == LINK and not lineup.items else every


def _share(page_query: PageQuery, part: Part, lines: Lines) -> float | None:
    """The part of the whole [ratio]; `None` where there is no total, or not all of both is known.

    Beside items of other kinds a link has one only where it is known to be the account's.
    """
    series, whole = part.series, lines.whole.series
    total = whole.total.clicks
    if not total or not series.total.known or not (series.is_whole and whole.is_whole):
        return None
    if not lines.kind and part.item is not None and part.item.kind == LINK:
        own = {name for link in page_query.links for name in (link.link, *link.ids)}
        if part.item.name not in own:
            return None
    return series.total.clicks / total


def _table(
    page_query: PageQuery,
    lines: Lines,
    rows: Sequence[Part],
    shares: Sequence[float | None],
    compared: Sequence[Compared],
) -> Table:
    verdicts = [one.change.verdict for one in compared]
    in_per_cent = tuple(None if one is None else one * 100 for one in shares)
    buckets_there = not page_query.query.rollup
    columns = [
        *([_trend_column(rows)] if buckets_there else []),
        *_clicks_columns(rows),
        Column("Share", in_per_cent, SHARE, width=SHARE_WIDTH),
        Column(
            "Change",
            tuple(map(_percent, verdicts)),
            CHANGE,
            tones=tuple(map(_tone, verdicts)),
            width=CHANGE_WIDTH,
        ),
        *(_best_columns(page_query, rows) if buckets_there else []),
        _unknown_column(rows, page_query.query.unit),
    ]
    there = [one for one in columns if any(cell is not None for cell in one.values)]
    if left_over(there, PAGE_WIDTH, 0) < NAME_WIDTH:
        there = [replace(one, width=NARROW.get(one.name, one.width)) for one in there]
    name = Column(
        (lines.kind or "item").capitalize(),
        tuple(part.series.name for part in rows),
        colors=tuple(at if part.item is not None else -1 for at, part in enumerate(rows)),
        width=left_over(there, PAGE_WIDTH),
    )
    names = ("Clicks", AT_LEAST, "Change")
    on_phone = (name.name, *(one.name for one in there if one.name in names))
    own = sum(part.item is not None for part in rows)
    return Table((name, *there), on_phone, ranked=own)


def _trend_column(rows: Sequence[Part]) -> Column:
    trends: list[Cell] = [trend(part.series) or None for part in rows]
    return Column("Trend", tuple(trends), TREND, width=TREND_WIDTH)


def _clicks_columns(rows: Sequence[Part]) -> list[Column]:
    """The totals that are known, and the lower bounds of the others: a total of which a part is a
    lower bound is one itself.
    """
    totals = [part.series.total for part in rows]
    exact = tuple(one.clicks if one.known and not one.bounded else None for one in totals)
    least = tuple(one.at_least if one.bounded else None for one in totals)
    return [
        Column("Clicks", exact, COUNT, width=CLICKS_WIDTH),
        Column(AT_LEAST, least, COUNT, AT_LEAST_TITLE, width=CLICKS_WIDTH),
    ]


def _best_columns(page_query: PageQuery, rows: Sequence[Part]) -> list[Column]:
    """Which bucket has the most clicks, and how many."""
    found = [(part.series, best_bucket(part.series)) for part in rows]
    names = tuple(
        None if at is None else _bucket_text(series, at, page_query.locale) for series, at in found
    )
    clicks = tuple(None if at is None else int(series.clicks[at]) for series, at in found)
    return [
        Column(f"Best {page_query.query.unit}", names, width=BEST_WIDTH),
        Column("Clicks on it", clicks, COUNT, width=CLICKS_WIDTH),
    ]


def _unknown_column(rows: Sequence[Part], unit: str) -> Column:
    unknown = tuple(part.series.total.unknown or None for part in rows)
    title = f"{unit.capitalize()}s not known"
    return headed(Column("Not known", unknown, WHOLE, title))


def best_bucket(series: ClickSeries) -> int | None:
    """The place of the bucket with the most clicks; `None` where there is none, or where another
    one may have more, as only a lower bound of it is known.
    """
    if not series.known.any():
        return None
    at = int(np.where(series.known, series.clicks, -1).argmax())
    most = int(series.clicks[at])
    unsure = series.bounded & (series.at_least >= most)
    return at if most and not unsure.any() else None


def _bucket_text(series: ClickSeries, at: int, locale: Locale = ENGLISH) -> str:
    start = buckets.local(int(series.edges[at]), series.zone)
    first, last = (buckets.local(int(one), series.zone).year for one in series.edges[[0, -2]])
    if first == last and series.query.unit != "month":
        # The period's year stands above the page.
        return short_labels(series.edges[at : at + 1], series.zone, series.query.unit, locale)[0]
    return bucket_label(start, series.query.unit, locale)


def _percent(verdict: Verdict | None) -> float | None:
    """A change in per cent; from nothing it is infinite, which is shown as "new"."""
    if verdict is None:
        return None
    if verdict.ratio is None:
        return math.inf if verdict.word == NEW else None
    return verdict.ratio * 100


def _tone(verdict: Verdict | None) -> str:
    """The colour of a change: only of one that is clear, and in its direction."""
    if verdict is None or verdict.ratio is None or verdict.tone not in ("more", "fewer"):
        return ""
    return verdict.tone if (verdict.ratio > 0) == (verdict.tone == "more") else ""


def _file(
    lines: Lines,
    rows: Sequence[Part],
    shares: Sequence[float | None],
    compared: Sequence[Compared],
) -> RowsFile:
    verdicts = [one.change.verdict for one in compared]
    more = {"share": list(shares)} | {
        column: [change.finite(verdict, name) for verdict in verdicts]
        for column, name in (
            ("change", "ratio"),
            ("like_for_like", "fair"),
            ("like_for_like_low", "low"),
            ("like_for_like_high", "high"),
        )
    }
    name = f"Totals by {lines.kind}" if lines.kind else "Totals"
    return RowsFile(name, tuple(rolled_up(named(part)) for part in rows), more)


def named(part: Part) -> ClickSeries:
    """The series of a line as a file has it: by its address, as titles are not alone."""
    return part.series if part.item is None else replace(part.series, name=part.item.text)


def _notices(
    page_query: PageQuery, lines: Lines, rows: Sequence[Part], compared: Sequence[Compared]
) -> tuple[Notice, ...]:
    texts = [
        *_sum_texts(lines, page_query.locale),
        *_rest_texts(lines),
        *_change_texts(page_query, rows, compared),
    ]
    return (Notice(CAPTION, " ".join(texts)),)


def _sum_texts(lines: Lines, locale: Locale) -> list[str]:
    """Why the rows do not add up to the whole by themselves, where they do not."""
    balance, whole = lines.balance, lines.whole.series
    if balance is None:
        return [
            "Rows of several kinds may hold the same clicks, so they do not add up; shares are of "
            f"“{whole.name}”."
        ]
    return balance_texts(
        balance,
        whole,
        "row;",
        locale,
        unknown=any(one.series.lacking > one.series.total.bounded for one in lines.parts),
        together_lacks=bool(whole.lacking),
    )


def _rest_texts(lines: Lines) -> list[str]:
    """What the other parts are."""
    texts = [
        f"“{part.series.name}”: {_REST[part.series.name]}."
        for part in lines.rest
        if part.series.name in _REST
    ]
    return texts + [
        f"“{part.series.name}” is of all links together, so it is no part of "
        f"“{lines.whole.series.name}”."
        for part in lines.outside
    ]


def _change_texts(
    page_query: PageQuery, rows: Sequence[Part], compared: Sequence[Compared]
) -> list[str]:
    """What the changes are against, and which rows have none and why."""
    query, locale = page_query.query, page_query.locale
    grain = "hour" if query.unit == "hour" else "day"
    texts = [
        f"The change is against {change.name_of(page_query.against)}; a period that is still "
        f"running counts up to its last full {grain}."
    ]
    without = {
        part.series.name: one.change.why
        for part, one in zip(rows, compared, strict=True)
        if one.change.verdict is None and one.change.why
    }
    for why in dict.fromkeys(without.values()):
        names = [name for name, reason in without.items() if reason == why]
        texts.append(f"No change for {', '.join(names)}: {locale.text(why)}.")
    return texts
