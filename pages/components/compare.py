"""Several domains side by side: one chart, small multiples, shares, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bitly_data import cache
from bitly_data.charts import model as charts
from bitly_data.errors import BitlyError
from bitly_data.frames import Total, to_frame, total
from bitly_data.labels import range_text
from bitly_data.query import ClickQuery, login_label
from bitly_data.report.tables import never_formula
from bitly_data.series import ClickSeries, at_the_moment_of, failed, rolled_up, side_by_side
from bitly_data.settings import V4, Settings
from pages.components.blocks import say_what_is_known, table_block
from pages.components.change import UNKNOWN_TEXT, finite, load_changes, name_of
from pages.components.controls import PageQuery
from pages.components.files import chart_block, download_csv, source_text
from pages.components.load import (
    coverage_notes,
    coverage_words,
    is_stopped,
    load_all_or_stop,
)
from pages.components.plan import is_ready, offer_comparison, say_exact_price
from pages.components.say import as_text

# Beyond this many lines no reader tells them apart; the rest can be chosen.
MOST_AT_FIRST = 6
ALL_OF_THEM, ALL_ANSWERED = "All of them", "All with an answer"


@dataclass(frozen=True)
class Domains:
    """A series for each domain, and the one in which each click counts once.

    `stopped`: somebody wanted nothing more to be asked.
    """

    each: list[ClickSeries]
    whole: ClickSeries
    stopped: bool = False


def load_domains(asked: PageQuery) -> Domains | None:
    """The series of the chosen domains, or of the organization's first ones.

    `None`: there are none to compare; the page has said so.
    """
    domains = asked.query.domains or asked.account.short_domains[:MOST_AT_FIRST]
    if not domains:
        st.info(
            "This account has no domains of its own to compare: choose some in the sidebar.",
            icon=":material/info:",
        )
        return None
    if not asked.query.domains:
        left = len(asked.account.short_domains) - len(domains)
        more = f" {left} more can be chosen in the sidebar." if left > 0 else ""
        st.caption(f"The organization's short domains.{more}")
    queries = [asked.query.replace(domains=(name,)) for name in domains]
    if not is_ready([*queries, asked.query.replace(domains=domains)], asked.settings, "domains"):
        return None
    each = load_all_or_stop(queries, asked.settings, "domains")
    say_exact_price(each, asked.settings)
    stopped = is_stopped(queries, "domains") and not all(item.answered for item in each)
    newest = max((item for item in each if item.answered), key=lambda item: int(item.edges[-1]))
    query = at_the_moment_of(newest, asked.query)
    each = _up_to_the_same_bucket(each, query, newest, asked.settings)
    whole = _load_whole(query.replace(domains=domains), each, asked.settings, asking=not stopped)
    names = list(domains)
    if (rest := _load_rest(query, asked.settings, asking=not stopped)) is not None:
        each, names = [*each, rest], [*names, rest.name]
    return Domains(side_by_side(each, names), whole, stopped)


def _load_rest(query: ClickQuery, settings: Settings, *, asking: bool) -> ClickSeries | None:
    """The clicks that v4's lists leave out, of whichever domain; `None` where all are listed."""
    if settings.api != V4:
        return None
    try:
        rest = cache.load(
            query.replace(domains=(), login=None, unlisted=True), settings, asking=asking
        )
    except BitlyError:
        return None  # the series beside it have said why
    return rest if rest.clicks[rest.known].any() else None


def _up_to_the_same_bucket(
    each: list[ClickSeries], query: ClickQuery, newest: ClickSeries, settings: Settings
) -> list[ClickSeries]:
    """The series, those asked anew that were answered before the newest bucket began."""
    late = [
        index
        for index, item in enumerate(each)
        if item.answered and item.edges[-1] != newest.edges[-1]
    ]
    again = (
        load_all_or_stop(
            [query.replace(domains=each[index].query.domains) for index in late],
            settings,
            "late_domains",
        )
        if late
        else []
    )
    fresh = dict(zip(late, again, strict=True))
    return [fresh.get(index, item) for index, item in enumerate(each)]


def _load_whole(
    query: ClickQuery, each: Sequence[ClickSeries], settings: Settings, *, asking: bool
) -> ClickSeries:
    """All domains of the question as one; without those that have no answer, if they are why the
    whole has none. What it leaves out or lacks is said.
    """
    answered = tuple(name for item in each if item.answered for name in item.query.domains)
    why = ""
    for domains in dict.fromkeys((query.domains, answered)):
        try:
            with st.spinner("Counting clicks", show_time=True):
                whole = cache.load(query.replace(domains=domains), settings, asking=asking)
        except BitlyError as problem:
            why = why or problem.user_message
            continue
        if domains == query.domains:
            return replace(whole, name=ALL_OF_THEM)
        left_out = [name for name in query.domains if name not in domains]
        st.caption(as_text(f"“{ALL_ANSWERED}” leaves out {', '.join(left_out)}."))
        return replace(whole, name=ALL_ANSWERED)
    if asking:
        st.warning(as_text(f"“{ALL_OF_THEM}” is not known. {why}"), icon=":material/cloud_off:")
    now = int(cache.connection(settings).source.clock())
    return replace(failed(query, why, now), name=ALL_OF_THEM)


