"""How do the organization's domains compare? One chart, small multiples, shares, and totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bitly_data.charts.model import Chart, coverage_notes, line_chart, panel_chart, share_chart
from bitly_data.errors import BitlyError
from bitly_data.labels import range_text
from bitly_data.query import ClickQuery, login_label
from bitly_data.series import (
    ClickSeries,
    Total,
    at_the_moment_of,
    failed,
    rolled_up,
    side_by_side,
)
from bitly_data.views import change, missing_data
from bitly_data.views.answers import Answers, is_answered, series_of
from bitly_data.views.change import Compared
from bitly_data.views.page_query import PageQuery
from bitly_data.views.rows import rows_table
from bitly_data.views.values import (
    CAPTION,
    COUNT,
    INFO,
    PERCENT,
    UNKNOWN_TEXT,
    WARNING,
    WHOLE,
    Column,
    Notice,
    RowsFile,
    Section,
    Table,
)

# Beyond this many lines no reader tells them apart; the rest can be chosen.
MOST_AT_FIRST = 6
ALL_OF_THEM, ALL_ANSWERED = "All of them", "All with an answer"


@dataclass(frozen=True)
class Domains:
    """A series for each domain, and the one in which each click counts once.

    `notices`: what the latter leaves out or lacks.
    """

    each: tuple[ClickSeries, ...]
    whole: ClickSeries
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class DomainsValue:
    """The comparison in full: what is not known, three charts, the numbers."""

    notices: tuple[Notice, ...]
    charts: Mapping[str, tuple[str, Chart]] = field(default_factory=dict)  # title by key
    rows: Section = field(default_factory=Section)


@dataclass(frozen=True)
class TotalsValue:
    """A row a domain, and the questions of the changes that were not asked."""

    section: Section
    expensive: tuple[ClickQuery, ...] = ()


def shown(page_query: PageQuery) -> tuple[str, ...]:
    """The chosen domains, or the organization's first ones."""
    return page_query.query.domains or page_query.account.short_domains[:MOST_AT_FIRST]


def choice_notice(page_query: PageQuery) -> Notice | None:
    """Which domains are shown where none was chosen."""
    domains = shown(page_query)
    if not domains:
        return Notice(
            INFO,
            "This account has no domains of its own to compare: choose some in the sidebar.",
            "info",
        )
    if page_query.query.domains:
        return None
    left = len(page_query.account.short_domains) - len(domains)
    more = f" {left} more can be chosen in the sidebar." if left > 0 else ""
    return Notice(CAPTION, f"The organization's short domains.{more}")


def priced(page_query: PageQuery) -> list[ClickQuery]:
    """What the page needs before it can show anything: each domain, and all of them as one."""
    return [*_each(page_query), page_query.query.replace(domains=shown(page_query))]


def _each(page_query: PageQuery) -> list[ClickQuery]:
    return [page_query.query.replace(domains=(name,)) for name in shown(page_query)]


def questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """Each domain; then, of the same moment, all as one, what is listed nowhere, and those that
    were answered before the newest bucket began. All as one without those that have no answer, if
    they are why there is none.
    """
    each = _each(page_query)
    if any(query not in answers for query in each):
        return each
    there = _answered(page_query, answers)
    if not there:
        return []
    query, newest = _moment(page_query, there)
    wanted = [query.replace(domains=one.query.domains) for one in _late(there, newest)]
    whole = _whole_queries(page_query, query, there)
    wanted.append(whole[0])
    if page_query.capabilities.lists:
        wanted.append(_unlisted(query))
    if whole[0] in answers and not is_answered(answers[whole[0]]):
        wanted.append(whole[-1])
    return wanted


def _answered(page_query: PageQuery, answers: Answers) -> list[ClickSeries]:
    found = [answers.get(query) for query in _each(page_query)]
    return [one for one in found if isinstance(one, ClickSeries) and one.answered]


def _moment(page_query: PageQuery, there: Sequence[ClickSeries]) -> tuple[ClickQuery, ClickSeries]:
    """The question at the moment of the newest answer, and that answer."""
    newest = max(there, key=lambda item: int(item.edges[-1]))
    return at_the_moment_of(newest, page_query.query), newest


