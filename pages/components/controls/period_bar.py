"""The bar at the top of a page: which period, by which unit, and what it is compared with.

It is another face of what the sidebar holds: what is chosen here is written into the choices before
the page runs again, and the sidebar's widgets follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

import streamlit as st

from bitly_data import buckets, periods
from bitly_data.analysis import comparison
from bitly_data.analysis.comparison import BEFORE, CHOSEN, NotComparableError
from bitly_data.errors import QuestionError
from bitly_data.labels import dates_text, edges_text
from bitly_data.periods import AUTO, PRESETS, Moment
from bitly_data.query import ALL_TIME, ClickQuery, edges_of
from pages.components.controls import address_bar, period, sidebar
from pages.components.controls.period import DEFAULT_PERIOD, name_of
from pages.components.controls.table import CONTROLS, Choices, target_of
from pages.components.text import is_phone, reader_locale

# In the bar itself; the others are in the menu of the dates.
IN_BAR = ("today", "7d", "30d", "90d", "this-month", "this-year")
SHORT = {"this-month": "Month", "this-year": "Year"}
# Where the session keeps the choices that a dragged range took the place of.
BACK = "period_before_drag"
# Periods that are read while they run, how often they are asked for anew [s], and where the session
# keeps that somebody paused that, and that the page itself was just drawn.
LIVE, REFRESH_SECONDS = ("today", "24h"), 60.0
PAUSED, DRAWN = "period_paused", "period_drawn"
# So wide is the icon of the calendar, and no more: the dates stand beside it in words [px].
CALENDAR_WIDTH = 38
_OTHER_PRESETS = tuple(name for name in PRESETS if name not in IN_BAR)


def draw(
    client: Any,
    choices: Choices,
    takes: Sequence[str],
    at: Moment,
    asked: ClickQuery | None,
    drawn: sidebar.Sidebar,
) -> Choices:
    """Draw the bar; the choices with what its menu of the other period holds.

    `asked` is the question of the period, by which the dates are written; `None` where there is
    none to ask.
    """
    taking = Taking(tuple(takes), client.newest_click, client.now)
    gap: Literal["xsmall", "small"] = "xsmall" if is_phone() else "small"
    with st.container(horizontal=True, gap=gap, vertical_alignment="center"):
        _presets(choices, taking)
        _dates(choices, at, asked, taking)
        _unit(choices, at, asked, taking)
        if "against" in takes:
            choices = _against(choices, at, asked, drawn, takes)
        _back(taking)
        if is_live(choices):
            _live()
    if client.newest_click is not None:
        day = dates_text(
            buckets.local(at.now, at.zone), buckets.local(at.now, at.zone), reader_locale()
        )
        text = f"The newest click in the log is of {day}: periods are counted back from there."
        st.caption(" ".join([text, reader_locale().text(address_bar.why_first(choices))]).strip())
    return choices


class Taking:
    """By what the widgets are filled anew: the page's controls, and the clock of who answers."""

    def __init__(self, takes: tuple[str, ...], newest: int | None, now: float) -> None:
        self.takes, self.newest, self.now = takes, newest, now

    def show(self, choices: Choices) -> None:
        """Fill the page's widgets with these choices."""
        address_bar.show(choices, self.takes, self.newest, self.now)


def choose(name: str, taking: Taking) -> None:
    """Take another period, in the unit that it is read by."""
    st.session_state.pop(BACK, None)
    st.session_state.pop(address_bar.FIRST, None)
    taking.show(period.with_period(address_bar.kept_choices(), name))


def drag(name: str, taking: Taking) -> None:
    """Take a range that was dragged on the chart, with a way back."""
    before = st.session_state.get(BACK, address_bar.kept_choices())
    choose(name, taking)
    st.session_state[BACK] = before


def narrow(domain: str, taking: Taking) -> None:
    """Count one domain only."""
    taking.show(replace(address_bar.kept_choices(), domains=(domain,)))


def look_at(moment: int | None, taking: Taking) -> None:
    """Look at one bucket closely, the one that holds the moment [epoch s]; `None`: at none."""
    taking.show(replace(address_bar.kept_choices(), bucket=moment))


