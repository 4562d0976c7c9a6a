"""The command `clicks`: its rows, and one sentence for everything that goes wrong."""

from __future__ import annotations

import io
import json
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import LINK, ORGANIZATION, TOKEN, Run, check_refusal, log_words, runner
from counter import database
from support import NOW, epoch, served, write_clicks

from bitly_data.client import Client
from bitly_data.options import read_token
from bitly_data.query import ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.sources.v3.source import V3Source

COLUMNS = [
    "date",
    "bucket",
    "bucket_utc",
    "timezone",
    "timezone_release",
    "series",
    "clicks",
    "state",
    "at_least",
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return log_words(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def address(log: list[str]) -> Iterator[str]:
    with served(*log, "--token", TOKEN) as address:
        yield address


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


def test_rows_as_csv(run: Run, log: list[str]) -> None:
    result = run(*LINK, *log, "--units", "3", "--timezone", "America/New_York")
    assert (result.code, result.err) == (
        0,
        "bitly_data: the click log has 6 of 56 hours of this range.\n",
    )
    assert list(result.rows[0]) == COLUMNS
    release, _ = database()
    assert result.out.splitlines()[1:] == [
        f"{day} 00:00:00,{day}T00:00:00-04:00,{day}T04:00:00Z,America/New_York,{release},"
        f"go.ex.com/Ab,{count},partial,"
        for day, count in (("2013-05-15", 4), ("2013-05-16", 2), ("2013-05-17", 1))
    ]


def test_rows_as_json(run: Run, log: list[str]) -> None:
    result = run(*ORGANIZATION, *log, "--units", "2", "--unit", "week", "--format", "json")
    rows = json.loads(result.out)
    assert [list(row) for row in rows] == [COLUMNS] * 2
    assert [(row["bucket"], row["clicks"], row["state"]) for row in rows] == [
        ("2013-05-06T00:00:00+00:00", 8, "partial"),
        ("2013-05-13T00:00:00+00:00", 487, "partial"),
    ]
    assert {row["series"] for row in rows} == {"organization"}


def test_days_that_are_not_in_the_log_have_no_number(run: Run, log: list[str]) -> None:
    """The hours with a click are all that the log has; there is no heartbeat."""
    result = run(*ORGANIZATION, *log, "--unit", "day", "--units", "12")
    assert ",0,counted" not in result.out
    states = {row["bucket"][:10]: (row["clicks"], row["state"]) for row in result.rows}
    assert states["2013-05-07"] == ("", "not_in_log")
    assert states["2013-05-16"][1] == "partial"
    assert "bitly_data: the click log has " in result.err
    nothing = run(*LINK, *log, "--units", "3", "--until", "2011-01-01T00:00:00Z", "--rollup")
    assert [(row["clicks"], row["state"]) for row in nothing.rows] == [("", "not_in_log")]
    assert nothing.err == "bitly_data: the click log has nothing of this range.\n"


@pytest.mark.parametrize("api", ["v3", "v4"])
@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_what_begins_after_now_has_no_number(run: Run, log: list[str], unit: str, api: str) -> None:
    words = [*ORGANIZATION, *log, "--api", api, "--unit", unit, "--until", "2029-01-01T00:00:00Z"]
    rows = run(*words, "--units", "5").rows
    assert [(row["clicks"], row["state"]) for row in rows] == [("", "not_begun")] * 5
    total = run(*words, "--units", "5", "--rollup", "--format", "json")
    assert [(row["clicks"], row["state"]) for row in json.loads(total.out)] == [(None, "not_begun")]


def test_weeks_from_sunday(run: Run, log: list[str]) -> None:
    result = run(*LINK, *log, "--unit", "week", "--units", "1", "--week-start", "sunday")
    assert [row["bucket_utc"] for row in result.rows] == ["2013-05-12T00:00:00Z"]


def test_what_a_limit_cut_off_is_empty(run: Run, log: list[str]) -> None:
    words = [*LINK, *log, "--units", "4", "--limit", "2"]
    rows = run(*words).rows
    assert [(row["clicks"], row["state"]) for row in rows] == [
        ("", "capped"),
        ("", "capped"),
        ("0", "partial"),
        ("3", "partial"),
    ]
    rows = json.loads(run(*words, "--format", "json").out)
    assert [row["clicks"] for row in rows] == [None, None, 0, 3]


def test_rollup_is_one_row(run: Run, log: list[str]) -> None:
    result = run(*LINK, *log, "--unit", "month", "--units", "2", "--rollup")
    assert [(row["bucket_utc"], row["clicks"]) for row in result.rows] == [
        ("2013-04-01T00:00:00Z", "31")
    ]


@pytest.mark.parametrize("wire", ["json", "xml", "txt"])
@pytest.mark.parametrize("endpoint", ["/v3/link/clicks", "/link/clicks"])
def test_all_time_in_every_format(run: Run, log: list[str], wire: str, endpoint: str) -> None:
    result = run(*LINK, *log, "--units", "all", "--rollup", "--wire", wire, "--endpoint", endpoint)
    assert [row["clicks"] for row in result.rows] == ["31"]


def test_each_domain(run: Run, log: list[str]) -> None:
    rows = run(*ORGANIZATION, *log, "--units", "1", "--unit", "month", "--each").rows
    assert {row["series"]: row["clicks"] for row in rows} == {
        "x.ex.com": "64",
        "go.ex.com": "15",
        "shop.example": "128",
    }
    rows = run(
        *ORGANIZATION,
        *log,
        "--units",
        "1",
        "--unit",
        "month",
        "--each",
        "--domain",
        "go.ex.com",
        "--domain",
        "x.ex.com",
        "--login",
        "bob",
    ).rows
    assert [(row["series"], row["clicks"]) for row in rows] == [
        ("go.ex.com", "0"),
        ("x.ex.com", "64"),
    ]


def test_other_people_s_links(run: Run, log: list[str]) -> None:
    rows = run(*ORGANIZATION, *log, "--units", "1", "--login", "!").rows
    assert [(row["series"], row["clicks"]) for row in rows] == [("other people's links", "128")]


@pytest.mark.parametrize(
    ("api", "words", "sentence"),
    [
        (
            "v3",
            (),
            "accounts are not named: name them on the Connection page, with --account, or in "
            "BITLY_ACCOUNTS.",
        ),
        (
            "v3",
            ("--account", "ann"),
            "none is named: name one on the Connection page, with --tracking-domain, or in",
        ),
        ("v4", (), "Bitly's v4 does not show other people's links"),
        ("v4", ("--account", "ann"), "Bitly's v4 does not show other people's links"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--each",), ("--rollup",), ("--units", "all")])
def test_whose_links_are_other_people_s_is_said_and_not_guessed(
    run: Run, tmp_path: Path, api: str, words: tuple[str, ...], sentence: str, more: tuple[str, ...]
) -> None:
    path = write_clicks(tmp_path / "clicks.log")
    result = run(
        *ORGANIZATION,
        "--clicks",
        path,
        "--now",
        f"{NOW}Z",
        "--api",
        api,
        "--login",
        "!",
        *words,
        *more,
    )
    check_refusal(result, result.code, sentence)
    assert result.code != 0


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_every_click_of_the_log_is_the_organization_s(run: Run, tmp_path: Path, api: str) -> None:
    path = write_clicks(tmp_path / "clicks.log")
    words = ["--clicks", path, "--now", f"{NOW}Z", "--api", api, "--units", "40", "--rollup"]
    result = run(*ORGANIZATION, *words)
    assert [row["clicks"] for row in result.rows] == ["511"]
    in_log = "bitly_data: the click log has 8 of 948 hours of this range.\n"
    assert result.err == in_log
    # v4 does not show other people's links, once it is said which they are.
    result = run(*ORGANIZATION, *words, "--account", "ann", "--account", "bob")
    assert [row["clicks"] for row in result.rows] == ["511" if api == "v3" else "127"]
    assert result.err.removesuffix(in_log) == (
        "384 of the log's 511 clicks are on links of others; every click counts as the "
        "organization's by v3, and by v4 those on its own links.\n"
    )


def test_one_group_alone_or_all_of_them_together(run: Run, log: list[str]) -> None:
    words = [*ORGANIZATION, *log, "--api", "v4", "--units", "40", "--rollup"]
    (whole,) = run(*words).rows
    assert whole["groups"] == "2 groups together"
    names = ("x.ex.com 1", "x.ex.com 2")
    found = [run(*words, "--group", name).rows[0] for name in names]
    assert [row["groups"] for row in found] == [f"group {name}" for name in names]
    assert sum(int(row["clicks"]) for row in found) == int(whole["clicks"])
    check_refusal(
        run(*words, "--group", "Nobody's"), 2, "has no group", "its groups are x.ex.com 1, x.ex.com"
    )
    check_refusal(run(*ORGANIZATION, *log, "--group", names[0]), 2, "it has none to choose from")


def test_the_clicks_of_a_domain_in_another_spelling(run: Run, log: list[str]) -> None:
    for api in ("v3", "v4"):
        words = [*log, "--units", "1", "--unit", "month", "--api", api, "--exact"]
        for name in ("go.ex.com", "www.go.ex.com", "GO.ex.com."):
            (row,) = run(*ORGANIZATION, *words, "--domain", name).rows
            assert row["clicks"] == "15", (api, name)
        both = ("--domain", "go.ex.com", "--domain", "www.go.ex.com")
        for more in ((), ("--each",)):
            (row,) = run(*ORGANIZATION, *words, *both, *more).rows
            assert (row["series"], row["clicks"]) == ("go.ex.com", "15"), (api, more)
        two = run(*ORGANIZATION, *words, *both, "--domain", "X.ex.com.", "--each").rows
        assert [(row["series"], row["clicks"]) for row in two] == [
            ("go.ex.com", "15"),
            ("x.ex.com", "64"),
        ]


def test_the_clicks_of_a_link_in_another_spelling(run: Run, log: list[str], tmp_path: Path) -> None:
    words = ["--units", "1", "--unit", "month"]
    odd = [
        ("2013-05-17T02:00:00", "b\u00fccher.example/cafe\u0301", "ann", "http://ex.com/a", 1),
        ("2013-05-17T02:00:00", "xn--bcher-kva.example/caf\u00e9", "ann", "http://ex.com/a", 2),
    ]
    accents = ["--clicks", write_clicks(tmp_path / "odd.log", odd), "--now", f"{NOW}Z"]
    spellings = {
        "bit.ly/Bc": (log, 32, ("bit.ly./Bc", "www.bit.ly/Bc", "j.mp/Bc", "https://bit.ly:443/Bc")),
        "bit.ly/De": (log, 128, ("j.mp/De", "bitly.com/De", "[x](https://j.mp/De)")),
        "b\u00fccher.example/caf\u00e9": (
            accents,
            3,
            ("b\u00fccher.example/cafe\u0301", "xn--bcher-kva.example/caf%C3%A9"),
        ),
    }
    for link, (source, clicks, others) in spellings.items():
        # The v4 of an account does not count other people's links.
        for api in ("v3",) if link == "bit.ly/De" else ("v3", "v4"):
            for name in (link, *others):
                result = run("clicks", "link", name, *source, *words, "--api", api)
                found = [(row["series"], row["clicks"]) for row in result.rows]
                assert found == [(link, str(clicks))], (api, name, result.err)


def test_an_end_without_an_offset_is_local(run: Run, log: list[str]) -> None:
    for until in ("2013-05-16T22:30", "2013-05-17T02:30:00Z", "1368757800"):
        rows = run(
            *LINK,
            *log,
            "--units",
            "1",
            "--unit",
            "hour",
            "--timezone",
            "America/New_York",
            "--until",
            until,
        ).rows
        assert [(row["bucket"], row["clicks"]) for row in rows] == [
            ("2013-05-16T22:00:00-04:00", "2")
        ]


def test_the_command_line_reads_what_an_address_reads(run: Run, log: list[str]) -> None:
    """Of a date, of seconds, and of a zone and a link as they are pasted."""
    expected = run(*LINK, *log, "--units", "2", "--until", "2013-05-16T00:00:00Z").out
    assert "2013-05-16T00:00:00Z" in expected
    for until in ("20130516", "2013-05-16", "2013-05-16 13:00:00", "1368662400"):
        assert run(*LINK, *log, "--units", "2", "--until", until).out == expected
    pasted = [LINK[0], LINK[1], "<https://go.ex.com/%41b>.", *LINK[3:]]
    assert run(*pasted, *log, "--units", "2", "--until", "20130516").out == expected
    for until in ("0", "2013", "1199145599", "1368662400000"):
        result = run(*LINK, *log, "--until", until)
        check_refusal(result, 2, f"'{until}' is not a time", "seconds since 1970")
    zone = run(*LINK, *log, "--units", "1", "--timezone", "Etc/GMT 5").rows[0]["timezone"]
    assert zone == "Etc/GMT+5"


def test_over_a_socket(run: Run, log: list[str], address: str) -> None:
    words = [*LINK, "--units", "40", "--timezone", "Europe/Tallinn"]
    over = run(*words, "--base-url", address, "--token", TOKEN)
    here = run(*words, *log)
    # A server behind an address does not say which hours its log has.
    assert [row | {"clicks": row["clicks"] or "0", "state": ""} for row in here.rows] == [
        row | {"state": ""} for row in over.rows
    ]
    assert {"not_in_log", "partial"} == {row["state"] for row in here.rows}
    assert over.code == 0


def test_a_token_from_the_environment(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("BITLY_BASE_URL", address)
    assert [row["clicks"] for row in run(*LINK, "--units", "1").rows] == ["3"]
    # It is not sent to an address that only the command line names.
    check_refusal(run(*LINK, "--base-url", address), 1, "No access token")


@pytest.mark.parametrize(
    "command",
    [LINK, ["plan", *LINK[1:], "--api", "v4"], ["doctor", "--api", "v4"]],
    ids=["clicks", "plan", "doctor"],
)
def test_every_command_reads_a_token_from_standard_input(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    words = [*command, "--base-url", address, "--token"]
    read_token.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    result = run(*words, "-")
    assert result.code == 0 and result.out
    read_token.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    check_refusal(run(*words, "-"), 2, "no token on standard input")


def test_the_token_of_one_of_several_accounts(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", address)
    monkeypatch.setenv("BITLY_TOKENS", f"Wrong=no-token; Acme={TOKEN}")
    words = [*ORGANIZATION, "--units", "3"]
    assert len(run(*words, "--token-of", "Acme").rows) == 3
    check_refusal(run(*words), 1, "The access token was refused", "BITLY_TOKENS")
    check_refusal(run(*words, "--token-of", TOKEN), 2, "its accounts are Wrong, Acme.")
    check_refusal(run("doctor", "--token-of", "Nobody"), 2, "takes the name of an account")


def test_a_wrong_token(run: Run, address: str) -> None:
    check_refusal(run(*LINK, "--base-url", address, "--token", f"{TOKEN}-not"[::-1]), 1, "token")


def test_an_unknown_link(run: Run, log: list[str]) -> None:
    check_refusal(run("clicks", "link", "go.ex.com/ab", *log), 1, "capitals count")


@pytest.mark.parametrize(
    "words",
    [
        ["--domain", "bit.ly"],
        ["--domain", "nobody.example"],
        ["--domain", "go.ex.com", "--domain", "ex.com"],
    ],
)
def test_a_foreign_domain(run: Run, log: list[str], words: list[str]) -> None:
    check_refusal(run(*ORGANIZATION, *log, *words), 1, "domain does not belong")


def test_a_foreign_login(run: Run, log: list[str]) -> None:
    check_refusal(run(*ORGANIZATION, *log, "--login", "eve"), 1, "login is not an account")


def test_a_server_that_is_down(run: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    check_refusal(
        run(*LINK, "--base-url", f"http://127.0.0.1:{port}", "--token", TOKEN),
        1,
        "cannot be reached",
        f"127.0.0.1:{port}",
    )


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([*ORGANIZATION, "--unit", "minute"], "by the minute"),
        ([*ORGANIZATION, "--unit", "fortnight"], "fortnight"),
        ([*LINK, "--units", "0"], "0 days"),
        ([*LINK, "--units", "100000"], "100,000 days"),
        ([*LINK, "--units", "many"], "whole number"),
        ([*LINK, "--unit", "minute", "--units", "61"], "61 minutes"),
        ([*LINK, "--unit", "minute", "--until", "2013-05-17"], "Minutes always end now"),
        ([*LINK, "--units", "600", "--unit", "month", "--until", "2013-05-17"], "before 1970"),
        ([*LINK, "--timezone", "Mars/Olympus"], "Mars/Olympus"),
        ([*LINK, "--timezone", "15"], "time zone"),
        ([*LINK, "--limit", "0"], "limit"),
        ([*LINK, "--limit", "1001"], "limit"),
        ([*LINK, "--until", "yesterday"], "yesterday"),
        ([*LINK, "--until", "99999999999999999999"], "1970"),
        ([*LINK, "--wire", "txt"], "--rollup"),
        (["clicks", "link", "not a link"], "not a Bitlink"),
        (["clicks", "link", f"http://user:{TOKEN}@bit.ly/x"], "not a Bitlink"),
        ([*ORGANIZATION, "--domain", "no domain"], "not a domain"),
        ([*ORGANIZATION, "--login", "two\nlines"], "login"),
        ([*LINK, "--nothing"], "--nothing"),
        (["clicks"], "TARGET"),
        ([], "COMMAND"),
        ([*LINK, "--base-url", "http://example.com", "--token", TOKEN], "https"),
        ([*LINK, "--base-url", f"https://x:{TOKEN}@example.com"], "BITLY_BASE_URL"),
    ],
)
def test_a_bad_question(run: Run, words: list[str], part: str, log: list[str]) -> None:
    more = log if words and "--base-url" not in words and len(words) > 1 else []
    check_refusal(run(*words, *more), 2, part)


def test_a_click_log_that_is_not_there(run: Run, tmp_path: Path) -> None:
    check_refusal(run(*LINK, "--clicks", str(tmp_path / "nothing.gz")), 2, "nothing.gz")
    check_refusal(run("serve", "--clicks", str(tmp_path / "nothing.gz")), 2, "nothing.gz")


@pytest.mark.parametrize(
    "moment", ["1368791999", "2013-05-17 11:59:59", "2013-05-17T13:59:59 02:00"]
)
def test_the_clock_reads_a_time_as_the_end_of_a_range_is_read(
    run: Run, log: list[str], moment: str
) -> None:
    words = (*LINK, *log[:2], "--units", "3")
    expected = run(*words, "--now", f"{NOW}Z")
    assert expected.code == 0 and len(expected.rows) == 3
    assert run(*words, "--now", moment).out == expected.out
    ended = run(*words, "--now", f"{NOW}Z", "--until", moment)
    assert ended.out == expected.out


@pytest.mark.parametrize("moment", ["20261301", "1199145599", "1356998400000", "17.05.2013"])
def test_neither_the_clock_nor_a_range_takes_a_slip_for_a_time(
    run: Run, log: list[str], moment: str
) -> None:
    check_refusal(run(*LINK, *log[:2], "--now", moment), 2, moment)
    check_refusal(run(*LINK, *log, "--until", moment), 2, moment)


def test_a_clock_that_is_no_time(run: Run, log: list[str]) -> None:
    check_refusal(run(*LINK, *log[:2], "--now", "teatime"), 2, "teatime")


@pytest.mark.parametrize(
    "domains",
    [("go.ex.com", "nobody.example", "x.ex.com"), ("nobody.example", "go.ex.com", "x.ex.com")],
)
def test_one_domain_without_an_answer_does_not_fail_the_others(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch, domains: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", address)
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", TOKEN)
    words = [word for domain in domains for word in ("--domain", domain)]
    for units in ("2", "all"):
        result = run(*ORGANIZATION, *words, "--each", "--units", units)
        assert result.code == 1
        assert result.err == (
            "bitly_data: nobody.example has no answer: This domain does not "
            "belong to the organization: choose one from the list.\n"
        )
        states = {
            name: {row["state"] for row in result.rows if row["series"] == name} for name in domains
        }
        assert states.pop("nobody.example") == {"failed"}
        assert "failed" not in set().union(*states.values())
        assert len({sum(row["series"] == name for row in result.rows) for name in domains}) == 1


def test_domains_that_all_have_no_answer_end_in_one_sentence(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BITLY_BASE_URL", address)
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", TOKEN)
    check_refusal(
        run(*ORGANIZATION, "--each", "--domain", "a.example", "--domain", "b.example"),
        1,
        "does not belong to the organization",
    )


def test_each_domain_that_the_account_offers_can_be_asked_for(run: Run, tmp_path: Path) -> None:
    hosts = [
        "under_score.co",
        "localhost",
        "m\u00fcnchen.example",
        "Ends.example.",
        "odd-.example",
        "two words.example",
    ]
    path = write_clicks(
        tmp_path / "log",
        [
            ("2013-05-17T02:00:00", f"{host}/a", "ann", "http://x.org/", 2**index)
            for index, host in enumerate(hosts)
        ],
    )
    result = run(*ORGANIZATION, "--clicks", path, "--now", f"{NOW}Z", "--units", "1", "--each")
    assert (result.code, result.err) == (
        0,
        "bitly_data: the click log has 1 of 12 hours of this range.\n",
    )
    # No question can name a host with a space, so it is not offered.
    assert {row["series"]: row["clicks"] for row in result.rows} == {
        "under_score.co": "1",
        "localhost": "2",
        "m\u00fcnchen.example": "4",
        "ends.example": "8",
        "odd-.example": "16",
    }


def test_a_domain_that_is_short_and_tracked_has_one_series(run: Run, tmp_path: Path) -> None:
    path = write_clicks(
        tmp_path / "log", [("2013-05-17T02:00:00", "ex.com/a", "ann", "http://ex.com/", 1)]
    )
    result = run(
        *ORGANIZATION,
        "--clicks",
        path,
        "--now",
        f"{NOW}Z",
        "--units",
        "1",
        "--each",
        "--tracking-domain",
        "ex.com",
    )
    assert [(row["series"], row["clicks"]) for row in result.rows] == [("ex.com", "1")]


def test_each_domain_of_all_time_has_the_same_buckets(run: Run, log: list[str]) -> None:
    rows = run(
        *ORGANIZATION,
        *log,
        "--units",
        "all",
        "--unit",
        "month",
        "--each",
        "--login",
        "ann",
        "--domain",
        "go.ex.com",
        "--domain",
        "x.ex.com",
    ).rows
    names = ["go.ex.com", "x.ex.com"]
    assert list(dict.fromkeys(row["series"] for row in rows)) == names
    buckets = [[row["bucket"] for row in rows if row["series"] == name] for name in names]
    assert buckets[0] == buckets[1]
    assert len(buckets[0]) == 2


def test_each_domain_is_of_the_moment_of_the_first(
    run: Run, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Midnight may come between two domains; then both are of the day before."""
    fetch, asked = V3Source.fetch, []

    def slow(self: V3Source, query: ClickQuery) -> ClickSeries:
        asked.append(query.until)
        return fetch(self, query)

    monkeypatch.setattr(V3Source, "fetch", slow)
    monkeypatch.setattr(Client, "newest_click", None)  # as for a server elsewhere
    result = run(*ORGANIZATION, *log, "--units", "2", "--each")
    assert result.code == 0
    assert asked[0] is None
    assert set(asked[1:]) == {epoch(NOW)} and len(asked) == 3


def test_a_refresh_mends_what_is_kept(run: Run, address: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive.db"
    words = [*ORGANIZATION, "--base-url", address, "--token", TOKEN, "--api", "v4"]
    words += ["--archive", str(archive), "--units", "12"]

    def clicks_of_the_8th(*more: str) -> str:
        result = run(*words, *more)
        assert result.code == 0, result.err
        return next(row["clicks"] for row in result.rows if row["date"].startswith("2013-05-08"))

    assert clicks_of_the_8th() == "8"
    with closing(sqlite3.connect(archive)) as connection:
        wrong = "UPDATE counts SET clicks = 99 WHERE clicks = 8 AND start = ?"
        connection.execute(wrong, [epoch("2013-05-08")])
        connection.commit()
    assert clicks_of_the_8th() == "99"  # it has settled, so nobody asks
    assert clicks_of_the_8th("--refresh") == "8"
    assert clicks_of_the_8th() == "8"
    with closing(sqlite3.connect(archive)) as connection:
        assert connection.execute("SELECT clicks FROM restated").fetchall() == [(99,)]
