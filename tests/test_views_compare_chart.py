"""The chart of a comparison: its lines, forms and scales, and what it says of its numbers."""

from __future__ import annotations

import numpy as np
import pytest
from compared import ONE, REFUSED, TWO, A, B, lines_of, page

from bitly_data.charts.model import Chart
from bitly_data.charts.style import MAIN, OTHERS
from bitly_data.states import FAILED
from bitly_data.views import compare_chart
from bitly_data.views.lineup import (
    CUMULATIVE,
    FORMS,
    INDEX,
    LOGIN,
    MEAN_7,
    MULTIPLES,
    SCALES,
    SHARE,
    STACKED,
)

OWN = {A: [1, 2, 4], B: [8, 16, 8], f"{A} {B}": [9, 18, 12], "all": [10, 20, 12]}
SHARED = {A: [1, 2, 4], B: [8, 2, 0], f"{A} {B}": [9, 2, 4]}


def chart_of(*items: str, clicks: dict[str, list[int]] = OWN, **more: object) -> Chart:
    page_query = page(*items, **more)
    return compare_chart.chart_of(page_query, lines_of(page_query, clicks))


def test_the_lines_stand_by_their_clicks_and_what_is_left_is_quiet() -> None:
    chart = chart_of()
    assert [line.name for line in chart.lines] == [B, A, "links of no own domain"]
    assert [line.role for line in chart.lines] == [MAIN, MAIN, OTHERS]
    assert chart.title == "Clicks by domain and day" and chart.adds_up
    assert "42 clicks" in chart.remarks


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("log", [False, True])
def test_every_form_takes_every_scale(form: str, scale: str, log: bool) -> None:
    chart = chart_of(form=form, scale=scale, log=log)
    assert len(chart.lines) == 3
    assert chart.panels == (form == MULTIPLES)
    assert chart.stacked == (form == STACKED)
    assert chart.percent == (form == SHARE)
    assert chart.log == (log and form not in (STACKED, SHARE))


def test_stacked_lines_add_up_to_all_clicks() -> None:
    chart = chart_of(form=STACKED)
    assert np.sum([line.values for line in chart.lines], axis=0).tolist() == [10, 20, 12]


def test_shares_add_up_to_a_hundred() -> None:
    chart = chart_of(form=SHARE)
    assert np.sum([line.values for line in chart.lines], axis=0) == pytest.approx([100] * 3)


def test_scales() -> None:
    assert chart_of(scale=CUMULATIVE).lines[0].values.tolist() == [8, 24, 32]
    # Its own normal is the median of its whole days, 8 and 16.
    assert chart_of(scale=INDEX).lines[0].values[:2] == pytest.approx([8 / 12 * 100, 16 / 12 * 100])
    assert np.isnan(chart_of(scale=MEAN_7).lines[0].values).all()  # three days are no week
    # Normals do not add up, so a stack stays one of clicks.
    assert chart_of(scale=INDEX, form=STACKED).lines[0].values.tolist() == [8, 16, 8]


def test_small_multiples_say_their_scale() -> None:
    assert "one scale for all panels" in chart_of(form=MULTIPLES).remarks
    assert "each on its own scale" in chart_of(form=MULTIPLES, own_scales=True).remarks


@pytest.mark.parametrize("form", [STACKED, SHARE])
def test_lines_that_share_clicks_say_so_where_they_are_added_up(form: str) -> None:
    assert compare_chart.MAY_SHARE in chart_of(A, B, clicks=SHARED, form=form).remarks
    mixed = chart_of(ONE, A, clicks={**OWN, ONE: [1, 1, 1]}, form=form)
    assert compare_chart.MAY_SHARE in mixed.remarks and not mixed.adds_up
    assert compare_chart.MAY_SHARE not in chart_of(form=form).remarks
    assert compare_chart.MAY_SHARE not in chart_of(A, B, clicks=SHARED).remarks


def test_others_are_the_last_line_and_add_up() -> None:
    names = [f"bit.ly/L{at}" for at in range(10)]
    clicks = {name: [at, 1, 2] for at, name in enumerate(names)}
    chart = chart_of(*names, clicks=clicks)
    assert [line.name for line in chart.lines][-1] == "2 others" and len(chart.lines) == 9
    assert chart.lines[-1].role == OTHERS
    assert np.sum([line.values for line in chart.lines], axis=0).tolist() == [45, 10, 20]


def test_an_item_without_an_answer_has_a_line_of_gaps() -> None:
    page_query = page(ONE, TWO)
    lines = lines_of(page_query, {ONE: [1, 2, 4], TWO: REFUSED})
    chart = compare_chart.chart_of(page_query, lines)
    assert np.isnan(chart.lines[1].values).all()
    assert set(chart.lines[1].states.tolist()) == {FAILED}


def test_a_login_that_narrows_is_named() -> None:
    narrowed = {
        f"{name} @ann".strip() if name != "all" else "@ann": one for name, one in OWN.items()
    }
    chart = chart_of(clicks=narrowed, query={"login": "ann"})
    assert chart.title == "Clicks of ann by domain and day"
    assert chart_of(by=LOGIN, clicks={}).title == "Clicks by login and day"


def test_a_long_range_of_hours_is_drawn_by_day() -> None:
    query = {"unit": "hour", "units": 800}
    clicks = {name: [1] * 800 for name in (A, B, f"{A} {B}")} | {"all": [3] * 800}
    page_query = page(query=query)
    lines = lines_of(page_query, clicks)
    for form in FORMS:
        chart = compare_chart.chart_of(page(query=query, form=form), lines)
        assert len(chart.labels) < 40 and "drawn by day" in chart.remarks
    assert len(compare_chart.shown_series(page_query, lines)[0].clicks) == 800
    assert compare_chart.drawn_series(page_query, lines)[0].query.unit == "day"
