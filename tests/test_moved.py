"""Old addresses: each opens the same question on the page that answers it now."""

from __future__ import annotations

import pytest
from apptest import OLD_ADDRESSES, ROOT, again, errors, metrics, opened, said, whole_address
from apptest import table as table_of
from streamlit.testing.v1 import AppTest

from pages.components import menu
from pages.components.menu import page_in

ASKED = {
    "unit": ["week"],
    "units": ["5"],
    "tz": ["Asia/Tokyo"],
    "until": ["2026-10-20T00:00:00Z"],
    "domain": ["aur.example", "nlj.example"],
    "week": ["sunday"],
    "overlay": ["0"],
}


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", "2026-11-03T15:20:00Z")


def opened_at(file: str, params: dict[str, list[str]]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    app.switch_page(file)
    for name, values in params.items():
        app.query_params[name] = values
    return again(app)


@pytest.mark.parametrize(("file", "place"), OLD_ADDRESSES.items())
def test_an_old_address_leads_on_with_its_question(file: str, place: str) -> None:
    link = whole_address(opened("link"))["link"]
    asked = ASKED | {"link": link}
    app, expected = opened_at(file, asked), opened(place, **asked)
    assert app.title[0].value == expected.title[0].value
    assert whole_address(app) == whole_address(expected) == asked
    assert metrics(app) == metrics(expected)
    assert table_of(app).equals(table_of(expected))
    assert (errors(app), said(app)) == ([], [])


@pytest.mark.parametrize(("file", "place"), OLD_ADDRESSES.items())
def test_without_a_question_it_is_the_page_as_it_begins(file: str, place: str) -> None:
    app, expected = opened_at(file, {}), opened(place, overlay=None)
    assert app.title[0].value == expected.title[0].value
    assert whole_address(app) == whole_address(expected)
    assert table_of(app).equals(table_of(expected))


@pytest.mark.parametrize(("file", "place"), OLD_ADDRESSES.items())
def test_what_an_address_holds_that_is_not_known_is_said_where_it_leads(
    file: str, place: str
) -> None:
    app = opened_at(file, {"utm_source": ["x"], "units": ["0"]})
    assert len(said(app)) == 2 and "utm_source" in said(app)[0]
    assert "utm_source" not in whole_address(app)


def test_old_addresses_are_not_in_the_menu() -> None:
    listed = {entry.file: entry.page.label for entry in menu.entries()}
    assert not listed.keys() & OLD_ADDRESSES.keys()
    for file in OLD_ADDRESSES:
        page = page_in(ROOT / file)
        assert page.place is None
        assert page.label in listed.values()  # it has the name of the page that it leads to
