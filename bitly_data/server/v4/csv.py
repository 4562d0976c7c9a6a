"""v4's answers as CSV, where Bitly's description has them so.

Headings and separators are those of its examples (docs/upstream/v4.md, on CSV), in which a blank
stands behind each comma as a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bitly_data.server.v4.call import Data


@dataclass(frozen=True)
class Csv:
    """How an answer is written as CSV: its heading, and the cells of each of its rows."""

    heading: str
    rows: Callable[[Data], Iterable[tuple[object, ...]]]

    def write(self, data: Data) -> str:
        """The text of an answer, a line for each row."""
        comma = ", " if ", " in self.heading else ","
        lines = [self.heading, *(comma.join(map(_cell, row)) for row in self.rows(data))]
        return "".join(f"{line}\n" for line in lines)


def _cell(value: object) -> str:
    """One cell, in quotes if it holds something by which lines and cells are told apart."""
    text = str(value)
    if not any(sign in text for sign in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def metric_rows(*keys: str) -> Callable[[Data], Iterable[tuple[object, ...]]]:
    """The rows of an answer with `metrics`, each of which has these keys."""
    return lambda data: [tuple(item[key] for key in keys) for item in data["metrics"]]


CLICKS = Csv(
    "Date, Clicks", lambda data: [(item["date"], item["clicks"]) for item in data["link_clicks"]]
)
ENGAGEMENTS = Csv(
    "Date, Engagements",
    lambda data: [(item["date"], item["engagement_count"]) for item in data["engagements"]],
)
COUNTRIES = Csv("Country, Clicks", metric_rows("value", "clicks"))
DEVICES = Csv("Device Type, Clicks", metric_rows("device_type", "clicks"))
REFERRER_NAMES = Csv("Referrer-Name,Clicks", metric_rows("value", "clicks"))
REFERRERS = Csv("Referrers, Domain/Sub-Domain, Clicks", metric_rows("value", "value", "clicks"))
GROUP_REFERRERS = Csv("Referrer,Clicks", metric_rows("value", "clicks"))


def _city_rows(data: Data) -> list[tuple[object, ...]]:
    keys = ("city", "subregion", "region", "country", "clicks")
    rows = [tuple(item[key] for key in keys) for item in data["metrics"]]
    nowhere = data["other_metrics"]["no_city_clicks"]
    return [*rows, ("", "", "", "", nowhere)] if nowhere else rows


CITIES = Csv("City, Subregion, Region, Country, Clicks", _city_rows)
