"""v4's requests and parsers: bodies of every shape, and what else a client must take or refuse."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from counter import DAY, utc
from recorded import Body, cases, names, needs_recorded

from bitly_data.archive import Archive
from bitly_data.errors import (
    AccessError,
    AnswerError,
    MonthlyLimitError,
    NotFoundError,
    RateLimitError,
    UnreadableError,
    error_for,
)
from bitly_data.query import LINK, ClickQuery, parse_link
from bitly_data.sources.model import Listed
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import HttpClient, new_session
from bitly_data.transport.rate_limit import Budget

API = "v4"
PATH = "/v4/x"


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


# -- whole bodies, of every shape that was recorded or documented ---------------------------------

DAY_20, DAY_19 = "2024-05-20T00:00:00", "2024-05-19T00:00:00"
# Clicks by bucket start, and the units that are echoed.
SERIES = {
    "clicks.sparse.json": (
        {DAY_19: 6, "2024-05-07T00:00:00": 1, "2023-11-30T00:00:00": 23},
        v4.EVERYTHING,
    ),
    "clicks.one.json": ({DAY_20: 2}, v4.EVERYTHING),
    "clicks.dense.json": ({DAY_20: 5, DAY_19: 0, "2024-05-18T00:00:00": 12}, 90),
    "clicks.colon.json": ({DAY_20: 5, DAY_19: 8}, 2),
    "clicks.zulu.json": ({DAY_20: 5}, 1),
    "clicks.null.json": ({}, 30),
    "clicks.empty.json": ({}, 30),
    "group_clicks.epoch.json": ({DAY_19: 44, DAY_20: 61}, 2),
    "group_clicks.epoch-as-text.json": ({DAY_20: 61, DAY_19: 0}, 2),
    "group_clicks.iso.json": ({DAY_20: 61, DAY_19: 44}, 2),
    "group_clicks.null.json": ({}, 2),
}
RECORDED_SERIES = {
    "clicks.2018-11.dvmn.json": ({"2018-11-12T00:00:00": 1}, v4.EVERYTHING),
    "clicks.2019-07.rumor.json": ({"2019-07-02T00:00:00": 1}, v4.EVERYTHING),
    "clicks.2020-01.philnash.sparse.json": (
        {
            "2016-08-31T00:00:00": 1,
            "2014-03-28T00:00:00": 1,
            "2014-03-19T00:00:00": 1,
            "2014-03-15T00:00:00": 1,
            "2014-03-14T00:00:00": 13,
            "2014-03-13T00:00:00": 1,
            "2014-03-11T00:00:00": 17,
        },
        v4.EVERYTHING,
    ),
    "clicks.2025-10.growth.messmass.excerpt.json": (
        {"2025-10-13T00:00:00": 1, "2025-10-12T00:00:00": 0},
        134,
    ),
}
# Of hours, and of a window that was cut down: (unit as echoed, clicks, units).
OTHER_SERIES = {
    "clicks.hour.json": ("hour", {"2024-05-20T14:00:00": 1, "2024-05-20T13:00:00": 0}, 2),
    "clicks.clamped.json": (None, {DAY_20: 3, "2024-05-03T00:00:00": 4}, 30),
}
# The total of a span, the span that was asked for.
TOTALS = {
    "clicks_summary.everything.json": (29, "day", -1),
    "clicks_summary.units90.json": (1801, "day", 90),
    "clicks_summary.clamped.json": (None, "day", -1),
    "clicks_summary.units-as-text.json": (12, "day", 7),
}
RECORDED_TOTALS = {
    "clicks_summary.2018-11.dvmn.json": (14, "day", -1),
    "clicks_summary.2019-03.anderskate.json": (8, "day", -1),
    "clicks_summary.2020-01.philnash.json": (100, "day", -1),
    "clicks_summary.2020-08.free-clamped.json": (None, "day", -1),
    "clicks_summary.2025-10.growth.messmass.json": (3646, "day", 134),
}
# The type that each must become, the status that it comes with, and whether to try again.
ERRORS = {
    "error.400.invalid_arg_unit.json": (AnswerError, 400, False),
    "error.402.upgrade_required.json": (AccessError, 402, False),
    "error.403.forbidden.json": (AccessError, 403, False),
    "error.404.not_found.json": (NotFoundError, 404, False),
    "error.404.txt": (NotFoundError, 404, False),
    "error.429.rate_limit_exceeded.json": (RateLimitError, 429, True),
    "error.429.monthly_rate_limit_exceeded.json": (MonthlyLimitError, 429, False),
    "error.429.txt": (RateLimitError, 429, True),
    "error.502.html": (AnswerError, 502, True),
    "error.503.temporarily_unavailable.json": (AnswerError, 503, True),
    "error.oauth.401.json": (AccessError, 401, False),
}
RECORDED_ERRORS = {
    "error.400.invalid_arg_long_url.json": (AnswerError, 400, False),
    "error.402.cities_or_devices.2025-10.growth.messmass.json": (AccessError, 402, False),
    "error.403.forbidden.json": (AccessError, 403, False),
    "error.404.not_found.json": (NotFoundError, 404, False),
    "error.oauth.401.invalid_code.2019-10.json": (AccessError, 401, False),
}
# (parser, what it finds); of a page of links the links and what the next page begins after.
OTHERS = {
    "bsds.json": (v4.parse_domains, ("go.example.com", "x.example.com")),
    "bsds.null.json": (v4.parse_domains, ()),
    "groups.json": (v4.parse_groups, [v4.Group("Gexample1", "Example group", "Oexample1")]),
    "organizations.json": (
        v4.parse_organizations,
        [v4.Organization("Oexample1", "Example organization", "Starter")],
    ),
    "user.json": (v4.parse_user, v4.User("maria_example", "Maria Example", "Gexample1")),
    "sorted_links.json": (
        v4.parse_sorted,
        [
            Listed("go.example.com/own1", 88, None, "www.example.com"),
            Listed("go.example.com/own2", 5, None, "www.example.com"),
        ],
    ),
    "sorted_links.null.json": (v4.parse_sorted, []),
    "group_bitlinks.page-era.json": (v4.parse_links, (["go.example.com/own1"], "")),
    "group_bitlinks.search-after.json": (
        v4.parse_links,
        (["go.example.com/own2", "go.example.com/own1", "go.example.com/spring"], "c2Vjb25k"),
    ),
    "plan_limits.json": (
        v4.parse_plan_limits,
        [v4.Limit("encodes", 500, 12), v4.Limit("api_calls", 1000, 345)],
    ),
    "platform_limits.json": (
        v4.parse_platform_limits,
        [v4.Limit("GET /user", 1000, 7), v4.Limit("PATCH /user", 1000, 0)],
    ),
}
RECORDED_OTHERS = {
    "bsds.philnash.json": (v4.parse_domains, ("bit.ly",)),
    "groups.philnash.json": (v4.parse_groups, [v4.Group("def456", "philnash", "abc123")]),
    "organizations.philnash.json": (
        v4.parse_organizations,
        [v4.Organization("abc123", "testorg", "Free")],
    ),
    "user.philnash.json": (v4.parse_user, v4.User("testuser", "Test User", "def456")),
    "sorted_links.philnash.json": (
        v4.parse_sorted,
        [
            Listed("bit.ly/2Qj2niP", 17, None, "example.com"),
            Listed("bit.ly/2Qj2niQ", 341, None, "example.com"),
        ],
    ),
    "group_bitlinks.page-era.philnash.json": (v4.parse_links, (["bit.ly/2Qj2niP"], "")),
}
# What no page asks for; a series must not be read out of it.
METRICS = (
    "bitlink.",
    "countries.",
    "group_countries.",
    "group_referring_networks.",
    "referrers.",
    "referrers_by_domains.",
    "referring_domains.",
    "shorten_counts.",
)
EVERY_METRIC = cases(
    API,
    {
        name: None
        for name in sorted(names(API, ours=True))
        if name.startswith(("other.", "bitlink."))
    },
    {
        name: None
        for name in sorted(names(API, ours=False))
        if name.startswith(METRICS) and name.endswith(".json")
    },
)


@needs_recorded(API)
def test_every_recorded_body_is_tried() -> None:
    found = {name for name in names(API, ours=False) if name.endswith(".json")}
    metrics = {name for name in found if name.startswith(METRICS)}
    assert found == metrics | {
        *RECORDED_SERIES,
        *RECORDED_TOTALS,
        *RECORDED_ERRORS,
        *RECORDED_OTHERS,
    }


def test_every_payload_is_tried() -> None:
    found = names(API, ours=True)
    metrics = {name for name in found if name.startswith(("other.", "bitlink."))}
    assert found == metrics | {*SERIES, *OTHER_SERIES, *TOTALS, *ERRORS, *OTHERS}


@pytest.mark.parametrize(("body", "expected"), EVERY_METRIC)
def test_nothing_is_read_out_of_other_bodies(body: Body, expected: None) -> None:
    for parse in (
        v4.parse_counts,
        v4.parse_sorted,
        v4.parse_groups,
        v4.parse_domains,
        v4.parse_user,
    ):
        with pytest.raises(UnreadableError):
            parse(PATH, 200, body.read())


def counted(days: dict[str, int]) -> dict[int, int]:
    return {utc(day): count for day, count in days.items()}


@pytest.mark.parametrize(("body", "expected"), cases(API, SERIES, RECORDED_SERIES))
def test_whole_series(body: Body, expected: tuple[dict[str, int], int]) -> None:
    found = v4.parse_counts(PATH, 200, body.read())
    counts, units = expected
    assert found.counts == counted(counts)
    assert (found.units, found.echoed["unit"]) == (units, "day")


@pytest.mark.parametrize(("body", "expected"), cases(API, OTHER_SERIES, {}))
def test_whole_series_of_other_spans(
    body: Body, expected: tuple[str | None, dict[str, int], int]
) -> None:
    found = v4.parse_counts(PATH, 200, body.read())
    unit, counts, units = expected
    assert (found.echoed.get("unit"), found.counts, found.units) == (unit, counted(counts), units)


@pytest.mark.parametrize(("body", "expected"), cases(API, TOTALS, RECORDED_TOTALS))
def test_whole_totals(body: Body, expected: tuple[int | None, str, int]) -> None:
    total, unit, units = expected
    assert v4.parse_total(PATH, 200, body.read(), v4.Span(unit, units)) == total
    # A total of another span is none.
    assert v4.parse_total(PATH, 200, body.read(), v4.Span("hour", units)) is None
    assert v4.parse_total(PATH, 200, body.read(), v4.Span(unit, units + 8)) is None


@pytest.mark.parametrize(("body", "expected"), cases(API, ERRORS, RECORDED_ERRORS))
def test_whole_errors(body: Body, expected: tuple[type[AnswerError], int, bool]) -> None:
    kind, status, retryable = expected
    for parse in (v4.parse_counts, v4.parse_sorted, v4.parse_links, v4.parse_user):
        with pytest.raises(AnswerError) as caught:
            parse(PATH, status, body.read())
        assert (type(caught.value), caught.value.status) == (kind, status)
        assert caught.value.retryable == retryable
        assert caught.value.user_message.endswith(".")


@pytest.mark.parametrize(("body", "expected"), cases(API, OTHERS, RECORDED_OTHERS))
def test_whole_accounts(body: Body, expected: tuple[Callable[..., Any], Any]) -> None:
    parse, wanted = expected
    found = parse(PATH, 200, body.read())
    if parse is v4.parse_links:
        found = [link.link for link in found[0]], found[1]
    assert found == wanted


def test_a_link_by_itself() -> None:
    link = v4.parse_bitlink(PATH, 200, Body(API, "bitlink.json").read())
    assert (link.link, link.title, link.login, link.created) == (
        "go.example.com/own1",
        "Näide – an example",
        "maria_example",
        utc("2024-05-01T09:30:00"),
    )
    assert link.long_url == "https://www.example.com/1"


# -- series ---------------------------------------------------------------------------------------

DAYS = {
    "2025-10-13T00:00:00+0000": 1760313600,
    "2025-10-13T00:00:00+00:00": 1760313600,
    "2025-10-13T00:00:00Z": 1760313600,
    "2025-10-13T00:00:00": 1760313600,
    "2025-10-13": 1760313600,
    "2025-10-12T20:00:00-0400": 1760313600,
    " 2025-10-13T00:00:00.000Z ": 1760313600,
    1760313600: 1760313600,
    "1760313600": 1760313600,
}
NO_TIMES = (
    None,
    "",
    "yesterday",
    -1,
    0.5,
    True,
    [],
    {},
    "2025-13-01",
    10**18,
    "9999-12-31",
    float("nan"),
    "-5",
    "1760313600.5",
)


@pytest.mark.parametrize("written", DAYS)
@pytest.mark.parametrize(
    ("key", "time", "count"), [("link_clicks", "date", "clicks"), ("data", "ts", "count")]
)
def test_times_in_every_form(written: object, key: str, time: str, count: str) -> None:
    found = v4.parse_counts(PATH, 200, body(**{key: [{time: written, count: 5}], "units": 1}))
    assert found.counts == {DAYS[written]: 5}  # type: ignore[index]


@pytest.mark.parametrize("written", NO_TIMES)
def test_a_bucket_without_a_time_is_refused(written: object) -> None:
    with pytest.raises(UnreadableError):
        v4.parse_counts(PATH, 200, body(data=[{"ts": written, "count": 5}], units=1))


def test_any_order_duplicates_and_nothing() -> None:
    rows = [{"ts": at * DAY, "count": at} for at in (3, 1, 2)]
    assert v4.parse_counts(PATH, 200, body(data=rows)).counts == {DAY: 1, 2 * DAY: 2, 3 * DAY: 3}
    again = [*rows, {"ts": DAY, "count": 1}, {"ts": 2 * DAY, "count": 9}]
    assert v4.parse_counts(PATH, 200, body(data=again)).counts == {
        DAY: 1,
        2 * DAY: None,
        3 * DAY: 3,
    }
    # A count that was garbled once stays unknown, in whichever order its double comes.
    for counts in ([None, 4], [4, None], [4, 9, 4], [4, 9, 9], [None, 4, 4]):
        doubled = [{"ts": DAY, "count": count} for count in counts]
        assert v4.parse_counts(PATH, 200, body(data=doubled)).counts == {DAY: None}, counts
    assert v4.parse_counts(PATH, 200, body(link_clicks=None, units=3)).counts == {}
    assert v4.parse_counts(PATH, 200, body(data=[], units=3)).counts == {}
    for wrong in (body(), body(data={}), body(data=[5]), body(data="x"), b"[]", b"null", b"5"):
        with pytest.raises(UnreadableError):
            v4.parse_counts(PATH, 200, wrong)


@pytest.mark.parametrize("count", [None, -1, 0.5, "many", True, [], 10**30, float("inf"), "-3"])
def test_a_garbled_count_is_not_known(count: object) -> None:
    found = v4.parse_counts(PATH, 200, body(data=[{"ts": DAY, "count": count}, {"ts": 0}]))
    assert found.counts == {DAY: None, 0: None}


@pytest.mark.parametrize(
    ("said", "units"),
    [
        (-1, -1),
        ("-1", -1),
        (30, 30),
        ("30", 30),
        (None, None),
        ("", None),
        ("all", None),
        (-2, None),
        (2.5, None),
        (True, None),
        ([], None),
    ],
)
def test_units_as_echoed(said: object, units: int | None) -> None:
    assert v4.parse_counts(PATH, 200, body(data=[], units=said)).units == units
    assert v4.parse_counts(PATH, 200, body(data=[])).units is None
    total = v4.parse_total(
        PATH, 200, body(total_clicks=7, unit="day", units=said), v4.Span("day", 30)
    )
    assert total == (7 if units == 30 else None)


def test_a_unit_that_is_empty_is_that_of_a_cut_window() -> None:
    assert (
        v4.parse_total(PATH, 200, body(total_clicks=7, unit="", units=30), v4.Span("day", 30))
        is None
    )
    assert v4.parse_counts(PATH, 200, body(data=[], unit="", units=30)).echoed == {"units": "30"}
    for total in (None, -1, "many", 1.5, True, []):
        with pytest.raises(UnreadableError):
            v4.parse_total(
                PATH, 200, body(total_clicks=total, unit="day", units=30), v4.Span("day", 30)
            )


# -- lists ----------------------------------------------------------------------------------------


def test_sorted_lists() -> None:
    bodies = [
        {"id": "bit.ly/b", "created_by": "bob", "long_url": "https://u:p@WWW.Ex.com:8/x?y"},
        {"id": "http://bit.ly/a", "created_by": "", "long_url": "mailto:x"},
        5,
        None,
        {},
    ]
    rows = [
        {"id": "BIT.ly/a", "clicks": "3"},
        {"id": "bit.ly/b", "clicks": 4},
        {"id": "bit.ly/B", "clicks": 0},
    ]
    assert v4.parse_sorted(PATH, 200, body(sorted_links=rows, links=bodies)) == [
        Listed("bit.ly/a", 3, None, ""),
        Listed("bit.ly/b", 4, "bob", "www.ex.com"),
        Listed("bit.ly/B", 0, None, None),
    ]
    # One link on two of Bitly's own hosts.
    two = [{"id": "bit.ly/a", "clicks": 3}, {"id": "j.mp/a", "clicks": 4}]
    assert v4.parse_sorted(PATH, 200, body(sorted_links=two, links=None)) == [
        Listed("bit.ly/a", 7, None, None)
    ]
    assert v4.parse_sorted(PATH, 200, body(sorted_links=None, links=None)) == []
    for wrong in (
        [{"id": "bit.ly/a"}],
        [{"clicks": 3}],
        [{"id": "bit.ly", "clicks": 3}],
        [5],
        [{"id": "bit.ly/a", "clicks": -3}],
        [rows[1], rows[1]],
        [rows[0], {"id": "bit.ly/a", "clicks": 3}],
    ):
        with pytest.raises(UnreadableError):
            v4.parse_sorted(PATH, 200, body(sorted_links=wrong, links=[]))
    with pytest.raises(UnreadableError):
        v4.parse_sorted(PATH, 200, body(links=[]))


def test_pages_of_links() -> None:
    links, after = v4.parse_links(
        PATH,
        200,
        body(
            links=[{"id": "bit.ly/a", "created_at": "2025-10-13T00:00:00Z", "title": None}, {}, 5],
            pagination={"search_after": "abc", "next": "http://elsewhere.example"},
        ),
    )
    assert ([link.link for link in links], after) == (["bit.ly/a"], "abc")
    assert links[0].created == 1760313600
    for pages in (None, {}, 5, {"search_after": None}, {"search_after": ""}):
        assert v4.parse_links(PATH, 200, body(links=[], pagination=pages)) == ([], "")


def test_groups_that_are_switched_off_and_limits() -> None:
    assert v4.parse_groups(
        PATH,
        200,
        body(
            groups=[
                {"guid": "B1", "is_active": False},
                {"guid": "B2"},
                {"guid": "B2"},
                {"guid": None},
                5,
            ]
        ),
    ) == [v4.Group("B2", "", "")]
    assert v4.parse_plan_limits(
        PATH,
        200,
        body(
            plan_limits=[
                {"name": "api_calls", "limit": 5000, "count": 12},
                {"name": "x"},
                5,
                {"limit": 5},
            ]
        ),
    ) == [v4.Limit("api_calls", 5000, 12)]
    assert v4.parse_platform_limits(
        PATH,
        200,
        body(
            platform_limits=[
                {"endpoint": "/user", "methods": [{"name": "GET", "limit": 10, "count": None}, 5]},
                {"endpoint": "/x", "methods": None},
                5,
            ]
        ),
    ) == [v4.Limit("GET /user", 10, 0)]


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (404, b"404 page not found", NotFoundError),
        (404, b"", NotFoundError),
        (402, body(message="UPGRADE_REQUIRED"), AccessError),
        (402, b"<html>", AccessError),
        (403, body(message="FORBIDDEN"), AccessError),
        (401, b"", AccessError),
        (403, body(message="RATE_LIMIT_EXCEEDED"), RateLimitError),
        (410, body(message="GONE"), NotFoundError),
        (429, body(message="RATE_LIMIT_EXCEEDED"), RateLimitError),
        (429, b"slow down", RateLimitError),
        (429, body(message="API_USAGE_LIMIT_EXCEEDED"), MonthlyLimitError),
        (429, body(message="MONTHLY_RATE_LIMIT_EXCEEDED"), MonthlyLimitError),
        (503, body(message="TEMPORARILY_UNAVAILABLE"), AnswerError),
        (500, body(message=["x"]), AnswerError),
        (502, b"<html>bad gateway</html>", AnswerError),
        (200, b"<html>hello</html>", UnreadableError),
        (200, b"", UnreadableError),
        (200, b"[" * 100_000, UnreadableError),
        (204, b"", AnswerError),
        (302, b"", AnswerError),
    ],
)
def test_refusals(status: int, content: bytes, kind: type[AnswerError]) -> None:
    for parse in (
        v4.parse_counts,
        v4.parse_sorted,
        v4.parse_links,
        v4.parse_groups,
        v4.parse_domains,
        v4.parse_user,
        v4.parse_plan_limits,
        v4.parse_platform_limits,
        v4.parse_organizations,
    ):
        with pytest.raises(AnswerError) as caught:
            parse(PATH, status, content)
        assert type(caught.value) is kind
        # An answer that cannot be read may have been broken on its way.
        assert caught.value.retryable == (
            kind in (RateLimitError, UnreadableError) or status in (500, 502, 503)
        )
        assert caught.value.user_message.count(". ") == 0


@pytest.mark.parametrize(
    ("path", "status", "kind", "sentence"),
    [
        ("/v4/groups/Ba1bc23dE4F/clicks", 404, NotFoundError, "does not know this group:"),
        ("/v4/groups/Ba1bc23dE4F/links/clicks/over_time", 410, NotFoundError, "know this group:"),
        ("/v4/groups/Ba1bc23dE4F/bitlinks/clicks", 403, AccessError, "see this group's numbers"),
        (
            "/v4/organizations/Oa1bc23dE4F/plan_limits",
            404,
            NotFoundError,
            "know this organization:",
        ),
        ("/v4/organizations/Oa1bc23dE4F", 403, AccessError, "see this organization's numbers"),
        ("/v4/user", 403, AccessError, "The access token is not valid:"),
        ("/v4/bitlinks/groups/x/clicks", 404, NotFoundError, "does not know this link:"),
        ("/v4/bitlinks/go.ex.com/x/clicks", 403, AccessError, "may not see these numbers"),
        ("/v4/groups", 403, AccessError, "may not see these numbers"),
        ("/v3/link/clicks", 404, NotFoundError, "does not know this link:"),
    ],
)
def test_a_refusal_names_what_was_asked_for(
    path: str, status: int, kind: type[AnswerError], sentence: str
) -> None:
    error = error_for(path, status, {403: "FORBIDDEN", 404: "NOT_FOUND", 410: "GONE"}[status])
    assert (type(error), error.status, error.retryable) == (kind, status, False)
    assert sentence in error.user_message
    assert "1bc23dE4F" not in error.user_message


# -- requests, and how they travel ----------------------------------------------------------------

LINKS = (
    "bit.ly/abc",
    "go.ex.com/Ünï🔗",
    "go.ex.com/a+b",
    "go.ex.com/100%",
    "go.ex.com/a%2Fb",
    "go.ex.com/a&b=c",
    "go.ex.com/a;b",
    "go.ex.com/a b".replace(" ", "_"),
    "go.ex.com/..",
)


@pytest.mark.parametrize("link", LINKS)
def test_paths_say_the_link_and_nothing_else(link: str) -> None:
    if not link.endswith("."):  # which ends a sentence where somebody pasted it
        link = parse_link(link)
    for request in (
        v4.link_clicks_request(link, v4.Span("day", 3, 1760313600)),
        v4.link_summary_request(link, v4.Span("day", 3)),
    ):
        assert request.path.isascii()
        assert unquote(request.path).startswith(f"/v4/bitlinks/{link}/clicks")
        assert request.path.count("/") == 5 + request.path.endswith("summary")
        assert not set(request.path) & set("?#& +;")
    assert dict(v4.link_clicks_request(link, v4.Span("day", 3, 1760313600)).params) == {
        "unit": "day",
        "units": "3",
        "unit_reference": "2025-10-13T00:00:00+0000",
    }


def test_groups_and_organizations_are_quoted() -> None:
    span = v4.Span("day", 1)
    for request in (
        *v4.group_clicks_requests("a/b?c", span),
        v4.sorted_request("a/b?c", span),
        v4.links_request("a/b?c"),
        v4.plan_limits_request("a/b?c"),
    ):
        assert "/a%2Fb%3Fc/" in request.path + "/"
    assert ("search_after", "x") in v4.links_request("g", after="x").params
    assert "search_after" not in dict(v4.links_request("g").params)


SECRET = "v4-secret-token"


@contextmanager
def listening(
    answers: dict[str, tuple[int, dict[str, str], bytes]],
) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server on loopback: its address, and (path, Authorization) of each request."""
    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers["Authorization"]))
            path = unquote(urlsplit(self.path).path)
            status, headers, content = next(
                (answer for end, answer in answers.items() if path.endswith(end)),
                (404, {}, b"404 page not found"),
            )
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


