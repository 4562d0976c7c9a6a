"""The overview below its chart: who made a bucket, the best links, risers and fallers."""

from __future__ import annotations

import pytest
from apptest import address, again, metrics, opened
from counter import utc
from streamlit.testing.v1 import AppTest

from bitly_data.client import Client
from bitly_data.query import ClickQuery
from bitly_data.sources.fetch_plan import FEW_CALLS
from pages.components import destinations, pricing

NOW = "2026-11-26T15:20:00Z"
DAYS = 30


@pytest.fixture(params=["v3", "v4"])
def demo(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BITLY_NOW", NOW)
    monkeypatch.setenv("BITLY_API", request.param)
    return str(request.param)


def rows(app: AppTest, key: str) -> list[dict[str, object]]:
    (found,) = [item for item in app.dataframe if str(item.key or "").startswith(key)]
    return list(found.value.to_dict("records"))


def whole() -> ClickQuery:
    return ClickQuery(units=DAYS, until=utc(NOW[:-1]))


def test_the_best_links_are_there_without_a_click(demo: str) -> None:
    app = opened("overview", tz="UTC", until=NOW)
    ranked = Client.from_env({"BITLY_NOW": NOW, "BITLY_API": demo}).ranked_links(whole())
    shown = rows(app, "top_links")
    assert [row["Clicks"] for row in shown[:10]] == [row.clicks for row in ranked.rows[:10]]
    assert sum(row["Clicks"] for row in shown) == int(metrics(app)["Total clicks"].replace(",", ""))


def test_risers_and_fallers_are_those_that_changed_most(demo: str) -> None:
    app = opened("overview", tz="UTC", until="2026-11-25T23:59:59Z")
    client = Client.from_env({"BITLY_NOW": NOW, "BITLY_API": demo})
    end = utc("2026-11-25T23:59:59")
    now = ClickQuery(units=DAYS, until=end)
    before = now.replace(until=end - DAYS * 86_400)
    counts = [
        {row.link.link: row.clicks for row in client.ranked_links(query).rows}
        for query in (now, before)
    ]
    for row in rows(app, "movers"):
        link = str(row["Link"])
        assert row["Clicks"] == counts[0].get(link, 0)
        assert row["Before"] == counts[1].get(link, 0)
        assert abs(int(str(row["Clicks"])) - int(str(row["Before"]))) >= 20
    gains = [int(str(row["Clicks"])) - int(str(row["Before"])) for row in rows(app, "movers")]
    assert gains and gains[0] > 0 > gains[-1]


def test_a_bucket_in_the_address_tells_who_made_it(demo: str) -> None:
    app = opened("overview", tz="UTC", until=NOW, bucket="2026-11-17T10:00:00Z")
    day = ClickQuery(units=1, until=utc("2026-11-17T23:59:59"))
    ranked = Client.from_env({"BITLY_NOW": NOW, "BITLY_API": demo}).ranked_links(day)
    shown = rows(app, "bucket_links")
    assert [row["Clicks"] for row in shown[:10]] == [row.clicks for row in ranked.rows[:10]]
    assert sum(row["Clicks"] for row in shown) == ranked.total
    title = f"Tue 17 Nov 2026: {ranked.total:,} clicks"
    assert any(title in item.value.replace("\\", "") for item in app.markdown)
    app.button(key="bucket_close").click()
    again(app)
    assert not [item for item in app.dataframe if item.key == "bucket_links"]
    assert "bucket" not in app.query_params


def test_a_row_that_was_clicked_leads_to_its_link(demo: str) -> None:
    app = opened("overview", tz="UTC", units="7")
    params = {"units": ["7"], "tz": ["UTC"]}
    app.session_state[destinations.NEXT] = destinations.to_link("go.aurora.example/x", params)
    again(app)
    assert address(app) == {**params, "link": ["go.aurora.example/x"]}


def test_a_narrowed_overview_ranks_the_links_of_that_domain(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By v4 a domain takes many calls: what stands on the page once these are made."""
    monkeypatch.setattr(pricing, "is_ready", lambda *_: True)
    app = opened("overview", tz="UTC", units="30", until=NOW, domain="nlj.example")
    ranked = Client.from_env({"BITLY_NOW": NOW, "BITLY_API": demo}).ranked_links(
        whole().replace(domains=("nlj.example",))
    )
    shown = rows(app, "top_links")
    assert [row["Clicks"] for row in shown[:5]] == [row.clicks for row in ranked.rows[:5]]


def test_small_charts_of_many_calls_are_offered_with_their_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A month is asked for in more than a call where clocks are changed in it."""
    monkeypatch.setenv("BITLY_NOW", NOW)
    months = ClickQuery(unit="month", units=150, timezone="America/New_York")
    client = Client.from_env({"BITLY_NOW": NOW, "BITLY_API": "v3"})
    asked = client.load(months).provenance.requests
    assert asked > FEW_CALLS
    of_links = [
        months.replace(target="link", link=f"go.aurora.example/{name}") for name in ("a", "b")
    ]
    assert client.price(of_links) == 2 * asked
    assert client.price([months.replace(units=FEW_CALLS), months.replace(timezone="UTC")]) == 0
    app = opened("links", tz="America/New_York", unit="month", units="150")
    assert app.button(key="links_trends_more").label.startswith("Show the trends (")
    assert "Trend" not in rows(app, "links_")[0]
