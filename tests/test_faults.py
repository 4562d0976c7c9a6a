"""Faults in any order: during them no wrong number is shown as known, after them all are right."""

from __future__ import annotations

import json
import random
import threading
import traceback
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest
from faults import CONTENT, TRANSPORT, FaultyAdapter, fault_server
from support import write_clicks

from bitly_data.errors import (
    AccessError,
    AnswerError,
    BitlyError,
    GoneError,
    NotFoundError,
    RateLimitError,
    UnreachableError,
    UnreadableError,
)
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.series import COUNTED, REBUILT, STATES, ClickSeries
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session
from bitly_data.transport.rate_limit import Budget
from bitly_data.transport.retry import RetryPolicy

TOKEN = "very-secret-token"
EVERY = (*CONTENT, *TRANSPORT)
NOW = "2013-05-17T12:00:00"
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "-5")
# Sequences that failed once; they stay.
FAILED_ONCE = (20261126011681, 20261126013060, 20261126013114)


class FedClock:
    """A clock that moves only when somebody sleeps or waits in vain [s]."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBitly]:
    chance = random.Random(3)
    clicks = [
        (
            f"2013-{month:02}-{day:02}T{hour:02}:{chance.randrange(60):02}:00",
            link,
            login,
            "http://ex.com/",
            chance.randint(1, 5),
        )
        for month in (3, 4, 5)
        for day in range(1, 18)
        for hour in (3, 11, 20)
        for link, login in (("go.ex.com/Ab", "ann"), ("x.ex.com/Cd", "bob"))
        if (month, day, hour) < (5, 17, 12)
    ]
    path = write_clicks(tmp_path_factory.mktemp("faults") / "clicks.log", clicks)
    opened = LocalBitly.open(ServerOptions(clicks=(path,), now=f"{NOW}Z"))
    yield opened
    opened.close()


def question(chance: random.Random) -> ClickQuery:
    unit = chance.choice(["hour", "day", "day", "week", "month", "minute"])
    parts: dict[str, object] = (
        {"target": LINK, "link": "go.ex.com/Ab"}
        if unit == "minute" or chance.random() < 0.5
        else {"domains": chance.choice([(), ("x.ex.com",), ("go.ex.com", "x.ex.com")])}
    )
    most = {"minute": 60, "hour": 60, "day": 30, "week": 8, "month": 3}[unit]
    units = ALL_TIME if unit != "minute" and chance.random() < 0.1 else chance.randint(1, most)
    return ClickQuery(
        unit=unit,
        units=units,
        timezone=chance.choice(ZONES),
        rollup=chance.random() < 0.2,
        week_start=chance.choice([0, 6]),
        until=None
        if unit == "minute" or chance.random() < 0.5
        else 1_368_792_000 - chance.randrange(50 * 86_400),
        **parts,
    )  # type: ignore[arg-type]


def check(found: ClickSeries, right: ClickSeries, about: object, faults: Sequence[str] = ()) -> int:
    """Each number that is called known is the right one; how many are."""
    if found.query.units == ALL_TIME and len(found.edges) != len(right.edges):
        # A first month that is not known cuts the range short, and says so.
        assert not found.known.all() or found.clicks.sum() == right.clicks.sum(), about
        # One before it that is not known may have had clicks, so the range begins with that.
        since = found.edges[:-1] >= right.edges[0]
        assert since.all() or not found.known[0], about
        assert found.clicks[~since & found.known].sum() == 0, about
        known = found.known & since
        at = np.searchsorted(right.edges, found.edges[:-1][since])
        assert (right.edges[at] == found.edges[:-1][since]).all(), about
        assert (found.clicks[since] == right.clicks[at])[found.known[since]].all(), about
        return int(known.sum())
    assert found.edges.tolist() == right.edges.tolist(), about
    known = found.known
    assert found.clicks[known].tolist() == right.clicks[known].tolist(), about
    same = found.states == right.states
    if "fewer" in faults:
        # Buckets that are not those of the zone are a calendar that is not trusted: what they hold
        # is made from hours then, and says so.
        same |= (found.states == REBUILT) & (right.states == COUNTED)
    assert same[known].all(), about
    assert {STATES[state] for state in found.states[~known]} <= {"failed"}, about
    return int(known.sum())


def expected_of(local: LocalBitly, query: ClickQuery) -> ClickSeries:
    """The answer without faults."""
    upstream = HttpClient(LOCAL_URL, TOKEN, new_session(local.app), clock=local.clock)
    return V3Source(upstream, "x", clock=local.clock).fetch(query)


def run_sequence(local: LocalBitly, seed: int) -> str:
    """One sequence of faults on the transport in this process, by a fed clock; how it ended."""
    chance, clock = random.Random(seed), FedClock()
    session = new_session(local.app)
    adapter = FaultyAdapter(local.app, chance, clock.advance)
    session.mount(LOCAL_URL, adapter)
    upstream = HttpClient(
        LOCAL_URL,
        TOKEN,
        session,
        clock=local.clock,
        monotonic=clock,
        sleep=clock.advance,
        jitter=chance.random,
        budget=Budget(100, 1000, clock=clock, sleep=clock.advance),
    )
    source = V3Source(upstream, "x", clock=local.clock)
    query = question(chance)
    right = expected_of(local, query)
    # All time is sparse: a bucket that is left out cannot be told from one without clicks.
    possible = [fault for fault in EVERY if fault != "fewer" or query.units != ALL_TIME]
    adapter.faults = [
        chance.choice(possible) if chance.random() < 0.7 else ""
        for _ in range(chance.randint(1, 8))
    ]
    about = (seed, query, list(adapter.faults))
    began = clock.now
    try:
        found = source.fetch(query)
    except BitlyError as error:
        # A month that there cannot be makes all time too long to be shown.
        assert isinstance(error, AnswerError) or query.units == ALL_TIME, about
        assert_one_sentence(error, about)
        ended = "error"
    else:
        known = check(found, right, about, about[-1])
        ended = "right" if known == len(right.clicks) else "in part"
    in_a_row = [
        len(list(group)) for path, group in groupby(adapter.seen, key=lambda pair: pair[1] != "")
    ]
    assert in_a_row, about
    assert clock.now - began <= 60 * len(adapter.seen), about
    # After the faults, and after the time that a refusal asked for.
    adapter.faults = []
    clock.advance(5000)
    again = source.fetch(query)
    assert check(again, right, about) == len(right.clicks), about
    assert (again.states == right.states).all(), about
    return ended


@pytest.mark.sampled("fault-sequences", "seeds", block=100)
def test_random_sequences_of_faults(local: LocalBitly, seeds: range) -> None:
    """A hundred are a case: by them it can be said that they end in every way."""
    tally = Tally(run_sequence(local, seed) for seed in (*FAILED_ONCE, *seeds))
    print(f"sequences {seeds}: {dict(tally)}")
    assert tally["right"] > len(seeds) / 10
    assert tally["error"] > len(seeds) / 10
    assert tally["in part"] > 0


def assert_one_sentence(error: BitlyError, about: object) -> None:
    text = error.user_message
    assert text.endswith("."), about
    assert ". " not in text.replace("127.0.0.1", "").replace("e.g. ", ""), about
    assert TOKEN not in "".join(traceback.format_exception(error)), about


# -- each fault by itself -------------------------------------------------------------------------

KINDS: dict[str, type[AnswerError]] = {
    "rate limit inside 200": RateLimitError,
    "gone inside 200": GoneError,
    "410": GoneError,
    "refused inside 200": AccessError,
    "401": AccessError,
    "402": AccessError,
    "403": AccessError,
    "404": NotFoundError,
    "429": RateLimitError,
    "429 for long": RateLimitError,
    "429 with seconds": RateLimitError,
    "429 with a date": RateLimitError,
    "429 with a past date": RateLimitError,
    "429 without sense": RateLimitError,
    "refused": UnreachableError,
    "reset": UnreachableError,
    "no answer in time": UnreachableError,
    "body drips": UnreachableError,
    "head drips": UnreachableError,
    "body breaks off": UnreachableError,
    "gzip that is none": UnreachableError,
    "too large": UnreadableError,
    "a small body that unpacks to gigabytes": UnreadableError,
    "truncated JSON": UnreadableError,
    "garbage": UnreadableError,
    "nothing": UnreadableError,
    "HTML": UnreadableError,
    "a list": UnreadableError,
    "null": UnreadableError,
    "external entity": UnreadableError,
    "billion laughs": UnreadableError,
    "deep nesting": UnreadableError,
    "no data": UnreadableError,
    "no status": UnreadableError,
    "no start": UnreadableError,
    "integer for a list": UnreadableError,
}
ONE_FAILED = (
    "a count that is null",
    "negative",
    "fractional",
    "huge",
    "infinite",
    "a word",
    "a list as a count",
    "true",
    "no count",
    "two counts",
)
DATES = tuple(
    fault
    for fault in CONTENT
    if ("date" in fault.split() and "429" not in fault) or fault == "the day before the epoch"
)
HARMLESS = (*DATES, "another type", "a bucket twice", "unsorted", "a stranger", "fewer")


def lasting(local: LocalBitly, fault: str) -> tuple[V3Source, FaultyAdapter, FedClock]:
    clock, session = FedClock(), new_session(local.app)
    adapter = FaultyAdapter(local.app, random.Random(1), clock.advance, [fault] * 100)
    session.mount(LOCAL_URL, adapter)
    upstream = HttpClient(
        LOCAL_URL,
        TOKEN,
        session,
        clock=local.clock,
        monotonic=clock,
        sleep=clock.advance,
        jitter=lambda: 1.0,
    )
    return V3Source(upstream, "x", clock=local.clock), adapter, clock


DAYS = ClickQuery(target=LINK, link="go.ex.com/Ab", units=9)


@pytest.mark.parametrize("fault", EVERY)
def test_a_fault_that_lasts(local: LocalBitly, fault: str) -> None:
    source, adapter, clock = lasting(local, fault)
    right = V3Source(
        HttpClient(LOCAL_URL, TOKEN, new_session(local.app)), "x", clock=local.clock
    ).fetch(DAYS)
    try:
        found = source.fetch(DAYS)
    except AnswerError as error:
        assert fault not in ONE_FAILED and fault not in HARMLESS
        assert isinstance(error, KINDS.get(fault, AnswerError)), type(error)
        assert_one_sentence(error, fault)
        if error.retryable and not isinstance(error, RateLimitError):
            # Two tries of half a minute fill the minute.
            assert len(adapter.seen) == (2 if clock.now >= 60 else 4)
        assert 1 <= len(adapter.seen) <= 4
        assert clock.now <= 60
        return
    check(found, right, fault)
    if fault in ONE_FAILED:
        assert (~found.known).sum() == 1
    else:
        assert fault in HARMLESS
        assert found.known.all() or fault == "fewer"


@pytest.mark.parametrize("start", [0, 1, 86_400])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "14"])
def test_all_time_does_not_begin_with_the_calendar(start: int, zone: str) -> None:
    """A first bucket that other zones would put before 1970."""

    def answers(environ: dict[str, Any], begin: Callable[..., Any]) -> list[bytes]:
        begin("200 OK", [])
        clicks: object = [{"dt": start, "clicks": 7}, {"dt": 1_368_748_800, "clicks": 3}]
        return [
            json.dumps(
                {
                    "status_code": 200,
                    "data": {
                        "tz_offset": 0,
                        "organization_clicks": (
                            10 if "rollup=true" in environ["QUERY_STRING"] else clicks
                        ),
                    },
                }
            ).encode()
        ]

    upstream = HttpClient(LOCAL_URL, TOKEN, new_session(answers), clock=lambda: 1_368_792_000)
    source = V3Source(upstream, "x", clock=upstream.clock)
    for unit in ("day", "week", "month"):
        for rollup in (False, True):
            for as_answered in (False, True):
                with suppress(BitlyError):
                    source.fetch(
                        ClickQuery(
                            unit=unit,
                            units=ALL_TIME,
                            timezone=zone,
                            rollup=rollup,
                            upstream_buckets=as_answered,
                        )
                    )


def test_the_waits_between_four_tries(local: LocalBitly) -> None:
    source, adapter, clock = lasting(local, "503")
    with pytest.raises(AnswerError):
        source.fetch(DAYS)
    assert len(adapter.seen) == 4
    assert clock.now == 6.0  # three times the two seconds that were asked for
    source, adapter, clock = lasting(local, "502")
    with pytest.raises(AnswerError):
        source.fetch(DAYS)
    assert clock.now == (0.5 + 1 + 2) * 1.5


def test_the_last_try_gets_what_is_left_of_the_minute(local: LocalBitly) -> None:
    """Answers that take 29 seconds and ask for 30 more."""
    clock, session = FedClock(), new_session(local.app)
    given: list[float] = []

    class Slow(FaultyAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            given.append(kwargs["timeout"][1])
            clock.advance(min(29, given[-1]))
            answer = super().send(request, *args, **kwargs)
            answer.status_code, answer.headers["Retry-After"] = 503, "30"
            return answer

    session.mount(LOCAL_URL, Slow(local.app, random.Random(1), clock.advance))
    upstream = HttpClient(
        LOCAL_URL, TOKEN, session, clock=local.clock, monotonic=clock, sleep=clock.advance
    )
    with pytest.raises(AnswerError):
        V3Source(upstream, "x", clock=local.clock).fetch(DAYS)
    assert (given, clock.now) == ([30, 1], 60)


def test_a_long_wait_is_shown_and_not_slept(local: LocalBitly) -> None:
    source, adapter, clock = lasting(local, "429 for long")
    with pytest.raises(RateLimitError) as caught:
        source.fetch(DAYS)
    assert (len(adapter.seen), clock.now) == (1, 0)
    assert caught.value.user_message == "Bitly's rate limit is reached: ask again in 2 hours."


def test_a_changed_offset_in_the_middle_gives_no_wrong_number(local: LocalBitly) -> None:
    """The server's clock passes New York's change between two pages of an answer."""
    spring = [1_362_898_000.0]  # 10 March 2013, an hour and a half before 07:00 UTC
    moving = LocalBitly(local.store, local.report, clock=lambda: spring[0])
    upstream = HttpClient(LOCAL_URL, TOKEN, new_session(moving.app), clock=moving.clock)
    query = ClickQuery(
        target=LINK,
        link="go.ex.com/Ab",
        units=2500,
        unit="hour",
        timezone="America/New_York",
        until=1_362_880_000,
    )
    right = V3Source(upstream, "x", clock=moving.clock).fetch(query)

    class Moving:
        def send(self, *args: object) -> object:
            found = upstream.send(*args)  # type: ignore[arg-type]
            spring[0] += 3600
            return found

    found = V3Source(Moving(), "x", clock=moving.clock).fetch(query)  # type: ignore[arg-type]
    assert found.provenance.requests >= 3
    assert found.clicks.tolist() == right.clicks.tolist()
    days = query.replace(unit="day", units=3, until=None)
    spring[0] = 1_362_898_000.0
    found = V3Source(Moving(), "x", clock=moving.clock).fetch(days)  # type: ignore[arg-type]
    again = V3Source(upstream, "x", clock=moving.clock).fetch(days)
    check(found, again, "days")


# -- over real sockets ----------------------------------------------------------------------------

# Where a fault ends by the time limit it need not be waited for; all else may take its time on a
# busy machine.
QUICK = RetryPolicy(
    connect_seconds=2, try_seconds=0.4, request_seconds=3, first_wait=0.01, longest_wait=0.05
)
PATIENT = RetryPolicy(first_wait=0.01, longest_wait=0.05)
SLOW = ("no answer in time", "body drips", "head drips")


@pytest.mark.parametrize("fault", TRANSPORT)
def test_a_fault_on_a_real_socket(local: LocalBitly, fault: str) -> None:
    with fault_server(local.app, random.Random(1), stall=2) as (address, faults):
        upstream = HttpClient(
            address, TOKEN, new_session(), policy=QUICK if fault in SLOW else PATIENT
        )
        faults += [fault] * 4
        with pytest.raises(AnswerError) as caught:
            V3Source(upstream, "x", clock=local.clock).fetch(DAYS)
        assert isinstance(caught.value, KINDS[fault]), caught.value
        assert_one_sentence(caught.value, fault)
        faults.clear()
        again = V3Source(replace(upstream, policy=PATIENT), "x", clock=local.clock)
        assert again.fetch(DAYS).known.all()


def open_sockets() -> set[object]:
    found: set[object] = set()
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(str(handle.readlink()))
    return {name for name in found if str(name).startswith("socket:")}


def left_over(find: Callable[[], set[object]], before: set[object]) -> set[object]:
    """What was not there before, once what ends by itself had a moment for it."""
    for _ in range(500):
        if find() <= before:
            break
        sleep(0.01)
    return find() - before


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the sockets of Linux")
def test_no_thread_and_no_socket_is_left_of_a_try(local: LocalBitly) -> None:
    def threads() -> set[object]:
        return set(threading.enumerate())

    before = open_sockets(), threads()
    session = new_session()
    with fault_server(local.app, random.Random(1), stall=1) as (address, faults):
        for fault in ("", *TRANSPORT):
            faults[:] = [fault]
            policy = replace(QUICK if fault in SLOW else PATIENT, tries=1)
            with suppress(AnswerError):
                V3Source(
                    HttpClient(address, TOKEN, session, policy=policy), "x", clock=local.clock
                ).fetch(DAYS)
        session.close()
    # Threads of other tests may end meanwhile.
    assert not left_over(threads, before[1])
    assert not left_over(open_sockets, before[0])


@pytest.mark.sampled("socket-faults", "seeds", block=50)
def test_sequences_over_real_sockets(local: LocalBitly, seeds: range) -> None:
    """Fifty are a case: by them it can be said that they end in both ways."""
    chance = random.Random(11)
    outcomes = {"right": 0, "error": 0}
    with fault_server(local.app, chance, stall=2) as (address, faults):
        for seed in seeds:
            chance.seed(seed)
            upstream = HttpClient(address, TOKEN, new_session(), policy=QUICK, clock=local.clock)
            source = V3Source(upstream, "x", clock=local.clock)
            query = question(chance)
            right = expected_of(local, query)
            possible = [fault for fault in EVERY if fault != "fewer" or query.units != ALL_TIME]
            faults[:] = [chance.choice(possible) for _ in range(chance.randint(1, 3))]
            about = (seed, query, list(faults))
            after = V3Source(replace(upstream, policy=PATIENT), "x", clock=local.clock)
            try:
                check(source.fetch(query), right, about, about[-1])
                outcomes["right"] += 1
            except AnswerError as error:
                assert_one_sentence(error, about)
                outcomes["error"] += 1
            faults.clear()
            assert check(after.fetch(query), right, about) == len(right.clicks), about
            upstream.session.close()
    assert min(outcomes.values()) > len(seeds) / 10, outcomes


def test_five_connections_at_most(local: LocalBitly, tmp_path: Path) -> None:
    """However many ask at once."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    open_now, most, lock = [0], [0], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with lock:
                open_now[0] += 1
                most[0] = max(most[0], open_now[0])
            try:
                super().handle()
            finally:
                with lock:
                    open_now[0] -= 1

        def do_GET(self) -> None:
            sleep(0.02)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = HttpClient(f"http://127.0.0.1:{server.server_port}", TOKEN, new_session())
    threads = [threading.Thread(target=upstream.get, args=("/x", [])) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    upstream.session.close()
    server.shutdown()
    server.server_close()
    assert 1 <= most[0] <= 5
