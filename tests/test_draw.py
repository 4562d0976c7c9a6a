"""Values become elements of a page, and nothing else happens."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from bitly_data.report.writers import WRITERS
from bitly_data.views.values import CHANGE, COUNT, PERCENT, TEXT, TREND, WHOLE, Column, Table
from pages.components.draw import parts
from pages.components.draw.files import file_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Clicks on bit.ly/abc by day", "clicks-on-bit.ly-abc-by-day"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "clicks"),
        ("日本", "clicks"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_file_s_name_is_words_and_hyphens(text: str, name: str) -> None:
    assert file_name(text) == name


def test_a_file_s_name_says_which_groups_it_is_of_once() -> None:
    assert file_name("Clicks by day", "2 groups together") == "clicks-by-day-2-groups-together"
    assert file_name("Clicks of the group Acme", "group Acme") == "clicks-of-the-group-acme"


def test_a_table_travels_as_it_is_and_holds_no_formula() -> None:
    table = parts._arrow(
        Table(
            (
                Column("Name", ("=1+1", None, "go.example"), TEXT),
                Column("Clicks", (1, None, 2**40), COUNT),
                Column("Share", (12.5, None, 0.0), PERCENT),
                Column("Not known", (None, 3, 4), WHOLE),
            )
        )
    )
    assert table.to_pydict() == {
        "Name": ["'=1+1", None, "go.example"],
        "Clicks": [1, None, 2**40],
        "Share": [12.5, None, 0.0],
        "Not known": [None, 3, 4],
    }
    assert [str(field.type) for field in table.schema] == ["string", "int64", "double", "int64"]


def test_a_section_is_drawn_from_top_to_bottom() -> None:
    def page() -> None:
        import numpy as np

        from bitly_data.query import ClickQuery
        from bitly_data.series import ClickSeries, Provenance
        from bitly_data.views import values
        from pages.components.draw import section

        series = ClickSeries(
            ClickQuery(units=1),
            "organization",
            np.array([0, 86_400]),
            np.array([5]),
            np.array([0], dtype=np.int8),
            Provenance("v3", "x", ("/x",), 0, 1),
        )
        section.section(
            values.Section(
                metrics=(values.Metric("Total clicks", "5", help="1 day", delta="up"),),
                notices=(
                    values.Notice(values.WARNING, "Not *all* is known.", "help"),
                    values.Notice(values.CAPTION, "Quiet."),
                    values.Notice(values.CAPTION, ""),
                ),
                table=values.Table((values.Column("Clicks", (5,), values.COUNT),)),
                file=values.RowsFile("Clicks", (series,)),
                source="From /x.",
            ),
            "any",
        )

    app = AppTest.from_function(page).run()
    assert not app.exception
    kinds = [item.type for item in app.main if hasattr(item, "type")]
    wanted = ["metric", "warning", "caption", "dataframe", "download_button", "caption"]
    assert [kind for kind in kinds if kind in set(wanted)] == wanted
    (metric,) = app.metric
    assert (metric.label, metric.value, metric.delta, metric.help) == (
        "Total clicks",
        "5",
        "up",
        "1 day",
    )
    assert [item.value for item in app.caption] == ["Quiet\\.", "From \\/x\\."]
    keys = [item.proto.id.rpartition("-")[2] for item in app.get("download_button")]
    assert keys == [f"any_{name}" for name, writer in WRITERS.items() if writer.on_page]


def test_a_chart_s_words_for_those_who_do_not_see_it_come_along() -> None:
    def page() -> None:
        import numpy as np

        from bitly_data.charts.model import line_chart
        from bitly_data.query import ClickQuery
        from bitly_data.series import ClickSeries, Provenance
        from pages.components.draw.chart import chart

        series = ClickSeries(
            ClickQuery(units=2),
            "organization",
            np.array([0, 86_400, 172_800]),
            np.array([5, 7]),
            np.array([0, 0], dtype=np.int8),
            Provenance("v3", "x", ("/x",), 0, 1),
        )
        chart(line_chart([series], "Clicks by day", "demo data"), "any")

    app = AppTest.from_function(page).run()
    assert not app.exception
    (drawn,) = app.get("plotly_chart")
    assert "12 clicks" in drawn.proto.alt
    assert np.isin(
        ["any_png", "any_svg"],
        [item.proto.id.rpartition("-")[2] for item in app.get("download_button")],
    ).all()


def test_a_sparkline_has_a_gap_where_a_number_is_not_known() -> None:
    def page() -> None:
        from bitly_data.views.values import Metric
        from pages.components.draw import parts

        parts.metric(Metric("Clicks", "3", trend=(1.0, None, 2.0)))

    app = AppTest.from_function(page).run()
    assert not app.exception
    (first, gap, last) = app.metric[0].proto.chart_data
    assert (first, last) == (1.0, 2.0) and gap != gap


def drawn_warnings(texts: list[str]) -> AppTest:
    def page(texts: list[str]) -> None:
        from bitly_data.views.values import CAPTION, WARNING, Notice
        from pages.components.draw import parts

        parts.notices_above([Notice(CAPTION, "small"), *(Notice(WARNING, one) for one in texts)])

    return AppTest.from_function(page, kwargs={"texts": texts}).run()


def test_several_warnings_take_the_room_of_one() -> None:
    app = drawn_warnings(["first", "second", "third"])
    assert [one.value for one in app.warning] == ["first", "second", "third"]
    (more,) = app.expander
    assert more.label == "2 more notes on what is not known"
    assert [one.value for one in more.warning] == ["second", "third"]
    assert [one.value for one in app.caption] == ["small"]


def test_one_warning_is_seen() -> None:
    app = drawn_warnings(["first"])
    assert [one.value for one in app.warning] == ["first"]
    assert not app.expander


def test_a_table_on_a_phone_is_as_wide_as_the_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first column takes what the others and the ticks leave."""
    table = Table(
        (
            Column("Title", ("a",), width=230),
            Column("Trend", (None,), TREND, width=70),
            Column("Clicks", (1,), COUNT, width=70),
            Column("Change", (1.0,), CHANGE, width=72),
        ),
        on_phone=("Title", "Clicks", "Change"),
    )
    assert parts._on_phone(table, has_ticks=False) == {}
    monkeypatch.setattr(parts, "is_phone", lambda: True)
    plain, ticked = (parts._on_phone(table, has_ticks=one)["Title"] for one in (False, True))
    assert plain == parts.PHONE_WIDTH - 142
    assert ticked == plain - parts.TICKS_WIDTH


