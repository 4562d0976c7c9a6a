"""The pages without a browser: what the address or the sidebar asks is what is shown."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import tiers
from apptest import (
    ROOT,
    address,
    again,
    captions,
    controls_of,
    errors,
    figure,
    menu_is_whole,
    metrics,
    opened,
    plain,
    rows_add_up,
    said,
    table,
    tables,
    total,
    totals,
)
from counter import Counter, edges
from requests import Response
from requests.adapters import HTTPAdapter
from streamlit.testing.v1 import AppTest
from tiers import WITHOUT_SHARED
from urllib3 import HTTPResponse
from views import (
    DEMO_ENDS,
    ENVIRONMENT,
    PAGES,
    USAGOV,
    Sampler,
    View,
    ZoneSampler,
    known_sum,
    usagov_counter,
    view_words,
    zone_view_words,
)

from bitly_data import cache, client
from bitly_data.client import Client
from bitly_data.errors import error_for
from bitly_data.query import ClickQuery
from bitly_data.settings import BITLY_URL
from bitly_data.transport.retry import RetryPolicy
from pages.components import menu
from pages.components.controls import address_bar

# The demo at a fixed time: a Tuesday, a day after America put its clocks back.
NOW = "2026-11-03T15:20:00Z"
EVERY = sorted(PAGES)
ORGANIZATION = ["compare", "overview"]


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", NOW)


@pytest.fixture
def usagov(monkeypatch: pytest.MonkeyPatch) -> None:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def sidebar_is_there(app: AppTest) -> bool:
    return app.sidebar.selectbox(key="q_unit").value in (
        "hour",
        "day",
        "week",
        "month",
        "minute",
    ) and menu_is_whole(app)


# -- every page first -----------------------------------------------------------------------------


@pytest.mark.parametrize("place", EVERY)
def test_a_page_opens_first_by_itself(place: str) -> None:
    """On the demo by the machine's clock, as it is for everybody who tries it."""
    app = opened(place)
    assert (list(app.error), list(app.warning)) == ([], [])
    title = plain(app.title[0].value)
    if place == "link":  # it says which one: the newest
        assert title.removesuffix("…") in app.selectbox(key="q_link").options[0]
        assert len(title) > 3
    else:
        assert title == {"overview": "Overview", "compare": "Compare"}[place]
    assert "Demo data" in captions(app)
    assert "no token and no click log is set" in captions(app)
    assert len(table(app)) == (150 if place == "compare" else 30)
    assert table(app)["Clicks"].sum() > 0
    assert len(app.get("plotly_chart")) == 1
    assert set(address(app)) == ({"link", "tz"} if place == "link" else {"tz"})
    assert sidebar_is_there(app)


@pytest.mark.parametrize("place", EVERY)
def test_the_menu_carries_the_question(demo: None, place: str) -> None:
    app = opened(place, unit="week", units="5", tz="Asia/Tokyo")
    links = app.sidebar.get("page_link")
    assert [link.proto.label for link in links] == [entry.page.label for entry in menu.entries()]
    assert menu_is_whole(app)
    app.selectbox(key="q_unit").select("hour")
    again(app)
    for link in app.sidebar.get("page_link"):
        assert "unit=hour" in link.proto.query_string
        assert "tz=Asia" in link.proto.query_string


def test_going_on_by_the_menu_keeps_the_question(demo: None) -> None:
    asked = {
        "unit": ["week"],
        "units": ["6"],
        "tz": ["Asia/Tokyo"],
        "week": ["sunday"],
        "until": ["2026-10-20T00:00:00Z"],
        "domain": ["nlj.example"],
        "login": ["!"],
    }
    app = opened("overview", **asked)
    for place in ("compare", "overview", "link", "overview", "link", "overview"):
        app.switch_page(PAGES[place])
        again(app)
        assert {**address(app), "link": []} == {**asked, "link": []}, place
        app.number_input(key="q_units").set_value(len(place))
        again(app)
        asked["units"] = [str(len(place))]
        assert {**address(app), "link": []} == {**asked, "link": []}, place
        assert table(app)["Week"].nunique() == len(place)


@pytest.mark.parametrize("place", EVERY)
def test_an_address_is_kept_as_it_is(demo: None, place: str) -> None:
    link = address(opened("link"))["link"][0]
    asked = {
        "unit": ["hour"],
        "units": ["7"],
        "tz": ["Asia/Kolkata"],
        "until": ["2026-10-25T01:30:17Z"],
        "limit": ["5"],
        "week": ["sunday"],
        "domain": ["aur.example", "nlj.example"],
        "login": ["!"],
        "link": [link],
    }
    app = opened(place, **asked)
    assert address(app) == asked
    assert address(again(app)) == asked
    assert len(table(app)) == (14 if place == "compare" else 7)


# -- each control, from the address and by hand ---------------------------------------------------


def shown(app: AppTest) -> tuple:
    """What a reader can tell apart."""
    numbers = (
        []
        if not app.dataframe
        else [tuple(row) for row in table(app).astype("str").itertuples(index=False)]
    )
    # Of a chart the title, and what stands behind its "?".
    heads = [(item.value, item.proto.help) for item in app.markdown if item.value.startswith("**")]
    assert len(heads) >= len(app.get("plotly_chart"))
    return sorted(metrics(app).items()), numbers, str(heads)


CHANGES: list[tuple[str, str, list[str]]] = [
    ("unit", "hour", EVERY),
    ("unit", "week", EVERY),
    ("unit", "month", EVERY),
    ("unit", "minute", ["link"]),
    ("units", "7", EVERY),
    ("units", "all", EVERY),
    ("tz", "Asia/Tokyo", EVERY),
    ("tz", "-5", EVERY),
    ("until", "2026-10-20T00:00:00Z", EVERY),
    ("rollup", "1", EVERY),
    ("limit", "5", EVERY),
    ("domain", "nlj.example", ORGANIZATION),
    ("domain", "aurora.example", ORGANIZATION),
    ("login", "!", ORGANIZATION),
]


