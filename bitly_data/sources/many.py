"""Many questions side by side, within the limits of one account."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from bitly_data.errors import BitlyError, RateLimitError
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries

# So often somebody is told how far it is, and may stop it [s].
TELL_EVERY = 0.25
Outcome = ClickSeries | BitlyError


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


def fetch_many(fetch: Callable[[ClickQuery], ClickSeries], queries: Sequence[ClickQuery],
               workers: int, tell: Callable[[Progress], None],
               clock: Callable[[], float] = time.monotonic) -> list[Outcome]:
    """The series of each question, or the error that stands for it, in the order of the questions.

    `fetch` is called from `workers` threads. One that is told to ask later by the account's rate
    waits its turn and is asked again. `tell` is called at least every `TELL_EVERY` seconds; what
    it raises ends the whole: nothing new is asked, and what is under way comes to its end alone.
    Raises what `fetch` raises beside `BitlyError`.
    """
    outcomes: dict[int, Outcome] = {}
    held: dict[int, float] = {}  # when to ask again, by question
    began, pool = clock(), ThreadPoolExecutor(workers)
    try:
        under_way: dict[Future[ClickSeries], int] = {
            pool.submit(fetch, query): index for index, query in enumerate(queries)}
        while under_way or held:
            done, _ = wait(under_way, TELL_EVERY, FIRST_COMPLETED)
            for future in done:
                index = under_way.pop(future)
                try:
                    outcomes[index] = future.result()
                except RateLimitError as error:
                    if error.retryable and error.retry_after is not None:
                        held[index] = clock() + error.retry_after
                    else:
                        outcomes[index] = error
                except BitlyError as error:
                    outcomes[index] = error
            now = clock()
            for index in [index for index, at in held.items() if at <= now]:
                del held[index]
                under_way[pool.submit(fetch, queries[index])] = index
            failed = sum(isinstance(outcome, BitlyError) for outcome in outcomes.values())
            tell(Progress(len(outcomes), failed, len(queries), now - began,
                          max(min(held.values(), default=now) - now, 0.0)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [outcomes[index] for index in range(len(queries))]
