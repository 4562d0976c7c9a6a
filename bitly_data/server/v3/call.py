"""One call of v3: what it asks of whom, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from bitly_data.server.calls import Parameters
from bitly_data.server.store import ClickStore

Data = dict[str, Any]


@dataclass(frozen=True)
class Policy:
    """What one server decides for itself.

    `token` is the only access token that will do, or `None` for any; `organization_rollup` says
    whether organization/clicks gives one number unless asked (the record does not tell).
    """

    token: str | None = None
    organization_rollup: bool = True


class Refusal(Exception):
    """An answer that is not OK: Bitly's status code and status text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def invalid(name: str, code: int = 500) -> Refusal:
    """The refusal of the argument called `name`."""
    return Refusal(code, f"INVALID_ARG_{name.upper()}")


class Call(NamedTuple):
    """One question: who is asked, what, when [epoch s], and by which rules."""

    store: ClickStore
    parameters: Parameters
    now: int
    policy: Policy
