"""Bitly's v4 questions and answers, without HTTP: from a path and parameters to a body.

The same clicks as v3's, as v4 shows them: to the owner of the links, by group, in UTC. The form
of the answers is that of recorded ones and of Bitly's own description of the API (August 2026).
Where neither tells, the choices are these (those about time are in `v4_time`, those about plans
in `v4_plans`):

- A group's clicks are those on links of its accounts, on any host. Other people's links to the
  organization's tracking domains are nobody's here: v4 has no operation that sees them.
- An organization has one group. On the enterprise plan it has two, its accounts divided between
  them by their names, so that each link is in one of them.
- Ids follow from the short domains, so the same clicks have the same ones.
- A link of another account is a 403, a link that is not there a 404. An id of the right form that
  is not ours is another account's, a 403; anything else is a 404.
- A link list has at most 100 links a page, as a sorted list has. Of links nothing is known but
  what a click log tells: none is archived, tagged or expired.
- The clicks of a link's hash and of each of its custom back-halves are counted apart; groups and
  sorted lists count them together, under the hash. Any of them is a name of the link's body.
- Sorted lists hold the links with clicks in the window only; their bodies are in another order,
  newest link first.
- Where a free account refers to a time before its history, the answer holds the number of clicks
  since the link was made up to the end of that bucket, and a text that says from when on there
  are numbers (seen in 2022). Its summaries leave the unit empty where the history cut them short
  (seen in 2020).
- What reaches an operation with the right token counts as a call, whatever becomes of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from bitly_data import buckets
from bitly_data.server.calls import Answer, BadArgument, Parameters
from bitly_data.server.store import (
    ClickStore,
    LinkFilter,
    LinkRow,
    Organization,
    Selection,
    fold,
)
from bitly_data.server.v4_plans import EPOCH, OLDEST, SPARSE, Quota, V4Policy
from bitly_data.server.v4_time import ALL, Window, stamp, window

Data = dict[str, Any]

ROOT: Final = "/v4"
JSON_TYPE: Final = "application/json"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_MOST_LINKS: Final = 100
_DEFAULT_SIZE: Final = 50
# Who is asked where there are no clicks, and so no account and no short domain.
_NOBODY: Final = "nobody"
_ON_OFF_BOTH: Final = ("on", "off", "both")
# The width of the store's counts [s]; weeks and months are put together from days.
_WIDTHS: Final = {"minute": buckets.MINUTE_SECONDS, "hour": buckets.HOUR_SECONDS}
_GUID: Final = re.compile(r"[A-Z][0-9A-Za-z]{10}")
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_DESCRIPTIONS: Final = {
    402: "You must upgrade your account to access this resource.",
    403: "You are currently forbidden to access this resource.",
    404: "What you are looking for cannot be found.",
    429: "You have reached the limit of calls to this resource.",
    500: "An internal error has occurred.",
}


class Refusal(Exception):
    """An answer that is not OK: its HTTP status and Bitly's message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Call(NamedTuple):
    """One question: who is asked, what, when [epoch s], by which rules, and at which address."""

    store: ClickStore
    parameters: Parameters
    now: int
    policy: V4Policy
    quota: Quota
    root: str  # such as http://127.0.0.1:8080/v4


@dataclass(frozen=True)
class Group:
    """Some of the organization's accounts, whose links and clicks are seen together."""

    guid: str
    name: str
    logins: tuple[str, ...]


# ---------------------------------------------------------------------------------------------
# From a path to an answer


def answer(
    path: str,
    items: Sequence[tuple[str, str]],
    authorization: str,
    token: str | None,
    call: Callable[[Parameters], Call],
) -> Answer:
    """The answer to a GET of a path below /v4.

    `items` are the decoded query parameters in the order in which they were sent, `authorization`
    the header of that name, `token` the only one that will do (`None`: any); `call` makes a call
    of the parameters.
    """
    found = _route(path)
    if found is None:
        return Answer(404, b"404 page not found", TEXT_TYPE)
    operation, arguments = found
    try:
        _check_token(authorization, token)
        question = call(Parameters(items))
        refused = question.quota.take(operation.template, question.now)
        if refused is not None:
            raise Refusal(429, refused)
        return _write(200, operation.run(question, *arguments))
    except Refusal as refusal:
        return _refuse(refusal.status, refusal.message, operation.resource)
    except BadArgument as bad:
        return _write(
            400,
            {
                "message": bad.text,
                "resource": operation.resource,
                "description": "The value provided is invalid.",
                "errors": [{"field": bad.name, "error_code": "invalid"}],
            },
        )


