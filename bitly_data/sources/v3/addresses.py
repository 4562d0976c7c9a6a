"""A link by all its hosts: which they are, and their series as one.

A hash leads to the same link on each of Bitly's hosts and of the account's own short domains, and
v3 counts a host apart. No endpoint of v3 lists a link's hosts, but the account's link history is
searched by a back-half, and an item says whose it is and where it leads (docs/upstream/v3.md,
section 7). A link's custom back-half is no other address here: v3 counts it with the hash. Of a
link that is not in the history, as somebody else made it, the others are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bitly_data.buckets import Edges
from bitly_data.errors import AnswerError
from bitly_data.hosts import plain_link
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.series import ClickSeries, at_the_moment_of, side_by_side
from bitly_data.sources.model import Link
from bitly_data.sources.v3.parts import all_time_limited

# Minutes always end now, and one may end between two answers: then all are asked for again.
_MOST_TRIES: Final = 3

OTHERS_NOT_KNOWN: Final = (
    "Bitly does not say which other addresses lead to this link, so only the clicks by this one "
    "are counted."
)

Clicks = NDArray[np.int64]
States = NDArray[np.int8]
Search = Callable[[str], Sequence[Link]]


def addresses_of(link: str, search: Search) -> tuple[str, ...]:
    """All the addresses that lead to a link and are counted apart, as far as they are known, itself
    first.

    `search` gives the account's links with a text in their address. Raises what it raises.
    """
    return (link, *(others_of(link, search) or ()))


def others_of(link: str, search: Search) -> tuple[str, ...] | None:
    """The other addresses of a link; `None` where they are not known. Raises what `search` does."""
    found = search(f"/{_back_half(link)}")
    itself = next((one for one in found if _is_called(one, link)), None)
    if itself is None or not itself.long_url:
        return None  # somebody else's, or one that leads nobody knows where
    if _back_half(itself.link) != _back_half(link):  # it was asked for by a custom back-half
        found = search(f"/{_back_half(itself.link)}")
    others = {plain_link(one.link): one.link for one in found if _is_one(one, itself)}
    others.pop(plain_link(itself.link), None)
    return tuple(others[name] for name in sorted(others))


def fetch_all_addresses(
    query: ClickQuery, others: Sequence[str] | None, fetch: Callable[[ClickQuery], ClickSeries]
) -> ClickSeries:
    """The series of a link by all of its addresses together; where the others are not known, that
    of the link alone, which says so. Raises as `fetch` does.
    """
    if others is None:
        series = fetch(query.replace(all_addresses=False))
        note = " ".join(filter(None, [series.provenance.note, OTHERS_NOT_KNOWN]))
        return replace(series, provenance=replace(series.provenance, note=note))
    # Which buckets a limit leaves of all time is a matter of the sum.
    alone = query.replace(all_addresses=False)
    if query.units == ALL_TIME and not query.rollup:
        alone = alone.replace(limit=None)
    for _ in range(_MOST_TRIES):
        first = fetch(alone)
        more = [fetch(at_the_moment_of(first, alone.replace(link=name))) for name in others]
        many = side_by_side([first, *more], [first.name, *others])
        if query.rollup or all(np.array_equal(one.edges, many[0].edges) for one in many):
            return _sum(query, many)
    raise AnswerError("The minute ended while the clicks were counted: ask again.", retryable=True)


def _sum(query: ClickQuery, many: Sequence[ClickSeries]) -> ClickSeries:
    first = many[0]
    edges: Edges = first.edges
    if query.rollup:  # of all time each begins with its own first click
        edges = np.array([min(int(one.edges[0]) for one in many), int(edges[-1])], dtype=np.int64)
    clicks: Clicks = np.stack([np.where(one.known, one.clicks, 0) for one in many]).sum(axis=0)
    states: States = np.stack([one.states for one in many]).max(axis=0)
    if query.units == ALL_TIME and not query.rollup:
        edges, clicks, states = all_time_limited(query, (edges, clicks, states), whole=True)
    endpoints = dict.fromkeys(path for one in many for path in one.provenance.endpoints)
    provenance = replace(
        first.provenance,
        endpoints=tuple(endpoints),
        requests=sum(one.provenance.requests for one in many),
    )
    return ClickSeries(query, query.series_name, edges, clicks, states, provenance, first.coverage)


def _back_half(link: str) -> str:
    return link.partition("/")[2]


def _is_called(one: Link, link: str) -> bool:
    return plain_link(link) in map(plain_link, (one.link, *one.ids))


def _is_one(one: Link, itself: Link) -> bool:
    """Whether two items are one link: one hash of one account, to one destination."""
    return (_back_half(one.link), one.login, one.long_url) == (
        _back_half(itself.link),
        itself.login,
        itself.long_url,
    )
