"""Asking another server from one tab of a real browser, and where the token is meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import test_browser
from support import NOW, epoch, served, write_clicks
from test_browser import TITLES, Visit, serving, sync_api, visiting

# What follows belongs to the browser's group: one Chromium at a time is enough for two cores.
pytestmark = test_browser.pytestmark
chromium = test_browser.chromium

TOKEN = "ann-s3cret-t0ken-of-ours"
DAYS = 30
DEMO, OURS = "Demo data from a local Bitly server", "account eve, by Bitly's v4"
# What a page may keep in the browser, and what its inputs hold, which is in no HTML.
KEPT = """async () => JSON.stringify([
    {...localStorage}, {...sessionStorage}, document.cookie, history.state, window.name,
    await indexedDB.databases(), [...document.querySelectorAll("input, textarea")].map(e => e.value)
])"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connection") / "app.log"


@pytest.fixture(scope="module")
def app(log: Path) -> Iterator[str]:
    """The app as it comes, which shows the demo; it logs whatever it can."""
    with serving(log, BITLY_NOW=test_browser.NOW, STREAMLIT_LOGGER_LEVEL="debug") as address:
        yield address


@pytest.fixture(scope="module")
def bitly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Somebody's Bitly, which takes one token."""
    clicks = write_clicks(tmp_path_factory.mktemp("clicks") / "ann.log")
    with served(
        "--clicks", clicks, "--now", f"{NOW}Z", "--token", TOKEN, "--plan", "growth"
    ) as address:
        yield address


@dataclass
class Ears:
    """All that goes between a tab and this machine: requests whole, messages each way."""

    requests: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    def listen(self, tab: Any) -> None:
        tab.on(
            "request",
            lambda request: self.requests.append(
                f"{request.method} {request.url} {request.headers} {request.post_data_buffer!r}"
            ),
        )
        tab.on("websocket", self._listen_to)

    def _listen_to(self, socket: Any) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", lambda payload: self.sent.append(as_bytes(payload)))
        socket.on("framereceived", lambda payload: self.received.append(as_bytes(payload)))


def as_bytes(payload: bytes | str) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload


@contextmanager
def listening(chromium: Any, address: str) -> Iterator[tuple[Visit, Ears]]:
    ears = Ears()
    with visiting(chromium, address) as visit:
        ears.listen(visit.tab)
        yield visit, ears


def open_connection(visit: Visit) -> None:
    visit.tab.goto(f"{visit.address}/connection")
    visit.see(visit.tab.get_by_role("heading", name="Choose another source", exact=True))
    visit.idle()


def to(visit: Visit, place: str) -> None:
    """By the menu: an address that is opened anew is another session."""
    title = TITLES.get(place, "Connection")
    visit.tab.get_by_test_id("stPageLink").get_by_text(title, exact=True).click()
    if place in TITLES:
        visit.ready(place)
        return
    visit.see(visit.tab.get_by_role("heading", name="Connection", exact=True, level=1))
    visit.see(visit.tab.get_by_role("heading", name="Choose another source", exact=True))
    visit.idle()


def token_input(visit: Visit) -> Any:
    return visit.tab.get_by_role("textbox", name="Access token", exact=True)


def paste(visit: Visit, upstream: str, token: str) -> None:
    visit.tab.get_by_text("Bitly (v4)", exact=True).click()
    visit.see(token_input(visit))
    visit.idle()
    visit.tab.get_by_role("textbox", name="Address", exact=True).fill(upstream)
    token_input(visit).fill(token)


def press(visit: Visit, key: str) -> None:
    visit.part(key).get_by_role("button").click()


def says_whose(visit: Visit, words: str) -> None:
    visit.see(visit.tab.get_by_test_id("stCaptionContainer").filter(has_text=words).first)


def traces(visit: Visit) -> dict[str, str]:
    """Everything that a tab shows and keeps, by where it is."""
    return {
        "text": visit.tab.get_by_test_id("stApp").inner_text(),
        "DOM": visit.tab.content(),
        "address": visit.tab.url,
        "kept": visit.tab.evaluate(KEPT),
        "storage": str(visit.tab.context.storage_state()),
    }


def by_v3(upstream: str) -> dict[int, int]:
    """The organization's clicks by day of UTC [epoch s], as the same server's v3 answers."""
    question = urlencode(
        {"access_token": TOKEN, "unit": "day", "units": DAYS, "timezone": "UTC", "rollup": "false"}
    )
    with urlopen(f"{upstream}/v3/organization/clicks?{question}") as answer:
        data = json.load(answer)["data"]
    return {item["dt"]: item["clicks"] for item in data["organization_clicks"]}


