"""v4's answers about links: the body of one, and the lists of a group's."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from typing import Final
from urllib.parse import urlencode

from bitly_data.server.calls import BadArgument, Parameters
from bitly_data.server.store import LinkFilter, LinkRow
from bitly_data.server.v4.call import Call, Data, Refusal
from bitly_data.server.v4.groups import Group, group_of, own_group
from bitly_data.server.v4.times import stamp
from bitly_data.server.v4.window import window_of
from bitly_data.server.words import EARLIEST, LATEST

_BITLINK_ID: Final = re.compile(r"[^\s/?#@:]+/[^\s/?#]+")
_ALL_LINKS: Final = 10**18  # more than there are
_ON_OFF_BOTH: Final = ("on", "off", "both")
# What a list can be narrowed to and no link of a click log has, with a switch or with values.
_SWITCHES: Final = (
    "deeplinks",
    "domain_deeplinks",
    "has_qr_codes",
    "is_expired",
    "has_expiration",
    "has_dynamic_routing",
)
_VALUES: Final = ("tags", "launchpad_ids", "campaign_guid", "channel_guid")


def bitlink(call: Call, bitlink: str) -> Data:
    """/bitlinks/{b}: what is known of a link."""
    return _body(call, own_link(call, bitlink))


def own_link(call: Call, bitlink: str) -> LinkRow:
    """The link of that id. Raises `Refusal` if there is none, or it is another account's."""
    host, _, link_hash = bitlink.partition("/")
    link = call.store.link(host, link_hash, call.now)
    if link is None:
        raise Refusal(404, "NOT_FOUND")
    if not link.own:
        raise Refusal(403, "FORBIDDEN")
    return link


def custom_bitlink(call: Call, bitlink: str) -> Data:
    """/custom_bitlinks/{c}: a custom back-half, and the links that it has led to: the one known."""
    check_custom_bitlinks(call)
    link = own_link(call, bitlink)
    keyword = unicodedata.normalize("NFC", bitlink.partition("/")[2])
    if keyword not in link.keywords:
        raise Refusal(404, "NOT_FOUND")
    created = stamp(link.created)
    history = {
        "group_guid": group_of(call, link.login).guid,
        "keyword": keyword,
        "bsd": link.host,
        "hash": link.hash,
        "login": link.login,
        "long_url": link.url,
        "created": created,
        "first_created": created,
        "deactivated": "",
        "is_active": True,
    }
    return {
        "custom_bitlink": f"https://{link.host}/{keyword}",
        "bitlink": _body(call, link),
        "bitlink_history": [history],
    }


def check_custom_bitlinks(call: Call) -> None:
    """Refuse what a plan without custom back-halves does not have."""
    if not call.policy.bought.custom_bitlinks:
        raise Refusal(402, "UPGRADE_REQUIRED")


def expand(call: Call) -> Data:
    """POST /expand: where a link leads, anybody's. Raises `Refusal` and `BadArgument`.

    The id is a host and a back-half, as in a path; an address with its scheme is no id.
    """
    try:
        sent = json.loads(call.body)
    except (ValueError, RecursionError):
        raise Refusal(422, "UNPROCESSABLE_ENTITY") from None
    name = sent.get("bitlink_id") if isinstance(sent, dict) else None
    if not isinstance(name, str) or not _BITLINK_ID.fullmatch(name):
        raise BadArgument("bitlink_id")
    host, _, back_half = name.partition("/")
    link = call.store.link(host, back_half, call.now)
    if link is None:
        raise Refusal(404, "NOT_FOUND")
    return {
        "created_at": stamp(link.created),
        "link": f"https://{name}",
        "id": name,
        "long_url": link.url,
    }


def sorted_bitlinks(call: Call, guid: str) -> Data:
    """/groups/{g}/bitlinks/clicks: the links most clicked, and their bodies apart from that."""
    return _sorted(call, guid, call.size())


def top_links(call: Call, guid: str) -> Data:
    """/groups/{g}/links/clicks/top: the same, and no maximum of `size` is described for it."""
    return _sorted(call, guid, call.size(most=_ALL_LINKS))


def top_engagements(call: Call, guid: str) -> Data:
    """/groups/{g}/engagements/sorted/top: links and QR codes together; there are no codes."""
    found = sorted_bitlinks(call, guid)
    return {
        "links": found["links"],
        "qr_codes": [],
        "sorted_engagements": [
            {"id": item["id"], "engagements": item["clicks"]} for item in found["sorted_links"]
        ],
    }


def _sorted(call: Call, guid: str, size: int) -> Data:
    group = own_group(call, guid)
    window = window_of(call.parameters, call.now, call.policy)
    if not window.starts:
        return {"sorted_links": [], "links": []}
    found = call.store.count_links(
        call.store.clicks_of_accounts(group.logins), window.starts[-1], window.end, size
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
    group = own_group(call, guid)
    parameters = call.parameters
    size = call.size()
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
    nothing = _asks_for_what_none_has(parameters)
    logins = set(parameters.all("encoding_login")) or set(group.logins)
    custom = parameters.choice("custom_bitlink", "both", _ON_OFF_BOTH)
    wanted = LinkFilter(
        logins=tuple(login for login in group.logins if login in logins),
        text=parameters.text("query", ""),
        destination=parameters.text("hostname_path_query", ""),
        created_before=parameters.moment("created_before"),
        created_after=parameters.moment("created_after"),
        after=_place(parameters),
        has_keyword=None if custom == "both" else custom == "on",
    )
    return None if nothing else wanted


def _asks_for_what_none_has(parameters: Parameters) -> bool:
    on = [parameters.choice(name, "both", _ON_OFF_BOTH) == "on" for name in _SWITCHES]
    archived = parameters.choice("archived", "off", _ON_OFF_BOTH) == "on"
    return archived or any(on) or any(parameters.all(name) for name in _VALUES)


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
        not EARLIEST <= created < LATEST
    ):
        raise BadArgument("search_after")
    return created, host, link_hash


def _body(call: Call, link: LinkRow) -> Data:
    body = {
        "created_at": stamp(link.created),
        "id": link.name,
        "link": f"https://{link.name}",
        "custom_bitlinks": [
            *(f"https://{link.host}/{keyword}" for keyword in link.keywords),
            *(f"https://{name}" for name in link.elsewhere),
        ],
        "long_url": link.url,
        "archived": False,
        "created_by": link.login,
        "client_id": "",
        "tags": [],
        "deeplinks": [],
        "references": {"group": f"{call.root}/groups/{group_of(call, link.login).guid}"},
    }
    return {**body, "title": link.title} if link.title else body
