"""Zones whose clocks change: where one offset for a whole answer would give wrong numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import epoch, write_clicks

from bitly_data import buckets
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

HOUR = 3600
Ask = Callable[..., list[tuple[int, int]]]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Ask]]:
    """Serve clicks at those times at a stopped clock; gives a function that asks for them."""
    opened = []

    def serve(*times: str, now: str, clock: str | None = None) -> Ask:
        path = write_clicks(
            tmp_path / "clicks.log",
            [
                (time, "go.ex.com/Ab", "ann", "http://ex.com/", 2**power)
                for power, time in enumerate(times)
            ],
        )
        local = LocalBitly.open(ServerOptions(clicks=(path,), now=f"{now}Z"))
        opened.append(local)
        upstream = HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock)
        source = V3Source(upstream, "x", clock=lambda: float(epoch(clock or now)))

        def ask(
            timezone: str, unit: str, units: int, end: str | None = None, **more: object
        ) -> list[tuple[int, int]]:
            series = source.fetch(
                ClickQuery(
                    target=LINK,
                    link="go.ex.com/Ab",
                    unit=unit,
                    units=units,
                    timezone=timezone,
                    until=None if end is None else epoch(end),
                    **more,
                )
            )  # type: ignore[arg-type]
            assert series.known.all() or "limit" in more
            return list(zip(series.edges[:-1].tolist(), series.clicks.tolist(), strict=True))

        return ask

    yield serve
    for local in opened:
        local.close()


def test_half_an_hour_more_in_summer(ask: Callable[..., Ask]) -> None:
    """Lord Howe is at +10:30 in July and at +11 in January."""
    get = ask("2026-01-15T02:10:00", "2026-01-15T02:50:00", now="2026-07-20T00:00:00")
    two = epoch("2026-01-15T02:00:00")
    assert get("Australia/Lord_Howe", "hour", 2, "2026-01-15T03:10:00") == [
        (two, 3),
        (two + HOUR, 0),
    ]
    assert get("Australia/Lord_Howe", "hour", 2, "2026-01-15T03:10:00", rollup=True) == [(two, 3)]
    assert get("Australia/Lord_Howe", "day", 1, "2026-01-15T03:10:00") == [
        (epoch("2026-01-14T13:00:00"), 3)
    ]
    assert get("Australia/Lord_Howe", "month", ALL_TIME, "2026-01-16T00:00:00", rollup=True) == [
        (epoch("2025-12-31T13:00:00"), 3)
    ]


@pytest.mark.parametrize(
    ("unit", "units", "start"),
    [
        ("hour", 5, "2025-07-14T22:30:00"),
        ("day", 3, "2025-07-12T13:30:00"),
        ("month", 1, "2025-06-30T13:30:00"),
        ("day", ALL_TIME, "2025-07-14T13:30:00"),
        ("hour", ALL_TIME, "2025-07-15T01:30:00"),
    ],
)
@pytest.mark.parametrize("rollup", [False, True])
def test_hours_of_the_other_half(
    ask: Callable[..., Ask], unit: str, units: int, start: str, *, rollup: bool
) -> None:
    """In January all of Lord Howe's hours begin on the hour; those of July do not."""
    get = ask("2025-07-15T02:10:00", "2025-07-15T02:50:00", now="2026-01-20T00:00:00")
    found = get("Australia/Lord_Howe", unit, units, "2025-07-15T03:10:00", rollup=rollup)
    if units == ALL_TIME and rollup:
        start = "2025-06-30T13:30:00"  # a total of all time begins with a month
    assert found[0][0] == epoch(start)
    assert sum(clicks for _, clicks in found) == 3
    if unit == "hour" and not rollup:
        assert found[-2:] == [(epoch("2025-07-15T01:30:00"), 1), (epoch("2025-07-15T02:30:00"), 2)]


