"""v3's popular links as a ranking: whose they are, what they leave out, and their range."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from support import CLICKS, NOW, epoch, write_clicks

from bitly_data.errors import AccessError, AnswerError, QuestionError, UnreadableError
from bitly_data.query import ALL_TIME, ONLY_OTHERS, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.model import RankedLinks
from bitly_data.sources.v3 import wire as v3
from bitly_data.sources.v3.popular_links import BY_HOURS, range_of
from bitly_data.sources.v3.source import V3Source
from bitly_data.states import CAPPED, COUNTED, PARTIAL
from bitly_data.transport.client import LOCAL_URL, HttpClient, new_session

API = "v3"
# Eve is nobody of the organization: one of her links leads to its shop.
AB, BC, CD = ("go.ex.com/Ab", 31), ("bit.ly/Bc", 32), ("x.ex.com/Cd", 64)
DE, EF = ("bit.ly/De", 128), ("bit.ly/Ef", 256)
ALL = [EF, DE, CD, BC, AB]
MONTHS = ClickQuery(unit="month", units=3)


@dataclass
class Between:
    """A local server whose answers are changed, or refused, on the way."""

    local: LocalBitly
    change: Callable[[str, dict[str, Any]], dict[str, Any]] = lambda path, envelope: envelope
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append((path, dict(parse_qsl(environ["QUERY_STRING"]))))
        body = b"".join(self.local.app(environ, lambda *_: None))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self.change(path, json.loads(body))).encode()]

    def source(self) -> V3Source:
        upstream = HttpClient(LOCAL_URL, "t", new_session(self), clock=self.local.clock)
        return V3Source(upstream, "x", clock=self.local.clock)

    def paths(self) -> list[str]:
        asked, self.asked = self.asked, []
        return [path for path, _ in asked]


def refused(path: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    no = {"status_code": 403, "data": None, "status_txt": "BITLY_BRAND_TOOLS_REQUIRED"}
    return lambda asked, envelope: no if asked.startswith(path) else envelope


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBitly]:
    path = write_clicks(tmp_path_factory.mktemp("log") / "clicks.log", CLICKS)
    opened = LocalBitly.open(
        ServerOptions(
            clicks=(path,),
            tracking_domains=("shop.example",),
            accounts=("ann", "bob"),
            now=f"{NOW}Z",
        )
    )
    yield opened
    opened.close()


@pytest.fixture
def between(local: LocalBitly) -> Between:
    return Between(local)


def rows(found: RankedLinks) -> list[tuple[str, int]]:
    return [(row.link.link, row.clicks) for row in found.rows]


# -- whose links ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, ALL),
        ({"domains": ("go.ex.com",)}, [AB]),
        ({"domains": ("go.ex.com", "x.ex.com")}, [CD, AB]),
        ({"domains": ("shop.example",)}, [DE]),
        ({"domains": ("shop.example", "go.ex.com")}, [DE, AB]),
        ({"login": "ann"}, [BC, AB]),
        ({"login": "bob"}, [CD]),
        ({"login": "ann", "domains": ("go.ex.com",)}, [AB]),
        ({"login": "bob", "domains": ("go.ex.com",)}, []),
        ({"login": ONLY_OTHERS}, [DE]),
        ({"login": ONLY_OTHERS, "domains": ("shop.example",)}, [DE]),
        ({"login": ONLY_OTHERS, "domains": ("go.ex.com",)}, []),
        ({"login": ONLY_OTHERS, "domains": ("go.ex.com", "shop.example")}, [DE]),
    ],
)
def test_a_ranking_is_that_of_the_question(
    between: Between, parts: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    found = between.source().fetch_ranked_links(MONTHS.replace(**parts))
    assert rows(found) == expected
    assert (found.is_whole, found.total) == (True, sum(clicks for _, clicks in expected))
    assert found.at_most_each is None
    assert found.state == PARTIAL  # the month still fills
    assert found.is_asked_range


def test_the_link_history_says_what_a_link_is(between: Between) -> None:
    found = between.source().fetch_ranked_links(MONTHS)
    about = {row.link.link: row.link for row in found.rows}
    ab = about["go.ex.com/Ab"]
    assert (ab.login, ab.long_url) == ("ann", "http://ex.com/a")
    assert ab.created == epoch("2013-04-10T12:00:00")
    # Of somebody else's link it says nothing.
    assert (about["bit.ly/Ef"].login, about["bit.ly/Ef"].long_url) == ("", "")
    assert between.paths() == [v3.ORGANIZATION_POPULAR, v3.LINK_HISTORY]


@pytest.mark.parametrize("parts", [{"domains": ("none.example",)}, {"login": "nobody"}])
def test_what_upstream_refuses_is_an_error(between: Between, parts: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        between.source().fetch_ranked_links(MONTHS.replace(**parts))


def test_a_link_is_not_ranked(between: Between) -> None:
    with pytest.raises(QuestionError, match="no single link"):
        between.source().fetch_ranked_links(ClickQuery(target="link", link="bit.ly/a"))
    with pytest.raises(QuestionError):
        between.source().ranking_price(ClickQuery(target="link", link="bit.ly/a"))
    assert between.source().ranking_price(MONTHS) == 0
    assert between.asked == []


def test_other_people_s_links_of_accounts_without_names_are_refused(tmp_path: Path) -> None:
    path = write_clicks(tmp_path / "clicks.log", CLICKS)
    opened = LocalBitly.open(ServerOptions(clicks=(path,), now=f"{NOW}Z"))
    with pytest.raises(AnswerError):
        Between(opened).source().fetch_ranked_links(MONTHS.replace(login=ONLY_OTHERS))
    opened.close()


# -- an account that is no organization -----------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, [CD, BC, AB]),
        ({"domains": ("x.ex.com", "go.ex.com")}, [CD, AB]),
        ({"domains": ("ex.com",)}, [CD, BC, AB]),  # where they lead
        ({"login": "ann"}, [BC, AB]),
    ],
)
def test_where_organizations_are_refused_the_user_s_links_are_ranked(
    between: Between, parts: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    between.change = refused("/v3/organization/")
    source = between.source()
    found = source.fetch_ranked_links(MONTHS.replace(**parts))
    assert rows(found) == expected
    assert found.is_whole
    assert between.paths()[:2] == [v3.ORGANIZATION_POPULAR, v3.USER_POPULAR]
    source.fetch_ranked_links(MONTHS)
    assert v3.ORGANIZATION_POPULAR not in between.paths()  # it is not asked for twice
    with pytest.raises(AccessError):
        source.fetch_ranked_links(MONTHS.replace(login=ONLY_OTHERS))


# -- what a list leaves out -----------------------------------------------------------------------


def test_a_cut_list_says_so(between: Between) -> None:
    found = between.source().fetch_ranked_links(MONTHS, 2)
    assert rows(found) == [EF, DE]
    assert (found.is_whole, found.total, found.unlisted) == (False, 511, 64 + 32 + 31)
    assert (found.at_most_each, found.certain) == (64, 2)
    limits = [params.get("limit") for path, params in between.asked if "popular" in path]
    assert limits == ["3"]
    assert between.source().fetch_ranked_links(MONTHS, 5).is_whole


def test_a_cut_list_of_a_login_says_so(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bitly_data.sources.v3.popular_links.HIGHEST_LIMIT", 4)
    ann = between.source().fetch_ranked_links(MONTHS.replace(login="ann"))
    assert rows(ann) == [BC]
    assert (ann.is_whole, ann.total, ann.unlisted) == (False, 63, 31)
    assert ann.at_most_each == 31
    # Nobody tells the total of a user's own links.
    between.change = refused("/v3/organization/")
    monkeypatch.setattr("bitly_data.sources.v3.popular_links.HIGHEST_LIMIT", 2)
    user = between.source().fetch_ranked_links(MONTHS.replace(login="ann"))
    assert rows(user) == [BC]
    assert (user.is_whole, user.total, user.state) == (False, None, CAPPED)
    assert user.counted.at_least[0] == 32


def test_a_link_without_a_name_is_not_listed(between: Between) -> None:
    def change(path: str, envelope: dict[str, Any]) -> dict[str, Any]:
        if "popular" in path:
            envelope["data"]["popular_links"][1]["link"] = "?"
        return envelope

    between.change = change
    found = between.source().fetch_ranked_links(MONTHS)
    assert rows(found) == [EF, CD, BC, AB]
    assert (found.is_whole, found.total, found.unlisted) == (False, 511, 128)
    assert found.at_most_each == 128


def test_links_that_the_history_lacks_are_not_listed(between: Between) -> None:
    def change(path: str, envelope: dict[str, Any]) -> dict[str, Any]:
        if path == v3.LINK_HISTORY:
            history = envelope["data"]["link_history"]
            envelope["data"]["link_history"] = [
                item for item in history if not item["link"].endswith("/Ab")
            ]
        return envelope

    between.change = change
    found = between.source().fetch_ranked_links(MONTHS.replace(login="ann"))
    assert rows(found) == [BC]
    assert (found.is_whole, found.total, found.unlisted) == (False, 63, 31)
    assert found.at_most_each == 31


def test_many_links_are_looked_up_fifty_at_a_time(
    between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(v3, "MOST_NAMED", 2)
    found = between.source().fetch_ranked_links(MONTHS)
    assert rows(found) == ALL
    assert between.paths() == [v3.ORGANIZATION_POPULAR, *[v3.LINK_HISTORY] * 3]


# -- the range ------------------------------------------------------------------------------------


def test_days_of_a_zone_are_one_question(between: Between) -> None:
    """17 May began in Kolkata at 18:30 UTC on the 16th."""
    end = epoch("2013-05-17T10:00:00")
    query = ClickQuery(units=1, timezone="Asia/Kolkata", until=end)
    found = between.source().fetch_ranked_links(query)
    assert rows(found) == [EF, DE, BC, ("go.ex.com/Ab", 3)]
    assert (
        found.edges == found.asked == (epoch("2013-05-16T18:30:00"), epoch("2013-05-17T18:30:00"))
    )
    utc = between.source().fetch_ranked_links(query.replace(units=2, timezone="0"))
    assert utc.total == 64 + found.total


def test_a_range_between_two_alignments_is_counted_by_hours_of_utc(between: Between) -> None:
    """Lord Howe sets its clock by half an hour."""
    end = epoch("2013-05-17T10:00:00")
    query = ClickQuery(unit="month", units=4, timezone="Australia/Lord_Howe", until=end)
    found = between.source().fetch_ranked_links(query)
    assert found.provenance.note == BY_HOURS
    assert not found.is_asked_range
    assert found.asked is not None
    assert (found.asked[0] - found.edges[0], found.edges[1] - found.asked[1]) in [
        (0, 1800),
        (1800, 0),
    ]
    assert found.provenance.offset == 0
    assert rows(found) == ALL


@pytest.mark.parametrize("until", [None, epoch("2013-05-16T15:00:00")])
def test_all_time_begins_with_the_month_of_the_first_click(
    between: Between, until: int | None
) -> None:
    found = between.source().fetch_ranked_links(ClickQuery(units=ALL_TIME, until=until))
    assert found.asked is None
    assert found.edges[0] == epoch("2013-04-01T00:00:00")
    if until is None:
        assert rows(found) == ALL
    else:
        assert rows(found) == [CD, ("go.ex.com/Ab", 28)]
        assert found.edges[1] == epoch("2013-05-17T00:00:00")
        assert found.state == COUNTED
    between.change = refused("/v3/organization/")
    user = between.source().fetch_ranked_links(ClickQuery(units=ALL_TIME, until=until))
    assert user.edges[0] < 86_400  # nobody tells when it began


def test_upstream_s_clock_decides_where_a_range_ends(local: LocalBitly) -> None:
    upstream = HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock)
    slow = V3Source(upstream, "x", clock=lambda: float(epoch("2013-05-10T00:00:00")))
    found = slow.fetch_ranked_links(ClickQuery(units=2, timezone="0"))
    assert found.edges == (epoch("2013-05-16T00:00:00"), epoch("2013-05-18T00:00:00"))
    assert rows(found) == [EF, DE, CD, BC, ("go.ex.com/Ab", 3)]


def test_a_running_range_of_hours_is_asked_up_to_now() -> None:
    now = epoch("2013-10-05T16:10:00")
    query = ClickQuery(unit="day", units=2, timezone="Australia/Lord_Howe")
    counted = range_of(query, now)
    assert counted.note == BY_HOURS
    assert counted.request.end is None
    newest = now // 3600 * 3600
    assert newest - (counted.request.units - 1) * 3600 == counted.start


# -- what an answer says --------------------------------------------------------------------------


def envelope(items: object) -> bytes:
    data = {"popular_links": items, "unit": "day", "units": 1, "tz_offset": 99}
    return json.dumps({"status_code": 200, "data": data, "status_txt": "OK"}).encode()


def test_rows_that_cannot_be_read_are_counted() -> None:
    items = [
        {"link": "http://go.ex.com/a", "clicks": 2},
        {"link": "http://go.ex.com/b", "clicks": 5},
        {"link": "http://go.ex.com/c"},
        {"clicks": 3},
        7,
    ]
    found = v3.parse_popular("/v3/x", 200, envelope(items), 5)
    assert found.rows == (("go.ex.com/b", 5), ("go.ex.com/a", 2))
    assert (found.unread, found.is_full, found.lowest) == (3, True, 2)
    assert "tz_offset" not in found.echoed  # no zone has it
    assert found.of(lambda name: name.endswith("a")).rows == (("go.ex.com/a", 2),)


@pytest.mark.parametrize("items", [None, {}, 5, [{"link": "http://go.ex.com/a", "clicks": 2}] * 2])
def test_what_is_no_list_of_links_is_refused(items: object) -> None:
    with pytest.raises(UnreadableError):
        v3.parse_popular("/v3/x", 200, envelope(items), 5)


def test_tags_come_with_a_link() -> None:
    item = {"link": "http://go.ex.com/a", "tags": ["sale", "", "sale", "a b", None]}
    data = {"link_history": [item], "result_count": 1}
    body = json.dumps({"status_code": 200, "data": data, "status_txt": "OK"}).encode()
    assert v3.parse_links(v3.LINK_HISTORY, 200, body).links[0].tags == ("sale", "a b")
