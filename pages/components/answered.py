"""What Bitly itself answers beside what is right, and where the two differ, on one screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo

import numpy as np
import pandas as pd
import streamlit as st

from bitly_data import buckets
from bitly_data.analysis.reconcile import Beside, beside
from bitly_data.charts.model import Note, line_chart, line_of, placed
from bitly_data.frames import to_frame
from bitly_data.labels import bucket_label, count_text, moment_label, offset_text
from bitly_data.series import ClickSeries, at_the_moment_of
from bitly_data.settings import V4
from pages.components.controls import PageQuery
from pages.components.files import chart_block, download_csv, source_text, title_text
from pages.components.load import load_or_stop
from pages.components.say import as_text

RIGHT, ANSWERED = "right", "as Bitly answers"
DIFFERS = "differs"


def answered_block(right: ClickSeries, asked: PageQuery, key: str) -> None:
    """Bitly's own buckets beside the right ones: how many differ, chart, table, files."""
    st.header("As Bitly answers")
    if right.provenance.offset is not None:
        st.caption("The buckets above are Bitly's own already.")
        return
    query = at_the_moment_of(right, right.query)
    answered = load_or_stop(query.replace(upstream_buckets=True), asked.settings)
    both = beside(right, answered)
    st.caption(as_text(_explained(right, answered, both)))
    names = [replace(right, name=RIGHT), replace(answered, name=ANSWERED)]
    title = f"{title_text(query)}, {RIGHT} and {ANSWERED}"
    if not query.rollup:
        line = placed(line_of(to_frame(names[1]), ANSWERED, 1), both.partner, _labels_of(answered))
        chart_block(
            line_chart(
                to_frame(names[0]),
                query.unit,
                title,
                source_text(asked.settings),
                notes=[Note(DIFFERS, both.differs, "triangle")],
                more=[line],
            ),
            key,
        )
    table = _table(right, answered, both)
    st.dataframe(
        table,
        hide_index=True,
        key=f"{key}_table",
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in ("Right", "Bitly", "Difference")
        },
    )
    download_csv(to_frame(names), title, key)


def _explained(right: ClickSeries, answered: ClickSeries, both: Beside) -> str:
    unit, query = right.query.unit, right.query
    how = _how_text(answered)
    count, known = len(right.clicks), int(both.known.sum())
    if not known:
        return f"{how} Nothing of both is known here."
    sums = (
        int(right.clicks[both.known].sum()),
        int(answered.clicks[both.partner[both.known]].sum()),
    )
    differ = int(both.differs.sum())
    hours = int((both.differs & ~both.same_hours).sum())
    if query.rollup:
        verdict = (
            f"Over the range it gives {'the same' if sums[0] == sums[1] else 'another'} number"
        )
    elif not differ:
        verdict = f"Here its {unit}s are the right ones: none of {known:,} differs"
    else:
        verdict = f"{differ:,} of {known:,} {unit}s differ, {hours:,} of them in their hours"
    unknown = f" {count - known:,} are not known." if count > known else ""
    return (
        f"{how} {verdict}: {count_text(sums[0])} clicks in {'them' if unknown else 'all'} are "
        f"right, Bitly answers {count_text(sums[1])}.{unknown}"
    )


def _how_text(answered: ClickSeries) -> str:
    """By which clock Bitly puts its own buckets."""
    if answered.provenance.source == V4:
        return "Bitly's v4 counts in UTC and takes no time zone."
    weeks = " and begins weeks on Sunday" if answered.query.unit == "week" else ""
    offset = offset_text(buckets.local(int(answered.edges[-2]), _zone_of(answered)))
    return (
        f"Bitly puts one offset, UTC{offset}, that of the moment of asking, on all buckets{weeks}."
    )


def _labels_of(answered: ClickSeries) -> list[str]:
    """Bitly's buckets by the moment at which they begin, on the clock that it counts by."""
    zone = _zone_of(answered)
    return [moment_label(buckets.local(int(at), zone)) for at in answered.edges[:-1]]


def _zone_of(answered: ClickSeries) -> tzinfo:
    return buckets.fixed_zone(answered.provenance.offset or 0)


def _table(right: ClickSeries, answered: ClickSeries, both: Beside) -> pd.DataFrame:
    """Newest first: the right bucket, both counts, when Bitly's begins, and whether they differ."""
    unit = right.query.unit
    begins = np.array([*_labels_of(answered), ""], dtype=object)
    ours = to_frame(right)["clicks"]
    clicks = pd.concat(
        [to_frame(answered)["clicks"], pd.Series([pd.NA], dtype="Int64")], ignore_index=True
    )
    theirs = clicks.take(both.partner).reset_index(drop=True)
    same_clicks = (ours == theirs).fillna(False)
    words = np.select(
        [~both.known, ~both.differs, same_clicks, both.same_hours],
        ["not known", "", "hours", "clicks"],
        "hours and clicks",
    )
    return pd.DataFrame(
        {
            unit.capitalize(): [
                bucket_label(buckets.local(int(at), right.query.zone), unit)
                for at in right.edges[:-1]
            ],
            "Right": ours,
            "Bitly": theirs,
            "Difference": theirs - ours,
            "Differs in": words,
            "Bitly's begins": begins[both.partner],
        }
    ).iloc[::-1]
