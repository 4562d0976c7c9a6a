"""The kinds of file that rows can be taken away as: a row a kind, for pages and command line."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bitly_data.report.tables import columns_csv, to_csv, to_json
from bitly_data.series import ClickSeries

More = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Writer:
    """A kind of file: its `name` is the option of the command line and the file's ending.

    `write` makes it of series and `more` columns of numbers; `on_page`: pages offer it, too.
    A file that is taken away begins with `bom`; what is written to standard output does not.
    """

    name: str
    mime: str
    write: Callable[[Sequence[ClickSeries], More], bytes]
    on_page: bool
    bom: bytes = b""

    def to_file(self, series: Sequence[ClickSeries], more: More) -> bytes:
        """The bytes of a file to take away."""
        return self.bom + self.write(series, more)


def _csv(series: Sequence[ClickSeries], more: More) -> bytes:
    return to_csv(series, more).encode("utf-8")


def _json(series: Sequence[ClickSeries], more: More) -> bytes:
    return to_json(series).encode("utf-8")


def table_file(columns: Mapping[str, Sequence[object]]) -> bytes:
    """A table as a CSV file to take away, for spreadsheets as each of them."""
    return codecs.BOM_UTF8 + columns_csv(columns).encode("utf-8")


WRITERS = {
    writer.name: writer
    for writer in (
        # Excel takes a CSV for UTF-8 only by its byte order mark.
        Writer("csv", "text/csv", _csv, on_page=True, bom=codecs.BOM_UTF8),
        Writer("json", "application/json", _json, on_page=False),
    )
}
