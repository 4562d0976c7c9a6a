"""A chart in its frame, with its title, how it is to be read, and its picture files."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import streamlit as st

from bitly_data import cache
from bitly_data.charts.finished import FinishedFigure
from bitly_data.charts.model import Chart
from bitly_data.charts.plotly import CONFIG, figure
from bitly_data.charts.style import MAIN, OTHER
from pages.components.draw.files import picture_files
from pages.components.text import as_text, is_phone

OnDrag = Callable[[int, int], None]


def chart(value: Chart, key: str, told: str = "", on_drag: OnDrag | None = None) -> None:
    """The chart as the page's theme has it, with its title, and its two picture files.

    `told` is what else is said to people who do not see it; `on_drag` is told the first and the
    last bucket that somebody dragged over.
    """
    _chart(value, key, told, on_drag)


def chart_so_far(value: Chart, key: str) -> None:
    """The chart while more of it is asked for: it has nothing to press, and gives its place away to
    the whole one, whose key is another.
    """
    _chart(value, f"{key}_so_far", is_whole=False)


def _chart(
    value: Chart,
    key: str,
    told: str = "",
    on_drag: OnDrag | None = None,
    *,
    is_whole: bool = True,
) -> None:
    dark, compact = st.context.theme.type == "dark", is_phone()
    selectable = on_drag is not None and not compact  # there a drag moves the page
    with st.container(border=True, gap="xsmall"):
        _head(value, key, dark=dark, is_whole=is_whole)
        st.plotly_chart(
            cache.memo().of(
                ("figure", dark, compact, selectable),
                [value],
                lambda: FinishedFigure(
                    figure(value, dark=dark, compact=compact, selectable=selectable)
                ),
            ),
            key=key,
            theme=None,
            alt=f"{value.alt} {told}".strip(),
            on_select=partial(_dragged, key, on_drag) if on_drag and selectable else "ignore",
            selection_mode="box",
            config=CONFIG,
        )
        if value.key:
            st.markdown(f":small[:gray[{as_text(value.key)}]]")
    if compact and is_whole:
        _export(value, key, dark=dark)


def _head(value: Chart, key: str, *, dark: bool, is_whole: bool) -> None:
    """The title, with where the numbers are from behind "?", and how the chart is to be read."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(f"**{as_text(value.title)}**", help=as_text(value.subtitle), width="content")
        read = [*_periods(value), *(as_text(words) for words in value.remarks)]
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if read:
                st.markdown(f":small[:gray[{' · '.join(read)}]]", width="content")
            if is_whole and not is_phone():
                _export(value, key, dark=dark)


def _export(value: Chart, key: str, *, dark: bool) -> None:
    with st.popover("Export", icon=":material/ios_share:", type="tertiary"):
        picture_files(value, key, dark=dark)


def _periods(value: Chart) -> list[str]:
    """The names of a line and of the other period behind it, which have none in the chart."""
    if len(value.named) != 1 or not any(line.role == OTHER for line in value.lines):
        return []
    names = value.periods or tuple(line.name for line in value.lines)
    return [
        f":{'blue' if line.role == MAIN else 'gray'}[●] {as_text(name)}"
        for line, name in zip(value.lines, names, strict=False)
    ]


def _dragged(key: str, on_drag: OnDrag) -> None:
    """Hand on the buckets of a box, whose ends lie between them: each is as wide as 1 around its
    place on the axis.
    """
    boxes = st.session_state[key].selection.box
    if not boxes:
        return
    ends = [float(one) for one in boxes[0]["x"]]
    if max(ends) - min(ends) < 1:  # narrower than a bucket: the one that it is in the middle of
        middle = round(sum(ends) / 2)
        on_drag(middle, middle)
        return
    on_drag(math.floor(min(ends) + 0.5), math.ceil(max(ends) - 0.5))
