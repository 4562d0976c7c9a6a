"""Click logs: which lines count, which are bad, and what becomes of damaged files."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from tiers import WITHOUT_SHARED

from bitly_data.server.clicklog import (
    BadLine,
    Click,
    Heartbeat,
    destination_host,
    objects_of,
    record_of,
)
from bitly_data.server.logfile import MOST_NOTES, BadLineNote, FileReport, Links, LogReader

LOGS = Path(__file__).parents[2] / "shared/data/usagov"
TRUNCATED = LOGS / "usagov_bitly_data2013-01-01-1356999061.gz"


def parse_line(line: bytes) -> Click | Heartbeat:
    """The click or heartbeat of a line with one record. Raises `BadLine`."""
    (record,) = objects_of(line)
    return record_of(record)


def click_line(**changes: object) -> bytes:
    record = {
        "t": 1_360_000_000,
        "h": "Abc",
        "hh": "1.USA.gov",
        "l": "nasa",
        "u": "http://www.NASA.gov/x",
        "hc": 1_350_000_000,
        **changes,
    }
    return json.dumps({key: value for key, value in record.items() if value != "absent"}).encode()


def records_of(reader: LogReader) -> list[Click | Heartbeat]:
    """Clicks and heartbeats of a file: in each part of it the clicks first."""
    links, found = Links(), list[Click | Heartbeat]()
    for batch in reader.batches(links):
        pairs = zip(batch.times.tolist(), batch.links.tolist(), strict=True)
        found += [links.clicks[link]._replace(t=t) for t, link in pairs]
        found += map(Heartbeat, batch.beats)
    return found


def read(path: Path, content: bytes) -> tuple[list[Click | Heartbeat], FileReport]:
    path.write_bytes(content)
    reader = LogReader(str(path))
    return records_of(reader), reader.report


def test_a_click_keeps_the_hash_s_case_and_lowers_the_hosts() -> None:
    assert parse_line(click_line(title="Mars")) == Click(
        1_360_000_000,
        "1.usa.gov",
        "Abc",
        "nasa",
        "http://www.NASA.gov/x",
        "www.nasa.gov",
        "Mars",
        1_350_000_000,
        "",
    )


@pytest.mark.parametrize(
    ("kw", "keyword"),
    [
        ("Rover", "Rover"),
        ("absent", ""),
        (None, ""),
        (7, ""),
        ("", ""),
        ("a/b", ""),
        ("Abc", ""),
        ("x?y", ""),
        ("a b", ""),
        ("a#b", ""),
        ("..", ""),
        (".", ""),
        ("a%2Fb", ""),
        ("a+", ""),
        ("a\n", ""),
        ("x" * 201, ""),
        ("é2", "é2"),
        ("abc", "abc"),
    ],
)
def test_a_click_by_a_custom_back_half(kw: object, keyword: str) -> None:
    click = parse_line(click_line(kw=kw))
    assert isinstance(click, Click) and (click.hash, click.keyword) == ("Abc", keyword)


@pytest.mark.parametrize(
    "changes",
    [
        {"t": 1_360_000_000.0},
        {"t": 0},
        {"t": 253_339_228_799},  # the last second of 9997
        {"t": "1360000000"},
        {"t": 1_360_000_000.25},
        {"t": 1_360_000_000_123},
        {"t": "2013-02-04T17:46:40Z"},
        {"l": "absent"},
        {"l": None},
        {"u": "absent"},
        {"u": "http://[broken"},
        {"hc": "absent"},
        {"hc": None},
        {"hc": "x"},
        {"hc": -5},
        {"hc": True},
        {"extra": {"deep": [1]}},
        {"a": float("nan")},
        {"a": 10**400},
    ],
)
def test_lines_that_count(changes: dict[str, object]) -> None:
    assert isinstance(parse_line(click_line(**changes)), Click)


@pytest.mark.parametrize(
    "changes",
    [
        {"t": "absent"},
        {"t": None},
        {"t": True},
        {"t": "13600000"},
        {"t": "2013-02-04"},
        {"t": 1.5},
        {"t": -1},
        {"t": 253_339_228_800},
        {"t": 253_370_764_799},
        {"t": 10**30},
        {"t": float("inf")},
        {"h": "absent"},
        {"h": ""},
        {"h": 5},
        {"hh": "absent"},
        {"hh": ""},
        {"hh": None},
        {"hh": " . "},
    ],
)
def test_lines_without_a_time_or_a_link_are_bad(changes: dict[str, object]) -> None:
    with pytest.raises(BadLine):
        parse_line(click_line(**changes))


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"5",
        b"null",
        b"\x00\xff",
        b"{}",
        b'{"_heartbeat_": "x"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"_heartbeat_": true}',
        b"9" * 5000,
    ],
)
def test_other_lines_are_bad(line: bytes) -> None:
    with pytest.raises(BadLine):
        parse_line(line)


def test_heartbeat() -> None:
    assert parse_line(b'{"_heartbeat_": 1360000000}') == Heartbeat(1_360_000_000)


def test_text_that_is_not_utf_8_is_replaced_and_the_click_counts() -> None:
    click = parse_line(b'{"t": 1, "h": "a", "hh": "b.co", "l": "caf\xe9", "u": "http://x/\\ud800"}')
    assert isinstance(click, Click)
    assert (click.login, click.url) == ("caf\ufffd", "http://x/?")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("HTTP://User@WWW.Nasa.GOV.:80/x", "www.nasa.gov"),
        ("", ""),
        ("mailto:x@nasa.gov", ""),
        ("http://[::1", ""),
        ("nasa.gov/x", ""),
    ],
)
def test_destination_host(url: str, host: str) -> None:
    assert destination_host(url) == host


def test_line_numbers_count_blank_and_bad_lines(tmp_path: Path) -> None:
    content = b"\n".join(
        [b"", click_line(), b"{", b"  \r", b'{"_heartbeat_": 7}', b"{}", click_line() + b"\r"]
    )
    records, report = read(tmp_path / "log", content)
    assert len(records) == 3
    name = str(tmp_path / "log")
    assert report == FileReport(
        name,
        lines=7,
        clicks=2,
        heartbeats=1,
        bad_count=2,
        bad=[BadLineNote(name, 3, "not JSON"), BadLineNote(name, 6, "no link in hh and h")],
    )


def test_each_bad_line_is_noted_with_its_reason_and_nothing_of_its_content(tmp_path: Path) -> None:
    lines = [
        b"{hidden",
        b'["hidden"]',
        b'{"hh": "hidden"}',
        click_line(t="hidden"),
        b'{"_heartbeat_": "hidden"}',
    ]
    _, report = read(tmp_path / "log", b"\n".join(lines))
    assert [(note.line, note.reason) for note in report.bad] == [
        (1, "not JSON"),
        (2, "not a JSON object"),
        (3, "no link in hh and h"),
        (4, "t is not a time in seconds since 1970"),
        (5, "_heartbeat_ is not a time in seconds since 1970"),
    ]
    assert str(report.bad[0]) == f"{tmp_path / 'log'} line 1: not JSON"


def test_only_the_list_of_bad_lines_is_cut_short(tmp_path: Path) -> None:
    _, report = read(tmp_path / "log", b"{\n" * (MOST_NOTES + 5) + click_line())
    assert (report.bad_count, len(report.bad), report.clicks) == (MOST_NOTES + 5, MOST_NOTES, 1)


@pytest.mark.parametrize(("host", "known"), [("Ex.COM.", "ex.com"), (" ex.com ", "ex.com")])
def test_a_host_is_written_as_questions_name_it(host: str, known: str) -> None:
    click = parse_line(click_line(hh=host))
    assert isinstance(click, Click) and click.host == known


def test_a_byte_order_mark_costs_nothing(tmp_path: Path) -> None:
    _, report = read(tmp_path / "log", b"\xef\xbb\xbf" + click_line())
    assert (report.clicks, report.bad) == (1, [])


def test_lines_longer_than_a_block_of_the_file(tmp_path: Path) -> None:
    lines = [click_line(a="x" * size) for size in (300_000, 5, 700_000, 262_144)]
    _, report = read(tmp_path / "log", b"\n".join(lines) + b"\n")
    assert (report.lines, report.clicks) == (4, 4)


@pytest.mark.parametrize("packed", [False, True])
def test_gzip_is_told_by_content(tmp_path: Path, packed: bool) -> None:
    content = (click_line() + b"\n") * 3
    path = tmp_path / ("log.json" if packed else "log.gz")
    records, _ = read(path, gzip.compress(content) if packed else content)
    assert len(records) == 3
    assert LogReader(str(path)).read_through() == hashlib.sha256(content).hexdigest()


def test_several_gzip_streams_with_padding(tmp_path: Path) -> None:
    part = gzip.compress(click_line() + b"\n")
    records, report = read(tmp_path / "log", part + part + b"\0" * 512)
    assert (len(records), report.problem) == (2, None)


def noisy_log(count: int) -> list[bytes]:
    """Lines that compress badly, so that a gzip file of them is long."""
    return [click_line(a=hashlib.sha256(str(index).encode()).hexdigest()) for index in range(count)]


def test_a_gzip_that_breaks_off_gives_what_it_holds(tmp_path: Path) -> None:
    packed = gzip.compress(b"\n".join(noisy_log(20_000)))
    records, report = read(tmp_path / "log", packed[: len(packed) // 2])
    assert 8000 < len(records) < 12_000
    assert report.problem == "the compressed file ends too early"
    assert report.bad_count <= 1


def test_a_damaged_gzip_gives_what_is_before_the_fault(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"\n".join(noisy_log(20_000))))
    middle = len(packed) // 2
    packed[middle : middle + 64] = b"\xff" * 64
    records, report = read(tmp_path / "log", bytes(packed))
    assert 8000 < len(records) < 12_000
    assert report.problem == "the compressed file is damaged"


def test_a_wrong_checksum_costs_no_line(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"\n".join(noisy_log(100))))
    packed[-5] ^= 1
    records, report = read(tmp_path / "log", bytes(packed))
    assert (len(records), report.problem) == (100, "the compressed file is damaged")


@pytest.mark.skipif(not TRUNCATED.exists(), reason=WITHOUT_SHARED)
def test_the_truncated_line_of_a_real_log() -> None:
    reader = LogReader(str(TRUNCATED))
    clicks = sum(isinstance(record, Click) for record in records_of(reader))
    assert [note.line for note in reader.report.bad] == [1264]
    assert (clicks, reader.report.problem) == (1148, None)
