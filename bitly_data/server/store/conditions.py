"""Which clicks and which links are meant, as conditions in SQL with their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bitly_data.hosts import link_host, plain_host, plain_link
from bitly_data.server.store.model import LinkFilter, LinkRow, Organization, Selection

# A long URL from its host to its path, in small letters.
_DESTINATION: Final = r"regexp_replace(lower(url), '^[a-z][a-z0-9+.-]*://|[?#].*$', '', 'g')"


def clicks_of_link(link: LinkRow) -> Selection:
    """The clicks of one link, by whichever of its back-halves."""
    return Selection("host = $host AND hash = $hash", {"host": link.host, "hash": link.hash})


def clicks_of_back_half(link: LinkRow, back_half: str) -> Selection:
    """The clicks that came by this back-half of a link alone, be it the hash or a custom one."""
    names = {"host": link.host, "hash": link.hash}
    if back_half != link.hash:
        return Selection(
            "host = $host AND hash = $hash AND keyword = $keyword", names | {"keyword": back_half}
        )
    return Selection(
        "host = $host AND hash = $hash AND NOT list_contains($keywords, keyword)",
        names | {"keywords": list(link.keywords)},
    )


def clicks_of_organization(
    organization: Organization, domains: Sequence[str], login: str | None
) -> Selection:
    """The organization's clicks, perhaps on some domains or by one login only ("!": others)."""
    parts, parameters = ["true"], dict[str, Any]()
    if login == "!":
        parts.append("NOT own AND tracked")
    elif login is not None:
        parts.append("own AND login = $login")
        parameters["login"] = login
    if domains:
        domains = [plain_host(name) for name in domains]
        tracking = [name for name in domains if name in organization.tracking_domains]
        parts.append(
            "(host IN $hosts OR len(list_filter($targets, lambda d: destination = d "
            "OR ends_with(destination, '.' || d))) > 0)"
        )
        parameters |= {"hosts": domains, "targets": tracking}
    return Selection(" AND ".join(parts), parameters)


def clicks_of_accounts(logins: Sequence[str]) -> Selection:
    """The clicks on the organization's own links, of some of its accounts only."""
    return Selection("own AND login IN $logins", {"logins": list(logins)})


def listed_links(wanted: LinkFilter, now: int) -> Selection:
    """The organization's links that are there by `now` [epoch s] and that a filter lets through.

    A condition on the columns of `links`.
    """
    pieces = [
        ("own AND created <= $now", {"now": now}),
        *_whose(wanted),
        *_in_text(wanted),
        *_by_age(wanted),
    ]
    parameters: dict[str, Any] = {}
    for _, values in pieces:
        parameters |= values
    return Selection(" AND ".join(condition for condition, _ in pieces), parameters)


_Pieces = Iterator[tuple[str, dict[str, Any]]]


def _whose(wanted: LinkFilter) -> _Pieces:
    if wanted.links:
        names = [f"{link_host(host)}/{link_hash}" for host, link_hash in wanted.links]
        yield "host || '/' || hash IN $links", {"links": names}
    if wanted.login is not None:
        yield "login = $login", {"login": wanted.login}
    if wanted.logins is not None:
        yield "login IN $logins", {"logins": list(wanted.logins)}
    if wanted.has_keyword is not None:
        yield "(keywords IS NOT NULL) = $has_keyword", {"has_keyword": wanted.has_keyword}


def _in_text(wanted: LinkFilter) -> _Pieces:
    if wanted.destination:
        yield (
            f"(starts_with({_DESTINATION}, $destination) "
            f"OR contains({_DESTINATION}, '.' || $destination))",
            {"destination": wanted.destination.lower()},
        )
    if wanted.text:
        yield (
            "(contains(lower('http://' || host || '/' || hash), lower($address)) "
            "OR len(list_filter(keywords, lambda k: contains("
            "lower('http://' || host || '/' || k), lower($address)))) > 0 "
            "OR contains(lower(url), lower($text)) "
            "OR contains(lower(title), lower($text)))",
            {"text": wanted.text, "address": _spelled(wanted.text)},
        )


def _spelled(text: str) -> str:
    """The text as addresses are spelled here, if it begins with a host."""
    address = re.sub("^https?://", "", text, flags=re.IGNORECASE)
    return plain_link(address) if "/" in address else text


def _by_age(wanted: LinkFilter) -> _Pieces:
    if wanted.after is not None:
        names = ("last_created", "last_host", "last_hash")
        yield (
            "(created < $last_created OR created = $last_created "
            "AND (host > $last_host OR host = $last_host AND hash > $last_hash))",
            dict(zip(names, wanted.after, strict=True)),
        )
    if wanted.created_before is not None:
        yield "created < $before", {"before": wanted.created_before}
    if wanted.created_after is not None:
        yield "created > $after", {"after": wanted.created_after}