@pytest.mark.parametrize(("name", "value", "pages"), CHANGES)
def test_a_control_in_the_address_changes_what_is_shown(
    demo: None, name: str, value: str, pages: list[str]
) -> None:
    for place in pages:
        link = {"link": address(opened("link"))["link"][0]} if place == "link" else {}
        app = opened(place, **link, **{name: value})
        assert not app.error, place
        assert all(name == "limit" and "25 not known." in text for text in said(app)), place
        assert shown(app) != shown(opened(place, **link)), place
        assert address(app)[name] == [value], place


def test_a_week_begins_when_it_is_asked_to(demo: None) -> None:
    for place in EVERY:
        monday, sunday = (opened(place, unit="week", week=day) for day in ("monday", "sunday"))
        assert table(monday)["Week"].iloc[0] == "week of 2 Nov 2026"
        assert table(sunday)["Week"].iloc[0] == "week of 1 Nov 2026"
        assert "week" not in address(monday)  # it is the default
        assert address(sunday)["week"] == ["sunday"]


def test_another_link_is_another_view(demo: None) -> None:
    app = opened("link")
    offered = app.selectbox(key="q_link").options
    assert len(offered) > 100
    app.selectbox(key="q_link").select_index(5)
    before = shown(app)
    again(app)
    assert shown(app) != before
    assert offered[5].startswith(address(app)["link"][0])
    assert table(app)["Series"].unique().tolist() == address(app)["link"]
    assert shown(opened("link", **address(app))) == shown(app)


def test_every_link_is_found_by_a_search(usagov: None) -> None:
    app = opened("link", units="3")
    (box,) = [item for item in app.text_input if item.key == "q_link_search"]
    listed = app.selectbox(key="q_link").options
    assert len(listed) == 1000
    assert "The 1,000 newest of 1,355 links are listed." in captions(app)
    box.set_value("mars")
    again(app)
    found = app.selectbox(key="q_link").options
    assert 3 < len(found) < 1000
    assert set(found) - set(listed)
    assert f"{len(found) - 1:,} links match." in captions(app)  # what is chosen stays in the list
    assert all("mars" in option.lower() for option in found[:-1])
    link = found[0].split(" · ")[0]
    app.selectbox(key="q_link").select_index(0)
    assert address(again(app))["link"] == [link]
    app.text_input(key="q_link_search").set_value("no such link anywhere")
    assert "No link matches." in captions(again(app))
    assert address(app)["link"] == [link]
    assert not app.error


def test_a_list_that_is_whole_needs_no_search(demo: None) -> None:
    assert not opened("link").text_input


