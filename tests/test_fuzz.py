"""Generated input for the pure parsers: it ends in data that holds, or in the typed error.

Every input is made from a seed of its own, `target/number`, and checked by itself. A failure names
the seed and the input, and prints the line to add to REGRESSIONS. More inputs: `--fuzz 1000000`,
other ones: `--seed 7`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import tempfile
import traceback
import zlib
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlencode
from xml.sax.saxutils import escape

import pytest
import tiers
from recorded import bodies
from support import NOW, epoch, write_clicks

from bitly_data import buckets
from bitly_data.errors import AnswerError, BitlyError, QuestionError
from bitly_data.query import (
    ALL_TIME,
    LINK,
    MOST_MINUTES,
    ORGANIZATION,
    ClickQuery,
    edges_of,
    parse_domain,
    parse_link,
    parse_login,
)
from bitly_data.server import ClickStore
from bitly_data.server import v3 as server
from bitly_data.server.clicklog import (
    LATEST_SECOND,
    BadLine,
    Click,
    Heartbeat,
    objects_of,
    record_of,
)
from bitly_data.server.logfile import Links, LogReader, NotALog
from bitly_data.server.logfile.chunks import lines_of, way_of
from bitly_data.server.logfile.text import encoding_of
from bitly_data.sources import wire as source_wire
from bitly_data.sources.model import Listed
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v4 import wire as v4
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.table import NAMES, Choices
from pages.components.controls.values import END_DEFAULT, END_NOW

# So many inputs are one case: some seconds, and enough to say what share of them ends in data.
A_CASE = 500
# It is strewn over what upstream says; no message may repeat it.
TOKEN = "t0ken-that-nobody-may-see"
CLICK_PATHS = (v3.LINK_CLICKS, v3.LINK_CLICKS_NAMED, v3.ORGANIZATION_CLICKS)
OTHER_PATHS = (v3.LINK_HISTORY, v3.USER_INFO)
STATUSES = (
    *[200] * 30,
    0,
    100,
    201,
    204,
    206,
    301,
    302,
    304,
    400,
    401,
    402,
    403,
    404,
    408,
    410,
    418,
    429,
    500,
    502,
    503,
    504,
    520,
    599,
    999,
    -1,
    10**30,
)

# -- what all generators draw from --------------------------------------------------------------

NUMBERS = (
    0,
    1,
    7,
    -1,
    200,
    200.5,
    403,
    503,
    2**31,
    2**53 - 1,
    2**53,
    2**63,
    2**64,
    -(2**63),
    10**30,
    10**308,
    10**400,
    -(10**400),
    0.5,
    1.0,
    -0.0,
    2.5e-9,
    1e300,
    float("nan"),
    float("inf"),
    -float("inf"),
    1_360_299_600,
    253_370_764_799,
    253_370_764_800,
    253_402_300_800,
    -86_400,
    True,
    False,
    None,
)
WORDS = (
    "",
    " ",
    "0",
    "-0",
    "12",
    " 12 ",
    "1_000",
    "١٢",
    "²",
    "1e3",
    "1e999",
    "0x10",
    "12.0",
    "NaN",
    "Infinity",
    "-5",
    "OK",
    "NOT_FOUND",
    "RATE_LIMIT_EXCEEDED",
    "day",
    "all",
    "now",
    "minute",
    "UTC",
    "Europe/Tallinn",
    "-14",
    "+5",
    "http://bit.ly/2uNgpk4",
    "bit.ly/a++",
    "bit.ly/+",
    "go.example.com.",
    "a_b.co",
    "!",
    "1.USA.gov",
    "İ.example",
    "straße.example/ẞ",
    "x" * 300,
    "two\nlines",
    "nul\0",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202e",
    "\u2028",
    "🔗",
    "=1+1",
    "<b>&amp;</b>",
    "]]>",
    "http://[::1",
    "http://[v1.x]/",
    "//\u2100/",
    TOKEN,
    f"http://bit.ly/a?access_token={TOKEN}",
    "2013-02-09T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00 23:59",
)
SIGNS = "ab.c/?#@:+&=%;\\\"'<>[]{}(),-_~!* \t\r\n\0\x7f\x85\xa0é\u0130\u03a3ß\u3000\ufeff\ud83d٣🔗"


def text(rng: Random) -> str:
    """A word that means something somewhere, or signs."""
    if rng.random() < 0.5:
        return rng.choice(WORDS)
    return "".join(rng.choices(SIGNS, k=rng.choice((1, 3, 8, 30))))


def scalar(rng: Random) -> Any:
    return rng.choice(NUMBERS) if rng.random() < 0.6 else text(rng)


def depth(rng: Random) -> int:
    """Levels of nesting: few, about as many as Python takes, far more."""
    return rng.choice((2, 30, rng.randrange(300, sys.getrecursionlimit() + 50), 20_000))


# -- bodies: a tree of members, written as JSON or as XML ----------------------------------------


class Members(list):
    """A JSON object as pairs, so that a key can be there twice."""


class Raw(str):
    """What is written as it is."""

    __slots__ = ()


def tree_of(body: bytes | str) -> Any:
    return json.loads(body, object_pairs_hook=Members)


def to_json(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Members):
        return "{" + ", ".join(f"{json.dumps(key)}: {to_json(item)}" for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    return json.dumps(value)


def to_xml(value: Any) -> str:
    """A document as v3 wrote it: a list is its key repeated, nothing is an empty element."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<response>{_inner_xml(value)}</response>'


def _inner_xml(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Members):
        return "".join(
            f"<{key}>{_inner_xml(item)}</{key}>"
            for key, items in value
            for item in (items if type(items) is list else [items])
        )
    if isinstance(value, list):
        return "".join(f"<item>{_inner_xml(item)}</item>" for item in value)
    return "" if value is None else escape(str(value))


