"""Days of clicks as they come, with nothing changed but what is asked for: for what says "clear".

Every series has a weekly rhythm, which begins on another weekday from series to series. A rate is
the mean of a day in the long run [clicks].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bitly_data.analysis.scatter import Scatter, Span, least_history, scatter

Floats = NDArray[np.float64]

WEEK = np.array([1.15, 1.20, 1.20, 1.15, 1.05, 0.65, 0.60])
RATES = (20, 200, 2000)
# So long before the first day a series begins, so that what fades has been there before.
_EARLY = 60


class Setting(NamedTuple):
    """Two periods at the end of a history of so many days, and what lies between them.

    Of the history only the `recent` days are asked for, and those of the period before.
    """

    now: int
    before: int
    history: int
    apart: int = 0  # days between the two
    recent: int = 10_000

    @property
    def spans(self) -> tuple[Span, Span]:
        end = self.history - self.now
        return Span(end, self.history), Span(end - self.apart - self.before, end - self.apart)

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool[history]: the days that are asked for."""
        found = np.arange(self.history) >= self.history - self.recent
        found[slice(*self.spans[1])] = True
        return found


def days(period: int, history: int | None = None) -> Setting:
    """A period against the one before it, with the history that the pages take."""
    return Setting(period, period, history or max(182, 3 * period))


def negative_binomial(rng: np.random.Generator, mean: Floats, k: float) -> Floats:
    """Counts of variance mean + mean² / k."""
    return rng.poisson(mean * rng.gamma(k, 1 / k, mean.shape)).astype(float)


def _poisson(rng: np.random.Generator, mean: Floats) -> Floats:
    return rng.poisson(mean).astype(float)


def _dispersed(k: float) -> Kind:
    return lambda rng, mean: negative_binomial(rng, mean, k)


def _wandering(memory: float, spread: float = 0.3, k: float | None = None) -> Kind:
    """A level whose logarithm is an AR(1) of that memory and spread."""

    def kind(rng: np.random.Generator, mean: Floats) -> Floats:
        level = rng.normal(0, spread, mean.shape[0])
        steps = rng.normal(0, spread * np.sqrt(1 - memory**2), mean.shape)
        levels = np.empty(mean.shape)
        for day in range(mean.shape[1]):
            level = memory * level + steps[:, day]
            levels[:, day] = level
        mean = mean * np.exp(levels - spread**2 / 2)
        return _poisson(rng, mean) if k is None else negative_binomial(rng, mean, k)

    return kind


def _spiked(rng: np.random.Generator, mean: Floats) -> Floats:
    """A day in sixty has five to twenty times its clicks."""
    times = np.where(rng.random(mean.shape) < 1 / 60, rng.uniform(5, 20, mean.shape), 1.0)
    return _poisson(rng, mean * times)


def _launched(rng: np.random.Generator, mean: Floats) -> Floats:
    """Half of all clicks come from some three launches a month, which fade within days."""
    begun = rng.random((mean.shape[0], mean.shape[1] + _EARLY)) < 0.1
    size = np.where(begun, rng.lognormal(-0.125, 0.5, begun.shape), 0.0) / 0.1
    level, levels, kept = np.zeros(mean.shape[0]), np.empty(begun.shape), np.exp(-1 / 2)
    for day in range(begun.shape[1]):
        level = level * kept + size[:, day] * (1 - kept)
        levels[:, day] = level
    return _poisson(rng, mean * (0.5 + 0.5 * levels[:, _EARLY:]))


def _lettered(rng: np.random.Generator, mean: Floats) -> Floats:
    """A letter every thirty days, with six times a day's clicks, and half as many more a day on."""
    day = (np.arange(mean.shape[1]) + rng.integers(0, 30, mean.shape[0])[:, None]) % 30
    return _poisson(rng, mean * np.select([day == 0, day == 1], [6.0, 1.5], 1.0))


Kind = Callable[[np.random.Generator, Floats], Floats]
KINDS: dict[str, Kind] = {
    "Poisson": _poisson,
    "NB k=5": _dispersed(5),
    "NB k=1": _dispersed(1),
    "AR 0.5": _wandering(0.5),
    "AR 0.8": _wandering(0.8),
    "AR 0.95": _wandering(0.95),
    "spikes": _spiked,
    "launches": _launched,
    "newsletter": _lettered,
    "slow level": _wandering(0.9, 0.2, k=10),
}
# What comparisons set against each other; each with the history that they ask for.
SETTINGS = {
    "24 hours": days(1, 91),
    "72 hours": days(3, 91),
    "7 days": days(7),
    "28 days": days(28),
    "30 days": days(30),
    "90 days": days(90),
    # The running day is left out of both periods, so a day lies between them.
    "6 days of a running week": Setting(6, 6, 182, 1),
    "29 days of a running month": Setting(29, 29, 182, 1),
    "31 days against 30": Setting(31, 30, 182),
    "28 days against 31": Setting(28, 31, 182),
    "a year against a year": days(365),
    "7 days, a year before": Setting(7, 7, 371, 357, 182),
    "30 days, a year before": Setting(30, 30, 395, 335, 182),
    "30 days, a chosen period": Setting(30, 30, 182, 100),
    "30 days, a chosen period far back": Setting(30, 30, 900, 840, 182),
    "24 hours, a week before": Setting(1, 1, 91, 6),
    "30 days, nothing more known": days(30, 60),
}
# How often a change may be called clear where there is none.
MOST_FALSE = {
    **dict.fromkeys(("Poisson", "NB k=5", "NB k=1", "AR 0.5"), 0.07),
    **dict.fromkeys(("AR 0.8", "spikes", "launches"), 0.10),
}


def simulated(
    kind: str,
    rate: float,
    setting: Setting,
    draws: int,
    seed: int | list[int],
    *,
    times: float = 1.0,
    growth: float = 1.0,
) -> tuple[Floats, NDArray[np.int64]]:
    """Series (draws x days), whose last period has `times` the clicks, and their first weekdays.

    `growth` is that of the rate over the history.
    """
    rng = np.random.default_rng(seed)
    first = np.arange(draws) % 7
    rhythm = WEEK[(np.arange(setting.history) + first[:, None]) % 7]
    rate_of = rate * growth ** np.linspace(-1, 0, setting.history)
    mean = rate_of * rhythm
    mean[:, slice(*setting.spans[0])] *= times
    return KINDS[kind](rng, mean), first


def cells(
    kind: str, setting: Setting, draws: int, seed: int, times: float = 1.0
) -> Iterator[Verdicts]:
    """What is said of series of each rate."""
    for place, rate in enumerate(RATES):
        series, _ = simulated(kind, rate, setting, draws, [seed, place], times=times)
        yield judged(series, setting)


@dataclass(frozen=True)
class Verdicts:
    """What is said of each of some series (bool[draws])."""

    clear: NDArray[np.bool_]
    cannot_tell: NDArray[np.bool_]

    @classmethod
    def of(cls, found: Scatter, setting: Setting) -> Verdicts:
        """By the order in which words are chosen: too little, too uneven, clear or not."""
        period = round((setting.now + setting.before) / 2)
        too_small = (found.before < 20) & ~((found.before == 0) & (found.now >= 20))
        short = found.kept < least_history(period)
        cannot = too_small | short | ~found.any_clicks | found.uneven
        low, high = found.interval(found.now, found.before)
        outside = (low > 1) | (high < 1)
        return cls(outside & ~cannot, cannot)


def judged(series: Floats, setting: Setting) -> Verdicts:
    now, before = setting.spans
    return Verdicts.of(scatter(series, now, before, known=setting.known), setting)