def test_a_bucket_with_both_halves(ask: Callable[..., Ask]) -> None:
    """On 5 October 2025 at 15:30 UTC the clocks of Lord Howe go half an hour forward."""
    get = ask(
        "2025-10-04T15:29:59",
        "2025-10-04T15:30:00",
        "2025-10-04T15:59:59",
        "2025-10-04T16:00:00",
        "2025-10-04T16:59:59",
        "2025-10-05T12:59:59",
        "2025-10-05T13:00:00",
        now="2026-01-20T00:00:00",
    )
    zone = "Australia/Lord_Howe"
    assert get(zone, "hour", 3, "2025-10-04T16:10:00") == [
        (epoch("2025-10-04T14:30:00"), 1),
        (epoch("2025-10-04T15:30:00"), 2 + 4),
        (epoch("2025-10-04T16:00:00"), 8 + 16),
    ]
    days = [
        (epoch("2025-10-03T13:30:00"), 0),
        (epoch("2025-10-04T13:30:00"), 63),
        (epoch("2025-10-05T13:00:00"), 64),
    ]
    assert get(zone, "day", 3, "2025-10-06T00:00:00") == days
    assert get(zone, "day", 3, "2025-10-06T00:00:00", rollup=True) == [(days[0][0], 127)]
    assert get(zone, "day", ALL_TIME, "2025-10-06T00:00:00") == days[1:]
    assert get(zone, "month", 1, "2025-10-06T00:00:00") == [(epoch("2025-09-30T13:30:00"), 127)]


def test_a_zone_that_no_hours_line_up_with_shows_bitly_s_own_buckets(tmp_path: Path) -> None:
    """Liberia was 44 and a half minutes behind until 1972."""
    path = write_clicks(
        tmp_path / "old.log",
        [
            ("1971-05-15T00:10:00", "go.ex.com/Ab", "ann", "http://ex.com/", 1),
            ("1971-05-15T02:10:00", "go.ex.com/Ab", "ann", "http://ex.com/", 2),
        ],
    )
    local = LocalBitly.open(ServerOptions(clicks=(path,), now="2013-01-01T00:00Z"))
    source = V3Source(
        HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock),
        "x",
        clock=local.clock,
    )
    asked = ClickQuery(
        target=LINK,
        link="go.ex.com/Ab",
        timezone="Africa/Monrovia",
        units=3,
        until=epoch("1971-05-15T12:00:00"),
    )
    found = source.fetch(asked)
    assert "Bitly's own buckets" in found.provenance.note
    assert found.edges.tolist() == [epoch(f"1971-05-{day}T00:00:00") for day in (13, 14, 15, 16)]
    assert found.clicks.tolist() == [0, 0, 3]
    assert source.fetch(asked.replace(timezone="UTC")).provenance.note == ""
    local.close()


def test_as_bitly_answers_one_offset_for_all_days(ask: Callable[..., Ask]) -> None:
    """In December Bitly's days of October begin at 05:00 UTC; New York's begin at 04:00."""
    get = ask(
        "2013-10-31T04:30:00",
        "2013-11-01T12:00:00",
        "2013-11-05T12:00:00",
        now="2013-12-09T00:00:00",
    )
    zone, end = "America/New_York", "2013-11-04T12:00:00"
    right = [
        (epoch(f"2013-{day}T04:00:00"), clicks)
        for day, clicks in (("10-31", 1), ("11-01", 2), ("11-02", 0), ("11-03", 0))
    ]
    raw = [
        (epoch(f"2013-{day}T05:00:00"), clicks)
        for day, clicks in (("10-30", 1), ("10-31", 0), ("11-01", 2), ("11-02", 0), ("11-03", 0))
    ]
    last = (epoch("2013-11-04T05:00:00"), 0)
    assert get(zone, "day", 5, end) == [*right, last]
    assert get(zone, "day", 6, end, upstream_buckets=True) == [*raw, last]
    assert get(zone, "day", 6, end, upstream_buckets=True, rollup=True) == [(raw[0][0], 3)]
    assert get(zone, "day", ALL_TIME, end, upstream_buckets=True) == [*raw, last]
    assert get(zone, "week", 2, end, upstream_buckets=True) == [
        (epoch("2013-10-27T05:00:00"), 3),
        (epoch("2013-11-03T05:00:00"), 4),
    ]
    assert get(zone, "day", 6, end, upstream_buckets=True, limit=2)[-2:] == [raw[-1], last]


def test_as_bitly_answers_all_time_ends_with_its_own_bucket(ask: Callable[..., Ask]) -> None:
    """Monday 4 November is in the week of Sunday the 3rd; the Monday after it is not."""
    get = ask(
        "2013-10-28T12:00:00",
        "2013-11-04T12:00:00",
        "2013-11-10T12:00:00",
        now="2013-12-09T00:00:00",
    )
    for rollup in (False, True):
        found = get(
            "America/New_York",
            "week",
            ALL_TIME,
            "2013-11-05T12:00:00",
            upstream_buckets=True,
            rollup=rollup,
        )
        assert sum(clicks for _, clicks in found) == 1 + 2
    limited = get(
        "America/New_York", "month", ALL_TIME, "2013-11-20T12:00:00", upstream_buckets=True, limit=1
    )
    assert limited == [(epoch("2013-10-01T05:00:00"), 0), (epoch("2013-11-01T05:00:00"), 6)]


