"""A check as a page shows it, as plain values."""

from __future__ import annotations

from dataclasses import replace

from checks import CLOCK, demo_report, opened
from support import epoch

from bitly_data.doctor import (
    FAILED,
    NOT_ASKED,
    OK,
    WALL,
    CheckCost,
    EndpointUse,
    Health,
    Part,
    Report,
    Window,
    examine,
)
from bitly_data.sources.fetch_plan import Month
from bitly_data.transport.rate_limit import Left
from bitly_data.views.doctor_report import DoctorReport, present, unchecked
from bitly_data.views.values import ERROR, INFO, Table

LEFT = Left(98, 100, 998, 1_000, resets_in=0.0, refused_for=0.0)
REPORT = Report(
    "server",
    "BITLY_ACCESS_TOKEN is set",
    "api.example.com",
    "v4",
    epoch("2026-11-03T15:20:00"),
    month=Month(1_000, 986),
    left=LEFT,
    windows=(Window("day", epoch("2026-10-05T00:00:00"), 30),),
    clock_difference=-5,
    health=(
        Health("/v4/user", OK, 12),
        Health("/v4/groups", FAILED, 3, "It is down."),
        Health("/v4/bsds", FAILED, 4, "It is down."),
        Health("/v4/groups/…/clicks", WALL, 5, "The plan has no such thing."),
        Health("/v4/bitlinks/…/clicks", NOT_ASKED, None, "Not asked, as no link is known."),
    ),
    calls=4,
    tells_limits=True,
    keeps=True,
)


def cells(table: Table | None) -> dict[str, list[object]]:
    assert table is not None
    return {column.name: list(column.values) for column in table.columns}


def metrics(shown: DoctorReport) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in shown.metrics}


def test_what_stands_at_the_top() -> None:
    assert metrics(present(REPORT)) == {
        "Calls left this month": ("986", "of 1,000"),
        "Calls left this hour": ("998", "of 1,000"),
        "History window": ("30 days", ""),
        "Server's clock": ("5 s", "behind"),
        "Endpoints that answer": ("2 of 4", ""),
    }
    assert all(metric.help.endswith(".") for metric in present(REPORT).metrics)
    bare = metrics(present(replace(REPORT, month=None, left=None, windows=())))
    assert bare["Calls left this month"] == ("not given", "")
    assert "Calls left this hour" not in bare
    assert bare["History window"] == ("not known", "")
    none = metrics(present(replace(REPORT, windows=(), tells_limits=False)))
    assert none["History window"] == ("not given", "")


def test_a_sentence_is_said_once_with_all_its_names() -> None:
    shown = present(REPORT)
    assert [(notice.kind, notice.text) for notice in shown.problems] == [
        (ERROR, "It is down. (/v4/groups, /v4/bsds)")
    ]
    assert [notice.text for notice in shown.remarks] == [
        "/v4/groups/…/clicks: The plan has no such thing.",
        "/v4/bitlinks/…/clicks: Not asked, as no link is known.",
        "Checked at 03 Nov 2026 15:20 UTC in 4 calls.",
    ]


def test_facts_leave_out_what_is_said_elsewhere() -> None:
    labels = [label for label, _ in present(REPORT).facts]
    assert labels == ["Source", "Account", "By our own count", "History window", "Archive"]


def test_endpoints_are_a_table() -> None:
    assert cells(present(REPORT).endpoints) == {
        "Endpoint": [item.endpoint for item in REPORT.health],
        "State": ["✓ ok", "✗ no answer", "✗ no answer", "○ not in the plan", "– not asked"],
        "ms": [12, 3, 4, 5, None],
    }


def test_parts_and_used_calls_are_there_only_where_told() -> None:
    assert present(REPORT).parts is None and present(REPORT).used is None
    parts = (
        Part("group", "all", FAILED, 9, "It is down."),
        Part("organization", "one", OK, 3, month=Month(1_000, 986)),
    )
    shown = present(replace(REPORT, parts=parts, hourly=(EndpointUse("=user", 1_000, 2),)))
    assert cells(shown.used) == {"Endpoint": ["=user"], "Used": [2], "Of": [1_000]}
    assert cells(shown.parts) == {
        "Name": ["all", "one"],
        "Kind": ["Group", "Organization"],
        "State": ["✗ no answer", "✓ ok"],
        "ms": [9, 3],
    }
    assert shown.problems[0].text == "It is down. (/v4/groups, /v4/bsds, group all)"
    several = (*parts, Part("organization", "two", OK, 3, month=Month(5_000, 4_000)))
    shown = present(replace(REPORT, parts=several))
    assert cells(shown.parts)["Calls left this month"] == ["", "986", "4,000"]


def test_before_the_first_check() -> None:
    notice = unchecked(CheckCost(5, 5), LEFT)
    assert notice.kind == INFO
    assert notice.text == (
        "Nothing was asked yet, because a check uses calls of your account: at most 5 calls. By "
        "our own count: 98 of 100 left this minute, 998 of 1,000 this hour."
    )
    assert unchecked(CheckCost(5, 5), None).text.endswith("at most 5 calls.")


def test_real_checks_are_presented() -> None:
    with opened(BITLY_NOW=CLOCK) as client:
        shown = present(examine(client))
    assert metrics(shown)["Endpoints that answer"] == ("5 of 5", "")
    assert shown.parts is None and shown.problems == ()
    shown = present(demo_report(BITLY_PLAN="free"))
    assert metrics(shown)["History window"] == ("30 days", "")
    assert cells(shown.parts)["Kind"] == ["Group", "Organization"]
