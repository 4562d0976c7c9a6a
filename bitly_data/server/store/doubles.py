"""Equal lines of two files, and equal clicks in files of two forms: what may be counted twice.

Two clicks of one link in one second are as often two visitors as one line read twice. So time and
link tell copies only where lines cannot be compared: one file has other line ends than the other,
is an array or a table, or names its fields in another order; and only of files that are the same
for the most part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bitly_data.server.logfile import form_of
from bitly_data.server.store.database import Database

# Two servers may well log the same in the same second now and then. More equal lines than these,
# or most of a small file, are a copy.
FEW: Final = 3
# So much of the smaller of two files that have more than a few clicks is in the other by time and
# link, or it is no copy: two halves of one public log, every other line each, have less than a
# third of their clicks in common.
MOST: Final = 0.8
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
# The same by time and link, whatever else a line says and however.
_LINKS: Final = """
CREATE OR REPLACE TEMP TABLE same_links AS
SELECT id AS variant, min(id) OVER (PARTITION BY host, hash) AS link FROM variants
"""
_PAIRS_BY_TIME: Final = """
WITH counted AS (SELECT t, link, file, count(*) AS times
                 FROM clicks JOIN same_links USING (variant)
                 WHERE (t + link) % $slices = $slice
                   AND t // 3600 IN (SELECT hour FROM shared_hours)
                 GROUP BY ALL),
firsts AS (SELECT t, link, min(file) AS original, arg_min(times, file) AS there
           FROM counted GROUP BY ALL HAVING count(*) > 1)
SELECT original, file, sum(least(times, there))::BIGINT
FROM counted JOIN firsts USING (t, link)
WHERE file <> original AND file >= $since GROUP BY ALL
"""

_Pairs = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Double:
    """So many lines of the file at `path` stand in the file at `original` as well.

    If `is_by_time`, so many clicks do, by their time and link.
    """

    original: str
    path: str
    lines: int
    is_by_time: bool = False


def find_doubles(database: Database, since: int) -> list[Double]:
    """The pairs of files with more than a few equal lines or clicks, the one of which is new.

    New are the files from the number `since` on. The pairs with the most come first.
    """
    database.execute(_SHARED_HOURS, {"since": since})
    ((lines,),) = database.execute("SELECT coalesce(sum(lines), 0) FROM shared_hours")
    found: list[Double] = []
    if slices := -(-int(lines) // _SLICE):
        database.execute(_LINKS)
        by_time = _pairs(database, _PAIRS_BY_TIME, since, slices)
        if by_time:  # equal lines have equal times
            by_line = _pairs(database, _PAIRS, since, slices)
            found = _worth_saying(database, by_line, by_time)
        database.execute("DROP TABLE same_links")
    database.execute("DROP TABLE shared_hours")
    return found


def _pairs(database: Database, query: str, since: int, slices: int) -> _Pairs:
    pairs: _Pairs = {}
    for part in range(slices):
        found = database.execute(query, {"since": since, "slices": slices, "slice": part})
        for original, file, equal in found:
            pairs[original, file] = pairs.get((original, file), 0) + int(equal)
    return pairs


def _worth_saying(database: Database, by_line: _Pairs, by_time: _Pairs) -> list[Double]:
    rows = database.execute("SELECT number, path, clicks FROM files WHERE number IS NOT NULL")
    files = {number: (str(path), int(clicks)) for number, path, clicks in rows}
    found = []
    for pair, clicks in by_time.items():
        (original, one), (path, other) = (files[number] for number in pair)
        smaller, lines = min(one, other), by_line.get(pair, 0)
        if clicks > max(FEW, lines) and clicks >= MOST * smaller and _differ(original, path):
            found.append(Double(original, path, clicks, is_by_time=True))
        elif lines > FEW or (lines > 1 and 2 * lines >= smaller):
            found.append(Double(original, path, lines))
    return sorted(found, key=lambda double: (-double.lines, double.path))


def _differ(one: str, other: str) -> bool:
    """Whether the same click may be another line in the one file than in the other."""
    form = form_of(one)
    return form is None or form != form_of(other)
