"""What the command line says beside its rows, on standard error."""

from __future__ import annotations

import sys

from bitly_data.coverage import LogFacts


def print_message(line: str) -> None:
    """One line on standard error; what is in a name stays in it, and moves no terminal."""
    print(
        "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line
        ),
        file=sys.stderr,
    )


def print_import(log: LogFacts) -> None:
    """What was read of a click log, and each line that could not be, on standard error."""
    if not log.summary:
        return
    print_message(log.summary)
    for line in log.bad_lines:
        print_message(f"  {line}")
    if log.bad_count > len(log.bad_lines):
        print_message(f"  and {log.bad_count - len(log.bad_lines):,} more")
