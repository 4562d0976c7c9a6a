"""A series says which endpoints it comes from, and how many requests that took."""

from __future__ import annotations

from bitly_data.sources.request_log import RequestLog


def test_endpoints_are_named_once_in_their_order() -> None:
    log = RequestLog(now=100)
    for endpoint in ("/b", "/a", "/b"):
        log.add(endpoint)
    log.draw_on("/kept")
    log.draw_on("/a")
    assert (log.requests, log.endpoints, log.last) == (3, ["/b", "/a", "/kept"], "/b")


def test_what_upstream_said_first_holds() -> None:
    log = RequestLog(now=100)
    log.echo({})
    log.echo({"unit": "day"})
    log.echo({"unit": "hour"})
    assert log.echoed == {"unit": "day"}


def test_provenance_is_made_of_it() -> None:
    log = RequestLog(now=100)
    log.add("/a")
    log.echo({"unit": "day"})
    log.now = 160
    found = log.provenance("v4", "Ann's account", "A note.", 3600)
    assert (found.source, found.account, found.note, found.offset) == (
        "v4",
        "Ann's account",
        "A note.",
        3600,
    )
    assert (found.endpoints, found.requests, found.fetched_at) == (("/a",), 1, 160)
    assert found.echoed == {"unit": "day"}
    assert log.provenance("v3", "x").offset is None
