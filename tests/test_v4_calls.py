"""How many calls v4 takes: for a first view, an hour later, after a restart, and at walls.

The organization has 500 links on several domains and of several logins, of which a hundred, or in
one variant more, are clicked a day.
"""

from __future__ import annotations

import json
import threading
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counted_bitly import DOMAINS, LOGINS, NOW, WORDS, Bitly, bitly, write_organization
from counter import DAY, HOUR

from bitly_data.archive import Archive
from bitly_data.errors import AccessError, AnswerError, QuestionError, RateLimitError
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import CAPPED, FAILED, OUTSIDE_WINDOW, STATES, ClickSeries
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.v4.calendar import UTC_CHEAP, UTC_HISTORY, UTC_WALL
from bitly_data.sources.v4.shares import NO_GROUP_SERIES
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.background_fetch import BackgroundFetch

# What the criteria allow: (issue of the v4 source, "It is done when").
FIRST_VIEW, VIEW_LATER, ACCOUNT_CALLS, YEAR = 32, 2, 6, 380


@pytest.fixture(scope="module", params=[100, 130])
def local(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalBitly]:
    path = tmp_path_factory.mktemp("many") / "clicks.log"
    write_organization(path, 370, request.param)
    opened = LocalBitly.open(ServerOptions(clicks=(str(path),), now="2026-03-17T10:20:30Z"))
    opened.a_day = request.param  # type: ignore[attr-defined]
    yield opened
    opened.close()


def by_domain(source: V4Source, **parts: Any) -> list[ClickQuery]:
    return [
        ClickQuery(**parts),
        *(ClickQuery(domains=(name,), **parts) for name in source.account.domains()),
    ]


def fetched(source: V4Source, queries: Iterable[ClickQuery]) -> list[ClickSeries]:
    return [source.fetch(query) for query in queries]


# -- a view of 30 days by domain ------------------------------------------------------------------


@pytest.mark.parametrize("zero_days", ["dense", "sparse"])
def test_a_first_view_and_the_same_an_hour_later(local: LocalBitly, zero_days: str) -> None:
    server = bitly(local, zero_days=zero_days)
    source = server.source()
    queries = by_domain(source, units=30)
    assert len(queries) == 1 + len(DOMAINS)
    plan = source.plan(queries)
    series = fetched(source, queries)
    metrics, account = server.calls()
    assert metrics <= FIRST_VIEW
    assert account <= ACCOUNT_CALLS
    assert server.quota.used_in_month(server.now) == metrics + account
    # The plan asks for the group's series, so that it knows where something is to be listed.
    assert plan.calls == metrics - 1 == 30
    whole, *domains = series
    assert whole.known.all()
    if local.a_day > 100:  # type: ignore[attr-defined]
        # The day that still fills has fewer so far.
        assert all((one.states[:-1] == CAPPED).all() for one in domains)
        rest = source.fetch(ClickQuery(units=30, unlisted=True))
        assert rest.known.all()
        assert (rest.clicks[:-1] > 0).all()
        assert all(one.bounded[:-1].all() for one in domains)
        # What is listed of each, and what is not listed, are everything.
        parts = np.sum([one.floor for one in domains], axis=0) + rest.clicks
        assert parts.tolist() == whole.clicks.tolist()
    else:
        assert all(one.known.all() for one in domains)
        assert (sum(one.clicks for one in domains) == whole.clicks).all()
    assert server.calls() == (0, 0)

    server.now += HOUR + 1
    fetched(source, queries)
    metrics, account = server.calls()
    print(f"{local.a_day} links a day: an hour later {metrics} and {account} calls")  # type: ignore[attr-defined]
    assert metrics <= VIEW_LATER
    assert account <= ACCOUNT_CALLS
    server.now += 60 * 5
    fetched(source, queries)
    assert server.calls() == (2, 0)  # the bucket that still fills: its count and its list
    fetched(source, queries)
    assert server.calls() == (0, 0)


