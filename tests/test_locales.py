"""Numbers and dates as a locale has them."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from babel import Locale as BabelLocale

from bitly_data.labels import percent_text
from bitly_data.locales import (
    _ENGLISH_WEEKS,
    ENGLISH,
    Locale,
    first_weekday,
    is_known,
    locale_of,
)

MOMENT = datetime(2024, 11, 2, 13, 5)
SENTENCE = (
    "From Sat 2 Nov 2024 to 3 Nov 2024: 1,234,567 clicks, +1,200 %, 23.5 hours; "
    "see bit.ly/1,234 and v1.5."
)


@pytest.mark.parametrize(
    ("tag", "thousand", "million", "day", "sentence"),
    [
        ("en-US", "1,234", "1,234,567.5", "Sat 2 Nov 2024", SENTENCE),
        (
            "de-DE",
            "1.234",
            "1.234.567,5",
            "Sa., 2. Nov. 2024",
            "From Sa., 2. Nov. 2024 to 3. Nov. 2024: 1.234.567 clicks, +1.200 %, 23,5 hours; "
            "see bit.ly/1,234 and v1.5.",
        ),
        (
            "fr-FR",
            "1\u202f234",
            "1\u202f234\u202f567,5",
            "sam. 2 nov. 2024",
            "From sam. 2 nov. 2024 to 3 nov. 2024: 1\u202f234\u202f567 clicks, +1\u202f200 %, "
            "23,5 hours; see bit.ly/1,234 and v1.5.",
        ),
        (
            "en-IN",
            "1,234",
            "12,34,567.5",
            "Sat 2 Nov 2024",
            SENTENCE.replace("1,234,567", "12,34,567"),
        ),
        (
            "de-CH",
            "1'234",
            "1'234'567.5",
            "Sa., 2. Nov. 2024",
            "From Sa., 2. Nov. 2024 to 3. Nov. 2024: 1'234'567 clicks, +1'200 %, 23.5 hours; "
            "see bit.ly/1,234 and v1.5.",
        ),
        (
            "ar-EG",
            "١٬٢٣٤",
            "١٬٢٣٤٬٥٦٧٫٥",
            "2/11/2024",
            "From 2/11/2024 to 3/11/2024: ١٬٢٣٤٬٥٦٧ clicks, \u061c+١٬٢٠٠ %, ٢٣٫٥ hours; "
            "see bit.ly/1,234 and v1.5.",
        ),
        (
            "ja-JP",
            "1,234",
            "1,234,567.5",
            "2024/11/2",
            SENTENCE.replace("Sat 2 Nov 2024", "2024/11/2").replace("3 Nov 2024", "2024/11/3"),
        ),
    ],
)
def test_numbers_and_dates(tag: str, thousand: str, million: str, day: str, sentence: str) -> None:
    locale = locale_of(tag)
    assert locale.number(1234) == thousand
    assert locale.number(1_234_567.5, 1) == million
    assert locale.written(MOMENT, "%a {d} %b %Y") == day
    assert locale.text(SENTENCE) == sentence
    assert locale.text(sentence) == sentence


@pytest.mark.parametrize("tag", ["en-US", "de-DE", "sv-SE", "ar-EG", "pl-PL", "fa-IR", "en-IN"])
@pytest.mark.parametrize("number", [12, -12, 1250, -1250, 123_456, -100])
def test_a_change_in_a_sentence_is_written_as_beside_it(tag: str, number: int) -> None:
    locale = locale_of(tag)
    sentence = "{} (without 3 days: {}, clearly more)"
    shown = locale.number(number, sign=True)
    assert f"{shown} %" == percent_text(number / 100, locale)
    english = f"{ENGLISH.number(number, sign=True)} %"
    text = locale.text(sentence.format(english, english))
    assert text == sentence.format(f"{shown} %", f"{shown} %")
    assert locale.text(text) == text  # what was written so stays so


@pytest.mark.parametrize("text", ["10-20 % of them", "v1-12 %", "2026-11-12 %"])
def test_a_hyphen_between_numbers_is_no_sign(text: str) -> None:
    assert locale_of("sv-SE").text(text) == text


@pytest.mark.parametrize("tag", [None, "", "xx-YY", "C", "../etc", "d" * 300, "de_DE; drop"])
def test_what_is_no_locale_is_english(tag: str | None) -> None:
    assert locale_of(tag) == ENGLISH
    assert tag is None or not is_known(tag)


def test_a_locale_is_known_by_its_language_at_least() -> None:
    assert locale_of("de-US").number(1234) == locale_of("de").number(1234) == "1.234"
    assert locale_of("de-DE-u-nu-latn") == locale_of("de_DE") == locale_of("de-DE")
    assert is_known("de-US")


@pytest.mark.parametrize(
    ("tag", "day"),
    [
        ("en-US", 6),
        ("en-GB", 0),
        ("de-DE", 0),
        ("ar-EG", 5),
        ("ar-SA", 6),
        ("pt-BR", 6),
        ("dv-MV", 4),
        # Without a territory it is where most people speak so.
        ("en", 6),
        ("de", 0),
        ("ar", 5),
        ("he", 6),
        ("zh-Hant", 6),
        # The territory says it, whatever is spoken there.
        ("de-US", 6),
        ("en-DE", 0),
        ("en_us", 6),
        ("de-DE-u-nu-latn", 0),
        *((tag, 0) for tag in (None, "", "xx-YY", "C", "../etc", "d" * 300, "es-419")),
    ],
)
def test_a_week_begins_as_it_does_where_the_reader_is(tag: str | None, day: int) -> None:
    assert first_weekday(tag) == day


def test_weeks_are_those_of_the_cldr() -> None:
    for tag in (*_ENGLISH_WEEKS, "en-ZA", "fr-CA", "fa-AF", "zh-TW", "sr-Latn-RS", "pt-GQ"):
        own = BabelLocale.parse("en-US" if tag == "en" else tag, sep="-")
        assert first_weekday(tag) == own.first_week_day, tag


def test_signs_and_zero() -> None:
    german = locale_of("de")
    assert [german.number(one, 1) for one in (-0.04, 0.04, -1.25)] == ["0,0", "0,0", "-1,2"]
    assert german.number(12, sign=True) == "+12"
    assert locale_of("sv").number(-1234) == "−1\xa0234"
    assert german.number(2**60) == "1.152.921.504.606.846.976"
    assert [german.short(one, 2) for one in (24.0, 24.5, 0.25)] == ["24", "24,5", "0,25"]


@pytest.mark.parametrize(
    ("tag", "four"), [("es-ES", "1234"), ("es-MX", "1,234"), ("pt-PT", "1234"), ("pt-BR", "1.234")]
)
def test_four_digits_may_stand_together(tag: str, four: str) -> None:
    assert locale_of(tag).number(1234) == four
    assert len(locale_of(tag).number(12345)) == 6


@pytest.mark.parametrize(
    ("tag", "hour", "week", "month"),
    [
        ("en", "ddd D MMM YYYY HH:mm", "[week of ]D MMM YYYY", "MMM YYYY"),
        ("de-DE", "D.M.YYYY HH:mm", "[week of ]D.M.YYYY", "M/YYYY"),
        ("fr-FR", "DD/MM/YYYY HH:mm", "[week of ]DD/MM/YYYY", "MM/YYYY"),
        ("ja-JP", "YYYY/M/D HH:mm", "[week of ]YYYY/M/D", "YYYY/M"),
        (
            "bg-BG",
            "D.MM.YYYY\u202f[г]. HH:mm",
            "[week of ]D.MM.YYYY\u202f[г].",
            "MM.YYYY\u202f[г].",
        ),
    ],
)
def test_tables_have_patterns_for_the_browser(tag: str, hour: str, week: str, month: str) -> None:
    locale = locale_of(tag)
    found = [
        locale.table_pattern(pattern)
        for pattern in ("%a {d} %b %Y %H:%M", "week of {d} %b %Y", "%b %Y")
    ]
    assert found == [hour, week, month]


def test_pictures_have_digits_that_their_font_has() -> None:
    assert locale_of("bn-BD").in_picture().number(12) == "12"
    assert locale_of("ar-EG").in_picture().number(12) == "١٢"
    assert not locale_of("th").has_named_months
    assert locale_of("ru").has_named_months


def test_a_locale_is_part_of_a_key() -> None:
    assert len({Locale(), ENGLISH, locale_of("en-GB"), locale_of("de"), locale_of("de-DE")}) == 3


def test_english_waits_for_nothing() -> None:
    """Babel is not loaded before somebody reads another language."""
    code = (
        "import sys; from bitly_data.locales import locale_of; import bitly_data.views.clicks; "
        "import bitly_data.charts.plotly; locale_of('en-US').number(1234); "
        "from bitly_data.locales import first_weekday; first_weekday('en-US'); "
        "assert 'babel' not in sys.modules; locale_of('de'); assert 'babel' in sys.modules"
    )
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_a_text_that_is_written_by_the_locale_stays_so() -> None:
    """A key figure's explanation comes here with its numbers written already."""
    german = locale_of("de-DE")
    for english, own in (
        ("20,001 days", "20.001 days"),
        ("743.5 of 1,744 hours in the log", "743,5 of 1.744 hours in the log"),
        ("for 1,234 of 2,000 days", "for 1.234 of 2.000 days"),
        ("bit.ly/a-1,234 and x1,234 stay", "bit.ly/a-1,234 and x1,234 stay"),
    ):
        assert german.text(english) == own
        assert german.text(own) == own
