"""The local server on a port: slow clients hold nobody up, and HTTP is as clients expect it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from support import NOW, ROOT, served, write_clicks

from bitly_data.server import LocalBitly, ServerOptions, serve

LINK = "go.ex.com/Ab"
TOKEN = "s3cret-token"
SILENT = 100
# The promise is a second. Measured are milliseconds; the rest is for a machine that is busy [s].
MOST_SECONDS = 1.0
PATIENCE = 20.0  # for what is to happen at all [s]
GET = f"GET /v4/bitlinks/{LINK}/clicks?units=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = "POST /v4/expand HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: s3cret-token\r\n"
# What a slow client has said so far.
HALVES = {
    "nothing": "",
    "a letter": "G",
    "half a line": "GET /v4/us",
    "half of the headers": GET,
    "half a body": f"{POST}Content-Length: 40\r\n\r\n" + '{"bitlink_id": ',
    "half a chunk": f"{POST}Transfer-Encoding: chunked\r\n\r\n" + '28\r\n{"bitlink_id": ',
    "no end of chunks": f"{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n" + "{}\r\n",
}


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")
    return ["--clicks", path, "--now", f"{NOW}Z", "--token", TOKEN]


@pytest.fixture(scope="module")
def address(words: list[str]) -> Iterator[str]:
    with served(*words) as address:
        yield address


@pytest.fixture(scope="module")
def secure(words: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tls")
    certificate = trustme.CA().issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    tls = ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
    with served(*words, *tls) as address:
        yield address


def connection(address: str) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(
        parts.hostname, parts.port, timeout=PATIENCE, context=context
    )


def clicks(asked: http.client.HTTPConnection) -> int:
    asked.request("GET", f"/v4/bitlinks/{LINK}/clicks/summary", headers={"Authorization": TOKEN})
    answer = asked.getresponse()
    data = json.loads(answer.read())
    assert answer.status == 200, data
    return data["total_clicks"]


def seconds(address: str) -> float:
    """How long a new client waits for its answer."""
    began = time.monotonic()
    client = connection(address)
    try:
        assert clicks(client) == 31
    finally:
        client.close()
    return time.monotonic() - began


@contextmanager
def silent(address: str, said: str, number: int = SILENT) -> Iterator[list[socket.socket]]:
    """So many clients that said so much and wait."""
    parts = urlsplit(address)
    with ExitStack() as stack:
        clients = []
        for _ in range(number):
            client = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
            stack.callback(client.close)
            client.sendall(said.encode())
            clients.append(client)
        yield clients


@pytest.mark.parametrize("said", HALVES.values(), ids=HALVES)
def test_silent_clients_do_not_delay_an_answer(address: str, said: str) -> None:
    with silent(address, said):
        waited = [seconds(address) for _ in range(5)]
    assert max(waited) < MOST_SECONDS, waited


@pytest.mark.parametrize("said", ["", "\x16\x03\x01"], ids=["nothing", "half a greeting"])
def test_silent_clients_of_https_do_not_delay_an_answer(secure: str, said: str) -> None:
    with silent(secure, said):
        waited = [seconds(secure) for _ in range(5)]
    assert max(waited) < MOST_SECONDS, waited


def test_clients_that_do_not_read_their_answer_delay_nobody(address: str) -> None:
    hours = f"GET /v4/bitlinks/{LINK}/clicks?unit=hour&units=-1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    with silent(address, f"{hours}Authorization: {TOKEN}\r\n\r\n", number=20) as clients:
        for client in clients:  # a megabyte each, more than lies between the two
            assert client.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
        waited = [seconds(address) for _ in range(5)]
    assert max(waited) < MOST_SECONDS, waited


def test_a_slow_client_is_answered_in_the_end(address: str) -> None:
    rest = f"Authorization: {TOKEN}\r\nConnection: close\r\n\r\n"
    with silent(address, GET, number=3) as clients:
        assert seconds(address) < MOST_SECONDS
        for client in clients:
            client.sendall(rest.encode())
            answer = b"".join(iter(lambda: client.recv(65_536), b""))  # noqa: B023 - used here
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["units"] == 2


def test_a_connection_serves_many_requests(address: str) -> None:
    client = connection(address)
    assert clicks(client) == 31
    first = client.sock
    assert [clicks(client) for _ in range(3)] == [31, 31, 31]
    assert client.sock is first and first is not None
    client.close()


def test_head_has_the_headers_of_get(address: str) -> None:
    client = connection(address)
    answers = []
    for method in ("GET", "HEAD", "GET"):  # on one connection: a body too many would be seen
        client.request(method, "/v4/bsds", headers={"Authorization": TOKEN})
        answer = client.getresponse()
        answers.append((answer.status, answer.headers["Content-Length"], answer.read()))
    client.close()
    assert answers[0] == answers[2]
    assert answers[1] == (200, answers[0][1], b"")
    assert len(answers[0][2]) == int(answers[0][1])


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_comes_whole_or_in_chunks(address: str, in_chunks: bool) -> None:
    body = json.dumps({"bitlink_id": LINK}).encode()
    client = connection(address)
    client.request(
        "POST",
        "/v4/expand",
        body=iter([body[:7], body[7:]]) if in_chunks else body,
        headers={"Authorization": TOKEN, "Content-Type": "application/json"},
        encode_chunked=in_chunks,
    )
    answer = client.getresponse()
    assert (answer.status, json.loads(answer.read())["long_url"]) == (200, "http://ex.com/a")
    client.close()


def raw(address: str, text: str) -> bytes:
    """What comes back until the server closes the connection."""
    with silent(address, text, number=1) as (client,):
        return b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("nonsense\r\n\r\n", 400),
        ("GET /v4/user HTTP/1.1\r\n\r\n", 400),  # without a host
        (f"{GET}Authorization: {TOKEN}\r\nX: {'x' * 70_000}\r\n\r\n", None),  # cut off
        (f"GET /v4/bsds HTTP/1.1\r\nHost: 127.0.0.1:x\r\nAuthorization: {TOKEN}\r\n", 200),
        (f"GET /v4/bsds HTTP/1.1\r\nHost: 127.0.0.1:\r\nAuthorization: {TOKEN}\r\n", 200),
        (f"GET /v4/bsds HTTP/1.1\r\nHost: [::1]:8080\r\nAuthorization: {TOKEN}\r\n", 200),
        (f"GET /v4/bsds HTTP/1.0\r\nAuthorization: {TOKEN}\r\n", 200),
        (f"{POST}Content-Length: 2000000\r\n\r\n{' ' * 2_000_000}", 413),
        (f"{POST}Content-Length: 99000000\r\n", 400),
    ],
)
def test_odd_requests_are_answered_or_cut_off(address: str, text: str, status: int | None) -> None:
    ended = text if "\r\n\r\n" in text else f"{text}Connection: close\r\n\r\n"
    ended = ended.replace("Content-Length", "Connection: close\r\nContent-Length", 1)
    try:
        answer = raw(address, ended)
    except ConnectionError:  # cut off while it was still sent
        answer = b""
    if status is None:
        assert not answer.startswith(b"HTTP/1.1 2")
    else:
        assert answer.split(b" ")[1] == str(status).encode(), answer[:100]
    assert seconds(address) < MOST_SECONDS


def test_an_encoded_slash_is_one(address: str) -> None:
    client = connection(address)
    for path in (LINK, LINK.replace("/", "%2F"), LINK.replace("/", "%2f")):
        client.request("GET", f"/v4/bitlinks/{path}", headers={"Authorization": TOKEN})
        answer = client.getresponse()
        assert json.loads(answer.read())["id"] == LINK
    client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_stops_at_once_with_clients_on_the_line(
    words: list[str], number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bitly_data", "serve", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with ExitStack() as stack:
            for said in HALVES.values():
                stack.enter_context(silent(address, said, number=3))
            assert seconds(address) < MOST_SECONDS
            # By v3 the token is in the address; a line that is no request has it, too.
            raw(address, f"GET /v3/link/clicks?access_token={TOKEN} HTTP/1.0\r\n\r\n")
            raw(address, f"GET /v3/link/clicks?access_token={TOKEN} nonsense\r\n\r\n")
            process.send_signal(number)
            _, said_last = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "GET /v3/link/clicks 200" in said_last
        assert TOKEN not in said_last and "Traceback" not in said_last
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="a socket is no file there")
def test_more_connections_than_there_are_files_for(words: list[str]) -> None:
    """Whoever comes too late is hung up on, and the others are served."""
    command = f"ulimit -n 200; exec {sys.executable} -m bitly_data serve " + " ".join(words)
    process = subprocess.Popen(
        ["sh", "-c", command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        early = connection(address)
        assert clicks(early) == 31
        with silent(address, "", number=400) as clients:
            assert clients[-1].recv(1) == b""
            assert clicks(early) == 31
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:  # the server sees a moment later that they are gone
            try:
                assert seconds(address) < MOST_SECONDS
                break
            except (ConnectionError, http.client.HTTPException):
                time.sleep(0.05)
        else:
            raise AssertionError("nobody is served any more")
        early.close()
        process.terminate()
        assert "Traceback" not in process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
        process.wait()


def test_an_address_of_ip_version_6(tmp_path: Path) -> None:
    local = LocalBitly.open(
        ServerOptions(clicks=(write_clicks(tmp_path / "a.log"),), now=f"{NOW}Z"), token=TOKEN
    )
    found: list[str] = []
    is_there = threading.Event()

    def announce(address: str) -> None:
        found.append(address)
        is_there.set()

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    # A thread cannot be told to stop by a signal; it ends with the process.
    threading.Thread(
        target=serve, args=(local,), kwargs={"host": "::1", "announce": announce}, daemon=True
    ).start()
    assert is_there.wait(PATIENCE)
    assert found[0].startswith("http://[::1]:")
    assert seconds(found[0]) < MOST_SECONDS


def test_a_port_that_is_taken(words: list[str], address: str) -> None:
    port = str(urlsplit(address).port)
    done = subprocess.run(
        [sys.executable, "-m", "bitly_data", "serve", *words, "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr
