"""One question about clicks, as a value.

A `ClickQuery` that exists can be asked: the rules between its fields are settled when it is made.
The rules are those of the specification (three endpoints, their parameters) and of Bitly's own
pages about them.
"""

from __future__ import annotations

import dataclasses
import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import unquote

from bitly_data import buckets
from bitly_data.errors import QuestionError
from bitly_data.hosts import plain_host, plain_link

LINK, ORGANIZATION = "link", "organization"
ALL_TIME = -1
DEFAULT_UNIT, DEFAULT_UNITS = "day", 30
# Bitly keeps minutes for an hour only and says so on its page about link metrics.
MOST_MINUTES = 60
# More buckets than this no chart can show and no reader can use.
MOST_BUCKETS = 20_000
LOWEST_LIMIT, HIGHEST_LIMIT = 1, 1000
# The login that leaves the organization's own Bitlinks out (specification of organization/clicks).
ONLY_OTHERS = "!"
# What a series of `ClickQuery.unlisted` is called.
UNLISTED = "not listed"
# How a series of `ClickQuery.all_addresses` is told from that of the id itself.
ALL_ADDRESSES = "all its addresses"

# Names come from people and from upstream, old and odd ones among them (`a_b.co`, back-halves in
# any script): refused is only what could be read as another part of an address.
_ADDRESS = re.compile(
    r"(?:(https?:)?//)?([^/?#]+)/([^/?#]+?)/?(?:[?#].*)?", re.IGNORECASE | re.DOTALL
)
# The port that an address has anyway (RFC 9110, section 4.2).
_OWN_PORTS = {"http:": ":80", "https:": ":443"}
_NOT_IN_HOST = frozenset("/?#@:\\,<>\"'")
_LONGEST_HOST, _LONGEST_NAME = 253, 200  # RFC 1035; far beyond any back-half or login there was

# What stands around a link in a sentence, a mail, a table or a chat, and is no part of it. A
# closing bracket is, where the link has the opening one. The last four cannot be seen.
_BRACKETS = {")": "(", "]": "[", "}": "{", ">": "<", "）": "（", "】": "【", "」": "「", "》": "《"}
_QUOTES = "\"'`“”‘’„‚«»‹›\u200b\u200e\u200f\ufeff"
# A star is how Markdown makes a text bold.
_BEFORE = _QUOTES + "*" + "".join(_BRACKETS.values())
_AFTER = _QUOTES + "*.,;:!?…。，、；：！？"
# The same signs as HTML and addresses write them, where they begin or end a text.
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});?"
_WRITTEN_BEFORE = re.compile(rf"{_ENTITY}|(?:%[0-9A-Fa-f]{{2}})+")
_WRITTEN_AFTER = re.compile(rf"(?:{_ENTITY}|(?:%[0-9A-Fa-f]{{2}})+)\Z")
# A link with its words in Markdown, `[our page](https://bit.ly/Ab)`, the first bracket gone.
_MARKDOWN = re.compile(r"[^\]]*\]\((?=[^/]*/)")
# Far beyond a link and what stands around it: an address in which a million brackets are counted
# again and again would keep everybody waiting.
_LONGEST_TEXT = 4000
_LONGEST_KEPT = 1000  # of a text that is remembered; a host and a back-half are shorter
# Letters as a browser's address bar copies them.
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# What must stay written as an escape: it would be read as another part of an address.
_KEPT_AS_ESCAPE = frozenset("/?#%+\\@: ")

MOMENT_EXAMPLES = "2013-02-09, 2013-02-09T00:00:00Z, the seconds since 1970"


