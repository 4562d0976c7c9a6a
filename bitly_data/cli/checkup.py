"""The command `doctor`: who answers, what the account may still ask, and what works."""

from __future__ import annotations

import argparse

from bitly_data import doctor
from bitly_data.cli.clicks import settings_of
from bitly_data.cli.messages import (
    ReadingProgress,
    for_reader,
    locale_arguments,
    write_out,
    write_text,
)
from bitly_data.client import Client
from bitly_data.options import Parser, source_arguments

WRITERS = {"text": lambda report: for_reader(doctor.to_text(report)), "json": doctor.to_json}


def add_doctor(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "doctor",
        parents=[source_arguments(), locale_arguments()],
        help="who answers, what the account may still ask, what works",
    )
    parser.add_argument("--format", choices=sorted(WRITERS), default="text")
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> bool:
    """Print the report; whether something does not answer is the exit status."""
    report = doctor.examine(Client.open(settings_of(options), on_reading=ReadingProgress()))
    text = WRITERS[options.format](report)
    if options.format == "json":
        write_out(text.encode())  # as a program expects JSON, whatever the console
    else:
        write_text(text)
    return not report.is_healthy
