"""What a list of links says of a domain or a login, and what it leaves open."""

from __future__ import annotations

import pytest

from bitly_data.query import ClickQuery
from bitly_data.sources.model import Listed
from bitly_data.sources.v4.lists import list_note, share_of

# Every number is a power of two, so that a sum says what it is a sum of.
ROWS = (
    Listed("go.ex.com/a", 1, "ann", "shop.example"),
    Listed("go.ex.com/b", 2, "bob", "www.shop.example"),
    Listed("bit.ly/c", 4, "ann", "shop.example"),
    Listed("bit.ly/d", 8, "ann", "notshop.example"),
    Listed("bit.ly/e", 16, None, None),
)
ALL = sum(row.clicks for row in ROWS)
SHORT = ("go.ex.com", "bit.ly")


@pytest.mark.parametrize(
    ("parts", "own", "rest"),
    [
        ({"domains": ("go.ex.com",)}, 1 + 2, 0),
        ({"domains": ("go.ex.com", "bit.ly")}, ALL, 0),
        ({"login": "ann"}, 1 + 4 + 8, 16),
        ({"login": "bob"}, 2, 16),
        ({"login": "nobody"}, 0, 16),
        # A domain that is not one of the account's is where links lead to.
        ({"domains": ("shop.example",)}, 1 + 2 + 4, 16),
        ({"domains": ("shop.example", "go.ex.com")}, 1 + 2 + 4, 16),
        ({"domains": ("shop.example",), "login": "ann"}, 1 + 4, 16),
        ({"domains": ("go.ex.com",), "login": "ann"}, 1, 16),
        ({"unlisted": True}, ALL, 0),
    ],
)
def test_the_share_of_a_full_list(parts: dict[str, object], own: int, rest: int) -> None:
    assert share_of(ClickQuery(**parts), ROWS, ALL, lambda: SHORT) == (own, rest)


def test_what_the_list_does_not_name_may_be_anybody_s() -> None:
    query = ClickQuery(domains=("go.ex.com",))
    assert share_of(query, ROWS, ALL + 5, lambda: SHORT) == (3, 5)
    # A bucket that still fills: the list is of a later moment than the count.
    assert share_of(query, ROWS, ALL - 5, lambda: SHORT) == (3, 0)
    assert share_of(query, (), 7, lambda: SHORT) == (0, 7)


def test_the_account_s_domains_are_asked_for_only_where_the_list_does_not_say() -> None:
    asked: list[int] = []

    def domains() -> tuple[str, ...]:
        asked.append(1)
        return SHORT

    share_of(ClickQuery(domains=SHORT), ROWS, ALL, domains)
    share_of(ClickQuery(login="ann"), ROWS, ALL, domains)
    assert not asked
    share_of(ClickQuery(domains=("shop.example",)), ROWS, ALL, domains)
    assert asked


@pytest.mark.parametrize(
    ("capped", "words"), [(1, "In 1 week more"), (1200, "In 1,200 weeks more")]
)
def test_a_reader_is_told_how_much_is_listed(capped: int, words: str) -> None:
    note = list_note(ClickQuery(unit="week"), capped, 4321)
    assert note.startswith(words)
    assert "at least 4,321 clicks in all" in note
    assert "“not listed”" in note
