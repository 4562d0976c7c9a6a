"""The tiers of the tests: each holds the faster one, and nothing falls out of all of them."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import tiers

ROOT = Path(__file__).parents[1]
TEST_FILES = {f"tests/{path.name}" for path in ROOT.glob("tests/test_*.py")}


def collected(*words: str) -> tuple[list[str], str]:
    """The cases that pytest would run with these words, and all that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *words],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": "", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return [line for line in done.stdout.splitlines() if "::" in line], done.stdout


# A collection takes half a minute.
collected_once = functools.cache(collected)


def files_of(cases: Sequence[str]) -> set[str]:
    return {case.split("::")[0] for case in cases}


@pytest.mark.slow
@pytest.mark.xdist_group("collections")
def test_all_holds_the_fast_tier_and_every_test_file() -> None:
    """By what pytest itself collects; the counts in the last line are those of what is missing."""
    fast, said = collected_once()
    everything, said_of_all = collected_once("--all")
    assert len(fast) == len(set(fast))
    assert set(fast) < set(everything)
    assert files_of(everything) == TEST_FILES
    left_out = len(everything) - len(fast)
    assert f"Left out of this fast run: {left_out:,} cases" in said
    assert "Left out" not in said_of_all
    assert "--deep runs the full counts" in said_of_all
    for row in tiers.COUNTS.values():
        assert row.fast <= row.all <= row.deep
    # What is shortened is still there, and each of its words chooses something.
    for name, words in {**tiers.SHORTENED, **tiers.JOURNEY}.items():
        family = [case for case in everything if re.search(rf"::{name}(\[|$)", case)]
        short = [case for case in fast if case in family]
        assert family, f"{name} is no test any more"
        assert len(short) < len(family) or words == ("",), name
        assert all(any(word in case for case in short) for word in words), name
    for name, words in tiers.FOR_DEEP.items():
        family = [case for case in everything if re.search(rf"::{name}(\[|$)", case)]
        assert family, f"{name} is no test any more"
        assert all(any(word in case for case in family) for word in words), name


@pytest.mark.slow
@pytest.mark.xdist_group("collections")
def test_the_turns_together_are_all() -> None:
    """Each has the fast tier, and about its part of what that leaves out."""
    fast, everything = (set(collected_once(*words)[0]) for words in ((), ("--all",)))
    turns = [set(collected("--all", "--turn", str(turn))[0]) for turn in range(tiers.TURNS)]
    assert set.union(*turns) == everything
    assert set.intersection(*turns) == fast
    part = len(everything - fast) / tiers.TURNS
    assert all(0.8 * part < len(turn - fast) < 1.2 * part for turn in turns)


@pytest.mark.slow
def test_deep_holds_more_of_each_kind_and_another_seed_other_samples() -> None:
    words = ("tests/test_every_zone.py", "tests/test_fuzz.py", "tests/test_zone_changes.py")
    short, _ = collected("--all", *words)
    deep, said = collected("--deep", "--seed", "0", *words)
    assert set(short) < set(deep)
    assert "seed of this run" not in said
    one, said = collected("--deep", "--seed", "7", *words)
    assert one == collected("--deep", "--seed", "7", *words)[0]
    assert "--seed 7" in said
    assert set(one) != set(deep)
    today, said = collected("--deep", *words)
    (seed,) = re.findall(r"The seed of this run was (\d+)", said)
    assert len(seed) == 8
    assert today == collected("--deep", "--seed", seed, *words)[0]


