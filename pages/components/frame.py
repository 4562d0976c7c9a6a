"""What every page goes on with once it is open: menu, and the line that says who answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from bitly_data import cache
from bitly_data.coverage import hour_spans
from bitly_data.errors import BitlyError
from bitly_data.report.tables import never_formula
from bitly_data.settings import CLICK_LOG, DEMO, Settings
from pages.components.controls import PAGE, query_params
from pages.components.early import Opening
from pages.components.menu import draw_menu
from pages.components.say import as_text, say_error

# More spans than these are counted, not listed: nobody reads on.
MOST_SPANS = 200


def open_page(opening: Opening) -> Settings:
    """The source line; with the menu, ends the run if nobody can answer."""
    cache.freeze_start_up_heap()
    st.session_state[PAGE] = opening.title
    try:
        settings = cache.settings()
        cache.connection(settings)
    except BitlyError as problem:
        opening.close()
        with st.sidebar:
            draw_menu(query_params())
        say_error(problem)
        st.stop()
    opening.close()
    source_line(settings)
    return settings


def source_line(settings: Settings) -> None:
    """Who answers and why, and what that means for the numbers."""
    why = as_text(settings.why)
    if settings.kind == DEMO:
        st.caption(f":material/science: Demo data from a local Bitly server, because {why}. To see "
                   "your own clicks set BITLY_ACCESS_TOKEN, or BITLY_CLICK_LOG for a file of "
                   "clicks (README, Settings).")
    elif settings.kind == CLICK_LOG:
        st.caption(f":material/description: A click log on a local Bitly server, because {why}. "
                   + as_text(_coverage_text(settings)))
        _coverage_list(settings)
        _bad_lines_list(settings)
    else:
        st.caption(f":material/cloud: {as_text(settings.account_label)}, because {why}.")


def _coverage_text(settings: Settings) -> str:
    local = cache.connection(settings).local
    if local is None:
        return ""
    coverage = local.coverage()
    spans = hour_spans(coverage.hours)
    if not spans:
        return "It holds no lines."
    hours = len(coverage.hours)
    text = (f"It covers {hours:,} {'hour' if hours == 1 else 'hours'} between "
            f"{_utc(spans[0][0], '%d %b %Y %H:00')} and {_utc(spans[-1][1], '%d %b %Y %H:00')} UTC")
    newest = local.newest_click()
    ends = "" if newest is None else (
        f" Ranges end at its newest click, {_utc(newest, '%d %b %Y %H:%M')} UTC, unless you "
        "choose Now.")
    bad = local.report.summary() if local.report.files else ""
    return f"{text}.{ends} {bad}"


def _coverage_list(settings: Settings) -> None:
    """Every unbroken span of covered hours."""
    local = cache.connection(settings).local
    spans = hour_spans(local.coverage().hours) if local is not None else []
    if not spans:
        return
    with st.expander("Hours in the log", icon=":material/schedule:"):
        listed = [_span_text(start, end) for start, end in spans[:MOST_SPANS]]
        more = len(spans) - len(listed)
        st.caption("UTC: " + "; ".join(listed) + (f"; and {more:,} more spans." if more else "."))


def _bad_lines_list(settings: Settings) -> None:
    """Every line of the click log that could not be read, or the first of very many."""
    local = cache.connection(settings).local
    bad = local.report.bad_lines() if local is not None else []
    if local is None or not bad:
        return
    with st.expander("Lines that could not be read", icon=":material/rule:"):
        st.dataframe(pd.DataFrame({"File": [never_formula(item.file) for item in bad],
                                   "Line": [item.line for item in bad],
                                   "Reason": [item.reason for item in bad]}), hide_index=True)
        more = local.report.bad_count - len(bad)
        if more > 0:
            st.caption(f"And {more:,} more.")


def _span_text(start: int, end: int) -> str:
    same_day = _utc(start, "%d %b %Y") == _utc(end - 1, "%d %b %Y")
    until = _utc(end - 1, "%H:59" if same_day else "%d %b %Y %H:59")
    return f"{_utc(start, '%d %b %Y %H:00')}–{until}"


def _utc(epoch: int, pattern: str) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime(pattern)