@dataclass(frozen=True)
class ClickQuery:
    """Which clicks, in which buckets, in which zone.

    Raises `QuestionError` with one sentence if the parts do not go together.
    """

    target: str = ORGANIZATION
    link: str | None = None  # host/hash, target link only
    domains: tuple[str, ...] = ()  # empty: all of them, target organization only
    login: str | None = None  # None: all accounts; "!": only other people's links
    unit: str = DEFAULT_UNIT
    units: int = DEFAULT_UNITS  # ALL_TIME: since the first click
    timezone: str = "UTC"
    until: int | None = None  # epoch second in the newest bucket; None: now
    rollup: bool = False
    limit: int | None = None  # None: as many answers as it takes
    week_start: int = buckets.MONDAY
    upstream_buckets: bool = False  # upstream's own buckets, right in the zone or not
    # Where only UTC days can be had in few calls: the zone's own, from hours, in many.
    zone_days: bool = False
    unlisted: bool = False  # what upstream's lists leave out, target organization only
    # With the clicks by every other id that leads to the link, target link only.
    all_addresses: bool = False

    def __post_init__(self) -> None:
        for name, value in checked(self).items():
            object.__setattr__(self, name, value)
        # Questions are looked up by the thousand.
        object.__setattr__(self, "_hash", hash(self._parts()))

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]

    def __reduce__(self) -> tuple[object, ...]:
        # In another process the same texts have other hashes.
        return type(self), self._parts()

    def _parts(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in dataclasses.fields(self))

    @property
    def zone(self) -> tzinfo:
        """The time zone, ready for arithmetic."""
        return buckets.zone(self.timezone)

    @property
    def series_name(self) -> str:
        """What is counted: `bit.ly/abc`, a domain, a login, or `organization`."""
        if self.target == LINK:
            return f"{self.link}, {ALL_ADDRESSES}" if self.all_addresses else str(self.link)
        if self.unlisted:
            return UNLISTED
        parts = [" + ".join(self.domains)] if self.domains else []
        if self.login:
            parts.append(login_label(self.login))
        return ", ".join(parts) or ORGANIZATION

    def is_running(self, now: float) -> bool:
        """Whether the newest bucket ends after `now` [epoch s], so that it may still fill."""
        return (
            self.until is None
            or buckets.ceiling(self.until, self.unit, self.zone, self.week_start) > now
        )

    def replace(self, **changes: Any) -> ClickQuery:
        """The same question with some parts changed."""
        return dataclasses.replace(self, **changes)


def login_label(login: str) -> str:
    """A login as a person reads it."""
    return "other people's links" if login == ONLY_OTHERS else login


def checked(query: ClickQuery) -> dict[str, Any]:
    """The fields of a question that were tidied (a link's form, doubled domains).

    Raises `QuestionError` for the first rule that does not hold.
    """
    _check_target(query)
    _check_unit(query)
    _check_units(query)
    _check_zone(query)
    _check_until(query)
    if query.limit is not None and not LOWEST_LIMIT <= query.limit <= HIGHEST_LIMIT:
        raise QuestionError(
            f"The limit is {query.limit}: choose {LOWEST_LIMIT} to "
            f"{HIGHEST_LIMIT}, or leave it empty."
        )
    if query.week_start not in range(7):
        raise QuestionError("A week starts on one of seven days: choose Monday to Sunday.")
    tidy: dict[str, Any] = {"domains": tuple(dict.fromkeys(map(parse_domain, query.domains)))}
    if query.target == LINK:
        tidy["link"] = parse_link(query.link or "")
    if query.login is not None:
        tidy["login"] = parse_login(query.login)
    return tidy


def _check_target(query: ClickQuery) -> None:
    if query.target not in (LINK, ORGANIZATION):
        raise QuestionError("Clicks are counted for a link or for the organization.")
    if query.target == LINK and (query.domains or query.login):
        raise QuestionError(
            "A link's clicks cannot be narrowed by domain or login: ask for the "
            "organization instead."
        )
    if query.unlisted and (query.target == LINK or query.domains or query.login):
        raise QuestionError("What is not listed can only be asked of the whole organization.")
    if query.all_addresses and query.target != LINK:
        raise QuestionError("Only a link has other addresses to be counted with it.")
    if query.target == ORGANIZATION and query.link:
        raise QuestionError(
            "The organization's clicks cannot be narrowed to a link: ask for the link itself."
        )


def _check_unit(query: ClickQuery) -> None:
    if query.unit not in buckets.UNITS:
        raise QuestionError(
            f"The unit {query.unit[:40]!r} does not exist: choose "
            f"{', '.join(buckets.UNITS[:-1])} or {buckets.UNITS[-1]}."
        )
    if query.unit == "minute" and query.target == ORGANIZATION:
        raise QuestionError(
            "Bitly does not count an organization by the minute: choose hour, day, week or month."
        )


