"""Sampled views of the pages on a click log, each with the numbers that a second count gives."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from counter import BITLY, DAY, HOUR, Counter, edges, tz, utc
from tiers import SHARED
from zone_changes import ACCOUNTS, CASES, LINKS, TRACKING, Case, other_season, write_log

from bitly_data.demo import LOGINS, TRACKING_DOMAINS
from bitly_data.demo import write_log as write_demo

USAGOV = SHARED / "data/usagov"
USAGOV_TRACKING = ("nasa.gov", "whitehouse.gov", "noaa.gov")
# Some of the busiest logins, as if they were the organization's own.
USAGOV_ACCOUNTS = (
    "nasatwitter",
    "o_d63rn9enb",
    "tweetdeckapi",
    "kollock",
    "fhah03269",
    "droos",
    "twitterfeed",
    "o_4us71ccioa",
    "501stlegion",
    "hilobrz",
    "anildash",
)
NEWEST = utc("2013-05-17T23:10:03")
ENVIRONMENT = {
    "BITLY_CLICK_LOG": str(USAGOV),
    "BITLY_NOW": "latest",
    "BITLY_TRACKING_DOMAINS": ",".join(USAGOV_TRACKING),
    "BITLY_ACCOUNTS": ",".join(USAGOV_ACCOUNTS),
}
ZONES = (
    "UTC",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/Tallinn",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "-5",
    "10",
)
# In the log, some moments after changes of clocks.
ENDS = (
    utc("2013-03-11T17:20:00"),
    utc("2013-04-01T16:00:00"),
    utc("2013-03-31T01:30:00"),
    utc("2012-11-04T06:30:00"),
    utc("2013-01-01T00:00:00"),
)
ZONE_UNITS = {"minute": 60, "hour": 250, "day": 12, "week": 4, "month": 3}
# The demo's log ends at this moment; ends of ranges after changes of its years.
DEMO_NOW = utc("2026-11-24T00:00:00")
DEMO_ENDS = (
    utc("2026-11-02T12:00:00"),
    utc("2026-03-30T06:00:00"),
    utc("2025-11-03T01:30:00"),
    utc("2025-12-31T23:59:59"),
)
UNITS = {"hour": 400, "day": 120, "week": 30, "month": 14}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PAGES = {
    "overview": "app.py",
    "link": "pages/link.py",
    "compare": "pages/compare.py",
}
LABELS = {
    "minute": "%a {d} %b %Y %H:%M {z}",
    "hour": "%a {d} %b %Y %H:%M {z}",
    "day": "%a {d} %b %Y",
    "week": "week of {d} %b %Y",
    "month": "%b %Y",
}
# (start, clicks) of a bucket; no number where a limit cut it off, or the log has none of it.
Pairs = list[tuple[int, int | None]]


@dataclass(frozen=True)
class View:
    """A page and its address, and what it must show."""

    page: str
    unit: str
    zone: str
    params: dict[str, list[str]]
    expected: dict[str, Pairs]  # by series, oldest first
    total: int | None  # none where no bucket is known
    domains: tuple[str, ...] = field(default=())
    lacks: bool = False  # whether the log lacks an hour of it, or it is not all over

    def labels(self) -> list[str]:
        first = next(iter(self.expected.values()))
        return [label(start, self.unit, self.zone) for start, _ in first]


def written(moment: int) -> str:
    """A moment as an address or a setting has it."""
    return datetime.fromtimestamp(moment, tz("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def label(start: int, unit: str, zone: str) -> str:
    """A bucket as the table writes it."""
    moment = datetime.fromtimestamp(start, tz(zone))
    text = moment.strftime(LABELS[unit].replace("{z}", moment.isoformat()[-6:]))
    return text.replace("{d}", str(moment.day))


def shown(counter: Counter, rows: np.ndarray, bounds: list[int], now: int) -> Pairs:
    """The buckets with these bounds, oldest first."""
    return counter.seen(counter.within(rows, bounds), bounds[-1], now)


def known_sum(pairs: Pairs) -> int | None:
    """The clicks of the known ones; none where none is known."""
    known = [clicks for _, clicks in pairs if clicks is not None]
    return sum(known) if known else None


def lacks(counter: Counter, bounds: list[int], now: int) -> bool:
    """Whether the log lacks an hour of what lies within the bounds, or a bucket has not begun."""
    found, there = counter.covered(bounds[0], bounds[-1], now)
    return found < there or bounds[-2] > now


def usagov_counter() -> Counter:
    return Counter(sorted(USAGOV.glob("*.gz")), USAGOV_TRACKING, NEWEST, USAGOV_ACCOUNTS)


def demo_environment(folder: Path) -> tuple[dict[str, str], Counter]:
    """The demo's own log as a click log, and the second count of it."""
    path = folder / "demo.log"
    write_demo(str(path), DEMO_NOW)
    return (
        {
            "BITLY_CLICK_LOG": str(path),
            "BITLY_NOW": written(DEMO_NOW),
            "BITLY_TRACKING_DOMAINS": ",".join(TRACKING_DOMAINS),
            "BITLY_ACCOUNTS": ",".join(LOGINS),
        },
        Counter([path], TRACKING_DOMAINS, DEMO_NOW, LOGINS),
    )


