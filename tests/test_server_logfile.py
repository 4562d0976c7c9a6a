"""Files of click logs: however they are packed, written and arranged, and what is no log."""

from __future__ import annotations

import bz2
import csv
import errno
import gzip
import hashlib
import io
import json
import lzma
import os
import random
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from support import ROOT

from bitly_data.server import ServerProblem, UnreadableLog
from bitly_data.server.clicklog import BadLine, Click, Heartbeat, objects_of, record_of
from bitly_data.server.logfile import (
    FileReport,
    Links,
    LogReader,
    NotALog,
    ahead,
    chunks,
    fields,
    log_entries,
    unpack,
)
from bitly_data.server.logfile.chunks import LONGEST_LINE, TOO_LONG
from bitly_data.server.logfile.fields import FieldReader
from bitly_data.server.logfile.lines import Lines
from bitly_data.server.logfile.text import as_utf8, encoding_of
from bitly_data.server.logfile.unpack import BLOCK_BYTES, unpacked
from bitly_data.server.store import ClickStore

NOON = 1_360_000_800  # 2013-02-04 18:00 UTC
RECORDS = [
    {"t": NOON + 60 * index, "hh": "s.co", "h": "Ab", "l": "ann", "u": f"http://x.org/{sign}"}
    for index, sign in enumerate("aé☃")
]
LINES = [json.dumps(record, ensure_ascii=False) for record in RECORDS]
TEXT = "\n".join(LINES) + "\n"
BODY = TEXT.encode()
FIRST = (LINES[0] + "\n").encode()
REST = ("\n".join(LINES[1:]) + "\n").encode()


def clicks_of(reader: LogReader) -> list[Click]:
    links = Links()
    return [
        links.clicks[link]._replace(t=t)
        for batch in reader.batches(links)
        for t, link in zip(batch.times.tolist(), batch.links.tolist(), strict=True)
    ]


def read(path: Path, content: bytes | str) -> tuple[list[Click], FileReport]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    reader = LogReader(str(path))
    return clicks_of(reader), reader.report


EXPECTED = [record_of(record) for record in RECORDS]


