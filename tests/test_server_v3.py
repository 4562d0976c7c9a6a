"""The v3 answers: arguments, forms, buckets, and an independent count over real logs."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from counter import tz
from tiers import WITHOUT_SHARED
from werkzeug.test import Client, TestResponse

from bitly_data import buckets
from bitly_data.server import (
    ClickStore,
    LocalBitly,
    ServerOptions,
    ServerProblem,
    create_app,
    serve,
)

LOGS = Path(__file__).parents[2] / "shared/data/usagov"
RECORDED = Path(__file__).parents[2] / "shared/reference/v3-recorded"
needs_logs = pytest.mark.skipif(not LOGS.exists(), reason=WITHOUT_SHARED)
needs_recorded = pytest.mark.skipif(not RECORDED.exists(), reason=WITHOUT_SHARED)

LINK, ORGANIZATION = "/v3/link/clicks", "/v3/organization/clicks"
HISTORY, INFO = "/v3/user/link_history", "/v3/user/info"


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]


# A Wednesday in winter, New York at -5.
NOW = utc(2013, 1, 16, 18, 30)
BEAT = '{"_heartbeat_": 1358360000}\n'


def line(
    t: int,
    host: str = "s.co",
    link_hash: str = "a",
    login: str = "ann",
    url: str = "http://x.org/",
    **more: object,
) -> str:
    return json.dumps({"t": t, "hh": host, "h": link_hash, "l": login, "u": url, **more}) + "\n"


class Server:
    """The application over a handwritten log, asked like a client asks."""

    def __init__(
        self,
        path: Path,
        lines: list[str],
        *tracking: str,
        accounts: tuple[str, ...] = (),
        now: float = NOW,
        **options: Any,
    ) -> None:
        path.write_text("".join(lines))
        self.store = ClickStore()
        self.store.import_paths([str(path)])
        self.store.add_tracking_domains(tracking)
        self.store.name_accounts(accounts)
        self.now = now
        self.client = Client(create_app(self.store, clock=lambda: self.now, **options))

    def get(self, path: str, **arguments: Any) -> TestResponse:
        arguments = {"access_token": "x", **arguments}
        if path in (LINK, "/link/clicks"):
            arguments.setdefault("link", "http://s.co/a")
        return self.client.get(f"{path}?{urlencode(arguments, doseq=True)}")

    def body(self, path: str, **arguments: Any) -> Any:
        response = self.get(path, **arguments)
        assert response.status_code == 200
        return json.loads(response.data)

    def data(self, path: str, **arguments: Any) -> Any:
        body = self.body(path, **arguments)
        assert (body["status_code"], body["status_txt"]) == (200, "OK"), body
        return body["data"]

    def series(self, path: str = LINK, **arguments: Any) -> list[tuple[int, int]]:
        data = self.data(path, **{"rollup": "false", **arguments})
        items = data["link_clicks" if path == LINK else "organization_clicks"]
        assert all(list(item) == ["dt", "clicks"] for item in items)
        return [(item["dt"], item["clicks"]) for item in items]

    def refusal(self, path: str, **arguments: Any) -> tuple[int, str]:
        body = self.body(path, **arguments)
        assert list(body) == ["status_code", "data", "status_txt"] and body["data"] is None
        return body["status_code"], body["status_txt"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Clicks of one link at 1 click now, 2 an hour ago, 3 a day ago, 4 a month ago."""
    times = [NOW] + [NOW - 3600] * 2 + [NOW - 86_400] * 3 + [NOW - 31 * 86_400] * 4
    lines = [line(t) for t in [*times, NOW + 1]]
    lines += [line(NOW - 50, "bit.ly", "o", "eve", "http://www.track.org/")]
    lines += [line(NOW - 40, "t.co", "b", "bob", "http://track.org/", hc=NOW - 90)]
    log = tmp_path_factory.mktemp("log") / "log"
    return Server(log, lines, "track.org", accounts=("ann", "bob"))


# -- the envelope and its formats -------------------------------------------------------------


@needs_recorded
def test_the_bytes_are_those_of_the_recorded_answers(server: Server, tmp_path: Path) -> None:
    recorded = (RECORDED / "link_clicks__all-defaults.shortybit-2018-04-04.json").read_text()
    summer = Server(tmp_path / "log", [BEAT])  # a log without clicks
    assert (
        summer.get(LINK).text
        == (
            RECORDED / "error__404_NOT_FOUND__user_link_edit.node-bitly-2015-09-13.json"
        ).read_text()
    )
    ours = server.get(LINK).text
    assert ours == recorded.replace("-4", "-5").replace('"link_clicks": 1', '"link_clicks": 10')
    assert (
        server.get(LINK, access_token="").text
        == (
            RECORDED
            / "error__500_MISSING_ARG_ACCESS_TOKEN__link_metrics.node-bitly-2019-06-14.json"
        ).read_text()
    )
    page = "error__unknown-path_http404.node-bitly-2017-11-03.html"
    assert server.get("/v3/none").data == (RECORDED / page).read_bytes()
    history = json.loads(
        (RECORDED / "user_link_history__defaults.shortybit-2018-04-04.json").read_text()
    )
    item = server.data(HISTORY)["link_history"][0]
    assert list(item) == list(history["data"]["link_history"][0])
    info = json.loads((RECORDED / "partial/user_info__data-object.redacted.json").read_text())
    assert set(info) <= set(server.data(INFO))


