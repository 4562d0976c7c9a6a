"""The values that a store gives and takes: covered time, whose clicks, links, and filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# Everybody's: a link on one of these says nothing about whose it is.
BITLY_DOMAINS: Final = ("bit.ly", "bitly.com", "j.mp")


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
    """Whose clicks these are. Domains and accounts come with the most clicked first."""

    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()  # sorted by name
    accounts: tuple[str, ...] = ()
    member_since: int | None = None  # creation of its oldest link [epoch s]


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
    own: bool  # made by an account of the organization
    keywords: tuple[str, ...]  # its custom back-halves

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
