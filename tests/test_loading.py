"""Many questions side by side: in order, within the account's calls, stopped and gone on with."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apptest import again, captions, errors, opened, said, table, totals
from streamlit.testing.v1 import AppTest
from support import served, write_clicks

from bitly_data import cache
from bitly_data.client import Client
from bitly_data.errors import AccessError, AnswerError, QuestionError, RateLimitError
from bitly_data.query import ClickQuery, edges_of
from bitly_data.series import FAILED, ClickSeries, Provenance
from bitly_data.settings import REMOTE, Settings
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import HttpClient
from bitly_data.transport.fan_out import MOST_REFUSED, Progress, fetch_all
from bitly_data.transport.rate_limit import Budgets
from bitly_data.transport.request import Request
from bitly_data.transport.ttl_cache import SingleFlight, TTLCache
from bitly_data.views.cost import progress_text
from pages.components import loading

NOW = 1_368_792_000
QUERIES = [ClickQuery(domains=(f"d{index}.example",), units=3, until=NOW) for index in range(20)]


def series_of(query: ClickQuery) -> ClickSeries:
    edges = edges_of(query, NOW)
    clicks = np.full(3, int(query.domains[0][1:].split(".")[0]))
    return ClickSeries(
        query,
        query.series_name,
        edges,
        clicks,
        np.zeros(3, dtype=np.int8),
        Provenance("v3", "x", ("/x",), NOW, 1),
    )


def quiet(_: Progress) -> None:
    """Nobody listens."""


# -- outcomes -------------------------------------------------------------------------------------


def test_outcomes_come_in_the_order_of_the_questions() -> None:
    def fetch(query: ClickQuery) -> ClickSeries:
        time.sleep(0.001 * (20 - QUERIES.index(query)))
        return series_of(query)

    found = fetch_all(fetch, QUERIES, 5, quiet)
    assert [item.query for item in found if isinstance(item, ClickSeries)] == QUERIES


def test_one_that_fails_does_not_fail_the_others() -> None:
    def fetch(query: ClickQuery) -> ClickSeries:
        if query is QUERIES[7]:
            raise AccessError("no")
        return series_of(query)

    found = fetch_all(fetch, QUERIES, 5, quiet)
    assert [index for index, item in enumerate(found) if isinstance(item, AnswerError)] == [7]


def test_one_that_cannot_be_asked_does_not_fail_the_others() -> None:
    def fetch(query: ClickQuery) -> ClickSeries:
        if query is QUERIES[2]:
            raise QuestionError("All time is about 40,000 hours here.")
        return series_of(query)

    told: list[Progress] = []
    found = fetch_all(fetch, QUERIES, 5, told.append)
    assert [index for index, item in enumerate(found) if isinstance(item, QuestionError)] == [2]
    assert told[-1].failed == 1


def test_what_nobody_foresaw_is_raised() -> None:
    def fetch(query: ClickQuery) -> ClickSeries:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fetch_all(fetch, QUERIES, 5, quiet)


def test_at_most_so_many_at_once() -> None:
    running, most, lock = [0], [0], threading.Lock()

    def fetch(query: ClickQuery) -> ClickSeries:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.005)
        with lock:
            running[0] -= 1
        return series_of(query)

    fetch_all(fetch, QUERIES, 5, quiet)
    assert 2 <= most[0] <= 5


def test_one_that_must_wait_for_the_account_is_asked_again() -> None:
    asked: dict[ClickQuery, int] = {}

    def fetch(query: ClickQuery) -> ClickSeries:
        asked[query] = asked.get(query, 0) + 1
        if query is QUERIES[3] and asked[query] < 3:
            raise RateLimitError("later", retryable=True, retry_after=0.01)
        if query is QUERIES[4]:
            raise RateLimitError("next month")
        return series_of(query)

    told: list[Progress] = []
    found = fetch_all(fetch, QUERIES, 2, told.append)
    assert isinstance(found[3], ClickSeries)
    assert asked[QUERIES[3]] == 3
    assert isinstance(found[4], RateLimitError)
    assert asked[QUERIES[4]] == 1
    assert (told[-1].done, told[-1].failed, told[-1].total) == (20, 1, 20)


def refusal(*, sent: bool, retry_after: float = 0.001) -> RateLimitError:
    error = RateLimitError("later", retryable=True, retry_after=retry_after)
    return error if sent else error.unsent()


@pytest.mark.parametrize("count", [1, 20])
def test_an_upstream_that_always_refuses_is_asked_a_few_times(count: int) -> None:
    asked: dict[ClickQuery, int] = {}

    def fetch(query: ClickQuery) -> ClickSeries:
        asked[query] = asked.get(query, 0) + 1
        raise refusal(sent=True)

    found = fetch_all(fetch, QUERIES[:count], 2, quiet)
    assert all(isinstance(item, RateLimitError) for item in found)
    assert max(asked.values()) <= MOST_REFUSED
    if count > 1:  # by then it is clear for all of them
        assert sum(asked.values()) < MOST_REFUSED * count


def test_our_own_count_may_hold_a_question_as_often_as_it_takes() -> None:
    asked: dict[ClickQuery, int] = {}

    def fetch(query: ClickQuery) -> ClickSeries:
        asked[query] = asked.get(query, 0) + 1
        if asked[query] < 9:
            raise refusal(sent=False)
        return series_of(query)

    found = fetch_all(fetch, QUERIES[:3], 2, quiet)
    assert all(isinstance(item, ClickSeries) for item in found)


@pytest.mark.parametrize("sent", [True, False])
def test_what_must_wait_for_days_is_told_at_once(sent: bool) -> None:
    def fetch(query: ClickQuery) -> ClickSeries:
        raise refusal(sent=sent, retry_after=30 * 86_400)

    found = fetch_all(fetch, QUERIES, 2, quiet)
    assert all(isinstance(item, RateLimitError) for item in found)


def test_a_refusal_that_does_not_say_when_holds_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bitly_data.transport.fan_out.REFUSED_SECONDS", 0.001)
    asked: list[ClickQuery] = []

    def fetch(query: ClickQuery) -> ClickSeries:
        asked.append(query)
        if len(asked) == 1:
            raise RateLimitError("later", retryable=True)
        return series_of(query)

    assert all(isinstance(item, ClickSeries) for item in fetch_all(fetch, QUERIES, 2, quiet))


def test_who_stops_it_asks_nothing_new() -> None:
    asked: list[ClickQuery] = []

    class StoppedError(Exception):
        pass

    def fetch(query: ClickQuery) -> ClickSeries:
        asked.append(query)
        time.sleep(0.1)
        return series_of(query)

    def on_progress(progress: Progress) -> None:
        if progress.done >= 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        fetch_all(fetch, QUERIES, 2, on_progress)
    for thread in threading.enumerate():  # what was under way comes to its end
        if "ThreadPoolExecutor" in thread.name:
            thread.join(10)
    assert 4 <= len(asked) < 20


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(0, 0, 20, 2, 0), "0 of 20 are here."),
        (
            Progress(5, 1, 20, 5, 0),
            "4 of 20 are here; 1 without an answer; ready in about 15 seconds.",
        ),
        (
            Progress(10, 0, 20, 10, 50),
            "10 of 20 are here; the account's calls are used up for now, it "
            "goes on in 50 seconds; ready in about 60 seconds.",
        ),
    ],
)
def test_how_far_it_is_in_words(progress: Progress, text: str) -> None:
    assert progress_text(progress) == text


# -- on the page ----------------------------------------------------------------------------------

CLICKS = [
    (f"2013-05-{day:02}T0{hour}:00:00", f"d{hour}.ex.com/A", "ann", "http://ex.com/", day)
    for day in range(1, 17)
    for hour in range(8)
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = write_clicks(tmp_path_factory.mktemp("many") / "clicks.log", CLICKS)
    with served("--clicks", path, "--now", "2013-05-16T12:00:00Z", "--token", "right") as address:
        yield address


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, server: str) -> list[str]:
    """The app asks a server over the wire; what it asks for is listed."""
    monkeypatch.setenv("BITLY_BASE_URL", server)
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", "right")
    cache._client.clear()
    cache._budgets.clear()
    asked: list[str] = []
    get = HttpClient._get

    def listed(self: HttpClient, request: Request, seconds: float) -> object:
        params = "&".join(f"{name}={value}" for name, value in request.params)
        asked.append(f"{request.path}?{params}")
        return get(self, request, seconds)

    monkeypatch.setattr(HttpClient, "_get", listed)
    yield asked
    cache._client.clear()
    cache._budgets.clear()


DOMAINS = [f"d{hour}.ex.com" for hour in range(8)]
ASKED: dict[str, str | list[str]] = {
    "units": "3",
    "until": "2013-05-15T12:00:00Z",
    "tz": "UTC",
    "domain": DOMAINS,
}


def failing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One domain has no answer."""
    fetch = cache.client(cache.settings()).source.fetch

    def fails(self: object, query: ClickQuery) -> ClickSeries:
        if query.domains == (name,):
            raise AnswerError("The server is tired.")
        return fetch(query)

    monkeypatch.setattr(V3Source, "fetch", fails)


