"""Two clients that many scripts are built on read everything they can from the local server.

Each is as its registry has it, changed in nothing but the address, and what it read is compared
with a plain count of the click log.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from foreign_clients import npm_bitly, tap_bitly
from support import served

# One worker has both: what one of them installs, another would install beside it.
pytestmark = pytest.mark.xdist_group("foreign-clients")

TOKEN = "bare-token"
NOW = datetime(2013, 5, 17, 11, 59, 59, tzinfo=UTC)
DAYS = 200
# The npm client takes every back-half of six letters and more for one on bit.ly, as all were.
HOSTS = ("bit.ly", "bit.ly", "go.ex.com", "x.ex.com")
LOGINS = ("ann", "bob", "eve")  # eve's links are another account's
PATIENCE = 600  # [s]


@dataclass(frozen=True)
class Link:
    name: str
    login: str
    url: str
    custom: str  # "" for none


@dataclass(frozen=True)
class Log:
    """A click log and what is in it: (link, by its custom back-half, time) of each click."""

    path: Path
    links: tuple[Link, ...]
    clicks: tuple[tuple[Link, bool, datetime], ...]

    @property
    def own(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.login != "eve")

    def count(self, link: Link, form: str) -> dict[str, int]:
        """The clicks by a link's hash, by the time of each written in a form."""
        times = [at for clicked, custom, at in self.clicks if clicked is link and not custom]
        return dict(Counter(at.strftime(form) for at in times))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    chance = random.Random(11)
    links = []
    for number in range(48):
        host = HOSTS[number % len(HOSTS)]
        back_half = f"2Cc{number:04}" if host == "bit.ly" else f"k{number}"
        custom = f"s{number}" if number % 7 == 0 else ""
        url = f"http://ex.com/{number}?a=1&b={number}"
        links.append(Link(f"{host}/{back_half}", LOGINS[number % 3], url, custom))
    clicks = []
    for link in links:
        for _ in range(chance.choice((1, 5, 40, 120))):
            back = timedelta(seconds=chance.randrange((DAYS - 1) * 86_400))
            clicks.append((link, bool(link.custom) and chance.random() < 0.3, NOW - back))
        clicks.append((link, False, NOW - timedelta(seconds=chance.randrange(3600))))
    path = tmp_path_factory.mktemp("log") / "clicks.log"
    with path.open("w") as file:
        for link, custom, at in sorted(clicks, key=lambda click: click[2]):
            host, _, back_half = link.name.partition("/")
            line = {"t": int(at.timestamp()), "hh": host, "h": back_half, "l": link.login}
            line |= {"u": link.url, "title": f"Page {back_half}"}
            file.write(json.dumps(line | ({"kw": link.custom} if custom else {})) + "\n")
    return Log(path, tuple(links), tuple(clicks))


@pytest.fixture(scope="module")
def address(log: Log) -> Iterator[str]:
    whose = ["--account", "ann", "--account", "bob"]
    now = NOW.isoformat()
    with served("--clicks", str(log.path), "--now", now, "--token", TOKEN, *whose) as address:
        yield address


def test_a_token_by_itself_reads_each_link(log: Log, address: str) -> None:
    """As the npm client sends it, also where there is no node."""
    assert {bool(link.custom) for link in log.own} == {True, False}
    assert any(custom for _, custom, _ in log.clicks)
    for link in log.links:
        path = f"{address}/v4/bitlinks/{link.name}/clicks"
        response = requests.get(path, headers={"Authorization": TOKEN}, timeout=30)
        if link.login == "eve":
            assert response.status_code == 403
        else:
            assert numbers(response.json()) == log.count(link, "%Y-%m-%dT00:00:00+0000"), link


# -- npm bitly ------------------------------------------------------------------------------------

