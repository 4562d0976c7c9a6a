"""The address bar and the session: what is read from one and kept in the other.

The address bar holds every choice. It is read when it is not what was written here last (a pasted
address, the menu, Back), and written when a control changed it. The session keeps all choices as
one value beside the widgets': those of a control that the page does not draw live on in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import streamlit as st

from bitly_data import buckets
from bitly_data.errors import QuestionError
from bitly_data.query import ORGANIZATION
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.table import (
    CONTROLS,
    NO_MINUTES,
    Choices,
    Moment,
    Seeding,
    target_of,
)

# Where the session keeps all choices, what was written last, and what was left out of an address.
CHOICES, WRITTEN, DROPPED = "choices", "address_written", "address_dropped"
# What the widget of a moment stands for: (shown, zone, epoch second), by its key.
MOMENTS = "moments"
# A stored question may reach far back or ahead; the calendar to pick from is Bitly's life time.
FIRST_DATE, LAST_DATE = datetime(2008, 1, 1), datetime(2037, 12, 31, 23, 59)


def browser_zone() -> str:
    """The browser's time zone, or UTC where it does not say one that is known."""
    name = st.context.timezone or "UTC"
    return name if name in buckets.zone_names() else "UTC"


def query_params() -> dict[str, list[str]]:
    """The address bar's values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def read_address(title: str, takes: Sequence[str], newest: int | None, now: float) -> bool:
    """Fill the widgets from the address bar, if it is not what they wrote; whether it was read.

    `title` is the page's, `newest` the newest click of a click log and `now` the clock of who
    answers [epoch s].
    """
    params, state = query_params(), st.session_state
    # The widgets of another page leave their keys behind for a moment, but not their values.
    keys = [CHOICES, *(key for name in takes for key in CONTROLS[name].keys)]
    if (title, params) == state.get(WRITTEN) and all(key in state for key in keys):
        return False
    choices, dropped = parse_address(params, browser_zone())
    if target_of(takes) == ORGANIZATION and choices.unit == "minute":
        dropped.append(f"{NO_MINUTES} Hours are shown.")
        choices = replace(choices, unit="hour")
    state[CHOICES], state[DROPPED] = choices, dropped
    state[WRITTEN] = title, serialize(choices)
    seeding = Seeding(choices.timezone or browser_zone(), newest, now)
    for name in takes:
        _seed(name, getattr(choices, name), seeding)
    return True


def kept_choices() -> Choices:
    """Every choice as it was last, those that the page does not draw included."""
    kept: Choices = st.session_state[CHOICES]
    return kept


def dropped_sentences() -> list[str]:
    """What was left out of the address that was read last."""
    sentences: list[str] = st.session_state.get(DROPPED, [])
    return sentences


def write_address(title: str, choices: Choices, *, changed_by_hand: bool) -> dict[str, list[str]]:
    """Keep the choices and put them into the address bar; returns its values."""
    state = st.session_state
    state[CHOICES] = choices
    try:
        params = serialize(choices)
    except (ValueError, QuestionError):
        return query_params()
    written = title, params
    if written != state.get(WRITTEN) or params != query_params():
        if changed_by_hand:
            state[DROPPED] = []
        state[WRITTEN] = written
        st.query_params.from_dict(params)
    return params


def _seed(name: str, choice: Any, seeding: Seeding) -> None:
    control = CONTROLS[name]
    for key, value in zip(control.keys, control.seed(choice, seeding), strict=True):
        if isinstance(value, Moment):
            seed_moment(key, value.epoch, seeding.zone)
        else:
            st.session_state[key] = value


def seed_moment(key: str, epoch: int, zone: str) -> None:
    """Show a moment on its widget, which has no seconds: they are kept beside it."""
    at = buckets.local(epoch, buckets.zone(zone)).replace(tzinfo=None, second=0, microsecond=0)
    st.session_state[key] = min(max(at, FIRST_DATE), LAST_DATE)
    _keep_moment(key, st.session_state[key], zone, epoch)


def moment_behind(key: str) -> tuple[datetime, str, int]:
    """What a moment's widget stands for: what it shows, in which zone, and the moment itself
    [epoch s].
    """
    kept: tuple[datetime, str, int] = st.session_state[MOMENTS][key]
    return kept


def chosen_moment(key: str, at: datetime, zone: str) -> int:
    """The moment that a widget shows [epoch s], with the seconds that it lacks."""
    shown, shown_zone, epoch = moment_behind(key)
    if (shown, shown_zone) != (at, zone):
        epoch = int(at.replace(tzinfo=buckets.zone(zone)).timestamp())
        _keep_moment(key, at, zone, epoch)
    return epoch


def _keep_moment(key: str, shown: datetime, zone: str, epoch: int) -> None:
    state = st.session_state
    state[MOMENTS] = state.get(MOMENTS, {}) | {key: (shown, zone, epoch)}
