"""Some lines of a text, which are looked at together and split only if one of them is wanted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, overload

import numpy as np
import pyarrow as pa

_FEED: Final = ord("\n")
_RETURN: Final = ord("\r")
_OPEN: Final = ord("{")
_CLOSE: Final = ord("}")


class Lines(Sequence[bytes]):
    """The lines of a text that ends with a line feed, or is empty; each with its own."""

    def __init__(self, text: bytes = b"") -> None:
        self.text = text
        self._signs = np.frombuffer(text, dtype=np.uint8)
        self._ends = np.flatnonzero(self._signs == _FEED) + 1

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> bytes: ...

    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...

    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        return self._split[at]

    @cached_property
    def _split(self) -> list[bytes]:
        return io.BytesIO(self.text).readlines()

    @property
    def are_objects(self) -> bool:
        """Whether each line begins and ends as a JSON object does.

        Then no object goes over several lines: within one, what is behind a closing brace is no
        opening one.
        """
        last = self._signs[self._ends - 2]
        if last[0] == _RETURN:
            last = np.where(last == _RETURN, self._signs[self._ends - 3], last)
        begin = self._signs[0] == _OPEN and (self._signs[self._ends[:-1]] == _OPEN).all()
        return bool(begin and (last == _CLOSE).all())

    def without(self, most: int) -> Iterator[Lines]:
        """The lines in parts, with none in place of each that is longer than `most` [bytes]."""
        lengths = np.diff(self._ends, prepend=0)
        start = 0
        for at in np.flatnonzero(lengths > most).tolist():
            end = int(self._ends[at])
            if end - lengths[at] > start:
                yield Lines(self.text[start : end - int(lengths[at])])
            yield Lines()
            start = end
        if start == 0:
            yield self
        elif start < len(self.text):
            yield Lines(self.text[start:])

    def as_array(self) -> pa.BinaryArray:
        """The same lines for a database, without a copy."""
        offsets = np.zeros(len(self) + 1, dtype=np.int32)
        offsets[1:] = self._ends
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.text)]
        return pa.BinaryArray.from_buffers(pa.binary(), len(self), buffers)


def bytes_of(records: Sequence[bytes]) -> int:
    """How much memory lines or records take."""
    return len(records.text) if isinstance(records, Lines) else sum(map(len, records))


def as_array(records: Sequence[bytes]) -> pa.BinaryArray:
    """Lines, or records that were found otherwise, for a database."""
    if isinstance(records, Lines):
        return records.as_array()
    return pa.array(list(records), pa.binary())