def _check_units(query: ClickQuery) -> None:
    if query.units == ALL_TIME and query.unit != "minute":
        return
    most = MOST_MINUTES if query.unit == "minute" else MOST_BUCKETS
    if isinstance(query.units, bool) or not 1 <= query.units <= most:
        everything = "" if query.unit == "minute" else ", or all time"
        raise QuestionError(
            f"{query.units:,} {query.unit}s cannot be shown: choose 1 to {most:,}{everything}."
        )


def _check_zone(query: ClickQuery) -> None:
    try:
        buckets.zone(query.timezone)
    except ValueError:
        raise QuestionError(
            f"No time zone is called {query.timezone[:40]!r}: choose an IANA name "
            "such as Europe/Tallinn, or whole hours from -14 to 14."
        ) from None


def _check_until(query: ClickQuery) -> None:
    if query.until is None:
        return
    if query.unit == "minute":
        raise QuestionError(
            "Minutes always end now: take the end of the range away, or choose another unit."
        )
    if not buckets.EARLIEST < query.until < buckets.LATEST:
        raise QuestionError("The end of the range must lie between 1970 and 9998.")
    if query.units != ALL_TIME:
        edges_of(query, query.until)


def edges_of(query: ClickQuery, end: int) -> buckets.Edges:
    """The bucket edges of a finite question whose newest bucket holds `end` [epoch s], read-only.

    Raises `QuestionError` if they reach back before 1970.
    """
    try:
        return _edges(query.units, end, query.unit, query.timezone, query.week_start)
    except (ValueError, OverflowError):
        raise QuestionError(
            f"{query.units:,} {query.unit}s reach back before 1970: choose fewer."
        ) from None


# A page asks for the same edges a hundred times, as each question checks itself by them. A year of
# days is 3 kB, the most that can be asked for 160 kB.
@lru_cache(maxsize=256)
def _edges(units: int, end: int, unit: str, timezone: str, week_start: int) -> buckets.Edges:
    edges = buckets.last(units, end, unit, buckets.zone(timezone), week_start)
    edges.setflags(write=False)
    return edges


def refuse_too_many(count: int, unit: str) -> None:
    """Raise `QuestionError` if all time is more buckets than can be shown."""
    if count > MOST_BUCKETS:
        raise QuestionError(
            f"All time is about {count:,} {unit}s here, more than "
            f"{MOST_BUCKETS:,}: choose a larger unit."
        )


def _remembered(read: Callable[[str], str]) -> Callable[[str], str]:
    """The same for texts of links and hosts that were read before: each question checks its own,
    and a page has hundreds of questions. No text is kept that is longer than these are.
    """
    kept = lru_cache(maxsize=16_384)(read)

    @wraps(read)
    def reading(text: str) -> str:
        return kept(text) if len(text) <= _LONGEST_KEPT else read(text)

    return reading


@_remembered
def parse_link(text: str) -> str:
    """A Bitlink as `host/hash`: host in lower case, hash in its letters, no scheme.

    Accepts a full address or `host/hash`, with what stands around a link in a text (quotes,
    brackets, the full stop of a sentence, the marks of Markdown and HTML) and with its letters as
    escapes (`%F0%9F%8E%89` for 🎉). However it is spelled it is one link (`plain_link`).
    Raises `QuestionError` for anything else, an address with credentials, a port of its own or more
    than one path segment included.
    """
    text = _alone(text)
    if words := _MARKDOWN.match(text):
        text = _alone(text[words.end() :])
    parts = _ADDRESS.fullmatch(text)
    host, back_half = "", ""
    if parts:
        scheme = (parts[1] or "").lower()
        host = _one_host(parts[2].removesuffix(_OWN_PORTS.get(scheme, "\n")))
        back_half = _back_half(parts[3])
    if not (_is_host(host) and _is_name(back_half) and " " not in back_half):
        raise QuestionError(
            "This is not a Bitlink: give it as host/back-half, for example bit.ly/2uNgpk4."
        )
    return plain_link(f"{host}/{back_half}")


