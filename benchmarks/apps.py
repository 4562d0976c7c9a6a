"""Streamlit apps in processes of their own, and viewers who click in them without a browser."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

import streamlit  # noqa: F401 - its messages need the package to be whole
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
# A browser waits for minutes; fifty viewers on two cores may need more than a client's usual ten.
HANDSHAKE_SECONDS = 60.0
REDRAW_SECONDS = 120.0
START_SECONDS = 60.0
# A page may draw itself once more when what it asked for in the background is there.
QUIET_SECONDS = 0.3


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Process:
    """A server in a process of its own."""

    pid: int
    port: int

    @property
    def cpu(self) -> float:
        """What it has worked so far, user and system together [s]."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_environment() -> dict[str, str]:
    """This shell's environment without its own settings of the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BITLY_")}


def app_words(script: Path, port: int, *settings: str) -> list[str]:
    """The command that runs a Streamlit app on a port of this machine, by further settings."""
    words = [sys.executable, "-m", "streamlit", "run", script.name, "--server.port", str(port)]
    words += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    words += ["--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false"]
    return [*words, *settings]


@contextmanager
def app(
    script: Path, log: Path | None = None, settings: Sequence[str] = (), **env: str
) -> Iterator[Process]:
    """A Streamlit app; what it prints goes to `log`."""
    port = free_port()
    words = app_words(script, port, *settings)
    with _started(words, port, "/_stcore/health", script.parent, log, env) as process:
        yield process


def asking(upstream: str) -> dict[str, str]:
    """The settings of a product that asks this server, as often as it likes."""
    return {
        "BITLY_BASE_URL": upstream,
        "BITLY_ACCESS_TOKEN": "right",
        "BITLY_CALLS_PER_MINUTE": "1000000",
        "BITLY_CALLS_PER_HOUR": "1000000",
    }


@contextmanager
def bitly(now: str) -> Iterator[Process]:
    """A local Bitly with the demo's clicks, which all apps ask."""
    port = free_port()
    words = [sys.executable, "-m", "bitly_data", "serve", "--port", str(port)]
    ready = "/v3/user/info?access_token=t"
    with _started(words, port, ready, ROOT, None, {"BITLY_NOW": now}) as process:
        yield process


@contextmanager
def _started(
    words: list[str], port: int, ready: str, cwd: Path, log: Path | None, env: dict[str, str]
) -> Iterator[Process]:
    """A server, from when it answers at `ready` on. Raises `RuntimeError` if it does not."""
    with (
        (log or Path(os.devnull)).open("w") as output,
        subprocess.Popen(
            words, cwd=cwd, env=own_environment() | env, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                try:
                    with urlopen(f"http://127.0.0.1:{port}{ready}", timeout=1):
                        break
                except OSError as problem:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise RuntimeError(f"{words[3]} did not start") from problem
                    time.sleep(0.05)
            yield Process(process.pid, port)
        finally:
            process.terminate()


@dataclass
class Redraw:
    """What one redraw came to: its seconds, its bytes on the wire, what it showed by its label."""

    seconds: float
    size: int
    metrics: dict[str, str]
    problems: list[str]


@dataclass
class Viewer:
    """Somebody with a tab open, who changes controls by their labels; in an `async with`."""

    process: Process
    page: str = ""
    query: str = ""
    _ids: dict[str, str] = field(default_factory=dict)
    _held: dict[str, WidgetState] = field(default_factory=dict)  # by id: what each widget holds
    _wire: ClientConnection | None = None

    async def __aenter__(self) -> Viewer:
        self._wire = await connect(
            f"ws://127.0.0.1:{self.process.port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            open_timeout=HANDSHAKE_SECONDS,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._wire is not None
        await self._wire.close()

    async def look(self) -> Redraw:
        """The page as its address says."""
        return await self._redraw()

    async def set_number(self, label: str, value: float) -> Redraw:
        """The page after the number beside that label was changed."""
        self._held[self._ids[label]].double_value = value
        return await self._redraw()

    async def _redraw(self) -> Redraw:
        assert self._wire is not None
        message = BackMsg()
        # As a browser does, it sends what every widget holds.
        message.rerun_script.widget_states.widgets.extend(self._held.values())
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        began, size = time.perf_counter(), 0
        await self._wire.send(message.SerializeToString())
        metrics: dict[str, str] = {}
        problems: list[str] = []
        seconds, is_running = 0.0, True
        while True:
            patience = REDRAW_SECONDS if is_running else QUIET_SECONDS
            try:
                body = await asyncio.wait_for(self._wire.recv(), patience)
            except TimeoutError:
                if is_running:
                    raise
                return Redraw(seconds, size, metrics, problems)
            size += len(body)
            found = ForwardMsg.FromString(body)  # type: ignore[arg-type]
            kind = found.WhichOneof("type")
            if kind == "new_session":
                is_running = True
            elif kind == "script_finished":
                seconds, is_running = time.perf_counter() - began, False
            elif kind == "page_info_changed":
                self.query = found.page_info_changed.query_string
            elif kind == "delta" and found.delta.WhichOneof("type") == "new_element":
                self._note(found.delta.new_element, metrics, problems)

    def _note(self, element: Any, metrics: dict[str, str], problems: list[str]) -> None:
        name = element.WhichOneof("type")
        if name in _HOLDS:
            widget = getattr(element, name)
            self._ids[widget.label] = widget.id
            if widget.set_value or widget.id not in self._held:
                self._held[widget.id] = _state_of(widget, *_HOLDS[name])
        elif name == "metric":
            metrics[element.metric.label] = element.metric.body
        elif name == "exception":
            problems.append(f"{element.exception.type}: {element.exception.message}")
        elif name == "alert" and element.alert.format == element.alert.ERROR:
            problems.append(element.alert.body)


# How each kind of widget says what it holds: in which field of its state, and of its message. A
# calendar of days stands behind a button, and a browser says nothing of what nobody has opened.
_HOLDS = {
    "number_input": ("double_value", "value"),
    "checkbox": ("bool_value", "value"),
    "text_input": ("string_value", "value"),
    "text_area": ("string_value", "value"),
    "selectbox": ("string_value", "raw_value"),
    "radio": ("string_value", "raw_value"),
    "multiselect": ("string_array_value", "raw_values"),
    "button_group": ("string_array_value", "raw_values"),
    "date_time_input": ("string_array_value", "value"),
}


def _state_of(widget: Any, name: str, value_name: str) -> WidgetState:
    """What a widget holds: what it was set to, else what it begins with."""
    state = WidgetState(id=widget.id)
    value: Any = getattr(widget, value_name) if widget.set_value else widget.default
    if not widget.set_value and value_name.startswith("raw"):  # there it is places among options
        many = name == "string_array_value"
        names = [getattr(option, "content", option) for option in widget.options]
        places = list(value) if many else [value] if widget.HasField("default") else []
        found = [names[place] for place in places]
        value = found if many else found[0] if found else None
    if name == "string_array_value":
        getattr(state, name).data.extend(value)
    elif value is not None:
        setattr(state, name, value)
    return state
