"""Every zone of the time zone database over each change of its clocks in two years, by the second
count's calendar: midnights that are skipped or come twice, at the edge of a range and within it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from counter import DAY, HOUR, changes, edges, tz, utc

from bitly_data.buckets import zone_names
from bitly_data.query import LINK, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

# In 2014 Cairo's clocks changed four times, at midnight; in 2026 they do as they do now.
YEARS = (2014, 2026)
BEFORE, AFTER = 40 * DAY, 60 * DAY
WEEK = 7 * DAY


@cache
def offset(at: int, name: str) -> int:
    """What a clock on the wall is ahead of UTC [s], by the second count's reading."""
    return int(datetime.fromtimestamp(at, tz(name)).utcoffset().total_seconds())


def offsets(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """What `counter.changes` finds, sooner: the clock is looked at once a week, and where it shows
    another offset the instant is found by halves. No clock changes twice within a week.
    """
    low, high = utc(f"{year - 1}-12-20T00:00:00"), utc(f"{year + 1}-01-12T00:00:00")
    found = [(low, offset(low, name))]
    for start in range(low, high, WEEK):
        before, after = start, min(start + WEEK, high)
        if offset(after, name) == found[-1][1]:
            continue
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (
                (middle, after) if offset(middle, name) == found[-1][1] else (before, middle)
            )
        found.append((after, offset(after, name)))
    return tuple(found)


@cache
def zones(year: int) -> dict[tuple[tuple[int, int], ...], str]:
    """A name for each way to set clocks in that year."""
    return {offsets(name, year): name for name in reversed(zone_names())}


@cache
def every_case() -> list[tuple[int, str]]:
    """(year, zone) of each way to set clocks, in an order in which every part is like the whole."""
    cases = [(year, name) for year in YEARS for name in sorted(zones(year).values())]
    return random.Random(1).sample(cases, len(cases))


def times(year: int) -> np.ndarray:
    """When the clicks of a year are: at every quarter of an hour and in the second before it."""
    quarters = np.arange(
        utc(f"{year}-01-01T00:00:00") - BEFORE, utc(f"{year + 1}-01-01T00:00:00") + AFTER, 900
    )
    return np.sort(np.concatenate([quarters, quarters[::3] - 1]))


@dataclass(frozen=True)
class Clicked:
    """Clicks of a year at every quarter of an hour, and a server that has them."""

    clicks: np.ndarray
    local: LocalBitly


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Clicked]]:
    opened: dict[int, Clicked] = {}

    def of(year: int) -> Clicked:
        if year not in opened:
            path = tmp_path_factory.mktemp("zones") / "clicks.log"
            clicks = times(year)
            click = {"hh": "go.ex.com", "h": "Ab", "l": "ann", "u": "http://ex.com/"}
            path.write_text("\n".join(json.dumps({"t": at, **click}) for at in clicks.tolist()))
            local = LocalBitly.open(ServerOptions(clicks=(str(path),), now="latest"))
            opened[year] = Clicked(clicks, local)
        return opened[year]

    yield of
    for one in opened.values():
        one.local.close()


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


def moments(year: int, name: str) -> Iterator[tuple[int, int]]:
    """(a change of clocks, a time to ask at); without any change, the middle of the year."""
    found = changes(name, year)
    own = [at for at, _ in found[1:] if f"{year}-01-01" <= day(at) < f"{year}-12-31"]
    for change in own or [utc(f"{year}-06-15T12:00:00")]:
        for now in (change + 25 * DAY, change + 40 * DAY):
            yield change, now


@pytest.mark.sampled("zones", "case", values=every_case, words=lambda case: f"{case[0]}-{case[1]}")
def test_every_zone_over_every_change(
    years: Callable[[int], Clicked], case: tuple[int, str]
) -> None:
    year, name = case
    year_of, wrong = years(year), []
    for change, now in moments(year, name):
        source, known = source_at(year_of.local, now), year_of.clicks[year_of.clicks <= now]
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
            if not (
                series.edges.tolist() == bounds
                and series.known.all()
                and series.clicks.tolist() == counts
                and total.clicks.tolist() == [sum(counts)]
                and total.edges.tolist() == [bounds[0], bounds[-1]]
            ):
                wrong.append((name, day(change), unit, units, day(end), week))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_the_sample_is_of_many_zones_and_changes(year: int) -> None:
    """So that a way to set clocks is not left out by itself."""
    names = list(zones(year).values())
    asked = [moment for name in names for moment in moments(year, name)]
    assert len(names) > 60
    assert len(asked) * 2 * len(list(questions(0))) > 60 * 2 * 2 * len(list(questions(0)))


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_every_way_to_set_clocks_is_in_the_sample(year: int) -> None:
    """Of each zone by the second count, which looks at its clock every hour."""
    assert {changes(name, year) for name in zone_names()} == zones(year).keys()


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
