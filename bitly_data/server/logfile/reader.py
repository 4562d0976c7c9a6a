"""One file of a click log, from its bytes to what its records say."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec

from bitly_data.server.clicklog import (
    LATEST_SECOND,
    BadLine,
    Click,
    Heartbeat,
    id_of,
    objects_of,
    record_of,
)
from bitly_data.server.logfile.chunks import Chunk, chunks_of
from bitly_data.server.logfile.notes import MOST_NOTES, BadLineNote, FileReport, NotALog
from bitly_data.server.logfile.text import as_utf8, encoding_of, is_binary, with_line_feeds
from bitly_data.server.logfile.unpack import BLOCK_BYTES, unpacked


class _Row(msgspec.Struct, gc=False):
    """What the feed's own records say, in the order in which it is looked at.

    Decoded into it, a line takes a seventh of the time that a dictionary of all its keys takes. A
    record that has something else than these types is read exactly.
    """

    hh: str | None = None
    h: str | None = None
    l: str | None = None  # noqa: E741 - the feed's name
    u: str | None = None
    long_url: str | None = None
    title: str | None = None
    hc: int | None = None
    kw: str | None = None
    t: int | None = None
    id: Any = msgspec.field(default=None, name="_id")


_Fields = tuple[Any, ...]
_fields: Final = msgspec.structs.astuple
_link_of: Final = itemgetter(slice(0, 8))  # what a row says of its link
_time_of: Final = itemgetter(8)
_id_of: Final = itemgetter(9)
_NO_FIELDS: Final[_Fields] = _fields(_Row())
_NOT_PLAIN: Final = (msgspec.MsgspecError, ValueError, RecursionError)
# So much of a file tells its encoding and its form.
_HEAD_BYTES: Final = 64 * 1024
# A shorter file is not worth a thread.
_FIRST_BLOCKS: Final = 2
_decode: Final = msgspec.json.Decoder(_Row).decode
# Links that are known by what their lines say; a log with more begins to learn them anew.
MOST_LINKS: Final = 200_000


class Links:
    """The distinct links of some clicks, by number: everything that a line says but its time.

    `clicks` are the links as clicks without a time.
    """

    def __init__(self) -> None:
        self.clicks: list[Click] = []
        self._numbers: dict[_Fields, int] = {}
        self._by_row: dict[_Fields, int] = {}  # the same numbers, by a row as it was decoded

    def of_rows(self, rows: list[_Fields]) -> list[int | None]:
        """The numbers of the links of some rows; `None` for one that is not known yet."""
        return list(map(self._by_row.get, map(_link_of, rows)))

    def learn(self, row: _Fields, number: int) -> None:
        """Know a row's link by its fields from now on."""
        self._by_row[_link_of(row)] = number

    @property
    def are_many(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._by_row) + len(self.clicks) > MOST_LINKS

    def number(self, click: Click) -> int:
        """The number of a click's link."""
        link = click._replace(t=0)
        number = self._numbers.setdefault(link, len(self.clicks))
        if number == len(self.clicks):
            self.clicks.append(link)
        return number


