"""Every page by axe-core, in both themes, on a desk and on a phone, with all that can be opened.

What axe finds is a fault of ours, unless it is Streamlit's own: then it stands in `OWN`, with where
upstream it is known. The list may only become shorter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import test_browser
import tiers
from foreign_clients import axe
from test_browser import NOW, PATIENCE, PHONE, Visit, serving, sync_api, visiting

from pages.components import menu

# What follows belongs to the browser's group: one Chromium at a time is enough for two cores.
pytestmark = [*test_browser.pytestmark, pytest.mark.slow]
chromium = test_browser.chromium

# WCAG 2.0 to 2.2, A and AA, and what axe's makers call good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return found.violations.flatMap((rule) => rule.nodes.map((node) => ({
    rule: rule.id, html: node.html, why: node.failureSummary,
    inside: [...document.querySelectorAll(node.target.at(-1))]
      .map((one) => one.closest("[data-testid]")?.dataset.testid ?? "").join(" "),
  })));
}"""
# Of the rule of contrast, what axe measured on captions, and what it could not measure.
# The bar above a page is clear as glass, but to axe it hides what it lies over.
CAPTIONS = """async (inside) => {
  document.querySelector("[data-testid=stHeader]").style.display = "none";
  const found = await axe.run({include: [[inside + " [data-testid=stCaptionContainer]"]]},
                              {runOnly: {type: "rule", values: ["color-contrast"]}});
  const count = (rules) => rules.flatMap((rule) => rule.nodes.map((node) => node.html));
  document.querySelector("[data-testid=stHeader]").style.display = "";
  return [count(found.passes).length, count(found.violations), count(found.incomplete)];
}"""


@dataclass(frozen=True)
class Known:
    """A fault of Streamlit's: by its rule, a piece of the element or what it stands in, and where
    it is known; `path` and `place` are where it is seen.
    """

    rule: str
    html: str = ""
    inside: str = ""
    theme: str = ""
    upstream: str = ""
    path: str = "/"
    place: str = "desk"

    def covers(self, fault: dict[str, str], theme: str) -> bool:
        return (
            fault["rule"] == self.rule
            and self.html in fault["html"]
            and self.inside in fault["inside"]
            and self.theme in ("", theme)
        )


OWN = (
    # The marks that a metric's small chart shows below the mouse: images without a name.
    Known(
        "svg-img-alt",
        html="highlighted_points_marks",
        upstream="https://github.com/streamlit/streamlit/issues/8563, "
        "https://github.com/vega/vega-lite/issues/9623",
    ),
    # The parts of a date are fields of their own, each as wide as its two digits.
    Known(
        "target-size",
        html='role="spinbutton"',
        place="phone",
        upstream="https://github.com/streamlit/streamlit/pull/16460",
    ),
    # The cross in a box to choose from is 1.5rem wide, which is 24 px at 16 px a rem alone.
    Known(
        "target-size",
        html='aria-label="Clear',
        path="/link",
        upstream="https://github.com/streamlit/streamlit/pull/15438, "
        "https://github.com/streamlit/streamlit/pull/16175",
    ),
    # White on the theme's primary colour: one that is light enough for words on a dark page is too
    # light for that.
    Known(
        "color-contrast",
        inside="stMultiSelect",
        path="/compare",
        theme="dark",
        upstream="https://github.com/streamlit/streamlit/issues/12801",
    ),
)
# A menu grows for a moment as it opens, and sizes are measured [ms].
OPENING = 400
PLACES = {"desk": {"viewport": {"width": 1280, "height": 800}}, "phone": PHONE}
PAIRS = [("light", "desk"), ("dark", "phone"), ("dark", "desk"), ("light", "phone")]
PAGES = ["/" if one.file == "app.py" else f"/{one.file[6:-3]}" for one in menu.entries()]
# As somebody meets them who asks for something else than what a page begins with.
STATES = [
    "/compare?form=multiples",
    "/links?search=nothing-like-it",
    "/?period=2001-01-01..2001-02-01",
]


def cases() -> Iterator[Any]:
    """Each page in one pair by turns, so that every pair has one; the deep tier has all of them."""
    for turn, path in enumerate([*PAGES, *STATES]):
        for at, (theme, place) in enumerate(PAIRS):
            in_turn = tiers.in_turn(turn, at, len(PAIRS))
            marks = in_turn if path in PAGES else [pytest.mark.deep]
            yield pytest.param(path, theme, place, id=f"{path}-{theme}-{place}", marks=marks)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving(BITLY_NOW=NOW) as address:
        yield address


