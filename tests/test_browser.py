"""The whole app in a real browser: what is seen, what is in the address, what is taken away."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
import requests
from apptest import OLD_ADDRESSES
from conftest import is_loopback
from counter import utc
from tiers import WITHOUT_SHARED
from views import (
    ENVIRONMENT,
    PAGES,
    USAGOV,
    Sampler,
    View,
    ZoneSampler,
    usagov_counter,
    view_words,
    zone_view_words,
)

from bitly_data.report.tables import ROW_COLUMNS
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.transport.client import LocalAdapter
from pages.components import menu

sync_api = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parents[1]
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

NOW = "2026-11-03T15:20:00Z"
TITLES = {"overview": "Overview", "link": "Link", "compare": "Compare"}
PATHS = {name: "/" if name == "overview" else f"/{Path(file).stem}" for name, file in PAGES.items()}
OLD_PATHS = {f"/{Path(file).stem}": place for file, place in OLD_ADDRESSES.items()}
# An empty page has no memory to write to.
TOUR_IS_READ = "try { localStorage.setItem('bitly-clicks.tour', 'done') } catch {}"
PHONE = {
    "viewport": {"width": 375, "height": 812},
    "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126 Mobile "
    "Safari/537.36",
    "has_touch": True,
    "is_mobile": True,
}
PATIENCE = 60_000  # milliseconds; a busy machine shares two cores with Chromium and the tests


@contextmanager
def serving(log: Path | None = None, port: int = 0, **environment: str) -> Iterator[str]:
    """The address of the app in a process of its own; what it prints goes to `log`. Without a
    `port` it has one that is free.
    """
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BITLY_")}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
        "--server.address",
        "127.0.0.1",
        "--server.fileWatcherType",
        "none",
    ]  # a file saved meanwhile is not its business
    address = f"http://127.0.0.1:{port}"
    with (
        (log or Path(os.devnull)).open("w") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=clean | environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            _wait_for(f"{address}/_stcore/health", process)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen) -> None:
    until = monotonic() + 60
    while monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            with urlopen(address, timeout=1):
                return
        except (URLError, OSError):
            sleep(0.1)
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving(BITLY_NOW=NOW) as address:
        yield address


@pytest.fixture(scope="module")
def usagov() -> Iterator[str]:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    with serving(**ENVIRONMENT) as address:
        yield address


@dataclass
class Visit:
    """A tab of somebody who looks at the app."""

    tab: Any
    address: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def open(self, place: str, **params: str | list[str] | None) -> Visit:
        """A page from its address. Without a word about it the other period is not drawn, so that
        chart and file hold what was asked alone; `overlay=None` leaves it to the page.
        """
        asked = {"overlay": "0"} | params
        given = {name: value for name, value in asked.items() if value is not None}
        question = urlencode(given, doseq=True)
        self.tab.goto(f"{self.address}{PATHS[place]}" + (f"?{question}" if question else ""))
        return self.ready(place)

    def ready(self, place: str) -> Visit:
        """The page is there, and nothing on it changes any more."""
        self.arrived(place)
        self.see(self.tab.get_by_role("button", name="Ask again"))
        self.settled()
        return self

    def arrived(self, place: str) -> None:
        """It is this page; that of a link is headed by what the link is called."""
        if place == "link":
            self.see(self.part("link_compare"))
        else:
            self.see(self.tab.get_by_role("heading", name=TITLES[place], exact=True, level=1))

    def idle(self) -> None:
        sync_api.expect(self.tab.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=PATIENCE
        )

    def see(self, locator: Any) -> Any:
        sync_api.expect(locator).to_be_visible(timeout=PATIENCE)
        return locator

    def part(self, key: str) -> Any:
        return self.tab.locator(f".st-key-{key}")

    def button(self, place: str, kind: str) -> Any:
        """The button of a file, once what it is folded into is open."""
        button = self.part(f"{place}_{kind}").get_by_role("button")
        main = self.tab.get_by_test_id("stMain")
        if not button.is_visible():
            if kind == "csv":
                self.numbers()
            else:
                main.get_by_role("button", name="Export").first.click()
        self.rests(self.see(button))
        return button

    def rests(self, locator: Any) -> None:
        """It stays in its place: what is unfolded moves, and again when its table has a height."""
        last = None

        def same_place() -> bool:
            nonlocal last
            before, last = last, locator.bounding_box()
            self.tab.wait_for_timeout(150)
            return before == last

        self.until(same_place, lambda: str(last))

    def numbers(self) -> Any:
        """The table of the chart's numbers, once it is unfolded."""
        title = "Numbers of the chart"
        fold = self.tab.get_by_test_id("stExpander").filter(has_text=title).first
        table = fold.get_by_test_id("stDataFrame")
        if not table.is_visible():
            fold.get_by_text(title, exact=True).click()
        return self.see(table)

    def unfold(self) -> None:
        """Open what is folded away in the sidebar."""
        self.idle()
        if not self.part("q_week").is_visible():
            self.tab.get_by_text("More", exact=True).click()
        self.see(self.part("q_week"))

    def metric(self, label: str) -> str:
        metric = self.tab.get_by_test_id("stMetric").filter(has_text=label)
        return metric.get_by_test_id("stMetricValue").inner_text()

    def total(self) -> int | None:
        written = self.metric("Total clicks")
        return None if written == "–" else int(written.replace(",", ""))

    def shown(self) -> tuple[list[str], ...]:
        """The numbers of the metrics, all words and figures in the charts with what stands above
        them, and the small print.
        """
        main = self.tab.get_by_test_id("stMain")
        return (
            main.get_by_test_id("stMetric").all_inner_texts(),
            main.locator(".js-plotly-plot .main-svg").all_text_contents(),
            main.get_by_test_id("stMarkdown").all_inner_texts(),
            main.get_by_test_id("stCaptionContainer").all_inner_texts(),
        )

    def settled(self) -> tuple[list[str], ...]:
        """What is shown once nothing runs, every chart is drawn, and it stays as it is.

        A chart is drawn after the run that it belongs to has ended, and once more when it knows
        its size.
        """
        self.idle()
        last = self.shown()

        def same_again() -> bool:
            nonlocal last
            self.tab.wait_for_timeout(200)
            before, last = last, self.shown()
            return self.drawn() and before == last

        self.until(same_again, lambda: last)
        return last

    def drawn(self) -> bool:
        charts = self.tab.get_by_test_id("stPlotlyChart").filter(visible=True)
        return charts.count() == charts.filter(has=self.tab.locator(".js-plotly-plot .xy")).count()

    def menu(self) -> list[str]:
        sidebar = self.tab.get_by_test_id("stSidebar")
        links = sidebar.get_by_test_id("stPageLink").all_inner_texts()
        return [text.split("\n")[-1] for text in links]

    def whole_params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.tab.url).query)

    def params(self) -> dict[str, list[str]]:
        """What the address asks; without what `open` says of the other period by itself, and
        without the week's start that it has by itself.
        """
        found, own = self.whole_params(), {"overlay": ["0"], "week": ["monday"]}
        return {name: value for name, value in found.items() if value != own.get(name)}

    def until(self, holds: Callable[[], bool], explain: Callable[[], object]) -> None:
        """Wait for what no locator can say."""
        end = monotonic() + PATIENCE / 1000
        while not holds():
            assert monotonic() < end, explain()
            self.tab.wait_for_timeout(50)  # unlike sleep, it takes in what the browser says

    def changes(self, act: Callable[[], Any], **params: list[str] | None) -> None:
        """Something is done: other things are shown, and the address says so."""
        before, expected = self.shown(), self.params()
        act()
        for name, value in params.items():
            expected.pop(name, None)
            if value is not None:
                expected[name] = value
        self.until(lambda: self.params() == expected, lambda: f"{self.params()} {expected}")
        self.until(lambda: self.shown() != before, lambda: before)
        self.settled()
        assert self.tab.get_by_test_id("stException").count() == 0
        assert self.tab.get_by_test_id("stAlertContentError").count() == 0

    def choose(self, key: str, text: str) -> None:
        box = self.part(key).locator("input")
        for last in (False, False, True):
            self.idle()
            box.click()
            box.fill(text)
            option = self.tab.get_by_role("option", name=text, exact=True).first
            try:
                option.click(timeout=PATIENCE if last else PATIENCE / 6)
                break
            except sync_api.TimeoutError:  # a redraw took the open list away
                if last:
                    raise
                box.press("Escape")
        if key == "q_domains":  # its list stays open for more
            self.see(self.part(key).get_by_text(text, exact=True))
            box.press("Escape")

    def write(self, key: str, text: str) -> None:
        box = self.part(key).locator("input")
        box.fill(text)
        box.press("Enter")

    def switch(self, key: str) -> None:
        self.part(key).locator("label").first.click()

    def download(self, place: str, kind: str) -> tuple[str, bytes]:
        for last in (False, False, True):
            button = self.button(place, kind)
            self.idle()
            try:
                with self.tab.expect_download(timeout=PATIENCE / (1 if last else 6)) as waiting:
                    button.click()
                break
            except sync_api.TimeoutError:  # a redraw came between the button and the press on it
                if last:
                    raise
        name = waiting.value.suggested_filename
        return name, Path(waiting.value.path()).read_bytes()

    def rows(self, place: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.download(place, "csv")[1].decode("utf-8-sig"))))


