"""The pages on v4 show the numbers that v3 has, on every plan, wherever v4 can give them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import streamlit as st
from apptest import metrics, opened, tables
from streamlit.testing.v1 import AppTest

from bitly_data import buckets
from bitly_data.cli import parse_until
from bitly_data.labels import bucket_label
from bitly_data.query import LINK, ONLY_OTHERS, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.http import LOCAL_URL, Upstream, new_session
from bitly_data.sources.source import V3Source

NOW = "2026-11-03T15:20:00Z"
PLANS = ("free", "core", "growth", "premium", "enterprise")
UNITS = {"day": 20, "week": 5, "month": 2, "hour": 30}
ZONES = ("UTC", "America/New_York", "Europe/Tallinn", "Asia/Kolkata", "-5")
ENDS = (None, None, "2026-10-28T12:00:00Z", "2026-07-15T12:00:00Z")
KNOWN = ("counted", "rebuilt", "partial")


@pytest.fixture(scope="module")
def truth() -> Iterator[V3Source]:
    """The same clicks, asked by v3."""
    local = LocalBitly.open(ServerOptions(now=NOW))
    yield V3Source(Upstream(LOCAL_URL, "t", new_session(local.app), clock=local.clock), "demo",
                   clock=local.clock)
    local.close()


def question(chance: random.Random, source: V3Source) -> tuple[str, dict[str, str], ClickQuery]:
    """A page, its address, and the same question for v3."""
    unit, zone, end = (chance.choice(list(UNITS)), chance.choice(ZONES), chance.choice(ENDS))
    params = {"unit": unit, "units": str(UNITS[unit]), "tz": zone} | ({"until": end} if end else {})
    account = source.fetch_account()
    kind = chance.choice(["organization", "domain", "login", "link"])
    more: dict[str, object] = {}
    if kind == "domain" and unit != "hour":
        more = {"domains": (chance.choice(account.short_domains),)}
        params["domain"] = str(more["domains"][0])
    elif kind == "login" and unit != "hour":
        more = {"login": chance.choice(account.logins)}
        params["login"] = str(more["login"])
    elif kind == "link":
        params["link"] = chance.choice(source.fetch_links(30)[0]).link
        more = {"target": LINK, "link": params["link"]}
    query = ClickQuery(unit=unit, units=UNITS[unit], timezone=zone,
                       end=parse_until(end, ClickQuery()), **more)  # type: ignore[arg-type]
    return "link" if kind == "link" else "organization", params, query


def right(source: V3Source, query: ClickQuery, *, utc: bool) -> ClickSeries:
    """v3's answer, without other people's links, in UTC where the page says that it shows UTC."""
    query = query.with_(timezone="UTC") if utc else query
    series = source.fetch(query)
    if query.target != LINK and query.login is None:
        series.clicks[:] -= source.fetch(query.with_(login=ONLY_OTHERS)).clicks
    return series


def shown(app: AppTest) -> dict[str, tuple[object, str]]:
    (rows,) = tables(app, "State")
    return {str(row[1]): (row.Clicks, row.State) for row in rows.itertuples()}


@pytest.mark.parametrize("plan", PLANS)
def test_the_pages_show_what_v3_has_or_say_that_they_cannot(
        truth: V3Source, monkeypatch: pytest.MonkeyPatch, plan: str) -> None:
    for name, value in (("API", "v4"), ("PLAN", plan), ("NOW", NOW)):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    chance = random.Random(plan)
    known = 0
    for _ in range(8):
        place, params, query = question(chance, truth)
        app = opened(place, **params)
        if any(button.key == "organization_start" for button in app.button):
            continue  # a wide view: nothing is shown before its price is paid
        warned = " ".join(item.value for item in app.warning)
        series = right(truth, query, utc="of UTC" in warned)
        zone = ClickQuery(timezone="UTC").zone if "of UTC" in warned else query.zone
        rows = shown(app)
        labels = [bucket_label(buckets.local(int(at), zone), query.unit)
                  for at in series.edges[:-1]]
        assert list(rows) == labels[::-1], params
        for label, clicks in zip(labels, series.clicks.tolist(), strict=True):
            found, state = rows[label]
            if state in KNOWN:
                known += 1
                assert found == clicks, (params, label)
            else:
                assert state == "outside_window", (params, label, state)
        total = metrics(app)["Total clicks"]
        counted = [found for found, state in rows.values() if state in KNOWN]
        assert total == (f"{sum(counted):,}" if counted else "–"), params
    assert known > 10
    st.cache_resource.clear()