def test_all_time_ends_with_the_zone_s_own_month(ask: Callable[..., Ask]) -> None:
    """In winter Bitly's March ends an hour after New York's."""
    get = ask("2013-03-02T12:00:00", "2013-04-01T04:30:00", now="2013-12-01T00:00:00")
    for rollup in (False, True):
        assert get("America/New_York", "month", ALL_TIME, "2013-03-05T00:00:00", rollup=rollup) == [
            (epoch("2013-03-01T05:00:00"), 1)
        ]


def test_all_time_begins_in_a_week_with_a_change(ask: Callable[..., Ask]) -> None:
    """The first click is in April, its week began in March, before the change."""
    get = ask("2014-04-02T12:00:00", "2014-04-07T12:00:00", now="2014-04-10T00:00:00")
    assert get("Europe/Tallinn", "week", ALL_TIME, week_start=buckets.SUNDAY) == [
        (epoch("2014-03-29T22:00:00"), 1),
        (epoch("2014-04-05T21:00:00"), 2),
    ]


@pytest.mark.parametrize("rollup", [False, True])
def test_a_server_whose_clock_is_in_another_season(
    ask: Callable[..., Ask], *, rollup: bool
) -> None:
    """New York's February, asked in winter of a server that believes it is summer."""
    get = ask(
        "2013-02-01T04:30:00",
        "2013-02-01T05:30:00",
        "2013-03-01T04:30:00",
        now="2013-05-17T12:00:00",
        clock="2026-11-24T00:00:00",
    )
    assert get("America/New_York", "month", 1, "2013-02-05T00:00:00", rollup=rollup) == [
        (epoch("2013-02-01T05:00:00"), 6)
    ]


def test_all_time_ends_with_the_server_s_now(ask: Callable[..., Ask]) -> None:
    get = ask("2013-05-16T12:00:00", now="2013-05-17T12:00:00", clock="2026-11-24T00:00:00")
    assert get("UTC", "day", ALL_TIME) == [
        (epoch("2013-05-16T00:00:00"), 1),
        (epoch("2013-05-17T00:00:00"), 0),
    ]
    assert get("UTC", "day", 2, rollup=True) == [(epoch("2013-05-16T00:00:00"), 1)]


@pytest.mark.parametrize(("limit", "counts"), [(1, [0, 14]), (2, [1, 14]), (3, [1, 14])])
def test_a_limit_on_days_made_from_hours(
    ask: Callable[..., Ask], limit: int, counts: list[int]
) -> None:
    """It counts days, not the hours that they are made from; 0 stands for what is cut off."""
    get = ask(
        "2013-03-10T04:30:00",
        "2013-03-10T05:30:00",
        "2013-03-10T12:30:00",
        "2013-03-10T13:30:00",
        now="2013-03-11T03:00:00",
    )
    assert [clicks for _, clicks in get("America/New_York", "day", ALL_TIME, limit=limit)] == counts


@pytest.mark.parametrize(
    ("first", "month"),
    [
        ("2013-04-01T04:30:00", "2013-04-01T04:00:00"),
        ("2013-04-10T12:00:00", "2013-04-01T04:00:00"),
        ("2013-03-31T23:30:00", "2013-03-01T05:00:00"),
        ("2013-12-01T05:00:00", "2013-12-01T05:00:00"),
    ],
)
def test_a_total_of_all_time_begins_with_the_month_of_the_first_click(
    ask: Callable[..., Ask], first: str, month: str
) -> None:
    """In winter Bitly's months of the summer begin an hour after New York's."""
    get = ask(first, "2013-12-05T12:00:00", now="2013-12-09T00:00:00")
    assert get("America/New_York", "day", ALL_TIME, rollup=True) == [(epoch(month), 3)]


@pytest.mark.parametrize(
    ("first", "month"),
    [
        ("2013-02-01T04:30:00", "2013-01-01T05:00:00"),
        ("2013-02-01T05:30:00", "2013-02-01T05:00:00"),
        ("2013-02-10T12:00:00", "2013-02-01T05:00:00"),
    ],
)
def test_and_the_other_way_in_summer(ask: Callable[..., Ask], first: str, month: str) -> None:
    """In summer Bitly's months of the winter begin an hour before New York's."""
    get = ask(first, "2013-07-05T12:00:00", now="2013-07-09T00:00:00")
    assert get("America/New_York", "day", ALL_TIME, rollup=True) == [(epoch(month), 3)]
