"""The client: what is kept and for how long, who waits for whom, and what questions cost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support import NOW as LOG_ENDS
from support import epoch, write_clicks
from view_cases import NOW, V3, V4, YESTERDAY, answer

import bitly_data
from bitly_data import client as client_module
from bitly_data.archive import GuardedArchive
from bitly_data.client import FINISHED_TTL, MOST_LINKS, MOST_RANKED, RUNNING_TTL, Client
from bitly_data.errors import AccessError, AnswerError, ArchiveError, BitlyError, QuestionError
from bitly_data.query import LINK, ClickQuery
from bitly_data.series import ClickSeries, Coverage
from bitly_data.settings import DEMO, REMOTE, Settings
from bitly_data.sources import bucket_store
from bitly_data.sources.base import Capabilities
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.fetch_plan import FetchPlan, Missing
from bitly_data.sources.model import Account, Link
from bitly_data.transport import ttl_cache
from bitly_data.transport.client import CONNECTIONS
from bitly_data.transport.fan_out import Progress
from bitly_data.transport.rate_limit import Budget
from bitly_data.transport.ttl_cache import TTLCache

FINISHED = ClickQuery(units=3, until=YESTERDAY)
RUNNING = ClickQuery(units=3)


@dataclass
class Clock:
    """A clock that is set by hand [s]."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeSource:
    """Answers each question by one series, and lists what it was asked."""

    answers: Callable[[ClickQuery], ClickSeries] = lambda query: answer(query, [1, 2, 3])
    capabilities: Capabilities = V3
    budget: Budget | None = None
    clock: Callable[[], float] = lambda: float(NOW)
    asked: list[Any] = field(default_factory=list)
    coverage: Callable[[], Coverage | None] = lambda: None

    @property
    def upstream(self) -> Any:
        return SimpleNamespace(budget=self.budget)

    def fetch(self, query: ClickQuery) -> ClickSeries:
        self.asked.append(query)
        return self.answers(query)

    def fetch_account(self) -> Account:
        self.asked.append("account")
        return Account("ann", ("a.example",))

    def fetch_links(self, most: int, search: str = "") -> tuple[list[Link], int]:
        self.asked.append((most, search))
        return [Link("a.example/1", "", "", "ann", 0)], 7

    def fetch_ranked_links(self, query: ClickQuery, most: int) -> Any:
        self.asked.append(("ranked", most, query))
        return SimpleNamespace(query=query)

    def ranking_price(self, query: ClickQuery) -> int:
        return 3

    def addresses_of(self, link: str) -> tuple[str, ...]:
        return (link, "a.example/hash")

    def plan(self, queries: Sequence[ClickQuery]) -> FetchPlan:
        self.asked.append(("plan", *queries))
        return FetchPlan((), 0, None, None)

    def price(self, queries: Sequence[ClickQuery]) -> int:
        self.asked.append(("price", *queries))
        return 10 * len(queries)

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        both = self.capabilities.lists and query.timezone != "UTC"
        return [query, query.replace(zone_days=True)] if both else [query]

    def is_before_history(self, query: ClickQuery) -> bool:
        return query.units > 30

    def clicked_days(self, query: ClickQuery) -> list[int]:
        return [86_400 * query.units]

    def ask_anew(self, query: ClickQuery) -> None:
        self.asked.append(("anew", query))

    def fill(self, missing: Missing) -> None:
        self.asked.append(missing)


def client_of(source: FakeSource, clock: Clock | None = None, **more: Any) -> Client:
    return Client(
        more.pop("settings", Settings(kind=REMOTE)),
        source,  # type: ignore[arg-type]
        answers=more.pop("answers", None) or TTLCache(clock or Clock()),
        **more,
    )


def fails(query: ClickQuery) -> ClickSeries:
    raise AnswerError(f"No answer for {query.series_name}.")


