"""A table of links: a click on a cell says which one, and rows can be ticked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from bitly_data.views.links import LinksValue
from pages.components.draw import parts


@dataclass(frozen=True)
class Picked:
    """What somebody picked in a table: the link to be opened, and those that are ticked."""

    opened: str = ""
    ticked: tuple[str, ...] = ()


def links_table(value: LinksValue, key: str, *, can_tick: bool = False) -> Picked:
    """The table, and what is picked in it. `can_tick`: rows can be ticked, to be compared."""
    if value.table is None:
        return Picked()
    event = parts.table(
        value.table,
        key,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"] if can_tick else "single-cell",
    )
    return picked(event, value.links)


def still_table(value: LinksValue) -> None:
    """The same while something of it is still asked for: nothing can be picked."""
    if value.table is not None:
        parts.table(parts.numbered(value.table))


def picked(event: Mapping[str, Any] | None, links: Sequence[str]) -> Picked:
    """What a selection means, by the link in each row of the table; the row of the others has none.

    A selection may be that of a longer table, which stood here a moment ago.
    """
    selection = (event or {}).get("selection") or {}
    rows = [int(row) for row in selection.get("rows") or ()]
    cells = parts.chosen_rows(event)

    def link(row: int) -> str:
        return links[row] if 0 <= row < len(links) else ""

    ticked = dict.fromkeys(link(row) for row in rows if link(row))
    return Picked(next((link(row) for row in cells), ""), tuple(ticked))


def picked_before(key: str, links: Sequence[str]) -> Picked:
    """What was picked when the page was drawn last, for what stands above the table."""
    return picked(st.session_state.get(key), links)
