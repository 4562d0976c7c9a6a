"""A chart with its picture files."""

from __future__ import annotations

import streamlit as st

from bitly_data import cache
from bitly_data.charts.model import Chart
from bitly_data.charts.plotly import figure
from pages.components.draw.files import file_name, picture_files


def chart(value: Chart, key: str, told: str = "") -> None:
    """The chart as the page's theme has it, and its two picture files.

    `told` is what else is said to people who do not see it.
    """
    dark = st.context.theme.type == "dark"
    st.plotly_chart(
        cache.memo().of(("figure", dark), [value], lambda: figure(value, dark=dark)),
        key=key,
        theme=None,
        alt=f"{value.alt} {told}".strip(),
        config={
            "displaylogo": False,
            "toImageButtonOptions": {
                "format": "png",
                "filename": file_name(value.title),
                "scale": 2,
            },
        },
    )
    picture_files(value, key, dark=dark)
