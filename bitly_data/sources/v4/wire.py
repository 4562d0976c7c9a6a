"""Bitly v4: request builders and parsers, pure; v4's own names end here.

What a client must accept is from docs/upstream/v4.md, sections 2 to 4: sparse and dense lists,
`units` echoed as -1 or cut down, `unit` echoed empty, dates with and without a colon in their
offset, errors that are no JSON. Times are UTC; v4 takes no time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bitly_data.buckets import LATEST
from bitly_data.errors import UnreadableError, error_for
from bitly_data.hosts import asked_link, link_host
from bitly_data.query import parse_domain, parse_link
from bitly_data.sources.model import Link, Listed
from bitly_data.sources.wire import (
    MOST_CLICKS,
    askable,
    count_of,
    json_of,
    tags_of,
    text_of,
    unreadable,
)
from bitly_data.transport.request import Request

PREFIX = "/v4"
USER, GROUPS, ORGANIZATIONS, BSDS = (
    f"{PREFIX}/user",
    f"{PREFIX}/groups",
    f"{PREFIX}/organizations",
    f"{PREFIX}/bsds",
)
PLATFORM_LIMITS = f"{PREFIX}/user/platform_limits"
# The most that a sorted list and a page of links give at once.
MOST_LISTED = 100
EVERYTHING = -1


@dataclass(frozen=True)
class Span:
    """Upstream's buckets: `units` of `unit`, the newest of them the one that holds `end`.

    `units` may be `EVERYTHING`; `end` [epoch s] is `None` for now.
    """

    unit: str
    units: int
    end: int | None = None


@dataclass(frozen=True)
class Counts:
    """Counts by bucket start [epoch s], and how many buckets upstream says it answered for.

    A count of `None` is one that upstream garbled. `units` is `None` where it did not say,
    `EVERYTHING` where it says that it cut nothing off.
    """

    counts: dict[int, int | None]
    units: int | None
    echoed: dict[str, str]


@dataclass(frozen=True)
class Group:
    """A group of links: its guid, its name, the organization it is part of, and its branded short
    domains, as far as upstream names some.
    """

    guid: str
    name: str
    organization: str
    domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Organization:
    """An organization: its guid, its name, and its plan as upstream calls it."""

    guid: str
    name: str
    tier: str


@dataclass(frozen=True)
class User:
    """Whose token it is."""

    login: str
    name: str
    default_group: str


@dataclass(frozen=True)
class Limit:
    """A limit of the account [calls], and how many of them are used."""

    name: str
    limit: int
    used: int


def _window(span: Span) -> tuple[tuple[str, str], ...]:
    params = [("unit", span.unit), ("units", str(span.units))]
    if span.end is not None:
        params.append(("unit_reference", moment_text(span.end)))
    return tuple(params)


def moment_text(moment: int) -> str:
    """An instant [epoch s] as v4 writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def link_path(link: str) -> str:
    """The path of a link (`host/hash`); the slash between the two stays as it is."""
    return f"{PREFIX}/bitlinks/{quote(asked_link(link), safe='/')}"


def link_request(link: str) -> Request:
    """The request for what is known of a link."""
    return Request(link_path(link), ())


def link_clicks_request(link: str, span: Span) -> Request:
    """The request for a link's series."""
    return Request(f"{link_path(link)}/clicks", _window(span))


def link_summary_request(link: str, span: Span) -> Request:
    """The request for a link's total."""
    return Request(f"{link_path(link)}/clicks/summary", _window(span))


def _group_path(guid: str) -> str:
    return f"{GROUPS}/{quote(guid, safe='')}"


def group_clicks_requests(guid: str, span: Span) -> tuple[Request, Request]:
    """The requests for a group's series, the one to try first before the one behind it."""
    return (
        Request(f"{_group_path(guid)}/links/clicks/over_time", _window(span)),
        Request(f"{_group_path(guid)}/clicks", _window(span)),
    )


def sorted_request(guid: str, span: Span) -> Request:
    """The request for a group's most clicked links in the span taken as one."""
    return Request(
        f"{_group_path(guid)}/bitlinks/clicks", (*_window(span), ("size", str(MOST_LISTED)))
    )


