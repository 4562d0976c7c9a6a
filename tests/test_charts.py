"""Charts: what a reader sees of a frame, on the page and in a picture file."""

from __future__ import annotations

import html
import struct
from datetime import UTC, datetime
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from bitly_data import buckets
from bitly_data.charts import model as charts
from bitly_data.charts.model import Chart, Line, Note, Stretch, line_chart, stretches
from bitly_data.charts.picture import to_picture
from bitly_data.charts.plotly import figure
from bitly_data.frames import to_frame
from bitly_data.query import ClickQuery
from bitly_data.series import (
    CAPPED,
    COUNTED,
    FAILED,
    OUTSIDE_WINDOW,
    PARTIAL,
    REBUILT,
    STATES,
    ClickSeries,
    Provenance,
)

END = int(datetime(2024, 11, 4, 12, tzinfo=UTC).timestamp())
SVG = "{http://www.w3.org/2000/svg}"


def series(
    clicks: list[int],
    states: list[int] | None = None,
    *,
    name: str = "organization",
    unit: str = "day",
    timezone: str = "Europe/Tallinn",
    end: int = END,
) -> ClickSeries:
    edges = buckets.last(len(clicks), end, unit, buckets.zone(timezone))
    query = ClickQuery(unit=unit, units=len(clicks), timezone=timezone, until=end)
    return ClickSeries(
        query,
        name,
        edges,
        np.array(clicks, dtype=np.int64),
        np.array(states or [COUNTED] * len(clicks), dtype=np.int8),
        Provenance("v3", "account", (), end, 1),
    )


def chart_of(
    *many: ClickSeries, title: str = "Clicks of the organization by day", **more: object
) -> Chart:
    return line_chart(to_frame(list(many)), many[0].query.unit, title, "demo data", **more)  # type: ignore[arg-type]


def drawn(chart: Chart, *, dark: bool = False) -> list[dict]:
    """The traces of the figure, as plain values."""
    return figure(chart, dark=dark).to_plotly_json()["data"]


def line(values: list[float], running: list[int] = ()) -> Line:  # type: ignore[assignment]
    states = np.full(len(values), COUNTED, dtype=np.int8)
    states[list(running)] = PARTIAL
    return Line("x", np.array(values, dtype=float), states, 0)


NAN = float("nan")


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
    assert chart.subtitle == "Sat 2 Nov 2024 to Mon 4 Nov 2024 · Europe/Tallinn · demo data"
    assert chart.ticks == ((0, "2 Nov"), (1, "3 Nov"), (2, "4 Nov"))
    assert [item.values.tolist() for item in chart.lines] == [[4, 0, 9]]
    assert "UTC-05:00" in chart_of(series([1], timezone="-5")).subtitle


def test_ticks_are_few_and_carry_the_year_where_it_changes() -> None:
    chart = chart_of(series([1] * 400))
    assert len(chart.ticks) <= charts.MOST_TICKS
    assert all("202" in text for _, text in chart.ticks)
    assert [at for at, _ in chart.ticks] == sorted({at for at, _ in chart.ticks})


def test_the_running_bucket_is_dotted() -> None:
    chart = chart_of(series([4, 6, 1], [COUNTED, COUNTED, PARTIAL]))
    assert chart.key == "● counted · ○ dotted: still filling"
    solid, dotted = drawn(chart)
    assert [at for at in solid["x"] if at is not None] == [0, 1]
    assert solid["line"]["dash"] != "dot"
    assert (dotted["x"], dotted["y"], dotted["line"]["dash"]) == ([1, 2], [6, 1], "dot")
    assert dotted["customdata"] == ["Sun 3 Nov 2024", "Mon 4 Nov 2024 (still filling)"]
    assert dotted["showlegend"] is False
    assert chart_of(series([4, 6, 1])).key == ""


def test_no_finished_line_is_dotted() -> None:
    chart = chart_of(*(series([1, 2], name=f"d{index}.example") for index in range(50)))
    looks = [(trace["line"]["color"], trace["line"]["dash"]) for trace in drawn(chart)]
    assert "dot" not in {dash for _, dash in looks}
    assert len(set(looks)) == 50  # as many domains as an address holds
    assert len({color for color, _ in looks[:10]}) == 10
    assert len({dash for _, dash in looks}) == len(charts.DASHES)


