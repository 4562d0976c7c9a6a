"""What must live in Streamlit: whose settings hold, and the one client of each account.

This is the only module of the package that imports Streamlit. Its caches are shared by everybody
in the process, so every key begins with the account: an HMAC of all that decides who answers,
under a secret made at process start. A token is never part of a key, and nothing is shared between
accounts (docs/decisions/0011).
"""

from __future__ import annotations

import gc
import hashlib
import hmac
import os
import re
import secrets
import sys
import threading
from argparse import Namespace
from functools import lru_cache

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from bitly_data.client import Client, new_answers
from bitly_data.doctor import describe_account
from bitly_data.memo import Memo
from bitly_data.options import source_arguments
from bitly_data.settings import (
    REMOTE,
    Settings,
    account_names,
    settings_from,
    unreadable_secrets,
)
from bitly_data.transport.client import new_turns
from bitly_data.transport.rate_limit import Budgets
from bitly_data.transport.ttl_cache import TTLCache

# What one browser session chose for itself; nothing else of a session is ever looked at here.
OWN_SETTINGS = "own_settings"


def settings(account: str = "") -> Settings:
    """The settings that hold in this browser session: its own, else the server's, of the account of
    this name where there are several.

    Raises `QuestionError` if one cannot be used.
    """
    return own_settings() or server_settings(account)


def accounts() -> tuple[str, ...]:
    """The accounts that this browser session can choose from, by their names; empty where there is
    no choice. Raises `QuestionError`.
    """
    if own_settings() is not None:
        return ()
    return account_names(os.environ, _stored(), vars(_options()))


def own_settings() -> Settings | None:
    """What this browser session chose for itself."""
    own = st.session_state.get(OWN_SETTINGS)
    return own if isinstance(own, Settings) else None


def use_own_settings(chosen: Settings | None) -> None:
    """Let these settings hold for this browser session only; `None`: the server's.

    The connection of those before is forgotten, and with it their token; another session that
    chose the same opens its own anew.
    """
    before = own_settings()
    if before is not None and before.kind == REMOTE:
        _client.clear(account_key(before), before)
    if chosen is None:
        st.session_state.pop(OWN_SETTINGS, None)
    else:
        st.session_state[OWN_SETTINGS] = chosen


def server_settings(account: str = "") -> Settings:
    """The settings of this process, of the account of this name where there are several; else of
    the first. Raises `QuestionError` if one cannot be used.
    """
    return settings_from(os.environ, _stored(), vars(_options()), account)


def _options() -> Namespace:
    # `streamlit run app.py -- WORDS` leaves only the words for the app behind the script's name.
    return _parser().parse_args(sys.argv[1:])


_parser = lru_cache(maxsize=1)(source_arguments)  # each page reads the options several times


def _stored() -> dict[str, object]:
    """What secrets.toml holds: nothing if there is none. Raises `QuestionError` if it is off."""
    try:
        return dict(st.secrets)
    except UnicodeDecodeError:
        raise unreadable_secrets("secrets.toml", "it is not UTF-8") from None
    except OSError as problem:
        # Streamlit says "not found" of a file that cannot be parsed, too.
        if getattr(problem, "error_id", None) == "no-secrets-found":
            return {}
        raise unreadable_secrets(*_what_is_wrong(problem)) from None


def _what_is_wrong(problem: OSError) -> tuple[str, str]:
    """The path of the secrets and what is wrong with them, with nothing of their content."""
    if not isinstance(problem, StreamlitSecretNotFoundError):
        return str(problem.filename or "secrets.toml"), problem.strerror or "it cannot be opened"
    facts = problem.exec_kwargs
    if "error" not in facts:  # what is configured as secrets is no such thing
        return str(next(iter(facts.values()), "secrets.toml")), (
            "secrets are a .toml file, or a folder with a folder for each"
        )
    place = re.search(r"line (\d+), column \d+\)$", str(facts["error"]))
    where = f"line {place[1]}" if place else "its end"
    return str(facts["path"]), f"it is not TOML, look at {where}"


@st.cache_resource
def _process_secret() -> bytes:
    return secrets.token_bytes(32)


def account_key(chosen: Settings) -> str:
    """What separates one account's cache entries from another's; not reversible."""
    parts = (
        chosen.kind,
        chosen.base_url,
        chosen.token,
        *chosen.click_log,
        "",
        *chosen.tracking_domains,
        "",
        *chosen.accounts,
        "",
        str(chosen.now),
        chosen.endpoint,
        chosen.wire,
        chosen.api,
        str(chosen.archive),
        chosen.plan,
        str(chosen.settling_hours),
        chosen.name,
    )
    return _keyed(*parts)


def _keyed(*parts: str) -> str:
    message = "\0".join(parts).encode()
    return hmac.new(_process_secret(), message, hashlib.sha256).hexdigest()


@st.cache_resource
def _budgets() -> Budgets:
    return Budgets()


@st.cache_resource
def _answers() -> TTLCache:
    """The answers of all accounts; each key begins with that of its account."""
    return new_answers()


# What was presented, drawn as a figure or made a table: most are some kilobytes, ten years of
# hours some megabytes.
MOST_MADE = 300


@st.cache_resource
def memo() -> Memo:
    """What was made of the same answers is not made again, whoever looks at it."""
    return Memo(MOST_MADE)


# Sessions may choose for themselves; beyond this many the one longest unused is opened anew.
@st.cache_resource(max_entries=32, show_spinner="Opening the clicks")
def _client(key: str, _settings: Settings) -> Client:
    if _settings.kind == REMOTE:
        return _connected(_settings, key)
    return Client.open(_settings, answers=_answers(), key=key)


def _connected(chosen: Settings, key: str) -> Client:
    # Upstream counts the calls of an account, whatever is asked and in whichever form: a budget
    # outlives the clients that share it. It counts the connections of this machine, whoever they
    # are for.
    account = _keyed("budget", chosen.base_url, chosen.token)
    budget = _budgets().of(account, chosen.calls_per_minute, chosen.calls_per_hour)
    turns = _turns(chosen.base_url)
    return Client.open(chosen, budget=budget, turns=turns, answers=_answers(), key=key)


@st.cache_resource(max_entries=256)
def _turns(base_url: str) -> threading.Semaphore:
    return new_turns()


def client(chosen: Settings) -> Client:
    """Who answers, opened once a process. Raises `QuestionError` if it cannot be opened."""
    return _client(account_key(chosen), chosen)


def try_out(chosen: Settings) -> str:
    """Whether settings are good for anything and whose account it is, in one call.

    Raises `BitlyError`. A token is forgotten afterwards.
    """
    if chosen.kind != REMOTE:
        return describe_account(client(chosen))
    opened = _connected(chosen, account_key(chosen))
    try:
        return describe_account(opened)
    finally:
        opened.close()


@st.cache_resource
def freeze_start_up_heap() -> None:
    """Take everything imported so far out of garbage collection, once a process.

    Streamlit collects garbage after each run of a page; with pandas and plotly loaded that is
    most of a light page's time. Call it after the imports and before data comes in.
    """
    gc.collect()
    gc.freeze()
