"""How do the organization's domains compare?"""

import streamlit as st

from bitly_data.query import ORGANIZATION
from pages.components import compare, controls, frame, load

settings = frame.open_page("Compare domains")
asked = controls.current_query(settings, ORGANIZATION, several=True)
if asked is None:
    st.stop()

compare.domains_block(asked)
load.calls_line(settings)