def drawn(chance: random.Random) -> tuple[str, str, str]:
    """The page, unit and zone of a view: what can be said of it before a log is read."""
    page = chance.choice(["link", "link", "overview", "overview", "overview", "compare"])
    unit = chance.choice([*UNITS, "minute"] if page == "link" else list(UNITS))
    return page, unit, chance.choice(ZONES)


def view_words(seed: int) -> str:
    """A view's name in a report."""
    return "-".join([*drawn(random.Random(seed)), str(seed)])


class Sampler:
    """Views drawn from a seed."""

    def __init__(self, counter: Counter, ends: Sequence[int] = ENDS) -> None:
        self.counter, self.ends = counter, ends
        self.links = [name for name, _ in Tally(counter.link.tolist()).most_common()]
        self.hosts = [
            name for name, _ in Tally(counter.host.tolist()).most_common() if name not in BITLY
        ][:12]
        self.logins = [
            name for name, _ in Tally(counter.login[counter.own].tolist()).most_common(12)
        ]

    def view(self, seed: int) -> View:
        chance = random.Random(seed)
        page, unit, zone = drawn(chance)
        params, targets = self._target(chance, page)
        units = chance.randint(1, 60 if unit == "minute" else UNITS[unit])
        params |= {"unit": [unit], "units": [str(units)], "tz": [zone]}
        end, week = self.counter.now if unit == "minute" else int(self.counter.t[-1]), 0
        if unit != "minute" and chance.random() < 0.5:
            end = chance.choice(self.ends)
            params["until"] = [written(end)]
        if chance.random() < 0.4:
            week = chance.randrange(7)
            params["week"] = [WEEKDAYS[week]]
        bounds = edges(unit, units, zone, end, week)
        counted = {
            name: shown(self.counter, rows, bounds, self.counter.now)
            for name, rows in targets.items()
        }
        everything = np.unique(np.concatenate(list(targets.values())))
        total = known_sum(shown(self.counter, everything, bounds, self.counter.now))
        expected, total = self._shape(chance, page, params, counted, total)
        return View(
            page,
            unit,
            zone,
            params,
            expected,
            total,
            tuple(targets) if page == "compare" else (),
            lacks(self.counter, bounds, self.counter.now),
        )

    def _target(
        self, chance: random.Random, page: str
    ) -> tuple[dict[str, list[str]], dict[str, np.ndarray]]:
        if page == "link":
            pool = self.links[:40] if chance.random() < 0.7 else self.links
            link = chance.choice(pool)
            return {"link": [link]}, {link: self.counter.of_link(link)}
        login = chance.choice([None, None, "!", *self.logins[:4]])
        domains = chance.sample(
            [*self.hosts, *self.counter.tracking],
            chance.randint(2, 4) if page == "compare" else chance.choice([0, 0, 1, 1, 2]),
        )
        params = ({"domain": domains} if domains else {}) | ({"login": [login]} if login else {})
        shown = {"!": "other people's links"}.get(login or "", login)
        if page == "compare":
            return params, {name: self.counter.of_organization([name], login) for name in domains}
        name = ", ".join(filter(None, [" + ".join(domains), shown])) or "organization"
        return params, {name: self.counter.of_organization(domains, login)}

    def _shape(
        self,
        chance: random.Random,
        page: str,
        params: dict[str, list[str]],
        counted: dict[str, Pairs],
        total: int | None,
    ) -> tuple[dict[str, Pairs], int | None]:
        """A total only, or a limit, for some."""
        draw = chance.random()
        units = int(params["units"][0])
        if page != "compare" and draw < 0.15:
            params["rollup"] = ["1"]
            return {name: [(pairs[0][0], total)] for name, pairs in counted.items()}, total
        if page != "compare" and draw < 0.3 and units > 1:
            limit = chance.randint(1, units - 1)
            params["limit"] = [str(limit)]
            counted = {
                name: [(start, None) for start, _ in pairs[:-limit]] + pairs[-limit:]
                for name, pairs in counted.items()
            }
            (pairs,) = counted.values()
            total = known_sum(pairs)
        return counted, total


