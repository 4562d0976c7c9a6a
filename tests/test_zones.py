"""The newest time zone database holds, in the product and in the tests' own calendar."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import counter
import pandas as pd
import pytest
import tzdata
from command_line import ORGANIZATION, log_words, runner
from samples import at_noon

from bitly_data import buckets, zones
from bitly_data.charts.model import line_chart
from bitly_data.charts.picture import to_picture
from bitly_data.report.tables import to_csv, to_json
from bitly_data.zones import Database, newest, release_of

ROOT = Path(__file__).parents[1]
PACKAGED = Path(tzdata.__file__).parent / "zoneinfo"
# (zone, time in UTC, hours ahead of it) in the autumn of 2026: what its government has decided
# since the database of 2025 that many systems still have.
DECIDED = (
    ("America/Vancouver", "2026-11-15T12:00:00", -7),
    ("America/Edmonton", "2026-11-15T12:00:00", -6),
    ("America/Winnipeg", "2026-11-15T12:00:00", -5),
    ("America/Inuvik", "2026-11-15T12:00:00", -6),
    ("America/Havana", "2026-11-15T12:00:00", -4),
    ("Africa/Casablanca", "2026-11-15T12:00:00", 0),
    ("Africa/El_Aaiun", "2026-11-15T12:00:00", 0),
    ("Europe/Chisinau", "2026-10-25T00:30:00", 3),  # back with the rest of Europe, at 01:00 UTC
    ("Europe/Chisinau", "2026-11-15T12:00:00", 2),
)


@pytest.mark.parametrize(("zone", "time", "hours"), DECIDED)
def test_clocks_are_set_as_governments_decided_last(zone: str, time: str, hours: int) -> None:
    at = counter.utc(time)
    assert buckets.offset_at(at, buckets.zone(zone)) == hours * 3600
    assert counter.offset_at(at, zone) == hours * 3600
    # Whoever asks Python, or pandas by a name, gets the same.
    own = datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset()
    assert own is not None
    assert own.total_seconds() == hours * 3600
    assert pd.Timestamp(at, unit="s", tz=zone).utcoffset() == own


def test_the_product_and_the_second_calendar_have_the_same_release() -> None:
    release, _ = counter.database()
    assert release >= tzdata.IANA_VERSION >= "2026f"
    assert zones.release() == zones.DATABASE.release == release


def test_a_zone_is_that_of_python_and_can_be_kept() -> None:
    zone = buckets.zone("America/Vancouver")
    assert zone is ZoneInfo("America/Vancouver")
    assert pickle.loads(pickle.dumps(zone)) is zone
    frame = at_noon([1, 2]).to_frame()
    assert pickle.loads(pickle.dumps(frame))["bucket"].equals(frame["bucket"])
    assert pd.concat([frame, frame])["bucket"].dtype == frame["bucket"].dtype


# -- which of two wins ----------------------------------------------------------------------------


def folder_of(place: Path, release: str | None, vancouver: str = "Asia/Kathmandu") -> str:
    """A folder of zones in which Vancouver has the clocks of another place."""
    (place / "America").mkdir(parents=True)
    for name, of in (("UTC", "UTC"), ("America/Vancouver", vancouver)):
        (place / name).write_bytes((PACKAGED / of).read_bytes())
    if release is not None:
        (place / "tzdata.zi").write_text(f"# version {release}\n# redo posix_only\n")
    return str(place)


def package_of(place: Path, release: str, vancouver: str) -> str:
    """A folder to import a package `tzdata` of that release from."""
    folder_of(place / "tzdata/zoneinfo", None, vancouver)
    for name in ("tzdata", "tzdata/zoneinfo", "tzdata/zoneinfo/America"):
        (place / name / "__init__.py").write_text("")
    (place / "tzdata/__init__.py").write_text(f"IANA_VERSION = {release!r}\n")
    (place / "tzdata/zones").write_text("America/Vancouver\nUTC\n")
    return str(place)


def chosen(**environment: str) -> tuple[str, int]:
    """The release in a process of its own, and how far Vancouver is ahead there [s]."""
    script = (
        "import json, bitly_data.buckets as b, bitly_data.zones as z;"
        f"at = {counter.utc('2026-11-15T12:00:00')};"
        "print(json.dumps([z.release(), b.offset_at(at, b.zone('America/Vancouver'))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    release, offset = json.loads(done.stdout)
    return release, offset


KATHMANDU, VANCOUVER, TOKYO = 20_700, -7 * 3600, 9 * 3600


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("2025b", (zones.release(), VANCOUVER)),
        (None, (zones.release(), VANCOUVER)),  # one that does not say is older than any
        ("2099a", ("2099a", KATHMANDU)),
    ],
)
def test_a_system_is_used_if_it_is_newer(
    tmp_path: Path, release: str | None, expected: tuple[str, int]
) -> None:
    assert chosen(PYTHONTZPATH=folder_of(tmp_path / "zones", release)) == expected


@pytest.mark.parametrize(
    ("system", "package", "expected"),
    [
        ("2025b", "2026a", ("2026a", TOKYO)),
        ("2026b", "2026a", ("2026b", KATHMANDU)),
        ("2026a", "2026a", ("2026a", KATHMANDU)),
    ],
)
def test_a_package_is_used_if_it_is_newer(
    tmp_path: Path, system: str, package: str, expected: tuple[str, int]
) -> None:
    folder = folder_of(tmp_path / "zones", system)
    place = package_of(tmp_path / "packages", package, "Asia/Tokyo")
    assert chosen(PYTHONTZPATH=folder, PYTHONPATH=place) == expected


def test_of_several_folders_the_newest_comes_first(tmp_path: Path) -> None:
    old = folder_of(tmp_path / "old", "2098a", "Asia/Tokyo")
    new = folder_of(tmp_path / "new", "2099a")
    assert chosen(PYTHONTZPATH=os.pathsep.join((old, new))) == ("2099a", KATHMANDU)


def test_the_newest_of_what_is_there(tmp_path: Path) -> None:
    old, new = folder_of(tmp_path / "old", "2025b"), folder_of(tmp_path / "new", "2026za")
    assert newest((old, new), "2026f") == Database("2026za", new)
    assert newest((old,), "2026f") == Database("2026f", None)
    assert newest((old,), None) == Database("2025b", old)
    assert newest((str(tmp_path / "nowhere"),), "2026f") == Database("2026f", None)
    assert newest((), None) == Database("", None)
    assert Database("2026f", None).place == "the package tzdata"
    assert Database("2026f", old).place == "the system"


def test_the_release_of_a_folder(tmp_path: Path) -> None:
    assert release_of(Path(folder_of(tmp_path / "a", "2025b-0+deb12u2"))) == "2025b"
    assert release_of(Path(folder_of(tmp_path / "b", "unknown"))) == ""
    apple = Path(folder_of(tmp_path / "c", None))
    (apple / "+VERSION").write_text("2026a\n")
    assert release_of(apple) == "2026a"
    assert release_of(tmp_path) is None
    assert release_of(PACKAGED) == tzdata.IANA_VERSION


# -- where it is said -----------------------------------------------------------------------------


def test_every_file_says_the_release() -> None:
    many, release = [at_noon([1, 2])], zones.release()
    assert f",America/New_York,{release},organization,1,counted" in to_csv(many).splitlines()[1]
    assert {row["timezone_release"] for row in json.loads(to_json(many))} == {release}
    assert many[0].to_frame().attrs["timezone_release"] == release
    chart = line_chart(many, "Clicks", "demo data")
    assert chart.subtitle.endswith(f" · America/New_York · demo data · time zones {release}")
    assert f"time zones {release}" in to_picture(chart, "svg").decode()


def test_the_command_line_counts_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = log_words(tmp_path)
    words[words.index("--now") + 1] = "2026-11-16T00:00:00Z"
    result = runner(capsys)(
        *ORGANIZATION, "--timezone", "America/Vancouver", "--units", "1", *words,
        "--until", "2026-11-15T12:00:00Z",
    )  # fmt: skip
    assert result.code == 0
    assert result.rows[0]["bucket"] == "2026-11-15T00:00:00-07:00"
    assert result.rows[0]["timezone_release"] == zones.release()


def test_a_report_of_the_doctor_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    run = runner(capsys)
    assert f"release {zones.release()}, from {zones.DATABASE.place}\n" in run("doctor").out
    found = json.loads(run("doctor", "--format", "json").out)
    assert found["timezone_release"] == zones.release()
