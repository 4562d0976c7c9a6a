"""Programs of others that are not in the tests' own environment, each installed in a folder apart.

They bring what would not fit beside the app (a framework of its own, another language), so the
fast tier has none of them. They come by name from their registries and stay until a version here
changes: what finds faults of accessibility when `tests/run` sets up, the others when the deep tier
first asks for them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from support import ROOT

FOLDER = ROOT / ".cache/clients"
# The newest release of 7.1: it sends the token by itself in the header.
NPM_BITLY = "bitly@7.1.2"
# What finds faults of accessibility in a page (MPL-2.0); tests alone load it, into their browser.
NPM_AXE = "axe-core@4.14.1"
# It runs under Python 3.11 as it is, with the release of its framework that it asks for.
TAP_BITLY = "tap-bitly==0.4.9"
WITHOUT_NODE = "node and npm are not on this machine"
# For a registry far away [s].
_PATIENCE = 600


def npm_bitly() -> Path:
    """The folder in which `require("bitly")` finds npm's client. Skips where there is no node."""
    return _npm(NPM_BITLY)


def axe() -> str:
    """The script that finds faults of accessibility. Skips where there is no node, or no way to
    npm's registry and nothing of it here.
    """
    try:
        folder = _npm(NPM_AXE)
    except (AssertionError, subprocess.TimeoutExpired) as problem:
        pytest.skip(f"{NPM_AXE} is not here and could not be fetched from npm: {problem}")
    return (folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def _npm(package: str) -> Path:
    """The folder below which a package of npm is installed. Skips where there is no node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip(WITHOUT_NODE)
    folder = FOLDER / f"npm-{package}"
    if not (folder / "done").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1")
        _run("npm", "install", "--loglevel=error", "--prefix", str(folder), *options, package)
        (folder / "done").touch()
    return folder


def tap_bitly() -> Path:
    """The Python in whose environment the Singer tap is."""
    folder = FOLDER / f"pip-{TAP_BITLY}-python{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / "done").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        _run(str(python), "-m", "pip", "install", "--quiet", TAP_BITLY)
        (folder / "done").touch()
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    assert done.returncode == 0, f"{command[0]} could not install it:\n{done.stderr[-2000:]}"


if __name__ == "__main__":  # as tests/run sets up, so that no test has to fetch it
    try:
        axe()
    except pytest.skip.Exception as reason:
        print(f"The check of accessibility will be left out. {reason}")