@dataclass(frozen=True)
class ZoneView:
    """A view on a generated click log, and the settings that it needs."""

    view: View
    environment: dict[str, str]


def case_of(number: int) -> tuple[Case, random.Random]:
    """The zone of a view by its number, and what the view is drawn by."""
    turn, place = divmod(number, len(CASES))
    return CASES[place], random.Random(f"{CASES[place].name} {turn}")


def drawn_around(case: Case, chance: random.Random) -> tuple[str, str, int]:
    """The page, the unit and the change of clocks [epoch s] of a view."""
    page = chance.choice(sorted(PAGES))
    unit = chance.choice(["minute", *UNITS] if page == "link" else list(UNITS))
    return page, unit, chance.choice(case.instants)


def zone_view_words(number: int) -> str:
    """A view's name in a report."""
    case, chance = case_of(number)
    page, unit, _ = drawn_around(case, chance)
    return f"{case.name}-{page}-{unit}-{number}"


class ZoneSampler:
    """Views around the changes of a zone's clocks, on generated click logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counters: dict[str, Counter] = {}

    def view(self, number: int) -> ZoneView:
        """One zone after the other, and again from the first."""
        case, chance = case_of(number)
        path = self.folder / f"{case.name}.log"
        if case.name not in self.counters:
            write_log(path, case)
            never = utc("2100-01-01T00:00:00")
            self.counters[case.name] = Counter([path], [TRACKING], never, ACCOUNTS)
        counter = self.counters[case.name]
        page, unit, change = drawn_around(case, chance)
        now = chance.choice(
            [
                change + chance.randint(0, 5 * HOUR),
                int(counter.t[-1]),
                other_season(case.zone, int(counter.t[-1])),
            ]
        )
        params, targets = self._target(chance, page, counter)
        units = chance.randint(2, ZONE_UNITS[unit])
        week = chance.randrange(7)
        params |= {
            "unit": [unit],
            "units": [str(units)],
            "tz": [case.zone],
            "week": [WEEKDAYS[week]],
        }
        end = now
        if unit != "minute":
            end = chance.choice([change - 1, change, change + chance.randint(0, 3 * DAY)])
            params["until"] = [written(end)]
        known = {name: rows[counter.t[rows] <= now] for name, rows in targets.items()}
        bounds = edges(unit, units, case.zone, end, week)
        expected = {name: shown(counter, rows, bounds, now) for name, rows in known.items()}
        everything = np.unique(np.concatenate(list(known.values())))
        total = known_sum(shown(counter, everything, bounds, now))
        return ZoneView(
            View(
                page,
                unit,
                case.zone,
                params,
                expected,
                total,
                tuple(targets) if page == "compare" else (),
                lacks(counter, bounds, now),
            ),
            {
                "BITLY_CLICK_LOG": str(path),
                "BITLY_TRACKING_DOMAINS": TRACKING,
                "BITLY_ACCOUNTS": ",".join(ACCOUNTS),
                "BITLY_NOW": written(now),
            },
        )

    def _target(
        self, chance: random.Random, page: str, counter: Counter
    ) -> tuple[dict[str, list[str]], dict[str, np.ndarray]]:
        if page == "link":
            host, back_half, _, _ = chance.choice(LINKS)
            name = f"{'bit.ly' if host in BITLY else host}/{back_half}"
            return {"link": [name]}, {name: counter.of_link(name)}
        domains = [host for host, *_ in LINKS[:2]] + [TRACKING]
        if page == "compare":
            chosen = chance.sample(domains, chance.randint(2, 3))
            return {"domain": chosen}, {
                name: counter.of_organization([name], None) for name in chosen
            }
        chosen = chance.sample(domains, chance.randint(0, 2))
        name = " + ".join(chosen) or "organization"
        return {"domain": chosen} if chosen else {}, {name: counter.of_organization(chosen, None)}
