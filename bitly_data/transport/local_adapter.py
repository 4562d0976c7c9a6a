"""A server in this process, reached through the same session as any other.

The adapter is mounted for one made-up host; nothing above this room knows which server answers.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.util import setup_testing_defaults

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

# Ends in a reserved name (RFC 6761), so it can never be somebody's real host.
LOCAL_URL = "http://local-bitly.invalid"


class LocalAdapter(BaseAdapter):
    """Hands a request to a WSGI application in this process."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        super().__init__()
        self._application = application

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any
    ) -> requests.Response:
        """The application's answer as a `requests.Response`."""
        parts = urlsplit(request.url or "")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": parts.query,
            "HTTP_HOST": parts.netloc,
            "wsgi.input": io.BytesIO(),
        }
        environ |= {
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in request.headers.items()
        }
        setup_testing_defaults(environ)
        response = requests.Response()

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc: object = None
        ) -> Callable[[bytes], None]:
            response.status_code = int(status.split()[0])
            response.headers = CaseInsensitiveDict(headers)
            return lambda data: None

        result = self._application(environ, start_response)
        try:
            response.raw = HTTPResponse(
                io.BytesIO(b"".join(result)),
                preload_content=False,
                headers=response.headers,
                status=response.status_code,
            )
        finally:
            getattr(result, "close", lambda: None)()
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Nothing is held open."""
