"""How is the organization doing, in all or by domain and login?"""

import streamlit as st

from pages.components.early import open_early

opening = open_early("Organization")

from bitly_data.query import ORGANIZATION
from pages.components import blocks, controls, frame, load, plan

settings = frame.open_page(opening)
asked = controls.current_query(settings, ORGANIZATION)
if asked is None or not plan.is_ready([asked.query], settings, "organization"):
    st.stop()

blocks.series_block(load.load_or_stop(asked.query, settings), asked, "organization")
load.calls_line(settings)