def failure(path: str) -> Answer:
    """The answer when the server itself is at fault."""
    found = _route(path)
    return _refuse(500, "INTERNAL_ERROR", found[0].resource if found else "")


def _check_token(authorization: str, token: str | None) -> None:
    kind, _, sent = authorization.strip().partition(" ")
    sent = sent.strip()
    if (
        kind.lower() != "bearer"
        or not sent
        or (token is not None and not hmac.compare_digest(sent.encode(), token.encode()))
    ):
        raise Refusal(403, "FORBIDDEN")


def _write(status: int, data: Data) -> Answer:
    return Answer(status, json.dumps(data, separators=(",", ":")).encode(), JSON_TYPE)


def _refuse(status: int, message: str, resource: str) -> Answer:
    return _write(
        status, {"message": message, "resource": resource, "description": _DESCRIPTIONS[status]}
    )


# ---------------------------------------------------------------------------------------------
# Clicks of a link


def bitlink_clicks(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/clicks: a link's clicks, bucket by bucket."""
    selection = _clicks_of(call, bitlink)
    asked = window(call.parameters, call.now, call.policy)
    items = [
        {"date": stamp(start), "clicks": count} for start, count in _series(call, asked, selection)
    ]
    return _echoed(call, asked, {"link_clicks": items})


def bitlink_summary(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}/clicks/summary: the same clicks as one number."""
    selection = _clicks_of(call, bitlink)
    asked = window(call.parameters, call.now, call.policy)
    if _is_limited(call, asked):
        # Not the clicks asked for, but all up to then: what makes a client's numbers grow.
        start = buckets.EARLIEST
    else:
        start = asked.starts[-1] if asked.starts else asked.end
    data = _echoed(call, asked, {"total_clicks": call.store.count(selection, start, asked.end)})
    if call.policy.bought.tells_limit and asked.is_cut:
        data["unit"] = ""
    return data


def custom_bitlink_clicks(call: Call, bitlink: str) -> Data:
    """/custom_bitlinks/{c}/clicks: behind a wall, and beyond it the clicks of that back-half."""
    if not call.policy.bought.custom_bitlinks:
        raise Refusal(402, "UPGRADE_REQUIRED")
    return bitlink_clicks(call, bitlink)


def bitlink(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}: what is known of a link."""
    return _body(call, _own_link(call, bitlink))


def _own_link(call: Call, bitlink: str) -> LinkRow:
    host, _, link_hash = bitlink.partition("/")
    link = call.store.link(host, link_hash, call.now)
    if link is None:
        raise Refusal(404, "NOT_FOUND")
    if not link.own:
        raise Refusal(403, "FORBIDDEN")
    return link


def _clicks_of(call: Call, bitlink: str) -> Selection:
    """The clicks by one id of a link: its hash and its custom back-halves are counted apart."""
    link = _own_link(call, bitlink)
    selection = call.store.back_half_clicks(link.host, bitlink.partition("/")[2], call.now)
    assert selection is not None  # the link was there a moment ago
    return selection


def _is_limited(call: Call, asked: Window) -> bool:
    return call.policy.bought.tells_limit and asked.is_before_history


def _series(call: Call, asked: Window, selection: Selection) -> list[tuple[int, int]]:
    """(start, clicks) of each bucket, newest first, by the server's habit of zero days."""
    starts = asked.starts
    if not starts:
        return []
    times, counts = call.store.count_by(
        selection,
        starts[-1],
        asked.end,
        offset=0,
        width=_WIDTHS.get(asked.unit, buckets.DAY_SECONDS),
    )
    pairs = zip(starts, fold(starts, times, counts).tolist(), strict=True)
    return [pair for pair in pairs if pair[1] or call.policy.zero_days != SPARSE]


def _echoed(call: Call, asked: Window, data: Data) -> Data:
    """`data` between what is said of the question."""
    units = len(asked.starts)
    if asked.asked == ALL and call.policy.zero_days == SPARSE:
        units = ALL
    answered = {
        "unit_reference": stamp(asked.reference),
        **data,
        "units": units,
        "unit": asked.unit,
    }
    if _is_limited(call, asked):
        answered |= {
            "unit": "",
            "description": f"Metrics data limited to after {stamp(asked.history)}",
        }
    return answered


# ---------------------------------------------------------------------------------------------
# Groups


def group_clicks(call: Call, guid: str) -> Data:
    """/groups/{g}/clicks: the same as over_time, behind a wall."""
    group = _own_group(call, guid)
    if not call.policy.bought.group_clicks:
        raise Refusal(402, "UPGRADE_REQUIRED")
    return _group_series(call, group)


def group_clicks_over_time(call: Call, guid: str) -> Data:
    """/groups/{g}/links/clicks/over_time: the clicks of all the group's links."""
    return _group_series(call, _own_group(call, guid))


def _group_series(call: Call, group: Group) -> Data:
    asked = window(call.parameters, call.now, call.policy)
    write = str if call.policy.group_ts == EPOCH else stamp
    items = [
        {"ts": write(start), "count": count}
        for start, count in _series(call, asked, call.store.clicks_of_accounts(group.logins))
    ]
    if call.policy.group_order == OLDEST:
        items.reverse()
    return _echoed(call, asked, {"data": items})


def sorted_bitlinks(call: Call, guid: str) -> Data:
    """/groups/{g}/bitlinks/clicks: the links most clicked, and their bodies apart from that."""
    group = _own_group(call, guid)
    asked = window(call.parameters, call.now, call.policy)
    size = call.parameters.integer("size", _DEFAULT_SIZE, 1, _MOST_LINKS)
    if not asked.starts:
        return {"sorted_links": [], "links": []}
    found = call.store.count_links(
        call.store.clicks_of_accounts(group.logins), asked.starts[-1], asked.end, size
    )
    names = tuple((host, link_hash) for host, link_hash, _ in found)
    links, _ = call.store.links(LinkFilter(links=names), call.now, size, 0) if names else ([], 0)
    return {
        "sorted_links": [
            {"id": f"{host}/{link_hash}", "clicks": clicks} for host, link_hash, clicks in found
        ],
        "links": [_body(call, link) for link in links],
    }


def group_bitlinks(call: Call, guid: str) -> Data:
    """/groups/{g}/bitlinks: the group's links, newest first, page by page.

    A blank `search_after` is none, so whoever sends on the one of the last page begins anew.
    """
    group = _own_group(call, guid)
    parameters = call.parameters
    size = parameters.integer("size", _DEFAULT_SIZE, 1, _MOST_LINKS)
    wanted = _link_filter(parameters, group)
    if wanted is None:
        return {"links": [], "pagination": {"next": "", "search_after": "", "size": size}}
    links, _ = call.store.links(wanted, call.now, size + 1, 0)
    more = len(links) > size
    links = links[:size]
    token = _page_token(links[-1]) if more else ""
    following = ""
    if more:
        kept = [item for item in parameters.items() if item[0] != "search_after"]
        query = urlencode([*kept, ("search_after", token)])
        following = f"{call.root}/groups/{guid}/bitlinks?{query}"
    return {
        "links": [_body(call, link) for link in links],
        "pagination": {"next": following, "search_after": token, "size": size},
    }


def _link_filter(parameters: Parameters, group: Group) -> LinkFilter | None:
    """Which links to list; `None` for none, as no link has what is asked for."""
    on = [
        parameters.choice("archived", "off", _ON_OFF_BOTH) == "on",
        *(
            parameters.choice(name, "both", _ON_OFF_BOTH) == "on"
            for name in (
                "deeplinks",
                "domain_deeplinks",
                "has_qr_codes",
                "is_expired",
                "has_expiration",
                "has_dynamic_routing",
            )
        ),
        *(
            bool(parameters.all(name))
            for name in ("tags", "launchpad_ids", "campaign_guid", "channel_guid")
        ),
    ]
    logins = set(parameters.all("encoding_login")) or set(group.logins)
    custom = parameters.choice("custom_bitlink", "both", _ON_OFF_BOTH)
    wanted = LinkFilter(
        logins=tuple(login for login in group.logins if login in logins),
        text=parameters.text("query", ""),
        destination=parameters.text("hostname_path_query", ""),
        created_before=_moment(parameters, "created_before"),
        created_after=_moment(parameters, "created_after"),
        after=_place(parameters),
        has_keyword=None if custom == "both" else custom == "on",
    )
    return None if any(on) else wanted


def _moment(parameters: Parameters, name: str) -> int | None:
    if parameters.last(name) is None:
        return None
    return parameters.integer(name, 0, 0, buckets.LATEST)


def _page_token(link: LinkRow) -> str:
    """Where the next page begins: a place in the list, whatever is added to it meanwhile."""
    text = json.dumps([link.created, link.host, link.hash])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(parameters: Parameters) -> tuple[int, str, str] | None:
    token = parameters.last("search_after")
    if token is None:
        return None
    try:
        place = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True))
        created, host, link_hash = place
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadArgument("search_after") from None
    if (type(created), type(host), type(link_hash)) != (int, str, str) or (
        not buckets.EARLIEST <= created < buckets.LATEST
    ):
        raise BadArgument("search_after")
    return created, host, link_hash