def test_headers(server: Server) -> None:
    response = server.get(LINK)
    assert response.content_type == "application/json; charset=utf-8"
    assert response.headers["ETag"] == f'"{hashlib.sha1(response.data).hexdigest()}"'
    assert response.headers.getlist("Date") == ["Wed, 16 Jan 2013 18:30:00 GMT"]
    assert server.get("/none").headers["Date"] == "Wed, 16 Jan 2013 18:30:00 GMT"


def test_post_and_head(server: Server) -> None:
    form = {"access_token": "x", "link": "s.co/a", "unit": "hour"}
    posted = server.client.post(LINK + "?unit=day&rollup=true", data=form)
    assert posted.json is not None and posted.json["data"]["unit"] == "hour"
    head = server.client.head(LINK, query_string=form)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(posted.data))
    assert server.client.put(LINK).status_code == 405
    assert server.client.post(LINK, data={"link": "x" * 2_000_000}).status_code == 413


@pytest.mark.parametrize("path", ["/", "/v3", "/v3/link/clicks/", "/v3/user/shares"])
def test_other_paths_do_not_exist(server: Server, path: str) -> None:
    response = server.get(path)
    assert (response.status_code, response.mimetype) == (404, "text/html")


def test_the_path_without_v3(server: Server) -> None:
    assert server.data("/link/clicks") == server.data(LINK)


def test_jsonp(server: Server) -> None:
    response = server.get(LINK, callback="app.on_clicks")
    assert response.text == f"app.on_clicks({server.get(LINK).text})"
    assert response.content_type == "application/javascript; charset=utf-8"
    assert server.get(LINK, callback="f", access_token="").text.startswith('f({"status_code": 500')
    assert server.refusal(LINK, callback="alert(1)//") == (500, "INVALID_ARG_CALLBACK")
    assert server.get(LINK, callback="f", format="xml").mimetype == "application/xml"


def test_xml(server: Server) -> None:
    response = server.get(LINK, format="xml")
    assert response.content_type == "application/xml; charset=utf-8"
    assert response.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<response><status_code>200</status_code><data>'
        "<units>-1</units><unit_reference_ts></unit_reference_ts><tz_offset>-5</tz_offset>"
        "<unit>day</unit><link_clicks>10</link_clicks></data><status_txt>OK</status_txt>"
        "</response>"
    )
    series = ElementTree.fromstring(server.get(LINK, format="xml", rollup="false", units=2).data)
    assert [[child.text for child in item] for item in series.findall("data/link_clicks")] == [
        [str(utc(2013, 1, 16, 5)), "3"],
        [str(utc(2013, 1, 15, 5)), "3"],
    ]
    error = ElementTree.fromstring(server.get(LINK, format="xml", link="s.co/z").data)
    assert [child.text for child in error] == ["404", None, "NOT_FOUND"]


def test_xml_holds_any_text(tmp_path: Path) -> None:
    server = Server(tmp_path / "log", [line(NOW, url="http://x/<&\u0001\ufffe\u00e9\U0001f600")])
    response = ElementTree.fromstring(server.get(HISTORY, format="xml").data)
    assert response.findtext("data/link_history/long_url") == "http://x/<&\u00e9\U0001f600"
    assert response.findtext("data/link_history/archived") == "false"
    assert response.findtext("data/link_history/encoding_user/login") == "ann"


def test_text(server: Server) -> None:
    response = server.get(LINK, format="txt")
    assert (response.status_code, response.text, response.content_type) == (
        200,
        "10\n",
        "text/plain; charset=utf-8",
    )
    for arguments, status, text in (
        ({"access_token": ""}, 500, "MISSING_ARG_ACCESS_TOKEN"),
        ({"link": "s.co/z"}, 404, "NOT_FOUND"),
        ({"link": "x"}, 400, "INVALID_ARG_LINK"),
        ({"rollup": "false"}, 500, "INVALID_ARG_FORMAT"),
    ):
        response = server.get(LINK, format="txt", **arguments)
        assert (response.status_code, response.text) == (status, text)
    for path in (HISTORY, INFO):
        response = server.get(path, format="txt")
        assert (response.status_code, response.text) == (500, "INVALID_ARG_FORMAT")


