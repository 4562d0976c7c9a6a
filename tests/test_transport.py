"""The one socket: errors in one sentence, the token for one host only."""

import http.server
import socket
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
import urllib3.util.connection

from bitly_data.errors import (
    AnswerError,
    BitlyError,
    UnreachableError,
    UnreadableError,
    error_for,
)
from bitly_data.transport import client as transport
from bitly_data.transport.client import CONNECTIONS, HttpClient, new_session
from bitly_data.transport.rate_limit import Budget
from bitly_data.transport.request import Request
from bitly_data.transport.retry import RetryPolicy

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
    return HttpClient(
        address, TOKEN, new_session(), clock=lambda: 1_000.0, sleep=lambda seconds: None
    )


def test_an_answer_carries_status_body_and_the_servers_clock():
    with server(reply(body=b"abc")) as (address, seen):
        answer = upstream(address).get("/v3/link/clicks", [("unit", "day")])

    assert (answer.status, answer.body) == (200, b"abc")
    assert answer.date > 1_700_000_000
    assert seen[0][0] == f"/v3/link/clicks?access_token={TOKEN}&unit=day"


def test_a_redirect_is_not_followed_so_the_token_goes_nowhere_else():
    with (
        server(reply()) as (elsewhere, seen_elsewhere),
        server(reply(302, Location=elsewhere)) as (address, _),
    ):
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


@pytest.mark.parametrize("name", ["urllib3", "urllib3.connectionpool", "urllib3.connection"])
def test_no_level_of_logging_shows_the_token(name, caplog):
    def badly(handler):
        handler.send_response(200)
        handler.wfile.write(b"".join(handler._headers_buffer) + b"no header at all\r\n\r\n{}")
        handler._headers_buffer = []
        handler.close_connection = True

    with server(badly) as (address, _):
        asked = upstream(address)
        caplog.set_level("DEBUG", logger=name)
        asked.get("/v3/link/clicks", [("unit", "day")])

    assert TOKEN not in caplog.text
    if name != "urllib3.connection":
        assert "access_token=…&unit=day" in caplog.text


@pytest.mark.parametrize("status", [302, 401, 402, 403, 404, 410])
def test_what_is_refused_for_good_keeps_its_advice(status):
    def read(answer):
        raise error_for(answer.path, answer.status, "")

    with (
        server(reply(status, **{"Retry-After": "120"})) as (address, seen),
        pytest.raises(AnswerError) as caught,
    ):
        upstream(address).send(Request("/v3/user/info"), read)

    assert caught.value.user_message == error_for("/", status, "").user_message
    assert caught.value.retry_after is None
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("status", "text", "sentence"),
    [
        (503, "", "Bitly could not answer (503): ask again in 2 minutes."),
        (429, "", "Bitly's rate limit is reached: ask again in 2 minutes."),
        (
            403,
            "MONTHLY_RATE_LIMIT_EXCEEDED",
            "This month's calls are used up: ask again in 2 minutes.",
        ),
    ],
)
def test_what_may_be_asked_again_says_when(status, text, sentence):
    def read(answer):
        raise error_for(answer.path, answer.status, text)

    with (
        server(reply(status, **{"Retry-After": "120"})) as (address, _),
        pytest.raises(AnswerError) as caught,
    ):
        upstream(address).send(Request("/v3/user/info"), read)

    assert (caught.value.user_message, caught.value.retry_after) == (sentence, 120)


def test_no_proxy_reads_the_token_on_this_machine(monkeypatch):
    with server(reply()) as (proxy, seen_by_proxy), server(reply()) as (address, seen):
        monkeypatch.setenv("http_proxy", proxy)
        upstream(address).get("/v3/user/info", [])

    assert seen_by_proxy == []
    assert len(seen) == 1


# -- the time of a try ----------------------------------------------------------------------------

# What ends by its limit ends soon.
QUICK = RetryPolicy(tries=1, connect_seconds=0.2, try_seconds=0.5, request_seconds=2)


