"""An old address: it opens the same question on the page that answers it now."""

from __future__ import annotations

import streamlit as st


def move_to(file: str) -> None:
    """Switch to another page, with all that stands in the address."""
    st.switch_page(
        file, query_params={name: st.query_params.get_all(name) for name in st.query_params}
    )
