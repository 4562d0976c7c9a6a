"""The small parts: metrics, notices, tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.report.tables import never_formula
from bitly_data.views.values import (
    CAPTION,
    COUNT,
    ERROR,
    INFO,
    PERCENT,
    TIME,
    UNKNOWN_TEXT,
    WARNING,
    WHOLE,
    Column,
    Metric,
    Notice,
    Table,
)
from pages.components.text import as_text, is_phone, reader_locale

# Of numbers; any other column is words.
_TYPES = {COUNT: pa.int64(), WHOLE: pa.int64(), PERCENT: pa.float64()}
# The browser writes them by its own locale, which is the one that the page writes by.
_NUMBER_FORMAT = "localized"
# To a tenth are per cent shown; the browser would cut off what is behind that.
_PERCENT_PLACES = 1
# By what a table sorts times: the second of two hours that are called the same is a thousandth of
# a second later [s].
CLOCK_STEP = 0.001
_LOUD = {INFO: st.info, WARNING: st.warning, ERROR: st.error}


# By the tone of a change: colour, and arrow.
_TONES: Mapping[str, tuple[Literal["green", "red"], Literal["up", "down"]]] = {
    "more": ("green", "up"),
    "fewer": ("red", "down"),
}
# A card with a sparkline and a line below its number [px]; less leaves the sparkline cut.
CARD_HEIGHT, NARROWEST_CARD = 148, 190
# The same on a phone: two side by side, without a sparkline.
PHONE_CARD_HEIGHT, NARROWEST_PHONE_CARD = 100, 150


def metric(value: Metric) -> None:
    """A number in its frame, as high as those beside it."""
    text = reader_locale().text
    phone = is_phone()
    color, arrow = _TONES.get(value.tone, (None, None))
    st.metric(
        value.label,
        text(value.value),
        border=True,
        height=PHONE_CARD_HEIGHT if phone else CARD_HEIGHT,
        help=as_text(value.help) or None,
        delta=text(value.delta) or None,
        delta_color=color or "gray",
        delta_arrow=arrow or "off",
        delta_description=None
        if phone or value.words == value.delta
        else as_text(value.words) or None,
        # What is not known is a gap; Streamlit takes no other sign for it.
        chart_data=None
        if phone
        else [math.nan if one is None else one for one in value.trend] or None,
        chart_type="bar" if value.trend_kind == "bar" else "area",
    )


def notice(value: Notice | None) -> None:
    """A sentence, if there is one."""
    if value is None or not value.text:
        return
    icon = f":material/{value.icon}:" if value.icon else ""
    if value.kind == CAPTION:
        st.caption(f"{icon} {as_text(value.text)}".strip())
    else:
        _LOUD[value.kind](as_text(value.text), icon=icon or None)


def notices(values: Sequence[Notice]) -> None:
    """Sentences, in their order."""
    for value in values:
        notice(value)


def metrics(values: Sequence[Metric]) -> None:
    """Numbers side by side."""
    with cards(len(values)):
        for value in values:
            metric(value)


def cards(count: int) -> DeltaGenerator:
    """Room for so many numbers side by side; on a phone two."""
    width = NARROWEST_PHONE_CARD if is_phone() else NARROWEST_CARD
    return st.grid(count, min_column_width=width, gap="xsmall")


def table(
    value: Table,
    key: str | None = None,
    widths: Mapping[str, int] | None = None,
    **looks: Any,
) -> None:
    """A table; what is not known is a dash. `widths` of columns by name [px]."""
    st.dataframe(
        cache.memo().of("table", [value], lambda: _arrow(value)),
        hide_index=True,
        key=key,
        placeholder=UNKNOWN_TEXT,
        column_config={
            column.name: config
            for column in value.columns
            if (config := _config(column, (widths or {}).get(column.name))) is not None
        },
        **looks,
    )


def _arrow(value: Table) -> pa.Table:
    """The table as it travels to the browser: made once for everybody, without pandas."""
    return pa.table({column.name: _cells(column) for column in value.columns})


def _cells(column: Column) -> pa.Array:
    """Numbers as they are; words so that no spreadsheet takes them for a formula, as whoever reads
    a table can take it away as a file that the browser makes.
    """
    if column.kind == TIME:
        return pa.array(column.clock, pa.timestamp("ms"))  # of no zone: shown as it is
    if (numbers := _TYPES.get(column.kind)) is not None:
        values = column.values
        if column.kind == PERCENT:
            places = _PERCENT_PLACES
            values = [None if one is None else round(float(one), places) for one in values]
        return pa.array(values, numbers)
    words = [None if cell is None else never_formula(str(cell)) for cell in column.values]
    return pa.array(words, pa.string())


def _config(column: Column, width: int | None) -> Any:
    if column.kind == TIME:
        return st.column_config.DatetimeColumn(
            column.title or None, format=column.pattern, step=CLOCK_STEP, width=width
        )
    if _TYPES.get(column.kind) is None:
        return None if width is None else st.column_config.TextColumn(width=width)
    if column.kind == PERCENT:
        return st.column_config.NumberColumn(
            f"{column.title or column.name} in %",
            format=_NUMBER_FORMAT,
            step=10**-_PERCENT_PLACES,
            width=width,
        )
    return st.column_config.NumberColumn(column.title or None, format=_NUMBER_FORMAT, width=width)
