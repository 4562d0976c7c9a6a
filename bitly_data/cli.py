"""The command line: the pages' rows, a local Bitly server, and the demo as a click log."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from bitly_data import __version__, buckets, doctor
from bitly_data.client import Client
from bitly_data.errors import BitlyError, QuestionError
from bitly_data.frames import to_frame
from bitly_data.options import Parser, source_arguments
from bitly_data.query import ALL_TIME, DEFAULT_UNIT, DEFAULT_UNITS, LINK, ORGANIZATION, ClickQuery
from bitly_data.report.tables import to_csv, to_json
from bitly_data.series import ClickSeries, at_the_moment_of, failed, side_by_side
from bitly_data.server import (
    ImportReport,
    LocalBitly,
    ServerOptions,
    ServerProblem,
    V4Policy,
    check_port,
    checked_clock,
    parse_clock,
    serve,
)
from bitly_data.server.v4_plans import GROUP_ORDER, GROUP_TS, PLANS, ZERO_DAYS
from bitly_data.settings import Settings, settings_from
from bitly_data.sources.fetch_plan import plan_text
from bitly_data.sources.v4.source import V4Source

DONE, FAILED_ANSWER, BAD_QUESTION = 0, 1, 2
WRITERS = {"csv": to_csv, "json": to_json}
REPORTS = {"text": doctor.to_text, "json": doctor.to_json}


def _query_arguments() -> Parser:
    parser = Parser(add_help=False)
    parser.add_argument("--unit", default=DEFAULT_UNIT, help=", ".join(buckets.UNITS))
    parser.add_argument("--units", default=str(DEFAULT_UNITS), help="how many, or 'all'")
    parser.add_argument("--timezone", default="UTC", help="IANA name, or hours from -14 to 14")
    parser.add_argument(
        "--until",
        metavar="TIME",
        help="a moment in the newest bucket: ISO 8601, "
        "an epoch second, or 'now' (default: now, or a click log's newest click)",
    )
    parser.add_argument("--rollup", action="store_true", help="one total instead of a series")
    parser.add_argument("--limit", metavar="N", help="at most so many buckets, 1 to 1000")
    parser.add_argument("--week-start", choices=buckets.WEEKDAYS, default="monday")
    parser.add_argument(
        "--as-answered",
        action="store_true",
        help="Bitly's own buckets, by its one offset and its weeks from Sunday",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="v4: days of the zone from hours, also where that takes many calls",
    )
    parser.add_argument("--format", choices=sorted(WRITERS), default="csv")
    return parser


def _parser() -> Parser:
    parser = Parser(prog="python -m bitly_data", description="Bitly clicks that can be trusted.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    clicks = commands.add_parser("clicks", help="print clicks as CSV or JSON")
    _add_targets(clicks)
    clicks.set_defaults(run=_clicks)
    plan = commands.add_parser("plan", help="what a question costs, before it is asked (v4)")
    _add_targets(plan)
    plan.set_defaults(run=_plan)
    check = commands.add_parser(
        "doctor",
        parents=[source_arguments()],
        help="who answers, what the account may still ask, what works",
    )
    check.add_argument("--format", choices=sorted(REPORTS), default="text")
    check.set_defaults(run=_doctor)
    _add_serve(commands)
    demo = commands.add_parser("demo", help="write the demo organization as a click log")
    demo.add_argument("--out", required=True, metavar="FILE", help="packed if it ends in .gz")
    demo.add_argument("--now", metavar="TIME", help="the newest moment in it (ISO 8601)")
    demo.set_defaults(run=_demo)
    return parser


def _add_targets(parser: Parser) -> None:
    """What is counted: a link or an organization, and all that is asked about it."""
    targets = parser.add_subparsers(required=True, metavar="TARGET", dest="target")
    shared = [source_arguments(), _query_arguments()]
    link = targets.add_parser(LINK, parents=shared, help="clicks of one link")
    link.add_argument("link", metavar="LINK")
    link.add_argument(
        "--together",
        action="store_true",
        help="v4: with the clicks by all other addresses of the link",
    )
    organization = targets.add_parser(
        ORGANIZATION, parents=shared, help="clicks of an organization"
    )
    organization.add_argument(
        "--domain", action="append", metavar="D", help="only this domain; may be repeated"
    )
    organization.add_argument(
        "--login", metavar="L", help="only this account; '!' for other people's links only"
    )
    organization.add_argument(
        "--each", action="store_true", help="one series a domain instead of their sum"
    )


def _add_serve(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = commands.add_parser("serve", help="a local Bitly server")
    parser.add_argument(
        "--clicks",
        action="append",
        default=[],
        metavar="PATH",
        help="a click log (file, folder or glob); may be repeated",
    )
    parser.add_argument("--tracking-domain", action="append", default=[], metavar="D")
    parser.add_argument("--store", metavar="FILE", help="keep the clicks in this file")
    parser.add_argument("--now", metavar="TIME", help="its clock: ISO 8601, or 'latest'")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--token",
        default=os.environ.get("BITLY_SERVE_TOKEN", "").strip() or None,
        help="the only token that will do (default: any); also from "
        "BITLY_SERVE_TOKEN, which keeps it out of process lists",
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 an answer failed, 2 the question was bad."""
    try:
        options = _parser().parse_args(arguments)
        return options.run(options) or DONE
    except (QuestionError, ServerProblem) as problem:
        _say(f"bitly_data: {problem}")
        return BAD_QUESTION
    except BitlyError as problem:
        _say(f"bitly_data: {problem.user_message}")
        return FAILED_ANSWER
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _say(line: str) -> None:
    """One line on standard error; what is in a name stays in it, and moves no terminal."""
    print(
        "".join(
            sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line
        ),
        file=sys.stderr,
    )


