"""Calls of a plan that are made in the background, as long as nobody stops them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bitly_data.errors import AccessError, ArchiveError, BitlyError
from bitly_data.transport.fan_out import Progress, fetch_all

T = TypeVar("T")


class _EndedError(Exception):
    """Nothing more is asked."""


@dataclass(eq=False)
class BackgroundFetch(Generic[T]):
    """One plan on its way; what has come is kept, so a new one goes on from there.

    `fill` asks for one thing that is missing, from `workers` threads. `on_progress` hears how far
    it is, `progress` is `None` until it first does, and `problem` is the first error, if there was
    any.
    """

    fill: Callable[[T], None]
    missing: tuple[T, ...]
    workers: int
    on_progress: Callable[[Progress], None] = lambda progress: None
    progress: Progress | None = None
    problem: BitlyError | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> BackgroundFetch[T]:
        """Begin, in a thread that does not keep the process alive."""
        threading.Thread(target=self.run, daemon=True, name="background-fetch").start()
        return self

    def run(self) -> None:
        """Ask for all of it, here and now."""
        try:
            outcomes = fetch_all(self._fill, self.missing, self.workers, self._on_progress)
            self.problem = next((one for one in outcomes if isinstance(one, BitlyError)), None)
        except _EndedError:
            pass
        finally:
            self._over.set()

    def stop(self) -> None:
        """Ask for nothing more; what is under way comes to its end."""
        self._stopped.set()

    @property
    def is_running(self) -> bool:
        return not self._over.is_set()

    @property
    def was_stopped(self) -> bool:
        return self._stopped.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        return self._over.wait(seconds)

    def _fill(self, missing: T) -> None:
        try:
            self.fill(missing)
        except (AccessError, ArchiveError) as problem:
            # A plan's wall refuses all of them alike, and each refusal is a call. What cannot be
            # kept is not worth one either.
            self.problem = problem
            raise _EndedError from None

    def _on_progress(self, progress: Progress) -> None:
        self.progress = progress
        self.on_progress(progress)
        if self._stopped.is_set():
            raise _EndedError
