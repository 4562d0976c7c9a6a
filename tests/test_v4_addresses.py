"""The addresses of one link, its hash and its custom back-halves: counted apart, and together."""

from __future__ import annotations

import json
import random
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apptest
import pytest
import streamlit as st
from apptest import captions, controls_of, metrics, opened, table
from support import epoch
from tiers import WITHOUT_SHARED
from werkzeug.test import Client

from bitly_data import cache
from bitly_data.archive.store import Archive
from bitly_data.cli import main
from bitly_data.errors import NotFoundError, QuestionError
from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery
from bitly_data.server import ClickStore, LocalBitly, ServerOptions, ServerProblem, V4Policy
from bitly_data.sources.model import Listed
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

NOW = "2026-03-17T10:20:30"
HASH, SPRING, SUMMER = "go.ex.com/Ab", "go.ex.com/spring", "go.ex.com/summer"
OTHER = "go.ex.com/Cd"
# Who clicked by which address, hours before now.
CLICKED = {HASH: (1, 1, 30, 700), SPRING: (2, 3, 50), SUMMER: (26,), OTHER: (5, 5)}


def write(path: Path, clicks: list[dict[str, object]]) -> str:
    """A log of clicks on links of one account, some hours before now each."""
    made = {"hh": "go.ex.com", "l": "ann", "u": "https://shop.example/", "t": epoch(NOW) - 3600}
    path.write_text("".join(json.dumps(made | click) + "\n" for click in clicks))
    return str(path)


@contextmanager
def asking(path: str) -> Iterator[V4Source]:
    local = LocalBitly.open(ServerOptions(clicks=(path,), now=NOW + "Z", v4=V4Policy("premium")))
    yield V4Source(upstream(local, bearer=True), "x", Archive().of_account, clock=local.clock)
    local.close()


@pytest.fixture
def log(tmp_path: Path) -> str:
    lines = []
    for address, hours in CLICKED.items():
        back_half = address.split("/")[1]
        made = {
            "hh": "go.ex.com",
            "h": "Cd" if address == OTHER else "Ab",
            "l": "ann",
            "u": f"https://shop.example/{back_half == 'Cd'}",
            "hc": 1_700_000_000,
        }
        if address in (SPRING, SUMMER):
            made["kw"] = back_half
        lines += [made | {"t": epoch(NOW) - back * 3600} for back in hours]
    path = tmp_path / "clicks.log"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


@pytest.fixture
def local(log: str) -> Iterator[LocalBitly]:
    opened = LocalBitly.open(ServerOptions(clicks=(log,), now=NOW + "Z", v4=V4Policy("premium")))
    yield opened
    opened.close()


@pytest.fixture
def source(local: LocalBitly) -> V4Source:
    return V4Source(upstream(local, bearer=True), "x", Archive().of_account, clock=local.clock)


def upstream(local: LocalBitly, *, bearer: bool = False) -> HttpClient:
    return HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock, bearer=bearer)


def of(link: str, **more: object) -> ClickQuery:
    return ClickQuery(target=LINK, link=link, **more)  # type: ignore[arg-type]


def within(days: int, *addresses: str) -> int:
    """The clicks by some addresses in the last days of UTC, today's included."""
    first = epoch(NOW) // 86_400 - days + 1
    return sum(
        (epoch(NOW) - back * 3600) // 86_400 >= first
        for address in addresses
        for back in CLICKED[address]
    )


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_apart_and_together(source: V4Source, local: LocalBitly, unit: str) -> None:
    units = 48 if unit == "hour" else 3
    every = source.fetch(of(HASH, unit=unit, units=units, all_addresses=True))
    apart = [source.fetch(of(name, unit=unit, units=units)) for name in (HASH, SPRING, SUMMER)]
    assert sum(one.clicks for one in apart).tolist() == every.clicks.tolist()
    assert all(one.clicks.any() for one in apart)
    v3 = V3Source(upstream(local), "x", clock=local.clock)
    for name in (HASH, SPRING, SUMMER):  # all of them are one to v3
        assert v3.fetch(of(name, unit=unit, units=units)).clicks.tolist() == every.clicks.tolist()
        again = source.fetch(of(name, unit=unit, units=units, all_addresses=True))
        assert again.clicks.tolist() == every.clicks.tolist()
        assert again.name == f"{name}, all its addresses"


