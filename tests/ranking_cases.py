"""Rankings made by hand, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from view_cases import NOW

from bitly_data.query import ALL_TIME, ClickQuery, edges_of
from bitly_data.series import Coverage, Provenance
from bitly_data.sources.model import Link, RankedLink, RankedLinks
from bitly_data.sources.ranked_links import NOTHING, CountedRange, Unlisted, ranking

MADE = 1_577_836_800  # 1 January 2020


def link(name: str, title: str = "", url: str = "", **more: object) -> Link:
    """A link of the account `ann`, made long ago if nothing else is said."""
    about = {"login": "ann", "created": MADE} | more
    return Link(name, title, url or f"https://{name.partition('/')[2]}.example/page", **about)  # type: ignore[arg-type]


def ranked(
    query: ClickQuery,
    clicks: Mapping[Link, int] | Sequence[tuple[Link, int]],
    unlisted: Unlisted = NOTHING,
    *,
    coverage: Coverage | None = None,
    note: str = "",
    is_cut_back: bool = False,
    is_gone: bool = False,
    now: int = NOW,
) -> RankedLinks:
    """The answer to a question, asked at `now` [epoch s]."""
    if query.units == ALL_TIME:
        start, end, asked = MADE, now + 1, None
    else:
        edges = edges_of(query, now if query.until is None else query.until)
        start, end = int(edges[0]), int(edges[-1])
        asked = (start, end)
    rows = clicks.items() if isinstance(clicks, Mapping) else clicks
    return ranking(
        query,
        [RankedLink(one, many) for one, many in rows],
        unlisted,
        CountedRange(start, end, asked, is_cut_back, is_gone),
        100,
        Provenance("v3", "demo", ("/v3/x",), now, 1, note=note),
        coverage,
    )


__all__ = ["MADE", "link", "ranked"]
