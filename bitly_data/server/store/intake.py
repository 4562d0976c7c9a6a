"""From click logs and the demo to rows of a store."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from bitly_data.server.clicklog import Click, FileReport, Heartbeat, LogReader, destination_host
from bitly_data.server.errors import ServerProblem
from bitly_data.server.store.database import Database
from bitly_data.server.store.schema import ADD_CLICKS, ADD_HOURS, ADD_VARIANTS, CLICK_SCHEMA
from bitly_data.server.words import HOUR_SECONDS

if TYPE_CHECKING:
    import pandas as pd

_BATCH: Final = 20_000  # lines; some megabytes at a time

_Line = Click | Heartbeat


def log_files(path: str) -> list[str]:
    """The files that a path names, sorted: a file, a folder with all below it, or a glob.

    Raises `ServerProblem` if there are none.
    """
    name = os.path.expanduser(path)
    if os.path.isdir(name):
        found = [
            os.path.join(folder, file)
            for folder, _, files in os.walk(name)
            for file in files
            if not file.startswith(".")
        ]
    elif os.path.exists(name):  # first as it stands: a file's name may hold a bracket
        found = [name]
    else:
        found = [file for file in glob.glob(name, recursive=True) if os.path.isfile(file)]
    if not found:
        raise ServerProblem(f"No click log is found at {path!r}.")
    return sorted(found)


def add_log(database: Database, path: str, most_notes: int) -> FileReport:
    """Add one file, or leave it out if its unpacked content is there already.

    At most `most_notes` bad lines are noted. Raises `ServerProblem` if it cannot be read.
    """
    try:
        if _is_known(database, LogReader(path).read_through()):
            return FileReport(path, skipped_as_known=True)
        reader = LogReader(path, most_notes)
        _add_lines(database, reader)
    except OSError as error:
        raise ServerProblem(f"The click log {path!r} cannot be read: {error.strerror}.") from None
    return reader.report


def _is_known(database: Database, digest: str) -> bool:
    # As the writer sees it: the same content may come twice in one import.
    query = "SELECT count(*) FROM files WHERE digest = $digest"
    ((known,),) = database.execute(query, {"digest": digest})
    return bool(known)


def _add_lines(database: Database, reader: LogReader) -> None:
    hours: set[int] = set()
    first: int | None = None
    last: int | None = None
    for batch in _batches(reader.records()):
        times = [record.t for record in batch]
        hours.update(t // HOUR_SECONDS for t in times)
        first = min(times) if first is None else min(first, *times)
        last = max(times) if last is None else max(last, *times)
        clicks = _click_table([line for line in batch if isinstance(line, Click)])
        database.insert(clicks, (ADD_VARIANTS, ADD_CLICKS))
    covered = pa.table({"hour": pa.array(sorted(hours), pa.int64())})
    database.insert(covered, (ADD_HOURS,))
    _add_file(database, reader, first, last)


def _add_file(database: Database, reader: LogReader, first: int | None, last: int | None) -> None:
    """Note what the file held, and from when to when its lines are [epoch s]."""
    report = reader.report
    database.execute(
        "INSERT INTO files VALUES ($digest, $path, $lines, $clicks, $heartbeats, $bad, $first, "
        "$last)",
        {
            "digest": reader.digest,
            "path": report.path,
            "lines": report.lines,
            "clicks": report.clicks,
            "heartbeats": report.heartbeats,
            "bad": report.bad_count,
            "first": first,
            "last": last,
        },
    )


def _batches(records: Iterator[_Line]) -> Iterator[list[_Line]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


def _click_table(clicks: list[Click]) -> pa.Table:
    columns = list(zip(*clicks, strict=True)) or [()] * len(CLICK_SCHEMA)
    return pa.table(
        [pa.array(column, kind.type) for column, kind in zip(columns, CLICK_SCHEMA, strict=True)],
        schema=CLICK_SCHEMA,
    )


def demo_rows(now: float, after: date | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The demo's links, and its clicks up to the end of the UTC day of `now` [epoch s].

    Both have the columns of `CLICK_SCHEMA`, the links all but `t`. The clicks are those of the days
    after the day `after`, or of all.
    """
    # The generator takes a moment to import; a server with a click log needs none of it.
    from bitly_data.demo import DemoDays

    demo = DemoDays(now)
    first = demo.first if after is None else date.fromordinal(after.toordinal() + 1)
    links = demo.links.assign(destination=[destination_host(url) for url in demo.links["url"]])
    clicks = demo.table(first, demo.last)
    clicks["destination"] = clicks["url"].cat.rename_categories(str).map(destination_host)
    return links, clicks


def add_demo(database: Database, links: pd.DataFrame, clicks: pd.DataFrame) -> None:
    """Add what `demo_rows` gives. A link can be there before its first click."""
    database.insert(links, (ADD_VARIANTS,))
    database.insert(clicks, (ADD_VARIANTS, ADD_CLICKS))
