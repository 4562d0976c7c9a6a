"""A frame as a file of rows: CSV and JSON, the same columns in both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from bitly_data.frames import to_rows

# Where a spreadsheet takes text for a formula (OWASP, CSV injection): at the beginning, and behind
# a semicolon as well, because Excel splits there, within quotes too, wherever a comma writes the
# decimals. It looks past blanks and past the quotes of a file, and a Japanese one takes the wide
# signs for the narrow. A comma needs no such care: what holds one is quoted, and who splits at
# semicolons does not split at commas.
_FORMULA = re.compile(r"(^|;)(?=[\s\"]*[=+\-@＝＋－＠]|[\t\r\n])")


def to_csv(frame: pd.DataFrame, more: Mapping[str, Sequence[float | None]] | None = None) -> str:
    """CSV with a header; `clicks` is empty where the number is not known.

    `more` are further columns of numbers, put after those of every file.
    """
    rows = to_rows(frame)
    for name, values in (more or {}).items():
        rows[name] = pd.Series(list(values), dtype="float64").round(4)
    rows["series"] = rows["series"].map(never_formula)
    return rows.to_csv(index=False, lineterminator="\n")


def to_json(frame: pd.DataFrame) -> str:
    """A JSON list of rows; `clicks` is null where the number is not known."""
    rows = to_rows(frame)
    rows["clicks"] = rows["clicks"].astype(object).where(rows["clicks"].notna(), None)
    return json.dumps(rows.to_dict("records"), ensure_ascii=False, indent=1) + "\n"


def never_formula(name: str) -> str:
    """A name as the cell of a table that may end in a spreadsheet: an apostrophe makes it text."""
    return _FORMULA.sub(r"\1'", name)
