"""The store: imports, coverage, and whose clicks are whose."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tiers import WITHOUT_SHARED

from bitly_data.server import (
    LocalBitly,
    ServerOptions,
    ServerProblem,
    UnreadableLog,
    checked_clock,
    open_store,
    parse_clock,
)
from bitly_data.server.logfile import MOST_NOTES, Batch, LogReader, rows
from bitly_data.server.store import ClickStore, LinkFilter, intake

LOGS = Path(__file__).parents[2] / "shared/data/usagov"
needs_logs = pytest.mark.skipif(not LOGS.exists(), reason=WITHOUT_SHARED)

NOON = 1_360_000_800  # 2013-02-04 18:00 UTC
MIDNIGHT = 1_360_022_400  # the one after it
FOREVER = 2**40


def heartbeat(t: int) -> str:
    return json.dumps({"_heartbeat_": t}) + "\n"


def line(
    t: int,
    host: str = "s.co",
    link_hash: str = "a",
    login: str = "ann",
    url: str = "http://x.org/",
    **more: object,
) -> str:
    return json.dumps({"t": t, "hh": host, "h": link_hash, "l": login, "u": url, **more}) + "\n"


def write(path: Path, lines: Iterable[str]) -> str:
    path.write_text("".join(lines))
    return str(path)


def store_of(
    tmp_path: Path, lines: Iterable[str], *tracking: str, accounts: Iterable[str] = ()
) -> ClickStore:
    store = ClickStore()
    store.import_paths([write(tmp_path / "log", lines)])
    store.add_tracking_domains(tracking)
    store.name_accounts(accounts)
    return store


def total(store: ClickStore) -> int:
    return sum(store.count_by(store.organization_clicks(), 0, FOREVER, width=3600, offset=0)[1])


# -- imports ----------------------------------------------------------------------------------


def test_the_same_file_counts_once_however_it_comes(tmp_path: Path) -> None:
    content = line(NOON) + line(NOON + 1)
    plain = write(tmp_path / "plain", [content])
    (tmp_path / "packed.gz").write_bytes(gzip.compress(content.encode()))
    renamed = write(tmp_path / "renamed", [content])
    store = ClickStore()
    first = store.import_paths([plain, str(tmp_path / "packed.gz")])
    assert [file.skipped_as_known for file in first.files] == [False, True]
    again = store.import_paths([renamed, plain])
    assert all(file.skipped_as_known for file in again.files)
    assert (first.clicks, again.clicks, total(store)) == (2, 0, 2)
    assert again.summary() == (
        "Read 0 files with 0 clicks and 0 heartbeats; 2 files left out as already known."
    )


def test_equal_lines_are_separate_clicks(tmp_path: Path) -> None:
    assert total(store_of(tmp_path, [line(NOON)] * 3)) == 3


def test_equal_lines_of_two_files_are_separate_clicks(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "one", [line(NOON)]),
        write(tmp_path / "two", [line(NOON + 1), line(NOON)]),
    ]
    store = ClickStore()
    store.import_paths(paths)
    assert total(store) == 3


def test_more_lines_than_a_batch(tmp_path: Path) -> None:
    lines = [line(NOON + index % 5000, link_hash=str(index % 700)) for index in range(45_000)]
    store = store_of(tmp_path, lines)
    assert total(store) == 45_000
    assert store.links(LinkFilter(), FOREVER, 1, 0)[1] == 700


def test_the_report_names_bad_lines_by_file_and_number(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [line(NOON), "{\n", '{"_heartbeat_": 5}\n'])
    (tmp_path / "b.log").write_bytes(gzip.compress(b"x\n" * 9)[:-8])
    report = ClickStore().import_paths([str(tmp_path)])
    assert [(file.lines, file.clicks, file.heartbeats) for file in report.files] == [
        (3, 1, 1),
        (9, 0, 0),
    ]
    assert [(Path(bad.file).name, bad.line, bad.reason) for bad in report.bad_lines()] == [
        ("a.log", 2, "not JSON"),
        *(("b.log", line, "not JSON") for line in range(1, 10)),
    ]
    assert (report.clicks, report.heartbeats, report.bad_count) == (1, 1, 10)
    assert report.has_problems
    assert report.summary() == (
        "Read 2 files with 1 click and 1 heartbeat; 10 lines could not be read (a.log line 2, "
        "b.log line 1, b.log line 2 and 7 more); b.log was read only in part: the compressed "
        "file ends too early."
    )


def test_the_list_of_bad_lines_is_bounded_for_all_files_together(tmp_path: Path) -> None:
    half = MOST_NOTES // 2
    for name, count in (("a", half), ("b", half - 1), ("c", 3), ("d", 2)):
        write(tmp_path / name, ["{\n"] * count + [line(NOON)])
    report = ClickStore().import_paths([str(tmp_path)])
    bad = report.bad_lines()
    assert (report.bad_count, report.clicks, len(bad)) == (MOST_NOTES + 4, 4, MOST_NOTES)
    assert [(Path(one.file).name, one.line) for one in (bad[0], *bad[-2:])] == [
        ("a", 1),
        ("b", half - 1),
        ("c", 1),
    ]


def test_a_report_without_problems(tmp_path: Path) -> None:
    report = ClickStore().import_paths([write(tmp_path / "log", [line(NOON), "\n"])])
    assert (report.has_problems, report.bad_lines()) == (False, [])


def test_all_files_come_in_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(tmp_path / name, [line(NOON, f"{name}.co")]) for name in ("a", "b")]
    store = store_of(tmp_path, [line(NOON)])
    read = LogReader.batches

    def batches(reader: LogReader, *given: Any) -> Iterator[Batch]:
        yield from read(reader, *given)
        if reader.report.path == paths[1]:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(LogReader, "batches", batches)
    with pytest.raises(ServerProblem, match="cannot be read"):
        store.import_paths(paths)
    assert (total(store), store.organization.short_domains) == (1, ("s.co",))
    assert store.coverage().hours.tolist() == [NOON // 3600]
    monkeypatch.undo()
    assert store.import_paths(paths).clicks == 2  # nothing of them was kept as known
    assert (total(store), store.organization.short_domains) == (3, ("a.co", "b.co", "s.co"))


def test_files_folders_and_globs(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for index, name in enumerate(("a.log", "b.log", "deep/c.log", ".hidden", "odd[1].log")):
        write(tmp_path / name, [line(NOON + index)])
    for path, count in (
        (tmp_path, 4),
        (tmp_path / "?.log", 2),
        (tmp_path / "**/*.log", 4),
        (tmp_path / "odd[1].log", 1),
    ):
        assert len(ClickStore().import_paths([str(path)]).files) == count


@pytest.mark.parametrize("name", ["missing", "*.log", "empty"])
def test_a_path_that_names_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ServerProblem, match="No click log is found at"):
        ClickStore().import_paths([str(tmp_path / name)])


def test_text_of_all_kinds_survives(tmp_path: Path) -> None:
    store = store_of(tmp_path, [line(NOON, url="http://x.org/'\";--é\u0000", title="№ 1 <&>")])
    (row,), _ = store.links(LinkFilter(), FOREVER, 10, 0)
    assert (row.url, row.title) == ("http://x.org/'\";--é\u0000", "№ 1 <&>")


def test_a_store_file_is_reopened(tmp_path: Path) -> None:
    log = write(tmp_path / "log", [line(NOON), line(NOON + 7200)])
    path = str(tmp_path / "clicks.db")
    store, _ = open_store(ServerOptions(clicks=(log,), tracking_domains=("x.org",), store=path))
    store.close()
    store, report = open_store(ServerOptions(clicks=(log,), store=path))
    assert report.files[0].skipped_as_known
    store.close()
    store, report = open_store(ServerOptions(store=path))
    assert not store.is_demo
    assert (total(store), store.organization.tracking_domains) == (2, ())
    assert store.coverage().hours.tolist() == [NOON // 3600, NOON // 3600 + 2]
    store.close()


def test_an_empty_store_file_does_not_become_the_demo(tmp_path: Path) -> None:
    with pytest.raises(ServerProblem, match="is empty"):
        open_store(ServerOptions(store=str(tmp_path / "clicks.db")))


def test_files_that_are_not_a_store(tmp_path: Path) -> None:
    text = write(tmp_path / "text", [line(NOON)] * 100)
    other = str(tmp_path / "other.db")
    duckdb.connect(other).execute("CREATE TABLE clicks (x INTEGER)").close()
    for path in (text, other, str(tmp_path / "missing/clicks.db")):
        with pytest.raises(ServerProblem, match="cannot be opened"):
            ClickStore(path)


# -- what is known already ---------------------------------------------------------------------


def content(*seconds: int, **more: object) -> str:
    return "".join(line(NOON + second, **more) for second in seconds)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["", '{"t": 13600', line(NOON + 2).rstrip()])
def test_a_log_that_grew_is_read_from_where_it_ended(
    tmp_path: Path, packed: bool, end: str
) -> None:
    """Also where it ended in the middle of a line, or of one that had no end yet."""
    before = content(0, 1) + end
    after = content(0, 1, 2, 3)
    write(tmp_path / "log", [before])
    store = ClickStore()
    store.import_paths([str(tmp_path / "log")])
    grown = gzip.compress(after.encode()) if packed else after.encode()
    (tmp_path / "log").write_bytes(grown)
    report = store.import_paths([str(tmp_path / "log")])
    assert total(store) == 4
    known = 3 if end.endswith("}") else 2
    assert (report.files[0].known_lines, report.clicks) == (known, 4 - known)
    assert f"the first {known} lines of log known before" in report.summary()
    assert store.import_paths([str(tmp_path / "log")]).files[0].skipped_as_known


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize("beats", [0, 2])
def test_a_log_beside_its_own_beginning(tmp_path: Path, names: str, beats: int) -> None:
    """Whichever of the two is read first."""
    start = content(*range(4)) + '{"_heartbeat_": 1360000800}\n' * beats
    write(tmp_path / names[0], [start])
    write(tmp_path / names[1], [start + content(*range(4, 9))])
    store = ClickStore()
    report = store.import_paths([str(tmp_path)])
    assert (total(store), report.clicks, report.doubles) == (9, 9, [])


def test_a_line_that_goes_on_after_a_bad_one_has_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "log", [content(0), "{\n"])
    store = ClickStore()
    store.import_paths([path])
    write(tmp_path / "log", [content(0), "{\n", content(1), "[\n{}\n"])
    (file,) = store.import_paths([path]).files
    assert (file.known_lines, file.clicks, file.lines) == (2, 1, 5)
    assert [note.line for note in file.bad] == [5]


def test_an_id_counts_once_in_one_file_and_in_all(tmp_path: Path) -> None:
    write(tmp_path / "a", [line(NOON, _id="1"), line(NOON, _id="2"), line(NOON + 1, _id="1")])
    write(tmp_path / "b", [line(NOON + 9, _id={"$oid": "2"}), line(NOON, _id="3"), line(NOON)])
    store = ClickStore()
    report = store.import_paths([str(tmp_path)])
    assert (total(store), report.clicks) == (4, 4)
    assert [file.repeated for file in report.files] == [1, 1]
    assert "2 clicks left out because of an _id that was read before" in report.summary()
    write(tmp_path / "c", [line(NOON + 20, _id="3"), line(NOON + 20, _id="4")])
    assert store.import_paths([str(tmp_path / "c")]).clicks == 1


def test_a_copy_with_a_changed_line_is_said(tmp_path: Path) -> None:
    write(tmp_path / "a", [content(*range(50))])
    write(tmp_path / "b", [content(50, *range(1, 50))])
    store = ClickStore()
    report = store.import_paths([str(tmp_path)])
    assert total(store) == 100
    (double,) = report.doubles
    assert (Path(double.original).name, Path(double.path).name, double.lines) == ("a", "b", 49)
    assert report.has_problems
    assert report.summary().endswith(
        "; 49 lines of b are in a as well, so as many clicks may be counted twice."
    )


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        ((1, 2, 3), (9, 2, 3), 2),  # two of three
        (tuple(range(40)), (99, 1, 2, 3, *range(100, 140)), 0),  # three are a few
        (tuple(range(40)), (99, 1, 2, 3, 4, *range(100, 140)), 4),
        ((5, 5, 5, 5, 5, 5, 6), (7, 5, 5, 5, 5), 4),  # as often as in the one with fewer
        ((1, 2, 3, 4, 5, 6), (7201, 7202, 7203, 7204), 0),
    ],
)
def test_how_many_equal_lines_are_said(
    tmp_path: Path, first: tuple[int, ...], second: tuple[int, ...], lines: int
) -> None:
    write(tmp_path / "a", [content(*first)])
    write(tmp_path / "b", [content(*second)])
    report = ClickStore().import_paths([str(tmp_path)])
    assert sum(double.lines for double in report.doubles) == lines
    assert report.clicks == len(first) + len(second)


def test_lines_that_differ_in_anything_are_not_equal(tmp_path: Path) -> None:
    write(tmp_path / "a", [content(*range(20), a="Safari")])
    write(tmp_path / "b", [content(*range(20), a="Firefox")])
    assert ClickStore().import_paths([str(tmp_path)]).doubles == []


LINES = [line(NOON + 7 * second, link_hash="ab"[second % 2]) for second in range(50)]
RECORDS = [json.loads(text) for text in LINES]
TABLE = ["t,hh,h\n", *(f"{record['t']},s.co,{record['h']}\n" for record in RECORDS)]
ORDERED = [json.dumps(record, sort_keys=True) + "\n" for record in RECORDS]
WINDOWS = [text.replace("\n", "\r\n") for text in LINES]
CHANGED = [*RECORDS[:9], {**RECORDS[9], "t": NOON + 9999}, *RECORDS[10:]]


def as_lines(records: list[Any], **how: Any) -> list[str]:
    return [json.dumps(records, **how)]


@pytest.mark.parametrize(
    ("first", "second", "clicks"),
    [
        (LINES, WINDOWS, 50),
        (WINDOWS[:30], LINES, 30),
        (LINES, TABLE, 50),
        (TABLE[:21], LINES, 20),
        (LINES, ORDERED, 50),
        (LINES, as_lines(RECORDS), 50),
        (LINES, as_lines(RECORDS, indent=2), 50),
        (as_lines(RECORDS), as_lines(CHANGED), 49),
        (as_lines(RECORDS[:40]), as_lines(RECORDS), 40),  # it grew
        (LINES[:30], [*ORDERED[6:30], *ORDERED[31:]], 24),  # four of five
        (LINES[:30], [*ORDERED[7:30], *ORDERED[31:]], 0),  # less than that
        (LINES[:3], ORDERED[:3], 0),  # three are a few
        (LINES[:4], ORDERED[:4], 4),
        (LINES, [text.replace("s.co", "t.co") for text in ORDERED], 0),
    ],
)
def test_a_copy_in_another_form_is_said(
    tmp_path: Path, first: list[str], second: list[str], clicks: int
) -> None:
    (tmp_path / "a").write_text("".join(first), newline="")
    (tmp_path / "b").write_text("".join(second), newline="")
    report = ClickStore().import_paths([str(tmp_path)])
    assert [double.lines for double in report.doubles] == [clicks] * bool(clicks)
    said = f"; {clicks} clicks of b are in a as well by time and link, so as many may be counted"
    assert (said in report.summary()) == bool(clicks)


def test_a_pretty_array_that_grew_is_said_by_its_equal_records(tmp_path: Path) -> None:
    """Its end is another than before, so its beginning is not known again."""
    path = write(tmp_path / "a", as_lines(RECORDS[:20], indent=1))
    store = ClickStore()
    store.import_paths([path])
    write(tmp_path / "a", as_lines(RECORDS, indent=1))
    report = store.import_paths([path])
    assert [(double.lines, double.is_by_time) for double in report.doubles] == [(20, False)]
    assert "20 lines of a are in a as well, so as many clicks may be counted twice" in (
        report.summary()
    )


def test_a_copy_of_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    store = ClickStore()
    store.import_paths([write(tmp_path / "a", LINES)])
    (tmp_path / "a").unlink()
    (double,) = store.import_paths([write(tmp_path / "b", ORDERED)]).doubles
    assert (double.lines, double.is_by_time) == (50, True)


# -- times far from all others -----------------------------------------------------------------


@pytest.mark.parametrize("odd", [[1000], [9_999_999_999], [0, 5, 4_102_444_800, 9_999_999_999]])
def test_a_handful_of_far_clicks_is_named_and_not_counted(tmp_path: Path, odd: list[int]) -> None:
    usual = [NOON + hour * 3600 for hour in range(20)]
    path = write(tmp_path / "log", [line(t) for t in [*usual[:9], *odd, *usual[9:]]])
    store = ClickStore()
    report = store.import_paths([path])
    assert total(store) == 20
    assert store.newest_click() == usual[-1]
    coverage = store.coverage()
    assert coverage.hours.tolist() == [t // 3600 for t in usual]
    assert coverage.first is not None and coverage.last is not None
    assert (coverage.first // 3600, coverage.last // 3600) == (NOON // 3600, usual[-1] // 3600)
    assert [click.t for click in report.far] == odd
    assert "far from all others" in report.summary() and "log" in report.summary()
    link = store.link("s.co", "a", FOREVER)
    assert link is not None and link.created == NOON


def test_more_than_a_handful_is_part_of_the_log(tmp_path: Path) -> None:
    year_2000 = 946_684_800
    old = [line(year_2000 + t) for t in range(11)]
    new = [line(NOON + t) for t in range(30)]
    store = ClickStore()
    report = store.import_paths([write(tmp_path / "log", [*old, *new])])
    assert (total(store), report.far) == (41, [])


def test_no_click_counts_in_the_first_weeks_of_1970_however_many(tmp_path: Path) -> None:
    last, first = 60 * 86_400 - 1, 60 * 86_400
    early = [line(t) for t in (*range(20), last)]
    store = ClickStore()
    report = store.import_paths([write(tmp_path / "log", [*early, line(first), line(NOON)])])
    assert total(store) == 1 and store.coverage().hours.tolist() == [NOON // 3600]
    assert "not counted" in report.summary() and report.far[0].t == 0
    later = [line(first + hour * 3600) for hour in range(20)]
    store.import_paths([write(tmp_path / "more", later)])
    assert total(store) == 22


@pytest.mark.parametrize("times", [[0], [86_400 * 59, 86_400 * 59 + 3600], list(range(100))])
def test_a_log_of_the_first_weeks_of_1970_is_refused(tmp_path: Path, times: list[int]) -> None:
    store = ClickStore()
    with pytest.raises(UnreadableLog, match=r"log holds no clicks that can be counted.*1970"):
        store.import_paths([write(tmp_path / "log", map(line, times))])
    assert total(store) == 0


def test_far_clicks_count_as_soon_as_there_are_many(tmp_path: Path) -> None:
    store = ClickStore()
    year_2000 = 946_684_800
    store.import_paths([write(tmp_path / "a", [line(year_2000), line(NOON), line(NOON)])])
    assert total(store) == 2
    store.import_paths([write(tmp_path / "b", [line(year_2000 + t) for t in range(100, 200)])])
    assert total(store) == 103 and store.newest_click() == NOON


def test_a_log_of_few_clicks_is_that_of_bitly_s_lifetime(tmp_path: Path) -> None:
    store = store_of(tmp_path, [line(5), line(NOON)])
    assert (total(store), store.newest_click()) == (1, NOON)


# -- what cannot be read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("\n \n", "it has blank lines only"),
        ("what\nis it\n", "none of its 2 lines is a click (not JSON)"),
        (
            '{"a": 1, "hh": "oppos.es", "t": 1360000800}\n',
            "its records have the fields a, hh and t, but a click needs t (its time), "
            "hh (the short domain) and h (the hash)",
        ),
        (
            '{"t": "soon", "hh": "s.co", "h": "a"}',
            "its line is no click (t is not a time in seconds since 1970)",
        ),
        (
            '{"t": "02/04/2013 06:00:00 PM", "hh": "s.co", "h": "a"}\n' * 2,
            "none of its 2 lines is a click (t is a date whose day and month nobody can tell "
            "apart)",
        ),
        (
            '{"t": -5, "hh": "s.co", "h": "a"}',
            "its line is no click (t is not a time in seconds since 1970)",
        ),
        (
            '{"t": 1360000800, "hh": "s.co", "h": 12345}',
            "its line is no click (hh and h name no link)",
        ),
        (
            '{"timestamp": "4.2.2013 18:00", "bitlink": "s.co/a"}',
            "its line is no click (t is a date whose day and month nobody can tell apart)",
        ),
    ],
)
def test_a_log_without_a_click_is_refused_by_what_was_found(
    tmp_path: Path, text: str, words: str
) -> None:
    path = write(tmp_path / "log", [text])
    store = ClickStore()
    with pytest.raises(UnreadableLog, match=re.escape(f"log holds no clicks: {words}")):
        store.import_paths([path])
    assert store.coverage().first is None
    write(tmp_path / "good", [line(NOON)])
    assert store.import_paths([str(tmp_path)]).clicks == 1


def test_one_bad_entry_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [content(0, 1)])
    os.mkfifo(tmp_path / "b.fifo")
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (tmp_path / "d").symlink_to("nowhere")
    store = ClickStore()
    report = store.import_paths([str(tmp_path)])
    assert (total(store), report.has_problems) == (2, True)
    assert report.summary() == (
        "Read 1 file with 2 clicks and 0 heartbeats; b.fifo was left out: it is a pipe (save what "
        "comes out of it as a file); c.zip was left out: it is a ZIP archive; d was left out: it "
        "is a link that leads nowhere."
    )
    with pytest.raises(UnreadableLog, match=r"c\.zip cannot be read: it is a ZIP archive"):
        ClickStore().import_paths([str(tmp_path / name) for name in ("a.log", "c.zip")])


def test_a_file_that_fails_costs_what_cannot_be_read_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, in the middle, or where it is the only one."""
    write(tmp_path / "a", [content(0)])
    write(tmp_path / "b", [content(5, 6)])
    broken = {str(tmp_path / "b"): 0}
    seen = LogReader.batches

    def batches(reader: LogReader, *given: Any) -> Iterator[Batch]:
        left = broken.get(reader.report.path)
        if left != 0:
            yield from seen(reader, *given)
        if left is not None:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(LogReader, "batches", batches)
    store = ClickStore()
    report = store.import_paths([str(tmp_path)])
    assert (total(store), report.has_problems) == (1, True)
    assert report.summary() == (
        "Read 1 file with 1 click and 0 heartbeats; b was left out: it cannot be read: "
        "Input/output error."
    )
    (tmp_path / "a").unlink()
    with pytest.raises(UnreadableLog, match="b holds no clicks: it cannot be read: Input/output"):
        ClickStore().import_paths([str(tmp_path)])
    broken[str(tmp_path / "b")] = 1
    store = ClickStore()
    report = store.import_paths([str(tmp_path)])
    assert report.summary() == (
        "Read 1 file with 2 clicks and 0 heartbeats; b was read only in part: Input/output error."
    )
    broken.clear()
    write(tmp_path / "b", [content(5, 6, 7)])
    assert (store.import_paths([str(tmp_path)]).clicks, total(store)) == (1, 3)


