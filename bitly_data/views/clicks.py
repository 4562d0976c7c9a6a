"""How many clicks were there? One series in full: key figures, chart, table and file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.analysis.regroup import day_places, for_drawing
from bitly_data.charts.model import (
    BY_DAY,
    Chart,
    Line,
    Note,
    coverage_notes,
    line_chart,
    line_of,
    placed,
)
from bitly_data.charts.style import OTHER
from bitly_data.labels import (
    at_least_text,
    bucket_label,
    count_text,
    day_text,
    edges_text,
    many_text,
    range_text,
    short_label,
    what_text,
)
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.states import PARTIAL, REBUILT
from bitly_data.views import addresses, beginning, change, missing_data
from bitly_data.views.answers import Answers, series_of
from bitly_data.views.beginning import Beginning
from bitly_data.views.change import Compared
from bitly_data.views.page_query import PageQuery
from bitly_data.views.rows import rows_table
from bitly_data.views.trend import trend
from bitly_data.views.values import BAR, UNKNOWN_TEXT, Metric, RowsFile, Section


def questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """The question itself, then the addresses that it is the sum of."""
    main = answers.get(page_query.query)
    if main is None:
        return [page_query.query]
    return addresses.questions(page_query, answers)


def overlay_questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """What the other period's line takes, where it is to be part of the chart."""
    if not page_query.overlay or page_query.query.rollup:
        return []
    return change.questions(series_of(answers, page_query.query), page_query.against, answers)


def present(page_query: PageQuery, answers: Answers) -> Section:
    """The series in full, with the addresses that it is the sum of and the other period."""
    series = series_of(answers, page_query.query)
    found = addresses.parts(page_query, answers)
    parts = [*found, *addresses.rest(series, found)]
    query = series.query
    title = f"{what_text(query, series.provenance.groups)} by {query.unit}"
    locale = page_query.locale
    shown, more = [series, *parts], []
    drawn, is_by_day = for_drawing(shown)
    if page_query.overlay and not query.rollup:
        compared = change.compare(series, page_query.against, answers)
        if compared.other is not None:
            name = f"{series.name}, {change.name_of(page_query.against)}"
            other = replace(compared.other, name=name)
            more.append(_other_line(series, other, compared, len(shown), locale))
            shown.append(other)
    notes = coverage_notes(series)
    chart = None
    if not query.rollup:
        chart = line_chart(
            drawn,
            title,
            page_query.source,
            notes=coverage_notes(drawn[0]),
            more=more,
            locale=locale,
            remarks=[BY_DAY] if is_by_day else [],
        )
        chart = _marked(chart, drawn[0], page_query)
        if more and len(shown) == len(more) + 1:
            chart = replace(chart, periods=tuple(_dates(one, locale) for one in shown))
    return Section(
        title=title,
        metrics=metrics(series, notes, page_query.beginning, locale),
        notices=tuple(missing_data.notices(series, locale)),
        chart=chart,
        table=rows_table(shown, locale),
        file=RowsFile(title, tuple(shown)),
        source=source_text(series, locale),
    )


def _marked(chart: Chart, drawn: ClickSeries, page_query: PageQuery) -> Chart:
    """The chart with the bucket marked in which the link was made, where it is one of them."""
    since = page_query.beginning
    if since is None or not since.is_made:
        return chart
    at = int(np.searchsorted(drawn.edges, since.at, side="right")) - 1
    if not 0 <= at < len(drawn.clicks):
        return chart
    made = f"made {day_text(buckets.local(since.at, drawn.zone), page_query.locale)}"
    others = [one for one in chart.marks if one[0] != at]
    told = f"Marked: {made}."
    return replace(
        chart, marks=tuple(sorted([*others, (at, made)])), alt=f"{chart.alt} {told}".strip()
    )


def drawn_buckets(series: ClickSeries) -> tuple[buckets.Edges, str]:
    """The edges of the buckets that a chart draws, and their unit: of many hours it draws days."""
    drawn, is_by_day = for_drawing([series])
    return drawn[0].edges, "day" if is_by_day else series.query.unit


def _dates(series: ClickSeries, locale: Locale) -> str:
    return edges_text(series.edges, series.query.unit, series.zone, locale)


def _other_line(
    series: ClickSeries, other: ClickSeries, compared: Compared, style: int, locale: Locale
) -> Line:
    """The other period's line, each bucket at the place of the one it is set against."""
    (_, other_drawn), is_by_day = for_drawing([series, other])
    places = compared.partners
    if is_by_day:
        places, other = day_places(series, other, places), other_drawn
    texts = missing_data.lengths_in_words(other, locale)
    labels = [
        bucket_label(buckets.local(start, other.zone), other.query.unit, locale)
        + (f" ({text})" if text else "")
        for start, text in zip(other.edges[:-1].tolist(), texts, strict=True)
    ]
    return replace(placed(line_of(other, style), places, labels), role=OTHER)


