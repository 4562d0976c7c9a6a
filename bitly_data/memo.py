"""What was made of the same values before is not made again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Memo:
    """Frozen values by what they were made of, for everybody in the process.

    The parts are told by identity, which costs nothing, and are kept alive as long as what was
    made of them; of more than `most` values the one that was longest not wanted goes first.
    """

    most: int
    _made: OrderedDict[Hashable, tuple[Sequence[object], Any]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, key: Hashable, parts: Sequence[object], make: Callable[[], T]) -> T:
        """What `make` gives, or gave before for this key and these very parts."""
        whole = (key, tuple(map(id, parts)))
        with self._lock:
            if whole in self._made:
                self._made.move_to_end(whole)
                found: T = self._made[whole][1]
                return found
        value = make()
        with self._lock:
            self._made[whole] = tuple(parts), value
            while len(self._made) > self.most:
                self._made.popitem(last=False)
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._made.clear()
