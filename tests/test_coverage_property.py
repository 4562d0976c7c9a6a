"""Whatever a click log lacks and whatever is asked of it: what it does not know is no number.

Random logs with gaps, some with heartbeats, are asked random questions of both APIs; every number
that anybody is shown is held to a count of the log's own lines (`counter`).
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from counter import DAY, HOUR, Counter, edges, utc
from views import WEEKDAYS, ZONES, written

from bitly_data.analysis.comparison import Against
from bitly_data.charts.model import line_chart
from bitly_data.cli import main
from bitly_data.client import Client
from bitly_data.query import ALL_TIME, LINK, ORGANIZATION, ClickQuery
from bitly_data.report.tables import to_csv, to_json
from bitly_data.series import STATES, ClickSeries, at_the_moment_of, rolled_up
from bitly_data.settings import CLICK_LOG, V3, V4, Settings
from bitly_data.sources.v3.source import CAPABILITIES
from bitly_data.views import change, clicks, domains
from bitly_data.views.answers import Answers
from bitly_data.views.page_query import PageQuery
from bitly_data.views.values import UNKNOWN_TEXT, Section

HOSTS = ("go.ex.com", "x.ex.com")
LINKS = tuple(f"{host}/{back_half}" for host in HOSTS for back_half in ("Ab", "Cd"))
UNITS = {"hour": 200, "day": 40, "week": 8, "month": 4}
QUESTIONS = 6  # of each log and API
# Two hours of UTC are in one of these zones' hours, and a day has another length.
MORE_ZONES = ("Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")
KNOWN = ("counted", "rebuilt", "partial")


@dataclass(frozen=True)
class Log:
    """A click log in a file, the moment at which it is asked, and the second count of it."""

    path: Path
    now: int
    counter: Counter


def random_log(folder: Path, chance: random.Random) -> Log:
    """Some stretches of hours with clicks and heartbeats, with gaps of hours to weeks."""
    path, lines = folder / "clicks.log", []
    # Clocks change in most of the zones in these months.
    hour = utc(chance.choice(["2024-02-20", "2024-03-28", "2024-10-20"])) // HOUR
    for _ in range(chance.randint(1, 5)):
        for _ in range(chance.choice([1, 5, 30, 100])):
            hour += 1
            moments = [hour * HOUR + chance.randrange(HOUR) for _ in range(chance.randint(0, 3))]
            lines += [click(at, chance.choice(LINKS)) for at in moments]
            if chance.random() < 0.9:
                lines.append({"_heartbeat_": hour * HOUR + chance.randrange(HOUR)})
        hour += chance.choice([2, 10, 50, 300, 1000])
    lines.append(click(hour * HOUR + chance.randrange(HOUR), LINKS[0]))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    now = int(lines[-1]["t"]) + chance.choice([0, HOUR, 3 * DAY, 40 * DAY])
    return Log(path, now, Counter([path], [], now))


def click(at: int, link: str) -> dict[str, object]:
    host, _, back_half = link.partition("/")
    return {"t": at, "hh": host, "h": back_half, "l": "ann", "u": "http://shop.example/"}


def opened(log: Log, api: str) -> Client:
    settings = Settings(
        kind=CLICK_LOG, click_log=(str(log.path),), now=written(log.now), api=api
    )  # on the largest plan: its history holds all of these logs
    return Client.open(settings)


def questions(log: Log, chance: random.Random) -> Iterator[ClickQuery]:
    """Of links, domains and everything; ranges end in the log, between its lines, or far ahead."""
    for _ in range(QUESTIONS):
        unit = chance.choice(list(UNITS))
        line = int(chance.choice(log.counter.t.tolist()))
        until = chance.choice(
            [None, log.now, line, line + chance.randrange(30 * DAY), log.now + 20 * DAY]
        )
        until = utc("2029-01-01") if chance.random() < 0.1 else until
        target: dict[str, object] = chance.choice(
            [
                {"target": LINK, "link": str(chance.choice(log.counter.link))},
                {"target": ORGANIZATION, "domains": (str(chance.choice(log.counter.host)),)},
                {"target": ORGANIZATION},
            ]
        )
        yield ClickQuery(
            unit=unit,
            units=chance.randint(1, UNITS[unit]),
            timezone=chance.choice([*ZONES, *MORE_ZONES]),
            until=until,
            rollup=chance.random() < 0.2,
            week_start=chance.randrange(7),
            **target,  # type: ignore[arg-type]
        )


def rows_of(log: Log, query: ClickQuery) -> np.ndarray:
    """The indexes of the clicks that a question is about; all of them are the organization's."""
    if query.link:
        return log.counter.of_link(query.link)
    if query.domains:
        return np.flatnonzero(np.isin(log.counter.host, query.domains))
    return np.arange(len(log.counter.t))


