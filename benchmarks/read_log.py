"""Reading a click log into a store, beside DuckDB's own `read_json` on the same lines.

Both are measured in the same run, each in processes of its own and by turns, because the
machine's mood is in every figure: read the ratio of the times. The second part reads a longer log
and says how much memory that takes, beside DuckDB's. Where a goal is missed it ends with status 1.
Run it alone on the machine.

    .cache/tests/bin/python benchmarks/read_log.py [LINES [LONG_LINES [ROUNDS]]]
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What is to hold: at most so many times DuckDB's time, and so much memory [MB].
MOST_RATIO = 3.0
MOST_MEMORY = 500.0
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/535.11 (KHTML, like Gecko) Chrome/17.0.963.78",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; WOW64; Trident/4.0; SLCC2; .NET CLR 2.0)",
)
_PLACES = (
    ("US", "America/New_York", "Danvers"),
    ("IN", "Asia/Kolkata", "Pune"),
    ("DE", "Europe/Berlin", "Köln"),
)
_LINKS = 20_000


def write_log(path: Path, lines: int) -> None:
    """A log in the form of the public click feed: as many keys, and lines about as long."""
    rng = random.Random(0)
    links = [_link(rng, index) for index in range(_LINKS)]
    t = 1_360_000_000
    with path.open("w", encoding="utf-8") as file:
        for index in range(lines):
            t += rng.random() < 0.3
            if index % 50 == 49:
                file.write(json.dumps({"_heartbeat_": t}) + "\n")
                continue
            country, zone, city = rng.choice(_PLACES)
            click = {"a": rng.choice(_BROWSERS), "c": country, "nk": 1, "tz": zone, "gr": "MA"}
            link = links[int(rng.paretovariate(0.6)) % _LINKS]
            where = [round(rng.random() * 90, 6), round(rng.random() * 180, 6)]
            click |= {**link, "t": t, "cy": city, "ll": where}
            file.write(json.dumps(click) + "\n")


def _link(rng: random.Random, index: int) -> dict[str, object]:
    name = f"{rng.randrange(36**6):06x}"
    return {
        "g": name,
        "h": name,
        "l": rng.choice(("ann", "bob", "bitly")),
        "al": "en-US,en;q=0.8",
        "hh": rng.choice(("1.usa.gov", "bit.ly", "j.mp")),
        "r": f"http://www.facebook.com/l/{name}/1.usa.gov/{name}",
        "u": f"http://www.example{index % 300}.gov/news/2013/{name}/index.html?source=feed",
        "hc": 1_350_000_000 + index,
    }


def read_by_product(path: str) -> int:
    """The clicks that a store in memory holds afterwards."""
    from bitly_data.server.store import ClickStore

    return ClickStore().import_paths([path]).clicks


def read_by_duckdb(path: str) -> int:
    """The clicks in a table that DuckDB's own reader fills with the columns of a store."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE clicks AS SELECT t, hh, h, l, u, hc "
        "FROM read_json($path, format = 'newline_delimited')",
        {"path": path},
    )
    return int(connection.execute("SELECT count(t) FROM clicks").fetchall()[0][0])


READERS = {"product": read_by_product, "duckdb": read_by_duckdb}


def measured(reader: str, path: Path) -> tuple[float, float, int]:
    """Seconds of reading, the most memory of the process [MB], and the clicks it found."""
    words = [sys.executable, __file__, "--once", reader, str(path)]
    result = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, memory, clicks = result.stdout.split()
    return float(seconds), float(memory), int(clicks)


def once(reader: str, path: str) -> None:
    """What a process of its own does: imports are not part of the time, but of the memory."""
    sys.path.insert(0, str(ROOT))
    import duckdb  # noqa: F401
    import pandas  # noqa: F401 - Arrow loads it with the first table

    import bitly_data.server.store  # noqa: F401

    start = time.perf_counter()
    clicks = READERS[reader](path)
    seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, clicks)


def verdict(text: str, holds: bool) -> bool:
    """Say whether a goal holds."""
    print(f"{text}: {'yes' if holds else 'NO'}")
    return holds


def main(lines: int = 1_000_000, long_lines: int = 5_000_000, rounds: int = 3) -> bool:
    """Measure and print; whether both goals hold."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "clicks.log"
        write_log(log, lines)
        size = log.stat().st_size / 1e6
        print(f"{lines:,} lines, {size:,.0f} MB, {rounds} rounds by turns")
        found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in READERS}
        for _ in range(rounds):
            for name in READERS:
                found[name].append(measured(name, log))
        assert len({clicks for runs in found.values() for _, _, clicks in runs}) == 1, found
        middle = {name: statistics.median(run[0] for run in runs) for name, runs in found.items()}
        for name, runs in found.items():
            memory = max(run[1] for run in runs)
            print(f"{name:8} {middle[name]:6.2f} s {memory:6.0f} MB  {runs[0][2]:,} clicks")
        ratio = middle["product"] / middle["duckdb"]
        fast = verdict(f"ratio    {ratio:6.2f}   at most {MOST_RATIO:g}", ratio <= MOST_RATIO)
        write_log(log, long_lines)
        print(f"{long_lines:,} lines")
        once_each = {name: measured(name, log) for name in READERS}
        for name, (seconds, memory, clicks) in once_each.items():
            print(f"{name:8} {seconds:6.2f} s {memory:6.0f} MB  {clicks:,} clicks")
        assert len({clicks for _, _, clicks in once_each.values()}) == 1, once_each
        memory = once_each["product"][1]
        small = verdict(f"memory   {memory:6.0f}   below {MOST_MEMORY:g} MB", memory < MOST_MEMORY)
    return fast and small


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        once(*sys.argv[2:])
    else:
        sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
