"""One spelling for each host."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bitly_data.hosts import asked_host, asked_link, link_host, plain_host, plain_link

KIN = (
    "1.usa.gov",
    "www.1.usa.gov",
    "1.usa.gov.",
    "1.USA.GOV",
    " WWW.1.usa.gov.. ",
    "1.usa.gov:80",
    "http://1.usa.gov/",
    "https://www.1.usa.gov:443/x?y#z",
    "1\u3002usa\uff0egov",
)


@pytest.mark.parametrize("text", KIN)
def test_each_spelling_of_a_host_is_one(text: str) -> None:
    assert plain_host(text) == link_host(text) == "1.usa.gov"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("xn--bcher-kva.example", "b\u00fccher.example"),
        ("XN--BCHER-KVA.example", "b\u00fccher.example"),
        ("B\u00dcCHER.example", "b\u00fccher.example"),
        ("bu\u0308cher.example", "b\u00fccher.example"),  # a letter and its dots
        ("\u2764\ufe0f.example", "\u2764.example"),  # with the sign that makes it red
        ("xn--qei.example", "\u2764.example"),
        ("xn--strae-oqa.example", "stra\u00dfe.example"),  # another name than strasse
        ("strasse.example", "strasse.example"),
        ("xn--zzzzzzzzzzz.example", "xn--zzzzzzzzzzz.example"),  # of no name
        ("xn--.example", "xn--.example"),
    ],
)
def test_a_name_in_letters_of_dns_is_that_of_its_script(text: str, name: str) -> None:
    assert plain_host(text) == name


@pytest.mark.parametrize("text", ["www.gov.uk", "www.com", "www.", "www", "www.co.uk"])
def test_www_stays_where_nothing_else_would_name_the_site(text: str) -> None:
    assert plain_host(text) == text.rstrip(".")


@pytest.mark.parametrize("text", ["www.1.usa.gov", "www.go.com", "www.ac.example.uk", "www.t.co"])
def test_www_goes_where_a_site_is_left(text: str) -> None:
    assert plain_host(text) == text.removeprefix("www.")


@pytest.mark.parametrize("text", ["bit.ly", "J.mp", "bitly.com", "www.bitly.com.", "bit.ly:443"])
def test_bitly_s_own_hosts_are_one(text: str) -> None:
    assert link_host(text) == "bit.ly"
    assert plain_link(f"{text}/Ab") == "bit.ly/Ab"


def test_what_only_ends_like_one_of_bitly_s_is_another() -> None:
    assert link_host("on.bit.ly") == "on.bit.ly"
    assert link_host("xj.mp") == "xj.mp"


def test_a_destination_on_bitly_s_site_is_that_site() -> None:
    assert plain_host("bitly.com") == "bitly.com"


def test_capitals_of_a_back_half_stay() -> None:
    assert plain_link("WWW.Go.example/AbC") == "go.example/AbC"
    assert plain_link("no link") == "no link"


@given(st.text(max_size=40) | st.from_regex(r"(www\.|xn--)?[a-z0-9-]{1,9}\.(uk|com)?[.:]?[0-9]?"))
@example("xn--www-.com")
@example("http://http://x")
@example("go.example:80.")
@example("::1")
@example("[::1]:80")
@example("\ud800.example")
def test_the_spelling_of_a_spelling_is_itself(text: str) -> None:
    for spelling in (plain_host, link_host):
        assert spelling(spelling(text)) == spelling(text) == spelling(text).lower()


@pytest.mark.parametrize("text", ["x" + ":80" * 300_000, "www." * 250_000, "." * 1_000_000])
def test_a_text_that_is_no_host_is_left_alone(text: str) -> None:
    assert plain_host(text) == text


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("go.ex.com", "go.ex.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("\u2764.example", "xn--qei.example"),
    ],
)
def test_upstream_is_asked_in_the_letters_of_dns(name: str, asked: str) -> None:
    assert asked_host(name) == asked
    assert asked_link(f"{name}/\u65e5") == f"{asked}/\u65e5"
    assert plain_host(asked) == name