# -- what is kept ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        (RUNNING, RUNNING_TTL.total_seconds()),
        (RUNNING.replace(until=NOW), RUNNING_TTL.total_seconds()),
        (FINISHED, FINISHED_TTL.total_seconds()),
    ],
)
def test_an_answer_is_kept_for_as_long_as_it_may_hold(query: ClickQuery, seconds: float) -> None:
    source, clock = FakeSource(), Clock()
    client = client_of(source, clock)
    first = client.load(query)
    clock.now = seconds
    assert client.load(query) is first
    clock.now = seconds + 1
    again = client.load(query)
    assert again is not first
    assert source.asked == [query, query]


def test_what_is_running_holds_for_less_than_what_is_finished() -> None:
    assert timedelta(0) < RUNNING_TTL < FINISHED_TTL


def test_a_range_that_has_come_to_its_end_is_asked_anew() -> None:
    """Kept while it was running, it is not taken for a finished one a day later."""
    now = [float(YESTERDAY)]
    source = FakeSource(clock=lambda: now[0])
    client = client_of(source)
    client.load(FINISHED)
    now[0] += 1  # midnight
    client.load(FINISHED)
    assert len(source.asked) == 2


def test_each_question_has_its_own_answer() -> None:
    source = FakeSource()
    client = client_of(source)
    for query in (FINISHED, FINISHED.replace(unit="hour"), FINISHED.replace(domains=("a.b",))):
        assert client.load(query).query == query
    assert len(source.asked) == 3


def test_an_error_is_not_kept() -> None:
    source = FakeSource(fails)
    client = client_of(source)
    for count in (1, 2):
        with pytest.raises(AnswerError, match="No answer for organization"):
            client.load(FINISHED)
        assert len(source.asked) == count
    source.answers = FakeSource().answers
    assert client.load(FINISHED).total.clicks == 6


def test_only_what_is_kept_is_had_without_asking() -> None:
    source, clock = FakeSource(), Clock()
    client = client_of(source, clock)
    with pytest.raises(AnswerError, match=r"^It was not loaded, because loading was stopped\.$"):
        client.load(FINISHED, cached_only=True)
    assert source.asked == []
    first = client.load(FINISHED)
    assert client.load(FINISHED, cached_only=True) is first
    clock.now = FINISHED_TTL.total_seconds() + 1
    with pytest.raises(AnswerError):
        client.load(FINISHED, cached_only=True)
    assert len(source.asked) == 1


@pytest.mark.parametrize("query", [FINISHED, RUNNING])
def test_what_is_asked_anew_is_not_had_from_what_is_kept(query: ClickQuery) -> None:
    source = FakeSource()
    client = client_of(source)
    other = FINISHED.replace(unit="hour")
    first, beside = client.load(query), client.load(other)
    client.ask_anew([query])
    assert client.load(query) is not first
    assert client.load(other) is beside
    assert source.asked == [query, other, ("anew", query), query]


def test_accounts_that_share_a_place_share_no_answer() -> None:
    answers = TTLCache(Clock())
    mine, theirs = (FakeSource(), FakeSource())
    ours = client_of(mine, answers=answers, key="mine")
    others = client_of(theirs, answers=answers, key="theirs")
    ours.load(FINISHED)
    assert theirs.asked == []
    with pytest.raises(AnswerError):
        others.load(FINISHED, cached_only=True)
    others.load(FINISHED)
    assert (mine.asked, theirs.asked) == ([FINISHED], [FINISHED])
    same = client_of(FakeSource(fails), answers=answers, key="mine")
    assert same.load(FINISHED) is ours.load(FINISHED)


def test_anything_is_kept_by_its_key_until_it_is_forgotten() -> None:
    client, made = client_of(FakeSource(), clock := Clock()), []
    assert client.kept_only("report") is None
    for _ in range(2):
        assert client.kept("report", lambda: made.append(1) or "found") == "found"
    assert (made, client.kept_only("report")) == ([1], "found")
    client.forget("report")
    client.forget("nothing")
    assert client.kept_only("report") is None
    client.kept("report", lambda: "found", ttl=RUNNING_TTL)
    clock.now = RUNNING_TTL.total_seconds() + 1
    assert client.kept_only("report", ttl=RUNNING_TTL) is None


