"""The embedded database of a store: opened in one format, written in transactions, read anywhere.

Whoever writes uses the one connection, one writer at a time; reading takes a cursor of its own, so
that it is safe from any thread and sees what was there when it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np

from bitly_data.server.embedded import IN_MEMORY, connect
from bitly_data.server.errors import ServerProblem
from bitly_data.server.store.model import Ints
from bitly_data.server.store.schema import STORE_FORMAT, TABLES, UPGRADE


class Database:
    """A file of clicks, or one in memory (`None`). Raises `ServerProblem` for no such file."""

    def __init__(self, path: str | None) -> None:
        self.connection = _open(path)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written meanwhile comes in at once, or not at all."""
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def execute(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """The rows that a statement of the writer's gives; it sees what its transaction added."""
        return self.connection.execute(statement, dict(parameters or {})).fetchall()

    def insert(self, batch: Any, statements: Sequence[str]) -> None:
        """Write by statements that read `batch`, an Arrow table or a frame, under that name."""
        for statement in statements:
            self.batch_rows(batch, statement)

    def batch_rows(self, batch: Any, statement: str) -> list[Any]:
        """The rows that a statement of the writer's gives that reads `batch` as `insert` does."""
        # It finds the variable by its name. What is registered under a name a transaction keeps to
        # its end, and an import is one transaction.
        return self.connection.execute(statement).fetchall()

    def batch_column(self, batch: Any, statement: str) -> Ints:
        """The one column of whole numbers that such a statement gives; int64[rows]."""
        (values,) = self.connection.execute(statement).fetchnumpy().values()
        return np.asarray(values, dtype=np.int64)

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """The rows that a query gives."""
        with self.connection.cursor() as cursor:
            return cursor.execute(query, dict(parameters or {})).fetchall()

    def columns(self, query: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Ints]:
        """The columns of whole numbers that a query gives, by name; int64[rows] each."""
        with self.connection.cursor() as cursor:
            columns = cursor.execute(query, dict(parameters or {})).fetchnumpy()
        return {name: np.asarray(values, dtype=np.int64) for name, values in columns.items()}

    def value(self, query: str, parameters: Mapping[str, Any] | None = None) -> int | None:
        """The one number that a query gives; `None` for no row."""
        rows = self.rows(query, parameters)
        return rows[0][0] if rows else None


def _open(path: str | None) -> duckdb.DuckDBPyConnection:
    try:
        # A statement may read a variable of its caller (`batch_rows`).
        connection = connect(path or IN_MEMORY, python_scan_all_frames="true")
        _check_format(connection)
    except duckdb.Error:
        raise ServerProblem(
            f"The store {path!r} cannot be opened: it is in use by another "
            "process, or it is not a store of clicks."
        ) from None
    return connection


def _check_format(connection: duckdb.DuckDBPyConnection) -> None:
    tables = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()[0][0]
    if not tables:
        connection.execute(TABLES)
        return
    found = connection.execute("SELECT format FROM about").fetchall()
    if found in ([(number,)] for number in range(1, STORE_FORMAT)):
        connection.execute(UPGRADE)
    elif found != [(STORE_FORMAT,)]:
        raise duckdb.Error("another format")
