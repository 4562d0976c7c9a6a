"""The parsers against bodies that Bitly v3 really sent, and its documentation's examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bitly_data.errors import AccessError, AnswerError, NotFoundError, RateLimitError
from bitly_data.sources import model
from bitly_data.sources.v3 import wire as v3

RECORDED = Path(__file__).parents[2] / "shared/reference/v3-recorded"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded bodies are not here")

PATH = v3.LINK_CLICKS
TOTALS = {
    "link_clicks__all-defaults.shortybit-2018-04-04.json": (1, -4),
    "link_clicks__rollup-true_units-1.kentonwhite-2012-09-24.json": (701, -4),
    "doc-examples/link_clicks__defaults.doc-2013.json": (9139, -5),
    "partial/link_clicks__units30.unverified-mock-sample.json": (1, -5),
}
SERIES = {
    "link_clicks__rollup-false_units-1.kentonwhite-2012-09-24.json": {1348459200: 4, 1348286400: 4},
    "doc-examples/link_clicks__units5_rollup-false.doc-2013.json": {
        1360299600: 1,
        1360213200: 2,
        1360126800: 2,
        1360040400: 3,
        1359954000: 10,
    },
}
# The type that each recorded error must become, and the status it keeps.
ERRORS = {
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


def body(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


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


def test_every_recorded_body_of_link_clicks_and_every_error_is_tried() -> None:
    names = {str(path.relative_to(RECORDED)) for path in RECORDED.rglob("*.json")}
    assert {name for name in names if "link_clicks__" in name and "error__" not in name} == (
        TOTALS.keys() | SERIES.keys()
    )
    assert {name for name in names if name.startswith("error__")} == ERRORS.keys()


@pytest.mark.parametrize("name", TOTALS)
def test_totals(name: str) -> None:
    clicks = v3.parse_clicks(PATH, 200, body(name))
    assert (clicks.total, clicks.tz_offset) == TOTALS[name]
    assert clicks.counts is None
    assert clicks.echoed["unit"] == "day"


@pytest.mark.parametrize("name", SERIES)
def test_series(name: str) -> None:
    clicks = v3.parse_clicks(PATH, 200, body(name))
    assert clicks.counts == SERIES[name]
    assert list(clicks.counts) == sorted(clicks.counts, reverse=True)
    assert clicks.total is None


@pytest.mark.parametrize("path", [v3.LINK_CLICKS, v3.LINK_CLICKS_NAMED])
@pytest.mark.parametrize("name", [*TOTALS, *SERIES])
def test_the_same_body_as_xml_says_the_same(name: str, path: str) -> None:
    from_json = v3.parse_clicks(path, 200, body(name))
    from_xml = v3.parse_clicks(path, 200, as_xml(json.loads(body(name))), "xml")
    assert (from_xml.total, from_xml.counts, from_xml.tz_offset) == (
        from_json.total,
        from_json.counts,
        from_json.tz_offset,
    )
    assert {name: value for name, value in from_xml.echoed.items() if value} == from_json.echoed


def test_an_organization_s_body_is_read_by_its_own_key() -> None:
    envelope = json.loads(body(next(iter(SERIES))))
    envelope["data"]["organization_clicks"] = envelope["data"].pop("link_clicks")
    clicks = v3.parse_clicks(v3.ORGANIZATION_CLICKS, 200, json.dumps(envelope).encode())
    assert clicks.counts == SERIES[next(iter(SERIES))]
    with pytest.raises(AnswerError):
        v3.parse_clicks(v3.LINK_CLICKS, 200, json.dumps(envelope).encode())


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("wire", ["json", "xml"])
def test_errors(name: str, wire: str) -> None:
    kind, status = ERRORS[name]
    content = body(name) if wire == "json" else as_xml(json.loads(body(name)))
    http = 401 if "http401" in name else 200
    with pytest.raises(AnswerError) as caught:
        v3.parse_clicks(PATH, http, content, wire)
    assert (type(caught.value), caught.value.status) == (kind, status)
    assert caught.value.user_message.endswith(".")


def test_an_address_that_nginx_does_not_know() -> None:
    with pytest.raises(NotFoundError) as caught:
        v3.parse_clicks(PATH, 404, body("error__unknown-path_http404.node-bitly-2017-11-03.html"))
    assert caught.value.status == 404


def test_link_history() -> None:
    name = "user_link_history__defaults.shortybit-2018-04-04.json"
    data = json.loads(body(name))["data"]
    page = v3.parse_links(v3.LINK_HISTORY, 200, body(name))
    links = page.links
    assert len(links) == page.listed == len(data["link_history"])
    assert page.total == data["result_count"]
    assert links[0] == model.Link(
        "bit.ly/2uNgpk4",
        "reddit: the front page of the internet",
        "https://www.reddit.com/",
        "REDACTED",
        1522824170,
    )
    assert [link.created for link in links] == sorted(
        (link.created for link in links), reverse=True
    )


def test_user_info() -> None:
    data = json.loads(body("partial/user_info__data-object.redacted.json"))
    envelope = json.dumps({"status_code": 200, "data": data, "status_txt": "OK"}).encode()
    assert v3.parse_account(v3.USER_INFO, 200, envelope) == model.Account(
        login="REDACTED", short_domains=(), tracking_domains=(), logins=("REDACTED",)
    )


def test_an_older_answer_is_not_taken_for_clicks() -> None:
    with pytest.raises(AnswerError):
        v3.parse_clicks(PATH, 200, body("link_referrers__defaults.php-jsonpath-2017.json"))
