"""Bitly v3: request builders and parsers, pure; v3's own names end here.

What a client must accept is from docs/upstream/v3.md, sections 3 and 4: an integer or a list, keys
that lack, 400 or 500 for the same text, an envelope inside HTTP 200. The three endpoints and their
parameters are those of the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree

from bitly_data.buckets import HIGHEST_OFFSET_HOURS, LATEST, LOWEST_OFFSET_HOURS, offset_hours
from bitly_data.errors import error_for
from bitly_data.hosts import BITLY_HOSTS, asked_host, asked_link
from bitly_data.query import (
    HIGHEST_LIMIT,
    LINK,
    ClickQuery,
    parse_domain,
    parse_link,
    parse_login,
)
from bitly_data.sources.model import Account, Link, LinkPage
from bitly_data.sources.wire import (
    MOST_CLICKS,
    askable,
    count_of,
    json_of,
    number_of,
    tags_of,
    text_of,
    unreadable,
    whole_counts,
)
from bitly_data.transport.request import Request

LINK_CLICKS, LINK_CLICKS_NAMED = "/v3/link/clicks", "/link/clicks"
ORGANIZATION_CLICKS = "/v3/organization/clicks"
ORGANIZATION_POPULAR, USER_POPULAR = "/v3/organization/popular_links", "/v3/user/popular_links"
LINK_HISTORY, USER_INFO = "/v3/user/link_history", "/v3/user/info"
# The most that link_history gives at once.
MOST_LINKS = 100
# So many links are looked up by their addresses in one call: with some fifty letters each they stay
# far below the 8,000 that servers take in an address.
MOST_NAMED = 50


@dataclass(frozen=True)
class ClicksRequest:
    """One request for clicks: which buckets of upstream's own, in which of its zones."""

    unit: str
    units: int
    timezone: str
    end: int | None
    rollup: bool
    limit: int | None = None  # None: as many as there may be


@dataclass(frozen=True)
class Clicks:
    """What one answer says: a total, or counts by bucket start [epoch s].

    A count of `None` is one that upstream garbled. `tz_offset` is in hours.
    """

    total: int | None = None
    counts: dict[int, int | None] | None = None
    tz_offset: float | None = None
    echoed: dict[str, str] = field(default_factory=dict)


def clicks_request(
    query: ClickQuery, wanted: ClicksRequest, endpoint: str = "auto", wire: str = "json"
) -> Request:
    """The request for a `ClicksRequest` about what `query` counts.

    Zone names and an end of the range are documented for `/link/clicks` only, so it is asked
    where one is set; `endpoint` forces one of the two.
    """
    params = [
        ("unit", wanted.unit),
        ("units", str(wanted.units)),
        ("timezone", wanted.timezone),
        ("rollup", "true" if wanted.rollup else "false"),
        ("limit", str(wanted.limit or HIGHEST_LIMIT)),
    ]
    if wanted.end is not None:
        params.append(("unit_reference_ts", str(wanted.end)))
    if wire != "json":
        params.append(("format", wire))
    if query.target != LINK:
        params += [("domain", asked_host(domain)) for domain in query.domains]
        if query.login:
            params.append(("login", query.login))
        return Request(ORGANIZATION_CLICKS, tuple(params))
    named = offset_hours(wanted.timezone) is None or wanted.end is not None
    path = (LINK_CLICKS_NAMED if named else LINK_CLICKS) if endpoint == "auto" else endpoint
    return Request(path, (("link", f"http://{asked_link(str(query.link))}"), *params))


def parse_clicks(path: str, status: int, body: bytes, wire: str = "json") -> Clicks:
    """What an answer of the three endpoints says.

    Raises an `AnswerError` for an envelope or a status that is not OK, `UnreadableError` for
    anything that is not an answer of Bitly's.
    """
    if wire == "txt":
        return _parse_txt(path, status, body)
    data = parse_envelope(path, status, body, wire)
    key = "organization_clicks" if path == ORGANIZATION_CLICKS else "link_clicks"
    offset = _offset(data.get("tz_offset"))
    echoed = _echoed(data, offset)
    value = data.get(key)
    if isinstance(value, list | dict):  # XML: one item is not a list
        items = value if isinstance(value, list) else [value]
        return Clicks(counts=_counts(items, path), tz_offset=offset, echoed=echoed)
    if wire == "xml" and key not in data:  # XML: a list without items leaves nothing behind
        return Clicks(counts={}, tz_offset=offset, echoed=echoed)
    return Clicks(total=_readable(count_of(value), path), tz_offset=offset, echoed=echoed)


