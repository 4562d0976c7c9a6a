"""What does a view cost, before it is asked for, and how far is it while it comes?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bitly_data.errors import duration_text
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.sources.fetch_plan import FetchPlan, calls_text, plan_text
from bitly_data.states import CAPPED
from bitly_data.transport.fan_out import Progress
from bitly_data.transport.rate_limit import Left
from bitly_data.views.values import CAPTION, Notice


@dataclass(frozen=True)
class Offer:
    """A view that takes many calls: what it takes, and what must be agreed to before it begins.

    `agree` is empty where nothing has to be; not `possible`: the month has fewer calls left.
    """

    text: str
    possible: bool
    agree: str
    hint: str


def offer(plan: FetchPlan, queries: Sequence[ClickQuery], cheaper: int | None) -> Offer:
    """What is said of a plan; `cheaper` [calls]: what the same takes in UTC's buckets, if asked."""
    agree = ""
    if plan.is_possible and plan.asks_first and plan.month is not None:
        agree = f"Spend {plan.calls / plan.month.limit:.0%} of a month's calls on this view"
    hint = (
        "It goes on while you look at other pages, and what has come is kept. Fewer units, or no "
        "domain and no login, take fewer calls."
    )
    if cheaper is not None:
        hint += (
            f" In {queries[0].unit}s of UTC it takes up to {calls_text(cheaper)}: switch Exact off "
            "in the sidebar."
        )
    return Offer(plan_text(plan), plan.is_possible, agree, hint)


def in_utc(queries: Sequence[ClickQuery]) -> list[ClickQuery]:
    """The same questions in UTC's buckets; none where they are not asked otherwise."""
    if not any(query.zone_days for query in queries):
        return []
    return [query.replace(zone_days=False) for query in queries]


def lacking(shown: Sequence[ClickSeries]) -> list[ClickSeries]:
    """The series that could be had exactly: in the zone's own buckets where UTC's are shown, and
    from the lists of hours where those of days leave clicks out.
    """
    return [
        series
        for series in shown
        if series.provenance.offset is not None or CAPPED in series.states
    ]


def zone_days_notice(shown: Sequence[ClickSeries], price: int) -> Notice:
    """What the same view costs exactly; `shown` are the series that lack it."""
    query = shown[0].query
    more = f"take up to {calls_text(price)} more: switch Exact on in the sidebar, under More."
    if any(series.provenance.offset is not None for series in shown):
        text = f"In {query.unit}s of UTC. Exact {query.unit}s of {query.timezone} {more}"
    else:
        text = (
            "For some days Bitly's list is too short to show every link. The lists of their hours "
            f"may be long enough, and {more}"
        )
    return Notice(CAPTION, text)


def comparison_label(plan: FetchPlan, *, is_told: bool = False) -> str:
    """The button of a comparison that was not asked for, as it takes many calls; or, where the
    change `is_told`, of what tells how sure that is.
    """
    words = "Find out how sure that is" if is_told else "Compare anyway"
    return f"{words} ({calls_text(plan.calls)})"


def progress_text(progress: Progress) -> str:
    """How far it is: what is here, what waits and why, and when all of it will be here."""
    parts = [f"{progress.done - progress.failed:,} of {progress.total:,} are here"]
    if progress.failed:
        parts.append(f"{progress.failed:,} without an answer")
    if progress.held_for:
        parts.append(
            "the account's calls are used up for now, it goes on in "
            f"{duration_text(progress.held_for)}"
        )
    if progress.ready_in is not None:
        parts.append(f"ready in about {duration_text(progress.ready_in)}")
    return "; ".join(parts) + "."


def calls_left_text(left: Left) -> str:
    """How many calls the account has left, by our own count; a page's last line."""
    text = (
        f"Calls left, by our own count in this process: {left.minute:,} of "
        f"{left.per_minute:,} this minute, {left.hour:,} of {left.per_hour:,} this hour"
    )
    if left.resets_in:
        text += f"; all of them are back in {duration_text(left.resets_in)}"
    if left.refused_for:
        text += (
            ". The server said that there were too many calls, so the app asks again in "
            f"{duration_text(left.refused_for)}"
        )
    return f"{text}."
