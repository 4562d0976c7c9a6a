"""What a source remembers of an upstream for a while, shared by all threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
# More than a year of hourly lists of a group.
MOST_VALUES = 20_000


@dataclass
class SingleFlight:
    """What is being fetched: several who ask for the same at once have one outcome.

    An error is shared as well, so that a server which is down is not asked by one after another.
    """

    _under_way: dict[Hashable, Future[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, key: Hashable, fetch: Callable[[], T]) -> T:
        """What `fetch` gives or raises, to all who ask for `key` until then."""
        with self._lock:
            others = self._under_way.get(key)
            if others is None:
                mine = self._under_way[key] = Future()
        if others is not None:
            found: T = others.result()
            return found
        try:
            value = fetch()
        except BaseException as problem:
            self._end(key)
            mine.set_exception(problem)
            raise
        self._end(key)
        mine.set_result(value)
        return value

    def _end(self, key: Hashable) -> None:
        with self._lock:
            del self._under_way[key]


@dataclass
class _Turn:
    """A lock, and how many hold it or wait for it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    users: int = 0


@dataclass
class TTLCache:
    """Values that are fetched once and hold for some seconds.

    Several who ask for the same at once have one outcome; an error is not remembered. `clock` is
    monotonic [s]; of more than `most` values the one that was put longest ago goes first.
    """

    clock: Callable[[], float]
    most: int = MOST_VALUES
    _shared: SingleFlight = field(default_factory=SingleFlight)
    _values: OrderedDict[Hashable, tuple[float, Any]] = field(default_factory=OrderedDict)
    _turns: dict[Hashable, _Turn] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[None]:
        """One at a time for a key."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.users += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.users -= 1
                if not turn.users:
                    del self._turns[key]

    def get(self, key: Hashable, seconds: float) -> Any | None:
        """The value, if it was remembered no longer ago than `seconds`."""
        with self._lock:
            at, value = self._values.get(key, (float("-inf"), None))
        return value if self.clock() - at <= seconds else None

    def put(self, key: Hashable, value: T) -> T:
        """Remember a value from now on."""
        with self._lock:
            self._put(key, value)
        return value

    def drop(self, key: Hashable) -> None:
        """Remember no value by this key."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Remember nothing."""
        with self._lock:
            self._values.clear()

    def add(self, key: Hashable, number: int) -> int:
        """Add to a number, 0 at first, that is remembered for good."""
        with self._lock:
            _, value = self._values.get(key, (0.0, 0))
            self._put(key, value + number)
            return int(value + number)

    def _put(self, key: Hashable, value: Any) -> None:
        self._values[key] = self.clock(), value
        self._values.move_to_end(key)
        if len(self._values) > self.most:
            self._values.popitem(last=False)

    def once(self, key: Hashable, seconds: float, fetch: Callable[[], T]) -> T:
        """The remembered value, or the one that `fetch` gives."""

        def kept_or_fetched() -> T:
            value: T | None = self.get(key, seconds)
            return self.put(key, fetch()) if value is None else value

        kept: T | None = self.get(key, seconds)
        return self._shared.once(key, kept_or_fetched) if kept is None else kept
