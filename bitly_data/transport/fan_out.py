"""Many questions side by side, within the limits of one account."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from bitly_data.errors import BitlyError, RateLimitError
from bitly_data.transport.rate_limit import REFUSED_SECONDS

# So often somebody is told how far it is, and may stop it [s].
TELL_EVERY = 0.25
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
    `TELL_EVERY` seconds; what it raises ends the whole: nothing new is asked, and what is under
    way comes to its end alone. Raises what `fetch` raises beside `BitlyError`.
    """
    outcomes: dict[int, A | BitlyError] = {}
    held: dict[int, float] = {}  # when to ask again, by question
    refused: Counter[int] = Counter()  # by upstream, by question
    refused_in_a_row = 0
    began, pool = clock(), ThreadPoolExecutor(workers)
    try:
        under_way: dict[Future[A], int] = {
            pool.submit(fetch, query): index for index, query in enumerate(queries)
        }
        while under_way or held:
            done, _ = wait(under_way, TELL_EVERY, FIRST_COMPLETED)
            for future in done:
                index = under_way.pop(future)
                try:
                    outcomes[index] = future.result()
                    refused_in_a_row = 0
                except RateLimitError as error:
                    refused[index] += error.sent
                    refused_in_a_row += error.sent
                    hold = REFUSED_SECONDS if error.retry_after is None else error.retry_after
                    if (
                        error.retryable
                        and hold <= LONGEST_HOLD
                        and refused[index] < MOST_REFUSED
                        and refused_in_a_row < MOST_REFUSED * workers
                    ):
                        held[index] = clock() + hold
                    else:
                        outcomes[index] = error
                except BitlyError as error:
                    outcomes[index] = error
            now = clock()
            for index in [index for index, at in held.items() if at <= now]:
                del held[index]
                under_way[pool.submit(fetch, queries[index])] = index
            failed = sum(isinstance(outcome, BitlyError) for outcome in outcomes.values())
            on_progress(
                Progress(
                    len(outcomes),
                    failed,
                    len(queries),
                    now - began,
                    max(min(held.values(), default=now) - now, 0.0),
                )
            )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [outcomes[index] for index in range(len(queries))]
