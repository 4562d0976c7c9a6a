"""Finished buckets are kept by account, by what is counted and by unit, and come back the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support import FIRST_ARCHIVE

from bitly_data.archive import AccountArchive, Archive
from bitly_data.errors import QuestionError
from bitly_data.sources.bucket_store import (
    ASK_AGAIN_SECONDS,
    GROUP,
    LINK,
    CountKey,
    Observed,
    Restated,
    Seen,
)
from bitly_data.sources.model import Listed

DAY = 86_400
DAYS, HOURS = CountKey(GROUP, "Bg", "day"), CountKey(GROUP, "Bg", "hour")
ROWS = [
    Listed("go.ex.com/a", 7, "ann", "ex.com"),
    Listed("go.ex.com/b", 5, "bob", None),
    Listed("go.ex.com/c", 5, None, None),
]


@pytest.fixture(params=["memory", "file"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    opened = Archive(None if request.param == "memory" else str(tmp_path / "archive.db"))
    yield opened
    opened.close()


@pytest.fixture
def ann(archive: Archive) -> AccountArchive:
    return archive.of_account("bitly/ann")


def test_counts_come_back_by_their_range(ann: AccountArchive) -> None:
    ann.keep_counts(DAYS, {0: 3, DAY: 0, 2 * DAY: 9}, fetched_at=5)
    assert ann.counts(DAYS, 0, 3 * DAY) == {0: 3, DAY: 0, 2 * DAY: 9}
    assert ann.counts(DAYS, DAY, 2 * DAY) == {DAY: 0}  # left-closed
    assert ann.counts(DAYS, 3 * DAY, 9 * DAY) == {}


def test_nothing_is_taken_for_something_else(archive: Archive, ann: AccountArchive) -> None:
    ann.keep_counts(DAYS, {0: 3}, fetched_at=5)
    others = (HOURS, CountKey(LINK, "Bg", "day"), CountKey(GROUP, "Bh", "day"))
    assert [ann.counts(key, 0, DAY) for key in others] == [{}, {}, {}]
    assert archive.of_account("bitly/bob").counts(DAYS, 0, DAY) == {}


def test_a_list_comes_back_whole_and_an_empty_one_is_one(ann: AccountArchive) -> None:
    ann.keep_list(DAYS, 0, ROWS, fetched_at=5)
    ann.keep_list(DAYS, DAY, [], fetched_at=5)
    found = ann.lists(DAYS, 0, 2 * DAY)
    assert sorted(found[0], key=lambda row: row.link) == ROWS
    assert ann.listed(DAYS, 0, 3 * DAY) == {0, DAY}
    assert found.get(DAY, []) == []
    assert ann.listed(HOURS, 0, 3 * DAY) == set()


def test_the_size_and_the_logins_are_those_of_the_account(
    archive: Archive, ann: AccountArchive
) -> None:
    ann.keep_counts(DAYS, {0: 3, DAY: 4}, fetched_at=5)
    ann.keep_list(DAYS, 0, ROWS, fetched_at=5)
    assert ann.size() == 3
    assert ann.logins() == ("ann", "bob")  # the most clicked first; nobody's links have none
    assert (archive.of_account("x").size(), archive.of_account("x").logins()) == (0, ())


def test_what_is_in_a_file_is_there_after_a_start(tmp_path: Path) -> None:
    path = str(tmp_path / "archive.db")
    first = Archive(path)
    first.of_account("a").keep_counts(DAYS, {0: 3}, fetched_at=5)
    first.close()
    second = Archive(path)
    assert second.of_account("a").counts(DAYS, 0, DAY) == {0: 3}
    second.close()


def test_two_may_have_the_file_open(tmp_path: Path) -> None:
    path = str(tmp_path / "archive.db")
    one, other = Archive(path), Archive(path)
    one.of_account("a").keep_counts(DAYS, {0: 3}, fetched_at=5)
    assert other.of_account("a").counts(DAYS, 0, DAY) == {0: 3}
    one.close()
    other.close()


def test_a_place_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"^The archive .* cannot be used: "):
        Archive(str(tmp_path / "nowhere" / "archive.db"))


# -- what came back different ---------------------------------------------------------------------

SETTLING = 48 * 3600


def test_the_newest_number_holds_and_the_older_one_stays_beside_it(ann: AccountArchive) -> None:
    ann.keep_counts(DAYS, {0: 11, DAY: 4}, fetched_at=DAY + 5)
    ann.keep_counts(DAYS, {0: 20, DAY: 4}, fetched_at=DAY + 3600)
    assert ann.counts(DAYS, 0, 2 * DAY) == {0: 20, DAY: 4}
    assert ann.restated(DAYS, 0, 2 * DAY) == [Restated(0, "", 11, DAY + 5, DAY + 5)]
    ann.keep_counts(DAYS, {0: 19}, fetched_at=DAY + 7200)
    assert ann.observed(DAYS, 0, DAY)[0] == Observed(
        19, Seen(DAY + 7200, DAY + 7200, DAY + 7200, restated=True)
    )
    assert [one.clicks for one in ann.restated(DAYS, 0, DAY)] == [11, 20]


def test_two_answers_within_a_second_are_two(ann: AccountArchive) -> None:
    for clicks in (1, 2, 1, 2):
        ann.keep_counts(DAYS, {0: clicks}, fetched_at=DAY)
    assert [one.clicks for one in ann.restated(DAYS, 0, DAY)] == [1, 2, 1]


def test_an_answer_that_was_overtaken_does_not_hold(ann: AccountArchive) -> None:
    ann.keep_counts(DAYS, {0: 20}, fetched_at=DAY + 60)
    ann.keep_counts(DAYS, {0: 11}, fetched_at=DAY + 5)
    assert ann.counts(DAYS, 0, DAY) == {0: 20}
    assert ann.restated(DAYS, 0, DAY) == [Restated(0, "", 11, DAY + 5, DAY + 5)]
    ann.keep_list(DAYS, 0, ROWS, fetched_at=DAY + 60)
    ann.keep_list(DAYS, 0, [], fetched_at=DAY + 5)
    assert len(ann.lists(DAYS, 0, DAY)[0]) == len(ROWS)


def test_a_list_is_replaced_whole_and_its_numbers_stay_beside(ann: AccountArchive) -> None:
    ann.keep_list(DAYS, 0, ROWS, fetched_at=5)
    ann.keep_list(DAYS, 0, [Listed("go.ex.com/a", 9, "ann", "ex.com"), ROWS[1]], fetched_at=9)
    assert [row.clicks for row in ann.lists(DAYS, 0, DAY)[0]] == [9, 5]
    assert [(one.link, one.clicks) for one in ann.restated(DAYS, 0, DAY)] == [
        ("go.ex.com/a", 7),
        ("go.ex.com/c", 5),
    ]
    assert ann.lists_seen(DAYS, 0, DAY) == {0: Seen(9, 9, 9, restated=True)}


@pytest.mark.parametrize(
    ("answers", "settled"),
    [
        # First asked so long after its end: settled at once.
        ([(11, SETTLING)], True),
        ([(11, SETTLING - 1)], False),
        # Asked a few seconds after its end, and the same or another number later.
        ([(11, 5), (11, SETTLING)], True),
        ([(11, 5), (20, SETTLING)], False),
        ([(11, 5), (20, SETTLING), (20, SETTLING + 3600)], True),
        ([(11, 5), (20, 7200), (20, SETTLING)], True),
        ([(11, 5), (20, 7200), (11, SETTLING)], False),
    ],
)
def test_a_number_settles_when_it_came_back_the_same(
    ann: AccountArchive, answers: list[tuple[int, int]], settled: bool
) -> None:
    for clicks, after in answers:
        ann.keep_counts(DAYS, {0: clicks}, fetched_at=DAY + after)
    found = ann.observed(DAYS, 0, DAY)
    assert found[0].seen.has_settled(DAY, SETTLING) is settled
    assert ann.unsettled(DAYS, 0, DAY, DAY + SETTLING) == ({} if settled else found)


def test_what_has_not_settled_is_stale_after_an_hour_of_this_machine() -> None:
    seen = Seen.once(fetched_at=5, asked_at=DAY)
    assert not seen.is_stale(DAY + ASK_AGAIN_SECONDS - 1)
    assert seen.is_stale(DAY + ASK_AGAIN_SECONDS)
    assert seen.is_stale(DAY - 1)  # its clock was set back


# -- the format before ----------------------------------------------------------------------------

FORMAT_1 = f"""{FIRST_ARCHIVE}
INSERT INTO counts VALUES ('a', 'group', 'Bg', 'day', 0, 3, 86405);
INSERT INTO counts VALUES ('a', 'group', 'Bg', 'day', 86400, 4, 345600);
INSERT INTO lists VALUES ('a', 'group', 'Bg', 'day', 0, 86405);
INSERT INTO listed VALUES ('a', 'group', 'Bg', 'day', 0, 'go.ex.com/a', 3, 'ann', 'ex.com');
"""


def format_1(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FORMAT_1)
    return str(path)


def test_an_archive_of_the_format_before_is_taken_over(tmp_path: Path) -> None:
    path = format_1(tmp_path / "archive.db")
    archives = Archive(path), Archive(path)  # the second finds it done
    for archive in archives:
        kept = archive.of_account("a")
        found = kept.observed(DAYS, 0, 2 * DAY)
        # Its rows are one observation each, which settled only if it was late enough.
        assert {at: one.clicks for at, one in found.items()} == {0: 3, DAY: 4}
        settled = [found[at].seen.has_settled(at + DAY, SETTLING) for at in (0, DAY)]
        assert settled == [False, True]
        assert kept.lists_seen(DAYS, 0, DAY) == {0: Seen.once(86_405)}
        assert kept.lists(DAYS, 0, DAY) == {0: [Listed("go.ex.com/a", 3, "ann", "ex.com")]}
    archives[0].of_account("a").keep_counts(DAYS, {0: 9}, fetched_at=90_000)
    assert archives[1].of_account("a").counts(DAYS, 0, DAY) == {0: 9}
    for archive in archives:
        archive.close()
