"""The links of an organization, ranked by their clicks, on v3 and on v4 against a second count."""

from __future__ import annotations

import json
import random
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click_logs import Log, demo_log, usagov_log, v3_of, v4_of
from counter import DAY, edges
from support import NOW, add_heartbeats, epoch, write_clicks
from v4_count import PLANS, V4Count, own_domains

from bitly_data import Client
from bitly_data.errors import QuestionError
from bitly_data.query import ALL_TIME, LINK, ONLY_OTHERS, ClickQuery
from bitly_data.series import Provenance
from bitly_data.sources.model import Link, RankedLink, RankedLinks
from bitly_data.sources.ranked_links import (
    NOTHING,
    CountedRange,
    Unlisted,
    asked_range,
    one_range,
    ranking,
    refuse_link,
)
from bitly_data.states import CAPPED, COUNTED, NOT_BEGUN, NOT_IN_LOG, OUTSIDE_WINDOW, PARTIAL

ZONES = ("UTC", "Europe/Tallinn", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe")
V3_LISTED = 1000  # links in a list of v3, at most
UNITS = {"hour": 60, "day": 40, "week": 8, "month": 3}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    with demo_log(tmp_path_factory.mktemp("demo")) as log:
        yield log


@pytest.fixture(scope="module")
def usagov() -> Iterator[Log]:
    with usagov_log() as log:
        yield log


def log_of(request: pytest.FixtureRequest, name: str) -> Log:
    return request.getfixturevalue(name)


def clicked(log: Log, rows: np.ndarray, start: int, end: int, now: int) -> Tally[str]:
    """The clicks of each link in [start, end) [epoch s]."""
    t = log.counter.t[rows]
    within = rows[(t >= start) & (t < end) & (t <= now)]
    return Tally(log.counter.link[within].tolist())


def sorted_rows(tally: Tally[str]) -> list[tuple[str, int]]:
    return sorted(tally.items(), key=lambda row: (-row[1], row[0]))


def shown(found: RankedLinks) -> list[tuple[str, int]]:
    return [(row.link.link, row.clicks) for row in found.rows]


def check(found: RankedLinks, tally: Tally[str], *, is_cut: bool) -> None:
    """Whether a ranking says nothing else than a second count of the range that it names; not
    `is_cut`: upstream's list leaves nothing out.
    """
    truth = sorted_rows(tally)
    rows = shown(found)
    assert all(tally[name] == clicks for name, clicks in rows)
    assert rows == sorted(rows, key=lambda row: (-row[1], row[0]))
    missing = [clicks for name, clicks in truth if name not in dict(rows)]
    everything = sum(tally.values())
    assert found.is_whole or is_cut
    assert not (found.is_whole and missing)
    if found.is_whole:
        assert (found.at_most_each, found.total) == (None, everything)
        assert found.certain == len(rows)
    elif found.at_most_each is not None:
        assert max(missing, default=0) <= found.at_most_each
        assert [clicks for _, clicks in rows[: found.certain]] == [
            clicks for _, clicks in truth[: found.certain]
        ]
    if found.total is not None:
        assert found.total == everything
        assert found.unlisted == sum(missing)
    else:
        assert found.counted.at_least[0] <= everything
    if found.unlisted_at_most is not None:
        assert sum(missing) <= found.unlisted_at_most


def question(chance: random.Random, log: Log, now: int, *, is_v4: bool) -> ClickQuery:
    counter = log.counter
    own = [*own_domains(counter, 6), *counter.tracking]
    mine = np.flatnonzero(counter.own & (counter.t <= now))
    unit = chance.choice(list(UNITS))
    parts: dict[str, Any] = {}
    if chance.random() < 0.4:
        parts["domains"] = tuple(chance.sample(own, chance.randint(1, min(3, len(own)))))
    if chance.random() < 0.4:
        login = str(counter.login[int(chance.choice(mine.tolist()))])
        parts["login"] = ONLY_OTHERS if not is_v4 and chance.random() < 0.5 else login
    return ClickQuery(
        unit=unit,
        units=chance.randint(1, UNITS[unit]),
        timezone=chance.choice(ZONES),
        until=None
        if chance.random() < 0.3
        else now - chance.randrange(chance.choice([DAY, 60 * DAY])),
        **parts,
    )


def check_v3(log: Log, query: ClickQuery, now: int) -> RankedLinks:
    found = v3_of(log.at(now, "free")).fetch_ranked_links(query)
    end = now if query.until is None else query.until
    bounds = edges(query.unit, query.units, query.timezone, end, query.week_start)
    assert found.asked == (bounds[0], bounds[-1])
    assert found.is_asked_range == (not found.provenance.note)
    start, stop = found.edges
    assert start <= bounds[0] < bounds[-1] <= stop
    if not found.provenance.note:
        assert found.edges == found.asked
    rows = log.counter.of_organization(query.domains, query.login)
    tally = clicked(log, rows, start, stop, now)
    everybody = clicked(log, log.counter.of_organization(query.domains), start, stop, now)
    is_cut = bool(query.login) and len(everybody) > V3_LISTED
    assert is_cut or len(found.rows) == min(len(tally), 100)
    check(found, tally, is_cut=is_cut or len(tally) > 100)
    assert found.total is not None
    return found


def check_v4(log: Log, query: ClickQuery, now: int, plan: str) -> RankedLinks:
    count = V4Count(log.counter, plan, now)
    found = v4_of(log.at(now, plan)).fetch_ranked_links(query)
    end = now if query.until is None else query.until
    own = edges(query.unit, query.units, query.timezone, end, query.week_start)
    utc = edges(query.unit, query.units, "UTC", end, query.week_start)
    assert found.asked == (own[0], own[-1])
    start, stop = found.edges
    in_utc = found.provenance.offset is not None
    whole = utc if in_utc else own
    assert stop == whole[-1]
    if in_utc:
        assert "of UTC" in found.provenance.note
    assert found.is_cut_back == (start != whole[0] or found.state == OUTSIDE_WINDOW)
    if found.is_cut_back:
        assert whole[0] < max(count.history("hour"), count.history("day"))
        if found.state == OUTSIDE_WINDOW:
            assert not found.rows
            assert found.total is None
            return found
        assert start in (count.history("hour"), count.history("day"))
    tally = clicked(log, count.rows(query), start, stop, now)
    if not (query.domains or query.login) and found.state != NOT_BEGUN:
        assert found.total is not None
    everything = count.rows(query.replace(domains=(), login=None))
    is_cut = len(tally) > 100 or any(
        len(clicked(log, everything[count.group[everything] == group], start, stop, now)) > 100
        for group in range(count.groups)
    )
    check(found, tally, is_cut=is_cut)
    return found


@pytest.mark.parametrize("name", ["demo", "usagov"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Europe/Tallinn"])
def test_v3_ranks_like_the_second_count(
    request: pytest.FixtureRequest, name: str, zone: str
) -> None:
    log = log_of(request, name)
    now = log.moments[0]
    host = own_domains(log.counter, 1)[0]
    login = Tally(log.counter.login[log.counter.own].tolist()).most_common(1)[0][0]
    for query in (
        ClickQuery(units=7, timezone=zone),
        ClickQuery(units=7, timezone=zone, domains=(host,)),
        ClickQuery(units=7, timezone=zone, domains=log.counter.tracking[:1]),
        ClickQuery(units=7, timezone=zone, login=login),
        ClickQuery(units=7, timezone=zone, login=login, domains=(host,)),
        ClickQuery(units=7, timezone=zone, login=ONLY_OTHERS),
        ClickQuery(units=1, unit="month", timezone=zone, until=now - 3 * DAY),
    ):
        check_v3(log, query, now)


@pytest.mark.parametrize("name", ["demo", "usagov"])
@pytest.mark.parametrize("plan", ["free", "growth", "enterprise"])
def test_v4_ranks_like_the_second_count(
    request: pytest.FixtureRequest, name: str, plan: str
) -> None:
    log = log_of(request, name)
    now = log.moments[0]
    host = own_domains(log.counter, 1)[0]
    login = Tally(log.counter.login[log.counter.own].tolist()).most_common(1)[0][0]
    for zone in ("UTC", "Asia/Kolkata", "Europe/Tallinn"):
        for query in (
            ClickQuery(units=7, timezone=zone),
            ClickQuery(units=7, timezone=zone, domains=(host,)),
            ClickQuery(units=7, timezone=zone, login=login),
            ClickQuery(units=7, timezone=zone, login=login, domains=(host,)),
            ClickQuery(units=1, unit="month", timezone=zone, until=now - 3 * DAY),
            ClickQuery(units=2, unit="month", timezone=zone),
        ):
            check_v4(log, query, now, plan)


@pytest.mark.sampled("rankings", "seed")
@pytest.mark.parametrize("plan", ["v3", *PLANS])
@pytest.mark.parametrize("name", ["demo", "usagov"])
def test_a_ranking_says_nothing_that_is_not_so(
    name: str, plan: str, seed: int, request: pytest.FixtureRequest
) -> None:
    log = log_of(request, name)
    chance = random.Random(f"{name} {plan} {seed}")
    for now in log.moments:
        query = question(chance, log, now, is_v4=plan != "v3")
        try:
            if plan == "v3":
                check_v3(log, query, now)
            else:
                check_v4(log, query, now, plan)
        except AssertionError as problem:
            raise AssertionError(f"{name}, {plan}, seed {seed}, {now}: {query}") from problem


# -- what can be known of a range -----------------------------------------------------------------

CLOCK = epoch(NOW)


@pytest.fixture(params=["v3", "v4"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """A click log with five hours of 17 May 2013 and none of the day before."""
    path = tmp_path / "clicks.log"
    write_clicks(
        path,
        [
            ("2013-05-17T03:10:00", "go.ex.com/Ab", "ann", "http://ex.com/a", 1),
            ("2013-05-17T06:10:00", "go.ex.com/Ab", "ann", "http://ex.com/a", 2),
            ("2013-05-17T11:10:00", "x.ex.com/Cd", "bob", "http://shop.example/c", 4),
            ("2013-05-10T11:10:00", "x.ex.com/Cd", "bob", "http://shop.example/c", 8),
        ],
    )
    add_heartbeats(path, epoch("2013-05-17T04:00:00"), epoch("2013-05-17T06:00:00"))
    found = Client.from_env(
        {
            "BITLY_CLICK_LOG": str(path),
            "BITLY_NOW": f"{NOW}Z",
            "BITLY_API": request.param,
            "BITLY_PLAN": "enterprise",
        }
    )
    yield found
    found.close()


def test_a_range_that_a_log_covers_in_part_is_partial(client: Client) -> None:
    found = client.ranked_links(ClickQuery(units=3))
    assert shown(found) == [("x.ex.com/Cd", 4), ("go.ex.com/Ab", 3)]
    assert (found.state, found.total) == (PARTIAL, 7)
    assert found.coverage is not None
    assert found.coverage.words(np.array(found.edges)) == ["5 of 60 hours in the log"]


def test_a_range_that_a_log_does_not_cover_has_no_ranking(client: Client) -> None:
    day = ClickQuery(units=1, until=epoch("2013-05-16T12:00:00"))
    found = client.ranked_links(day)
    assert (found.rows, found.total, found.state) == ((), None, NOT_IN_LOG)
    assert not found.is_whole and found.certain == 0
    assert (found.unlisted, found.unlisted_at_most) == (None, None)
    later = client.ranked_links(ClickQuery(units=1, until=CLOCK + 5 * DAY))
    assert (later.rows, later.total, later.state) == ((), None, NOT_BEGUN)


def test_all_of_it_is_lifetime(client: Client) -> None:
    found = client.ranked_links(ClickQuery(units=ALL_TIME))
    assert shown(found) == [("x.ex.com/Cd", 12), ("go.ex.com/Ab", 3)]
    assert (found.total, found.asked) == (15, None)
    assert found.edges[0] <= epoch("2013-05-10T00:00:00")
    hour = client.ranked_links(ClickQuery(unit="hour", units=1, until=CLOCK - 3600))
    assert (shown(hour), hour.state) == ([], NOT_IN_LOG)
    counted = client.ranked_links(ClickQuery(unit="hour", units=1, until=CLOCK - 6 * 3600))
    assert (shown(counted), counted.total, counted.state) == ([], 0, COUNTED)
    assert counted.is_whole


def test_how_a_series_would_be_made_makes_no_difference(client: Client) -> None:
    plain = client.ranked_links(ClickQuery(units=3))
    for parts in ({"rollup": True}, {"limit": 1}, {"zone_days": True}, {"upstream_buckets": True}):
        assert client.ranked_links(ClickQuery(units=3, **parts)) is plain
    assert client.ranked_links(ClickQuery(unit="hour", units=60)).rows == plain.rows
    assert client.capabilities.ranks_links


# -- pure: rows and what lacks one ----------------------------------------------------------------

ONE_DAY = ClickQuery(units=1, until=CLOCK - DAY)
RANGE = CountedRange(CLOCK // DAY * DAY - DAY, CLOCK // DAY * DAY, None)


def made(
    clicks: dict[str, int], unlisted: Unlisted = NOTHING, most: int = 10, **changes: Any
) -> RankedLinks:
    rows = [RankedLink(Link(name, "", "", "", 0), count) for name, count in clicks.items()]
    origin = Provenance("v0", "x", (), CLOCK, 1)
    return ranking(ONE_DAY, rows, unlisted, replace(RANGE, **changes), most, origin, None)


def test_ties_go_by_name() -> None:
    found = made({"b": 2, "a": 2, "c": 3})
    assert shown(found) == [("c", 3), ("a", 2), ("b", 2)]
    assert (found.is_whole, found.total, found.unlisted, found.certain) == (True, 7, 0, 3)
    assert found.is_asked_range


@pytest.mark.parametrize(
    ("unlisted", "total", "least", "most", "each", "certain"),
    [
        (Unlisted(4, 4, 2), 11, 4, 4, 2, 3),
        (Unlisted(0, 4, 3), None, 0, 4, 3, 1),
        (Unlisted(0, None, 2), None, 0, None, 2, 3),
        (Unlisted(1, None, None), None, 1, None, None, 0),
    ],
)
def test_what_is_not_listed_is_bounded(
    unlisted: Unlisted,
    total: int | None,
    least: int,
    most: int | None,
    each: int | None,
    certain: int,
) -> None:
    found = made({"b": 2, "a": 2, "c": 3}, unlisted)
    assert not found.is_whole
    assert (found.total, found.unlisted_at_least, found.unlisted_at_most) == (total, least, most)
    assert (found.at_most_each, found.certain) == (each, certain)
    assert found.state == (COUNTED if total is not None else CAPPED)


def test_rows_beyond_the_wanted_ones_bound_what_is_not_listed() -> None:
    found = made({"b": 2, "a": 4, "c": 3}, most=1)
    assert (shown(found), found.is_whole, found.at_most_each) == ([("a", 4)], False, 3)
    assert (found.total, found.unlisted) == (9, 5)
    cut = made({"b": 2, "a": 4}, Unlisted(0, None, 2), most=1)
    assert (cut.at_most_each, cut.total) == (2, None)
    assert made({"b": 2, "a": 4}, Unlisted(0, None, None), most=1).at_most_each is None


def test_a_range_that_upstream_does_not_keep_has_no_numbers() -> None:
    gone = made({}, is_cut_back=True, is_gone=True)
    assert (gone.rows, gone.total, gone.state, gone.is_whole) == ((), None, OUTSIDE_WINDOW, False)
    assert not gone.is_asked_range
    cut = made({"a": 4}, is_cut_back=True)
    assert (cut.total, cut.is_asked_range) == (4, False)
    other = made({"a": 4}, asked=(0, 5))
    assert not other.is_asked_range


def test_a_question_is_one_range_of_the_organization() -> None:
    assert one_range(ONE_DAY.replace(limit=3, zone_days=True)) == ONE_DAY.replace(rollup=True)
    assert asked_range(ClickQuery(units=ALL_TIME), CLOCK) is None
    start, end = asked_range(ClickQuery(units=2, timezone="Asia/Kolkata"), CLOCK) or (0, 0)
    assert end - start == 2 * DAY
    with pytest.raises(QuestionError, match="no single link"):
        refuse_link(ClickQuery(target=LINK, link="bit.ly/a"))


# -- searching ------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_links_are_found_by_title_link_and_destination(tmp_path: Path, api: str) -> None:
    lines = [
        {"h": "aaa111", "u": "http://shop.example/shoes", "l": "ann"},
        {"h": "bbb222", "u": "http://news.example/spring", "l": "bob"},
        {"h": "spring", "u": "http://ex.com/other", "l": "ann", "kw": "special"},
    ]
    path = tmp_path / "a.log"
    path.write_text(
        "".join(
            json.dumps({"t": CLOCK - 60, "hc": CLOCK - 9 * DAY, "hh": "go.ex.com"} | line) + "\n"
            for line in lines
        )
    )
    found = Client.from_env(
        {"BITLY_CLICK_LOG": str(path), "BITLY_NOW": f"{NOW}Z", "BITLY_API": api}
    )
    assert found.capabilities.tags
    for text, names in (
        ("spring", {"go.ex.com/bbb222", "go.ex.com/spring"}),
        ("SHOES", {"go.ex.com/aaa111"}),
        ("special", {"go.ex.com/spring"}),
        ("news.example", {"go.ex.com/bbb222"}),
        ("nothing", set()),
    ):
        links, count = found.links(text)
        assert {link.ids[0] if link.ids else link.link for link in links} == names
        assert count >= len(names)
        assert all(link.created == CLOCK - 9 * DAY and link.login for link in links)
    found.close()


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_demo_links_are_found_by_their_titles(api: str) -> None:
    demo_client = Client.from_env({"BITLY_API": api})
    links, _ = demo_client.links("")
    titled = next(link for link in links if link.title and link.title not in link.long_url)
    word = max(titled.title.split(), key=len)
    found, _ = demo_client.links(word.upper())
    assert titled.link in [link.link for link in found]
    demo_client.close()
