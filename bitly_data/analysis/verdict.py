"""A change of clicks in words: how much, and whether such periods differ by that much anyway."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bitly_data.analysis.scatter import Scatter, Span, least_history, scatter
from bitly_data.labels import percent_text

FEWEST_CLICKS = 20  # below that a total is too small a base

# What is found of a change. A reader is told so in these words, but a clear one in its direction.
CLEAR = "clear"
USUAL = "about as usual"
NEW = "new"
TOO_SMALL = "base too small to tell"
NOT_KNOWN = "not known yet"
TOO_UNEVEN = "too uneven to tell"
# Which way a change points, for its colour; of all others it is not known.
MORE, FEWER, AS_USUAL = "more", "fewer", "usual"

_WHY_UNEVEN = (
    "High days follow high days for weeks, so a period this long has no usual level to be compared "
    "with."
)
_WHY_NOT_KNOWN = (
    "Whether that is usual is told by the days before. {known} of {least} weeks of them are known."
)
# More outlying days than that are counted in the text and named behind the "?".
_NAMED = 2


@dataclass(frozen=True)
class Verdict:
    """A change and how sure it is.

    `ratio` is the change of the clicks per day as they are, and `fair` the one that is judged: with
    weekdays evened out, without outlying days; `low` and `high` are the ends of its 95 % interval.
    All are parts of the base (0.38 is 38 % more); `None` where there is none to tell, and `high` is
    `inf` where no end can be told. `word` is one of CLEAR, USUAL, NEW, TOO_SMALL, NOT_KNOWN and
    TOO_UNEVEN; `text` says it all in one line, and `why` what stands behind that, in sentences.
    `tone`, `words` and `delta` are made of these.
    """

    ratio: float | None
    fair: float | None
    low: float | None
    high: float | None
    word: str
    text: str
    why: str = ""

    @property
    def tone(self) -> str:
        """MORE or FEWER where that is clear, AS_USUAL, or nothing where it cannot be told.

        It is that of the change that is judged, so `delta` belongs beside it, not `ratio` alone.
        """
        if self.word == CLEAR and self.fair is not None:
            return MORE if self.fair > 0 else FEWER
        return AS_USUAL if self.word == USUAL else ""

    @property
    def words(self) -> str:
        """The text without its numbers: `clearly more`, `not known yet (4 of 6 weeks)`."""
        if self.word == NOT_KNOWN and self.ratio is not None:
            return self.text.removeprefix(f"{change_text(self.ratio)}, ")
        return f"clearly {self.tone}" if self.word == CLEAR else self.word

    @property
    def delta(self) -> str:
        """What stands beside the change as it is; a card has room for 28 letters.

        That is the words, or the number that they are about where it is another one.
        """
        if self.fair is None or self.text == _told(self.fair, self.words, self.word):
            return self.words
        return f"like for like: {change_text(self.fair, sure=self.word == CLEAR)}"


class Totals(NamedTuple):
    """All clicks of two periods, of which the first is `longer` times as long as the second."""

    now: int
    before: int
    longer: float = 1.0


@dataclass(frozen=True)
class History:
    """The days that two periods are judged by.

    `clicks` and `known` have a place for each day (int64[n] and bool[n]; what is not known is not
    counted), the oldest first; `now` and `before` are the periods' places. `day` names a place, and
    `begun` is the day of the first click where days without any come before it.
    """

    clicks: NDArray[np.int64]
    known: NDArray[np.bool_]
    now: Span
    before: Span
    day: Callable[[int], str]
    begun: str = ""

    @property
    def period(self) -> int:
        """How many days a period has; of two that differ the mean."""
        return round((len(self.now) + len(self.before)) / 2)


def judge(totals: Totals, history: History | None, why: str = "") -> Verdict:
    """A change in words; without a history its scatter is not known, for the reason `why`.

    Raises ValueError if a total is negative, or a length is not positive.
    """
    if min(totals.now, totals.before) < 0 or not (0 < totals.longer < math.inf):
        raise ValueError("totals are not negative, and a length is positive")
    if totals.before == 0 and totals.now >= FEWEST_CLICKS:
        return _without_ratio(NEW)
    if totals.before < FEWEST_CLICKS:
        return _without_ratio(TOO_SMALL)
    plain = totals.now / totals.before / totals.longer - 1
    if history is None:
        return _not_known(plain, "", why)
    least = least_history(history.period)
    known = int(history.known.sum())
    if known < least or not history.clicks[history.known].any():
        weeks = f"{known // 7:,} of {math.ceil(least / 7):,} weeks"
        said = _WHY_NOT_KNOWN.format(known=f"{known // 7:,}", least=f"{math.ceil(least / 7):,}")
        said += f" The first click was on {history.begun}." if history.begun else ""
        return _not_known(plain, f" ({weeks})", said)
    found = scatter(history.clicks, history.now, history.before, known=history.known)
    return _judged(totals, plain, history, found)


def _without_ratio(word: str) -> Verdict:
    return Verdict(None, None, None, None, word, word)


def _not_known(plain: float, how_far: str, why: str) -> Verdict:
    text = f"{change_text(plain)}, {NOT_KNOWN}{how_far}"
    return Verdict(plain, None, None, None, NOT_KNOWN, text, why)


def _judged(totals: Totals, plain: float, history: History, found: Scatter) -> Verdict:
    """What the scatter says of a change."""
    outlying = _outlying(history, found)
    exposure = float(found.exposure)
    now, before = (
        total - int(history.clicks[slice(*period)][found.spikes[slice(*period)]].sum())
        for total, period in ((totals.now, history.now), (totals.before, history.before))
    )
    if before < FEWEST_CLICKS:
        return _without_ratio(TOO_SMALL)
    fair = now / before / exposure - 1
    lows, highs = found.interval(now, before)
    low, high = float(lows) - 1, float(highs) - 1
    word = TOO_UNEVEN if found.uneven else USUAL if low <= 0 <= high else CLEAR
    why = [_WHY_UNEVEN] if word == TOO_UNEVEN else []
    why += [_outlying_text(at, history, found) for at in outlying]
    ends = (None, None) if word == TOO_UNEVEN else (low, high)
    verdict = Verdict(plain, fair, ends[0], ends[1], word, "", " ".join(why))
    text = told = _told(fair, verdict.words, word)
    if outlying or change_text(plain) != change_text(fair):
        text = f"{change_text(plain)} ({_what_is_left(outlying, history)}: {told})"
    return replace(verdict, text=text)


def _told(fair: float, words: str, word: str) -> str:
    # "no change, clearly more" would contradict itself where many clicks make a small one clear.
    return f"{change_text(fair, sure=word == CLEAR)}, {words}"


def _outlying(history: History, found: Scatter) -> list[int]:
    """The days of the two periods that are left out."""
    periods = (history.before, history.now)
    return [
        int(at)
        for at in np.flatnonzero(found.spikes)
        if any(period.start <= at < period.stop for period in periods)
    ]


def _what_is_left(outlying: Sequence[int], history: History) -> str:
    if not outlying:
        return "weekday by weekday"
    if len(outlying) > _NAMED:
        return f"without {len(outlying)} peak days"
    return f"without {' and '.join(history.day(at) for at in outlying)}"


def _outlying_text(at: int, history: History, found: Scatter) -> str:
    clicks, usual = int(history.clicks[at]), max(float(found.usual[at]), 1.0)
    times = f"{clicks / usual:,.0f}"
    return f"{history.day(at)}: {clicks:,} clicks, {times} times its weekday's usual."


def change_text(ratio: float, *, sure: bool = False) -> str:
    """A relative change in words: `+38 %`, `-12 %`, `no change`.

    With `sure`, a change that rounds to nothing is `less than 1 %`.
    """
    percent = f"{abs(ratio) * 100:.0f}"
    if percent == "0":
        return "less than 1 %" if sure and ratio else "no change"
    if percent == "100" and -1 < ratio < 0:
        return "nearly -100 %"  # some clicks are left
    return percent_text(ratio)
