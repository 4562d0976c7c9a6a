"""The soak: many sessions against a server with faults, with no wrong number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tiers

ROOT = Path(__file__).parents[1]
# From so many seconds on the app's memory is looked at too; for that it must rest first.
LONG_RUN = 300


@pytest.mark.slow
@pytest.mark.xdist_group("soak")
def test_many_sessions_show_no_wrong_number_and_leave_nothing_behind(
    pytestconfig: pytest.Config,
) -> None:
    """A minute of a dozen sessions; in the deep tier ten minutes of fifty."""
    seconds = tiers.count(pytestconfig, "soak")
    words = ["--sessions", "50"] if seconds >= LONG_RUN else ["--sessions", "12", "--no-rest"]
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "soak.py"),
            "--seconds",
            str(seconds),
            "--seed",
            str(pytestconfig.option.seed),
            *words,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds + 1200,
    )
    assert done.returncode == 0, done.stdout[-14000:] + done.stderr[-2000:]
    rows = [line.split() for line in done.stdout.splitlines()]
    # It has really looked: the second number of a row is how many pages were drawn.
    drawn = [int(row[1]) for row in rows if len(row) == 11 and row[1].isdigit()]
    assert max(drawn, default=0) >= 20, done.stdout[-4000:]
