"""Equal lines of two files: clicks that may be counted twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bitly_data.server.store.database import Database

# Two servers may well log the same in the same second now and then. More equal lines than these,
# or most of a small file, are a copy.
FEW: Final = 3
# So many lines are compared at a time, which takes some ten megabytes.
_SLICE: Final = 500_000

# Equal lines have equal times, so only hours with lines of two files need to be looked at.
_SHARED_HOURS: Final = """
CREATE OR REPLACE TEMP TABLE shared_hours AS
SELECT t // 3600 AS hour, count(*) AS lines FROM clicks WHERE file IS NOT NULL
GROUP BY hour HAVING min(file) <> max(file) AND max(file) >= $since
"""
_PAIRS: Final = """
WITH lines AS (SELECT t, variant, line, file, count(*) AS times FROM clicks
               WHERE line % $slices = $slice AND t // 3600 IN (SELECT hour FROM shared_hours)
               GROUP BY ALL),
firsts AS (SELECT t, variant, line, min(file) AS original, arg_min(times, file) AS there
           FROM lines GROUP BY ALL HAVING count(*) > 1)
SELECT original, file, sum(least(times, there))::BIGINT
FROM lines JOIN firsts USING (t, variant, line)
WHERE file <> original AND file >= $since GROUP BY ALL
"""


@dataclass(frozen=True)
class Double:
    """So many lines of the file at `path` stand in the file at `original` as well."""

    original: str
    path: str
    lines: int


def find_doubles(database: Database, since: int) -> list[Double]:
    """The pairs of files with more than a few equal lines, the one of which is new.

    New are the files from the number `since` on. The pairs with the most come first.
    """
    database.execute(_SHARED_HOURS, {"since": since})
    ((lines,),) = database.execute("SELECT coalesce(sum(lines), 0) FROM shared_hours")
    slices = -(-int(lines) // _SLICE)
    pairs: dict[tuple[int, int], int] = {}
    for part in range(slices):
        found = database.execute(_PAIRS, {"since": since, "slices": slices, "slice": part})
        for original, file, equal in found:
            pairs[original, file] = pairs.get((original, file), 0) + int(equal)
    database.execute("DROP TABLE shared_hours")
    return _worth_saying(database, pairs)


def _worth_saying(database: Database, pairs: dict[tuple[int, int], int]) -> list[Double]:
    if not pairs:
        return []
    rows = database.execute("SELECT number, path, clicks FROM files WHERE number IS NOT NULL")
    files = {number: (str(path), int(clicks)) for number, path, clicks in rows}
    found = [
        Double(files[original][0], files[file][0], lines)
        for (original, file), lines in pairs.items()
        if lines > FEW or (lines > 1 and 2 * lines >= min(files[original][1], files[file][1]))
    ]
    return sorted(found, key=lambda double: (-double.lines, double.path))
