"""A chart with its picture files, and tables as files."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from bitly_data.charts.model import Chart
from bitly_data.charts.plotly import figure
from bitly_data.labels import what_text
from bitly_data.query import ClickQuery
from bitly_data.report.tables import to_csv
from bitly_data.settings import CLICK_LOG, DEMO, Settings


def source_text(settings: Settings) -> str:
    """Who answers, for a chart's second line."""
    return {DEMO: "demo data", CLICK_LOG: "click log"}.get(settings.kind, settings.account_label)


def title_text(query: ClickQuery) -> str:
    """A chart's title: what, by which bucket."""
    return f"{what_text(query)} by {query.unit}"


def chart_block(chart: Chart, key: str) -> None:
    """A chart with its two picture files."""
    dark = st.context.theme.type == "dark"
    name = file_name(chart.title)
    st.plotly_chart(
        figure(chart, dark=dark),
        key=key,
        theme=None,
        alt=chart.alt,
        config={
            "displaylogo": False,
            "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
        },
    )
    with st.container(horizontal=True):
        _download(
            "PNG", f"{name}.png", "image/png", partial(_picture, chart, "png", dark=dark), key
        )
        _download(
            "SVG", f"{name}.svg", "image/svg+xml", partial(_picture, chart, "svg", dark=dark), key
        )


def download_csv(
    frame: pd.DataFrame, name: str, key: str, more: dict[str, list[float | None]] | None = None
) -> None:
    """A frame as a CSV file, with `more` columns of numbers."""
    _download(
        "CSV",
        f"{file_name(name)}.csv",
        "text/csv",
        lambda: to_csv(frame, more).encode("utf-8"),
        key,
    )


def file_name(text: str) -> str:
    """A telling file name: words and hyphens."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.").lower()[:80] or "clicks"


def _picture(chart: Chart, kind: str, *, dark: bool) -> bytes:
    # The drawing library takes half a second to import; the first chart need not wait for it.
    from bitly_data.charts.picture import to_picture

    return to_picture(chart, kind, dark=dark)


def _download(label: str, name: str, mime: str, data: Callable[[], bytes], key: str) -> None:
    """A download made when it is asked for; nothing on the page changes."""
    st.download_button(
        label,
        data=data,
        file_name=name,
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        key=f"{key}_{label.lower()}",
    )