def test_now_is_another_end_than_the_newest_click(
    usagov: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_NOW", "2013-05-20T00:00:00Z")
    assert table(opened("overview"))["Day"].iloc[0] == "Fri 17 May 2013"
    app = opened("overview", until="now")
    assert table(app)["Day"].iloc[0] == "Mon 20 May 2013"
    assert app.selectbox(key="q_end").value == "Now"


@pytest.mark.parametrize("place", EVERY)
def test_a_widget_writes_the_address(demo: None, place: str) -> None:
    app = opened(place)
    link = {"link": address(app)["link"]} if place == "link" else {}
    steps: list[tuple[Callable[[], Any], str, list[str]]] = [
        (lambda: app.selectbox(key="q_unit").select("hour"), "unit", ["hour"]),
        (lambda: app.number_input(key="q_units").set_value(9), "units", ["9"]),
        (lambda: app.selectbox(key="q_zone").select("Asia/Tokyo"), "tz", ["Asia/Tokyo"]),
        (lambda: app.selectbox(key="q_week").select(6), "week", ["sunday"]),
        (lambda: app.number_input(key="q_limit").set_value(4), "limit", ["4"]),
        (lambda: app.toggle(key="q_rollup").set_value(True), "rollup", ["1"]),
        (lambda: app.toggle(key="q_rollup").set_value(False), "rollup", []),
        (lambda: app.number_input(key="q_limit").set_value(None), "limit", []),
        (lambda: app.selectbox(key="q_unit").select("week"), "unit", ["week"]),
        (lambda: app.number_input(key="q_units").set_value(9), "units", ["9"]),
        (lambda: app.toggle(key="q_all").set_value(True), "units", ["all"]),
        (lambda: app.toggle(key="q_all").set_value(False), "units", ["9"]),
        (
            lambda: (
                app.selectbox(key="q_end").select("Chosen"),
                again(app),
                app.datetime_input(key="q_end_at").set_value(datetime(2026, 11, 3, 9, 30)),
            ),
            "until",
            ["2026-11-03T00:30:00Z"],
        ),
    ]
    if place != "link":
        steps += [
            (
                lambda: app.multiselect(key="q_domains").set_value(["nlj.example"]),
                "domain",
                ["nlj.example"],
            ),
            (lambda: app.selectbox(key="q_login").select("!"), "login", ["!"]),
        ]
    expected: dict[str, list[str]] = {"tz": ["UTC"], **link}
    # Another unit keeps the period, other units or another end take its place.
    kept = iter(["30d", "9h"])
    for step, name, value in steps:
        step()
        again(app)
        expected.pop(name, None)
        expected |= {name: value} if value else {}
        if name == "unit":
            expected |= {"period": [next(kept)]}
            expected.pop("units", None)
        elif name in ("units", "until"):
            expected.pop("period", None)
        assert address(app) == expected, name
        assert not app.error, name
    assert shown(opened(place, **expected)) == shown(app)


@pytest.mark.parametrize("place", EVERY)
def test_the_zone_is_in_the_address_also_when_it_is_the_browser_s(
    demo: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    app = opened(place)
    assert address(app)["tz"] == ["UTC"]
    app.selectbox(key="q_zone").select("Asia/Tokyo")
    assert address(again(app))["tz"] == ["Asia/Tokyo"]
    app.selectbox(key="q_zone").select("UTC")
    assert address(again(app))["tz"] == ["UTC"]
    for link in app.sidebar.get("page_link"):
        assert "tz=UTC" in link.proto.query_string
    # Somebody elsewhere sees the same.
    monkeypatch.setattr(address_bar, "browser_zone", lambda: "Asia/Tokyo")
    assert shown(opened(place, **address(app))) == shown(app)
    assert address(opened(place))["tz"] == ["Asia/Tokyo"]


@pytest.mark.parametrize(
    ("written", "zone"), [("05", "5"), ("+5", "5"), ("-0", "0"), ("-05", "-5")]
)
def test_hours_from_utc_are_offered_as_one_zone(demo: None, written: str, zone: str) -> None:
    app = opened("overview", tz=written)
    assert address(app)["tz"] == [zone]
    assert app.selectbox(key="q_zone").value == zone
    assert len(set(app.selectbox(key="q_zone").options)) == len(app.selectbox(key="q_zone").options)
    assert said(app) == []


# -- what a question does not take ----------------------------------------------------------------


@pytest.mark.parametrize("place", ORGANIZATION)
def test_an_organization_has_no_link_and_no_minutes(demo: None, place: str) -> None:
    app = opened(place)
    assert "q_link" not in controls_of(app)
    assert "minute" not in app.selectbox(key="q_unit").options
    assert app.selectbox(key="q_unit").help == "Minutes are counted for links only."
    app = opened(place, unit="minute", units="10")
    assert said(app) == ["Minutes are counted for links only. Hours are shown."]
    assert table(app).columns[0] == "Hour"
    assert not app.error
    assert sidebar_is_there(app)


def test_a_link_has_no_domain_and_no_login(demo: None) -> None:
    app = opened("link")
    assert not {"q_domains", "q_login"} & controls_of(app)
    assert "cannot be narrowed" not in captions(app)
    narrowed = opened("link", link=address(app)["link"], domain="nlj.example", login="!")
    assert shown(narrowed) == shown(app)
    assert address(narrowed)["domain"] == ["nlj.example"]  # the next page takes it


def test_minutes_have_no_other_end(demo: None) -> None:
    app = opened("link", unit="minute", units="60")
    assert app.selectbox(key="q_end").disabled
    assert app.selectbox(key="q_end").help == "Minutes always end now."
    assert app.datetime_input(key="q_end_at").disabled
    assert app.toggle(key="q_all").disabled
    assert app.number_input(key="q_units").max == 60
    assert "Minutes always end now." in captions(app)
    assert len(table(app)) == 60
    assert table(app)["Minute"].iloc[0] == "Tue 3 Nov 2026 15:20 +00:00"


def test_a_moment_is_set_only_for_a_chosen_end(demo: None) -> None:
    app = opened("overview")
    assert app.datetime_input(key="q_end_at").disabled
    app.selectbox(key="q_end").select("Chosen")
    assert not again(app).datetime_input(key="q_end_at").disabled


def test_the_moment_moves_with_the_zone_until_it_is_chosen(demo: None) -> None:
    app = opened("overview")

    def moment() -> datetime:
        return app.datetime_input(key="q_end_at").value

    assert moment() == datetime(2026, 11, 3, 15, 20)
    app.selectbox(key="q_zone").select("Asia/Tokyo")
    again(app)
    assert moment() == datetime(2026, 11, 4, 0, 20)
    app.selectbox(key="q_end").select("Chosen")
    assert address(again(app))["until"] == ["2026-11-03T15:20:00Z"]
    # A chosen one is a wall clock's, whatever zone it hangs in.
    app.selectbox(key="q_zone").select("UTC")
    again(app)
    assert moment() == datetime(2026, 11, 4, 0, 20)
    assert address(app)["until"] == ["2026-11-04T00:20:00Z"]
    app.selectbox(key="q_end").select("Now")
    again(app)
    assert moment() == datetime(2026, 11, 4, 0, 20)
    app.selectbox(key="q_zone").select("Asia/Tokyo")
    again(app)
    assert moment() == datetime(2026, 11, 4, 9, 20)
    assert "until" not in address(app)


def test_totals_only_is_a_number_and_no_chart(demo: None) -> None:
    whole, app = opened("overview"), opened("overview", rollup="1")
    assert total(app) == total(whole) == table(whole)["Clicks"].sum()
    assert len(app.get("plotly_chart")) == 0
    assert table(app)["Clicks"].tolist() == [total(app)]


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"units": "0"}, "“units=0” in the address was left out: choose 1 to 20,000."),
        ({"units": "100000"}, "“units=100000” in the address was left out: choose 1 to 20,000."),
        (
            {"tz": "Nowhere/Land"},
            "“tz=Nowhere/Land” in the address was left out: choose an IANA name "
            "such as Europe/Tallinn, or whole hours from -14 to 14.",
        ),
        ({"utm_source": "x"}, "“utm_source” in the address is not known here and was left out."),
        (
            {"tz": "![x](http://host.example/x.png)"},
            "“tz=![x](http://host.example/x.png)” in the address was left out: choose an IANA name "
            "such as Europe/Tallinn, or whole hours from -14 to 14.",
        ),
    ],
)
@pytest.mark.parametrize("place", EVERY)
def test_a_bad_address_is_dropped_with_a_sentence(
    demo: None, place: str, params: dict, sentence: str
) -> None:
    app = opened(place, **params)
    assert said(app) == [sentence]
    assert "](" not in app.warning[0].value  # no Markdown of somebody else's
    assert not app.error
    assert set(address(app)) <= {"link", "tz"}
    assert address(app)["tz"] == ["UTC"]
    plain_page = opened(place)
    assert shown(app) == shown(plain_page)
    # The sentence stays until something else is chosen.
    assert said(again(app)) == [sentence]
    app.number_input(key="q_units").set_value(3)
    assert said(again(app)) == []


