"""Bitly's v3 questions and answers, without HTTP: from parameters to the bytes of a body.

The form of the answers is that of recorded ones (envelope and key order, spacing, null or [] and
the status texts). Where nothing is recorded, the choices are these:

- A blank parameter counts as not sent, as a blank token was. Of a repeated one the last counts.
- The end of the newest bucket may lie in the future; what is after the clock is not there yet.
- A bad argument is a 500 INVALID_ARG_<NAME>, whether or not other arguments are bad as well.
- Buckets that begin before 1970 are left out of a series.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cached_property
from itertools import takewhile
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.server.calls import Answer, BadArgument, Parameters
from bitly_data.server.store import (
    BITLY_DOMAINS,
    ClickStore,
    LinkFilter,
    LinkRow,
    Selection,
    fold,
)

Data = dict[str, Any]
Ints = NDArray[np.int64]

JSON_TYPE: Final = "application/json; charset=utf-8"
JSONP_TYPE: Final = "application/javascript; charset=utf-8"
XML_TYPE: Final = "application/xml; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_ALL: Final = -1
_MINUTES_KEPT: Final = 60
_DEFAULT_ZONE: Final = "America/New_York"
# A bucket's width in the store's counts [s]; weeks and months are put together from days.
_WIDTHS: Final = {"minute": buckets.MINUTE_SECONDS, "hour": buckets.HOUR_SECONDS}
_DAYS_IN: Final = {"week": 7, "month": 31}  # at most
_BEFORE_ALL: Final = -(2**62)  # [epoch s]

_LINK: Final = re.compile(r"(?:https?://)?([^\s/?#@:]+)/([^\s/?#]+)", re.IGNORECASE)
_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*", re.ASCII)
_NOT_IN_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Policy:
    """What one server decides for itself.

    `token` is the only access token that will do, or `None` for any; `organization_rollup` says
    whether organization/clicks gives one number unless asked (the record does not tell).
    """

    token: str | None = None
    organization_rollup: bool = True


class Refusal(Exception):
    """An answer that is not OK: Bitly's status code and status text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def invalid(name: str, code: int = 500) -> Refusal:
    """The refusal of the argument called `name`."""
    return Refusal(code, f"INVALID_ARG_{name.upper()}")


class Call(NamedTuple):
    """One question: who is asked, what, when [epoch s], and by which rules."""

    store: ClickStore
    parameters: Parameters
    now: int
    policy: Policy


# ---------------------------------------------------------------------------------------------
# From a call to an answer


def answer(
    path: str, items: Sequence[tuple[str, str]], store: ClickStore, now: float, policy: Policy
) -> Answer | None:
    """The answer to a call at the time `now` [epoch s]; `None` if there is no such path.

    `items` are the decoded query and form parameters in the order in which they were sent.
    """
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        return None
    parameters = Parameters(items)
    known_format = parameters.text("format", "json") in _WRITERS
    write = _WRITERS[parameters.text("format", "json") if known_format else "json"]
    try:
        _check_token(parameters, policy)
        if not known_format:
            raise invalid("format")
        _check_callback(parameters)
        data = endpoint(Call(store, parameters, int(now), policy))
        if write is _write_text:
            return Answer(200, f"{_only_number(data)}\n".encode(), TEXT_TYPE)
        return write(200, data, "OK", parameters)
    except Refusal as refusal:
        return write(refusal.code, None, refusal.text, parameters)
    except BadArgument as refusal:
        return write(500, None, refusal.text, parameters)


def failure(items: Sequence[tuple[str, str]]) -> Answer:
    """The answer when the server itself is at fault."""
    parameters = Parameters(items)
    write = _WRITERS.get(parameters.text("format", "json"), _write_json)
    return write(500, None, "UNKNOWN_ERROR", parameters)


def _check_token(parameters: Parameters, policy: Policy) -> None:
    token = parameters.last("access_token")
    if token is None:
        raise Refusal(500, "MISSING_ARG_ACCESS_TOKEN")
    if policy.token is not None and not hmac.compare_digest(token.encode(), policy.token.encode()):
        raise Refusal(403, "INVALID_ACCESS_TOKEN")


def _check_callback(parameters: Parameters) -> None:
    callback = parameters.last("callback")
    if callback is not None and not _CALLBACK.fullmatch(callback):
        raise invalid("callback")


