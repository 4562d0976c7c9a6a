"""The local Bitly server behind a middleware that does what networks and servers really do.

A fault changes one answer: what it says (`CONTENT`, pure), or how it travels (`TRANSPORT`, once as
an exception of the library in this process and once on a real socket).
"""

from __future__ import annotations

import gzip
import io
import json
import random
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from bitly_data.transport.client import LocalAdapter

Parts = tuple[int, dict[str, str], bytes]  # status, headers, body
Content = Callable[[Parts, random.Random], Parts]


def _envelope(parts: Parts, change: Callable[[dict[str, Any]], None]) -> Parts:
    status, headers, body = parts
    try:
        value = json.loads(body)
        change(value)
    except (ValueError, KeyError, TypeError, AttributeError):
        return parts  # an answer that has no such part stays as it is
    return status, headers, json.dumps(value).encode()


def _rows(value: dict[str, Any]) -> list[dict[str, Any]]:
    data = value["data"]
    return data[
        next(
            key for key in ("link_clicks", "organization_clicks") if isinstance(data.get(key), list)
        )
    ]


def _on_rows(change: Callable[[list[dict[str, Any]], random.Random], None]) -> Content:
    """A change of the buckets of a series; a total stays as it is."""

    def fault(parts: Parts, chance: random.Random) -> Parts:
        def changed(value: dict[str, Any]) -> None:
            with suppress(StopIteration):
                change(_rows(value), chance)

        return _envelope(parts, changed)

    return fault


def _count(value: object) -> Content:
    """One count of a series, or the total, becomes something else."""

    def fault(parts: Parts, chance: random.Random) -> Parts:
        def changed(envelope: dict[str, Any]) -> None:
            data = envelope["data"]
            for key in ("link_clicks", "organization_clicks"):
                if isinstance(data.get(key), list) and data[key]:
                    chance.choice(data[key])["clicks"] = value
                elif key in data:
                    data[key] = value

        return _envelope(parts, changed)

    return fault


def _without(key: str) -> Content:
    return _on_rows(lambda rows, chance: chance.choice(rows).pop(key) and None)


def _twice(rows: list[dict[str, Any]], chance: random.Random, *, same: bool) -> None:
    row = chance.choice(rows)
    rows.insert(
        chance.randrange(len(rows) + 1),
        dict(row) if same else {**row, "clicks": row["clicks"] + chance.randint(1, 9)},
    )


def _stranger(rows: list[dict[str, Any]], chance: random.Random) -> None:
    rows.insert(
        chance.randrange(len(rows) + 1),
        {"dt": chance.choice([0, 1, 86_400, 4_000_000_000, 10**12]), "clicks": 77},
    )


def _fewer(rows: list[dict[str, Any]], chance: random.Random) -> None:
    del rows[chance.randrange(len(rows))]


def _says(status: int, text: str) -> Content:
    """Bitly's own error inside HTTP 200."""
    body = json.dumps({"status_code": status, "status_txt": text, "data": None}).encode()
    return lambda parts, chance: (200, parts[1], body)


def _status(status: int, body: bytes = b"<html><h1>no</h1></html>", **headers: str) -> Content:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda parts, chance: (status, {"Content-Type": "text/html", **named}, body)


def _date(text: str) -> Content:
    """The right answer of a server whose clock is far off."""
    return lambda parts, chance: (parts[0], {**parts[1], "Date": text}, parts[2])


def _bytes(change: Callable[[bytes, random.Random], bytes]) -> Content:
    return lambda parts, chance: (parts[0], parts[1], change(parts[2], chance))


def _integer(parts: Parts, chance: random.Random) -> Parts:
    def changed(value: dict[str, Any]) -> None:
        for key in ("link_clicks", "organization_clicks"):
            if isinstance(value["data"].get(key), list):
                value["data"][key] = 5

    return _envelope(parts, changed)


def _garble(body: bytes, chance: random.Random) -> bytes:
    # Only what breaks the form: another digit would be a number like any other.
    at = chance.randrange(len(body) + 1)
    return body[:at] + b"\x00\xff{" + body[at:]


ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<response><data>&x;</data></response>"
)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(9))
    + b"]><response><data>&j;</data></response>"
)

