"""The command line: the pages' rows, what they cost, a local Bitly server, and the dashboard."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bitly_data import __version__
from bitly_data.cli import app, checkup, clicks, local_server
from bitly_data.cli.messages import (
    OutputProblem,
    flush_out,
    let_go,
    print_message,
    settle_streams,
    write_for,
)
from bitly_data.errors import BitlyError, ClickLogError, QuestionError
from bitly_data.options import Parser
from bitly_data.server import ServerProblem, UnreadableLog

DONE, FAILED_ANSWER, BAD_QUESTION = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 an answer failed, 2 the question was bad."""
    settle_streams()
    write_for(None)
    try:
        try:
            return _run(arguments)
        finally:
            flush_out()  # here, where it can be caught, and not when Python ends
    except BrokenPipeError:  # the reader (head, less) has seen enough
        let_go(sys.stdout)
        return DONE
    except OutputProblem as problem:
        let_go(sys.stdout)
        print_message(f"bitly_data: {problem}")
        return BAD_QUESTION


def _run(arguments: Sequence[str] | None) -> int:
    try:
        options = parser().parse_args(arguments)
        write_for(getattr(options, "locale", None))
        return options.run(options) or DONE
    except (ClickLogError, UnreadableLog) as problem:  # the question is good, the log is not
        print_message(f"bitly_data: {problem}")
        return FAILED_ANSWER
    except (QuestionError, ServerProblem) as problem:
        print_message(f"bitly_data: {problem}")
        return BAD_QUESTION
    except BitlyError as problem:
        print_message(f"bitly_data: {problem.user_message}")
        return FAILED_ANSWER


def parser() -> Parser:
    """All commands with their options."""
    whole = Parser(prog=_program(), description="Bitly clicks that can be trusted.")
    whole.add_argument("--version", action="version", version=__version__)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for add_command in (
        app.add_app,
        clicks.add_clicks,
        clicks.add_plan,
        checkup.add_doctor,
        local_server.add_serve,
        local_server.add_demo,
    ):
        add_command(commands)
    return whole


def _program() -> str:
    """What was called, as the help shows it."""
    return "bitly-clicks" if Path(sys.argv[0]).stem == "bitly-clicks" else "python -m bitly_data"
