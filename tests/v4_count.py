"""What Bitly's v4 can tell of a click log, counted once more: which buckets, and their numbers.

The rules of the plans are written down here again, from docs/upstream/v4.md, sections 5 and 9, and
the clicks are those of `counter`: nothing comes from the package but the question and the names of
states.
"""

from __future__ import annotations

import zlib
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from counter import BITLY, DAY, HOUR, Counter, edges, edges_since

from bitly_data.query import ALL_TIME, LINK, ClickQuery

WIDTHS = {"minute": 60, "hour": HOUR, "day": DAY}
LISTED = 100  # links in a sorted list, at most
# Days of history, hours of it (as many as the days have, where there is none), groups.
PLANS: dict[str, tuple[int, int | None, int]] = {
    "free": (30, 24, 1),
    "core": (30, None, 1),
    "growth": (134, None, 1),
    "premium": (365, None, 1),
    "enterprise": (730, None, 2),
}


@dataclass(frozen=True)
class Expected:
    """The asked buckets, oldest first: edges [epoch s], clicks and states by name."""

    edges: list[int]
    clicks: list[int]
    states: list[str]
    own: bool  # whether they are the zone's own, not UTC's

    @property
    def pairs(self) -> dict[int, tuple[int, str]]:
        """Clicks and state by start."""
        return dict(zip(self.edges, zip(self.clicks, self.states, strict=True), strict=False))


