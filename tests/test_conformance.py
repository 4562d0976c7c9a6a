"""The local server and the data layer against a second count of the same click logs.

Every comparison is of bucket starts and counts alike. The server is held to Bitly's own rules
(one offset for a whole answer, weeks from Sunday), the data layer to the zone's real calendar.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from counter import BITLY, Counter, edges, utc
from support import served
from tiers import WITHOUT_SHARED
from views import DEMO_NOW, USAGOV, usagov_counter

from bitly_data.cli import main
from bitly_data.client import Client
from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery
from bitly_data.series import STATES, ClickSeries
from bitly_data.server import LocalBitly
from bitly_data.settings import CLICK_LOG, Settings
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

# From both ends of the logs below these reach back over changes of clocks in two continents.
UNITS = {"hour": 600, "day": 75, "week": 11, "month": 3}
BIG_LINKS, SMALL_LINKS, BIG_DOMAIN_CLICKS, BIG_LOGINS = 28, 14, 50, 10


@dataclass(frozen=True)
class Target:
    """What is counted, as a question and as a server is asked for it."""

    link: str | None = None
    domains: tuple[str, ...] = ()
    login: str | None = None

    def query(self, **more: object) -> ClickQuery:
        kind = LINK if self.link else ORGANIZATION
        return ClickQuery(
            target=kind, link=self.link, domains=self.domains, login=self.login, **more
        )  # type: ignore[arg-type]

    def rows(self, counter: Counter) -> np.ndarray:
        return (
            counter.of_link(self.link)
            if self.link
            else counter.of_organization(self.domains, self.login)
        )

    @property
    def path(self) -> str:
        return "/v3/link/clicks" if self.link else "/v3/organization/clicks"

    @property
    def key(self) -> str:
        return "link_clicks" if self.link else "organization_clicks"

    @property
    def params(self) -> list[tuple[str, str]]:
        if self.link:
            return [("link", f"http://{self.link}")]
        login = [("login", self.login)] if self.login else []
        return [("domain", name) for name in self.domains] + login


@dataclass(frozen=True)
class Log:
    """A click log, served in this process, and the second count of it."""

    paths: tuple[Path, ...]
    counter: Counter
    connection: Client
    zones: tuple[str, ...]
    middle: int  # an end in the middle, with changes of clocks before it [epoch s]
    targets: tuple[Target, ...]
    rows: dict[Target, np.ndarray]

    @property
    def newest(self) -> int:
        return int(self.counter.t[-1])

    def questions(self, unit: str, zone: str) -> Iterator[tuple[Target, int | None]]:
        """Every target up to the newest click, and many of them up to another end as well.

        Hours do not reach back from the newest click to a change of clocks: there every target has
        the other end too.
        """
        for index, target in enumerate(self.targets):
            yield target, self.newest
            if "/" in zone and unit == "hour":
                yield target, self.middle
            elif "/" in zone and index % 4 == 1:
                yield target, (self.middle, None)[index // 4 % 2]

    def seen(
        self, expected: list[tuple[int, int]], series: ClickSeries
    ) -> list[tuple[int, int | None]]:
        """The second count of a series, without a number where the log has none of the hours."""
        return self.counter.seen(expected, int(series.edges[-1]))

    def ask(self, target: Target, *more: tuple[str, str]) -> dict:
        upstream = self.connection.source.upstream
        answer = upstream.get(target.path, [*target.params, *more])
        envelope = json.loads(answer.body)
        assert (answer.status, envelope["status_code"]) == (200, 200), (target, more, envelope)
        return envelope["data"]


def open_log(paths: tuple[Path, ...], counter: Counter, zones: tuple[str, ...], middle: int) -> Log:
    connection = Client.open(
        Settings(
            kind=CLICK_LOG,
            click_log=tuple(map(str, paths)),
            tracking_domains=tuple(counter.tracking),
            accounts=counter.accounts,
            now=np.datetime_as_string(np.datetime64(counter.now, "s")) + "Z",
        )
    )
    targets = tuple(chosen(counter))
    return Log(
        paths,
        counter,
        connection,
        zones,
        middle,
        targets,
        {target: target.rows(counter) for target in targets},
    )


def chosen(counter: Counter) -> Iterator[Target]:
    """Large and small links, large domains and logins, and the organization's other cuts."""
    links = [link for link, _ in Tally(counter.link.tolist()).most_common()]
    small = random.Random(1).sample(sorted(links[len(links) // 3 :]), SMALL_LINKS)
    yield from (Target(link=link) for link in links[:BIG_LINKS] + small)
    hosts = [
        host
        for host, clicks in Tally(counter.host.tolist()).most_common()
        if clicks > BIG_DOMAIN_CLICKS and host not in BITLY
    ]
    yield from (Target(domains=(host,)) for host in hosts)
    logins = [login for login, _ in Tally(counter.login[counter.own].tolist()).most_common()]
    yield from (Target(login=login) for login in logins[:BIG_LOGINS])
    yield from (Target(domains=(domain,)) for domain in counter.tracking)
    yield from (
        Target(),
        Target(login="!"),
        Target(domains=(hosts[0], hosts[1])),
        Target(domains=(hosts[0], counter.tracking[0])),
        Target(domains=counter.tracking[:2], login="!"),
        Target(domains=(hosts[0],), login=_busiest_login(counter, hosts[0])),
    )


def _busiest_login(counter: Counter, host: str) -> str:
    """Who has the most clicks on a domain: the busiest of all may have none there."""
    return Tally(counter.login[counter.own & (counter.host == host)].tolist()).most_common(1)[0][0]


@pytest.fixture(scope="module")
def demo_log(demo_clicks: tuple[dict[str, str], Counter]) -> Iterator[Log]:
    settings, counter = demo_clicks
    log = open_log(
        (Path(settings["BITLY_CLICK_LOG"]),),
        counter,
        ("UTC", "America/New_York", "Europe/Tallinn", "Asia/Kolkata", "-5"),
        utc("2025-04-01T12:00:00"),
    )
    assert counter.now == DEMO_NOW
    yield log
    log.connection.local.close()


@pytest.fixture(scope="module")
def usagov_log() -> Iterator[Log]:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    log = open_log(
        tuple(sorted(USAGOV.glob("*.gz"))),
        usagov_counter(),
        ("UTC", "America/New_York", "Europe/Tallinn", "Asia/Tokyo", "-5"),
        utc("2013-04-01T15:30:00"),
    )
    yield log
    log.connection.local.close()


# The demo's log is seven times as long, and counted for v4 in the fast tier.
@pytest.fixture(params=["usagov", pytest.param("demo", marks=pytest.mark.slow)])
def log(request: pytest.FixtureRequest) -> Log:
    return request.getfixturevalue(f"{request.param}_log")


# Every unit in every zone; in the fast tier days in New York.
units = [name if name == "day" else pytest.param(name, marks=pytest.mark.slow) for name in UNITS]
zones = [place if place == 1 else pytest.param(place, marks=pytest.mark.slow) for place in range(5)]


def pairs(series: ClickSeries) -> list[tuple[int, int | None]]:
    """(start, clicks) of a series all of whose buckets are known but for those that a click log
    has none of.
    """
    states = [STATES[state] for state in series.states]
    known = series.known.tolist()
    assert {state for state, is_known in zip(states, known, strict=True) if not is_known} <= {
        "not_in_log"
    }, states
    return [
        (start, clicks if is_known else None)
        for start, clicks, is_known in zip(
            series.edges[:-1].tolist(), series.clicks.tolist(), known, strict=True
        )
    ]


def listed(data: dict, target: Target) -> list[tuple[int, int]]:
    return [(item["dt"], item["clicks"]) for item in data[target.key]]


# -- every question -------------------------------------------------------------------------------


def test_the_sample_is_large_enough(log: Log) -> None:
    links = [target for target in log.targets if target.link]
    assert len(links) >= 40
    assert min(len(log.rows[target]) for target in links) < 20 < 1000 < len(log.rows[links[0]])
    assert len(log.rows[Target(login="!")]) > 0
    assert all(len(rows) for rows in log.rows.values())


@pytest.mark.parametrize("zone", zones)
@pytest.mark.parametrize("unit", units)
def test_the_server_counts_like_the_second_count(log: Log, unit: str, zone: int) -> None:
    timezone = log.zones[zone]
    for target, end in log.questions(unit, timezone):
        reference = [] if end is None else [("unit_reference_ts", str(end))]
        data = log.ask(
            target,
            ("unit", unit),
            ("units", str(UNITS[unit])),
            ("rollup", "false"),
            ("timezone", timezone),
            ("limit", "1000"),
            *reference,
        )
        expected = log.counter.by_server(
            log.rows[target], unit, UNITS[unit], timezone, log.counter.now if end is None else end
        )
        assert listed(data, target) == expected, (target, unit, timezone, end)


@pytest.mark.parametrize("zone", zones)
@pytest.mark.parametrize("unit", units)
def test_the_data_layer_counts_like_the_second_count(log: Log, unit: str, zone: int) -> None:
    timezone = log.zones[zone]
    for target, end in log.questions(unit, timezone):
        series = log.connection.source.fetch(
            target.query(unit=unit, units=UNITS[unit], timezone=timezone, until=end)
        )
        expected = log.counter.by_zone(
            log.rows[target], unit, UNITS[unit], timezone, log.counter.now if end is None else end
        )
        seen = log.seen(expected, series)
        assert pairs(series) == seen, (target, unit, timezone, end)


def test_bitly_s_own_domains_are_nobody_s(log: Log) -> None:
    for host in BITLY:
        answer = log.connection.source.upstream.get("/v3/organization/clicks", [("domain", host)])
        assert json.loads(answer.body)["status_txt"] == "INVALID_ARG_DOMAIN"


# -- minutes, which always end now ----------------------------------------------------------------


@pytest.mark.parametrize("zone", zones)
def test_minutes(log: Log, zone: int) -> None:
    """Each link at the clock of one of its clicks."""
    chance = random.Random(7 + zone)
    local, timezone = log.connection.local, log.zones[zone]
    for target in log.targets[: BIG_LINKS + SMALL_LINKS]:
        now = int(log.counter.t[chance.choice(log.rows[target].tolist())]) + chance.randint(0, 90)
        stopped = LocalBitly(local.store, local.report, clock=lambda now=now: float(now))
        source = V3Source(
            HttpClient(LOCAL_URL, "t", new_session(stopped.app), stopped.clock),
            "x",
            clock=stopped.clock,
        )
        units = chance.choice([1, 5, 60])
        rows = log.rows[target][log.counter.t[log.rows[target]] <= now]
        expected = log.counter.by_zone(rows, "minute", units, timezone, now)
        assert (
            pairs(source.fetch(target.query(unit="minute", units=units, timezone=timezone)))
            == expected
        ), (target, now, timezone)
        answer = source.upstream.get(
            target.path,
            [
                *target.params,
                ("unit", "minute"),
                ("units", str(units)),
                ("timezone", timezone),
                ("rollup", "false"),
            ],
        )
        assert listed(json.loads(answer.body)["data"], target) == expected[::-1]


# -- the other shapes of an answer ----------------------------------------------------------------


def few(log: Log) -> list[Target]:
    return [*log.targets[:2], *log.targets[BIG_LINKS : BIG_LINKS + 2], *log.targets[-6:]]


@pytest.mark.parametrize("unit", units)
def test_totals(log: Log, unit: str) -> None:
    for index, target in enumerate(few(log)):
        zone, end = log.zones[index % 5], (log.newest, log.middle)[index % 2]
        units = UNITS[unit]
        data = log.ask(
            target,
            ("unit", unit),
            ("units", str(units)),
            ("rollup", "true"),
            ("timezone", zone),
            ("unit_reference_ts", str(end)),
        )
        rows = log.rows[target]
        assert data[target.key] == sum(
            clicks for _, clicks in log.counter.by_server(rows, unit, units, zone, end)
        )
        expected = log.counter.by_zone(rows, unit, units, zone, end)
        for wire in ("json", "xml", "txt"):
            series = with_wire(log, wire).fetch(
                target.query(unit=unit, units=units, timezone=zone, until=end, rollup=True)
            )
            total = [(expected[0][0], sum(clicks for _, clicks in expected))]
            assert pairs(series) == log.seen(total, series), (target, unit, zone, end, wire)


def with_wire(log: Log, wire: str) -> V3Source:
    source = log.connection.source
    return V3Source(
        source.upstream,
        source.account_label,
        wire=wire,
        clock=source.clock,
        coverage=source.coverage,
    )


@pytest.mark.parametrize("unit", units)
def test_xml_says_the_same(log: Log, unit: str) -> None:
    for index, target in enumerate(few(log)):
        query = target.query(
            unit=unit,
            units=min(UNITS[unit], 30),
            timezone=log.zones[index % 5],
            until=(log.newest, log.middle)[index % 2],
        )
        assert pairs(with_wire(log, "xml").fetch(query)) == pairs(
            log.connection.source.fetch(query)
        )


def expected_of_all_time(
    log: Log, target: Target, unit: str, zone: str, end: int
) -> list[tuple[int, int]]:
    """From the bucket of the first click to that of the end; no other number is in there."""
    times = log.counter.t[log.rows[target]]
    units = 2
    while log.counter.by_zone(log.rows[target], unit, units, zone, end)[0][0] > times[0]:
        units *= 2
    found = log.counter.by_zone(log.rows[target], unit, units, zone, end)
    return found[next(at for at, (_, clicks) in enumerate(found) if clicks) :]


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_all_time(log: Log, unit: str) -> None:
    for index, target in enumerate(few(log)[1::2]):
        zone, end = log.zones[index % 5], log.newest
        expected = expected_of_all_time(log, target, unit, zone, end)
        series = log.connection.source.fetch(
            target.query(unit=unit, units=ALL_TIME, timezone=zone, until=end)
        )
        assert pairs(series) == log.seen(expected, series), (target, unit, zone)
        total = log.connection.source.fetch(
            target.query(unit=unit, units=ALL_TIME, timezone=zone, until=end, rollup=True)
        )
        assert total.clicks.tolist() == [sum(clicks for _, clicks in expected)]
        assert total.edges[0] <= log.counter.t[log.rows[target]][0] < end < total.edges[-1]


@pytest.mark.slow
def test_all_time_by_the_hour(usagov_log: Log) -> None:
    log, target = usagov_log, Target(login="!")
    series = log.connection.source.fetch(
        target.query(unit="hour", units=ALL_TIME, timezone="America/New_York", until=log.newest)
    )
    expected = expected_of_all_time(log, target, "hour", "America/New_York", log.newest)
    assert pairs(series) == log.seen(expected, series)


@pytest.mark.parametrize("unit", units)
def test_the_server_lists_only_clicked_buckets_over_all_time(log: Log, unit: str) -> None:
    for index, target in enumerate(few(log)):
        zone = log.zones[index % 5]
        for limit in (7, 1000):
            data = log.ask(
                target,
                ("unit", unit),
                ("units", "-1"),
                ("rollup", "false"),
                ("timezone", zone),
                ("limit", str(limit)),
            )
            units = {"hour": 30_000, "day": 1200, "week": 170, "month": 40}[unit]
            every = log.counter.by_server(log.rows[target], unit, units, zone, log.counter.now)
            assert listed(data, target) == [pair for pair in every if pair[1]][:limit]
        total = log.ask(target, ("unit", unit), ("timezone", zone))
        assert total[target.key] == len(log.rows[target])


@pytest.mark.parametrize("unit", units)
def test_a_limit_leaves_the_newest_buckets(log: Log, unit: str) -> None:
    units = min(UNITS[unit], 30)
    for index, target in enumerate(few(log)):
        zone, end = log.zones[index % 5], (log.newest, log.middle)[index % 2]
        limit = 1 + index % (units - 1)
        expected = log.counter.by_zone(log.rows[target], unit, units, zone, end)
        series = log.connection.source.fetch(
            target.query(unit=unit, units=units, timezone=zone, until=end, limit=limit)
        )
        assert series.edges[:-1].tolist() == [start for start, _ in expected]
        capped = [STATES[state] == "capped" for state in series.states]
        assert capped == [True] * (units - limit) + [False] * limit, (target, unit, zone)
        assert series.clicks[-limit:].tolist() == [clicks for _, clicks in expected[-limit:]]
        data = log.ask(
            target,
            ("unit", unit),
            ("units", str(units)),
            ("rollup", "false"),
            ("timezone", zone),
            ("limit", str(limit)),
            ("unit_reference_ts", str(end)),
        )
        assert (
            listed(data, target)
            == log.counter.by_server(log.rows[target], unit, units, zone, end)[:limit]
        )


# -- the command line -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def addresses(usagov_log: Log, demo_log: Log) -> Iterator[dict[int, str]]:
    """Servers of their own processes, over real sockets, by the log that each serves."""
    with (
        served(*in_words(usagov_log), "--token", "right") as usagov,
        served(*in_words(demo_log), "--token", "right") as demo,
    ):
        yield {id(usagov_log): usagov, id(demo_log): demo}


def in_words(log: Log) -> list[str]:
    """A log's server in words of the command line."""
    return [
        *(word for path in log.paths for word in ("--clicks", str(path))),
        *(f"--tracking-domain={name}" for name in log.counter.tracking),
        *(f"--account={name}" for name in log.counter.accounts),
        "--now",
        np.datetime_as_string(np.datetime64(log.counter.now, "s")) + "Z",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_the_command_line(
    log: Log, addresses: dict[int, str], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    unit, zone = [*UNITS, "minute"][seed % 5], log.zones[seed // 4]
    links = [target for target in log.targets if target.link]
    target = chance.choice(links if unit == "minute" else log.targets)
    units, until = chance.randint(1, UNITS.get(unit, 60)), chance.choice([log.newest, log.middle])
    if unit == "minute":  # minutes end now
        until = log.counter.now
    form = chance.choice(["csv", "json"])
    words = [
        "--unit",
        unit,
        "--units",
        str(units),
        f"--timezone={zone}",
        "--format",
        form,
        "--until",
        "now" if unit == "minute" else str(until),
    ]
    words += [f"--domain={name}" for name in target.domains]
    words += [f"--login={target.login}"] if target.login else []
    is_here = seed % 6 == 3
    words += in_words(log) if is_here else ["--base-url", addresses[id(log)], "--token", "right"]
    kind = [LINK, target.link] if target.link else [ORGANIZATION]
    assert main(["clicks", *kind, *words]) == 0
    out = capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(out))) if form == "csv" else json.loads(out)
    expected = log.counter.by_zone(log.rows[target], unit, units, zone, until)
    if is_here:  # a server behind an address does not say which hours its log has
        bounds = edges(unit, units, zone, until)
        expected = log.counter.seen(expected, bounds[-1])
    assert [(utc(row["bucket_utc"].rstrip("Z")), number(row["clicks"])) for row in rows] == expected
    assert all(row["timezone"] == zone for row in rows)
    assert all(utc_of(row["bucket"]) == utc(row["bucket_utc"].rstrip("Z")) for row in rows)


def number(cell: str | int | None) -> int | None:
    return None if cell in ("", None) else int(cell)


def utc_of(text: str) -> int:
    stamp = np.datetime64(text[:19], "s").astype(int)
    sign = -1 if text[-6] == "-" else 1
    return int(stamp) - sign * (int(text[-5:-3]) * 3600 + int(text[-2:]) * 60)