def test_non_ascii_text_is_escaped(tmp_path: Path) -> None:
    server = Server(tmp_path / "log", [line(NOW, title="é")])
    assert b'"title": "\\u00e9"' in server.get(HISTORY).data


# -- tokens and arguments ---------------------------------------------------------------------


def test_tokens(tmp_path: Path, server: Server) -> None:
    strict = Server(tmp_path / "log", [line(NOW)], token="sécret")
    assert strict.data(LINK, access_token="sécret")["link_clicks"] == 1
    assert strict.refusal(LINK, access_token="x", unit="x") == (403, "INVALID_ACCESS_TOKEN")
    for path in (LINK, ORGANIZATION, HISTORY, INFO):
        assert server.refusal(path, access_token="", format="x") == (
            500,
            "MISSING_ARG_ACCESS_TOKEN",
        )


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ({"link": ""}, 500, "MISSING_ARG_LINK"),
        ({"link": "s.co"}, 400, "INVALID_ARG_LINK"),
        ({"link": "http://s.co/a/b"}, 400, "INVALID_ARG_LINK"),
        ({"link": "http://s.co/"}, 400, "INVALID_ARG_LINK"),
        ({"link": "ftp://s.co/a"}, 400, "INVALID_ARG_LINK"),
        ({"link": "s.co/a?x=1"}, 400, "INVALID_ARG_LINK"),
        ({"link": "s.co/A"}, 404, "NOT_FOUND"),
        ({"unit": "year"}, 500, "INVALID_ARG_UNIT"),
        ({"unit": "mweek"}, 500, "INVALID_ARG_UNIT"),
        ({"units": "0"}, 500, "INVALID_ARG_UNITS"),
        ({"units": "-2"}, 500, "INVALID_ARG_UNITS"),
        ({"units": "1.5"}, 500, "INVALID_ARG_UNITS"),
        ({"units": "٣"}, 500, "INVALID_ARG_UNITS"),
        ({"units": "9" * 5000}, 500, "INVALID_ARG_UNITS"),
        ({"unit": "minute", "units": "61"}, 500, "INVALID_ARG_UNITS"),
        ({"rollup": "yes"}, 500, "INVALID_ARG_ROLLUP"),
        ({"timezone": "15"}, 500, "INVALID_ARG_TIMEZONE"),
        ({"timezone": "-15"}, 500, "INVALID_ARG_TIMEZONE"),
        ({"timezone": "5.5"}, 500, "INVALID_ARG_TIMEZONE"),
        ({"timezone": "../etc/passwd"}, 500, "INVALID_ARG_TIMEZONE"),
        ({"tz_offset": "Mars"}, 500, "INVALID_ARG_TIMEZONE"),
        ({"limit": "0"}, 500, "INVALID_ARG_LIMIT"),
        ({"limit": "1001"}, 500, "INVALID_ARG_LIMIT"),
        ({"limit": "x"}, 500, "INVALID_ARG_LIMIT"),
        ({"unit_reference_ts": "-1"}, 500, "INVALID_ARG_UNIT_REFERENCE_TS"),
        ({"unit_reference_ts": "later"}, 500, "INVALID_ARG_UNIT_REFERENCE_TS"),
        ({"unit_reference_ts": "1358361000000"}, 500, "INVALID_ARG_UNIT_REFERENCE_TS"),
        ({"unit_reference_ts": str(NOW), "unit": "minute"}, 500, "INVALID_ARG_UNIT_REFERENCE_TS"),
        ({"format": "html"}, 500, "INVALID_ARG_FORMAT"),
    ],
)
def test_bad_arguments(server: Server, arguments: dict[str, str], code: int, text: str) -> None:
    assert server.refusal(LINK, **arguments) == (code, text)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"unit": "minute"}, "INVALID_ARG_UNIT"),
        ({"domain": "bit.ly"}, "INVALID_ARG_DOMAIN"),
        ({"domain": ["s.co", "x.org"]}, "INVALID_ARG_DOMAIN"),
        ({"login": "eve"}, "INVALID_ARG_LOGIN"),
        ({"login": "!ann"}, "INVALID_ARG_LOGIN"),
        ({"units": "0"}, "INVALID_ARG_UNITS"),
    ],
)
def test_bad_arguments_of_the_organization(
    server: Server, arguments: dict[str, Any], text: str
) -> None:
    assert server.refusal(ORGANIZATION, **arguments) == (500, text)


@pytest.mark.parametrize("link", ["s.co/a", "http://s.co/a", "https://S.CO/a", "HTTP://s.co/a"])
def test_forms_of_a_link(server: Server, link: str) -> None:
    assert server.data(LINK, link=link)["link_clicks"] == 10


