"""Asking Bitly v3: one question in, one `ClickSeries` out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timezone

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.errors import AnswerError, QuestionError
from bitly_data.query import ALL_TIME, HIGHEST_LIMIT, ClickQuery, edges_of, refuse_too_many
from bitly_data.series import CAPPED, UNKNOWN, ClickSeries, Coverage, Provenance
from bitly_data.sources.base import Capabilities
from bitly_data.sources.check import CheckCost, Findings, Owner, Probe
from bitly_data.sources.fetch_plan import FetchPlan, Missing
from bitly_data.sources.model import Account, Link
from bitly_data.sources.v3 import check
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.rebuild import (
    NoAlignmentError,
    Piece,
    Plan,
    alignment,
    hours_zone,
    own_buckets,
    plan_for,
    regroup,
    starts_of,
    states_of,
    upstream_edges,
    upstream_floor,
    upstream_last,
)
from bitly_data.sources.v3.unfinished import Conversation, Unfinished
from bitly_data.sources.wire import unreadable
from bitly_data.transport.client import Answer, HttpClient

CAPABILITIES = Capabilities(
    name="v3",
    own_zone_days=True,
    buckets_by_one_offset=True,
    other_peoples_links=True,
    counts_links=True,
    addresses=False,
    lists=False,
    tells_limits=False,
)
# An answer that makes no headway is asked on for no longer than this many times in a row.
MOST_PAGES = 2_000
# A month into the calendar, and some more for its zones [epoch s].
FIRST_BUCKET = buckets.EARLIEST + 40 * buckets.DAY_SECONDS
NOT_ALIGNED = (
    "These are Bitly's own buckets, by its one offset from UTC and its weeks: no zone "
    "that Bitly takes has hours that line up with this one's."
)


@dataclass
class _Conversation:
    """The requests that one question takes, and what they said on the way."""

    upstream: Conversation
    query: ClickQuery
    endpoint: str
    wire: str
    now: int  # upstream's clock at the newest buckets, as far as it is known [epoch s]
    paths: list[str] = field(default_factory=list)
    echoed: dict[str, str] = field(default_factory=dict)
    offsets: set[float] = field(default_factory=set)  # from UTC [h], as answers said
    totals: dict[int, int] = field(default_factory=dict)
    requests: int = 0

    def ask(self, ask: v3.ClicksRequest, *, series: bool = False) -> v3.Clicks:
        """What one request says; `series`: a list of buckets, and nothing else, will do."""
        # Plain text holds one number; the series that a total rests on comes as JSON.
        wire = "json" if self.wire == "txt" and not ask.rollup else self.wire
        request = v3.clicks_request(self.query, ask, self.endpoint, wire)

        def read(answer: Answer) -> v3.Clicks:
            clicks = v3.parse_clicks(answer.path, answer.status, answer.body, wire)
            if series and clicks.counts is None:
                raise unreadable(answer.path)
            # Older buckets may come minutes later, when the account has calls again: a bucket that
            # was still filling then is not finished by the time that went by.
            if ask.end is None or not self.requests:
                self.now = answer.date
            return clicks

        clicks = self.upstream.send(request, read)
        self.requests += 1
        if request.path not in self.paths:
            self.paths.append(request.path)
        self.echoed = self.echoed or clicks.echoed
        if clicks.tz_offset is not None:
            self.offsets.add(clicks.tz_offset)
        return clicks

    def counts(self, ask: v3.ClicksRequest) -> dict[int, int | None]:
        """The counts of a series that was asked for.

        Upstream may answer one bucket as an integer; more than one in an integer are not known.
        """
        return self.ask(ask, series=True).counts or {}

    def running_total(self, moment: int, *, begun: bool = False) -> int:
        """The clicks from the first one up to an instant that an hour of upstream's ends at.

        `begun`: the first one is known to lie before it.
        """
        if moment not in self.totals:
            name = hours_zone(self.query, alignment(moment), self.now)
            self.totals[moment] = _one_number(
                self,
                v3.ClicksRequest("hour", ALL_TIME, name, moment - 1, rollup=True),
                begun=begun,
            )
        return self.totals[moment]

    def provenance(self, account: str, note: str) -> Provenance:
        own = self.query.upstream_buckets or note
        return Provenance(
            source="v3",
            account=account,
            endpoints=tuple(self.paths),
            fetched_at=self.now,
            requests=self.requests,
            echoed=self.echoed,
            note=note,
            offset=_upstream_offset(self) if own else None,
        )


@dataclass(frozen=True)
class V3Source:
    """Bitly v3 as a source of click series.

    A question that the account's calls run out on goes on from there when it is asked again.
    `clock` is upstream's clock as far as it is known before the first answer; `coverage` gives what
    a click log covers by now, if there is one behind it.
    """

    upstream: HttpClient
    account: str
    endpoint: str = "auto"
    wire: str = "json"
    clock: Callable[[], float] = time.time
    unfinished: Unfinished = field(default_factory=Unfinished, repr=False)
    coverage: Callable[[], Coverage | None] = field(default=lambda: None, kw_only=True, repr=False)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def check_cost(self) -> CheckCost:
        return check.COST

    def check(self, probe: Probe) -> Findings:
        """Ask each endpoint once through the probe; no error of an endpoint ends it."""
        return check.check_account(probe, self.wire)

    def owner(self, upstream: HttpClient) -> Owner:
        """Whose token it is, in one call by this client. Raises `AnswerError`."""
        return check.describe_owner(upstream)

    def fetch(self, query: ClickQuery) -> ClickSeries:
        """The series of one question. Raises `QuestionError` or `AnswerError`."""
        if query.all_addresses:
            raise QuestionError(
                "Only Bitly's v4 says which addresses lead to one link: ask for each of them."
            )
        if self.wire == "txt" and not query.rollup:
            raise QuestionError(
                "Plain text is offered for totals only: add --rollup, or choose json or xml."
            )
        note = ""
        with self.unfinished.conversation(query, self.upstream, self.clock()) as asked:
            talk = _Conversation(asked, query, self.endpoint, self.wire, asked.now)
            try:
                edges, clicks, states = _answer(talk)
            except NoAlignmentError:
                edges, clicks, states = _as_answered(talk)
                note = NOT_ALIGNED
        return ClickSeries(
            query,
            query.series_name,
            edges,
            clicks,
            states,
            talk.provenance(self.account, note),
            self.coverage(),
        )

    def fetch_account(self) -> Account:
        """Domains and logins to choose from. Raises `AnswerError`."""
        return self.upstream.send(
            v3.account_request(),
            lambda answer: v3.parse_account(answer.path, answer.status, answer.body),
        )

    def fetch_links(self, most: int = 500, search: str = "") -> tuple[list[Link], int]:
        """The account's newest links, of the first `most`, and how many there are in all.

        `search` narrows them to those in whose link, title or address upstream finds it. Raises
        `AnswerError`.
        """
        links: list[Link] = []
        listed, total = 0, None
        question = ("links", most, search)
        with self.unfinished.conversation(question, self.upstream, self.clock()) as talk:
            while listed < most:
                asked = min(v3.MOST_LINKS, most - listed)
                request = v3.links_request(listed, asked, search)
                page = talk.send(
                    request,
                    lambda answer: v3.parse_links(answer.path, answer.status, answer.body),
                )
                links += page.links
                listed, total = listed + page.listed, page.total
                if page.listed < asked or listed == total:
                    break
        return links, listed if total is None else total

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """The link alone: v3 tells of no others."""
        return (link,)

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan | None:
        """None: whatever the question is, it takes a few calls."""
        return None

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """Nothing that is worth a word."""
        return 0

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The one way."""
        return [query]

    def is_before_history(self, query: ClickQuery) -> bool:
        """Never, as far as is known: v3 does not say what it keeps."""
        return False

    def fill(self, missing: Missing) -> None:
        """Nothing: there is no plan that could lack anything."""
        raise AssertionError("v3 has no plans")


