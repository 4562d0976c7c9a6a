"""v3's parsers against bodies of every shape that Bitly sent, and of those that it documented."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from recorded import Body, cases, names, needs_recorded

from bitly_data.errors import (
    AccessError,
    AnswerError,
    GoneError,
    NotFoundError,
    RateLimitError,
    UnreadableError,
)
from bitly_data.sources import model
from bitly_data.sources.v3 import wire as v3

API = "v3"
PATH = v3.LINK_CLICKS
# Clicks and the offset from UTC [h]. What else is echoed is the unit.
TOTALS = {
    "link_clicks.total.json": (37, -4),
    "link_clicks.total.no-reference.json": (512, -5),
    "link_clicks.total.documented.json": (4711, -5),
    "link_clicks.total.units30.json": (6, -5),
}
RECORDED_TOTALS = {
    "link_clicks__all-defaults.shortybit-2018-04-04.json": (1, -4),
    "link_clicks__rollup-true_units-1.kentonwhite-2012-09-24.json": (701, -4),
    "doc-examples/link_clicks__defaults.doc-2013.json": (9139, -5),
    "partial/link_clicks__units30.unverified-mock-sample.json": (1, -5),
}
# Clicks by bucket start, as they are written: newest first.
SERIES = {
    "link_clicks.series.sparse.json": {1402200000: 9, 1401940800: 2, 1401336000: 31},
    "link_clicks.series.documented.json": {
        1391230800: 3,
        1391144400: 8,
        1391058000: 5,
        1390971600: 21,
    },
    "link_clicks.series.zeros.json": {1409961600: 0, 1409875200: 0, 1409788800: 14},
}
RECORDED_SERIES = {
    "link_clicks__rollup-false_units-1.kentonwhite-2012-09-24.json": {1348459200: 4, 1348286400: 4},
    "doc-examples/link_clicks__units5_rollup-false.doc-2013.json": {
        1360299600: 1,
        1360213200: 2,
        1360126800: 2,
        1360040400: 3,
        1359954000: 10,
    },
}
# In other units: (unit, offset from UTC [h], clicks by bucket start). None was ever recorded.
IN_UNITS = {
    "link_clicks.series.hour.json": ("hour", 5.5, {1409812200: 1, 1409808600: 4, 1409805000: 0}),
    "link_clicks.series.minute.json": ("minute", 9, {1409812260: 2, 1409812200: 1}),
    "link_clicks.series.week.json": ("week", 1, {1386457200: 17, 1385852400: 26}),
    "link_clicks.series.month.json": ("month", -8, {1385884800: 170, 1383292800: 230}),
    "link_clicks.series.empty.json": ("day", 0, {}),
}
# As XML and as text: (path, total or clicks by bucket start).
IN_WIRES = {
    "link_clicks.total.xml": (v3.LINK_CLICKS, 37),
    "link_clicks.series.xml": (v3.LINK_CLICKS, {1402200000: 9, 1402113600: 0}),
    "link_clicks.series.one.xml": (v3.LINK_CLICKS_NAMED, {1402200000: 9}),
    "link_clicks.series.empty.xml": (v3.LINK_CLICKS, {}),
    "link_clicks.total.txt": (v3.LINK_CLICKS, 37),
    "organization_clicks.series.indented.xml": (
        v3.ORGANIZATION_CLICKS,
        {1402178400: 640, 1402092000: 594},
    ),
    "organization_clicks.total.json": (v3.ORGANIZATION_CLICKS, 1234),
    "organization_clicks.series.json": (
        v3.ORGANIZATION_CLICKS,
        {1402178400: 640, 1402092000: 594},
    ),
}
# The type that each error must become, and the status it keeps.
ERRORS = {
    "error.400.invalid_arg_normality.json": (AnswerError, 400),
    "error.403.bitly_brand_tools_required.json": (AccessError, 403),
    "error.403.invalid_access_token.json": (AccessError, 403),
    "error.403.rate_limit_exceeded.json": (RateLimitError, 403),
    "error.404.not_found.json": (NotFoundError, 404),
    "error.410.permanently_removed.json": (GoneError, 410),
    "error.500.already_a_bitly_link.json": (AnswerError, 500),
    "error.500.invalid_arg_domain.json": (NotFoundError, 500),
    "error.500.invalid_domain.json": (AnswerError, 500),
    "error.500.invalid_login.json": (AnswerError, 500),
    "error.500.invalid_x_apikey.json": (AnswerError, 500),
    "error.500.missing_arg_access_token.json": (AccessError, 500),
    "error.500.missing_arg_login.json": (AnswerError, 500),
    "error.500.missing_arg_uri.json": (AnswerError, 500),
    "error.503.temporarily_unavailable.json": (AnswerError, 503),
    "error.http401.invalid_code.json": (AccessError, 401),
}
RECORDED_ERRORS = {
    "error__400_INVALID_ARG_NORMALITY__user_link_edit.node-bitly-2015-09-13.json": (
        AnswerError,
        400,
    ),
    "error__403_BITLY_BRAND_TOOLS_REQUIRED.node-bitly-2017-11-03.json": (AccessError, 403),
    "error__403_INVALID_ACCESS_TOKEN__link_clicks.shortybit-2018-04-04.json": (AccessError, 403),
    "error__403_RATE_LIMIT_EXCEEDED.mozilla-f1-2011.json": (RateLimitError, 403),
    "error__404_NOT_FOUND__user_link_edit.node-bitly-2015-09-13.json": (NotFoundError, 404),
    "error__500_ALREADY_A_BITLY_LINK__shorten.node-bitly-2017-11-03.json": (AnswerError, 500),
    "error__500_INVALID_ARG_DOMAIN.philnash.json": (NotFoundError, 500),
    "error__500_INVALID_DOMAIN__bitly_pro_domain.philnash.json": (AnswerError, 500),
    "error__500_INVALID_LOGIN.philnash.json": (AnswerError, 500),
    "error__500_MISSING_ARG_ACCESS_TOKEN__link_metrics.node-bitly-2019-06-14.json": (
        AccessError,
        500,
    ),
    "error__500_MISSING_ARG_ACCESS_TOKEN__shorten.node-bitly-2017-11.json": (AccessError, 500),
    "error__500_MISSING_ARG_LOGIN__clicks_by_minute.node-bitly-2017-11.json": (AnswerError, 500),
    "error__http401_INVALID_CODE__oauth.philnash-2019-10-28.json": (AccessError, 401),
    "error__invalid_x_api_key.philnash.json": (AnswerError, 500),
}
# What is no JSON, by HTTP's own status: (status, type).
NO_ENVELOPES = {
    "error.http404.html": (404, NotFoundError),
    "error.404.not_found.xml": (404, NotFoundError),
    "error.http403.txt": (403, RateLimitError),
}
RECORDED_NO_ENVELOPES = {
    "error__unknown-path_http404.node-bitly-2017-11-03.html": (404, NotFoundError)
}
# What the account has: the number of links listed, and how many there are.
HISTORIES = {"user_link_history.json": (3, 58), "user_link_history.empty.json": (0, 0)}
RECORDED_HISTORIES = {"user_link_history__defaults.shortybit-2018-04-04.json": None}
# Neighbours of clicks and older endpoints; nothing must be read out of them.
OTHERS = {name: None for name in sorted(names(API, ours=True)) if name.startswith("other.")}
RECORDED_OTHERS = {
    name: None
    for name in sorted(names(API, ours=False))
    if not name.startswith(("error__", "partial/", "user_link_history__"))
    and "link_clicks__" not in name
    and name != "index.md"
}
EVERY_TOTAL = cases(API, TOTALS, RECORDED_TOTALS)
EVERY_SERIES = cases(API, SERIES, RECORDED_SERIES)
EVERY_ERROR = cases(API, ERRORS, RECORDED_ERRORS)


def as_xml(envelope: dict[str, Any]) -> bytes:
    """The envelope as v3 wrote XML: a list is its key repeated, nothing is an empty element."""
    root = ElementTree.Element("response")
    _append(root, envelope)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(root)


def _append(parent: ElementTree.Element, members: dict[str, Any]) -> None:
    for name, value in members.items():
        for item in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, name)
            if isinstance(item, dict):
                _append(child, item)
            elif item is not None:
                child.text = str(item)


@needs_recorded(API)
def test_every_recorded_body_of_link_clicks_and_every_error_is_tried() -> None:
    found = {name for name in names(API, ours=False) if name.endswith(".json")}
    assert {name for name in found if "link_clicks__" in name and "error__" not in name} == (
        RECORDED_TOTALS.keys() | RECORDED_SERIES.keys()
    )
    assert {name for name in found if name.startswith("error__")} == RECORDED_ERRORS.keys()


def test_every_payload_is_tried() -> None:
    accounts = {"user_info.json", "user_info.enterprise.json"}
    assert names(API, ours=True) == set().union(
        TOTALS,
        SERIES,
        IN_UNITS,
        IN_WIRES,
        ERRORS,
        NO_ENVELOPES,
        HISTORIES,
        OTHERS,
        POPULAR,
        accounts,
    )


@pytest.mark.parametrize(("body", "expected"), EVERY_TOTAL)
def test_totals(body: Body, expected: tuple[int, int]) -> None:
    clicks = v3.parse_clicks(PATH, 200, body.read())
    assert (clicks.total, clicks.tz_offset) == expected
    assert clicks.counts is None
    assert clicks.echoed["unit"] == "day"


@pytest.mark.parametrize(("body", "expected"), EVERY_SERIES)
def test_series(body: Body, expected: dict[int, int]) -> None:
    clicks = v3.parse_clicks(PATH, 200, body.read())
    assert clicks.counts == expected
    assert list(clicks.counts) == sorted(clicks.counts, reverse=True)
    assert clicks.total is None


@pytest.mark.parametrize(("body", "expected"), cases(API, IN_UNITS, {}))
def test_series_in_other_units(body: Body, expected: tuple[str, float, dict[int, int]]) -> None:
    clicks = v3.parse_clicks(PATH, 200, body.read())
    assert (clicks.echoed["unit"], clicks.tz_offset, clicks.counts) == expected
    assert list(clicks.counts or {}) == sorted(clicks.counts or {}, reverse=True)
    assert clicks.total is None


@pytest.mark.parametrize(("body", "expected"), cases(API, IN_WIRES, {}))
def test_other_wires_and_the_organization(body: Body, expected: tuple[str, Any]) -> None:
    path, wanted = expected
    clicks = v3.parse_clicks(path, 200, body.read(), body.wire)
    assert (clicks.total if isinstance(wanted, int) else clicks.counts) == wanted
    assert (clicks.counts is None) == isinstance(wanted, int)
    # Another endpoint's answer is not taken for it: in XML a key that lacks is an empty list.
    other = v3.LINK_CLICKS if path == v3.ORGANIZATION_CLICKS else v3.ORGANIZATION_CLICKS
    if body.wire == "json":
        with pytest.raises(UnreadableError):
            v3.parse_clicks(other, 200, body.read())
    elif body.wire == "xml":
        assert v3.parse_clicks(other, 200, body.read(), "xml").counts == {}


@pytest.mark.parametrize("path", [v3.LINK_CLICKS, v3.LINK_CLICKS_NAMED])
@pytest.mark.parametrize(("body", "expected"), [*EVERY_TOTAL, *EVERY_SERIES])
def test_the_same_body_as_xml_says_the_same(body: Body, expected: Any, path: str) -> None:
    from_json = v3.parse_clicks(path, 200, body.read())
    from_xml = v3.parse_clicks(path, 200, as_xml(json.loads(body.read())), "xml")
    assert (from_xml.total, from_xml.counts, from_xml.tz_offset) == (
        from_json.total,
        from_json.counts,
        from_json.tz_offset,
    )
    assert {name: value for name, value in from_xml.echoed.items() if value} == from_json.echoed


@pytest.mark.parametrize(("body", "expected"), EVERY_SERIES)
def test_an_organization_s_body_is_read_by_its_own_key(
    body: Body, expected: dict[int, int]
) -> None:
    envelope = json.loads(body.read())
    envelope["data"]["organization_clicks"] = envelope["data"].pop("link_clicks")
    clicks = v3.parse_clicks(v3.ORGANIZATION_CLICKS, 200, json.dumps(envelope).encode())
    assert clicks.counts == expected
    with pytest.raises(AnswerError):
        v3.parse_clicks(v3.LINK_CLICKS, 200, json.dumps(envelope).encode())


@pytest.mark.parametrize(("body", "expected"), EVERY_ERROR)
@pytest.mark.parametrize("wire", ["json", "xml"])
def test_errors(body: Body, expected: tuple[type[AnswerError], int], wire: str) -> None:
    kind, status = expected
    content = body.read() if wire == "json" else as_xml(json.loads(body.read()))
    http = 401 if "http401" in body.name else 200
    with pytest.raises(AnswerError) as caught:
        v3.parse_clicks(PATH, http, content, wire)
    assert (type(caught.value), caught.value.status) == (kind, status)
    assert caught.value.user_message.endswith(".")


@pytest.mark.parametrize(("body", "expected"), cases(API, NO_ENVELOPES, RECORDED_NO_ENVELOPES))
def test_an_answer_that_is_no_json(body: Body, expected: tuple[int, type[AnswerError]]) -> None:
    status, kind = expected
    wire = "json" if body.wire == "html" else body.wire
    with pytest.raises(kind) as caught:
        v3.parse_clicks(PATH, status, body.read(), wire)
    assert caught.value.status == status


@pytest.mark.parametrize(("body", "expected"), cases(API, HISTORIES, RECORDED_HISTORIES))
def test_link_history(body: Body, expected: tuple[int, int] | None) -> None:
    data = json.loads(body.read())["data"]
    page = v3.parse_links(v3.LINK_HISTORY, 200, body.read())
    links = page.links
    assert len(links) == page.listed == len(data["link_history"])
    assert page.total == data["result_count"]
    assert expected in (None, (page.listed, page.total))
    assert [link.created for link in links] == sorted(
        (link.created for link in links), reverse=True
    )


FIRST_LINKS = {
    "user_link_history.json": model.Link(
        "go.example.com/own3",
        "A page – with a dash",
        "https://www.example.com/c",
        "maria_example",
        1422792300,
    )
}
RECORDED_FIRST_LINKS = {
    "user_link_history__defaults.shortybit-2018-04-04.json": model.Link(
        "bit.ly/2uNgpk4",
        "reddit: the front page of the internet",
        "https://www.reddit.com/",
        "REDACTED",
        1522824170,
    )
}


@pytest.mark.parametrize(("body", "expected"), cases(API, FIRST_LINKS, RECORDED_FIRST_LINKS))
def test_the_newest_link(body: Body, expected: model.Link) -> None:
    assert v3.parse_links(v3.LINK_HISTORY, 200, body.read()).links[0] == expected


POPULAR = {"user_popular_links.json": (("go.example.com/own1", 60), ("go.example.com/own2", 31))}
RECORDED_POPULAR = {"doc-examples/user_popular_links__defaults.doc-2012.json": None}


@pytest.mark.parametrize(("body", "expected"), cases(API, POPULAR, RECORDED_POPULAR))
def test_popular_links(body: Body, expected: object) -> None:
    found = v3.parse_popular(v3.USER_POPULAR, 200, body.read(), 100)
    data = json.loads(body.read())["data"]
    assert expected in (None, found.rows)
    assert [clicks for _, clicks in found.rows] == [
        item["clicks"] for item in data["popular_links"]
    ]
    assert not found.is_full
    assert found.echoed["units"] == str(data["units"])
    assert v3.parse_popular(v3.USER_POPULAR, 200, body.read(), len(found.rows)).is_full


ACCOUNTS = {
    "user_info.json": model.Account(
        login="maria_example", short_domains=(), tracking_domains=(), logins=("maria_example",)
    ),
    "user_info.enterprise.json": model.Account(
        login="team_example",
        short_domains=("go.example.com", "x.example.com"),
        tracking_domains=("shop.example",),  # which is there in two spellings
        logins=("team_example", "maria_example", "jo_example"),
    ),
}
RECORDED_ACCOUNTS = {
    "partial/user_info__data-object.redacted.json": model.Account(
        login="REDACTED", short_domains=(), tracking_domains=(), logins=("REDACTED",)
    )
}


@pytest.mark.parametrize(("body", "expected"), cases(API, ACCOUNTS, RECORDED_ACCOUNTS))
def test_user_info(body: Body, expected: model.Account) -> None:
    envelope = json.loads(body.read())
    if not body.ours:  # of this one only the data were kept
        envelope = {"status_code": 200, "data": envelope, "status_txt": "OK"}
    found = v3.parse_account(v3.USER_INFO, 200, json.dumps(envelope).encode())
    assert found == expected


@pytest.mark.parametrize(("body", "expected"), cases(API, OTHERS, RECORDED_OTHERS))
def test_an_older_answer_is_not_taken_for_clicks(body: Body, expected: None) -> None:
    if body.wire == "xml":  # a key that lacks may be an empty list there
        assert v3.parse_clicks(PATH, 200, body.read(), "xml").counts == {}
        return
    with pytest.raises(AnswerError):
        v3.parse_clicks(PATH, 200, body.read())
    with pytest.raises(AnswerError):
        v3.parse_links(v3.LINK_HISTORY, 200, body.read())
