"""What a source remembers of an upstream for a while, shared by all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Memory:
    """Values that are fetched once and hold for some seconds.

    Several who ask for the same at once wait for one answer; an error is not remembered. `clock`
    is monotonic [s].
    """

    clock: Callable[[], float]
    _values: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)
    _turns: dict[Hashable, threading.RLock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[None]:
        """One at a time for a key."""
        with self._lock:
            turn = self._turns.setdefault(key, threading.RLock())
        with turn:
            yield

    def get(self, key: Hashable, seconds: float) -> Any | None:
        """The value, if it was remembered no longer ago than `seconds`."""
        with self._lock:
            at, value = self._values.get(key, (float("-inf"), None))
        return value if self.clock() - at <= seconds else None

    def put(self, key: Hashable, value: T) -> T:
        """Remember a value from now on."""
        with self._lock:
            self._values[key] = self.clock(), value
        return value

    def once(self, key: Hashable, seconds: float, fetch: Callable[[], T]) -> T:
        """The remembered value, or the one that `fetch` gives."""
        with self.turn(key):
            value: T | None = self.get(key, seconds)
            return self.put(key, fetch()) if value is None else value