_Parts = tuple[buckets.Edges, NDArray[np.int64], NDArray[np.int8]]
_Counts = dict[int, int | None]


def _answer(talk: _Conversation) -> _Parts:
    """The asked buckets, right in their zone. Raises `NoAlignmentError`."""
    query = talk.query
    if query.upstream_buckets:
        return _as_answered(talk)
    if query.units == ALL_TIME:
        return _all_time_total(talk) if query.rollup else _all_time(talk)
    return _total(talk) if query.rollup else _finite(talk)


def _finite(talk: _Conversation) -> _Parts:
    """A series of a known number of buckets."""
    query = talk.query
    wanted = query.units if query.limit is None else min(query.units, query.limit)
    shown = query.replace(units=wanted, limit=None)
    end, only_hours = query.until if query.until is not None else talk.now, False
    for last_try in (False, False, False, True):
        edges = edges_of(shown, end)
        plan = plan_for(query, edges, talk.now, only_hours=only_hours)
        newest = plan.pieces[-1] if plan.pieces else None
        counts = _walk(talk, newest, end, limited=newest is plan.single) if newest else {}
        if newest is None or last_try:
            break
        begun = max((start for start in counts if start <= talk.now), default=None)
        if (
            query.until is None
            and newest.end == edges[-1]
            and begun is not None
            and not edges[-2] <= begun < edges[-1]
        ):
            end = begun  # where upstream's "now" lies, whatever our clock says
        elif plan != plan_for(query, edges, talk.now, only_hours=only_hours):
            continue  # upstream's clock is known by now, and a name means another offset there
        elif not _fits(counts, newest, edges):
            only_hours = True  # its buckets are not the zone's after all (its zone data)
        else:
            break
    for piece in plan.pieces[-2::-1]:
        counts |= _walk(talk, piece, end)
    clicks, states = _filled(talk, edges, plan, counts)
    return _with_capped(query, edges, clicks, states)


