"""The v4 answers: shapes, windows, plans, calls, pages, and an independent count of the clicks."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
import requests
from counter import Counter
from support import CLICKS, NOW, epoch, served, write_clicks
from tiers import WITHOUT_SHARED
from v4_server import LINK, Server
from werkzeug.test import Client

from bitly_data.demo import LOGINS, TRACKING_DOMAINS, DemoDays
from bitly_data.server import (
    PLANS,
    ClickStore,
    LocalBitly,
    Quota,
    ServerOptions,
    ServerProblem,
    V4Policy,
)

SHARED = Path(__file__).parents[2] / "shared"
RECORDED = SHARED / "reference/v4-recorded"
USAGOV = SHARED / "data/usagov"
needs_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=WITHOUT_SHARED)

FOREIGN = "j.mp/De"  # eve's, who has no account in the organization


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickStore]:
    """The few clicks of `support`."""
    store = ClickStore()
    store.import_paths([write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")])
    store.add_tracking_domains(["shop.example"])
    store.name_accounts(["ann", "bob"])
    yield store
    store.close()


@pytest.fixture
def server(store: ClickStore) -> Server:
    return Server(store, epoch(NOW), plan="premium")


def stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def a_click_every_hour(path: Path, first: str, hours: int) -> ClickStore:
    """A store with one link of one account, clicked once at the half of every hour."""
    start = datetime.fromisoformat(first)
    write_clicks(
        path,
        [
            (
                (start + timedelta(hours=index, minutes=30)).isoformat(),
                LINK,
                "ann",
                "http://ex.com/a",
                1,
            )
            for index in range(hours)
        ],
    )
    store = ClickStore()
    store.import_paths([str(path)])
    return store


# -- who asks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer wrong", "Bearer rightly"),
        *("wrong", "rightly", "bearer", "Basic right", "Token right", "right right", "right,"),
    ],
)
def test_without_the_token_nothing_is_answered(store: ClickStore, header: str | None) -> None:
    server = Server(store, epoch(NOW), token="right")
    response = server.client.get(
        "/v4/user?access_token=right", headers={} if header is None else {"Authorization": header}
    )
    assert (response.status_code, response.content_type) == (403, "application/json")
    assert response.get_json()["message"] == "FORBIDDEN"
    assert server.quota.used_in_month(server.now) == 0
    assert server.get("/user", "right").status_code == 200


@pytest.mark.parametrize("header", ["Bearer right", "bearer  right ", "right", " right "])
def test_a_token_stands_by_itself_or_behind_bearer(store: ClickStore, header: str) -> None:
    server = Server(store, epoch(NOW), token="right")
    response = server.client.get("/v4/user", headers={"Authorization": header})
    assert (response.status_code, response.get_json()["login"]) == (200, "bob")
    any_token = Server(store, epoch(NOW))
    assert any_token.client.get("/v4/user", headers={"Authorization": header}).status_code == 200


def test_any_token_will_do_where_none_is_set(server: Server) -> None:
    assert server.get("/user", "anything").status_code == 200
    assert server.refusal("/user", None) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "path",
    [
        "/v4",
        "/v4/",
        "/v4/x",
        f"/v4/bitlinks/{LINK}/shares",
        "/v4/groups//clicks",
        "/v4/user/",
        f"/v4/bitlinks/{LINK}/referring_networks",
        "/v4/groups/x/bitlinks/links",
        "/v4/bitlinks",
    ],
)
def test_unknown_paths_are_plain_text(server: Server, path: str) -> None:
    response = server.client.get(path)
    assert (response.status_code, response.text) == (404, "404 page not found")
    assert response.content_type.startswith("text/plain")


def test_only_reading(server: Server) -> None:
    assert server.client.post("/v4/user").status_code == 405
    head = server.client.head("/v4/user", headers={"Authorization": "Bearer x"})
    assert (head.status_code, head.data) == (200, b"")


# -- recorded shapes ------------------------------------------------------------------------------


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text("utf-8"))


@needs_recorded
@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("error.403.forbidden.json", f"/bitlinks/{FOREIGN}/clicks", 403),
        ("error.404.not_found.json", "/bitlinks/go.ex.com/nothing/clicks", 404),
    ],
)
def test_recorded_errors(server: Server, name: str, path: str, status: int) -> None:
    response = server.get(path)
    assert (response.status_code, response.get_json()) == (status, recorded(name))


@needs_recorded
def test_the_recorded_wall(store: ClickStore) -> None:
    response = Server(store, epoch(NOW), plan="core").get(f"/custom_bitlinks/{LINK}/clicks")
    assert response.status_code == 402
    assert response.get_json() == {
        **recorded("error.402.cities_or_devices.2025-10.growth.messmass.json"),
        "resource": "custom_bitlinks",
    }


def keys(value: Any) -> Any:
    """What a body is made of: its keys, all the way down, a list by its first item."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [keys(value[0])] if value else []
    return type(value)


