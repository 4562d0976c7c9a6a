"""What a view costs on v4, before it is asked; how it is fetched; and what the pages offer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from apptest import address, again, captions, metrics, opened, plain, said, tables, total, totals
from streamlit.testing.v1 import AppTest
from support import add_heartbeats, epoch, write_clicks

from bitly_data import cache
from bitly_data.cli import main
from bitly_data.client import Client
from bitly_data.errors import AccessError, RateLimitError, UnreachableError
from bitly_data.query import ClickQuery
from bitly_data.settings import Settings
from bitly_data.sources import bucket_store
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.fetch_plan import FetchPlan, Missing, Month, distinct, plan_text
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.background_fetch import BackgroundFetch
from bitly_data.transport.fan_out import Progress
from bitly_data.transport.rate_limit import Left

NOW = "2026-11-03T15:20:00Z"
BY_DOMAIN = ClickQuery(domains=("aur.example",), units=100, timezone="UTC")
GROUP = CountKey(bucket_store.GROUP, "Bg", "day")


def missing(count: int) -> tuple[Missing, ...]:
    return tuple(Missing(GROUP, day * 86_400) for day in range(count))


def left(minute: int = 100, hour: int = 1000, refused_for: float = 0.0) -> Left:
    return Left(minute, 100, hour, 1000, 0.0, refused_for)


# -- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "calls_left", "seconds"),
    [
        (0, left(), 0),
        (10, left(), 2),
        (100, left(), 20),
        (101, left(), 60),
        (380, left(), 180),
        (10, left(minute=0), 60),
        (10, left(minute=9), 60),
        (1, left(hour=0), 3600),
        (1_001, left(), 3600),
        (10, left(refused_for=300), 300),
        (10, None, 2),
    ],
)
def test_a_plan_takes_as_long_as_the_answers_and_the_limits(
    calls: int, calls_left: Left | None, seconds: float
) -> None:
    # By hand: a fifth of a second a call; else whole minutes, or hours, for what is beyond the
    # calls that are left.
    waited = seconds
    if calls == 1_001:
        waited = 3600  # one call waits for the next hour, the minutes are over by then
    assert FetchPlan(missing(calls), 0, calls_left, None).seconds == pytest.approx(waited)


@pytest.mark.parametrize(("calls", "wide"), [(0, False), (40, False), (41, True)])
def test_a_view_of_30_days_is_loaded_without_a_word_and_a_wide_one_is_not(
    calls: int, wide: bool
) -> None:
    assert FetchPlan(missing(calls), 0, None, None).is_wide is wide


@pytest.mark.parametrize(
    ("calls", "left", "wide"), [(40, 1, False), (41, 400_000, True), (100, 10**6, False)]
)
def test_of_a_rich_month_more_calls_are_few(calls: int, left: int, wide: bool) -> None:
    assert FetchPlan(missing(calls), 0, None, Month(10**6, left)).is_wide is wide
    assert FetchPlan(missing(101), 0, None, Month(10**6, left)).is_wide


@pytest.mark.parametrize(
    ("calls", "month", "asks", "possible"),
    [
        (500, Month(5_000, 5_000), False, True),
        (501, Month(5_000, 5_000), True, True),
        (501, Month(5_000, 500), True, False),
        (10, Month(5_000, 9), False, False),
        (9_999, None, False, True),
    ],
)
def test_more_than_a_tenth_of_the_month_asks_first(
    calls: int, month: Month | None, asks: bool, possible: bool
) -> None:
    plan = FetchPlan(missing(calls), 0, None, month)
    assert (plan.asks_first, plan.is_possible) == (asks, possible)


def test_questions_that_share_a_call_pay_it_once() -> None:
    assert distinct([*missing(3), *missing(5)]) == missing(5)


def test_a_plan_says_what_it_takes_and_what_there_is() -> None:
    plan = FetchPlan(missing(121), 1, left(hour=940), Month(5_000, 4_870))
    assert plan_text(plan) == (
        "It takes 121 calls; the answer to 1 more is kept already; this account has 4,870 of 5,000 "
        "calls left this month; 940 of 1,000 are left this hour by our own count; it will take "
        "about 60 seconds."
    )


# -- what comes after a plan ----------------------------------------------------------------------


@pytest.fixture
def many_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An organization in which more links are clicked each day than a list holds."""
    now = datetime.fromisoformat(NOW)
    log = write_clicks(
        tmp_path / "clicks.log",
        [
            (
                (now - timedelta(days=day, minutes=5 * number)).strftime("%Y-%m-%dT%H:%M:%S"),
                f"go.ex.com/b{number}",
                "ann",
                "http://ex.com/",
                1,
            )
            for day in range(32)
            for number in range(105)
        ],
    )
    first = int((now - timedelta(days=33)).timestamp())
    add_heartbeats(tmp_path / "clicks.log", first, int(now.timestamp()) + 1)
    for name, value in (("API", "v4"), ("PLAN", "premium"), ("NOW", NOW), ("CLICK_LOG", log)):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.usefixtures("many_a_day")
