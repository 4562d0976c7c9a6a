"""Keys in a real browser: each does what its control does, and nothing while somebody writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import test_browser
from test_browser import NOW, PATIENCE, Visit, serving, sync_api, visiting

from bitly_data.periods import PRESETS
from pages.components import keyboard, menu
from pages.components.controls import IN_BAR

# What follows belongs to the browser's group: one Chromium at a time is enough for two cores.
pytestmark = test_browser.pytestmark
chromium = test_browser.chromium


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving(BITLY_NOW=NOW) as address:
        yield address


@pytest.fixture
def visit(chromium: Any, demo: str) -> Iterator[Visit]:
    with visiting(chromium, demo) as opened:
        yield opened


def go(visit: Visit, path: str = "/") -> Visit:
    """Open a page and wait until it is whole, and until something hears the keys."""
    visit.tab.goto(f"{visit.address}{path}")
    if urlsplit(path).path != "/connection":
        visit.see(visit.tab.get_by_role("button", name="Ask again"))
    visit.settled()
    sheet = visit.tab.get_by_role("dialog")

    def heard() -> bool:
        visit.tab.keyboard.press("?")
        visit.tab.wait_for_timeout(500)
        return bool(sheet.count())

    visit.until(heard, lambda: "nothing hears the keys")
    return close(visit)


def close(visit: Visit) -> Visit:
    """Close the sheet."""
    visit.tab.keyboard.press("Escape")
    sync_api.expect(visit.tab.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE)
    visit.settled()
    return visit


def keeps(visit: Visit, word: str) -> None:
    """The browser has kept whether keys are on or off: a switch turns before the page has run."""
    visit.until(
        lambda: visit.tab.evaluate("localStorage['bitly-clicks.keyboard']") == word,
        lambda: f"{word} was not kept",
    )


def path_of(visit: Visit) -> str:
    return urlsplit(visit.tab.url).path


def sent(visit: Visit) -> list[object]:
    """What the browser has told the server from here on: each rerun is one message at least."""
    messages: list[object] = []
    visit.tab.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: messages.append(frame))
    )
    return messages


def period_after(visit: Visit, key: str, before: list[str] | None) -> list[str]:
    visit.tab.keyboard.press(key)
    visit.until(lambda: visit.params().get("period") != before, visit.params)
    visit.settled()
    return visit.params()["period"]


def test_numbers_choose_the_presets_of_the_bar_and_brackets_step(visit: Visit) -> None:
    go(visit, "/?period=24h")
    before: list[str] | None = ["24h"]
    for number, name in enumerate(IN_BAR, start=1):
        if name != "30d":  # the default stands in no address
            before = period_after(visit, str(number), before)
            assert before == [name]
    assert period_after(visit, "2", before) == ["7d"]
    earlier = period_after(visit, "[", ["7d"])
    assert earlier == ["2026-10-21..2026-10-27"]
    assert period_after(visit, "]", earlier) == ["2026-10-28..2026-11-03"]


def test_a_preset_that_is_chosen_already_stays_chosen(visit: Visit) -> None:
    messages = sent(visit)
    go(visit, "/?period=7d")
    count = len(messages)
    visit.tab.keyboard.press("2")
    visit.tab.wait_for_timeout(500)
    assert len(messages) == count
    chosen = visit.part("p_preset").get_by_role("radio", checked=True)
    assert chosen.inner_text() == PRESETS["7d"].short


def test_two_keys_lead_to_each_page_and_take_the_question_along(visit: Visit) -> None:
    go(visit, "/connection?period=7d")
    paths = {"app.py": "/"}
    for one in keyboard.shortcuts(menu.entries()):
        if one.group == keyboard.PAGES:
            (entry,) = [entry for entry in menu.entries() if entry.page.label == one.label]
            path = paths.get(entry.file, f"/{entry.file.split('/')[-1].removesuffix('.py')}")
            for key in one.keys:
                visit.tab.keyboard.press(key)
            visit.until(lambda path=path: path_of(visit) == path, lambda: visit.tab.url)
            visit.see(visit.tab.get_by_role("heading", name=one.label, exact=True, level=1))
            visit.settled()
            assert visit.params()["period"] == ["7d"]


def test_a_slash_leads_to_the_choice_of_a_link(visit: Visit) -> None:
    go(visit, "/link")
    visit.tab.keyboard.press("/")
    box = visit.part("q_link").locator("input")
    sync_api.expect(box).to_be_focused(timeout=PATIENCE)
    assert not box.input_value().startswith("/")


def test_a_slash_opens_the_sidebar_of_a_phone_first(chromium: Any, demo: str) -> None:
    with visiting(chromium, demo, viewport={"width": 375, "height": 812}) as visit:
        go(visit, "/link")
        visit.tab.keyboard.press("/")
        sync_api.expect(visit.part("q_link").locator("input")).to_be_focused(timeout=PATIENCE)
        sync_api.expect(visit.part("q_link")).to_be_in_viewport(timeout=PATIENCE)


def test_tab_into_a_table_of_links_and_out_of_it_opens_none_of_them(visit: Visit) -> None:
    """It leads to a rank; the cell beside it opens its link."""
    go(visit, "/links")
    visit.see(visit.tab.get_by_test_id("stDataFrame").first)
    visit.part("l_search").locator("input").focus()

    def in_table() -> bool:
        return visit.tab.evaluate("document.activeElement.closest('canvas') !== null")

    def tabbed_into_it() -> bool:  # past the buttons above it
        visit.tab.keyboard.press("Tab")
        return in_table()

    visit.until(tabbed_into_it, lambda: "Tab does not lead into the table")
    visit.tab.wait_for_timeout(500)
    visit.settled()
    visit.tab.keyboard.press("Tab")
    assert not in_table()
    visit.tab.wait_for_timeout(500)
    visit.settled()
    assert path_of(visit) == "/links"
    visit.tab.keyboard.press("Shift+Tab")
    assert in_table()
    visit.tab.wait_for_timeout(500)
    visit.tab.keyboard.press("ArrowDown")
    visit.tab.wait_for_timeout(500)
    visit.settled()
    assert path_of(visit) == "/links"
    visit.tab.keyboard.press("ArrowRight")
    visit.until(lambda: path_of(visit) == "/link", lambda: visit.tab.url)


def test_whoever_writes_or_presses_a_key_of_the_browser_is_left_alone(visit: Visit) -> None:
    go(visit, "/link?period=7d")
    box = visit.part("q_link").locator("input")
    box.click()
    box.press_sequentially("g1[?/o")
    assert box.input_value() == "g1[?/o"
    box.press("Escape")
    visit.tab.get_by_role("heading", level=1).click()
    for keys in ("Control+1", "Alt+1", "Meta+1", "Control+]"):
        visit.tab.keyboard.press(keys)
    visit.tab.wait_for_timeout(500)
    visit.settled()
    assert path_of(visit) == "/link"
    assert visit.params()["period"] == ["7d"]
    assert visit.tab.get_by_role("dialog").count() == 0


def test_a_key_without_a_meaning_costs_nothing_and_nothing_of_it_is_seen(visit: Visit) -> None:
    messages = sent(visit)
    go(visit)
    count = len(messages)
    for key in ("z", "g", "z", "7", "Shift", "Tab"):
        visit.tab.keyboard.press(key)
    visit.tab.wait_for_timeout(500)
    assert count > 0
    assert len(messages) == count
    assert visit.part("k_keys").bounding_box()["height"] <= 1


def test_the_list_of_keys_opens_by_key_and_by_button_and_closes_by_escape(visit: Visit) -> None:
    go(visit)
    for act in (
        lambda: visit.tab.keyboard.press("?"),
        lambda: visit.tab.get_by_role("button", name="Keyboard").click(),
    ):
        act()
        sheet = visit.see(visit.tab.get_by_role("dialog"))
        for name in ("Pages", "Period", "More", "Last 7 days", "Connection"):
            visit.see(sheet.get_by_text(name, exact=False).first)
        visit.tab.keyboard.press("1")  # the page behind it stays
        close(visit)
        assert "period" not in visit.params()


def test_keys_that_are_off_stay_off_in_this_browser(visit: Visit) -> None:
    go(visit, "/?period=7d")
    visit.tab.keyboard.press("?")
    visit.see(visit.tab.get_by_role("dialog"))
    visit.tab.get_by_role("dialog").locator("label").first.click()
    keeps(visit, "off")
    close(visit)
    for _ in range(2):  # in this session, and in the next one
        visit.tab.keyboard.press("1")
        visit.tab.wait_for_timeout(500)
        assert visit.params()["period"] == ["7d"]
        go(visit, "/?period=7d")
    visit.tab.keyboard.press("?")
    sheet = visit.see(visit.tab.get_by_role("dialog"))
    sync_api.expect(sheet.get_by_role("switch")).not_to_be_checked(timeout=PATIENCE)
    sheet.locator("label").first.click()
    sync_api.expect(sheet.get_by_role("switch")).to_be_checked(timeout=PATIENCE)
    keeps(visit, "on")
    close(visit)
    assert period_after(visit, "1", ["7d"]) == ["today"]


@pytest.mark.parametrize(
    ("key", "code", "more", "meant"),
    [
        ("ю", "Digit2", {}, True),  # another script on the key with the 2
        ("&", "Digit2", {}, True),  # a French 2 without Shift
        ("@", "Digit2", {"shiftKey": True}, False),
        ("2", "Digit2", {"repeat": True}, False),
        ("2", "Digit2", {"isComposing": True}, False),
    ],
)
def test_other_keyboards(
    visit: Visit, key: str, code: str, more: dict[str, bool], *, meant: bool
) -> None:
    go(visit, "/?period=24h")
    event = {"key": key, "code": code, "bubbles": True} | more
    visit.tab.evaluate("e => document.body.dispatchEvent(new KeyboardEvent('keydown', e))", event)
    if meant:
        visit.until(lambda: visit.params().get("period") == ["7d"], visit.params)
    else:
        visit.tab.wait_for_timeout(500)
        assert visit.params()["period"] == ["24h"]
