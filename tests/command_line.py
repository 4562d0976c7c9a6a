"""What the tests of the command line share: a run's result and a small click log."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support import NOW, write_clicks

from bitly_data.cli import main

TOKEN = "s3cret-t0ken"
LINK = ["clicks", "link", "go.ex.com/Ab"]
ORGANIZATION = ["clicks", "organization"]


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


Run = Callable[..., Result]


def log_words(folder: Path) -> list[str]:
    """The words that name a small click log and stop the clock just after it."""
    path = write_clicks(folder / "clicks.log")
    whose = ["--tracking-domain", "shop.example", "--account", "ann", "--account", "bob"]
    return ["--clicks", path, "--now", f"{NOW}Z", *whose]


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process; the token is never in what it says."""

    def run(*words: str) -> Result:
        code = main(words)
        result = Result(code, *capsys.readouterr())
        assert TOKEN not in result.out + result.err
        return result

    return run


def check_refusal(result: Result, code: int, *parts: str) -> None:
    """One sentence on stderr, nothing on stdout."""
    assert (result.code, result.out) == (code, ""), result
    assert result.err.count("\n") == 1
    assert result.err.startswith("bitly_data: ")
    assert result.err.endswith(".\n")
    assert "Traceback" not in result.err
    for part in parts:
        assert part in result.err
