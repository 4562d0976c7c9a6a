"""Another period: what a change takes, why there is none, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from support import epoch
from view_cases import NOW, YESTERDAY, answer

from bitly_data.analysis import comparison
from bitly_data.analysis.comparison import BEFORE, CHOSEN, YEAR, Against, Change
from bitly_data.analysis.verdict import CLEAR, NOT_KNOWN, Verdict
from bitly_data.errors import AccessError, AnswerError
from bitly_data.locales import locale_of
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import ClickSeries, Coverage, only_known
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL
from bitly_data.views import change
from bitly_data.views.answers import Answer, Unasked
from bitly_data.views.beginning import Beginning
from bitly_data.views.change import Compared
from bitly_data.views.values import CAPTION, Metric, Notice

WEEK = ClickQuery(units=7, until=YESTERDAY)
RUNNING = ClickQuery(units=7, until=NOW)

Value = Callable[[ClickQuery], Answer]


def each(value: int) -> Value:
    """Every bucket of every question has this many clicks."""

    def made(query: ClickQuery) -> Answer:
        count = 1 if query.rollup else query.units
        return answer(query, [value] * count, [COUNTED] * count)

    return made


def answered(
    series: ClickSeries, against: Against, value: Value
) -> tuple[dict[ClickQuery, Answer], list[list[ClickQuery]]]:
    """All that a change takes, as `value` gives it, and the rounds in which it was asked."""
    answers: dict[ClickQuery, Answer] = {}
    rounds: list[list[ClickQuery]] = []
    while wanted := [
        one for one in change.questions(series, against, answers) if one not in answers
    ]:
        rounds.append(wanted)
        answers |= {query: value(query) for query in wanted}
    return answers, rounds


def told(series: ClickSeries, against: Against = Against(), value: Value = each(40)) -> str:  # noqa: B008 - frozen
    """The sentence of a change."""
    answers, _ = answered(series, against, value)
    compared = change.compare(series, against, answers)
    return change.present(compared, against, series.query.unit).sentence.text


# -- what it takes --------------------------------------------------------------------------------


def test_a_finished_period_takes_the_other_one_and_the_history() -> None:
    _, rounds = answered(answer(WEEK, [50] * 7), Against(), each(40))
    (other,), (history,) = rounds  # how sure it is comes after by how much
    assert other == WEEK.replace(until=epoch("2026-11-02T23:59:59"))
    assert (history.unit, history.until) == ("day", YESTERDAY)


def test_a_running_period_takes_no_more_as_its_last_day_is_left_out() -> None:
    _, rounds = answered(answer(RUNNING, [50] * 7), Against(), each(40))
    (other,), (history,) = rounds
    assert other == WEEK.replace(until=epoch("2026-11-03T23:59:59"))
    assert (history.unit, history.units, history.until) == ("day", 182, YESTERDAY)


def test_a_day_that_is_not_over_takes_the_hours_up_to_now_of_both() -> None:
    _, rounds = answered(answer(RUNNING.replace(units=1), [50]), Against(), each(40))
    (_, part, other_part), (history,) = rounds
    assert (part.unit, part.units, part.rollup) == ("hour", 15, True)
    assert (other_part.unit, other_part.units) == ("hour", 15)
    assert part.until == epoch("2026-11-10T14:59:59")
    assert other_part.until == epoch("2026-11-09T14:59:59")
    assert (history.unit, history.units, history.until) == ("hour", 91 * 24, part.until)


def test_a_running_month_takes_its_days_up_to_yesterday() -> None:
    month = ClickQuery(unit="month", units=1, until=NOW)
    _, rounds = answered(answer(month, [500]), Against(), each(40))
    (_, part, other_part), (history,) = rounds
    assert (part.unit, part.units, part.rollup, part.until) == ("day", 9, True, YESTERDAY)
    assert (other_part.unit, other_part.units) == ("day", 9)
    assert (history.unit, history.units, history.until) == ("day", 182, YESTERDAY)


def test_a_total_takes_its_buckets_first() -> None:
    total = WEEK.replace(rollup=True, limit=5)
    series = answer(total, [350], [COUNTED])
    _, rounds = answered(series, Against(), each(50))
    assert rounds[0] == [WEEK]
    assert [query.rollup for query in (*rounds[1], *rounds[2])] == [False, False]
    assert told(series, value=each(50)).startswith("350 clicks against 350 in the period before")


def test_what_is_not_known_asks_for_nothing() -> None:
    assert change.questions(answer(WEEK, [0] * 7, [FAILED] * 7), Against(), {}) == []


@pytest.mark.parametrize("query", [WEEK.replace(units=ALL_TIME), WEEK.replace(limit=None)])
def test_a_total_whose_buckets_have_no_answer_asks_no_further(query: ClickQuery) -> None:
    total = query.replace(rollup=True)
    series = answer(total, [350], [COUNTED])
    if query.units == ALL_TIME:
        assert change.questions(series, Against(), {}) == []
    else:
        assert change.questions(series, Against(), {query: AnswerError("No.")}) == []


# -- why there is none ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "against", "why"),
    [
        (
            answer(WEEK.replace(units=ALL_TIME), [1, 2, 3]),
            Against(),
            "No comparison with the period before: all time has no other period.",
        ),
        (
            answer(ClickQuery(target=LINK, link="bit.ly/a", unit="minute", units=3), [1, 2, 3]),
            Against(),
            "No comparison with the period before: minutes are kept for an hour only.",
        ),
        (
            answer(WEEK, [1] * 7),
            Against(CHOSEN, epoch("2026-12-19T00:00:00")),
            "No comparison with the chosen period: the other period is not over yet.",
        ),
        (
            answer(WEEK, [1] * 7),
            Against(CHOSEN),
            "No comparison with the chosen period: no other period is chosen.",
        ),
        (
            answer(ClickQuery(unit="month", units=400, until=NOW), [1] * 400),
            Against(),
            "No comparison with the period before: the other period is not available: 400 months "
            "reach back before 1970: choose fewer.",
        ),
        (
            answer(ClickQuery(units=1, until=NOW), [1], at=epoch("2026-11-10T00:20:00")),
            Against(),
            "No comparison with the period before: the period has only begun.",
        ),
        (
            answer(WEEK, [0] * 7, [FAILED] * 7),
            Against(YEAR),
            "No comparison with the same period a year before: the period itself is not known.",
        ),
    ],
)
def test_a_period_that_cannot_be_set_against_another_says_why(
    series: ClickSeries, against: Against, why: str
) -> None:
    assert told(series, against) == why


def test_a_bucket_that_is_not_known_leaves_no_change() -> None:
    series = answer(WEEK, [50] * 7, [CAPPED] + [COUNTED] * 6)
    assert told(series) == "No comparison with the period before: some buckets are not known."


def test_a_part_that_is_not_known_leaves_no_change() -> None:
    def no_parts(query: ClickQuery) -> Answer:
        return answer(query, [0], [FAILED]) if query.rollup else each(40)(query)

    running = answer(ClickQuery(unit="month", units=1, until=NOW), [50])
    assert "some buckets are not known" in told(running, value=no_parts)


def test_an_error_of_the_other_period_is_said() -> None:
    assert told(answer(WEEK, [50] * 7), value=lambda _: AccessError("This plan has no lists.")) == (
        "No comparison with the period before: the other period is not available: This plan has no "
        "lists."
    )


def test_what_takes_many_calls_says_so_and_can_be_asked_for() -> None:
    series = answer(WEEK, [50] * 7)
    answers, ((other,),) = answered(series, Against(), lambda _: Unasked(1045))
    compared = change.compare(series, Against(), answers)
    value = change.present(compared, Against(), "day")
    assert value.sentence.text == (
        "No comparison with the period before: its numbers take 1,045 calls more."
    )
    assert value.expensive == (other,)
    assert value.metric.value == "–"
    assert value.metric.help == "Not known: its numbers take 1,045 calls more."


@pytest.mark.parametrize(
    ("past", "why", "offered"),
    [
        (Unasked(1045), "take 1,045 calls more.", True),
        (AccessError("This plan has none."), "are not available: This plan has none.", False),
    ],
)
def test_a_change_is_told_without_the_days_before(past: Answer, why: str, offered: bool) -> None:
    series = answer(WEEK, [50] * 7)
    pair = comparison.pair(series, Against())
    answers, _ = answered(
        series, Against(), lambda query: past if query == pair.history else each(40)(query)
    )
    compared = change.compare(series, Against(), answers)
    value = change.present(compared, Against(), "day")
    assert (value.metric.value, value.metric.delta) == ("+25 %", NOT_KNOWN)
    assert (value.metric.delta, value.metric.tone) == ("not known yet", "")
    assert value.sentence.text == (
        "350 clicks against 280 in the period before (Tue 27 Oct 2026 to Mon 2 Nov 2026): +25 %, "
        f"not known yet. The days before, which tell whether that is usual, {why}"
    )
    assert value.expensive == ((pair.history,) if offered else ())


def test_what_is_older_than_is_kept_is_not_offered() -> None:
    series = answer(WEEK, [50] * 7)
    answers, _ = answered(series, Against(), lambda _: Unasked(45, before_history=True))
    value = change.present(change.compare(series, Against(), answers), Against(), "day")
    assert value.sentence.text == (
        "No comparison with the period before: the other period is older than what Bitly keeps for "
        "this account."
    )
    assert value.expensive == ()


def test_a_total_whose_buckets_take_many_calls_says_so() -> None:
    series = answer(WEEK.replace(rollup=True), [350], [COUNTED])
    compared = change.compare(series, Against(), {WEEK: Unasked(45)})
    assert compared.change.why == "its numbers take 45 calls more"
    assert compared.expensive == (WEEK,)


@pytest.mark.parametrize("gap", ["ours", "theirs", "none"])
def test_what_a_log_lacks_of_one_period_is_left_out_of_both(gap: str) -> None:
    hours = np.arange(NOW // 3600 - 24 * 30, NOW // 3600 + 1)
    missing = YESTERDAY // 3600 - (24 if gap == "ours" else 24 * 8)
    log = Coverage(hours if gap == "none" else hours[hours != missing], NOW)
    series = answer(WEEK, [50] * 7, coverage=log)

    def logged(query: ClickQuery) -> Answer:
        found = each(40)(query)
        assert isinstance(found, ClickSeries)
        return only_known(replace(found, coverage=log))

    text = told(series, value=logged)
    if gap == "none":
        assert text.startswith("350 clicks against 280 in the period before")
        assert "are compared" not in text
        return
    # The day that one of them lacks is left out of both.
    assert text.startswith("300 clicks against 240 in the period before")
    assert text.endswith(
        " 6 of 7 days are compared, those that the click log has in full in both periods."
    )


# -- what is said ---------------------------------------------------------------------------------


def test_a_change_in_a_sentence() -> None:
    series = answer(WEEK, [50] * 7)
    answers, _ = answered(series, Against(), each(40))
    compared = change.compare(series, Against(), answers)
    verdict = compared.change.verdict
    assert verdict is not None and compared.other is not None
    assert (compared.change.now, compared.change.before) == (350, 280)
    value = change.present(compared, Against(), "day")
    assert (value.metric.label, value.metric.value) == ("Against the period before", "+25 %")
    assert (verdict.word, value.metric.delta) == (CLEAR, "clearly more")
    assert (value.metric.delta, value.metric.tone) == ("clearly more", "more")
    assert verdict.text == "+25 %, clearly more"
    # What only some understand stands behind the figure's "?".
    assert str(value.metric.help).startswith("350 after 280. 95 % interval: ")
    assert value.sentence == Notice(
        CAPTION,
        "350 clicks against 280 in the period before (Tue 27 Oct 2026 to Mon 2 Nov 2026): "
        f"{verdict.text}.",
    )
    assert value.told == f"Against the period before: {verdict.text}."
    assert value.expensive == ()
    assert compared.partners.tolist() == list(range(7))


@pytest.mark.parametrize("is_made", [True, False])
def test_a_link_in_its_first_weeks_has_no_verdict(is_made: bool) -> None:
    """It is falling from its launch, so it says when it was made."""

    def made(query: ClickQuery) -> Answer:
        clicks = [0] * query.units
        clicks[-20:] = [40] * min(20, query.units)
        return answer(query, clicks, [COUNTED] * query.units)

    series = answer(WEEK, [50] * 7)
    answers, _ = answered(series, Against(), made)
    since = Beginning(epoch("2026-10-19T12:00:00"), is_made=is_made)
    compared = change.compare(series, Against(), answers)
    text = change.present(compared, Against(), "day", since=since).sentence.text
    assert (
        "+25 %, not known yet (2 of 6 weeks). Whether that is usual is told by the days before. "
        in text
    )
    assert " The first click was on 21 Oct 2026." in text
    assert text.endswith(" The link was made on Mon 19 Oct 2026.") == is_made


def test_a_day_that_is_left_out_is_named() -> None:
    """One of the period's days has thirty times its clicks, in the history as well."""
    month = ClickQuery(units=30, until=YESTERDAY)
    clicks = [100] * 30
    clicks[20] = 3000

    def made(query: ClickQuery) -> Answer:
        rng = np.random.default_rng(1)
        found = rng.poisson(100, query.units)
        if query.units > 30:
            found[-30:] = clicks
        return answer(query, found.tolist(), [COUNTED] * query.units)

    series = answer(month, clicks)
    answers, _ = answered(series, Against(), made)
    value = change.present(change.compare(series, Against(), answers), Against(), "day")
    assert "(without 31 Oct 2026: " in value.sentence.text
    assert str(value.metric.delta).startswith("like for like: ")
    assert len(str(value.metric.delta)) <= 28  # a card cuts a longer one off
    assert re.search(r" Like for like: [^.]+, about as usual\. 95 % ", str(value.metric.help))
    assert str(value.metric.help).endswith(
        "31 Oct 2026: 3,000 clicks, 30 times its weekday's usual."
    )
    assert "; weekdays evened out, without outlying days." in str(value.metric.help)
    # The method stands behind the figure's "?" alone.
    for text in (value.sentence.text, value.told, value.metric.delta):
        assert not any(one in text for one in ("interval", "evened out", "outlying", "scatter"))


