"""The tour in a real browser: it is seen once, and the first chart stays above the fold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import test_browser
from test_browser import NOW, PATIENCE, PHONE, Visit, serving, sync_api, visiting

# What follows belongs to the browser's group: one Chromium at a time is enough for two cores.
pytestmark = test_browser.pytestmark
chromium = test_browser.chromium
PLACES = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": PHONE,
}


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving(BITLY_NOW=NOW) as address:
        yield address


def button(visit: Visit) -> Any:
    return visit.tab.get_by_role("button", name="Got it")


def chart(visit: Visit) -> dict[str, float]:
    return visit.tab.get_by_test_id("stPlotlyChart").filter(visible=True).first.bounding_box()


@pytest.mark.parametrize("place", PLACES)
def test_the_tour_is_seen_once_and_above_the_fold_is_the_chart(
    chromium: Any, demo: str, place: str
) -> None:
    height = PLACES[place]["viewport"]["height"]
    with visiting(chromium, demo, is_new=True, **PLACES[place]) as visit:
        visit.open("overview")
        visit.see(visit.part("tour"))
        visit.settled()
        with_tour = chart(visit)
        assert with_tour["y"] + with_tour["height"] <= height
        if place == "phone":
            visit.tab.get_by_role("button", name="New here?").click()
        text = visit.see(visit.tab.get_by_text(re.compile("^Overview shows"))).first
        box = text.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PLACES[place]["viewport"]["width"]
        assert box["y"] + box["height"] < with_tour["y"]
        button(visit).click()
        sync_api.expect(visit.part("tour")).to_have_count(0, timeout=PATIENCE)
        # Its words are as high as the title, or nearly so.
        assert abs(chart(visit)["y"] - with_tour["y"]) < 20
        visit.open("overview")
        assert visit.part("tour").count() == 0
        assert visit.tab.evaluate("localStorage['bitly-clicks.tour']") == "done"


def test_the_tour_is_on_the_page_that_somebody_opens_next(chromium: Any, demo: str) -> None:
    """Until it is put away, and then it costs no run of a page."""
    with visiting(chromium, demo, is_new=True) as visit:
        visit.open("overview")
        visit.see(button(visit))
        visit.tab.get_by_test_id("stPageLink").get_by_text("Compare", exact=True).click()
        visit.ready("compare")
        visit.see(button(visit))
        button(visit).focus()
        visit.tab.keyboard.press("Enter")
        sync_api.expect(button(visit)).to_have_count(0, timeout=PATIENCE)
        visit.tab.get_by_test_id("stPageLink").get_by_text("Overview", exact=True).click()
        visit.ready("overview")
        assert button(visit).count() == 0