def test_a_file_without_a_click_beside_a_good_one_is_said(tmp_path: Path) -> None:
    good = write(tmp_path / "good", [content(0)])
    for text, words in (
        ("", "it is empty"),
        ("what\nis\n", "none of its 2 lines is a click (not JSON)"),
        (
            '{"a": 1, "hh": "oppos.es", "t": 1360000800}\n',
            "its records have the fields a, hh and t, but a click needs t (its time), hh (the "
            "short domain) and h (the hash)",
        ),
    ):
        other = write(tmp_path / "other", [text])
        for paths in ([good, other], [str(tmp_path)]):
            report = ClickStore().import_paths(paths)
            assert (report.clicks, report.has_problems) == (1, True)
            assert report.summary().endswith(f"; other holds no clicks: {words}.")
    # Heartbeats are something: the log was running.
    write(tmp_path / "other", [heartbeat(NOON)])
    report = ClickStore().import_paths([str(tmp_path)])
    assert not report.has_problems and "no clicks" not in report.summary()


def test_of_many_files_without_a_click_three_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a", [content(0)])
    for name in "bcdef":
        write(tmp_path / name, [f"{name}\n"])
    said = ClickStore().import_paths([str(tmp_path)]).summary()
    assert said.endswith(
        "; b holds no clicks: its line is no click (not JSON); c holds no clicks: its line is no "
        "click (not JSON); d holds no clicks: its line is no click (not JSON); and 2 more like "
        "that."
    )


