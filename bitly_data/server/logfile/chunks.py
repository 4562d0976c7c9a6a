"""The records of a text, some hundred at a time, each as JSON with the number of its line.

Most logs have a record a line. A JSON array, and records that go over several lines, are read
value by value; of CSV with a header each row becomes a record by the header's names. Which of
these a text is, its beginning tells.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import orjson

from bitly_data.server.click_times import second_of
from bitly_data.server.clicklog import (
    FRAMES,
    KNOWN_NAMES,
    NEEDED,
    BadLine,
    can_be_click,
    objects_of,
)
from bitly_data.server.logfile.lines import LONGEST_LINE, Lines
from bitly_data.server.logfile.notes import NotALog

TOO_LONG: Final = "longer than 1 MiB"

_MARK: Final = b"\xef\xbb\xbf"
_ZEROS: Final = b"\0 \t\r\n"  # and blanks: what may stand before the first record
_ROWS: Final = 500  # records of a chunk that are not counted by blocks
_TEXT: Final = 4 * 1024 * 1024  # so long are the texts that are split into lines [bytes]
_AT_ONCE: Final = 8 * 1024 * 1024  # and so many lines are read at once [bytes]
# A long URL or a title in quotes goes over a few lines at most.
_MOST_LINES_OF_A_ROW: Final = 100
csv.field_size_limit(LONGEST_LINE)  # as long as a line may be; it is one limit for the process
_DELIMITERS: Final = (",", ";", "\t", "|")
# What may stand above a header: comments, blank lines, and Excel's word for what parts the columns.
_ABOVE_HEADER: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?(?:#.*|sep=.)?\s*\Z", re.IGNORECASE)
_MOST_ABOVE: Final = 20
_LONGEST_ROW: Final = 4096  # of one that tells a table: its time stands before that
_NAME: Final = re.compile(r"[A-Za-z_][\w .:/-]{0,60}")
_SHOWN_NAMES: Final = 12
# Where a text that is read value by value goes on after a fault: a line that begins a record or an
# array, or the next record of an array in one line.
_NEXT_VALUE: Final = re.compile(r"\n[ \t]*(?=[{\[])|\}\s*,\s*(?=\{)")
# The same where the fault is no record: then the next one is whole.
_NEXT_RECORD: Final = re.compile(r"\n[ \t]*(?=[{\[])|,\s*(?=\{\s*\")")
_BETWEEN: Final = re.compile(r"[\s,\[\]\ufeff\0]*")
# What makes a line bad behind a record: anything but the end of the line or of an array, and a
# comma or another record. Behind a comma only what ends the line: else it is a fault of its own.
_BLANKS: Final = re.compile(r"[ \t\r\0\ufeff]*")
_MORE: Final = re.compile(r"[^\n,\]{\[]|,[ \t\r,]*[^\s{\[\],][^\n{]{0,200}(?:\n|\Z)")
_LOOK_AHEAD: Final = 300  # characters, more than the pattern looks at


@dataclass(frozen=True)
class Chunk:
    """Some records and the numbers of their lines; or one line that is bad, and why."""

    numbers: Sequence[int]
    records: Sequence[bytes]
    fault: str | None = None

    def behind(self, line: int) -> Chunk:
        """What is behind the line of this number."""
        if self.numbers[0] > line:
            return self
        first = bisect_right(self.numbers, line)
        fault = self.fault if self.numbers[-1] > line else None
        return Chunk(self.numbers[first:], self.records[first:], fault)


_Blocks = Iterable[bytes]


def chunks_of(blocks: Iterator[bytes]) -> Iterator[Chunk]:
    """The records of UTF-8 text. Raises `NotALog` for CSV whose columns are not those of clicks."""
    head = next(blocks, b"")
    return way_of(head.removeprefix(_MARK))(chain([head.removeprefix(_MARK)], blocks))


def way_of(head: bytes) -> Callable[[_Blocks], Iterator[Chunk]]:
    """How a text is read that begins like this."""
    lines = [line for line in head.split(b"\n", 20) if line.strip()]
    if not lines:
        return lines_of
    if lines[0].lstrip(_ZEROS)[:1] in (b"{", b"["):
        return lines_of if _is_by_line(lines, head) else values_of
    return _way_of_table(head) or lines_of


def _way_of_table(head: bytes) -> Callable[[_Blocks], Iterator[Chunk]] | None:
    """How a table is read; `None` for what is none. Raises `NotALog` as `chunks_of` does."""
    lines = head.split(b"\n", _MOST_ABOVE)
    above = 0
    while above < len(lines) - 1 and _ABOVE_HEADER.match(lines[above]):
        above += 1
    names, delimiter = _header(lines[above])
    if not names:
        if _is_row(lines[above][:_LONGEST_ROW]) and b"\n{" not in head:
            raise NotALog(f"a table whose first line names no columns, but {NEEDED}")
        return None
    named = [name for name in names if name]
    if not can_be_click(named):
        raise NotALog(f"a table with the columns {names_text(named)}, but {NEEDED}")
    return lambda blocks: _rows_of(blocks, names, delimiter, above)


def _is_by_line(lines: Sequence[bytes], head: bytes) -> bool:
    """Whether the first line holds whole records, or the text does not begin with a whole one."""
    if _begins_pretty(*(line.strip() for line in lines[:2])):
        return False
    first = lines[1] if lines[0].strip() in FRAMES and len(lines) > 1 else lines[0]
    try:
        if objects_of(first):
            return True
    except BadLine:
        pass
    text = head.decode("utf-8", errors="replace").lstrip("\0 \t\r\n").removeprefix("[").lstrip()
    try:
        found, _ = json.JSONDecoder(parse_int=float).raw_decode(text)
    except (ValueError, RecursionError):
        return True
    return not isinstance(found, dict)


def _begins_pretty(first: bytes, second: bytes = b"") -> bool:
    """Whether two lines begin a record that goes over several, however broken that is."""
    if first == b"[":
        return second == b"{"
    return first.replace(b" ", b"") in (b"{", b"[{") and second.startswith(b'"')


# -- a record a line --------------------------------------------------------------------------


def lines_of(blocks: _Blocks) -> Iterator[Chunk]:
    """As many lines in a chunk as are read at once; one that is too long is named and not kept."""
    waiting: list[Lines] = []
    number = 1
    for lines in _lines_in(blocks):
        if lines:
            waiting.append(lines)
        if waiting and (not lines or sum(part.bytes for part in waiting) >= _AT_ONCE):
            first, parts = number, waiting
            number, waiting = number + sum(map(len, parts)), []
            yield _chunk_of(first, parts)
            del parts  # it may be large
        if not lines:
            yield Chunk((number,), [], TOO_LONG)
            number += 1
    if waiting:
        yield _chunk_of(number, waiting)


def _chunk_of(number: int, parts: Sequence[Lines]) -> Chunk:
    """Lines from this number on."""
    lines = Lines.together(parts)
    return Chunk(range(number, number + len(lines)), lines)


def _lines_in(blocks: _Blocks) -> Iterator[Lines]:
    """The lines of some blocks at a time; none stand for one that is too long."""
    rest, is_cut = b"", False
    for block in _together(blocks):
        if is_cut:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, is_cut = block[end + 1 :], False
        end = block.rfind(b"\n") + 1
        if end:
            # A line over the end of a block by itself: what is large is not copied.
            first = block.find(b"\n") + 1 if rest else 0
            for text in (rest + block[:first], memoryview(block)[first:end]):
                yield from Lines(text).within_limits()
            rest = b""
        rest += block[end:]
        if len(rest) > LONGEST_LINE:
            yield Lines()
            rest, is_cut = b"", True
    if rest:
        yield Lines(rest + b"\n")  # as it will be when more is written behind it


def _together(blocks: _Blocks) -> Iterator[bytes]:
    """The same text in larger blocks where they are small."""
    waiting: list[bytes] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= _TEXT:
            yield waiting[0] if len(waiting) == 1 else b"".join(waiting)
            waiting = []
    yield b"".join(waiting)


# -- values -----------------------------------------------------------------------------------


def values_of(blocks: _Blocks) -> Iterator[Chunk]:
    """The objects of a text, in arrays or side by side, with the number of the line they begin in.

    A fault costs the object that it is in; no object is longer than a line can be.
    """
    decoder, window, number = json.JSONDecoder(parse_int=float), _Window(iter(blocks)), 1
    numbers: list[int] = []
    records: list[bytes] = []
    while True:
        number += window.skip(_BETWEEN)
        if window.is_empty:
            if window.fill():
                continue
            break
        record = _value(window, decoder)
        if record is None or _has_more(window):
            if records:
                yield Chunk(numbers, records)
                numbers, records = [], []
            yield Chunk((number,), [], "not JSON")
            number += (record or "").count("\n") + _resume(window)
            continue
        numbers.append(number)
        records.append(record.encode("utf-8", errors="replace"))
        number += record.count("\n")
        if len(records) == _ROWS:
            yield Chunk(numbers, records)
            numbers, records = [], []
    if records:
        yield Chunk(numbers, records)


class _Window:
    """The part of a text that is looked at: from `at` on, some blocks long at most."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self.text = ""
        self.at = 0

    @property
    def is_empty(self) -> bool:
        return self.at >= len(self.text)

    def fill(self) -> bool:
        """Take one block more; whether there was one."""
        block = next(self._blocks, None)
        if block is None:
            return False
        self.text = self.text[self.at :] + self._decode(block)
        self.at = 0
        return True

    def skip(self, pattern: re.Pattern[str]) -> int:
        """Go behind a match that begins here; how many lines end in it."""
        found = pattern.match(self.text, self.at)
        return self.go(found.end()) if found else 0

    def go(self, end: int) -> int:
        """Go on to `end`; how many lines end on the way."""
        lines = self.text.count("\n", self.at, end)
        self.at = end
        return lines


