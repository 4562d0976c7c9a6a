"""Content as UTF-8 whose lines end in a line feed, whatever the encoding and the line ends."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Final

_MARKS: Final = (  # the longer first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# So much of the beginning tells UTF-16 without a mark.
_SAMPLE_BYTES: Final = 1024


def encoding_of(head: bytes) -> str | None:
    """The encoding of content that begins like this; `None` for UTF-8 and its kin."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    even, odd = head[0:_SAMPLE_BYTES:2], head[1:_SAMPLE_BYTES:2]
    # Of text in Latin letters every other byte is zero; in UTF-8 none is.
    if len(odd) > 1 and odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if len(even) > 1 and even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def is_binary(head: bytes) -> bool:
    """Whether content that begins like this, and is not UTF-16, is no text at all.

    A text may hold a stray zero, where a disk was full or a file was cut off, but begins as one.
    """
    return head[:_SAMPLE_BYTES].count(b"\0") > 3 and not head.lstrip(
        b"\0 \t\r\n\xef\xbb\xbf"
    ).startswith((b"{", b"["))


def as_utf8(blocks: Iterable[bytes], encoding: str | None) -> Iterator[bytes]:
    """The same text in UTF-8; what is no character becomes a replacement character."""
    if encoding is None:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", errors="replace")
    yield decoder.decode(b"", final=True).encode("utf-8", errors="replace")


def with_line_feeds(blocks: Iterable[bytes], head: bytes) -> Iterator[bytes]:
    """The same with line feeds for line ends, where its beginning has none.

    `head` is the beginning. Before a line feed a carriage return is white space to JSON, and stays.
    """
    only_returns = b"\r" in head and b"\n" not in head
    return (block.replace(b"\r", b"\n") for block in blocks) if only_returns else iter(blocks)
