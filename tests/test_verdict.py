"""A change in words, and how sure they are."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from simulated_clicks import WEEK, days, simulated

from bitly_data.analysis.scatter import Span
from bitly_data.analysis.verdict import (
    CLEAR,
    NEW,
    NOT_KNOWN,
    TOO_SMALL,
    TOO_UNEVEN,
    USUAL,
    History,
    Totals,
    Verdict,
    change_text,
    judge,
)

SEED = 20_260_724
# What only who asks for the method has to know; "clear" alone says neither more nor fewer.
STATISTICS = ("scatter", "interval", "evened out", "outlying", ", clear)")


def history(clicks: np.ndarray, period: int = 30, known: np.ndarray | None = None) -> History:
    """Days up to the end of a period, which is set against the one before it."""
    n = len(clicks)
    there = np.ones(n, bool) if known is None else known
    spans = Span(n - period, n), Span(n - 2 * period, n - period)
    return History(np.asarray(clicks, np.int64), there, *spans, lambda at: f"day {at}")


def judged(clicks: np.ndarray, period: int = 30) -> Verdict:
    now, before = int(clicks[-period:].sum()), int(clicks[-2 * period : -period].sum())
    return judge(Totals(now, before), history(clicks, period))


def steady(mean: float, many: int = 182) -> np.ndarray:
    """Days without a rhythm that scatter as counts do."""
    return np.random.default_rng([SEED, many]).poisson(mean, many)


def scaled(times: float, mean: float = 400.0) -> np.ndarray:
    """The same with so many times the clicks in the last 30 days."""
    rng = np.random.default_rng([SEED, 2])
    return rng.poisson(np.where(np.arange(182) < 152, mean, mean * times))


@pytest.mark.parametrize(
    ("times", "word"),
    [(1.0, USUAL), (1.4, CLEAR), (0.6, CLEAR), (0.0, CLEAR), (1.005, USUAL)],
)
def test_a_change_of_the_clicks(times: float, word: str) -> None:
    verdict = judged(scaled(times))
    assert verdict.word == word
    assert verdict.fair is not None and verdict.low is not None and verdict.high is not None
    assert verdict.low <= verdict.fair <= verdict.high
    assert (word == CLEAR) == (not verdict.low <= 0 <= verdict.high)
    assert verdict.ratio == pytest.approx(times - 1, abs=0.03)
    way = "more" if times > 1 else "fewer"
    said = f"clearly {way}" if word == CLEAR else "about as usual"
    assert verdict.text.rstrip(")").endswith(f", {said}")
    assert (verdict.words, verdict.tone) == (said, way if word == CLEAR else "usual")


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [
        (20, 0, NEW),
        (19, 0, TOO_SMALL),
        (0, 0, TOO_SMALL),
        (5, 19, TOO_SMALL),
        (50_000, 19, TOO_SMALL),
    ],
)
def test_too_few_clicks_have_a_word_and_no_number(now: int, before: int, word: str) -> None:
    verdict = judge(Totals(now, before), history(steady(5)))
    assert verdict == Verdict(None, None, None, None, word, word)
    assert (verdict.delta, verdict.words, verdict.tone) == (word, word, "")


def test_the_calendar_alone_is_no_change() -> None:
    """One identical week again and again: 30 days have more working days than the 30 before."""
    days_ = np.tile(np.round(1000 * WEEK).astype(int), 26)
    verdict = judged(days_)
    assert verdict.text == (
        f"{change_text(verdict.ratio or 0)} (weekday by weekday: no change, about as usual)"
    )
    assert verdict.ratio != pytest.approx(0, abs=0.005)
    assert verdict.fair == pytest.approx(0, abs=1e-3)
    assert verdict.delta == "like for like: no change"


def test_the_worked_example_in_words() -> None:
    t = np.arange(182)
    week = np.array([1.15, 1.2, 1.2, 1.15, 1.05, 0.65, 0.6])
    wave = 1 + 0.15 * np.sin(t**2) + 0.1 * np.sin(t / 3)
    y = np.round(200 * week[t % 7] * wave * np.where(t >= 152, 1.1, 1.0))
    y[100], y[170] = 3000, 2500
    verdict = judged(y)
    assert verdict.text == "+46 % (without day 170: +12 %, clearly more)"
    assert verdict.delta == "like for like: +12 %"
    assert (verdict.words, verdict.tone) == ("clearly more", "more")
    assert verdict.why.startswith("day 170: 2,500 clicks, ")
    assert verdict.why.endswith(" times its weekday's usual.")
    assert "day 100" not in verdict.why  # it is in neither of the two periods


def test_several_outlying_days_are_counted_and_named_behind() -> None:
    y = steady(200, 270)
    y[[200, 220, 240, 260]] = 4000
    verdict = judged(y, 90)
    assert "(without 4 peak days: " in verdict.text
    assert all(f"day {at}: 4,000 clicks, 20 times" in verdict.why for at in (200, 220, 240, 260))
    y[[200, 220]] = 200
    assert "(without day 240 and day 260: " in judged(y, 90).text


def test_what_is_left_without_outlying_days_may_be_too_little() -> None:
    y = np.zeros(182, np.int64)
    y[:] = np.random.default_rng(3).poisson(0.3, 182)
    y[130] = 60
    assert judged(y).word == TOO_SMALL


def test_days_that_follow_each_other_for_weeks_are_too_uneven() -> None:
    series, _ = simulated("AR 0.95", 2000, days(30), 20, SEED)
    words = [judged(row) for row in series]
    uneven = [verdict for verdict in words if verdict.word == TOO_UNEVEN]
    assert len(uneven) > 10
    assert all((one.low, one.high) == (None, None) for one in uneven)
    assert all(one.text.rstrip(")").endswith(", too uneven to tell") for one in uneven)
    assert all("high days for weeks" in one.why for one in uneven)
    # One that is too uneven has no colour, however large it is.
    assert {(one.words, one.tone) for one in uneven} == {("too uneven to tell", "")}


def test_the_same_change_is_clear_or_not_by_what_is_usual() -> None:
    calm = scaled(1.12)
    rng = np.random.default_rng([SEED, 5])
    wild = rng.poisson(rng.gamma(2, 200, 182))
    wild[-30:], wild[-60:-30] = calm[-30:], calm[-60:-30]
    sure, unsure = judged(calm), judged(wild)
    assert (sure.word, unsure.word) == (CLEAR, USUAL)
    assert sure.ratio == unsure.ratio


@pytest.mark.parametrize(
    ("known", "period", "text"),
    [
        (30, 7, "4 of 6 weeks"),
        (41, 7, "5 of 6 weeks"),
        (0, 7, "0 of 6 weeks"),
        (55, 28, "7 of 8 weeks"),
        (59, 30, "8 of 9 weeks"),
    ],
)
def test_too_little_history_says_how_far_it_is(known: int, period: int, text: str) -> None:
    there = np.arange(182) >= 182 - known
    verdict = judge(Totals(1380, 1000), history(steady(40), period, there))
    assert verdict.text == f"+38 %, not known yet ({text})"
    assert verdict.ratio == pytest.approx(0.38)
    assert (verdict.low, verdict.high) == (None, None)
    assert verdict.word == NOT_KNOWN
    assert "weeks of them are known" in verdict.why
    assert verdict.delta == f"not known yet ({text})"
    assert (verdict.words, verdict.tone) == (verdict.delta, "")


@pytest.mark.parametrize(("known", "is_judged"), [(41, False), (42, True)])
def test_six_weeks_are_enough_for_a_week(known: int, is_judged: bool) -> None:
    there = np.arange(182) >= 182 - known
    verdict = judge(Totals(280, 280), history(steady(40), 7, there))
    assert (verdict.word != NOT_KNOWN) == is_judged


def test_a_history_without_clicks_tells_nothing() -> None:
    assert judge(Totals(1000, 1000), history(np.zeros(182))).word == NOT_KNOWN


def test_of_a_new_link_it_says_since_when() -> None:
    there = np.arange(182) >= 152
    past = replace(history(steady(40), 7, there), begun="3 Jun 2026")
    verdict = judge(Totals(280, 280), past)
    assert verdict.word == NOT_KNOWN
    assert verdict.why.endswith(" The first click was on 3 Jun 2026.")


def test_without_a_history_the_reason_stands_behind() -> None:
    verdict = judge(Totals(1380, 1000), None, "Nobody asked.")
    assert (verdict.text, verdict.why) == ("+38 %, not known yet", "Nobody asked.")
    assert (verdict.words, verdict.delta) == ("not known yet", "not known yet")


def test_a_longer_period_is_no_growth() -> None:
    y = steady(100)
    spans = Span(151, 182), Span(121, 151)
    past = History(y, np.ones(182, bool), *spans, str)
    verdict = judge(Totals(3100, 3000, 31 / 30), past)
    assert verdict.ratio == pytest.approx(0)
    assert verdict.word == USUAL


def test_huge_counts_stay_finite_and_a_small_change_of_them_can_be_clear() -> None:
    y = np.full(182, 360_000_000)
    y[-30:] = 361_000_000
    verdict = judged(y)
    assert verdict.text == "less than 1 %, clearly more"
    assert verdict.delta == "clearly more"
    assert verdict.low is not None and verdict.high is not None and verdict.fair is not None
    assert 0 < verdict.low < verdict.fair < verdict.high < 0.01


def test_a_small_fall_of_huge_counts_is_told_by_its_words_alone() -> None:
    y = np.full(182, 361_000_000)
    y[-30:] = 360_000_000
    verdict = judged(y)
    assert verdict.text == "less than 1 %, clearly fewer"
    assert (verdict.delta, verdict.tone) == ("clearly fewer", "fewer")


def test_the_words_are_those_of_the_change_that_is_judged() -> None:
    """More clicks by one peak, and fewer without it: the number beside the word is the latter's."""
    y = np.full(182, 400)
    y[-30:], y[170] = 300, 6000
    verdict = judged(y)
    assert verdict.ratio is not None and verdict.ratio > 0
    assert verdict.text == "+23 % (without day 170: -25 %, clearly fewer)"
    assert verdict.delta == "like for like: -25 %"
    assert (verdict.words, verdict.tone) == ("clearly fewer", "fewer")


