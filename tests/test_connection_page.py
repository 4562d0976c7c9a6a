"""The Connection page: what it says of each source, and asking somebody else for one session."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apptest
import pytest
from apptest import (
    EVERY_PAGE,
    address,
    again,
    captions,
    controls_of,
    errors,
    menu_is_whole,
    metrics,
    plain,
    said,
    table,
    tables,
)
from checks import CLOCK, group_ids, nobody, several
from streamlit.testing.v1 import AppTest
from support import NOW, served, write_clicks
from views import PAGES

from bitly_data import cache
from bitly_data.client import Client
from bitly_data.settings import CHOSEN_HERE, REMOTE, Settings
from pages.components import source_form

ANN_TOKEN, EVE_TOKEN = "ann-s3cret-t0ken", "eve-s3cret-t0ken"
EVE_CLICKS = (("2013-05-17T02:00:00", "eve.example/Xy", "eve", "http://shop.example/x", 7),)


def opened(place: str = "connection", **params: str) -> AppTest:
    return apptest.opened(place, timeout=60, **params)


def to(app: AppTest, place: str) -> AppTest:
    app.switch_page(EVERY_PAGE[place])
    return again(app)


def button(app: AppTest, key: str) -> Any:
    (found,) = [item for item in app.button if item.key == key]
    return found


def press(app: AppTest, key: str) -> AppTest:
    button(app, key).click()
    return again(app)


def fill(app: AppTest, kind: str, **values: str) -> AppTest:
    app.radio(key="c_kind").set_value(kind)
    again(app)
    for key, value in values.items():
        widget = (
            app.text_area
            if key == "c_log"
            else (app.selectbox if key == "c_face" else app.text_input)
        )
        found = token_input(app) if key == "c_token" else widget(key=key)
        found.set_value(value)
    return app


def token_input(app: AppTest) -> Any:
    (found,) = [item for item in app.text_input if item.label == "Access token"]
    return found


def good(app: AppTest) -> list[str]:
    return [plain(item.value) for item in app.success]


def facts(app: AppTest) -> str:
    return "\n".join(plain(item.value) for item in app.markdown)


def health(app: AppTest) -> dict[str, str]:
    (rows,) = tables(app, "Endpoint")
    return dict(zip(rows["Endpoint"], rows["State"], strict=True))


def everything(app: AppTest) -> str:
    """All that the page and its session would show or print, what Streamlit itself keeps too."""
    return (
        f"{protos(app._tree)} {app.query_params!r} {app.session_state.to_dict()!r} "
        f"{app.session_state._state._state!r}"
    )


def protos(node: Any) -> str:
    """What is sent to the browser, of a node and of all below it."""
    own = str(getattr(node, "proto", ""))
    return own + "".join(protos(child) for child in getattr(node, "children", {}).values())


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("logs")
    return {
        "ann": write_clicks(folder / "ann.log"),
        "eve": write_clicks(folder / "eve.log", EVE_CLICKS),
    }


@pytest.fixture(autouse=True)
def calls_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests of this file together ask more than an account may in a minute."""
    monkeypatch.setenv("BITLY_CALLS_PER_MINUTE", "5000")
    monkeypatch.setenv("BITLY_CALLS_PER_HOUR", "50000")


@pytest.fixture(scope="module")
def ann(logs: dict[str, str]) -> Iterator[str]:
    with served(
        *("--clicks", logs["ann"], "--now", f"{NOW}Z", "--token", ANN_TOKEN, "--plan", "core"),
        *("--account", "ann", "--account", "bob"),
    ) as address:
        yield address


@pytest.fixture(scope="module")
def eve(logs: dict[str, str]) -> Iterator[str]:
    with served("--clicks", logs["eve"], "--now", f"{NOW}Z", "--token", EVE_TOKEN) as address:
        yield address


# -- the report -----------------------------------------------------------------------------------


