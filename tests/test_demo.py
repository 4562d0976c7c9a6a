"""The demo organization: the same clicks whatever the clock says, and something in every chart."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
from counter import tz

from bitly_data import demo
from bitly_data.demo import DemoDays, history_start, write_log
from bitly_data.demo.audiences import ZONES
from bitly_data.demo.dates import EPOCH, SLOT, SLOTS
from bitly_data.demo.days import burst_day
from bitly_data.demo.rhythm import is_holiday, offsets
from bitly_data.demo.texts import CAMPAIGNS

COLUMNS = ["t", "host", "hash", "login", "url", "title", "created", "keyword"]
DAY = 86_400


def epoch(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


NOW = epoch(2026, 11, 24, 0, 41)
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def days() -> DemoDays:
    return DemoDays(NOW)


@pytest.fixture(scope="module")
def clicks(days: DemoDays) -> pd.DataFrame:
    """The whole history."""
    return days.table(days.first, days.last)


@pytest.fixture(scope="module")
def per_day(clicks: pd.DataFrame) -> pd.Series:
    """Clicks per UTC day, indexed by date."""
    day = pd.to_datetime(clicks["t"] // DAY * DAY, unit="s")
    return day.value_counts().sort_index()


def one_day(days: DemoDays, day: date) -> pd.DataFrame:
    (frame,) = days.days(day, day)
    return frame


# --- the same click whoever asks --------------------------------------------------------------


def test_history_starts_on_a_fixed_day():
    assert history_start(NOW) == date(2024, 1, 1)
    assert history_start(epoch(2031, 5, 6)) == date(2024, 1, 1)
    assert history_start(epoch(2026, 1, 1)) == date(2024, 1, 1)
    assert history_start(epoch(2025, 12, 31, 23, 59, 59)) == date(2023, 1, 1)
    assert history_start(epoch(2013, 2, 8)) == date(2011, 1, 1)
    assert history_start(epoch(2033, 12, 31, 23, 59, 59)) == date(2024, 1, 1)


def test_history_begins_neither_before_1970_nor_endlessly_long_ago():
    assert history_start(0) == history_start(epoch(1971, 7, 1)) == date(1970, 1, 1)
    assert history_start(epoch(1973, 1, 1)) == date(1971, 1, 1)
    for year in (2034, 2050, 9997):
        start = history_start(epoch(year, 6, 1))
        assert start == date(year - 9, 1, 1)


@pytest.mark.parametrize("now", [epoch(1970, 1, 1), epoch(1970, 6, 30), epoch(9997, 12, 31, 23)])
def test_the_ends_of_time_have_clicks_that_are_epoch_seconds(now: float):
    days = DemoDays(now)
    last = datetime.fromtimestamp(now, UTC).date()
    table = days.table(last - timedelta(days=60) if last.year > 1970 else days.first, last)
    assert len(table) and table["t"].min() >= 0
    assert days.links["created"].min() >= 0
    assert table["t"].max() // DAY == now // DAY


def test_a_day_does_not_depend_on_a_clock_far_away():
    day = date(2026, 3, 17)
    later, nearer = DemoDays(epoch(2035, 1, 1)), DemoDays(epoch(2026, 3, 17))
    pd.testing.assert_frame_equal(one_day(later, day), one_day(nearer, day))


@pytest.mark.parametrize(
    "other",
    [
        epoch(2026, 11, 24, 23, 59),  # later the same day
        epoch(2027, 3, 1),  # the same start
        epoch(2025, 6, 1),  # a start one year earlier
        epoch(2024, 12, 31, 12),  # a start two years earlier
    ],
)
def test_a_day_does_not_depend_on_the_clock(days: DemoDays, other: float):
    otherwise = DemoDays(other)
    for day in (date(2024, 1, 1), date(2024, 2, 17), date(2024, 4, 9), date(2024, 12, 31)):
        pd.testing.assert_frame_equal(one_day(days, day), one_day(otherwise, day))


def test_a_whole_year_does_not_depend_on_the_clock(days: DemoDays):
    year = date(2024, 1, 1), date(2024, 12, 31)
    earlier = DemoDays(epoch(2025, 3, 1)).table(*year)
    pd.testing.assert_frame_equal(days.table(*year).astype(str), earlier.astype(str))


def test_a_day_asked_for_alone_is_the_day_of_the_whole(days: DemoDays, clicks: pd.DataFrame):
    for day in (date(2024, 3, 10), date(2025, 10, 26), TODAY):
        start = epoch(day.year, day.month, day.day)
        inside = clicks["t"].between(start, start + DAY - 1)
        whole = clicks[inside].reset_index(drop=True).astype(str)
        pd.testing.assert_frame_equal(one_day(days, day).astype(str), whole)


def test_a_new_day_only_adds(days: DemoDays):
    tomorrow = DemoDays(NOW + DAY)
    month = date(2026, 11, 1), TODAY
    pd.testing.assert_frame_equal(pd.concat(days.days(*month)), pd.concat(tomorrow.days(*month)))
    count = len(days.links)
    pd.testing.assert_frame_equal(days.links, tomorrow.links.head(count))


def test_another_seed_is_another_organization(days: DemoDays):
    other = DemoDays(NOW, seed=1)
    assert not set(days.links["hash"]) & set(other.links["hash"]) - {
        f"{slug}-{year}" for _, slug, _ in CAMPAIGNS.values() for year in range(2023, 2027)
    }


def test_days_outside_the_history_are_left_out(days: DemoDays):
    assert list(days.days(date(2023, 12, 1), date(2023, 12, 31))) == []
    assert len(list(days.days(date(2023, 12, 1), date(2024, 1, 2)))) == 2
    assert len(list(days.days(TODAY, TODAY + timedelta(days=9)))) == 1
    empty = days.table(date(2030, 1, 1), date(2030, 1, 2))
    assert list(empty.columns) == COLUMNS and empty.empty and empty["t"].dtype == np.int64


def test_a_clock_far_away_still_has_clicks():
    early = DemoDays(epoch(2012, 3, 16, 18))
    assert len(early.table(date(2012, 3, 1), date(2012, 3, 16))) > 2000


# --- what a click is --------------------------------------------------------------------------


def test_columns_and_order(days: DemoDays, clicks: pd.DataFrame):
    assert list(clicks.columns) == COLUMNS == list(one_day(days, TODAY).columns)
    assert clicks["t"].dtype == clicks["created"].dtype == np.int64
    assert all(
        isinstance(clicks[name].dtype, pd.CategoricalDtype)
        for name in COLUMNS[1:]
        if name != "created"
    )
    assert clicks["t"].is_monotonic_increasing
    assert (clicks["created"] <= clicks["t"]).all()
    assert clicks["t"].iloc[0] >= epoch(2024, 1, 1)
    assert clicks["t"].iloc[-1] < epoch(2026, 11, 25)


def test_each_day_holds_its_own_clicks(days: DemoDays):
    first = date(2025, 12, 28)
    for number, frame in enumerate(days.days(first, first + timedelta(days=6))):
        start = epoch(2025, 12, 28) + number * DAY
        assert frame["t"].between(start, start + DAY - 1).all()
        assert frame["t"].is_monotonic_increasing and len(frame)


def test_enough_clicks(clicks: pd.DataFrame):
    assert 300_000 <= len(clicks) <= 600_000


def test_links_are_distinct_and_of_their_time(days: DemoDays):
    links = days.links
    assert list(links.columns) == COLUMNS[1:]
    assert not links.duplicated(["host", "hash"]).any()
    assert links["created"].is_monotonic_increasing
    assert links["created"].iloc[-1] < epoch(2026, 11, 25)
    titles = "".join(links["title"])
    assert "&" in titles and '"' in titles and not titles.isascii()


def test_a_link_with_a_custom_back_half_is_clicked_by_both(clicks: pd.DataFrame):
    custom = clicks[clicks["keyword"] != ""]
    assert custom.groupby("keyword", observed=True)["hash"].nunique().eq(1).all()
    by = clicks[clicks["hash"].isin(custom["hash"])].groupby("hash", observed=True)["keyword"]
    found = by.agg(["size", lambda keywords: (keywords != "").mean()])
    shares = found.loc[found["size"] >= 100].iloc[:, 1]
    assert len(shares) >= 30 and shares.between(0.5, 0.9).all()


def test_every_domain_and_login_appears(clicks: pd.DataFrame):
    assert set(clicks["host"]) == {*demo.SHORT_DOMAINS, "bit.ly", "j.mp"}
    assert set(clicks["login"]) == {*demo.LOGINS, *demo.OTHER_LOGINS}


def test_each_account_uses_a_branded_domain_and_outsiders_never_do(days: DemoDays):
    hosts = days.links.groupby("login")["host"].agg(set)
    for login in demo.LOGINS:
        assert hosts[login] & set(demo.SHORT_DOMAINS)
    for login in demo.OTHER_LOGINS:
        assert hosts[login] <= {"bit.ly", "j.mp"}


def test_outsiders_link_to_tracking_domains_and_elsewhere(days: DemoDays):
    site = days.links["url"].map(lambda url: urlsplit(url).netloc)
    outside = days.links["login"].isin(demo.OTHER_LOGINS)
    assert set(site[~outside]) == set(demo.TRACKING_DOMAINS)
    assert set(site[outside]) > set(demo.TRACKING_DOMAINS)


# --- something in every chart -----------------------------------------------------------------


def test_weekends_are_quiet(per_day: pd.Series):
    weekend = per_day.index.to_series().map(lambda day: day.weekday() >= 5)
    assert per_day[weekend].mean() < 0.65 * per_day[~weekend].mean()


def test_holidays_are_quiet(per_day: pd.Series):
    for year in (2024, 2025):
        lull = per_day[f"{year}-12-24" : f"{year}-12-31"].median()
        assert lull < 0.6 * per_day[f"{year}-12-03" : f"{year}-12-16"].median()


def test_the_organization_grows(per_day: pd.Series):
    first, last = (per_day[f"{year}-01-01" : f"{year}-10-31"].mean() for year in (2024, 2026))
    assert last > 1.2 * first


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_each_campaign_stands_out(per_day: pd.Series, year: int):
    for month in (1, 4, 7, 10):
        peak = per_day[f"{year}-{month:02}-08" : f"{year}-{month:02}-16"].max()
        assert peak > 1.7 * per_day[f"{year}"].median()
    spring = per_day[f"{year}-04-08" : f"{year}-04-16"].max()
    assert spring > 3 * per_day[f"{year}"].median()


def test_launches_keep_coming_and_fade(days: DemoDays, clicks: pd.DataFrame):
    created = days.links["created"]
    assert created[created > epoch(2024, 1, 1)].diff().max() < 10 * DAY
    campaign = clicks[clicks["hash"] == "spring-2026"]
    age = (campaign["t"] - campaign["created"]) // DAY
    assert (age < 3).sum() > 5 * age.between(20, 22).sum() > 0


def test_some_links_are_over_and_some_never_end(days: DemoDays, clicks: pd.DataFrame):
    recent = set(clicks.loc[clicks["t"] > NOW - 30 * DAY, "hash"])
    assert set(days.links["hash"]) - recent
    kept = clicks[clicks["created"] < NOW - 400 * DAY]
    assert (kept["t"] > NOW - 30 * DAY).sum() > 1000


def test_a_bot_comes_once_a_quarter(clicks: pd.DataFrame):
    bursts: list[date] = []
    for _, t in clicks.groupby("hash", observed=True)["t"]:
        # Two hundred clicks on one link within eight minutes.
        seconds = t.to_numpy()
        near = np.flatnonzero(seconds[200:] - seconds[:-200] <= 480)
        if len(near):
            bursts += {datetime.fromtimestamp(int(seconds[i]), UTC).date() for i in near}
    assert len(bursts) == 12  # the quarters from 2024 to 2026: the last one was on 17 November
    assert {day.day for day in bursts} == {17}
    assert len({(day.year, (day.month - 1) // 3) for day in bursts}) == 12


def test_the_bot_keeps_regular_time(days: DemoDays):
    day = burst_day(days.seed, TODAY)
    frame = one_day(days, day)
    busiest = frame[frame["hash"] == frame["hash"].mode()[0]]
    assert (np.diff(busiest["t"]) == 2).mean() > 0.9


def zone_hours(days: DemoDays, zone: str, first: date, last: date) -> np.ndarray:
    """Clicks of working days in `zone` per UTC hour; shape (24,)."""
    row = [place.name for place in ZONES].index(zone)
    hours = np.zeros(24, dtype=np.int64)
    for number, clicks in enumerate(days.clicks_by_day(first, last)):
        if (first + timedelta(days=number)).weekday() < 5:
            hours += np.bincount(clicks.t[clicks.zone == row] % DAY // 3600, minlength=24)
    return hours


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2025, 10, 26)),
        ("America/New_York", date(2026, 3, 8)),
        ("Australia/Sydney", date(2026, 4, 5)),
        ("Asia/Kolkata", date(2026, 3, 29)),
    ],
)
def test_the_rhythm_is_local(days: DemoDays, zone: str, change: date):
    def offset(day: date) -> float:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=tz(zone))
        moved = noon.utcoffset()
        assert moved is not None
        return moved.total_seconds() / 3600

    weeks = timedelta(days=28)
    before = zone_hours(days, zone, change - weeks, change - timedelta(days=1))
    after = zone_hours(days, zone, change + timedelta(days=1), change + weeks)
    moves = {shift: float(np.dot(np.roll(after, shift), before)) for shift in range(-3, 4)}
    jump = offset(change + weeks) - offset(change - weeks)
    assert max(moves, key=moves.__getitem__) == jump
    assert abs(jump) == (0 if zone == "Asia/Kolkata" else 1)


def test_the_busiest_local_hour_stays(days: DemoDays):
    winter = zone_hours(days, "Europe/Berlin", date(2025, 1, 1), date(2025, 3, 29))
    summer = zone_hours(days, "Europe/Berlin", date(2025, 4, 1), date(2025, 9, 30))
    assert (int(winter.argmax()), int(summer.argmax())) == (9, 8)  # ten o'clock in Berlin


def test_the_rhythm_of_a_day_with_a_change():
    """Sydney's clocks go back on 5 April 2026: the offset changes inside a UTC day."""
    day = date(2026, 4, 5).toordinal()
    start = (day - 1 - EPOCH) * DAY
    slots = start + np.arange(2 * SLOTS).reshape(2, -1) * SLOT
    found = offsets("Australia/Sydney", slots)
    zone = tz("Australia/Sydney")
    for t, offset in zip(slots.ravel(), found.ravel(), strict=True):
        moved = datetime.fromtimestamp(int(t), zone).utcoffset()
        assert moved is not None and moved.total_seconds() == offset
    assert set(found.ravel()) == {36_000, 39_600}


