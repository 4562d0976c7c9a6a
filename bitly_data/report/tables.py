"""Series as a file of rows: CSV and JSON, the same columns in both."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

import numpy as np

from bitly_data import buckets
from bitly_data.labels import iso_labels, iso_utc_labels
from bitly_data.series import ClickSeries, groups_of
from bitly_data.states import STATES


class Row(TypedDict):
    """One bucket of one series, in words that a file can hold."""

    date: str  # its start by a clock on the wall of the zone: 2026-11-26 13:00:00
    bucket: str  # the same by ISO 8601, with the offset that holds there
    bucket_utc: str  # the same instant as …Z
    timezone: str  # that of the question
    timezone_release: str  # of the time zone database, such as 2026f
    series: str  # what is counted
    clicks: int | None  # [count]; None where the number is not known
    state: str  # one of `STATES`
    at_least: int | None  # [count]; where the number is not known, but that there are so many
    groups: NotRequired[str]  # which were counted, where the account has several


# The columns of every file and of the command line, in this order; behind them stands `groups`,
# where the account has several.
ROW_COLUMNS = (
    "date",
    "bucket",
    "bucket_utc",
    "timezone",
    "timezone_release",
    "series",
    "clicks",
    "state",
    "at_least",
)

# Further columns keep so many decimals: a ratio with four decimals of its per cent, more than any
# page shows.
_DECIMALS = 6

_DATE = len("2026-11-26T13:00:00")

# Where a spreadsheet takes text for a formula (OWASP, CSV injection): at the beginning, and behind
# a semicolon as well, because Excel splits there, within quotes too, wherever a comma writes the
# decimals. It looks past blanks and past the quotes of a file, and a Japanese one takes the wide
# signs for the narrow. A comma needs no such care: what holds one is quoted, and who splits at
# semicolons does not split at commas.
_FORMULA = re.compile(r"(^|;)(?=[\s\"]*[=+\-@＝＋－＠]|[\t\r\n])")

# A row's fields below one another, as `json.dumps` puts them in a list with an indent of 1.
_FIELDS = json.JSONEncoder(ensure_ascii=False, separators=(",\n  ", ": "))


def rows(series: Sequence[ClickSeries]) -> Iterator[Row]:
    """The rows of every file, a series after the other, oldest first.

    Raises `ValueError` for series of different zones.
    """
    has_groups = bool(groups_of(series))
    for item, timezone, starts in _dated(series):
        for (date, bucket, bucket_utc), clicks, is_known, state, at_least in zip(
            starts,
            item.clicks.tolist(),
            item.known.tolist(),
            item.states.tolist(),
            item.at_least.tolist(),
            strict=True,
        ):
            row: Row = {
                "date": date,
                "bucket": bucket,
                "bucket_utc": bucket_utc,
                "timezone": timezone,
                "timezone_release": item.provenance.timezone_release,
                "series": item.name,
                "clicks": clicks if is_known else None,
                "state": STATES[state],
                "at_least": at_least if at_least >= 0 else None,
            }
            if has_groups:
                row["groups"] = item.provenance.groups_text
            yield row


def _dated(
    series: Sequence[ClickSeries],
) -> Iterator[tuple[ClickSeries, str, list[tuple[str, str, str]]]]:
    """Each series with the zone of all, and the first three cells of its rows.

    Series side by side have the same buckets, whose words are made once. Raises `ValueError` for
    series of different zones.
    """
    timezone, offset = buckets.shared_zone(
        (item.query.timezone for item in series), (item.provenance.offset for item in series)
    )
    zone = buckets.zone(timezone) if offset is None else buckets.fixed_zone(offset)
    made: dict[bytes, list[tuple[str, str, str]]] = {}
    for item in series:
        key = item.edges.tobytes()
        if key not in made:
            starts = item.edges[:-1]
            made[key] = [
                # A spreadsheet takes the first for a time, and none that has a T or an offset.
                (local[:_DATE].replace("T", " "), local, utc)
                for local, utc in zip(iso_labels(starts, zone), iso_utc_labels(starts), strict=True)
            ]
        yield item, timezone, made[key]


def to_csv(
    series: Sequence[ClickSeries], more: Mapping[str, Sequence[float | None]] | None = None
) -> str:
    """CSV with a header; `clicks` is empty where the number is not known.

    `more` are further columns of numbers, one a row, put after those of every file.
    """
    groups = ("groups",) if groups_of(series) else ()
    more = more or {}
    lines: list[str] = []
    # Nearly all of a file is times and numbers, which need no quotes: only words are written by the
    # `csv` module, once a series.
    for item, timezone, starts in _dated(series):
        release, name = item.provenance.timezone_release, never_formula(item.name)
        words = _line((timezone, release, name))
        end = _line(("", never_formula(item.provenance.groups_text))) if groups else ""
        dates = [",".join((*start, words)) for start in starts]
        known = zip(dates, item.clicks.tolist(), item.known.tolist(), strict=True)
        clicks = [f"{date},{count if is_known else ''}" for date, count, is_known in known]
        states = zip(clicks, item.states.tolist(), item.at_least.tolist(), strict=True)
        lines += [
            f"{row},{STATES[state]},{least if least >= 0 else ''}{end}"
            for row, state, least in states
        ]
    if more:
        further = zip(*map(_decimals, more.values()), strict=True)
        lines = [",".join((line, *cells)) for line, cells in zip(lines, further, strict=True)]
    return "\n".join((_line((*ROW_COLUMNS, *groups, *more)), *lines, ""))


def _line(cells: Sequence[str]) -> str:
    """Cells as a line of CSV, without its end."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().removesuffix("\n")


def columns_csv(columns: Mapping[str, Sequence[object]]) -> str:
    """CSV of columns of the same length by their names; empty where there is nothing (`None`)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for cells in zip(*columns.values(), strict=True):
        writer.writerow([never_formula(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue()


def _decimals(values: Sequence[float | None]) -> list[str]:
    """Numbers as a file has them; empty where there is none."""
    numbers = np.array(values, dtype=np.float64).round(_DECIMALS)
    return ["" if np.isnan(number) else str(number) for number in numbers.tolist()]


def to_json(series: Sequence[ClickSeries]) -> str:
    """A JSON list of rows; `clicks` is null where the number is not known."""
    # Written row by row, as Python's own writer is many times slower once it indents.
    texts = [f" {{\n  {_FIELDS.encode(row)[1:-1]}\n }}" for row in rows(series)]
    return "[\n" + ",\n".join(texts) + "\n]\n" if texts else "[]\n"


def never_formula(name: str) -> str:
    """A name as the cell of a table that may end in a spreadsheet: an apostrophe makes it text."""
    return _FORMULA.sub(r"\1'", name)