class Batch:
    """Some clicks and heartbeats of one file: clicks column by column, in the order of the file.

    `times` [epoch s], `links` by their numbers, `records` as JSON, `ids` as text ("" for none);
    `beats` are the times of heartbeats [epoch s].
    """

    __slots__ = ("beats", "ids", "links", "records", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.links: list[int] = []
        self.records: list[bytes] = []
        self.ids: list[Any] = []
        self.beats: list[int] = []

    def add(
        self,
        times: list[int],
        links: Sequence[int | None],
        records: list[bytes],
        ids: list[Any],
    ) -> None:
        """Add clicks; each has a link by now."""
        self.times += times
        self.links += cast("Sequence[int]", links)
        self.records += records
        self.ids += ids


class LogReader:
    """One pass over a log file, in bounded memory.

    Afterwards `digest` is the SHA-256 of the file's unpacked content, `size` its length [bytes],
    and `report` is complete, with notes of at most `most_notes` bad lines. Reading raises
    `OSError` if the file cannot be read, and `NotALog` if no click can be read from it.
    """

    def __init__(self, path: str, most_notes: int = MOST_NOTES) -> None:
        self.report = FileReport(path)
        self.size = 0
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
        begins is its `known_size`.
        """
        sizes = sorted(known)
        for block in unpacked(self.report.path, self._tell):
            while sizes and sizes[0] <= self.size + len(block):
                size = sizes.pop(0)
                until = self._sha.copy()
                until.update(block[: size - self.size])
                if until.hexdigest() in known[size]:
                    self.known_size = size
            self._sha.update(block)
            self.size += len(block)
        return self.digest

    def batches(self, links: Links, known_lines: int = 0) -> Iterator[Batch]:
        """The clicks and heartbeats behind the first `known_lines` lines."""
        self.report.known_lines = known_lines
        head = self._begun()
        if encoding_of(head) is None and is_binary(head):
            raise NotALog("binary data")
        text = as_utf8(chain((head,) if head else (), self._blocks), encoding_of(head))
        begun = next(text, b"")
        lines = self._seen(with_line_feeds(chain((begun,), text), begun))
        for chunk in chunks_of(lines):
            self.report.lines = max(self.report.lines, chunk.numbers[-1])
            left = chunk.behind(known_lines)
            if left.numbers:
                yield self._batch(left, links)

    def _begun(self) -> bytes:
        """The beginning of the content, long enough to tell what the rest is."""
        if self._head is None:
            head = b""
            while len(head) < _HEAD_BYTES and (block := next(self._blocks, b"")):
                head += block
            self._head = head
        return self._head

    def _hashed(self) -> Iterator[bytes]:
        return _ahead(self._unpacked())

    def _unpacked(self) -> Iterator[bytes]:
        for block in unpacked(self.report.path, self._tell):
            self._sha.update(block)
            self.size += len(block)
            yield block

    def _seen(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            if block:
                self._is_open = not block.endswith(b"\n")
            for start in range(0, len(block), BLOCK_BYTES):
                yield block[start : start + BLOCK_BYTES]

    def _tell(self, problem: str) -> None:
        self.report.problem = problem

    def _batch(self, chunk: Chunk, links: Links) -> Batch:
        """What a chunk holds; a record that is not as all others are is read exactly."""
        batch = Batch()
        self._last_fault = 0
        if chunk.fault:
            self._note(chunk.numbers[0], chunk.fault)
            return batch
        rows = _rows(chunk.records)
        numbers = links.of_rows(rows)
        times = list(map(_time_of, rows))
        ids = list(map(_id_of, rows))
        start = 0
        for at in _odd(numbers, times):
            batch.add(times[start:at], numbers[start:at], chunk.records[start:at], ids[start:at])
            self._read_exactly(chunk.numbers[at], chunk.records[at], rows[at], links, batch)
            start = at + 1
        batch.add(times[start:], numbers[start:], chunk.records[start:], ids[start:])
        if start < len(rows):  # the last record is a good one
            self._last_fault = 0
        batch.ids = [id_of(value) for value in batch.ids] if any(batch.ids) else []
        self.report.clicks += len(batch.times)
        self.report.heartbeats += len(batch.beats)
        return batch

    def _read_exactly(
        self, number: int, line: bytes, row: _Fields, links: Links, batch: Batch
    ) -> None:
        """Add what a line holds, or note why it is bad."""
        self._last_fault = 0
        if self._read_row(line, row, links, batch):
            return
        try:
            records = objects_of(line)
        except BadLine as bad:
            self._note(number, str(bad))
            return
        for record in records:
            try:
                found = record_of(record)
            except BadLine as bad:
                self.report.fields = self.report.fields or tuple(record)
                self._note(number, str(bad))
                return
            if isinstance(found, Heartbeat):
                batch.beats.append(found.t)
            else:
                batch.add([found.t], [links.number(found)], [line], [record.get("_id")])

    def _read_row(self, line: bytes, row: _Fields, links: Links, batch: Batch) -> bool:
        """Add a click of the feed's own form from its fields alone; whether it is one."""
        t = _time_of(row)
        if row[0] is None or row[1] is None or t is None:
            return False
        (link,) = links.of_rows([row])  # a line just before may have told
        if link is not None and 0 <= t < LATEST_SECOND:
            batch.add([t], [link], [line], [_id_of(row)])
            return True
        try:
            found = record_of(dict(zip(_Row.__struct_encode_fields__, row, strict=True)))
        except BadLine:
            return False
        assert isinstance(found, Click)
        link = links.number(found)
        links.learn(row, link)
        batch.add([found.t], [link], [line], [_id_of(row)])
        return True

    def _note(self, line: int, reason: str) -> None:
        report = self.report
        self._last_fault = line
        report.bad_count += 1
        if len(report.bad) < self._most_notes:
            report.bad.append(BadLineNote(report.path, line, reason))


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks; of a long file each is made by a thread while the one before is read.

    Reading, unpacking and hashing do not hold up other threads.
    """
    for _ in range(_FIRST_BLOCKS):
        first = next(blocks, None)
        if first is None:
            return
        yield first
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


def _odd(numbers: list[int | None], times: list[Any]) -> list[int]:
    """Where a click is of no known link, or has no plain time in seconds."""
    if set(map(type, times)) == {int} and min(times) >= 0 and max(times) < LATEST_SECOND:
        return [at for at, number in enumerate(numbers) if number is None]
    return [
        at
        for at, (number, t) in enumerate(zip(numbers, times, strict=True))
        if number is None or type(t) is not int or not 0 <= t < LATEST_SECOND
    ]


def _rows(records: list[bytes]) -> list[_Fields]:
    """The fields of each record; those of none for what is not plain JSON."""
    try:
        return list(map(_fields, map(_decode, records)))
    except _NOT_PLAIN:
        return [_row(record) for record in records]


def _row(record: bytes) -> _Fields:
    try:
        return _fields(_decode(record))
    except _NOT_PLAIN:
        return _NO_FIELDS
