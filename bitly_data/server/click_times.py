"""The times that lines of a click log give, in whichever way one can be written.

A number is taken as seconds since 1970, and where it is too large for that as milliseconds,
microseconds or nanoseconds: between the units lie gaps of centuries, so a number of Bitly's
lifetime has one meaning. A text is such a number, or a date with a time of day. Without an offset
a date is UTC's. `mongoexport` wraps both in an object (`{"$date": ...}`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bitly_data.server.words import EARLIEST, LATEST

# Bitly's lifetime [epoch s]: it began in July 2008, and 2100 is as late as a log may be read. Only
# numbers in it are taken for another unit than seconds, or for a time where they are a text.
_BITLY_BEGAN: Final = int(datetime(2008, 7, 1, tzinfo=UTC).timestamp())
_BITLY_ENDS: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
_SMALLER_UNITS: Final = (10**3, 10**6, 10**9)  # of a second

_NUMBER: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{0,12})?")
# `UTC` and `GMT` behind a date, as databases and headers write them.
_UTC_WORD: Final = re.compile(r"\s*(?:UTC|GMT|Z)$")
# With an offset, as Twitter, `date` and web servers write them; with halves of the day and the name
# of a month, as spreadsheets do.
_FORMATS: Final = (
    "%a %b %d %H:%M:%S %z %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S %z",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%d %b %Y %I:%M:%S %p",
    "%d %b %Y %I:%M %p",
)
# A date of a mail says its zone in one of these ways; of any other that reader would take its own.
_MAIL: Final = re.compile(
    r"(?!.*\b[AP]M\b).*\d (?:[+-]\d{4}|GMT|UTC|UT|[ECMP][SD]T)", re.IGNORECASE
)
# Nothing that names a time is longer; `strptime` and its kin need not look at more.
_LONGEST: Final = 64


def second_of(value: object) -> int | None:
    """The time that a value names [epoch s], or `None` where it names none, or none for sure."""
    if isinstance(value, dict):
        return _wrapped(value)
    moment = _text(value) if isinstance(value, str) else _number(value)
    return moment if moment is not None and EARLIEST <= moment < LATEST else None


def _number(value: object) -> int | None:
    # bool is an int to Python, but `true` is no time.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) or value.is_integer():
        whole = int(value)
        return whole if whole < LATEST else _smaller(whole)
    # A fraction is known of clocks of today only; 1.5 is somebody's mistake.
    if _BITLY_BEGAN <= value < _BITLY_ENDS:
        return int(value)
    return None if value != value or abs(value) > 10**20 else _smaller(int(value))


def _smaller(value: int) -> int | None:
    """The second of a number of milliseconds, microseconds or nanoseconds."""
    for unit in _SMALLER_UNITS:
        if _BITLY_BEGAN * unit <= value < _BITLY_ENDS * unit:
            return value // unit
    return None


def _text(text: str) -> int | None:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        moment = _number(float(text) if "." in text else int(text))
        return moment if moment is not None and _BITLY_BEGAN <= moment < _BITLY_ENDS else None
    # A date alone is a day and not a time.
    if len(text) > _LONGEST or not _has_clock(text):
        return None
    for read in (_iso, *_READERS, _mail):
        try:
            return _epoch(read(text))
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _has_clock(text: str) -> bool:
    return ":" in text or re.search(r"\d[Tt ]\d", text) is not None


def _iso(text: str) -> datetime:
    # RFC 3339 lets its letters be small.
    return datetime.fromisoformat(_UTC_WORD.sub("+00:00", text.upper()))


def _mail(text: str) -> datetime:
    if _MAIL.fullmatch(text) is None:
        raise ValueError("not the date of a mail")
    return parsedate_to_datetime(text)


def _by_format(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)


_READERS: Final = tuple(_by_format(form) for form in _FORMATS)


def _epoch(moment: datetime) -> int | None:
    try:
        known = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return int(known.timestamp() // 1)
    except (ValueError, OverflowError):
        return None


def _wrapped(value: dict[str, Any]) -> int | None:
    """The time in an object of MongoDB's extended JSON, which has one key."""
    if len(value) != 1:
        return None
    ((kind, inner),) = value.items()
    if kind == "$date":
        if isinstance(inner, dict):
            inner = inner.get("$numberLong")
        if isinstance(inner, str) and not re.fullmatch(r"-?[0-9]{1,20}", inner.strip()):
            return second_of(inner)
        return _milliseconds(inner)
    if kind in ("$numberLong", "$numberInt", "$numberDouble") and isinstance(inner, str | int):
        return second_of(inner if not isinstance(inner, bool) else None)
    if kind == "$timestamp" and isinstance(inner, dict):
        return second_of(inner.get("t"))
    return None


def _milliseconds(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        whole = int(value)
    except ValueError:
        return None
    # Seconds in place of milliseconds, which would lie in January 1970.
    moment = whole if _BITLY_BEGAN <= whole < _BITLY_ENDS else whole // 1000
    return moment if EARLIEST <= moment < LATEST else None