@pytest.mark.parametrize(
    ("place", "params", "sentence"),
    [
        (
            "link",
            {"link": "bit.ly/nosuchlink"},
            "Bitly does not know this link: check the spelling",
        ),
        *(
            (
                place,
                {"domain": "foreign.example"},
                "This domain does not belong to the organization",
            )
            for place in ORGANIZATION
        ),
        *(
            (place, {"login": "nobody"}, "This login is not an account of the organization")
            for place in ORGANIZATION
        ),
        *(
            (place, {"units": "20000", "unit": "month"}, "20,000 months reach back before 1970")
            for place in EVERY
        ),
    ],
)
def test_a_question_without_an_answer_has_one_sentence(
    demo: None, place: str, params: dict, sentence: str
) -> None:
    app = opened(place, **params)
    (error,) = errors(app)
    assert error.startswith(sentence)
    assert error.endswith(".")
    assert sidebar_is_there(app)
    assert len(app.metric) == 0
    # The way out is in the sidebar.
    for key in ("q_link", "q_login"):
        if key in controls_of(app):
            app.selectbox(key=key).select_index(0)
    if place != "link":
        app.multiselect(key="q_domains").set_value(["aur.example", "nlj.example"])
    app.number_input(key="q_units").set_value(3)
    assert not again(app).error
    assert len(app.dataframe) > 0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a Bitly of its own process, whose only token is `right`."""
    with subprocess.Popen(
        [sys.executable, "-m", "bitly_data", "serve", "--token", "right"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.mark.parametrize("place", EVERY)
def test_a_server_over_the_wire(monkeypatch: pytest.MonkeyPatch, server: str, place: str) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", server)
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", "right")
    app = opened(place)
    assert not app.error
    assert table(app)["Clicks"].sum() > 0
    assert (
        f"{server.split('//')[1]}, account aurora_eu, by Bitly's v3, because "
        "BITLY_ACCESS_TOKEN is set."
    ) in captions(app)


@pytest.mark.parametrize("place", EVERY)
def test_a_wrong_token_has_one_sentence(
    monkeypatch: pytest.MonkeyPatch, server: str, place: str
) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", server)
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", "wrong-and-secret")
    app = opened(place)
    (error,) = errors(app)
    assert error == (
        "The access token was refused: check BITLY_ACCESS_TOKEN or BITLY_TOKENS, and make a "
        "new one if it was revoked."
    )
    assert len(app.info) == 0
    assert sidebar_is_there(app)
    assert "wrong-and-secret" not in str(app)


@pytest.mark.parametrize("place", EVERY)
def test_a_server_that_is_down_has_one_sentence(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", "http://127.0.0.1:9")  # nobody listens on "discard"
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", "wrong-and-secret")
    app = opened(place)
    (error,) = errors(app)
    assert error == (
        "The server 127.0.0.1:9 cannot be reached: check that it runs and that "
        "BITLY_BASE_URL is right, then try again."
    )
    assert len(app.info) == 0
    assert sidebar_is_there(app)
    assert "wrong-and-secret" not in str(app)


Answers = dict[str, tuple[int, object]]  # status and envelope by path


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What a server far away answers; other paths get 410, as all of Bitly's v3 does."""
    answers: Answers = {}

    def send(_self: object, request: Any, **_kwargs: object) -> Response:
        gone = {"status_code": 410, "status_txt": "PERMANENTLY_REMOVED", "data": None}
        status, envelope = answers.get(urlsplit(request.url).path, (410, gone))
        response = Response()
        response.status_code, response.request, response.url = status, request, request.url
        response.raw = HTTPResponse(
            io.BytesIO(json.dumps(envelope).encode()), preload_content=False
        )
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
    monkeypatch.setattr(client, "POLICY", RetryPolicy(first_wait=0))
    cache._client.clear()
    cache._budgets.clear()  # another test may have used it up
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", "wrong-and-secret")
    monkeypatch.setenv("BITLY_BASE_URL", "https://bitly.example")
    return answers


def refused(status: int, text: str) -> tuple[int, object]:
    return status, {"status_code": status, "status_txt": text, "data": None}


def answered(**data: object) -> tuple[int, object]:
    return 200, {"status_code": 200, "status_txt": "OK", "data": data}


CLICKED = answered(
    organization_clicks=[{"dt": 1_793_664_000, "clicks": 7}],
    link_clicks=[{"dt": 1_793_664_000, "clicks": 7}],
    tz_offset=0,
)
RANKED = answered(popular_links=[{"link": "http://bit.ly/a", "clicks": 7}], tz_offset=0)


@pytest.mark.parametrize("place", EVERY)
@pytest.mark.parametrize(
    "server", [None, BITLY_URL, f"{BITLY_URL}:443", "https://api.bitly.com", "https://api.bit.ly"]
)
def test_bitly_itself_is_off(
    monkeypatch: pytest.MonkeyPatch, upstream: Answers, place: str, server: str | None
) -> None:
    monkeypatch.setenv("BITLY_API", "v3")
    if server is None:
        monkeypatch.delenv("BITLY_BASE_URL")
    else:
        monkeypatch.setenv("BITLY_BASE_URL", server)
    app = opened(place)
    (error,) = errors(app)
    assert error == (
        "Bitly switched its v3 API off for good: set BITLY_API to v4 and leave "
        "BITLY_BASE_URL away, or set it to a server that speaks v3."
    )
    assert (len(app.info), len(app.warning)) == (0, 0)
    assert "off for good" not in captions(app)
    assert sidebar_is_there(app)
    app.number_input(key="q_units").set_value(7)
    assert address(again(app))["units"] == ["7"]
    assert errors(app) == [error]


@pytest.mark.parametrize("place", EVERY)
def test_clicks_are_shown_also_when_the_account_is_not(upstream: Answers, place: str) -> None:
    """A token may see clicks and not whose they are."""
    upstream["/v3/user/info"] = refused(403, "NOT_ALLOWED")
    upstream["/v3/user/link_history"] = answered(link_history=[], result_count=0)
    for path in ("/v3/organization/clicks", "/link/clicks", "/v3/link/clicks"):
        upstream[path] = CLICKED
    upstream["/v3/organization/popular_links"] = RANKED
    app = opened(
        place,
        link="bit.ly/a",
        until="2026-11-03T15:20:00Z",
        units="2",
        domain=["aur.example", "nlj.example"],
    )
    assert errors(app) == []
    assert captions(app).count("cannot be listed for this token.") == 1
    assert table(app)["Clicks"].sum() > 0
    if place == "link":
        assert "q_domains" not in controls_of(app)
    else:
        assert app.multiselect(key="q_domains").options == ["aur.example", "nlj.example"]
    assert sidebar_is_there(app)


