"""The address bar: every part of a question by its URL name, parsed and written as a pair. Pure.

`parse_address(serialize(choices))` gives the choices back; bad and unknown values are dropped
with a sentence for the user, never used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from bitly_data import buckets
from bitly_data.analysis.comparison import BEFORE, YEAR
from bitly_data.buckets import WEEKDAYS
from bitly_data.errors import QuestionError
from bitly_data.query import (
    ALL_TIME,
    DEFAULT_UNIT,
    DEFAULT_UNITS,
    HIGHEST_LIMIT,
    LOWEST_LIMIT,
    MOST_BUCKETS,
    MOST_MINUTES,
    parse_domain,
    parse_link,
    parse_login,
)

END_DEFAULT, END_NOW = "default", "now"
# As many domains as fit an address; an organization has a handful.
MOST_DOMAINS = 50


@dataclass(frozen=True)
class Choices:
    """Everything that the sidebar holds; `None` and empty stand for the default."""

    unit: str = DEFAULT_UNIT
    units: int = DEFAULT_UNITS  # ALL_TIME: since the first click
    timezone: str | None = None  # None: not chosen yet, so the browser's
    until: str | int = END_DEFAULT  # END_DEFAULT, END_NOW, or an epoch second
    rollup: bool = False
    limit: int | None = None
    week_start: int = buckets.MONDAY
    domains: tuple[str, ...] = ()
    login: str | None = None
    link: str | None = None
    against: str | int = BEFORE  # BEFORE, YEAR, or an epoch second in a chosen period's newest
    weekdays: bool = False  # Mondays against Mondays
    overlay: bool = False  # the other period is drawn as well
    upstream_buckets: bool = False  # what Bitly itself answers is shown beside
    zone_days: bool = False  # the zone's own days, also where they take many calls
    all_addresses: bool = False  # a link with all its addresses


# URL name of each field.
NAMES = {
    "unit": "unit",
    "units": "units",
    "timezone": "tz",
    "until": "until",
    "rollup": "rollup",
    "limit": "limit",
    "week_start": "week",
    "domains": "domain",
    "login": "login",
    "link": "link",
    "against": "compare",
    "weekdays": "align",
    "overlay": "overlay",
    "upstream_buckets": "raw",
    "zone_days": "exact",
    "all_addresses": "together",
}


def parse_address(params: Mapping[str, Sequence[str]]) -> tuple[Choices, list[str]]:
    """Choices from the address bar's values, and a sentence for each that was dropped."""
    choices, dropped = Choices(), []
    known = {name: field for field, name in NAMES.items()}
    for name, values in params.items():
        if name not in known:
            dropped.append(f"“{name[:40]}” in the address is not known here and was left out.")
            continue
        if not values:
            continue
        try:
            choices = replace(choices, **{known[name]: _PARSERS[known[name]](list(values))})
        except (ValueError, QuestionError) as problem:
            dropped.append(f"“{name}={values[-1][:40]}” in the address was left out: {problem}")
    if choices.unit == "minute" and choices.units == DEFAULT_UNITS and "units" not in params:
        return choices, dropped
    if choices.unit == "minute" and not 1 <= choices.units <= MOST_MINUTES:
        dropped.append(
            f"Minutes go back {MOST_MINUTES} at most: the last {MOST_MINUTES} are shown."
        )
        choices = replace(choices, units=MOST_MINUTES)
    return choices, dropped


def serialize(choices: Choices) -> dict[str, list[str]]:
    """The address bar's values; defaults are left out."""
    plain = Choices()
    return {
        NAMES[field.name]: _WRITERS.get(field.name, _write_one)(getattr(choices, field.name))
        for field in fields(Choices)
        if getattr(choices, field.name) != getattr(plain, field.name)
    }


def _unit(values: list[str]) -> str:
    if values[-1] not in buckets.UNITS:
        raise ValueError(f"choose {', '.join(buckets.UNITS)}.")
    return values[-1]


def _units(values: list[str]) -> int:
    if values[-1] == "all":
        return ALL_TIME
    return _whole(values[-1], 1, MOST_BUCKETS)


def _whole(text: str, lowest: int, highest: int) -> int:
    if not (
        text.isascii() and text.isdigit() and len(text) <= 9 and lowest <= int(text) <= highest
    ):
        raise ValueError(f"choose {lowest:,} to {highest:,}.")
    return int(text)


def _timezone(values: list[str]) -> str:
    try:
        buckets.zone(values[-1])
    except ValueError:
        raise ValueError(
            "choose an IANA name such as Europe/Tallinn, or whole hours from -14 to 14."
        ) from None
    hours = buckets.offset_hours(values[-1])
    return values[-1] if hours is None else str(hours)  # "05" and "+5" are offered as "5"


def _until(values: list[str]) -> str | int:
    return END_NOW if values[-1] == END_NOW else _moment(values[-1], "now")


def _against(values: list[str]) -> str | int:
    text = values[-1]
    return text if text in (BEFORE, YEAR) else _moment(text, f"{BEFORE} or {YEAR}")


def _moment(text: str, words: str) -> int:
    """An epoch second; `words` are what else could be written."""
    try:
        # "+" in an address is a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        epoch = int(moment.timestamp()) if moment.tzinfo else -1
    except (ValueError, OverflowError):
        epoch = -1
    if not buckets.EARLIEST < epoch < buckets.LATEST:
        raise ValueError(f"write a time such as 2013-02-09T00:00:00Z, or {words}.")
    return epoch


def _switch(values: list[str]) -> bool:
    if values[-1] not in ("0", "1"):
        raise ValueError("choose 1 or 0.")
    return values[-1] == "1"


def _limit(values: list[str]) -> int:
    return _whole(values[-1], LOWEST_LIMIT, HIGHEST_LIMIT)


def _week_start(values: list[str]) -> int:
    if values[-1] not in WEEKDAYS:
        raise ValueError(f"choose {', '.join(WEEKDAYS)}.")
    return WEEKDAYS.index(values[-1])


def _domains(values: list[str]) -> tuple[str, ...]:
    if len(values) > MOST_DOMAINS:
        raise ValueError(f"choose {MOST_DOMAINS} domains at most.")
    return tuple(dict.fromkeys(map(parse_domain, values)))


_PARSERS: dict[str, Callable[[list[str]], Any]] = {
    "unit": _unit,
    "units": _units,
    "timezone": _timezone,
    "until": _until,
    "rollup": _switch,
    "limit": _limit,
    "week_start": _week_start,
    "domains": _domains,
    "login": lambda values: parse_login(values[-1]),
    "link": lambda values: parse_link(values[-1]),
    "against": _against,
    "weekdays": _switch,
    "overlay": _switch,
    "upstream_buckets": _switch,
    "zone_days": _switch,
    "all_addresses": _switch,
}


def _write_one(value: object) -> list[str]:
    return [str(value)]


def _write_moment(value: str | int) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]


_WRITERS: dict[str, Callable[..., list[str]]] = {
    "units": lambda value: ["all" if value == ALL_TIME else str(value)],
    "until": _write_moment,
    "against": _write_moment,
    **dict.fromkeys(
        ("rollup", "weekdays", "overlay", "upstream_buckets", "zone_days", "all_addresses"),
        lambda value: ["1" if value else "0"],
    ),
    "week_start": lambda value: [WEEKDAYS[value]],
    "domains": list,
}
