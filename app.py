"""The overview page, and what `streamlit run` starts."""

import streamlit as st

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Overview", icon=":material/dashboard:", place=10)
opening = open_early(PAGE.label)

from pages.components import controls, runner, start

run = start.start(opening, controls.ORGANIZATION_PAGE)
above = runner.show_clicks(run, "overview")

st.header("By domain")
loaded = runner.load_domains(run)
if loaded is not None:
    runner.show_totals(run, *loaded, above=above)

runner.close(run)
