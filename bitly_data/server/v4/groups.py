"""Whose group a link is in: the organization divided into groups, and the ids of both."""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bitly_data.server.store import Organization
from bitly_data.server.v4.call import Call, Refusal

# Who is asked where there are no clicks, and so no account and no short domain.
NOBODY: Final = "nobody"

_GUID: Final = re.compile(r"[A-Z][0-9A-Za-z]{10}")
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Group:
    """Some of the organization's accounts, whose links and clicks are seen together."""

    guid: str
    name: str
    logins: tuple[str, ...]


def name_of(organization: Organization) -> str:
    """What the organization is called: its most clicked short domain."""
    return organization.short_domains[0] if organization.short_domains else NOBODY


def groups_of(call: Call) -> tuple[Group, ...]:
    """All of the organization's groups, as many as its plan has."""
    return _divided(call.store.organization, call.policy.bought.groups)


@lru_cache(maxsize=8)
def _divided(organization: Organization, number: int) -> tuple[Group, ...]:
    domains = sorted(organization.short_domains)
    return tuple(
        Group(
            _guid("B", str(index), str(number), *domains),
            name_of(organization) + (f" {index + 1}" if number > 1 else ""),
            tuple(
                login
                # Whose links are nobody's by name are in a group as well.
                for login in (*organization.accounts, "")
                if zlib.crc32(login.encode()) % number == index
            ),
        )
        for index in range(number)
    )


def group_of(call: Call, login: str) -> Group:
    """The one group that an account is in."""
    groups = groups_of(call)
    return groups[zlib.crc32(login.encode()) % len(groups)]


def own_group(call: Call, guid: str) -> Group:
    """The group of that id. Raises `Refusal` if there is none, or it is not the caller's."""
    for group in groups_of(call):
        if group.guid == guid:
            return group
    raise _not_ours(guid, "B")


def check_organization(call: Call, guid: str) -> None:
    """Raises `Refusal` for the id of any other organization."""
    if guid != organization_guid(call.store.organization):
        raise _not_ours(guid, "O")


def _not_ours(guid: str, kind: str) -> Refusal:
    if _GUID.fullmatch(guid) and guid[0] == kind:
        return Refusal(403, "FORBIDDEN")
    return Refusal(404, "NOT_FOUND")


def organization_guid(organization: Organization) -> str:
    """The id of the organization: its short domains say it."""
    return _guid("O", *sorted(organization.short_domains))


def _guid(kind: str, *parts: str) -> str:
    """An id such as Bitly's: a letter for what it is of, then ten letters and digits."""
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return kind + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])
