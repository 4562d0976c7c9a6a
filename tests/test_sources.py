"""What every source of clicks keeps to, whichever API it asks."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support import CLICKS, NOW, epoch, write_clicks

from bitly_data.client import Client
from bitly_data.errors import AnswerError, QuestionError
from bitly_data.query import ALL_TIME, LINK, ClickQuery
from bitly_data.settings import CLICK_LOG, DEMO, REMOTE, Settings
from bitly_data.sources.base import Capabilities, Source

APIS = ("v3", "v4")
END = epoch(NOW)
QUERIES = {
    "organization": ClickQuery(units=3, until=END),
    "link": ClickQuery(target=LINK, link="go.ex.com/Ab", units=3, until=END),
    "total": ClickQuery(target=LINK, link="go.ex.com/Ab", units=3, rollup=True),
    "domain": ClickQuery(domains=("go.ex.com",), units=3, until=END),
    "all time": ClickQuery(units=ALL_TIME, unit="week", until=END),
    "limit": ClickQuery(units=5, limit=2, until=END),
    "upstream buckets": ClickQuery(units=3, until=END, upstream_buckets=True),
}


@pytest.fixture(params=APIS)
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """The client of a click log with lines in a few hours."""
    log = write_clicks(tmp_path / "clicks.log")
    found = Client.open(
        Settings(
            kind=CLICK_LOG,
            api=request.param,
            click_log=(log,),
            tracking_domains=("shop.example",),
            accounts=("ann", "bob"),
            now=f"{NOW}Z",
            plan="premium",
        )
    )
    yield found
    found.close()


def test_a_source_has_all_that_the_contract_names(client: Client) -> None:
    names = {name for name in vars(Source) if not name.startswith("_")}
    assert {"fetch", "fetch_account", "fetch_links", "plan", "fill", "coverage"} <= names
    for name in names:
        own, asked_for = inspect.getattr_static(client.source, name), vars(Source)[name]
        if inspect.isfunction(asked_for):
            assert list(inspect.signature(own).parameters) == list(
                inspect.signature(asked_for).parameters
            ), name
        assert hasattr(client.source, name), name


def test_capabilities_are_said_one_by_one(client: Client) -> None:
    found = client.source.capabilities
    assert isinstance(found, Capabilities)
    assert found.name == client.settings.api
    answers = {field.name: getattr(found, field.name) for field in fields(found)}
    assert {type(answer) for name, answer in answers.items() if name != "name"} == {bool}


@pytest.mark.parametrize("name", QUERIES)
def test_the_series_of_a_click_log_say_what_the_log_covers(client: Client, name: str) -> None:
    series = client.source.fetch(QUERIES[name])
    hours = sorted({epoch(time) // 3600 for time, *_ in CLICKS})
    assert series.coverage is not None
    assert series.coverage.now == END
    assert series.coverage.hours.tolist() == hours
    # No bucket of these questions is covered wholly.
    assert series.coverage.extents(series.edges).tolist() == [
        "partly" if any(first <= hour * 3600 < last for hour in hours) else "not"
        for first, last in pairwise(series.edges.tolist())
    ]


def test_what_nobody_answered_has_the_coverage_of_its_source(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = QUERIES["organization"]

    def fails(*_: object) -> None:
        raise AnswerError("No.")

    good = client.load(query.replace(domains=("go.ex.com",)))
    monkeypatch.setattr(type(client.source), "fetch", fails)
    shown, missed = client.load_many([query.replace(domains=("go.ex.com",)), query])
    assert shown is good and not missed.answered
    assert missed.coverage is not None and good.coverage is not None
    assert np.array_equal(missed.coverage.hours, good.coverage.hours)


@pytest.mark.parametrize("api", APIS)
def test_the_demo_s_clicks_are_all_there_ever_were(api: str) -> None:
    client = Client.open(Settings(kind=DEMO, api=api))
    assert client.load(ClickQuery(units=2)).coverage is None
    client.close()


@pytest.mark.parametrize("api", APIS)
def test_nothing_is_said_of_the_coverage_of_another_server(api: str) -> None:
    client = Client.open(Settings(kind=REMOTE, api=api, base_url="http://127.0.0.1:1", token="t"))
    assert client.source.coverage() is None
    client.close()


def test_what_only_one_of_them_can_is_refused_in_a_sentence_by_the_other(client: Client) -> None:
    can = client.source.capabilities
    link = ClickQuery(target=LINK, link="go.ex.com/Ab", units=2, until=END, all_addresses=True)
    others = ClickQuery(login="!", units=2, until=END)
    for query, possible in ((link, can.addresses), (others, can.other_peoples_links)):
        if possible:
            assert client.source.fetch(query).known.all()
        else:
            with pytest.raises(QuestionError):
                client.source.fetch(query)
    assert client.source.addresses_of("go.ex.com/Ab") == ("go.ex.com/Ab",)


def test_a_price_is_known_before_anything_is_asked(client: Client) -> None:
    query = ClickQuery(domains=("go.ex.com",), units=3, until=END)
    plan = client.source.plan([query])
    if client.source.capabilities.lists:
        assert plan is not None and plan.calls == client.source.price([query]) > 0
        for missing in plan.missing:
            client.source.fill(missing)
        assert client.source.price([query]) == 0
    else:
        assert plan is None and client.source.price([query]) == 0
    assert query in client.source.choices(query)
    assert not client.source.is_before_history(query)
    # Of a part of the organization nothing is known that is not asked.
    assert not client.source.clicked_days(query)