@pytest.mark.parametrize("rollup", [False, True])
def test_days_are_those_that_were_clicked(source: V4Source, rollup: bool) -> None:
    for name in (HASH, SPRING, SUMMER):
        found = source.fetch(of(name, units=2, rollup=rollup))
        assert found.clicks.sum() == within(2, name)
    found = source.fetch(of(SUMMER, units=2, rollup=rollup, all_addresses=True))
    assert found.clicks.sum() == within(2, HASH, SPRING, SUMMER)
    assert within(2, HASH) and within(2, SPRING) and within(2, SUMMER)


def test_all_time_begins_with_the_first_click_by_any_of_them(source: V4Source) -> None:
    found = source.fetch(of(SUMMER, units=ALL_TIME, all_addresses=True))
    assert found.clicks.sum() == sum(len(CLICKED[name]) for name in (HASH, SPRING, SUMMER))
    assert found.edges[0] <= epoch(NOW) - 700 * 3600


def test_what_they_are_is_asked_once_and_not_where_a_list_said_so(source: V4Source) -> None:
    assert source.addresses_of(SPRING) == (SPRING, HASH, SUMMER)
    sent = source.account.tally.calls
    assert source.addresses_of(SPRING) == (SPRING, HASH, SUMMER)
    assert source.account.tally.calls == sent
    links, _ = source.fetch_links()
    sent = source.account.tally.calls
    assert Tally(link.link for link in links) == Tally([HASH, SPRING, SUMMER, OTHER])
    assert source.addresses_of(SUMMER) == (SUMMER, HASH, SPRING)
    assert source.addresses_of(OTHER) == (OTHER,)
    assert source.account.tally.calls == sent
    assert [link.link for link in source.fetch_links(search="SPRING")[0]] == [HASH, SPRING, SUMMER]
    with pytest.raises(NotFoundError):
        source.addresses_of("go.ex.com/nothing")


def test_what_a_plan_takes(source: V4Source) -> None:
    assert len(source.missing(of(HASH, units=5, all_addresses=True))) == 3
    source.fetch(of(SPRING, units=5))
    assert [one.key.name for one in source.missing(of(HASH, units=5, all_addresses=True))] == [
        HASH,
        SUMMER,
    ]


def each(source: V4Source, link: str) -> dict[str, int]:
    """The clicks of a link by each of its addresses, and of all of them."""
    counts = {
        name: int(source.fetch(of(name, units=3)).clicks.sum())
        for name in source.addresses_of(link)
    }
    together = int(source.fetch(of(link, units=3, all_addresses=True)).clicks.sum())
    assert sum(counts.values()) == together
    return counts


def test_a_back_half_belongs_to_the_first_link_that_had_it(tmp_path: Path) -> None:
    clicks = (
        [{"h": "Ab", "hc": 100}]
        + 10 * [{"h": "Ab", "hc": 100, "kw": "spring"}]
        + [{"h": "Cd", "hc": 200}]
        + 4 * [{"h": "Cd", "hc": 200, "kw": "spring"}]
    )
    with asking(write(tmp_path / "log", clicks)) as source:
        assert each(source, "go.ex.com/Ab") == {"go.ex.com/Ab": 1, "go.ex.com/spring": 10}
        assert each(source, "go.ex.com/Cd") == {"go.ex.com/Cd": 5}


def test_a_hash_is_no_back_half_of_another_link(tmp_path: Path) -> None:
    clicks = [{"h": "Ab"}] + 10 * [{"h": "Ab", "kw": "Cd"}] + 4 * [{"h": "Cd"}]
    with asking(write(tmp_path / "log", clicks)) as source:
        assert each(source, "go.ex.com/Ab") == {"go.ex.com/Ab": 11}
        assert each(source, "go.ex.com/Cd") == {"go.ex.com/Cd": 4}


