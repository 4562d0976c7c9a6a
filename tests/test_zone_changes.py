"""Clicks around changes of clocks: the data layer, the command line and the files against a second
count (`tests/counter.py`), to the second, in every unit, zone, season and shape.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counter import (
    DAY,
    HOUR,
    Counter,
    edges,
    edges_since,
    first_instant,
    offset_at,
    server_bucket,
    tz,
    utc,
)
from zone_changes import (
    ACCOUNTS,
    AROUND,
    CASES,
    TRACKING,
    WHOLE_HOURS,
    Case,
    other_season,
    write_log,
)

from bitly_data.cli import main
from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery
from bitly_data.report.tables import to_csv, to_json
from bitly_data.series import STATES, ClickSeries
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, Answer, HttpClient, new_session
from bitly_data.transport.request import Request

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# As many as reach over the ten days around a change, and the first weekday.
UNITS = (
    ("hour", 250, MONDAY),
    ("day", 12, MONDAY),
    ("week", 3, MONDAY),
    ("week", 3, SUNDAY),
    ("week", 3, SATURDAY),
    ("month", 2, MONDAY),
)
# Every so many answers one is written to files and read back.
FILED_EVERY = 12
NEVER = utc("2100-01-01T00:00:00")


@dataclass(frozen=True)
class Target:
    """What is counted, with the words for it on the command line."""

    parts: dict[str, object]
    words: tuple[str, ...]
    rows: np.ndarray


@dataclass
class Watched:
    """A server in this process at a stopped clock, and what it was asked."""

    upstream: HttpClient
    asked: list[dict[str, str]] = field(default_factory=list)

    def send(self, request: Request, read: Callable[[Answer], Any]) -> Any:
        self.asked.append(dict(request.params))
        return self.upstream.send(request, read)


@dataclass(frozen=True)
class Log:
    """A generated click log, its second count, and one store of it for servers of any clock."""

    case: Case
    path: Path
    counter: Counter
    local: LocalBitly
    targets: tuple[Target, ...]

    @property
    def newest(self) -> int:
        return int(self.counter.t[-1])

    def at(self, now: int) -> V3Source:
        stopped = LocalBitly(self.local.store, self.local.report, clock=lambda: float(now))
        upstream = HttpClient(LOCAL_URL, "t", new_session(stopped.app), stopped.clock)
        return V3Source(Watched(upstream), "x", clock=stopped.clock)  # type: ignore[arg-type]

    def rows(self, target: Target, now: int) -> np.ndarray:
        """What the server at that clock knows: the indexes of clicks up to it."""
        return target.rows[self.counter.t[target.rows] <= now]


def open_log(folder: Path, case: Case) -> Log:
    path = folder / f"{case.name}.log"
    write_log(path, case)
    counter = Counter([path], [TRACKING], NEVER, ACCOUNTS)
    local = LocalBitly.open(
        ServerOptions(
            clicks=(str(path),), tracking_domains=(TRACKING,), accounts=ACCOUNTS, now="latest"
        )
    )
    return Log(case, path, counter, local, tuple(targets(counter)))


def targets(counter: Counter) -> Iterator[Target]:
    for link in ("go.ex.com/Ab", "bit.ly/De"):
        yield Target({"target": LINK, "link": link}, (LINK, link), counter.of_link(link))
    for domains, login in (
        ((), None),
        (("x.ex.com",), None),
        ((TRACKING,), None),
        (("go.ex.com", TRACKING), None),
        ((), "bob"),
        ((), "!"),
    ):
        words = [f"--domain={name}" for name in domains] + ([f"--login={login}"] if login else [])
        yield Target(
            {"target": ORGANIZATION, "domains": domains, "login": login},
            (ORGANIZATION, *words),
            counter.of_organization(domains, login),
        )


CASE_BY_NAME = {case.name: case for case in CASES}
# In the fast tier too: where the hour itself is cut; and the whole hours at both ends.
SOONER = ("lord-howe", "-14", "14")


def marks(name: str, group: str) -> list[pytest.MarkDecorator]:
    slow = [] if name in SOONER else [pytest.mark.slow]
    return [pytest.mark.xdist_group(f"zone-{group}"), *slow]


every_case = pytest.mark.parametrize(
    "log",
    [pytest.param(case.name, marks=marks(case.name, case.name)) for case in CASES],
    indirect=True,
)


@pytest.fixture(scope="module")
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    log = open_log(tmp_path_factory.mktemp("zones"), CASE_BY_NAME[request.param])
    yield log
    log.local.close()


# -- what is compared -----------------------------------------------------------------------------


def expected_states(
    source: V3Source, query: ClickQuery, bounds: Sequence[int], now: int
) -> list[str]:
    """Still filling, upstream's own bucket as it was asked for, or put together."""
    units = [
        ask
        for ask in source.upstream.asked  # type: ignore[attr-defined]
        if ask["unit"] == query.unit and ask["rollup"] == "false"
    ]
    offsets = {offset_at(now, ask["timezone"]) for ask in units}
    return [
        "not_begun"
        if start > now
        else "partial"
        if end > now
        else "counted"
        if any(server_bucket(start, query.unit, offset) == (start, end) for offset in offsets)
        else "rebuilt"
        for start, end in pairwise(bounds)
    ]