def test_the_account_and_the_links_are_kept_by_what_is_searched() -> None:
    source = FakeSource()
    client = client_of(source)
    assert client.known_login() == ""
    assert [client.account().login for _ in range(2)] == ["ann", "ann"]
    assert client.known_login() == "ann"
    for search in ("", "spring", "", "spring"):
        links, count = client.links(search)
        assert (len(links), count) == (1, 7)
    assert source.asked == ["account", (MOST_LINKS, ""), (MOST_LINKS, "spring")]
    assert client.addresses_of("a.example/1") == ("a.example/1", "a.example/hash")


@pytest.mark.parametrize(("query", "ttl"), [(FINISHED, FINISHED_TTL), (RUNNING, RUNNING_TTL)])
def test_a_ranking_is_kept_as_a_series_is(query: ClickQuery, ttl: timedelta) -> None:
    source, clock = FakeSource(), Clock()
    client = client_of(source, clock)
    with pytest.raises(AnswerError, match="loading was stopped"):
        client.ranked_links(query, cached_only=True)
    assert client.ranked_already(query) is None
    assert client.ranking_price([query, query.replace(rollup=True)]) == 3
    assert source.asked == []
    first = client.ranked_links(query)
    clock.now = ttl.total_seconds()
    # However the question would be answered by a series, its range is one.
    assert client.ranked_links(query.replace(rollup=True, limit=3)) is first
    assert client.ranked_links(query, cached_only=True) is first
    assert client.ranking_price([query]) == 0
    assert source.asked == [("ranked", MOST_RANKED, query)]
    assert client.ranked_links(query.replace(domains=("a.b",))) is not first
    assert client.loaded(query) is None
    clock.now += 1
    assert client.ranked_links(query) is not first


def test_a_ranking_is_asked_anew_with_its_series() -> None:
    source = FakeSource()
    client = client_of(source)
    first, beside = client.ranked_links(FINISHED), client.ranked_links(RUNNING)
    client.ask_anew([FINISHED.replace(rollup=True)])
    assert client.ranked_links(FINISHED) is not first
    assert client.ranked_links(RUNNING) is beside