def test_somebody_else_s_back_half(tmp_path: Path) -> None:
    own = {"hh": "bit.ly", "h": "Ab", "hc": 200}
    clicks = [
        {"h": "Xy"},
        own,
        own | {"kw": "spring"},
        {"hh": "bit.ly", "h": "Zz", "hc": 100, "l": "eve", "kw": "spring"},
    ]
    with asking(write(tmp_path / "log", clicks)) as source:
        assert each(source, "bit.ly/Ab") == {"bit.ly/Ab": 2}


def test_back_halves_in_any_script(tmp_path: Path) -> None:
    clicks = [{"h": "é"}, {"h": "é", "kw": "весна"}, {"h": "é", "kw": "весна"}]
    with asking(write(tmp_path / "log", clicks)) as source:
        assert each(source, "go.ex.com/é") == {"go.ex.com/é": 1, "go.ex.com/весна": 2}


def test_an_organization_counts_them_once(source: V4Source) -> None:
    query = ClickQuery(units=3)
    assert source.fetch(query).clicks.sum() == within(3, *CLICKED)
    for narrowed in (query.replace(domains=("go.ex.com",)), query.replace(login="ann")):
        assert source.fetch(narrowed).clicks.sum() == within(3, *CLICKED)
    assert source.fetch(query.replace(unlisted=True)).clicks.sum() == 0


def test_a_row_may_be_named_by_a_custom_back_half() -> None:
    body = json.dumps(
        {
            "sorted_links": [{"id": SPRING, "clicks": 5}, {"id": HASH, "clicks": 2}],
            "links": [
                {
                    "id": HASH,
                    "created_by": "ann",
                    "long_url": "https://shop.example/",
                    "custom_bitlinks": [f"https://{SPRING}", None, 5, "no link"],
                }
            ],
        }
    ).encode()
    assert v4.parse_sorted("/", 200, body) == [
        Listed(SPRING, 5, "ann", "shop.example"),
        Listed(HASH, 2, "ann", "shop.example"),
    ]


def test_an_id_of_one_link_is_not_another_s_back_half() -> None:
    bodies = [
        {"id": OTHER, "created_by": "bob", "long_url": "https://b.example/"},
        {
            "id": HASH,
            "created_by": "ann",
            "long_url": "https://a.example/",
            "custom_bitlinks": [f"https://{OTHER}"],
        },
    ]
    rows = [{"id": OTHER, "clicks": 5}, {"id": HASH, "clicks": 2}]
    for links in (bodies, bodies[::-1]):
        body = json.dumps({"sorted_links": rows, "links": links}).encode()
        assert [row.login for row in v4.parse_sorted("/", 200, body)] == ["bob", "ann"]


def test_what_is_refused_is_not_asked_for_on_each_redraw(source: V4Source) -> None:
    for _ in range(3):
        with pytest.raises(NotFoundError):
            source.addresses_of("go.ex.com/nothing")
    assert source.account.tally.calls <= 1


@pytest.mark.parametrize("custom", [None, "x", 5, [], [None], {}])
def test_odd_lists_of_back_halves(custom: object) -> None:
    body = json.dumps({"id": HASH, "custom_bitlinks": custom}).encode()
    assert v4.parse_bitlink("/", 200, body).ids == (HASH,)


def test_it_is_a_question_of_links(local: LocalBitly) -> None:
    with pytest.raises(QuestionError, match="Only a link"):
        ClickQuery(target=ORGANIZATION, all_addresses=True)


def test_by_v3_the_back_halves_of_one_host_are_one_address(local: LocalBitly) -> None:
    source = V3Source(upstream(local), "x", clock=local.clock)
    for name in (HASH, SPRING, SUMMER):
        assert source.addresses_of(name) == (name,)
        found = source.fetch(of(name, units=5, all_addresses=True))
        assert found.clicks.sum() == within(5, HASH, SPRING, SUMMER)


