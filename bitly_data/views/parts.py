"""Parts of a total that add up to it: what is in no part, and what is in several.

Everything is counted by what is known at the least (`ClickSeries.floor`), so that the parts add up
to the last click also where some buckets are lower bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bitly_data.bounds import NO_BOUND
from bitly_data.labels import count_text
from bitly_data.locales import Locale
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries, rolled_up
from bitly_data.states import COUNTED

IN_SEVERAL, DIFFERENCE = "in more than one row", "difference"


@dataclass(frozen=True)
class Balance:
    """What it takes for parts to add up to a total [count].

    `shared`: clicks that are in more than one part, as far as is known. `difference`: those of the
    total that are in no part all the same, below 0 where the parts have more; `None` where the
    total lacks buckets that the parts have, so that there is nothing to add up to.
    """

    shared: int = 0
    difference: int | None = 0

    def rows(self, whole: ClickSeries) -> list[ClickSeries]:
        """A row for each of the two that is not 0, by the range of the total."""
        if self.difference is None:
            return []
        return [
            _number(whole, name, clicks)
            for name, clicks in ((IN_SEVERAL, -self.shared), (DIFFERENCE, self.difference))
            if clicks
        ]


def remainder(
    whole: ClickSeries, together: ClickSeries, unlisted: ClickSeries | None, name: str
) -> ClickSeries | None:
    """The clicks of a whole that are in none of its parts, which are counted `together`.

    `unlisted`: what no list shows, where that is a part of the whole as well. All are over the same
    buckets. `None` where there are no such clicks, as far as is known.
    """
    known = whole.known & together.known
    there = _told(whole) & _told(together)
    if unlisted is None:
        # Of all clicks the parts may have as many as their upper bound, while what is not listed
        # is not known. A whole that is a list itself has no more than is listed.
        most_of_parts = np.where(whole.known & together.bounded, together.at_most, together.floor)
        left = whole.floor - most_of_parts
        there &= most_of_parts != NO_BOUND
    else:
        left = whole.floor - together.floor - unlisted.floor
        there &= _told(unlisted)
    # Of two answers the later one may have some clicks more.
    left = left.clip(min=0)
    if not left[there].any():
        return None
    most = np.where(whole.known, whole.clicks, whole.at_most)
    return replace(
        whole,
        name=name,
        clicks=np.where(known, left, 0),
        states=np.maximum(whole.states, together.states),
        at_least=np.where(there, left, NO_BOUND),
        at_most=np.where(there & (most >= 0), (most - together.floor).clip(min=0), NO_BOUND),
    )


def balance(
    parts: Sequence[ClickSeries],
    rest: Sequence[ClickSeries],
    together: ClickSeries,
    whole: ClickSeries,
) -> Balance:
    """How `parts`, which may share clicks, and the `rest` add up; all over the same buckets.

    `together`: the parts as one, each click once.
    """
    every = np.sum([one.floor for one in (*parts, *rest)], axis=0)
    if every[~_told(whole)].any():
        return Balance(difference=None)
    told = _told(together) & np.logical_and.reduce([_told(one) for one in parts])
    twice = np.sum([one.floor for one in parts], axis=0) - together.floor
    shared = int(twice[told].clip(min=0).sum())
    return Balance(shared, int(whole.floor.sum()) - int(every.sum()) + shared)


def _told(series: ClickSeries) -> NDArray[np.bool_]:
    """bool[n]: whether the number is known, or a lower bound of it."""
    return series.known | series.bounded


def _number(whole: ClickSeries, name: str, clicks: int) -> ClickSeries:
    """One number over the range of a total."""
    return replace(
        rolled_up(whole),
        name=name,
        clicks=np.array([clicks], dtype=np.int64),
        states=np.array([COUNTED], dtype=np.int8),
    )


def added(many: Sequence[ClickSeries], name: str) -> ClickSeries:
    """Series over the same buckets as one: the sum of their clicks.

    A bucket has the worst of their states; where one of them is not known there are bounds: at
    least what is known of any, at most what is known of all.
    """
    known = np.logical_and.reduce([one.known for one in many])
    some = np.logical_or.reduce([_told(one) for one in many])
    most = [np.where(one.known, one.clicks, one.at_most) for one in many]
    has_most = np.logical_and.reduce([one >= 0 for one in most])
    floor = np.sum([one.floor for one in many], axis=0)
    return replace(
        many[0],
        name=name,
        clicks=np.where(known, floor, 0),
        states=np.maximum.reduce([one.states for one in many]),
        at_least=np.where(some, floor, NO_BOUND),
        at_most=np.where(has_most, np.sum(most, axis=0), NO_BOUND),
    )


def said_in_zone(series: ClickSeries, query: ClickQuery) -> ClickSeries:
    """A series that was counted in days of UTC, said in the way of others beside it: as the answer
    in such days to the question in its zone. So they stand in one chart and file.
    """
    if series.query.timezone == query.timezone:
        return series
    return replace(
        series,
        query=series.query.replace(timezone=query.timezone),
        provenance=replace(series.provenance, offset=0),
    )


def balance_texts(
    balance: Balance,
    whole: ClickSeries,
    sharing: str,
    locale: Locale,
    *,
    unknown: bool,
    together_lacks: bool,
) -> list[str]:
    """Why rows do not add up to the whole by themselves, where they do not.

    `sharing`: what a click that counts several times counts for; `unknown`: buckets of the rows are
    not known; `together_lacks`: nor are some of all rows as one.
    """
    unit = whole.query.unit
    if balance.difference is None:
        lacking = locale.number(whole.lacking)
        return [
            f"The rows do not add up to “{whole.name}”, of which {lacking} {unit}s are not known."
        ]
    texts = []
    if balance.shared:
        shared = f"{count_text(balance.shared, locale)} clicks"
        texts.append(
            f"At least {shared} are in several rows; “{IN_SEVERAL}” takes them away again."
            if unknown or together_lacks
            else f"{shared} count for more than one {sharing} “{IN_SEVERAL}” takes them away "
            "again, so that the rows add up."
        )
    if balance.difference:
        many = f"{count_text(abs(balance.difference), locale)} clicks"
        why = f"some {unit}s of the rows are not known" if unknown else "they came meanwhile"
        texts.append(
            f"“{DIFFERENCE}”: {many} of the total are in no other row, as {why}."
            if balance.difference > 0
            else f"“{DIFFERENCE}”: the rows have {many} more than the total, as {why}."
        )
    return texts
