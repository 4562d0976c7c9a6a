"""Which addresses lead to a link? Its hash and its custom back-halves, on each of its hosts, alone
or together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from bitly_data.errors import BitlyError
from bitly_data.labels import count_text
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.views.answers import Answer, Answers, series_of
from bitly_data.views.page_query import PageQuery
from bitly_data.views.parts import remainder
from bitly_data.views.values import CAPTION, Notice

NO_ANSWERS: Answers = MappingProxyType({})
# A link has a handful of addresses; of more than so many only the names are told.
MOST_COUNTED = 5
OTHER_ADDRESSES = "other addresses"


def notice(page_query: PageQuery, answers: Answers = NO_ANSWERS) -> Notice | None:
    """Which other addresses there are, and whether they are in the page's numbers; with the clicks
    of each in the same range, as far as they are among the answers.
    """
    addresses, together = page_query.addresses, page_query.query.all_addresses
    main = answers.get(page_query.query)
    if isinstance(main, ClickSeries) and together and not main.query.all_addresses:
        return None  # the others are not known, as the numbers say themselves
    if not addresses:
        return None
    if len(addresses) == 1:
        return Notice(CAPTION, "No other address leads to this link.") if together else None
    if together:
        return Notice(CAPTION, f"With the clicks by {', '.join(addresses[1:])}.")
    counts = {query.link: answers.get(query) for query in counted(page_query)}
    others = ", ".join(name + _count_text(counts.get(name)) for name in addresses[1:])
    return Notice(
        CAPTION,
        f"This link is also reached by {others}. Bitly counts that apart: to "
        "add it, switch All addresses on in the sidebar, under More.",
    )


def counted(page_query: PageQuery) -> list[ClickQuery]:
    """The totals of the other addresses, where the page's numbers are without them."""
    query = page_query.query
    if query.all_addresses:
        return []
    return [
        query.replace(link=name, rollup=True, limit=None)
        for name in page_query.addresses[1 : MOST_COUNTED + 1]
    ]


def _count_text(answer: Answer | None) -> str:
    """The clicks of an address in brackets; nothing while they are not known."""
    if not isinstance(answer, ClickSeries) or not answer.known.all():
        return ""
    clicks = answer.total.clicks
    return f" ({count_text(clicks)} click{'' if clicks == 1 else 's'})"


def questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """Each address of a link that is counted with all of them, in the buckets of the sum."""
    query = page_query.query
    if not query.all_addresses or len(page_query.addresses) < 2:
        return []
    try:
        series = series_of(answers, query)
    except BitlyError:
        return []
    # Of all time each address has a beginning of its own; the sum has the earliest.
    units = query.units if query.rollup else len(series.clicks)
    return [
        query.replace(link=name, all_addresses=False, units=units) for name in page_query.addresses
    ]


def rest(whole: ClickSeries, found: Sequence[ClickSeries]) -> list[ClickSeries]:
    """The clicks of the sum that are on none of the addresses shown: of one without an answer, or
    of a bucket of one that is not known; empty where the addresses add up.
    """
    if not found:
        return []
    shown = np.sum([one.floor for one in found], axis=0)
    left = remainder(whole, replace(whole, clicks=shown), None, OTHER_ADDRESSES)
    return [] if left is None else [left]


def parts(page_query: PageQuery, answers: Answers) -> list[ClickSeries]:
    """The series of each address, where they are shown; those of other buckets are left out."""
    whole = series_of(answers, page_query.query)
    found = [answers.get(query) for query in questions(page_query, answers)]
    # A minute may have ended since the sum was counted.
    return [
        part
        for part in found
        if isinstance(part, ClickSeries)
        and (whole.query.rollup or np.array_equal(part.edges, whole.edges))
    ]
