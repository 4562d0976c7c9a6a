"""The reads of v4 beside clicks and links: where clicks come from, what no log holds, CSV, expand.

And what is refused: whatever would make or change something.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import CLICKS, NOW, epoch, write_clicks
from v4_server import LINK, Server
from werkzeug.test import TestResponse

from bitly_data.server import PLANS, ClickStore
from bitly_data.server.v4.csv import Csv

FOREIGN = "j.mp/De"  # eve's, who has no account in the organization
WEEK = {"unit": "week", "units": 2}  # holds 15 of the link's clicks
BEARER = {"Authorization": "Bearer x"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickStore]:
    store = ClickStore()
    store.import_paths([write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")])
    store.name_accounts(["ann", "bob"])
    yield store
    store.close()


@pytest.fixture
def server(store: ClickStore) -> Server:
    return Server(store, epoch(NOW), plan="premium")


# -- where clicks come from -----------------------------------------------------------------------

# What a path ends in, the facet that is told, and what a row is called by.
FACETS = [
    ("countries", "countries", "value"),
    ("referrers", "referrers", "value"),
    ("devices", "devices", "device_type"),
]
LINK_FACETS = [
    *FACETS,
    ("referrer_name", "referrers", "value"),
    ("referring_domains", "referring_domains", "value"),
]
GROUP_FACETS = [
    *FACETS,
    ("referring_networks", "referring_networks", "value"),
    ("links/clicks/countries", "countries", "value"),
    ("links/clicks/referrers", "referrers", "value"),
    ("links/clicks/devices", "devices", "value"),
]


@pytest.mark.parametrize(("path", "facet", "label"), LINK_FACETS)
def test_clicks_of_a_link_that_nobody_can_place_are_one_row(
    server: Server, path: str, facet: str, label: str
) -> None:
    data = server.data(f"/bitlinks/{LINK}/{path}", **WEEK)
    assert data["metrics"] == [{label: "unknown", "clicks": 15}]
    assert (data["facet"], data["unit"], data["units"]) == (facet, "week", 2)
    assert data["unit_reference"] == f"{NOW}+0000"
    # Nothing was clicked in that hour, and no row says anything else.
    hour = {"unit": "hour", "units": 1, "unit_reference": "2013-05-17T10:00:00Z"}
    assert server.data(f"/bitlinks/{LINK}/{path}", **hour)["metrics"] == []


@pytest.mark.parametrize(("path", "facet", "label"), GROUP_FACETS)
def test_clicks_of_a_group_that_nobody_can_place_are_one_row(
    server: Server, path: str, facet: str, label: str
) -> None:
    (group,) = server.groups
    data = server.data(f"/groups/{group}/{path}", **WEEK)
    assert data["metrics"] == [{label: "unknown", "clicks": 15 + 32 + 64}]
    assert data["facet"] == facet


def test_clicks_without_a_city_have_a_field_of_their_own(server: Server) -> None:
    (group,) = server.groups
    for path, clicks in (
        (f"/bitlinks/{LINK}/cities", 15),
        (f"/groups/{group}/cities", 111),
        (f"/groups/{group}/links/clicks/cities", 111),
    ):
        data = server.data(path, **WEEK)
        assert (data["metrics"], data["facet"]) == ([], "cities")
        assert data["other_metrics"] == {"other_city_clicks": 0, "no_city_clicks": clicks}


def test_referrers_by_domains(server: Server) -> None:
    data = server.data(f"/bitlinks/{LINK}/referrers_by_domains", **WEEK)
    assert data["referrers_by_domain"] == [
        {"network": "unknown", "referrers": [{"key": "unknown", "value": 15}]}
    ]


@pytest.mark.parametrize("plan", PLANS)
def test_cities_and_devices_are_behind_a_wall(store: ClickStore, plan: str) -> None:
    server = Server(store, epoch(NOW), plan=plan)
    wall = plan in ("free", "core", "growth")
    for path in (f"/bitlinks/{LINK}", f"/groups/{server.groups[0]}"):
        for end in ("cities", "devices"):
            response = server.get(f"{path}/{end}", **WEEK)
            assert response.status_code == (402 if wall else 200), (path, end)
            assert not wall or response.get_json() == {
                "message": "UPGRADE_REQUIRED",
                "resource": path.split("/")[1],
                "description": "You must upgrade your account to access this resource.",
            }
        assert server.get(f"{path}/countries", **WEEK).status_code == 200


@pytest.mark.parametrize("path", [path for path, _, _ in LINK_FACETS] + ["cities", "engagements"])
def test_metrics_refuse_what_clicks_refuse(server: Server, path: str) -> None:
    assert server.refusal(f"/bitlinks/{FOREIGN}/{path}") == (403, "FORBIDDEN")
    assert server.refusal(f"/bitlinks/go.ex.com/none/{path}") == (404, "NOT_FOUND")
    assert server.refusal(f"/bitlinks/{LINK}/{path}", unit="year") == (400, "INVALID_ARG_UNIT")
    assert server.refusal(f"/bitlinks/{LINK}/{path}", "") == (403, "FORBIDDEN")
    if path != "engagements":
        assert server.refusal(f"/bitlinks/{LINK}/{path}", size=0) == (400, "INVALID_ARG_SIZE")


def test_all_engagements_are_clicks(server: Server) -> None:
    days = {"unit": "day", "units": 3}
    data = server.data(f"/bitlinks/{LINK}/engagements", **days)
    assert [(item["date"], item["engagement_count"]) for item in data["engagements"]] == (
        server.clicks(**days)
    )
    assert data["engagements"][0]["engagements"] == {
        "clicks": 3,
        "scans": 0,
        "lib_button_clicks": 0,
    }
    total = server.data(f"/bitlinks/{LINK}/engagements/summary", **days)
    assert (total["total_engagements"], total["engagements"]["clicks"]) == (7, 7)
    (group,) = server.groups
    over_time = server.data(f"/groups/{group}/engagements/over_time", **days)
    assert over_time == server.data(f"/groups/{group}/links/clicks/over_time", **days)


def test_the_most_clicked_by_other_paths(server: Server) -> None:
    (group,) = server.groups
    whole = server.data(f"/groups/{group}/bitlinks/clicks", **WEEK)
    assert [item["clicks"] for item in whole["sorted_links"]] == [64, 32, 15]
    for path in ("links/clicks/top", "engagements/top"):
        assert server.data(f"/groups/{group}/{path}", **WEEK, size=500) == whole
        assert len(server.data(f"/groups/{group}/{path}", **WEEK, size=1)["sorted_links"]) == 1
    mixed = server.data(f"/groups/{group}/engagements/sorted/top", **WEEK)
    assert mixed == {
        "links": whole["links"],
        "qr_codes": [],
        "sorted_engagements": [
            {"id": item["id"], "engagements": item["clicks"]} for item in whole["sorted_links"]
        ],
    }


def test_there_are_no_codes_to_scan(server: Server) -> None:
    (group,) = server.groups
    path = f"/groups/{group}/codes/scans"
    data = server.data(f"{path}/over_time", unit="day", units=2)["data"]
    assert [item["count"] for item in data] == [0, 0]
    assert server.data(f"{path}/countries", **WEEK)["metrics"] == []
    assert server.data(f"{path}/cities", **WEEK)["other_metrics"]["no_city_clicks"] == 0
    assert server.data(f"{path}/top", **WEEK) == {"sorted_links": [], "links": []}
    codes = server.data(f"{path}/top", **WEEK, decoupled="true")
    assert codes == {"links": [], "qr_codes": [], "sorted_engagements": []}
    assert server.refusal(f"/bitlinks/{LINK}/qr") == (404, "NOT_FOUND")


# -- custom back-halves ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickStore]:
    """One link with a custom back-half: 2 clicks by it and 1 by the hash."""
    path = tmp_path_factory.mktemp("log") / "named.log"
    keys = '"hh": "go.ex.com", "h": "Ab", "l": "ann", "u": "http://ex.com/a", "hc": 1368000000'
    t = epoch("2013-05-17T10:00:00")
    custom = f'{{"t": {t}, {keys}, "kw": "sale"}}\n'
    path.write_text(custom * 2 + f'{{"t": {t}, {keys}}}\n')
    store = ClickStore()
    store.import_paths([str(path)])
    yield store
    store.close()


def test_a_custom_back_half_and_where_it_leads(named: ClickStore) -> None:
    server = Server(named, epoch(NOW), plan="premium")
    data = server.data("/custom_bitlinks/go.ex.com/sale")
    assert data["custom_bitlink"] == "https://go.ex.com/sale"
    assert data["bitlink"] == server.data("/bitlinks/go.ex.com/Ab")
    (history,) = data["bitlink_history"]
    assert (history["keyword"], history["hash"], history["long_url"]) == (
        "sale",
        "Ab",
        "http://ex.com/a",
    )
    assert (history["created"], history["is_active"]) == ("2013-05-08T08:00:00+0000", True)
    assert server.refusal("/custom_bitlinks/go.ex.com/Ab") == (404, "NOT_FOUND")
    found = server.data("/custom_bitlinks/go.ex.com/sale/clicks_by_destination", **WEEK)
    assert found["metrics"] == [{"value": "http://ex.com/a", "clicks": 2}]
    assert found["facet"] == "destinations"


def test_custom_back_halves_are_behind_a_wall(named: ClickStore) -> None:
    server = Server(named, epoch(NOW), plan="growth")
    for end in ("", "/clicks", "/clicks_by_destination"):
        refused = server.refusal(f"/custom_bitlinks/go.ex.com/sale{end}")
        assert refused == (402, "UPGRADE_REQUIRED"), end


# -- links made, and the limits of a plan ---------------------------------------------------------


def test_links_made_are_counted_by_bucket(server: Server) -> None:
    (group,) = server.groups
    organization = server.data("/organizations")["organizations"][0]["guid"]
    # A link without a creation was made when it was first clicked.
    months = {"unit": "month", "units": 2}
    expected = [
        {"key": "2013-05-01T00:00:00+0000", "value": 2},
        {"key": "2013-04-01T00:00:00+0000", "value": 1},
    ]
    for path in (f"/groups/{group}", f"/organizations/{organization}"):
        data = server.data(f"{path}/shorten_counts", **months)
        assert (data["metrics"], data["facet"]) == (expected, "shorten_counts")
    by_group = server.data(f"/organizations/{organization}/shorten_counts_by_group")
    assert by_group["metrics"] == [{"key": group, "value": 2}]


def test_days_on_which_no_link_was_made(store: ClickStore) -> None:
    days = {"unit": "day", "units": 3}
    for habit, values in (("dense", [1, 1, 0]), ("sparse", [1, 1])):
        server = Server(store, epoch(NOW), plan="premium", zero_days=habit)
        data = server.data(f"/groups/{server.groups[0]}/shorten_counts", **days)
        assert [item["value"] for item in data["metrics"]] == values, habit


@pytest.mark.parametrize(
    ("plan", "links"),
    [("free", 5), ("core", 100), ("growth", 500), ("premium", 3000), ("enterprise", 1_000_000)],
)
def test_plan_limits_tell_how_many_links_were_made(
    store: ClickStore, plan: str, links: int
) -> None:
    server = Server(store, epoch(NOW), plan=plan)
    organization = server.data("/organizations")["organizations"][0]["guid"]
    data = server.data(f"/organizations/{organization}/plan_limits")
    limits = {item["name"]: (item["limit"], item["count"]) for item in data["plan_limits"]}
    assert limits["encodes"] == (links, 2)
    assert limits["qr_codes"][1] == 0
    assert limits["bsds"] == (2, 2)
    assert {"api_calls", "groups", "users"} <= limits.keys()
    assert all(item["description"] for item in data["plan_limits"])


def test_what_a_group_has_used(server: Server) -> None:
    (group,) = server.groups
    data = server.data(f"/groups/{group}/feature_usage")
    assert {item["name"]: item["count"] for item in data["limit_usage"]} == {
        "encodes": 2,
        "qr_codes": 0,
    }
    one = server.data(f"/groups/{group}/feature_usage", name="encodes")
    assert [item["name"] for item in one["limit_usage"]] == ["encodes"]
    past = server.data(
        f"/groups/{group}/historical_usage",
        name="encodes",
        start_date="2013-04-03",
        end_date="2013-05-10",
    )
    assert past["historical_limit_usage"] == [
        {
            "name": "encodes",
            "usage": [
                {"count": 2, "unit_start": "2013-05-01T00:00:00+0000"},
                {"count": 1, "unit_start": "2013-04-01T00:00:00+0000"},
            ],
        }
    ]
    assert server.refusal(f"/groups/{group}/historical_usage", start_date="May") == (
        400,
        "INVALID_ARG_START_DATE",
    )
    assert server.refusal(f"/groups/{group}/historical_usage", unit="hour") == (
        400,
        "INVALID_ARG_UNIT",
    )


# -- what no click log holds ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["campaigns", "channels"])
def test_campaigns_and_channels_are_empty_lists(server: Server, name: str) -> None:
    (group,) = server.groups
    assert server.data(f"/{name}") == {name: []}
    assert server.data(f"/{name}", group_guid=group) == {name: []}
    assert server.refusal(f"/{name}", group_guid="Ba1bc23dE4F") == (403, "FORBIDDEN")
    assert server.refusal(f"/{name}/Ca1bcd2EFGh") == (404, "NOT_FOUND")
    assert server.refusal(f"/{name}", "") == (403, "FORBIDDEN")


def test_tags_preferences_and_webhooks(server: Server, store: ClickStore) -> None:
    (group,) = server.groups
    assert server.data(f"/groups/{group}/tags") == {"tags": []}
    assert server.data(f"/groups/{group}/tags", type="qr_code") == {"tags": []}
    assert server.refusal(f"/groups/{group}/tags", type="x") == (400, "INVALID_ARG_TYPE")
    assert server.data(f"/groups/{group}/preferences") == {
        "group_guid": group,
        "domain_preference": "x.ex.com",
    }
    organization = server.data("/organizations")["organizations"][0]["guid"]
    path = f"/organizations/{organization}/webhooks"
    assert server.refusal(path) == (402, "UPGRADE_REQUIRED")
    assert Server(store, epoch(NOW), plan="enterprise").data(path) == {"webhooks": []}
    assert server.refusal("/webhooks/Wa1bcDefG23") == (404, "NOT_FOUND")
    assert server.refusal("/apps/abc") == (404, "NOT_FOUND")


# -- CSV ------------------------------------------------------------------------------------------


def as_csv(server: Server, path: str, accept: str = "text/csv", **arguments: Any) -> TestResponse:
    headers = {**BEARER, "Accept": accept}
    return server.client.get(f"/v4{path}", query_string=arguments, headers=headers)


LINK_CSV = {
    "clicks": "Date, Clicks\n2013-05-17T00:00:00+0000, 3\n2013-05-16T00:00:00+0000, 0\n",
    "engagements": "Date, Engagements\n2013-05-17T00:00:00+0000, 3\n2013-05-16T00:00:00+0000, 0\n",
    "countries": "Country, Clicks\nunknown, 3\n",
    "cities": "City, Subregion, Region, Country, Clicks\n, , , , 3\n",
    "devices": "Device Type, Clicks\nunknown, 3\n",
    "referrers": "Referrers, Domain/Sub-Domain, Clicks\nunknown, unknown, 3\n",
    "referrer_name": "Referrer-Name,Clicks\nunknown,3\n",
}
GROUP_CSV = {
    "countries": "Country, Clicks\nunknown, 99\n",
    "cities": "City, Subregion, Region, Country, Clicks\n, , , , 99\n",
    "devices": "Device Type, Clicks\nunknown, 99\n",
    "referrers": "Referrer,Clicks\nunknown,99\n",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        *((f"/bitlinks/{LINK}/{end}", text) for end, text in LINK_CSV.items()),
        *((f"/groups/*/{end}", text) for end, text in GROUP_CSV.items()),
    ],
)
def test_csv_where_it_is_described(server: Server, path: str, text: str) -> None:
    path = path.replace("*", server.groups[0])
    days = {"unit": "day", "units": 2}
    response = as_csv(server, path, **days)
    assert (response.status_code, response.content_type) == (200, "text/csv; charset=utf-8")
    assert response.text == text
    for accept in ("text/csv, application/json;q=0.5", "text/*", "text/csv;q=0.9, */*;q=0.1"):
        assert as_csv(server, path, accept, **days).text == text, accept
    for accept in ("*/*", "", "application/json, text/csv;q=0.5", "text/html"):
        assert as_csv(server, path, accept, **days).content_type == "application/json", accept


def test_csv_nowhere_else(server: Server) -> None:
    for path in (f"/bitlinks/{LINK}/clicks/summary", f"/groups/{server.groups[0]}/clicks", "/user"):
        response = as_csv(server, path, unit="day", units=1)
        assert (response.status_code, response.content_type) == (200, "application/json")
    refused = as_csv(server, f"/bitlinks/{FOREIGN}/clicks")
    assert (refused.status_code, refused.content_type) == (403, "application/json")
    assert refused.get_json()["message"] == "FORBIDDEN"


def test_a_cell_may_hold_what_cells_are_told_apart_by() -> None:
    form = Csv("Name, Clicks", lambda data: [(name, 1) for name in data["names"]])
    names = ["plain", "New York, NY", 'so-called "city"', "two\nlines", ""]
    text = form.write({"names": names})
    rows = list(csv.reader(io.StringIO(text), skipinitialspace=True))
    assert rows == [["Name", "Clicks"], *([name, "1"] for name in names)]


# -- expand ---------------------------------------------------------------------------------------


def expanded(server: Server, body: Any, **headers: str) -> TestResponse:
    send = {"data": body} if isinstance(body, bytes) else {"json": body}
    return server.client.post("/v4/expand", headers={**BEARER, **headers}, **send)


@pytest.mark.parametrize(
    ("link", "url", "created"),
    [
        (LINK, "http://ex.com/a", "2013-04-10T12:00:00+0000"),
        ("x.ex.com/Cd", "http://ex.com/c", "2013-05-16T12:00:00+0000"),
        (FOREIGN, "http://www.shop.example/d", "2013-05-17T05:00:00+0000"),  # anybody's
    ],
)
def test_expand_says_where_a_link_leads(server: Server, link: str, url: str, created: str) -> None:
    response = expanded(server, {"bitlink_id": link})
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.get_json() == {
        "created_at": created,
        "link": f"https://{link}",
        "id": link,
        "long_url": url,
    }


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"bitlink_id": "go.ex.com/none"}, 404, "NOT_FOUND"),
        ({"bitlink_id": f"https://{LINK}"}, 400, "INVALID_ARG_BITLINK_ID"),
        ({"bitlink_id": "go.ex.com"}, 400, "INVALID_ARG_BITLINK_ID"),
        ({"bitlink_id": 5}, 400, "INVALID_ARG_BITLINK_ID"),
        ({}, 400, "INVALID_ARG_BITLINK_ID"),
        ([LINK], 400, "INVALID_ARG_BITLINK_ID"),
        (b"", 422, "UNPROCESSABLE_ENTITY"),
        (b"bitlink_id=go.ex.com/Ab", 422, "UNPROCESSABLE_ENTITY"),
        (b"\xff", 422, "UNPROCESSABLE_ENTITY"),
        (b"[" * 100_000, 422, "UNPROCESSABLE_ENTITY"),
    ],
)
def test_expand_refuses_in_bitly_s_shape(
    server: Server, body: Any, status: int, message: str
) -> None:
    response = expanded(server, body)
    assert (response.status_code, response.content_type) == (status, "application/json")
    answer = response.get_json()
    assert (answer["message"], answer["resource"]) == (message, "bitlinks")
    assert answer["description"]
    if status == 400:
        assert answer["errors"] == [{"field": "bitlink_id", "error_code": "invalid"}]


def test_expand_needs_a_token_and_counts_as_a_call(server: Server) -> None:
    assert expanded(server, {"bitlink_id": LINK}, Authorization="").status_code == 403
    assert server.quota.used_in_month(server.now) == 0
    assert expanded(server, {"bitlink_id": LINK}, Authorization="bare").status_code == 200
    assert server.quota.used_in_month(server.now) == 1
    assert server.client.get("/v4/expand", headers=BEARER).status_code == 404
    too_large = expanded(server, b" " * 2_000_000)
    assert too_large.status_code == 413


# -- what would change something ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("POST", "/shorten", "bitlinks"),
        ("POST", "/bitlinks", "bitlinks"),
        ("PATCH", f"/bitlinks/{LINK}", "bitlinks"),
        ("POST", "/custom_bitlinks", "custom_bitlinks"),
        ("PATCH", "/custom_bitlinks/go.ex.com/sale", "custom_bitlinks"),
        ("PATCH", "/groups/*", "groups"),
        ("PATCH", "/groups/*/preferences", "groups"),
        ("PATCH", "/user", "users"),
        ("POST", "/campaigns", "campaigns"),
        ("PATCH", "/campaigns/Ca1bcd2EFGh", "campaigns"),
        ("POST", "/channels", "channels"),
        ("POST", "/webhooks", "webhooks"),
        ("DELETE", "/webhooks/Wa1bcDefG23", "webhooks"),
    ],
)
def test_changes_are_refused_in_bitly_s_shape(
    server: Server, method: str, path: str, resource: str
) -> None:
    path = "/v4" + path.replace("*", server.groups[0])
    response = server.client.open(
        path, method=method, json={"long_url": "http://ex.com/a"}, headers=BEARER
    )
    assert (response.status_code, response.content_type) == (403, "application/json")
    assert response.get_json() == {
        "message": "FORBIDDEN",
        "resource": resource,
        "description": "You are currently forbidden to access this resource.",
    }


def test_exports_are_behind_a_wall(server: Server) -> None:
    path = f"/v4/groups/{server.groups[0]}/exports"
    response = server.client.post(path, json={"export_type": "links_list"}, headers=BEARER)
    assert (response.status_code, response.get_json()["message"]) == (402, "UPGRADE_REQUIRED")


def test_what_bitly_cannot_do_with_a_path(server: Server) -> None:
    response = server.client.delete(f"/v4/bitlinks/{LINK}", headers=BEARER)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, PATCH, HEAD"
    assert server.client.post("/v4/none", headers=BEARER).status_code == 404


def test_every_click_of_the_log_is_in_the_answers(server: Server, tmp_path: Path) -> None:
    """The parts of every table add up to the clicks of the group."""
    (group,) = server.groups
    whole = {"unit": "month", "units": 12}
    own = sum(count for _, _, login, _, count in CLICKS if login in ("ann", "bob"))
    for path, _, label in GROUP_FACETS:
        rows = server.data(f"/groups/{group}/{path}", **whole)["metrics"]
        assert sum(row["clicks"] for row in rows) == own
        assert all(row[label] for row in rows)
