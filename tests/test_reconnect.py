"""What notices that the server is back is on every page. That it does needs a browser."""

from __future__ import annotations

from typing import Any

import pytest
from apptest import EVERY_PAGE, errors, opened

from pages.components import reconnect


def watching(app: Any) -> list[str]:
    """The ids of what watches the server."""
    found = app.get("bidi_component")
    return [item.proto.id for item in found if "reconnect" in item.proto.component_name]


@pytest.mark.parametrize("place", EVERY_PAGE)
def test_every_page_watches_its_server_once(place: str) -> None:
    (watch,) = watching(opened(place))
    assert "k_reconnect" in watch


def test_a_page_that_nobody_answers_watches_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_CLICK_LOG", "/no/such/log")
    app = opened("overview")
    assert errors(app)
    assert len(watching(app)) == 1


def test_it_is_the_same_element_on_each_run_and_runs_nothing_by_itself() -> None:
    """Another one would forget that it has seen the server go."""
    app = opened("overview")
    before = watching(app)
    app.run()
    assert watching(app) == before
    assert not app.exception


def test_the_script_is_beside_its_module_and_asks_nobody() -> None:
    script = reconnect._SCRIPT.read_text("utf-8")
    assert "setTriggerValue" in script
    for word in ("fetch(", "XMLHttpRequest", "http:", "https:", "import("):
        assert word not in script
