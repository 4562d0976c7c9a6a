"""The page of one link: what it says of it and of links like it; without a browser."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Any

import pytest
from apptest import address, again, metrics, opened, plain
from counter import Counter, edges, utc
from streamlit.testing.v1 import AppTest
from tiers import WITHOUT_SHARED
from views import ENVIRONMENT, NEWEST, USAGOV, USAGOV_ACCOUNTS, USAGOV_TRACKING

from bitly_data.demo import LOGINS, TRACKING_DOMAINS
from bitly_data.demo import write_log as write_demo

NOW = "2026-11-10T15:20:00Z"
MOMENT = utc("2026-11-10T15:20:00")


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Counter:
    path = tmp_path_factory.mktemp("demo") / "clicks.log"
    write_demo(str(path), MOMENT)
    return Counter([path], TRACKING_DOMAINS, MOMENT, LOGINS)


def source(monkeypatch: pytest.MonkeyPatch, api: str, **environment: str) -> None:
    settings = {"BITLY_NOW": NOW, "BITLY_API": api, "BITLY_PLAN": "enterprise"} | environment
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def table_with(app: AppTest, column: str) -> Any:
    (found,) = [item.value for item in app.dataframe if column in item.value.columns]
    return found


def truth(counter: Counter, span: tuple[int, int], *, own_only: bool) -> Tally[str]:
    inside = (counter.t >= span[0]) & (counter.t < span[1])
    return Tally(counter.link[inside & counter.own if own_only else inside].tolist())


def rank(tally: Tally[str], link: str) -> int:
    return 1 + sum(clicks > tally[link] for clicks in tally.values())


def ranked(tally: Tally[str], at: int) -> str:
    return sorted(tally, key=lambda link: (-tally[link], link))[at]


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_the_demo(api: str, monkeypatch: pytest.MonkeyPatch, counter: Counter) -> None:
    source(monkeypatch, api)
    bounds = edges("day", 30, "UTC", MOMENT)
    tally = truth(counter, (bounds[0], bounds[-1]), own_only=api == "v4")
    mine = truth(counter, (bounds[0], bounds[-1]), own_only=True)
    link = ranked(mine, 4)
    app = opened("link", link=link, tz="UTC", timeout=60)
    told = metrics(app)
    assert told["Total clicks"] == f"{tally[link]:,}"
    assert told["Rank"].split(" of ")[0] == str(rank(tally, link))
    assert told["All time"] == f"{len(counter.of_link(link)):,}"
    share = f"{tally[link] / sum(tally.values()) * 100:.1f} % of all clicks."
    (metric,) = [item for item in app.metric if item.label == "Rank"]
    assert plain(metric.help).endswith(share)
    groups = table_with(app, "Links like it")
    host = link.split("/")[0]
    on_host = Tally({one: many for one, many in tally.items() if one.startswith(f"{host}/")})
    assert groups["Links like it"][0] == f"On {host}"
    assert groups["Rank"][0].split(" of ")[0] == str(rank(on_host, link))
    near = next(
        item.value for item in app.dataframe if list(item.value.columns[:2]) == ["Rank", "Title"]
    )
    at = [row for row, title in enumerate(near["Title"]) if title.startswith("→ ")]
    assert len(at) == 1 and near["Clicks"][at[0]] == tally[link]
    assert near["Rank"][at[0]] == rank(tally, link)
    assert near["Clicks"].tolist() == sorted(near["Clicks"].tolist(), reverse=True)


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_the_real_clicks(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    source(monkeypatch, api, **ENVIRONMENT)
    counted = Counter(sorted(USAGOV.glob("*.gz")), USAGOV_TRACKING, NEWEST, USAGOV_ACCOUNTS)
    bounds = edges("day", 30, "UTC", NEWEST)
    tally = truth(counted, (bounds[0], bounds[-1]), own_only=api == "v4")
    mine = truth(counted, (bounds[0], bounds[-1]), own_only=True)
    link = ranked(mine, 0)
    app = opened("link", link=link, tz="UTC", together="1", period="30d", timeout=90)
    assert metrics(app)["Rank"].split(" of ")[0] == str(rank(tally, link))
    assert "In the log" in metrics(app)


def test_its_head_says_what_it_is_and_leads_on(
    monkeypatch: pytest.MonkeyPatch, counter: Counter
) -> None:
    source(monkeypatch, "v4")
    bounds = edges("day", 30, "UTC", MOMENT)
    link = ranked(truth(counter, (bounds[0], bounds[-1]), own_only=True), 0)
    app = opened("link", link=link, tz="UTC", period="7d", unit="", timeout=60)
    (title,) = [plain(item.value) for item in app.title]
    assert title not in ("", "Link")
    line = plain(next(item.value for item in app.markdown if link in plain(item.value)))
    assert line.startswith(f"**{link}** → ")
    assert "· made " in line and " ago" in line
    (opens,) = app.get("link_button")
    assert opens.proto.url == f"https://{link}"
    app.button(key="link_compare").click()
    again(app)
    assert address(app)["item"] == [link] and address(app)["period"] == ["7d"]


def test_a_neighbour_opens_in_the_same_period(
    monkeypatch: pytest.MonkeyPatch, counter: Counter
) -> None:
    source(monkeypatch, "v4")
    bounds = edges("day", 30, "UTC", MOMENT)
    tally = truth(counter, (bounds[0], bounds[-1]), own_only=True)
    first, second = (ranked(tally, at) for at in (0, 1))
    app = opened("link", link=first, tz="UTC", timeout=60)
    key = f"link_near_{first}"
    app.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": [(0, "Title")]}}
    again(app)  # the link itself is here already
    assert address(app)["link"] == [first]
    app.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": [(1, "Title")]}}
    again(app)
    assert address(app)["link"] == [second]
    assert metrics(app)["Total clicks"] == f"{tally[second]:,}"


def test_somebody_elses_link_is_counted_and_has_no_rank(
    monkeypatch: pytest.MonkeyPatch, counter: Counter
) -> None:
    source(monkeypatch, "v3")
    foreign = str(counter.link[~counter.own][-1])
    app = opened("link", link=foreign, tz="UTC", timeout=60)
    assert [plain(item.value) for item in app.title] == [foreign]
    bounds = edges("day", 30, "UTC", MOMENT)
    tally = truth(counter, (bounds[0], bounds[-1]), own_only=False)
    assert metrics(app)["Total clicks"] == f"{tally[foreign]:,}"