def strange(rng: Random, wire: str) -> Any:
    """A value that is not expected."""
    kind = rng.randrange(12)
    if kind < 7:
        return scalar(rng)
    if kind == 7:
        return [scalar(rng) for _ in range(rng.randrange(3))]
    if kind == 8:
        return Members(
            (rng.choice(("dt", "clicks", "login", "a")), scalar(rng))
            for _ in range(rng.randrange(3))
        )
    if kind == 9 and wire == "json":
        return Raw(
            rng.choice(
                (
                    "9" * 5000,
                    "-" + "9" * 400,
                    "1e400",
                    "0." + "9" * 400,
                    "NaN",
                    "-Infinity",
                    "+1",
                    "01",
                    "1.",
                    "'x'",
                    "{,}",
                    "",
                    '"\\ud800"',
                    '"\\u0000"',
                    "//",
                    "nul",
                )
            )
        )
    if kind == 9:
        return Raw(
            rng.choice(
                (
                    "9" * 5000,
                    "<a>",
                    "</data>",
                    "&lt;",
                    "&x;",
                    "&#0;",
                    "&#xD800;",
                    "<![CDATA[5]]>",
                    "<!-- 5 -->",
                    "<?x y?>",
                    '<a b="1" b="2"/>',
                    "<é/>",
                    "<x:a/>",
                    "<dt>5</dt>",
                    "5<a/>6",
                    "\x01",
                    "\ufffe",
                )
            )
        )
    levels = depth(rng)
    opening, closing = rng.choice(
        (("[", "]"), ('{"a": ', "}"), ('[{"a": 1}, ', "]"), ("[", ""), ('{"a": [', "]}"))
        if wire == "json"
        else (("<a>", "</a>"), ("<a/><a>", "</a>"), ("<a>", ""), ("<a><b/><b>", "</b></a>"))
    )
    return Raw(opening * levels + ("1" if wire == "json" else "") + closing * levels)


def nodes(value: Any) -> list[Any]:
    """Every list and every object of a tree."""
    found, waiting = [], [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            found.append(here)
            waiting += [item for _, item in here] if isinstance(here, Members) else here
    return found


def mutate(rng: Random, value: Any, wire: str) -> None:
    """Change one thing somewhere in a tree."""
    places = [node for node in nodes(value) if node]
    if not places:
        return
    node = rng.choice(places)
    at, kind = rng.randrange(len(node)), rng.randrange(14)
    pairs = isinstance(node, Members)
    key, item = node[at] if pairs else ("", node[at])

    def put(new: Any, name: str = key) -> Any:
        return (name, new) if pairs else new

    if kind == 0:
        del node[at]
    elif kind == 1:
        node.insert(rng.randrange(len(node) + 1), put(strange(rng, wire)))  # a key or dt once more
    elif kind == 2:
        node.insert(at, deepcopy(node[at]))
    elif kind == 3:
        rng.shuffle(node)
    elif kind == 4:
        node[at] = put([item])
    elif kind == 5:
        node[at] = put(Members([("a", item)]))
    elif kind == 6:
        node[at] = put(str(item) if isinstance(item, int | float) else strange(rng, wire))
    elif kind == 7 and pairs and wire == "json":
        node[at] = put(item, text(rng))
    else:
        node[at] = put(strange(rng, wire))


ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "cp500")
HOSTILE_XML = (
    '<!DOCTYPE r [<!ENTITY x "9">]><response><status_code>200</status_code><data>&x;</data>'
    "</response>",
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response>&x;</response>',
    '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><response/>',
    '<!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {one} "{f"&{other};" * 10}">'
        for one, other in zip("bcdefgh", "abcdefg", strict=True)
    )
    + "]><response>&h;</response>",
    '<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]><response/>',
    '<?xml version="1.0" encoding="utf-7"?><?xml version="1.0" encoding="no-such"?><response/>',
    '<?xml version="1.0" encoding="utf-16"',
    "<?",
    "<?xml",
    " <?xml ?>",
    "<response/>",
    "<a/><b/>",
    "<response><status_code/><data/></response>",
    "<response>200</response>",
    '<response xmlns="urn:x"><status_code>200</status_code><data>1</data></response>',
)


def to_bytes(rng: Random, written: str) -> bytes:
    """Mostly UTF-8; lone surrogates go as the bytes that they would have."""
    if rng.random() < 0.94:
        return written.encode("utf-8", "surrogatepass")
    return written.encode(rng.choice(ENCODINGS), "replace")


def damage(rng: Random, body: bytes) -> bytes:
    """Change bytes: cut off, flipped, put in, taken out, said twice."""
    at, kind = rng.randrange(len(body) + 1), rng.randrange(8)
    size = rng.choice((1, 1, 2, 5, 40))
    if kind == 0:
        return body[:at]
    if kind == 1 and at < len(body):
        return body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1 :]
    if kind == 2:
        return body[:at] + rng.randbytes(size) + body[at:]
    if kind == 3:
        return body[:at] + body[at + size :]
    if kind == 4:
        return body[:at] + b"\0" * size + body[at:]
    if kind == 5:
        return body[:at] + body[at : at + size] * 2 + body[at + size :]
    if kind == 6:
        return (
            rng.choice(
                (
                    b"\xef\xbb\xbf",
                    b"\xff\xfe",
                    b")]}',\n",
                    b"callback(",
                    b"\x1f\x8b",
                    b"\n",
                    b"<html>",
                )
            )
            + body
        )
    return body[at:]


# -- where mutations start: what the local server answers ----------------------------------------


@lru_cache(maxsize=1)
def served() -> dict[tuple[str, str], tuple[bytes, ...]]:
    """Bodies of a local server by path and wire, good answers and refusals."""
    store = ClickStore()
    with tempfile.TemporaryDirectory() as folder:
        store.import_paths([write_clicks(Path(folder) / "clicks.log")])
    store.add_tracking_domains(["shop.example"])
    store.name_accounts(["ann", "bob"])

    def ask(path: str, *pairs: tuple[str, str], token: str = "x") -> bytes:
        answer = server.answer(
            path, [("access_token", token), *pairs], store, epoch(NOW), server.Policy()
        )
        assert answer is not None
        return answer.body

    bodies: dict[tuple[str, str], tuple[bytes, ...]] = {}
    for path in CLICK_PATHS:
        for wire in ("json", "xml", "txt"):
            common = [("format", wire), ("link", "http://go.ex.com/Ab"), ("timezone", "UTC")]
            good = [
                ask(path, *common, ("unit", unit), ("units", units), ("rollup", rollup))
                for unit in buckets.UNITS[1:]
                for units in ("-1", "1", "3")
                for rollup in ("true", "false")
                if (rollup, wire) != ("false", "txt")
            ]
            bodies[path, wire] = (
                *good,
                ask(path, *common, ("unit", "year")),
                ask(path, *common, token=""),
            )
    bodies[v3.LINK_HISTORY, "json"] = tuple(
        ask(v3.LINK_HISTORY, ("limit", limit)) for limit in ("1", "3", "100", "0")
    )
    bodies[v3.USER_POPULAR, "json"] = tuple(
        ask(v3.USER_POPULAR, ("limit", limit)) for limit in ("1", "3", "100", "0")
    )
    bodies[v3.USER_INFO, "json"] = (ask(v3.USER_INFO), ask(v3.USER_INFO, token=""))
    store.close()
    return bodies


