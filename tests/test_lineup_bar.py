"""The bar of the comparison: what a typed text stands for, and what there is to choose from."""

from __future__ import annotations

from typing import Any, cast

import pytest
from view_cases import V3, V4

from bitly_data.client import Client
from bitly_data.errors import AnswerError
from bitly_data.query import LINK, ONLY_OTHERS
from bitly_data.sources.model import Account, Link
from bitly_data.views.lineup import DOMAIN, LOGIN, Item
from pages.components.controls.lineup_bar import Offer, meant, offer_of

ACCOUNT = Account("ann", ("go.example.com",), ("site.example",), ("ann",))
LINKS = [Link("bit.ly/Ab1", "Ridgeline jacket", "https://shop.example/x", "bob", 0)]
FAR = Link("bit.ly/Old", "Old jacket of 2019", "https://shop.example/old", "ann", 0)


class Upstream:
    """A client that finds one link more than it lists, or nobody who answers."""

    def __init__(self, capabilities: Any = V3, *, answers: bool = True) -> None:
        self.capabilities, self.answers = capabilities, answers

    def links(self, search: str = "") -> tuple[list[Link], int]:
        if not self.answers:
            raise AnswerError("Nobody answered.")
        found = [FAR] if search.casefold() in FAR.title.casefold() else []
        return found, len(found)


def offer(capabilities: Any = V3, *, answers: bool = True) -> Offer:
    client = cast(Client, Upstream(capabilities, answers=answers))
    return offer_of(client, ACCOUNT, LINKS, [Item(LINK, "bit.ly/Shown")])


def test_domains_logins_and_links_are_offered_each_once() -> None:
    assert [item.text for item in offer().items] == [
        "go.example.com", "site.example", "@ann", "!", "bit.ly/Ab1", "bit.ly/Shown",
    ]  # fmt: skip
    by_lists = [item.text for item in offer(V4).items]
    assert "!" not in by_lists and "@bob" in by_lists  # who made a listed link


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("ridge", Item(LINK, "bit.ly/Ab1")),  # the best match, and nothing is added
        ("shop.ex", Item(LINK, "bit.ly/Ab1")),  # by its destination, though it could be a domain
        ("go.example.com", Item(DOMAIN, "go.example.com")),
        ("an", Item(LOGIN, "ann")),
        ("other people", Item(LOGIN, ONLY_OTHERS)),
        ("new.example", Item(DOMAIN, "new.example")),  # an address that nothing matches
        ("https://bit.ly/Ab", Item(LINK, "bit.ly/Ab")),  # an address though a link begins so
        ("@bob", Item(LOGIN, "bob")),
        ("2019", Item(LINK, "bit.ly/Old")),  # only upstream knows it
        ("zebra", None),
    ],
)
def test_a_typed_text_is_its_best_match_or_an_address(text: str, item: Item | None) -> None:
    assert meant(text, offer()) == item


def test_without_upstream_a_word_is_nothing() -> None:
    assert meant("zebra", offer(answers=False)) is None
