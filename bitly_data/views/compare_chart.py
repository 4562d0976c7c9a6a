"""The chart of a comparison, in each of its forms and on each of its scales."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitly_data.analysis.regroup import by_day, for_drawing
from bitly_data.charts.forms import (
    cumulative_chart,
    indexed_chart,
    log_chart,
    moving_average_chart,
    stacked_chart,
)
from bitly_data.charts.model import (
    BY_DAY,
    Chart,
    coverage_notes,
    line_chart,
    panel_chart,
    remarked,
    share_chart,
)
from bitly_data.charts.style import OTHERS
from bitly_data.series import ClickSeries
from bitly_data.views import missing_data
from bitly_data.views.compare import Lines, top_and_others
from bitly_data.views.lineup import (
    CUMULATIVE,
    INDEX,
    LINES,
    LOGIN,
    MEANS,
    MULTIPLES,
    SHARE,
    STACKED,
    Lineup,
)
from bitly_data.views.page_query import PageQuery

# What is said where a click may be in two of the lines that are added up.
MAY_SHARE = "the lines may share clicks"


def title_of(page_query: PageQuery, lines: Lines) -> str:
    """What the chart shows."""
    kind, login = lines.kind, page_query.query.login
    by = f"{kind} and {page_query.query.unit}" if kind else page_query.query.unit
    narrowed = f" of {login}" if login and not page_query.lineup.items and kind != LOGIN else ""
    return f"Clicks{narrowed} by {by}"


def shown_series(page_query: PageQuery, lines: Lines) -> tuple[ClickSeries, ...]:
    """The series of the lines in their order: the most clicks first, then the others, and where
    lines are no parts of a whole also what is no part of theirs.
    """
    top, others = top_and_others(lines, page_query.lineup.most)
    beside = () if page_query.lineup.form in (STACKED, SHARE) else lines.outside
    found = [*top, *([] if others is None else [others]), *lines.rest, *beside]
    return tuple(part.series for part in found)


def drawn_series(page_query: PageQuery, lines: Lines) -> list[ClickSeries]:
    """The same in the buckets that are drawn: long ranges of hours are drawn by day."""
    return for_drawing(shown_series(page_query, lines))[0]


def chart_of(page_query: PageQuery, lines: Lines) -> Chart:
    """The lines in the form and on the scale that were chosen."""
    lineup = page_query.lineup
    many, is_by_day = for_drawing(shown_series(page_query, lines))
    chart = line_chart(
        many,
        title_of(page_query, lines),
        page_query.source,
        notes=coverage_notes(many[0]),
        locale=page_query.locale,
        adds_up=not _may_share(lines),
        remarks=[*_total_words(page_query, lines), *([BY_DAY] if is_by_day else [])],
    )
    chart = _quiet(chart, len(top_and_others(lines, lineup.most)[0]))
    if lineup.form in (STACKED, SHARE) and _may_share(lines):
        chart = remarked(chart, MAY_SHARE)
    if lineup.form == SHARE:
        whole = by_day(lines.whole.series) if is_by_day else lines.whole.series
        return share_chart(chart, _clicks_of(whole))
    chart = _scaled(chart, lineup)
    if lineup.form == STACKED:
        # A total is written only where the lines have one.
        return replace(stacked_chart(chart), adds_up=chart.adds_up)
    if lineup.log:
        chart = log_chart(chart)
    return panel_chart(chart, own_scales=lineup.own_scales) if lineup.form == MULTIPLES else chart


def _total_words(page_query: PageQuery, lines: Lines) -> list[str]:
    """The total of the lines, where they have one."""
    total = lines.whole.series.total
    if lines.balance is None or not (total.known or total.bounded):
        return []
    return [f"{missing_data.total_text(total, page_query.locale)} clicks"]


def _may_share(lines: Lines) -> bool:
    """Whether a click may be in two lines: of items of several kinds, of domains that overlap."""
    return lines.balance is None or bool(lines.balance.shared)


def _quiet(chart: Chart, count: int) -> Chart:
    """The lines behind the first `count` as what they are: the rest of many."""
    lines = [
        line if at < count else replace(line, role=OTHERS) for at, line in enumerate(chart.lines)
    ]
    return replace(chart, lines=tuple(lines))


def _scaled(chart: Chart, lineup: Lineup) -> Chart:
    """The chart of what is drawn of each line's clicks; a stack of normals would be of nothing."""
    if lineup.scale == CUMULATIVE:
        return cumulative_chart(chart)
    if lineup.scale in MEANS:
        return moving_average_chart(chart, MEANS[lineup.scale])
    if lineup.scale == INDEX and lineup.form in (LINES, MULTIPLES):
        return indexed_chart(chart)
    return chart


def _clicks_of(whole: ClickSeries) -> NDArray[np.float64]:
    """float64[n]: the clicks of each bucket, NaN where they are not known."""
    return np.where(whole.known, whole.clicks.astype(np.float64), np.nan)
