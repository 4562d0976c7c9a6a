"""A v4 that corrects, shortens, empties and mis-dates its answers at random, over days.

No wrong number is shown as known once its bucket should have settled, and after one refresh none is
in the archive, whatever was answered before. What cannot be told from a right answer is not tried
here: a larger number, and a smaller one where nothing was kept (`test_v4_lies`).
"""

from __future__ import annotations

import random
from collections import Counter as Tally

import pytest
from fickle_bitly import DAY, DOMAIN, HOUR, LINK, FickleBitly

from bitly_data.archive import Archive
from bitly_data.errors import AnswerError
from bitly_data.query import LINK as A_LINK
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.sources.bucket_store import ASK_AGAIN_SECONDS, GROUP, SETTLING_SECONDS, CountKey
from bitly_data.sources.bucket_store import LINK as LINK_KEY
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import HttpClient, new_session
from bitly_data.transport.local_adapter import LOCAL_URL
from bitly_data.transport.retry import RetryPolicy
from bitly_data.transport.ttl_cache import TTLCache

TODAY = 20_500 * DAY
# Late clicks are in, and taken back, before a bucket should have settled.
LATEST = 40 * HOUR
STEPS = 20
TARGETS = ({"target": A_LINK, "link": LINK}, {"target": A_LINK, "link": LINK}, {}, {"login": "ann"})


def source_of(bitly: FickleBitly, archive: Archive) -> V4Source:
    """A source as after a start of the app: it remembers nothing but the archive."""
    clock = lambda: float(bitly.now)  # noqa: E731
    upstream = HttpClient(
        LOCAL_URL,
        "t",
        new_session(bitly),
        clock=clock,
        bearer=True,
        policy=RetryPolicy(tries=1),
    )
    return V4Source(upstream, "x", archive.of_account, clock=clock, cache=TTLCache(clock))


def question(chance: random.Random, now: int) -> ClickQuery:
    unit, most = chance.choice((("hour", 100), ("day", 9), ("day", 9), ("week", 2)))
    parts = chance.choice((*TARGETS, {"domains": (DOMAIN,)}))
    return ClickQuery(
        unit=unit,
        units=chance.randint(1, most if "target" in parts or not parts else min(most, 12)),
        timezone=chance.choice(("UTC", "UTC", "America/New_York", "Asia/Kolkata")),
        until=None if chance.random() < 0.6 else now - chance.randrange(8 * DAY),
        rollup=chance.random() < 0.1,
        **parts,
    )


def check(found: ClickSeries, bitly: FickleBitly, tally: Tally[str]) -> None:
    """Each number that is known of a bucket that should have settled is the right one."""
    settled = found.edges[1:] + SETTLING_SECONDS + ASK_AGAIN_SECONDS <= bitly.now
    tally["known"] += int((settled & found.known).sum())
    tally["not known"] += int((settled & ~found.known).sum())
    for index in (settled & found.known).nonzero()[0].tolist():
        start, end = found.edges[index : index + 2].tolist()
        right = bitly.true_clicks(start, end)
        assert found.clicks[index] == right, (found.query, start, bitly.now, bitly.told)


def run(seed: int) -> Tally[str]:
    chance, tally = random.Random(seed), Tally[str]()
    bitly = FickleBitly(
        TODAY + chance.randrange(DAY),
        chance,
        dense=chance.random() < 0.5,
        lies=chance.choice((0.05, 0.2, 0.5)),
        history=chance.choice((400, 400, 7)),
    )
    bitly.add_clicks(TODAY - 12 * DAY, TODAY + 20 * DAY, LATEST)
    archive = Archive()
    source = source_of(bitly, archive)
    for _ in range(STEPS):
        bitly.now += chance.choice((30, 600, HOUR + 1, 5 * HOUR, DAY))
        if chance.random() < 0.15:
            source = source_of(bitly, archive)
        try:
            check(source.fetch(question(chance, bitly.now)), bitly, tally)
        except AnswerError as problem:
            assert problem.user_message.endswith(".")
            tally["refused"] += 1
    tally.update(bitly.told)
    check_after_refresh(bitly, source, archive, tally)
    return tally


def check_after_refresh(
    bitly: FickleBitly, source: V4Source, archive: Archive, tally: Tally[str]
) -> None:
    """All is asked once more of a server that is right by now: what is kept is right."""
    bitly.lies = 0.0
    for parts in TARGETS:
        for unit, units in (
            ("hour", 24 * bitly.history if bitly.history < 9 else 900),
            ("day", 60),
        ):
            query = ClickQuery(unit=unit, units=units if "login" not in parts else 48, **parts)
            source.ask_anew(query)
            check(source.fetch(query), bitly, tally)
    kept = archive.of_account("ann")
    begins = bitly.now // DAY * DAY - (bitly.history - 1) * DAY
    for kind, name in ((LINK_KEY, LINK), (GROUP, "Bg")):
        for unit, width in (("hour", HOUR), ("day", DAY)):
            key = CountKey(kind, name, unit)
            for start, clicks in kept.counts(key, begins, bitly.now).items():
                assert clicks == bitly.true_clicks(start, start + width), (key, start, bitly.told)
                tally["kept"] += 1
            asked_from = max(begins, bitly.now - 47 * width)
            for start, rows in kept.lists(key, asked_from, bitly.now).items():
                listed = sum(row.clicks for row in rows)
                assert listed == bitly.true_clicks(start, start + width), (key, start)
                tally["lists"] += 1


@pytest.mark.sampled("corrections", "seeds", block=10)
def test_no_wrong_number_is_known_after_the_settling_time(seeds: range) -> None:
    tally = Tally[str]()
    for seed in seeds:
        tally += run(seed)
    print(dict(tally))
    assert tally["known"] > 50 * len(seeds)
    assert tally["kept"] > 100 * len(seeds)
    assert tally["not known"] > 0
