"""All time, from the first click on: as a series, or as one number."""

from __future__ import annotations

from bitly_data import buckets
from bitly_data.query import ALL_TIME
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.finite import filled, fits
from bitly_data.sources.v3.pages import walk, walk_sparse
from bitly_data.sources.v3.parts import (
    Parts,
    all_time_limited,
    from_first_click,
    one_bucket,
    refuse_too_long,
)
from bitly_data.sources.v3.reader import ClicksReader, Counts
from bitly_data.sources.v3.rebuild import Piece, tiling_of
from bitly_data.sources.wire import unreadable


def all_time(reader: ClicksReader) -> Parts:
    """All buckets from the first click on. Raises `NoAlignmentError`."""
    query = reader.query
    month, newest = reader.oldest_month(), reader.newest
    # By upstream's one offset its month may begin some hours after the zone's.
    oldest = newest if month is None else max(month - buckets.DAY_SECONDS, buckets.EARLIEST)
    start = buckets.floor(oldest, query.unit, query.zone, query.week_start)
    refuse_too_long(query, start + buckets.NOMINAL_SECONDS["month"], newest)
    edges = buckets.between(start, newest, query.unit, query.zone, query.week_start)
    tiling = tiling_of(query, edges, reader.now)
    if tiling.single is not None and tiling.single.own:
        counts, whole = _listed(reader, tiling.single, edges)
    else:
        counts, whole = {}, True
        for piece in tiling.pieces[::-1]:
            counts |= walk(reader, piece, newest)
    parts = from_first_click(filled(reader, edges, tiling, counts))
    refuse_too_long(query, int(parts[0][0]), newest)
    return all_time_limited(query, parts, whole=whole)


def _listed(reader: ClicksReader, piece: Piece, edges: buckets.Edges) -> tuple[Counts, bool]:
    """The counts of all the requested buckets, and whether upstream cut nothing off.

    Upstream lists only buckets with clicks; those between hold none.
    """
    counts, whole = walk_sparse(reader, piece)
    if not fits(counts, piece, edges):  # a click would be lost
        raise unreadable(reader.log.last)
    return {start: counts.get(start, 0) for start in edges[:-1].tolist()}, whole


def all_time_total(reader: ClicksReader) -> Parts:
    """One number over all time; its range begins with the month of the first click."""
    query = reader.query
    month, newest = reader.oldest_month(), reader.newest
    end = buckets.ceiling(newest, query.unit, query.zone, query.week_start)
    begun = month is not None
    total = (
        reader.running_total(end, begun=begun)
        if query.until is not None
        else reader.one_number(
            v3.ClicksRequest(
                "hour", ALL_TIME, query.timezone, None, rollup=True, limit=query.limit
            ),
            begun=begun,
        )
    )
    return one_bucket(first_month(reader, month), end, total, reader.now, own=True)


def first_month(reader: ClicksReader, upstream: int | None) -> int:
    """The start of the zone's month with the first click, or of the newest without any [epoch s].

    `upstream` is the start of upstream's month with the first click.
    """
    if upstream is None:
        return buckets.floor(reader.newest, "month", reader.query.zone)
    return _first_month(reader, upstream)


def _first_month(reader: ClicksReader, upstream: int) -> int:
    """The start of the zone's month with the first click, from that of upstream's [epoch s].

    Where upstream's month begins or ends some hours from the zone's, the totals up to there say
    on which side the first click is.
    """
    zone = reader.query.zone
    fixed = buckets.fixed_zone(buckets.offset_at(reader.now, zone))
    start = buckets.floor(upstream + 2 * buckets.DAY_SECONDS, "month", zone)
    following = buckets.ceiling(start, "month", zone)
    if upstream < start and not reader.nothing_before(start):
        return buckets.floor(upstream, "month", zone)
    if following < buckets.ceiling(upstream, "month", fixed) and reader.nothing_before(following):
        return following
    return start
