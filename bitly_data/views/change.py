"""Is it more than in another period? The change of a series, how sure it is, and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.analysis import comparison
from bitly_data.analysis.comparison import BEFORE, YEAR, Against, Change, NotComparableError, Pair
from bitly_data.analysis.verdict import FEWER, MORE, NEW, NOT_KNOWN, Verdict
from bitly_data.errors import BitlyError
from bitly_data.labels import bucket_label, count_text, percent_text
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.views.answers import Answers, Unasked, is_answered, series_of
from bitly_data.views.beginning import Beginning
from bitly_data.views.trend import trend
from bitly_data.views.values import CAPTION, UNKNOWN_TEXT, WAITING_TEXT, Metric, Notice

# By its step in months and days, what comes before a period of the calendar.
_BEFORE = {(-1, 0): "month", (-3, 0): "quarter", (-12, 0): "year", (0, -7): "week", (0, -1): "day"}
# Two changes that differ by less are the same to a reader: five points of a hundred.
_NEAR = 0.05
# The label where there is little room: against what stands in the sentence below the chart.
SHORT = "Change"
NAMES = {BEFORE: "the period before", YEAR: "the same period a year before"}
_DAYS_BEFORE = "The days before, which tell whether that is usual,"


@dataclass(frozen=True)
class Compared:
    """A change, and the series of the other period where there is one.

    `partners`: int64[n], for each bucket that of the other period, -1 where there is none.
    `expensive`: the questions that were not asked for it, as they take many calls. `total` are all
    clicks of the period and `cut` is up to when those count that are compared, where these are
    fewer.
    """

    change: Change
    other: ClickSeries | None = None
    partners: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    expensive: tuple[ClickQuery, ...] = ()
    total: int | None = None
    cut: str = ""


@dataclass(frozen=True)
class ChangeValue:
    """A change as a number, with what it is made of, and in words.

    `told`: the same in a few words, for people who do not see the chart.
    """

    metric: Metric
    sentence: Notice
    expensive: tuple[ClickQuery, ...] = ()
    told: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the change is known, and only how sure it is was not asked for."""
        return bool(self.told)


def questions(series: ClickSeries, against: Against, answers: Answers) -> list[ClickQuery]:
    """What a comparison takes beside the series: its buckets, if it is a total, then the rest."""
    if not series.known.any():
        return []
    if _lacks_buckets(series):
        in_buckets = _in_buckets(series.query)
        if in_buckets not in answers:
            return [in_buckets]
        try:
            series = series_of(answers, in_buckets)
        except BitlyError:
            return []
    try:
        pair = comparison.pair(series, against)
    except (NotComparableError, BitlyError):
        return []
    # How sure the change is may take more calls than the change itself, and is asked for after it.
    is_told = all(is_answered(answers.get(query)) for query in pair.totals)
    return list(dict.fromkeys([*pair.totals, *(pair.past if is_told else ())]))


def compare(series: ClickSeries, against: Against, answers: Answers) -> Compared:
    """The change against another period, or why there is none."""
    if not series.known.any():
        return Compared(Change(why="the period itself is not known"))
    try:
        if _lacks_buckets(series):
            in_buckets = _in_buckets(series.query)
            if unasked := _unasked([in_buckets], in_buckets, answers):
                return unasked
            series = series_of(answers, in_buckets)
        pair = comparison.pair(series, against)
        return _unasked(pair.totals, pair.other, answers) or _compare(series, pair, answers)
    except NotComparableError as problem:
        return Compared(Change(why=str(problem)))
    except BitlyError as problem:
        why = problem.user_message.removesuffix(".")
        return Compared(Change(why=f"the other period is not available: {why}"))


def _compare(series: ClickSeries, pair: Pair, answers: Answers) -> Compared:
    other = series_of(answers, pair.other)
    partners = np.array(pair.partners)
    parts = _part(pair.part, answers), _part(pair.other_part, answers)
    if not (_is_covered(series, pair.cut) and _is_covered(other, pair.other_cut)):
        parts = None, None  # what the log has of both is found bucket by bucket
    past, why, expensive = _past(pair, answers)
    change = comparison.change(series, other, parts, past, pair, why)
    total = series.total.clicks
    if pair.cut >= series.edges[-1] or series.total.unknown or change.now == total:
        return Compared(change, other, partners, expensive)
    # The number above is that of the whole period, so it is said why this one is another.
    return Compared(change, other, partners, expensive, total=total, cut=_cut_text(series, pair))


