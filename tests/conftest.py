"""What holds for every test: no settings of the machine, empty caches, no network."""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from bitly_data import cache
from bitly_data.settings import NAMES

# A file that is never there: the developer's own secrets.toml stays out of the tests.
os.environ["STREAMLIT_SECRETS_FILES"] = os.path.join(os.path.dirname(__file__), "no-secrets.toml")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--views",
        type=int,
        default=60,
        help="how many sampled views of the pages are counted once more",
    )
    parser.addoption(
        "--browser-views", type=int, default=12, help="how many of them in a real browser"
    )
    parser.addoption(
        "--zone-views",
        type=int,
        default=64,
        help="how many views around changes of clocks are counted once more",
    )
    parser.addoption(
        "--browser-zone-views", type=int, default=10, help="how many of them in a real browser"
    )
    parser.addoption(
        "--fuzz", type=int, default=20_000, help="how many inputs are made up for the parsers"
    )
    parser.addoption(
        "--v4-questions",
        type=int,
        default=12,
        help="how many questions v4 is asked on each plan at each moment",
    )
    parser.addoption(
        "--v4-views",
        type=int,
        default=5,
        help="how many views of the pages are compared with v3 on each plan at each moment",
    )
    parser.addoption(
        "--fault-sequences", type=int, default=2000, help="how many random sequences of faults"
    )


def is_loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            raise ConnectionRefusedError(f"a test reached for {address[0]}")
        return connect(self, address)

    return guarded


def _resolved_here(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: str | bytes | None, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_loopback(name):
            raise socket.gaierror(socket.EAI_NONAME, f"a test asked for the address of {name}")
        return resolve(host, *args, **kwargs)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Sockets reach this machine only; other names are not even looked up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", _resolved_here(socket.getaddrinfo))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_machine() -> Iterator[None]:
    """Fixtures of a module run before those of a test, so this holds for the whole session."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (*NAMES, "BITLY_SERVE_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setattr(sys, "argv", sys.argv[:1])  # the app reads options there
        yield


@pytest.fixture(scope="session", autouse=True)
def packages_looked_through_once() -> Iterator[None]:
    """Streamlit looks for components in all that is installed, for each page that is opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner,
            "scan_component_manifests",
            functools.cache(manifest_scanner.scan_component_manifests),
        )
        yield


@pytest.fixture(scope="module", autouse=True)
def no_connection_kept() -> Iterator[None]:
    """A connection is opened once a module: reading a click log takes its second."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def no_answer_kept() -> None:
    st.cache_data.clear()
    cache._answers().clear()
