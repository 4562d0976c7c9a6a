"""When a request is sent again: the policy, what Retry-After means, and the budget of calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from bitly_data.errors import (
    AccessError,
    AnswerError,
    RateLimitError,
    UnreachableError,
    duration_text,
    error_for,
)
from bitly_data.transport.rate_limit import REFUSED_SECONDS, Budget
from bitly_data.transport.retry import RetryPolicy, parse_retry_after, parse_server_date

POLICY = RetryPolicy()
PASSING = UnreachableError("x", retryable=True)
NOW = 1_700_000_000.0


# -- the policy -----------------------------------------------------------------------------------


def test_four_tries_with_longer_waits_between() -> None:
    waits = [POLICY.wait(PASSING, tried, 0, 0) for tried in range(1, 5)]
    assert waits == [0.5, 1.0, 2.0, None]
    assert POLICY.wait(PASSING, 1, 0, 1) == 0.75


def test_a_final_error_is_not_tried_again() -> None:
    assert POLICY.wait(AccessError("x"), 1, 0, 0) is None
    for status in (400, 401, 402, 403, 404, 410, 302):
        assert POLICY.wait(error_for("/x", status, ""), 1, 0, 0) is None, status
    for status in (500, 502, 503, 504):
        assert POLICY.wait(error_for("/x", status, ""), 1, 0, 0) == 0.5, status


def test_no_request_takes_longer_than_a_minute_with_its_waits() -> None:
    assert POLICY.wait(PASSING, 1, 59.4, 0) == 0.5
    assert POLICY.wait(PASSING, 1, 59.6, 0) is None


def test_an_upstream_that_says_when_is_taken_at_its_word() -> None:
    limit = error_for("/x", 429, "")
    assert POLICY.wait(limit, 1, 0, 0) is None  # without a word it is not knocked at again
    assert POLICY.wait(limit.hinted(7), 1, 0, 1) == 7
    assert POLICY.wait(limit.hinted(61), 1, 0, 0) is None  # shown, not slept
    assert POLICY.wait(limit.hinted(7), 1, 55, 0) is None
    assert POLICY.wait(error_for("/x", 503, "").hinted(3), 1, 0, 0) == 3


def test_a_month_s_calls_do_not_come_back_in_a_minute() -> None:
    month = error_for("/x", 403, "MONTHLY_RATE_LIMIT_EXCEEDED")
    assert isinstance(month, RateLimitError)
    assert POLICY.wait(month, 1, 0, 0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("soon", None),
        ("1e3", None),
        ("99999999999999999999", None),
        ("2678400", 2678400),
        ("2678401", None),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("Tue, 14 Nov 2023 22:13:19 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Tue, 99 Nov 2023 22:14:20 GMT", None),
        ("٣", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_a_header_in_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, NOW) == seconds


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


DATES = [
    ("Tue, 14 Nov 2023 22:13:40 GMT", 20),
    ("Tuesday, 14-Nov-23 22:13:40 GMT", 20),
    ("Tue Nov 14 22:13:40 2023", 20),
    ("Tue, 14 Nov 2023 22:13:40 -0000", 20),
    ("Tue, 14 Nov 2023 22:13:40", 20),
    ("Tue, 14 Nov 2023 23:13:40 +0100", 20),
]
NO_DATES = (
    "Wed, 31 Dec 1969 00:00:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Sat, 01 Jan 0001 00:00:00 GMT",
    "Fri, 01 Jan 9998 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Sat, 01 Jan 2000 00:00:00 +9999",
    "Tue, 14 Nov 99999999999 22:13:40 GMT",
    "Tue, 14 Nov 2023 22:13:40 +99999999999",
    "Mon, 01 Jan 2080 00:00:00 GMT",
    "",
    "now",
    "\x00",
    ",,,",
    "x" * 70_000,
)


@pytest.mark.parametrize(("text", "ahead"), DATES)
def test_a_date_is_read_alike_on_every_machine(far_from_utc: None, text: str, ahead: int) -> None:
    assert parse_server_date(text, NOW) == NOW + ahead
    assert parse_retry_after(text, NOW) == ahead


@pytest.mark.parametrize("text", NO_DATES)
def test_a_date_that_no_clock_shows_is_not_believed(text: str) -> None:
    assert parse_server_date(text, NOW) == NOW
    assert parse_retry_after(text, NOW) is None


def test_a_server_whose_clock_was_stopped_for_an_old_log_is_believed() -> None:
    assert parse_server_date("Fri, 17 May 2013 12:00:00 GMT", 1_790_000_000) == 1_368_792_000
    assert parse_server_date("Tue, 03 Nov 2026 15:20:00 GMT", 0) == 1_793_719_200


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (1.2, "2 seconds"),
        (60, "60 seconds"),
        (61, "2 minutes"),
        (300, "5 minutes"),
        (3600, "60 minutes"),
        (3601, "2 hours"),
        (86_401, "2 days"),
    ],
)
def test_a_wait_in_words_is_never_too_short(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_an_error_says_when_to_ask_again_in_its_one_sentence() -> None:
    error = error_for("/x", 429, "").hinted(300)
    assert error.user_message == "Bitly's rate limit is reached: ask again in 5 minutes."
    assert error.retry_after == 300


# -- the budget -----------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def budget(per_minute: int = 3, per_hour: int = 5) -> tuple[Budget, Clock]:
    clock = Clock()
    return Budget(per_minute, per_hour, clock=clock, sleep=clock.sleep), clock


def test_calls_wait_until_their_minute_is_over() -> None:
    calls, clock = budget()
    for _ in range(3):
        calls.acquire(60)
    assert clock.slept == []
    calls.acquire(61)
    assert clock.now == pytest.approx(1060, abs=0.1)


def test_an_impatient_call_is_refused_and_not_counted() -> None:
    calls, clock = budget()
    for _ in range(3):
        calls.acquire(0)
    clock.now += 20
    with pytest.raises(RateLimitError, match="by our own count: ask again in 41 seconds") as caught:
        calls.acquire(10)
    assert caught.value.retry_after == pytest.approx(40, abs=0.1)
    assert not caught.value.sent
    assert clock.slept == []
    assert calls.left().minute == 0
    clock.now += 41
    assert calls.left().minute == 3
    calls.acquire(0)


def test_the_hour_counts_as_well() -> None:
    calls, clock = budget()
    for _ in range(5):
        calls.acquire(61)
    with pytest.raises(RateLimitError):
        calls.acquire(600)
    left = calls.left()
    assert (left.hour, left.per_hour) == (0, 5)
    assert 3500 < left.resets_in <= 3600
    clock.now += 3600.1
    assert calls.left().hour == 5
    assert calls.left().resets_in == 0


@pytest.mark.parametrize(("hint", "held"), [(None, REFUSED_SECONDS), (7.0, 7.0)])
def test_a_refusal_holds_everybody_back(hint: float | None, held: float) -> None:
    calls, clock = budget()
    calls.refused(hint)
    assert calls.left().refused_for == held
    with pytest.raises(RateLimitError) as caught:
        calls.acquire(held - 1)
    assert caught.value.retry_after == held
    calls.acquire(held)
    assert clock.slept == [held]


def test_more_calls_a_minute_than_an_hour_are_an_hour_s() -> None:
    calls, _ = budget(100, 2)
    calls.acquire(0)
    calls.acquire(0)
    with pytest.raises(RateLimitError):
        calls.acquire(0)


@pytest.mark.parametrize("per_minute", [1, 2, 16, 17, 100, 999, 1_000_000])
@pytest.mark.parametrize("per_hour", [1, 2, 59, 60, 61, 960, 1000, 1020, 6000, 1_000_000])
def test_any_two_limits_hold_together(per_minute: int, per_hour: int) -> None:
    calls, clock = budget(per_minute, per_hour)
    at_once = min(per_minute, per_hour, 200)
    for _ in range(at_once):
        calls.acquire(0)
    left = calls.left()
    assert (left.minute, left.hour) == (per_minute - at_once, per_hour - at_once)
    if at_once < 200:
        with pytest.raises(RateLimitError) as caught:
            calls.acquire(0)
        assert caught.value.retry_after is not None
        by_the_minute = per_minute < per_hour
        assert caught.value.retry_after == pytest.approx(60 if by_the_minute else 3600, abs=0.1)
        clock.now += caught.value.retry_after
        calls.acquire(0)


def test_an_hour_of_slow_minutes_is_counted_in_full() -> None:
    calls, clock = budget(2, 1000)
    for _ in range(8):
        calls.acquire(61)
    assert clock.now >= 1180
    assert (calls.left().minute, calls.left().hour) == (0, 992)


def test_ten_viewers_have_one_budget() -> None:
    calls, _ = budget(50, 1000)
    taken, refused = [], []

    def view() -> None:
        for _ in range(10):
            try:
                calls.acquire(0)
                taken.append(1)
            except AnswerError:
                refused.append(1)

    threads = [threading.Thread(target=view) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (50, 50)


@pytest.mark.parametrize(
    ("ahead", "believed"), [(299, True), (300, True), (301, False), (3600, False)]
)
def test_a_date_ahead_of_this_machine_is_believed_for_some_minutes(
    ahead: int, believed: bool
) -> None:
    text = formatdate(NOW + ahead, usegmt=True)
    assert parse_server_date(text, NOW) == NOW + (ahead if believed else 0)
