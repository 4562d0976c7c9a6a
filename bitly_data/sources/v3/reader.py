"""Reading the clicks of one question: each request that it takes, and what the answers say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timezone

from bitly_data import buckets
from bitly_data.query import ALL_TIME, HIGHEST_LIMIT, ClickQuery
from bitly_data.series import Provenance
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.rebuild import alignment, hours_zone
from bitly_data.sources.v3.unfinished import Attempt
from bitly_data.sources.wire import unreadable
from bitly_data.transport.client import Answer

Counts = dict[int, int | None]
# A month into the calendar, and some more for its zones [epoch s].
FIRST_BUCKET = buckets.EARLIEST + 40 * buckets.DAY_SECONDS


@dataclass
class ClicksReader:
    """Asks for the clicks that one question is about, in any of upstream's buckets.

    `endpoint` and `wire` are as in `clicks_request`. `offsets` are those from UTC [h] that answers
    said, `totals` the running totals that are known by now.
    """

    attempt: Attempt
    query: ClickQuery
    endpoint: str
    wire: str
    log: RequestLog
    offsets: set[float] = field(default_factory=set)
    totals: dict[int, int] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """Upstream's clock at the newest buckets, as far as it is known [epoch s]."""
        return self.log.now

    @property
    def newest(self) -> int:
        """The end of the range: the one that was asked for, or upstream's now [epoch s]."""
        return self.query.until if self.query.until is not None else self.now

    def ask(self, wanted: v3.ClicksRequest, *, series: bool = False) -> v3.Clicks:
        """What one request says; `series`: a list of buckets, and nothing else, will do."""
        # Plain text holds one number; the series that a total rests on comes as JSON.
        wire = "json" if self.wire == "txt" and not wanted.rollup else self.wire
        request = v3.clicks_request(self.query, wanted, self.endpoint, wire)

        def read(answer: Answer) -> v3.Clicks:
            clicks = v3.parse_clicks(answer.path, answer.status, answer.body, wire)
            if series and clicks.counts is None:
                raise unreadable(answer.path)
            # Older buckets may come minutes later, when the account has calls again: a bucket that
            # was still filling then is not finished by the time that went by.
            if wanted.end is None or not self.log.requests:
                self.log.now = answer.date
            return clicks

        clicks = self.attempt.send(request, read)
        self.log.add(request.path)
        self.log.echo(clicks.echoed)
        if clicks.tz_offset is not None:
            self.offsets.add(clicks.tz_offset)
        return clicks

    def counts(self, wanted: v3.ClicksRequest) -> Counts:
        """The counts of a series that was asked for.

        Upstream may answer one bucket as an integer; more than one in an integer are not known.
        """
        return self.ask(wanted, series=True).counts or {}

    def one_number(self, wanted: v3.ClicksRequest, *, begun: bool = False) -> int:
        """A total, which upstream may answer as a list. `begun`: there are clicks in it."""
        clicks = self.ask(wanted)
        if clicks.total is not None:
            return clicks.total
        values = list((clicks.counts or {}).values())
        whole = (
            len(values) == wanted.units
            if wanted.units != ALL_TIME
            else len(values) < (wanted.limit or HIGHEST_LIMIT)
        )
        # An empty list says that there was no click; in XML it leaves nothing behind, as does a
        # number that is lost.
        if not values and (begun or self.wire == "xml"):
            whole = False
        if not whole or None in values:
            raise unreadable(self.log.last)
        return sum(value for value in values if value is not None)

    def running_total(self, moment: int, *, begun: bool = False) -> int:
        """The clicks from the first one up to an instant that an hour of upstream's ends at.

        `begun`: the first one is known to lie before it.
        """
        if moment not in self.totals:
            name = hours_zone(self.query, alignment(moment), self.now)
            self.totals[moment] = self.one_number(
                v3.ClicksRequest("hour", ALL_TIME, name, moment - 1, rollup=True), begun=begun
            )
        return self.totals[moment]

    def nothing_before(self, moment: int) -> bool:
        """Whether there was no click before an instant that one of the zone's hours begins at."""
        return not self.one_number(
            v3.ClicksRequest("hour", ALL_TIME, self.query.timezone, moment - 1, rollup=True)
        )

    def oldest_month(self) -> int | None:
        """The start of upstream's first month with clicks [epoch s]; `None` without any.

        One request: no link has a thousand months. By upstream's one offset the month may begin
        some hours before or after the zone's.
        """
        end = all_time_end(self.query)
        return self.oldest(
            self.counts(v3.ClicksRequest("month", ALL_TIME, self.query.timezone, end, rollup=False))
        )

    def oldest(self, starts: Iterable[int]) -> int | None:
        """The first of upstream's buckets with clicks [epoch s]; `None` without any.

        Raises `UnreadableError` for one at the beginning of the calendar, before which that of
        another zone or unit would begin: nothing was clicked decades before Bitly.
        """
        first = min(starts, default=None)
        if first is not None and first < FIRST_BUCKET:
            raise unreadable(self.log.last)
        return first

    @property
    def offset(self) -> int:
        """The one offset [s] that upstream used: what it said, or what holds by its clock."""
        said = self.log.echoed.get("tz_offset")
        return (
            round(float(said) * buckets.HOUR_SECONDS)
            if said is not None
            else buckets.offset_at(self.now, self.query.zone)
        )

    @property
    def zone(self) -> timezone:
        """The zone of that one offset."""
        return buckets.fixed_zone(self.offset)

    def provenance(self, account: str, note: str) -> Provenance:
        """Where the series comes from; `account` is its label."""
        own = self.query.upstream_buckets or note
        return self.log.provenance("v3", account, note, self.offset if own else None)


def all_time_end(query: ClickQuery) -> int | None:
    """The last instant of the bucket that holds the end; `None`: now."""
    if query.until is None:
        return None
    return buckets.ceiling(query.until, query.unit, query.zone, query.week_start) - 1
