"""Asking somebody else from this browser session only: the form, its test, and the way back.

A token is read in the callback of the form's button; then the page is drawn with another, empty
input, so that Streamlit forgets what was in the one before. From then on the token is part of a
`Settings` value, whose repr hides it, and of nothing else in the session.
"""

from __future__ import annotations

import streamlit as st

from bitly_data import cache, visitors
from bitly_data.errors import BitlyError, QuestionError
from bitly_data.settings import Settings
from bitly_data.views.source_form import (
    BY_NAME,
    FACE,
    FACES,
    FOR_EVERYBODY,
    LOG,
    NOTHING_TO_KEEP,
    OF_ONE_ACCOUNT,
    SERVER,
    SHARED_ADDRESS,
    SHARED_LOG,
    FormValues,
    Situation,
    SourceKind,
    face_of,
    kind_of,
    kinds_for,
    settings_of,
)
from pages.components.controls.table import NAMES
from pages.components.text import as_text, show_error

# Keys of the inputs. Each press of a button has a token input of its own: they are counted.
KIND_KEY, FACE_KEY, LOG_KEY = "c_kind", "c_face", "c_log"
TRACKING_KEY, ACCOUNTS_KEY = "c_tracking", "c_accounts"
ADDRESS_KEY, TOKEN_KEY, PRESSES = "c_address", "c_token", "c_turn"
# Settings that are tested when the page is drawn next, those that were, and what came of it:
# whether it is good, and a sentence.
TO_TEST, TESTED, OUTCOME = "c_pending", "c_tried", "c_said"
# As long as an address, a token or a list of domains may be [characters].
LONGEST = 500


def is_on_this_machine() -> bool:
    """Whether only people at this machine see the app, as far as the app can tell.

    It is bound to this machine's own address and not set up to be reached by another, the browser
    asks for it by such an address, and no proxy says that it stands between. A proxy that says
    nothing, names itself to the app and passes on what a program claims cannot be told from this
    machine's browser, unless Streamlit's own settings name what it is reached by.
    """
    return not visitors.is_set_up_for_others(st.get_option) and visitors.is_seen_here_only(
        str(st.get_option("server.address") or ""), st.context.headers
    )


def source_form() -> None:
    """Choose who is asked in this browser session, and try it first."""
    st.header("Choose another source")
    try:
        server = cache.server_settings()
    except BitlyError:  # said above
        server = Settings()
    st.caption(
        "Only for this browser session: other people who look at this server, and your other "
        "tabs, keep what they see now."
    )
    kind = _choose_kind(server)
    with st.form("c_form", border=True):
        for name in kind.inputs:
            INPUTS[name](kind, server)
        _buttons(kind, server)
    _tell_outcome()
    if cache.own_settings() is not None:
        st.button(
            "Back to this server's own source",
            key="c_back",
            icon=":material/undo:",
            on_click=_go_back,
        )
    _keep_for_good(kind)


def _choose_kind(server: Settings) -> SourceKind:
    names = [kind.name for kind in kinds_for(server, is_on_this_machine())]
    if st.session_state.get(KIND_KEY) not in names:
        st.session_state[KIND_KEY] = kind_of(cache.own_settings() or server).name
    chosen = st.radio(
        "Who answers",
        names,
        key=KIND_KEY,
        format_func=lambda name: BY_NAME[name].label,
        horizontal=True,
    )
    return BY_NAME[chosen]


def _log_inputs(kind: SourceKind, server: Settings) -> None:
    here = is_on_this_machine()
    st.text_area(
        "Path",
        key=LOG_KEY,
        value="\n".join(server.click_log),
        disabled=not here,
        help="A file or a folder of decoded Bitly clicks on this machine, or a pattern such as "
        "`clicks/*.gz`. If there are several, write each on a line of its own."
        if here
        else SHARED_LOG,
        height=80,
    )
    st.text_input(
        "Tracking domains",
        key=TRACKING_KEY,
        max_chars=LONGEST,
        value=", ".join(server.tracking_domains),
        help="Domains of the organization that links lead to. Put commas between them.",
    )
    st.text_input(
        "Accounts",
        key=ACCOUNTS_KEY,
        max_chars=LONGEST,
        value=", ".join(server.accounts),
        placeholder="every login of the log",
        help="The organization's own logins, with commas between them. Clicks on all other links "
        "are then other people's.",
    )
    if not here:
        st.caption(SHARED_LOG)


