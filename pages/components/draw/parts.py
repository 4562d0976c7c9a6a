"""The small parts: metrics, notices, tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.charts.style import Look, line_color, look
from bitly_data.report.tables import never_formula
from bitly_data.views.rankings import SMALL_CHANGE
from bitly_data.views.values import (
    CAPTION,
    CHANGE,
    COUNT,
    ERROR,
    INFO,
    PERCENT,
    SHARE,
    TEXT,
    TIME,
    TREND,
    UNKNOWN_TEXT,
    WARNING,
    WHOLE,
    Cell,
    Column,
    Metric,
    Notice,
    Table,
)
from bitly_data.views.widths import RANK_WIDTH, fitting, text_width
from pages.components.text import as_text, is_phone, reader_locale

# Of numbers; any other column is words.
_TYPES = {
    COUNT: pa.int64(),
    WHOLE: pa.int64(),
    PERCENT: pa.float64(),
    SHARE: pa.float64(),
    CHANGE: pa.float64(),
}
_LIST = pa.list_(pa.float64())
# A row is as high as a line of the page's text with its air [px]; more rows than that are scrolled.
ROW_HEIGHT, MOST_ROWS = 34, 60
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
# So that six of them stand in a row of the page [px].
SMALL_CARD = 140
# The same on a phone: two side by side, without a sparkline.
PHONE_CARD_HEIGHT, NARROWEST_PHONE_CARD = 100, 150
# What chooses nothing in a table whose rows lead somewhere: their numbers, or ranks among more.
NUMBER = "#"
RANKS = frozenset((NUMBER, "Rank"))
# How wide the words below a number may be in a small card, and in one on a phone [px].
SMALL_PILL, PHONE_PILL = 112, 132
# A table on a phone, and what its ticks take of it [px].
PHONE_WIDTH, TICKS_WIDTH = 345, 36


def metric(value: Metric, *, is_small: bool = False, is_low: bool = False) -> None:
    """A number in its frame, as high as those beside it; a small one is one of many and has no
    sparkline, as all have on a phone; a low one has room for none, and as much for words as others.
    """
    text = reader_locale().text
    phone = is_small or is_phone()
    label = value.short if phone and value.short else value.label
    delta = text(value.delta)
    if phone and text_width(delta) > (PHONE_PILL if is_phone() else SMALL_PILL):
        delta = ""  # what is cut says nothing, and the sentence below the chart says it in full
    color, arrow = _TONES.get(value.tone, (None, None))
    st.metric(
        label,
        text(value.value),
        border=True,
        height=PHONE_CARD_HEIGHT if phone or is_low else CARD_HEIGHT,
        help=as_text(value.help) or None,
        delta=delta or None,
        delta_color=color or "gray",
        delta_arrow=arrow or "off",
        # What is not known is a gap; Streamlit takes no other sign for it.
        chart_data=None
        if phone or is_low
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


def notices_above(values: Sequence[Notice]) -> None:
    """The same above a chart, which is not to be pushed out of sight: of several warnings the first
    is seen, and the others are behind it.
    """
    warnings = [at for at, one in enumerate(values) if one.kind == WARNING and one.text]
    more = [values[at] for at in warnings[1:]]
    notices([one for at, one in enumerate(values) if at not in warnings[1:]])
    if more:
        words = "One more note" if len(more) == 1 else f"{len(more)} more notes"
        with st.expander(f"{words} on what is not known", icon=":material/help:"):
            notices(more)


def metrics(values: Sequence[Metric]) -> None:
    """Numbers side by side."""
    is_low = not any(value.trend for value in values)  # what has no chart needs no room for one
    with cards(len(values)):
        for value in values:
            metric(value, is_low=is_low)


def cards(count: int, *, is_small: bool = False) -> DeltaGenerator:
    """Room for so many numbers side by side; on a phone two."""
    small = SMALL_CARD if is_small else NARROWEST_CARD
    width = NARROWEST_PHONE_CARD if is_phone() else small
    return st.grid(count, min_column_width=width, gap="xsmall")


def table(
    value: Table,
    key: str | None = None,
    widths: Mapping[str, int] | None = None,
    on_row: Callable[[str], None] | None = None,
    **looks: Any,
) -> Any:
    """A table; what is not known is a dash. `widths` of columns by name [px]. `on_row` is told what
    stands first in a row of which somebody clicked on a cell. Returns what Streamlit does: with
    `on_select="rerun"` what is selected, which `chosen_rows` reads.
    """
    if on_row is not None and key is not None:
        looks |= {
            "on_select": partial(_clicked, key, value, on_row),
            "selection_mode": "single-cell",
        }
    if "single-cell" in looks.get("selection_mode", ()):
        value = numbered(value)
    dark = st.context.theme.type == "dark"
    colored = any(column.kind == CHANGE or column.colors for column in value.columns)
    by_phone = _on_phone(value, has_ticks="multi-row" in looks.get("selection_mode", ()))
    cut = by_phone or (widths or {} if is_phone() else {})
    shown = _fitted(value, cut) if cut else value
    make = partial(_styled, shown, dark=dark) if colored else partial(_arrow, shown)
    widths = {column.name: column.width for column in value.columns if column.width} | {
        **(widths or {}),
        **by_phone,
    }
    return st.dataframe(
        cache.memo().of(("table", dark and colored, tuple(cut.items())), [value], make),
        hide_index=True,
        key=key,
        placeholder=UNKNOWN_TEXT,
        row_height=ROW_HEIGHT,
        height="content" if len(value.columns[0].values) <= MOST_ROWS else "auto",
        column_order=_order(value),
        column_config={
            column.name: config
            for column in value.columns
            if (config := _config(column, widths.get(column.name))) is not None
        },
        **looks,
    )


def _on_phone(value: Table, *, has_ticks: bool) -> dict[str, int]:
    """What a phone leaves to the first column that it shows [px], where the others have widths."""
    if not (value.on_phone and is_phone()):
        return {}
    by_name = {one.name: one for one in value.columns}
    first, *others = (by_name[name] for name in value.on_phone if name in by_name)
    if not all(one.width for one in others):
        return {}
    left = PHONE_WIDTH - sum(one.width for one in others) - (TICKS_WIDTH if has_ticks else 0)
    return {first.name: left} if left > 0 else {}


def _fitted(value: Table, widths: Mapping[str, int]) -> Table:
    """The table with words that fit into columns of these `widths` [px], as a browser cuts off what
    does not and says nothing of it.
    """
    columns = [
        replace(column, values=tuple(_cut(cell, widths[column.name]) for cell in column.values))
        if column.kind == TEXT and column.name in widths
        else column
        for column in value.columns
    ]
    return replace(value, columns=tuple(columns))


def _cut(cell: Cell, width: int) -> Cell:
    return fitting(cell, width) if isinstance(cell, str) else cell


def _order(value: Table) -> list[str] | None:
    """The columns that are shown, where not all are, or in another order."""
    if value.on_phone and is_phone():
        return [name for name in value.on_phone if name not in value.hidden]
    names = [column.name for column in value.columns if column.name not in value.hidden]
    if NUMBER in names:
        return [NUMBER, *(name for name in names if name != NUMBER)]
    return names if value.hidden else None


def numbered(value: Table) -> Table:
    """The table with the rank of each row, which is shown first; a phone has no room for it and no
    Tab.

    Tab leads to the first cell of a table, and the browser takes a cell that one is in for one that
    was chosen; so there is one that chooses nothing.
    """
    if is_phone() or RANKS.intersection(column.name for column in value.columns):
        return value

    def make() -> Table:
        rows = len(value.columns[0].values)
        ranks = tuple(at + 1 if at < value.ranked else None for at in range(rows))
        return replace(
            value, columns=(*value.columns, Column(NUMBER, ranks, WHOLE, width=RANK_WIDTH))
        )

    return cache.memo().of(("numbered table",), [value], make)


def chosen_rows(event: Mapping[str, Any] | None) -> list[int]:
    """The rows of the cells that somebody chose; a rank chooses nothing."""
    selection = (event or {}).get("selection") or {}
    return [int(row) for row, name in selection.get("cells") or () if name not in RANKS]


def _clicked(key: str, value: Table, on_row: Callable[[str], None]) -> None:
    for row in chosen_rows(st.session_state[key])[:1]:
        on_row(str(value.columns[0].values[row]))


def _styled(value: Table, *, dark: bool) -> Any:
    """The table with its changes in the colours of more and of fewer; small ones are made so."""
    frame = _arrow(value).to_pandas()
    changes = [column for column in value.columns if column.kind == CHANGE]
    for column in changes:
        frame[column.name] = frame[column.name].astype("float64")
    theme, styler = look(dark=dark), frame.style
    for column in changes:
        tones = column.tones or [change_tone(one) for one in frame[column.name].tolist()]
        styles = [f"color: {theme.of_change(tone)}" for tone in tones]
        styler = styler.format(change_cell, subset=[column.name], na_rep=UNKNOWN_TEXT)
        styler = styler.apply(lambda _, styles=styles: styles, subset=[column.name])
    for column in value.columns:
        if column.colors:
            styles = [_name_style(at, theme) for at in column.colors]
            styler = styler.apply(lambda _, styles=styles: styles, subset=[column.name])
    return _worked_out(styler, [column.name for column in value.columns if column.kind == TREND])


def _worked_out(styler: Any, drawn: Sequence[str]) -> Any:
    """The table with its styles and the words in its cells as they are, which Streamlit would work
    out in it each time that it is drawn; as everybody shares it, two people would do so at once.

    The columns that are `drawn` have no words: their numbers would travel twice.
    """
    styler._compute()
    done = styler._translate(False, False)
    frame = styler.data
    cells = [
        [str(cell["display_value"]) for cell in row if cell["type"] == "td"] for row in done["body"]
    ]
    words = frame.astype(object)
    for name, texts in zip(frame.columns, zip(*cells, strict=True), strict=True):
        words[name] = "" if name in drawn else texts
    # That is how Streamlit asks for the words, before it puts those of the body in their places.
    vars(frame).update(astype=lambda *_: words)
    done |= {"body": []}
    vars(styler).update(_compute=lambda: None, _translate=lambda *_: done)
    return styler


def _name_style(line: int, theme: Look) -> str:
    """A name in the colour of its line; -1: it has none."""
    return f"color: {line_color(line, theme)}" if line >= 0 else ""


def change_cell(percent: float) -> str:
    """A change as a table shows it: `+12 %`, `−3 %`, `new`."""
    if math.isinf(percent):
        return "new"
    sign = "+" if percent >= 0 else "−"
    return f"{sign}{reader_locale().number(abs(percent))} %"


def change_tone(percent: float) -> str:
    """Whether a change in per cent is more, fewer, or about as usual to the eye."""
    if math.isnan(percent) or abs(percent) < SMALL_CHANGE:
        return ""
    return "more" if percent > 0 else "fewer"


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
        if column.kind in (PERCENT, SHARE):
            places = _PERCENT_PLACES
            values = [
                round(float(one), places) if isinstance(one, int | float) else None
                for one in values
            ]
        return pa.array(values, numbers)
    if column.kind == TREND:
        return pa.array(
            [list(one) if isinstance(one, tuple) else None for one in column.values], _LIST
        )
    words = [None if cell is None else never_formula(str(cell)) for cell in column.values]
    return pa.array(words, pa.string())


def _config(column: Column, width: int | None) -> Any:
    if column.kind == TIME:
        return st.column_config.DatetimeColumn(
            column.title or None, format=column.pattern, step=CLOCK_STEP, width=width
        )
    if column.kind == TREND:
        color = look(dark=st.context.theme.type == "dark").colors[0]
        return st.column_config.AreaChartColumn(
            column.title or None, y_min=0, color=color, width=width
        )
    if column.kind == SHARE:
        known = [float(one) for one in column.values if isinstance(one, int | float)]
        return st.column_config.ProgressColumn(
            column.title or None,
            format="%.1f %%",
            min_value=0,
            max_value=column.most or max(known, default=0) or 100,
            width=width,
        )
    if column.kind == CHANGE:  # written by the table itself, which a format here would undo
        return st.column_config.NumberColumn(column.title or None, width=width)
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
