"""What a wide view costs, before it is asked for; and how far it is while it comes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bitly_data.client import Client
from bitly_data.errors import ArchiveError, BitlyError
from bitly_data.query import ClickQuery
from bitly_data.sources.fetch_plan import FetchPlan, Missing
from bitly_data.transport.background_fetch import BackgroundFetch
from bitly_data.transport.fan_out import Progress
from bitly_data.views import cost
from bitly_data.views.cost import progress_text
from pages.components.next_step import open_connection
from pages.components.text import as_text, reader_locale, show_error


def is_ready(queries: Sequence[ClickQuery], client: Client, key: str) -> bool:
    """Whether the questions can be asked now: what they take is kept, or few calls.

    Few are made here. For more the page says what they cost and offers to begin; while they come
    it says how far they are, and they can be stopped and gone on with.
    """
    tried: set[Missing] = set()
    while True:
        try:
            plan = client.cost(queries)
        except BitlyError:
            return True  # the question itself will say so
        if plan is None or tried.issuperset(plan.missing):
            return True
        background = client.background
        if background is not None and background.is_running:
            _how_far(background)
            return False
        if plan.is_wide or not plan.is_possible:
            break
        _fetch_now(plan, client)  # what came may say that there is more to take
        tried.update(plan.missing)
    if background is not None and background.problem is not None:
        show_error(background.problem)
    _offer(plan, queries, client, key)
    return False


def offer_comparison(
    expensive: Sequence[ClickQuery], client: Client, key: str, *, is_told: bool = False
) -> None:
    """A button for a comparison that was not asked for, as it takes many calls.

    `is_told`: the change is there, and only how sure it is was not asked for.
    """
    try:
        plan = client.cost(expensive) if expensive else None
    except BitlyError:
        return  # the numbers are here, and the price can be asked for another time
    if plan is None or not plan.calls:
        return
    background = client.background
    if background is not None and background.is_running:
        _how_far(background)
    elif st.button(
        reader_locale().text(cost.comparison_label(plan, is_told=is_told)),
        key=f"{key}_compare",
        icon=":material/compare_arrows:",
        disabled=not plan.is_possible,
    ):
        _begin(plan, client)


def _begin(plan: FetchPlan, client: Client) -> None:
    """Make the calls in the background; one sentence if their answers cannot be kept."""
    try:
        client.start_background(plan.missing)
    except ArchiveError as problem:
        show_error(problem)
    else:
        st.rerun()


def _fetch_now(plan: FetchPlan, client: Client) -> None:
    """The few calls, side by side; what has no answer is asked by the question once more."""
    place = st.empty()

    def on_progress(progress: Progress) -> None:
        place.progress(progress.done / progress.total, text=as_text(progress_text(progress)))

    made = client.new_background(plan.missing)
    made.on_progress = on_progress
    made.run()
    place.empty()


def _offer(plan: FetchPlan, queries: Sequence[ClickQuery], client: Client, key: str) -> None:
    offer = cost.offer(plan, queries, _cheaper(queries, client))
    with st.container(border=True):
        st.markdown("**This view takes many calls**")
        st.markdown(as_text(offer.text))
        if not offer.possible:
            st.warning(
                "This month does not have that many calls left: choose fewer units, another "
                "unit, or fewer domains.",
                icon=":material/block:",
            )
            open_connection()
            return
        agreed = not offer.agree or st.checkbox(
            reader_locale().text(offer.agree), key=f"{key}_agreed"
        )
        if st.button(
            "Start", key=f"{key}_start", icon=":material/play_circle:", disabled=not agreed
        ):
            _begin(plan, client)
        st.caption(as_text(offer.hint))


def _cheaper(queries: Sequence[ClickQuery], client: Client) -> int | None:
    """What the same view costs in UTC's buckets, where it was asked for exactly [calls]."""
    in_utc = cost.in_utc(queries)
    try:
        return client.price(in_utc) if in_utc else None
    except BitlyError:
        return None


def _how_far(background: BackgroundFetch[Missing]) -> None:
    @st.fragment(run_every=1.0)
    def progress() -> None:
        if not background.is_running:
            st.rerun()
        so_far = background.progress
        if so_far is None:
            st.progress(0.0, text="Beginning")
        else:
            st.progress(so_far.done / so_far.total, text=as_text(progress_text(so_far)))

    progress()
    st.caption("You may look at other pages meanwhile; what has come is kept.")
    st.button("Stop", key="filling_stop", icon=":material/stop_circle:", on_click=background.stop)
