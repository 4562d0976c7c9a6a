"""What every API's answers are read with: a name that is there twice makes an answer unreadable."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def by_python(body: bytes) -> object:
    """Each object looked at by itself, as the standard library reads it."""

    def whole(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError
        return found

    return json.loads(body, object_pairs_hook=whole)


NAMES = st.sampled_from(["a", "b", "a, b", "a,b", "c: d", "c:d", '"', "é", "\\u0061"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(alphabet='ab,: é"\\{}', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(NAMES, inner), max_size=4),
    max_leaves=12,
)


def written(value: object, comma: str, colon: str, *, ascii_only: bool) -> str:
    """JSON by these signs; a list of pairs is an object, which may name one thing twice."""

    def text(one: object) -> str:
        return json.dumps(one, ensure_ascii=ascii_only)

    if isinstance(value, list) and value and all(isinstance(one, tuple) for one in value):
        pairs = (
            f"{text(name)}{colon}{written(one, comma, colon, ascii_only=ascii_only)}"
            for name, one in value
        )
        return f"{{{comma.join(pairs)}}}"
    if isinstance(value, list):
        parts = (written(one, comma, colon, ascii_only=ascii_only) for one in value)
        return f"[{comma.join(parts)}]"
    return text(value)


@settings(max_examples=1000, deadline=None)
@given(VALUES, st.sampled_from([",", ", ", " ,  "]), st.sampled_from([":", ": "]), st.booleans())
def test_a_body_is_read_as_python_reads_it_however_it_is_written(
    value: object, comma: str, colon: str, ascii_only: bool
) -> None:
    body = written(value, comma, colon, ascii_only=ascii_only).encode()
    try:
        expected = by_python(body)
    except ValueError:
        with pytest.raises(ValueError, match="twice"):
            json_of(body)
    else:
        found = json_of(body)
        assert found == expected
        assert repr(found) == repr(expected)  # an integer is none, and -0.0 not 0


@pytest.mark.parametrize("depth", [10, 250, 260, 900])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a": ', "}")])
def test_a_deep_body_is_read_as_python_reads_it(depth: int, begin: str, end: str) -> None:
    body = f"{begin * depth}1{end * depth}".encode()
    assert json_of(body) == by_python(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000])
def test_a_body_that_is_too_deep_is_none(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json_of(body)


ODD_ITEMS = [
    {"dt": "1360000800", "clicks": 5},
    {"dt": 1360000800.0, "clicks": "5"},
    {"dt": 1360000800, "clicks": None},
    {"dt": 1360000800, "clicks": -5},
    {"dt": 1360000800, "clicks": 2**60},
    {"dt": 1360000800, "clicks": True},
    {"dt": 1360000800},
]


@pytest.mark.parametrize("odd", ODD_ITEMS)
def test_one_odd_count_changes_nothing_about_the_others(odd: dict[str, object]) -> None:
    plain = [{"dt": 1359914400 - 86400 * at, "clicks": at} for at in range(50)]

    def counts(items: list[dict[str, object]]) -> dict[int, int | None] | None:
        data = {"organization_clicks": items, "tz_offset": 0}
        body = json.dumps({"status_code": 200, "status_txt": "OK", "data": data}).encode()
        return v3.parse_clicks("/v3/organization/clicks", 200, body).counts

    all_plain = counts(plain)
    assert all_plain == {item["dt"]: item["clicks"] for item in plain}
    number = 5 if odd.get("clicks") in (5, "5") else None
    assert counts([*plain, odd]) == {**all_plain, 1360000800: number}
    # Of a bucket that has two counts neither is known.
    twice = counts([*plain, {"dt": 1359914400, "clicks": 7}])
    assert twice == {**all_plain, 1359914400: None}
