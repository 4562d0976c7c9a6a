"""The bar of the comparison: what stands side by side, in which form, on which scale.

What is chosen here is written into the choices before the page runs again, as in the period bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from bitly_data.client import Client
from bitly_data.errors import BitlyError
from bitly_data.query import LINK, ONLY_OTHERS
from bitly_data.sources.model import Account, Link
from bitly_data.views import lineup
from bitly_data.views.compare import logins_of
from bitly_data.views.lineup import (
    ALL_LINES,
    BY_LABELS,
    DOMAIN,
    FORMS,
    INDEX,
    LINES,
    LOGIN,
    MOST_ITEMS,
    MOST_LINES,
    MULTIPLES,
    SCALES,
    SHARE,
    STACKED,
    Item,
    Lineup,
    best_match,
    is_address,
    many_items,
    parse_item,
)
from bitly_data.views.widths import shortened
from pages.components.controls import address_bar
from pages.components.controls.period_bar import Taking
from pages.components.text import as_text, is_phone

# Where the session keeps the searched texts that nothing matched.
NOT_FOUND = "items_not_found"


@dataclass(frozen=True)
class Offer:
    """What there is to choose from: items, and the links among them with title and destination."""

    items: tuple[Item, ...]
    links: tuple[Link, ...]
    client: Client


def offer_of(
    client: Client, account: Account, links: Sequence[Link], shown: Sequence[Item]
) -> Offer:
    """All that the account has, and what is shown already."""
    others = [ONLY_OTHERS] if client.capabilities.other_peoples_links else []
    logins = logins_of(account, links, client.capabilities)
    items = [
        *(Item(DOMAIN, name) for name in account.short_domains + account.tracking_domains),
        *(Item(LOGIN, name) for name in (*logins, *others)),
        *(Item(LINK, link.link) for link in links),
        *shown,
    ]
    return Offer(tuple(dict.fromkeys(items)), tuple(links), client)


def draw(chosen: Lineup, shown: Sequence[Item], there: int, offer: Offer, taking: Taking) -> None:
    """Draw the bar; `shown` are the items that are compared now, `there` is how many could be."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _pick_one("l_by", "Lines", "by", BY_LABELS, None if chosen.items else chosen.by, taking)
        _pick_one("l_form", "Form", "form", _form_labels(), chosen.form, taking)
        with st.popover(
            many_items(shown) if shown else "Choose",
            icon=":material/add:",
            type="tertiary",
            key="l_picker",
        ):
            _picker(shown, offer, taking)
        with st.popover(_scale_text(chosen, there), icon=":material/tune:", type="tertiary"):
            _scale(chosen, taking)
    missed: list[str] = st.session_state.get(NOT_FOUND, [])
    if missed:
        st.info(
            as_text(
                f"Nothing matches {', '.join(f'“{text[:60]}”' for text in missed)}: search by a "
                "domain, a login, or a link's title or address, or paste a link."
            ),
            icon=":material/search_off:",
        )


def _form_labels() -> dict[str, str]:
    """The forms by their names, which are short where there is no room for more."""
    return FORMS | {SHARE: "Share", MULTIPLES: "Multiples"} if is_phone() else dict(FORMS)


def _change(taking: Taking, **changes: Any) -> None:
    st.session_state.pop(NOT_FOUND, None)
    taking.show(replace(address_bar.kept_choices(), **changes))


def _pick_one(
    key: str, label: str, field: str, labels: Any, now: Any, taking: Taking, **looks: Any
) -> None:
    """One of several, side by side; a second click on what is lit changes nothing."""
    st.session_state[key] = now

    def picked() -> None:
        value = st.session_state[key]
        if value is None:
            return
        # What the lines are of takes the place of items that were chosen.
        _change(taking, **{field: value}, **({"items": ()} if field == "by" else {}))

    st.segmented_control(
        label,
        list(labels),
        key=key,
        format_func=lambda one: labels[one],
        label_visibility="collapsed",
        on_change=picked,
        **looks,
    )