def test_the_server_lists_what_has_one(local: LocalBitly) -> None:
    client = Client(local.app)
    headers = {"Authorization": "Bearer t"}
    (group,) = client.get("/v4/groups", headers=headers).get_json()["groups"]
    for choice, found in (("on", {HASH}), ("off", {OTHER}), ("both", {HASH, OTHER})):
        path = f"/v4/groups/{group['guid']}/bitlinks?custom_bitlink={choice}"
        links = client.get(path, headers=headers).get_json()["links"]
        assert {link["id"] for link in links} == found
    for name in (HASH, SPRING):
        link = client.get(f"/v4/bitlinks/{name}", headers=headers).get_json()
        assert link["id"] == HASH
        assert link["custom_bitlinks"] == [f"https://{SPRING}", f"https://{SUMMER}"]
    history = client.get("/v3/user/link_history?access_token=t").get_json()["data"]
    assert {item["link"]: item.get("keyword_link") for item in history["link_history"]} == {
        f"http://{HASH}": f"http://{SPRING}",
        f"http://{OTHER}": None,
    }


@pytest.mark.parametrize(
    "broken_off",
    [
        "",
        "BEGIN; ALTER TABLE variants ADD COLUMN keyword VARCHAR",
        "ALTER TABLE variants ADD COLUMN keyword VARCHAR DEFAULT ''",
    ],
)
def test_a_store_of_the_format_before_opens(log: str, tmp_path: Path, broken_off: str) -> None:
    """Also where a change of its format had begun, and its process ended."""
    path = str(tmp_path / "clicks.duckdb")
    store = ClickStore(path)
    store.import_paths([log])
    store._database.connection.execute(
        "ALTER TABLE variants DROP COLUMN keyword; UPDATE about SET format=1"
    )
    if broken_off:
        store._database.connection.execute(broken_off)
    store.close()
    for _ in range(2):
        store = ClickStore(path)
        store.add_tracking_domains(["shop.example"])
        clicks = store.link_clicks("go.ex.com", "Ab", 2**40)
        assert clicks is not None
        assert store.count(clicks, 0, 2**40) == sum(
            len(CLICKED[name]) for name in (HASH, SPRING, SUMMER)
        )
        assert store.link("go.ex.com", "spring", 2**40) is None
        store.close()


@pytest.mark.parametrize("formats", [[], [1, 1], [99], [0]])
def test_a_file_of_no_format_is_refused_in_one_sentence(tmp_path: Path, formats: list[int]) -> None:
    path = str(tmp_path / "clicks.duckdb")
    store = ClickStore(path)
    store._database.connection.execute("DELETE FROM about")
    for number in formats:
        store._database.connection.execute(f"INSERT INTO about VALUES ({number})")
    store.close()
    with pytest.raises(ServerProblem, match="not a store of clicks"):
        ClickStore(path)


# -- pages and the command line --------------------------------------------------------------------