def links_request(guid: str, search: str = "", after: str = "") -> Request:
    """The request for a page of a group's links, newest first, those put away included.

    An empty `after` would begin anew, so it is not sent.
    """
    params = [("size", str(MOST_LISTED)), ("archived", "both")]
    if search:
        params.append(("query", search))
    if after:
        params.append(("search_after", after))
    return Request(f"{_group_path(guid)}/bitlinks", tuple(params))


def plan_limits_request(organization: str) -> Request:
    """The request for what the plan allows a month."""
    return Request(f"{ORGANIZATIONS}/{quote(organization, safe='')}/plan_limits", ())


def parse_body(path: str, status: int, body: bytes) -> dict[str, Any]:
    """The members of an answer. Raises an `AnswerError` for one that is not OK or not JSON."""
    try:
        value = json_of(body)
    except (ValueError, RecursionError):
        value = None
    if status != 200:
        raise error_for(
            path, status, text_of(value.get("message")) if isinstance(value, dict) else ""
        )
    if not isinstance(value, dict):
        raise unreadable(path)
    return value


def parse_counts(path: str, status: int, body: bytes) -> Counts:
    """A series of a link (`link_clicks`) or of a group (`data`), in whatever order it came.

    Raises as `parse_body` does, and `UnreadableError` for a bucket without a time.
    """
    value = parse_body(path, status, body)
    items = value.get("link_clicks", value.get("data"))
    if items is None and ("link_clicks" in value or "data" in value):
        items = []  # Go writes an empty list as null
    if not isinstance(items, list):
        raise unreadable(path)
    counts: dict[int, int | None] = {}
    for item in items:
        if not isinstance(item, Mapping):
            raise unreadable(path)
        start = parse_moment(item.get("date", item.get("ts")))
        if start is None:
            raise unreadable(path)
        count = count_of(item.get("clicks", item.get("count")))
        # Two different counts for one bucket: neither is known to be right.
        counts[start] = count if counts.get(start, count) == count else None
    return Counts(counts, _units(value.get("units")), _echoed(value))


def parse_total(path: str, status: int, body: bytes, span: Span) -> int | None:
    """The total of a span; `None` where upstream answered for another one.

    Raises as `parse_body` does, and `UnreadableError` for a total that is none.
    """
    value = parse_body(path, status, body)
    total = count_of(value.get("total_clicks"))
    if total is None:
        raise unreadable(path)
    same = value.get("unit") == span.unit and _units(value.get("units")) == span.units
    return total if same else None


def parse_reference(path: str, status: int, body: bytes) -> int | None:
    """The newest moment of a span, as its answer says it [epoch s]; `None` where it does not.

    Raises as `parse_body` does.
    """
    return parse_moment(parse_body(path, status, body).get("unit_reference"))


def _units(value: object) -> int | None:
    if value in (EVERYTHING, str(EVERYTHING)):
        return EVERYTHING
    return count_of(value)


def _echoed(value: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: words
        for name in ("unit", "units", "unit_reference")
        if (words := text_of(value.get(name)))
    }


def parse_moment(value: object) -> int | None:
    """An instant [epoch s] from an epoch second or ISO 8601, as text or number; else `None`."""
    seconds = count_of(value)
    if seconds is None and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            # Without an offset it is UTC, as everything in v4 is.
            seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            return None
    return seconds if seconds is not None and 0 <= seconds < LATEST else None


def parse_sorted(path: str, status: int, body: bytes) -> list[Listed]:
    """The most clicked links of a span; the counts are joined to the bodies by the link's ids,
    as a row may be named by a custom back-half. Rows of one link on several of Bitly's own hosts
    are one.

    Raises as `parse_body` does, and `UnreadableError` for a row without a link or a count, or
    with a link that is there twice by one name.
    """
    rows = parse_ranking(path, status, body)
    if rows.unread:
        raise unreadable(path)
    return [listed for listed, _ in rows.rows]


@dataclass(frozen=True)
class Ranking:
    """The most clicked links of a span: each as it is listed, and what its body says of it.

    `count` is how many rows there are, `lowest` are the fewest clicks of any, 0 without rows.
    `unread` is how many of them name no link or no clicks, and `left_out` are the clicks of these,
    `None` where they are not all known [count].
    """

    rows: tuple[tuple[Listed, Link], ...]
    count: int
    lowest: int
    unread: int
    left_out: int | None

    @property
    def is_full(self) -> bool:
        """Whether more links may have been clicked than there are rows."""
        return self.count >= MOST_LISTED


