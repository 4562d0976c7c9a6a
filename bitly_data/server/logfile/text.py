"""Content as UTF-8 whose lines end in a line feed, whatever the encoding and the line ends."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

_MARKS: Final = (  # the longer first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# So much of the beginning tells UTF-16 without a mark.
_SAMPLE_BYTES: Final = 1024
# How the records of a log begin, whatever letters follow.
_RECORD: Final = re.compile(r"\s*(?:\[\s*)?\{\s*\"")
# Where another encoding begins, because a program that writes one wrote behind lines of another:
# a byte order mark before a record, or a record whose zeros stand elsewhere than those before.
_TO_16: Final = re.compile(rb'(?P<be>(?:\xfe\xff)?\0\{\0")|(?P<le>(?:\xff\xfe)?\{\0"\0)')
_TO_8: Final = {
    "utf-16-le": re.compile(rb'(?<=[\n}\]]\0)[ \t\r\n]{0,8}(?:\xef\xbb\xbf)?\{"'),
    "utf-16-be": re.compile(rb'(?<=\0[\n}\]])[ \t\r\n]{0,8}(?:\xef\xbb\xbf)?\{"'),
}
# Longer than what these look at; so much is kept of a block until the next is there [bytes].
_KEPT: Final = 16


def encoding_of(head: bytes) -> str | None:
    """The encoding of content that begins like this; `None` for UTF-8 and its kin."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if _RECORD.match(head[:_SAMPLE_BYTES].decode("utf-8", errors="replace")):
        return None
    for name in _TO_8:
        if _RECORD.match(head[:_SAMPLE_BYTES].decode(name, errors="replace")):
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
    """The same text in UTF-8; what is no character becomes a replacement character.

    `encoding` is that of the beginning. Where records of another begin, these are read by theirs.
    """
    return _plain(iter(blocks)) if encoding is None else _decoded(iter(blocks), encoding, b"")


def _plain(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-8 as it is, up to where UTF-16 begins."""
    before = b""
    for block in blocks:
        # Zeros are in no plain log. What tells UTF-16 may lie over the end of a block.
        if len(block) >= _KEPT and b"\0" not in block:
            if before:
                yield before
            before = block
            continue
        text = before + block
        found = _TO_16.search(text)
        if found is not None:
            yield text[: found.start()]
            name = "utf-16-be" if found["be"] else "utf-16-le"
            yield from _decoded(blocks, name, text[found.start() :])
            return
        if len(text) > _KEPT:
            yield text[:-_KEPT]
        before = text[-_KEPT:]
    yield before


def _decoded(blocks: Iterator[bytes], encoding: str, begun: bytes) -> Iterator[bytes]:
    """Text that is not UTF-8, up to where UTF-8 begins; `begun` is its beginning."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    switch = _TO_8.get(encoding)
    seen = kept = b""  # the last bytes that were decoded, and those that are not yet
    for block in chain((begun,) if begun else (), blocks):
        text = seen + kept + block
        found = switch.search(text) if switch is not None else None
        if found is not None:
            part = text[len(seen) : found.start()]
            yield decoder.decode(part, final=True).encode("utf-8", errors="replace")
            yield from _plain(chain((text[found.start() :],), blocks))
            return
        end = max(len(seen), len(text) - _KEPT)
        if decoded := decoder.decode(text[len(seen) : end]):
            yield decoded.encode("utf-8", errors="replace")
        seen, kept = text[:end][-_KEPT:], text[end:]
    yield decoder.decode(kept, final=True).encode("utf-8", errors="replace")


def with_line_feeds(blocks: Iterable[bytes], head: bytes) -> Iterator[bytes]:
    """The same with line feeds for line ends, where its beginning has none.

    `head` is the beginning. Before a line feed a carriage return is white space to JSON, and stays.
    """
    only_returns = b"\r" in head and b"\n" not in head
    return (block.replace(b"\r", b"\n") for block in blocks) if only_returns else iter(blocks)
