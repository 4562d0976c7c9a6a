"""What one answer does not decide, and what a second look at the same span says of it."""

from __future__ import annotations

import pytest

from bitly_data.sources.bucket_store import Observed, Seen
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.doubt import (
    AS_BEFORE,
    CONFIRMED,
    CONTRADICTED,
    Doubt,
    doubt_of,
    without,
)
from bitly_data.sources.v4.spans import Covered

DAY, SETTLING = 86_400, 2 * 86_400
END = DAY  # of the bucket that starts at 0
EARLY, LATE = Seen.once(END + 5), Seen.once(END + SETTLING)


def covered(clicks: int, *, silent: bool = False) -> Covered:
    return Covered(0, False, {0: clicks}, {}, frozenset({0} if silent else ()))


@pytest.mark.parametrize(
    ("clicks", "silent", "before", "now", "doubtful"),
    [
        # First seen: what is said holds, silence does not.
        (5, False, None, END + 5, False),
        (0, False, None, END + 5, False),
        (0, True, None, END + 5, True),
        # Late clicks only add.
        (9, False, Observed(5, EARLY), END + 60, False),
        (4, False, Observed(5, EARLY), END + 60, True),
        (0, True, Observed(5, EARLY), END + 60, True),
        # The same once more; silence does not settle.
        (0, True, Observed(0, EARLY), END + 60, False),
        (0, True, Observed(0, EARLY), END + SETTLING, True),
        (0, False, Observed(0, EARLY), END + SETTLING, False),
        # What has settled was the last word.
        (5, False, Observed(5, LATE), END + 9 * DAY, False),
        (6, False, Observed(5, LATE), END + 9 * DAY, True),
        (0, True, Observed(0, LATE), END + 9 * DAY, False),
    ],
)
def test_what_is_in_doubt(
    clicks: int, silent: bool, before: Observed | None, now: int, doubtful: bool
) -> None:
    kept = {} if before is None else {0: before}
    found = doubt_of(covered(clicks, silent=silent), kept, "day", now, SETTLING)
    assert (found is not None) is doubtful


def test_a_doubt_is_about_the_span_from_its_first_to_its_last_bucket() -> None:
    answer = Covered(0, False, {0: 3, DAY: 0, 2 * DAY: 4, 3 * DAY: 1}, {}, frozenset({DAY}))
    kept = {DAY: Observed(7, EARLY), 3 * DAY: Observed(2, Seen.once(4 * DAY))}
    found = doubt_of(answer, kept, "day", 4 * DAY + 9, SETTLING)
    assert found == Doubt("day", (DAY, 3 * DAY), said=5, before=13)
    assert found.span == wire.Span("day", 3, 4 * DAY - 1)
    del kept[DAY]
    again = doubt_of(answer, kept, "day", 4 * DAY + 9, SETTLING)
    assert again is not None
    assert again.before is None


@pytest.mark.parametrize(
    ("total", "is_whole", "verdict"),
    [
        (5, True, CONFIRMED),
        (13, True, AS_BEFORE),
        (4, True, CONTRADICTED),
        (9, True, CONTRADICTED),
        # A list may leave links out, but names none that was not clicked.
        (4, False, CONFIRMED),
        (9, False, AS_BEFORE),
        (13, False, AS_BEFORE),
        (14, False, CONTRADICTED),
    ],
)
def test_what_a_second_look_says(total: int, is_whole: bool, verdict: str) -> None:
    assert Doubt("day", (0, DAY), 5, 13).verdict(total, is_whole=is_whole) == verdict


def test_what_is_not_known_is_not_among_the_finished() -> None:
    answer = Covered(0, False, {0: 0, DAY: 4}, {2 * DAY: 1}, frozenset({0}))
    assert without(answer, [0]) == Covered(0, False, {DAY: 4}, {2 * DAY: 1})
