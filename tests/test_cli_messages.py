"""What the command line says beside its rows, on standard error."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from command_line import LINK, ORGANIZATION, Run, log_words, runner

from bitly_data.cli import main
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
    assert result.err.count("\n") == 5  # each line below their number
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
