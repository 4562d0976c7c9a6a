"""The check as the command line prints it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from checks import core_server, nobody
from support import write_clicks

from bitly_data.cli import main
from bitly_data.doctor import OK, WALL

TOKEN = "s3cret-t0ken"
# What the file has always held, in this order.
JSON_NAMES = """kind why host api checked_at login name organizations groups short_domains
    tracking_domains logins month hourly left windows archive archived archive_problems
    clock_difference
    timezone_release timezone_database clicks newest_click health parts calls is_healthy"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")


@pytest.fixture(scope="module")
def address(log: str) -> Iterator[str]:
    with core_server(log, TOKEN) as address:
        yield address


def test_the_command_prints_an_aligned_report(
    capsys: pytest.CaptureFixture[str], address: str
) -> None:
    words = ["doctor", "--base-url", address, "--token", TOKEN, "--api", "v4"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == "" and TOKEN not in out
    top, table, parts, last = out.strip().split("\n\n")
    starts = {
        line.index(line.split("  ")[1].strip() or line.split("  ", 1)[1].strip())
        for line in top.splitlines()
    }
    assert len(starts) == 1
    head, *rows = table.splitlines()
    assert all(row[head.index("State") :].startswith((OK, WALL)) for row in rows)
    assert len(rows) == 12
    assert [row.split()[:3] for row in parts.splitlines()] == [
        ["Part", "State", "ms"],
        ["group", "x.ex.com", "ok"],
        ["organization", "x.ex.com", "ok"],
    ]
    assert last.endswith("in 13 calls.")


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--api", "v4", "--plan", "core", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["is_healthy"] is True
    assert found["month"]["limit"] == 5000
    assert [item["state"] for item in found["health"]].count(WALL) == 1
    assert list(found) == JSON_NAMES.split()


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["--base-url", nobody(), "--token", TOKEN], 1, "cannot be reached"),
        (["--clicks", "/no/such/file"], 2, "No click log is found"),
        (["--base-url", "http://bitly.example", "--token", TOKEN], 2, "https"),
        (["--format", "csv"], 2, "--format"),
    ],
)
def test_the_command_ends_with_a_code(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, part: str
) -> None:
    assert main(["doctor", *words]) == code
    out, err = capsys.readouterr()
    assert part in (out if code == 1 else err)
    assert TOKEN not in out + err