def _parse_txt(path: str, status: int, body: bytes) -> Clicks:
    text = body.decode("utf-8", "replace").strip()
    if status != 200:
        raise error_for(path, status, text)
    return Clicks(total=_readable(count_of(text), path))


def _readable(count: int | None, path: str) -> int:
    if count is None:
        raise unreadable(path)
    return count


def parse_envelope(path: str, status: int, body: bytes, wire: str = "json") -> dict[str, Any]:
    """The `data` of an envelope. Raises as `parse_clicks` does."""
    try:
        envelope = _xml_envelope(body) if wire == "xml" else json_of(body)
    except (ValueError, RecursionError, ElementTree.ParseError):
        if status != 200:
            raise error_for(path, status, "") from None
        raise unreadable(path) from None
    if not isinstance(envelope, dict):
        raise unreadable(path)
    code = count_of(envelope.get("status_code"))
    if code is None:
        raise error_for(path, status, "") if status != 200 else unreadable(path)
    if code != 200 or status != 200:
        raise error_for(path, code if code != 200 else status, text_of(envelope.get("status_txt")))
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise unreadable(path)
    return data


def _xml_envelope(body: bytes) -> dict[str, Any]:
    text = body.decode("utf-8")  # UnicodeDecodeError is a ValueError
    # Bitly never sent a document type; with none there are no entities to expand.
    if "<!" in text:
        raise ValueError("document types are not read")
    # A declaration may name an encoding, which the parser refuses for text; it is not needed.
    # One that breaks off is left in, and refused.
    bare = text.split("?>", 1)[-1] if text.lstrip().startswith("<?") else text
    root = ElementTree.fromstring(bare)  # noqa: S314 - without a document type, see above
    value = _xml_value(root)
    if not isinstance(value, dict):
        raise ValueError("no envelope")
    if value.get("data") == "":
        value["data"] = None
    return value


def _xml_value(element: ElementTree.Element) -> Any:
    """Text, or a dict of children; children that share a name become a list."""
    if not len(element):
        return (element.text or "").strip()
    result: dict[str, Any] = {}
    for child in element:
        value = _xml_value(child)
        if child.tag not in result:
            result[child.tag] = value
        elif isinstance(result[child.tag], list):
            result[child.tag].append(value)
        else:
            result[child.tag] = [result[child.tag], value]
    return result


def _offset(value: object) -> float | None:
    """An offset from UTC [h]; `None` for one that no zone has: it would be reckoned with."""
    hours = number_of(value)
    return (
        hours
        if hours is not None and LOWEST_OFFSET_HOURS <= hours <= HIGHEST_OFFSET_HOURS
        else None
    )


def _counts(items: list[Any], path: str) -> dict[int, int | None]:
    if (plain := _plain_counts(items)) is not None:
        return plain
    counts: dict[int, int | None] = {}
    for item in items:
        start = count_of(item.get("dt")) if isinstance(item, Mapping) else None
        if start is None or start >= LATEST:  # the calendar ends there
            raise unreadable(path)
        count = count_of(item.get("clicks"))
        # Two different counts for one bucket: neither is known to be right.
        counts[start] = count if counts.get(start, count) == count else None
    return counts


def _plain_counts(items: list[Any]) -> dict[int, int | None] | None:
    """The counts of items that each have two whole numbers and a time of their own; else `None`."""
    try:
        starts = whole_counts((item["dt"] for item in items), LATEST)
        numbers = whole_counts((item["clicks"] for item in items), MOST_CLICKS)
    except (KeyError, TypeError):
        return None
    if starts is None or numbers is None:
        return None
    counts: dict[int, int | None] = dict(zip(starts, numbers, strict=True))
    return counts if len(counts) == len(items) else None


def links_request(offset: int = 0, limit: int = MOST_LINKS, search: str = "") -> Request:
    """The request for a page of the account's links, newest first; `search` narrows them."""
    words = (("query", search),) if search else ()
    return Request(LINK_HISTORY, (("limit", str(limit)), ("offset", str(offset)), *words))


def named_links_request(links: Sequence[str]) -> Request:
    """The request for some of the account's links, `MOST_NAMED` at most, by their addresses."""
    names = (("link", f"http://{asked_link(link)}") for link in links)
    return Request(LINK_HISTORY, (("limit", str(MOST_LINKS)), *names))