@contextmanager
def visiting(
    chromium: Any, address: str, *, is_new: bool = False, **options: Any
) -> Iterator[Visit]:
    """A tab in a profile that knows nothing but that the tour was read, unless somebody `is_new`;
    at the end, no request has left this machine.
    """
    settings = {
        "timezone_id": "UTC",
        "locale": "en-GB",  # where weeks start on Monday, as where a browser has no language
        "viewport": {"width": 1280, "height": 1000},
    } | options
    context = chromium.new_context(**settings)
    if not is_new:
        context.add_init_script(TOUR_IS_READ)
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    visit = Visit(tab, address)
    tab.on("request", lambda request: visit.requests.append(request.url))
    tab.on("websocket", lambda opened: visit.requests.append(opened.url))
    tab.on("pageerror", lambda error: visit.problems.append(str(error)))
    tab.on(
        "console",
        lambda message: (
            visit.problems.append(f"{message.text} {message.location['url']}")
            if message.type == "error" and not is_search(message.location["url"])
            else None
        ),
    )
    try:
        yield visit
        assert len(visit.requests) > 5
        assert [url for url in visit.requests if not stays_here(url)] == []
        assert visit.problems == []
    finally:
        context.close()


def is_search(url: str) -> bool:
    """Streamlit looks for its server below a page's own path first, then at the root."""
    return urlsplit(url).path in {
        f"{path}/_stcore/{name}"
        for path in (*PATHS.values(), *OLD_PATHS, "/links", "/connection")
        if path != "/"
        for name in ("health", "host-config")
    }


