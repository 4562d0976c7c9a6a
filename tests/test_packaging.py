"""What is installed: the lists of packages, their licences, and a wheel that works on its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
from test_cli_app import free_port, started, surroundings

import bitly_data

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Other words for the same licence.
SPELLINGS = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
}
WHERE = """
from bitly_data import __file__ as where
from bitly_data.charts.style import look
from bitly_data.package_files import app_script, config_file, theme_file
print(where, app_script(), config_file(), theme_file(), sep="\\n")
print(look(dark=False).background, look(dark=True).background)
"""


class Wanted(NamedTuple):
    """One line of a list of packages."""

    requirement: str
    reason: str
    licence: str

    @property
    def name(self) -> str:
        return re.split(r"[<>=~!]", self.requirement)[0]


def wanted(file: str) -> list[Wanted]:
    lines = (ROOT / file).read_text("utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    found = [re.fullmatch(r"(\S+) +# (.+?) \(([A-Z].*)\)", line) for line in listed]
    assert None not in found, "a line has a package, its reason and its licence"
    return [Wanted(*match.groups()) for match in found if match]


def group(name: str) -> list[str]:
    """The packages of a dependency group, with those of the groups in it."""
    result: list[str] = []
    for item in PROJECT["dependency-groups"][name]:
        result += group(item["include-group"]) if isinstance(item, dict) else [item]
    return result


APP, TESTS = wanted("requirements.txt"), wanted("tests/requirements.txt")


def test_the_app_needs_the_same_packages_in_both_lists() -> None:
    assert [one.requirement for one in APP if one.name != "pytest"] == (
        PROJECT["project"]["dependencies"]
    )


def test_the_tests_need_the_same_packages_in_both_lists() -> None:
    pytest_itself = [one.requirement for one in APP if one.name == "pytest"]

    assert len(pytest_itself) == 1
    assert group("dev") == pytest_itself + [one.requirement for one in TESTS]


def test_what_builds_the_wheel_is_there_for_the_tests() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(group("test"))


def test_the_five_packages_of_the_core_come_first() -> None:
    assert [one.name for one in APP[:5]] == ["streamlit", "pandas", "plotly", "requests", "pytest"]
    assert APP[4].reason.startswith("tests")


def own_words(package: str) -> str:
    """The licence of an installed package as the package itself says it."""
    told = metadata.metadata(package)
    licence = told["License-Expression"] or told["License"] or ""
    if not licence or "\n" in licence:  # a whole text is no name
        names = [
            line.rpartition(" :: ")[2]
            for line in told.get_all("Classifier", [])
            if line.startswith("License :: ")
        ]
        licence = " AND ".join(names) or named_in_file(package)
    return SPELLINGS.get(licence, licence)


def named_in_file(package: str) -> str:
    """The licence that the package's licence file begins with, where nothing else names it."""
    files = metadata.files(package) or []
    [file] = [one for one in files if re.fullmatch(r"LICEN[CS]E.*", one.name)]
    return next(line for line in file.read_text("utf-8").splitlines() if line in SPELLINGS)


@pytest.mark.parametrize("one", [*APP, *TESTS], ids=lambda one: one.name)
def test_a_licence_is_given_in_the_words_of_its_package(one: Wanted) -> None:
    assert one.licence == own_words(one.name)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages that has nothing but the wheel's content."""
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder)
    return folder


def files_in(folder: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def run_there(installed: Path, code: str, folder: Path) -> str:
    """What some lines of Python print with the installed wheel, outside of the checkout."""
    return subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.slow
def test_the_wheel_has_the_package_the_app_inside_it_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = {name for name in content.namelist() if not name.endswith("/")}
    about = f"bitly_clicks-{bitly_data.__version__}.dist-info"
    app = {"app.py", ".streamlit/config.toml"} | files_in("pages")

    assert wheel.name == f"bitly_clicks-{bitly_data.__version__}-py3-none-any.whl"
    assert names == (
        files_in("bitly_data")
        | {f"bitly_data/_app/{name}" for name in app}
        | {f"{about}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
        | {f"{about}/licenses/LICENSE"}
    )


@pytest.mark.slow
def test_the_installed_command_is_the_command_line(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from importlib.metadata import distribution\n"
        "[entry] = distribution('bitly-clicks').entry_points\n"
        "assert (entry.group, entry.name) == ('console_scripts', 'bitly-clicks')\n"
        "sys.argv = ['bitly-clicks', 'clicks', 'organization', '--units', '3']\n"
        "sys.exit(entry.load()())\n"
    )
    rows = run_there(installed, code, tmp_path).splitlines()

    assert (
        rows[0] == "date,bucket,bucket_utc,timezone,timezone_release,series,clicks,state,at_least"
    )
    assert len(rows) == 4


@pytest.mark.slow
def test_the_installed_app_finds_its_own_files(installed: Path, tmp_path: Path) -> None:
    *paths, colors = run_there(installed, WHERE, tmp_path).splitlines()
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"]

    assert all(Path(path).is_relative_to(installed) for path in paths)
    assert [Path(path).is_file() for path in paths] == [True] * 4
    assert colors.split() == [theme[mode]["backgroundColor"] for mode in ("light", "dark")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_the_installed_app_draws_its_page_in_its_theme(installed: Path, tmp_path: Path) -> None:
    from test_browser import CHROMIUM, FLAGS, PATIENCE, sync_api

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    port = free_port()
    environment = surroundings(tmp_path, PYTHONPATH=str(installed))
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"]["dark"]
    red, green, blue = bytes.fromhex(theme["backgroundColor"][1:])

    with started(tmp_path, environment, port), sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(color_scheme="dark")
        page.goto(f"http://127.0.0.1:{port}/organization")
        sync_api.expect(page.locator(".js-plotly-plot path.js-line").first).to_be_visible(
            timeout=PATIENCE
        )
        sync_api.expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        sync_api.expect(page.get_by_test_id("stApp")).to_have_css(
            "background-color", f"rgb({red}, {green}, {blue})"
        )
        assert page.get_by_test_id("stException").count() == 0
        browser.close()
