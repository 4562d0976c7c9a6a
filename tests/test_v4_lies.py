"""A v4 server that lies: no wrong number is shown as known, and none is kept.

What cannot be told from a right answer, and so is not tried here:

- another whole number in place of a count or of a total, and clicks moved from one link to another
  within a list, or a link's login or destination that is not its own;
- a series without a single bucket of no clicks that leaves buckets out, and says that it answers
  for as many as were asked: a sparse list looks the same. So a history that is cut off without a
  word is found only where upstream says how many buckets it answers for, or names empty ones;
- a total that is another one, but echoes the unit and the number of units that were asked;
- a list of a bucket that still fills with more clicks than the group has: they may have come
  between the two answers. The bucket is called partial.

A list that leaves links out, or whose links have no bodies, cannot be told from one with links that
were deleted: it is kept, its domains and logins are `capped` for good, and what is left of the
group's clicks is "not listed".
"""

from __future__ import annotations

import json
import random
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from counter import DAY, utc
from support import write_clicks

from bitly_data.archive import Archive
from bitly_data.errors import AnswerError, QuestionError
from bitly_data.query import LINK, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.server import LocalBitly, ServerOptions, V4Policy, create_app
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session
from bitly_data.transport.retry import RetryPolicy

NOW = utc("2026-03-17T10:20:30")
Data = dict[str, Any]
Lie = Callable[[Data, random.Random], None]


def _rows(data: Data) -> list[Data]:
    return data.get("link_clicks") or data.get("data") or []


def _named(data: Data) -> str:
    return "clicks" if "link_clicks" in data or "sorted_links" in data else "count"


def _has_zero(rows: list[Data], name: str) -> bool:
    return any(row[name] == 0 for row in rows)


def _count(value: object) -> Lie:
    def lie(data: Data, chance: random.Random) -> None:
        rows = _rows(data) or data.get("sorted_links")
        if rows:
            chance.choice(rows)[_named(data)] = value
        elif "total_clicks" in data:
            data["total_clicks"] = value

    return lie


def _two_counts(data: Data, chance: random.Random) -> None:
    if rows := _rows(data):
        row = chance.choice(rows)
        rows.insert(0, {**row, _named(data): row[_named(data)] + 7})


def _without_units(data: Data, chance: random.Random) -> None:
    data.pop("units", None)
    data.pop("total_clicks", None)  # without them a total is none


def _clamp(data: Data, chance: random.Random) -> None:
    """The oldest are left out, and the number says so."""
    if rows := _rows(data):
        rows.sort(key=lambda row: str(row.get("date", row.get("ts"))))
        del rows[: chance.randrange(len(rows))]
        data["units"] = len(rows)


def _clamp_silently(data: Data, chance: random.Random) -> None:
    """The oldest are left out, and the number does not say so; a bucket without clicks stays."""
    rows, name = _rows(data), _named(data)
    rows.sort(key=lambda row: str(row.get("date", row.get("ts"))))
    keep = rows[chance.randrange(len(rows) + 1) :]
    if _has_zero(keep, name):
        rows[:] = keep


def _fewer(data: Data, chance: random.Random) -> None:
    """One bucket is left out in the midst of others, or one link of a list."""
    rows, name = _rows(data), _named(data)
    if data.get("sorted_links"):
        del data["sorted_links"][chance.randrange(len(data["sorted_links"]))]
    elif len(rows) > 2:
        at = chance.randrange(1, len(rows) - 1)
        if _has_zero(rows[:at] + rows[at + 1 :], name):
            del rows[at]


def _running_total(data: Data, chance: random.Random) -> None:
    """What a free account is told for days before its history."""
    if "total_clicks" in data:
        data |= {
            "total_clicks": data["total_clicks"] + 1000,
            "unit": "",
            "description": "Metrics data limited to after 2026-03-01T00:00:00+0000",
        }


def _another_unit(data: Data, chance: random.Random) -> None:
    if "unit" in data:
        data["unit"] = "week" if data["unit"] != "week" else "day"


