"""Since when could a link be clicked? What lies before is no part of an average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bitly_data import buckets
from bitly_data.labels import bucket_label
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import NOTHING_THERE, ClickSeries


@dataclass(frozen=True)
class Beginning:
    """When a link was made; where that is not known, the UTC day of its first click [epoch s]."""

    at: int
    is_made: bool


def is_wanted(series: ClickSeries) -> bool:
    """Whether a link's series begins without clicks, so that it may not have been there yet."""
    known = np.flatnonzero(series.known)
    return (
        series.query.target == LINK
        and not series.query.rollup
        and bool(len(known))
        and not series.clicks[known[0]]
    )


def question(query: ClickQuery) -> ClickQuery:
    """What tells a link's first click: its days of UTC, which either API has for a few calls."""
    return ClickQuery(
        target=LINK,
        link=query.link,
        unit="day",
        units=ALL_TIME,
        until=query.until,
        all_addresses=query.all_addresses,
    )


def first_click(days: ClickSeries) -> Beginning | None:
    """The beginning by the answer to the question; `None` where upstream keeps what was before."""
    clicked = np.flatnonzero(days.known & (days.clicks > 0))
    if not len(clicked):
        return None
    before = days.states[: clicked[0]]
    if not (days.known[: clicked[0]] | np.isin(before, NOTHING_THERE)).all():
        return None
    return Beginning(int(days.edges[clicked[0]]), is_made=False)


def first_bucket(series: ClickSeries, beginning: Beginning | None) -> int:
    """The index of the first bucket in which there could be clicks; 0 where all of them are."""
    if beginning is None or not is_wanted(series):
        return 0
    clicked = np.flatnonzero(series.known & (series.clicks > 0))
    first = int(clicked[0]) if len(clicked) else len(series.clicks)
    if beginning.is_made:
        # A custom back-half may have led to another link before.
        made = int(np.searchsorted(series.edges[1:], beginning.at, side="right"))
        return min(made, first)
    # Of a day that the range cuts it is not known where in it the first click was.
    return first if series.edges[0] <= beginning.at and len(clicked) else 0


def in_words(series: ClickSeries, beginning: Beginning | None, locale: Locale = ENGLISH) -> str:
    """Since when the figures are, where that is not the whole range."""
    first = first_bucket(series, beginning)
    if beginning is None or not first:
        return ""
    why = "the link was made" if beginning.is_made else "its first click"
    if first == len(series.clicks):
        return f"since {why}, which was later"
    start = buckets.local(int(series.edges[first]), series.zone)
    return f"since {why} ({bucket_label(start, series.query.unit, locale)})"
