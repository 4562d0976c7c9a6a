"""One file of a click log, from its bytes to what its records say."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np

from bitly_data.server.clicklog import (
    BadLine,
    Heartbeat,
    id_of,
    objects_of,
    record_of,
)
from bitly_data.server.logfile.ahead import WORKERS, ahead, side_by_side
from bitly_data.server.logfile.chunks import Chunk, chunks_of
from bitly_data.server.logfile.fields import FieldReader, Fields
from bitly_data.server.logfile.lines import bytes_of
from bitly_data.server.logfile.notes import MOST_NOTES, BadLineNote, FileReport, NotALog
from bitly_data.server.logfile.rows import NONE, Links, Numbers, Rows
from bitly_data.server.logfile.text import as_utf8, encoding_of, is_binary, with_line_feeds
from bitly_data.server.logfile.unpack import unpacked

# So much of a file tells its encoding and its form.
_HEAD_BYTES: Final = 64 * 1024
# A line end is as long in UTF-16, and no line is shorter [bytes].
_LINE_END: Final = 2


class _Click(NamedTuple):
    """A click that was read exactly: its time [epoch s], its link's number, its `_id`."""

    t: int
    link: int
    id: Any


@dataclass(frozen=True)
class Batch:
    """Some clicks and heartbeats of one file: clicks column by column, in the order of the file.

    `times` [epoch s], `links` by their numbers, `ids` as text ("" for none), or empty where no
    click has one; `beats` are the times of heartbeats [epoch s]. `records` are those of the clicks
    and perhaps others, and `places` in which of them each click stands, from 0. Where `marks` tell
    the records from each other, as of many together, they are not kept.
    """

    times: Numbers
    links: Numbers
    records: Sequence[bytes]
    places: Numbers
    ids: Sequence[str]
    beats: Sequence[int]
    marks: Numbers | None

    def __len__(self) -> int:
        return len(self.times)

    @property
    def bytes(self) -> int:
        """How much memory the records take."""
        return bytes_of(self.records)