USER = {"/user": (200, {"Date": "Mon, 13 Oct 2025 17:11:28 GMT"}, body(login="ann"))}


def source_of(address: str, budget: Budget | None = None) -> V4Source:
    def no_sleep(seconds: float) -> None:
        raise AssertionError("no test waits")

    upstream = HttpClient(
        address,
        SECRET,
        new_session(),
        clock=lambda: 1760375488.0,
        bearer=True,
        budget=budget,
        sleep=no_sleep,
    )
    return V4Source(upstream, "x", Archive().of_account, clock=upstream.clock)


def question(link: str) -> ClickQuery:
    return ClickQuery(target=LINK, link=link, units=2)


@pytest.mark.parametrize("link", LINKS[:-1])
def test_the_token_is_in_the_header_only(link: str) -> None:
    content = body(
        link_clicks=[
            {"date": "2025-10-13T00:00:00+0000", "clicks": 1},
            {"date": "2025-10-12T00:00:00+0000", "clicks": 0},
        ],
        units=2,
        unit="day",
    )
    with listening({**USER, f"/{parse_link(link)}/clicks": (200, {}, content)}) as (address, seen):
        found = source_of(address).fetch(question(link))
    assert found.clicks.tolist() == [0, 1]
    assert {sent for _, sent in seen} == {f"Bearer {SECRET}"}
    for path, _ in seen:
        assert SECRET not in path
        assert "access_token" not in dict(parse_qsl(urlsplit(path).query))


