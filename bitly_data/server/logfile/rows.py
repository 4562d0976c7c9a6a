"""Times and links of many lines at a time, by the fields that were read in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from bitly_data.server.clicklog import LATEST_SECOND, BadLine, Click, record_of
from bitly_data.server.logfile.fields import LINK_FIELDS, FieldReader, Fields

Numbers = npt.NDArray[np.int64]

# In place of a number: the link or the time of a record that is to be read exactly.
NONE: Final = -1
_NO_NUMBERS: Final[Numbers] = np.array([], dtype=np.int64)
# Links that are known by what their lines say; a log with more begins to learn them anew.
MOST_LINKS: Final = 200_000
# The same for their long URLs, of which a line may have a mebibyte.
MOST_LETTERS: Final = 50_000_000
# A time of more digits is in no range.
_MOST_DIGITS: Final = 18


class Rows(NamedTuple):
    """What some records say, a row each.

    `times` [epoch s] and `links` by their numbers, each `NONE` where the record is to be read
    exactly. `ids` are decoded, and empty where no record has one.
    """

    times: Numbers
    links: Numbers
    ids: Sequence[Any]


class Links:
    """The distinct links of some clicks, by number: everything that a line says but its time.

    `clicks` are the links as clicks without a time. What is read together, `reader` reads.
    """

    def __init__(self) -> None:
        self.reader = FieldReader()
        self.clicks: list[Click] = []
        self._numbers: dict[Click, int] = {}
        self._by_text: dict[str, int] = {}  # the same numbers, by what the lines say
        self._letters = 0  # of their long URLs

    def close(self) -> None:
        """Give back what reading took."""
        self.reader.close()

    def rows_of(self, records: Sequence[bytes], fields: Fields | None) -> Rows:
        """What records say, of which these fields were read."""
        if fields is not None:
            if len(fields.table) == len(records):
                return self._rows(fields.table)
            # Blank lines have no row.
            filled = np.flatnonzero([not record.isspace() for record in records])
            if len(fields.table) == len(filled):
                return _spread(self._rows(fields.table), filled, len(records))
        return _spread(Rows(_NO_NUMBERS, _NO_NUMBERS, []), _NO_NUMBERS, len(records))

    def _rows(self, table: pa.Table) -> Rows:
        times = _times_of(table["t"])
        ids: list[Any] = []
        if table["id"].null_count < len(table):
            for place, text in enumerate(table["id"].to_pylist()):
                try:
                    ids.append(text and orjson.loads(text))
                except orjson.JSONDecodeError:
                    ids.append(None)
                    times[place] = NONE
        return Rows(times, self._of_texts(table["link"]), ids)

    def _of_texts(self, texts: pa.ChunkedArray) -> Numbers:
        """The number of each record's link, known from now on."""
        coded = texts.combine_chunks().dictionary_encode()
        distinct = coded.dictionary.to_numpy(zero_copy_only=False)
        numbers = [self._of_text(text) for text in distinct.tolist()]
        of_records: Numbers = np.array(numbers, dtype=np.int64)[coded.indices.to_numpy()]
        return of_records

    def _of_text(self, text: str) -> int:
        number = self._by_text.get(text)
        if number is None:
            click = _link_of(text)
            number = NONE if click is None else self.number(click)
            if number != NONE:
                self._by_text[text] = number
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
        return len(self._by_text) + len(self.clicks) > MOST_LINKS or self._letters > MOST_LETTERS

    def begin_anew(self) -> None:
        """Forget all links: the next one has the number 0."""
        self.clicks.clear()
        self._numbers.clear()
        self._by_text.clear()
        self._letters = 0


def _times_of(texts: pa.ChunkedArray) -> Numbers:
    """Times [epoch s] that are whole numbers, and written as such."""
    try:
        found = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        plain = [text if text and text.isdecimal() else None for text in texts.to_pylist()]
        found = pa.array([text and int(text[:_MOST_DIGITS]) for text in plain], pa.int64())
    times: Numbers = np.array(found.fill_null(NONE).to_numpy(), dtype=np.int64)
    times[(times < 0) | (times >= LATEST_SECOND)] = NONE
    return times


def _spread(rows: Rows, places: Numbers, size: int) -> Rows:
    """The same rows at some places of as many as `size`, the others `NONE`."""
    times, links = (np.full(size, NONE, dtype=np.int64) for _ in range(2))
    times[places], links[places] = rows.times, rows.links
    ids: list[Any] = []
    if rows.ids:
        ids = [None] * size
        for place, id in zip(places.tolist(), rows.ids, strict=True):
            ids[place] = id
    return Rows(times, links, ids)


def _link_of(text: str) -> Click | None:
    """The link that the fields of a record name; `None` for one that is to be read exactly."""
    try:
        values = orjson.loads(f"[{text}]")
    except orjson.JSONDecodeError:  # no JSON but to a database, as NaN
        return None
    fields = dict(zip(LINK_FIELDS, values, strict=True))
    plain = all(
        value is None or type(value) is kind
        for value, kind in zip(values, LINK_FIELDS.values(), strict=True)
    )
    # A hash that is null is a fault, as is a link of which half is missing.
    if not (plain and fields["hh"] and fields["h"]):
        return None
    try:
        click = record_of({**fields, "t": 0})
    except BadLine:
        return None
    assert isinstance(click, Click)
    return click
