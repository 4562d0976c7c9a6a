"""The controls of the sidebar: each row of the table, and what each page draws of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from apptest import EVERY_PAGE, ROOT, address, again, controls_of, opened, said, table
from views import PAGES

from bitly_data.client import Client
from bitly_data.query import ALL_TIME, LINK
from bitly_data.sources.model import Account
from bitly_data.sources.v3.source import CAPABILITIES as V3
from bitly_data.sources.v4.source import CAPABILITIES as V4
from pages.components.controls import COMPARE_PAGE, LINK_PAGE, ORGANIZATION_PAGE
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.question import against_of, taken, to_query
from pages.components.controls.sidebar import KINDS
from pages.components.controls.table import (
    CONTROLS,
    GROUPS,
    LINK_SEARCH,
    NAMES,
    Choices,
    Moment,
    Seeding,
    target_of,
)

NOW = "2026-11-03T15:20:00Z"
NOON = 1_360_411_200
# Other values than the defaults, for each control.
OTHER: Mapping[str, list[Any]] = {
    "unit": ["minute", "hour", "month"],
    "units": [1, 7, ALL_TIME],
    "timezone": ["Asia/Kolkata", "-5", "UTC"],
    "until": ["now", NOON],
    "rollup": [True],
    "limit": [1, 1000],
    "week_start": [1, 6],
    "domains": [("nasa.gov",), ("go.aurora.example", "nasa.gov")],
    "login": ["!", "aurora_eu"],
    "link": ["bit.ly/2uNgpk4"],
    "against": ["year", NOON],
    "weekdays": [True],
    "overlay": [True],
    "upstream_buckets": [True],
    "zone_days": [True],
    "all_addresses": [True],
}
BUCKETS = {"q_unit", "q_units", "q_all", "q_zone", "q_end", "q_end_at"}
COMPARED = {"q_against", "q_against_at", "q_weekdays"}
FOLDED = {"q_week", "q_limit", "q_rollup"}
WHOLE = {"q_domains", "q_login", *BUCKETS, *COMPARED, *FOLDED, "q_exact"}
DRAWN = {
    "overview": {*WHOLE, "q_overlay", "q_as_answered"},
    "organization": {*WHOLE, "q_overlay", "q_as_answered"},
    "compare": WHOLE,
    "link": {"q_link", *BUCKETS, *COMPARED, "q_overlay", *FOLDED, "q_as_answered", "q_together"},
    "connection": set(),
}


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", NOW)


# -- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", CONTROLS)
def test_a_row_is_read_as_it_is_written(field: str) -> None:
    control, plain = CONTROLS[field], Choices()
    for value in OTHER[field]:
        assert value != getattr(plain, field)
        written = control.write(value)
        assert written and all(isinstance(text, str) and text for text in written)
        assert control.parse(written) == value
        chosen = replace(plain, **{field: value})
        assert serialize(chosen) == {control.name: written}
        if value != "minute" or field != "unit":
            assert parse_address({control.name: written}) == (chosen, [])


@pytest.mark.parametrize("field", CONTROLS)
def test_a_row_fills_each_of_its_widgets(field: str) -> None:
    control = CONTROLS[field]
    for newest in (None, NOON):
        for value in (getattr(Choices(), field), *OTHER[field]):
            filled = control.seed(value, Seeding("Asia/Kolkata", newest, NOON + 90.0))
            assert len(filled) == len(control.keys)


def test_what_moments_are_filled_with() -> None:
    until, against = CONTROLS["until"], CONTROLS["against"]
    without, with_log = Seeding("UTC", None, NOON + 90.0), Seeding("UTC", NOON - 17, NOON + 90.0)
    assert until.seed("default", without) == ("Now", Moment(NOON + 60))
    assert until.seed("default", with_log) == ("Newest click", Moment(NOON - 17))
    assert until.seed("now", with_log) == ("Now", Moment(NOON - 17))
    assert until.seed(5_000, with_log) == ("Chosen", Moment(5_000))
    assert against.seed("before", with_log) == ("before", Moment(NOON - 17 - 364 * 86_400))
    assert against.seed(5_000, with_log) == ("chosen", Moment(5_000))


def test_no_two_rows_share_a_name_or_a_widget() -> None:
    assert len(set(NAMES.values())) == len(NAMES) == len(CONTROLS) == len(OTHER)
    keys = [key for control in CONTROLS.values() for key in control.keys] + [LINK_SEARCH]
    assert len(set(keys)) == len(keys)
    assert all(control.kind in KINDS and control.group in GROUPS for control in CONTROLS.values())


def test_what_a_source_does_not_take_has_its_reason() -> None:
    closed = {
        source.name: {field for field, one in CONTROLS.items() if one.is_closed(source)}
        for source in (V3, V4)
    }
    assert closed == {"v3": {"zone_days"}, "v4": set()}
    lacking = {
        source.name: {field for field, one in CONTROLS.items() if one.lacking(source)}
        for source in (V3, V4)
    }
    assert lacking == {"v3": {"zone_days"}, "v4": {"login", "upstream_buckets"}}


# -- what a page asks -----------------------------------------------------------------------------

EVERYTHING = Choices(
    **{field: values[-1] for field, values in OTHER.items() if field not in ("unit", "units")}
)


@pytest.mark.parametrize(
    ("takes", "source", "left_out"),
    [
        (LINK_PAGE, V3, {"domains", "login", "zone_days"}),
        (LINK_PAGE, V4, {"domains", "login", "zone_days"}),
        (ORGANIZATION_PAGE, V3, {"link", "zone_days", "all_addresses"}),
        (ORGANIZATION_PAGE, V4, {"link", "all_addresses"}),
        (COMPARE_PAGE, V4, {"link", "all_addresses", "overlay", "upstream_buckets"}),
    ],
)
def test_a_page_asks_by_its_own_controls(
    takes: tuple[str, ...], source: Any, left_out: set[str]
) -> None:
    own = taken(EVERYTHING, takes, source)
    for field in CONTROLS:
        from_default = field in left_out or field in ("unit", "units")
        expected = Choices() if from_default else EVERYTHING
        assert getattr(own, field) == getattr(expected, field), field
    query = to_query(own, target_of(takes), None, "Asia/Tokyo")
    assert not query.upstream_buckets  # it is shown beside, on any page
    assert (query.zone_days, query.all_addresses) == (own.zone_days, own.all_addresses)
    assert (query.until, query.rollup, query.limit, query.week_start) == (NOON, True, 1000, 6)


def test_a_page_is_about_a_link_if_it_takes_one() -> None:
    targets = [target_of(takes) for takes in (LINK_PAGE, ORGANIZATION_PAGE, COMPARE_PAGE)]
    assert targets == ["link", "organization", "organization"]


def test_the_end_and_the_zone_of_a_question() -> None:
    def asked(newest: int | None = None, **choices: Any) -> tuple[int | None, str]:
        query = to_query(Choices(link="bit.ly/a", **choices), LINK, newest, "Asia/Tokyo")
        return query.until, query.timezone

    assert asked() == (None, "Asia/Tokyo")
    assert asked(NOON) == (NOON, "Asia/Tokyo")
    assert asked(NOON, until="now", timezone="5") == (None, "5")
    assert asked(NOON, until=NOON - 5) == (NOON - 5, "Asia/Tokyo")
    assert asked(NOON, until=NOON - 5, unit="minute") == (None, "Asia/Tokyo")


def test_what_a_period_is_set_against() -> None:
    against = against_of(Choices(against=NOON, weekdays=True))
    assert (against.kind, against.until, against.weekdays) == ("chosen", NOON, True)
    assert against_of(Choices(against="year")).until is None
    assert against_of(Choices()).kind == "before"


# -- what a page draws ----------------------------------------------------------------------------


def test_every_page_is_looked_at() -> None:
    files = {"app.py", *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("pages/*.py"))}
    assert files == {"app.py", *EVERY_PAGE.values()} and set(DRAWN) == set(EVERY_PAGE)


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("place", sorted(DRAWN))
def test_a_page_draws_the_controls_that_it_takes_and_no_other(
    demo: None, monkeypatch: pytest.MonkeyPatch, place: str, api: str
) -> None:
    monkeypatch.setenv("BITLY_API", api)
    app = opened(place, units="3")
    # The search is there where more links are than can be listed.
    drawn = {key for key in controls_of(app) if key.startswith("q_")} - {LINK_SEARCH}
    assert drawn == DRAWN[place]
    groups = [item.label for item in app.sidebar.expander]
    assert groups == (["Comparison", "More"] if place in PAGES else [])


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_each_source_tells_of_a_link_s_addresses(
    demo: None, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    monkeypatch.setenv("BITLY_API", api)
    toggle = opened("link", units="3").toggle(key="q_together")
    assert not toggle.disabled and toggle.help.startswith("A link by each of its hosts")


@pytest.mark.parametrize("place", sorted(set(PAGES) - {"link"}))
def test_a_control_that_the_source_does_not_take_is_disabled_with_its_reason(
    demo: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    key, why = "q_exact", "Asked by v3, every zone has its own days."
    toggle = opened(place, units="3").toggle(key=key)
    assert toggle.disabled and toggle.help.startswith(why)
    monkeypatch.setenv("BITLY_API", "v4")
    toggle = opened(place, units="3").toggle(key=key)
    assert not toggle.disabled and not toggle.help.startswith(why)


ASKED = {
    "unit": ["week"],
    "units": ["6"],
    "tz": ["Asia/Tokyo"],
    "domain": ["nlj.example"],
    "login": ["!"],
    "compare": ["year"],
    "overlay": ["1"],
    "raw": ["1"],
    "exact": ["1"],
    "together": ["1"],
}


def test_a_choice_that_a_page_does_not_draw_goes_there_and_back(demo: None) -> None:
    link = address(opened("link"))["link"]
    asked = ASKED | {"link": link}
    app = opened("organization", **asked)
    for place in ("compare", "link", "overview", "connection", "link", "compare", "organization"):
        app.switch_page(EVERY_PAGE[place])
        again(app)
        assert address(app) == asked, place
        assert said(app) == []
        if place == "connection":
            continue
        # Not only is the address left alone: a control that is drawn writes it with all others.
        app.number_input(key="q_units").set_value(len(place))
        asked["units"] = [str(len(place))]
        assert address(again(app)) == asked, place
        for item in app.sidebar.get("page_link"):
            for name in ("link", "domain", "login", "raw", "exact", "together", "overlay"):
                assert f"{name}=" in item.proto.query_string, (place, name)
    assert app.toggle(key="q_as_answered").value
    assert app.toggle(key="q_overlay").value
    # The other period is drawn as well, and so stands in the table.
    assert table(app)["Week"].nunique() == 2 * len("organization")


def test_a_choice_by_hand_outlives_a_page_that_does_not_draw_it(demo: None) -> None:
    app = opened("organization", units="3", tz="UTC")
    app.toggle(key="q_overlay").set_value(True)
    again(app)
    app.multiselect(key="q_domains").set_value(["nlj.example"])
    again(app)
    app.switch_page(PAGES["link"])
    again(app)
    app.toggle(key="q_together")  # it is on this page only
    app.selectbox(key="q_unit").select("hour")
    again(app)
    app.switch_page(PAGES["compare"])
    again(app)
    assert app.multiselect(key="q_domains").value == ["nlj.example"]
    app.selectbox(key="q_unit").select("week")
    again(app)
    app.switch_page(PAGES["organization"])
    again(app)
    assert app.toggle(key="q_overlay").value
    assert app.multiselect(key="q_domains").value == ["nlj.example"]
    assert {name: value for name, value in address(app).items() if name != "link"} == {
        "unit": ["week"],
        "units": ["3"],
        "tz": ["UTC"],
        "domain": ["nlj.example"],
        "overlay": ["1"],
    }


@pytest.mark.parametrize("place", sorted(PAGES))
def test_the_account_is_looked_up_once(
    demo: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    looked, account = [], Client.account

    def seen(self: Client) -> Account:
        looked.append(place)
        return account(self)

    monkeypatch.setattr(Client, "account", seen)
    app = opened(place, units="3")
    assert looked == [place]
    app.number_input(key="q_units").set_value(4)
    again(app)
    assert looked == [place] * 2
