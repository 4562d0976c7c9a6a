"""What happened? The overview page, and what `streamlit run` starts."""

import streamlit as st

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Overview", icon=":material/dashboard:", place=10)
opening = open_early(PAGE.label)

from pages.components import controls, overview, runner, start

run = start.start(opening, controls.OVERVIEW_PAGE)
above = runner.show_clicks(run, "overview", overview.show_bucket, overview.hover)

left, right = st.columns(2, gap="small")
with left:
    found = overview.show_top_links(run)
with right:
    st.header("Top domains")
    loaded = runner.load_domains(run)
    if loaded is not None:
        runner.show_totals(run, *loaded, above=above)
    overview.show_movers(run, found)

runner.close(run)
overview.ask_for_hover(run, above)
