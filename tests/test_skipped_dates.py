"""Every date that a zone skipped: the unit that it would have ended or begun is there once.

Kiritimati and Kanton went from 30 December 1994 to 1 January 1995, so that their December has 30
days and a week of theirs has six; Samoa and Tokelau skipped 30 December 2011, Kwajalein 21 August
1993. Bitly's own month or week, by one offset, has the day that was skipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from counter import DAY, HOUR, changes, day_at, edges, edges_since, first_instant, offset_at, utc

from bitly_data import buckets
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

# The zone and the first instant after its skipped date: every one in the database since 1970.
SKIPPED = {
    "Kwajalein": "1993-08-21T12:00:00",
    "Pacific/Apia": "2011-12-30T10:00:00",
    "Pacific/Enderbury": "1994-12-31T11:00:00",
    "Pacific/Fakaofo": "2011-12-30T11:00:00",
    "Pacific/Kanton": "1994-12-31T11:00:00",
    "Pacific/Kiritimati": "1994-12-31T10:00:00",
    "Pacific/Kwajalein": "1993-08-21T12:00:00",
}
PARTS = [
    *(("week", day) for day in range(7)),
    *((unit, 0) for unit in ("hour", "day", "month")),
]
AROUND = 70 * DAY


def test_these_are_all_the_dates_that_were_skipped() -> None:
    """A zone that skips a date is a day further on for good; looked at every other month."""
    found = set()
    for name in buckets.zone_names():
        seen = [offset_at(at, name) for at in range(0, utc("2037-01-01T00:00:00"), 60 * DAY)]
        if max(np.diff(seen)) >= DAY // 2:
            found.add(name)
    assert found == SKIPPED.keys()


@pytest.mark.parametrize("name", SKIPPED)
def test_a_date_that_was_skipped_has_no_instant(name: str) -> None:
    change = utc(SKIPPED[name])
    assert change in [at for at, _ in changes(name, int(SKIPPED[name][:4]))]
    before, after = day_at(change - 1, name), day_at(change, name)
    assert after - before == timedelta(days=2)
    assert first_instant(before + timedelta(days=1), name) == change
    assert buckets.day_start(before + timedelta(days=1), buckets.zone(name)) == change


@pytest.mark.parametrize(("unit", "week"), PARTS)
@pytest.mark.parametrize("name", SKIPPED)
def test_buckets_leave_no_gap_and_do_not_overlap(name: str, unit: str, week: int) -> None:
    change, zone = utc(SKIPPED[name]), buckets.zone(name)
    step = 17 * HOUR if unit != "hour" else 170 * 60
    for at in range(change - 9 * DAY, change + 9 * DAY, step):
        for end in (at, change - 1, change):
            found = buckets.last(4, end, unit, zone, week)
            assert np.all(np.diff(found) > 0)
            assert found[-2] <= end < found[-1]
            assert found.tolist() == edges(unit, 4, name, end, week)
            # A bucket is the same whoever asks, and the next one begins where it ends.
            for start, stop in zip(found[:-1].tolist(), found[1:].tolist(), strict=True):
                assert buckets.floor(start, unit, zone, week) == start
                assert buckets.floor(stop - 1, unit, zone, week) == start
                assert buckets.ceiling(start, unit, zone, week) == stop
            assert np.array_equal(found, buckets.between(int(found[0]), end, unit, zone, week))
            assert edges_since(int(found[0]), unit, name, end, week) == found.tolist()


def test_a_month_and_a_week_without_their_last_date() -> None:
    zone, change = buckets.zone("Pacific/Kiritimati"), utc(SKIPPED["Pacific/Kiritimati"])
    december = buckets.last(1, change - 1, "month", zone)
    assert np.diff(december).tolist() == [30 * DAY] and december[-1] == change
    week = buckets.last(1, change - 1, "week", zone, buckets.SUNDAY)
    assert np.diff(week).tolist() == [6 * DAY] and week[-1] == change
    assert date(1994, 12, 31).weekday() == 5


# -- by v3, whose own buckets have the day ---------------------------------------------------------


Sources = Callable[[str, int], tuple[V3Source, np.ndarray]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    """By a zone and a moment of asking: a source with a click in each hour around the change, and
    in the seconds beside its beginning; and the times of the clicks until then.
    """
    opened: dict[str, tuple[LocalBitly, np.ndarray]] = {}

    def of(name: str, now: int) -> tuple[V3Source, np.ndarray]:
        if name not in opened:
            change = utc(SKIPPED[name])
            hours = np.arange(change - AROUND, change + AROUND, HOUR)
            clicks = np.sort(np.concatenate([hours - 1, hours, hours + 1]))
            click = {"hh": "go.ex.com", "h": "Ab", "l": "ann", "u": "http://ex.com/"}
            path: Path = tmp_path_factory.mktemp("skipped") / "clicks.log"
            path.write_text("\n".join(json.dumps({"t": at, **click}) for at in clicks.tolist()))
            local = LocalBitly.open(ServerOptions(clicks=(str(path),), now="latest"))
            opened[name] = local, clicks
        local, clicks = opened[name]
        stopped = LocalBitly(local.store, local.report, clock=lambda: float(now))
        upstream = HttpClient(LOCAL_URL, "t", new_session(stopped.app), stopped.clock)
        return V3Source(upstream, "x", clock=stopped.clock), clicks[clicks <= now]

    yield of
    for local, _ in opened.values():
        local.close()


ONCE = ("Pacific/Kiritimati", "Pacific/Kanton", "Pacific/Apia", "Pacific/Fakaofo", "Kwajalein")


@pytest.mark.parametrize("name", ONCE)
def test_a_click_is_in_one_bucket(sources: Sources, name: str) -> None:
    change, wrong = utc(SKIPPED[name]), []
    source, clicks = sources(name, change + 40 * DAY)
    for unit, week in PARTS:
        # With the skipped date at the end of the range, within it, and before it.
        for end in (change - 1, change, change + 8 * DAY, change + 35 * DAY):
            query = ClickQuery(
                target=LINK, link="go.ex.com/Ab", unit=unit, units=3, timezone=name, until=end,
                week_start=week,
            )  # fmt: skip
            bounds = edges(unit, 3, name, end, week)
            counts = np.diff(np.searchsorted(clicks, bounds)).tolist()
            series, total = source.fetch(query), source.fetch(query.replace(rollup=True))
            if not (
                series.edges.tolist() == bounds
                and series.known.all()
                and series.clicks.tolist() == counts
                and total.clicks.tolist() == [sum(counts)]
            ):
                wrong.append((unit, week, end - change))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("asked", [10, 45])
@pytest.mark.parametrize("name", ONCE)
def test_all_time_has_each_click_once(sources: Sources, name: str, asked: int) -> None:
    now = utc(SKIPPED[name]) + asked * DAY
    source, clicks = sources(name, now)
    for unit, week in PARTS:
        query = ClickQuery(
            target=LINK, link="go.ex.com/Ab", unit=unit, units=ALL_TIME, timezone=name,
            week_start=week,
        )  # fmt: skip
        series = source.fetch(query)
        bounds = edges_since(int(clicks[0]), unit, name, now, week)
        assert series.edges.tolist() == bounds, unit
        assert series.clicks.tolist() == np.diff(np.searchsorted(clicks, bounds)).tolist(), unit
        assert source.fetch(query.replace(rollup=True)).clicks.tolist() == [len(clicks)]
