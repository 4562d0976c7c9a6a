"""The page Compare: what stands side by side, priced, asked, drawn; then totals with changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from bitly_data import cache
from bitly_data.client import Client
from bitly_data.errors import BitlyError
from bitly_data.query import LINK
from bitly_data.sources.model import Link
from bitly_data.views import compare, compare_chart, compare_totals, missing_data
from bitly_data.views.answers import Answers
from bitly_data.views.compare import Lines
from bitly_data.views.compare_totals import TotalsValue
from bitly_data.views.lineup import DOMAIN, MOST_ITEMS, MULTIPLES, Item
from bitly_data.views.rows import rows_table
from bitly_data.views.values import RowsFile, Section
from pages.components import controls, loading, pricing
from pages.components.controls import lineup_bar
from pages.components.destinations import Destination, leave_for, to_link
from pages.components.draw import parts
from pages.components.draw import section as draw
from pages.components.draw.chart import chart as draw_chart
from pages.components.draw.files import rows_file
from pages.components.next_step import show_problem
from pages.components.runner import Run, asked_once, load_side_by_side, on_drag, present
from pages.components.text import as_text, is_phone

# A phone is 347 px wide within its margins, of which clicks and change take half [px].
PHONE_NAME_WIDTH = 170
OVERVIEW_FILE = "app.py"


def show(run: Run) -> None:
    """The whole comparison."""
    run = _with_links(run)
    items = compare.items_of(run.page_query)
    if run.taking is not None:
        offer = lineup_bar.offer_of(run.client, run.page_query.account, run.page_query.links, items)
        there = max(len(items), len(run.page_query.ranked))
        lineup_bar.draw(run.page_query.lineup, items, there, offer, run.taking)
    loaded = _load(run)
    if loaded is None:
        return
    lines, answers, stopped = loaded
    _draw_lines(run, lines)
    _draw_totals(run, lines, answers, stopped=stopped)


def _with_links(run: Run) -> Run:
    """The same with the account's newest links, which have titles, and its most clicked ones
    where the lines are of these.
    """
    lineup, ranked = run.page_query.lineup, run.page_query.ranked
    if not lineup.items and lineup.by == LINK:
        try:
            ranking = run.client.ranked_links(run.page_query.query)
        except BitlyError as problem:
            show_problem(problem, "compare_ranking")
            st.stop()
        ranked = tuple(row.link for row in ranking.rows)
        parts.notice(compare.ranking_notice(ranking, lineup.most or MOST_ITEMS))
    links = _links_of(run.client)
    return replace(run, page_query=replace(run.page_query, links=links, ranked=ranked))


def _links_of(client: Client) -> tuple[Link, ...]:
    try:
        return tuple(client.links()[0])
    except BitlyError:
        return ()  # without them links have no titles here, and can still be pasted


def _load(run: Run) -> tuple[Lines, Answers, bool] | None:
    """The lines, what was answered, and whether somebody stopped the loading.

    `None`: there are none to compare, or they take many calls; the page has said so.
    """
    page_query = run.page_query
    parts.notice(compare.choice_notice(page_query))
    if not compare.items_of(page_query):
        return None
    if not pricing.is_ready(compare.priced(page_query), run.client, "compare"):
        return None
    return load_side_by_side(run, compare.questions, compare.load, "compare")


def _draw_lines(run: Run, lines: Lines) -> None:
    """The chart, with what is not known of it, and its numbers."""
    whole, page_query = lines.whole.series, run.page_query
    of_whole = missing_data.notices(whole, page_query.locale) if whole.answered else []
    parts.notices_above((*lines.notices, *of_whole))
    key = ("compare chart", page_query)
    if not page_query.query.rollup:
        chart = cache.memo().of(key, [lines], lambda: compare_chart.chart_of(page_query, lines))
        drawn = cache.memo().of(
            ("compare drawn", page_query),
            [lines],
            lambda: compare_chart.drawn_series(page_query, lines)[0],
        )
        is_plain = page_query.lineup.form != MULTIPLES  # a drag has a place in one panel only
        draw_chart(chart, "compare", on_drag=on_drag(run, drawn) if is_plain else None)


def _numbers(run: Run, lines: Lines) -> Section:
    many = compare_chart.shown_series(run.page_query, lines)
    title = compare_chart.title_of(run.page_query, lines)
    return Section(
        title=title, table=rows_table(many, run.page_query.locale), file=RowsFile(title, many)
    )


def _draw_totals(run: Run, lines: Lines, answers: Answers, *, stopped: bool) -> None:
    """Totals, shares and changes; the changes are asked for when all else is drawn."""
    place, below = st.container(), st.container()
    with below:
        key = ("compare rows", run.page_query)
        draw.body(cache.memo().of(key, [lines], lambda: _numbers(run, lines)), "compare")
    answers = loading.load_beside(
        run.client,
        asked_once(
            run,
            lambda page_query, found: compare_totals.change_questions(page_query, lines, found),
            "change_questions",
            lines,
        ),
        answers,
        "changes",
        cached_only=stopped,
    )
    value = present(
        run,
        lambda page_query, answers: compare_totals.present_totals(page_query, lines, answers),
        answers,
        "compare_totals",
        lines,
    )
    with place:
        _totals(run, value)


def _totals(run: Run, value: TotalsValue) -> None:
    section = value.section
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.header(as_text(section.title), width="content")
        if section.file is not None and not is_phone():
            rows_file(section.file, "totals")
    if section.table is not None:
        name = section.table.columns[0].name
        widths = {name: PHONE_NAME_WIDTH} if is_phone() else None
        parts.table(section.table, "totals_table", widths, on_row=_opens(value))
    parts.notices(section.notices)
    pricing.offer_comparison(value.expensive, run.client, "totals", is_told=value.is_told)
    if section.file is not None and is_phone():  # there the table's own buttons lie above it
        rows_file(section.file, "totals")


def _opens(value: TotalsValue) -> Callable[[str], None]:
    """What a click on a row does, by the name in it."""
    assert value.section.table is not None
    names = value.section.table.columns[0].values
    by_name = dict(zip(names, value.items, strict=True))

    def clicked(name: str) -> None:
        item = by_name.get(name)
        if item is not None:
            leave_for(opened_by(item, controls.query_params()))

    return clicked


def opened_by(item: Item, params: Mapping[str, list[str]]) -> Destination:
    """The page of an item, and the address that it has there: the same question, narrowed."""
    if item.kind == LINK:
        return to_link(item.name, params)
    kept = {name: values for name, values in params.items() if name not in ("domain", "login")}
    narrowed = "domain" if item.kind == DOMAIN else "login"
    return Destination(OVERVIEW_FILE, {**kept, narrowed: [item.name]})
