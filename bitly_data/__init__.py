"""Bitly clicks as numbers that can be trusted; usable without Streamlit.

`ClickQuery` is a question, `Client.load` answers it with a `ClickSeries`, and its `to_frame` makes
a pandas frame of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bitly_data.client import Client as Client
    from bitly_data.query import ClickQuery as ClickQuery

__version__ = "0.1.0"
__all__ = ["ClickQuery", "Client", "__version__"]


def __getattr__(name: str) -> Any:
    """The names that a notebook needs; whoever wants a module only does not wait for them."""
    if name == "Client":
        from bitly_data.client import Client

        return Client
    if name == "ClickQuery":
        from bitly_data.query import ClickQuery

        return ClickQuery
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
