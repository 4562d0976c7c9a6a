"""The fields that matter of many lines at a time, as a database reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Final, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bitly_data.server.embedded import connect
from bitly_data.server.logfile.lines import LONGEST_LINE, Lines, Text, as_table

# Fewer records are sooner read one by one than put to a database.
_FEW: Final = 200

# What a record says of its link, and the kinds of value that are taken as they are.
LINK_FIELDS: Final[Mapping[str, type]] = {
    **dict.fromkeys(("hh", "h", "l", "u", "long_url", "title", "kw"), str),
    "hc": int,
}
_FIELDS: Final = (*LINK_FIELDS, "t", "_id")
# The fields of a link are the values of one JSON array.
_READ: Final = f"""
SELECT t::VARCHAR AS t, _id::VARCHAR AS id,
       concat_ws(',', {", ".join(f"coalesce({name}::VARCHAR, 'null')" for name in LINK_FIELDS)})
           AS link
FROM read_json($path, format = 'newline_delimited', ignore_errors = true,
               maximum_object_size = {2 * LONGEST_LINE},
               columns = {dict.fromkeys(_FIELDS, "JSON")})
"""  # noqa: S608 - names of fields that stand above

# What tells a record from all others, for databases that read `batch`. Of its hash half is kept: it
# is compared only among clicks of one link in one second.
MARKS: Final = "SELECT (hash(record) & 4294967295)::BIGINT FROM batch"


class Fields(NamedTuple):
    """What a database reads in lines.

    `table` has a row for each that is not blank, which is empty where a line is no JSON: the texts
    `t`, `id` and `link`, the values of `LINK_FIELDS` with commas between; `marks` tell each line
    from the others.
    """

    table: pa.Table
    marks: npt.NDArray[np.int64]


class _Place(NamedTuple):
    """Where one thread has lines read: a file for them, and a connection."""

    path: Path
    connection: duckdb.DuckDBPyConnection


class FieldReader:
    """Reads lines by a database, in any number of threads at once; it holds up no other meanwhile.

    A database reads JSON more kindly than Python: a field that is named twice counts the first
    time, and a comma behind the last field is no fault.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._places = 0
        self._free: list[_Place] = []

    def close(self) -> None:
        """Give back what reading took. Nobody may be reading."""
        if self._database is not None:
            self._database.close()
        if self._folder is not None:
            self._folder.cleanup()

    def read(self, records: Sequence[bytes]) -> Fields | None:
        """What a database reads in lines; `None` for what is to be read exactly."""
        if not isinstance(records, Lines) or len(records) < _FEW:
            return None
        try:
            with self._place() as place:
                return _fields_of(records, place)
        except (OSError, duckdb.IOException):  # no room for the file, say
            return None

    @contextmanager
    def _place(self) -> Iterator[_Place]:
        with self._lock:
            place = self._free.pop() if self._free else self._new_place()
        try:
            yield place
        finally:
            with self._lock:
                self._free.append(place)

    def _new_place(self) -> _Place:
        if self._database is None or self._folder is None:
            self._folder = TemporaryDirectory(prefix="bitly-clicks-")
            # Whoever reads does so by a thread of his own. The database may not take what it reads
            # for what it read before: the file has the same name.
            self._database = connect(threads="1", enable_external_file_cache="false")
        self._places += 1
        path = Path(self._folder.name, f"{self._places}.json")
        path.touch()
        return _Place(path, self._database.cursor())


def _fields_of(records: Lines, place: _Place) -> Fields:
    _write(place.path, records.texts)
    query = place.connection.sql(_READ, params={"path": str(place.path)})
    table = query.to_arrow_table()
    place.connection.register("batch", as_table(records))
    (marks,) = place.connection.execute(MARKS).fetchnumpy().values()
    place.connection.unregister("batch")
    return Fields(table, np.asarray(marks, dtype=np.int64))


def _write(path: Path, texts: Sequence[Text]) -> None:
    # What is there already is written over: new room costs four times as much.
    with path.open("r+b") as file:
        for text in texts:
            file.write(text)
        file.truncate()
