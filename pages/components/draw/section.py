"""A part of a page, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data.views.change import ChangeValue
from bitly_data.views.domains import TotalsValue
from bitly_data.views.source_line import SourceLine
from bitly_data.views.values import CAPTION, Metric, Notice, Section
from pages.components.draw import parts
from pages.components.draw.chart import chart
from pages.components.draw.files import rows_file
from pages.components.text import is_phone

# How many key figures a page begins with.
FIGURES = 4
# So many of them stand side by side on a phone.
PHONE_ROW = 2
# How high a chart is with its frame, its title and the line below it [px].
CHART_ROOM, PHONE_CHART_ROOM = 520, 360


@dataclass(frozen=True)
class Places:
    """Where something will stand that is asked for later, so that nothing moves when it comes."""

    metric: DeltaGenerator  # beside the other key figures
    chart: DeltaGenerator  # below them, one after the other
    below: DeltaGenerator  # directly below the chart
    sentence: DeltaGenerator  # below that
    loading: DeltaGenerator  # how far it is, and the buttons to stop and to go on
    card: Callable[[Metric], None]  # draws a key figure as those beside it are drawn
    more: tuple[DeltaGenerator, ...] = ()  # further key figures


def draw_rooms() -> None:
    """The room of key figures and of a chart that are asked for, so that the page does not jump."""
    phone = is_phone()
    with parts.cards(FIGURES):
        for _ in range(FIGURES):
            st.skeleton(height=parts.PHONE_CARD_HEIGHT if phone else parts.CARD_HEIGHT)
    draw_chart_room()


def draw_chart_room() -> None:
    """The room of a chart alone."""
    st.skeleton(height=PHONE_CHART_ROOM if is_phone() else CHART_ROOM)


def section(value: Section, key: str) -> None:
    """All of a section."""
    if value.metrics:
        parts.metrics(value.metrics)
    parts.notices(value.notices)
    body(value, key)


def body(
    value: Section,
    key: str,
    told: str = "",
    place: DeltaGenerator | None = None,
    on_drag: Callable[[int, int], None] | None = None,
) -> None:
    """A section without its key figures and notices: chart, table, file, source.

    `told` is what else is said to people who do not see the chart, which stands in `place`.
    `on_drag` is told the first and the last bucket that somebody dragged over.
    """
    if value.chart is not None:
        with place if place is not None else nullcontext():
            chart(value.chart, key, told, on_drag)
    if value.table is None and value.file is None:
        return
    with st.expander("Numbers of the chart", icon=":material/table_rows:"):
        if value.table is not None:
            parts.table(value.table, f"{key}_table")
        if value.file is not None:
            rows_file(value.file, key)
        if value.source:
            parts.notice(Notice(CAPTION, value.source))


def head(value: Section, waiting: Metric, more: Sequence[Metric] = ()) -> Places:
    """The key figures with places for one that is `waiting` and for `more` of them, and what is to
    be known of the numbers. With more they are small, so that all stand in one row; and low, where
    none has a sparkline.
    """
    is_small = bool(more)
    is_low = not any(one.trend for one in value.metrics)
    card = partial(parts.metric, is_small=is_small, is_low=is_low)
    # On a phone so many key figures would push the chart out of sight: two stay above it.
    above = PHONE_ROW if is_small and is_phone() else len(value.metrics)
    coming = (waiting, *more)
    with parts.cards(above + (0 if above < len(value.metrics) else len(coming)), is_small=is_small):
        for one in value.metrics[:above]:
            card(one)
        places = [] if above < len(value.metrics) else _waiting(coming, card)
    parts.notices_above(value.notices)
    chart_place = st.empty()
    if not places:
        rest = value.metrics[above:]
        with parts.cards(len(rest) + len(coming), is_small=is_small):
            for one in rest:
                card(one)
            places = _waiting(coming, card)
    below, sentence, loading = st.container(), st.empty(), st.empty()
    first, *others = places
    return Places(first, chart_place, below, sentence, loading, card, tuple(others))


def _waiting(values: Sequence[Metric], card: Callable[[Metric], None]) -> list[DeltaGenerator]:
    """Places for key figures that come later, with what stands there until then."""
    places = []
    for one in values:
        places.append(st.empty())
        with places[-1]:
            card(one)
    return places


def change(value: ChangeValue, places: Places) -> None:
    """A change in the places that were kept for it."""
    with places.metric:
        places.card(value.metric)
    with places.sentence:
        parts.notice(value.sentence)


def totals(
    value: TotalsValue, offer: Callable[[], None], on_row: Callable[[str], None] | None = None
) -> None:
    """A row a domain; `offer` draws the button for changes that were not asked for. `on_row` is
    told the name in a row that somebody clicked on.
    """
    section = value.section
    if section.table is not None:
        parts.table(section.table, "totals_table", on_row=on_row)
    parts.notices(section.notices)
    offer()
    if section.file is not None:
        rows_file(section.file, "totals")


def source_line(value: SourceLine) -> None:
    """Who answers; of a click log also its hours and its lines that could not be read."""
    parts.notice(value.line)
    if value.hours:
        with st.expander("Hours in the log", icon=":material/schedule:"):
            st.caption(value.hours)
    if value.bad_lines is not None:
        with st.expander("Lines that could not be read", icon=":material/rule:"):
            parts.table(value.bad_lines)
            if value.more_bad_lines:
                st.caption(value.more_bad_lines)