def by_day(rows: list[dict[str, str]]) -> dict[int, int]:
    """Clicks by day [epoch s] of the period that was asked for, without the one behind it."""
    return {
        epoch(row["bucket_utc"].rstrip("Z")): int(row["clicks"])
        for row in rows
        if row["series"] == rows[0]["series"]
    }


def test_an_account_is_tested_and_chosen_in_one_tab(
    chromium: Any, app: str, bitly: str, log: Path
) -> None:
    seen: dict[str, dict[str, str]] = {}
    with visiting(chromium, app) as other, listening(chromium, app) as (visit, ears):
        other.open("overview", overlay=None)
        demo = other.shown()

        open_connection(visit)
        says_whose(visit, DEMO)
        paste(visit, bitly, TOKEN)
        press(visit, "c_test")
        good = visit.see(visit.tab.get_by_test_id("stAlertContentSuccess"))
        sync_api.expect(good).to_have_text(re.compile("It works: the token belongs to eve\\.$"))
        visit.idle()
        sync_api.expect(token_input(visit)).to_have_value("")
        sync_api.expect(token_input(visit)).to_have_attribute("placeholder", "the one just tested")
        says_whose(visit, DEMO)  # a test changes nothing
        seen["tested"] = traces(visit)

        press(visit, "c_use")
        visit.see(visit.part("c_back"))
        says_whose(visit, "by Bitly's v4, because you chose it on the Connection page")
        seen["chosen"] = traces(visit)

        expected = by_v3(bitly)
        assert len(expected) == DAYS
        to(visit, "overview")
        says_whose(visit, OURS)
        assert by_day(visit.rows("overview")) == expected
        assert visit.total() == sum(expected.values())
        seen["overview"] = traces(visit)
        to(visit, "link")
        assert visit.rows("link")[0]["series"] == "bit.ly/De"  # the newest
        assert visit.total() == 128
        to(visit, "compare")
        series = {row["series"] for row in visit.rows("compare")}
        assert series == {"x.ex.com", "go.ex.com", "links of no own domain"}
        assert visit.tab.get_by_test_id("stAlertContentError").count() == 0
        seen["compare"] = traces(visit)

        other.tab.reload()
        other.ready("overview")
        says_whose(other, DEMO)
        assert other.shown() == demo

        to(visit, "connection")
        press(visit, "c_check")
        visit.see(visit.tab.get_by_test_id("stMetric").first)
        seen["checked"] = traces(visit)
        press(visit, "c_back")
        sync_api.expect(visit.part("c_back")).to_have_count(0)
        says_whose(visit, DEMO)
        to(visit, "overview")
        assert visit.shown() == demo
        seen["back"] = traces(visit)

    carrying = [message for message in ears.sent if TOKEN.encode() in message]
    assert len(carrying) == 1
    assert carrying[0].count(TOKEN.encode()) == 1
    assert [message for message in ears.received if TOKEN.encode() in message] == []
    assert len(ears.received) > 10
    assert [request for request in ears.requests if TOKEN in request] == []
    assert len(ears.requests) > 5
    assert [
        (when, where)
        for when, found in seen.items()
        for where, text in found.items()
        if TOKEN in text
    ] == []
    assert log.stat().st_size > 100
    assert TOKEN not in log.read_text()


def test_a_wrong_token_gives_one_sentence(chromium: Any, app: str, bitly: str, log: Path) -> None:
    wrong = TOKEN[::-1]
    with listening(chromium, app) as (visit, ears):
        open_connection(visit)
        paste(visit, bitly, wrong)
        press(visit, "c_test")
        error = visit.see(visit.tab.get_by_test_id("stAlertContentError"))
        assert error.count() == 1
        sync_api.expect(error).to_contain_text("token is not valid")
        assert visit.tab.get_by_test_id("stAlert").count() == 1
        visit.idle()
        sync_api.expect(token_input(visit)).to_have_attribute("placeholder", "")
        says_whose(visit, DEMO)
        found = traces(visit)
    assert [where for where, text in found.items() if wrong in text] == []
    assert sum(wrong.encode() in message for message in ears.sent) == 1
    assert not any(wrong.encode() in message for message in ears.received)
    assert wrong not in log.read_text()