def packed_by_arrow(codec: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(BODY)
    return bytes(sink.getvalue())


def joined(encoding: str, mark: str = "\ufeff") -> bytes:
    """Two files of an encoding, each with its mark, put one behind the other."""
    return "".join((mark, TEXT.partition("\n")[0], "\n", mark, *TEXT.partition("\n")[2:])).encode(
        encoding
    )


READ = {
    "plain": BODY,
    "no end": TEXT.rstrip(),
    # Encodings and line ends.
    "utf-16 of PowerShell": ("\ufeff" + TEXT.replace("\n", "\r\n")).encode("utf-16-le"),
    "utf-16 big endian": ("\ufeff" + TEXT).encode("utf-16-be"),
    "utf-16 without a mark": TEXT.encode("utf-16-le"),
    "utf-16 big endian without a mark": TEXT.encode("utf-16-be"),
    "utf-32": ("\ufeff" + TEXT).encode("utf-32-le"),
    "utf-16 joined": joined("utf-16-le"),
    "mark joined": joined("utf-8"),
    # As programs write behind what others have written.
    "utf-16 and utf-8 behind": ("\ufeff" + LINES[0] + "\n").encode("utf-16-le") + REST,
    "utf-16 big endian and utf-8 behind": (LINES[0] + "\n").encode("utf-16-be") + REST,
    "utf-16 without an end and utf-8 behind": LINES[0].encode("utf-16") + REST,
    "utf-8 and utf-16 behind": FIRST + "\n".join(LINES[1:]).encode("utf-16-le"),
    "utf-8 and utf-16 big endian behind": FIRST + "\n".join(LINES[1:]).encode("utf-16-be"),
    "utf-8 and utf-16 with a mark behind": FIRST + "\n".join(LINES[1:]).encode("utf-16"),
    "three encodings": FIRST + (LINES[1] + "\n").encode("utf-16") + LINES[2].encode(),
    "zeros between lines": LINES[0] + "\n\0\0\0" + LINES[1] + "\0\n" + LINES[2] + "\0\0",
    "zeros before": "\0\0\0\0" + TEXT,
    "zeros for ends": TEXT.replace("\n", "\0"),
    "carriage returns": TEXT.replace("\n", "\r"),
    "windows": TEXT.replace("\n", "\r\n"),
    "mixed ends": TEXT.replace("\n", "\r\n", 1),
    # Arrangements.
    "array": json.dumps(RECORDS),
    "pretty array": json.dumps(RECORDS, indent=2),
    "array a record a line": "[\n" + ",\n".join(LINES) + "\n]\n",
    "array with a mark": "\ufeff" + json.dumps(RECORDS, indent="\t"),
    "arrays joined": json.dumps(RECORDS[:2]) + "\n" + json.dumps(RECORDS[2:]) + "\n",
    "pretty arrays joined": json.dumps(RECORDS[:1], indent=1) + json.dumps(RECORDS[1:], indent=1),
    "pretty records": "\n".join(json.dumps(record, indent=4) for record in RECORDS),
    "commas behind": ",\n".join(LINES) + ",\n",
    "commas before": LINES[0] + "\n," + LINES[1] + "\n, " + LINES[2],
    "two on a line": LINES[0] + LINES[1] + "\n" + LINES[2],
    "three on a line": LINES[0] + " " + LINES[1] + ", " + LINES[2],
    "array behind lines": LINES[0] + "\n" + json.dumps(RECORDS[1:]),
    # Containers.
    "gzip": gzip.compress(BODY),
    "bzip2": bz2.compress(BODY),
    "bzip2 joined": bz2.compress(BODY[:50]) + bz2.compress(BODY[50:]),
    "xz": lzma.compress(BODY),
    "xz joined": lzma.compress(BODY[:70]) + lzma.compress(BODY[70:]),
    "lzma": lzma.compress(BODY, format=lzma.FORMAT_ALONE),
    "zstandard": packed_by_arrow("zstd"),
    "lz4": packed_by_arrow("lz4"),
    "packed utf-16": gzip.compress(("\ufeff" + TEXT).encode("utf-16-le")),
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_a_log_is_read_however_it_is_written(tmp_path: Path, content: bytes | str) -> None:
    found, report = read(tmp_path / "log", content)
    assert found == EXPECTED
    assert (report.clicks, report.bad_count, report.problem) == (3, 0, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("sign", ["漢", "я", "🎉"])
@pytest.mark.parametrize("form", ["lines", "array", "pretty"])
def test_utf_16_without_a_mark_whatever_its_letters(
    tmp_path: Path, encoding: str, sign: str, form: str
) -> None:
    records = [{"title": sign * 1500, **record} for record in RECORDS]
    if form == "lines":
        text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    else:
        text = json.dumps(records, ensure_ascii=False, indent=2 if form == "pretty" else None)
    found, report = read(tmp_path / "log", text.encode(encoding))
    assert [click._replace(title="") for click in found] == EXPECTED
    assert (found[0].title, report.bad_count) == (sign * 1500, 0)


@pytest.mark.parametrize("size", [1, 3, 7, 64, 1000])
@pytest.mark.parametrize("name", [name for name in READ if "utf-8" in name or "three e" in name])
def test_encodings_change_wherever_a_block_ends(name: str, size: int) -> None:
    content = READ[name]
    assert isinstance(content, bytes)
    blocks = (content[at : at + size] for at in range(0, len(content), size))
    text = b"".join(as_utf8(blocks, encoding_of(content)))
    clicks = [record_of(record) for line in text.split(b"\n") for record in objects_of(line)]
    assert clicks == EXPECTED


def test_a_log_whose_encoding_nobody_can_tell_counts_its_bad_lines(tmp_path: Path) -> None:
    content = ("\ufeff" + TEXT).encode("utf-16-le") + b"what is it\n"
    found, report = read(tmp_path / "log", content)
    assert found == EXPECTED and report.bad_count == 1


@pytest.mark.parametrize("junk", [";", " x", ", x", '"', " 5"])
def test_a_line_with_more_behind_its_record_is_bad_in_both_ways_of_reading(
    tmp_path: Path, junk: str
) -> None:
    """Whether all lines are so, the first, or one in the middle."""
    for bad in ([0, 1, 2], [0], [1], [2], [0, 2]):
        lines = [line + junk * (at in bad) for at, line in enumerate(LINES)]
        for text in ("\n".join(lines), "\n".join(lines) + "\n", "\r\n".join(lines)):
            found, report = read(tmp_path / "log", text)
            assert found == [click for at, click in enumerate(EXPECTED) if at not in bad]
            assert [note.line for note in report.bad] == [at + 1 for at in bad]


def test_more_behind_a_pretty_record_costs_only_that(tmp_path: Path) -> None:
    pretty = [json.dumps(record, indent=1) for record in RECORDS]
    found, report = read(tmp_path / "log", pretty[0] + " x\n" + "\n".join(pretty[1:]))
    assert found == EXPECTED[1:] and [note.line for note in report.bad] == [1]
    array = "[" + ", ".join((LINES[0], "5", *LINES[1:])) + "]"
    found, report = read(tmp_path / "log", '{"_heartbeat_":\n 5}\n' + array)
    assert found == EXPECTED and [note.line for note in report.bad] == [3]


def iso(t: int) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat().replace("+00:00", "Z")


OTHER_MAKERS = {
    "milliseconds": [{**record, "t": int(str(record["t"])) * 1000} for record in RECORDS],
    "iso 8601": [{**record, "t": iso(int(str(record["t"])))} for record in RECORDS],
    "mongoexport": [
        {"_id": {"$oid": f"{at}"}, **record, "t": {"$date": iso(int(str(record["t"])))}}
        for at, record in enumerate(RECORDS)
    ],
    "coding challenge": [
        {
            "bitlink": f"https://S.co/{record['h']}",
            "timestamp": iso(int(str(record["t"]))),
            "user_agent": "Mozilla",
            "long_url": record["u"],
            "l": "ann",
        }
        for record in RECORDS
    ],
    "address without a scheme": [
        {"short_url": "s.co/Ab", "ts": record["t"], "u": record["u"], "l": "ann"}
        for record in RECORDS
    ],
    "domain and hash": [
        {"domain": "s.co", "hash": "Ab", "time": record["t"], "long_url": record["u"], "l": "ann"}
        for record in RECORDS
    ],
}


@pytest.mark.parametrize("records", OTHER_MAKERS.values(), ids=OTHER_MAKERS)
@pytest.mark.parametrize("indent", [None, 2])
def test_logs_of_other_makers(tmp_path: Path, records: list[object], indent: int | None) -> None:
    lines = "\n".join(json.dumps(record) for record in records)
    content = lines if indent is None else json.dumps(records, indent=indent)
    assert read(tmp_path / "log", content)[0] == EXPECTED


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_with_a_header(tmp_path: Path, mark: str, end: str) -> None:
    rows = ["T,HH,h,l,u,country".replace(",", mark)]
    rows += [
        mark.join((str(record["t"]), "s.co", "Ab", "ann", f'"{record["u"]}"', ""))
        for record in RECORDS
    ]
    content = "\ufeff" + end.join(rows) + end
    assert read(tmp_path / "log.csv", content)[0] == EXPECTED
    assert read(tmp_path / "log.csv", content.encode("utf-16"))[0] == EXPECTED


@pytest.mark.parametrize(
    ("above", "tail"),
    [
        ("sep=,\n", ""),
        ("SEP=,\n\n", ""),
        ("# clicks of May\n#\n\n", ""),
        ("", ","),
        ("\n", ",,"),
        ("# exported\nsep=,\n", ","),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_as_other_programs_write_it(
    tmp_path: Path, above: str, tail: str, end: str
) -> None:
    """With lines above its header, and a comma at the end of each line."""
    rows = [f"{record['t']},s.co,Ab,ann,{record['u']}{tail}\n" for record in RECORDS]
    rows.insert(1, f"x,s.co,Ab,ann,{tail}\n")
    content = f"{above}t,hh,h,l,u{tail}\n" + "".join(rows)
    found, report = read(tmp_path / "log.csv", "\ufeff" + content.replace("\n", end))
    assert found == EXPECTED
    assert [note.line for note in report.bad] == [above.count("\n") + 3]


@pytest.mark.parametrize(
    "row",
    [
        f"{NOON},s.co,Ab",
        f"s.co;Ab;{NOON}",
        "2013-02-04T18:00:00Z\ts.co/Ab",
        f"# x\n{NOON}|a",
        f"{NOON},{'x' * 200_000}",
    ],
)
def test_a_table_without_a_header_is_refused_by_what_is_needed(tmp_path: Path, row: str) -> None:
    with pytest.raises(
        NotALog, match=r"first line names no columns, but a click needs t .* hh .* and h"
    ):
        read(tmp_path / "log.csv", f"{row}\n{row}\n")


def test_records_below_a_line_like_a_row_are_read(tmp_path: Path) -> None:
    found, report = read(tmp_path / "log", f"{NOON}, started\n{TEXT}")
    assert (found, [note.line for note in report.bad]) == (EXPECTED, [1])


def test_bad_rows_of_a_table_are_named_by_their_line(tmp_path: Path) -> None:
    content = f"timestamp,bitlink\n{iso(NOON)},s.co/Ab\n\nx,s.co/Ab\n1\n{iso(NOON)},s.co/Ab\n"
    found, report = read(tmp_path / "log.csv", content)
    assert len(found) == 2
    assert [(note.line, note.reason) for note in report.bad] == [
        (4, "t is not a time in seconds since 1970"),
        (5, "1 columns in place of 2"),
    ]


def test_faults_in_an_array_cost_only_their_record(tmp_path: Path) -> None:
    lines = [*LINES[:1], '{"t": 1,, "h"}', *LINES[1:]]
    found, report = read(tmp_path / "log", "[" + ",".join(lines) + "]")
    assert found == EXPECTED and [note.line for note in report.bad] == [1]
    pretty = json.dumps(RECORDS, indent=1).replace('"h": "Ab"', '"h": Ab', 1)
    found, report = read(tmp_path / "log", pretty)
    assert found == EXPECTED[1:] and [note.line for note in report.bad] == [2]


def test_an_array_that_breaks_off(tmp_path: Path) -> None:
    content = json.dumps(RECORDS * 5000)
    found, report = read(tmp_path / "log", content[: content.index("t", len(content) // 2)])
    assert 7400 < len(found) < 7600 and report.bad_count == 1


def test_a_long_array_in_one_line(tmp_path: Path) -> None:
    count = 4 * BLOCK_BYTES // len(LINES[0])
    found, report = read(tmp_path / "log", json.dumps(RECORDS * count))
    assert (len(found), report.bad_count) == (3 * count, 0)


# -- lines ------------------------------------------------------------------------------------


def test_lines_longer_than_a_mebibyte_are_bad(tmp_path: Path) -> None:
    long = json.dumps({**RECORDS[0], "a": "x" * LONGEST_LINE})
    for content in (
        "\n".join([LINES[0], long, LINES[1], long * 3, long, LINES[2]]),
        "\n".join([LINES[0], long, LINES[1], long * 3, long, LINES[2], long]),
    ):
        found, report = read(tmp_path / "log", content)
        assert found == EXPECTED
        assert [(note.line, note.reason) for note in report.bad] == [
            (at, TOO_LONG) for at in (2, 4, 5, 7)[: report.lines - 3]
        ]


def megabytes_of_reading(path: Path) -> float:
    """The most memory of a process that reads a file and does nothing else."""
    words = (
        "import resource, sys\n"
        "from bitly_data.server.logfile import Links, LogReader\n"
        "assert sum(map(len, LogReader(sys.argv[1]).batches(Links()))) == 3\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", words, str(path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(told.stdout)


@pytest.mark.deep
def test_a_gzip_of_one_line_of_a_gibibyte(tmp_path: Path) -> None:
    """It takes some megabytes of memory, however small the file and however long the line."""
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(1024):
            file.write(b"x" * 2**20)
        file.write(b"\n" + BODY)
    small = tmp_path / "small.gz"
    small.write_bytes(gzip.compress(BODY))
    reader = LogReader(str(path))
    assert clicks_of(reader) == EXPECTED
    assert [(note.line, note.reason) for note in reader.report.bad] == [(1, TOO_LONG)]
    assert reader.size == 2**30 + 1 + len(BODY)
    assert megabytes_of_reading(path) - megabytes_of_reading(small) < 64


def test_blocks_are_bounded_whatever_they_are_packed_by(tmp_path: Path) -> None:
    content = b"x" * (20 * BLOCK_BYTES)
    zstd = pa.compress(content, codec="zstd", asbytes=True)
    for packed in (gzip.compress(content), bz2.compress(content), lzma.compress(content), zstd):
        (tmp_path / "log").write_bytes(packed)
        blocks = list(unpacked(str(tmp_path / "log"), pytest.fail))
        assert max(map(len, blocks)) <= BLOCK_BYTES
        assert b"".join(blocks) == content


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("fault", ["cut", "damaged"])
def test_what_is_before_a_fault_of_a_container_is_read(
    tmp_path: Path, pack: object, fault: str
) -> None:
    assert callable(pack)
    lines = [
        {**RECORDS[0], "a": hashlib.sha256(bytes([at % 256, at // 256])).hexdigest()}
        for at in range(60_000)
    ]
    packed = bytearray(pack("\n".join(map(json.dumps, lines)).encode()))
    middle = len(packed) // 2
    if fault == "cut":
        packed = packed[:middle]
    else:
        packed[middle : middle + 64] = b"\xff" * 64
    found, report = read(tmp_path / "log", bytes(packed))
    assert 10_000 < len(found) < 40_000
    words = {"cut": "ends too early", "damaged": "is damaged"}
    assert report.problem == f"the compressed file {words[fault]}"


def test_a_cut_zstandard_file(tmp_path: Path) -> None:
    noise = "\n".join(
        json.dumps({**RECORDS[0], "a": random.Random(at).random()}) for at in range(30_000)
    )
    packed = pa.compress(noise.encode(), codec="zstd", asbytes=True)
    found, report = read(tmp_path / "log", packed[: len(packed) // 2])
    assert 0 < len(found) < 30_000 and report.problem is not None


# -- what a plain reading says ----------------------------------------------------------------

ODD = [
    b"",
    b"  ",
    b"[]",
    b"{}",
    b"{",
    b"null",
    b"5",
    b"\xff\xfe{",
    b'{"t": true, "hh": "s.co", "h": "a"}',
    b'{"t": 5, "hh": "s.co", "h": 5}',
    b'{"t": 5, "hh": ["s.co"], "h": "a"}',
    b'{"t": 5, "hh": "s.co", "h": {"a": 1}}',
    b'{"t": 5, "hh": "s.co", "h": "a", "title": ["x"], "hc": {}}',
    b'{"t": 5, "hh": "s.co", "h": "a", "u": "http://x/\\ud800"}',
    b'{"t": 5, "hh": "s.co", "h": "a", "l": "caf\xe9"}',
    b'{"t": 5, "hh": "s.co", "h": "a", "x": NaN}',
    b'{"t": 5.0, "hh": "S.co.", "h": "a", "kw": "Rover"}',
    b'{"t": 1e400, "hh": "s.co", "h": "a"}',
    b'{"t": 99999999999999999999999, "hh": "s.co", "h": "a"}',
    b'{"t": 1360000800123, "hh": "s.co", "h": "a"}',
    b'{"t": "2013-02-04T18:00:00Z", "hh": "s.co", "h": "a"}',
    b'{"_heartbeat_": 1360000800}',
    b'{"_heartbeat_": 1360000800, "h": "a", "hh": "s.co", "t": 9}',
    b'{"_heartbeat_": "x"}',
    b'{"t": 7, "bitlink": "s.co/a"}',
    b'{"t": 7, "bitlink": "s.co/b", "long_url": "http://y.org"}',
    b'{"t": 8, "hh": "s.co", "h": "a", "long_url": "http://y.org"}',
    b'{"t": 8, "hh": "s.co", "h": "a"},',
    b'{"t": 8, "hh": "s.co", "h": "a"} {"t": 9, "hh": "s.co", "h": "b"}',
    b'{"t": 8, "hh": "s.co", "h": "a"} x',
    b'{"t": 8, "hh": "s.co", "h": "a"}\r',
    b'{"t": "8", "hh": "s.co", "h": "a"}',
    b'{"t": 8, "hh": "s.co", "h": NaN}',
    b'{"t": 8, "hh": null, "h": "a"}',
    b'{"t": null, "hh": "s.co", "h": "a", "ts": 9}',
    b'{"t": 8, "hh": "s.co", "h": "a", "l": "caf\\u00e9\\n\\"", "title": "caf\xc3\xa9"}',
    b'{"T": 8, "hh": "s.co", "h": "a"}',
    b'{"T": 7, "t": 8, "hh": "s.co", "h": "a"}',
    b'{"t": 8, "hh": "s.co", "h": "a", "x": {"t": 9, "h": "b"}}',
    b'{"t": 08, "hh": "s.co", "h": "a"}',
    b'{"t": -8, "hh": "s.co", "h": "a"}',
    b'{"t": 8, "hh": "s.co", "h": "a", "hc": 5.5}',
    b'{"t": 8, "hh": "s.co", "h": "a", "_id": NaN}',
    b'{"t": 8, "hh": "s.co", "h": "a", "_id": {"$oid": "5"}}',
    b'{"_heartbeat_": 1360000800, "h": null}',
    b'\xef\xbb\xbf{"t": 8, "hh": "s.co", "h": "a"}',
    b'[{"t": 8, "hh": "s.co", "h": "a"}, {"t": 9, "hh": "s.co", "h": "a"}]',
    b"\0\0",
    b"// a word",
]


def exactly(lines: list[bytes]) -> tuple[list[Click], list[int], list[int]]:
    """Clicks, heartbeats and numbers of bad lines, each line by itself."""
    clicks: list[Click] = []
    beats: list[int] = []
    bad: list[int] = []
    for number, line in enumerate(lines, 1):
        try:
            for record in objects_of(line):
                found = record_of(record)
                if isinstance(found, Heartbeat):
                    beats.append(found.t)
                else:
                    clicks.append(found)
        except BadLine:
            bad.append(number)
    return clicks, beats, bad


def both_ways(path: Path, lines: list[bytes]) -> LogReader:
    """Hold what many lines say together to what each says alone."""
    path.write_bytes(b"\n".join(lines) + b"\n")
    links, reader = Links(), LogReader(str(path))
    clicks: list[Click] = []
    beats: list[int] = []
    for batch in reader.batches(links):
        assert len(batch) == len(batch.times) == len(batch.links) == len(batch.places)
        pairs = zip(batch.times.tolist(), batch.links.tolist(), strict=True)
        clicks += [links.clicks[link]._replace(t=t) for t, link in pairs]
        beats += batch.beats
    bad = [note.line for note in reader.report.bad]
    assert (clicks, beats, bad) == exactly(lines)
    assert reader.report.lines == len(lines)
    return reader


def some_lines(rng: random.Random, count: int = 2000) -> list[bytes]:
    plain = [line.encode() for line in LINES]
    odd = [rng.choice(plain if rng.random() < 0.8 else ODD) for _ in range(count)]
    return [plain[0], *odd]


@pytest.mark.parametrize("seed", range(20))
def test_many_lines_together_say_what_each_says_alone(tmp_path: Path, seed: int) -> None:
    both_ways(tmp_path / "log", some_lines(random.Random(seed)))


@pytest.mark.parametrize("blank", [b"", b" ", b"\r", b"\t\v\f "])
def test_blank_lines_do_not_move_the_others(tmp_path: Path, blank: bytes) -> None:
    filled = [line for line in some_lines(random.Random(7)) if line.strip()]
    both_ways(tmp_path / "log", [line for pair in filled for line in (pair, blank)])


def test_parts_of_a_log_are_read_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many texts are read at once, and several parts by several threads."""
    monkeypatch.setattr(chunks, "_TEXT", 20_000)
    monkeypatch.setattr(chunks, "_AT_ONCE", 90_000)
    monkeypatch.setattr(unpack, "_RAW_BYTES", 7_000)
    texts = []
    readers = set()
    read = FieldReader.read

    def seen(reader: FieldReader, records: Sequence[bytes]) -> object:
        texts.append(len(records.texts) if isinstance(records, Lines) else 0)
        readers.add(threading.get_ident())
        return read(reader, records)

    monkeypatch.setattr(FieldReader, "read", seen)
    monkeypatch.setattr("bitly_data.server.logfile.reader.WORKERS", 3)
    both_ways(tmp_path / "log", some_lines(random.Random(8), 20_000))
    assert len(texts) > 3 and max(texts) > 3 and len(readers) == 3


def test_what_one_thread_reads_another_does_not() -> None:
    """Each has a file of its own, which a shorter part leaves nothing of the one before in."""
    reader = FieldReader()

    def times(part: int) -> bool:
        count = 1_000 - 7 * (part % 100)
        wanted = [str(part * 1_000 + at) for at in range(count)]
        fields = reader.read(Lines("".join(f'{{"t": {t}}}\n' for t in wanted).encode()))
        assert fields is not None and len(set(fields.marks.tolist())) == count
        return bool(fields.table["t"].to_pylist() == wanted)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(times, range(120)))
    reader.close()


def test_work_by_several_threads_keeps_the_order() -> None:
    def work(item: int) -> int:
        time.sleep(0.02 if item % 3 == 0 else 0)
        return item * item

    found = ahead.side_by_side(work, iter(range(30)), workers=4)
    assert list(found) == [item * item for item in range(30)]


@pytest.mark.parametrize("whole", [0, 1, 2, 9])
def test_what_came_before_a_failure_is_given_first(whole: int) -> None:
    def items() -> Iterator[int]:
        yield from range(whole)
        raise OSError(errno.EIO, "Input/output error")

    found = []
    with pytest.raises(OSError, match="Input/output error"):
        found.extend(ahead.ahead(ahead.side_by_side(str, items(), workers=3)))
    assert found == list(map(str, range(whole)))


def test_of_a_disk_that_fails_what_was_read_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "_TEXT", 20_000)
    monkeypatch.setattr(chunks, "_AT_ONCE", 20_000)
    good = unpack.unpacked

    def failing(path: str, tell: Callable[[str], None]) -> Iterator[bytes]:
        for block in good(path, tell):
            for start in range(0, 400_000, 10_000):
                yield block[start : start + 10_000]
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("bitly_data.server.logfile.reader.unpacked", failing)
    (tmp_path / "clicks.log").write_bytes(BODY * 3_000)
    report = ClickStore().import_paths([str(tmp_path)])
    assert [file.problem for file in report.files] == ["Input/output error"]
    # What was not enough for a part is lost, and no whole part.
    least, most = ((BODY * 3_000)[:size].count(b"\n") for size in (360_000, 400_000))
    assert least <= report.clicks <= most


def test_a_log_is_read_without_room_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = some_lines(random.Random(9))
    asked = []

    def full(path: Path, _: Sequence[bytes]) -> None:
        asked.append(path)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fields, "_write", full)
    both_ways(tmp_path / "log", lines)
    assert asked


def test_nothing_is_left_of_the_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    log = tmp_path / "log"
    log.write_bytes(BODY * 500)
    written: list[Path] = []
    write = fields._write

    def seen(path: Path, texts: Sequence[bytes]) -> None:
        written.append(path)
        write(path, texts)

    monkeypatch.setattr(fields, "_write", seen)
    assert ClickStore().import_paths([str(log)]).clicks == 1500
    assert written and all(folder in path.parents for path in written)
    assert list(folder.iterdir()) == []


def test_what_a_database_takes_besides(tmp_path: Path) -> None:
    """Where lines are read together, the first of two fields of one name counts."""
    doubled = b'{"t": 8, "t": 9, "hh": "s.co", "h": "a", "h": "b"}'
    comma = b'{"t": 7, "hh": "s.co", "h": "c",}'
    found, report = read(tmp_path / "log", b"\n".join([doubled, comma] * 200))
    assert [(click.t, click.hash) for click in found] == [(8, "a"), (7, "c")] * 200
    assert report.bad_count == 0


# -- what is no log ---------------------------------------------------------------------------


def zip_of(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("clicks.log", BODY)


def tar_of(path: Path, mode: str = "w") -> None:
    inner = path.with_suffix(".inner")
    inner.write_bytes(BODY)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(inner, "clicks.log")
    inner.unlink()


def duckdb_of(path: Path) -> None:
    duckdb.connect(str(path)).execute("CREATE TABLE x (y INTEGER)").close()


NOT_LOGS = {
    "a ZIP archive": zip_of,
    "a tar archive": tar_of,
    "a tar archive ": lambda path: tar_of(path, "w:gz"),
    "a tar archive  ": lambda path: tar_of(path, "w:xz"),
    "a compressed file in a compressed file": lambda path: path.write_bytes(
        gzip.compress(bz2.compress(BODY))
    ),
    "a Parquet file": lambda path: path.write_bytes(b"PAR1\x15\x04"),
    "an SQLite database": lambda path: path.write_bytes(b"SQLite format 3\0" + b"\0" * 84),
    "a DuckDB database": duckdb_of,
    "a web page": lambda path: path.write_text("\n<!DOCTYPE html><html></html>"),
    "binary data": lambda path: path.write_bytes(bytes(range(256)) * 8),
    "a table with the columns long_url, domain and hash, but a click needs": (
        lambda path: path.write_text("long_url,domain,hash\nhttps://x.org,bit.ly,a\n")
    ),
}


@pytest.mark.parametrize(("name", "make"), NOT_LOGS.items(), ids=NOT_LOGS)
def test_what_is_no_log_is_named(tmp_path: Path, name: str, make: object) -> None:
    assert callable(make)
    make(tmp_path / "log")
    with pytest.raises(NotALog, match=name.strip()):
        clicks_of(LogReader(str(tmp_path / "log")))


# -- which files ------------------------------------------------------------------------------


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Path]:
    """A folder with a log and what else may lie beside it."""
    (tmp_path / "a.log").write_bytes(BODY)
    os.mkfifo(tmp_path / "b.fifo")
    (tmp_path / "c.link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "e.socket"))
        yield tmp_path


def test_only_regular_files_are_opened(mixed: Path) -> None:
    for path in (mixed, mixed / "*"):
        found = {Path(entry.path).name: entry.refusal for entry in log_entries(str(path))}
        assert found == {
            "a.log": None,
            "b.fifo": "a pipe (save what comes out of it as a file)",
            "c.link": "a link that leads nowhere",
            "d.zero": "a device",
            "e.socket": "a socket",
        }


@pytest.mark.parametrize("name", ["b.fifo", "c.link", "d.zero", "e.socket"])
def test_what_is_named_and_is_no_file_is_refused(mixed: Path, name: str) -> None:
    with pytest.raises(UnreadableLog, match="cannot be read: it is a"):
        log_entries(str(mixed / name))


def test_a_folder_of_nothing_but_pipes(tmp_path: Path) -> None:
    for name in "ab":
        os.mkfifo(tmp_path / name)
    with pytest.raises(UnreadableLog, match=r"a is a pipe .* and 1 more like it"):
        log_entries(str(tmp_path))
    with pytest.raises(ServerProblem, match="No click log is found"):
        log_entries(str(tmp_path / "none"))


def test_a_pipe_of_the_shell_is_refused_in_one_sentence() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(UnreadableLog, match="it is a pipe"):
            log_entries(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        os.close(writing)


# -- quotes in a table ------------------------------------------------------------------------

ROW = "{t},b.co,a,ann,{url}\n"


@pytest.mark.parametrize(
    "odd",
    [
        'b.co,"a,ann,http://x.org/,1400000000',  # a quote that nothing ends, in the middle
        '1400000000,b.co,a,ann,"http://x.org/',  # in the last field
        '"1400000000,b.co,a,ann,http://x.org/',
    ],
)
@pytest.mark.parametrize("behind", [0, 5, 3000])
def test_a_quote_that_does_not_end_costs_its_line(tmp_path: Path, odd: str, behind: int) -> None:
    rows = [ROW.format(t=1_400_000_000 + at, url="http://x.org/") for at in range(behind)]
    first = ROW.format(t=1_400_000_000, url="")
    text = "".join(["t,hh,h,l,u\n", first, odd, "\n", *rows])
    clicks, report = read(tmp_path / "log.csv", text)
    assert len(clicks) == 1 + behind
    assert [(note.line, report.bad_count) for note in report.bad] == [(3, 1)]


@pytest.mark.parametrize(
    "url",
    [
        '"http://x.org/?q=a,b"',
        '"http://x.org/""quoted"""',
        '"http://x.org/\nnext"',
        'http://x.org/"x',
    ],
)
def test_quotes_of_a_table_hold_what_they_hold(tmp_path: Path, url: str) -> None:
    rows = [ROW.format(t=1_400_000_000 + at, url=url) for at in range(3)]
    clicks, report = read(tmp_path / "log.csv", "t,hh,h,l,u\n" + "".join(rows))
    assert (len(clicks), report.bad_count) == (3, 0)
    assert {click.url for click in clicks} == {next(csv.reader(io.StringIO(url)))[0]}


def test_a_field_of_a_table_is_as_long_as_a_line_may_be(tmp_path: Path) -> None:
    long = "http://x.org/" + "x" * 200_000
    rows = [ROW.format(t=1_400_000_000, url=long), ROW.format(t=1_400_000_001, url=f'"{long}"')]
    clicks, report = read(tmp_path / "log.csv", "t,hh,h,l,u\n" + "".join(rows))
    assert ([click.url for click in clicks], report.bad_count) == ([long, long], 0)


@pytest.mark.parametrize("dictionary", [2**27, 2**27 + 2**26])
def test_a_file_that_would_use_up_memory_says_so(tmp_path: Path, dictionary: int) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": dictionary}]
    clicks, report = read(tmp_path / "log.xz", lzma.compress(BODY, filters=filters))
    assert (clicks, report.problem) == ([], "the compressed file needs more than 128 MiB of memory")


def test_standard_input_is_no_log() -> None:
    with pytest.raises(UnreadableLog, match=r"it is standard input \(save what"):
        log_entries("-")