def compare(log: Log, source: V3Source, now: int, target: Target, **parts: object) -> ClickSeries:
    """Ask a question and its second count; both must give the same starts, clicks and states."""
    query = ClickQuery(timezone=log.case.zone, **target.parts, **parts)  # type: ignore[arg-type]
    source.upstream.asked.clear()  # type: ignore[attr-defined]
    series = source.fetch(query)
    about = (query, datetime.fromtimestamp(now, UTC).isoformat())
    bounds, clicks = expected(log, now, target, query)
    assert series.edges.tolist() == bounds, about
    assert series.clicks.tolist() == clicks, about
    states = [STATES[state] for state in series.states]
    if not query.rollup:
        assert states == expected_states(source, query, bounds, now), about
    elif bounds[-1] > now:
        assert states == ["partial"], about
    elif query.units == ALL_TIME:
        assert states in (["counted"], ["rebuilt"]), about
    else:
        assert states == [expected_state_of_total(source, query, now)], about
    assert series.provenance.note == ""
    return series


def expected_state_of_total(source: V3Source, query: ClickQuery, now: int) -> str:
    """Counted where upstream's own buckets of that unit add up to it, rebuilt otherwise."""
    bounds = edges(
        query.unit,
        query.units,
        query.timezone,
        now if query.until is None else query.until,
        query.week_start,
    )
    offsets = {
        offset_at(now, ask["timezone"])
        for ask in source.upstream.asked  # type: ignore[attr-defined]
        if ask["unit"] == query.unit and ask["rollup"] == "true"
    }
    own = any(
        all(
            server_bucket(start, query.unit, offset) == (start, end)
            for start, end in pairwise(bounds)
        )
        for offset in offsets
    )
    return "counted" if own else "rebuilt"


def expected(log: Log, now: int, target: Target, query: ClickQuery) -> tuple[list[int], list[int]]:
    """Edges and clicks of the second count."""
    rows, zone = log.rows(target, now), query.timezone
    end = now if query.until is None else query.until
    newest = edges(query.unit, 1, zone, end, query.week_start)
    if query.units != ALL_TIME:
        bounds = edges(query.unit, query.units, zone, end, query.week_start)
    else:
        rows = rows[log.counter.t[rows] < newest[1]]
        # Without any click it is the bucket that holds the end.
        first = int(log.counter.t[rows[0]]) if len(rows) else end
        bounds = edges_since(first, query.unit, zone, end, query.week_start)
        if query.rollup:  # the total begins with the month of the first click
            bounds = [edges("month", 1, zone, first)[0], newest[1]]
    counts = [clicks for _, clicks in log.counter.within(rows, bounds)]
    if query.rollup:
        return [bounds[0], bounds[-1]], [sum(counts)]
    return bounds, counts


