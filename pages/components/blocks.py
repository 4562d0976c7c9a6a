"""The parts that pages share: load or stop, KPI row, chart, table twin, downloads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bitly_data import cache, charts
from bitly_data.analysis.comparison import Against
from bitly_data.coverage import NOT, PARTLY, covered_hours
from bitly_data.errors import BitlyError
from bitly_data.frames import to_frame, total
from bitly_data.labels import bucket_label, count_text, range_text, what_text
from bitly_data.query import ClickQuery
from bitly_data.report.tables import to_csv
from bitly_data.series import PARTIAL, ClickSeries
from bitly_data.settings import CLICK_LOG, DEMO, Settings
from pages.components.change import (
    UNKNOWN_TEXT,
    Compared,
    change_metric,
    change_sentence,
    load_change,
)
from pages.components.controls import Asked
from pages.components.say import as_text, say_error


def load_or_stop(query: ClickQuery, settings: Settings) -> ClickSeries:
    """The series of a question; one sentence and the end of the page if there is none."""
    try:
        with st.spinner("Counting clicks", show_time=True):
            return cache.load(query, settings)
    except BitlyError as problem:
        say_error(problem)
        st.stop()


def source_text(settings: Settings) -> str:
    """Who answers, for a chart's second line."""
    return {DEMO: "demo data", CLICK_LOG: "click log"}.get(settings.kind, settings.account_label)


def title_text(query: ClickQuery) -> str:
    """A chart's title: what, by which bucket."""
    return f"{what_text(query)} by {query.unit}"


def coverage_marks(series: ClickSeries, settings: Settings) -> dict[str, np.ndarray]:
    """Buckets that a click log does not cover or covers in part: bool[n] by word."""
    local = cache.connection(settings).local
    coverage = local.coverage() if local is not None else None
    if local is None or coverage is None or coverage.whole:
        return {}
    words = covered_hours(series.edges[:-1], series.edges[1:], coverage.hours,
                          int(local.clock()))
    return {word: words == word for word in (PARTLY, NOT)}


def kpi_row(series: ClickSeries, compared: Compared, against: Against) -> None:
    """Total, average, best bucket, and the change against another period."""
    frame = to_frame(series)
    query, known = series.query, total(frame)
    with st.container(horizontal=True):
        st.metric("Total clicks", count_text(known.clicks) if known.known else UNKNOWN_TEXT,
                  border=True, height="stretch", help=range_text(query))
        if not query.rollup:
            _average(series, query)
            _best(frame, query)
        change_metric(compared, against)
    change_sentence(compared, against, query.unit)
    if known.unknown:
        st.warning(f"{count_text(known.clicks)} clicks in {known.known:,} of "
                   f"{known.known + known.unknown:,} {query.unit}s; {known.unknown:,} not known.",
                   icon=":material/help:")


def _average(series: ClickSeries, query: ClickQuery) -> None:
    finished = series.known & (series.states != PARTIAL)
    count = int(finished.sum())
    value = count_text(float(series.clicks[finished].mean())) if count else UNKNOWN_TEXT
    st.metric(f"Average per {query.unit}", value, border=True, height="stretch",
              help=f"Over {count:,} finished {query.unit}{'' if count == 1 else 's'}.")


def _best(frame: pd.DataFrame, query: ClickQuery) -> None:
    clicks = frame["clicks"].fillna(0).to_numpy(dtype="int64")
    if not clicks.any():
        st.metric(f"Best {query.unit}", UNKNOWN_TEXT, border=True, height="stretch",
                  help="No clicks yet.")
        return
    best = int(clicks.argmax())
    st.metric(f"Best {query.unit}", count_text(int(clicks[best])), border=True, height="stretch",
              delta=bucket_label(frame["bucket"].iloc[best].to_pydatetime(), query.unit),
              delta_color="off", delta_arrow="off")


