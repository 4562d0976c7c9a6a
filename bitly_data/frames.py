"""Series to pandas frame, for notebooks and whoever asks for one.

A frame has the columns of `SCHEMA`, one row a bucket and series, oldest first within a series.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.query import ClickQuery
from bitly_data.states import STATES

Frame: TypeAlias = pd.DataFrame  # for whoever hands one on and owns no pandas
# `bucket` carries the zone of the question: datetime64[us, <timezone>].
SCHEMA = {
    "bucket": "datetime64[us]",
    "series": "str",
    "clicks": "Int64",
    "state": "category",
    "at_least": "Int64",
}


class Origin(Protocol):
    """What a frame takes of a series' provenance."""

    @property
    def offset(self) -> int | None:
        """The one offset [s] of upstream's own buckets; `None` where they are the zone's."""

    @property
    def timezone_release(self) -> str:
        """The release of the time zone database, such as "2026f"."""


class Counted(Protocol):
    """What a frame takes of a series; `series.ClickSeries` says what each is."""

    @property
    def query(self) -> ClickQuery: ...

    @property
    def name(self) -> str: ...

    @property
    def edges(self) -> NDArray[np.int64]: ...

    @property
    def clicks(self) -> NDArray[np.int64]: ...

    @property
    def states(self) -> NDArray[np.int8]: ...

    @property
    def known(self) -> NDArray[np.bool_]: ...

    @property
    def at_least(self) -> NDArray[np.int64]: ...

    @property
    def provenance(self) -> Origin: ...


def to_frame(series: Counted | Sequence[Counted]) -> Frame:
    """One frame by `SCHEMA` for one or many series of the same zone.

    The query's zone travels in `frame.attrs`: `timezone`, the release of the time zone database
    (`timezone_release`, "" for no series), and `offset` [s] where all buckets are upstream's own by
    its one offset (`None` elsewhere): then that is the zone of `bucket`. Nothing that grows with
    the rows is put there: pandas copies it at every access to a column. Raises `ValueError` for
    series of different zones.
    """
    many = list(series) if isinstance(series, Sequence) else [series]
    timezone, offset = buckets.shared_zone(
        (item.query.timezone for item in many), (item.provenance.offset for item in many)
    )
    starts = _joined([item.edges[:-1] for item in many], np.int64)
    codes = np.repeat(np.arange(len(many)), [len(item.clicks) for item in many])
    names = pd.array([item.name for item in many], dtype="str")
    unknown = ~_joined([item.known for item in many], np.bool_)
    clicks = pd.arrays.IntegerArray(_joined([item.clicks for item in many], np.int64), unknown)
    least = _joined([item.at_least for item in many], np.int64)
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
            "at_least": pd.arrays.IntegerArray(least, least < 0),
        }
    )
    release = many[0].provenance.timezone_release if many else ""
    frame.attrs = {"timezone": timezone, "timezone_release": release, "offset": offset}
    return frame


def _joined(arrays: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    return np.concatenate(arrays).astype(dtype) if arrays else np.empty(0, dtype=dtype)