def _settings(options: argparse.Namespace) -> Settings:
    names = (
        "clicks",
        "tracking_domain",
        "now",
        "base_url",
        "token",
        "endpoint",
        "wire",
        "api",
        "archive",
        "plan",
    )
    return settings_from(os.environ, None, {name: getattr(options, name) for name in names})


def _opened(options: argparse.Namespace) -> tuple[ClickQuery, Client]:
    """The question, and who answers it; with a click log it ends at the newest click."""
    query = _query(options)  # a bad question is refused before anything is opened
    connection = Client.open(_settings(options))
    if options.until is None and query.unit != "minute":
        query = query.replace(until=connection.newest_click)
    return query, connection


def _clicks(options: argparse.Namespace) -> int:
    query, connection = _opened(options)
    if connection.local is not None and connection.local.report.has_problems:
        _print_report(connection.local.report)
    series = _asked(query, connection, each=getattr(options, "each", False))
    for note in dict.fromkeys(
        item.provenance.note for item in series if item.answered and item.provenance.note
    ):
        _say(note)
    sys.stdout.write(WRITERS[options.format](to_frame(series)))
    sys.stdout.flush()
    missing = [item for item in series if not item.answered]
    for item in missing:
        _say(f"bitly_data: {item.name} has no answer: {item.provenance.note}")
    return FAILED_ANSWER if missing else DONE


def _asked(query: ClickQuery, connection: Client, *, each: bool) -> list[ClickSeries]:
    """The series of a question; with `each`, one a domain as the page of comparison has them.

    Then one that has no answer is a failed series. Raises the error of the first if none has one.
    """
    if not each:
        return [connection.source.fetch(query)]
    domains = _domains(query, connection)
    there: dict[str, ClickSeries] = {}
    errors: dict[str, BitlyError] = {}
    for domain in domains:
        try:
            there[domain] = connection.source.fetch(query.replace(domains=(domain,)))
        except BitlyError as problem:
            errors[domain] = problem
        else:
            query = at_the_moment_of(there[domain], query)
    if not there:
        raise next(iter(errors.values()))
    now = next(iter(there.values())).provenance.fetched_at
    return side_by_side(
        [
            there[domain]
            if domain in there
            else failed(query.replace(domains=(domain,)), errors[domain].user_message, now)
            for domain in domains
        ],
        domains,
    )


def _domains(query: ClickQuery, connection: Client) -> tuple[str, ...]:
    """The domains that are shown one by one. Raises `BitlyError`."""
    if query.domains:
        return query.domains
    account = connection.source.fetch_account()
    # A domain may be both; it has one series.
    domains = tuple(dict.fromkeys(account.short_domains + account.tracking_domains))
    if not domains:
        raise QuestionError("The organization has no domains to show one by one.")
    return domains