def chart_block(chart: charts.Chart, key: str) -> None:
    """A chart with its two picture files."""
    dark = st.context.theme.type == "dark"
    name = file_name(chart.title)
    st.plotly_chart(
        charts.figure(chart, dark=dark), key=key, theme=None, alt=chart.alt,
        config={"displaylogo": False, "toImageButtonOptions": {
            "format": "png", "filename": name, "scale": 2}})
    with st.container(horizontal=True):
        _download("PNG", f"{name}.png", "image/png", partial(_picture, chart, "png", dark=dark),
                  key)
        _download("SVG", f"{name}.svg", "image/svg+xml", partial(_picture, chart, "svg", dark=dark),
                  key)


def table_block(frame: pd.DataFrame, query: ClickQuery, name: str, key: str,
                notes: Sequence[str] | None = None) -> None:
    """The chart's numbers as a table, newest first, and as a CSV file."""
    rows = pd.DataFrame({
        query.unit.capitalize(): [bucket_label(stamp.to_pydatetime(), query.unit)
                                  for stamp in frame["bucket"]],
        "Series": frame["series"], "Clicks": frame["clicks"],
        "State": frame["state"].astype("str")})
    if notes is not None and any(notes):
        rows["Click log"] = list(notes)
    newest_first = frame["bucket"].reset_index(drop=True).sort_values(ascending=False,
                                                                      kind="stable").index
    st.dataframe(rows.iloc[newest_first], hide_index=True, key=f"{key}_table",
                 column_config={"Clicks": st.column_config.NumberColumn(format="localized")})
    _download("CSV", f"{file_name(name)}.csv", "text/csv", partial(_csv, frame), key)


def notes_of(marks: dict[str, np.ndarray], count: int) -> list[str]:
    """The coverage note of each bucket, in words."""
    notes = [""] * count
    for word, flags in marks.items():
        for index in np.flatnonzero(flags).tolist():
            notes[index] = charts.COVERAGE_WORDS[word]
    return notes


def series_block(series: ClickSeries, asked: Asked, key: str) -> None:
    """One series in full: KPI row, chart, table twin, downloads."""
    settings, against = asked.settings, asked.against
    frame, query = to_frame(series), series.query
    compared = load_change(series, settings, against)
    kpi_row(series, compared, against)
    marks = coverage_marks(series, settings)
    title = title_text(query)
    if not query.rollup:
        chart_block(charts.line_chart(frame, query.unit, title, source_text(settings),
                                      uncovered=marks), key)
    table_block(frame, query, title, key, notes_of(marks, len(frame)))
    provenance_line(series)


def provenance_line(series: ClickSeries) -> None:
    """Where the numbers came from."""
    origin = series.provenance
    calls = "1 request" if origin.requests == 1 else f"{origin.requests} requests"
    rebuilt = " Buckets marked “rebuilt” were made from smaller ones, because Bitly's own would " \
              "not be this zone's." if "rebuilt" in set(to_frame(series)["state"]) else ""
    st.caption(as_text(f"From {', '.join(origin.endpoints)} in {calls}.{rebuilt}"))


def download_totals(frame: pd.DataFrame, more: dict[str, list[float | None]], name: str,
                    key: str) -> None:
    """Totals as a CSV file: the rows of every file, and `more` columns of numbers."""
    _download("CSV", f"{file_name(name)}.csv", "text/csv",
              lambda: to_csv(frame, more).encode("utf-8"), key)


def file_name(text: str) -> str:
    """A telling file name: words and hyphens."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.").lower()[:80] or "clicks"


def _picture(chart: charts.Chart, kind: str, *, dark: bool) -> bytes:
    # The drawing library takes half a second to import; the first chart need not wait for it.
    from bitly_data.report.pictures import to_picture

    return to_picture(chart, kind, dark=dark)


def _csv(frame: pd.DataFrame) -> bytes:
    return to_csv(frame).encode("utf-8")


def _download(label: str, name: str, mime: str, data: Callable[[], bytes], key: str) -> None:
    """A download made when it is asked for; nothing on the page changes."""
    st.download_button(label, data=data, file_name=name, mime=mime, on_click="ignore",
                       icon=":material/download:", key=f"{key}_{label.lower()}")
