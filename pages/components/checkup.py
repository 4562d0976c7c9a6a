"""What the doctor found, in blocks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bitly_data import cache, doctor
from bitly_data.doctor import FAILED, NOT_ASKED, OK, WALL, Report
from bitly_data.labels import count_text
from bitly_data.report.tables import never_formula
from bitly_data.settings import REMOTE, Settings
from pages.components.controls import query_params
from pages.components.menu import draw_menu
from pages.components.say import as_text

NOT_KNOWN, NOT_TOLD = "not known", "not told"
# How each state looks beside its word.
MARKS = {OK: "✓", WALL: "○", FAILED: "✗", NOT_ASKED: "–"}
# The longest name of an endpoint fits, on a phone as well, and so does the longest state [px].
NAME_WIDTH, STATE_WIDTH = 245, 125
# What metrics and tables say already.
SAID_ELSEWHERE = ("Calls this month", "Upstream's clock", doctor.USED, "")


def report_block(settings: Settings) -> None:
    """The menu and the report, kept for some minutes; a server is asked only by a button."""
    with st.sidebar:
        draw_menu(query_params())
    remote = settings.kind == REMOTE
    kept = cache.report(settings, asking=False)
    place = st.container()
    again = st.button(
        "Check now" if kept is None and remote else "Check again", key="c_check",
        icon=":material/stethoscope:",
        help=f"At most {doctor.MOST_CALLS[settings.api]} calls, each endpoint once. What is found "
        f"is kept for {int(cache.FINISHED_TTL.total_seconds() // 60)} minutes.")
    report = kept
    if again or (kept is None and not remote):  # a server in this process has calls to spare
        with place, st.spinner("Asking each endpoint", show_time=True):
            report = cache.report(settings, asking=True, anew=again)
        if again:
            st.rerun()  # the button has another word now
    with place:
        if report is None:
            _unchecked(settings)
        else:
            _checked(report)


def _unchecked(settings: Settings) -> None:
    left = cache.connection(settings).calls_left
    count = f" By our own count {doctor.left_text(left)}." if left else ""
    st.info("Nothing was asked yet: a check takes "
            f"at most {doctor.MOST_CALLS[settings.api]} of the account's calls.{count}",
            icon=":material/stethoscope:")


def _checked(report: Report) -> None:
    _metrics(report)
    problems = [item for item in report.health if item.state == FAILED]
    for sentence in dict.fromkeys(item.sentence for item in problems):
        names = ", ".join(item.endpoint for item in problems if item.sentence == sentence)
        st.error(as_text(f"{sentence} ({names})"), icon=":material/cloud_off:")
    st.header("Account")
    st.markdown("\n\n".join(f"**{label}:** {as_text(text)}"
                            for label, text in doctor.facts(report) if label not in SAID_ELSEWHERE))
    if report.hourly:
        with st.expander("Calls used this hour, as Bitly counts them", icon=":material/speed:"):
            st.dataframe(pd.DataFrame({
                "Endpoint": [never_formula(limit.name) for limit in report.hourly],
                "Used": [limit.used for limit in report.hourly],
                "Of": [limit.limit for limit in report.hourly]}), hide_index=True,
                key="c_used", height="content")
    st.header("Endpoints")
    rows = pd.DataFrame({
        "Endpoint": [never_formula(item.endpoint) for item in report.health],
        "State": [f"{MARKS[item.state]} {item.state}" for item in report.health],
        "ms": pd.array([item.milliseconds for item in report.health], dtype="Int64")})
    all_ok = all(item.state == OK for item in report.health)
    st.dataframe(rows, hide_index=True, key="c_endpoints", height="content", column_config={
        "Endpoint": st.column_config.TextColumn(width=NAME_WIDTH),
        "State": st.column_config.TextColumn(width=None if all_ok else STATE_WIDTH)})
    # A cell cuts sentences off; those of what failed are above.
    for sentence in dict.fromkeys(item.sentence for item in report.health
                                  if item.state in (WALL, NOT_ASKED)):
        names = ", ".join(item.endpoint for item in report.health if item.sentence == sentence)
        st.caption(as_text(f"{names}: {sentence}"))
    st.caption(doctor.checked_text(report))


def _metrics(report: Report) -> None:
    month, left = report.month, report.left
    asked = [item for item in report.health if item.state != NOT_ASKED]
    fine = sum(item.state != FAILED for item in asked)
    with st.container(horizontal=True):
        st.metric("Calls left this month", count_text(month.left) if month else NOT_TOLD,
                  border=True, height="stretch", delta=f"of {month.limit:,}" if month else None,
                  delta_color="off", delta_arrow="off",
                  help="As Bitly counts them; v3 does not say.")
        if left is not None:
            st.metric("Calls left this hour", count_text(left.hour), border=True,
                      height="stretch", delta=f"of {left.per_hour:,}", delta_color="off",
                      delta_arrow="off", help="By our own count in this process.")
        days = report.windows[0] if report.windows else None
        st.metric("History window", days.text if days else NOT_TOLD if report.api == "v3"
                  else NOT_KNOWN, border=True, height="stretch",
                  help="How far back clicks can be had; v3 does not say.")
        st.metric("Upstream's clock", doctor.clock_text(report), border=True, height="stretch",
                  help="As its answers say it, against this machine's.")
        st.metric("Endpoints that answer", f"{fine} of {len(asked)}", border=True,
                  height="stretch", help="That the plan does not include one is an answer, too.")
