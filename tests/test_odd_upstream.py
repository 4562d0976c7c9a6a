"""What an upstream that contradicts itself makes of a series: the right one, or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from bitly_data.errors import AnswerError, UnreadableError
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.sources.v3.source import V3Source
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

NOW, DAY, HOUR = 1_368_792_000, 86_400, 3600  # noon in UTC, 17 May 2013
QUERY = ClickQuery(target=LINK, link="bit.ly/a", timezone="America/New_York", until=NOW)
DAYS = 1500  # more than one answer holds; a click on each


def source_of(answer: Callable[[dict[str, str]], bytes], wire: str = "json") -> V3Source:
    """A source whose upstream answers so; `answer` is given the parameters."""

    def app(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        start("200 OK", [])
        return [
            answer({name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()})
        ]

    upstream = HttpClient(LOCAL_URL, "t", new_session(app), sleep=lambda _: None, clock=lambda: NOW)
    return V3Source(upstream, "x", wire=wire, clock=lambda: NOW)


def as_json(clicks: object, offset: float = 0) -> bytes:
    return json.dumps(
        {
            "status_code": 200,
            "status_txt": "OK",
            "data": {"link_clicks": clicks, "tz_offset": offset},
        }
    ).encode()


# -- an offset that changes on the way ------------------------------------------------------------


def by_offsets(*offsets: int) -> V3Source:
    """Each answer is by the next of these offsets, later ones by the last."""
    waiting = list(offsets)

    def answer(params: dict[str, str]) -> bytes:
        offset = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        units, end = int(params["units"]), int(params.get("unit_reference_ts", NOW))
        oldest = NOW - DAYS * DAY
        newest = (end + offset * HOUR) // DAY * DAY - offset * HOUR
        count = 1000 if units < 0 else min(units, 1000)
        rows = [
            {"dt": newest - index * DAY, "clicks": 1}
            for index in range(count)
            if newest - index * DAY >= oldest
        ]
        return as_json(rows, offset)

    return source_of(answer)


@pytest.mark.parametrize("units", [1200, ALL_TIME])
@pytest.mark.parametrize("offsets", [(-5, -4), (-4, -5), (0, -5)])
def test_what_bitly_answers_is_by_one_offset(units: int, offsets: tuple[int, int]) -> None:
    """The clocks changed behind the first answer: all of it is by the new offset."""
    found = by_offsets(*offsets).fetch(QUERY.replace(units=units, upstream_buckets=True))
    assert found.provenance.offset == offsets[1] * HOUR
    assert set(np.diff(found.edges).tolist()) == {DAY}
    assert set(((found.edges + offsets[1] * HOUR) % DAY).tolist()) == {0}
    assert found.known.all()
    assert set(found.clicks.tolist()) == {1}


@pytest.mark.parametrize("units", [1200, ALL_TIME])
def test_offsets_that_do_not_settle_are_no_answer(units: int) -> None:
    with pytest.raises(AnswerError, match="offset from UTC changed"):
        by_offsets(-5, -4, -5, -4).fetch(QUERY.replace(units=units, upstream_buckets=True))


# -- a total without its number -------------------------------------------------------------------

XML = (
    b'<?xml version="1.0" encoding="UTF-8"?><response><status_code>200</status_code>'
    b"<status_txt>OK</status_txt><data><tz_offset>0</tz_offset>%s</data></response>"
)
MONTH = b"<link_clicks><dt>1367366400</dt><clicks>9</clicks></link_clicks>"
ALL = QUERY.replace(units=ALL_TIME, rollup=True, timezone="UTC")


def without_total(*, months: bool, wire: str) -> V3Source:
    """A total is answered with an empty list, which in XML is not to be seen."""

    def answer(params: dict[str, str]) -> bytes:
        if params["rollup"] == "false":
            if wire == "xml":
                return XML % (MONTH if months else b"")
            return as_json([{"dt": 1_367_366_400, "clicks": 9}] if months else [])
        return XML % b"" if wire == "xml" else as_json([])

    return source_of(answer, wire)


@pytest.mark.parametrize(
    "query", [ALL, ALL.replace(until=None), ALL.replace(upstream_buckets=True)]
)
@pytest.mark.parametrize(("months", "wire"), [(True, "json"), (True, "xml"), (False, "xml")])
def test_a_total_without_its_number_is_not_zero(query: ClickQuery, months: bool, wire: str) -> None:
    with pytest.raises(UnreadableError):
        without_total(months=months, wire=wire).fetch(query)


@pytest.mark.parametrize(
    "query", [ALL, ALL.replace(until=None), ALL.replace(upstream_buckets=True)]
)
def test_an_empty_list_says_that_there_was_no_click(query: ClickQuery) -> None:
    assert without_total(months=False, wire="json").fetch(query).clicks.tolist() == [0]
