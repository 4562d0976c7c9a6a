"""A question that takes more calls than a minute has goes on from where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from support import epoch, write_clicks

from bitly_data.errors import RateLimitError
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import PARTIAL, STATES, ClickSeries
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3 import unfinished
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session
from bitly_data.transport.rate_limit import Budget

NOW = "2013-05-17T12:00:00"
LONG = ClickQuery(target=LINK, link="go.ex.com/Ab", unit="hour", units=8500, timezone="UTC")
MANY_PIECES = ClickQuery(unit="day", units=1500, timezone="America/New_York", week_start=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBitly]:
    clicks = [
        (f"20{year:02}-{month:02}-11T05:00:00", "go.ex.com/Ab", "ann", "http://ex.com/", 2)
        for year in range(9, 14)
        for month in range(1, 13)
        if (year, month) < (13, 5)
    ]
    clicks += [
        (f"2013-05-17T1{hour}:15:00", "go.ex.com/Ab", "ann", "http://ex.com/", 2)
        for hour in range(4)
    ]
    path = write_clicks(tmp_path_factory.mktemp("unfinished") / "clicks.log", clicks)
    opened = LocalBitly.open(ServerOptions(clicks=(path,), now=f"{NOW}Z"))
    yield opened
    opened.close()


class World:
    """A server and an account of few calls, by one clock that moves only while somebody waits."""

    def __init__(self, store: LocalBitly, per_minute: int, per_hour: int = 1_000_000) -> None:
        self.passed = 0.0
        self.sent: list[str] = []
        self.now = epoch(NOW)
        self.local = LocalBitly(store.store, store.report, clock=self.clock)
        budget = Budget(per_minute, per_hour, clock=lambda: self.passed, sleep=self.sleep)
        self.upstream = HttpClient(
            LOCAL_URL,
            "x",
            new_session(self.counted),
            clock=self.clock,
            monotonic=lambda: self.passed,
            sleep=self.sleep,
            budget=budget,
        )
        self.source = V3Source(self.upstream, "x", clock=self.clock)

    def clock(self) -> float:
        return self.now + self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def counted(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.sent.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        return self.local.app(environ, start)

    def until_answered(self, ask: Callable[[], Any]) -> tuple[Any, int]:
        """The answer, asked for again each time that there are calls, and how often that was."""
        for attempt in range(1, 100):
            try:
                return ask(), attempt
            except RateLimitError as error:
                assert error.retry_after is not None
                self.sleep(error.retry_after)
        raise AssertionError("it is never answered")


def plenty(store: LocalBitly) -> World:
    return World(store, 1_000_000)


@pytest.mark.parametrize("per_minute", [1, 2, 5, 10])
@pytest.mark.parametrize(
    "query",
    [
        LONG,
        MANY_PIECES,
        MANY_PIECES.replace(rollup=True),
        LONG.replace(units=ALL_TIME, unit="day", timezone="Asia/Kolkata"),
    ],
)
def test_no_call_is_made_twice(store: LocalBitly, query: ClickQuery, per_minute: int) -> None:
    world, whole = World(store, per_minute), plenty(store)
    right = whole.source.fetch(query)
    found, attempts = world.until_answered(lambda: world.source.fetch(query))
    assert len(world.sent) == len(whole.sent) == found.provenance.requests
    assert attempts >= len(world.sent) / per_minute / 2
    assert found.edges.tolist() == right.edges.tolist()
    assert found.clicks.tolist() == right.clicks.tolist()
    assert found.states.tolist() == right.states.tolist()


def test_a_list_of_links_goes_on(store: LocalBitly) -> None:
    world = World(store, 2)
    rows = [{"link": f"http://go.ex.com/{at}", "created_at": 1} for at in range(1000)]

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        world.sent.append(environ["QUERY_STRING"])
        first = int(environ["QUERY_STRING"].split("offset=")[1].split("&")[0])
        start("200 OK", [])
        return [
            json.dumps(
                {
                    "status_code": 200,
                    "data": {"link_history": rows[first : first + 100], "result_count": 1000},
                }
            ).encode()
        ]

    upstream = HttpClient(
        LOCAL_URL,
        "x",
        new_session(app),
        monotonic=lambda: world.passed,
        sleep=world.sleep,
        budget=world.upstream.budget,
    )
    source = V3Source(upstream, "x")
    (links, total), attempts = world.until_answered(lambda: source.fetch_links(most=1000))
    assert (len(links), total, len(world.sent)) == (1000, 1000, 10)
    assert attempts == 5


def test_a_bucket_that_filled_meanwhile_is_not_called_finished(store: LocalBitly) -> None:
    """Its clicks were asked for before its end, the older buckets after it."""
    world = World(store, 1)
    world.now = epoch("2013-05-17T11:59:00")  # the newest hour ends in the first wait
    query = LONG.replace(units=2500)
    found, attempts = world.until_answered(lambda: world.source.fetch(query))
    assert isinstance(found, ClickSeries)
    assert attempts == len(world.sent) == 3
    assert found.edges[-1] == epoch("2013-05-17T12:00:00")
    assert found.states[-1] == PARTIAL, STATES[found.states[-1]]
    assert found.provenance.fetched_at < found.edges[-1]


def test_after_an_hour_it_begins_anew(store: LocalBitly) -> None:
    world = World(store, 5)
    with pytest.raises(RateLimitError):
        world.source.fetch(LONG)
    sent = len(world.sent)
    world.sleep(unfinished.UNFINISHED_SECONDS + 60)
    world.until_answered(lambda: world.source.fetch(LONG))
    assert len(world.sent) - sent == 9


def test_only_so_many_questions_wait_for_their_rest(
    store: LocalBitly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "MOST_UNFINISHED", 2)
    world = World(store, 1)
    for units in (2000, 3000, 4000):
        with pytest.raises(RateLimitError):
            world.source.fetch(LONG.replace(units=units))
        world.sleep(61)
    assert len(world.source.unfinished._begun) == 2
    world.until_answered(lambda: world.source.fetch(LONG.replace(units=4000)))
    assert len(world.source.unfinished._begun) == 1
