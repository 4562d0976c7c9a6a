"""What is asked of a server, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """A path and its parameters, without the token."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
