"""What a check found, on the page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bitly_data.report.tables import never_formula
from bitly_data.views.doctor_report import ENDPOINT, STATE, DoctorReport
from bitly_data.views.values import TEXT, WHOLE, Column, Metric, Notice, Table
from pages.components.say import as_text

# The longest name of an endpoint fits, on a phone as well, and so does the longest state [px].
NAME_WIDTH, STATE_WIDTH = 245, 125
# A state that is no longer than this needs no room of its own: "✓ ok".
SHORT_STATE = 4


def draw_doctor_report(report: DoctorReport) -> None:
    """The whole check, from top to bottom."""
    _draw_metrics(report.metrics)
    for notice in report.problems:
        st.error(as_text(notice.text), icon=f":material/{notice.icon}:")
    st.header("Account")
    st.markdown("\n\n".join(f"**{label}:** {as_text(text)}" for label, text in report.facts))
    if report.used is not None:
        with st.expander("Calls used this hour, as Bitly counts them", icon=":material/speed:"):
            _draw_table(report.used, "c_used")
    if report.parts is not None:
        st.header("Groups and organizations")
        _draw_table(report.parts, "c_parts")
    st.header("Endpoints")
    _draw_table(report.endpoints, "c_endpoints")
    for notice in report.remarks:
        st.caption(as_text(notice.text))


def draw_unchecked(notice: Notice) -> None:
    """What stands there before the first check."""
    st.info(as_text(notice.text), icon=f":material/{notice.icon}:")


def _draw_metrics(metrics: Sequence[Metric]) -> None:
    with st.container(horizontal=True):
        for metric in metrics:
            st.metric(
                metric.label,
                metric.value,
                border=True,
                height="stretch",
                delta=metric.delta or None,
                delta_color="off",
                delta_arrow="off",
                help=metric.help,
            )


def _draw_table(table: Table, key: str) -> None:
    st.dataframe(
        pd.DataFrame({column.name: _cells(column) for column in table.columns}),
        hide_index=True,
        key=key,
        height="content",
        column_config={
            column.name: st.column_config.TextColumn(width=width)
            for column in table.columns
            if (width := _width(column)) is not None
        },
    )


def _cells(column: Column) -> object:
    """A column as pandas holds it: whole numbers may be missing, and no text is a formula."""
    if column.kind == WHOLE:
        return pd.Series(list(column.values), dtype="Int64")
    if column.kind in (TEXT, ENDPOINT):
        return [never_formula(str(value)) for value in column.values]
    return list(column.values)


def _width(column: Column) -> int | None:
    """How wide a column has to be [px]; `None`: as wide as the table gives it."""
    if column.kind == ENDPOINT:
        return NAME_WIDTH
    if column.kind == STATE and any(len(str(value)) > SHORT_STATE for value in column.values):
        return STATE_WIDTH
    return None
