"""What a check of Bitly v4 asks: account, groups, organizations, limits, and the ways to clicks.

Everything is asked of one group and one organization; each of the others takes one call more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bitly_data import buckets
from bitly_data.sources.bucket_store import BucketStore
from bitly_data.sources.check import (
    GROUP,
    MOST_PARTS,
    NO_LINK,
    OK,
    ORGANIZATION,
    CheckCost,
    EndpointUse,
    Findings,
    Health,
    Owner,
    Part,
    Probe,
    Window,
    answer_of,
    one_line,
)
from bitly_data.sources.fetch_plan import Month
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.v4.account import endpoint_name, month_of
from bitly_data.sources.v4.spans import FIRST_DAYS, reach_of
from bitly_data.transport.client import HttpClient
from bitly_data.transport.request import Request

# Six of the account (its limits among them), two ways to a group's series and up to two more calls
# for its hours, its list, its links, and two of a link.
_CALLS_OF_ONE = 14
COST = CheckCost(one=_CALLS_OF_ONE, most=_CALLS_OF_ONE + 2 * (MOST_PARTS - 1))
_PLAN_LIMITS = f"{v4.ORGANIZATIONS}/…/plan_limits"
# Both ways to a group's series, in the order of `group_clicks_requests`.
_SERIES_WAYS = tuple(f"{v4.GROUPS}/…/{way}" for way in ("links/clicks/over_time", "clicks"))
_LISTS = tuple(f"{v4.GROUPS}/…/{way}" for way in ("bitlinks/clicks", "bitlinks"))
_LINK_WAYS = tuple(f"{v4.PREFIX}/bitlinks/…/{way}" for way in ("clicks", "clicks/summary"))
_ONE_DAY = v4.Span("day", 1)


def check_account(
    probe: Probe, store_of: Callable[[str], BucketStore], tracking_domains: tuple[str, ...]
) -> Findings:
    """Ask each endpoint of v4 once.

    `store_of` gives the place for what was counted, by the account's id.
    """
    user = probe.ask(Request(v4.USER), v4.parse_user)
    groups = probe.ask(Request(v4.GROUPS), v4.parse_groups) or []
    organizations = probe.ask(Request(v4.ORGANIZATIONS, ()), v4.parse_organizations) or []
    domains = probe.ask(Request(v4.BSDS, ()), v4.parse_domains) or ()
    default = user.default_group if user else ""
    windows, group_parts = _ask_groups(
        probe, sorted(groups, key=lambda group: group.guid != default)
    )
    limits = probe.ask(Request(v4.PLATFORM_LIMITS, ()), v4.parse_platform_limits) or []
    organization_parts = _ask_organizations(probe, organizations)
    return Findings(
        owner=_owner(user) if user else Owner(),
        organizations=tuple(
            (one_line(item.name or item.guid), one_line(item.tier)) for item in organizations
        ),
        groups=tuple(one_line(group.name or group.guid) for group in groups),
        short_domains=domains,
        tracking_domains=tracking_domains,
        month=organization_parts[0].month if organization_parts else None,
        hourly=tuple(
            EndpointUse(one_line(limit.name), limit.limit, limit.used)
            for limit in limits
            if limit.used
        ),
        windows=windows,
        parts=(*group_parts, *organization_parts),
        keeps=True,
        archived=store_of(user.login).size() if user else None,
    )


def describe_owner(upstream: HttpClient) -> Owner:
    """Whose token it is, in one call. Raises `AnswerError`."""
    return _owner(answer_of(upstream, Request(v4.USER), v4.parse_user))


def _owner(user: v4.User) -> Owner:
    return Owner(one_line(user.login), one_line(user.name))


def _ask_organizations(probe: Probe, organizations: Sequence[v4.Organization]) -> tuple[Part, ...]:
    """Ask each for its limits; the first last, so that they hold the calls of this check, too."""
    if not organizations:
        probe.leave_out(_PLAN_LIMITS, "Not asked, as no organization is known.")
    parts: list[Part] = []
    for organization in reversed(organizations[:MOST_PARTS]):
        limits, health = probe.attempt(
            v4.plan_limits_request(organization.guid), v4.parse_plan_limits, _PLAN_LIMITS
        )
        name = organization.name or organization.guid
        parts.insert(0, _part(ORGANIZATION, name, health, month_of(limits or ())))
        if organization is organizations[0]:
            probe.note(health)
    return tuple(parts)


def _part(kind: str, name: str, health: Health, month: Month | None = None) -> Part:
    return Part(kind, one_line(name), health.state, health.milliseconds, health.sentence, month)


def _ask_groups(
    probe: Probe, groups: Sequence[v4.Group]
) -> tuple[tuple[Window, ...], tuple[Part, ...]]:
    """Ask the first group everything, each of the others for its series; how far numbers go back.

    The history is that of the first group which tells one.
    """
    windows = _ask_first_group(probe, groups)
    healths = [probe.noted(name) for name in _SERIES_WAYS]
    way = next((index for index, health in enumerate(healths) if health.state == OK), 0)
    parts: list[Part] = []
    for group in groups[:MOST_PARTS]:
        health = healths[way]
        if group is not groups[0]:
            series = _GroupSeries(probe, group.guid, way)
            span = _ONE_DAY if windows else v4.Span("day", FIRST_DAYS)
            request = series.request(span)
            answer, health = probe.attempt(request, v4.parse_counts, endpoint_name(request.path))
            if answer is not None and not windows:
                windows = series.windows(span, answer)
        parts.append(_part(GROUP, group.name or group.guid, health))
    return windows, tuple(parts)


def _ask_first_group(probe: Probe, groups: Sequence[v4.Group]) -> tuple[Window, ...]:
    """Ask the first group and one of its links; how far back its numbers go."""
    if not groups:
        for name in (*_SERIES_WAYS, *_LISTS):
            probe.leave_out(name, "Not asked, as no group is known.")
        _ask_link(probe, None)
        return ()
    guid = groups[0].guid
    windows = _ask_series(probe, guid)
    request = v4.sorted_request(guid, _ONE_DAY)
    probe.ask(request, v4.parse_sorted, endpoint_name(request.path))
    request = v4.links_request(guid)
    page = probe.ask(request, v4.parse_links, endpoint_name(request.path))
    _ask_link(probe, page[0][0].link if page is not None and page[0] else None)
    return windows


def _ask_link(probe: Probe, link: str | None) -> None:
    """Ask for a link's clicks, as a series and as a total; without one both are left out."""
    if link is None:
        for name in _LINK_WAYS:
            probe.leave_out(name, NO_LINK)
        return
    series, total = _LINK_WAYS
    probe.ask(v4.link_clicks_request(link, _ONE_DAY), v4.parse_counts, series)
    probe.ask(
        v4.link_summary_request(link, _ONE_DAY),
        lambda path, status, body: v4.parse_total(path, status, body, _ONE_DAY),
        total,
    )


