"""How much two periods of clicks differ, and how much such periods differ anyway.

Mondays are set against Mondays, single outlying days are left out by name, and what days stray from
their weekday's usual, by how much and for how long, tells what two such periods differ by without a
change. The steps, each a function below:

1. *Spikes*: days far above their weekday's median, on the scale of square roots, whose variance
   does not depend on the level (Bartlett 1936, "The square root transformation in analysis of
   variance"). All of them are left out or, where they are many, none.
2. *Expected days*: a level of the period, one of all other days, a factor of each weekday, and a
   steady growth. Converged, that is a quasi-Poisson regression (McCullagh and Nelder 1989,
   "Generalized Linear Models", ch. 6.2).
3. *Scatter of a day*: the mean square of the Pearson residuals, and their covariances up to six
   days apart.
4. *How long days hang together*: covariances that fade as A rho^k, corrected for what fitting took
   from them; and a slow part, where a level wanders below days that scatter on their own.
5. *Scatter of the two totals*: phi, the variance of their difference over its mean, from the pairs
   of days inside a period less the pairs across.

How often that calls a change clear where there is none, and how often it finds one, is measured by
`benchmarks/false_clear.py`, and printed in `docs/clear-changes.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitly_data.analysis.interval import ratio_interval

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEK = 7

# A day this many times its usual distance above its weekday's median is a candidate ...
_SPIKE = 5.0
# ... if it is twice that median, too, and has so many clicks.
_SPIKE_TIMES, _SPIKE_CLICKS = 2.0, 10
# Square roots of counts stray by half a click's root on their own.
_LEAST_SCALE = 0.5
_MAD = 1.4826  # from the median distance to the standard deviation of a normal variable
_ANSCOMBE = 3 / 8  # what steadies the variance of a small count's root
# Of more days than one in so many spikes are a habit, not outliers.
_SPIKES_IN = 12
_LEVEL_ROUNDS, _GROWTH_ROUNDS, _MEMORY_ROUNDS = 6, 2, 4
_MOST_GROWTH = 3.0  # of its logarithm, over half of a history
_LAGS = 6  # covariances are looked at up to so many days apart
_MOST_MEMORY = 0.98
_UNEVEN = 0.9
# What is added to a sum that fades by less changes no digit that is shown.
_FADED = 1e-7


class Span(NamedTuple):
    """Days `start` up to `stop`, that one excluded, of a history."""

    start: int
    stop: int

    def __len__(self) -> int:  # type: ignore[override]
        return self.stop - self.start


@dataclass(frozen=True)
class Scatter:
    """Two periods of one or many series, and how much they may differ; all have the series' shape.

    `spikes` (... x n) are the days that were left out, `usual` (... x n) the median of a day's
    weekday [clicks]. `now` and `before` [clicks] are what is left, and `exposure` is how much more
    the first would have of the same clicks, by its weekdays. `rho` says how much of a day's
    straying the next one shares, `day` the variance of a day over its mean, `phi` that of the two
    totals' difference, with its degrees of `freedom`. `uneven`: high days follow high ones for so
    long that such a period has no usual level. `kept` counts the days that this rests on, and
    `any_clicks` says whether one of them has any.
    """

    spikes: Flags
    usual: Floats
    now: Floats
    before: Floats
    exposure: Floats
    rho: Floats
    day: Floats
    phi: Floats
    freedom: Floats
    uneven: Flags
    kept: Ints
    any_clicks: Flags

    def interval(self, now: ArrayLike, before: ArrayLike) -> tuple[Floats, Floats]:
        """The 95 % interval of the ratio for these totals [clicks], those of the kept days."""
        return ratio_interval(now, before, self.phi, self.freedom, exposure=self.exposure)


def most_history(period: int) -> int:
    """How many days of history a period of so many days is judged by, where there are as many."""
    return max(182, 3 * period)


def least_history(period: int) -> int:
    """With how few days, the period's own included, a period of so many is judged at all."""
    return max(42, min(4 * period, 56), 2 * period)


