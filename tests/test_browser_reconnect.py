"""A page outlives its server in a real browser: what is pressed on it after a restart works."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
import test_browser
from test_browser import NOW, Visit, serving, visiting

# What follows belongs to the browser's group: one Chromium at a time is enough for two cores.
pytestmark = test_browser.pytestmark
chromium = test_browser.chromium


def file_of(visit: Visit, button: Any) -> bytes:
    with visit.tab.expect_download(timeout=test_browser.PATIENCE) as waiting:
        button.click()
    with open(waiting.value.path(), "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    "is_at_once", [True, pytest.param(False, marks=pytest.mark.deep)], ids=["at-once", "later"]
)
def test_a_page_works_after_a_restart_of_its_server(chromium: Any, is_at_once: bool) -> None:
    """A download and a button, each pressed as soon as the page lets it, or when it rests."""
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        address = first.enter_context(serving(BITLY_NOW=NOW))
        port = urlsplit(address).port or 0
        visit = stack.enter_context(visiting(chromium, address))
        visit.open("overview", period="7d")
        button = visit.button("overview", "csv")
        before = file_of(visit, button)
        assert before.count(b"\n") == 8
        first.close()
        visit.until(lambda: state(visit) != "CONNECTED", lambda: state(visit))
        second = stack.enter_context(ExitStack())
        second.enter_context(serving(port=port, BITLY_NOW=NOW))
        if not is_at_once:
            rest(visit)
        assert file_of(visit, button) == before
        second.close()
        visit.until(lambda: state(visit) != "CONNECTED", lambda: state(visit))
        stack.enter_context(serving(port=port, BITLY_NOW=NOW))
        if not is_at_once:
            rest(visit)
        visit.part("p_preset").get_by_text("Month", exact=True).click()
        visit.until(lambda: visit.params()["period"] == ["this-month"], visit.params)
        visit.settled()
        assert file_of(visit, visit.button("overview", "csv")).count(b"\n") == 4
        # While there was no server, the browser has looked for it.
        visit.problems[:] = [text for text in visit.problems if not is_of_the_gap(text)]


def state(visit: Visit) -> str | None:
    return visit.tab.get_by_test_id("stApp").get_attribute("data-test-connection-state")


def is_of_the_gap(text: str) -> bool:
    return "/_stcore/" in text or "server is not responding" in text


def rest(visit: Visit) -> None:
    visit.until(lambda: state(visit) == "CONNECTED", lambda: state(visit))
    visit.tab.wait_for_timeout(500)
    visit.settled()
