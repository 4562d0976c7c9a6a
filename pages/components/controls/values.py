"""One value of the address bar: read from its texts, and written as such. Pure.

A parser gets every text that the address has under one name; where one value is wanted, the last
one counts. It raises `ValueError` or `QuestionError`, whose sentence is shown to the user.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from bitly_data import buckets, periods
from bitly_data.analysis.comparison import BEFORE, YEAR
from bitly_data.buckets import WEEKDAYS
from bitly_data.query import (
    ALL_TIME,
    HIGHEST_LIMIT,
    LOWEST_LIMIT,
    MOMENT_EXAMPLES,
    MOST_BUCKETS,
    meant_timezone,
    parse_domain,
    parse_link,
    parse_login,
    parse_moment,
)
from bitly_data.views import lineup
from bitly_data.views.page_query import ALL_LINKS

END_DEFAULT, END_NOW = "default", "now"
# As many domains as fit an address; an organization has a handful.
MOST_DOMAINS = 50
# As many links as a table is asked for by a number.
MOST_TOP = 100
# Longer than any title that people search for.
LONGEST_WORDS = 200


def parse_period(values: list[str]) -> str:
    """A preset or a range."""
    return periods.parse_period(values[-1])


def parse_unit(values: list[str]) -> str:
    """A bucket's unit."""
    if values[-1] not in buckets.UNITS:
        raise ValueError(f"choose {', '.join(buckets.UNITS)}.")
    return values[-1]


def parse_units(values: list[str]) -> int:
    """How many units; `ALL_TIME` for "all"."""
    if values[-1] == "all":
        return ALL_TIME
    return _whole(values[-1], 1, MOST_BUCKETS)


def parse_limit(values: list[str]) -> int:
    """How many buckets at most."""
    return _whole(values[-1], LOWEST_LIMIT, HIGHEST_LIMIT)


def _whole(text: str, lowest: int, highest: int) -> int:
    if not (
        text.isascii() and text.isdigit() and len(text) <= 9 and lowest <= int(text) <= highest
    ):
        raise ValueError(f"choose {lowest:,} to {highest:,}.")
    return int(text)


def parse_timezone(values: list[str]) -> str:
    """An IANA name, or whole hours from UTC in the one form that is offered."""
    name = meant_timezone(values[-1])
    try:
        buckets.zone(name)
    except ValueError:
        raise ValueError(
            "choose an IANA name such as Europe/Tallinn, or whole hours from -14 to 14."
        ) from None
    return name


def parse_until(values: list[str], zone: str = "UTC") -> str | int:
    """`END_NOW`, or a moment [epoch s]; one without an offset is one of the zone."""
    return END_NOW if values[-1] == END_NOW else _moment(values[-1], zone, "now")


def parse_top(values: list[str]) -> int:
    """How many links a table lists; `ALL_LINKS` for "all"."""
    return ALL_LINKS if values[-1] == "all" else _whole(values[-1], 1, MOST_TOP)


def parse_words(values: list[str]) -> str:
    """The words of a search, or a tag: one line."""
    text = " ".join(values[-1].split())
    if len(text) > LONGEST_WORDS or not text.isprintable():
        raise ValueError(f"write one line of at most {LONGEST_WORDS} characters.")
    return text


def parse_bucket(values: list[str], zone: str = "UTC") -> int:
    """A moment in a bucket [epoch s]; one without an offset is one of the zone."""
    try:
        return parse_moment(values[-1], buckets.zone(zone))
    except ValueError:
        raise ValueError(f"write {MOMENT_EXAMPLES}.") from None


def parse_against(values: list[str], zone: str = "UTC") -> str | int:
    """`BEFORE`, `YEAR`, or a moment in a chosen period's newest bucket [epoch s], as above."""
    text = values[-1]
    return text if text in (BEFORE, YEAR) else _moment(text, zone, f"{BEFORE} or {YEAR}")


def _moment(text: str, zone: str, words: str) -> int:
    """An epoch second; `words` are what else could be written."""
    try:
        return parse_moment(text, buckets.zone(zone))
    except ValueError:
        raise ValueError(f"write {MOMENT_EXAMPLES}, or {words}.") from None


def parse_switch(values: list[str]) -> bool:
    """On or off."""
    if values[-1] not in ("0", "1"):
        raise ValueError("choose 1 or 0.")
    return values[-1] == "1"


def parse_week_start(values: list[str]) -> int:
    """A weekday's number, Monday first."""
    if values[-1] not in WEEKDAYS:
        raise ValueError(f"choose {', '.join(WEEKDAYS)}.")
    return WEEKDAYS.index(values[-1])


def parse_domains(values: list[str]) -> tuple[str, ...]:
    """Domains, each once, in the order of the address."""
    if len(values) > MOST_DOMAINS:
        raise ValueError(f"choose {MOST_DOMAINS} domains at most.")
    return tuple(dict.fromkeys(map(parse_domain, values)))


def parse_items(values: list[str]) -> tuple[str, ...]:
    """Links, domains and logins, each once, in the order of the address."""
    if len(values) > lineup.MOST_ITEMS:
        raise ValueError(f"choose {lineup.MOST_ITEMS} items at most.")
    return tuple(dict.fromkeys(lineup.parse_item(text).text for text in values))


def parse_by(values: list[str]) -> str:
    """What the lines are of."""
    return _one_of(values[-1], lineup.BY)


def parse_form(values: list[str]) -> str:
    """How the lines are drawn."""
    return _one_of(values[-1], lineup.FORMS)


def parse_scale(values: list[str]) -> str:
    """What is drawn of each line's clicks."""
    return _one_of(values[-1], lineup.SCALES)


def parse_lines(values: list[str]) -> int:
    """How many lines there are beside that of the others; `ALL_LINES` for "all"."""
    texts = {write_lines(most)[0]: most for most in lineup.MOST_LINES}
    return texts[_one_of(values[-1], texts)]


def _one_of(text: str, words: Collection[str]) -> str:
    if text not in words:
        raise ValueError(f"choose {', '.join(words)}.")
    return text


def parse_last_login(values: list[str]) -> str:
    """One login."""
    return parse_login(values[-1])


def parse_last_link(values: list[str]) -> str:
    """One link as `host/hash`."""
    return parse_link(values[-1])


def write_text(value: object) -> list[str]:
    """A value that is its own text, or a number."""
    return [str(value)]


def write_units(value: int) -> list[str]:
    """A number of units, or "all"."""
    return ["all" if value == ALL_TIME else str(value)]


def write_moment(value: str | int) -> list[str]:
    """A word as it is, an epoch second as a time in UTC.

    Raises `ValueError` for a time that has no such form.
    """
    if isinstance(value, str):
        return [value]
    return [datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]


def write_switch(value: bool) -> list[str]:
    """On or off."""
    return ["1" if value else "0"]


def write_week_start(value: int) -> list[str]:
    """A weekday's name."""
    return [WEEKDAYS[value]]


def write_top(value: int) -> list[str]:
    """A number of links, or "all"."""
    return ["all" if value == ALL_LINKS else str(value)]


def write_lines(value: int) -> list[str]:
    """A number of lines, or "all"."""
    return ["all" if value == lineup.ALL_LINES else str(value)]


def write_domains(value: tuple[str, ...]) -> list[str]:
    """Each domain, or other item, by itself."""
    return list(value)