def _picker(shown: Sequence[Item], offer: Offer, taking: Taking) -> None:
    key = "l_items"
    titles = lineup.titles_of(offer.links)
    st.session_state[key] = [item.text for item in shown]
    st.multiselect(
        "Links, domains and logins",
        [item.text for item in offer.items],
        key=key,
        format_func=lambda text: _option_text(text, titles),
        accept_new_options=True,
        max_selections=MOST_ITEMS,
        placeholder="Search, or paste a link",
        on_change=_picked,
        args=(key, offer, taking),
        select_all=False,
    )


def _option_text(text: str, titles: dict[str, str]) -> str:
    if not is_address(text):
        return text
    item = parse_item(text)
    title = titles.get(item.name, "") if item.kind == LINK else ""
    return f"{shortened(title, 60)} · {item.name}" if title else item.label


def _picked(key: str, offer: Offer, taking: Taking) -> None:
    """Take what was chosen; a text that was typed stands for its best match."""
    offered = {item.text: item for item in offer.items}
    found: list[str] = []
    missed: list[str] = []
    for text in st.session_state[key]:
        item = offered.get(text) or meant(text, offer)
        if item is None:
            missed.append(text)
        else:
            found.append(item.text)
    _change(taking, items=tuple(dict.fromkeys(found))[:MOST_ITEMS])
    if missed:
        st.session_state[NOT_FOUND] = missed


def meant(text: str, offer: Offer) -> Item | None:
    """What a typed text stands for: what is offered and matches best, else what upstream finds
    among all links, else the text itself where it is an address.
    """
    if is_address(text) and parse_item(text) in offer.items:
        return parse_item(text)
    if is_address(text) and parse_item(text).kind == LINK:
        return parse_item(text)
    match = best_match(text, offer.items, offer.links)
    if match is not None:
        return match
    if is_address(text):
        return parse_item(text)
    try:
        links, _ = offer.client.links(text.strip())
    except BitlyError:
        return None  # the page says why the links cannot be had
    return Item(LINK, links[0].link) if links else None


def _scale_text(chosen: Lineup, there: int) -> str:
    if chosen.most != ALL_LINES and there > chosen.most:
        return f"Top {chosen.most} and others"
    return "Scale"


def _scale(chosen: Lineup, taking: Taking) -> None:
    """The scale, and how many lines have a place of their own."""
    plain = chosen.form in (LINES, MULTIPLES)
    key = "l_scale"
    st.session_state[key] = chosen.scale
    st.radio(
        "Scale",
        list(SCALES),
        key=key,
        format_func=lambda one: SCALES[one],
        disabled=chosen.form == SHARE,
        on_change=_picked_scale,
        args=(key, taking),
        captions=["", "100 is its median", "from the first bucket on", "", ""],
    )
    if chosen.form == STACKED and chosen.scale == INDEX:
        st.caption("Stacked lines stay clicks: normals do not add up.")
    _toggle("l_log", "Log scale", "log", chosen.log, taking, disabled=not plain)
    _toggle(
        "l_own",
        "Own scale each",
        "own_scales",
        chosen.own_scales,
        taking,
        disabled=chosen.form != MULTIPLES,
    )
    labels = {most: "All" if most == ALL_LINES else f"Top {most}" for most in MOST_LINES}
    _pick_one("l_lines", "Lines shown", "most_lines", labels, chosen.most, taking)


def _picked_scale(key: str, taking: Taking) -> None:
    _change(taking, scale=st.session_state[key])


def _toggle(key: str, label: str, field: str, now: bool, taking: Taking, *, disabled: bool) -> None:
    st.session_state[key] = now

    def turned() -> None:
        _change(taking, **{field: st.session_state[key]})

    st.toggle(label, key=key, disabled=disabled, on_change=turned)