def stays_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob") or is_loopback(parts.hostname or "?")


@pytest.fixture
def visit(chromium: Any, demo: str) -> Iterator[Visit]:
    with visiting(chromium, demo) as opened:
        yield opened


# -- first sight ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", sorted(PAGES))
def test_a_page_opens_first_on_a_fresh_server(chromium: Any, place: str) -> None:
    """On the demo by the machine's clock and without any setting."""
    with serving() as address, visiting(chromium, address) as visit:
        visit.open(place)
        visit.see(visit.tab.get_by_text("Demo data from a local Bitly server"))
        visit.see(visit.tab.locator(".js-plotly-plot .main-svg .xy").first)
        visit.see(visit.tab.get_by_test_id("stDataFrame").filter(visible=True).first)
        assert visit.tab.get_by_test_id("stException").count() == 0
        assert visit.tab.get_by_test_id("stAlert").count() == 0
        labels = [entry.page.label for entry in menu.entries()]
        assert {*TITLES.values(), "Connection"} <= set(labels)
        visit.until(lambda: visit.menu() == labels, visit.menu)
        assert sum(int(row["clicks"]) for row in visit.rows(place)) > 0


# -- each control ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["overview", "compare"])
def test_every_control_of_an_organization(visit: Visit, place: str) -> None:
    visit.open(place)
    visit.changes(lambda: visit.choose("q_unit", "week"), unit=["week"], period=["30d"])
    visit.changes(lambda: visit.write("q_units", "7"), units=["7"], period=None)
    visit.changes(lambda: visit.choose("q_zone", "Asia/Tokyo"), tz=["Asia/Tokyo"])
    visit.changes(lambda: visit.choose("q_domains", "nlj.example"), domain=["nlj.example"])
    visit.changes(
        lambda: visit.choose("q_domains", "aurora.example"),
        domain=["nlj.example", "aurora.example"],
    )
    visit.changes(lambda: visit.choose("q_login", "other people's links"), login=["!"])
    change_the_rest(visit, several=place == "compare")
    visit.changes(lambda: visit.switch("q_all"), units=["all"])
    visit.changes(lambda: visit.switch("q_all"), units=["7"])
    seen = visit.shown()
    visit.tab.reload()
    visit.ready(place)
    visit.until(lambda: visit.shown() == seen, lambda: (visit.shown(), seen))


def change_the_rest(visit: Visit, *, several: bool = False) -> None:
    """The controls that are folded away; all but the first weekday are put back."""
    visit.unfold()
    visit.changes(lambda: visit.choose("q_week", "Sunday"), week=["sunday"])
    visit.changes(lambda: visit.write("q_limit", "3"), limit=["3"])
    visit.changes(lambda: visit.write("q_limit", ""), limit=None)
    visit.changes(lambda: visit.switch("q_rollup"), rollup=["1"])
    visit.changes(lambda: visit.switch("q_rollup"), rollup=None)
    if several:
        assert visit.part("q_as_answered").count() == 0
    else:
        visit.changes(lambda: visit.switch("q_as_answered"), raw=["1"])
        visit.see(visit.tab.get_by_role("heading", name="As Bitly answers", level=2))
        visit.changes(lambda: visit.switch("q_as_answered"), raw=None)
    visit.part("p_against").get_by_role("button").first.click()
    visit.changes(lambda: visit.choose("q_against", "Same period a year before"), compare=["year"])
    if not several:
        visit.changes(lambda: visit.switch("q_overlay"))
        assert "overlay" not in visit.whole_params()
        visit.changes(lambda: visit.switch("q_overlay"))
        assert visit.whole_params()["overlay"] == ["0"]
    visit.changes(lambda: visit.choose("q_against", "Period before"), compare=None)


