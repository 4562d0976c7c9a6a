"""The clicks of the demo, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from bitly_data.demo.audiences import CELLS, HOME_ZONE
from bitly_data.demo.dates import (
    DAY,
    EPOCH,
    HOUR,
    SLOT,
    SLOTS,
    Floats,
    Ints,
    history_start,
    quarter_month,
    utc_day,
)
from bitly_data.demo.draws import BOTS, CLICKS, DEFAULT_SEED, KEYWORDS, generator
from bitly_data.demo.launches import Launch, launches_alive
from bitly_data.demo.rhythm import audience_flow, level_of

_FIRST_WAVE, _FIRST_WAVE_SECONDS = 0.6, 4500.0  # share of the peak, mean delay after the launch
_DAY_NOISE = 0.07  # sigma of the logarithm
_LINK_COLUMNS = ("host", "hash", "login", "url", "title", "created")
_KEYWORD_SHARE = 0.7  # of the clicks on a link with a custom back-half


class Clicks(NamedTuple):
    """Clicks of one day, one per row, ascending in `t`."""

    t: Ints  # epoch s
    link: Ints  # row of the links
    zone: Ints  # row of ZONES
    bot: NDArray[np.bool_]
    custom: NDArray[np.bool_]  # by the custom back-half of the link


class DemoDays:
    """The clicks of the demo organization from `history_start(now)` to the end of now's UTC day.

    `now` (epoch s) only says which days there are; what is in them depends on `seed` (not
    negative) and the date. Clicks of the last day may be later than `now`.
    """

    def __init__(self, now: float, seed: int = DEFAULT_SEED) -> None:
        self.seed = seed
        self.first, self.last = history_start(now), utc_day(now)
        launches = self.launches = launches_alive(seed, self.first, self.last)
        # Columns host, hash, login, url, title, created (int64 epoch s), keyword (the custom
        # back-half), ascending in `created`: all the links that live on any of the days.
        self.links = pd.DataFrame(launches, columns=list(Launch._fields))[
            [*_LINK_COLUMNS, "keyword"]
        ]
        self._created: Ints = np.array([link.created for link in launches], dtype=np.int64)
        self._audience: Ints = np.array([link.audience for link in launches], dtype=np.int64)
        self._own = ~np.array([link.outside for link in launches], dtype=np.bool_)
        self._peak: Floats = np.array([link.peak for link in launches], dtype=np.float64)
        self._decay: Floats = np.array([link.decay for link in launches], dtype=np.float64)
        self._has_keyword = (self.links["keyword"] != "").to_numpy()
        self._born: Ints = self._created // DAY + EPOCH
        self._dies: Ints = self._born + np.array([link.life for link in launches], dtype=np.int64)

    def days(self, first: date, last: date) -> Iterator[pd.DataFrame]:
        """One frame per UTC day from `first` to `last`, both included, oldest first.

        Columns t (int64 epoch s, ascending), host, hash, login, url, title, created, keyword (the
        custom back-half that the click came by, or ""). Days outside the history are left out.
        """
        for clicks in self.clicks_by_day(first, last):
            frame = self.links.take(clicks.link).reset_index(drop=True)
            frame.insert(0, "t", clicks.t)
            yield frame.assign(keyword=frame["keyword"].where(clicks.custom, ""))

    def table(self, first: date, last: date) -> pd.DataFrame:
        """The days of `days` in one frame, with the string columns as categoricals.

        The categories are those of all the links, also of links without a click in these days.
        """
        parts = list(self.clicks_by_day(first, last))
        empty: Ints = np.empty(0, dtype=np.int64)
        link = np.concatenate([empty, *(clicks.link for clicks in parts)])
        columns: dict[str, object] = {"t": np.concatenate([empty, *(clicks.t for clicks in parts)])}
        for name in _LINK_COLUMNS[:-1]:
            codes, categories = pd.factorize(self.links[name])
            columns[name] = pd.Categorical.from_codes(codes[link], categories=categories)
        columns["created"] = self._created[link]
        # The first code is that of no keyword.
        named, keywords = pd.factorize(np.array(["", *self.links["keyword"]], dtype=object))
        custom = np.concatenate([empty.astype(np.bool_), *(clicks.custom for clicks in parts)])
        columns["keyword"] = pd.Categorical.from_codes(
            np.where(custom, named[1:][link], 0), categories=pd.Index(keywords)
        )
        return pd.DataFrame(columns)

    def clicks_by_day(self, first: date, last: date) -> Iterator[Clicks]:
        """The clicks of each UTC day from `first` to `last`, as rows of `launches`."""
        first, last = max(first, self.first), min(last, self.last)
        if first > last:
            return
        flow = audience_flow(first.toordinal(), last.toordinal())
        for ordinal, day_flow in enumerate(flow, start=first.toordinal()):
            yield self._day(ordinal, day_flow)

    def _day(self, ordinal: int, flow: Floats) -> Clicks:
        """The clicks of one UTC day; `flow` is audience x cell, cumulative along the cells."""
        rng = generator(self.seed, ordinal, CLICKS)
        alive = np.flatnonzero((self._born <= ordinal) & (ordinal < self._dies))
        level = level_of(ordinal) * rng.lognormal(0.0, _DAY_NOISE)
        parts = [
            self._steady(rng, ordinal, alive, flow, level),
            self._first_wave(rng, ordinal, alive, flow, level),
        ]
        if ordinal == burst_day(self.seed, date.fromordinal(ordinal)).toordinal():
            parts.append(self._burst(ordinal, alive))
        t, link, zone, bot, _ = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(t, kind="stable")
        # From a stream of their own, so that nothing else depends on who has such a back-half.
        custom = generator(self.seed, ordinal, KEYWORDS).random(len(order)) < _KEYWORD_SHARE
        return Clicks(
            t[order], link[order], zone[order], bot[order], custom & self._has_keyword[link[order]]
        )

    def _steady(
        self, rng: Generator, ordinal: int, alive: Ints, flow: Floats, level: float
    ) -> Clicks:
        """Clicks that follow the local day of the audience."""
        totals = flow[:, -1]
        fade = 1.0 + (ordinal - self._born[alive]) / self._decay[alive]
        mean = self._peak[alive] / (fade * np.sqrt(fade)) * totals[self._audience[alive]] * level
        link = np.repeat(alive, rng.poisson(mean))
        # One search for all audiences: the shares of audience k occupy the interval from k to k+1.
        lines = (flow / totals[:, None] + np.arange(len(flow))[:, None]).ravel()
        cell = np.searchsorted(lines, self._audience[link] + rng.random(link.size), side="right")
        zone, slot = np.divmod(np.minimum(cell, lines.size - 1) % CELLS, SLOTS)
        t = (ordinal - EPOCH) * DAY + slot * SLOT + rng.integers(0, SLOT, link.size)
        kept = t >= self._created[link]
        return _people(t[kept], link[kept], zone[kept])

    def _first_wave(
        self, rng: Generator, ordinal: int, alive: Ints, flow: Floats, level: float
    ) -> Clicks:
        """The rush in the hours after a launch, in the home zone of its audience."""
        fresh = alive[self._born[alive] == ordinal]
        mean = _FIRST_WAVE * self._peak[fresh] * flow[self._audience[fresh], -1] * level
        link = np.repeat(fresh, rng.poisson(mean))
        delay = rng.exponential(_FIRST_WAVE_SECONDS, link.size).astype(np.int64)
        t = self._created[link] + delay
        kept = t < (ordinal + 1 - EPOCH) * DAY
        return _people(t[kept], link[kept], HOME_ZONE[self._audience[link[kept]]])

    def _burst(self, ordinal: int, alive: Ints) -> Clicks:
        """A machine that asks for one of the organization's links every other second at night."""
        rng = generator(self.seed, ordinal, BOTS)
        known = alive[self._own[alive] & (self._born[alive] < ordinal)]
        count = int(rng.integers(220, 360))
        link = np.full(count, rng.choice(known), dtype=np.int64)
        begin = (ordinal - EPOCH) * DAY + int(rng.integers(1 * HOUR, 4 * HOUR))
        zone = np.zeros(count, dtype=np.int64)
        return Clicks(
            begin + 2 * np.arange(count),
            link,
            zone,
            np.ones(count, dtype=np.bool_),
            np.zeros(count, dtype=np.bool_),
        )


def burst_day(seed: int, day: date) -> date:
    """The day of the bot in the quarter of `day`: the 17th of one of its months."""
    month = quarter_month(day)
    rng = generator(seed, date(day.year, month, 1).toordinal(), BOTS)
    return date(day.year, month + int(rng.integers(3)), 17)


def _people(t: Ints, link: Ints, zone: Ints) -> Clicks:
    nobody = np.zeros(len(t), dtype=np.bool_)
    return Clicks(t, link, zone, nobody, nobody)