def _value(window: _Window, decoder: json.JSONDecoder) -> str | None:
    """The text of the object that begins here, and the window behind it; `None`: there is none."""
    while window.text[window.at] == "{":
        try:
            _, end = decoder.raw_decode(window.text, window.at)
        except RecursionError:
            return None
        except ValueError:
            # Perhaps its end is still to come.
            if len(window.text) - window.at > LONGEST_LINE or not window.fill():
                return None
            continue
        text = window.text[window.at : end]
        window.at = end
        return text
    return None


def _has_more(window: _Window) -> bool:
    """Whether something stands on its line behind the record that ends here."""
    window.skip(_BLANKS)
    if len(window.text) - window.at < _LOOK_AHEAD and window.fill():
        window.skip(_BLANKS)
    return _MORE.match(window.text, window.at) is not None


def _resume(window: _Window) -> int:
    """Go on to where the next value may begin; how many lines end on the way."""
    lines = 0
    pattern = _NEXT_VALUE if window.text[window.at] == "{" else _NEXT_RECORD
    while True:
        found = pattern.search(window.text, window.at)
        if found is not None:
            return lines + window.go(found.end())
        # What the pattern needs to see whole stays.
        lines += window.go(max(window.at, len(window.text) - 1))
        if not window.fill():
            return lines + window.go(len(window.text))


