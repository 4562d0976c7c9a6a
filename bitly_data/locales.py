"""How numbers and dates are written for a reader: by one locale, while words stay English.

English needs nothing else. What others write comes from the Unicode CLDR by Babel, which is loaded
for the first reader who needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import babel

LATIN = "0123456789"
# Where the ten digits of a numbering system begin in Unicode; of others Latin ones are written.
_DIGITS = {"arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040}

# Where four digits stand without a separator: 1234, but 12 345 (CLDR, minimumGroupingDigits, which
# Babel does not carry). As browsers write it, which a test compares.
# By language, with the territories that do so where not all of them do.
_GROUPS_FROM_FIVE: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(("bg", "et", "hu", "it", "lv", "pl", "sl")),
    "es": ("", "ES", "EA", "GQ", "IC", "PH"),
    "pt": ("CH", "CV", "GQ", "GW", "LU", "MO", "MZ", "PT", "ST", "TL"),
    "ru": ("UA",),
}

# The day that a week begins on for readers of English, as browsers have it; Monday is 0.
_ENGLISH_WEEKS = {
    "en": 6,
    "en-US": 6,
    "en-GB": 0,
    "en-AU": 0,
    "en-CA": 6,
    "en-IE": 0,
    "en-NZ": 0,
}

# A tag as a browser gives it (BCP 47), with no more parts than a language, a script, a territory
# and a variant have; what follows a single letter says nothing about how numbers are grouped.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_TERRITORY = re.compile(r"[A-Za-z]{2}|\d{3}")
_EXTENSION = re.compile(r"-[A-Za-z0-9]-.*")

# The parts of a date as `units` and others write them in English, and their CLDR skeleton; the
# longest first. Without names of months: the same in numbers.
_DATE_PARTS = (
    ("%a {d} %b %Y", "yMMMEd", "yMd"),
    ("%a {d} %b", "MMMEd", "Md"),
    ("%a {d}", "Ed", "d"),
    ("{d} %b %Y", "yMMMd", "yMd"),
    ("{d} %b", "MMMd", "Md"),
    ("%b %Y", "yMMM", "yM"),
    ("%b", "MMM", ""),
)
# The letters that the font of pictures has: of other scripts the dates are in numbers.
_LETTERS = re.compile(r"[\x00-\u024f\u0370-\u052f\u1e00-\u1fff\u2000-\u206f]*")
# What turns the direction of a text; dates in numbers do not need it.
_DIRECTIONS = str.maketrans("", "", "\u061c\u200e\u200f")

# English numbers and dates in a sentence: 1,234 and 1,234.5; 23.5 before a unit; Sat 2 Nov 2024.
_GROUPED = re.compile(r"(?<!\w-)(?<![\w.,/])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d/]|,\d)")
# No more than two decimals, so that a text with points between thousands stays as it is: what was
# written by a locale may come here again.
_DECIMAL = re.compile(r"(?<![\w.,/])\d+\.\d{1,2}(?= (?:days?|hours?|minutes?|h|min|%|of \d))")
# A change in per cent, with its sign: +12 %, -1,234 %.
_SIGNED = re.compile(r"(?<![\w.,/])[+-][0-9]{1,3}(?:,[0-9]{3})*(?= %)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rf"\b((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(\d\d?) ({'|'.join(_MONTHS)}) (\d{{4}})\b"
)


@dataclass(frozen=True)
class Locale:
    """How numbers and dates are written; hashable, so that what was made with it can be kept.

    `sizes` are those of the last group of digits and of the ones before it, `least` how many
    digits stand before the first separator at least. `tag` is the locale's name in BCP 47.
    """

    tag: str = "en"
    decimal: str = "."
    group: str = ","
    sizes: tuple[int, int] = (3, 3)
    least: int = 1
    minus: str = "-"
    plus: str = "+"
    digits: str = LATIN
    has_named_months: bool = True  # in letters that a picture has
    has_short_numbers: bool = True  # whether `compact` may write words behind numbers

    @property
    def is_english(self) -> bool:
        """Whether dates are written as the app does by itself: `Sat 2 Nov 2024`."""
        return self.tag.split("-")[0] == "en"

    @property
    def is_simple(self) -> bool:
        """Whether decimal sign and separator are all that differs from English numbers."""
        return (self.sizes, self.least, self.digits) == ((3, 3), 1, LATIN)

    def number(self, number: float, places: int = 0, *, sign: bool = False) -> str:
        """A number with separators and so many decimals; with `sign` also a plus."""
        # A whole number stays one, also where a float would not hold it.
        text = f"{abs(number):,}" if isinstance(number, int) else f"{abs(number):,.{places}f}"
        negative = number < 0 and text.strip("0.")
        before = self.minus if negative else self.plus if sign else ""
        whole, _, part = text.partition(".")
        shown = self._grouped(whole) + (self.decimal + part if part else "")
        if self.digits != LATIN:
            shown = shown.translate(str.maketrans(LATIN, self.digits))
        return before + shown

    def _grouped(self, english: str) -> str:
        """The digits of a whole number in this locale's groups, from those of an English one."""
        if self.is_simple:
            return english.replace(",", self.group)
        digits = english.replace(",", "")
        last, others = self.sizes
        if len(digits) < last + self.least:
            return digits
        groups = [digits[-last:]]
        rest = digits[:-last]
        while rest:
            groups.append(rest[-others:])
            rest = rest[:-others]
        return self.group.join(reversed(groups))

    def short(self, number: float, places: int) -> str:
        """A number with at most so many decimals, as `24` and `24.5` have them."""
        if not places:
            return self.number(number)
        text = f"{number:.{places}f}"
        used = len(text.rstrip("0").partition(".")[2])
        return self.number(number, used)

    def compact(self, number: float) -> str:
        """A number in short, as an axis has it: `2k`, `2.5M`; in full where it is not shortened.

        English thousands have a small k, as on most charts; all others are as the CLDR has them.
        """
        size = len(str(int(abs(number))))
        forms = _compact_forms(self.tag) if self.has_short_numbers else ()
        for power, digits, before, after in reversed(forms):
            if size >= power:
                # A form of so many digits: `00K` of 12,000 leaves 12.
                return f"{before}{self.short(number / 10 ** (power - digits), 2)}{after}"
        return self.short(number, 2)

    def written(self, moment: datetime, pattern: str) -> str:
        """A time by a pattern of `strftime`, with `{d}` for the day without a zero."""
        if not self.is_english:
            for english, named, in_numbers in _DATE_PARTS:
                if english in pattern:
                    skeleton = named if self.has_named_months else in_numbers
                    own = self._date(moment, skeleton).replace("%", "%%")
                    pattern = pattern.replace(english, own)
                    break
        return moment.strftime(pattern.replace("{d}", str(moment.day)))

    def _date(self, moment: date, skeleton: str) -> str:
        if len(skeleton) < 2:  # a number alone, without the word that some write behind it
            return str(moment.day if skeleton else moment.month)
        return _babel_date(self.tag, skeleton)(moment).translate(_DIRECTIONS)

    def text(self, sentence: str) -> str:
        """A sentence of ours with its English numbers and dates in this locale.

        For what is said where nobody knows who will read it: errors, and what a source has to say
        of its answer, which is kept for everybody.
        """
        if self.is_english and (self.decimal, self.group) == (".", ",") and self.is_simple:
            return sentence
        sentence = _SIGNED.sub(self._signed_again, sentence)
        sentence = _GROUPED.sub(self._again, _DECIMAL.sub(self._again, sentence))
        return sentence if self.is_english else _DATE.sub(self._date_again, sentence)

    def _again(self, found: re.Match[str]) -> str:
        plain = found[0].replace(",", "")
        return self.number(float(plain), len(plain.partition(".")[2]))

    def _signed_again(self, found: re.Match[str]) -> str:
        return self.number(int(found[0].replace(",", "")), sign=True)

    def _date_again(self, found: re.Match[str]) -> str:
        day, month, year = int(found[2]), _MONTHS.index(found[3]) + 1, int(found[4])
        try:
            moment = datetime(year, month, day)
        except ValueError:
            return found[0]
        return self.written(moment, "%a {d} %b %Y" if found[1] else "{d} %b %Y")

    def table_pattern(self, unit_pattern: str) -> str:
        """A pattern of `strftime` as a table in the browser has it (moment.js).

        Names are English there, so dates of other locales are in numbers.
        """
        pattern = unit_pattern
        if not self.is_english:
            for english, _, in_numbers in _DATE_PARTS:
                if english in pattern:
                    return _moment_js(pattern, english, _numeric_pattern(self.tag, in_numbers))
        return _moment_js(pattern)

    def in_picture(self) -> Locale:
        """The same with letters and digits that the font of pictures has: Arabic digits as well."""
        own = replace(self, has_short_numbers=self.has_named_months)
        has_digits = self.digits[0] in (LATIN[0], chr(_DIGITS["arab"]), chr(_DIGITS["arabext"]))
        return own if has_digits else replace(own, digits=LATIN)