def _cut_text(series: ClickSeries, pair: Pair) -> str:
    """Up to when clicks are compared, of a period that is still running."""
    if pair.grain == "hour":
        return bucket_label(buckets.local(pair.cut, series.zone), "hour")
    return f"the end of {bucket_label(buckets.local(pair.cut - 1, series.zone), 'day')}"


def _past(pair: Pair, answers: Answers) -> tuple[list[ClickSeries], str, tuple[ClickQuery, ...]]:
    """The days before, as far as there are answers; without them why, and what could be asked."""
    unasked = [one for query in pair.past if isinstance(one := answers.get(query), Unasked)]
    if unasked:
        why = f"{_DAYS_BEFORE} take {unasked[0].calls:,} calls more."
        return [], why, tuple(pair.past)
    try:
        return [series_of(answers, query) for query in pair.past], "", ()
    except BitlyError as problem:
        return [], f"{_DAYS_BEFORE} are not available: {problem.user_message}", ()


def _unasked(queries: list[ClickQuery], main: ClickQuery, answers: Answers) -> Compared | None:
    """What stands for a change whose numbers take many calls that nobody has asked for.

    They are not offered where the `main` one of them, the other period, is older than what is kept.
    """
    found = [answer for query in queries if isinstance(answer := answers.get(query), Unasked)]
    if not found:
        return None
    of_main = answers.get(main)
    if isinstance(of_main, Unasked) and of_main.before_history:
        return Compared(
            Change(why="the other period is older than what Bitly keeps for this account")
        )
    return Compared(
        Change(why=f"its numbers take {found[0].calls:,} calls more"), expensive=tuple(queries)
    )


def _lacks_buckets(series: ClickSeries) -> bool:
    """Whether a total must be asked for in buckets to be compared; all time is not compared."""
    return series.query.rollup and series.query.units != ALL_TIME


def _in_buckets(query: ClickQuery) -> ClickQuery:
    return query.replace(rollup=False, limit=None)


def _part(query: ClickQuery | None, answers: Answers) -> int | None:
    if query is None:
        return 0
    part = series_of(answers, query)
    return int(part.clicks[0]) if part.known.all() else None


def _is_covered(series: ClickSeries, cut: int) -> bool:
    """Whether a click log, if it is one, has lines of every hour up to the cut."""
    if series.coverage is None:
        return True
    return series.coverage.covers(series.edges.clip(max=cut))


def name_of(against: Against) -> str:
    """The other period in words."""
    step = (against.months, against.days)
    if against.kind == BEFORE and not against.weekdays and step in _BEFORE:
        return f"the {_BEFORE[step]} before"
    return NAMES.get(against.kind, "the chosen period")


def waiting(against: Against) -> Metric:
    """The metric without its number, so that nothing moves when that comes."""
    return Metric(_label(against), WAITING_TEXT, short=SHORT)


def present(
    compared: Compared,
    against: Against,
    unit: str,
    locale: Locale = ENGLISH,
    since: Beginning | None = None,
) -> ChangeValue:
    """The change as a number, with what it is made of, and in words; `since`: when a link began."""
    text = _sentence(compared, against, unit, locale)
    verdict = compared.change.verdict
    if verdict is not None and verdict.word == NOT_KNOWN and since is not None and since.is_made:
        made = bucket_label(buckets.local(since.at, buckets.zone("UTC")), "day", locale)
        text += f" The link was made on {made}."
    return ChangeValue(
        _metric(compared, against, locale),
        Notice(CAPTION, text),
        compared.expensive,
        _told(compared, against, locale),
    )


def _label(against: Against) -> str:
    return f"Against {name_of(against)}"


