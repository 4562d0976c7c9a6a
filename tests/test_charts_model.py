"""Series to chart: labels, ticks, marks, lines, shares and the words for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from counter import database
from samples import END, NAN, chart_of, drawn, heads, new_york, series

from bitly_data.charts import model as charts
from bitly_data.charts.model import Line, Note, Stretch, line_chart, stretches
from bitly_data.charts.plotly import figure
from bitly_data.locales import locale_of
from bitly_data.series import ClickSeries, Coverage, coverage_words
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL, REBUILT


def line(values: list[float], running: list[int] = ()) -> Line:  # type: ignore[assignment]
    states = np.full(len(values), COUNTED, dtype=np.int8)
    states[list(running)] = PARTIAL
    return Line("x", np.array(values, dtype=float), states, 0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (line([1, 2, 3]), [Stretch([0, 1, 2], [1, 2, 3], False)]),
        (line([1, NAN, 3]), [Stretch([0], [1], False), Stretch([2], [3], False)]),
        (line([NAN, NAN]), []),
        (line([]), []),
        (line([1, 2, 3], [2]), [Stretch([0, 1], [1, 2], False), Stretch([1, 2], [2, 3], True)]),
        (line([1, NAN, 3], [2]), [Stretch([0], [1], False), Stretch([2], [3], True)]),
        (line([5], [0]), [Stretch([0], [5], True)]),
        (
            line([1, 2, 3, 4], [2, 3]),
            [Stretch([0, 1], [1, 2], False), Stretch([1, 2, 3], [2, 3, 4], True)],
        ),
        (line([1, 2, 3], [0]), [Stretch([0, 1], [1, 2], True), Stretch([1, 2], [2, 3], False)]),
        (
            line([1, 2, 3, 4], [0, 3]),
            [
                Stretch([0, 1], [1, 2], True),
                Stretch([1, 2], [2, 3], False),
                Stretch([2, 3], [3, 4], True),
            ],
        ),
    ],
)
def test_a_line_as_strokes(given: Line, expected: list[Stretch]) -> None:
    assert stretches(given) == expected


def test_a_chart_holds_what_a_reader_sees() -> None:
    chart = chart_of(series([4, 0, 9]))
    assert chart.labels == ("Sat 2 Nov 2024", "Sun 3 Nov 2024", "Mon 4 Nov 2024")
    assert chart.subtitle == (
        "Sat 2 Nov 2024 to Mon 4 Nov 2024 · Europe/Tallinn · demo data · "
        f"time zones {database()[0]}"
    )
    assert chart.ticks == ((0, "Sat 2\nNov"), (1, "Sun 3"), (2, "Mon 4"))
    assert [item.values.tolist() for item in chart.lines] == [[4, 0, 9]]
    assert "UTC-05:00" in chart_of(series([1], timezone="-5")).subtitle


def test_ticks_are_few_and_carry_the_year_where_it_changes() -> None:
    chart = chart_of(series([1] * 400))
    assert len(chart.ticks) <= charts.MOST_TICKS
    assert [text for _, text in chart.ticks if "202" in text] == ["Nov\n2023", "Jan\n2024"]
    assert [at for at, _ in chart.ticks] == sorted({at for at, _ in chart.ticks})


def test_a_repeated_hour_is_two_points() -> None:
    end = int(datetime(2024, 11, 3, 7, 30, tzinfo=UTC).timestamp())
    chart = chart_of(series([1, 2, 3, 4], unit="hour", timezone="America/New_York", end=end))
    assert chart.labels == (
        "Sun 3 Nov 2024 00:00 -04:00",
        "Sun 3 Nov 2024 01:00 -04:00",
        "Sun 3 Nov 2024 01:00 -05:00",
        "Sun 3 Nov 2024 02:00 -05:00",
    )
    (trace,) = drawn(chart)
    assert trace["x"][:4] == [0, 1, 2, 3]
    assert heads(chart) == [f"<b>{label}</b>" for label in chart.labels]


def test_ticks_of_hours_carry_the_offset_where_it_changes() -> None:
    across = chart_of(new_york([1] * 7, "hour", "2024-11-03T08:30:00Z"))
    assert [text.split("\n") for _, text in across.ticks][1:4] == [
        ["23:00", "-04:00"],
        ["00:00", "3 Nov", "-04:00"],
        ["01:00", "-04:00"],
    ]
    assert [text.split("\n") for _, text in across.ticks][4] == ["01:00", "-05:00"]
    assert across.marks == ((4, "UTC-05:00"),)
    calm = chart_of(new_york([1] * 7, "hour", "2024-11-10T08:30:00Z"))
    assert "-05:00" not in calm.ticks[0][1]
    assert calm.marks == ()


def test_the_hour_that_a_change_cuts_is_marked() -> None:
    end = int(datetime(2013, 10, 5, 16, 30, tzinfo=UTC).timestamp())
    chart = chart_of(series([1, 2, 3], unit="hour", timezone="Australia/Lord_Howe", end=end))
    assert chart.marks == ((1, "UTC+11:00, 30 min"),)
    assert chart.label(chart.lines[0], 1) == "Sun 6 Oct 2013 02:30 +11:00 (30 min)"


def test_what_was_rebuilt_is_marked_also_on_a_long_line() -> None:
    states = [COUNTED] * 100 + [REBUILT] * 100 + [COUNTED] * 100 + [REBUILT]
    chart = chart_of(series([5] * 301, states, timezone="UTC"))
    marked = np.flatnonzero(chart.lines[0].marked)
    assert {100, 199, 300} <= set(marked.tolist())
    assert set(np.array(states)[marked].tolist()) == {REBUILT}
    assert len(marked) < charts.MOST_MARKERS
    (trace,) = drawn(chart)
    assert [
        at for at, size in zip(trace["x"], trace["marker"]["size"], strict=True) if size
    ] == marked.tolist()


def test_unknown_buckets_of_a_long_line_have_one_sign_a_run() -> None:
    states = [CAPPED] * 200 + [COUNTED] * 50 + [FAILED] * 3 + [COUNTED] * 50
    chart = chart_of(series([1] * 303, states, timezone="UTC"))
    assert charts.unknown_places(chart.lines[0]) == {"capped": [99], "failed": [251]}


def test_each_lower_bound_of_a_long_line_has_its_sign_and_they_stay_apart() -> None:
    states, bounds = [CAPPED] * 200 + [COUNTED] * 50, [*range(150), *[-1] * 100]
    line = chart_of(series([1] * 250, states, timezone="UTC", at_least=bounds)).lines[0]
    assert charts.bounded_places(line) == {"capped": list(range(150))}
    assert charts.unknown_places(line) == {"capped": [174]}
    few = chart_of(series([1, 2], [CAPPED, COUNTED], at_least=[3, -1])).lines[0]
    assert charts.bound_scale(line) < charts.bound_scale(few) == 1
    assert charts.highest(chart_of(series([0, 2], [CAPPED, COUNTED], at_least=[30, -1]))) == 30


def test_the_key_tells_lower_bounds_from_what_is_not_known_at_all() -> None:
    chart = chart_of(series([0, 0, 9], [CAPPED, CAPPED, COUNTED], at_least=[-1, 5, -1]))
    assert chart.key == "● counted · □ cut off by the limit · □ at least this many clicks"


def test_a_lower_bound_has_a_share_as_well() -> None:
    one = series([0, 2], [CAPPED, COUNTED], at_least=[5, -1], at_most=[30, -1])
    shares = charts.share_chart(chart_of(one), np.array([20.0, 4.0]))
    line = shares.lines[0]
    assert (line.at_least[0], line.at_most[0], line.values[1]) == (25, 100, 50)
    assert shares.bounds_text(line, 0) == "at least 25 %, at most 100 %"
    many = series([0, 2], [CAPPED, COUNTED], at_least=[5000, -1])
    german = charts.line_chart([many], "Clicks", "", locale=locale_of("de-DE"))
    assert german.bounds_text(german.lines[0], 0) == "at least 5.000"
    assert "at least 5.002 clicks" in german.alt
    only = chart_of(series([0, 0], [CAPPED, CAPPED], at_least=[5, 1]))
    assert "at least 25 % on average" in charts.share_chart(only, np.array([20.0, 4.0])).alt


def test_bounds_of_another_period_move_with_their_buckets() -> None:
    other = series([0, 8], [CAPPED, COUNTED], at_least=[5, -1], at_most=[9, -1])
    line = charts.placed(charts.line_of(other, 1), np.array([-1, 0, 1]), ["a", "b"])
    assert np.nan_to_num(line.at_least, nan=-1).tolist() == [-1, 5, -1]
    assert np.nan_to_num(line.at_most, nan=-1).tolist() == [-1, 9, -1]


def test_a_line_of_other_buckets_stands_beside_by_its_places() -> None:
    main, other = series([1, 2, 3]), series([7, 8], name="other", end=END - 30 * 86_400)
    line = charts.placed(charts.line_of(other, 1), np.array([0, -1, 1]), ["a", "b"])
    chart = chart_of(main, more=[line])
    assert [item.name for item in chart.lines] == ["organization", "other"]
    assert chart.lines[1].values.tolist() == pytest.approx([7, NAN, 8], nan_ok=True)
    trace = drawn(chart)[1]
    assert [
        (at, text)
        for at, text in zip(trace["x"], trace["customdata"], strict=True)
        if at is not None
    ] == [(0, "<b>7</b>  a"), (2, "<b>8</b>  b")]
    assert "not known" not in chart.key


def test_the_words_for_those_who_do_not_see_it() -> None:
    chart = chart_of(
        series([1, 2, 4, 8], name="a.example"), series([8, 1200, 2, 1], name="b.example")
    )
    assert chart.alt == (
        "Clicks of the organization by day. "
        "a.example: 15 clicks, peak 8 at Mon 4 Nov 2024. "
        "b.example: 1,211 clicks, peak 1,200 at Sat 2 Nov 2024."
    )
    # Whether that is more or less than usual only a comparison tells, and the page adds it.
    assert not {"rising", "falling", "level", "trend"} & set(chart.alt.replace(",", " ").split())


def test_shares_are_of_the_whole() -> None:
    chart = chart_of(series([1, 0, 3], name="a"), series([3, 0, 3], name="b"))
    shares = charts.share_chart(chart, np.array([4.0, 0.0, 5.0]))
    assert shares.lines[0].values.tolist() == pytest.approx([25, NAN, 60], nan_ok=True)
    assert shares.lines[1].values.tolist() == pytest.approx([75, NAN, 60], nan_ok=True)
    assert shares.percent
    assert shares.title == "Clicks of the organization by day, share of their total"
    assert all(text.endswith(" %") for text in figure(shares).layout.yaxis.ticktext)
    assert drawn(shares)[0]["customdata"][0] == "<b>25 %</b>"
    assert shares.alt == (
        "Clicks of the organization by day, share of their total. "
        "a: 42 % on average, peak 60 % at Mon 4 Nov 2024. "
        "b: 68 % on average, peak 75 % at Sat 2 Nov 2024."
    )
    unknown = charts.share_chart(chart, np.array([4.0, NAN, 5.0]))
    assert np.isnan(unknown.lines[0].values[1])


def test_no_series_makes_an_empty_chart() -> None:
    chart = line_chart([], "Nothing", "demo data")
    assert chart.subtitle == "UTC · demo data"
    assert (chart.labels, chart.lines, chart.ticks) == ((), (), ())
    assert len(figure(chart).data) == 0


def test_series_of_different_zones_share_no_chart() -> None:
    with pytest.raises(ValueError, match="zones"):
        chart_of(series([1]), series([1], timezone="UTC"))


def test_buckets_of_one_offset_are_named_by_it_if_all_lines_share_it() -> None:
    def by_offset(offset: int | None, name: str) -> ClickSeries:
        plain = series([1, 2], unit="hour", name=name)
        return replace(plain, provenance=replace(plain.provenance, offset=offset))

    own = chart_of(by_offset(-18_000, "a"), by_offset(-18_000, "b"))
    assert own.labels[1] == "Mon 4 Nov 2024 07:00 -05:00"
    assert "Europe/Tallinn, all by UTC-05:00" in own.subtitle
    mixed = chart_of(by_offset(-18_000, "a"), by_offset(None, "b"))
    assert mixed.labels[1] == "Mon 4 Nov 2024 14:00 +02:00"
    assert "all by" not in mixed.subtitle


def test_two_series_of_one_name_are_two_lines() -> None:
    chart = chart_of(series([1, 2]), series([3, 4]))
    assert [item.values.tolist() for item in chart.lines] == [[1, 2], [3, 4]]
    assert chart.alt.count("organization: ") == 2


def test_a_line_takes_another_name_where_it_is_given_one() -> None:
    shown = charts.line_of(series([4, 7], [COUNTED, CAPPED]), 3, "as Bitly answers")
    assert (shown.name, shown.style) == ("as Bitly answers", 3)
    assert shown.values.tolist() == pytest.approx([4, NAN], nan_ok=True)
    assert charts.line_of(series([4]), 0).name == "organization"


def test_what_a_chart_holds_cannot_be_changed() -> None:
    flags = np.array([True, False])
    chart = chart_of(
        series([1, 2]),
        notes=[Note("x", flags, "band")],
        more=[charts.placed(charts.line_of(series([5]), 1), np.array([0, -1]), ["a"])],
    )
    shares = charts.share_chart(chart, np.array([4.0, 5.0]))
    for item in (*chart.lines, *shares.lines):
        for numbers in (item.values, item.states):
            with pytest.raises(ValueError, match="read-only"):
                numbers[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        chart.notes[0].flags[0] = False


def test_what_a_click_log_does_not_cover_is_a_note_of_the_chart() -> None:
    plain = series([1, 2, 3], timezone="UTC")
    assert charts.coverage_notes(plain) == []
    first, second, _ = (plain.edges[:-1] // 3600).tolist()
    hours = np.array([*range(first, second), second + 5], dtype=np.int64)
    covered = replace(plain, coverage=Coverage(hours, END))
    partly, not_at_all = charts.coverage_notes(covered)
    assert (partly.word, partly.shape) == ("partly in the log", "stroke")
    assert partly.flags.tolist() == [False, True, False]
    assert (not_at_all.word, not_at_all.shape) == ("not in the log", "band")
    assert not_at_all.flags.tolist() == [False, False, True]
    assert coverage_words(covered) == ["", "1 of 24 hours in the log", "not in the log"]
    assert [note.word for note in chart_of(covered, notes=[partly, not_at_all]).notes] == [
        "partly in the log",
        "not in the log",
    ]