ENGLISH = Locale()
_SHORT_ENGLISH = ((4, 1, "", "k"), (7, 1, "", "M"), (10, 1, "", "B"), (13, 1, "", "T"))
# What everybody who reads English and groups by threes writes; it takes no further look.
_AS_ENGLISH = tuple(_ENGLISH_WEEKS)


@lru_cache(maxsize=256)
def locale_of(tag: str | None) -> Locale:
    """The locale of a tag such as `de-DE`; English where it is missing or not known."""
    if tag is None:
        return ENGLISH
    tag = _EXTENSION.sub("", tag.replace("_", "-"))
    if tag in _AS_ENGLISH or not _TAG.fullmatch(tag):
        return ENGLISH
    found = _babel_locale(tag)
    return ENGLISH if found is None else _from_babel(found)


@lru_cache(maxsize=256)
def _compact_forms(tag: str) -> tuple[tuple[int, int, str, str], ...]:
    """The short forms of large numbers, smallest first.

    Of each: how many digits a number has from which it is used, how many of these stay, and the
    words before and behind them.
    """
    if tag == ENGLISH.tag:
        return _SHORT_ENGLISH
    from babel import Locale as BabelLocale

    forms = BabelLocale.parse(tag, sep="-").compact_decimal_formats["short"]["other"]
    found: list[tuple[int, int, str, str]] = []
    for size in sorted(forms, key=len):
        pattern = forms[size].pattern.partition(";")[0].replace("'", "").translate(_DIRECTIONS)
        before, zeros, after = _ZEROS.fullmatch(pattern).groups()  # type: ignore[union-attr]
        # Where nothing stands beside the zeros the number is written in full.
        if (before + after).strip() and (not found or after != found[-1][3]):
            after = "k" if tag.startswith("en") and after == "K" else after
            found.append((len(size), len(zeros), before, after))
    return tuple(found)