def _metric(compared: Compared, against: Against, locale: Locale) -> Metric:
    change, verdict = compared.change, compared.change.verdict
    if verdict is None:
        why = locale.text(f"Not known: {change.why}.")
        return Metric(_label(against), UNKNOWN_TEXT, help=why, short=SHORT)
    told = f"{count_text(change.now or 0, locale)} after {count_text(change.before or 0, locale)}."
    cut = f"Clicks up to {compared.cut}." if compared.cut else ""
    pill = _pill(verdict)
    alike = f"L{pill[1:]}, {verdict.words}." if pill not in verdict.words else ""
    return Metric(
        _label(against),
        percent_text(verdict.ratio, locale) if verdict.ratio is not None else UNKNOWN_TEXT,
        help=" ".join(
            filter(
                None,
                (
                    told,
                    locale.text(cut),
                    locale.text(alike),
                    _interval_text(verdict, locale),
                    locale.text(verdict.why),
                ),
            )
        ),
        delta=locale.text(pill),
        tone=verdict.tone,
        trend=() if compared.other is None else trend(compared.other),
        short=SHORT,
    )


def _pill(verdict: Verdict) -> str:
    """What stands beside a change: its words, or the number that they are about where a reader
    would take them to be about another one.
    """
    if verdict.fair is None or verdict.ratio is None:
        return verdict.words.partition(" (")[0]  # how many weeks are known stands behind the "?"
    is_near = abs(verdict.fair - verdict.ratio) <= _NEAR
    points_back = verdict.tone in (MORE, FEWER) and verdict.fair * verdict.ratio < 0
    return verdict.words if is_near and not points_back else verdict.delta


def _interval_text(verdict: Verdict, locale: Locale) -> str:
    """Between what the change lies, for those who know what that means."""
    if verdict.low is None or verdict.high is None:
        return ""
    high = percent_text(verdict.high, locale) if math.isfinite(verdict.high) else "no end"
    of = "" if verdict.fair == verdict.ratio else "; weekdays evened out, without outlying days"
    return f"95 % interval: {percent_text(verdict.low, locale)} to {high}{of}."


def _sentence(compared: Compared, against: Against, unit: str, locale: Locale) -> str:
    """From what to what, how sure, and what the calendar made uneven."""
    change, other = compared.change, compared.other
    if change.verdict is None or other is None:
        return locale.text(f"No comparison with {name_of(against)}: {change.why}.")
    verdict = change.verdict
    text = (
        f"{_now_text(compared, locale)} against {count_text(change.before or 0, locale)} in "
        f"{name_of(against)} ({span_text(other, unit, locale)}): {locale.text(verdict.text)}"
    )
    notes = [f"{note[:1].upper()}{note[1:]}." for note in change.notes]
    if verdict.word == NOT_KNOWN and verdict.why:
        notes.insert(0, verdict.why)
    return " ".join([f"{text}.", *(locale.text(note) for note in notes)])


def _told(compared: Compared, against: Against, locale: Locale) -> str:
    verdict = compared.change.verdict
    if verdict is None or verdict.ratio is None:
        return ""
    return f"Against {name_of(against)}: {locale.text(verdict.text)}."


def _now_text(compared: Compared, locale: Locale) -> str:
    """The clicks that are compared; where they are not all of the period, which ones."""
    now = count_text(compared.change.now or 0, locale)
    if compared.total is None:
        return f"{now} clicks"
    total, cut = count_text(compared.total, locale), locale.text(compared.cut)
    return f"{now} of the {total} clicks, those up to {cut},"


def why_without_number(compared: Compared) -> str:
    """Why a table has no number for a change; empty where it has one, or says "new"."""
    verdict = compared.change.verdict
    if verdict is None:
        return compared.change.why
    return verdict.words if verdict.ratio is None and verdict.word != NEW else ""


def percent_of(verdict: Verdict | None) -> float | None:
    """The change as a number for a table [per cent]: `inf` from nothing, `None` where unknown."""
    if verdict is None:
        return None
    if verdict.ratio is None:
        return math.inf if verdict.word == NEW else None
    return verdict.ratio * 100


def finite(verdict: Verdict | None, name: str) -> float | None:
    """A number of a verdict, where there is one that a file can hold."""
    value = getattr(verdict, name, None)
    return value if value is not None and math.isfinite(value) else None


def span_text(series: ClickSeries, unit: str, locale: Locale = ENGLISH) -> str:
    """The first and the last bucket of a series."""
    first, last = (
        bucket_label(buckets.local(int(at), series.zone), unit, locale)
        for at in (series.edges[0], series.edges[-2])
    )
    return first if first == last else f"{first} to {last}"
