"""What was found out at a check, kept for some minutes with the client's other answers."""

from __future__ import annotations

from dataclasses import replace

from bitly_data.client import FINISHED_TTL, Client
from bitly_data.doctor.examine import examine
from bitly_data.doctor.report import Report

# What was found is kept by this name.
_REPORT = "report"
KEPT_MINUTES = int(FINISHED_TTL.total_seconds() // 60)


def load_report(
    client: Client, why: str, *, cached_only: bool = False, anew: bool = False
) -> Report | None:
    """What the doctor finds; with `cached_only` what is kept, if anything. `anew`: whatever is.

    `why` this source answers is the reader's own: others may have chosen the same for another
    reason.
    """
    if anew:
        client.forget(_REPORT)
    found: Report | None = (
        client.kept_only(_REPORT) if cached_only else client.kept(_REPORT, lambda: examine(client))
    )
    return found if found is None or found.why == why else replace(found, why=why)


def known_login(client: Client) -> str:
    """Whose account it is, as far as that is kept; nothing is asked."""
    found: Report | None = client.kept_only(_REPORT)
    return client.known_login() or (found.login if found is not None else "")
