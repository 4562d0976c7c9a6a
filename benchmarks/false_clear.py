"""How often a change is called clear where there is none, and how often one is found.

Pairs of periods are simulated (`tests/simulated_clicks.py`): each cell is the largest share of
"clear" without a change at 20, 200 and 2,000 clicks a day, then the mean shares with 20 and 50 %
more clicks, and in brackets how often it cannot tell. Where a goal is missed it ends with status 1.
The table of `docs/clear-changes.md` is what this prints.

    .cache/tests/bin/python benchmarks/false_clear.py [PAIRS [SEED]]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from simulated_clicks import KINDS, MOST_FALSE, SETTINGS, cells  # noqa: E402

PAIRS, SEED = 2000, 20_261_126
# Shorter histories are judged, too: what that costs is in the table, and no goal.
NO_GOAL = ("30 days, nothing more known",)


def shares(kind: str, name: str, pairs: int, seed: int) -> tuple[float, float, float, float]:
    """Clear without a change (the largest of all rates), clear with 20 and 50 % more, and how often
    it cannot be told [ratio]."""
    found = {
        times: list(cells(kind, SETTINGS[name], pairs, seed, times)) for times in (1.0, 1.2, 1.5)
    }
    clear = {times: [one.clear.mean() for one in each] for times, each in found.items()}
    cannot = float(np.mean([one.cannot_tell.mean() for one in found[1.0]]))
    return max(clear[1.0]), float(np.mean(clear[1.2])), float(np.mean(clear[1.5])), cannot


def main(pairs: int = PAIRS, seed: int = SEED) -> bool:
    """Print the table; whether all goals hold."""
    print(f"{pairs:,} pairs a cell, seed {seed}\n")
    print(f"| periods | {' | '.join(KINDS)} |")
    print(f"| --- |{' --- |' * len(KINDS)}")
    missed = []
    for name in SETTINGS:
        row = []
        for kind in KINDS:
            *clear, cannot = shares(kind, name, pairs, seed)
            text = "/".join(f"{100 * share:.0f}" for share in clear)
            row.append(text + (f" ({100 * cannot:.0f})" if cannot >= 0.005 else ""))
            if name not in NO_GOAL and clear[0] > MOST_FALSE.get(kind, 1.0):
                missed.append(f"{kind}, {name}: {clear[0]:.1%}")
        print(f"| {name} | {' | '.join(row)} |", flush=True)
    print("\n" + ("\n".join(["Missed:", *missed]) if missed else "All goals hold."))
    return not missed


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
