"""The one socket: how a request travels and what comes back, nothing about Bitly's words.

A local server in the same process is reached through the same session, by an adapter mounted for
one made-up host; nothing above this module knows which server answers.

Limits of one request: `retry.RetryPolicy` (4 tries, 10 s to connect, 30 s in all a try, 60 s with
the waits between) and `MOST_BYTES`.
"""

from __future__ import annotations

import io
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from itertools import count
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from wsgiref.util import setup_testing_defaults

import requests
import requests.exceptions
import urllib3.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.retry import Retry

from bitly_data.errors import (
    AnswerError,
    MonthlyLimitError,
    RateLimitError,
    UnreachableError,
    UnreadableError,
)
from bitly_data.sources.budget import Budget
from bitly_data.sources.retry import RetryPolicy, parse_retry_after, seconds_to_next_month

# Ends in a reserved name (RFC 6761), so it can never be somebody's real host.
LOCAL_URL = "http://local-bitly.invalid"

# The largest answer there can be is 1,000 buckets of some 40 bytes; counted unpacked.
MOST_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 64 * 1024
# Bitly allowed five connections for an address (its page of best practices).
CONNECTIONS = 5
# urllib3 does not try again by itself: `Upstream.ask` does, with the whole answer in view.
_ONCE = Retry(0, read=False)

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, body, the server's clock [epoch s] as its `Date` says, and when to
    ask again [s from then] if it says so.
    """

    path: str
    status: int
    body: bytes
    date: int
    retry_after: float | None = None


class LocalAdapter(BaseAdapter):
    """Hands a request to a WSGI application in this process."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        super().__init__()
        self._application = application

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any
             ) -> requests.Response:
        """The application's answer as a `requests.Response`."""
        parts = urlsplit(request.url or "")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method, "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query, "HTTP_HOST": parts.netloc, "wsgi.input": io.BytesIO()}
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value
                    for name, value in request.headers.items()}
        setup_testing_defaults(environ)
        response = requests.Response()

        def start_response(status: str, headers: list[tuple[str, str]], _exc: object = None
                           ) -> Callable[[bytes], None]:
            response.status_code = int(status.split()[0])
            response.headers = CaseInsensitiveDict(headers)
            return lambda data: None

        result = self._application(environ, start_response)
        try:
            response.raw = HTTPResponse(io.BytesIO(b"".join(result)), preload_content=False,
                                        headers=response.headers, status=response.status_code)
        finally:
            getattr(result, "close", lambda: None)()
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Nothing is held open."""


class _TimeLimit:
    """The end of one try, whatever the other side sends meanwhile.

    A socket's own time-out begins anew with every byte, so a head or a body that drips would never
    end: when the time is over, the socket is shut down under whoever reads it.
    """

    _running = threading.local()

    def __init__(self) -> None:
        self.over = False
        self._connection: HTTPConnection | None = None

    @classmethod
    def watch(cls, connection: HTTPConnection) -> None:
        """The connection that the request of this thread is sent on."""
        limit = getattr(cls._running, "limit", None)
        if limit is not None:
            limit._connection = connection

    @classmethod
    @contextmanager
    def of(cls, seconds: float) -> Iterator[_TimeLimit]:
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

    def _end(self) -> None:
        self.over = True
        connected = getattr(self._connection, "sock", None)
        if connected is not None:
            with suppress(OSError):  # it has just ended by itself
                connected.shutdown(socket.SHUT_RDWR)


class _WatchedHTTPConnection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _TimeLimit.watch(self)
        super().request(*args, **kwargs)


class _WatchedHTTPSConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _TimeLimit.watch(self)
        super().request(*args, **kwargs)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPSConnection


class _SocketAdapter(HTTPAdapter):
    """At most `CONNECTIONS` at once to a host; one that is asked for beyond waits for its turn."""

    def __init__(self) -> None:
        super().__init__(max_retries=_ONCE, pool_maxsize=CONNECTIONS, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def new_session(application: Callable[..., Iterable[bytes]] | None = None) -> requests.Session:
    """A session for many requests; with `application`, `LOCAL_URL` is answered by it."""
    # Below an error urllib3 logs the address it retries, and v3 carries the token in it.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    session = requests.Session()
    session.mount("https://", _SocketAdapter())
    session.mount("http://", _SocketAdapter())
    if application is not None:
        session.mount(LOCAL_URL, LocalAdapter(application))
    # Without this, requests would send credentials from a .netrc file that nobody asked for.
    session.auth = lambda request: request
    # Several people share it, and Bitly needs no cookie.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # What the standard library unpacks.
    session.headers["Accept-Encoding"] = "gzip, deflate"
    return session


@dataclass(frozen=True)
class Upstream:
    """A server that answers, and the token that goes to it and to nobody else.

    The token travels as v3 wants it, in the query, or as v4 does, in a header (`bearer`).
    `clock` is its clock as far as it is known before an answer [epoch s]; `monotonic`, `sleep` and
    `jitter` (0 to 1) are passed in, so that tests neither wait nor guess. Without a `budget` the
    calls are not counted.
    """

    base_url: str
    token: str = field(repr=False)
    session: requests.Session = field(repr=False)
    clock: Callable[[], float] = time.time
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    budget: Budget | None = None
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    bearer: bool = False

    def ask(self, path: str, params: Sequence[tuple[str, str]], read: Callable[[Answer], T]) -> T:
        """GET `path` and what `read` makes of the answer, tried again as the policy says.

        `read` is pure and raises an `AnswerError` for an answer that is none. Raises the last
        try's error; `RateLimitError` also where the budget is used up and nothing was sent.
        """
        began = self.monotonic()
        for tried in count(1):
            spent = self.monotonic() - began
            if self.budget is not None:
                self.budget.acquire(min(self.policy.budget_seconds,
                                        self.policy.request_seconds - spent))
            try:
                return self._read(path, params, read)
            except AnswerError as error:
                wait = self.policy.wait(error, tried, self.monotonic() - began, self.jitter())
                if wait is None:
                    raise
            self.sleep(wait)
        raise AssertionError("the policy ends every request")

    def get(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """GET `path`, whatever the answer says. Raises as `ask` does."""
        return self.ask(path, params, lambda answer: answer)

    def _read(self, path: str, params: Sequence[tuple[str, str]], read: Callable[[Answer], T]
              ) -> T:
        """One try: sent, and read in full."""
        answer = self._send(path, params)
        try:
            return read(answer)
        except AnswerError as error:
            if answer.retry_after is not None:
                error.hinted(answer.retry_after)
            if isinstance(error, MonthlyLimitError) and answer.retry_after is None:
                error.hinted(seconds_to_next_month(answer.date))
            if isinstance(error, RateLimitError) and self.budget is not None:
                self.budget.refused(error.retry_after)
            raise

    def _send(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """One GET; redirects are not followed. Raises `UnreachableError` or `UnreadableError`.

        Errors are raised anew, without their cause: those of the library print the address, and
        v3 carries the token in it.
        """
        in_query = [] if self.bearer else [("access_token", self.token)]
        in_header = {"Authorization": f"Bearer {self.token}"} if self.bearer else {}
        with _TimeLimit.of(self.policy.try_seconds) as limit:
            try:
                with self.session.get(
                        self.base_url + path, params=[*in_query, *params], headers=in_header,
                        timeout=(self.policy.connect_seconds, self.policy.try_seconds),
                        # Plain http is for this machine only: no proxy may read the token.
                        allow_redirects=False, proxies={"http": ""}, stream=True) as response:
                    body = _body(response, path)
                    if not limit.over:  # else it only looks like the end of the body
                        return self._answer(path, response, body)
                problem = "did not answer in time"
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError,
                    OSError) as error:
                problem = "did not answer in time" if limit.over else _problem(error)
        host = urlsplit(self.base_url).netloc
        raise UnreachableError(f"The server {host} {problem}: check that it runs and that "
                               "BITLY_BASE_URL is right, then try again.",
                               retryable=True) from None

    def _answer(self, path: str, response: requests.Response, body: bytes) -> Answer:
        date = self._date(response.headers.get("Date"))
        return Answer(path=path, status=response.status_code, body=body, date=date,
                      retry_after=parse_retry_after(response.headers.get("Retry-After"), date))

    def _date(self, header: str | None) -> int:
        try:
            return int(parsedate_to_datetime(header or "").timestamp())
        except (TypeError, ValueError, OverflowError):
            return int(self.clock())


def _problem(error: Exception) -> str:
    """What went wrong, in words that go on after the server's name."""
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError
                  | TimeoutError):
        return "did not answer in time"
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return "has no certificate that can be trusted"
    if isinstance(error, requests.exceptions.ConnectionError) \
            and "Connection aborted" not in str(error):
        return "cannot be reached"
    return "broke off its answer"


def _body(response: requests.Response, path: str) -> bytes:
    """The body unpacked, up to the size an answer can have."""
    # One buffer that grows would leave holes of megabytes in the memory of every thread.
    pieces, size = [], 0
    while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise UnreadableError(f"The answer from {path} is far larger than any answer can be: "
                                  "check BITLY_BASE_URL.")
    return b"".join(pieces)
