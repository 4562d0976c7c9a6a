"""Items of a comparison: in the address and back, their names, and what a search means."""

from __future__ import annotations

import pytest

from bitly_data.errors import QuestionError
from bitly_data.query import LINK, ONLY_OTHERS, ORGANIZATION, ClickQuery
from bitly_data.sources.model import Link
from bitly_data.views.lineup import (
    DOMAIN,
    LOGIN,
    LONGEST_NAME,
    Item,
    best_match,
    is_address,
    item_names,
    kind_of,
    many_items,
    parse_item,
    titles_of,
)

JACKET = Link("bit.ly/Ab1", "Ridgeline jacket launch", "https://shop.example/jackets", "ann", 0)
NEWS = Link("go.example.com/Cd2", "News", "https://blog.example/ridge", "bob", 0, ("bit.ly/Xy",))


@pytest.mark.parametrize(
    ("text", "item", "written"),
    [
        ("bit.ly/Ab1", Item(LINK, "bit.ly/Ab1"), "bit.ly/Ab1"),
        ("https://BIT.ly/Ab1?x=1", Item(LINK, "bit.ly/Ab1"), "bit.ly/Ab1"),
        ("go.example.com", Item(DOMAIN, "go.example.com"), "go.example.com"),
        ("https://go.example.com/", Item(DOMAIN, "go.example.com"), "go.example.com"),
        ("@ann", Item(LOGIN, "ann"), "@ann"),
        ("@go.example.com", Item(LOGIN, "go.example.com"), "@go.example.com"),
        ("!", Item(LOGIN, ONLY_OTHERS), "!"),
        ("@!", Item(LOGIN, ONLY_OTHERS), "!"),
    ],
)
def test_an_item_is_read_from_the_address_and_written_back(
    text: str, item: Item, written: str
) -> None:
    assert parse_item(text) == item
    assert item.text == written
    assert parse_item(written) == item


@pytest.mark.parametrize("text", ["", "jacket", "@", "two words", "a/b/c", "<b>", "ridge line.x y"])
def test_a_word_is_no_item(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(QuestionError):
        parse_item(text)


def test_an_item_asks_in_the_buckets_of_a_question() -> None:
    query = ClickQuery(units=3, unit="week", domains=("a.example",), login="ann")
    link = Item(LINK, "bit.ly/Ab1").asked(query)
    assert (link.target, link.link, link.domains, link.login) == (LINK, "bit.ly/Ab1", (), None)
    domain = Item(DOMAIN, "b.example").asked(query)
    assert (domain.target, domain.domains, domain.login) == (ORGANIZATION, ("b.example",), "ann")
    login = Item(LOGIN, "bob").asked(query)
    assert (login.domains, login.login) == (("a.example",), "bob")
    assert {one.unit for one in (link, domain, login)} == {"week"}


def test_items_of_one_kind_are_called_by_it() -> None:
    domains = [Item(DOMAIN, "a.example"), Item(DOMAIN, "b.example")]
    assert kind_of(domains) == DOMAIN and many_items(domains) == "2 domains"
    assert many_items([Item(LINK, "bit.ly/Ab1")]) == "1 link"
    mixed = [*domains, Item(LOGIN, "ann")]
    assert kind_of(mixed) == "" and many_items(mixed) == "3 items"


def test_names_are_titles_where_there_are_any_and_no_two_are_alike() -> None:
    titles = titles_of([JACKET, NEWS]) | {"bit.ly/Ab2": JACKET.title, "bit.ly/Long": "x" * 200}
    items = [
        Item(LINK, "bit.ly/Ab1"),
        Item(LINK, "bit.ly/Ab2"),
        Item(LINK, "bit.ly/Xy"),
        Item(LINK, "bit.ly/Long"),
        Item(DOMAIN, "ann"),
        Item(LOGIN, "ann"),
        Item(LOGIN, ONLY_OTHERS),
    ]
    names = item_names(items, titles)
    assert names[0] == "Ridgeline jacket launch"
    assert names[1] == "Ridgeline jacket launch · Ab2"
    assert names[2] == "News"
    assert names[3] == "x" * (LONGEST_NAME - 1) + "…"
    assert names[4:] == ["ann", "login · @ann", "other people's links"]
    assert max(map(len, names)) <= LONGEST_NAME


def test_many_long_titles_have_names_of_their_own() -> None:
    items = [Item(LINK, f"bit.ly/{'y' * 60}{at}") for at in range(12)]
    names = item_names(items, {item.name: "عنوان " * 40 for item in items})
    assert len(set(names)) == 12 and max(map(len, names)) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ridge", "bit.ly/Ab1"),  # a title that begins so, before a destination that has it
        ("jackets", "bit.ly/Ab1"),  # a destination
        ("LAUNCH", "bit.ly/Ab1"),  # a word of a title
        ("go.ex", "go.example.com"),  # the domain stands before its link
        ("ann", "@ann"),
        ("other p", "!"),
        ("blog.example", "go.example.com/Cd2"),
        ("zebra", None),
        ("  ", None),
    ],
)
def test_a_search_takes_the_best_match(text: str, found: str | None) -> None:
    items = [
        Item(DOMAIN, "go.example.com"),
        Item(LOGIN, "ann"),
        Item(LOGIN, ONLY_OTHERS),
        Item(LINK, NEWS.link),
        Item(LINK, JACKET.link),
    ]
    best = best_match(text, items, [JACKET, NEWS])
    assert (None if best is None else best.text) == found
