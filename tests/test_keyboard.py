"""Shortcuts: which key is which, and the sheet that lists them. Keys themselves need a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apptest import again, opened

from bitly_data.periods import PRESETS
from pages.components import keyboard, menu
from pages.components.controls import IN_BAR
from pages.components.menu import MenuEntry
from pages.components.page_entry import Page


def known() -> dict[str, str]:
    return {" ".join(one.keys): one.label for one in keyboard.shortcuts(menu.entries())}


@pytest.mark.parametrize(
    ("labels", "letters"),
    [
        (["Overview", "Links", "Link", "Compare", "Connection"], ["o", "l", "i", "c", "n"]),
        (["Overview", "Link", "Compare", "Connection"], ["o", "l", "c", "n"]),
        (["2 Aa", "Aa", "A"], ["a", "", ""]),
        ([], []),
    ],
)
def test_a_page_has_its_first_letter_that_is_free(labels: list[str], letters: list[str]) -> None:
    assert keyboard.letters_of(labels) == letters


def test_every_page_and_every_preset_of_the_bar_has_a_key() -> None:
    found = known()
    assert {entry.page.label for entry in menu.entries()} <= set(found.values())
    assert [found[str(number)] for number in range(1, 7)] == [
        PRESETS[name].label for name in IN_BAR
    ]
    assert found["["], found["]"] == ("Earlier", "Later")
    assert {"g o": "Overview", "g n": "Connection", "?": "This list"}.items() <= found.items()


def test_no_key_does_two_things() -> None:
    """Nor is one the first of a pair and something by itself."""
    found = keyboard.shortcuts(menu.entries())
    assert len({one.keys for one in found}) == len(found)
    alone = {one.keys[0] for one in found if len(one.keys) == 1}
    assert alone.isdisjoint(one.keys[0] for one in found if len(one.keys) > 1)


def test_a_page_without_a_free_letter_has_no_key_and_the_others_keep_their_place() -> None:
    pages = [MenuEntry(name, Page(name, "x", 1)) for name in ("A", "Aa", "B")]
    found = [one for one in keyboard.shortcuts(pages) if one.group == keyboard.PAGES]
    assert [(one.keys, one.index) for one in found] == [(("g", "a"), 0), (("g", "b"), 2)]


def sheet(app: Any) -> list[str]:
    return [item.value for item in app.markdown if "&ensp;" in item.value]


@pytest.mark.parametrize("place", ["overview", "link", "connection"])
def test_the_button_at_the_foot_of_the_sidebar_opens_the_list(place: str) -> None:
    app = opened(place)
    assert sheet(app) == []
    app.sidebar.button(key=keyboard.HELP).click()
    listed = "\n".join(sheet(again(app)))
    for keys, label in known().items():
        assert " ".join(f"`{key}`" for key in keys.split()) + f"&ensp;{label}" in listed


def told(app: Any) -> dict[str, Any]:
    """What the component in the browser is told."""
    (item,) = [one for one in app.get("bidi_component") if "targets" in one.proto.json]
    return json.loads(item.proto.json)


def test_keys_that_were_switched_off_stay_off_and_can_come_back() -> None:
    app = opened("overview")
    assert told(app)["switch"] is None
    app.sidebar.button(key=keyboard.HELP).click()
    app.run()
    (switch,) = [one for one in app.toggle if one.label == "Listen for these keys"]
    assert switch.value
    switch.set_value(False)
    assert told(again(app))["switch"] == "off"
    app.sidebar.button(key=keyboard.HELP).click()
    app.run()
    (switch,) = [one for one in app.toggle if one.label == "Listen for these keys"]
    assert not switch.value
    switch.set_value(True)
    assert told(again(app))["switch"] == "on"


def controls(app: Any) -> set[str]:
    """The keys of what is on the page: of widgets, and of what holds others."""
    keys = {str(item.key) for item in (*app.main, *app.sidebar) if getattr(item, "key", None)}
    return keys | {item.proto.id for item in app.get("popover")}


@pytest.mark.parametrize("place", ["links", "link", "compare"])
def test_each_key_has_a_control_of_its_own_on_the_page(place: str) -> None:
    found = controls(opened(place))
    for one in keyboard.shortcuts(menu.entries()):
        names = [part.split()[0].removeprefix(".st-key-") for part in one.selector.split(", ")]
        there = [name for name in names if any(name in key for key in found)]
        assert names == [menu.MENU] or there, one
