"""Visitors who come to a new process at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# pandas stops in the middle of its import until the second visitor has begun, and a bit longer.
TWO_VISITORS = """
import importlib.abc, sys, threading, time
import streamlit as st
from pages.components import page

half_made, second_began, faults = threading.Event(), threading.Event(), []

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "pandas.core" and not half_made.is_set():
            half_made.set()
            assert second_began.wait(30)
            time.sleep(0.5)

sys.meta_path.insert(0, Slow())

def visitor(page):
    try:
        page()
    except BaseException as fault:
        faults.append(repr(fault))

def first():
    page.open_early("first")
    assert "pandas" not in sys.modules, "the first chart waits for pandas"
    import pandas

def second():
    assert half_made.wait(30)
    assert not hasattr(sys.modules["pandas"], "Series")
    st.session_state.clear()  # without a browser the threads share one
    second_began.set()
    page.open_early("second")
    assert page.CHART_PART in st.session_state
    assert hasattr(sys.modules["pandas"], "Series")

visitors = [threading.Thread(target=visitor, args=[page]) for page in (first, second)]
for one in visitors:
    one.start()
for one in visitors:
    one.join()
print(faults)
"""


def test_the_second_visitor_of_a_process_does_not_meet_half_a_pandas() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWO_VISITORS],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "[]", done.stdout
