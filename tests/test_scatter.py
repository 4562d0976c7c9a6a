"""A change and its uncertainty: the words, and how often the interval holds the truth."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pytest
import tiers

from bitly_data.analysis import scatter
from bitly_data.analysis.scatter import change_text, judge, overdispersion, ratio_interval
from bitly_data.demo import DemoDays

# The simulations begin here; in the deep tier the seed of its day is added.
SEED = 20_260_724
LEAST, MOST = 0.92, 0.98
# These settings of these means are simulated in the fast tier too.
SOONER, SOONER_MEANS = "28 of 91 days", (20, 2000)

WEEK = np.array([1.0, 1.06, 1.04, 1.0, 0.88, 0.50, 0.46])
DAY = 1.0 + 0.9 * np.sin(np.arange(24) / 24 * 2 * np.pi)
YEAR = 1.0 + 0.3 * np.cos(np.arange(12) / 12 * 2 * np.pi)


class Setting(NamedTuple):
    """How long the history and the period are, and the rhythm that repeats in it."""

    period: int  # buckets
    history: int  # buckets, with both periods
    rhythm: np.ndarray  # one season of relative rates
    growth: float  # of the rate over the history

    @property
    def season(self) -> int:
        return len(self.rhythm)


SETTINGS = {
    "28 of 91 days": Setting(28, 91, WEEK, 1.2),
    "28 of 182 days": Setting(28, 182, WEEK, 1.3),
    "30 of 182 days": Setting(30, 182, WEEK, 1.3),
    "7 of 91 days": Setting(7, 91, WEEK, 1.2),
    "1 of 91 days": Setting(1, 91, WEEK, 1.2),
    "42 of 168 days": Setting(42, 168, WEEK, 1.2),
    "24 of 672 hours": Setting(24, 672, (WEEK[:, None] * DAY).ravel(), 1.0),
    "168 of 1008 hours": Setting(168, 1008, (WEEK[:, None] * DAY).ravel(), 1.0),
    "4 of 52 weeks": Setting(4, 52, np.ones(1), 1.3),
    "1 of 52 weeks": Setting(1, 52, np.ones(1), 1.3),
    "3 of 72 months": Setting(3, 72, YEAR, 1.3),
    "12 of 72 months": Setting(12, 72, YEAR, 1.3),
}


def negative_binomial(rng, mean, variance_over_mean):
    """Counts with the variance `variance_over_mean` times their mean, whatever the mean."""
    if variance_over_mean == 1:
        return rng.poisson(mean)
    return rng.poisson(rng.gamma(mean / (variance_over_mean - 1)) * (variance_over_mean - 1))


def simulated(setting, mean, variance_over_mean, ratio, seed, draws):
    """Histories (draws x buckets), and the true ratio of the last two periods.

    The smaller of the two has the expected total `mean`.
    """
    n, length = setting.period, setting.history
    rate = np.resize(setting.rhythm, length) * setting.growth ** np.linspace(0, 1, length)
    now, before = slice(length - n, length), slice(length - 2 * n, length - n)
    rate[now] *= ratio * rate[before].sum() / rate[now].sum()
    rate *= mean / min(rate[now].sum(), rate[before].sum())
    rng = np.random.default_rng(seed)
    return negative_binomial(rng, np.tile(rate, (draws, 1)), variance_over_mean), ratio


def covered(history, period, season, truth, *, length=None):
    """Whether the interval holds the true ratio of the last two periods, where there is one."""
    now = history[:, -period:].sum(1)
    before = history[:, -2 * period : -period].sum(1)
    phi, freedom = overdispersion(
        history[:, -(length or history.shape[1]) :], buckets=period, season=season
    )
    low, high = ratio_interval(now, before, phi, freedom)
    return ((low <= truth) & (truth <= high))[freedom > 0]


# --- coverage ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first_seed(pytestconfig):
    return SEED + pytestconfig.option.seed


@pytest.fixture(scope="module")
def draws(pytestconfig):
    """How many histories are drawn for a coverage."""
    return tiers.count(pytestconfig, "draws")


@pytest.mark.parametrize(
    ("name", "mean"),
    [
        pytest.param(
            name,
            mean,
            marks=[] if name == SOONER and mean in SOONER_MEANS else pytest.mark.slow,
        )
        for name in SETTINGS
        for mean in (20, 50, 200, 2000, 20_000)
    ],
)
@pytest.mark.parametrize("variance_over_mean", [1, 2, 5, 10])
def test_the_interval_holds_the_true_ratio_in_95_of_100(
    name, variance_over_mean, mean, first_seed, draws
):
    setting = SETTINGS[name]
    for ratio in (1, 1.5, 0.5, 3):
        place = list(SETTINGS).index(name)
        seed = [first_seed, place, variance_over_mean, mean, round(ratio * 10)]
        history, truth = simulated(setting, mean, variance_over_mean, ratio, seed, draws)
        inside = covered(history, setting.period, setting.season, truth)

        said = f"{name}, mean {mean}, variance x {variance_over_mean}, ratio {ratio}, seed {seed}"
        print(f"{said}: {inside.mean():.3f} of {inside.size}")
        assert inside.size >= 0.98 * draws, said
        assert LEAST <= inside.mean() <= MOST, said


@pytest.mark.parametrize("variance_over_mean", [1, 10])
def test_periods_of_different_lengths_are_compared_by_their_rates(
    variance_over_mean, first_seed, draws
):
    seed = [first_seed, 29, variance_over_mean]
    rng = np.random.default_rng(seed)
    history = negative_binomial(rng, np.full((draws, 182), 7.0), variance_over_mean)
    phi, freedom = overdispersion(history, buckets=29, season=7)
    low, high = ratio_interval(
        history[:, -29:].sum(1), history[:, -59:-29].sum(1), phi, freedom, exposure=29 / 30
    )

    assert LEAST <= ((low <= 1) & (high >= 1)).mean() <= MOST, seed


def launches(seed, days, fade, draws):
    """Days of clicks (draws x days), nearly all of launches that fade over `fade` days."""
    rng = np.random.default_rng(seed)
    early = 40
    size = np.where(
        rng.random((draws, days + early)) < 0.3,
        rng.lognormal(math.log(250), 0.5, (draws, days + early)),
        0.0,
    )
    rate = np.zeros(size.shape)
    kept = math.exp(-1 / fade)
    level = np.zeros(draws)
    for day in range(days + early):
        level = level * kept + size[:, day] * (1 - kept)
        rate[:, day] = level
    return rng.poisson(rate[:, early:] + 50)


@pytest.mark.parametrize("fade", [0.25, 0.5, 1])
def test_launches_that_fade_within_the_week_count_as_what_they_are(fade, first_seed, draws):
    """Read as independent days, they would cover far less."""
    seed = [first_seed, 1, round(fade * 100)]
    history = launches(seed, 182, fade, draws)
    phi, _ = overdispersion(history, buckets=28, season=7)
    by_day, _ = overdispersion(history, buckets=1, season=1)
    inside = covered(history, 28, 7, 1.0)

    print(
        f"fade {fade} days, seed {seed}: {inside.mean():.3f}, phi {phi.mean():.0f}, "
        f"by day {by_day.mean():.0f}"
    )
    assert 0.89 <= inside.mean() <= MOST, seed


def test_a_trend_and_a_rhythm_are_no_scatter(first_seed, draws):
    seed = [first_seed, 2]
    setting = Setting(1, 182, WEEK, 2.0)
    history, _ = simulated(setting, 2000, 1, 1, seed, draws)
    for buckets in (1, 7, 28):
        phi, _ = overdispersion(history, buckets=buckets, season=7)
        assert 0.9 <= phi.mean() <= 1.35, (buckets, seed)


@pytest.mark.parametrize("ratio", [0.1, 1, 10])
def test_the_change_in_question_is_no_scatter(ratio, first_seed):
    for index, (name, setting) in enumerate(SETTINGS.items()):
        seed = [first_seed, 3, index]
        history, _ = simulated(setting, 20_000, 3, ratio, seed, draws=500)
        phi, _ = overdispersion(history, buckets=setting.period, season=setting.season)
        assert 2.6 <= phi.mean() <= 3.7, (name, seed)


# --- the demo ---------------------------------------------------------------------------------

DEMO_END = date(2026, 1, 1)
DEMO_HISTORY, DEMO_STEP, DEMO_DATES = 182, 28, 13


@pytest.fixture(scope="module")
def demo_seeds(first_seed):
    return range(first_seed, first_seed + 100)


@pytest.fixture(scope="module")
def demo_days(demo_seeds):
    """Clicks of the demo organization (seeds x days), up to and with `DEMO_END`."""
    first = DEMO_END - timedelta(days=DEMO_HISTORY + (DEMO_DATES - 1) * DEMO_STEP - 1)
    now = datetime(DEMO_END.year, DEMO_END.month, DEMO_END.day, tzinfo=UTC).timestamp()
    start = first.toordinal() - date(1970, 1, 1).toordinal()
    rows = []
    for seed in demo_seeds:
        t = DemoDays(now, seed).table(first, DEMO_END)["t"].to_numpy()
        rows.append(np.bincount(t // 86_400 - start, minlength=(DEMO_END - first).days + 1))
    return np.array(rows)


# The pages take 91 days for these periods.
@pytest.mark.slow
@pytest.mark.xdist_group("scatter-demo")
@pytest.mark.parametrize(("period", "length"), [(14, 91), (28, 91), (28, DEMO_HISTORY), (30, 91)])
def test_on_the_demo_the_interval_holds_the_true_ratio_in_95_of_100(
    demo_days, demo_seeds, period, length
):
    """So many days against as many before, at 13 dates four weeks apart.

    Together the dates go once round the year, so each campaign, holiday and burst of a bot falls
    into as many periods as it does in life. The truth of a date is the ratio of the two expected
    totals, each a mean over the seeds.
    """
    inside = []
    for step in range(DEMO_DATES):
        history = demo_days[:, : demo_days.shape[1] - step * DEMO_STEP]
        now = history[:, -period:].sum(1)
        before = history[:, -2 * period : -period].sum(1)
        inside.append(covered(history, period, 7, now.mean() / before.mean(), length=length))
    each = [float(np.mean(date_inside)) for date_inside in inside]

    print(
        f"demo, {period} of {length} days, seeds {demo_seeds}: {np.mean(each):.3f}, "
        f"by date {np.round(each, 2)}"
    )
    assert min(len(date_inside) for date_inside in inside) == len(demo_seeds)
    assert LEAST <= np.mean(each) <= MOST, demo_seeds


# --- words ------------------------------------------------------------------------------------


def steady(mean, days=91, seed=1):
    return np.random.default_rng([SEED, seed]).poisson(mean, days)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (13_800, 10_000, "up 38 %, clear"),
        (6_200, 10_000, "down 38 %, clear"),
        (10_050, 10_000, "no change, within its usual scatter"),
        (10_000, 10_000, "no change, within its usual scatter"),
        (10_120, 10_000, "up 1 %, within its usual scatter"),
        (0, 10_000, "down 100 %, clear"),
        (1, 10_000, "down more than 99 %, clear"),
        (500_000, 10_000, "up 4,900 %, clear"),
        (20, 0, "new"),
        (19, 0, "base too small to tell"),
        (0, 0, "base too small to tell"),
        (5, 19, "base too small to tell"),
        (50_000, 19, "base too small to tell"),
        (22, 20, "up 10 %, within its usual scatter"),
        (5, 40, "down 88 %, clear"),
    ],
)
def test_a_verdict_in_words(now, before, text):
    verdict = judge(now, before, steady(10_000 / 28), buckets=28, season=7)

    assert verdict.text == text
    assert verdict.text.endswith(verdict.word)
    if verdict.ratio is not None:
        assert verdict.low <= verdict.ratio <= verdict.high
        assert (verdict.word == scatter.CLEAR) == (not verdict.low <= 0 <= verdict.high)


def test_the_same_change_is_clear_or_not_by_what_is_usual():
    rng = np.random.default_rng([SEED, 5])
    restless = negative_binomial(rng, np.full(182, 10_000 / 28), 120)

    calm = judge(11_200, 10_000, steady(10_000 / 28), buckets=28, season=7)
    wild = judge(11_200, 10_000, restless, buckets=28, season=7)

    assert (calm.text, wild.text) == ("up 12 %, clear", "up 12 %, within its usual scatter")
    assert calm.ratio == wild.ratio
    assert wild.high - wild.low > 3 * (calm.high - calm.low)


@pytest.mark.parametrize("history", [[], [0], [5, 700], [100] * 20])
def test_without_enough_history_the_scatter_is_not_known(history):
    verdict = judge(1380, 1000, np.array(history, dtype=np.int64), buckets=28, season=7)

    assert verdict.text == "up 38 %, scatter not known yet"
    assert (verdict.low, verdict.high) == (None, None)


@pytest.mark.parametrize(("weeks", "known"), [(7, False), (8, True)])
def test_a_week_is_judged_by_weeks_and_not_by_its_days(weeks, known):
    verdict = judge(1380, 1000, steady(150, days=7 * weeks), buckets=7, season=7)

    assert (verdict.word != scatter.NOT_KNOWN) == known


def test_a_history_of_zeros_says_nothing_about_scatter():
    verdict = judge(1000, 1000, np.zeros(91, dtype=np.int64), buckets=28, season=7)

    assert verdict.text == "no change, scatter not known yet"


def test_a_constant_history_scatters_no_less_than_a_count():
    verdict = judge(1050, 1000, np.full(91, 1000), buckets=1, season=7)
    poisson = ratio_interval(1050, 1000, 1.0, math.inf)

    assert verdict.text == "up 5 %, within its usual scatter"
    assert (verdict.low + 1, verdict.high + 1) == pytest.approx([float(end) for end in poisson])


def test_huge_counts_stay_finite_and_a_small_change_of_them_can_be_clear():
    verdict = judge(10_030_000_000, 10_000_000_000, np.full(182, 360_000_000), buckets=28, season=7)

    assert verdict.text == "up less than 1 %, clear"
    assert 0 < verdict.low < verdict.ratio < verdict.high < 0.01


def test_one_burst_does_not_make_every_change_usual():
    calm = steady(300)
    burst = calm.copy()
    burst[30] += 6000
    for history in (calm, burst):
        assert judge(9240, 8400, history, buckets=28, season=7).text == "up 10 %, clear"


def test_a_longer_period_is_no_growth():
    verdict = judge(3100, 3000, steady(100), buckets=31, season=7, exposure=31 / 30)

    assert verdict.ratio == pytest.approx(0)
    assert verdict.text == "no change, within its usual scatter"


def test_a_fraction_of_a_bucket_is_rounded():
    history = steady(100)
    assert judge(700, 600, history, buckets=6.6, season=7) == judge(
        700, 600, history, buckets=7, season=7
    )


def test_many_series_at_once_are_each_like_one():
    history = np.stack([steady(50, seed=seed) for seed in range(5)])
    phi, freedom = overdispersion(history, buckets=28, season=7)
    low, high = ratio_interval(1500, 1400, phi, freedom)

    assert phi.shape == freedom.shape == low.shape == (5,)
    for row in range(5):
        verdict = judge(1500, 1400, history[row], buckets=28, season=7)
        assert (verdict.low, verdict.high) == pytest.approx((low[row] - 1, high[row] - 1))


def test_an_interval_of_little_is_wide_and_of_nothing_is_everything():
    assert [float(end) for end in ratio_interval(0, 0, 1.0, 10)] == [0.0, math.inf]
    low, high = ratio_interval(30, 0, 1.0, 10)
    assert low > 0
    assert high == math.inf
    low, high = ratio_interval(0, 30, 1.0, 10)
    assert low == 0
    assert 0 < high < 1
    assert np.isnan(ratio_interval(30, 30, math.nan, 0)).all()


def test_turning_a_comparison_round_turns_the_interval_round():
    low, high = ratio_interval(130, 100, 3.0, 8, exposure=1.25)
    low_back, high_back = ratio_interval(100, 130, 3.0, 8, exposure=0.8)

    assert (1 / high, 1 / low) == pytest.approx((low_back, high_back))


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(4, 2.776), (5, 2.571), (7, 2.365), (10, 2.228), (20, 2.086), (60, 2.000), (1e9, 1.960)],
)
def test_students_t_is_that_of_the_tables(freedom, quantile):
    assert float(scatter._t_quantile(np.array(freedom))) == pytest.approx(quantile, rel=6e-4)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.38, "up 38 %"),
        (-0.12, "down 12 %"),
        (0, "no change"),
        (0.004, "no change"),
        (-0.004, "no change"),
        (12.5, "up 1,250 %"),
        (-1, "down 100 %"),
        (-0.999, "down more than 99 %"),
        (1.0, "up 100 %"),
    ],
)
def test_a_change_in_words(ratio, text):
    assert change_text(ratio) == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"now": -1},
        {"before": -1},
        {"buckets": 0},
        {"buckets": math.nan},
        {"season": 0},
        {"exposure": 0},
        {"exposure": math.inf},
        {"history": np.array([1, -1])},
    ],
)
def test_what_cannot_be_is_refused(wrong):
    right = {"now": 30, "before": 30, "history": steady(5), "buckets": 28, "season": 7}
    with pytest.raises(ValueError, match=r"not negative|at least one"):
        judge(**(right | wrong))