def _body(call: Call, link: LinkRow) -> Data:
    body = {
        "created_at": stamp(link.created),
        "id": link.name,
        "link": f"https://{link.name}",
        "custom_bitlinks": [f"https://{link.host}/{keyword}" for keyword in link.keywords],
        "long_url": link.url,
        "archived": False,
        "created_by": link.login,
        "client_id": "",
        "tags": [],
        "deeplinks": [],
        "references": {"group": f"{call.root}/groups/{_group_of(call, link.login).guid}"},
    }
    return {**body, "title": link.title} if link.title else body


# ---------------------------------------------------------------------------------------------
# The account


def user(call: Call) -> Data:
    """/user: the organization's busiest account, as in v3.

    Every token of v4 is a user's, so without an account it is nobody's, where v3 says null.
    """
    organization = call.store.organization
    login = organization.accounts[0] if organization.accounts else _NOBODY
    return {
        **_ages(organization),
        "login": login,
        "is_active": True,
        "is_2fa_enabled": False,
        "name": login,
        "emails": [],
        "is_sso_user": False,
        "default_group_guid": _group_of(call, login).guid,
    }


def platform_limits(call: Call) -> Data:
    """/user/platform_limits: the calls of an hour, by endpoint. Without a limit: none to tell."""
    limit = call.policy.calls_per_hour
    wanted = call.parameters.last("path")
    used = call.quota.used_in_hour(call.now)
    return {
        "platform_limits": [
            {
                "endpoint": operation.template,
                "methods": [
                    {"name": "GET", "limit": limit, "count": used.get(operation.template, 0)}
                ],
            }
            for operation in OPERATIONS
            if limit is not None and wanted in (None, operation.template)
        ]
    }


