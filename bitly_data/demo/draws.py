"""The random draws of the demo: one generator for a seed, a day and a purpose."""

from __future__ import annotations

from numpy.random import PCG64, Generator, SeedSequence

DEFAULT_SEED = 20_080_708

# What a generator is for: each purpose has a stream of its own, so that a change to one of them
# leaves the draws of the others alone.
LAUNCHES, CLICKS, BOTS, LOG, KEYWORDS = range(5)


def generator(seed: int, ordinal: int, purpose: int) -> Generator:
    """The stream of one purpose on the day of that ordinal."""
    return Generator(PCG64(SeedSequence([seed, ordinal, purpose])))