@pytest.mark.slow
def test_what_is_named_runs_whole() -> None:
    """Slow cases included, and only that; an option gives another count."""
    cases, said = collected("tests/test_soak.py")
    assert files_of(cases) == {"tests/test_soak.py"}
    assert len(cases) == 1
    assert "Left out" not in said
    words = ("tests/test_faults.py", "-k", "random_sequences")
    assert len(collected(*words)[0]) == -(-tiers.COUNTS["fault-sequences"].all // 100)
    assert len(collected(*words, "--fault-sequences", "250")[0]) == 3


def test_cases_of_a_group_share_a_worker(tmp_path: Path) -> None:
    """What they need is made once then. A release of pytest lost that without a word."""
    (tmp_path / "test_groups.py").write_text(
        """
import pathlib, pytest

@pytest.fixture(scope="module", params=[
    pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in "abc"
])
def made(request):
    return request.param

@pytest.mark.parametrize("case", range(8))
def test_case(made, case, worker_id):
    (pathlib.Path(__file__).parent / f"{made}-{case}.seen").write_text(worker_id)
"""
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_ADDOPTS": "-p no:schemathesis"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    seen = {path.name[0]: set[str]() for path in tmp_path.glob("*.seen")}
    for path in tmp_path.glob("*.seen"):
        seen[path.name[0]].add(path.read_text())
    assert len(list(tmp_path.glob("*.seen"))) == 24
    assert all(len(workers) == 1 for workers in seen.values()), seen


def settled(**options: object) -> pytest.Config:
    """Settings of pytest with these options, the others as they are without any words."""

    class Config:
        option = type("Options", (), options)

        def getoption(self, name: str) -> object:
            return options.get(name.removeprefix("--").replace("-", "_"))

    return Config()  # type: ignore[return-value]


def marks(params: Sequence[object]) -> list[str]:
    return [" ".join(mark.name for mark in param.marks) for param in params]  # type: ignore[attr-defined]


def test_samples_are_marked_by_the_tier_that_leaves_them_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(tiers.COUNTS, "views", tiers.Count("views", 1, 3, 5))
    fast = tiers.samples(settled(tier=tiers.FAST, seed=0), "views", start=10)
    everything = tiers.samples(settled(tier=tiers.ALL, seed=0), "views", start=10)
    deep = tiers.samples(settled(tier=tiers.DEEP, seed=0), "views", start=10)
    assert [param.id for param in fast] == [param.id for param in everything] == ["10", "11", "12"]
    assert marks(fast) == marks(everything) == ["", "slow", "slow"]
    assert [param.values for param in deep] == [(seed,) for seed in range(10, 15)]
    assert marks(deep) == ["", "slow", "slow", "slow deep", "slow deep"]
    chosen = tiers.samples(settled(tier=tiers.FAST, seed=0, views=2), "views")
    assert (len(chosen), marks(chosen)) == (2, ["", ""])
    other = tiers.samples(settled(tier=tiers.DEEP, seed=20300102), "views")
    assert not {param.values for param in other} & {param.values for param in deep}
    blocks = tiers.samples(settled(tier=tiers.DEEP, seed=0), "views", block=2)
    assert [param.id for param in blocks] == ["0", "2", "4"]
    assert marks(blocks) == ["", "slow", "slow deep"]
    shares = tiers.samples(settled(tier=tiers.DEEP, seed=0), "views", share=500)
    assert [param.values for param in shares] == [(0,), (1,), (2,)]
    assert marks(shares) == ["", "slow", "slow deep"]


def test_values_begin_at_another_place_each_day() -> None:
    words = {"values": lambda: ["a", "b", "c"], "words": lambda value: f"<{value}>"}
    first = tiers.samples(settled(tier=tiers.DEEP, seed=0, views=2), "views", **words)
    assert [param.id for param in first] == ["<a>", "<b>"]
    second = tiers.samples(settled(tier=tiers.DEEP, seed=2, views=2), "views", **words)
    assert [param.id for param in second] == ["<c>", "<a>"]
    every = tiers.samples(settled(tier=tiers.DEEP, seed=2, views=9), "views", **words)
    assert [param.id for param in every] == ["<c>", "<a>", "<b>"]


def test_the_last_words_say_what_was_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = [f"('test_x.py', 3, 'Skipped: {tiers.WITHOUT_SHARED}')", "no Chromium"]
    left_out = {"fuzz": 20, "v4 pages": 1300}
    monkeypatch.setattr(tiers, "SHARED", ROOT)
    fast = list(tiers.last_words(settled(tier=tiers.FAST, seed=0), left_out, []))
    assert fast == [
        "Left out of this fast run: 1,320 cases, which tests/run --all runs: "
        "fuzz 20, v4 pages 1,300."
    ]
    turn = list(tiers.last_words(settled(tier=tiers.ALL, seed=0), left_out, []))
    assert turn == [
        "This was one of 2 turns: 1,320 slow cases have another.",
        "Long tests ran in their short versions; tests/run --deep runs the full counts.",
    ]
    monkeypatch.setattr(tiers, "SHARED", ROOT / "not there")
    deep = list(tiers.last_words(settled(tier=tiers.DEEP, seed=5), {}, skipped))
    assert deep == [
        "The seed of this run was 5; --seed 5 draws the same samples again.",
        "../shared is not here with its real click logs and recorded answers: "
        "1 cases were skipped for it.",
    ]
