"""Who answers: the first that is set wins, and what cannot be used is refused with a sentence."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from bitly_data import cache, server
from bitly_data.errors import QuestionError
from bitly_data.settings import (
    BITLY_URL,
    CLICK_LOG,
    DEMO,
    PLANS,
    REMOTE,
    TOKENS,
    Settings,
    account_names,
    checked_base_url,
    settings_from,
)
from bitly_data.sources.bucket_store import SETTLING_SECONDS

LOG = {"BITLY_CLICK_LOG": "/data/clicks"}
TOKEN = {"BITLY_ACCESS_TOKEN": "secret-token"}
ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("environment", "command", "kind"),
    [
        ({}, {}, DEMO),
        (TOKEN, {}, REMOTE),
        (LOG | TOKEN, {}, CLICK_LOG),
        (LOG | TOKEN, {"token": "other"}, REMOTE),
        (LOG | TOKEN, {"clicks": ["/else"], "token": "other"}, CLICK_LOG),
        ({"BITLY_BASE_URL": "https://v3.example.com"}, {}, DEMO),
    ],
)
def test_the_first_that_is_set_wins(environment, command, kind):
    assert settings_from(environment, None, command).kind == kind


def test_a_secret_wins_over_the_environment_and_both_over_nothing():
    """Streamlit itself puts secrets over the environment, so nothing else could hold."""
    stored = {"BITLY_ACCESS_TOKEN": "stored", "BITLY_NOW": "latest", "OTHER": "x"}

    assert settings_from({}, stored).token == "stored"
    assert settings_from(TOKEN, stored).token == "stored"
    assert settings_from(TOKEN, {"BITLY_ACCESS_TOKEN": " "}).token == "secret-token"
    assert settings_from({}, stored).now == "latest"


def test_a_token_without_an_address_goes_to_bitly():
    assert settings_from(TOKEN).base_url == BITLY_URL


def test_a_token_of_the_environment_is_not_sent_to_an_address_of_the_command_line():
    chosen = settings_from(TOKEN, None, {"base_url": "https://elsewhere.example.com"})

    assert chosen.base_url == "https://elsewhere.example.com"
    assert chosen.token == ""


def test_the_token_is_not_in_the_repr():
    assert "secret-token" not in repr(settings_from(TOKEN))
    assert "secret-token" not in str(Settings(token="secret-token"))


def test_tracking_domains_are_comma_separated_and_the_command_line_wins():
    environment = LOG | {"BITLY_TRACKING_DOMAINS": "nasa.gov, noaa.gov,"}

    assert settings_from(environment).tracking_domains == ("nasa.gov", "noaa.gov")
    assert settings_from(environment, None, {"tracking_domain": ["x.org"]}).tracking_domains == (
        "x.org",
    )


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:8080",
        "https://v3.example.com",
    ],
)
def test_addresses_that_can_be_used(address):
    assert checked_base_url(address + "/") == address


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "ftp://127.0.0.1",
        "https://user:pass@example.com",
        "example.com",
        "https://example.com/v3",
        "https://example.com?x=1",
        "http://10.0.0.1",
        "https://[::1",
        "https://example.com:99999",
        "",
    ],
)
def test_addresses_that_cannot_be_used_are_refused_with_one_sentence(address):
    with pytest.raises(QuestionError) as caught:
        checked_base_url(address)

    assert caught.value.user_message.endswith(".")
    assert "pass" not in caught.value.user_message


@pytest.mark.parametrize("environment", [{"BITLY_ENDPOINT": "/v9"}, {"BITLY_WIRE": "yaml"}])
def test_unknown_endpoints_and_formats_are_refused(environment):
    with pytest.raises(QuestionError):
        settings_from(environment)


# -- what is set and blank, or of another type ----------------------------------------------------


@pytest.mark.parametrize("blank", ["", "  ", "\t\n"])
def test_a_blank_variable_counts_as_not_set(blank):
    blanks = dict.fromkeys(
        (
            "BITLY_ACCESS_TOKEN",
            "BITLY_CLICK_LOG",
            "BITLY_BASE_URL",
            "BITLY_NOW",
            "BITLY_TRACKING_DOMAINS",
        ),
        blank,
    )

    assert settings_from(blanks, {"BITLY_ACCESS_TOKEN": "stored"}).token == "stored"
    assert settings_from(blanks, {"BITLY_CLICK_LOG": "/stored"}).click_log == ("/stored",)
    assert settings_from(blanks, {"BITLY_NOW": "latest"}).now == "latest"
    assert settings_from(blanks, dict(blanks)) == settings_from({})
    assert settings_from(TOKEN, blanks).token == "secret-token"


def test_secrets_may_list_several_click_logs_and_tracking_domains():
    chosen = settings_from(
        {},
        {
            "BITLY_CLICK_LOG": ["/data/2012", " ", " /data/2013/*.gz "],
            "BITLY_TRACKING_DOMAINS": ["nasa.gov", "noaa.gov, usgs.gov", ""],
        },
    )

    assert chosen.kind == CLICK_LOG
    assert chosen.click_log == ("/data/2012", "/data/2013/*.gz")
    assert chosen.tracking_domains == ("nasa.gov", "noaa.gov", "usgs.gov")
    assert settings_from(LOG, {"BITLY_CLICK_LOG": ["/else"]}).click_log == ("/else",)
    assert settings_from({}, {"BITLY_CLICK_LOG": []}).kind == DEMO


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BITLY_CLICK_LOG", True),
        ("BITLY_CLICK_LOG", {"path": "hidden"}),
        ("BITLY_CLICK_LOG", ["/data", 5]),
        ("BITLY_CLICK_LOG", [["hidden"]]),
        ("BITLY_TRACKING_DOMAINS", [False]),
        ("BITLY_ACCESS_TOKEN", ["hidden"]),
        ("BITLY_ACCESS_TOKEN", {"hidden": "hidden"}),
        ("BITLY_ACCESS_TOKEN", False),
        ("BITLY_NOW", datetime(2013, 5, 17, tzinfo=UTC)),
        ("BITLY_BASE_URL", ["hidden"]),
    ],
)
def test_secrets_of_another_type_are_refused_by_name(name, value):
    for environment in ({}, TOKEN):
        with pytest.raises(QuestionError) as caught:
            settings_from(environment, {name: value})

        sentence = caught.value.user_message
        assert name in sentence and sentence.endswith(".")
        assert "hidden" not in sentence and "2013" not in sentence


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("token", ""),
        ("token", "  "),
        ("base_url", ""),
        ("clicks", ["/data", ""]),
        ("now", " "),
        ("tracking_domain", [""]),
    ],
)
def test_an_empty_option_is_not_taken_for_no_option(option, value):
    with pytest.raises(QuestionError, match=f"--{option.replace('_', '-')} is empty"):
        settings_from(TOKEN, None, {option: value})


# -- the file of secrets --------------------------------------------------------------------------


@pytest.fixture
def secrets_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Has Streamlit look for secrets in a folder of the test, and nowhere else."""
    monkeypatch.setattr(Secrets, "_maybe_install_file_watchers", lambda self: None)
    monkeypatch.setattr(st, "secrets", Secrets())
    before = config.get_option("secrets.files")

    def place(content: bytes | None, name: str = "secrets.toml") -> Path:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        config.set_option("secrets.files", [str(tmp_path / "none.toml"), str(path)])
        return path

    yield place
    config.set_option("secrets.files", before)
    for name in [name for name in os.environ if name.startswith("BITLY_")]:
        del os.environ[name]  # Streamlit puts secrets there


