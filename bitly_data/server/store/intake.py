"""From click logs and the demo to rows of a store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from bitly_data.server.clicklog import Click, destination_host
from bitly_data.server.errors import ServerProblem
from bitly_data.server.logfile import (
    MARKS,
    Batch,
    Entry,
    FileReport,
    Links,
    LogReader,
    NotALog,
    as_table,
)
from bitly_data.server.store.database import Database
from bitly_data.server.store.model import Ints
from bitly_data.server.store.schema import (
    ADD_CLICKS,
    ADD_HOURS,
    ADD_VARIANTS,
    CLICK_SCHEMA,
    VARIANTS_BY_NUMBER,
)
from bitly_data.server.words import HOUR_SECONDS

if TYPE_CHECKING:
    import pandas as pd

_ROWS: Final = 200_000  # clicks that are kept until they are written
# The same of records that are kept with them [bytes].
_BYTES: Final = 32 * 1024 * 1024

_ADD: Final = "INSERT INTO clicks SELECT t, variant, file, line FROM batch"
# Clicks with an id come in once: the first in these, and none that an id before it had.
_MARK_AGAIN: Final = """
CREATE OR REPLACE TEMP TABLE marked AS
SELECT row, t, variant, file, line, md5_number(id) AS id, coalesce(id, '') <> '' AND (
    row_number() OVER (PARTITION BY id ORDER BY row) > 1 OR md5_number(id) IN (FROM ids)
) AS again FROM batch
"""
_ADD_IDS: Final = "INSERT INTO ids SELECT id FROM marked WHERE id IS NOT NULL AND NOT again"
_ADD_FRESH: Final = """
INSERT INTO clicks SELECT t, variant, file, line FROM marked WHERE NOT again ORDER BY row
"""
_AGAIN: Final = "SELECT file, count(*) FROM marked WHERE again GROUP BY file"

# How many of a file's clicks differ from those at the same place of another.
_DIFFERENT: Final = """
WITH one AS (SELECT row_number() OVER (ORDER BY rowid) AS place, t, variant, line FROM clicks
             WHERE file = $one),
other AS (SELECT row_number() OVER (ORDER BY rowid) AS place, t, variant, line FROM clicks
          WHERE file = $other)