@pytest.mark.parametrize("state", [CAPPED, OUTSIDE_WINDOW, FAILED])
def test_an_unknown_bucket_is_a_gap_and_a_sign_on_the_axis(state: int) -> None:
    chart = chart_of(series([4, 7, 9], [COUNTED, state, COUNTED]))
    assert np.isnan(chart.lines[0].values).tolist() == [False, True, False]
    trace, sign = drawn(chart)
    words = charts.STATE_WORDS[STATES[state]]
    assert (sign["x"], sign["y"], sign["mode"]) == ([1], [0], "markers")
    assert words in sign["hovertemplate"]
    assert chart.key == f"● counted · {charts.SIGNS[STATES[state]]} {words}"
    assert words in " ".join(svg_texts(to_picture(chart, "svg")))
    assert [at for at in trace["x"] if at is not None] == [0, 2]
    assert None in trace["x"][1:2]
    assert not trace["connectgaps"]
    assert "13 clicks in 2 of 3 buckets" in chart.alt


def test_zero_is_a_point_and_not_a_gap() -> None:
    (trace,) = drawn(chart_of(series([0, 0, 0])))
    assert trace["y"][:3] == [0, 0, 0]


def test_nothing_known_draws_nothing_and_breaks_nothing() -> None:
    chart = chart_of(series([0, 0], [FAILED, FAILED]))
    assert chart.alt.endswith("organization: not known.")
    line, sign = drawn(chart)
    assert not list(filter(None, line["x"]))
    assert (sign["x"], sign["y"]) == ([0, 1], [0, 0])
    assert to_picture(chart, "png").startswith(b"\x89PNG")


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
    assert trace["customdata"][:4] == list(chart.labels)


def new_york(
    clicks: list[int], unit: str, end: str, states: list[int] | None = None
) -> ClickSeries:
    return series(
        clicks,
        states,
        unit=unit,
        timezone="America/New_York",
        end=int(datetime.fromisoformat(end).timestamp()),
    )


@pytest.mark.parametrize(
    ("zone", "end", "words"),
    [
        ("America/New_York", "2024-11-04T12:00:00Z", "25 h"),
        ("America/New_York", "2024-03-11T12:00:00Z", "23 h"),
        ("Australia/Lord_Howe", "2013-04-08T01:00:00Z", "24.5 h"),
        ("Australia/Lord_Howe", "2013-10-07T01:00:00Z", "23.5 h"),
        ("Antarctica/Troll", "2013-04-01T12:00:00Z", "22 h"),
        ("Antarctica/Troll", "2013-10-28T12:00:00Z", "26 h"),
    ],
)
def test_a_day_that_has_not_24_hours_is_marked(zone: str, end: str, words: str) -> None:
    chart = chart_of(
        series([1, 2, 3], timezone=zone, end=int(datetime.fromisoformat(end).timestamp()))
    )
    assert chart.marks == ((1, words),)
    assert chart.alt.endswith(f"Marked: {chart.labels[1]} {words}.")
    result = figure(chart)
    assert [(note.text, note.x) for note in result.layout.annotations] == [(words, 1)]
    assert [(shape.type, shape.x0, shape.x1) for shape in result.layout.shapes] == [("line", 1, 1)]
    assert drawn(chart)[0]["customdata"][1] == f"{chart.labels[1]} ({words})"
    assert words in svg_texts(to_picture(chart, "svg"))
    assert chart_of(series([1, 2, 3], timezone="UTC")).marks == ()


def test_panels_carry_the_marks_each() -> None:
    chart = charts.panel_chart(
        chart_of(*(series([1, 2, 3], name=name, timezone="America/New_York") for name in "abc"))
    )
    result = figure(chart)
    assert [note.text for note in result.layout.annotations].count("25 h") == 3
    assert {(shape.xref, shape.yref) for shape in result.layout.shapes} == {
        ("x", "y domain"),
        ("x2", "y2 domain"),
        ("x3", "y3 domain"),
    }