@needs_recorded
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("clicks.2020-01.philnash.sparse.json", f"/bitlinks/{LINK}/clicks"),
        ("clicks_summary.2025-10.growth.messmass.json", f"/bitlinks/{LINK}/clicks/summary"),
        ("bitlink.2018-11.dvmn.json", "/bitlinks/bit.ly/Bc"),
        ("bsds.philnash.json", "/bsds"),
        ("groups.philnash.json", "/groups"),
        ("organizations.philnash.json", "/organizations"),
        ("user.philnash.json", "/user"),
        ("sorted_links.philnash.json", "/groups/{group}/bitlinks/clicks"),
    ],
)
def test_recorded_shapes(server: Server, name: str, path: str) -> None:
    """Every key that was ever seen is there, with a value of its kind."""
    body = server.data(path.format(group=server.groups[0]))
    # No title is known here, nor an address of a person; short domains are there, tags are not.
    missing_here = {"title", "email", "is_primary", "is_verified"}

    def check(seen: Any, answered: Any, where: str) -> None:
        if isinstance(seen, dict):
            for key in seen.keys() - missing_here:
                check(seen[key], answered[key], f"{where}.{key}")
        elif isinstance(seen, list):
            assert isinstance(answered, list), where
            if seen and answered:
                check(seen[0], answered[0], where)
        else:
            assert answered == seen, where

    check(keys(recorded(name)), keys(body), name)


def test_a_summary_to_the_letter(server: Server) -> None:
    assert server.data(f"/bitlinks/{LINK}/clicks/summary", unit="week", units=2) == {
        "unit_reference": "2013-05-17T11:59:59+0000",
        "total_clicks": 7 + 8,
        "units": 2,
        "unit": "week",
    }


def test_a_link_s_body(server: Server) -> None:
    body = server.data("/bitlinks/bit.ly/Bc")
    group = server.groups[0]
    assert body["references"]["group"] == f"http://localhost/v4/groups/{group}"
    assert (body["id"], body["long_url"], body["created_by"]) == (
        "bit.ly/Bc",
        "http://ex.com/b",
        "ann",
    )
    assert server.data(f"/bitlinks/{LINK.replace('/', '%2F')}")["id"] == LINK


# -- time -----------------------------------------------------------------------------------------


def test_days_are_utc_days_newest_first(server: Server) -> None:
    assert server.clicks(units=4) == [
        ("2013-05-17T00:00:00+0000", 3),
        ("2013-05-16T00:00:00+0000", 0),
        ("2013-05-15T00:00:00+0000", 4),
        ("2013-05-14T00:00:00+0000", 0),
    ]
    assert server.clicks(unit="hour", units=2) == [
        ("2013-05-17T11:00:00+0000", 1),
        ("2013-05-17T10:00:00+0000", 0),
    ]
    assert server.clicks(unit="minute", units=1) == [("2013-05-17T11:59:00+0000", 1)]
    assert server.clicks(unit="week", units=2) == [
        ("2013-05-13T00:00:00+0000", 7),
        ("2013-05-06T00:00:00+0000", 8),
    ]
    assert server.clicks(unit="month", units=2) == [
        ("2013-05-01T00:00:00+0000", 15),
        ("2013-04-01T00:00:00+0000", 16),
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "2013-05-15T00:00:00+0000",
        "2013-05-15T23:59:59Z",
        "2013-05-15T00:00:00-0000",
        "2013-05-15",
        "2013-05-14T22:00:00-07:00",
        "2013-05-16T05:00:00+0530",
        "2013-05-15T10:00:00",
    ],
)
def test_a_reference_is_an_instant_in_the_newest_bucket(server: Server, reference: str) -> None:
    assert server.clicks(unit="day", units=1, unit_reference=reference) == [
        ("2013-05-15T00:00:00+0000", 4)
    ]
    assert server.total(unit="day", units=1, unit_reference=reference) == 4


def test_nothing_after_the_clock_exists(store: ClickStore) -> None:
    server = Server(store, epoch("2013-05-17T11:59:29"), plan="premium")
    assert server.clicks(units=1) == [("2013-05-17T00:00:00+0000", 2)]
    server.now += 1
    assert server.clicks(units=1) == [("2013-05-17T00:00:00+0000", 3)]
    # A reference in the future is the clock; it is echoed as it was sent.
    body = server.data(
        f"/bitlinks/{LINK}/clicks", units=1, unit_reference="2013-06-20T00:00:00+0000"
    )
    assert body["link_clicks"] == [{"date": "2013-05-17T00:00:00+0000", "clicks": 3}]
    assert body["unit_reference"] == "2013-06-20T00:00:00+0000"
    early = Server(store, epoch("2013-04-01T00:00:00"), plan="premium")
    assert early.refusal(f"/bitlinks/{LINK}/clicks") == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unit": "year"}, "INVALID_ARG_UNIT"),
        ({"unit": "DAY"}, "INVALID_ARG_UNIT"),
        ({"units": "0"}, "INVALID_ARG_UNITS"),
        ({"units": "-2"}, "INVALID_ARG_UNITS"),
        ({"units": "two"}, "INVALID_ARG_UNITS"),
        ({"units": "1.5"}, "INVALID_ARG_UNITS"),
        ({"units": "9" * 30}, "INVALID_ARG_UNITS"),
        ({"unit_reference": "yesterday"}, "INVALID_ARG_UNIT_REFERENCE"),
        ({"unit_reference": "1368748800"}, "INVALID_ARG_UNIT_REFERENCE"),
        ({"unit_reference": "2013-05-17T00:00:00 0000"}, "INVALID_ARG_UNIT_REFERENCE"),
        ({"unit_reference": "2013-02-30T00:00:00Z"}, "INVALID_ARG_UNIT_REFERENCE"),
        ({"unit_reference": "0001-01-01T00:00:00+0100"}, "INVALID_ARG_UNIT_REFERENCE"),
    ],
)
def test_bad_arguments(server: Server, arguments: dict[str, str], message: str) -> None:
    group = server.groups[0]
    for path in (
        f"/bitlinks/{LINK}/clicks",
        f"/bitlinks/{LINK}/clicks/summary",
        f"/groups/{group}/clicks",
        f"/groups/{group}/links/clicks/over_time",
        f"/groups/{group}/bitlinks/clicks",
    ):
        response = server.get(path, **arguments)
        body = response.get_json()
        assert (response.status_code, body["message"]) == (400, message), path
        assert body["errors"] == [
            {"field": message.removeprefix("INVALID_ARG_").lower(), "error_code": "invalid"}
        ]


