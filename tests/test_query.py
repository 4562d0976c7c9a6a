"""One question about clicks: the rules between its parts, and its bucket edges."""

from __future__ import annotations

import contextlib
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from support import epoch

from bitly_data import buckets
from bitly_data.errors import QuestionError
from bitly_data.query import (
    ALL_TIME,
    LINK,
    MOST_BUCKETS,
    MOST_MINUTES,
    ORGANIZATION,
    ClickQuery,
    edges_of,
    login_label,
    meant_timezone,
    parse_domain,
    parse_link,
    parse_login,
    parse_moment,
    refuse_too_many,
)

END = epoch("2026-11-10T12:00:00")


def of_link(**more: Any) -> ClickQuery:
    return ClickQuery(**{"target": LINK, "link": "bit.ly/2uNgpk4"} | more)


def refused(**parts: Any) -> str:
    with pytest.raises(QuestionError) as problem:
        ClickQuery(**parts)
    text = problem.value.user_message
    assert text.endswith(".") and "\n" not in text
    return text


# -- rules ----------------------------------------------------------------------------------------


def test_nothing_is_thirty_days_of_the_organization_in_utc() -> None:
    query = ClickQuery()
    assert (query.target, query.unit, query.units) == (ORGANIZATION, "day", 30)
    assert (query.timezone, query.until, query.week_start) == ("UTC", None, buckets.MONDAY)
    assert not (query.rollup or query.upstream_buckets or query.zone_days or query.unlisted)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"target": "group"}, "for a link or for the organization"),
        ({"target": LINK, "link": "bit.ly/a", "domains": ("bit.ly",)}, "cannot be narrowed by"),
        ({"target": LINK, "link": "bit.ly/a", "login": "ann"}, "cannot be narrowed by domain"),
        ({"link": "bit.ly/a"}, "cannot be narrowed to a link"),
        ({"target": LINK}, "not a Bitlink"),
        ({"target": LINK, "link": "bit.ly/a", "unlisted": True}, "What is not listed"),
        ({"domains": ("a.example",), "unlisted": True}, "of the whole organization"),
        ({"login": "ann", "unlisted": True}, "of the whole organization"),
        ({"all_addresses": True}, "Only a link has other addresses"),
        ({"unit": "fortnight"}, "'fortnight' does not exist: choose minute, hour, day, week or"),
        ({"unit": "x" * 99}, "does not exist"),
        ({"unit": "minute"}, "by the minute: choose hour, day, week or month"),
        ({"units": 0}, "0 days cannot be shown: choose 1 to 20,000, or all time."),
        ({"units": -2}, "-2 days cannot be shown"),
        ({"units": MOST_BUCKETS + 1}, "20,001 days cannot be shown"),
        ({"units": True}, "cannot be shown"),
        ({"timezone": "Mars/Olympus"}, "No time zone is called 'Mars/Olympus'"),
        ({"timezone": "15"}, "whole hours from -14 to 14"),
        ({"timezone": ""}, "No time zone"),
        ({"until": 0}, "between 1970 and 9998"),
        ({"until": buckets.LATEST}, "between 1970 and 9998"),
        ({"unit": "month", "units": 20_000, "until": END}, "20,000 months reach back before 1970"),
        ({"limit": 0}, "The limit is 0: choose 1 to 1000, or leave it empty."),
        ({"limit": 1001}, "The limit is 1001"),
        ({"week_start": 7}, "one of seven days"),
        ({"domains": ("no domain",)}, "'no domain' is not a domain"),
        ({"login": "two\nlines"}, "A login is one line"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(parts: dict[str, Any], words: str) -> None:
    assert words in refused(**parts)


@pytest.mark.parametrize(
    "more",
    [
        {"unit": "minute", "units": MOST_MINUTES + 1},
        {"unit": "minute", "units": ALL_TIME},
        {"unit": "minute", "units": 5, "until": END},
    ],
)
def test_minutes_are_an_hour_that_ends_now(more: dict[str, Any]) -> None:
    with pytest.raises(QuestionError) as problem:
        of_link(**more)
    assert "minutes cannot be shown: choose 1 to 60." in str(problem.value) or (
        "Minutes always end now" in str(problem.value)
    )
    assert of_link(unit="minute", units=MOST_MINUTES).units == 60


def test_the_edges_of_what_may_be_asked() -> None:
    for units in (1, MOST_BUCKETS, ALL_TIME):
        assert ClickQuery(units=units).units == units
    for limit in (None, 1, 1000):
        assert ClickQuery(limit=limit).limit == limit
    for zone in ("-14", "14", "Pacific/Apia"):
        assert ClickQuery(timezone=zone).timezone == zone
    assert ClickQuery(units=ALL_TIME, until=END).until == END


def test_parts_are_tidied() -> None:
    query = ClickQuery(domains=("A.Example.", "b.example", "a.example"), login=" ann ")
    assert query.domains == ("a.example", "b.example")
    assert query.login == "ann"
    assert of_link(link=" https://BIT.LY/AbC+?x=1 ").link == "bit.ly/AbC"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("bit.ly/2uNgpk4", "bit.ly/2uNgpk4"),
        ("HTTP://Go.Ex.Com/Ab/", "go.ex.com/Ab"),
        ("bit.ly/Ab++", "bit.ly/Ab"),
        ("go.ex.com/весна", "go.ex.com/весна"),
        ("a_b.co/x#top", "a_b.co/x"),
        # as escapes, in capitals or not: a browser's address bar copies them so
        ("bit.ly/%F0%9F%8E%89", "bit.ly/🎉"),
        ("https://bit.ly/%f0%9f%8e%89/", "bit.ly/🎉"),
        ("go.ex.com/%D0%B2%D0%B5%D1%81%D0%BD%D0%B0", "go.ex.com/весна"),
        ("go.ex.com/%41b", "go.ex.com/Ab"),
        # what is no letter stays an escape
        ("go.ex.com/a%2Fb", "go.ex.com/a%2Fb"),
        ("go.ex.com/100%25", "go.ex.com/100%25"),
        ("go.ex.com/%2541", "go.ex.com/%2541"),
        ("go.ex.com/%FF", "go.ex.com/%FF"),
        ("go.ex.com/a%20b", "go.ex.com/a%20b"),
        ("go.ex.com/%E2%80%AEa", "go.ex.com/%E2%80%AEa"),
        # out of a sentence, a mail, a table, a chat
        ("bit.ly/Ab.", "bit.ly/Ab"),
        ("bit.ly/Ab,", "bit.ly/Ab"),
        ("(see bit.ly/Ab)"[5:], "bit.ly/Ab"),
        ("(https://bit.ly/Ab).", "bit.ly/Ab"),
        ("<https://bit.ly/Ab>", "bit.ly/Ab"),
        ('"bit.ly/Ab",', "bit.ly/Ab"),
        ("'bit.ly/Ab'", "bit.ly/Ab"),
        ("“bit.ly/Ab”!", "bit.ly/Ab"),
        ("„bit.ly/Ab“", "bit.ly/Ab"),
        ("« bit.ly/Ab »", "bit.ly/Ab"),
        ("[bit.ly/Ab];", "bit.ly/Ab"),
        ("`bit.ly/Ab`", "bit.ly/Ab"),
        ("（bit.ly/Ab）。", "bit.ly/Ab"),
        ("\ufeffbit.ly/Ab\u200b", "bit.ly/Ab"),
        ("bit.ly/Ab…", "bit.ly/Ab"),
        ("https://bit.ly/Ab?x=1).", "bit.ly/Ab"),
        ("bit.ly/Ab+).", "bit.ly/Ab"),
        ("bit.ly/%F0%9F%8E%89.", "bit.ly/🎉"),
        ("bit.ly/Ab%2E", "bit.ly/Ab"),
        # as HTML, Markdown, a mail's address or a browser has it
        ("https://bit.ly/Ab&gt;", "bit.ly/Ab"),
        ("&lt;https://bit.ly/Ab&gt;.", "bit.ly/Ab"),
        ("&quot;bit.ly/Ab&quot;", "bit.ly/Ab"),
        ("bit.ly/Ab&#62;", "bit.ly/Ab"),
        ("bit.ly/Ab&nbsp;", "bit.ly/Ab"),
        ("bit.ly/Ab%20", "bit.ly/Ab"),
        ("bit.ly/Ab%0A", "bit.ly/Ab"),
        ("bit.ly/Ab%0D%0A", "bit.ly/Ab"),
        ("bit.ly/Ab%C2%A0", "bit.ly/Ab"),
        ("bit.ly/Ab%E2%80%8B", "bit.ly/Ab"),
        ("bit.ly/%F0%9F%8E%89%20", "bit.ly/🎉"),
        ("%3Chttps://bit.ly/Ab%3E", "bit.ly/Ab"),
        ("%22bit.ly/Ab%22", "bit.ly/Ab"),
        ("%E2%80%9Cbit.ly/Ab%E2%80%9D", "bit.ly/Ab"),
        ("//bit.ly/Ab", "bit.ly/Ab"),
        ("<//go.ex.com/Ab/>", "go.ex.com/Ab"),
        ("[x](https://bit.ly/Ab)", "bit.ly/Ab"),
        ("[bit.ly/Ab](https://bit.ly/Ab).", "bit.ly/Ab"),
        ("**[our page](<https://bit.ly/Ab>)**", "bit.ly/Ab"),
        ("**bit.ly/Ab**", "bit.ly/Ab"),
        ("*https://bit.ly/Ab*,", "bit.ly/Ab"),
        ("https://bit.ly:443/Ab", "bit.ly/Ab"),
        ("http://bit.ly:80/Ab", "bit.ly/Ab"),
        # a letter with its accent as one sign or as two
        ("go.ex.com/cafe\u0301", "go.ex.com/caf\u00e9"),
        ("go.ex.com/caf%C3%A9", "go.ex.com/caf\u00e9"),
        ("go.ex.com/cafe%CC%81", "go.ex.com/caf\u00e9"),
        # one host in several spellings
        ("bit.ly./Ab", "bit.ly/Ab"),
        ("www.bit.ly/Ab", "bit.ly/Ab"),
        ("j.mp/Ab", "bit.ly/Ab"),
        ("https://BITLY.com/Ab", "bit.ly/Ab"),
        ("www.go.ex.com/Ab", "go.ex.com/Ab"),
        ("xn--bcher-kva.example/Ab", "b\u00fccher.example/Ab"),
        # brackets that belong to it
        ("go.ex.com/a_%28b%29", "go.ex.com/a_(b)"),
        ("go.ex.com/a](b", "go.ex.com/a](b"),
        ("go.ex.com/a_(b)", "go.ex.com/a_(b)"),
        ("(go.ex.com/a_(b)).", "go.ex.com/a_(b)"),
    ],
)
def test_a_bitlink_as_people_paste_it(text: str, link: str) -> None:
    assert parse_link(text) == link
    assert parse_link(link) == link


