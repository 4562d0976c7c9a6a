"""The buckets of a piece, in as many pages as upstream gives them in."""

from __future__ import annotations

from bitly_data import buckets
from bitly_data.query import ALL_TIME, HIGHEST_LIMIT, ClickQuery
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.reader import ClicksReader, Counts, all_time_end
from bitly_data.sources.v3.rebuild import Piece

# An answer that makes no headway is asked on for no longer than this many times in a row.
MOST_PAGES = 2_000


def walk(reader: ClicksReader, piece: Piece, end: int, *, limited: bool = False) -> Counts:
    """Counts of the newest of upstream's buckets in a piece, in as many pages as needed.

    `end` [epoch s] lies in the newest bucket of the range. `limited`: a limit that the user set is
    sent as it is, and nothing is asked beyond it.
    """
    query = reader.query
    reference = reference_of(piece, query, end)
    if limited and piece.own and query.limit is not None:
        return reader.counts(
            v3.ClicksRequest(
                piece.unit, query.units, piece.timezone, reference, rollup=False, limit=query.limit
            )
        )
    units = units_of(piece, reference, end)
    counts: Counts = {}
    for _ in range(MOST_PAGES):
        page = reader.counts(
            v3.ClicksRequest(
                piece.unit, units - len(counts), piece.timezone, reference, rollup=False
            )
        )
        nothing_new = page.keys() <= counts.keys()
        counts = page | counts
        if nothing_new or len(counts) >= units or min(counts) <= buckets.EARLIEST + 1:
            break
        reference = min(counts) - 1
    return counts


def reference_of(piece: Piece, query: ClickQuery, end: int) -> int | None:
    """What to send as the end of a piece; `None`: now."""
    if piece.start <= end < piece.end and (piece.own or query.until is None):
        return query.until
    return piece.end - 1


def units_of(piece: Piece, reference: int | None, end: int) -> int:
    """How many buckets to ask for: without a reference upstream's newest bucket holds now."""
    if reference is None and not piece.own:
        return (end - piece.start) // buckets.NOMINAL_SECONDS[piece.unit] + 1
    return piece.count


def walk_sparse(reader: ClicksReader, piece: Piece) -> tuple[Counts, bool]:
    """Counts of all of upstream's buckets that have clicks, in as many pages as needed, and
    whether nothing was cut off.
    """
    query = reader.query
    end = query.until if query.upstream_buckets else all_time_end(query)
    if query.limit is not None:
        counts = reader.counts(
            v3.ClicksRequest(
                piece.unit, ALL_TIME, piece.timezone, end, rollup=False, limit=query.limit
            )
        )
        # As many as the limit may be all of them: one total says whether there is more before.
        return counts, len(counts) < query.limit or reader.nothing_before(min(counts))
    counts = {}
    for _ in range(MOST_PAGES):
        page = reader.counts(
            v3.ClicksRequest(piece.unit, ALL_TIME, piece.timezone, end, rollup=False)
        )
        nothing_new = page.keys() <= counts.keys()
        counts = page | counts
        if nothing_new or len(page) < HIGHEST_LIMIT or min(counts) <= buckets.EARLIEST + 1:
            break
        end = min(counts) - 1
    return counts, True