def test_a_table_whose_rows_lead_somewhere_begins_with_their_ranks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is no row of its own has none, nor has a phone, and a rank that is there is enough."""
    table = Table((Column("Title", ("a", "b", "others")),), ranked=2)
    title, rank = parts.numbered(table).columns
    assert (rank.name, rank.values) == ("#", (1, 2, None))
    assert title == table.columns[0]
    assert parts._order(parts.numbered(table)) == ["#", "Title"]
    assert parts.numbered(parts.numbered(table)) == parts.numbered(table)
    placed = Table((Column("Rank", (7, 8)), Column("Title", ("a", "b"))), ranked=2)
    assert parts.numbered(placed) == placed
    monkeypatch.setattr(parts, "is_phone", lambda: True)
    assert parts.numbered(table) == table


def test_a_click_on_a_rank_is_told_to_nobody() -> None:
    def page() -> None:
        import streamlit as st

        from bitly_data.views.values import Column, Table
        from pages.components.draw import parts

        table = Table((Column("Link", ("a", "b")),), ranked=2)
        told = st.session_state.setdefault("told", [])
        parts.table(table, "links", on_row=told.append)
        for name in ("#", "Link"):
            st.session_state["shadow"] = {"selection": {"cells": [(1, name)]}}
            parts._clicked("shadow", table, told.append)

    app = AppTest.from_function(page).run()
    assert not app.exception
    assert list(app.dataframe[0].proto.column_order) == ["#", "Link"]
    assert app.session_state["told"] == ["b"]