@pytest.mark.parametrize("tag", ["de-DE", "sv-SE", "ar-EG"])
@pytest.mark.parametrize("now", [5, 50, 5000])
def test_a_change_is_the_same_number_wherever_it_stands(tag: str, now: int) -> None:
    series, locale = answer(WEEK, [now] * 7), locale_of(tag)
    answers, _ = answered(series, Against(), each(40))
    compared = change.compare(series, Against(), answers)
    value = change.present(compared, Against(), "day", locale)
    told = f"{value.metric.value}, {value.metric.delta}."
    assert value.sentence.text.endswith(f": {told}")
    assert value.told == f"Against the period before: {told}"
    assert value.metric.delta == ("clearly more" if now > 40 else "clearly fewer")


def test_a_running_period_says_up_to_when() -> None:
    series = answer(RUNNING, [50] * 7)
    answers, _ = answered(series, Against(), each(40))
    compared = change.compare(series, Against(), answers)
    # The six days that are over, and as many of the other period.
    assert (compared.change.now, compared.change.before) == (300, 240)
    value = change.present(compared, Against(), "day")
    text = value.sentence.text
    # The number above it is that of the whole period.
    assert text.startswith(
        "300 of the 350 clicks, those up to the end of Mon 9 Nov 2026, against 240 in the period "
        "before "
    )
    assert str(value.metric.help).startswith(
        "300 after 240. Clicks up to the end of Mon 9 Nov 2026."
    )
    assert text.endswith(". Up to the last full day, against the same part of the other period.")


