"""The options that say who answers: the same for the command line and for the app."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from bitly_data.errors import QuestionError
from bitly_data.settings import APIS, ENDPOINTS, PLANS, WIRES

ACCOUNT_HELP = (
    "one of the click log's own accounts; may be repeated. The clicks on all other links are then "
    "other people's (default: all accounts are its own)"
)


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
    parser.add_argument("--token", metavar="T", help="its access token")
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
