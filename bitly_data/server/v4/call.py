"""One call of v4: what it asks of whom, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bitly_data.server.calls import Parameters
from bitly_data.server.store import ClickStore
from bitly_data.server.v4.policy import V4Policy
from bitly_data.server.v4.quota import Quota

Data = dict[str, Any]

# A page of links, and a sorted list, hold so many (docs/upstream/v4.md, on link lists).
MOST_LINKS: Final = 100
USUAL_LINKS: Final = 50


class Refusal(Exception):
    """An answer that is not OK: its HTTP status and Bitly's message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Request:
    """A request to v4 as it came: `items` are the decoded query parameters in their order."""

    method: str
    path: str
    items: tuple[tuple[str, str], ...] = ()
    authorization: str = ""  # the header of that name
    wants_csv: bool = False  # the client would rather have text/csv than JSON
    body: bytes = b""


class Call(NamedTuple):
    """One question: who is asked, what, when [epoch s], by which rules, and at which address."""

    store: ClickStore
    parameters: Parameters
    now: int
    policy: V4Policy
    quota: Quota
    root: str  # such as http://127.0.0.1:8080/v4
    body: bytes = b""

    def size(self, most: int = MOST_LINKS) -> int:
        """How many links are asked for. Raises `BadArgument`."""
        return self.parameters.integer("size", USUAL_LINKS, 1, most)
