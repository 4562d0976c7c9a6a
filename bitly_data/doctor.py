"""What a connection can do: whose it is, what it may still ask, and which endpoints answer.

A check asks each endpoint once and anew, past everything that is remembered, and tries none of
them again: a fault shall be seen. By v4 that is of one group and one organization; each of the
others takes one call more. No error ends it, and no token is part of what it says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar, cast

from bitly_data import buckets
from bitly_data.client import Client
from bitly_data.coverage import covered_text
from bitly_data.errors import BitlyError, duration_text
from bitly_data.query import LINK, ClickQuery
from bitly_data.settings import CLICK_LOG, DEMO, REMOTE, V3, V4
from bitly_data.sources.fetch_plan import Month, calls_text
from bitly_data.sources.model import Account
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.v4.account import endpoint_name, month_of
from bitly_data.sources.v4.counts import FIRST_DAYS, reach_of
from bitly_data.sources.v4.source import V4Source
from bitly_data.sources.wire import Request
from bitly_data.transport.client import Answer
from bitly_data.transport.rate_limit import Left
from bitly_data.transport.retry import RetryPolicy

T = TypeVar("T")

OK, WALL, FAILED, NOT_ASKED = "ok", "not in the plan", "no answer", "not asked"
# A check is watched by somebody, and a dozen calls follow each other.
PATIENCE = RetryPolicy(
    tries=1, connect_seconds=5.0, try_seconds=10.0, request_seconds=15.0, budget_seconds=1.0
)
# What the clock of an answer shows that bears no date [epoch s].
NO_DATE = 0
USED = "Calls this hour"
GROUP, ORGANIZATION = "group", "organization"
# So many groups, and so many organizations, are asked; each takes a call.
MOST_PARTS = 10
# What a check of one group and one organization costs at most, and what any does: so a page can
# say it before.
CALLS_OF_ONE = {V3: 5, V4: 14}
MOST_CALLS = {V3: CALLS_OF_ONE[V3], V4: CALLS_OF_ONE[V4] + 2 * (MOST_PARTS - 1)}
NO_LINK = "Not asked, as no link is known."


@dataclass(frozen=True)
class Health:
    """How one endpoint is: its state, how long its answer took, and what is wrong in a sentence.

    `milliseconds` is `None` where it was not asked.
    """

    endpoint: str
    state: str
    milliseconds: int | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Part:
    """A group or an organization of the account, and how its own endpoint is: a group's series,
    an organization's limits.

    The fields are those of `Health`; `month` is an organization's.
    """

    kind: str
    name: str
    state: str
    milliseconds: int | None = None
    sentence: str = ""
    month: Month | None = None


@dataclass(frozen=True)
class Window:
    """How far back clicks can be had in a unit: from `start` [epoch s] on, `count` of them.

    `whole`: nothing of what was asked for was cut off, so there may be more.
    """

    unit: str
    start: int
    count: int
    whole: bool = False

    @property
    def text(self) -> str:
        many = f"{self.count:,} {self.unit}{'' if self.count == 1 else 's'}"
        return f"{many} or more" if self.whole else many


@dataclass(frozen=True)
class Report:
    """What a check found. Texts of upstream are single lines; what it did not say is empty.

    `parts` are the groups and organizations that were asked, `month` is that of the first
    organization. `windows` is by day, and by hour where that differs. `clock_difference` is
    upstream's clock less ours [s], `None` where no answer bore a date. `archived` counts the kept
    buckets of the account; `None` where nothing is kept.
    """

    kind: str
    why: str
    host: str
    api: str
    checked_at: int
    login: str = ""
    name: str = ""
    organizations: tuple[tuple[str, str], ...] = ()  # name, plan
    groups: tuple[str, ...] = ()
    short_domains: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    month: Month | None = None
    hourly: tuple[v4.Limit, ...] = ()  # those of which something is used
    left: Left | None = None
    windows: tuple[Window, ...] = ()
    archive: str | None = None
    archived: int | None = None
    clock_difference: int | None = None
    clicks: str = ""  # what a local server's clicks are
    newest_click: int | None = None
    health: tuple[Health, ...] = ()
    parts: tuple[Part, ...] = ()
    calls: int = 0

    @property
    def is_healthy(self) -> bool:
        """Whether everything answers; that a plan lacks something is an answer, too."""
        states = [item.state for item in self.health] + [item.state for item in self.parts]
        return FAILED not in states


@dataclass
class _Visit:
    """One round of calls: what they found, and how each of them went."""

    connection: Client
    wall: Callable[[], float]
    timer: Callable[[], float]
    health: list[Health] = field(default_factory=list)
    clock_difference: int | None = None
    calls: int = 0
    now: int = NO_DATE  # upstream's clock [epoch s]

    def __post_init__(self) -> None:
        # Its clock is only used for answers without a date, which tell nothing of upstream's.
        self.upstream = replace(
            self.connection.source.upstream, policy=PATIENCE, clock=lambda: float(NO_DATE)
        )
        if self.connection.local is not None:
            self._sees(int(self.connection.local.clock()))

    def ask(
        self, request: Request, parse: Callable[[str, int, bytes], T], name: str | None = None
    ) -> T | None:
        """What an endpoint answers; `None`, and a line in the report, if it does not.

        Only the line of the first call to an endpoint is kept.
        """
        value, health = self.tried(request, parse, name or request.path)
        self.note(health)
        return value

    def tried(
        self, request: Request, parse: Callable[[str, int, bytes], T], name: str
    ) -> tuple[T | None, Health]:
        """The same, with the line apart."""
        began = self.timer()
        self.calls += 1
        try:
            value = self.upstream.ask(
                request.path, request.params, lambda answer: self._read(answer, parse)
            )
        except BitlyError as problem:
            state = WALL if problem.status == 402 else FAILED
            return None, Health(name, state, self._since(began), _line(problem.user_message))
        return value, Health(name, OK, self._since(began))

    def line(self, name: str) -> Health:
        """What is noted of an endpoint that was asked or left out."""
        return next(item for item in self.health if item.endpoint == name)

    def leave_out(self, name: str, why: str) -> None:
        self.note(Health(name, NOT_ASKED, None, why))

    def _read(self, answer: Answer, parse: Callable[[str, int, bytes], T]) -> T:
        if answer.date != NO_DATE:
            self._sees(answer.date)
        return parse(answer.path, answer.status, answer.body)

    def _sees(self, moment: int) -> None:
        if self.clock_difference is None:
            self.clock_difference = moment - int(self.wall())
        self.now = moment

    def note(self, health: Health) -> None:
        """Keep the line of an endpoint, if it is the first one."""
        if all(item.endpoint != health.endpoint for item in self.health):
            self.health.append(health)

    def _since(self, began: float) -> int:
        return max(round((self.timer() - began) * 1000), 0)


def examine(
    connection: Client,
    wall: Callable[[], float] = time.time,
    timer: Callable[[], float] = time.perf_counter,
) -> Report:
    """Check a connection, in at most `MOST_CALLS` calls; no error of an endpoint ends it.

    `wall` is this machine's clock [epoch s], `timer` a monotonic one [s].
    """
    visit = _Visit(connection, wall, timer)
    settings, source = connection.settings, connection.source
    report = Report(
        settings.kind,
        settings.why,
        settings.account_label if settings.kind == REMOTE else "in this process",
        settings.api,
        int(wall()),
    )
    report = (
        _examine_v4(visit, source, report)
        if isinstance(source, V4Source)
        else _examine_v3(visit, cast(V3Source, source), report)
    )
    if connection.local is not None:
        report = replace(
            report, newest_click=connection.local.newest_click(), clicks=clicks_text(connection)
        )
    return replace(
        report,
        left=connection.calls_left,
        health=tuple(visit.health),
        calls=visit.calls,
        clock_difference=visit.clock_difference,
    )


def _examine_v3(visit: _Visit, source: V3Source, report: Report) -> Report:
    account = visit.ask(v3.account_request(), v3.parse_account) or Account()
    page = visit.ask(v3.links_request(limit=1), v3.parse_links)
    ask = v3.ClicksRequest("day", 1, "0", None, rollup=True)

    def clicks(query: ClickQuery, endpoint: str = "auto") -> None:
        request = v3.clicks_request(query, ask, endpoint, source.wire)
        visit.ask(
            request, lambda path, status, body: v3.parse_clicks(path, status, body, source.wire)
        )

    link = page.links[0].link if page is not None and page.links else None
    for endpoint in (v3.LINK_CLICKS, v3.LINK_CLICKS_NAMED):
        if link is None:
            visit.leave_out(endpoint, NO_LINK)
        else:
            clicks(ClickQuery(target=LINK, link=link), endpoint)
    clicks(ClickQuery())
    return replace(
        report,
        login=_line(account.login),
        short_domains=account.short_domains,
        tracking_domains=account.tracking_domains,
        logins=tuple(map(_line, account.logins)),
    )


def _examine_v4(visit: _Visit, source: V4Source, report: Report) -> Report:
    user = visit.ask(Request(v4.USER, ()), v4.parse_user)
    groups = visit.ask(Request(v4.GROUPS, ()), v4.parse_groups) or []
    organizations = visit.ask(Request(v4.ORGANIZATIONS, ()), v4.parse_organizations) or []
    domains = visit.ask(Request(v4.BSDS, ()), v4.parse_domains) or ()
    default = user.default_group if user else ""
    windows, parts = _ask_groups(visit, sorted(groups, key=lambda group: group.guid != default))
    hourly = visit.ask(Request(v4.PLATFORM_LIMITS, ()), v4.parse_platform_limits) or []
    asked = _ask_organizations(visit, organizations)
    source.asked_elsewhere(visit.calls)
    return replace(
        report,
        login=_line(user.login) if user else "",
        name=_line(user.name) if user else "",
        organizations=tuple(
            (_line(item.name or item.guid), _line(item.tier)) for item in organizations
        ),
        groups=tuple(_line(group.name or group.guid) for group in groups),
        short_domains=domains,
        tracking_domains=source.tracking_domains,
        windows=windows,
        month=asked[0].month if asked else None,
        parts=(*parts, *asked),
        hourly=tuple(
            v4.Limit(_line(limit.name), limit.limit, limit.used) for limit in hourly if limit.used
        ),
        archive=visit.connection.settings.archive if report.kind == REMOTE else None,
        archived=source.keep(user.login).size() if user else None,
    )


def _ask_organizations(visit: _Visit, organizations: Sequence[v4.Organization]) -> tuple[Part, ...]:
    """Ask each for its limits; the first last, so that they hold the calls of this check, too."""
    name = f"{v4.ORGANIZATIONS}/…/plan_limits"
    if not organizations:
        visit.leave_out(name, "Not asked, as no organization is known.")
    parts: list[Part] = []
    for organization in reversed(organizations[:MOST_PARTS]):
        limits, health = visit.tried(
            v4.plan_limits_request(organization.guid), v4.parse_plan_limits, name
        )
        parts.insert(
            0,
            _part(
                ORGANIZATION, organization.name or organization.guid, health, month_of(limits or ())
            ),
        )
        if organization is organizations[0]:
            visit.note(health)
    return tuple(parts)


def _ask_groups(
    visit: _Visit, groups: Sequence[v4.Group]
) -> tuple[tuple[Window, ...], tuple[Part, ...]]:
    """Ask the first group everything, each of the others for its series; how far numbers go back.

    The history is that of the first group which tells one.
    """
    windows = _ask_group(visit, groups)
    ways = [visit.line(f"{v4.GROUPS}/…/{way}") for way in ("links/clicks/over_time", "clicks")]
    way = next((index for index, health in enumerate(ways) if health.state == OK), 0)
    parts: list[Part] = []
    for group in groups[:MOST_PARTS]:
        health = ways[way]
        if group is not groups[0]:
            span = v4.Span("day", 1 if windows else FIRST_DAYS)
            request = v4.group_clicks_requests(group.guid, span)[way]
            answer, health = visit.tried(request, v4.parse_counts, endpoint_name(request.path))
            if answer is not None and not windows:
                windows = _windows(visit, group.guid, way, span, answer)
        parts.append(_part(GROUP, group.name or group.guid, health))
    return windows, tuple(parts)


def _part(kind: str, name: str, health: Health, month: Month | None = None) -> Part:
    return Part(kind, _line(name), health.state, health.milliseconds, health.sentence, month)


def _ask_group(visit: _Visit, groups: Sequence[v4.Group]) -> tuple[Window, ...]:
    """Ask the first group and one of its links; how far back its numbers go."""
    link_ways = [f"{v4.PREFIX}/bitlinks/…/{way}" for way in ("clicks", "clicks/summary")]
    if not groups:
        for way in ("links/clicks/over_time", "clicks", "bitlinks/clicks", "bitlinks"):
            visit.leave_out(f"{v4.GROUPS}/…/{way}", "Not asked, as no group is known.")
        for name in link_ways:
            visit.leave_out(name, NO_LINK)
        return ()
    guid = groups[0].guid
    windows = _ask_series(visit, guid)
    span = v4.Span("day", 1)
    request = v4.sorted_request(guid, span)
    visit.ask(request, v4.parse_sorted, endpoint_name(request.path))
    request = v4.links_request(guid)
    page = visit.ask(request, v4.parse_links, endpoint_name(request.path))
    if page is None or not page[0]:
        for name in link_ways:
            visit.leave_out(name, NO_LINK)
        return windows
    link = page[0][0].link
    visit.ask(v4.link_clicks_request(link, span), v4.parse_counts, link_ways[0])
    visit.ask(
        v4.link_summary_request(link, span),
        lambda path, status, body: v4.parse_total(path, status, body, span),
        link_ways[1],
    )
    return windows


def _ask_series(visit: _Visit, guid: str) -> tuple[Window, ...]:
    """Both ways of a group's series; the history window by day, and by hour if it is another."""
    windows: tuple[Window, ...] = ()
    for way in range(2):
        # The history is asked of the first way that answers; the other is only knocked at.
        span = v4.Span("day", 1 if windows else FIRST_DAYS)
        answer = _ask_span(visit, guid, way, span)
        if answer is not None and not windows:
            windows = _windows(visit, guid, way, span, answer)
    return windows


