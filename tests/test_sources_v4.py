"""v4 gives the numbers that v3 gives, wherever it can, and names what it cannot; bucket by bucket.

The local server's both faces are asked the same questions. What v4 can give is settled by
`v4_count`, so that neither a number too many nor one too few is overlooked: the clicks on the
organization's own links, in the buckets that begin within the plan's history, of domains and
logins where no more links were clicked than a list holds.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiers
from click_logs import Log, demo_log, open_log, usagov_log, v3_of, v4_of
from counter import DAY, HOUR, Counter
from v4_count import KNOWN, PLANS, V4Count, own_domains, rolled_up
from zone_changes import ACCOUNTS, CASES, TRACKING, WHOLE_HOURS, Case
from zone_changes import write_log as write_zone_log

from bitly_data.errors import AccessError, QuestionError
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import CAPPED, STATES, ClickSeries
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4.shares import NO_GROUP_SERIES

ZONES = (*dict.fromkeys(case.zone for case in CASES), "Asia/Kolkata", *WHOLE_HOURS)
HABITS = tuple(product(("dense", "sparse"), ("iso", "epoch"), ("newest", "oldest")))
# As many questions as one log got on one plan at one moment when they were first drawn.
ZONES_APART = 12
# So many questions are asked again of a source that has nothing kept yet.
AFRESH = 0.3
# Questions that once got a wrong answer: (log, plan, moment, seed); they stay.
FAILED_ONCE: tuple[tuple[str, str, int, int], ...] = ()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    with demo_log(tmp_path_factory.mktemp("demo")) as log:
        yield log


@pytest.fixture(scope="module")
def usagov() -> Iterator[Log]:
    with usagov_log() as log:
        yield log


# -- questions ------------------------------------------------------------------------------------

UNITS = {"hour": 40, "day": 35, "week": 7, "month": 4}


def question(chance: random.Random, log: Log, plan: str, now: int, zone: str) -> ClickQuery:
    """Any question that v4 can be asked, with few that take hundreds of calls."""
    parts = target(chance, log, now)
    link, narrowed = (
        parts.get("target") == LINK,
        bool(parts.keys() & {"domains", "login", "unlisted"}),
    )
    unit = chance.choice(["hour", "day", "day", "day", "week", "month"])
    if link and chance.random() < 0.1:
        return ClickQuery(
            unit="minute",
            units=chance.randint(1, 60),
            timezone=zone,
            rollup=chance.random() < 0.2,
            **parts,
        )
    # A wide one where it takes one call.
    most = UNITS[unit] * (1 if narrowed else chance.choice([1, 1, 15]))
    if narrowed and unit in ("hour", "day") and chance.random() < 0.2:
        parts["zone_days"] = True
        most = {"day": 3, "hour": 24}[unit]
    units = chance.randint(1, most)
    if chance.random() < 0.12 and not (
        narrowed and (unit == "hour" or "zone_days" in parts or PLANS[plan][0] > 200)
    ):
        units = ALL_TIME
    back = chance.choice([DAY, 20 * DAY, (PLANS[plan][0] + 20) * DAY])
    return ClickQuery(
        unit=unit,
        units=units,
        timezone=zone,
        until=None if chance.random() < 0.4 else now + DAY // 2 - chance.randrange(back),
        rollup=chance.random() < 0.2,
        limit=chance.randint(1, 9) if chance.random() < 0.1 else None,
        week_start=chance.choice([0, 0, 6, 3]),
        upstream_buckets=chance.random() < 0.07,
        **parts,
    )


def target(chance: random.Random, log: Log, now: int) -> dict[str, Any]:
    """A link, the whole organization, or one of its cuts; what has clicks by `now`."""
    counter = log.counter
    mine = np.flatnonzero(counter.own & (counter.t <= now))
    a_click = int(chance.choice(mine.tolist()))
    domains = own_domains(counter, 6)
    kind = chance.randrange(20)
    if kind < 6:
        name = counter.link if kind < 3 else counter.address
        return {"target": LINK, "link": str(name[a_click]), "all_addresses": chance.random() < 0.5}
    if kind < 9:
        return {}
    if kind < 12:
        return {"domains": (chance.choice(domains),)}
    if kind < 14:
        return {"domains": (chance.choice(counter.tracking),)}
    if kind < 15:
        return {"domains": tuple(chance.sample([*domains, *counter.tracking], 2))}
    if kind < 18:
        return {"login": str(counter.login[a_click])}
    if kind < 19:
        return {"login": str(counter.login[a_click]), "domains": (chance.choice(domains),)}
    return {"unlisted": True}


# -- comparisons ----------------------------------------------------------------------------------


def check(found: ClickSeries, can: V4Count, tally: Tally[str]) -> None:
    """Every bucket is the expected one: its number, or why there is none."""
    query = found.query
    right = can.expected(query)
    names = [STATES[state] for state in found.states]
    tally.update(names)
    about = (query, found.provenance.note)
    check_bounds(found, can, about)
    assert (found.provenance.offset == 0) == (not right.own), about
    labelled = "of UTC" in found.provenance.note
    assert labelled == (not right.own and not query.upstream_buckets), about
    if query.rollup:
        bounds, total, state = rolled_up(right)
        assert (found.edges.tolist(), names) == (list(bounds), [state]), about
        assert found.clicks.tolist() == [total] or state not in KNOWN, (about, total)
        return
    assert found.edges.tolist() == right.edges, about
    assert names == right.states, about
    assert found.clicks[found.known].tolist() == [
        clicks for clicks, state in zip(right.clicks, right.states, strict=True) if state in KNOWN
    ], about
    if "capped" in names and query.limit is None:
        assert "series “not listed”" in found.provenance.note, about


def check_bounds(found: ClickSeries, can: V4Count, about: object) -> None:
    """What is not known lies between its bounds, and a cut list gives both."""
    query, edges = found.query, found.edges.tolist()
    true = np.array(can.true_clicks(query, edges))
    bounded, capped = found.bounded, found.states == CAPPED
    assert (found.at_least <= true)[bounded].all(), about
    assert (found.at_most >= true)[found.at_most >= 0].all(), about
    assert (found.floor <= true).all() or query.unlisted or query.limit is not None, about
    if query.limit is not None or query.zone_days or query.rollup:
        return
    assert bounded[capped].all(), about
    unit = "hour" if query.unit == "hour" else "day"
    gap = np.array(can.left_out(unit, edges))
    has_series = NO_GROUP_SERIES not in found.provenance.note
    if has_series:
        assert (found.at_most - found.at_least == gap)[capped].all(), about


def check_with_v3(found: ClickSeries, v3: V3Source, counter: Counter) -> int:
    """What is known is what v3 says; how many buckets that are.

    v3 counts other people's links too, which v4 does not have: they are taken away. Of all time, v3
    begins earlier, or later, where there are no clicks. The addresses of a link on one host are one
    to v3.
    """
    query = found.query.replace(zone_days=False, limit=None, rollup=False)
    if (
        query.target == LINK
        and not found.query.all_addresses
        and len(counter.addresses(str(query.link))) > 1
    ):
        return 0
    if query.unlisted or query.upstream_buckets or (found.query.rollup and not found.known.all()):
        return 0
    if found.provenance.offset == 0:
        query = query.replace(timezone="UTC")
    series = v3.fetch(query)
    clicks = dict(zip(series.edges.tolist(), series.clicks.tolist(), strict=False))
    if query.target != LINK and query.login is None:
        clicks = without_others(series, counter, int(v3.clock()))
    if found.query.rollup:
        if found.query.limit is None and query.units != ALL_TIME:
            assert found.clicks.tolist() == [sum(clicks.values())], found.query
        return 1
    for start, count, known in zip(
        found.edges[:-1].tolist(), found.clicks.tolist(), found.known, strict=True
    ):
        assert not known or clicks.get(start, 0) == count, (found.query, start)
    return int(found.known.sum())


def without_others(series: ClickSeries, counter: Counter, now: int) -> dict[int, int]:
    """The clicks by start, less those on other people's links up to `now` [epoch s]."""
    rows = counter.of_organization(series.query.domains)
    others = rows[~counter.own[rows] & (counter.t[rows] <= now)]
    others_clicks = dict(counter.within(others, series.edges.tolist()))
    return {
        start: clicks - others_clicks[start]
        for start, clicks in zip(series.edges[:-1].tolist(), series.clicks.tolist(), strict=True)
    }


