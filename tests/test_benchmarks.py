"""The benchmarks measure what they say: the ways that stand beside each other make the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

from benchmarks import parts


@pytest.mark.slow
def test_the_ways_of_a_part_make_the_same() -> None:
    seen = []
    for name, ways in parts.all_ways():
        seen.append(name)
        assert set(ways) == {parts.PRODUCT, parts.NAIVE, parts.LIMIT}
        made = {way: make() for way, make in ways.items()}
        if name.startswith("figure"):
            drawn = {way: json.loads(text)["data"] for way, text in made.items()}
            lines = {way: {trace["name"] for trace in traces} for way, traces in drawn.items()}
            assert lines[parts.PRODUCT] == lines[parts.NAIVE] == lines[parts.LIMIT], name
        else:
            assert len(set(made.values())) == 1, (name, made)
    assert len(seen) == len(set(seen))


@pytest.mark.deep
def test_one_command_measures_all(tmp_path: Path) -> None:
    kept = tmp_path / "found.json"
    words = [sys.executable, "-m", "benchmarks", "--rounds", "1", "--changes", "2"]
    done = subprocess.run(
        [*words, "--json", str(kept)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(kept.read_text())
    assert [row["row"] for row in found if row["row"] in done.stdout]
    assert {row["row"].split(":")[0] for row in found} == {
        *("figure", "answer to counts", "table", "CSV"),
        *("control change, warm", "control change, new"),
    }
    for row in found:
        assert set(row["cpu_ms"]) == {parts.PRODUCT, parts.NAIVE, parts.LIMIT}
        assert row["cpu_ms"][parts.PRODUCT] > 0
