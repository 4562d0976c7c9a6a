"""The pages on v4 show the numbers that v3 has, on every plan, wherever v4 can give them.

Views are drawn for each click log, plan and moment. Which buckets v4 can give, and why not the
others, is settled by `v4_count`; their numbers are v3's, asked over the same clicks.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import tiers
from apptest import again, metrics, opened, rows_add_up, said, table, tables, totals
from counter import DAY, HOUR, Counter, utc
from streamlit.testing.v1 import AppTest
from test_sources_v4 import UNITS, ZONES, Log, v3_of, without_others
from tiers import WITHOUT_SHARED
from v4_count import KNOWN, PLANS, Expected, V4Count, own_domains, rolled_up
from views import ENVIRONMENT, USAGOV, WEEKDAYS, label, usagov_counter, written

from bitly_data import cache, server
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source

KINDS = ("organization", "domain", "login", "link", "compare")
NARROWED = ("domain", "login", "compare")
# The newest click is the first moment.
EARLIER = {
    "demo": ("2026-04-02T23:30:00", "2025-11-02T05:59:59"),
    "usagov": ("2013-03-15T00:12:00", "2013-01-13T12:00:00"),
}
# A free account has a thousand calls a month, which more views than these would use up.
VIEWS_A_MONTH = 60
# As many views as one log got on one plan at one moment when they were first drawn.
ZONES_APART = 5
ALL_OF_THEM, NOT_LISTED = "All of them", "not listed"


@dataclass
class Opened:
    """A click log, the settings that name it, its domains, the busiest first, and its views."""

    name: str
    log: Log
    settings: dict[str, str]
    domains: list[str]
    tallies: dict[tuple[str, int, int], Tally[str]] = field(default_factory=dict)
    account: tuple[str, int] | None = None  # the plan and moment that the app knows
    left: int = 0  # views until the account's month is used up

    def newest(self, now: int) -> int:
        """The newest click by then, where a range ends by itself [epoch s]."""
        times = self.log.counter.t
        return int(times[np.searchsorted(times, now, side="right") - 1])

    def see(self, plan: str, moment: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> Tally[str]:
        """Open the view of a seed, once: it shows what v3 has, or says that it cannot."""
        if (plan, moment, seed) in self.tallies:
            return self.tallies[plan, moment, seed]
        log, now = self.log, self.log.moments[moment]
        settings = {
            **self.settings,
            "BITLY_API": "v4",
            "BITLY_PLAN": plan,
            "BITLY_NOW": "latest" if moment == 0 else written(now),
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        # The log is read once for all of them; whatever else opens a server is as it is.
        monkeypatch.setattr(
            server.local, "open_store", lambda *_: (log.local.store, log.local.report)
        )
        if self.account != (plan, moment) or not self.left:
            st.cache_resource.clear()
            self.account, self.left = (plan, moment), VIEWS_A_MONTH
        self.left -= 1
        can, v3 = V4Count(log.counter, plan, now), v3_of(log.at(now, plan))
        at = list(PLANS).index(plan) * len(log.moments) + moment
        chance = random.Random(f"{self.name} {plan} {moment} {seed}")
        # Each zone comes round in each log, and meets another kind of view when it does.
        kind = KINDS[(seed + 2 * at + list(EARLIER).index(self.name)) % len(KINDS)]
        seen = view(chance, self, can, kind, ZONES[(seed + at * ZONES_APART) % len(ZONES)])
        app, tally = opened(seen.page, **seen.params), Tally[str]()
        tally["paid first"] += bool(start_keys(app))
        check(paid(app), seen, can, v3, tally)
        self.tallies[plan, moment, seed] = tally
        return tally


def open_log(name: str, settings: dict[str, str], counter: Counter) -> Opened:
    local = LocalBitly.open(
        ServerOptions(
            clicks=(settings["BITLY_CLICK_LOG"],),
            now="latest",
            tracking_domains=counter.tracking,
            accounts=counter.accounts,
        )
    )
    moments = (int(counter.t[-1]), *map(utc, EARLIER[name]))
    domains = [*own_domains(counter, 6), *counter.tracking]
    return Opened(name, Log(local, counter, moments, foreign=""), settings, domains)


@pytest.fixture(scope="module")
def demo(demo_clicks: tuple[dict[str, str], Counter]) -> Iterator[Opened]:
    clicks = open_log("demo", *demo_clicks)
    yield clicks
    clicks.log.local.close()


@pytest.fixture(scope="module")
def usagov() -> Iterator[Opened]:
    if not USAGOV.is_dir():
        pytest.skip(WITHOUT_SHARED)
    clicks = open_log("usagov", ENVIRONMENT, usagov_counter())
    yield clicks
    clicks.log.local.close()


# -- views ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """A page, its address, and the question of each series in its table."""

    now: str
    page: str
    params: dict[str, str | list[str]]
    questions: dict[str, ClickQuery]
    whole: ClickQuery  # what the page speaks about as one


def view(chance: random.Random, clicks: Opened, can: V4Count, kind: str, zone: str) -> View:
    """Any view of a kind, with few that take hundreds of calls."""
    narrowed, (days, hours, _) = kind in NARROWED, PLANS[can.plan]
    unit = chance.choice(["hour", "day", "day", "week", "month"])
    clicked = a_click(chance, can, unit)
    parts = target(chance, clicks, kind, clicked)
    most = UNITS[unit] * (1 if narrowed else chance.choice([1, 1, 8]))
    if unit == "hour" and hours is not None:
        most = 2 * hours
    if narrowed and unit in ("hour", "day") and chance.random() < 0.4:
        parts["zone_days"] = True
        # A core account asks first whether so much of its month shall be spent.
        most = {"day": 25 if can.plan == "core" else 3, "hour": 24}[unit]
    units = chance.randint(1 + most // 4, most)
    # All of a history is made from lists of up to two years: of their days, and seldom.
    dear = narrowed and (unit == "hour" or "zone_days" in parts)
    if not dear and chance.random() < (0.06 if narrowed and days > 200 else 0.2):
        units = ALL_TIME
    if kind == "link" and chance.random() < 0.1:
        unit, units = "minute", chance.randint(1, 60)
    until, end = "", None
    if unit != "minute":
        until, end = ends(chance, clicks, can, int(clicks.log.counter.t[clicked]))
    query = ClickQuery(
        unit=unit,
        units=units,
        timezone=zone,
        until=end,
        rollup=chance.random() < 0.15,
        week_start=chance.choice([0, 0, 6, 3]),
        **parts,
    )
    if units == ALL_TIME and query.all_addresses:  # each address has a beginning of its own
        query = query.replace(all_addresses=False)
    page = kind if kind in ("link", "compare") else "overview"
    questions = {query.series_name: query}
    if query.all_addresses and len(names := clicks.log.counter.addresses(str(query.link))) > 1:
        questions |= {name: query.replace(link=name, all_addresses=False) for name in names}
    if kind == "compare":
        questions = {name: query.replace(domains=(name,)) for name in query.domains}
        questions[NOT_LISTED] = query.replace(domains=(), login=None, unlisted=True)
    return View(written(can.now), page, address(query, until), questions, query)


def a_click(chance: random.Random, can: V4Count, unit: str) -> int:
    """The index of a click in the plan's history; there are long times without any in the real
    ones, also all of the hours of a plan.
    """
    times = can.counter.t[can.mine]
    histories = (can.mine[times >= can.history(of)] for of in (unit, "day"))
    return int(chance.choice(next(rows for rows in histories if len(rows))))


def target(chance: random.Random, clicks: Opened, kind: str, clicked: int) -> dict[str, Any]:
    """What a view of a kind is about; in many of them a click is counted, by its index."""
    counter = clicks.log.counter
    login = str(counter.login[clicked])
    if kind == "link":
        name = chance.choice([counter.link, counter.address])[clicked]
        return {"target": LINK, "link": str(name), "all_addresses": chance.random() < 0.6}
    if kind == "login":
        return {"login": login} | (
            {"domains": (chance.choice(clicks.domains),)} if chance.random() < 0.2 else {}
        )
    if kind == "domain":
        return {"domains": tuple(chance.sample(clicks.domains, chance.choice([1, 1, 2])))}
    if kind == "compare":
        return {"domains": tuple(chance.sample(clicks.domains, chance.choice([2, 3])))} | (
            {"login": login} if chance.random() < 0.2 else {}
        )
    return {}


def ends(
    chance: random.Random, clicks: Opened, can: V4Count, clicked: int
) -> tuple[str, int | None]:
    """The end of a range as the address has it, and the same for the question; many of them soon
    after a click.
    """
    draw, days = chance.random(), PLANS[can.plan][0]
    if draw < 0.2:
        return "", clicks.newest(can.now)
    if draw < 0.3:
        return "now", None
    if draw < 0.8:
        end = clicked + chance.randrange(12 * HOUR)
    else:
        end = can.now + DAY // 2 - chance.randrange(chance.choice([20 * DAY, (days + 20) * DAY]))
    return written(end), end


def address(query: ClickQuery, until: str) -> dict[str, str | list[str]]:
    params: dict[str, str | list[str]] = {
        "unit": query.unit,
        "units": "all" if query.units == ALL_TIME else str(query.units),
        "tz": query.timezone,
        "week": WEEKDAYS[query.week_start],
        "domain": list(query.domains),
        "until": until,
        "login": query.login or "",
        "link": query.link or "",
        "rollup": "1" if query.rollup else "",
        "exact": "1" if query.zone_days else "",
        "together": "1" if query.all_addresses else "",
    }
    return {name: value for name, value in params.items() if value}


def start_keys(app: AppTest) -> list[str]:
    """The buttons that begin what a page has said the price of. What the overview shows by domain
    stands below its series, with a price of its own.
    """
    aside = {"domains_start"} if app.title[0].value == "Overview" else set()
    keys = {str(button.key) for button in app.button if str(button.key).endswith("_start")}
    return sorted(keys - aside)


def paid(app: AppTest) -> AppTest:
    """The page; where it says its price first, that is paid and all of it has come."""
    for _ in range(2):  # the lists of days, and those of the hours of days with too many links
        if not (keys := start_keys(app)):
            break
        assert not tables(app, "State")
        for box in app.checkbox:
            if str(box.key).endswith("_agreed"):
                box.check()
                again(app)
        app.button(key=keys[0]).click()
        again(app)
        filling = cache.client(cache.settings()).background
        assert filling is not None
        assert filling.wait(60)
        assert filling.problem is None
        again(app)
    return app


# -- comparisons ----------------------------------------------------------------------------------


def right(source: V3Source, query: ClickQuery, counter: Counter) -> dict[int, int]:
    """v3's clicks by start; those on other people's links, which v4 does not have, taken away."""
    series = source.fetch(query)
    if query.target == LINK or query.login:
        return dict(zip(series.edges.tolist(), series.clicks.tolist(), strict=False))
    return without_others(series, counter, int(source.clock()))


def numbers(source: V3Source, query: ClickQuery, shown: Expected, counter: Counter) -> list[int]:
    """What the buckets show if they are known: v3's numbers, for what v3 has.

    It counts a link by all its addresses on a host.
    """
    if query.unlisted or (
        query.target == LINK
        and not query.all_addresses
        and len(counter.addresses(str(query.link))) > 1
    ):
        return shown.clicks
    there = right(
        source,
        query.replace(
            zone_days=False,
            rollup=False,
            timezone=query.timezone if shown.own else "UTC",
        ),
        counter,
    )
    if query.rollup:
        return [sum(there.values())]
    if query.units == ALL_TIME:  # v3's begins elsewhere, where there are no clicks
        return [there.get(start, 0) for start in shown.edges[:-1]]
    return [there[start] for start in shown.edges[:-1]]


def expected(can: V4Count, questions: dict[str, ClickQuery]) -> dict[str, Expected]:
    """The buckets of each series as they stand side by side in the table."""
    found = {name: _one(can, query) for name, query in questions.items()}
    if (rest := found.get(NOT_LISTED)) and not any(known_of(rest.clicks, rest)):
        del found[NOT_LISTED]
    longest = max(found.values(), key=lambda one: len(one.states))
    return {name: can.as_logged(_beside(one, longest)) for name, one in found.items()}


def _one(can: V4Count, query: ClickQuery) -> Expected:
    shown = can.expected(query)
    if not query.rollup:
        return shown
    bounds, clicks, state = rolled_up(shown)
    return Expected(list(bounds), [clicks], [state], shown.own)


def known_of(clicks: Sequence[int], shown: Expected) -> list[int]:
    return [count for count, state in zip(clicks, shown.states, strict=True) if state in KNOWN]


def _beside(shown: Expected, longest: Expected) -> Expected:
    """All of a shorter history begins with what is not known, and so does what stands before it."""
    before = len(longest.states) - len(shown.states)
    if not before:
        return shown
    assert shown.states[0] not in KNOWN
    return replace(
        shown,
        edges=longest.edges,
        clicks=[0] * before + shown.clicks,
        states=[shown.states[0]] * before + shown.states,
    )


def check(app: AppTest, seen: View, can: V4Count, source: V3Source, tally: Tally[str]) -> None:
    """Every bucket shows v3's number, or is one that v4 cannot give and the page says why."""
    rows, sums = table(app), {}
    floors: dict[str, int] = {}
    bounded: dict[str, bool] = {}
    series = expected(can, seen.questions)
    # A comparison has them by their clicks.
    assert sorted(rows["Series"].unique()) == sorted(series), seen
    for name, shown in series.items():
        query, oldest_first = seen.questions[name], rows[rows["Series"] == name].iloc[::-1]
        there = known_of(numbers(source, query, shown, can.counter), shown)
        labels = [
            label(start, query.unit, query.timezone if shown.own else "UTC")
            for start in shown.edges[:-1]
        ]
        assert oldest_first[query.unit.capitalize()].tolist() == labels, (seen, name)
        assert oldest_first["State"].tolist() == shown.states, (seen, name)
        known = oldest_first["State"].isin(KNOWN)
        assert oldest_first["Clicks"][known].tolist() == there, (seen, name)
        assert oldest_first["Clicks"][~known].isna().all(), (seen, name)
        bounds = lower_bounds(oldest_first)
        true = can.true_clicks(query, shown.edges)
        assert all(bound <= clicks for bound, clicks in zip(bounds, true, strict=True)), (
            seen,
            name,
        )
        is_bound = [bound >= 0 for bound in bounds]
        if query.limit is None and not query.rollup and not query.zone_days:
            capped = [state == "capped" for state in shown.states]
            assert all(bound for bound, cut in zip(is_bound, capped, strict=True) if cut), seen
        sums[name] = sum(there) if there else None
        floors[name] = (sums[name] or 0) + sum(bound for bound in bounds if bound >= 0)
        bounded[name] = any(is_bound)
        tally.update(shown.states)
        tally.update(known=len(there), clicked=sum(map(bool, there)))
    whole = can.as_logged(_one(can, seen.whole))
    check_what_is_said(said(app), whole, seen)
    if seen.page != "compare":
        name, everything = next(iter(sums.items()))
        written_out = "–" if everything is None else f"{everything:,}"
        if bounded[name] and floors[name]:
            written_out = f"≥ {floors[name]:,}"
        assert metrics(app)["Total clicks"] == written_out, seen
        return
    there = known_of(numbers(source, seen.whole, whole, can.counter), whole)
    sums[ALL_OF_THEM] = sum(there) if there else None
    rows_add_up(app)
    domains = totals(app).set_index("Domain")
    assert set(domains.index) - set(sums) <= {"in more than one row", "difference"}, seen
    # A total of which a part is a lower bound is one itself. Where no number is known there is no
    # such column.
    exact = {name: None if bounded.get(name) else clicks for name, clicks in sums.items()}
    least = {name: floors[name] if bounded[name] else None for name in bounded}
    for column, numbers_of in (("Clicks", exact), ("At least", least)):
        found = domains.get(column, {})
        for name, clicks in numbers_of.items():
            if name != ALL_OF_THEM or not any(bounded.values()):
                count = found.get(name)
                assert (None if pd.isna(count) else count) == clicks, (seen, name)


