"""UTC buckets of v4: what was counted is kept, what fills is asked for again, walls are noted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

import pytest

from bitly_data.archive import Archive
from bitly_data.bounds import NO_BOUND
from bitly_data.errors import AccessError, AnswerError
from bitly_data.series import Provenance
from bitly_data.sources.bucket_store import (
    ASK_AGAIN_SECONDS,
    GROUP,
    LINK,
    SETTLING_SECONDS,
    CountKey,
)
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
        self.ahead = 0  # by how much the header's date is [s]
        self.change: Callable[[dict[str, Any]], object] = lambda body: None  # of a series
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
        if "link_clicks" in body:
            self.change(body)
        start(status, [("Date", formatdate(self.now + self.ahead, usegmt=True))])
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
        if path.endswith("/summary"):
            total = sum(
                count for at, count in self.by_hour.items() if oldest <= at < newest + width
            )
            return {"unit": params["unit"], "units": len(starts), "total_clicks": total}
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


def test_days_with_clicks_are_those_that_a_first_answer_told_of(
    bitly: Bitly, counts: UtcCounts
) -> None:
    bitly.by_hour = {TODAY - 700 * DAY: 1, TODAY - 60 * DAY + 5 * HOUR: 4, TODAY - 5 * DAY: 2}
    assert counts.clicked_days([LINK_DAYS]) == []
    series(counts, LINK_DAYS, TODAY - 3 * DAY, TODAY + DAY)
    bitly.asked.clear()
    found = [TODAY - 700 * DAY, TODAY - 60 * DAY, TODAY - 5 * DAY]
    assert counts.clicked_days([LINK_DAYS, GROUP_DAYS]) == found
    assert bitly.asked == []
    # Hours that are kept say it as well.
    series(counts, GROUP_HOURS, TODAY - 60 * DAY, TODAY - 59 * DAY)
    assert TODAY - 60 * DAY in counts.clicked_days([GROUP_DAYS])


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
        for row in body.get("link_clicks", ()):
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


# -- how a bucket becomes final -------------------------------------------------------------------

YESTERDAY = TODAY - DAY
SETTLING, AN_HOUR = int(SETTLING_SECONDS), ASK_AGAIN_SECONDS
LINK_HOURS = CountKey(LINK, "go.ex.com/a", "hour")


def again(counts: UtcCounts) -> UtcCounts:
    """The same after a start of the app: it remembers nothing but what is kept."""
    account = V4Account(counts.account.upstream, counts.account.clock, Facts(counts.facts.cache))
    account.facts.cache.clear()
    return replace(counts, account=account)


def one(counts: UtcCounts, key: CountKey, start: int, width: int = DAY) -> tuple[int, int]:
    """Clicks and state of one bucket."""
    clicks, states, _ = series(counts, key, start, start + width)
    return clicks[0], states[0]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(
    ("key", "width", "start"),
    [(LINK_DAYS, DAY, YESTERDAY), (GROUP_DAYS, DAY, YESTERDAY), (LINK_HOURS, HOUR, TODAY - HOUR)],
)
def test_what_was_asked_seconds_after_its_end_is_asked_again(
    bitly: Bitly, counts: UtcCounts, key: CountKey, width: int, start: int, restart: bool
) -> None:
    bitly.now, bitly.by_hour = start + width + 5, {start: 11}
    assert one(counts, key, start, width) == (11, COUNTED)
    bitly.by_hour[start] = 20  # late clicks
    bitly.now += AN_HOUR - 1
    assert one(counts, key, start, width) == (11, COUNTED)
    bitly.spans.clear()
    bitly.now += 1
    counts = again(counts) if restart else counts
    assert one(counts, key, start, width) == (20, COUNTED)
    kept = counts.store.restated(key, start, start + 1)
    assert [(gone.clicks, gone.since) for gone in kept] == [(11, start + width + 5)]
    # It settles when it came back the same so long after its end; then nobody asks any more.
    bitly.now = start + width + SETTLING
    assert one(counts, key, start, width) == (20, COUNTED)
    bitly.spans.clear()
    bitly.now += 30 * DAY
    bitly.by_hour[start] = 99
    assert one(again(counts), key, start, width) == (20, COUNTED)
    assert bitly.spans == []


def test_what_came_back_different_late_is_asked_once_more(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.by_hour = TODAY + 5, {YESTERDAY: 11}
    one(counts, LINK_DAYS, YESTERDAY)
    bitly.now, bitly.by_hour = TODAY + SETTLING, {YESTERDAY: 20}
    assert one(counts, LINK_DAYS, YESTERDAY) == (20, COUNTED)
    bitly.spans.clear()
    bitly.now += AN_HOUR
    assert one(counts, LINK_DAYS, YESTERDAY) == (20, COUNTED)
    assert bitly.spans == [("day", 1)]
    bitly.now += AN_HOUR
    assert one(counts, LINK_DAYS, YESTERDAY) == (20, COUNTED)
    assert bitly.spans == []


def test_what_is_first_asked_late_has_settled_at_once(bitly: Bitly, counts: UtcCounts) -> None:
    start = TODAY - 3 * DAY
    bitly.by_hour = {start: 7}
    assert one(counts, LINK_DAYS, start) == (7, COUNTED)
    bitly.spans.clear()
    bitly.by_hour, bitly.now = {start: 8}, bitly.now + AN_HOUR
    assert (one(counts, LINK_DAYS, start), bitly.spans) == ((7, COUNTED), [])


def test_with_no_settling_time_the_first_answer_is_final(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.by_hour = TODAY + 5, {YESTERDAY: 11}
    at_once = replace(counts, settling=0.0)
    one(at_once, LINK_DAYS, YESTERDAY)
    bitly.now, bitly.by_hour = TODAY + 5 * DAY, {YESTERDAY: 20}
    assert one(at_once, LINK_DAYS, YESTERDAY) == (11, COUNTED)


def test_all_that_has_not_settled_is_one_call_with_the_range(
    bitly: Bitly, counts: UtcCounts
) -> None:
    bitly.by_hour = {TODAY - back * DAY: back + 1 for back in range(9)}
    days = (TODAY - 8 * DAY, TODAY + DAY)
    series(counts, LINK_DAYS, *days)
    bitly.spans.clear()
    bitly.now += AN_HOUR
    series(counts, LINK_DAYS, *days)
    assert bitly.spans == [("day", 4)]  # two that ended within two days, today, and one to spare


def test_what_cannot_be_asked_for_any_more_is_at_least_what_it_was(
    bitly: Bitly, counts: UtcCounts
) -> None:
    bitly.now, bitly.by_hour, bitly.history = TODAY + 5, {YESTERDAY: 11}, 3
    series(counts, LINK_DAYS, YESTERDAY, TODAY + DAY)
    bitly.now = TODAY + 9 * DAY
    counts = again(counts)
    log = new_log(counts)
    found = counts.series(log, LINK_DAYS, YESTERDAY, TODAY + 10 * DAY)
    assert (found.states[0], found.bounds.at_least[0]) == (OUTSIDE_WINDOW, 11)
    assert found.bounds.at_most[0] == NO_BOUND


# -- what one answer does not decide --------------------------------------------------------------


def empty(body: dict[str, Any]) -> None:
    body["link_clicks"] = []


def zeros(body: dict[str, Any]) -> None:
    for row in body["link_clicks"]:
        row["clicks"] = 0


def newer_half(body: dict[str, Any]) -> None:
    rows = body["link_clicks"]
    body["link_clicks"] = rows[: len(rows) // 2]


def older_half(body: dict[str, Any]) -> None:
    rows = body["link_clicks"]
    body["link_clicks"] = rows[len(rows) // 2 :]


def a_hole(body: dict[str, Any]) -> None:
    del body["link_clicks"][len(body["link_clicks"]) // 2]


WEEK = (TODAY - 10 * DAY, TODAY - 2 * DAY)
LIES = [empty, zeros, newer_half, older_half, a_hole]


@pytest.mark.parametrize("key", [LINK_DAYS, GROUP_DAYS], ids=["link", "group"])
@pytest.mark.parametrize("lie", LIES, ids=[lie.__name__ for lie in LIES])
def test_what_is_left_out_is_no_zero(
    bitly: Bitly, counts: UtcCounts, lie: Callable[[dict[str, Any]], object], key: CountKey
) -> None:
    bitly.history, bitly.by_hour = 11, dict.fromkeys(range(WEEK[0], TODAY + DAY, DAY), 5)
    bitly.listed = [("go.ex.com/a", 40)]
    bitly.change = lie
    clicks, states, told = series(counts, key, *WEEK)
    assert FAILED in states
    assert all(count == 5 for count, state in zip(clicks, states, strict=True) if state == COUNTED)
    assert told.requests == len(bitly.spans) == 2  # the series, and one second look
    assert set(counts.store.counts(key, *WEEK).values()) <= {5}
    # It is not asked for again and again.
    series(counts, key, *WEEK)
    assert bitly.spans == []
    bitly.change, bitly.now = lambda body: None, bitly.now + AN_HOUR
    assert series(counts, key, *WEEK)[:2] == ([5] * 8, [COUNTED] * 8)


@pytest.mark.parametrize("lie", [empty, zeros], ids=["empty", "zeros"])
@pytest.mark.parametrize("key", [LINK_DAYS, GROUP_DAYS], ids=["link", "group"])
def test_where_there_was_no_click_a_second_look_says_so(
    bitly: Bitly, counts: UtcCounts, key: CountKey, lie: Callable[[dict[str, Any]], object]
) -> None:
    bitly.change = lie
    assert series(counts, key, *WEEK)[:2] == ([0] * 8, [COUNTED] * 8)
    assert len(bitly.spans) == 2
    bitly.now += AN_HOUR
    series(counts, key, *WEEK)
    assert bitly.spans == []  # it has settled


def test_less_than_before_is_looked_at_once_more(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.by_hour = TODAY + 5, {YESTERDAY - DAY: 3, YESTERDAY: 20}
    one(counts, LINK_DAYS, YESTERDAY)

    def fewer(body: dict[str, Any]) -> None:
        body["link_clicks"][0]["clicks"] = 7

    bitly.now, bitly.change = TODAY + SETTLING, fewer
    # The second look says what it was before: so it is that, and has settled.
    assert one(counts, LINK_DAYS, YESTERDAY) == (20, COUNTED)
    assert counts.store.unsettled(LINK_DAYS, YESTERDAY, TODAY, DAY + SETTLING) == {}
    assert counts.store.restated(LINK_DAYS, YESTERDAY, TODAY) == []


def test_a_click_that_is_taken_back_is_restated(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.by_hour = TODAY + 5, {YESTERDAY: 20}
    one(counts, LINK_DAYS, YESTERDAY)
    bitly.now, bitly.by_hour = TODAY + SETTLING, {YESTERDAY: 18}
    assert one(counts, LINK_DAYS, YESTERDAY) == (18, COUNTED)
    assert [gone.clicks for gone in counts.store.restated(LINK_DAYS, YESTERDAY, TODAY)] == [20]


def test_what_contradicts_all_that_is_known_is_not_known(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.by_hour = TODAY + 5, {YESTERDAY: 11}
    one(counts, LINK_DAYS, YESTERDAY)
    bitly.now, bitly.by_hour, bitly.change = TODAY + SETTLING, {YESTERDAY: 20}, empty
    assert one(counts, LINK_DAYS, YESTERDAY) == (0, FAILED)
    bitly.change, bitly.now = lambda body: None, bitly.now + AN_HOUR
    assert one(counts, LINK_DAYS, YESTERDAY) == (20, COUNTED)


def test_what_has_settled_stays_unless_a_second_look_says_otherwise(
    bitly: Bitly, counts: UtcCounts
) -> None:
    bitly.by_hour = dict.fromkeys(range(*WEEK, DAY), 5)
    series(counts, LINK_DAYS, *WEEK)
    for lie, expected in ((newer_half, 5), (empty, 5)):
        bitly.change = lie
        counts.ask_anew(LINK_DAYS, *WEEK, with_lists=False)
        assert series(counts, LINK_DAYS, *WEEK)[:2] == ([expected] * 8, [COUNTED] * 8)
    bitly.change, bitly.by_hour = lambda body: None, dict.fromkeys(range(*WEEK, DAY), 4)
    counts.ask_anew(LINK_DAYS, *WEEK, with_lists=False)
    assert series(counts, LINK_DAYS, *WEEK)[0] == [4] * 8


def test_without_a_second_look_nothing_is_decided(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.by_hour, bitly.change, bitly.walls = {YESTERDAY: 9}, empty, ("/summary",)
    days = (YESTERDAY, TODAY + DAY)
    assert series(counts, LINK_DAYS, *days)[1][0] == FAILED
    assert counts.store.counts(LINK_DAYS, *days) == {}
    bitly.change, bitly.now = lambda body: None, bitly.now + int(RUNNING_SECONDS) + 1
    assert series(counts, LINK_DAYS, *days)[0][0] == 9


# -- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [HOUR, 400, 30 * DAY])
def test_a_date_ahead_finishes_nothing(bitly: Bitly, counts: UtcCounts, ahead: int) -> None:
    hour = TODAY + 11 * HOUR
    bitly.now, bitly.by_hour = hour + HOUR - 300, {hour: 3}
    bitly.ahead = ahead
    assert one(counts, LINK_HOURS, hour, HOUR)[0] == 3
    assert counts.store.counts(LINK_HOURS, hour, hour + HOUR) == {}
    bitly.ahead, bitly.by_hour, bitly.now = 0, {hour: 50}, hour + HOUR + 5
    assert one(counts, LINK_HOURS, hour, HOUR) == (50, COUNTED)


@pytest.mark.parametrize("behind", [400, HOUR, 4 * DAY])
def test_a_date_behind_finishes_nothing_either(
    bitly: Bitly, counts: UtcCounts, behind: int
) -> None:
    """Counted back from another moment, what is left out would be another bucket."""
    bitly.history, bitly.by_hour, bitly.ahead = 7, {TODAY - 9 * DAY: 8, TODAY: 1}, -behind
    bitly.change = lambda body: body.update(
        link_clicks=[row for row in body["link_clicks"] if row["clicks"]]
    )
    clicks, states, _ = series(counts, LINK_DAYS, TODAY - 9 * DAY, TODAY + DAY)
    assert clicks[-1] == 1
    assert COUNTED not in states[:-1]
    assert counts.store.counts(LINK_DAYS, 0, TODAY) == {}
    bitly.ahead = 0
    bitly.now += int(RUNNING_SECONDS) + 1
    assert series(counts, LINK_DAYS, YESTERDAY, TODAY)[:2] == ([0], [COUNTED])


def test_a_date_some_minutes_off_is_believed(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.ahead, bitly.by_hour = TODAY - 120, 240, {YESTERDAY: 4}
    counts.account.user()
    assert counts.account.now() == TODAY + 120
    assert one(counts, LINK_DAYS, YESTERDAY) == (4, COUNTED)
    assert counts.store.counts(LINK_DAYS, YESTERDAY, TODAY) == {YESTERDAY: 4}


def test_a_server_of_another_time_that_says_so_is_believed(bitly: Bitly, counts: UtcCounts) -> None:
    """Its clock was stopped: the header and the body say the same."""
    counts.account.user()
    bitly.by_hour = {TODAY - 700 * DAY: 6}
    ours, bitly.now = bitly.now, TODAY - 700 * DAY + 30 * HOUR
    late = replace(counts.account, clock=lambda: float(ours))
    counts = replace(counts, account=late)
    bitly.change = lambda body: body.update(unit_reference=wire.moment_text(bitly.now))
    log = new_log(counts)
    counts.series(log, LINK_DAYS, TODAY - 2 * DAY, TODAY + DAY)
    assert (log.now, counts.account.now()) == (bitly.now, bitly.now)
    assert one(counts, LINK_DAYS, TODAY - 700 * DAY) == (6, COUNTED)


# -- lists, and asking anew -----------------------------------------------------------------------


def test_a_list_is_asked_again_when_the_count_has_changed(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.now, bitly.by_hour, bitly.listed = TODAY + 5, {YESTERDAY: 11}, [("go.ex.com/a", 11)]
    one(counts, GROUP_DAYS, YESTERDAY)
    counts.rows(new_log(counts), GROUP_DAYS, YESTERDAY)
    bitly.now += AN_HOUR
    assert counts.without_list(GROUP_DAYS, YESTERDAY, TODAY) == [YESTERDAY]  # it may have
    one(counts, GROUP_DAYS, YESTERDAY)
    assert counts.without_list(GROUP_DAYS, YESTERDAY, TODAY) == []  # it has not
    bitly.now += AN_HOUR
    bitly.by_hour, bitly.listed = {YESTERDAY: 20}, [("go.ex.com/a", 15), ("go.ex.com/b", 5)]
    one(counts, GROUP_DAYS, YESTERDAY)
    assert counts.without_list(GROUP_DAYS, YESTERDAY, TODAY) == [YESTERDAY]
    assert [row.clicks for row in counts.rows(new_log(counts), GROUP_DAYS, YESTERDAY)] == [15, 5]
    bitly.now = TODAY + SETTLING
    one(counts, GROUP_DAYS, YESTERDAY)
    bitly.spans.clear()
    bitly.now += DAY
    counts.rows(new_log(counts), GROUP_DAYS, YESTERDAY)
    assert bitly.spans == []  # the count has settled, and the list with it


def test_an_empty_list_of_what_was_clicked_is_not_kept(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.by_hour = {TODAY - 5 * DAY: 4}
    one(counts, GROUP_DAYS, TODAY - 5 * DAY)
    assert counts.rows(new_log(counts), GROUP_DAYS, TODAY - 5 * DAY) == []
    assert counts.store.listed(GROUP_DAYS, 0, TODAY) == set()


def test_without_a_series_a_list_settles_as_a_count_does(bitly: Bitly, counts: UtcCounts) -> None:
    bitly.walls, bitly.now = ("/over_time", "/groups/Bg/clicks"), TODAY + 5
    bitly.listed = [("go.ex.com/a", 11)]
    counts.series_or_wall(new_log(counts), GROUP_DAYS, YESTERDAY, TODAY)
    for now, listed, asked in (
        (5, 11, 1),
        (AN_HOUR, 11, 0),
        (AN_HOUR + 5, 20, 1),
        (SETTLING, 20, 1),
        (SETTLING + AN_HOUR, 20, 0),
    ):
        bitly.now, bitly.listed = TODAY + now, [("go.ex.com/a", listed)]
        counts.series_or_wall(new_log(counts), GROUP_DAYS, YESTERDAY, TODAY)
        bitly.spans.clear()
        missing = counts.without_list(GROUP_DAYS, YESTERDAY, TODAY)
        rows = counts.rows(new_log(counts), GROUP_DAYS, YESTERDAY)
        assert ([row.clicks for row in rows], len(bitly.spans)) == ([listed], asked)
        assert len(missing) == asked


def test_what_has_settled_is_asked_anew_once(bitly: Bitly, counts: UtcCounts) -> None:
    start = TODAY - 5 * DAY
    bitly.by_hour, bitly.listed = {start: 4}, [("go.ex.com/a", 4)]
    one(counts, GROUP_DAYS, start)
    counts.rows(new_log(counts), GROUP_DAYS, start)
    bitly.by_hour, bitly.listed = {start: 6}, [("go.ex.com/a", 6)]
    bitly.spans.clear()
    counts.ask_anew(GROUP_DAYS, start, start + DAY, with_lists=True)
    assert counts.gaps(GROUP_DAYS, start, start + DAY) == [start]
    assert counts.without_list(GROUP_DAYS, start, start + DAY) == [start]
    assert one(counts, GROUP_DAYS, start) == (6, COUNTED)
    assert counts.rows(new_log(counts), GROUP_DAYS, start)[0].clicks == 6
    assert len(bitly.spans) == 3  # the count, a second look, and the list
    assert counts.gaps(GROUP_DAYS, start, start + DAY) == []
    assert counts.without_list(GROUP_DAYS, start, start + DAY) == []


@pytest.mark.parametrize(("listed", "leaves_out"), [(4, True), (5, False), (6, False)])
def test_a_list_with_less_than_an_earlier_count_leaves_something_out(
    bitly: Bitly, counts: UtcCounts, listed: int, leaves_out: bool
) -> None:
    bitly.by_hour, bitly.listed = {TODAY: 5}, [("go.ex.com/a", listed)]
    one(counts, GROUP_DAYS, TODAY)
    counts.rows(new_log(counts), GROUP_DAYS, TODAY)
    assert counts.leaves_out(GROUP_DAYS, TODAY) is leaves_out