def is_known(tag: str) -> bool:
    """Whether there is such a locale; its language is enough."""
    tag = _EXTENSION.sub("", tag.replace("_", "-"))
    return _TAG.fullmatch(tag) is not None and _babel_locale(tag) is not None


@lru_cache(maxsize=256)
def first_weekday(tag: str | None) -> int:
    """The day that a week begins on where a tag such as `de-DE` is at home; Monday is 0.

    Of a tag without a territory it is the one where most people speak so, as in browsers. Monday
    where the tag is missing or not known.
    """
    tag = _EXTENSION.sub("", (tag or "").replace("_", "-"))
    if tag in _ENGLISH_WEEKS:
        return _ENGLISH_WEEKS[tag]
    if not is_known(tag):
        return 0
    from babel.core import get_global

    likely = get_global("likely_subtags")
    language, *others = tag.split("-")
    territory = next((one.upper() for one in others if _TERRITORY.fullmatch(one)), "")
    if not territory:
        whole = likely.get(tag.replace("-", "_")) or likely.get(language.lower(), "")
        territory = whole.rpartition("_")[2]
    # A week is the territory's: where its own language is not known there, that of most will do.
    spoken = likely.get(f"und_{territory}", f"en_{territory}").replace("_", "-")
    for one in (f"{language}-{territory}", spoken):
        found = _babel_locale(one)
        if found is not None and found.territory == territory:
            return found.first_week_day
    return 0


