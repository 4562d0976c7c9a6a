"""What the command line writes: its rows on standard output, and what it says beside them."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TextIO

from bitly_data.coverage import LogFacts
from bitly_data.errors import QuestionError
from bitly_data.locales import ENGLISH, Locale, is_known, locale_of
from bitly_data.options import Parser

# More bad lines than these say nothing new, and push everything else off the screen.
MOST_BAD_LINES = 10
# Whoever waits longer than this without a word believes that nothing happens [s].
PROGRESS_SECONDS = 3.0
# Blanks within a number, as French and others have them; Python does not call them printable.
_BLANKS = "\xa0\u202f"
# Of the command that runs: a process has one, and tests run several side by side.
_READER: ContextVar[Locale] = ContextVar("reader", default=ENGLISH)


def locale_arguments() -> Parser:
    """The option that says how numbers and dates are written for whoever reads."""
    parser = Parser(add_help=False)
    parser.add_argument(
        "--locale",
        metavar="TAG",
        help="how sentences write numbers and dates, such as de-DE (default: English); rows are "
        "the same in every locale",
    )
    return parser


def write_for(tag: str | None) -> None:
    """Write for a reader of this locale from now on; `None`: English. Raises `QuestionError`."""
    if tag is not None and not is_known(tag):
        raise QuestionError(
            f"No locale is called {tag[:40]!r}: write a language such as de, or de-CH."
        )
    _READER.set(locale_of(tag))


def for_reader(text: str) -> str:
    """A text of ours with its numbers and dates as the reader's locale has them."""
    return _READER.get().text(text)


class OutputProblem(Exception):
    """Standard output takes nothing more; the text is one sentence for the user."""


def settle_streams() -> None:
    """Make standard output and error take any text, whatever they are connected to.

    A console of another encoding gets escapes (`\\u2013`) for the letters that it lacks. A stream
    that was closed before the program began goes nowhere.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_out(data: bytes) -> None:
    """Bytes on standard output, as they are.

    Raises `BrokenPipeError` if the reader has seen enough, `OutputProblem` if they have no room.
    """
    flush_out()  # what was written as text comes first
    flush_out(data)


def write_text(text: str) -> None:
    """Text on standard output, in its own encoding. Raises as `write_out` does."""
    write_out(text.encode(sys.stdout.encoding, errors="backslashreplace"))


def flush_out(data: bytes = b"") -> None:
    """Have standard output written, and some bytes. Raises as `write_out` does."""
    try:
        if data:
            sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise OutputProblem(f"The answer cannot be written: {problem.strerror}.") from None


def let_go(stream: TextIO) -> None:
    """What is still to be written to a stream goes nowhere: nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_message(line: str) -> None:
    """One line on standard error; what is in a name stays in it, and moves no terminal."""
    _print_safely(for_reader(line))


def _print_safely(line: str) -> None:
    shown = "".join(
        sign if sign.isprintable() or sign in _BLANKS else sign.encode("unicode_escape").decode()
        for sign in line
    )
    try:
        print(shown, file=sys.stderr, flush=True)
    except OSError:  # there is nobody to say it to
        let_go(sys.stderr)


def print_import(log: LogFacts) -> None:
    """What was read of a click log, and the first lines that could not be, on standard error."""
    if not log.summary:
        return
    print_message(log.summary)
    for line in log.bad_lines[:MOST_BAD_LINES]:
        _print_safely(f"  {line}")  # names of files, not numbers of ours
    more = log.bad_count - min(len(log.bad_lines), MOST_BAD_LINES)
    if more:
        print_message(f"  and {more:,} more")


def print_archive(notices: Sequence[str]) -> None:
    """What the archive did not keep, on standard error."""
    for text in notices:
        print_message(f"bitly_data: {text}")


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
        number, name = _READER.get().number, os.path.basename(path)
        files = f"file {number(len(self._files))}" if len(self._files) > 1 else "the click log"
        # Not through `for_reader`: what is in the name of a file stays in it.
        _print_safely(f"Reading {files}, {name}: {number(clicks)} clicks so far.")
