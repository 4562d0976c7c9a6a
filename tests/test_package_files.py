"""The files that are no modules are found, in a checkout as in a wheel."""

import tomllib
from pathlib import Path

import pytest

from bitly_data import package_files

ROOT = Path(__file__).parents[1]


def test_in_a_checkout_they_are_its_own() -> None:
    assert package_files.app_script() == ROOT / "app.py"
    assert package_files.config_file() == ROOT / ".streamlit/config.toml"
    assert {"light", "dark"} <= tomllib.loads(package_files.theme_file().read_text())[
        "theme"
    ].keys()


def test_a_wheel_has_them_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_app").mkdir()
    monkeypatch.setattr(package_files, "_PACKAGED", tmp_path / "_app")
    assert package_files.app_script() == tmp_path / "_app/app.py"
    assert package_files.theme_file() == tmp_path / "_app/.streamlit/config.toml"