@pytest.mark.parametrize("size", ["0", "101", "-1", "x"])
def test_bad_sizes(server: Server, size: str) -> None:
    for path in ("bitlinks", "bitlinks/clicks"):
        assert server.refusal(f"/groups/{server.groups[0]}/{path}", size=size) == (
            400,
            "INVALID_ARG_SIZE",
        )


def test_a_time_zone_is_not_a_parameter(server: Server) -> None:
    assert server.clicks(units=2, timezone="Asia/Tokyo", tz_offset=9) == server.clicks(units=2)


# -- whose links ----------------------------------------------------------------------------------


def test_other_people_s_links_are_forbidden(server: Server) -> None:
    for path in (
        f"/bitlinks/{FOREIGN}",
        f"/bitlinks/{FOREIGN}/clicks",
        f"/bitlinks/{FOREIGN}/clicks/summary",
        f"/custom_bitlinks/{FOREIGN}/clicks",
    ):
        assert server.refusal(path) == (403, "FORBIDDEN")
    for link in ("go.ex.com/nothing", "nowhere.example/Ab", "go.ex.com/ab"):
        assert server.refusal(f"/bitlinks/{link}/clicks") == (404, "NOT_FOUND")
    assert server.refusal("/bitlinks/nothing") == (404, "NOT_FOUND")


def test_groups_and_organizations_of_others(server: Server) -> None:
    organization = server.data("/organizations")["organizations"][0]["guid"]
    assert server.data(f"/organizations/{organization}")["tier"] == "premium"
    for path in (
        "/groups/{}",
        "/groups/{}/clicks",
        "/groups/{}/links/clicks/over_time",
        "/groups/{}/bitlinks",
        "/groups/{}/bitlinks/clicks",
    ):
        assert server.refusal(path.format("Ba1bc23dE4F")) == (403, "FORBIDDEN")
        assert server.refusal(path.format("nothing")) == (404, "NOT_FOUND")
    for path in (
        "/organizations/{}",
        "/organizations/{}/plan_limits",
        "/groups?organization_guid={}",
    ):
        assert server.refusal(path.format("Oa1bcd234eF")) == (403, "FORBIDDEN")
        assert server.refusal(path.format("Ba1bc23dE4F")) == (404, "NOT_FOUND")
    assert len(server.data("/groups", organization_guid=organization)["groups"]) == 1


def test_the_group_has_the_organization_s_own_clicks_only(server: Server) -> None:
    group = server.groups[0]
    assert sum(clicks for _, clicks in server.group_clicks(group)) == 31 + 32 + 64
    assert sorted(server.links(group)) == ["bit.ly/Bc", LINK, "x.ex.com/Cd"]
    assert server.data("/bsds")["bsds"] == ["x.ex.com", "go.ex.com"]
    listed = server.data(f"/groups/{group}/bitlinks/clicks")
    assert listed["sorted_links"] == [
        {"id": "x.ex.com/Cd", "clicks": 64},
        {"id": "bit.ly/Bc", "clicks": 32},
        {"id": LINK, "clicks": 31},
    ]
    assert {link["id"]: link["created_by"] for link in listed["links"]} == {
        "x.ex.com/Cd": "bob",
        "bit.ly/Bc": "ann",
        LINK: "ann",
    }
    assert server.data(f"/groups/{group}/bitlinks/clicks", units=1, size=1)["sorted_links"] == [
        {"id": "bit.ly/Bc", "clicks": 32}
    ]


def test_an_empty_store_has_nobody(tmp_path: Path) -> None:
    (tmp_path / "none.log").write_text('{"_heartbeat_": 1368788400}\n')
    store = ClickStore()
    store.import_paths([str(tmp_path / "none.log")])
    for plan in PLANS:
        server = Server(store, epoch(NOW), plan=plan)
        for path in ("/user", "/bsds", "/organizations"):
            assert server.get(path).status_code == 200
        user = server.data("/user")
        assert (user["login"], user["name"]) == ("nobody", "nobody")
        assert user["default_group_guid"] in server.groups
        for group in server.groups:
            assert {count for _, count in server.group_clicks(group, units=2)} == {0}
            assert server.links(group) == []
            assert server.data(f"/groups/{group}/bitlinks/clicks")["sorted_links"] == []