SELECT count(*) FROM one ANTI JOIN other USING (place, t, variant, line)
"""

Progress = Callable[[str, int], None]


def nobody_hears(path: str, clicks: int) -> None:
    """Whoever does not want to know how far an import is."""


@dataclass(frozen=True)
class _Known:
    """A file that was read before. Of one in a store of an old format only the digest is known."""

    digest: str
    number: int | None
    size: int | None
    lead: str | None
    settled: int | None
    lines: int | None


class Intake:
    """Files on their way into a database, in one transaction and a `with`.

    Clicks are written by a thread while the next are read: databases do not hold up other threads.
    Afterwards (`finish`) all is written; what was not finished has to be rolled back.
    `on_progress` hears the path of the file that is read and how many clicks came in.
    """

    def __init__(self, database: Database, on_progress: Progress) -> None:
        self._database = database
        self._on_progress = on_progress
        self._links = Links()
        self._given_links = 0  # how many of them were given to the writer
        self._variants: list[int] = []  # the writer's, by the numbers of the links
        self._known = _KnownFiles(database)
        self._waiting = _Waiting()
        self._writer = ThreadPoolExecutor(1, "write-clicks")
        self._writing: Future[None] | None = None
        self._hours: set[int] = set()
        self._reports: dict[int, FileReport] = {}
        self._rows: dict[int, tuple[object, ...]] = {}  # of the table of files, by their numbers
        self._clicks = 0
        self.first_number = self._known.last_number + 1

    def __enter__(self) -> Intake:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.shutdown()
        self._links.close()

    def add(self, entry: Entry, most_notes: int) -> FileReport:
        """Read one file; what of it is known already is left out.

        At most `most_notes` bad lines are noted. Raises `ServerProblem` if a file that somebody
        named cannot be read; one that was found costs only itself.
        """
        reader = LogReader(entry.path, most_notes)
        try:
            if entry.refusal is not None:
                raise NotALog(entry.refusal)
            self._on_progress(entry.path, self._clicks)
            return self._add(reader, is_named=entry.is_named)
        except NotALog as problem:
            reader.report.refusal = f"it is {problem}"
        except OSError as error:
            if entry.is_named:
                raise ServerProblem(
                    f"The click log {entry.path!r} cannot be read: {error.strerror or error}."
                ) from None
            reader.report.refusal = f"it cannot be read: {error.strerror or error}"
        return reader.report

    def finish(self) -> None:
        """Write what is not written yet."""
        self._flush()
        self._wait()
        covered = pa.table({"hour": pa.array(sorted(self._hours), pa.int64())})
        self._database.insert(covered, (ADD_HOURS,))
        if self._rows:
            self._database.insert(_file_table(self._rows, self._reports), (_ADD_FILES,))

    def _add(self, reader: LogReader, *, is_named: bool) -> FileReport:
        path, report = reader.report.path, reader.report
        rivals = self._known.beginning_with(reader.lead)
        known_lines = 0
        if rivals:
            before = LogReader(path)
            before.read_through(_by_size(rivals))
            if any(file.digest == before.digest for file in rivals):
                return FileReport(path, skipped_as_known=True)
            known_lines = _settled(rivals, before.known_size, ends=before.known_ends)
        number = self.first_number + len(self._reports)
        self._reports[number] = report
        times = _Range()
        try:
            for batch in reader.batches(self._links, known_lines):
                self._keep(batch, number, times)
        except OSError as error:
            if is_named or not report.lines:
                raise
            # What was readable is in, as of a compressed file that is damaged.
            report.problem = error.strerror or str(error)
        longer = [file for file in rivals if (file.size or 0) > reader.size]
        # Of a bad line nothing is kept that could be compared.
        if longer and not report.bad_count and self._is_beginning(number, longer):
            report.skipped_as_known = True
        self._note_file(reader, number, times)
        return report

    def _keep(self, batch: Batch, number: int, times: _Range) -> None:
        for moments in (batch.times, np.array(batch.beats, dtype=np.int64)):
            if len(moments):
                first, last = int(moments.min()), int(moments.max())
                times.include(first, last)
                self._hours |= _hours_of(moments, first, last)
        self._waiting.add(batch, number)
        self._clicks += len(batch)
        if self._waiting.size >= _ROWS or self._waiting.bytes >= _BYTES:
            self._on_progress(self._reports[number].path, self._clicks)
            self._flush()

    def _flush(self) -> None:
        """Have the clicks written that wait, and forget the links if there are very many."""
        self._wait()
        if not self._waiting.size:
            return
        waiting, self._waiting = self._waiting, _Waiting()
        new = self._links.clicks[self._given_links :]
        self._writing = self._writer.submit(self._write, waiting, self._given_links, new)
        self._given_links += len(new)
        if self._links.are_many:
            self._links.begin_anew()
            self._given_links = 0

    def _wait(self) -> None:
        """Until nothing is written any more: the connection is one for all."""
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def _write(self, waiting: _Waiting, known_links: int, new: list[Click]) -> None:
        """Write clicks, whose links are the first `known_links` and the `new` ones."""
        del self._variants[known_links:]
        self._variants += self._find_variants(new)
        marks = self._database.batch_column(waiting.unmarked(), MARKS)
        table = waiting.table(np.array(self._variants, dtype=np.int64), marks)
        if "id" not in table.column_names:
            self._database.insert(table, (_ADD,))
            return
        self._database.insert(table, (_MARK_AGAIN, _ADD_IDS, _ADD_FRESH))
        for number, count in self._database.execute(_AGAIN):
            report = self._reports[number]
            report.clicks -= count
            report.repeated += count

    def _find_variants(self, links: list[Click]) -> list[int]:
        """The variants of links that are new to this import."""
        if not links:
            return []
        columns = zip(*links, strict=True)
        table = pa.table(
            [
                *(
                    pa.array(column, kind.type)
                    for column, kind in zip(columns, CLICK_SCHEMA, strict=True)
                ),
                pa.array(range(len(links)), pa.int64()),
            ],
            names=[*CLICK_SCHEMA.names, "number"],
        )
        self._database.insert(table, (ADD_VARIANTS,))
        found = self._database.batch_rows(table, VARIANTS_BY_NUMBER)
        assert len(found) == len(links)
        return [variant for _, variant in found]

    def _is_beginning(self, number: int, longer: list[_Known]) -> bool:
        """Whether all clicks of a file begin a longer one, too; if so, they are forgotten."""
        self._flush()
        self._wait()
        if not self._reports[number].clicks:
            return False
        for file in longer:
            query = {"one": number, "other": file.number}
            ((different,),) = self._database.execute(_DIFFERENT, query)
            if not different:
                self._database.execute("DELETE FROM clicks WHERE file = $file", {"file": number})
                return True
        return False

    def _note_file(self, reader: LogReader, number: int, times: _Range) -> None:
        file = _Known(
            *(reader.digest, number, reader.size, reader.lead, reader.settled_lines),
            lines=reader.report.lines,
        )
        self._known.add(file)
        self._rows[number] = (
            *(file.digest, times.first, times.last),
            *(number, file.size, file.lead, file.settled),
        )


def _hours_of(moments: Ints, first: int, last: int) -> set[int]:
    """The hours since 1970 in which moments lie, from `first` to `last` [epoch s]."""
    begin, end = first // HOUR_SECONDS, last // HOUR_SECONDS
    # Nearly all parts of a log lie in one hour or two.
    return {begin, end} if end - begin <= 1 else set((moments // HOUR_SECONDS).tolist())


class _Range:
    """From when to when the lines of a file are [epoch s]; `None` without any."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int | None = None

    def include(self, first: int, last: int) -> None:
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