def organizations(call: Call) -> Data:
    """/organizations: the one there is."""
    return {"organizations": [_organization(call)]}


def organization(call: Call, guid: str) -> Data:
    """/organizations/{o}."""
    _check_organization(call, guid)
    return _organization(call)


def plan_limits(call: Call, guid: str) -> Data:
    """/organizations/{o}/plan_limits: the month's calls, and what else the plan bounds."""
    _check_organization(call, guid)
    policy, organization = call.policy, call.store.organization
    return {
        "organization_guid": guid,
        "plan_limits": [
            {
                "name": "api_calls",
                "description": "API calls in this month",
                "limit": policy.month_limit,
                "count": call.quota.used_in_month(call.now),
            },
            {
                "name": "groups",
                "description": "Groups",
                "limit": policy.bought.groups,
                "count": len(_groups(call)),
            },
            {
                "name": "users",
                "description": "Users",
                "limit": max(len(organization.accounts), 1),
                "count": len(organization.accounts),
            },
        ],
        "references": {"organization": f"{call.root}/organizations/{guid}"},
    }


def groups(call: Call) -> Data:
    """/groups: all of the organization's."""
    wanted = call.parameters.last("organization_guid")
    if wanted is not None:
        _check_organization(call, wanted)
    return {"groups": [_group(call, group) for group in _groups(call)]}


def group(call: Call, guid: str) -> Data:
    """/groups/{g}."""
    return _group(call, _own_group(call, guid))


def bsds(call: Call) -> Data:
    """/bsds: the organization's short domains."""
    return {"bsds": list(call.store.organization.short_domains)}


def _organization(call: Call) -> Data:
    organization, plan = call.store.organization, call.policy.bought
    guid = _organization_guid(organization)
    return {
        **_ages(organization),
        "bsds": list(organization.short_domains),
        "guid": guid,
        "name": _name(organization),
        "is_active": True,
        "tier": plan.name,
        "tier_family": plan.name,
        "tier_display_name": plan.name.capitalize(),
        "role": "admin",
        "require_sso": "none",
        "require_2fa": "none",
        "references": {"groups": f"{call.root}/groups?organization_guid={guid}"},
    }


def _group(call: Call, group: Group) -> Data:
    organization = call.store.organization
    guid = _organization_guid(organization)
    return {
        **_ages(organization),
        "bsds": list(organization.short_domains),
        "guid": group.guid,
        "organization_guid": guid,
        "name": group.name,
        "is_active": True,
        "role": "org-admin",
        "references": {"organization": f"{call.root}/organizations/{guid}"},
    }


