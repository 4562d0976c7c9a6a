"""Tables of links: which were clicked, and where a click on one of them leads."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from bitly_data import cache
from bitly_data.errors import BitlyError
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.sources.fetch_plan import FEW_CALLS, calls_text
from bitly_data.sources.model import RankedLinks
from bitly_data.views import links, rankings
from bitly_data.views.links import LinksValue, Rows
from bitly_data.views.page_query import ALL_LINKS
from bitly_data.views.rankings import Found
from pages.components import link_bar, loading
from pages.components.controls import query_params
from pages.components.destinations import LINKS_FILE, destination
from pages.components.draw import links as draw
from pages.components.draw import parts
from pages.components.draw.links import Picked
from pages.components.next_step import show_problem
from pages.components.runner import Run
from pages.components.text import reader_locale

# The best links of a period, beside other parts of a page.
FEW_LINKS = 10


# -- what is asked --------------------------------------------------------------------------------


def _questions(run: Run, answers: dict[ClickQuery, RankedLinks | BitlyError]) -> list[ClickQuery]:
    """The rankings that the page needs, not worked out twice from the same answers."""
    key = ("ranking questions", run.page_query, tuple(answers))
    return cache.memo().of(
        key, list(answers.values()), lambda: rankings.questions(run.page_query, answers)
    )


def load(run: Run) -> Found | None:
    """The rankings of the page's period; `None` where there are none, and the page has said why."""
    answers: dict[ClickQuery, RankedLinks | BitlyError] = {}
    with st.spinner("Counting clicks", show_time=True):
        while wanted := [query for query in _questions(run, answers) if query not in answers]:
            for query in wanted:
                try:
                    answers[query] = run.client.ranked_links(query)
                except BitlyError as problem:
                    answers[query] = problem
    run.asked.extend(answers)
    key = ("rankings", run.client.key, run.page_query, tuple(answers))
    try:
        return cache.memo().of(
            key, list(answers.values()), lambda: rankings.found(run.page_query, answers)
        )
    except BitlyError as problem:
        show_problem(problem, "rankings")
        return None


def _own_series(
    run: Run, queries: Sequence[ClickQuery], key: str, label: str
) -> Mapping[str, ClickSeries]:
    """The series of links by themselves, by link: all of them where that takes few calls, else
    those that are kept, and a button with the price of the others.
    """
    client = run.client
    kept = {query: client.loaded(query) for query in queries}
    missing = [query for query, series in kept.items() if series is None]
    if missing and _may_ask(run, missing, key, label):
        found = loading.load_beside(client, lambda _: list(missing), {}, key)
        kept |= {q: one for q, one in found.items() if isinstance(one, ClickSeries)}
    return {
        str(query.link): series
        for query, series in kept.items()
        if series is not None and series.answered
    }


def _may_ask(run: Run, missing: Sequence[ClickQuery], key: str, label: str) -> bool:
    """Whether these are asked for now: they are few calls, or somebody said so."""
    try:
        calls = run.client.price(missing)
    except BitlyError:
        return False
    name, wanted = f"{key}_wanted", repr(tuple(missing))
    if calls <= FEW_CALLS or st.session_state.get(name) == wanted:
        return True
    st.button(
        reader_locale().text(f"{label} ({calls_text(calls)})"),
        key=f"{key}_more",
        icon=":material/show_chart:",
        on_click=st.session_state.__setitem__,
        args=(name, wanted),
    )
    return False


def _with_links(run: Run) -> Run:
    """The same with the account's links, where the table may list some that were not clicked."""
    listing = run.page_query.listing
    if not (listing.is_narrowed or listing.top == ALL_LINKS):
        return run
    try:
        found, _ = run.client.links(listing.search)
    except BitlyError:
        return run  # those that were clicked are there
    return replace(run, page_query=replace(run.page_query, links=tuple(found)))


# -- the page of the links ------------------------------------------------------------------------


