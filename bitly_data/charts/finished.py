"""A figure as the JSON that the browser gets: written once, however often it is shown."""

from __future__ import annotations

from typing import Any

import orjson
import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure


class FinishedFigure(BaseFigure):  # type: ignore[misc]  # plotly says no types
    """What Streamlit takes for a figure, and only passes on.

    Of a figure it makes a dictionary, and of that the JSON, at every redraw of a page. This one has
    its JSON already, and of all else the height alone, which Streamlit looks up.
    """

    def __init__(self, figure: go.Figure) -> None:
        # Not its base's: that would check the parts of a figure that it has not.
        self._written = _Written(figure.to_json().encode(), figure.layout.height)

    def to_dict(self) -> dict[str, Any]:
        """The figure as plotly's writer of JSON takes it."""
        return self._written


class _Written(dict[str, Any]):
    """Stands for a figure in a dictionary, and is written as it was before."""

    def __init__(self, body: bytes, height: float | None) -> None:
        super().__init__(data=[], layout={"height": height})
        self._body = body

    def to_plotly_json(self) -> orjson.Fragment:
        return orjson.Fragment(self._body)