def test_both_spellings_of_a_link_are_one_question() -> None:
    letters, escapes = of_link(link="bit.ly/🎉"), of_link(link="<http://bit.ly/%F0%9F%8E%89>,")
    assert letters == escapes and hash(letters) == hash(escapes)
    assert escapes.series_name == "bit.ly/🎉"


def test_two_spellings_of_a_host_are_one_question() -> None:
    query = ClickQuery(domains=("go.ex.com", "www.go.ex.com", "GO.ex.com."))
    assert query.domains == ("go.ex.com",)
    assert query == ClickQuery(domains=("www.GO.ex.com",))
    assert query.series_name == "go.ex.com"
    assert ClickQuery(domains=("xn--bcher-kva.example", "B\u00dcCHER.example")).domains == (
        "b\u00fccher.example",
    )
    assert ClickQuery(domains=("go.ex.com", "x.go.ex.com")).domains == ("go.ex.com", "x.go.ex.com")
    links = {of_link(link=f"{host}/Ab") for host in ("bit.ly", "www.bit.ly", "bit.ly.", "j.mp")}
    assert [one.series_name for one in links] == ["bit.ly/Ab"]


def test_a_million_brackets_keep_nobody_waiting() -> None:
    with pytest.raises(QuestionError):
        parse_link("bit.ly/" + ")" * 1_000_000)
    for sign in ("%20", "&gt;", "%3E", "[", "%", "&", "]("):
        for text in (f"bit.ly/Ab{sign * 100_000}", f"{sign * 100_000}bit.ly/Ab"):
            with contextlib.suppress(QuestionError):
                parse_link(text)