def _late(there: Sequence[ClickSeries], newest: ClickSeries) -> list[ClickSeries]:
    """Those that were answered before the newest bucket began."""
    return [one for one in there if one.edges[-1] != newest.edges[-1]]


def _whole_queries(
    page_query: PageQuery, query: ClickQuery, there: Sequence[ClickSeries]
) -> tuple[ClickQuery, ...]:
    """All domains as one, and those of them that have an answer."""
    answered = tuple(name for one in there for name in one.query.domains)
    ways = dict.fromkeys((shown(page_query), answered))
    return tuple(query.replace(domains=names) for names in ways)


def _unlisted(query: ClickQuery) -> ClickQuery:
    return query.replace(domains=(), login=None, unlisted=True)


def load(page_query: PageQuery, answers: Answers, *, stopped: bool = False) -> Domains:
    """The series of the domains over the same buckets, and the one of all.

    `stopped`: somebody wanted nothing more to be asked.
    """
    there = _answered(page_query, answers)
    query, newest = _moment(page_query, there)
    late = {one.query.domains for one in _late(there, newest)}
    each: list[ClickSeries] = []
    for one in _each(page_query):
        series = answers[query.replace(domains=one.domains) if one.domains in late else one]
        if isinstance(series, BitlyError):
            moment = newest.provenance.fetched_at
            series = failed(query.replace(domains=one.domains), series.user_message, moment)
        assert isinstance(series, ClickSeries)
        each.append(series)
    whole, notices = _whole(page_query, answers, stopped=stopped)
    names = list(shown(page_query))
    if (unlisted := _unlisted_series(page_query, query, answers)) is not None:
        each, names = [*each, unlisted], [*names, unlisted.name]
    return Domains(tuple(side_by_side(each, names)), whole, notices)


def _unlisted_series(
    page_query: PageQuery, query: ClickQuery, answers: Answers
) -> ClickSeries | None:
    """The clicks that upstream's lists leave out; `None` where all are listed."""
    unlisted = answers.get(_unlisted(query)) if page_query.capabilities.lists else None
    if not isinstance(unlisted, ClickSeries):
        return None  # the series beside it have said why
    return unlisted if unlisted.clicks[unlisted.known].any() else None


def _whole(
    page_query: PageQuery, answers: Answers, *, stopped: bool
) -> tuple[ClickSeries, tuple[Notice, ...]]:
    """All domains of the question as one; without those that have no answer, if they are why the
    whole has none. What it leaves out or lacks is said.
    """
    there = _answered(page_query, answers)
    query, newest = _moment(page_query, there)
    why = ""
    for way in _whole_queries(page_query, query, there):
        try:
            whole = series_of(answers, way)
        except BitlyError as problem:
            why = why or problem.user_message
            continue
        left_out = [name for name in shown(page_query) if name not in way.domains]
        if not left_out:
            return replace(whole, name=ALL_OF_THEM), ()
        text = f"“{ALL_ANSWERED}” leaves out {', '.join(left_out)}."
        return replace(whole, name=ALL_ANSWERED), (Notice(CAPTION, text),)
    unknown = replace(failed(query, why, newest.provenance.fetched_at), name=ALL_OF_THEM)
    text = f"“{ALL_OF_THEM}” is not known. {why}"
    return unknown, () if stopped else (Notice(WARNING, text, "cloud_off"),)


def present(page_query: PageQuery, domains: Domains) -> DomainsValue:
    """Charts and numbers of the comparison."""
    each, whole, query = domains.each, domains.whole, page_query.query
    by = f" by {login_label(query.login)}" if query.login else ""
    title = f"Clicks by domain{by} and {query.unit}"
    return DomainsValue(
        tuple(missing_data.notices(whole)) if whole.answered else (),
        {} if query.rollup else _charts(each, whole, title, page_query.source),
        Section(title=title, table=rows_table(each), file=RowsFile(title, each)),
    )


def _charts(
    each: Sequence[ClickSeries], whole: ClickSeries, title: str, source: str
) -> dict[str, tuple[str, Chart]]:
    chart = line_chart(each, title, source, notes=coverage_notes(each[0]))
    return {
        "together": ("Together", chart),
        "apart": ("Small multiples", panel_chart(chart)),
        "shares": ("Share of total", share_chart(chart, _clicks_at(whole, each[0].edges[:-1]))),
    }