def test_lists_of_hours_that_follow_lists_of_days_are_offered_as_well() -> None:
    view = {"domain": "go.ex.com", "tz": "UTC", "units": "30"}
    short = opened("overview", **view)
    assert (
        "For some days Bitly's list is too short to show every link. The lists of their hours may "
        "be long enough" in captions(short)
    )
    st.cache_resource.clear()
    app = opened("overview", **view, exact="1")
    assert "This view takes many calls" in " ".join(item.value for item in app.markdown)
    assert "In days of UTC it takes up to 0 calls" in captions(app)  # the lists of days came
    app.button(key="overview_start").click()
    again(app)
    filling = cache.client(cache.settings()).background
    assert filling is not None and filling.wait(60) and filling.problem is None
    again(app)
    assert {str(state) for state in tables(app, "State")[0].State} == {"counted", "partial"}
    assert 29 * 105 < total(app) <= 30 * 105


@pytest.mark.usefixtures("many_a_day")
def test_a_price_that_cannot_be_had_leaves_the_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise RateLimitError("Too many calls.")

    monkeypatch.setattr(Client, "price", refuse)
    app = opened("overview", domain="go.ex.com", tz="Europe/Tallinn", units="20", exact="1")
    assert app.button(key="overview_start")
    assert "it takes up to" not in captions(app)


def test_a_link_has_no_exact_days_to_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("API", "v4"), ("PLAN", "free"), ("NOW", NOW)):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    app = opened("link", tz="Europe/Tallinn", units="20")
    assert "of UTC" in " ".join(said(app))
    assert "switch Exact on" not in captions(app)
    st.cache_resource.clear()


def test_days_of_utc_are_named_as_days_of_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("API", "v4"), ("PLAN", "core"), ("NOW", NOW)):
        monkeypatch.setenv(f"BITLY_{name}", value)
    st.cache_resource.clear()
    app = opened("overview", domain="aur.example", tz="America/New_York", units="33")
    rows = tables(app, "State")[0]
    outside = rows[rows.State == "outside_window"].Day.tolist()[::-1]
    assert len(outside) == 3
    assert f"Older than what is kept: {outside[0]} to {outside[-1]}." in " ".join(said(app))
    monkeypatch.setenv("BITLY_PLAN", "free")
    st.cache_resource.clear()
    app = opened("overview", tz="America/New_York", units="10")
    assert tables(app, "State")[0].Day.iloc[-1] == "Sun 25 Oct 2026"
    assert "in the period before (Thu 15 Oct 2026 to Sat 24 Oct 2026)" in captions(app)
    st.cache_resource.clear()


# -- filling --------------------------------------------------------------------------------------


def test_a_filling_asks_for_each_thing_once_and_tells_how_far_it_is() -> None:
    seen: list[Missing] = []
    told: list[Progress] = []
    filling = BackgroundFetch(seen.append, missing(7), 2, on_progress=told.append)
    assert filling.is_running
    assert filling.progress is None
    filling.run()
    assert sorted(one.start or 0 for one in seen) == [one.start for one in missing(7)]
    assert (filling.is_running, filling.was_stopped, filling.problem) == (False, False, None)
    assert (told[-1].done, told[-1].failed, told[-1].total) == (7, 0, 7)


