"""Many questions side by side, within the limits of one account."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bitly_data.errors import BitlyError, RateLimitError
from bitly_data.transport.rate_limit import REFUSED_SECONDS

# So often somebody hears how far it is, and may stop it [s].
PROGRESS_SECONDS = 0.25
# What upstream itself refused for its rate is asked again twice: another program may have used the
# account's calls up, and a hold of a minute, then of one more, tells that from a lasting refusal.
MOST_REFUSED = 3
# The longest of Bitly's windows that somebody waits for is the hour; what must wait longer (a day,
# a month) is told at once [s].
LONGEST_HOLD = 3660.0

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True)
class Progress:
    """How far many questions are; times in seconds from now."""

    done: int
    failed: int
    total: int
    elapsed: float
    held_for: float  # until the account may ask again; 0: nothing is held back

    @property
    def ready_in(self) -> float | None:
        """When all of it will be there, by the pace so far; `None`: nothing is there yet."""
        if not self.done:
            return None
        return self.held_for + self.elapsed / self.done * (self.total - self.done)


def fetch_all(
    fetch: Callable[[Q], A],
    queries: Sequence[Q],
    workers: int,
    on_progress: Callable[[Progress], None],
    clock: Callable[[], float] = time.monotonic,
) -> list[A | BitlyError]:
    """The answer to each question, or the error that stands for it, in the order of the questions.

    `fetch` is called from `workers` threads. One that our own count of the account's calls tells
    to ask later waits its turn and is asked again; one that upstream refuses for its rate is asked
    `MOST_REFUSED` times at most, and as many times the `workers` refusals in a row, without an
    answer between, are the outcome of all that wait. `on_progress` is called at least every
    `PROGRESS_SECONDS`; what it raises ends the whole: nothing new is asked, and what is under
    way comes to its end alone. Raises what `fetch` raises beside `BitlyError`.
    """
    fan = _FanOut(fetch, queries, workers, clock(), ThreadPoolExecutor(workers))
    try:
        for index in range(len(queries)):
            fan.ask(index)
        while fan.under_way or fan.held:
            done, _ = wait(fan.under_way, PROGRESS_SECONDS, FIRST_COMPLETED)
            for future in done:
                fan.take(future, clock)
            now = clock()
            for index in [index for index, at in fan.held.items() if at <= now]:
                del fan.held[index]
                fan.ask(index)
            on_progress(fan.progress(now))
    finally:
        fan.pool.shutdown(wait=False, cancel_futures=True)
    return [fan.outcomes[index] for index in range(len(queries))]


@dataclass
class _FanOut(Generic[Q, A]):
    """Many questions on their way; each is called by its index."""

    fetch: Callable[[Q], A]
    queries: Sequence[Q]
    workers: int
    began: float  # by the clock of `fetch_all` [s]
    pool: ThreadPoolExecutor
    under_way: dict[Future[A], int] = field(default_factory=dict)
    outcomes: dict[int, A | BitlyError] = field(default_factory=dict)
    held: dict[int, float] = field(default_factory=dict)  # when to ask again [s]
    refused: Counter[int] = field(default_factory=Counter)  # by upstream
    refused_in_a_row: int = 0

    def ask(self, index: int) -> None:
        """Have a question asked as soon as a thread is free."""
        self.under_way[self.pool.submit(self.fetch, self.queries[index])] = index

    def take(self, future: Future[A], clock: Callable[[], float]) -> None:
        """Note the outcome of a question, or when it is asked again."""
        index = self.under_way.pop(future)
        try:
            self.outcomes[index] = future.result()
            self.refused_in_a_row = 0
        except RateLimitError as error:
            self.refused[index] += error.sent
            self.refused_in_a_row += error.sent
            hold = REFUSED_SECONDS if error.retry_after is None else error.retry_after
            if error.retryable and hold <= LONGEST_HOLD and self._may_ask_again(index):
                self.held[index] = clock() + hold
            else:
                self.outcomes[index] = error
        except BitlyError as error:
            self.outcomes[index] = error

    def _may_ask_again(self, index: int) -> bool:
        return (
            self.refused[index] < MOST_REFUSED
            and self.refused_in_a_row < MOST_REFUSED * self.workers
        )

    def progress(self, now: float) -> Progress:
        """How far it is by now."""
        return Progress(
            done=len(self.outcomes),
            failed=sum(isinstance(outcome, BitlyError) for outcome in self.outcomes.values()),
            total=len(self.queries),
            elapsed=now - self.began,
            held_for=max(min(self.held.values(), default=now) - now, 0.0),
        )
