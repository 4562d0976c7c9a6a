"""v3's answers about clicks: of one Bitlink, and of the organization."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from bitly_data import buckets
from bitly_data.hosts import plain_host
from bitly_data.server.store import ClickStore, LinkRow, Organization, Selection, fold
from bitly_data.server.store.model import Ints
from bitly_data.server.v3.call import Call, Data, Refusal, invalid
from bitly_data.server.v3.question import ALL, Question, question_of
from bitly_data.server.words import (
    EARLIEST,
    MOST_DAYS,
    SUNDAY,
    V3_LINK_UNITS,
    V3_ORGANIZATION_UNITS,
    counted_width,
)

_LINK: Final = re.compile(r"(?:https?://)?([^\s/?#@:]+)/([^\s/?#]+)", re.IGNORECASE)


def link_clicks(call: Call) -> Data:
    """/v3/link/clicks: the clicks of one Bitlink."""
    host, link_hash = _sent_link(call)
    question = question_of(call, V3_LINK_UNITS, rollup=True)
    return answered(call, question, _link_selection(call, host, link_hash), "link_clicks")


def link_selection(call: Call) -> Selection:
    """The clicks of the Bitlink that a call names. Raises `Refusal`."""
    return _link_selection(call, *_sent_link(call))


def link_of(call: Call, address: str) -> LinkRow | None:
    """The link of an address; `None` where there is none, or where it is no Bitlink's."""
    match = _LINK.fullmatch(address)
    return None if match is None else call.store.link(match[1].lower(), match[2], call.now)


def _sent_link(call: Call) -> tuple[str, str]:
    link = call.parameters.last("link")
    if link is None:
        raise Refusal(500, "MISSING_ARG_LINK")
    return parse_link(link)


def _link_selection(call: Call, host: str, link_hash: str) -> Selection:
    selection = call.store.link_clicks(host, link_hash, call.now)
    if selection is None:
        raise Refusal(404, "NOT_FOUND")
    return selection


def organization_clicks(call: Call) -> Data:
    """/v3/organization/clicks: the clicks of the organization, each once."""
    selection = clicks_of(call)
    question = question_of(call, V3_ORGANIZATION_UNITS, rollup=call.policy.organization_rollup)
    return answered(call, question, selection, "organization_clicks")


def clicks_of(call: Call) -> Selection:
    """The organization's clicks that a call is about. Raises `Refusal`."""
    domains = [plain_host(name) for name in call.parameters.all("domain")]
    login = call.parameters.last("login")
    organization = call.store.organization
    known = {*organization.short_domains, *organization.tracking_domains}
    if not known.issuperset(domains):
        raise invalid("domain")
    if login == "!":
        _check_others(organization)
    elif login is not None and login not in organization.accounts:
        raise invalid("login")
    return call.store.organization_clicks(domains, login)


def _check_others(organization: Organization) -> None:
    """Refuse to count other people's links where nothing says which those are.

    The first text is this server's own: Bitly knows its accounts. It has the second where it is
    asked about a domain that nobody named.
    """
    if not organization.named:
        raise Refusal(500, "ACCOUNTS_NOT_NAMED")
    if not organization.tracking_domains:
        raise Refusal(500, "TRACKING_DOMAIN_NOT_REGISTERED")


def parse_link(link: str) -> tuple[str, str]:
    """Host in lower case and hash of a Bitlink; the scheme does not matter."""
    match = _LINK.fullmatch(link)
    if match is None:
        raise invalid("link", 400)
    return match[1].lower(), match[2]


def answered(call: Call, question: Question, selection: Selection, key: str) -> Data:
    """The selected clicks of a question, as one number or bucket by bucket."""
    start, end = bounds(call, question)
    clicks: int | list[dict[str, int]]
    if question.rollup:
        clicks = call.store.count(selection, start, end)
    elif question.buckets_back == ALL:
        clicks = _clicked_buckets(call.store, question, selection, end)
    else:
        clicks = _newest_buckets(call.store, question, selection, end)
    return echoed(question, key, clicks)


def bounds(call: Call, question: Question) -> tuple[int, int]:
    """From when to when a question counts [epoch s], the end exclusive."""
    # The newest bucket is counted whole, and nothing after the clock is there yet.
    return _range_start(question), min(question.back(question.newest, -1), call.now + 1)


def echoed(question: Question, key: str, found: object) -> Data:
    """What was found, behind what is said of the question."""
    return {
        "units": question.units,
        "unit_reference_ts": question.sent_reference,
        "tz_offset": question.hours,
        "unit": question.unit,
        key: found,
    }


def _range_start(question: Question) -> int:
    if question.buckets_back == ALL:
        return EARLIEST
    return max(question.back(question.newest, question.buckets_back - 1), EARLIEST)


def _newest_buckets(
    store: ClickStore, question: Question, selection: Selection, end: int
) -> list[dict[str, int]]:
    """The newest `units` buckets, at most `limit`, empty ones among them."""
    starts = question.starts(min(question.buckets_back, question.limit))
    times, counts = store.count_by(
        selection,
        starts[-1] if starts else end,
        end,
        width=counted_width(question.unit),
        offset=question.offset,
    )
    return _series(starts, fold(starts, times, counts))


def _clicked_buckets(
    store: ClickStore, question: Question, selection: Selection, end: int
) -> list[dict[str, int]]:
    """All buckets with clicks, at most the newest `limit`."""
    # So many stretches are sure to hold `limit` whole buckets; what they hold of one more is cut.
    enough = question.limit * MOST_DAYS.get(question.unit, 1)
    times, counts = store.count_by(
        selection, 0, end, width=counted_width(question.unit), offset=question.offset, newest=enough
    )
    if question.unit not in MOST_DAYS or not times.size:
        return _series(times.tolist(), counts)
    starts = [buckets.floor(int(times[0]), question.unit, question.zone, SUNDAY)]
    while starts[-1] > times[-1]:
        starts.append(question.back(starts[-1], 1))
    totals = fold(starts, times, counts)
    clicked = np.flatnonzero(totals)[: question.limit]
    return _series([starts[index] for index in clicked], totals[clicked])


def _series(starts: Sequence[int], counts: Ints) -> list[dict[str, int]]:
    return [
        {"dt": start, "clicks": count} for start, count in zip(starts, counts.tolist(), strict=True)
    ]
