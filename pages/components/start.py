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
from pages.components.controls import FoundAccount
from pages.components.draw import section as draw
from pages.components.menu import draw_menu
from pages.components.page import Opening
from pages.components.runner import Run, show_archive
from pages.components.text import reader_locale, show_error


def connect(opening: Opening, otherwise: Callable[[], None] | None = None) -> Client:
    """Who answers; with the menu and one sentence, ends the run if nobody can.

    `otherwise` draws what a page has to show even then.
    """
    cache.freeze_start_up_heap()
    try:
        client = cache.client(cache.settings())
    except BitlyError as problem:
        opening.close()
        with st.sidebar:
            draw_menu(controls.query_params())
        show_error(problem)
        if otherwise is not None:
            otherwise()
        st.stop()
    opening.close()
    return client


def show_source(client: Client) -> DeltaGenerator:
    """The line that says who answers, and whose account it is, as far as that is known; with the
    place below it where the page says what is not kept.
    """
    # The client may be one that others chose as well, for another reason.
    settings = cache.settings()
    login = known_login(client) if settings.kind == REMOTE else ""
    # What a log holds does not change while it is open, only how much of it has been clicked yet.
    locale = reader_locale()
    key = ("source line", client.key, settings.why, login, client.newest_click, locale)
    value = cache.memo().of(
        key, [], lambda: source_line.present(settings, client.log, login, locale)
    )
    draw.source_line(value)
    place = st.empty()
    show_archive(client, place)
    return place


def start(opening: Opening, takes: Sequence[str]) -> Run:
    """The source line, the menu and the controls that the page takes.

    Ends the run if nobody can answer or the question cannot be asked; the page has said why.
    """
    client = connect(opening)
    found: FoundAccount | None = None
    if client.settings.kind == REMOTE:
        found = controls.account_of(client)  # the line says whose it is
    place = show_source(client)
    page_query = controls.page_query(client, opening.title, takes, found)
    if page_query is None:
        st.stop()
    return Run(client, replace(page_query, locale=reader_locale()), place)
