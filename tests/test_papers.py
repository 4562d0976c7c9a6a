"""The README says what is true: its settings, its commands and its files."""

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest
from support import write_clicks

from bitly_data import cli
from bitly_data.settings import NAMES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^    python -m bitly_data (.+)$", README, re.MULTILINE)


def test_the_table_of_settings_names_every_setting_once() -> None:
    rows = re.findall(r"^\| `(BITLY_\w+)` \|", README, re.MULTILINE)

    assert sorted(rows) == sorted([*NAMES, "BITLY_SERVE_TOKEN"])


def test_the_two_commands_and_the_test_command_are_there() -> None:
    assert ".venv/bin/pip install -r requirements.txt" in README
    assert ".venv/bin/streamlit run app.py" in README
    assert "    tests/run" in README
    assert (ROOT / "tests/run").stat().st_mode & 0o111


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_is_one_the_parser_takes(line: str) -> None:
    options = cli._parser().parse_args(shlex.split(line))

    assert callable(options.run)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("clicks ")])
def test_every_question_shown_has_clicks(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the demo by the machine's clock, or on a click log where the README's own would be."""
    words = shlex.split(line.replace("/data/clicks", write_clicks(tmp_path / "clicks.log")))
    assert cli.main(words) == 0

    written = capsys.readouterr().out
    rows = json.loads(written) if "json" in words else list(csv.DictReader(io.StringIO(written)))
    assert rows
    assert sum(int(row["clicks"]) for row in rows) > 0


def test_pictures_and_folders_named_in_the_readme_exist() -> None:
    for path in re.findall(r"!\[.*?\]\((.+?)\)|`(benchmarks/\S+?)`", README):
        assert (ROOT / (path[0] or path[1])).exists(), path


def test_the_glossary_gives_each_word_once_and_in_order() -> None:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    words = re.findall(r"^\| (?!word|---)(.+?) \|", text, re.MULTILINE)

    assert words == sorted(words, key=str.lower)
    assert len(words) == len(set(words))
