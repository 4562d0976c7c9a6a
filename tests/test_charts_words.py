"""The words on a chart: names at the lines' ends, the peak, "so far"; and its sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from samples import chart_of, picture, series, words

from bitly_data.charts import model, places
from bitly_data.charts.model import Chart, Note
from bitly_data.charts.picture import drawn
from bitly_data.charts.plotly import CONFIG, figure
from bitly_data.charts.style import (
    HEIGHT,
    NAME_LETTERS,
    NAME_PIXELS,
    OTHER,
    OTHERS,
    PANEL_PIXELS,
    PHONE_HEIGHT,
    line_color,
    look,
)
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL


def many(count: int, length: int = 3) -> Chart:
    return chart_of(*(series([at + 1] * length, name=f"d{at}.example") for at in range(count)))


# Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 8, 10, 11, 40])
def test_names_stand_at_the_ends_of_two_to_ten_lines_else_there_is_a_legend(count: int) -> None:
    chart = many(count)
    names = [f"d{at}.example" for at in range(count)] if 2 <= count <= 10 else []
    assert sorted(words(chart, "name")) == sorted(names)
    assert figure(chart).layout.showlegend == (count > 10)
    compact = figure(chart, compact=True).layout
    assert not compact.showlegend  # the table below has the names in the lines' colours
    assert words(chart, "name", compact=True) == []


def test_a_legend_is_never_taller_than_the_plot() -> None:
    wide = figure(many(40)).layout
    assert wide.legend.maxheight == 1  # times the plot
    assert wide.height == HEIGHT


@pytest.mark.parametrize("seed", range(30))
def test_names_are_apart_and_inside(seed: int) -> None:
    draw = np.random.default_rng(seed)
    wanted = (draw.random(int(draw.integers(1, 11))) * 380).tolist()
    found = places.pushed_apart(wanted, NAME_PIXELS, 380)
    assert all(0 <= place <= 380 + 1e-9 for place in found)
    ordered = sorted(found)
    assert all(after - before >= NAME_PIXELS - 1e-9 for before, after in pairwise(ordered))
    assert np.argsort(found, kind="stable").tolist() == np.argsort(wanted, kind="stable").tolist()


def test_names_without_room_are_as_far_apart_as_there_is() -> None:
    assert places.pushed_apart([5, 5, 5], 17, 20) == [0, 10, 20]
    assert places.pushed_apart([], 17, 20) == []
    assert places.pushed_apart([99], 17, 20) == [20]


def test_names_are_in_the_colours_of_their_lines() -> None:
    chart = chart_of(series([1], name="a"), series([2], name="b"), others=True)
    notes = {note.text: note.font.color for note in figure(chart).layout.annotations}
    assert notes["a"] == line_color(0, look(dark=False))
    assert notes["b"] == look(dark=False).muted  # the rest of many
    (place,) = drawn(chart).axes
    assert {text.get_text(): text.get_color() for text in place.texts}["a"] == notes["a"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("a" * 24, "a" * 24),
        ("bit.ly/" + "x" * 200 + "end", "bit.ly/xxxxx…xxxxxxxxend"),
        ("حملة الشتاء الجديدة لمتجر أورورا", "حملة الشتاء…متجر أورورا"),
        # These letters are nearly twice as wide.
        ("冬のキャンペーン新商品発表会東京", "冬のキャンペ…品発表会東京"),
    ],
)
def test_a_long_name_loses_its_middle(name: str, short: str) -> None:
    assert places.without_middle(name) == short
    assert len(short) <= NAME_LETTERS


# Roles ----------------------------------------------------------------------------------------


def with_other(main: list[int], other: list[int], states: list[int] | None = None) -> Chart:
    line = replace(model.line_of(series(other, name="before"), 1), role=OTHER)
    return chart_of(series(main, states), more=[line])


def test_the_other_period_is_grey_thin_and_behind() -> None:
    chart = with_other([5, 6, 7], [3, 9, 4])
    traces = [trace for trace in figure(chart).data if trace.hoverinfo != "skip"]
    assert [trace.name for trace in traces] == ["before", "organization"]
    assert (traces[0].line.color, traces[0].line.width) == (look(dark=False).quiet, 1.5)
    assert (traces[1].line.color, traces[1].line.width) == (line_color(0, look(dark=False)), 2.25)
    areas = [trace for trace in figure(chart).data if trace.hoverinfo == "skip"]
    assert [trace.fillcolor for trace in areas] == ["rgba(31,95,208,0.1)"]
    assert words(chart, "name") == []  # what is what the page says above the chart
    (place,) = drawn(chart).axes
    assert place.lines[0].get_color() == look(dark=False).quiet


def test_the_rest_of_many_is_grey_and_dotted() -> None:
    chart = chart_of(*(series([1, 2], name=name) for name in "abc"), others=True)
    assert [line.role for line in chart.lines][-1] == OTHERS
    trace = figure(chart).data[-1]
    assert (trace.line.dash, trace.line.color) == ("dot", look(dark=False).quiet)


def test_an_area_ends_at_the_last_whole_bucket_and_at_each_gap() -> None:
    states = [COUNTED, COUNTED, FAILED, COUNTED, COUNTED, PARTIAL]
    area = figure(chart_of(series([1, 2, 3, 4, 5, 6], states))).data[0]
    assert (list(area.x), list(area.y)) == ([0, 0, 1, 1, 3, 3, 4, 4], [0, 1, 2, 0, 0, 4, 5, 0])


# Words beside points --------------------------------------------------------------------------


def test_the_peak_has_its_number_and_bucket() -> None:
    chart = chart_of(series([10] * 15 + [4492] + [10] * 14))
    assert words(chart, "peak") == ["<b>4,492</b> · Mon 21 Oct"]
    (place,) = drawn(chart).axes
    assert "4,492 · Mon 21 Oct" in {text.get_text() for text in place.texts}


def test_the_peak_is_left_out_where_something_is_in_its_way() -> None:
    main = [10] * 15 + [50] + [10] * 14
    assert words(with_other(main, [5] * 30), "peak")
    assert words(with_other(main, [5] * 14 + [90] + [5] * 15), "peak") == []
    assert words(with_other(main, [90] + [5] * 29), "peak")  # far away
    bound = series(
        main, [COUNTED] * 14 + [CAPPED] + [COUNTED] * 15, at_least=[-1] * 14 + [60] + [-1] * 15
    )
    assert words(chart_of(bound), "peak") == []
    assert words(chart_of(series([0] * 30)), "peak") == []
    assert words(many(2), "peak") == []
    # The bucket that is still filling is no peak, and may be higher.
    filling = series([*main[:-1], 70], [COUNTED] * 29 + [PARTIAL])
    assert words(chart_of(filling), "peak") == [f"<b>50</b> · {chart_of(filling).short_labels[15]}"]


@pytest.mark.parametrize(("at", "side"), [(0, "left"), (15, "center"), (29, "right")])
def test_words_at_the_ends_of_the_axis_stay_inside(at: int, side: str) -> None:
    clicks = [10] * 30
    clicks[at] = 90
    top = places.peak(chart_of(series(clicks)))
    assert top is not None and (top.at, top.side, top.number) == (at, side, "90")


def test_the_last_ring_says_so_far() -> None:
    chart = chart_of(series([9, 9, 5], [COUNTED, COUNTED, PARTIAL]))
    assert words(chart, "so far") == ["so far"]
    assert words(chart_of(series([9, 9, 5])), "so far") == []
    log = replace(chart, lines=(replace(chart.lines[0], in_log=("", "", "1 of 24 hours")),))
    assert words(log, "so far") == []
    assert words(chart_of(series([9, 9, 0], [COUNTED, COUNTED, PARTIAL])), "so far") == []


# One bucket -----------------------------------------------------------------------------------


def test_one_bucket_is_a_bar_with_its_number() -> None:
    chart = chart_of(series([1234]))
    (bar,) = figure(chart).data
    assert (bar.type, list(bar.y), list(bar.text)) == ("bar", [1234], ["1,234"])
    (place,) = drawn(chart).axes
    assert "1,234" in {text.get_text() for text in place.texts}
    filling = figure(chart_of(series([1234], [PARTIAL]))).data[0].marker
    assert filling.color == look(dark=False).background
    assert filling.line.color == line_color(0, look(dark=False))


def test_a_bar_of_what_is_not_known_is_no_bar() -> None:
    traces = figure(chart_of(series([7], [FAILED]), series([5]))).data
    assert [(trace.type, list(trace.y)) for trace in traces] == [
        ("bar", [None]),
        ("scatter", [0]),
        ("bar", [5]),
    ]
    assert "not known" in traces[1].hovertemplate
    assert traces[0].offsetgroup == traces[1].offsetgroup  # the sign stands where the bar would


# Sizes and hands ------------------------------------------------------------------------------


def test_a_chart_is_as_high_as_it_is_said_to_be() -> None:
    assert figure(many(1)).layout.height == HEIGHT
    assert figure(many(1), compact=True).layout.height == PHONE_HEIGHT
    noted = chart_of(series([1, 2]), notes=[Note("x", np.array([True, False]), "band")])
    assert figure(noted).layout.height > HEIGHT  # the legend comes on top
    for count, compact, rows in ((1, False, 1), (4, False, 2), (4, True, 4)):
        layout = figure(model.panel_chart(many(count)), compact=compact).layout
        assert layout.height == rows * PANEL_PIXELS + layout.margin.t + layout.margin.b


def test_nothing_moves_unless_time_can_be_selected() -> None:
    still, selectable = figure(picture()), figure(picture(), selectable=True)
    for layout in (still.layout, selectable.layout):
        assert layout.xaxis.fixedrange and layout.yaxis.fixedrange
    assert still.layout.dragmode is False
    assert (selectable.layout.dragmode, selectable.layout.selectdirection) == ("select", "h")
    assert {t.unselected.marker.opacity for t in selectable.data if t.type == "scatter"} == {1}
    assert CONFIG["displayModeBar"] is CONFIG["doubleClick"] is False


def test_paper_is_that_of_the_page() -> None:
    layout = figure(picture()).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.family == layout.hoverlabel.font.family
    assert layout.font.family.startswith("Inter")