# -- several at once ------------------------------------------------------------------------------


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Whoever begins to wait for what somebody else has asked for is counted."""
    counter = threading.Semaphore(0)

    class Counted(Future):  # type: ignore[type-arg]
        def result(self, timeout: float | None = None) -> Any:
            counter.release()
            return super().result(timeout)

    monkeypatch.setattr(ttl_cache, "Future", Counted)
    return counter


@pytest.mark.parametrize("works", [True, False])
def test_several_who_ask_for_the_same_at_once_have_one_outcome(
    waiting: threading.Semaphore, works: bool
) -> None:
    begun, go_on, outcomes = threading.Event(), threading.Event(), []

    def slow(query: ClickQuery) -> ClickSeries:
        begun.set()
        assert go_on.wait(10)
        return answer(query, [1, 2, 3]) if works else fails(query)

    source = FakeSource(slow)
    client = client_of(source)

    def ask() -> None:
        try:
            outcomes.append(client.load(FINISHED))
        except AnswerError as problem:
            outcomes.append(problem)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    for _ in threads[1:]:
        assert waiting.acquire(timeout=10)
    # Nobody waits for another question, nor who wants only what is kept.
    with pytest.raises(AnswerError, match="stopped"):
        client.load(FINISHED, cached_only=True)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert source.asked == [FINISHED]
    assert len(outcomes) == 4 and len({id(outcome) for outcome in outcomes}) == 1
    assert isinstance(outcomes[0], ClickSeries) == works
    # An outcome that was an error is shared, and not kept.
    if not works:
        ask()
        assert source.asked == [FINISHED, FINISHED]


# -- many -----------------------------------------------------------------------------------------

MANY = [FINISHED.replace(domains=(f"d{number}.example",)) for number in range(6)]


def test_many_come_in_their_order_and_tell_how_far_they_are() -> None:
    told: list[Progress] = []
    client = client_of(FakeSource())
    assert [series.query for series in client.load_many(MANY, told.append)] == MANY
    assert (told[-1].done, told[-1].failed, told[-1].total) == (6, 0, 6)
    assert client.load_many([]) == []


def test_one_that_fails_is_a_series_of_failed_buckets() -> None:
    source = FakeSource(lambda query: fails(query) if query == MANY[2] else answer(query, [1] * 3))
    found = client_of(source).load_many(MANY)
    assert [series.answered for series in found] == [True, True, False, True, True, True]
    assert found[2].provenance.note == "No answer for d2.example."
    assert found[2].provenance.fetched_at == NOW
    assert not found[2].known.any() and len(found[2].clicks) == 3
    log = Coverage(np.array([7]), NOW)
    source.coverage = lambda: log
    assert client_of(source).load_many(MANY)[2].coverage is log


def test_if_none_has_an_answer_the_first_error_is_raised() -> None:
    def refuse(query: ClickQuery) -> ClickSeries:
        raise AccessError(f"Not for {query.series_name}.")

    with pytest.raises(AccessError, match=r"Not for d0\.example"):
        client_of(FakeSource(refuse)).load_many(MANY)


def test_what_has_come_is_kept_when_it_is_stopped() -> None:
    class StoppedError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.done >= 2:
            raise StoppedError

    source = FakeSource()
    client = client_of(source, local=SimpleNamespace())  # one at a time
    slow = threading.Event()
    source.answers = lambda query: (slow.wait(0.05), answer(query, [1, 2, 3]))[1]
    with pytest.raises(StoppedError):
        client.load_many(MANY, stop)
    here = client.load_many(MANY, cached_only=True)
    there = [series.answered for series in here]
    assert 2 <= sum(there) < 6
    assert {series.provenance.note for series in here if not series.answered} == {
        "It was not loaded, because loading was stopped."
    }
    assert all(series.answered for series in client.load_many(MANY))


@pytest.mark.parametrize(("local", "workers"), [(None, CONNECTIONS), (SimpleNamespace(), 1)])
def test_a_local_server_is_asked_one_thing_at_a_time(local: Any, workers: int) -> None:
    running, most, lock = [0], [0], threading.Lock()

    def fetch(query: ClickQuery) -> ClickSeries:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.01)
        with lock:
            running[0] -= 1
        return answer(query, [1, 2, 3])

    client = client_of(FakeSource(fetch), local=local)
    assert client.workers == workers
    client.load_many([FINISHED.replace(units=3, login=f"l{number}") for number in range(12)])
    assert most[0] == 1 if local else 1 < most[0] <= workers


# -- cost -----------------------------------------------------------------------------------------

OF_LINK = ClickQuery(target=LINK, link="a.example/1", units=3, until=YESTERDAY)


def test_only_the_organization_s_questions_have_a_plan() -> None:
    source = FakeSource(capabilities=V4)
    client = client_of(source)
    assert client.cost([]) is None
    assert client.cost([OF_LINK]) is None
    assert source.asked == []
    assert client.cost([OF_LINK, FINISHED]) == FetchPlan((), 0, None, None)
    assert source.asked == [("plan", FINISHED)]
    assert client.price([OF_LINK, FINISHED]) == 20


def test_the_price_of_exact_days_is_that_of_what_is_not_exact() -> None:
    source = FakeSource(capabilities=V4)
    client = client_of(source)
    tallinn = FINISHED.replace(timezone="Europe/Tallinn")
    queries = [OF_LINK, FINISHED, tallinn, tallinn.replace(zone_days=True)]
    assert client.zone_days_price(queries) == 10
    assert source.asked == [("price", tallinn.replace(zone_days=True))]
    assert client.zone_days_price([OF_LINK, FINISHED]) is None
    assert client.zone_days_price([]) is None


def test_ways_and_history_are_the_source_s() -> None:
    client = client_of(FakeSource(capabilities=V4))
    tallinn = FINISHED.replace(timezone="Europe/Tallinn")
    assert client.choices(tallinn) == [tallinn, tallinn.replace(zone_days=True)]
    assert client.choices(FINISHED) == [FINISHED]
    assert client.is_before_history(FINISHED.replace(units=31))
    assert not client.is_before_history(FINISHED)
    assert client.clicked_days(FINISHED.replace(units=3)).tolist() == [3 * 86_400]


def test_whoever_looks_at_the_account_sees_what_is_under_way() -> None:
    source = FakeSource()
    client = client_of(source)
    assert client.background is None
    missing = tuple(Missing(CountKey(bucket_store.GROUP, "Bg", "day"), day) for day in range(3))
    made = client.new_background(missing)
    assert client.background is made and made.is_running
    made.run()
    assert sorted(source.asked, key=repr) == sorted(missing, key=repr)
    assert client.new_background(()) is client.background is not made


MISSING = tuple(Missing(CountKey(bucket_store.GROUP, "Bg", "day"), day) for day in range(30))


def test_calls_for_what_is_kept_of_them_are_made_where_it_can_be(tmp_path: Path) -> None:
    for archive in (None, GuardedArchive(), GuardedArchive(str(tmp_path / "archive.db"))):
        source = FakeSource()
        client = client_of(source)
        client.archive = archive
        made = client.start_background(MISSING)
        assert client.background is made and made.wait(30)
        assert made.problem is None and len(source.asked) == len(MISSING)


def test_calls_for_what_cannot_be_kept_are_not_made(tmp_path: Path) -> None:
    source, path = FakeSource(), tmp_path / "archive.db"
    client = client_of(source)
    client.archive = GuardedArchive(str(path))
    path.unlink()
    with pytest.raises(ArchiveError, match=r"^Nothing was asked, as the answers cannot be kept"):
        client.start_background(MISSING)
    assert source.asked == [] and client.background is None


def test_calls_end_with_the_first_answer_that_was_not_kept(tmp_path: Path) -> None:
    source, path = FakeSource(), tmp_path / "archive.db"
    client = client_of(source)
    client.archive = archive = GuardedArchive(str(path))
    fill = source.fill

    def fill_and_keep(missing: Missing) -> None:
        fill(missing)
        if len(source.asked) >= 4:
            path.unlink(missing_ok=True)
        archive.of_account("ann").keep_counts(missing.key, {len(source.asked): 1}, 5)

    source.fill = fill_and_keep  # type: ignore[method-assign]
    many = tuple(Missing(MISSING[0].key, at) for at in range(500))
    made = client.start_background(many)
    assert made.wait(30)
    assert isinstance(made.problem, ArchiveError) and "no longer there" in str(made.problem)
    # Those that were under way are spent; how many that is the machine decides.
    assert 4 <= len(source.asked) < len(many) // 2
    assert client.archive_notices != ()


def test_the_calls_that_are_left_where_they_are_counted() -> None:
    assert client_of(FakeSource()).calls_left is None
    left = client_of(FakeSource(budget=Budget(10, 100))).calls_left
    assert left is not None and (left.minute, left.hour) == (10, 100)


def test_what_the_source_can_and_its_clock() -> None:
    client = client_of(FakeSource(capabilities=V4))
    assert client.capabilities is V4
    assert client.now == NOW


# -- a click log ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment that names a small click log and stops the clock just after it."""
    path = Path(write_clicks(tmp_path_factory.mktemp("log") / "clicks.log"))
    path.write_text(path.read_text() + "no click\n")
    return {
        "BITLY_CLICK_LOG": str(path),
        "BITLY_NOW": f"{LOG_ENDS}Z",
        "BITLY_TRACKING_DOMAINS": "shop.example",
        "BITLY_ACCOUNTS": "ann, bob",
    }


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_a_client_of_the_environment(log: dict[str, str], api: str) -> None:
    client = Client.from_env(log | {"BITLY_API": api})
    series = client.load(ClickQuery(target=LINK, link="go.ex.com/Ab", units=3))
    assert series.clicks.tolist() == [4, 0, 3]
    assert series.to_frame()["clicks"].tolist() == [4, 0, 3]
    assert client.account().tracking_domains == ("shop.example",)
    assert {link.link for link in client.links()[0]} >= {"go.ex.com/Ab", "x.ex.com/Cd"}
    assert (client.capabilities.name, client.workers, client.calls_left) == (api, 1, None)
    assert client.now == epoch(LOG_ENDS)
    client.close()


