"""Each parameter that the specification names, sent to its endpoint, does what it says there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests
from support import NOW, epoch, write_clicks
from tiers import WITHOUT_SHARED

from bitly_data.server import LocalBitly, ServerOptions
from bitly_data.transport.client import LOCAL_URL, new_session

SPECIFICATION = (
    Path(__file__).parents[2] / "shared/reference/seed-bitly-organization-clicks.swagger.yaml"
)
PARAMETERS = {
    "/v3/link/clicks": {"format", "limit", "link", "rollup", "timezone", "unit", "units"},
    "/link/clicks": {
        "format",
        "limit",
        "link",
        "rollup",
        "timezone",
        "unit",
        "units",
        "unit_reference_ts",
    },
    "/v3/organization/clicks": {
        "domain",
        "limit",
        "login",
        "timezone",
        "unit",
        "units",
        "unit_reference_ts",
    },
}
A, B = {"link": "http://go.ex.com/Ab"}, {"link": "http://bit.ly/Bc"}
SERIES = {"rollup": "false"}

Get = Callable[..., requests.Response]


@pytest.fixture
def get(tmp_path: Path) -> Iterator[Get]:
    """Ask the path given first; every parameter asked with is noted in `get.sent`."""
    local = LocalBitly.open(
        ServerOptions(
            clicks=(write_clicks(tmp_path / "clicks.log"),),
            tracking_domains=("shop.example",),
            accounts=("ann", "bob"),
            now=f"{NOW}Z",
        )
    )
    session = new_session(local.app)

    def ask(path: str, **params: object) -> requests.Response:
        ask.sent |= params.keys()
        return session.get(LOCAL_URL + path, params={"access_token": "t", **params})

    ask.sent = set()
    yield ask
    local.close()


def pairs(answer: requests.Response) -> list[tuple[int, int]]:
    """(start, clicks) of a series, or of the one number of an answer without a start."""
    data = answer.json()["data"]
    value = data.get("link_clicks", data.get("organization_clicks"))
    return [(item["dt"], item["clicks"]) for item in value] if isinstance(value, list) else value


def days(*items: tuple[str, int], hour: int = 4) -> list[tuple[int, int]]:
    """(start, clicks) for days that begin at that hour in UTC; 4 is midnight in New York."""
    return [(epoch(f"2013-{day}T{hour:02}:00:00"), clicks) for day, clicks in items]


def test_the_specification_names_these_parameters() -> None:
    if not SPECIFICATION.is_file():
        pytest.skip(WITHOUT_SHARED)
    paths = re.split(r"^  (/\S+):$", SPECIFICATION.read_text(), flags=re.MULTILINE)[1:]
    named = {
        path: set(re.findall(r"^        name: (\w+)$", text, re.MULTILINE))
        for path, text in zip(paths[::2], paths[1::2], strict=True)
    }
    assert named == PARAMETERS


def check_link_parameters(get: Get, path: str) -> None:
    """The seven parameters that both addresses of link/clicks have."""
    assert pairs(get(path, **A)) == 31
    assert pairs(get(path, **B)) == 32  # link
    assert pairs(get(path, **A, rollup="true")) == 31
    every = days(("05-17", 1), ("05-16", 2), ("05-15", 4), ("05-08", 8), ("04-10", 16))
    assert pairs(get(path, **A, rollup="false")) == every  # rollup; newest first
    assert pairs(get(path, **A, units=3)) == 7  # units
    assert pairs(get(path, **A, **SERIES, units=4)) == [*every[:3], *days(("05-14", 0))]
    # unit: the hour and minute of the clock, weeks from Sunday, calendar months
    assert pairs(get(path, **A, **SERIES, unit="minute", units=1)) == [
        (epoch("2013-05-17T11:59:00"), 1)
    ]
    assert pairs(get(path, **A, **SERIES, unit="hour", units=1)) == [
        (epoch("2013-05-17T11:00:00"), 1)
    ]
    assert pairs(get(path, **A, **SERIES, unit="day", units=1)) == every[:1]
    assert pairs(get(path, **A, **SERIES, unit="week", units=2)) == days(("05-12", 7), ("05-05", 8))
    assert pairs(get(path, **A, **SERIES, unit="month", units=2)) == days(
        ("05-01", 15), ("04-01", 16)
    )
    # timezone: whole hours from UTC
    assert pairs(get(path, **A, **SERIES, timezone=0, units=2)) == days(
        ("05-17", 3), ("05-16", 0), hour=0
    )
    assert pairs(get(path, **A, **SERIES, timezone=14, units=2)) == days(
        ("05-17", 1), ("05-16", 2), hour=10
    )
    assert get(path, **A, timezone=-14).json()["data"]["tz_offset"] == -14
    assert get(path, **A, timezone=15).json()["status_txt"] == "INVALID_ARG_TIMEZONE"
    # limit: 1 to 1000
    assert pairs(get(path, **A, **SERIES, limit=2)) == every[:2]
    assert pairs(get(path, **A, **SERIES, units=1000, limit=1000))[::999] == [
        every[0],
        (every[0][0] - 999 * 86_400, 0),
    ]
    assert len(pairs(get(path, **A, **SERIES, units=1000))) == 100
    assert get(path, **A, limit=1001).json()["status_txt"] == "INVALID_ARG_LIMIT"
    # format
    assert get(path, **A, format="json").json() == get(path, **A).json()
    root = ElementTree.fromstring(get(path, **A, **SERIES, format="xml").content)
    assert [
        (int(item.findtext("dt")), int(item.findtext("clicks")))
        for item in root.findall("data/link_clicks")
    ] == every
    text = get(path, **A, format="txt")
    assert (text.text, text.headers["Content-Type"]) == ("31\n", "text/plain; charset=utf-8")


def test_v3_link_clicks(get: Get) -> None:
    check_link_parameters(get, "/v3/link/clicks")
    assert get.sent == PARAMETERS["/v3/link/clicks"]


def test_link_clicks(get: Get) -> None:
    path = "/link/clicks"
    check_link_parameters(get, path)
    # timezone: a name as well
    assert pairs(get(path, **A, **SERIES, timezone="Asia/Kolkata", units=1)) == [
        (epoch("2013-05-16T18:30:00"), 3)
    ]
    assert pairs(get(path, **A, **SERIES, timezone="America/New_York")) == pairs(
        get(path, **A, **SERIES)
    )
    # unit_reference_ts: a moment in the newest bucket
    assert pairs(
        get(path, **A, **SERIES, units=2, unit_reference_ts=epoch("2013-05-15T23:00:00"))
    ) == days(("05-15", 4), ("05-14", 0))
    assert pairs(get(path, **A, unit_reference_ts=epoch("2013-05-14T12:00:00"))) == 24
    assert get.sent == PARAMETERS[path]


def test_organization_clicks(get: Get) -> None:
    path = "/v3/organization/clicks"
    assert pairs(get(path)) == 511  # every click of the log, on whatever domain
    # domain: a short or a tracking one; several are taken together
    assert pairs(get(path, domain="go.ex.com")) == 31
    assert pairs(get(path, domain="shop.example")) == 128
    assert pairs(get(path, domain=["go.ex.com", "x.ex.com"])) == 95
    assert get(path, domain="nobody.example").json()["status_txt"] == "INVALID_ARG_DOMAIN"
    # login: an account of the organization, or others' links to its tracking domains
    assert pairs(get(path, login="ann")) == 63
    assert pairs(get(path, login="ann", domain="go.ex.com")) == 31
    assert pairs(get(path, login="!")) == 128
    assert get(path, login="eve").json()["status_txt"] == "INVALID_ARG_LOGIN"
    # units, and the end of the range
    assert pairs(get(path, units=1)) == 1 + 128 + 256
    assert pairs(get(path, units=2)) == 1 + 2 + 32 + 64 + 128 + 256
    assert pairs(get(path, units=2, unit_reference_ts=epoch("2013-05-16T23:00:00"))) == 102
    # timezone
    assert pairs(get(path, units=1, timezone=0)) == 1 + 2 + 32 + 128 + 256
    # unit, with one number a bucket; there are no minutes
    series = {"rollup": "false", "units": 2}
    assert pairs(get(path, **series)) == days(("05-17", 385), ("05-16", 98))
    assert pairs(get(path, **series, unit="hour")) == [
        (epoch("2013-05-17T11:00:00"), 1),
        (epoch("2013-05-17T10:00:00"), 0),
    ]
    assert pairs(get(path, **series, unit="week")) == days(("05-12", 487), ("05-05", 8))
    assert pairs(get(path, **series, unit="month")) == days(("05-01", 495), ("04-01", 16))
    assert get(path, unit="minute").json()["status_txt"] == "INVALID_ARG_UNIT"
    # limit
    assert pairs(get(path, **series, limit=1)) == days(("05-17", 385))
    assert get.sent - {"rollup"} == PARAMETERS[path]
