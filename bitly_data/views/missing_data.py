"""What is not known of a series, and which of its buckets are not as long as others, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.charts.model import runs
from bitly_data.labels import at_least_text, bucket_label, count_text, length_text, many_text
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ALL_TIME
from bitly_data.series import ClickSeries, Total, coverage_words
from bitly_data.states import (
    CAPPED,
    FAILED,
    NOT_BEGUN,
    NOT_IN_LOG,
    OUTSIDE_WINDOW,
    PARTIAL,
    UNKNOWN,
)
from bitly_data.views.values import CAPTION, UNKNOWN_TEXT, WARNING, Notice

# More spans than these are counted, not listed.
MOST_SPANS = 3
_REASONS = {
    CAPPED: "Cut off by {limit}",
    OUTSIDE_WINDOW: "Older than what is kept",
    FAILED: "No answer",
    NOT_IN_LOG: "Not in the click log",
    NOT_BEGUN: "Not begun yet",
}


def notices(series: ClickSeries, locale: Locale = ENGLISH, of: str = "") -> list[Notice]:
    """What the buckets are if not the zone's own, which are not known, which are uneven.

    `of` says what the numbers are of, where that is not the page's total.
    """
    found = []
    if series.provenance.note:
        found.append(Notice(WARNING, locale.text(series.provenance.note), "schedule"))
    if missing := " ".join(
        filter(None, [missing_text(series, locale), partly_text(series, locale)])
    ):
        found.append(Notice(WARNING, of + missing, "help"))
    if uneven := lengths_text(series, locale):
        found.append(Notice(CAPTION, uneven))
    return found


def total_text(total: Total, locale: Locale = ENGLISH) -> str:
    """A total as a number, or as a lower bound where some buckets have no more than that."""
    if total.bounded and total.at_least:
        return at_least_text(total.at_least, locale)
    return count_text(total.clicks, locale) if total.known else UNKNOWN_TEXT


def bounds_text(series: ClickSeries, locale: Locale = ENGLISH) -> str:
    """For how many buckets there is no more than a lower bound, of a series with some."""
    total, unit, number = series.total, series.query.unit, locale.number
    some = f"{number(total.bounded)} of {number(total.known + total.unknown)} {unit}s"
    return f"for {some} only a minimum is known"


def missing_text(series: ClickSeries, locale: Locale = ENGLISH) -> str:
    """How much of a total is known, and which buckets are not and why; empty if all are."""
    total, query, number = series.total, series.query, locale.number
    if not total.unknown:
        return ""
    parts = [_known_text(series, locale)]
    for code in UNKNOWN:
        flags = series.states == code
        if not flags.any():
            continue
        limit = (
            "the length of Bitly's lists"
            if query.limit is None
            else f"the limit of {number(query.limit)}"
        )
        reason = _REASONS[code].format(limit=limit)
        if code == CAPPED and query.units == ALL_TIME:
            parts.append(f"{reason}: everything before {_label(series, 1, locale)}.")
        else:
            parts.append(f"{reason}: {_spans(series, flags, locale)}.")
    return " ".join(parts)


def _known_text(series: ClickSeries, locale: Locale) -> str:
    """How many clicks are known, and of how many buckets; of others a lower bound, if any."""
    total, query, number = series.total, series.query, locale.number
    if not total.known and not total.bounded:
        one = total.unknown == 1
        return f"The {query.unit} is not known." if one else f"None of the {query.unit}s is known."
    known, bound = count_text(total.clicks, locale), count_text(total.at_least, locale)
    there = f"in {number(total.known)} of {number(total.known + total.unknown)} {query.unit}s"
    if total.bounded and query.rollup:
        return f"At least {bound} clicks; the number is not known."
    if total.bounded:
        others = total.unknown - total.bounded
        rest = f"; {number(others)} not known." if others else "."
        if not total.known:
            every = f"{number(total.unknown)} {query.unit}s"
            return f"At least {bound} clicks in {number(total.bounded)} of {every}{rest}"
        return (
            f"At least {bound} clicks: {known} {there}, and at least "
            f"{count_text(total.listed, locale)} in {number(total.bounded)} more{rest}"
        )
    clicks = many_text(total.clicks, "click", locale)
    return f"{clicks} {there}; {number(total.unknown)} not known."


def partly_text(series: ClickSeries, locale: Locale = ENGLISH) -> str:
    """Which buckets a click log has in part, and how much of them; empty if there are none."""
    partial = (series.states == PARTIAL).tolist()
    words = [text if at else "" for text, at in zip(coverage_words(series), partial, strict=True)]
    found = [(index, locale.text(text)) for index, text in enumerate(words) if text]
    if not found:
        return ""
    if series.query.rollup:
        return f"The click log has a part of it: {found[0][1]}."
    listed = [f"{_label(series, index, locale)} ({text})" for index, text in found[:MOST_SPANS]]
    left = len(found) - MOST_SPANS
    more = f" and {locale.number(left)} more" if left > 0 else ""
    return f"Counted in part: {'; '.join(listed)}{more}."


def lengths_text(series: ClickSeries, locale: Locale = ENGLISH) -> str:
    """Which days do not have 24 hours, and which hours not 60 minutes; empty if all do."""
    if series.query.rollup:
        return ""
    texts = lengths_in_words(series, locale)
    uneven = [
        f"{_label(series, index, locale)} ({text})" for index, text in enumerate(texts) if text
    ]
    if not uneven:
        return ""
    usual = "24 hours" if series.query.unit == "day" else "60 minutes"
    left = len(uneven) - MOST_SPANS
    more = f" and {locale.number(left)} more" if left > 0 else ""
    return f"Not {usual} long, as the clocks change: {'; '.join(uneven[:MOST_SPANS])}{more}."


def lengths_in_words(series: ClickSeries, locale: Locale = ENGLISH) -> list[str]:
    """How long each bucket is, where it is not as long as others; else empty."""
    return [length_text(seconds, series.query.unit, locale) for seconds in series.lengths.tolist()]


def _spans(series: ClickSeries, flags: NDArray[np.bool_], locale: Locale) -> str:
    spans = runs(flags)
    listed = [
        _label(series, first, locale)
        if first == last
        else f"{_label(series, first, locale)} to {_label(series, last, locale)}"
        for first, last in spans[:MOST_SPANS]
    ]
    left = len(spans) - MOST_SPANS
    more = f" and {locale.number(left)} more spans" if left > 0 else ""
    return "; ".join(listed) + more


def _label(series: ClickSeries, index: int, locale: Locale) -> str:
    start = buckets.local(int(series.edges[index]), series.zone)
    return bucket_label(start, series.query.unit, locale)