def test_arguments_that_do_no_harm(server: Server) -> None:
    plain = server.data(LINK)
    assert server.data(LINK, domain="bit.ly", nonsense="1", unit="", units=" ") == plain
    assert server.data(LINK, unit=["x", "day"], rollup=["false", "TRUE"]) == plain
    assert server.data(LINK, rollup="1") == plain
    assert isinstance(server.data(LINK, rollup="0")["link_clicks"], list)


def test_what_is_echoed(server: Server) -> None:
    data = server.data(LINK, units=3, unit="hour", timezone="0", unit_reference_ts=NOW - 5)
    assert data == {
        "units": 3,
        "unit_reference_ts": NOW - 5,
        "tz_offset": 0,
        "unit": "hour",
        "link_clicks": 3,
    }
    assert list(data) == ["units", "unit_reference_ts", "tz_offset", "unit", "link_clicks"]
    assert server.data(LINK, unit_reference_ts="now", unit="minute")["unit_reference_ts"] == "now"
    assert list(server.data(ORGANIZATION))[-1] == "organization_clicks"


# -- zones ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "echo"),
    [
        ("Europe/Amsterdam", 1),
        ("-14", -14),
        ("14", 14),
        ("+3", 3),
        ("Asia/Kolkata", 5.5),
        ("Asia/Kathmandu", 5.75),
        ("America/St_Johns", -3.5),
        ("Etc/GMT", 0),
    ],
)
def test_the_offset_is_echoed_in_hours(server: Server, zone: str, echo: float) -> None:
    data = server.data(LINK, timezone=zone)
    assert data["tz_offset"] == echo and type(data["tz_offset"]) is type(echo)
    assert server.data(LINK, tz_offset=zone) == data
    assert server.data(LINK, tz_offset="9", timezone=zone) == data


def test_a_zone_with_half_an_hour_has_its_days_at_its_midnight(server: Server) -> None:
    assert server.series(timezone="Asia/Kolkata", units=2) == [
        (utc(2013, 1, 16, 18, 30), 1),
        (utc(2013, 1, 15, 18, 30), 5),
    ]


def test_today_s_offset_holds_for_buckets_before_a_change_of_clocks(tmp_path: Path) -> None:
    # New York went to summer time on 2013-03-10; asked in April, all days begin at 04:00Z.
    times = [utc(2013, 3, 9, 4, 30), utc(2013, 3, 12, 3, 59), utc(2013, 3, 12, 4)]
    server = Server(tmp_path / "log", [line(t) for t in times], now=utc(2013, 4, 1))
    assert server.data(LINK)["tz_offset"] == -4
    assert server.series(units=4, unit_reference_ts=times[-1]) == [
        (utc(2013, 3, 12, 4), 1),
        (utc(2013, 3, 11, 4), 1),
        (utc(2013, 3, 10, 4), 0),
        (utc(2013, 3, 9, 4), 1),
    ]
    server.now = utc(2013, 12, 1)  # in winter the same clicks fall on other days
    assert server.series() == [(utc(2013, 3, 11, 5), 2), (utc(2013, 3, 8, 5), 1)]


# -- buckets ----------------------------------------------------------------------------------


def test_hours(server: Server) -> None:
    assert server.series(unit="hour", units=3) == [
        (NOW - 1800, 1),
        (NOW - 5400, 2),
        (NOW - 9000, 0),
    ]


def test_minutes(server: Server) -> None:
    series = server.series(unit="minute", units=-1)
    assert len(series) == 60 and series[0] == (NOW, 1) and sum(n for _, n in series) == 1
    assert server.data(LINK, unit="minute")["link_clicks"] == 1
    assert server.data(LINK, unit="minute", units=60)["link_clicks"] == 1
    assert server.data(LINK, unit="minute")["units"] == -1
    server.now = NOW - 1
    try:
        assert server.data(LINK, unit="minute")["link_clicks"] == 2
    finally:
        server.now = NOW


def test_weeks_begin_on_sunday(server: Server) -> None:
    assert server.series(unit="week", units=2) == [
        (utc(2013, 1, 13, 5), 6),
        (utc(2013, 1, 6, 5), 0),
    ]
    assert server.series(unit="week") == [(utc(2013, 1, 13, 5), 6), (utc(2012, 12, 16, 5), 4)]


def test_months_are_calendar_months(server: Server) -> None:
    assert server.series(unit="month", units=3) == [
        (utc(2013, 1, 1, 5), 6),
        (utc(2012, 12, 1, 5), 4),
        (utc(2012, 11, 1, 5), 0),
    ]
    assert server.series(unit="month") == [(utc(2013, 1, 1, 5), 6), (utc(2012, 12, 1, 5), 4)]


