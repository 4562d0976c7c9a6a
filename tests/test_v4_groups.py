"""One group of a v4 account alone, or all of them together: the parts add up, and nothing is asked
twice.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click_logs import demo_log, v4_of
from counted_bitly import DOMAINS, LOGINS, NOW, bitly, write_organization
from counter import DAY
from v4_count import V4Count

from bitly_data.archive import Archive
from bitly_data.charts.model import line_chart
from bitly_data.client import Client
from bitly_data.errors import AccessError
from bitly_data.query import ClickQuery
from bitly_data.report.tables import to_csv, to_json
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.settings import settings_from
from bitly_data.sources.bucket_store import GROUP, CountKey
from bitly_data.sources.model import Listed
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import named
from bitly_data.sources.v4.source import V4Source
from pages.components.draw.files import file_name

DAYS = ClickQuery(units=5, until=NOW - DAY)
ENDS = (NOW - DAY) // DAY * DAY + DAY


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("groups") / "clicks.log"
    write_organization(path, 30, 40)
    return path


@pytest.fixture(scope="module")
def local(path: Path) -> Iterator[LocalBitly]:
    opened = LocalBitly.open(ServerOptions(clicks=(str(path),), now="2026-03-17T10:20:30Z"))
    yield opened
    opened.close()


def of_file(path: Path) -> Tally[tuple[int, int]]:
    """The clicks of the file by UTC day and group: the rule of the local server, written anew."""
    lines = map(json.loads, path.read_text().splitlines())
    return Tally((one["t"] // DAY * DAY, zlib.crc32(one["l"].encode()) % 2) for one in lines)


def of_group(source: V4Source, index: int) -> V4Source:
    return source.of_group(source.groups()[index])


def test_the_groups_add_up_to_all_of_them(local: LocalBitly, path: Path) -> None:
    counted = of_file(path)
    source = bitly(local, "enterprise").source()
    assert len(source.groups()) == 2
    whole = source.fetch(DAYS)
    parts = [of_group(source, index).fetch(DAYS) for index in (0, 1)]
    days = range(ENDS - 5 * DAY, ENDS, DAY)
    for index, part in enumerate(parts):
        assert part.clicks.tolist() == [counted[day, index] for day in days]
    assert min(part.total.clicks for part in parts) > 0
    assert (parts[0].clicks + parts[1].clicks).tolist() == whole.clicks.tolist()


def test_the_demo_s_groups_have_the_clicks_of_their_logins(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with demo_log(tmp_path_factory.mktemp("demo")) as log:
        now = log.moments[0]
        source, counter = v4_of(log.at(now, "enterprise")), log.counter
        own = np.flatnonzero(counter.own & (counter.t <= now))
        groups = V4Count(counter, "enterprise", now).group[own]
        query = ClickQuery(unit="month", units=6, until=now)
        whole = source.fetch(query)
        for index in (0, 1):
            times = counter.t[own][groups == index]
            part = of_group(source, index).fetch(query)
            assert part.clicks.tolist() == np.histogram(times, part.edges)[0].tolist()
            whole = replace(whole, clicks=whole.clicks - part.clicks)
        assert not whole.clicks.any()


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_is_in_one_group_alone(local: LocalBitly, login: str) -> None:
    source, query = bitly(local, "enterprise").source(), DAYS.replace(login=login)
    own = zlib.crc32(login.encode()) % 2
    whole, here, there = (
        one.fetch(query).total.clicks
        for one in (source, of_group(source, own), of_group(source, 1 - own))
    )
    assert whole == here > there == 0


def test_rankings_and_links_are_those_of_the_group(local: LocalBitly) -> None:
    source = bitly(local, "enterprise").source()
    whole = source.fetch_ranked_links(DAYS)
    parts = [of_group(source, index).fetch_ranked_links(DAYS) for index in (0, 1)]
    assert sum(part.total or 0 for part in parts) == whole.total
    assert {row.link.link for part in parts for row in part.rows} >= {
        row.link.link for row in whole.rows
    }
    links = [of_group(source, index).fetch_links(1_000)[0] for index in (0, 1)]
    assert {link.login for link in links[0]}.isdisjoint(link.login for link in links[1])
    assert len(links[0]) + len(links[1]) == source.fetch_links(1_000)[1] == 500
    for index, mine in enumerate(links):
        assert of_group(source, index).has_link(mine[0].link)
        assert not of_group(source, 1 - index).has_link(mine[0].link)
        assert source.has_link(mine[0].link)
        assert not source.has_link("go.ex.com/nobody")


def test_nothing_is_asked_twice(local: LocalBitly) -> None:
    server = bitly(local, "enterprise")
    source = server.source()
    source.fetch(DAYS)
    server.calls()
    for index in (0, 1):
        one = of_group(source, index)
        assert one.price([DAYS]) == 0
        one.fetch(DAYS)
    assert server.calls() == (0, 0)
    # And what one group was asked is there for all of them.
    older = DAYS.replace(until=NOW - 20 * DAY, domains=DOMAINS[:1])
    assert source.price([older]) == 2 * of_group(source, 0).price([older]) > 0
    of_group(source, 0).fetch(older)
    assert source.price([older]) == of_group(source, 1).price([older]) > 0


def test_a_series_and_its_file_say_which_groups_they_are_of(local: LocalBitly) -> None:
    source = bitly(local, "enterprise").source()
    name = source.groups()[0]
    whole, part = source.fetch(DAYS), source.of_group(name).fetch(DAYS)
    assert whole.provenance.groups_text == "2 groups together"
    assert part.provenance.groups_text == f"group {name}"
    assert source.fetch_ranked_links(DAYS).provenance.groups_text == "2 groups together"
    chart = line_chart([part], "Clicks", "demo data")
    assert f" · demo data · group {name} · " in chart.subtitle
    assert file_name("Clicks by day", chart.groups).startswith("clicks-by-day-group-")
    header, first, *_ = to_csv([part]).splitlines()
    assert header.endswith(",at_least,groups") and first.endswith(f",group {name}")
    assert json.loads(to_json([whole]))[0]["groups"] == "2 groups together"
    link = source.fetch_links(1)[0][0].link
    alone = source.fetch(ClickQuery(target="link", link=link, units=2))
    assert alone.provenance.groups == ()
    assert "groups" not in to_csv([alone])


def test_one_group_is_nothing_to_choose(path: Path) -> None:
    settings = settings_from(
        {"BITLY_CLICK_LOG": str(path), "BITLY_API": "v4", "BITLY_PLAN": "core"}
    )
    client = Client.open(settings)
    assert client.groups() == ()
    assert client.load(DAYS).provenance.groups == ()
    assert client.of_group("") is client
    client.close()


def test_a_group_that_is_not_there_is_refused_with_a_sentence(local: LocalBitly) -> None:
    source = bitly(local, "enterprise").source().of_group("Nobody's")
    for ask in (source.fetch, source.fetch_ranked_links):
        with pytest.raises(AccessError, match="no group “Nobody's”: choose another one"):
            ask(DAYS)


def test_logins_and_domains_are_those_of_the_group() -> None:
    kept = Archive().of_account("me")
    for guid, login in (("Ba", "ann"), ("Bb", "bob")):
        rows = [Listed("go.ex.com/x", 3, login, "ex.com")]
        kept.keep_list(CountKey(GROUP, guid, "day"), 0, rows, 100)
    assert sorted(kept.logins()) == ["ann", "bob"]
    assert kept.logins(["Bb"]) == ("bob",)
    assert kept.logins([]) == ()


def test_names_tell_groups_apart() -> None:
    groups = [
        wire.Group("B1", "Acme", ""),
        wire.Group("B2", "  Zeta \n One ", ""),
        wire.Group("B3", "Twice", ""),
        wire.Group("B4", "Twice", ""),
        wire.Group("B5", "", ""),
    ]
    assert list(named(groups)) == ["Acme", "Zeta One", "B3", "B4", "B5"]


def test_a_client_of_a_group_keeps_its_own_answers(path: Path) -> None:
    settings = settings_from({"BITLY_CLICK_LOG": str(path), "BITLY_API": "v4"})
    client = Client.open(settings, key="k")
    first, second = map(client.of_group, client.groups())
    assert len({client.key, first.key, second.key}) == 3
    assert first.of_group("") is client and first.of_group(second.group).key == second.key
    whole = client.load(DAYS)
    assert first.loaded(DAYS) is None
    parts = [one.load(DAYS) for one in (first, second)]
    assert sum(part.total.clicks for part in parts) == whole.total.clicks
    assert [one.loaded(DAYS) for one in (client, first, second)] == [whole, *parts]
    # One and the same server, and one place where calls under way are seen.
    assert first.local is client.local and first.archive is client.archive
    made = second.new_background(())
    assert client.background is first.background is made
    client.close()