def _clicks_at(whole: ClickSeries, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64[n]: the clicks of the buckets that begin then, NaN where they are not known.

    Before the first bucket of all time there are none, unless that one is not known either.
    """
    clicks = np.where(whole.known, whole.clicks, np.nan)
    by_start = dict(zip(whole.edges[:-1].tolist(), clicks.tolist(), strict=True))
    before = 0.0 if whole.known[0] else np.nan
    return np.array(
        [
            by_start.get(start, before if start < whole.edges[0] else np.nan)
            for start in starts.tolist()
        ]
    )


def change_questions(page_query: PageQuery, domains: Domains, answers: Answers) -> list[ClickQuery]:
    """What the changes of all rows take, each question once."""
    found: dict[ClickQuery, None] = {}
    for series in (*domains.each, domains.whole):
        found |= dict.fromkeys(change.questions(series, page_query.against, answers))
    return list(found)


def present_totals(page_query: PageQuery, domains: Domains, answers: Answers) -> TotalsValue:
    """Totals, shares and change, a row a domain; the last row counts each click once."""
    rows = (*domains.each, domains.whole)
    compared = [change.compare(one, page_query.against, answers) for one in rows]
    shares = [_share(one, domains.whole.total) for one in rows]
    expensive = dict.fromkeys(query for one in compared for query in one.expensive)
    verdicts = [one.change.verdict for one in compared]
    more = {"share": shares} | {
        column: [change.finite(verdict, name) for verdict in verdicts]
        for column, name in (("change", "ratio"), ("change_low", "low"), ("change_high", "high"))
    }
    file = RowsFile("Totals by domain", tuple(rolled_up(one) for one in rows), more)
    section = Section(
        table=_totals_table(rows, shares, compared),
        notices=tuple(_totals_notices(page_query, domains, compared)),
        file=file,
    )
    return TotalsValue(section, tuple(expensive))


def _totals_table(
    rows: Sequence[ClickSeries], shares: Sequence[float | None], compared: Sequence[Compared]
) -> Table:
    totals = [one.total for one in rows]
    verdicts = [one.change.verdict for one in compared]
    unit = rows[-1].query.unit.capitalize()
    columns = (
        Column("Domain", tuple(one.name for one in rows)),
        Column("Clicks", tuple(one.clicks if one.known else None for one in totals), COUNT),
        Column("Share", tuple(shares), PERCENT),
        Column("Change", tuple(UNKNOWN_TEXT if one is None else one.text for one in verdicts)),
        Column(
            "Not known", tuple(one.unknown or None for one in totals), WHOLE, f"{unit}s not known"
        ),
    )
    return Table(tuple(one for one in columns if any(cell is not None for cell in one.values)))


def _totals_notices(
    page_query: PageQuery, domains: Domains, compared: Sequence[Compared]
) -> list[Notice]:
    totals, whole = [one.total for one in domains.each], domains.whole
    notices = []
    twice = sum(one.clicks for one in totals) - whole.total.clicks
    if twice > 0 and not any(one.unknown for one in (*totals, whole.total)):
        notices.append(
            f"{twice:,} clicks count for more than one of these domains, so the shares "
            "add up to more than 100 %."
        )
    notices.append(
        f"{range_text(whole.query).capitalize()}. The change is against "
        f"{change.name_of(page_query.against)}. A period that is still running counts up to its "
        "last full hour."
    )
    rows = (*domains.each, whole)
    without = {
        row.name: one.change.why
        for row, one in zip(rows, compared, strict=True)
        if one.change.verdict is None
    }
    for why in dict.fromkeys(without.values()):
        names = [name for name, reason in without.items() if reason == why]
        notices.append(f"No change for {', '.join(names)}: {why}.")
    return [Notice(CAPTION, text) for text in notices]


def _share(series: ClickSeries, everything: Total) -> float | None:
    """The part of the total [%]; `None` where there is no total, or not all of both is known."""
    own = series.total
    if not everything.clicks or everything.unknown or own.unknown:
        return None
    return own.clicks / everything.clicks * 100
