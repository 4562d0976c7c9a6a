"""Whose clicks are counted: the choice of a group, in the sidebar and in the address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from apptest import address, again, captions, errors, menu_is_whole, opened, said, total
from counted_bitly import write_organization
from streamlit.testing.v1 import AppTest
from view_cases import V3, V4
from werkzeug.serving import make_server

from bitly_data.client import Client
from bitly_data.errors import AnswerError
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.model import Account
from bitly_data.transport.retry import RetryPolicy
from pages.components.controls.table import Choices
from pages.components.controls.whose import without_foreign

FIRST, SECOND = "aur.example 1", "aur.example 2"


@pytest.fixture(autouse=True)
def v4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", "2026-11-03T15:20:00Z")
    monkeypatch.setenv("BITLY_API", "v4")


def groups(app: AppTest) -> Any:
    """The choice of a group, if there is one."""
    return next((one for one in app.sidebar.selectbox if one.label == "Group"), None)


def switch(app: AppTest, name: str) -> None:
    groups(app).select(name)
    again(app)


def test_each_group_has_its_own_numbers_and_they_add_up() -> None:
    seen = {}
    for name in ("", FIRST, SECOND):
        app = opened("overview", group=name or None, units="40", tz="UTC")
        assert groups(app).value == name and errors(app) == said(app) == []
        assert menu_is_whole(app)
        assert ("group" in address(app)) == bool(name)
        seen[name] = total(app)
        words = f"Only the group “{name}” is counted." if name else "those of 2 groups together."
        assert words in captions(app)
    assert seen[""] == seen[FIRST] + seen[SECOND]
    assert min(seen.values()) > 0


@pytest.mark.parametrize(
    "more", [{"tz": ["Asia/Tokyo"]}, {"tz": ["UTC"], "domain": ["aur.example"]}]
)
def test_another_group_keeps_period_unit_zone_and_domain(more: dict[str, list[str]]) -> None:
    asked = {"unit": ["week"], "units": ["6"], **more}
    app = opened("overview", **asked)
    whole = total(app)
    switch(app, SECOND)
    assert address(app) == {"group": [SECOND], **asked}
    assert said(app) == [] and 0 < total(app) < whole
    switch(app, "")
    assert address(app) == asked and total(app) == whole


def test_a_link_of_another_group_is_left_out_with_a_sentence() -> None:
    app = opened("link", group=FIRST)
    link = app.selectbox(key="q_link").value
    assert link
    switch(app, SECOND)
    (sentence,) = said(app)
    assert sentence == f"“link={link}” was left out: {SECOND} does not have it."
    assert app.selectbox(key="q_link").value not in (link, None)
    switch(app, "")  # all of them have what one of them has
    assert said(app) == []


def test_a_group_that_is_not_there_is_said_and_nothing_else_is_lost() -> None:
    app = opened("overview", group="Nobody's", units="7", unit="week")
    (sentence,) = said(app)
    assert sentence == (
        "“group=Nobody's” in the address was left out: this account has no group of that name to "
        "choose, so all that it has is counted."
    )
    assert groups(app).value == "" and errors(app) == []
    assert address(app) == {"units": ["7"], "unit": ["week"], "tz": ["UTC"]}


@pytest.mark.parametrize("name", ["BITLY_PLAN", "BITLY_API"])
def test_where_there_is_one_group_there_is_no_choice(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, {"BITLY_PLAN": "core", "BITLY_API": "v3"}[name])
    app = opened("overview", group=FIRST)
    assert groups(app) is None and "groups together" not in captions(app)
    assert len(said(app)) == 1 and "group" not in address(app)


# -- several accounts -----------------------------------------------------------------------------


@pytest.fixture
def two(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[set[str]]:
    """Two accounts on one server, each with clicks of its own; the tokens that it was sent."""
    sent: set[str] = set()
    locals_: dict[str, LocalBitly] = {}
    for token, a_day in (("tok-a", 5), ("tok-z", 9)):
        path = tmp_path_factory.mktemp("account") / "clicks.log"
        write_organization(path, 20, a_day)
        options = ServerOptions(clicks=(str(path),), now="2026-03-17T10:20:30Z")
        locals_[token] = LocalBitly.open(options)

    def serve(environ: Any, start_response: Any) -> Any:
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        sent.add(token)
        return locals_[token].app(environ, start_response)

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("BITLY_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("BITLY_TOKENS", "Acme=tok-a; Zeta=tok-z")
    yield sent
    server.shutdown()
    thread.join()
    server.server_close()
    for one in locals_.values():
        one.close()


def accounts(app: AppTest) -> Any:
    return next((one for one in app.sidebar.selectbox if one.label == "Account"), None)


WEEK = {"tz": ["UTC"], "period": ["2026-03-10..2026-03-16"]}


def test_accounts_are_switched_by_name_and_nothing_is_mixed(two: set[str]) -> None:
    app = opened("overview", **WEEK)
    assert accounts(app).value == "Acme" and list(accounts(app).options) == ["Acme", "Zeta"]
    assert address(app) == {"account": ["Acme"], **WEEK} and errors(app) == said(app) == []
    assert two == {"tok-a"} and "Acme at 127.0.0.1" in captions(app)
    acme = total(app)
    accounts(app).select("Zeta")
    again(app)
    assert address(app) == {"account": ["Zeta"], **WEEK} and said(app) == []
    assert two == {"tok-a", "tok-z"} and "Zeta at 127.0.0.1" in captions(app)
    zeta = total(app)
    assert acme and zeta and zeta > acme
    # An address says whose it is, in another session as well.
    assert total(opened("overview", account="Zeta", **WEEK)) == zeta
    shown = f"{address(app)} {captions(app)} {accounts(app).options}"
    assert not any(token in shown for token in two)


def test_an_account_that_is_not_there_is_said_and_the_first_is_shown(two: set[str]) -> None:
    app = opened("overview", account="Nobody", **WEEK)
    assert said(app) == [
        "“account=Nobody” in the address was left out: there is no account of that name to choose, "
        "so Acme is shown."
    ]
    assert address(app) == {"account": ["Acme"], **WEEK} and two == {"tok-a"}


def test_an_account_that_is_the_only_one_by_now_needs_no_word(
    two: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_TOKENS", "Zeta=tok-z")
    app = opened("overview", account="Zeta", **WEEK)
    assert accounts(app) is None and said(app) == errors(app) == []
    assert address(app) == WEEK and two == {"tok-z"}


def test_a_group_is_not_lost_while_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", "t")
    monkeypatch.setattr("bitly_data.client.POLICY", RetryPolicy(tries=1))
    app = opened("overview", group="Acme", tz="UTC")
    assert len(errors(app)) == 1 and said(app) == []
    assert address(app) == {"group": ["Acme"], "tz": ["UTC"]}


def test_an_account_in_the_address_where_there_is_one_alone() -> None:
    app = opened("overview", account="Nobody", tz="UTC")
    assert accounts(app) is None
    assert said(app) == [
        "“account=Nobody” in the address was left out: there is no account of that name to choose."
    ]
    assert address(app) == {"tz": ["UTC"]}


# -- what another group or account does not have --------------------------------------------------


class Upstream:
    """A client that has one link, or nobody who answers."""

    def __init__(self, capabilities: Any = V4, *, answers: bool = True) -> None:
        self.capabilities, self.answers = capabilities, answers

    def has_link(self, link: str) -> bool:
        if not self.answers:
            raise AnswerError("Nobody answered.")
        return link == "bit.ly/Own"


ACCOUNT = Account("ann", ("go.ex.com",), ("ex.com",), ("ann",))
CHOSEN = Choices(
    domains=("go.ex.com", "no.ex.com", "ex.com"),
    login="bob",
    link="bit.ly/No",
    items=("bit.ly/Own", "bit.ly/No", "@ann", "@bob", "!", "no.ex.com", "ex.com"),
    units=7,
)


@pytest.mark.parametrize(
    ("capabilities", "items"),
    [
        (V4, ("bit.ly/Own", "@ann", "ex.com")),
        (V3, ("bit.ly/Own", "@ann", "!", "ex.com")),
    ],
)
def test_what_is_not_there_is_left_out(capabilities: Any, items: tuple[str, ...]) -> None:
    left = without_foreign(CHOSEN, cast(Client, Upstream(capabilities)), ACCOUNT)
    assert left == replace(
        CHOSEN, domains=("go.ex.com", "ex.com"), login=None, link=None, items=items
    )
    own = replace(CHOSEN, domains=(), login="ann", link="bit.ly/Own", items=())
    assert without_foreign(own, cast(Client, Upstream(capabilities)), ACCOUNT) == own


def test_a_link_stays_while_nobody_says_whose_it_is() -> None:
    left = without_foreign(CHOSEN, cast(Client, Upstream(answers=False)), ACCOUNT)
    assert left.link == "bit.ly/No"
    assert left.items == ("bit.ly/Own", "bit.ly/No", "@ann", "ex.com")
