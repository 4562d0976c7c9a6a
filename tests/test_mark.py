"""The app's mark: two drawings in the colours of the theme that the reader has."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import streamlit as st

from bitly_data.charts.style import look
from pages.components import mark

DRAWINGS = ("mark.svg", "mark_icon.svg")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_has_the_colours_of_the_theme_and_asks_for_nothing(name: str, dark: bool) -> None:
    text = mark._colored(name, dark=dark)
    root, theme = ElementTree.fromstring(text), look(dark=dark)
    colors = {item.get("fill") for item in root.iter() if item.get("fill")}
    assert theme.colors[0] in colors
    assert colors <= {theme.colors[0], theme.text}
    assert "ACCENT" not in text and "TEXT" not in text
    # Nothing from another host: the only address in it is the name of the format.
    assert text.count("http") == 1 and "href" not in text
    assert root.find("{*}title").text == "Bitly clicks"  # type: ignore[union-attr]


def test_light_and_dark_are_two_drawings() -> None:
    for name in DRAWINGS:
        assert mark._colored(name, dark=False) != mark._colored(name, dark=True)


def test_the_mark_stands_above_the_menu_and_alone_where_it_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[tuple[str, str]] = []
    monkeypatch.setattr(
        st, "logo", lambda image, *, size, icon_image: drawn.append((image, icon_image))
    )
    mark.draw_mark()
    assert drawn == [tuple(mark._colored(name, dark=False) for name in DRAWINGS)]