@lru_cache(maxsize=1)
def recorded() -> tuple[bytes, ...]:
    """Bodies of every shape that Bitly's v3 sent, and those that it really sent where they are."""
    return tuple(body.read() for body in bodies("v3"))


@dataclass(frozen=True)
class Answered:
    """What a parser of an answer is given, and the counts that it must find, if they are known."""

    path: str
    status: int
    wire: str
    body: bytes
    counts: dict[int, int] | None = None


def altered(rng: Random, body: bytes, wire: str) -> bytes:
    """A body with a few things changed: in its structure, in its bytes, or in both."""
    if wire != "txt" and rng.random() < 0.85:
        try:
            tree = tree_of(body)
        except ValueError:  # recorded pages and XML
            return damage(rng, body)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            mutate(rng, tree, wire)
        body = to_bytes(rng, to_json(tree) if wire == "json" else to_xml(tree))
        return damage(rng, body) if rng.random() < 0.1 else body
    if wire == "txt" and rng.random() < 0.6:
        return str(scalar(rng)).encode("utf-8", "surrogatepass")
    return damage(rng, body)


def make_answer(rng: Random, paths: Sequence[str], wires: Sequence[str]) -> Answered:
    path, wire, status = rng.choice(paths), rng.choice(wires), rng.choice(STATUSES)
    kind = rng.random()
    if kind < 0.05:
        return Answered(path, status, wire, rng.randbytes(rng.choice((0, 1, 2, 20, 400))))
    if kind < 0.10 and wire == "xml":
        return Answered(path, status, wire, to_bytes(rng, rng.choice(HOSTILE_XML)))
    # XML is written from the same trees as JSON.
    body = rng.choice(served()[path, "json" if wire == "xml" else wire])
    return Answered(path, status, wire, altered(rng, body, wire))


def make_clicks(rng: Random) -> Answered:
    if rng.random() < 0.85:
        return make_answer(rng, CLICK_PATHS, ("json", "json", "xml", "xml", "txt"))
    # A right answer, in any order, in which a number may be text.
    path, wire = rng.choice(CLICK_PATHS), rng.choice(("json", "xml"))
    counts = {
        rng.randrange(buckets.LATEST): rng.randrange(2 ** rng.choice((1, 8, 53)))
        for _ in range(rng.randrange(6))
    }
    key = "organization_clicks" if path == v3.ORGANIZATION_CLICKS else "link_clicks"
    word = rng.choice((int, int, str, float))
    items = [
        Members([("dt", word(start)), ("clicks", word(count))]) for start, count in counts.items()
    ]
    tree = Members(
        [
            ("status_code", 200),
            ("data", Members([("unit", "day"), (key, items)])),
            ("status_txt", "OK"),
        ]
    )
    body = (to_json(tree) if wire == "json" else to_xml(tree)).encode()
    return Answered(path, 200, wire, body, counts)


def make_recorded(rng: Random) -> Answered:
    wire = rng.choice(("json", "json", "xml"))
    body = altered(rng, rng.choice(recorded()), wire)
    # Most of them as a success: few bodies are data for the path that they are tried on.
    status = 200 if rng.random() < 0.9 else rng.choice(STATUSES)
    return Answered(rng.choice(CLICK_PATHS + OTHER_PATHS), status, wire, body)


# -- what must hold of an answer ----------------------------------------------------------------


def is_shown(value: object) -> bool:
    """Whether a value is text that can be shown and stored: of Unicode, without halves."""
    return isinstance(value, str) and value == value.encode("utf-8", "replace").decode()


def is_count(value: object, most: int = source_wire.MOST_CLICKS) -> bool:
    return type(value) is int and 0 <= value < most


def holds_for_error(error: BitlyError) -> None:
    """One sentence that a person can read, with nothing in it of what upstream wrote."""
    message = error.user_message
    assert message.endswith(".") and message.count(". ") == 0, message
    assert message.isprintable() and len(message) < 250, message
    assert error.status is None or (type(error.status) is int and error.status != 200)
    assert type(error.retryable) is bool
    whole = "".join(traceback.format_exception(error)) + repr(error)
    assert TOKEN not in whole, whole


def attempt(parse: Callable[[str, int, bytes], Any], answered: Answered) -> Any:
    """What a parser makes of an answer; `None` for the typed error, which is checked."""
    try:
        return parse(answered.path, answered.status, answered.body)
    except AnswerError as error:
        holds_for_error(error)
        return None


def check_clicks(answered: Answered) -> bool:
    clicks = attempt(partial(v3.parse_clicks, wire=answered.wire), answered)
    if answered.counts is not None:
        assert clicks is not None and clicks.counts == answered.counts, clicks
    if clicks is None:
        return False
    assert answered.status == 200
    assert (clicks.total is None) != (clicks.counts is None)
    assert clicks.total is None or is_count(clicks.total)
    for start, count in (clicks.counts or {}).items():
        assert is_count(start, buckets.LATEST)
        assert count is None or is_count(count)
    assert clicks.tz_offset is None or -24 < clicks.tz_offset < 24
    assert all(is_shown(value) for value in clicks.echoed.values())
    # What is echoed of the offset is read as a number later.
    assert float(clicks.echoed.get("tz_offset", 0)) == (clicks.tz_offset or 0)
    if answered.wire == "json":
        check_numbers(answered, clicks)
    elif answered.wire == "txt":
        assert number(answered.body.decode("utf-8", "replace").strip()) == clicks.total
    return True