def test_all_time_shows_only_buckets_with_clicks(server: Server) -> None:
    assert server.series() == [
        (utc(2013, 1, 16, 5), 3),
        (utc(2013, 1, 15, 5), 3),
        (utc(2012, 12, 16, 5), 4),
    ]
    assert len(server.series(limit=2)) == 2


def test_limit_caps_lists_and_not_sums(server: Server) -> None:
    assert len(server.series(units=500)) == 100
    assert len(server.series(units=500, limit=7)) == 7
    assert len(server.series(units=5, limit=7)) == 5
    assert server.data(LINK, units=500, limit=1)["link_clicks"] == 10


def test_the_bucket_of_the_reference_is_counted_whole(server: Server) -> None:
    start = utc(2013, 1, 15, 5)
    for reference in (start, start + 86_399):
        assert server.series(units=1, unit_reference_ts=reference) == [(start, 3)]
        assert server.data(LINK, unit_reference_ts=reference)["link_clicks"] == 7


def test_an_end_in_the_future(server: Server) -> None:
    tomorrow = NOW + 86_400
    assert server.series(units=2, unit_reference_ts=tomorrow) == [
        (utc(2013, 1, 17, 5), 0),
        (utc(2013, 1, 16, 5), 3),
    ]
    assert server.data(LINK, unit_reference_ts=tomorrow)["link_clicks"] == 10
    far = server.series(unit="month", units=2, unit_reference_ts=buckets.LATEST)
    assert [clicks for _, clicks in far] == [0, 0]


def test_clicks_after_the_clock_are_not_there_yet(server: Server) -> None:
    try:
        server.now = NOW + 1
        assert server.data(LINK)["link_clicks"] == 11
        server.now = NOW - 31 * 86_400 - 1
        assert server.refusal(LINK) == (404, "NOT_FOUND")
        assert server.data(ORGANIZATION)["organization_clicks"] == 0
        assert server.data(HISTORY)["result_count"] == 0
    finally:
        server.now = NOW


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_ranges_that_reach_back_before_1970(server: Server, unit: str) -> None:
    for units in (100_000, 10**9, 10**17):
        assert server.data(LINK, unit=unit, units=units)["link_clicks"] == 10
        assert len(server.series(unit=unit, units=units, limit=3)) == 3
    old = server.series(unit=unit, units=1000, limit=1000, unit_reference_ts=5_000_000)
    assert all(start >= 0 for start, _ in old)
    assert len(server.series(unit=unit, units=5, unit_reference_ts=0)) <= 5


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_clicks_at_the_very_beginning(tmp_path: Path, unit: str) -> None:
    # A few of them would lie far from all others; none counts before the 2nd of March 1970.
    first = 60 * 86_400
    server = Server(tmp_path / "log", [line(first), line(first + 3 * 86_400), line(NOW)] * 11)
    assert server.data(LINK, unit=unit)["link_clicks"] == 33
    assert sum(clicks for _, clicks in server.series(unit=unit)) == 33
    assert server.data(LINK, unit=unit, units=10**9)["link_clicks"] == 33


def test_sparse_weeks_are_whole_at_the_limit(tmp_path: Path) -> None:
    days = [line(NOW - index * 86_400) for index in range(400)]
    server = Server(tmp_path / "log", days)
    for unit in ("week", "month"):
        everything = server.series(unit=unit)
        for limit in (1, 2, 5):
            assert server.series(unit=unit, limit=limit) == everything[:limit]


# -- the organization -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "clicks"),
    [
        ({}, 12),
        ({"domain": "S.co"}, 10),
        ({"domain": "track.org"}, 2),
        ({"login": "!"}, 1),
        ({"domain": ["t.co", "track.org"]}, 2),
        ({"domain": ["t.co", "s.co"]}, 11),
        ({"login": "bob"}, 1),
        ({"login": "bob", "domain": "track.org"}, 1),
        ({"login": "!", "domain": "s.co"}, 0),
        ({"domain": ""}, 12),
    ],
)
def test_the_organization_s_clicks(server: Server, arguments: dict[str, Any], clicks: int) -> None:
    assert server.data(ORGANIZATION, **arguments)["organization_clicks"] == clicks
    assert sum(n for _, n in server.series(ORGANIZATION, **arguments)) == clicks


@pytest.mark.parametrize(
    ("tracking", "accounts", "text"),
    [
        ((), (), "ACCOUNTS_NOT_NAMED"),
        (("track.org",), (), "ACCOUNTS_NOT_NAMED"),
        ((), ("ann",), "TRACKING_DOMAIN_NOT_REGISTERED"),
    ],
)
def test_other_people_s_links_are_refused_where_nothing_says_which_they_are(
    tmp_path: Path, tracking: tuple[str, ...], accounts: tuple[str, ...], text: str
) -> None:
    lines = [line(NOW), line(NOW, "bit.ly", "o", "eve", "http://track.org/")]
    server = Server(tmp_path / "log", lines, *tracking, accounts=accounts)
    for rollup in ("true", "false"):
        assert server.refusal(ORGANIZATION, login="!", rollup=rollup) == (500, text)
    assert server.data(ORGANIZATION)["organization_clicks"] == 2


