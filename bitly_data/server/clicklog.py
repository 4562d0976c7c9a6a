"""What one record of a click log says: a click, or that the log was running.

A click is an object with `t` (its time), `h` (hash) and `hh` (short domain), and optionally `l`
(login), `u` (long URL), `hc` (creation), `title`, `kw` (the custom back-half that the click came
by) and `_id` (what tells it from all others); every other key is ignored.
A heartbeat is `{"_heartbeat_": time}`. The form is that of the public 1.usa.gov click feed.

Logs of other makers name the same things otherwise: the link as one address (`bitlink`), the time
as `timestamp`. Such a name counts where the feed's own is not there.

A bad record is counted and named; it never stops the reading, and never costs a good one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import orjson

from bitly_data.server.click_times import second_of
from bitly_data.server.words import LATEST

# The times of clicks are those that can be asked for, and end with them.
LATEST_SECOND: Final = LATEST

# Said of a log in which no click is found.
NEEDED: Final = "a click needs t (its time), hh (the short domain) and h (the hash)"

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# More than nanoseconds since 1970 have.
_MOST_DIGITS: Final = 25
_LONGEST_KEYWORD: Final = 200
_NOT_IN_KEYWORD: Final = frozenset("/?#% ")
# Other names of the same things, the first that is there counts.
_TIMES: Final = ("timestamp", "ts", "time", "datetime", "clicked_at")
_ADDRESSES: Final = ("bitlink", "short_url")
_LONG_URLS: Final = ("long_url",)
# Every name that is looked at; the names of a table's columns may be written in capitals.
KNOWN_NAMES: Final = frozenset(
    {"t", "hh", "h", "l", "u", "hc", "title", "kw", "_id", "domain", "hash"}.union(
        _TIMES, _ADDRESSES, _LONG_URLS
    )
)
# A date as it is written in several countries, and means another day in each.
_TWO_DATES: Final = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}(?:\d{2})?\b")
_ADDRESS: Final = re.compile(r"(?:https?://)?([^\s/?#@:]+)/([^\s/?#]+)/?", re.IGNORECASE)
# A scheme, a user's name and a host of 253 letters are shorter.
_LONGEST_ORIGIN: Final = 2_000
# What stands around the records of a JSON array that is written a record a line; and the zeros that
# a full disk, or a log that was cut off while it was written, leaves between lines.
_AROUND: Final = b", \t\r\n\f\v\0"
FRAMES: Final = frozenset((b"[", b"]", b",", b"],", b",["))


class Click(NamedTuple):
    """One click line. Absent text is "", an absent creation is 0."""

    t: int  # [epoch s]
    host: str  # short domain, lower case
    hash: str
    login: str
    url: str
    destination: str  # host of `url`, lower case
    title: str
    created: int  # what the line says about the link's creation [epoch s]
    keyword: str  # the custom back-half of the click, "" where it came by the hash


class Heartbeat(NamedTuple):
    """The feed was alive at `t` [epoch s]."""

    t: int


class BadLine(ValueError):
    """The line is neither a click nor a heartbeat."""


def objects_of(line: bytes) -> list[dict[str, Any]]:
    """The records of one line: one as a rule, none of a blank one.

    The line may be part of a JSON array, begin with a byte order mark (where files were joined),
    end in a comma, or hold several records. Raises `BadLine` if any of it is something else.
    """
    bare = line.strip(_AROUND).removeprefix(_BYTE_ORDER_MARK).strip(_AROUND)
    if not bare or bare in FRAMES:
        return []
    try:
        found = _decode(bare)
    except BadLine:
        return _several(bare)
    if isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
        return [_storable_texts(item) for item in found]
    if not isinstance(found, dict):
        raise BadLine("not a JSON object")
    return [found]


def _several(line: bytes) -> list[dict[str, Any]]:
    """Records side by side, with a comma between them or without, perhaps in an open array."""
    text = line.decode("utf-8", errors="replace").lstrip("[ ").removesuffix("]")
    decoder, found, at = json.JSONDecoder(parse_int=_whole), [], 0
    while at < len(text):
        if text[at] != "{":
            raise BadLine("not JSON")
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise BadLine("not JSON") from error
        found.append(_storable_texts(record))
        while at < len(text) and (text[at].isspace() or text[at] in ",\ufeff\0"):
            at += 1
    if not found:
        raise BadLine("not JSON")
    return found


def record_of(record: object) -> Click | Heartbeat:
    """The click or heartbeat that a decoded record is. Raises `BadLine`."""
    if not isinstance(record, dict):
        raise BadLine("not a JSON object")
    if "_heartbeat_" in record and "h" not in record:
        return Heartbeat(_second("_heartbeat_", record["_heartbeat_"]))
    host, link_hash = _link(record)
    if not (host and link_hash):
        named = "hh" in record and "h" in record
        raise BadLine("hh and h name no link" if named else "no link in hh and h")
    url = _text(_named(record, "u", _LONG_URLS))
    return Click(
        t=_second("t", _named(record, "t", _TIMES)),
        host=host,
        hash=link_hash,
        login=_text(record.get("l")),
        url=url,
        destination=destination_host(url),
        title=_text(record.get("title")),
        created=_optional_second(record.get("hc")),
        keyword=_keyword(record.get("kw"), link_hash),
    )


def can_be_click(names: Collection[str]) -> bool:
    """Whether a record of fields with these names may be a click."""
    has_time = not {"t", *_TIMES}.isdisjoint(names)
    has_address = not set(_ADDRESSES).isdisjoint(names)
    return has_time and (
        has_address or {"hh", "h"} <= set(names) or {"domain", "hash"} <= set(names)
    )


def id_of(value: object) -> str:
    """What `_id` holds as text, "" for nothing; MongoDB wraps it in an object."""
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    if isinstance(value, str) or value is None:
        return value or ""
    return json.dumps(value, sort_keys=True, default=str)


def _named(record: Mapping[str, Any], name: str, others: tuple[str, ...]) -> Any:
    """What a record has by the feed's name, or else by the first of other names."""
    found = (record.get(other) for other in (name, *others))
    return next((value for value in found if value is not None), None)


