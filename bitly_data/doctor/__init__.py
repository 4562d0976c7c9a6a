"""What a connection can do: whose it is, what it may still ask, and which endpoints answer.

A check asks each endpoint once and anew, past everything that is remembered, and tries none of
them again: a fault shall be seen. No error ends it, and no token is part of what it says.
"""

from bitly_data.doctor.examine import clicks_text, describe_account, examine
from bitly_data.doctor.kept import KEPT_MINUTES, known_login, load_report
from bitly_data.doctor.report import Report
from bitly_data.doctor.text import (
    CALLS_THIS_MONTH,
    CLOCK,
    USED,
    archive_text,
    checked_text,
    clock_text,
    cost_text,
    facts,
    history_text,
    left_text,
    source_name,
    to_json,
    to_text,
)
from bitly_data.sources.check import (
    FAILED,
    GROUP,
    MOST_PARTS,
    NOT_ASKED,
    OK,
    ORGANIZATION,
    WALL,
    CheckCost,
    EndpointUse,
    Health,
    Part,
    Window,
)

__all__ = [
    "CALLS_THIS_MONTH",
    "CLOCK",
    "FAILED",
    "GROUP",
    "KEPT_MINUTES",
    "MOST_PARTS",
    "NOT_ASKED",
    "OK",
    "ORGANIZATION",
    "USED",
    "WALL",
    "CheckCost",
    "EndpointUse",
    "Health",
    "Part",
    "Report",
    "Window",
    "archive_text",
    "checked_text",
    "clicks_text",
    "clock_text",
    "cost_text",
    "describe_account",
    "examine",
    "facts",
    "history_text",
    "known_login",
    "left_text",
    "load_report",
    "source_name",
    "to_json",
    "to_text",
]
