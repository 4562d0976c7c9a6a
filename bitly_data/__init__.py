"""Bitly clicks as numbers that can be trusted; usable without Streamlit.

`ClickQuery` is a question, `V3Source.fetch` answers it with a `ClickSeries`, `to_frame` makes a
pandas frame of it.
"""

__version__ = "0.1.0"
