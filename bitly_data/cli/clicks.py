"""The commands `clicks` and `plan`: a question's rows, and what it costs before it is asked."""

from __future__ import annotations

import argparse
import os

from bitly_data import buckets
from bitly_data.cli.messages import (
    ReadingProgress,
    for_reader,
    locale_arguments,
    print_archive,
    print_import,
    print_message,
    write_out,
    write_text,
)
from bitly_data.client import Client
from bitly_data.coverage import COVERED, NOT
from bitly_data.errors import BitlyError, QuestionError
from bitly_data.options import Parser, source_arguments
from bitly_data.query import (
    ALL_TIME,
    DEFAULT_UNIT,
    DEFAULT_UNITS,
    LINK,
    MOMENT_EXAMPLES,
    ORGANIZATION,
    ClickQuery,
    meant_timezone,
    parse_moment,
)
from bitly_data.report.writers import WRITERS
from bitly_data.series import ClickSeries, at_the_moment_of, failed, side_by_side
from bitly_data.settings import Settings, settings_from
from bitly_data.sources.fetch_plan import plan_text


def add_clicks(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("clicks", help="print clicks as CSV or JSON")
    _add_targets(parser)
    parser.set_defaults(run=_clicks)


def add_plan(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("plan", help="what a question costs, before it is asked (v4)")
    _add_targets(parser)
    parser.set_defaults(run=_plan)


def _query_arguments() -> Parser:
    parser = Parser(add_help=False)
    parser.add_argument("--unit", default=DEFAULT_UNIT, help=", ".join(buckets.UNITS))
    parser.add_argument("--units", default=str(DEFAULT_UNITS), help="how many, or 'all'")
    parser.add_argument("--timezone", default="UTC", help="IANA name, or hours from -14 to 14")
    parser.add_argument(
        "--until",
        metavar="TIME",
        help="a moment in the newest bucket: a date or a time by ISO 8601, "
        "the seconds since 1970, or 'now' (default: now, or a click log's newest click)",
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
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="v4: ask for finished buckets that are kept once more",
    )
    parser.add_argument("--format", choices=sorted(WRITERS), default="csv")
    return parser


def _add_targets(parser: Parser) -> None:
    """What is counted: a link or an organization, and all that is asked about it."""
    targets = parser.add_subparsers(required=True, metavar="TARGET", dest="target")
    shared = [source_arguments(), _query_arguments(), locale_arguments()]
    link = targets.add_parser(LINK, parents=shared, help="clicks of one link")
    link.add_argument("link", metavar="LINK")
    link.add_argument(
        "--together",
        action="store_true",
        help="with the clicks by all other addresses of the link",
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
        "--group", metavar="NAME", help="v4: only this group (default: all groups together)"
    )
    organization.add_argument(
        "--each", action="store_true", help="one series a domain instead of their sum"
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """Who answers, by the options and the environment. Raises `QuestionError`."""
    names = (
        "clicks",
        "tracking_domain",
        "account",
        "now",
        "base_url",
        "token",
        "token_of",
        "endpoint",
        "wire",
        "api",
        "archive",
        "plan",
        "settling_hours",
    )
    return settings_from(os.environ, None, {name: getattr(options, name) for name in names})


def _opened(options: argparse.Namespace) -> tuple[ClickQuery, Client]:
    """The question, and who answers it; with a click log it ends at the newest click."""
    query = _query(options)  # a bad question is refused before anything is opened
    client = Client.open(settings_of(options), on_reading=ReadingProgress())
    client = _of_group(client, getattr(options, "group", None))
    if options.until is None and query.unit != "minute":
        query = query.replace(until=client.newest_click)
    return query, client


def _of_group(client: Client, name: str | None) -> Client:
    """The client that counts this group alone. Raises `QuestionError` where it is not there."""
    if name is None:
        return client
    names = client.groups()
    if name not in names:
        there = f"its groups are {', '.join(names)}" if names else "it has none to choose from"
        raise QuestionError(f"The account has no group {name[:40]!r}: {there}.")
    return client.of_group(name)


def _clicks(options: argparse.Namespace) -> bool:
    """Print the rows; whether something has no answer is the exit status."""
    query, client = _opened(options)
    if client.log is not None and client.log.has_problems:
        print_import(client.log)
    if options.refresh:
        client.ask_anew(_asked(query, client, options))
    series = _load_each(query, client) if getattr(options, "each", False) else [client.load(query)]
    if client.log is not None and client.settings.accounts and query.target == ORGANIZATION:
        print_message(client.log.whose)
    for note in dict.fromkeys(
        item.provenance.note for item in series if item.answered and item.provenance.note
    ):
        print_message(note)
    for text in dict.fromkeys(_log_text(item) for item in series):
        if text:
            print_message(text)
    print_archive(client.archive_notices)
    write_out(WRITERS[options.format].write(series, {}))
    missing = [item for item in series if not item.answered]
    for item in missing:
        print_message(f"bitly_data: {item.name} has no answer: {item.provenance.note}")
    return bool(missing)


def _log_text(series: ClickSeries) -> str:
    """How much of the range a click log has, where that is not all of it."""
    if series.coverage is None:
        return ""
    whole = series.edges[[0, -1]]
    (extent,), (words,) = series.coverage.extents(whole).tolist(), series.coverage.words(whole)
    if extent == COVERED:
        return ""
    has = "nothing" if extent == NOT else words.removesuffix(" in the log")
    return f"bitly_data: the click log has {has} of this range."


def _load_each(query: ClickQuery, client: Client) -> list[ClickSeries]:
    """The series of a question, one a domain as the page of comparison has them.

    One that has no answer is a failed series. Raises the error of the first if none has one.
    """
    domains = _domains(query, client)
    there: dict[str, ClickSeries] = {}
    errors: dict[str, BitlyError] = {}
    for domain in domains:
        try:
            there[domain] = client.load(query.replace(domains=(domain,)))
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


def _domains(query: ClickQuery, client: Client) -> tuple[str, ...]:
    """The domains that are shown one by one. Raises `BitlyError`."""
    if query.domains:
        return query.domains
    account = client.account()
    # A domain may be both; it has one series.
    domains = tuple(dict.fromkeys(account.short_domains + account.tracking_domains))
    if not domains:
        raise QuestionError("The organization has no domains to show one by one.")
    return domains


def _plan(options: argparse.Namespace) -> None:
    query, client = _opened(options)
    if not client.capabilities.lists:
        name = client.capabilities.name
        write_text(
            f"Asking {name} takes a few calls whatever the question is, so there is no plan.\n"
        )
        return
    queries = _asked(query, client, options)
    if options.refresh:
        client.ask_anew(queries)
    ways = [client.choices(one) for one in queries]
    for way in range(max(map(len, ways), default=0)):
        _print_plan(client, [way_of[min(way, len(way_of) - 1)] for way_of in ways])
    print_archive(client.archive_notices)


def _asked(query: ClickQuery, client: Client, options: argparse.Namespace) -> list[ClickQuery]:
    """The question, or with `--each` that of each domain. Raises `BitlyError`."""
    if not getattr(options, "each", False):
        return [query]
    return [query.replace(domains=(name,)) for name in _domains(query, client)]


def _print_plan(client: Client, queries: list[ClickQuery]) -> None:
    plan = client.source.plan(queries)
    if plan is None:
        return
    name = "Exact, from hourly lists" if queries[0].zone_days else "As it is asked"
    write_text(for_reader(f"{name}: {plan_text(plan)}\n"))
    if queries[0].zone_days and any(one.key.unit == "day" for one in plan.missing):
        write_text(
            "If the list of a day turns out to be too short, the lists of its hours come on top.\n"
        )


def _query(options: argparse.Namespace) -> ClickQuery:
    zone = meant_timezone(options.timezone)
    plain = ClickQuery(timezone=zone)  # the zone decides what a local time means
    return ClickQuery(
        target=options.target,
        link=getattr(options, "link", None),
        domains=tuple(getattr(options, "domain", None) or ()),
        login=getattr(options, "login", None),
        unit=options.unit,
        units=_units(options.units),
        timezone=zone,
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
        return parse_moment(text, query.zone)
    except ValueError:
        raise QuestionError(
            f"{text[:40]!r} is not a time: write {MOMENT_EXAMPLES}, or now."
        ) from None