NEW_YORK = buckets.zone("America/New_York")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20260228", "2026-02-28T05:00:00"),
        ("2026-02-28", "2026-02-28T05:00:00"),
        (" 2026-02-28T01:30 ", "2026-02-28T06:30:00"),
        ("2026-02-28 01:30:00", "2026-02-28T06:30:00"),
        ("2026-02-28T01:30:00Z", "2026-02-28T01:30:00"),
        ("2026-02-28T01:30:00+02:00", "2026-02-27T23:30:00"),
        ("2026-02-28T01:30:00 02:00", "2026-02-27T23:30:00"),
        ("1199145600", "2008-01-01T00:00:00"),
        ("1368757800", "2013-05-17T02:30:00"),
        ("19940228", "1994-02-28T05:00:00"),
    ],
)
def test_a_moment_as_people_write_it(text: str, moment: str) -> None:
    assert parse_moment(text, NEW_YORK) == epoch(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "1",
        "2026",
        "202602",
        "20260230",
        "99999999",
        "1199145599",
        "2145916800",
        "1356998400000",
        "99999999999999999999",
        "9" * 5000,
        "-20260228",
        "+1368757800",
        "１３６８７５７８００",
        "²",
        "1e9",
        "yesterday",
        "now",
        "28.02.2026",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31",
        "1969-12-31",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(text, NEW_YORK)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Etc/GMT 5", "Etc/GMT+5"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("GMT 0", "GMT+0"),
        ("America/New York", "America/New_York"),
        (" Europe/Tallinn ", "Europe/Tallinn"),
        (" 2", "2"),
        ("+2", "2"),
        ("-05", "-5"),
        ("+05:30", "+05:30"),  # no zone: hours are whole
        ("Nowhere Land", "Nowhere Land"),
        ("", ""),
    ],
)
def test_the_zone_that_a_text_means(text: str, name: str) -> None:
    assert meant_timezone(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bit.ly",
        "bit.ly/",
        "bit.ly/...",
        "(bit.ly/)",
        "bit.ly/+",
        "bit.ly/a/b",
        "http://user:secret@bit.ly/a",
        "bit.ly:8080/a",
        "https://bit.ly:80/a",
        "http://bit.ly:443/a",
        "///bit.ly/a",
        "bit.ly/%20",
        "bit.ly/&gt;",
        "a\u2100b.example/x",  # which stands for a/c
        "bit.ly/a b",
        "ftp://bit.ly/a",
        "bit.ly/" + "x" * 999,
    ],
)
def test_what_is_no_bitlink_is_refused_without_its_words(text: str) -> None:
    with pytest.raises(QuestionError) as problem:
        parse_link(text)
    assert "secret" not in str(problem.value)


