"""What is taken of a pasted text."""

from __future__ import annotations

import pytest

from bitly_data.views.lineup import MOST_ITEMS
from pages.components.link_bar import addresses_in, pasted_problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bit.ly/a\nbit.ly/b", ("bit.ly/a", "bit.ly/b")),
        ("https://bit.ly/a, http://go.ex.com/B;bit.ly/a", ("bit.ly/a", "go.ex.com/B")),
        ("<https://bit.ly/a>|“bit.ly/b”\tbit.ly/c.", ("bit.ly/a", "bit.ly/b", "bit.ly/c")),
        ("[our page](https://bit.ly/Ab)", ("bit.ly/Ab",)),
        ("see bit.ly/a and tell nobody", ("bit.ly/a",)),
        ("https://www.bit.ly/a BIT.LY/a", ("bit.ly/a",)),
        ("", ()),
        ("no link", ()),
    ],
)
def test_links_in_a_text_whatever_stands_between_them(text: str, found: tuple[str, ...]) -> None:
    assert addresses_in(text) == (found, ())


def test_what_is_no_short_link_is_left_out_and_said() -> None:
    found, left_out = addresses_in("bit.ly/a https://shop.example/jackets/ridge ./x")
    assert found == ("bit.ly/a",)
    assert left_out == ("https://shop.example/jackets/ridge", "./x")
    assert pasted_problem(found, left_out) == (
        "Not a short link, so left out: “https://shop.example/jackets/ridge”, “./x”."
    )
    many = tuple(f"a/b/{number}" for number in range(5))
    assert pasted_problem((), many).endswith("“a/b/2” and 2 more.")
    assert pasted_problem(found, ()) == ""
    assert pasted_problem((), ()) == (
        "There is no link in it: paste addresses such as bit.ly/2uNgpk4."
    )


def test_more_than_an_address_holds() -> None:
    many = tuple(f"bit.ly/{number}" for number in range(MOST_ITEMS + 7))
    assert pasted_problem(many, ()) == "The first 50 of 57 links are shown."