def test_no_redirect_gets_the_token() -> None:
    with listening({}) as (elsewhere, others):
        moved = (302, {"Location": f"{elsewhere}/v4/user"}, b"")
        with listening({"/user": moved}) as (address, seen):
            with pytest.raises(AnswerError, match="the token is not sent there"):
                source_of(address).account.user()
            assert len(seen) == 1
        assert others == []


def test_buckets_that_are_not_of_utc_are_refused() -> None:
    for row in (
        {"date": "2025-10-12T20:00:00-0500", "clicks": 1},
        {"date": "2025-10-13T04:00:00+0000", "clicks": 0},
    ):
        content = body(link_clicks=[row], units=2, unit="day")
        with listening({**USER, "/clicks": (200, {}, content)}) as (address, _):
            source = source_of(address)
            with pytest.raises(UnreadableError, match="not those of UTC"):
                source.fetch(question("bit.ly/a"))
            with pytest.raises(UnreadableError):  # and nothing of it is kept
                source.fetch(question("bit.ly/a"))


def test_a_month_that_is_used_up_stops_everybody_until_the_first() -> None:
    refused = (
        429,
        {"Date": "Mon, 13 Oct 2025 17:11:28 GMT"},
        body(message="API_USAGE_LIMIT_EXCEEDED"),
    )
    now = [0.0]
    budget = Budget(100, 1000, clock=lambda: now[0])
    with listening({**USER, "/clicks": refused}) as (address, seen):
        source = source_of(address, budget)
        with pytest.raises(MonthlyLimitError) as caught:
            source.fetch(question("bit.ly/a"))
        to_the_first = utc("2025-11-01T00:00:00") - utc("2025-10-13T17:11:28")
        assert caught.value.retry_after == to_the_first
        assert not caught.value.retryable
        assert "19 days" in caught.value.user_message
        asked = len(seen)
        now[0] = to_the_first - 60.0
        with pytest.raises(RateLimitError) as caught:
            source.fetch(question("bit.ly/b"))
        assert caught.value.retry_after == 60
        assert len(seen) == asked
        now[0] = to_the_first + 1.0
        with pytest.raises(MonthlyLimitError):
            source.fetch(question("bit.ly/b"))
        assert len(seen) == asked + 1


def test_a_minute_s_limit_holds_a_minute() -> None:
    refused = (429, {}, body(message="RATE_LIMIT_EXCEEDED"))
    now = [0.0]
    budget = Budget(100, 1000, clock=lambda: now[0])
    with listening({**USER, "/clicks": refused}) as (address, seen):
        source = source_of(address, budget)
        with pytest.raises(RateLimitError) as caught:
            source.fetch(question("bit.ly/a"))
        assert not isinstance(caught.value, MonthlyLimitError)
        assert budget.left().refused_for == 60
        assert len(seen) == 2
