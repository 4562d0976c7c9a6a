"""The page Compare without a browser: its numbers by a second count, its address and its bar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from apptest import ROOT, address, again, as_seen, captions, opened, plain, said, table
from counter import Counter, edges
from streamlit.testing.v1 import AppTest
from tiers import WITHOUT_SHARED
from views import ENVIRONMENT, USAGOV, demo_environment, known_sum, usagov_counter

from bitly_data.client import Client
from bitly_data.query import LINK, ONLY_OTHERS, ClickQuery
from bitly_data.views.lineup import (
    BY,
    DOMAIN,
    FORMS,
    LOGIN,
    MOST_LINES,
    SCALES,
    Item,
    item_names,
    titles_of,
)
from pages.components import compare_page
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.lineup_bar import NOT_FOUND
from pages.components.controls.table import Choices
from pages.components.destinations import NEXT

NOW = "2026-11-03T15:20:00Z"
KINDS = ("Domain", "Login", "Link", "Item")
SUMS = ("All clicks", "All of them", "All with an answer")
# Hours of the real log, which has no whole day; days of the demo, which has every hour.
PERIODS = {"demo": ("day", 14), "usagov": ("hour", 6)}


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", NOW)


@pytest.fixture(scope="module")
def demo_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Counter]:
    return demo_environment(tmp_path_factory.mktemp("demo"))


@pytest.fixture(params=["demo", "usagov"])
def log(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Counter]]:
    """A click log in the settings, and the second count of it."""
    if request.param == "usagov":
        if not USAGOV.is_dir():
            pytest.skip(WITHOUT_SHARED)
        environment, counter = ENVIRONMENT, usagov_counter()
    else:
        environment, counter = request.getfixturevalue("demo_log")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    yield request.param, counter


def totals(app: AppTest) -> pd.DataFrame:
    """The totals, a row a line."""
    (value,) = (as_seen(item) for item in app.dataframe if item.value.columns[0] in KINDS)
    return value


def rows_by_name(app: AppTest) -> dict[str, tuple[Any, Any]]:
    """The clicks of each row, and the lower bound where these are not known."""
    value = totals(app)
    nothing = pd.Series(np.nan, value.index)
    return {
        name: (None if pd.isna(clicks) else int(clicks), None if pd.isna(least) else int(least))
        for name, clicks, least in zip(
            value.iloc[:, 0],
            value.get("Clicks", nothing),
            value.get("At least", nothing),
            strict=True,
        )
    }


class Second:
    """What a second count has of an item on this page."""

    def __init__(self, counter: Counter, name: str, *, is_v4: bool) -> None:
        self.counter, self.is_v4 = counter, is_v4
        self.unit, self.units = PERIODS[name]
        self.bounds = edges(self.unit, self.units, "UTC", int(counter.t[-1]))

    def rows(self, item: Item | None) -> np.ndarray:
        if item is None:
            found = self.counter.of_organization()
        elif item.kind == LINK:
            return self.counter.of_address(item.name)
        elif item.kind == DOMAIN:
            found = self.counter.of_organization([item.name])
        else:
            found = self.counter.of_organization(login=item.name)
        # On v4 an organization has the clicks on its own links only.
        return found[self.counter.own[found]] if self.is_v4 else found

    def buckets(self, item: Item | None) -> list[int | None]:
        pairs = self.counter.within(self.rows(item), self.bounds)
        return [clicks for _, clicks in self.counter.seen(pairs, self.bounds[-1])]

    def total(self, item: Item | None) -> int | None:
        return known_sum(list(zip(self.bounds, self.buckets(item), strict=False)))


def ranked_items(second: Second) -> dict[str, Item]:
    """The top links by the names that the page gives them."""
    client = Client.from_env()
    query = ClickQuery(unit=second.unit, units=second.units, until=client.newest_click)
    links = [row.link for row in client.ranked_links(query).rows][:8]
    items = [Item(LINK, link.link) for link in links]
    titles = titles_of([*client.links()[0], *links])
    client.close()
    return dict(zip(item_names(items, titles), items, strict=True))


def items_of(app: AppTest, by: str, second: Second) -> dict[str, Item]:
    """What the page's rows count, by their names."""
    if by == LINK:
        return ranked_items(second)
    return {
        name: Item(by, ONLY_OTHERS if name == "other people's links" else name)
        for name in rows_by_name(app)
    }


