"""v4's answers about what no click log holds: campaigns, channels, tags, codes, webhooks, usage.

A list of them is empty, and one of them by its id is not there.
"""

from __future__ import annotations

from typing import Final

from bitly_data.server.v4.bitlinks import own_link
from bitly_data.server.v4.call import Call, Data, Refusal
from bitly_data.server.v4.groups import check_organization, own_group
from bitly_data.server.v4.metrics import links_made, month_start, shorten_series
from bitly_data.server.v4.times import parse_time, stamp
from bitly_data.server.v4.window import ALL, window_from

# The limits whose use a group can be asked for, as clients and the description call them.
ENCODES: Final = "encodes"
CODES: Final = "qr_codes"
LIMITS: Final = {ENCODES: "Links made", CODES: "QR codes made"}
_UNITS: Final = ("day", "week", "month")


def campaigns(call: Call) -> Data:
    """/campaigns: none."""
    _check_filter(call)
    return {"campaigns": []}


def channels(call: Call) -> Data:
    """/channels: none."""
    _check_filter(call)
    return {"channels": []}


def webhooks(call: Call, guid: str) -> Data:
    """/organizations/{o}/webhooks: none; behind a wall on all plans but the largest."""
    check_organization(call, guid)
    if not call.policy.bought.webhooks:
        raise Refusal(402, "UPGRADE_REQUIRED")
    return {"webhooks": []}


def not_there(call: Call, guid: str) -> Data:
    """A campaign, channel, webhook or app by its id. Raises `Refusal`."""
    raise Refusal(404, "NOT_FOUND")


def no_code(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/qr: no link of a click log has a QR code. Raises `Refusal`."""
    own_link(call, bitlink)
    raise Refusal(404, "NOT_FOUND")


def tags(call: Call, guid: str) -> Data:
    """/groups/{g}/tags: none."""
    own_group(call, guid)
    call.parameters.choice("type", "bitlink", ("bitlink", "qr_code"))
    return {"tags": []}


def preferences(call: Call, guid: str) -> Data:
    """/groups/{g}/preferences: on which domain its links are made."""
    own_group(call, guid)
    domains = call.store.organization.short_domains
    return {"group_guid": guid, "domain_preference": domains[0] if domains else "bit.ly"}


def top_scans(call: Call, guid: str) -> Data:
    """/groups/{g}/codes/scans/top: none, in one of two forms."""
    own_group(call, guid)
    if call.parameters.choice("decoupled", "false", ("true", "false")) == "true":
        return {"links": [], "qr_codes": [], "sorted_engagements": []}
    return {"sorted_links": [], "links": []}


def feature_usage(call: Call, guid: str) -> Data:
    """/groups/{g}/feature_usage: how much of this month's limits the group has used."""
    group = own_group(call, guid)
    made = links_made(call, month_start(call.now), group.logins)
    counts = {ENCODES: made, CODES: 0}
    return {
        "group_guid": guid,
        "limit_usage": [
            {"name": name, "description": LIMITS[name], "count": counts[name]}
            for name in _named_limits(call)
        ],
    }


def historical_usage(call: Call, guid: str) -> Data:
    """/groups/{g}/historical_usage: the same, bucket by bucket, within the plan's history."""
    group = own_group(call, guid)
    parameters = call.parameters
    unit = parameters.choice("unit", "month", _UNITS)
    first, last = (
        None if text is None else parse_time(text, name)
        for name in ("start_date", "end_date")
        for text in [parameters.last(name)]
    )
    end = call.now if last is None else last
    window = window_from(unit, ALL, end, call.now, call.policy)
    made = [
        (start, count)
        for start, count in shorten_series(call, window, group.logins)
        if first is None or start >= window.floor(first)
    ]
    counts = {ENCODES: made, CODES: [(start, 0) for start, _ in made]}
    return {
        "group_guid": guid,
        "unit": unit,
        "start_date": stamp(made[-1][0] if made else end),
        "end_date": stamp(end),
        "historical_limit_usage": [
            {
                "name": name,
                "usage": [
                    {"count": count, "unit_start": stamp(start)} for start, count in counts[name]
                ],
            }
            for name in _named_limits(call)
        ],
    }


def _named_limits(call: Call) -> list[str]:
    wanted = call.parameters.all("name")
    return [name for name in LIMITS if not wanted or name in wanted]


def _check_filter(call: Call) -> None:
    wanted = call.parameters.last("group_guid")
    if wanted is not None:
        own_group(call, wanted)
