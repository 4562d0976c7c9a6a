"""Several domains side by side: one chart, small multiples, shares, and a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from bitly_data import charts
from bitly_data.frames import to_frame, total
from bitly_data.labels import range_text
from bitly_data.query import ClickQuery, login_label
from bitly_data.series import ClickSeries, at_the_moment_of, rolled_up, side_by_side
from bitly_data.settings import Settings
from pages.components.blocks import say_what_is_known, table_block
from pages.components.change import UNKNOWN_TEXT, finite, load_change, name_of
from pages.components.controls import Asked
from pages.components.files import chart_block, download_csv, source_text
from pages.components.load import coverage_notes, coverage_words, load_or_stop

# Beyond this many lines no reader tells them apart; the rest can be chosen.
MOST_AT_FIRST = 6


@dataclass(frozen=True)
class Domains:
    """A series for each domain, and the one in which each click counts once."""

    each: list[ClickSeries]
    whole: ClickSeries


def load_domains(asked: Asked) -> Domains | None:
    """The series of the chosen domains, or of the organization's first ones.

    `None`: there are none to compare; the page has said so.
    """
    domains = asked.query.domains or asked.account.short_domains[:MOST_AT_FIRST]
    if not domains:
        st.info("This account has no domains of its own to compare: choose some in the sidebar.",
                icon=":material/info:")
        return None
    if not asked.query.domains:
        left = len(asked.account.short_domains) - len(domains)
        more = f" {left} more can be chosen in the sidebar." if left > 0 else ""
        st.caption(f"The organization's short domains.{more}")
    query = asked.query
    whole = load_or_stop(query.with_(domains=domains), asked.settings)
    query = at_the_moment_of(whole, query)
    each = [load_or_stop(query.with_(domains=(name,)), asked.settings) for name in domains]
    return Domains(side_by_side(each, domains), whole)


def domains_block(asked: Asked) -> None:
    """The whole comparison: totals, charts, table."""
    domains = load_domains(asked)
    if domains is None:
        return
    totals_block(domains, asked)
    say_what_is_known(domains.whole)
    if not asked.query.rollup:
        _charts(domains.each, domains.whole, asked.settings)
    notes = coverage_words(domains.each[0], asked.settings) * len(domains.each)
    table_block(to_frame(domains.each), asked.query, _title(asked.query), "compare", notes)


def _title(query: ClickQuery) -> str:
    by = f" by {login_label(query.login)}" if query.login else ""
    return f"Clicks by domain{by} and {query.unit}"


def _charts(each: list[ClickSeries], whole: ClickSeries, settings: Settings) -> None:
    query = each[0].query
    frame = to_frame(each)
    chart = charts.line_chart(frame, query.unit, _title(query), source_text(settings),
                              notes=coverage_notes(each[0], settings))
    together, apart, shares = st.tabs(["Together", "Small multiples", "Share of total"])
    with together:
        chart_block(chart, "together")
    with apart:
        chart_block(charts.panel_chart(chart), "apart")
    with shares:
        clicks = np.where(whole.known, whole.clicks, np.nan)
        padding = np.zeros(len(chart.labels) - len(clicks))
        chart_block(charts.share_chart(chart, np.concatenate([padding, clicks])), "shares")


ALL_OF_THEM = "All of them"


def totals_block(domains: Domains, asked: Asked) -> None:
    """Totals, shares and change, a row a domain; the last row counts each click once."""
    settings = asked.settings
    whole = domains.whole
    everything = total(to_frame(whole))
    shown = [*domains.each, replace(whole, name=ALL_OF_THEM)]
    changes = [load_change(item, settings, asked.against).change.verdict for item in shown]
    shares = [_share(item, everything.clicks) for item in shown]
    totals = [total(to_frame(item)) for item in shown]
    rows = pd.DataFrame({
        "Domain": [item.name for item in shown],
        "Clicks": [known.clicks if known.known else None for known in totals],
        "Share": shares,
        "Change": [UNKNOWN_TEXT if verdict is None else verdict.text for verdict in changes],
        "Not known": [known.unknown or None for known in totals],
    }).dropna(axis="columns", how="all")
    st.dataframe(rows, hide_index=True, key="totals_table", column_config={
        "Clicks": st.column_config.NumberColumn(format="localized"),
        "Share": st.column_config.NumberColumn(format="%.1f %%"),
        "Not known": st.column_config.NumberColumn(f"{whole.query.unit.capitalize()}s not known")})
    twice = sum(known.clicks for known in totals[:-1]) - everything.clicks
    if twice > 0:
        st.caption(f"{twice:,} clicks count for more than one of these domains, so the shares "
                   "add up to more than 100 %.")
    st.caption(f"{range_text(whole.query).capitalize()}; the change is that against "
               f"{name_of(asked.against)}, up to the last full hour where it is still running.")
    download_csv(
        to_frame([rolled_up(item) for item in shown]), "Totals by domain", "totals",
        {"share": shares} | {column: [finite(verdict, name) for verdict in changes]
                             for column, name in (("change", "ratio"), ("change_low", "low"),
                                                  ("change_high", "high"))})


def _share(series: ClickSeries, everything: int) -> float | None:
    """The part of the total [%]; `None` where there is no total."""
    return total(to_frame(series)).clicks / everything * 100 if everything else None