# -- the link list --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Seven links, two of them made in the same second."""
    first = epoch("2013-05-01T00:00:00")
    moments = [first + later for later in (0, 100, 200, 200, 300, 400, 500)]
    lines = [
        {
            "t": moment + 1000,
            "hh": "go.ex.com",
            "h": f"h{index}",
            "hc": moment,
            "l": "ann" if index % 2 else "bob",
            "c": "DE",
            "ckw": None,
            "u": f"https://www.Ex.com/Shop/{index}?q=1#top",
        }
        for index, moment in enumerate(moments)
    ]
    path = tmp_path_factory.mktemp("log") / "many.log"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    store = ClickStore()
    store.import_paths([str(path)])
    yield Server(store, epoch(NOW), plan="core")
    store.close()


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 100])
def test_pages_hold_every_link_once_newest_first(many: Server, size: int) -> None:
    pages = many.pages(many.groups[0], size=size)
    assert [link["id"] for page in pages for link in page["links"]] == [
        f"go.ex.com/h{index}" for index in (6, 5, 4, 2, 3, 1, 0)
    ]
    assert len(pages) == -(-7 // size)
    assert {page["pagination"]["size"] for page in pages} == {size}
    for page, following in pairwise(pages):
        address = urlsplit(page["pagination"]["next"])
        answer = many.client.get(
            f"{address.path}?{address.query}", headers={"Authorization": "Bearer x"}
        ).get_json()
        assert answer == following
    assert pages[-1]["pagination"] == {"next": "", "search_after": "", "size": size}


def test_the_loop_trap(many: Server) -> None:
    path = f"/groups/{many.groups[0]}/bitlinks"
    assert many.data(path, size=2, search_after="") == many.data(path, size=2)


def test_a_page_s_place_stays_where_links_are_added(many: Server) -> None:
    path = f"/groups/{many.groups[0]}/bitlinks"
    now, many.now = many.now, epoch("2013-05-01T00:05:00")
    first = many.data(path, size=2)
    many.now = now
    second = many.data(path, size=2, search_after=first["pagination"]["search_after"])
    assert [link["id"][-2:] for page in (first, second) for link in page["links"]] == [
        "h4",
        "h2",
        "h3",
        "h1",
    ]


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "!!!",
        "W10",
        "WzEsMl0",
        "WyJhIiwiYiIsImMiXQ",
        "e30",
        "WzEsImEiLG51bGxd",
        "WzFlOTk5LCJhIiwiYiJd",
        "ÿ",
    ],
)
def test_a_made_up_token(many: Server, token: str) -> None:
    assert many.refusal(f"/groups/{many.groups[0]}/bitlinks", search_after=token) == (
        400,
        "INVALID_ARG_SEARCH_AFTER",
    )


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"query": "SHOP/3"}, "3"),
        ({"query": "h5"}, "5"),
        ({"query": "nothing"}, ""),
        ({"hostname_path_query": "ex.com/shop/4"}, "4"),
        ({"hostname_path_query": "EX.com"}, "6542310"),
        ({"hostname_path_query": "www.ex.com/shop/1"}, "1"),
        ({"hostname_path_query": "q=1"}, ""),
        ({"hostname_path_query": "x.com"}, ""),
        ({"hostname_path_query": "go.ex.com"}, ""),
        ({"created_after": 1367366700}, "65"),
        ({"created_before": 1367366500}, "0"),
        ({"created_after": 1367366600, "created_before": 1367366900}, "54"),
        ({"archived": "on"}, ""),
        ({"archived": "both"}, "6542310"),
        ({"archived": "off"}, "6542310"),
        ({"encoding_login": "ann"}, "531"),
        ({"encoding_login": ["ann", "bob"]}, "6542310"),
        ({"encoding_login": "eve"}, ""),
        ({"tags": "spring"}, ""),
        ({"custom_bitlink": "on"}, ""),
        ({"has_qr_codes": "off"}, "6542310"),
        ({"campaign_guid": "Ca1bcd2EFGh"}, ""),
    ],
)
def test_filters(many: Server, arguments: dict[str, Any], found: str) -> None:
    for size in (2, 50):
        links = many.links(many.groups[0], size=size, **arguments)
        assert "".join(link[-1] for link in links) == found


@pytest.mark.parametrize(
    "arguments",
    [{"archived": "no"}, {"created_before": "x"}, {"created_after": "-1"}, {"is_expired": "maybe"}],
)
def test_bad_filters(many: Server, arguments: dict[str, str]) -> None:
    status, message = many.refusal(f"/groups/{many.groups[0]}/bitlinks", **arguments)
    assert (status, message) == (400, f"INVALID_ARG_{next(iter(arguments)).upper()}")


# -- v3 beside it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_both_faces_show_the_same_clicks(server: Server, unit: str) -> None:
    """Of a link, and of a login's links as of the links that the group lists for it."""

    def of_v3(path: str, key: str, **more: str) -> list[tuple[str, int]]:
        query = urlencode(
            {
                "access_token": "x",
                "timezone": "UTC",
                "unit": unit,
                "units": "40",
                "rollup": "false",
                **more,
            }
        )
        items = server.client.get(f"/v3/{path}?{query}").get_json()["data"][key]
        return [(stamp(item["dt"]), item["clicks"]) for item in items]

    units = {"hour": 40, "day": 40, "month": 12}[unit]  # a year has no more of them
    assert (
        server.clicks(unit=unit, units=units)
        == of_v3("link/clicks", "link_clicks", link=f"http://{LINK}")[:units]
    )
    for login in ("ann", "bob"):
        links = server.links(server.groups[0], encoding_login=login)
        together = [
            sum(counts)
            for counts in zip(
                *(
                    [clicks for _, clicks in server.clicks(link, unit=unit, units=units)]
                    for link in links
                ),
                strict=True,
            )
        ]
        assert (
            together
            == [
                clicks
                for _, clicks in of_v3("organization/clicks", "organization_clicks", login=login)
            ][:units]
        )


