"""The one socket: how a request travels and what comes back, nothing about Bitly's words.

Limits of one request: `retry.RetryPolicy` (4 tries, 10 s to connect, 30 s in all a try, 60 s with
all waits), `CONNECTIONS` at once and `MOST_BYTES`.
"""

from __future__ import annotations

import logging
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import requests.exceptions
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from bitly_data.errors import (
    AnswerError,
    MonthlyLimitError,
    RateLimitError,
    UnreachableError,
    UnreadableError,
)
from bitly_data.transport.deadline import POOLS, TimeLimit
from bitly_data.transport.local_adapter import LOCAL_URL, LocalAdapter
from bitly_data.transport.rate_limit import Budget
from bitly_data.transport.request import Request
from bitly_data.transport.retry import (
    RetryPolicy,
    parse_retry_after,
    parse_server_date,
    seconds_to_next_month,
)

# The largest answer there can be is 1,000 buckets of some 40 bytes; counted unpacked.
MOST_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 64 * 1024
# Bitly allowed five connections for an address (its page of best practices).
CONNECTIONS = 5
# The library takes no time-out of nothing [s].
_LEAST_SECONDS = 0.1
# urllib3 does not try again by itself: `HttpClient.send` does, with the whole answer in view.
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


class _WithoutTokens(logging.Filter):
    """Takes the token out of what the library logs, for v3 carries it in every address.

    A level would do no more than hold until somebody sets another one.
    """

    _in_address = re.compile(r"(access_token=)[^&\s\"']*")
    _loggers = ("connection", "connectionpool", "poolmanager", "response", "util.retry")

    def __init__(self) -> None:
        super().__init__()
        for name in self._loggers:
            logging.getLogger(f"urllib3.{name}").addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "access_token=" in text:
            record.msg, record.args = self._in_address.sub(r"\1…", text), ()
        return True


_WITHOUT_TOKENS = _WithoutTokens()