def test_no_file_of_secrets_is_no_secret(secrets_at):
    secrets_at(None)

    assert cache.settings() == settings_from({})


def test_secrets_are_read_from_the_file(secrets_at):
    secrets_at(b'BITLY_CLICK_LOG = ["/a", "/b"]\nBITLY_TRACKING_DOMAINS = "nasa.gov"\n[other]\nx=1')

    chosen = cache.settings()

    assert (chosen.click_log, chosen.tracking_domains) == (("/a", "/b"), ("nasa.gov",))


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b'BITLY_CLICK_LOG = "/a"\nBITLY_ACCESS_TOKEN = = "hidden"\n', "line 2"),
        (b"BITLY_ACCESS_TOKEN = hidden\n", "line 1"),
        (b'BITLY_ACCESS_TOKEN = "hidden\n', "line 1"),
        (b"hidden = 1\n\nhidden = 2\n", "line 3"),
        (b'x = """hidden', "its end"),
        (b'BITLY_ACCESS_TOKEN = "hidden\xff"\n', "UTF-8"),
    ],
)
def test_a_file_of_secrets_that_is_off_is_no_missing_one(secrets_at, content, part):
    path = secrets_at(content)

    with pytest.raises(QuestionError) as caught:
        cache.settings()

    sentence = caught.value.user_message
    assert path.name in sentence and "cannot be read" in sentence and part in sentence
    assert sentence.count("\n") == 0 and sentence.endswith(".")
    assert "hidden" not in sentence


