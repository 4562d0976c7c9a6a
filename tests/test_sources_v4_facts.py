"""What v4 has shown is remembered for as long as it holds, and no longer."""

from __future__ import annotations

import pytest

from bitly_data.errors import AccessError, AnswerError, NotFoundError, RateLimitError
from bitly_data.sources.bucket_store import GROUP, LINK, CountKey
from bitly_data.sources.v4 import facts
from bitly_data.sources.v4.facts import ACCOUNT_SECONDS, RUNNING_SECONDS, Facts, History, is_wall
from bitly_data.transport.ttl_cache import TTLCache

DAYS, HOURS = CountKey(GROUP, "Bg", "day"), CountKey(GROUP, "Bg", "hour")
OTHER = CountKey(LINK, "Bg", "day")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seen(clock: Clock) -> Facts:
    return Facts(TTLCache(clock))


def test_a_fact_is_about_one_thing_and_of_one_kind(seen: Facts) -> None:
    seen.put(facts.FIRST_BUCKET, DAYS, 7)
    assert seen.get(facts.FIRST_BUCKET, DAYS) == 7
    assert seen.get(facts.FIRST_BUCKET, HOURS) is None
    assert seen.get(facts.FIRST_BUCKET, OTHER) is None
    assert seen.get(facts.FILLING, DAYS) is None
    seen.drop(facts.FIRST_BUCKET, DAYS)
    assert seen.get(facts.FIRST_BUCKET, DAYS) is None


@pytest.mark.parametrize(
    ("fact", "seconds"), [(facts.NO_HOURS, ACCOUNT_SECONDS), (facts.FILLING, RUNNING_SECONDS)]
)
def test_a_fact_holds_for_its_time(
    seen: Facts, clock: Clock, fact: facts.Fact[object, object], seconds: float
) -> None:
    seen.put(fact, DAYS, True)
    clock.now = seconds
    assert seen.get(fact, DAYS) is True
    clock.now = seconds + 1
    assert seen.get(fact, DAYS) is None


def test_what_is_asked_once_is_asked_again_when_it_no_longer_holds(
    seen: Facts, clock: Clock
) -> None:
    calls: list[int] = []

    def domains() -> tuple[str, ...]:
        calls.append(1)
        return ("go.ex.com",)

    for now, count in ((0.0, 1), (ACCOUNT_SECONDS, 1), (ACCOUNT_SECONDS + 1, 2)):
        clock.now = now
        assert seen.once(facts.DOMAINS, None, domains) == ("go.ex.com",)
        assert len(calls) == count


def test_a_wall_is_run_into_once(seen: Facts, clock: Clock) -> None:
    calls: list[int] = []

    def walled() -> int:
        calls.append(1)
        raise AccessError("Your plan has no lists.", status=402)

    for now, count in ((0.0, 1), (1.0, 1), (ACCOUNT_SECONDS + 1, 2)):
        clock.now = now
        with pytest.raises(AccessError, match="no lists"):
            seen.past_wall(facts.LIST_WALL, DAYS, walled)
        assert len(calls) == count
    # The plan may have the hours all the same.
    assert seen.past_wall(facts.LIST_WALL, HOURS, lambda: 5) == 5


def test_what_is_no_wall_is_asked_for_again(seen: Facts) -> None:
    def limited() -> int:
        raise RateLimitError("Later.", status=403, retryable=True)

    with pytest.raises(RateLimitError):
        seen.past_wall(facts.SERIES_WALL, DAYS, limited)
    assert seen.past_wall(facts.SERIES_WALL, DAYS, lambda: 5) == 5


def test_which_errors_are_walls() -> None:
    assert is_wall(AccessError("x", status=402))
    assert is_wall(AccessError("x", status=403))
    assert is_wall(NotFoundError("x", status=404))
    assert not is_wall(RateLimitError("x", status=403))
    assert not is_wall(AnswerError("x", status=500))
    assert not is_wall(AccessError("x", status=401))


def test_a_history_begins_where_days_and_hours_do(seen: Facts) -> None:
    assert seen.history(HOURS) == History()
    assert seen.history(HOURS).begins == 0
    seen.put(facts.FIRST_BUCKET, DAYS, 500)
    # What has no days has no hours either.
    assert seen.history(HOURS).begins == 500
    assert seen.history(HOURS).first is None
    assert seen.history(DAYS).begins == seen.history(DAYS).first == 500
    seen.put(facts.FIRST_BUCKET, HOURS, 900)
    assert seen.history(HOURS).begins == 900
    seen.put(facts.FIRST_BUCKET, HOURS, 0)  # nothing was cut off
    assert seen.history(HOURS).begins == 500
    assert seen.history(OTHER) == History()


def test_a_history_tells_the_walls_of_its_own_buckets(seen: Facts) -> None:
    refusal = AccessError("No.", status=402)
    seen.put(facts.SERIES_WALL, HOURS, refusal)
    seen.put(facts.LIST_WALL, DAYS, refusal)
    assert seen.history(HOURS).series_wall is refusal
    assert seen.history(HOURS).list_wall is None
    assert seen.history(DAYS).list_wall is refusal
    assert seen.history(DAYS).series_wall is None
