"""Tables of links on a page: what is asked without a word, and what has a price before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from apptest import again, opened
from streamlit.testing.v1 import AppTest

from bitly_data.client import Client
from bitly_data.query import ClickQuery
from bitly_data.views.links import LinksValue
from pages.components import link_lists
from pages.components.draw import parts
from pages.components.link_lists import table_key


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", "2026-11-10T15:20:00Z")
    monkeypatch.setenv("BITLY_API", "v4")
    monkeypatch.setenv("BITLY_PLAN", "enterprise")


def columns(app: AppTest) -> list[str]:
    (found,) = [item.value for item in app.dataframe if "Title" in item.value.columns]
    return list(found.columns)


def test_small_charts_that_take_few_calls_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("links", timeout=60)
    assert "Trend" in columns(app)
    (trend,) = [item.value["Trend"] for item in app.dataframe if "Title" in item.value.columns]
    assert all(len(one) == 29 for one in trend)  # the day that runs would look like a fall


def test_many_have_their_price_first_and_come_when_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[ClickQuery] = []
    load_many = Client.load_many

    def counted(self: Client, queries: Sequence[ClickQuery], *args: object, **more: object):  # type: ignore[no-untyped-def]
        asked.extend(queries)
        return load_many(self, queries, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "load_many", counted)
    monkeypatch.setattr(link_lists, "FEW_CALLS", 3)
    # A range of which no other test here has kept anything.
    app = opened("links", until="2026-08-09T12:00:00Z", timeout=60)
    assert "Trend" not in columns(app) and not asked
    button = app.button(key="links_trends_more")
    assert button.label.startswith("Show the trends (") and button.label.endswith(" calls)")
    button.click()
    again(app)
    assert "Trend" in columns(app) and len(asked) == 15
    # What is kept is there from now on, whatever it took.
    app = opened("links", until="2026-08-09T12:00:00Z", timeout=60)
    assert "Trend" in columns(app) and len(asked) == 15


def test_a_selection_is_of_the_links_that_were_shown() -> None:
    one, other = (LinksValue(None, links) for links in (("a/b", "c/d"), ("c/d", "a/b")))
    assert table_key("links", one) != table_key("links", other)
    assert table_key("links", one) == table_key("links", LinksValue(None, ("a/b", "c/d")))


def test_a_redraw_makes_no_table_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    arrow = parts._arrow
    monkeypatch.setattr(parts, "_arrow", lambda value: made.append(value) or arrow(value))
    app = opened("links", tz="UTC", period="this-month", unit="", timeout=60)
    assert made
    made.clear()
    again(app)
    app = opened("links", tz="UTC", period="this-month", unit="", timeout=60)
    assert not made
