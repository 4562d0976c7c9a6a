"""The local server on a port of this machine.

One loop reads all connections; a worker is only given a request that is there as a whole. So a
client that says nothing, or half of something, keeps nobody waiting
(docs/decisions/0024-slow-clients-hold-no-worker.md).
"""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from bitly_data.server.errors import ServerProblem

if TYPE_CHECKING:
    from bitly_data.server.local import LocalBitly

# How many answers are worked on at once; each counts in the database, which has threads itself.
_WORKERS = 8
_HIGHEST_PORT = 65_535  # sixteen bits in TCP


def announce_on_stdout(address: str) -> None:
    """Print the address at once: whoever started the server through a pipe waits for it."""
    print(address, flush=True)


def serve(
    local: LocalBitly,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    announce: Callable[[str], None] = announce_on_stdout,
) -> None:
    """Serve until Ctrl-C or SIGTERM; then return.

    `host` is a loopback address and `port` 0 a free port; `announce` is given the address
    (`http://127.0.0.1:8080`) once connections are accepted. With a certificate and key (PEM
    files) it speaks HTTPS. Raises `ServerProblem` for another host, for what is no port or one
    in use, and for a bad certificate.
    """
    _check_loopback(host)
    check_port(port)
    context = _tls(tls_cert, tls_key)
    sockets = _bound(host, port)
    try:
        asyncio.run(_answer(local, sockets, context, announce, host))
    finally:
        for each in sockets:  # the loop closes those that it took over; once more does no harm
            each.close()


async def _answer(
    local: LocalBitly,
    sockets: list[socket.socket],
    context: ssl.SSLContext | None,
    announce: Callable[[str], None],
    host: str,
) -> None:
    # Brings a part of asyncio along that the app, which needs no port, need not wait for.
    from bitly_data.server.sockets import http_server

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(_WORKERS) as workers:
        server = http_server(local.app, workers, context)
        server.add_sockets(sockets)
        with _on_signals(lambda: loop.call_soon_threadsafe(stop.set)):
            announce(_address(host, sockets[0].getsockname()[1], secure=context is not None))
            await stop.wait()
        server.stop()
        await server.close_all_connections()


def _bound(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen, one for each address of the host. Raises `ServerProblem`."""
    from tornado.netutil import bind_sockets

    try:
        return bind_sockets(port, host)
    except OSError:
        raise ServerProblem(
            f"Port {port} of {host} cannot be opened: choose another one, or 0 for a free one."
        ) from None


def check_port(port: int) -> None:
    """Raises `ServerProblem` for a number that no port has."""
    if not 0 <= port <= _HIGHEST_PORT:
        raise ServerProblem(
            f"{port} is not a port: choose 1 to {_HIGHEST_PORT}, or 0 for a free one."
        )


def _check_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServerProblem(
            f"The local server is for this machine only: {host!r} is not a "
            "loopback address such as 127.0.0.1."
        )


def _tls(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ServerProblem("HTTPS needs both a certificate and its key.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise ServerProblem(
            f"The certificate {certificate!r} and key {key!r} cannot be used: "
            "both must be PEM files and belong together."
        ) from None
    return context


def _address(host: str, port: int, *, secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{name}:{port}"


@contextmanager
def _on_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Stop at Ctrl-C and SIGTERM meanwhile. Only the main thread may decide about signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
