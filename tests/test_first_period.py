"""What a page begins with where its address names no period: one that shows something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apptest import EVERY_PAGE, address, again, captions, errors, metrics, opened, table
from streamlit.testing.v1 import AppTest
from support import served, write_clicks

from bitly_data.client import Client
from bitly_data.settings import settings_from
from pages.components.controls.first_period import (
    USUAL,
    FirstPeriod,
    begun,
    first_period,
    spelled,
)
from pages.components.controls.period import by_units, moment, with_period
from pages.components.controls.table import Choices

NEWEST = datetime(2012, 7, 4, 15, 20, tzinfo=UTC)
YEARS_LATER = "2015-01-01T00:00:00Z"
DAILY = [NEWEST - timedelta(days=at) for at in range(20)]
# Five hours of one day, ten minutes after each.
HOURS = [NEWEST - timedelta(hours=at) for at in range(5)]
DAYS_BY_HOUR = [NEWEST - timedelta(hours=at) for at in range(60)]
# A click in ten months, and one the day before the newest.
SCATTERED = [NEWEST - timedelta(days=at) for at in (1, *range(0, 300, 30))]
WEEKLY = [NEWEST - timedelta(days=at) for at in range(0, 300, 9)]
ALL_TIME = "Only 2 of the last 30 days have clicks, so all time is shown."


def write(path: Path, moments: Iterable[datetime]) -> None:
    clicks = [
        (f"{at:%Y-%m-%dT%H:%M:%S}", "a.ex.com/A", "ann", "http://ex.com/", 3) for at in moments
    ]
    write_clicks(path, sorted(clicks))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clicks.log"
    monkeypatch.setenv("BITLY_CLICK_LOG", str(path))
    monkeypatch.setenv("BITLY_NOW", "latest")
    return path


def begin(**params: str | list[str] | None) -> AppTest:
    app = opened("overview", **{"tz": "UTC", **params})
    assert errors(app) == []
    return app


def asked(app: AppTest) -> dict[str, list[str]]:
    """What the address says of the period."""
    return {name: value for name, value in address(app).items() if name not in ("tz", "link")}


@pytest.mark.parametrize(
    ("moments", "now", "period", "why"),
    [
        (DAILY, "latest", {}, ""),
        # A log's periods are counted back from its newest click, so its age alone is no reason.
        (DAILY, YEARS_LATER, {}, ""),
        (DAILY[:1], "latest", {}, ""),
        (DAILY[:1], YEARS_LATER, {}, ""),
        (
            HOURS,
            "latest",
            {"period": ["24h"]},
            "Only 1 of the last 30 days has clicks, so the last 24 hours are shown.",
        ),
        (
            HOURS,
            YEARS_LATER,
            {"period": ["24h"]},
            "Only 1 of the last 30 days has clicks, so the last 24 hours are shown.",
        ),
        (
            DAYS_BY_HOUR,
            "latest",
            {"period": ["7d"], "unit": ["hour"]},
            "Only 3 of the last 30 days have clicks, so the last 7 days are shown by hour.",
        ),
        (
            WEEKLY,
            "latest",
            {"period": ["90d"]},
            "Only 4 of the last 30 days have clicks, so the last 90 days are shown.",
        ),
        (SCATTERED, "latest", {"period": ["all"]}, ALL_TIME),
        (SCATTERED, YEARS_LATER, {"period": ["all"]}, ALL_TIME),
    ],
)
def test_a_click_log_opens_on_what_shows_something(
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    moments: list[datetime],
    now: str,
    period: dict[str, list[str]],
    why: str,
) -> None:
    write(log, moments)
    monkeypatch.setenv("BITLY_NOW", now)
    app = begin()
    assert asked(app) == period
    newest = (
        "The newest click in the log is of Wed 4 Jul 2012: periods are counted back from there."
    )
    assert f"{newest} {why}".strip() in captions(app)
    assert ("are shown" in captions(app) or "all time is shown" in captions(app)) == bool(why)
    # A reload and a bookmark show the same, which nobody chose for the reader then.
    other = begin(**address(app))
    assert asked(other) == period
    assert table(other).equals(table(app))
    assert not why or why not in captions(other)


def test_an_empty_log_and_the_demo_open_on_30_days(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BITLY_NOW")
    log.write_text("")
    app = opened("overview", tz="UTC")
    assert errors(app) == ["clicks.log holds no clicks: it is empty."]
    log.write_text('{"_heartbeat_":1341415200}\n')
    app = opened("overview", tz="UTC")
    assert asked(app) == {}
    assert "newest click" not in captions(app)
    monkeypatch.delenv("BITLY_CLICK_LOG")
    monkeypatch.setenv("BITLY_NOW", "2026-11-26T14:20:00Z")
    app = begin()
    assert asked(app) == {}
    assert table(app)["Day"].nunique() == 30
    assert "shown" not in captions(app).partition("From")[0]


def test_30_days_that_somebody_chose_are_30_days(log: Path) -> None:
    write(log, SCATTERED)
    app = begin()
    (presets,) = [item for item in app.main.button_group if item.key == "p_preset"]
    presets.set_value("30d")
    again(app)
    assert asked(app) == {"period": ["30d"]}
    assert table(app)["Day"].nunique() == 30
    assert ALL_TIME not in captions(app)
    # They stay that on every page, and in a bookmark.
    for place in ("links", "compare", "link", "overview"):
        app.switch_page(EVERY_PAGE[place])
        assert asked(again(app))["period"] == ["30d"], place
    assert table(begin(**address(app)))["Day"].nunique() == 30
    # So do 30 units by hand, after others.
    app = begin(period="7d")
    app.number_input(key="q_units").set_value(30)
    again(app)
    assert asked(app) == {"period": ["30d"]}
    app.number_input(key="q_units").set_value(31)
    assert asked(again(app)) == {"units": ["31"]}
    # And all time by hand needs no reason.
    app.toggle(key="q_all").set_value(True)
    assert asked(again(app)) == {"units": ["all"]}
    assert ALL_TIME not in captions(app)


@pytest.mark.parametrize(
    ("params", "period", "days"),
    [
        ({"units": "30"}, {"period": ["30d"]}, 30),
        ({"unit": "day"}, {"period": ["30d"]}, 30),
        ({"units": "12"}, {"units": ["12"]}, 12),
        ({"until": "2012-06-01T00:00:00Z"}, {"until": ["2012-06-01T00:00:00Z"]}, 30),
        ({"until": "now", "units": "7"}, {"until": ["now"], "units": ["7"]}, 7),
        ({"period": "7d"}, {"period": ["7d"]}, 7),
        ({"period": "30d"}, {"period": ["30d"]}, 30),
    ],
)
def test_an_address_of_before_keeps_its_meaning(
    log: Path, params: dict[str, str], period: dict[str, list[str]], days: int
) -> None:
    write(log, SCATTERED)
    app = begin(**params)
    assert asked(app) == period
    assert table(app)["Day"].nunique() == days
    assert ALL_TIME not in captions(app)


def test_the_reason_goes_along_until_somebody_chooses(log: Path) -> None:
    write(log, SCATTERED)
    app = begin()
    for place in ("links", "compare", "link", "overview"):
        app.switch_page(EVERY_PAGE[place])
        assert ALL_TIME in captions(again(app)), place
    app.selectbox(key="q_unit").select("week")
    assert asked(again(app)) == {"period": ["all"], "unit": ["week"]}
    app.toggle(key="q_all").set_value(False)
    assert ALL_TIME not in captions(again(app))
    assert asked(app) == {"unit": ["week"]}


def test_what_v4_s_plan_no_longer_gives_is_nothing_to_open_on(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, SCATTERED)
    monkeypatch.setenv("BITLY_API", "v4")
    app = begin()
    assert asked(app) == {"period": ["all"]}
    assert metrics(app)["Total clicks"] == "33"
    monkeypatch.setenv("BITLY_NOW", YEARS_LATER)
    assert asked(begin()) == {}


# -- an account -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moments", "now", "button", "days"),
    [
        (DAILY, "2012-08-20T00:00:00Z", "Show last 90 days", 20),
        (DAILY, "2013-08-20T00:00:00Z", "Show all time", None),
        (WEEKLY, "2012-08-20T00:00:00Z", "Show all time", None),
    ],
)
def test_an_account_is_offered_the_period_that_its_first_answer_told_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moments: list[datetime],
    now: str,
    button: str,
    days: int | None,
) -> None:
    write(tmp_path / "clicks.log", moments)
    words = ("--clicks", str(tmp_path / "clicks.log"), "--now", now, "--token", "t")
    with served(*words) as place:
        for name, value in (("ACCESS_TOKEN", "t"), ("BASE_URL", place), ("API", "v4")):
            monkeypatch.setenv(f"BITLY_{name}", value)
        app = begin()
        assert asked(app) == {}
        text = "No clicks in this period. The newest click before it is of 4 Jul 2012."
        assert text in captions(app)
        assert app.button(key="show_all_time").label == button
        app.button(key="show_all_time").click()
        again(app)
        assert metrics(app)["Total clicks"] == str(3 * len(moments))
        assert asked(app) == {"period": ["90d" if days else "all"]}
        assert text not in captions(app)
        # By v3 nothing is known that was not asked for.
        monkeypatch.setenv("BITLY_API", "v3")
        app = begin()
        assert "No clicks in this period." in captions(app) and text not in captions(app)
        assert app.button(key="show_all_time").label == "Show all time"


# -- without a page -------------------------------------------------------------------------------


def test_nobody_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client.open(
        settings_from({"BITLY_ACCESS_TOKEN": "t", "BITLY_URL": "http://127.0.0.1:9"})
    )
    assert len(client.clicked()) == 0
    assert first_period(client, Choices(), client.newest_click, "UTC") is USUAL
    client.close()


def test_it_follows_the_zone_and_is_looked_up_once(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fourteen days, each with a click before and one after midnight of UTC.
    write(log, [NEWEST.replace(hour=23, minute=50) - timedelta(days=at) for at in range(0, 16, 2)])
    client = Client.open(settings_from({"BITLY_CLICK_LOG": str(log)}))
    looked = []
    monkeypatch.setattr(
        Client, "clicked", lambda self, own=Client.clicked: looked.append(1) or own(self)
    )
    for zone in ("UTC", "Asia/Tokyo", "UTC", "Asia/Tokyo"):
        first = first_period(client, Choices(week_start=0), client.newest_click, zone)
        assert first.is_usual
    assert len(looked) == 2
    client.close()


def test_only_an_address_that_would_begin_with_another_period_spells_out_30_days() -> None:
    first, at = FirstPeriod("all", "", ALL_TIME), moment(Choices(), 1_341_415_200, 0, "UTC")
    assert begun(Choices(), USUAL) == spelled(Choices(), USUAL) == Choices()
    assert begun(Choices(login="ann"), first) == Choices(period="all", unit="", login="ann")
    for chosen in (Choices(), with_period(Choices(period="7d", unit=""), "30d")):
        assert spelled(chosen, first) == Choices(period="30d", unit="")
    for chosen in (
        Choices(units=12),
        Choices(until="now"),
        Choices(unit="hour"),
        Choices(period="7d", unit=""),
        by_units(Choices(period="7d", unit=""), at),
    ):
        assert spelled(chosen, first) == chosen