def _stranger(data: Data, chance: random.Random) -> None:
    if rows := _rows(data):
        name = "date" if "date" in rows[0] else "ts"
        rows.insert(
            0, {name: chance.choice([0, DAY, NOW // DAY * DAY + 9 * DAY]), _named(data): 77}
        )


def _listed_too_often(data: Data, chance: random.Random) -> None:
    if data.get("sorted_links"):
        chance.choice(data["sorted_links"])["clicks"] += 5


def _listed_twice(data: Data, chance: random.Random) -> None:
    if data.get("sorted_links"):
        data["sorted_links"].append(chance.choice(data["sorted_links"]))


def _between(data: Data, chance: random.Random) -> None:
    for row in _rows(data)[:1]:
        row["date" if "date" in row else "ts"] = NOW // DAY * DAY - 1234


def _shuffled(data: Data, chance: random.Random) -> None:
    chance.shuffle(_rows(data))


def _without_bodies(data: Data, chance: random.Random) -> None:
    if "sorted_links" in data:
        data["links"] = []


LIES: dict[str, Lie] = {
    "null": _count(None),
    "negative": _count(-3),
    "fraction": _count(1.5),
    "huge": _count(10**30),
    "a word": _count("many"),
    "true": _count(True),
    "two counts": _two_counts,
    "no units": _without_units,
    "clamped": _clamp,
    "clamped silently": _clamp_silently,
    "fewer": _fewer,
    "running total": _running_total,
    "another unit": _another_unit,
    "a stranger": _stranger,
    "listed too often": _listed_too_often,
    "listed twice": _listed_twice,
    "between": _between,
    "shuffled": _shuffled,
    "no bodies": _without_bodies,
}


@dataclass
class Liar:
    """The server behind a middleware that changes some of its answers."""

    app: Callable[..., Iterable[bytes]]
    chance: random.Random
    lies: tuple[str, ...] = ()
    share: float = 0.5
    told: list[str] = field(default_factory=list)

    def __call__(self, environ: Data, start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(
                status, [pair for pair in headers if pair[0] != "Content-Length"], *more
            )

        body = b"".join(self.app(environ, start))
        if (
            "clicks" not in environ["PATH_INFO"]
            or not self.lies
            or self.chance.random() > self.share
        ):
            return [body]
        data, lie = json.loads(body), self.chance.choice(self.lies)
        LIES[lie](data, self.chance)
        changed = json.dumps(data).encode()
        if data != json.loads(body):
            self.told.append(lie)
        return [changed]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBitly]:
    chance = random.Random(5)
    clicks = [
        (
            f"2026-{month:02}-{day:02}T{hour:02}:{chance.randrange(60):02}:00",
            link,
            login,
            "http://ex.com/",
            chance.randint(1, 5),
        )
        for month in (2, 3)
        for day in range(1, 28)
        for hour in (1, 9, 20)
        for link, login in (("go.ex.com/Ab", "ann"), ("x.ex.com/Cd", "bob"), ("x.ex.com/Ef", "ann"))
        if (month, day, hour) < (3, 17, 10) and chance.random() < 0.5
    ]
    path = write_clicks(tmp_path_factory.mktemp("lies") / "clicks.log", clicks)
    opened = LocalBitly.open(ServerOptions(clicks=(path,), now="2026-03-17T10:20:30Z"))
    yield opened
    opened.close()


def source_of(app: Callable[..., Iterable[bytes]], archive: Archive) -> V4Source:
    upstream = HttpClient(
        LOCAL_URL,
        "t",
        new_session(app),
        clock=lambda: float(NOW),
        bearer=True,
        policy=RetryPolicy(tries=1),
    )
    return V4Source(upstream, "x", archive.of_account, clock=upstream.clock)


def question(chance: random.Random) -> ClickQuery:
    unit = chance.choice(["hour", "day", "day", "week"])
    parts: Data = chance.choice(
        [
            {},
            {"target": LINK, "link": "go.ex.com/Ab"},
            {"target": LINK, "link": "x.ex.com/Ef"},
            {"domains": ("x.ex.com",)},
            {"login": "ann"},
            {"unlisted": True},
        ]
    )
    return ClickQuery(
        unit=unit,
        units=chance.randint(1, {"hour": 30, "day": 35, "week": 5}[unit]),
        timezone=chance.choice(["UTC", "UTC", "America/New_York", "Asia/Kolkata"]),
        until=None if chance.random() < 0.5 else NOW - chance.randrange(30 * DAY),
        rollup=chance.random() < 0.2,
        **parts,
    )


def kept(archive: Archive) -> dict[str, set[tuple[Any, ...]]]:
    """All that an archive holds, without the time at which it came."""
    with archive.reading() as connection:
        return {
            table: {
                tuple(row)
                for row in connection.execute(f"SELECT name, unit, start, {columns} FROM {table}")
            }
            for table, columns in (("counts", "clicks"), ("listed", "link, clicks"))
        }


# After these a list is short for good, or is wrong as long as its bucket fills.
SHORT, LONG = {"fewer", "no bodies"}, {"listed too often"}


def check(found: ClickSeries, truth: V4Source, told: list[str], about: object) -> int:
    """Each number that is known is the right one; how many are."""
    query = found.query
    if found.provenance.offset == 0:
        query = query.replace(timezone="UTC")
    right = truth.fetch(query)
    known = found.known.copy()
    if LONG & set(told):
        known &= found.edges[1:] <= NOW
    assert found.edges.tolist() == right.edges.tolist(), about
    assert right.known.all(), about
    if query.unlisted and SHORT & set(told):
        assert (found.clicks[known] >= right.clicks[known]).all(), about
    else:
        assert found.clicks[known].tolist() == right.clicks[known].tolist(), about
    return int(known.sum())


@pytest.mark.parametrize("zero_days", ["dense", "sparse"])
@pytest.mark.parametrize("lie", [*LIES, "any"])
def test_a_lie_is_never_shown_as_a_number(local: LocalBitly, lie: str, zero_days: str) -> None:
    policy = V4Policy("premium", zero_days=zero_days, calls_per_minute=None, calls_per_hour=None)
    app = create_app(local.store, clock=lambda: float(NOW), v4_policy=policy)
    truth = source_of(app, Archive())
    tally: Tally[str] = Tally()
    for seed in range(3 if lie != "any" else 15):
        chance = random.Random(f"{lie} {zero_days} {seed}")
        liar = Liar(app, chance, tuple(LIES) if lie == "any" else (lie,))
        archive = Archive()
        source = source_of(liar, archive)
        for _ in range(4):
            query = question(chance)
            about = (seed, query, liar.told)
            try:
                tally["known"] += check(source.fetch(query), truth, liar.told, about)
            except AnswerError as problem:
                assert problem.user_message.endswith("."), about
                tally["refused"] += 1
        tally["told"] += len(liar.told)
        # What was kept is right, so a source that is not lied to goes on from there.
        liar.lies = ()
        again = source_of(liar, archive)
        for _ in range(2):
            query = question(chance)
            found = again.fetch(query)
            known = check(found, truth, liar.told, (seed, query, liar.told))
            assert known == len(found.clicks) or (SHORT | LONG) & set(liar.told)
    print(lie, zero_days, dict(tally))
    assert tally["told"] or lie in ("fewer", "clamped silently", "running total")


def test_lies_are_not_kept(local: LocalBitly) -> None:
    """What an archive holds after many lies is a part of what it holds without."""
    policy = V4Policy("premium", calls_per_minute=None, calls_per_hour=None)
    app = create_app(local.store, clock=lambda: float(NOW), v4_policy=policy)
    whole, lied = Archive(), Archive()
    chance = random.Random(8)
    liar = Liar(app, chance, tuple(LIES), share=0.3)
    for _ in range(60):
        query = question(chance)
        source_of(app, whole).fetch(query)
        try:
            source_of(liar, lied).fetch(query)
        except (AnswerError, QuestionError):
            continue
    for table, rows in kept(lied).items():
        wider = {row[:3]: row for row in kept(whole)[table]} if table == "counts" else {}
        for row in rows:
            if row[:3] in wider:
                assert row == wider[row[:3]]
    assert len(kept(lied)["counts"]) > 100
    assert len(liar.told) > 20
