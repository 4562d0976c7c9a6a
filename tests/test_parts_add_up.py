"""The parts of each table add up to its total, on v3 and on v4, on every plan.

Questions are drawn for each click log and plan. The tables are those that the pages show, made of
what the sources answer: the domains of an organization, and the addresses of a link.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tiers
from click_logs import Log, demo_log, usagov_log, v3_of, v4_of
from counter import DAY
from v4_count import PLANS, own_domains

from bitly_data.errors import BitlyError
from bitly_data.query import LINK, ONLY_OTHERS, ClickQuery
from bitly_data.report.tables import to_csv
from bitly_data.series import ClickSeries, failed
from bitly_data.sources.base import Source
from bitly_data.views import addresses, domains
from bitly_data.views.answers import Answer
from bitly_data.views.page_query import PageQuery
from bitly_data.views.parts import DIFFERENCE
from bitly_data.views.values import AT_LEAST, Table

ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
# As many of a unit as do not take hundreds of lists.
UNITS = {"hour": 20, "day": 14, "week": 3, "month": 2}
WHOLE = ("All of them", "All clicks", "All with an answer")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    with demo_log(tmp_path_factory.mktemp("demo")) as log:
        yield log


@pytest.fixture(scope="module")
def usagov() -> Iterator[Log]:
    with usagov_log() as log:
        yield log


def question(chance: random.Random, log: Log, now: int, *, is_v4: bool) -> ClickQuery:
    """A question of the page of domains; in most of them no domain is chosen."""
    counter = log.counter
    own = [*own_domains(counter, 6), *counter.tracking]
    mine = np.flatnonzero(counter.own & (counter.t <= now))
    unit = chance.choice(list(UNITS))
    parts: dict[str, Any] = {}
    if chance.random() < 0.4:
        parts["domains"] = tuple(chance.sample(own, chance.randint(1, min(3, len(own)))))
    if chance.random() < 0.3:
        login = str(counter.login[int(chance.choice(mine.tolist()))])
        parts["login"] = ONLY_OTHERS if not is_v4 and chance.random() < 0.5 else login
    return ClickQuery(
        unit=unit,
        units=chance.randint(1, UNITS[unit]),
        timezone=chance.choice(ZONES),
        until=now - chance.randrange(chance.choice([DAY, 40 * DAY])),
        rollup=chance.random() < 0.1,
        limit=chance.randint(1, 5) if chance.random() < 0.1 else None,
        **parts,
    )


def answered(source: Source, page_query: PageQuery) -> dict[ClickQuery, Answer]:
    """All that the comparison of domains takes, in rounds, as the page asks for it."""
    answers: dict[ClickQuery, Answer] = {}
    while wanted := [q for q in domains.questions(page_query, answers) if q not in answers]:
        for query in wanted:
            try:
                answers[query] = source.fetch(query)
            except BitlyError as problem:
                now = int(source.clock())
                first = len(query.domains) == 1 and not query.unlisted
                answers[query] = failed(query, str(problem), now) if first else problem
    return answers


def shown(table: Table) -> dict[str, int | None]:
    """What stands in each row: a number, a lower bound, or nothing."""
    columns = {column.name: column.values for column in table.columns}
    count = len(columns["Domain"])
    clicks, least = (columns.get(name, [None] * count) for name in ("Clicks", AT_LEAST))
    return {
        str(name): one if one is not None else other  # type: ignore[misc]
        for name, one, other in zip(columns["Domain"], clicks, least, strict=True)
    }


def check_domains(source: Source, query: ClickQuery) -> bool:
    """Whether there was something to add up, after it was."""
    page_query = PageQuery(query, source.capabilities, account=source.fetch_account())
    if not domains.shown(page_query):
        return False
    answers = answered(source, page_query)
    if all(not isinstance(one, ClickSeries) or not one.answered for one in answers.values()):
        return False
    found = domains.load(page_query, answers)
    section = domains.present_totals(page_query, found, answers).section
    assert section.table is not None and section.file is not None
    rows = list(shown(section.table).items())
    at = next(index for index, (name, _) in enumerate(rows) if name in WHOLE)
    (_, whole), parts = rows[at], rows[:at]
    said = " ".join(notice.text for notice in section.notices)
    if "The rows do not add up to" in said:
        assert found.whole.total.unknown > found.whole.total.bounded, query
        return False
    assert sum(clicks or 0 for _, clicks in parts) == (whole or 0), (query, rows)
    unknown = any(one.total.unknown > one.total.bounded for one in found.each)
    # Nothing comes while a stopped clock is asked, so only what is not known is a difference.
    assert unknown or DIFFERENCE not in dict(rows), (query, rows)
    # What the page shows above as the total is the same number.
    above = source.fetch(query)
    if found.whole.name != "All with an answer" and above.edges[0] == found.whole.edges[0]:
        assert above.total.at_least == found.whole.total.at_least, query
    # They stand in one file, whatever zone each was counted in.
    buckets = sum(len(one.clicks) for one in found.each)
    assert to_csv(found.each).count("\n") == buckets + 1, query
    assert to_csv(section.file.series).count("\n") == len(rows) + 1, query
    # A file holds the same rows, and its numbers add up as well.
    of_file = [one.total.at_least for one in section.file.series]
    assert sum(of_file[:at]) == of_file[at], (query, of_file)
    check_shares(section.table, at)
    if not query.domains and not unknown:
        # No link is on two short domains, so each bucket adds up by itself.
        each = [one.floor for one in found.each if one.name not in found.outside]
        assert np.sum(each, axis=0).sum() == found.whole.total.at_least, query
    return bool(whole)


def check_shares(table: Table, at: int) -> None:
    """Shares are of the whole: where each row has one, they are a hundred per cent."""
    shares = next((list(one.values) for one in table.columns if one.name == "Share"), None)
    if shares is not None and all(isinstance(share, float) for share in shares[: at + 1]):
        assert shares[at] == 100
        assert sum(shares[:at]) == pytest.approx(100)  # type: ignore[arg-type]


def check_addresses(source: Source, query: ClickQuery) -> bool:
    """Whether several addresses were added up."""
    names = source.addresses_of(str(query.link))
    page_query = PageQuery(query, source.capabilities, addresses=names)
    whole = source.fetch(query)
    answers: dict[ClickQuery, Answer] = {query: whole}
    for one in addresses.questions(page_query, answers):
        answers[one] = source.fetch(one)
    parts = addresses.parts(page_query, answers)
    every = [*parts, *addresses.rest(whole, parts)]
    if parts:
        assert np.sum([one.floor for one in every], axis=0).tolist() == whole.floor.tolist(), query
    # Without one of them the others and the rest are the sum all the same.
    some = [*parts[1:], *addresses.rest(whole, parts[1:])]
    if len(parts) > 1:
        assert np.sum([one.floor for one in some], axis=0).tolist() == whole.floor.tolist(), query
    return len(parts) > 1 and whole.total.at_least > 0


def several_addresses(log: Log, source: Source, now: int, chance: random.Random) -> str:
    """A link clicked by now: one of several addresses, if one of some is."""
    mine = np.flatnonzero(log.counter.own & (log.counter.t <= now))[-3000:]
    some = [str(log.counter.address[at]) for at in chance.sample(mine.tolist(), min(12, len(mine)))]
    return next((link for link in some if len(source.addresses_of(link)) > 1), some[0])


DOMAINS, ADDRESSES = "domains", "addresses"
# What was added up, by log, plan and seed; nothing is asked twice.
compared: dict[tuple[str, str, int], frozenset[str]] = {}


def ask(name: str, plan: str, seed: int, log: Log) -> frozenset[str]:
    """Ask the questions of a seed, once; which of the two tables had something to add up."""
    if (name, plan, seed) not in compared:
        chance = random.Random(f"{name} {plan} {seed}")
        now = chance.choice(log.moments)
        is_v4 = plan != "v3"
        local = log.at(now, plan if is_v4 else "enterprise")
        source: Source = v4_of(local) if is_v4 else v3_of(local)
        found = {DOMAINS: check_domains(source, question(chance, log, now, is_v4=is_v4))}
        link = several_addresses(log, source, now, chance)
        query = ClickQuery(target=LINK, link=link, units=chance.randint(1, 40), until=now)
        found[ADDRESSES] = check_addresses(source, query.replace(all_addresses=True))
        compared[name, plan, seed] = frozenset(kind for kind, is_there in found.items() if is_there)
    return compared[name, plan, seed]


@pytest.mark.sampled("parts", "seed")
@pytest.mark.parametrize("plan", ["v3", *PLANS])
@pytest.mark.parametrize("name", ["demo", "usagov"])
def test_parts_add_up(name: str, plan: str, seed: int, request: pytest.FixtureRequest) -> None:
    ask(name, plan, seed, request.getfixturevalue(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo", "usagov"])
def test_enough_parts_were_added_up(name: str, request: pytest.FixtureRequest) -> None:
    seeds = tiers.seeds(request.config, "parts")
    log = request.getfixturevalue(name)
    every: Tally[str] = Tally()
    for plan in ("v3", *PLANS):
        found = Tally(kind for seed in seeds for kind in ask(name, plan, seed, log))
        print(f"{name}, {plan}: of {len(seeds)} {dict(found)}")
        every += found
    # Of most days the real log has nothing, and the smallest plan has no lists.
    assert every[DOMAINS] >= len(seeds) / (1 if name == "demo" else 4)
    assert every[ADDRESSES] >= len(seeds) / 2