def parse_ranking(path: str, status: int, body: bytes) -> Ranking:
    """The same as `parse_sorted`, with the bodies, and without the rows that cannot be read.

    Raises as `parse_body` does, and `UnreadableError` for a link that is there twice by one name.
    """
    value = parse_body(path, status, body)
    bodies = _bodies(value, path)
    rows: dict[str, tuple[Listed, Link]] = {}
    names: set[str] = set()
    bad: list[int | None] = []
    lowest = MOST_CLICKS - 1  # what no row can exceed
    items = _list(value, "sorted_links", path)
    for item in items:
        link = _id(item) if isinstance(item, Mapping) else ""
        clicks = count_of(item.get("clicks")) if isinstance(item, Mapping) else None
        if not link or clicks is None:
            bad.append(clicks)
            continue
        lowest = min(lowest, clicks)
        host = str(item["id"]).rpartition("://")[2].partition("/")[0]
        name = f"{host.strip().lower()} {link}"
        if name in names:
            raise unreadable(path)
        names.add(name)
        before = rows[link][0].clicks if link in rows else 0
        rows[link] = _row(link, clicks + before, bodies.get(link))
    known = [clicks for clicks in bad if clicks is not None]
    return Ranking(
        tuple(rows.values()),
        len(items),
        min([lowest, *known]) if items else 0,
        len(bad),
        sum(known) if len(known) == len(bad) else None,
    )


def _bodies(value: Mapping[str, Any], path: str) -> dict[str, Mapping[str, Any]]:
    """The bodies of links by all their ids."""
    items = [item for item in _list(value, "links", path) if isinstance(item, Mapping)]
    # What is one link's own id is not the custom back-half of another.
    return {name: item for item in items for name in _ids(item)} | {
        _id(item): item for item in items
    }


def _row(link: str, clicks: int, about: Mapping[str, Any] | None) -> tuple[Listed, Link]:
    """A row of a sorted list, and the link as its body has it: by its own id where that is on the
    same host, as a row may be named by a custom back-half.
    """
    if about is None:
        return Listed(link, clicks, None, None), Link(link, "", "", "", 0)
    listed = Listed(
        link, clicks, text_of(about.get("created_by")) or None, _host(about.get("long_url"))
    )
    by_name = {one.link: one for one in _links(about)}
    own = _id(about)
    same_host = own.partition("/")[0] == link.partition("/")[0]
    return listed, by_name[own if same_host and own in by_name else link]


def _id(item: Mapping[str, Any]) -> str:
    """A link's id in one spelling: host in lower case, no scheme."""
    names = askable(parse_link, item.get("id"))
    return names[0] if names else ""


def _ids(item: Mapping[str, Any]) -> tuple[str, ...]:
    """All the ids that lead to a link: its own, and its custom back-halves."""
    custom = item.get("custom_bitlinks")
    names = [
        _id(item),
        *(
            name
            for one in (custom if isinstance(custom, list) else ())
            for name in askable(parse_link, one)
        ),
    ]
    return tuple(dict.fromkeys(name for name in names if name))


def _links(item: Mapping[str, Any]) -> list[Link]:
    """A link, once for each id that leads to it, its own first; none where it has no id."""
    ids = _ids(item)
    references = item.get("references")
    group = text_of(references.get("group")) if isinstance(references, Mapping) else ""
    return [
        Link(
            link=name,
            title=text_of(item.get("title")),
            long_url=text_of(item.get("long_url")),
            login=text_of(item.get("created_by")),
            created=parse_moment(item.get("created_at")) or 0,
            ids=ids,
            tags=tags_of(item.get("tags")),
            group=group.rstrip("/").rpartition("/")[2],
        )
        for name in ids
    ]


def parse_bitlink(path: str, status: int, body: bytes) -> Link:
    """What is known of a link, by whichever of its ids it was asked for.

    Raises as `parse_body` does, and `UnreadableError` for a link without any.
    """
    links = _links(parse_body(path, status, body))
    if not links:
        raise unreadable(path)
    return links[0]


