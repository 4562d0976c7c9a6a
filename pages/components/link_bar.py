"""The bar above a table of links: search, how many, by tag, pasted addresses; compare, and a file.

What is chosen here is written into the choices before the page runs again, so that it stands in
the address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from bitly_data.errors import QuestionError
from bitly_data.query import parse_link
from bitly_data.views.lineup import MOST_ITEMS
from bitly_data.views.links import LinksValue
from bitly_data.views.page_query import ALL_LINKS, DEFAULT_TOP, Listing
from bitly_data.views.rankings import Found
from pages.components.controls import Taking, address_bar, query_params
from pages.components.controls.values import LONGEST_WORDS
from pages.components.destinations import to_compare
from pages.components.draw.files import table_as_file
from pages.components.draw.links import Picked
from pages.components.runner import Run
from pages.components.text import as_text

SEARCH, TOP, TAG, PASTED, PROBLEM = "l_search", "l_top", "l_tag", "l_pasted", "l_pasted_problem"
TOPS = (DEFAULT_TOP, 25, ALL_LINKS)
# What people search for is seldom longer; so the bar stays in one row [px].
SEARCH_WIDTH, TAG_WIDTH = 250, 150
EVERY_TAG = ""
# One line on a chart compares nothing.
FEWEST_COMPARED = 2
_BETWEEN = re.compile(r"[\s,;|<>\"“”„]+")


def draw(run: Run, found: Found, value: LinksValue, picked: Picked) -> None:
    """The bar; `picked` is what was ticked in the table below."""
    listing, taking = run.page_query.listing, run.taking
    if taking is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _search(listing, taking)
        _top(listing, taking)
        if run.page_query.capabilities.tags:
            _tag(run, found, listing, taking)
        _paste(listing, taking)
        compare_button(picked)
        if value.file is not None:
            table_as_file(value.file, "links")


def _choose(taking: Taking, **changes: Any) -> None:
    taking.show(replace(address_bar.kept_choices(), **changes))


def _search(listing: Listing, taking: Taking) -> None:
    st.session_state[SEARCH] = listing.search
    st.text_input(
        "Search title, link or destination",
        key=SEARCH,
        max_chars=LONGEST_WORDS,
        placeholder="Search title, link or destination",
        icon=":material/search:",
        label_visibility="collapsed",
        width=SEARCH_WIDTH,
        on_change=_find,
        args=(taking,),
    )


def _find(taking: Taking) -> None:
    _choose(taking, search=" ".join(str(st.session_state[SEARCH]).split()), items=())


def _top(listing: Listing, taking: Taking) -> None:
    st.session_state[TOP] = listing.top if listing.top in TOPS else None
    st.segmented_control(
        "How many links",
        TOPS,
        key=TOP,
        format_func=lambda top: "All" if top == ALL_LINKS else f"Top {top}",
        label_visibility="collapsed",
        on_change=_list,
        args=(taking,),
    )


def _list(taking: Taking) -> None:
    top = st.session_state[TOP]
    if top is not None:  # a second click on what is lit changes nothing
        _choose(taking, top=top)


def _tag(run: Run, found: Found, listing: Listing, taking: Taking) -> None:
    abouts = [*(row.link for row in found.now.rows), *run.page_query.links]
    there = sorted({tag for one in abouts for tag in one.tags} | {listing.tag} - {EVERY_TAG})
    if not there:
        return
    st.session_state[TAG] = listing.tag
    st.selectbox(
        "Tag",
        [EVERY_TAG, *there],
        key=TAG,
        format_func=lambda tag: tag or "All tags",
        label_visibility="collapsed",
        width=TAG_WIDTH,
        on_change=_by_tag,
        args=(taking,),
    )


def _by_tag(taking: Taking) -> None:
    _choose(taking, tag=st.session_state[TAG], items=())


def _paste(listing: Listing, taking: Taking) -> None:
    label = f"{len(listing.items)} pasted" if listing.items else "Paste links"
    with st.popover(label, icon=":material/content_paste:", type="tertiary", key="l_paste"):
        st.text_area(
            "Links to show",
            key=PASTED,
            placeholder="bit.ly/2uNgpk4\nhttps://go.example.com/launch",
            help="One in each line, or with anything between them. Each is asked for by itself, "
            "also those of other people.",
        )
        with st.container(horizontal=True):
            st.button("Show these", key="l_show", on_click=_show_pasted, args=(taking,))
            if listing.items:
                st.button(
                    "Show all again",
                    key="l_all",
                    on_click=_choose,
                    args=(taking,),
                    kwargs={"items": ()},
                )
        if problem := st.session_state.get(PROBLEM):
            st.warning(as_text(problem), icon=":material/link_off:")


def _show_pasted(taking: Taking) -> None:
    found, left_out = addresses_in(str(st.session_state.get(PASTED, "")))
    st.session_state[PROBLEM] = pasted_problem(found, left_out)
    if found:
        _choose(taking, items=found[:MOST_ITEMS], search="", tag="")


def addresses_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The links in a text, each once, and what looks like an address and is none of a link."""
    found: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for word in _BETWEEN.split(text):
        if "/" not in word:
            continue
        try:
            found[parse_link(word)] = None
        except QuestionError:
            left_out[word] = None
    return tuple(found), tuple(left_out)


def pasted_problem(found: Sequence[str], left_out: Sequence[str]) -> str:
    """What could not be taken of a pasted text; empty where all of it could."""
    if not found and not left_out:
        return "There is no link in it: paste addresses such as bit.ly/2uNgpk4."
    texts = []
    if left_out:
        names = ", ".join(f"“{word[:60]}”" for word in left_out[:3])
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        texts.append(f"Not a short link, so left out: {names}{more}.")
    if len(found) > MOST_ITEMS:
        texts.append(f"The first {MOST_ITEMS} of {len(found)} links are shown.")
    return " ".join(texts)


def compare_button(picked: Picked) -> None:
    """Go on with the ticked links on one chart."""
    many = len(picked.ticked)
    enough = many >= FEWEST_COMPARED
    if st.button(
        f"Compare {many}" if enough else "Compare",
        key="l_compare",
        icon=":material/compare_arrows:",
        type="secondary" if enough else "tertiary",
        disabled=not enough,
        help=None if enough else "Tick two links or more in the table.",
    ):
        to_compare(picked.ticked, query_params()).go()


def clear_button(run: Run) -> None:
    """The one next step where nothing matched."""
    taking = run.taking
    if taking is not None:
        st.button(
            "Show all links",
            key="l_clear",
            icon=":material/close:",
            on_click=_choose,
            args=(taking,),
            kwargs={"search": "", "tag": "", "items": ()},
        )