class LogReader:
    """One pass over a log file, in bounded memory.

    Afterwards `digest` is the SHA-256 of the file's unpacked content, `size` its length [bytes],
    and `report` is complete, with notes of at most `most_notes` bad lines. Reading raises
    `OSError` if the file cannot be read, and `NotALog` if no click can be read from it.
    """

    def __init__(self, path: str, most_notes: int = MOST_NOTES) -> None:
        self.report = FileReport(path)
        self.size = 0
        self.known_ends = False
        self.known_size = 0  # of the longest beginning that `read_through` found again [bytes]
        self._most_notes = most_notes
        self._sha = hashlib.sha256()
        self._blocks = self._hashed()
        self._is_open = False  # its last line has no end
        self._last_fault = 0  # the line of the last record, where that is bad
        self._head: bytes | None = None

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()

    @property
    def lead(self) -> str:
        """The digest of the first line: files that begin differently have nothing in common."""
        return hashlib.sha256(self._begun().partition(b"\n")[0]).hexdigest()

    @property
    def settled_lines(self) -> int:
        """How many lines will not be read again when the file has grown.

        A last line that broke off in the middle of a record is not among them.
        """
        broke_off = self._is_open and self._last_fault
        return self._last_fault - 1 if broke_off else self.report.lines

    def read_through(self, known: Mapping[int, Container[str]] = MappingProxyType({})) -> str:
        """Read without looking at the lines; returns the digest.

        `known` are digests of other contents by their size: the longest with which this one
        begins is its `known_size`, and `known_ends` whether a line ends there.
        """
        sizes, before = sorted(known), b""
        found: int | None = None  # a size at the end of a block: the next tells how it goes on
        for block in unpacked(self.report.path, self._tell):
            if found is not None:
                self.known_size, self.known_ends = found, _ends_a_line(before, block)
                found = None
            while sizes and sizes[0] <= self.size + len(block):
                size = sizes.pop(0)
                at = size - self.size
                until = self._sha.copy()
                until.update(block[:at])
                if until.hexdigest() not in known[size]:
                    continue
                if at == len(block):
                    found = size
                else:
                    ends = _ends_a_line(before + block[:at], block[at:])
                    self.known_size, self.known_ends = size, ends
            self._sha.update(block)
            self.size += len(block)
            before = block[-_LINE_END:]
        return self.digest

    def batches(self, links: Links, known_lines: int = 0) -> Iterator[Batch]:
        """The clicks and heartbeats behind the first `known_lines` lines."""
        self.report.known_lines = known_lines
        head = self._begun()
        encoding = encoding_of(head)
        if encoding is None and is_binary(head):
            raise NotALog("binary data")
        text = as_utf8(chain((head,) if head else (), self._blocks), encoding)
        begun = next(text, b"")
        plain = head if encoding is None else begun
        lines = self._seen(with_line_feeds(chain((begun,), text), plain))
        # The parts of a log are large, and `map` does not hold on to what it passed on.
        left = map(partial(self._left, known_lines), chunks_of(lines))
        read = side_by_side(partial(_read, links.reader), ahead(left), WORKERS)
        yield from map(partial(self._batch, links), ahead(read))

    def _left(self, known_lines: int, chunk: Chunk) -> Chunk:
        """What is behind the known lines."""
        self.report.lines = max(self.report.lines, chunk.numbers[-1])
        return chunk.behind(known_lines)

    def _begun(self) -> bytes:
        """The beginning of the content, long enough to tell what the rest is."""
        if self._head is None:
            head = b""
            while len(head) < _HEAD_BYTES and (block := next(self._blocks, b"")):
                head += block
            self._head = head
        return self._head

    def _hashed(self) -> Iterator[bytes]:
        for block in unpacked(self.report.path, self._tell):
            self._sha.update(block)
            self.size += len(block)
            yield block

    def _seen(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            if block:
                self._is_open = not block.endswith(b"\n")
            yield block

    def _tell(self, problem: str) -> None:
        self.report.problem = problem

    def _batch(self, links: Links, part: tuple[Chunk, Fields | None]) -> Batch:
        """What a chunk holds; a record that is not as all others are is read exactly."""
        chunk, fields = part
        if chunk.fault is not None:
            self._note(chunk.numbers[0], chunk.fault)
        rows = links.rows_of(chunk.records, fields)
        beats: list[int] = []
        exact = {
            at: self._read_exactly(chunk, at, links, beats)
            for at in np.flatnonzero((rows.links == NONE) | (rows.times == NONE)).tolist()
        }
        if chunk.numbers and self._last_fault != chunk.numbers[-1]:
            self._last_fault = 0
        batch = _batch_of(chunk.records, fields, rows, exact, beats)
        self.report.clicks += len(batch)
        self.report.heartbeats += len(beats)
        return batch

    def _read_exactly(self, chunk: Chunk, at: int, links: Links, beats: list[int]) -> list[_Click]:
        """The clicks that a record holds; its heartbeats are added, and why it is bad is noted."""
        found: list[_Click] = []
        try:
            for record in objects_of(chunk.records[at]):
                self._take(record, links, found, beats)
        except BadLine as bad:
            self._note(chunk.numbers[at], str(bad))
        return found

    def _take(
        self, record: dict[str, Any], links: Links, clicks: list[_Click], beats: list[int]
    ) -> None:
        """Add what one record is. Raises `BadLine`."""
        try:
            found = record_of(record)
        except BadLine:
            self.report.fields = self.report.fields or tuple(record)
            raise
        if isinstance(found, Heartbeat):
            beats.append(found.t)
        else:
            clicks.append(_Click(found.t, links.number(found), record.get("_id")))

    def _note(self, line: int, reason: str) -> None:
        report = self.report
        self._last_fault = line
        report.bad_count += 1
        if len(report.bad) < self._most_notes:
            report.bad.append(BadLineNote(report.path, line, reason))


def _read(reader: FieldReader, chunk: Chunk) -> tuple[Chunk, Fields | None]:
    """A chunk, and what is read of it together."""
    return chunk, reader.read(chunk.records)


def _batch_of(
    records: Sequence[bytes],
    fields: Fields | None,
    rows: Rows,
    exact: Mapping[int, list[_Click]],
    beats: list[int],
) -> Batch:
    """The clicks of some records: one in each, but for those that were read `exact`ly.

    These have any number of clicks, by the place of their record.
    """
    counts = np.ones(len(rows.times), dtype=np.int64)
    counts[list(exact)] = [len(found) for found in exact.values()]
    places = np.repeat(np.arange(len(counts)), counts)
    times, links = rows.times[places], rows.links[places]
    ids: list[Any] = []
    if any(rows.ids) or any(click.id for found in exact.values() for click in found):
        ids = [rows.ids[place] for place in places.tolist()] if rows.ids else [None] * len(places)
    first = np.cumsum(counts) - counts
    for place, found in exact.items():
        for at, click in enumerate(found, first[place]):
            times[at], links[at] = click.t, click.link
            if ids:
                ids[at] = click.id
    kept, marks = (records, None) if fields is None else ([], fields.marks)
    return Batch(times, links, kept, places, list(map(id_of, ids)), beats, marks)


def _ends_a_line(before: bytes, behind: bytes) -> bool:
    """Whether a line ends between two parts of a content, in whichever encoding."""
    signs = before[-_LINE_END:] + behind[:_LINE_END]
    return b"\n" in signs or b"\r" in signs
