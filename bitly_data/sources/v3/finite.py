"""A known number of buckets, right in their zone: as a series, or as one number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bitly_data import buckets
from bitly_data.buckets import Edges
from bitly_data.query import HIGHEST_LIMIT, ClickQuery, edges_of
from bitly_data.sources.bucket_states import states_of
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.pages import reference_of, units_of, walk
from bitly_data.sources.v3.parts import Parts, one_bucket, with_capped
from bitly_data.sources.v3.reader import ClicksReader, Counts
from bitly_data.sources.v3.rebuild import (
    NoAlignmentError,
    Piece,
    Tiling,
    alignment,
    hours_zone,
    own_buckets,
    regroup,
    starts_of,
    tiling_of,
)

# The newest piece is asked for no more often than this: upstream's clock, the offset that it has
# for the zone's name, and its zone data may each be other than thought.
_MOST_TRIES = 4


def calls_of(query: ClickQuery, now: int) -> int:
    """How many calls a series of a known number of buckets takes by a clock [epoch s], if nobody's
    clock or zone data are other than thought: a page for so many buckets of each piece.
    """
    edges = edges_of(query, query.until if query.until is not None else now)
    try:
        tiling = tiling_of(query, edges, now)
    except NoAlignmentError:
        return 1
    pages = [math.ceil(piece.count / HIGHEST_LIMIT) for piece in tiling.pieces]
    return sum(pages) + 2 * len(tiling.bridges)


@dataclass(frozen=True)
class _Newest:
    """The newest piece as it was asked for, by an `end` [epoch s], and the counts that came."""

    end: int
    only_hours: bool
    edges: Edges
    tiling: Tiling
    counts: Counts

    @property
    def piece(self) -> Piece | None:
        return self.tiling.pieces[-1] if self.tiling.pieces else None


def finite(reader: ClicksReader) -> Parts:
    """A series of a known number of buckets. Raises `NoAlignmentError`."""
    query = reader.query
    newest = _ask_newest(reader, reader.newest, only_hours=False)
    for _ in range(_MOST_TRIES - 1):
        correction = _correction(reader, newest)
        if correction is None:
            break
        end, only_hours = correction
        newest = _ask_newest(reader, end, only_hours=only_hours)
    counts = dict(newest.counts)
    for piece in newest.tiling.pieces[-2::-1]:
        counts |= walk(reader, piece, newest.end)
    return with_capped(query, filled(reader, newest.edges, newest.tiling, counts))


def _ask_newest(reader: ClicksReader, end: int, *, only_hours: bool) -> _Newest:
    query = reader.query
    wanted = query.units if query.limit is None else min(query.units, query.limit)
    edges = edges_of(query.replace(units=wanted, limit=None), end)
    tiling = tiling_of(query, edges, reader.now, only_hours=only_hours)
    piece = tiling.pieces[-1] if tiling.pieces else None
    counts = walk(reader, piece, end, limited=piece is tiling.single) if piece else {}
    return _Newest(end, only_hours, edges, tiling, counts)


def _correction(reader: ClicksReader, newest: _Newest) -> tuple[int, bool] | None:
    """The end [epoch s], and whether only hours will do, by which to ask once more; `None`: what
    came is what was asked for.
    """
    if newest.piece is None:
        return None
    begun = _upstream_bucket(reader, newest)
    if begun is not None:
        return begun, newest.only_hours  # where upstream's "now" lies, whatever our clock says
    tiling = tiling_of(reader.query, newest.edges, reader.now, only_hours=newest.only_hours)
    if tiling != newest.tiling:
        # Upstream's clock is known by now, and a name means another offset there.
        return newest.end, newest.only_hours
    if not fits(newest.counts, newest.piece, newest.edges):
        return newest.end, True  # its buckets are not the zone's after all (its zone data)
    return None


def _upstream_bucket(reader: ClicksReader, newest: _Newest) -> int | None:
    """The start of the bucket that upstream's clock is in [epoch s], where it is not ours."""
    edges, piece = newest.edges, newest.piece
    begun = max((start for start in newest.counts if start <= reader.now), default=None)
    if reader.query.until is not None or piece is None or piece.end != edges[-1] or begun is None:
        return None
    return None if edges[-2] <= begun < edges[-1] else begun


