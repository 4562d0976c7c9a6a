"""A period against the one before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.series import PARTIAL, ClickSeries


@dataclass(frozen=True)
class Change:
    """`now` and `before` are clicks in the same number of finished buckets [count].

    `ratio` is the relative change, `None` where there is none to tell; `why` says why not.
    """

    now: int | None = None
    before: int | None = None
    buckets: int = 0
    ratio: float | None = None
    why: str = ""


def period_before(series: ClickSeries) -> ClickQuery | None:
    """The question for as many buckets again, just before the first; `None` where there is none."""
    query = series.query
    if query.units == ALL_TIME or query.unit == "minute":
        return None
    return query.with_(end=int(series.edges[0]) - 1)


def change_against(series: ClickSeries, before: ClickSeries) -> Change:
    """Finished buckets against as many from the beginning of the period before.

    A running bucket is left out on both sides, so a morning is not set against a whole day.
    """
    finished = series.states != PARTIAL
    count = int(finished.sum())
    if not count:
        return Change(why="the period is still running")
    if not (series.known[finished].all() and before.known[:count].all()):
        return Change(why="some buckets are not known")
    now = int(series.clicks[finished].sum())
    earlier = int(np.sum(before.clicks[:count]))
    if not earlier:
        return Change(now, earlier, count, why="no clicks in the period before")
    return Change(now, earlier, count, now / earlier - 1)
