"""A link that was clicked through several hosts: its addresses, and all of them together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from apptest import captions, metrics, opened, said, table
from support import epoch
from tiers import WITHOUT_SHARED

from bitly_data.archive import Archive
from bitly_data.cli import main
from bitly_data.errors import NotFoundError
from bitly_data.hosts import plain_link
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions, V4Policy
from bitly_data.sources.model import Link
from bitly_data.sources.v3.addresses import OTHERS_NOT_KNOWN, addresses_of
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4.source import V4Source
from bitly_data.states import CAPPED, COUNTED, PARTIAL
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

USAGOV = Path(__file__).parents[2] / "shared/data/usagov"
NOW = "2026-03-17T10:20:30"
DAY = 86_400
# (host, hash, login, destination), and how many days ago it was clicked.
CLICKS = (
    (("bit.ly", "Ab", "ann", "http://shop.example/1"), (0, 0, 3)),
    (("j.mp", "Ab", "ann", "http://shop.example/1"), (1,)),  # the host of the line before
    (("go.ex.com", "Ab", "ann", "http://shop.example/1"), (0, 1, 1, 3, 40)),
    (("WWW.go.ex.com", "Ab", "ann", "http://shop.example/1"), (2,)),
    (("x.ex.com", "Ab", "bob", "http://shop.example/1"), (0,)),  # another account's
    (("y.ex.com", "Ab", "ann", "http://shop.example/2"), (0,)),  # to another destination
    (("z.ex.com", "ab", "ann", "http://shop.example/1"), (0,)),  # another hash
    (("bit.ly", "Abc", "ann", "http://shop.example/1"), (0,)),  # a longer one
    (("bit.ly", "Nowhere", "ann", ""), (0,)),
    (("go.ex.com", "Nowhere", "ann", ""), (0,)),  # it is not known where either leads
)
BIT, GO = "bit.ly/Ab", "go.ex.com/Ab"
COUNTS = {BIT: 4, GO: 6}


@pytest.fixture
def log(tmp_path: Path) -> str:
    lines = [
        {"t": epoch(NOW) - back * DAY, "hh": host, "h": name, "l": login, "u": url}
        for (host, name, login, url), days in CLICKS
        for back in days
    ]
    lines.append(lines[3] | {"hh": "go.ex.com", "kw": "spring"})  # by a custom back-half, once
    path = tmp_path / "clicks.log"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


@pytest.fixture
def local(log: str) -> Iterator[LocalBitly]:
    found = LocalBitly.open(ServerOptions(clicks=(log,), now=NOW + "Z", v4=V4Policy("premium")))
    yield found
    found.close()


def v3_of(local: LocalBitly) -> V3Source:
    upstream = HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock)
    return V3Source(upstream, "x", clock=local.clock)


def v4_of(local: LocalBitly) -> V4Source:
    upstream = HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock, bearer=True)
    return V4Source(upstream, "x", Archive().of_account, clock=local.clock)


def of(link: str, **more: object) -> ClickQuery:
    return ClickQuery(target=LINK, link=link, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("link", "others"),
    [
        (BIT, [GO]),
        (GO, [BIT]),
        ("j.mp/Ab", [GO]),
        ("www.bitly.com/Ab", [GO]),
        ("www.go.ex.com/Ab", [BIT]),
        ("go.ex.com/spring", [BIT]),
        ("x.ex.com/Ab", []),
        ("y.ex.com/Ab", []),
        ("z.ex.com/ab", []),
        ("bit.ly/Abc", []),
        ("bit.ly/Nowhere", []),
    ],
)
def test_the_same_hash_of_one_account_to_one_destination_is_one_link(
    local: LocalBitly, link: str, others: list[str]
) -> None:
    assert v3_of(local).addresses_of(link) == (link, *others)
    # v4 counts custom back-halves apart as well.
    found = [name for name in v4_of(local).addresses_of(link) if not name.endswith("spring")]
    hashes = [link] if not link.endswith("spring") else [GO]
    assert sorted(found) == sorted(hashes + others)


@pytest.mark.parametrize("link", [BIT, GO, "j.mp/Ab", "go.ex.com/spring"])
@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("rollup", [False, True])
@pytest.mark.parametrize("units", [ALL_TIME, 60])
def test_all_addresses_by_v3_and_by_v4(
    local: LocalBitly, link: str, unit: str, rollup: bool, units: int
) -> None:
    query = of(link, unit=unit, units=1500 if (unit, units) == ("hour", 60) else units)
    every = sum(COUNTS.values()) + 1
    together = v3_of(local).fetch(query.replace(all_addresses=True, rollup=rollup))
    assert together.known.all() and together.clicks.sum() == every
    assert together.name == f"{plain_link(link)}, all its addresses"
    assert together.edges[-1] > epoch(NOW) >= together.edges[-2]
    if units != ALL_TIME and not rollup:
        other = v4_of(local).fetch(query.replace(all_addresses=True))
        assert together.edges.tolist() == other.edges.tolist()
        assert together.clicks.tolist() == other.clicks.tolist()
        alone = v3_of(local).fetch(query)
        assert 0 < alone.clicks.sum() < every
        assert together.provenance.requests > alone.provenance.requests


def test_of_all_time_the_sum_begins_with_the_earliest(local: LocalBitly) -> None:
    source = v3_of(local)
    late, early = (source.fetch(of(name, units=ALL_TIME)) for name in (BIT, GO))
    assert (len(late.clicks), len(early.clicks)) == (4, 41)
    together = source.fetch(of(BIT, units=ALL_TIME, all_addresses=True))
    assert together.edges.tolist() == early.edges.tolist()
    assert together.clicks[-4:].tolist() == (late.clicks + early.clicks[-4:]).tolist()


def test_a_limit_is_that_of_the_sum(local: LocalBitly) -> None:
    source = v3_of(local)
    found = source.fetch(of(BIT, units=5, limit=2, all_addresses=True))
    assert found.states.tolist() == [CAPPED] * 3 + [COUNTED, PARTIAL]
    # The newest two days with clicks by any address, and what stands for those before.
    found = source.fetch(of(BIT, units=ALL_TIME, limit=2, all_addresses=True))
    assert found.states.tolist() == [CAPPED, COUNTED, PARTIAL]
    assert found.clicks[1:].tolist() == [4, 3]


def test_minutes(local: LocalBitly) -> None:
    found = v3_of(local).fetch(of(BIT, unit="minute", units=60, all_addresses=True))
    assert found.clicks.sum() == 3


def test_a_link_that_is_not_there_has_no_addresses(local: LocalBitly) -> None:
    source = v3_of(local)
    assert source.addresses_of("bit.ly/nothing") == ("bit.ly/nothing",)
    with pytest.raises(NotFoundError):
        source.fetch(of("bit.ly/nothing", all_addresses=True))


@pytest.mark.parametrize("link", [BIT, "y.ex.com/Ab", "go.ex.com/Nowhere"])
@pytest.mark.parametrize("more", [{}, {"rollup": True}, {"unit": "month", "units": ALL_TIME}])
def test_of_a_link_whose_others_are_not_known_only_its_own_clicks_are_counted(
    log: str, link: str, more: dict[str, object]
) -> None:
    """Somebody else's, or one that leads nobody knows where: its number is not that of all."""
    local = LocalBitly.open(ServerOptions(clicks=(log,), now=NOW + "Z", accounts=("bob",)))
    found = v3_of(local).fetch(of(link, all_addresses=True, **more))
    alone = v3_of(local).fetch(of(link, **more))
    assert (found.name, found.query) == (link, alone.query)
    assert found.clicks.tolist() == alone.clicks.tolist()
    assert found.provenance.note == OTHERS_NOT_KNOWN
    # Of a link in the account's list they are known, be there any or none.
    found = v3_of(local).fetch(of("x.ex.com/Ab", all_addresses=True))
    assert (found.name, found.provenance.note) == ("x.ex.com/Ab, all its addresses", "")
    local.close()


