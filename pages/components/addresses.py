"""A link by all the addresses that lead to it: its hash and its custom back-halves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from bitly_data import cache
from bitly_data.errors import BitlyError
from bitly_data.series import ClickSeries
from bitly_data.settings import Settings
from pages.components.load import load_all_or_stop
from pages.components.say import as_text


def parts_of(series: ClickSeries, settings: Settings) -> list[ClickSeries]:
    """The series of each address of a link that is counted with all of them, in its buckets.

    The page says which other addresses there are, and whether they are in its numbers.
    """
    query = series.query
    try:
        addresses = cache.addresses_of(str(query.link), settings)
    except BitlyError:
        return []  # the numbers are here; what they belong to can be asked another time
    if len(addresses) == 1:
        if query.all_addresses:
            st.caption("No other address leads to this link.")
        return []
    others = ", ".join(addresses[1:])
    if not query.all_addresses:
        st.caption(
            as_text(
                f"This link is also reached by {others}. Bitly counts that apart: to "
                "add it, switch All addresses on in the sidebar, under More."
            )
        )
        return []
    st.caption(as_text(f"With the clicks by {others}."))
    # Of all time each address has a beginning of its own; the sum has the earliest.
    units = query.units if query.rollup else len(series.clicks)
    parts = load_all_or_stop(
        [query.replace(link=name, together=False, units=units) for name in addresses],
        settings,
        "addresses",
    )
    # A minute may have ended since the sum was counted.
    return [part for part in parts if query.rollup or np.array_equal(part.edges, series.edges)]
