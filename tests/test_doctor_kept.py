"""What a check found is kept with the client's other answers."""

from __future__ import annotations

import pytest
from checks import CLOCK, opened

from bitly_data.client import Client
from bitly_data.doctor import kept as kept_module
from bitly_data.doctor import known_login, load_report


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """Each check that is made."""
    made: list[Client] = []
    examine = kept_module.examine

    def seen(client: Client) -> object:
        made.append(client)
        return examine(client)

    monkeypatch.setattr(kept_module, "examine", seen)
    return made


def test_a_report_is_made_once_and_says_why_to_each_reader(checks: list[Client]) -> None:
    with opened(BITLY_API="v4", BITLY_NOW=CLOCK) as client:
        assert load_report(client, "it is set", cached_only=True) is None
        assert known_login(client) == ""
        first = load_report(client, "it is set")
        again = load_report(client, "you chose it")
        assert first is not None
        assert again is not None
        assert (first.why, again.why) == ("it is set", "you chose it")
        assert first.health == again.health
        assert len(checks) == 1
        assert load_report(client, "it is set", cached_only=True) == first
        assert known_login(client) == first.login != ""


def test_it_can_be_made_anew(checks: list[Client]) -> None:
    with opened(BITLY_API="v4", BITLY_NOW=CLOCK) as client:
        load_report(client, "x")
        load_report(client, "x", anew=True)
        assert len(checks) == 2