def test_marks_that_have_no_room_keep_their_line() -> None:
    chart = chart_of(series([1] * 4000, timezone="America/New_York"))
    assert len(chart.marks) == 22
    texts = [text for _, text in charts.mark_texts(chart) if text]
    assert 1 <= len(texts) <= charts.MOST_MARK_TEXTS
    assert len(figure(chart).layout.shapes) == 22


def test_ticks_of_hours_carry_the_offset_where_it_changes() -> None:
    across = chart_of(new_york([1] * 7, "hour", "2024-11-03T08:30:00Z"))
    assert [text.split("\n")[-2:] for _, text in across.ticks][1:4] == [
        ["23:00", "-04:00"],
        ["00:00", "-04:00"],
        ["01:00", "-04:00"],
    ]
    assert [text.split("\n")[-2:] for _, text in across.ticks][4] == ["01:00", "-05:00"]
    assert across.marks == ((4, "UTC-05:00"),)
    calm = chart_of(new_york([1] * 7, "hour", "2024-11-10T08:30:00Z"))
    assert "-05:00" not in calm.ticks[0][1]
    assert calm.marks == ()


def test_the_hour_that_a_change_cuts_is_marked() -> None:
    end = int(datetime(2013, 10, 5, 16, 30, tzinfo=UTC).timestamp())
    chart = chart_of(series([1, 2, 3], unit="hour", timezone="Australia/Lord_Howe", end=end))
    assert chart.marks == ((1, "UTC+11:00, 30 min"),)
    assert chart.label(chart.lines[0], 1) == "Sun 6 Oct 2013 02:30 +11:00 (30 min)"


def test_each_state_has_a_look_and_a_word_of_its_own() -> None:
    states = [COUNTED, REBUILT, PARTIAL, CAPPED, OUTSIDE_WINDOW, FAILED]
    chart = chart_of(series([1, 2, 3, 4, 5, 6], states))
    assert chart.key == " · ".join(
        f"{charts.SIGNS[name]} {charts.STATE_WORDS[name]}" for name in STATES
    )
    looks = set()
    for trace in drawn(chart):
        symbols = trace["marker"].get("symbol", "circle")
        for index, at in enumerate(trace["x"]):
            symbol = symbols if isinstance(symbols, str) else symbols[index]
            size = trace["marker"]["size"]
            if at is not None and (size if isinstance(size, int) else size[index]):
                looks.add((at, symbol, trace.get("line", {}).get("dash")))
    assert len(looks) == 6
    assert len({look[1:] for look in looks}) == 6
    texts = " ".join(svg_texts(to_picture(chart, "svg")))
    assert all(words in texts for words in charts.STATE_WORDS.values())
    assert to_picture(chart, "png").startswith(b"\x89PNG")


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


def test_a_line_of_other_buckets_stands_beside_by_its_places() -> None:
    main, other = series([1, 2, 3]), series([7, 8], name="other", end=END - 30 * 86_400)
    frame = to_frame(other)
    line = charts.placed(charts.line_of(frame, "other", 1), np.array([0, -1, 1]), ["a", "b"])
    chart = chart_of(main, more=[line])
    assert [item.name for item in chart.lines] == ["organization", "other"]
    assert chart.lines[1].values.tolist() == pytest.approx([7, NAN, 8], nan_ok=True)
    trace = drawn(chart)[1]
    assert [
        (at, text)
        for at, text in zip(trace["x"], trace["customdata"], strict=True)
        if at is not None
    ] == [(0, "a"), (2, "b")]
    assert "not known" not in chart.key


def test_what_the_log_does_not_cover_is_marked() -> None:
    chart = chart_of(
        series([0, 5, 2]),
        notes=[
            Note("not in the log", np.array([True, False, False]), "band"),
            Note("partly in the log", np.array([False, False, True]), "stroke"),
        ],
    )
    names = [trace["name"] for trace in drawn(chart)]
    assert names == ["organization", "not in the log", "partly in the log"]
    assert figure(chart).layout.showlegend
    assert "not in the log" in to_picture(chart, "svg").decode()
    assert "partly in the log" in to_picture(chart, "svg").decode()
    covered = chart_of(series([1, 2]), notes=[Note("x", np.array([False, False]), "band")])
    assert covered.notes == ()
    assert len(drawn(covered)) == 1


