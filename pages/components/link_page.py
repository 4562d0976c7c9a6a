"""The page of one link: what it is, and how it does among links like it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.errors import BitlyError
from bitly_data.series import ClickSeries
from bitly_data.sources.model import Link, RankedLinks
from bitly_data.views import link as link_view
from bitly_data.views import links
from bitly_data.views.answers import Answers
from pages.components import runner
from pages.components.controls import query_params
from pages.components.destinations import destination, to_compare
from pages.components.draw import links as draw
from pages.components.draw import parts
from pages.components.page import Opening
from pages.components.runner import Run
from pages.components.text import as_text

# What is longer takes a second line at the width of most screens.
LONGEST_TITLE, LONGEST_DESTINATION = 60, 44


def show(run: Run, opening: Opening) -> None:
    """The whole page."""
    about = _about(run)
    _head(run, opening, about)
    runner.show_clicks(run, "link", beside=runner.Beside(link_view.WAITING, _Beside(about).show))


def _about(run: Run) -> Link | None:
    """What is known of the link, if it is one of the account's: by its newest links, else by those
    that were clicked in the period.
    """
    link = str(run.page_query.query.link)
    try:
        listed, _ = run.client.links()
    except BitlyError:
        listed = []
    found = next((one for one in listed if link in (one.link, *one.ids)), None)
    if found is not None:
        return found
    ranking = _ranking(run)
    rows = () if ranking is None else ranking.rows
    return next((row.link for row in rows if link in (row.link.link, *row.link.ids)), None)


def _ranking(run: Run) -> RankedLinks | None:
    """The ranking of the period; `None` where it cannot be had."""
    question = link_view.ranking_question(run.page_query.query)
    if question is None:
        return None
    try:
        return run.client.ranked_links(question)
    except BitlyError:
        return None  # what is asked is here, and only the other links are not


def _head(run: Run, opening: Opening, about: Link | None) -> None:
    """Title, what leads on, and a line that says what the link is."""
    value = link_view.head(
        str(run.page_query.query.link), about, int(run.client.now), run.page_query
    )
    with opening.heading.container(gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.title(as_text(links.shortened(value.title, LONGEST_TITLE)), anchor=False)
            with st.container(horizontal=True, width="content", gap="xsmall"):
                st.link_button("Open", value.url, icon=":material/open_in_new:")
                compare = st.button("Compare", key="link_compare", icon=":material/compare_arrows:")
        st.markdown(_line(value))
    if compare:
        to_compare([value.link], query_params()).go()


def _line(value: link_view.Head) -> str:
    """The line below the title."""
    text = f"**{as_text(value.link)}**"
    if value.destination:
        text += f" → {as_text(links.shortened(value.destination, LONGEST_DESTINATION))}"
    if value.more:
        text += f" :gray[· {as_text(value.more)}]"
    tags = " ".join(f":gray-badge[{as_text(tag)}]" for tag in value.tags)
    return f"{text} {tags}".strip()


class _Beside:
    """What stands beside the series of a link."""

    def __init__(self, about: Link | None) -> None:
        self.about = about

    def show(
        self,
        run: Run,
        series: ClickSeries,
        answers: Answers,
        places: Sequence[DeltaGenerator],
    ) -> None:
        """The last key figures, then addresses, and how the link does among others."""
        ranking, ever = _ranking(run), _all_time(run)
        metrics = (
            link_view.rank_metric(run.page_query, ranking),
            link_view.all_time_metric(ever, run.page_query.locale),
        )
        for place, metric in zip(places, metrics, strict=True):
            with place:
                parts.metric(metric, is_small=True)
        left, right = st.columns(2, gap="small")
        with left:
            _addresses(run, series, answers)
        with right:
            _among(run, ranking, self.about)


def _all_time(run: Run) -> ClickSeries | None:
    try:
        return run.client.load(link_view.all_time_question(run.page_query.query))
    except BitlyError:
        return None  # the period is here


def _addresses(run: Run, series: ClickSeries, answers: Answers) -> None:
    st.header("Its addresses")
    table, notice = cache.memo().of(
        ("link addresses", run.page_query, tuple(answers)),
        [series, *answers.values()],
        lambda: link_view.addresses_table(run.page_query, series, answers),
    )
    if table is not None:
        parts.table(table, "link_addresses")
    parts.notice(notice)


def _among(run: Run, ranking: RankedLinks | None, about: Link | None) -> None:
    st.header("Among links like it")
    if ranking is None:
        st.caption("How other links did in this period is not known.")
        return
    value = cache.memo().of(
        ("link among", run.page_query),
        [ranking, about],
        lambda: link_view.among(run.page_query, ranking, about),
    )
    if value.groups is not None:
        parts.table(value.groups, "link_groups")
    if value.neighbours is not None:
        _neighbours(value, str(run.page_query.query.link))
    parts.notice(value.notice)


def _neighbours(value: link_view.AmongValue, link: str) -> None:
    """The links around it, each of which opens by a click. The key is this link's: a cell that was
    clicked here is none of the next page's.
    """
    assert value.neighbours is not None
    event = parts.table(
        value.neighbours, f"link_near_{link}", on_select="rerun", selection_mode="single-cell"
    )
    to = destination(draw.picked(event, value.links), query_params())
    if to is not None and to.params["link"] != [link]:
        to.go()
