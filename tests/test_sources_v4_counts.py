"""UTC buckets of v4: what was counted is kept, what fills is asked for again, walls are noted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import pytest

from bitly_data.archive import Archive
from bitly_data.errors import AccessError, AnswerError
from bitly_data.series import Provenance
from bitly_data.sources.bucket_store import GROUP, LINK, CountKey
from bitly_data.sources.request_log import RequestLog
from bitly_data.sources.v4 import wire
from bitly_data.sources.v4.account import V4Account
from bitly_data.sources.v4.counts import UtcCounts, is_too_much
from bitly_data.sources.v4.facts import ACCOUNT_SECONDS, RUNNING_SECONDS, Facts
from bitly_data.sources.v4.spans import FIRST_DAYS
from bitly_data.states import COUNTED, FAILED, OUTSIDE_WINDOW
from bitly_data.transport.client import HttpClient, new_session
from bitly_data.transport.local_adapter import LOCAL_URL
from bitly_data.transport.ttl_cache import TTLCache

HOUR, DAY = 3600, 86_400
TODAY = 20_000 * DAY
GROUP_DAYS, GROUP_HOURS = CountKey(GROUP, "Bg", "day"), CountKey(GROUP, "Bg", "hour")
LINK_DAYS = CountKey(LINK, "go.ex.com/a", "day")
FIRST_WAY, SECOND_WAY = "/v4/groups/…/links/clicks/over_time", "/v4/groups/…/clicks"


class Bitly:
    """A v4 that has clicks by the hour, a history of so many days, and a list for each bucket."""

    def __init__(self) -> None:
        self.now = TODAY + 12 * HOUR
        self.by_hour: dict[int, int] = {}
        self.history = 10_000  # [UTC days], today among them
        self.walls: tuple[str, ...] = ()  # ends of paths that the plan does not have
        self.listed: list[tuple[str, int]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        params = {name: value[0] for name, value in parse_qs(environ["QUERY_STRING"]).items()}
        if path == wire.USER:
            status, body = "200 OK", {"login": "ann"}
        elif path.endswith(self.walls or ("//",)):
            status, body = "402 Payment Required", {"message": "UPGRADE_REQUIRED"}
        else:
            status, body = "200 OK", self._answer(path, params)
        if path != wire.USER:
            self.asked.append((path, params))
        start(status, [])
        return [json.dumps(body).encode()]

    def _answer(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        if path.endswith("/bitlinks/clicks"):
            return {
                "sorted_links": [{"id": link, "clicks": count} for link, count in self.listed],
                "links": [],
            }
        width = {"hour": HOUR, "day": DAY}[params["unit"]]
        end = wire.parse_moment(params.get("unit_reference"))
        newest = (self.now if end is None else end) // width * width
        oldest = max(
            newest - (int(params["units"]) - 1) * width,
            self.now // DAY * DAY - (self.history - 1) * DAY,
        )
        starts = range(newest, oldest - 1, -width)
        return {
            "unit": params["unit"],
            "units": len(starts),
            "link_clicks": [
                {
                    "date": wire.moment_text(at),
                    "clicks": sum(
                        count for hour, count in self.by_hour.items() if at <= hour < at + width
                    ),
                }
                for at in starts
            ],
        }

    @property
    def spans(self) -> list[tuple[str, int]]:
        """What it was asked for since the last look: unit and units of each call."""
        found = [(params["unit"], int(params["units"])) for _, params in self.asked]
        self.asked.clear()
        return found


@pytest.fixture
def bitly() -> Bitly:
    return Bitly()


@pytest.fixture
def counts(bitly: Bitly) -> UtcCounts:
    clock = lambda: float(bitly.now)  # noqa: E731
    upstream = HttpClient(LOCAL_URL, "t", new_session(bitly), clock=clock, bearer=True)
    return UtcCounts(V4Account(upstream, clock, Facts(TTLCache(clock))), Archive().of_account)


def new_log(counts: UtcCounts) -> RequestLog:
    return RequestLog(counts.account.now())


def series(
    counts: UtcCounts, key: CountKey, start: int, end: int
) -> tuple[list[int], list[int], Provenance]:
    log = new_log(counts)
    found = counts.series(log, key, start, end)
    return found.clicks.tolist(), found.states.tolist(), log.provenance("v4", "x")


def test_finished_buckets_are_asked_for_once_and_what_fills_again(
    bitly: Bitly, counts: UtcCounts
) -> None:
    bitly.by_hour = {TODAY - 2 * DAY: 4, TODAY - DAY: 0, TODAY + HOUR: 1}
    days = (TODAY - 2 * DAY, TODAY + DAY)
    clicks, states, told = series(counts, LINK_DAYS, *days)
    assert (clicks, states) == ([4, 0, 1], [COUNTED] * 3)
    assert bitly.spans == [("day", FIRST_DAYS)]
    assert (told.requests, told.endpoints) == (1, ("/v4/bitlinks/…/clicks",))

    bitly.by_hour[TODAY + 2 * HOUR] = 8
    bitly.now += int(RUNNING_SECONDS)
    clicks, _, told = series(counts, LINK_DAYS, *days)
    assert (clicks, bitly.spans) == ([4, 0, 1], [])
    assert (told.requests, told.endpoints) == (0, ("/v4/bitlinks/…/clicks",))

    bitly.now += 1
    assert series(counts, LINK_DAYS, *days)[0] == [4, 0, 9]
    assert bitly.spans == [("day", 2)]
    bitly.by_hour[TODAY - 2 * DAY] = 400  # what is finished is finished
    assert series(counts, LINK_DAYS, *days)[0] == [4, 0, 9]


def test_what_a_bucket_had_while_it_filled_is_not_what_it_had(
    bitly: Bitly, counts: UtcCounts
) -> None:
    bitly.now = TODAY + DAY - 20
    bitly.by_hour = {TODAY + HOUR: 1}
    assert series(counts, LINK_DAYS, TODAY, TODAY + DAY)[0] == [1]
    bitly.by_hour[TODAY + 23 * HOUR] = 2
    bitly.now += 30
    assert series(counts, LINK_DAYS, TODAY, TODAY + DAY)[0] == [3]


def test_what_is_before_the_history_is_not_asked_for_again(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.history, bitly.by_hour = 2, {TODAY - 5 * DAY: 4, TODAY - DAY: 2}
    days = (TODAY - 5 * DAY, TODAY + DAY)
    clicks, states, _ = series(counts, LINK_DAYS, *days)
    assert clicks == [0, 0, 0, 0, 2, 0]
    assert states == [OUTSIDE_WINDOW] * 4 + [COUNTED] * 2
    assert counts.history(LINK_DAYS).begins == TODAY - DAY
    assert bitly.spans == [("day", FIRST_DAYS)]
    assert counts.gaps(LINK_DAYS, *days) == []
    assert list(counts.begun(LINK_DAYS, *days)) == [TODAY - DAY, TODAY]


def test_of_hours_in_the_past_days_tell_where_they_begin(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.history, bitly.by_hour = 3, {TODAY - 2 * DAY + HOUR: 5}
    clicks, states, _ = series(counts, GROUP_HOURS, TODAY - 3 * DAY, TODAY - DAY)
    assert bitly.spans[0] == ("day", FIRST_DAYS)
    assert states == [OUTSIDE_WINDOW] * 24 + [COUNTED] * 24
    assert clicks[24:27] == [0, 5, 0]


def test_no_answer_is_no_zero(bitly: Bitly, counts: UtcCounts) -> None:
    key, garbled = LINK_DAYS, bitly._answer

    def one_is_garbled(path: str, params: dict[str, str]) -> dict[str, Any]:
        body = garbled(path, params)
        for row in body["link_clicks"]:
            if row["date"] == wire.moment_text(TODAY - DAY):
                row["clicks"] = "many"
        return body

    bitly._answer = one_is_garbled  # type: ignore[method-assign]
    clicks, states, _ = series(counts, key, TODAY - 2 * DAY, TODAY + DAY)
    assert (clicks, states) == ([0, 0, 0], [COUNTED, FAILED, COUNTED])
    assert counts.gaps(key, TODAY - 2 * DAY, TODAY + DAY) == []  # it is asked for in a minute
    bitly.now += int(RUNNING_SECONDS) + 1
    assert counts.gaps(key, TODAY - 2 * DAY, TODAY + DAY) == [TODAY - DAY, TODAY]


def test_the_way_that_the_plan_has_is_taken_from_then_on(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.walls, bitly.by_hour = ("/over_time",), {TODAY: 3}
    clicks, _, told = series(counts, GROUP_DAYS, TODAY, TODAY + DAY)
    assert (clicks, told.requests) == ([3], 2)
    assert told.endpoints == (FIRST_WAY, SECOND_WAY)
    bitly.now += 2 * int(RUNNING_SECONDS)
    _, _, told = series(counts, GROUP_DAYS, TODAY, TODAY + DAY)
    assert (told.requests, told.endpoints) == (1, (SECOND_WAY,))


def test_a_group_without_a_series_is_asked_once_an_hour(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.walls = ("/over_time", "/clicks")
    for now, calls in ((0, 2), (1, 0), (int(ACCOUNT_SECONDS) + 1, 2)):
        bitly.now = TODAY + now
        found = counts.series_or_wall(new_log(counts), GROUP_DAYS, TODAY, TODAY + DAY)
        assert isinstance(found, AccessError)
        assert len(bitly.spans) == calls
    assert counts.history(GROUP_DAYS).series_wall is not None
    with pytest.raises(AnswerError):
        counts.series(new_log(counts), GROUP_DAYS, TODAY, TODAY + DAY)


def test_lists_of_finished_buckets_are_kept(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.listed = [("go.ex.com/a", 3)]
    days = (TODAY - DAY, TODAY + DAY)
    for at in (TODAY - DAY, TODAY):
        assert [row.clicks for row in counts.rows(new_log(counts), GROUP_DAYS, at)] == [3]
    assert len(bitly.spans) == 2
    assert counts.without_list(GROUP_DAYS, *days) == []
    bitly.now += int(RUNNING_SECONDS) + 1
    assert counts.without_list(GROUP_DAYS, *days) == [TODAY]
    bitly.listed = [("go.ex.com/a", 9)]
    assert counts.rows(new_log(counts), GROUP_DAYS, TODAY - DAY)[0].clicks == 3
    assert bitly.spans == []
    assert counts.rows(new_log(counts), GROUP_DAYS, TODAY)[0].clicks == 9


def test_what_is_empty_needs_no_list(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.by_hour = {TODAY - 2 * DAY: 4}
    days = (TODAY - 3 * DAY, TODAY + DAY)
    assert len(counts.without_list(GROUP_DAYS, *days)) == 4
    series(counts, GROUP_DAYS, *days)
    assert counts.without_list(GROUP_DAYS, *days) == [TODAY - 2 * DAY]


def test_a_list_that_cannot_be_right_is_not_kept(bitly: Bitly, counts: UtcCounts) -> None:
    yesterday = TODAY - DAY
    bitly.by_hour, bitly.listed = {yesterday: 2}, [("go.ex.com/a", 3)]
    series(counts, GROUP_DAYS, yesterday, TODAY)
    counts.rows(new_log(counts), GROUP_DAYS, yesterday)
    assert counts.store.listed(GROUP_DAYS, yesterday, TODAY) == set()
    assert len(bitly.spans) == 2
    counts.rows(new_log(counts), GROUP_DAYS, yesterday)
    assert bitly.spans == []  # it is asked for again in an hour
    bitly.now += int(ACCOUNT_SECONDS) + 1
    counts.rows(new_log(counts), GROUP_DAYS, yesterday)
    assert len(bitly.spans) == 1


def test_a_full_list_with_less_than_the_count_is_incomplete(
    bitly: Bitly, counts: UtcCounts
) -> None:
    yesterday = TODAY - DAY
    bitly.listed = [(f"go.ex.com/l{index}", 1) for index in range(wire.MOST_LISTED)]
    for clicks, found in ((wire.MOST_LISTED, []), (wire.MOST_LISTED + 1, [yesterday])):
        key = CountKey(GROUP, f"B{clicks}", "day")
        bitly.by_hour = {yesterday: clicks}
        series(counts, key, yesterday, TODAY)
        counts.rows(new_log(counts), key, yesterday)
        assert counts.incomplete(key, yesterday, TODAY) == found


def test_where_the_plan_has_no_lists_none_are_missing(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.walls = ("/bitlinks/clicks",)
    for _ in range(2):
        with pytest.raises(AccessError):
            counts.rows(new_log(counts), GROUP_DAYS, TODAY)
    assert len(bitly.spans) == 1
    assert counts.without_list(GROUP_DAYS, TODAY - DAY, TODAY + DAY) == []


def test_a_list_says_too_much_only_beside_a_count() -> None:
    rows = [wire.Listed("go.ex.com/a", 3, None, None)]
    assert is_too_much(rows, 2)
    assert not is_too_much(rows, 3)
    assert not is_too_much(rows, None)
