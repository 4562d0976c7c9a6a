"""What every API's answers are read with; pure.

What is read is what upstream wrote, never what it may have meant: a garbled number is not known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from bitly_data.errors import AnswerError, QuestionError, UnreadableError

# No count of clicks needs more; a larger number is a fault, and floats are exact up to here.
MOST_CLICKS = 2**53
# A number in text. Python alone would read "1_000" and digits of any script as well.
_DECIMAL = re.compile(r"\s*[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?\s*", re.ASCII)


def unreadable(path: str) -> AnswerError:
    """The error for an answer that is not in Bitly's form."""
    return UnreadableError(
        f"The answer from {path} is not in Bitly's form: check that "
        "BITLY_BASE_URL is a Bitly server.",
        retryable=True,
    )


def json_of(body: bytes) -> Any:
    """The value that a body holds as JSON. Raises `ValueError` or `RecursionError` if it is none.

    A name that is there twice in one object says two things, of which Python would keep the last;
    such a body says nothing that can be relied on.
    """
    try:
        value = orjson.loads(body)
        # What is written again as it came has no name twice. Python looks at each by itself, which
        # takes ten times as long, and only at what was written in another way.
        if _bare(orjson.dumps(value)) == _bare(body):
            return value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass  # Python takes some that it refuses, such as other encodings or deep ones
    return json.loads(body, object_pairs_hook=_object)


def _bare(body: bytes) -> bytes:
    """JSON without the blanks that most writers put behind commas and colons."""
    return body.strip().replace(b", ", b",").replace(b": ", b":")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice in one object")
    return found


def number_of(value: object) -> float | None:
    """The number that upstream wrote, as a number or as text; `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < MOST_CLICKS else None


def text_of(value: object) -> str:
    """Text, or a number as text; "" for anything else: nested members are nobody's words.

    Lone surrogates, which JSON can name and neither a page nor a file can hold, are replaced.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    return str(value).encode("utf-8", "replace").decode()


def tags_of(value: object) -> tuple[str, ...]:
    """The tags of a link, each once, as upstream wrote them; what is no text is none."""
    words = [text_of(one).strip() for one in value] if isinstance(value, list) else []
    return tuple(dict.fromkeys(word for word in words if word))


def count_of(value: object) -> int | None:
    """A count of clicks from what upstream wrote: a whole number that is not negative.

    `None` for anything else: a garbled count is not known, it is not zero.
    """
    number = number_of(value)
    if number is None or number < 0 or number != int(number):
        return None
    return int(number)


def whole_counts(values: Iterable[object], most: int) -> list[int] | None:
    """The same values where all are whole numbers as `count_of` has them, written as such, and less
    than `most`; else `None`: then each is looked at.
    """
    numbers: list[Any] = list(values)
    if set(map(type, numbers)) != {int} or min(numbers) < 0 or max(numbers) >= most:
        return None
    return numbers


def askable(parse: Callable[[str], str], value: object) -> list[str]:
    """The name as a question holds it; none where no question can, so that it is not offered."""
    try:
        return [parse(value)] if isinstance(value, str) else []
    except QuestionError:
        return []
