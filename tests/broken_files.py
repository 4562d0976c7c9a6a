"""Ways in which the file of an archive can be broken, and files that are none."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PAGE = 4096
BESIDE = ("-wal", "-shm", "-journal")


def beside(path: Path) -> list[str]:
    """What lies beside a file because somebody has it open, or was killed."""
    return [end for end in BESIDE if Path(f"{path}{end}").exists()]


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def write_foreign(path: Path, script: str = "CREATE TABLE people (name TEXT)") -> bytes:
    """A database of another program; its bytes."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path.read_bytes()


def flush(path: Path) -> None:
    """Have all that the log holds in the file itself."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def damage_page(path: Path, chance: random.Random) -> None:
    """Overwrite a page behind the first, or cut the file off, as a bad disk or a bad copy does."""
    pages = path.stat().st_size // PAGE
    if pages < 2:
        return
    at = chance.randrange(1, pages) * PAGE
    if chance.random() < 0.3:
        os.truncate(path, at + chance.choice([0, 100]))
        return
    what = chance.choice([bytes(PAGE), chance.randbytes(PAGE), b"\xff" * PAGE])
    with path.open("r+b") as file:
        file.seek(at)
        file.write(what)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program writes, and does not let go of the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
