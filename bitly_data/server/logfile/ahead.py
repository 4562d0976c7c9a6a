"""Work on the parts of a log by threads, which bounds how many parts are in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

_T = TypeVar("_T")
_U = TypeVar("_U")

# More would wait for the one that reads, and each has parts of a log in memory.
WORKERS: Final = min(4, os.cpu_count() or 1)


def ahead(items: Iterator[_T]) -> Iterator[_T]:
    """The same items; of many the next one is made by a thread while one is worked on.

    Reading, unpacking, hashing and decoding do not hold up other threads.
    """
    first = next(items, None)
    if first is None:
        return
    yield first
    del first
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        coming = deque([pool.submit(next, items, None)])
        while found := list(filter(None, [coming.pop().result()])):
            coming.append(pool.submit(next, items, None))
            yield found.pop()


def side_by_side(work: Callable[[_T], _U], items: Iterator[_T], workers: int) -> Iterator[_U]:
    """What `work` makes of each item, in their order, by several threads at once."""
    with ThreadPoolExecutor(workers, "side-by-side") as pool:
        coming: deque[Future[_U]] = deque()
        while True:
            try:
                coming.append(pool.submit(work, next(items)))
            except StopIteration:
                break
            except Exception as error:  # what came before it is given first
                coming.append(Future())
                coming[-1].set_exception(error)
                break
            # One more than there are workers: none has to wait for the next.
            while len(coming) > workers:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
