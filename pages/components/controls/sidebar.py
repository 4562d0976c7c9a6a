"""The sidebar: the controls that a page takes, in the order in which the page names them.

A control that the page does not take is not there. What the source does not take is shown
disabled, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import streamlit as st

from bitly_data import buckets
from bitly_data.analysis.comparison import BEFORE, CHOSEN
from bitly_data.client import Client
from bitly_data.errors import BitlyError, QuestionError
from bitly_data.query import ALL_TIME, MOST_BUCKETS, MOST_MINUTES, ONLY_OTHERS, parse_link
from bitly_data.sources.base import Capabilities
from bitly_data.sources.model import Account, Link
from pages.components.controls.address_bar import (
    FIRST_DATE,
    LAST_DATE,
    chosen_moment,
    moment_behind,
    seed_moment,
)
from pages.components.controls.table import (
    AGAINST,
    CONTROLS,
    DOMAINS,
    END,
    END_CHOSEN,
    END_NEWEST_CLICK,
    END_RUNNING,
    GROUPS,
    LINK_PICK,
    LINK_SEARCH,
    LOGIN,
    NO_MINUTES,
    NUMBER,
    PERIODS,
    PICK,
    TOGGLE,
    UNIT,
    UNIT_COUNT,
    Choices,
    Control,
)
from pages.components.controls.values import END_DEFAULT, END_NOW
from pages.components.text import reader_locale

LONGEST_SEARCH = 200


@dataclass
class Sidebar:
    """What the controls are drawn by; `drawn` is what those above have given, by field."""

    client: Client
    account: Account
    newest: int | None  # the newest click of a click log [epoch s]
    choices: Choices
    minutes: bool  # what is counted has minutes
    drawn: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Capabilities:
        return self.client.capabilities

    def value(self, name: str) -> Any:
        return self.drawn.get(name, getattr(self.choices, name))


def draw_controls(names: Sequence[str], sidebar: Sidebar) -> dict[str, Any]:
    """Draw these controls; what stands on them, by field."""
    for name in names:
        sidebar.drawn[name] = KINDS[CONTROLS[name].kind](CONTROLS[name], sidebar)
    return {name: sidebar.drawn[name] for name in names}


def draw_groups(sidebar: Sidebar, takes: Sequence[str]) -> Choices:
    """Draw the groups of the sidebar; the choices with what stands on them now."""
    for group in GROUPS:
        names = [name for name in takes if CONTROLS[name].group is group]
        if not names:
            continue
        with st.expander(group.label, icon=group.icon) if group.label else nullcontext():
            draw_controls(names, sidebar)
    return replace(sidebar.choices, **sidebar.drawn)


def _idle(control: Control, sidebar: Sidebar) -> str | None:
    """Why the control has no effect with the unit, if so."""
    return control.idle.get(sidebar.value("unit"))


def _help(control: Control, sidebar: Sidebar) -> str | None:
    return _idle(control, sidebar) or control.lacking(sidebar.source) or control.help


def _disabled(control: Control, sidebar: Sidebar) -> bool:
    return _idle(control, sidebar) is not None or control.is_closed(sidebar.source)


# -- of any control -------------------------------------------------------------------------------


def _toggle(control: Control, sidebar: Sidebar) -> bool:
    return st.toggle(
        control.label,
        key=control.keys[0],
        disabled=_disabled(control, sidebar),
        help=_help(control, sidebar),
    )


def _pick(control: Control, sidebar: Sidebar) -> Any:
    return st.selectbox(
        control.label,
        control.options(),
        key=control.keys[0],
        format_func=control.text,
        disabled=_disabled(control, sidebar),
        help=_help(control, sidebar),
    )


def _number(control: Control, sidebar: Sidebar) -> int | None:
    lowest, highest = control.bounds or (None, None)
    return st.number_input(
        control.label,
        min_value=lowest,
        max_value=highest,
        value=None,
        step=1,
        key=control.keys[0],
        placeholder=control.placeholder,
        disabled=_disabled(control, sidebar),
        help=_help(control, sidebar),
    )


# -- what is counted ------------------------------------------------------------------------------


def _link(control: Control, sidebar: Sidebar) -> str | None:
    (key,) = control.keys
    links, total = _offered_links(sidebar)
    names = {item.link: item for item in links}
    if not st.session_state[key] and links:
        st.session_state[key] = links[0].link
    value = st.selectbox(
        control.label,
        _with_current(list(names), key),
        key=key,
        index=None,
        format_func=lambda link: _link_text(names.get(link), link),
        accept_new_options=True,
        placeholder=control.placeholder,
        help=_help(control, sidebar),
    )
    if total > len(links):
        st.caption(
            reader_locale().text(
                f"The {len(links):,} newest of {total:,} links are listed."
                if sidebar.source.counts_links
                else f"The {_links_in(links):,} newest links are listed; Bitly's v4 does not say "
                "how many there are."
            )
        )
    try:
        return parse_link(value) if value else None
    except QuestionError:
        return value  # the question will say what is wrong with it


def _offered_links(sidebar: Sidebar) -> tuple[list[Link], int]:
    """The links to pick from, and how many there are: the newest, or those that were searched for
    where there are more than can be listed.
    """
    counted = sidebar.source.counts_links  # else it says that there are more, not how many
    try:
        links, total = sidebar.client.links()
        if total <= len(links):
            return links, total
        text = st.text_input(
            "Search all links",
            key=LINK_SEARCH,
            max_chars=LONGEST_SEARCH,
            placeholder=reader_locale().text(f"in {total:,} links") if counted else "in all links",
            help="By link, title or long address; the list below is narrowed.",
        )
        if not text.strip():
            return links, total
        found, count = sidebar.client.links(text.strip())
    except BitlyError:
        return [], 0  # the same problem was said above; a link can still be pasted
    st.caption(reader_locale().text(_found_text(found, count, counted=counted)))
    return found, count


def _found_text(found: Sequence[Link], count: int, *, counted: bool) -> str:
    """How many links a search found."""
    there = count if counted else _links_in(found)
    if not there:
        return "No link matches."
    more = "More than " if count > len(found) and not counted else ""
    return f"{more}{there:,} {'link matches' if there == 1 else 'links match'}."


def _links_in(listed: Sequence[Link]) -> int:
    """How many links a list holds; one with a custom back-half is there by each of its ids."""
    return len({item.ids[:1] or (item.link,) for item in listed})


def _link_text(item: Link | None, link: str) -> str:
    return f"{link} · {item.title or item.long_url}" if item else link


def _with_current(options: Sequence[str], key: str) -> list[str]:
    """The options and what is chosen now, which need not be one of them."""
    now = st.session_state.get(key)
    chosen = now if isinstance(now, list) else [now] if now else []
    return [*options, *(item for item in chosen if item not in options)]


def _domains(control: Control, sidebar: Sidebar) -> tuple[str, ...]:
    (key,) = control.keys
    offered = sidebar.account.short_domains + sidebar.account.tracking_domains
    return tuple(
        st.multiselect(
            control.label,
            _with_current(offered, key),
            key=key,
            placeholder=control.placeholder,
            help=_help(control, sidebar),
        )
    )


def _login(control: Control, sidebar: Sidebar) -> str | None:
    (key,) = control.keys
    others = [ONLY_OTHERS] if sidebar.source.other_peoples_links else []
    return st.selectbox(
        control.label,
        _with_current([*others, *sidebar.account.logins], key),
        key=key,
        index=None,
        placeholder=control.placeholder,
        format_func=control.text,
        help=_help(control, sidebar),
    )


# -- which buckets --------------------------------------------------------------------------------


def _unit(control: Control, sidebar: Sidebar) -> str:
    offered = [unit for unit in buckets.UNITS if unit != "minute" or sidebar.minutes]
    return st.selectbox(
        control.label,
        offered,
        key=control.keys[0],
        help=None if sidebar.minutes else NO_MINUTES,
    )


def _unit_count(control: Control, sidebar: Sidebar) -> int:
    count_key, all_key = control.keys
    minute = sidebar.value("unit") == "minute"
    most = MOST_MINUTES if minute else MOST_BUCKETS
    state = st.session_state
    state[count_key] = min(max(int(state[count_key] or 1), 1), most)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        units = st.number_input(
            control.label,
            min_value=1,
            max_value=most,
            step=1,
            key=count_key,
            disabled=state[all_key] and not minute,
        )
        everything = st.toggle(
            "All time",
            key=all_key,
            disabled=minute,
            help="Minutes go back an hour at most." if minute else "Since the first click.",
        )
    return ALL_TIME if everything and not minute else int(units)


def _end(control: Control, sidebar: Sidebar) -> str | int:
    key, moment_key = control.keys
    state, idle = st.session_state, _idle(control, sidebar)
    newest = [END_NEWEST_CLICK] if sidebar.newest is not None else []
    options = [*newest, END_RUNNING, END_CHOSEN]
    if state[key] not in options:
        state[key] = options[0]
    end = st.selectbox(
        control.label,
        options,
        key=key,
        disabled=_disabled(control, sidebar),
        help=_help(control, sidebar),
    )
    if idle:
        st.caption(idle)
    chosen = end == END_CHOSEN
    moment = _moment("Moment", moment_key, sidebar, chosen=chosen, disabled=idle is not None)
    if not chosen:
        return END_DEFAULT if end == options[0] else END_NOW
    return END_NOW if moment is None else moment


def _against(control: Control, sidebar: Sidebar) -> str | int:
    key, moment_key = control.keys
    disabled = _disabled(control, sidebar)
    kind: str = st.selectbox(
        control.label,
        list(PERIODS),
        key=key,
        disabled=disabled,
        format_func=control.text,
        help=_help(control, sidebar),
    )
    chosen = kind == CHOSEN
    moment = _moment("In its newest bucket", moment_key, sidebar, chosen=chosen, disabled=disabled)
    if not chosen:
        return kind
    return BEFORE if moment is None else moment


def _moment(label: str, key: str, sidebar: Sidebar, *, chosen: bool, disabled: bool) -> int | None:
    """A moment on the zone's wall clock [epoch s], where one is chosen."""
    zone: str = sidebar.value("timezone")
    _, shown_zone, epoch = moment_behind(key)
    if not chosen and zone != shown_zone:  # nobody has chosen this wall clock: it moves along
        seed_moment(key, epoch, zone)
    at = st.datetime_input(
        label,
        key=key,
        min_value=FIRST_DATE,
        max_value=LAST_DATE,
        step=timedelta(minutes=15),
        label_visibility="collapsed",
        disabled=disabled or not chosen,
        help="Choose “Chosen” above to set it.",
    )
    return None if at is None or not chosen else chosen_moment(key, at, zone)


# How each kind of control is drawn.
KINDS: Mapping[str, Callable[[Control, Sidebar], Any]] = {
    TOGGLE: _toggle,
    PICK: _pick,
    NUMBER: _number,
    LINK_PICK: _link,
    DOMAINS: _domains,
    LOGIN: _login,
    UNIT: _unit,
    UNIT_COUNT: _unit_count,
    END: _end,
    AGAINST: _against,
}