def _link(record: Mapping[str, Any]) -> tuple[str, str]:
    """Host and hash of the link, as two fields or as one address; "" for what is not said."""
    if "hh" in record or "h" in record:
        return _host(record.get("hh")), _text(record.get("h"))
    address = _ADDRESS.fullmatch(_text(_named(record, "bitlink", _ADDRESSES)).strip())
    if address is not None:
        return _host(address[1]), address[2]
    return _host(record.get("domain")), _text(record.get("hash"))


def _decode(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    # The standard library takes what orjson refuses: other byte values, NaN, lone surrogates.
    try:
        record = json.loads(line.decode("utf-8", errors="replace"), parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise BadLine("not JSON") from error
    return _storable_texts(record) if isinstance(record, dict) else record


def _whole(digits: str) -> int | float:
    """A whole number; one of more digits than any count or time has is only large.

    Python reads no more than some thousand digits, and such a number elsewhere in a line is no
    reason to lose its click.
    """
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _storable_texts(record: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _storable(value) if isinstance(value, str) else value for key, value in record.items()
    }


def _host(value: object) -> str:
    """A host as questions name it: in small letters, without the dot that may end it."""
    return _text(value).strip().lower().rstrip(".")


def _second(name: str, value: object) -> int:
    moment = second_of(value)
    if moment is None:
        raise BadLine(
            f"{name} is a date whose day and month nobody can tell apart"
            if isinstance(value, str) and _TWO_DATES.match(value.strip())
            else f"{name} is not a time in seconds since 1970"
        )
    return moment


def _optional_second(value: object) -> int:
    return second_of(value) or 0


def _keyword(value: object, link_hash: str) -> str:
    """A custom back-half that an address can hold as it is, or ""."""
    keyword = _text(value)
    plain = (
        keyword.isprintable()
        and len(keyword) <= _LONGEST_KEYWORD
        and _NOT_IN_KEYWORD.isdisjoint(keyword)
        and not keyword.endswith("+")
    )
    return keyword if plain and keyword not in (link_hash, ".", "..") else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 database can hold."""
    return text.encode("utf-8", errors="replace").decode()


def destination_host(url: str) -> str:
    """The host of a long URL in lower case; "" where there is none."""
    # Of a very long one its beginning tells, and nothing so long is kept in a cache.
    return _destination_host(url.strip()[:_LONGEST_ORIGIN])


@lru_cache(maxsize=65_536)
def _destination_host(url: str) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:  # e.g. an unbalanced bracket
        return ""
    return (host or "").rstrip(".")
