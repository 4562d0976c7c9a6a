"""The controls of the sidebar: each row of the table, and what each page draws of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from apptest import (
    EVERY_PAGE,
    OLD_ADDRESSES,
    ROOT,
    address,
    again,
    controls_of,
    opened,
    said,
    table,
    whole_address,
)
from views import PAGES

from bitly_data import buckets
from bitly_data.client import Client
from bitly_data.periods import AUTO
from bitly_data.periods import Moment as PeriodMoment
from bitly_data.query import ALL_TIME, LINK
from bitly_data.sources.model import Account
from bitly_data.sources.v3.source import CAPABILITIES as V3
from bitly_data.sources.v4.source import CAPABILITIES as V4
from bitly_data.views.lineup import DEFAULT_LINES, MOST_LINES, SCALES
from bitly_data.views.page_query import ALL_LINKS
from pages.components import overview
from pages.components.controls import COMPARE_PAGE, LINK_PAGE, OVERVIEW_PAGE
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.question import against_of, taken, to_query
from pages.components.controls.sidebar import KINDS
from pages.components.controls.table import (
    BAR,
    COMPARISON,
    CONTROLS,
    GROUPS,
    LINK_SEARCH,
    NAMES,
    PERIOD,
    Choices,
    Moment,
    Seeding,
    target_of,
)

NOW = "2026-11-03T15:20:00Z"
NOON = 1_360_411_200
# Other values than the defaults, for each control.
OTHER: Mapping[str, list[Any]] = {
    "period": ["7d", "this-month", "45d", "2026-10-01..2026-10-31"],
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
    "overlay": [False],
    "upstream_buckets": [True],
    "zone_days": [True],
    "all_addresses": [True],
    "top": [25, ALL_LINKS],
    "search": ["winter sale", "bit.ly/a", "@"],
    "tag": ["always", "two words"],
    "account": ["Acme", "Zeta & Co."],
    "group": ["Acme", "go.ex.com 1"],
    "items": [("bit.ly/2uNgpk4",), ("bit.ly/a", "go.ex.com", "@ann", "!")],
    "bucket": [NOON],
    "by": ["login", "link"],
    "form": ["stacked", "share", "multiples"],
    "scale": list(SCALES)[1:],
    "log": [True],
    "own_scales": [True],
    "most_lines": [one for one in MOST_LINES if one != DEFAULT_LINES],
}
BUCKETS = {"q_unit", "q_units", "q_all", "q_zone", "q_end", "q_end_at"}
COMPARED = {"q_against", "q_against_at", "q_weekdays"}
FOLDED = {"q_week", "q_limit", "q_rollup"}
WHOLE = {"q_domains", "q_login", *BUCKETS, *COMPARED, *FOLDED, "q_exact"}
DRAWN = {
    "overview": {*WHOLE, "q_overlay", "q_as_answered"},
    "links": {"q_domains", "q_login", *BUCKETS, *COMPARED, "q_week"},
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
        # The unit follows from a period.
        chosen = replace(plain, **({"unit": AUTO} if field == "period" else {}), **{field: value})
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
    assert all(
        control.group in GROUPS or control.group is COMPARISON
        for control in CONTROLS.values()
        if control.group is not BAR
    )
    # The bar draws the period itself.
    assert {control.kind for control in CONTROLS.values()} == {*KINDS, PERIOD}
    assert [field for field, one in CONTROLS.items() if one.group is BAR] == [
        "period",
        "account",
        "group",
        "bucket",
        "top",
        "search",
        "tag",
        "items",
        "by",
        "form",
        "scale",
        "log",
        "own_scales",
        "most_lines",
    ]


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


# What only a table of links takes, and what only the comparison does.
OF_LISTS = {"top", "search", "tag"}
OF_LINEUPS = {"items", "by", "form", "scale", "log", "own_scales", "most_lines"}
# Who answers is no part of what is asked.
WHOSE = {"account", "group"}
OF_NEITHER = OF_LISTS | OF_LINEUPS | WHOSE


@pytest.mark.parametrize(
    ("takes", "source", "left_out"),
    [
        (LINK_PAGE, V3, {"domains", "login", "zone_days", *OF_NEITHER}),
        (LINK_PAGE, V4, {"domains", "login", "zone_days", *OF_NEITHER}),
        (OVERVIEW_PAGE, V3, {"link", "zone_days", "all_addresses", *OF_NEITHER}),
        (OVERVIEW_PAGE, V4, {"link", "all_addresses", *OF_NEITHER}),
        (
            COMPARE_PAGE,
            V4,
            {"link", "all_addresses", "overlay", "upstream_buckets", "bucket", *OF_LISTS, *WHOSE},
        ),
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
    targets = [target_of(takes) for takes in (LINK_PAGE, OVERVIEW_PAGE, COMPARE_PAGE)]
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
    at = PeriodMoment(NOON, buckets.zone("UTC"))
    against = against_of(Choices(against=NOON, weekdays=True), at)
    assert (against.kind, against.until, against.weekdays) == ("chosen", NOON, True)
    assert against_of(Choices(against="year"), at).until is None
    assert against_of(Choices(), at).kind == "before"
    # A month is set against the month before, and only where the period before is wanted.
    months = [
        (one.months, one.days)
        for against in ("before", "year", NOON)
        for one in [against_of(Choices(period="this-month", unit=AUTO, against=against), at)]
    ]
    assert months == [(-1, 0), (0, 0), (0, 0)]


# -- what a page draws ----------------------------------------------------------------------------


def test_every_page_is_looked_at() -> None:
    files = {"app.py", *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("pages/*.py"))}
    assert files == {"app.py", *EVERY_PAGE.values(), *OLD_ADDRESSES}
    assert set(DRAWN) == set(EVERY_PAGE)


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("place", sorted(DRAWN))
def test_a_page_draws_the_controls_that_it_takes_and_no_other(
    demo: None, monkeypatch: pytest.MonkeyPatch, place: str, api: str
) -> None:
    monkeypatch.setenv("BITLY_API", api)
    app = opened(place, units="3")
    # The search is there where more links are than can be listed.
    drawn = controls_of(app) - {LINK_SEARCH}
    assert drawn == DRAWN[place]
    assert [item.label for item in app.sidebar.expander] == (
        ["More"] if place != "connection" else []
    )
    in_the_bar = {item.key for item in app.main if getattr(item, "key", None)} & drawn
    assert in_the_bar == DRAWN[place] & {*COMPARED, "q_overlay"}


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
    "overlay": ["0"],
    "raw": ["1"],
    "exact": ["1"],
    "together": ["1"],
}


def test_a_choice_that_a_page_does_not_draw_goes_there_and_back(demo: None) -> None:
    link = address(opened("link"))["link"]
    asked = ASKED | {"link": link}
    app = opened("overview", **asked)
    for place in ("compare", "link", "overview", "connection", "link", "compare", "overview"):
        app.switch_page(EVERY_PAGE[place])
        again(app)
        assert whole_address(app) == asked, place
        assert said(app) == []
        if place == "connection":
            continue
        # Not only is the address left alone: a control that is drawn writes it with all others.
        app.number_input(key="q_units").set_value(len(place))
        asked["units"] = [str(len(place))]
        assert whole_address(again(app)) == asked, place
        for item in app.sidebar.get("page_link"):
            for name in ("link", "domain", "login", "raw", "exact", "together", "overlay"):
                assert f"{name}=" in item.proto.query_string, (place, name)
    assert app.toggle(key="q_as_answered").value
    assert not app.toggle(key="q_overlay").value
    assert table(app)["Week"].nunique() == len("overview")
    # The other period is drawn as well where it is wanted, and so stands in the table.
    app.toggle(key="q_overlay").set_value(True)
    assert table(again(app))["Week"].nunique() == 2 * len("overview")


def test_a_choice_by_hand_outlives_a_page_that_does_not_draw_it(demo: None) -> None:
    app = opened("overview", units="3", tz="UTC", overlay=None)
    app.toggle(key="q_overlay").set_value(False)
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
    app.switch_page(PAGES["overview"])
    again(app)
    assert not app.toggle(key="q_overlay").value
    assert app.multiselect(key="q_domains").value == ["nlj.example"]
    assert {name: value for name, value in whole_address(app).items() if name != "link"} == {
        # Another unit keeps the period.
        "unit": ["week"],
        "period": ["3d"],
        "tz": ["UTC"],
        "domain": ["nlj.example"],
        "overlay": ["0"],
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
    # The overview is drawn once more when it is known who made its peaks.
    monkeypatch.setattr(overview, "ask_for_hover", lambda run, series: None)
    app = opened(place, units="3")
    assert looked == [place]
    app.number_input(key="q_units").set_value(4)
    again(app)
    assert looked == [place] * 2
