"""Asking somebody else from this browser session only: the form, its test, and the way back.

A token is read in the callback of the form's button; then the page is drawn with another, empty
input, so that Streamlit forgets what was in the one before. From then on the token is part of a
`Settings` value, whose repr hides it, and of nothing else in the session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from bitly_data import cache
from bitly_data.errors import BitlyError, QuestionError
from bitly_data.settings import (
    BITLY_URL,
    CLICK_LOG,
    DEMO,
    PLANS,
    REMOTE,
    V3,
    V4,
    Settings,
    chosen_click_log,
    chosen_demo,
    chosen_server,
    is_loopback,
)
from pages.components.controls.table import NAMES
from pages.components.text import as_text, show_error

KIND, FACE, LOG, TRACKING = "c_kind", "c_face", "c_log", "c_tracking"
ADDRESS, TOKEN, TURN = "c_address", "c_token", "c_turn"
PENDING, TRIED, SAID = "c_pending", "c_tried", "c_said"
KINDS = {DEMO: "Demo", CLICK_LOG: "Click log", V4: "Bitly (v4)", V3: "A v3 server"}
FACES = {V3: "v3", **{f"{V4} {plan}": f"v4, plan {plan.capitalize()}" for plan in PLANS}}
LONGEST = 500
# What a question names of an account, and another account does not have.
OF_ONE_ACCOUNT = ("domains", "login", "link")
# Whoever comes through a proxy may be anybody; all that begin with the last are such headers, too.
FORWARDED = (
    "Forwarded",
    "Via",
    "X-Real-Ip",
    "X-Client-Ip",
    "X-Original-Host",
    "True-Client-Ip",
    "Cf-Connecting-Ip",
)
FORWARDED_ALSO = "x-forwarded-"

SHARED_LOG = (
    "Viewers of a shared server cannot name files of its machine: there is only the "
    "click log that the server is set to."
)
SHARED_ADDRESS = (
    "Viewers of a shared server cannot make it call any address: there are only "
    "Bitly's own and the one that the server is set to."
)


def is_on_this_machine() -> bool:
    """Whether only people at this machine see the app, as far as the app can tell.

    It is bound to this machine's own address and not set up to be reached by another, the browser
    asks for it by such an address, and no proxy says that it stands between. A proxy that says
    nothing, names itself to the app and passes on what a program claims cannot be told from this
    machine's browser, unless Streamlit's own settings name what it is reached by.
    """
    return not _reached_by_others(st.get_option) and _only_here(
        str(st.get_option("server.address") or ""), st.context.headers
    )


def _reached_by_others(option: Callable[[str], Any]) -> bool:
    """Whether Streamlit's settings, which no visitor can claim, are those of an app that is
    reached through a proxy.
    """
    names = [
        str(option("browser.serverAddress") or "localhost"),
        *map(str, option("server.corsAllowedOrigins") or ()),
    ]
    return (
        not option("server.enableCORS")
        or bool(option("server.baseUrlPath"))
        or not all(map(_is_own_name, names))
    )


def _only_here(bound: str, headers: Mapping[str, str]) -> bool:
    """The same, from the address that the app is bound to and the headers of the browser."""
    if not headers:  # nobody is connected: the page is drawn by a program of this machine
        return is_loopback(bound)
    # A browser always says from where it connects; a program that does not may be anywhere.
    asked = (headers.get("Host") or "", headers.get("Origin") or "")
    return (
        is_loopback(bound)
        and all(map(_is_own_name, asked))
        and not any(headers.get(name) for name in FORWARDED)
        and not any(name.lower().startswith(FORWARDED_ALSO) for name in headers)
    )


def _is_own_name(name: str) -> bool:
    """Whether a host, with or without a scheme and a port, is this machine's own address."""
    try:
        return is_loopback(urlsplit(f"//{name.rpartition('://')[2]}").hostname or "")
    except ValueError:  # no address of anybody
        return False