def test_holidays_are_by_local_date():
    days = np.array(
        ["2025-12-23", "2025-12-24", "2026-01-01", "2026-01-02", "2024-12-24"],
        dtype="datetime64[D]",
    ).astype(np.int64)
    assert is_holiday(days).tolist() == [False, True, True, False, True]


# --- the log ----------------------------------------------------------------------------------

EARLY = epoch(2026, 1, 20, 10, 30)
SHORT_START = date(2026, 1, 10)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, int]:
    """A log of ten days, one of them with the bot; two years would only take longer."""
    monkeypatch.setattr(demo.days, "history_start", lambda now: SHORT_START)
    path = tmp_path / "demo.gz"
    return path, write_log(str(path), EARLY)


def test_the_log_holds_the_clicks_up_to_now(log: tuple[Path, int]):
    path, count = log
    with gzip.open(path, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    lines = [record for record in records if "h" in record]
    beats = [record["_heartbeat_"] for record in records if "_heartbeat_" in record]
    days = DemoDays(EARLY)
    table = days.table(days.first, days.last)
    table = table[table["t"] <= EARLY]
    assert len(lines) == count == len(table)
    keys = {
        "t": "t",
        "host": "hh",
        "hash": "h",
        "login": "l",
        "url": "u",
        "title": "title",
        "created": "hc",
    }
    for name, key in keys.items():
        assert [line[key] for line in lines] == table[name].tolist()
    assert [line.get("kw", "") for line in lines] == table["keyword"].tolist()
    assert beats == list(range(int(epoch(2026, 1, 10)), int(EARLY) + 1, 3600))
    times = [record.get("t", record.get("_heartbeat_")) for record in records]
    assert times == sorted(times)
    assert {"a", "c", "nk", "tz", "gr", "g", "r"} <= set(lines[0])
    assert {line["tz"] for line in lines} == {zone.name for zone in ZONES}
    assert any(line["a"].startswith("linkcheck") for line in lines)


def test_a_plain_file_has_the_same_lines(log: tuple[Path, int], tmp_path: Path):
    path, count = log
    plain = tmp_path / "demo.json"
    assert write_log(str(plain), EARLY) == count
    assert plain.read_bytes() == gzip.decompress(path.read_bytes())
