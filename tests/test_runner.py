"""How a page comes about: what is asked, made and drawn, how often, and what a new page takes."""

from __future__ import annotations

import shutil
import sys
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from apptest import PAGE_FILES, ROOT, again, captions, errors, metrics, opened, plain, tables
from pandas.io.formats.style import Styler
from streamlit.elements import arrow
from streamlit.testing.v1 import AppTest
from support import write_clicks

import bitly_data.views
from bitly_data import cache, frames
from bitly_data.query import ClickQuery
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.client import HttpClient
from bitly_data.views import (
    change,
    clicks,
    compare,
    compare_chart,
    compare_totals,
    domains,
    links,
    makers,
    movers,
    rankings,
    reconcile,
)
from pages.components import menu, pricing
from pages.components.draw import chart, parts

# A Tuesday, a day after America put its clocks back.
NOW = "2026-11-03T15:20:00Z"
PAGES = ("overview", "link", "compare")
V3, V4 = {"BITLY_API": "v3"}, {"BITLY_API": "v4", "BITLY_PLAN": "premium"}

# Where each kind of work is done.
WORK: dict[str, list[tuple[Any, str]]] = {
    "frames": [(frames, "to_frame"), (pd.DataFrame, "__init__")],
    "questions": [(V3Source, "fetch"), (V4Source, "fetch")],
    "accounts": [(V3Source, "fetch_account"), (V4Source, "fetch_account")],
    "requests": [(HttpClient, "send")],
    "opened": [(cache, "client")],
    "keys": [(cache, "_keyed")],
    "presented": [
        (clicks, "present"),
        (change, "present"),
        (domains, "load"),
        (domains, "present_totals"),
        (reconcile, "present"),
        (compare, "load"),
        (compare_chart, "chart_of"),
        (compare_totals, "present_totals"),
        (rankings, "found"),
        (links, "rows"),
        (links, "present"),
        (movers, "present"),
        (makers, "present"),
    ],
    "figures": [(chart, "figure")],
    "tables": [(parts, "_arrow")],
    "styled": [(parts, "_styled"), (Styler, "_compute")],
}
# A table in colours is a frame, to pandas and to Streamlit that sends it: no other frame is made.
STYLING = [(parts, "_styled"), (arrow, "marshall_styler")]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Tally[str]:
    """How often each kind of work was done since the tally was cleared; of the demo."""
    monkeypatch.setenv("BITLY_NOW", NOW)
    tally: Tally[str] = Tally()

    styling: list[bool] = []

    def count(kind: str, done: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if kind != "frames" or not styling:
                tally[kind] += 1
            return done(*args, **options)

        return counted

    def styles(done: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **options: Any) -> Any:
            styling.append(True)
            try:
                return done(*args, **options)
            finally:
                styling.pop()

        return noted

    for owner, name in STYLING:
        monkeypatch.setattr(owner, name, styles(getattr(owner, name)))

    for kind, places in WORK.items():
        for owner, name in places:
            monkeypatch.setattr(owner, name, count(kind, getattr(owner, name)))
    return tally


def answer_as(
    monkeypatch: pytest.MonkeyPatch, face: dict[str, str], work: Tally[str] | None = None
) -> None:
    """The demo by one of Bitly's APIs, opened."""
    for name, value in face.items():
        monkeypatch.setenv(name, value)
    cache.client(cache.settings())  # the demo's own log is made of frames
    if work is not None:
        work.clear()


def elements(app: AppTest) -> list[str]:
    """What is on the page, by kind; a place that was left empty is not seen."""
    return [item.type for item in app.main if item.type != "empty"]


# How often a page is drawn when it is opened: the overview once more with what made its peaks, for
# which it asks last of all; that is another figure, and nothing else.
DRAWN = {"overview": 2, "link": 1, "compare": 1}
# What each page presents, draws and lists when it is opened. The best links stand there first
# without their small charts, while these are asked for.
MADE = {
    ("overview", ""): {"presented": 9, "figures": 2, "tables": 5},
    ("link", ""): {"presented": 2, "figures": 1, "tables": 4},
    ("compare", ""): {"presented": 3, "figures": 1, "tables": 2},
    # The chart first, and once more with the other period's line.
    ("overview", "overlay"): {"presented": 10, "figures": 3, "tables": 5},
    ("overview", "raw"): {"presented": 10, "figures": 3, "tables": 6},
    ("link", "overlay"): {"presented": 3, "figures": 2, "tables": 4},
    ("link", "raw"): {"presented": 3, "figures": 2, "tables": 5},
    ("link", "rollup"): {"presented": 2, "tables": 4},
}


@pytest.mark.parametrize("face", [V3, V4], ids=["v3", "v4"])
@pytest.mark.parametrize(("place", "more"), MADE)
def test_a_page_makes_each_thing_once_and_a_redraw_nothing(
    work: Tally[str],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    more: str,
    face: dict[str, str],
) -> None:
    answer_as(monkeypatch, face, work)
    app = opened(place, tz="UTC", **({more: "1"} if more else {}))
    assert work["frames"] == 0
    times = DRAWN[place]
    assert (work["accounts"], work["opened"], work["keys"]) == (1, times, times)
    assert work["questions"] >= 1
    assert work["requests"] >= 1 or face is V4  # which keeps buckets, not only answers
    assert {kind: work[kind] for kind in MADE[place, more]} == MADE[place, more]
    again_with_line = 1 if more == "overlay" else 0
    assert work["figures"] == len(app.get("plotly_chart")) + times - 1 + again_with_line
    before = elements(app)
    for _ in range(2):
        work.clear()
        again(app)
        # Who answers is looked up once more, as that may have changed; nobody is asked.
        assert dict(work) == {"opened": 1, "keys": 1}
    assert elements(app) == before


@pytest.mark.parametrize("face", [V3, V4], ids=["v3", "v4"])
@pytest.mark.parametrize("place", ["overview", "link", "compare"])
def test_a_page_is_asked_again_in_full(
    work: Tally[str], monkeypatch: pytest.MonkeyPatch, place: str, face: dict[str, str]
) -> None:
    answer_as(monkeypatch, face, work)
    app = opened(place, tz="UTC")
    work.clear()
    app.button(key="ask_again").click()
    again(app)
    assert work["questions"] >= 1
    assert work["requests"] >= 1  # also of what has settled
    assert not errors(app)
    work.clear()
    again(app)
    assert work["questions"] == work["requests"] == 0  # once


@pytest.mark.parametrize("place", ["overview", "connection"])
def test_what_is_said_of_a_log_and_of_a_check_is_made_once(
    work: Tally[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    log = write_clicks(tmp_path / "clicks.log")
    Path(log).write_text(Path(log).read_text() + "no click\n")
    answer_as(monkeypatch, {"BITLY_CLICK_LOG": log, "BITLY_NOW": "latest"}, work)
    app = opened(place)
    assert "Reason" in [name for item in app.dataframe for name in item.value.columns]
    assert work["tables"] > 1
    work.clear()
    again(app)
    assert work["tables"] == 0
    assert work["requests"] == 0


def test_another_visitor_s_page_is_made_of_what_was_made_before(
    work: Tally[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_as(monkeypatch, V3, work)
    for place in PAGES:
        opened(place, tz="UTC")
    work.clear()
    for place in PAGES:
        opened(place, tz="UTC")
    assert dict(work) == {"opened": 3, "keys": 3}


@pytest.mark.parametrize("place", ["overview", "compare"])
def test_changes_that_are_not_asked_for_are_not_presented_anew(
    work: Tally[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """By v4 the changes of domains take many calls, so each row has a reason instead."""
    answer_as(monkeypatch, V4, work)
    app = opened(place, tz="UTC", units="30")
    assert "its numbers take" in captions(app)
    assert app.button(key="totals_compare")
    work.clear()
    again(app)
    assert dict(work) == {"opened": 1, "keys": 1}


# -- a changed control ----------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ClickQuery]:
    """What the source is asked, in order; of the demo by v3."""
    monkeypatch.setenv("BITLY_NOW", NOW)
    answer_as(monkeypatch, V3)
    queries: list[ClickQuery] = []
    fetch = V3Source.fetch

    def noted(self: V3Source, query: ClickQuery) -> Any:
        queries.append(query)
        return fetch(self, query)

    monkeypatch.setattr(V3Source, "fetch", noted)
    return queries


def test_the_other_buckets_are_all_that_is_asked_when_they_are_wanted(
    asked: list[ClickQuery],
) -> None:
    app = opened("overview", tz="America/New_York", units="5")
    main = main_of(asked)
    asked.clear()
    app.toggle(key="q_as_answered").set_value(True)
    again(app)
    (only,) = asked
    assert only == main.replace(upstream_buckets=True, until=only.until)
    assert len(app.get("plotly_chart")) == 2


def test_another_period_is_all_that_is_asked_when_another_is_wanted(
    asked: list[ClickQuery],
) -> None:
    app = opened("overview", tz="UTC", units="5")
    before = list(asked)
    asked.clear()
    app.selectbox(key="q_against").select("year")
    again(app)
    assert asked and not set(asked) & set(before)
    year_before = main_of(before).replace(until=None)
    assert all(query.until is not None for query in asked)
    assert main_of(before) == year_before
    assert "Against the same period a year before" in metrics(app)


def main_of(queries: list[ClickQuery]) -> ClickQuery:
    (main,) = [one for one in queries if one.until is None and one.series_name == "organization"]
    return main


def test_the_other_period_s_line_asks_for_nothing_that_is_here(asked: list[ClickQuery]) -> None:
    app = opened("overview", tz="UTC", units="5")
    asked.clear()
    app.toggle(key="q_overlay").set_value(True)
    again(app)
    assert asked == []
    assert len(tables(app, "State")[0]) == 10


def test_one_more_domain_asks_for_it_and_for_all_as_one(asked: list[ClickQuery]) -> None:
    app = opened("compare", tz="UTC", units="5", domain=["aur.example", "nlj.example"])
    before = set(asked)
    asked.clear()
    app.multiselect(key="q_domains").set_value(["aur.example", "nlj.example", "aurora.example"])
    again(app)
    assert not before & set(asked)
    assert {query.domains for query in asked} == {
        ("aurora.example",),
        ("aur.example", "nlj.example", "aurora.example"),
    }


# -- what comes first -----------------------------------------------------------------------------


# The overview is drawn once more when it is known what made its peaks.
AGAIN = "again"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked and what is drawn, in order; of the demo by v3."""
    monkeypatch.setenv("BITLY_NOW", NOW)
    answer_as(monkeypatch, V3)
    seen: list[str] = []
    fetch, metric, draw, rerun = V3Source.fetch, parts.metric, st.plotly_chart, st.rerun

    def asks(self: V3Source, query: ClickQuery) -> Any:
        seen.append("asks" if query.until is None else "asks beside")
        return fetch(self, query)

    def draws_metric(value: Any, **how: Any) -> None:
        if value.label.startswith("Against"):
            seen.append("waits" if value.value == "…" else "changes")
        elif value.label == "Total clicks":
            seen.append("totals")
        metric(value, **how)

    def draws_chart(*words: Any, **options: Any) -> Any:
        if "key" in options:  # the one that only fetches the browser's part has none
            seen.append("chart")
        return draw(*words, **options)

    def draws_again() -> None:
        seen.append(AGAIN)
        rerun()

    monkeypatch.setattr(st, "rerun", draws_again)
    monkeypatch.setattr(V3Source, "fetch", asks)
    monkeypatch.setattr(parts, "metric", draws_metric)
    monkeypatch.setattr(st, "plotly_chart", draws_chart)
    return seen


def runs(seen: list[str]) -> list[str]:
    """The events without repetitions."""
    return [event for event, before in zip(seen, ["", *seen[:-1]], strict=True) if event != before]


def until_changes(seen: list[str]) -> list[str]:
    """Those of the series; on the overview, asking for what stands below is all that comes after
    them, and when it is drawn once more nothing is asked.
    """
    first = seen[: seen.index(AGAIN)] if AGAIN in seen else seen
    assert not {"asks", "asks beside"} & set(seen[len(first) :])
    found = runs(first)
    count = found.index("changes") + 1
    assert set(found[count:]) <= {"asks", "asks beside"}
    return found[:count]


@pytest.mark.parametrize("place", ["link", "overview"])
def test_a_place_is_kept_for_the_change_and_filled_when_all_else_is_drawn(
    events: list[str], place: str
) -> None:
    app = opened(place, tz="UTC", units="5")
    assert until_changes(events) == ["asks", "totals", "waits", "chart", "asks beside", "changes"]
    assert (AGAIN in events) == (place == "overview")
    # A link's clicks of all time stand beside it, and are asked for last.
    after = runs(events)[len(until_changes(events)) :]
    assert place == "overview" or after == ["asks"]
    beside = {"overview": [], "link": ["Rank", "All time"]}[place]
    label = {"overview": "Against the period before", "link": "Change"}[place]
    assert [item.label for item in app.metric][3:] == [label, *beside]


def test_key_figures_and_chart_come_before_the_line_of_the_other_period_is_asked_for(
    events: list[str],
) -> None:
    opened("overview", tz="UTC", units="5", overlay="1")
    assert until_changes(events) == [
        *("asks", "totals", "waits", "chart"),
        *("asks beside", "chart", "changes"),
    ]


def test_totals_are_compared_without_a_chart(events: list[str]) -> None:
    app = opened("overview", tz="UTC", units="5", rollup="1", overlay="1")
    assert until_changes(events) == ["asks", "totals", "waits", "asks", "asks beside", "changes"]
    assert len(app.get("plotly_chart")) == 0


def test_an_error_ends_the_page_with_one_sentence_and_nothing_beside(events: list[str]) -> None:
    app = opened("overview", tz="UTC", domain="foreign.example")
    (error,) = errors(app)
    assert error.startswith("This domain does not belong to the organization")
    assert events == ["asks"]
    assert len(app.metric) == len(app.dataframe) == 0


# -- a new question -------------------------------------------------------------------------------

VIEW = '''"""Which of some links were clicked most?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bitly_data.charts.model import line_chart
from bitly_data.query import LINK, ClickQuery
from bitly_data.views.answers import Answers, series_of
from bitly_data.views.page_query import PageQuery
from bitly_data.views.values import COUNT, Column, Metric, RowsFile, Section, Table


@dataclass(frozen=True)
class TopLinks:
    """The newest links by their clicks."""

    most: int

    def questions(self, page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
        """Each link."""
        links = [newest.link for newest in page_query.links[: self.most]]
        return [page_query.query.replace(target=LINK, link=link) for link in links]

    def present(self, page_query: PageQuery, answers: Answers) -> Section:
        """A row a link, the most clicked first."""
        found = [series_of(answers, query) for query in self.questions(page_query, answers)]
        found.sort(key=lambda series: -series.total.clicks)
        return Section(
            title="Top links",
            metrics=(Metric("Links", str(len(found))),),
            chart=line_chart(found, "Top links by day", page_query.source),
            table=Table(
                (
                    Column("Link", tuple(series.name for series in found)),
                    Column("Clicks", tuple(series.total.clicks for series in found), COUNT),
                )
            ),
            file=RowsFile("Top links", tuple(found)),
            source="By the links' own counts.",
        )
'''

PAGE = '''"""Which links were clicked most?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Top links", icon=":material/leaderboard:", place=35)
opening = open_early(PAGE.label)

from bitly_data.views.top_links import TopLinks
from pages.components import runner, start

run = start.start(opening, ("unit", "units", "timezone", "until"))
runner.show(runner.with_links(run), TopLinks(5), "top_links")
runner.close(run)
'''


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The app elsewhere, with one view and one page file more, and nothing else."""
    folder = tmp_path / "app"
    shutil.copytree(ROOT / "pages", folder / "pages")
    shutil.copy2(ROOT / "app.py", folder)
    (folder / "pages/top_links.py").write_text(PAGE)
    views = tmp_path / "views"
    views.mkdir()
    (views / "top_links.py").write_text(VIEW)
    monkeypatch.setattr(bitly_data.views, "__path__", [*bitly_data.views.__path__, str(views)])
    monkeypatch.setattr(menu, "ROOT", folder)
    menu.entries.cache_clear()
    monkeypatch.setenv("BITLY_NOW", NOW)
    yield folder
    menu.entries.cache_clear()
    gone: ModuleType | None = sys.modules.pop("bitly_data.views.top_links", None)
    if gone is not None:
        del bitly_data.views.top_links  # type: ignore[attr-defined]


def top_links(folder: Path, **params: str) -> AppTest:
    app = AppTest.from_file(str(folder / "app.py"), default_timeout=30)
    app.switch_page("pages/top_links.py")
    for name, value in params.items():
        app.query_params[name] = value
    return again(app)


def test_a_new_question_is_a_view_and_a_page_file(copy: Path, work: Tally[str]) -> None:
    assert len(menu.entries()) == len(PAGE_FILES) + 1
    app = top_links(copy, tz="UTC", units="7")
    assert app.title[0].value == "Top links"
    labels = [link.proto.label for link in app.sidebar.get("page_link")]
    assert labels == [entry.page.label for entry in menu.entries()]
    assert labels.index("Link") == labels.index("Top links") - 1
    (table,) = tables(app, "Link")
    assert table["Link"].nunique() == 5
    assert table["Clicks"].tolist() == sorted(table["Clicks"], reverse=True)
    assert table["Clicks"].iloc[0] > 0
    assert metrics(app) == {"Links": "5"}
    assert len(app.get("plotly_chart")) == 1
    names = {button.proto.label for button in app.get("download_button")}
    assert names == {"CSV", "PNG", "SVG"}
    assert "By the links' own counts." in captions(app)
    assert "Demo data" in captions(app)
    # It has the controls that it names, and is kept as every other page is.
    assert app.number_input(key="q_units").value == 7
    assert not app.multiselect
    work.clear()
    again(app)
    assert dict(work) == {"opened": 1, "keys": 1}


def test_its_link_in_the_menu_is_on_every_page(copy: Path) -> None:
    app = again(AppTest.from_file(str(copy / "app.py"), default_timeout=30))
    links = [link.proto.label for link in app.sidebar.get("page_link")]
    assert "Top links" in links and len(links) == len(menu.entries())
    assert errors(app) == []


def test_its_price_is_said_before_it_is_asked_for(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view of the organization by v4 that takes many calls waits until somebody begins."""
    (copy.parent / "views/top_links.py").write_text(
        VIEW.replace("target=LINK, link=link", "domains=(link.split('/')[0],)")
    )
    answer_as(monkeypatch, V4)
    app = top_links(copy, tz="UTC", units="100")
    words = " ".join(plain(item.value) for item in app.markdown)
    assert "This view takes many calls" in words
    assert app.button(key="top_links_start")
    assert len(app.dataframe) == len(app.get("plotly_chart")) == 0
    monkeypatch.setattr(pricing, "is_ready", lambda *_: True)
    assert tables(again(app), "Link")


def test_a_question_without_an_answer_ends_it_with_one_sentence(copy: Path) -> None:
    app = top_links(copy, tz="UTC", units="20000", unit="month")
    (error,) = errors(app)
    assert "reach back before 1970" in error
    assert len(app.dataframe) == 0
