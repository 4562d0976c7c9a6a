"""v4's sorted lists as a ranking: what they take, what they leave out, and their range."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from counted_bitly import DOMAINS, LOGINS, NOW, Bitly, bitly, write_organization
from counter import DAY, HOUR

from bitly_data.archive import Archive
from bitly_data.errors import AccessError, QuestionError, UnreadableError
from bitly_data.query import ALL_TIME, ONLY_OTHERS, ClickQuery
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.sources.model import Link, Listed
from bitly_data.sources.v4 import wire as v4
from bitly_data.sources.v4.calendar import UTC_BETWEEN, UTC_WALL
from bitly_data.states import CAPPED, COUNTED, NOT_BEGUN, OUTSIDE_WINDOW, PARTIAL


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBitly]:
    path = tmp_path_factory.mktemp("many") / "clicks.log"
    write_organization(path, 60, 40)
    opened = LocalBitly.open(ServerOptions(clicks=(str(path),), now="2026-03-17T10:20:30Z"))
    yield opened
    opened.close()


DAYS = ClickQuery(units=1, until=NOW - DAY)


# -- what it takes --------------------------------------------------------------------------------


def test_a_ranking_takes_a_list_and_the_group_s_own_count(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    found = source.fetch_ranked_links(DAYS)
    assert (found.is_whole, found.total, len(found.rows)) == (True, found.listed, 40)
    assert found.rows[0].link.login in LOGINS
    assert found.rows[0].link.long_url.startswith("http://ex.com/")
    assert found.rows[0].link.created == NOW - 900 * DAY
    metrics, _ = server.calls()
    assert metrics == 2
    # By a domain or a login it is the same list.
    for name in DOMAINS:
        assert source.fetch_ranked_links(DAYS.replace(domains=(name,))).is_whole
    narrowed = [source.fetch_ranked_links(DAYS.replace(login=name)) for name in LOGINS]
    assert sum(one.listed for one in narrowed) == found.total
    assert server.calls() == (0, 1)  # the account's own domains
    # The series of the same range has its count already.
    source.fetch(DAYS)
    assert server.calls() == (0, 0)


def test_a_list_holds_for_a_minute_while_it_grows_and_then_for_a_quarter_of_an_hour(
    local: LocalBitly,
) -> None:
    server = bitly(local)
    source = server.source()
    running = ClickQuery(units=1)
    for query, seconds in ((DAYS, 900), (running, 60)):
        source.fetch_ranked_links(query)
        server.calls()
        server.now += seconds
        source.fetch_ranked_links(query)
        lists = [path for path in server.asked if "/bitlinks/clicks" in path]
        assert not lists
        server.calls()
        server.now += 1
        source.fetch_ranked_links(query)
        lists = [path for path in server.asked if "/bitlinks/clicks" in path]
        assert len(lists) == 1


def test_it_is_priced_and_asked_anew(local: LocalBitly) -> None:
    server = bitly(local)
    source = server.source()
    source.account.user()
    source.account.groups()
    server.calls()
    assert source.ranking_price(DAYS) >= 2
    assert server.calls() == (0, 0)
    source.fetch_ranked_links(DAYS)
    metrics, _ = server.calls()
    assert metrics == 2
    assert source.ranking_price(DAYS) == 1  # the list; the count is kept
    source.ask_anew(DAYS)
    source.fetch_ranked_links(DAYS)
    assert [path for path in server.asked if "/bitlinks/clicks" in path]
    with pytest.raises(QuestionError, match="no single link"):
        source.ranking_price(ClickQuery(target="link", link="bit.ly/a"))


@pytest.mark.parametrize(
    "query", [ClickQuery(target="link", link="bit.ly/a"), ClickQuery(login=ONLY_OTHERS)]
)
def test_what_cannot_be_ranked_is_refused(local: LocalBitly, query: ClickQuery) -> None:
    server = bitly(local)
    with pytest.raises(QuestionError):
        server.source().fetch_ranked_links(query)
    assert server.calls() == (0, 0)


# -- what a list leaves out -----------------------------------------------------------------------


def test_a_cut_list_says_so(local: LocalBitly, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bitly(local).source().fetch_ranked_links(DAYS)
    monkeypatch.setattr(v4, "MOST_LISTED", 3)
    source = bitly(local).source()
    found = source.fetch_ranked_links(DAYS)
    assert [row.clicks for row in found.rows] == [row.clicks for row in whole.rows[:3]]
    assert (found.is_whole, found.certain) == (False, 3)
    assert found.at_most_each == found.rows[-1].clicks
    assert (found.total, found.unlisted) == (whole.total, whole.total - found.listed)
    assert found.state == COUNTED
    # A domain may have all of what is not listed, or nothing of it.
    name = found.rows[0].link.link.partition("/")[0]
    one = source.fetch_ranked_links(DAYS.replace(domains=(name,)))
    assert (one.total, one.unlisted, one.state) == (None, None, CAPPED)
    assert one.counted.at_least[0] == one.listed
    assert one.unlisted_at_most == found.unlisted
    assert one.at_most_each == found.at_most_each
    assert one.certain == len(one.rows) > 0


def test_fewer_links_may_be_wanted(local: LocalBitly) -> None:
    source = bitly(local).source()
    whole = source.fetch_ranked_links(DAYS)
    few = source.fetch_ranked_links(DAYS, 5)
    assert few.rows == whole.rows[:5]
    assert (few.is_whole, few.total, few.at_most_each) == (
        False,
        whole.total,
        whole.rows[5].clicks,
    )
    assert source.fetch_ranked_links(DAYS, 40).is_whole


def test_where_a_plan_has_no_series_of_a_group_the_list_stands_alone(
    local: LocalBitly, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = bitly(local)
    server.walls = {"/over_time": 402}  # the second way is walled on this plan as well
    whole = server.source().fetch_ranked_links(DAYS)
    assert (whole.is_whole, whole.total, whole.state) == (True, whole.listed, COUNTED)
    monkeypatch.setattr(v4, "MOST_LISTED", 3)
    cut = server.source().fetch_ranked_links(DAYS)
    assert (cut.is_whole, cut.total, cut.state) == (False, None, CAPPED)
    assert (cut.unlisted_at_most, cut.at_most_each) == (None, cut.rows[-1].clicks)
    assert cut.counted.at_least[0] == cut.listed


def test_a_plan_without_lists_is_an_error_like_any_other(local: LocalBitly) -> None:
    server = bitly(local)
    server.walls = {"/bitlinks/clicks": 402}
    with pytest.raises(AccessError):
        server.source().fetch_ranked_links(DAYS)


# -- the range ------------------------------------------------------------------------------------


def test_hours_make_the_range_of_a_zone(local: LocalBitly) -> None:
    server = bitly(local)
    query = DAYS.replace(timezone="Europe/Tallinn", units=3)
    found = server.source().fetch_ranked_links(query)
    assert found.is_asked_range and not found.provenance.note
    assert found.edges[0] % DAY == DAY - 2 * HOUR
    assert any("unit=hour&units=72&" in path for path in server.asked if "bitlinks" in path)


def test_where_hours_do_not_fit_days_of_utc_are_counted_and_said(local: LocalBitly) -> None:
    query = DAYS.replace(timezone="Asia/Kolkata", units=3)
    found = bitly(local).source().fetch_ranked_links(query)
    assert not found.is_asked_range
    assert found.asked is not None
    assert [at % DAY for at in found.asked] == [DAY - 5 * HOUR - HOUR // 2] * 2
    assert [at % DAY for at in found.edges] == [0, 0]
    assert found.provenance.note == UTC_BETWEEN.format(unit="day")
    assert found.provenance.offset == 0
    hours = bitly(local)
    hours.walls = {"/over_time unit=hour": 402, "/clicks unit=hour": 402}
    walled = hours.source().fetch_ranked_links(query.replace(timezone="Europe/Tallinn"))
    assert [at % DAY for at in walled.edges] == [0, 0]
    assert walled.provenance.note == UTC_WALL.format(unit="day")


def test_what_is_older_than_the_history_is_not_in_the_numbers(local: LocalBitly) -> None:
    """The plan has 30 days; Bitly says nothing of it in the list."""
    oldest = NOW // DAY * DAY - 29 * DAY
    found = bitly(local).source().fetch_ranked_links(ClickQuery(units=45))
    assert found.is_cut_back and not found.is_asked_range
    assert found.edges == (oldest, NOW // DAY * DAY + DAY)
    same = bitly(local).source().fetch_ranked_links(ClickQuery(units=30))
    assert (found.rows, found.total, same.is_cut_back) == (same.rows, same.total, False)
    gone = bitly(local).source().fetch_ranked_links(ClickQuery(units=5, until=NOW - 40 * DAY))
    assert (gone.rows, gone.total, gone.state) == ((), None, OUTSIDE_WINDOW)
    assert not gone.is_whole


def test_what_an_archive_still_knows_is_not_in_a_list(local: LocalBitly) -> None:
    """Its days are all kept, so nothing is asked that would say that the plan has fewer by now."""
    archive = Archive()
    rich = bitly(local, plan="premium")
    rich.source(archive).fetch(ClickQuery(units=45))
    found = bitly(local).source(archive).fetch_ranked_links(ClickQuery(units=45))
    same = bitly(local).source().fetch_ranked_links(ClickQuery(units=30))
    assert found.is_cut_back
    assert (found.edges, found.rows, found.total) == (same.edges, same.rows, same.total)


def test_all_time_begins_with_the_history(local: LocalBitly) -> None:
    query = ClickQuery(units=ALL_TIME)
    found = bitly(local, plan="enterprise").source().fetch_ranked_links(query, 1000)
    assert (found.asked, found.is_cut_back) == (None, True)  # links were clicked 800 days ago
    assert found.edges[0] == NOW // DAY * DAY - 59 * DAY
    assert found.total is not None and found.total > 40 * 60
    assert not found.is_asked_range


def test_a_range_that_still_fills_or_has_not_begun(local: LocalBitly) -> None:
    source = bitly(local).source()
    running = source.fetch_ranked_links(ClickQuery(units=2))
    assert (running.state, running.total) == (PARTIAL, running.listed)
    later = source.fetch_ranked_links(ClickQuery(units=1, until=NOW + 3 * DAY))
    assert (later.rows, later.total, later.state) == ((), None, NOT_BEGUN)
    assert not later.is_whole


# -- what an answer says --------------------------------------------------------------------------


def parsed(**members: Any) -> v4.Ranking:
    return v4.parse_ranking("/v4/x", 200, json.dumps(members).encode())


BODY = {
    "id": "go.ex.com/hash",
    "title": "Spring",
    "long_url": "https://shop.example/a",
    "created_by": "ann",
    "created_at": "2026-01-02T03:04:05+0000",
    "custom_bitlinks": ["https://go.ex.com/spring", "https://bit.ly/spring"],
    "tags": ["sale", "sale", " ", 5, None, ["x"]],
}
HASH = Link(
    "go.ex.com/hash",
    "Spring",
    "https://shop.example/a",
    "ann",
    1767323045,
    ("go.ex.com/hash", "go.ex.com/spring", "bit.ly/spring"),
    ("sale", "5"),
)


def test_rows_bring_the_bodies_of_their_links() -> None:
    rows = [
        {"id": "go.ex.com/hash", "clicks": 5},
        {"id": "go.ex.com/spring", "clicks": 3},
        {"id": "bit.ly/spring", "clicks": 2},
        {"id": "go.ex.com/alone", "clicks": 1},
    ]
    found = parsed(sorted_links=rows, links=[BODY])
    assert (found.count, found.lowest, found.unread, found.left_out) == (4, 1, 0, 0)
    assert found.rows == (
        (Listed("go.ex.com/hash", 5, "ann", "shop.example"), HASH),
        # By its custom back-half on the same host it is the same link.
        (Listed("go.ex.com/spring", 3, "ann", "shop.example"), HASH),
        (
            Listed("bit.ly/spring", 2, "ann", "shop.example"),
            Link("bit.ly/spring", *list(vars(HASH).values())[1:]),
        ),
        (Listed("go.ex.com/alone", 1, None, None), Link("go.ex.com/alone", "", "", "", 0)),
    )


@pytest.mark.parametrize(
    ("row", "left_out", "lowest"),
    [
        ({"id": "no link", "clicks": 4}, 4, 4),
        ({"clicks": 4}, 4, 4),
        ({"id": "go.ex.com/b", "clicks": "many"}, None, 5),
        ({"id": "go.ex.com/b", "clicks": -4}, None, 5),
        ("go.ex.com/b", None, 5),
        (None, None, 5),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out(
    row: object, left_out: int | None, lowest: int
) -> None:
    rows = [{"id": "go.ex.com/hash", "clicks": 5}, row]
    found = parsed(sorted_links=rows, links=[BODY])
    assert [listed.link for listed, _ in found.rows] == ["go.ex.com/hash"]
    assert (found.count, found.unread, found.left_out) == (2, 1, left_out)
    assert found.lowest == lowest
    with pytest.raises(UnreadableError):
        v4.parse_sorted("/v4/x", 200, json.dumps({"sorted_links": rows, "links": []}).encode())


def test_a_link_that_is_there_twice_is_no_ranking() -> None:
    row = {"id": "go.ex.com/hash", "clicks": 5}
    with pytest.raises(UnreadableError):
        parsed(sorted_links=[row, row], links=[BODY])
    assert parsed(sorted_links=None, links=None).rows == ()


class Changed(Bitly):
    """A server whose lists are changed on the way."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if not environ["PATH_INFO"].endswith("/bitlinks/clicks"):
            return super().__call__(environ, start_response)
        data = json.loads(b"".join(super().__call__(environ, lambda *_: None)))
        change(data)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(data).encode()]