def metrics(
    series: ClickSeries,
    notes: Sequence[Note],
    since: Beginning | None = None,
    locale: Locale = ENGLISH,
) -> tuple[Metric, ...]:
    """Total, average and best bucket; `notes`: what a click log covers of the buckets, `since`:
    when a link began, before which there is nothing to be averaged.
    """
    query, total = series.query, series.total
    first = Metric(
        "Total clicks", missing_data.total_text(total, locale), help=_range_help(series, locale)
    )
    if query.rollup:
        return (first,)
    average, best = _average(series, notes, since, locale), _best(series, since, locale)
    # The days before a link was there are no part of the last two.
    later = trend(series, beginning.first_bucket(series, since))
    return (
        replace(first, trend=trend(series)),
        replace(average, trend=later),
        replace(best, trend=later, trend_kind=BAR),
    )


def _range_help(series: ClickSeries, locale: Locale) -> str:
    """The range of a total, and what is to be known of one that does not hold all of it."""
    total, text = series.total, range_text(series.query, locale)
    if not total.bounded:
        lacking = total.unknown if not series.query.rollup else 0
        return text + (f", {locale.number(lacking)} of them not known" if lacking else "")
    text += f". At least this many, as {missing_data.bounds_text(series, locale)}."
    if total.at_most is None:
        return text
    return f"{text} At most {count_text(total.at_most, locale)}."


def _without_bounds(series: ClickSeries, locale: Locale) -> str:
    """What is said of buckets that a number leaves out as only a lower bound of them is known."""
    if not series.total.bounded:
        return ""
    return f" Some are left out, as {missing_data.bounds_text(series, locale)}."


def _average(
    series: ClickSeries, notes: Sequence[Note], since: Beginning | None, locale: Locale
) -> Metric:
    """The average, and over what: finished buckets, and how many of them no log tells whole."""
    unit, finished = series.query.unit, series.known & (series.states != PARTIAL)
    finished[: beginning.first_bucket(series, since)] = False
    count = int(finished.sum())
    mean = float(series.clicks[finished].mean()) if count else None
    value = UNKNOWN_TEXT if mean is None else count_text(mean, locale)
    over = f"Over {many_text(count, f'finished {unit}', locale)}"
    if not count:
        over = f"No finished {unit} is known in full"
    if begun := beginning.in_words(series, since, locale):
        over += f" {begun}"
    ended = series.edges[1:] <= series.provenance.fetched_at
    ended[: beginning.first_bucket(series, since)] = False
    left_out = [
        f"{locale.number(times)} {note.word}"
        for note in notes
        if (times := int((note.flags & ended).sum()))
    ]
    joint = ", without " if count else ": "
    without = f"{joint}{' and '.join(left_out)}" if left_out else ""
    why = f"{over}{without}.{_without_bounds(series, locale)}"
    return Metric(f"Average per {unit}", value, help=why, short="Average")


def _best(series: ClickSeries, since: Beginning | None, locale: Locale) -> Metric:
    """The bucket with the most clicks by what is known: its number, or its lower bound."""
    unit, floor = series.query.unit, series.floor
    if not floor.any():
        why = (
            "No clicks yet."
            if series.known.all()
            else f"No clicks in the {unit}s that are known."
            if series.known.any()
            else f"None of the {unit}s is known."
        )
        return Metric(f"Best {unit}", UNKNOWN_TEXT, help=f"{why}{_without_bounds(series, locale)}")
    # Of a number and a lower bound that are alike the number is known to be there.
    best = int(np.where(series.known, floor * 2 + 1, floor * 2).argmax())
    begun = beginning.in_words(series, since, locale)
    all_known = series.known[beginning.first_bucket(series, since) :].all()
    since_then, that_are = f" {begun}" if begun else "", "" if all_known else " that are known"
    number = count_text(int(floor[best]), locale)
    if series.bounded[best]:
        bounds = missing_data.bounds_text(series, locale)
        of = f"By what is known of the {unit}s{since_then}: {bounds}."
        number = at_least_text(int(floor[best]), locale)
    else:
        of = f"Of the {unit}s{since_then}{that_are}." if begun or not all_known else ""
        of += _without_bounds(series, locale)
    return Metric(f"Best {unit}", number, help=of.strip(), delta=_label(series, best, locale))


def _label(series: ClickSeries, at: int, locale: Locale) -> str:
    start = buckets.local(int(series.edges[at]), series.zone)
    return short_label(start, series.query.unit, locale)


def nothing_clicked(series: ClickSeries, days: NDArray[np.int64], locale: Locale = ENGLISH) -> str:
    """That a period is known and empty, and of when the newest click before it is, if known.

    `days`: int64[n], the UTC days on which there were clicks [epoch s], ascending.
    """
    text = "No clicks in this period."
    before = days[days < series.edges[0]]
    if not len(before):
        return text
    day = locale.written(buckets.local(int(before[-1]), buckets.zone("UTC")), "{d} %b %Y")
    return f"{text} The newest click before it is of {day}."


def source_text(series: ClickSeries, locale: Locale = ENGLISH) -> str:
    """Where the numbers came from."""
    origin = series.provenance
    calls = (
        "without a new request, because the answer was kept"
        if not origin.requests
        else "in 1 request"
        if origin.requests == 1
        else f"in {many_text(origin.requests, 'request', locale)}"
    )
    rebuilt = (
        " Buckets marked “rebuilt” were made from smaller ones, because Bitly's own would "
        "not be this zone's."
        if REBUILT in series.states
        else ""
    )
    return f"From {', '.join(origin.endpoints)}, {calls}.{rebuilt}"