def switch_block() -> None:
    """Choose who is asked in this browser session, and try it first."""
    st.header("Choose another source")
    state = st.session_state
    try:
        server = cache.server_settings()
    except BitlyError:  # said above
        server = Settings()
    st.caption(
        "For this browser session only: other people who look at this server, and other "
        "tabs, see what they saw before."
    )
    kinds = [
        kind for kind in KINDS if kind != CLICK_LOG or server.click_log or is_on_this_machine()
    ]
    if state.get(KIND) not in kinds:
        state[KIND] = _kind_of(cache.own_settings() or server)
    kind = st.radio("Who is asked", kinds, key=KIND, format_func=KINDS.__getitem__, horizontal=True)
    with st.form("c_form", border=True):
        _fields(kind, server)
        with st.container(horizontal=True):
            st.form_submit_button(
                "Test",
                key="c_test",
                icon=":material/network_check:",
                on_click=_pressed,
                args=(kind, server, False),
            )
            st.form_submit_button(
                "Use in this browser session",
                key="c_use",
                type="primary",
                icon=":material/cable:",
                on_click=_pressed,
                args=(kind, server, True),
            )
    _say_what_came_of_it()
    if cache.own_settings() is not None:
        st.button(
            "Back to what this server is set to",
            key="c_back",
            icon=":material/undo:",
            on_click=_go_back,
        )
    _for_good(kind)


def _kind_of(settings: Settings) -> str:
    kind = settings.api if settings.kind == REMOTE else settings.kind
    return kind if kind in KINDS else DEMO


def _fields(kind: str, server: Settings) -> None:
    here = is_on_this_machine()
    if kind in (DEMO, CLICK_LOG):
        if kind == CLICK_LOG:
            st.text_area(
                "Path",
                key=LOG,
                value="\n".join(server.click_log),
                disabled=not here,
                help="A file, a folder or a glob of decoded Bitly clicks on this "
                "machine; several on a line each."
                if here
                else SHARED_LOG,
                height=80,
            )
            st.text_input(
                "Tracking domains",
                key=TRACKING,
                max_chars=LONGEST,
                value=", ".join(server.tracking_domains),
                help="Domains that links lead to and that belong to the organization, "
                "with commas between them.",
            )
            if not here:
                st.caption(SHARED_LOG)
        now = cache.own_settings() or server
        if FACE not in st.session_state:
            st.session_state[FACE] = f"{V4} {now.plan}" if now.api == V4 else V3
        st.selectbox(
            "Asked as",
            list(FACES),
            key=FACE,
            format_func=FACES.__getitem__,
            help="The local server speaks Bitly's retired v3 and today's v4; v4 as an "
            "account of that plan is answered, to try it before buying.",
        )
        return
    st.text_input(
        "Address",
        key=ADDRESS,
        max_chars=LONGEST,
        value=server.base_url if server.kind == REMOTE and server.api == kind else "",
        placeholder=BITLY_URL if kind == V4 else "https://v3.example.com",
        help="Scheme, host and port; https, or http on this machine." if here else SHARED_ADDRESS,
    )
    if not here:
        st.caption(SHARED_ADDRESS)
    st.text_input(
        "Access token",
        key=_token_key(),
        type="password",
        autocomplete="off",
        max_chars=LONGEST,
        placeholder=_tried_text(kind),
        help="In Bitly: Settings, API, Generate token. It is sent to this address only, "
        "and kept in the memory of this browser session.",
    )


def _token_key() -> str:
    """Each press of a button has an input of its own."""
    return f"{TOKEN}_{st.session_state.get(TURN, 0)}"


def _tried_text(kind: str) -> str:
    tried = st.session_state.get(TRIED)
    return "the one just tested" if isinstance(tried, Settings) and tried.api == kind else ""