def test_every_control_of_a_link(visit: Visit) -> None:
    visit.open("link")
    first = visit.params()["link"][0]
    other = visit.rows("link")[0]["series"]
    assert other == first
    box = visit.part("q_link").locator("input")
    box.click()
    options = visit.tab.get_by_role("option")
    visit.see(options.first)
    chosen = options.nth(3).inner_text().split(" · ")[0]
    visit.changes(lambda: options.nth(3).click(), link=[chosen])
    visit.changes(lambda: visit.choose("q_unit", "minute"), unit=["minute"])
    visit.unfold()
    visit.see(visit.tab.get_by_text("Minutes always end now."))
    sync_api.expect(visit.part("q_end").locator("input")).to_be_disabled()
    visit.changes(lambda: visit.write("q_units", "60"), units=["60"])
    visit.changes(lambda: visit.choose("q_unit", "day"), unit=None)
    visit.changes(lambda: visit.choose("q_zone", "Asia/Tokyo"), tz=["Asia/Tokyo"])
    visit.changes(lambda: visit.choose("q_unit", "week"), unit=["week"], period=["60d"], units=None)
    change_the_rest(visit)
    visit.changes(lambda: visit.write("q_units", "60"), units=["60"], period=None)
    visit.changes(lambda: visit.switch("q_all"), units=["all"])
    visit.changes(lambda: visit.switch("q_all"), units=["60"])
    for key in ("q_domains", "q_login", "q_exact"):
        assert visit.part(key).count() == 0

    def paste() -> None:
        box.click()
        box.fill(f"https://{first}+")
        box.press("Enter")

    visit.changes(paste, link=[first])
    assert {row["series"] for row in visit.rows("link")} == {first}
    box.click()
    box.fill("no link at all")
    box.press("Enter")
    visit.see(visit.tab.get_by_text("This is not a Bitlink: give it as host/back-half"))
    visit.see(visit.part("q_unit"))


@pytest.mark.parametrize("place", sorted(PAGES))
def test_the_end_of_the_range(visit: Visit, place: str) -> None:
    visit.open(place, units="5")
    visit.unfold()
    visit.choose("q_end", "Chosen")
    visit.until(lambda: "until" in visit.params(), visit.params)
    before = visit.settled()
    day = visit.part("q_end_at").get_by_role("spinbutton").nth(0)
    sync_api.expect(day).to_be_enabled()
    year = visit.params()["until"][0][:4]
    day.click()
    day.press("ArrowDown")
    day.press("Enter")
    day.press("Tab")
    visit.part("q_end_at").get_by_role("spinbutton").last.blur()
    visit.until(lambda: visit.params()["until"][0][:4] == str(int(year) - 1), visit.params)
    visit.until(lambda: visit.shown() != before, visit.shown)
    visit.settled()
    until = visit.params()["until"][0]
    rows = visit.rows(place)
    assert len(rows) == 5 * len({row["series"] for row in rows})
    assert rows[-1]["bucket_utc"] == f"{until[:10]}T00:00:00Z"


def test_limits_and_totals_of_a_comparison(visit: Visit) -> None:
    visit.open("compare", limit="3", units="5")
    assert [row["state"] for row in visit.rows("compare")][:2] == ["capped", "capped"]
    visit.open("compare", rollup="1")
    names = [row["series"] for row in visit.rows("compare")]
    # A row for each of the four domains, and one for what is on none of them.
    assert (len(names), names[4:]) == (5, ["links of no own domain"])
    assert visit.tab.locator(".js-plotly-plot").count() == 0


# -- the address ----------------------------------------------------------------------------------

ASKED: dict[str, str | list[str]] = {
    "unit": "week",
    "units": "6",
    "tz": "America/New_York",
    "until": "2026-10-20T00:00:00Z",
    "domain": ["aurora.example", "northlight-journal.example"],
    "login": "!",
    "week": "sunday",
}