def test_a_filling_that_is_stopped_asks_for_nothing_more() -> None:
    begun, go_on = threading.Event(), threading.Event()
    seen: list[Missing] = []

    def fill(one: Missing) -> None:
        seen.append(one)
        begun.set()
        assert go_on.wait(10)

    filling = BackgroundFetch(fill, missing(50), 1).start()
    assert begun.wait(10)
    filling.stop()
    assert filling.wait(10)  # it ends while a call is still under way
    go_on.set()
    assert len(seen) == 1
    assert filling.was_stopped


def test_one_failure_is_said_and_the_others_go_on() -> None:
    def fill(one: Missing) -> None:
        if one.start == 0:
            raise UnreachableError("No.")

    filling = BackgroundFetch(fill, missing(5), 1)
    filling.run()
    assert filling.progress is not None
    assert (filling.progress.done, filling.progress.failed) == (5, 1)
    assert str(filling.problem) == "No."


def test_a_wall_is_run_into_once() -> None:
    seen: list[Missing] = []

    def fill(one: Missing) -> None:
        seen.append(one)
        raise AccessError("Your plan has no lists.", status=402)

    filling = BackgroundFetch(fill, missing(30), 1)
    filling.run()
    assert len(seen) < 3
    assert str(filling.problem) == "Your plan has no lists."


def test_a_month_that_is_used_up_ends_it() -> None:
    def fill(one: Missing) -> None:
        raise RateLimitError("This month's calls are used up.", retryable=False)

    filling = BackgroundFetch(fill, missing(3), 1)
    filling.run()
    assert str(filling.problem) == "This month's calls are used up."


# -- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def on_v4(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo, answered by v4, with nothing kept."""
    monkeypatch.setenv("BITLY_API", "v4")
    monkeypatch.setenv("BITLY_PLAN", "premium")
    monkeypatch.setenv("BITLY_NOW", NOW)
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def source() -> V4Source:
    found = cache.client(cache.settings()).source
    assert isinstance(found, V4Source)
    return found


def sent(app: AppTest) -> int:
    return source().account.tally.calls


def written(app: AppTest) -> str:
    return " ".join(plain(item.value) for item in app.markdown)


@pytest.mark.usefixtures("on_v4")
def test_thirty_days_by_domain_are_loaded_without_a_word() -> None:
    app = opened("compare", tz="UTC")
    assert "many calls" not in written(app)
    assert totals(app)["Clicks"].sum() > 0


@pytest.mark.usefixtures("on_v4")
def test_a_wide_view_says_its_price_and_is_fetched_in_the_background() -> None:
    app = opened("compare", tz="UTC", units="100")
    assert "It takes 100 calls" in written(app)
    assert "left this month" in written(app)
    assert not tables(app, "Domain")
    before = sent(app)
    again(app)
    assert sent(app) == before  # looking costs nothing

    app.button(key="compare_start").click()
    app.run()
    filling = cache.client(cache.settings()).background
    assert filling is not None
    assert filling.wait(60)
    again(app)
    assert totals(app)["Clicks"].sum() > 0
    assert "many calls" not in written(app)
    # A hundred lists, and what a comparison took within its own few.
    assert 100 <= sent(app) - before <= 106


@pytest.mark.usefixtures("on_v4")
def test_what_was_fetched_before_a_stop_is_not_asked_for_again() -> None:
    app = opened("compare", tz="UTC", units="100")
    plan = cache.client(cache.settings()).cost([BY_DOMAIN])
    assert plan is not None
    for one in plan.missing[:60]:
        source().fill(one)
    again(app)
    assert "It takes 40 calls" not in written(app)  # few now: they were made at once
    assert totals(app)["Clicks"].sum() > 0


def test_much_of_a_month_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_API", "v4")
    monkeypatch.setenv("BITLY_PLAN", "core")
    monkeypatch.setenv("BITLY_NOW", NOW)
    st.cache_resource.clear()
    app = opened("overview", tz="America/New_York", domain="aur.example", exact="1")
    assert "left this month" in written(app)
    assert app.button(key="overview_start").disabled
    assert "of a month's calls" in plain(app.checkbox[-1].label)
    app.checkbox(key="overview_agreed").check()
    again(app)
    assert not app.button(key="overview_start").disabled
    assert "switch Exact off in the sidebar" in captions(app)
    assert address(app)["exact"] == ["1"]
    st.cache_resource.clear()


