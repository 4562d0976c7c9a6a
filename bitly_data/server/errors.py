"""Why a local server cannot be opened."""

from __future__ import annotations


class ServerProblem(ValueError):
    """The local server cannot be opened as asked; the message is one sentence for a person."""