def test_the_demo_is_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", CLOCK)
    app = opened()
    assert metrics(app)["Calls left this month"] == "not given"
    assert metrics(app)["Endpoints that answer"] == "5 of 5"
    assert set(health(app).values()) == {"✓ ok"}
    assert "Short domains: aur.example" in facts(app).replace("**", "")
    assert "in 5 calls." in captions(app)
    assert menu_is_whole(app)
    assert not errors(app)


@pytest.mark.parametrize(
    ("plan", "month", "window"),
    [
        ("free", "986", "30 days"),
        ("core", "4,987", "30 days"),
        ("enterprise", "999,986", "730 days"),
    ],
)
def test_a_plan_is_shown(
    monkeypatch: pytest.MonkeyPatch, plan: str, month: str, window: str
) -> None:
    for name, value in (("BITLY_NOW", CLOCK), ("BITLY_API", "v4"), ("BITLY_PLAN", plan)):
        monkeypatch.setenv(name, value)
    st_clear()
    app = opened()
    assert metrics(app)["Calls left this month"] == month
    assert metrics(app)["History window"] == window
    walls = [name for name, state in health(app).items() if "not in the plan" in state]
    assert walls == ([] if plan == "enterprise" else ["/v4/groups/…/clicks"])
    assert errors(app) == []  # a wall is no fault
    assert f"as Bitly's v4 on the plan {plan.capitalize()}" in captions(app)
    assert ("by hour only 24 hours" in facts(app)) == (plan == "free")


def test_groups_and_organizations_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BITLY_NOW", CLOCK), ("BITLY_API", "v4"), ("BITLY_PLAN", "core")):
        monkeypatch.setenv(name, value)
    several(monkeypatch, groups=11, organizations=2)
    second = f"groups/{group_ids(11)[1]}"
    several(monkeypatch, groups=11, organizations=2, **{second: 403})
    st_clear()
    app = opened()
    (rows,) = tables(app, "Kind")
    assert rows["Kind"].tolist() == ["Group"] * 10 + ["Organization"] * 2
    assert rows["State"].tolist() == ["✓ ok", "✗ no answer", *["✓ ok"] * 10]
    assert rows["Calls left this month"].tolist()[:10] == [""] * 10
    assert rows["Calls left this month"].iloc[10] == metrics(app)["Calls left this month"]
    (error,) = errors(app)
    assert f"(group {rows['Name'].iloc[1]})" in error
    assert "Not asked: 1 more group, because a check asks at most 10 of each." in captions(app)


def st_clear() -> None:
    """A connection of its own, whose calls are counted from none."""
    import streamlit as st

    st.cache_resource.clear()


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_a_server_is_asked_by_the_button_only(
    monkeypatch: pytest.MonkeyPatch, ann: str, api: str
) -> None:
    for name, value in (
        ("BITLY_ACCESS_TOKEN", ANN_TOKEN),
        ("BITLY_BASE_URL", ann),
        ("BITLY_API", api),
    ):
        monkeypatch.setenv(name, value)
    app = opened()
    before = cache.client(cache.server_settings()).calls_left
    assert before is not None
    (info,) = app.info
    assert "Nothing was asked yet" in info.value
    assert not app.metric
    press(app, "c_check")
    assert "bob" in facts(app)
    assert f"account bob, by Bitly's {api}" in captions(app)
    assert button(app, "c_check").label == "Check again"
    assert metrics(app)["Calls left this hour"]
    assert "no answer" not in str(health(app))
    after = cache.client(cache.server_settings()).calls_left
    calls = before.hour - after.hour
    assert calls == {"v3": 5, "v4": 13}[api]
    again(app)
    assert not app.info and metrics(app)["Endpoints that answer"]  # kept
    assert cache.client(cache.server_settings()).calls_left.hour == after.hour
    assert ANN_TOKEN not in everything(press(app, "c_check"))
    assert cache.client(cache.server_settings()).calls_left.hour == after.hour - calls
    assert ("account bob, by Bitly's " + api) in captions(to(app, "overview"))


