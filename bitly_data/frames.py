"""Series to frame, and the questions that a frame answers by itself.

A frame has the columns of `SCHEMA`, one row a bucket and series, oldest first within a series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.series import STATES, ClickSeries

# `bucket` carries the zone of the question: datetime64[us, <timezone>].
SCHEMA = {"bucket": "datetime64[us]", "series": "str", "clicks": "Int64", "state": "category"}
# The columns of every file and of the command line, in this order.
ROW_COLUMNS = ("bucket", "bucket_utc", "timezone", "series", "clicks", "state")
MICROSECONDS = 1_000_000  # a bucket's start is kept to the microsecond


def to_frame(series: ClickSeries | Sequence[ClickSeries]) -> pd.DataFrame:
    """One frame by `SCHEMA` for one or many series of the same zone.

    The interval's end and the query's zone travel in `frame.attrs`: `ends` (int64 epoch seconds,
    one a row), `timezone`, and `offset` [s] where all buckets are upstream's own by its one offset
    (`None` elsewhere): then that is the zone of `bucket`.
    """
    many = [series] if isinstance(series, ClickSeries) else list(series)
    zones = {item.query.timezone for item in many}
    if len(zones) > 1:
        raise ValueError("series of different zones do not share a frame")
    timezone = zones.pop() if zones else "UTC"
    offset = (
        offsets.pop() if len(offsets := {item.provenance.offset for item in many}) == 1 else None
    )
    starts = _joined([item.edges[:-1] for item in many], np.int64)
    codes = np.repeat(np.arange(len(many)), [len(item.clicks) for item in many])
    names = pd.array([item.name for item in many], dtype="str")
    unknown = ~_joined([item.known for item in many], np.bool_)
    clicks = pd.arrays.IntegerArray(_joined([item.clicks for item in many], np.int64), unknown)
    bucket = pd.DatetimeIndex(starts.astype("datetime64[s]").astype("datetime64[us]"), tz="UTC")
    frame = pd.DataFrame(
        {
            "bucket": bucket.tz_convert(
                buckets.zone(timezone) if offset is None else buckets.fixed_zone(offset)
            ),
            "series": names.take(codes) if len(many) else names,
            "clicks": clicks,
            "state": pd.Categorical.from_codes(
                _joined([item.states for item in many], np.int8), categories=pd.Index(STATES)
            ),
        }
    )
    frame.attrs = {
        "timezone": timezone,
        "offset": offset,
        "ends": _joined([item.edges[1:] for item in many], np.int64).tolist(),
    }
    return frame


def _joined(arrays: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    return np.concatenate(arrays).astype(dtype) if arrays else np.empty(0, dtype=dtype)


def lengths(frame: pd.DataFrame) -> NDArray[np.int64]:
    """int64[n]: how long each bucket is [s]."""
    starts = frame["bucket"].astype("int64").to_numpy() // MICROSECONDS
    return np.array(frame.attrs["ends"], dtype=np.int64) - starts


def series_names(frame: pd.DataFrame) -> list[str]:
    """The series of a frame, in its order."""
    return list(dict.fromkeys(frame["series"]))


@dataclass(frozen=True)
class Total:
    """A sum that says what it is a sum of [count]."""

    clicks: int
    known: int  # buckets that are in it
    unknown: int  # buckets that are not, because their number is not known


def total(frame: pd.DataFrame) -> Total:
    """The clicks of all known buckets."""
    known = int(frame["clicks"].notna().sum())
    return Total(clicks=int(frame["clicks"].sum()), known=known, unknown=len(frame) - known)


def to_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of every file and of the command line: `ROW_COLUMNS`, all text but `clicks`.

    `bucket` is ISO 8601 with the offset that holds there, `bucket_utc` the same instant as …Z.
    """
    utc = frame["bucket"].dt.tz_convert("UTC").dt.tz_localize(None)
    return pd.DataFrame(
        {
            "bucket": [stamp.isoformat() for stamp in frame["bucket"]],
            "bucket_utc": utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "timezone": frame.attrs["timezone"],
            "series": frame["series"],
            "clicks": frame["clicks"],
            "state": frame["state"].astype("str"),
        },
        columns=list(ROW_COLUMNS),
    )
