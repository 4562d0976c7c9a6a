"""A frame as a file of rows: CSV and JSON, the same columns in both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pandas as pd

from bitly_data.frames import to_rows

# A spreadsheet takes text that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: pd.DataFrame, more: Mapping[str, Sequence[float | None]] | None = None) -> str:
    """CSV with a header; `clicks` is empty where the number is not known.

    `more` are further columns of numbers, put after those of every file.
    """
    rows = to_rows(frame)
    for name, values in (more or {}).items():
        rows[name] = pd.Series(list(values), dtype="float64").round(4)
    rows["series"] = rows["series"].map(_as_text)
    return rows.to_csv(index=False, lineterminator="\n")


def to_json(frame: pd.DataFrame) -> str:
    """A JSON list of rows; `clicks` is null where the number is not known."""
    rows = to_rows(frame)
    rows["clicks"] = rows["clicks"].astype(object).where(rows["clicks"].notna(), None)
    return json.dumps(rows.to_dict("records"), ensure_ascii=False, indent=1) + "\n"


def _as_text(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA_STARTS) else name