def test_what_there_is_to_say_of_a_log(log: dict[str, str]) -> None:
    client = Client.from_env(log)
    assert client.newest_click == epoch("2013-05-17T11:59:30")
    facts = client.log
    assert facts is not None
    assert facts.newest_click == client.newest_click
    assert facts.has_problems and facts.bad_count == 1
    (bad,) = facts.bad_lines
    assert (bad.file, bad.line) == (log["BITLY_CLICK_LOG"], 512)
    assert "511 clicks" in facts.summary
    assert epoch("2013-05-15T12:00:00") // 3600 in facts.hours
    client.close()


def test_a_server_elsewhere_has_no_log() -> None:
    client = client_of(FakeSource())
    assert (client.log, client.newest_click, len(client.clicked())) == (None, None, 0)
    # The demo's newest click is always now.
    demo = client_of(
        FakeSource(),
        settings=Settings(kind=DEMO),
        local=SimpleNamespace(newest_click=lambda: 7, log_facts=lambda: "facts"),
    )
    assert (demo.newest_click, demo.log, len(demo.clicked())) == (None, "facts", 0)


@pytest.mark.parametrize(
    "environment",
    [
        {"BITLY_CLICK_LOG": "/no/such/file"},
        {"BITLY_API": "v9"},
        {"BITLY_ACCESS_TOKEN": "x", "BITLY_BASE_URL": "http://bitly.example"},
    ],
)
def test_settings_that_cannot_be_used_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(QuestionError):
        Client.from_env(environment)


