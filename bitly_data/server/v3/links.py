"""v3's answers about several links at once: where they lead, what they are, how often clicked.

A link is named by its address (`shortUrl`) or its hash (`hash`), either of them repeated. One that
is not there is an item with an error and refuses nothing else (docs/upstream/v3.md, on neighbours).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from bitly_data.server.store import LinkRow, Selection, fold
from bitly_data.server.v3.call import Call, Data, Refusal, invalid
from bitly_data.server.v3.clicks import link_of
from bitly_data.server.v3.question import day_starts
from bitly_data.server.words import DAY_SECONDS, EARLIEST, MINUTE_SECONDS

# As v3 documents it, for all calls that take several links.
MOST_LINKS: Final = 15
_MINUTES: Final = 60


class _Named(NamedTuple):
    """A link as a caller names it (`short_url` or `hash`), and what it is, if it is there."""

    name: str
    value: str
    link: LinkRow | None
    clicks: Selection | None


def expand(call: Call) -> Data:
    """/v3/expand: where links lead, anybody's."""
    return {"expand": [_item(named, _destination) for named in _named(call)]}


def info(call: Call) -> Data:
    """/v3/info: who made links, when, and how they are called."""
    return {"info": [_item(named, _about) for named in _named(call)]}


def clicks(call: Call) -> Data:
    """/v3/clicks: all clicks of links. A log does not tell a link from others to the same page."""

    def counted(named: _Named, link: LinkRow) -> Data:
        assert named.clicks is not None
        number = call.store.count(named.clicks, EARLIEST, call.now + 1)
        return {**_hashes(link), "user_clicks": number, "global_clicks": number}

    return {"clicks": [_item(named, counted) for named in _named(call)]}


def clicks_by_day(call: Call) -> Data:
    """/v3/clicks_by_day: the clicks of the last days, newest first, in New York's days."""

    def counted(named: _Named, link: LinkRow) -> Data:
        assert named.clicks is not None
        return {**_hashes(link), "clicks": days_of(call, named.clicks)}

    return {"clicks_by_day": [_item(named, counted) for named in _named(call)]}


def clicks_by_minute(call: Call) -> Data:
    """/v3/clicks_by_minute: the clicks of the last sixty minutes, newest first."""

    def counted(named: _Named, link: LinkRow) -> Data:
        assert named.clicks is not None
        newest = call.now // MINUTE_SECONDS * MINUTE_SECONDS
        starts = [newest - back * MINUTE_SECONDS for back in range(_MINUTES)]
        times, counts = call.store.count_by(
            named.clicks, starts[-1], call.now + 1, width=MINUTE_SECONDS, offset=0
        )
        return {**_hashes(link), "clicks": fold(starts, times, counts).tolist()}

    return {"clicks_by_minute": [_item(named, counted) for named in _named(call)]}


def days_of(call: Call, selection: Selection) -> list[dict[str, int]]:
    """The selected clicks of the last `days`, as calls from before `unit` tell them."""
    days = call.parameters.integer("days", 7, 1, 30)
    starts, offset = day_starts(call, days)
    times, counts = call.store.count_by(
        selection, starts[-1], call.now + 1, width=DAY_SECONDS, offset=offset
    )
    totals = fold(starts, times, counts).tolist()
    return [
        {"clicks": count, "day_start": start} for start, count in zip(starts, totals, strict=True)
    ]


def _named(call: Call) -> list[_Named]:
    parameters = call.parameters
    addresses, hashes = parameters.all("shortUrl"), parameters.all("hash")
    if not addresses and not hashes:
        raise Refusal(500, "MISSING_ARG_SHORTURL")
    if len(addresses) + len(hashes) > MOST_LINKS:
        raise invalid("shorturl" if addresses else "hash")
    store = call.store
    found: list[tuple[str, str, LinkRow | None]] = []
    for address in addresses:
        link = link_of(call, address)
        found.append(("short_url", address, link))
    found += [("hash", name, store.link_of_hash(name, call.now)) for name in hashes]
    return [_Named(name, value, link, _clicks_on(call, link)) for name, value, link in found]


def _clicks_on(call: Call, link: LinkRow | None) -> Selection | None:
    return None if link is None else call.store.link_clicks(link.host, link.hash, call.now)


def _item(named: _Named, told: Callable[[_Named, LinkRow], Data]) -> Data:
    what = {"error": "NOT_FOUND"} if named.link is None else told(named, named.link)
    return {named.name: named.value, **what}


def _destination(named: _Named, link: LinkRow) -> Data:
    return {"long_url": link.url, **_hashes(link)}


def _about(named: _Named, link: LinkRow) -> Data:
    return {
        **_hashes(link),
        "created_by": link.login or None,
        "title": link.title or None,
        "created_at": link.created,
    }


def _hashes(link: LinkRow) -> Data:
    return {"user_hash": link.hash, "global_hash": link.hash}