def check_numbers(answered: Answered, clicks: v3.Clicks) -> None:
    """A second reading: every count is the one number that is written for its start."""
    data = json.loads(answered.body)["data"]
    said = data["organization_clicks" if answered.path == v3.ORGANIZATION_CLICKS else "link_clicks"]
    if clicks.counts is None:
        assert number(said) == clicks.total
        return
    items = said if isinstance(said, list) else [said]
    assert {number(item["dt"]) for item in items} == clicks.counts.keys()
    for start, count in clicks.counts.items():
        values = {number(item.get("clicks")) for item in items if number(item["dt"]) == start}
        assert {count} == values or (count is None and (len(values) > 1 or values == {None}))


PLAIN = re.compile(r"[-+]?[0-9]+([.][0-9]*)?([eE][-+]?[0-9]+)?")


def number(value: object) -> int | None:
    """The whole number that is written, as a number or as plain digits."""
    if isinstance(value, str):
        plain = value.strip(" \t\n\r\f\v")
        value = float(plain) if PLAIN.fullmatch(plain) else None
    if type(value) not in (int, float) or not 0 <= value < 2**53 or value % 1:
        return None
    return int(value)


def check_links(answered: Answered) -> bool:
    page = attempt(v3.parse_links, answered)
    if page is None:
        return False
    assert len(page.links) <= page.listed
    assert page.total is None or is_count(page.total)
    for link in page.links:
        assert parse_link(link.link) == link.link
        assert is_count(link.created)
        assert is_shown(link.title) and is_shown(link.long_url) and is_shown(link.login)
    return True


def check_popular(answered: Answered) -> bool:
    found = attempt(partial(v3.parse_popular, limit=100), answered)
    if found is None:
        return False
    assert all(parse_link(link) == link and is_count(clicks) for link, clicks in found.rows)
    assert len({link for link, _ in found.rows}) == len(found.rows)
    clicks = [clicks for _, clicks in found.rows]
    assert clicks == sorted(clicks, reverse=True)
    assert found.lowest == min(clicks, default=0) and found.unread >= 0
    assert all(is_shown(value) for value in found.echoed.values())
    return True


def check_account(answered: Answered) -> bool:
    account = attempt(v3.parse_account, answered)
    if account is None:
        return False
    assert is_shown(account.login)
    for names, parse in (
        (account.short_domains, parse_domain),
        (account.logins, parse_login),
        (account.tracking_domains, parse_domain),
    ):
        assert [parse(name) for name in names] == list(names)
        assert len(set(names)) == len(names)
    assert set(v3.BITLY_HOSTS).isdisjoint(account.short_domains)
    return True


def check_envelope(answered: Answered) -> bool:
    data = attempt(partial(v3.parse_envelope, wire=answered.wire), answered)
    assert data is None or isinstance(data, dict)
    return data is not None


# -- v4 -----------------------------------------------------------------------------------------

V4_BODIES: dict[str, tuple[dict[str, Any], ...]] = {
    "series": (
        {
            "link_clicks": [
                {"date": "2013-05-17T00:00:00+0000", "clicks": 3},
                {"date": "2013-05-16T00:00:00+0000", "clicks": 0},
            ],
            "units": 2,
            "unit": "day",
            "unit_reference": "2013-05-17T11:59:59+0000",
        },
        {
            "data": [{"ts": "1368748800", "count": 3}, {"ts": 1368662400, "count": "5"}],
            "units": -1,
            "unit": "",
            "unit_reference": 1368791999,
        },
    ),
    "total": ({"total_clicks": 15, "units": 30, "unit": "day"},),
    "sorted": (
        {
            "sorted_links": [{"id": "bit.ly/a", "clicks": 4}, {"id": "go.ex.com/B", "clicks": 1}],
            "links": [{"id": "go.ex.com/B", "created_by": "ann", "long_url": "http://ex.com/x"}],
        },
    ),
    "pages": (
        {
            "links": [
                {
                    "id": "bit.ly/a",
                    "title": "x",
                    "created_by": "ann",
                    "long_url": "http://ex.com",
                    "created_at": "2013-05-17T00:00:00Z",
                }
            ],
            "pagination": {"search_after": "abc", "size": 50},
        },
    ),
    "account": (
        {
            "groups": [{"guid": "B1", "name": "n", "organization_guid": "O1", "is_active": True}],
            "organizations": [{"guid": "O1", "name": "n", "tier": "free"}],
            "bsds": ["go.ex.com", "bit.ly"],
            "login": "ann",
            "name": "Ann",
            "plan_limits": [{"name": "api_calls", "limit": 5000, "count": 3}],
            "platform_limits": [
                {"endpoint": "/user", "methods": [{"name": "GET", "limit": 100, "count": 3}]}
            ],
        },
    ),
}


def make_v4(rng: Random) -> Answered:
    kind = rng.choice(tuple(V4_BODIES))
    written = json.dumps(rng.choice(V4_BODIES[kind])).encode()
    return Answered(f"/v4/{kind}", rng.choice(STATUSES), "json", altered(rng, written, "json"))


