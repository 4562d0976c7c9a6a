"""A question that takes more calls than the account has just now goes on from where it was."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from bitly_data.errors import RateLimitError
from bitly_data.transport.client import Answer, HttpClient
from bitly_data.transport.request import Request

T = TypeVar("T")
# An answer is some 40 kilobytes; those who ask many questions have five of them under way.
MOST_UNFINISHED = 32
# The longest wait is that for the calls of the next hour, and somebody has to come back [s].
UNFINISHED_SECONDS = 3600.0 + 600.0

_Answers = list[tuple[Request, Answer]]


@dataclass(frozen=True)
class _Begun:
    """What is kept of an attempt, and when it stopped by the upstream's monotonic clock [s]."""

    stopped: float
    now: int
    answers: _Answers


@dataclass
class Attempt:
    """An attempt at one question: the requests that an earlier one has answers to are not sent.

    They are taken in the order in which they came, up to the first request that differs; so it is
    the same attempt with a pause in it, and each answer still has the time it came at. `now` is
    our clock when the first one began [epoch s].
    """

    upstream: HttpClient
    now: int
    earlier: deque[tuple[Request, Answer]]
    answers: _Answers = field(default_factory=list)

    def send(self, request: Request, read: Callable[[Answer], T]) -> T:
        """What `read` makes of the answer. Raises as `HttpClient.send` does."""

        def read_and_keep(answer: Answer) -> T:
            value = read(answer)
            self.answers.append((request, answer))
            return value

        if self.earlier and self.earlier[0][0] == request:
            return read_and_keep(self.earlier.popleft()[1])
        self.earlier.clear()
        return self.upstream.send(request, read_and_keep)


@dataclass
class Unfinished:
    """The answers to questions that the account's calls ran out on in the middle."""

    _begun: OrderedDict[Hashable, _Begun] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def attempt(self, question: Hashable, upstream: HttpClient, now: float) -> Iterator[Attempt]:
        """The attempt at a question, from where it was when the calls ran out; a new one begins
        `now` [epoch s].
        """
        begun = self._taken(question, upstream)
        attempt = (
            Attempt(upstream, begun.now, deque(begun.answers))
            if begun
            else Attempt(upstream, int(now), deque())
        )
        try:
            yield attempt
        except RateLimitError:
            if attempt.answers:
                with self._lock:
                    self._begun[question] = _Begun(
                        upstream.monotonic(), attempt.now, attempt.answers
                    )
                    while len(self._begun) > MOST_UNFINISHED:
                        self._begun.popitem(last=False)
            raise

    def _taken(self, question: Hashable, upstream: HttpClient) -> _Begun | None:
        with self._lock:
            begun = self._begun.pop(question, None)
        if begun is None or upstream.monotonic() - begun.stopped > UNFINISHED_SECONDS:
            return None
        return begun
