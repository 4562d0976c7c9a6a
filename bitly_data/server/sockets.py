"""An HTTP server in front of a WSGI application, which gets whole requests only."""

from __future__ import annotations

import logging
import ssl
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Final

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream
from tornado.wsgi import WSGIContainer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# How long a connection may say nothing, or not end what it began to say [s]. It costs a socket
# only, and people who type a request by hand are slow.
IDLE_SECONDS: Final = 60.0
# More than any request has, and little enough for a hundred of them in memory [bytes]. What is
# smaller but too large for the API is refused by the application, in words.
MOST_BODY_BYTES: Final = 4 * 1024 * 1024
# More than the scripts of one machine open, and few enough to cost little [connections].
MOST_CONNECTIONS: Final = 1000
# For the database, the log and whatever else is open [files].
_SPARE_FILES: Final = 64
# What these write holds the address of a request, and by v3 the token is in that.
_TALKATIVE: Final = ("tornado.access", "tornado.general")


class _Server(HTTPServer):
    """Hangs up on whoever comes when there is no file left for another connection.

    Without that the loop would try to take the connection over and over.
    """

    def initialize(self, *arguments: Any, **options: Any) -> None:
        super().initialize(*arguments, **options)
        self._room = _most_connections()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self._room <= 0:
            stream.close()
            return
        self._room -= 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        super().on_close(server_conn)
        self._room += 1


def _most_connections() -> int:
    """How many connections there are files for, after asking for as many as are of use."""
    try:
        import resource
    except ImportError:  # Windows, where a socket is no file
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _SPARE_FILES
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        soft = wanted if hard == unlimited else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == unlimited else min(MOST_CONNECTIONS, soft - _SPARE_FILES)


class _Container(WSGIContainer):
    """Hands a request that came as a whole to the application, in a worker's thread."""

    def environ(self, request: HTTPServerRequest) -> dict[str, Any]:
        name, _, port = request.host.partition(":")
        if request.host.count(":") == 1 and not port.isdigit():  # then it names no port
            request.host = name
        # A body in chunks has no length of its own, and all of it is here.
        return {**super().environ(request), "wsgi.input_terminated": True}


def http_server(
    app: WSGIApplication, workers: Executor, context: ssl.SSLContext | None = None
) -> HTTPServer:
    """A server for `app` that is given its sockets next; with a context it speaks HTTPS.

    What takes longer than `IDLE_SECONDS` to come is cut off, and so are a body of more than
    `MOST_BODY_BYTES` and headers of more than 64 KiB.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).disabled = True
    return _Server(
        _Container(app, workers),
        ssl_options=context,
        idle_connection_timeout=IDLE_SECONDS,
        body_timeout=IDLE_SECONDS,
        max_body_size=MOST_BODY_BYTES,
        max_buffer_size=MOST_BODY_BYTES,
    )
