"""What the doctor found, in blocks."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bitly_data import cache, doctor
from bitly_data.doctor import FAILED, NOT_ASKED, OK, WALL, Health, Part, Report
from bitly_data.labels import count_text
from bitly_data.report.tables import never_formula
from bitly_data.settings import REMOTE, Settings
from pages.components.controls import query_params
from pages.components.menu import draw_menu
from pages.components.text import as_text

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
        "Check now" if kept is None and remote else "Check again",
        key="c_check",
        icon=":material/stethoscope:",
        help=f"Takes {doctor.cost_text(settings.api)}. What is found is kept for "
        f"{int(cache.FINISHED_TTL.total_seconds() // 60)} minutes.",
    )
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
    st.info(
        "Nothing was asked yet, as a check uses up calls of the account: "
        f"{doctor.cost_text(settings.api)}.{count}",
        icon=":material/stethoscope:",
    )


def _checked(report: Report) -> None:
    _metrics(report)
    for sentence, names in _sentences(report, FAILED):
        st.error(as_text(f"{sentence} ({names})"), icon=":material/cloud_off:")
    st.header("Account")
    st.markdown(
        "\n\n".join(
            f"**{label}:** {as_text(text)}"
            for label, text in doctor.facts(report)
            if label not in SAID_ELSEWHERE
        )
    )
    if report.hourly:
        with st.expander("Calls used this hour, as Bitly counts them", icon=":material/speed:"):
            st.dataframe(
                pd.DataFrame(
                    {
                        "Endpoint": [never_formula(limit.name) for limit in report.hourly],
                        "Used": [limit.used for limit in report.hourly],
                        "Of": [limit.limit for limit in report.hourly],
                    }
                ),
                hide_index=True,
                key="c_used",
                height="content",
            )
    if report.parts:
        _parts(report.parts)
    st.header("Endpoints")
    rows = {"Endpoint": [never_formula(item.endpoint) for item in report.health]}
    _states(rows, report.health, "c_endpoints")
    # A cell cuts sentences off; those of what failed are above.
    for sentence, names in _sentences(report, WALL, NOT_ASKED):
        st.caption(as_text(f"{names}: {sentence}"))
    st.caption(as_text(doctor.checked_text(report)))


def _parts(parts: Sequence[Part]) -> None:
    """Each group and organization that was asked; calls of a month where there are several."""
    st.header("Groups and organizations")
    rows = {
        "Name": [never_formula(part.name) for part in parts],
        "Kind": [part.kind.capitalize() for part in parts],
    }
    if sum(part.month is not None for part in parts) > 1:
        rows["Calls left this month"] = [
            count_text(part.month.left) if part.month else "" for part in parts
        ]
    _states(rows, parts, "c_parts")


def _states(rows: dict[str, list[str]], items: Sequence[Health | Part], key: str) -> None:
    """A table of names with the state of each, and how long its answer took."""
    first = next(iter(rows))
    all_ok = all(item.state == OK for item in items)
    frame = pd.DataFrame(
        {
            **rows,
            "State": [f"{MARKS[item.state]} {item.state}" for item in items],
            "ms": pd.array([item.milliseconds for item in items], dtype="Int64"),
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        height="content",
        column_config={
            first: st.column_config.TextColumn(width=NAME_WIDTH if first == "Endpoint" else None),
            "State": st.column_config.TextColumn(width=None if all_ok else STATE_WIDTH),
        },
    )


def _sentences(report: Report, *states: str) -> list[tuple[str, str]]:
    """What is said of endpoints and parts in these states, each sentence once with its names."""
    said: dict[str, list[str]] = {}
    named: list[tuple[str, Health | Part]] = [(item.endpoint, item) for item in report.health]
    named += [(f"{part.kind} {part.name}", part) for part in report.parts]
    for name, item in named:
        if item.state in states:
            said.setdefault(item.sentence, []).append(name)
    return [(sentence, ", ".join(names)) for sentence, names in said.items()]


def _metrics(report: Report) -> None:
    month, left = report.month, report.left
    asked = [item for item in report.health if item.state != NOT_ASKED]
    fine = sum(item.state != FAILED for item in asked)
    with st.container(horizontal=True):
        st.metric(
            "Calls left this month",
            count_text(month.left) if month else NOT_TOLD,
            border=True,
            height="stretch",
            delta=f"of {month.limit:,}" if month else None,
            delta_color="off",
            delta_arrow="off",
            help="As Bitly counts them; v3 does not say.",
        )
        if left is not None:
            st.metric(
                "Calls left this hour",
                count_text(left.hour),
                border=True,
                height="stretch",
                delta=f"of {left.per_hour:,}",
                delta_color="off",
                delta_arrow="off",
                help="By our own count in this process.",
            )
        days = report.windows[0] if report.windows else None
        st.metric(
            "History window",
            days.text if days else NOT_TOLD if report.api == "v3" else NOT_KNOWN,
            border=True,
            height="stretch",
            help="How far back clicks can be had; v3 does not say.",
        )
        st.metric(
            "Upstream's clock",
            doctor.clock_text(report),
            border=True,
            height="stretch",
            help="As its answers say it, against this machine's.",
        )
        st.metric(
            "Endpoints that answer",
            f"{fine} of {len(asked)}",
            border=True,
            height="stretch",
            help="That the plan does not include one is an answer, too.",
        )
