"""Which time zone database holds in this process: the newest that is there.

There may be two: that of the system and that of the package `tzdata`. Python takes the first that
has a zone, however old it is, and governments change their clocks with some weeks' notice: a system
of 2025 has a quarter of Canada an hour off in November 2026. So the releases are compared once, and
Python is told. It is told for the whole process (`zoneinfo.reset_tzpath`), and not given zones that
were loaded apart: pandas and a notebook ask Python for zones by their names, two objects of one
name are two zones to pandas, and one that was loaded from a file can be neither copied nor pickled
(`docs/decisions/0020-newest-time-zones.md`).
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

# Where a folder of zones says its release: the source that zic was given, which most systems keep
# beside its output, or what macOS and the BSDs write instead.
_SAID_IN = ("tzdata.zi", "+VERSION")
_RELEASE = re.compile(r"\b(\d{4}[a-z]{1,2})\b")
# The release stands in the first line, among a few words.
_ENOUGH_BYTES = 200


@dataclass(frozen=True)
class Database:
    """A time zone database: its `release`, such as "2026f" ("" where it does not say), and its
    folder; `None` for that of the package.
    """

    release: str
    folder: str | None

    @property
    def place(self) -> str:
        """Whose it is, in words."""
        return "the package tzdata" if self.folder is None else "the system"


def release_of(folder: Path) -> str | None:
    """The release of a folder of zones, "" where it does not say; `None` where there are none."""
    for name in _SAID_IN:
        try:
            with (folder / name).open("rb") as file:
                said = _RELEASE.search(file.read(_ENOUGH_BYTES).decode("latin-1"))
        except OSError:
            continue
        if said:
            return said[1]
    return "" if (folder / "UTC").is_file() or (folder / "Etc" / "UTC").is_file() else None


def newest(folders: Sequence[str], packaged: str | None) -> Database:
    """The newest of the databases in `folders` and that of the package.

    `packaged` is the package's release, `None` where it is not installed. Of two of one release it
    is the one that Python would take; one that does not say its release is older than any.
    """
    there = [(release_of(Path(folder)), folder) for folder in folders]
    found = [Database(release, folder) for release, folder in there if release is not None]
    if packaged is not None:
        found.append(Database(packaged, None))
    # A year, then letters: "2026z" comes before "2026za", as texts do.
    return max(found, key=lambda one: one.release, default=Database("", None))


def _packaged() -> str | None:
    try:
        import tzdata
    except ImportError:
        return None
    said = _RELEASE.fullmatch(str(getattr(tzdata, "IANA_VERSION", "")))
    return said[1] if said else ""


def _settle() -> Database:
    """Choose the newest database, and have Python take its zones from there."""
    folders = zoneinfo.TZPATH
    chosen = newest(folders, _packaged())
    first = () if chosen.folder is None else (chosen.folder,)
    # The package is where Python looks last, and the only place where no folder is named. Other
    # folders stay for names that the newest one lacks.
    wanted = (*first, *(one for one in folders if one not in first)) if first else ()
    if wanted != tuple(folders):
        zoneinfo.reset_tzpath(to=wanted)
        ZoneInfo.clear_cache()
    return chosen


# When this module is imported, before anybody has asked for a zone of ours.
DATABASE = _settle()


def release() -> str:
    """The release of the time zone database that holds, such as "2026f"."""
    return DATABASE.release or "unknown"


def release_text() -> str:
    """The same as a sentence for a reader."""
    return f"Time zones as of release {release()}."


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every IANA name of the database, sorted."""
    # Two files in that folder are not zones a person can mean.
    return tuple(sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}))


def named(name: str) -> ZoneInfo:
    """The zone of an IANA name, always the same object. Raises `ValueError` if there is none."""
    if name not in names():
        raise ValueError(f"no time zone is called {name!r}")
    return ZoneInfo(name)
