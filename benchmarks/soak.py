"""Many people who click around for minutes, against a server with faults: is every number right?

The app runs in a process of its own; each session is a websocket as a browser has it. Printed every
ten seconds: redraws, errors shown, wrong numbers, p50 and p99 of a redraw, threads, sockets and
memory of the app. Ends with 1 where a number was wrong, a page broke, or threads or sockets were
left over; in a run of five minutes or more also where memory did not level off. Needs what
`tests/requirements.txt` lists.

    .cache/tests/bin/python benchmarks/soak.py [--seconds 600] [--sessions 50] [--faults 0.05]
                                               [--no-rest] [--seed 0]

Streamlit keeps the session of a closed tab for two minutes, each with a pair of local sockets for
its event loop. So the app rests for that long before it is measured at the start and at the end;
with `--no-rest` only the network's sockets are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from faults import fault_server  # noqa: E402
from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: E402
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: E402

from benchmarks.apps import HANDSHAKE_SECONDS, Process, app, asking  # noqa: E402
from bitly_data.query import LINK, ClickQuery  # noqa: E402
from bitly_data.server import LocalBitly, ServerOptions  # noqa: E402
from bitly_data.sources.v3.source import V3Source  # noqa: E402
from bitly_data.transport.client import CONNECTIONS, LOCAL_URL, HttpClient, new_session  # noqa: E402

NOW = "2026-11-03T15:20:00Z"
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Europe/Tallinn")
UNITS = {"day": 30, "week": 8, "month": 3, "hour": 24}
# A shorter run still fills the caches, so that its memory says nothing [s].
LONG_RUN, LEVEL = 300, 0.05
# How long Streamlit keeps the session of a closed tab, and some more [s].
PARKED = 125
FIRST_VISITORS = 10
ENDS = ("2026-10-20T12:00:00Z", "2026-11-02T12:00:00Z", "2026-06-30T12:00:00Z")


@dataclass
class Tally:
    """What was seen."""

    redraws: list[float] = field(default_factory=list)  # seconds
    errors: int = 0  # pages that said in one sentence that there is no answer
    partial: int = 0  # totals that said what they do not hold
    sentences: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@dataclass
class Truth:
    """The right totals, from the same store without faults."""

    source: V3Source
    links: list[str]
    domains: list[str]
    kept: dict[str, int] = field(default_factory=dict)

    def question(self, chance: random.Random) -> tuple[str, dict[str, str], int]:
        """A page, its address, and the total that it must show."""
        unit = chance.choice(sorted(UNITS))
        params = {
            "unit": unit,
            "units": str(UNITS[unit]),
            "tz": chance.choice(ZONES),
            "until": chance.choice(ENDS),
        }
        page = chance.choice(["", "link"])
        if page == "link":
            params["link"] = chance.choice(self.links)
        elif chance.random() < 0.5:
            params["domain"] = chance.choice(self.domains)
        key = urlencode(params)
        if key not in self.kept:
            self.kept[key] = self._total(params)
        return page, params, self.kept[key]

    def _total(self, params: dict[str, str]) -> int:
        from bitly_data.cli.clicks import parse_until

        parts: dict[str, object] = (
            {"target": LINK, "link": params["link"]}
            if "link" in params
            else {"domains": (params["domain"],) if "domain" in params else ()}
        )
        plain = ClickQuery(timezone=params["tz"])
        series = self.source.fetch(
            ClickQuery(
                unit=params["unit"],
                units=int(params["units"]),
                timezone=params["tz"],
                until=parse_until(params["until"], plain),
                **parts,
            )
        )  # type: ignore[arg-type]
        return int(series.clicks.sum())


async def person(address: str, seed: int, truth: Truth, tally: Tally, until: float) -> None:
    """One session that goes from question to question."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        async with connect(
            address, subprotocols=["streamlit"], max_size=None, open_timeout=HANDSHAKE_SECONDS
        ) as wire:
            for _ in range(chance.randint(5, 40)):  # then the tab is closed and opened again
                if time.monotonic() > until:
                    break
                page, params, total = truth.question(chance)
                began = time.monotonic()
                message = BackMsg()
                message.rerun_script.query_string = urlencode(params)
                message.rerun_script.page_name = page
                await wire.send(message.SerializeToString())
                await read(wire, f"{page}?{urlencode(params)}", total, tally)
                tally.redraws.append(time.monotonic() - began)
                await asyncio.sleep(chance.uniform(0.5, 3))


async def read(wire, about: str, total: int, tally: Tally) -> None:
    """One redraw: its total is right, or the page says why it is not."""
    shown, said, warned = None, False, False
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(wire.recv(), 120))
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                continue  # it draws itself once more, and says the same
            break
        if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
            continue
        element = message.delta.new_element
        name = element.WhichOneof("type")
        if name == "metric" and element.metric.label == "Total clicks":
            shown = element.metric.body
        elif name == "exception":
            tally.broken.append(f"{about}: {element.exception.type}")
        elif name == "alert":
            if element.alert.format == element.alert.ERROR:
                said = True
                tally.sentences[element.alert.body] += 1
            warned = warned or "not known" in element.alert.body
    if said:
        tally.errors += 1
    elif warned:
        tally.partial += 1
    elif shown != f"{total:,}":
        tally.wrong.append(f"{about}: {shown} instead of {total:,}")


