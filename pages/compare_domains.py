"""How do the organization's domains compare?"""

import streamlit as st

from pages.components.early import open_early

opening = open_early("Compare domains")

from bitly_data.query import ORGANIZATION
from pages.components import compare, controls, frame, load

settings = frame.open_page(opening)
asked = controls.current_query(settings, ORGANIZATION, several=True)
if asked is None:
    st.stop()

compare.domains_block(asked)
load.calls_line(settings)
