"""What is not known of a series, and which of its buckets are not as long as others, in words."""

from __future__ import annotations

import numpy as np

from bitly_data import buckets
from bitly_data.charts.model import runs
from bitly_data.frames import to_frame, total
from bitly_data.labels import bucket_label, count_text, length_text
from bitly_data.query import ALL_TIME
from bitly_data.series import CAPPED, FAILED, OUTSIDE_WINDOW, UNKNOWN, ClickSeries

# More spans than these are counted, not listed.
MOST_SPANS = 3
_REASONS = {
    CAPPED: "Cut off by {limit}",
    OUTSIDE_WINDOW: "Older than is kept",
    FAILED: "Asked for and not answered",
}


def missing_text(series: ClickSeries) -> str:
    """How much of a total is known, and which buckets are not and why; empty if all are."""
    known, query = total(to_frame(series)), series.query
    if not known.unknown:
        return ""
    parts = [
        f"{count_text(known.clicks)} clicks in {known.known:,} of "
        f"{known.known + known.unknown:,} {query.unit}s; {known.unknown:,} not known."
    ]
    for code in UNKNOWN:
        flags = series.states == code
        if not flags.any():
            continue
        reason = _REASONS[code].format(
            limit="the length of Bitly's lists"
            if query.limit is None
            else f"the limit of {query.limit}"
        )
        if code == CAPPED and query.units == ALL_TIME:
            parts.append(f"{reason}: everything before {_label(series, 1)}.")
        else:
            parts.append(f"{reason}: {_spans(series, flags)}.")
    return " ".join(parts)


def lengths_text(series: ClickSeries) -> str:
    """Which days do not have 24 hours, and which hours not 60 minutes; empty if all do."""
    if series.query.rollup:
        return ""
    texts = [
        (index, length_text(int(seconds), series.query.unit))
        for index, seconds in enumerate(np.diff(series.edges).tolist())
    ]
    uneven = [f"{_label(series, index)} ({text})" for index, text in texts if text]
    if not uneven:
        return ""
    usual = "24 hours" if series.query.unit == "day" else "60 minutes"
    more = f" and {len(uneven) - MOST_SPANS:,} more" if len(uneven) > MOST_SPANS else ""
    return f"Not {usual} long, as the clocks change: {'; '.join(uneven[:MOST_SPANS])}{more}."


def _spans(series: ClickSeries, flags: np.ndarray) -> str:
    spans = runs(flags)
    listed = [
        _label(series, first)
        if first == last
        else f"{_label(series, first)} to {_label(series, last)}"
        for first, last in spans[:MOST_SPANS]
    ]
    more = f" and {len(spans) - MOST_SPANS:,} more spans" if len(spans) > MOST_SPANS else ""
    return "; ".join(listed) + more


def _label(series: ClickSeries, index: int) -> str:
    return bucket_label(buckets.local(int(series.edges[index]), series.zone), series.query.unit)
