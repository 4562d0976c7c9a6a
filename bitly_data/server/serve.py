"""The local server on a port of this machine."""

from __future__ import annotations

import ipaddress
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from bitly_data.server.errors import ServerProblem

if TYPE_CHECKING:
    from bitly_data.server.local import LocalBitly

_THREADS = 8
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
    server = wsgi.Server((host, port), local.app, numthreads=_THREADS)
    server.ssl_adapter = _tls(tls_cert, tls_key)
    try:
        server.prepare()
    except OSError:
        raise ServerProblem(
            f"Port {port} of {host} cannot be opened: choose another one, or 0 for a free one."
        ) from None
    with _stop_on_sigterm():
        try:
            announce(_address(host, server.bind_addr[1], secure=server.ssl_adapter is not None))
            server.serve()
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()


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


def _tls(certificate: str | None, key: str | None) -> BuiltinSSLAdapter | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ServerProblem("HTTPS needs both a certificate and its key.")
    try:
        return BuiltinSSLAdapter(certificate, key)
    except (OSError, ssl.SSLError):
        raise ServerProblem(
            f"The certificate {certificate!r} and key {key!r} cannot be used: "
            "both must be PEM files and belong together."
        ) from None


def _address(host: str, port: int, *, secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{name}:{port}"


@contextmanager
def _stop_on_sigterm() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C meanwhile. Only the main thread may decide about signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