def test_the_machine_s_environment_is_taken_where_none_is_given(
    log: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in log.items():
        monkeypatch.setenv(name, value)
    client = bitly_data.Client.from_env()
    assert client.settings.click_log == (log["BITLY_CLICK_LOG"],)
    client.close()


@pytest.mark.parametrize(("api", "bearer"), [("v3", False), ("v4", True)])
def test_a_server_elsewhere_is_asked_within_the_account_s_calls(
    tmp_path: Path, api: str, bearer: bool
) -> None:
    settings = Settings(
        kind=REMOTE,
        base_url="http://127.0.0.1:9",
        token="s3cret",
        api=api,
        calls_per_minute=5,
        calls_per_hour=50,
        archive=str(tmp_path / "archive.db"),
    )
    client = Client.open(settings)
    upstream = client.source.upstream
    assert (upstream.base_url, upstream.bearer) == ("http://127.0.0.1:9", bearer)
    left = client.calls_left
    assert left is not None and (left.per_minute, left.per_hour) == (5, 50)
    assert "s3cret" not in repr(client)
    budget, turns = Budget(1, 2), client_module.new_turns()
    shared = Client.open(settings, budget=budget, turns=turns, key="k").source.upstream
    assert shared.budget is budget and shared.turns is turns
    client.close()
    if client.archive is not None:
        with pytest.raises(ArchiveError):  # it let go of the file
            client.archive.check_room(1)


@pytest.mark.parametrize("problem", [QuestionError("Too long."), AccessError("Not yours.")])
def test_every_member_of_the_family_is_raised_as_it_is(problem: BitlyError) -> None:
    def raises(_: ClickQuery) -> ClickSeries:
        raise problem

    with pytest.raises(type(problem)) as raised:
        client_of(FakeSource(raises)).load(FINISHED)
    assert raised.value is problem
