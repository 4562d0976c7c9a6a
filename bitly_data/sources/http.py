"""The one socket: how a request travels and what comes back, nothing about Bitly's words.

A local server in the same process is reached through the same session, by an adapter mounted for
one made-up host; nothing above this module knows which server answers.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.util import setup_testing_defaults

import requests
import requests.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.util.retry import Retry

from bitly_data.errors import UnreachableError, UnreadableError

# Ends in a reserved name (RFC 6761), so it can never be somebody's real host.
LOCAL_URL = "http://local-bitly.invalid"

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
# The largest answer there can be is 1,000 buckets of some 40 bytes.
MOST_BYTES = 16 * 1024 * 1024
# Bitly allowed five connections for an address (its page of best practices).
CONNECTIONS = 5
# One first try and two more: a passing fault is over by then, a lasting one should be said soon.
RETRIES = Retry(total=2, backoff_factor=0.5, status_forcelist=(502, 503, 504), redirect=0,
                allowed_methods=("GET",), raise_on_status=False, respect_retry_after_header=False)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, body, and the server's clock [epoch s] as its `Date` says."""

    path: str
    status: int
    body: bytes
    date: int


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
        setup_testing_defaults(environ)
        response = requests.Response()

        def start_response(status: str, headers: list[tuple[str, str]], _exc: object = None
                           ) -> Callable[[bytes], None]:
            response.status_code = int(status.split()[0])
            response.headers = CaseInsensitiveDict(headers)
            return lambda data: None

        result = self._application(environ, start_response)
        try:
            response.raw = io.BytesIO(b"".join(result))
        finally:
            getattr(result, "close", lambda: None)()
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Nothing is held open."""


def new_session(application: Callable[..., Iterable[bytes]] | None = None) -> requests.Session:
    """A session for many requests; with `application`, `LOCAL_URL` is answered by it."""
    # Below an error urllib3 logs the address it retries, and v3 carries the token in it.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=RETRIES, pool_maxsize=CONNECTIONS))
    session.mount("http://", HTTPAdapter(max_retries=RETRIES, pool_maxsize=CONNECTIONS))
    if application is not None:
        session.mount(LOCAL_URL, LocalAdapter(application))
    # Without this, requests would send credentials from a .netrc file that nobody asked for.
    session.auth = lambda request: request
    return session


@dataclass(frozen=True)
class Upstream:
    """A server that answers, and the token that goes to it and to nobody else."""

    base_url: str
    token: str = field(repr=False)
    session: requests.Session = field(repr=False)
    clock: Callable[[], float] = time.time

    def get(self, path: str, params: Sequence[tuple[str, str]]) -> Answer:
        """GET `path`. Raises `UnreachableError` or `UnreadableError`; redirects are not followed.

        Errors are raised anew, without their cause: those of the library print the address, and
        v3 carries the token in it.
        """
        try:
            with self.session.get(
                    self.base_url + path, params=[("access_token", self.token), *params],
                    timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False,
                    # Plain http is for this machine only: no proxy may read the token.
                    proxies={"http": ""}, stream=True) as response:
                body = _read(response, path)
                return Answer(path=path, status=response.status_code, body=body,
                              date=self._date(response.headers.get("Date")))
        except requests.exceptions.Timeout:
            problem = "did not answer in time"
        except (requests.exceptions.ConnectionError, requests.exceptions.RetryError):
            problem = "cannot be reached"
        except requests.exceptions.RequestException:
            problem = "broke off its answer"
        host = urlsplit(self.base_url).netloc
        raise UnreachableError(f"The server {host} {problem}: check that it runs and that "
                               "BITLY_BASE_URL is right, then try again.",
                               retryable=True) from None

    def _date(self, header: str | None) -> int:
        try:
            return int(parsedate_to_datetime(header or "").timestamp())
        except (TypeError, ValueError, OverflowError):
            return int(self.clock())


def _read(response: requests.Response, path: str) -> bytes:
    """The body, up to the size an answer can have."""
    body = bytearray()
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > MOST_BYTES:
            raise UnreadableError(f"The answer from {path} is far larger than any answer can be: "
                                  "check BITLY_BASE_URL.")
    return bytes(body)