def test_a_server_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", ANN_TOKEN)
    monkeypatch.setenv("BITLY_BASE_URL", nobody())
    app = press(opened(), "c_check")
    (error,) = errors(app)
    assert "cannot be reached" in error and "/v3/user/info, /v3/user/link_history" in error
    assert metrics(app)["Endpoints that answer"] == "0 of 3"
    assert metrics(app)["Server's clock"] == "not known"


def test_a_wrong_token_is_told(monkeypatch: pytest.MonkeyPatch, ann: str) -> None:
    for name, value in (
        ("BITLY_ACCESS_TOKEN", ANN_TOKEN[::-1]),
        ("BITLY_BASE_URL", ann),
        ("BITLY_API", "v4"),
    ):
        monkeypatch.setenv(name, value)
    app = press(opened(), "c_check")
    assert any("token is not valid" in error for error in errors(app))
    assert "Account: not known" in facts(app).replace("**", "")


def test_a_source_that_cannot_be_opened_leaves_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_CLICK_LOG", "/no/such/file")
    app = opened()
    assert errors(app) == ["No click log is found at '/no/such/file'."]
    assert menu_is_whole(app)
    press(fill(app, "demo"), "c_use")
    assert not errors(app)
    assert f"because {CHOSEN_HERE}" in captions(app)
    assert table(to(app, "overview"))["Clicks"].sum() > 0


# -- asking somebody else -------------------------------------------------------------------------


def test_the_demo_by_v4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", CLOCK)
    app = press(fill(opened(), "demo", c_face="v4 growth"), "c_use")
    assert metrics(app)["History window"] == "134 days"
    assert (
        "as Bitly's v4 on the plan Growth, because you chose it on the Connection page"
        in captions(app)
    )
    to(app, "overview")
    assert "From /v4/groups/…/links/clicks/over_time" in captions(app)


def test_a_click_log(logs: dict[str, str]) -> None:
    app = fill(opened(), "click log", c_log=logs["eve"], c_tracking="shop.example")
    press(app, "c_test")
    assert good(app)[0].startswith("It opens. It covers 1 hour between 17 May 2013 02:00")
    assert "Demo data" in captions(app)  # a test changes nothing
    fill(app, "click log", c_log=logs["eve"], c_tracking="shop.example", c_accounts="ann, bob")
    press(app, "c_use")
    to(app, "overview")
    assert "A click log on a local Bitly server, because you chose it" in captions(app)
    assert "7 of the log's 7 clicks are on links of others" in captions(app)
    assert "No click is on a link of ann, bob." in captions(app)
    assert table(app)["Clicks"].iloc[0] == 7
    app = press(fill(opened(), "click log", c_log="/no/such/file"), "c_test")
    assert errors(app) == ["No click log is found at '/no/such/file'."]
    app = press(fill(opened(), "click log", c_log=" \n"), "c_test")
    assert errors(app) == ["Give the path of a click log: a file, a folder or a glob."]


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_a_server_is_tested_then_used_with_the_same_token(ann: str, api: str) -> None:
    app = press(fill(opened(), api, c_address=ann, c_token=ANN_TOKEN), "c_test")
    assert good(app) == ["It works: the token belongs to bob."]
    assert token_input(app).value == ""
    assert "Demo data" in captions(app)
    press(app, "c_use")  # the input is empty: it is the one just tested
    assert good(app) == ["From now on, this browser session uses the source that you chose."]
    assert f"by Bitly's {api}, because you chose it on the Connection page" in captions(app)
    to(app, "overview")
    assert ann.removeprefix("http://") in captions(app)
    assert not errors(app)
    assert button(to(app, "connection"), "c_back")
    press(app, "c_back")
    assert "Demo data" in captions(app) and "because no token" in captions(app)
    assert good(app) == ["This browser session uses this server's own source again."]
    assert not [item for item in app.button if item.key == "c_back"]
    assert "Demo data" in captions(to(app, "overview"))


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        ("v4", {"c_token": "x"}, "cannot be reached"),
        ("v4", {"c_token": ""}, "Paste an access token."),
        ("v4", {"c_token": "two words"}, "holds a character that no token has"),
        ("v4", {"c_token": "x", "c_address": "http://bitly.example"}, "only sent over https"),
        ("v4", {"c_token": "x", "c_address": "https://bitly.example/v4"}, "a scheme, a host and"),
        ("v3", {"c_token": "x", "c_address": ""}, "Give the address of the v3 server."),
    ],
)
def test_what_cannot_be_asked_has_one_sentence(
    kind: str, values: dict[str, str], sentence: str
) -> None:
    app = press(fill(opened(), kind, **values), "c_test")
    (error,) = errors(app)
    assert sentence in error
    assert good(app) == []
    assert token_input(app).value == ""