class V4Count:
    """The clicks of an organization by its v4 on a plan, at `now` [epoch s]."""

    def __init__(self, counter: Counter, plan: str, now: int) -> None:
        self.counter, self.plan, self.now = counter, plan, now
        self.days, self.hours, self.groups = PLANS[plan]
        self.mine = np.flatnonzero(counter.own & (counter.t <= now))
        groups = {
            login: zlib.crc32(login.encode()) % self.groups for login in set(counter.login.tolist())
        }
        self.group = np.array([groups[login] for login in counter.login.tolist()])

    def history(self, unit: str) -> int:
        """From when on there are buckets of a UTC unit [epoch s]."""
        if unit == "minute":
            return self.now // 60 * 60 - HOUR + 60
        days = self.now // DAY * DAY - (self.days - 1) * DAY
        if unit == "hour" and self.hours is not None:
            return self.now // HOUR * HOUR - (self.hours - 1) * HOUR
        return days

    def rows(self, query: ClickQuery) -> np.ndarray:
        """The indexes of the clicks that a question is about."""
        counter = self.counter
        keep = counter.own & (counter.t <= self.now)
        if query.target == LINK:
            keep[
                np.setdiff1d(
                    np.arange(len(keep)),
                    counter.of_address(str(query.link), together=query.all_addresses),
                )
            ] = False
        if query.login:
            keep &= counter.login == query.login
        if query.domains:
            on = np.isin(counter.host, query.domains)
            for name in query.domains:
                on |= counter.on.get(name, False)
            keep &= on
        return np.flatnonzero(keep)

    # -- which of UTC's buckets ------------------------------------------------------------------

    def unit_of(self, query: ClickQuery, found: list[int]) -> tuple[str, bool]:
        """The UTC unit that a question is answered from, and whether that gives the zone's own
        buckets (`found`: their edges).
        """
        whole = "day" if query.unit in ("week", "month") else query.unit
        if query.upstream_buckets:
            return whole, False
        if query.unit == "minute":
            return "minute", True
        if query.unit != "hour" and not any(edge % DAY for edge in found):
            return "day", True
        if any(edge % HOUR for edge in found):
            return whole, False
        if query.unit == "hour":
            return "hour", True
        if (query.domains or query.login or query.unlisted) and not query.zone_days:
            return "day", False
        if not query.zone_days and (
            found[0] < self.history("hour") > self.history("day") < found[-1]
        ):
            return "day", False
        return "hour", True

    @cached_property
    def _full(self) -> dict[str, np.ndarray]:
        """By UTC unit: the starts of the buckets in which a group has more clicked links than a
        list holds.
        """
        return {
            unit: np.unique([start for (start, _), _ in self._clicked(unit)])
            for unit in ("hour", "day")
        }

    @cached_property
    def _unlisted(self) -> dict[str, Tally[tuple[int, int]]]:
        """By UTC unit: the clicks on links that are not listed, by bucket and group."""
        tallies: dict[str, Tally[tuple[int, int]]] = {"hour": Tally(), "day": Tally()}
        for unit, tally in tallies.items():
            for of, counts in self._clicked(unit):
                tally[of] += sum(sorted(counts, reverse=True)[LISTED:])
        return tallies

    def _clicked(self, unit: str) -> Iterator[tuple[tuple[int, int], list[int]]]:
        """((start, group), clicks by link) of the buckets in which a list is not enough."""
        numbers: dict[str, int] = {}
        links = [
            numbers.setdefault(link, len(numbers)) for link in self.counter.link[self.mine].tolist()
        ]
        buckets = self.counter.t[self.mine] // WIDTHS[unit] * self.groups + self.group[self.mine]
        found, clicks = np.unique(buckets * len(numbers) + np.array(links), return_counts=True)
        ofs, firsts, counts = np.unique(
            found // max(len(numbers), 1), return_index=True, return_counts=True
        )
        return (
            (
                (of // self.groups * WIDTHS[unit], of % self.groups),
                clicks[first : first + count].tolist(),
            )
            for of, first, count in zip(ofs.tolist(), firsts.tolist(), counts.tolist(), strict=True)
            if count > LISTED
        )

    # -- the answer ------------------------------------------------------------------------------

    def expected(self, query: ClickQuery) -> Expected:
        """What there is to be seen; of all time from the first bucket with a click that can be
        had, or that is not known, and the one before it, which stands for what was before.
        """
        if query.units == ALL_TIME:
            return self._all_time(query)
        end = self.now if query.until is None else query.until
        found = edges(query.unit, query.units, query.timezone, end, query.week_start)
        unit, own = self.unit_of(query, found)
        if not own:
            found = edges(query.unit, query.units, "UTC", end, query.week_start)
        shown = self._limited(query, self._filled(query, found, unit, own=own))
        return replace(
            shown,
            states=[
                "not_begun" if start > self.now else state
                for start, state in zip(shown.edges, shown.states, strict=False)
            ],
        )

    def as_logged(self, shown: Expected) -> Expected:
        """The same, of a click log that lacks some hours."""
        states = []
        for (start, end), state in zip(pairwise(shown.edges), shown.states, strict=True):
            found, there = self.counter.covered(start, end, self.now)
            if state in KNOWN and found < there:
                state = "partial" if found else "not_in_log"
            states.append(state)
        return replace(shown, states=states)

    def _all_time(self, query: ClickQuery) -> Expected:
        end = self.now if query.until is None else query.until
        # The whole group's first day with a click in the history, or the last one.
        everything = query.replace(domains=(), login=None, unlisted=False)
        times = self.counter.t[self.rows(everything)]
        times = times[(times >= self.history("day")) & (times < end // DAY * DAY + DAY)]
        first = int(times[0]) // DAY * DAY if len(times) else end // DAY * DAY
        found = edges_since(first, query.unit, query.timezone, end, query.week_start)
        unit, own = self.unit_of(query, found)
        if not own:
            found = edges_since(first, query.unit, "UTC", end, query.week_start)
        whole = self._filled(query, found, unit, own=own)
        at = next(
            (
                at
                for at, state in enumerate(whole.states)
                if whole.clicks[at] or state in ("capped", "outside_window")
            ),
            len(whole.states) - 1,
        )
        before = edges_since(
            whole.edges[at] - 1,
            query.unit,
            query.timezone if own else "UTC",
            whole.edges[at] - 1,
            query.week_start,
        )[0]
        if self._made(query) // DAY * DAY >= min(end // DAY * DAY + DAY, self.history("day")):
            return self._limited(
                query, Expected(whole.edges[at:], whole.clicks[at:], whole.states[at:], own)
            )
        shown = Expected(
            [before, *whole.edges[at:]],
            [0, *whole.clicks[at:]],
            ["outside_window", *whole.states[at:]],
            own,
        )
        return self._limited(query, shown)

    def _filled(self, query: ClickQuery, found: list[int], unit: str, *, own: bool) -> Expected:
        times = self.counter.t[self.rows(query)]
        width = WIDTHS[unit]
        clicks, states = [], []
        for start, end in pairwise(found):
            low, high = start // width * width, -(-end // width) * width
            count, state = self._counted(query, times, unit, low, high)
            if state == "counted":
                state = (
                    "partial" if end > self.now else "counted" if unit == query.unit else "rebuilt"
                )
            clicks.append(count if state in ("counted", "partial", "rebuilt") else 0)
            states.append(state)
        return Expected(found, clicks, states, own)

    def _counted(
        self, query: ClickQuery, times: np.ndarray, unit: str, low: int, high: int
    ) -> tuple[int, str]:
        """Clicks in some UTC buckets, and the worst state of them."""
        if max(low, self._made(query) // WIDTHS[unit] * WIDTHS[unit]) < min(
            high, self.history(unit)
        ):
            return 0, "outside_window"
        count = int(np.searchsorted(times, high) - np.searchsorted(times, low))
        if unit == "day" and query.zone_days and (query.domains or query.login or query.unlisted):
            return self._exact(query, times, low, high)
        if query.unlisted:
            return sum(
                clicks for (start, _), clicks in self._unlisted[unit].items() if low <= start < high
            ), "counted"
        if query.domains or query.login:
            full = self._full[unit]
            if ((full >= low) & (full < high)).any():
                return 0, "capped"
        return count, "counted"

    def true_clicks(self, query: ClickQuery, starts_and_ends: list[int]) -> list[int]:
        """How many clicks there are between some edges [epoch s], shown by v4 or not."""
        times = self.counter.t[self.rows(query)]
        return np.diff(np.searchsorted(times, starts_and_ends)).tolist()

    def left_out(self, unit: str, starts_and_ends: list[int]) -> list[int]:
        """The clicks that the lists of a UTC unit leave out between some edges [epoch s]."""
        return [
            sum(clicks for (at, _), clicks in self._unlisted[unit].items() if start <= at < end)
            for start, end in pairwise(starts_and_ends)
        ]

    def _made(self, query: ClickQuery) -> int:
        """When a link was made [epoch s]; 0 where what it is asked by may have led to others."""
        link = str(query.link)
        alone = len(self.counter.addresses(link)) == 1 or not query.all_addresses
        return self.counter.made.get(link, 0) if query.target == LINK and alone else 0

    def _exact(self, query: ClickQuery, times: np.ndarray, low: int, high: int) -> tuple[int, str]:
        """Clicks in some UTC days, those whose lists are too short by their hours.

        What is not listed of a group's day stays, unless its hours list everything.
        """
        if query.unlisted:
            if low < self.history("day"):
                return 0, "outside_window"
            return sum(
                clicks
                for (day, group), clicks in self._unlisted["day"].items()
                if low <= day < high
                and (
                    day < self.history("hour")
                    or any(
                        self._unlisted["hour"][hour, group] for hour in range(day, day + DAY, HOUR)
                    )
                )
            ), "counted"
        parts = [
            self._counted(
                query.replace(zone_days=False),
                times,
                "hour" if (day in self._full["day"] and day >= self.history("hour")) else "day",
                day,
                day + DAY,
            )
            for day in range(low, high, DAY)
        ]
        return sum(clicks for clicks, _ in parts), max(
            (state for _, state in parts), key=RANKS.index
        )

    def _limited(self, query: ClickQuery, shown: Expected) -> Expected:
        if query.limit is None:
            return shown
        states = list(shown.states)
        if query.units == ALL_TIME:  # those with clicks count
            clicked = [at for at, clicks in enumerate(shown.clicks) if clicks]
            if len(clicked) <= query.limit:
                return shown
            at = max(clicked[-query.limit] - 1, 0)
            return Expected(
                shown.edges[at:], shown.clicks[at:], ["capped", *states[at + 1 :]], shown.own
            )
        for at in range(len(states) - query.limit):
            states[at] = "capped"
        return Expected(shown.edges, shown.clicks, states, shown.own)


RANKS = (
    "counted",
    "rebuilt",
    "partial",
    "not_in_log",
    "capped",
    "outside_window",
    "failed",
    "not_begun",
)
KNOWN = RANKS[:3]


def rolled_up(shown: Expected) -> tuple[tuple[int, int], int, str]:
    """The whole range, what is known of it, and the worst state in it."""
    total = sum(
        clicks for clicks, state in zip(shown.clicks, shown.states, strict=True) if state in KNOWN
    )
    if "not_begun" in shown.states and shown.states[0] != "not_begun":
        worst = max(
            ("partial", *(state for state in shown.states if state != "not_begun")),
            key=RANKS.index,
        )
    else:
        worst = max(shown.states, key=RANKS.index)
    return (shown.edges[0], shown.edges[-1]), total, worst


def own_domains(counter: Counter, most: int) -> list[str]:
    """The organization's busiest short domains."""
    tally = Tally(counter.host[counter.own].tolist())
    return [host for host, _ in tally.most_common() if host not in BITLY][:most]