def test_the_menu_back_and_reload_keep_the_question(visit: Visit) -> None:
    visit.open("overview", **ASKED)
    asked, seen, clicks = visit.params(), visit.settled(), visit.total()
    assert clicks > 0
    asked_link: list[str] = []
    for place in ("compare", "overview", "link", "overview"):
        visit.tab.get_by_test_id("stPageLink").get_by_text(TITLES[place], exact=True).click()
        visit.ready(place)
        visit.until(lambda: {**visit.params(), "link": []} == {**asked, "link": []}, visit.params)
        assert ("link" in visit.params()) == (place == "link" or bool(asked_link))
        asked_link = visit.params().get("link", [])
    visit.until(lambda: visit.shown() == seen, visit.shown)
    visit.changes(lambda: visit.write("q_units", "3"), units=["3"])
    changed = visit.settled()
    assert 0 < visit.total() < clicks
    visit.tab.reload()
    visit.ready("overview")
    visit.until(lambda: visit.shown() == changed, visit.shown)
    visit.tab.go_back()
    visit.until(lambda: visit.params().get("units") == ["6"], visit.params)
    visit.until(lambda: visit.shown() == seen, visit.shown)
    sync_api.expect(visit.part("q_units").locator("input")).to_have_value("6")


def test_a_choice_that_a_page_does_not_draw_is_there_on_the_next(visit: Visit) -> None:
    visit.open("overview", units="5", tz="UTC", link="bit.ly/nosuchlink", together="1")
    visit.unfold()
    visit.changes(lambda: visit.switch("q_as_answered"), raw=["1"])
    asked, seen = visit.params(), visit.settled()
    assert (asked["link"], asked["together"]) == (["bit.ly/nosuchlink"], ["1"])
    visit.tab.get_by_test_id("stPageLink").get_by_text("Compare", exact=True).click()
    visit.ready("compare")
    for key in ("q_as_answered", "q_together", "q_link"):
        assert visit.part(key).count() == 0
    assert visit.params() == asked
    visit.changes(lambda: visit.write("q_units", "4"), units=["4"])
    visit.changes(lambda: visit.write("q_units", "5"), units=["5"])
    visit.tab.reload()
    visit.ready("compare")
    assert visit.params() == asked
    visit.tab.get_by_test_id("stPageLink").get_by_text("Overview", exact=True).click()
    visit.ready("overview")
    assert visit.params() == asked
    visit.until(lambda: visit.shown() == seen, visit.shown)
    visit.see(visit.tab.get_by_role("heading", name="As Bitly answers", level=2))
    visit.tab.go_back()
    visit.ready("compare")
    assert visit.params() == asked


@pytest.mark.parametrize(("path", "place"), OLD_PATHS.items())
def test_an_old_address_opens_the_same_question(visit: Visit, path: str, place: str) -> None:
    asked = ASKED | {"overlay": "0"}
    visit.open(place, **asked)
    visit.settled()
    visit.tab.wait_for_timeout(1000)  # a page may be drawn once more when it has rested
    seen, params = visit.settled(), visit.whole_params()
    visit.tab.goto(f"{visit.address}{path}?{urlencode(asked, doseq=True)}")
    visit.ready(place)
    visit.until(lambda: visit.shown() == seen, visit.shown)
    assert urlsplit(visit.tab.url).path == PATHS[place]
    assert visit.whole_params() == params


def test_a_period_is_one_click_and_a_step_another(visit: Visit) -> None:
    visit.open("overview", tz="UTC")
    presets = visit.part("p_preset")
    visit.changes(lambda: presets.get_by_text("Month", exact=True).click(), period=["this-month"])
    visit.changes(
        lambda: visit.part("p_back").get_by_role("button").click(),
        period=["2026-10-01..2026-10-31"],
    )
    seen, url = visit.settled(), visit.tab.url
    assert len(visit.rows("overview")) == 31
    visit.tab.goto(url)
    visit.ready("overview")
    visit.until(lambda: visit.shown() == seen, visit.shown)
    visit.changes(lambda: presets.get_by_text("30 d", exact=True).click(), period=None)


def test_back_to_the_page_before(visit: Visit) -> None:
    visit.open("overview", units="9")
    seen = visit.shown()
    visit.tab.get_by_test_id("stPageLink").get_by_text("Compare", exact=True).click()
    visit.ready("compare")
    visit.tab.go_back()
    visit.ready("overview")
    visit.until(lambda: visit.shown() == seen, visit.shown)
    assert visit.params() == {"units": ["9"], "tz": ["UTC"]}


