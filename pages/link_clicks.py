"""How is one link doing?"""

import streamlit as st

from pages.components.early import open_early

opening = open_early("Link clicks")

from bitly_data.query import LINK
from pages.components import addresses, blocks, controls, frame, load

settings = frame.open_page(opening)
asked = controls.current_query(settings, LINK)
if asked is None:
    st.stop()

series = load.load_or_stop(asked.query, settings)
blocks.series_block(series, asked, "link", parts=addresses.parts_of(series, settings))
load.calls_line(settings)
