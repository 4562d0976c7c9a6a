"""The embedded database: nothing is fetched for it, and what it is asked for is set."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bitly_data.server.embedded import connect


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    return connection.execute("SELECT current_setting($name)", {"name": name}).fetchall()[0][0]


def test_no_extension_comes_by_itself(tmp_path: Path) -> None:
    for connection in (connect(), connect(str(tmp_path / "store"))):
        assert setting(connection, "autoinstall_known_extensions") is False
        assert setting(connection, "autoload_known_extensions") is False
        with pytest.raises(duckdb.Error):
            connection.execute("SELECT * FROM 'https://127.0.0.1:9/none.parquet'")


def test_it_takes_other_settings() -> None:
    assert setting(connect(threads="1"), "threads") == 1
