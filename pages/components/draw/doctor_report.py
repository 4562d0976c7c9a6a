"""What a check found, on the page."""

from __future__ import annotations

import streamlit as st

from bitly_data.views.doctor_report import ENDPOINT, STATE, DoctorReport
from bitly_data.views.values import Column, Table
from pages.components.draw import parts
from pages.components.text import as_text

# The longest name of an endpoint fits, on a phone as well, and so does the longest state [px].
NAME_WIDTH, STATE_WIDTH = 245, 125
# A state that is no longer than this needs no room of its own: "✓ ok".
SHORT_STATE = 4


def draw_doctor_report(report: DoctorReport) -> None:
    """The whole check, from top to bottom."""
    parts.metrics(report.metrics)
    parts.notices(report.problems)
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
    parts.notices(report.remarks)


def _draw_table(table: Table, key: str) -> None:
    widths = {column.name: width for column in table.columns if (width := _width(column))}
    parts.table(table, key, widths)


def _width(column: Column) -> int | None:
    """How wide a column has to be [px]; `None`: as wide as the table gives it."""
    if column.kind == ENDPOINT:
        return NAME_WIDTH
    if column.kind == STATE and any(len(str(value)) > SHORT_STATE for value in column.values):
        return STATE_WIDTH
    return None
