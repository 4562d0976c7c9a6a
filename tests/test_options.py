"""The options that say who answers: the same words for the command line and for the app."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from bitly_data.errors import QuestionError
from bitly_data.options import HANDED_TOKEN, Parser, read_token, source_arguments
from bitly_data.settings import APIS, ENDPOINTS, PLANS, WIRES

EVERY = [
    "--clicks",
    "a.log",
    "--clicks",
    "b.log",
    "--tracking-domain",
    "x.org",
    "--tracking-domain",
    "y.org",
    "--account",
    "ann",
    "--account",
    "bob",
    "--now",
    "latest",
    "--base-url",
    "http://127.0.0.1:8080",
    "--token",
    "s3cret",
    "--token-of",
    "Acme",
    "--endpoint",
    "/link/clicks",
    "--wire",
    "xml",
    "--api",
    "v4",
    "--archive",
    "file.db",
    "--plan",
    "core",
    "--settling-hours",
    "24",
]


def refused(*words: str) -> str:
    with pytest.raises(QuestionError) as problem:
        source_arguments().parse_args(words)
    text = problem.value.user_message
    assert text[0].isupper() or text[0] == "-"
    assert text.endswith(".") and "\n" not in text
    assert "s3cret" not in text
    return text


def test_every_option_has_its_value() -> None:
    assert vars(source_arguments().parse_args(EVERY)) == {
        "clicks": ["a.log", "b.log"],
        "tracking_domain": ["x.org", "y.org"],
        "account": ["ann", "bob"],
        "now": "latest",
        "base_url": "http://127.0.0.1:8080",
        "token": "s3cret",
        "token_of": "Acme",
        "endpoint": "/link/clicks",
        "wire": "xml",
        "api": "v4",
        "archive": "file.db",
        "plan": "core",
        "settling_hours": "24",
    }


def test_what_is_not_given_is_not_set() -> None:
    assert set(vars(source_arguments().parse_args([])).values()) == {None}


@pytest.mark.parametrize(
    ("option", "words"),
    [("--endpoint", ENDPOINTS[1:]), ("--wire", WIRES), ("--api", APIS), ("--plan", PLANS)],
)
def test_a_choice_is_one_of_those_that_there_are(option: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert word in vars(source_arguments().parse_args([option, word])).values()
    text = refused(option, "none-such")
    assert option in text and all(word in text for word in words)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--click", "x"], "There is no option --click."),
        (["--tok", "s3cret"], "There is no option --tok."),
        (["--tokn=s3cret"], "There is no option --tokn."),
        (["--token", "s3cret", "s3cret"], "a word too many"),
        (["--clicks", "x", "--nothing", "s3cret", "--more"], "There is no option --nothing."),
        (["--token"], "--token"),
    ],
)
def test_words_that_are_off_are_one_sentence_without_their_values(
    words: list[str], part: str
) -> None:
    assert part in refused(*words)


def test_an_option_is_written_out() -> None:
    parser = Parser()
    parser.add_argument("--units")
    with pytest.raises(QuestionError, match="no option --unit"):
        parser.parse_args(["--unit", "3"])


def test_the_options_can_stand_beside_others() -> None:
    parser = Parser(parents=[source_arguments()])
    parser.add_argument("--port", type=int)
    options = parser.parse_args(["--port", "80", *EVERY])
    assert (options.port, options.plan) == (80, "core")
    with pytest.raises(QuestionError, match="invalid int value"):
        parser.parse_args(["--port", "many"])


# -- a token that no list of processes shows ------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing was read of standard input yet, and nothing handed on."""
    monkeypatch.setenv(HANDED_TOKEN, "")
    read_token.cache_clear()
    yield monkeypatch
    read_token.cache_clear()


def token_from(patch: pytest.MonkeyPatch, text: str) -> str:
    patch.setattr(sys, "stdin", io.StringIO(text))
    return source_arguments().parse_args(["--token", "-"]).token


@pytest.mark.parametrize("text", ["s3cret\n", "s3cret", "  s3cret \r\n", "s3cret\nanother\n"])
def test_a_token_is_read_from_one_line_of_standard_input(
    typed: pytest.MonkeyPatch, text: str
) -> None:
    assert token_from(typed, text) == "s3cret"
    assert text.partition("\n")[2] == sys.stdin.read()  # the rest is somebody else's
    # The app reads its options for each page, and the line is there once.
    assert source_arguments().parse_args(["--token=-"]).token == "s3cret"


@pytest.mark.parametrize("text", ["", "\n", "  \n", "\ns3cret\n"])
def test_no_token_on_standard_input_is_one_sentence(typed: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(QuestionError, match="no token on standard input") as problem:
        token_from(typed, text)
    assert "s3cret" not in problem.value.user_message
    assert token_from(typed, "s3cret\n") == "s3cret"  # a failure is not kept


def test_standard_input_that_is_closed_or_no_text(typed: pytest.MonkeyPatch) -> None:
    typed.setattr(sys, "stdin", None)
    assert "no token on standard input" in refused("--token", "-")
    typed.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), "utf-8"))
    assert "no token on standard input" in refused("--token", "-")


def test_who_types_a_token_does_not_see_it(typed: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed.setattr(sys, "stdin", Screen("wrong\n"))
    typed.setattr("getpass.getpass", lambda prompt: "s3cret" if prompt == "Access token: " else "")
    assert source_arguments().parse_args(["--token", "-"]).token == "s3cret"


def test_a_token_that_was_handed_on_wins(typed: pytest.MonkeyPatch) -> None:
    typed.setenv(HANDED_TOKEN, "handed")
    assert token_from(typed, "s3cret\n") == "handed"
    assert source_arguments().parse_args(["--token", "word"]).token == "word"


def test_the_help_says_how_a_token_stays_out_of_sight() -> None:
    text = " ".join(source_arguments().format_help().split())
    assert "BITLY_ACCESS_TOKEN" in text and "'-'" in text and "standard input" in text