@pytest.mark.usefixtures("on_v4")
def test_in_another_zone_both_ways_have_their_price() -> None:
    app = opened("overview", tz="America/New_York", domain="aur.example", units="10")
    assert "These are days of UTC" in " ".join(said(app))
    assert "Exact days of America/New_York take up to" in captions(app)
    assert metrics(app)["Total clicks"] != "–"


@pytest.mark.usefixtures("on_v4")
def test_a_comparison_that_takes_many_calls_is_offered() -> None:
    app = opened("overview", tz="UTC", domain="aur.example")
    assert metrics(app)["Against the period before"] == "–"
    button = app.button(key="overview_compare")
    assert button.label.startswith("Compare anyway (")
    button.click()
    app.run()
    filling = cache.client(cache.settings()).background
    assert filling is not None
    assert filling.wait(60)
    again(app)
    assert "%" in metrics(app)["Against the period before"]


@pytest.mark.usefixtures("on_v4")
def test_a_link_and_the_whole_organization_need_no_plan() -> None:
    assert cache.client(cache.settings()).cost([]) is None
    for place in ("link", "overview"):
        app = opened(place, tz="UTC", units="300")
        # The overview may offer its numbers by domain, which are many.
        assert place == "overview" or "many calls" not in written(app)
        assert f"{place}_start" not in [item.key for item in app.button]
        assert metrics(app)["Total clicks"] != "–", place


def test_v3_has_no_plan() -> None:
    assert cache.client(Settings()).cost([BY_DOMAIN]) is None


# -- lists that are not whole ---------------------------------------------------------------------


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A click log with 130 clicked links on one day, and 20 on the next."""
    clicks = [
        (
            f"2013-05-{day}T12:00:00",
            f"{host}.ex.com/h{index}",
            "ann",
            "http://ex.com/a",
            2 if index < 90 else 1,
        )
        for day, count in (("15", 130), ("16", 20))
        for index in range(count)
        for host in (("go", "x")[index % 2],)
    ]
    monkeypatch.setenv("BITLY_CLICK_LOG", write_clicks(tmp_path / "crowded.log", clicks))
    add_heartbeats(tmp_path / "crowded.log", epoch("2013-05-15"), epoch("2013-05-17T10:00:00"))
    monkeypatch.setenv("BITLY_API", "v4")
    monkeypatch.setenv("BITLY_NOW", "2013-05-17T10:00:00Z")
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.usefixtures("crowded")
def test_what_a_list_leaves_out_is_a_series_of_its_own() -> None:
    app = opened("compare", tz="UTC", units="3", until="now")
    rows = tables(app, "State")[0]
    by = {(row.Series, row.Day): (row.Clicks, row.State) for row in rows.itertuples()}
    day, next_day = "Wed 15 May 2013", "Thu 16 May 2013"
    assert by["go.ex.com", day][1] == by["x.ex.com", day][1] == "capped"
    # 90 links with two clicks and 40 with one; a hundred of the 130 are listed.
    assert by["not listed", day] == (30, "counted")
    assert by["go.ex.com", next_day] == (20, "counted")
    assert by["not listed", next_day] == (0, "counted")
    assert "at least 190 clicks in all" in " ".join(said(app))
    assert "Cut off by the length of Bitly's lists: Wed 15 May 2013." in " ".join(said(app))


# -- the command line -----------------------------------------------------------------------------


def test_the_command_line_prints_the_same_plan(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "organization", "--api", "v4", "--plan", "core", "--now", NOW, "--each"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert out.startswith("As it is asked: It takes 30 calls; the answer to 1 more is kept already")
    assert main([*words, "--timezone", "America/New_York"]) == 0
    cheap, exact = capsys.readouterr().out.splitlines()
    assert cheap.startswith("As it is asked: It takes 30 calls")
    assert exact.startswith("Exact, from hourly lists: It takes ")
    assert main(["plan", "organization", "--now", NOW]) == 0
    assert "no plan" in capsys.readouterr().out