def _pressed(kind: str, server: Settings, use: bool) -> None:
    """A button of the form: its values as `Settings`, and another input for the next token."""
    state = st.session_state
    typed = str(state.get(_token_key()) or "")
    state[TURN] = state.get(TURN, 0) + 1
    tried = state.pop(TRIED, None)
    try:
        chosen = _chosen(kind, server, typed, tried)
    except QuestionError as problem:
        state[SAID] = False, problem.user_message
        return
    if use:
        _switch_to(chosen)
        state[SAID] = True, "From now on this browser session asks as you chose."
    else:
        state[PENDING] = chosen


def _chosen(kind: str, server: Settings, token: str, tried: object) -> Settings:
    """What the form says. Raises `QuestionError`, never with the token."""
    state = st.session_state
    if kind in (DEMO, CLICK_LOG):
        api, _, plan = str(state[FACE]).partition(" ")
        if kind == DEMO:
            return chosen_demo(server, api, plan or server.plan)
        paths = [line.strip() for line in str(state[LOG]).splitlines() if line.strip()]
        if tuple(paths) != server.click_log and not is_on_this_machine():
            raise QuestionError(SHARED_LOG)
        domains = [part.strip() for part in str(state[TRACKING]).split(",") if part.strip()]
        return chosen_click_log(server, paths, domains, api, plan or server.plan)
    address = str(state[ADDRESS]).strip()
    if kind == V3 and not address:
        raise QuestionError("Give the address of the v3 server.")
    if isinstance(tried, Settings) and not token:
        token = tried.token
        # A token that was tested at one address is not sent to another.
        if (tried.base_url, tried.api) != (
            chosen_server(server, address, token, kind).base_url,
            kind,
        ):
            token = ""
    chosen = chosen_server(server, address, token, kind)
    if chosen.base_url not in (BITLY_URL, server.base_url) and not is_on_this_machine():
        raise QuestionError(SHARED_ADDRESS)
    return chosen


def _switch_to(chosen: Settings | None) -> None:
    """Ask as chosen from now on; what a question names of the account before is left behind."""
    cache.use_own_settings(chosen)
    for field in OF_ONE_ACCOUNT:
        if NAMES[field] in st.query_params:
            del st.query_params[NAMES[field]]


def _go_back() -> None:
    st.session_state.pop(TRIED, None)
    st.session_state.pop(KIND, None)
    _switch_to(None)
    st.session_state[SAID] = True, "This browser session asks as this server is set to again."


def _say_what_came_of_it() -> None:
    state = st.session_state
    pending = state.pop(PENDING, None)
    if isinstance(pending, Settings):
        try:
            with st.spinner("Asking", show_time=True):
                sentence = cache.try_out(pending)
        except BitlyError as problem:
            show_error(problem)
            return
        state[TRIED] = pending
        state[SAID] = True, sentence
        st.rerun()  # the input above says now that it may stay empty
    good, sentence = state.pop(SAID, (True, ""))
    if sentence:
        if good:
            st.success(as_text(sentence), icon=":material/check_circle:")
        else:
            show_error(QuestionError(sentence))


def _for_good(kind: str) -> None:
    lines = {
        DEMO: "",
        CLICK_LOG: 'BITLY_CLICK_LOG = "/data/clicks/*.gz"\nBITLY_TRACKING_DOMAINS = "example.com"',
        V4: 'BITLY_ACCESS_TOKEN = "..."',
        V3: 'BITLY_ACCESS_TOKEN = "..."\nBITLY_BASE_URL = "https://v3.example.com"',
    }[kind]
    with st.expander("Keep it for good", icon=":material/save:"):
        if not lines:
            st.markdown("The demo is what a server shows that is set to nothing else.")
            return
        st.markdown(
            "For everybody who looks at this server: put it into "
            "`.streamlit/secrets.toml` beside the app, or set the same names in its "
            "environment. The file stays out of version control."
        )
        st.code(lines, language="toml", wrap_lines=True)
