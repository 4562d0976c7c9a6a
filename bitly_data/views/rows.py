"""A chart's numbers as a table, newest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bitly_data import buckets
from bitly_data.labels import bucket_label
from bitly_data.series import ClickSeries, coverage_words
from bitly_data.states import STATES
from bitly_data.views.missing_data import lengths_in_words
from bitly_data.views.values import AT_LEAST, AT_LEAST_TITLE, COUNT, Cell, Column, Table


def rows_table(many: Sequence[ClickSeries]) -> Table:
    """A row a bucket and series: which bucket, whose, how many clicks, what is known of it.

    Columns in which nothing stands (lower bounds, length, click log) are left out.
    """
    query = many[0].query
    starts = np.concatenate([series.edges[:-1] for series in many])
    newest_first = np.argsort(-starts, kind="stable").tolist()

    def column(name: str, cells: Sequence[Cell], kind: str = "text") -> Column:
        return Column(name, tuple(cells[index] for index in newest_first), kind)

    columns = [
        column(query.unit.capitalize(), _labels(many)),
        column("Series", [one.name for one in many for _ in one.clicks]),
        column("Clicks", _clicks(many), COUNT),
        *_at_least(many, newest_first),
        column("State", [STATES[code] for one in many for code in one.states.tolist()]),
    ]
    lengths = [] if query.rollup else [text for one in many for text in lengths_in_words(one)]
    log = [word for one in many for word in coverage_words(one)]
    more = [
        column(name, words)
        for name, words in (("Length", lengths), ("Click log", log))
        if any(words)
    ]
    return Table((*columns, *more))


def _labels(many: Sequence[ClickSeries]) -> list[str]:
    return [
        bucket_label(buckets.local(start, one.zone), one.query.unit)
        for one in many
        for start in one.edges[:-1].tolist()
    ]


def _at_least(many: Sequence[ClickSeries], order: Sequence[int]) -> list[Column]:
    """The lower bounds of what is not known; no column where there are none."""
    if not any(one.bounded.any() for one in many):
        return []
    bounds = [bound if bound >= 0 else None for one in many for bound in one.at_least.tolist()]
    return [Column(AT_LEAST, tuple(bounds[index] for index in order), COUNT, AT_LEAST_TITLE)]


def _clicks(many: Sequence[ClickSeries]) -> list[int | None]:
    return [
        clicks if is_known else None
        for one in many
        for clicks, is_known in zip(one.clicks.tolist(), one.known.tolist(), strict=True)
    ]
