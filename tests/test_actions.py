"""How many actions it takes from the overview to what people come for, in a real browser.

An action is a click, a key or a drag of somebody; waiting is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import pytest
import test_browser
import tiers
from test_browser import NOW, PATIENCE, Visit, serving, sync_api, visiting
from tiers import WITHOUT_SHARED
from views import ENVIRONMENT, USAGOV

pytestmark = [*test_browser.pytestmark, pytest.mark.slow]
chromium = test_browser.chromium
WHERE = ("demo by v3", "demo by v4", "usagov by v3", "usagov by v4")
PLAN = {"BITLY_API": "v4", "BITLY_PLAN": "enterprise"}


@pytest.fixture(scope="module")
def app(request: pytest.FixtureRequest) -> Iterator[str]:
    place, api = request.param.split(" by ")
    if place == "usagov" and not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    environment = {"BITLY_NOW": NOW} if place == "demo" else ENVIRONMENT
    with serving(**environment, **(PLAN if api == "v4" else {})) as address:
        yield address


_TURNS = count()


def in_turn(test: Callable[..., None]) -> Callable[..., None]:
    """In each place in the deep tier; else in one of them, by turns."""
    turn = next(_TURNS)
    places = [
        pytest.param(one, marks=tiers.in_turn(turn, at, len(WHERE))) for at, one in enumerate(WHERE)
    ]
    where = pytest.mark.parametrize("app", places, indirect=True, scope="module")
    return where(test)


@dataclass
class Hand:
    """Somebody at the overview, whose actions are counted."""

    visit: Visit
    actions: int = 0

    @property
    def tab(self) -> Any:
        return self.visit.tab

    def click(self, locator: Any, **how: Any) -> None:
        self.actions += 1
        locator.click(**how)

    def cell(self, key: str, row: int, column: int = 1) -> None:
        """A cell of a table, which is drawn on a canvas: rows are 34 pixels high. The first one
        behind the ticks and the rank, or the ticks.
        """
        box = self.table(key).bounding_box()
        assert box is not None
        self.actions += 1
        x = box["x"] + (17 if column == 0 else 100 if column == 1 else 200)
        self.tab.mouse.click(x, box["y"] + 34 * (row + 1) + 17)

    def table(self, key: str) -> Any:
        table = self.tab.locator(f"[class*='st-key-{key}']").get_by_test_id("stDataFrame").first
        table.scroll_into_view_if_needed()
        self.visit.see(table)
        return table

    def arrives(self, heading: str) -> None:
        self.visit.see(self.tab.get_by_role("heading", name=heading, exact=True, level=1))
        self.visit.see(self.tab.get_by_role("button", name="Ask again"))
        self.visit.idle()


@contextmanager
def at_the_overview(chromium: Any, app: str) -> Iterator[Hand]:
    with visiting(chromium, app) as visit:
        # Of the real clicks a page begins with all time, which has no period before it.
        visit.open("overview", overlay=None, period="30d")
        yield Hand(visit)


@pytest.fixture
def hand(chromium: Any, app: str) -> Iterator[Hand]:
    with at_the_overview(chromium, app) as found:
        yield found


def preset(hand: Hand, name: str) -> Any:
    return hand.visit.part("p_preset").get_by_role("radio", name=name, exact=True)


def period(hand: Hand) -> list[str]:
    return hand.visit.params().get("period", [])


@in_turn
def test_the_last_seven_days(hand: Hand) -> None:
    hand.click(preset(hand, "7 d"))
    hand.visit.until(lambda: period(hand) == ["7d"], hand.visit.params)
    hand.visit.settled()
    assert len(hand.visit.rows("overview")) == 14  # with the seven days before
    assert hand.actions <= 1


@in_turn
def test_this_month_so_far_against_last_month_by_day(hand: Hand) -> None:
    hand.click(preset(hand, "Month"))
    hand.visit.until(lambda: period(hand) == ["this-month"], hand.visit.params)
    hand.visit.settled()
    rows = hand.visit.rows("overview")
    days = [
        [date.fromisoformat(row["bucket"][:10]) for row in rows if row["series"] == name]
        for name in dict.fromkeys(row["series"] for row in rows)
    ]
    now, before = days
    assert {day.month for day in now} == {now[-1].month}
    assert [day.day for day in now] == list(range(1, len(now) + 1))
    assert [day.day for day in before] == [day.day for day in now]
    assert before[0].month % 12 + 1 == now[0].month
    assert hand.actions <= 1


def drag(hand: Hand, first: float, last: float) -> None:
    """Drag over the chart from one place to another; a bucket reaches half a place to each side."""
    chart = hand.tab.locator(".js-plotly-plot").first
    hand.visit.settled()
    chart.scroll_into_view_if_needed()
    frame, box = chart.bounding_box(), chart.locator(".nsewdrag").first.bounding_box()
    assert frame is not None
    assert box is not None
    left, right = (
        chart.evaluate(
            "(plot, at) => plot._fullLayout.xaxis._offset + plot._fullLayout.xaxis.d2p(at)", at
        )
        for at in (first, last)
    )
    hand.actions += 1
    height = box["y"] + box["height"] / 2
    hand.tab.mouse.move(frame["x"] + left, height)
    hand.tab.mouse.down()
    hand.tab.mouse.move(frame["x"] + right, height, steps=6)
    hand.tab.mouse.up()


def days_shown(hand: Hand) -> list[str]:
    """The days of the chart, from its file."""
    rows = hand.visit.rows("overview")
    return [row["bucket"][:10] for row in rows if row["series"] == rows[0]["series"]]


@in_turn
def test_a_custom_range(hand: Hand) -> None:
    """Somebody drags over it; a longer one is dragged in a longer period."""
    days = days_shown(hand)
    drag(hand, 3.8, 9.2)
    asked = [f"{days[4]}..{days[9]}"]
    hand.visit.until(lambda: period(hand) == asked, hand.visit.params)
    assert hand.actions <= 3


@in_turn
def test_a_custom_range_by_the_calendar(hand: Hand) -> None:
    """The calendar opens with one click, and each end is another."""
    month = days_shown(hand)[0][:7]  # the calendar opens at the first day
    first, last = f"{month}-10", f"{month}-12"
    hand.click(hand.tab.get_by_test_id("stDateInputCalendarButton"))
    for day in ("10", "12"):  # a table has cells as well, which have a column
        hand.click(hand.tab.locator(f"td[role=gridcell]:not([aria-colindex]) >> text=/^{day}$/"))
    hand.visit.until(lambda: period(hand) == [f"{first}..{last}"], hand.visit.params)
    assert hand.actions <= 3


@in_turn
def test_narrow_to_a_domain(hand: Hand) -> None:
    hand.cell("totals_table", 0)
    hand.visit.until(lambda: len(hand.visit.params().get("domain", [])) == 1, hand.visit.params)
    assert hand.actions <= 1


@in_turn
def test_the_top_ten_links(hand: Hand) -> None:
    hand.table("top_links")
    assert hand.actions == 0


@in_turn
def test_open_the_best_link(hand: Hand) -> None:
    hand.cell("top_links", 0)
    hand.visit.until(lambda: "link" in hand.visit.params(), hand.visit.params)
    assert hand.actions <= 1


@in_turn
def test_two_links_on_one_chart(hand: Hand) -> None:
    hand.cell("top_links", 0, column=0)
    hand.visit.idle()
    hand.cell("top_links", 1, column=0)
    hand.click(hand.visit.part("l_compare").get_by_role("button", name="Compare 2"))
    hand.arrives("Compare")
    assert len(hand.visit.params()["item"]) == 2
    assert hand.actions <= 3


@in_turn
def test_logins_side_by_side(hand: Hand) -> None:
    hand.click(hand.tab.get_by_test_id("stPageLink").get_by_text("Compare", exact=True))
    hand.arrives("Compare")
    hand.click(hand.visit.part("l_by").get_by_role("radio", name="By login", exact=True))
    hand.visit.until(lambda: hand.visit.params().get("by") == ["login"], hand.visit.params)
    assert hand.actions <= 2


@in_turn
def test_who_made_this_peak(hand: Hand) -> None:
    """A drag within the highest bucket says it, with links to go on."""
    rows = hand.visit.rows("overview")
    asked = [row for row in rows if row["series"] == rows[0]["series"]]
    place = asked.index(max(asked, key=lambda row: int(row["clicks"] or 0)))
    drag(hand, place - 0.2, place + 0.2)
    hand.visit.until(lambda: "bucket" in hand.visit.params(), hand.visit.params)
    hand.table("bucket_links")
    assert hand.actions <= 1


@in_turn
def test_the_same_view_in_a_fresh_browser(chromium: Any, hand: Hand) -> None:
    hand.visit.tab.goto(f"{hand.visit.address}/compare?form=share&by=login&period=7d&tz=UTC")
    hand.arrives("Compare")
    seen = hand.visit.settled()
    with visiting(chromium, hand.visit.address) as other:
        other.tab.goto(hand.visit.tab.url)
        other.see(other.tab.get_by_role("button", name="Ask again"))
        other.until(lambda: other.settled()[1] == seen[1], other.shown)
    chosen = hand.visit.part("l_form").get_by_role("radio", name="Share of total", exact=True)
    sync_api.expect(chosen).to_be_checked(timeout=PATIENCE)


@in_turn
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("organization?unit=week&units=5&tz=UTC", "/"),
        ("link_clicks?units=9&tz=UTC&link=bit.ly%2Fnosuch", "/link"),
        ("compare_domains?units=9&tz=UTC&domain=aur.example&domain=nlj.example", "/compare"),
    ],
)
def test_an_old_address_opens_the_same_question(hand: Hand, old: str, new: str) -> None:
    asked = old.partition("?")[2]
    hand.tab.goto(f"{hand.visit.address}/{old}")
    hand.visit.until(
        lambda: hand.tab.url.startswith(f"{hand.visit.address}{new}?"), lambda: hand.tab.url
    )
    hand.visit.idle()
    wanted = test_browser.parse_qs(asked)
    hand.visit.until(
        lambda: wanted.items() <= hand.visit.params().items(), lambda: hand.visit.params()
    )