def check_v4(answered: Answered) -> bool:
    kind = answered.path.rpartition("/")[2]
    if kind == "series":
        found = attempt(v4.parse_counts, answered)
        if found is not None:
            assert all(is_count(start, buckets.LATEST) for start in found.counts)
            assert all(count is None or is_count(count) for count in found.counts.values())
            assert found.units is None or found.units == v4.EVERYTHING or is_count(found.units)
            assert all(is_shown(value) for value in found.echoed.values())
    elif kind == "total":
        span = v4.Span("day", 30)
        found = attempt(partial(v4.parse_total, span=span), answered)
        assert found is None or is_count(found)
    elif kind == "sorted":
        found = attempt(v4.parse_sorted, answered)
        for row in found or ():
            assert parse_link(row.link) == row.link and is_count(row.clicks)
            assert row.login is None or (row.login and is_shown(row.login))
            assert row.destination is None or is_shown(row.destination)
        assert len({row.link for row in found or ()}) == len(found or ())
        check_ranking(attempt(v4.parse_ranking, answered), found)
    elif kind == "pages":
        found = attempt(v4.parse_links, answered)
        for link in found[0] if found else ():
            assert parse_link(link.link) == link.link and is_count(link.created, buckets.LATEST)
            assert is_shown(link.title) and is_shown(link.long_url) and is_shown(link.login)
        assert found is None or is_shown(found[1])
    else:
        found = attempt(v4.parse_domains, answered)
        assert [parse_domain(name) for name in found or ()] == list(found or ())
        for parse in (
            v4.parse_groups,
            v4.parse_organizations,
            v4.parse_plan_limits,
            v4.parse_platform_limits,
        ):
            for item in attempt(parse, answered) or ():
                for value in asdict(item).values():
                    each = value if isinstance(value, tuple) else [value]
                    assert all(is_shown(one) or is_count(one) for one in each)
        user = attempt(v4.parse_user, answered)
        assert user is None or (user.login and all(map(is_shown, asdict(user).values())))
    assert found is None or answered.status == 200
    return found is not None


def check_ranking(ranking: v4.Ranking | None, rows: list[Listed] | None) -> None:
    """The same rows with the bodies of their links, or some of them where not all can be read."""
    if ranking is None:
        assert rows is None
        return
    assert rows is None or [listed for listed, _ in ranking.rows] == rows
    assert (ranking.unread == 0) == (rows is not None)
    assert is_count(ranking.lowest)
    assert ranking.left_out is None or ranking.left_out >= 0
    for listed, link in ranking.rows:
        assert parse_link(listed.link) == listed.link and is_count(listed.clicks)
        assert parse_link(link.link) == link.link and is_count(link.created, buckets.LATEST)
        assert is_shown(link.title) and is_shown(link.long_url) and all(map(is_shown, link.tags))


def check_recorded(answered: Answered) -> bool:
    if answered.path in CLICK_PATHS:
        return check_clicks(answered)
    answered = Answered(answered.path, answered.status, "json", answered.body)
    return (check_links if answered.path == v3.LINK_HISTORY else check_account)(answered)


# -- click logs ---------------------------------------------------------------------------------


def make_line(rng: Random) -> bytes:
    kind = rng.random()
    if kind < 0.08:
        return rng.randbytes(rng.choice((1, 2, 20, 200)))
    if kind < 0.12:
        levels, (opening, closing) = (
            depth(rng),
            rng.choice(
                (("[", "]"), ('{"a":', "}"), ('{"t": 1, "hh": "b.co", "h": [', "]}"), ("[", ""))
            ),
        )
        return (opening * levels + "1" + closing * levels).encode()
    if kind < 0.25:
        tree = Members([("_heartbeat_", scalar(rng) if rng.random() < 0.5 else 1_360_000_000)])
    else:
        tree = Members(
            [
                ("a", "Mozilla/5.0"),
                ("c", "US"),
                ("nk", 1),
                ("tz", "America/New_York"),
                ("h", "Abc"),
                ("hh", "1.USA.gov"),
                ("l", "nasa"),
                ("hc", 1_350_000_000),
                ("u", "http://www.NASA.gov/x"),
                ("t", 1_360_000_000),
                ("ll", [38.9, -77.0]),
                ("title", "Mars"),
                ("_id", Members([("$o", "5")])),
            ]
        )
        if rng.random() < 0.3:
            rng.shuffle(tree)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        mutate(rng, tree, "json")
    line = to_bytes(rng, to_json(tree))
    return damage(rng, line) if rng.random() < 0.2 else line


def holds_for_record(record: Any) -> None:
    assert is_count(record.t, LATEST_SECOND)
    if isinstance(record, Click):
        assert is_count(record.created, LATEST_SECOND)
        assert record.host and record.hash and record.host == record.host.lower()
        assert all(is_shown(part) for part in record if type(part) is not int)
        assert all(type(part) in (str, int) for part in record)


def check_line(line: bytes) -> bool:
    try:
        found = [record_of(record) for record in objects_of(line)]
    except BadLine as bad:
        assert str(bad).isprintable() and 0 < len(str(bad)) < 60
        assert TOKEN not in str(bad)
        return False
    for record in found:
        holds_for_record(record)
    return bool(found)


