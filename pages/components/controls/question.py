"""From the sidebar to what a page asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data.analysis.comparison import CHOSEN, Against
from bitly_data.client import Client
from bitly_data.errors import AccessError, BitlyError, GoneError, UnreachableError
from bitly_data.periods import Moment
from bitly_data.query import LINK, ORGANIZATION, ClickQuery
from bitly_data.sources.base import Capabilities
from bitly_data.views.lineup import Lineup, parse_item
from bitly_data.views.page_query import Listing, PageQuery
from pages.components.controls import (
    address_bar,
    first_period,
    period,
    period_bar,
    sidebar,
    whose,
)
from pages.components.controls.table import CONTROLS, Choices, target_of
from pages.components.controls.values import END_DEFAULT
from pages.components.controls.whose import FoundAccount
from pages.components.menu import draw_menu
from pages.components.text import as_text, show_error


def page_query(
    client: Client,
    title: str,
    takes: Sequence[str],
    place: DeltaGenerator,
    found: FoundAccount,
) -> PageQuery | None:
    """Draw the menu and the controls that the page takes, and return what it asks.

    `title` is the page's own, `place` where menu and controls stand; `found` the account, by which
    the client was chosen. `None`: the question cannot be asked; the page has said why.
    """
    newest = client.newest_click  # once: a clock that runs may come upon another
    zone = address_bar.browser_zone()
    choices = _choices(client, title, takes, place, found, newest)
    at = period.moment(choices, newest, client.now, zone)
    try:
        query = _question(period.resolved(choices, at), client, takes, newest, found.refusal)
    except BitlyError as problem:
        show_error(problem)
        return None
    if query is None:
        return None
    return PageQuery(
        query=query,
        capabilities=client.capabilities,
        source=client.settings.source_label,
        against=against_of(choices, at),
        overlay=choices.overlay,
        bucket=choices.bucket,
        beside=choices.upstream_buckets,
        account=found.account,
        listing=Listing(choices.top, choices.search, links_of(choices.items), choices.tag),
        lineup=lineup_of(choices),
    )


def links_of(items: Sequence[str]) -> tuple[str, ...]:
    """Those of the chosen things that are links."""
    return tuple(one for one in items if "/" in one)


def _choices(
    client: Client,
    title: str,
    takes: Sequence[str],
    place: DeltaGenerator,
    found: FoundAccount,
    newest: int | None,
) -> Choices:
    """The sidebar; what of it the page and the source take, and a word about what is dropped."""

    def begin(choices: Choices) -> Choices:
        first = first_period.first_period(client, choices, newest, zone)
        address_bar.keep_why(first.period, first.why)
        return first_period.begun(choices, first)

    zone = address_bar.browser_zone()
    was_read = address_bar.read_address(title, takes, newest, client.now, begin)
    if not was_read:
        address_bar.settle(takes, newest, client.now)
    taking = period_bar.Taking(tuple(takes), newest, client.now)
    is_dropped = whose.settle(client, found, taking)
    kept = address_bar.kept_choices()
    drawn = sidebar.Sidebar(client, found.account, newest, kept, minutes=target_of(takes) == LINK)
    with place:
        menu = st.container()
        whose.draw(found, kept, taking)
        choices = sidebar.draw_groups(drawn, takes)
    if kept.period:  # what its parts' widgets show follows from it
        choices = replace(choices, unit=kept.unit, units=kept.units, until=kept.until)
    if period.is_default(choices):
        first = first_period.first_period(client, choices, newest, zone)
        choices = first_period.spelled(choices, first)
    choices = _bar(client, choices, takes, newest, drawn)
    by_hand = not was_read and not is_dropped
    params = address_bar.write_address(title, choices, changed_by_hand=by_hand)
    with menu:  # drawn last: its links carry what has just been chosen
        draw_menu(params)
    for sentence in address_bar.dropped_sentences():
        st.warning(as_text(sentence), icon=":material/link_off:")
    return taken(choices, takes, client.capabilities)


def _bar(
    client: Client,
    choices: Choices,
    takes: Sequence[str],
    newest: int | None,
    drawn: sidebar.Sidebar,
) -> Choices:
    """The period bar, with the dates that the page asks about."""
    zone = address_bar.browser_zone()
    at = period.moment(choices, newest, client.now, zone)
    asked = None
    try:
        whole = to_query(
            period.resolved(
                replace(choices, link=None, domains=(), login=None, all_addresses=False), at
            ),
            ORGANIZATION,
            newest,
            zone,
        )
        asked = whole.replace(until=at.now) if whole.until is None else whole
    except BitlyError:
        pass  # the page says what is wrong with it
    return period_bar.draw(client, choices, takes, at, asked, drawn)


def taken(choices: Choices, takes: Sequence[str], source: Capabilities) -> Choices:
    """What a page asks by: its own controls, as far as the source takes them; else defaults."""
    return Choices(
        **{name: getattr(choices, name) for name in takes if not CONTROLS[name].is_closed(source)}
    )


def _question(
    choices: Choices,
    client: Client,
    takes: Sequence[str],
    newest: int | None,
    refusal: BitlyError | None,
) -> ClickQuery | None:
    """The question, if there is one to ask; `refusal` is why the account is not known.

    Raises the one `BitlyError` to be said if it cannot be asked or nobody will answer.
    """
    if isinstance(refusal, UnreachableError | GoneError):
        raise refusal
    target = target_of(takes)
    query = (
        None
        if target == LINK and not choices.link
        else to_query(choices, target, newest, address_bar.browser_zone())
    )
    if refusal:
        # Some tokens may see clicks but not the account. One that may see neither gets one
        # sentence; what is loaded here is kept for the page.
        if query:
            client.load(query)
        else:
            client.links()
        _say_without_account(refusal)
    if query is None:
        st.info("Choose a link in the sidebar, or paste one.", icon=":material/link:")
    return query


def _say_without_account(refusal: BitlyError) -> None:
    why = "for this token." if isinstance(refusal, AccessError) else f"now: {refusal.user_message}"
    st.caption(
        ":material/info: " + as_text(f"The account's domains and logins cannot be listed {why}")
    )


def to_query(choices: Choices, target: str, newest: int | None, zone: str) -> ClickQuery:
    """The question that these choices are; `newest` is the newest click of a click log [epoch s],
    `zone` the one to use where none is chosen.

    Raises `QuestionError`.
    """
    parts = {name: getattr(choices, name) for name, one in CONTROLS.items() if one.asked}
    end = newest if choices.until == END_DEFAULT else choices.until
    parts["until"] = None if choices.unit == "minute" or isinstance(end, str) else end
    parts["timezone"] = choices.timezone or zone
    parts["week_start"] = period.week_start_of(choices)
    return ClickQuery(target=target, **parts)


def against_of(choices: Choices, at: Moment) -> Against:
    """What the period is set against."""
    chosen = choices.against
    kind, end = (chosen, None) if isinstance(chosen, str) else (CHOSEN, chosen)
    months, days = period.calendar_step(choices, at)
    return Against(kind, end, choices.weekdays, months, days)


def lineup_of(choices: Choices) -> Lineup:
    """What stands side by side, and how it is drawn."""
    return Lineup(
        tuple(map(parse_item, choices.items)),
        choices.by,
        choices.form,
        choices.scale,
        choices.log,
        choices.own_scales,
        choices.most_lines,
    )
