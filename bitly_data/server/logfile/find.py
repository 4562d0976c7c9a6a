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
    name = os.path.expanduser(path)
    if os.path.isdir(name):
        found = _below(name)
    elif os.path.lexists(name):  # first as it stands: a file's name may hold a bracket
        refusal = _refusal(name)
        if refusal is not None:
            raise UnreadableLog(f"The click log {path!r} cannot be read: it is {refusal}.")
        return [Entry(name, is_named=True)]
    else:
        found = [item for item in glob.glob(name, recursive=True) if not os.path.isdir(item)]
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
    return [
        os.path.join(parent, file)
        for parent, _, files in os.walk(folder)
        for file in files
        if not file.startswith(".")
    ]


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