def test_domains_and_logins() -> None:
    assert parse_domain(" Go.Example.COM. ") == "go.example.com"
    assert parse_login(" ! ") == "!"
    assert login_label("!") == "other people's links"
    assert login_label("ann") == "ann"
    assert parse_domain("www.go.example.com") == "go.example.com"
    assert parse_domain("www.gov.uk") == "www.gov.uk"
    for text in ("", ".", "a/b", "a" * 300, "x@y", "a\u2100b.example", "go.example\uff1a80"):
        with pytest.raises(QuestionError):
            parse_domain(text)
    for text in ("", " ", "x" * 300):
        with pytest.raises(QuestionError):
            parse_login(text)


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (ClickQuery(), "organization"),
        (ClickQuery(domains=("a.example",)), "a.example"),
        (ClickQuery(domains=("a.example", "b.example")), "a.example + b.example"),
        (ClickQuery(login="ann"), "ann"),
        (ClickQuery(login="!"), "other people's links"),
        (ClickQuery(domains=("a.example",), login="!"), "a.example, other people's links"),
        (ClickQuery(unlisted=True), "not listed"),
        (of_link(), "bit.ly/2uNgpk4"),
        (of_link(all_addresses=True), "bit.ly/2uNgpk4, all its addresses"),
    ],
)
def test_what_is_counted_has_a_name(query: ClickQuery, name: str) -> None:
    assert query.series_name == name


# -- a value --------------------------------------------------------------------------------------


