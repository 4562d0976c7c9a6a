"""How long the comparison of many links takes from what is kept, and what of it takes how long.

The demo's links over a year by day, once to fill what is kept, then again and again as a page does
that somebody opens anew: nothing of what was presented or drawn before is kept.

    .cache/tests/bin/python benchmarks/many_links.py [LINKS] [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bitly_data.charts.plotly import figure
from bitly_data.client import Client
from bitly_data.query import LINK, ClickQuery
from bitly_data.views import compare, compare_chart, compare_totals
from bitly_data.views.answers import Answer, Answers
from bitly_data.views.compare import Lines
from bitly_data.views.lineup import ALL_LINES, Item, Lineup
from bitly_data.views.page_query import PageQuery
from bitly_data.views.rows import rows_table

T = TypeVar("T")
# A view that takes longer feels like waiting [s].
MOST = 2.0


def asked(
    client: Client, wanted: Callable[[Answers], list[ClickQuery]], answers: Answers
) -> Answers:
    """The answers with all that is wanted, in rounds, as a page asks for it."""
    found: dict[ClickQuery, Answer] = dict(answers)
    while queries := [query for query in wanted(found) if query not in found]:
        found |= zip(queries, client.load_many(queries), strict=True)
    return found


class Watch:
    """Seconds by what was done: on the clock, and at work, which other programs do not lengthen."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    def of(self, name: str, make: Callable[[], T]) -> T:
        begin, work = time.perf_counter(), time.process_time()
        made = make()
        self.seconds[name] = time.perf_counter() - begin, time.process_time() - work
        return made


def view(client: Client, page_query: PageQuery) -> dict[str, tuple[float, float]]:
    """One view in full, as far as it is Python's."""
    watch = Watch()
    answers = watch.of(
        "answers",
        lambda: asked(client, lambda found: compare.questions(page_query, found), {}),
    )
    lines: Lines = watch.of("lines", lambda: compare.load(page_query, answers))
    chart = watch.of("chart", lambda: compare_chart.chart_of(page_query, lines))
    watch.of("figure", lambda: figure(chart, selectable=True).to_json())
    many = compare_chart.shown_series(page_query, lines)
    watch.of("numbers", lambda: rows_table(many))
    answers = watch.of(
        "answers of the changes",
        lambda: asked(
            client,
            lambda found: compare_totals.change_questions(page_query, lines, found),
            answers,
        ),
    )
    watch.of("totals", lambda: compare_totals.present_totals(page_query, lines, answers))
    return watch.seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    client = Client.from_env()
    query = ClickQuery(unit="day", units=365, until=int(client.now))
    ranked = client.ranked_links(query).rows[:count]
    items = tuple(Item(LINK, row.link.link) for row in ranked)
    page_query = PageQuery(
        query, client.capabilities, links=tuple(row.link for row in ranked), lineup=Lineup(items)
    )
    print(f"{len(items)} links over a year by day, from what is kept; median of {rounds}, seconds")
    print(f"{'':32}{'clock':>8}{'at work':>10}")
    for label, most in (("top 8 and others", 8), ("all", ALL_LINES)):
        asked_for = replace(page_query, lineup=replace(page_query.lineup, most=most))
        view(client, asked_for)  # fills what is kept
        found = [view(client, asked_for) for _ in range(rounds)]
        whole = [
            statistics.median(sum(times[at] for times in one.values()) for one in found)
            for at in (0, 1)
        ]
        verdict = "under" if whole[0] < MOST else "OVER"
        print(f"{label:32}{whole[0]:8.2f}{whole[1]:10.2f}  {verdict} {MOST:.0f} seconds")
        for name in found[0]:
            clock, work = (statistics.median(one[name][at] for one in found) for at in (0, 1))
            print(f"  {name:30}{clock:8.2f}{work:10.2f}")
    client.close()


if __name__ == "__main__":
    main()
