"""What a change of a control costs: product, naive app and empty page, by turns.

The naive app is run as Streamlit is installed. The empty page is what is possible: without the
collection of garbage after each redraw, which takes ten times as long as all else of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from benchmarks.apps import ROOT, Process, Redraw, Viewer, app, asking, bitly
from bitly_data.hosts import BITLY_HOSTS

# The server's clock goes on from here, and in the demo nobody clicks for the next 24 minutes: so
# each app is told the same, however long ago it asked.
NOW = "2026-11-02T05:38:00Z"
PRODUCT, NAIVE, EMPTY = "product", "naive", "limit"
_MEASURED = ("cpu_ms", "wall_ms", "bytes")
# The first ones only warm up what all questions share.
FIRST_UNITS = (30, 31, 32)


@dataclass(frozen=True)
class View:
    """A page that product and naive app have by one name, and how each is asked for the same."""

    name: str
    page: str
    product: dict[str, str | list[str]]
    naive: dict[str, str | list[str]]

    def address(self, name: str) -> tuple[str, str]:
        """The page of an app and its query."""
        if name == EMPTY:
            return "", ""
        return self.page, urlencode(self.naive if name == NAIVE else self.product, doseq=True)


@dataclass
class Costs:
    """Of each redraw of one app on one view: CPU [s], wall [s], bytes on the wire."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)

    def add(self, cpu: float, redraws: Sequence[Redraw]) -> None:
        """A round of redraws that cost so much together."""
        self.cpu.append(cpu / len(redraws))
        self.wall += [redraw.seconds for redraw in redraws]
        self.size += [redraw.size for redraw in redraws]

    def middle(self) -> dict[str, float]:
        return {
            "cpu_ms": statistics.median(self.cpu) * 1e3,
            "wall_ms": statistics.median(self.wall) * 1e3,
            "bytes": statistics.median(self.size),
        }


def views(link: str, domains: Sequence[str]) -> list[View]:
    """The views that are measured."""
    return [
        View("Overview", "", {}, {}),
        View("Link", "link", {"link": link}, {"link": link}),
        View(
            f"Compare of {len(domains)}",
            "compare",
            {"item": list(domains)},
            {"domain": list(domains)},
        ),
    ]


@contextmanager
def servers() -> Iterator[tuple[Process, dict[str, Process]]]:
    """The local Bitly and the three apps that stand beside each other."""
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(bitly(NOW))
        address = f"http://127.0.0.1:{upstream.port}"
        yield (
            upstream,
            {
                PRODUCT: stack.enter_context(app(ROOT / "app.py", **asking(address))),
                NAIVE: stack.enter_context(
                    app(ROOT / "benchmarks/naive/app.py", BITLY_BASE_URL=address)
                ),
                EMPTY: stack.enter_context(
                    app(ROOT / "benchmarks/empty.py", settings=("--runner.postScriptGC", "false"))
                ),
            },
        )


async def measure(apps: dict[str, Process], view: View, rounds: int, changes: int) -> dict:
    """Costs by app, of questions asked for the first time ("new") and asked before ("warm")."""
    costs = {name: {"new": Costs(), "warm": Costs()} for name in apps}
    async with contextlib.AsyncExitStack() as stack:
        viewers = {}
        for name, process in apps.items():
            viewer = Viewer(process, *view.address(name))
            viewers[name] = await stack.enter_async_context(viewer)
            _sound(await viewer.look(), name)
            for units in FIRST_UNITS:
                _sound(await viewer.set_number("Units", units), name)
        units = FIRST_UNITS[-1]
        for _ in range(rounds):
            block = range(units + 1, units + 1 + changes)
            units = block[-1]
            for temper in ("new", "warm"):
                shown: dict[str, list[str | None]] = {}
                for name, viewer in viewers.items():
                    before = apps[name].cpu
                    redraws = [
                        _sound(await viewer.set_number("Units", value), name) for value in block
                    ]
                    costs[name][temper].add(apps[name].cpu - before, redraws)
                    shown[name] = [redraw.metrics.get("Total clicks") for redraw in redraws]
                if shown[PRODUCT][0] is not None and shown[NAIVE][0] is not None:
                    assert shown[PRODUCT] == shown[NAIVE], (view.name, shown)
    return costs


def _sound(redraw: Redraw, name: str) -> Redraw:
    if redraw.problems:
        raise RuntimeError(f"{name}: {redraw.problems[0]}")
    return redraw


def rows(rounds: int, changes: int) -> Iterator[dict[str, object]]:
    """A row a view and temper, each with what the three apps cost."""
    with servers() as (upstream, apps):
        offered = _asked(upstream, "user/info")["domain_options"]
        domains = [domain for domain in offered if domain not in BITLY_HOSTS]
        (first, *_) = _asked(upstream, "organization/popular_links")["popular_links"]
        for view in views(first["link"], domains):
            costs = asyncio.run(measure(apps, view, rounds, changes))
            for temper in ("warm", "new"):
                made = {name: costs[name][temper].middle() for name in costs}
                yield {
                    "row": f"control change, {temper}: {view.name}",
                    **{key: {name: one[key] for name, one in made.items()} for key in _MEASURED},
                }


def _asked(upstream: Process, method: str) -> Any:
    address = f"http://127.0.0.1:{upstream.port}/v3/{method}"
    return requests.get(address, params={"access_token": "t"}, timeout=60).json()["data"]
