"""Files to take away; each is made when it is asked for, and nothing on the page changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Literal

import streamlit as st

from bitly_data.charts.model import Chart
from bitly_data.report.writers import WRITERS, table_file
from bitly_data.views.values import RowsFile, TableFile


def rows_file(value: RowsFile, key: str) -> None:
    """Rows as a file of each kind that pages offer."""
    for writer in WRITERS.values():
        if writer.on_page:
            make = partial(writer.to_file, value.series, value.more)
            name = f"{file_name(value.name, value.groups)}.{writer.name}"
            download(writer.name.upper(), name, writer.mime, make, key)


def table_as_file(value: TableFile, key: str) -> None:
    """A table as a CSV file."""
    make = partial(table_file, value.columns)
    download("CSV", f"{file_name(value.name)}.csv", "text/csv", make, key, kind="tertiary")


def picture_files(chart: Chart, key: str, *, dark: bool) -> None:
    """A chart as PNG and as SVG."""
    name = file_name(chart.title, chart.groups)
    with st.container(horizontal=True):
        for kind, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
            make = partial(_picture, chart, kind, dark=dark)
            download(kind.upper(), f"{name}.{kind}", mime, make, key)


def download(
    label: str,
    name: str,
    mime: str,
    data: Callable[[], bytes],
    key: str,
    kind: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """A button that makes a file and hands it over."""
    st.download_button(
        label,
        data=data,
        file_name=name,
        mime=mime,
        on_click="ignore",
        type=kind,
        icon=":material/download:",
        key=f"{key}_{label.lower()}",
    )


def file_name(text: str, groups: str = "") -> str:
    """A telling file name: words and hyphens; behind them which `groups` it is of, where the text
    does not say that.
    """
    name, more = (
        re.sub(r"[^A-Za-z0-9.]+", "-", one).strip("-.").lower()[:80] for one in (text, groups)
    )
    return "-".join(filter(None, (name, more if more not in name else ""))) or "clicks"


def _picture(chart: Chart, kind: str, *, dark: bool) -> bytes:
    # The drawing library takes half a second to import; the first chart need not wait for it.
    from bitly_data.charts.picture import to_picture

    return to_picture(chart, kind, dark=dark)