@pytest.fixture(scope="module")
def script() -> str:
    return axe()


def go(visit: Visit, path: str, script: str) -> None:
    visit.tab.goto(f"{visit.address}{path}")
    visit.see(visit.tab.get_by_role("heading", level=1))
    if path != "/connection":
        visit.see(visit.tab.get_by_role("button", name="Ask again"))
    visit.settled()
    visit.tab.evaluate(script)


def faults(visit: Visit, theme: str, where: str) -> list[str]:
    """What axe finds now and the list does not know, a line for each."""
    return [
        f"{where}: {fault['rule']} {fault['html'][:200]} in {fault['inside']}: {fault['why']}"
        for fault in visit.tab.evaluate(RUN, RULES)
        if not any(known.covers(fault, theme) for known in OWN)
    ]


def opened(visit: Visit) -> Iterator[str]:
    """Open each menu, the list of keys and a sidebar that is folded, one after the other."""
    menus = visit.tab.get_by_test_id("stPopoverButton").filter(visible=True)
    for index in range(menus.count()):
        button = menus.nth(index)
        button.focus()
        visit.tab.keyboard.press("Enter")
        visit.see(visit.tab.get_by_test_id("stPopoverBody").first)
        visit.tab.wait_for_timeout(OPENING)
        yield button.inner_text()
        visit.tab.keyboard.press("Escape")
        sync_api.expect(visit.tab.get_by_test_id("stPopoverBody")).to_have_count(
            0, timeout=PATIENCE
        )
    visit.tab.keyboard.press("?")
    visit.see(visit.tab.get_by_role("dialog"))
    visit.tab.wait_for_timeout(OPENING)
    yield "the list of keys"
    visit.tab.keyboard.press("Escape")
    sync_api.expect(visit.tab.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE)
    sidebar = visit.tab.get_by_test_id("stExpandSidebarButton")
    if sidebar.is_visible():
        sidebar.click()
        visit.see(visit.tab.get_by_role("button", name="Keyboard"))
        visit.tab.wait_for_timeout(OPENING)
        yield "the sidebar"


def captions(visit: Visit, where: str, inside: str = "stApp") -> tuple[int, list[str]]:
    """How many captions were looked at, and those below 4.5:1 or that axe could not measure."""
    measured, too_pale, not_measured = visit.tab.evaluate(CAPTIONS, f"[data-testid={inside}]")
    faults = [f"{where}: caption {html[:200]}" for html in (*too_pale, *not_measured)]
    return measured + len(faults), faults


@pytest.mark.parametrize(("path", "theme", "place"), list(cases()))
def test_axe_finds_nothing(
    chromium: Any, demo: str, script: str, theme: str, place: str, path: str
) -> None:
    """With the tour on the page, as somebody meets it who is new."""
    options = {"color_scheme": theme, "is_new": True, **PLACES[place]}
    with visiting(chromium, demo, **options) as visit:
        go(visit, path, script)
        if path != "/link":  # its title has no room beside it
            visit.see(visit.part("tour"))
        looked_at, found = captions(visit, path)
        found += faults(visit, theme, path)
        for name in opened(visit):
            found += faults(visit, theme, f"{path}, with {name} open")
        # By now the sidebar is open, on a phone too: there is the line of who answers.
        more, pale = captions(visit, f"{path}, beside it", "stSidebar")
        assert looked_at + more >= 1
        found += pale
        assert found == [], "\n".join(found)


@pytest.mark.deep
@pytest.mark.parametrize("known", OWN, ids=lambda known: f"{known.rule}-{known.html[:20]}")
def test_what_is_listed_is_still_there(chromium: Any, demo: str, script: str, known: Known) -> None:
    """What Streamlit has mended leaves the list."""
    theme = known.theme or "light"
    with visiting(chromium, demo, color_scheme=theme, **PLACES[known.place]) as visit:
        go(visit, known.path, script)
        found = [*visit.tab.evaluate(RUN, RULES)]
        for _ in opened(visit):
            found += visit.tab.evaluate(RUN, RULES)
        assert any(known.covers(fault, theme) for fault in found), known.upstream


def test_a_fault_of_ours_would_be_found(chromium: Any, demo: str, script: str) -> None:
    with visiting(chromium, demo) as visit:
        go(visit, "/connection", script)
        visit.tab.evaluate(
            "document.querySelector('[data-testid=stMain]').append(document.createElement('img'))"
        )
        (fault,) = faults(visit, "light", "/")
        assert "image-alt" in fault