def test_a_domain_is_asked_for_by_any_spelling(tmp_path: Path) -> None:
    server = Server(tmp_path / "log", [line(NOW, "www.s.co"), line(NOW, "s.co.")], "www.x.org")
    for name in ("s.co", "WWW.s.co", "s.co.", "x.org", "www.x.org."):
        assert server.data(ORGANIZATION, domain=name)["organization_clicks"] == 2
    assert server.data(ORGANIZATION, domain=["s.co", "www.s.co"])["organization_clicks"] == 2
    assert server.data(INFO)["domain_options"][:1] == ["s.co"]
    assert server.data(INFO)["tracking_domains"] == ["x.org"]


def test_whether_the_organization_rolls_up_is_a_switch(tmp_path: Path) -> None:
    server = Server(tmp_path / "log", [line(NOW)], organization_rollup=False)
    assert server.data(ORGANIZATION)["organization_clicks"] == [
        {"dt": utc(2013, 1, 16, 5), "clicks": 1}
    ]
    assert server.data(ORGANIZATION, rollup="true")["organization_clicks"] == 1
    assert server.data(LINK)["link_clicks"] == 1
    assert server.get(ORGANIZATION, format="txt").text == "INVALID_ARG_FORMAT"


# -- the account ------------------------------------------------------------------------------


def test_user_info(server: Server) -> None:
    data = server.data(INFO)
    assert (data["login"], data["sub_accounts"]) == ("ann", ["bob"])
    assert data["domain_options"] == ["s.co", "t.co", "bit.ly", "bitly.com", "j.mp"]
    assert data["custom_short_domain"] == "s.co"
    assert data["tracking_domains"] == ["track.org"] and data["e2e_domains"] == []
    assert data["member_since"] == NOW - 31 * 86_400
    assert data["is_enterprise"] is True and data["apiKey"] == ""


def test_user_info_of_a_log_without_clicks(tmp_path: Path) -> None:
    data = Server(tmp_path / "log", [BEAT]).data(INFO)
    assert (data["login"], data["sub_accounts"], data["custom_short_domain"]) == (None, [], None)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Server:
    lines = [
        line(
            NOW - 100 * index,
            link_hash=f"l{index}",
            login="ann" if index % 3 else "bob",
            url=f"http://x.org/{index}",
            title="Über uns" if index == 7 else "",
        )
        for index in range(120)
    ]
    return Server(
        tmp_path_factory.mktemp("log") / "log",
        [*lines, line(NOW + 5, link_hash="future"), line(NOW, "bit.ly", "others", "eve")],
        accounts=("ann", "bob"),
    )


def hashes(server: Server, **arguments: Any) -> list[str]:
    items = server.data(HISTORY, **arguments)["link_history"]
    return [item["link"].rpartition("/")[2] for item in items]


def test_link_history_pages(history: Server) -> None:
    data = history.data(HISTORY)
    assert (len(data["link_history"]), data["result_count"]) == (50, 120)
    assert hashes(history)[:3] == ["l0", "l1", "l2"]
    pages = [hashes(history, limit=100, offset=offset) for offset in (0, 100, 200)]
    assert [len(page) for page in pages] == [100, 20, 0]
    assert len({name for page in pages for name in page}) == 120


def test_link_history_item(history: Server) -> None:
    item = history.data(HISTORY, query="ÜBER")["link_history"][0]
    created = NOW - 700
    assert item == {
        "has_link_deeplinks": False,
        "archived": False,
        "user_ts": created,
        "title": "Über uns",
        "created_at": created,
        "tags": [],
        "modified_at": created,
        "campaign_ids": [],
        "private": False,
        "aggregate_link": "http://s.co/l7",
        "long_url": "http://x.org/7",
        "client_id": "",
        "link": "http://s.co/l7",
        "is_domain_deeplink": False,
        "encoding_user": {"login": "ann", "display_name": "ann", "full_name": "ann"},
    }
    assert history.data(HISTORY)["link_history"][0]["title"] is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            {"query": "x.ORG/11"},
            ["l11", "l110", "l111", "l112", "l113", "l114", "l115", "l116", "l117", "l118", "l119"],
        ),
        ({"query": "CO/L5", "limit": "2"}, ["l5", "l50"]),
        ({"query": "%"}, []),
        ({"link": ["s.co/l4", "http://s.co/l2", "s.co/none", "bit.ly/others"]}, ["l2", "l4"]),
        ({"user": "bob", "limit": "3"}, ["l0", "l3", "l6"]),
        ({"created_after": str(NOW - 200)}, ["l0", "l1"]),
        ({"created_before": str(NOW - 11_700)}, ["l118", "l119"]),
        ({"archived": "on"}, []),
        ({"private": "on"}, []),
        ({"archived": "both", "private": "off", "limit": "1"}, ["l0"]),
    ],
)
def test_link_history_filters(
    history: Server, arguments: dict[str, Any], expected: list[str]
) -> None:
    assert hashes(history, **arguments) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "101"),
        ("limit", "0"),
        ("offset", "-1"),
        ("archived", "x"),
        ("private", "x"),
        ("user", "eve"),
        ("created_before", "x"),
        ("created_after", "-1"),
    ],
)
def test_bad_arguments_of_link_history(history: Server, name: str, value: str) -> None:
    assert history.refusal(HISTORY, **{name: value}) == (500, f"INVALID_ARG_{name.upper()}")