def test_a_link_to_a_folder_is_said_and_not_followed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "far").mkdir()
    write(tmp_path / "far" / "x", [content(9)])
    write(logs / "a", [content(0)])
    (logs / "sub").symlink_to(tmp_path / "far")
    (logs / "self").symlink_to(logs)
    for path in (logs, logs / "*"):
        report = ClickStore().import_paths([str(path)])
        assert (report.clicks, report.has_problems) == (1, True)
        assert report.summary().endswith(
            "; self was left out: it is a link to a folder; sub was left out: it is a link to a "
            "folder."
        )
    # Whoever names it wants it; and nothing else is in the folder.
    assert ClickStore().import_paths([str(logs / "sub")]).clicks == 1
    (logs / "a").unlink()
    with pytest.raises(UnreadableLog, match="self is a link to a folder and 1 more like it"):
        ClickStore().import_paths([str(logs)])


def test_many_small_files(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    for index in range(3000):
        write(tmp_path / f"{index:04}", [line(NOON + index)])
    store = ClickStore()
    report = store.import_paths([str(tmp_path)], lambda path, clicks: heard.append((path, clicks)))
    assert (len(report.files), total(store)) == (3000, 3000)
    assert heard[-1] == (str(tmp_path / "2999"), 2999)


@pytest.mark.deep
def test_five_million_lines_take_less_than_500_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w") as file:
        for index in range(5_000_000):
            file.write(line(NOON + index // 9, link_hash=str(index % 9000), a="x" * (index % 400)))
    words = (
        "import resource, sys\n"
        "from bitly_data.server.store import ClickStore\n"
        "print(ClickStore().import_paths(sys.argv[1:]).clicks)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", words, str(path)], check=True, capture_output=True, text=True
    ).stdout.split()
    assert int(told[0]) == 5_000_000
    assert int(told[1]) < 500


# -- coverage ---------------------------------------------------------------------------------


def test_hours_with_a_click_or_a_heartbeat_are_covered(tmp_path: Path) -> None:
    store = store_of(
        tmp_path,
        [
            line(MIDNIGHT + 7200),
            heartbeat(MIDNIGHT + 3599),
            line(MIDNIGHT + 7300),
            "{\n",
            heartbeat(MIDNIGHT + 36000),
        ],
    )
    coverage = store.coverage()
    assert (coverage.hours - MIDNIGHT // 3600).tolist() == [0, 2, 10]
    first, last = MIDNIGHT + 3599, MIDNIGHT + 36000
    assert (coverage.first, coverage.last, coverage.whole) == (first, last, False)
    assert store.newest_click() == MIDNIGHT + 7300
    assert store.newest_click(until=MIDNIGHT + 7299) == MIDNIGHT + 7200


def test_an_empty_store_covers_nothing() -> None:
    store = ClickStore()
    coverage = store.coverage()
    assert (coverage.first, coverage.last, coverage.hours.size, coverage.whole) == (
        None,
        None,
        0,
        False,
    )
    assert store.newest_click() is None


def test_two_files_may_cover_the_same_hour(tmp_path: Path) -> None:
    write(tmp_path / "a", [line(NOON + 10)])
    write(tmp_path / "b", [line(NOON + 20)])
    store = ClickStore()
    store.import_paths([str(tmp_path)])
    assert store.coverage().hours.tolist() == [NOON // 3600]


# -- the organization -------------------------------------------------------------------------

MIXED = [
    line(NOON, "S.co", "a", "ann", "http://x.org/"),  # own, on its own domain
    line(NOON, "bit.ly", "b", "ann", "http://x.org/"),  # own, on Bitly's
    line(NOON, "bit.ly", "c", "eve", "http://WWW.Track.org/"),  # others', to a tracking domain
    line(NOON, "j.mp", "d", "eve", "http://nottrack.org/"),  # others', elsewhere
    line(NOON, "t.co", "e", "bob", "http://track.org/"),  # own, and to a tracking domain
    line(NOON, "bitly.com", "f", "eve", "http://track.org.evil.com/"),
    line(NOON, "s.co", "g", "", "http://[broken"),  # nobody's
]


def count(store: ClickStore, domains: Iterable[str] = (), login: str | None = None) -> int:
    return store.count(store.organization_clicks(list(domains), login), 0, FOREVER)


NAMED = ("bob", " ann ", "nobody_yet")


def test_its_accounts_are_those_that_are_named(tmp_path: Path) -> None:
    organization = store_of(tmp_path, MIXED, "track.org", accounts=NAMED).organization
    assert organization.short_domains == ("s.co", "t.co")
    assert organization.accounts == ("ann", "bob", "nobody_yet")  # the most clicked first
    assert organization.named
    assert organization.tracking_domains == ("track.org",)
    assert organization.member_since == NOON
    assert (organization.clicks, organization.others_clicks) == (7, 4)


def test_without_names_every_login_of_the_log_is_its_own(tmp_path: Path) -> None:
    organization = store_of(tmp_path, MIXED, "track.org").organization
    assert organization.accounts == ("eve", "ann", "bob")
    assert not organization.named
    assert (organization.clicks, organization.others_clicks) == (7, 0)


@pytest.mark.parametrize(
    ("domains", "login", "clicks"),
    [
        ((), None, 7),
        ((), "ann", 2),
        ((), "!", 1),
        (("s.co",), None, 2),
        (("t.co",), None, 1),
        (("track.org",), None, 2),
        (("track.org", "t.co"), None, 2),
        (("s.co", "t.co"), None, 3),
        (("track.org",), "!", 1),
        (("track.org",), "bob", 1),
        (("s.co",), "bob", 0),
        (("s.co",), "!", 0),
    ],
)
def test_each_click_counts_once(
    tmp_path: Path, domains: tuple[str, ...], login: str | None, clicks: int
) -> None:
    store = store_of(tmp_path, MIXED, " Track.ORG. ", accounts=NAMED)
    assert count(store, domains, login) == clicks


@pytest.mark.parametrize("accounts", [(), ("ann",), ("eve",), ("nobody_yet",)])
@pytest.mark.parametrize("tracking", [(), ("track.org",)])
def test_every_click_of_the_log_belongs_to_it(
    tmp_path: Path, tracking: tuple[str, ...], accounts: tuple[str, ...]
) -> None:
    assert count(store_of(tmp_path, MIXED, *tracking, accounts=accounts)) == len(MIXED)


def test_a_log_of_bitly_s_own_hosts_alone_has_an_organization(tmp_path: Path) -> None:
    hosts = ("bit.ly", "j.mp", "bitly.com", "Bit.LY.")
    store = store_of(tmp_path, [line(NOON, host, login="eve") for host in hosts])
    assert (count(store), count(store, login="eve")) == (4, 4)
    assert store.organization.short_domains == ()
    assert [link.name for link in store.links(LinkFilter(), FOREVER, 9, 0)[0]] == ["bit.ly/a"]


@pytest.mark.parametrize("accounts", [(), ("ann",)])
def test_a_finished_hour_stays_when_another_file_is_added(
    tmp_path: Path, accounts: tuple[str, ...]
) -> None:
    store = store_of(tmp_path, MIXED, "track.org", accounts=accounts)
    asked = [((), None), ((), "ann"), ((), "!"), (("s.co",), None), (("track.org",), "!")]
    before = [count(store, *one) for one in asked]
    # Its own domain is now also eve's, which made her an account once.
    later = [line(NOON + 7200, "s.co", "z", "eve"), line(NOON + 7200, "new.co", "y", "zoe")]
    store.import_paths([write(tmp_path / "later", later)])
    in_the_hour = [
        store.count(store.organization_clicks(list(domains), login), 0, NOON + 1)
        for domains, login in asked
    ]
    assert in_the_hour == before


@pytest.mark.parametrize("text", ["", "  ", "!", "a\nb"])
def test_not_a_login(text: str) -> None:
    with pytest.raises(ServerProblem, match="is not a login"):
        ClickStore().name_accounts([text])


# -- hosts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.usa.gov", "www.1.usa.gov"),
        ("1.usa.gov", "1.USA.gov."),
        ("go.ex.com", "go.ex.com:8080"),
        ("b\u00fccher.example", "XN--BCHER-KVA.example"),
        ("bit.ly", "j.mp"),
        ("www.bitly.com", "j.mp"),
    ],
)
def test_a_host_in_two_spellings_is_one(tmp_path: Path, one: str, other: str) -> None:
    lines = [line(NOON, one, "Ab"), line(NOON, one, "Ab"), line(NOON + 1, other, "Ab")]
    store = store_of(tmp_path, lines)
    (link,), number = store.links(LinkFilter(), FOREVER, 9, 0)
    assert number == 1 and len(store.organization.short_domains) <= 1
    for host in (one, other):
        selection = store.link_clicks(host, "Ab", FOREVER)
        assert selection is not None and store.count(selection, 0, FOREVER) == 3
        for text in (f"{host}/Ab", f"http://{host}/A", host.split(":")[0] + "/ab"):
            assert store.links(LinkFilter(text=text), FOREVER, 9, 0)[0] == [link]
        assert store.links(LinkFilter(links=((host, "Ab"),)), FOREVER, 9, 0)[0] == [link]
    for domain in store.organization.short_domains:
        assert (count(store, [one]), count(store, [other, domain])) == (3, 3)


def test_destinations_and_tracking_domains_are_spelled_in_one_way(tmp_path: Path) -> None:
    lines = [
        line(NOON, "bit.ly", str(index), "eve", f"http://{host}/")
        for index, host in enumerate(
            ["www.ex.com", "EX.com.", "ex.com:81", "shop.ex.com", "xn--bcher-kva.ex", "notex.com"]
        )
    ]
    store = store_of(tmp_path, lines, "www.Ex.com", "ex.com.", "b\u00fccher.ex")
    assert store.organization.tracking_domains == ("b\u00fccher.ex", "ex.com")
    assert [count(store, [name]) for name in ("www.ex.com", "b\u00fccher.ex")] == [4, 1]


@pytest.mark.parametrize("text", ["", "http://x.org", "a b", "x.org/y"])
def test_not_a_tracking_domain(text: str) -> None:
    with pytest.raises(ServerProblem, match="is not a domain"):
        ClickStore().add_tracking_domains([text])


def test_a_link_is_there_from_its_creation_on(tmp_path: Path) -> None:
    store = store_of(
        tmp_path,
        [
            line(NOON, hc=NOON - 500),
            line(NOON + 5, hc=NOON - 900),
            line(NOON, link_hash="late", hc=NOON + 900),
        ],
    )
    assert store.link_clicks("s.co", "a", NOON - 901) is None
    assert store.link_clicks("S.CO", "a", NOON - 900) is not None
    assert store.link_clicks("s.co", "A", FOREVER) is None
    assert store.link_clicks("s.co", "late", NOON - 1) is None
    assert store.link_clicks("s.co", "late", NOON) is not None


# -- counting ---------------------------------------------------------------------------------


def test_stretches_are_aligned_to_the_wall_clock(tmp_path: Path) -> None:
    times = [0, 18_000, 17_999, 18_000 + 86_400]
    store = store_of(tmp_path, [line(MIDNIGHT + t) for t in times])
    clicks = store.organization_clicks()
    starts, counts = store.count_by(clicks, 0, FOREVER, width=86_400, offset=-18_000)
    assert (starts - MIDNIGHT).tolist() == [104_400, 18_000, -68_400]
    assert counts.tolist() == [1, 1, 2]
    starts, _ = store.count_by(clicks, 0, FOREVER, width=86_400, offset=-18_000, newest=1)
    assert (starts - MIDNIGHT).tolist() == [104_400]
    assert store.count(clicks, MIDNIGHT + 17_999, MIDNIGHT + 18_000) == 1


def test_clicks_and_whose_they_are_come_in_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who looks at any moment of an import sees all of it or nothing."""
    write(tmp_path / "a", [line(NOON)])
    # Clicks of a known link, of a new link, and of a known stranger who thereby has an own domain.
    first = write(tmp_path / "b", [line(NOON, "bit.ly", "e", "eve"), line(NOON)])
    second = write(
        tmp_path / "c",
        [
            line(NOON, "t.co", "n"),
            line(NOON),
            line(NOON, "bit.ly", "e", "eve"),
            line(NOON, "t.co", "o", "eve"),
        ],
    )
    store = ClickStore()
    store.import_paths([str(tmp_path / "a")])
    seen: list[tuple[int, int]] = []

    class Watched:
        """The connection, with a look from outside after every statement."""

        def __init__(self, connection: Any) -> None:
            self._inner = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def execute(self, *args: Any) -> Any:
            result = self._inner.execute(*args)
            with self._inner.cursor() as cursor:
                seen.append(
                    cursor.execute(
                        "SELECT count(*), (SELECT count(*) FROM links) FROM clicks "
                        "WHERE variant IN (SELECT id FROM owners WHERE own)"
                    ).fetchall()[0]
                )
            return result

    database = store._database
    monkeypatch.setattr(database, "connection", Watched(database.connection))
    store.import_paths([first, second])
    monkeypatch.undo()
    assert set(seen) == {(1, 1)} and len(seen) > 8
    # Three of the link known at first, two more of new links, and the two that eve had before.
    assert count(store) == 7


def test_reading_from_many_threads_while_something_is_added(tmp_path: Path) -> None:
    for index in range(6):
        write(tmp_path / f"log{index}", [line(NOON + index)] * 50)
    store = ClickStore()
    store.import_paths([str(tmp_path / "log0")])
    problems: list[object] = []

    def look() -> None:
        try:
            problems.extend("part of a file was seen" for _ in range(60) if count(store) % 50)
        except duckdb.Error as error:
            problems.append(error)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for index in range(1, 6):
        store.import_paths([str(tmp_path / f"log{index}")])
    for thread in threads:
        thread.join()
    assert problems == []
    assert count(store) == 300


# -- the demo ---------------------------------------------------------------------------------

DEMO_NOW = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()
NEXT_DAY = DEMO_NOW + 86_400


def test_the_demo_catches_up_with_the_clock() -> None:
    demo = pytest.importorskip("bitly_data.demo")
    now = [DEMO_NOW]
    local = LocalBitly.open(ServerOptions(), clock=lambda: now[0])
    assert local.is_demo
    assert local.coverage().whole
    newest = local.newest_click()
    assert newest is not None and DEMO_NOW - 3600 < newest <= DEMO_NOW
    assert local.store.organization.tracking_domains == tuple(sorted(demo.TRACKING_DOMAINS))
    assert set(local.store.organization.short_domains) == set(demo.SHORT_DOMAINS)

    local.store.advance(DEMO_NOW + 3600)
    assert local.store.newest_click() == newest_of_day(local.store, DEMO_NOW)
    now[0] = NEXT_DAY
    for _ in range(2):  # the second time there is nothing left to add
        local.store.advance(now[0])
    days = demo.DemoDays(NEXT_DAY)
    table = days.table(days.first, days.last)
    everything = local.store._database.value("SELECT count(*) FROM clicks")
    assert everything == len(table)


def newest_of_day(store: ClickStore, now: float) -> int | None:
    midnight = int(now) // 86_400 * 86_400
    newest = store.newest_click(until=midnight + 86_399)
    assert newest is not None and newest >= midnight
    return newest


def test_the_demo_at_a_given_time() -> None:
    demo = pytest.importorskip("bitly_data.demo")
    local = LocalBitly.open(ServerOptions(now="2026-03-10T12:00:00Z"), clock=lambda: 9e9)
    newest = local.newest_click()
    assert newest is not None and local.clock() == DEMO_NOW >= newest > DEMO_NOW - 3600
    # A link is there before its first click.
    links = demo.DemoDays(DEMO_NOW).links
    assert local.store._database.value("SELECT count(*) FROM links") == len(links)
    host, link_hash, created = links[["host", "hash", "created"]].iloc[0]
    assert local.store.link_clicks(host, link_hash, int(created) - 1) is None
    assert local.store.link_clicks(host, link_hash, int(created)) is not None


# -- the clock --------------------------------------------------------------------------------


def test_the_clock_can_stand_still(tmp_path: Path) -> None:
    log = write(tmp_path / "log", [line(NOON), line(NOON + 100)])
    for text, time in (
        ("latest", NOON + 100),
        ("2013-02-04T18:00:00Z", NOON),
        ("2013-02-04T19:00:00+01:00", NOON),
        ("2013-02-04T18:00:00", NOON),
    ):
        local = LocalBitly.open(ServerOptions(clicks=(log,), now=text))
        assert local.clock() == time
        assert local.newest_click() == time
    assert LocalBitly.open(ServerOptions(clicks=(log,)), clock=lambda: 5.5).clock() == 5.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2013-13-01",
        "1960-01-01",
        "1969-12-31T23:59:59",
        "1970-01-01T00:00:00+01:00",
        "9998-01-01",
        "9999-01-01",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "99999999999999",
        "x" * 500,
    ],
)
def test_not_a_time_for_the_clock(tmp_path: Path, text: str) -> None:
    log = write(tmp_path / "log", [line(NOON)])
    with pytest.raises(ServerProblem, match="is not a time for the clock"):
        LocalBitly.open(ServerOptions(clicks=(log,), now=text))
    with pytest.raises(ServerProblem, match="is not a time for the clock") as caught:
        parse_clock(text)
    assert len(str(caught.value)) < 200


def test_the_first_and_the_last_time_for_the_clock() -> None:
    assert parse_clock("1970-01-01") == checked_clock(0) == 0
    last = datetime(9997, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    assert parse_clock("9997-12-31T23:59:59") == checked_clock(last) == last


@pytest.mark.parametrize("moment", [-1.0, 253_402_300_800.0, float("nan"), float("inf")])
def test_a_machine_s_clock_that_shows_no_such_time(moment: float) -> None:
    with pytest.raises(ServerProblem, match="clock of this machine"):
        LocalBitly.open(ServerOptions(), clock=lambda: moment)


def test_no_latest_click_to_stop_the_clock_at(tmp_path: Path) -> None:
    log = write(tmp_path / "log", ['{"_heartbeat_": 5}\n'])
    with pytest.raises(
        ServerProblem, match="no latest click to stop the clock at: the click log has no clicks"
    ):
        LocalBitly.open(ServerOptions(clicks=(log,), now="latest"))


@needs_logs
def test_the_public_logs() -> None:
    store = ClickStore()
    report = store.import_paths([str(LOGS / "*.gz")])
    assert (report.clicks, report.heartbeats, report.bad_count) == (55_281, 1_075, 1)
    assert report.summary() == (
        "Read 9 files with 55,281 clicks and 1,075 heartbeats; 1 line could not be read "
        "(usagov_bitly_data2013-01-01-1356999061.gz line 1264)."
    )


# -- logs that are large in one way or another ------------------------------------------------


@pytest.mark.parametrize("limit", ["MOST_LINKS", "MOST_LETTERS", "_ROWS", "_BYTES"])
def test_links_and_lines_are_let_go_in_the_middle_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """However often what is in memory is let go, each click stays with its link."""
    monkeypatch.setattr(intake, "_ROWS", 300)
    of = intake if limit.startswith("_") else rows
    monkeypatch.setattr(of, limit, 50)
    chance = random.Random(limit)
    one = [line(NOON + at, "one.co", f"a{chance.randrange(900)}") for at in range(4000)]
    two = [line(NOON + at, "two.co", f"b{at % 40}") for at in range(700)]
    write(tmp_path / "1.log", one)
    write(tmp_path / "2.log", two)
    store = ClickStore()
    store.import_paths([str(tmp_path)])
    found = {host: store.count(store.organization_clicks([host]), 0, FOREVER) for host in HOSTS}
    assert found == {"one.co": 4000, "two.co": 700}
    wanted = Counter(json.loads(text)["h"] for text in one)
    for name, clicks in wanted.most_common(20):
        selection = store.link_clicks("one.co", name, FOREVER)
        assert selection is not None and store.count(selection, 0, FOREVER) == clicks


HOSTS = ("one.co", "two.co")


def test_long_lines_are_not_kept_by_the_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write_them = intake.Intake._write

    def write_and_tell(self: intake.Intake, waiting: Any, *given: Any) -> None:
        written.append(waiting.bytes)
        write_them(self, waiting, *given)

    monkeypatch.setattr(intake.Intake, "_write", write_and_tell)
    lines = [line(NOON + at, a="x" * 900_000) for at in range(100)]
    assert total(store_of(tmp_path, lines)) == 100
    assert len(written) > 1 and max(written) < 48 * 1024 * 1024


@pytest.mark.parametrize("t", [-(10**23), 10**30, -1, 2**63, -(2**63) - 1])
def test_a_time_that_no_number_holds_costs_its_line_alone(tmp_path: Path, t: int) -> None:
    report = ClickStore().import_paths([write(tmp_path / "log", [line(t), line(NOON)])])
    assert (report.clicks, report.bad_count) == (1, 1)


@pytest.mark.parametrize(
    ("before", "behind", "clicks"),
    [
        ([line(1), line(2).rstrip()], line(3), 5),  # its last line is another one now
        ([line(1), line(2).rstrip()], "\n" + line(3), 3),
        ([line(1), line(2)], line(3), 3),
        ([line(1).rstrip() + line(2).rstrip()], line(3), 5),
        ([line(1), line(2).rstrip() + "\r"], "\n" + line(3), 3),
    ],
)
def test_a_file_that_grew_on_its_last_line_is_read_anew(
    tmp_path: Path, before: list[str], behind: str, clicks: int
) -> None:
    texts = [text.replace('"t": ', f'"t": {NOON // 100}0') for text in (*before, behind)]
    path = write(tmp_path / "log", texts[:-1])
    store = ClickStore()
    store.import_paths([path])
    write(tmp_path / "log", texts)
    store.import_paths([path])
    assert total(store) == clicks


def test_all_far_clicks_are_counted_and_a_few_named(tmp_path: Path) -> None:
    store = ClickStore()
    early = [line(at) for at in range(1000)]
    report = store.import_paths([write(tmp_path / "log", [*early, line(NOON)])])
    assert report.far_count == 1000 and len(report.far) < 30
    assert "1,000 clicks far from all others are not counted" in report.summary()
    assert "and 997 more" in report.summary()


def test_a_store_of_early_1970_alone_opens(tmp_path: Path) -> None:
    path = str(tmp_path / "clicks.db")
    store = ClickStore(path)
    with store._change():
        store._database.execute("INSERT INTO clicks (t, variant) VALUES (5, 0)")
    store.close()
    again = ClickStore(path)
    assert again.import_paths([]).clicks == 0 and total(again) == 0
    again.close()
