"""All rows, by turns on loopback: a table of ratios, and JSON with `--json FILE`.

.cache/tests/bin/python -m benchmarks [--rounds 3] [--changes 10] [--json FILE]

Reading a click log (`benchmarks/read_log.py`), the first chart (`benchmarks/first_chart.py`) and
many sessions at once (`benchmarks/soak.py`) are commands of their own.
"""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path

from benchmarks import parts, redraws

_WAYS = (parts.PRODUCT, parts.NAIVE, parts.LIMIT)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes", type=int, default=10)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("".join((f"{'CPU [ms]':36}", *(f"{way:>9}" for way in _WAYS), "  /naive  /limit")))
    found = []
    for row in chain(parts.rows(options.rounds), redraws.rows(options.rounds, options.changes)):
        found.append(row)
        product, naive, limit = (row["cpu_ms"][way] for way in _WAYS)
        print(
            f"{row['row']:36}{product:9.1f}{naive:9.1f}{limit:9.1f}"
            f"{product / naive:8.2f}{product / limit:8.1f}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
