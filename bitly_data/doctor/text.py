"""What a check found, in words: a fact a line, an aligned report, and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from bitly_data import buckets
from bitly_data.doctor.report import Report
from bitly_data.errors import duration_text
from bitly_data.settings import CLICK_LOG, REMOTE
from bitly_data.sources.check import GROUP, MOST_PARTS, ORGANIZATION, CheckCost, Health, Owner, Part
from bitly_data.sources.fetch_plan import calls_text
from bitly_data.transport.rate_limit import Left

# Labels of facts that a page shows otherwise.
CALLS_THIS_MONTH, USED, CLOCK = "Calls this month", "Calls this hour", "Server's clock"
# What decides the words and is no finding.
NOT_IN_JSON = ("tells_limits", "keeps")


def source_name(report: Report) -> str:
    """Who answers, in words."""
    face = f"Bitly {report.api}"
    if report.kind == REMOTE:
        return f"{face} at {report.host}"
    return f"{'a click log' if report.kind == CLICK_LOG else 'demo data'} {report.host}, as {face}"


def person_text(owner: Owner) -> str:
    """Whose token it is: the login, and the name where it is another."""
    named = owner.name and owner.name != owner.login
    return f"{owner.login} ({owner.name})" if named else owner.login


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
    if not report.tells_limits:
        return f"not given by {report.api}"
    if not report.windows:
        return "not known"
    days, *hours = report.windows
    since = "asked for as far back as" if days.whole else "from"
    by_hour = "by hour only " + hours[0].text if hours else "by hour just as far"
    return f"{days.text} in UTC, {since} {_day(days.start)}; {by_hour}"


def archive_text(report: Report) -> str:
    """Where finished buckets are kept, and how many there are."""
    if not report.keeps:
        return "nothing is kept"
    if report.archived is None:
        return "not known, because the account is not known"
    place = report.archive or "in memory, until the program ends"
    return f"{place} ({_count_of(report.archived, 'bucket')} of this account)"


def facts(report: Report) -> list[tuple[str, str]]:
    """Everything but the endpoints, as label and text; what upstream has not said is left out.

    A label that is empty stands for the one before.
    """
    left = report.left
    lines = [
        ("Source", f"{source_name(report)}, because {report.why}"),
        ("Clicks", report.clicks),
        ("Newest click", _moment(report.newest_click)),
        ("Account", _account_text(report)),
        ("Organizations", _organizations_text(report)),
        ("Groups", ", ".join(report.groups)),
        ("Short domains", ", ".join(report.short_domains)),
        ("Tracking domains", ", ".join(report.tracking_domains)),
        ("Logins", ", ".join(report.logins)),
        *_month_facts(report),
        *[
            ("" if index else USED, f"{use.used:,} of {use.limit:,} used by {use.name}")
            for index, use in enumerate(report.hourly)
        ],
        ("By our own count", left_text(left) if left else ""),
        ("History window", history_text(report)),
        ("Archive", archive_text(report)),
        *[("", text) for text in report.archive_problems],
        (CLOCK, clock_text(report)),
        ("Time zones", _zones_text(report)),
    ]
    return [(label, text) for label, text in lines if text]


def _account_text(report: Report) -> str:
    owner = Owner(report.login, report.name)
    return person_text(owner) if owner.login else "not known"


def _zones_text(report: Report) -> str:
    """By which release of the time zone database buckets are made, and where it is."""
    if not report.timezone_release:
        return ""
    return f"release {report.timezone_release}, from {report.timezone_database}"


def _organizations_text(report: Report) -> str:
    named = [f"{name}, plan {plan}" if plan else name for name, plan in report.organizations]
    return "; ".join(named)


def _month_facts(report: Report) -> list[tuple[str, str]]:
    """The calls that are left this month, and those of each organization where there are more."""
    month = report.month
    if month is not None:
        text = f"{month.left:,} of {month.limit:,} left"
    else:
        # Nobody expects a month's limit of v3 in this process.
        text = "not given" if report.kind == REMOTE or report.tells_limits else ""
    months = [(part.name, part.month) for part in report.parts if part.month is not None]
    each = [("", f"{own.left:,} of {own.limit:,} left to {name}") for name, own in months]
    return [(CALLS_THIS_MONTH, text), *(each if len(months) > 1 else ())]


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
    left_out = " and ".join(_count_of(count, f"more {kind}") for kind, count in more.items())
    return f"Checked at {_moment(report.checked_at)} in {calls_text(report.calls)}." + (
        f" Not asked: {left_out}, because a check asks at most {MOST_PARTS} of each."
        if more
        else ""
    )


def cost_text(cost: CheckCost) -> str:
    """What a check costs, before it is made: `at most 5 calls`."""
    return f"at most {cost.one} calls" + (
        f", plus one for each further group or organization ({cost.most} at the very most)"
        if cost.most > cost.one
        else ""
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
    value = {name: part for name, part in asdict(report).items() if name not in NOT_IN_JSON}
    value["is_healthy"] = report.is_healthy
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _count_of(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")


def _moment(moment: int | None) -> str:
    return (
        "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y %H:%M UTC")
    )
