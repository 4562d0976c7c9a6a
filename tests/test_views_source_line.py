"""Who answers and why, in a line; of a click log also its hours and its bad lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from counter import database
from numpy.typing import NDArray
from support import epoch

from bitly_data.settings import BITLY_URL, CLICK_LOG, DEMO, REMOTE, Settings, settings_from
from bitly_data.views import source_line
from bitly_data.views.source_line import MOST_SPANS, SourceLine, archive_notice
from bitly_data.views.values import CAPTION, TEXT, WARNING, WHOLE, Notice


@dataclass(frozen=True)
class Bad:
    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Facts:
    hours: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    newest_click: int | None = None
    whose: str = ""
    summary: str = ""
    bad_lines: Sequence[Bad] = ()
    bad_count: int = 0
    has_problems: bool = False


ZONES = f"Time zones as of release {database()[0]}."
LOG = Settings(kind=CLICK_LOG, why="BITLY_CLICK_LOG is set", click_log=("/data/clicks",))


def hours(*texts: str) -> NDArray[np.int64]:
    return np.array([epoch(text) // 3600 for text in texts])


def of_log(**facts: object) -> SourceLine:
    return source_line.present(LOG, Facts(**facts), "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (
            settings_from({}),
            "Demo data from a local Bitly server, because no token and no click log is set. To "
            "see your own clicks, connect your account or a file of clicks on the Connection page.",
        ),
        (
            Settings(kind=DEMO, why="it is so", api="v4", plan="core"),
            "Demo data from a local Bitly server, as Bitly's v4 on the plan Core, because it is "
            "so. To see your own clicks, connect your account or a file of clicks on the "
            "Connection page.",
        ),
    ],
)
def test_the_demo_says_what_it_is_and_the_way_out(settings: Settings, text: str) -> None:
    expected = SourceLine(Notice(CAPTION, f"{text} {ZONES}", "science"))
    assert source_line.present(settings, None, "") == expected
    # What is known of its clicks is nobody's concern.
    facts = Facts(hours("2024-05-01T10:00:00"), summary="Read 1 file.")
    assert source_line.present(settings, facts, "aurora_eu") == expected


@pytest.mark.parametrize(("login", "whose"), [("", ""), ("ann", ", account ann")])
def test_a_server_is_named_with_its_account_as_far_as_that_is_known(login: str, whose: str) -> None:
    settings = settings_from({"BITLY_ACCESS_TOKEN": "secret"})
    assert settings.base_url == BITLY_URL
    line = source_line.present(settings, None, login)
    assert line == SourceLine(
        Notice(
            CAPTION,
            f"api-ssl.bitly.com{whose}, by Bitly's v4, because BITLY_ACCESS_TOKEN is set. {ZONES}",
            "cloud",
        )
    )


def test_a_server_that_speaks_v3() -> None:
    settings = Settings(
        kind=REMOTE, base_url="http://127.0.0.1:8080", token="t", why="so", api="v3"
    )
    line = source_line.present(settings, None, "").line.text
    assert line == f"127.0.0.1:8080, by Bitly's v3, because so. {ZONES}"


def test_a_log_says_what_it_covers_and_where_ranges_end() -> None:
    found = of_log(
        hours=hours("2024-05-01T10:00:00", "2024-05-01T14:00:00"),
        newest_click=epoch("2024-05-01T14:00:59"),
        summary="Read 1 file with 3 clicks.",
    )
    assert found.line == Notice(
        CAPTION,
        "A click log on a local Bitly server, because BITLY_CLICK_LOG is set. It covers 2 hours "
        "between 01 May 2024 10:00 and 01 May 2024 15:00 UTC. Ranges end at its newest click, "
        f"01 May 2024 14:00 UTC, unless you choose Now. Read 1 file with 3 clicks. {ZONES}",
        "description",
    )
    assert found.hours == "UTC: 01 May 2024 10:00–10:59; 01 May 2024 14:00–14:59."
    assert found.bad_lines is None and found.more_bad_lines == ""


def test_a_log_of_heartbeats_has_no_newest_click() -> None:
    text = of_log(hours=hours("2024-05-01T10:00:00"), summary="Read 1 file.").line.text
    assert text.endswith(
        "It covers 1 hour between 01 May 2024 10:00 and 01 May 2024 11:00 UTC. Read 1 file. "
        + ZONES
    )


def test_an_empty_log_says_only_that() -> None:
    found = of_log(summary="Read 1 file.")
    assert found.line.text.endswith(f"BITLY_CLICK_LOG is set. It holds no lines. {ZONES}")
    assert found.hours == ""


def test_hours_that_follow_each_other_are_one_span_also_over_midnight() -> None:
    found = of_log(hours=hours("2024-05-01T22:00:00", "2024-05-01T23:00:00", "2024-05-02T00:00:00"))
    assert found.hours == "UTC: 01 May 2024 22:00–02 May 2024 00:59."
    found = of_log(hours=hours("2024-05-01T22:00:00", "2024-05-01T23:00:00"))
    assert found.hours == "UTC: 01 May 2024 22:00–23:59."


@pytest.mark.parametrize(("spans", "more"), [(200, 0), (201, 1), (3200, 3000)])
def test_very_many_spans_are_counted(spans: int, more: int) -> None:
    text = of_log(hours=np.arange(spans) * 2 + 400_000).hours
    assert text.count("–") == min(spans, MOST_SPANS) == 200
    assert text.endswith(f"; and {more:,} more spans." if more else "59.")


def test_every_line_that_could_not_be_read_is_a_row() -> None:
    bad = (Bad("a.log", 2, "not JSON"), Bad("b.log", 1, "no link in hh and h"))
    found = of_log(bad_lines=bad, bad_count=2)
    assert found.bad_lines is not None
    assert [(one.name, one.values, one.kind) for one in found.bad_lines.columns] == [
        ("File", ("a.log", "b.log"), TEXT),
        ("Line", (2, 1), WHOLE),
        ("Reason", ("not JSON", "no link in hh and h"), TEXT),
    ]
    assert found.more_bad_lines == ""


def test_lines_beyond_those_that_are_listed_are_counted() -> None:
    found = of_log(bad_lines=(Bad("a.log", 2, "not JSON"),), bad_count=1235)
    assert found.more_bad_lines == "And 1,234 more."
    assert of_log(bad_count=3).more_bad_lines == ""  # there is no table that it could stand below


def test_the_face_of_a_log_is_said() -> None:
    v4 = Settings(kind=CLICK_LOG, why="so", api="v4", plan="free", click_log=("x",))
    text = source_line.present(v4, Facts(), "").line.text
    assert text.startswith(
        "A click log on a local Bitly server, as Bitly's v4 on the plan Free, because so."
    )


def test_what_the_archive_does_not_keep_is_a_warning() -> None:
    notice = archive_notice("New numbers are shown, but not kept.")
    assert (notice.kind, notice.text) == (WARNING, "New numbers are shown, but not kept.")
