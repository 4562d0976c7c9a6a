"""What every API's answers are read with: a name that is there twice makes an answer unreadable."""

from __future__ import annotations

import pytest

from bitly_data.errors import AnswerError, UnreadableError
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.wire import json_of


def test_a_body_is_what_json_says() -> None:
    assert json_of(b'{"a": [1, {"b": null}], "c": {"b": 2}}') == {
        "a": [1, {"b": None}],
        "c": {"b": 2},
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": 1, "a": 1}',  # the same is said twice; who writes that may have meant another
        b'[{"x": {"a": 1, "b": 0, "a": 2}}]',
        b'{"a": 1, "\\u0061": 2}',
    ],
)
def test_a_name_that_is_there_twice_says_nothing(body: bytes) -> None:
    with pytest.raises(ValueError, match="twice"):
        json_of(body)


@pytest.mark.parametrize(
    "body",
    [
        # Of the list, of a bucket, and of what is said of the span.
        b'{"link_clicks": [], "link_clicks": [{"date": "2026-03-01T00:00:00+0000", "clicks": 5}]}',
        b'{"link_clicks": [{"date": "2026-03-01T00:00:00+0000", "clicks": 50, "clicks": 0}]}',
        b'{"link_clicks": [], "units": 30, "unit": "day", "units": 1}',
    ],
)
def test_a_v4_series_with_a_name_twice_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        v4.parse_counts("/v4/x", 200, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"status_code": 200, "data": {"link_clicks": 3}, "data": {"link_clicks": 50}}',
        b'{"status_code": 200, "data": {"link_clicks": 3, "link_clicks": 50}}',
        b'{"status_code": 200, "data": {"link_clicks": [{"dt": 0, "clicks": 1, "clicks": 2}]}}',
    ],
)
def test_a_v3_answer_with_a_name_twice_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        v3.parse_clicks("/v3/link/clicks", 200, body)


def test_an_error_with_a_name_twice_is_still_that_error() -> None:
    with pytest.raises(AnswerError) as caught:
        v4.parse_counts("/v4/x", 402, b'{"message": "UPGRADE_REQUIRED", "message": "NO"}')
    assert caught.value.status == 402