def test_an_address_that_is_not_made_yet_is_none(log: str) -> None:
    early = ServerOptions(clicks=(log,), now="2026-03-10T00:00:00Z")
    local = LocalBitly.open(early)
    assert v3_of(local).addresses_of(GO) == v4_of(local).addresses_of(GO)[:1] == (GO,)
    local.close()


def test_the_search_is_for_the_hash_of_what_was_asked_by_a_custom_back_half() -> None:
    asked = []

    def search(text: str) -> list[Link]:
        asked.append(text)
        there = Link(GO, "", "http://x/", "ann", 0, (GO, "go.ex.com/spring"))
        other = Link(BIT, "", "http://x/", "ann", 0)
        return [there] if text == "/spring" else [other, there]

    assert addresses_of("go.ex.com/spring", search) == ("go.ex.com/spring", BIT)
    assert asked == ["/spring", "/Ab"]


# -- pages and the command line -----------------------------------------------------------------


@pytest.fixture(params=["v3", "v4"])
def api(request: pytest.FixtureRequest, log: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in (("CLICK_LOG", log), ("NOW", NOW + "Z"), ("API", request.param)):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    yield request.param
    st.cache_resource.clear()


def test_the_page_of_a_link_names_the_others_with_their_clicks(api: str) -> None:
    app = opened("link", link=BIT, tz="UTC", units="5")
    assert metrics(app)["Total clicks"] == "4"
    # What v4 counts apart is one address by v3.
    assert (f"{GO} (6 clicks)" if api == "v3" else f"{GO} (5 clicks)") in captions(app)
    app = opened("link", link=BIT, tz="UTC", units="5", together="1")
    assert metrics(app)["Total clicks"] == "10"
    rows = table(app)
    assert {BIT, GO, f"{BIT}, all its addresses"} <= set(rows["Series"])


def test_the_page_says_where_the_others_are_not_known(
    log: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("CLICK_LOG", log), ("NOW", NOW + "Z"), ("ACCOUNTS", "bob")):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    app = opened("link", link=GO, tz="UTC", units="5", together="1")
    assert OTHERS_NOT_KNOWN in said(app)
    assert "No other address" not in captions(app)
    assert set(table(app)["Series"]) == {GO}
    st.cache_resource.clear()
    assert main(["clicks", "link", GO, "--together", "--rollup"]) == 0
    out, err = capsys.readouterr()
    assert OTHERS_NOT_KNOWN in err
    assert f",{GO}," in out


def test_the_command_line_adds_them_up(api: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["clicks", "link", "www.bitly.com/Ab", "--units", "5", "--rollup", "--format", "json"]
    for more, clicks in (([], 4), (["--together"], 10)):
        assert main([*words, *more]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert row["clicks"] == clicks


# -- the real clicks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bit.ly/11qoD8L", "1.usa.gov/11qoD8L", "j.mp/11qoD8L"])
def test_the_forecast_s_link(name: str) -> None:
    """17 clicks by one host, 6,407 by another."""
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    local = LocalBitly.open(ServerOptions(clicks=(str(USAGOV),), now="latest"))
    source = v3_of(local)
    counts = {
        one: int(source.fetch(of(one, units=ALL_TIME, unit="month")).clicks.sum())
        for one in source.addresses_of(name)
    }
    assert sorted(counts.values()) == [17, 6407]
    together = of(name, units=ALL_TIME, unit="month", all_addresses=True)
    assert source.fetch(together).clicks.sum() == 6424
    local.close()