def test_a_day_that_is_not_over_says_up_to_which_hour() -> None:
    series = answer(RUNNING.replace(units=1), [50])
    answers, _ = answered(series, Against(), each(7))
    compared = change.compare(series, Against(), answers)
    text = change.present(compared, Against(), "day").sentence.text
    assert text.startswith("7 of the 50 clicks, those up to Tue 10 Nov 2026 15:00 +00:00, against ")
    assert text.endswith(". Up to the last full hour, against the same part of the other period.")


def test_a_running_period_that_has_no_later_clicks_is_the_same_number() -> None:
    series = answer(RUNNING, [50] * 6 + [0])
    assert told(series).startswith("300 clicks against 240 in the period before")


def test_a_running_total_is_explained_as_its_buckets_are() -> None:
    series = answer(RUNNING.replace(rollup=True), [350], [PARTIAL])

    def made(query: ClickQuery) -> Answer:
        return answer(query, [50] * 7) if query == RUNNING else each(40)(query)

    assert told(series, value=made).startswith(
        "300 of the 350 clicks, those up to the end of Mon 9 Nov"
    )


def test_uneven_lengths_are_said() -> None:
    series = answer(ClickQuery(unit="month", units=1, until=epoch("2026-10-31T00:00:00")), [310])
    text = told(series, value=each(300))
    assert text.startswith("310 clicks against 300 in the period before (Sep 2026): ")
    assert text.endswith(" 31 days against 30, so the change is that of the mean day.")


