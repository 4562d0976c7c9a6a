"""The end of a try: connections that are shut down when its time is over.

See docs/decisions/0010.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import allowed_gai_family


class TimeLimit:
    """The end of one try, whatever the other side sends meanwhile.

    A socket's own time-out begins anew with every byte, so a handshake, a proxy, a head or a body
    that comes a byte at a time would never end: when the time is over, the socket is shut down
    under whoever reads it.
    """

    _running = threading.local()

    def __init__(self) -> None:
        self.over = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None

    @classmethod
    def watch(cls, connected: socket.socket) -> None:
        """The socket that this thread sends on from now, plain or encrypted."""
        limit: TimeLimit | None = getattr(cls._running, "limit", None)
        if limit is not None:
            limit._hold(connected)

    @classmethod
    @contextmanager
    def of(cls, seconds: float) -> Iterator[TimeLimit]:
        """A limit for what this thread sends in the block."""
        limit = cls._running.limit = cls()
        timer = threading.Timer(seconds, limit._end)
        timer.daemon = True
        timer.start()
        try:
            yield limit
        finally:
            timer.cancel()
            cls._running.limit = None
            limit._let_go()

    def _hold(self, connected: socket.socket) -> None:
        # A handle of our own: TLS takes the socket away from whoever had it, and in the TLS of a
        # proxy it cannot be shut down. To shut down, the family of addresses does not matter.
        handle = socket.fromfd(connected.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        self._let_go()
        with self._lock:
            self._handle = handle
            self._shut_down_if_over()

    def _let_go(self) -> None:
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()

    def _end(self) -> None:
        with self._lock:
            self.over = True
            self._shut_down_if_over()

    def _shut_down_if_over(self) -> None:
        if self.over and self._handle is not None:
            with suppress(OSError):  # it has just ended by itself
                self._handle.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    """A connection that keeps to the time of its try from the first address on."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept open since an earlier request
            TimeLimit.watch(self.sock)
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        """One of the name's addresses; they share the time to connect, each that is left alike."""
        name, seconds = self._dns_host, float(self.timeout or 0)
        ends = time.monotonic() + seconds
        addresses = self._addresses(seconds)
        try:
            for at, address in enumerate(addresses):
                self._dns_host = address
                # No time at all would mean not to wait for anything.
                self.timeout = max((ends - time.monotonic()) / (len(addresses) - at), 0.001)
                try:
                    connected = super()._new_conn()
                    break
                except (NewConnectionError, ConnectTimeoutError):
                    if address == addresses[-1]:
                        raise
        finally:
            self._dns_host, self.timeout = name, seconds
        connected.settimeout(seconds)
        TimeLimit.watch(connected)
        return connected

    def _addresses(self, seconds: float) -> list[str]:
        """The addresses of the name, looked up in so many seconds at most."""
        looked_up: Future[list[Any]] = Future()

        def look_up() -> None:
            try:
                looked_up.set_result(
                    socket.getaddrinfo(
                        self._dns_host.strip("[]"),
                        self.port,
                        allowed_gai_family(),
                        socket.SOCK_STREAM,
                    )
                )
            except (OSError, UnicodeError) as problem:
                looked_up.set_exception(problem)

        # A look-up cannot be broken off; one that takes too long comes to its end alone.
        threading.Thread(target=look_up, daemon=True, name="look-up").start()
        try:
            found = looked_up.result(seconds)
        except TimeoutError:
            raise ConnectTimeoutError(self, "the name was not found in time") from None
        except socket.gaierror as problem:
            raise NameResolutionError(self.host, self, problem) from None
        except UnicodeError:
            raise LocationParseError(self.host) from None
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _WatchedHTTPConnection(_Watched, HTTPConnection):
    """Over plain http."""


class _WatchedHTTPSConnection(_Watched, HTTPSConnection):
    """Over TLS, through a proxy or not."""


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HTTPPool, "https": _HTTPSPool}