ALIKE = r"like for like: ([+-][\d,]+ %|no change|less than 1 %|nearly -100 %)"


@pytest.mark.parametrize("times", [0.4, 0.9, 1.0, 1.1, 3.0, 40.0])
@pytest.mark.parametrize("kind", ["Poisson", "NB k=1", "AR 0.95", "spikes", "launches"])
def test_no_statistics_in_what_stands_beside_a_number(kind: str, times: float) -> None:
    series, _ = simulated(kind, 200, days(30), 8, SEED)
    series[:, -30:] = series[:, -30:] * times
    for verdict in map(judged, series):
        for text in (verdict.text, verdict.words, verdict.delta):
            assert not any(one in text for one in STATISTICS), text
        assert verdict.text.rstrip(")").endswith(verdict.words)
        assert verdict.delta == verdict.words or re.fullmatch(ALIKE, verdict.delta), verdict.delta
        assert len(verdict.delta) <= 28  # a card cuts off what is longer
        assert verdict.words in (
            *("clearly more", "clearly fewer", "about as usual"),
            *("too uneven to tell", "base too small to tell"),
        )
        assert (verdict.tone in ("more", "fewer")) == (verdict.word == CLEAR)


@pytest.mark.parametrize(
    ("ratio", "sure", "text"),
    [
        (0.38, False, "+38 %"),
        (-0.12, False, "-12 %"),
        (0, False, "no change"),
        (0.004, False, "no change"),
        (-0.004, False, "no change"),
        (0.004, True, "less than 1 %"),
        (-0.004, True, "less than 1 %"),
        (12.5, False, "+1,250 %"),
        (-1, False, "-100 %"),
        (-0.999, False, "nearly -100 %"),
        (1.0, False, "+100 %"),
    ],
)
def test_a_change_in_words(ratio: float, sure: bool, text: str) -> None:
    assert change_text(ratio, sure=sure) == text


@pytest.mark.parametrize(
    "wrong", [Totals(-1, 30), Totals(30, -1), Totals(30, 30, 0), Totals(30, 30, math.inf)]
)
def test_what_cannot_be_is_refused(wrong: Totals) -> None:
    with pytest.raises(ValueError, match="not negative"):
        judge(wrong, history(steady(5)))
