"""What both faces of the server take and give: parameters in, an answer out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bitly_data.server.words import EARLIEST, LATEST

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True)
class Answer:
    """HTTP status, body and content type, and any other headers."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


class BadArgument(Exception):
    """The argument called `name` cannot be used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    @property
    def text(self) -> str:
        """What both faces call it."""
        return f"INVALID_ARG_{self.name.upper()}"


class Parameters:
    """Query and form parameters, without the blank ones."""

    def __init__(self, items: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            if value.strip():
                self._values.setdefault(name, []).append(value.strip())

    def items(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self._values.items() for value in values]

    def all(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def last(self, name: str) -> str | None:
        values = self.all(name)
        return values[-1] if values else None

    def text(self, name: str, default: str) -> str:
        value = self.last(name)
        return default if value is None else value

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """The number called `name`; refuses what is not in `low`...`high`."""
        value = self.last(name)
        if value is None:
            return default
        if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
            raise BadArgument(name)
        return int(value)

    def moment(self, name: str) -> int | None:
        """The time called `name` [epoch s], if it was sent; refuses what is none."""
        return None if self.last(name) is None else self.integer(name, 0, EARLIEST, LATEST)

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise BadArgument(name)
        return value
