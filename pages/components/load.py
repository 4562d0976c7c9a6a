"""What pages ask the cached door: a series, and what a click log covers of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from bitly_data import cache
from bitly_data.charts import Note
from bitly_data.coverage import NOT, PARTLY, WORDS, covered_hours
from bitly_data.errors import BitlyError
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.settings import Settings
from pages.components.say import say_error


def load_or_stop(query: ClickQuery, settings: Settings) -> ClickSeries:
    """The series of a question; one sentence and the end of the page if there is none."""
    try:
        with st.spinner("Counting clicks", show_time=True):
            return cache.load(query, settings)
    except BitlyError as problem:
        say_error(problem)
        st.stop()


def coverage_notes(series: ClickSeries, settings: Settings) -> list[Note]:
    """Buckets that a click log covers in part or not at all."""
    local = cache.connection(settings).local
    coverage = local.coverage() if local is not None else None
    if local is None or coverage is None or coverage.whole:
        return []
    words = covered_hours(series.edges[:-1], series.edges[1:], coverage.hours,
                          int(local.clock()))
    return [Note(WORDS[word], words == word, shape)
            for word, shape in ((PARTLY, "stroke"), (NOT, "band"))]


def coverage_words(series: ClickSeries, settings: Settings) -> list[str]:
    """The coverage note of each bucket, empty where a log covers it."""
    words = [""] * len(series.clicks)
    for note in coverage_notes(series, settings):
        for index in np.flatnonzero(note.flags).tolist():
            words[index] = note.word
    return words
