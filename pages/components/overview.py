"""The parts of the overview below its chart: who made a bucket, top links, risers and fallers."""

from __future__ import annotations

import streamlit as st

from bitly_data import cache
from bitly_data.errors import BitlyError
from bitly_data.series import ClickSeries
from bitly_data.views import makers, movers
from bitly_data.views.rankings import Found
from pages.components import link_lists, loading
from pages.components.controls import Taking, period_bar, query_params
from pages.components.destinations import leave_for, to_link
from pages.components.draw import parts
from pages.components.runner import Run
from pages.components.text import as_text, show_error


def show_bucket(run: Run, series: ClickSeries) -> None:
    """What made the bucket that is looked at, with links to go on; nothing where none is."""
    query, taking = makers.question(run.page_query, series), run.taking
    if query is None or taking is None:
        return
    with st.container(border=True, gap="xsmall"):
        try:
            with st.spinner("Ranking links", show_time=True):
                ranked = run.client.ranked_links(query)
        except BitlyError as problem:
            show_error(problem)
            _close(taking)
            return
        value = cache.memo().of(
            ("bucket", run.page_query),
            [series, ranked],
            lambda: makers.present(run.page_query, series, ranked),
        )
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.markdown(f"**{as_text(value.title)}**", width="content")
            _close(taking)
        parts.notices(value.notices)
        if value.table is not None:
            parts.table(value.table, "bucket_links", on_row=_leave_for)


def hover(run: Run, series: ClickSeries) -> dict[int, str]:
    """What made the highest buckets, by their places, as far as it is here."""
    found = {}
    for at in makers.peaks(run.page_query, series):
        ranked = run.client.ranked_already(makers.of_bucket(series, at))
        if ranked is not None:
            found[at] = makers.in_hover(run.page_query, ranked)
    return found


def ask_for_hover(run: Run, series: ClickSeries) -> None:
    """Ask what made the highest buckets, last of all, and draw them once more with that."""
    wanted = [makers.of_bucket(series, at) for at in makers.peaks(run.page_query, series)]
    missing = [query for query in wanted if run.client.ranked_already(query) is None]
    try:
        if not missing or run.client.ranking_price(missing) > loading.MOST_BESIDE:
            return
        for query in missing:
            run.client.ranked_links(query)
    except BitlyError:
        return  # the chart stands without it, and a drag on it will say why
    st.rerun()


def _close(taking: Taking) -> None:
    st.button(
        "Close",
        key="bucket_close",
        icon=":material/close:",
        type="tertiary",
        on_click=period_bar.look_at,
        args=(None, taking),
    )


def show_top_links(run: Run) -> Found | None:
    """The best links; what was found of them."""
    st.header("Top links")
    return link_lists.show_top(run)


def show_movers(run: Run, found: Found | None) -> None:
    """Risers and fallers against the other period."""
    if found is None:
        return
    st.header(
        "Risers and fallers",
        help="The links that gained or lost most clicks against the other period, both up to the "
        f"same moment. Changes of fewer than {movers.FEWEST_CLICKS} clicks are left out.",
    )
    locale = run.page_query.locale
    value = cache.memo().of(("movers", locale), [found], lambda: movers.present(found, locale))
    if value.table is not None:
        parts.table(value.table, "movers", on_row=_leave_for)
    parts.notices(value.notices)


def _leave_for(link: str) -> None:
    if link:
        kept = {name: values for name, values in query_params().items() if name != "bucket"}
        leave_for(to_link(link, kept))
