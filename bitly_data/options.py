"""The options that say who answers: the same for the command line and for the app."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NoReturn

from bitly_data.errors import QuestionError
from bitly_data.settings import APIS, ENDPOINTS, PLANS, WIRES

ACCOUNT_HELP = (
    "one of the click log's own accounts; may be repeated. The clicks on all other links are then "
    "other people's (default: all accounts are its own)"
)
# For a token: it stands on the first line of standard input.
STANDARD_INPUT: Final = "-"
# How the command `app` hands a token on to the process that it becomes. A list of processes shows
# the words of a command, not its environment.
HANDED_TOKEN: Final = "BITLY_HANDED_TOKEN"  # noqa: S105 - a name
# Longer than any token, and short enough for whatever was piped in by mistake [letters].
_MOST_LETTERS: Final = 10_000
_READING: Final = threading.Lock()


class Parser(argparse.ArgumentParser):
    """Raises `QuestionError` with one sentence for words that are off.

    Options are written out: half of a name would be taken for an option that it is not.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def parse_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> argparse.Namespace:
        """The options in `args`. Raises `QuestionError` for any word that is none of them."""
        options, rest = self.parse_known_args(args, namespace)
        if rest:
            self.error(_unknown(rest))
        return options

    def error(self, message: str) -> NoReturn:
        """What argparse calls; it would print the usage and end the process."""
        raise QuestionError(f"{message[:1].upper()}{message[1:]}.")


def _unknown(words: Sequence[str]) -> str:
    """What is wrong with words that belong to no option."""
    # Only the first name, and no other word: what follows `--tokn` is a token.
    name = next((word.split("=", 1)[0] for word in words if word.startswith("-")), None)
    if name is None:
        return "There is a word too many: every value is written after its option"
    return f"There is no option {name}"


def token_of(word: str) -> str:
    """The token that the word behind `--token` means: itself, or for `-` one that is read.

    Raises `QuestionError` where there is none to read, never with what was read.
    """
    if word != STANDARD_INPUT:
        return word
    with _READING:  # the pages of two people open at once
        return os.environ.get(HANDED_TOKEN, "").strip() or read_token()


@cache  # a process has one standard input, and the app reads its options for each page
def read_token() -> str:
    """The first line of standard input. A person who types it does not see it on the screen.

    Raises `QuestionError` where there is none.
    """
    try:
        if sys.stdin.isatty():
            line = getpass.getpass("Access token: ")
        else:
            line = sys.stdin.readline(_MOST_LETTERS)
    except (AttributeError, EOFError, OSError, ValueError):  # closed, or no text
        line = ""
    if not line.strip():
        raise QuestionError(
            "There is no token on standard input: --token - reads one line from it."
        )
    return line.strip()


def source_arguments() -> Parser:
    """The options that say who answers; the app takes the same ones after `--`."""
    parser = Parser(add_help=False)
    parser.add_argument(
        "--clicks",
        action="append",
        metavar="PATH",
        help="a click log (file, folder or glob); may be repeated",
    )
    parser.add_argument(
        "--tracking-domain",
        action="append",
        metavar="D",
        help="a destination domain of the click log's organization; may be repeated",
    )
    parser.add_argument("--account", action="append", metavar="LOGIN", help=ACCOUNT_HELP)
    parser.add_argument(
        "--now", metavar="TIME", help="the local server's clock, written as --until, or 'latest'"
    )
    parser.add_argument("--base-url", metavar="URL", help="another server than Bitly's own")
    parser.add_argument(
        "--token",
        type=token_of,
        metavar="T",
        help="its access token. A list of processes (ps) shows it: set BITLY_ACCESS_TOKEN instead, "
        "or give '-' to read it from standard input, one line",
    )
    parser.add_argument(
        "--token-of",
        metavar="NAME",
        help="the account whose token is used, by its name in BITLY_TOKENS (default: the first)",
    )
    parser.add_argument("--endpoint", choices=ENDPOINTS[1:], help="v3: force one link endpoint")
    parser.add_argument("--wire", choices=WIRES, help="v3: the format to ask for (default json)")
    parser.add_argument(
        "--api", choices=APIS, help="default: v4 for Bitly's own host, v3 for any other server"
    )
    parser.add_argument("--archive", metavar="FILE", help="v4: keep finished buckets in this file")
    parser.add_argument(
        "--settling-hours",
        metavar="N",
        help="v4: how long after its end a bucket's number may be final (default 48)",
    )
    parser.add_argument("--plan", choices=PLANS, help="the local server's plan in v4")
    return parser
