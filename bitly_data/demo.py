"""The clicks of the demo organization: Aurora, an invented outdoor brand, and who links to it.

Every random draw comes from a generator seeded by (seed, UTC day, purpose):

- the links launched on a day are a function of that day alone;
- the clicks of a day are a function of that day and of the links launched in the `_LONGEST_LIFE`
  days before it, which is as long as any link lives.

So a click once there stays while a server runs, whatever the clock says later, and a new day only
adds. Which days there are is said by `history_start`: it moves with the year of a clock that stands
far from the fixed start, so that a demo opened at any time is neither empty nor endless.

Sums that decide a draw use +, *, / and square roots only: those are exact to the bit whatever the
length of the array they stand in, so that a day asked for alone equals the same day out of two
years.

The rhythm of an audience is in its own local time; its UTC hours move when its clocks change.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pandas as pd
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SHORT_DOMAINS: tuple[str, ...] = (
    "aur.example",
    "go.aurora.example",
    "join.aurora.example",
    "nlj.example",
)
TRACKING_DOMAINS: tuple[str, ...] = ("aurora.example", "northlight-journal.example")
DEFAULT_SEED = 20_080_708

_HOUR, _DAY = 3600, 86_400
_SLOT = 1800  # seconds; India's clocks are half an hour off, so whole hours would not do
_SLOTS = _DAY // _SLOT
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR = 2024
_FEWEST_YEARS = 2  # before the clock's own year: enough for any period and the one before it
# Ten years of clicks are opened in three to four seconds, and each more takes half of one.
_MOST_YEARS = 9
_EARLIEST_YEAR = 1970  # a click is an epoch second

# What a generator is for: each purpose has a stream of its own, so that a change to one of them
# leaves the draws of the others alone.
_LAUNCHES, _CLICKS, _BOTS, _LOG, _KEYWORDS = range(5)


# ---------------------------------------------------------------------------------------------
# Who clicks, and when: zones, audiences, the working week


class _Zone(NamedTuple):
    name: str
    country: str
    region: str


_ZONES = (
    _Zone("America/New_York", "US", "NY"),
    _Zone("America/Los_Angeles", "US", "CA"),
    _Zone("Europe/Berlin", "DE", "16"),
    _Zone("Asia/Kolkata", "IN", "16"),
    _Zone("Australia/Sydney", "AU", "02"),
)
_CELLS = len(_ZONES) * _SLOTS  # a cell is one slot of the UTC day in one zone

_AMERICA, _EUROPE, _INDIA, _OCEANIA, _WORLD = range(5)
_AUDIENCES: Floats = np.array(
    [  # audience x zone: shares of its clicks
        [0.60, 0.28, 0.06, 0.03, 0.03],
        [0.09, 0.02, 0.82, 0.04, 0.03],
        [0.05, 0.02, 0.05, 0.86, 0.02],
        [0.04, 0.03, 0.05, 0.04, 0.84],
        [0.34, 0.14, 0.30, 0.12, 0.10],
    ]
)
_HOME_ZONE: Ints = _AUDIENCES.argmax(axis=1)

# Relative clicks per local hour, 0 to 23. Working days peak in the late morning, with a dent at
# lunch and a second look in the evening; weekends begin late and lean to the evening.
_WORKING_HOURS = (
    10,
    6,
    4,
    3,
    4,
    9,
    22,
    45,
    78,
    105,
    122,
    100,
    72,
    84,
    92,
    84,
    74,
    62,
    50,
    46,
    50,
    46,
    32,
    18,
)
_WEEKEND_HOURS = (
    24,
    16,
    10,
    6,
    5,
    7,
    12,
    24,
    42,
    62,
    78,
    80,
    72,
    66,
    64,
    64,
    66,
    68,
    74,
    86,
    92,
    84,
    60,
    38,
)
_WEEKDAYS = (1.0, 1.06, 1.04, 1.0, 0.88, 0.50, 0.46)  # Monday to Sunday, share of a working day
_HOLIDAY = 0.4  # 24 December to 1 January, local dates


def _weekly_rhythm() -> Floats:
    """Weekday x local slot: shares of a working day's clicks; a working day sums to about 1."""
    rows = []
    for weekday, level in enumerate(_WEEKDAYS):
        hours = np.array(_WORKING_HOURS if weekday < 5 else _WEEKEND_HOURS, dtype=np.float64)
        rows.append(np.repeat(hours / hours.sum(), _HOUR // _SLOT) * (level * _SLOT / _HOUR))
    return np.array(rows)


_WEEK = _weekly_rhythm()


# ---------------------------------------------------------------------------------------------
# Who shortens


class _Account(NamedTuple):
    login: str
    hosts: tuple[str, ...]
    host_shares: tuple[float, ...]
    audience: int
    share: float  # of all the launches on its side
    site: str


_ACCOUNTS = (
    _Account(
        "aurora_brand",
        ("go.aurora.example", "aur.example", "bit.ly"),
        (0.6, 0.3, 0.1),
        _WORLD,
        0.24,
        "aurora.example",
    ),
    _Account(
        "aurora_us",
        ("aur.example", "go.aurora.example"),
        (0.7, 0.3),
        _AMERICA,
        0.22,
        "aurora.example",
    ),
    _Account(
        "aurora_eu",
        ("aur.example", "go.aurora.example", "bit.ly"),
        (0.6, 0.2, 0.2),
        _EUROPE,
        0.20,
        "aurora.example",
    ),
    _Account(
        "aurora_india", ("go.aurora.example", "bit.ly"), (0.8, 0.2), _INDIA, 0.10, "aurora.example"
    ),
    _Account("aurora_anz", ("aur.example", "j.mp"), (0.85, 0.15), _OCEANIA, 0.08, "aurora.example"),
    _Account("northlight", ("nlj.example",), (1.0,), _EUROPE, 0.11, "northlight-journal.example"),
    _Account("aurora_people", ("join.aurora.example",), (1.0,), _WORLD, 0.05, "aurora.example"),
)
_PUBLIC = ("bit.ly", "j.mp")
_ELSEWHERE = "gear-reviews.example"
_OTHERS = (
    _Account("bitly", _PUBLIC, (0.8, 0.2), _WORLD, 0.34, "aurora.example"),
    _Account("trailblog", _PUBLIC, (0.9, 0.1), _AMERICA, 0.22, "aurora.example"),
    _Account("mira_k", _PUBLIC, (0.7, 0.3), _EUROPE, 0.18, "northlight-journal.example"),
    _Account("dealhunter77", _PUBLIC, (0.3, 0.7), _INDIA, 0.14, "aurora.example"),
    _Account("o_7h2kfq9ab", _PUBLIC, (1.0, 0.0), _OCEANIA, 0.12, "aurora.example"),
)
LOGINS: tuple[str, ...] = tuple(account.login for account in _ACCOUNTS)
OTHER_LOGINS: tuple[str, ...] = tuple(account.login for account in _OTHERS)

_Texts = tuple[tuple[str, str], ...]  # (words of a title, part of a path)
_SHOP: _Texts = (
    ("Skåne rain jacket", "jackets/skane-rain"),
    ("Øresund parka", "jackets/oresund"),
    ('The "Tundra" boot', "boots/tundra"),
    ("Hut & trail backpack 32 l", "packs/hut-and-trail"),
    ("Fog merino base layer", "layers/fog-merino"),
    ("Café flask 0,5 l", "kitchen/cafe-flask"),
    ("Two-person tent “Polaris”", "tents/polaris"),
    ("Down vest — 400 g", "jackets/down-vest"),
    ("Kids' wellies", "kids/wellies"),
    ("Headlamp №3", "lights/headlamp-3"),
)
_SHOP_NEWS: _Texts = (
    ("first look", "new"),
    ("back in stock", "restock"),
    ("size guide", "sizes"),
    ("20 % off this week", "offer"),
    ("how it is made", "story"),
    ("reviews", "reviews"),
)
_ARTICLES = (
    ("Sleeping under northern lights", "northern-lights"),
    ("Hut to hut in nine days", "hut-to-hut"),
    ("Monsoon trekking: what to pack", "monsoon"),
    ("Glaciers & the people who map them", "maps"),
    ('"Leave it wilder": a year of repairs', "repairs"),
    ("Über die Alpen, zu Fuß", "alpen"),
)
_ARTICLE_NEWS = (
    ("essay", "essay"),
    ("photo story", "photos"),
    ("podcast", "podcast"),
    ("map & route", "route"),
)
_JOBS = (
    ("Backend engineer (f/m/d)", "backend"),
    ("Store lead, Malmö", "store-lead-malmo"),
    ("Textile R&D trainee", "textile-rd"),
    ("Customer care, Pune", "care-pune"),
)
_JOB_NEWS = (("we are hiring", "open"), ("meet the team", "team"))
_EVERGREENS = (
    ("Store finder", "stores"),
    ("Help & contact", "help"),
    ("Returns made easy", "returns"),
    ("Gift cards", "gift-cards"),
    ("Care guide: wool, down & leather", "care"),
    ("Size charts", "sizes"),
    ("Our promise: repaired for life", "repairs"),
    ("Newsletter sign-up", "newsletter"),
    ("Careers at Aurora", "careers"),
)
_CAMPAIGN_PARTS = (
    ("lookbook", "lookbook"),
    ("film", "film"),
    ("shop the edit", "shop"),
    ("in stores near you", "stores"),
    ("behind the scenes", "making-of"),
    ("early access", "early"),
)
_CAMPAIGNS = {
    1: ("Winter sale", "winter-sale", 0.8),
    4: ("Spring launch", "spring", 1.7),
    7: ("Summer on the trail", "summer", 0.8),
    10: ("Autumn layers", "autumn", 1.0),
}


# ---------------------------------------------------------------------------------------------
# How a link lives


class _Kind(NamedTuple):
    """How the clicks per working day fall: peak / (1 + age / decay) ** 1.5 until the life ends."""

    peak: float  # median over links
    spread: float  # sigma of the logarithm of the peak
    decay: float  # days
    life: int  # days


_LAUNCH = _Kind(36.0, 0.8, 2.5, 150)
_CAMPAIGN = _Kind(120.0, 0.3, 3.5, 200)
_NEWSLETTER = _Kind(190.0, 0.15, 0.9, 60)
_EVERGREEN = _Kind(8.0, 0.5, 900.0, 1000)
_OUTSIDE = _Kind(22.0, 1.0, 2.0, 120)
_LONGEST_LIFE = max(kind.life for kind in (_LAUNCH, _CAMPAIGN, _NEWSLETTER, _EVERGREEN, _OUTSIDE))

_LAUNCHES_PER_DAY, _LAUNCHES_PER_WEEKEND_DAY = 0.55, 0.15
_OUTSIDE_PER_DAY = 0.3
_ELSEWHERE_SHARE = 0.2
_FIRST_WAVE, _FIRST_WAVE_SECONDS = 0.6, 4500.0  # share of the peak, mean delay after the launch
_DAY_NOISE = 0.07  # sigma of the logarithm
_HASH_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LINK_COLUMNS = ("host", "hash", "login", "url", "title", "created")
_KEYWORD_SHARE = 0.7  # of the clicks on a link with a custom back-half


class _Launch(NamedTuple):
    host: str
    hash: str
    login: str
    url: str
    title: str
    created: int  # epoch s
    audience: int
    outside: bool
    peak: float  # clicks per working day
    decay: float  # days
    life: int  # days
    keyword: str = ""  # its custom back-half


class _Clicks(NamedTuple):
    """Clicks of one day, one per row, ascending in `t`."""

    t: Ints  # epoch s
    link: Ints  # row of the links
    zone: Ints  # row of _ZONES
    bot: NDArray[np.bool_]
    custom: NDArray[np.bool_]  # by the custom back-half of the link


def history_start(now: float) -> date:
    """The first day (UTC) with clicks, for a clock at `now` (epoch s).

    A fixed date rather than "two years ago", so that the start does not slide day by day. Only a
    clock that stands before 2026 has an earlier one, two years before its own (1970 at least),
    and one that stands after 2033 a later one, nine years before its own.
    """
    year = _utc_day(now).year
    start = min(max(_FIRST_YEAR, year - _MOST_YEARS), year - _FEWEST_YEARS)
    return date(max(start, _EARLIEST_YEAR), 1, 1)


class DemoDays:
    """The clicks of the demo organization from `history_start(now)` to the end of now's UTC day.

    `now` (epoch s) only says which days there are; what is in them depends on `seed` (not
    negative) and the date. Clicks of the last day may be later than `now`.
    """

    def __init__(self, now: float, seed: int = DEFAULT_SEED) -> None:
        self.seed = seed
        self.first, self.last = history_start(now), _utc_day(now)
        launches = self._launches = _launches(seed, self.first, self.last)
        # Columns host, hash, login, url, title, created (int64 epoch s), keyword (the custom
        # back-half), ascending in `created`: all the links that live on any of the days.
        self.links = pd.DataFrame(launches, columns=list(_Launch._fields))[
            [*_LINK_COLUMNS, "keyword"]
        ]
        self._created: Ints = np.array([link.created for link in launches], dtype=np.int64)
        self._audience: Ints = np.array([link.audience for link in launches], dtype=np.int64)
        self._own = ~np.array([link.outside for link in launches], dtype=np.bool_)
        self._peak: Floats = np.array([link.peak for link in launches], dtype=np.float64)
        self._decay: Floats = np.array([link.decay for link in launches], dtype=np.float64)
        self._has_keyword = (self.links["keyword"] != "").to_numpy()
        self._born: Ints = self._created // _DAY + _EPOCH
        self._dies: Ints = self._born + np.array([link.life for link in launches], dtype=np.int64)

    def days(self, first: date, last: date) -> Iterator[pd.DataFrame]:
        """One frame per UTC day from `first` to `last`, both included, oldest first.

        Columns t (int64 epoch s, ascending), host, hash, login, url, title, created, keyword (the
        custom back-half that the click came by, or ""). Days outside the history are left out.
        """
        for clicks in self._days(first, last):
            frame = self.links.take(clicks.link).reset_index(drop=True)
            frame.insert(0, "t", clicks.t)
            yield frame.assign(keyword=frame["keyword"].where(clicks.custom, ""))

    def table(self, first: date, last: date) -> pd.DataFrame:
        """The days of `days` in one frame, with the string columns as categoricals.

        The categories are those of all the links, also of links without a click in these days.
        """
        parts = list(self._days(first, last))
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

    def _days(self, first: date, last: date) -> Iterator[_Clicks]:
        first, last = max(first, self.first), min(last, self.last)
        if first > last:
            return
        flow = _audience_flow(first.toordinal(), last.toordinal())
        for ordinal, day_flow in enumerate(flow, start=first.toordinal()):
            yield self._day(ordinal, day_flow)

    def _day(self, ordinal: int, flow: Floats) -> _Clicks:
        """The clicks of one UTC day; `flow` is audience x cell, cumulative along the cells."""
        rng = _generator(self.seed, ordinal, _CLICKS)
        alive = np.flatnonzero((self._born <= ordinal) & (ordinal < self._dies))
        level = _level(ordinal) * rng.lognormal(0.0, _DAY_NOISE)
        parts = [
            self._steady(rng, ordinal, alive, flow, level),
            self._first_wave(rng, ordinal, alive, flow, level),
        ]
        if ordinal == _burst_day(self.seed, date.fromordinal(ordinal)).toordinal():
            parts.append(self._burst(ordinal, alive))
        t, link, zone, bot, _ = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(t, kind="stable")
        # From a stream of their own, so that nothing else depends on who has such a back-half.
        custom = _generator(self.seed, ordinal, _KEYWORDS).random(len(order)) < _KEYWORD_SHARE
        return _Clicks(
            t[order], link[order], zone[order], bot[order], custom & self._has_keyword[link[order]]
        )

    def _steady(
        self, rng: Generator, ordinal: int, alive: Ints, flow: Floats, level: float
    ) -> _Clicks:
        """Clicks that follow the local day of the audience."""
        totals = flow[:, -1]
        fade = 1.0 + (ordinal - self._born[alive]) / self._decay[alive]
        mean = self._peak[alive] / (fade * np.sqrt(fade)) * totals[self._audience[alive]] * level
        link = np.repeat(alive, rng.poisson(mean))
        # One search for all audiences: the shares of audience k occupy the interval from k to k+1.
        lines = (flow / totals[:, None] + np.arange(len(flow))[:, None]).ravel()
        cell = np.searchsorted(lines, self._audience[link] + rng.random(link.size), side="right")
        zone, slot = np.divmod(np.minimum(cell, lines.size - 1) % _CELLS, _SLOTS)
        t = (ordinal - _EPOCH) * _DAY + slot * _SLOT + rng.integers(0, _SLOT, link.size)
        kept = t >= self._created[link]
        return _people(t[kept], link[kept], zone[kept])

    def _first_wave(
        self, rng: Generator, ordinal: int, alive: Ints, flow: Floats, level: float
    ) -> _Clicks:
        """The rush in the hours after a launch, in the home zone of its audience."""
        fresh = alive[self._born[alive] == ordinal]
        mean = _FIRST_WAVE * self._peak[fresh] * flow[self._audience[fresh], -1] * level
        link = np.repeat(fresh, rng.poisson(mean))
        delay = rng.exponential(_FIRST_WAVE_SECONDS, link.size).astype(np.int64)
        t = self._created[link] + delay
        kept = t < (ordinal + 1 - _EPOCH) * _DAY
        return _people(t[kept], link[kept], _HOME_ZONE[self._audience[link[kept]]])

    def _burst(self, ordinal: int, alive: Ints) -> _Clicks:
        """A machine that asks for one of the organization's links every other second at night."""
        rng = _generator(self.seed, ordinal, _BOTS)
        known = alive[self._own[alive] & (self._born[alive] < ordinal)]
        count = int(rng.integers(220, 360))
        link = np.full(count, rng.choice(known), dtype=np.int64)
        begin = (ordinal - _EPOCH) * _DAY + int(rng.integers(1 * _HOUR, 4 * _HOUR))
        zone = np.zeros(count, dtype=np.int64)
        return _Clicks(
            begin + 2 * np.arange(count),
            link,
            zone,
            np.ones(count, dtype=np.bool_),
            np.zeros(count, dtype=np.bool_),
        )


# ---------------------------------------------------------------------------------------------
# Launches


def _launches(seed: int, first: date, last: date) -> list[_Launch]:
    """The links that live on a day from `first` to `last`, ascending in `created`."""
    start = first.toordinal()
    oldest = max(start - _LONGEST_LIFE, _EPOCH)  # a creation is an epoch second as well
    found = [
        launch
        for ordinal in range(oldest, last.toordinal() + 1)
        for launch in _launches_on(seed, ordinal)
        if ordinal + launch.life > start
    ]
    return sorted(found, key=lambda launch: launch.created)


def _launches_on(seed: int, ordinal: int) -> list[_Launch]:
    """The links made on one UTC day."""
    rng = _generator(seed, ordinal, _LAUNCHES)
    day = date.fromordinal(ordinal)
    per_day = _LAUNCHES_PER_DAY if day.weekday() < 5 else _LAUNCHES_PER_WEEKEND_DAY
    own, outside = int(rng.poisson(per_day)), int(rng.poisson(_OUTSIDE_PER_DAY))
    found = [_own_launch(rng, day) for _ in range(own)]
    found += [_outside_launch(rng, day) for _ in range(outside)]
    if day.day == 3:
        found.append(_evergreen(rng, day))
    if day == _campaign_day(day):
        found += _campaign(rng, day)
    if day.weekday() == 3 and day.day <= 7:
        found.append(_newsletter(rng, day))
    return found


def _own_launch(rng: Generator, day: date) -> _Launch:
    account = _pick_account(rng, _ACCOUNTS)
    title, path = _page(rng, account)
    return _launch(rng, day, account, _LAUNCH, title, path)


def _outside_launch(rng: Generator, day: date) -> _Launch:
    account = _pick_account(rng, _OTHERS)
    if rng.random() < _ELSEWHERE_SHARE:
        account = account._replace(site=_ELSEWHERE)
    title, path = _page(rng, account)
    return _launch(rng, day, account, _OUTSIDE, title, path)


def _evergreen(rng: Generator, day: date) -> _Launch:
    # The accounts take turns, so that each of them has some steady traffic at any time.
    account = _ACCOUNTS[(day.year * 12 + day.month) % len(_ACCOUNTS)]
    title, path = _EVERGREENS[int(rng.integers(len(_EVERGREENS)))]
    if account.site != TRACKING_DOMAINS[0]:  # the journal has no stores and no returns
        title, path = _page(rng, account)
    return _launch(rng, day, account, _EVERGREEN, title, path)


def _newsletter(rng: Generator, day: date) -> _Launch:
    title = f"Aurora letter, {day:%B %Y}"
    made = _launch(rng, day, _ACCOUNTS[2], _NEWSLETTER, title, f"letter/{day:%Y-%m}")
    return made._replace(keyword=f"letter-{day:%Y-%m}")  # what people read and type


def _campaign_day(day: date) -> date:
    """The Tuesday in the second week of the quarter of `day`."""
    second_week = date(day.year, _quarter_month(day), 8)
    return second_week + timedelta(days=(1 - second_week.weekday()) % 7)


def _campaign(rng: Generator, day: date) -> list[_Launch]:
    """One link per part of the campaign; the first one has a back-half that people can read."""
    name, slug, size = _CAMPAIGNS[day.month]
    kind = _CAMPAIGN._replace(peak=_CAMPAIGN.peak * size)
    found = [
        _launch(rng, day, _ACCOUNTS[part % 5], kind, f"{name}: {title}", f"{slug}/{path}")
        for part, (title, path) in enumerate(_CAMPAIGN_PARTS)
    ]
    found[0] = found[0]._replace(hash=f"{slug}-{day.year}")
    return found


def _launch(
    rng: Generator, day: date, account: _Account, kind: _Kind, title: str, path: str
) -> _Launch:
    host = account.hosts[int(rng.choice(len(account.hosts), p=account.host_shares))]
    letters = "".join(_HASH_LETTERS[i] for i in rng.integers(len(_HASH_LETTERS), size=6))
    url = f"https://{account.site}/{path}"
    outside = account.login in OTHER_LOGINS
    if not outside:  # outsiders copy the plain address
        url += f"?utm_source={account.login}&utm_campaign={day:%Y-%m}"
    created = _office_time(day, account.audience, int(rng.integers(8 * _HOUR, 17 * _HOUR)))
    peak = kind.peak * float(rng.lognormal(0.0, kind.spread))
    return _Launch(
        host,
        f"3{letters}",
        account.login,
        url,
        title,
        created,
        account.audience,
        outside,
        peak,
        kind.decay,
        kind.life,
    )


def _office_time(day: date, audience: int, local: int) -> int:
    """The moment of the UTC `day` (epoch s) when it is `local` (s after midnight) at home.

    Links are made in the audience's own office hours: the rush after a launch would otherwise come
    in its night.
    """
    midnight = (day.toordinal() - _EPOCH) * _DAY
    offset = _offset(ZoneInfo(_ZONES[_HOME_ZONE[audience]].name), midnight + _DAY // 2)
    return midnight + (local - offset) % _DAY


def _pick_account(rng: Generator, accounts: tuple[_Account, ...]) -> _Account:
    return accounts[int(rng.choice(len(accounts), p=[account.share for account in accounts]))]


def _page(rng: Generator, account: _Account) -> tuple[str, str]:
    """Title and path of a page on the account's site."""
    things, news, folder = _SHOP, _SHOP_NEWS, "products"
    if account.site == "northlight-journal.example":
        things, news, folder = _ARTICLES, _ARTICLE_NEWS, "stories"
    elif account.login == "aurora_people":
        things, news, folder = _JOBS, _JOB_NEWS, "careers"
    title, path = things[int(rng.integers(len(things)))]
    topic, page = news[int(rng.integers(len(news)))]
    return f"{title}: {topic}", f"{folder}/{path}/{page}"


# ---------------------------------------------------------------------------------------------
# Rhythm


def _audience_flow(first: int, last: int) -> Floats:
    """Day x audience x cell, cumulative along the cells: shares of a working day's clicks.

    `first` and `last` are ordinals of UTC days. A cell is (zone, slot of the UTC day).
    """
    rhythm = np.stack([_zone_rhythm(zone.name, first, last) for zone in _ZONES], axis=1)
    cells = _AUDIENCES[None, :, :, None] * rhythm[:, None, :, :]
    return np.cumsum(cells.reshape(len(cells), len(_AUDIENCES), _CELLS), axis=2)


def _zone_rhythm(zone: str, first: int, last: int) -> Floats:
    """Day x slot of the UTC day: shares of a working day's clicks of people in `zone`."""
    slots: Ints = (np.arange(first, last + 1, dtype=np.int64) - _EPOCH)[:, None] * _DAY + np.arange(
        _SLOTS, dtype=np.int64
    ) * _SLOT
    local = slots + _offsets(zone, slots)
    local_day = local // _DAY
    weekday = (local_day + 3) % 7  # 1 January 1970 was a Thursday
    shares: Floats = _WEEK[weekday, local % _DAY // _SLOT]
    return np.where(_is_holiday(local_day), shares * _HOLIDAY, shares)


def _offsets(zone: str, slots: Ints) -> Ints:
    """Offsets from UTC (s) at `slots` (day x slot, epoch s).

    The zone is asked once a day; only a day whose ends differ is asked slot by slot.
    """
    info = ZoneInfo(zone)
    edges = np.array([_offset(info, int(t)) for t in (*slots[:, 0], slots[-1, 0] + _DAY)])
    offsets = np.repeat(edges[:-1, None], _SLOTS, axis=1)
    for row in np.flatnonzero(edges[:-1] != edges[1:]):
        offsets[row] = [_offset(info, int(t)) for t in slots[row]]
    return offsets


def _offset(zone: ZoneInfo, t: int) -> int:
    offset = datetime.fromtimestamp(t, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _is_holiday(days: Ints) -> NDArray[np.bool_]:
    """Whether `days` (days since 1970) fall from 24 December to 1 January; same shape."""
    dates = days.astype("datetime64[D]")
    year_day = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    to_new_year = (dates.astype("datetime64[Y]") + 1).astype("datetime64[D]") - dates
    return np.asarray((year_day == 0) | (to_new_year.astype(np.int64) <= 8))


def _level(ordinal: int) -> float:
    """Slow growth and the season, around 1.

    Growth levels off on both sides, so that a clock set far away still shows a usable demo. The
    season is highest in November and lowest in May: people dress for the cold.
    """
    growth = 1.0 + 0.35 * math.tanh((ordinal - date(2025, 7, 1).toordinal()) / 700.0)
    peak_day = date(2025, 11, 15).toordinal()
    return growth * (1.0 + 0.10 * math.cos(2 * math.pi * (ordinal - peak_day) / 365.25))


def _burst_day(seed: int, day: date) -> date:
    """The day of the bot in the quarter of `day`: the 17th of one of its months."""
    month = _quarter_month(day)
    rng = _generator(seed, date(day.year, month, 1).toordinal(), _BOTS)
    return date(day.year, month + int(rng.integers(3)), 17)


def _quarter_month(day: date) -> int:
    return (day.month - 1) // 3 * 3 + 1


def _people(t: Ints, link: Ints, zone: Ints) -> _Clicks:
    nobody = np.zeros(len(t), dtype=np.bool_)
    return _Clicks(t, link, zone, nobody, nobody)


def _generator(seed: int, ordinal: int, purpose: int) -> Generator:
    return Generator(PCG64(SeedSequence([seed, ordinal, purpose])))


def _utc_day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


# ---------------------------------------------------------------------------------------------
# The demo as a click log

_AGENTS = (
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36"
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Mobile Safari/537.36"
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "linkcheck/1.4",  # the bot, and nobody else
)
_AGENT_SHARES, _BOT_AGENT = (0.34, 0.30, 0.24, 0.12, 0.0), 4
_REFERRERS = (
    "direct",
    "https://t.co/",
    "https://www.facebook.com/",
    "https://www.linkedin.com/",
    "https://mail.example/",
)
_REFERRER_SHARES, _DIRECT = (0.42, 0.20, 0.17, 0.11, 0.10), 0
_KNOWN_SHARE = 0.35  # of people whose browser Bitly has seen before


def write_log(path: str, now: float) -> int:
    """Write the demo up to `now` (epoch s) as a Bitly click log; returns the number of clicks.

    JSON lines, ascending, compressed if `path` ends with `.gz`. Each hour begins with a heartbeat,
    so that an hour without a click is known to have had none.
    """
    demo = DemoDays(now)
    written = 0
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "wb") as file:
        for day, clicks in enumerate(demo._days(demo.first, demo.last), demo.first.toordinal()):
            past = int(np.searchsorted(clicks.t, now, side="right"))
            lines = _click_lines(demo, day, clicks)[:past]
            midnight = (day - _EPOCH) * _DAY
            for hour in range(midnight, min(midnight + _DAY, math.floor(now) + 1), _HOUR):
                begin, end = np.searchsorted(clicks.t, (hour, hour + _HOUR))
                file.write(_line({"_heartbeat_": hour}))
                file.writelines(lines[begin:end])
            written += past
    return written


def _click_lines(demo: DemoDays, ordinal: int, clicks: _Clicks) -> list[bytes]:
    """One line per click of the day, in Bitly's keys.

    Browser, referrer and "known user" are drawn here, from a stream of their own, because only
    the log has them.
    """
    rng = _generator(demo.seed, ordinal, _LOG)
    size = len(clicks.t)
    agents = np.where(clicks.bot, _BOT_AGENT, rng.choice(len(_AGENTS), size, p=_AGENT_SHARES))
    referrers = np.where(clicks.bot, _DIRECT, rng.choice(len(_REFERRERS), size, p=_REFERRER_SHARES))
    known = np.where(clicks.bot, 0, rng.random(size) < _KNOWN_SHARE)
    links = demo._launches
    lines = []
    for t, link, zone, agent, referrer, nk, custom in zip(
        clicks.t.tolist(),
        clicks.link.tolist(),
        clicks.zone.tolist(),
        agents.tolist(),
        referrers.tolist(),
        known.tolist(),
        clicks.custom.tolist(),
        strict=True,
    ):
        made, place = links[link], _ZONES[zone]
        lines.append(
            _line(
                {
                    "a": _AGENTS[agent],
                    "c": place.country,
                    "nk": nk,
                    "tz": place.name,
                    "gr": place.region,
                    "g": made.hash,
                    "h": made.hash,
                    "l": made.login,
                    "hh": made.host,
                    "r": _REFERRERS[referrer],
                    "u": made.url,
                    "t": t,
                    "hc": made.created,
                    "title": made.title,
                }
                | ({"kw": made.keyword} if custom else {})
            )
        )
    return lines


def _line(record: dict[str, object]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