def test_back_from_a_bare_address(visit: Visit) -> None:
    """The zone that the page adds to it is one step back at most, and never holds anybody."""
    visit.open("compare", units="4", tz="UTC")
    seen = visit.settled()
    visit.open("overview")
    assert visit.params() == {"tz": ["UTC"]}
    visit.tab.go_back()
    visit.ready("overview")
    assert visit.params() == {"tz": ["UTC"]}
    visit.tab.go_back()
    visit.ready("compare")
    assert visit.params() == {"units": ["4"], "tz": ["UTC"]}
    visit.until(lambda: visit.shown() == seen, visit.shown)


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_a_pasted_address_is_the_same_view_anywhere(
    chromium: Any, visit: Visit, zone: str | None
) -> None:
    visit.open("overview")
    visit.changes(lambda: visit.choose("q_unit", "week"), unit=["week"], period=["30d"])
    if zone:
        visit.changes(lambda: visit.choose("q_zone", zone), tz=[zone])
    with visiting(chromium, visit.address, timezone_id="Asia/Tokyo") as other:
        other.tab.goto(visit.tab.url)
        other.ready("overview")
        other.until(lambda: other.shown() == visit.shown(), other.shown)
        assert other.rows("overview") == visit.rows("overview")
        assert other.params() == visit.params()


def test_the_zone_of_the_browser_is_the_default(chromium: Any, demo: str) -> None:
    with visiting(chromium, demo, timezone_id="Asia/Tokyo") as visit:
        visit.open("overview")
        assert {row["timezone"] for row in visit.rows("overview")} == {"Asia/Tokyo"}
        assert visit.params() == {"tz": ["Asia/Tokyo"]}


def test_what_stands_in_an_address_is_text(visit: Visit) -> None:
    """An image in Markdown would be fetched from its host, which `visiting` would see."""
    bad = "![x](http://host.example/x.png)"
    visit.open(
        "overview",
        **{"tz": bad, bad: "1", "unit": "<img src=x onerror=alert(1)>", "units": BARE[:40]},
    )
    visit.see(visit.tab.get_by_text(f"“tz={bad}” in the address was left out"))
    visit.see(visit.tab.get_by_text(f"“{bad}” in the address is not known here"))
    visit.see(visit.tab.get_by_text(f"“units={BARE[:40]}” in the address was left out"))
    assert visit.tab.get_by_test_id("stAlert").locator("img, a").count() == 0
    assert visit.params() == {"tz": ["UTC"]}


# Markdown makes links of the first three, an emoji and another sign of the others.
BARE = "http://h.example www.h.example a@h.example :smile: x -> y"


def test_what_stands_in_an_error_is_text(chromium: Any) -> None:
    with (
        serving(BITLY_CLICK_LOG=f"/no/such/{BARE}") as address,
        visiting(chromium, address) as visit,
    ):
        visit.tab.goto(address)
        error = visit.see(visit.tab.get_by_test_id("stAlertContentError"))
        sync_api.expect(error).to_contain_text(f"No click log is found at '/no/such/{BARE}'.")
        assert error.locator("a, img").count() == 0


def test_what_stands_in_a_click_log_s_report_is_text(chromium: Any, tmp_path: Path) -> None:
    name = BARE.replace("http://", "")
    line = '{"t": 1368790000, "hh": "go.example", "h": "a"}'
    (tmp_path / name).write_text(f"{line}\nno click\n")
    with serving(BITLY_CLICK_LOG=str(tmp_path)) as address, visiting(chromium, address) as visit:
        visit.open("overview")
        visit.see(visit.tab.get_by_text(f"{name} line 2"))
        visit.see(visit.tab.get_by_text("Lines that could not be read", exact=True))
        assert visit.tab.get_by_test_id("stCaptionContainer").locator("a, img").count() == 0


# -- what is taken away ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", sorted(PAGES))
def test_downloads(visit: Visit, place: str) -> None:
    visit.open(place, unit="hour", units="30", tz="America/New_York", until="2026-11-01T12:00:00Z")
    name, png = visit.download(place, "png")
    assert re.fullmatch(r"clicks-[a-z0-9.-]+-hour\.png", name)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">I", png[16:20]) == (2000,)
    name, svg = visit.download(place, "svg")
    assert name.endswith(".svg")
    title = visit.tab.locator("strong").filter(has_text="Clicks").first.text_content()
    assert title.encode() in svg
    assert b"America/New_York" in svg
    assert b"demo data" in svg
    name, text = visit.download(place, "csv")
    assert name.endswith(".csv")
    assert text.startswith(codecs.BOM_UTF8)
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert tuple(rows[0]) == ROW_COLUMNS
    assert len(rows) == 1 + 30 * (5 if place == "compare" else 1)
    # What is on none of the domains is a series of the page only, the last one in its file.
    shown = text.decode("utf-8-sig").splitlines(keepends=True)
    rest = [line for line in shown if ",links of no own domain," in line]
    assert len(rest) == (30 if place == "compare" else 0)
    assert "".join(line for line in shown if line not in rest) == command_line(
        place,
        visit,
        "--unit",
        "hour",
        "--units",
        "30",
        "--timezone",
        "America/New_York",
        "--until",
        "2026-11-01T12:00:00Z",
    )