def fits(counts: Counts, piece: Piece, edges: Edges) -> bool:
    """Whether the buckets that came are those of the piece; more of them before it do no harm."""
    reaching_in = piece.start - buckets.NOMINAL_SECONDS[piece.unit]
    came = np.array([start for start in counts if reaching_in < start < piece.end], dtype=np.int64)
    return bool(np.isin(came, starts_of(piece, edges)).all())


def filled(reader: ClicksReader, edges: Edges, tiling: Tiling, counts: Counts) -> Parts:
    """The requested buckets from upstream's; what lies wholly after now has no clicks yet."""
    starts = [starts_of(piece, edges) for piece in tiling.pieces]
    values = {
        start: counts.get(start, 0 if start > reader.now else None)
        for start in np.concatenate([np.empty(0, dtype=np.int64), *starts]).tolist()
    }
    for index in tiling.bridges:
        first, last = int(edges[index]), int(edges[index + 1])
        clicks = reader.running_total(last) - reader.running_total(first)
        values[first] = clicks if clicks >= 0 else None
    ordered = sorted(values)
    known = np.array([values[start] is not None for start in ordered], dtype=np.bool_)
    found = np.array([values[start] or 0 for start in ordered], dtype=np.int64)
    sums, complete = regroup(edges, np.array(ordered, dtype=np.int64), found, known)
    return edges, sums, states_of(edges, complete, own_buckets(tiling, edges), reader.now)


@dataclass(frozen=True, eq=False)
class TotalQuestion:
    """A range, what to ask for its total (`None`: two running totals), and whether upstream's own
    buckets add up to it.
    """

    edges: Edges
    request: v3.ClicksRequest | None
    own: bool

    def is_same(self, other: TotalQuestion) -> bool:
        return (self.request, self.own) == (other.request, other.own) and np.array_equal(
            self.edges, other.edges
        )


def finite_total(reader: ClicksReader) -> Parts:
    """One number over a known number of buckets. Raises `NoAlignmentError`."""
    query = reader.query
    for _ in range(2):
        question = total_question(query, reader.now)
        first, last = int(question.edges[0]), int(question.edges[-1])
        total = (
            reader.one_number(question.request)
            if question.request is not None
            else reader.running_total(last) - reader.running_total(first)
        )
        # The answer does not say which buckets it holds. Where upstream's clock turns out to be
        # in another bucket than ours, or to mean another offset by the zone's name, the question
        # is put once more by its clock.
        if total_question(query, reader.now).is_same(question):
            break
    return one_bucket(first, last, total, reader.now, own=question.own)


def total_question(query: ClickQuery, now: int) -> TotalQuestion:
    """What to ask for the total of a finite range, by a clock [epoch s]. Raises `NoAlignmentError`
    where no zone that upstream takes has hours of its edges.
    """
    end = query.until if query.until is not None else now
    edges = edges_of(query, end)
    whole = tiling_of(query, edges, now).single or _in_hours(
        query, int(edges[0]), int(edges[-1]), now
    )
    if whole is None:
        return TotalQuestion(edges, None, own=False)
    reference = reference_of(whole, query, end)
    units = units_of(whole, reference, end)
    request = v3.ClicksRequest(
        whole.unit, units, whole.timezone, reference, rollup=True, limit=query.limit
    )
    return TotalQuestion(edges, request, whole.own)


def _in_hours(query: ClickQuery, start: int, end: int, now: int) -> Piece | None:
    """A range as one piece of hours; `None` if it begins and ends on different alignments."""
    names = [hours_zone(query, alignment(at), now) for at in (start, end)]
    if alignment(start) != alignment(end):
        return None
    return Piece(start, end, "hour", names[0], (end - start) // buckets.HOUR_SECONDS, own=False)
