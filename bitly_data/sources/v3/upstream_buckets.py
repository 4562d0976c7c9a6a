"""Upstream's own buckets, by its one offset and its weeks, whatever the zone's are."""

from __future__ import annotations

import numpy as np

from bitly_data import buckets
from bitly_data.errors import AnswerError
from bitly_data.query import ALL_TIME
from bitly_data.sources.bucket_states import states_of
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.pages import walk, walk_sparse
from bitly_data.sources.v3.parts import (
    Parts,
    all_time_limited,
    one_bucket,
    refuse_too_long,
    with_capped,
)
from bitly_data.sources.v3.reader import ClicksReader, Counts
from bitly_data.sources.v3.rebuild import (
    Piece,
    upstream_edges,
    upstream_floor,
    upstream_last,
)


def upstream_buckets(reader: ClicksReader) -> Parts:
    """The buckets as upstream answers them, series or total.

    The zone's clock may change between two answers, and with it that offset: then all of it is
    asked anew.
    """
    for _ in range(2):
        reader.offsets.clear()
        reader.log.echoed = {}  # what it says of its offset labels the buckets
        parts = _total(reader) if reader.query.rollup else _series(reader)
        if len(reader.offsets) <= 1:
            return parts
    raise AnswerError(
        "Bitly's offset from UTC changed while it answered: ask again.", retryable=True
    )


def _series(reader: ClicksReader) -> Parts:
    query = reader.query
    counts, whole = _ask(reader)
    fixed, newest = reader.zone, reader.newest
    last = int(upstream_last(1, newest, query.unit, fixed)[-1])
    counts = {start: clicks for start, clicks in counts.items() if start < last}
    listed = set(counts)
    if (oldest := reader.oldest(listed)) is not None:
        refuse_too_long(query, oldest, newest)
    if query.units == ALL_TIME or not listed:  # of all time only buckets with clicks are listed
        listed.add(upstream_floor(newest, query.unit, fixed))
    edges = upstream_edges(query.unit, np.array(sorted(listed), dtype=np.int64), fixed)
    between = 0 if query.units == ALL_TIME else None
    values = [counts.get(start, between) for start in edges[:-1].tolist()]
    known = np.array([value is not None for value in values], dtype=np.bool_)
    clicks = np.array([value or 0 for value in values], dtype=np.int64)
    states = states_of(edges, known, np.ones(len(known), dtype=np.bool_), reader.now)
    if query.units == ALL_TIME:
        return all_time_limited(query, (edges, clicks, states), whole=whole, fixed=fixed)
    return with_capped(query, (edges, clicks, states), fixed)


def _ask(reader: ClicksReader) -> tuple[Counts, bool]:
    """The counts of upstream's buckets, and whether nothing of all time was cut off."""
    query = reader.query
    everything = Piece(
        buckets.EARLIEST, buckets.LATEST, query.unit, query.timezone, query.units, own=True
    )
    if query.units == ALL_TIME:
        return walk_sparse(reader, everything)
    return walk(reader, everything, reader.newest, limited=True), True


def _total(reader: ClicksReader) -> Parts:
    query = reader.query
    oldest = reader.oldest_month() if query.units == ALL_TIME else None
    total = reader.one_number(
        v3.ClicksRequest(
            query.unit, query.units, query.timezone, query.until, rollup=True, limit=query.limit
        ),
        begun=oldest is not None,
    )
    fixed, newest = reader.zone, reader.newest
    if query.units == ALL_TIME:
        end = int(upstream_last(1, newest, query.unit, fixed)[-1])
        return one_bucket(end - 1 if oldest is None else oldest, end, total, reader.now, own=True)
    edges = upstream_last(query.units, newest, query.unit, fixed)
    return one_bucket(int(edges[0]), int(edges[-1]), total, reader.now, own=True)
