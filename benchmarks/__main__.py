"""All rows, by turns on loopback: a table of ratios, and JSON with `--json FILE`.

.cache/tests/bin/python -m benchmarks [--rounds 3] [--changes 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import redraws


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes", type=int, default=10)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = []
    print(f"{'':36}{'product':>9}{'naive':>9}{'empty':>9}{'/naive':>8}{'/empty':>8}   CPU [ms]")
    for row in redraws.rows(options.rounds, options.changes):
        found.append(row)
        cpu = {name: figures["cpu_ms"] for name, figures in row["apps"].items()}
        product = cpu[redraws.PRODUCT]
        print(
            f"{row['row']:36}{product:9.1f}{cpu[redraws.NAIVE]:9.1f}{cpu[redraws.EMPTY]:9.1f}"
            f"{product / cpu[redraws.NAIVE]:8.2f}{product / cpu[redraws.EMPTY]:8.1f}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
