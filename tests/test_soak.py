"""A minute of the soak: many sessions against a server with faults, with no wrong number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.xdist_group("soak")
def test_a_minute_of_many_sessions_shows_no_wrong_number_and_leaves_nothing_behind() -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "soak.py"),
            "--seconds",
            "60",
            "--sessions",
            "12",
            "--no-rest",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-14000:] + done.stderr[-2000:]
    rows = [line.split() for line in done.stdout.splitlines()]
    # It has really looked: the second number of a row is how many pages were drawn.
    drawn = [int(row[1]) for row in rows if len(row) == 11 and row[1].isdigit()]
    assert max(drawn, default=0) >= 20, done.stdout[-4000:]
