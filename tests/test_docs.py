"""README and docs say what is true: settings, commands, files, links, decisions, words."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from support import write_clicks

from bitly_data import cli
from bitly_data.settings import NAMES, PLANS

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
COMMANDS = re.findall(
    r"^    (?:bitly-clicks|python -m bitly_data) (.+)$",
    (ROOT / "docs" / "command-line.md").read_text("utf-8"),
    re.MULTILINE,
)
# What README holds that a person reads at one sitting.
MOST_WORDS = 700
FAMILIES = (
    "What is asked",
    "Time",
    "States",
    "Sources",
    "Comparison",
    "Charts and files",
    "The local Bitly",
    "Retired words",
)


def without_code(text: str) -> str:
    """A page without its blocks of code, fenced or indented."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .+$", "", text, flags=re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The places in a page that a link can name, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    """Where a page's links and pictures lead, those to other hosts left out."""
    return [
        target
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text))
        if "://" not in target
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_table_of_settings_names_every_setting_once() -> None:
    rows = re.findall(r"^\| `(BITLY_\w+)` \|", SETTINGS, re.MULTILINE)

    assert sorted(rows) == sorted([*NAMES, "BITLY_SERVE_TOKEN"])


def test_the_table_of_plans_names_every_plan_once() -> None:
    table = SETTINGS.partition("## Plans of the local server")[2]

    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(PLANS)


def test_the_two_commands_and_the_test_command_are_there() -> None:
    assert ".venv/bin/pip install -r requirements.txt" in README
    assert ".venv/bin/streamlit run app.py" in README
    assert "    tests/run" in README
    assert (ROOT / "tests/run").stat().st_mode & 0o111


def test_the_readme_is_read_at_one_sitting() -> None:
    assert len(without_code(README).split()) <= MOST_WORDS


def test_the_readme_names_no_data_that_is_not_in_the_project() -> None:
    assert "usa" + "gov" not in README.lower().replace(".", "")


def test_every_command_is_shown() -> None:
    shown = {line.split()[0] for line in COMMANDS}

    assert {"app", "clicks", "plan", "doctor", "serve", "demo"} <= shown


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_is_one_the_parser_takes(line: str) -> None:
    options = cli.parser().parse_args(shlex.split(line))

    assert callable(options.run)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("clicks ")])
