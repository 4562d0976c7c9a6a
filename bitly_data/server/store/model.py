"""The values that a store gives and takes: covered time, whose clicks, links, and filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Coverage:
    """For which time the store knows the clicks.

    `first` and `last` are the first and last line's time [epoch s], `None` in an empty store;
    `hours` are the covered UTC hours (epoch // 3600), ascending: those in which a line lies, be
    it a click or a heartbeat. `whole` says that all time is covered, whatever `hours` says.
    """

    first: int | None
    last: int | None
    hours: Ints
    whole: bool


@dataclass(frozen=True)
class Organization:
    """Whose clicks these are. Domains and accounts come with the most clicked first.

    `clicks` are all there are, each of which belongs to the organization, and `others_clicks` those
    of them on links that none of its accounts made: none unless its accounts are `named`.
    """

    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()  # sorted by name
    accounts: tuple[str, ...] = ()
    named: bool = False
    member_since: int | None = None  # creation of its oldest link [epoch s]
    clicks: int = 0
    others_clicks: int = 0
    accounts_without_clicks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """Some clicks or links: a condition on the columns of their table, and its parameters.

    The table is `owners` for clicks and `links` for links.
    """

    condition: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class LinkRow:
    """A link as the account that made it sees it. An unknown title is ""."""

    host: str
    hash: str
    login: str
    url: str
    title: str
    created: int  # [epoch s]
    own: bool  # made by one of the organization's accounts, or these are not named
    keywords: tuple[str, ...]  # its custom back-halves
    elsewhere: tuple[str, ...] = ()  # the same link by other hosts, `host/back-half` each

    @property
    def name(self) -> str:
        return f"{self.host}/{self.hash}"

    @property
    def address(self) -> str:
        return f"http://{self.name}"


@dataclass(frozen=True)
class LinkFilter:
    """Which links of the organization to list; an empty field does not restrict."""

    links: tuple[tuple[str, str], ...] = ()  # (host, hash)
    login: str | None = None
    logins: tuple[str, ...] | None = None  # any of them; an empty tuple is nobody
    text: str = ""  # part of the address, the long URL or the title, in any case
    destination: str = ""  # how host (or a domain above it) and path of the long URL begin
    created_before: int | None = None  # [epoch s], exclusive
    created_after: int | None = None  # [epoch s], exclusive
    after: tuple[int, str, str] | None = None  # only what is listed after this created, host, hash
    has_keyword: bool | None = None  # with a custom back-half, or without one
