"""The overview page, and what `streamlit run` starts."""

import streamlit as st

from pages.components.early import open_early

opening = open_early("Overview")

from bitly_data.query import ORGANIZATION
from pages.components import blocks, compare, controls, frame, load, plan

settings = frame.open_page(opening)
asked = controls.current_query(settings, ORGANIZATION)
if asked is None or not plan.is_ready([asked.query], settings, "overview"):
    st.stop()

blocks.series_block(load.load_or_stop(asked.query, settings), asked, "overview")

st.header("By domain")
domains = compare.load_domains(asked)
if domains is not None:
    compare.totals_block(domains, asked)

load.calls_line(settings)