def test_a_token_that_is_refused_is_forgotten(ann: str) -> None:
    app = press(fill(opened(), "v4", c_address=ann, c_token="wrong-one"), "c_test")
    assert "token is not valid" in errors(app)[0]
    press(app, "c_use")
    assert errors(app) == ["Paste an access token."]
    assert "Demo data" in captions(app)


def test_a_tested_token_goes_to_no_other_address(ann: str, eve: str) -> None:
    app = press(fill(opened(), "v4", c_address=ann, c_token=ANN_TOKEN), "c_test")
    assert good(app)
    app.text_input(key="c_address").set_value(eve)
    press(app, "c_use")
    assert errors(app) == ["Paste an access token."]


def test_what_belonged_to_the_other_account_is_left_behind(ann: str) -> None:
    app = opened("connection", unit="week", domain="aur.example", login="!", link="bit.ly/abc")
    press(fill(app, "v4", c_address=ann, c_token=ANN_TOKEN), "c_use")
    assert address(app) == {"unit": ["week"]}
    assert all(
        "aur.example" not in link.proto.query_string for link in app.sidebar.get("page_link")
    )
    for place in PAGES:
        assert not errors(to(app, place)), place


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("place", sorted(PAGES))
def test_an_address_of_another_account_leaves_the_page_to_choose(
    monkeypatch: pytest.MonkeyPatch, ann: str, api: str, place: str
) -> None:
    for name, value in (
        ("BITLY_ACCESS_TOKEN", ANN_TOKEN),
        ("BITLY_BASE_URL", ann),
        ("BITLY_API", api),
    ):
        monkeypatch.setenv(name, value)
    app = opened(place, domain="aur.example", login="aurora_eu", link="nlj.example/zzzz")
    assert len(errors(app)) <= 1
    assert address(app)["domain"] == ["aur.example"]
    if place != "link":
        assert app.sidebar.multiselect(key="q_domains").value == ["aur.example"]
        app.sidebar.multiselect(key="q_domains").set_value([])
        app.sidebar.selectbox(key="q_login").set_value(None)
    else:
        assert "q_domains" not in controls_of(app)
        app.sidebar.selectbox(key="q_link").select_index(0)
    assert not errors(again(app))
    assert table(app)["Clicks"].sum() > 0


# -- one session and another ----------------------------------------------------------------------


def test_two_sessions_never_meet(ann: str, eve: str) -> None:
    first, second, third = opened(), opened(), opened()
    press(fill(first, "v4", c_address=ann, c_token=ANN_TOKEN), "c_use")
    press(fill(second, "v4", c_address=eve, c_token=EVE_TOKEN), "c_use")
    for place in ("overview", "link", "connection"):
        apps = [to(app, place) for app in (first, second, third)]
        if place == "connection":
            press(first, "c_check"), press(second, "c_check")
        seen = [
            everything(app)
            + captions(app)
            + facts(app)
            + str([item.value.to_string() for item in app.dataframe])
            for app in apps
        ]
        hosts = [address.removeprefix("http://") for address in (ann, eve)]
        for index, own in enumerate(hosts):
            assert [own in text for text in seen] == [at == index for at in range(3)], place
        assert [("eve.example" in text) for text in seen] == [False, True, False], place
        assert [("go.ex.com" in text) for text in seen] == [True, False, False], place
        assert "Demo data" in captions(third)
        assert all(token not in text for text in seen for token in (ANN_TOKEN, EVE_TOKEN))
    assert "account eve" in captions(to(second, "overview"))
    assert "account bob" in captions(to(first, "overview"))
    press(to(first, "connection"), "c_back")
    assert "Demo data" in captions(to(first, "overview"))
    assert "account eve" in captions(to(second, "overview"))


