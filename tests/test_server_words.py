"""The server's own words: what the dashboard learns to say changes nothing that is answered."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import NOW, epoch, write_clicks
from werkzeug.test import Client

from bitly_data import buckets
from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.server.words import V3_LINK_UNITS, V3_ORGANIZATION_UNITS, V4_UNITS

ROOT = Path(__file__).parents[1]
LINK = "go.ex.com/Ab"
UNITS = ("minute", "hour", "day", "week", "month")
BEARER = {"Authorization": "Bearer x"}

# A dashboard that knows quarters in all its tables, before the server is imported: what the server
# had copied out of them would show as well.
QUARTERS = """
import json, sys
from datetime import date
from bitly_data import buckets

first_day, step_day = buckets.first_day, buckets.step_day

def first_of(day, unit, week_start):
    if unit == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first_day(day, unit, week_start)

def step(day, unit, count):
    return step_day(day, "month", 3 * count) if unit == "quarter" else step_day(day, unit, count)

buckets.UNITS = (*buckets.UNITS, "quarter")
buckets.NOMINAL_SECONDS["quarter"] = 92 * buckets.DAY_SECONDS
buckets.first_day, buckets.step_day = first_of, step

from werkzeug.test import Client
from bitly_data.server import LocalBitly, ServerOptions

local = LocalBitly.open(ServerOptions(clicks=(sys.argv[1],), now=sys.argv[2]))
client, bearer = Client(local.app), {"Authorization": "Bearer x"}
group = client.get("/v4/groups", headers=bearer).get_json()["groups"][0]["guid"]
answers = {}
for unit in ("month", "quarter"):
    v3 = f"access_token=x&rollup=false&units=2&timezone=0&unit={unit}"
    v4 = f"units=2&unit={unit}"
    answers[unit] = [
        client.get(f"/v3/link/clicks?link=http://go.ex.com/Ab&{v3}").get_json()["status_txt"],
        client.get(f"/v3/organization/clicks?{v3}").get_json()["status_txt"],
        client.get(f"/v4/bitlinks/go.ex.com/Ab/clicks?{v4}", headers=bearer).status_code,
        client.get(f"/v4/groups/{group}/links/clicks/over_time?{v4}", headers=bearer).status_code,
    ]
answers["floor"] = buckets.floor(int(local.clock()), "quarter", buckets.zone("0"))
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")


@pytest.fixture(scope="module")
def client(log: str) -> Iterator[Client]:
    local = LocalBitly.open(ServerOptions(clicks=(log,), now=f"{NOW}Z"))
    yield Client(local.app)
    local.close()


def test_a_dashboard_that_learns_quarters_changes_nothing_here(log: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUARTERS, log, f"{NOW}Z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "month": ["OK", "OK", 200, 200],
        "quarter": ["INVALID_ARG_UNIT", "INVALID_ARG_UNIT", 400, 400],
        "floor": epoch("2013-04-01T00:00:00"),  # the dashboard did learn them
    }


def test_while_it_runs_as_little(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "UNITS", ("quarter",))
    monkeypatch.setitem(buckets.NOMINAL_SECONDS, "quarter", 92 * buckets.DAY_SECONDS)
    for unit, v3, v4 in (("quarter", "INVALID_ARG_UNIT", 400), ("week", "OK", 200)):
        query = f"link=http://{LINK}&access_token=x&unit={unit}"
        assert client.get(f"/v3/link/clicks?{query}").get_json()["status_txt"] == v3
        path = f"/v4/bitlinks/{LINK}/clicks?unit={unit}"
        assert client.get(path, headers=BEARER).status_code == v4


def test_the_units_of_both_faces_are_those_that_bitly_documents() -> None:
    assert V3_LINK_UNITS == V4_UNITS == UNITS
    assert UNITS[1:] == V3_ORGANIZATION_UNITS


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_is_answered(client: Client, unit: str) -> None:
    query = f"access_token=x&rollup=false&unit={unit}"
    link = client.get(f"/v3/link/clicks?link=http://{LINK}&{query}").get_json()
    assert (link["status_txt"], link["data"]["unit"]) == ("OK", unit)
    organization = client.get(f"/v3/organization/clicks?{query}").get_json()
    assert organization["status_txt"] == ("INVALID_ARG_UNIT" if unit == "minute" else "OK")
    answer = client.get(f"/v4/bitlinks/{LINK}/clicks?unit={unit}", headers=BEARER).get_json()
    assert answer["unit"] == unit and answer["units"] == len(answer["link_clicks"]) > 0


def taken_from_the_calendar() -> set[str]:
    """The names of `bitly_data.buckets` that the server's modules use."""
    names: set[str] = set()
    for path in (ROOT / "bitly_data/server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "bitly_data.buckets":
                names |= {alias.name for alias in node.names}
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "buckets":
                names.add(node.attr)
    return names


def test_of_the_calendar_the_server_takes_its_arithmetic_and_none_of_its_words() -> None:
    names = taken_from_the_calendar()
    assert "floor" in names
    assert {name for name in names if not callable(getattr(buckets, name))} == set()