# The client has a host for an option, and no port: so its HTTP library is told the address.
SCRIPT = """
const axios = require("axios");
const { BitlyClient } = require("bitly");
const [address, token, links, foreign] = [...process.argv.slice(2, 4), ...process.argv.slice(4)
  .map((text) => JSON.parse(text))];
axios.interceptors.request.use((request) => {
  request.url = request.url.replace("https://api-ssl.bitly.com", address);
  return request;
});
const bitly = new BitlyClient(token);
const settle = async (asked) => {
  try { return { answer: await asked }; } catch (problem) { return { problem }; }
};
const read = async (name) => ({
  info: await settle(bitly.info(name)),
  getBitlink: await settle(bitly.getBitlink(name.replace("bit.ly/", "https://bit.ly/"))),
  expand: await settle(bitly.expand(name)),
  clicks: await settle(bitly.clicks(name)),
  clicksByDay: await settle(bitly.clicksByDay(name)),
  clicksByMinute: await settle(bitly.clicksByMinute(name)),
  hours: await settle(bitly.clicks(name, "hour", 48)),
  months: await settle(bitly.clicks(name, "month", 6, 10, "2013-04-30T00:00:00+0000")),
  referrers: await settle(bitly.referrers(name)),
  countries: await settle(bitly.countries(name)),
});
const whole = async () => {
  const get = (path, data = {}) => settle(bitly.bitlyRequest(path, data, "GET"));
  const groups = await get("groups");
  const found = { links: {}, groups: {}, foreign: await settle(bitly.clicks(foreign)) };
  for (const { guid } of groups.answer.groups) {
    found.groups[guid] = {
      series: await get(`groups/${guid}/links/clicks/over_time`, { unit: "day", units: -1 }),
      list: await get(`groups/${guid}/bitlinks`, { size: 100 }),
      sorted: await get(`groups/${guid}/bitlinks/clicks`, { unit: "day", units: 200, size: 100 }),
    };
  }
  for (const name of links) found.links[name] = await read(name);
  for (const path of ["user", "organizations", "bsds", "campaigns", "channels"]) {
    found[path] = await get(path);
  }
  found.foreign_expand = await settle(bitly.expand(foreign));
  found.shorten = await settle(bitly.shorten("http://ex.com/new"));
  console.log(JSON.stringify(found));
};
whole();
"""


