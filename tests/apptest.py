"""A page without a browser, and what is seen on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from samples import written_out
from streamlit.testing.v1 import AppTest
from views import PAGES

ROOT = Path(__file__).parents[1]
EVERY_PAGE = {**PAGES, "links": "pages/links.py", "connection": "pages/connection.py"}
# Addresses of before, each with the page that answers its question now.
OLD_ADDRESSES = {
    "pages/organization.py": "overview",
    "pages/link_clicks.py": "link",
    "pages/compare_domains.py": "compare",
}
# A page is a file: what `streamlit run` starts, and those in the folder beside it that do not only
# lead on.
PAGE_FILES = [
    "app.py",
    *sorted(
        {path.relative_to(ROOT).as_posix() for path in ROOT.glob("pages/*.py")} - {*OLD_ADDRESSES}
    ),
]


def opened(
    place: str, *, timeout: int = 30, locale: str | None = None, **params: str | list[str] | None
) -> AppTest:
    """A page as somebody sees it who opens it first, from its address; `timeout` in seconds.

    `locale` is that of the browser; none: it does not say. Without a word about it the other period
    is not drawn, so that a page shows what was asked alone; `overlay=None` leaves it to the page.
    """
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=timeout)
    if place != "overview":
        app.switch_page(EVERY_PAGE[place])
    if locale is not None:
        app.context["locale"] = locale
    for name, value in ({"overlay": "0"} | params).items():
        if value is not None:
            app.query_params[name] = value
    return again(app)


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [item.value for item in app.exception]
    return app


def menu_is_whole(app: AppTest) -> bool:
    """Whether the sidebar has a link to every page that there is."""
    return len(app.sidebar.get("page_link")) == len(PAGE_FILES)


def controls_of(app: AppTest) -> set[str]:
    """The keys of the widgets in the sidebar, and in the menu of the other period."""
    keys = [getattr(item, "key", None) for item in (*app.sidebar, *app.main)]
    return {str(key) for key in keys if key and key.startswith("q_")}


def metrics(app: AppTest) -> dict[str, str]:
    return {item.label: item.value for item in app.metric}


def total(app: AppTest) -> int | None:
    """The total; none where no number is known."""
    written = metrics(app)["Total clicks"]
    return None if written == "–" else int(written.replace(",", ""))


def tables(app: AppTest, column: str) -> list[Any]:
    return [as_seen(item) for item in app.dataframe if column in item.value.columns]


# What moment.js writes for each of its names that the app uses.
MOMENT_JS = {
    "ddd": "%a",
    "MMM": "%b",
    "MM": "%m",
    "M": "{0.month}",
    "DD": "%d",
    "D": "{0.day}",
    "YYYY": "%Y",
    "HH": "%H",
    "mm": "%M",
}


def as_seen(item: Any) -> Any:
    """A table with its times as the browser writes them, and their offset behind them."""
    value = item.value.copy()
    for name, config in json.loads(item.proto.columns or "{}").items():
        if config.get("type_config", {}).get("type") == "datetime":
            pattern = config["type_config"]["format"]
            value[name] = [written(moment, pattern) for moment in value[name]]
            if "Offset" in value.columns:
                value[name] += " " + value.pop("Offset").str.removeprefix("UTC")
    return value


def written(moment: Any, pattern: str) -> str:
    """A time as moment.js writes it by a pattern."""
    pieces = re.findall(r"\[([^\]]*)\]|([A-Za-z]+)|([^A-Za-z\[\]]+)", pattern)
    text = "".join(literal or MOMENT_JS.get(part, "") or rest for literal, part, rest in pieces)
    return moment.strftime(text.format(moment))


def table(app: AppTest) -> Any:
    """The table twin of the chart."""
    (value,) = tables(app, "State")
    return value


def totals(app: AppTest) -> Any:
    """The totals by domain."""
    (value,) = tables(app, "Domain")
    return value


def rows_add_up(app: AppTest) -> None:
    """The rows by domain are the number in the row of the whole, to the last click."""
    rows = totals(app)
    if "The rows do not add up to" in captions(app):
        return  # the whole itself is not known
    nothing = pd.Series(np.nan, rows.index)  # where no number is known there is no such column
    told = rows.get("Clicks", nothing).fillna(rows.get("At least", nothing))
    (at,) = rows.index[rows["Domain"].str.startswith("All ")]
    assert told[:at].fillna(0).sum() == told.fillna(0)[at], rows


def figure(app: AppTest, index: int = 0) -> dict:
    """A figure with the traces that can be hovered over; areas below lines are left out."""
    shown = written_out(json.loads(app.get("plotly_chart")[index].proto.spec))
    shown["data"] = [trace for trace in shown["data"] if trace.get("hoverinfo") != "skip"]
    return shown


def hovered(trace: dict) -> list[str]:
    """What each point of a trace says to a pointer beside the line's name, with what made it."""
    return [
        "".join(text) if isinstance(text, list) else text or ""
        for text in trace.get("customdata") or []
    ]


def read_by(app: AppTest) -> str:
    """How the charts of a page are to be read, as it stands above and below them."""
    return " ".join(plain(item.value) for item in app.markdown if ":gray[" in item.value)


def plain(markdown: str) -> str:
    """What a reader sees of it."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace(":small[]", ""))


def said(app: AppTest) -> list[str]:
    return [plain(item.value) for item in app.warning]


def errors(app: AppTest) -> list[str]:
    return [plain(item.value) for item in app.error]


def captions(app: AppTest) -> str:
    return " ".join(plain(item.value) for item in app.caption)


def whole_address(app: AppTest) -> dict[str, list[str]]:
    """All that stands in the address; without the week's start that it has by itself, which is
    Monday where the browser has no language.
    """
    found = {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in app.query_params.items()
    }
    return {
        name: values for name, values in found.items() if (name, values) != ("week", ["monday"])
    }


def address(app: AppTest) -> dict[str, list[str]]:
    """What the address asks; without what `opened` says of the other period by itself."""
    found = whole_address(app)
    return {name: values for name, values in found.items() if (name, values) != ("overlay", ["0"])}