@pytest.mark.parametrize("place", EVERY)
@pytest.mark.parametrize(
    "refusal",
    [
        refused(403, "NOT_ALLOWED"),
        refused(403, "INVALID_ACCESS_TOKEN"),
        refused(500, "MISSING_ARG_ACCESS_TOKEN"),
        refused(403, "RATE_LIMIT_EXCEEDED"),
        refused(503, "UNKNOWN_ERROR"),
    ],
)
def test_who_may_see_nothing_is_told_so_once(
    upstream: Answers, place: str, refusal: tuple[int, Any]
) -> None:
    for path in (
        "/v3/user/info",
        "/v3/user/link_history",
        "/v3/organization/clicks",
        "/link/clicks",
        "/v3/link/clicks",
    ):
        upstream[path] = refusal
    status, envelope = refusal
    app = opened(place)
    (error,) = errors(app)
    if envelope["status_txt"] == "RATE_LIMIT_EXCEEDED":  # nothing is asked for a minute then
        assert re.fullmatch(r"Bitly's rate limit is reached: ask again in \d\d seconds\.", error)
    else:
        assert error == error_for("", status, envelope["status_txt"]).user_message
    assert "cannot be listed" not in captions(app)
    assert (len(app.info), len(app.warning), len(app.metric)) == (0, 0, 0)
    assert sidebar_is_there(app)


def test_a_link_can_be_pasted_also_when_the_account_is_not_known(upstream: Answers) -> None:
    upstream["/v3/user/info"] = refused(403, "NOT_ALLOWED")
    upstream["/v3/user/link_history"] = answered(link_history=[], result_count=0)
    upstream["/link/clicks"] = upstream["/v3/link/clicks"] = CLICKED
    app = opened("link", until="2026-11-03T15:20:00Z", units="2")
    (info,) = app.info
    assert info.value == "Choose a link in the sidebar, or paste one."
    assert errors(app) == []
    assert captions(app).count("cannot be listed for this token.") == 1


def test_a_list_that_fails_for_now_says_why(upstream: Answers) -> None:
    upstream["/v3/user/info"] = refused(503, "UNKNOWN_ERROR")
    upstream["/v3/user/link_history"] = answered(link_history=[], result_count=0)
    upstream["/v3/organization/clicks"] = CLICKED
    upstream["/v3/organization/popular_links"] = RANKED
    app = opened("overview", until="2026-11-03T15:20:00Z", units="2")
    assert errors(app) == []
    assert (
        "cannot be listed now: Bitly could not answer (503): try again in a moment. "
        in captions(app)
    )


