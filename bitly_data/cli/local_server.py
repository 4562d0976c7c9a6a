"""The commands `serve` and `demo`: a local Bitly server, and the demo as a click log."""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Mapping

from bitly_data import buckets
from bitly_data.cli.messages import (
    ReadingProgress,
    locale_arguments,
    print_import,
    print_message,
)
from bitly_data.errors import QuestionError
from bitly_data.options import ACCOUNT_HELP, Parser, token_of
from bitly_data.server import (
    GROUP_ORDER,
    GROUP_TS,
    PLANS,
    ZERO_DAYS,
    LocalBitly,
    ServerOptions,
    V4Policy,
    check_port,
    checked_clock,
    parse_clock,
    serve,
)
from bitly_data.settings import names_in


def add_serve(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("serve", parents=[locale_arguments()], help="a local Bitly server")
    parser.add_argument(
        "--clicks",
        action="append",
        default=[],
        metavar="PATH",
        help="a click log (file, folder or glob); may be repeated",
    )
    parser.add_argument(
        "--tracking-domain",
        action="append",
        default=[],
        metavar="D",
        help="a destination domain of the organization; may be repeated",
    )
    parser.add_argument(
        "--account", action="append", default=[], metavar="LOGIN", help=ACCOUNT_HELP
    )
    parser.add_argument("--store", metavar="FILE", help="keep the clicks in this file")
    parser.add_argument("--now", metavar="TIME", help="its clock: ISO 8601, or 'latest'")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--token",
        type=token_of,
        metavar="T",
        help="the only token that will do (default: that of BITLY_SERVE_TOKEN, then that of "
        "BITLY_ACCESS_TOKEN, else any). A list of processes (ps) shows it: set one of these "
        "instead, or give '-' to read it from standard input, one line",
    )
    parser.add_argument(
        "--plan",
        choices=PLANS,
        default="enterprise",
        help="v4: the plan that its account has (default enterprise)",
    )
    parser.add_argument(
        "--zero-days",
        choices=ZERO_DAYS,
        default="dense",
        help="v4: whether buckets without a click are listed (default dense)",
    )
    parser.add_argument(
        "--group-ts",
        choices=GROUP_TS,
        default="iso",
        help="v4: how a group's buckets are dated (default iso)",
    )
    parser.add_argument(
        "--group-order",
        choices=GROUP_ORDER,
        default="newest",
        help="v4: which of a group's buckets comes first (default newest)",
    )
    parser.add_argument(
        "--week-start",
        choices=buckets.WEEKDAYS,
        default="monday",
        help="v4: the first day of its weeks (v3's is Sunday)",
    )
    parser.add_argument(
        "--calls-used",
        type=int,
        default=0,
        metavar="N",
        help="v4: calls of this month that were made before",
    )
    parser.add_argument("--tls-cert", metavar="F")
    parser.add_argument("--tls-key", metavar="F")
    parser.set_defaults(run=_serve)


def add_demo(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "demo",
        parents=[locale_arguments()],
        help="write the demo organization as a click log",
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="packed if it ends in .gz")
    parser.add_argument("--now", metavar="TIME", help="the newest moment in it (ISO 8601)")
    parser.set_defaults(run=_demo)


def _serve(options: argparse.Namespace) -> None:
    check_port(options.port)  # before anything is read
    if options.token is not None and not options.token.strip():
        raise QuestionError("--token is empty: give it a value, or leave it out.")
    asked = server_options(options, os.environ)
    local = LocalBitly.open(
        asked,
        token=options.token or token_in(os.environ),
        on_progress=ReadingProgress(),
    )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    facts = local.log_facts()
    print_import(facts)
    if asked.accounts:
        print_message(facts.whose)
    serve(local, port=options.port, tls_cert=options.tls_cert, tls_key=options.tls_key)


def token_in(environment: Mapping[str, str]) -> str | None:
    """The token that the environment has for the server; `None` for none, so that any will do."""
    names = ("BITLY_SERVE_TOKEN", "BITLY_ACCESS_TOKEN")
    return next((text for name in names if (text := environment.get(name, "").strip())), None)


def server_options(options: argparse.Namespace, environment: Mapping[str, str]) -> ServerOptions:
    """What the command line and the environment say of the server; an option wins.

    The demo names its own accounts and tracking domains.
    """
    is_log = bool(options.clicks or options.store)
    named = environment if is_log else {}
    return ServerOptions(
        clicks=tuple(options.clicks),
        tracking_domains=tuple(options.tracking_domain)
        or names_in(named, "BITLY_TRACKING_DOMAINS"),
        accounts=tuple(options.account) or names_in(named, "BITLY_ACCOUNTS"),
        store=options.store,
        now=options.now,
        v4=_v4_policy(options),
    )


def _v4_policy(options: argparse.Namespace) -> V4Policy:
    return V4Policy(
        plan=options.plan,
        zero_days=options.zero_days,
        group_ts=options.group_ts,
        group_order=options.group_order,
        week_start=buckets.WEEKDAYS.index(options.week_start),
        calls_used=options.calls_used,
    )


def _demo(options: argparse.Namespace) -> None:
    # The generator brings pandas and numpy along; the other commands need not wait for it.
    from bitly_data.demo import write_log

    moment = checked_clock(time.time()) if options.now is None else parse_clock(options.now)
    try:
        count = write_log(options.out, moment)
    except OSError as problem:
        raise QuestionError(f"{options.out} cannot be written: {problem.strerror}.") from None
    print_message(f"{count:,} clicks written to {options.out}.")
