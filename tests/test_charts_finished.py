"""A figure whose JSON is written once is the figure, to Streamlit and to the browser."""

from __future__ import annotations

import json

import plotly.io
import pytest
from samples import chart_of, picture, series
from streamlit.testing.v1 import AppTest

from bitly_data.charts.finished import FinishedFigure
from bitly_data.charts.model import Chart
from bitly_data.charts.plotly import figure

CHARTS = {
    "several": picture(),
    "signs": chart_of(series([0, 3], [1, 0], name="<b>&amp;</b></script>\u2028")),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_it_is_written_as_plotly_writes_it(chart: Chart) -> None:
    """To the letter, also what must not stand in a page as it is."""
    own = figure(chart)
    assert plotly.io.to_json(FinishedFigure(own), validate=False) == own.to_json()


def test_it_is_written_once() -> None:
    own = figure(picture())
    finished = FinishedFigure(own)
    before = plotly.io.to_json(finished, validate=False)
    own.update_layout(height=70, title="another")
    assert plotly.io.to_json(finished, validate=False) == before


def page(shown: object) -> None:
    import streamlit as st

    st.plotly_chart(shown, theme=None, key="chart", on_select="rerun")
    st.plotly_chart(shown, theme=None, key="natural", height="content")


def test_streamlit_sends_it_as_it_is() -> None:
    own = figure(picture())
    shown = AppTest.from_function(page, args=(FinishedFigure(own),)).run()
    assert not shown.exception
    sent = shown.get("plotly_chart")
    assert [json.loads(one.proto.spec) for one in sent] == [json.loads(own.to_json())] * 2
    plain = AppTest.from_function(page, args=(own,)).run()
    assert [one.proto for one in plain.get("plotly_chart")] == [one.proto for one in sent]