def scatter(
    counts: ArrayLike,
    now: Span,
    before: Span,
    *,
    known: ArrayLike | None = None,
) -> Scatter:
    """What two periods of a history differ by, and by how much such periods differ anyway.

    `counts` (... x n, oldest first) are one or many series of finished days [clicks] that hold the
    periods `now` and `before`. `known` (the same shape, or n) are the days that are to be counted,
    all by default.

    Raises ValueError if a count is negative or a period is empty, or lies outside the history.
    """
    y = np.asarray(counts, dtype=np.float64)
    _check(y, now, before)
    there = np.broadcast_to(np.ones(1, bool) if known is None else np.asarray(known, bool), y.shape)
    y = np.where(there, y, 0.0)
    roots: Floats = np.where(there, np.sqrt(y + _ANSCOMBE), np.nan)
    usual = _usual(roots)
    spikes = _spikes(y, roots, usual, now, before)
    kept = there & ~spikes
    fit = _fit(y, kept, now)
    memory = _memory(y, kept, fit, now)
    phi = _phi(kept, memory, now, before)
    clicks, base, exposure = _totals(y, kept, fit.weights, now, before)
    share = np.minimum(1.0, memory.a / (1 + memory.c0))
    count = kept.sum(-1)
    freedom = np.minimum(
        _freedom(count),
        np.maximum(3.0, count * (1 - memory.rho**2) / (1 + 4 * share * memory.rho)),
    )
    return Scatter(
        spikes=spikes,
        usual=np.maximum(usual**2 - _ANSCOMBE, 0.0),
        now=clicks,
        before=base,
        exposure=exposure,
        rho=memory.rho,
        day=1 + memory.c0,
        phi=phi,
        freedom=freedom,
        uneven=(memory.rho > _UNEVEN)
        & (memory.near > 2 * np.sqrt(2 / np.maximum(count, 1)) * (1 + memory.c0)),
        kept=count,
        any_clicks=np.asarray((y > 0).any(-1)),
    )


def _check(y: Floats, now: Span, before: Span) -> None:
    if min(len(now), len(before)) < 1:
        raise ValueError("a period has at least one day")
    if min(now.start, before.start) < 0 or max(now.stop, before.stop) > y.shape[-1]:
        raise ValueError("the periods are part of the history")
    if y.size and not y.min() >= 0:
        raise ValueError("clicks are not negative")


# -- 1. spikes --------------------------------------------------------------------------------


def _usual(roots: Floats) -> Floats:
    """The median root of each day's weekday; NaN where none of them is there."""
    usual = np.empty(roots.shape)
    for phase in range(WEEK):
        usual[..., phase::WEEK] = _median(roots[..., phase::WEEK])
    return usual


def _spikes(y: Floats, roots: Floats, usual: Floats, now: Span, before: Span) -> Flags:
    """bool (... x n): the days far above their weekday's usual, to be left out."""
    with np.errstate(invalid="ignore"):  # of no day nothing is usual
        above = roots - usual
        scale = np.maximum(_MAD * _median(np.abs(above - _median(above))), _LEAST_SCALE)
        found = (
            (above > _SPIKE * scale)
            & (y >= _SPIKE_TIMES * (usual**2 - _ANSCOMBE))
            & (y >= _SPIKE_CLICKS)
        )
    many = found.sum(-1, keepdims=True) > (~np.isnan(roots)).sum(-1, keepdims=True) / _SPIKES_IN
    for period in (now, before):
        in_period = found[..., slice(*period)].sum(-1, keepdims=True)
        # A period of one day without that would be none.
        many |= in_period > (max(1, len(period) // 7) if len(period) > 1 else 0)
    left_out: Flags = found & ~many
    return left_out


def _median(values: Floats) -> Floats:
    """The median of the last axis, which is kept; NaN is no value."""
    ordered = np.sort(values, axis=-1)  # NaN to the end
    count = (~np.isnan(values)).sum(-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), -1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[-1] - 1), -1)
    middle: Floats = np.where(count > 0, (low + high) / 2, np.nan)
    return middle


# -- 2. expected days -------------------------------------------------------------------------


class _Fit(NamedTuple):
    """Expected clicks and weekday factors (both ... x n, the factors of mean 1 over a week)."""

    expected: Floats
    weights: Floats