@_remembered
def _one_host(text: str) -> str:
    """The one spelling of a host; nothing where the text is none.

    Signs of other scripts may stand for those that are in no host.
    """
    name = text.strip().lower().rstrip(".")
    if not (_is_host(name) and _is_host(unicodedata.normalize("NFKC", name))):
        return ""
    return plain_host(name)


def _back_half(text: str) -> str:
    """A back-half in its letters, without what does not belong to it.

    What comes out is read again, from the address bar, and must stay the same: so it is gone over
    until nothing changes.
    """
    while True:
        # A trailing "+" asks Bitly for the link's own statistics page; people paste it.
        tidy = _alone(_ESCAPES.sub(_letters, text)).rstrip("+")
        tidy = unicodedata.normalize("NFC", tidy)
        if tidy == text:
            return tidy
        text = tidy


def _alone(text: str) -> str:
    """A text without what stands around a link, be it in signs, as escapes or as HTML has it."""
    text = text.strip()[:_LONGEST_TEXT]
    while True:
        tidy = _without_end(text.lstrip(_BEFORE).lstrip())
        written = _WRITTEN_BEFORE.match(tidy)
        if written and all(sign in _BEFORE or sign.isspace() for sign in _signs(written[0])):
            tidy = tidy[written.end() :]
        if tidy == text:
            return tidy
        text = tidy


def _without_end(text: str) -> str:
    """A text without the signs behind a link, the last one of which may be written in letters."""
    while text and _ends_outside(text):
        text = text[:-1]
    written = _WRITTEN_AFTER.search(text)
    if not written or not _ends_outside(_signs(text)):
        return text
    if written[0].startswith("&"):
        return text[: written.start()]
    last = _signs(written[0])[-1].encode(errors="surrogateescape")
    return text[: -len("%20") * len(last)]


def _signs(text: str) -> str:
    """A text with its escapes and the words of HTML as the signs that they stand for."""
    return html.unescape(unquote(text, errors="surrogateescape"))


def _ends_outside(text: str) -> bool:
    """Whether the last sign of a text does not belong to a link that it begins with."""
    last = text[-1]
    opening = _BRACKETS.get(last)
    unopened = opening is not None and text.count(opening) < text.count(last)
    return unopened or last in _AFTER or last.isspace()


def _letters(escapes: re.Match[str]) -> str:
    """The letters that escapes stand for; the escapes themselves where these are none."""
    try:
        letters = unquote(escapes[0], errors="strict")
    except UnicodeDecodeError:
        return escapes[0]
    return letters if letters.isprintable() and _KEPT_AS_ESCAPE.isdisjoint(letters) else escapes[0]


def parse_moment(text: str, zone: tzinfo) -> int:
    """A time as people write it [epoch s] (`buckets.moment_of`).

    Raises `ValueError` for anything else, and for a time that no bucket can hold.
    """
    epoch = int(buckets.moment_of(text, zone))
    if not buckets.EARLIEST < epoch < buckets.LATEST:
        raise ValueError("not between 1970 and 9998")
    return epoch


def meant_timezone(text: str) -> str:
    """The name of the zone that a text means, as it is offered; the text where it means none.

    In an address a "+" is a space, and no name has one: `Etc/GMT 5` is Etc/GMT+5. People write one
    for a low line as well.
    """
    text = text.strip()
    for name in (text, text.replace(" ", "+"), text.replace(" ", "_")):
        hours = buckets.offset_hours(name)
        if hours is not None:
            return str(hours)  # "05" and "+5" are offered as "5"
        if name in buckets.zone_names():
            return name
    return text


def parse_domain(text: str) -> str:
    """A domain in its one spelling (`plain_host`). Raises `QuestionError` if it is not one."""
    domain = _one_host(text)
    if not domain:
        raise QuestionError(f"{text[:60]!r} is not a domain: give it as go.example.com.")
    return domain


def parse_login(text: str) -> str:
    """A login, or "!". Raises `QuestionError` if it cannot be one."""
    login = text.strip()
    if not _is_name(login):
        raise QuestionError(f"A login is one line of at most {_LONGEST_NAME} characters.")
    return login


def _is_host(text: str) -> bool:
    return (
        0 < len(text) <= _LONGEST_HOST
        and text.isprintable()
        and " " not in text
        and _NOT_IN_HOST.isdisjoint(text)
    )


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()