def make_log(rng: Random) -> bytes:
    lines = [make_line(rng) for _ in range(rng.choice((0, 1, 3, 8)))]
    ending = rng.choice((b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\n\n \n", b"\0\n"))
    content = ending.join(lines) + rng.choice((b"", ending))
    kind = rng.randrange(8)
    if kind < 3:
        return damage(rng, content) if rng.random() < 0.3 else content
    packed = gzip.compress(content, compresslevel=rng.choice((0, 1, 9)), mtime=0)
    if kind == 3:
        return packed + gzip.compress(content, mtime=0) + b"\0" * rng.randrange(600)
    if kind == 4:
        return packed + rng.randbytes(rng.choice((1, 2, 30)))
    if kind == 5:
        return b"\x1f\x8b" + rng.randbytes(rng.choice((0, 1, 8, 100)))
    for _ in range(rng.choice((0, 1, 1, 3))):
        packed = damage(rng, packed)
    return packed


# Where a record in UTF-16 begins behind others.
UTF_16 = re.compile(rb'\0\{\0"|\{\0"\0')


def check_log(content: bytes, folder: Path) -> bool:
    path = folder / "clicks.log"
    path.write_bytes(content)
    reader, links = LogReader(str(path), most_notes=3), Links()
    clicks: list[Click] = []
    beats: list[int] = []
    try:
        for batch in reader.batches(links):
            pairs = zip(batch.times.tolist(), batch.links.tolist(), strict=True)
            clicks += [links.clicks[link]._replace(t=t) for t, link in pairs]
            beats += batch.beats
    except NotALog as problem:  # of noise that is no text nothing is read
        assert str(problem).isprintable() and TOKEN not in str(problem)
        return False
    report = reader.report
    for record in [*clicks, *map(Heartbeat, beats)]:
        holds_for_record(record)
    assert (report.clicks, report.heartbeats) == (len(clicks), len(beats))
    assert len(report.bad) == min(report.bad_count, 3)
    numbers = [note.line for note in report.bad]
    assert numbers == sorted(numbers) and all(0 < line <= report.lines for line in numbers)
    unpacked = content
    if content[:2] == b"\x1f\x8b":
        unpacked, whole = gunzipped(content)
        assert (report.problem is None) == whole
    else:
        assert report.problem is None
    assert reader.digest == hashlib.sha256(unpacked).hexdigest()
    assert LogReader(str(path)).read_through() == reader.digest
    text = unpacked.removeprefix(b"\xef\xbb\xbf")
    if encoding_of(unpacked) is None and way_of(text) is lines_of:
        assert numbers == sorted(set(numbers))
        only_returns = b"\r" in unpacked and b"\n" not in unpacked
        end = b"\r" if only_returns else b"\n"
        other = UTF_16.search(text)
        if other is None:
            assert (clicks, beats, report.bad_count) == line_by_line(text.split(end))
        else:  # what follows has other lines, if any
            before, _, _ = line_by_line(text[: other.start()].split(end)[:-1])
            assert clicks[: len(before)] == before
    return bool(clicks or beats)


def line_by_line(lines: Sequence[bytes]) -> tuple[list[Click], list[int], int]:
    """A second reading: clicks, heartbeats and how many bad lines there are, each line alone."""
    clicks: list[Click] = []
    beats: list[int] = []
    bad = 0
    for line in lines:
        try:
            for record in objects_of(line):
                found = record_of(record)
                if isinstance(found, Click):
                    clicks.append(found)
                else:
                    beats.append(found.t)
        except BadLine:
            bad += 1
    return clicks, beats, bad


def gunzipped(content: bytes) -> tuple[bytes, bool]:
    """A second reading, byte by byte: what a gzip file holds up to its first fault, and whether
    it has none.
    """
    out, unpacker = [], zlib.decompressobj(wbits=31)
    for at in range(len(content)):
        byte = content[at : at + 1]
        if unpacker.eof:
            if byte == b"\0":
                continue
            unpacker = zlib.decompressobj(wbits=31)
        try:
            out.append(unpacker.decompress(byte))
        except zlib.error:
            return b"".join(out), False
    return b"".join(out), unpacker.eof


# -- the address bar ----------------------------------------------------------------------------

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
ANY_SIGN = LETTERS + "ABCXYZ_~.-=&;%*()[]{}|$!'^`éßστ漢字🔗ñ\u0301"


def made_of(rng: Random, signs: str, most: int) -> str:
    return "".join(rng.choices(signs, k=rng.randrange(1, most)))


def make_host(rng: Random) -> str:
    return f"{made_of(rng, LETTERS + '_-é漢', 12)}.{made_of(rng, LETTERS, 8)}.example"


def make_link(rng: Random) -> str | None:
    """A link as it stays, none where that is no link: what is pasted is read by its meaning."""
    try:
        return parse_link(f"{make_host(rng)}/{made_of(rng, ANY_SIGN + '+@:', 100)}x")
    except QuestionError:
        return None


def make_choices(rng: Random) -> Choices:
    """Anything that the sidebar can hold."""
    plain, unit = Choices(), rng.choice(buckets.UNITS)

    def moment() -> int:
        return rng.choice(
            (
                buckets.EARLIEST + 1,
                buckets.LATEST - 1,
                epoch(NOW),
                rng.randrange(buckets.EARLIEST + 1, buckets.LATEST),
            )
        )

    return Choices(
        unit=unit,
        units=rng.randrange(1, MOST_MINUTES + 1)
        if unit == "minute"
        else rng.choice((ALL_TIME, plain.units, 1, 20_000, rng.randrange(1, 20_001))),
        timezone=rng.choice(
            (None, "UTC", str(rng.randrange(-14, 15)), rng.choice(buckets.zone_names()))
        ),
        until=rng.choice((END_DEFAULT, END_NOW, moment())),
        rollup=rng.random() < 0.5,
        limit=rng.choice((None, 1, 1000, rng.randrange(1, 1001))),
        week_start=rng.randrange(7),
        domains=tuple(dict.fromkeys(make_host(rng) for _ in range(rng.choice((0, 1, 2, 50))))),
        # Signs may stand side by side, spaces inside only.
        login=rng.choice(
            (
                None,
                "!",
                made_of(rng, ANY_SIGN + '+/?#@:\\"<>', 200),
                f"{made_of(rng, ANY_SIGN, 9)} + {made_of(rng, ANY_SIGN, 9)}",
            )
        ),
        link=rng.choice((None, make_link(rng))),
        against=rng.choice(("before", "year", moment())),
        weekdays=rng.random() < 0.5,
        overlay=rng.random() < 0.5,
        upstream_buckets=rng.random() < 0.5,
    )


def check_choices(choices: Choices) -> bool:
    written = serialize(choices)
    assert parse_address(written) == (choices, [])
    # The same through a real address, in which everything is text.
    assert parse_qs(urlencode(written, doseq=True), strict_parsing=bool(written)) == written
    return True


GOOD_VALUES = (
    "day",
    "hour",
    "minute",
    "month",
    "all",
    "1",
    "0",
    "30",
    "61",
    "now",
    "before",
    "year",
    "monday",
    "sunday",
    "UTC",
    "Asia/Kolkata",
    "05",
    "+5",
    "-14",
    "nasa.gov",
    "!",
    "ann",
    "bit.ly/2uNgpk4",
    "https://Bit.ly/a+",
    "2013-02-09T00:00:00Z",
    "2013-02-09 00:00:00+02:00",
    "1969-12-31T23:59:59-00:01",
    "20130209T000000Z",
)


def make_params(rng: Random) -> dict[str, list[str]]:
    names = [*NAMES.values()]
    return {
        rng.choice(names) if rng.random() < 0.9 else text(rng): [
            rng.choice(GOOD_VALUES)
            if rng.random() < 0.6
            else damaged(rng, rng.choice(GOOD_VALUES))
            if rng.random() < 0.5
            else text(rng)
            for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 60)))
        ]
        for _ in range(rng.randrange(8))
    }