def test_a_login_beside_the_domains_costs_nothing_more(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    fetched(source, by_domain(source, units=30))
    server.calls()
    fetched(source, [ClickQuery(units=30, login=name) for name in LOGINS])
    assert server.calls() == (0, 0)
    assert set(source.fetch_account().logins) == set(LOGINS)


def test_another_zone_is_offered_in_utc_days_and_exactly(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    days = ClickQuery(units=30, timezone="America/New_York", domains=(DOMAINS[0],))
    cheap, exact = source.choices(days)
    prices = [source.plan([cheap]).calls, source.plan([exact]).calls]
    metrics, account = server.calls()
    assert metrics <= 4  # days and hours of the group
    assert account <= ACCOUNT_CALLS
    assert prices[0] == 30
    assert 400 < prices[1] <= 30 * 24 + 1
    found = source.fetch(cheap)
    assert server.calls()[0] == prices[0]
    assert found.provenance.note.startswith(UTC_CHEAP.format(unit="day"))
    assert found.provenance.offset == 0
    two = source.fetch(exact.replace(units=2))
    metrics, account = server.calls()
    assert metrics <= source.plan([exact]).stored
    assert two.known.all()  # in no hour more than a hundred links were clicked
    assert two.provenance.offset is None
    if local.a_day > 100:  # type: ignore[attr-defined]
        return  # there the lists of days are not enough either
    # Where the zone's days are UTC's there is one way, and one price.
    assert source.choices(days.replace(timezone="UTC")) == [days.replace(timezone="UTC")]


# -- while it fills ------------------------------------------------------------------------------


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Bitly]:
    """A link clicked each second, from ten minutes before a full hour on."""
    made = {"hh": DOMAINS[0], "h": "b0", "l": "ann", "u": "http://ex.com/", "hc": NOW - DAY}
    path = tmp_path / "clicks.log"
    path.write_text(
        "".join(
            json.dumps(made | {"t": NOW // HOUR * HOUR - 600 + second}) + "\n"
            for second in range(1_200)
        )
    )
    opened = LocalBitly.open(ServerOptions(clicks=(str(path),), now="2026-03-17T10:20:30Z"))
    yield bitly(opened, "premium")
    opened.close()


def test_a_list_older_than_the_count_leaves_nothing_out(busy: Bitly) -> None:
    busy.now = NOW // HOUR * HOUR + 100
    source = busy.source()
    query = ClickQuery(units=1, domains=(DOMAINS[0],))
    plan = source.plan([query])
    busy.now += 50
    for missing in plan.missing:
        source.fill(missing)
    busy.now += 15
    found = source.fetch(query)
    assert found.clicks.tolist() == [751]
    assert [STATES[state] for state in found.states] == ["partial"]


def test_what_an_hour_had_while_it_filled_is_not_what_it_had(busy: Bitly) -> None:
    full_hour = NOW // HOUR * HOUR
    busy.now = full_hour - 3
    source = busy.source()
    query = ClickQuery(units=1, unit="hour", domains=(DOMAINS[0],))
    assert source.fetch(query).clicks.tolist() == [598]
    busy.now += 40
    for ended in (
        query.replace(until=full_hour - 1),
        ClickQuery(units=1, unit="hour", until=full_hour - 1),
    ):
        found = source.fetch(ended)
        assert found.clicks.tolist() == [600]
        assert [STATES[state] for state in found.states] == ["counted"]


def test_a_list_that_says_too_much_is_not_asked_for_again_and_again(
    local: LocalBitly, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = v4.parse_sorted
    monkeypatch.setattr(
        v4,
        "parse_sorted",
        lambda *answer: [replace(row, clicks=row.clicks + 50) for row in right(*answer)],
    )
    server = bitly(local)
    source = server.source()
    query = ClickQuery(units=10, domains=(DOMAINS[0],))
    plan = source.plan([query])
    for missing in plan.missing:
        source.fill(missing)
    assert source.plan([query]).calls == 0
    server.calls()
    assert (source.fetch(query).states[:-1] == FAILED).all()
    assert server.calls()[0] == 0


def test_one_group_s_refusal_does_not_keep_the_other_s_lists_away(local: LocalBitly) -> None:
    server = bitly(local, "enterprise")
    source = server.source()
    groups = source.account.groups()
    assert len(groups) == 2
    server.walls = {f"/groups/{groups[0].guid}/bitlinks/clicks": 403}
    query = ClickQuery(units=10, domains=(DOMAINS[0],))
    prices = []
    for _ in range(3):
        plan = source.plan([query])
        prices.append(plan.calls)
        BackgroundFetch(source.fill, plan.missing, 1).run()
    assert prices[0] > prices[1] > prices[2] == 0
    server.calls()
    with pytest.raises(AccessError):
        source.fetch(query)
    assert server.calls()[0] == 0


# -- a year ---------------------------------------------------------------------------------------


def test_days_with_more_links_than_a_list_holds_are_made_from_their_hours(
    local: LocalBitly,
) -> None:
    server = bitly(local)
    source = server.source()
    days = ClickQuery(units=5, domains=(DOMAINS[0],))
    whole, short = source.fetch(days.replace(domains=())), source.fetch(days)
    server.calls()
    if local.a_day <= 100:  # type: ignore[attr-defined]
        assert source.choices(days) == [days]
        return
    assert (short.states[:-1] == CAPPED).all()
    cheap, exact = source.choices(days)
    assert source.plan([cheap]).calls == 0
    plan = source.plan([exact])
    assert 4 * 12 < plan.calls <= 4 * 24  # the hours with clicks; their count came with the plan
    assert server.calls()[0] == 1
    for missing in plan.missing:
        source.fill(missing)
    each = [source.fetch(exact.replace(domains=(name,))) for name in DOMAINS]
    rest = source.fetch(exact.replace(domains=(), unlisted=True))
    assert server.calls()[0] == plan.calls
    assert all(one.known.all() and not one.provenance.note for one in each)
    assert sum(one.clicks for one in each).tolist() == whole.clicks.tolist()
    assert not rest.clicks.any()
    # Behind a wall of hours they stay what they are.
    server = bitly(local)
    server.walls = {"/over_time unit=hour": 402, "/clicks unit=hour": 402}
    again = server.source().fetch(exact)
    assert again.states.tolist() == short.states.tolist()
    assert again.clicks.tolist() == short.clicks.tolist()
    assert again.at_least.tolist() == short.at_least.tolist()


def test_days_before_the_hours_history_are_not_asked_for_by_hours(local: LocalBitly) -> None:
    """The free plan has 24 hours, and 30 days."""
    server = bitly(local, "free")
    source = server.source()
    days = ClickQuery(units=5, domains=(DOMAINS[0],))
    short = source.fetch(days)
    if local.a_day <= 100:  # type: ignore[attr-defined]
        assert short.known.all()
        return
    assert (short.states[:-1] == CAPPED).all()
    exact = days.replace(zone_days=True)
    server.calls()
    assert source.plan([exact]).calls == 0
    assert server.calls()[0] <= 2  # where the history of hours begins
    found = source.fetch(exact)
    assert server.asked == []
    assert found.states.tolist() == short.states.tolist()
    assert found.clicks.tolist() == short.clicks.tolist()


def test_a_year_is_filled_and_survives_a_restart(local: LocalBitly, tmp_path: Path) -> None:
    server, path = bitly(local, "premium"), str(tmp_path / "archive.db")
    archive = Archive(path)
    source = server.source(archive)
    queries = by_domain(source, units=365)
    plan = source.plan(queries)
    half = len(plan.missing) // 2
    for missing in plan.missing[:half]:
        source.fill(missing)
    archive.close()

    archive = Archive(path)  # interrupted half way
    source = server.source(archive)
    rest = source.plan(queries)
    # What was asked for, but the bucket that still fills, is not asked for again.
    assert rest.calls <= len(plan.missing) - half + 2
    for missing in rest.missing:
        source.fill(missing)
    metrics, account = server.calls()
    print(f"a year by day: {metrics} and {account} calls")
    assert metrics + account <= YEAR
    fetched(source, queries)
    assert server.calls()[0] <= 2
    archive.close()

    archive = Archive(path)
    source = server.source(archive)
    whole, *domains = fetched(source, queries)
    metrics, account = server.calls()
    assert metrics <= 2  # the bucket that still fills
    assert whole.known.all()
    assert not any((one.states == FAILED).any() for one in domains)
    if local.a_day <= 100:  # type: ignore[attr-defined]
        assert (sum(one.clicks for one in domains) == whole.clicks).all()
    archive.close()


def test_a_filling_that_is_stopped_goes_on_later(local: LocalBitly) -> None:
    server, archive = bitly(local), Archive()
    source = server.source(archive)
    queries = by_domain(source, units=30)
    plan = source.plan(queries)
    first = BackgroundFetch(source.fill, plan.missing, 1)

    def stop_half_way(path: str) -> None:
        if len(server.asked) > len(plan.missing) // 2:
            first.stop()

    server.before = stop_half_way
    first.run()
    assert first.was_stopped
    server.before = lambda path: None
    left = source.plan(queries)
    assert 0 < left.calls < plan.calls
    BackgroundFetch(source.fill, left.missing, 2).run()
    assert source.plan(queries).calls == 0
    assert server.calls()[0] <= FIRST_VIEW
    fetched(source, queries)
    assert server.calls() == (0, 0)


# -- many at once, and several accounts -----------------------------------------------------------


def test_two_threads_that_ask_the_same_make_one_call(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    queries = by_domain(source, units=7)
    alone = server.source()
    expected = fetched(alone, queries)
    once, _ = server.calls()
    start, found = threading.Barrier(4), []

    def ask() -> None:
        start.wait()
        found.append(fetched(source, queries))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.calls()[0] == once
    for series in found:
        assert [one.clicks.tolist() for one in series] == [one.clicks.tolist() for one in expected]


def test_an_archive_of_two_accounts_mixes_nothing(local: LocalBitly, tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "archive.db"))
    server = bitly(local)
    first = server.source(archive, "first")
    queries = by_domain(first, units=5)
    right = fetched(first, queries)
    once = server.calls()[0]
    # The other account answers with other numbers for groups and links of the same names.
    other = bitly(local)
    other.now -= 3 * DAY
    theirs = other.source(archive, "second")
    fetched(theirs, queries)
    assert other.calls()[0] == once
    again = fetched(server.source(archive, "first"), queries)
    assert [one.clicks.tolist() for one in again] == [one.clicks.tolist() for one in right]
    kept = archive.of_account("second")
    assert kept.logins()
    assert archive.of_account("third").logins() == ()
    archive.close()


def test_files_that_are_no_archive(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.db"
    wrong.write_bytes(b"these are not clicks" * 100)
    newer = tmp_path / "newer.db"
    archive = Archive(str(newer))
    with archive.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    archive.close()
    for path, words in (
        (wrong, "it is not an archive of clicks"),
        (tmp_path, "cannot be opened"),
        (tmp_path / "not there" / "a.db", "cannot be opened"),
        (newer, "newer version"),
    ):
        with pytest.raises(QuestionError, match=words) as caught:
            Archive(str(path))
        assert caught.value.user_message.count(". ") == 0
        assert caught.value.user_message.endswith(".")


# -- walls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [402, 403, 404])
def test_walls_switch_to_the_next_way_and_say_so(local: LocalBitly, status: int) -> None:
    right = bitly(local, "premium").source().fetch(ClickQuery(units=9))
    server = bitly(local, "premium")
    server.walls = {"/clicks/over_time": status}
    source = server.source()
    found = source.fetch(ClickQuery(units=9))
    assert found.clicks.tolist() == right.clicks.tolist()
    assert "/v4/groups/…/clicks" in found.provenance.endpoints
    server.calls()
    source.fetch(ClickQuery(units=9, timezone="Europe/Tallinn"))
    assert not any("over_time" in path for path in server.asked)  # not knocked at again

    server.walls["/clicks"] = status  # of a group's series, and of its lists too
    with pytest.raises(AnswerError):
        server.source().fetch(ClickQuery(units=9))
    server.walls = {
        "/over_time": status,
        f"/groups/{source.account.groups()[0].guid}/clicks": status,
    }
    source = server.source()
    found = source.fetch(ClickQuery(units=9))
    assert NO_GROUP_SERIES in found.provenance.note
    # A list that is full may leave links out.
    assert [STATES[state] for state in found.states[:-1]] == ["capped"] * 8
    # How many it leaves out nobody says, so there is a lower bound and no upper one.
    assert (found.at_least[:-1] > 0).all()
    assert (found.at_most[:-1] == -1).all()
    of_each = [source.fetch(ClickQuery(units=9, domains=(name,))) for name in DOMAINS]
    assert np.sum([one.floor for one in of_each], axis=0).tolist() == found.floor.tolist()
    hours = ClickQuery(unit="hour", units=30)
    by_lists, by_series = source.fetch(hours), bitly(local, "premium").source().fetch(hours)
    assert by_lists.clicks.tolist() == by_series.clicks.tolist()
    assert by_lists.known.all()
    domain = source.fetch(hours.replace(domains=(DOMAINS[0],)))
    assert domain.known.all()
    assert source.fetch(hours.replace(unlisted=True)).clicks.sum() == 0
    server.calls()
    source.fetch(hours)
    assert server.calls() == (0, 0)
    # Of the zone's days each hour's list would take a call: they are days of UTC.
    zoned = source.fetch(ClickQuery(units=9, timezone="Asia/Tokyo"))
    assert zoned.provenance.note.startswith(UTC_WALL.format(unit="day"))
    assert server.calls()[0] <= 2
    # A link's hours are behind no wall.
    link = ClickQuery(target=LINK, link=f"{DOMAINS[0]}/b0", units=9, timezone="Asia/Tokyo")
    assert source.fetch(link).provenance.note == ""


@pytest.mark.parametrize("status", [402, 403, 404])
def test_hours_behind_a_wall_become_days_of_utc(local: LocalBitly, status: int) -> None:
    zoned = ClickQuery(units=9, timezone="Europe/Tallinn")
    server = bitly(local, "premium")
    server.walls = {"/clicks unit=hour": status, "/over_time unit=hour": status}
    source = server.source()
    found = source.fetch(zoned)
    right = bitly(local, "premium").source().fetch(zoned.replace(timezone="UTC"))
    assert found.provenance.note == UTC_WALL.format(unit="day")
    assert found.provenance.offset == 0
    assert found.edges.tolist() == right.edges.tolist()
    assert found.clicks.tolist() == right.clicks.tolist()
    server.calls()
    link = ClickQuery(target=LINK, link=f"{DOMAINS[0]}/b0", units=9, timezone="Europe/Tallinn")
    assert source.fetch(link).provenance.note == UTC_WALL.format(unit="day")
    server.calls()
    source.fetch(link.replace(link=f"{DOMAINS[1]}/b1"))
    assert not any("unit=hour" in path for path in server.asked)
    with pytest.raises(AccessError if status != 404 else AnswerError):
        source.fetch(zoned.replace(unit="hour"))
    # What nobody may see is no wall of hours.
    server.walls = {"/clicks": status, "/over_time": status}
    with pytest.raises(AnswerError) as caught:
        server.source().fetch(zoned)
    assert caught.value.status == status


def test_days_older_than_the_hours_are_days_of_utc(local: LocalBitly) -> None:
    """The free plan has 24 hours, and 30 days."""
    server = bitly(local, "free")
    source = server.source()
    zoned = ClickQuery(units=9, timezone="Europe/Tallinn")
    found = source.fetch(zoned)
    assert found.provenance.note == UTC_HISTORY.format(unit="day")
    assert found.known.all()
    metrics, _ = server.calls()
    assert metrics <= 3  # hours, the hours before them, days
    source.fetch(zoned.replace(until=NOW - 3 * DAY))
    assert server.calls() == (0, 0)
    assert source.fetch(zoned.replace(units=1, until=NOW - 100)).provenance.note == ""
    exact = source.fetch(zoned.replace(zone_days=True))
    assert exact.provenance.note == ""
    assert (exact.states[:-2] == OUTSIDE_WINDOW).all()


def test_the_plan_knows_the_month(local: LocalBitly) -> None:
    server = bitly(local, "core", calls_used=4_900)
    source = server.source()
    plan = source.plan(by_domain(source, units=30))
    used = server.quota.used_in_month(server.now)
    assert plan.month is not None
    assert (plan.month.limit, plan.month.left) == (5_000, 5_000 - used)
    assert not plan.asks_first
    assert plan.is_possible
    exact = source.plan([ClickQuery(units=30, timezone="-5", zone_days=True, login="ann")])
    assert exact.asks_first
    assert not exact.is_possible
    assert Tally(path.split("?")[0].rsplit("/", 1)[-1] for path in server.asked)["plan_limits"] == 1


def test_a_plan_behind_a_wall_costs_no_lists_and_counts_them(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    server.walls = {"/over_time": 402, f"/groups/{source.account.groups()[0].guid}/clicks": 402}
    server.calls()
    queries = by_domain(source, units=30)
    plan = source.plan(queries)
    assert server.calls()[0] == 2  # the two refusals
    assert plan.calls == 30
    fetched(source, queries)
    assert server.calls()[0] == 30
    assert source.plan(queries).calls == 0


@pytest.mark.parametrize("zone", ["UTC", "Europe/Tallinn"])
def test_a_whole_organization_behind_a_wall_has_a_plan(local: LocalBitly, zone: str) -> None:
    server = bitly(local)
    source = server.source()
    query = ClickQuery(units=20, timezone=zone)
    assert source.plan([query]).calls == 0  # its series came with the plan
    assert server.calls()[0] in (1, 2)
    source.fetch(query)
    assert server.calls()[0] == 0
    server = bitly(local)
    source = server.source()
    server.walls = {"/over_time": 402, f"/groups/{source.account.groups()[0].guid}/clicks": 402}
    server.calls()
    plan = source.plan([query])
    assert server.calls()[0] in (2, 4)  # refusals, of hours and then of days
    assert plan.calls == 20
    source.fetch(query)
    assert server.calls()[0] == 20
    assert source.plan([query]).calls == 0


def test_where_no_series_says_when_the_history_begins_empty_days_are_not_known(
    local: LocalBitly,
) -> None:
    server = bitly(local)
    source = server.source()
    server.walls = {"/over_time": 402, f"/groups/{source.account.groups()[0].guid}/clicks": 402}
    found = source.fetch(ClickQuery(units=40))
    assert [STATES[state] for state in found.states[:10]] == ["outside_window"] * 10
    assert OUTSIDE_WINDOW not in found.states[10:]
    assert not found.clicks[:10].any()


@pytest.mark.parametrize(("unit", "most"), [("hour", 720), ("day", 30), ("month", 30)])
def test_a_plan_of_all_time_is_as_long_as_the_history(
    local: LocalBitly, unit: str, most: int
) -> None:
    server = bitly(local)
    source = server.source()
    source.account.groups()
    server.calls()
    query = ClickQuery(domains=(DOMAINS[0],), unit=unit, units=ALL_TIME)
    plan = source.plan([query])
    assert server.calls()[0] <= 2  # the group's series by day, and by hour
    assert 20 < plan.calls <= most
    assert plan.is_possible
    source.fetch(query)
    assert server.calls()[0] == plan.calls


def test_all_time_behind_a_wall_is_no_list_of_each_day_there_was(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    server.walls = {"/over_time": 402, f"/groups/{source.account.groups()[0].guid}/clicks": 402}
    server.calls()
    for query in (ClickQuery(units=ALL_TIME), ClickQuery(units=ALL_TIME, domains=(DOMAINS[0],))):
        with pytest.raises(QuestionError, match="choose a number of units"):
            source.fetch(query)
    assert server.calls()[0] == 2  # the two refusals


def test_a_rate_limit_that_is_a_403_is_no_wall(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    source.account.groups()
    server.calls()
    server.walls, WORDS[403] = {"/over_time": 403}, "RATE_LIMIT_EXCEEDED"
    try:
        with pytest.raises(RateLimitError):
            source.fetch(ClickQuery(units=9, timezone="Asia/Tokyo"))
    finally:
        WORDS[403] = "FORBIDDEN"
    assert server.calls()[0] == 1
    server.walls = {}
    assert source.fetch(ClickQuery(units=9, timezone="Asia/Tokyo")).provenance.note == ""
