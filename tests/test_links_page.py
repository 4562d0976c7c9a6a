"""The page Links: what it lists, that it adds up, and where it leads; without a browser."""

from __future__ import annotations

from collections import Counter as Tally
from pathlib import Path
from typing import Any

import pytest
from apptest import address, again, captions, opened, plain
from counter import DAY, Counter, edges, utc
from streamlit.testing.v1 import AppTest
from support import write_clicks
from tiers import WITHOUT_SHARED
from views import ENVIRONMENT, NEWEST, USAGOV, USAGOV_ACCOUNTS, USAGOV_TRACKING

from bitly_data.demo import LOGINS, TRACKING_DOMAINS
from bitly_data.demo import write_log as write_demo
from bitly_data.views.values import TableFile
from pages.components import link_bar

NOW = "2026-11-10T15:20:00Z"
MOMENT = utc("2026-11-10T15:20:00")


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Counter:
    """The demo, counted once more."""
    path = tmp_path_factory.mktemp("demo") / "clicks.log"
    write_demo(str(path), MOMENT)
    return Counter([path], TRACKING_DOMAINS, MOMENT, LOGINS)


def source(monkeypatch: pytest.MonkeyPatch, api: str, **environment: str) -> None:
    settings = {"BITLY_NOW": NOW, "BITLY_API": api, "BITLY_PLAN": "enterprise"} | environment
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["v3", "v4"])
def demo(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    source(monkeypatch, request.param)
    return str(request.param)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[TableFile]:
    """The files that the page offers, in which nothing is shortened."""
    found: list[TableFile] = []
    monkeypatch.setattr(link_bar, "table_as_file", lambda value, key: found.append(value))
    return found


def links_table(app: AppTest) -> Any:
    (found,) = [item.value for item in app.dataframe if "Title" in item.value.columns]
    return found


def table_key(app: AppTest) -> str:
    (key,) = (str(item.proto.id) for item in app.dataframe if "Title" in item.value.columns)
    return key[key.index("links_") :]


def clicks_of(file: TableFile) -> dict[str, int]:
    """The clicks of each link; those of the others under nothing."""
    pairs = zip(file.columns["link"], file.columns["clicks"], strict=True)
    return {str(link or ""): int(clicks) for link, clicks in pairs if isinstance(clicks, int)}


def truth(
    counter: Counter, span: tuple[int, int], domains: tuple[str, ...] = (), login: str = ""
) -> Tally[str]:
    rows = counter.of_organization(domains, login or None)
    t = counter.t[rows]
    return Tally(counter.link[rows[(t >= span[0]) & (t < span[1])]].tolist())


def check(file: TableFile, tally: Tally[str], shown: int, total: int | None = None) -> None:
    """Whether the rows are the links with most clicks, and add up to all clicks."""
    found = clicks_of(file)
    others = found.pop("", 0)
    assert all(tally[link] == clicks for link, clicks in found.items())
    best = sorted(tally.values(), reverse=True)
    assert list(found.values()) == best[:shown]
    assert others + sum(found.values()) == (sum(tally.values()) if total is None else total)


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_rows_are_what_a_second_count_says(
    demo: str, counter: Counter, files: list[TableFile], zone: str
) -> None:
    app = opened("links", tz=zone, timeout=60)
    bounds = edges("day", 30, zone, MOMENT)
    tally = truth(counter, (bounds[0], bounds[-1]))
    if demo == "v4":  # it has the organization's own links only
        tally = own_only(counter, tally)
    check(files[-1], tally, 15)
    assert len(links_table(app)) == 16
    assert f"{sum(tally.values()):,} clicks" in captions(app)


def own_only(counter: Counter, tally: Tally[str]) -> Tally[str]:
    own = set(counter.link[counter.own].tolist())
    return Tally({link: clicks for link, clicks in tally.items() if link in own})


def test_one_login_of_one_domain_with_its_change(
    demo: str, counter: Counter, files: list[TableFile]
) -> None:
    domain, login = "nlj.example", str(LOGINS[0])
    rows = counter.of_organization((domain,))
    login = Tally(counter.login[rows].tolist()).most_common(1)[0][0]
    opened("links", domain=domain, login=login, top="all", until="2026-11-09T23:59:59Z", timeout=60)
    end = utc("2026-11-10T00:00:00")
    spans = [(end - 30 * DAY, end), (end - 60 * DAY, end - 30 * DAY)]
    now, before = (truth(counter, span, (domain,), login) for span in spans)
    file = files[-1]
    found = clicks_of(file)
    assert {link: clicks for link, clicks in found.items() if clicks} == dict(now)
    changes = dict(zip(file.columns["link"], file.columns["change"], strict=True))
    compared = [link for link in now if before[link]]
    assert compared
    for link in compared:
        assert changes[link] == pytest.approx(now[link] / before[link] - 1, abs=1e-6)
    assert all(changes[link] is None for link in now if not before[link])  # new is no number


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_the_real_clicks(api: str, monkeypatch: pytest.MonkeyPatch, files: list[TableFile]) -> None:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    source(monkeypatch, api, **ENVIRONMENT)
    again_counted = Counter(sorted(USAGOV.glob("*.gz")), USAGOV_TRACKING, NEWEST, USAGOV_ACCOUNTS)
    app = opened("links", top="25", tz="UTC", period="30d", timeout=90)
    bounds = edges("day", 30, "UTC", NEWEST)
    tally = truth(again_counted, (bounds[0], bounds[-1]))
    if api == "v4":
        tally = own_only(again_counted, tally)
    check(files[-1], tally, 25)
    assert "No change is shown" in captions(app)  # the log has hours of both periods only
    assert "of 720 hours in the log" in captions(app)


# -- what is listed -------------------------------------------------------------------------------


def test_a_search_is_in_the_address_and_one_without_a_match_says_so(
    monkeypatch: pytest.MonkeyPatch, files: list[TableFile]
) -> None:
    source(monkeypatch, "v4")
    app = opened("links", timeout=60)
    app.text_input(key="l_search").set_value("  newsletter   sign-up ")
    again(app)
    assert address(app)["search"] == ["newsletter sign-up"]
    assert set(files[-1].columns["title"]) <= {"Newsletter sign-up"}
    assert "match “newsletter sign-up”:" in captions(app)
    app.text_input(key="l_search").set_value("<b>none</b> of these")
    again(app)
    assert [plain(item.value) for item in app.info] == [
        "No link matches “<b>none</b> of these”. Title, link and destination were searched."
    ]
    assert not [item for item in app.dataframe if "Title" in item.value.columns]
    app.button(key="l_clear").click()
    again(app)
    assert "search" not in address(app)
    assert len(links_table(app)) == 16


def test_how_many_are_in_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    source(monkeypatch, "v4")
    app = opened("links", top="25", timeout=60)
    assert len(links_table(app)) == 26
    app.segmented_control(key="l_top").set_value(15)
    again(app)
    assert "top" not in address(app) and len(links_table(app)) == 16


def test_pasted_links_are_shown_alone_and_stand_in_the_address(
    monkeypatch: pytest.MonkeyPatch, files: list[TableFile], counter: Counter
) -> None:
    source(monkeypatch, "v4")
    app = opened("links", tz="UTC", timeout=60)
    first, second = [str(link) for link in files[-1].columns["link"]][3:5]
    app.text_area(key="l_pasted").set_value(
        f"look: <https://{first}>,\n{second}; and http://x.y/a/b"
    )
    app.button(key="l_show").click()
    again(app)
    assert address(app)["item"] == [first, second]
    bounds = edges("day", 30, "UTC", MOMENT)
    tally = truth(counter, (bounds[0], bounds[-1]))
    assert clicks_of(files[-1]) == {first: tally[first], second: tally[second]}
    assert [plain(item.value) for item in app.warning] == [
        "Not a short link, so left out: “http://x.y/a/b”."
    ]
    app.button(key="l_all").click()
    again(app)
    assert "item" not in address(app)


def test_a_period_without_clicks_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = write_clicks(tmp_path / "clicks.log")
    source(monkeypatch, "v3", BITLY_CLICK_LOG=log, BITLY_NOW="2013-05-17T12:00:00Z")
    app = opened("links", unit="hour", units="1", until="2013-05-17T11:00:00Z", domain="x.ex.com")
    (told,) = [plain(item.value) for item in app.info]
    assert told == "No link was clicked in this period. Choose a longer one above."


# -- where it leads -------------------------------------------------------------------------------


def test_a_click_on_a_cell_opens_the_link_in_the_same_period(
    monkeypatch: pytest.MonkeyPatch, files: list[TableFile]
) -> None:
    source(monkeypatch, "v4")
    app = opened("links", period="7d", unit="", tz="UTC", timeout=60)
    link, clicks = files[-1].columns["link"][2], files[-1].columns["clicks"][2]
    app.session_state[table_key(app)] = {
        "selection": {"rows": [], "columns": [], "cells": [(2, "Link")]}
    }
    again(app)
    assert address(app)["link"] == [link] and address(app)["period"] == ["7d"]
    assert {item.label: item.value for item in app.metric}["Total clicks"] == f"{clicks:,}"


def test_ticked_rows_are_compared(monkeypatch: pytest.MonkeyPatch, files: list[TableFile]) -> None:
    source(monkeypatch, "v4")
    app = opened("links", timeout=60)
    button = app.button(key="l_compare")
    assert (button.label, button.disabled) == ("Compare", True)
    wanted = [files[-1].columns["link"][row] for row in (0, 3)]
    # The last row is that of the others, which is no link.
    app.session_state[table_key(app)] = {
        "selection": {"rows": [0, 3, 15], "columns": [], "cells": []}
    }
    again(app)
    button = app.button(key="l_compare")
    assert (button.label, button.disabled) == ("Compare 2", False)
    button.click()
    again(app)
    assert address(app)["item"] == wanted
