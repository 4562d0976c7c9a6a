"""A part of a page, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data.views.change import ChangeValue
from bitly_data.views.domains import DomainsValue, TotalsValue
from bitly_data.views.source_line import SourceLine
from bitly_data.views.values import CAPTION, Metric, Notice, Section
from pages.components.draw import parts
from pages.components.draw.chart import chart
from pages.components.draw.files import rows_file


@dataclass(frozen=True)
class Places:
    """Where something will stand that is asked for later, so that nothing moves when it comes."""

    metric: DeltaGenerator  # beside the other key figures
    sentence: DeltaGenerator  # below them
    loading: DeltaGenerator  # how far it is, and the buttons to stop and to go on


def section(value: Section, key: str) -> None:
    """All of a section."""
    if value.metrics:
        parts.metrics(value.metrics)
    parts.notices(value.notices)
    body(value, key)


def body(value: Section, key: str, told: str = "") -> None:
    """A section without its key figures and notices: chart, table, file, source.

    `told` is what else is said to people who do not see the chart.
    """
    if value.chart is not None:
        chart(value.chart, key, told)
    if value.table is not None:
        parts.table(value.table, f"{key}_table")
    if value.file is not None:
        rows_file(value.file, key)
    if value.source:
        parts.notice(Notice(CAPTION, value.source))


def head(value: Section, waiting: Metric) -> Places:
    """The key figures with a place for one more, and what is to be known of the numbers."""
    with parts.cards(len(value.metrics) + 1):
        for one in value.metrics:
            parts.metric(one)
        metric = st.empty()
    with metric:
        parts.metric(waiting)
    sentence, loading = st.empty(), st.empty()
    parts.notices(value.notices)
    return Places(metric, sentence, loading)


def change(value: ChangeValue, places: Places) -> None:
    """A change in the places that were kept for it."""
    with places.metric:
        parts.metric(value.metric)
    with places.sentence:
        parts.notice(value.sentence)


def domains(value: DomainsValue) -> None:
    """The comparison in full."""
    parts.notices(value.notices)
    if value.charts:
        tabs = st.tabs([title for title, _ in value.charts.values()])
        for tab, (key, (_, one)) in zip(tabs, value.charts.items(), strict=True):
            with tab:
                chart(one, key)
    body(value.rows, "compare")


def totals(value: TotalsValue, offer: Callable[[], None]) -> None:
    """A row a domain; `offer` draws the button for changes that were not asked for."""
    section = value.section
    if section.table is not None:
        parts.table(section.table, "totals_table")
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