# -- the log and faults -----------------------------------------------------------------------


def test_neither_query_nor_token_is_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="bitly_data.server"):
        server.get(LINK, access_token="secret-token")
        server.get("/bad%0Apath", access_token="secret-token")
    (first, second) = caplog.messages
    assert first.startswith("GET /v3/link/clicks 200 ") and first.endswith(" ms")
    assert second.startswith("GET /bad%0Apath 404 ")
    assert "secret" not in caplog.text


def test_a_fault_of_the_server_is_an_answer_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(tmp_path / "log", [line(NOW)])
    monkeypatch.setattr(server.store, "count", lambda *_: 1 / 0)
    assert server.refusal(LINK) == (500, "UNKNOWN_ERROR")
    response = server.get(LINK, format="txt")
    assert (response.status_code, response.text) == (500, "UNKNOWN_ERROR")


# -- an independent count over the public logs ------------------------------------------------


def public_clicks() -> list[dict[str, Any]]:
    records = []
    for path in sorted(LOGS.glob("*.gz")):
        for text in gzip.decompress(path.read_bytes()).splitlines():
            try:
                record = json.loads(text)
            except ValueError:
                continue
            if "t" in record:
                records.append(record)
    return records


@pytest.fixture(scope="module")
def public() -> tuple[LocalBitly, list[dict[str, Any]]]:
    if not LOGS.exists():
        pytest.skip(WITHOUT_SHARED)
    options = ServerOptions(
        clicks=(str(LOGS),),
        tracking_domains=("nasa.gov", "noaa.gov"),
        accounts=ACCOUNTS,
        now="latest",
    )
    return LocalBitly.open(options), public_clicks()


# Some of the busiest logins, as if they were the organization's own.
ACCOUNTS = ("nasatwitter", "tweetdeckapi", "o_d63rn9enb", "kollock")


def one_host(text: str) -> str:
    """The host of a link, each spelled in one way."""
    host = text.lower().removeprefix("www.")
    return "bit.ly" if host in ("j.mp", "bitly.com") else host


def on(record: dict[str, Any], domain: str) -> bool:
    host = (urlsplit(record["u"]).hostname or "").lower()
    return host == domain or host.endswith("." + domain)


def bucket(t: int, unit: str, zone: timezone) -> int:
    local = datetime.fromtimestamp(t, zone)
    local = local.replace(minute=0, second=0)
    if unit != "hour":
        local = local.replace(hour=0)
    if unit == "week":
        local -= timedelta(days=local.isoweekday() % 7)
    if unit == "month":
        local = local.replace(day=1)
    return int(local.timestamp())


