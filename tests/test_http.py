"""The one socket: errors in one sentence, the token for one host only."""

import http.server
import threading
import traceback
from contextlib import contextmanager

import pytest

from bitly_data.errors import BitlyError, UnreachableError, UnreadableError
from bitly_data.sources import http as transport
from bitly_data.sources.http import Upstream, new_session

TOKEN = "very-secret-token"


@contextmanager
def server(answer):
    """A server on loopback; `answer(handler)` writes each answer. Yields address and requests."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            answer(self)

        def log_message(self, *_):
            """Quiet."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", seen
    finally:
        running.shutdown()
        running.server_close()


def reply(status=200, body=b"{}", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def upstream(address):
    return Upstream(address, TOKEN, new_session(), clock=lambda: 1_000.0)


def test_an_answer_carries_status_body_and_the_servers_clock():
    with server(reply(body=b"abc")) as (address, seen):
        answer = upstream(address).get("/v3/link/clicks", [("unit", "day")])

    assert (answer.status, answer.body) == (200, b"abc")
    assert answer.date > 1_700_000_000
    assert seen[0][0] == f"/v3/link/clicks?access_token={TOKEN}&unit=day"


def test_a_redirect_is_not_followed_so_the_token_goes_nowhere_else():
    with server(reply()) as (elsewhere, seen_elsewhere), \
            server(reply(302, Location=elsewhere)) as (address, _):
        answer = upstream(address).get("/v3/user/info", [])

    assert answer.status == 302
    assert seen_elsewhere == []


def test_credentials_of_a_netrc_file_are_not_sent(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with server(reply()) as (address, seen):
        upstream(address).get("/v3/user/info", [])

    assert "Authorization" not in seen[0][1]


def test_a_server_that_is_down_is_one_sentence_without_the_token(monkeypatch):
    with pytest.raises(UnreachableError) as caught:
        upstream("http://127.0.0.1:1").get("/v3/link/clicks", [])

    whole = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in whole
    assert caught.value.retryable
    assert caught.value.user_message.count(". ") == 0


def test_an_answer_that_breaks_off_is_a_typed_error_without_the_token():
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.close_connection = True

    with server(answer) as (address, _), pytest.raises(BitlyError) as caught:
        upstream(address).get("/v3/link/clicks", [])

    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_an_answer_far_too_large_is_given_up(monkeypatch):
    monkeypatch.setattr(transport, "MOST_BYTES", 1000)
    with server(reply(body=b"x" * 5000)) as (address, _), pytest.raises(UnreadableError):
        upstream(address).get("/v3/link/clicks", [])


def test_the_token_is_not_in_the_repr():
    assert TOKEN not in repr(upstream("http://127.0.0.1:1"))


def test_retries_are_not_logged_with_the_address(caplog):
    caplog.set_level("DEBUG")
    with pytest.raises(UnreachableError):
        upstream("http://127.0.0.1:1").get("/v3/link/clicks", [])

    assert TOKEN not in caplog.text


def test_no_proxy_reads_the_token_on_this_machine(monkeypatch):
    with server(reply()) as (proxy, seen_by_proxy), server(reply()) as (address, seen):
        monkeypatch.setenv("http_proxy", proxy)
        upstream(address).get("/v3/user/info", [])

    assert seen_by_proxy == []
    assert len(seen) == 1
