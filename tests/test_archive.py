"""Finished buckets are kept by account, by what is counted and by unit, and come back the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bitly_data.archive import AccountArchive, Archive
from bitly_data.errors import QuestionError
from bitly_data.sources.bucket_store import GROUP, LINK, CountKey
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