@pytest.fixture
def v4_pages(log: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in (("API", "v4"), ("PLAN", "premium"), ("NOW", NOW + "Z"), ("CLICK_LOG", log)):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    cache._answers().clear()
    yield
    st.cache_resource.clear()
    cache._answers().clear()


@pytest.mark.parametrize(
    "more",
    [
        {"units": "5"},
        {"units": "5", "rollup": "1"},
        {"units": "all"},
        {"units": "30", "unit": "hour"},
        {"units": "2", "unit": "month"},
        {"units": "60", "unit": "minute"},
    ],
)
@pytest.mark.usefixtures("v4_pages")
def test_the_page_of_a_link_shows_each_and_their_sum(more: dict[str, str]) -> None:
    app = opened("link", link=SPRING, tz="UTC", together="1", **more)
    assert f"With the clicks by {HASH}, {SUMMER}." in captions(app)
    rows = table(app)
    clicks = {name: rows[rows["Series"] == name]["Clicks"].sum() for name in (SPRING, HASH, SUMMER)}
    every = rows[rows["Series"] == f"{SPRING}, all its addresses"]["Clicks"].sum()
    assert len(set(rows["Series"])) == 4 and sum(clicks.values()) == every
    assert metrics(app)["Total clicks"] == f"{every:g}"
    if more == {"units": "5"}:
        assert clicks == {name: within(5, name) for name in (SPRING, HASH, SUMMER)}


@pytest.mark.usefixtures("v4_pages")
def test_the_page_of_a_link_says_that_there_are_others() -> None:
    app = opened("link", link=HASH, tz="UTC", units="5")
    assert (within(5, SPRING), within(5, SUMMER)) == (3, 1)
    others = f"{SPRING} (3 clicks), {SUMMER} (1 click)"
    assert f"This link is also reached by {others}." in captions(app)
    assert metrics(app)["Total clicks"] == str(within(5, HASH))
    app.toggle(key="q_together").set_value(True).run()
    assert metrics(app)["Total clicks"] == str(within(5, HASH, SPRING, SUMMER))
    alone = opened("link", link=OTHER, tz="UTC", units="5")
    assert "also reached" not in captions(alone)
    assert "No other address leads to this link." in captions(
        opened("link", link=OTHER, tz="UTC", units="5", together="1")
    )


def test_by_v3_there_is_one_address_on_a_host(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_CLICK_LOG", log)
    monkeypatch.setenv("BITLY_NOW", NOW + "Z")
    st.cache_resource.clear()
    app = opened("link", link=SPRING, tz="UTC", units="5", together="1")
    toggle = app.toggle(key="q_together")
    assert not toggle.disabled
    assert metrics(app)["Total clicks"] == str(within(5, HASH, SPRING, SUMMER))
    assert "No other address leads to this link." in captions(app)
    elsewhere = opened("overview", tz="UTC", together="1")
    assert "q_together" not in controls_of(elsewhere)
    assert apptest.address(elsewhere)["together"] == ["1"]  # the next page takes it
    st.cache_resource.clear()


def test_the_command_line(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "clicks",
        "link",
        SPRING,
        "--clicks",
        log,
        "--now",
        NOW + "Z",
        "--api",
        "v4",
        "--units",
        "5",
        "--rollup",
        "--format",
        "json",
    ]
    for more, clicks in (
        ([], within(5, SPRING)),
        (["--together"], within(5, HASH, SPRING, SUMMER)),
    ):
        assert main([*words, *more]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert row["clicks"] == clicks
    assert main([*words, "--together", "--api", "v3"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["clicks"] == within(5, HASH, SPRING, SUMMER)


# -- the real clicks -------------------------------------------------------------------------------


def test_the_real_back_halves(usagov_local: LocalBitly) -> None:
    """Each of a sample of addresses counted in the log's own lines."""
    from counter import Counter

    counter = Counter(sorted(USAGOV.glob("*.gz")), (), 2**40)
    source = V4Source(
        upstream(usagov_local, bearer=True), "x", Archive().of_account, clock=usagov_local.clock
    )
    custom = sorted(set(counter.address[(counter.address != counter.link) & counter.own].tolist()))
    assert len(custom) > 100
    for name in random.Random(5).sample(custom, 12):
        for together in (False, True):
            rows = counter.of_address(name, together=together)
            found = source.fetch(of(name, unit="day", units=ALL_TIME, all_addresses=together))
            assert found.clicks.sum() == len(rows)
            assert name in source.addresses_of(str(counter.link[rows][0]))


USAGOV = Path(__file__).parents[2] / "shared/data/usagov"


@pytest.fixture
def usagov_local() -> Iterator[LocalBitly]:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    opened = LocalBitly.open(
        ServerOptions(clicks=(str(USAGOV),), now="latest", v4=V4Policy("enterprise"))
    )
    yield opened
    opened.close()
