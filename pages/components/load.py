"""What pages ask the cached door: a series, and what a click log covers of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.charts.model import Note
from bitly_data.coverage import NOT, PARTLY, WORDS, covered_hours
from bitly_data.errors import AnswerError, BitlyError, duration_text
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.settings import Settings
from bitly_data.transport.fan_out import Progress
from pages.components.say import as_text, say_error

# What is there so soon needs no word about it [s].
SOON = 1.0
# What a page can do without waits for the account's calls of the next minute, not of the next
# hour [s].
LONGEST_HOLD = 60.0


class _HeldError(Exception):
    """It would take too long; the message says why."""


def load_or_stop(query: ClickQuery, settings: Settings) -> ClickSeries:
    """The series of a question; one sentence and the end of the page if there is none."""
    try:
        with st.spinner("Counting clicks", show_time=True):
            return cache.load(query, settings)
    except BitlyError as problem:
        say_error(problem)
        st.stop()


def load_all_or_stop(
    queries: Sequence[ClickQuery], settings: Settings, key: str
) -> list[ClickSeries]:
    """The series of many questions; one that failed is a series of failed buckets.

    While they come the page says how far they are, and they can be stopped: then the page shows
    what is there, and a button goes on from that. One sentence and the end of the page if nothing
    is there.
    """
    stopped = is_stopped(queries, key)
    try:
        series = _load_side_by_side(queries, settings, key, asking=not stopped)
    except BitlyError as problem:
        say_error(problem)
        if stopped:
            _offer_to_go_on(key)
        st.stop()
    missing = [item for item in series if not item.answered]
    if stopped and missing:
        st.info(
            f"Stopped: {len(series) - len(missing):,} of {len(series):,} are here.",
            icon=":material/stop_circle:",
        )
        _offer_to_go_on(key)
    elif missing:
        for why in dict.fromkeys(item.provenance.note for item in missing):
            names = [item.name for item in missing if item.provenance.note == why]
            st.warning(
                as_text(f"Without an answer: {', '.join(names)}. {why}"),
                icon=":material/cloud_off:",
            )
    return series


def load_ahead(
    queries: Sequence[ClickQuery], settings: Settings, key: str, *, asking: bool = True
) -> Callable[[ClickQuery], ClickSeries]:
    """What answers these questions, asked side by side: their series, or the error of each.

    For what a page can do without: the page says how far they are, they can be stopped and gone
    on with, and nobody waits for longer than `LONGEST_HOLD` for the account's calls. Without
    `asking` there is only what is kept.
    """
    found: dict[ClickQuery, ClickSeries] = {}
    why = ""
    stopped = is_stopped(queries, key)
    try:
        series = _load_side_by_side(
            queries, settings, key, asking=asking and not stopped, patience=LONGEST_HOLD
        )
        found = dict(zip(queries, series, strict=True))
    except (_HeldError, BitlyError) as problem:
        why = str(problem)
    if stopped and not (found and all(item.answered for item in found.values())):
        _offer_to_go_on(key)

    def answer(query: ClickQuery) -> ClickSeries:
        series = found.get(query)
        if series is not None and not series.answered:
            raise AnswerError(series.provenance.note)
        try:
            return series or cache.load(query, settings, asking=False)
        except BitlyError as problem:
            raise AnswerError(why) if why else problem from None

    return answer


def _load_side_by_side(
    queries: Sequence[ClickQuery],
    settings: Settings,
    key: str,
    *,
    asking: bool,
    patience: float = math.inf,
) -> list[ClickSeries]:
    """The series of many questions, with how far they are and a button to stop.

    Raises `BitlyError` if none has an answer, and `_HeldError` once the account's calls are used
    up for longer than `patience` [s].
    """
    place = st.empty()
    shown: list[DeltaGenerator] = []

    def on_progress(progress: Progress) -> None:
        if progress.held_for > patience:
            raise _HeldError(
                "This account's calls are used up for now: ask again in "
                f"{duration_text(progress.held_for)}."
            )
        if progress.elapsed < SOON or progress.done == progress.total:
            return
        if not shown:
            with place.container():
                shown.append(st.progress(0.0))
                st.button(
                    "Stop",
                    key=f"{key}_stop",
                    icon=":material/stop_circle:",
                    on_click=st.session_state.__setitem__,
                    args=(_stopped_name(key), repr(queries)),
                )
        shown[0].progress(progress.done / progress.total, text=as_text(progress_text(progress)))

    try:
        series = cache.load_many(queries, settings, on_progress, asking=asking)
    except (_HeldError, BitlyError):
        place.empty()
        raise
    place.empty()
    return series


def is_stopped(queries: Sequence[ClickQuery], key: str) -> bool:
    """Whether somebody stopped the loading of just these questions."""
    return bool(st.session_state.get(_stopped_name(key)) == repr(queries))


def _stopped_name(key: str) -> str:
    return f"{key}_stopped"


def _offer_to_go_on(key: str) -> None:
    st.button(
        "Go on",
        key=f"{key}_go_on",
        icon=":material/play_circle:",
        on_click=st.session_state.pop,
        args=(_stopped_name(key), None),
    )


def progress_text(progress: Progress) -> str:
    """How far it is: what is here, what waits and why, and when all of it will be here."""
    parts = [f"{progress.done - progress.failed:,} of {progress.total:,} are here"]
    if progress.failed:
        parts.append(f"{progress.failed:,} without an answer")
    if progress.held_for:
        parts.append(
            "the account's calls are used up for now, it goes on in "
            f"{duration_text(progress.held_for)}"
        )
    if progress.ready_in is not None:
        parts.append(f"ready in about {duration_text(progress.ready_in)}")
    return "; ".join(parts) + "."


def calls_line(settings: Settings) -> None:
    """How many calls the account has left, where they are counted; a page's last line."""
    left = cache.connection(settings).calls_left
    if left is None:
        return
    text = (
        f"Calls left, by our own count in this process: {left.minute:,} of "
        f"{left.per_minute:,} this minute, {left.hour:,} of {left.per_hour:,} this hour"
    )
    if left.resets_in:
        text += f"; all of them again in {duration_text(left.resets_in)}"
    if left.refused_for:
        text += (
            ". The server refused a call for its rate, so nothing is asked for "
            f"{duration_text(left.refused_for)}"
        )
    st.caption(as_text(f"{text}."))


def coverage_notes(series: ClickSeries, settings: Settings) -> list[Note]:
    """Buckets that a click log covers in part or not at all."""
    local = cache.connection(settings).local
    coverage = local.coverage() if local is not None else None
    if local is None or coverage is None or coverage.whole:
        return []
    words = covered_hours(series.edges[:-1], series.edges[1:], coverage.hours, int(local.clock()))
    return [
        Note(WORDS[word], words == word, shape)
        for word, shape in ((PARTLY, "stroke"), (NOT, "band"))
    ]


def coverage_words(series: ClickSeries, settings: Settings) -> list[str]:
    """The coverage note of each bucket, empty where a log covers it."""
    words = [""] * len(series.clicks)
    for note in coverage_notes(series, settings):
        for index in np.flatnonzero(note.flags).tolist():
            words[index] = note.word
    return words