@contextmanager
def dripping(start):
    """A server on loopback that sends `start`, then drips for some seconds. Yields its port.

    In the end it must have been cut off, not heard to its end.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    cut_off, over = [], threading.Event()

    def drip(connected):
        with connected, suppress(OSError):
            connected.recv(4096)
            connected.sendall(start)
            cut_off.append(True)
            for _ in range(100):
                time.sleep(0.05)
                connected.sendall(b"\0")
            cut_off.clear()
        over.set()

    def serve():
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    with listening:
        yield listening.getsockname()[1]
        over.wait(30)
        assert cut_off


def test_a_handshake_that_drips_ends_with_its_try():
    with (
        dripping(b"\x16\x03\x03\x3f\xff") as port,
        pytest.raises(UnreachableError, match="in time"),
    ):
        replace(upstream(f"https://127.0.0.1:{port}"), policy=QUICK).get("/x", [])


def test_a_proxy_that_drips_ends_with_its_try(monkeypatch):
    with dripping(b"HTTP/1.1 200 ok\r\n") as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        with pytest.raises(UnreachableError, match="in time"):
            replace(upstream("https://localhost:1"), policy=QUICK).get("/x", [])


def test_the_addresses_of_a_name_share_the_time_to_connect(monkeypatch):
    tried = []

    def connects(address, timeout, *_args, **_named):
        tried.append((address[0], timeout))
        if len(tried) < 4:
            time.sleep(timeout)
            raise TimeoutError
        return socket.create_connection(address)

    def found(host, port, *_):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{at}", port))
            for at in (5, 5, 4, 3, 1)
        ]

    with server(reply()) as (address, seen):
        monkeypatch.setattr(urllib3.util.connection, "create_connection", connects)
        monkeypatch.setattr(socket, "getaddrinfo", found)
        asked = upstream(address.replace("127.0.0.1", "localhost"))
        assert replace(asked, policy=QUICK).get("/x", []).status == 200

    assert [host for host, _ in tried] == ["127.0.0.5", "127.0.0.4", "127.0.0.3", "127.0.0.1"]
    assert sum(seconds for _, seconds in tried[:3]) < QUICK.connect_seconds
    assert seen[0][1]["Host"].startswith("localhost:")


def test_a_name_that_is_looked_up_for_long_is_given_up(monkeypatch):
    over = threading.Event()

    def slow(*_):
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(UnreachableError, match="did not answer in time"):
        replace(upstream("https://localhost:1"), policy=QUICK).get("/x", [])
    # The look-up itself is still under way, and nobody waits for it.
    assert any(thread.name == "look-up" for thread in threading.enumerate())
    over.set()


def test_all_addresses_that_are_down_are_one_sentence(monkeypatch):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *_: [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{at}", 1)) for at in (1, 2)
        ],
    )
    with pytest.raises(UnreachableError, match="cannot be reached"):
        replace(upstream("https://localhost:1"), policy=QUICK).get("/x", [])


def test_certificates_that_are_not_there_are_nobodys_broken_answer(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere.pem"))
    with pytest.raises(UnreachableError) as caught:
        upstream("https://localhost:1").get("/x", [])
    assert str(caught.value) == (
        "The file of trusted certificates that REQUESTS_CA_BUNDLE names is not there: correct that "
        "setting, or take it away."
    )
    assert not caught.value.retryable


@pytest.mark.parametrize("address", ["https://a b", "https://" + "a" * 70 + ".example"])
def test_an_address_that_cannot_be_one_is_said_to_be_so(address, monkeypatch):
    def resolves(host, *_):
        raise UnicodeError("label too long")  # as the standard library says of the second

    monkeypatch.setattr(socket, "getaddrinfo", resolves)
    with pytest.raises(UnreachableError, match="cannot be one: check BITLY_BASE_URL") as caught:
        upstream(address).get("/x", [])
    assert not caught.value.retryable


@pytest.mark.parametrize("bearer", [False, True])
def test_a_token_that_cannot_be_sent_is_one_sentence_without_it(bearer):
    with server(reply()) as (address, seen), pytest.raises(UnreachableError) as caught:
        replace(upstream(address), token=f"{TOKEN}\udcff", bearer=bearer).get("/x", [])
    assert "check BITLY_ACCESS_TOKEN" in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert seen == []


# -- its turn -------------------------------------------------------------------------------------


def test_the_wait_for_a_connection_is_not_the_time_of_a_try():
    with server(reply()) as (address, seen):
        asked = replace(
            upstream(address), budget=Budget(10, 100), policy=RetryPolicy(tries=1, try_seconds=2.0)
        )
        for _ in range(CONNECTIONS):
            asked.turns.acquire()
        got = []
        waiting = threading.Thread(target=lambda: got.append(asked.get("/x", []).status))
        waiting.start()
        time.sleep(2.2)
        assert (seen, asked.budget.left().minute) == ([], 10)
        asked.turns.release()
        waiting.join()

    assert got == [200]


def test_who_gets_no_connection_is_told_so_and_costs_no_call():
    asked = replace(
        upstream("http://127.0.0.1:1"),
        policy=QUICK,
        budget=Budget(10, 100),
        turns=threading.Semaphore(0),
    )
    with pytest.raises(UnreachableError, match="no connection came free: ask again in a moment"):
        replace(asked, policy=replace(QUICK, request_seconds=0.3)).get("/x", [])
    assert asked.budget.left().minute == 10


def test_a_turn_is_given_back_whatever_comes_of_it():
    with server(reply()) as (address, _):
        asked = replace(upstream(address), policy=QUICK)
        for _ in range(CONNECTIONS + 1):
            with suppress(UnreachableError):
                replace(asked, base_url="http://127.0.0.1:1").get("/x", [])
        assert asked.get("/x", []).status == 200