# -- a table ----------------------------------------------------------------------------------


def _header(line: bytes) -> tuple[list[str], str]:
    """The names of the columns, and what stands between them; none where it is no header."""
    text = line.decode("utf-8", errors="replace").strip("\r\n\ufeff ")
    for delimiter in _DELIMITERS:
        try:
            names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])]
        except csv.Error:
            continue
        while names and not names[-1]:
            names.pop()  # a comma ends each line
        if len(names) > 1 and all(_NAME.fullmatch(name) for name in names):
            return [_known(name) for name in names], delimiter
    return [], ""


def _known(name: str) -> str:
    return name.lower() if name.lower() in KNOWN_NAMES else name


def _rows_of(blocks: _Blocks, names: Sequence[str], delimiter: str, above: int) -> Iterator[Chunk]:
    """The rows of a table below its header, as JSON; an empty field is none.

    `above` is how many lines stand above the header.
    """
    source = _Source(_text_lines(blocks))
    for _ in range(above + 1):
        source.taken.clear()
        next(source, None)
    numbers: list[int] = []
    records: list[bytes] = []
    while True:
        number = source.number + 1
        row, fault = _row_of(source, len(names), delimiter)
        if row:
            numbers.append(number)
            fields = {name: text for name, text in zip(names, row, strict=True) if text}
            records.append(orjson.dumps(fields))
        if records and (fault or row is None or len(records) >= _ROWS):
            yield Chunk(numbers, records)
            numbers, records = [], []
        if fault:
            yield Chunk((number,), [], fault)
        if row is None:
            return