def command_line(place: str, visit: Visit, *words: str) -> str:
    """The command line's answer to the same question."""
    target = ["link", visit.params()["link"][0]] if place == "link" else ["organization"]
    # The page compares the organization's short domains, the command line all of its domains.
    each = (
        [
            "--each",
            *(
                f"--domain={name}"
                for name in dict.fromkeys(row["series"] for row in visit.rows("compare"))
                if name != "links of no own domain"
            ),
        ]
        if place == "compare"
        else []
    )
    return subprocess.run(
        [sys.executable, "-m", "bitly_data", "clicks", *target, *each, *words],
        cwd=ROOT,
        env={**os.environ, "BITLY_NOW": NOW},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize("place", sorted(PAGES))
def test_the_picture_below_a_chart_is_the_only_one(visit: Visit, place: str) -> None:
    visit.open(place, unit="week", units="5", domain="aur.example")
    chart = visit.tab.get_by_test_id("stPlotlyChart").filter(visible=True).first
    chart.hover()
    assert chart.locator(".modebar-btn").count() == 0
    name, picture = visit.download(place, "png")
    assert name.endswith("-week.png")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")


def test_the_totals_of_a_comparison_as_a_file(visit: Visit) -> None:
    visit.open("compare", units="5")
    with visit.tab.expect_download() as waiting:
        visit.part("totals_csv").get_by_role("button").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    parts = visit.rows("compare")
    for row in rows[:-1]:
        assert int(row["clicks"]) == sum(
            int(part["clicks"]) for part in parts if part["series"] == row["series"]
        )


# -- every screen ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", sorted(PAGES))
def test_a_phone_needs_no_sideways_scrolling(chromium: Any, demo: str, place: str) -> None:
    with visiting(
        chromium, demo, viewport={"width": 375, "height": 800}, has_touch=True, is_mobile=True
    ) as visit:
        visit.open(place)
        visit.see(visit.tab.locator(".js-plotly-plot .main-svg .xy").first)
        for element in (
            "document.documentElement",
            "document.querySelector('[data-testid=stMain]')",
        ):
            assert visit.tab.evaluate(f"{element}.scrollWidth") <= 375, element


def test_the_dark_scheme(chromium: Any, demo: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    for scheme in ("dark", "light"):
        color = theme[scheme]["backgroundColor"]
        rgb = f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"
        with visiting(chromium, demo, color_scheme=scheme) as visit:
            visit.open("overview")
            sync_api.expect(visit.tab.get_by_test_id("stApp")).to_have_css("background-color", rgb)
            # The chart lets the page's own colour through; a file has it.
            sync_api.expect(visit.tab.locator("svg.main-svg").first).to_have_css(
                "background-color", "rgba(0, 0, 0, 0)"
            )
            assert color.encode() in visit.download("overview", "svg")[1]


# -- against a second count -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    return Sampler(usagov_counter())


@pytest.fixture(scope="module")
def zone_sampler(tmp_path_factory: pytest.TempPathFactory) -> ZoneSampler:
    return ZoneSampler(tmp_path_factory.mktemp("zones"))


@pytest.mark.sampled("browser-views", "seed", start=1000, words=view_words)
def test_sampled_views_show_the_second_count(
    chromium: Any, usagov: str, sampler: Sampler, seed: int
) -> None:
    view = sampler.view(seed)
    with visiting(chromium, usagov) as visit:
        visit.open(view.page, **view.params)
        try:
            check(visit, view)
        except AssertionError as problem:
            raise AssertionError(f"seed {seed}: {view.page} {view.params}") from problem


@pytest.mark.sampled("browser-zone-views", "number", words=zone_view_words)
def test_sampled_views_around_changes_of_clocks(
    chromium: Any, zone_sampler: ZoneSampler, number: int
) -> None:
    one = zone_sampler.view(number)
    with serving(**one.environment) as address, visiting(chromium, address) as visit:
        visit.open(one.view.page, **one.view.params)
        try:
            check(visit, one.view)
        except AssertionError as problem:
            raise AssertionError(f"{zone_view_words(number)}: {one}") from problem


def check(visit: Visit, view: View) -> None:
    defaults = {"unit": ["day"], "units": ["30"], "week": ["monday"]}
    # Where a log begins with another period, these 30 days are said by their name.
    asked = {name: value for name, value in visit.params().items() if value != ["30d"]}
    assert asked == {
        name: value for name, value in view.params.items() if value != defaults.get(name)
    }
    if view.page != "compare":
        assert visit.total() == view.total
    rows = visit.rows(view.page)
    for name, pairs in view.expected.items():
        shown = [
            (utc(row["bucket_utc"].rstrip("Z")), int(row["clicks"]) if row["clicks"] else None)
            for row in rows
            if row["series"] == name
        ]
        assert shown == pairs
    assert len(rows) == sum(map(len, view.expected.values()))
    assert {row["timezone"] for row in rows} == {view.zone}


# -- a server over the wire ------------------------------------------------------------------------


@contextmanager
def bitly(
    token: str, answer: Callable[[BaseHTTPRequestHandler, bytes], bytes]
) -> Iterator[tuple[str, list[BaseHTTPRequestHandler]]]:
    """A Bitly on loopback whose every answer goes through `answer`; its address, what it got."""
    got: list[BaseHTTPRequestHandler] = []
    local = LocalBitly.open(ServerOptions(now=NOW), token=token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self)
            good = LocalAdapter(local.app).send(
                requests.Request("GET", f"http://x{self.path}").prepare()
            )
            body = answer(self, good.raw.read())
            self.send_response(good.status_code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()
        local.close()


def test_loading_is_stopped_and_gone_on_with(chromium: Any) -> None:
    """Six domains of a server that takes its time for all but two."""

    def slow(request: BaseHTTPRequestHandler, body: bytes) -> bytes:
        if (
            request.path.count("domain=") == 1
            and "units=3&" in request.path
            and not request.path.endswith(("domain=aur.example", "domain=nlj.example"))
        ):
            sleep(5)
        return body

    domains = [
        "aur.example",
        "go.aurora.example",
        "nlj.example",
        "join.aurora.example",
        "aurora.example",
        "northlight-journal.example",
    ]
    with (
        bitly("right", slow) as (upstream, got),
        serving(BITLY_BASE_URL=upstream, BITLY_ACCESS_TOKEN="right") as address,
        visiting(chromium, address) as visit,
    ):
        visit.tab.goto(
            f"{address}/compare_domains?"
            + urlencode(
                {"units": "3", "until": "2026-11-01T12:00:00Z", "domain": domains}, doseq=True
            )
        )
        visit.see(visit.part("compare_stop").get_by_role("button")).click()
        stopped = visit.see(visit.tab.get_by_text(re.compile(r"^Stopped: \d of 6 are here\.$")))
        here = int(stopped.inner_text().split()[1])
        assert 2 <= here < 6
        visit.ready("compare")
        states = [row["state"] for row in visit.rows("compare")]
        assert states.count("failed") == 3 * (6 - here)
        visit.see(visit.part("compare_go_on").get_by_role("button")).click()
        sync_api.expect(visit.part("compare_go_on")).to_have_count(0, timeout=PATIENCE)
        visit.ready("compare")
        assert {row["state"] for row in visit.rows("compare")} == {"counted"}
        visit.see(visit.tab.get_by_text("Calls left, by our own count in this process"))
        own = [
            request.path
            for request in got
            if request.path.count("domain=") == 1
            and "units=3&" in request.path
            and "unit_reference_ts=17935" in request.path
        ]
        assert len(own) == len(set(own))  # nothing was asked for twice


def test_the_token_is_in_the_one_parameter_and_nowhere_else(chromium: Any, tmp_path: Path) -> None:
    """Everything that a run leaves behind is searched: pages, files, requests, logs, caches."""
    token = "s3cret-t0ken-of-ours"
    seen: dict[str, bytes] = {}

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> bytes:
        return b"" if "units=13" in request.path else body  # a fault for one question

    log, home = tmp_path / "app.log", tmp_path / "home"
    home.mkdir()
    with (
        bitly(token, answer) as (upstream, got),
        serving(
            log,
            BITLY_BASE_URL=upstream,
            HOME=str(home),
            BITLY_ACCESS_TOKEN=token,
            STREAMLIT_LOGGER_LEVEL="debug",
        ) as address,
        visiting(chromium, address) as visit,
    ):
        for place in sorted(PAGES):
            visit.open(place, units="9")
            seen[f"page {place}"] = visit.tab.content().encode()
            seen[f"address {place}"] = visit.tab.url.encode()
            for kind in ("png", "svg", "csv"):
                seen[f"{place}.{kind}"] = visit.download(place, kind)[1]
        visit.tab.goto(f"{address}/organization?units=13")
        error = visit.see(visit.tab.get_by_test_id("stAlertContentError"))
        sync_api.expect(error).to_contain_text("is not in Bitly's form")
        seen["error page"] = visit.tab.content().encode()
        seen["what the browser asked for"] = "\n".join(visit.requests).encode()
        seen["what the browser keeps"] = str(visit.tab.context.storage_state()).encode()
    seen |= {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    seen |= {f"headers {at}": str(request.headers).encode() for at, request in enumerate(got)}
    assert log.stat().st_size > 100
    assert len(got) > 10
    assert all(
        request.path.count(token) == 1 and f"access_token={token}" in request.path
        for request in got
    )
    assert [name for name, content in seen.items() if token.encode() in content] == []