def check_rows(app: AppTest, second: Second, items: dict[str, Item]) -> int:
    """Each row has the second count's number, or a bound of it, and they add up; how many rows."""
    rows, checked = rows_by_name(app), 0
    for name, (clicks, least) in rows.items():
        whole = name in SUMS
        known = items.get(name)
        if not whole and (known is None or not len(second.rows(known))):
            continue
        expected = second.total(None if whole else known)
        if clicks is not None:
            assert clicks == expected, name
        elif least is not None:
            assert expected is not None and least <= expected, name
        checked += 1
    at = next(place for place, name in enumerate(rows) if name in SUMS)
    told = [clicks if clicks is not None else least or 0 for clicks, least in rows.values()]
    assert sum(told[:at]) == told[at], rows
    return checked


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_the_numbers_are_those_of_a_second_count_and_add_up(
    log: tuple[str, Counter], api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, counter = log
    monkeypatch.setenv("BITLY_API", api)
    monkeypatch.setenv("BITLY_PLAN", "enterprise")
    second = Second(counter, name, is_v4=api == "v4")
    params = {"unit": second.unit, "units": str(second.units), "tz": "UTC"}
    for by in (DOMAIN, LOGIN, LINK):
        app = opened("compare", timeout=90, by=by, **params)
        items = items_of(app, by, second)
        assert check_rows(app, second, items) >= 3, by
        check_buckets(app, second, items)
    assert set(items) <= set(rows_by_name(app))
    top = list(items.values())[:3]
    app = opened("compare", timeout=90, item=[item.text for item in top], **params)
    rows = rows_by_name(app)
    assert len(rows) == 4
    assert rows["All of them"][0] == sum(second.total(item) or 0 for item in top)


def check_buckets(app: AppTest, second: Second, items: dict[str, Item]) -> None:
    """Each bucket of each line has the second count's number."""
    shown = table(app)
    for name in set(shown["Series"]) & set(items):
        item = items[name]
        if not len(second.rows(item)):
            continue
        rows = shown[shown["Series"] == name]["Clicks"].tolist()[::-1]
        seen = [None if pd.isna(clicks) else int(clicks) for clicks in rows]
        for clicks, expected in zip(seen, second.buckets(item), strict=True):
            assert clicks is None or clicks == expected, name


# -- the address ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by", BY)
def test_every_choice_of_the_bar_is_written_and_read_back(by: str, form: str, scale: str) -> None:
    for most, switch in zip(MOST_LINES, (False, True, False, True), strict=True):
        choices = Choices(
            items=("bit.ly/A", "a.example", "@ann", "!"),
            by=by,
            form=form,
            scale=scale,
            log=switch,
            own_scales=not switch,
            most_lines=most,
        )
        assert parse_address(serialize(choices)) == (choices, [])


@pytest.mark.parametrize(
    ("form", "scale"),
    [*((form, "clicks") for form in FORMS), *(("lines", scale) for scale in SCALES)],
)
def test_every_form_and_scale_is_drawn_from_the_address(demo: None, form: str, scale: str) -> None:
    app = opened("compare", form=form, scale=scale, log="1", own="1", lines="5", units="10")
    asked = address(app)
    assert asked.get("form", ["lines"]) == [form] and asked.get("scale", ["clicks"]) == [scale]
    assert (asked["log"], asked["own"], asked["lines"]) == (["1"], ["1"], ["5"])
    assert len(app.get("plotly_chart")) == 1
    assert app.segmented_control(key="l_form").value == form
    assert app.radio(key="l_scale").value == scale


def asked_of(app: AppTest) -> dict[str, list[str]]:
    """The address without the zone, which each page writes once somebody chose something."""
    return {name: values for name, values in address(app).items() if name != "tz"}


def test_what_is_chosen_in_the_bar_is_written_into_the_address(demo: None) -> None:
    app = opened("compare")
    app.segmented_control(key="l_by").set_value(LOGIN)
    again(app)
    assert asked_of(app) == {"by": ["login"]}
    assert totals(app).columns[0] == "Login"
    app.segmented_control(key="l_form").set_value("stacked")
    again(app)
    app.radio(key="l_scale").set_value("cumulative")
    again(app)
    app.segmented_control(key="l_lines").set_value(5)
    again(app)
    assert asked_of(app) == {
        "by": ["login"], "form": ["stacked"], "scale": ["cumulative"], "lines": ["5"],
    }  # fmt: skip
    assert "3 others" in rows_by_name(app)
    assert not app.exception and not app.error


def test_items_of_any_kind_stand_side_by_side(demo: None) -> None:
    app = opened("compare", item=["aur.example", "@aurora_eu", "!", "aur.example"])
    assert list(rows_by_name(app)) == [
        "aur.example", "aurora_eu", "other people's links", "All clicks",
    ]  # fmt: skip
    assert address(app)["item"] == ["aur.example", "@aurora_eu", "!"]
    assert app.segmented_control(key="l_by").value is None
    assert "so they do not add up" in captions(app)
    app.segmented_control(key="l_by").set_value(DOMAIN)
    again(app)
    assert asked_of(app) == {}


def test_a_bad_item_is_left_out_with_a_sentence(demo: None) -> None:
    app = opened("compare", item=["jacket"])
    assert "item" not in address(app)
    assert any("is no link, domain or login" in text for text in said(app))


def test_the_old_address_opens_the_same_question(demo: None) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    app.switch_page("pages/compare_domains.py")
    app.query_params["domain"] = ["aur.example", "nlj.example"]
    app.query_params["units"] = "5"
    again(app)
    again(app.switch_page("pages/compare.py"))
    assert list(rows_by_name(app)) == ["aur.example", "nlj.example", "All of them"]
    assert len(table(app)) == 10
    now = opened("compare", domain=["aur.example", "nlj.example"], units="5")
    assert rows_by_name(now) == rows_by_name(app)


# -- the picker -----------------------------------------------------------------------------------


def test_the_picker_holds_what_is_shown_and_takes_more(demo: None) -> None:
    app = opened("compare", item=["aur.example"])
    box = app.multiselect(key="l_items")
    assert box.value == ["aur.example"]
    assert {"go.aurora.example", "aurora_eu", "other people's links"} <= set(box.options)
    box.set_value(["aur.example", "@aurora_eu"])
    again(app)
    assert address(app)["item"] == ["aur.example", "@aurora_eu"]


def test_a_search_that_nothing_matches_says_so(demo: None) -> None:
    app = opened("compare")
    app.session_state[NOT_FOUND] = ["zebra"]
    again(app)
    assert any("Nothing matches “zebra”" in plain(item.value) for item in app.info)
    app.segmented_control(key="l_form").set_value("share")
    again(app)
    assert not app.info  # it is over with the next choice


# -- where a row leads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "file", "params"),
    [
        (Item(LINK, "bit.ly/A"), "pages/link.py", {"link": ["bit.ly/A"], "login": ["bob"]}),
        (Item(DOMAIN, "a.example"), "app.py", {"domain": ["a.example"]}),
        (Item(LOGIN, "ann"), "app.py", {"login": ["ann"]}),
        (Item(LOGIN, ONLY_OTHERS), "app.py", {"login": ["!"]}),
    ],
)
def test_a_row_leads_to_its_page_with_the_same_question(
    item: Item, file: str, params: dict[str, list[str]]
) -> None:
    before = {"units": ["7"], "login": ["bob"]}
    leads = compare_page.opened_by(item, before)
    assert (leads.file, leads.params) == (file, {"units": ["7"]} | params)


def test_a_click_on_a_row_is_followed(demo: None) -> None:
    app = opened("compare", units="7")
    before = {"units": ["7"], "tz": ["UTC"]}
    app.session_state[NEXT] = compare_page.opened_by(Item(DOMAIN, "nlj.example"), before)
    again(app)
    assert app.title[0].value == "Overview"
    asked = address(app)
    assert (asked["domain"], asked["units"]) == (["nlj.example"], ["7"])


def test_a_phone_has_three_columns_and_short_names(
    demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_page, "is_phone", lambda: True)
    app = opened("compare")
    (shown,) = (item for item in app.dataframe if item.value.columns[0] in KINDS)
    assert f'"width": {compare_page.PHONE_NAME_WIDTH}' in shown.proto.columns
