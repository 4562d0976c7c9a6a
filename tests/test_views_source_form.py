"""Which sources can be chosen, and the settings that the form stands for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bitly_data.errors import QuestionError
from bitly_data.settings import BITLY_URL, CHOSEN_HERE, PLANS, Settings
from bitly_data.views.source_form import (
    BY_NAME,
    FACES,
    KINDS,
    FormValues,
    Situation,
    face_of,
    kind_of,
    kinds_for,
    settings_of,
)

SERVER = Settings(plan="core")
OWN = Settings(kind="server", base_url="https://own.example", token="own", api="v4")
HERE = Situation(SERVER, here=True)
TOKEN = "s3cret-t0ken"


def chosen(name: str, situation: Situation = HERE, **values: str) -> Settings:
    return settings_of(BY_NAME[name], FormValues(**values), situation)


def refused(name: str, situation: Situation = HERE, **values: str) -> str:
    with pytest.raises(QuestionError) as problem:
        chosen(name, situation, **values)
    assert TOKEN not in problem.value.user_message
    return problem.value.user_message


def test_what_is_offered() -> None:
    assert [kind.label for kind in KINDS] == ["Demo", "Click log", "Bitly (v4)", "A v3 server"]
    assert kinds_for(SERVER, here=True) == list(KINDS)
    assert "click log" not in [kind.name for kind in kinds_for(SERVER, here=False)]
    with_log = replace(SERVER, click_log=("a.log",))
    assert kinds_for(with_log, here=False) == list(KINDS)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(), "demo"),
        (Settings(kind="click log"), "click log"),
        (OWN, "v4"),
        (replace(OWN, api="v3"), "v3"),
        (Settings(kind="demo", api="v4"), "demo"),
    ],
)
def test_the_kind_of_settings(settings: Settings, name: str) -> None:
    assert kind_of(settings) is BY_NAME[name]


def test_a_face_is_an_api_and_a_plan() -> None:
    assert list(FACES) == ["v3", *(f"v4 {plan}" for plan in PLANS)]
    assert FACES["v3"].label == "v3" and FACES["v4 core"].label == "v4, plan Core"
    assert face_of(Settings(api="v3", plan="core")) == "v3"
    assert face_of(Settings(api="v4", plan="core")) == "v4 core"


def test_the_demo_and_its_face() -> None:
    found = chosen("demo", face="v4 growth")
    assert (found.kind, found.api, found.plan, found.why) == ("demo", "v4", "growth", CHOSEN_HERE)
    assert chosen("demo", face="v3").plan == "core"  # the server's


def test_a_click_log_of_lines_and_domains() -> None:
    lines = " a.log \n\n b.log"
    found = chosen("click log", face="v3", log=lines, tracking="x.ex, ,y.ex", accounts="ann , bob")
    assert found.accounts == ("ann", "bob")
    assert found.click_log == ("a.log", "b.log")
    assert found.tracking_domains == ("x.ex", "y.ex")
    assert refused("click log", face="v3", log=" \n").startswith("Give the path of a click log")
    elsewhere = Situation(replace(SERVER, click_log=("a.log",)))
    assert chosen("click log", elsewhere, face="v3", log="a.log").click_log == ("a.log",)
    assert "cannot name files" in refused("click log", elsewhere, face="v3", log="b.log")


def test_a_server_by_its_address_and_token() -> None:
    found = chosen("v4", token=TOKEN)
    assert (found.kind, found.api, found.base_url) == ("server", "v4", BITLY_URL)
    found = chosen("v3", address=" https://v3.example/ ", token=TOKEN)
    assert (found.api, found.base_url, found.token) == ("v3", "https://v3.example", TOKEN)
    assert refused("v3", token=TOKEN) == "Give the address of the v3 server."
    assert refused("v4") == "Paste an access token."


def test_a_tested_token_goes_to_its_own_address_only() -> None:
    tested = chosen("v4", address="https://one.example", token=TOKEN)
    after = replace(HERE, tested=tested)
    assert chosen("v4", after, address="https://one.example").token == TOKEN
    assert refused("v4", after, address="https://two.example") == "Paste an access token."
    assert refused("v3", after, address="https://one.example") == "Paste an access token."
    assert chosen("v4", after, address="https://two.example", token="other").token == "other"


def test_a_tested_demo_is_no_token() -> None:
    """The demo by v3 is not a v3 server that was tested."""
    after = replace(HERE, tested=chosen("demo", face="v3"))
    assert refused("v3", after, address="https://v3.example") == "Paste an access token."


def test_viewers_of_a_shared_server_send_it_to_known_addresses() -> None:
    shared = Situation(OWN)
    assert chosen("v4", shared, token=TOKEN).base_url == BITLY_URL
    assert chosen("v4", shared, address="https://own.example", token=TOKEN).base_url == OWN.base_url
    other = refused("v4", shared, address="https://other.example", token=TOKEN)
    assert "cannot make it call any address" in other


def test_a_repr_hides_the_token() -> None:
    assert TOKEN not in repr(FormValues(token=TOKEN))
    assert TOKEN not in repr(Situation(SERVER, chosen("v4", token=TOKEN)))
