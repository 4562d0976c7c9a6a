"""Charts as PNG and SVG files."""

from __future__ import annotations

import numpy as np
import pytest
from samples import chart_of, picture, png_size, series, svg_texts, words

from bitly_data.charts import model as charts
from bitly_data.charts import picture as picture_files
from bitly_data.charts import style
from bitly_data.charts.picture import to_picture
from bitly_data.locales import locale_of
from bitly_data.states import CAPPED, COUNTED, PARTIAL


@pytest.mark.parametrize("dark", [False, True])
def test_the_svg_says_what_the_chart_says(dark: bool) -> None:
    texts = " ".join(svg_texts(to_picture(picture(), "svg", dark=dark)))
    for text in (
        "Clicks of the organization by day",
        "Sat 2 Nov 2024 to Mon 4 Nov 2024",
        "Europe/Tallinn",
        "demo data",
        "dotted: still filling",
        "Sat 2",
        "Mon 4",
        "3k",
        "a.example",
        "b.example",
    ):
        assert text in texts, text


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


def test_a_lower_bound_is_drawn_at_its_height() -> None:
    chart = chart_of(series([4, 0, 9], [COUNTED, CAPPED, COUNTED], at_least=[-1, 50, -1]))
    (place,) = picture_files.drawn(chart).axes
    points = [line for line in place.lines if line.get_marker() == "s"]
    assert [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in points] == [
        ([1], [50.0])
    ]
    assert points[0].get_markerfacecolor() == "none"
    assert place.get_ylim()[1] >= 50


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
    assert max(map(len, words(chart, "name"))) <= style.NAME_LETTERS


@pytest.mark.parametrize(
    ("tag", "number", "date"),
    [
        ("en", "3k", "Sat 2 Nov 2024"),
        ("de-DE", "3.000", "Sa., 2. Nov. 2024"),
        ("fr-FR", "3\xa0k", "sam. 2 nov. 2024"),
        ("es-ES", "3\xa0mil", "sáb, 2 nov 2024"),
        ("ar-EG", "٣٬٠٠٠", "2/11/2024"),
        ("ja-JP", "3,000", "2024/11/2"),
    ],
)
def test_a_picture_follows_its_locale(tag: str, number: str, date: str) -> None:
    chart = chart_of(series([1200, 3400, 600], name="a.example"), locale=locale_of(tag))
    texts = svg_texts(to_picture(chart, "svg"))
    assert number in texts
    assert any(text.startswith(date) for text in texts)


@pytest.mark.parametrize(
    "tag", ["bn-BD", "th-TH", "hi-IN", "ko-KR", "zh-CN", "ja-JP", "he-IL", "fa-IR", "ka"]
)
def test_a_picture_has_only_letters_of_its_font(tag: str, recwarn: pytest.WarningsRecorder) -> None:
    """matplotlib warns of each sign that it cannot draw."""
    chart = chart_of(
        series([120_000, 340_000, 60_000], name="a.example", unit="month"), locale=locale_of(tag)
    )
    to_picture(chart, "png")
    days = series([12_000, 34_000, 6_000], [COUNTED, COUNTED, PARTIAL])
    to_picture(chart_of(days, locale=locale_of(tag)), "png")
    assert [str(one.message) for one in recwarn if "Glyph" in str(one.message)] == []
