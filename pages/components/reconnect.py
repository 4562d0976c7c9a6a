"""A page outlives its server: when that was started anew, the page is drawn anew.

Streamlit connects again by itself, but shows what the old process drew: the new one does not know
the files behind its downloads, and takes the first press of a button for nothing. A component of a
few lines, `reconnect.js`, notices that the server is back, has the page run once, as its address
says, and passes on what somebody pressed until it had.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_SCRIPT = Path(__file__).with_name("reconnect.js")


def draw_reconnect() -> None:
    """What notices in the browser that the server is back."""
    _component()(key="k_reconnect", height=1, on_back_change=_nothing)


@cache
def _component() -> Any:
    return st.components.v2.component("reconnect", js=_SCRIPT.read_text("utf-8"))


def _nothing() -> None:
    """That the page runs is all that is wanted."""