def change(data: dict[str, Any]) -> None:
    """One row cannot be read, one has no body, and one link is also there by a custom back-half."""
    rows, bodies = data["sorted_links"], {item["id"]: item for item in data["links"]}
    rows[1]["id"] = "?"
    data["links"].remove(bodies[rows[2]["id"]])
    host = rows[3]["id"].partition("/")[0]
    bodies[rows[3]["id"]]["custom_bitlinks"] = [f"https://{host}/custom"]
    rows[3]["clicks"] -= 1
    rows.append({"id": f"{host}/custom", "clicks": 1})


def test_what_a_list_does_not_say_is_not_listed(local: LocalBitly) -> None:
    whole = bitly(local).source().fetch_ranked_links(DAYS)
    lost, nobody_s, joined = whole.rows[1], whole.rows[2], whole.rows[3]
    server = Changed(local, bitly(local).policy)
    source = server.source()
    found = source.fetch_ranked_links(DAYS)
    assert (found.total, found.unlisted, found.is_whole) == (whole.total, lost.clicks, False)
    assert found.at_most_each == lost.clicks
    by_name = {row.link.link: row.clicks for row in found.rows}
    # It is one row, by its hash, with the clicks by either.
    assert by_name[joined.link.link] == joined.clicks
    assert by_name[nobody_s.link.link] == nobody_s.clicks
    assert lost.link.link not in by_name
    # Whose the link without a body is nobody knows, so a login may have it as well.
    one = source.fetch_ranked_links(DAYS.replace(login=nobody_s.link.login))
    assert nobody_s.link.link not in [row.link.link for row in one.rows]
    assert (one.is_whole, one.total) == (False, None)
    assert one.unlisted_at_most == lost.clicks + nobody_s.clicks
    assert one.at_most_each == max(lost.clicks, nobody_s.clicks)