@dataclass
class Asked:
    """A log on a plan at a moment: its sources, which keep what they have, and what was asked."""

    name: str
    plan: str
    moment: int
    log: Log
    tally: Tally[str] = field(default_factory=Tally)
    compared: dict[int, int] = field(default_factory=dict)  # buckets that v3 has too, by seed

    def __post_init__(self) -> None:
        zero_days, group_ts, group_order = HABITS[self.at % len(HABITS)]
        now = self.log.moments[self.moment]
        self.local = self.log.at(
            now, self.plan, zero_days=zero_days, group_ts=group_ts, group_order=group_order
        )
        self.can = V4Count(self.log.counter, self.plan, now)
        self.v3, self.v4 = v3_of(self.local), v4_of(self.local)

    @property
    def at(self) -> int:
        return list(PLANS).index(self.plan) * 3 + self.moment

    def ask(self, seed: int) -> None:
        """Ask the question of a seed, once; every bucket of it is right."""
        if seed in self.compared:
            return
        chance = random.Random(f"{self.name} {self.plan} {self.moment} {seed}")
        # Questions go round the zones, and each of these begins elsewhere.
        zone = ZONES[(seed + self.at * ZONES_APART) % len(ZONES)]
        query = question(chance, self.log, self.plan, self.log.moments[self.moment], zone)
        afresh = AFRESH if query.series_name == "organization" or query.link else AFRESH / 5
        source = v4_of(self.local) if chance.random() < afresh else self.v4
        found, tally = source.fetch(query), Tally[str]()
        check(found, self.can, tally)
        assert not tally["failed"], (query, tally)
        self.compared[seed] = check_with_v3(found, self.v3, self.log.counter)
        self.tally += tally


