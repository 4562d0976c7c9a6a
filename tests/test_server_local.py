"""What a local server says of the click log that it serves."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bitly_data.server import BadLineNote, LocalBitly, LogFacts, ServerOptions, V4Policy
from bitly_data.server.logfile import MOST_NOTES

HOUR = 3600
FIRST = 1_360_000_800  # 2013-02-04 18:00 UTC


def line(t: int) -> str:
    return json.dumps({"t": t, "hh": "s.co", "h": "a", "l": "ann", "u": "http://x.org/"}) + "\n"


def facts_of(path: Path, *lines: str, now: str | None = "latest") -> LogFacts:
    path.write_text("".join(lines))
    local = LocalBitly.open(ServerOptions(clicks=(str(path),), now=now))
    try:
        return local.log_facts()
    finally:
        local.close()


def test_the_facts_of_a_log(tmp_path: Path) -> None:
    beat = json.dumps({"_heartbeat_": FIRST + 3 * HOUR}) + "\n"
    facts = facts_of(tmp_path / "a.log", line(FIRST), "{\n", beat, line(FIRST + 10), "{}\n")
    assert facts.hours.dtype == np.int64
    assert facts.hours.tolist() == [FIRST // HOUR, FIRST // HOUR + 3]
    assert (facts.whole, facts.is_demo) == (False, False)
    assert facts.now == facts.newest_click == FIRST + 10
    assert facts.summary == (
        "Read 1 file with 2 clicks and 1 heartbeat; 2 lines could not be read "
        "(a.log line 2, a.log line 5)."
    )
    path = str(tmp_path / "a.log")
    assert facts.bad_lines == (
        BadLineNote(path, 2, "not JSON"),
        BadLineNote(path, 5, "no link in hh and h"),
    )
    assert (facts.bad_count, facts.has_problems) == (2, True)


def test_the_facts_of_a_log_without_problems(tmp_path: Path) -> None:
    facts = facts_of(tmp_path / "a.log", line(FIRST))
    assert (facts.bad_lines, facts.bad_count, facts.has_problems) == ((), 0, False)
    assert facts.summary == "Read 1 file with 1 click and 0 heartbeats."


@pytest.mark.parametrize(
    ("accounts", "text"),
    [
        ((), "Every click counts as the organization's own, as no account of it is named."),
        (
            ("ann",),
            "1 of the log's 3 clicks is on links of others; every click counts as the "
            "organization's by v3, and by v4 those on its own links.",
        ),
        (
            ("ann", "bob", "cy"),
            "0 of the log's 3 clicks are on links of others; every click counts as the "
            "organization's by v3, and by v4 those on its own links. No click is on a link of cy.",
        ),
    ],
)
def test_the_facts_say_on_whose_links_the_clicks_are(
    tmp_path: Path, accounts: tuple[str, ...], text: str
) -> None:
    lines = [
        json.dumps({"t": FIRST, "hh": "s.co", "h": "a", "l": login}) + "\n"
        for login in ("ann", "ann", "bob")
    ]
    path = tmp_path / "a.log"
    path.write_text("".join(lines))
    local = LocalBitly.open(ServerOptions(clicks=(str(path),), accounts=accounts, now="latest"))
    assert local.log_facts().whose == text
    local.close()


def test_bad_lines_are_counted_beyond_their_list(tmp_path: Path) -> None:
    facts = facts_of(tmp_path / "a.log", line(FIRST), "{\n" * (MOST_NOTES + 3))
    assert (len(facts.bad_lines), facts.bad_count) == (MOST_NOTES, MOST_NOTES + 3)


def test_the_newest_click_is_the_newest_by_the_server_s_clock(tmp_path: Path) -> None:
    lines = line(FIRST), line(FIRST + HOUR), line(FIRST + 2 * HOUR)
    facts = facts_of(tmp_path / "a.log", *lines, now="2013-02-04T19:30:00Z")
    assert (facts.now, facts.newest_click) == (FIRST + HOUR + HOUR // 2, FIRST + HOUR)
    before = facts_of(tmp_path / "a.log", *lines, now="2013-02-04T17:00:00Z")
    assert (before.newest_click, len(before.hours)) == (None, 3)


@pytest.mark.parametrize(
    ("accounts", "plan", "by_v3", "by_v4"),
    [
        ((), "enterprise", [0, 1, 4, 400 * 96], [0, 1, 4, 400 * 96]),
        (("ann",), "enterprise", [0, 1, 4, 400 * 96], [0, 4]),
        ((), "premium", [0, 1, 4, 400 * 96], [400 * 96]),
    ],
)
def test_quarters_of_an_hour_with_clicks_are_those_that_a_face_answers_for(
    tmp_path: Path, accounts: tuple[str, ...], plan: str, by_v3: list[int], by_v4: list[int]
) -> None:
    start, (log, day) = FIRST // 900 * 900, (tmp_path / "a.log", 86_400)
    moments = {0: "ann", 899: "ann", 900: "bob", 4 * 900: "ann", 400 * day: "bob", 401 * day: "bob"}
    names = {"hh": "a.ex.com", "u": "http://ex.com/"}
    log.write_text(
        "".join(
            json.dumps({"t": start + at, "h": login, "l": login, **names}) + "\n"
            for at, login in moments.items()
        )
    )
    now = datetime.fromtimestamp(start + 400 * day + 60, UTC).isoformat()
    local = LocalBitly.open(
        ServerOptions((str(log),), accounts=accounts, now=now, v4=V4Policy(plan))
    )
    found = [local.clicked(by_v4=one).tolist() for one in (False, True)]
    assert found == [[start + 900 * at for at in each] for each in (by_v3, by_v4)]
    local.close()


def test_the_facts_of_the_demo() -> None:
    local = LocalBitly.open(ServerOptions(now="2026-03-10T12:00:00Z"))
    facts = local.log_facts()
    assert (facts.is_demo, facts.whole, len(facts.hours)) == (True, True, 0)
    assert facts.newest_click == local.newest_click()
    assert facts.newest_click is not None and facts.now - HOUR < facts.newest_click <= facts.now
    assert (facts.summary, facts.bad_lines, facts.bad_count) == ("", (), 0)
    assert not facts.has_problems
    local.close()


def test_a_store_file_that_is_opened_again_has_read_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line(FIRST) + "{\n")
    store = str(tmp_path / "clicks.db")
    LocalBitly.open(ServerOptions(clicks=(str(tmp_path / "a.log"),), store=store)).close()
    local = LocalBitly.open(ServerOptions(store=store, now="latest"))
    facts = local.log_facts()
    assert facts.hours.tolist() == [FIRST // HOUR] and facts.newest_click == FIRST
    assert (facts.summary, facts.bad_count, facts.has_problems) == ("", 0, False)
    local.close()


def test_facts_cannot_be_changed(tmp_path: Path) -> None:
    facts = facts_of(tmp_path / "a.log", line(FIRST))
    with pytest.raises(dataclasses.FrozenInstanceError):
        facts.whole = True  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        facts.hours[0] = 0
