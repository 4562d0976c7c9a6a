"""What was made of the same values is not made again, and is let go of when it is not wanted."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import pytest

from bitly_data.memo import Memo


class Part:
    """Something that is told by identity."""


def counting(made: list[str], name: str) -> Callable[[], str]:
    def make() -> str:
        made.append(name)
        return name

    return make


def test_the_same_parts_are_made_of_once() -> None:
    memo, made, parts = Memo(10), [], [Part(), Part()]
    first = memo.of("key", parts, lambda: made.append(1) or object())
    assert memo.of("key", list(parts), lambda: made.append(2)) is first
    assert made == [1]


def test_another_key_another_part_or_another_order_is_made_anew() -> None:
    memo, made = Memo(10), []
    one, other = Part(), Part()
    for key, parts in (
        ("key", [one, other]),
        ("other", [one, other]),
        ("key", [other, one]),
        ("key", [one]),
        ("key", [one, Part()]),
        (("key", 1), [one, other]),
    ):
        memo.of(key, parts, counting(made, "x"))
    assert len(made) == 6


def test_equal_parts_are_not_the_same() -> None:
    memo, made = Memo(10), []
    for _ in range(2):
        memo.of("key", [[1, 2, 3]], counting(made, "x"))
    assert len(made) == 2


def test_parts_live_as_long_as_what_was_made_of_them() -> None:
    """Else another value could come to stand where they stood, and be taken for them."""
    memo, part = Memo(1), Part()
    seen = weakref.ref(part)
    memo.of("key", [part], lambda: "made")
    del part
    gc.collect()
    assert seen() is not None
    memo.of("other", [], lambda: "made")
    gc.collect()
    assert seen() is None


def test_the_one_that_was_longest_not_wanted_goes_first() -> None:
    memo, made = Memo(2), []
    for name in ("a", "b", "a", "c", "a", "b"):
        memo.of(name, [], counting(made, name))
    assert made == ["a", "b", "c", "b"]


def test_nothing_stays_when_it_is_cleared() -> None:
    memo, made = Memo(5), []
    for _ in range(2):
        memo.of("a", [], counting(made, "a"))
        memo.clear()
    assert made == ["a", "a"]


def test_what_cannot_be_made_is_tried_again() -> None:
    memo = Memo(5)
    with pytest.raises(ZeroDivisionError):
        memo.of("a", [], lambda: 1 // 0)
    assert memo.of("a", [], lambda: 7) == 7


def test_nothing_is_a_value_as_well() -> None:
    memo, made = Memo(5), []
    for _ in range(2):
        assert memo.of("a", [], lambda: made.append(1)) is None
    assert made == [1]


def test_who_makes_one_thing_keeps_nobody_from_another() -> None:
    memo, begun, go_on = Memo(5), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go_on.wait(10)
        return "slow"

    thread = threading.Thread(target=memo.of, args=("slow", [], slow))
    thread.start()
    assert begun.wait(10)
    assert memo.of("other", [], lambda: "other") == "other"
    go_on.set()
    thread.join(10)
    assert memo.of("slow", [], lambda: "again") == "slow"