# -- an independent count -------------------------------------------------------------------------


@dataclass(frozen=True)
class Log:
    """A click log, the store that serves it and the second count of it."""

    store: ClickStore
    counter: Counter
    seen: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @property
    def links(self) -> list[str]:
        """A few of the organization's links, the most clicked ones and small ones."""
        counted = Tally(self.counter.link[self.counter.own].tolist()).most_common()
        names = [name for name, _ in counted]
        custom = sorted(
            set(
                self.counter.address[
                    self.counter.own & (self.counter.address != self.counter.link)
                ].tolist()
            )
        )
        return (
            names[:4]
            + names[len(names) // 2 :: max(len(names) // 6, 1)]
            + custom[:: max(len(custom) // 4, 1)]
        )

    def logins(self, group: str, plan: str) -> list[str]:
        """Whose links a group lists."""
        if (group, plan) not in self.seen:
            pages = Server(self.store, self.counter.now, plan=plan).pages(group, size=100)
            self.seen[group, plan] = sorted(
                {link["created_by"] for page in pages for link in page["links"]}
            )
        return self.seen[group, plan]


@pytest.fixture(scope="module")
def demo_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    now = epoch("2026-03-30T12:34:56")
    path = tmp_path_factory.mktemp("demo") / "clicks.log"
    with path.open("w", encoding="utf-8") as lines:
        for day in DemoDays(now).days(date(2025, 11, 1), date(2026, 3, 30)):
            for t, host, link_hash, login, url in zip(
                day["t"], day["host"], day["hash"], day["login"], day["url"], strict=True
            ):
                lines.write(
                    json.dumps({"t": t, "hh": host, "h": link_hash, "l": login, "u": url}) + "\n"
                )
    store = ClickStore()
    store.import_paths([str(path)])
    store.add_tracking_domains(TRACKING_DOMAINS)
    store.name_accounts(LOGINS)
    yield Log(store, Counter([path], TRACKING_DOMAINS, now, LOGINS))
    store.close()


@pytest.fixture(scope="module")
def usagov_log() -> Iterator[Log]:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    store = ClickStore()
    store.import_paths([str(USAGOV)])
    store.add_tracking_domains(["nasa.gov"])
    counter = Counter(sorted(USAGOV.glob("*.gz")), ["nasa.gov"], epoch("2013-05-17T23:10:03"))
    yield Log(store, counter)
    store.close()


@pytest.fixture(params=["demo", "usagov"])
def log(request: pytest.FixtureRequest) -> Log:
    return request.getfixturevalue(f"{request.param}_log")


def expected(log: Log, rows: np.ndarray, unit: str, units: int, end: int) -> list[tuple[str, int]]:
    pairs = log.counter.by_zone(
        rows[log.counter.t[rows] <= log.counter.now], unit, units, "UTC", end
    )
    return [(stamp(start), clicks) for start, clicks in reversed(pairs)]


UNITS = {"minute": 60, "hour": 300, "day": 120, "week": 17, "month": 4}


@pytest.mark.parametrize(
    ("unit", "back"),
    [(unit, back) for unit in UNITS for back in (0, 40) if unit != "minute" or not back],
)
def test_links_count_like_the_second_count(log: Log, unit: str, back: int) -> None:
    server, units = Server(log.store, log.counter.now), UNITS[unit]  # minutes end now
    end = log.counter.now - back * 86_400
    for link in log.links:
        rows = log.counter.of_address(link)
        if not len(rows) or log.store.link(*link.split("/"), log.counter.now) is None:
            continue
        pairs = expected(log, rows, unit, units, end)
        asked = {"unit": unit, "units": units, "unit_reference": stamp(end)}
        assert server.clicks(link, **asked) == pairs
        assert server.total(link, **asked) == sum(clicks for _, clicks in pairs)


@pytest.mark.parametrize("plan", ["premium", "enterprise"])
@pytest.mark.parametrize("unit", UNITS)
def test_groups_count_like_the_second_count(log: Log, unit: str, plan: str) -> None:
    server, units = Server(log.store, log.counter.now, plan=plan), UNITS[unit]
    together: Tally[str] = Tally()
    for group in server.groups:
        rows = np.flatnonzero(log.counter.own & np.isin(log.counter.login, log.logins(group, plan)))
        pairs = expected(log, rows, unit, units, log.counter.now)
        asked = {"unit": unit, "units": units}
        assert server.group_clicks(group, **asked) == pairs
        body = server.data(f"/groups/{group}/clicks", **asked)
        assert [(item["ts"], item["count"]) for item in body["data"]] == pairs
        together.update(dict(pairs))
    everything = np.flatnonzero(log.counter.own)
    assert together == dict(expected(log, everything, unit, units, log.counter.now))


@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_sorted_lists_count_like_the_second_count(log: Log, unit: str) -> None:
    server = Server(log.store, log.counter.now, plan="growth")
    (group,) = server.groups
    newest = int(log.counter.t[log.counter.own][-1])
    for reference in (newest, newest - 86_400 * 30):
        asked = {"unit": unit, "units": 1, "unit_reference": stamp(reference), "size": 100}
        body = server.data(f"/groups/{group}/bitlinks/clicks", **asked)
        ((start, total),) = server.group_clicks(group, **{**asked, "size": 1})
        bounds = log.counter.by_zone(np.flatnonzero(log.counter.own), unit, 1, "UTC", reference)
        assert [(start, total)] == [(stamp(bounds[0][0]), bounds[0][1])]
        rows = [
            row
            for row in np.flatnonzero(log.counter.own)
            if bounds[0][0] <= log.counter.t[row]
            and stamp(log.counter.t[row])[: _cut(unit)] == start[: _cut(unit)]
        ]
        counted = Tally(log.counter.link[rows].tolist())
        listed = {item["id"]: item["clicks"] for item in body["sorted_links"]}
        assert len(listed) == min(100, len(counted))
        assert all(counted[link] == clicks for link, clicks in listed.items())
        assert list(listed.values()) == [clicks for _, clicks in counted.most_common(100)]
        assert {link["id"] for link in body["links"]} == set(listed)


def _cut(unit: str) -> int:
    """How much of a time says in which hour, day or month it is."""
    return {"hour": 13, "day": 10, "month": 7}[unit]


def test_each_link_is_in_one_group(log: Log) -> None:
    halves = Server(log.store, log.counter.now)
    whole = Server(log.store, log.counter.now, plan="core")
    newest = log.counter.now - 86_400 * 20  # thousands of links take their time
    lists = [halves.links(group, size=100, created_after=newest) for group in halves.groups]
    assert len(lists) == 2
    assert all(lists)
    assert sorted(lists[0] + lists[1]) == sorted(
        whole.links(whole.groups[0], size=100, created_after=newest)
    )
    assert set(halves.groups).isdisjoint(whole.groups)
    assert halves.data("/user")["default_group_guid"] in halves.groups


# -- what a plan gives ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickStore]:
    """A click an hour for 800 days, from 2023-01-01 on."""
    store = a_click_every_hour(
        tmp_path_factory.mktemp("log") / "hourly.log", "2023-01-01T00:00:00", 800 * 24
    )
    yield store
    store.close()


LAST = epoch("2025-03-10T09:59:59")  # ten hours of the 799th day are over


@pytest.mark.parametrize(
    ("plan", "days"),
    [("free", 30), ("core", 30), ("growth", 134), ("premium", 365), ("enterprise", 730)],
)
def test_the_window_of_a_plan(hourly: ClickStore, plan: str, days: int) -> None:
    server = Server(hourly, LAST, plan=plan)
    for units in (-1, days, days + 1, 5000):
        body = server.data(f"/bitlinks/{LINK}/clicks", unit="day", units=units)
        assert body["units"] == len(body["link_clicks"]) == days
        assert [item["clicks"] for item in body["link_clicks"]] == [10] + [24] * (days - 1)
        assert server.total(units=units) == 10 + 24 * (days - 1)
    group = server.groups[0]
    assert max(len(server.group_clicks(group)) for group in server.groups) == days
    listed = server.data(f"/groups/{server.data('/user')['default_group_guid']}/bitlinks/clicks")
    assert listed["sorted_links"] == [{"id": LINK, "clicks": 10 + 24 * (days - 1)}]
    assert server.data(f"/groups/{group}/links/clicks/over_time", units=days - 1)["units"] == (
        days - 1
    )
    # From a reference in the middle only what is left of the window is there.
    middle = stamp(LAST - 20 * 86_400)
    assert len(server.clicks(unit_reference=middle)) == days - 20


@pytest.mark.parametrize(
    ("plan", "hours"), [("free", 24), ("core", 29 * 24 + 10), ("growth", 133 * 24 + 10)]
)
def test_the_hours_of_a_plan(hourly: ClickStore, plan: str, hours: int) -> None:
    server = Server(hourly, LAST, plan=plan)
    body = server.data(f"/bitlinks/{LINK}/clicks", unit="hour", units=-1)
    assert body["units"] == len(body["link_clicks"]) == hours
    assert {item["clicks"] for item in body["link_clicks"]} == {1}
    assert len(server.clicks(unit="minute")) == 60


@pytest.mark.parametrize("plan", ["core", "enterprise"])
def test_larger_buckets_are_whole(hourly: ClickStore, plan: str) -> None:
    """None is cut by the window but the running one by the clock."""
    server = Server(hourly, LAST, plan=plan)
    weeks = server.clicks(unit="week")
    assert [clicks for _, clicks in weeks[1:]] == [168] * (len(weeks) - 1)
    months = server.clicks(unit="month")
    assert all(clicks in (28 * 24, 29 * 24, 30 * 24, 31 * 24) for _, clicks in months[1:])
    assert (len(weeks), len(months)) == {"core": (5, 1), "enterprise": (105, 24)}[plan]
    # The 31st of a month: it began before the window, yet it runs.
    server.now = epoch("2025-01-31T10:00:00")
    assert server.clicks(unit="month")[0] == ("2025-01-01T00:00:00+0000", 30 * 24 + 10)


def test_before_the_window_there_is_nothing(hourly: ClickStore) -> None:
    server = Server(hourly, LAST, plan="core")
    before = {"unit": "day", "units": 3, "unit_reference": stamp(LAST - 30 * 86_400)}
    assert server.data(f"/bitlinks/{LINK}/clicks", **before) == {
        "unit_reference": before["unit_reference"],
        "link_clicks": [],
        "units": 0,
        "unit": "day",
    }
    assert server.total(**before) == 0
    assert server.group_clicks(server.groups[0], **before) == []
    assert server.data(f"/groups/{server.groups[0]}/bitlinks/clicks", **before) == {
        "sorted_links": [],
        "links": [],
    }


def test_a_free_account_is_told_of_its_limit(hourly: ClickStore) -> None:
    server = Server(hourly, LAST, plan="free")
    text = "Metrics data limited to after 2025-02-09T00:00:00+0000"
    day = {"unit": "day", "units": 1, "unit_reference": "2023-01-03T00:00:00-0000"}
    path = f"/bitlinks/{LINK}/clicks"
    body = server.data(f"{path}/summary", **day)
    # Not the third day's clicks, but those of the first three.
    assert (body["total_clicks"], body["unit"], body["description"]) == (72, "", text)
    body = server.data(path, **day)
    assert (body["link_clicks"], body["unit"], body["description"]) == ([], "", text)
    # In 2020 a summary that was cut had no unit; a list and a summary that is not cut have one.
    assert server.data(f"{path}/summary", unit="day", units=-1)["unit"] == ""
    assert server.data(f"{path}/summary", unit="day", units=30)["unit"] == "day"
    assert server.data(path, unit="day", units=-1)["unit"] == "day"


@pytest.mark.parametrize("plan", PLANS)
def test_walls(store: ClickStore, plan: str) -> None:
    server = Server(store, epoch(NOW), plan=plan)
    group = server.groups[0]
    assert server.get(f"/groups/{group}/clicks").status_code == (
        402 if plan in ("free", "core") else 200
    )
    assert server.get(f"/groups/{group}/links/clicks/over_time").status_code == 200
    assert server.get(f"/custom_bitlinks/{LINK}/clicks").status_code == (
        402 if plan in ("free", "core", "growth") else 200
    )
    assert len(server.groups) == (2 if plan == "enterprise" else 1)
    assert server.data("/organizations")["organizations"][0]["tier_display_name"].lower() == plan


# -- calls ----------------------------------------------------------------------------------------


def test_a_month_s_calls(store: ClickStore) -> None:
    server = Server(store, epoch(NOW), plan="free", calls_used=994)
    organization = server.data("/organizations")["organizations"][0]["guid"]  # 995
    limits = server.data(f"/organizations/{organization}/plan_limits")  # 996
    assert limits["organization_guid"] == organization
    assert {item["name"]: (item["limit"], item["count"]) for item in limits["plan_limits"]}[
        "api_calls"
    ] == (1000, 996)
    server.get("/groups/nothing")  # a refusal counts as well
    server.get("/nowhere")  # nothing that could be counted
    server.get("/user", None)
    for _ in range(3):
        assert server.get("/bsds").status_code == 200
    response = server.get("/bsds")
    assert (response.status_code, response.content_type) == (429, "application/json")
    assert response.get_json()["message"] == "API_USAGE_LIMIT_EXCEEDED"
    assert "errors" not in response.get_json()
    assert "Retry-After" not in response.headers
    assert server.quota.used_in_month(server.now) == 1000
    # v3 goes on, and never counts.
    assert (
        server.client.get(f"/v3/link/clicks?access_token=x&link=http://{LINK}").get_json()["data"]
        is not None
    )
    server.now = epoch("2013-05-31T23:59:59")
    assert server.refusal("/bsds") == (429, "API_USAGE_LIMIT_EXCEEDED")
    server.now = epoch("2013-06-01T00:00:00")
    assert server.get("/bsds").status_code == 200
    assert server.quota.used_in_month(server.now) == 1


def test_a_minute_s_and_an_hour_s_calls(store: ClickStore) -> None:
    server = Server(store, epoch("2013-05-17T11:00:00"), calls_per_minute=3, calls_per_hour=5)
    assert [server.get("/bsds").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = server.get("/bsds")
    assert response.get_json()["message"] == "RATE_LIMIT_EXCEEDED"
    assert "errors" not in response.get_json()
    assert "Retry-After" not in response.headers
    assert server.get("/user").status_code == 200  # each endpoint has its own
    server.now += 60
    assert [server.get("/bsds").status_code for _ in range(3)] == [200, 200, 429]
    limits = server.data("/user/platform_limits")["platform_limits"]
    counts = {item["endpoint"]: item["methods"] for item in limits}
    assert counts["/bsds"] == [{"name": "GET", "limit": 5, "count": 5}]
    assert counts["/bitlinks/{bitlink}/clicks"] == [{"name": "GET", "limit": 5, "count": 0}]
    assert server.data("/user/platform_limits?path=/bsds")["platform_limits"] == [
        {"endpoint": "/bsds", "methods": counts["/bsds"]}
    ]
    assert server.data("/user/platform_limits?path=/x")["platform_limits"] == []
    server.now += 3600
    assert server.get("/bsds").status_code == 200


def test_a_clock_set_back_does_not_lock_the_door(store: ClickStore) -> None:
    server = Server(store, epoch(NOW), calls_per_month=2)
    assert [server.get("/bsds").status_code for _ in range(3)] == [200, 200, 429]
    server.now = epoch("2013-04-17T00:00:00")
    assert server.get("/bsds").status_code == 200


def test_calls_from_many_threads_are_counted_once_each() -> None:
    quota = Quota(V4Policy(plan="free", calls_per_minute=None, calls_per_hour=None))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: quota.take("/bsds", epoch(NOW)), range(2000)))
    assert Tally(answers) == {None: 1000, "API_USAGE_LIMIT_EXCEEDED": 1000}


def test_a_stopped_clock_has_no_limits_of_a_minute(tmp_path: Path) -> None:
    path = write_clicks(tmp_path / "clicks.log")
    local = LocalBitly.open(ServerOptions(clicks=(path,), now="latest", v4=V4Policy(plan="core")))
    client = Client(local.app)
    for _ in range(150):
        assert client.get("/v4/bsds", headers={"Authorization": "Bearer x"}).status_code == 200
    assert local.quota.used_in_month(local.clock()) == 150
    local.close()


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (
            {"plan": "gold"},
            "'gold' cannot be used: choose one of free, core, growth, premium, enterprise.",
        ),
        ({"zero_days": "x"}, "'x' cannot be used: choose one of sparse, dense."),
        ({"group_ts": "x"}, "'x' cannot be used: choose one of epoch, iso."),
        ({"group_order": "x"}, "'x' cannot be used: choose one of newest, oldest."),
        ({"week_start": 7}, "7 is not a day of the week: choose 0 (Monday) to 6 (Sunday)."),
        ({"calls_used": -1}, "A number of calls cannot be less than zero."),
    ],
)
def test_a_policy_that_cannot_be(bad: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ServerProblem) as caught:
        V4Policy(**bad)
    assert str(caught.value) == sentence


