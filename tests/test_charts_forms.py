"""Stacked, indexed, added up, averaged, on a log scale: what is not known stays so in each."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Polygon
from samples import NAN, as_sent, chart_of, drawn, series

from bitly_data.charts import forms, model, picture
from bitly_data.charts.model import Chart
from bitly_data.charts.plotly import figure
from bitly_data.charts.style import STACK_OPACITY, STATE_STYLES, ZERO_STYLE
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    NOT_BEGUN,
    NOT_IN_LOG,
    PARTIAL,
    REBUILT,
    STATES,
    UNKNOWN,
)


def known(numbers: np.ndarray) -> list[float | None]:
    return [None if number != number else round(number, 6) for number in numbers.tolist()]


def some_chart(draw: np.random.Generator, states: bool = True) -> Chart:
    count = int(draw.integers(1, 60))
    each = [
        series(
            draw.integers(0, 50, count).tolist(),
            (draw.integers(0, len(STATES), count) * (draw.random(count) < 0.2)).tolist()
            if states
            else None,
            name=f"d{index}.example",
        )
        for index in range(int(draw.integers(1, 6)))
    ]
    return chart_of(*each)


# Stacked --------------------------------------------------------------------------------------


def test_a_stack_adds_up_from_the_last_line_on() -> None:
    chart = forms.stacked_chart(chart_of(series([5, 1], name="a"), series([3, 2], name="b")))
    assert [(known(low), known(top)) for low, top in model.stack(chart)] == [
        ([3, 2], [8, 3]),
        ([0, 0], [3, 2]),
    ]
    assert model.highest(chart) == 8
    assert [trace["y"] for trace in drawn(chart)] == [[8, 3], [3, 2]]
    assert drawn(chart)[0]["customdata"] == ["<b>5</b>  62 %", "<b>1</b>  33 %"]


def test_where_one_line_is_not_known_a_stack_has_a_gap_and_a_sign() -> None:
    chart = forms.stacked_chart(
        chart_of(
            series([5, 4, 1], name="a"),
            series([3, 0, 2], [COUNTED, CAPPED, COUNTED], name="b", at_least=[-1, 9, -1]),
        )
    )
    assert all(known(top)[1] is None for _, top in model.stack(chart))
    traces = drawn(chart)
    assert all(trace["y"][1] is None for trace in traces if trace["mode"] == "lines")
    (sign,) = [trace for trace in traces if trace["mode"] == "markers"]
    assert (sign["x"], sign["y"], sign["customdata"]) == ([1], [0], ["at least 9"])
    areas = [t for t in as_sent(chart)["data"] if t.get("hoverinfo") == "skip"]
    assert all(None in trace["x"] for trace in areas)
    assert all(x is None or x < 0.5 or x > 1.5 for trace in areas for x in trace["x"])


def test_what_is_still_filling_is_paler_in_a_stack() -> None:
    chart = forms.stacked_chart(
        chart_of(series([5, 4, 1], [COUNTED, COUNTED, PARTIAL], name="a"), series([1, 1, 1]))
    )
    ((strong, whole), (pale, filling)) = model.stack_parts(chart, model.stack(chart)[0][1])
    assert (strong, whole, filling) == (STACK_OPACITY, [(0, 1)], [(1, 2)])
    assert pale < strong


@pytest.mark.parametrize("seed", range(20))
def test_both_renderers_draw_the_same_stack(seed: int) -> None:
    chart = forms.stacked_chart(some_chart(np.random.default_rng(seed)))
    tops = [top for _, top in model.stack(chart)]
    shown = [trace for trace in drawn(chart) if trace["mode"] == "lines"]
    assert [
        {at: y for at, y in zip(trace["x"], trace["y"], strict=True) if at is not None}
        for trace in shown
    ] == [{at: y for at, y in enumerate(top.tolist()) if y == y} for top in tops]
    if len(chart.lines):
        total = sum(line.values for line in chart.lines)
        assert known(tops[0]) == known(total)
    (place,) = picture.drawn(chart).axes
    filled = [patch for patch in place.patches if isinstance(patch, Polygon)]
    assert bool(filled) == bool((~np.isnan(tops[0])).any())
    for patch in filled:
        assert patch.get_xy()[:, 1].max() <= place.get_ylim()[1]


def test_a_stack_has_no_log_scale() -> None:
    chart = chart_of(series([1]), series([2]))
    with pytest.raises(ValueError, match="log"):
        forms.stacked_chart(forms.log_chart(chart))
    with pytest.raises(ValueError, match="log"):
        forms.log_chart(forms.stacked_chart(chart))


# Indexed --------------------------------------------------------------------------------------


def test_each_line_goes_by_its_own_normal() -> None:
    chart = forms.indexed_chart(
        chart_of(
            series([10, 20, 30, 999], [COUNTED, COUNTED, REBUILT, PARTIAL], name="a"),
            series([0, 0, 0, 8], name="b"),
            series([1, 0, 0, 0], [PARTIAL, FAILED, CAPPED, FAILED], name="c"),
        )
    )
    assert known(chart.lines[0].values) == [50, 100, 150, 4995]
    assert all(value is None for line in chart.lines[1:] for value in known(line.values))
    assert chart.remarks == ("100 is each line's own median", "no normal to go by: b, c")
    assert "no normal to go by: b, c" in chart.subtitle
    assert "b: not known." in chart.alt
    assert not chart.adds_up


def test_bounds_go_by_the_normal_too() -> None:
    one = series([10, 0, 10], [COUNTED, CAPPED, COUNTED], at_least=[-1, 5, -1])
    assert known(forms.indexed_chart(chart_of(one)).lines[0].at_least) == [None, 50, None]


# Added up -------------------------------------------------------------------------------------


def test_a_sum_is_a_lower_bound_from_what_is_not_known_on() -> None:
    one = series(
        [1, 2, 0, 4, 5, 0],
        [COUNTED, COUNTED, CAPPED, COUNTED, PARTIAL, NOT_BEGUN],
        at_least=[-1, -1, 10, -1, -1, -1],
        at_most=[-1, -1, 20, -1, -1, -1],
    )
    line = forms.cumulative_chart(chart_of(one)).lines[0]
    assert known(line.values) == [1, 3, None, None, None, None]
    assert known(line.at_least) == [None, None, 13, 17, 22, None]
    assert known(line.at_most) == [None, None, 23, 27, 32, None]
    assert line.states.tolist() == [COUNTED, COUNTED, CAPPED, CAPPED, CAPPED, NOT_BEGUN]


def test_a_sum_of_all_that_is_known_is_the_total() -> None:
    one = series([1, 2, 0, 4], [COUNTED, REBUILT, COUNTED, PARTIAL])
    chart = forms.cumulative_chart(chart_of(one))
    assert known(chart.lines[0].values) == [1, 3, 3, 7]
    assert chart.lines[0].states.tolist() == [COUNTED, REBUILT, REBUILT, PARTIAL]
    assert chart.remarks == ()
    assert "7 at Mon 4 Nov 2024" in chart.alt


@pytest.mark.parametrize("seed", range(30))
def test_sums_are_never_numbers_behind_a_gap(seed: int) -> None:
    chart = some_chart(np.random.default_rng(seed))
    for before, after in zip(chart.lines, forms.cumulative_chart(chart).lines, strict=True):
        sure = 0.0
        lost = False
        for at, state in enumerate(before.states.tolist()):
            if state == NOT_BEGUN:
                assert np.isnan(after.values[at]) and np.isnan(after.at_least[at])
                continue
            lost |= state in UNKNOWN
            sure += 0 if state in UNKNOWN else before.values[at]
            shown = after.at_least if lost else after.values
            assert shown[at] == sure
            assert np.isnan(after.values[at]) == lost
            assert (after.states[at] in UNKNOWN) == lost
    drawn(forms.cumulative_chart(chart))


# Averaged -------------------------------------------------------------------------------------


def test_a_mean_needs_every_bucket_of_its_window() -> None:
    clicks = [1, 2, 3, 4, 5, 6, 7, 8]
    states = [COUNTED] * 3 + [FAILED] + [COUNTED] * 3 + [PARTIAL]
    chart = forms.moving_average_chart(chart_of(series(clicks, states)), 3)
    assert known(chart.lines[0].values) == [None, None, 2, None, None, None, 6, None]
    assert chart.title.endswith(", mean of 3 days")
    assert chart.remarks[0].startswith("mean of 3 days, a gap")
    shorter = forms.moving_average_chart(chart_of(series([1, 2])), 7)
    assert known(shorter.lines[0].values) == [None, None]


@pytest.mark.parametrize("count", [7, 28])
@pytest.mark.parametrize("seed", range(10))
def test_means_are_those_of_whole_known_windows(seed: int, count: int) -> None:
    chart = some_chart(np.random.default_rng(seed))
    for before, after in zip(
        chart.lines, forms.moving_average_chart(chart, count).lines, strict=True
    ):
        for at in range(len(before.values)):
            window = slice(at + 1 - count, at + 1)
            whole = at + 1 >= count and set(before.states[window].tolist()) <= {COUNTED, REBUILT}
            mean = before.values[window].mean() if whole else NAN
            assert after.values[at] == pytest.approx(mean, nan_ok=True)


# Log ------------------------------------------------------------------------------------------


def test_zeros_are_gaps_with_their_own_sign_on_a_log_scale() -> None:
    chart = forms.log_chart(
        chart_of(series([10, 0, 1000, 0], [COUNTED, COUNTED, COUNTED, NOT_IN_LOG]))
    )
    assert known(chart.lines[0].values) == [10, None, 1000, None]
    assert chart.key == "● counted · ╱ not in the log · ▽ 0 clicks"
    traces = drawn(chart)
    (zero,) = [t for t in traces if t["marker"].get("symbol") == ZERO_STYLE.plotly_symbol]
    layout = figure(chart).layout
    assert zero["x"] == [1] and 10 ** layout.yaxis.range[0] <= zero["y"][0] < 10
    assert "<b>0</b>" in zero["hovertemplate"]
    assert layout.yaxis.type == "log"
    assert layout.yaxis.ticktext == ("10", "100", "1k")
    (place,) = picture.drawn(chart).axes
    assert place.get_yscale() == "log"
    assert [line.get_xdata() for line in place.lines if line.get_marker() == "v"] == [[1]]


def test_nothing_above_zero_breaks_no_log_scale() -> None:
    chart = forms.log_chart(chart_of(series([0, 0, 0])))
    assert len(drawn(chart)) == 2
    assert picture.to_picture(chart, "png").startswith(b"\x89PNG")


@pytest.mark.parametrize("panels", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_every_form_of_every_chart_can_be_drawn(seed: int, panels: bool) -> None:
    chart = some_chart(np.random.default_rng(seed))
    for form in (
        forms.indexed_chart(chart),
        forms.cumulative_chart(chart),
        forms.moving_average_chart(chart, 7),
        forms.log_chart(chart),
        forms.log_chart(forms.indexed_chart(chart)),
    ):
        shown = model.panel_chart(form, own_scales=bool(seed % 2)) if panels else form
        figure(shown, dark=True, compact=bool(seed % 3))
        picture.drawn(shown)
        assert shown.alt
        for line in shown.lines:
            is_unknown = np.isin(line.states, UNKNOWN)
            assert np.isnan(line.values[is_unknown]).all()
    assert set(STATE_STYLES) == set(STATES)