def test_a_question_is_a_value() -> None:
    one, same = ClickQuery(domains=("a.example",)), ClickQuery(domains=("A.example",))
    assert one == same and hash(one) == hash(same)
    assert one != one.replace(units=7)
    with pytest.raises(FrozenInstanceError):
        one.units = 7  # type: ignore[misc]


def test_a_changed_question_keeps_its_other_parts_and_its_rules() -> None:
    query = ClickQuery(units=7, timezone="Asia/Tokyo", login="ann")
    changed = query.replace(unit="week", domains=("B.example",))
    assert (changed.units, changed.timezone, changed.login) == (7, "Asia/Tokyo", "ann")
    assert (changed.unit, changed.domains) == ("week", ("b.example",))
    assert (query.unit, query.domains) == ("day", ())
    with pytest.raises(QuestionError, match="0 days"):
        query.replace(units=0)
    with pytest.raises(TypeError):
        query.replace(end=3)


@pytest.mark.parametrize(
    ("query", "now", "running"),
    [
        (ClickQuery(), END, True),
        (ClickQuery(until=END), END, True),
        (ClickQuery(until=END), epoch("2026-11-11T00:00:00") - 1, True),
        (ClickQuery(until=END), epoch("2026-11-11T00:00:00"), False),
        (ClickQuery(until=END, timezone="America/New_York"), epoch("2026-11-11T00:00:00"), True),
        (ClickQuery(until=END, timezone="America/New_York"), epoch("2026-11-11T05:00:00"), False),
        (ClickQuery(until=END, unit="week"), epoch("2026-11-16T00:00:00") - 1, True),
        (ClickQuery(until=END, unit="week"), epoch("2026-11-16T00:00:00"), False),
        (
            ClickQuery(until=END, unit="week", week_start=buckets.SUNDAY),
            epoch("2026-11-15T00:00:00"),
            False,
        ),
        (of_link(unit="minute", units=5), END, True),
    ],
)
def test_a_range_is_running_until_its_newest_bucket_is_over(
    query: ClickQuery, now: float, running: bool
) -> None:
    assert query.is_running(now) is running


# -- edges ----------------------------------------------------------------------------------------


def test_edges_hold_the_end_in_the_newest_bucket() -> None:
    edges = edges_of(ClickQuery(units=3), END)
    assert edges.tolist() == [epoch(f"2026-11-{day:02}T00:00:00") for day in (8, 9, 10, 11)]
    weeks = edges_of(ClickQuery(unit="week", units=1, week_start=buckets.SUNDAY), END)
    assert weeks.tolist() == [epoch("2026-11-08T00:00:00"), epoch("2026-11-15T00:00:00")]
    local = edges_of(ClickQuery(units=16, timezone="America/New_York"), END)
    assert sorted(set(np.diff(local).tolist())) == [86_400, 90_000]


def test_the_same_edges_are_made_once_and_nobody_can_change_them() -> None:
    """A page asks for them a hundred times, and whoever asks shares them."""
    first = edges_of(ClickQuery(units=5), END)
    assert edges_of(ClickQuery(units=5, domains=("a.example",)), END) is first
    assert edges_of(ClickQuery(units=5, rollup=True, limit=3), END) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0
    for other in (
        ClickQuery(units=6),
        ClickQuery(units=5, timezone="Asia/Tokyo"),
        ClickQuery(units=5, unit="week"),
        ClickQuery(units=5, unit="week", week_start=buckets.SUNDAY),
    ):
        assert edges_of(other, END) is not first
    assert edges_of(ClickQuery(units=5), END + 1).tolist() == first.tolist()


def test_edges_before_1970_are_refused() -> None:
    with pytest.raises(QuestionError, match="600 months reach back before 1970: choose fewer"):
        edges_of(ClickQuery(unit="month", units=600), epoch("2013-05-17T00:00:00"))


def test_all_time_is_not_more_than_can_be_shown() -> None:
    refuse_too_many(MOST_BUCKETS, "hour")
    with pytest.raises(QuestionError) as problem:
        refuse_too_many(MOST_BUCKETS + 20_000, "hour")
    assert str(problem.value) == (
        "All time is about 40,000 hours here, more than 20,000: choose a larger unit."
    )
