"""What every page begins with: title and menu, and the line that says who answers.

In a new process the imports that the rest takes need a second, and a browser needs about as long to
load and read the part of Streamlit that draws charts. Both can go on at the same time, so a page is
opened before it imports anything else.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# As wide as the longest name of a time zone in its box [px].
SIDEBAR_WIDTH = 240
CHART_PART = "chart_part_fetched"
# A chart of nothing. It is taken away again, so its size is what keeps the page from jumping.
NOTHING = {"data": [{"type": "scatter"}], "layout": {"height": 10, "margin": {"t": 0, "b": 0}}}
# plotly's modules import each other in circles: two threads that begin at different ones may each
# see the other's half-made. So the visitors of a process go through here one at a time.
_ONE_AT_A_TIME = threading.Lock()
_FIRST_HAS_PASSED = threading.Event()


@dataclass(frozen=True)
class Opening:
    """A page that has its title and nothing else yet; `heading` is where that stands, for a page
    that finds out a better one; where the title is plain, `aside` is what is free beside it.
    """

    title: str
    place: DeltaGenerator
    heading: DeltaGenerator
    aside: DeltaGenerator
    is_plain: bool = True

    def close(self) -> None:
        """Take away what was there for the browser alone."""
        self.place.empty()


def open_early(title: str, *, is_plain: bool = True) -> Opening:
    """Page config, title, and in a new browser session a reason to load what draws charts.

    A title that is not plain becomes more than a line, so nothing has room beside it.
    """
    # An emoji: a Material icon here would be fetched from another host.
    st.set_page_config(
        page_title=f"{title} · Bitly clicks",
        page_icon="📊",
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        heading = st.empty()
        heading.title(title)
        aside = st.container(width="content")
    place = st.empty()
    with _ONE_AT_A_TIME:
        import plotly.graph_objects
        import plotly.io
        import plotly.tools  # noqa: F401 - what Streamlit and our figures begin with

        if _FIRST_HAS_PASSED.is_set():
            # Whoever passed may be importing pandas now, and plotly uses what it finds of it,
            # half-made or not. An import here waits until it is whole.
            import pandas  # noqa: F401 - numpy comes with it
        if CHART_PART not in st.session_state:
            st.session_state[CHART_PART] = True
            place.plotly_chart(NOTHING, height=10, config={"staticPlot": True})
        _FIRST_HAS_PASSED.set()
    return Opening(title, place, heading, aside, is_plain)
