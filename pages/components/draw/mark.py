"""The app's mark above the menu, in the colours of the theme that the reader has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from bitly_data.charts.style import look

_FOLDER = Path(__file__).parent


def draw_mark() -> None:
    """The mark with the app's name; the mark alone where the menu is closed."""
    dark = st.context.theme.type == "dark"
    st.logo(
        _colored("mark.svg", dark=dark),
        size="large",
        icon_image=_colored("mark_icon.svg", dark=dark),
    )


@cache
def _colored(name: str, *, dark: bool) -> str:
    # An image knows no colours of the page, and its own of dark and light would be the system's.
    theme = look(dark=dark)
    drawing = (_FOLDER / name).read_text("utf-8")
    return drawing.replace("ACCENT", theme.colors[0]).replace("TEXT", theme.text)