@dataclass(frozen=True)
class Second:
    """The buckets of a series by the second count: clicks of the log, and what it covers [s]."""

    edges: list[int]
    clicks: list[int]
    covered: list[int]
    there: list[int]
    now: int

    @classmethod
    def of(cls, log: Log, series: ClickSeries) -> Second:
        bounds = series.edges.tolist()
        counts = [count for _, count in log.counter.within(rows_of(log, series.query), bounds)]
        spans = [log.counter.covered(start, end, log.now) for start, end in pairwise(bounds)]
        covered, there = zip(*spans, strict=True)
        return cls(bounds, counts, list(covered), list(there), log.now)

    @property
    def numbers(self) -> list[int | None]:
        """The clicks where there is a covered hour, none elsewhere."""
        return [
            count if covered else None
            for count, covered in zip(self.clicks, self.covered, strict=True)
        ]

    @property
    def total(self) -> int | None:
        known = [number for number in self.numbers if number is not None]
        return sum(known) if known else None

    @property
    def average(self) -> float | None:
        """Over the buckets that are over and of which the log has every hour."""
        finished = [
            count
            for count, covered, there, end in zip(
                self.clicks, self.covered, self.there, self.edges[1:], strict=True
            )
            if end <= self.now and covered == there
        ]
        return sum(finished) / len(finished) if finished else None


def check_numbers(log: Log, series: ClickSeries, second: Second) -> None:
    """Series, frame, CSV, JSON and chart have the same numbers, and no other."""
    frame = series.to_frame()
    files = list(csv.DictReader(io.StringIO(to_csv([series])))), json.loads(to_json([series]))
    (line,) = line_chart([series], "", "").lines
    states = [STATES[state] for state in series.states]
    assert [None if pd.isna(count) else int(count) for count in frame["clicks"]] == second.numbers
    assert frame["state"].tolist() == states
    for rows in files:
        assert [None if row["clicks"] in ("", None) else int(row["clicks"]) for row in rows] == (
            second.numbers
        )
        assert [row["state"] for row in rows] == states
    assert [None if np.isnan(value) else int(value) for value in line.values] == second.numbers
    for state, start, covered, there in zip(
        states, second.edges, second.covered, second.there, strict=False
    ):
        if start > log.now:
            assert state == "not_begun"
        elif not covered:
            assert state == "not_in_log"
        else:
            assert state in KNOWN
            assert state == "partial" or covered == there


def check_sums(log: Log, series: ClickSeries, second: Second) -> None:
    """Known numbers never add up to more than the log has; where all is covered, to that."""
    in_range = sum(second.clicks)
    known = int(series.clicks[series.known].sum())
    assert known <= in_range <= len(log.counter.t)
    if second.covered == second.there:
        assert known == in_range
    once = rolled_up(series)
    assert (int(once.clicks[0]) if once.known[0] else None) == second.total


def check_page(log: Log, series: ClickSeries, second: Second) -> None:
    """The key figures and the table of a page."""
    section: Section = clicks.present(PageQuery(series.query, CAPABILITIES), {series.query: series})
    figures = {metric.label: metric.value for metric in section.metrics}
    assert number(figures["Total clicks"]) == second.total
    assert section.table is not None
    columns = {column.name: list(column.values) for column in section.table.columns}
    assert columns["Clicks"][::-1] == second.numbers
    for state, words, covered, there in zip(
        columns["State"][::-1],
        columns.get("Click log", [""] * len(second.edges))[::-1],
        second.covered,
        second.there,
        strict=False,
    ):
        part = f"{covered / HOUR:,.1f} of {there / HOUR:,.1f} hour".replace(".0", "")
        assert str(words).startswith(
            "" if covered == there else part if covered else "not in the log"
        )
        assert bool(words) == (covered < there), state
    if not series.query.rollup:
        average = figures[f"Average per {series.query.unit}"]
        assert (average == UNKNOWN_TEXT) == (second.average is None)
        if second.average is not None:  # written as a whole number, or to a decimal
            assert abs(float(average.replace(",", "")) - second.average) <= 0.5


def number(text: str) -> int | None:
    return None if text == UNKNOWN_TEXT else int(text.replace(",", ""))


