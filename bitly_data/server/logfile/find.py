"""Which files a path names: a file, a folder with all below it, or a glob; regular files only."""

from __future__ import annotations

import glob
import os
import stat
from dataclasses import dataclass
from typing import Final

from bitly_data.server.errors import ServerProblem, UnreadableLog

_KINDS: Final = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a link to a folder"),  # others are gone through
)


@dataclass(frozen=True)
class Entry:
    """Something that a path names: a file, or what stands in its place.

    `refusal` says what it is if it is no file that can be opened. `is_named` tells what somebody
    gave by its name from what lay in a folder or matched a glob.
    """

    path: str
    refusal: str | None = None
    is_named: bool = False


def log_entries(path: str) -> list[Entry]:
    """What a path names, sorted. What lies in a folder and is no file costs only itself.

    Raises `ServerProblem` if there is nothing, and `UnreadableLog` for one thing that is no file.
    """
    if path == "-":  # as many programs call standard input
        raise UnreadableLog(
            "The click log '-' cannot be read: it is standard input (save what comes through it as "
            "a file)."
        )
    name = os.path.expanduser(path)
    if os.path.isdir(name):
        found = _below(name)
    elif os.path.lexists(name):  # first as it stands: a file's name may hold a bracket
        refusal = _refusal(name)
        if refusal is not None:
            raise UnreadableLog(f"The click log {path!r} cannot be read: it is {refusal}.")
        return [Entry(name, is_named=True)]
    else:
        # Through `**` what lies behind a link to a folder is found by itself.
        links = "**" not in name
        found = [
            item
            for item in glob.glob(name, recursive=True)
            if not os.path.isdir(item) or (links and os.path.islink(item))
        ]
    entries = [Entry(item, _refusal(item)) for item in sorted(found)]
    if not entries:
        raise ServerProblem(f"No click log is found at {path!r}.")
    if all(entry.refusal for entry in entries):
        more = f" and {len(entries) - 1:,} more like it" if len(entries) > 1 else ""
        raise UnreadableLog(
            f"No click log is found at {path!r}: {os.path.basename(entries[0].path)} is "
            f"{entries[0].refusal}{more}."
        )
    return entries


def _below(folder: str) -> list[str]:
    """What lies in a folder and those below; a link to one is not followed: it may lead back."""
    found = []
    for parent, folders, files in os.walk(folder):
        links = (name for name in folders if os.path.islink(os.path.join(parent, name)))
        found += [
            os.path.join(parent, name) for name in (*files, *links) if not name.startswith(".")
        ]
    return found


def _refusal(path: str) -> str | None:
    """What stands at a path if it is no regular file; nothing is opened for that."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return "a link that leads nowhere" if os.path.islink(path) else "not there any more"
    if stat.S_ISREG(mode):
        return None
    what = next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file")
    advice = " (save what comes out of it as a file)" if what == "a pipe" else ""
    return what + advice
