"""The command line as a whole: its exit codes, and options that are off."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command_line import LINK, TOKEN, Run, check_refusal, runner

import bitly_data
from bitly_data.cli import main, parser
from bitly_data.errors import AnswerError, QuestionError
from bitly_data.server import ServerProblem


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([*LINK, "--click", "x"], "--click"),
        ([*LINK, "--tokn", TOKEN], "--tokn"),
        ([*LINK, f"--tok={TOKEN}"], "--tok"),
        (["serve", "--toke", TOKEN], "--toke"),
        ([*LINK, "--clicks", "x", TOKEN], "word too many"),
        ([*LINK, "--token", ""], "--token is empty"),
        (["serve", "--token", " "], "--token is empty"),
        (["demo", "--output", "x"], "--out"),
    ],
)
def test_an_option_that_does_not_exist(run: Run, words: list[str], part: str) -> None:
    check_refusal(run(*words), 2, part)


def test_a_command_and_what_it_counts_are_needed(run: Run) -> None:
    check_refusal(run(), 2, "COMMAND")
    check_refusal(run("clicks"), 2, "TARGET")
    check_refusal(run("nothing"), 2, "invalid choice", "nothing")


def test_every_command_is_there() -> None:
    text = parser().format_help()
    for command in ("app", "clicks", "plan", "doctor", "serve", "demo"):
        assert f"\n    {command} " in text


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/somewhere/bin/bitly-clicks", "bitly-clicks"),
        ("bitly-clicks.exe", "bitly-clicks"),
        ("/package/bitly_data/__main__.py", "python -m bitly_data"),
    ],
)
def test_the_help_shows_what_was_called(
    monkeypatch: pytest.MonkeyPatch, called: str, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    assert parser().format_usage().startswith(f"usage: {name} ")


def test_its_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == bitly_data.__version__


@pytest.mark.parametrize(
    ("outcome", "code", "words"),
    [
        (None, 0, ""),
        (False, 0, ""),
        (True, 1, ""),
        (7, 7, ""),
        (QuestionError("It is too long."), 2, "bitly_data: It is too long.\n"),
        (ServerProblem("No such log."), 2, "bitly_data: No such log.\n"),
        (AnswerError("The server is tired."), 1, "bitly_data: The server is tired.\n"),
    ],
)
def test_what_a_command_comes_to_is_the_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, outcome: object, code: int, words: str
) -> None:
    def command(_: object) -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("bitly_data.cli.clicks._clicks", command)
    assert run(*LINK) == (code, "", words)


def test_a_reader_that_has_seen_enough_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As with `| head -1`: nothing is said, and what is still to be written goes nowhere."""

    def command(_: object) -> object:
        raise BrokenPipeError

    monkeypatch.setattr("bitly_data.cli.clicks._clicks", command)
    with (tmp_path / "pipe").open("w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main(LINK) == 0
        pipe.write("the rest")
    assert (tmp_path / "pipe").read_text() == ""
