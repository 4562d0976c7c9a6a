"""Whatever a click log lacks and whatever is asked of it: what it does not know is no number.

Random logs with gaps, some with heartbeats, of which the own accounts are named or not, are asked
random questions of both APIs; every number that anybody is shown is held to a count of the log's
own lines (`counter`). What nobody can answer is refused in a sentence. A tally at the end says
whether each kind of question was met with something to count.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiers
from counter import DAY, HOUR, Counter, edges, utc
from views import WEEKDAYS, ZONES, written

from bitly_data.analysis.comparison import Against
from bitly_data.charts.model import line_chart
from bitly_data.cli import main
from bitly_data.client import Client
from bitly_data.errors import BitlyError
from bitly_data.query import (
    ALL_TIME,
    LINK,
    MOST_MINUTES,
    ONLY_OTHERS,
    ORGANIZATION,
    ClickQuery,
)
from bitly_data.report.tables import to_csv, to_json
from bitly_data.series import STATES, ClickSeries, at_the_moment_of, rolled_up
from bitly_data.settings import CLICK_LOG, V3, V4, Settings
from bitly_data.sources.v3.source import CAPABILITIES
from bitly_data.views import change, clicks, compare, compare_chart, domains
from bitly_data.views.answers import Answers
from bitly_data.views.lineup import DOMAIN, LINES, SHARE, Lineup
from bitly_data.views.page_query import PageQuery
from bitly_data.views.parts import IN_SEVERAL
from bitly_data.views.values import UNKNOWN_TEXT, Section

# Two short domains, and Bitly's own host, which is none.
HOSTS = ("go.ex.com", "x.ex.com", "bit.ly")
TRACKING = "shop.example"
# Who made a link, and where it leads; a link on two hosts is one with two addresses.
BACK_HALVES = {
    "Ab": ("ann", "http://www.shop.example/a"),
    "Cd": ("bob", "http://else.example/"),
    "Ef": ("eve", "http://shop.example/e"),
    "Gh": ("eve", "http://else.example/e"),
}
LINKS = tuple(f"{host}/{back_half}" for host in HOSTS for back_half in BACK_HALVES)
LOGINS, NOBODY = ("ann", "bob", "eve"), "nobody"
UNITS = {"hour": 200, "day": 40, "week": 8, "month": 4}
QUESTIONS = 6  # of each log and API
# Two hours of UTC are in one of these zones' hours, and a day has another length.
MORE_ZONES = ("Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")
KNOWN = ("counted", "rebuilt", "partial")
NO_OWN_DOMAIN = "links of no own domain"


@dataclass(frozen=True)
class Log:
    """A click log in a file, the moment at which it is asked, and the second count of it."""

    path: Path
    now: int
    api: str
    accounts: tuple[str, ...]  # none: they are not named
    counter: Counter

    @property
    def own_logins(self) -> tuple[str, ...]:
        return self.accounts or tuple(set(self.counter.login.tolist()))

    @property
    def mine(self) -> np.ndarray:
        """bool[n]: the clicks that this API counts: v4's are those of the own links."""
        return self.counter.own | (self.api == V3)