@pytest.mark.parametrize("name", ["<b>bold</b>", "a$x_1$b$", "a&amp;b", "_under", "%{y}"])
def test_a_name_is_shown_as_text(name: str) -> None:
    other = series([3, 4], name="other")
    chart = chart_of(series([1, 2], name=name), other, title=f"Clicks of {name}")
    result = figure(chart)
    written = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert result.data[0].name == written
    assert result.layout.title.text == f"Clicks of {written}"
    texts = svg_texts(to_picture(chart, "svg"))
    assert f"Clicks of {name}" in texts
    assert name in texts
    panels = figure(charts.panel_chart(chart))
    assert [note.text for note in panels.layout.annotations] == [written, "other"]
    assert name in svg_texts(to_picture(charts.panel_chart(chart), "svg"))


def test_the_words_for_those_who_do_not_see_it() -> None:
    chart = chart_of(
        series([1, 2, 4, 8], name="a.example"), series([8, 1200, 2, 1], name="b.example")
    )
    assert chart.alt == (
        "Clicks of the organization by day. "
        "a.example: 15 clicks, peak 8 at Mon 4 Nov 2024, rising. "
        "b.example: 1,211 clicks, peak 1,200 at Sat 2 Nov 2024, falling."
    )
    # A running bucket is not set against a whole one.
    assert "level" in chart_of(series([5, 5, 0], [COUNTED, COUNTED, PARTIAL])).alt
    assert "too short for a trend" in chart_of(series([5])).alt


def test_shares_are_of_the_whole() -> None:
    chart = chart_of(series([1, 0, 3], name="a"), series([3, 0, 3], name="b"))
    shares = charts.share_chart(chart, np.array([4.0, 0.0, 5.0]))
    assert shares.lines[0].values.tolist() == pytest.approx([25, NAN, 60], nan_ok=True)
    assert shares.lines[1].values.tolist() == pytest.approx([75, NAN, 60], nan_ok=True)
    assert shares.percent
    assert shares.title == "Clicks of the organization by day, share of their total"
    assert figure(shares).layout.yaxis.ticksuffix == " %"
    assert " %" in drawn(shares)[0]["hovertemplate"]
    assert shares.alt == (
        "Clicks of the organization by day, share of their total. "
        "a: 42 % on average, peak 60 % at Mon 4 Nov 2024, rising. "
        "b: 68 % on average, peak 75 % at Sat 2 Nov 2024, falling."
    )
    unknown = charts.share_chart(chart, np.array([4.0, NAN, 5.0]))
    assert np.isnan(unknown.lines[0].values[1])


FIELD = "%{y}0 of %{x} <extra>%{customdata}"


