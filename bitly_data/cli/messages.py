"""What the command line says beside its rows, on standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from bitly_data.coverage import LogFacts

# More bad lines than these say nothing new, and push everything else off the screen.
MOST_BAD_LINES = 10
# Whoever waits longer than this without a word believes that nothing happens [s].
PROGRESS_SECONDS = 3.0


def print_message(line: str) -> None:
    """One line on standard error; what is in a name stays in it, and moves no terminal."""
    print(
        "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line
        ),
        file=sys.stderr,
    )


def print_import(log: LogFacts) -> None:
    """What was read of a click log, and the first lines that could not be, on standard error."""
    if not log.summary:
        return
    print_message(log.summary)
    for line in log.bad_lines[:MOST_BAD_LINES]:
        print_message(f"  {line}")
    more = log.bad_count - min(len(log.bad_lines), MOST_BAD_LINES)
    if more:
        print_message(f"  and {more:,} more")


class ReadingProgress:
    """Says on standard error how far the reading of a click log is, if that takes a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock() + PROGRESS_SECONDS
        self._files: set[str] = set()

    def __call__(self, path: str, clicks: int) -> None:
        self._files.add(path)
        if self._clock() < self._next:
            return
        self._next = self._clock() + PROGRESS_SECONDS
        files = f"file {len(self._files):,}" if len(self._files) > 1 else "the click log"
        print_message(f"Reading {files}, {os.path.basename(path)}: {clicks:,} clicks so far.")
