"""What every page goes on with once it is open: who answers, the source line, and what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache
from bitly_data.client import Client
from bitly_data.doctor import known_login
from bitly_data.errors import BitlyError
from bitly_data.settings import REMOTE
from bitly_data.views import source_line
from pages.components import controls
from pages.components.controls import Taking
from pages.components.destinations import go_on
from pages.components.draw import section as draw
from pages.components.draw.mark import draw_mark
from pages.components.keyboard import draw_keyboard
from pages.components.menu import draw_menu
from pages.components.next_step import offer_step, open_connection
from pages.components.page import Opening
from pages.components.reconnect import draw_reconnect
from pages.components.runner import Run, show_archive
from pages.components.text import reader_locale, show_error
from pages.components.tour import ask_browser, draw_tour


def connect(opening: Opening, otherwise: Callable[[], None] | None = None) -> Client:
    """Who answers; with the menu and one sentence, ends the run if nobody can.

    `otherwise` draws what a page has to show even then.
    """
    cache.freeze_start_up_heap()
    draw_mark()
    try:
        client = cache.client(cache.settings(controls.asked_account(opening.title)))
    except BitlyError as problem:
        opening.close()
        with st.sidebar:
            draw_menu(controls.query_params())
            draw_keyboard()
            draw_reconnect()
        show_error(problem)
        if otherwise is None:
            open_connection()
        else:
            otherwise()
        st.stop()
    opening.close()
    draw_tour(client, opening)
    return client


def show_source(
    client: Client, place: DeltaGenerator, groups: Sequence[str] = ()
) -> DeltaGenerator:
    """The line that says who answers, and whose account it is, as far as that is known, at the
    foot of the sidebar; the place on the page where it says what is not kept. `groups` are those
    that there are to choose from.
    """
    # The client may be one that others chose as well, for another reason.
    settings = cache.settings(client.settings.name)
    login = known_login(client) if settings.kind == REMOTE else ""
    # What a log holds does not change while it is open, only how much of it has been clicked yet.
    locale = reader_locale()
    counted = source_line.groups_text(client.group, len(groups))
    key = ("source line", client.key, settings.why, login, client.newest_click, locale, counted)
    value = cache.memo().of(
        key, [], lambda: source_line.present(settings, client.log, login, locale, counted)
    )
    with place:
        draw.source_line(value)
        draw_keyboard()
        draw_reconnect()
        ask_browser(client)
    kept_place = st.empty()
    show_archive(client, kept_place)
    return kept_place


def start(opening: Opening, takes: Sequence[str]) -> Run:
    """The source line, the menu and the controls that the page takes.

    Ends the run if nobody can answer or the question cannot be asked; the page has said why.
    """
    go_on()
    client = connect(opening)
    with st.sidebar:
        side, foot = st.container(), st.container()
    accounts = cache.accounts()
    client, found = controls.account_of(client, opening.title, accounts)  # the line says whose
    place = show_source(client, foot, found.groups)
    page_query = controls.page_query(client, opening.title, takes, side, found)
    if page_query is None:
        if found is not None and found.refusal is not None:
            offer_step(found.refusal, "start")
        st.stop()
    taking = Taking(tuple(takes), client.newest_click, client.now)
    return Run(client, replace(page_query, locale=reader_locale()), place, taking)