def compare_files(log: Log, series: Sequence[ClickSeries]) -> None:
    """Series in a file each way, read back."""
    pairs = [(one, index) for one in series for index in range(len(one.clicks))]
    for rows in (list(csv.DictReader(io.StringIO(to_csv(series)))), json.loads(to_json(series))):
        assert len(rows) == len(pairs)
        for row, (one, index) in zip(rows, pairs, strict=True):
            check_row(
                row,
                log.case.zone,
                int(one.edges[index]),
                int(one.clicks[index]) if one.known[index] else None,
                STATES[one.states[index]],
            )
            assert row["series"] == one.name


def check_row(
    row: dict[str, object], zone: str, start: int, clicks: int | None, state: str | None
) -> None:
    moment = datetime.fromtimestamp(start, tz(zone))
    assert row["date"] == moment.strftime("%Y-%m-%d %H:%M:%S"), row
    assert row["bucket"] == moment.isoformat(), row
    assert row["bucket_utc"] == moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), row
    assert row["timezone"] == zone
    assert (None if row["clicks"] in ("", None) else int(str(row["clicks"]))) == clicks, row
    assert state is None or row["state"] == state, row


# -- the second count itself ----------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_clocks_change_as_they_are_said_to(case: Case) -> None:
    for instant, (_, before, after) in zip(case.instants, case.changes, strict=True):
        assert (offset_at(instant - 1, case.zone), offset_at(instant, case.zone)) == (
            before * HOUR,
            after * HOUR,
        )


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_second_count_has_the_days_and_hours_of_a_walk_minute_by_minute(case: Case) -> None:
    """A day begins when a clock first shows a later date than ever before; an hour whenever it
    shows :00, or is set by a part of an hour.
    """
    for change in case.instants:
        low = change - AROUND
        low -= low % 60
        latest, days, hours = date.min, [], []
        for at in range(low, change + AROUND, 60):
            shown = datetime.fromtimestamp(at, tz(case.zone))
            if shown.date() > latest:
                latest = shown.date()
                days.append(at)
            ran = shown.replace(tzinfo=None) - datetime.fromtimestamp(
                at - 60, tz(case.zone)
            ).replace(tzinfo=None)
            set_by = (ran - timedelta(minutes=1)) % timedelta(hours=1)
            if shown.minute == 0 or set_by:
                hours.append(at)
        assert edges("day", len(days) - 2, case.zone, days[-1] - 1) == days[1:]
        assert edges("hour", len(hours) - 2, case.zone, hours[-1] - 1) == hours[1:]


