"""How many calls an account may still make: one budget for everybody in the process.

Bitly's v3 says in no header what is left, so this is our own count, corrected by a refusal. The
arithmetic of the two windows is pyrate-limiter's.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

from bitly_data.errors import RateLimitError

# After a refusal without a hint nobody asks for a minute, the shortest of Bitly's windows.
REFUSED_SECONDS = 60.0
_MILLISECONDS = 1000
# Each holds an hour's calls, some hundred kilobytes at most.
MOST_BUDGETS = 256


@dataclass(frozen=True)
class Left:
    """Calls left by our own count, and when all of them are there again [s from now]."""

    minute: int
    per_minute: int
    hour: int
    per_hour: int
    resets_in: float
    refused_for: float  # how long upstream wants not to be asked, 0 if it did not say so


@dataclass
class Budget:
    """The calls of one account, shared by all threads.

    `clock` is monotonic [s]; `sleep` takes seconds.
    """

    per_minute: int
    per_hour: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _refused_until: float = 0.0

    def __post_init__(self) -> None:
        self._bucket = InMemoryBucket(self._rates())

    def _rates(self) -> list[Rate]:
        # An hour never holds more calls than its minutes; pyrate-limiter refuses a list of rates
        # that says otherwise, as it does one whose minute allows as much as the hour.
        rates = [Rate(min(self.per_hour, 60 * self.per_minute), Duration.HOUR)]
        if self.per_minute < self.per_hour:
            rates.insert(0, Rate(self.per_minute, Duration.MINUTE))
        return rates

    def limit_to(self, per_minute: int, per_hour: int) -> None:
        """Other limits from now on; what was counted stays."""
        with self._lock:
            if (per_minute, per_hour) != (self.per_minute, self.per_hour):
                self.per_minute, self.per_hour = per_minute, per_hour
                counted, self._bucket = self._bucket.items, InMemoryBucket(self._rates())
                self._bucket.items = counted

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember: no call within the hour, and no refusal."""
        left = self.left()
        return left.hour == left.per_hour and not left.refused_for

    def acquire(self, patience: float) -> None:
        """Take one call, waiting for it up to `patience` [s].

        Raises `RateLimitError`, with the time to wait, if it would take longer; nothing is taken
        then.
        """
        waited = 0.0
        while wait := self._try():
            if waited + wait > patience:
                why = (
                    "Bitly's rate limit is reached."
                    if self.left().refused_for
                    else "This account's calls are used up for now, by our own count."
                )
                raise RateLimitError(why, retryable=True).unsent().hinted(wait)
            self.sleep(wait)
            waited += wait

    def _try(self) -> float:
        """Take one call; else how long to wait before the next attempt [s]."""
        with self._lock:
            now = self.clock()
            if now < self._refused_until:
                return self._refused_until - now
            item = RateItem("call", round(now * _MILLISECONDS))
            self._bucket.leak(item.timestamp)
            if self._bucket.put(item):
                return 0.0
            # One millisecond more: a window's edge still belongs to it.
            wait = self._bucket.waiting(item)
            assert isinstance(wait, int)  # only other kinds of bucket answer later
            return (wait + 1) / _MILLISECONDS

    def refused(self, retry_after: float | None) -> None:
        """Upstream refused a call for its rate: nobody asks until it may be asked again."""
        with self._lock:
            until = self.clock() + (REFUSED_SECONDS if retry_after is None else retry_after)
            self._refused_until = max(self._refused_until, until)

    def left(self) -> Left:
        """What is left now."""
        with self._lock:
            now = self.clock()
            stamp = round(now * _MILLISECONDS)
            self._bucket.leak(stamp)
            times = [item.timestamp for item in self._bucket.items]
            minute = sum(stamp - at < Duration.MINUTE.value for at in times)
            newest = (times[-1] + Duration.HOUR.value - stamp) / _MILLISECONDS if times else 0.0
            return Left(
                max(self.per_minute - minute, 0),
                self.per_minute,
                max(self.per_hour - len(times), 0),
                self.per_hour,
                newest,
                max(self._refused_until - now, 0.0),
            )


@dataclass
class Budgets:
    """The budget of each account, whoever asks for it and however it is asked.

    At most `most` of them are kept: what is idle goes first, then what was not used for longest.
    """

    most: int = MOST_BUDGETS
    new: Callable[[int, int], Budget] = Budget
    _by_account: OrderedDict[str, Budget] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def of(self, account: str, per_minute: int, per_hour: int) -> Budget:
        """The budget of an account, by a key that tells nothing of it."""
        with self._lock:
            budget = self._by_account.setdefault(account, self.new(per_minute, per_hour))
            budget.limit_to(per_minute, per_hour)
            self._by_account.move_to_end(account)
            if len(self._by_account) > self.most:
                others = list(self._by_account)[:-1]
                idle = (name for name in others if self._by_account[name].is_idle)
                del self._by_account[next(idle, others[0])]
            return budget
