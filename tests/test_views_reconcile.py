"""Bitly's own buckets beside the right ones: what is asked, what differs, and what is said."""

from __future__ import annotations

import numpy as np
import pytest
from support import epoch
from view_cases import NOW, V3, V4, YESTERDAY, answer, asks, of, texts

from bitly_data import buckets
from bitly_data.errors import AnswerError
from bitly_data.query import LINK, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.states import CAPPED, COUNTED
from bitly_data.views import reconcile
from bitly_data.views.values import Section

HOUR = 3600
NEW_YORK = "America/New_York"
# New York's clocks went back on 3 November 2013: the days before it are an hour off.
NOVEMBER = epoch("2013-11-05T12:00:00")
QUERY = ClickQuery(units=5, timezone=NEW_YORK, until=NOVEMBER)


def right_and_own(
    query: ClickQuery,
    ours: list[int],
    theirs: list[int],
    *,
    offset: int = -5 * HOUR,
    states: list[int] | None = None,
    at: int = NOVEMBER + 86_400,
) -> tuple[ClickSeries, ClickSeries]:
    """The right series, and that of Bitly's own buckets by one offset."""
    right = answer(query, ours, states or [COUNTED] * len(ours), at=at)
    own = right.query.replace(upstream_buckets=True, until=query.until or at)
    zone = buckets.fixed_zone(offset)
    start = buckets.SUNDAY if query.unit == "week" else query.week_start
    edges = buckets.last(
        query.units if query.rollup else len(theirs), own.until or at, query.unit, zone, start
    )
    return right, answer(
        own,
        theirs,
        [COUNTED] * len(theirs),
        at=at,
        edges=edges.tolist() if not query.rollup else edges[[0, -1]].tolist(),
        offset=offset,
    )


def presented(right: ClickSeries, own: ClickSeries, **more: object) -> Section:
    source = more.pop("source", V3)
    return reconcile.present(asks(right.query, source), of(right, own))  # type: ignore[arg-type]


def column(section: Section, name: str) -> list[object]:
    """A column of the table, oldest first."""
    assert section.table is not None
    (found,) = [one for one in section.table.columns if one.name == name]
    return list(found.values)[::-1]


# -- what is asked --------------------------------------------------------------------------------


def test_bitly_s_own_buckets_are_asked_for_at_the_moment_of_the_right_ones() -> None:
    running = QUERY.replace(until=None)
    series = answer(running, [1] * 5)
    assert reconcile.questions(asks(running), of(series)) == [
        running.replace(until=NOW, upstream_buckets=True)
    ]
    finished = QUERY.replace(until=YESTERDAY)
    assert reconcile.questions(asks(finished), of(answer(finished, [1] * 5))) == [
        finished.replace(upstream_buckets=True)
    ]


def test_minutes_always_end_now() -> None:
    query = ClickQuery(target=LINK, link="bit.ly/a", unit="minute", units=3)
    (own,) = reconcile.questions(asks(query), of(answer(query, [1, 2, 3])))
    assert own == query.replace(upstream_buckets=True)


@pytest.mark.parametrize("found", [None, AnswerError("No.")])
def test_nothing_is_asked_for_beside_what_is_not_there(found: AnswerError | None) -> None:
    assert reconcile.questions(asks(QUERY), {} if found is None else {QUERY: found}) == []


def test_buckets_that_are_bitly_s_own_stand_alone() -> None:
    series = answer(QUERY, [1] * 5, offset=0)
    assert reconcile.questions(asks(QUERY), of(series)) == []
    section = reconcile.present(asks(QUERY), of(series))
    assert texts(section.notices) == ["The buckets above are Bitly's own already."]
    assert (section.chart, section.table, section.file) == (None, None, None)


# -- what is said ---------------------------------------------------------------------------------


def test_days_that_differ_in_their_hours_and_in_their_clicks() -> None:
    right, own = right_and_own(QUERY, [10, 20, 30, 40, 50], [10, 19, 31, 40, 51])
    section = presented(right, own)
    assert section.title == "Clicks of the organization by day, right and as Bitly answers"
    assert texts(section.notices) == [
        "Bitly puts one offset, UTC-05:00, that of the moment of asking, on all buckets. 4 of 5 "
        "days differ, 3 of them in their hours: the right total is 150 clicks, Bitly answers 151."
    ]
    assert column(section, "Differs in") == [
        "hours",
        "hours and clicks",
        "hours and clicks",
        "",
        "clicks",
    ]
    assert column(section, "Right") == [10, 20, 30, 40, 50]
    assert column(section, "Bitly") == [10, 19, 31, 40, 51]
    assert column(section, "Difference") == [0, -1, 1, 0, 1]
    assert column(section, "Day")[0] == "Fri 1 Nov 2013"
    assert column(section, "Bitly's begins")[0] == "Fri 1 Nov 2013 00:00 -05:00"


