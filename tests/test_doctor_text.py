"""What a check found, in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from checks import CLOCK, opened
from support import epoch

from bitly_data import doctor
from bitly_data.doctor import OK, CheckCost, EndpointUse, Health, Part, Report, Window, examine
from bitly_data.sources.fetch_plan import Month
from bitly_data.transport.rate_limit import Left

DAY = epoch("2026-10-05T00:00:00")
REMOTE = Report(
    "server",
    "BITLY_ACCESS_TOKEN is set",
    "api.example.com",
    "v4",
    epoch("2026-11-03T15:20:00"),
    tells_limits=True,
    keeps=True,
)


def fact(report: Report, label: str) -> str:
    return dict(doctor.facts(report))[label]


def test_a_report_in_words_leaves_out_what_is_not_said() -> None:
    with opened(BITLY_NOW=CLOCK) as connection:
        report = replace(examine(connection), logins=(), tracking_domains=())
    labels = [label for label, _ in doctor.facts(report)]
    assert "Logins" not in labels and "Groups" not in labels and "Calls this month" not in labels
    assert "Source" in labels


@pytest.mark.parametrize(
    ("kind", "host", "name"),
    [
        ("server", "api.example.com", "Bitly v4 at api.example.com"),
        ("click log", "in this process", "a click log in this process, as Bitly v4"),
        ("demo", "in this process", "demo data in this process, as Bitly v4"),
    ],
)
def test_who_answers(kind: str, host: str, name: str) -> None:
    report = replace(REMOTE, kind=kind, host=host)
    assert fact(report, "Source") == f"{name}, because BITLY_ACCESS_TOKEN is set"


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (None, "not known"),
        (0, "in step"),
        (5, "5 s ahead"),
        (-60, "60 s behind"),
        (61, "2 minutes ahead"),
    ],
)
def test_how_far_clocks_are_apart(difference: int | None, text: str) -> None:
    assert fact(replace(REMOTE, clock_difference=difference), "Server's clock") == text


@pytest.mark.parametrize(
    ("windows", "text"),
    [
        ((), "not known"),
        (
            (Window("day", DAY, 30),),
            "30 days in UTC, from 05 Oct 2026; by hour just as far",
        ),
        (
            (Window("day", DAY, 1, whole=True),),
            "1 day or more in UTC, asked for as far back as 05 Oct 2026; by hour just as far",
        ),
        (
            (Window("day", DAY, 30), Window("hour", DAY, 24)),
            "30 days in UTC, from 05 Oct 2026; by hour only 24 hours",
        ),
    ],
)
def test_how_far_back_numbers_go(windows: tuple[Window, ...], text: str) -> None:
    assert fact(replace(REMOTE, windows=windows), "History window") == text


def test_an_api_that_tells_no_limits() -> None:
    report = replace(REMOTE, api="v3", tells_limits=False, keeps=False)
    assert fact(report, "History window") == "not given by v3"
    assert fact(report, "Archive") == "nothing is kept"
    assert fact(report, "Calls this month") == "not given"
    assert "Calls this month" not in dict(doctor.facts(replace(report, kind="demo")))


def test_where_buckets_are_kept() -> None:
    assert fact(REMOTE, "Archive") == "not known, because the account is not known"
    kept = replace(REMOTE, archived=1)
    assert fact(kept, "Archive") == ("in memory, until the program ends (1 bucket of this account)")
    broken = replace(REMOTE, archived=1, archive_problems=("It is full.", "Others may read it."))
    at = [label for label, _ in doctor.facts(broken)].index("Archive")
    assert doctor.facts(broken)[at + 1 : at + 3] == [
        ("", "It is full."),
        ("", "Others may read it."),
    ]
    kept = replace(REMOTE, archived=1_200, archive="kept.sqlite")
    assert fact(kept, "Archive") == "kept.sqlite (1,200 buckets of this account)"


def test_whose_account_it_is() -> None:
    assert fact(REMOTE, "Account") == "not known"
    assert fact(replace(REMOTE, name="Bob"), "Account") == "not known"
    assert fact(replace(REMOTE, login="bob", name="bob"), "Account") == "bob"
    assert fact(replace(REMOTE, login="bob", name="Bob B."), "Account") == "bob (Bob B.)"


def test_calls_that_are_left() -> None:
    parts = (
        Part("organization", "one", OK, 3, month=Month(1_000, 9)),
        Part("organization", "two", OK, 3, month=Month(5_000, 4_000)),
    )
    report = replace(
        REMOTE,
        month=Month(1_000, 9),
        parts=parts,
        hourly=(EndpointUse("user", 1_000, 2), EndpointUse("groups", 1_000, 3)),
        left=Left(98, 100, 998, 1_000, resets_in=0.0, refused_for=0.0),
    )
    lines = doctor.facts(report)
    start = lines.index(("Calls this month", "9 of 1,000 left"))
    assert lines[start : start + 6] == [
        ("Calls this month", "9 of 1,000 left"),
        ("", "9 of 1,000 left to one"),
        ("", "4,000 of 5,000 left to two"),
        ("Calls this hour", "2 of 1,000 used by user"),
        ("", "3 of 1,000 used by groups"),
        ("By our own count", "98 of 100 left this minute, 998 of 1,000 this hour"),
    ]
    alone = replace(report, parts=parts[:1])
    assert ("", "9 of 1,000 left to one") not in doctor.facts(alone)


def test_what_a_check_costs() -> None:
    assert doctor.cost_text(CheckCost(5, 5)) == "at most 5 calls"
    assert doctor.cost_text(CheckCost(14, 32)) == (
        "at most 14 calls, plus one for each further group or organization (32 at the very most)"
    )


def test_the_text_is_aligned_and_json_holds_what_was_found() -> None:
    report = replace(
        REMOTE,
        health=(Health("/v4/user", OK, 12), Health("/v4/groups", "no answer", 3, "It is down.")),
        calls=2,
    )
    assert doctor.to_text(report).splitlines()[-5:] == [
        "Endpoint    State          ms",
        "/v4/user    ok             12",
        "/v4/groups  no answer       3  It is down.",
        "",
        "Checked at 03 Nov 2026 15:20 UTC in 2 calls.",
    ]
    found = json.loads(doctor.to_json(report))
    assert found["is_healthy"] is False and found["health"][0]["milliseconds"] == 12
    assert not {"tells_limits", "keeps"} & set(found)