def _fits(counts: _Counts, piece: Piece, edges: buckets.Edges) -> bool:
    """Whether the buckets that came are those of the piece; more of them before it do no harm."""
    reaching_in = piece.start - buckets.NOMINAL_SECONDS[piece.unit]
    came = np.array([start for start in counts if reaching_in < start < piece.end], dtype=np.int64)
    return bool(np.isin(came, starts_of(piece, edges)).all())


def _walk(talk: _Conversation, piece: Piece, end: int, *, limited: bool = False) -> _Counts:
    """Counts of the newest of upstream's buckets in a piece, in as many pages as needed.

    `end` [epoch s] lies in the asked range's newest bucket. `limited`: a limit that the user set
    is sent as it is, and not asked on.
    """
    query = talk.query
    units, reference = piece.count, _reference(piece, query, end)
    if limited and piece.own and query.limit is not None:
        return talk.counts(
            v3.ClicksRequest(
                piece.unit, query.units, piece.timezone, reference, rollup=False, limit=query.limit
            )
        )
    if reference is None and not piece.own:  # upstream's newest bucket holds now
        width = buckets.NOMINAL_SECONDS[piece.unit]
        units = (end - piece.start) // width + 1
    counts: _Counts = {}
    for _ in range(MOST_PAGES):
        page = talk.counts(
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


def _reference(piece: Piece, query: ClickQuery, end: int) -> int | None:
    """What to send as the end of a piece; `None`: now."""
    if piece.start <= end < piece.end and (piece.own or query.until is None):
        return query.until
    return piece.end - 1


def _filled(
    talk: _Conversation, edges: buckets.Edges, plan: Plan, counts: _Counts
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Clicks and states of the asked buckets; what lies wholly after now has no clicks yet."""
    starts = [starts_of(piece, edges) for piece in plan.pieces]
    values = {
        start: counts.get(start, 0 if start > talk.now else None)
        for start in np.concatenate([np.empty(0, dtype=np.int64), *starts]).tolist()
    }
    for index in plan.bridges:
        first, last = int(edges[index]), int(edges[index + 1])
        clicks = talk.running_total(last) - talk.running_total(first)
        values[first] = clicks if clicks >= 0 else None
    ordered = sorted(values)
    known = np.array([values[start] is not None for start in ordered], dtype=np.bool_)
    found = np.array([values[start] or 0 for start in ordered], dtype=np.int64)
    sums, complete = regroup(edges, np.array(ordered, dtype=np.int64), found, known)
    return sums, states_of(edges, complete, own_buckets(plan, edges), talk.now)


def _with_capped(
    query: ClickQuery,
    edges: buckets.Edges,
    clicks: NDArray[np.int64],
    states: NDArray[np.int8],
    fixed: timezone | None = None,
) -> _Parts:
    """The buckets that a limit cut off, put before those that came.

    `fixed`: they are upstream's own, by its one offset.
    """
    missing = query.units - len(clicks)
    if missing <= 0:
        return edges, clicks, states
    before = (
        upstream_last(missing, int(edges[0]) - 1, query.unit, fixed)[:-1]
        if fixed
        else edges_of(query, int(edges[-1]) - 1)[:missing]
    )
    return (
        np.concatenate([before, edges]),
        np.concatenate([np.zeros(missing, dtype=np.int64), clicks]),
        np.concatenate([np.full(missing, CAPPED, dtype=np.int8), states]),
    )


def _total(talk: _Conversation) -> _Parts:
    """One number over a known number of buckets."""
    query = talk.query
    for _ in range(2):
        edges, ask, own = question = _total_question(query, talk.now)
        first, last = int(edges[0]), int(edges[-1])
        total = (
            _one_number(talk, ask)
            if ask is not None
            else talk.running_total(last) - talk.running_total(first)
        )
        # The answer does not say which buckets it holds. Where upstream's clock turns out to be
        # in another bucket than ours, or to mean another offset by the zone's name, the question
        # is put once more by its clock.
        again = _total_question(query, talk.now)
        if again[1:] == question[1:] and np.array_equal(again[0], edges):
            break
    return _one_bucket(first, last, total, talk.now, own=own)


def _total_question(
    query: ClickQuery, now: int
) -> tuple[buckets.Edges, v3.ClicksRequest | None, bool]:
    """The range, what to ask for its total (`None`: two running totals), and whether upstream's
    own buckets add up to it.
    """
    end = query.until if query.until is not None else now
    edges = edges_of(query, end)
    plan = plan_for(query, edges, now)
    whole = plan.single or _in_hours(query, int(edges[0]), int(edges[-1]), now)
    if whole is None:
        return edges, None, False
    reference = _reference(whole, query, end)
    units = whole.count
    if reference is None and not whole.own:
        units = (end - whole.start) // buckets.NOMINAL_SECONDS[whole.unit] + 1
    return (
        edges,
        v3.ClicksRequest(
            whole.unit, units, whole.timezone, reference, rollup=True, limit=query.limit
        ),
        whole.own,
    )


def _in_hours(query: ClickQuery, start: int, end: int, now: int) -> Piece | None:
    """A range as one piece of hours; `None` if it begins and ends on different alignments."""
    names = [hours_zone(query, alignment(at), now) for at in (start, end)]
    if alignment(start) != alignment(end):
        return None
    return Piece(start, end, "hour", names[0], (end - start) // buckets.HOUR_SECONDS, own=False)


def _one_number(talk: _Conversation, ask: v3.ClicksRequest, *, begun: bool = False) -> int:
    """A total, which upstream may answer as a list. `begun`: there are clicks in it."""
    clicks = talk.ask(ask)
    if clicks.total is not None:
        return clicks.total
    values = list((clicks.counts or {}).values())
    whole = (
        len(values) == ask.units
        if ask.units != ALL_TIME
        else len(values) < (ask.limit or HIGHEST_LIMIT)
    )
    # An empty list says that there was no click; in XML it leaves nothing behind, as does a number
    # that is lost.
    if not values and (begun or talk.wire == "xml"):
        whole = False
    if not whole or None in values:
        raise unreadable(talk.paths[-1])
    return sum(value for value in values if value is not None)


def _one_bucket(start: int, end: int, total: int, now: int, *, own: bool) -> _Parts:
    edges = np.array([start, end], dtype=np.int64)
    return (
        edges,
        np.array([total], dtype=np.int64),
        states_of(edges, np.array([True]), np.array([own]), now),
    )


def _oldest_month(talk: _Conversation) -> int | None:
    """The start of upstream's first month with clicks [epoch s]; `None` without any.

    One request: no link has a thousand months. By upstream's one offset the month may begin some
    hours before or after the zone's.
    """
    months = talk.counts(
        v3.ClicksRequest(
            "month", ALL_TIME, talk.query.timezone, _all_time_end(talk.query), rollup=False
        )
    )
    return _oldest(talk, months)


def _oldest(talk: _Conversation, starts: Iterable[int]) -> int | None:
    """The first of upstream's buckets with clicks [epoch s]; `None` without any.

    Raises `UnreadableError` for one at the beginning of the calendar, before which that of another
    zone or unit would begin: nothing was clicked decades before Bitly.
    """
    first = min(starts, default=None)
    if first is not None and first < FIRST_BUCKET:
        raise unreadable(talk.paths[-1])
    return first


def _all_time_end(query: ClickQuery) -> int | None:
    """The last instant of the bucket that holds the end; `None`: now."""
    if query.until is None:
        return None
    return buckets.ceiling(query.until, query.unit, query.zone, query.week_start) - 1


def _all_time(talk: _Conversation) -> _Parts:
    """All buckets from the first click on."""
    query = talk.query
    month = _oldest_month(talk)
    newest = query.until if query.until is not None else talk.now
    # By upstream's one offset its month may begin some hours after the zone's.
    oldest = newest if month is None else max(month - buckets.DAY_SECONDS, buckets.EARLIEST)
    start = buckets.floor(oldest, query.unit, query.zone, query.week_start)
    _refuse_too_many(query, start + buckets.NOMINAL_SECONDS["month"], newest)
    edges = buckets.between(start, newest, query.unit, query.zone, query.week_start)
    plan = plan_for(query, edges, talk.now)
    if plan.single is not None and plan.single.own:
        counts, whole = _walk_sparse(talk, plan.single)
        if not _fits(counts, plan.single, edges):  # a click would be lost
            raise unreadable(talk.paths[-1])
        # Upstream lists only buckets with clicks; those between hold none.
        counts = {start: counts.get(start, 0) for start in edges[:-1].tolist()}
    else:
        counts, whole = {}, True
        for piece in plan.pieces[::-1]:
            counts |= _walk(talk, piece, newest)
    clicks, states = _filled(talk, edges, plan, counts)
    parts = _from_first_click(edges, clicks, states)
    _refuse_too_many(query, int(parts[0][0]), newest)
    return _all_time_limited(query, *parts, whole=whole)


def _from_first_click(
    edges: buckets.Edges, clicks: NDArray[np.int64], states: NDArray[np.int8]
) -> _Parts:
    """Without the buckets before the first one that has clicks, or is not known."""
    begun = np.flatnonzero((clicks > 0) | np.isin(states, UNKNOWN))
    first = int(begun[0]) if len(begun) else len(clicks) - 1
    return edges[first:], clicks[first:], states[first:]


def _walk_sparse(talk: _Conversation, piece: Piece) -> tuple[_Counts, bool]:
    """Counts of all of upstream's buckets that have clicks, in as many pages as needed, and
    whether nothing was cut off.
    """
    query = talk.query
    end = query.until if query.upstream_buckets else _all_time_end(query)
    if query.limit is not None:
        counts = talk.counts(
            v3.ClicksRequest(
                piece.unit, ALL_TIME, piece.timezone, end, rollup=False, limit=query.limit
            )
        )
        # As many as the limit may be all of them: one total says whether there is more before.
        return counts, len(counts) < query.limit or _nothing_before(talk, min(counts))
    counts = {}
    for _ in range(MOST_PAGES):
        page = talk.counts(
            v3.ClicksRequest(piece.unit, ALL_TIME, piece.timezone, end, rollup=False)
        )
        nothing_new = page.keys() <= counts.keys()
        counts = page | counts
        if nothing_new or len(page) < HIGHEST_LIMIT or min(counts) <= buckets.EARLIEST + 1:
            break
        end = min(counts) - 1
    return counts, True


def _refuse_too_many(query: ClickQuery, first: int, newest: int) -> None:
    refuse_too_many((newest - first) // buckets.NOMINAL_SECONDS[query.unit] + 1, query.unit)


def _all_time_limited(
    query: ClickQuery,
    edges: buckets.Edges,
    clicks: NDArray[np.int64],
    states: NDArray[np.int8],
    *,
    whole: bool,
    fixed: timezone | None = None,
) -> _Parts:
    """With a limit that was reached: one more bucket before, which stands for all that is cut.

    `whole`: upstream itself cut nothing off. `fixed`: the buckets are upstream's own.
    """
    with_clicks = np.flatnonzero(clicks)
    if query.limit is None or (whole and len(with_clicks) <= query.limit):
        return edges, clicks, states
    first = int(with_clicks[-query.limit]) if len(with_clicks) >= query.limit else 0
    last = int(edges[first]) - 1
    before = (
        upstream_floor(last, query.unit, fixed)
        if fixed
        else buckets.floor(last, query.unit, query.zone, query.week_start)
    )
    return (
        np.concatenate([[before], edges[first:]]).astype(np.int64),
        np.concatenate([[0], clicks[first:]]).astype(np.int64),
        np.concatenate([[CAPPED], states[first:]]).astype(np.int8),
    )


def _all_time_total(talk: _Conversation) -> _Parts:
    """One number over all time; its range begins with the month of the first click."""
    query = talk.query
    month = _oldest_month(talk)
    newest = query.until if query.until is not None else talk.now
    end = buckets.ceiling(newest, query.unit, query.zone, query.week_start)
    begun = month is not None
    total = (
        talk.running_total(end, begun=begun)
        if query.until is not None
        else _one_number(
            talk,
            v3.ClicksRequest(
                "hour", ALL_TIME, query.timezone, None, rollup=True, limit=query.limit
            ),
            begun=begun,
        )
    )
    start = (
        buckets.floor(newest, "month", query.zone) if month is None else _first_month(talk, month)
    )
    return _one_bucket(start, end, total, talk.now, own=True)


def _first_month(talk: _Conversation, upstream: int) -> int:
    """The start of the zone's month with the first click, from that of upstream's [epoch s].

    Where upstream's month begins or ends some hours from the zone's, the totals up to there say
    on which side the first click is.
    """
    zone = talk.query.zone
    fixed = buckets.fixed_zone(buckets.offset_at(talk.now, zone))
    start = buckets.floor(upstream + 2 * buckets.DAY_SECONDS, "month", zone)
    following = buckets.ceiling(start, "month", zone)

    if upstream < start and not _nothing_before(talk, start):
        return buckets.floor(upstream, "month", zone)
    if following < buckets.ceiling(upstream, "month", fixed) and _nothing_before(talk, following):
        return following
    return start


def _nothing_before(talk: _Conversation, moment: int) -> bool:
    """Whether there was no click before an instant that one of the zone's hours begins at."""
    return not _one_number(
        talk, v3.ClicksRequest("hour", ALL_TIME, talk.query.timezone, moment - 1, rollup=True)
    )


def _as_answered(talk: _Conversation) -> _Parts:
    """Upstream's own buckets, by its one offset and its weeks, whatever the zone's are.

    The zone's clock may change between two answers, and with it that offset: then all of it is
    asked anew.
    """
    for _ in range(2):
        talk.offsets.clear()
        talk.echoed = {}  # what it says of its offset labels the buckets
        parts = _as_answered_once(talk)
        if len(talk.offsets) <= 1:
            return parts
    raise AnswerError(
        "Bitly's offset from UTC changed while it answered: ask again.", retryable=True
    )


def _as_answered_once(talk: _Conversation) -> _Parts:
    query = talk.query
    if query.rollup:
        return _total_as_answered(talk)
    everything = Piece(
        buckets.EARLIEST, buckets.LATEST, query.unit, query.timezone, query.units, own=True
    )
    counts, whole = (
        _walk_sparse(talk, everything)
        if query.units == ALL_TIME
        else (_walk(talk, everything, query.until or talk.now, limited=True), True)
    )
    fixed = _upstream_zone(talk)
    newest = query.until if query.until is not None else talk.now
    last = int(upstream_last(1, newest, query.unit, fixed)[-1])
    counts = {start: clicks for start, clicks in counts.items() if start < last}
    listed = set(counts)
    if (oldest := _oldest(talk, listed)) is not None:
        _refuse_too_many(query, oldest, newest)
    if query.units == ALL_TIME or not listed:  # of all time only buckets with clicks are listed
        listed.add(upstream_floor(newest, query.unit, fixed))
    starts = np.array(sorted(listed), dtype=np.int64)
    edges = upstream_edges(query.unit, starts, fixed)
    between = 0 if query.units == ALL_TIME else None
    values = [counts.get(start, between) for start in edges[:-1].tolist()]
    known = np.array([value is not None for value in values], dtype=np.bool_)
    clicks = np.array([value or 0 for value in values], dtype=np.int64)
    states = states_of(edges, known, np.ones(len(known), dtype=np.bool_), talk.now)
    if query.units == ALL_TIME:
        return _all_time_limited(query, edges, clicks, states, whole=whole, fixed=fixed)
    return _with_capped(query, edges, clicks, states, fixed)


def _total_as_answered(talk: _Conversation) -> _Parts:
    query = talk.query
    oldest = _oldest_month(talk) if query.units == ALL_TIME else None
    total = _one_number(
        talk,
        v3.ClicksRequest(
            query.unit, query.units, query.timezone, query.until, rollup=True, limit=query.limit
        ),
        begun=oldest is not None,
    )
    newest = query.until if query.until is not None else talk.now
    fixed = _upstream_zone(talk)
    if query.units == ALL_TIME:
        end = int(upstream_last(1, newest, query.unit, fixed)[-1])
        return _one_bucket(end - 1 if oldest is None else oldest, end, total, talk.now, own=True)
    edges = upstream_last(query.units, newest, query.unit, fixed)
    return _one_bucket(int(edges[0]), int(edges[-1]), total, talk.now, own=True)


def _upstream_zone(talk: _Conversation) -> timezone:
    return buckets.fixed_zone(_upstream_offset(talk))


def _upstream_offset(talk: _Conversation) -> int:
    """The one offset [s] that upstream used: what it said, or what holds by its clock."""
    said = talk.echoed.get("tz_offset")
    return (
        round(float(said) * buckets.HOUR_SECONDS)
        if said is not None
        else buckets.offset_at(talk.now, talk.query.zone)
    )