def _only_number(data: Data) -> int:
    """The one number of an answer that can be given as text."""
    numbers = [value for key, value in data.items() if key.endswith("_clicks")]
    if len(numbers) != 1 or not isinstance(numbers[0], int):
        raise invalid("format")
    return numbers[0]


def _write_json(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    body = json.dumps({"status_code": code, "data": data, "status_txt": text})
    callback = parameters.last("callback")
    if callback is None or not _CALLBACK.fullmatch(callback):
        return Answer(200, body.encode(), JSON_TYPE)
    return Answer(200, f"{callback}({body})".encode(), JSONP_TYPE)


def _write_xml(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    response = ElementTree.Element("response")
    _append(response, {"status_code": code, "data": data, "status_txt": text})
    body = ElementTree.tostring(response, encoding="unicode", short_empty_elements=False)
    return Answer(200, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode(), XML_TYPE)


def _append(parent: ElementTree.Element, members: Mapping[str, Any]) -> None:
    """Members become elements; a list becomes its key repeated, as in the recorded answers."""
    for name, value in members.items():
        for item in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, name)
            if isinstance(item, dict):
                _append(child, item)
            elif isinstance(item, bool):
                child.text = "true" if item else "false"
            elif item is not None:
                child.text = _NOT_IN_XML.sub("", str(item))


def _write_text(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    """Errors only: text is the one format that carries them in the HTTP status."""
    return Answer(code, text.encode(), TEXT_TYPE)


_WRITERS: Final[dict[str, Callable[[int, Data | None, str, Parameters], Answer]]] = {
    "json": _write_json,
    "xml": _write_xml,
    "txt": _write_text,
}


# ---------------------------------------------------------------------------------------------
# Clicks


@dataclass(frozen=True)
class Question:
    """What to count, in which buckets. One fixed `offset` [s] holds for the whole answer."""

    unit: str
    units: int  # -1: all
    rollup: bool
    limit: int
    offset: int
    reference: int  # a time in the newest bucket [epoch s]
    sent_reference: int | str | None

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(seconds=self.offset))

    @property
    def hours(self) -> int | float:
        """The offset in hours; a whole number wherever it can be one."""
        whole, rest = divmod(self.offset, buckets.HOUR_SECONDS)
        return self.offset / buckets.HOUR_SECONDS if rest else whole

    @property
    def buckets_back(self) -> int:
        """How many buckets are counted, -1 for all. Bitly kept minutes for an hour only."""
        return _MINUTES_KEPT if self.unit == "minute" and self.units == _ALL else self.units

    @cached_property
    def newest(self) -> int:
        """The start of the newest bucket [epoch s]."""
        return buckets.floor(self.reference, self.unit, self.zone, buckets.SUNDAY)

    def back(self, start: int, count: int) -> int:
        """The start of the bucket `count` before the one at `start`.

        Where the calendar has no such bucket, a time before all clicks.
        """
        if self.unit != "month":  # in a fixed offset all the other units are equally long
            return start - count * buckets.NOMINAL_SECONDS[self.unit]
        month = buckets.local(start, self.zone).date()
        try:
            return buckets.day_start(buckets.step_day(month, "month", -count), self.zone)
        except (ValueError, OverflowError):
            return _BEFORE_ALL

    def starts(self, count: int) -> list[int]:
        """The starts of the newest `count` buckets, newest first; fewer where 1970 is near."""
        newest = self.newest
        starts = (self.back(newest, index) for index in range(count))
        return list(takewhile(lambda start: start >= buckets.EARLIEST, starts))


def link_clicks(call: Call) -> Data:
    """/v3/link/clicks: the clicks of one Bitlink."""
    link = call.parameters.last("link")
    if link is None:
        raise Refusal(500, "MISSING_ARG_LINK")
    host, link_hash = _parse_link(link)
    question = _question(call, buckets.UNITS, rollup=True)
    selection = call.store.link_clicks(host, link_hash, call.now)
    if selection is None:
        raise Refusal(404, "NOT_FOUND")
    return _clicks(call, question, selection, "link_clicks")


def organization_clicks(call: Call) -> Data:
    """/v3/organization/clicks: the clicks of the organization, each once."""
    domains = [name.lower() for name in call.parameters.all("domain")]
    login = call.parameters.last("login")
    organization = call.store.organization
    known = {*organization.short_domains, *organization.tracking_domains}
    if not known.issuperset(domains):
        raise invalid("domain")
    if login is not None and login != "!" and login not in organization.accounts:
        raise invalid("login")
    question = _question(call, buckets.UNITS[1:], rollup=call.policy.organization_rollup)
    selection = call.store.organization_clicks(domains, login)
    return _clicks(call, question, selection, "organization_clicks")


def _parse_link(link: str) -> tuple[str, str]:
    """Host in lower case and hash of a Bitlink; the scheme does not matter."""
    match = _LINK.fullmatch(link)
    if match is None:
        raise invalid("link", 400)
    return match[1].lower(), match[2]


def _question(call: Call, units_of_time: Sequence[str], *, rollup: bool) -> Question:
    parameters = call.parameters
    unit = parameters.choice("unit", "day", units_of_time)
    units = parameters.integer("units", _ALL, _ALL, 10**18)
    if units == 0 or (unit == "minute" and units > _MINUTES_KEPT):
        raise invalid("units")
    rolled_up = _boolean(parameters, "rollup", rollup)
    offset = _offset(parameters, call.now)
    limit = parameters.integer("limit", 100, 1, 1000)
    sent = parameters.last("unit_reference_ts")
    reference = call.now
    if sent is not None and sent != "now":
        reference = parameters.integer("unit_reference_ts", call.now, 0, buckets.LATEST)
        if unit == "minute":
            raise invalid("unit_reference_ts")
    if parameters.text("format", "json") == "txt" and not rolled_up:
        raise invalid("format")
    return Question(
        unit,
        units,
        rolled_up,
        limit,
        offset,
        reference,
        reference if sent not in (None, "now") else sent,
    )


def _boolean(parameters: Parameters, name: str, default: bool) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    value = parameters.last(name)
    if value is None:
        return default
    if value.lower() not in words:
        raise invalid(name)
    return words[value.lower()]


def _offset(parameters: Parameters, now: int) -> int:
    """The offset of the zone asked for at request time [s], which then holds for old buckets too.

    Recorded: Europe/Amsterdam gave 1 in winter and 2 in summer, and days across a change of
    clocks were exactly 86400 s apart.
    """
    # Bitly's own Python client sends the zone as tz_offset.
    name = parameters.last("timezone") or parameters.text("tz_offset", _DEFAULT_ZONE)
    try:
        return buckets.offset_at(now, buckets.zone(name))
    except ValueError:
        raise invalid("timezone") from None


def _clicks(call: Call, question: Question, selection: Selection, key: str) -> Data:
    # The newest bucket is counted whole, and nothing after the clock is there yet.
    end = min(question.back(question.newest, -1), call.now + 1)
    clicks: int | list[dict[str, int]]
    if question.rollup:
        clicks = call.store.count(selection, _range_start(question), end)
    elif question.buckets_back == _ALL:
        clicks = _clicked_buckets(call.store, question, selection, end)
    else:
        clicks = _newest_buckets(call.store, question, selection, end)
    return {
        "units": question.units,
        "unit_reference_ts": question.sent_reference,
        "tz_offset": question.hours,
        "unit": question.unit,
        key: clicks,
    }


def _range_start(question: Question) -> int:
    if question.buckets_back == _ALL:
        return buckets.EARLIEST
    return max(question.back(question.newest, question.buckets_back - 1), buckets.EARLIEST)


def _newest_buckets(
    store: ClickStore, question: Question, selection: Selection, end: int
) -> list[dict[str, int]]:
    """The newest `units` buckets, at most `limit`, empty ones among them."""
    starts = question.starts(min(question.buckets_back, question.limit))
    times, counts = store.count_by(
        selection,
        starts[-1] if starts else end,
        end,
        width=_width(question),
        offset=question.offset,
    )
    return _series(starts, fold(starts, times, counts))


def _clicked_buckets(
    store: ClickStore, question: Question, selection: Selection, end: int
) -> list[dict[str, int]]:
    """All buckets with clicks, at most the newest `limit`."""
    # So many stretches are sure to hold `limit` whole buckets; what they hold of one more is cut.
    enough = question.limit * _DAYS_IN.get(question.unit, 1)
    times, counts = store.count_by(
        selection, 0, end, width=_width(question), offset=question.offset, newest=enough
    )
    if question.unit not in _DAYS_IN or not times.size:
        return _series(times.tolist(), counts)
    starts = [buckets.floor(int(times[0]), question.unit, question.zone, buckets.SUNDAY)]
    while starts[-1] > times[-1]:
        starts.append(question.back(starts[-1], 1))
    totals = fold(starts, times, counts)
    clicked = np.flatnonzero(totals)[: question.limit]
    return _series([starts[index] for index in clicked], totals[clicked])


def _width(question: Question) -> int:
    return _WIDTHS.get(question.unit, buckets.DAY_SECONDS)


def _series(starts: Sequence[int], counts: Ints) -> list[dict[str, int]]:
    return [
        {"dt": start, "clicks": count} for start, count in zip(starts, counts.tolist(), strict=True)
    ]


# ---------------------------------------------------------------------------------------------
# The account


def user_link_history(call: Call) -> Data:
    """/v3/user/link_history: the links of the organization's accounts, newest first."""
    _refuse_text(call)
    parameters = call.parameters
    limit = parameters.integer("limit", 50, 1, 100)
    offset = parameters.integer("offset", 0, 0, 10**18)
    wanted = LinkFilter(
        links=tuple(_parse_link(link) for link in parameters.all("link")),
        login=_account(call),
        text=parameters.text("query", ""),
        created_before=_moment(parameters, "created_before"),
        created_after=_moment(parameters, "created_after"),
    )
    only_archived = parameters.choice("archived", "off", ("on", "off", "both")) == "on"
    only_private = parameters.choice("private", "both", ("on", "off", "both")) == "on"
    if only_archived or only_private:  # a click log tells of neither
        return {"link_history": [], "result_count": 0}
    links, total = call.store.links(wanted, call.now, limit, offset)
    return {"link_history": [_history_item(link) for link in links], "result_count": total}


def user_info(call: Call) -> Data:
    """/v3/user/info: the organization as its busiest account sees itself."""
    _refuse_text(call)
    organization = call.store.organization
    login, *others = organization.accounts or (None,)
    own = list(organization.short_domains)
    return {
        "apiKey": "",
        "domain_options": own + list(BITLY_DOMAINS),
        "member_since": organization.member_since,
        "enterprise_permissions": [],
        "profile_image": "",
        "share_accounts": [],
        "full_name": None,
        "is_enterprise": True,
        "tracking_domains": list(organization.tracking_domains),
        "e2e_domains": [],
        "default_link_privacy": "public",
        "display_name": None,
        "custom_short_domain": own[0] if own else None,
        "login": login,
        "is_verified": False,
        "profile_url": "",
        "sub_accounts": others,
    }


def _refuse_text(call: Call) -> None:
    if call.parameters.text("format", "json") == "txt":
        raise invalid("format")


def _account(call: Call) -> str | None:
    user = call.parameters.last("user")
    if user is not None and user not in call.store.organization.accounts:
        raise invalid("user")
    return user


def _moment(parameters: Parameters, name: str) -> int | None:
    if parameters.last(name) is None:
        return None
    return parameters.integer(name, 0, 0, buckets.LATEST)


def _history_item(link: LinkRow) -> Data:
    custom = {"keyword_link": f"http://{link.host}/{link.keywords[0]}"} if link.keywords else {}
    return {
        **custom,
        "has_link_deeplinks": False,
        "archived": False,
        "user_ts": link.created,
        "title": link.title or None,
        "created_at": link.created,
        "tags": [],
        "modified_at": link.created,
        "campaign_ids": [],
        "private": False,
        "aggregate_link": link.address,
        "long_url": link.url,
        "client_id": "",
        "link": link.address,
        "is_domain_deeplink": False,
        "encoding_user": {"login": link.login, "display_name": link.login, "full_name": link.login},
    }


ENDPOINTS: Final[dict[str, Callable[[Call], Data]]] = {
    "/v3/link/clicks": link_clicks,
    "/link/clicks": link_clicks,  # the documentation's listing has it without /v3 as well
    "/v3/organization/clicks": organization_clicks,
    "/v3/user/link_history": user_link_history,
    "/v3/user/info": user_info,
}
