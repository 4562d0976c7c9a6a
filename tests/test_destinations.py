"""Where a click in a table of links leads."""

from __future__ import annotations

from pages.components.destinations import (
    COMPARE_FILE,
    LINK_FILE,
    Destination,
    destination,
    to_compare,
)
from pages.components.draw.links import Picked, picked

LINKS = ("bit.ly/a", "bit.ly/b", "")  # the last row is that of the others
ADDRESS = {"period": ["7d"], "tz": ["UTC"], "link": ["bit.ly/old"]}


def selection(rows: list[int] | None = None, cells: list[tuple[int, str]] | None = None) -> dict:
    return {"selection": {"rows": rows or [], "columns": [], "cells": cells or []}}


def test_a_cell_opens_its_link_with_all_that_the_address_says() -> None:
    found = picked(selection(cells=[(1, "Clicks")]), LINKS)
    assert found == Picked("bit.ly/b", ())
    assert destination(found, ADDRESS) == Destination(LINK_FILE, {**ADDRESS, "link": ["bit.ly/b"]})


def test_a_rank_opens_nothing() -> None:
    """It is where Tab leads to in a table, which the browser takes for a choice."""
    for name in ("#", "Rank"):
        assert picked(selection(cells=[(1, name)]), LINKS) == Picked()
    assert picked(selection(rows=[0], cells=[(1, "#")]), LINKS) == Picked("", ("bit.ly/a",))


def test_ticked_rows_are_links_to_compare() -> None:
    found = picked(selection(rows=[1, 0, 1]), LINKS)
    assert found == Picked("", ("bit.ly/b", "bit.ly/a"))
    assert destination(found, ADDRESS) is None
    assert to_compare(found.ticked, ADDRESS) == Destination(
        COMPARE_FILE, {**ADDRESS, "item": ["bit.ly/b", "bit.ly/a"]}
    )


def test_the_others_and_rows_that_are_gone_lead_nowhere() -> None:
    assert picked(selection(rows=[2, 7], cells=[(2, "Title")]), LINKS) == Picked()
    assert picked(selection(cells=[(9, "Title")]), LINKS) == Picked()
    assert destination(Picked(), ADDRESS) is None


def test_nothing_is_picked_at_first() -> None:
    assert picked(None, LINKS) == picked({}, LINKS) == picked(selection(), LINKS) == Picked()
