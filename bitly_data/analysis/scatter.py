"""Whether a change of a number of clicks is more than its usual scatter.

Clicks come in crowds: a link is posted, and hundreds follow. So a period's total scatters by more
than a Poisson count, whose variance is its mean. The method has three steps.

1. *Overdispersion* phi, the variance of a period's total over its mean, from the series' own
   history. The history is cut into blocks of some buckets (`_blocks_for`: a whole season, such as
   a week of days, where the period is at least that long), and each block is compared with the one
   before it, or with the same phase of the season before. Squared differences of neighbours do not
   see a level (von Neumann, Kent, Bellinson and Hart 1941, "The mean square successive difference",
   Annals of Mathematical Statistics 12), and steady growth is taken out of them. A block's total
   holds all that its buckets share, so clicks that fade over days count as what they are; this is
   the idea of batch means (Schmeiser 1982, "Batch size effects in the analysis of simulation
   output", Operations Research 30). Differences are taken of square roots, whose variance is about
   phi / 4 at any mean (Bartlett 1936, "The square root transformation in analysis of variance"),
   and the largest are winsorised (Huber 1981, "Robust Statistics"): a machine's burst or the one
   campaign of a quarter is a change of its own, not the usual scatter.
2. *Quasi-likelihood*: a variance of phi times the mean (McCullagh and Nelder 1989, "Generalized
   Linear Models", 2nd ed., ch. 4.5 and 6.2), with Student's t for the degrees of freedom phi
   rests on. A phi below 1 is taken as 1, with the normal quantile: clicks do not scatter less than
   counts do.
3. *Interval of the ratio*: given the sum of two counts, one of them is binomial, so Wilson's score
   interval for its share (Wilson 1927, Journal of the American Statistical Association 22), with
   the variance times phi, is one for the ratio of the two rates. It holds for small counts as well,
   and for a zero.

How far it holds is measured in `tests/test_scatter.py`: 92 to 98 % of the intervals cover where
the scatter of buckets is independent, for totals of 20 to 20,000 with 1 to 10 times the variance of
a count, and on 14, 28 and 30 days of the demo against as many before, with the history that the
pages take. Two things it cannot do:

- Clicks that hang together about as long as a block, or longer, make the interval too narrow.
  Simulated 28 days whose clicks nearly all come from launches that fade with a time constant of 1,
  2 and 3 days: 90, 86 and 82 % cover. Longer blocks would mend that, but on the demo they make the
  interval too wide (99 % cover), as each of them then holds an event.
- Events at fixed dates, such as a letter a month, look like scatter. Where a period is short
  beside them the interval is too wide: on 1, 3 and 7 days of the demo 98 to 99.8 % cover.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST_CLICKS = 20  # below that a total is too small a base

CLEAR = "clear"
USUAL = "within its usual scatter"
NEW = "new"
TOO_SMALL = "base too small to tell"
NOT_KNOWN = "scatter not known yet"

_Z = 1.959963984540054  # normal quantile of a two-sided 95 % interval
# Student's t is 2.8 with four degrees of freedom, 3.2 with three and 4.3 with two: an interval that
# wide says nothing.
_FEWEST_FREEDOM = 4.0
# A period is cut into about as many blocks: fewer say little about scatter, more lose what
# neighbouring buckets share (a week of the demo judged by its single days: 85 % cover).
_BLOCKS_PER_PERIOD = 4
# Squares are winsorised at two standard deviations, found from their median: of a chi-squared
# variable with one degree of freedom the median is 0.4549, and the mean of the winsorised one
# 0.9205, which makes up for the part cut off.
_CAP = 2.0
_MEDIAN_OF_SQUARE = 0.454936
_MEAN_OF_CAPPED_SQUARE = 0.920537


@dataclass(frozen=True)
class Verdict:
    """A change and how sure it is.

    `ratio` is the relative change of the rate, `low` and `high` the ends of its 95 % interval, all
    as parts of the base (0.38 is 38 % more); `None` where there is none to tell, `high` is `inf`
    where no end can be told. `word` is one of CLEAR, USUAL, NEW, TOO_SMALL and NOT_KNOWN; `text`
    says it all in one line.
    """

    ratio: float | None
    low: float | None
    high: float | None
    word: str
    text: str


class _Blocks(NamedTuple):
    """How a history is cut for comparing: blocks of `size` buckets.

    `phases` blocks are one season, or one block is one or several of them (then it is 1).
    """

    size: int
    phases: int


def judge(
    now: int, before: int, history: ArrayLike, *, buckets: float, season: int, exposure: float = 1.0
) -> Verdict:
    """The clicks `now` against those `before`, in words.

    `now` and `before` are totals [clicks] of two periods that follow each other, of which the first
    is `exposure` times as long as the second. `history` (one dimension, oldest first) are the
    finished buckets [clicks] up to the end of `now`, so it normally holds both periods. A period
    has `buckets` buckets (a fraction is rounded), and the rhythm repeats after `season` buckets: 7
    for days, 168 for hours, 1 where there is none.

    Raises ValueError if a total is negative, or for what `overdispersion` does not take.
    """
    if min(now, before) < 0 or not (exposure > 0 and math.isfinite(exposure)):
        raise ValueError("totals are not negative, and a length is positive")
    scatter, freedom = overdispersion(
        np.asarray(history).reshape(-1), buckets=buckets, season=season
    )
    if before == 0 and now >= FEWEST_CLICKS:
        return Verdict(None, None, None, NEW, NEW)
    if before < FEWEST_CLICKS:
        return Verdict(None, None, None, TOO_SMALL, TOO_SMALL)
    ratio = now / before / exposure - 1
    if not freedom:
        return Verdict(ratio, None, None, NOT_KNOWN, f"{change_text(ratio)}, {NOT_KNOWN}")
    lows, highs = ratio_interval(now, before, scatter, freedom, exposure=exposure)
    low, high = float(lows) - 1, float(highs) - 1
    word = USUAL if low <= 0 <= high else CLEAR
    # "no change, clear" would contradict itself where many clicks make a small change clear.
    return Verdict(ratio, low, high, word, f"{change_text(ratio, sure=word == CLEAR)}, {word}")


def change_text(ratio: float, *, sure: bool = False) -> str:
    """A relative change in words: `up 38 %`, `down 12 %`, `no change`.

    With `sure`, a change that rounds to nothing is `up less than 1 %`.
    """
    way = "up" if ratio > 0 else "down"
    percent = f"{abs(ratio) * 100:,.0f}"
    if percent == "0":
        return f"{way} less than 1 %" if sure and ratio else "no change"
    if percent == "100" and -1 < ratio < 0:
        return "down more than 99 %"  # some clicks are left
    return f"{way} {percent} %"


def overdispersion(history: ArrayLike, *, buckets: float, season: int) -> tuple[Floats, Floats]:
    """The variance of a period's total over its mean, and the degrees of freedom it rests on.

    `history` (... x buckets, oldest first) are one or many series of finished buckets [clicks],
    whose last `buckets` are the period in question: how that one differs from the rest is not
    counted as scatter. Both answers have the shape of `history` without its last axis. Where the
    history is too short they are NaN and 0. The overdispersion may be below 1.

    The degrees of freedom are those of the mean square successive difference, 2 m² / (3 m - 1) for
    m differences in a row (von Neumann and others 1941, by matching two moments), less what the
    change of level from season to season takes.

    Raises ValueError if a number of clicks is negative, or a length is below one bucket.
    """
    counts = np.asarray(history, dtype=np.float64)
    if season < 1 or not (buckets > 0 and math.isfinite(buckets)):
        raise ValueError("a season and a period have at least one bucket")
    if counts.size and not counts.min() >= 0:
        raise ValueError("clicks are not negative")
    period = max(1, round(buckets))
    best = np.full(counts.shape[:-1], np.nan), np.zeros(counts.shape[:-1])
    for blocks in _blocks_for(period, season):
        if blocks.phases == 1:
            squares, freedom = _neighbours(counts, period, blocks)
        else:
            squares, freedom = _seasons(counts, period, season, blocks)
        if freedom >= _FEWEST_FREEDOM:
            best = _pooled(squares, freedom)
            break
    return best


def says_enough(length: int, buckets: float, season: int) -> bool:
    """Whether a history of `length` buckets tells the scatter of a period of `buckets` buckets
    well: with some to spare, as blocks without any click say nothing.
    """
    freedom = overdispersion(np.ones(length), buckets=buckets, season=season)[1]
    return bool(freedom >= 1.5 * _FEWEST_FREEDOM)


def ratio_interval(
    now: ArrayLike,
    before: ArrayLike,
    scatter: ArrayLike,
    freedom: ArrayLike,
    *,
    exposure: float = 1.0,
) -> tuple[Floats, Floats]:
    """The 95 % interval of the ratio of two rates, now over before; the arguments broadcast.

    `now` and `before` are totals [clicks], `scatter` and `freedom` what `overdispersion` answers,
    `exposure` the length of now over that of before. The upper end is `inf` where `before` is 0;
    without any click the interval is 0 to `inf`. A scatter that is not known gives NaN.

    The ends are the ratios r at which (now - r before)² = c r (now + before), with c the squared
    quantile times the overdispersion: Wilson's score interval for the share r / (1 + r).

    An overdispersion below 1 is taken as 1. As that can only widen the interval, Student's t would
    widen it twice: c moves from the normal quantile at an overdispersion of 1 to Student's as
    1 - 1 / phi². That weight was chosen by simulation, among those that hold with few degrees of
    freedom.
    """
    x, y, phi, df = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (now, before, scatter, freedom))
    )
    floored = np.maximum(phi, 1.0)
    weight = 1 - 1 / floored**2
    spread = floored * ((1 - weight) * _Z**2 + weight * _t_quantile(df) ** 2)
    extra = spread * (x + y) / 2
    root = x * y + extra + np.sqrt(extra * (extra + 2 * x * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(root == 0, 0.0, x * x / root)
        high = np.where(y > 0, root / (y * y), np.inf)
    return low / exposure, high / exposure


def _blocks_for(period: int, season: int) -> list[_Blocks]:
    """Ways to cut a history, the one to be preferred first.

    With a period of a season or more, blocks of whole seasons; else the period itself. Where the
    history is too short for that, parts of a season that are not much shorter than the period.
    """
    found = []
    if period >= season:
        seasons = max(1, round(period / (_BLOCKS_PER_PERIOD * season)))
        found.append(_Blocks(seasons * season, 1))
    else:
        found.append(_Blocks(period, season // math.gcd(period, season)))
    if period < season or period % season == 0:
        found += [
            _Blocks(size, season // size)
            for size in range(min(period, season - 1), 0, -1)
            if season % size == 0 and size * _BLOCKS_PER_PERIOD >= period
        ]
    return found


def _neighbours(counts: Floats, period: int, blocks: _Blocks) -> tuple[Floats, float]:
    """Each block of whole seasons against the one before: squares (... x pairs), freedom.

    The period in question is cut apart from the rest, so that no pair spans its beginning. The mean
    difference is growth and is taken out; as the differences in a row sum up to the last less the
    first, it takes hardly any freedom.
    """
    cut = max(0, counts.shape[-1] - period)
    steps, empty, freedom, rows = [], [], 0.0, 0
    for part in (counts[..., :cut], counts[..., cut:]):
        totals = np.sqrt(_summed(part, blocks.size))
        later, earlier = totals[..., 1:], totals[..., :-1]
        steps.append(later - earlier)
        empty.append(later + earlier == 0)
        freedom += _chain_freedom(steps[-1].shape[-1])
        rows += steps[-1].shape[-1] > 0
    step = np.concatenate(steps, axis=-1)
    pairs = step.shape[-1]
    if pairs < 2:
        return step, 0.0
    drift = step.mean(-1, keepdims=True)
    # A square root has the variance phi / 4, a difference of two phi / 2; the mean of a row of
    # them phi / 2 over the square of their number.
    squares = 2 * (step - drift) ** 2 / (1 - rows / pairs**2)
    # Twice nothing says nothing about the scatter of something.
    return np.where(np.concatenate(empty, axis=-1), np.nan, squares), freedom


def _seasons(counts: Floats, period: int, season: int, blocks: _Blocks) -> tuple[Floats, float]:
    """Each block against its phase one season earlier: squares (... x pairs), freedom.

    The change of level is taken out season by season. That also takes out the change in question
    where the period is made of whole seasons; where it is shorter, its blocks are left out.
    """
    totals = _summed(counts, blocks.size)
    if period < season:
        totals = totals[..., : max(0, totals.shape[-1] - math.ceil(period / blocks.size))]
    phases = blocks.phases
    pairs = max(0, totals.shape[-1] - phases)
    later, earlier = totals[..., phases:], totals[..., :pairs]
    squares, lost = [], 0
    for end in range(pairs, 0, -phases):
        group = slice(max(0, end - phases), end)
        a, b = later[..., group], earlier[..., group]
        size = a.shape[-1]
        if size < 2:  # one pair says nothing beyond the change of level
            lost += size
            continue
        # Half a click keeps a season without any from dividing by nothing.
        level = (a.sum(-1, keepdims=True) + 0.5) / (b.sum(-1, keepdims=True) + 0.5)
        square = 4 * (np.sqrt(a) - np.sqrt(level * b)) ** 2 / (1 + level)
        squares.append(np.where(a + b > 0, square * size / (size - 1), np.nan))
        lost += 1
    if not squares:
        return np.empty((*counts.shape[:-1], 0)), 0.0
    # Every phase is a chain of its own.
    long, chains_longer = divmod(pairs, phases)
    freedom = chains_longer * _chain_freedom(long + 1) + (phases - chains_longer) * _chain_freedom(
        long
    )
    return np.concatenate(squares, axis=-1), freedom * (1 - lost / pairs)


def _summed(counts: Floats, size: int) -> Floats:
    """Totals of blocks of `size` buckets (... x blocks); the oldest buckets that fill none go."""
    many = counts.shape[-1] // size
    whole = counts[..., counts.shape[-1] - many * size :]
    totals: Floats = whole.reshape(*counts.shape[:-1], many, size).sum(-1)
    return totals


def _chain_freedom(pairs: int) -> float:
    """Degrees of freedom of the mean square of `pairs` successive differences."""
    return 2 * pairs * pairs / (3 * pairs - 1) if pairs else 0.0


def _pooled(squares: Floats, freedom: float) -> tuple[Floats, Floats]:
    """The winsorised mean of squares (... x pairs, NaN where there is none), and its freedom."""
    known = ~np.isnan(squares)
    many = known.sum(-1)
    left = freedom * many / squares.shape[-1]
    enough = left >= _FEWEST_FREEDOM
    # NaN sorts to the end, so the middle of the known ones is found by their number.
    ordered = np.sort(squares, axis=-1)
    middle = np.stack([(many - 1) // 2, many // 2], axis=-1).clip(0)
    median = np.take_along_axis(ordered, middle, axis=-1).mean(-1, keepdims=True)
    capped = np.minimum(squares, _CAP**2 * median / _MEDIAN_OF_SQUARE)
    total = np.where(known, capped, 0.0).sum(-1)
    phi = total / np.maximum(many, 1) / _MEAN_OF_CAPPED_SQUARE
    return np.where(enough, phi, np.nan), np.where(enough, left, 0.0)


def _t_quantile(freedom: Floats) -> Floats:
    """Student's t for a two-sided 95 % interval.

    The series in 1 / freedom of Abramowitz and Stegun 1964, "Handbook of Mathematical Functions",
    26.7.5; with three degrees of freedom or more it is right to 0.2 %. NaN for none at all.
    """
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    inverse = 1 / np.where(freedom > 0, freedom, np.nan)
    quantile: Floats = np.polynomial.polynomial.polyval(inverse, np.array(terms))
    return quantile
