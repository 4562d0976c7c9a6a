"""The embedded database, as all that use it open it."""

from __future__ import annotations

from typing import Final

import duckdb

IN_MEMORY: Final = ":memory:"


def connect(path: str = IN_MEMORY, **config: str) -> duckdb.DuckDBPyConnection:
    """A file of it, or one in memory. Raises `duckdb.Error` for a file that is none of its own."""
    return duckdb.connect(
        path,
        config={
            # Nothing here needs an extension, and none may be fetched behind anybody's back.
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            **config,
        },
    )