def _ask_series(probe: Probe, guid: str) -> tuple[Window, ...]:
    """Both ways of a group's series; the history window by day, and by hour if it is another."""
    windows: tuple[Window, ...] = ()
    for way in range(len(_SERIES_WAYS)):
        series = _GroupSeries(probe, guid, way)
        # The history is asked of the first way that answers; of the other only whether it does.
        span = _ONE_DAY if windows else v4.Span("day", FIRST_DAYS)
        answer = series.ask(span)
        if answer is not None and not windows:
            windows = series.windows(span, answer)
    return windows


@dataclass(frozen=True)
class _GroupSeries:
    """One of the ways to a group's series, and how far back it goes."""

    probe: Probe
    guid: str
    way: int

    def request(self, span: v4.Span) -> Request:
        return v4.group_clicks_requests(self.guid, span)[self.way]

    def ask(self, span: v4.Span) -> v4.Counts | None:
        """The counts of a span, noted; `None` without an answer."""
        request = self.request(span)
        return self.probe.ask(request, v4.parse_counts, endpoint_name(request.path))

    def windows(self, span: v4.Span, by_day: v4.Counts) -> tuple[Window, ...]:
        """The history window by day from an answer by day, and by hour if it is another."""
        now = self.probe.now
        today = now // buckets.DAY_SECONDS * buckets.DAY_SECONDS
        start, cut = reach_of(by_day, span, today, buckets.DAY_SECONDS)
        if start > today:
            return ()
        days = Window("day", start, (today - start) // buckets.DAY_SECONDS + 1, whole=not cut)
        hours = self._hours(days, now) if self._has_fewer_hours(days, by_day, now) else None
        return (days,) if hours is None else (days, hours)

    def _has_fewer_hours(self, days: Window, by_day: v4.Counts, now: int) -> bool:
        """Whether the oldest day has no hours of its own, as far as that can be found out."""
        width = buckets.HOUR_SECONDS
        newest = days.start + buckets.DAY_SECONDS - width  # the last hour of the oldest day
        if newest + width > now:
            return False
        span = v4.Span("hour", 24, newest + width - 1)
        answer = self.ask(span)
        if answer is None:
            return False
        _, cut = reach_of(answer, span, newest, width)
        # Some say that there were no clicks where they have no hours.
        emptied = bool(by_day.counts.get(days.start)) and not any(answer.counts.values())
        return cut or emptied

    def _hours(self, days: Window, now: int) -> Window | None:
        """How far back hours go, where not as far as days; `None`: that was not found out."""
        width = buckets.HOUR_SECONDS
        newest = now // width * width
        span = v4.Span("hour", (newest - days.start) // width + 1)
        answer = self.ask(span)
        if answer is None:
            return None
        start, cut = reach_of(answer, span, newest, width)
        if not cut:  # the hours that are named are all there are
            start = min((at for at, count in answer.counts.items() if count), default=newest)
        return Window("hour", start, (newest - start) // width + 1) if start <= newest else None
