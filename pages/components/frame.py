"""What every page goes on with once it is open: menu, and the line that says who answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import streamlit as st
from pages.components.early import Opening
from pages.components.say import as_text, say_error

from bitly_data import cache
from bitly_data.coverage import covered_text, hour_spans
from bitly_data.errors import BitlyError
from bitly_data.report.tables import never_formula
from bitly_data.settings import CLICK_LOG, DEMO, REMOTE, V4, Settings
from pages.components.controls import PAGE, forget_account, load_account, query_params
from pages.components.menu import draw_menu

# More spans than these are counted, not listed: nobody reads on.
MOST_SPANS = 200


def open_page(opening: Opening, otherwise: Callable[[], None] | None = None) -> Settings:
    """The source line; with the menu, ends the run if nobody can answer.

    `otherwise` draws what a page has to show even then; such a page asks nobody for an account.
    """
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
        if otherwise is not None:
            otherwise()
        st.stop()
    opening.close()
    forget_account()
    if settings.kind == REMOTE and otherwise is None:
        load_account(settings)  # the line says whose it is
    source_line(settings)
    return settings


def source_line(settings: Settings) -> None:
    """Who answers and why, and what that means for the numbers."""
    why = as_text(settings.why)
    if settings.kind == DEMO:
        st.caption(
            f":material/science: Demo data from a local Bitly server{_face(settings)}, "
            f"because {why}. To see your own clicks, connect your account or a file of "
            "clicks on the Connection page."
        )
    elif settings.kind == CLICK_LOG:
        st.caption(
            ":material/description: A click log on a local Bitly server"
            f"{_face(settings)}, because {why}. " + as_text(_coverage_text(settings))
        )
        _coverage_list(settings)
        _bad_lines_list(settings)
    else:
        login = cache.known_login(settings)
        whose = f", account {as_text(login)}" if login else ""
        st.caption(
            f":material/cloud: {as_text(settings.account_label)}{whose}, by Bitly's "
            f"{settings.api}, because {why}."
        )


def _face(settings: Settings) -> str:
    """Which of the local server's faces is asked, where it is not the usual one."""
    return f", as Bitly's v4 on the plan {settings.plan.capitalize()}" if settings.api == V4 else ""


def _coverage_text(settings: Settings) -> str:
    local = cache.connection(settings).local
    if local is None:
        return ""
    coverage = local.coverage()
    text = covered_text(coverage.hours)
    if not len(coverage.hours):
        return text
    newest = local.newest_click()
    ends = (
        ""
        if newest is None
        else (
            f" Ranges end at its newest click, {_utc(newest, '%d %b %Y %H:%M')} UTC, unless you "
            "choose Now."
        )
    )
    bad = local.report.summary() if local.report.files else ""
    return f"{text}{ends} {bad}"


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
        st.dataframe(
            pd.DataFrame(
                {
                    "File": [never_formula(item.file) for item in bad],
                    "Line": [item.line for item in bad],
                    "Reason": [item.reason for item in bad],
                }
            ),
            hide_index=True,
        )
        more = local.report.bad_count - len(bad)
        if more > 0:
            st.caption(f"And {more:,} more.")


def _span_text(start: int, end: int) -> str:
    same_day = _utc(start, "%d %b %Y") == _utc(end - 1, "%d %b %Y")
    until = _utc(end - 1, "%H:59" if same_day else "%d %b %Y %H:59")
    return f"{_utc(start, '%d %b %Y %H:00')}–{until}"


def _utc(epoch: int, pattern: str) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime(pattern)
