"""What the doctor finds: of every kind of source, of every plan, and where something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from checks import CLOCK, core_server, demo_report, group_ids, nobody, opened, several, states
from support import NOW, epoch, served, write_clicks

from bitly_data import doctor
from bitly_data.doctor import FAILED, NOT_ASKED, OK, WALL, Window, examine
from bitly_data.errors import BitlyError
from bitly_data.settings import PLANS
from bitly_data.sources.check import one_line
from bitly_data.sources.v3.check import COST as V3_COST
from bitly_data.sources.v4.check import COST as V4_COST

TOKEN = "s3cret-t0ken"
V3_ENDPOINTS = [
    "/v3/user/info",
    "/v3/user/link_history",
    "/v3/link/clicks",
    "/link/clicks",
    "/v3/organization/clicks",
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")


@pytest.fixture(scope="module")
def address(log: str) -> Iterator[str]:
    with core_server(log, TOKEN) as address:
        yield address


# -- each kind ------------------------------------------------------------------------------------


def test_the_demo_answers_everything() -> None:
    with opened(BITLY_NOW=CLOCK) as connection:
        now = epoch("2026-11-03T15:20:00")
        report = examine(connection, wall=lambda: now - 90)
    assert (report.kind, report.api, report.host) == ("demo", "v3", "in this process")
    assert states(report) == dict.fromkeys(V3_ENDPOINTS, OK)
    assert report.is_healthy
    assert report.calls == V3_COST.most
    assert report.clock_difference == 90
    assert report.newest_click is not None and now - 7200 < report.newest_click <= now
    assert "aur.example" in report.short_domains
    assert report.login in report.logins
    assert report.windows == () and report.left is None


def test_a_click_log_says_what_it_covers(log: str) -> None:
    with opened(BITLY_CLICK_LOG=log, BITLY_NOW=f"{NOW}Z") as connection:
        report = examine(connection)
    assert report.is_healthy
    assert report.newest_click == epoch("2013-05-17T11:59:30")
    assert "It covers 8 hours between 10 Apr 2013 12:00 and 17 May 2013 12:00 UTC." in report.clicks
    assert "Read 1 file with 511 clicks" in report.clicks


@pytest.mark.parametrize(
    ("plan", "days", "by_hour", "month"),
    [
        ("free", 30, 24, 1_000),
        ("core", 30, None, 5_000),
        ("growth", 134, None, 25_000),
        ("premium", 365, None, 50_000),
        ("enterprise", 730, None, 1_000_000),
    ],
)
def test_a_plan_is_found_out(plan: str, days: int, by_hour: int | None, month: int) -> None:
    with opened(BITLY_API="v4", BITLY_PLAN=plan, BITLY_NOW=CLOCK) as connection:
        report = examine(connection)
    midnight = epoch("2026-11-03T00:00:00")
    windows = [Window("day", midnight - (days - 1) * 86_400, days)]
    if by_hour is not None:
        windows.append(Window("hour", epoch("2026-11-03T15:00:00") - (by_hour - 1) * 3600, by_hour))
    assert report.windows == tuple(windows)
    groups = 2 if plan == "enterprise" else 1
    assert report.calls == (14 if by_hour else 13) + groups - 1 <= V4_COST.most
    assert report.month is not None
    assert (report.month.limit, report.month.limit - report.month.left) == (month, report.calls)
    assert report.organizations == (("aur.example", plan.capitalize()),)
    assert sorted((part.kind, part.name, part.state) for part in report.parts) == [
        *(("group", name, OK) for name in report.groups),
        ("organization", "aur.example", OK),
    ]
    assert len(report.groups) == groups and report.parts[-1].month == report.month
    walls = {name for name, state in states(report).items() if state == WALL}
    assert walls == ({"/v4/groups/…/clicks"} if plan in ("free", "core") else set())
    assert report.is_healthy
    assert (report.archive, report.archived) == (None, 0)


@pytest.mark.parametrize(
    "habits",
    [
        ["--zero-days", "sparse"],
        ["--zero-days", "sparse", "--group-ts", "epoch", "--group-order", "oldest"],
    ],
)
def test_the_window_is_found_whatever_the_habits(habits: list[str]) -> None:
    with (
        served("--now", CLOCK, "--plan", "free", *habits) as address,
        opened(BITLY_ACCESS_TOKEN="any", BITLY_BASE_URL=address, BITLY_API="v4") as connection,
    ):
        report = examine(connection)
    assert [(window.unit, window.count) for window in report.windows] == [("day", 30), ("hour", 24)]


# -- several groups and organizations -------------------------------------------------------------


def test_each_group_and_organization_takes_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = demo_report()
    several(monkeypatch, groups=4, organizations=3)
    report = demo_report()
    assert report.calls == alone.calls + 3 + 2
    assert report.health != () and states(report) == states(alone)
    assert [part.kind for part in report.parts] == ["group"] * 4 + ["organization"] * 3
    assert sorted(part.name for part in report.parts[:4]) == sorted(report.groups)
    assert [part.name for part in report.parts[4:]] == ["aur.example", "no. 1", "no. 2"]
    assert report.windows == alone.windows and report.is_healthy
    assert report.month is not None and report.parts[4].month == report.month
    text = doctor.to_text(report)
    assert all(f"left to {name}" in text for name in ("aur.example", "no. 1", "no. 2"))
    assert f"in {report.calls} calls.\n" in text


def test_ten_are_asked_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    several(monkeypatch, groups=13, organizations=11)
    report = demo_report(BITLY_PLAN="free")
    assert report.calls == V4_COST.most == 32
    assert len(report.groups) == 13 and len(report.organizations) == 11
    assert [part.kind for part in report.parts] == ["group"] * 10 + ["organization"] * 10
    assert doctor.checked_text(report).endswith(
        "in 32 calls. Not asked: 3 more groups and 1 more organization, "
        "because a check asks at most 10 of each."
    )


@pytest.mark.parametrize(("status", "state"), [(403, FAILED), (404, FAILED), (402, WALL)])
def test_one_group_that_is_refused_is_told(
    monkeypatch: pytest.MonkeyPatch, status: int, state: str
) -> None:
    several(monkeypatch, groups=4)
    second = f"groups/{group_ids(4)[1]}"
    several(monkeypatch, groups=4, **{second: status})
    report = demo_report()
    assert [part.state for part in report.parts] == [OK, state, OK, OK, OK]
    assert FAILED not in states(report).values()  # they are those of the first group
    assert report.is_healthy == (state != FAILED)
    assert report.parts[1].sentence in doctor.to_text(report)


def test_the_history_is_that_of_the_next_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first one tells none, at no call more."""
    several(monkeypatch, groups=3)
    windows = demo_report(BITLY_PLAN="free").windows
    first = f"groups/{group_ids(3)[0]}"
    several(monkeypatch, groups=3, **{first: 403})
    report = demo_report(BITLY_PLAN="free")
    assert report.windows == windows != ()
    assert [part.state for part in report.parts] == [FAILED, OK, OK, OK]
    assert states(report)["/v4/bitlinks/…/clicks"] == NOT_ASKED
    assert report.calls <= V4_COST.one + 2