def test_one_domain_without_an_answer_is_one_failed_series(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "d3.ex.com")
    app = opened("compare", **ASKED)
    assert errors(app) == []
    assert said(app) == ["Without an answer: d3.ex.com. The server is tired."]
    states = table(app).groupby("Series")["State"].agg(set).to_dict()
    assert states.pop("d3.ex.com") == {"failed"}
    assert all(found == {"counted"} for found in states.values())
    assert table(app)[table(app)["Series"] == "d3.ex.com"]["Clicks"].isna().all()


def test_a_domain_that_is_refused_leaves_the_others_and_their_sum(wire: list[str]) -> None:
    app = opened("compare", **(ASKED | {"domain": ["d1.ex.com", "nobody.example", "d2.ex.com"]}))
    assert errors(app) == []
    assert said(app) == [
        "Without an answer: nobody.example. This domain does not belong to the "
        "organization: choose one from the list."
    ]
    assert counted_of(app, "nobody.example") == ({"failed"}, False, False)
    rows = totals(app).set_index("Domain")
    assert rows["Share"].dropna().round().tolist() == [50, 50, 100]
    assert rows["Clicks"]["All with an answer"] == rows["Clicks"][["d1.ex.com", "d2.ex.com"]].sum()
    assert "“All with an answer” leaves out nobody.example." in captions(app)
    assert "No change for nobody.example: the period itself is not known." in captions(app)


