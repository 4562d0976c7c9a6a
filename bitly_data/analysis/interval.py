"""The interval of the ratio of two numbers of clicks, for a scatter that is known.

*Quasi-likelihood*: a variance of phi times the mean (McCullagh and Nelder 1989, "Generalized Linear
Models", 2nd ed., ch. 4.5 and 6.2), with Student's t for the degrees of freedom phi rests on. A phi
below 1 is taken as 1, with the normal quantile: clicks do not scatter less than counts do. Given
the sum of two counts, one of them is binomial, so Wilson's score interval for its share (Wilson
1927, Journal of the American Statistical Association 22), with the variance times phi, is one for
the ratio of the two rates. It holds for small counts as well, and for a zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_Z = 1.959963984540054  # normal quantile of a two-sided 95 % interval


def ratio_interval(
    now: ArrayLike,
    before: ArrayLike,
    scatter: ArrayLike,
    freedom: ArrayLike,
    *,
    exposure: ArrayLike = 1.0,
) -> tuple[Floats, Floats]:
    """The 95 % interval of the ratio of two rates, now over before; the arguments broadcast.

    `now` and `before` are totals [clicks], `scatter` is phi, `freedom` its degrees of freedom,
    `exposure` how much longer now is than before. The upper end is `inf` where `before` is 0;
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
    longer = np.asarray(exposure, dtype=np.float64)
    return low / longer, high / longer


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
