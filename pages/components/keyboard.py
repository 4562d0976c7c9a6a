"""Keys for whoever would rather type: each presses a control that is on the page anyway.

A component of a few lines, `keyboard.js`, hears the keys in the browser and clicks; so a key costs
what its control costs, and nothing runs until one is pressed. Single keys can be switched off, as
they get in the way of those who speak to their computer (WCAG 2.2, 2.1.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from bitly_data.periods import PRESETS
from pages.components.controls import IN_BAR
from pages.components.controls.table import CONTROLS, LINK_SEARCH
from pages.components.menu import MENU, MenuEntry, entries

PAGES, PERIOD, MORE = "Pages", "Period", "More"
# What somebody searches with, the first of these that a page has: the search of the table of links,
# that of the list to choose a link from, that list, and the menu of what is compared.
SEARCHES = ("l_search", LINK_SEARCH, *CONTROLS["link"].keys, "l_picker")
# Where the session keeps "on" or "off", once somebody or the browser's memory has said it.
SWITCH = "keyboard_switch"
HELP = "k_help"
_TOGGLE = "k_on"
_PRESETS = ".st-key-p_preset button"
_SCRIPT = Path(__file__).with_name("keyboard.js")


@dataclass(frozen=True)
class Shortcut:
    """A key, or two one after the other, and the control that it presses or puts the cursor in.

    `selector` finds it on the page; where it finds several, `index` says which.
    """

    group: str
    keys: tuple[str, ...]
    label: str
    selector: str
    index: int = 0
    focus: bool = False


def shortcuts(pages: Sequence[MenuEntry]) -> tuple[Shortcut, ...]:
    """Every shortcut, in the order of the help sheet."""
    letters = letters_of([entry.page.label for entry in pages])
    # Beside the field there may be a button that explains it.
    search = ", ".join(f".st-key-{key} {tag}" for key in SEARCHES for tag in ("input", "button"))
    return (
        *(
            Shortcut(PAGES, ("g", letter), entry.page.label, f".st-key-{MENU} a", index)
            for index, (letter, entry) in enumerate(zip(letters, pages, strict=True))
            if letter
        ),
        *(
            Shortcut(
                PERIOD, (str(index + 1),), PRESETS[name].label, ".st-key-p_preset button", index
            )
            for index, name in enumerate(IN_BAR)
        ),
        Shortcut(PERIOD, ("[",), "Earlier", ".st-key-p_back button"),
        Shortcut(PERIOD, ("]",), "Later", ".st-key-p_forward button"),
        Shortcut(MORE, ("/",), "Search, or choose a link", search, focus=True),
        Shortcut(MORE, ("?",), "This list", f".st-key-{HELP} button"),
    )


def letters_of(labels: Sequence[str]) -> list[str]:
    """For each label its first letter that none before it has; none where there is no such."""
    letters: list[str] = []
    for label in labels:
        free = (letter for letter in label.lower() if letter.isalpha() and letter not in letters)
        letters.append(next(free, ""))
    return letters


def draw_keyboard() -> None:
    """The button that opens the help sheet, and what hears the keys."""
    _keyboard()


@st.fragment
def _keyboard() -> None:
    if st.button("Keyboard", key=HELP, icon=":material/keyboard:", type="tertiary"):
        _sheet()
    targets = {
        " ".join(one.keys): {"selector": one.selector, "index": one.index, "focus": one.focus}
        for one in shortcuts(entries())
    }
    _tell("k_keys", targets=targets)


def _tell(key: str, **data: Any) -> None:
    """Tell the browser what a key presses, or only whether the keys are on."""
    _component()(
        key=key,
        data=data | {"switch": st.session_state.get(SWITCH)},
        height=1,
        on_switch_change=partial(_remember, key),
    )


@cache
def _component() -> Any:
    return st.components.v2.component("keyboard", js=_SCRIPT.read_text("utf-8"))


def _remember(key: str) -> None:
    """The browser says what it has kept."""
    st.session_state[SWITCH] = st.session_state[key]["switch"]


@st.dialog("Keyboard")
def _sheet() -> None:
    found = shortcuts(entries())
    left, right = st.columns(2)
    for place, groups in ((left, (PAGES, MORE)), (right, (PERIOD,))):
        for group in groups:
            place.markdown("  \n".join([f"**{group}**", *lines_of(found, group)]))
    st.session_state[_TOGGLE] = st.session_state.get(SWITCH) != "off"
    st.toggle(
        "Listen for these keys",
        key=_TOGGLE,
        help="This browser remembers it. The key ? works in any case.",
        on_change=_switch,
    )
    _tell("k_switch")


def lines_of(found: Sequence[Shortcut], group: str) -> list[str]:
    """A line of Markdown a shortcut: its keys, then what they do."""
    return [
        " ".join(f"`{key}`" for key in one.keys) + f"&ensp;{one.label}"
        for one in found
        if one.group == group
    ]


def _switch() -> None:
    st.session_state[SWITCH] = "on" if st.session_state[_TOGGLE] else "off"