def _windows(
    visit: _Visit, guid: str, way: int, span: v4.Span, answer: v4.Counts
) -> tuple[Window, ...]:
    """The history window by day from an answer by day, and by hour if it is another."""
    now = visit.now or int(visit.wall())
    today = now // buckets.DAY_SECONDS * buckets.DAY_SECONDS
    start, cut = reach_of(answer, span, today, buckets.DAY_SECONDS)
    if start > today:
        return ()
    days = Window("day", start, (today - start) // buckets.DAY_SECONDS + 1, whole=not cut)
    hours = _hours(visit, guid, way, days, answer, now)
    return (days,) if hours is None else (days, hours)


def _hours(
    visit: _Visit, guid: str, way: int, days: Window, by_day: v4.Counts, now: int
) -> Window | None:
    """How far back hours go; `None`: as far as days, or that could not be found out."""
    width = buckets.HOUR_SECONDS
    newest = days.start + buckets.DAY_SECONDS - width  # the last hour of the oldest day
    if newest + width > now:
        return None
    span = v4.Span("hour", 24, newest + width - 1)
    answer = _ask_span(visit, guid, way, span)
    if answer is None:
        return None
    start, cut = reach_of(answer, span, newest, width)
    # Some say that there were no clicks where they have no hours.
    emptied = bool(by_day.counts.get(days.start)) and not any(answer.counts.values())
    if not cut and not emptied:
        return None
    newest = now // width * width
    span = v4.Span("hour", (newest - days.start) // width + 1)
    answer = _ask_span(visit, guid, way, span)
    if answer is None:
        return None
    start, cut = reach_of(answer, span, newest, width)
    if not cut:  # the hours that are named are all there are
        start = min((at for at, count in answer.counts.items() if count), default=newest)
    return Window("hour", start, (newest - start) // width + 1) if start <= newest else None


def _ask_span(visit: _Visit, guid: str, way: int, span: v4.Span) -> v4.Counts | None:
    request = v4.group_clicks_requests(guid, span)[way]
    return visit.ask(request, v4.parse_counts, endpoint_name(request.path))


def clicks_text(connection: Client) -> str:
    """What the clicks of a local server are; empty for any other."""
    local = connection.local
    if local is None:
        return ""
    if connection.settings.kind == DEMO:
        return "The demo organization, made up for every moment up to now."
    read = f" {local.report.summary()}" if local.report.files else ""
    return covered_text(local.coverage().hours) + read


def whose(connection: Client) -> str:
    """One sentence on what a connection is good for, in one call. Raises `BitlyError`."""
    if connection.local is not None:
        return f"It opens. {clicks_text(connection)}"
    source = connection.source
    upstream = replace(source.upstream, policy=PATIENCE)
    if isinstance(source, V4Source):
        user = upstream.ask(
            v4.USER, (), lambda answer: v4.parse_user(answer.path, answer.status, answer.body)
        )
        return f"It works: the token is that of {_person(_line(user.login), _line(user.name))}."
    account = upstream.ask(
        v3.USER_INFO, (), lambda answer: v3.parse_account(answer.path, answer.status, answer.body)
    )
    if not account.login:
        return "It works; the server does not say whose the token is."
    return f"It works: the token is that of {_line(account.login)}."


# -- in words -------------------------------------------------------------------------------------


def source_name(report: Report) -> str:
    """Who answers, in words."""
    face = f"Bitly {report.api}"
    if report.kind == REMOTE:
        return f"{face} at {report.host}"
    return f"{'a click log' if report.kind == CLICK_LOG else 'demo data'} {report.host}, as {face}"


def clock_text(report: Report) -> str:
    """How far upstream's clock is from ours."""
    difference = report.clock_difference
    if difference is None:
        return "not known"
    if not difference:
        return "in step"
    apart = (
        f"{abs(difference)} s"
        if abs(difference) <= buckets.MINUTE_SECONDS
        else duration_text(abs(difference))
    )
    return f"{apart} {'ahead' if difference > 0 else 'behind'}"


def history_text(report: Report) -> str:
    """How far back numbers go."""
    if report.api != V4:
        return "not told by v3"
    if not report.windows:
        return "not known"
    days, *hours = report.windows
    since = "asked for back to" if days.whole else "from"
    by_hour = "; by hour only " + hours[0].text if hours else "; by hour as far"
    return f"{days.text} of UTC, {since} {_day(days.start)}{by_hour}"


def archive_text(report: Report) -> str:
    """Where finished buckets are kept, and how many there are."""
    if report.archived is None:
        return "nothing is kept" if report.api != V4 else "not known, as the account is not"
    place = report.archive or "in memory, until this process ends"
    return f"{place} ({_many(report.archived, 'bucket')} of this account)"


def facts(report: Report) -> list[tuple[str, str]]:
    """Everything but the endpoints, as label and text; what upstream has not said is left out.

    A label that is empty stands for the one before.
    """
    month, left = report.month, report.left
    months = [(item.name, item.month) for item in report.parts if item.month is not None]
    lines = [
        ("Source", f"{source_name(report)}, because {report.why}"),
        ("Clicks", report.clicks),
        ("Newest click", _moment(report.newest_click)),
        ("Account", _person(report.login, report.name) if report.login else "not known"),
        (
            "Organizations",
            "; ".join(
                f"{name}, plan {plan}" if plan else name for name, plan in report.organizations
            ),
        ),
        ("Groups", ", ".join(report.groups)),
        ("Short domains", ", ".join(report.short_domains)),
        ("Tracking domains", ", ".join(report.tracking_domains)),
        ("Logins", ", ".join(report.logins)),
        (
            "Calls this month",
            f"{month.left:,} of {month.limit:,} left"
            if month
            else "not told"
            if report.kind == REMOTE or report.api == V4
            else "",
        ),
        *[
            ("", f"{own.left:,} of {own.limit:,} left to {name}")
            for name, own in (months if len(months) > 1 else ())
        ],
        *[
            ("" if index else USED, f"{limit.used:,} of {limit.limit:,} used by {limit.name}")
            for index, limit in enumerate(report.hourly)
        ],
        ("By our own count", left_text(left) if left else ""),
        ("History window", history_text(report)),
        ("Archive", archive_text(report)),
        ("Upstream's clock", clock_text(report)),
    ]
    return [(label, text) for label, text in lines if text]


def left_text(left: Left) -> str:
    """What is left of the calls of a minute and of an hour."""
    return (
        f"{left.minute:,} of {left.per_minute:,} left this minute, "
        f"{left.hour:,} of {left.per_hour:,} this hour"
    )


def checked_text(report: Report) -> str:
    """When the check was, what it cost, and how many groups and organizations it left out."""
    known = {GROUP: len(report.groups), ORGANIZATION: len(report.organizations)}
    more = {kind: count - MOST_PARTS for kind, count in known.items() if count > MOST_PARTS}
    left_out = " and ".join(_many(count, f"more {kind}") for kind, count in more.items())
    return f"Checked at {_moment(report.checked_at)} in {calls_text(report.calls)}." + (
        f" Not asked: {left_out}, as a check asks {MOST_PARTS} of them." if more else ""
    )


def cost_text(api: str) -> str:
    """What a check costs, before it is made: `at most 5 calls`."""
    one, most = CALLS_OF_ONE[api], MOST_CALLS[api]
    return f"at most {one} calls" + (
        f", and one for each further group or organization ({most} in all)" if most > one else ""
    )


def to_text(report: Report) -> str:
    """The report as aligned plain text."""
    lines = facts(report)
    width = max(len(label) for label, _ in lines) + 2
    text = [f"{label:<{width}}{words}" for label, words in lines]
    text += _table("Endpoint", [(item.endpoint, item) for item in report.health])
    if report.parts:
        text += _table("Part", [(f"{item.kind} {item.name}", item) for item in report.parts])
    return "\n".join([*text, "", checked_text(report), ""])


def _table(head: str, rows: Sequence[tuple[str, Health | Part]]) -> list[str]:
    """An empty line, then a line for each by its name."""
    widths = [max(len(name) for name, _ in rows) + 2, max(len(item.state) for _, item in rows) + 2]
    lines = ["", f"{head:<{widths[0]}}{'State':<{widths[1]}}    ms"]
    for name, item in rows:
        took = "" if item.milliseconds is None else str(item.milliseconds)
        lines.append(
            f"{name:<{widths[0]}}{item.state:<{widths[1]}}{took:>6}  {item.sentence}".rstrip()
        )
    return lines


def to_json(report: Report) -> str:
    """The report as JSON, times in epoch seconds."""
    value = asdict(report) | {"is_healthy": report.is_healthy}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _person(login: str, name: str) -> str:
    return f"{login} ({name})" if name and name != login else login


def _line(text: str) -> str:
    """Somebody else's words as one line that a terminal can print."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")


def _moment(moment: int | None) -> str:
    return (
        "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y %H:%M UTC")
    )
