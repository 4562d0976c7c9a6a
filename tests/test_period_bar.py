"""The period bar: what is chosen in it, what stands in the address then, and what is shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from apptest import address, again, captions, errors, metrics, opened, said, table, whole_address
from streamlit.testing.v1 import AppTest
from support import add_heartbeats, write_clicks
from views import PAGES

from bitly_data import buckets
from bitly_data.periods import PRESETS
from pages.components.controls.period_bar import IN_BAR

# A Thursday. The demo's clock; New York put its clocks back on the first of the month.
NOW = "2026-11-26T15:20:00Z"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", NOW)


def control(app: AppTest, key: str) -> Any:
    (found,) = [item for item in app.main.button_group if item.key == key]
    return found


def choose(app: AppTest, name: str) -> AppTest:
    """One click on a period, wherever it is in the bar."""
    control(app, "p_preset" if name in IN_BAR else "p_more").set_value(name)
    return again(app)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return again(app)


def pick(app: AppTest, *days: date) -> AppTest:
    """A range from the calendar."""
    (found,) = app.main.date_input
    found.set_value(days)
    return again(app)


def dates(app: AppTest, column: str = "Day") -> tuple[str, str, int]:
    """The first and the last bucket of the table, and how many there are."""
    rows = table(app)
    own = rows[rows["Series"] == rows["Series"].iloc[0]]
    return own[column].iloc[-1], own[column].iloc[0], len(own)


def popovers(app: AppTest) -> list[str]:
    return [item.proto.popover.label for item in app.main.get("popover")]


@pytest.mark.parametrize("place", sorted(PAGES))
def test_a_preset_is_one_action_and_stands_in_the_address(demo: None, place: str) -> None:
    app = opened(place, tz="UTC")
    link = {"link": address(app)["link"]} if place == "link" else {}
    assert control(app, "p_preset").value == "30d"
    choose(app, "7d")
    assert address(app) == {"period": ["7d"], "tz": ["UTC"], **link}
    assert control(app, "p_preset").value == "7d"
    assert table(app)["Day"].nunique() == 7
    assert (errors(app), said(app)) == ([], [])
    # What pages begin with is left unsaid.
    choose(app, "30d")
    assert address(app) == {"tz": ["UTC"], **link}
    assert table(app)["Day"].nunique() == 30


@pytest.mark.parametrize(
    ("name", "column", "first", "last", "count"),
    [
        ("today", "Hour", "Thu 26 Nov 2026 00:00 +00:00", "Thu 26 Nov 2026 15:00 +00:00", 16),
        ("yesterday", "Hour", "Wed 25 Nov 2026 00:00 +00:00", "Wed 25 Nov 2026 23:00 +00:00", 24),
        ("24h", "Hour", "Wed 25 Nov 2026 16:00 +00:00", "Thu 26 Nov 2026 15:00 +00:00", 24),
        ("7d", "Day", "Fri 20 Nov 2026", "Thu 26 Nov 2026", 7),
        ("90d", "Day", "Sat 29 Aug 2026", "Thu 26 Nov 2026", 90),
        ("this-week", "Day", "Mon 23 Nov 2026", "Thu 26 Nov 2026", 4),
        ("last-week", "Day", "Mon 16 Nov 2026", "Sun 22 Nov 2026", 7),
        ("this-month", "Day", "Sun 1 Nov 2026", "Thu 26 Nov 2026", 26),
        ("last-month", "Day", "Thu 1 Oct 2026", "Sat 31 Oct 2026", 31),
        ("this-quarter", "Day", "Thu 1 Oct 2026", "Thu 26 Nov 2026", 57),
        ("last-quarter", "Day", "Wed 1 Jul 2026", "Wed 30 Sep 2026", 92),
        ("this-year", "Month", "Jan 2026", "Nov 2026", 11),
        ("last-year", "Month", "Jan 2025", "Dec 2025", 12),
    ],
)
def test_each_preset_shows_its_own_buckets(
    demo: None, name: str, column: str, first: str, last: str, count: int
) -> None:
    app = choose(opened("overview", tz="UTC"), name)
    assert address(app) == {"period": [name], "tz": ["UTC"]}
    assert dates(app, column) == (first, last, count)
    assert errors(app) == []
    # The same address is the same view, for somebody who opens it first.
    other = opened("overview", **address(app))
    assert table(other).equals(table(app)) and metrics(other) == metrics(app)
    assert whole_address(other) == whole_address(app)


def test_every_preset_is_offered_once(demo: None) -> None:
    app = opened("overview")
    offered = [*control(app, "p_preset").options, *control(app, "p_more").options]
    assert len(offered) == len(set(offered)) == len(PRESETS)


def test_all_time_is_every_month(demo: None) -> None:
    app = choose(opened("overview", tz="UTC"), "all")
    assert address(app) == {"period": ["all"], "tz": ["UTC"]}
    assert app.toggle(key="q_all").value and dates(app, "Month")[1] == "Nov 2026"
    assert app.button(key="p_back").disabled and app.button(key="p_forward").disabled
    assert "All time" in popovers(app)


def test_this_month_is_set_against_the_same_days_of_last_month(demo: None) -> None:
    app = choose(opened("overview", tz="UTC", overlay=None), "this-month")
    assert address(app) == {"period": ["this-month"], "tz": ["UTC"]}
    rows = table(app)
    ours, other = (
        rows[rows["Series"] == name] for name in ("organization", "organization, the month before")
    )
    assert other["Day"].tolist()[::-1] == [
        datetime(2026, 10, day).strftime(f"%a {day} Oct 2026") for day in range(1, 27)
    ]
    # The day that is not over is left out, and so is the same of October.
    now, before = (part["Clicks"].iloc[1:].sum() for part in (ours, other))
    assert f"{now:,} of the" in captions(app)
    assert f"against {before:,} in the month before" in captions(app)
    percent = (now - before) / before * 100
    assert metrics(app)["Against the month before"] == f"{percent:+.0f} %"
    assert any(text.startswith("vs") and "Oct" in text for text in popovers(app))


def test_last_month_is_set_against_all_of_the_month_before(demo: None) -> None:
    app = opened("overview", tz="UTC", period="last-month", overlay=None)
    rows = table(app)
    other = rows[rows["Series"] == "organization, the month before"]
    assert (other["Day"].iloc[-1], other["Day"].iloc[0]) == ("Tue 1 Sep 2026", "Wed 30 Sep 2026")


# -- the sidebar is the same state ----------------------------------------------------------------


def test_another_unit_in_the_sidebar_keeps_the_period(demo: None) -> None:
    app = opened("overview", tz="UTC", period="this-month")
    assert (app.selectbox(key="q_unit").value, app.number_input(key="q_units").value) == ("day", 26)
    app.selectbox(key="q_unit").select("week")
    again(app)
    assert address(app) == {"period": ["this-month"], "unit": ["week"], "tz": ["UTC"]}
    assert dates(app, "Week") == ("week of 26 Oct 2026", "week of 23 Nov 2026", 5)
    assert app.number_input(key="q_units").value == 5
    assert control(app, "p_preset").value == "this-month"
    app.selectbox(key="q_unit").select("hour")
    assert dates(again(app), "Hour")[2] == 25 * 24 + 16


@pytest.mark.parametrize("period", ["7d", "this-month", "2026-10-01..2026-10-26"])
def test_other_units_in_the_sidebar_end_the_period_and_keep_unit_and_end(
    demo: None, period: str
) -> None:
    app = opened("overview", tz="UTC", period=period)
    last = dates(app)[1]
    app.number_input(key="q_units").set_value(12)
    again(app)
    assert "period" not in address(app) and address(app)["units"] == ["12"]
    assert dates(app)[1:] == (last, 12)
    assert ("until" in address(app)) == (".." in period)


def test_an_end_in_the_sidebar_ends_the_period(demo: None) -> None:
    app = opened("overview", tz="UTC", period="7d")
    app.selectbox(key="q_end").select("Chosen")
    again(app)
    app.datetime_input(key="q_end_at").set_value(datetime(2026, 11, 10, 12))
    again(app)
    assert address(app) == {"units": ["7"], "until": ["2026-11-10T12:00:00Z"], "tz": ["UTC"]}
    assert dates(app) == ("Wed 4 Nov 2026", "Tue 10 Nov 2026", 7)
    assert control(app, "p_preset").value is None


def test_units_up_to_now_light_the_period_that_they_are(demo: None) -> None:
    assert control(opened("overview", units="7"), "p_preset").value == "7d"
    assert control(opened("overview", units="24", unit="hour"), "p_more").value == "24h"
    assert control(opened("overview", units="all"), "p_more").value == "all"
    app = opened("overview", units="8")
    assert control(app, "p_preset").value is control(app, "p_more").value is None


def test_what_is_typed_while_the_period_moves_on_is_taken(demo: None) -> None:
    """Weeks that start on another day make other weeks of the same days."""
    app = opened("link", unit="week", period="60d", tz="Asia/Tokyo")
    app.selectbox(key="q_week").set_value(buckets.SUNDAY).run()
    assert address(app)["week"] == ["sunday"]
    app.number_input(key="q_limit").set_value(3).run()
    assert address(app)["limit"] == ["3"]
    assert address(app)["period"] == ["60d"]
    assert app.number_input(key="q_limit").value == 3


def test_minutes_are_no_period_and_hours_come_back(demo: None) -> None:
    app = opened("link", tz="UTC", period="7d")
    link = address(app)["link"]
    control(app, "p_unit").set_value("minute")
    again(app)
    assert address(app) == {"unit": ["minute"], "tz": ["UTC"], "link": link}
    assert table(app).columns[0] == "Minute"
    control(app, "p_unit").set_value("hour")
    again(app)
    assert address(app)["unit"] == ["hour"] and table(app).columns[0] == "Hour"
    assert errors(app) == []


# -- in the bar -----------------------------------------------------------------------------------


def test_the_unit_follows_the_period_until_one_is_chosen(demo: None) -> None:
    app = opened("overview", tz="UTC", period="this-year")
    assert control(app, "p_unit").value == "" and "by month" in popovers(app)
    control(app, "p_unit").set_value("week")
    again(app)
    assert address(app) == {"period": ["this-year"], "unit": ["week"], "tz": ["UTC"]}
    assert table(app).columns[0] == "Week" and "by week" in popovers(app)
    # Auto gives it back to the period, and another period takes its own.
    control(app, "p_unit").set_value("")
    assert address(again(app)) == {"period": ["this-year"], "tz": ["UTC"]}
    control(app, "p_unit").set_value("week")
    again(app)
    assert address(choose(app, "today")) == {"period": ["today"], "tz": ["UTC"]}
    assert table(app).columns[0] == "Hour"


def test_back_and_on_are_ranges(demo: None) -> None:
    app = opened("overview", tz="UTC", period="this-month")
    assert app.button(key="p_forward").disabled  # nothing begins after now
    press(app, "p_back")
    assert address(app) == {"period": ["2026-10-01..2026-10-31"], "tz": ["UTC"]}
    press(app, "p_back")
    assert dates(app) == ("Tue 1 Sep 2026", "Wed 30 Sep 2026", 30)
    press(app, "p_forward")
    press(app, "p_forward")
    # It is this month again, as far as it has come.
    assert address(app) == {"period": ["2026-11-01..2026-11-30"], "tz": ["UTC"]}
    assert dates(app) == ("Sun 1 Nov 2026", "Thu 26 Nov 2026", 26)
    assert "Against the month before" in metrics(app)


def test_units_up_to_an_end_step_by_as_many(demo: None) -> None:
    app = opened("overview", tz="UTC", units="5", until="2026-11-10T12:00:00Z")
    press(app, "p_back")
    assert address(app) == {"period": ["2026-11-01..2026-11-05"], "tz": ["UTC"]}
    assert dates(app) == ("Sun 1 Nov 2026", "Thu 5 Nov 2026", 5)


def test_a_range_is_picked_from_the_calendar(demo: None) -> None:
    app = opened("overview", tz="UTC")
    (calendar,) = app.main.date_input
    assert calendar.value == (date(2026, 10, 28), date(2026, 11, 26))
    pick(app, date(2026, 10, 1), date(2026, 10, 26))
    assert address(app) == {"period": ["2026-10-01..2026-10-26"], "tz": ["UTC"]}
    assert dates(app) == ("Thu 1 Oct 2026", "Mon 26 Oct 2026", 26)
    (calendar,) = app.main.date_input
    assert calendar.value == (date(2026, 10, 1), date(2026, 10, 26))
    assert control(app, "p_preset").value is control(app, "p_more").value is None
    # One day alone is the beginning of a choice.
    before = address(app)
    assert address(pick(app, date(2026, 10, 5))) == before


def test_a_period_goes_along_to_every_page(demo: None) -> None:
    app = choose(opened("overview", tz="UTC"), "last-month")
    for item in app.sidebar.get("page_link"):
        assert "period=last-month" in item.proto.query_string
    for place in ("compare", "link", "overview"):
        app.switch_page(PAGES[place])
        again(app)
        assert address(app)["period"] == ["last-month"]
        assert dates(app) == ("Thu 1 Oct 2026", "Sat 31 Oct 2026", 31)


# -- the clock ------------------------------------------------------------------------------------


def test_a_preset_stays_relative_when_the_clock_goes_on(
    demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"tz": "UTC", "period": "this-month"}
    assert dates(opened("overview", **asked))[2] == 26
    monkeypatch.setenv("BITLY_NOW", "2026-12-03T10:00:00Z")
    app = opened("overview", **asked)
    assert dates(app) == ("Tue 1 Dec 2026", "Thu 3 Dec 2026", 3)
    # Somebody who has had the page open since November sees December as well, with the next click.
    monkeypatch.setenv("BITLY_NOW", NOW)
    app = opened("overview", **asked)
    monkeypatch.setenv("BITLY_NOW", "2026-12-03T10:00:00Z")
    again(app)
    assert dates(app) == ("Tue 1 Dec 2026", "Thu 3 Dec 2026", 3)
    assert address(app) == {"tz": ["UTC"], "period": ["this-month"]}
    assert app.number_input(key="q_units").value == 3
    # A range is its dates.
    app = opened("overview", tz="UTC", period="2026-11-01..2026-11-30")
    assert dates(app)[2] == 30


def test_a_click_log_s_periods_count_back_from_its_newest_click(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "clicks.log"
    write_clicks(
        log,
        [
            (f"2013-05-{day:02}T12:00:00", "a.ex.com/A", "ann", "http://ex.com/", 3)
            for day in (1, 10, 17)
        ],
    )
    add_heartbeats(log, 1_367_366_400, 1_368_820_800)
    monkeypatch.setenv("BITLY_CLICK_LOG", str(log))
    monkeypatch.setenv("BITLY_NOW", "2014-02-03T10:00:00Z")
    app = opened("overview", tz="UTC")
    assert dates(app)[1] == "Fri 17 May 2013"
    choose(app, "7d")
    assert dates(app) == ("Sat 11 May 2013", "Fri 17 May 2013", 7)
    choose(app, "this-month")
    assert dates(app) == ("Wed 1 May 2013", "Fri 17 May 2013", 17)
    assert metrics(app)["Total clicks"] == "9"
    press(app, "p_back")
    assert address(app)["period"] == ["2013-04-01..2013-04-30"]


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"period": "20000m"}, "20,000 months reach back before 1970: choose fewer."),
        ({"period": "99999d"}, "99,999 days cannot be shown: choose 1 to 20,000, or all time."),
        (
            {"period": "1971-01-01..2026-10-01", "unit": "hour"},
            "488,712 hours cannot be shown: choose 1 to 20,000, or all time.",
        ),
    ],
)
def test_a_period_that_cannot_be_asked_has_one_sentence(
    demo: None, params: dict[str, str], sentence: str
) -> None:
    app = opened("overview", tz="UTC", **params)
    assert errors(app) == [sentence]
    assert errors(again(app)) == [sentence]  # and it is not another question then
    choose(app, "7d")
    assert errors(app) == [] and dates(app)[2] == 7


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"period": "7d", "units": "5"}, "“units” in the address was left out"),
        ({"period": "7d", "until": "now"}, "“until” in the address was left out"),
        ({"period": "7d", "unit": "minute"}, "Minutes are counted for the last hour only"),
        ({"period": "sometime"}, "“period=sometime” in the address was left out: choose today"),
    ],
)
def test_what_does_not_go_with_a_period_is_left_out_with_a_sentence(
    demo: None, params: dict[str, str], sentence: str
) -> None:
    app = opened("link", tz="UTC", **params)
    (text,) = said(app)
    assert text.startswith(sentence)
    kept = {} if params["period"] == "sometime" else {"period": ["7d"]}
    assert address(app) == {"tz": ["UTC"], "link": address(app)["link"], **kept}


@pytest.mark.parametrize(
    "period",
    ["2029-05-01..2029-05-03", "1975-05-01..1975-05-03", "1971-01-01..9997-12-31", "2000m"],
)
def test_a_period_far_from_all_clicks_breaks_nothing(demo: None, period: str) -> None:
    for place in sorted(PAGES):
        # Of 56 years of months by v3 each series takes some 220 calls, as clocks are changed.
        app = opened(place, timeout=90, tz="America/New_York", period=period)
        assert address(app)["period"] == [period]
        assert len(errors(app)) <= 1
        assert app.button(key="p_forward").disabled == (period[:4] != "1975")
        assert len(popovers(app)) >= 3