def _fit(y: Floats, kept: Flags, now: Span) -> _Fit:
    groups = _groups(y.shape[-1], now)
    counted = np.where(kept, y, 0.0)
    phases = np.arange(y.shape[-1]) % WEEK
    weights = np.ones(y.shape)
    levels = weights
    for _ in range(_LEVEL_ROUNDS):
        levels = _by_group(counted, np.where(kept, weights, 0.0), groups)
        weights = _by_phase(counted, np.where(kept, levels, 0.0), phases)
    levels = _by_group(counted, np.where(kept, weights, 0.0), groups)
    expected = np.where(kept, levels * weights, 0.0)
    x = _within_groups(kept, groups)
    for _ in range(_GROWTH_ROUNDS):
        center = _ratio((expected * x).sum(-1), expected.sum(-1))[..., None]
        step = _ratio(((counted - expected) * x).sum(-1), (expected * (x - center) ** 2).sum(-1))[
            ..., None
        ]
        grown = expected * np.exp(np.clip(step * x, -_MOST_GROWTH, _MOST_GROWTH))
        expected = grown * _by_group(counted, grown, groups)
    return _Fit(expected, weights)


def _groups(length: int, now: Span) -> tuple[Flags, Flags]:
    """The days of the period, and all others."""
    inside = np.zeros(length, bool)
    inside[slice(*now)] = True
    return inside, ~inside


def _by_group(counted: Floats, base: Floats, groups: tuple[Flags, ...]) -> Floats:
    """The ratio of two sums in each group, at the places of the group."""
    found = np.zeros(counted.shape)
    for group in groups:
        sums = _ratio(counted[..., group].sum(-1), base[..., group].sum(-1))
        found[..., group] = sums[..., None]
    return found


def _by_phase(counted: Floats, base: Floats, phases: Ints) -> Floats:
    """The same of each weekday, scaled to a mean of 1 over a week."""
    each = np.stack(
        [
            _ratio(counted[..., phases == phase].sum(-1), base[..., phases == phase].sum(-1))
            for phase in range(WEEK)
        ],
        axis=-1,
    )
    scaled = _ratio(each, each.mean(-1, keepdims=True))
    found: Floats = scaled[..., phases]
    return found


def _ratio(one: Floats, other: Floats) -> Floats:
    """0 where there is nothing to divide by."""
    return np.divide(one, other, out=np.zeros(np.shape(one)), where=other > 0)


def _within_groups(kept: Flags, groups: tuple[Flags, ...]) -> Floats:
    """How far each kept day lies from the middle of its group [days]; 0 for the others."""
    place = np.arange(kept.shape[-1], dtype=np.float64)
    x = np.zeros(kept.shape)
    for group in groups:
        inside = kept & group
        middle = _ratio((place * inside).sum(-1), inside.sum(-1).astype(float))[..., None]
        x = np.where(inside, place - middle, x)
    return x


# -- 3. and 4. scatter of a day, and how long days hang together ------------------------------


class _Memory(NamedTuple):
    """Covariances of residuals: 1 + `c0` at no distance, `a` rho^k at k days.

    `near` is the sum of the first two as they were found.
    """

    c0: Floats
    a: Floats
    rho: Floats
    near: Floats


def _memory(y: Floats, kept: Flags, fit: _Fit, now: Span) -> _Memory:
    count = kept.sum(-1).astype(np.float64)
    dof = _freedom(kept.sum(-1))
    strayed = np.where(kept, y - fit.expected, 0.0)
    residuals = strayed / np.sqrt(np.where(fit.expected > 0, fit.expected, np.inf))
    g0 = (residuals**2).sum(-1) / dof
    found = [_covariance(residuals, kept, lag) for lag in range(1, _LAGS + 1)]
    taken = _taken_by_fitting(y.shape[-1], now)
    n = np.maximum(count, 1)
    a = rho = np.zeros(g0.shape)
    c0 = lost = a
    for _ in range(_MEMORY_ROUNDS):
        lost = (3 * g0 + 2 * a * _faded(taken, rho)) / n
        c0 = np.maximum(0.0, g0 - 1 + lost - 3 * g0 / n)
        c1, c2 = found[0] + lost, found[1] + lost
        rho = (c1 + c2) / np.maximum(c0 + np.maximum(c1, 0), 4 * np.sqrt(2 / dof))
        rho = np.clip(rho, 0.0, _MOST_MEMORY)
        a = _ratio(np.maximum(c1 + c2, 0.0), rho + rho**2)
    fast, slow = (sum(found[at] + lost for at in span) for span in (range(3), range(3, 6)))
    quotient = _ratio(np.maximum(slow, 0.0), np.where(fast > 0, fast, 0.0))
    wandering = np.minimum(_MOST_MEMORY, np.cbrt(quotient))
    is_slow = (fast > 2 * np.sqrt(3 / n) * (1 + c0)) & (wandering > rho)
    rho = np.where(is_slow, wandering, rho)
    powers = rho + rho**2 + rho**3
    a = np.where(is_slow, np.minimum(_ratio(np.maximum(fast, 0.0), powers), c0), a)
    return _Memory(c0, a, rho, found[0] + found[1])


