"""The kinds of file that rows can be taken away as."""

from __future__ import annotations

import codecs
import csv
import io
import json

import pytest
from view_cases import NOW, answer

from bitly_data.cli import parser
from bitly_data.query import ClickQuery
from bitly_data.report import writers
from bitly_data.report.tables import ROW_COLUMNS, to_csv, to_json
from bitly_data.report.writers import WRITERS
from bitly_data.series import ClickSeries
from bitly_data.states import CAPPED, COUNTED, PARTIAL
from pages.components.draw import files

QUERY = ClickQuery(units=3, until=NOW, timezone="Europe/Tallinn")


def two() -> list[ClickSeries]:
    return [
        answer(QUERY, [9, 2, 3], [CAPPED, COUNTED, PARTIAL], name="a.example"),
        answer(QUERY, [4, 5, 6], name="münchen.example"),
    ]


def test_each_kind_is_found_by_its_name() -> None:
    assert list(WRITERS) == ["csv", "json"]
    assert all(name == writer.name for name, writer in WRITERS.items())
    assert [writer.mime for writer in WRITERS.values()] == ["text/csv", "application/json"]
    assert [name for name, writer in WRITERS.items() if writer.on_page] == ["csv"]


def test_the_command_line_offers_every_kind() -> None:
    for name in WRITERS:
        options = parser().parse_args(["clicks", "organization", "--format", name])
        assert options.format == name


def test_a_csv_is_utf_8() -> None:
    data = WRITERS["csv"].write(two(), {})
    assert data == to_csv(two()).encode()
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
    assert tuple(rows[0]) == ROW_COLUMNS
    assert [row["clicks"] for row in rows] == ["", "2", "3", "4", "5", "6"]
    assert rows[3]["series"] == "münchen.example"


def test_only_a_file_that_is_taken_away_begins_with_a_byte_order_mark() -> None:
    """Excel reads a CSV as UTF-8 by it; what a program reads has none, and JSON never."""
    csv_file = WRITERS["csv"].to_file(two(), {})
    assert csv_file == codecs.BOM_UTF8 + WRITERS["csv"].write(two(), {})
    rows = list(csv.DictReader(io.StringIO(csv_file.decode("utf-8-sig"))))
    assert tuple(rows[0]) == ROW_COLUMNS
    assert rows[3]["series"] == "münchen.example"
    assert WRITERS["json"].to_file(two(), {}) == WRITERS["json"].write(two(), {})


def test_a_csv_takes_more_columns() -> None:
    more = {"share": [None, 0.25, 1, 2, 3, 4.0000001]}
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"].write(two(), more).decode())))
    assert tuple(rows[0]) == (*ROW_COLUMNS, "share")
    assert [row["share"] for row in rows] == ["", "0.25", "1.0", "2.0", "3.0", "4.0"]


def test_a_json_is_utf_8() -> None:
    data = WRITERS["json"].write(two(), {})
    assert data == to_json(two()).encode()
    rows = json.loads(data)
    assert [row["clicks"] for row in rows] == [None, 2, 3, 4, 5, 6]
    assert rows[3]["series"] == "münchen.example"


@pytest.mark.parametrize("name", WRITERS)
def test_no_series_is_a_file_as_well(name: str) -> None:
    assert (
        WRITERS[name].write([], {})
        == {
            "csv": (",".join(ROW_COLUMNS) + "\n").encode(),
            "json": b"[]\n",
        }[name]
    )


def test_one_more_kind_is_one_more_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the command line takes it, and pages have a button for it."""
    made = writers.Writer("txt", "text/plain", lambda series, more: b"rows", on_page=True)
    monkeypatch.setitem(WRITERS, "txt", made)
    assert parser().parse_args(["clicks", "organization", "--format", "txt"]).format == "txt"
    buttons: dict[str, tuple[str, str, bytes]] = {}

    def button(label: str, name: str, mime: str, data: object, key: str) -> None:
        buttons[label] = name, mime, data()  # type: ignore[operator]

    monkeypatch.setattr(files, "download", button)
    files.rows_file(files.RowsFile("Clicks by day", tuple(two())), "key")
    assert list(buttons) == ["CSV", "TXT"]
    assert buttons["TXT"] == ("clicks-by-day.txt", "text/plain", b"rows")
    assert buttons["CSV"][0] == "clicks-by-day.csv"
    assert buttons["CSV"][2] == codecs.BOM_UTF8 + to_csv(two()).encode()