MOMENTS = range(3)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            (name, plan, moment),
            marks=[
                pytest.mark.xdist_group(f"v4-{name}-{plan}-{moment}"),
                *tiers.in_turn(at, moment, len(MOMENTS)),
            ],
        )
        for name in ("demo", "usagov")
        for at, plan in enumerate(PLANS)
        for moment in MOMENTS
    ],
    ids=lambda param: "-".join(map(str, param)),
)
def asked(request: pytest.FixtureRequest) -> Asked:
    name, plan, moment = request.param
    return Asked(name, plan, moment, request.getfixturevalue(name))


@pytest.mark.sampled("v4-questions", "seed")
def test_v4_says_what_v3_says(asked: Asked, seed: int) -> None:
    asked.ask(seed)


@pytest.mark.slow
def test_what_once_was_wrong_and_enough_was_compared(
    asked: Asked, pytestconfig: pytest.Config
) -> None:
    once = [seed for *where, seed in FAILED_ONCE if where == [asked.name, asked.plan, asked.moment]]
    seeds = tiers.seeds(pytestconfig, "v4-questions")
    for seed in (*once, *seeds):
        asked.ask(seed)
    compared = sum(asked.compared.values())
    print(f"{len(asked.compared)} questions, {compared:,} buckets as in v3: {dict(asked.tally)}")
    # Of most hours the real log has nothing.
    assert compared > (len(seeds) if asked.name == "demo" else len(seeds) / 4)


@pytest.mark.parametrize("most", [3, 150])
def test_the_newest_links_are_those_of_all_groups(demo: Log, most: int) -> None:
    local = demo.at(demo.moments[0], "enterprise")
    source = v4_of(local)
    assert len(source.account.groups()) == 2
    links, known = source.fetch_links(most)
    there, _ = v3_of(local).fetch_links(most)
    # A link with a custom back-half is there by both.
    bodies = [link for link in links if link.link == link.ids[0]]
    assert [link.created for link in bodies] == [link.created for link in there[: len(bodies)]]
    assert len(bodies) > len(links) * 0.9
    assert known > len(links) == most


