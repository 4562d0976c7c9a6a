"""How is one link doing?"""

import streamlit as st

from pages.components.early import open_early

opening = open_early("Link clicks")

from bitly_data.query import LINK
from pages.components import blocks, controls, frame, load

settings = frame.open_page(opening)
asked = controls.current_query(settings, LINK)
if asked is None:
    st.stop()

blocks.series_block(load.load_or_stop(asked.query, settings), asked, "link")
load.calls_line(settings)
