"""Every zone of the time zone database over each change of its clocks in two years, by the second
count's calendar: midnights that are skipped or come twice, at the edge of a range and within it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from counter import DAY, HOUR, changes, edges, utc

from bitly_data.buckets import zone_names
from bitly_data.query import LINK, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

# In 2014 Cairo's clocks changed four times, at midnight; in 2026 they do as they do now.
YEARS = (2014, 2026)
BEFORE, AFTER = 40 * DAY, 60 * DAY


@cache
def zones(year: int) -> dict[tuple[tuple[int, int], ...], str]:
    """A name for each way to set clocks in that year."""
    return {changes(name, year): name for name in reversed(zone_names())}


def times(year: int) -> np.ndarray:
    """When the clicks of a year are: at every quarter of an hour and in the second before it."""
    quarters = np.arange(
        utc(f"{year}-01-01T00:00:00") - BEFORE, utc(f"{year + 1}-01-01T00:00:00") + AFTER, 900
    )
    return np.sort(np.concatenate([quarters, quarters[::3] - 1]))


@pytest.fixture(scope="module", params=YEARS)
def year(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, np.ndarray, LocalBitly]]:
    path = tmp_path_factory.mktemp("zones") / "clicks.log"
    clicks = times(request.param)
    path.write_text(
        "\n".join(
            json.dumps({"t": at, "hh": "go.ex.com", "h": "Ab", "l": "ann", "u": "http://ex.com/"})
            for at in clicks.tolist()
        )
    )
    local = LocalBitly.open(ServerOptions(clicks=(str(path),), now="latest"))
    yield request.param, clicks, local
    local.close()


def source_at(local: LocalBitly, now: int) -> V3Source:
    stopped = LocalBitly(local.store, local.report, clock=lambda: float(now))
    upstream = HttpClient(LOCAL_URL, "t", new_session(stopped.app), stopped.clock)
    return V3Source(upstream, "x", clock=stopped.clock)


def questions(change: int) -> Iterator[tuple[str, int, int, int]]:
    """(unit, units, end, first weekday): the change within the range, at its beginning and at its
    end.
    """
    for end in (change - 1, change + HOUR, change + 4 * DAY, change + 20 * DAY):
        yield "day", 9, end, 0
    yield "day", 5, change + 4 * DAY, 0  # begins with the day of the change
    yield "day", 4, change + 4 * DAY, 0  # and with the day after it
    for week in (0, 6):
        yield "week", 4, change + 10 * DAY, week
    yield "month", 2, change + 20 * DAY, 0
    yield "hour", 30, change + 12 * HOUR, 0


@pytest.mark.xdist_group("every-zone")
def test_every_zone_over_every_change(year: tuple[int, np.ndarray, LocalBitly]) -> None:
    number, clicks, local = year
    wrong, asked = [], 0
    for found, name in zones(number).items():
        own = [at for at, _ in found[1:] if f"{number}-01-01" <= day(at) < f"{number}-12-31"]
        for change in own or [utc(f"{number}-06-15T12:00:00")]:
            for now in (change + 25 * DAY, change + 40 * DAY):
                source, known = source_at(local, now), clicks[clicks <= now]
                for unit, units, end, week in questions(change):
                    query = ClickQuery(
                        target=LINK,
                        link="go.ex.com/Ab",
                        unit=unit,
                        units=units,
                        timezone=name,
                        until=end,
                        week_start=week,
                    )
                    bounds = edges(unit, units, name, end, week)
                    counts = np.diff(np.searchsorted(known, bounds)).tolist()
                    series = source.fetch(query)
                    total = source.fetch(query.replace(rollup=True))
                    asked += 2
                    if not (
                        series.edges.tolist() == bounds
                        and series.known.all()
                        and series.clicks.tolist() == counts
                        and total.clicks.tolist() == [sum(counts)]
                        and total.edges.tolist() == [bounds[0], bounds[-1]]
                    ):
                        wrong.append((name, day(change), unit, units, day(end), week))
    assert wrong == []
    assert len(zones(number)) > 60
    assert asked > 60 * 2 * 2 * len(list(questions(0)))


def day(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_midnights_are_skipped_and_come_twice_in_the_sample() -> None:
    """So that the test above has something to find."""
    skipped, twice = set(), set()
    for number in YEARS:
        for found, name in zones(number).items():
            for (_, before), (at, after) in pairwise(found):
                low, high = sorted((at + before, at + after))
                if low // DAY < high // DAY or low % DAY == 0:
                    (skipped if after > before else twice).add(name)
    assert len(skipped) >= 5
    assert len(twice) >= 5