def random_log(folder: Path, chance: random.Random) -> Log:
    """Some stretches of hours with clicks and heartbeats, with gaps of hours to weeks."""
    path, lines = folder / "clicks.log", []
    # Clocks change in most of the zones in these months.
    hour = utc(chance.choice(["2024-02-20", "2024-03-28", "2024-10-20"])) // HOUR
    for _ in range(chance.randint(1, 5)):
        hour += chance.choice([2, 10, 50, 300, 1000])
        beats = chance.choice([0.9, 1])  # how sure a heartbeat of an hour is
        for _ in range(chance.choice([1, 5, 30, 100, 300])):
            hour += 1
            moments = [hour * HOUR + chance.randrange(HOUR) for _ in range(chance.randint(0, 3))]
            lines += [click(at, chance.choice(LINKS)) for at in moments]
            if chance.random() < beats:
                lines.append({"_heartbeat_": hour * HOUR + chance.randrange(HOUR)})
    # Some more in the last minutes, which are the only ones that can be asked for.
    last = hour * HOUR + chance.randrange(HOUR // 2, HOUR)
    lines += [click(last - chance.randrange(HOUR // 2), chance.choice(LINKS)) for _ in range(9)]
    lines.append(click(last, chance.choice(LINKS)))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    now = last + chance.choice([0, 60, HOUR // 2, HOUR, 3 * DAY, 40 * DAY])
    accounts = chance.choice([(), ("ann",), ("ann", "bob"), ("bob", "nobody")])
    api = chance.choice([V3, V4])
    return Log(path, now, api, accounts, Counter([path], [TRACKING], now, accounts))


def click(at: int, link: str) -> dict[str, object]:
    host, _, back_half = link.partition("/")
    login, url = BACK_HALVES[back_half]
    return {"t": at, "hh": host, "h": back_half, "l": login, "u": url}


def opened(log: Log) -> Client:
    settings = Settings(
        kind=CLICK_LOG,
        click_log=(str(log.path),),
        tracking_domains=(TRACKING,),
        accounts=log.accounts,
        now=written(log.now),
        api=log.api,
    )  # on the largest plan: its history holds all of these logs
    return Client.open(settings)


def questions(log: Log, chance: random.Random) -> Iterator[ClickQuery]:
    """Of links, domains, logins and everything; ranges end in the log, between its lines, or far
    ahead. One of each log is of minutes, which end now; some lie, with the period before them,
    where the log has nearly every hour.
    """
    minutes, compared, *_ = chance.sample(range(QUESTIONS), QUESTIONS)
    for turn in range(QUESTIONS):
        unit = "minute" if turn == minutes else chance.choice(list(UNITS))
        unit = chance.choice(["hour", "day"]) if turn == compared else unit
        most = UNITS.get(unit, MOST_MINUTES)
        units = chance.randint(1, most)
        until = None if unit == "minute" else random_end(log, chance)
        if unit in ("hour", "day") and (turn == compared or chance.random() < 0.3):
            units, until = range_in_run(log, chance, HOUR if unit == "hour" else DAY)
        yield ClickQuery(
            unit=unit,
            units=units,
            timezone=chance.choice([*ZONES, *MORE_ZONES]),
            until=until,
            rollup=chance.random() < 0.2,
            limit=chance.randint(1, units) if chance.random() < 0.3 else None,
            week_start=chance.randrange(7),
            **random_target(log, chance, unit),  # type: ignore[arg-type]
        )


def random_end(log: Log, chance: random.Random) -> int | None:
    line = int(chance.choice(log.counter.t.tolist()))
    ends = [None, log.now, line, line + chance.randrange(30 * DAY), log.now + 20 * DAY]
    return utc("2029-01-01") if chance.random() < 0.1 else chance.choice(ends)


def range_in_run(log: Log, chance: random.Random, width: int) -> tuple[int, int]:
    """How many buckets of a width [s], and in which moment they end, so that as many before them
    lie in one stretch of the log too, if it is long enough: the longest, or the last one.
    """
    hours = sorted(log.counter.logged)
    breaks = [at for at, (one, other) in enumerate(pairwise(hours), 1) if other > one + 5]
    runs = [hours[first:end] for first, end in pairwise([0, *breaks, len(hours)])]
    run = chance.choice([max(runs, key=len), runs[-1]])
    length = (run[-1] + 1 - run[0]) * HOUR
    units = chance.randint(1, max(length // width // 3, 1))
    if run[-1] == log.now // HOUR:
        return units, log.now
    return units, (run[-1] + 1) * HOUR - chance.randint(1, max(length // 6, 1))


def hosts(log: Log) -> list[str]:
    """The short domains of the organization: all hosts in the log but Bitly's own."""
    return sorted(set(log.counter.host.tolist()) - {"bit.ly"})


def random_target(log: Log, chance: random.Random, unit: str) -> dict[str, object]:
    """What is counted; of minutes always a link, as an organization has none."""
    if unit == "minute" or chance.random() < 0.3:
        clicked = log.counter.link[-9:] if unit == "minute" else log.counter.link
        link = str(chance.choice(clicked))
        return {"target": LINK, "link": link, "all_addresses": chance.random() < 0.3}
    names = [*hosts(log), TRACKING]
    domains = chance.sample(names, chance.choice([0, 0, 1, 1, min(2, len(names))]))
    known = [*log.own_logins, *LOGINS, NOBODY]
    login = chance.choice([None] * 5 + known + [ONLY_OTHERS] * 2)
    return {"target": ORGANIZATION, "domains": tuple(domains), "login": login}


def is_refused(log: Log, query: ClickQuery) -> bool:
    """Whether nobody can answer: v4 counts own links only, and what a login is must be known."""
    if log.api == V4:
        if query.link:
            return not log.counter.own[log.counter.of_link(query.link)].all()
        return query.login == ONLY_OTHERS
    if query.login == ONLY_OTHERS:
        return not log.accounts
    return query.login is not None and query.login not in log.own_logins


def begins_after(log: Log, query: ClickQuery) -> bool:
    """Whether a whole range has not begun."""
    end = log.now if query.until is None else query.until
    zone, week = query.timezone, query.week_start
    return edges(query.unit, query.units, zone, end, week)[0] > log.now


def rows_of(log: Log, query: ClickQuery) -> np.ndarray:
    """The indexes of the clicks that a question is about; of v3 all are the organization's."""
    if query.link:
        return log.counter.of_address(query.link, together=query.all_addresses)
    rows = log.counter.of_organization(query.domains, query.login)
    return rows[log.mine[rows]]


@dataclass(frozen=True)
class Second:
    """The buckets of a series by the second count: clicks of the log, and what it covers [s].

    `cut`: so many of the first are cut off by a limit.
    """

    edges: list[int]
    clicks: list[int]
    covered: list[int]
    there: list[int]
    now: int
    cut: int

    @classmethod
    def of(cls, log: Log, series: ClickSeries) -> Second:
        return cls.within(log, series.query, series.edges.tolist())

    @classmethod
    def within(cls, log: Log, query: ClickQuery, bounds: list[int]) -> Second:
        counts = [count for _, count in log.counter.within(rows_of(log, query), bounds)]
        spans = [log.counter.covered(start, end, log.now) for start, end in pairwise(bounds)]
        covered, there = zip(*spans, strict=True)
        return cls(bounds, counts, list(covered), list(there), log.now, cut_by_limit(log, query))

    @property
    def numbers(self) -> list[int | None]:
        """The clicks where there is a covered hour that no limit cut off, none elsewhere."""
        return [
            count if covered and at >= self.cut else None
            for at, (count, covered) in enumerate(zip(self.clicks, self.covered, strict=True))
        ]

    @property
    def full(self) -> list[bool]:
        """Which buckets are over and have every hour in the log, and their number."""
        return [
            end <= self.now and covered == there and at >= self.cut
            for at, (covered, there, end) in enumerate(
                zip(self.covered, self.there, self.edges[1:], strict=True)
            )
        ]

    @property
    def total(self) -> int | None:
        known = [number for number in self.numbers if number is not None]
        return sum(known) if known else None

    @property
    def average(self) -> float | None:
        """Over the buckets that are over and of which the log has every hour."""
        finished = [count for count, full in zip(self.clicks, self.full, strict=True) if full]
        return sum(finished) / len(finished) if finished else None


def cut_by_limit(log: Log, query: ClickQuery) -> int:
    """How many buckets a limit cuts off. A total is one bucket: v3 gives it whole, by v4 it is not
    known where one of its buckets is not.
    """
    cut = max(query.units - query.limit, 0) if query.limit else 0
    return min(cut, log.api == V4) if query.rollup else cut


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
    for at, (state, start, covered, there) in enumerate(
        zip(states, second.edges, second.covered, second.there, strict=False)
    ):
        if start > log.now:
            assert state == "not_begun"
        elif at < second.cut:
            assert state == "capped"
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
    if second.covered == second.there and not second.cut:
        assert known == in_range
    if second.cut and second.edges[0] <= log.now:
        return  # what is cut off is not known, and so the sum is not
    once = rolled_up(series)
    assert (int(once.clicks[0]) if once.known[0] else None) == second.total


def check_page(log: Log, series: ClickSeries, second: Second) -> None:
    """The key figures and the table of a page."""
    section: Section = clicks.present(PageQuery(series.query, CAPABILITIES), {series.query: series})
    figures = {metric.label: metric.value for metric in section.metrics}
    total = figures["Total clicks"]
    if total.startswith("≥ "):  # of a total of which a limit cuts some buckets off
        assert second.total is None
        assert second.cut
        assert int(total[2:].replace(",", "")) <= sum(second.clicks)
    else:
        assert number(total) == second.total
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


def run(log: Log, query: ClickQuery, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What the command line prints, with nothing on it where the question is refused."""
    target = [LINK, str(query.link)] if query.link else [ORGANIZATION]
    words = [
        *target,
        *(f"--domain={name}" for name in query.domains),
        *([f"--login={query.login}"] if query.login else []),
        *(["--together"] if query.all_addresses else []),
        f"--unit={query.unit}",
        f"--units={query.units}",
        f"--timezone={query.timezone}",
        f"--week-start={WEEKDAYS[query.week_start]}",
        f"--until={'now' if query.until is None else query.until}",
        *(["--rollup"] if query.rollup else []),
        *([f"--limit={query.limit}"] if query.limit else []),
        f"--clicks={log.path}",
        f"--tracking-domain={TRACKING}",
        *(f"--account={login}" for login in log.accounts),
        f"--now={written(log.now)}",
        f"--api={log.api}",
        *more,
    ]
    capsys.readouterr()
    status = main(["clicks", *words])
    out, err = capsys.readouterr()
    assert (status != 0) == is_refused(log, query), err
    if status:
        assert not out
        assert len(err.splitlines()) == 1
    return out


def check_refusal(
    log: Log, client: Client, query: ClickQuery, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and no zeros."""
    with pytest.raises(BitlyError) as refused:
        client.load(query)
    assert refused.value.user_message.endswith(".")
    run(log, query, capsys)


def check_each(log: Log, query: ClickQuery, capsys: pytest.CaptureFixture[str]) -> bool:
    """The rows of each domain on the command line; whether one of them has clicks."""
    names = query.domains or (*hosts(log), TRACKING)
    rows = list(csv.DictReader(io.StringIO(run(log, query, capsys, "--each"))))
    assert {row["series"] for row in rows} == set(names)
    end = log.now if query.until is None else query.until
    counted = False
    for name in names:
        mine = [row for row in rows if row["series"] == name]
        # By v4 a domain's days may be those of UTC.
        for zone in dict.fromkeys((query.timezone, "UTC" if log.api == V4 else query.timezone)):
            bounds = edges(query.unit, query.units, zone, end, query.week_start)
            bounds = [bounds[0], bounds[-1]] if query.rollup else bounds
            if [utc(row["bucket_utc"].removesuffix("Z")) for row in mine] == bounds[:-1]:
                break
        else:
            raise AssertionError(f"{name}: not the buckets of the zone, nor those of UTC")
        second = Second.within(log, query.replace(domains=(name,)), bounds)
        assert [int(row["clicks"]) if row["clicks"] else None for row in mine] == second.numbers
        counted = counted or bool(second.total)
    return counted


def check_change(log: Log, client: Client, series: ClickSeries) -> set[str]:
    """A change is of clicks that both periods have, bucket by bucket; how they were compared."""
    answers: dict[ClickQuery, ClickSeries] = {}
    while wanted := [
        query for query in change.questions(series, Against(), answers) if query not in answers
    ]:
        answers |= {query: client.load(query) for query in wanted}
    found = change.compare(series, Against(), answers)
    compared = found.change
    if compared.verdict is None:
        return set()
    # A total is compared by its buckets.
    in_buckets = answers.get(series.query.replace(rollup=False, limit=None), series)
    assert found.other is not None
    ours, theirs = Second.of(log, in_buckets), Second.of(log, found.other)
    if any("in both periods" in note for note in compared.notes):
        both = [
            (now, before)
            for now, before, full, other_full in zip(
                ours.clicks, theirs.clicks, ours.full, theirs.full, strict=True
            )
            if full and other_full
        ]
        assert (compared.now, compared.before) == tuple(map(sum, zip(*both, strict=True)))
        return {BUCKET_BY_BUCKET}
    assert ours.covered[:-1] == ours.there[:-1]
    if ours.edges[-1] <= log.now:
        assert compared.now == sum(ours.clicks)
        assert compared.before == sum(theirs.clicks)
        return {IN_FULL}
    assert sum(ours.clicks[:-1]) <= (compared.now or 0) <= sum(ours.clicks)
    assert 0 <= (compared.before or 0) <= sum(theirs.clicks)
    return {RUNNING}


def check_domains(log: Log, client: Client, query: ClickQuery) -> set[str]:
    """Shares and totals of domains are of what the log knows, and add up to all of it; which of
    them there were.
    """
    page_query = PageQuery(query, client.capabilities, account=client.account())
    answers: dict[ClickQuery, ClickSeries] = {}
    while wanted := [one for one in domains.questions(page_query, answers) if one not in answers]:
        answers |= {one: client.load(one) for one in wanted}
    found = domains.load(page_query, answers)
    shown: Answers = answers
    totals = domains.present_totals(page_query, found, shown).section.table
    assert totals is not None
    columns = {column.name: list(column.values) for column in totals.columns}
    names = columns["Domain"]
    clicks = dict(zip(names, columns.get("Clicks", [None] * len(names)), strict=True))
    for one in (*found.each, found.whole):
        if one.name == NO_OWN_DOMAIN:
            whole, named = (
                Second.of(log, found.whole),
                Second.of(log, found.together),
            )
            assert clicks[one.name] == (whole.total or 0) - (named.total or 0)
        else:
            assert clicks[one.name] == Second.of(log, one).total, one.name
    *parts, whole_name = names
    assert whole_name == found.whole.name
    assert sum(clicks[name] or 0 for name in parts) == (clicks[whole_name] or 0)
    if clicks[whole_name] and found.whole.is_whole:
        shares = columns["Share"]
        assert sum(shares[:-1]) == pytest.approx(100)
        assert shares[-1] == 100
    check_compared(log, client, page_query)
    return {f"a row “{name}”" for name in (NO_OWN_DOMAIN, IN_SEVERAL) if clicks.get(name)}


def check_compared(log: Log, client: Client, page_query: PageQuery) -> None:
    """No line of a comparison of domains has a number where the log knows none."""
    answers: dict[ClickQuery, ClickSeries] = {}
    page_query = replace(page_query, lineup=Lineup(by=DOMAIN))
    while wanted := [one for one in compare.questions(page_query, answers) if one not in answers]:
        answers |= {one: client.load(one) for one in wanted}
    lines = compare.load(page_query, answers)
    for form in (LINES, SHARE):
        shown = replace(page_query, lineup=Lineup(by=DOMAIN, form=form))
        chart = compare_chart.chart_of(shown, lines)
        for line, one in zip(chart.lines, compare_chart.shown_series(shown, lines), strict=True):
            unknown = [count is None for count in Second.of(log, one).numbers]
            if len(unknown) == len(line.values):  # else it is drawn by larger buckets
                assert np.isnan(line.values[unknown]).all()


def check_all_time(log: Log, client: Client, query: ClickQuery) -> None:
    """All time begins with the first click, and has gaps as any other range."""
    end = min(query.until or log.now, log.now + 40 * DAY)
    series = client.load(query.replace(units=ALL_TIME, until=end, rollup=False, limit=None))
    second = Second.of(log, series)
    known = [count for count in series.to_frame()["clicks"] if not pd.isna(count)]
    if "outside_window" not in {STATES[state] for state in series.states}:
        check_numbers(log, series, second)
        times = log.counter.t[rows_of(log, series.query)]
        assert sum(known) == int((times < second.edges[-1]).sum())


# Of so many logs each API gets every kind; a rare one comes in one log of twenty.
ENOUGH = 200
# Kinds of questions that the tally counts: each has something in it that can be counted wrong.
BUCKET_BY_BUCKET, IN_FULL, RUNNING = (
    "a change of the buckets in both periods",
    "a change of two whole periods",
    "a change of a period that runs",
)
NOT_NAMED = "other people's links, of whom nobody knows"
EACH, MINUTES, LIMIT = "--each", "minutes", "a limit that cuts off clicks"
KINDS = {
    f"{word}, {api}"
    for api in (V3, V4)
    for word in (
        "a link",
        "a domain",
        "a tracking domain",
        "a login",
        "own accounts",
        "a refusal",
        "all addresses",
        "all is covered",
        "part is covered",
        "nothing is covered",
        "not begun",
        f"a row “{NO_OWN_DOMAIN}”",
        f"a row “{IN_SEVERAL}”",
        BUCKET_BY_BUCKET,
        IN_FULL,
        RUNNING,
        EACH,
        MINUTES,
        LIMIT,
    )
} | {f"other people's links, {V3}", f"{NOT_NAMED}, {V3}", f"{NOT_NAMED}, {V4}"}


def kinds_of(log: Log, query: ClickQuery, second: Second) -> set[str]:
    """What kinds of questions this is one of; those about clicks only where there are some."""
    limited = query.replace(limit=None)
    there = {
        "part is covered": 0 < sum(second.covered) < sum(second.there),
        "all is covered": 0 < sum(second.covered) == sum(second.there),
        "nothing is covered": not any(second.covered),
        "not begun": second.edges[-2] > log.now,
    }
    if second.total:
        everything = Second.within(log, ClickQuery(unit="hour"), second.edges).total
        there |= {
            "a link": bool(query.link),
            "all addresses": query.all_addresses
            and second.clicks
            != Second.within(log, query.replace(all_addresses=False), second.edges).clicks,
            "a domain": bool({*query.domains} - {TRACKING}),
            "a tracking domain": query.domains == (TRACKING,),
            "a login": query.login in log.own_logins and second.total != everything,
            "other people's links": query.login == ONLY_OTHERS,
            "own accounts": bool(log.accounts) and not query.link and not query.login,
            MINUTES: query.unit == "minute" and len(set(second.clicks)) > 1,
            LIMIT: sum(Second.within(log, limited, second.edges).clicks[: second.cut]) > 0,
        }
    return {kind for kind, is_there in there.items() if is_there}


asked: dict[int, frozenset[str]] = {}  # the kinds of a seed; nothing is asked twice


def ask(seed: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> frozenset[str]:
    """Ask the questions of a seed, once; which kinds there were."""
    if seed in asked:
        return asked[seed]
    chance = random.Random(seed)
    log = random_log(folder, chance)
    kinds: set[str] = set()
    beside = False  # what is asked once of each log
    with closing(opened(log)) as client:
        for query in questions(log, chance):
            try:
                if is_refused(log, query):
                    if begins_after(log, query):
                        continue  # nobody is asked about what has not begun
                    check_refusal(log, client, query, capsys)
                    kinds.add(NOT_NAMED if query.login == ONLY_OTHERS else "a refusal")
                    continue
                kinds |= check_question(log, client, query)
                if not beside and query.unit != "minute":
                    shared = (TRACKING, hosts(log)[-1])
                    domains = chance.choice([(), query.domains, shared, shared])
                    kinds |= check_beside(log, client, query, domains, capsys)
                    beside = True
            except AssertionError as problem:
                raise AssertionError(f"seed {seed}: {log}: {query}") from problem
    asked[seed] = frozenset(f"{kind}, {log.api}" for kind in kinds)
    return asked[seed]


def check_question(log: Log, client: Client, query: ClickQuery) -> set[str]:
    series = client.load(query)
    second = Second.of(log, series)
    if series.provenance.offset is None and not query.rollup:
        end = log.now if query.until is None else query.until
        bounds = edges(query.unit, query.units, query.timezone, end, query.week_start)
        assert second.edges == bounds
    check_numbers(log, series, second)
    check_sums(log, series, second)
    check_page(log, series, second)
    if series.query != query:
        # Of somebody else's link v3 does not know the other addresses, and says so.
        assert series.query == query.replace(all_addresses=False)
        assert not log.counter.own[log.counter.of_link(str(query.link))].all()
        assert "which other addresses" in series.provenance.note
    return kinds_of(log, series.query, second) | check_change(log, client, series)


def check_beside(
    log: Log,
    client: Client,
    query: ClickQuery,
    domains: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> set[str]:
    """The same question on the command line, of each of some domains, and of all time."""
    series = client.load(query)
    assert run(log, query, capsys) == to_csv([series])
    check_all_time(log, client, query)
    organization = at_the_moment_of(series, query).replace(
        link=None, target=ORGANIZATION, all_addresses=False, domains=domains
    )
    counted = check_each(log, organization, capsys)
    found = check_domains(log, client, organization.replace(rollup=False))
    return found | ({EACH} if counted else set())


@pytest.mark.sampled("logs", "seed")
def test_what_a_log_does_not_know_is_no_number(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(seed, tmp_path, capsys)


@pytest.mark.slow
def test_each_kind_of_question_was_met(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seeds = tiers.seeds(request.config, "logs")
    tally = Tally(
        kind for seed in seeds for kind in ask(seed, tmp_path_factory.mktemp("log"), capsys)
    )
    print(f"of {len(seeds)} logs: {dict(sorted(tally.items()))}")
    assert not tally.keys() - KINDS
    words = {kind.rpartition(", ")[0] for kind in tally}
    assert not {kind.rpartition(", ")[0] for kind in KINDS} - words
    if len(seeds) >= ENOUGH:
        assert not KINDS - tally.keys()
