"""Some lines of a text, which are looked at together and taken apart only if one is wanted."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import Final, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

# No click needs more: its longest parts are two URLs and the name of a browser.
LONGEST_LINE: Final = 1024 * 1024

Text = bytes | memoryview

_FEED: Final = ord("\n")
_SIGHT: Final = 256 * 1024  # so much is looked through at once: it stays near the processor [bytes]


class Lines(Sequence[bytes]):
    """The lines of texts that each end with a line feed; each line with its own."""

    def __init__(self, *texts: Text) -> None:
        self.texts = [text for text in texts if text]
        self._ends = [_ends_of(text) for text in self.texts]

    @staticmethod
    def together(parts: Sequence[Lines]) -> Lines:
        """The lines of all parts, one below another."""
        lines = Lines()
        lines.texts = [text for part in parts for text in part.texts]
        lines._ends = [ends for part in parts for ends in part._ends]
        return lines

    @cached_property
    def _firsts(self) -> list[int]:
        """The place of each text's first line, and how many lines there are."""
        return [0, *accumulate(map(len, self._ends))]

    def __len__(self) -> int:
        return self._firsts[-1]

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(map(io.BytesIO, self.texts))

    @overload
    def __getitem__(self, at: int) -> bytes: ...

    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...

    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        if isinstance(at, slice):
            return list(self)[at]
        if not 0 <= at < len(self):
            raise IndexError(at)
        which = bisect_right(self._firsts, at) - 1
        place = at - self._firsts[which]
        ends = self._ends[which]
        return bytes(self.texts[which][ends[place - 1] if place else 0 : ends[place]])

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        return sum(map(len, self.texts))

    def within_limits(self) -> Iterator[Lines]:
        """The lines in parts, with none in place of each that is too long."""
        for text, ends in zip(self.texts, self._ends, strict=True):
            lengths = np.diff(ends, prepend=0)
            start = 0
            for at in np.flatnonzero(lengths > LONGEST_LINE).tolist():
                end = int(ends[at])
                if end - lengths[at] > start:
                    yield Lines(text[start : end - int(lengths[at])])
                yield Lines()
                start = end
            if start == 0 and len(self.texts) == 1:
                yield self
            elif start < len(text):
                yield Lines(text[start:])

    def as_arrays(self) -> list[pa.BinaryArray]:
        """The same lines for a database, without a copy."""
        return [_array_of(*part) for part in zip(self.texts, self._ends, strict=True)]


def _ends_of(text: Text) -> npt.NDArray[np.int64]:
    """Where the lines of a text end, behind their line feeds."""
    signs = np.frombuffer(text, dtype=np.uint8)
    found = [
        np.flatnonzero(signs[start : start + _SIGHT] == _FEED) + (start + 1)
        for start in range(0, len(text), _SIGHT)
    ]
    return np.concatenate(found)


def _array_of(text: Text, ends: npt.NDArray[np.int64]) -> pa.BinaryArray:
    offsets = np.zeros(len(ends) + 1, dtype=np.int32)
    offsets[1:] = ends
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.BinaryArray.from_buffers(pa.binary(), len(ends), buffers)


def bytes_of(records: Sequence[bytes]) -> int:
    """How much memory lines or records take."""
    return records.bytes if isinstance(records, Lines) else sum(map(len, records))


def as_table(*parts: Sequence[bytes]) -> pa.Table:
    """Lines, or records that were found otherwise, for a database: the column `record`."""
    arrays = [
        array
        for part in parts
        for array in (
            part.as_arrays() if isinstance(part, Lines) else [pa.array(part, pa.binary())]
        )
    ]
    return pa.table({"record": pa.chunked_array(arrays, pa.binary())})
