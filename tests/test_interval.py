"""The interval of a ratio for a scatter that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bitly_data.analysis import interval
from bitly_data.analysis.interval import ratio_interval


def test_an_interval_of_little_is_wide_and_of_nothing_is_everything() -> None:
    assert [float(end) for end in ratio_interval(0, 0, 1.0, 10)] == [0.0, math.inf]
    low, high = ratio_interval(30, 0, 1.0, 10)
    assert low > 0
    assert high == math.inf
    low, high = ratio_interval(0, 30, 1.0, 10)
    assert low == 0
    assert 0 < high < 1
    assert np.isnan(ratio_interval(30, 30, math.nan, 0)).all()


def test_turning_a_comparison_round_turns_the_interval_round() -> None:
    low, high = ratio_interval(130, 100, 3.0, 8, exposure=1.25)
    low_back, high_back = ratio_interval(100, 130, 3.0, 8, exposure=0.8)

    assert (1 / high, 1 / low) == pytest.approx((low_back, high_back))


def test_each_ratio_has_its_own_exposure() -> None:
    both = ratio_interval([130, 130], 100, 3.0, 8, exposure=[1.0, 2.0])
    assert both[0][1] == pytest.approx(both[0][0] / 2)
    assert both[1][1] == pytest.approx(both[1][0] / 2)


def test_counts_scatter_no_less_than_counts_do() -> None:
    assert [float(end) for end in ratio_interval(1050, 1000, 0.2, 5)] == pytest.approx(
        [float(end) for end in ratio_interval(1050, 1000, 1.0, math.inf)]
    )


@pytest.mark.parametrize("mean", [10, 50, 1000])
@pytest.mark.parametrize("phi", [1, 4])
def test_it_holds_the_true_ratio_in_95_of_100(mean: int, phi: int) -> None:
    rng = np.random.default_rng([20_260_724, mean, phi])
    now, before = (
        (rng.poisson(np.full(20_000, rate / phi)) * phi for rate in (mean * 1.5, mean))
        if phi > 1
        else (rng.poisson(rate, 20_000) for rate in (mean * 1.5, mean))
    )
    low, high = ratio_interval(now, before, phi, 1e9)
    assert 0.93 <= ((low <= 1.5) & (high >= 1.5)).mean() <= 0.99


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(4, 2.776), (5, 2.571), (7, 2.365), (10, 2.228), (20, 2.086), (60, 2.000), (1e9, 1.960)],
)
def test_students_t_is_that_of_the_tables(freedom: float, quantile: float) -> None:
    assert float(interval._t_quantile(np.array(freedom))) == pytest.approx(quantile, rel=6e-4)
