"""What a list of the most clicked links says of a domain or a login. Pure.

v4 has no filter by either (docs/upstream/v4.md, section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bitly_data.hosts import link_host, plain_host
from bitly_data.query import UNLISTED, ClickQuery
from bitly_data.sources.model import Listed
from bitly_data.sources.v4 import wire


def share_of(
    query: ClickQuery,
    rows: Sequence[Listed],
    total: int,
    short_domains: Callable[[], tuple[str, ...]],
) -> tuple[int, int]:
    """The listed clicks of what a question is narrowed to, and those of the `total` that may be its
    own or not.

    `short_domains` are the account's, asked for where a list alone does not say.
    """
    own, other = 0, 0
    for row in rows:
        is_own = belongs(query, row, short_domains)
        if is_own is not None:
            own, other = own + row.clicks * is_own, other + row.clicks * (not is_own)
    # A bucket that still fills may have got clicks between the two answers.
    return own, max(total - own - other, 0)


def belongs(
    query: ClickQuery, row: Listed, short_domains: Callable[[], tuple[str, ...]]
) -> bool | None:
    """Whether a link is one of those asked for; `None`: upstream does not say whose it is."""
    by_login = _is_of_login(query, row)
    return _is_of_domains(query, row, short_domains) if by_login else by_login


def _is_of_login(query: ClickQuery, row: Listed) -> bool | None:
    if not query.login:
        return True
    return None if row.login is None else row.login == query.login


def _is_of_domains(
    query: ClickQuery, row: Listed, short_domains: Callable[[], tuple[str, ...]]
) -> bool | None:
    domains = set(map(plain_host, query.domains))
    if not domains or link_host(row.link.split("/", 1)[0]) in map(link_host, domains):
        return True
    targets = domains.difference(map(plain_host, short_domains()))
    if not targets:
        return False
    if row.destination is None:
        return None
    destination = plain_host(row.destination)
    return any(destination == name or destination.endswith(f".{name}") for name in targets)


def list_note(query: ClickQuery, capped: int, listed: int) -> str:
    """What a reader must know where `capped` buckets hold more than is `listed` [count]."""
    many = f"{capped:,} {query.unit}{'' if capped == 1 else 's'}"
    return (
        f"In {many} more links were clicked than the {wire.MOST_LISTED} that Bitly lists, so "
        f"what is counted there is not known: at least {listed:,} clicks in all. The clicks "
        f"on the other links are the series “{UNLISTED}”."
    )
