"""Zones whose clocks change, and generated click logs around those changes."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import dataclass
from pathlib import Path

from counter import DAY, HOUR, edges_since, offset_at, stretches, utc

AROUND = 5 * DAY  # a log begins so long before a change and ends so long after it
TRACKING = "shop.example"
ACCOUNTS = ("ann", "bob")
# (host, back-half, login, long URL): two short domains and two accounts of the organization, other
# people's link to its tracking domain, and one that is none of its business.
LINKS = (
    ("go.ex.com", "Ab", "ann", "http://ex.com/a"),
    ("x.ex.com", "Cd", "bob", "http://ex.com/c"),
    ("j.mp", "De", "eve", "http://www.shop.example/d"),
    ("bit.ly", "Ef", "eve", "http://nobody.example/e"),
)
WEIGHTS = (40, 30, 20, 10)


@dataclass(frozen=True)
class Case:
    """A zone and some changes of its clocks: (time in UTC, offsets before and after [h])."""

    name: str
    zone: str
    changes: tuple[tuple[str, float, float], ...]

    @property
    def instants(self) -> list[int]:
        return [utc(time) for time, _, _ in self.changes]


CASES = (
    Case(
        "new-york",
        "America/New_York",
        (("2013-03-10T07:00:00", -5, -4), ("2013-11-03T06:00:00", -4, -5)),
    ),
    Case(
        "tallinn", "Europe/Tallinn", (("2013-03-31T01:00:00", 2, 3), ("2013-10-27T01:00:00", 3, 2))
    ),
    # No change: two midnights between months.
    Case(
        "kathmandu",
        "Asia/Kathmandu",
        (("2013-02-28T18:15:00", 5.75, 5.75), ("2013-08-31T18:15:00", 5.75, 5.75)),
    ),
    Case(
        "chatham",
        "Pacific/Chatham",
        (("2013-04-06T14:00:00", 13.75, 12.75), ("2013-09-28T14:00:00", 12.75, 13.75)),
    ),
    # Half an hour, and so the hours begin elsewhere afterwards.
    Case(
        "lord-howe",
        "Australia/Lord_Howe",
        (("2013-04-06T15:00:00", 11, 10.5), ("2013-10-05T15:30:00", 10.5, 11)),
    ),
    # 30 December 2011 was skipped; summer time before and after it.
    Case(
        "apia",
        "Pacific/Apia",
        (
            ("2011-04-02T14:00:00", -10, -11),
            ("2011-09-24T14:00:00", -11, -10),
            ("2011-12-30T10:00:00", -10, 14),
            ("2012-03-31T14:00:00", 14, 13),
        ),
    ),
    # Summer time, but not in Ramadan; since 2018 the summer's offset is the standard.
    Case(
        "casablanca-2013",
        "Africa/Casablanca",
        (
            ("2013-04-28T02:00:00", 0, 1),
            ("2013-07-07T02:00:00", 1, 0),
            ("2013-08-10T02:00:00", 0, 1),
            ("2013-10-27T02:00:00", 1, 0),
        ),
    ),
    Case(
        "casablanca-2019",
        "Africa/Casablanca",
        (("2019-05-05T02:00:00", 1, 0), ("2019-06-09T02:00:00", 0, 1)),
    ),
    # At 00:01, so that 7 November 2010 had two midnights; since November 2011 at 02:00.
    Case(
        "st-johns",
        "America/St_Johns",
        (
            ("2010-11-07T02:31:00", -2.5, -3.5),
            ("2011-03-13T03:31:00", -3.5, -2.5),
            ("2011-11-06T04:30:00", -2.5, -3.5),
        ),
    ),
    Case(
        "troll", "Antarctica/Troll", (("2013-03-31T01:00:00", 0, 2), ("2013-10-27T01:00:00", 2, 0))
    ),
    # The last summer time: from midnight to one, and back from midnight to eleven.
    Case(
        "tehran",
        "Asia/Tehran",
        (("2022-03-21T20:30:00", 3.5, 4.5), ("2022-09-21T19:30:00", 4.5, 3.5)),
    ),
    # The end of a leap day and of a year.
    Case("utc", "UTC", (("2012-03-01T00:00:00", 0, 0), ("2013-01-01T00:00:00", 0, 0))),
    # Beyond what was asked for: a midnight that is skipped, one that comes twice, half an hour
    # from midnight to half past eleven and three hours.
    Case("sao-paulo", "America/Sao_Paulo", (("2013-10-20T03:00:00", -3, -2),)),
    Case("havana", "America/Havana", (("2013-11-03T05:00:00", -4, -5),)),
    Case("pyongyang", "Asia/Pyongyang", (("2015-08-14T15:00:00", 9, 8.5),)),
    Case("casey", "Antarctica/Casey", (("2010-03-04T15:00:00", 11, 8),)),
)
WHOLE_HOURS = tuple(str(hours) for hours in range(-14, 15))


def midnights(zone: str, low: int, high: int) -> list[int]:
    """Every instant at which a clock on the wall shows 00:00, be it twice a night."""
    return [
        at
        for start, end, offset in stretches(zone, low, high)
        for at in range(start + -(start + offset) % DAY, end, DAY)
    ]


def write_log(path: Path, case: Case) -> None:
    """A click every one to nine minutes for ten days around each change, and on every edge.

    An edge has a click in the second before it, in its own and in the one after.
    """
    chance = random.Random(zlib.crc32(case.name.encode()))
    times: list[int] = []
    for change in case.instants:
        low, high = change - AROUND, change + AROUND
        at = low
        while at < high:
            times.append(at)
            at += chance.randint(60, 540)
        near = edges_since(change - 3 * HOUR, "hour", case.zone, change + 3 * HOUR)
        sharp = {change, *midnights(case.zone, low, high), *near}
        times += [at + more for at in sharp for more in (-1, 0, 1)]
    with path.open("w") as file:
        for index, t in enumerate(sorted(times)):
            host, back_half, login, url = chance.choices(LINKS, WEIGHTS)[0]
            click = {
                "a": "Mozilla/5.0",
                "c": "US",
                "nk": index % 2,
                "tz": case.zone,
                "g": f"g{back_half}",
                "h": back_half,
                "l": login,
                "hh": host,
                "r": "direct",
                "u": url,
                "t": t,
                "hc": 1199145600,
            }
            file.write(json.dumps(click) + "\n")
            if index % 500 == 0:
                file.write(json.dumps({"_heartbeat_": t}) + "\n")


def other_season(zone: str, after: int) -> int:
    """Some months after an instant, where the zone has another offset if it ever has."""
    months = [after + months * 30 * DAY + 12_345 for months in range(2, 15)]
    return next((at for at in months if offset_at(at, zone) != offset_at(after, zone)), months[5])
