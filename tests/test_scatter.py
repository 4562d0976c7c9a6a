"""How much two periods differ anyway: by the worked example, a second method and simulation.

The table of all simulations is printed by `benchmarks/false_clear.py`.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import statsmodels.api as sm
import tiers
from simulated_clicks import (
    KINDS,
    MOST_FALSE,
    SETTINGS,
    WEEK,
    Setting,
    cells,
    days,
    judged,
    simulated,
)

from bitly_data.analysis.scatter import Span, least_history, most_history, scatter
from bitly_data.demo import DemoDays

# The simulations begin here; in the deep tier the seed of its day is added.
SEED = 20_260_724
# So many of few draws are false by chance, too: a share of them at so many standard deviations.
CHANCE = 3.0
SOON = ("30 days", "7 days")


def most(share: float, draws: int) -> float:
    """How large a share may come out where it is at most so large in truth."""
    return share + CHANCE * math.sqrt(share * (1 - share) / draws)


@pytest.fixture(scope="module")
def first_seed(pytestconfig: pytest.Config) -> int:
    return SEED + int(pytestconfig.option.seed)


@pytest.fixture(scope="module")
def draws(pytestconfig: pytest.Config) -> int:
    """How many pairs of periods are drawn for a share."""
    return tiers.count(pytestconfig, "draws")


# --- the method itself ------------------------------------------------------------------------


def example() -> np.ndarray:
    """Half a year of days with a rhythm, a wave, a change at the end and two spikes."""
    t = np.arange(182)
    week = np.array([1.15, 1.2, 1.2, 1.15, 1.05, 0.65, 0.6])
    wave = 1 + 0.15 * np.sin(t**2) + 0.1 * np.sin(t / 3)
    y = np.round(200 * week[t % 7] * wave * np.where(t >= 152, 1.1, 1.0))
    y[100], y[170] = 3000, 2500
    return y


def test_the_worked_example() -> None:
    y = example()
    found = scatter(y, Span(152, 182), Span(122, 152))
    low, high = found.interval(found.now, found.before)

    assert (y[152:].sum(), y[122:152].sum()) == (8685, 5955)
    assert np.flatnonzero(found.spikes).tolist() == [100, 170]
    assert found.now / found.before / found.exposure - 1 == pytest.approx(0.120, abs=5e-4)
    assert found.rho == pytest.approx(0.6025, abs=5e-5)
    assert found.day == pytest.approx(3.3734, abs=5e-5)
    assert found.phi == pytest.approx(8.8195, abs=5e-5)
    assert found.freedom == pytest.approx(46.60, abs=5e-3)
    assert (low, high) == pytest.approx((1.0046, 1.2479), abs=5e-5)
    assert not found.uneven
    assert found.kept == 180


def plainly(y: list[float], period: int) -> tuple[float, float, float, float]:
    """rho, the variance of a day, phi and the degrees of freedom, without spikes: step by step."""
    n = len(y)
    level, factors = [1.0, 1.0], [1.0] * 7
    of = [int(t >= n - period) for t in range(n)]
    for _ in range(6):
        for g in (0, 1):
            level[g] = sum(y[t] for t in range(n) if of[t] == g) / sum(
                factors[t % 7] for t in range(n) if of[t] == g
            )
        factors = [
            sum(y[t] for t in range(j, n, 7)) / sum(level[of[t]] for t in range(j, n, 7))
            for j in range(7)
        ]
        mean = sum(factors) / 7
        factors = [factor / mean for factor in factors]
    m = [factors[t % 7] for t in range(n)]
    x = [
        t - ((n - period - 1) / 2 if not of[t] else n - period + (period - 1) / 2) for t in range(n)
    ]
    for step in range(3):
        for g in (0, 1):
            scale = sum(y[t] for t in range(n) if of[t] == g) / sum(
                m[t] for t in range(n) if of[t] == g
            )
            m = [m[t] * scale if of[t] == g else m[t] for t in range(n)]
        if step == 2:
            break
        center = sum(m[t] * x[t] for t in range(n)) / sum(m)
        b = sum((y[t] - m[t]) * x[t] for t in range(n)) / sum(
            m[t] * (x[t] - center) ** 2 for t in range(n)
        )
        m = [m[t] * math.exp(min(3, max(-3, b * x[t]))) for t in range(n)]
    r = [(y[t] - m[t]) / math.sqrt(m[t]) for t in range(n)]
    dof = n - 6 - 2 - 1
    g_of = [sum(value**2 for value in r) / dof] + [
        sum(r[t] * r[t + k] for t in range(n - k)) / (n - k) for k in range(1, 7)
    ]
    square = sum(value**2 for value in x)
    a = rho = c0 = lost = 0.0
    for _ in range(4):
        total = 3 * g_of[0]
        for k in range(1, n):
            beta = max(0.0, 1 - k / (n - period)) + max(0.0, 1 - k / period)
            beta += sum(x[t] * x[t + k] for t in range(n - k)) / square if rho else 0.0
            total += 2 * a * beta * rho**k
        lost = total / n
        c0 = max(0.0, g_of[0] - 1 + lost - 3 * g_of[0] / n)
        c1, c2 = g_of[1] + lost, g_of[2] + lost
        rho = min(0.98, max(0.0, (c1 + c2) / max(c0 + max(c1, 0), 4 * math.sqrt(2 / dof))))
        a = max(c1 + c2, 0) / (rho + rho**2) if rho else 0.0
    near, far = sum(g_of[1:4]) + 3 * lost, sum(g_of[4:7]) + 3 * lost
    if near > 2 * math.sqrt(3 / n) * (1 + c0):
        q = min(0.98, (max(far, 0) / near) ** (1 / 3))
        if q > rho:
            rho, a = q, min(near / (q + q**2 + q**3), c0)
    pairs = sum(
        (2 * max(period - k, 0) - min(k, 2 * period - k)) / (2 * period) * rho**k
        for k in range(1, 2 * period)
    )
    uneven = sum(
        (
            sum(t % 7 == j for t in range(n - period, n))
            - sum(t % 7 == j for t in range(n - 2 * period, n - period))
        )
        ** 2
        for j in range(7)
    )
    phi = (1 + c0 + 2 * a * pairs) * (1 + uneven / (2 * period * n / 7))
    share = min(1.0, a / (1 + c0))
    return rho, 1 + c0, phi, min(dof, max(3.0, n * (1 - rho**2) / (1 + 4 * share * rho)))


@pytest.mark.parametrize("kind", ["Poisson", "NB k=5", "AR 0.5", "AR 0.8", "AR 0.95", "slow level"])
@pytest.mark.parametrize("period", [1, 7, 30])
def test_it_is_what_the_steps_say_one_after_the_other(kind: str, period: int) -> None:
    setting = days(period, 91)
    series, _ = simulated(kind, 200, setting, 6, SEED)
    now, before = setting.spans
    found = scatter(series, now, before)
    assert (found.spikes.sum(1) == 0).sum() >= 3
    for row in np.flatnonzero(found.spikes.sum(1) == 0):
        each = [float(values[row]) for values in (found.rho, found.day, found.phi, found.freedom)]
        assert each == pytest.approx(plainly(series[row].tolist(), period), rel=1e-6)


def test_many_series_at_once_are_each_like_one() -> None:
    setting = days(30)
    series, _ = simulated("AR 0.5", 200, setting, 5, SEED)
    series[2, 40] = 9000
    now, before = setting.spans
    all_found = scatter(series, now, before)
    for row in range(5):
        one = scatter(series[row], now, before)
        assert float(one.phi) == pytest.approx(float(all_found.phi[row]))
        assert one.spikes.tolist() == all_found.spikes[row].tolist()


def test_a_week_that_is_always_the_same_never_changes() -> None:
    """The calendar alone: 30 days hold other weekdays than the 30 before."""
    for end in range(7):
        series = np.tile(np.round(1000 * WEEK), 28)[end : end + 182]
        found = scatter(series, Span(152, 182), Span(122, 152))
        assert found.now / found.before / found.exposure == pytest.approx(1)
        low, high = found.interval(found.now, found.before)
        assert low < 1 < high


def test_days_that_are_not_known_count_nowhere() -> None:
    y = example()
    known = np.ones(len(y), bool)
    known[[3, 60, 61, 140, 160]] = False
    other = np.where(known, y, 12_345.0)
    one, two = (scatter(it, Span(152, 182), Span(122, 152), known=known) for it in (y, other))
    assert float(one.phi) == float(two.phi)
    assert (float(one.now), int(one.kept)) == (y[152:].sum() - y[160] - y[170], 182 - 5 - 2)
    # Two days of each weekday's four or five in a period are fewer of that weekday.
    assert float(one.exposure) != float(scatter(y, Span(152, 182), Span(122, 152)).exposure)


@pytest.mark.parametrize(
    ("places", "left_out"),
    [
        ([100], [100]),
        ([160], [160]),
        ([130, 170], [130, 170]),
        ([160, 161, 162, 163], [160, 161, 162, 163]),
        # More than one day in seven of a period, or one in twelve of all, is no outlier.
        ([160, 161, 162, 163, 164], []),
        (list(range(2, 150, 9)), []),
    ],
)
def test_single_outlying_days_are_left_out_all_or_none(
    places: list[int], left_out: list[int]
) -> None:
    series, _ = simulated("Poisson", 200, days(30), 1, SEED)
    series[0, places] = 5000
    found = scatter(series[0], Span(152, 182), Span(122, 152))
    assert np.flatnonzero(found.spikes).tolist() == left_out


def test_a_single_day_is_never_left_out_of_itself() -> None:
    series, _ = simulated("Poisson", 200, days(1, 91), 1, SEED)
    series[0, 90] = 5000
    assert not scatter(series[0], Span(90, 91), Span(89, 90)).spikes.any()
    series[0, 90], series[0, 40] = 200, 5000
    assert scatter(series[0], Span(90, 91), Span(89, 90)).spikes.sum() == 1


@pytest.mark.parametrize(
    ("counts", "now", "before", "why"),
    [
        ([1, -1, 1], Span(2, 3), Span(1, 2), "negative"),
        ([1, 1, 1], Span(2, 4), Span(1, 2), "part of the history"),
        ([1, 1, 1], Span(2, 3), Span(-1, 2), "part of the history"),
        ([1, 1, 1], Span(2, 2), Span(1, 2), "at least one"),
    ],
)
def test_what_cannot_be_is_refused(counts: list[int], now: Span, before: Span, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        scatter(counts, now, before)


@pytest.mark.parametrize(
    ("period", "least", "longest"),
    [(1, 42, 182), (7, 42, 182), (14, 56, 182), (28, 56, 182), (30, 60, 182), (90, 180, 270)],
)
def test_how_much_history_is_wanted(period: int, least: int, longest: int) -> None:
    assert (least_history(period), most_history(period)) == (least, longest)


# --- how often "clear" is wrong ---------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in SOON else pytest.mark.slow) for name in SETTINGS],
)
@pytest.mark.parametrize("kind", MOST_FALSE)
def test_clear_is_seldom_said_of_what_did_not_change(
    kind: str, name: str, first_seed: int, draws: int
) -> None:
    if name == "30 days, nothing more known" and kind in ("AR 0.8", "launches", "AR 0.5"):
        pytest.skip(
            "with so short a history up to 9 % are called clear, as docs/clear-changes.md says"
        )
    draws = draws // 4 if SETTINGS[name].history > 500 else draws
    for found in cells(kind, SETTINGS[name], draws, first_seed):
        assert found.clear.mean() <= most(MOST_FALSE[kind], draws), (kind, name, first_seed)


@pytest.mark.parametrize("kind", ["Poisson", "NB k=5", "NB k=1"])
def test_no_weekday_of_the_end_is_worse(kind: str, first_seed: int, draws: int) -> None:
    setting = SETTINGS["30 days"]
    series, first = simulated(kind, 2000, setting, draws, first_seed)
    clear = judged(series, setting).clear
    for weekday in range(7):
        share = clear[first == weekday].mean()
        assert share <= most(MOST_FALSE[kind], draws // 7), (kind, weekday, first_seed)


@pytest.mark.parametrize("growth", [1.3, 2.0])
def test_steady_growth_is_not_too_uneven_and_its_interval_holds(
    growth: float, first_seed: int, draws: int
) -> None:
    setting = days(30)
    series, _ = simulated("Poisson", 200, setting, draws, first_seed, growth=growth)
    now, before = setting.spans
    found = scatter(series, now, before)
    truth = growth ** (30 / 181)
    low, high = found.interval(found.now, found.before)
    assert found.uneven.mean() <= most(0.01, draws)
    assert ((low <= truth) & (truth <= high)).mean() >= 0.93 - CHANCE * math.sqrt(0.065 / draws)


@pytest.mark.parametrize("kind", ["Poisson", "NB k=5", "NB k=1", "AR 0.5", "spikes"])
@pytest.mark.parametrize("times", [0.5, 1.5])
def test_the_interval_holds_the_true_change(
    kind: str, times: float, first_seed: int, draws: int
) -> None:
    """Of days that are three times the others it holds 87 in 100: they stray more than these."""
    setting = days(30)
    series, _ = simulated(kind, 200, setting, draws, first_seed, times=times)
    now, before = setting.spans
    found = scatter(series, now, before)
    low, high = found.interval(found.now, found.before)
    inside = ((low <= times) & (times <= high)).mean()
    assert 0.93 - CHANCE * math.sqrt(0.07 * 0.93 / draws) <= inside <= 0.99, (kind, first_seed)


# --- how often a change is found --------------------------------------------------------------


def regression_is_clear(series: np.ndarray, setting: Setting) -> bool:
    """By a quasi-Poisson regression of the whole history with terms for weekdays and the period."""
    day = np.arange(setting.history)
    now, before = setting.spans
    columns = [day % 7 == weekday for weekday in range(7)]
    columns.append(day >= now.start)
    columns.append(day < before.start)  # the base of comparison is the period before
    fit = sm.GLM(series, np.column_stack(columns).astype(float), family=sm.families.Poisson()).fit(
        scale="X2"
    )
    # Counts scatter no less than counts do.
    scale = max(fit.scale, 1.0)
    error = fit.bse[7] * math.sqrt(scale / fit.scale)
    quantile = 1.96 if scale == 1 else 1.974
    return bool(abs(fit.params[7]) > quantile * error)


@pytest.mark.parametrize(
    "kind",
    ["NB k=5", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("Poisson", "NB k=1"))],
)
@pytest.mark.parametrize("times", [1.2, 1.5])
@pytest.mark.parametrize(
    "name",
    [
        "7 days",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("28 days", "30 days", "90 days")),
    ],
)
def test_a_change_is_found_about_as_often_as_a_regression_finds_it(
    kind: str, times: float, name: str, first_seed: int
) -> None:
    """Independent days, for which a regression is right; within ten points."""
    setting, many = SETTINGS[name], 150
    for rate in (20, 200, 2000):
        series, _ = simulated(kind, rate, setting, many, [first_seed, rate], times=times)
        ours = judged(series, setting).clear.mean()
        theirs = np.mean([regression_is_clear(row, setting) for row in series])
        assert ours >= theirs - 0.10, (kind, times, rate, first_seed)


def test_every_kind_has_its_limit_or_is_named_among_those_without() -> None:
    assert set(KINDS) - set(MOST_FALSE) == {"AR 0.95", "newsletter", "slow level"}


# --- the demo ---------------------------------------------------------------------------------

DEMO_END = date(2026, 1, 1)
DEMO_HISTORY, DEMO_STEP, DEMO_DATES = 182, 28, 13


@pytest.fixture(scope="module")
def demo_seeds(first_seed: int, pytestconfig: pytest.Config) -> range:
    return range(first_seed, first_seed + tiers.count(pytestconfig, "demos"))


@pytest.fixture(scope="module")
def demo_days(demo_seeds: range) -> np.ndarray:
    """Clicks of the demo organization (seeds x days), up to and with `DEMO_END`."""
    first = DEMO_END - timedelta(days=DEMO_HISTORY + (DEMO_DATES - 1) * DEMO_STEP - 1)
    now = datetime(DEMO_END.year, DEMO_END.month, DEMO_END.day, tzinfo=UTC).timestamp()
    start = first.toordinal() - date(1970, 1, 1).toordinal()
    rows = []
    for seed in demo_seeds:
        t = DemoDays(now, seed).table(first, DEMO_END)["t"].to_numpy()
        rows.append(np.bincount(t // 86_400 - start, minlength=(DEMO_END - first).days + 1))
    return np.array(rows)


@pytest.mark.slow
@pytest.mark.xdist_group("scatter-demo")
@pytest.mark.parametrize("period", [7, 28, 30])
def test_on_the_demo_clear_is_true(demo_days: np.ndarray, demo_seeds: range, period: int) -> None:
    """So many days against as many before, at 13 dates four weeks apart, once round the year.

    The truth of a date is the ratio of the two expected totals, each a mean over the seeds. The
    demo's campaigns and letters count as scatter, so its intervals are wide.
    """
    inside, wrong_way, no_change, false_clear = [], 0, 0, 0
    for step in range(DEMO_DATES):
        history = demo_days[:, step * DEMO_STEP :][:, :DEMO_HISTORY].astype(float)
        setting = days(period)
        now, before = setting.spans
        found = scatter(history, now, before)
        truth = history[:, slice(*now)].mean() / history[:, slice(*before)].mean()
        low, high = found.interval(found.now * 1.0, found.before * 1.0)
        fair = truth / found.exposure
        inside.append(((low * 0.999 <= fair) & (fair <= high * 1.001)).mean())
        clear = judged(history, setting).clear
        wrong_way += int((clear & (np.sign(low - 1 + high - 1) != np.sign(fair - 1))).sum())
        if abs(truth - 1) < 0.05:
            no_change, false_clear = no_change + len(clear), false_clear + int(clear.sum())
    assert np.mean(inside) >= 0.95, demo_seeds
    assert wrong_way <= 0.01 * len(demo_seeds) * DEMO_DATES, demo_seeds
    assert no_change > 0
    assert false_clear <= 0.05 * no_change, demo_seeds
