"""Who answers, and does everything work? What a check found, as a page shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bitly_data.doctor import text as doctor_text
from bitly_data.doctor.report import Report
from bitly_data.labels import count_text
from bitly_data.locales import ENGLISH, Locale
from bitly_data.sources.check import (
    FAILED,
    NOT_ASKED,
    OK,
    WALL,
    CheckCost,
    Health,
    Part,
)
from bitly_data.transport.rate_limit import Left
from bitly_data.views.values import (
    CAPTION,
    ERROR,
    INFO,
    WHOLE,
    Column,
    Metric,
    Notice,
    Table,
)

NOT_KNOWN, NOT_TOLD = "not known", "not given"
# How each state looks beside its word.
MARKS = {OK: "✓", WALL: "○", FAILED: "✗", NOT_ASKED: "–"}
# What metrics and tables say already.
SAID_ELSEWHERE = (doctor_text.CALLS_THIS_MONTH, doctor_text.CLOCK, doctor_text.USED, "")
# Kinds of a column that only this view has: an endpoint's name, and its state.
ENDPOINT, STATE = "endpoint", "state"


@dataclass(frozen=True)
class DoctorReport:
    """A check from top to bottom; what is `None` or empty is not drawn.

    `problems` are endpoints without an answer, each sentence once. `facts` are label and text,
    `used` the calls of this hour by endpoint, `parts` the groups and organizations that were
    asked. `remarks` stand below the endpoints.
    """

    metrics: tuple[Metric, ...]
    problems: tuple[Notice, ...]
    facts: tuple[tuple[str, str], ...]
    used: Table | None
    parts: Table | None
    endpoints: Table
    remarks: tuple[Notice, ...]


def present(report: Report, locale: Locale = ENGLISH) -> DoctorReport:
    """All that is shown of a check."""
    problems = _sentences(report, FAILED)
    # A cell cuts sentences off; those of what failed are above.
    others = _sentences(report, WALL, NOT_ASKED)
    remarks = [f"{names}: {sentence}" for sentence, names in others]
    return DoctorReport(
        metrics=_metrics(report, locale),
        problems=tuple(
            Notice(ERROR, f"{sentence} ({names})", "cloud_off") for sentence, names in problems
        ),
        facts=tuple(
            (label, locale.text(text))
            for label, text in doctor_text.facts(report)
            if label not in SAID_ELSEWHERE
        ),
        used=_used(report) if report.hourly else None,
        parts=_parts(report.parts, locale) if report.parts else None,
        endpoints=Table(
            (
                Column("Endpoint", tuple(item.endpoint for item in report.health), ENDPOINT),
                *_states(report.health),
            )
        ),
        remarks=tuple(
            Notice(CAPTION, locale.text(text))
            for text in (*remarks, doctor_text.checked_text(report))
        ),
    )


def unchecked(cost: CheckCost, left: Left | None) -> Notice:
    """What stands there before the first check of a server; `left` are the calls it may take."""
    count = f" By our own count: {doctor_text.left_text(left)}." if left else ""
    return Notice(
        INFO,
        "Nothing was asked yet, because a check uses calls of your account: "
        f"{doctor_text.cost_text(cost)}.{count}",
        "stethoscope",
    )


def _metrics(report: Report, locale: Locale) -> tuple[Metric, ...]:
    month, left = report.month, report.left
    clock = doctor_text.clock_text(report)
    way = next((word for word in ("ahead", "behind") if clock.endswith(word)), "")
    asked = [item for item in report.health if item.state != NOT_ASKED]
    fine = sum(item.state != FAILED for item in asked)
    this_hour = (
        ()
        if left is None
        else (
            Metric(
                "Calls left this hour",
                count_text(left.hour, locale),
                "By this app's own count.",
                f"of {locale.number(left.per_hour)}",
                short="Calls this hour",
            ),
        )
    )
    return (
        Metric(
            "Calls left this month",
            count_text(month.left, locale) if month else NOT_TOLD,
            "As Bitly counts them. v3 does not say.",
            f"of {locale.number(month.limit)}" if month else "",
            short="Calls this month",
        ),
        *this_hour,
        Metric(
            "History window",
            locale.text(_window_text(report)),
            "How far back you can get clicks. v3 does not say.",
        ),
        Metric(
            doctor_text.CLOCK,
            locale.text(clock.removesuffix(way)).strip(),
            "As its answers tell the time, compared with this machine's clock.",
            way,
        ),
        Metric(
            "Endpoints that answer",
            f"{locale.number(fine)} of {locale.number(len(asked))}",
            "An endpoint that the plan does not include counts as one that answers.",
            short="Endpoints",
        ),
    )


def _window_text(report: Report) -> str:
    if report.windows:
        return report.windows[0].text
    return NOT_KNOWN if report.tells_limits else NOT_TOLD


def _used(report: Report) -> Table:
    """The calls of this hour by endpoint, as upstream counts them."""
    return Table(
        (
            Column("Endpoint", tuple(use.name for use in report.hourly)),
            Column("Used", tuple(use.used for use in report.hourly), WHOLE),
            Column("Of", tuple(use.limit for use in report.hourly), WHOLE),
        )
    )


def _parts(parts: Sequence[Part], locale: Locale) -> Table:
    """Each group and organization that was asked; calls of a month where there are several."""
    columns = [
        Column("Name", tuple(part.name for part in parts)),
        Column("Kind", tuple(part.kind.capitalize() for part in parts)),
    ]
    if sum(part.month is not None for part in parts) > 1:
        left = tuple(count_text(part.month.left, locale) if part.month else "" for part in parts)
        columns.append(Column("Calls left this month", left))
    return Table((*columns, *_states(parts)))


def _states(items: Sequence[Health | Part]) -> tuple[Column, Column]:
    """The state of each, and how long its answer took [ms]."""
    return (
        Column("State", tuple(f"{MARKS[item.state]} {item.state}" for item in items), STATE),
        Column("ms", tuple(item.milliseconds for item in items), WHOLE),
    )


def _sentences(report: Report, *states: str) -> list[tuple[str, str]]:
    """What is said of endpoints and parts in these states, each sentence once with its names."""
    said: dict[str, list[str]] = {}
    named: list[tuple[str, Health | Part]] = [(item.endpoint, item) for item in report.health]
    named += [(f"{part.kind} {part.name}", part) for part in report.parts]
    for name, item in named:
        if item.state in states:
            said.setdefault(item.sentence, []).append(name)
    return [(sentence, ", ".join(names)) for sentence, names in said.items()]
