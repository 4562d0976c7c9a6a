"""The menu: a link to each page, with the question carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

MENU = (
    ("app.py", "Overview", ":material/dashboard:"),
    ("pages/link_clicks.py", "Link clicks", ":material/link:"),
    ("pages/organization.py", "Organization", ":material/corporate_fare:"),
    ("pages/compare_domains.py", "Compare domains", ":material/compare_arrows:"),
    ("pages/connection.py", "Connection", ":material/cable:"),
)


def draw_menu(params: Mapping[str, Sequence[str]]) -> None:
    """The menu's links, with the address bar's values that the next page shall have."""
    for file, label, icon in MENU:
        st.page_link(
            file,
            label=label,
            icon=icon,
            query_params={name: list(values) for name, values in params.items()},
        )
