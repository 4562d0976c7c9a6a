"""A file's content without its compression, in blocks of bounded size.

What it is compressed by is told by content: feeds have named gzip files without .gz, and the
reverse. What is no text is refused by its name.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import BinaryIO, Final

import pyarrow as pa

from bitly_data.server.logfile.notes import NotALog

BLOCK_BYTES: Final = 512 * 1024
# What is not compressed comes in larger blocks: threads that wait for each other seldom meet.
_RAW_BYTES: Final = 4 * 1024 * 1024
# What names a format lies in the first bytes; that of a tar archive ends at 265.
_HEAD_BYTES: Final = 512
# `xz -9` unpacks in 65 MiB; a file that wants more was made to use up memory.
_MOST_MEMORY: Final = 128 * 1024 * 1024

DAMAGED: Final = "the compressed file is damaged"
TOO_LARGE: Final = "the compressed file needs more than 128 MiB of memory"
CUT_OFF: Final = "the compressed file ends too early"

_REFUSED: Final = (
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x1f\x9d", "a file packed by compress"),
    (0, b"LZIP", "a file packed by lzip"),
    (0, b"\x89LZO", "a file packed by lzop"),
    (0, b"\xff\x06\x00\x00sNaPpY", "a file packed by Snappy"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"SQLite format 3\x00", "an SQLite database"),
    (8, b"DUCK", "a DuckDB database"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"Obj\x01", "an Avro file"),
    (0, b"ORC", "an ORC file"),
    (0, b"%PDF", "a PDF file"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"\x7fELF", "a program"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
)
_XML: Final = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "XML"))

_Report = Callable[[str], None]
_Unpack = Callable[[BinaryIO, _Report], Iterator[bytes]]


def unpacked(path: str, on_problem: _Report) -> Generator[bytes]:
    """The content in blocks of some megabytes at most, up to where it is damaged or breaks off.

    That is told to `on_problem`, in a few words. Raises `NotALog` for what is no text, and
    `OSError` if the file cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        unpack = _method(head)
        if unpack is None:
            refuse(head)
            yield from _raw(file, _RAW_BYTES)
            return
        blocks = unpack(file, on_problem)
        first = next(blocks, b"")
        if _method(first) is not None:
            raise NotALog("a compressed file in a compressed file")
        refuse(first)
        if first:
            yield first
        yield from blocks


def refuse(head: bytes) -> None:
    """Raise `NotALog` with the name of a format whose files begin like this, if it is no text."""
    for at, magic, name in _REFUSED:
        if head.startswith(magic, at):
            raise NotALog(name)
    start = head[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for text, name in _XML:
        if start.startswith(text):
            raise NotALog(name)


def _method(head: bytes) -> _Unpack | None:
    """How the content is unpacked that begins like this; `None`: it is not compressed."""
    if head.startswith(b"\x1f\x8b"):
        return _gunzipped
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return _bunzipped
    # xz, and the older .lzma, whose files begin with its usual properties and a dictionary size.
    if head.startswith((b"\xfd7zXZ\x00", b"\x5d\x00\x00")):
        return _unxzed
    if head.startswith((b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")):
        return _by_arrow
    return None


def _raw(file: BinaryIO, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    return iter(lambda: file.read(size), b"")


def _gunzipped(file: BinaryIO, on_problem: _Report) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    for data in _raw(file):
        while data:
            if unpacker.eof:  # a gzip file may hold several streams, and zeros after them
                data = data.lstrip(b"\0")
                if not data:
                    break
                unpacker = zlib.decompressobj(wbits=31)
            before = unpacker.copy()
            try:
                block = unpacker.decompress(data, BLOCK_BYTES)
            except zlib.error:
                yield from _salvage(before, data)
                on_problem(DAMAGED)
                return
            if block:
                yield block
            data = unpacker.unconsumed_tail or unpacker.unused_data
    try:
        # What is decoded already, and did not fit into the last block.
        while not unpacker.eof and (block := unpacker.decompress(b"", BLOCK_BYTES)):
            yield block
    except zlib.error:
        on_problem(DAMAGED)
        return
    if not unpacker.eof:
        on_problem(CUT_OFF)


def _salvage(unpacker: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What `data` gives before its first fault. zlib drops the output of a call that fails."""
    try:
        for at in range(len(data)):
            piece = unpacker.decompress(data[at : at + 1])
            if piece:
                yield piece
    except zlib.error:
        pass


def _bunzipped(file: BinaryIO, on_problem: _Report) -> Iterator[bytes]:
    return _streams(file, on_problem, bz2.BZ2Decompressor)


def _unxzed(file: BinaryIO, on_problem: _Report) -> Iterator[bytes]:
    return _streams(file, on_problem, lambda: lzma.LZMADecompressor(memlimit=_MOST_MEMORY))


def _streams(
    file: BinaryIO,
    on_problem: _Report,
    make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
) -> Iterator[bytes]:
    unpacker = make()
    for data in _raw(file):
        while data or not (unpacker.needs_input or unpacker.eof):
            if unpacker.eof:  # several streams, as of gzip
                data = data.lstrip(b"\0")
                if not data:
                    break
                unpacker = make()
            try:
                block = unpacker.decompress(data, BLOCK_BYTES)
            except (OSError, ValueError, EOFError, lzma.LZMAError) as error:
                on_problem(TOO_LARGE if "Memory usage limit" in str(error) else DAMAGED)
                return
            if block:
                yield block
            data = unpacker.unused_data if unpacker.eof else b""
    if not unpacker.eof:
        on_problem(CUT_OFF)


def _by_arrow(file: BinaryIO, on_problem: _Report) -> Iterator[bytes]:
    """Zstandard and LZ4, which Python's own library lacks."""
    codec = "zstd" if file.read(1) == b"\x28" else "lz4"
    file.seek(0)
    with closing(pa.CompressedInputStream(pa.PythonFile(file, mode="r"), codec)) as stream:
        while True:
            try:
                block = stream.read(BLOCK_BYTES)
            except (OSError, pa.ArrowException) as error:
                on_problem(CUT_OFF if "truncated" in str(error).lower() else DAMAGED)
                return
            if not block:
                return
            yield block