@pytest.fixture(scope="module")
def read_by_npm(log: Log, address: str) -> dict[str, Any]:
    folder = npm_bitly()
    script = folder / "read.js"
    script.write_text(SCRIPT)
    names = json.dumps([link.name for link in log.own])
    foreign = next(link.name for link in log.links if link.login == "eve")
    done = subprocess.run(
        ["node", str(script), address, TOKEN, names, json.dumps(foreign)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers(series: dict[str, Any]) -> dict[str, int]:
    """The buckets with clicks of a series."""
    return {item["date"]: item["clicks"] for item in series["link_clicks"] if item["clicks"]}


@pytest.mark.deep
def test_npm_bitly_reads_each_link_as_the_log_has_it(log: Log, read_by_npm: dict[str, Any]) -> None:
    assert read_by_npm["links"].keys() == {link.name for link in log.own}
    for link in log.own:
        found = read_by_npm["links"][link.name]
        refused = {name: each["problem"] for name, each in found.items() if "problem" in each}
        assert refused == {}, link
        answers = {name: each["answer"] for name, each in found.items()}
        days = log.count(link, "%Y-%m-%dT00:00:00+0000")
        total = sum(days.values())
        assert numbers(answers["clicks"]) == numbers(answers["clicksByDay"]) == days
        minute = {
            at: count
            for at, count in log.count(link, "%Y-%m-%dT%H:%M:00+0000").items()
            if at > "2013-05-17T10:59:59"
        }
        assert numbers(answers["clicksByMinute"]) == minute
        hours = log.count(link, "%Y-%m-%dT%H:00:00+0000")
        oldest = "2013-05-15T12"
        assert numbers(answers["hours"]) == {at: n for at, n in hours.items() if at >= oldest}
        months = log.count(link, "%Y-%m-01T00:00:00+0000")
        assert numbers(answers["months"]) == {
            at: n for at, n in months.items() if "2012-11" <= at < "2013-05"
        }
        for name in ("referrers", "countries"):
            assert sum(row["clicks"] for row in answers[name]["metrics"]) == total
        assert answers["expand"]["long_url"] == link.url
        assert answers["info"] == answers["getBitlink"]
        assert (answers["info"]["long_url"], answers["info"]["created_by"]) == (
            link.url,
            link.login,
        )


@pytest.mark.deep
def test_npm_bitly_reads_the_account(log: Log, read_by_npm: dict[str, Any]) -> None:
    own = set(log.own)
    days = Counter(at.strftime("%Y-%m-%d") for link, _, at in log.clicks if link in own)
    names, listed, series = set(), Counter[str](), Counter[str]()
    for found in read_by_npm["groups"].values():
        names |= {link["id"] for link in found["list"]["answer"]["links"]}
        for item in found["sorted"]["answer"]["sorted_links"]:
            listed[item["id"]] += item["clicks"]
        for item in found["series"]["answer"]["data"]:
            series[item["ts"][:10]] += item["count"]
    assert names == {link.name for link in own}
    assert +series == days
    assert listed == Counter(link.name for link, _, _ in log.clicks if link in own)
    assert read_by_npm["user"]["answer"]["login"] in ("ann", "bob")
    assert set(read_by_npm["bsds"]["answer"]["bsds"]) == {"go.ex.com", "x.ex.com"}
    assert read_by_npm["campaigns"]["answer"] == {"campaigns": []}
    assert read_by_npm["channels"]["answer"] == {"channels": []}
    assert len(read_by_npm["organizations"]["answer"]["organizations"]) == 1


@pytest.mark.deep
def test_npm_bitly_knows_what_it_may_not(log: Log, read_by_npm: dict[str, Any]) -> None:
    for name in ("foreign", "shorten"):
        assert read_by_npm[name]["problem"]["message"] == "FORBIDDEN"
    assert read_by_npm["foreign_expand"]["answer"]["long_url"].startswith("http://ex.com/")


# -- tap-bitly ------------------------------------------------------------------------------------

# The tap has no option for the address: it stands in a class.
TAP = """
import sys
from tap_bitly.client import BitlyStream
from tap_bitly.tap import TapBitly

BitlyStream.url_base = sys.argv.pop(1)
TapBitly.cli()
"""


@pytest.fixture(scope="module")
def read_by_tap(address: str, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The messages of a full sync, all streams."""
    folder = tmp_path_factory.mktemp("tap")
    settings = folder / "config.json"
    settings.write_text(json.dumps({"token": TOKEN, "include_paid_streams": True}))
    done = subprocess.run(
        [str(tap_bitly()), "-c", TAP, address, "--config", str(settings)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def records(messages: list[dict[str, Any]], stream: str) -> list[dict[str, Any]]:
    return [
        message["record"]
        for message in messages
        if message["type"] == "RECORD" and message["stream"] == stream
    ]


@pytest.mark.deep
def test_tap_bitly_syncs_every_stream(log: Log, read_by_tap: list[dict[str, Any]]) -> None:
    streams = {message["stream"] for message in read_by_tap if message["type"] == "SCHEMA"}
    assert streams == {
        *("groups", "bitlinks", "bsds", "campaigns", "channels", "organizations", "webhooks"),
        *("daily_bitlink_clicks", "montly_bitlink_clicks"),  # its own spelling
    }
    assert read_by_tap[-1]["type"] == "STATE"
    links = {record["id"]: record for record in records(read_by_tap, "bitlinks")}
    assert links.keys() == {link.name for link in log.own}
    for link in log.own:
        record = links[link.name]
        assert (record["long_url"], record["created_by"]) == (link.url, link.login)
    assert {record["domain"] for record in records(read_by_tap, "bsds")} == {
        "go.ex.com",
        "x.ex.com",
    }
    assert len(records(read_by_tap, "groups")) == 2
    assert len(records(read_by_tap, "organizations")) == 1
    for stream in ("campaigns", "channels", "webhooks"):
        assert records(read_by_tap, stream) == []


@pytest.mark.deep
@pytest.mark.parametrize(
    ("stream", "form"),
    [
        ("daily_bitlink_clicks", "%Y-%m-%dT00:00:00+0000"),
        ("montly_bitlink_clicks", "%Y-%m-01T00:00:00+0000"),
    ],
)
def test_tap_bitly_reads_the_clicks_of_the_log(
    log: Log, read_by_tap: list[dict[str, Any]], stream: str, form: str
) -> None:
    found: dict[str, dict[str, int]] = {}
    for record in records(read_by_tap, stream):
        buckets = found.setdefault(record["bitlink"], {})
        assert record["date"] not in buckets
        buckets[record["date"]] = record["clicks"]
    assert found.keys() == {link.name for link in log.own}
    for link in log.own:
        buckets = {at: count for at, count in found[link.name].items() if count}
        assert buckets == log.count(link, form), link
