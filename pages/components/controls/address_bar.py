"""The address bar and the session: what is read from one and kept in the other.

The address bar holds every choice. It is read when it is not what was written here last (a pasted
address, the menu, Back), and written when a control changed it. The session keeps all choices as
one value beside the widgets': those of a control that the page does not draw live on in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import streamlit as st

from bitly_data import buckets
from bitly_data.errors import QuestionError
from bitly_data.periods import ALL
from bitly_data.query import ORGANIZATION
from pages.components.controls import period
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.table import (
    CONTROLS,
    END_CHOSEN,
    NO_MINUTES,
    Choices,
    Moment,
    Seeding,
    target_of,
)
from pages.components.text import reader_week_start

# Where the session keeps all choices, what was written last, and what was left out of an address.
CHOICES, WRITTEN, DROPPED = "choices", "address_written", "address_dropped"
# What unit, units and end stood for last, and what their widgets held.
SHOWN = "period_shown"
_PERIOD_PARTS = ("unit", "units", "until")
_PERIOD_KEYS = tuple(key for name in _PERIOD_PARTS for key in CONTROLS[name].keys)
# The period that a page began with by itself, and why.
FIRST = "period_first"
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


def chosen_so_far(title: str) -> Choices:
    """The choices as they stand before the page goes on: those of an address that was not written
    here, else those that are kept.
    """
    params = query_params()
    if (title, params) == st.session_state.get(WRITTEN) and CHOICES in st.session_state:
        return kept_choices()
    return parse_address(params, browser_zone())[0]


def read_address(
    title: str,
    takes: Sequence[str],
    newest: int | None,
    now: float,
    begin: Callable[[Choices], Choices],
) -> bool:
    """Fill the widgets from the address bar, if it is not what they wrote; whether it was read.

    `title` is the page's, `newest` the newest click of a click log and `now` the clock of who
    answers [epoch s]. `begin` adds the first period where the address names none.
    """
    params, state = query_params(), st.session_state
    # The widgets of another page leave their keys behind for a moment, but not their values.
    keys = [CHOICES, *(key for name in takes for key in CONTROLS[name].keys)]
    if (title, params) == state.get(WRITTEN) and all(key in state for key in keys):
        return False
    choices, dropped = parse_address(params, browser_zone())
    if choices.week_start is None:
        # It is written at once, so that the address means the same for everybody from here on.
        choices = replace(choices, week_start=reader_week_start())
    # What is written out means what it says, be it the same as nothing.
    is_said = any(CONTROLS[name].name in params for name in _PERIOD_PARTS)
    if period.is_default(choices) and not is_said:
        choices = begin(choices)
    if target_of(takes) == ORGANIZATION and choices.unit == "minute":
        dropped.append(f"{NO_MINUTES} Hours are shown.")
        choices = replace(choices, unit="hour")
    state[DROPPED] = dropped
    state[WRITTEN] = title, serialize(choices)
    show(choices, takes, newest, now)
    return True


def show(choices: Choices, takes: Sequence[str], newest: int | None, now: float) -> None:
    """Keep the choices, and fill the widgets that the page draws with what they stand for."""
    state = st.session_state
    state[CHOICES] = choices
    at = period.moment(choices, newest, now, browser_zone())
    shown = period.resolved(choices, at)
    seeding = Seeding(choices.timezone or browser_zone(), newest, now)
    for name in takes:
        _seed(name, getattr(shown, name), seeding)
    _keep_shown(shown)


def settle(takes: Sequence[str], newest: int | None, now: float) -> bool:
    """Bring period and widgets together, before these are drawn; whether somebody changed one.

    Another unit keeps the period; other units or another end take its place. What a period stands
    for moves on with the time.
    """
    state, choices = st.session_state, kept_choices()
    if "unit" not in takes:
        return False
    zone_key, unit_key = CONTROLS["timezone"].keys[0], CONTROLS["unit"].keys[0]
    all_key = CONTROLS["units"].keys[1]
    (week_key,) = CONTROLS["week_start"].keys
    choices = replace(
        choices,
        timezone=state.get(zone_key, choices.timezone),
        week_start=state.get(week_key, choices.week_start),
    )
    at = period.moment(choices, newest, now, browser_zone())
    stood, seen = state[SHOWN]
    changed = {key for key, value in _shown_widgets().items() if seen.get(key) != value}
    if changed == {unit_key}:
        unit, kept = state[unit_key], replace(choices, **_by_hand(choices, stood))
        show(period.with_unit(kept, unit, at), takes, newest, now)
        return True
    if choices.period and all_key in changed and state[all_key]:
        show(period.with_period(choices, ALL), takes, newest, now)
        return True
    if changed:
        # The widgets say it all from here on.
        state[CHOICES] = replace(period.by_units(choices, at), unit=state[unit_key])
        _keep_shown(state[CHOICES])
        return True
    if choices.period and _stands_for(period.resolved(choices, at)) != stood:
        # No other widget: somebody may have changed one just now.
        show(choices, [name for name in takes if name in _PERIOD_PARTS], newest, now)
    return False


def _by_hand(choices: Choices, stood: tuple[Any, ...]) -> dict[str, Any]:
    """Unit, units and end as they were last, where no period says them."""
    return {} if choices.period else dict(zip(_PERIOD_PARTS, stood, strict=True))


def _keep_shown(shown: Choices) -> None:
    st.session_state[SHOWN] = _stands_for(shown), _shown_widgets()


def _stands_for(choices: Choices) -> tuple[Any, ...]:
    return choices.unit, choices.units, choices.until


def _shown_widgets() -> dict[str, Any]:
    """What the widgets of a period's parts hold. A moment that is not chosen moves along with the
    zone and says nothing.
    """
    state = st.session_state
    end, at = CONTROLS["until"].keys
    keys = [key for key in _PERIOD_KEYS if key != at or state.get(end) == END_CHOSEN]
    return {key: state[key] for key in keys if key in state}


def kept_choices() -> Choices:
    """Every choice as it was last, those that the page does not draw included."""
    kept: Choices = st.session_state[CHOICES]
    return kept


def keep_why(name: str, why: str) -> None:
    """Keep why a page began with a period by itself."""
    st.session_state[FIRST] = name, why


def why_first(choices: Choices) -> str:
    """Why the period is the one that a page began with by itself; empty where somebody chose."""
    name, why = st.session_state.get(FIRST, ("", ""))
    return str(why) if choices.period == name else ""


def dropped_sentences() -> list[str]:
    """What was left out of the address that was read last."""
    sentences: list[str] = st.session_state.get(DROPPED, [])
    return sentences


def drop(sentences: Sequence[str]) -> None:
    """Say these of what was left out."""
    st.session_state[DROPPED] = list(sentences)


def write_address(title: str, choices: Choices, *, changed_by_hand: bool) -> dict[str, list[str]]:
    """Keep the choices and put them into the address bar; returns its values."""
    state = st.session_state
    state[CHOICES] = choices
    if not choices.period and SHOWN in state:
        _keep_shown(choices)
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
