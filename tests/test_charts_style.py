"""One style for both renderers: what a state, a line and a theme look like."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from samples import chart_of, drawn, series, svg_texts, words

from bitly_data.charts import picture as picture_files
from bitly_data.charts import plotly, style
from bitly_data.charts.model import Chart, Note
from bitly_data.charts.picture import to_picture
from bitly_data.charts.plotly import figure
from bitly_data.charts.style import DASHES, STATE_STYLES, Dash, NoteStyle, look
from bitly_data.states import (
    CAPPED,
    COUNTED,
    FAILED,
    NOT_BEGUN,
    NOT_IN_LOG,
    OUTSIDE_WINDOW,
    PARTIAL,
    REBUILT,
    STATES,
    UNKNOWN,
)


def test_no_finished_line_is_dotted() -> None:
    chart = chart_of(*(series([1, 2], name=f"d{index}.example") for index in range(50)))
    looks = [(trace["line"]["color"], trace["line"]["dash"]) for trace in drawn(chart)]
    assert "dot" not in {dash for _, dash in looks}
    assert len(set(looks)) == 50  # as many domains as an address holds
    assert len({color for color, _ in looks[:10]}) == 10
    assert len({dash for _, dash in looks}) == len(DASHES)


@pytest.mark.parametrize("state", UNKNOWN)
def test_an_unknown_bucket_is_a_gap_and_a_sign_on_the_axis(state: int) -> None:
    chart = chart_of(series([4, 7, 9], [COUNTED, state, COUNTED]))
    assert np.isnan(chart.lines[0].values).tolist() == [False, True, False]
    trace, sign = drawn(chart)
    said = STATE_STYLES[STATES[state]].words
    assert (sign["x"], sign["y"], sign["mode"]) == ([1], [0], "markers")
    assert said in sign["hovertemplate"]
    assert chart.key == f"● counted · {STATE_STYLES[STATES[state]].sign} {said}"
    assert said in " ".join(svg_texts(to_picture(chart, "svg")))
    assert [at for at in trace["x"] if at is not None] == [0, 2]
    assert None in trace["x"][1:2]
    assert not trace["connectgaps"]
    assert "13 clicks in 2 of 3 buckets" in chart.alt


@pytest.mark.parametrize("state", [CAPPED, OUTSIDE_WINDOW, FAILED])
def test_a_lower_bound_is_a_gap_and_an_open_sign_at_its_height(state: int) -> None:
    chart = chart_of(
        series([4, 0, 9], [COUNTED, state, COUNTED], at_least=[-1, 5, -1], at_most=[-1, 70, -1])
    )
    assert np.isnan(chart.lines[0].values).tolist() == [False, True, False]
    trace, sign = drawn(chart)
    own = STATE_STYLES[STATES[state]]
    assert (sign["x"], sign["y"], sign["mode"]) == ([1], [5], "markers")
    assert sign["marker"]["symbol"] == own.plotly_symbol
    assert own.fill == style.OPEN
    assert sign["customdata"][0] == "at least 5, at most 70"
    assert [at for at in trace["x"] if at is not None] == [0, 2]
    assert chart.key == f"● counted · {own.sign} at least this many clicks"
    assert "at least this many clicks" in " ".join(svg_texts(to_picture(chart, "svg")))
    assert "at least 18 clicks; for 1 of 3 buckets only a minimum is known" in chart.alt


# What comes in long runs: all of a log's gaps, of a plan's past, of a range that lies ahead.
@pytest.mark.parametrize("state", [NOT_IN_LOG, OUTSIDE_WINDOW, FAILED, NOT_BEGUN])
def test_signs_of_what_is_not_known_make_no_line_of_zeros(state: int) -> None:
    """As narrow as on a phone, beside one number that is known: between signs there is paper."""
    chart = chart_of(series([0] * 59 + [4], [state] * 59 + [COUNTED]))
    with picture_files.rc_context(picture_files._SETTINGS):
        drawing = picture_files.drawn(chart)
        drawing.set_size_inches(3.75, 4)  # CSS has 96 dots an inch: 360 pixels
        canvas = FigureCanvasAgg(drawing)
        drawing.set_dpi(96 * 2)
        canvas.draw()
    shown = np.asarray(canvas.buffer_rgba())[:, :, :3].astype(int)
    own = [int(style.line_color(0, look(dark=False))[at : at + 2], 16) for at in (1, 3, 5)]
    inked = (abs(shown - own).sum(axis=2) < 120).sum(axis=1).max()
    box = drawing.axes[0].get_window_extent()
    assert 0 < inked < 0.9 * box.width


def test_a_marker_at_0_is_whole() -> None:
    """A circle of which the axis cuts a half off, with a stroke through it, looks like an arrow."""
    chart = chart_of(series([0, 0, 0], [COUNTED, REBUILT, PARTIAL]))
    assert [trace["cliponaxis"] for trace in drawn(chart)] == [False, False]
    (place,) = picture_files.drawn(chart).axes
    markers = [line for line in place.lines if line.get_linestyle() == "None"]
    assert len(markers) == 3
    assert not any(line.get_clip_on() for line in markers)


def test_a_line_without_a_number_is_in_the_legend_all_the_same() -> None:
    """Its signs stand on the axis or at lower bounds, in a colour that somebody must explain."""
    chart = chart_of(
        series([1, 2], name="known.example"),
        series([0, 0], [CAPPED, FAILED], name="bound.example", at_least=[7, -1]),
        series([0, 0], [OUTSIDE_WINDOW] * 2, name="none.example"),
    )
    everybody = {"known.example", "bound.example", "none.example"}
    named = {
        trace["name"]
        for trace in drawn(chart)
        if trace.get("showlegend", True) and len(trace["x"])  # plotly.js names no empty line
    }
    assert named == everybody == set(words(chart, "name"))
    assert not figure(chart, compact=True).layout.showlegend  # the table has its colours
    (place,) = picture_files.drawn(chart).axes
    assert everybody <= {text.get_text() for text in place.texts}
    many = chart_of(*(series([0], [FAILED], name=f"d{index}.example") for index in range(11)))
    assert figure(many).layout.showlegend
    (legend,) = picture_files.drawn(many).legends
    assert len(legend.get_texts()) == 11


def test_each_state_has_a_look_and_a_word_of_its_own() -> None:
    states = list(range(len(STATES)))
    chart = chart_of(series(states, states))
    assert chart.key == " · ".join(
        f"{STATE_STYLES[name].sign} {STATE_STYLES[name].words}" for name in STATES
    )
    looks = set()
    for trace in drawn(chart):
        symbols = trace["marker"].get("symbol", "circle")
        for index, at in enumerate(trace["x"]):
            symbol = symbols if isinstance(symbols, str) else symbols[index]
            size = trace["marker"]["size"]
            if at is not None and (size if isinstance(size, int) else size[index]):
                looks.add((at, symbol, trace.get("line", {}).get("dash")))
    assert len(looks) == len(STATES)
    assert len({look[1:] for look in looks}) == len(STATES)
    texts = " ".join(svg_texts(to_picture(chart, "svg")))
    assert all(own.words in texts for own in STATE_STYLES.values())
    assert to_picture(chart, "png").startswith(b"\x89PNG")


def test_both_themes_take_their_colours_from_the_theme_file() -> None:
    chart = chart_of(series([1, 2]))
    light, dark = (figure(chart, dark=dark).layout.hoverlabel.bgcolor for dark in (False, True))
    assert (light, dark) == (look(dark=False).background, look(dark=True).background)
    assert light != dark
    assert look(dark=True).background in to_picture(chart, "svg", dark=True).decode()
    assert to_picture(chart, "png", dark=True) != to_picture(chart, "png")


def three_states() -> Chart:
    """One line, rebuilt, counted and still filling, and a bucket that is not known."""
    return chart_of(series([1, 2, 3, 4, 5], [REBUILT, COUNTED, FAILED, COUNTED, PARTIAL]))


def drawn_by_both(chart: Chart) -> tuple[str, str]:
    return figure(chart).to_json(), to_picture(chart, "svg").decode()


@pytest.mark.parametrize("state", ["counted", "rebuilt", "partial", "failed"])
def test_a_states_colour_is_one_row_for_both_renderers(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = "#12ab34"
    before = drawn_by_both(three_states())
    assert not any(new in text for text in before)
    monkeypatch.setitem(STATE_STYLES, state, replace(STATE_STYLES[state], color=new))
    after = drawn_by_both(three_states())
    assert all(new in text for text in after)
    # The line itself keeps its own colour.
    own = style.line_color(0, look(dark=False))
    assert all(own in text for text in after)


def test_the_running_buckets_colour_is_that_of_its_stroke_and_marker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new = "#12ab34"
    monkeypatch.setitem(STATE_STYLES, "partial", replace(STATE_STYLES["partial"], color=new))
    dotted = next(trace for trace in drawn(three_states()) if trace["line"].get("dash") == "dot")
    assert dotted["line"]["color"] == dotted["marker"]["line"]["color"] == new
    strokes = re.findall(r"stroke-dasharray[^>]*stroke: ([^;]*)", svg_of(three_states()))
    assert strokes == [new]


def svg_of(chart: Chart) -> str:
    return to_picture(chart, "svg").decode()


def test_a_states_marker_sign_and_words_are_one_row_for_both_renderers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = drawn_by_both(three_states())
    changed = replace(
        STATE_STYLES["rebuilt"],
        sign="★",
        words="put together",
        plotly_symbol="star",
        matplotlib_marker="*",
        plotly_size=11,
        matplotlib_size=9,
        fill=style.OPEN,
    )
    monkeypatch.setitem(STATE_STYLES, "rebuilt", changed)
    chart = three_states()
    assert "★ put together" in chart.key
    assert chart.label(chart.lines[0], 0).endswith("(put together)")
    after = drawn_by_both(chart)
    assert all("put together" in text for text in after)
    marker = drawn(chart)[0]["marker"]
    assert (marker["symbol"][0], marker["size"][0]) == ("star", 11)
    first = re.compile(r'<defs>\s*<path id="m[^>]*>')  # the marker that is drawn first
    assert first.findall(after[1]) != first.findall(before[1])


@pytest.mark.parametrize(("fill", "filling"), [("solid", None), ("paper", "#ffffff")])
def test_a_states_filling_is_one_row_for_both_renderers(
    fill: str, filling: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STATE_STYLES, "partial", replace(STATE_STYLES["partial"], fill=fill))
    theme = look(dark=False)
    own = style.line_color(0, theme)
    expected = filling or own
    assert style.marker_colors("partial", own, theme) == (own, expected)
    dotted = next(trace for trace in drawn(three_states()) if trace["line"].get("dash") == "dot")
    assert dotted["marker"]["color"] == expected
    uses = re.findall(r"<use [^>]*style=\"fill: ([^;]*); stroke: ([^\";]*)", svg_of(three_states()))
    assert (expected, own) in uses


def test_a_stroke_pattern_is_one_row_for_both_renderers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        STATE_STYLES, "partial", replace(STATE_STYLES["partial"], dash=Dash("6px", (0, (7, 7))))
    )
    assert "6px" in {trace.get("line", {}).get("dash") for trace in drawn(three_states())}
    # [pt], times the width of the stroke
    assert "stroke-dasharray: 12.6,12.6" in svg_of(three_states())


def test_a_notes_shape_and_a_bands_shade_are_one_row_for_both_renderers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags = np.array([True, False, True])
    chart = chart_of(series([1, 2, 3]), notes=[Note("differs", flags, "triangle")])
    before = svg_of(chart)
    monkeypatch.setitem(style.NOTE_STYLES, "triangle", NoteStyle("hexagon", "H"))
    assert drawn(chart)[-1]["marker"]["symbol"] == "hexagon"
    assert svg_of(chart) != before
    monkeypatch.setitem(style.NOTE_STYLES, "triangle", NoteStyle("square", "s", is_band=True))
    assert figure(chart).layout.shapes[0].type == "rect"
    assert f"opacity: {style.BAND_OPACITY}" in svg_of(chart)


def test_every_state_and_every_pattern_has_a_row_of_its_own() -> None:
    assert tuple(STATE_STYLES) == STATES
    for column in ("sign", "words"):
        assert len({getattr(own, column) for own in STATE_STYLES.values()}) == len(STATES)
    patterns = [*DASHES, style.DOTTED]
    assert len({item.plotly for item in patterns}) == len(patterns)
    assert len({str(item.matplotlib) for item in patterns}) == len(patterns)


def test_no_renderer_has_signs_or_colours_of_its_own() -> None:
    for module in (plotly, picture_files):
        text = Path(str(module.__file__)).read_text("utf-8")
        assert not re.search(r"#[0-9a-fA-F]{6}", text)
        for own in STATE_STYLES.values():
            assert own.sign not in text
            assert f'"{own.plotly_symbol}"' not in text
            assert f'marker="{own.matplotlib_marker}"' not in text
