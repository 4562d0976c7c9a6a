"""What every page and state looks like in a real browser: pictures that are kept to be looked at.

Each is in `.cache/screens`, the whole page, by page or state, theme and width. What a rule can tell
of it is tested here: nothing is cut, nothing lies outside, the chart is seen without scrolling, and
a state says what it is and has its one next step. Pages and states are seen in each theme and width
in the deep tier; else each in one or two of these, by turns.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import test_browser
from support import add_heartbeats, epoch
from test_browser import NOW, PATIENCE, PHONE, Visit, serving, visiting

from bitly_data.server import LocalBitly, ServerOptions

pytestmark = test_browser.pytestmark
chromium = test_browser.chromium

KEPT = test_browser.ROOT / ".cache/screens"
# Widths with the heights of a laptop's window and of a phone [px].
HEIGHTS = {1280: 800, 375: 812}
LOOKS = [("light", 1280), ("dark", 375), ("dark", 1280), ("light", 375)]
PATHS = {
    "overview": "/",
    "links": "/links",
    "link": "/link",
    "compare": "/compare",
    "connection": "/connection",
}
# The pages that begin with a chart.
CHARTS = ("overview", "link", "compare")
# Of each: the words that are cut off or run out of what they stand in.
CUT = """() => {
  const found = [];
  const seen = (one) => one.offsetParent !== null && one.getClientRects().length > 0;
  const cuts = (one) => getComputedStyle(one).overflowX !== "visible";
  const parts = "button, a[data-testid=stPageLink-NavLink], [data-testid=stMetric], " +
    "[data-testid=stAlert]";
  for (const part of document.querySelectorAll(parts)) {
    if (!seen(part)) continue;
    for (const one of [part, ...part.querySelectorAll("*")]) {
      if (one.closest("[data-testid=stIconMaterial]")) continue;
      if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 2 && cuts(one)
          && one.innerText && one.innerText.trim()) {
        found.push(one.innerText.trim());
      }
    }
  }
  return found;
}"""
WIDE = """() => Math.max(document.documentElement.scrollWidth,
  document.querySelector("[data-testid=stMain]").scrollWidth)"""
HIGH = "() => document.querySelector('[data-testid=stMain]').scrollHeight"

# A log of links with names that are hard to show.
LONG = ("Ridgeline jacket launch: what the testers said after a winter on the mountain, " * 3)[:200]
ARABIC = "إطلاق سترة ريدجلاين الجديدة لموسم الشتاء"
MOMENT = epoch("2013-05-17T12:00:00")
# Trouble: by what is asked, how Bitly answers instead.
Trouble = Callable[[str], str | None]


@dataclass(frozen=True)
class State:
    """A state of a page: where it is met, what it says, and the one step that goes on from it.

    `app` names who answers. `step` is what a button or a link says; empty: there is none, as
    nothing is wrong. `is_there` once the page has drawn all of it; else once it says its sentence.
    """

    app: str
    place: str
    params: dict[str, Any] = field(default_factory=dict)
    sentence: str = ""
    step: str = ""
    is_there: bool = True
    is_more: bool = False  # much like another one: in the deep tier alone


STATES = {
    "empty-period": State(
        "names",
        "overview",
        {"period": "2013-03-01..2013-03-20"},
        "No clicks in this period.",
        "Show all time",
    ),
    "empty-search": State(
        "demo", "links", {"search": "no such link"}, "No link matches", "Show all links"
    ),
    "empty-compare": State(
        "names",
        "compare",
        {"period": "2013-03-01..2013-03-20", "by": "link"},
        "to compare",
        "Choose",
        is_there=False,
        is_more=True,
    ),
    "loading": State("slow", "overview", {}, "Counting clicks", "", is_there=False),
    "loading-lines": State("slow", "compare", {}, "are here", "Stop", is_there=False),
    "partial": State(
        "partial",
        "compare",
        {"units": "14", "until": "2026-11-01T12:00:00Z"},
        "Without an answer: nlj.example",
        "Try again",
    ),
    "failed": State("failed", "overview", {}, "could not answer", "Try again", is_there=False),
    "unreachable": State(
        "nobody",
        "link",
        {},
        "cannot be reached",
        "Try again",
        is_there=False,
        is_more=True,
    ),
    "refused": State(
        "refused", "overview", {}, "access token was refused", "Open Connection", is_there=False
    ),
    "quota-used": State("used", "overview", {}, "ask again in", "Open Connection", is_there=False),
    "many-calls": State(
        "core",
        "overview",
        {"tz": "America/New_York", "domain": "aur.example", "exact": "1"},
        "This view takes many calls",
        "Start",
        is_there=False,
        is_more=True,
    ),
    "series-1": State("demo", "compare", {"item": "aur.example"}),
    "series-8": State("demo", "compare", {"by": "link", "lines": "8"}),
    "series-40": State("demo", "compare", {"by": "link", "lines": "all"}),
    "multiples-40": State(
        "demo", "compare", {"by": "link", "lines": "all", "form": "multiples"}, is_more=True
    ),
    "long-name-links": State("names", "links"),
    "long-name": State("names", "link", {"link": "go.ex.com/long"}),
    "arabic-name": State("names", "link", {"link": "go.ex.com/arabic"}),
    "names-compared": State("names", "compare", {"by": "link"}, is_more=True),
}


def looks(names: Iterable[str], firsts: Iterable[int]) -> list[Any]:
    """Each in every theme and width; in all tiers but the deep one in the first few of its turn."""
    found = []
    for turn, (name, first) in enumerate(zip(names, firsts, strict=True)):
        for at in range(len(LOOKS)):
            theme, width = LOOKS[(turn + at) % len(LOOKS)]
            marks = [pytest.mark.deep] if at >= first else []
            found.append(
                pytest.param(name, theme, width, id=f"{name}-{theme}-{width}", marks=marks)
            )
    return found


# -- who answers ----------------------------------------------------------------------------------


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def answering(local: LocalBitly, trouble: Trouble) -> Iterator[str]:
    """A Bitly on loopback that speaks v3, and answers with its `trouble` where there is one."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        text = trouble(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        if text is None:
            return local.app(environ, start)
        start("200 OK", [("Content-Type", "application/json"), ("Date", formatdate(usegmt=True))])
        status = 503 if text == "TEMPORARILY_UNAVAILABLE" else 403
        return [json.dumps({"status_code": status, "status_txt": text, "data": None}).encode()]

    server = make_server("127.0.0.1", 0, application, _Threads, _Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def slow(asked: str) -> None:
    """Clicks take longer than anybody looks."""
    if "clicks" in asked:
        time.sleep(PATIENCE / 1000)


TROUBLES: dict[str, Trouble] = {
    "slow": slow,
    "partial": lambda asked: (
        "TEMPORARILY_UNAVAILABLE" if asked.endswith("domain=nlj.example") else None
    ),
    "failed": lambda asked: "TEMPORARILY_UNAVAILABLE",
    "refused": lambda asked: "INVALID_ACCESS_TOKEN",
    "used": lambda asked: "MONTHLY_RATE_LIMIT_EXCEEDED",
}


def hard_names(path: Path) -> None:
    """A click log of links with a long name, an Arabic one, and none."""
    named = (("long", LONG, 300), ("arabic", ARABIC, 200), ("plain", "", 50))
    lines = [
        {
            "t": MOMENT - 3600 * (1 + at * 7 % 500),
            "hh": "go.ex.com",
            "h": back_half,
            "l": "ann",
            "u": f"http://ex.com/{back_half}/{'a-long-way-' * (12 if back_half == 'long' else 1)}",
            "hc": MOMENT - 86_400 * 21,
            "title": title,
        }
        for back_half, title, count in named
        for at in range(count)
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    add_heartbeats(path, MOMENT - 86_400 * 120, MOMENT)


@dataclass
class Apps:
    """The app by who answers it, each opened when it is first asked for."""

    folder: Path
    stack: ExitStack
    local: LocalBitly | None = None
    addresses: dict[str, str] = field(default_factory=dict)

    def address(self, name: str) -> str:
        if name not in self.addresses:
            self.addresses[name] = self.stack.enter_context(serving(**self._settings(name)))
        return self.addresses[name]

    def _settings(self, name: str) -> dict[str, str]:
        if name == "demo":
            return {"BITLY_NOW": NOW}
        if name == "core":
            return {"BITLY_NOW": NOW, "BITLY_API": "v4", "BITLY_PLAN": "core"}
        if name == "names":
            path = self.folder / "clicks.log"
            hard_names(path)
            return {"BITLY_CLICK_LOG": str(path), "BITLY_NOW": "2013-05-17T12:00:00Z"}
        if name == "nobody":  # nobody listens on "discard"
            return {"BITLY_BASE_URL": "http://127.0.0.1:9", "BITLY_ACCESS_TOKEN": "x"}
        if self.local is None:
            self.local = LocalBitly.open(ServerOptions(now=NOW), token="right")
            self.stack.callback(self.local.close)
        upstream = self.stack.enter_context(answering(self.local, TROUBLES[name]))
        return {"BITLY_BASE_URL": upstream, "BITLY_ACCESS_TOKEN": "right"}


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    with ExitStack() as stack:
        yield Apps(tmp_path_factory.mktemp("names"), stack)


# -- looking --------------------------------------------------------------------------------------


@contextmanager
def looking(chromium: Any, address: str, theme: str, width: int) -> Iterator[Visit]:
    desk = {"viewport": {"width": width, "height": HEIGHTS[width]}}
    options = PHONE if width == PHONE["viewport"]["width"] else desk
    with visiting(chromium, address, color_scheme=theme, **options) as visit:
        yield visit


def go(visit: Visit, place: str, params: dict[str, Any]) -> None:
    question = urlencode(params, doseq=True)
    visit.tab.goto(f"{visit.address}{PATHS[place]}" + (f"?{question}" if question else ""))


def drawn(visit: Visit, place: str) -> None:
    """The page is there, and nothing on it changes any more."""
    last = {"connection": "Check again"}.get(place, "Ask again")
    visit.see(visit.tab.get_by_role("button", name=last))
    visit.settled()


def widgets_are_there(visit: Visit) -> None:
    """The browser has loaded what draws them, until when they are grey."""
    grey = visit.tab.get_by_test_id("stSidebar").get_by_test_id("stSkeleton")
    visit.until(lambda: grey.count() == 0, grey.count)


def first_chart_is_seen(visit: Visit, width: int) -> None:
    """The first chart ends within the window, before anybody scrolls."""
    box = visit.tab.get_by_test_id("stPlotlyChart").filter(visible=True).first.bounding_box()
    assert box["y"] + box["height"] <= HEIGHTS[width], box


def keep(visit: Visit, name: str, width: int) -> None:
    """The whole page as a picture, and what can be told of it by rule."""
    assert visit.tab.get_by_test_id("stException").count() == 0
    assert "Traceback" not in visit.tab.get_by_test_id("stApp").inner_text()
    assert visit.tab.evaluate(WIDE) <= width
    high = max(HEIGHTS[width], int(visit.tab.evaluate(HIGH)))
    visit.tab.set_viewport_size({"width": width, "height": high})
    visit.tab.wait_for_timeout(700)  # charts are drawn anew by their size, and tables filled
    KEPT.mkdir(parents=True, exist_ok=True)
    visit.tab.screenshot(path=str(KEPT / f"{name}.png"))
    assert visit.tab.evaluate(WIDE) <= width
    assert visit.tab.evaluate(CUT) == []


def says(visit: Visit, state: State) -> None:
    """The sentence of a state, and its one next step."""
    main = visit.tab.get_by_test_id("stMain")
    visit.see(main.get_by_text(re.compile(re.escape(state.sentence))).filter(visible=True).first)
    if state.step:
        step = main.get_by_role("button", name=state.step).or_(
            main.get_by_role("link", name=state.step)
        )
        visit.see(step.first)
        test_browser.sync_api.expect(step.filter(visible=True)).to_have_count(1)


@pytest.mark.parametrize(("place", "theme", "width"), looks(PATHS, (1, 1, 1, 1, 1)))
def test_a_page_looks_right(chromium: Any, apps: Apps, place: str, theme: str, width: int) -> None:
    with looking(chromium, apps.address("demo"), theme, width) as visit:
        go(visit, place, {})
        drawn(visit, place)
        if place in CHARTS:
            first_chart_is_seen(visit, width)
        keep(visit, f"{place}-{theme}-{width}", width)


@pytest.mark.parametrize(
    ("name", "theme", "width"), looks(STATES, (0 if one.is_more else 1 for one in STATES.values()))
)
def test_a_state_looks_right(chromium: Any, apps: Apps, name: str, theme: str, width: int) -> None:
    state = STATES[name]
    with looking(chromium, apps.address(state.app), theme, width) as visit:
        go(visit, state.place, state.params)
        if state.is_there:
            drawn(visit, state.place)
        if state.sentence:
            says(visit, state)
        if not state.is_there and state.app != "slow":
            visit.idle()
        widgets_are_there(visit)
        keep(visit, f"{name}-{theme}-{width}", width)