def lower_bounds(rows: Any) -> list[int]:
    """What stands in the column of lower bounds, -1 where there is none."""
    if "At least" not in rows:
        return [-1] * len(rows)
    return rows["At least"].fillna(-1).astype(int).tolist()


def check_what_is_said(sentences: Sequence[str], whole: Expected, seen: View) -> None:
    """Each reason for which something is not the zone's own, or not known, and no other."""
    text, unknown = " ".join(sentences), sum(state not in KNOWN for state in whole.states)
    assert (f"These are {seen.whole.unit}s of UTC" in text) == (not whole.own), (seen, text)
    some_bounds = "At least " in text
    none_known = "None of the " in text or f"The {seen.whole.unit} is not known." in text
    some_unknown = f"; {unknown:,} not known." in text or some_bounds or none_known
    assert some_unknown == (unknown > 0), (seen, text)
    if none_known:
        assert unknown == len(whole.states), (seen, text)
    for state, words in (
        ("outside_window", "Older than what is kept: "),
        ("capped", "Cut off by the length of Bitly's lists: "),
    ):
        assert (words in text) == (state in whole.states), (seen, text)
    if "capped" in whole.states:
        assert "are the series “not listed”" in text, (seen, text)


MOMENTS = range(3)
# An account at a moment, of which each plan has one by turns; the deep tier has all of them.
ONE_MOMENT = [
    pytest.param(
        name,
        plan,
        moment,
        marks=[
            pytest.mark.xdist_group(f"v4-pages-{name}"),
            *tiers.in_turn(at, moment, len(MOMENTS)),
        ],
    )
    for name in EARLIER
    for at, plan in enumerate(PLANS)
    for moment in MOMENTS
]