def test_a_mended_file_of_secrets_is_read_at_once(secrets_at):
    secrets_at(b"BITLY_NOW = ")
    with pytest.raises(QuestionError):
        cache.settings()

    secrets_at(b'BITLY_NOW = "latest"')
    assert cache.settings().now == "latest"


def test_what_cannot_be_a_file_of_secrets(secrets_at):
    secrets_at(b"", "secrets.txt")
    with pytest.raises(QuestionError, match="cannot be read"):
        cache.settings()

    secrets_at(None, "folder.toml").mkdir()
    with pytest.raises(QuestionError, match=r"folder\.toml cannot be read"):
        cache.settings()


# -- the app's own options ------------------------------------------------------------------------


def test_the_app_takes_options_after_two_hyphens(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--clicks", "/a", "--clicks=/b", "--now", "latest"])

    assert (cache.settings().click_log, cache.settings().now) == (("/a", "/b"), "latest")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--clickss", "/a"], "--clickss"),
        (["--click", "/a"], "--click"),
        (["--tokn", "hidden"], "--tokn"),
        (["--toke=hidden"], "--toke"),
        (["--clicks", "/a", "hidden"], "a word too many"),
        (["--token"], "--token"),
        (["--token", ""], "--token is empty"),
    ],
)
def test_a_misspelt_option_is_refused(monkeypatch, words, part):
    monkeypatch.setattr(sys, "argv", ["app.py", *words])

    with pytest.raises(QuestionError) as caught:
        cache.settings()

    assert part in caught.value.user_message and "hidden" not in caught.value.user_message


def test_a_misspelt_option_is_said_on_the_page(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--clickss", "/a"])

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()

    (error,) = app.error
    assert error.value.startswith("There is no option") and "clickss" in error.value
    assert not app.metric


@pytest.mark.parametrize(
    "token",
    [
        "secret\udcff",
        "secr\u00e9t",
        "secret token",
        "secret\r\nX: y",
        "secret\0",
        "\u201csecret\u201d",
    ],
)
@pytest.mark.parametrize("on_the_line", [False, True])
def test_a_token_that_no_header_can_hold_is_refused_without_its_value(token, on_the_line):
    with pytest.raises(QuestionError) as caught:
        settings_from(
            {} if on_the_line else {"BITLY_ACCESS_TOKEN": token},
            command={"token": token} if on_the_line else None,
        )
    assert "secr" not in str(caught.value)
    assert "copy it anew" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://a b",
        "https://a\x7fb",
        "https://x\\\\y",
        "https://*.x",
        "https://a%2eb",
        "https://a,b",
    ],
)
def test_an_address_of_no_server_is_refused(url):
    with pytest.raises(QuestionError, match="BITLY_BASE_URL is a scheme, a host and a port"):
        settings_from({**TOKEN, "BITLY_BASE_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://b\u00fccher.example",
        "http://[::1]:8080",
        "https://a_b.example:8443",
        "http://127.0.0.1",
    ],
)
def test_an_address_of_a_server_stays_as_it_is(url):
    assert settings_from({**TOKEN, "BITLY_BASE_URL": url}).base_url == url


@pytest.mark.parametrize(
    ("given", "api"),
    [
        ({}, "v3"),
        ({"BITLY_ACCESS_TOKEN": "t"}, "v4"),
        ({"BITLY_ACCESS_TOKEN": "t", "BITLY_BASE_URL": "https://api-ssl.bitly.com:443"}, "v4"),
        ({"BITLY_ACCESS_TOKEN": "t", "BITLY_BASE_URL": "https://bitly.example"}, "v3"),
        ({"BITLY_ACCESS_TOKEN": "t", "BITLY_API": "v3"}, "v3"),
        ({"BITLY_CLICK_LOG": "a.log", "BITLY_API": "v4"}, "v4"),
    ],
)
def test_bitlys_own_host_is_asked_in_v4_and_any_other_in_v3(
    given: dict[str, str], api: str
) -> None:
    assert settings_from(given).api == api


def test_the_plans_to_choose_from_are_those_of_the_local_server() -> None:
    assert tuple(server.PLANS) == PLANS


