"""The command `app`: where it listens, which settings hold, and what it says when it cannot."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from support import ROOT

from bitly_data import package_files
from bitly_data.cli import app as cli_app
from bitly_data.cli import main
from bitly_data.errors import QuestionError
from bitly_data.options import HANDED_TOKEN, read_token, source_arguments
from bitly_data.settings import NAMES

NOT_SHOWN = "runner.postScriptGC"
SETTINGS = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))
# What somebody may have for another app: it opens the app to everybody and shows tracebacks.
FOREIGN = """
[client]
showErrorDetails = "full"
[server]
address = "0.0.0.0"
[theme]
font = "monospace"
[theme.light]
primaryColor = "#ff0000"
chartCategoricalColors = ["#ff0000"]
"""
FOREIGN_ENVIRONMENT = {
    "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
    "STREAMLIT_THEME_DARK_PRIMARY_COLOR": "#ff0000",
}
PATIENCE = 60  # seconds; a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """An environment without settings, in which the package is found as an installed one is."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NAMES and not name.startswith("STREAMLIT_")
    }
    own = {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": str(ROOT),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    return kept | own | more


@contextmanager
def started(folder: Path, environment: dict[str, str], port: int) -> Iterator[subprocess.Popen]:
    """The dashboard, once it answers, started in a folder."""
    command = [sys.executable, "-m", "bitly_data", "app", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, env=environment) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield process
        finally:
            process.kill()


def wait_for(address: str, process: subprocess.Popen) -> None:
    until = monotonic() + PATIENCE
    while monotonic() < until:
        assert process.poll() is None, "the app ended"
        try:
            with urlopen(address, timeout=1) as answer:
                assert answer.read() == b"ok"
                return
        except (URLError, OSError):
            sleep(0.1)
    raise AssertionError("the app did not come up")


def listening(port: int) -> set[str]:
    """The addresses of this machine at which somebody listens on a port (proc_net_tcp(5))."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            _, local, _, state, *_ = line.split()
            address, _, at = local.partition(":")
            if state == "0A" and int(at, 16) == port:
                words = [address[start : start + 8] for start in range(0, len(address), 8)]
                packed = b"".join(bytes.fromhex(word)[::-1] for word in words)
                found.add(str(ip_address(packed)))
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists its sockets there")
@pytest.mark.parametrize("kind", ["empty", "foreign"])
def test_it_serves_this_machine_from_any_folder_and_ends_when_told(
    kind: str, tmp_path: Path
) -> None:
    folder, home, port = tmp_path / "here", tmp_path / "home", free_port()
    environment = surroundings(home)
    folder.mkdir()
    if kind == "foreign":
        write_foreign(folder, home)
        environment |= FOREIGN_ENVIRONMENT
    before = sorted(folder.rglob("*"))

    with started(folder, environment, port) as process:
        addresses = listening(port)
        process.terminate()
        code = process.wait(PATIENCE)

    assert addresses
    assert all(ip_address(address).is_loopback for address in addresses)
    assert code == 0
    assert sorted(folder.rglob("*")) == before


def write_foreign(*folders: Path) -> None:
    for folder in folders:
        (folder / ".streamlit").mkdir(parents=True)
        (folder / ".streamlit/config.toml").write_text(FOREIGN)


def test_its_settings_hold_against_those_of_folder_home_and_environment(tmp_path: Path) -> None:
    """Streamlit itself says which values hold, given the flags that the command gives it."""
    write_foreign(tmp_path / "here", tmp_path / "home")
    command = cli_app.streamlit_command(cli_app.streamlit_settings())
    flags = [word for word in command if word.startswith("--") and "=" in word]
    environment = surroundings(tmp_path / "home", **FOREIGN_ENVIRONMENT)

    def held(*flags: str) -> dict[str, object]:
        shown = subprocess.run(
            [sys.executable, "-m", "streamlit", "config", "show", *flags],
            cwd=tmp_path / "here",
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        # Before the first table is a line that should be a comment.
        return flat(tomllib.loads(shown[shown.index("[global]") :]))

    ours, others = held(*flags), held()

    assert others["server.address"] == "0.0.0.0"
    assert others["client.showErrorDetails"] == "full"
    assert others["theme.light.primaryColor"] == others["theme.dark.primaryColor"] == "#ff0000"
    assert ours.pop("server.headless") is True  # what is no setting of ours can be chosen
    wanted = flat(SETTINGS)
    # What Streamlit takes and shows nobody.
    assert f"--{NOT_SHOWN}={json.dumps(wanted.pop(NOT_SHOWN))}" in flags
    assert ours == wanted


def flat(table: dict, before: str = "") -> dict[str, object]:
    """Settings by their full names. A list that came in a flag is text until a page is drawn."""
    result: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            result |= flat(value, f"{before}{name}.")
        elif isinstance(value, str) and value.startswith("["):
            result[before + name] = json.loads(value)
        else:
            result[before + name] = value
    return result


def test_nobody_outside_sees_the_app_or_a_traceback() -> None:
    settings = cli_app.streamlit_settings()

    assert settings["server.address"] == "localhost"
    assert settings["client.showErrorDetails"] == "none"
    assert settings["browser.gatherUsageStats"] is False


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run in place of this process."""
    commands: list[list[str]] = []
    monkeypatch.setenv(HANDED_TOKEN, "")  # and so it is put back

    def become(command: list[str]) -> int:
        commands.append(list(command))
        return 0

    monkeypatch.setattr(cli_app, "_become", become)
    return commands


def test_the_app_is_handed_who_answers_as_after_two_hyphens(instead: list[list[str]]) -> None:
    words = ["--clicks", "a b.log", "--clicks", "c/*.gz", "--now", "latest", "--token=-x"]
    words += ["--tracking-domain", "example.com", "--plan", "core", "--api", "v4"]

    assert main(["app", *words]) == 0

    [command] = instead
    at = command.index("--")
    assert command[at - 1] == str(ROOT / "app.py")
    assert source_arguments().parse_args(command[at + 1 :]) == source_arguments().parse_args(words)
    assert not any(word.startswith("--server.port") for word in command)


@pytest.mark.parametrize("word", ["s3cret", "-"])
def test_a_token_is_not_among_the_words_of_the_app(
    word: str, instead: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_token.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.StringIO("s3cret\n"))

    assert main(["app", "--base-url", "http://127.0.0.1:8080", "--token", word]) == 0

    [command] = instead
    assert not any("s3cret" in part for part in command)
    assert command[-2:] == ["--base-url=http://127.0.0.1:8080", "--token=-"]
    # The app finds it in its environment, and what was piped in is gone.
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    read_token.cache_clear()
    assert source_arguments().parse_args(command[-2:]).token == "s3cret"


def test_an_empty_token_is_handed_on_as_it_is(instead: list[list[str]]) -> None:
    assert main(["app", "--token", ""]) == 0
    assert instead[0][-1] == "--token="
    assert os.environ[HANDED_TOKEN] == ""


def test_a_port_of_ones_own_is_used(instead: list[list[str]]) -> None:
    port = free_port()

    assert main(["app", "--port", str(port)]) == 0
    assert f"--server.port={port}" in instead[0]


@pytest.mark.parametrize("port", ["0", "-1", "65536"])
def test_what_is_no_port_is_refused(
    port: str, instead: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["app", f"--port={port}"]) == 2
    assert capsys.readouterr().err == (
        f"bitly_data: {port} is not a port: choose 1 to 65535, or leave --port out for one that "
        "is free.\n"
    )
    assert instead == []


def test_a_port_that_is_taken_is_one_sentence(
    instead: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["app", "--port", str(port)]) == 2

    assert capsys.readouterr().err == (
        f"bitly_data: Port {port} cannot be opened: choose another one, or leave --port out for "
        "one that is free.\n"
    )
    assert instead == []


def test_without_streamlit_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
    instead: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli_app.importlib.util, "find_spec", lambda name: None)

    assert main(["app"]) == 2
    assert capsys.readouterr().err == (
        "bitly_data: Streamlit is not installed here: install it with `pip install streamlit`.\n"
    )
    assert instead == []


def test_an_installation_without_its_settings_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Streamlit's own settings would open the app to everybody on the network."""
    monkeypatch.setattr(package_files, "_PACKAGED", tmp_path)

    with pytest.raises(QuestionError, match=r"config\.toml is missing"):
        cli_app.streamlit_settings()


def test_the_other_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--adress", "0.0.0.0"]) == 2
    assert capsys.readouterr().err == "bitly_data: There is no option --adress.\n"


def test_where_a_process_cannot_become_another_it_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        code = cli_app._become([sys.executable, "-c", "raise SystemExit(3)"])

    assert code == 3


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("/usr/bin/bitly-clicks", "bitly-clicks"),
        ("bitly_data/__main__.py", "python -m bitly_data"),
    ],
)
def test_the_help_shows_what_was_called(
    called: str,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    with pytest.raises(SystemExit):
        main(["--help"])

    assert capsys.readouterr().out.startswith(f"usage: {shown} [-h]")
