"""v4's answers about clicks: of one link, and of a group."""

from __future__ import annotations

from collections.abc import Callable

from bitly_data.server.store import Selection, fold
from bitly_data.server.v4.bitlinks import check_custom_bitlinks, own_link
from bitly_data.server.v4.call import Call, Data, Refusal
from bitly_data.server.v4.groups import Group, own_group
from bitly_data.server.v4.policy import EPOCH, OLDEST, SPARSE
from bitly_data.server.v4.times import stamp
from bitly_data.server.v4.window import ALL, Window, window_of
from bitly_data.server.words import EARLIEST, counted_width


def bitlink_clicks(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/clicks: a link's clicks, bucket by bucket."""
    selection = clicks_of_bitlink(call, bitlink)
    window = window_of(call.parameters, call.now, call.policy)
    items = [
        {"date": stamp(start), "clicks": count} for start, count in _series(call, window, selection)
    ]
    return echoed(call, window, {"link_clicks": items})


def bitlink_summary(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/clicks/summary: the same clicks as one number."""
    return _summary(call, bitlink, lambda clicks: {"total_clicks": clicks})


def bitlink_engagements(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/engagements: clicks, scans and button clicks together, bucket by bucket.

    A click log has neither codes nor buttons, so all engagements are clicks.
    """
    selection = clicks_of_bitlink(call, bitlink)
    window = window_of(call.parameters, call.now, call.policy)
    items = [
        {"date": stamp(start), "engagement_count": count, "engagements": _engagements(count)}
        for start, count in _series(call, window, selection)
    ]
    return echoed(call, window, {"engagements": items})


def bitlink_engagements_summary(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/engagements/summary: the same as one number."""
    return _summary(
        call,
        bitlink,
        lambda clicks: {"total_engagements": clicks, "engagements": _engagements(clicks)},
    )


def _engagements(clicks: int) -> Data:
    return {"lib_button_clicks": 0, "clicks": clicks, "scans": 0}


def _summary(call: Call, bitlink: str, told: Callable[[int], Data]) -> Data:
    selection = clicks_of_bitlink(call, bitlink)
    window = window_of(call.parameters, call.now, call.policy)
    if _is_limited(call, window):
        # Not the clicks asked for, but all up to then: what makes a client's numbers grow.
        clicks = call.store.count(selection, EARLIEST, window.end)
    else:
        clicks = window_clicks(call, window, selection)
    data = echoed(call, window, told(clicks))
    if call.policy.bought.tells_limit and window.is_cut:
        data["unit"] = ""
    return data


def window_clicks(call: Call, window: Window, selection: Selection) -> int:
    """The selected clicks in all of a window's buckets."""
    start = window.starts[-1] if window.starts else window.end
    return call.store.count(selection, start, window.end)


def custom_bitlink_clicks(call: Call, bitlink: str) -> Data:
    """/custom_bitlinks/{c}/clicks: behind a wall, and beyond it the clicks of that back-half."""
    check_custom_bitlinks(call)
    return bitlink_clicks(call, bitlink)


def clicks_of_bitlink(call: Call, bitlink: str) -> Selection:
    """The clicks by one id of a link: its hash and its custom back-halves are counted apart."""
    link = own_link(call, bitlink)
    selection = call.store.back_half_clicks(link.host, bitlink.partition("/")[2], call.now)
    assert selection is not None  # the link was there a moment ago
    return selection


def _is_limited(call: Call, window: Window) -> bool:
    return call.policy.bought.tells_limit and window.is_before_history


def _series(call: Call, window: Window, selection: Selection) -> list[tuple[int, int]]:
    """(start, clicks) of each bucket, newest first, by the server's habit of zero days."""
    starts = window.starts
    if not starts:
        return []
    times, counts = call.store.count_by(
        selection,
        starts[-1],
        window.end,
        offset=0,
        width=counted_width(window.unit),
    )
    pairs = zip(starts, fold(starts, times, counts).tolist(), strict=True)
    return [pair for pair in pairs if pair[1] or call.policy.zero_days != SPARSE]


def echoed(call: Call, window: Window, data: Data) -> Data:
    """`data` between what is said of the question."""
    units = len(window.starts)
    if window.units == ALL and call.policy.zero_days == SPARSE:
        units = ALL
    answered = {
        "unit_reference": stamp(window.reference),
        **data,
        "units": units,
        "unit": window.unit,
    }
    if _is_limited(call, window):
        answered |= {
            "unit": "",
            "description": f"Metrics data limited to after {stamp(window.history)}",
        }
    return answered


def group_clicks(call: Call, guid: str) -> Data:
    """/groups/{g}/clicks: the same as over_time, behind a wall."""
    group = own_group(call, guid)
    if not call.policy.bought.group_clicks:
        raise Refusal(402, "UPGRADE_REQUIRED")
    return _group_series(call, group)


def group_clicks_over_time(call: Call, guid: str) -> Data:
    """/groups/{g}/links/clicks/over_time: the clicks of all the group's links."""
    return _group_series(call, own_group(call, guid))


def group_scans(call: Call, guid: str) -> Data:
    """/groups/{g}/codes/scans/over_time: no QR code is in a click log, and so no scan."""
    own_group(call, guid)
    return _group_series(call, Group(guid, "", ()))


def _group_series(call: Call, group: Group) -> Data:
    window = window_of(call.parameters, call.now, call.policy)
    write = str if call.policy.group_ts == EPOCH else stamp
    items = [
        {"ts": write(start), "count": count}
        for start, count in _series(call, window, call.store.clicks_of_accounts(group.logins))
    ]
    if call.policy.group_order == OLDEST:
        items.reverse()
    return echoed(call, window, {"data": items})
