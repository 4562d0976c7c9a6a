"""Risers and fallers: which links, in which order, and what is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ranking_cases import link, ranked
from view_cases import YESTERDAY, texts

from bitly_data.query import ClickQuery
from bitly_data.sources.model import Link, RankedLinks
from bitly_data.sources.ranked_links import NOTHING, Unlisted
from bitly_data.views import movers
from bitly_data.views.rankings import Found

WEEK = ClickQuery(units=7, until=YESTERDAY, rollup=True)
BEFORE = WEEK.replace(until=YESTERDAY - 7 * 86_400)
A, B, C, D, E, F, G, H = (link(f"go.ex/{name}", f"Link {name}") for name in "ABCDEFGH")
CUT = Unlisted(500, 500, 60)


def found(
    now: Mapping[Link, int],
    before: Mapping[Link, int],
    now_rest: Unlisted = NOTHING,
    before_rest: Unlisted = NOTHING,
) -> Found:
    part, other = ranked(WEEK, now, now_rest), ranked(BEFORE, before, before_rest)
    return Found(part, part, other)


def gains(rankings: Found) -> list[tuple[str, int]]:
    return [(one.link.title, one.gain) for one in movers.movers(rankings)]


def test_the_largest_gain_comes_first_and_the_largest_loss_last() -> None:
    now = {A: 100, B: 90, C: 80, D: 70, E: 60, F: 50, G: 40, H: 30}
    before = {A: 50, B: 10, C: 75, D: 40, E: 100, F: 300, G: 80, H: 80}
    assert gains(found(now, before)) == [
        ("Link B", 80),
        ("Link A", 50),
        ("Link D", 30),
        ("Link G", -40),
        ("Link H", -50),
        ("Link F", -250),
    ]


def test_small_changes_are_left_out() -> None:
    assert gains(found({A: 119, B: 20}, {A: 100, B: 1})) == []
    assert gains(found({A: 120}, {A: 100})) == [("Link A", 20)]
    assert gains(found({A: 80}, {A: 100})) == [("Link A", -20)]


def test_a_link_of_one_period_only_had_no_clicks_in_the_other() -> None:
    assert gains(found({A: 50}, {B: 30})) == [("Link A", 50), ("Link B", -30)]
    (new, gone) = movers.movers(found({A: 50}, {B: 30}))
    assert (new.percent, gone.percent) == (math.inf, -100)


def test_what_a_cut_list_does_not_tell_is_not_taken_for_zero() -> None:
    assert gains(found({A: 50}, {B: 300}, now_rest=CUT)) == [("Link A", 50)]
    assert gains(found({A: 90}, {B: 300}, before_rest=CUT)) == [("Link B", -300)]


def test_the_table_says_both_numbers_and_the_change() -> None:
    section = movers.present(found({A: 150, C: 40}, {A: 100, B: 30}))
    assert section.table is not None
    cells = {column.name: list(column.values) for column in section.table.columns}
    assert cells == {
        "Link": [A.link, C.link, B.link],
        "Title": ["Link A", "Link C", "Link B"],
        "Clicks": [150, 40, 0],
        "Before": [100, 0, 30],
        "Change": [50.0, math.inf, -100.0],
    }
    assert section.table.hidden == ("Link",)


def test_without_another_period_the_reason_is_said() -> None:
    now: RankedLinks = ranked(WEEK, {A: 50})
    section = movers.present(Found(now, why="all time has no other period"))
    assert texts(section.notices) == ["Not known: all time has no other period."]
    quiet = movers.present(found({A: 50}, {A: 45}))
    assert texts(quiet.notices) == ["No link changed by 20 clicks or more."]
