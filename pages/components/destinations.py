"""Where a click in a table leads: another page, with what its address says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.draw.links import Picked

# Where the session keeps a destination until the page runs again.
NEXT = "next_destination"
LINK_FILE, COMPARE_FILE, LINKS_FILE = "pages/link.py", "pages/compare.py", "pages/links.py"


@dataclass(frozen=True)
class Destination:
    """Another page of the app, with what its address says."""

    file: str
    params: Mapping[str, Sequence[str]]

    def go(self) -> None:
        """Leave the page for it."""
        st.switch_page(self.file, query_params={k: list(v) for k, v in self.params.items()})


def leave_for(to: Destination) -> None:
    """Go there when the page runs next: a page cannot be left from what a widget calls."""
    st.session_state[NEXT] = to


def go_on() -> None:
    """Go to where somebody wanted to, if somebody did."""
    to = st.session_state.pop(NEXT, None)
    if isinstance(to, Destination):
        to.go()


def to_link(link: str, params: Mapping[str, Sequence[str]]) -> Destination:
    """The page of a link, with the period and all else that the address says."""
    return Destination(LINK_FILE, {**params, "link": [link]})


def to_compare(links: Sequence[str], params: Mapping[str, Sequence[str]]) -> Destination:
    """These links on one chart."""
    return Destination(COMPARE_FILE, {**params, "item": list(links)})


def destination(picked: Picked, params: Mapping[str, Sequence[str]]) -> Destination | None:
    """Where a click in a table leads; `None` where nothing was clicked that leads anywhere."""
    return to_link(picked.opened, params) if picked.opened else None
