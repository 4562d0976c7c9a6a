"""What the tests of views share: a page's question, and answers made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from support import epoch

from bitly_data.query import ClickQuery, edges_of
from bitly_data.series import ClickSeries, Coverage, Provenance, only_known
from bitly_data.sources.base import Capabilities
from bitly_data.sources.v3.source import CAPABILITIES as V3
from bitly_data.sources.v4.source import CAPABILITIES as V4
from bitly_data.states import COUNTED, PARTIAL
from bitly_data.views.answers import Answer
from bitly_data.views.page_query import PageQuery

# A Tuesday in the afternoon, ten days after America put its clocks back.
NOW = epoch("2026-11-10T15:20:00")
# The last second of the day before it: what ends here is finished by `NOW`.
YESTERDAY = epoch("2026-11-09T23:59:59")


def answer(
    query: ClickQuery,
    clicks: Sequence[int],
    states: Sequence[int] | None = None,
    *,
    name: str | None = None,
    at: int = NOW,
    coverage: Coverage | None = None,
    edges: Sequence[int] | None = None,
    at_least: Sequence[int] = (),
    at_most: Sequence[int] = (),
    **origin: Any,
) -> ClickSeries:
    """The series of a question as it was answered `at` that moment, by clicks and states.

    Without states all is counted, but a newest bucket that ends after the moment is partial.
    `at_least` and `at_most` are the bounds of each bucket, -1 where there is none.
    """
    if edges is not None:
        own = np.array(edges, dtype=np.int64)
    else:
        finite = query.replace(units=len(clicks)) if query.units == -1 else query
        own = edges_of(finite, at if query.until is None else query.until)
    if query.rollup:
        own = own[[0, -1]]
    if states is None:
        states = [COUNTED] * len(clicks)
        if own[-1] > at:
            states = [*states[:-1], PARTIAL]
    origin = {"endpoints": ("/v3/organization/clicks",), "requests": 1} | origin
    return only_known(
        ClickSeries(
            query,
            query.series_name if name is None else name,
            own,
            np.array(clicks, dtype=np.int64),
            np.array(states, dtype=np.int8),
            Provenance("v3", "demo organization", fetched_at=at, **origin),
            coverage,
            np.array(at_least, dtype=np.int64),
            np.array(at_most, dtype=np.int64),
        )
    )


def asks(query: ClickQuery, source: Capabilities = V3, **more: Any) -> PageQuery:
    """What a page asks of a source."""
    return PageQuery(query, source, "demo data", **more)


def of(*many: ClickSeries) -> dict[ClickQuery, Answer]:
    """Answers by their questions."""
    return {series.query: series for series in many}


def texts(notices: Sequence[Any]) -> list[str]:
    return [notice.text for notice in notices]


__all__ = ["NOW", "V3", "V4", "YESTERDAY", "answer", "asks", "of", "texts"]
