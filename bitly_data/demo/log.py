"""The demo as a Bitly click log."""

from __future__ import annotations

import gzip
import math

import numpy as np
import orjson

from bitly_data.demo.audiences import ZONES, Zone
from bitly_data.demo.dates import DAY, EPOCH, HOUR
from bitly_data.demo.days import Clicks, DemoDays
from bitly_data.demo.draws import LOG, generator
from bitly_data.demo.launches import Launch

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
        for day, clicks in enumerate(
            demo.clicks_by_day(demo.first, demo.last), demo.first.toordinal()
        ):
            past = int(np.searchsorted(clicks.t, now, side="right"))
            lines = _click_lines(demo, day, clicks)[:past]
            midnight = (day - EPOCH) * DAY
            for hour in range(midnight, min(midnight + DAY, math.floor(now) + 1), HOUR):
                begin, end = np.searchsorted(clicks.t, (hour, hour + HOUR))
                file.write(_line({"_heartbeat_": hour}))
                file.writelines(lines[begin:end])
            written += past
    return written


def _click_lines(demo: DemoDays, ordinal: int, clicks: Clicks) -> list[bytes]:
    """One line per click of the day, in Bitly's keys.

    Browser, referrer and "known user" are drawn here, from a stream of their own, because only
    the log has them.
    """
    rng = generator(demo.seed, ordinal, LOG)
    size = len(clicks.t)
    agents = np.where(clicks.bot, _BOT_AGENT, rng.choice(len(_AGENTS), size, p=_AGENT_SHARES))
    referrers = np.where(clicks.bot, _DIRECT, rng.choice(len(_REFERRERS), size, p=_REFERRER_SHARES))
    known = np.where(clicks.bot, 0, rng.random(size) < _KNOWN_SHARE)
    rows = zip(
        clicks.t.tolist(),
        (demo.launches[link] for link in clicks.link.tolist()),
        (ZONES[zone] for zone in clicks.zone.tolist()),
        (_AGENTS[agent] for agent in agents.tolist()),
        (_REFERRERS[referrer] for referrer in referrers.tolist()),
        known.tolist(),
        clicks.custom.tolist(),
        strict=True,
    )
    return [_line(_record(*row)) for row in rows]


def _record(
    t: int, link: Launch, place: Zone, agent: str, referrer: str, known: int, custom: bool
) -> dict[str, object]:
    """One click in the order of keys of Bitly's own log."""
    record: dict[str, object] = {
        "a": agent,
        "c": place.country,
        "nk": known,
        "tz": place.name,
        "gr": place.region,
        "g": link.hash,
        "h": link.hash,
        "l": link.login,
        "hh": link.host,
        "r": referrer,
        "u": link.url,
        "t": t,
        "hc": link.created,
        "title": link.title,
    }
    return record | {"kw": link.keyword} if custom else record


def _line(record: dict[str, object]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