def damaged(rng: Random, word: str) -> str:
    """A word with one sign changed."""
    at = rng.randrange(len(word) + 1)
    return word[:at] + rng.choice(("", rng.choice(SIGNS))) + word[at + rng.randrange(2) :]


def check_params(params: dict[str, list[str]]) -> bool:
    choices, dropped = parse_address(params)
    assert all(sentence.endswith(".") and len(sentence) < 1000 for sentence in dropped)
    assert len(dropped) <= len(params) + 1
    for name in (name for name, values in params.items() if name not in NAMES.values()):
        assert any(f"“{name[:40]}”" in sentence for sentence in dropped)
    check_choices(choices)
    link = choices.link
    try:
        ClickQuery(
            target=LINK if link else ORGANIZATION,
            link=link,
            unit=choices.unit,
            units=choices.units,
            timezone=choices.timezone or "UTC",
            until=choices.until if isinstance(choices.until, int) else None,
            rollup=choices.rollup,
            limit=choices.limit,
            week_start=choices.week_start,
            domains=() if link else choices.domains,
            login=None if link else choices.login,
        )
    except QuestionError as error:
        holds_for_error(error)
    return not dropped


# -- questions ----------------------------------------------------------------------------------


def make_name(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.3:
        return text(rng)
    host, back_half = make_host(rng), made_of(rng, ANY_SIGN + "+/?#", 12)
    whole = rng.choice(
        (
            host,
            back_half,
            f"{host}/{back_half}",
            f"http://{host}/{back_half}",
            f"HTTPS://{host.upper()}/{back_half}+",
            f"{host}:80/a",
            f"u@{host}/a",
        )
    )
    return whole if kind < 0.6 else damaged(rng, whole)


def check_name(name: str) -> bool:
    kept = False
    for parse in (parse_link, parse_domain, parse_login):
        try:
            found = parse(name)
        except QuestionError as error:
            # A person's own words are quoted, on one line.
            assert error.user_message.isprintable() and error.user_message.endswith(".")
            own = error.user_message.replace(repr(name[:60]), "")
            assert own.count(". ") == 0 and len(own) < 200
            continue
        kept = True
        assert parse(found) == found
        assert is_shown(found) and found.isprintable() and found == found.strip()
        if parse is parse_link:
            host, slash, back_half = found.partition("/")
            assert slash and host and back_half and not set("/?#") & set(back_half)
        if parse is not parse_login:
            assert not set("@:\\ ?#") & set(found.partition("/")[0])
    return kept


def make_query(rng: Random) -> dict[str, Any]:
    """Parts of a question, each of its own type and often good."""

    def some(good: Sequence[Any], bad: Callable[[], Any]) -> Any:
        return rng.choice(good) if rng.random() < 0.85 else bad()

    def whole() -> int:
        return rng.choice(
            (0, -1, -2, 61, 1001, 20_000, 20_001, 2**31, 2**63, -(10**40), 10**40, True)
        )

    parts = {
        "target": some((LINK, ORGANIZATION), lambda: text(rng)),
        "link": some((None, "bit.ly/2uNgpk4", "http://Bit.ly/a+"), lambda: make_name(rng)),
        "domains": some(
            ((), ("nasa.gov",), ("NASA.gov", "nasa.gov.")),
            lambda: tuple(make_name(rng) for _ in range(rng.randrange(4))),
        ),
        "login": some((None, "ann", "!"), lambda: make_name(rng)),
        "unit": some(buckets.UNITS, lambda: text(rng)),
        "units": some((ALL_TIME, 1, 2, 30, 60), whole),
        "timezone": some(
            ("UTC", "Australia/Lord_Howe", "Pacific/Apia", "-5", "+14"), lambda: text(rng)
        ),
        "until": some(
            (None, epoch(NOW), 1_360_360_800),
            lambda: rng.choice(
                (whole(), 1, 3600, buckets.LATEST - 1, buckets.LATEST, rng.randrange(2**33))
            ),
        ),
        "rollup": rng.random() < 0.5,
        "limit": some((None, 1, 7, 1000), whole),
        "week_start": some(range(7), whole),
        "upstream_buckets": rng.random() < 0.5,
    }
    # Most parts of most questions are left alone: else hardly any could be asked.
    return {name: value for name, value in parts.items() if rng.random() < 0.5}


def check_query(parts: dict[str, Any]) -> bool:
    try:
        query = ClickQuery(**parts)
    except QuestionError as error:
        own = error.user_message
        for quoted in (
            value
            for value in (*parts.values(), *parts.get("domains", ()))
            if isinstance(value, str)
        ):
            own = own.replace(repr(quoted[:60]), "").replace(repr(quoted[:40]), "")
        assert error.user_message.isprintable() and own.endswith("."), own
        assert own.count(". ") == 0 and len(own) < 200, own
        return False
    assert ClickQuery(**asdict(query)) == query == query.replace()
    assert query.series_name and is_shown(query.series_name)
    assert datetime.now(query.zone).utcoffset() < timedelta(days=1)
    if query.until is not None and query.units != ALL_TIME:
        edges = edges_of(query, query.until)
        assert len(edges) == query.units + 1
        assert buckets.EARLIEST <= edges[0] <= edges[-2] <= query.until < edges[-1]
    return True


# -- all of it ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """What is made, what must hold of it, and its share of the inputs [per mille].

    `check` says whether it ended in data.
    """

    make: Callable[[Random], Any]
    check: Callable[..., bool]
    share: int


TARGETS = {
    "clicks": Target(make_clicks, check_clicks, 240),
    "v4": Target(make_v4, check_v4, 100),
    "links": Target(lambda rng: make_answer(rng, (v3.LINK_HISTORY,), ("json",)), check_links, 60),
    "popular": Target(
        lambda rng: make_answer(rng, (v3.USER_POPULAR,), ("json",)), check_popular, 40
    ),
    "account": Target(lambda rng: make_answer(rng, (v3.USER_INFO,), ("json",)), check_account, 80),
    "envelope": Target(
        lambda rng: make_answer(rng, CLICK_PATHS, ("json", "xml")), check_envelope, 60
    ),
    "line": Target(make_line, check_line, 130),
    "log": Target(make_log, check_log, 50),
    "choices": Target(make_choices, check_choices, 60),
    "params": Target(make_params, check_params, 70),
    "name": Target(make_name, check_name, 60),
    "query": Target(make_query, check_query, 50),
    # Beside the others: with ../shared there are more of these, so a seed makes another input.
    "recorded": Target(make_recorded, check_recorded, 100),
}

OK = b'{"status_code": 200, "data": {%b}, "status_txt": "OK"}'
XML = (
    b"<response><status_code>%b</status_code><data>%b</data><status_txt>%b</status_txt></response>"
)
# More levels when it is written out than when it is read.
DEEP = b"<a/><a>" * 700 + b"</a>" * 700
HISTORY = OK % b'"link_history": [{"link": "http://bit.ly/a", %b}]'


def json_clicks(members: bytes) -> Answered:
    return Answered(v3.LINK_CLICKS, 200, "json", OK % members)


def xml_clicks(members: bytes, code: bytes = b"200", words: bytes = b"OK") -> Answered:
    return Answered(v3.LINK_CLICKS, 200, "xml", XML % (code, members, words))


# Inputs that once failed: (target, input).
REGRESSIONS: list[tuple[str, Any]] = [
    # A declaration that breaks off was an IndexError.
    ("clicks", Answered(v3.LINK_CLICKS, 200, "xml", b"<?")),
    ("envelope", Answered(v3.LINK_CLICKS, 404, "xml", b'<?xml version="1.0" encoding')),
    # Nested members where text was expected were a RecursionError.
    ("clicks", xml_clicks(b"<unit>" + DEEP + b"</unit><link_clicks>1</link_clicks>")),
    ("envelope", xml_clicks(b"", b"500", DEEP)),
    # An offset that is none was echoed, and reckoned with later.
    *(
        ("clicks", json_clicks(b'"tz_offset": %b, "link_clicks": 15' % offset))
        for offset in (b"[]", b'{"a": -4}', b'"UTC"', b"NaN", b"403", b"-9223372036854775808")
    ),
    ("clicks", xml_clicks(b"<tz_offset></tz_offset><link_clicks>15</link_clicks>")),
    # Buckets after the calendar's end broke the arithmetic with them.
    *(
        ("clicks", json_clicks(b'"link_clicks": [{"dt": %d, "clicks": 1}]' % start))
        for start in (buckets.LATEST, 253_402_300_800, 2**53 - 1)
    ),
    # Lone surrogates cannot be shown.
    ("clicks", json_clicks(b'"unit": "\\ud800", "link_clicks": 1')),
    *(
        ("links", Answered(v3.LINK_HISTORY, 200, "json", HISTORY % members))
        for members in (
            b'"title": "\\ud800"',
            b'"long_url": "http://x/\\udfff"',
            b'"encoding_user": {"login": "\\ud800"}',
        )
    ),
    ("account", Answered(v3.USER_INFO, 200, "json", OK % b'"login": "\\ud83d"')),
    # Python takes these for 1000 and 12.
    ("clicks", Answered(v3.LINK_CLICKS, 200, "txt", b"1_000")),
    ("clicks", json_clicks(b'"link_clicks": [{"dt": 1367366400, "clicks": "\\u0661\\u0662"}]')),
    # A refusal said that the answer was 200.
    ("envelope", Answered(v3.LINK_CLICKS, 200, "json", b'{"status_code": 200.5, "data": {}}')),
    # Read once more they were other links, or none.
    ("name", "bit.ly/a++"),
    ("name", "HTTPS://0.example/++"),
    ("params", {"link": ["bit.ly/a++"]}),
    # The sentence was as long as what was asked.
    ("query", {"unit": "x" * 300}),
]


def run(target: str, value: Any, folder: Path) -> bool:
    check = TARGETS[target].check
    return check(value, folder) if target == "log" else check(value)


def shown(value: Any) -> str:
    """An input as it can be put into REGRESSIONS."""
    whole = repr(value)
    return whole if len(whole) < 3000 else f"{whole[:2000]} … ({len(whole):,} characters in all)"


def test_all_shares_are_given_out() -> None:
    assert sum(target.share for name, target in TARGETS.items() if name != "recorded") == 1000


def run_inputs(target: str, seeds: range, folder: Path) -> None:
    """Make and check the inputs of some seeds; most parsers take some and refuse some."""
    made = TARGETS[target]
    ended_in_data = 0
    for index in seeds:
        seed = f"{target}/{index}"
        value = made.make(Random(seed))
        try:
            ended_in_data += run(target, value, folder)
        except Exception as problem:
            raise AssertionError(
                f"seed {seed!r} failed with {problem!r}; to keep it:\n"
                f"    ({target!r}, {shown(value)}),"
            ) from problem
    # Neither the parser nor the generator is one that refuses everything, or takes everything.
    count = len(seeds)
    assert count < 100 or ended_in_data > count / 20
    assert count < 100 or ended_in_data < count * 0.95 or target == "choices"


def test_generated_input_ends_in_data_or_in_the_typed_error(
    target: str, seeds: range, tmp_path: Path
) -> None:
    run_inputs(target, seeds, tmp_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Some hundred inputs are a case, of each target its share."""
    if "target" in metafunc.fixturenames:
        cases = [
            pytest.param(name, *case.values, marks=case.marks, id=f"{name}-{case.id}")
            for name, made in TARGETS.items()
            for case in tiers.samples(metafunc.config, "fuzz", share=made.share, block=A_CASE)
        ]
        metafunc.parametrize(("target", "seeds"), cases)


@pytest.mark.parametrize("index", range(len(REGRESSIONS)))
def test_what_once_failed(index: int, tmp_path: Path) -> None:
    target, value = REGRESSIONS[index]
    run(target, value, tmp_path)


def test_a_seed_makes_the_same_input_again() -> None:
    for name, target in TARGETS.items():
        first, second = (target.make(Random(f"{name}/7")) for _ in range(2))
        assert repr(first) == repr(second)
