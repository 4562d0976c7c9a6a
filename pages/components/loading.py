"""Asks the client for what a page needs, and says meanwhile how far it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import count

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data.client import Client
from bitly_data.errors import AnswerError, BitlyError, duration_text
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.transport.fan_out import Progress
from bitly_data.views.answers import Answer, Answers, Unasked
from bitly_data.views.cost import progress_text
from pages.components.draw.section import draw_chart_room, draw_rooms
from pages.components.next_step import show_problem, try_again
from pages.components.text import as_text, reader_locale, show_error

# What is there so soon needs no word about it [s].
SOON = 1.0
# What a page can do without waits for the account's calls of the next minute, not of the next
# hour [s].
LONGEST_HOLD = 60.0
# What only stands beside what was asked is not worth more calls than this by itself.
MOST_BESIDE = 5

Questions = Callable[[Answers], list[ClickQuery]]


class _HeldError(Exception):
    """It would take too long; the message says why."""


def load_or_stop(client: Client, query: ClickQuery) -> ClickSeries:
    """The series of a question; one sentence and the end of the page if there is none."""
    place = st.empty()
    try:
        with place.container(), st.spinner("Counting clicks", show_time=True):
            if client.loaded(query) is None:
                draw_rooms()
            series = client.load(query)
    except BitlyError as problem:
        place.empty()
        show_problem(problem, "clicks")
        st.stop()
    place.empty()
    return series


def load_all_or_stop(client: Client, queries: Sequence[ClickQuery], key: str) -> list[ClickSeries]:
    """The series of many questions; one that failed is a series of failed buckets.

    While they come the page says how far they are, and they can be stopped: then the page shows
    what is there, and a button goes on from that. One sentence and the end of the page if nothing
    is there.
    """
    stopped = is_stopped(queries, key)
    try:
        series = _load_side_by_side(client, queries, key, cached_only=stopped, is_main=True)
    except BitlyError as problem:
        if stopped:
            show_error(problem)
            _offer_to_go_on(key)
        else:
            show_problem(problem, key)
        st.stop()
    missing = [item for item in series if not item.answered]
    if stopped and missing:
        here = len(series) - len(missing)
        text = reader_locale().text(f"Stopped: {here:,} of {len(series):,} are here.")
        st.info(text, icon=":material/stop_circle:")
        _offer_to_go_on(key)
    elif missing:
        for why in dict.fromkeys(item.provenance.note for item in missing):
            names = [item.name for item in missing if item.provenance.note == why]
            st.warning(
                as_text(f"Without an answer: {', '.join(names)}. {why}"),
                icon=":material/cloud_off:",
            )
        try_again(key)
    return series


def load_rest(
    client: Client, questions: Questions, answers: Answers, key: str, *, cached_only: bool
) -> Answers:
    """The answers with what is still needed, in rounds; each that fails has its error instead."""
    return _in_rounds(
        questions,
        answers,
        key,
        lambda wanted, name: _answers(client, wanted, name, cached_only=cached_only),
    )


def load_beside(
    client: Client,
    questions: Questions,
    answers: Answers,
    key: str,
    *,
    cached_only: bool = False,
) -> Answers:
    """The answers with what only stands beside, in rounds.

    The page says how far they are, they can be stopped and gone on with, and nobody waits for
    longer than `LONGEST_HOLD` for the account's calls. What takes many calls is not asked for.
    """

    def ask(wanted: Sequence[ClickQuery], name: str) -> Answers:
        return _unasked(client, wanted) or _answers(
            client, wanted, name, cached_only=cached_only, patience=LONGEST_HOLD, offer=True
        )

    return _in_rounds(questions, answers, key, ask)


def is_asked_beside(client: Client, queries: Sequence[ClickQuery], key: str) -> bool:
    """Whether a page waits for these, which are not kept, when it loads them beside by this key."""
    return bool(queries) and not was_stopped(key) and not _unasked(client, queries)


def _in_rounds(
    questions: Questions,
    answers: Answers,
    key: str,
    ask: Callable[[Sequence[ClickQuery], str], Answers],
) -> Answers:
    """The answers with what `ask` gives, until nothing more is needed.

    Each round has buttons of its own: `key`, `key_2`, …
    """
    found = dict(answers)
    for number in count(1):
        wanted = [query for query in questions(found) if query not in found]
        if not wanted:
            break
        found |= ask(wanted, key if number == 1 else f"{key}_{number}")
    return found


def _unasked(client: Client, queries: Sequence[ClickQuery]) -> dict[ClickQuery, Unasked]:
    """What stands for answers that take many calls nobody has asked for; empty if they do not."""
    try:
        plan = client.cost(queries)
        if plan is None or plan.calls <= MOST_BESIDE:
            return {}
        return {one: Unasked(plan.calls, client.is_before_history(one)) for one in queries}
    except BitlyError:
        return {}  # the questions themselves will say so


def _answers(
    client: Client,
    queries: Sequence[ClickQuery],
    key: str,
    *,
    cached_only: bool,
    patience: float = math.inf,
    offer: bool = False,
) -> Mapping[ClickQuery, Answer]:
    """The answers, asked side by side; with `offer` they can be gone on with if they were stopped.

    Nothing new is asked for what was stopped, but what is kept is there.
    """
    stopped = is_stopped(queries, key)
    try:
        series = _load_side_by_side(
            client, queries, key, cached_only=cached_only or stopped, patience=patience
        )
    except (_HeldError, BitlyError) as problem:
        why = str(problem)
        series = []
    if offer and stopped and not (series and all(item.answered for item in series)):
        _offer_to_go_on(key)
    if series:
        return dict(zip(queries, series, strict=True))
    return {query: _kept(client, query, why) for query in queries}


def _kept(client: Client, query: ClickQuery, why: str) -> Answer:
    try:
        return client.load(query, cached_only=True)
    except BitlyError:
        return AnswerError(why)


def _load_side_by_side(
    client: Client,
    queries: Sequence[ClickQuery],
    key: str,
    *,
    cached_only: bool,
    patience: float = math.inf,
    is_main: bool = False,
) -> list[ClickSeries]:
    """The series of many questions, with how far they are and a button to stop; `is_main`: with the
    room of the chart that is made of them.

    Raises `BitlyError` if none has an answer, and `_HeldError` once the account's calls are used
    up for longer than `patience` [s].
    """
    place = st.empty()
    shown: list[DeltaGenerator] = []

    def on_progress(progress: Progress) -> None:
        if progress.held_for > patience:
            wait = duration_text(progress.held_for)
            raise _HeldError(f"This account's calls are used up for now: ask again in {wait}.")
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
                if is_main:
                    draw_chart_room()
        shown[0].progress(progress.done / progress.total, text=as_text(progress_text(progress)))

    try:
        series = client.load_many(queries, on_progress, cached_only=cached_only)
    except (_HeldError, BitlyError):
        place.empty()
        raise
    place.empty()
    return series


def is_stopped(queries: Sequence[ClickQuery], key: str) -> bool:
    """Whether somebody stopped the loading of just these questions."""
    return bool(st.session_state.get(_stopped_name(key)) == repr(queries))


def was_stopped(key: str) -> bool:
    """Whether somebody stopped a round of what is loaded by this key, and may go on with it."""
    names = map(str, st.session_state)
    return any(name.startswith(key) and name.endswith(_stopped_name("")) for name in names)


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