def check_command_line(
    log: Log, api: str, series: ClickSeries, capsys: pytest.CaptureFixture[str]
) -> None:
    query = series.query
    target = [LINK, str(query.link)] if query.link else [ORGANIZATION]
    words = [
        *target,
        *(f"--domain={name}" for name in query.domains),
        f"--unit={query.unit}",
        f"--units={query.units}",
        f"--timezone={query.timezone}",
        f"--week-start={WEEKDAYS[query.week_start]}",
        f"--until={'now' if query.until is None else query.until}",
        *(["--rollup"] if query.rollup else []),
        f"--clicks={log.path}",
        f"--now={written(log.now)}",
        f"--api={api}",
    ]
    capsys.readouterr()
    assert main(["clicks", *words]) == 0
    assert capsys.readouterr().out == to_csv([series])


def check_change(log: Log, client: Client, series: ClickSeries) -> None:
    """A change is of clicks that both periods have, bucket by bucket."""
    answers: dict[ClickQuery, ClickSeries] = {}
    while wanted := [
        query for query in change.questions(series, Against(), answers) if query not in answers
    ]:
        answers |= {query: client.load(query) for query in wanted}
    compared = change.compare(series, Against(), answers).change
    if compared.verdict is None:
        return
    for count in (compared.now, compared.before):
        assert count is not None
        assert 0 <= count <= len(log.counter.t)
    if any("in both periods" in note for note in compared.notes):
        # A total is compared by its buckets.
        in_buckets = answers.get(series.query.replace(rollup=False, limit=None), series)
        ours = Second.of(log, in_buckets)
        full = [
            count
            for count, covered, there in zip(ours.clicks, ours.covered, ours.there, strict=True)
            if covered == there
        ]
        assert (compared.now or 0) <= sum(full)


def check_domains(log: Log, client: Client, query: ClickQuery) -> None:
    """Shares and totals of domains are of what the log knows, and add up to all of it."""
    hosts = tuple(sorted(set(log.counter.host.tolist())))  # of the clicks by now
    page_query = PageQuery(query.replace(domains=hosts), client.capabilities)
    answers: dict[ClickQuery, ClickSeries] = {}
    while wanted := [one for one in domains.questions(page_query, answers) if one not in answers]:
        answers |= {one: client.load(one) for one in wanted}
    found = domains.load(page_query, answers)
    shown: Answers = answers
    totals = domains.present_totals(page_query, found, shown).section.table
    assert totals is not None
    columns = {column.name: list(column.values) for column in totals.columns}
    seconds = [Second.of(log, one).total for one in (*domains.ranked(found.each), found.whole)]
    assert columns.get("Clicks", [None] * len(seconds)) == seconds
    if seconds[-1]:
        shares = columns["Share"]
        assert sum(shares[:-1]) == pytest.approx(100)
        assert shares[-1] == 100
    value = domains.present(page_query, found)
    for _, chart in value.charts.values():
        for line, one in zip(chart.lines, found.each, strict=True):
            unknown = [count is None for count in Second.of(log, one).numbers]
            assert np.isnan(line.values[unknown]).all()


@pytest.mark.sampled("logs", "seed")
def test_what_a_log_does_not_know_is_no_number(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    log = random_log(tmp_path, chance)
    api = chance.choice([V3, V4])
    with closing(opened(log, api)) as client:
        for turn, query in enumerate(questions(log, chance)):
            series = client.load(query)
            second = Second.of(log, series)
            if series.provenance.offset is None and not query.rollup:
                end = log.now if query.until is None else query.until
                bounds = edges(query.unit, query.units, query.timezone, end, query.week_start)
                assert second.edges == bounds
            try:
                check_numbers(log, series, second)
                check_sums(log, series, second)
                check_page(log, series, second)
                check_change(log, client, series)
                if turn == 0:
                    check_command_line(log, api, series, capsys)
                    check_domains(
                        log,
                        client,
                        at_the_moment_of(series, query).replace(
                            link=None, target=ORGANIZATION, rollup=False
                        ),
                    )
                    check_all_time(log, client, query)
            except AssertionError as problem:
                raise AssertionError(f"seed {seed}, {api}: {query}, now {log.now}") from problem


def check_all_time(log: Log, client: Client, query: ClickQuery) -> None:
    """All time begins with the first click, and has gaps as any other range."""
    end = min(query.until or log.now, log.now + 40 * DAY)
    series = client.load(query.replace(units=ALL_TIME, until=end, rollup=False))
    second = Second.of(log, series)
    known = [count for count in series.to_frame()["clicks"] if not pd.isna(count)]
    if "outside_window" not in {STATES[state] for state in series.states}:
        check_numbers(log, series, second)
        times = log.counter.t[rows_of(log, query)]
        assert sum(known) == int((times < second.edges[-1]).sum())
