"""The figure on the page."""

from __future__ import annotations

import html
import json
from datetime import datetime

import numpy as np
import pytest
from samples import as_sent, chart_of, drawn, heads, png_size, series, svg_texts, words

from bitly_data.charts import model as charts
from bitly_data.charts.model import Note
from bitly_data.charts.picture import to_picture
from bitly_data.charts.plotly import figure
from bitly_data.locales import locale_of
from bitly_data.states import COUNTED, FAILED, PARTIAL, REBUILT


def test_the_running_bucket_is_dotted() -> None:
    chart = chart_of(series([4, 6, 1], [COUNTED, COUNTED, PARTIAL]))
    assert chart.key == "● counted · ○ dotted: still filling"
    solid, dotted = drawn(chart)
    assert [at for at in solid["x"] if at is not None] == [0, 1]
    assert solid["line"]["dash"] != "dot"
    assert (dotted["x"], dotted["y"], dotted["line"]["dash"]) == ([1, 2], [6, 1], "dot")
    assert dotted["customdata"] == ["<b>6</b>", "<b>1</b>"]
    assert heads(chart)[1:] == [
        "<b>Sun 3 Nov 2024</b>",
        "<b>Mon 4 Nov 2024</b><br>(still filling)",
    ]
    assert dotted["showlegend"] is False
    assert chart_of(series([4, 6, 1])).key == ""


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


@pytest.mark.parametrize(
    ("zone", "end", "length"),
    [
        ("America/New_York", "2024-11-04T12:00:00Z", "25 h"),
        ("America/New_York", "2024-03-11T12:00:00Z", "23 h"),
        ("Australia/Lord_Howe", "2013-04-08T01:00:00Z", "24.5 h"),
        ("Australia/Lord_Howe", "2013-10-07T01:00:00Z", "23.5 h"),
        ("Antarctica/Troll", "2013-04-01T12:00:00Z", "22 h"),
        ("Antarctica/Troll", "2013-10-28T12:00:00Z", "26 h"),
    ],
)
def test_a_day_that_has_not_24_hours_is_marked(zone: str, end: str, length: str) -> None:
    chart = chart_of(
        series([1, 2, 3], timezone=zone, end=int(datetime.fromisoformat(end).timestamp()))
    )
    assert chart.marks == ((1, length),)
    assert chart.alt.endswith(f"Marked: {chart.labels[1]} {length}.")
    result = figure(chart)
    marks = [note for note in result.layout.annotations if note.name == "mark"]
    assert [(note.text, note.x) for note in marks] == [(length, 1)]
    assert [(shape.type, shape.x0, shape.x1) for shape in result.layout.shapes] == [("line", 1, 1)]
    assert heads(chart)[1] == f"<b>{chart.labels[1]}</b><br>({length})"
    assert length in svg_texts(to_picture(chart, "svg"))
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
    written = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert [trace["name"] for trace in drawn(chart)] == [written, "other"]
    assert words(chart, "name") == [written, "other"]
    texts = svg_texts(to_picture(chart, "svg"))
    assert f"Clicks of {name}" in texts
    assert name in texts
    panels = charts.panel_chart(chart)
    assert words(panels, "panel") == [f"<b>{written}</b>  3", "<b>other</b>  7"]
    assert f"{name}  3" in svg_texts(to_picture(panels, "svg"))


FIELD = "%{y}0 of %{x} <extra>%{customdata}"


@pytest.mark.parametrize("states", [[COUNTED] * 3, [REBUILT, FAILED, PARTIAL]])
@pytest.mark.parametrize("panels", [False, True])
def test_what_looks_like_a_field_in_a_name_is_read_as_none(states: list[int], panels: bool) -> None:
    chart = chart_of(
        series([1, 2, 3], states, name=FIELD),
        series([3, 2, 1], name="b"),
        title=f"Clicks of {FIELD}",
    )
    shown = as_sent(charts.panel_chart(chart) if panels else chart)
    told = [trace for trace in shown["data"] if trace.get("hoverinfo") != "skip"]
    for trace in told:
        assert "%{y}0" not in trace["hovertemplate"]
        assert trace["hovertemplate"].endswith("  %{fullData.name}<extra></extra>")
    assert told[0]["name"] == html.escape(FIELD, quote=False)
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
    axes = [trace.yaxis for trace in result.data if trace.hoverinfo != "skip"]
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


def test_long_ranges_are_drawn_whole() -> None:
    many = chart_of(series(list(range(20_000)), unit="hour", timezone="America/New_York"))
    (trace,) = drawn(many)
    assert len([at for at in trace["x"] if at is not None]) == 20_000
    assert len(many.ticks) <= charts.MOST_TICKS


def test_numbers_are_drawn_as_they_are_however_large() -> None:
    """Half the bytes hold no odd number above 2**24."""
    for counts in ([3, 0, 16_777_215], [3, 0, 16_777_217], [2**53 - 1, 0, 1]):
        assert drawn(chart_of(series(counts)))[0]["y"] == counts
    assert "bdata" in json.loads(figure(chart_of(series([3, 0]))).to_json())["data"][1]["y"]


@pytest.mark.parametrize(("tag", "separators"), [("en", ".,"), ("de-DE", ",."), ("de-CH", ".'")])
def test_the_chart_library_writes_whole_numbers_with_the_readers_separators(
    tag: str, separators: str
) -> None:
    chart = chart_of(series([1200, 3400]), locale=locale_of(tag))
    assert figure(chart).layout.separators == separators
    assert figure(chart).data[1].hovertemplate.startswith("<b>%{y:,.0f}</b>  ")
    group = separators[1]
    assert [text for text in drawn(chart)[0]["customdata"] if text] == [
        f"<b>1{group}200</b>",
        f"<b>3{group}400</b>",
    ]
    assert not any("%{y" in trace["hovertemplate"] for trace in drawn(chart))


@pytest.mark.parametrize(
    ("tag", "hover", "ticks"),
    [
        ("en-IN", "27,85,00,000", ["0", "10Cr"]),
        ("es-ES", "278.500.000", ["0", "100\xa0M"]),
        ("ar-EG", "٢٧٨٬٥٠٠٬٠٠٠", ["٠", "١٠٠\xa0مليون"]),
    ],
)
def test_what_it_cannot_write_comes_with_the_label(tag: str, hover: str, ticks: list[str]) -> None:
    chart = chart_of(series([278_500_000, 3400], [COUNTED, PARTIAL]), locale=locale_of(tag))
    result = figure(chart)
    told = next(text for trace in drawn(chart) for text in trace["customdata"] if text)
    assert told == f"<b>{hover}</b>"
    assert not any("%{y" in trace["hovertemplate"] for trace in drawn(chart))
    assert list(result.layout.yaxis.ticktext[:2]) == ticks
    assert len(result.layout.yaxis.tickvals) <= charts.MOST_TICKS + 1
    shares = charts.share_chart(chart, np.array([300_000_000.0, 6800.0]))
    assert drawn(shares)[0]["customdata"][0].endswith(" %</b>")
    assert all(text.endswith(" %") for text in figure(shares).layout.yaxis.ticktext)