def test_the_second_count_puts_each_click_where_it_belongs() -> None:
    zone = "America/St_Johns"  # at 00:00:59 on 7 November 2010 the clocks went back to 23:01
    assert first_instant(date(2010, 11, 7), zone) == utc("2010-11-07T02:30:00")
    assert edges("day", 2, zone, utc("2010-11-07T02:45:00")) == [
        utc("2010-11-06T02:30:00"),
        utc("2010-11-07T02:30:00"),
        utc("2010-11-08T03:30:00"),
    ]
    assert edges("day", 2, "Pacific/Apia", utc("2011-12-30T10:00:00")) == [
        utc("2011-12-29T10:00:00"),
        utc("2011-12-30T10:00:00"),
        utc("2011-12-31T10:00:00"),
    ]
    assert edges("week", 1, "Pacific/Apia", utc("2011-12-31T00:00:00"), FRIDAY) == [
        utc("2011-12-30T10:00:00"),
        utc("2012-01-05T10:00:00"),
    ]
    assert edges("hour", 3, "Australia/Lord_Howe", utc("2013-10-05T16:30:00")) == [
        utc("2013-10-05T14:30:00"),
        utc("2013-10-05T15:30:00"),
        utc("2013-10-05T16:00:00"),
        utc("2013-10-05T17:00:00"),
    ]
    assert edges("day", 1, "America/Sao_Paulo", utc("2013-10-20T12:00:00")) == [
        utc("2013-10-20T03:00:00"),
        utc("2013-10-21T02:00:00"),
    ]


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        ("America/New_York", "2013-03-10T16:00:00", 23),
        ("America/New_York", "2013-11-03T17:00:00", 25),
        ("Australia/Lord_Howe", "2013-10-06T01:00:00", 23.5),
        ("Australia/Lord_Howe", "2013-04-07T01:30:00", 24.5),
        ("Antarctica/Troll", "2013-03-31T10:00:00", 22),
        ("Antarctica/Troll", "2013-10-27T12:00:00", 26),
        ("Asia/Tehran", "2022-03-22T07:30:00", 23),
        ("Asia/Tehran", "2022-09-21T07:30:00", 25),
        ("America/St_Johns", "2010-11-07T15:30:00", 25),
        ("America/Havana", "2013-11-03T17:00:00", 25),
        ("Antarctica/Casey", "2010-03-05T04:00:00", 27),
        ("Pacific/Apia", "2011-12-29T22:00:00", 24),
        ("Pacific/Apia", "2011-12-30T22:00:00", 24),
    ],
)
def test_the_length_of_a_day_in_both_calendars(zone: str, noon: str, hours: float) -> None:
    query = ClickQuery(timezone=zone, unit="day", units=1)
    from bitly_data.query import edges_of  # the edges that every answer is put on

    found = edges_of(query, utc(noon)).tolist()
    assert found == edges("day", 1, zone, utc(noon))
    assert (found[1] - found[0]) / HOUR == hours


# -- every question -------------------------------------------------------------------------------


def clocks(log: Log, change: int, chance: random.Random) -> tuple[int, int, int]:
    """In the hours after the change, at the newest click, and in another season."""
    return (
        change + chance.randint(0, 5 * HOUR),
        log.newest,
        other_season(log.case.zone, log.newest),
    )


def weeks(case: Case) -> Iterator[tuple[str, int, int]]:
    yield from UNITS
    if case.name == "apia":  # the date that was skipped is a Friday
        yield "week", 3, FRIDAY


@pytest.mark.sampled("turns", "turn", start=1)
@every_case
def test_series_and_totals(log: Log, turn: int) -> None:
    chance = random.Random(turn)
    asked = 0
    for change in log.case.instants:
        for now in clocks(log, change, chance):
            source = log.at(now)
            kept: list[ClickSeries] = []
            for unit, units, week_start in weeks(log.case):
                ends = [change - 1, change, change + AROUND - chance.randint(1, DAY)]
                for end in [*ends, None] if now <= log.newest else ends:
                    for target, rollup in zip(
                        chance.sample(log.targets, 3),
                        (False, True, chance.random() < 0.3),
                        strict=True,
                    ):
                        series = compare(
                            log,
                            source,
                            now,
                            target,
                            unit=unit,
                            units=units,
                            week_start=week_start,
                            until=end,
                            rollup=rollup,
                        )
                        asked += 1
                        kept.append(series)
                        if asked % FILED_EVERY == 0:
                            compare_files(log, kept[-2:])
    assert asked >= len(log.case.changes) * 3 * len(UNITS) * 9


@pytest.mark.sampled("turns", "turn", start=2)
@every_case
def test_all_time(log: Log, turn: int) -> None:
    chance = random.Random(turn)
    for change in log.case.instants:
        for now in clocks(log, change, chance):
            source = log.at(now)
            for unit, _, week_start in weeks(log.case):
                end = chance.choice([change - 1, change, change + DAY, now])
                for rollup in (False, True):
                    compare(
                        log,
                        source,
                        now,
                        chance.choice(log.targets),
                        unit=unit,
                        units=ALL_TIME,
                        week_start=week_start,
                        rollup=rollup,
                        until=None if end == now else end,
                    )


