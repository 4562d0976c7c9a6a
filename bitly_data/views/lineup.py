"""What stands side by side on one chart, and how it is drawn: as values, and as an address has it.

An item is a link, a domain or a login. In the address a link is `host/back-half`, a login has an @
before it, `!` stands for other people's links, and anything else is a domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bitly_data.errors import QuestionError
from bitly_data.query import (
    LINK,
    ONLY_OTHERS,
    ORGANIZATION,
    ClickQuery,
    login_label,
    parse_domain,
    parse_link,
    parse_login,
)
from bitly_data.sources.model import Link
from bitly_data.views.widths import shortened

DOMAIN, LOGIN = "domain", "login"
# What the lines are of where nobody chose any: the account's domains, its logins, its top links.
BY = (DOMAIN, LOGIN, LINK)
BY_LABELS = {DOMAIN: "By domain", LOGIN: "By login", LINK: "By link"}

LINES, STACKED, SHARE, MULTIPLES = "lines", "stacked", "share", "multiples"
FORMS = {
    LINES: "Lines",
    STACKED: "Stacked",
    SHARE: "Share of total",
    MULTIPLES: "Small multiples",
}

CLICKS, INDEX, CUMULATIVE, MEAN_7, MEAN_28 = "clicks", "index", "cumulative", "mean7", "mean28"
SCALES = {
    CLICKS: "Clicks",
    INDEX: "Each by its own normal",
    CUMULATIVE: "Added up",
    MEAN_7: "Moving average of 7",
    MEAN_28: "Moving average of 28",
}
# Buckets of a moving average: a week of days and four weeks, so that weekdays are evened out.
MEANS = {MEAN_7: 7, MEAN_28: 28}

ALL_LINES = 0
# So many lines can be told apart; what is left is one line more.
MOST_LINES = (5, 8, 12, ALL_LINES)
DEFAULT_LINES = 8
# More lines than these no reader follows, and an address does not hold.
MOST_ITEMS = 50
# A name is as long as its column in the table of totals has room for.
LONGEST_NAME = 36

_LOGIN_SIGN = "@"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """Something whose clicks are a line: a link, a domain or a login, by its one spelling."""

    kind: str  # one of BY
    name: str

    @property
    def text(self) -> str:
        """As the address has it."""
        if self.kind == LOGIN and self.name != ONLY_OTHERS:
            return f"{_LOGIN_SIGN}{self.name}"
        return self.name

    @property
    def label(self) -> str:
        """As a person reads it who knows no title."""
        return login_label(self.name) if self.kind == LOGIN else self.name

    def asked(self, query: ClickQuery) -> ClickQuery:
        """The question about this item in the buckets of another; a link is not narrowed."""
        if self.kind == LINK:
            return query.replace(target=LINK, link=self.name, domains=(), login=None)
        if self.kind == DOMAIN:
            return query.replace(target=ORGANIZATION, domains=(self.name,))
        return query.replace(target=ORGANIZATION, login=self.name)


@dataclass(frozen=True)
class Lineup:
    """What stands side by side: chosen `items`, else what `by` says; and how it is drawn.

    `most`: so many lines of their own, the others as one; `ALL_LINES`: each has its own.
    """

    items: tuple[Item, ...] = ()
    by: str = DOMAIN
    form: str = LINES
    scale: str = CLICKS
    log: bool = False
    own_scales: bool = False  # of small multiples
    most: int = DEFAULT_LINES


def parse_item(text: str) -> Item:
    """An item from its text in the address, or as people paste it.

    Raises `QuestionError` for what is none.
    """
    text = text.strip()
    if text.removeprefix(_LOGIN_SIGN) == ONLY_OTHERS:
        return Item(LOGIN, ONLY_OTHERS)
    if text.startswith(_LOGIN_SIGN):
        return Item(LOGIN, parse_login(text[1:]))
    plain = _SCHEME.sub("", text, count=1).rstrip("/")
    if "/" in plain:
        return Item(LINK, parse_link(text))
    if "." not in plain:
        raise QuestionError(
            f"{text[:60]!r} is no link, domain or login: write bit.ly/abc, go.example.com or @ann."
        )
    return Item(DOMAIN, parse_domain(plain))


def is_address(text: str) -> bool:
    """Whether a text is a link, a domain or a login by itself."""
    try:
        parse_item(text)
    except QuestionError:
        return False
    return True


def kind_of(items: Sequence[Item]) -> str:
    """What all items are; empty where they are of several kinds."""
    kinds = {item.kind for item in items}
    return kinds.pop() if len(kinds) == 1 else ""


def many_items(items: Sequence[Item]) -> str:
    """How many of what: "5 domains", "3 items"."""
    noun = kind_of(items) or "item"
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def item_names(items: Sequence[Item], titles: Mapping[str, str]) -> list[str]:
    """A name for each item, no two alike: the title of a link where it has one (`titles` by link).

    A name that is too long is cut, and says so by three dots.
    """
    found: list[str] = []
    for item in items:
        title = " ".join(titles.get(item.name, "").split()) if item.kind == LINK else ""
        name = shortened(title or item.label, LONGEST_NAME)
        if name in found:  # two links of one title, a login that is called like a domain
            end = item.name.partition("/")[2] if title else item.text
            end = shortened(end, LONGEST_NAME // 2)
            name = f"{shortened(title or item.kind, LONGEST_NAME - len(end) - 3)} · {end}"
        number, plain = 2, name
        while name in found:
            end = f" ({number})"
            name, number = shortened(plain, LONGEST_NAME - len(end)) + end, number + 1
        found.append(name)
    return found


def titles_of(links: Iterable[Link]) -> dict[str, str]:
    """The titles of links by each of their addresses, where they have one."""
    return {name: item.title for item in links if item.title for name in (item.link, *item.ids)}


def best_match(text: str, items: Sequence[Item], links: Iterable[Link]) -> Item | None:
    """The item that a searched text means most likely: one that begins with it, then one that has
    it within; of links the title and the destination count as well. `None`: nothing matches.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return None
    more = {item.link: f"{item.title}\n{item.long_url}".casefold() for item in links}
    best: tuple[int, Item] | None = None
    for item in items:
        texts = f"{item.text}\n{item.label}\n{more.get(item.name, '')}".casefold().split("\n")
        place = _match(wanted, texts)
        if place is not None and (best is None or place < best[0]):
            best = place, item
    return None if best is None else best[1]


def _match(wanted: str, texts: Sequence[str]) -> int | None:
    """How well a text is met: 0 it is one of them, 1 one begins so, 2 a word does, 3 within."""
    if wanted in texts:
        return 0
    if any(text.startswith(wanted) for text in texts):
        return 1
    if any(f" {wanted}" in text for text in texts):
        return 2
    return 3 if any(wanted in text for text in texts) else None