# -- what v4 does not have ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["demo", "usagov"])
def test_other_people_s_links_are_refused_with_a_sentence(
    name: str, request: pytest.FixtureRequest
) -> None:
    log: Log = request.getfixturevalue(name)
    source = v4_of(log.at(log.moments[0], "enterprise"))
    with pytest.raises(QuestionError, match="does not show other people's links"):
        source.fetch(ClickQuery(login="!"))
    with pytest.raises(QuestionError, match="does not show other people's links"):
        source.missing(ClickQuery(login="!"))
    with pytest.raises(AccessError, match="may not see these numbers"):
        source.fetch(ClickQuery(target=LINK, link=log.foreign))


@pytest.mark.parametrize("moment", range(3))
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", ["demo", "usagov"])
def test_listed_and_not_listed_are_everything(
    name: str, plan: str, moment: int, request: pytest.FixtureRequest
) -> None:
    """All domains' series, as far as they are listed, and `rest` are the group's own series."""
    log: Log = request.getfixturevalue(name)
    now = log.moments[moment]
    source = v4_of(log.at(now, plan))
    days = ClickQuery(units=9)
    whole, rest = source.fetch(days), source.fetch(days.replace(unlisted=True))
    # In a list too long the domain's own number is not known, so the links of all hosts stand for
    # it: together they are what is listed.
    hosts = tuple(np.unique(log.counter.host[log.counter.own]).tolist())
    listed = source.fetch(days.replace(domains=hosts))
    assert (whole.edges == rest.edges).all()
    assert whole.known.all()
    assert rest.known.all()
    assert (listed.clicks[listed.known] == whole.clicks[listed.known]).all()
    assert (rest.clicks[listed.known] == 0).all()
    assert (rest.clicks[~listed.known] > 0).all()
    assert (listed.floor + rest.clicks == whole.clicks).all()
    assert (listed.at_most[listed.bounded] == whole.clicks[listed.bounded]).all()
    assert rest.name == "not listed"


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_totals_of_a_link_up_to_now(demo: Log, unit: str, zone: str) -> None:
    """Upstream's own total counts back from now, in days, not from the end of a week or a month."""
    local = demo.at(demo.moments[0], "premium")
    link = Tally(demo.counter.link[demo.counter.own].tolist()).most_common(1)[0][0]
    for units in (1, 2, 5):
        total = ClickQuery(
            target=LINK, link=link, unit=unit, units=units, timezone=zone, rollup=True
        )
        found = v4_of(local).fetch(total)
        check(found, V4Count(demo.counter, "premium", demo.moments[0]), Tally())
        assert check_with_v3(found, v3_of(local), demo.counter) == 1
        assert found.provenance.endpoints == ("/v4/bitlinks/…/clicks/summary",)


# -- where clocks change --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_around_changes_of_clocks(case: Case, tmp_path: Path) -> None:
    write_zone_log(path := tmp_path / "clicks.log", case)
    log = open_log((path,), (TRACKING,), ACCOUNTS, ())
    now = max(case.instants) + 4 * DAY + 5 * HOUR + 1234
    local = log.at(now, "enterprise", zero_days="sparse")
    can, v3, v4 = V4Count(log.counter, "enterprise", now), v3_of(local), v4_of(local)
    tally: Tally[str] = Tally()
    for instant in case.instants:
        for unit, units, few in (("hour", 60, 6), ("day", 9, 2), ("week", 3, 0), ("month", 2, 0)):
            # Exact domains and logins take a call an hour, so only the days of the change itself.
            for parts in (
                {},
                {"target": LINK, "link": "go.ex.com/Ab"},
                *([{"domains": ("x.ex.com",)}, {"login": "ann"}] if few else []),
            ):
                narrowed = bool(parts) and "link" not in parts
                query = ClickQuery(
                    unit=unit,
                    units=few if narrowed else units,
                    timezone=case.zone,
                    until=min(instant + 4 * HOUR, now),
                    zone_days=narrowed,
                    **parts,
                )
                found = v4.fetch(query)
                check(found, can, tally)
                check_with_v3(found, v3, log.counter)
    local.close()
    assert not tally["failed"]
    assert tally["counted"] + tally["rebuilt"] > 100