def domains_block(asked: PageQuery) -> None:
    """The whole comparison: totals, charts, table."""
    domains = load_domains(asked)
    if domains is None:
        return
    totals = st.container()  # filled last: the changes in it are asked for when all else is drawn
    if domains.whole.answered:
        say_what_is_known(domains.whole)
    if not asked.query.rollup:
        _charts(domains.each, domains.whole, asked.settings)
    notes = coverage_words(domains.each[0], asked.settings) * len(domains.each)
    table_block(to_frame(domains.each), asked.query, _title(asked.query), "compare", notes)
    with totals:
        totals_block(domains, asked)


def _title(query: ClickQuery) -> str:
    by = f" by {login_label(query.login)}" if query.login else ""
    return f"Clicks by domain{by} and {query.unit}"


def _charts(each: list[ClickSeries], whole: ClickSeries, settings: Settings) -> None:
    query = each[0].query
    frame = to_frame(each)
    chart = charts.line_chart(
        frame,
        query.unit,
        _title(query),
        source_text(settings),
        notes=coverage_notes(each[0], settings),
    )
    together, apart, shares = st.tabs(["Together", "Small multiples", "Share of total"])
    with together:
        chart_block(chart, "together")
    with apart:
        chart_block(charts.panel_chart(chart), "apart")
    with shares:
        chart_block(charts.share_chart(chart, _clicks_at(whole, each[0].edges[:-1])), "shares")


def _clicks_at(whole: ClickSeries, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64[n]: the clicks of the buckets that begin then, NaN where they are not known.

    Before the first bucket of all time there are none, unless that one is not known either.
    """
    known = dict(
        zip(
            whole.edges[:-1].tolist(),
            np.where(whole.known, whole.clicks, np.nan).tolist(),
            strict=True,
        )
    )
    before = 0.0 if whole.known[0] else np.nan
    return np.array(
        [
            known.get(start, before if start < whole.edges[0] else np.nan)
            for start in starts.tolist()
        ]
    )


def totals_block(domains: Domains, asked: PageQuery) -> None:
    """Totals, shares and change, a row a domain; the last row counts each click once."""
    whole, settings = domains.whole, asked.settings
    everything = total(to_frame(whole))
    shown = [*domains.each, whole]
    compared = load_changes(shown, settings, asked.against, asking=not domains.stopped)
    changes = [item.change.verdict for item in compared]
    shares = [_share(item, everything) for item in shown]
    totals = [total(to_frame(item)) for item in shown]
    rows = pd.DataFrame(
        {
            "Domain": [never_formula(item.name) for item in shown],
            "Clicks": [known.clicks if known.known else None for known in totals],
            "Share": shares,
            "Change": [UNKNOWN_TEXT if verdict is None else verdict.text for verdict in changes],
            "Not known": [known.unknown or None for known in totals],
        }
    ).dropna(axis="columns", how="all")
    st.dataframe(
        rows,
        hide_index=True,
        key="totals_table",
        placeholder=UNKNOWN_TEXT,
        column_config={
            "Clicks": st.column_config.NumberColumn(format="localized"),
            "Share": st.column_config.NumberColumn(format="%.1f %%"),
            "Not known": st.column_config.NumberColumn(
                f"{whole.query.unit.capitalize()}s not known"
            ),
        },
    )
    twice = sum(known.clicks for known in totals[:-1]) - everything.clicks
    if twice > 0 and not any(known.unknown for known in totals):
        st.caption(
            f"{twice:,} clicks count for more than one of these domains, so the shares "
            "add up to more than 100 %."
        )
    st.caption(
        f"{range_text(whole.query).capitalize()}; the change is that against "
        f"{name_of(asked.against)}, up to the last full hour where it is still running."
    )
    offer_comparison(compared[-1].dear, settings, "totals")
    without = {
        item.name: one.change.why
        for item, one in zip(shown, compared, strict=True)
        if one.change.verdict is None
    }
    for why in dict.fromkeys(without.values()):
        names = [name for name, reason in without.items() if reason == why]
        st.caption(as_text(f"No change for {', '.join(names)}: {why}."))
    download_csv(
        to_frame([rolled_up(item) for item in shown]),
        "Totals by domain",
        "totals",
        {"share": shares}
        | {
            column: [finite(verdict, name) for verdict in changes]
            for column, name in (
                ("change", "ratio"),
                ("change_low", "low"),
                ("change_high", "high"),
            )
        },
    )


def _share(series: ClickSeries, everything: Total) -> float | None:
    """The part of the total [%]; `None` where there is no total, or not all of both is known."""
    own = total(to_frame(series))
    if not everything.clicks or everything.unknown or own.unknown:
        return None
    return own.clicks / everything.clicks * 100
