"""Reading click logs: JSON lines, plain or gzip, one click or heartbeat a line.

A click is an object with `t` (epoch second), `h` (hash) and `hh` (short domain), and optionally
`l` (login), `u` (long URL), `hc` (creation, epoch second), `title` and `kw` (the custom back-half
that the click came by); every other key is ignored.
A heartbeat is `{"_heartbeat_": epoch}`. The form is that of the public 1.usa.gov click feed.

A bad line is counted and named; it never stops the reading, and never costs a good one.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import orjson

# 1 January 9999: Python's calendar ends a year later, and local time needs room for offsets.
LATEST_SECOND: Final = 253_370_764_800

_GZIP_MAGIC: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLOCK_BYTES: Final = 256 * 1024
# So many bad lines of one import are noted: some megabytes of notes, and more than anybody reads.
MOST_NOTES: Final = 10_000
_LONGEST_KEYWORD: Final = 200
_NOT_IN_KEYWORD: Final = frozenset("/?#% ")


class Click(NamedTuple):
    """One click line. Absent text is "", an absent creation is 0."""

    t: int  # [epoch s]
    host: str  # short domain, lower case
    hash: str
    login: str
    url: str
    destination: str  # host of `url`, lower case
    title: str
    created: int  # what the line says about the link's creation [epoch s]
    keyword: str  # the custom back-half of the click, "" where it came by the hash


class Heartbeat(NamedTuple):
    """The feed was alive at `t` [epoch s]."""

    t: int


class BadLine(ValueError):
    """The line is neither a click nor a heartbeat."""


@dataclass(frozen=True, slots=True)
class BadLineNote:
    """Which line could not be read and why; nothing of the line itself.

    `file` is its path, `line` its number (the first is 1) and `reason` a few words.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason}"


@dataclass
class FileReport:
    """What one file held.

    `bad` notes the first bad lines, at most `MOST_NOTES` in a whole import; `bad_count` counts
    them all. `problem` says what is wrong with the file as a whole, such as a
    gzip stream that breaks off; what was readable before that is in.
    """

    path: str
    lines: int = 0
    clicks: int = 0
    heartbeats: int = 0
    bad: list[BadLineNote] = field(default_factory=list)
    bad_count: int = 0
    problem: str | None = None
    skipped_as_known: bool = False


def parse_line(line: bytes) -> Click | Heartbeat:
    """The click or heartbeat of one line that is not blank. Raises `BadLine`."""
    record = _decode(line)
    if not isinstance(record, dict):
        raise BadLine("not a JSON object")
    if "_heartbeat_" in record and "h" not in record:
        return Heartbeat(_second("_heartbeat_", record["_heartbeat_"]))
    host, link_hash = _host(record.get("hh")), record.get("h")
    if not (host and isinstance(link_hash, str) and link_hash):
        raise BadLine("no link in hh and h")
    url = _text(record.get("u"))
    return Click(
        t=_second("t", record.get("t")),
        host=host,
        hash=link_hash,
        login=_text(record.get("l")),
        url=url,
        destination=destination_host(url),
        title=_text(record.get("title")),
        created=_optional_second(record.get("hc")),
        keyword=_keyword(record.get("kw"), link_hash),
    )


