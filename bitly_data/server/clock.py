"""The times that a local server's clock may show, wherever they come from."""

from __future__ import annotations

from datetime import UTC, datetime

from bitly_data.server.errors import ServerProblem
from bitly_data.server.words import EARLIEST, LATEST


def parse_clock(text: str) -> float:
    """An ISO 8601 time (UTC unless it says otherwise) as a time for the clock [epoch s].

    Raises `ServerProblem` for anything else, and for a time before 1970 or after 9997.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return checked_clock(moment.timestamp())
    except (ValueError, OverflowError):  # a `ServerProblem` is a ValueError, too
        raise ServerProblem(
            f"{text[:40]!r} is not a time for the clock: write it like "
            "2013-05-17T23:00:00Z, from 1970 to 9997."
        ) from None


def checked_clock(moment: float) -> float:
    """The same time [epoch s]. Raises `ServerProblem` if it is before 1970 or after 9997."""
    if not EARLIEST <= moment < LATEST:
        raise ServerProblem(
            "The clock of this machine does not show a time from 1970 to 9997: "
            "set it, or give a time with --now."
        )
    return moment
