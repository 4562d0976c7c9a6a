"""How links are made: which ones on which day, by whom, and how each fades."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from numpy.random import Generator

from bitly_data import zones
from bitly_data.demo.accounts import (
    ACCOUNTS,
    ELSEWHERE,
    OTHER_LOGINS,
    OTHERS,
    TRACKING_DOMAINS,
    Account,
)
from bitly_data.demo.audiences import HOME_ZONE, ZONES
from bitly_data.demo.dates import DAY, EPOCH, HOUR, quarter_month
from bitly_data.demo.draws import LAUNCHES, generator
from bitly_data.demo.rhythm import offset_at
from bitly_data.demo.texts import (
    ARTICLE_NEWS,
    ARTICLES,
    CAMPAIGN_PARTS,
    CAMPAIGNS,
    EVERGREENS,
    JOB_NEWS,
    JOBS,
    SHOP,
    SHOP_NEWS,
)


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
_HASH_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Launch(NamedTuple):
    """A link as it is made: what it is, and how it will be clicked."""

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


def launches_alive(seed: int, first: date, last: date) -> list[Launch]:
    """The links that live on a day from `first` to `last`, ascending in `created`."""
    start = first.toordinal()
    oldest = max(start - _LONGEST_LIFE, EPOCH)  # a creation is an epoch second as well
    found = [
        launch
        for ordinal in range(oldest, last.toordinal() + 1)
        for launch in _launches_on(seed, ordinal)
        if ordinal + launch.life > start
    ]
    return sorted(found, key=lambda launch: launch.created)


def _launches_on(seed: int, ordinal: int) -> list[Launch]:
    """The links made on one UTC day."""
    rng = generator(seed, ordinal, LAUNCHES)
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


def _own_launch(rng: Generator, day: date) -> Launch:
    account = _pick_account(rng, ACCOUNTS)
    title, path = _page(rng, account)
    return _launch(rng, day, account, _LAUNCH, title, path)


def _outside_launch(rng: Generator, day: date) -> Launch:
    account = _pick_account(rng, OTHERS)
    if rng.random() < _ELSEWHERE_SHARE:
        account = account._replace(site=ELSEWHERE)
    title, path = _page(rng, account)
    return _launch(rng, day, account, _OUTSIDE, title, path)


def _evergreen(rng: Generator, day: date) -> Launch:
    # The accounts take turns, so that each of them has some steady traffic at any time.
    account = ACCOUNTS[(day.year * 12 + day.month) % len(ACCOUNTS)]
    title, path = EVERGREENS[int(rng.integers(len(EVERGREENS)))]
    if account.site != TRACKING_DOMAINS[0]:  # the journal has no stores and no returns
        title, path = _page(rng, account)
    return _launch(rng, day, account, _EVERGREEN, title, path)


def _newsletter(rng: Generator, day: date) -> Launch:
    title = f"Aurora letter, {day:%B %Y}"
    made = _launch(rng, day, ACCOUNTS[2], _NEWSLETTER, title, f"letter/{day:%Y-%m}")
    return made._replace(keyword=f"letter-{day:%Y-%m}")  # what people read and type


def _campaign_day(day: date) -> date:
    """The Tuesday in the second week of the quarter of `day`."""
    second_week = date(day.year, quarter_month(day), 8)
    return second_week + timedelta(days=(1 - second_week.weekday()) % 7)


def _campaign(rng: Generator, day: date) -> list[Launch]:
    """One link per part of the campaign; the first one has a back-half that people can read."""
    name, slug, size = CAMPAIGNS[day.month]
    kind = _CAMPAIGN._replace(peak=_CAMPAIGN.peak * size)
    found = [
        _launch(rng, day, ACCOUNTS[part % 5], kind, f"{name}: {title}", f"{slug}/{path}")
        for part, (title, path) in enumerate(CAMPAIGN_PARTS)
    ]
    found[0] = found[0]._replace(hash=f"{slug}-{day.year}")
    return found


def _launch(
    rng: Generator, day: date, account: Account, kind: _Kind, title: str, path: str
) -> Launch:
    host = account.hosts[int(rng.choice(len(account.hosts), p=account.host_shares))]
    letters = "".join(_HASH_LETTERS[i] for i in rng.integers(len(_HASH_LETTERS), size=6))
    url = f"https://{account.site}/{path}"
    outside = account.login in OTHER_LOGINS
    if not outside:  # outsiders copy the plain address
        url += f"?utm_source={account.login}&utm_campaign={day:%Y-%m}"
    created = _office_time(day, account.audience, int(rng.integers(8 * HOUR, 17 * HOUR)))
    peak = kind.peak * float(rng.lognormal(0.0, kind.spread))
    return Launch(
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
    midnight = (day.toordinal() - EPOCH) * DAY
    offset = offset_at(zones.named(ZONES[HOME_ZONE[audience]].name), midnight + DAY // 2)
    return midnight + (local - offset) % DAY


def _pick_account(rng: Generator, accounts: tuple[Account, ...]) -> Account:
    return accounts[int(rng.choice(len(accounts), p=[account.share for account in accounts]))]


def _page(rng: Generator, account: Account) -> tuple[str, str]:
    """Title and path of a page on the account's site."""
    things, news, folder = SHOP, SHOP_NEWS, "products"
    if account.site == "northlight-journal.example":
        things, news, folder = ARTICLES, ARTICLE_NEWS, "stories"
    elif account.login == "aurora_people":
        things, news, folder = JOBS, JOB_NEWS, "careers"
    title, path = things[int(rng.integers(len(things)))]
    topic, page = news[int(rng.integers(len(news)))]
    return f"{title}: {topic}", f"{folder}/{path}/{page}"
