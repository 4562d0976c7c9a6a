"""A v4 whose clicks come late, and which corrects, shortens, empties and mis-dates its answers.

The truth of a bucket grows until some time before it should have settled, and now and then a click
is taken back. What is asked in one number (`clicks/summary`, the list of a span) is right, as far
as it is answered: it is what tells a wrong answer from a right one. Nothing comes from the package
but the names of v4's endpoints.
"""

from __future__ import annotations

import json
import random
from collections import Counter as Tally
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

from bitly_data.sources.v4 import wire

HOUR, DAY = 3600, 86_400
WIDTHS = {"minute": 60, "hour": HOUR, "day": DAY}
# Days of history, today among them: some sequences have a plan that forgets.
HISTORY = 400
LINK, DOMAIN = "go.ex.com/a", "go.ex.com"
# What is done to a list of buckets; `right` is most of the answers.
EMPTY, ZEROS, NEWER_HALF, OLDER_HALF, HOLES, FEWER_CLICKS = range(6)


@dataclass
class FickleBitly:
    """A group with one link; `now` is the true time [epoch s], moved by hand.

    `lies`: how many of the answers are wrong, in their buckets and in their date each. `dense`:
    buckets without a click are listed.
    """

    now: int
    chance: random.Random
    dense: bool = True
    lies: float = 0.3
    history: int = HISTORY
    # (moment of the click, when it can be seen, when it is taken back) [epoch s].
    clicks: list[tuple[int, int, int]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add_clicks(self, start: int, end: int, latest: int) -> None:
        """Clicks of some hours in [start, end), each to be seen `latest` [s] later at the most."""
        for hour in range(start, end, HOUR):
            for _ in range(self.chance.choice((0, 0, 0, 1, 2, 6))):
                at = hour + self.chance.randrange(HOUR)
                seen = at + self.chance.choice((0, 0, self.chance.randrange(latest)))
                gone = seen + self.chance.randrange(latest) if self.chance.random() < 0.05 else 0
                self.clicks.append((at, seen, gone if gone < at + latest else 0))

    def true_clicks(self, start: int, end: int) -> int:
        """How many clicks are in [start, end), as Bitly knows them by now [count]."""
        return sum(start <= at < end for at in self._seen_by_now())

    def _seen_by_now(self) -> list[int]:
        return [
            at for at, seen, gone in self.clicks if seen <= self.now and not 0 < gone <= self.now
        ]

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        params = {name: value[0] for name, value in parse_qs(environ["QUERY_STRING"]).items()}
        self.asked.append((path, params))
        date = self.now
        if self.chance.random() < self.lies:
            date += self.chance.choice((-1, 1)) * self.chance.choice((400, HOUR, DAY, 4 * DAY))
            self.told.append("date")
        status = "200 OK"
        if self.chance.random() < self.lies / 10:
            status, body = "500 No", {}
        else:
            body = self._answer(path, params)
        start(status, [("Date", formatdate(date, usegmt=True))])
        return [json.dumps(body).encode()]

    def _answer(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        if path == wire.USER:
            return {"login": "ann"}
        if path == wire.GROUPS:
            return {"groups": [{"guid": "Bg", "name": "g"}]}
        if "unit" not in params:
            return {"id": LINK, "created_at": "2020-01-01T00:00:00+0000", "bsds": [DOMAIN]}
        width = WIDTHS[params["unit"]]
        moment = wire.parse_moment(params.get("unit_reference"))
        newest = min(self.now if moment is None else moment, self.now) // width * width
        first = self.now // DAY * DAY - (self.history - 1) * DAY
        oldest = max(newest - (int(params["units"]) - 1) * width, first)
        starts = list(range(newest, oldest - 1, -width))
        told = {"unit": params["unit"], "units": len(starts)}
        end = newest + width
        if path.endswith("/summary"):
            return {**told, "total_clicks": self.true_clicks(oldest, end) if starts else 0}
        if path.endswith("/bitlinks/clicks"):
            total = self.true_clicks(oldest, end) if starts else 0
            return {
                **told,
                "sorted_links": [{"id": LINK, "clicks": total}] if total else [],
                "links": [{"id": LINK, "created_by": "ann", "long_url": "http://ex.com/"}],
            }
        tally = Tally(at // width * width for at in self._seen_by_now())
        rows = [[at, tally[at]] for at in starts]
        if not self.dense:
            rows = [row for row in rows if row[1]]
        if rows and self.chance.random() < self.lies:
            rows = self._wrong(rows)
        is_link = "/bitlinks/" in path
        names = ("date", "clicks") if is_link else ("ts", "count")
        listed = [{names[0]: wire.moment_text(at), names[1]: count} for at, count in rows]
        return {**told, "link_clicks" if is_link else "data": listed}

    def _wrong(self, rows: list[list[int]]) -> list[list[int]]:
        lie = self.chance.randrange(6)
        self.told.append(
            ("empty", "zeros", "newer half", "older half", "holes", "fewer clicks")[lie]
        )
        half = (len(rows) + 1) // 2
        if lie == EMPTY:
            return []
        if lie == ZEROS:
            return [[at, 0] for at, _ in rows]
        if lie == NEWER_HALF:
            return rows[:half]
        if lie == OLDER_HALF:
            return rows[half:]
        if lie == HOLES:
            return [row for row in rows if self.chance.random() < 0.5]
        # It corrects itself: what it says was so a while ago.
        return [
            [at, max(count - 1, 0)] if self._was_said(at) else [at, count] for at, count in rows
        ]

    def _was_said(self, at: int) -> bool:
        """Whether a stale number of a bucket may come: only while it still settles."""
        return self.now < at + DAY
