"""The reads of v3 beside a link's and the organization's clicks, as old clients ask them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recorded import Body, needs_recorded
from support import CLICKS, NOW, epoch, write_clicks
from werkzeug.test import Client, TestResponse

from bitly_data.server import ClickStore, create_app

AB, BC, FOREIGN = "http://go.ex.com/Ab", "http://bit.ly/Bc", "http://j.mp/De"
MISSING = "http://go.ex.com/none"
OWN = sum(count for _, _, login, _, count in CLICKS if login in ("ann", "bob"))
ALL = sum(count for *_, count in CLICKS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickStore]:
    store = ClickStore()
    store.import_paths([write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")])
    store.add_tracking_domains(["shop.example"])
    store.name_accounts(["ann", "bob"])
    yield store
    store.close()


class Asked:
    def __init__(self, store: ClickStore) -> None:
        self.client = Client(create_app(store, clock=lambda: epoch(NOW), token="right"))

    def get(self, path: str, token: str | None = "right", **arguments: Any) -> TestResponse:
        query = arguments if token is None else {"access_token": token, **arguments}
        return self.client.get(f"/v3/{path}", query_string=query)

    def data(self, path: str, **arguments: Any) -> Any:
        body = self.get(path, **arguments).get_json()
        assert (body["status_code"], body["status_txt"]) == (200, "OK"), body
        return body["data"]


@pytest.fixture(scope="module")
def asked(store: ClickStore) -> Asked:
    return Asked(store)


# -- expand ---------------------------------------------------------------------------------------


def test_expand_takes_addresses_and_hashes(asked: Asked) -> None:
    body = asked.get("expand", shortUrl=[AB, MISSING, FOREIGN, "nonsense"], hash=["Cd", "zz"]).text
    # As the servers that answered it since 2017 wrote: no blanks, and the data last.
    assert body == (
        '{"status_code":200,"status_txt":"OK","data":{"expand":['
        '{"short_url":"http://go.ex.com/Ab","long_url":"http://ex.com/a","user_hash":"Ab",'
        '"global_hash":"Ab"},'
        '{"short_url":"http://go.ex.com/none","error":"NOT_FOUND"},'
        '{"short_url":"http://j.mp/De","long_url":"http://www.shop.example/d","user_hash":"De",'
        '"global_hash":"De"},'
        '{"short_url":"nonsense","error":"NOT_FOUND"},'
        '{"hash":"Cd","long_url":"http://ex.com/c","user_hash":"Cd","global_hash":"Cd"},'
        '{"hash":"zz","error":"NOT_FOUND"}]}}'
    )


@pytest.mark.parametrize("path", ["expand", "clicks"])
@needs_recorded("v3")
def test_a_missing_token_is_refused_as_recorded(asked: Asked, path: str) -> None:
    name = "error__500_MISSING_ARG_ACCESS_TOKEN__shorten.node-bitly-2017-11.json"
    recorded = Body("v3", name, ours=False).read()
    assert asked.get(path, token=None, hash="Ab").data == recorded
    assert asked.get(path, token="", hash="Ab").data == recorded


@pytest.mark.parametrize("path", ["expand", "clicks"])
def test_a_wrong_token_has_the_words_of_those_servers(asked: Asked, path: str) -> None:
    refused = asked.get(path, token="wrong", hash="Ab").get_json()
    assert refused == {"status_code": 500, "status_txt": "INVALID_ARG_ACCESS_TOKEN", "data": []}
    other = asked.get("link/countries", token="wrong", link=AB).get_json()
    assert other == {"status_code": 403, "status_txt": "INVALID_ACCESS_TOKEN", "data": None}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "MISSING_ARG_SHORTURL"),
        ({"shortUrl": "", "hash": " "}, "MISSING_ARG_SHORTURL"),
        ({"shortUrl": [AB] * 16}, "INVALID_ARG_SHORTURL"),
        ({"shortUrl": [AB] * 8, "hash": ["Ab"] * 8}, "INVALID_ARG_SHORTURL"),
        ({"hash": ["Ab"] * 16}, "INVALID_ARG_HASH"),
        ({"hash": "Ab", "format": "csv"}, "INVALID_ARG_FORMAT"),
    ],
)
def test_what_expand_refuses_as_a_whole(asked: Asked, arguments: dict[str, Any], text: str) -> None:
    refused = asked.get("expand", **arguments).get_json()
    assert refused == {"status_code": 500, "status_txt": text, "data": []}


def test_fifteen_links_at_once(asked: Asked) -> None:
    assert len(asked.data("expand", shortUrl=[AB] * 7, hash=["Ab"] * 8)["expand"]) == 15


def test_expand_in_the_other_formats(asked: Asked) -> None:
    text = asked.get("expand", hash="Ab", format="txt")
    assert (text.status_code, text.text) == (200, "http://ex.com/a\n")
    xml = asked.get("expand", hash="Ab", format="xml")
    assert xml.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<response><status_code>200</status_code>'
        "<status_txt>OK</status_txt><data><entry><hash>Ab</hash><long_url>http://ex.com/a"
        "</long_url><user_hash>Ab</user_hash><global_hash>Ab</global_hash></entry></data>"
        "</response>"
    )
    assert asked.get("expand", hash="Ab", callback="f").text.startswith('f({"status_code":200')


# -- several links at once ------------------------------------------------------------------------


def test_clicks_of_several_links(asked: Asked) -> None:
    found = asked.data("clicks", shortUrl=[AB, MISSING], hash="Bc")["clicks"]
    assert found == [
        {"short_url": AB, "user_hash": "Ab", "global_hash": "Ab"}
        | {"user_clicks": 31, "global_clicks": 31},
        {"short_url": MISSING, "error": "NOT_FOUND"},
        {"hash": "Bc", "user_hash": "Bc", "global_hash": "Bc"}
        | {"user_clicks": 32, "global_clicks": 32},
    ]


def test_info(asked: Asked) -> None:
    found = asked.data("info", shortUrl=[FOREIGN, MISSING])["info"]
    assert found == [
        {
            "short_url": FOREIGN,
            "user_hash": "De",
            "global_hash": "De",
            "created_by": "eve",
            "title": None,
            "created_at": epoch("2013-05-17T05:00:00"),
        },
        {"short_url": MISSING, "error": "NOT_FOUND"},
    ]


def test_clicks_by_day_are_new_york_s(asked: Asked) -> None:
    (found,) = asked.data("clicks_by_day", shortUrl=AB)["clicks_by_day"]
    days = [(item["day_start"], item["clicks"]) for item in found["clicks"]]
    first = epoch("2013-05-17T04:00:00")
    # Two clicks at 02:00 UTC are of the day before.
    assert days == [
        (first - back * 86_400, count) for back, count in enumerate([1, 2, 4, 0, 0, 0, 0])
    ]
    (found,) = asked.data("clicks_by_day", shortUrl=AB, days=10)["clicks_by_day"]
    assert [item["clicks"] for item in found["clicks"]] == [1, 2, 4, 0, 0, 0, 0, 0, 0, 8]
    refused = asked.get("clicks_by_day", shortUrl=AB, days=0).get_json()
    assert refused["status_txt"] == "INVALID_ARG_DAYS"


def test_clicks_by_minute_are_of_an_hour(asked: Asked) -> None:
    found, missing = asked.data("clicks_by_minute", hash=["Ab", "zz"])["clicks_by_minute"]
    assert found["clicks"] == [1, *[0] * 59]
    assert missing == {"hash": "zz", "error": "NOT_FOUND"}


# -- where clicks come from -----------------------------------------------------------------------

TABLES = [
    ("countries", "country", "None"),
    ("referrers", "referrer", "unknown"),
    ("referring_domains", "domain", "unknown"),
]


@pytest.mark.parametrize(("name", "label", "word"), TABLES)
def test_clicks_that_nobody_can_place_are_one_row(
    asked: Asked, name: str, label: str, word: str
) -> None:
    data = asked.data(f"link/{name}", link=AB)
    assert data == {
        "units": -1,
        "unit_reference_ts": None,
        "tz_offset": -4,
        "unit": "day",
        name: [{label: word, "clicks": 31}],
    }
    assert asked.data(f"link/{name}", link=AB, unit="day", units=1)[name][0]["clicks"] == 1
    assert asked.data(f"link/{name}", link=AB, unit="minute", units=2)[name] == [
        {label: word, "clicks": 1}
    ]
    assert asked.data(f"user/{name}")[name] == [{label: word, "clicks": OWN}]
    hour = {"unit": "hour", "units": 1, "unit_reference_ts": epoch("2013-05-17T10:00:00")}
    assert asked.data(f"link/{name}", link=AB, **hour)[name] == []
    refused = asked.get(f"link/{name}", link=MISSING).get_json()
    assert (refused["status_code"], refused["status_txt"]) == (404, "NOT_FOUND")
    assert asked.get(f"link/{name}").get_json()["status_txt"] == "MISSING_ARG_LINK"


def test_referrers_by_domain_are_an_object(asked: Asked) -> None:
    path = "link/referrers_by_domain"
    found = asked.data(path, link=AB)["referrers"]
    assert found == {"unknown": [{"referrer": "unknown", "clicks": 31}]}
    hour = {"unit": "hour", "units": 1, "unit_reference_ts": epoch("2013-05-17T10:00:00")}
    assert asked.data(path, link=AB, **hour)["referrers"] == {}


@needs_recorded("v3")
@pytest.mark.parametrize(
    ("name", "path", "arguments"),
    [
        (
            "link_referrers_by_domain__hour_Europe-Amsterdam_summer.node-bitly-2018-06-11.json",
            "link/referrers_by_domain",
            {"link": AB, "unit": "hour", "timezone": "Europe/Amsterdam"},
        ),
        ("link_referrers__defaults.php-jsonpath-2017.json", "link/referrers", {"link": AB}),
        ("user_referring_domains.jonstorer-2012.json", "user/referring_domains", {}),
        ("clicks_by_day__hash.node-bitly-2015-09-13.json", "clicks_by_day", {"hash": "Ab"}),
        ("clicks_by_minute__hash.philnash.json", "clicks_by_minute", {"hash": "Ab"}),
        ("clicks__hash.node-bitly-2015-09-13.json", "clicks", {"hash": "Ab"}),
        ("user_clicks__legacy-no-unit.philnash.json", "user/clicks", {}),
        ("doc-examples/user_popular_links__defaults.doc-2012.json", "user/popular_links", {}),
        (
            "doc-examples/user_tracking_domain_clicks__defaults.doc-2012.json",
            "user/tracking_domain_clicks",
            {"domain": "shop.example"},
        ),
    ],
)
def test_answers_have_the_names_of_recorded_ones(
    asked: Asked, name: str, path: str, arguments: dict[str, Any]
) -> None:
    """All that Bitly was seen to answer is here; what is new since then may be, too."""
    recorded = json.loads(Body("v3", name, ours=False).read())["data"]
    found = asked.data(path, **arguments)
    assert set(recorded) <= set(found)
    for key, value in recorded.items():
        assert type(found[key]) is type(value), key
        if isinstance(value, list) and value and isinstance(value[0], dict):
            assert set(value[0]) <= set(found[key][0]), key


# -- the user's clicks, links and domains ---------------------------------------------------------


def test_clicks_of_the_user(asked: Asked) -> None:
    old = asked.data("user/clicks")
    assert (old["days"], len(old["clicks"])) == (7, 7)
    assert old["total_clicks"] == sum(day["clicks"] for day in old["clicks"]) == 7 + 32 + 64
    assert asked.data("user/clicks", unit="day")["user_clicks"] == OWN
    weeks = asked.data("user/clicks", unit="week", units=2, rollup="false", timezone=0)
    assert [item["clicks"] for item in weeks["user_clicks"]] == [7 + 32 + 64, 8]
    assert asked.get("user/clicks", unit="day", format="txt").text == f"{OWN}\n"


def test_the_links_most_clicked(asked: Asked) -> None:
    found = asked.data("user/popular_links", unit="day", units=2, timezone=0)
    assert found["popular_links"] == [
        {"link": "http://x.ex.com/Cd", "clicks": 64},
        {"link": BC, "clicks": 32},
        {"link": AB, "clicks": 3},
    ]
    assert len(asked.data("user/popular_links", limit=1)["popular_links"]) == 1
    everybody = asked.data("organization/popular_links")["popular_links"]
    assert sum(item["clicks"] for item in everybody) == ALL
    one = asked.data("organization/popular_links", domain="x.ex.com")["popular_links"]
    assert one == [{"link": "http://x.ex.com/Cd", "clicks": 64}]
    refused = asked.get("organization/popular_links", domain="none.example").get_json()
    assert refused["status_txt"] == "INVALID_ARG_DOMAIN"


def test_tracking_domains(asked: Asked) -> None:
    path = "user/tracking_domain_clicks"
    assert asked.data("user/tracking_domain_list") == {"tracking_domains": ["shop.example"]}
    assert asked.data(path, domain="shop.example")["tracking_domain_clicks"] == 128
    assert asked.get(path).get_json()["status_txt"] == "MISSING_ARG_DOMAIN"
    refused = asked.get(path, domain="x.ex.com").get_json()
    assert (refused["status_code"], refused["status_txt"]) == (
        500,
        "TRACKING_DOMAIN_NOT_REGISTERED",
    )


def test_a_hash_leads_to_the_same_link_on_any_host(tmp_path: Path) -> None:
    lines = [
        {"t": 1_360_000_000, "hh": "z.example", "h": "one", "l": "ann", "u": "http://ex.com/1"},
        {"t": 1_360_000_100, "hh": "bit.ly", "h": "one", "l": "ann", "u": "http://ex.com/1"},
        {"t": 1_360_000_200, "hh": "a.example", "h": "two", "kw": "sale", "u": "http://ex.com/2"},
    ]
    path = tmp_path / "a.log"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    store = ClickStore()
    store.import_paths([str(path)])
    now = 1_360_000_150
    one = store.link_of_hash("one", now)
    assert one is not None and one.name == "bit.ly/one"
    assert store.link_of_hash("two", now) is None  # not there yet
    two = store.link_of_hash("sale", now + 100)
    assert two is not None and two.name == "a.example/two"
    store.close()