class _SocketAdapter(HTTPAdapter):
    """At most `CONNECTIONS` at once to a host."""

    def __init__(self) -> None:
        super().__init__(max_retries=_ONCE, pool_maxsize=CONNECTIONS, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # whose pools are of a kind of their own
            manager.pool_classes_by_scheme = POOLS
        return manager


def new_session(application: Callable[..., Iterable[bytes]] | None = None) -> requests.Session:
    """A session for many requests; with `application`, `LOCAL_URL` is answered by it."""
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


def new_turns() -> threading.Semaphore:
    """As many turns as a host has connections for this machine."""
    return threading.BoundedSemaphore(CONNECTIONS)


@dataclass(frozen=True)
class HttpClient:
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
    # Taken before a call is counted and its time begins, so that neither is spent in a queue.
    turns: threading.Semaphore = field(default_factory=new_turns, repr=False)

    def send(self, request: Request, read: Callable[[Answer], T]) -> T:
        """GET what is requested and give what `read` makes of the answer, tried again as the policy
        says.

        `read` is pure and raises an `AnswerError` for an answer that is none. Raises the last
        try's error; `RateLimitError` also where the budget is used up and nothing was sent, and
        `UnreachableError` where no connection came free.
        """
        ends = self.monotonic() + self.policy.request_seconds
        for tried in count(1):
            # The first try has its whole time. Another in less than the time to connect would say
            # of a server in good health that it does not answer.
            kept_free = self.policy.try_seconds if tried == 1 else self.policy.connect_seconds
            with self._turn(ends - self.monotonic() - kept_free):
                if self.budget is not None:
                    self.budget.acquire(min(self.policy.budget_seconds, ends - self.monotonic()))
                try:
                    return self._try(request, read, ends)
                except AnswerError as error:
                    spent = self.monotonic() - ends + self.policy.request_seconds
                    wait = self.policy.wait(error, tried, spent, self.jitter())
                    if wait is None:
                        raise
            self.sleep(wait)
        raise AssertionError("the policy ends every request")

    @contextmanager
    def _turn(self, patience: float) -> Iterator[None]:
        """One of the connections, waited for as long [s]."""
        if not self.turns.acquire(timeout=max(patience, 0.0)):
            raise UnreachableError(
                f"The server {self._host} is asked for so much at once that no connection came "
                "free: ask again in a moment.",
                retryable=True,
            )
        try:
            yield
        finally:
            self.turns.release()

    @property
    def _host(self) -> str:
        return urlsplit(self.base_url).netloc

    def get(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """GET `path`, whatever the answer says. Raises as `send` does."""
        return self.send(Request(path, tuple(params)), lambda answer: answer)

    def _try(self, request: Request, read: Callable[[Answer], T], ends: float) -> T:
        """One try: sent, and read in full, in what is left of the request's time."""
        seconds = min(self.policy.try_seconds, ends - self.monotonic())
        answer = self._get(request, max(seconds, _LEAST_SECONDS))
        try:
            return read(answer)
        except AnswerError as error:
            limited = isinstance(error, RateLimitError)
            # What is refused for good has better advice than to come again.
            if answer.retry_after is not None and (error.retryable or limited):
                error.hinted(answer.retry_after)
            if isinstance(error, MonthlyLimitError) and answer.retry_after is None:
                error.hinted(seconds_to_next_month(answer.date))
            if limited and self.budget is not None:
                self.budget.refused(error.retry_after)
            raise

    def _get(self, request: Request, seconds: float) -> Answer:
        """One GET of so many seconds; redirects are not followed. Raises `UnreachableError` or
        `UnreadableError`.

        Errors are raised anew, without their cause: those of the library print the address, and
        v3 carries the token in it.
        """
        in_query = [] if self.bearer else [("access_token", self.token)]
        in_header = {"Authorization": f"Bearer {self.token}"} if self.bearer else {}
        with TimeLimit.of(seconds) as limit:
            try:
                with self.session.get(
                    self.base_url + request.path,
                    params=[*in_query, *request.params],
                    headers=in_header,
                    timeout=(min(self.policy.connect_seconds, seconds), seconds),
                    # Plain http is for this machine only: no proxy may read the token.
                    allow_redirects=False,
                    proxies={"http": ""},
                    stream=True,
                ) as response:
                    body = _body(response, request.path)
                    if not limit.over:  # else it only looks like the end of the body
                        return self._answer(request.path, response, body)
                problem = _too_late(self._host)
            except (
                requests.exceptions.RequestException,
                urllib3.exceptions.HTTPError,
                OSError,
                UnicodeError,
            ) as error:
                problem = _too_late(self._host) if limit.over else _problem(error, self._host)
        raise problem

    def _answer(self, path: str, response: requests.Response, body: bytes) -> Answer:
        date = parse_server_date(response.headers.get("Date"), self.clock())
        return Answer(
            path=path,
            status=response.status_code,
            body=body,
            date=date,
            retry_after=parse_retry_after(response.headers.get("Retry-After"), date),
        )


def _problem(error: Exception, host: str) -> UnreachableError:
    """What went wrong; an error anew, which holds nothing of the library's."""
    if isinstance(
        error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
    ):
        return _too_late(host)
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return _unreachable(host, "has no certificate that can be trusted")
    if name := _missing_certificates():
        return UnreachableError(
            f"The file of trusted certificates that {name} names is not there: "
            "correct that setting, or take it away."
        )
    if isinstance(error, requests.exceptions.InvalidURL | urllib3.exceptions.LocationValueError):
        return UnreachableError(f"The server's address {host} cannot be one: check BITLY_BASE_URL.")
    if isinstance(error, requests.exceptions.InvalidHeader | UnicodeError):
        return UnreachableError(
            "The access token cannot be sent, as it holds a character that no "
            "token has: check BITLY_ACCESS_TOKEN."
        )
    if isinstance(error, requests.exceptions.ConnectionError) and "Connection aborted" not in str(
        error
    ):
        return _unreachable(host, "cannot be reached")
    return _unreachable(host, "broke off its answer")


def _unreachable(host: str, problem: str) -> UnreachableError:
    return UnreachableError(
        f"The server {host} {problem}: check that it runs and that "
        "BITLY_BASE_URL is right, then try again.",
        retryable=True,
    )


def _too_late(host: str) -> UnreachableError:
    return _unreachable(host, "did not answer in time")


def _missing_certificates() -> str:
    """The setting that names certificates to trust which are not there, as requests reads it."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if path := os.environ.get(name):
            return "" if os.path.exists(path) else name
    return ""


def _body(response: requests.Response, path: str) -> bytes:
    """The body unpacked, up to the size an answer can have."""
    # One buffer that grows would leave holes of megabytes in the memory of every thread.
    pieces, size = [], 0
    while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise UnreadableError(
                f"The answer from {path} is far larger than any answer can be: "
                "check BITLY_BASE_URL."
            )
    return b"".join(pieces)
