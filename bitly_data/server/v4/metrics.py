"""v4's answers about where clicks come from, on what, and how many links were made.

The store keeps of a click its time and its link. So of where it came from only their number is
known: all clicks of the window stand in one row called "unknown" (v3's word for a country that it
did not know), or, of cities, under the clicks without one, for which the description has a field of
its own. The rows add up to the clicks of the window, and no row says what nobody knows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime
from typing import Final

from bitly_data.server.store import LinkFilter, Selection
from bitly_data.server.v4.bitlinks import check_custom_bitlinks
from bitly_data.server.v4.call import USUAL_LINKS, Call, Data, Refusal
from bitly_data.server.v4.clicks import clicks_of_bitlink, echoed, window_clicks
from bitly_data.server.v4.groups import check_organization, groups_of, own_group
from bitly_data.server.v4.policy import SPARSE
from bitly_data.server.v4.times import stamp
from bitly_data.server.v4.window import Window, window_of

UNKNOWN: Final = "unknown"
_ALL_LINKS: Final = 2**62  # more than there are


def bitlink_metrics(facet: str, call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/countries and its kin."""
    return _metrics(call, clicks_of_bitlink(call, bitlink), facet, "value")


def group_metrics(facet: str, call: Call, guid: str) -> Data:
    """/groups/{g}/countries and its kin."""
    return _metrics(call, _clicks_of_group(call, guid), facet, "value")


