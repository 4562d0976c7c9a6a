"""A chart's numbers as a table, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.labels import bucket_labels, offset_text, table_pattern
from bitly_data.locales import ENGLISH, Locale
from bitly_data.series import ClickSeries, coverage_words
from bitly_data.states import STATES
from bitly_data.views.missing_data import lengths_in_words
from bitly_data.views.values import (
    AT_LEAST,
    AT_LEAST_TITLE,
    COUNT,
    TEXT,
    TIME,
    Cell,
    Column,
    Table,
)


def rows_table(many: Sequence[ClickSeries], locale: Locale = ENGLISH) -> Table:
    """A row a bucket and series: which bucket, whose, how many clicks, what is known of it.

    Columns in which nothing stands (lower bounds, length, click log) are left out.
    """
    query = many[0].query
    starts = np.concatenate([series.edges[:-1] for series in many])
    newest_first = np.argsort(-starts, kind="stable").tolist()

    def column(name: str, cells: Sequence[Cell], kind: str = "text") -> Column:
        return Column(name, tuple(cells[index] for index in newest_first), kind)

    columns = [
        *time_columns(query.unit, many, newest_first, locale),
        column("Series", [one.name for one in many for _ in one.clicks]),
        column("Clicks", _clicks(many), COUNT),
        *_at_least(many, newest_first),
        column("State", [STATES[code] for one in many for code in one.states.tolist()]),
    ]
    lengths = (
        [] if query.rollup else [text for one in many for text in lengths_in_words(one, locale)]
    )
    log = [locale.text(word) for one in many for word in coverage_words(one)]
    more = [
        column(name, words)
        for name, words in (("Length", lengths), ("Click log", log))
        if any(words)
    ]
    return Table((*columns, *more))


def time_columns(
    unit: str, many: Sequence[ClickSeries], order: Sequence[int], locale: Locale
) -> list[Column]:
    """The buckets of many series by their starts, in this order: a column that sorts by time.

    The offset is part of it, or a column of its own where it changes. Where clocks that are set
    back put a later start before an earlier one on the wall clock, UTC stands beside it.
    """
    starts = np.concatenate([one.edges[:-1] for one in many])
    offsets = np.concatenate([buckets.offsets_at(one.edges[:-1], one.zone) for one in many])
    labels = [
        label for one in many for label in bucket_labels(one.edges[:-1], one.zone, unit, locale)
    ]

    def column(name: str, cells: Sequence[Cell], clock: NDArray[np.int64], offset: str) -> Column:
        return Column(
            name,
            tuple(cells[index] for index in order),
            TIME,
            clock=tuple(clock[list(order)].tolist()),
            pattern=table_pattern(unit, offset, locale),
        )

    texts = _offset_texts(offsets) if unit in ("minute", "hour") else [""] * len(offsets)
    clock = _clock(starts, starts + offsets)
    if clock is None:
        in_utc = [text for one in many for text in bucket_labels(one.edges[:-1], UTC, unit, locale)]
        text = Column(unit.capitalize(), tuple(labels[index] for index in order), TEXT)
        return [text, column("UTC", in_utc, starts * 1000, "")]
    if len(set(texts)) <= 1:
        return [column(unit.capitalize(), labels, clock, texts[0] if texts else "")]
    return [
        column(unit.capitalize(), labels, clock, ""),
        # A word before it, as a sign at the beginning would be a formula to a spreadsheet.
        Column("Offset", tuple(f"UTC{texts[index]}" for index in order)),
    ]


def _offset_texts(offsets: NDArray[np.int64]) -> list[str]:
    found, index = np.unique(offsets, return_inverse=True)
    texts = [offset_text(buckets.local(0, buckets.fixed_zone(offset))) for offset in found.tolist()]
    return [texts[at] for at in index.tolist()]


def _clock(starts: NDArray[np.int64], wall: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """int64[n] wall clock [ms] that sorts as the starts [epoch s] do; `None` where there is none.

    Of two starts that the clock shows alike the later one gets a millisecond, which nobody sees.
    """
    ordered, first, index = np.unique(starts, return_index=True, return_inverse=True)
    clock = wall[first] * 1000
    again = np.concatenate([[False], np.diff(clock) == 0]) if len(ordered) else np.zeros(0, bool)
    clock = clock + again
    if (np.diff(clock) <= 0).any():
        return None
    found: NDArray[np.int64] = clock[index]
    return found


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