def test_the_chart_marks_what_differs() -> None:
    right, own = right_and_own(QUERY, [10, 20, 30, 40, 50], [10, 19, 31, 40, 51])
    chart = presented(right, own).chart
    assert chart is not None
    assert [line.name for line in chart.lines] == ["right", "as Bitly answers"]
    (note,) = chart.notes
    assert (note.word, note.shape) == ("differs", "triangle")
    assert note.flags.tolist() == [True, True, True, False, True]
    assert chart.lines[1].labels is not None
    assert chart.lines[1].labels[0] == "Fri 1 Nov 2013 00:00 -05:00"


def test_the_file_has_both() -> None:
    right, own = right_and_own(QUERY, [1] * 5, [2] * 5)
    file = presented(right, own).file
    assert file is not None
    assert [series.name for series in file.series] == ["right", "as Bitly answers"]
    assert [series.clicks.tolist() for series in file.series] == [[1] * 5, [2] * 5]


def test_buckets_that_are_the_same_are_said_to_be_right() -> None:
    query = QUERY.replace(timezone="-5")
    right, own = right_and_own(query, [1000, 2, 3, 4, 5], [1000, 2, 3, 4, 5])
    section = presented(right, own)
    assert texts(section.notices)[0].endswith(
        "Here its days are the right ones: none of 5 differs: the right total is 1,014 clicks, "
        "Bitly answers 1,014."
    )
    assert section.chart is not None and section.chart.notes == ()
    assert column(section, "Differs in") == [""] * 5


def test_weeks_begin_on_sunday() -> None:
    query = QUERY.replace(unit="week", units=2)
    right, own = right_and_own(query, [7, 8], [6, 9])
    text = texts(presented(right, own).notices)[0]
    assert text.startswith(
        "Bitly puts one offset, UTC-05:00, that of the moment of asking, on all buckets and begins "
        "weeks on Sunday. 2 of 2 weeks differ, 2 of them in their hours"
    )


def test_an_offset_with_minutes_is_written_out() -> None:
    query = QUERY.replace(timezone="Asia/Kolkata")
    right, own = right_and_own(query, [1] * 5, [1] * 5, offset=5 * HOUR + 1800)
    assert "one offset, UTC+05:30," in texts(presented(right, own).notices)[0]


def test_a_source_that_counts_in_utc_says_so() -> None:
    right, own = right_and_own(QUERY, [1] * 5, [1] * 5, offset=0)
    text = texts(presented(right, own, source=V4).notices)[0]
    assert text.startswith("Bitly's v4 counts in UTC and takes no time zone. 5 of 5 days differ")


def test_what_is_not_known_does_not_differ() -> None:
    query = QUERY.replace(timezone="-5", limit=2)
    right, own = right_and_own(
        query, [0, 0, 0, 4, 5], [9, 9, 9, 4, 5], states=[CAPPED] * 3 + [COUNTED] * 2
    )
    section = presented(right, own)
    assert column(section, "Differs in") == ["not known"] * 3 + ["", ""]
    assert column(section, "Right") == [None] * 3 + [4, 5]
    assert column(section, "Difference") == [None] * 3 + [0, 0]
    assert texts(section.notices)[0].endswith(
        "none of 2 differs: the right total of these is 9 clicks, Bitly answers 9. 3 are not known."
    )
    assert section.chart is not None and section.chart.notes == ()


def test_where_nothing_of_both_is_known_there_is_one_sentence() -> None:
    right, own = right_and_own(QUERY, [0] * 5, [9] * 5, states=[CAPPED] * 5)
    assert texts(presented(right, own).notices) == [
        "Bitly puts one offset, UTC-05:00, that of the moment of asking, on all buckets. For no "
        "day here are both numbers known."
    ]


def test_a_bucket_that_bitly_does_not_have_has_no_number() -> None:
    right, own = right_and_own(QUERY.replace(timezone="-5"), [1, 2, 3, 4, 5], [3, 4, 5])
    section = presented(right, own)
    assert column(section, "Bitly") == [None, None, 3, 4, 5]
    assert column(section, "Differs in") == ["not known", "not known", "", "", ""]
    assert column(section, "Bitly's begins")[:2] == ["", ""]
    assert section.chart is not None
    assert np.isnan(section.chart.lines[1].values[:2]).all()


@pytest.mark.parametrize(("theirs", "words"), [(150, "the same number"), (151, "another number")])
def test_totals_are_set_side_by_side(theirs: int, words: str) -> None:
    right, own = right_and_own(QUERY.replace(rollup=True), [150], [theirs])
    section = presented(right, own)
    assert (
        f"Over the range it gives {words}: the right total is 150 clicks"
        in (texts(section.notices)[0])
    )
    assert section.chart is None
    assert (column(section, "Right"), column(section, "Bitly")) == ([150], [theirs])


def test_an_error_of_bitly_s_own_buckets_is_raised() -> None:
    right, own = right_and_own(QUERY, [1] * 5, [1] * 5)
    with pytest.raises(AnswerError, match="tired"):
        reconcile.present(
            asks(QUERY), {QUERY: right, own.query: AnswerError("The server is tired.")}
        )
