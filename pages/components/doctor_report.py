"""The check of a source: asked for by a button, kept for some minutes, and drawn."""

from __future__ import annotations

import streamlit as st

from bitly_data import cache
from bitly_data.doctor import cost_text
from bitly_data.settings import REMOTE, Settings
from bitly_data.views.doctor_report import present, unchecked
from pages.components.controls import query_params
from pages.components.draw.doctor_report import draw_doctor_report, draw_unchecked
from pages.components.menu import draw_menu


def doctor_report(settings: Settings) -> None:
    """The menu and the report, kept for some minutes; a server is asked only by a button."""
    with st.sidebar:
        draw_menu(query_params())
    client = cache.client(settings)
    remote = settings.kind == REMOTE
    kept = cache.report(settings, asking=False)
    place = st.container()
    again = st.button(
        "Check now" if kept is None and remote else "Check again",
        key="c_check",
        icon=":material/stethoscope:",
        help=f"Takes {cost_text(client.source.check_cost)}. The result is kept for "
        f"{int(cache.FINISHED_TTL.total_seconds() // 60)} minutes.",
    )
    report = kept
    if again or (kept is None and not remote):  # a server in this process has calls to spare
        with place, st.spinner("Asking each endpoint", show_time=True):
            report = cache.report(settings, asking=True, anew=again)
        if again:
            st.rerun()  # the button has another word now
    with place:
        if report is None:
            draw_unchecked(unchecked(client.source.check_cost, client.calls_left))
        else:
            draw_doctor_report(present(report))