@pytest.mark.sampled("turns", "turn", start=3)
@every_case
def test_minutes_after_a_change(log: Log, turn: int) -> None:
    chance = random.Random(turn)
    for change in log.case.instants:
        for now in (change, change + 59, *(change + chance.randint(60, 70 * 60) for _ in range(6))):
            target = chance.choice(log.targets[:2])
            for rollup in (False, True):
                compare(
                    log,
                    log.at(now),
                    now,
                    target,
                    unit="minute",
                    units=chance.choice([1, 60, 60]),
                    rollup=rollup,
                )


# -- zones of whole hours -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def still_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    log = open_log(tmp_path_factory.mktemp("zones"), CASE_BY_NAME["utc"])
    yield log
    log.local.close()


@pytest.mark.parametrize(
    "zone", [pytest.param(hours, marks=marks(hours, "utc")) for hours in WHOLE_HOURS]
)
def test_whole_hours_from_utc(still_log: Log, zone: str) -> None:
    log = Log(
        Case(zone, zone, CASE_BY_NAME["utc"].changes),
        still_log.path,
        still_log.counter,
        still_log.local,
        still_log.targets,
    )
    chance = random.Random(int(zone))
    for turn, (unit, units, week_start) in enumerate(UNITS):
        change = log.case.instants[turn % 2]
        now = clocks(log, change, chance)[(turn // 2 + int(zone)) % 3]
        source = log.at(now)
        for end in (change - 1, change + chance.randint(0, AROUND), None):
            for rollup in (False, True):
                for count in (units, ALL_TIME):
                    series = compare(
                        log,
                        source,
                        now,
                        chance.choice(log.targets),
                        unit=unit,
                        units=count,
                        week_start=week_start,
                        until=end,
                        rollup=rollup,
                    )
            if unit == "day":
                compare_files(log, [series])
    compare(log, log.at(log.newest), log.newest, log.targets[0], unit="minute", units=60)


# -- the command line -----------------------------------------------------------------------------


@every_case
@pytest.mark.parametrize("seed", range(2))
def test_the_command_line(log: Log, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(f"{log.case.name} {seed}")
    change = chance.choice(log.case.instants)
    now = chance.choice(clocks(log, change, chance))
    unit, units, week_start = chance.choice([*weeks(log.case), ("minute", 60, MONDAY)])
    target = chance.choice(log.targets[:2] if unit == "minute" else log.targets)
    if unit != "minute" and chance.random() < 0.25:
        units = ALL_TIME
    end = None if unit == "minute" else chance.choice([change - 1, change, change + 3 * DAY])
    rollup, form = chance.random() < 0.2, chance.choice(["csv", "json"])
    words = [
        *target.words,
        "--unit",
        unit,
        "--units",
        "all" if units == ALL_TIME else str(units),
        f"--timezone={log.case.zone}",
        "--week-start",
        WEEKDAYS[week_start],
        "--format",
        form,
        "--until",
        "now" if end is None else str(end),
        "--clicks",
        str(log.path),
        f"--tracking-domain={TRACKING}",
        *(f"--account={name}" for name in ACCOUNTS),
        "--now",
        f"{datetime.fromtimestamp(now, UTC):%FT%TZ}",
    ]
    assert main(["clicks", *words, *(["--rollup"] if rollup else [])]) == 0
    out = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(out))) if form == "csv" else json.loads(out)
    query = ClickQuery(
        timezone=log.case.zone,
        unit=unit,
        units=units,
        week_start=week_start,
        until=end,
        rollup=rollup,
        **target.parts,
    )  # type: ignore[arg-type]
    bounds, clicks = expected(log, now, target, query)
    assert len(rows) == len(clicks), words
    for row, start, stop, count in zip(rows, bounds, bounds[1:], clicks, strict=False):
        found, there = log.counter.covered(start, stop, now)
        check_row(row, log.case.zone, start, count if found else None, None)
        assert row["state"] in (
            ("not_begun",)
            if start > now
            else ("not_in_log",)
            if not found
            else ("partial",)
            if stop > now or found < there
            else ("counted", "rebuilt")
        ), row
        assert row["series"] == query.series_name