def _presets(choices: Choices, taking: Taking) -> None:
    key, name = "p_preset", name_of(choices)
    st.session_state[key] = name if name in IN_BAR else None
    st.segmented_control(
        "Period",
        IN_BAR,
        key=key,
        format_func=lambda one: SHORT.get(one, PRESETS[one].short),
        label_visibility="collapsed",
        on_change=_pick,
        args=(key, taking),
    )


def _pick(key: str, taking: Taking) -> None:
    name = st.session_state[key]
    if name is not None:  # a second click on what is lit changes nothing
        choose(name, taking)


def _dates(choices: Choices, at: Moment, asked: ClickQuery | None, taking: Taking) -> None:
    back, forward = (period.stepped(choices, by, at) for by in (-1, 1))
    with st.container(
        horizontal=True, wrap=False, width="content", gap="xsmall", vertical_alignment="center"
    ):
        _arrow("p_back", ":material/chevron_left:", "Earlier", back, taking)
        with st.popover(_dates_text(choices, asked), type="tertiary", key="p_dates"):
            _more(choices, taking)
            if is_phone():  # its bar has no room for the calendar
                _calendar(asked, at, taking, "stretch")
        if not is_phone():
            _calendar(asked, at, taking, CALENDAR_WIDTH)
        _arrow("p_forward", ":material/chevron_right:", "Later", forward, taking)


def _arrow(key: str, icon: str, help: str, to: str | None, taking: Taking) -> None:
    st.button(
        "",
        key=key,
        icon=icon,
        help=help,
        type="tertiary",
        disabled=to is None,
        on_click=choose,
        args=(to or "", taking),
    )


def _dates_text(choices: Choices, asked: ClickQuery | None) -> str:
    edges = _edges(asked)
    if edges is None or asked is None:
        return "All time" if choices.units == ALL_TIME or choices.period == periods.ALL else "–"
    return edges_text(edges, asked.unit, asked.zone, reader_locale())


def _edges(query: ClickQuery | None) -> buckets.Edges | None:
    if query is None or query.units == ALL_TIME or query.until is None:
        return None
    return edges_of(query, query.until)


def _more(choices: Choices, taking: Taking) -> None:
    key, name = "p_more", name_of(choices)
    st.session_state[key] = name if name in _OTHER_PRESETS else None
    st.pills(
        "More periods",
        _OTHER_PRESETS,
        key=key,
        format_func=lambda one: PRESETS[one].label,
        width=330,
        label_visibility="collapsed",
        on_change=_pick,
        args=(key, taking),
    )


def _calendar(
    asked: ClickQuery | None, at: Moment, taking: Taking, width: int | Literal["stretch"]
) -> None:
    """The calendar: a click on its icon opens it, and two days are a range."""
    edges = _edges(asked)
    days: list[date | datetime | str | None] = []
    if edges is not None:
        ends = (buckets.day_of(int(one), at.zone) for one in (edges[0], edges[-1] - 1))
        first, last = address_bar.FIRST_DATE.date(), address_bar.LAST_DATE.date()
        days = [min(max(day, first), last) for day in ends]
    # A key of its own for each range, so that the widget shows the range of the page.
    range_key = "_".join(["p_range", *map(str, days)])
    st.date_input(
        "From and to",
        key=range_key,
        value=days,
        min_value=address_bar.FIRST_DATE.date(),
        max_value=address_bar.LAST_DATE.date(),
        format="YYYY-MM-DD",
        width=width,
        label_visibility="collapsed",
        on_change=_pick_range,
        args=(range_key, taking),
    )


def _pick_range(key: str, taking: Taking) -> None:
    chosen: tuple[date, ...] = st.session_state[key]
    if len(chosen) == 2:
        choose(periods.range_of_days(*chosen), taking)