def test_an_error_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/no/such/![x](http://host.example/x.png)"
    monkeypatch.setenv("BITLY_CLICK_LOG", path)
    app = opened("overview")
    assert errors(app) == [f"No click log is found at {path!r}."]
    assert "](" not in app.error[0].value


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04", "clicks.log cannot be read: it is a ZIP archive."),
        (b"", "clicks.log holds no clicks: it is empty."),
        (b"what\n", "clicks.log holds no clicks: its line is no click (not JSON)."),
    ],
)
def test_a_log_that_cannot_be_read_says_what_was_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "clicks.log").write_bytes(content)
    monkeypatch.setenv("BITLY_CLICK_LOG", str(tmp_path / "clicks.log"))
    app = opened("overview")
    assert errors(app) == [sentence]
    assert menu_is_whole(app)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"BITLY_CLICK_LOG": "/no/such/file"}, "No click log is found at '/no/such/file'."),
        (
            {"BITLY_ACCESS_TOKEN": "x", "BITLY_BASE_URL": "http://bitly.example"},
            "A token is only sent over https",
        ),
        ({"BITLY_WIRE": "yaml"}, "The wire format must be one of json, xml, txt."),
        ({"BITLY_NOW": "tomorrow"}, "'tomorrow' is not a time for the clock"),
    ],
)
def test_bad_settings_have_one_sentence(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sentence: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    app = opened("overview")
    (error,) = errors(app)
    assert error.startswith(sentence)
    assert menu_is_whole(app)


# -- a click log ----------------------------------------------------------------------------------


def test_the_source_line_says_what_the_log_covers(usagov: None) -> None:
    text = captions(opened("overview"))
    assert "because BITLY_CLICK_LOG is set" in text
    assert "It covers 18 hours between 16 Mar 2012 18:00 and 18 May 2013 00:00 UTC." in text
    assert text.count("16 Mar 2012 18:00") == 2  # and in the list of all spans
    assert "17 May 2013 22:00–17 May 2013 23:59" in text or "17 May 2013 22:00–23:59" in text
    assert "newest click, 17 May 2013 23:10 UTC" in text
    assert "9 files with 55,281 clicks and 1,075 heartbeats; 1 line could not be read" in text


def click(moment: str, **more: object) -> dict:
    return {
        "t": int(datetime.fromisoformat(moment).timestamp()),
        "hh": "go.example",
        "h": "a",
        "l": "us",
        "u": "http://us.example/",
        "hc": 1,
        **more,
    }


@pytest.fixture
def small_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two hours with a gap of three between them, and nothing of Bitly's demo."""
    path = tmp_path / "clicks.gz"
    with gzip.open(path, "wt") as lines:
        for moment in ("2024-05-01T10:05:00Z", "2024-05-01T10:59:00Z", "2024-05-01T14:00:00Z"):
            lines.write(json.dumps(click(moment)) + "\n")
    monkeypatch.setenv("BITLY_CLICK_LOG", str(path))
    return path


def test_buckets_that_the_log_does_not_cover_are_marked(small_log: Path) -> None:
    app = opened("overview", unit="hour", units="6", tz="UTC")
    assert "It covers 2 hours between 01 May 2024 10:00 and 01 May 2024 15:00 UTC." in captions(app)
    assert "01 May 2024 10:00–10:59; 01 May 2024 14:00–14:59." in captions(app)
    numbers = [None if np.isnan(clicks) else clicks for clicks in table(app)["Clicks"]]
    assert numbers == [1, None, None, None, 2, None]
    assert table(app)["Click log"].tolist() == [
        "",
        "not in the log",
        "not in the log",
        "not in the log",
        "",
        "not in the log",
    ]
    names = [trace["name"] for trace in figure(app)["data"]]
    assert "not in the log" in names
    assert "partly in the log" not in names
    assert "Over 2 finished hours, without 4 not in the log." in [
        plain(one.help) for one in app.metric
    ]
    app = opened("link", link="go.example/a", units="2")
    assert table(app)["Click log"].tolist() == ["2 of 24 hours in the log", "not in the log"]
    assert {"partly in the log", "not in the log"} <= {
        trace["name"] for trace in figure(app)["data"]
    }


@pytest.mark.parametrize("place", EVERY)
@pytest.mark.parametrize("unit", ["day", "hour", "month"])
def test_what_has_not_begun_has_no_number_on_a_page(demo: None, place: str, unit: str) -> None:
    app = opened(place, until="2029-05-01T00:00:00Z", unit=unit, units="3", tz="UTC")
    shown = metrics(app)
    if place == "link":  # all time is up to now, whatever the period is
        ever = opened(place, link=address(app)["link"], unit=unit, units="3", tz="UTC")
        assert shown.pop("All time") == metrics(ever)["All time"] != "–"
    assert set(shown.values()) <= {"–"}
    assert bool(shown) == (place != "compare")
    rows = table(app)
    assert set(rows["State"]) == {"not_begun"} and len(rows) >= 3
    assert rows["Clicks"].isna().all()
    for trace in figure(app)["data"]:
        if trace["name"] in set(rows["Series"]):
            is_number = "not known" not in trace["hovertemplate"]
            assert not is_number or all(value is None for value in trace["y"]), trace
    seen = " ".join([*said(app), *(plain(item.help or "") for item in app.metric)])
    seen += " ".join(["", captions(app), *(plain(item.value) for item in app.info)])
    assert "Not begun yet" in seen, seen
    assert not re.search(r"\b0 (clicks|links)|No (clicks|link )|was not clicked", seen), seen
    assert "still filling" not in seen
    for name in ("Rank", "Clicks", "Share", "Change", "Best day"):  # nor in what stands beside it
        for beside in tables(app, name):
            assert beside[name].isna().all(), beside
    if place != "compare":  # there the names of the columns say it
        assert "This period has not begun yet." in seen
    if place == "compare":
        assert "Clicks" not in totals(app) or totals(app)["Clicks"].isna().all()


@pytest.mark.parametrize("odd", [1000, 9_999_999_999])
@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_a_page_goes_by_the_clicks_that_are_not_far_from_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: int, api: str, unit: str
) -> None:
    path = tmp_path / "clicks.log"
    lines = [click("2024-05-07T11:00:00Z", t=at) for at in (1_715_079_600, odd, 1_715_083_200)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    for name, value in {"CLICK_LOG": str(path), "API": api, "NOW": "latest"}.items():
        monkeypatch.setenv(f"BITLY_{name}", value)
    asked = {"unit": unit, "units": "all", "tz": "UTC"}
    for app in (opened("overview", **asked), opened("link", link="go.example/a", **asked)):
        assert total(app) == 2
        # Before these days a plan of v4 has nothing, which is a bucket that is not known.
        numbers = table(app)["Clicks"].dropna().tolist()
        assert numbers == ([1, 1] if unit == "hour" else [2])
        assert len(table(app)) <= len(numbers) + 1
        assert "newest click, 07 May 2024 12:00 UTC" in captions(app)
        assert not re.search("1970|2286", " ".join(metrics(app)) + str(table(app).values))


@pytest.mark.parametrize("is_made", [True, False])
def test_a_new_link_is_averaged_since_it_was_there(
    is_made: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, start = tmp_path / "clicks.log", datetime(2024, 5, 1, tzinfo=UTC)
    lines = [
        {"_heartbeat_": int((start + timedelta(hours=hour)).timestamp())} for hour in range(240)
    ]
    made = int(datetime(2024, 5, 7, 12, tzinfo=UTC).timestamp())
    if not is_made:  # as for a link that is in no list
        monkeypatch.setattr(Client, "made", lambda *_: 0)
    lines += [click(f"2024-05-{day:02}T11:00:00Z", h="new", hc=made) for day in (8, 8, 8, 9, 10)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    monkeypatch.setenv("BITLY_CLICK_LOG", str(path))
    app = opened("link", link="go.example/new", units="10", tz="UTC", until="2024-05-10T23:00:00Z")
    since = (
        "Over 4 finished days since the link was made (Tue 7 May 2024)."
        if is_made
        else "Over 3 finished days since its first click (Wed 8 May 2024)."
    )
    assert metrics(app)["Average"] == ("1.2" if is_made else "1.7")
    assert since in [plain(one.help) for one in app.metric]
    assert total(app) == 5


def test_the_demo_covers_everything(demo: None) -> None:
    app = opened("overview")
    assert "Click log" not in table(app).columns
    assert "Over 29 finished days." in [plain(one.help) for one in app.metric]
    assert {trace["name"] for trace in figure(app)["data"]} == {"organization"}


def test_a_login_is_shown_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clicks.log"
    name = "<b>$us$</b>"
    path.write_text(json.dumps(click("2024-05-01T10:05:00Z", l=name)) + "\n")
    monkeypatch.setenv("BITLY_CLICK_LOG", str(path))
    app = opened("overview", login=name, units="2")
    assert table(app)["Series"].tolist() == [name, name]
    assert figure(app)["data"][0]["name"] == "&lt;b&gt;$us$&lt;/b&gt;"


def test_every_line_that_could_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = json.dumps(click("2024-05-01T10:05:00Z"))
    bad = [
        "no click",
        "[1, 2]",
        json.dumps(click("2024-05-01T10:05:00Z", h="")),
        json.dumps(click("2024-05-01T10:05:00Z", t="soon")),
    ]
    first, second = tmp_path / "a.log", tmp_path / "www.b.example"
    first.write_text("\n".join([good, *bad]) + "\n")
    second.write_text("\n".join([bad[0], good]) + "\n")
    monkeypatch.setenv("BITLY_CLICK_LOG", str(tmp_path))
    app = opened("overview", units="2")
    assert [item.label for item in app.main.expander] == ["Numbers of the chart"]
    assert [item.label for item in app.sidebar.expander] == [
        "More",
        "Hours in the log",
        "Lines that could not be read",
    ]
    (rows,) = tables(app, "Reason")
    assert list(zip(rows["File"], rows["Line"], strict=True)) == [
        (str(first), 2),
        (str(first), 3),
        (str(first), 4),
        (str(first), 5),
        (str(second), 1),
    ]
    assert rows["Reason"].str.len().min() > 3
    assert rows["Reason"].nunique() > 1
    assert "5 lines could not be read" in captions(app)


def test_a_log_without_a_bad_line_names_none(small_log: Path) -> None:
    app = opened("overview", units="2")
    assert tables(app, "Reason") == []
    assert "Lines that could not be read" not in [item.label for item in app.expander]


# -- what is drawn when ----


@pytest.mark.parametrize(
    ("place", "more"),
    [
        *((place, more) for place in ("link", "overview") for more in ("", "raw", "overlay")),
        ("compare", ""),
    ],
)
def test_the_charts_are_drawn_before_what_stands_beside_them_is_asked_for(
    demo: None, monkeypatch: pytest.MonkeyPatch, place: str, more: str
) -> None:
    events: list[str] = []
    load, rank, draw = Client.load, Client.ranked_links, st.plotly_chart

    def seen_load(self: Client, query: ClickQuery, **options: Any) -> Any:
        events.append(
            "asked as answered"
            if query.upstream_buckets
            else "asked"
            if query.until is None
            else "asked beside"
        )
        return load(self, query, **options)

    def seen_rank(self: Client, query: ClickQuery) -> Any:
        events.append("ranked")
        return rank(self, query)

    def seen_draw(*words: Any, **options: Any) -> Any:
        if "key" in options:  # the one that only fetches the browser's part has none
            events.append("drawn")
        return draw(*words, **options)

    monkeypatch.setattr(Client, "load", seen_load)
    monkeypatch.setattr(Client, "ranked_links", seen_rank)
    monkeypatch.setattr(st, "plotly_chart", seen_draw)
    app = opened(place, units="5", tz="UTC", **({more: "1"} if more else {}))
    drawn = events.index("drawn")
    before, after = events[:drawn], [event for event in events[drawn:] if event != "drawn"]
    if place == "compare":
        # The last two are the domains as one and the whole, up to the moment of the others.
        assert before == [*["asked"] * (len(before) - 2), *["asked beside"] * 2]
    else:
        # Where the other period is a line of the chart, the chart is there without it first.
        assert before == ["asked"]
        with_other = ["drawn", "asked beside", "asked beside", "drawn"]
        assert (events[drawn : drawn + 4] == with_other) == (more == "overlay")
        assert "ranked" in after
    assert ("asked as answered" in after) == (more == "raw")
    assert "asked beside" in after
    # And every element is where a reader looks for it.
    kinds = [item.type for item in app.main if hasattr(item, "type")]
    chart_and_table = ["plotly_chart", "dataframe"]
    expected = {
        "compare": ["plotly_chart", *["dataframe"] * 2],  # the totals are above the numbers
        # Below are its addresses, links like it, and its neighbours.
        "link": [
            *["metric"] * 6,
            *chart_and_table * (2 if more == "raw" else 1),
            *["dataframe"] * 3,
        ],
        # Below are top links, domains, and what rose and fell.
        "overview": [
            *["metric"] * 4,
            *chart_and_table * (2 if more == "raw" else 1),
            *["dataframe"] * 3,
        ],
    }[place]
    assert [kind for kind in kinds if kind in set(expected)] == expected
    names = {trace["name"] for trace in figure(app)["data"]}
    assert any("the period before" in name for name in names) == (more == "overlay")
    assert "…" not in metrics(app).values()


def test_who_an_old_link_is_turns_out_when_its_chart_is_drawn(
    demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not among the newest: a ranking tells, for which no chart waits."""
    title = opened("link").title[0].value
    asked = {"units": "5", "tz": "UTC", "link": address(opened("link"))["link"][0]}
    cache._client.clear()
    events: list[str] = []
    rank, draw = Client.ranked_links, st.plotly_chart

    def seen_rank(self: Client, query: ClickQuery) -> Any:
        events.append("ranked")
        return rank(self, query)

    def seen_draw(*words: Any, **options: Any) -> Any:
        events.append("drawn")
        return draw(*words, **options)

    monkeypatch.setattr(Client, "links", lambda *_: ([], True))
    monkeypatch.setattr(Client, "ranked_links", seen_rank)
    app = opened("link", **asked)  # in a session's first run an empty chart is drawn as well
    monkeypatch.setattr(st, "plotly_chart", seen_draw)
    cache._client.clear()
    events.clear()
    again(app)
    assert events[:2] == ["drawn", "ranked"]
    assert app.title[0].value == title
    events.clear()
    assert again(app).title[0].value == title


# -- the comparison of domains --------------------------------------------------------------------


def test_domains_side_by_side(demo: None) -> None:
    asked = {"domain": ["aur.example", "nlj.example"], "units": "5"}
    app = opened("compare", **asked)
    sums = totals(app)
    assert sums["Domain"].tolist() == ["aur.example", "nlj.example", "All of them"]
    by_series = table(app).groupby("Series", sort=False)["Clicks"].sum()
    assert sums["Clicks"].tolist()[:2] == [by_series["aur.example"], by_series["nlj.example"]]
    assert sums["Clicks"].iloc[2] == by_series.sum()  # no click is of both
    assert sums["Share"].iloc[:2].sum() == pytest.approx(100)
    together = figure(app)
    apart, shares = (
        figure(opened("compare", **asked, form=form)) for form in ("multiples", "share")
    )
    assert {trace["name"] for trace in together["data"]} == {"aur.example", "nlj.example"}
    assert {trace["xaxis"] for trace in apart["data"]} == {"x", "x2"}
    assert all(text.endswith(" %") for text in shares["layout"]["yaxis"]["ticktext"])


def test_two_spellings_of_a_domain_are_one_row(demo: None) -> None:
    plainly = opened("compare", domain=["aur.example", "nlj.example"], units="2")
    spelled = ["www.aur.example", "AUR.example.", "aur.example", "nlj.example"]
    app = opened("compare", domain=spelled, units="2")
    assert totals(app).equals(totals(plainly))
    assert table(app).equals(table(plainly))
    assert app.sidebar.multiselect(key="q_domains").value == ["aur.example", "nlj.example"]
    assert address(app)["domain"] == ["aur.example", "nlj.example"]
    assert opened("link", link="www.bit.ly/Ab").sidebar.selectbox(key="q_link").value == "bit.ly/Ab"


def test_a_click_that_counts_for_two_domains_is_said(usagov: None) -> None:
    app = opened("compare", domain=["go.nasa.gov", "nasa.gov"], units="all", unit="month")
    rows = totals(app).set_index("Domain")["Clicks"]
    assert rows["All of them"] < rows["go.nasa.gov"] + rows["nasa.gov"]
    (more,) = rows[rows.index.str.startswith("in more than one")]
    assert rows["All of them"] == rows["go.nasa.gov"] + rows["nasa.gov"] + more
    assert f"{-more:,} clicks count for more than one row" in captions(app)


# -- against a second count -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def usagov_sampler() -> Sampler:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    return Sampler(usagov_counter())


@pytest.fixture(scope="module")
def demo_sampler(demo_clicks: tuple[dict[str, str], Counter]) -> Sampler:
    return Sampler(demo_clicks[1], DEMO_ENDS)


@pytest.fixture
def demo_log(monkeypatch: pytest.MonkeyPatch, demo_clicks: tuple[dict[str, str], Counter]) -> None:
    for name, value in demo_clicks[0].items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def zone_sampler(tmp_path_factory: pytest.TempPathFactory) -> ZoneSampler:
    return ZoneSampler(tmp_path_factory.mktemp("zones"))


def totals_by_domain(app: AppTest) -> pd.Series:
    """The clicks of each row; where no number is known there is no such column."""
    found = totals(app).set_index("Domain")
    return found.get("Clicks", pd.Series(np.nan, found.index))


def check(app: AppTest, view: View) -> None:
    assert not app.error, [item.value for item in app.error]
    assert not app.warning or "limit" in view.params or view.lacks
    rows = table(app)
    for name, pairs in view.expected.items():
        part = rows[rows["Series"] == name]
        clicks = [
            None if value != value else value
            for value in part["Clicks"].astype("float64").tolist()  # NaN
        ]
        assert clicks[::-1] == [value for _, value in pairs]
        assert part.iloc[::-1, 0].tolist() == view.labels()
    assert len(rows) == sum(map(len, view.expected.values()))
    if view.page == "compare":
        expected = [*map(known_sum, view.expected.values()), view.total]
        sums = totals_by_domain(app)
        names = [*view.expected, "All of them"]
        assert [None if np.isnan(clicks) else clicks for clicks in sums[names]] == expected
        assert set(sums.index) - set(names) <= {"in more than one row"}
        rows_add_up(app)
    else:
        assert total(app) == view.total
    if view.page == "overview" and tables(app, "Domain"):
        # One number for one thing: the total above is that of the table below.
        sums = totals_by_domain(app)
        (whole,) = sums[sums.index.str.startswith("All ")]
        assert (None if np.isnan(whole) else whole) == view.total
        rows_add_up(app)


# In the first of these there are clicks; the demo's log gets other views than the real one.
USAGOV_SEEDS, DEMO_SEEDS = 5, 2000


@pytest.mark.sampled("views", "seed", start=USAGOV_SEEDS, words=view_words)
def test_sampled_views_show_the_second_count(
    usagov: None, usagov_sampler: Sampler, seed: int
) -> None:
    check_view(usagov_sampler.view(seed), f"seed {seed}")


@pytest.mark.sampled("demo-views", "seed", start=DEMO_SEEDS, words=view_words)
def test_sampled_views_of_the_demo_s_log_do_too(
    demo_log: None, demo_sampler: Sampler, seed: int
) -> None:
    check_view(demo_sampler.view(seed), f"seed {seed}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("log", "kind", "start"),
    [("usagov", "views", USAGOV_SEEDS), ("demo", "demo-views", DEMO_SEEDS)],
)
def test_there_are_clicks_in_many_sampled_views(
    request: pytest.FixtureRequest, log: str, kind: str, start: int
) -> None:
    sampler: Sampler = request.getfixturevalue(f"{log}_sampler")
    seeds = tiers.seeds(request.config, kind, start)
    assert sum((sampler.view(seed).total or 0) > 0 for seed in seeds) > len(seeds) / 3


def check_view(view: View, words: str, more: Callable[[AppTest], None] = lambda app: None) -> None:
    """Open a view's page; it shows what the second count has."""
    app = opened(view.page, **view.params)
    try:
        check(app, view)
        more(app)
    except AssertionError as problem:
        raise AssertionError(f"{words}: {view.page} {view.params}") from problem


@pytest.mark.sampled("zone-views", "number", words=zone_view_words)
def test_sampled_views_around_changes_of_clocks(
    monkeypatch: pytest.MonkeyPatch, zone_sampler: ZoneSampler, number: int
) -> None:
    view, environment = (one := zone_sampler.view(number)).view, one.environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def lengths_are_said(app: AppTest) -> None:
        uneven = [word for word in lengths_of(view) if word]
        assert ("Length" in table(app).columns) == bool(uneven)
        if uneven:
            assert table(app)["Length"].tolist()[::-1] == [
                word
                for pair in zip(*[lengths_of(view)] * len(view.expected), strict=True)
                for word in pair
            ]

    check_view(view, f"{zone_view_words(number)}, {environment}", lengths_are_said)


@pytest.mark.slow
def test_there_are_clicks_in_most_sampled_views_around_changes(
    zone_sampler: ZoneSampler, pytestconfig: pytest.Config
) -> None:
    numbers = tiers.seeds(pytestconfig, "zone-views")
    assert (
        sum((zone_sampler.view(number).view.total or 0) > 0 for number in numbers)
        > len(numbers) / 2
    )


def lengths_of(view: View) -> list[str]:
    """How long each bucket of a view is, where it is not as long as most."""
    starts = [start for start, _ in next(iter(view.expected.values()))]
    ends = [*starts[1:], edges(view.unit, 1, view.zone, starts[-1])[-1]]
    usual = {"day": 86_400, "hour": 3600}.get(view.unit)
    return [
        ""
        if usual is None or end - start == usual
        else f"{(end - start) / 3600:g} h"
        if view.unit == "day"
        else f"{(end - start) / 60:g} min"
        for start, end in zip(starts, ends, strict=True)
    ]
