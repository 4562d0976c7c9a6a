"""From `streamlit run` to the first chart in the browser, and a control change to its redraw.

Both are printed beside an empty Streamlit page in the same run, because the machine's mood is in
every figure: read the ratios. Needs what `tests/requirements.txt` lists and a Chromium.

    .cache/tests/bin/python benchmarks/first_chart.py [ROUNDS]
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.apps import app_words, free_port, own_environment  # noqa: E402

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EMPTY = 'import streamlit as st\nst.title("Empty")\nst.text(st.toggle("Turn"))\n'
CHART = ".js-plotly-plot .scatterlayer .js-line"  # drawn clicks, not an empty frame


def opened(page: Page, port: int, ready: str) -> None:
    """Load the page as soon as the port answers, and wait until `ready` is there."""
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not start")
        time.sleep(0.02)
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_selector(ready, timeout=60_000)


def measure(
    context: BrowserContext, script: Path, port: int, ready: str, change: str
) -> tuple[float, float]:
    """Seconds to `ready` on a fresh server, and from a changed control to the new text."""
    server = subprocess.Popen(
        app_words(script, port),
        cwd=script.parent,
        env=own_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    page = context.new_page()
    try:
        begin = time.perf_counter()
        opened(page, port, ready)
        first = time.perf_counter() - begin
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        return first, redraw(page, change)
    finally:
        page.close()
        server.terminate()
        server.wait()


def redraw(page: Page, change: str) -> float:
    if change == "units":
        before = page.locator('[data-testid="stMetricValue"]').first.inner_text()
        begin = time.perf_counter()
        page.get_by_label("Units", exact=True).fill("60")
        page.keyboard.press("Enter")
        page.wait_for_function(
            "was => document.querySelector('[data-testid=stMetricValue]').innerText !== was "
            "&& document.querySelector('.js-plotly-plot')?.data?.[0]?.x?.length > 40",
            arg=before,
        )
    else:
        begin = time.perf_counter()
        page.locator('[data-testid="stCheckbox"] label').click()
        page.get_by_text("True", exact=True).wait_for()
    return time.perf_counter() - begin


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    browser_path = next(
        path
        for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
        if path
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, "utf-8")
        pages = {
            "this app": (ROOT / "app.py", CHART, "units"),
            "empty page": (empty, "h1", "toggle"),
        }
        # A profile on disk and one port a page: the browser's cache is warm from round 1 on.
        context = player.chromium.launch_persistent_context(
            str(Path(folder) / "profile"), executable_path=browser_path, args=FLAGS
        )
        ports = {name: free_port() for name in pages}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
        for turn in range(rounds + 1):
            for name, (script, ready, change) in pages.items():
                figures = measure(context, script, ports[name], ready, change)
                if turn:  # the first round fills the browser's cache
                    times[name].append(figures)
        context.close()
    print(f"median of {rounds}, seconds{'':12}first sight   control change")
    for name, figures in times.items():
        first, change = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{name:32}{first:11.2f}{change:17.2f}")


if __name__ == "__main__":
    main()
