"""What holds for every test: no settings of the machine, empty caches, no network."""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
import tiers
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import local_script_runner

from bitly_data import cache
from bitly_data.settings import NAMES

# A file that is never there: the developer's own secrets.toml stays out of the tests.
os.environ["STREAMLIT_SECRETS_FILES"] = os.path.join(os.path.dirname(__file__), "no-secrets.toml")
LEFT_OUT = pytest.StashKey[dict[str, int]]()

LOOK_SECONDS = 0.005


def pytest_addoption(parser: pytest.Parser) -> None:
    tiers.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    tiers.settle(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput |= {"tier": node.config.option.tier, "seed": node.config.option.seed}


@pytest.hookimpl(trylast=True)  # so that the samples of one other parameter come together
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case a sample: `sampled(kind, argument, **how)` is `tiers.samples(kind, **how)`."""
    for mark in metafunc.definition.iter_markers("sampled"):
        kind, argument = mark.args
        metafunc.parametrize(argument, tiers.samples(metafunc.config, kind, **mark.kwargs))


@pytest.hookimpl(tryfirst=True)  # so that `-m slow` and `-m "not slow"` know all of them
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tiers.shorten(items)
    left_out = [item for item in items if tiers.leaves_out(config, item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
    config.stash[LEFT_OUT] = tiers.tally(left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All workers leave out the same."""
    if "left_out" in getattr(node, "workeroutput", {}):
        node.config.stash[LEFT_OUT] = node.workeroutput["left_out"]


def pytest_report_header(config: pytest.Config) -> str:
    return f"tier: {tiers.in_words(config)}"


@pytest.hookimpl(wrapper=True, tryfirst=True)  # below the list of what failed
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> Iterator[None]:
    yield
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for sentence in tiers.last_words(config, config.stash.get(LEFT_OUT, {}), skipped):
        terminalreporter.write_line(sentence)


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


@pytest.fixture(scope="session", autouse=True)
def pages_are_waited_for_patiently() -> Iterator[None]:
    """Streamlit looks a thousand times a second whether a page is done, which holds that up."""
    patient = SimpleNamespace(time=time.time, sleep=lambda _: time.sleep(LOOK_SECONDS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "time", patient)
        yield


@pytest.fixture(scope="session")
def demo_clicks(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Any]:
    """The demo's own log as a click log: the settings that name it, and the second count of it.

    Nobody writes to it, and it takes its seconds: it is made once for all modules.
    """
    from views import demo_environment

    return demo_environment(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module", autouse=True)
def no_connection_kept() -> Iterator[None]:
    """A connection is opened once a module: reading a click log takes its second."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def no_answer_kept(request: pytest.FixtureRequest) -> None:
    """Samples of one test share what is kept, as the pages of one visitor do."""
    global _kept_for
    test = getattr(request.node, "originalname", ""), request.node.path
    sampled = request.node.get_closest_marker("sampled") is not None
    if not sampled or test != _kept_for:
        st.cache_data.clear()
        cache._answers().clear()
    _kept_for = test if sampled else None


_kept_for: tuple[str, Any] | None = None