def popular_request(
    wanted: ClicksRequest, limit: int, domains: Sequence[str] = (), *, of_organization: bool
) -> Request:
    """The request for the most clicked links of some buckets taken as one, `limit` at most.

    Those of an organization can be narrowed to domains, and those of a user to nothing.
    """
    params = [
        ("unit", wanted.unit),
        ("units", str(wanted.units)),
        ("timezone", wanted.timezone),
        ("limit", str(limit)),
    ]
    if wanted.end is not None:
        params.append(("unit_reference_ts", str(wanted.end)))
    if not of_organization:
        return Request(USER_POPULAR, tuple(params))
    params += [("domain", asked_host(domain)) for domain in domains]
    return Request(ORGANIZATION_POPULAR, tuple(params))


@dataclass(frozen=True)
class Popular:
    """The most clicked links, most clicks first: (link, clicks).

    `is_full`: there were as many rows as were asked for, so that there may be more; `lowest` are
    the fewest clicks of any row, 0 without rows [count]. `unread` is how many rows name no link or
    no clicks.
    """

    rows: tuple[tuple[str, int], ...]
    is_full: bool
    lowest: int
    unread: int
    echoed: dict[str, str]

    def of(self, is_wanted: Callable[[str], bool]) -> Popular:
        """The same without the links that are not wanted."""
        return replace(self, rows=tuple(row for row in self.rows if is_wanted(row[0])))


def parse_popular(path: str, status: int, body: bytes, limit: int) -> Popular:
    """The most clicked links of an answer, of which `limit` were asked for.

    Raises as `parse_clicks` does, and `UnreadableError` for a link that is there twice.
    """
    data = parse_envelope(path, status, body)
    items = data.get("popular_links")
    if not isinstance(items, list):
        raise unreadable(path)
    rows: dict[str, int] = {}
    unread = 0
    for item in items:
        names = askable(parse_link, item.get("link")) if isinstance(item, Mapping) else []
        clicks = count_of(item.get("clicks")) if isinstance(item, Mapping) else None
        if not names or clicks is None:
            unread += 1
        elif names[0] in rows:
            raise unreadable(path)
        else:
            rows[names[0]] = clicks
    return Popular(
        tuple(sorted(rows.items(), key=lambda row: -row[1])),
        len(items) >= limit,
        min(rows.values(), default=0),
        unread,
        _echoed(data, _offset(data.get("tz_offset"))),
    )


def _echoed(data: Mapping[str, Any], offset: float | None) -> dict[str, str]:
    return {
        name: words
        for name in ("unit", "units", "tz_offset", "unit_reference_ts")
        if (words := text_of(data.get(name))) and (name != "tz_offset" or offset is not None)
    }


def parse_links(path: str, status: int, body: bytes) -> LinkPage:
    """A page of the account's links. Raises as `parse_clicks` does."""
    data = parse_envelope(path, status, body)
    items = data.get("link_history")
    if not isinstance(items, list):
        raise unreadable(path)
    links = [
        _link(item, name)
        for item in items
        if isinstance(item, dict)
        for name in askable(parse_link, item.get("link"))
    ]
    return LinkPage(links, len(items), count_of(data.get("result_count")))


def _link(item: dict[str, Any], name: str) -> Link:
    user = item.get("encoding_user")
    custom = askable(parse_link, item.get("keyword_link"))
    return Link(
        link=name,
        title=text_of(item.get("title")),
        long_url=text_of(item.get("long_url")),
        login=text_of(user.get("login")) if isinstance(user, dict) else "",
        created=count_of(item.get("created_at")) or 0,
        ids=(name, *custom) if custom else (),
        tags=tags_of(item.get("tags")),
    )


def account_request() -> Request:
    """The request for what the organization can be narrowed by."""
    return Request(USER_INFO, ())


def parse_account(path: str, status: int, body: bytes) -> Account:
    """Domains and logins of the organization, each once, in upstream's order."""
    data = parse_envelope(path, status, body)
    login = text_of(data.get("login"))
    custom = [data["custom_short_domain"]] if data.get("custom_short_domain") else []
    short = _names(custom + _list(data.get("domain_options")))
    return Account(
        login=login,
        short_domains=tuple(name for name in short if name not in BITLY_HOSTS),
        tracking_domains=_names(
            _list(data.get("tracking_domains")) + _list(data.get("e2e_domains"))
        ),
        logins=tuple(
            dict.fromkeys(
                name
                for value in [login, *map(_login, _list(data.get("sub_accounts")))]
                for name in askable(parse_login, value)
            )
        ),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for value in values for name in askable(parse_domain, value)))


def _login(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("login")
    return value if isinstance(value, str) else ""
