"""The commands `serve` and `demo`: what they refuse, and what they write."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from command_line import ORGANIZATION, Run, check_refusal, log_words, runner
from support import ROOT, epoch

from bitly_data.cli.local_server import add_serve, server_options, token_in
from bitly_data.options import Parser, read_token


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return log_words(tmp_path_factory.mktemp("log"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


ENVIRONMENT = {"BITLY_ACCOUNTS": "ann, bob", "BITLY_TRACKING_DOMAINS": "x.com"}


@pytest.mark.parametrize(
    ("words", "accounts", "domains"),
    [
        (["--clicks", "log"], ("ann", "bob"), ("x.com",)),
        (["--store", "clicks.db"], ("ann", "bob"), ("x.com",)),
        (["--clicks", "log", "--account", "eve"], ("eve",), ("x.com",)),
        (["--clicks", "log", "--tracking-domain", "y.org"], ("ann", "bob"), ("y.org",)),
        ([], (), ()),  # the demo has its own
    ],
)
def test_a_server_takes_the_names_of_the_environment(
    words: list[str], accounts: tuple[str, ...], domains: tuple[str, ...]
) -> None:
    parser = argparse.ArgumentParser()
    add_serve(parser.add_subparsers(parser_class=Parser))
    asked = server_options(parser.parse_args(["serve", *words]), ENVIRONMENT)
    assert (asked.accounts, asked.tracking_domains) == (accounts, domains)


@pytest.mark.parametrize("time", ["99999999999999", "1960-01-01", "9998-01-01", "", "latest"])
def test_a_demo_at_no_time_for_a_clock(run: Run, tmp_path: Path, time: str) -> None:
    path = tmp_path / "demo.log"
    check_refusal(run("demo", "--out", str(path), "--now", time), 2, "not a time for the clock")
    assert not path.exists()


@pytest.mark.parametrize("time", ["99999999999999", "1960-01-01", "9998-01-01"])
def test_a_server_at_no_time_for_a_clock(run: Run, log: list[str], time: str) -> None:
    for words in (["serve"], ["serve", *log[:2]], ORGANIZATION):
        check_refusal(run(*words, "--now", time), 2, "not a time for the clock")


def test_the_demo_far_in_the_future_opens_and_has_clicks(run: Run) -> None:
    result = run(*ORGANIZATION, "--now", "9997-01-01T12:00:00Z", "--units", "2")
    assert [row["bucket"][:10] for row in result.rows] == ["9996-12-31", "9997-01-01"]
    assert all(int(row["clicks"]) > 0 for row in result.rows)


def test_a_demo_log_begins_in_1970_at_the_earliest(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "demo.log"
    assert run("demo", "--out", str(path), "--now", "1970-06-01").code == 0
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    times = [line.get("t", line.get("_heartbeat_")) for line in lines]
    assert min(times) == 0 and max(times) <= epoch("1970-06-01")
    assert min(line["hc"] for line in lines if "hc" in line) >= 0
    result = run(*ORGANIZATION, "--clicks", str(path), "--units", "20", "--rollup")
    assert int(result.rows[0]["clicks"]) > 0
    assert "far from all others are not counted" in result.err  # those before March 1970


@pytest.mark.parametrize("port", ["99999", "-1", "65536", "9" * 30])
def test_a_number_that_is_no_port(run: Run, tmp_path: Path, port: str) -> None:
    words = ["--clicks", str(tmp_path / "not-even-looked-for")]
    check_refusal(run("serve", *words, "--port", port), 2, "is not a port", "65535")


def test_a_demo_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "missing" / "demo.log")
    check_refusal(run("demo", "--out", path, "--now", "2026-11-24"), 2, "cannot be written")


# -- the token of a server ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({}, None),
        ({"BITLY_SERVE_TOKEN": " ", "BITLY_ACCESS_TOKEN": ""}, None),
        ({"BITLY_ACCESS_TOKEN": " own "}, "own"),
        ({"BITLY_SERVE_TOKEN": "its", "BITLY_ACCESS_TOKEN": "own"}, "its"),
    ],
)
def test_a_server_takes_its_token_from_the_environment(
    environment: dict[str, str], token: str | None
) -> None:
    assert token_in(environment) == token


def status(address: str, token: str) -> int:
    headers = {"Authorization": token}
    return requests.get(f"{address}/v4/bsds", headers=headers, timeout=20).status_code


@pytest.mark.parametrize(
    ("words", "piped", "more"),
    [
        (["--token", "-"], "s3cret\n", {}),
        (["--token=-"], "s3cret", {"BITLY_SERVE_TOKEN": "other"}),
        ([], "", {"BITLY_ACCESS_TOKEN": "s3cret"}),
        ([], "", {"BITLY_SERVE_TOKEN": "s3cret", "BITLY_ACCESS_TOKEN": "other"}),
    ],
)
def test_a_token_that_no_list_of_processes_shows(
    log: list[str], words: list[str], piped: str, more: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bitly_data", "serve", *log, *words],
        cwd=ROOT,
        env={**os.environ, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(piped)
            process.stdin.close()
            address = process.stdout.readline().strip()
            assert status(address, "s3cret") == status(address, "Bearer s3cret") == 200
            assert status(address, "other") == 403
            shown = Path(f"/proc/{process.pid}/cmdline")
            assert not shown.is_file() or "s3cret" not in shown.read_text()
        finally:
            process.terminate()
            assert process.stderr is not None
            assert "s3cret" not in process.stderr.read()


def test_a_server_without_a_token_to_read_does_not_start(
    run: Run, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_token.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    check_refusal(run("serve", *log, "--token", "-"), 2, "no token on standard input")


def test_the_help_of_a_server_says_how_a_token_stays_out_of_sight() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(parser_class=Parser)
    add_serve(commands)
    text = " ".join(commands.choices["serve"].format_help().split())
    assert "BITLY_SERVE_TOKEN" in text and "BITLY_ACCESS_TOKEN" in text and "'-'" in text