def _babel_locale(tag: str) -> babel.Locale | None:
    """As much of a locale as is known, its language at least; `None` if that is not."""
    # A fifth of a second, which no reader of English has to wait for.
    from babel import Locale as BabelLocale
    from babel import UnknownLocaleError

    parts = tag.split("-")
    for count in range(len(parts), 0, -1):
        try:
            return BabelLocale.parse("-".join(parts[:count]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _from_babel(found: babel.Locale) -> Locale:
    tag = str(found).replace("_", "-")
    system = found.default_numbering_system
    if system not in _DIGITS:
        system = "latn"
    # Some systems have digits of their own and the other signs of Latin ones.
    symbols = {**found.number_symbols["latn"], **found.number_symbols[system]}
    start = _DIGITS.get(system)
    names = [found.months["format"]["abbreviated"], found.days["format"]["abbreviated"]]
    return Locale(
        tag=tag,
        decimal=symbols["decimal"],
        group=symbols["group"],
        sizes=found.decimal_formats[None].grouping,
        least=2 if _groups_from_five(found) else 1,
        minus=symbols["minusSign"],
        plus=symbols["plusSign"],
        digits=LATIN if start is None else "".join(chr(start + at) for at in range(10)),
        has_named_months=all(_LETTERS.fullmatch(name) for each in names for name in each.values()),
    )


def _groups_from_five(found: babel.Locale) -> bool:
    if found.language not in _GROUPS_FROM_FIVE:
        return False
    territories = _GROUPS_FROM_FIVE[found.language]
    return territories is None or (found.territory or "") in territories


@lru_cache(maxsize=256)
def _babel_date(tag: str, skeleton: str) -> Callable[[date], str]:
    """What writes dates in the parts that a skeleton names."""
    from babel.dates import format_skeleton

    # Babel takes a time without a zone for one of UTC, and the date of any other by itself.
    return lambda moment: format_skeleton(
        skeleton,
        datetime(moment.year, moment.month, moment.day),
        locale=tag.replace("-", "_"),
    )


@lru_cache(maxsize=256)
def _numeric_pattern(tag: str, skeleton: str) -> str:
    """A CLDR pattern of a date in numbers, without marks of direction."""
    from babel import Locale as BabelLocale

    found = BabelLocale.parse(tag, sep="-").datetime_skeletons
    # Every locale of the CLDR has one; the other way is ISO 8601.
    return str(found[skeleton].pattern if skeleton in found else "y-MM-dd").translate(_DIRECTIONS)


_STRFTIME = {
    "%a": "ddd",
    "%b": "MMM",
    "%Y": "YYYY",
    "%H": "HH",
    "%M": "mm",
    "%d": "DD",
    "{d}": "D",
}
_ZEROS = re.compile(r"([^0]*)(0+)([^0]*)")
_CLDR = re.compile(r"'[^']*'|y+|[ML]+|d+|[^yMLd']+")
_PARTS = re.compile(r"%[a-zA-Z]|\{\w\}|[^%{]+")


def _moment_js(pattern: str, english: str = "", own: str = "") -> str:
    """A pattern of `strftime` for moment.js, with `own` (CLDR, in numbers) for the English date."""
    before, _, after = pattern.partition(english) if english else (pattern, "", "")
    dates = "".join(_moment_js_part(part) for part in _CLDR.findall(own))
    return f"{_from_strftime(before)}{dates}{_from_strftime(after)}".strip()


def _moment_js_part(part: str) -> str:
    if part[0] == "y":
        return "YYYY"
    if part[0] in "MLd":
        return part.replace("L", "M").upper()
    return _literal(part.strip("'"))


def _literal(text: str) -> str:
    """Text as moment.js leaves it as it is: letters are names of parts unless they are in []."""
    return f"[{text}]" if any(map(str.isalpha, text)) else text


def _from_strftime(pattern: str) -> str:
    return "".join(_STRFTIME.get(part) or _literal(part) for part in _PARTS.findall(pattern))
