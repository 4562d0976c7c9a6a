"""Who answers: the first that is set wins, and what cannot be used is refused with a sentence."""

import pytest

from bitly_data.errors import QuestionError
from bitly_data.settings import (
    BITLY_URL,
    CLICK_LOG,
    DEMO,
    REMOTE,
    Settings,
    checked_base_url,
    settings_from,
)

LOG = {"BITLY_CLICK_LOG": "/data/clicks"}
TOKEN = {"BITLY_ACCESS_TOKEN": "secret-token"}


@pytest.mark.parametrize(("environment", "command", "kind"), [
    ({}, {}, DEMO),
    (TOKEN, {}, REMOTE),
    (LOG | TOKEN, {}, CLICK_LOG),
    (LOG | TOKEN, {"token": "other"}, REMOTE),
    (LOG | TOKEN, {"clicks": ["/else"], "token": "other"}, CLICK_LOG),
    ({"BITLY_BASE_URL": "https://v3.example.com"}, {}, DEMO),
])
def test_the_first_that_is_set_wins(environment, command, kind):
    assert settings_from(environment, None, command).kind == kind


def test_the_environment_wins_over_secrets_and_both_over_nothing():
    stored = {"BITLY_ACCESS_TOKEN": "stored", "BITLY_NOW": "latest", "OTHER": "x"}

    assert settings_from({}, stored).token == "stored"
    assert settings_from(TOKEN, stored).token == "secret-token"
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
    assert settings_from(environment, None, {"tracking_domain": ["x.org"]}
                         ).tracking_domains == ("x.org",)


@pytest.mark.parametrize("address", [
    "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080", "https://v3.example.com",
])
def test_addresses_that_can_be_used(address):
    assert checked_base_url(address + "/") == address


@pytest.mark.parametrize("address", [
    "http://example.com", "ftp://127.0.0.1", "https://user:pass@example.com", "example.com",
    "https://example.com/v3", "https://example.com?x=1", "http://10.0.0.1", "https://[::1",
    "https://example.com:99999", "",
])
def test_addresses_that_cannot_be_used_are_refused_with_one_sentence(address):
    with pytest.raises(QuestionError) as caught:
        checked_base_url(address)

    assert caught.value.user_message.endswith(".")
    assert "pass" not in caught.value.user_message


@pytest.mark.parametrize("environment", [{"BITLY_ENDPOINT": "/v9"}, {"BITLY_WIRE": "yaml"}])
def test_unknown_endpoints_and_formats_are_refused(environment):
    with pytest.raises(QuestionError):
        settings_from(environment)
