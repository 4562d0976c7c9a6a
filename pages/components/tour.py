"""Three sentences for whoever is new on the demo, until they are put away, once a browser.

They stand beside the title, where they move nothing; a phone has room for a button there, behind
which they are. The browser remembers that they were put away (`tour.js`), and where it keeps
nothing, the session does. Who has put them away before sees nothing of all this, and nothing runs
for it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from bitly_data.client import Client
from bitly_data.settings import DEMO
from pages.components.page import Opening
from pages.components.text import is_phone

# Where the session keeps that somebody is new here, or has put the tour away.
STATE, NEW, DONE = "tour", "new", "done"
SENTENCES = (
    "**Overview** shows what happened in a period.",
    "**Links** ranks all links, **Link** looks closely at one, and **Compare** puts several on one "
    "chart.",
    "These clicks are invented: **Connection** leads to your own.",
)
# Two lines of small print, which are as high as a title [px].
TEXT_WIDTH = 620
_SCRIPT = Path(__file__).with_name("tour.js")


def draw_tour(client: Client, opening: Opening) -> None:
    """The tour beside a title, where somebody is new on the demo."""
    if client.settings.kind == DEMO and st.session_state.get(STATE) != DONE:
        with opening.aside:
            _tour(has_room=opening.is_plain)


def ask_browser(client: Client) -> None:
    """What finds out whether somebody is new here."""
    if client.settings.kind == DEMO and st.session_state.get(STATE) != DONE:
        _memory()


@st.fragment(key="tour_text")
def _tour(*, has_room: bool) -> None:
    if st.session_state.get(STATE) != NEW or not has_room:
        return
    if is_phone():
        with st.popover("New here?", type="tertiary", key="tour"):
            for sentence in SENTENCES:
                st.markdown(sentence)
            st.button("Got it", key="tour_done", on_click=_put_away)
        return
    with st.container(key="tour", horizontal=True, vertical_alignment="center", width="content"):
        st.caption(" ".join(SENTENCES), width=TEXT_WIDTH)
        st.button("Got it", key="tour_done", on_click=_put_away)


@st.fragment
def _memory() -> None:
    _component()(
        key="tour_memory",
        data={"shown": st.session_state.get(STATE) == NEW},
        height=1,
        on_new_change=_show,
    )


@cache
def _component() -> Any:
    return st.components.v2.component("tour", js=_SCRIPT.read_text("utf-8"))


def _show() -> None:
    st.session_state[STATE] = NEW
    st.rerun("tour_text")  # it alone: the page may still be at work


def _put_away() -> None:
    st.session_state[STATE] = DONE
