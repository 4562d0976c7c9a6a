"""Both faces of the server as a WSGI application: v4 below /v4, v3 on its own paths."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from bitly_data.server import v3, v4
from bitly_data.server.calls import Answer, Parameters
from bitly_data.server.store import ClickStore
from bitly_data.server.v4 import Quota, V4Policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOG = logging.getLogger("bitly_data.server")

_METHODS = ("GET", "HEAD", "POST")
_FORM_BYTES = 1024 * 1024

# Unknown paths were answered by the web server in front of Bitly, as recorded.
_PAGE = (
    '<html>\r\n<head><title>{title}</title></head>\r\n<body bgcolor="white">\r\n'
    "<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
    "</html>\r\n"
)


class _Request(Request):
    max_content_length = _FORM_BYTES
    max_form_memory_size = _FORM_BYTES


def create_app(
    store: ClickStore,
    *,
    clock: Callable[[], float] = time.time,
    token: str | None = None,
    organization_rollup: bool = True,
    v4_policy: V4Policy | None = None,
    quota: Quota | None = None,
) -> WSGIApplication:
    """A WSGI application that answers v3 and v4 calls from `store`.

    `clock` gives the time of every call [epoch s]: later clicks do not exist for it, and its Date
    header follows it. With a `token` only that access token will do, without one any.
    `organization_rollup` is the default of `rollup` for v3's organization/clicks; `v4_policy` are
    plan and habits of v4, and `quota` counts its calls. v3 has neither.
    """
    policy = v3.Policy(token, organization_rollup)
    habits = V4Policy() if v4_policy is None else v4_policy
    counted = Quota(habits) if quota is None else quota

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        request = _Request(environ)
        now = clock()
        if request.path == v4.ROOT or request.path.startswith(f"{v4.ROOT}/"):
            response = _respond_v4(request, store, now, token, habits, counted)
        else:
            response = _respond(request, store, now, policy)
        response.headers["Date"] = http_date(int(now))
        # Without the query: it holds the token.
        LOG.info(
            "%s %s %d %.1f ms",
            request.method,
            quote(request.path),
            response.status_code,
            (time.perf_counter() - started) * 1000,
        )
        return response(environ, start_response)

    return app


def _respond(request: Request, store: ClickStore, now: float, policy: v3.Policy) -> Response:
    if request.path not in v3.ENDPOINTS:
        return _page("404 Not Found")
    if request.method not in _METHODS:
        response = _page("405 Not Allowed")
        response.headers["Allow"] = ", ".join(_METHODS)
        return response
    try:
        items = [*request.args.items(multi=True), *request.form.items(multi=True)]
    except HTTPException as refused:  # such as a form that is too large
        return _page(f"{refused.code} {refused.name}")
    return _answer(request.path, items, store, now, policy)


def _answer(
    path: str, items: list[tuple[str, str]], store: ClickStore, now: float, policy: v3.Policy
) -> Response:
    try:
        store.advance(now)
        answer = v3.answer(path, items, store, now, policy)
    except Exception:
        LOG.exception("%s failed", path)
        answer = v3.failure(path, items)
    assert answer is not None  # the path is one of the endpoints
    response = _response(answer)
    response.set_etag(hashlib.sha1(answer.body, usedforsecurity=False).hexdigest())
    return response


def _respond_v4(
    request: Request,
    store: ClickStore,
    now: float,
    token: str | None,
    policy: V4Policy,
    quota: Quota,
) -> Response:
    asked = None
    try:
        asked = _v4_request(request)
        store.advance(now)

        def call(parameters: Parameters) -> v4.Call:
            address = request.host_url.rstrip("/") + v4.ROOT
            return v4.Call(store, parameters, int(now), policy, quota, address, asked.body)

        return _response(v4.answer(asked, token, call))
    except HTTPException as refused:  # such as a body that is too large
        return Response(f"{refused.code} {refused.name}", refused.code, content_type=v4.TEXT_TYPE)
    except Exception:
        LOG.exception("%s failed", quote(request.path))
        return _response(v4.failure(asked or v4.Request(request.method, request.path)))


def _v4_request(request: Request) -> v4.Request:
    kinds = ("application/json", "text/csv")
    return v4.Request(
        # A HEAD is a GET whose answer stays without its body.
        method="GET" if request.method == "HEAD" else request.method,
        # Whatever the socket's server does with %2F: clients write the slash in a Bitlink either
        # way.
        path=request.path.replace("%2F", "/").replace("%2f", "/"),
        items=tuple(request.args.items(multi=True)),
        authorization=request.headers.get("Authorization", ""),
        wants_csv=request.accept_mimetypes.best_match(kinds, kinds[0]) == kinds[1],
        body=request.get_data(),
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.headers.extend(answer.headers)
    return response


def _page(title: str) -> Response:
    return Response(_PAGE.format(title=title), int(title[:3]), content_type="text/html")