CONTENT: dict[str, Content] = {
    "rate limit inside 200": _says(403, "RATE_LIMIT_EXCEEDED"),
    "unknown error inside 200": _says(500, "UNKNOWN_ERROR"),
    "unavailable inside 200": _says(503, "TEMPORARILY_UNAVAILABLE"),
    "gone inside 200": _says(410, "PERMANENTLY_REMOVED"),
    "refused inside 200": _says(403, "INVALID_ACCESS_TOKEN"),
    "401": _status(401),
    "402": _status(402),
    "403": _status(403),
    "404": _status(404, b"NOT"),
    "410": _status(410),
    "429": _status(429),
    "429 with seconds": _status(429, Retry_After="3"),
    "429 with a date": _status(429, Retry_After="Fri, 17 May 2013 12:00:05 GMT"),
    "429 for long": _status(429, Retry_After="4000"),
    "429 with a past date": _status(429, Retry_After="Fri, 17 May 2010 12:00:05 GMT"),
    "429 without sense": _status(429, Retry_After="99999999999999"),
    "500": _status(500),
    "502": _status(502),
    "503": _status(503, Retry_After="2"),
    "504": _status(504),
    "302": _status(302, Location="http://elsewhere.example/"),
    "307 in a loop": _status(307, Location="/v3/link/clicks"),
    "204": _status(204, b""),
    "truncated JSON": _bytes(lambda body, chance: body[: chance.randrange(len(body) or 1)]),
    "garbage": _bytes(_garble),
    "nothing": _bytes(lambda body, chance: b""),
    "HTML": _bytes(lambda body, chance: b"<html>hello</html>"),
    "a list": _bytes(lambda body, chance: b"[1, 2]"),
    "null": _bytes(lambda b, c: b"null"),
    "external entity": _bytes(lambda body, chance: ENTITY),
    "billion laughs": _bytes(lambda body, chance: LAUGHS),
    "deep nesting": _bytes(lambda body, chance: b"[" * 100_000),
    "another type": lambda parts, chance: (parts[0], {"Content-Type": "image/png"}, parts[2]),
    "a count that is null": _count(None),
    "negative": _count(-3),
    "fractional": _count(1.5),
    "huge": _count(10**30),
    "infinite": _count(float("inf")),
    "a word": _count("many"),
    "a list as a count": _count([1]),
    "true": _count(True),
    "no count": _without("clicks"),
    "no start": _without("dt"),
    "a bucket twice": _on_rows(lambda rows, chance: _twice(rows, chance, same=True)),
    "two counts": _on_rows(lambda rows, chance: _twice(rows, chance, same=False)),
    "unsorted": _on_rows(lambda rows, chance: chance.shuffle(rows)),
    "a stranger": _on_rows(_stranger),
    "fewer": _on_rows(_fewer),
    "integer for a list": _integer,
    "no data": lambda parts, chance: _envelope(parts, lambda value: value.pop("data")),
    "the day before the epoch": _date("Wed, 31 Dec 1969 00:00:00 GMT"),
    "a date at the end of the calendar": _date("Fri, 31 Dec 9999 23:59:59 GMT"),
    "a date in the first year": _date("Sat, 01 Jan 0001 00:00:00 GMT"),
    "a date of no zone on earth": _date("Sat, 01 Jan 2000 00:00:00 +9999"),
    "a garbled date": _date("yesterday"),
    "no status": lambda parts, chance: _envelope(parts, lambda value: value.pop("status_code")),
}
# Faults after which the very same request may succeed at once, without a new question.
TRANSPORT = (
    "refused",
    "reset",
    "no answer in time",
    "body drips",
    "head drips",
    "body breaks off",
    "gzip that is none",
    "too large",
    "a small body that unpacks to gigabytes",
)


# After these the account is not asked for a minute or longer.
_LASTING = (
    "rate limit inside 200",
    "429",
    "429 for long",
    "429 with a date",
    "429 with a past date",
    "429 without sense",
)
PASSING = tuple(name for name in (*CONTENT, *TRANSPORT) if name not in _LASTING)


