"""What does Bitly's own screen say? Its buckets beside the right ones, and where the two differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo

import numpy as np

from bitly_data import buckets
from bitly_data.analysis.reconcile import Beside, beside
from bitly_data.charts.model import Chart, Note, line_chart, line_of, placed
from bitly_data.labels import count_text, moment_label, offset_text, what_text
from bitly_data.locales import Locale
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries, at_the_moment_of
from bitly_data.views.answers import Answers, series_of
from bitly_data.views.page_query import PageQuery
from bitly_data.views.rows import time_columns
from bitly_data.views.values import CAPTION, COUNT, Cell, Column, Notice, RowsFile, Section, Table

RIGHT, UPSTREAM = "right", "as Bitly answers"
DIFFERS = "differs"
ALREADY_OWN = "The buckets above are Bitly's own already."


def questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """Bitly's own buckets of the same moment, unless the page shows those already."""
    right = answers.get(page_query.query)
    if not isinstance(right, ClickSeries) or right.provenance.offset is not None:
        return []
    return [_upstream_query(right)]


def _upstream_query(right: ClickSeries) -> ClickQuery:
    return at_the_moment_of(right, right.query).replace(upstream_buckets=True)


def present(page_query: PageQuery, answers: Answers) -> Section:
    """How many buckets differ, chart, table and file."""
    right = series_of(answers, page_query.query)
    if right.provenance.offset is not None:
        return Section(notices=(Notice(CAPTION, ALREADY_OWN),))
    upstream = series_of(answers, _upstream_query(right))
    both = beside(right, upstream)
    named = (replace(right, name=RIGHT), replace(upstream, name=UPSTREAM))
    title = f"{what_text(right.query)} by {right.query.unit}, {RIGHT} and {UPSTREAM}"
    explained = _explained(
        _how_text(upstream, one_offset=page_query.capabilities.buckets_by_one_offset),
        right,
        upstream,
        both,
        page_query.locale,
    )
    return Section(
        title=title,
        notices=(Notice(CAPTION, explained),),
        chart=None if right.query.rollup else _chart(named, both, title, page_query),
        table=_table(right, upstream, both, page_query.locale),
        file=RowsFile(title, named),
    )


def _chart(
    named: tuple[ClickSeries, ClickSeries], both: Beside, title: str, page_query: PageQuery
) -> Chart:
    locale = page_query.locale
    line = placed(line_of(named[1], 1), both.partner, _begins(named[1], locale))
    notes = [Note(DIFFERS, both.differs, "triangle")]
    return line_chart(named[:1], title, page_query.source, notes=notes, more=[line], locale=locale)


def _explained(
    how: str, right: ClickSeries, upstream: ClickSeries, both: Beside, locale: Locale
) -> str:
    unit, number = right.query.unit, locale.number
    count, compared = len(right.clicks), int(both.both_known.sum())
    if not compared:
        return f"{how} For no {unit} here are both numbers known."
    sums = (
        int(right.clicks[both.both_known].sum()),
        int(upstream.clicks[both.partner[both.both_known]].sum()),
    )
    differ = int(both.differs.sum())
    hours = int((both.differs & ~both.same_hours).sum())
    if right.query.rollup:
        same = "the same" if sums[0] == sums[1] else "another"
        verdict = f"Over the range it gives {same} number"
    elif not differ:
        verdict = f"Here its {unit}s are the right ones: none of {number(compared)} differs"
    else:
        verdict = (
            f"{number(differ)} of {number(compared)} {unit}s differ, {number(hours)} of them in "
            "their hours"
        )
    unknown = f" {number(count - compared)} are not known." if count > compared else ""
    return (
        f"{how} {verdict}: the right total{' of these' if unknown else ''} is "
        f"{count_text(sums[0], locale)} clicks, Bitly answers {count_text(sums[1], locale)}."
        f"{unknown}"
    )


def _how_text(upstream: ClickSeries, *, one_offset: bool) -> str:
    """By which clock Bitly puts its own buckets."""
    if not one_offset:
        return "Bitly's v4 counts in UTC and takes no time zone."
    weeks = " and begins weeks on Sunday" if upstream.query.unit == "week" else ""
    offset = offset_text(buckets.local(int(upstream.edges[-2]), _clock(upstream)))
    return (
        f"Bitly puts one offset, UTC{offset}, that of the moment of asking, on all buckets{weeks}."
    )


def _clock(upstream: ClickSeries) -> tzinfo:
    return buckets.fixed_zone(upstream.provenance.offset or 0)


def _begins(upstream: ClickSeries, locale: Locale) -> list[str]:
    """Bitly's buckets by the moment at which they begin, on the clock that it counts by."""
    zone = _clock(upstream)
    return [
        moment_label(buckets.local(start, zone), locale) for start in upstream.edges[:-1].tolist()
    ]


def _table(right: ClickSeries, upstream: ClickSeries, both: Beside, locale: Locale) -> Table:
    """Newest first: the right bucket, both counts, when Bitly's begins, and whether they differ."""
    unit, partners = right.query.unit, both.partner.tolist()
    newest_first = range(len(right.clicks) - 1, -1, -1)
    ours = _counts(right)
    theirs = [
        None if at < 0 else count
        for at, count in zip(
            partners, np.array([*_counts(upstream), None], dtype=object)[both.partner], strict=True
        )
    ]
    differences = [
        None if one is None or other is None else other - one
        for one, other in zip(ours, theirs, strict=True)
    ]
    same_clicks = np.array([difference == 0 for difference in differences], dtype=np.bool_)
    words = np.select(
        [~both.both_known, ~both.differs, same_clicks, both.same_hours],
        ["not known", "", "hours", "clicks"],
        "hours and clicks",
    ).tolist()
    begins = _begins(upstream, locale)

    def column(name: str, cells: list[Cell], kind: str = "text") -> Column:
        return Column(name, tuple(reversed(cells)), kind)

    return Table(
        (
            *time_columns(unit, [right], newest_first, locale),
            column("Right", [*ours], COUNT),
            column("Bitly", [*theirs], COUNT),
            column("Difference", [*differences], COUNT),
            column("Differs in", words),
            column("Bitly's begins", ["" if at < 0 else begins[at] for at in partners]),
        )
    )


def _counts(series: ClickSeries) -> list[int | None]:
    return [
        count if is_known else None
        for count, is_known in zip(series.clicks.tolist(), series.known.tolist(), strict=True)
    ]