def test_a_token_is_nowhere(
    ann: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "archive.sqlite"
    monkeypatch.setenv("BITLY_ARCHIVE", str(file))
    for api in ("v3", "v4"):
        app = press(fill(opened(), api, c_address=ann, c_token=ANN_TOKEN), "c_test")
        assert ANN_TOKEN not in everything(app)
        press(app, "c_use")
        press(app, "c_check")
        for place in EVERY_PAGE:
            assert ANN_TOKEN not in everything(to(app, place)), place
        own = app.session_state[cache.OWN_SETTINGS]
        assert isinstance(own, Settings) and own.kind == REMOTE and own.token == ANN_TOKEN
        assert own.archive is None  # nothing of a session comes into the server's file
        texts = [value for value in app.session_state.values() if isinstance(value, str)]
        assert ANN_TOKEN not in texts
        wrong = press(fill(opened(), api, c_address=ann, c_token=f"{ANN_TOKEN}-not"), "c_test")
        assert errors(wrong) and ANN_TOKEN not in everything(wrong)
    out, err = capfd.readouterr()
    logged = "\n".join(
        f"{record.getMessage()} {record.args!r}"
        for record in caplog.records
        if not record.name.startswith("urllib3")
    )
    assert ANN_TOKEN not in out + err + logged
    assert not file.exists()


# -- a server that others may look at -------------------------------------------------------------


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_form, "is_on_this_machine", lambda: False)