@dataclass
class FaultyAdapter(LocalAdapter):
    """The in-process transport with faults: the next one in `faults` for each request."""

    application: Callable[..., Any]
    chance: random.Random
    advance: Callable[[float], None]  # of the fed clock [s]
    faults: list[str] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)  # path and fault of each request

    def __post_init__(self) -> None:
        LocalAdapter.__init__(self, self.application)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        fault = self.faults.pop(0) if self.faults else ""
        self.seen.append((urlsplit(request.url or "").path, fault))
        if fault == "refused":
            raise requests.exceptions.ConnectionError("refused")
        *_, until_given_up = kwargs.get("timeout", (30,))
        if fault in ("no answer in time", "head drips"):
            self.advance(until_given_up)
            raise requests.exceptions.ReadTimeout("slow")
        response = super().send(request)
        if not fault:
            return response
        if fault in CONTENT:
            headers = {
                name: response.headers[name]
                for name in ("Content-Type", "Date")
                if name in response.headers
            }
            status, changed, body = CONTENT[fault](
                (response.status_code, headers, response.raw.read()), self.chance
            )
            response.status_code = status
            response.headers = CaseInsensitiveDict({"Date": headers["Date"], **changed})
            response.raw = _raw(io.BytesIO(body), response.headers)
            return response
        response.raw = self._broken(fault, response.raw.read(), until_given_up)
        return response

    def _broken(self, fault: str, body: bytes, until_given_up: float) -> Any:
        if fault == "body drips":
            self.advance(until_given_up)
            return _Breaking(b"", urllib3.exceptions.ReadTimeoutError(None, "/", "slow"))  # type: ignore[arg-type]
        if fault == "gzip that is none":
            return _raw(io.BytesIO(body), {"Content-Encoding": "gzip"})
        if fault == "too large":
            return _raw(_Endless(), {})
        if fault == "a small body that unpacks to gigabytes":
            return _raw(_Endless(packed=True), {"Content-Encoding": "gzip"})
        return _Breaking(
            body[: self.chance.randrange(len(body))], urllib3.exceptions.ProtocolError("broken")
        )


def _raw(body: Any, headers: Any) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(body, headers=dict(headers), preload_content=False)


@dataclass
class _Breaking:
    """A body that ends with an exception."""

    start: bytes
    error: Exception

    def read1(self, *_args: Any, **_kwargs: Any) -> bytes:
        if self.start:
            start, self.start = self.start, b""
            return start
        raise self.error

    def close(self) -> None: ...

    def release_conn(self) -> None: ...


class _Endless(io.RawIOBase):
    """Bytes without end, plain or packed."""

    def __init__(self, *, packed: bool = False) -> None:
        self._packer = zlib.compressobj(wbits=31) if packed else None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        plain = b" " * (1024 * 1024)
        if self._packer is None:
            return plain
        return self._packer.compress(plain * 16) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    read1 = read


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * (64 * 1024 * 1024), 1)


# -- on a real socket -----------------------------------------------------------------------------


@contextmanager
def fault_server(
    application: Callable[..., Any], chance: random.Random, stall: float, share: float = 0.0
) -> Iterator[tuple[str, list[str]]]:
    """The same on loopback: the address, and the list of faults to come, in their order; after
    them a `share` of the answers has any fault.
    """
    faults: list[str] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with lock:
                fault = (
                    faults.pop(0)
                    if faults
                    else (chance.choice(PASSING) if chance.random() < share else "")
                )
            adapter = LocalAdapter(application)
            request = requests.Request("GET", f"http://x{self.path}").prepare()
            answer = adapter.send(request)
            body = answer.raw.read()
            with suppress(OSError):
                self._send(fault, answer, body)

        def _send(self, fault: str, answer: requests.Response, body: bytes) -> None:
            headers = {name: answer.headers[name] for name in ("Content-Type", "Date")}
            if fault in CONTENT:
                status, changed, body = CONTENT[fault]((answer.status_code, headers, body), chance)
                return self._write(status, {"Date": headers["Date"], **changed}, body)
            if fault in ("refused", "reset"):
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.close_connection = True
                return self.connection.close()
            if fault == "no answer in time":
                return sleep(stall)
            if fault in ("head drips", "body drips"):
                return self._drip(fault, body)
            if fault == "body breaks off":
                self.close_connection = True
                return self._write(200, headers, body[:-1], length=len(body) + 10)
            if fault == "gzip that is none":
                return self._write(200, {**headers, "Content-Encoding": "gzip"}, body)
            if fault in ("too large", "a small body that unpacks to gigabytes"):
                return self._flood(packed=fault != "too large")
            return self._write(answer.status_code, headers, body)

        def _write(
            self, status: int, headers: dict[str, str], body: bytes, length: int | None = None
        ) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def _drip(self, fault: str, body: bytes) -> None:
            self.close_connection = True
            start = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n".encode()
            if fault == "body drips":
                self.wfile.write(start + b"\r\n")
            for byte in start if fault == "head drips" else body:
                self.wfile.write(bytes([byte]))
                sleep(stall / 20)

        def _flood(self, *, packed: bool) -> None:
            self.close_connection = True
            coding = "Content-Encoding: gzip\r\n" if packed else ""
            self.wfile.write(f"HTTP/1.1 200 OK\r\n{coding}\r\n".encode())
            for _ in range(1 if packed else 200):
                self.wfile.write(_bomb() if packed else b" " * (1024 * 1024))

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", faults
    finally:
        server.shutdown()
        server.server_close()
