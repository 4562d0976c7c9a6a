"""Why a local server cannot be opened."""

from __future__ import annotations


class ServerProblem(ValueError):
    """The local server cannot be opened as asked; the message is one sentence for a person."""


class UnreadableLog(ServerProblem):
    """A click log was found, but no click in it can be read; the message says what was found."""
