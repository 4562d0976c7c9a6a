"""What an account has, whichever API tells of it: links, domains and logins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """A Bitlink of the account; `created` in epoch seconds, 0 where it is not known.

    `ids`: all that lead to it, this one included; empty where upstream did not say.
    """

    link: str
    title: str
    long_url: str
    login: str
    created: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkPage:
    """Some of the account's links: those that can be asked for, how many upstream listed on the
    page, and how many there are in all (`None`: it did not say).
    """

    links: list[Link]
    listed: int
    total: int | None


@dataclass(frozen=True)
class Account:
    """What an organization can be narrowed by."""

    login: str = ""
    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A link in a sorted list: `host/hash`, its clicks, and what its body says.

    `login` and `destination` (the long URL's host) are `None` where upstream did not say.
    """

    link: str
    clicks: int
    login: str | None
    destination: str | None
