"""The tour: who sees it, and that it is gone once it was read. What a browser keeps needs one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apptest import again, opened
from support import write_clicks

from pages.components import menu, tour


def told(app: Any) -> list[dict[str, Any]]:
    """What the component in the browser is told; nothing where it is not on the page."""
    found = [json.loads(item.proto.json or "{}") for item in app.get("bidi_component")]
    return [data for data in found if "shown" in data]


def texts(app: Any) -> list[str]:
    """The sentences of the tour that are on the page."""
    shown = " ".join(item.value for item in (*app.markdown, *app.caption))
    return [sentence for sentence in tour.SENTENCES if sentence in shown]


def test_three_sentences_name_every_page() -> None:
    assert len(tour.SENTENCES) == 3
    whole = " ".join(tour.SENTENCES)
    assert whole.count(".") == 3
    for entry in menu.entries():
        assert f"**{entry.page.label}**" in whole


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("place", ["overview", "links", "compare", "connection"])
def test_whoever_is_new_on_the_demo_sees_it_until_it_is_put_away(
    place: str, phone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tour, "is_phone", lambda: phone)
    app = opened(place)
    assert texts(app) == []  # the browser has not said yet that somebody is new
    assert told(app) == [{"shown": False}]
    app.session_state[tour.STATE] = tour.NEW
    assert texts(again(app)) == [*tour.SENTENCES]
    assert told(app) == [{"shown": True}]
    app.button(key="tour_done").click()
    assert texts(again(app)) == []
    assert told(again(app)) == []
    assert app.session_state[tour.STATE] == tour.DONE


def test_a_title_of_several_lines_has_no_room_beside_it() -> None:
    """Who begins there meets the tour on the next page."""
    app = opened("link")
    app.session_state[tour.STATE] = tour.NEW
    assert texts(again(app)) == []
    app.switch_page("app.py")
    assert texts(again(app)) == [*tour.SENTENCES]


def test_whoever_has_clicks_of_their_own_does_not(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_CLICK_LOG", str(write_clicks(tmp_path / "clicks.log")))
    app = opened("overview")
    app.session_state[tour.STATE] = tour.NEW
    assert texts(again(app)) == []
    assert told(app) == []