@dataclass(frozen=True)
class Held:
    """What a process holds: threads, sockets, those of them on the network, memory [MB]."""

    threads: int
    sockets: int
    network: int
    megabytes: float

    def is_back_at(self, start: Held, *, rested: bool) -> bool:
        """Whether no thread and no socket is left over.

        Of the network there may be what listens and the connections that are kept open on purpose,
        whether the first visitors opened all of them or not.
        """
        grown = max(1 + CONNECTIONS - start.network, 0)
        return (
            self.threads <= start.threads
            and self.network <= start.network + grown
            and (not rested or self.sockets <= start.sockets + grown)
        )


def of_process(pid: int) -> Held:
    status = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if ":" in line
    )
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = os.readlink(entry)
        except OSError:
            continue  # closed meanwhile
        if name.startswith("socket:["):
            inodes.add(name[8:-1])
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    network = {
        line.split()[9]
        for table in tables
        if table.exists()
        for line in table.read_text().splitlines()[1:]
    }
    return Held(
        int(status["Threads"]),
        len(inodes),
        len(inodes & network),
        int(status["VmRSS"].split()[0]) / 1024,
    )


async def soak(process: Process, truth: Truth, options: argparse.Namespace) -> Tally:
    tally, began = Tally(), time.monotonic()
    until = began + options.seconds
    people = [
        asyncio.create_task(
            person(f"ws://127.0.0.1:{process.port}/_stcore/stream", seed, truth, tally, until)
        )
        for seed in range(options.seed, options.seed + options.sessions)
    ]
    memory: list[float] = []
    print("second redraws errors in-part wrong broken    p50    p99 threads sockets  MB")
    while any(not one.done() for one in people):
        await asyncio.sleep(10)
        held = of_process(process.pid)
        memory.append(held.megabytes)
        recent = sorted(tally.redraws[-2000:]) or [0.0]
        print(
            f"{time.monotonic() - began:6.0f} {len(tally.redraws):7} {tally.errors:6} "
            f"{tally.partial:7} {len(tally.wrong):5} {len(tally.broken):6} "
            f"{statistics.median(recent):6.2f} {recent[int(len(recent) * 0.99)]:6.2f} "
            f"{held.threads:7} {held.sockets:7} {held.megabytes:5.0f}",
            flush=True,
        )
    for one in people:
        if problem := one.exception():
            tally.broken.append(repr(problem))
    third = max(len(memory) // 3, 1)
    middle, last = (
        statistics.mean(part) for part in (memory[third : 2 * third] or memory, memory[-third:])
    )
    print(f"memory of the last third over the middle one: {last / middle:.3f}")
    if options.seconds >= LONG_RUN and abs(last / middle - 1) > LEVEL:
        tally.broken.append("memory did not level off")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-rest", dest="rest", action="store_false")
    options = parser.parse_args()
    local = LocalBitly.open(ServerOptions(now=NOW))
    source = V3Source(
        HttpClient(LOCAL_URL, "t", new_session(local.app), clock=local.clock),
        "x",
        clock=local.clock,
    )
    links = [link.link for link in source.fetch_links(40)[0]]
    truth = Truth(source, links, list(source.fetch_account().short_domains))
    with (
        tempfile.TemporaryDirectory() as folder,
        fault_server(local.app, random.Random(options.seed + 1), 5, options.faults) as (
            upstream,
            _,
        ),
    ):
        log = Path(folder) / "app.log"
        with app(ROOT / "app.py", log, **asking(upstream)) as process:
            # Visits first, so that what is loaded or opened once is not taken for a leak.
            asyncio.run(visit(process.port, truth, range(FIRST_VISITORS)))
            before = at_rest(process, truth, options)
            tally = asyncio.run(soak(process, truth, options))
            # A page whose tab is closed may still wait for an answer, up to a request's minute.
            for _ in range(2 if options.rest else 90):
                after = at_rest(process, truth, options)
                if after.is_back_at(before, rested=options.rest):
                    break
                if not options.rest:
                    time.sleep(1)
        text = log.read_text()
    local.close()
    if not after.is_back_at(before, rested=options.rest):
        tally.broken.append("threads or sockets are left over")
    print(
        f"threads {before.threads} before, {after.threads} after; sockets {before.sockets} "
        f"({before.network} on the network) before, {after.sockets} ({after.network}) after; "
        f"tracebacks in the log: {text.count('Traceback')}"
    )
    for sentence, times in tally.sentences.most_common(8):
        print(f"{times:5} {sentence}")
    for line in [*tally.wrong[:10], *tally.broken[:10]]:
        print(line)
    if "Traceback" in text:
        print(text[text.index("Traceback") :][:12000])
    return int(bool(tally.wrong or tally.broken or "Traceback" in text))


def at_rest(process: Process, truth: Truth, options: argparse.Namespace) -> Held:
    """What the app holds when nobody looks at it."""
    if options.rest:
        time.sleep(PARKED)
        asyncio.run(visit(process.port, truth, [0]))  # a new session lets go of the old ones
        time.sleep(5)
    return of_process(process.pid)


async def visit(port: int, truth: Truth, seeds: Iterable[int]) -> None:
    """Some people at once, for a moment each."""
    await asyncio.gather(
        *(
            person(
                f"ws://127.0.0.1:{port}/_stcore/stream", seed, truth, Tally(), time.monotonic() + 3
            )
            for seed in seeds
        )
    )


if __name__ == "__main__":
    sys.exit(main())
