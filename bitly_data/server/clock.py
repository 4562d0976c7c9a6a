"""The times that a local server's clock may show, wherever they come from."""

from __future__ import annotations

from datetime import UTC

from bitly_data import buckets
from bitly_data.server.errors import ServerProblem
from bitly_data.server.words import EARLIEST, LATEST


def parse_clock(text: str) -> float:
    """A time as people write it (`buckets.moment_of`, UTC unless it says otherwise) as a time for
    the clock [epoch s].

    Raises `ServerProblem` for anything else, and for a time before 1970 or after 9997.
    """
    try:
        return checked_clock(buckets.moment_of(text, UTC))
    except ValueError:  # a `ServerProblem` is one, too
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