def _ages(organization: Organization) -> Data:
    since = stamp(organization.member_since or buckets.EARLIEST)
    return {"created": since, "modified": since}


def _name(organization: Organization) -> str:
    return organization.short_domains[0] if organization.short_domains else _NOBODY


def _groups(call: Call) -> tuple[Group, ...]:
    return _divided(call.store.organization, call.policy.bought.groups)


@lru_cache(maxsize=8)
def _divided(organization: Organization, number: int) -> tuple[Group, ...]:
    domains = sorted(organization.short_domains)
    return tuple(
        Group(
            _guid("B", str(index), str(number), *domains),
            _name(organization) + (f" {index + 1}" if number > 1 else ""),
            tuple(
                login
                for login in organization.accounts
                if zlib.crc32(login.encode()) % number == index
            ),
        )
        for index in range(number)
    )


def _group_of(call: Call, login: str) -> Group:
    groups = _groups(call)
    return groups[zlib.crc32(login.encode()) % len(groups)]


def _own_group(call: Call, guid: str) -> Group:
    for group in _groups(call):
        if group.guid == guid:
            return group
    raise _not_ours(guid, "B")


def _check_organization(call: Call, guid: str) -> None:
    if guid != _organization_guid(call.store.organization):
        raise _not_ours(guid, "O")


def _not_ours(guid: str, kind: str) -> Refusal:
    if _GUID.fullmatch(guid) and guid[0] == kind:
        return Refusal(403, "FORBIDDEN")
    return Refusal(404, "NOT_FOUND")


def _organization_guid(organization: Organization) -> str:
    return _guid("O", *sorted(organization.short_domains))


def _guid(kind: str, *parts: str) -> str:
    """An id such as Bitly's: a letter for what it is of, then ten letters and digits."""
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return kind + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


# ---------------------------------------------------------------------------------------------
# Which paths there are


@dataclass(frozen=True)
class Operation:
    """A path as Bitly's description writes it, the resource of its errors, and what answers."""

    template: str
    resource: str
    run: Callable[..., Data]


# The first whose path fits answers.
OPERATIONS: Final = (
    Operation("/user", "users", user),
    Operation("/user/platform_limits", "users", platform_limits),
    Operation("/organizations", "organizations", organizations),
    Operation("/organizations/{organization_guid}", "organizations", organization),
    Operation("/organizations/{organization_guid}/plan_limits", "organizations", plan_limits),
    Operation("/groups", "groups", groups),
    Operation("/groups/{group_guid}", "groups", group),
    Operation("/groups/{group_guid}/clicks", "groups", group_clicks),
    Operation("/groups/{group_guid}/links/clicks/over_time", "groups", group_clicks_over_time),
    Operation("/groups/{group_guid}/bitlinks", "groups", group_bitlinks),
    Operation("/groups/{group_guid}/bitlinks/{sort}", "groups", sorted_bitlinks),
    Operation("/bsds", "bsds", bsds),
    Operation("/bitlinks/{bitlink}/clicks/summary", "bitlinks", bitlink_summary),
    Operation("/bitlinks/{bitlink}/clicks", "bitlinks", bitlink_clicks),
    Operation("/bitlinks/{bitlink}", "bitlinks", bitlink),
    Operation("/custom_bitlinks/{custom_bitlink}/clicks", "custom_bitlinks", custom_bitlink_clicks),
)
# A Bitlink's slash is one of the path's. What is short of one is still a Bitlink, if none there
# is, except before /clicks: that may be a back-half, too.
_PIECES: Final = {
    "{organization_guid}": "([^/]+)",
    "{group_guid}": "([^/]+)",
    "{sort}": "clicks",
    "{bitlink}/clicks": "([^/]+/[^/]+)/clicks",
    "{bitlink}": "([^/]+(?:/[^/]+)?)",
    "{custom_bitlink}": "([^/]+(?:/[^/]+)?)",
}


def _pattern(template: str) -> re.Pattern[str]:
    pattern = template
    for piece, expression in _PIECES.items():
        if piece != "{bitlink}/clicks" or template.endswith("{bitlink}/clicks"):
            pattern = pattern.replace(piece, expression)
    return re.compile(ROOT + pattern)


_PATTERNS: Final = tuple((_pattern(operation.template), operation) for operation in OPERATIONS)


def _route(path: str) -> tuple[Operation, tuple[str, ...]] | None:
    for pattern, operation in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is not None:
            return operation, match.groups()
    return None
