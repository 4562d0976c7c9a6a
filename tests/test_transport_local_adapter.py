"""A server in this process is asked like any other, and nobody above can tell the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import pytest

from bitly_data.errors import UnreadableError
from bitly_data.transport import client as transport
from bitly_data.transport.client import HttpClient, new_session
from bitly_data.transport.local_adapter import LOCAL_URL
from bitly_data.transport.request import Request

Start = Callable[[str, list[tuple[str, str]]], object]


class App:
    """A WSGI application that keeps what it was asked, and closes its answers."""

    def __init__(self, status: str = "200 OK", body: bytes = b"{}", **headers: str) -> None:
        self.status, self.body = status, body
        self.headers = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.seen: list[dict[str, Any]] = []
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        self.seen.append(environ)
        start(self.status, self.headers)
        return self

    def __iter__(self) -> Any:
        return iter([self.body[:1], self.body[1:]])

    def close(self) -> None:
        self.closed += 1


def client(app: App, *, bearer: bool = False) -> HttpClient:
    return HttpClient(LOCAL_URL, "secret", new_session(app), clock=lambda: 7.0, bearer=bearer)


def test_the_application_is_asked_as_over_a_socket() -> None:
    app = App()
    request = Request("/v4/bitlinks/go.ex.com/a%C3%BC", (("unit", "day"), ("domain", "a&b=c")))
    client(app, bearer=True).send(request, lambda answer: answer)
    (environ,) = app.seen
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/v4/bitlinks/go.ex.com/aü"
    assert parse_qs(environ["QUERY_STRING"]) == {"unit": ["day"], "domain": ["a&b=c"]}
    assert environ["HTTP_AUTHORIZATION"] == "Bearer secret"
    assert environ["HTTP_HOST"] == "local-bitly.invalid"
    assert environ["wsgi.input"].read() == b""


def test_its_answer_is_an_answer() -> None:
    app = App(
        "404 Not Found",
        b"no such link",
        Date="Wed, 16 Jan 2013 18:30:00 GMT",
        Retry_After="9",
    )
    answer = client(app).get("/v3/link/clicks", [("unit", "day")])
    assert (answer.path, answer.status, answer.body) == ("/v3/link/clicks", 404, b"no such link")
    assert (answer.date, answer.retry_after) == (1_358_361_000, 9.0)
    assert app.closed == 1
    assert parse_qs(app.seen[0]["QUERY_STRING"])["access_token"] == ["secret"]


def test_what_is_far_too_large_is_given_up_here_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 1000)
    with pytest.raises(UnreadableError):
        client(App(body=b"x" * 5000)).get("/x", [])


def test_an_application_that_fails_is_closed_and_raises() -> None:
    class Broken(App):
        def __iter__(self) -> Any:
            raise LookupError("the store is gone")

    app = Broken()
    with pytest.raises(LookupError):
        client(app).get("/x", [])
    assert app.closed == 1


def test_other_hosts_are_not_answered_by_it() -> None:
    session = new_session(App())
    assert session.get_adapter("http://127.0.0.1:1/x") is not session.get_adapter(LOCAL_URL)
    assert session.get_adapter("https://api-ssl.bitly.com/v4") is not session.get_adapter(LOCAL_URL)