def show_links(run: Run) -> None:
    """The whole page: what is listed, the table, and what leads on from it."""
    run = _with_links(run)
    found = load(run)
    if found is None:
        return
    listing = run.page_query.listing
    own: Mapping[str, ClickSeries] = {}
    if listing.items:
        wanted = [links.own_question(run.page_query.query, link) for link in listing.items]
        own = _own_series(run, wanted, "items", "Count each of them")
    chosen = _rows(run, found, own)
    bar_place, summary_place = st.container(), st.container()
    value = _with_trends(run, found, chosen, "links")
    with summary_place:
        parts.notice(value.summary)
    key = table_key("links", value)
    with bar_place:
        link_bar.draw(run, found, value, draw.picked_before(key, value.links))
    _leave(draw.links_table(value, key, can_tick=True))
    parts.notices(value.notices)
    if value.table is None and listing.is_narrowed:
        link_bar.clear_button(run)


def show_top(run: Run, most: int = FEW_LINKS) -> Found | None:
    """The best links of the period, for a part of another page: a click on one opens it, and those
    that are ticked can be compared. What was found, for what else the page says of links.
    """
    few = replace(run.page_query.listing, top=most, search="", items=(), tag="")
    run = replace(run, page_query=replace(run.page_query, listing=few))
    found = load(run)
    if found is None:
        return None
    chosen = _rows(run, found, {})
    value = _with_trends(run, found, chosen, "top_links", is_half=True)
    picked = draw.links_table(value, table_key("top_links", value), can_tick=True)
    _leave(picked)
    parts.notices(value.notices)
    with st.container(horizontal=True, vertical_alignment="center"):
        link_bar.compare_button(picked)
        st.page_link(
            LINKS_FILE,
            label="All links",
            icon=":material/arrow_forward:",
            query_params=query_params(),
        )
    return found


def _rows(run: Run, found: Found, own: Mapping[str, ClickSeries]) -> Rows:
    """The rows; the same answers to the same question do not make them anew."""
    return cache.memo().of(
        ("link rows", run.page_query, tuple(own)),
        [found, *own.values()],
        lambda: links.rows(run.page_query, found, own),
    )


def _with_trends(
    run: Run, found: Found, chosen: Rows, key: str, *, is_half: bool = False
) -> LinksValue:
    """The table with its small charts, as far as they are here or take few calls; while they come
    it stands there without them.
    """
    page_query = run.page_query

    def made(own: Mapping[str, ClickSeries], whole: ClickSeries | None) -> LinksValue:
        return cache.memo().of(
            ("link table", page_query, tuple(own), is_half),
            [found, chosen, whole, *own.values()],
            lambda: links.present(page_query, found, chosen, own, whole, is_half=is_half),
        )

    wanted = links.trend_questions(page_query, chosen.shown)
    whole_query = links.whole_question(page_query) if chosen.others is not None else None
    place = st.empty()
    if any(run.client.loaded(query) is None for query in wanted):
        with place.container():
            draw.still_table(made({}, None))
    own = _own_series(run, wanted, f"{key}_trends", "Show the trends")
    place.empty()
    whole = None
    if whole_query is not None and len(own) == len(wanted):
        whole = _whole(run, whole_query)
    return made(own, whole)


def _whole(run: Run, query: ClickQuery) -> ClickSeries | None:
    """All clicks of the page's question in buckets, where they are kept or take few calls."""
    try:
        kept = run.client.loaded(query)
        if kept is not None:
            return kept
        plan = run.client.cost([query])
        return run.client.load(query) if plan is None or not plan.is_wide else None
    except BitlyError:
        return None  # the small chart of the others is missing, and nothing else


def table_key(name: str, value: LinksValue) -> str:
    """The key of a table of just these links: a selection says rows, and is theirs alone."""
    return f"{name}_{zlib.crc32(repr(value.links).encode()):08x}"


def _leave(picked: Picked) -> None:
    to = destination(picked, query_params())
    if to is not None:
        to.go()