class _Source(Iterator[str]):
    """The lines of a table, of which one row takes some; what it took can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.number = 0  # of the line that was taken last
        self.taken: list[str] = []

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES_OF_A_ROW:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
        self.number += 1
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """All lines of a row but its first."""
        behind = self.taken[1:]
        self._again.extendleft(reversed(behind))
        self.number -= len(behind)


def _row_of(source: _Source, columns: int, delimiter: str) -> tuple[list[str] | None, str | None]:
    """The next row, empty if it is blank or bad, and what is wrong with it; `None` at the end.

    A quote that nothing ends costs its line alone, and not all that is behind it.
    """
    source.taken.clear()
    try:
        row = next(csv.reader(source, delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        source.give_back()
        if "field larger" in str(error):
            return [], TOO_LONG
        try:  # a quote in the middle of a field is a letter
            row = _tidy(next(csv.reader(source.taken[:1], delimiter=delimiter), []), columns)
        except csv.Error:
            return [], "no row of a table"
        if len(row) == columns and not row[-1].endswith("\n"):
            return row, None
        return [], "a quote that does not end"
    if not row:
        return row, None
    row = _tidy(row, columns)
    if len(row) == columns:
        return row, None
    source.give_back()
    return [], f"{len(row):,} columns in place of {columns:,}"


def _is_row(line: bytes) -> bool:
    """Whether a line is a row of a table of clicks, as far as its time tells."""
    text = line.decode("utf-8", errors="replace").strip("\r\n\ufeff ")
    for delimiter in _DELIMITERS:
        try:
            fields = next(csv.reader([text], delimiter=delimiter), []) if delimiter in text else []
        except csv.Error:
            continue
        if len(fields) > 1 and any(second_of(field) is not None for field in fields):
            return True
    return False


def _tidy(row: list[str], columns: int) -> list[str]:
    """A row without empty fields behind the last column: each line may end in a comma."""
    while len(row) > columns and not row[-1]:
        row.pop()
    return row


def _text_lines(blocks: _Blocks) -> Iterator[str]:
    """The lines of a table, which may be parts of a quoted field, with their ends."""
    for chunk in lines_of(blocks):
        if chunk.fault:
            yield "\n"
        for line in chunk.records:
            yield line.removeprefix(_MARK).decode("utf-8", errors="replace").replace("\0", "")


def names_text(names: Iterable[str]) -> str:
    """Names of fields as a list in words, no more of them than anybody reads."""
    shown = ["".join(sign for sign in name if sign.isprintable())[:40] for name in names]
    if len(shown) > _SHOWN_NAMES:
        shown = [*shown[:_SHOWN_NAMES], f"{len(shown) - _SHOWN_NAMES:,} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