def expected_series(
    times: list[int], unit: str, name: str, now: float, limit: int
) -> list[dict[str, int]]:
    offset = datetime.fromtimestamp(now, tz(name)).utcoffset()
    assert offset is not None
    counts: Counter[int] = Counter()
    for quarter, clicks in Counter(t // 900 * 900 for t in times).items():  # one look-up for many
        counts[bucket(quarter, unit, timezone(offset))] += clicks
    return [{"dt": start, "clicks": counts[start]} for start in sorted(counts)[::-1][:limit]]


@pytest.mark.parametrize(
    ("domains", "login"),
    [
        ((), None),
        (("1.usa.gov",), None),
        (("nasa.gov",), None),
        (("go.nasa.gov", "noaa.gov"), None),
        (("1.usa.gov", "nasa.gov"), "nasatwitter"),
        ((), "!"),
        ((), "tweetdeckapi"),
        (("noaa.gov",), "!"),
    ],
)
def test_organization_against_a_plain_count(
    public: tuple[LocalBitly, list[dict[str, Any]]], domains: tuple[str, ...], login: str | None
) -> None:
    local, records = public
    tracking = ("nasa.gov", "noaa.gov")

    def is_of(record: dict[str, Any]) -> bool:
        if login == "!":
            return record["l"] not in ACCOUNTS and any(on(record, name) for name in tracking)
        return login is None or record["l"] == login

    chosen = [
        r["t"]
        for r in records
        if (
            not domains
            or one_host(r["hh"]) in domains
            or any(on(r, name) for name in domains if name in tracking)
        )
        and is_of(r)
    ]
    client = Client(local.app)
    arguments: dict[str, Any] = {"access_token": "x", "domain": list(domains), "limit": 50}
    if login:
        arguments["login"] = login
    for unit in ("hour", "day", "week", "month"):
        for zone in ("America/New_York", "Asia/Kolkata"):
            query = {**arguments, "unit": unit, "timezone": zone}
            rolled = client.get(ORGANIZATION, query_string=query).json
            series = client.get(ORGANIZATION, query_string={**query, "rollup": "false"}).json
            assert rolled is not None and series is not None
            assert rolled["data"]["organization_clicks"] == len(chosen)
            assert series["data"]["organization_clicks"] == expected_series(
                chosen, unit, zone, local.clock(), 50
            )


def test_links_against_a_plain_count(public: tuple[LocalBitly, list[dict[str, Any]]]) -> None:
    local, records = public
    client = Client(local.app)
    times: dict[tuple[str, str], list[int]] = {}
    for record in records:
        times.setdefault((one_host(record["hh"]), record["h"]), []).append(record["t"])
    busiest = sorted(times, key=lambda key: -len(times[key]))
    for host, link_hash in [*busiest[:4], *busiest[1000:1003], *busiest[-3:]]:
        for unit in ("hour", "day", "week", "month"):
            answer = client.get(
                LINK,
                query_string={
                    "access_token": "x",
                    "link": f"http://{host}/{link_hash}",
                    "unit": unit,
                    "timezone": "Europe/Berlin",
                    "rollup": "false",
                    "limit": 1000,
                },
            ).json
            assert answer is not None
            assert answer["data"]["link_clicks"] == expected_series(
                times[host, link_hash], unit, "Europe/Berlin", local.clock(), 1000
            )


# -- on a port --------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "example.com", ""])
def test_only_this_machine_is_served(server: Server, host: str) -> None:
    local = LocalBitly(server.store, None, lambda: NOW)  # type: ignore[arg-type]
    with pytest.raises(ServerProblem, match="for this machine only"):
        serve(local, host=host)


def test_certificates_that_cannot_be_used(server: Server, tmp_path: Path) -> None:
    local = LocalBitly(server.store, None, lambda: NOW)  # type: ignore[arg-type]
    with pytest.raises(ServerProblem, match="both a certificate and its key"):
        serve(local, tls_cert="x")
    with pytest.raises(ServerProblem, match="cannot be used"):
        serve(local, tls_cert=str(tmp_path / "c"), tls_key=str(tmp_path / "k"))


@pytest.mark.parametrize("port", [-1, 65_536, 99_999, 10**30])
def test_a_number_that_is_no_port(server: Server, port: int) -> None:
    local = LocalBitly(server.store, None, lambda: NOW)  # type: ignore[arg-type]
    with pytest.raises(ServerProblem, match="is not a port"):
        serve(local, port=port)


PROGRAM = """
import sys
from bitly_data.server import LocalBitly, ServerOptions, serve
local = LocalBitly.open(ServerOptions(clicks=(sys.argv[1],), now="latest"), token="t")
serve(local, tls_cert=sys.argv[2], tls_key=sys.argv[3])
print("ended")
"""


def test_https_on_a_port(tmp_path: Path) -> None:
    import requests
    import trustme

    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    paths = [tmp_path / name for name in ("log", "cert.pem", "key.pem", "ca.pem")]
    paths[0].write_text(line(NOW))
    certificate.cert_chain_pems[0].write_to_path(paths[1])
    certificate.private_key_pem.write_to_path(paths[2])
    authority.cert_pem.write_to_path(paths[3])
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, paths[:3])],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("https://127.0.0.1:")
        response = requests.get(
            address + LINK,
            timeout=10,
            verify=str(paths[3]),
            params={"access_token": "t", "link": "s.co/a"},
        )
        assert response.json()["data"]["link_clicks"] == 1
        # The token that the server was opened with is the only one that will do.
        refused = requests.get(
            address + LINK,
            timeout=10,
            verify=str(paths[3]),
            params={"access_token": "u", "link": "s.co/a"},
        )
        assert refused.json()["status_txt"] == "INVALID_ACCESS_TOKEN"
        assert response.raw.headers.getlist("Date") == ["Wed, 16 Jan 2013 18:30:00 GMT"]
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=10)[0] == "ended\n"
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