def bitlink_devices(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/devices: behind a wall on some plans."""
    selection = clicks_of_bitlink(call, bitlink)
    _check_paid(call)
    return _metrics(call, selection, "devices", "device_type")


def group_devices(call: Call, guid: str) -> Data:
    """/groups/{g}/devices: behind a wall on some plans."""
    selection = _clicks_of_group(call, guid)
    _check_paid(call)
    return _metrics(call, selection, "devices", "device_type")


def bitlink_cities(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/cities: behind a wall on some plans."""
    selection = clicks_of_bitlink(call, bitlink)
    _check_paid(call)
    return _cities(call, selection)


def group_cities(call: Call, guid: str) -> Data:
    """/groups/{g}/cities: behind a wall on some plans."""
    selection = _clicks_of_group(call, guid)
    _check_paid(call)
    return _cities(call, selection)


def group_link_cities(call: Call, guid: str) -> Data:
    """/groups/{g}/links/clicks/cities: the same, and no wall is described for it."""
    return _cities(call, _clicks_of_group(call, guid))


def no_scans(call: Call, guid: str) -> Data:
    """/groups/{g}/codes/scans/countries: no QR code is in a click log, and so no scan."""
    own_group(call, guid)
    return _metrics(call, call.store.clicks_of_accounts(()), "countries", "value")


def no_scans_by_city(call: Call, guid: str) -> Data:
    """/groups/{g}/codes/scans/cities: none as well."""
    own_group(call, guid)
    return _cities(call, call.store.clicks_of_accounts(()))


def referrers_by_domains(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/referrers_by_domains: referrers, gathered by their networks."""
    selection = clicks_of_bitlink(call, bitlink)
    window, clicks = _counted(call, selection)
    rows = [{"network": UNKNOWN, "referrers": [{"key": UNKNOWN, "value": clicks}]}]
    found = {"referrers_by_domain": rows if clicks else [], "facet": "referrers_by_domains"}
    return echoed(call, window, found)


def clicks_by_destination(call: Call, bitlink: str) -> Data:
    """/custom_bitlinks/{c}/clicks_by_destination: a log knows one long URL of a link."""
    check_custom_bitlinks(call)
    selection = clicks_of_bitlink(call, bitlink)
    window, clicks = _counted(call, selection)
    host, _, back_half = bitlink.partition("/")
    link = call.store.link(host, back_half, call.now)
    assert link is not None  # its clicks were just found
    rows = [{"value": link.url, "clicks": clicks}] if clicks else []
    return echoed(call, window, {"metrics": rows, "facet": "destinations"})


def group_shorten_counts(call: Call, guid: str) -> Data:
    """/groups/{g}/shorten_counts: how many of its links were made, bucket by bucket."""
    return _shorten_counts(call, own_group(call, guid).logins)


def organization_shorten_counts(call: Call, guid: str) -> Data:
    """/organizations/{o}/shorten_counts: the same of all its groups."""
    check_organization(call, guid)
    return _shorten_counts(call, None)


def shorten_counts_by_group(call: Call, guid: str) -> Data:
    """/organizations/{o}/shorten_counts_by_group: the links made this month, by group."""
    check_organization(call, guid)
    start = month_start(call.now)
    counts = [
        {"key": group.guid, "value": links_made(call, start, group.logins)}
        for group in groups_of(call)
    ]
    return {
        "unit_reference": stamp(call.now),
        "metrics": counts,
        "units": 1,
        "unit": "month",
        "facet": "shorten_counts",
    }


def month_start(now: int) -> int:
    """The beginning of the UTC month that holds `now` [epoch s]."""
    moment = datetime.fromtimestamp(now, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp())


def links_made(call: Call, start: int, logins: tuple[str, ...] | None = None) -> int:
    """How many of the organization's links were made from `start` [epoch s] up to now, perhaps by
    some accounts only.
    """
    # How many there are is counted for every list; the list itself is not needed.
    return call.store.links(_made(start, call.now + 1, logins), call.now, 0, 0)[1]


def _made(start: int, end: int, logins: tuple[str, ...] | None) -> LinkFilter:
    return LinkFilter(logins=logins, created_after=start - 1, created_before=end)


def shorten_series(
    call: Call, window: Window, logins: tuple[str, ...] | None
) -> list[tuple[int, int]]:
    """(start, links made) of each bucket of a window, newest first."""
    starts = window.starts[::-1]
    made: Counter[int] = Counter()
    if starts:
        wanted = _made(starts[0], window.end, logins)
        links, _ = call.store.links(wanted, call.now, _ALL_LINKS, 0)
        made.update(starts[bisect_right(starts, link.created) - 1] for link in links)
    return [(start, made[start]) for start in window.starts]


def _shorten_counts(call: Call, logins: tuple[str, ...] | None) -> Data:
    window = window_of(call.parameters, call.now, call.policy)
    counts = [
        {"key": stamp(start), "value": count}
        for start, count in shorten_series(call, window, logins)
        if count or call.policy.zero_days != SPARSE
    ]
    return echoed(call, window, {"metrics": counts, "facet": "shorten_counts"})


def _clicks_of_group(call: Call, guid: str) -> Selection:
    return call.store.clicks_of_accounts(own_group(call, guid).logins)


def _check_paid(call: Call) -> None:
    if not call.policy.bought.cities_and_devices:
        raise Refusal(402, "UPGRADE_REQUIRED")


def _check_size(call: Call) -> None:
    """Refuse a `size` that is none. A row is all there ever is, so it cuts nothing off."""
    call.parameters.integer("size", USUAL_LINKS, 1, 10**18)


def _counted(call: Call, selection: Selection) -> tuple[Window, int]:
    """The window that is asked for, and the clicks in it."""
    window = window_of(call.parameters, call.now, call.policy)
    return window, window_clicks(call, window, selection)


def _metrics(call: Call, selection: Selection, facet: str, label: str) -> Data:
    _check_size(call)
    window, clicks = _counted(call, selection)
    rows = [{label: UNKNOWN, "clicks": clicks}] if clicks else []
    return echoed(call, window, {"metrics": rows, "facet": facet})


def _cities(call: Call, selection: Selection) -> Data:
    _check_size(call)
    window, clicks = _counted(call, selection)
    other = {"other_city_clicks": 0, "no_city_clicks": clicks}
    return echoed(call, window, {"metrics": [], "other_metrics": other, "facet": "cities"})