def test_the_settling_time_is_a_whole_number_of_hours() -> None:
    assert (
        settings_from({}).settling_hours * 3600 == SETTLING_SECONDS
    )  # what a source has by itself
    assert settings_from({"BITLY_SETTLING_HOURS": "6"}).settling_hours == 6
    line = {"settling_hours": "0"}
    assert settings_from({"BITLY_SETTLING_HOURS": "6"}, None, line).settling_hours == 0
    for text in ("-1", "1.5", "two", "8785", "٣"):
        with pytest.raises(QuestionError, match="settling time is a whole number of hours, 0 to"):
            settings_from({"BITLY_SETTLING_HOURS": text})


# -- several accounts -----------------------------------------------------------------------------

TWO = {TOKENS: "Acme = s3cret-a; Zeta & Co.=s3cret=b ;"}


def test_several_accounts_are_chosen_by_their_names() -> None:
    assert account_names(TWO) == ("Acme", "Zeta & Co.")
    for account, token in (("", "s3cret-a"), ("Zeta & Co.", "s3cret=b"), ("Nobody", "s3cret-a")):
        found = settings_from(TWO, account=account)
        assert (found.kind, found.token, found.api) == (REMOTE, token, "v4")
        assert found.why == "BITLY_TOKENS is set" and "s3cret" not in repr(found)
        assert (
            found.account_label == f"{account or 'Acme'} at api-ssl.bitly.com"
            or account == "Nobody"
        )


def test_secrets_hold_them_as_a_table_in_its_order() -> None:
    table = {TOKENS: {"Zeta": " s3cret-z ", "Acme": "s3cret-a", "Nobody": " "}}
    assert account_names({}, table) == account_names(TWO, table) == ("Zeta", "Acme")
    assert settings_from({}, table).token == "s3cret-z"
    assert settings_from({}, {TOKENS: TWO[TOKENS]}, account="Acme").token == "s3cret-a"


def test_who_answers_where_more_is_set() -> None:
    assert settings_from(TWO | TOKEN).token == "s3cret-a"
    assert settings_from(TWO | LOG).kind == CLICK_LOG and account_names(TWO | LOG) == ()
    for line in ({"token": "other"}, {"clicks": ["/else"]}, {"token_of": "Acme"}):
        assert account_names(TWO, None, line) == ()
    assert settings_from(TWO, None, {"token": "other"}).name == ""
    assert account_names(TOKEN) == account_names({TOKENS: "Acme=s3cret"}) == ()
    assert settings_from({TOKENS: "Acme=s3cret"}).name == "Acme"
    there = settings_from(TWO | {"BITLY_BASE_URL": "https://v3.example.com"}, account="Acme")
    assert there.account_label == "Acme at v3.example.com"


def test_the_command_line_names_one() -> None:
    found = settings_from(TWO | LOG, None, {"token_of": "Zeta & Co."})
    assert (found.name, found.token) == ("Zeta & Co.", "s3cret=b")
    assert found.why == "--token-of is given"


@pytest.mark.parametrize(
    ("environment", "secrets", "line", "part"),
    [
        ({TOKENS: "s3cret"}, {}, {}, "Entry 1 of BITLY_TOKENS has no “=”"),
        ({TOKENS: "Acme=s3cret-a; s3cret"}, {}, {}, "Entry 2 of BITLY_TOKENS has no “=”"),
        ({TOKENS: "=s3cret"}, {}, {}, "Entry 1 of BITLY_TOKENS has no name"),
        ({TOKENS: f"{'s3cret' * 20}=x"}, {}, {}, "Entry 1 of BITLY_TOKENS has no name"),
        ({TOKENS: "s3cret=a;s3cret=b"}, {}, {}, "Entry 2 of BITLY_TOKENS has the name"),
        ({TOKENS: "Acme=s3cret s3cret"}, {}, {}, "a character that no token has"),
        ({}, {TOKENS: ["s3cret"]}, {}, "is not a table"),
        ({}, {TOKENS: {"Acme": 5}}, {}, "Entry 1 of [BITLY_TOKENS] in secrets.toml is not a text"),
        ({}, {TOKENS: {"Acme": {"s3cret": "x"}}}, {}, "Entry 1 of [BITLY_TOKENS]"),
        (TWO, {}, {"token_of": "s3cret-a"}, "its accounts are Acme, Zeta & Co."),
        ({}, {}, {"token_of": "s3cret-a"}, "it is not set"),
        (TWO, {}, {"token_of": "Acme", "base_url": "https://x.example"}, "leave out --token"),
    ],
)
def test_accounts_that_are_off_are_refused_without_a_value(environment, secrets, line, part):
    with pytest.raises(QuestionError) as problem:
        settings_from(environment, secrets, line)
    text = problem.value.user_message
    assert part in text and "s3cret" not in text and text.count(". ") == 0
