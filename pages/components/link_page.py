"""The page of one link: what it is, and how it does among links like it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.errors import BitlyError
from bitly_data.series import ClickSeries
from bitly_data.sources.model import Link, RankedLinks
from bitly_data.views import link as link_view
from bitly_data.views.answers import Answers
from bitly_data.views.widths import shortened
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
    about = _about_already(run)
    places = _head(run, opening, about)
    beside = _Beside(about, places)
    runner.show_clicks(run, "link", beside=runner.Beside(link_view.WAITING, beside.show))


def _about_already(run: Run) -> Link | None:
    """What is known of the link before anything is asked for that stands beside its clicks, if it
    is one of the account's: by its newest links, else by a ranking that is kept.
    """
    try:
        found = _about(run, run.client.links()[0])
    except BitlyError:
        found = None
    question = link_view.ranking_question(run.page_query.query)
    if found is not None or question is None:
        return found
    ranking = run.client.ranked_already(question)
    return None if ranking is None else _about(run, _clicked(ranking))


def _about(run: Run, those: Iterable[Link]) -> Link | None:
    """What is known of the link, if it is one of those."""
    link = str(run.page_query.query.link)
    return next((one for one in those if link in (one.link, *one.ids)), None)


def _clicked(ranking: RankedLinks) -> Iterable[Link]:
    return (row.link for row in ranking.rows)


def _ranking(run: Run) -> RankedLinks | None:
    """The ranking of the period; `None` where it cannot be had."""
    question = link_view.ranking_question(run.page_query.query)
    if question is None:
        return None
    try:
        return run.client.ranked_links(question)
    except BitlyError:
        return None  # what is asked is here, and only the other links are not


@dataclass(frozen=True)
class _Places:
    """Where the title stands, and the line below it: what the link is may turn out later."""

    title: DeltaGenerator
    line: DeltaGenerator

    def fill(self, value: link_view.Head) -> None:
        """Say what the link is."""
        title = shortened(value.title, LONGEST_TITLE)
        self.title.title(as_text(title), anchor=False)
        self.line.markdown(_line(value))


def _head(run: Run, opening: Opening, about: Link | None) -> _Places:
    """Title, what leads on, and a line that says what the link is."""
    value = _told(run, about)
    with opening.heading.container(gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            title = st.empty()
            with st.container(horizontal=True, width="content", gap="xsmall"):
                st.link_button("Open", value.url, icon=":material/open_in_new:")
                compare = st.button("Compare", key="link_compare", icon=":material/compare_arrows:")
        places = _Places(title, st.empty())
    places.fill(value)
    if compare:
        to_compare([value.link], query_params()).go()
    return places


def _told(run: Run, about: Link | None) -> link_view.Head:
    link = str(run.page_query.query.link)
    return link_view.head(link, about, int(run.client.now), run.page_query)


def _line(value: link_view.Head) -> str:
    """The line below the title."""
    text = f"**{as_text(value.link)}**"
    if value.destination:
        text += f" → {as_text(shortened(value.destination, LONGEST_DESTINATION))}"
    if value.more:
        text += f" :gray[· {as_text(value.more)}]"
    tags = " ".join(f":gray-badge[{as_text(tag)}]" for tag in value.tags)
    return f"{text} {tags}".strip()


class _Beside:
    """What stands beside the series of a link."""

    def __init__(self, about: Link | None, head: _Places) -> None:
        self.about, self.head = about, head

    def show(
        self,
        run: Run,
        series: ClickSeries,
        answers: Answers,
        places: Sequence[DeltaGenerator],
    ) -> None:
        """The last key figures, then addresses, and how the link does among others."""
        ranking, ever = _ranking(run), _all_time(run)
        about = self.about
        if about is None and ranking is not None:
            about = _about(run, _clicked(ranking))
            if about is not None:
                self.head.fill(_told(run, about))
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
            _among(run, ranking, about)


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
    # On a touch screen the buttons of a table lie over what stands directly above it.
    st.caption("Around it, by clicks in the period")
    event = parts.table(
        value.neighbours, f"link_near_{link}", on_select="rerun", selection_mode="single-cell"
    )
    to = destination(draw.picked(event, value.links), query_params())
    if to is not None and to.params["link"] != [link]:
        to.go()