@pytest.mark.parametrize("states", [[COUNTED] * 3, [REBUILT, FAILED, PARTIAL]])
@pytest.mark.parametrize("panels", [False, True])
def test_what_looks_like_a_field_in_a_name_is_read_as_none(states: list[int], panels: bool) -> None:
    chart = chart_of(
        series([1, 2, 3], states, name=FIELD),
        series([3, 2, 1], name="b"),
        title=f"Clicks of {FIELD}",
    )
    shown = figure(charts.panel_chart(chart) if panels else chart).to_plotly_json()
    for trace in shown["data"]:
        assert "%{y}0" not in trace["hovertemplate"]
        assert trace["hovertemplate"].endswith("<extra>%{fullData.name}</extra>")
    assert shown["data"][0]["name"] == html.escape(FIELD, quote=False)
    # Without `meta` plotly.js looks for fields in hover texts and in texts beside points only.
    assert "meta" not in shown["layout"]
    assert not [
        trace
        for trace in shown["data"]
        if trace.keys() & {"meta", "texttemplate", "hovertext", "text"}
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_panels_share_one_scale(count: int) -> None:
    chart = charts.panel_chart(
        chart_of(*(series([index, 10 * index], name=f"d{index}.example") for index in range(count)))
    )
    result = figure(chart)
    axes = [trace.yaxis for trace in result.data]
    assert len(set(axes)) == count
    layout = result.layout.to_plotly_json()
    scaled = [layout[f"yaxis{index + 1 if index else ''}"].get("matches") for index in range(count)]
    assert scaled == [None] + ["y"] * (count - 1)
    for index, ((left, right), (bottom, top)) in enumerate(charts.panel_places(count)):
        assert 0 <= left < right <= 1
        assert 0 <= bottom < top <= 1
        for (other_left, _), (_, other_top) in charts.panel_places(count)[index + 1 :]:
            assert other_left >= right or other_top <= bottom or other_left < left
    assert not result.layout.showlegend
    width, height = png_size(to_picture(chart, "png"))
    assert (width, height > 1000) == (2000, True)


def test_the_y_axis_begins_at_zero_and_never_below() -> None:
    axis = figure(chart_of(series([5, 6]))).layout.yaxis
    assert (axis.rangemode, axis.minallowed) == ("tozero", 0)


def test_both_themes_take_their_colours_from_the_theme_file() -> None:
    chart = chart_of(series([1, 2]))
    light, dark = (figure(chart, dark=dark).layout.paper_bgcolor for dark in (False, True))
    assert (light, dark) == (charts.look(dark=False).background, charts.look(dark=True).background)
    assert light != dark
    assert charts.look(dark=True).background in to_picture(chart, "svg", dark=True).decode()
    assert to_picture(chart, "png", dark=True) != to_picture(chart, "png")


def test_an_empty_frame_makes_an_empty_chart() -> None:
    frame = to_frame([])
    assert isinstance(frame, pd.DataFrame)
    chart = line_chart(frame, "day", "Nothing", "demo data")
    assert (chart.labels, chart.lines, chart.ticks) == ((), (), ())
    assert len(figure(chart).data) == 0


# -- picture files --------------------------------------------------------------------------------


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


def svg_texts(data: bytes) -> list[str]:
    """Every text of an SVG, as it is read."""
    root = ElementTree.fromstring(data)
    return ["".join(node.itertext()).strip() for node in root.iter(f"{SVG}text")]


def picture() -> Chart:
    return chart_of(
        series([1200, 3400, 600], [COUNTED, COUNTED, PARTIAL], name="a.example"),
        series([10, 0, 5], name="b.example"),
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_svg_says_what_the_chart_says(dark: bool) -> None:
    texts = " ".join(svg_texts(to_picture(picture(), "svg", dark=dark)))
    for words in (
        "Clicks of the organization by day",
        "Sat 2 Nov 2024 to Mon 4 Nov 2024",
        "Europe/Tallinn",
        "demo data",
        "dotted: still filling",
        "2 Nov",
        "4 Nov",
        "3,000",
        "a.example",
        "b.example",
    ):
        assert words in texts, words


@pytest.mark.parametrize("variant", ["lines", "panels", "shares"])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_chart_gives_the_same_bytes(kind: str, variant: str) -> None:
    def made() -> bytes:
        chart = picture()
        if variant == "panels":
            chart = charts.panel_chart(chart)
        elif variant == "shares":
            chart = charts.share_chart(chart, np.array([1210.0, 3400.0, 605.0]))
        return to_picture(chart, kind)

    first = made()
    assert made() == first
    assert b"dc:date" not in first


def test_the_png_fills_a_slide() -> None:
    width, height = png_size(to_picture(picture(), "png"))
    assert width == 2000
    assert 900 <= height <= 1400


def test_long_words_stay_in_the_picture() -> None:
    name = "a-very-long-subdomain-of-somebody.with-a-long-domain.example"
    chart = chart_of(
        series([1, 2], name=name),
        series([2, 3], name="b.example"),
        title=f"Clicks of the organization: {name} + {name}, by somebody by day",
    )
    assert png_size(to_picture(chart, "png"))[0] == 2000
    assert max(map(len, figure(chart).layout.title.text.split("<br>"))) <= len(name) + 44


def test_long_ranges_are_drawn_whole() -> None:
    many = chart_of(series(list(range(20_000)), unit="hour", timezone="America/New_York"))
    (trace,) = drawn(many)
    assert len([at for at in trace["x"] if at is not None]) == 20_000
    assert len(many.ticks) <= charts.MOST_TICKS
