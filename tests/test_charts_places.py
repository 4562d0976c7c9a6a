"""Where a chart's numbers are drawn: read back from the figure and from the picture.

Every known number is drawn at its own place, inside the frame of its axes, and nothing else is
drawn as a number. What is known is told by the series, not by the chart that is made of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from samples import as_sent, chart_of, series

from bitly_data.bounds import NO_BOUND
from bitly_data.charts import model as charts
from bitly_data.charts import picture
from bitly_data.charts.model import Chart, Note
from bitly_data.charts.plotly import figure
from bitly_data.charts.style import NOTE_STYLES, STATE_STYLES, line_color, look
from bitly_data.series import ClickSeries
from bitly_data.states import CAPPED, COUNTED, PARTIAL, STATES, UNKNOWN

LENGTHS = (1, 1, 2, 3, 7, 24, 61, 62, 63, 130)
# From nothing to more clicks than there are people.
SIZES = (0, 1, 3, 6, 7, 90, 4000, 278_500_000, 10**13)
SHAPES = ("lines", "shares", "panels", "panels of shares")
SIGNS = {STATE_STYLES[STATES[code]].matplotlib_marker for code in UNKNOWN}
# Signs of strokes alone have no inside that could be filled.
STROKES = {"x-thin", "line-ne"}
NOTES = {own.matplotlib_marker for own in NOTE_STYLES.values()}

Places = dict[int, float]  # heights by place on the axis


def some_series(draw: np.random.Generator, count: int, name: str) -> ClickSeries:
    """Random clicks of one size, with runs of every state; some that are cut have bounds, which may
    be above all that is known.
    """
    size = int(draw.choice(SIZES))
    clicks = draw.integers(0, size + 1, count)
    if draw.random() < 0.2:
        clicks[:] = 0
    states = np.full(count, COUNTED)
    for _ in range(int(draw.integers(0, 4))):
        first = int(draw.integers(0, count))
        states[first : first + int(draw.integers(1, count + 1))] = draw.integers(0, len(STATES))
    unit = ("hour", "day", "month")[count % 3]
    is_bounded = (states == CAPPED) & (draw.random(count) < draw.choice([0, 0.5, 1]))
    least = draw.integers(0, size * int(draw.choice([1, 3])) + 1, count)
    most = np.where(draw.random(count) < 0.5, least + draw.integers(0, size + 1, count), NO_BOUND)
    return series(
        clicks.tolist(),
        states.tolist(),
        name=name,
        unit=unit,
        at_least=np.where(is_bounded, least, NO_BOUND).tolist(),
        at_most=np.where(is_bounded, most, NO_BOUND).tolist(),
    )


def expected(one: ClickSeries, whole: np.ndarray | None) -> Places:
    """What is to be drawn of a series: its known numbers; with `whole` as per cent of that."""
    return {
        at: float(clicks) if whole is None else clicks / float(whole[at]) * 100
        for at, (clicks, state) in enumerate(
            zip(one.clicks.tolist(), one.states.tolist(), strict=True)
        )
        if state not in UNKNOWN and (whole is None or whole[at] > 0)
    }


def expected_signs(one: ClickSeries, whole: np.ndarray | None) -> tuple[Places, set[int]]:
    """The lower bounds, each at its height; and where a sign on the axis may stand, as nothing is
    known.
    """
    bounds, nothing = dict[int, float](), set[int]()
    for at, state in enumerate(one.states.tolist()):
        if state in UNKNOWN:
            bound = int(one.at_least[at])
            if bound != NO_BOUND and (whole is None or whole[at] > 0):
                bounds[at] = float(bound) if whole is None else bound / float(whole[at]) * 100
            else:
                nothing.add(at)
    return bounds, nothing


def some_chart(
    draw: np.random.Generator, shape: str
) -> tuple[Chart, list[Places], list[tuple[Places, set[int]]]]:
    """A random chart, and what is to be drawn of each of its lines: numbers and signs."""
    count, many = int(draw.choice(LENGTHS)), int(draw.integers(1, 8))
    each = [some_series(draw, count, f"d{index}.example") for index in range(many)]
    notes = [
        Note("noted", draw.random(count) < 0.3, kind) for kind in NOTE_STYLES if draw.random() < 0.3
    ]
    chart, whole = chart_of(*each, notes=notes), None
    if "shares" in shape:
        whole = np.sum([one.clicks + one.at_least.clip(min=0) for one in each], axis=0).astype(
            float
        )
        chart = charts.share_chart(chart, whole)
    if "panels" in shape:
        chart = charts.panel_chart(chart)
    numbers = [expected(one, whole) for one in each]
    return chart, numbers, [expected_signs(one, whole) for one in each]


def same(found: Places, known: Places) -> bool:
    return found.keys() == known.keys() and all(
        found[at] == pytest.approx(height, rel=1e-9) for at, height in known.items()
    )


# The figure -----------------------------------------------------------------------------------


def scale(layout: dict[str, Any], axis: str) -> tuple[float, float] | None:
    """The limits of an axis; `None` where plotly.js fits them to what is drawn.

    Raises `AssertionError` for an axis that says otherwise than the one it matches.
    """
    own = layout[f"{axis[0]}axis{axis[1:]}"]
    limits = tuple(own["range"]) if "range" in own else None
    assert own.get("autorange", True) is True
    assert "maxallowed" not in own
    if "matches" in own:
        assert scale(layout, own["matches"]) == limits
    if limits is None:
        assert own["rangemode"] == "tozero"
    return limits


def assert_inside(layout: dict[str, Any], trace: dict[str, Any]) -> None:
    for axis, values in (("x", trace["x"]), ("y", trace["y"])):
        limits = scale(layout, trace.get(f"{axis}axis", axis))
        for value in values:
            assert value is None or limits is None or limits[0] <= value <= limits[1], trace


def is_sign(trace: dict[str, Any]) -> bool:
    """Whether a trace says of buckets that they are not known, or no more than a bound."""
    return "not known" in trace["hovertemplate"] or is_bound(trace)


def is_bound(trace: dict[str, Any]) -> bool:
    return trace["hovertemplate"].startswith("<b>%{customdata}</b>, ")


def assert_area(trace: dict[str, Any], known: list[Places]) -> None:
    """An area is filled, not hovered over, and goes from one known number to the next, or to 0."""
    assert trace["fill"] == "tozeroy"
    assert trace["line"]["width"] == 0
    own = known[int(trace.get("yaxis", "y")[1:] or 1) - 1]
    assert {(x, y) for x, y in zip(trace["x"], trace["y"], strict=True) if y} <= {*own.items()}
    # A gap is crossed along the axis: where a stretch ends the area comes down to 0.
    for (x, y), (after, other) in pairwise(zip(trace["x"], trace["y"], strict=True)):
        assert after == x or (after == x + 1 and {x, after} <= own.keys()) or (not y and not other)


def figure_places(chart: Chart, *, dark: bool) -> tuple[list[Places], list[Places]]:
    """Of each line its numbers, and the signs which say that there is none."""
    shown = as_sent(chart, dark=dark)
    numbers: list[Places] = [{} for _ in chart.lines]
    signs: list[Places] = [{} for _ in chart.lines]
    areas: list[dict[str, Any]] = []
    for trace in shown["data"]:
        assert_inside(shown["layout"], trace)
        if trace.get("hoverinfo") == "skip":
            areas.append(trace)
            continue
        if "legendgroup" not in trace:  # a note
            assert set(trace["y"]) <= {0, None}
            continue
        of = int(trace["legendgroup"])
        assert trace.get("yaxis", "y") == (f"y{of + 1}" if chart.panels and of else "y")
        points = {at: y for at, y in zip(trace["x"], trace["y"], strict=True) if at is not None}
        if is_sign(trace):
            assert not points.keys() & signs[of].keys()
            signs[of] |= points
            # A bound is told, and drawn open: the sign is no number's.
            assert not is_bound(trace) or all("at least" in text for text in trace["customdata"])
            assert "open" in trace["marker"]["symbol"] or trace["marker"]["symbol"] in STROKES
        else:
            assert all(numbers[of].get(at, y) == y for at, y in points.items())
            # A bar has its number written on it.
            assert trace["type"] != "bar" or all(trace["text"]) == bool(points)
            numbers[of] |= points
    for trace in areas:
        assert_area(trace, numbers)
    return numbers, signs


# The picture ----------------------------------------------------------------------------------


def artists(place: Axes) -> Iterator[tuple[Any, Places]]:
    """What is drawn on axes by numbers, with its points; each lies inside the frame."""
    (left, right), (bottom, top) = place.get_xlim(), place.get_ylim()
    assert bottom == 0
    for artist in place.lines:
        if artist.get_transform() != place.transData:
            continue  # the upright line of a mark
        points = dict(zip(*map(np.ndarray.tolist, artist.get_data()), strict=True))
        for x, y in points.items():
            assert left <= x <= right, artist
            assert bottom <= y <= top, artist
        yield artist, {round(x): y for x, y in points.items()}


def bars(place: Axes, colors: set[str]) -> Iterator[tuple[str, Places]]:
    """The colour of each bar, as that of its edge, and where it ends; it stands on the axis."""
    for bar in place.patches:
        if isinstance(bar, Rectangle) and (color := to_hex(bar.get_edgecolor())) in colors:
            assert place.get_xlim()[0] <= bar.get_x() <= place.get_xlim()[1]
            assert bar.get_y() == 0
            if bar.get_width():
                assert bar.get_height() <= place.get_ylim()[1]
                yield color, {round(bar.get_x() + bar.get_width() / 2): bar.get_height()}


def picture_places(chart: Chart, *, dark: bool) -> tuple[list[Places], list[Places]]:
    """As `figure_places`; a line is told by its colour, and in panels by its place."""
    theme = look(dark=dark)
    colors = [line_color(0 if chart.panels else line.style, theme) for line in chart.lines]
    assert chart.panels or len(set(colors)) == len(colors)
    numbers: list[Places] = [{} for _ in chart.lines]
    signs: list[Places] = [{} for _ in chart.lines]
    drawing = picture.drawn(chart, dark=dark)
    for index, place in enumerate(drawing.axes):
        for artist, points in artists(place):
            if artist.get_marker() in NOTES and artist.get_color() == theme.text:
                assert set(points.values()) <= {0}
                continue
            of = index if chart.panels else colors.index(artist.get_color())
            assert artist.get_color() == colors[of]
            if artist.get_marker() in SIGNS:
                assert not points.keys() & signs[of].keys()
                signs[of] |= points
            elif artist.get_marker() != "None" or len(points) > 1:  # one point needs a marker
                assert all(numbers[of].get(at, y) == y for at, y in points.items())
                numbers[of] |= points
        for color, points in bars(place, set(colors)):
            of = index if chart.panels else colors.index(color)
            assert not numbers[of]
            numbers[of] |= points
    return numbers, signs


@pytest.mark.sampled("charts", "seed")
def test_every_known_number_is_drawn_inside_its_frame(seed: int) -> None:
    draw = np.random.default_rng(seed)
    shape, dark = SHAPES[seed % len(SHAPES)], bool(seed // len(SHAPES) % 2)
    chart, known, signs_of = some_chart(draw, shape)
    for numbers, signs in (figure_places(chart, dark=dark), picture_places(chart, dark=dark)):
        for line, found, signed, right, (bounds, nothing) in zip(
            chart.lines, numbers, signs, known, signs_of, strict=True
        ):
            assert same(found, right), (line.name, shape)
            at_bounds = {at: height for at, height in signed.items() if at in bounds}
            assert same(at_bounds, bounds), (line.name, shape)
            # Elsewhere a sign stands on the axis, on a long one one for a run.
            on_axis = {at: height for at, height in signed.items() if at not in bounds}
            assert set(on_axis.values()) <= {0}
            assert on_axis.keys() <= nothing
            assert bool(on_axis) == bool(nothing)


@pytest.mark.parametrize("bound", [0, 40, 278_500_000])
@pytest.mark.parametrize("panels", [False, True])
def test_a_lower_bound_above_all_numbers_is_inside_its_frame(bound: int, panels: bool) -> None:
    one = series([3, 0, 5], [COUNTED, CAPPED, COUNTED], name="a", at_least=[-1, bound, -1])
    chart = chart_of(one, series([1, 2, 1], name="b"))
    chart = charts.panel_chart(chart) if panels else chart
    for numbers, signs in (figure_places(chart, dark=False), picture_places(chart, dark=False)):
        assert numbers[0] == {0: 3.0, 2: 5.0}
        assert signs == [{1: float(bound)}, {}]


@pytest.mark.parametrize("panels", [False, True])
@pytest.mark.parametrize(
    "clicks",
    [
        [[12, 7, 0], [278_500_000, 1, 0]],
        [[278_500_000, 1, 0], [12, 7, 0]],
        [[0, 0, 0], [5, 5, 5]],
        [[0, 0, 0], [0, 0, 0]],
        [[1, 1, 1], [2, 2, 2], [10**15, 0, 1]],
    ],
)
def test_series_of_unlike_sizes_share_one_scale(clicks: list[list[int]], panels: bool) -> None:
    chart = chart_of(*(series(one, name=f"d{index}") for index, one in enumerate(clicks)))
    chart = charts.panel_chart(chart) if panels else chart
    right = [dict(enumerate(map(float, one))) for one in clicks]
    assert figure_places(chart, dark=False)[0] == right
    assert picture_places(chart, dark=False)[0] == right
    tops = {place.get_ylim()[1] for place in picture.drawn(chart).axes if place.axison}
    assert len(tops) == 1
    assert max(tops) == pytest.approx((max(map(max, clicks)) or 1) * (1 + charts.HEADROOM))
    if panels:
        layout = as_sent(chart)["layout"]
        assert scale(layout, "y2") == scale(layout, "y") == (0, tops.pop())


def test_small_multiples_say_that_they_share_a_scale() -> None:
    alone = chart_of(series([1, 2], name="a"))
    both = chart_of(series([1, 2], name="a"), series([3, 4], name="b"))
    assert charts.panel_chart(both).subtitle == f"{both.subtitle} · one scale for all panels"
    assert charts.panel_chart(both).alt.endswith("own: one scale for all panels.")
    assert charts.panel_chart(alone).subtitle == alone.subtitle
    texts = [text.get_text() for text in picture.drawn(charts.panel_chart(both)).texts]
    assert any("one scale for all panels" in text for text in texts)
    # Above the figure the page says it.
    assert charts.panel_chart(both).remarks == ("one scale for all panels",)
    own = charts.panel_chart(both, own_scales=True)
    assert (own.remarks, own.subtitle) == (
        ("each on its own scale",),
        f"{both.subtitle} · each on its own scale",
    )
    layout = figure(own).layout
    assert layout.yaxis.range[1] < layout.yaxis2.range[1] and layout.yaxis2.matches is None
    assert len({place.get_ylim()[1] for place in picture.drawn(own).axes if place.axison}) == 2


def test_a_log_with_many_gaps_is_drawn_as_fast_as_one_without() -> None:
    """Bands are given to plotly at once: one after the other they took minutes here."""
    each = [series([1] * 1500, name=f"d{index}", timezone="UTC") for index in range(6)]
    gaps = Note("not in the log", np.arange(1500) % 10 == 0, "band")
    started = time.process_time()
    shown = figure(charts.panel_chart(chart_of(*each, notes=[gaps])))
    assert len(shown.layout.shapes) == 6 * 150
    assert time.process_time() - started < 10


def test_no_lines_are_an_empty_drawing() -> None:
    empty = charts.panel_chart(replace(chart_of(series([1])), lines=()))
    assert figure(empty).data == ()
    assert picture_places(empty, dark=False) == ([], [])


def test_a_line_of_other_buckets_is_inside_as_well() -> None:
    """The other period may be higher than the one that it is set against."""
    other = charts.line_of(series([9000, 1, 5], [COUNTED, PARTIAL, COUNTED], name="other"), 1)
    line = charts.placed(other, np.array([0, -1, 1]), ["a", "b", "c"])
    chart = chart_of(series([1, 2, 3]), more=[line])
    right = [{0: 1.0, 1: 2.0, 2: 3.0}, {0: 9000.0, 2: 1.0}]
    assert figure_places(chart, dark=True)[0] == right
    assert picture_places(chart, dark=True)[0] == right