def _plan(options: argparse.Namespace) -> None:
    query, connection = _opened(options)
    source = connection.source
    if not isinstance(source, V4Source):
        print("Asking v3 takes a few calls whatever the question is, so there is no plan.")
        return
    questions = [query]
    if getattr(options, "each", False):
        questions = [query.replace(domains=(name,)) for name in _domains(query, connection)]
    ways = [source.choices(question) for question in questions]
    for way in range(max(map(len, ways), default=0)):
        queries = [way_of[min(way, len(way_of) - 1)] for way_of in ways]
        name = "Exact, from hourly lists" if queries[0].zone_days else "As it is asked"
        plan = source.plan(queries)
        print(f"{name}: {plan_text(plan)}")
        if queries[0].zone_days and any(one.of.unit == "day" for one in plan.missing):
            print(
                "Where the list of a day turns out to be too short, those of its hours come on top."
            )


def _doctor(options: argparse.Namespace) -> int:
    report = doctor.examine(Client.open(_settings(options)))
    sys.stdout.write(REPORTS[options.format](report))
    sys.stdout.flush()
    return DONE if report.is_healthy else FAILED_ANSWER


def _query(options: argparse.Namespace) -> ClickQuery:
    plain = ClickQuery(timezone=options.timezone)  # the zone decides what a local time means
    return ClickQuery(
        target=options.target,
        link=getattr(options, "link", None),
        domains=tuple(getattr(options, "domain", None) or ()),
        login=getattr(options, "login", None),
        unit=options.unit,
        units=_units(options.units),
        timezone=options.timezone,
        until=parse_until(options.until, plain),
        rollup=options.rollup,
        limit=None if options.limit is None else _whole("limit", options.limit),
        week_start=buckets.WEEKDAYS.index(options.week_start),
        upstream_buckets=options.as_answered,
        zone_days=options.exact,
        all_addresses=getattr(options, "together", False),
    )


def _units(text: str) -> int:
    return ALL_TIME if text in ("all", str(ALL_TIME)) else _whole("number of units", text)


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise QuestionError(f"The {name} is a whole number, not {text[:40]!r}.") from None


def parse_until(text: str | None, query: ClickQuery) -> int | None:
    """The end of a range [epoch s]; a time without an offset is one of the query's zone."""
    if text is None or text == "now":
        return None
    try:
        if text.lstrip("-").isdigit():
            return int(text)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=query.zone)
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        raise QuestionError(
            f"{text[:40]!r} is not a time: write 2013-02-09T00:00:00Z, an epoch second, or now."
        ) from None


def _serve(options: argparse.Namespace) -> None:
    check_port(options.port)  # before anything is read
    if options.token is not None and not options.token.strip():
        raise QuestionError("--token is empty: give it a value, or leave it out.")
    local = LocalBitly.open(
        ServerOptions(
            clicks=tuple(options.clicks),
            tracking_domains=tuple(options.tracking_domain),
            store=options.store,
            now=options.now,
            v4=_v4_policy(options),
        ),
        token=options.token,
    )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    _print_report(local.report)
    serve(local, port=options.port, tls_cert=options.tls_cert, tls_key=options.tls_key)


def _v4_policy(options: argparse.Namespace) -> V4Policy:
    return V4Policy(
        plan=options.plan,
        zero_days=options.zero_days,
        group_ts=options.group_ts,
        group_order=options.group_order,
        week_start=buckets.WEEKDAYS.index(options.week_start),
        calls_used=options.calls_used,
    )


def _print_report(report: ImportReport) -> None:
    """What was read, and each line that could not be, on standard error."""
    if not report.files:
        return
    _say(report.summary())
    bad = report.bad_lines()
    for line in bad:
        _say(f"  {line}")
    if report.bad_count > len(bad):
        _say(f"  and {report.bad_count - len(bad):,} more")


def _demo(options: argparse.Namespace) -> None:
    # The generator brings pandas and numpy along; the other commands need not wait for it.
    from bitly_data.demo import write_log

    moment = checked_clock(time.time()) if options.now is None else parse_clock(options.now)
    try:
        count = write_log(options.out, moment)
    except OSError as problem:
        raise QuestionError(f"{options.out} cannot be written: {problem.strerror}.") from None
    _say(f"{count:,} clicks written to {options.out}.")