def _freedom(kept: Ints) -> Floats:
    """Degrees of freedom: the weekdays, two levels and the growth were fitted."""
    return np.maximum(kept - (WEEK - 1) - 2 - 1, 1).astype(np.float64)


def _covariance(residuals: Floats, kept: Flags, lag: int) -> Floats:
    """The mean product of residuals so many days apart, where both are kept."""
    pairs = (kept[..., lag:] & kept[..., :-lag]).sum(-1)
    products = (residuals[..., lag:] * residuals[..., :-lag]).sum(-1)
    return _ratio(products, pairs.astype(np.float64))


def _taken_by_fitting(length: int, now: Span) -> Floats:
    """What fitting two levels and a growth takes from the covariances of `length` days.

    For each distance from 1 on the weight of its covariance, times the number of days.
    """
    inside, outside = _groups(length, now)
    x = _within_groups(np.ones(length, bool), (inside, outside))
    square = float((x**2).sum()) or 1.0
    lags = np.arange(1, length)
    found: Floats = (
        np.maximum(1 - lags / max(int(outside.sum()), 1), 0.0)
        + np.maximum(1 - lags / len(now), 0.0)
        + np.correlate(x, x, "full")[length:] / square
    )
    return found


def _faded(weights: Floats, rho: Floats) -> Floats:
    """The sum of weights[k] rho^(k + 1) over the last axis of the weights."""
    longest = float(rho.max(initial=0.0))
    if longest <= 0:
        return np.zeros(rho.shape)
    most = min(len(weights), int(np.ceil(np.log(_FADED) / np.log(longest))) + 1)
    powers = rho[..., None] ** np.arange(1, most + 1)
    total: Floats = powers @ weights[:most]
    return total


# -- 5. scatter of the two totals -------------------------------------------------------------


def _phi(kept: Flags, memory: _Memory, now: Span, before: Span) -> Floats:
    alike = 1 + memory.c0 + 2 * memory.a * _faded(_pairs(now, before), memory.rho)
    return alike * _weekdays(kept, now, before)


def _pairs(now: Span, before: Span) -> Floats:
    """For each distance from 1 on: pairs of days inside a period less pairs across, by weight.

    A day of a period of P has the weight 1/P of its mean, so for two of the same length next to
    each other it is (2 (P - k) - min(k, 2 P - k)) / 2 P at the distance k.
    """
    first, last = min(now.start, before.start), max(now.stop, before.stop)
    weights = np.zeros(last - first)
    for period, sign in ((now, 1.0), (before, -1.0)):
        weights[period.start - first : period.stop - first] = sign / len(period)
    alone = 1 / len(now) + 1 / len(before)
    found: Floats = np.correlate(weights, weights, "full")[len(weights) :] / alone
    return found


def _weekdays(kept: Flags, now: Span, before: Span) -> Floats:
    """How much less sure it is because the weekdays' factors were found from the same history."""
    phases = np.arange(kept.shape[-1]) % WEEK
    uneven = np.zeros(kept.shape[:-1])
    for phase in range(WEEK):
        of_phase = kept & (phases == phase)
        numbers = (of_phase[..., slice(*period)].sum(-1) for period in (now, before))
        uneven += np.subtract(*numbers) ** 2.0
    both = (len(now) + len(before)) * np.maximum(kept.sum(-1), 1) / WEEK
    less_sure: Floats = 1 + uneven / both
    return less_sure


def _totals(
    y: Floats, kept: Flags, weights: Floats, now: Span, before: Span
) -> tuple[Floats, Floats, Floats]:
    """Kept clicks of both periods, and how much more the first would have of the same."""
    counted, base = np.where(kept, y, 0.0), np.where(kept, weights, 0.0)
    sums = [
        values[..., slice(*period)].sum(-1)
        for values in (counted, base)
        for period in (now, before)
    ]
    return sums[0], sums[1], np.where(sums[2] * sums[3] > 0, _ratio(sums[2], sums[3]), 1.0)