# -- habits ---------------------------------------------------------------------------------------


def test_sparse_lists(store: ClickStore) -> None:
    server = Server(store, epoch(NOW), plan="premium", zero_days="sparse")
    body = server.data(f"/bitlinks/{LINK}/clicks")
    assert body["units"] == -1
    assert [(item["date"][:10], item["clicks"]) for item in body["link_clicks"]] == [
        ("2013-05-17", 3),
        ("2013-05-15", 4),
        ("2013-05-08", 8),
        ("2013-04-10", 16),
    ]
    body = server.data(f"/bitlinks/{LINK}/clicks", units=3)
    assert (body["units"], len(body["link_clicks"])) == (3, 2)
    assert server.data(f"/bitlinks/{LINK}/clicks/summary")["units"] == -1
    body = server.data(f"/groups/{server.groups[0]}/clicks", units=2)
    assert [item["count"] for item in body["data"]] == [35, 64]


@pytest.mark.parametrize(
    ("habits", "expected"),
    [
        ({}, [("2013-05-17T00:00:00+0000", 35), ("2013-05-16T00:00:00+0000", 64)]),
        ({"group_ts": "epoch"}, [("1368748800", 35), ("1368662400", 64)]),
        ({"group_ts": "epoch", "group_order": "oldest"}, [("1368662400", 64), ("1368748800", 35)]),
    ],
)
def test_a_group_s_habits(
    store: ClickStore, habits: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    server = Server(store, epoch(NOW), plan="growth", **habits)
    assert server.group_clicks(server.groups[0], units=2) == expected
    assert server.clicks(units=1) == [("2013-05-17T00:00:00+0000", 3)]  # a link has no habits


def test_weeks_from_sunday(store: ClickStore) -> None:
    server = Server(store, epoch(NOW), plan="premium", week_start=6)
    assert server.clicks(unit="week", units=1) == [("2013-05-12T00:00:00+0000", 7)]


# -- over a port ----------------------------------------------------------------------------------


def test_serve_with_a_plan_and_habits(tmp_path: Path) -> None:
    words = [
        "--clicks",
        write_clicks(tmp_path / "clicks.log", CLICKS),
        "--now",
        f"{NOW}Z",
        "--plan",
        "free",
        "--zero-days",
        "sparse",
        "--group-ts",
        "epoch",
        "--group-order",
        "oldest",
        "--week-start",
        "sunday",
        "--calls-used",
        "996",
        "--token",
        "right",
        "--account",
        "ann",
        "--account",
        "bob",
    ]
    with served(*words) as address:
        session = requests.Session()
        session.headers["Authorization"] = "Bearer right"
        groups = session.get(f"{address}/v4/groups", timeout=10).json()["groups"]
        assert groups[0]["references"]["organization"].startswith(f"{address}/v4/organizations/")
        path = f"{address}/v4/groups/{groups[0]['guid']}/links/clicks/over_time"
        weeks = session.get(path, params={"unit": "week", "units": 2}, timeout=10).json()
        assert weeks["data"] == [
            {"ts": "1367712000", "count": 8},
            {"ts": "1368316800", "count": 7 + 32 + 64},
        ]
        assert (
            session.get(f"{path[: -len('/links/clicks/over_time')]}/clicks", timeout=10).status_code
            == 402
        )
        assert session.get(f"{address}/v4/bsds", timeout=10).status_code == 200
        assert session.get(f"{address}/v4/bsds", timeout=10).status_code == 429
