"""The parts that a page is made of: KPI row, chart, table twin, what is known and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from bitly_data.analysis.comparison import Against
from bitly_data.charts.model import Line, Note, line_chart, line_of, placed
from bitly_data.frames import lengths, to_frame, total
from bitly_data.labels import bucket_label, count_text, length_text, range_text
from bitly_data.query import ClickQuery
from bitly_data.report.tables import never_formula
from bitly_data.series import PARTIAL, REBUILT, ClickSeries
from pages.components.answered import answered_block
from pages.components.change import (
    UNKNOWN_TEXT,
    ChangePlace,
    Compared,
    load_change,
    name_of,
)
from pages.components.controls import PageQuery
from pages.components.files import chart_block, download_csv, source_text, title_text
from pages.components.known import lengths_text, missing_text
from pages.components.load import coverage_notes, coverage_words
from pages.components.plan import offer_comparison, say_exact_price
from pages.components.say import as_text


def series_block(
    series: ClickSeries, asked: PageQuery, key: str, parts: Sequence[ClickSeries] = ()
) -> None:
    """One series in full: KPI row, chart, table twin, downloads; beside it the `parts` that it is
    the sum of, in the same buckets.

    What is here is drawn before anything is asked for that only stands beside it: the change,
    whose place is kept, and Bitly's own buckets.
    """
    settings, against, query = asked.settings, asked.against, series.query
    notes = coverage_notes(series, settings)
    place = kpi_row(series, against, notes)
    say_exact_price([series], settings)
    answered = st.container() if asked.choices.upstream_buckets else None
    title, shown, more = title_text(query), [series, *parts], []
    compared = None
    if asked.choices.overlay and not query.rollup:  # its line is part of the chart
        with place.waiting():
            compared = load_change(series, settings, against)
        if compared.other is not None:
            other = replace(compared.other, name=f"{series.name}, {name_of(against)}")
            more.append(_other_line(other, compared, len(shown)))
            shown.append(other)
    if not query.rollup:
        chart_block(
            line_chart(
                to_frame([series, *parts]),
                query.unit,
                title,
                source_text(settings),
                notes=notes,
                more=more,
            ),
            key,
        )
    table_block(
        to_frame(shown),
        query,
        title,
        key,
        [word for item in shown for word in coverage_words(item, settings)],
    )
    provenance_line(series)
    if compared is None:
        with place.waiting():
            compared = load_change(series, settings, against)
    place.fill(compared, against, query.unit)
    offer_comparison(compared.dear, settings, key)
    if answered is not None:
        with answered:
            answered_block(series, asked, f"{key}_answered")


def _other_line(other: ClickSeries, compared: Compared, style: int) -> Line:
    """The other period's line, each bucket at the place of the one it is set against."""
    frame, unit = to_frame(other), other.query.unit
    labels = [
        bucket_label(stamp.to_pydatetime(), unit) + (f" ({text})" if text else "")
        for stamp, text in zip(frame["bucket"], _lengths_in_words(frame, unit), strict=True)
    ]
    return placed(line_of(frame, other.name, style), compared.partners, labels)


def kpi_row(series: ClickSeries, against: Against, notes: Sequence[Note]) -> ChangePlace:
    """Total, average, best bucket, and the place of the change against another period.

    `notes`: what a click log covers of its buckets.
    """
    frame = to_frame(series)
    query, known = series.query, total(frame)
    with st.container(horizontal=True):
        st.metric(
            "Total clicks",
            count_text(known.clicks) if known.known else UNKNOWN_TEXT,
            border=True,
            height="stretch",
            help=range_text(query),
        )
        if not query.rollup:
            _average(series, notes)
            _best(frame, query)
        metric = st.empty()
    place = ChangePlace(metric, st.empty())
    place.keep(against)
    say_what_is_known(series)
    return place


def _average(series: ClickSeries, notes: Sequence[Note]) -> None:
    """The average, and over what: finished buckets, and how many of them no log tells whole."""
    unit, finished = series.query.unit, series.known & (series.states != PARTIAL)
    count = int(finished.sum())
    value = count_text(float(series.clicks[finished].mean())) if count else UNKNOWN_TEXT
    over = f"Over {count:,} finished {unit}{'' if count == 1 else 's'}"
    for note in notes:
        if times := int((note.flags & finished).sum()):
            over += f", {times:,} {note.word}"
    st.metric(f"Average per {unit}", value, border=True, height="stretch", help=f"{over}.")


def _best(frame: pd.DataFrame, query: ClickQuery) -> None:
    clicks = frame["clicks"].fillna(0).to_numpy(dtype="int64")
    if not clicks.any():
        st.metric(
            f"Best {query.unit}",
            UNKNOWN_TEXT,
            border=True,
            height="stretch",
            help="No clicks yet."
            if frame["clicks"].notna().all()
            else f"No clicks in the {query.unit}s that are known.",
        )
        return
    best = int(clicks.argmax())
    st.metric(
        f"Best {query.unit}",
        count_text(int(clicks[best])),
        border=True,
        height="stretch",
        delta=bucket_label(frame["bucket"].iloc[best].to_pydatetime(), query.unit),
        delta_color="off",
        delta_arrow="off",
    )


def say_what_is_known(series: ClickSeries) -> None:
    """What the buckets are if not the zone's own, which are not known, which are uneven."""
    if series.provenance.note:
        st.warning(as_text(series.provenance.note), icon=":material/schedule:")
    if missing := missing_text(series):
        st.warning(as_text(missing), icon=":material/help:")
    if uneven := lengths_text(series):
        st.caption(as_text(uneven))


def table_block(
    frame: pd.DataFrame, query: ClickQuery, name: str, key: str, notes: Sequence[str]
) -> None:
    """The chart's numbers as a table, newest first, and as a CSV file.

    `notes`: n words, what a click log covers of each bucket.
    """
    rows = pd.DataFrame(
        {
            query.unit.capitalize(): [
                bucket_label(stamp.to_pydatetime(), query.unit) for stamp in frame["bucket"]
            ],
            "Series": frame["series"].map(never_formula),
            "Clicks": frame["clicks"],
            "State": frame["state"].astype("str"),
        }
    )
    long = [] if query.rollup else _lengths_in_words(frame, query.unit)
    for column, words in (("Length", long), ("Click log", notes)):
        if any(words):
            rows[column] = list(words)
    newest_first = (
        frame["bucket"].reset_index(drop=True).sort_values(ascending=False, kind="stable").index
    )
    st.dataframe(
        rows.iloc[newest_first],
        hide_index=True,
        key=f"{key}_table",
        placeholder=UNKNOWN_TEXT,
        column_config={"Clicks": st.column_config.NumberColumn(format="localized")},
    )
    download_csv(frame, name, key)


def _lengths_in_words(frame: pd.DataFrame, unit: str) -> list[str]:
    """How long each bucket is, where it is not as long as others."""
    return [length_text(one, unit) for one in lengths(frame).tolist()]


def provenance_line(series: ClickSeries) -> None:
    """Where the numbers came from."""
    origin = series.provenance
    calls = (
        "without a request, as it is kept"
        if not origin.requests
        else "in 1 request"
        if origin.requests == 1
        else f"in {origin.requests} requests"
    )
    rebuilt = (
        " Buckets marked “rebuilt” were made from smaller ones, because Bitly's own would "
        "not be this zone's."
        if REBUILT in series.states
        else ""
    )
    st.caption(as_text(f"From {', '.join(origin.endpoints)}, {calls}.{rebuilt}"))
