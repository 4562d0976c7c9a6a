"""The README says what is true: its settings, its commands and its files."""

import re
import shlex
from pathlib import Path

import pytest

from bitly_data import cli
from bitly_data.settings import NAMES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_of_settings_names_every_setting_once() -> None:
    rows = re.findall(r"^\| `(BITLY_\w+)` \|", README, re.MULTILINE)

    assert sorted(rows) == sorted([*NAMES, "BITLY_SERVE_TOKEN"])


def test_the_two_commands_and_the_test_command_are_there() -> None:
    assert ".venv/bin/pip install -r requirements.txt" in README
    assert ".venv/bin/streamlit run app.py" in README
    assert "    tests/run" in README
    assert (ROOT / "tests/run").stat().st_mode & 0o111


@pytest.mark.parametrize("line", re.findall(r"^    python -m bitly_data (.+)$", README,
                                            re.MULTILINE))
def test_every_command_shown_is_one_the_parser_takes(line: str) -> None:
    options = cli._parser().parse_args(shlex.split(line))

    assert callable(options.run)


def test_pictures_and_folders_named_in_the_readme_exist() -> None:
    for path in re.findall(r"!\[.*?\]\((.+?)\)|`(benchmarks/\S+?)`", README):
        assert (ROOT / (path[0] or path[1])).exists(), path


def test_the_glossary_gives_each_word_once_and_in_order() -> None:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    words = re.findall(r"^\| (?!word|---)(.+?) \|", text, re.MULTILINE)

    assert words == sorted(words, key=str.lower)
    assert len(words) == len(set(words))