def _unit(choices: Choices, at: Moment, asked: ClickQuery | None, taking: Taking) -> None:
    key = "p_unit"
    shown = period.resolved(choices, at).unit
    units = [
        unit for unit in buckets.UNITS if unit != "minute" or target_of(taking.takes) == "link"
    ]
    automatic = bool(choices.period) and choices.unit == AUTO
    st.session_state[key] = AUTO if automatic else shown
    with st.popover(f"by {shown}", type="tertiary", key="p_units"):
        st.segmented_control(
            "Unit of the chart",
            [AUTO, *units],
            key=key,
            format_func=lambda unit: unit.capitalize() or "Auto",
            on_change=_pick_unit,
            args=(key, at, taking),
        )


def _pick_unit(key: str, at: Moment, taking: Taking) -> None:
    unit, choices = st.session_state[key], address_bar.kept_choices()
    if unit is None:
        return
    if unit == AUTO:
        name = name_of(choices)
        choose(name or DEFAULT_PERIOD, taking)
        return
    taking.show(period.with_unit(choices, unit, at))


def _against(
    choices: Choices,
    at: Moment,
    asked: ClickQuery | None,
    drawn: sidebar.Sidebar,
    takes: Sequence[str],
) -> Choices:
    names = [name for name in ("against", "weekdays", "overlay") if name in takes]
    text = _against_text(choices, at, asked)
    with st.popover("Compare" if is_phone() else text, type="tertiary", key="p_against"):
        if is_phone():
            st.caption(text)
        found = sidebar.draw_controls(names, drawn)
    return replace(choices, **found)


def _against_text(choices: Choices, at: Moment, asked: ClickQuery | None) -> str:
    """The other period by its dates, as it is chosen now."""
    edges = _edges(asked)
    if edges is None or asked is None:
        return "Compare"
    choices = replace(choices, **_against_now(choices))
    months, days = period.calendar_step(choices, at)
    kind = choices.against if isinstance(choices.against, str) else CHOSEN
    until = choices.against if isinstance(choices.against, int) else None
    against = comparison.Against(kind, until, choices.weekdays, months, days)
    try:
        other = _edges(comparison.other_period(asked, edges, against))
    except (NotComparableError, QuestionError):
        return "Compare"
    if other is None:
        return "Compare"
    return f"vs {edges_text(other, asked.unit, asked.zone, reader_locale())}"


def _against_now(choices: Choices) -> dict[str, Any]:
    """What the menu's widgets hold before they are drawn."""
    state = st.session_state
    key, moment_key = CONTROLS["against"].keys
    kind = state.get(key, BEFORE)
    if kind == CHOSEN:
        zone = choices.timezone or address_bar.browser_zone()
        at = state.get(moment_key)
        kind = BEFORE if at is None else address_bar.chosen_moment(moment_key, at, zone)
    return {"against": kind, "weekdays": state.get(CONTROLS["weekdays"].keys[0], False)}


def is_live(choices: Choices) -> bool:
    """Whether the period is read while it runs: today, or the last hours."""
    return choices.period in LIVE or (not choices.period and choices.unit == "minute")


def _live() -> None:
    """Ask again by itself from time to time, until somebody pauses it.

    What was just answered is kept for a while (`Client`), so a page that refreshes itself takes no
    more calls than one that is opened again.
    """
    paused = st.session_state.get(PAUSED, False)
    st.button(
        "Paused" if paused else "Live",
        key="p_live",
        icon=":material/play_arrow:" if paused else ":material/pause:",
        help="Goes on by itself." if paused else "New clicks come by themselves; press to pause.",
        type="tertiary",
        on_click=st.session_state.__setitem__,
        args=(PAUSED, not paused),
    )
    if not paused:
        st.session_state[DRAWN] = True
        _tick()


@st.fragment(run_every=REFRESH_SECONDS)
def _tick() -> None:
    if not st.session_state.pop(DRAWN, False):  # it runs by itself, not with the page
        st.rerun()


def _back(taking: Taking) -> None:
    before: Choices | None = st.session_state.get(BACK)
    if before is None:
        return
    name = name_of(before)
    preset = periods.preset_of(name) if name else None
    st.button(
        f"Back to {preset.short if preset else 'before'}",
        key="p_undo",
        icon=":material/undo:",
        type="tertiary",
        on_click=_go_back,
        args=(taking,),
    )


def _go_back(taking: Taking) -> None:
    taking.show(st.session_state.pop(BACK))