@pytest.mark.sampled("v4-views", "seed")
@pytest.mark.parametrize(("log", "plan", "moment"), ONE_MOMENT)
def test_the_pages_show_what_v3_has_or_say_that_they_cannot(
    log: str,
    plan: str,
    moment: int,
    seed: int,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clicks: Opened = request.getfixturevalue(log)
    clicks.see(plan, moment, seed, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    "log",
    [pytest.param(one, marks=pytest.mark.xdist_group(f"v4-pages-{one}")) for one in EARLIER],
)
def test_the_views_of_a_log_show_numbers_and_prices(
    log: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks: Opened = request.getfixturevalue(log)
    seeds = tiers.seeds(request.config, "v4-views")
    is_deep = request.config.option.tier == tiers.DEEP
    tally: Tally[str] = Tally()
    views = 0
    for at, plan in enumerate(PLANS):
        of_plan: Tally[str] = Tally()
        for moment in MOMENTS if is_deep else [at % len(MOMENTS)]:
            for seed in seeds:
                of_plan += clicks.see(plan, moment, seed, monkeypatch)
                views += 1
        # There are clicks to list every day; of a month of enterprise that many calls are little.
        if is_deep and log == "demo" and PLANS[plan][0] > 30 and plan != "enterprise":
            assert of_plan["paid first"], plan
        tally += of_plan
    print(f"{views} views of {log}: {dict(tally)}")
    # Of most hours the real log has nothing.
    assert tally["known"] > (10 if log == "demo" else 2) * views / 3
    assert tally["clicked"] > views / 3
    assert tally["paid first"] or log != "demo"


# -- where no domain is chosen --------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/Tallinn", "Asia/Kathmandu", "UTC"])
def test_the_own_domains_are_compared_in_any_zone(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on none of them stands beside them, in their days of UTC."""
    st.cache_resource.clear()
    for name, value in (("API", "v4"), ("PLAN", "growth"), ("NOW", "2026-11-20T12:00:00Z")):
        monkeypatch.setenv(f"BITLY_{name}", value)
    app = opened("compare", tz=zone, units="5")
    rows_add_up(app)
    assert "links of no own domain" in set(table(app)["Series"])
    assert len(app.get("plotly_chart")) == 1
    st.cache_resource.clear()
