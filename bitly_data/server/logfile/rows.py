"""Records as rows of the fields that matter, many lines at a time, and the links they are of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from bitly_data.server.clicklog import LATEST_SECOND, BadLine, Click, record_of
from bitly_data.server.logfile.lines import Lines

Numbers = npt.NDArray[np.int64]

# In place of a number: the link of a row that is not known yet, the time of one without.
NONE: Final = -1
# Links that are known by what their lines say; a log with more begins to learn them anew.
MOST_LINKS: Final = 200_000
# The same for their long URLs, of which a line may have a mebibyte.
MOST_LETTERS: Final = 50_000_000


class _Row(msgspec.Struct, gc=False):
    """What the feed's own records say, in the order in which it is looked at.

    Decoded into it, a line takes a seventh of the time that a dictionary of all its keys takes. A
    record that has something else than these types is read exactly.
    """

    hh: str | None = None
    # A null is read exactly: what has an `h` is no heartbeat.
    h: str = msgspec.field(default=None)  # type: ignore[assignment]
    l: str | None = None  # noqa: E741 - the feed's name
    u: str | None = None
    long_url: str | None = None
    title: str | None = None
    hc: int | None = None
    kw: str | None = None
    t: int = NONE
    id: Any = msgspec.field(default=None, name="_id")
    beat: int | None = msgspec.field(default=None, name="_heartbeat_")


Fields = tuple[Any, ...]
_fields: Final = msgspec.structs.astuple
_LINK_NAMES: Final = _Row.__struct_encode_fields__[:8]
_link_of: Final = itemgetter(slice(0, 8))  # what a row says of its link
time_of: Final = itemgetter(8)
id_in: Final = itemgetter(9)
_beat_of: Final = itemgetter(10)
_NO_FIELDS: Final[Fields] = _fields(_Row())
_NOT_PLAIN: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_decoder: Final = msgspec.json.Decoder(_Row)


def rows_of(records: Sequence[bytes]) -> list[Fields]:
    """The fields of each record; those of none for what is not plain JSON."""
    if isinstance(records, Lines) and records.are_objects:
        try:
            rows = _decoder.decode_lines(records.text)
        except _NOT_PLAIN:
            pass
        else:
            if len(rows) == len(records):  # else a line holds several
                return list(map(_fields, rows))
    return [_row_of(record) for record in records]


def _row_of(record: bytes) -> Fields:
    try:
        return _fields(_decoder.decode(record))
    except _NOT_PLAIN:
        return _NO_FIELDS


def times_of(rows: Sequence[Fields]) -> Numbers:
    """The time of each row [epoch s], -1 where there is none that a click can have."""
    times = list(map(time_of, rows))
    try:
        found = np.array(times, dtype=np.int64)
    except OverflowError:
        found = np.array([t if 0 <= t < LATEST_SECOND else NONE for t in times], dtype=np.int64)
    found[(found < 0) | (found >= LATEST_SECOND)] = NONE
    return found


def beat_of(row: Fields) -> int | None:
    """The time of a row that is a heartbeat [epoch s]."""
    beat: int | None = _beat_of(row)
    if beat is None or row[1] is not None or not 0 <= beat < LATEST_SECOND:
        return None
    return beat


class Links:
    """The distinct links of some clicks, by number: everything that a line says but its time.

    `clicks` are the links as clicks without a time.
    """

    def __init__(self) -> None:
        self.clicks: list[Click] = []
        self._numbers: dict[Click, int] = {}
        self._by_row: dict[Fields, int] = {}  # the same numbers, by a row as it was decoded
        self._letters = 0  # of their long URLs

    def of_rows(self, rows: Sequence[Fields]) -> Numbers:
        """The numbers of the links of some rows; -1 for one that is not known yet."""
        numbers = map(self._by_row.get, map(_link_of, rows), repeat(NONE))
        return np.fromiter(numbers, np.int64, len(rows))

    def of_row(self, row: Fields) -> int:
        """The number of one row's link, known from now on; -1 for what is to be read exactly."""
        number = self._by_row.get(_link_of(row), NONE)
        if number == NONE and row[0] and row[1]:
            try:
                click = record_of({**dict(zip(_LINK_NAMES, row, strict=False)), "t": 0})
            except BadLine:
                return NONE
            assert isinstance(click, Click)
            number = self._by_row[_link_of(row)] = self.number(click)
        return number

    def number(self, click: Click) -> int:
        """The number of a click's link."""
        link = click._replace(t=0)
        number = self._numbers.setdefault(link, len(self.clicks))
        if number == len(self.clicks):
            self.clicks.append(link)
            self._letters += len(link.url)
        return number

    @property
    def are_many(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._by_row) + len(self.clicks) > MOST_LINKS or self._letters > MOST_LETTERS

    def begin_anew(self) -> None:
        """Forget all links: the next one has the number 0."""
        self.clicks.clear()
        self._numbers.clear()
        self._by_row.clear()
        self._letters = 0