class _Waiting:
    """Clicks of one file or several that are not written yet; `records` are in memory meanwhile."""

    def __init__(self) -> None:
        self.size = 0  # clicks
        self.bytes = 0
        self._batches: list[Batch] = []
        self._files: list[int] = []  # each batch's number

    def add(self, batch: Batch, number: int) -> None:
        if len(batch):
            self._batches.append(batch)
            self._files.append(number)
            self.size += len(batch)
            self.bytes += batch.bytes

    def unmarked(self) -> pa.Table:
        """The records whose marks are not known yet, one below another."""
        return as_table(*(batch.records for batch in self._batches))

    def table(self, variants: Ints, marks: Ints) -> pa.Table:
        """All clicks in order. Without ids no column.

        `variants` are by the numbers of the links, `marks` those of the records without.
        """
        counts = [len(batch) for batch in self._batches]
        links = np.concatenate([batch.links for batch in self._batches])
        lines, first = [], 0
        for batch in self._batches:
            found = marks[first:] if batch.marks is None else batch.marks
            lines.append(found[batch.places])
            first += len(batch.records)
        columns = {
            "t": pa.array(np.concatenate([batch.times for batch in self._batches])),
            "variant": pa.array(variants[links]),
            "file": pa.array(np.repeat(np.array(self._files, np.int32), counts)),
            "line": pa.array(np.concatenate(lines)),
        }
        if any(batch.ids for batch in self._batches):
            ids = [batch.ids or [""] * len(batch) for batch in self._batches]
            columns |= {
                "id": pa.array(chain.from_iterable(ids), pa.string()),
                "row": pa.array(range(len(links))),
            }
        return pa.table(columns)


class _KnownFiles:
    """The files that were read before, in this import too, by their first line."""

    def __init__(self, database: Database) -> None:
        self.last_number = 0
        self._by_lead: dict[str | None, list[_Known]] = defaultdict(list)
        # As the writer sees them: the same content may come twice in one import.
        for row in database.execute("SELECT digest, number, size, lead, settled, lines FROM files"):
            self.add(_Known(*row))

    def add(self, file: _Known) -> None:
        self.last_number = max(self.last_number, file.number or 0)
        self._by_lead[file.lead].append(file)

    def beginning_with(self, lead: str) -> list[_Known]:
        """The files that may have something in common with one whose first line this is."""
        return [*self._by_lead.get(lead, ()), *self._by_lead.get(None, ())]


def _by_size(files: list[_Known]) -> Mapping[int, set[str]]:
    sizes: dict[int, set[str]] = defaultdict(set)
    for file in files:
        if file.size:
            sizes[file.size].add(file.digest)
    return sizes


def _settled(files: list[_Known], size: int, *, ends: bool) -> int:
    """How many lines of a known beginning of this size are not read again.

    Where no line `ends` with it, its last line has become another one: then the beginning is known
    only if that line broke off in the middle of a record.
    """
    return max(
        (
            file.settled or 0
            for file in files
            if size and file.size == size and (ends or (file.settled or 0) < (file.lines or 0))
        ),
        default=0,
    )


_FILE_COLUMNS: Final = (
    ("digest", pa.string()),
    ("first", pa.int64()),
    ("last", pa.int64()),
    ("number", pa.int32()),
    ("size", pa.int64()),
    ("lead", pa.string()),
    ("settled", pa.int64()),
)
_REPORTED: Final = ("path", "lines", "clicks", "heartbeats", "bad_count")
_ADD_FILES: Final = """
INSERT INTO files SELECT digest, path, lines, clicks, heartbeats, bad_count, first, last, number,
                         size, lead, settled FROM batch
"""


def _file_table(
    rows: Mapping[int, tuple[object, ...]], reports: Mapping[int, FileReport]
) -> pa.Table:
    """What the files held, and from when to when the lines of each are [epoch s]."""
    columns = {
        name: pa.array(values, kind)
        for values, (name, kind) in zip(
            zip(*rows.values(), strict=True), _FILE_COLUMNS, strict=True
        )
    }
    for name in _REPORTED:
        columns[name] = pa.array([getattr(reports[number], name) for number in rows])
    return pa.table(columns)


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