def _decode(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    # The standard library takes what orjson refuses: other byte values, NaN, lone surrogates.
    try:
        record = json.loads(line.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise BadLine("not JSON") from error
    if not isinstance(record, dict):
        return record
    return {
        key: _storable(value) if isinstance(value, str) else value for key, value in record.items()
    }


def _host(value: object) -> str:
    """A host as questions name it: in small letters, without the dot that may end it."""
    return _text(value).strip().lower().rstrip(".")


def _second(name: str, value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # bool is an int to Python, but `true` is no time.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < LATEST_SECOND:
        raise BadLine(f"{name} is not a time in seconds since 1970")
    return value


def _optional_second(value: object) -> int:
    try:
        return _second("hc", value)
    except BadLine:
        return 0


def _keyword(value: object, link_hash: str) -> str:
    """A custom back-half that an address can hold as it is, or ""."""
    keyword = _text(value)
    plain = (
        keyword.isprintable()
        and len(keyword) <= _LONGEST_KEYWORD
        and _NOT_IN_KEYWORD.isdisjoint(keyword)
        and not keyword.endswith("+")
    )
    return keyword if plain and keyword not in (link_hash, ".", "..") else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 database can hold."""
    return text.encode("utf-8", errors="replace").decode()


@lru_cache(maxsize=65_536)
def destination_host(url: str) -> str:
    """The host of a long URL in lower case; "" where there is none."""
    try:
        host = urlsplit(url.strip()).hostname
    except ValueError:  # e.g. an unbalanced bracket
        return ""
    return (host or "").rstrip(".")


class LogReader:
    """One pass over a log file, in constant memory.

    Afterwards `digest` is the SHA-256 of the file's unpacked content, and `report` is complete,
    with notes of at most `most_notes` bad lines. Reading raises `OSError` if the file cannot be
    read at all.
    """

    def __init__(self, path: str, most_notes: int = MOST_NOTES) -> None:
        self.report = FileReport(path)
        self._most_notes = most_notes
        self._sha = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()

    def read_through(self) -> str:
        """Read without looking at the lines; returns the digest."""
        for block in self._unpacked():
            self._sha.update(block)
        return self.digest

    def records(self) -> Iterator[Click | Heartbeat]:
        """The good lines in file order."""
        report = self.report
        for line in self._lines():
            report.lines += 1
            if not line.strip():
                continue
            try:
                record = parse_line(line)
            except BadLine as bad:
                self._note(str(bad))
                continue
            if isinstance(record, Click):
                report.clicks += 1
            else:
                report.heartbeats += 1
            yield record

    def _note(self, reason: str) -> None:
        report = self.report
        report.bad_count += 1
        if len(report.bad) < self._most_notes:
            report.bad.append(BadLineNote(report.path, report.lines, reason))

    def _lines(self) -> Iterator[bytes]:
        first = True
        rest: list[bytes] = []  # pieces of the line that is not ended yet
        for block in self._unpacked():
            self._sha.update(block)
            if first:
                first, block = False, block.removeprefix(_BYTE_ORDER_MARK)
            *lines, tail = block.split(b"\n")
            if lines:
                yield b"".join([*rest, lines[0]])
                yield from lines[1:]
                rest = []
            rest.append(tail)
        last = b"".join(rest)
        if last:
            yield last

    def _unpacked(self) -> Iterator[bytes]:
        with open(self.report.path, "rb") as file:
            # By content: feeds have named gzip files without .gz, and the reverse.
            packed = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            raw = iter(lambda: file.read(_BLOCK_BYTES), b"")
            yield from self._gunzipped(raw) if packed else raw

    def _gunzipped(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        """The content of a gzip file, up to where it is damaged or breaks off."""
        unpacker = zlib.decompressobj(wbits=31)
        for data in raw:
            while data:
                if unpacker.eof:  # a gzip file may hold several streams, and zeros after them
                    data = data.lstrip(b"\0")
                    if not data:
                        break
                    unpacker = zlib.decompressobj(wbits=31)
                before = unpacker.copy()
                try:
                    block = unpacker.decompress(data)
                except zlib.error:
                    yield _salvage(before, data)
                    self.report.problem = "the compressed file is damaged"
                    return
                if block:
                    yield block
                data = unpacker.unused_data
        if not unpacker.eof:
            self.report.problem = "the compressed file ends too early"


def _salvage(unpacker: zlib._Decompress, data: bytes) -> bytes:
    """What `data` gives before its first fault. zlib drops the output of a call that fails."""
    out = []
    try:
        for at in range(len(data)):
            out.append(unpacker.decompress(data[at : at + 1]))  # noqa: PERF401 - keeps what came
    except zlib.error:
        pass
    return b"".join(out)