def _host(value: object) -> str:
    """The host of a long URL, "" where it has none."""
    rest = text_of(value).partition("://")[2]
    host = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0].rpartition("@")[2]
    return host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()


def _list(value: Mapping[str, Any], name: str, path: str) -> list[Any]:
    items = value.get(name)
    if items is None and name in value:  # Go writes an empty list as null
        return []
    if not isinstance(items, list):
        raise unreadable(path)
    return items


def parse_links(path: str, status: int, body: bytes) -> tuple[list[Link], str]:
    """A page of links, and what the next one begins after ("" where there is none).

    A link is there once for each id that leads to it, as these are counted apart.
    """
    value = parse_body(path, status, body)
    pages = value.get("pagination")
    after = text_of(pages.get("search_after")) if isinstance(pages, Mapping) else ""
    links = [
        link
        for item in _list(value, "links", path)
        if isinstance(item, Mapping)
        for link in _links(item)
    ]
    return links, after


def parse_groups(path: str, status: int, body: bytes) -> list[Group]:
    """The groups whose links the token may see, each once, those switched off left out."""
    items = _list(parse_body(path, status, body), "groups", path)
    groups = {
        guid: Group(
            guid,
            text_of(item.get("name")),
            text_of(item.get("organization_guid")),
            _domains(item.get("bsds")),
        )
        for item in items
        if isinstance(item, Mapping) and item.get("is_active") is not False
        if (guid := text_of(item.get("guid")))
    }
    return list(groups.values())


def parse_organizations(path: str, status: int, body: bytes) -> list[Organization]:
    """The organizations the token's user is part of, and the plan of each."""
    items = _list(parse_body(path, status, body), "organizations", path)
    return [
        Organization(
            text_of(item.get("guid")),
            text_of(item.get("name")),
            text_of(item.get("tier_display_name") or item.get("tier")),
        )
        for item in items
        if isinstance(item, Mapping) and text_of(item.get("guid"))
    ]


def parse_domains(path: str, status: int, body: bytes) -> tuple[str, ...]:
    """The branded short domains, each once, in upstream's order; Bitly's own hosts are one."""
    return _domains(_list(parse_body(path, status, body), "bsds", path))


def _domains(items: object) -> tuple[str, ...]:
    """The domains that a list names; none where it is no list."""
    those = items if isinstance(items, list) else []
    names = (link_host(name) for item in those for name in askable(parse_domain, item))
    return tuple(dict.fromkeys(names))


def parse_user(path: str, status: int, body: bytes) -> User:
    """Whose token it is. Raises `UnreadableError` if the answer names nobody."""
    value = parse_body(path, status, body)
    login = text_of(value.get("login"))
    if not login:
        raise unreadable(path)
    return User(login, text_of(value.get("name")), text_of(value.get("default_group_guid")))


def parse_plan_limits(path: str, status: int, body: bytes) -> list[Limit]:
    """What the plan allows, by upstream's names."""
    return [
        limit
        for item in _list(parse_body(path, status, body), "plan_limits", path)
        for limit in _limits(text_of(item.get("name")) if isinstance(item, Mapping) else "", item)
    ]


def parse_platform_limits(path: str, status: int, body: bytes) -> list[Limit]:
    """What each endpoint allows an hour; named by method and endpoint."""
    return [
        limit
        for item in _list(parse_body(path, status, body), "platform_limits", path)
        if isinstance(item, Mapping) and isinstance(item.get("methods"), list)
        for method in item["methods"]
        if isinstance(method, Mapping)
        for limit in _limits(
            f"{text_of(method.get('name'))} {text_of(item.get('endpoint'))}", method
        )
    ]


def _limits(name: str, item: object) -> list[Limit]:
    if not isinstance(item, Mapping) or not name.strip():
        return []
    limit, used = count_of(item.get("limit")), count_of(item.get("count"))
    return [] if limit is None else [Limit(name, limit, used or 0)]


def not_aligned(path: str) -> UnreadableError:
    """The error for buckets that are not whole hours or days of UTC."""
    return UnreadableError(
        f"The buckets from {path} are not those of UTC, so they cannot be put into another time "
        "zone: please report the question that led here."
    )
