"""Who made a bucket: its links and the others, what adds up, what is said in a chart's hover."""

from __future__ import annotations

import pytest
from ranking_cases import link, ranked
from view_cases import YESTERDAY, answer, asks, texts

from bitly_data.query import ClickQuery
from bitly_data.sources.model import RankedLinks
from bitly_data.sources.ranked_links import Unlisted
from bitly_data.states import COUNTED, FAILED
from bitly_data.views import makers
from bitly_data.views.values import Section

WEEK = ClickQuery(units=7, until=YESTERDAY)
CLICKS = [5, 9, 0, 40, 7, 40, 1]
SERIES = answer(WEEK, CLICKS)
LINKS = [link(f"go.ex/{number:02}", f"Link {number}") for number in range(14)]


def looked_at(at: int) -> int:
    """A moment in the middle of a bucket [epoch s]."""
    return int(SERIES.edges[at] + SERIES.edges[at + 1]) // 2


def of_bucket(clicks: list[int], unlisted: Unlisted | None = None) -> RankedLinks:
    query = makers.of_bucket(SERIES, 3)
    rows = list(zip(LINKS, clicks, strict=False))
    return ranked(query, rows, *([unlisted] if unlisted else []))


def columns(section: Section) -> dict[str, list[object]]:
    assert section.table is not None
    return {column.name: list(column.values) for column in section.table.columns}


@pytest.mark.parametrize("at", [0, 3, 6])
def test_the_question_is_that_of_the_bucket_that_holds_the_moment(at: int) -> None:
    for moment in (int(SERIES.edges[at]), looked_at(at), int(SERIES.edges[at + 1]) - 1):
        query = makers.question(asks(WEEK, bucket=moment), SERIES)
        assert query == WEEK.replace(units=1, until=int(SERIES.edges[at + 1]) - 1, rollup=True)


def test_there_is_no_question_without_a_bucket_and_of_a_link() -> None:
    assert makers.question(asks(WEEK), SERIES) is None
    outside = int(SERIES.edges[-1])
    assert makers.question(asks(WEEK, bucket=outside), SERIES) is None
    assert makers.question(asks(WEEK, bucket=int(SERIES.edges[0]) - 1), SERIES) is None
    of_link = ClickQuery(target="link", link="go.ex/a", units=7, until=YESTERDAY)
    series = answer(of_link, CLICKS)
    assert makers.question(asks(of_link, bucket=looked_at(3)), series) is None
    assert makers.peaks(asks(of_link), series) == []


def test_the_links_and_the_others_add_up_to_the_bucket() -> None:
    clicks = [20, 10, 5, *[1] * 11]
    section = makers.present(asks(WEEK), SERIES, of_bucket(clicks))
    found = columns(section)
    assert section.title == "Fri 6 Nov 2026: 46 clicks"
    assert found["Title"] == [*(f"Link {number}" for number in range(10)), "4 others"]
    assert found["Clicks"] == [*clicks[:10], 4]
    assert sum(found["Clicks"]) == sum(clicks)  # type: ignore[arg-type]
    assert sum(found["Share"]) == pytest.approx(100)  # type: ignore[arg-type]
    assert found["Link"] == [*(one.link for one in LINKS[:10]), ""]


def test_what_a_list_leaves_out_is_one_of_the_others() -> None:
    cut = makers.present(asks(WEEK), SERIES, of_bucket([20, 10], Unlisted(30, 30, 4)))
    assert columns(cut)["Clicks"] == [20, 10, 30]
    assert texts(cut.notices) == ["Bitly lists the 2 most clicked links; the others are one row."]
    unknown = makers.present(asks(WEEK), SERIES, of_bucket([20, 10], Unlisted(3, None, None)))
    assert columns(unknown)["Clicks"] == [20, 10, None]
    assert columns(unknown)["Share"] == [None, None, None]
    assert unknown.title.endswith(": ≥ 33 clicks")


def test_a_bucket_without_a_click_says_so() -> None:
    section = makers.present(asks(WEEK), SERIES, of_bucket([]))
    assert section.table is None
    assert texts(section.notices) == ["No link was clicked then."]


def test_the_highest_buckets_are_told_where_a_pointer_rests() -> None:
    assert makers.peaks(asks(WEEK), SERIES) == [3, 5, 1]  # the earlier one of two that are alike
    assert makers.peaks(asks(WEEK, bucket=looked_at(6)), SERIES) == [3, 5, 1, 6]
    assert makers.peaks(asks(WEEK, bucket=looked_at(5)), SERIES) == [3, 5, 1]
    nothing = answer(WEEK, [0] * 7)
    assert makers.peaks(asks(WEEK), nothing) == []
    unknown = answer(WEEK, CLICKS, [COUNTED] * 3 + [FAILED] + [COUNTED] * 3)
    assert makers.peaks(asks(WEEK), unknown) == [5, 1, 4]


def test_the_first_three_stand_in_the_hover() -> None:
    text = makers.in_hover(asks(WEEK), of_bucket([1200, 10, 5, 4]))
    assert text.split("\n") == ["1,200 Link 0", "10 Link 1", "5 Link 2"]
    long = ranked(makers.of_bucket(SERIES, 3), [(link("go.ex/long", "x" * 200), 7)])
    (line,) = makers.in_hover(asks(WEEK), long).split("\n")
    assert line.startswith("7 xxx") and line.endswith("…") and len(line) < 40
