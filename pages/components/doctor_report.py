"""The check of a source: asked for by a button, kept for some minutes, and drawn."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.client import Client
from bitly_data.doctor import KEPT_MINUTES, cost_text, load_report
from bitly_data.settings import REMOTE
from bitly_data.views.doctor_report import present, unchecked
from pages.components.controls import query_params
from pages.components.draw import parts
from pages.components.draw.doctor_report import draw_doctor_report
from pages.components.menu import draw_menu
from pages.components.text import reader_locale


def doctor_report(client: Client, side: DeltaGenerator) -> None:
    """The menu, in its place at the `side`, and the report, kept for some minutes; a server is
    asked only by a button.
    """
    with side:
        draw_menu(query_params())
    remote, why = client.settings.kind == REMOTE, cache.settings().why
    report = load_report(client, why, cached_only=True)
    place = st.container()
    again = st.button(
        "Check now" if report is None and remote else "Check again",
        key="c_check",
        icon=":material/stethoscope:",
        help=f"Takes {cost_text(client.source.check_cost)}. The result is kept for "
        f"{KEPT_MINUTES} minutes.",
    )
    if again or (report is None and not remote):  # a server in this process has calls to spare
        with place, st.spinner("Asking each endpoint", show_time=True):
            report = load_report(client, why, anew=again)
        if again:
            st.rerun()  # the button has another word now
    with place:
        if report is None:
            parts.notice(unchecked(client.source.check_cost, client.calls_left))
        else:
            locale = reader_locale()
            key = ("report", client.key, locale)
            made = cache.memo().of(key, [report], lambda: present(report, locale))
            draw_doctor_report(made)