def test_a_date_without_a_partner_is_said() -> None:
    query = ClickQuery(units=6, until=epoch("2012-03-02T12:00:00"))
    text = told(answer(query, [50] * 6), Against(YEAR))
    assert "29 February 2012 has no such day to be set against." in text


def test_weekdays_that_meet_are_said() -> None:
    text = told(answer(WEEK, [50] * 7), Against(YEAR, weekdays=True))
    assert "52 weeks before, so that weekdays meet." in text


def test_no_base_has_no_interval() -> None:
    text = told(answer(WEEK, [50] * 7), value=each(0))
    assert text.startswith("350 clicks against 0 in the period before")
    assert "95 %" not in text


def test_an_interval_without_an_end_says_so() -> None:
    verdict = Verdict(0.5, 0.5, 0.1, float("inf"), CLEAR, "+50 %, clearly more")
    other = answer(WEEK, [1] * 7)
    value = change.present(Compared(Change(9, 6, verdict), other), Against(), "day")
    assert value.metric.help == "9 after 6. 95 % interval: +10 % to no end."
    assert value.metric.delta == "clearly more"
    assert value.metric.value == "+50 %"


def test_a_change_without_a_ratio_has_a_word_and_no_number() -> None:
    verdict = Verdict(None, None, None, None, "new", "new")
    value = change.present(
        Compared(Change(30, 0, verdict), answer(WEEK, [0] * 7)), Against(), "day"
    )
    assert (value.metric.value, value.metric.delta) == ("–", "new")
    assert value.metric.help == "30 after 0."


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (BEFORE, "the period before"),
        (YEAR, "the same period a year before"),
        (CHOSEN, "the chosen period"),
    ],
)
def test_the_place_that_waits_has_the_label_of_the_number(kind: str, name: str) -> None:
    against = Against(kind, epoch("2026-09-06T12:00:00"))
    assert change.name_of(against) == name
    assert change.waiting(against) == Metric(f"Against {name}", "…")
    value = change.present(Compared(Change(why="it is so")), against, "day")
    assert value.metric.label == change.waiting(against).label
    assert value.sentence == Notice(CAPTION, f"No comparison with {name}: it is so.")


def test_numbers_that_no_file_can_hold_are_left_out() -> None:
    verdict = Verdict(0.5, 0.5, None, float("inf"), CLEAR, "+50 %, clearly more")
    assert change.finite(verdict, "ratio") == 0.5
    assert change.finite(verdict, "low") is None
    assert change.finite(verdict, "high") is None
    assert change.finite(None, "ratio") is None


def test_the_span_of_a_series() -> None:
    assert change.span_text(answer(WEEK, [1] * 7), "day") == "Tue 3 Nov 2026 to Mon 9 Nov 2026"
    one = answer(WEEK.replace(units=1), [1])
    assert change.span_text(one, "day") == "Mon 9 Nov 2026"
