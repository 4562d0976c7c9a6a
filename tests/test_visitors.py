"""Who may look: whether only people at this machine see the app."""

from __future__ import annotations

import pytest

from bitly_data.visitors import PROXY_HEADERS, is_seen_here_only, is_set_up_for_others

OWN = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}


@pytest.mark.parametrize(
    ("bound", "headers", "here"),
    [
        ("localhost", {}, True),
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("", {}, False),
        ("0.0.0.0", {}, False),
        ("192.168.0.7", {}, False),
        ("localhost", OWN, True),
        ("::1", {"Host": "[::1]:8501", "Origin": "http://[::1]:8501"}, True),
        ("localhost", {"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}, True),
        ("", OWN, False),
        ("0.0.0.0", OWN, False),
        ("localhost", OWN | {"Host": "clicks.example"}, False),
        ("localhost", OWN | {"Origin": "https://clicks.example"}, False),
        # A program that says less than a browser does, through a proxy that says nothing.
        ("localhost", {"Host": "localhost:8501"}, False),
        ("localhost", {"Origin": "http://localhost:8501"}, False),
        ("localhost", OWN | {"Origin": "http://[::1"}, False),
        ("localhost", OWN | {"Origin": "null"}, False),
        ("localhost", OWN | {"Host": "[::1"}, False),
        *(
            ("localhost", OWN | {name: "10.0.0.9"}, False)
            for name in (
                *PROXY_HEADERS,
                "X-Forwarded-For",
                "X-Forwarded-Proto",
                "x-forwarded-server",
            )
        ),
    ],
)
def test_who_may_look(bound: str, headers: dict[str, str], here: bool) -> None:
    assert is_seen_here_only(bound, headers) == here


@pytest.mark.parametrize(
    ("option", "value", "others"),
    [
        ("browser.serverAddress", "clicks.example", True),
        ("browser.serverAddress", "127.0.0.1", False),
        ("browser.serverAddress", "", False),
        ("server.corsAllowedOrigins", ["https://clicks.example"], True),
        ("server.corsAllowedOrigins", ["http://localhost:3000"], False),
        ("server.enableCORS", False, True),
        ("server.baseUrlPath", "clicks", True),
    ],
)
def test_settings_of_an_app_behind_a_proxy(option: str, value: object, others: bool) -> None:
    import streamlit as st

    assert not is_set_up_for_others(st.get_option)  # as the app comes
    assert (
        is_set_up_for_others(lambda name: value if name == option else st.get_option(name))
        == others
    )