def test_a_server_over_the_wire(address: str, tmp_path: Path) -> None:
    file = str(tmp_path / "archive.sqlite")
    with opened(
        BITLY_ACCESS_TOKEN=TOKEN, BITLY_BASE_URL=address, BITLY_API="v4", BITLY_ARCHIVE=file
    ) as connection:
        connection.source.upstream.clock()
        report = examine(connection, wall=lambda: epoch(NOW) + 5)
        again = examine(connection)
    assert report.is_healthy
    assert report.clock_difference == -5
    assert doctor.clock_text(report) == "5 s behind"
    assert report.left is not None and report.left.per_hour - report.left.hour == report.calls
    assert report.month is not None and report.month.left == 5_000 - 100 - report.calls
    assert {limit.name for limit in report.hourly} == set()  # its clock is stopped: none is counted
    assert (report.archive, report.archived) == (file, 0)
    assert again.month is not None and again.month.left == report.month.left - again.calls
    assert "archive.sqlite (0 buckets of this account)" in doctor.archive_text(report)
    assert TOKEN not in repr(report) + doctor.to_text(report) + doctor.to_json(report)


def test_calls_of_a_check_are_calls_of_the_month() -> None:
    with opened(BITLY_API="v4", BITLY_PLAN="core", BITLY_NOW=CLOCK) as connection:
        month = connection.source.account.month()
        report = examine(connection)
        assert (
            month is not None
            and connection.source.account.month().left == month.left - report.calls
        )


