"""The menu: a link to each page, with the question carried along."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from pages.components.page_entry import Page

# Where `app.py` stands, and the folder of the other pages beside it.
ROOT = Path(__file__).parents[2]
ENTRY = "PAGE"
# The key of the menu's place, by which it is found on the page.
MENU = "menu"


@dataclass(frozen=True)
class MenuEntry:
    """A page in the menu: its file as Streamlit names it, and its own line."""

    file: str
    page: Page


@cache
def entries() -> tuple[MenuEntry, ...]:
    """Every page that has a place, in that order; read once a process.

    Raises `ValueError` for one without a line.
    """
    files = [ROOT / "app.py", *sorted(ROOT.glob("pages/*.py"))]
    read = [MenuEntry(path.relative_to(ROOT).as_posix(), page_in(path)) for path in files]
    shown = [entry for entry in read if entry.page.place is not None]
    return tuple(sorted(shown, key=lambda entry: (entry.page.place or 0, entry.file)))


def page_in(path: Path) -> Page:
    """The line of a page's file, which is read and not run. Raises `ValueError` if it has none."""
    for node in ast.parse(path.read_text("utf-8"), filename=str(path)).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and [ast.unparse(target) for target in node.targets] == [ENTRY]
        ):
            call = node.value
            return Page(
                *map(ast.literal_eval, call.args),
                **{str(item.arg): ast.literal_eval(item.value) for item in call.keywords},
            )
    raise ValueError(f"{path.name} is a page and does not say how it stands in the menu: {ENTRY}.")


def draw_menu(params: Mapping[str, Sequence[str]]) -> None:
    """The menu's links, with the address bar's values that the next page shall have."""
    with st.container(key=MENU):
        for entry in entries():
            st.page_link(
                entry.file,
                label=entry.page.label,
                icon=entry.page.icon,
                query_params={name: list(values) for name, values in params.items()},
            )
