"""v4's answers about the account: the user, the organization with its limits, the groups."""

from __future__ import annotations

from bitly_data.server.store import Organization
from bitly_data.server.v4.call import Call, Data
from bitly_data.server.v4.groups import (
    NOBODY,
    Group,
    check_organization,
    group_of,
    groups_of,
    name_of,
    organization_guid,
    own_group,
)
from bitly_data.server.v4.metrics import links_made, month_start
from bitly_data.server.v4.times import stamp
from bitly_data.server.words import EARLIEST


def user(call: Call) -> Data:
    """/user: the organization's busiest account, as in v3.

    Every token of v4 is a user's, so without an account it is nobody's, where v3 says null.
    """
    organization = call.store.organization
    login = organization.accounts[0] if organization.accounts else NOBODY
    return {
        **_ages(organization),
        "login": login,
        "is_active": True,
        "is_2fa_enabled": False,
        "name": login,
        "emails": [],
        "is_sso_user": False,
        "default_group_guid": group_of(call, login).guid,
    }


def organizations(call: Call) -> Data:
    """/organizations: the one there is."""
    return {"organizations": [_organization(call)]}


def organization(call: Call, guid: str) -> Data:
    """/organizations/{o}."""
    check_organization(call, guid)
    return _organization(call)


def plan_limits(call: Call, guid: str) -> Data:
    """/organizations/{o}/plan_limits: the month's calls, and what else the plan bounds."""
    check_organization(call, guid)
    plan, organization = call.policy.bought, call.store.organization
    made = links_made(call, month_start(call.now))
    calls = call.quota.used_in_month(call.now)
    accounts, domains = len(organization.accounts), len(organization.short_domains)
    limits = (
        ("api_calls", "API calls in this month", call.policy.month_limit, calls),
        ("encodes", "Links made in this month", plan.links_per_month, made),
        ("qr_codes", "QR codes made in this month", plan.codes_per_month, 0),
        ("bsds", "Branded short domains", max(domains, 1), domains),
        ("groups", "Groups", plan.groups, len(groups_of(call))),
        ("users", "Users", max(accounts, 1), accounts),
    )
    return {
        "organization_guid": guid,
        "plan_limits": [
            dict(zip(("name", "description", "limit", "count"), row, strict=True)) for row in limits
        ],
        "references": {"organization": f"{call.root}/organizations/{guid}"},
    }


def groups(call: Call) -> Data:
    """/groups: all of the organization's."""
    wanted = call.parameters.last("organization_guid")
    if wanted is not None:
        check_organization(call, wanted)
    return {"groups": [_group(call, group) for group in groups_of(call)]}


def group(call: Call, guid: str) -> Data:
    """/groups/{g}."""
    return _group(call, own_group(call, guid))


def bsds(call: Call) -> Data:
    """/bsds: the organization's short domains."""
    return {"bsds": list(call.store.organization.short_domains)}


def _organization(call: Call) -> Data:
    organization, plan = call.store.organization, call.policy.bought
    guid = organization_guid(organization)
    return {
        **_ages(organization),
        "bsds": list(organization.short_domains),
        "guid": guid,
        "name": name_of(organization),
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
    guid = organization_guid(organization)
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
    since = stamp(organization.member_since or EARLIEST)
    return {"created": since, "modified": since}
