"""Who answers, what may be asked, and how to ask somebody else?"""

import streamlit as st

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Connection", icon=":material/cable:", place=50)
opening = open_early(PAGE.label)

from pages.components import start
from pages.components.doctor_report import doctor_report
from pages.components.source_form import source_form

client = start.connect(opening, source_form)
with st.sidebar:
    side, foot = st.container(), st.container()
start.show_source(client, foot)
doctor_report(client, side)
source_form()
