"""The cached door for pages; the only module here that imports Streamlit.

Streamlit's caches are shared by everybody in the process, so every key begins with the account: an
HMAC of all that decides who answers, under a secret made at process start. A token is never part
of a key, and nothing is shared between accounts.
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
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from bitly_data.connect import Connection, connect
from bitly_data.doctor import Report, examine, whose
from bitly_data.errors import AnswerError, BitlyError
from bitly_data.options import source_arguments
from bitly_data.query import ORGANIZATION, ClickQuery
from bitly_data.series import ClickSeries, failed
from bitly_data.settings import REMOTE, Settings, settings_from, unreadable_secrets
from bitly_data.sources.budget import Budgets
from bitly_data.sources.filling import Filling
from bitly_data.sources.http import CONNECTIONS, new_turns
from bitly_data.sources.many import Progress, fetch_many
from bitly_data.sources.memory import Shared
from bitly_data.sources.plan import FetchPlan, Missing
from bitly_data.sources.v3 import Account, Link
from bitly_data.sources.v4_source import V4Source

T = TypeVar("T")

# A range that ends now changes with every click; a minute is as fresh as anybody looks at it.
RUNNING_TTL = timedelta(minutes=1)
# Bitly may still correct a finished bucket within the hour.
FINISHED_TTL = timedelta(minutes=15)
# A series is some kilobytes: all of these are at most a few dozen megabytes.
MOST_SERIES = 2_000
# The pickers list this many of the newest links; any other can be searched for or pasted.
MOST_LINKS = 1_000


# What one browser session chose for itself; nothing else of a session is ever looked at here.
OWN_SETTINGS = "own_settings"


def settings() -> Settings:
    """The settings that hold in this browser session: its own, else the server's.

    Raises `QuestionError` if one cannot be used.
    """
    return own_settings() or server_settings()


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
        _connection.clear(account_key(before), before)
    if chosen is None:
        st.session_state.pop(OWN_SETTINGS, None)
    else:
        st.session_state[OWN_SETTINGS] = chosen


def server_settings() -> Settings:
    """The settings of this process. Raises `QuestionError` if one cannot be used."""
    # `streamlit run app.py -- WORDS` leaves only the words for the app behind the script's name.
    options = source_arguments().parse_args(sys.argv[1:])
    return settings_from(os.environ, _stored(), vars(options))


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
        str(chosen.now),
        chosen.endpoint,
        chosen.wire,
        chosen.api,
        str(chosen.archive),
        chosen.plan,
    )
    return _keyed(*parts)


def _keyed(*parts: str) -> str:
    message = "\0".join(parts).encode()
    return hmac.new(_process_secret(), message, hashlib.sha256).hexdigest()


@st.cache_resource
def _budgets() -> Budgets:
    return Budgets()


# Sessions may choose for themselves; beyond this many the one longest unused is opened anew.
@st.cache_resource(max_entries=32, show_spinner="Opening the clicks")
def _connection(key: str, _settings: Settings) -> Connection:
    return connect(_settings) if _settings.kind != REMOTE else _connected(_settings)


def _connected(chosen: Settings) -> Connection:
    # Upstream counts the calls of an account, whatever is asked and in whichever form: a budget
    # outlives the connections that share it. It counts the connections of this machine, whoever
    # they are for.
    account = _keyed("budget", chosen.base_url, chosen.token)
    budget = _budgets().of(account, chosen.calls_per_minute, chosen.calls_per_hour)
    return connect(chosen, budget, _turns(chosen.base_url))


@st.cache_resource(max_entries=256)
def _turns(base_url: str) -> threading.Semaphore:
    return new_turns()


def connection(chosen: Settings) -> Connection:
    """Who answers, opened once a process. Raises `QuestionError` if it cannot be opened."""
    return _connection(account_key(chosen), chosen)


# Streamlit computes a value under a lock that whoever else wants it waits for. So what takes its
# time is fetched outside, where others can look without waiting and share an error as well; a door
# is only handed what it shall keep.


class _NotKeptError(Exception):
    """A door was looked into and holds nothing."""


def _nothing() -> Any:
    raise _NotKeptError


@st.cache_resource
def _under_way() -> Shared:
    return Shared()


def _through(door: Callable[..., T], key: tuple[Hashable, ...], fetch: Callable[[], T]) -> T:
    """What a door keeps by this key, else what `fetch` gives, kept from then on.

    Several who ask for the same at once have one outcome, be it an error.
    """

    def kept_or_fetched() -> T:
        with suppress(_NotKeptError):
            return door(*key, _nothing)
        value = fetch()
        return door(*key, lambda: value)

    with suppress(_NotKeptError):
        return door(*key, _nothing)
    value = _under_way().once((door, *key), kept_or_fetched)
    return door(*key, lambda: value)  # a copy of one's own


@st.cache_data(ttl=RUNNING_TTL, max_entries=MOST_SERIES, show_spinner=False)
def _running(key: str, query: ClickQuery, _give: Callable[[], ClickSeries]) -> ClickSeries:
    return _give()


@st.cache_data(ttl=FINISHED_TTL, max_entries=MOST_SERIES, show_spinner=False)
def _finished(key: str, query: ClickQuery, _give: Callable[[], ClickSeries]) -> ClickSeries:
    return _give()


def load(query: ClickQuery, chosen: Settings, *, asking: bool = True) -> ClickSeries:
    """The series of a question. Raises `BitlyError`; a failed answer is not kept.

    Several who ask for the same at once have one outcome. Without `asking` there is only what is
    kept, and nobody waits for what is under way.
    """
    known = connection(chosen)
    door = _running if query.is_running(known.source.clock()) else _finished
    key = (account_key(chosen), query)
    if asking:
        return _through(door, key, lambda: known.source.fetch(query))
    with suppress(_NotKeptError):
        return door(*key, _nothing)
    raise AnswerError("It was not asked for, as the loading was stopped.")


def load_many(
    queries: Sequence[ClickQuery],
    chosen: Settings,
    tell: Callable[[Progress], None],
    *,
    asking: bool = True,
) -> list[ClickSeries]:
    """The series of many questions, side by side; one that fails is a series of failed buckets.

    What has come is kept: when it is stopped (`tell` raises) and asked for again, it goes on from
    there. Raises the error of the first if none has an answer.
    """
    known = connection(chosen)
    # The local server answers in this process, where more threads only get into each other's way.
    workers = 1 if known.local is not None else CONNECTIONS
    outcomes = fetch_many(lambda query: load(query, chosen, asking=asking), queries, workers, tell)
    errors = [outcome for outcome in outcomes if isinstance(outcome, BitlyError)]
    if errors and len(errors) == len(outcomes):
        raise errors[0]
    now = int(known.source.clock())
    return [
        failed(query, outcome.user_message, now) if isinstance(outcome, BitlyError) else outcome
        for query, outcome in zip(queries, outcomes, strict=True)
    ]


def plan(queries: Sequence[ClickQuery], chosen: Settings) -> FetchPlan | None:
    """What questions cost before they are asked; `None` where each takes a few calls at most.

    Raises `BitlyError`.
    """
    source = connection(chosen).source
    # A link's series is one call; a group's is a list of each bucket where it has none.
    wide = [query for query in queries if query.target == ORGANIZATION]
    return source.plan(wide) if wide and isinstance(source, V4Source) else None


def is_before_history(query: ClickQuery, chosen: Settings) -> bool:
    """Whether a question begins before what upstream keeps for the account, as far as is known.

    Raises `BitlyError`.
    """
    source = connection(chosen).source
    return isinstance(source, V4Source) and source.is_before_history(query)


def exact_price(queries: Sequence[ClickQuery], chosen: Settings) -> int | None:
    """How many calls the same questions take at most in buckets of their own zone, where they are
    asked in those of UTC; `None` where they are the same. Raises `BitlyError`.
    """
    source = connection(chosen).source
    if not isinstance(source, V4Source):
        return None
    exact = [
        way
        for query in queries
        if query.target == ORGANIZATION and not query.exact
        for way in source.choices(query)
        if way.exact
    ]
    return source.price(exact) if exact else None


def price(queries: Sequence[ClickQuery], chosen: Settings) -> int:
    """How many calls questions take at most; for that nothing is asked. Raises `BitlyError`."""
    source = connection(chosen).source
    return source.price(queries) if isinstance(source, V4Source) else 0


@st.cache_resource(max_entries=64)
def _fillings(key: str) -> list[Filling]:
    return []


def filling(chosen: Settings) -> Filling | None:
    """What is being fetched in the background for this account, or was the last."""
    kept = _fillings(account_key(chosen))
    return kept[-1] if kept else None


def new_filling(missing: Sequence[Missing], chosen: Settings) -> Filling:
    """Calls of a plan, ready to be made; everybody who looks at the account sees how far it is."""
    known = connection(chosen)
    assert isinstance(known.source, V4Source)  # no other source has a plan
    made = Filling(known.source.fill, tuple(missing), 1 if known.local else CONNECTIONS)
    _fillings(account_key(chosen))[:] = [made]
    return made


@st.cache_data(ttl=FINISHED_TTL, max_entries=64, show_spinner=False)
def _account(key: str, _give: Callable[[], Account]) -> Account:
    return _give()


def load_account(chosen: Settings) -> Account:
    """Domains and logins to choose from. Raises `BitlyError`."""
    source = connection(chosen).source
    return _through(_account, (account_key(chosen),), source.fetch_account)


def known_login(chosen: Settings) -> str:
    """Whose account it is, as far as that is kept; nothing is asked."""
    with suppress(_NotKeptError):
        return _account(account_key(chosen), _nothing).login
    with suppress(_NotKeptError):
        return _report(account_key(chosen), _nothing).login
    return ""


@st.cache_data(ttl=FINISHED_TTL, max_entries=64, show_spinner=False)
def _report(key: str, _give: Callable[[], Report]) -> Report:
    return _give()


def report(chosen: Settings, *, asking: bool, anew: bool = False) -> Report | None:
    """What the doctor finds; without `asking` only what is kept. `anew`: whatever is kept.

    Raises `QuestionError` if the source cannot be opened.
    """
    known, key = connection(chosen), (account_key(chosen),)
    if anew:
        _report.clear(*key, _nothing)
    if not asking:
        with suppress(_NotKeptError):
            return replace(_report(*key, _nothing), why=chosen.why)
        return None
    # The connection may be one that others chose as well, for another reason.
    return replace(_through(_report, key, lambda: examine(known)), why=chosen.why)


def try_out(chosen: Settings) -> str:
    """Whether settings are good for anything and whose account it is, in one call.

    Raises `BitlyError`. A token is forgotten afterwards.
    """
    if chosen.kind != REMOTE:
        return whose(connection(chosen))
    known = _connected(chosen)
    try:
        return whose(known)
    finally:
        known.source.upstream.session.close()


@st.cache_data(ttl=FINISHED_TTL, max_entries=64, show_spinner=False)
def _links(
    key: str, search: str, _give: Callable[[], tuple[list[Link], int]]
) -> tuple[list[Link], int]:
    return _give()


def load_links(chosen: Settings, search: str = "") -> tuple[list[Link], int]:
    """The newest links of the account, and how many there are. Raises `BitlyError`.

    `search` narrows both to the links that upstream finds it in.
    """
    source = connection(chosen).source
    return _through(
        _links,
        (account_key(chosen), search),
        lambda: source.fetch_links(most=MOST_LINKS, search=search),
    )


def addresses_of(link: str, chosen: Settings) -> tuple[str, ...]:
    """All the addresses that lead to a link, itself first, as far as upstream tells.

    Raises `BitlyError`.
    """
    source = connection(chosen).source
    return source.ids_of(link) if isinstance(source, V4Source) else (link,)


@st.cache_resource
def freeze_start_up_heap() -> None:
    """Take everything imported so far out of garbage collection, once a process.

    Streamlit collects garbage after each run of a page; with pandas and plotly loaded that is
    most of a light page's time. Call it after the imports and before data comes in.
    """
    gc.collect()
    gc.freeze()