def _face_input(kind: SourceKind, server: Settings) -> None:
    if FACE_KEY not in st.session_state:
        st.session_state[FACE_KEY] = face_of(cache.own_settings() or server)
    st.selectbox(
        "Answers as",
        list(FACES),
        key=FACE_KEY,
        format_func=lambda name: FACES[name].label,
        help="The local server speaks Bitly's retired v3 and today's v4. By v4 it answers like an "
        "account on that plan, so you can try a plan before you buy it.",
    )


def _server_inputs(kind: SourceKind, server: Settings) -> None:
    here = is_on_this_machine()
    st.text_input(
        "Address",
        key=ADDRESS_KEY,
        max_chars=LONGEST,
        value=server.base_url if kind_of(server) is kind else "",
        placeholder=kind.example,
        help="It begins with https://, or with http:// for a server on this machine. A port may "
        "follow the host."
        if here
        else SHARED_ADDRESS,
    )
    if not here:
        st.caption(SHARED_ADDRESS)
    st.text_input(
        "Access token",
        key=_token_key(),
        type="password",
        autocomplete="off",
        max_chars=LONGEST,
        placeholder=_token_hint(kind),
        help="In Bitly: Settings, API, Generate token. It is sent to this address only, and kept "
        "only in memory, for this browser session.",
    )


# What each group of inputs is drawn by.
INPUTS = {LOG: _log_inputs, FACE: _face_input, SERVER: _server_inputs}


def _token_key() -> str:
    """Each press of a button has an input of its own."""
    return f"{TOKEN_KEY}_{st.session_state.get(PRESSES, 0)}"


def _token_hint(kind: SourceKind) -> str:
    tested = st.session_state.get(TESTED)
    is_known = isinstance(tested, Settings) and kind_of(tested) is kind
    return "the one just tested" if is_known else ""


def _buttons(kind: SourceKind, server: Settings) -> None:
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
            icon=":material/cable:",
            on_click=_pressed,
            args=(kind, server, True),
        )


def _pressed(kind: SourceKind, server: Settings, use: bool) -> None:
    """A button of the form: its values as `Settings`, and another input for the next token."""
    state = st.session_state
    values = _values()
    state[PRESSES] = state.get(PRESSES, 0) + 1
    tested = state.pop(TESTED, None)
    situation = Situation(
        server, tested if isinstance(tested, Settings) else None, is_on_this_machine()
    )
    try:
        chosen = settings_of(kind, values, situation)
    except QuestionError as problem:
        state[OUTCOME] = False, problem.user_message
        return
    if use:
        _use(chosen)
        state[OUTCOME] = True, "From now on, this browser session uses the source that you chose."
    else:
        state[TO_TEST] = chosen


def _values() -> FormValues:
    """What the inputs hold that are on the page."""

    def text(key: str) -> str:
        return str(st.session_state.get(key) or "")

    return FormValues(
        face=text(FACE_KEY),
        log=text(LOG_KEY),
        tracking=text(TRACKING_KEY),
        accounts=text(ACCOUNTS_KEY),
        address=text(ADDRESS_KEY),
        token=text(_token_key()),
    )


def _use(chosen: Settings | None) -> None:
    """Ask as chosen from now on; what a question names of the account before is left behind."""
    cache.use_own_settings(chosen)
    for field in OF_ONE_ACCOUNT:
        if NAMES[field] in st.query_params:
            del st.query_params[NAMES[field]]


def _go_back() -> None:
    st.session_state.pop(TESTED, None)
    st.session_state.pop(KIND_KEY, None)
    _use(None)
    st.session_state[OUTCOME] = True, "This browser session uses this server's own source again."


def _tell_outcome() -> None:
    """Test what is to be tested, and say what came of the press before."""
    state = st.session_state
    to_test = state.pop(TO_TEST, None)
    if isinstance(to_test, Settings):
        try:
            with st.spinner("Asking", show_time=True):
                sentence = cache.try_out(to_test)
        except BitlyError as problem:
            show_error(problem)
            return
        state[TESTED] = to_test
        state[OUTCOME] = True, sentence
        st.rerun()  # the input above says now that it may stay empty
    good, sentence = state.pop(OUTCOME, (True, ""))
    if sentence:
        if good:
            st.success(as_text(sentence), icon=":material/check_circle:")
        else:
            show_error(QuestionError(sentence))


def _keep_for_good(kind: SourceKind) -> None:
    with st.expander("Keep it for good", icon=":material/save:"):
        if not kind.lines:
            st.markdown(NOTHING_TO_KEEP)
            return
        st.markdown(FOR_EVERYBODY)
        st.code(kind.lines, language="toml", wrap_lines=True)
