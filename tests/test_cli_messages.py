"""What the command line says beside its rows, on standard error."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import LINK, ORGANIZATION, Run, check_refusal, log_words, runner
from support import ROOT, write_clicks

from bitly_data.cli import main
from bitly_data.cli.messages import ReadingProgress
from bitly_data.server.logfile import MOST_NOTES


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return log_words(tmp_path_factory.mktemp("log"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


def test_bad_lines_are_said_beside_the_rows(run: Run, tmp_path: Path, log: list[str]) -> None:
    good = run(*LINK, *log, "--units", "3")
    content = Path(log[1]).read_text()
    bad = tmp_path / "bad.log"
    bad.write_text("{\n" + content + "[]\n{}\n{\n")
    result = run(*LINK, "--clicks", str(bad), *log[2:], "--units", "3")
    assert (result.code, result.out) == (0, good.out)
    # Each line below their number; then how much the log has.
    assert result.err.count("\n") == 6
    assert f"{bad} line 515" in result.err
    assert "4 lines could not be read (bad.log line 1" in result.err


def test_a_log_that_breaks_off_is_said_beside_the_rows(
    run: Run, tmp_path: Path, log: list[str]
) -> None:
    packed = gzip.compress(Path(log[1]).read_bytes())[:-8]  # without its length and checksum
    (tmp_path / "clicks.gz").write_bytes(packed)
    result = run(*LINK, "--clicks", str(tmp_path / "clicks.gz"), *log[2:], "--units", "3")
    assert (result.code, result.out) == (0, run(*LINK, *log, "--units", "3").out)
    assert "clicks.gz was read only in part: the compressed file ends too early." in result.err


def test_serve_names_the_first_ten_bad_lines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bitly_data.cli.local_server.serve", lambda local, **options: None)
    path = tmp_path / "bad.log"
    path.write_text("{\n\n[]\n" + '{"_heartbeat_": 1}\n' + "{}\n" * (MOST_NOTES + 1))
    assert main(["serve", "--clicks", str(path)]) == 0
    out, err = capsys.readouterr()
    summary, *lines = err.splitlines()
    assert out == "" and f"{MOST_NOTES + 3:,} lines could not be read" in summary
    assert lines[:3] == [
        f"  {path} line 1: not JSON",
        f"  {path} line 3: not a JSON object",
        f"  {path} line 5: no link in hh and h",
    ]
    assert lines[9] == f"  {path} line 12: no link in hh and h"
    assert lines[10:] == [f"  and {MOST_NOTES - 7:,} more"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no clicks: it is empty"),
        (b"PK\x03\x04", "cannot be read: it is a ZIP archive"),
        (
            b'{"a": "M", "hh": "oppos.es", "t": 1360000800, "u": "http://x.org"}\n',
            "its records have the fields a, hh, t and u, but a click needs t",
        ),
        (b"long_url,domain,hash\n", "a table with the columns long_url, domain and hash"),
    ],
)
def test_a_log_without_a_click_ends_with_1_and_one_sentence(
    run: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "x.log").write_bytes(content)
    for command in (ORGANIZATION, LINK, ["plan", "organization"], ["doctor"], ["serve"]):
        check_refusal(run(*command, "--clicks", str(tmp_path / "x.log")), 1, "x.log", words)


@pytest.mark.parametrize(
    ("bad", "named", "more"),
    [
        ({"a": 10}, 10, 0),
        ({"a": 11}, 10, 1),
        ({"a": 4, "b": 6}, 10, 0),
        ({"a": 4, "b": 3, "c": 9}, 10, 6),
        ({"a": 0, "b": 1}, 1, 0),
    ],
)
def test_clicks_names_ten_bad_lines_of_all_files(
    run: Run, tmp_path: Path, bad: dict[str, int], named: int, more: int
) -> None:
    for at, (name, count) in enumerate(bad.items()):
        good = f'{{"t": {1_360_000_800 + at}, "hh": "s.co", "h": "a"}}\n'
        (tmp_path / name).write_text("{\n" * count + good)
    result = run(*ORGANIZATION, "--clicks", str(tmp_path), "--units", "1", "--now", "latest")
    assert result.code == 0
    summary, *lines = result.err.splitlines()
    total = sum(bad.values())
    assert f"{total} line{'s' * (total > 1)} could not be read" in summary
    where = [
        f"  {tmp_path / name} line {line}: not JSON"
        for name, count in bad.items()
        for line in range(1, count + 1)
    ]
    said = [line for line in lines if line.startswith("  ")]
    assert said == [*where[:named], *[f"  and {more} more"] * bool(more)]


@pytest.mark.parametrize(
    ("copy", "words"),
    [
        (lambda text: "\n" + text, "511 lines of b are in a as well, so as many clicks may be"),
        (
            lambda text: text.replace("\n", "\r\n"),
            "of b are in a as well by time and link, so as many may be counted twice",
        ),
    ],
)
@pytest.mark.parametrize("command", [LINK, ORGANIZATION])
def test_clicks_that_may_be_counted_twice_are_said(
    run: Run,
    tmp_path: Path,
    log: list[str],
    copy: Callable[[str], str],
    words: str,
    command: list[str],
) -> None:
    content = Path(log[1]).read_text()
    for name, text in (("a", content), ("b", copy(content))):
        (tmp_path / name).write_text(text, newline="")
    result = run(*command, "--clicks", str(tmp_path), *log[2:], "--units", "3")
    assert result.code == 0
    assert result.err.count("may be counted twice") == 1 and words in result.err


def test_standard_input_is_refused_in_one_sentence(run: Run, tmp_path: Path) -> None:
    check_refusal(run(*ORGANIZATION, "--clicks", "-"), 1, "it is standard input (save what comes")
    piped = subprocess.run(
        [sys.executable, "-m", "bitly_data", *ORGANIZATION, "--clicks", "/dev/stdin"],
        cwd=ROOT,
        input=b'{"t": 1360000800, "hh": "s.co", "h": "a"}\n',
        capture_output=True,
    )
    assert (piped.returncode, piped.stdout) == (1, b"")
    assert piped.stderr == (
        b"bitly_data: The click log '/dev/stdin' cannot be read: it is a pipe (save what comes out "
        b"of it as a file).\n"
    )


@pytest.mark.parametrize("odd", [1000, 9_999_999_999])
@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_all_time_goes_by_the_clicks_that_are_not_far_from_all_others(
    run: Run, tmp_path: Path, odd: int, zone: str, unit: str
) -> None:
    times = [1_360_000_800, odd, 1_360_000_900]
    path = tmp_path / "x.log"
    path.write_text("".join(f'{{"t": {t}, "hh": "s.co", "h": "a", "l": "ann"}}\n' for t in times))
    words = ["--clicks", str(path), "--units", "all", "--unit", unit, "--timezone", zone]
    result = run(*ORGANIZATION, *words, "--now", "latest")
    assert [row["clicks"] for row in result.rows] == ["2"]
    assert "1 click far from all others is not counted" in result.err


def test_progress_is_said_only_where_reading_takes_a_while(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    hear = ReadingProgress(lambda: now[0])
    for moment, path, clicks in (
        (1, "a/x.log", 5),
        (4, "a/y.log", 1200),
        (5, "z", 2000),
        (9, "b\n", 3),
    ):
        now[0] = moment
        hear(path, clicks)
    assert capsys.readouterr().err.splitlines() == [
        "Reading file 2, y.log: 1,200 clicks so far.",
        "Reading file 4, b\\n: 3 clicks so far.",
    ]


@pytest.mark.parametrize("name", ["a\x1b[31mred\n.log", "b\r\x9b2J.log", "c\u202egol"])
def test_a_name_from_outside_moves_no_terminal(run: Run, tmp_path: Path, name: str) -> None:
    """Neither that of a file with a bad line, nor of one that breaks off, nor of none."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / name).write_text('{"t": 1}\nno\n')
    packed = gzip.compress(("\n".join(f"{at}" for at in range(5_000))).encode())
    (folder / f"2{name}").write_bytes(packed[: len(packed) // 2])
    for result in (
        run(*ORGANIZATION, "--clicks", str(folder), "--units", "2"),
        run(*ORGANIZATION, "--clicks", str(tmp_path / name)),
        run(*ORGANIZATION, "--login", name, "--clicks", str(folder)),
        run("demo", "--out", str(tmp_path / "none" / name)),
    ):
        assert result.err
        assert result.err.replace("\n", "").isprintable()
        assert all(
            line.startswith(("bitly_data: ", "Read ", "  ")) for line in result.err.splitlines()
        )
    assert "\\" in run(*ORGANIZATION, "--clicks", str(tmp_path / name)).err


# -- consoles of another encoding, and readers that went away --------------------------------------

# Letters that neither of these encodings has, in a link, a login and a domain.
ODD = (
    ("2013-05-17T02:00:00", "go.ex.com/🎉", "łucja", "http://ex.com/a", 1),
    ("2013-05-17T03:00:00", "bücher.example/日本", "ann", "http://ex.com/b", 2),
)
# Runs each command in one process and prints, on a file of its own, how it ended.
EACH = """
import json, os, sys, traceback
from bitly_data.cli import main
commands, closed = json.loads(sys.argv[1]), sys.argv[2] == "closed"
sys.argv = ["bitly-clicks"]
ends = []
for words in commands:
    if closed:
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1)
        os.close(writer)
    try:
        ends.append(main(words))
    except SystemExit as end:
        ends.append(end.code)
    except BaseException:
        ends.append(traceback.format_exc())
os.write(int(os.environ["ENDS"]), json.dumps(ends).encode())
"""


def commands_on(path: str, folder: Path) -> dict[str, list[str]]:
    """Every command but those that stay until they are stopped, with names in foreign letters."""
    log = ["--clicks", path, "--now", "2013-05-17T12:00:00Z"]
    return {
        "help": ["--help"],
        "help of a command": ["clicks", "link", "--help"],
        "version": ["--version"],
        "csv": ["clicks", "link", "go.ex.com/🎉", *log, "--units", "2"],
        "json": [*ORGANIZATION, "--login", "łucja", *log, "--units", "2", "--format", "json"],
        "each": [*ORGANIZATION, "--each", *log, "--units", "2"],
        "no link": ["clicks", "link", "go.ex.com/日本", *log],
        "no time": [*LINK, *log, "--until", "昨日"],
        "no zone": [*LINK, *log, "--timezone", "Ελλάδα"],
        "no option": ["clicks", "--ł"],
        "no file": [*LINK, "--clicks", str(folder / "日本")],
        "plan": ["plan", "organization", "--login", "łucja", *log, "--api", "v4"],
        "plan of v3": ["plan", "organization", *log],
        "doctor": ["doctor", *log],
        "doctor by v4": ["doctor", *log, "--api", "v4"],
        "doctor as JSON": ["doctor", *log, "--format", "json"],
        "demo": ["demo", "--out", str(folder / "none" / "日本.gz")],
        "serve": ["serve", "--clicks", str(folder / "日本")],
        "app": ["app", "--port", "99999"],
    }


def ended(commands: list[list[str]], how: str, **environment: str) -> tuple[list[object], str, str]:
    """How each command ended, and what all of them wrote."""
    reader, writer = os.pipe()
    done = subprocess.run(
        [sys.executable, "-c", EACH, json.dumps(commands), how],
        cwd=ROOT,
        env=os.environ | {"ENDS": str(writer)} | environment,
        pass_fds=(writer,),
        capture_output=True,
        check=True,
    )
    os.close(writer)
    with open(reader, "rb") as ends:
        return json.loads(ends.read()), done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


EXPECTED = {"no link": 1, "no time": 2, "no zone": 2, "no option": 2, "no file": 2, "demo": 2}
EXPECTED |= {"serve": 2, "app": 2}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8", "cp932"])
def test_no_encoding_of_a_console_ends_in_a_traceback(tmp_path: Path, encoding: str) -> None:
    commands = commands_on(write_clicks(tmp_path / "clicks.log", ODD), tmp_path)
    ends, out, err = ended([*commands.values()], "open", PYTHONIOENCODING=encoding)
    assert dict(zip(commands, ends, strict=True)) == {
        name: EXPECTED.get(name, 0) for name in commands
    }
    assert "Traceback" not in out + err and "Exception ignored" not in err
    # Rows are UTF-8 wherever they go, and so is the report that a program reads.
    rows = out.encode("latin-1")
    for part in ("go.ex.com/🎉,1,", '"series": "łucja"', "bücher.example,"):
        assert part.encode() in rows
    if encoding != "utf-8":
        assert r"\u0142ucja" in out  # what the doctor says of the account


def test_a_reader_that_went_away_ends_no_command_in_a_traceback(tmp_path: Path) -> None:
    commands = commands_on(write_clicks(tmp_path / "clicks.log", ODD), tmp_path)
    ends, _, err = ended([*commands.values()], "closed")
    assert [end for end in ends if end not in (0, 1, 2)] == []
    assert "Traceback" not in err and "Exception ignored" not in err and "Errno" not in err


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_stream_that_was_closed_before_goes_nowhere(tmp_path: Path, closed: str) -> None:
    words = ["clicks", "link", "go.ex.com/🎉", "--clicks", write_clicks(tmp_path / "x.log", ODD)]
    command = shlex.join(
        [sys.executable, "-m", "bitly_data", *words, "--units", "1", "--unit", "hour"]
    )
    done = subprocess.run(["sh", "-c", f"{command} {closed}>&-"], cwd=ROOT, capture_output=True)
    assert done.returncode == 0
    # A slow machine hears how far the reading is, and nothing else is said.
    assert re.fullmatch(rb"(Reading the click log, .*: \d+ clicks so far\.\n)*", done.stderr)
    assert (b"go.ex.com" in done.stdout) == (closed == "2")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("words", [["doctor"], ["plan", "organization"], ORGANIZATION])
def test_no_room_is_one_sentence(words: list[str]) -> None:
    command = shlex.join([sys.executable, "-m", "bitly_data", *words])
    done = subprocess.run(["sh", "-c", f"{command} > /dev/full"], cwd=ROOT, capture_output=True)
    assert done.returncode == 2
    assert done.stderr == b"bitly_data: The answer cannot be written: No space left on device.\n"


@pytest.mark.parametrize(
    ("locale", "left"), [((), ","), (("--locale", "de-DE"), "."), (("--locale", "fr"), "\u202f")]
)
def test_sentences_write_numbers_by_the_locale(
    run: Run, locale: tuple[str, ...], left: str
) -> None:
    words = ("--api", "v4", "--plan", "premium", "--now", "2026-11-10T12:00:00Z")
    plan = run("plan", "organization", "--each", "--units", "30", *words, *locale)
    assert plan.code == 0
    assert f"of 50{left}000 calls left this month" in plan.out
    doctor = run("doctor", *words, *locale)
    assert f"of 50{left}000 left" in doctor.out
    assert ("10 Nov 2026" in doctor.out) == (not locale)


def test_rows_are_the_same_in_every_locale(run: Run, log: list[str]) -> None:
    plain = run(*LINK, *log, "--units", "3")
    assert run(*LINK, *log, "--units", "3", "--locale", "de-DE").out == plain.out
    as_json = run(*LINK, *log, "--units", "3", "--format", "json")
    german = run(*LINK, *log, "--units", "3", "--format", "json", "--locale", "de")
    assert german.out == as_json.out


def test_a_refusal_writes_numbers_by_the_locale(run: Run, log: list[str]) -> None:
    words = (*LINK, *log, "--units", "20001")
    assert "20,001 days cannot be shown: choose 1 to 20,000" in run(*words).err
    for tag, number in (("de-DE", "20.001"), ("fr-FR", "20\u202f001"), ("de-CH", "20'001")):
        result = run(*words, "--locale", tag)
        assert (result.code, result.out) == (2, "")
        assert f"{number} days cannot be shown" in result.err
    assert "20,001 days" in run(*words).err  # the next command is English again


@pytest.mark.parametrize("tag", ["xx", "", "de DE", "1,234"])
def test_a_locale_that_is_none_is_refused(run: Run, log: list[str], tag: str) -> None:
    result = run(*LINK, *log, "--locale", tag)
    assert (result.code, result.out) == (2, "")
    assert "write a language such as de" in result.err