def test_the_whole_is_not_known_where_only_it_has_no_answer(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = cache.client(cache.settings()).source.fetch

    def fails(self: object, query: ClickQuery) -> ClickSeries:
        if len(query.domains) > 1:
            raise AnswerError("The server is tired.")
        return fetch(query)

    monkeypatch.setattr(V3Source, "fetch", fails)
    app = opened("compare", **(ASKED | {"domain": DOMAINS[:2]}))
    assert errors(app) == []
    assert said(app) == ["“All of them” is not known. The server is tired."]
    assert totals(app)["Clicks"].isna().tolist() == [False, False, True]
    assert set(table(app)["State"]) == {"counted"}


def test_one_question_that_cannot_be_asked_is_one_failed_series(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = cache.client(cache.settings()).source.fetch

    def fails(self: object, query: ClickQuery) -> ClickSeries:
        if "d3.ex.com" in query.domains:
            raise QuestionError("All time is too long here.")
        return fetch(query)

    monkeypatch.setattr(V3Source, "fetch", fails)
    app = opened("compare", **ALL_TIME)
    assert errors(app) == []
    assert said(app) == ["Without an answer: d3.ex.com. All time is too long here."]
    assert counted_of(app, "d3.ex.com") == ({"failed"}, False, False)
    assert counted_of(app, "d1.ex.com") == ({"counted"}, True, True)


def test_domains_are_set_side_by_side_up_to_the_same_bucket(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest bucket may begin while they come; then the first ones are asked anew."""
    fetch = cache.client(cache.settings()).source.fetch
    midnight = 1_368_662_400

    def slow(self: object, query: ClickQuery) -> ClickSeries:
        early = query.until is None and query.domains == ("d1.ex.com",)
        return fetch(query.replace(until=midnight - 1) if early else query)

    monkeypatch.setattr(V3Source, "fetch", slow)
    app = opened("compare", units="3", tz="UTC", domain=DOMAINS[:3])
    days = table(app).groupby("Series")["Day"].agg(list).to_dict()
    assert len(set(map(tuple, days.values()))) == 1
    assert days["d1.ex.com"][0] == "Thu 16 May 2013"
    assert table(app)["Clicks"].notna().all()


def test_what_is_stopped_shows_what_is_there_and_goes_on(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("compare", **(ASKED | {"domain": DOMAINS[:3]}))
    assert len(table(app)) == 9
    asked = len(wire)
    app.session_state["compare_stopped"] = repr(
        [
            ClickQuery(domains=(name,), units=3, timezone="UTC", until=1_368_619_200)
            for name in DOMAINS[:5]
        ]
    )
    app.multiselect(key="q_domains").set_value(DOMAINS[:5])
    again(app)
    assert [item.value for item in app.info] == ["Stopped: 3 of 5 are here."]
    assert errors(app) == []
    assert table(app)["State"].tolist().count("failed") == 2 * 3
    assert not [line for line in wire[asked:] if "d3.ex.com" in line and "d2.ex.com" not in line]
    app.button(key="compare_go_on").click()
    again(app)
    assert [item.value for item in app.info] == []
    assert set(table(app)["State"]) == {"counted"}


ALL_TIME = {**ASKED, "units": "all", "domain": ["d1.ex.com", "d3.ex.com"]}


def counted_of(app: AppTest, name: str) -> tuple[set[str], bool, bool]:
    """The states of a domain, whether any of its numbers is shown, and whether its total is."""
    rows = table(app)[table(app)["Series"] == name]
    whole = totals(app)
    return (
        set(rows["State"]),
        bool(rows["Clicks"].notna().any()),
        bool(whole[whole["Domain"] == name]["Clicks"].notna().any()),
    )


def test_of_all_time_a_domain_without_an_answer_is_no_zeros(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "d3.ex.com")
    app = opened("compare", **ALL_TIME)
    assert counted_of(app, "d3.ex.com") == ({"failed"}, False, False)
    assert counted_of(app, "d1.ex.com") == ({"counted"}, True, True)
    assert [item.proto.placeholder for item in app.dataframe] == ["–", "–"]


def test_of_all_time_what_was_stopped_is_no_zeros(wire: list[str]) -> None:
    app = opened("compare", **(ALL_TIME | {"domain": ["d1.ex.com"]}))
    app.session_state["compare_stopped"] = repr(
        [
            ClickQuery(domains=(name,), units=-1, timezone="UTC", until=1_368_619_200)
            for name in ("d1.ex.com", "d3.ex.com")
        ]
    )
    app.multiselect(key="q_domains").set_value(["d1.ex.com", "d3.ex.com"])
    again(app)
    assert [item.value for item in app.info] == ["Stopped: 1 of 2 are here."]
    assert counted_of(app, "d3.ex.com") == ({"failed"}, False, False)
    assert counted_of(app, "d1.ex.com") == ({"counted"}, True, True)


def test_the_calls_that_are_left_are_said(wire: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_CALLS_PER_MINUTE", "90")
    monkeypatch.setenv("BITLY_CALLS_PER_HOUR", "400")
    cache._client.clear()
    cache._budgets.clear()
    app = opened("overview", **{**ASKED, "domain": []})
    count = len(wire)
    assert f"{90 - count} of 90 this minute, {400 - count} of 400 this hour" in captions(app)
    assert "by our own count" in captions(app)


def known_changes(app: AppTest) -> list[bool]:
    """Of each row by domain, whether its change is known; where none is, there is no column."""
    rows = totals(app)
    return list(rows["Change"].notna()) if "Change" in rows else [False] * len(rows)


def test_nobody_waits_an_hour_for_changes(wire: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The account has calls for its links, whose titles stand in the list of what can be compared,
    and for the domains; for the changes only within the hour.
    """
    monkeypatch.setenv("BITLY_CALLS_PER_HOUR", "6")
    cache._client.clear()
    app = opened("compare", **(ASKED | {"domain": DOMAINS[:3]}))
    assert (errors(app), len(wire)) == ([], 6)
    assert totals(app)["Clicks"].notna().all()
    assert known_changes(app) == [False] * 4
    assert len(app.get("plotly_chart")) == 1
    assert re.search(
        "No change for d0.ex.com, d1.ex.com, d2.ex.com, All of them: the other period "
        "is not available: This account's calls are used up for now: ask again in "
        r"\d+ minutes\.",
        captions(app),
    )


@pytest.mark.parametrize("rollup", [[], ["1"]])
def test_changes_come_with_progress_and_can_be_stopped(
    wire: list[str], monkeypatch: pytest.MonkeyPatch, rollup: list[str]
) -> None:
    bars: list[str] = []
    stops: list[tuple[str, str]] = []
    is_drawn = threading.Event()
    bar, button, fetch, load_many = (
        loading.st.progress,
        loading.st.button,
        V3Source.fetch,
        Client.load_many,
    )

    def seen_bar(value: float, **options: str) -> object:
        bars.append("drawn")
        return bar(value, **options)

    def seen_button(label: str, **options: object) -> bool:
        if label == "Stop":
            stops.append(options["args"])  # type: ignore[arg-type]
            is_drawn.set()
        return button(label, **options)

    def load_until_drawn(*parts: object, **options: object) -> list[ClickSeries]:
        is_drawn.clear()
        return load_many(*parts, **options)  # type: ignore[arg-type]

    def fetch_after_the_button(self: V3Source, query: ClickQuery) -> ClickSeries:
        """One domain waits until there is something to press."""
        assert query.domains != (DOMAINS[2],) or is_drawn.wait(10)
        return fetch(self, query)

    monkeypatch.setattr(Client, "load_many", load_until_drawn)
    monkeypatch.setattr(V3Source, "fetch", fetch_after_the_button)
    monkeypatch.setattr(loading, "SOON", 0.0)
    monkeypatch.setattr(loading.st, "progress", seen_bar)
    monkeypatch.setattr(loading.st, "button", seen_button)
    asked = ASKED | {"domain": DOMAINS[:3], "rollup": rollup}
    app = opened("compare", **asked)
    assert known_changes(app) == [True] * 4
    expected = ["compare_stopped", "changes_stopped", "changes_2_stopped"]
    expected += ["changes_3_stopped"] if rollup else []  # the buckets of a total
    assert [name for name, _ in stops] == expected
    assert len(bars) == len(expected)

    pressed = stops[1:]
    for name, these in pressed:
        app.session_state[name] = these
    cache._answers().clear()
    before = len(wire)
    again(app)
    # The account, its links, the domains and their whole; nothing for the changes.
    assert len(wire) - before == 6
    assert known_changes(app) == [False] * 4
    assert "It was not loaded, because loading was stopped." in captions(app)
    for name, _ in pressed:
        app.button(key=f"{name.removesuffix('_stopped')}_go_on").click()
        again(app)
    assert known_changes(app) == [True] * 4


def test_who_stops_the_domains_is_not_asked_about_their_changes(wire: list[str]) -> None:
    app = opened("compare", **(ASKED | {"domain": DOMAINS[:1], "rollup": "1"}))
    before = len(wire)
    app.session_state["compare_stopped"] = repr(
        [
            ClickQuery(domains=(name,), units=3, timezone="UTC", until=1_368_619_200, rollup=True)
            for name in DOMAINS[:2]
        ]
    )
    app.multiselect(key="q_domains").set_value(DOMAINS[:2])
    again(app)
    assert [item.value for item in app.info] == ["Stopped: 1 of 2 are here."]
    assert wire[before:] == []


def test_a_local_server_has_no_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", "2026-11-03T15:20:00Z")
    assert "Calls left" not in captions(opened("overview"))


def test_an_account_without_calls_says_when_it_goes_on(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_CALLS_PER_HOUR", "1")
    cache._client.clear()
    cache._budgets.clear()
    app = opened("overview", **{**ASKED, "domain": ["d1.ex.com"]})
    (error,) = errors(app)
    assert (
        error == "This account's calls are used up for now, by our own count: ask again in 60 "
        "minutes."
    )
    assert len(wire) == 1


# -- who sees what --------------------------------------------------------------------------------


@pytest.fixture
def two_accounts(tmp_path: Path) -> Iterator[tuple[Settings, Settings]]:
    """Two servers with clicks of their own, each with its token, in one process of the app."""
    clicks = [
        [
            (f"2013-05-{day:02}T10:00:00", f"go.{name}.example/A", name, "http://ex.com/", many)
            for day in range(1, 17)
        ]
        for name, many in (("ann", 1), ("bob", 7))
    ]
    paths = [write_clicks(tmp_path / f"{at}.log", lines) for at, lines in enumerate(clicks)]
    words = [
        ("--clicks", path, "--now", "2013-05-16T12:00:00Z", "--token", f"token-{at}")
        for at, path in enumerate(paths)
    ]
    with served(*words[0]) as first, served(*words[1]) as second:
        yield tuple(
            Settings(kind=REMOTE, base_url=address, token=f"token-{at}")
            for at, address in enumerate((first, second))
        )  # type: ignore[misc]


def test_two_accounts_in_one_process(two_accounts: tuple[Settings, Settings]) -> None:
    query = ClickQuery(units=5, until=NOW - 86_400)
    seen: list[list[object]] = [[], []]

    def visit(at: int) -> None:
        mine = two_accounts[at]
        for _ in range(10):
            seen[at].append(
                (
                    cache.client(mine).load(query).clicks.tolist(),
                    cache.client(mine).account().logins,
                    [link.link for link in cache.client(mine).links()[0]],
                )
            )

    threads = [threading.Thread(target=visit, args=(at,)) for at in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {str(item) for item in seen[0]} == {str(([1] * 5, ("ann",), ["go.ann.example/A"]))}
    assert {str(item) for item in seen[1]} == {str(([7] * 5, ("bob",), ["go.bob.example/A"]))}
    # Ten visits each, and one question each that was sent.
    for mine in two_accounts:
        left = cache.client(mine).calls_left
        assert left is not None
        assert left.minute == left.per_minute - 3


def test_two_who_ask_for_the_same_at_once_send_one_request(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = cache.settings()
    cache.client(mine)
    get: Callable[..., object] = HttpClient._get

    def slow(*args: object) -> object:
        time.sleep(0.05)
        return get(*args)

    monkeypatch.setattr(HttpClient, "_get", slow)
    query = ClickQuery(domains=("d2.ex.com",), units=4, until=NOW - 86_400)
    before = len(wire)
    threads = [threading.Thread(target=cache.client(mine).load, args=(query,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wire) - before == 1


@pytest.fixture
def held_up(
    wire: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[list[ClickQuery], threading.Event]]:
    """Upstream fails once the event is set; what is asked of it until then is listed."""
    asked: list[ClickQuery] = []
    go = threading.Event()

    def fails(_self: object, query: ClickQuery) -> ClickSeries:
        asked.append(query)
        go.wait(60)
        raise AnswerError("The server is tired.")

    monkeypatch.setattr(V3Source, "fetch", fails)
    yield asked, go
    go.set()


def test_several_who_ask_for_what_fails_have_one_outcome(
    held_up: tuple[list[ClickQuery], threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go = held_up
    mine, query = cache.settings(), ClickQuery(domains=("d2.ex.com",), units=4, until=NOW - 86_400)
    once, came, told = SingleFlight.once, threading.Semaphore(0), []

    def counted(self: SingleFlight, *args: Any) -> object:
        came.release()
        return once(self, *args)

    def ask() -> None:
        try:
            cache.client(mine).load(query)
        except AnswerError as problem:
            told.append(problem.user_message)

    monkeypatch.setattr(SingleFlight, "once", counted)
    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in threads:
        came.acquire(timeout=60)
    time.sleep(1.0)  # they are just about to wait
    go.set()
    for thread in threads:
        thread.join()
    assert told == ["The server is tired."] * 5
    assert asked == [query]
    ask()  # it is not kept
    assert asked == [query] * 2


def test_who_stopped_does_not_wait_for_what_is_under_way(
    held_up: tuple[list[ClickQuery], threading.Event],
) -> None:
    asked, go = held_up
    mine, query = cache.settings(), ClickQuery(domains=("d2.ex.com",), units=4, until=NOW - 86_400)
    told: list[str] = []

    def look(*, cached_only: bool) -> None:
        try:
            cache.client(mine).load(query, cached_only=cached_only)
        except AnswerError as problem:
            told.append(problem.user_message)

    asker = threading.Thread(target=look, kwargs={"cached_only": False})
    asker.start()
    while not asked:
        time.sleep(0.01)
    looker = threading.Thread(target=look, kwargs={"cached_only": True})
    looker.start()
    looker.join(30)
    assert told == ["It was not loaded, because loading was stopped."]
    go.set()
    asker.join()


def test_a_source_remembers_no_error_and_shares_it() -> None:
    memory, asked = TTLCache(lambda: 0.0), []

    def fails() -> int:
        asked.append(1)
        raise AnswerError("no")

    for count in (1, 2):
        with pytest.raises(AnswerError):
            memory.once("key", 60, fails)
        assert len(asked) == count
    assert memory.once("key", 60, lambda: 7) == 7
    assert memory.once("key", 60, fails) == 7


def test_who_shares_an_answer_cannot_change_it(wire: list[str]) -> None:
    mine, query = cache.settings(), ClickQuery(domains=("d2.ex.com",), units=4, until=NOW - 86_400)
    first = cache.client(mine).load(query)
    right = first.clicks.tolist()
    for numbers in (first.clicks, first.edges, first.states):
        with pytest.raises(ValueError, match="read-only"):
            numbers[:] = -1
    assert cache.client(mine).load(query).clicks.tolist() == right


# -- one budget an account ------------------------------------------------------------------------


def test_only_so_many_budgets_are_kept_and_those_in_use_first() -> None:
    budgets = Budgets(most=3)
    busy = budgets.of("busy", 10, 100)
    busy.acquire(0)
    for name in "abcd":
        budgets.of(name, 10, 100)
    assert budgets.of("busy", 10, 100) is busy
    for name in "efgh":
        budgets.of(name, 10, 100).acquire(0)
    assert budgets.of("busy", 10, 100) is not busy


def test_no_answer_is_asked_for_again(wire: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed answer is not kept."""
    mine, query = cache.settings(), ClickQuery(domains=("nobody.example",), units=3, until=NOW)
    for expected in (1, 2):
        before = len(wire)
        with suppress(AnswerError):
            cache.client(mine).load(query)
        assert len(wire) - before == 1, expected


def test_a_failed_series_is_unknown_from_end_to_end() -> None:
    from bitly_data.series import failed

    for query in (
        QUERIES[0],
        QUERIES[0].replace(units=-1),
        QUERIES[0].replace(rollup=True),
        QUERIES[0].replace(unit="month", until=None),
    ):
        series = failed(query, "no", NOW)
        assert set(series.states.tolist()) == {FAILED}
        assert not series.known.any()
        assert len(series.clicks) == (1 if query.rollup or query.units == -1 else 3)


def test_a_memory_lets_go_of_turns_and_of_what_is_oldest() -> None:
    memory = TTLCache(lambda: 0.0, most=3)
    with memory.turn("a"), memory.turn("a"), memory.turn("b"):
        assert sorted(memory._turns) == ["a", "b"]
    assert not memory._turns
    for key in "abcad":
        memory.put(key, key)
    assert [memory.get(key, 1.0) for key in "abcd"] == ["a", None, "c", "d"]


def test_a_memory_loses_no_count_of_many_threads() -> None:
    memory = TTLCache(lambda: 0.0)

    def add() -> None:
        for _ in range(500):
            memory.add("sent", 1)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.add("sent", 0) == 4000
