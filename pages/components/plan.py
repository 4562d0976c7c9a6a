"""What a wide view costs, before it is asked for; and how far it is while it comes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bitly_data import cache
from bitly_data.errors import BitlyError
from bitly_data.query import ClickQuery
from bitly_data.series import CAPPED, ClickSeries
from bitly_data.settings import Settings
from bitly_data.sources.fetch_plan import FetchPlan, Missing, calls_text, plan_text
from bitly_data.transport.background_fetch import BackgroundFetch
from bitly_data.transport.fan_out import Progress
from pages.components.load import progress_text
from pages.components.say import as_text, say_error


def is_ready(queries: Sequence[ClickQuery], settings: Settings, key: str) -> bool:
    """Whether the questions can be asked now: what they take is kept, or few calls.

    Few are made here. For more the page says what they cost and offers to begin; while they come
    it says how far they are, and they can be stopped and gone on with.
    """
    tried: set[Missing] = set()
    while True:
        try:
            plan = cache.plan(queries, settings)
        except BitlyError:
            return True  # the question itself will say so
        if plan is None or tried.issuperset(plan.missing):
            return True
        filling = cache.filling(settings)
        if filling is not None and filling.is_running:
            _how_far(filling)
            return False
        if plan.is_wide or not plan.is_possible:
            break
        _fill_now(plan, settings)  # what came may say that there is more to take
        tried.update(plan.missing)
    if filling is not None and filling.problem is not None:
        say_error(filling.problem)
    _offer(plan, queries, settings, key)
    return False


def say_exact_price(shown: Sequence[ClickSeries], settings: Settings) -> None:
    """What the same view costs exactly: in the zone's own buckets where UTC's are shown, and from
    the lists of hours where those of days leave clicks out.
    """
    lacking = [
        series
        for series in shown
        if series.provenance.offset is not None or CAPPED in series.states
    ]
    try:
        price = cache.exact_price([series.query for series in lacking], settings)
    except BitlyError:
        return  # the page has said so already
    if price is None:
        return
    query = lacking[0].query
    more = f"take up to {calls_text(price)} more: switch Exact on in the sidebar, under More."
    if any(series.provenance.offset is not None for series in lacking):
        st.caption(
            as_text(f"In {query.unit}s of UTC. Exact {query.unit}s of {query.timezone} {more}")
        )
    else:
        st.caption(
            as_text(
                "Where the list of a day is too short, those of its hours may be long "
                f"enough: they {more}"
            )
        )


def offer_comparison(dear: Sequence[ClickQuery], settings: Settings, key: str) -> None:
    """A button for a comparison that was not asked for, as it takes many calls."""
    try:
        plan = cache.plan(dear, settings) if dear else None
    except BitlyError:
        return  # the numbers are here, and the price can be asked for another time
    if plan is None or not plan.calls:
        return
    filling = cache.filling(settings)
    if filling is not None and filling.is_running:
        _how_far(filling)
    elif st.button(
        f"Compare all the same: {calls_text(plan.calls)}",
        key=f"{key}_compare",
        icon=":material/compare_arrows:",
        disabled=not plan.is_possible,
    ):
        cache.new_filling(plan.missing, settings).start()
        st.rerun()


def _fill_now(plan: FetchPlan, settings: Settings) -> None:
    """The few calls, side by side; what has no answer is asked by the question once more."""
    place = st.empty()

    def on_progress(progress: Progress) -> None:
        place.progress(progress.done / progress.total, text=as_text(progress_text(progress)))

    made = cache.new_filling(plan.missing, settings)
    made.on_progress = on_progress
    made.run()
    place.empty()


def _offer(plan: FetchPlan, queries: Sequence[ClickQuery], settings: Settings, key: str) -> None:
    with st.container(border=True):
        st.markdown("**This view takes many calls**")
        st.markdown(as_text(plan_text(plan)))
        agreed = plan.is_possible
        if not plan.is_possible:
            st.warning(
                "This month has not that many calls left: choose fewer units, another "
                "unit, or fewer domains.",
                icon=":material/block:",
            )
        elif plan.asks_first and plan.month is not None:
            agreed = st.checkbox(
                f"Spend {plan.calls / plan.month.limit:.0%} of a month's calls on this view",
                key=f"{key}_agreed",
            )
        if st.button(
            "Start", key=f"{key}_start", icon=":material/play_circle:", disabled=not agreed
        ):
            cache.new_filling(plan.missing, settings).start()
            st.rerun()
        st.caption(
            "It goes on while you look at other pages, and what has come is kept. Fewer "
            "units, or no domain and no login, take fewer calls."
            + as_text(_cheaper(queries, settings))
        )


def _cheaper(queries: Sequence[ClickQuery], settings: Settings) -> str:
    """What the same view costs in UTC's buckets, where it was asked for exactly."""
    if not any(query.zone_days for query in queries):
        return ""
    try:
        price = cache.price([query.replace(zone_days=False) for query in queries], settings)
    except BitlyError:
        return ""
    return (
        f" In {queries[0].unit}s of UTC it takes up to {calls_text(price)}: switch Exact off "
        "in the sidebar."
    )


def _how_far(filling: BackgroundFetch[Missing]) -> None:
    @st.fragment(run_every=1.0)
    def progress() -> None:
        if not filling.is_running:
            st.rerun()
        known = filling.progress
        if known is None:
            st.progress(0.0, text="Beginning")
        else:
            st.progress(known.done / known.total, text=as_text(progress_text(known)))

    progress()
    st.caption("You may look at other pages meanwhile; what has come is kept.")
    st.button("Stop", key="filling_stop", icon=":material/stop_circle:", on_click=filling.stop)