def test_viewers_of_a_shared_server_name_no_file(
    shared: None, logs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Click log" not in opened().radio(key="c_kind").options
    monkeypatch.setenv("BITLY_CLICK_LOG", logs["ann"])
    app = opened()
    assert app.radio(key="c_kind").value == "click log"
    assert app.text_area(key="c_log").disabled
    assert "cannot name files" in captions(app)
    press(app, "c_use")  # the server's own
    assert not errors(app) and f"because {CHOSEN_HERE}" in captions(app)
    app = opened()
    app.session_state["c_log"] = logs["eve"]  # whatever the browser sends
    press(app, "c_use")
    assert "cannot name files" in errors(app)[0]
    assert "BITLY_CLICK_LOG is set" in captions(app)


def test_viewers_of_a_shared_server_send_it_nowhere(
    shared: None, ann: str, eve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(fill(opened(), "v4", c_address=ann, c_token=ANN_TOKEN), "c_test")
    assert "cannot make it call any address" in errors(app)[0]
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", EVE_TOKEN)
    monkeypatch.setenv("BITLY_BASE_URL", ann)
    app = press(fill(opened(), "v4", c_address=ann, c_token=ANN_TOKEN), "c_test")
    assert good(app) == ["It works: the token belongs to bob."]
    app = press(fill(opened(), "v4", c_address=eve, c_token=ANN_TOKEN), "c_test")
    assert "cannot make it call any address" in errors(app)[0]


# -- v4 on the other pages ------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["free", "core", "enterprise"])
@pytest.mark.parametrize("place", sorted(PAGES))
def test_every_page_by_v4(monkeypatch: pytest.MonkeyPatch, place: str, plan: str) -> None:
    for name, value in (("BITLY_NOW", CLOCK), ("BITLY_API", "v4"), ("BITLY_PLAN", plan)):
        monkeypatch.setenv(name, value)
    app = opened(place, units="7", tz="UTC", raw="1")
    if place != "compare":  # it may ask first whether to begin
        assert table(app)["Clicks"].sum() > 0
    assert not errors(app)
    assert menu_is_whole(app)


def test_every_page_of_a_log_without_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.log").write_text("")
    monkeypatch.setenv("BITLY_CLICK_LOG", str(tmp_path / "empty.log"))
    for place in PAGES:
        app = opened(place, tz="UTC", units="7")
        assert errors(app) == ["empty.log holds no clicks: it is empty."]
        assert not metrics(app)
        assert not app.exception


def test_every_page_of_a_log_without_clicks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By v4 as by v3: days that are not in the log, or what to choose, and no error."""
    (tmp_path / "empty.log").write_text('{"_heartbeat_": 1368788400}\n')
    monkeypatch.setenv("BITLY_CLICK_LOG", str(tmp_path / "empty.log"))
    shown: dict[str, list[object]] = {}
    for api in ("v3", "v4"):
        monkeypatch.setenv("BITLY_API", api)
        shown[api] = []
        for place in PAGES:
            app = opened(place, tz="UTC", units="7")
            assert not errors(app), (api, place)
            counts = [
                (rows["Clicks"].dropna().tolist(), rows["State"].tolist())
                for rows in tables(app, "State")
            ]
            shown[api] += [metrics(app), [item.value for item in app.info], counts]
    assert shown["v3"] == shown["v4"]
    assert shown["v4"][2] == [([], ["not_in_log"] * 7)]
    app = opened("overview", tz="UTC", units="7", login="nobody")  # as v4 calls the account
    assert not errors(app) and table(app)["Clicks"].isna().tolist() == [True] * 7
    app = opened()
    assert "Account: nobody" in facts(app).replace("**", "")
    assert not errors(app) and "no answer" not in str(health(app))


def test_v4_has_no_other_people_s_links_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", CLOCK)
    assert "other people's links" in opened("overview").selectbox(key="q_login").options
    monkeypatch.setenv("BITLY_API", "v4")
    app = opened("overview")
    assert "other people's links" not in app.selectbox(key="q_login").options
    assert "does not show other people's links" in app.selectbox(key="q_login").help
    app = opened("overview", login="!")
    assert "does not show other people's links" in errors(app)[0]


def test_as_v4_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", CLOCK)
    monkeypatch.setenv("BITLY_API", "v4")
    app = opened("overview", tz="America/New_York", units="5", raw="1")
    assert "Bitly's v4 counts in UTC and takes no time zone." in captions(app)
    assert "one offset" not in captions(app)


def test_v4_does_not_say_how_many_links_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", CLOCK)
    monkeypatch.setenv("BITLY_API", "v4")
    monkeypatch.setattr("bitly_data.client.MOST_LINKS", 20)
    app = opened("link", units="3")
    # Of the 20 that are listed some are one link by its hash and by its custom back-half.
    listed = re.search(
        r"The (\d+) newest links are listed; Bitly's v4 does not say how many "
        "there are.",
        captions(app),
    )
    assert listed
    number = int(listed[1])
    assert 10 < number <= 20
    (search,) = [item for item in app.text_input if item.key == "q_link_search"]
    assert search.placeholder == "in all links"
    search.set_value("a")
    assert re.search(r"More than \d+ links match.", captions(again(app)))
    assert not said(app)


def test_going_back_forgets_the_connection(ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = Client.open

    def opening(settings: Settings, **rest: Any) -> Client:
        made.append(settings.kind)
        return real(settings, **rest)

    monkeypatch.setattr(Client, "open", opening)
    app = press(fill(opened(), "v3", c_address=ann, c_token=ANN_TOKEN), "c_use")
    again(app)
    count = made.count(REMOTE)
    press(app, "c_back")
    press(fill(app, "v3", c_address=ann, c_token=ANN_TOKEN), "c_use")
    assert made.count(REMOTE) == count + 1
