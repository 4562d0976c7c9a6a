"""What can be wrong with the file of an archive, in words, and what to do about it. Pure."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from bitly_data.errors import ArchiveError


class Trouble(NamedTuple):
    """Why the file cannot be used or not be written, and what to do: two halves of a sentence."""

    why: str
    advice: str


# What is refused when a file is opened.
FOLDER = Trouble("it cannot be opened, as it is a folder", "give the name of a file")
DEVICE = Trouble(
    "it cannot be opened, as it is a pipe or a device and not a file", "give the name of a file"
)
NO_NAME = Trouble("no file can have such a name", "give another name")
NO_FOLDER = Trouble(
    "it cannot be opened or made, as its folder does not exist", "make the folder first"
)
UNREADABLE = Trouble(
    "it cannot be opened, as this user may not read it", "let its owner change that"
)
NO_ARCHIVE = Trouble(
    "it is not an archive of clicks, and it was left as it is",
    "give another name, or move it away and a new archive is made",
)
NEWER = Trouble(
    "it was written by a newer version of this app", "update the app, or give another name"
)
OTHER_TABLES = Trouble(
    "its tables are not those of an archive", "put back a copy of it, or give another name"
)
# What may come later.
ONLY_READ = Trouble(
    "it may only be read", "let this user write the file and its folder, or give another name"
)
DAMAGED = Trouble(
    "it is damaged, so it is not used any more",
    "put back a copy of it, or move it away and start the app anew",
)
FULL = Trouble("its disk is full", "make room on the disk")
GONE = Trouble("it is no longer there", "put it back, or start the app anew")
BUSY = Trouble(
    "another program holds it", "end that program, or wait until it has let go of the file"
)
# What hinders nothing.
EXPOSED = Trouble(
    "other users of this machine may read it", "let its owner set its mode to 600 (chmod 600)"
)

# By the first byte of SQLite's result code (https://sqlite.org/rescode.html). What has no code is
# said of a table that is not there, or of text that is none: nobody wrote that.
_BY_CODE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_ERROR: DAMAGED,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: ONLY_READ,
}


def of_sqlite(problem: sqlite3.Error) -> Trouble:
    """What an error of SQLite means."""
    code = getattr(problem, "sqlite_errorcode", None)
    found = DAMAGED if code is None else _BY_CODE.get(code & 0xFF)
    return found or _of_words(str(problem))


def of_system(problem: Exception) -> Trouble:
    """What an error of the system, or of a value that cannot be kept, means."""
    return _of_words(getattr(problem, "strerror", None) or "it cannot hold this text or number")


def of_number(number: int) -> Trouble:
    """A format number that no version writes."""
    return Trouble(
        f"its format number is {number}, which no version of this app writes",
        "put back a copy of it, or give another name",
    )


def _of_words(words: str) -> Trouble:
    return Trouble(
        f"it cannot be opened, read or written ({words})",
        "look at its disk, its folder and who may use them",
    )


def refused(path: str, trouble: Trouble) -> ArchiveError:
    """The error of a file that cannot be used."""
    return ArchiveError(
        f"The archive {path!r} cannot be used: {trouble.why}; {trouble.advice}.", trouble
    )


def unasked(path: str, trouble: Trouble) -> ArchiveError:
    """The error of calls that were not made, as their answers cannot be kept."""
    return ArchiveError(
        f"Nothing was asked, as the answers cannot be kept in the archive {path!r}: {trouble.why}; "
        f"{trouble.advice}, or leave BITLY_ARCHIVE away.",
        trouble,
    )


def not_kept(path: str, trouble: Trouble) -> str:
    """What is said beside numbers that are shown all the same."""
    return (
        f"New numbers are shown, but not kept in the archive {path!r}: {trouble.why}; "
        f"{trouble.advice}."
    )


def exposed(path: str, trouble: Trouble) -> str:
    """What is said of a file that hinders nothing."""
    return f"The archive {path!r} is not its owner's alone: {trouble.why}; {trouble.advice}."
