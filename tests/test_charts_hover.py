"""What hovering over a chart says: the bucket once, then each line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import chart_of, drawn, heads, series

from bitly_data.charts import hover, model
from bitly_data.charts.plotly import figure
from bitly_data.charts.style import OTHER
from bitly_data.locales import locale_of
from bitly_data.states import CAPPED, COUNTED, FAILED, PARTIAL, REBUILT


def test_lines_that_add_up_have_shares_and_a_total() -> None:
    chart = chart_of(series([1500, 0], name="a"), series([500, 0], name="b"), adds_up=True)
    assert [text for _, text in hover.heads(chart, chart.lines)] == [
        "2,000 in total",
        "0 in total",
    ]
    assert hover.rows(chart, chart.lines, chart.lines[0]) == [("1,500", "75 %"), ("0", "")]
    assert drawn(chart)[1]["customdata"][:2] == ["<b>500</b>  25 %", "<b>0</b>"]
    assert figure(chart).layout.hoversort == "value descending"


def test_a_line_that_is_not_known_makes_the_total_a_lower_bound_without_shares() -> None:
    chart = chart_of(
        series([1500, 10, 7], name="a"),
        series([0, 0, 0], [CAPPED, FAILED, COUNTED], name="b", at_least=[200, -1, -1]),
        adds_up=True,
    )
    assert [text for _, text in hover.heads(chart, chart.lines)] == [
        "at least 1,700 in total",
        "at least 10 in total",
        "7 in total",
    ]
    assert hover.rows(chart, chart.lines, chart.lines[0])[:2] == [("1,500", ""), ("10", "")]
    assert hover.rows(chart, chart.lines, chart.lines[1])[:2] == [("", ""), ("", "")]


def test_lines_that_share_clicks_have_no_total() -> None:
    chart = chart_of(series([5], name="all"), series([3], name="part"))
    assert hover.heads(chart, chart.lines) == [(chart.labels[0], "")]
    assert hover.rows(chart, chart.lines, chart.lines[1]) == [("3", "")]


def test_a_state_is_said_once() -> None:
    one = chart_of(series([4, 6, 1], [COUNTED, REBUILT, PARTIAL]))
    assert [text for _, text in hover.heads(one, one.lines)] == ["", "(rebuilt)", "(still filling)"]
    assert hover.rows(one, one.lines, one.lines[0]) == [("4", ""), ("6", ""), ("1", "")]
    two = chart_of(series([1], [PARTIAL], name="a"), series([2], name="b"))
    assert hover.heads(two, two.lines)[0][1] == ""
    assert hover.rows(two, two.lines, two.lines[0]) == [("1", "(still filling)")]
    assert hover.rows(two, two.lines, two.lines[1]) == [("2", "")]


def test_the_other_period_says_its_own_bucket() -> None:
    other = replace(
        model.line_of(series([7], [PARTIAL], name="before"), 1), role=OTHER, labels=("Mon 2 Nov",)
    )
    chart = chart_of(series([9]), more=[other])
    assert hover.rows(chart, chart.lines, other) == [("7", "Mon 2 Nov  (still filling)")]
    assert heads(chart) == ["<b>Mon 4 Nov 2024</b>"]
    assert hover.heads(chart, (other,))[0][0] == chart.labels[0]


def test_what_made_a_bucket_stands_below_its_line_as_text() -> None:
    made = ["810 Ridgeline\n<b>20</b> %{y}\n3 c\n1 d", "", "5 e"]
    chart = chart_of(series([900, 0, 5], [COUNTED, COUNTED, FAILED]), makers=[made])
    line = chart.lines[0]
    assert hover.makers(line, 0) == ["810 Ridgeline", "<b>20</b> %{y}", "3 c"]
    assert hover.makers(line, 1) == hover.makers(line, 2) == []
    trace = drawn(chart)[0]
    assert trace["customdata"][0] == [
        "<b>900</b>",
        "<br>   810 Ridgeline<br>   &lt;b&gt;20&lt;/b&gt; %{y}<br>   3 c",
    ]
    # A field in a text that fills another one is not looked for again.
    assert trace["hovertemplate"] == (
        "%{customdata[0]}  %{fullData.name}%{customdata[1]}<extra></extra>"
    )
    with pytest.raises(ValueError, match="makers"):
        chart_of(series([1, 2]), makers=[["only one"]])


def test_numbers_and_shares_are_the_readers() -> None:
    chart = chart_of(
        series([1500], name="a"), series([500], name="b"), adds_up=True, locale=locale_of("de-DE")
    )
    assert hover.heads(chart, chart.lines)[0][1] == "2.000 in total"
    assert hover.rows(chart, chart.lines, chart.lines[0]) == [("1.500", "75 %")]
