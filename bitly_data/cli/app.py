"""The command `app`: Streamlit on the app of this package, set up as the package has it."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from bitly_data.errors import QuestionError
from bitly_data.options import HANDED_TOKEN, STANDARD_INPUT, Parser, source_arguments
from bitly_data.package_files import app_script, config_file

_HIGHEST_PORT = 65_535  # sixteen bits in TCP


def add_app(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "app",
        parents=[source_arguments()],
        help="open the dashboard in a browser, on this machine only",
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help="default: 8501, or the next one that is free"
    )
    parser.set_defaults(run=_app)


def _app(options: argparse.Namespace) -> int:
    settings = streamlit_settings()
    if importlib.util.find_spec("streamlit") is None:
        raise QuestionError(
            "Streamlit is not installed here: install it with `pip install streamlit`."
        )
    if options.port is not None:
        _check_port(settings["server.address"], options.port)
        settings["server.port"] = options.port
    if options.token is not None and options.token.strip():
        os.environ[HANDED_TOKEN] = options.token
    return _become(streamlit_command(settings, source_words(options)))


def streamlit_settings() -> dict[str, Any]:
    """The settings of Streamlit as the package has them, by their full names.

    Raises `QuestionError` where the file is not there.
    """
    try:
        text = config_file().read_text("utf-8")
    except OSError:
        raise QuestionError(
            f"{config_file()} is missing, so this installation is not whole: install it again."
        ) from None
    return dict(_flat(tomllib.loads(text)))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def streamlit_command(settings: Mapping[str, Any], words: Sequence[str] = ()) -> list[str]:
    """The words that start Streamlit on the app.

    Settings go as flags, which win over a config.toml in the current folder or at home and over
    the environment. What is no setting of ours can be set there as usual.
    """
    # -P: a file `pandas.py` in the current folder is not ours to import.
    command = [sys.executable, "-P", "-m", "streamlit", "run"]
    command += [f"--{name}={_flag_text(value)}" for name, value in settings.items()]
    return [*command, str(app_script()), "--", *words]


def _flag_text(value: Any) -> str:
    """A value as Streamlit reads it in a flag: text as it is, a list or a switch as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def source_words(options: argparse.Namespace) -> list[str]:
    """The options that say who answers, as words for the app; a token goes another way."""
    words = []
    for name in vars(source_arguments().parse_args([])):
        given = getattr(options, name)
        if name == "token" and given is not None and given.strip():
            given = STANDARD_INPUT
        values = given if isinstance(given, list) else [given]
        words += [f"--{name.replace('_', '-')}={one}" for one in values if one is not None]
    return words


def _check_port(address: str, port: int) -> None:
    """Raises `QuestionError` for a number that no port has, and for a port that is taken.

    Streamlit would say so in its log, in words of its own.
    """
    if not 1 <= port <= _HIGHEST_PORT:
        raise QuestionError(
            f"{port} is not a port: choose 1 to {_HIGHEST_PORT}, or leave --port out for one that "
            "is free."
        )
    with closing(socket.socket()) as probe:
        if os.name == "posix":  # as Streamlit does: a port that was used a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            raise QuestionError(
                f"Port {port} cannot be opened: choose another one, or leave --port out for one "
                "that is free."
            ) from None


def _become(command: list[str]) -> int:
    """Run a command in place of this process, so that signals and the exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - our own words, and no shell reads them
    return subprocess.call(command)  # noqa: S603 - as above; elsewhere a process cannot become one