def test_every_question_shown_has_clicks(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the demo by the machine's clock, or on a click log where the page's own would be."""
    words = shlex.split(line.replace("/data/clicks", write_clicks(tmp_path / "clicks.log")))
    assert cli.main(words) == 0

    written = capsys.readouterr().out
    rows = json.loads(written) if "json" in words else list(csv.DictReader(io.StringIO(written)))
    assert rows
    assert sum(int(row["clicks"] or 0) for row in rows) > 0


def test_the_readme_s_notebook_lines_give_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are run as they stand, on the demo; the last of them is what a notebook shows."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    (block,) = re.findall(r"^```python\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    *before, last = block.strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(before), names)  # the README's own lines
    frame = eval(last, names)

    assert len(frame) == 12
    assert frame["clicks"].sum() > 0
    assert {"bucket", "series", "clicks", "state"} <= set(frame.columns)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in links(page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.is_relative_to(ROOT) and place.exists(), target
        assert not anchor or anchor in anchors(place.read_text("utf-8")), target


def test_the_readme_leads_to_every_page() -> None:
    """In one step, or in two by the index of the decisions."""
    found = {(ROOT / target.partition("#")[0]).resolve() for target in links(README)}
    expected = {page for page in PAGES if page.parent != DECISIONS} - {ROOT / "README.md"}

    expected |= {ROOT / name for name in ("GLOSSARY.md", "CHANGELOG.md", "LICENSE")}
    assert expected | {DECISIONS / "README.md"} <= found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_folders_and_programs_named_in_a_page_exist(page: Path) -> None:
    for path in re.findall(r"`((?:benchmarks|\.ci)/[\w./]+)`", page.read_text("utf-8")):
        assert (ROOT / path).exists(), path


def test_decisions_are_numbered_without_a_gap_and_indexed() -> None:
    pages = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    titles = [path.read_text("utf-8").splitlines()[0] for path in pages]
    numbers = [f"{at:04}" for at in range(1, len(pages) + 1)]

    assert [path.name[:5] for path in pages] == [f"{number}-" for number in numbers]
    assert [title[:8] for title in titles] == [f"# {number}. " for number in numbers]
    rows = re.findall(
        r"^\| \[(\d{4})\]\((.+?)\) \| (.+) \|$",
        (DECISIONS / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert rows == [
        (number, path.name, title[8:])
        for number, path, title in zip(numbers, pages, titles, strict=True)
    ]


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("0*.md")), ids=name_of)
def test_a_decision_has_its_three_parts(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("api", ["v3", "v4"])
def test_what_is_known_of_bitly_has_numbered_sections(api: str) -> None:
    """The code cites them."""
    text = (ROOT / "docs" / "upstream" / f"{api}.md").read_text("utf-8")
    numbers = re.findall(r"^## (\d+)\. ", text, re.MULTILINE)

    assert numbers == [str(at) for at in range(1, len(numbers) + 1)]
    assert len(numbers) == len(re.findall(r"^## ", text, re.MULTILINE))


def words_by_family() -> dict[str, list[str]]:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    families = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return {
        family: re.findall(r"^\| (?!word|---)(.+?) \|", table, re.MULTILINE)
        for family, table in families
    }


def single_words() -> list[str]:
    rows = chain.from_iterable(words_by_family().values())
    return [word for row in rows for word in row.split(", ")]


def test_the_glossary_has_its_families() -> None:
    found = words_by_family()

    assert tuple(found) == FAMILIES
    assert all(found.values())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_words_of_a_family_are_in_order(family: str) -> None:
    words = [word.replace("`", "") for word in words_by_family()[family]]

    assert words == sorted(words, key=str.lower)


def test_the_glossary_gives_each_word_once() -> None:
    words = single_words()

    assert len(words) == len(set(words))


def test_the_words_of_the_glossary_that_lean_on_others_find_them() -> None:
    """A word in italics is one that has a row."""
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    words = set(single_words())

    for word in re.findall(r"(?<!\*)\*([a-zA-Z -]+?)\*", text):
        assert word in words or word.removesuffix("s") in words, word


def test_every_citation_in_the_code_is_of_a_page_and_section() -> None:
    """`docs/upstream/v4.md, section 6`, `docs/decisions/0003`: what the code cites is there."""
    code = [
        ROOT / "app.py",
        *ROOT.glob("bitly_data/**/*.py"),
        *ROOT.glob("pages/**/*.py"),
        *ROOT.glob("tests/*.py"),
        *ROOT.glob("docs/**/*.md"),
    ]
    decisions = {path.name[:4] for path in DECISIONS.glob("0*.md")}
    sections = {
        api: set(
            re.findall(
                r"^##+ (\d+(?:\.\d+)?)\.? ",
                (ROOT / "docs" / "upstream" / f"{api}.md").read_text("utf-8"),
                re.MULTILINE,
            )
        )
        for api in ("v3", "v4")
    }
    for path in code:
        text = re.sub(r"\n[ #]*", " ", path.read_text("utf-8"))
        for api, cited in re.findall(
            r"upstream/(v[34])\.md\)?, sections? ((?:\d[\d.]*\d|\d)(?:(?:, | and | to )"
            r"(?:\d[\d.]*\d|\d))*)",
            text,
        ):
            assert set(re.findall(r"\d+(?:\.\d+)?", cited)) <= sections[api], (path, cited)
        assert set(re.findall(r"docs/decisions/(\d{4})", text)) <= decisions, path
