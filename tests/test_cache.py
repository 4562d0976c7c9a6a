"""What lives in Streamlit: whose settings hold, one client an account, and what all share."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from support import write_clicks

from bitly_data import cache
from bitly_data.client import Client
from bitly_data.errors import QuestionError, UnreachableError
from bitly_data.query import ClickQuery
from bitly_data.settings import CLICK_LOG, DEMO, REMOTE, Settings, settings_from
from bitly_data.transport.rate_limit import Budget


@pytest.fixture
def session() -> Iterator[None]:
    """A browser session that has chosen nothing for itself."""
    st.session_state.clear()
    yield
    st.session_state.clear()


def account(number: int, **others: Any) -> Settings:
    return Settings(kind=REMOTE, base_url="http://127.0.0.1:1", token=f"t{number}", **others)


def budget_of(settings: Settings) -> Budget:
    budget = cache.client(settings).source.upstream.budget
    assert budget is not None
    return budget


# -- whose settings hold --------------------------------------------------------------------------


@pytest.mark.usefixtures("session")
def test_a_session_s_own_settings_hold_until_it_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", "latest")
    server = settings_from({"BITLY_NOW": "latest"})
    assert cache.own_settings() is None
    assert cache.settings() == cache.server_settings() == server
    chosen = account(1)
    cache.use_own_settings(chosen)
    assert cache.own_settings() is chosen and cache.settings() is chosen
    assert cache.server_settings() == server
    cache.use_own_settings(None)
    assert cache.own_settings() is None and cache.settings() == server
    cache.use_own_settings(None)  # there is nothing to go back from


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("odd", ["settings", None, {"kind": "demo"}])
def test_what_is_no_settings_is_not_taken_for_some(odd: object) -> None:
    st.session_state[cache.OWN_SETTINGS] = odd
    assert cache.own_settings() is None
    assert cache.settings().kind == DEMO


@pytest.mark.usefixtures("session")
def test_the_connection_that_a_session_leaves_is_forgotten_with_its_token() -> None:
    first, second = account(61), account(62)
    cache.use_own_settings(first)
    left = cache.client(first)
    cache.use_own_settings(second)
    assert cache.client(first) is not left
    kept = cache.client(second)
    cache.use_own_settings(Settings())
    assert cache.client(second) is not kept


@pytest.mark.usefixtures("session")
def test_the_local_server_that_a_session_leaves_stays_open(tmp_path: Path) -> None:
    """Others look at it as well, and reading a click log takes its second."""
    chosen = Settings(kind=CLICK_LOG, click_log=(write_clicks(tmp_path / "clicks.log"),))
    cache.use_own_settings(chosen)
    opened = cache.client(chosen)
    cache.use_own_settings(None)
    assert cache.client(chosen) is opened


def test_another_session_sees_nothing_of_what_one_chose(tmp_path: Path) -> None:
    def page() -> None:
        import streamlit as st

        from bitly_data import cache
        from bitly_data.settings import Settings

        if st.button("choose", key="choose"):
            cache.use_own_settings(Settings(why="chosen"))
        st.text(cache.settings().why)

    mine, yours = (AppTest.from_function(page).run() for _ in range(2))
    mine.button(key="choose").click().run()
    assert mine.text[0].value == "chosen"
    assert yours.run().text[0].value == "no token and no click log is set"


@pytest.mark.usefixtures("session")
def test_accounts_are_chosen_by_name_and_share_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_TOKENS", "Acme=t71; Zeta=t72; Again=t71")
    monkeypatch.setenv("BITLY_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("BITLY_API", "v4")
    assert cache.accounts() == ("Acme", "Zeta", "Again")
    acme, zeta, again = (cache.client(cache.settings(name)) for name in cache.accounts())
    assert cache.client(cache.settings()) is cache.client(cache.settings("Nobody")) is acme
    assert [one.settings.token for one in (acme, zeta, again)] == ["t71", "t72", "t71"]
    assert len({one.key for one in (acme, zeta, again)}) == 3
    assert acme.archive is not zeta.archive
    budgets = [one.source.upstream.budget for one in (acme, zeta, again)]
    assert budgets[0] is budgets[2] is not budgets[1]  # calls are counted by the token
    assert not any(word in repr(acme.settings) + acme.key for word in ("t71", "t72"))
    # Who chose for themselves has no choice of the server's accounts.
    cache.use_own_settings(account(73))
    assert cache.accounts() == () and cache.settings("Zeta").token == "t73"
    cache.use_own_settings(None)
    monkeypatch.setattr(sys, "argv", ["app.py", "--token-of", "Zeta"])
    assert cache.accounts() == () and cache.settings("Acme").name == "Zeta"


def test_the_server_s_settings_are_its_options_over_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BITLY_CLICK_LOG", "/of/the/environment")
    monkeypatch.setenv("BITLY_WIRE", "xml")
    assert cache.server_settings().click_log == ("/of/the/environment",)
    monkeypatch.setattr(sys, "argv", ["app.py", "--clicks", "/of/the/line"])
    found = cache.server_settings()
    assert (found.click_log, found.wire) == (("/of/the/line",), "xml")
    assert found.why == "--clicks is given"
    monkeypatch.setattr(sys, "argv", ["app.py", "--clickss", "/x"])
    with pytest.raises(QuestionError, match="no option --clickss"):
        cache.server_settings()


# -- one key an account ---------------------------------------------------------------------------


def test_an_account_key_tells_nothing_and_differs_by_token_and_server() -> None:
    one = Settings(kind=REMOTE, base_url="https://a.example", token="t-1")
    keys = {
        cache.account_key(item)
        for item in (
            one,
            Settings(kind=REMOTE, base_url="https://a.example", token="t-2"),
            Settings(kind=REMOTE, base_url="https://b.example", token="t-1"),
        )
    }
    assert len(keys) == 3
    assert "t-1" not in "".join(keys) + repr(one)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": CLICK_LOG},
        {"base_url": "https://b.example"},
        {"token": "t-2"},
        {"click_log": ("/a",)},
        {"click_log": ("/a", "/b")},
        {"tracking_domains": ("/a",)},
        {"click_log": ("", "x.org")},
        {"tracking_domains": ("x.org",)},
        {"now": "latest"},
        {"endpoint": "/link/clicks"},
        {"wire": "xml"},
        {"api": "v4"},
        {"archive": "file.db"},
        {"plan": "free"},
        {"settling_hours": 7},
        {"name": "Acme"},
    ],
)
def test_all_that_decides_who_answers_is_in_the_key(other: dict[str, Any]) -> None:
    one = {"kind": REMOTE, "base_url": "https://a.example", "token": "t-1"}
    assert cache.account_key(Settings(**one)) == cache.account_key(Settings(**one))
    assert cache.account_key(Settings(**one)) != cache.account_key(Settings(**(one | other)))


def test_why_somebody_is_asked_and_how_often_is_not_in_the_key() -> None:
    one = cache.account_key(account(1))
    assert cache.account_key(account(1, why="you chose it")) == one
    assert cache.account_key(account(1, calls_per_minute=3, calls_per_hour=9)) == one


def test_paths_and_domains_are_not_taken_for_each_other() -> None:
    keys = {
        cache.account_key(Settings(click_log=logs, tracking_domains=domains))
        for logs, domains in (
            (("a", "b"), ()),
            (("a",), ("b",)),
            ((), ("a", "b")),
            (("a", "", "b"), ()),
        )
    }
    assert len(keys) == 4


def test_another_process_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    one = cache.account_key(account(1))
    monkeypatch.setattr(cache, "_process_secret", lambda: b"another")
    assert cache.account_key(account(1)) != one


# -- one client an account ------------------------------------------------------------------------


def test_an_account_has_one_client_and_shares_no_answer() -> None:
    one, other = cache.client(account(1)), cache.client(account(2))
    assert cache.client(account(1)) is one is not other
    assert one.answers is other.answers and one.key != other.key
    assert one.key == cache.account_key(account(1))
    assert "t1" not in one.key


def test_settings_are_tried_out_with_a_client_that_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[Client] = []
    monkeypatch.setattr(Client, "close", lambda self: closed.append(self))
    with pytest.raises(UnreachableError):
        cache.try_out(account(71))
    assert [client.settings.token for client in closed] == ["t71"]
    assert cache.client(account(71)) is not closed[0]
    monkeypatch.setattr(cache, "describe_account", lambda client: f"It is {client.key}.")
    assert cache.try_out(account(72)) == f"It is {cache.account_key(account(72))}."
    assert len(closed) == 2


def test_a_local_server_that_was_tried_out_stays_open(tmp_path: Path) -> None:
    chosen = Settings(kind=CLICK_LOG, click_log=(write_clicks(tmp_path / "clicks.log"),))
    assert cache.try_out(chosen)
    query = ClickQuery(units=3, until=1_368_792_000)
    assert cache.client(chosen).load(query).clicks.tolist()[-1] > 0


def test_a_try_counts_with_the_account_s_calls() -> None:
    before = budget_of(account(73)).left().hour
    with pytest.raises(UnreachableError):
        cache.try_out(account(73))
    assert budget_of(account(73)).left().hour < before


# -- one budget an account ------------------------------------------------------------------------


def test_a_budget_outlives_its_connection() -> None:
    budget_of(account(0)).refused(3000)
    for number in range(1, 12):
        budget_of(account(number))
    assert budget_of(account(0)).left().refused_for > 2000
    assert budget_of(account(1)).left().refused_for == 0


def test_an_account_has_one_budget_however_it_is_asked() -> None:
    one = budget_of(account(0))
    assert budget_of(account(0, wire="xml")) is one
    assert budget_of(account(0, endpoint="/link/clicks")) is one
    assert budget_of(account(1)) is not one
    assert budget_of(Settings(kind=REMOTE, base_url="http://127.0.0.1:2", token="t0")) is not one


def test_a_host_has_its_connections_once_whoever_they_are_for() -> None:
    one = cache.client(account(0)).source.upstream.turns
    assert cache.client(account(1)).source.upstream.turns is one
    assert cache.client(account(0, wire="xml")).source.upstream.turns is one
    other = Settings(kind=REMOTE, base_url="http://127.0.0.1:2", token="t0")
    assert cache.client(other).source.upstream.turns is not one


def test_other_limits_forget_no_call() -> None:
    one = budget_of(account(50, wire="txt", calls_per_minute=50))
    one.acquire(0)
    again = budget_of(account(50, wire="xml", calls_per_minute=3, calls_per_hour=1000))
    assert again is one
    assert again.left().per_minute == 3
    assert again.left().minute < 3


# -- what the process shares ----------------------------------------------------------------------


def test_the_memo_is_everybody_s_and_has_an_end() -> None:
    assert cache.memo() is cache.memo()
    assert cache.memo().most == cache.MOST_MADE


def test_the_start_up_heap_is_frozen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: frozen.append("collected"))
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append("frozen"))
    cache.freeze_start_up_heap.clear()
    for _ in range(3):
        cache.freeze_start_up_heap()
    assert frozen == ["collected", "frozen"]
