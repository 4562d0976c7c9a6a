"""The app's mark above the menu, in the colours of each theme."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bitly_data.charts.style import look
from pages.components.draw import mark


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["mark.svg", "mark_icon.svg"])
def test_a_drawing_is_whole_and_has_the_theme_s_colours(name: str, *, dark: bool) -> None:
    drawing = mark._colored(name, dark=dark)
    root = ElementTree.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    fills = {node.get("fill") for node in root.iter() if node.get("fill")}
    theme = look(dark=dark)
    assert fills == ({theme.colors[0], theme.text} if name == "mark.svg" else {theme.colors[0]})
    assert "ACCENT" not in drawing and "TEXT" not in drawing
    (title,) = root.iter("{http://www.w3.org/2000/svg}title")
    assert title.text == "Bitly clicks"
