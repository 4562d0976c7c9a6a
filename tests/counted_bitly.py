"""A v4 organization with 500 links, and a local server that counts what it is asked.

Calls are counted by an application in front of the local server. The organization has several
domains and several logins; of its links some hundred are clicked a day.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counter import DAY, utc
from werkzeug.serving import WSGIRequestHandler, make_server

from bitly_data.archive import Archive
from bitly_data.server import LocalBitly, Quota, V4Policy, create_app
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session
from bitly_data.transport.rate_limit import Budget
from bitly_data.transport.ttl_cache import TTLCache

NOW = utc("2026-03-17T10:20:30")
DOMAINS = ("go.ex.com", "x.ex.com", "y.ex.org", "z.ex.net")
LOGINS = ("ann", "bob", "cy")
LINKS = 500
WORDS = {402: "UPGRADE_REQUIRED", 403: "FORBIDDEN", 404: "NOT_FOUND"}
ACCOUNT = ("/user", "/groups", "/organizations", "/bsds", "_limits")


def write_organization(path: Path, days: int, a_day: int) -> None:
    """A log of `days` up to `NOW` in which `a_day` of the 500 links are clicked each day."""
    chance = random.Random(a_day)
    clicks = []
    for back in range(days):
        start = NOW // DAY * DAY - back * DAY
        for number in chance.sample(range(LINKS), a_day):
            for _ in range(chance.choice((1, 1, 2, 5))):
                t = start + chance.randrange(DAY)
                clicks.append((t, number))
    # Every link is there, and the first ones long ago.
    clicks += [(NOW - 800 * DAY + number, number) for number in range(LINKS)]
    with path.open("w") as file:
        for t, number in sorted(clicks):
            file.write(
                json.dumps(
                    {
                        "t": t,
                        "hh": DOMAINS[number % len(DOMAINS)],
                        "h": f"b{number}",
                        "l": LOGINS[number % len(LOGINS)],
                        "u": f"http://ex.com/{number}",
                        "hc": NOW - 900 * DAY,
                    }
                )
                + "\n"
            )


class _Handler(WSGIRequestHandler):
    """Says the date of the server's own clock alone."""

    def send_response(self, code: Any, message: str | None = None) -> None:
        self.send_response_only(int(code), message)


@dataclass
class Bitly:
    """A server whose clock is set by hand, and which counts what it is asked.

    A path in which a part of a key of `walls` occurs (and, after a blank, one of its query) is
    answered by that status.
    """

    local: LocalBitly
    policy: V4Policy
    now: float = NOW
    walls: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda path: None

    def __post_init__(self) -> None:
        self.quota = Quota(self.policy)
        self._app = create_app(
            self.local.store, clock=lambda: self.now, v4_policy=self.policy, quota=self.quota
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        self.asked.append(f"{path}?{query}")
        self.before(path)
        for wall, status in self.walls.items():
            part, _, argument = wall.partition(" ")
            if path.endswith(part) and argument in query:
                start_response(f"{status} No", [("Content-Type", "application/json")])
                return [json.dumps({"message": WORDS[status]}).encode()]
        return self._app(environ, start_response)

    def source(
        self, archive: Archive | None = None, account: str = "", budget: Budget | None = None
    ) -> V4Source:
        """A source as after a start of the app: it remembers nothing but the archive."""
        kept = Archive() if archive is None else archive
        return V4Source(
            HttpClient(
                LOCAL_URL,
                "t",
                new_session(self),
                clock=lambda: self.now,
                bearer=True,
                budget=budget,
            ),
            "x",
            lambda login: kept.of_account(account or login),
            clock=lambda: self.now,
            cache=TTLCache(lambda: self.now),
        )

    def calls(self) -> tuple[int, int]:
        """The calls for clicks and those for the account since this was last asked."""
        asked, self.asked = self.asked, []
        account = sum(path.split("?")[0].endswith(ACCOUNT) for path in asked)
        return len(asked) - account, account

    @contextmanager
    def on_loopback(self) -> Iterator[str]:
        """Its address on this machine, for other processes."""
        server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def bitly(local: LocalBitly, plan: str = "core", **habits: Any) -> Bitly:
    """A server of that plan without a limit a minute or an hour."""
    return Bitly(local, V4Policy(plan, calls_per_minute=None, calls_per_hour=None, **habits))