def test_calls_of_an_hour_are_told_by_endpoint() -> None:
    with (
        served("--plan", "core") as address,
        opened(BITLY_ACCESS_TOKEN="any", BITLY_BASE_URL=address, BITLY_API="v4") as connection,
    ):
        report = examine(connection)
    assert report.hourly
    assert all(limit.limit == 1000 and 0 < limit.used < 10 for limit in report.hourly)
    assert abs(report.clock_difference) <= 2
    assert "of 1,000 used" in doctor.to_text(report)


# -- where something is wrong ---------------------------------------------------------------------


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_a_server_that_is_down(api: str) -> None:
    with opened(BITLY_ACCESS_TOKEN=TOKEN, BITLY_BASE_URL=nobody(), BITLY_API=api) as connection:
        report = examine(connection)
    assert not report.is_healthy
    assert set(states(report).values()) == {FAILED, NOT_ASKED}
    assert report.clock_difference is None and doctor.clock_text(report) == "not known"
    assert all(
        "cannot be reached" in item.sentence for item in report.health if item.state == FAILED
    )
    assert all(
        item.sentence.startswith("Not asked, as no ")
        for item in report.health
        if item.state == NOT_ASKED
    )


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_a_wrong_token(address: str, api: str) -> None:
    with opened(
        BITLY_ACCESS_TOKEN=TOKEN[::-1], BITLY_BASE_URL=address, BITLY_API=api
    ) as connection:
        report = examine(connection)
        assert not report.is_healthy
        assert states(report)["/v4/user" if api == "v4" else "/v3/user/info"] == FAILED
        assert report.login == ""
        assert report.clock_difference is not None  # an error bears a date as well
        assert TOKEN[::-1] not in doctor.to_text(report) + doctor.to_json(report)
        with pytest.raises(BitlyError):
            doctor.describe_account(connection)


def test_one_endpoint_that_fails_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from bitly_data.server import v4

    broken = v4.answer

    def answer(request: v4.Request, *rest: object) -> object:
        if request.path in ("/v4/groups", "/v4/user"):
            raise RuntimeError("out of order")
        return broken(request, *rest)

    monkeypatch.setattr("bitly_data.server.v4.answer", answer)
    with opened(BITLY_API="v4", BITLY_NOW=CLOCK) as connection:
        report = examine(connection)
    found = states(report)
    assert (found["/v4/groups"], found["/v4/user"]) == (FAILED, FAILED)
    assert (found["/v4/organizations"], found["/v4/bsds"]) == (OK, OK)
    assert found["/v4/organizations/…/plan_limits"] == OK
    assert found["/v4/groups/…/bitlinks"] == NOT_ASKED
    assert report.calls == 6 and report.archived is None


def test_an_account_without_links_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"_heartbeat_": 1368788400}\n')
    with opened(BITLY_CLICK_LOG=str(tmp_path / "log")) as connection:
        report = examine(connection)
    assert [item.state for item in report.health] == [OK, OK, NOT_ASKED, NOT_ASKED, OK]
    assert report.is_healthy


def test_words_of_upstream_are_one_printable_line() -> None:
    assert one_line("two\nlines\x1b[31m of  red\u202e") == "two lines [31m of red"


# -- whose token it is ----------------------------------------------------------------------------


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_whose_token_it_is(address: str, api: str) -> None:
    with opened(BITLY_ACCESS_TOKEN=TOKEN, BITLY_BASE_URL=address, BITLY_API=api) as connection:
        before = connection.calls_left
        assert doctor.describe_account(connection) == "It works: the token belongs to bob."
        assert before is not None and connection.calls_left is not None
        assert before.hour - connection.calls_left.hour == 1


def test_a_local_source_opens(log: str) -> None:
    with opened() as connection:
        assert doctor.describe_account(connection).startswith("It opens. The demo organization")
    with opened(BITLY_CLICK_LOG=log) as connection:
        assert doctor.describe_account(connection).startswith("It opens. It covers 8 hours")


def test_every_plan_can_be_asked_for() -> None:
    assert set(PLANS) == {"free", "core", "growth", "premium", "enterprise"}
