"""v3's answers about the account: its links, and who it is."""

from __future__ import annotations

from bitly_data.hosts import BITLY_HOSTS
from bitly_data.server.store import LinkFilter, LinkRow
from bitly_data.server.v3.call import Call, Data, invalid
from bitly_data.server.v3.clicks import parse_link


def user_link_history(call: Call) -> Data:
    """/v3/user/link_history: the links of the organization's accounts, newest first."""
    _refuse_text(call)
    parameters = call.parameters
    limit = parameters.integer("limit", 50, 1, 100)
    offset = parameters.integer("offset", 0, 0, 10**18)
    wanted = LinkFilter(
        links=tuple(parse_link(link) for link in parameters.all("link")),
        login=_account(call),
        text=parameters.text("query", ""),
        created_before=parameters.moment("created_before"),
        created_after=parameters.moment("created_after"),
    )
    only_archived = parameters.choice("archived", "off", ("on", "off", "both")) == "on"
    only_private = parameters.choice("private", "both", ("on", "off", "both")) == "on"
    if only_archived or only_private:  # a click log tells of neither
        return {"link_history": [], "result_count": 0}
    links, total = call.store.links(wanted, call.now, limit, offset)
    return {"link_history": [_history_item(link) for link in links], "result_count": total}


def user_info(call: Call) -> Data:
    """/v3/user/info: the organization as its busiest account sees itself."""
    _refuse_text(call)
    organization = call.store.organization
    login, *others = organization.accounts or (None,)
    own = list(organization.short_domains)
    return {
        "apiKey": "",
        "domain_options": own + list(BITLY_HOSTS),
        "member_since": organization.member_since,
        "enterprise_permissions": [],
        "profile_image": "",
        "share_accounts": [],
        "full_name": None,
        "is_enterprise": True,
        "tracking_domains": list(organization.tracking_domains),
        "e2e_domains": [],
        "default_link_privacy": "public",
        "display_name": None,
        "custom_short_domain": own[0] if own else None,
        "login": login,
        "is_verified": False,
        "profile_url": "",
        "sub_accounts": others,
    }


def _refuse_text(call: Call) -> None:
    if call.parameters.text("format", "json") == "txt":
        raise invalid("format")


def _account(call: Call) -> str | None:
    user = call.parameters.last("user")
    if user is not None and user not in call.store.organization.accounts:
        raise invalid("user")
    return user


def _history_item(link: LinkRow) -> Data:
    custom = {"keyword_link": f"http://{link.host}/{link.keywords[0]}"} if link.keywords else {}
    return {
        **custom,
        "has_link_deeplinks": False,
        "archived": False,
        "user_ts": link.created,
        "title": link.title or None,
        "created_at": link.created,
        "tags": [],
        "modified_at": link.created,
        "campaign_ids": [],
        "private": False,
        "aggregate_link": link.address,
        "long_url": link.url,
        "client_id": "",
        "link": link.address,
        "is_domain_deeplink": False,
        "encoding_user": {"login": link.login, "display_name": link.login, "full_name": link.login},
    }
